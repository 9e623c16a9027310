import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LinkChange, LinkOptions } from "../../src/api/link-value.ts";
import { link as schema } from "../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

type Obj = Record<string, unknown>;
/** What all links can be given, and how `ip -d -j link` shows it. */
const common: [given: Partial<LinkOptions>, shown: Obj, reads?: Obj][] = [
  [{ mtu: 1400, address: "02:00:00:00:00:09", broadcast: "ff:ff:ff:ff:ff:fe", txqlen: 77, group: 5 }, { mtu: 1400, address: "02:00:00:00:00:09", broadcast: "ff:ff:ff:ff:ff:fe", txqlen: 77, group: "5" }],
  [{ index: 4711 }, { ifindex: 4711 }],
  [{ numTxQueues: 4, numRxQueues: 2 }, { num_tx_queues: 4, num_rx_queues: 2 }],
  [{ gsoMaxSize: 40000, gsoMaxSegs: 33, groMaxSize: 50000 }, { gso_max_size: 40000, gso_max_segs: 33 }],
  [{ gsoIpv4MaxSize: 30000, groIpv4MaxSize: 35000 }, {}],
  [{ linkmode: "dormant" }, { linkmode: "DORMANT" }],
  [{ alias: "to the lab" }, { ifalias: "to the lab" }],
  [{ altNames: ["a-name-of-more-than-fifteen", "short"] }, { altnames: ["a-name-of-more-than-fifteen", "short"] }],
  [{ master: "br" }, { master: "br" }],
  [{ up: true }, { flags: expect.arrayContaining(["UP", "LOWER_UP"]) }],
  [{ up: true, carrier: false }, { flags: expect.arrayContaining(["NO-CARRIER"]) }],
  [{ set: { multicast: false, promisc: true, allmulticast: true, arp: false, dynamic: true } }, { flags: expect.arrayContaining(["NOARP", "PROMISC", "ALLMULTI", "DYNAMIC"]), promiscuity: 1 }, { flags: expect.arrayContaining(["noarp", "promisc", "allmulti", "dynamic"]), promiscuity: 1, allmulti: 1 }],
  [{ addrGenMode: "none" }, { inet6_addr_gen_mode: "none" }],
  [{ addrGenMode: "random" }, { inet6_addr_gen_mode: "random" }],
  [{ set: { arp: true }, token: "::7" }, {}],
]; // biome-ignore format: a table

