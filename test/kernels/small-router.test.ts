/**
 * A program that builds a small router out of a bridge, pairs of links, addresses, routes, rules and traffic control, reacts to what
 * happens to it, and takes it down again. Without root on the virtual kernel; on a live one with `NLINK_KERNEL=live`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, htb, htbClass, netem, pfifo, type QdiscSpec, u32 } from "../../src/index.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

const PORTS = ["lan0", "lan1"] as const;

async function build(nl: Connection, hosts: string, slow: QdiscSpec): Promise<void> {
  await nl.links.add({ kind: "bridge", name: "lan", address: "02:00:00:00:00:10" });
  for (const [i, port] of PORTS.entries()) {
    await nl.links.add({ kind: "veth", name: port, peer: { name: `host${i}`, netns: hosts } });
    await nl.links.set(port, { master: "lan", up: true });
  }
  await nl.links.set("lan", { up: true });
  await nl.links.add({ kind: "veth", name: "wan", peer: { name: "isp", netns: hosts } });
  await nl.links.set("wan", { up: true });
  await nl.addresses.add("lan", "10.0.0.1/24", { broadcast: true });
  await nl.addresses.add("wan", "198.51.100.2/30");
  await nl.routes.add({ dst: "default", via: "198.51.100.1" });
  await nl.routes.add({ dst: "192.168.0.0/16", type: "unreachable" });
  // What the first host sends goes by a table of its own.
  await nl.routes.add({ dst: "default", via: "198.51.100.1", table: 100 });
  await nl.rules.add({ from: "10.0.0.11", table: 100, priority: 1000 });
  await nl.qdiscs.add("wan", htb({ default: 0x20 }), { handle: "1:" });
  await nl.classes.add("wan", htbClass({ rate: "10mbit" }), { parent: "1:", handle: "1:1" });
  await nl.classes.add("wan", htbClass({ rate: "2mbit", ceil: "10mbit", priority: 1 }), {
    parent: "1:1",
    handle: "1:10",
  });
  await nl.classes.add("wan", htbClass({ rate: "8mbit" }), { parent: "1:1", handle: "1:20" });
  await nl.filters.add("wan", u32({ match: [{ ip: { src: "10.0.0.11" } }], classid: "1:10" }), {
    parent: "1:",
    protocol: "ip",
    priority: 10,
  });
  await nl.qdiscs.add("wan", slow, { parent: "1:10", handle: "10:" });
}

async function teardown(nl: Connection): Promise<void> {
  await nl.qdiscs.remove("wan");
  await nl.rules.remove({ from: "10.0.0.11", table: 100, priority: 1000 });
  await nl.routes.remove({ dst: "192.168.0.0/16", type: "unreachable" });
  for (const link of ["wan", ...PORTS, "lan"]) await nl.links.remove(link);
}

describeKernels("a small router", (kernel) => {
  let router: Box;
  let hosts: Box;
  let slow: QdiscSpec = netem({ delay: "20ms", loss: "1%" });
  beforeAll(async () => {
    router = await kernel.box();
    hosts = await kernel.box();
    // A kernel without netem, as a cloud's is, queues there instead.
    if (kernel.live)
      await router.nl.qdiscs.add("lo", netem()).then(
        () => router.nl.qdiscs.remove("lo"),
        () => {
          slow = pfifo({ limit: 50 });
        },
      );
  });
  afterAll(() => {
    router?.close();
    hosts?.close();
  });

  test("is built, reacts, and is taken down without a trace", async () => {
    const { nl } = router;
    const before = await picture(nl);
    await build(nl, hosts.name, slow);

    expect((await nl.links.list({ master: "lan" })).map((link) => link.name)).toEqual([...PORTS]);
    expect(
      (await nl.routes.list({ family: "inet", table: "main" })).map(({ dst, via, type }) => [dst, via ?? type]),
    ).toEqual([
      ["default", "198.51.100.1"],
      ["10.0.0.0/24", "unicast"],
      ["192.168.0.0/16", "unreachable"],
      ["198.51.100.0/30", "unicast"],
    ]);
    expect((await nl.qdiscs.list({ dev: "wan" })).map(({ kind, handle, parent }) => [kind, handle, parent])).toEqual([
      ["htb", "1:", "root"],
      [slow.kind, "10:", "1:10"],
    ]);
    const classes = await nl.classes.list({ dev: "wan" });
    expect(classes.map(({ handle, parent, leaf }) => [handle, parent, leaf]).sort()).toEqual([
      ["1:1", "root", undefined],
      ["1:10", "1:1", "10:"],
      ["1:20", "1:1", undefined],
    ]);
    const filters = await nl.filters.list({ dev: "wan", parent: "1:" });
    expect(filters.find((filter) => filter.handle === "800::800")).toMatchObject({
      kind: "u32",
      priority: 10,
      protocol: "ip",
      options: { classid: "1:10" },
    });

    // A host is plugged in: its port gains a carrier, and so does the bridge.
    await nl.waitFor("links", (link) => link.name === "lan0" && !link.carrier);
    await hosts.nl.links.set("host0", { up: true });
    await nl.waitFor("links", (link) => link.name === "lan0" && link.operstate === "up", { timeout: 5000 });
    await nl.waitFor("links", (link) => link.name === "lan" && link.operstate === "up", { timeout: 5000 });

    // Where no device leads to, no gateway is.
    await expect(nl.routes.add({ dst: "203.0.113.0/24", via: "203.0.113.9" })).rejects.toMatchObject({
      code: "ENETUNREACH",
      kernelMessage: "Nexthop has invalid gateway",
    });

    // The uplink breaks down: whoever watches sends everything the other way.
    const watch = (async () => {
      for await (const event of nl.events({ links: true }, { signal: AbortSignal.timeout(10_000) }))
        if (event.type === "link" && event.link.name === "wan" && !event.link.up) {
          await nl.routes.replace({ dst: "default", dev: "lan" });
          return event.link.operstate;
        }
      return undefined;
    })();
    await nl.links.set("wan", { up: false });
    expect(await watch).toBe("down");
    expect(await nl.routes.list({ family: "inet", table: "main", dst: "default" })).toMatchObject([{ dev: "lan" }]);
    await teardown(nl);
    expect(await picture(nl)).toEqual(before);
  });
});

/** What there is of links, addresses, routes and rules. */
async function picture(nl: Connection): Promise<unknown> {
  const links = (await nl.links.list()).map(({ name, kind, up }) => ({ name, kind, up }));
  const addresses = (await nl.addresses.list()).map(({ address, dev }) => ({ address, dev }));
  const routes = (await nl.routes.list({ family: "inet" })).map(({ dst, type, table }) => ({ dst, type, table }));
  const rules = (await nl.rules.list({ family: "inet" })).map(({ priority, table }) => ({ priority, table }));
  return { links, addresses, routes, rules };
}
