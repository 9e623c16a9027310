import { describe, expect, test } from "vitest";
import { inetSettings } from "../../../src/codec/rtnetlink/link/inet.ts";
import { icmp6Counters, inet6Counters, inet6Settings } from "../../../src/codec/rtnetlink/link/inet6.ts";
import { link } from "../../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { decode } from "../../../src/codec/schema/engine.ts";
import { captured, testCaptured, testGolden } from "./captured.ts";

const head = { family: 0, type: 0, index: 0, flags: 0, change: 0 };
const none = "00000000000000000000000000000000";

describe("links", () => {
  testGolden(link, [
    [
      "ip link set v0 up mtu 9000",
      "000000000300000001000000010000000800040028230000",
      { ...head, index: 3, flags: 1, change: 1, mtu: 9000 },
    ],
    ["ip link set v0 nomaster", "0000000003000000000000000000000008000a0000000000", { ...head, index: 3, master: 0 }],
    [
      "ip link add q0 mtu 1400 txqueuelen 50 address 02:00:00:00:00:09 numtxqueues 4 numrxqueues 2 type ifb",
      `${none}080004007805000008000d00320000000a000100020000000009000008001f0004000000080020000200000007000300713000000c0012000700010069666200`,
      {
        ...head,
        mtu: 1400,
        txqlen: 50,
        address: "02:00:00:00:00:09",
        numTxQueues: 4,
        numRxQueues: 2,
        ifname: "q0",
        linkinfo: { kind: "ifb" },
      },
    ],
    [
      "ip link add veth0 type veth peer name veth1",
      `${none}0a00030076657468300000003000120008000100766574682400020020000100000000000000000000000000000000000a0003007665746831000000`,
      { ...head, ifname: "veth0", linkinfo: { kind: "veth", data: { peer: { ...head, ifname: "veth1" } } } },
    ],
    [
      "ip link add vti1 type vti remote 1.2.3.4 local 1.1.1.1 key 5",
      `${none}0900030076746931000000003800120007000100767469002c00020008000200000000050800030000000005080004000101010108000500010203040800060000000000`,
      {
        ...head,
        ifname: "vti1",
        linkinfo: { kind: "vti", data: { ikey: 5, okey: 5, local: "1.1.1.1", remote: "1.2.3.4", fwmark: 0 } },
      },
    ],
  ]);

  const types = [RTM.newlink, RTM.dellink, RTM.getlink, RTM.setlink, RTM.newlinkprop, RTM.dellinkprop];
  testCaptured("link", link, types, {
    atLeast: 400,
    forms: [
      [/^family 7 \.:/, "br_fill_ifinfo has an order of its own"],
      [/^family 10 \.:/, "inet6_fill_ifinfo has an order of its own, and protinfo without NLA_F_NESTED"],
    ],
  });

  // One attribute in two forms, by ifi_family.
  testGolden(link, [
    [
      "IFLA_AF_SPEC: ip link set v0 addrgenmode none",
      `${none}10001a000c000a000500080001000000`,
      { ...head, afSpec: { inet6: { addrGenMode: 1 } } },
    ],
    [
      "IFLA_AF_SPEC: bridge vlan add vid 100 pvid untagged",
      `07${none.slice(2)}0c001a000800020006006400`,
      { ...head, family: 7, afSpec: { vlanInfo: [{ flags: 6, vid: 100 }] } },
    ],
  ]);
  test("settings and counters are rows without gaps", () => {
    for (const [{ values }, first] of [
      [inetSettings, 1],
      [inet6Settings, 0],
      [inet6Counters, 0],
      [icmp6Counters, 0],
    ] as const)
      expect(Object.values(values)).toEqual(Object.keys(values).map((_, i) => first + i));
  });
});

/** What the kernel says of tunnels that fixtures/commands/link.txt makes: the last word on byte orders. */
const tunnels: readonly (readonly [name: string, kind: string, data: object])[] = [
  [
    "gre2",
    "gre",
    // key 1.2.3.4 seq csum fwmark 0x7
    { iflags: 0xb000, oflags: 0xb000, ikey: 0x01020304, okey: 0x01020304, ttl: 64, tos: 0x10, fwmark: 7, pmtudisc: 1 },
  ],
  ["gre3", "gre", { iflags: 0x3000, oflags: 0xa000, ikey: 11, okey: 22, tos: 1, pmtudisc: 0, ignoreDf: 1 }],
  ["gre4", "gre", { encapType: 1, encapSport: 0, encapDport: 5555, encapFlags: 1 }],
  ["gre5", "gre", { collectMetadata: true }],
  ["gt2", "gretap", { ikey: 77, ttl: 33, encapType: 2, encapSport: 1000, encapDport: 2000, encapFlags: 5 }],
  ["ers1", "erspan", { erspanVer: 1, erspanIndex: 123, ikey: 30 }],
  ["ers2", "erspan", { erspanVer: 2, erspanDir: 1, erspanHwid: 17, okey: 31 }],
  [
    "g62",
    "ip6gre",
    // hoplimit 9 encaplimit 3 tclass 0x10 flowlabel 0x12345 allow-localremote
    { local: "2001:db8::1", ttl: 9, encapLimit: 3, flowinfo: 0x01012345, flags: 0x30040, fwmark: 9, ikey: 9 },
  ],
  ["gt62", "ip6gretap", { ikey: 1, okey: 2, encapType: 1, encapSport: 7777, encapDport: 8888 }],
  ["ers62", "ip6erspan", { erspanVer: 2, erspanDir: 0, erspanHwid: 9 }],
  ["ipip2", "ipip", { local: "192.0.2.1", remote: "192.0.2.8", ttl: 64, tos: 8, proto: 0, fwmark: 5 }],
  ["ipip3", "ipip", { proto: 137, encapType: 2, encapSport: 1, encapDport: 2 }],
  [
    "sit2",
    "sit",
    {
      sixrdPrefix: "2001:db8::",
      sixrdPrefixlen: 32,
      sixrdRelayPrefix: "192.0.0.0",
      sixrdRelayPrefixlen: 16,
      fwmark: 3,
    },
  ],
  ["sit4", "sit", { flags: 1 }],
  ["t62", "ip6tnl", { encapLimit: 2, ttl: 7, flowinfo: 0x03300001, proto: 4, fwmark: 6 }],
  ["t64", "ip6tnl", { proto: 41, encapType: 2, encapSport: 10, encapDport: 11 }],
  ["vti2", "vti", { ikey: 5, okey: 6, fwmark: 0x12 }],
  ["vti62", "vti6", { local: "2001:db8::1", remote: "2001:db8::8", ikey: 12, okey: 12, fwmark: 0x13 }],
  ["gnv1", "geneve", { id: 16777215, remote: "192.0.2.10", ttl: 9, tos: 0x20, df: 2, port: 6082, udpCsum: 0 }],
  ["gnv6", "geneve", { id: 6, remote6: "2001:db8::9", label: 0x54321, ttlInherit: 1, udpZeroCsum6Tx: 1, port: 6083 }],
  ["gnvm", "geneve", { collectMetadata: true, innerProtoInherit: true, port: 6084 }],
];
const links = captured("link", [RTM.newlink])
  .filter(({ from }) => from === "kernel")
  .map(({ payload }) => decode(link, payload, "little"));
describe("tunnels", () => {
  test.each(tunnels)("%s of kind %s", (name, kind, data) => {
    const found = links.find(({ ifname, linkinfo }) => ifname === name && linkinfo?.kind === kind);
    expect(found?.linkinfo).toMatchObject({ kind, data });
  });
});