describe.skipIf(why !== "")(`what links of every kind have${why}`, () => {
  let box: Sandbox;
  let other: Sandbox;
  const shown = (name: string): Obj => box.json("-d", "link", "show", name)[0]!;
  beforeAll(async () => {
    [box, other] = [await sandbox(), await sandbox()];
    await box.nl.links.add({ kind: "bridge", name: "br", up: true });
    await box.nl.links.add({ kind: "dummy", name: "d0", up: true });
  });
  afterAll(() => {
    box?.close();
    other?.close();
  });

  test.each(common)("%j at creation", async (given, seen, reads) => {
    const { set, ...plain } = given as Obj;
    await box.nl.links.add({ kind: "dummy", name: "new", ...given } as LinkOptions);
    try {
      expect(await box.nl.links.get("new")).toMatchObject({ ...plain, ...reads });
      expect(shown("new")).toMatchObject(seen);
    } finally {
      await box.nl.links.remove("new");
    }
  });

  const later = common.filter(([given]) => !("index" in given || "numTxQueues" in given || "altNames" in given));
  test.each(later)("%j as a change", async (given, seen, reads) => {
    const { set, ...plain } = given as Obj;
    await box.nl.links.add({ kind: "dummy", name: "old" });
    try {
      await box.nl.links.set("old", given as LinkChange);
      expect(await box.nl.links.get("old")).toMatchObject({ ...plain, ...reads });
      expect(shown("old")).toMatchObject(seen);
    } finally {
      await box.nl.links.remove("old");
    }
  });

  test("a link is made in another namespace, and with the device below in another one", async () => {
    await box.nl.links.add({ kind: "dummy", name: "there", netns: other.name });
    expect(await box.nl.links.find("there")).toBeUndefined();
    expect(await other.nl.links.get("there")).toMatchObject({ kind: "dummy" });
    const below = (await other.nl.links.get("there")).index;
    await box.nl.links.add({ kind: "macvlan", name: "over", link: below, linkNetns: other.name, mode: "bridge" });
    expect(await box.nl.links.get("over")).toMatchObject({
      kind: "macvlan",
      link: below,
      linkNetnsid: expect.any(Number),
    });
    expect(shown("over")).toMatchObject({ link_index: below, link_netnsid: expect.any(Number) });
    await box.nl.links.remove("over");
    await box.nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1", netns: other.name, mtu: 1400, txqlen: 5, numTxQueues: 3, address: "02:00:00:00:00:07", group: 4 } }); // biome-ignore format: a row
    expect(await other.nl.links.get("v1")).toMatchObject({ mtu: 1400, txqlen: 5, numTxQueues: 3, address: "02:00:00:00:00:07", group: 4 }); // biome-ignore format: a row
    await box.nl.links.set("v0", { netns: { pid: 1 } });
    expect(await box.nl.links.find("v0")).toBeUndefined();
    execFileSync("ip", ["link", "delete", "v0"]);
    await other.nl.links.remove("there");
  });

  test("a port's settings at its creation", async () => {
    await box.nl.links.add({ kind: "dummy", name: "port", master: "br", slave: { kind: "bridge", hairpin: true, cost: 9 } }); // biome-ignore format: a row
    expect((await box.nl.links.get("port")).slave).toMatchObject({ kind: "bridge", hairpin: true, cost: 9 });
    expect(shown("port")).toMatchObject({ linkinfo: { info_slave_data: { hairpin: true, cost: 9 } } });
    await box.nl.links.set("port", { slave: { kind: "bridge", flush: true } });
    await box.nl.links.add({ kind: "vrf", name: "vrf", table: 88 });
    await box.nl.links.set("port", { master: "vrf" });
    expect((await box.nl.links.get("port")).slave).toEqual({ kind: "vrf", table: 88 });
    await box.nl.links.set("port", { master: null });
    expect((await box.nl.links.get("port")).slave).toBeUndefined();
    await box.nl.links.add({ kind: "team", name: "team" });
    await box.nl.links.set("port", { master: "team" });
    expect((await box.nl.links.get("port")).slave).toEqual({ kind: "team" });
    for (const name of ["port", "vrf", "team"]) await box.nl.links.remove(name);
  });

  test("IPv4's settings of a link (IFLA_AF_SPEC)", async () => {
    const { nl } = box;
    await nl.links.add({ kind: "dummy", name: "inet", inet: { forwarding: 1, rpFilter: 2, mediumId: -1 } });
    const conf = (await nl.links.get("inet")).message.afSpec as { inet: { conf: Obj }; inet6: { conf: Obj } };
    expect(conf.inet.conf).toMatchObject({ forwarding: 1, rpFilter: 2, mediumId: -1 });
    const sysctl = (name: string) =>
      execFileSync("ip", ["netns", "exec", box.name, "sysctl", "-n", `net.${name}`], { encoding: "utf8" }).trim();
    expect(sysctl("ipv4.conf.inet.forwarding")).toBe("1");
    expect(sysctl("ipv4.conf.inet.rp_filter")).toBe("2");
    await nl.links.set("inet", { inet: { forwarding: 0, proxyArp: 1 } });
    expect(sysctl("ipv4.conf.inet.forwarding")).toBe("0");
    expect(sysctl("ipv4.conf.inet.proxy_arp")).toBe("1");
    expect(conf.inet6.conf).toMatchObject({ hoplimit: Number(sysctl("ipv6.conf.inet.hop_limit")), acceptRa: 1 });
    await nl.links.remove("inet");
  });

  test("VLANs of a bridge's port, and its settings by family (IFLA_AF_SPEC and IFLA_PROTINFO of AF_BRIDGE)", async () => {
    const { nl } = box;
    await nl.links.set("br", { kind: "bridge", vlanFiltering: true });
    await nl.links.add({ kind: "dummy", name: "port", master: "br" });
    const { index } = await nl.links.get("port");
    await nl.request({
      type: RTM.setlink,
      schema,
      value: {
        family: 7,
        index,
        protinfo: { cost: 55, isolated: 1 },
        afSpec: { vlanInfo: [{ vid: 10, flags: 6 }, { vid: 20, flags: 8 }, { vid: 22, flags: 16 }] },
      },
    }); // biome-ignore format: a request
    const [bridge] = JSON.parse(
      execFileSync("bridge", ["-n", box.name, "-j", "vlan", "show", "dev", "port"], { encoding: "utf8" }),
    );
    expect(bridge.vlans).toEqual(
      expect.arrayContaining([
        { vlan: 10, flags: ["PVID", "Egress Untagged"] },
        { vlan: 20 },
        { vlan: 21 },
        { vlan: 22 },
      ]),
    );
    const found = (await nl.dump({ type: RTM.getlink, schema, value: { family: 7, extMask: 2 } }, schema)).find(
      (m) => m.index === index,
    );
    expect(found).toMatchObject({ family: 7, ifname: "port", protinfo: { cost: 55, isolated: 1 } });
    expect((found!.afSpec as { vlanInfo: Obj[] }).vlanInfo).toEqual(
      expect.arrayContaining([
        { vid: 10, flags: 6 },
        { vid: 20, flags: 0 },
        { vid: 21, flags: 0 },
        { vid: 22, flags: 0 },
      ]),
    );
    await nl.links.remove("port");
    const [lo] = (await nl.dump({ type: RTM.getlink, schema, value: { family: 10 } }, schema)).filter(
      (m) => m.index === 1,
    );
    expect(lo).toMatchObject({ family: 10, ifname: "lo", protinfo: { conf: { mtu6: 65536 } } });
  });

  test("the operational state of a link that is up", async () => {
    await box.nl.links.add({ kind: "dummy", name: "state", up: true });
    const state = async () => (await box.nl.links.get("state")).operstate;
    await expect.poll(state).toBe("unknown");
    for (const operstate of ["dormant", "up"]) {
      await box.nl.links.set("state", { operstate });
      expect(await state()).toBe(operstate);
      expect(shown("state")).toMatchObject({ operstate: operstate.toUpperCase() });
    }
    await box.nl.links.remove("state");
  });

  test("a raised group is changed as one", async () => {
    for (const name of ["g1", "g2"]) await box.nl.links.add({ kind: "dummy", name, group: 9 });
    await box.nl.links.setGroup(9, { up: true });
    for (const name of ["g1", "g2"]) {
      expect((await box.nl.links.get(name)).up).toBe(true);
      await box.nl.links.remove(name);
    }
  });

  test("protodown, with the reasons that keep a link down", async () => {
    // Of the devices here only macvlan takes it (IFF_CHANGE_PROTO_DOWN).
    await box.nl.links.add({ kind: "macvlan", name: "down", link: "d0", mode: "bridge", protoDown: true, protoDownReason: { 3: true } }); // biome-ignore format: a row
    expect(await box.nl.links.get("down")).toMatchObject({ protoDown: true, protoDownReason: [3] });
    expect(shown("down")).toMatchObject({ proto_down: true, proto_down_reason: ["3"] });
    await box.nl.links.remove("down");
  });
});
