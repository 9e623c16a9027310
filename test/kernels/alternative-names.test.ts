import { afterAll, beforeAll, expect, test } from "vitest";
import { type Box, describeKernels } from "../support/kernels.ts";

/** Alternative names of more than 15 characters, which do not fit where names do. */
const dev = "a-veth-of-more-than-fifteen-characters";
const br = "a-bridge-of-more-than-fifteen-characters";
const missing = "no-device-of-more-than-fifteen-characters";
const mac = "02:00:00:00:cc:01";

describeKernels("devices by alternative names,", (kernel) => {
  let box: Box;
  beforeAll(async () => {
    box = await kernel.box();
    const { addresses, links } = box.nl;
    await links.add({ kind: "bridge", name: "br0", up: true, altNames: [br] });
    await links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" }, altNames: [dev], master: br });
    await links.set("veth1", { up: true });
    await links.set(dev, { up: true });
    await addresses.add(dev, "192.0.2.1/24");
  });
  afterAll(() => box?.close());

  /** What works with a device does it with a name, and says which one is missing. */
  const uses: { readonly [name: string]: (nl: Box["nl"], dev: string, br: string) => Promise<unknown> } = {
    "links.get": (nl, dev) => nl.links.get(dev),
    "links.set": (nl, dev, br) => nl.links.set(dev, { mtu: 1400, master: br }),
    "links.list": (nl, _, br) => nl.links.list({ master: br }),
    "links.add": async (nl, _, br) => {
      await nl.links.add({ kind: "veth", name: "veth8", peer: { name: "veth9" }, master: br });
      await nl.links.remove("veth8");
    },
    "addresses.list": (nl, dev) => nl.addresses.list({ dev }),
    "addresses.add": (nl, dev) => nl.addresses.replace(dev, "192.0.2.1/24"),
    "addresses.flush": (nl, dev) => nl.addresses.flush(dev, { family: "inet6" }),
    "addressLabels.add": (nl, dev) => nl.addressLabels.replace({ prefix: "2001:db8::/32", label: 9, dev }),
    "routes.add": (nl, dev) => nl.routes.replace({ dst: "10.0.0.0/8", via: "192.0.2.2", dev }),
    "routes.add nexthops": (nl, dev) =>
      nl.routes.replace({ dst: "10.1.0.0/16", nexthops: [{ via: "192.0.2.2", dev }] }),
    "routes.list": (nl, dev) => nl.routes.list({ dev }),
    "routes.get": (nl, dev) => nl.routes.get("192.0.2.2", { oif: dev }),
    "rules.add": (nl, dev) => nl.rules.add({ iif: dev, priority: 77 }),
    "rules.remove": (nl, dev) => nl.rules.remove({ iif: dev, priority: 77 }),
    "neighbors.add": (nl, dev) => nl.neighbors.replace({ dst: "192.0.2.9", dev, lladdr: mac }),
    "neighbors.get": (nl, dev) => nl.neighbors.get("192.0.2.9", dev),
    "neighbors.list": (nl, dev, br) => nl.neighbors.list({ dev, master: br }),
    "neighborTables.set": (nl, dev) => nl.neighborTables.set("arp_cache", { ucastProbes: 4 }, dev),
    "neighborTables.get": (nl, dev) => nl.neighborTables.get("arp_cache", dev),
    "fdb.add": (nl, dev) => nl.fdb.replace({ mac, dev, master: true, state: "static" }),
    "fdb.get": (nl, dev) => nl.fdb.get({ mac, dev, master: true }),
    "fdb.list": (nl, dev, br) => nl.fdb.list({ dev, master: br }),
    "fdb.flush": (nl, dev, br) => nl.fdb.flush(br, { brport: dev }),
    "mdb.add": (nl, dev, br) => nl.mdb.replace({ dev: br, port: dev, group: "239.1.1.1" }),
    "mdb.list": (nl, dev, br) => nl.mdb.list({ dev: br, port: dev }),
    "mdb.flush": (nl, dev, br) => nl.mdb.flush(br, { port: dev }),
    "nexthops.add": (nl, dev) => nl.nexthops.replace({ id: 7, via: "192.0.2.2", dev }),
    "nexthops.list": (nl, dev) => nl.nexthops.list({ dev }),
    "netconf.get": (nl, dev) => nl.netconf.get(dev),
    "netconf.list": (nl, dev) => nl.netconf.list({ dev }),
    "stats.get": (nl, dev) => nl.stats.get(dev),
    "stats.list": (nl, dev) => nl.stats.list({ dev }),
    "qdiscs.list": (nl, dev) => nl.qdiscs.list({ dev }),
  };
  /** What the virtual kernel does not model. */
  const beyond = /^(addressLabels|neighborTables|fdb|mdb|stats)\./;
  test.each(Object.entries(uses).filter(([name]) => kernel.live || !beyond.test(name)))("%s", async (_name, use) => {
    const done = await use(box.nl, dev, br);
    if (Array.isArray(done)) expect(done.length).toBeGreaterThan(0);
    await expect(use(box.nl, missing, missing)).rejects.toThrow(`interface not found: ${missing}`);
  });
});
