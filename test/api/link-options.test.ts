import { describe, expect, test } from "vitest";
import { Connection } from "../../src/api/connection.ts";
import { readKind, readSlave } from "../../src/api/link-kinds.ts";
import type { LinkChange, LinkOptions } from "../../src/api/link-value.ts";
import { linkValue } from "../../src/api/link-value.ts";
import type { LinkKind } from "../../src/codec/rtnetlink/link/info.ts";
import type { Transport } from "../../src/transport/transport.ts";

type Obj = Record<string, unknown>;
const index = (device: string | number): number => (typeof device === "number" ? device : 7);
const dataOf = (options: object): unknown => {
  const { kind, ...given } = options as Obj & { kind: LinkKind };
  return linkValue({ where: `link ${kind}`, given, kind, create: true }, index, () => ({ fd: 3 })).linkinfo?.data;
};

describe("options and settings of a kind, both ways", () => {
  const rows: [LinkOptions, data: Obj, read?: Obj | null][] = [
    [{ kind: "bridge", forwardDelay: "4s", ageingTimeMs: 50, mcastQuerierIntvlMs: 0 }, { forwardDelay: 400, ageingTime: 5, mcastQuerierIntvl: 0n }, { forwardDelayMs: 4000, ageingTimeMs: 50, mcastQuerierIntvlMs: 0 }],
    [{ kind: "bridge", noLinklocalLearn: true, mstEnabled: false }, { multiBoolopt: { optval: 1, optmask: 5 } }],
    [{ kind: "bond", miimon: "100ms", lpInterval: "2s" }, { miimon: 100, lpInterval: 2 }, { miimonMs: 100, lpIntervalMs: 2000 }],
    [{ kind: "vlan", gvrp: true, reorderHdr: false, egressQos: { 1: 2, 0: 7 } }, { flags: { flags: 2, mask: 3 }, egressQos: { mapping: [{ from: 0, to: 7 }, { from: 1, to: 2 }] } }],
    [{ kind: "vxlan", remote: "2001:db8::1", local: "192.0.2.1", dev: "eth0", ttlInherit: true, ageing: "60s" }, { group6: "2001:db8::1", local: "192.0.2.1", link: 7, ttlInherit: true, ageing: 60 }, null],
    [{ kind: "geneve", remote: "192.0.2.1" }, { remote: "192.0.2.1" }],
    [{ kind: "geneve", remote: "2001:db8::1" }, { remote6: "2001:db8::1" }],
    [{ kind: "macvlan", macaddrs: ["02:00:00:00:00:01"] }, { macaddrData: { macaddr: ["02:00:00:00:00:01"] }, macaddrMode: 3 }, null],
    [{ kind: "macvlan", macaddrs: [], kindFlags: ["nodst"] }, { macaddrData: { macaddr: [] }, macaddrMode: 3, flags: 2 }, null],
    [{ kind: "gre", key: 5 }, { ikey: 5, okey: 5, iflags: 0x2000, oflags: 0x2000 }, { ikey: 5, okey: 5, icsum: false, ocsum: false, iseq: false, oseq: false }],
    [{ kind: "gre", okey: "0.0.1.0", icsum: true, seq: true }, { okey: 256, iflags: 0x9000, oflags: 0x3000 }, { okey: 256, icsum: true, ocsum: false, iseq: true, oseq: true }],
    [{ kind: "ip6gre", csum: false }, { iflags: 0, oflags: 0 }, { icsum: false, ocsum: false, iseq: false, oseq: false }],
    [{ kind: "vti", key: "255.255.255.255" }, { ikey: 0xffffffff, okey: 0xffffffff }, { ikey: 0xffffffff, okey: 0xffffffff }],
    [{ kind: "macsec", cipherSuite: "gcm-aes-xpn-256", sci: "0x1" }, { cipherSuite: 0x0080c20001000004n, sci: 1n }],
    [{ kind: "macsec", cipherSuite: "0x1234" }, { cipherSuite: 0x1234n }],
    // A bug: the mask of `struct can_ctrlmode`, which comes first, was taken for the flags.
    [{ kind: "can", loopback: true, listenOnly: false }, { ctrlmode: { flags: 1, mask: 3 } }],
    [{ kind: "can", restart: true, restartMs: 5 }, { restart: 1, restartMs: 5 }, { restartMs: 5 }],
    [{ kind: "can", restart: false }, {}, null],
    [{ kind: "ip6tnl", tclass: 1, flowlabel: 0x54321 }, { flowinfo: 0x154321 }],
    [{ kind: "ip6gre", tclass: 255 }, { flowinfo: 0xff00000 }, { tclass: 255, flowlabel: 0 }],
    [{ kind: "sit", sixrdPrefix: "2001:db8::/32", sixrdRelayPrefix: "10.0.0.0/8" }, { sixrdPrefix: "2001:db8::", sixrdPrefixlen: 32, sixrdRelayPrefix: "10.0.0.0", sixrdRelayPrefixlen: 8 }],
    [{ kind: "xfrm", ifId: 5, collectMetadata: false }, { ifId: 5 }],
    [{ kind: "rmnet", muxId: 5, egressChksumv4: true }, { muxId: 5, flags: { flags: 8, mask: 8 } }],
  ]; // biome-ignore format: a table
  /** Flags, which are off if they are not there. */
  const off: { readonly [kind: string]: Obj } = {
    vxlan: { gbp: false, gpe: false, remcsumNopartial: false },
    geneve: { collectMetadata: false, innerProtoInherit: false },
    gre: { collectMetadata: false },
    ip6gre: { collectMetadata: false },
    ip6tnl: { collectMetadata: false },
  };
  // What is read back is the options, unless it says otherwise; null: what is sent is not what is reported.
  test.each(rows)("$0", (options, data, read) => {
    expect(dataOf(options) ?? {}).toEqual(data);
    const { kind, ...given } = options as Obj & { kind: LinkKind };
    if (read !== null) expect(readKind(kind, data, (i) => `eth${i - 7}`)).toEqual({ ...off[kind], ...(read ?? given) });
  });

  test.each([
    ["bridge", { multiBoolopt: { optval: 2, optmask: 7 } }, { noLinklocalLearn: false, mcastVlanSnooping: true, mstEnabled: false }],
    ["vxlan", { group: "239.0.0.1", ttlInherit: 0, link: 8 }, { remote: "239.0.0.1", ttlInherit: false, dev: "eth1" }],
    // No device at all.
    ["gre", { link: 0, iflags: 0, oflags: 0, ikey: 0, okey: 0 }, { icsum: false, ocsum: false, iseq: false, oseq: false }],
    ["macsec", { cipherSuite: 0x0080020001000001n }, { cipherSuite: "gcm-aes-128" }],
    ["macvlan", { macaddrCount: 2, macaddrData: { macaddr: ["02:00:00:00:00:02", "02:00:00:00:00:01"] } }, { macaddrs: ["02:00:00:00:00:02", "02:00:00:00:00:01"] }],
    // The kernel reports all of a CAN controller's modes, and a mask of zero.
    ["can", { ctrlmode: { mask: 0, flags: 8 } }, { loopback: false, listenOnly: false, tripleSampling: false, oneShot: true, berrReporting: false, fd: false, presumeAck: false, fdNonIso: false, ccLen8Dlc: false, tdcAuto: false, tdcManual: false }],
    ["tun", { type: 2, owner: 5, group: 6 }, { mode: "tap", uid: 5, gid: 6 }],
  ] as [LinkKind, Obj, Obj][])("%s is read: $1", (kind, data, read) => {
    expect(readKind(kind, data, (i) => `eth${i - 7}`)).toEqual({ ...off[kind], ...read });
  }); // biome-ignore format: a table

  test("ports", () => {
    const slave = { kind: "bridge", hairpin: true, rootBlock: false, cost: 5 } as const;
    const value = linkValue({ where: "link p", given: { slave }, kind: undefined, create: false }, index, () => ({
      fd: 3,
    }));
    expect(value.linkinfo).toEqual({ slaveKind: "bridge", slaveData: { mode: 1, protect: 0, cost: 5 } });
    expect(readSlave("bridge", { mode: 1, protect: 0, holdTimer: 150n }, () => undefined)).toEqual({ kind: "bridge", hairpin: true, rootBlock: false, holdTimerMs: 1500 }); // biome-ignore format: a row
  });
});

