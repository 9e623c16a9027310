import { describe } from "vitest";
import { route } from "../../../src/codec/rtnetlink/route.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

const { newroute, delroute, getroute } = RTM;
const head = { family: 2, srcLen: 0, tos: 0, table: 254, protocol: 3, scope: 0, type: 1, flags: 0 };

describe("routes", () => {
  testGolden(route, [
    [
      "ip route add default via 192.168.1.1 metric 50: no destination",
      "02000000fe0300010000000008000500c0a801010800060032000000",
      { ...head, dstLen: 0, gateway: "192.168.1.1", priority: 50 },
    ],
    [
      "ip route add 10.50.0.0/16 dev v0 mtu 1400 src 192.168.1.5 table 1000: a table above 255 is an attribute",
      "021000000003fd0100000000080001000a32000008000700c0a8010508000f00e803000008000400030000000c0008000800020078050000",
      {
        ...head,
        dstLen: 16,
        table: 0,
        scope: 253,
        dst: "10.50.0.0",
        prefsrc: "192.168.1.5",
        tableId: 1000,
        oif: 3,
        metrics: { mtu: 1400 },
      },
    ],
    [
      "ip route add 10.60.0.0/16 nexthop via 192.168.1.1 weight 2 nexthop via 192.168.1.3: hops is the weight less one",
      "02100000fe03000100000000080001000a3c000024000900100000010000000008000500c0a80101100000000000000008000500c0a80103",
      {
        ...head,
        dstLen: 16,
        dst: "10.60.0.0",
        multipath: [
          { flags: 0, hops: 1, ifindex: 0, gateway: "192.168.1.1" },
          { flags: 0, hops: 0, ifindex: 0, gateway: "192.168.1.3" },
        ],
      },
    ],
    [
      "ip route add 10.80.0.0/16 via inet6 fe80::1 dev v0: a gateway of another family",
      "02100000fe03000100000000080001000a500000160012000a00fe80000000000000000000000000000100000800040003000000",
      { ...head, dstLen: 16, dst: "10.80.0.0", via: { family: 10, address: "fe80::1" }, oif: 3 },
    ],
    [
      "ip route del 10.0.0.0/8: any protocol, type and scope",
      "02080000fe00ff0000000000080001000a000000",
      { ...head, dstLen: 8, protocol: 0, scope: 255, type: 0, dst: "10.0.0.0" },
    ],
    [
      "ip route get 8.8.8.8",
      "0220000000000000001000000800010008080808",
      { ...head, dstLen: 32, table: 0, protocol: 0, type: 0, flags: 0x1000, dst: "8.8.8.8" },
    ],
    [
      "ip -f mpls route add 100 as 200/300 via inet 192.0.2.1 dev v0: label stack entries",
      "1c140000fe030001000000000800010000064100" +
        "0c001300000c80000012c100" +
        "0a0012000200c00002010000" +
        "0800040003000000",
      {
        ...head,
        family: 28,
        dstLen: 20,
        dst: [0x64100],
        newdst: [0xc8000, 0x12c100],
        via: { family: 2, address: "192.0.2.1" },
        oif: 3,
      },
    ],
    [
      "a multicast route: RTNL_FAMILY_IPMR has TTL thresholds for weights, and a clock of 64 bits",
      "80202000fd1100050000000008000f00fd00000008000200c000020108000100ef01010108000300030000000c0009000800000104000000" +
        "1c0011000500000000000000f40100000000000000000000000000000c0017002c01000000000000",
      {
        family: 128,
        dstLen: 32,
        srcLen: 32,
        tos: 0,
        table: 253,
        protocol: 17,
        scope: 0,
        type: 5,
        flags: 0,
        tableId: 253,
        src: "192.0.2.1",
        dst: "239.1.1.1",
        iif: 3,
        multipath: [{ flags: 0, hops: 1, ifindex: 4 }],
        mfcStats: { packets: 5n, bytes: 500n, wrongIf: 0n },
        expires: 300n,
      },
    ],
    [
      "an IPv6 route that expires is asked for in seconds",
      "0a400000fe030001000000001400010020010db800000000000000000000000008001700580200000500140001000000",
      {
        ...head,
        family: 10,
        dstLen: 64,
        dst: "2001:db8::",
        expires: 600,
        pref: 1,
      },
    ],
  ]);
  testCaptured("route", route, [newroute, delroute, getroute], {
    atLeast: 200,
    forms: [
      [/^family 10 \.: 15 1 (2 )?(7 )?(8 )?6 /, "rt6_fill_node: prefsrc and metrics before priority"],
      [/^family 2 \.: 15 1 (2 )?4 (7 )?(5 )?/, "rt_fill_info: oif before prefsrc and gateway"],
      [/^family 2 \.encap\.opts\.geneve\.0: (1 2 3 ?)+$/, "ip_tun_fill_encap_opts_geneve: all options in one nest"],
    ],
  });
});
