import { afterEach, beforeEach, expect, test } from "vitest";
import { InterfaceNotFound, isNetworkUnreachable } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("routes", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
    await box.nl.addresses.add("veth0", "192.0.2.1/24");
    await box.nl.addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
  });
  afterEach(() => box?.close());

  const short = (text: string) => text.replace(/\/(32|128)$/, "");

  kernel.liveTest.each(["inet", "inet6"] as const)("the list of %s is what ip shows", async (family) => {
    const { routes } = box.nl;
    await routes.add({ dst: "10.1.0.0/16", via: "192.0.2.2", metric: 5, protocol: "bgp" });
    await routes.add({ dst: "10.2.0.1", dev: "veth0", table: 1000 });
    await routes.add({ dst: "10.3.0.0/16", type: "unreachable" });
    await routes.add({ dst: "2001:DB8:1::/48", via: "2001:db8::2", expires: 600 });
    await routes.add({ dst: "default", via: "2001:db8::3", metrics: { hoplimit: 9 } });
    const row = (...of: unknown[]) => of.map((x) => x ?? "").join(" ");
    const ours = (await routes.list({ family })).map((r) =>
      row(short(r.dst), r.via, r.dev, r.metric, r.protocol, r.type === "unicast" ? undefined : r.type),
    );
    const theirs = box
      .json(family === "inet" ? "-4" : "-6", "-N", "-d", "route", "show", "table", "all")
      .map((r) => [r, Number(r.protocol)] as const);
    expect(ours).toHaveLength(theirs.length);
    const words: Record<number, string> = { 2: "kernel", 3: "boot", 4: "static", 186: "bgp" };
    const shown = theirs.map(([r, protocol]) =>
      row(
        short(String(r.dst)),
        r.gateway,
        r.dev,
        r.metric,
        words[protocol] ?? r.protocol,
        r.type === "unicast" || r.type === undefined || r.type === "1" ? undefined : r.type,
      ),
    );
    // -N shows types as numbers: compared without them.
    const bare = (rows: string[]) => rows.map((r) => r.split(" ").slice(0, 5).join(" ")).sort();
    expect(bare(ours)).toEqual(bare(shown));
  });

  test("filters by prefix: exact, root, match, in any spelling", async () => {
    const { routes } = box.nl;
    for (const dst of ["default", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"])
      await routes.add({ dst, via: "192.0.2.2", table: 500 });
    for (const dst of ["default", "2001:db8:1::/48"]) await routes.add({ dst, via: "2001:db8::2", table: 500 });
    const found = async (filter: object) => (await routes.list({ table: 500, ...filter })).map((r) => r.dst).sort();
    expect(await found({ dst: "10.1.0.0/16" })).toEqual(["10.1.0.0/16"]);
    expect(await found({ root: "10.1.0.0/16" })).toEqual(["10.1.0.0/16", "10.1.2.0/24"]);
    expect(await found({ match: "10.1.0.0/16" })).toEqual(["10.0.0.0/8", "10.1.0.0/16", "default"]);
    expect(await found({ match: "10.2.3.4" })).toEqual(["10.0.0.0/8", "10.2.0.0/16", "default"]);
    expect(await found({ dst: "2001:DB8:0001:0::/48" })).toEqual(["2001:db8:1::/48"]);
    expect(await found({ via: "2001:DB8:0::2" })).toEqual(["2001:db8:1::/48", "default"]);
    expect(await found({ dst: "default" })).toEqual(["default", "default"]);
    expect(await found({ dst: "0.0.0.0/0" })).toEqual(["default"]);
    expect(await found({ dst: "::/0" })).toEqual(["default"]);
    expect(await found({ dev: "veth0", family: "inet" })).toHaveLength(5);
    expect(await found({ dev: "veth1" })).toEqual([]);
    expect(await routes.find("10.1.0.0/16", { table: 500 })).toMatchObject({ via: "192.0.2.2", table: 500 });
  });

  test("a table that does not exist is empty", async () => {
    const { routes } = box.nl;
    for (const family of [undefined, "inet", "inet6"] as const)
      expect(await routes.list({ family, table: 4242 })).toEqual([]);
  });

  test("the protocols of routes that were added are what the documentation of the option says", async () => {
    const { routes } = box.nl;
    await routes.add({ dst: "10.1.0.0/16", dev: "veth0" });
    expect((await routes.find("10.1.0.0/16"))?.protocol).toBe("boot");
  });

  test("a device that is not there, by name and by index", async () => {
    const { routes } = box.nl;
    for (const dev of ["eth99", 9999])
      for (const dst of ["10.0.0.0/8", "2001:db8:1::/48"]) {
        await expect(routes.add({ dst, dev })).rejects.toThrow(`interface not found: ${dev}`);
        await expect(routes.add({ dst, dev })).rejects.toBeInstanceOf(InterfaceNotFound);
      }
  });

  test("append, change", async () => {
    const { routes } = box.nl;
    await expect(routes.change({ dst: "10.1.0.0/16", via: "192.0.2.2" })).rejects.toMatchObject({ code: "ENOENT" });
    await routes.add({ dst: "10.1.0.0/16", via: "192.0.2.2" });
    await routes.append({ dst: "10.1.0.0/16", via: "192.0.2.3" });
    expect((await routes.list({ dst: "10.1.0.0/16" })).map((r) => r.via)).toEqual(["192.0.2.2", "192.0.2.3"]);
    await routes.change({ dst: "10.1.0.0/16", via: "192.0.2.4" });
    expect((await routes.list({ dst: "10.1.0.0/16" })).map((r) => r.via)).toEqual(["192.0.2.4", "192.0.2.3"]);
    await routes.add({ dst: "2001:db8:1::/48", via: "2001:db8::2" });
    await routes.append({ dst: "2001:db8:1::/48", via: "2001:db8::3" });
    const joined = await routes.find("2001:db8:1::/48");
    expect(joined?.nexthops?.map((hop) => hop.via)).toEqual(["2001:db8::2", "2001:db8::3"]);
    expect((await routes.list({ via: "2001:db8::3" })).map((r) => r.dst)).toEqual(["2001:db8:1::/48"]);
  });

  test("what decides a look-up", async () => {
    const { routes } = box.nl;
    await routes.add({ dst: "10.1.0.0/16", via: "192.0.2.2", metrics: { mtu: 1400 } });
    await routes.add({ dst: "10.1.0.0/16", via: "192.0.2.7", table: 700 });
    await box.nl.rules.add({ fwmark: 7, table: 700 });
    expect(await routes.get("10.1.2.3")).toMatchObject({ dst: "10.1.2.3/32", via: "192.0.2.2", table: 254 });
    expect(await routes.get("10.1.2.3", { mark: 7 })).toMatchObject({ via: "192.0.2.7", table: 700, mark: 7 });
    expect(await routes.get("10.1.2.3", { fibMatch: true })).toMatchObject({
      dst: "10.1.0.0/16",
      metrics: { mtu: 1400 },
    });
    expect(await routes.get("10.1.2.3", { from: "192.0.2.1", oif: "veth0", ipProto: 6, dport: 443 })).toMatchObject({
      via: "192.0.2.2",
    });
    expect(await routes.get("2001:db8::5")).toMatchObject({ dst: "2001:db8::5/128", dev: "veth0", family: "inet6" });
    expect(await routes.get("127.0.0.1")).toMatchObject({ type: "local", dev: "lo" });
    expect(await routes.get("2001:db8::5", { fibMatch: true })).toMatchObject({ dst: "2001:db8::/64", table: 254 });
    await expect(routes.get("203.0.113.1")).rejects.toSatisfy(isNetworkUnreachable);
  });

  test("a tunnel on the route", async () => {
    const { routes } = box.nl;
    await routes.add({ dst: "10.1.0.0/16", dev: "veth0", encap: { type: "ip", id: 42, dst: "192.0.2.9", ttl: 64 } });
    const route = await routes.find("10.1.0.0/16");
    expect(route?.encap).toMatchObject({ type: "ip", dst: "192.0.2.9", ttl: 64 });
    if (kernel.live)
      expect(box.json("route", "show", "10.1.0.0/16")[0]).toMatchObject({ encap: "ip", id: 42, dev: "veth0" });
  });

  test("realms, as ip shows them", async () => {
    await box.nl.routes.add({ dst: "10.1.0.0/16", via: "192.0.2.2", realm: [3, 5] });
    if (kernel.live) expect(box.ip("-N", "route", "show", "10.1.0.0/16")).toMatch(/realms? 3\/5/);
  });

  test("flush: nexthop objects, several ways, no carrier, IPv6", async () => {
    const { routes } = box.nl;
    await box.nl.nexthops.add({ id: 5, via: "192.0.2.5", dev: "veth0" });
    await box.nl.nexthops.add({ id: 6, via: "2001:db8::6", dev: "veth0" });
    await routes.add({ dst: "10.1.0.0/16", nexthopId: 5, table: 600 });
    await routes.add({ dst: "2001:db8:1::/48", nexthopId: 6, table: 600 });
    expect(await routes.find("10.1.0.0/16", { table: 600 })).toMatchObject({ nexthopId: 5 });
    await routes.add({ dst: "10.2.0.0/16", nexthops: [{ via: "192.0.2.2" }, { via: "192.0.2.3" }], table: 600 });
    await routes.add({
      dst: "2001:db8:2::/48",
      nexthops: [{ via: "2001:db8::2" }, { via: "2001:db8::3" }],
      table: 600,
    });
    await routes.add({ dst: "10.3.0.0/16", type: "blackhole", table: 600 });
    await routes.add({ dst: "2001:db8:3::/48", type: "blackhole", table: 600 });
    expect(await routes.flush({ table: 600 })).toBe(6);
    expect(await routes.list({ table: 600 })).toEqual([]);
    await routes.add({ dst: "10.4.0.0/16", nexthops: [{ via: "192.0.2.2" }, { via: "192.0.2.3" }], table: 600 });
    await box.nl.links.set("veth1", { up: false });
    expect((await routes.find("10.4.0.0/16", { table: 600 }))?.nexthops?.[0]?.flags).toContain("linkdown");
    expect(await routes.flush({ table: 600 })).toBe(1);
    expect(await routes.list({ table: 600 })).toEqual([]);
  });
});