describe("what cannot be is said before anything is sent", async () => {
  const transport: Transport = {
    protocol: 0,
    portId: 1,
    byteOrder: "little",
    closed: false,
    send: () => {
      throw new Error("something was sent");
    },
    receive: () => undefined,
    listen: () => {},
    join: () => {},
    leave: () => {},
    ref: () => {},
    unref: () => {},
    close: () => {},
  };
  const nl = await Connection.open({ transport });
  const refusal = (promise: Promise<unknown>): Promise<unknown> =>
    promise.catch((e: Error & { option?: string }) => [e.name, e.option, e.message]);

  test.each([
    [{ kind: "nosuch" }, "kind", "link nosuch: there is no such kind"],
    [{ kind: "tun" }, "kind", "link tun: TUN and TAP devices are made through /dev/net/tun, not by netlink"],
    [{ kind: "vxlan", vni: 5 }, "vni", /^link vxlan\.vni: there is no such option; there are .*\bid\b/],
    [{ kind: "vxlan", id: -1 }, "id", "link vxlan.id: -1 is not an integer from 0 to 4294967295"],
    [{ kind: "vxlan", id: "5" }, "id", 'link vxlan.id: "5" is not an integer from 0 to 4294967295'],
    [{ kind: "vxlan", remote: "nonsense" }, "remote", 'link vxlan.remote: "nonsense" is not an IPv4 address'],
    [{ kind: "vxlan", remote: "2001:zz::" }, "remote", 'link vxlan.remote: "2001:zz::" is not an IPv6 address'],
    [{ kind: "vxlan", ageing: 60 }, "ageing", /^link vxlan\.ageing: 60 is not a time such as .*; a number goes into ageingMs$/],
    [{ kind: "vxlan", ageing: "60s", ageingMs: 1 }, "ageing", "link vxlan.ageing: ageing and ageingMs are the same: give one"],
    [{ kind: "vxlan", learning: 1 }, "learning", "link vxlan.learning: 1 is not true or false"],
    [{ kind: "vxlan", df: "yes" }, "df", 'link vxlan.df: "yes" is not one of unset, set, inherit'],
    [{ kind: "vxlan", portRange: { low: 1, high: 70000 } }, "portRange.high", "link vxlan.portRange.high: 70000 is not an integer from 0 to 65535"],
    [{ kind: "vxlan", ttlInherit: "yes" }, "ttlInherit", 'link vxlan.ttlInherit: "yes" is not true or false'],
    [{ kind: "bridge", bridgeId: {} }, "bridgeId", "link bridge.bridgeId: the kernel reports it, and does not take it"],
    [{ kind: "bridge", gcTimerMs: 1 }, "gcTimerMs", "link bridge.gcTimerMs: the kernel reports it, and does not take it"],
    [{ kind: "bridge", multiBoolopt: {} }, "multiBoolopt", /^link bridge\.multiBoolopt: there is no such option/],
    [{ kind: "bridge", forwardDelay: "-1s" }, "forwardDelay", /^link bridge\.forwardDelay: /],
    [{ kind: "bond", arpIpTarget: ["192.0.2.1", "nonsense"] }, "arpIpTarget[1]", 'link bond.arpIpTarget[1]: "nonsense" is not an IPv4 address'],
    [{ kind: "vlan", gvrp: 1 }, "gvrp", "link vlan.gvrp: 1 is not true or false"],
    [{ kind: "vlan", egressQos: { 1: 8 } }, "egressQos", "link vlan.egressQos: 8 is not an integer from 0 to 7"],
    [{ kind: "vlan", ingressQos: { 8: 1 } }, "ingressQos", 'link vlan.ingressQos: "8" is not an integer from 0 to 7'],
    [{ kind: "macvlan", macaddrs: ["x"] }, "macaddrs[0]", 'link macvlan.macaddrs[0]: "x" is not a MAC address'],
    [{ kind: "gre", key: 5, okey: 6 }, "key", "link gre.key: not together with okey, which is a part of it"],
    [{ kind: "gre", key: "0.0.0" }, "key", 'link gre.key: "0.0.0" is not an integer from 0 to 4294967295, or four bytes as "0.0.0.5"'],
    [{ kind: "ip6tnl", flowlabel: 0x100000 }, "flowlabel", "link ip6tnl.flowlabel: 1048576 is not an integer from 0 to 1048575"],
    [{ kind: "sit", sixrdPrefix: "10.0.0.0/8" }, "sixrdPrefix", 'link sit.sixrdPrefix: "10.0.0.0/8" is not an IPv6 prefix such as "2001:db8::/32"'],
    [{ kind: "gre", erspanVer: 1 }, "erspanVer", /^link gre\.erspanVer: there is no such option/],
    [{ kind: "macsec", cipherSuite: "rot13" }, "cipherSuite", /^link macsec\.cipherSuite: "rot13" is not one of gcm-aes-128/],
    [{ kind: "dummy", mtu: -5 }, "mtu", "link dummy.mtu: -5 is not an integer from 0 to 4294967295"],
    [{ kind: "dummy", mtu: "1500" }, "mtu", 'link dummy.mtu: "1500" is not an integer from 0 to 4294967295'],
    [{ kind: "dummy", address: "zz" }, "address", 'link dummy.address: "zz" is not a link-layer address'],
    [{ kind: "dummy", alias: 5 }, "alias", "link dummy.alias: 5 is not a string"],
    [{ kind: "dummy", inet: { forward: true } }, "forward", /^link dummy\.inet\.forward: there is no such option/],
    [{ kind: "dummy", inet: { rpFilter: 1.5 } }, "inet.rpFilter", /^link dummy\.inet\.rpFilter: 1.5 is not an integer/],
    [{ kind: "dummy", slave: { kind: "bridge", costs: 5 } }, "costs", /^link dummy\.slave\.costs: there is no such option/],
    [{ kind: "dummy", slave: { kind: "bridge", mode: true } }, "mode", /^link dummy\.slave\.mode: there is no such option/],
    [{ kind: "dummy", slave: { kind: "bridge", hairpin: 1 } }, "hairpin", "link dummy.slave.hairpin: 1 is not true or false"],
    [{ kind: "dummy", slave: { kind: "bridge", no: 1 } }, "no", "link dummy.slave.no: the kernel reports it, and does not take it"],
    [{ kind: "veth", peer: { name: "a/b" } }, "name", /^link veth peer\.name: "a\/b" is not 1 to 15 characters/],
    [{ kind: "veth", peer: { master: "br" } }, "master", /^link veth peer\.master: there is no such option/],
  ] as [LinkOptions, string, string | RegExp][])("add %j", async (options, option, message) => {
    const text = typeof message === "string" ? message : expect.stringMatching(message);
    expect(await refusal(nl.links.add(options))).toEqual(["OptionError", option, text]);
  }); // biome-ignore format: a table

  test.each([
    [{ kind: "vxlan", id: -1 }, "id", "link 7: vxlan.id: -1 is not an integer from 0 to 4294967295"],
    [{ kind: "gre", remote: "x" }, "remote", 'link 7: gre.remote: "x" is not an IPv4 address'],
    [{ mtu: -1 }, "mtu", "link 7.mtu: -1 is not an integer from 0 to 4294967295"],
    [{ id: 5 }, "id", /^link 7\.id: there is no such option/],
  ] as [LinkChange, string, string | RegExp][])("set %j", async (change, option, message) => {
    const text = typeof message === "string" ? message : expect.stringMatching(message);
    expect(await refusal(nl.links.set(7, change))).toEqual(["OptionError", option, text]);
  }); // biome-ignore format: a table
});
