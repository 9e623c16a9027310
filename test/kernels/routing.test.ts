import { afterEach, beforeEach, expect, test } from "vitest";
import { isExists, NetlinkError } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("addresses, routes and rules", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
  });
  afterEach(() => box?.close());

  test("the design's example", async () => {
    const { nl } = box;
    await nl.links.set("veth0", { up: true, mtu: 9000 });
    await nl.addresses.add("veth0", "192.0.2.1/24");
    await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.254", metric: 100 });
    await nl.rules.add({ from: "10.0.0.0/8", table: 100, priority: 1000 });
    if (kernel.live) expect(box.json("route", "show", "10.0.0.0/8")[0]).toMatchObject({ dst: "10.0.0.0/8", gateway: "192.0.2.254", dev: "veth0", metric: 100 });
    if (kernel.live) expect(box.json("rule", "show", "priority", "1000")[0]).toMatchObject({ src: "10.0.0.0", srclen: 8, table: "100" });
  });

  test("addresses: added, listed, changed, removed, as ip shows them", async () => {
    const { nl } = box;
    await nl.addresses.add("veth0", "192.0.2.1/24", { broadcast: "+", label: "veth0:x", validLifetime: 3600, preferredLifetime: 1800, metric: 50 });
    await nl.addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
    await nl.addresses.add("veth0", "198.51.100.1", { peer: "198.51.100.2/32" });
    const [v4] = await nl.addresses.list({ dev: "veth0", family: "inet", address: "192.0.2.0/24" });
    expect(v4).toMatchObject({ address: "192.0.2.1/24", broadcast: "192.0.2.255", label: "veth0:x", dev: "veth0", scope: "global", metric: 50 });
    expect(v4!.validLifetime).toBeGreaterThan(3590);
    expect((await nl.addresses.find("198.51.100.1"))?.peer).toBe("198.51.100.2/32");
    expect((await nl.addresses.find("2001:db8:0::1"))?.flags).toContain("nodad");
    if (kernel.live) {
      const shown = box.json("-4", "address", "show", "dev", "veth0")[0] as { addr_info: Record<string, unknown>[] };
      expect(shown.addr_info[0]).toMatchObject({ local: "192.0.2.1", prefixlen: 24, broadcast: "192.0.2.255", label: "veth0:x" });
    }
    await expect(nl.addresses.add("veth0", "192.0.2.1/24")).rejects.toSatisfy(isExists);
    await nl.addresses.replace("veth0", "192.0.2.1/24", { label: "veth0:x", validLifetime: "forever" });
    expect((await nl.addresses.find("192.0.2.1"))?.validLifetime).toBe("forever");
    expect(await nl.addresses.removeIfExists("veth0", "192.0.2.1/24")).toBe(true);
    expect(await nl.addresses.removeIfExists("veth0", "192.0.2.1/24")).toBe(false);
    await nl.addresses.flush("veth0", { family: "inet" });
    expect(await nl.addresses.list({ dev: "veth0", family: "inet" })).toEqual([]);
    await expect(nl.addresses.add("eth99", "192.0.2.1/24")).rejects.toThrow("interface not found: eth99");
  });

  test("routes of many forms come back as they were given", async () => {
    const { nl } = box;
    await nl.addresses.add("veth0", "192.0.2.1/24");
    await nl.addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
    const { index } = await nl.links.get("veth0");
    const given = [
      { dst: "10.1.0.0/16", via: "192.0.2.2", metric: 5, src: "192.0.2.1", protocol: "static", metrics: { mtu: 1400, advmss: 1300, lock: ["mtu"] } },
      { dst: "10.2.0.0/16", dev: "veth0", table: 1000, scope: "link" },
      { dst: "10.3.0.0/16", type: "blackhole" },
      { dst: "10.4.0.0/16", nexthops: [{ via: "192.0.2.2", weight: 2 }, { via: "192.0.2.3", dev: "veth0", onlink: true }] },
      { dst: "10.5.0.0/16", via: "2001:db8::5", dev: index },
      { dst: "2001:db8:1::/48", via: "2001:db8::2", metric: 7, pref: "high" },
      { dst: "default", via: "192.0.2.9" },
    ] as const;
    for (const route of given) await nl.routes.add(route as never);
    const all = await nl.routes.list();
    const of = (dst: string) => all.find((r) => r.dst === dst)!;
    expect(of("10.1.0.0/16")).toMatchObject({ via: "192.0.2.2", dev: "veth0", metric: 5, src: "192.0.2.1", protocol: "static", metrics: { mtu: 1400, advmss: 1300 } });
    expect(of("10.2.0.0/16")).toMatchObject({ table: 1000, dev: "veth0", scope: "link" });
    expect(of("10.3.0.0/16")).toMatchObject({ type: "blackhole" });
    expect(of("10.4.0.0/16").nexthops).toMatchObject([{ via: "192.0.2.2", weight: 2 }, { via: "192.0.2.3", weight: 1, flags: ["onlink"] }]);
    expect(of("10.5.0.0/16")).toMatchObject({ via: "2001:db8::5" });
    expect(of("2001:db8:1::/48")).toMatchObject({ via: "2001:db8::2", metric: 7, pref: "high", family: "inet6" });
    expect(of("default")).toMatchObject({ via: "192.0.2.9", table: 254 });
    expect(await nl.routes.get("10.1.2.3")).toMatchObject({ via: "192.0.2.2", dev: "veth0", src: "192.0.2.1" });
    expect((await nl.routes.list({ table: 1000 })).map((r) => r.dst)).toEqual(["10.2.0.0/16"]);
    await expect(nl.routes.add({ dst: "10.1.0.0/16", via: "192.0.2.2", metric: 5 })).rejects.toMatchObject({ code: "EEXIST" });
    await expect(nl.routes.add({ dst: "10.9.0.0/16", via: "203.0.113.1" })).rejects.toMatchObject({ code: "ENETUNREACH", kernelMessage: "Nexthop has invalid gateway" });
    await nl.routes.replace({ dst: "10.1.0.0/16", via: "192.0.2.3", metric: 5 });
    expect((await nl.routes.find("10.1.0.0/16"))?.via).toBe("192.0.2.3");
    expect(await nl.routes.removeIfExists({ dst: "10.1.0.0/16" })).toBe(true);
    expect(await nl.routes.removeIfExists({ dst: "10.1.0.0/16" })).toBe(false);
    expect(await nl.routes.flush({ type: "blackhole" })).toBe(1);
  });

  test("wrong options are said before anything is sent", async () => {
    const { nl } = box;
    await expect(nl.routes.add({ dst: "10.0.0.1/8" })).rejects.toThrow("route.dst: 10.0.0.1/8 has host bits set; 10.0.0.0/8?");
    await expect(nl.routes.add({ dst: "10.0.0.0/8", via: "10.0.0" })).rejects.toThrow('route.via: "10.0.0" is not an IP address');
    await expect(nl.routes.add({ dst: "10.0.0.0/8", gateway: "10.0.0.1" } as never)).rejects.toThrow("route.gateway: there is no such option");
    await expect(nl.rules.add({ fwmark: "x" })).rejects.toThrow("rule.fwmark");
  });

  test("a batch: each its result, in order, and 5000 of them", async () => {
    const { nl } = box;
    await nl.addresses.add("veth0", "192.0.2.1/24");
    const { index } = await nl.links.get("veth0");
    const batch = nl.batch();
    for (let i = 0; i < 5000; i++) batch.add(nl.routes.prepare("add", { dst: `10.${i >> 8}.${i & 255}.0/24`, via: i % 1000 === 7 ? "203.0.113.1" : "192.0.2.2", dev: index }));
    const results = await batch.send();
    expect(results).toHaveLength(5000);
    expect(results.map((e, i) => (e ? i : -1)).filter((i) => i >= 0)).toEqual([7, 1007, 2007, 3007, 4007]);
    expect(results[7]).toBeInstanceOf(NetlinkError);
    expect(results[7]!.message).toContain("add route 10.0.7.0/24 via 203.0.113.1");
    let n = 0;
    for await (const routes of nl.routes.stream({ family: "inet", table: "main" }).batches()) n += routes.length;
    expect(n).toBe(4996);
    // Leaving a stream early, and asking for something else while it runs, work on one connection.
    for await (const route of nl.routes.stream({ family: "inet" })) {
      expect((await nl.links.get(route.oif ?? 1)).name).toBeDefined();
      break;
    }
    expect((await nl.routes.list({ family: "inet", table: "main" })).length).toBe(4996);
  });

  test("notifications arrive, and leaving the loop ends them", async () => {
    const { nl } = box;
    const seen: string[] = [];
    const events = nl.notifications([1, 5]);
    await nl.links.set("veth0", { mtu: 1400 });
    await nl.addresses.add("veth0", "192.0.2.5/24");
    for await (const event of events) {
      seen.push(event.type);
      if (event.type === "newaddr") break;
    }
    expect(seen).toContain("newlink");
  });
}); // biome-ignore format: dense
