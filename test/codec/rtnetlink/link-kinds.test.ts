import { describe, expect, expectTypeOf, test } from "vitest";
import { type LinkInfo, linkinfo, linkKinds } from "../../../src/codec/rtnetlink/link/info.ts";
import type { PeerLink } from "../../../src/codec/rtnetlink/link/kinds/peer.ts";
import { link } from "../../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { decode } from "../../../src/codec/schema/engine.ts";
import { bytesOf, captured, testGolden } from "./captured.ts";

// Payloads of IFLA_LINKINFO, from Linux 6.12 unless said otherwise. link.test.ts has whole messages, and all captured ones.

describe("settings of a kind", () => {
  testGolden(linkinfo, [
    ["dummy", "0a00010064756d6d79000000", { kind: "dummy" }],
    ["a kind without a schema", "0c000100766972745f786900", { kind: "virt_xi" }],
    [
      "vlan protocol 802.1ad id 5 gvrp on egress-qos-map 1:2 3:4 ingress-qos-map 5:6",
      "09000100766c616e000000004c0002000600050088a8000006000100050000000c00020003000000ffffffff100004000c00010005000000060000001c0003000c00010001000000020000000c0001000300000004000000",
      {
        kind: "vlan",
        data: {
          protocol: 0x88a8,
          id: 5,
          flags: { flags: 3, mask: 0xffffffff },
          ingressQos: { mapping: [{ from: 5, to: 6 }] },
          egressQos: {
            mapping: [
              { from: 1, to: 2 },
              { from: 3, to: 4 },
            ],
          },
        },
      },
    ],
    [
      "macvlan mode source macaddr set 02:00:00:00:00:01 02:00:00:00:00:02",
      "0c0001006d6163766c616e00480002000800010010000000060002000000000008000600020000001c0005000a00040002000000000200000a000400020000000001000008000700e803000008000800e8030000",
      {
        kind: "macvlan",
        data: {
          mode: 16,
          flags: 0,
          macaddrCount: 2,
          macaddrData: { macaddr: ["02:00:00:00:00:02", "02:00:00:00:00:01"] },
          bcQueueLen: 1000,
          bcQueueLenUsed: 1000,
        },
      },
    ],
    [
      "vxlan id 6 remote 2001:db8::2 local 2001:db8::1 flowlabel 0x12345 df set dstport 4790 ageing 30 maxaddress 10",
      "0a00010076786c616e000000e400020008000100060000001400100020010db80000000000000000000000021400110020010db8000000000000000000000001050005000000000005001c0000000000050006000000000005001d000100000008001a00000123450800200000000000050007000100000005000b000000000005000c000000000005000d000000000005000e00000000000500190000000000080008001e000000080009000a00000006000f0012b600000500120000000000050013000000000005001400000000000500150001000000050016000000000005001f000100000008000a0000000000",
      {
        kind: "vxlan",
        data: {
          id: 6,
          group6: "2001:db8::2",
          local6: "2001:db8::1",
          ttl: 0,
          ttlInherit: 0,
          tos: 0,
          df: 1,
          label: 0x12345,
          labelPolicy: 0,
          learning: 1,
          proxy: 0,
          rsc: 0,
          l2miss: 0,
          l3miss: 0,
          collectMetadata: 0,
          ageing: 30,
          limit: 10,
          port: 4790,
          udpCsum: 0,
          udpZeroCsum6Tx: 0,
          udpZeroCsum6Rx: 0,
          remcsumTx: 1,
          remcsumRx: 0,
          localbypass: 1,
          portRange: { low: 0, high: 0 },
        },
      },
    ],
    [
      "iproute2: vxlan ttl inherit, where the kernel wants no byte",
      "0a00010076786c616e0000000800020004001c00",
      { kind: "vxlan", data: { ttlInherit: true } },
    ],
    [
      "macsec port 5 cipher gcm-aes-256 encrypt on replay on window 32",
      "0b0001006d61637365630000740002000c0001007e9161de3d51000505000300100000000c0004000200000100c28000050006000000000005000700010000000500080001000000050009000100000005000a000000000005000b000000000005000c000100000005000d000200000005000f00000000000800050020000000",
      {
        kind: "macsec",
        data: {
          sci: 0x7e9161de3d510005n,
          icvLen: 16,
          cipherSuite: 0x80c20001000002n,
          encodingSa: 0,
          encrypt: 1,
          protect: 1,
          incSci: 1,
          es: 0,
          scb: 0,
          replayProtect: 1,
          validation: 2,
          offload: 0,
          window: 32,
        },
      },
    ],
    [
      "can bitrate 500000, of a serial line adapter",
      "0800010063616e001c000300000000000000000000000000000000000000000000000000880002002400010020a1070000000000000000000000000000000000000000000000000000000000080003000000000008000400040000000c0005000000000000000000080006000000000028000d0010270000204e000050c30000a086010048e8010090d0030020a1070000350c0040420f0008000f00000000000c0011800800010002000000",
      {
        kind: "can",
        xstats: { busError: 0, errorWarning: 0, errorPassive: 0, busOff: 0, arbitrationLost: 0, restarts: 0 },
        data: {
          bittiming: {
            bitrate: 500000,
            samplePoint: 0,
            tq: 0,
            propSeg: 0,
            phaseSeg1: 0,
            phaseSeg2: 0,
            sjw: 0,
            brp: 0,
          },
          clock: { freq: 0 },
          state: 4,
          ctrlmode: { mask: 0, flags: 0 },
          restartMs: 0,
          bitrateConst: [10000, 20000, 50000, 100000, 125000, 250000, 500000, 800000, 1000000],
          bitrateMax: 0,
          ctrlmodeExt: { supported: 2 },
        },
      },
    ],
    [
      "bond arp_ip_target 192.0.2.1,192.0.2.2 ns_ip6_target 2001:db8::5,2001:db8::6: counted from 0, one nest marked",
      "09000100626f6e6400000000440002001400080008000000c000020108000100c00002022c001f801400000020010db80000000000000000000000051400010020010db8000000000000000000000006",
      {
        kind: "bond",
        data: { arpIpTarget: ["192.0.2.1", "192.0.2.2"], nsIp6Target: ["2001:db8::5", "2001:db8::6"] },
      },
    ],
    [
      "tap device with user 1000 group 100 multi_queue vnet_hdr",
      "0800010074756e004c000200050003000200000008000100e80300000800020064000000050004000000000005000500010000000500060001000000050007000100000008000800000000000800090000000000",
      {
        kind: "tun",
        data: {
          type: 2,
          owner: 1000,
          group: 100,
          pi: 0,
          vnetHdr: 1,
          persist: 1,
          multiQueue: 1,
          numQueues: 0,
          numDisabledQueues: 0,
        },
      },
    ],
    [
      "netkit, layer 2, policy blackhole",
      "0b0001006e65746b6974000034000200050002000100000008000300020000000800050000000000080006000000000008000400000000000800070001000000",
      {
        kind: "netkit",
        data: { primary: 1, policy: 2, mode: 0, scrub: 0, peerPolicy: 0, peerScrub: 1 },
      },
    ],
    [
      "iproute2: bareudp dstport 6635 ethertype mpls_uc srcportmin 1000 multiproto; ports in two byte orders",
      "0c0001006261726575647000200002000600010019eb0000060002008847000006000300e803000004000400",
      { kind: "bareudp", data: { port: 6635, ethertype: 0x8847, srcportMin: 1000, multiprotoMode: true } },
    ],
    [
      "iproute2: veth peer name veth5 netns FD 4",
      "0900010076657468000000002c000200280001000000000000000000000000000000000008001c00040000000a0003007665746835000000",
      {
        kind: "veth",
        data: { peer: { family: 0, type: 0, index: 0, flags: 0, change: 0, netNsFd: 4, ifname: "veth5" } },
      },
    ],
  ]);

  test("bridge: ids are a big-endian priority and an address, and timers are in 1/100 s", () => {
    const hex =
      "0b0001006272696467650000cc0102000c00100000000000000000000c00110000000000000000000c00120000000000000000000c001300137500000000000008000100dc05000008000200c800000008000300d0070000080004003075000008000500000000000600060000800000050007000100000006000900000000000c000b0080002600290a84200c000a0080002600290a842006000c000000000008000d000000000005000e000000000005000f00000000000a0014000180c200000000000c002e0000000000070000000800300000000000080031000000000006000800810000000600270001000000050029000000000005002d0000000000050016000100000005001700010000000500180001000000050019000100000005002a000000000008001a001000000008001b000010000008001c000200000008001d000200000005002b000200000020002f80080001000a090001140005000000000000000000000000000000000005002c00010000000c001e0064000000000000000c001f0090650000000000000c0020009c630000000000000c002100d4300000000000000c002200e8030000000000000c002300340c000000000000050024000000000005002500000000000500260000000000";
    const { kind, data } = decode(linkinfo, bytesOf(hex), "little");
    expect(kind).toBe("bridge");
    expect(data).toMatchObject({
      gcTimer: 29971n,
      forwardDelay: 1500,
      helloTime: 200,
      maxAge: 2000,
      ageingTime: 30000,
      priority: 0x8000,
      bridgeId: { prio: 0x8000, addr: "26:00:29:0a:84:20" },
      groupAddr: "01:80:c2:00:00:00",
      multiBoolopt: { optval: 0, optmask: 7 },
      vlanProtocol: 0x8100,
      vlanDefaultPvid: 1,
      mcastQuerierState: { ipAddress: "10.9.0.1", ipv6Address: "::" },
      mcastMembershipIntvl: 26000n,
    });
  });
});

