import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Connection } from "../../src/api/connection.ts";
import type { ImpairRule } from "../../src/api/tc/impairer.ts";
import { clsact, fqCodel, htb, htbClass, ingress, matchall } from "../../src/codec/tc/builders.ts";
import type { NetemOptions } from "../../src/codec/tc/qdisc/netem.ts";
import * as library from "../../src/index.ts";
import { type Sandbox, sandbox, tcOf } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs netem, ifb and flower, see test/vm/README.md)";

describe.skipIf(why)(`helpers of traffic control in the full kernel${why}`, () => {
  let box: Sandbox;
  let peer: Sandbox;
  /** What there is without any helper. */
  let bare: string;
  const everything = () =>
    [box.ip("-o", "link"), tcOf(box)("qdisc", "show"), tcOf(box)("filter", "show", "dev", "v0", "ingress")]
      .join("")
      .replace(/ (refcnt|qlen) \d+/g, "");
  beforeAll(async () => {
    [box, peer] = [await sandbox(), await sandbox()];
    await box.nl.links.add({ kind: "veth", name: "v0", up: true, peer: { name: "v1", netns: peer.name } });
    await peer.nl.links.set("v1", { up: true });
    for (const [where, dev, ends] of [
      [box, "v0", ["10.0.0.1/16", "2001:db8::1/64"]],
      [peer, "v1", ["10.0.0.2/16", "10.0.0.3/16", "10.0.7.7/16", "2001:db8::2/64"]],
    ] as const)
      for (const address of ends) await where.nl.addresses.add(dev, address, { flags: ["nodad"] } as never);
    // Whatever is lost, neighbours are known.
    const [mac0, mac1] = [(await box.nl.links.get("v0")).address!, (await peer.nl.links.get("v1")).address!];
    for (const to of ["10.0.0.2", "10.0.0.3", "10.0.7.7", "2001:db8::2"])
      box.ip("neigh", "replace", to, "lladdr", mac1, "dev", "v0", "nud", "permanent");
    for (const to of ["10.0.0.1", "2001:db8::1"])
      peer.ip("neigh", "replace", to, "lladdr", mac0, "dev", "v1", "nud", "permanent");
    await box.nl.waitFor("links", (link) => link.name === "v0" && link.operstate === "up");
    bare = everything();
  });
  afterEach(async () => {
    await box.nl.qdiscs.flush("lo");
    for (const helper of [box.nl.netem, box.nl.limiter, box.nl.impairer]) await helper.clear("v0");
    expect(everything(), "nothing is left").toBe(bare);
  });
  afterAll(() => {
    box?.close();
    peer?.close();
  });

  /** Sends UDP datagrams. */
  function send(from: Sandbox, to: string, port: number, count: number): void {
    const script = `for i in $(seq ${count}); do echo x > /dev/udp/${to}/${port} || true; done`;
    from.exec("bash", "-c", `{ ${script}; } 2>/dev/null`);
  }
  /** Datagrams that arrived in a namespace, nobody listening for them. */
  const arrived = (at: Sandbox): number => {
    const v4 = at.exec("cat", "/proc/net/snmp").split("\n").filter((line) => line.startsWith("Udp:")); // biome-ignore format: one expression
    const v6 = /^Udp6NoPorts\s+(\d+)/m.exec(at.exec("cat", "/proc/net/snmp6"));
    const column = v4[0]!.split(" ").indexOf("NoPorts");
    return Number(v4[1]!.split(" ")[column]) + Number(v6?.[1] ?? 0);
  };
  async function passes(from: Sandbox, to: string, port = 9, count = 10): Promise<number> {
    const target = from === box ? peer : box;
    const before = arrived(target);
    send(from, to, port, count);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return arrived(target) - before;
  }

  const sets: readonly NetemOptions[] = [
    {},
    { delay: "100ms" },
    { delay: "100ms", jitter: "10ms", correlation: "25%" },
    { delay: "3s", jitter: "2.5s" },
    { delay: "1.0000001ms", loss: "0.3%" },
    { loss: "1%", lossCorrelation: "25%" },
    { loss: { model: "gemodel", p: "1%", r: "10%", h: "30%", k: "99.9%" } },
    { loss: { model: "state", p13: "1%", p31: "90%" }, ecn: true },
    { duplicate: "1%", corrupt: "0.1%", corruptCorrelation: "7%" },
    { delay: "10ms", reorder: "25%", reorderCorrelation: "50%", gap: 5 },
    { delay: "10ms", gap: 3 },
    { rate: { rate: "1mbit", packetOverhead: 14, cellSize: 48, cellOverhead: 5 }, limit: 77 },
    { rate: "40gbit", slot: { minDelay: "800us", maxDelay: "1ms", packets: 10 } },
    { delay: "10ms", seed: 12345 },
  ];
  test("from any netem to any other, and no further", async () => {
    const { nl } = box;
    // As another process, which remembers nothing.
    await using other = await Connection.open({ netns: box.name });
    for (const [i, from] of sets.entries())
      for (const step of [0, 1, 4, 7]) {
        const to = sets[(i + step) % sets.length]!;
        await nl.netem.apply("v0", from);
        const { steps } = await nl.netem.apply("v0", to);
        expect(steps.length, `${JSON.stringify(from)} to ${JSON.stringify(to)}`).toBe(from === to ? 0 : 1);
        const got = JSON.stringify(await nl.netem.get("v0"), (_, x) => (typeof x === "bigint" ? `${x}` : x));
        expect((await other.netem.apply("v0", to, { dryRun: true })).lines, `${got} is ${JSON.stringify(to)}`).toEqual(
          [],
        );
      }
  });
  test("tc's lines of a plan make the same", async () => {
    const { nl } = box;
    for (const direction of ["egress", "ingress"] as const)
      for (const options of direction === "egress" ? sets : sets.slice(0, 2)) {
        const { lines, done } = await nl.netem.apply("v0", options, { direction, dryRun: true });
        expect(done).toBe(false);
        // This tc does not know of seeds, and counts in whole microseconds.
        if (options.seed !== undefined || options.jitter === "2.5s") continue;
        box.exec("sh", "-ec", lines.join("\n"));
        const rest = (await nl.netem.apply("v0", options, { direction, dryRun: true })).lines;
        expect(rest, lines.join("\n")).toEqual([]);
        await nl.netem.clear("v0");
      }
  });
  test("a distribution that has a name", async () => {
    const { nl } = box;
    const options = { delay: "10ms", jitter: "2ms", distribution: "normal" } as const;
    const plan = await nl.netem.apply("v0", options);
    expect(plan.lines[0]).toMatch(/ distribution normal$/);
    expect((await nl.netem.apply("v0", options)).lines).toEqual([]);
    expect((await nl.netem.apply("v0", { ...options, distribution: "pareto" })).steps).toMatchObject([
      { verb: "replace" },
    ]);
  });
  test("a distribution is given once, by whoever gave it", async () => {
    const { nl } = box;
    const options = { delay: "10ms", jitter: "2ms", distribution: [-8192, 0, 0, 8192] } as const;
    expect((await nl.netem.apply("v0", options)).steps).toHaveLength(1);
    expect((await nl.netem.apply("v0", options)).steps).toHaveLength(0);
    const { steps } = await nl.netem.apply("v0", { delay: "10ms", jitter: "2ms" });
    expect(steps, "which only another netem is without").toMatchObject([{ verb: "replace" }]);
    expect((await nl.netem.apply("v0", { delay: "10ms", jitter: "2ms" })).steps).toHaveLength(0);
  });

  test("what leaves is lost, and only that", async () => {
    const { nl } = box;
    expect(await passes(box, "10.0.0.2")).toBe(10);
    await nl.netem.apply("v0", { loss: "100%" });
    expect(await passes(box, "10.0.0.2")).toBe(0);
    expect(await passes(peer, "10.0.0.1")).toBe(10);
    expect((await nl.netem.get("v0"))?.lossPercent).toBe(100);
    expect(await nl.netem.get("v0", { direction: "ingress" })).toBeUndefined();
    expect((await nl.netem.clear("v0")).steps).toHaveLength(1);
    expect(await nl.netem.get("v0")).toBeUndefined();
    expect(await passes(box, "10.0.0.2")).toBe(10);
  });
  test("what arrives is lost, and only that", async () => {
    const { nl } = box;
    const plan = await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" });
    expect(plan.steps.map(({ object, verb }) => `${verb} ${object}`)).toEqual([
      "add link", "set link", "add qdisc", "add qdisc", "add filter",
    ]); // biome-ignore format: a list
    expect(await passes(peer, "10.0.0.1")).toBe(0);
    expect(await passes(box, "10.0.0.2")).toBe(10);
    expect((await nl.netem.get("v0", { direction: "ingress" }))?.lossPercent).toBe(100);
    expect((await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" })).steps).toHaveLength(0);
    // Changed in place: nothing is made twice.
    expect((await nl.netem.apply("v0", { loss: "0%" }, { direction: "ingress" })).steps).toHaveLength(1);
    expect(await passes(peer, "10.0.0.1")).toBe(10);
    await nl.netem.clear("v0", { direction: "egress" });
    expect(await nl.netem.get("v0", { direction: "ingress" })).toBeDefined();
  });
  test("both directions at once", async () => {
    const { nl } = box;
    await nl.netem.apply("v0", { loss: "100%" });
    await nl.netem.apply("v0", { limit: 55 }, { direction: "ingress" });
    expect([await passes(box, "10.0.0.2"), await passes(peer, "10.0.0.1")]).toEqual([0, 10]);
    const { lines } = await nl.netem.clear("v0", { dryRun: true });
    expect(lines).toHaveLength(4);
    expect(await nl.netem.get("v0")).toBeDefined();
  });

  test("a qdisc of somebody else's is in the way, and can be replaced", async () => {
    const { nl } = box;
    await nl.qdiscs.add("v0", htb(), { handle: "1:" });
    const refusal =
      /v0 has a qdisc htb 1: at its root, which is not of this making: replace: true puts netem in its place/;
    await expect(nl.netem.apply("v0", { delay: "1ms" })).rejects.toThrow(refusal);
    await expect(nl.impairer.apply("v0", { rules: [] })).rejects.toMatchObject({
      name: "ForeignQdisc",
      code: "EEXIST",
    });
    expect((await nl.netem.clear("v0")).steps, "and is not removed").toEqual([]);
    expect((await nl.qdiscs.get("v0")).kind).toBe("htb");
    await nl.netem.apply("v0", { delay: "1ms" }, { replace: true });
    expect((await nl.qdiscs.get("v0")).kind).toBe("netem");
  });
  test("a netem of somebody else's is changed", async () => {
    const { nl } = box;
    tcOf(box)(..."qdisc add dev v0 root handle 7: netem delay 5ms loss 1% 5% rate 1mbit".split(" "));
    expect((await nl.netem.get("v0"))?.delayMs).toBe(5);
    expect((await nl.netem.apply("v0", { delay: "6ms", loss: "1%", lossCorrelation: "1%" })).steps).toMatchObject([
      { verb: "change", handle: "7:" },
    ]);
    expect(await nl.netem.get("v0")).toEqual({ limit: 1000, delayMs: 6, lossPercent: 1, lossCorrelationPercent: 1, seed: expect.anything() }); // biome-ignore format: one object
  });
  test("what was made is undone if the rest fails", async () => {
    const { nl } = box;
    await nl.qdiscs.add("v0", fqCodel({ limit: 777 }), { handle: "1:" });
    const queue = { kind: "mq" } as const; // which stands at a root alone
    await expect(nl.limiter.apply("v0", { rate: "1mbit", queue }, { replace: true })).rejects.toThrow("mq");
    expect(await nl.qdiscs.get("v0")).toMatchObject({ kind: "fq_codel", handle: "1:", options: { limit: 777 } });
    await nl.qdiscs.remove("v0");
    await expect(nl.limiter.apply("v0", { rate: "1mbit", queue }, { direction: "ingress" })).rejects.toThrow("mq");
    expect(everything()).toBe(bare);
  });

  describe("at an ingress that others use", () => {
    const drop = matchall({ actions: [{ kind: "gact", options: { control: "continue" } }] });
    test.each([clsact(), ingress()])("%o stays, with its filters", async (holder) => {
      const { nl } = box;
      await nl.qdiscs.add("v0", holder as never);
      await nl.filters.add("v0", drop, { parent: "ingress", protocol: "all", priority: 5 });
      await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" });
      expect(await passes(peer, "10.0.0.1")).toBe(0);
      await nl.netem.clear("v0");
      const left = await nl.filters.list({ dev: "v0", parent: "ingress" });
      expect(left.map(({ priority }) => priority)).toEqual([5, 5]); // the first stands for the priority
      await nl.qdiscs.remove("v0", { kind: holder.kind });
    });
    test("a clsact made here stays for filters that came later", async () => {
      const { nl } = box;
      await nl.netem.apply("v0", { limit: 9 }, { direction: "ingress" });
      await nl.filters.add("v0", drop, { parent: "egress", protocol: "all", priority: 5 });
      await nl.netem.clear("v0");
      expect(await nl.qdiscs.find("v0", { kind: "clsact" })).toBeDefined();
      await nl.qdiscs.remove("v0", { kind: "clsact" });
    });
    test("an ifb that somebody removed is made again", async () => {
      const { nl } = box;
      await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" });
      const [ifb] = await nl.links.list({ kind: "ifb" });
      await nl.links.remove(ifb!.name);
      await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" });
      expect((await nl.netem.get("v0", { direction: "ingress" }))?.lossPercent).toBe(100);
      expect((await nl.netem.apply("v0", { loss: "100%" }, { direction: "ingress" })).steps).toEqual([]);
    });
    test("another helper's queue there is in the way, and outlives this one's clearing", async () => {
      const { nl } = box;
      await nl.limiter.apply("v0", { rate: "1gbit" }, { direction: "ingress" });
      await expect(nl.netem.apply("v0", {}, { direction: "ingress" })).rejects.toThrow(
        /nlifb\d+ has a qdisc htb 6c69:/,
      );
      await nl.netem.clear("v0");
      expect(await nl.limiter.get("v0", { direction: "ingress" })).toBeDefined();
    });
    test("the ifb of a device that is gone is cleared by its name", async () => {
      const { nl } = box;
      await nl.links.add({ kind: "dummy", name: "d9" });
      await nl.netem.apply("d9", {}, { direction: "ingress" });
      await nl.links.remove("d9");
      expect((await nl.netem.clear("d9")).steps).toHaveLength(1);
      await expect(nl.netem.clear("d9")).rejects.toThrow("interface not found: d9");
      // Also where there is another device of that name by now, whose own stays as it is.
      await nl.links.add({ kind: "dummy", name: "d9" });
      await nl.netem.apply("d9", {}, { direction: "ingress" });
      await nl.links.remove("d9");
      await nl.links.add({ kind: "dummy", name: "d9" });
      await nl.netem.apply("d9", {}, { direction: "ingress" });
      expect(await nl.links.list({ kind: "ifb" })).toHaveLength(2);
      expect((await nl.netem.clear("d9")).steps).toHaveLength(4);
      await nl.links.remove("d9");
    });
    test("a device that has the ifb's name already", async () => {
      const { nl } = box;
      const name = `nlifb${(await nl.links.get("v0")).index}`;
      await nl.links.add({ kind: "dummy", name });
      await expect(nl.netem.apply("v0", {}, { direction: "ingress" })).rejects.toThrow(`${name}, the name of the ifb`);
      expect(await nl.netem.get("v0", { direction: "ingress" })).toBeUndefined();
      expect((await nl.netem.clear("v0")).steps).toEqual([]);
      await nl.links.remove(name);
    });
  });

  test("flows of fq_codel are told in the user's terms", async () => {
    await box.nl.qdiscs.add("lo", htb({ default: "10" }), { handle: "1:" });
    await box.nl.classes.add("lo", htbClass({ rate: "8kbit", burst: "100b", ceil: "8kbit", cburst: "100b" }), { parent: "1:", handle: "1:10" }); // biome-ignore format: one line
    await box.nl.qdiscs.add("lo", fqCodel(), { parent: "1:10", handle: "2:" });
    box.exec("bash", "-c", "for i in $(seq 50); do echo hello > /dev/udp/127.0.0.1/9; done 2>/dev/null || true");
    const flows = (await box.nl.classes.list({ dev: "lo", kind: "fq_codel" })).filter((c) => c.kind === "fq_codel");
    expect(flows.length).toBeGreaterThan(0);
    expect(flows[0]!.options).toEqual({});
    expect(JSON.stringify(flows[0]!.stats?.app)).toContain("deficit");
  });

  test("the README's example", async () => {
    const { nl } = box;
    for (const name of ["eth0", "eth1"]) await nl.links.add({ kind: "dummy", name, up: true });
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const code = readme.split("\n## Shape and emulate\n")[1]!.match(/```ts\n([\s\S]*?)```/)![1]!;
    const said: unknown[][] = [];
    const scope = { ...library, nl, console: { log: (...words: unknown[]) => said.push(words) } };
    const body = code.replace(/^(import|await using) .*$/gm, "");
    const run = new Function(...Object.keys(scope), `return (async () => {${body}})();`);
    await run(...Object.values(scope));
    expect(said[0]![0]).toMatch(
      /^ip link add nlifb\d+ type ifb\nip link set [\s\S]*\ntc qdisc add dev nlifb\d+ root handle 6c69: htb /,
    );
    expect(said[1]).toEqual([100, 1, 0]);
    expect(said).toContainEqual(["eth0", expect.any(Number), false]);
    expect(said.at(-1)).toEqual([49_152, "800::800"]);
    expect(tcOf(box)("qdisc", "show", "dev", "eth0")).toMatch(/^qdisc noqueue/);
    for (const name of ["eth0", "eth1"]) await nl.links.remove(name);
    expect(await nl.links.list({ kind: "ifb" })).toEqual([]);
  });

  test("a limit lets through what it says", async () => {
    const { nl } = box;
    const queue = { kind: "pfifo", options: { limit: 1 } } as const;
    for (const [direction, from, to] of [
      ["egress", box, "10.0.0.2"],
      ["ingress", peer, "10.0.0.1"],
    ] as const) {
      // biome-ignore format: a table
      const limit = { rate: "8kbit", burst: "100b", queue };
      await nl.limiter.apply("v0", limit, { direction });
      expect((await nl.limiter.apply("v0", limit, { direction })).lines).toEqual([]);
      expect(await passes(from, to, 9, 100)).toBeLessThan(50);
      const got = (await nl.limiter.get("v0", { direction }))!;
      expect(got).toMatchObject({ rateBytesPerSecond: 1000, burstBytes: 100, rules: [] });
      expect(got.others!.overlimits + got.others!.drops).toBeGreaterThan(0);
      await nl.limiter.clear("v0");
    }
  });
  test("limits by peer, as the rules change", async () => {
    const { nl } = box;
    const one = { dstIp: "10.0.0.3", rate: "1mbit" } as const;
    const two = { dstIp: "2001:db8::/32", dstPort: "50-60", ipProto: "udp", rate: "2mbit", ceil: "5mbit" } as const;
    for (const rules of [[one], [one, two], [two], [], [two, one], [one]]) {
      await nl.limiter.apply("v0", { rate: "10mbit", rules });
      expect((await nl.limiter.apply("v0", { rate: "10mbit", rules })).lines).toEqual([]);
      const got = (await nl.limiter.get("v0"))!;
      expect(got.rules.map(({ dstIp }) => dstIp?.replace(/\/32$/, ""))).toEqual(rules.map(({ dstIp }) => dstIp.replace(/\/32$/, ""))); // biome-ignore format: one line
    }
    await passes(box, "10.0.0.3");
    await passes(box, "10.0.0.2", 9, 5);
    const got = (await nl.limiter.get("v0"))!;
    expect(got.rules).toMatchObject([{ rateBytesPerSecond: 125_000, ceilBytesPerSecond: 125_000, stats: { packets: 10 } }]); // biome-ignore format: one line
    expect(got.others?.packets).toBeGreaterThanOrEqual(5);
    expect(tcOf(box)("-s", "class", "show", "dev", "v0")).toContain("class htb 6c69:10");
  });

  describe("an impairment befalls whom it shall", () => {
    const lost = { netem: { loss: "100%" } } as const;
    let mac: string;
    beforeAll(async () => {
      mac = (await peer.nl.links.get("v1")).address as string;
    });
    test.each<[string, () => ImpairRule, [string, number, number][]]>([
      ["destination", () => ({ dstIp: "10.0.0.3", ...lost }), [["10.0.0.3", 9, 0], ["10.0.0.2", 9, 10], ["2001:db8::2", 9, 10]]],
      ["destination of IPv6", () => ({ dstIp: "2001:db8::2", ...lost }), [["2001:db8::2", 9, 0], ["10.0.0.2", 9, 10]]],
      ["subnet", () => ({ dstIp: "10.0.7.0/24", ...lost }), [["10.0.7.7", 9, 0], ["10.0.0.3", 9, 10]]],
      ["source", () => ({ srcIp: "10.0.0.1", ...lost }), [["10.0.0.3", 9, 0], ["2001:db8::2", 9, 10]]],
      ["port of both families", () => ({ dstPort: 53, ...lost }), [["10.0.0.2", 53, 0], ["2001:db8::2", 53, 0], ["10.0.0.2", 54, 10]]],
      ["ports in a range", () => ({ dstIp: "10.0.0.2", dstPort: "50-60", ...lost }), [["10.0.0.2", 55, 0], ["10.0.0.2", 61, 10], ["10.0.0.3", 55, 10]]],
      ["port of another protocol", () => ({ dstPort: 53, ipProto: "tcp", ...lost }), [["10.0.0.2", 53, 10]]],
      ["protocol", () => ({ ipProto: "udp", ...lost }), [["10.0.0.2", 53, 0]]],
      ["MAC address", () => ({ dstMac: mac, ...lost }), [["10.0.0.2", 9, 0], ["2001:db8::2", 9, 0]]],
      ["another MAC address", () => ({ dstMac: "02:00:00:00:00:99", ...lost }), [["10.0.0.2", 9, 10]]],
    ])("%s", async (_what, rule, expected) => {
      const { nl } = box;
      const made = { rules: [rule()] };
      await nl.impairer.apply("v0", made);
      expect((await nl.impairer.apply("v0", made)).lines).toEqual([]);
      for (const [to, port, count] of expected) expect(await passes(box, to, port), `${to} ${port}`).toBe(count);
      const { netem: _, ...given } = rule();
      const [got] = (await nl.impairer.get("v0"))!.rules;
      expect(got?.netem?.lossPercent).toBe(100);
      expect(got?.stats.packets ?? 0).toBeGreaterThanOrEqual(0);
      expect(Object.keys(got!)).toEqual(expect.arrayContaining(Object.keys(given)));
    }); // biome-ignore format: a table
    test("of what arrives, by source", async () => {
      const { nl } = box;
      const rules = [{ srcIp: "10.0.0.2", ...lost }];
      await nl.impairer.apply("v0", { rules }, { direction: "ingress" });
      expect((await nl.impairer.apply("v0", { rules }, { direction: "ingress" })).lines).toEqual([]);
      expect(await passes(peer, "10.0.0.1")).toBe(0);
      expect(await passes(peer, "2001:db8::1")).toBe(10);
      expect(await passes(box, "10.0.0.2")).toBe(10);
    });
    test("the others, but not whom a rule leaves alone", async () => {
      const { nl } = box;
      await nl.impairer.apply("v0", { rules: [{ dstIp: "10.0.0.3" }], others: { loss: "100%" } });
      expect(await passes(box, "10.0.0.3")).toBe(10);
      expect(await passes(box, "10.0.0.2")).toBe(0);
      const got = (await nl.impairer.get("v0"))!;
      expect(got).toMatchObject({ rules: [{ dstIp: "10.0.0.3" }], others: { lossPercent: 100 } });
      expect(got.rules[0]).not.toHaveProperty("netem");
    });
    test("from rules to rules, and no further", async () => {
      const { nl } = box;
      const a = { dstIp: "10.0.0.2", netem: { delay: "1ms" } };
      const b = { dstIp: "10.0.0.3", netem: { loss: "1%" }, rate: "5mbit" };
      const c = { dstPort: 80, netem: { delay: "1ms", loss: "2%", lossCorrelation: "5%" } };
      const d = { dstMac: "02:00:00:00:00:99" };
      const states = [[a], [a, b], [b, a], [c], [d, c, b, a], [], [d], [a, b, c, d]];
      for (const [i, from] of states.entries())
        for (const step of [0, 1, 3]) {
          const to = states[(i + step) % states.length]!;
          await nl.impairer.apply("v0", { rules: from });
          const others = to.length % 2 === 0 ? { others: { delay: "5ms" } } : {};
          await nl.impairer.apply("v0", { rules: to, ...others });
          const rest = await nl.impairer.apply("v0", { rules: to, ...others }, { dryRun: true });
          expect(rest.lines, `${JSON.stringify(from)} to ${JSON.stringify(to)}`).toEqual([]);
          expect((await nl.impairer.get("v0"))!.rules).toHaveLength(to.length);
        }
    });
    test("tc's lines of a plan make the same", async () => {
      const { nl } = box;
      const made = { rules: [{ dstIp: "10.0.0.0/24", dstPort: 80, netem: { delay: "10ms" } }, { srcMac: mac, rate: "5mbit" }] }; // biome-ignore format: one object
      const { lines } = await nl.impairer.apply("v0", made, { dryRun: true });
      box.exec("sh", "-ec", lines.join("\n"));
      expect((await nl.impairer.apply("v0", made, { dryRun: true })).lines).toEqual([]);
    });
  });
});
