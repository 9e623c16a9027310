import { afterEach, beforeEach, expect, test } from "vitest";
import { InterfaceNotFound, isNotFound } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

interface Shown {
  ifname: string;
  addr_info: { family: string; local: string; prefixlen: number; scope: string; label?: string; broadcast?: string }[];
}

describeKernels("addresses", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
  });
  afterEach(() => box?.close());

  kernel.liveTest("the list is what ip shows", async () => {
    const { addresses } = box.nl;
    await addresses.add("veth0", "192.0.2.1/24", { broadcast: true, label: "veth0:1" });
    await addresses.add("veth0", "192.0.2.2/24", { broadcast: "192.0.2.255" });
    await addresses.add("veth0", "10.0.17.1/20", { broadcast: "-", scope: "link" });
    await addresses.add("veth1", "2001:db8::1/64", { flags: ["nodad", "noprefixroute"], metric: 70 });
    const ours = (await addresses.list())
      .map((a) => `${a.dev} ${a.family} ${a.address} ${a.scope} ${a.label ?? ""} ${a.broadcast ?? ""}`)
      .sort();
    const theirs = (box.json("address", "show") as unknown as Shown[])
      .flatMap((link) =>
        link.addr_info.map(
          (a) =>
            `${link.ifname} ${a.family} ${a.local}/${a.prefixlen} ${a.scope} ${a.label ?? ""} ${a.broadcast ?? ""}`,
        ),
      )
      .sort();
    expect(ours).toEqual(theirs);
    expect(ours).toContain("veth0 inet 10.0.17.1/20 link veth0 10.0.16.0");
    const streamed = [];
    for await (const a of addresses.stream({ family: "inet", dev: "veth0" })) streamed.push(a.address);
    expect(streamed.sort()).toEqual(["10.0.17.1/20", "192.0.2.1/24", "192.0.2.2/24"]);
    expect((await addresses.get("2001:DB8::1", "veth1")).flags).toEqual(["nodad", "permanent", "noprefixroute"]);
    expect((await addresses.list({ scope: "link", family: "inet" })).map((a) => a.local)).toEqual(["10.0.17.1"]);
    expect((await addresses.list({ label: "veth0:1" })).map((a) => a.local)).toEqual(["192.0.2.1"]);
  });

  test("all that an address can have reads back", async () => {
    const { addresses } = box.nl;
    const v4 = { metric: 50, protocol: "kernel_lo", broadcast: "10.0.0.7", scope: "site", label: "veth0:9" };
    await addresses.add("veth0", "10.0.0.1/24", {
      ...v4,
      flags: ["noprefixroute"],
      validLifetime: 600,
      preferredLifetime: 300,
    });
    const [read] = await addresses.list({ protocol: "kernel_lo", flags: ["noprefixroute"] });
    expect(read).toMatchObject({ address: "10.0.0.1/24", ...v4, flags: ["noprefixroute"] });
    expect(read?.validLifetime).toBeGreaterThan(590);
    const v6 = { metric: 60, protocol: 77, flags: ["nodad", "home", "mngtmpaddr", "noprefixroute"] };
    await addresses.add("veth0", "2001:db8::1/64", v6);
    expect(await addresses.get("2001:db8::1")).toMatchObject({ ...v6, flags: expect.arrayContaining(v6.flags) });
    await addresses.add("veth0", "2001:db8::5/128", { peer: "2001:db8::6/128", flags: ["nodad"] });
    expect(await addresses.get("2001:db8::5")).toMatchObject({ local: "2001:db8::5", peer: "2001:db8::6/128" });
    await addresses.change("veth0", "10.0.0.1/24", { ...v4, metric: 51, validLifetime: "forever" });
    expect(await addresses.get("10.0.0.1")).toMatchObject({ metric: 51, flags: expect.arrayContaining(["permanent"]) });
    await addresses.remove("veth0", "2001:db8::5/128", { peer: "2001:db8::6/128" });
    expect(await addresses.find("2001:db8::5")).toBeUndefined();
  });

  test("a device by an alternative name of more than 15 characters", async () => {
    const { addresses, links } = box.nl;
    const dev = "a-name-of-more-than-fifteen-characters";
    await links.addAltNames("veth0", [dev]);
    await addresses.add(dev, "192.0.2.1/24");
    expect((await addresses.list({ dev, family: "inet" })).map((a) => a.dev)).toEqual(["veth0"]);
    expect(await addresses.removeIfExists(dev, "192.0.2.1/24")).toBe(true);
    await expect(addresses.add(`${dev}-2`, "192.0.2.1/24")).rejects.toThrow(`interface not found: ${dev}-2`);
  });

  kernel.liveTest("addresses of groups and of another namespace", async () => {
    const { addresses, nsids } = box.nl;
    const groups = (await addresses.list({ cast: "multicast", dev: "veth0", family: "inet6" })).map((a) => a.local);
    expect(groups).toContain("ff02::1");
    if (kernel.live)
      expect(box.json("maddress", "show", "dev", "veth0")).toMatchObject([
        { maddr: expect.arrayContaining(groups.map((address) => expect.objectContaining({ address }))) },
      ]);
    box.sysctl("net.ipv6.conf.veth0.forwarding", 1);
    await addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
    // The kernel joins the router's anycast address from a work queue (addrconf_dad_work).
    const anycast = async () => (await addresses.list({ cast: "anycast", dev: "veth0" })).map((a) => a.local);
    await expect.poll(anycast).toContain("2001:db8::");
    const other = await kernel.box();
    try {
      const { index } = await other.nl.links.get("lo");
      await other.nl.addresses.add("lo", "198.51.100.1/32");
      const nsid = await nsids.set(other.name);
      const found = await addresses.list({ nsid, family: "inet", dev: index });
      expect(found.map((a) => [a.address, a.dev])).toEqual([
        ["127.0.0.1/8", index],
        ["198.51.100.1/32", index],
      ]);
    } finally {
      other.close();
    }
  });

  test("an address that is not there", async () => {
    const { addresses } = box.nl;
    expect(await addresses.find("192.0.2.9")).toBeUndefined();
    await expect(addresses.get("192.0.2.9", "veth0")).rejects.toMatchObject({
      code: "EADDRNOTAVAIL",
      operation: "get address 192.0.2.9 dev veth0",
    });
    await expect(addresses.get("192.0.2.9")).rejects.toSatisfy(isNotFound);
    await addresses.add("veth0", "192.0.2.1/24");
    // With another length it is another address.
    expect(await addresses.removeIfExists("veth0", "192.0.2.1")).toBe(false);
  });

  test("a device that is not there, by name and by index", async () => {
    const { addresses } = box.nl;
    for (const dev of ["eth99", 9999]) {
      await expect(addresses.add(dev, "192.0.2.1/24")).rejects.toThrow(`interface not found: ${dev}`);
      await expect(addresses.add(dev, "2001:db8::1/64")).rejects.toBeInstanceOf(InterfaceNotFound);
      await expect(addresses.removeIfExists(dev, "192.0.2.1/24")).rejects.toBeInstanceOf(InterfaceNotFound);
    }
    await expect(addresses.list({ dev: "eth99" })).rejects.toThrow("interface not found: eth99");
  });

  test("lifetimes: given, changed, deprecated", async () => {
    const { addresses } = box.nl;
    await addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"], validLifetime: 3600, preferredLifetime: 0 });
    const made = await addresses.get("2001:db8::1");
    expect(made.flags).toContain("deprecated");
    expect(made.preferredLifetime).toBe(0);
    expect(made.validLifetime).toBeGreaterThan(3590);
    await addresses.change("veth0", "2001:db8::1/64", { flags: ["nodad"], validLifetime: "forever" });
    const changed = await addresses.get("2001:db8::1");
    expect(changed).toMatchObject({ validLifetime: "forever", preferredLifetime: "forever" });
    expect(changed.flags).not.toContain("deprecated");
  });

  test("flush takes secondary addresses too, and only what the filter keeps", async () => {
    const { addresses } = box.nl;
    for (const host of [1, 2, 3]) await addresses.add("veth0", `192.0.2.${host}/24`);
    await addresses.add("veth0", "198.51.100.1/24");
    await addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
    expect(await addresses.flush("veth0", { address: "192.0.2.0/24" })).toBe(3);
    expect((await addresses.list({ dev: "veth0", family: "inet" })).map((a) => a.local)).toEqual(["198.51.100.1"]);
    await addresses.flush("veth0");
    expect(await addresses.list({ dev: "veth0" })).toEqual([]);
  });
});