describe("settings of a member, by its master's kind", () => {
  testGolden(linkinfo, [
    [
      "of a vrf",
      "0a00010064756d6d7900000008000400767266000c00050008000100e8030000",
      { kind: "dummy", slaveKind: "vrf", slaveData: { table: 1000 } },
    ],
    [
      "of an 802.3ad bond",
      "09000100766574680000000009000400626f6e6400000000680005000500010000000000050002000000000008000300000000000a000400e6167046810800000600050000000000080009000000000006000600010000000500070045000000060008000000000005000b000000000005000c000000000006000a00ff000000",
      {
        kind: "veth",
        slaveKind: "bond",
        slaveData: {
          state: 0,
          miiStatus: 0,
          linkFailureCount: 0,
          permHwaddr: "e6:16:70:46:81:08",
          queueId: 0,
          prio: 0,
          adAggregatorId: 1,
          adActorOperPortState: 0x45,
          adPartnerOperPortState: 0,
          adChurnActorState: 0,
          adChurnPartnerState: 0,
          actorPortPrio: 255,
        },
      },
    ],
    [
      "of a kind whose members have none",
      "0a00010064756d6d790000000b0004006261746164760000",
      { kind: "dummy", slaveKind: "batadv" },
    ],
  ]);
});

describe("types", () => {
  test("kind and slaveKind discriminate, each on its own", () => {
    const info = { kind: "vlan", data: { id: 5 }, slaveKind: "bridge", slaveData: { state: 3 } } as LinkInfo;
    if (info.kind === "vlan") expectTypeOf(info.data?.id).toEqualTypeOf<number | undefined>();
    if (info.kind === "can") expectTypeOf(info.xstats?.busOff).toEqualTypeOf<number | undefined>();
    if (info.kind === "veth") expectTypeOf(info.data?.peer).toEqualTypeOf<PeerLink | undefined>();
    if (info.slaveKind === "bridge") expectTypeOf(info.slaveData?.state).toEqualTypeOf<number | undefined>();
    expect(info.slaveData).toEqual({ state: 3 });
  });
  test("a peer is a link", () => {
    const peer = {} as PeerLink;
    if (peer.linkinfo?.kind === "vxlan") expectTypeOf(peer.linkinfo.data?.port).toEqualTypeOf<number | undefined>();
    expectTypeOf(peer.ifname).toEqualTypeOf<string | undefined>();
  });
});

const messages = captured("link", [RTM.newlink, RTM.dellink]).filter(({ from }) => from === "kernel");
test("captures have every kind that Debian's kernel can make", () => {
  const seen = new Set(messages.map(({ payload }) => decode(link, payload, "little").linkinfo?.kind));
  // Modules that Debian does not build, or that need hardware; `can` is above.
  const cannot = ["can", "bareudp", "pfcp", "ppp", "wwan", "rmnet", "dsa", "ipoib", "caif", "ovpn", "virt_wifi", "amt"];
  expect(Object.keys(linkKinds).filter((kind) => !seen.has(kind) && !cannot.includes(kind))).toEqual([]);
});
