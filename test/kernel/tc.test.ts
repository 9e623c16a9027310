/** Traffic control with the kinds that every kernel has: htb, fq_codel, u32, clsact. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isExists, isNotFound } from "../../src/api/errors.ts";
import { StatsTracker, takeSnapshot } from "../../src/api/tracker.ts";
import { clsact, htb, htbClass, pfifo, u32Filter as u32 } from "../../src/codec/tc/builders.ts";
import { noKernel, type Sandbox, sandbox, tcOf, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("traffic control"), () => {
  let box: Sandbox;
  let index: number;
  beforeAll(async () => {
    box = await sandbox();
    await box.nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1" } });
    for (const dev of ["v0", "v1"]) await box.nl.links.set(dev, { up: true });
    index = (await box.nl.links.get("v0")).index;
  });
  beforeEach(async () => {
    for (const dev of ["lo", "v0", "v1"]) await box.nl.qdiscs.flush(dev);
  });
  afterAll(() => box?.close());
  const match = [{ ip: { dst: "10.0.0.0/8" } }] as const;

  describe("qdiscs", () => {
    test.each<[string, () => string | number]>([
      ["name", () => "v0"],
      ["index", () => index],
    ])("by the device's %s", async (_what, dev) => {
      const { qdiscs } = box.nl;
      expect(await qdiscs.add(dev(), htb({ default: "10" }), { handle: "1:" })).toMatchObject({ kind: "htb", handle: "1:", parent: "root", dev: "v0", index }); // biome-ignore format: one object
      await expect(qdiscs.add(dev(), htb(), { handle: "1:" })).rejects.toSatisfy(isExists);
      expect((await qdiscs.get(dev())).handle).toBe("1:");
      expect((await qdiscs.find(dev(), { handle: "2:" }))?.handle).toBeUndefined();
      expect((await qdiscs.replace(dev(), pfifo({ limit: 100 }), { handle: "2:" })).kind).toBe("pfifo");
      expect(await qdiscs.change(dev(), pfifo({ limit: 200 }))).toMatchObject({ options: { limit: 200 } });
      expect((await qdiscs.list({ dev: dev(), kind: "pfifo" })).map(({ handle }) => handle)).toEqual(["2:"]);
      await qdiscs.remove(dev());
      expect(await qdiscs.removeIfExists(dev())).toBe(false);
      await expect(qdiscs.remove(dev(), { kind: "netem" })).rejects.toThrow(`qdisc not found: netem on ${dev()}`);
      await expect(qdiscs.get(dev(), { kind: "netem" })).rejects.toThrow(`qdisc not found: netem on ${dev()}`);
      await expect(qdiscs.change(dev(), pfifo())).rejects.toSatisfy(isNotFound);
    });
    test.each<[string | number, string | number]>([
      ["root", "1:"],
      [0xffffffff, 0x10000],
    ])("parent %s and handle %s", async (parent, handle) => {
      await box.nl.qdiscs.add("v0", htb(), { parent, handle });
      expect((await box.nl.qdiscs.list({ dev: "v0", parent, handle })).map((q) => q.handle)).toEqual(["1:"]);
      expect((await box.nl.qdiscs.get("v0", { handle })).parent).toBe("root");
      await box.nl.qdiscs.remove("v0", { parent, handle });
    });
    test.each(["clsact", "ingress"] as const)("ingress as parent %s", async (parent) => {
      await box.nl.qdiscs.add("v0", clsact(), { parent });
      expect((await box.nl.qdiscs.get("v0", { parent })).kind).toBe("clsact");
      await box.nl.qdiscs.remove("v0", { parent });
    });
    test("streams", async () => {
      await box.nl.qdiscs.add("v0", pfifo({ limit: 7 }), { handle: "1:" });
      const seen: unknown[] = [];
      for await (const q of box.nl.qdiscs.stream({ dev: "v0" }))
        if (q.kind === "pfifo") seen.push([q.options, q.stats.drops]);
      expect(seen).toEqual([[{ limit: 7 }, 0]]);
    });
  });

  describe("classes", () => {
    beforeEach(async () => {
      for (const dev of ["v0", "v1"]) await box.nl.qdiscs.add(dev, htb(), { handle: "1:" });
    });
    test("add, get, change, replace, remove", async () => {
      const { classes } = box.nl;
      const place = { parent: "1:", handle: "1:10" } as const;
      await classes.add("v0", htbClass({ rate: "10mbit", burst: "15kb" }), place);
      await expect(classes.add(index, htbClass({ rate: "10mbit" }), place)).rejects.toSatisfy(isExists);
      const c = await classes.get(index, 0x10010);
      if (c.kind !== "htb") throw new Error(c.kind);
      expect(c).toMatchObject({ dev: "v0", handle: "1:10", parent: "root", options: { rateBytesPerSecond: 1_250_000, burstBytes: 15_360 } }); // biome-ignore format: one object
      expect(c.stats?.app?.lends).toBe(0);
      await classes.change("v0", htbClass({ rate: "20mbit" }), place);
      expect((await classes.replace("v0", htbClass({ rate: "30mbit" }), place)).options).toMatchObject({ rateBytesPerSecond: 3_750_000 }); // biome-ignore format: one line
      await classes.remove("v0", "1:10");
      expect(await classes.find("v0", "1:10")).toBeUndefined();
      expect(await classes.removeIfExists("v0", "1:10")).toBe(false);
      await expect(classes.change("v0", htbClass({ rate: "1mbit" }), place)).rejects.toSatisfy(isNotFound);
    });
    test("of all devices, and flushed from the leaves up", async () => {
      const { classes } = box.nl;
      for (const dev of ["v0", "v1"])
        for (const [handle, parent] of [["1:1", "1:"], ["1:10", "1:1"], ["1:20", "1:1"]] as const) // biome-ignore format: a table
          await classes.add(dev, htbClass({ rate: "1mbit" }), { parent, handle });
      const all = await classes.list();
      expect(all.filter(({ kind }) => kind === "htb").map(({ dev, handle }) => `${dev} ${handle}`).sort()).toEqual([
        "v0 1:1", "v0 1:10", "v0 1:20", "v1 1:1", "v1 1:10", "v1 1:20",
      ]); // biome-ignore format: a list
      expect((await classes.list({ dev: "v0", parent: "1:1" })).map(({ handle }) => handle).sort()).toEqual(["1:10", "1:20"]); // biome-ignore format: one line
      let streamed = 0;
      for await (const c of classes.stream({ kind: "htb" })) streamed += Number(c.handle === "1:10");
      expect(streamed).toBe(2);
      expect(await classes.flush("v0")).toBe(3);
      expect(await classes.list({ dev: "v0" })).toEqual([]);
      expect(await classes.list({ dev: "v1" })).toHaveLength(3);
    });
  });

  describe("filters", () => {
    beforeEach(async () => {
      await box.nl.qdiscs.add("v0", htb(), { handle: "1:" });
      await box.nl.qdiscs.add("v0", clsact());
      await box.nl.classes.add("v0", htbClass({ rate: "1mbit" }), { parent: "1:", handle: "1:10" });
    });
    test.each<[string, { parent?: string | number }, string]>([
      ["root", {}, "1:"],
      ["the qdisc", { parent: "1:" }, "1:"],
      ["the qdisc by number", { parent: 0x10000 }, "1:"],
      ["a class", { parent: "1:10" }, "1:10"],
      ["ingress", { parent: "ingress" }, "ingress"],
      ["egress", { parent: "egress" }, "egress"],
    ])("of %s: the kernel's priority and handle come back", async (_what, place, parent) => {
      const { filters } = box.nl;
      const options = { match, classid: "1:10" };
      const made = await filters.add("v0", u32(options), { ...place, protocol: "ip" });
      expect(made).toMatchObject({ dev: "v0", kind: "u32", parent, protocol: "ip", priority: 49_152, handle: "800::800", chain: 0 }); // biome-ignore format: one object
      const next = await filters.add(index, u32(options), { ...place, protocol: "ip" });
      expect([next.priority, next.handle]).toEqual([49_151, "801::800"]);
      const which = { ...place, kind: "u32", protocol: "ip", priority: made.priority, handle: made.handle! };
      expect((await filters.get("v0", which)).handle).toBe("800::800");
      const listed = await filters.list({ dev: "v0", parent: place.parent ?? "root", priority: made.priority });
      expect(listed.some(({ handle }) => handle === "800::800")).toBe(true);
      await filters.remove("v0", which);
      expect(await filters.removeIfExists("v0", which)).toBe(false);
      expect(await filters.find("v0", which)).toBeUndefined();
      await filters.flush("v0", place);
      expect(await filters.list({ dev: "v0", parent: place.parent ?? "root" })).toEqual([]);
    });
    test("change and replace", async () => {
      const { filters } = box.nl;
      const place = { parent: "1:", protocol: "ip", priority: 5, handle: "800::1" } as const;
      await filters.replace("v0", u32({ match, classid: "1:10" }), place);
      expect(await filters.change("v0", u32({ match, classid: "1:11" }), place)).toMatchObject({ options: { classid: "1:11" } }); // biome-ignore format: one line
      const missing = { ...place, handle: "800::2" };
      await expect(filters.change("v0", u32({ match }), missing)).rejects.toSatisfy(isNotFound);
    });
    test("of all devices, parents, chains and protocols", async () => {
      const { filters } = box.nl;
      const spec = u32({ match: [], classid: "1:10" });
      await filters.add("v0", spec, { parent: "1:", protocol: "ip", priority: 1 });
      await filters.add("v0", spec, { parent: "ingress", protocol: "ipv6", priority: 2, chain: 3 });
      await filters.add("v0", spec, { parent: "egress", protocol: "all", priority: 3 });
      await box.nl.qdiscs.add("v1", htb(), { handle: "1:" });
      await filters.add("v1", spec, { protocol: "802.1Q", priority: 4 });
      const rules = async (filter = {}) =>
        (await filters.list(filter))
          .filter(({ handle }) => handle?.endsWith("::800"))
          .map(({ dev, parent, protocol, priority, chain }) => `${dev} ${parent} ${protocol} ${priority} ${chain}`)
          .sort();
      const all = ["v0 1: ip 1 0", "v0 egress all 3 0", "v0 ingress ipv6 2 3", "v1 1: 802.1Q 4 0"];
      expect(await rules()).toEqual(all);
      expect(await rules({ dev: "v0" })).toEqual(all.slice(0, 3));
      expect(await rules({ parent: "ingress" })).toEqual([all[2]]);
      expect(await rules({ protocol: "all" })).toEqual([all[1]]);
      expect(await rules({ chain: 3 })).toEqual([all[2]]);
      expect(await rules({ priority: 4 })).toEqual([all[3]]);
      expect((await box.nl.chains.list("v0", { parent: "ingress" })).map(({ chain }) => chain)).toContain(3);
      expect((await box.nl.chains.find("v0", { parent: "ingress", chain: 3 }))?.chain).toBe(3);
      expect(await box.nl.chains.find("v0", { parent: "ingress", chain: 4 })).toBeUndefined();
      const streamed: number[] = [];
      for await (const { chain } of box.nl.chains.stream("v0", { parent: "ingress" })) streamed.push(chain);
      expect(streamed).toContain(3);
      expect(await box.nl.chains.flush("v0", { parent: "ingress" })).toBeGreaterThan(0);
      expect(await rules({ parent: "ingress" })).toEqual([]);
    });
    test("of a block that devices share", async () => {
      const { qdiscs, filters } = box.nl;
      await qdiscs.remove("v0", { kind: "clsact" });
      for (const dev of ["v0", "v1"]) await qdiscs.add(dev, clsact(), { ingressBlock: 7 });
      expect((await qdiscs.get("v1", { kind: "clsact" })).ingressBlock).toBe(7);
      const made = await filters.add({ block: 7 }, u32({ match }), { protocol: "ip", priority: 1 });
      expect(made).toMatchObject({ block: 7, priority: 1 });
      expect((await filters.list({ block: 7 })).some(({ handle }) => handle === made.handle)).toBe(true);
      await filters.flush({ block: 7 });
      expect(await filters.list({ block: 7 })).toEqual([]);
    });
    test("a batch, by index", async () => {
      const batch = box.nl.batch();
      for (let i = 1; i <= 100; i++)
        batch.add(box.nl.filters.prepare("add", index, u32({ match, classid: "1:10" }), { parent: "1:", protocol: "ip", priority: 1, handle: `800::${i.toString(16)}` })); // biome-ignore format: one line
      expect(await batch.send()).toEqual(new Array(100).fill(undefined));
      const found = await box.nl.filters.list({ dev: "v0", parent: "1:" });
      expect(found.filter(({ handle }) => handle && /::./.test(handle))).toHaveLength(100);
    });
    test.each<[string, () => Promise<unknown>, string]>([
      ["no protocol", () => box.nl.filters.add("v0", u32({ match }), {}), "filter.protocol: is missing"],
      ["a class without parent", () => box.nl.classes.add("v0", htbClass({ rate: "1mbit" }), { handle: "1:5" } as never), "class.parent: is missing"],
      ["a handle that is none", () => box.nl.qdiscs.add("v0", htb(), { handle: "x" }), 'qdisc.handle: "x" is not a handle'],
      ["no device of the name", () => box.nl.qdiscs.add("nope", htb()), "interface not found: nope"],
      ["no device of the index", () => box.nl.qdiscs.add(99_999, htb()), "interface not found: 99999"],
      ["filters of no device", () => box.nl.filters.list({ dev: "nope" }), "interface not found: nope"],
      ["classes of no device", () => box.nl.classes.list({ dev: "nope" }), "interface not found: nope"],
    ])("%s", async (_what, ask, message) => expect(ask()).rejects.toThrow(message)); // biome-ignore format: a table
  });

  describe("a limiter", () => {
    const queue = pfifo({ limit: 100 });
    test("is made, left alone, changed and cleared", async () => {
      const { limiter } = box.nl;
      const before = tcOf(box)("qdisc", "show", "dev", "v0");
      const plan = await limiter.apply("v0", { rate: "10mbit", queue }, { dryRun: true });
      expect([plan.done, plan.lines.length, await limiter.get("v0")]).toEqual([false, 4, undefined]);
      expect((await limiter.apply("v0", { rate: "10mbit", queue })).lines).toEqual(plan.lines);
      expect((await limiter.apply(index, { rateBytesPerSecond: 1_250_000, queue })).lines).toEqual([]);
      expect(await limiter.get("v0")).toMatchObject({ rateBytesPerSecond: 1_250_000, rules: [], others: { drops: 0 } });
      expect(tcOf(box)("class", "show", "dev", "v0")).toContain("rate 10Mbit ceil 10Mbit");
      for (const rate of ["3mbit", "1kbit", "33333bit", "7gbit", "100gbit", "999tbit"]) {
        expect((await limiter.apply("v0", { rate, queue })).steps).toHaveLength(2);
        expect((await limiter.apply("v0", { rate, queue })).lines, rate).toEqual([]);
      }
      expect((await limiter.clear("v0")).lines).toEqual(["tc qdisc del dev v0 root handle 6c69: htb"]);
      expect((await limiter.clear("v0")).lines).toEqual([]);
      expect(tcOf(box)("qdisc", "show", "dev", "v0")).toBe(before);
    });
    test("two at once do not meet", async () => {
      const { limiter } = box.nl;
      const plans = await Promise.all(["1mbit", "1mbit", "2mbit"].map((rate) => limiter.apply("v0", { rate, queue })));
      expect(plans.map(({ steps }) => steps.length)).toEqual([4, 0, 2]);
    });
    test("that fails leaves what was there before", async () => {
      await box.nl.qdiscs.add("v0", pfifo({ limit: 777 }), { handle: "9:" });
      const queue = { kind: "mq" } as const; // stands at a root of a device with queues alone
      const failing = box.nl.limiter.apply("v0", { rate: "1mbit", queue }, { replace: true });
      await expect(failing).rejects.toThrow("add qdisc mq on v0");
      expect(await box.nl.qdiscs.get("v0")).toMatchObject({ kind: "pfifo", handle: "9:", options: { limit: 777 } });
    });
    test("finds another's qdisc in its way", async () => {
      await box.nl.qdiscs.add("v0", htb(), { handle: "1:" });
      await expect(box.nl.limiter.apply("v0", { rate: "1mbit" })).rejects.toMatchObject({ name: "ForeignQdisc", kind: "htb", handle: "1:", device: "v0", code: "EEXIST" }); // biome-ignore format: one line
      expect((await box.nl.limiter.clear("v0")).steps).toEqual([]);
      expect((await box.nl.qdiscs.get("v0")).handle).toBe("1:");
    });
  });

  test("rates of what passes", async () => {
    let now = 0;
    await box.nl.qdiscs.add("lo", htb({ default: "10" }), { handle: "1:" });
    await box.nl.classes.add("lo", htbClass({ rate: "1gbit" }), { parent: "1:", handle: "1:10" });
    const tracker = new StatsTracker(box.nl, { clock: () => (now += 2000) });
    expect(await tracker.sample()).toBeUndefined();
    box.exec("bash", "-c", "for i in 1 2 3 4 5; do echo hello > /dev/udp/127.0.0.1/9; done 2>/dev/null || true");
    const rates = (await tracker.sample())!;
    const link = rates.links.find(({ dev }) => dev === "lo")!;
    expect(link).toMatchObject({ reset: false });
    expect(link.txPackets).toBeGreaterThanOrEqual(5);
    expect(link.txBytesPerSecond).toBe(link.txBytes / 2);
    const [qdisc, cls] = [rates.qdiscs.find((q) => q.kind === "htb")!, rates.classes.find((c) => c.handle === "1:10")!];
    expect(qdisc.packets).toBeGreaterThanOrEqual(5);
    expect(cls.bytes).toBe(qdisc.bytes);
    // Made anew under the same handle, it counts from 0.
    await box.nl.qdiscs.remove("lo");
    await box.nl.qdiscs.add("lo", htb({ default: "10" }), { handle: "1:" });
    const after = (await tracker.sample())!;
    expect(after.qdiscs.find((q) => q.kind === "htb" && q.dev === "lo")).toMatchObject({
      reset: true,
      bytesPerSecond: 0,
    });
    expect(after.gone.classes.map(({ handle }) => handle)).toContain("1:10");
    const one = await takeSnapshot(box.nl, { dev: "lo", classes: false });
    expect([one.links.length, one.qdiscs.length, one.classes.length]).toEqual([1, 1, 0]);
  });
});
