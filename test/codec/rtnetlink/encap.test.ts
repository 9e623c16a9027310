import { describe, expect, test } from "vitest";
import { encapCases, encapTypes } from "../../../src/codec/rtnetlink/encap/encap.ts";
import { attrs, select } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { u16 } from "../../../src/codec/schema/scalar.ts";
import { wireForm } from "../../../src/codec/schema/wire-form.ts";
import { bytesOf, hexOf, testGolden } from "./captured.ts";

// The two attributes of a route that make an encapsulation, as the kernel emits them.
const encap = attrs("route", { c: "" }, { encap: [22, select("encapType", encapCases)], encapType: [21, u16] });
const type = (name: keyof typeof encapTypes.values): string => {
  const number = encapTypes.values[name];
  return `06001500${number.toString(16).padStart(2, "0")}000000`;
};
const segments = ["2001:db8::b", "2001:db8::a"];
const ba = "20010db800000000000000000000000b20010db800000000000000000000000a";

describe("encapsulations, as Linux 6.12 dumps them", () => {
  testGolden(encap, [
    [
      "encap mpls 100/200/300",
      `140016001000010000064000000c80000012c100${type("mpls")}`,
      { encapType: 1, encap: { dst: [100 << 12, 200 << 12, (300 << 12) | 0x100] } },
    ],
    [
      "encap mpls 17 ttl 9",
      `1400160008000100000111000500020009000000${type("mpls")}`,
      { encapType: 1, encap: { dst: [(17 << 12) | 0x100], ttl: 9 } },
    ],
    [
      "encap ip id 42 src 192.0.2.1 dst 192.0.2.99 ttl 8 tos 0x10 key csum",
      `380016000c000100000000000000002a08000200c000026308000300c0000201050005001000000005000400080000000600060000050000${type("ip")}`,
      { encapType: 2, encap: { id: 42n, dst: "192.0.2.99", src: "192.0.2.1", tos: 16, ttl: 8, flags: 5 } },
    ],
    [
      "encap ip id 43 dst 192.0.2.98 geneve_opts 0102:80:11223344,0103:81:5566778899aabbcc: both options in one nest",
      `740016000c000100000000000000002b08000200c000026208000300000000000500050000000000050004000000000006000600080000003c00080038000100060001000042000005000200500000000800030011223344060001000043000005000200510000000c0003005566778899aabbcc${type("ip")}`,
      {
        encapType: 2,
        encap: {
          id: 43n,
          dst: "192.0.2.98",
          src: "0.0.0.0",
          tos: 0,
          ttl: 0,
          flags: 0x800,
          opts: {
            geneve: [{ class: [66, 67], type: [80, 81], data: [bytesOf("11223344"), bytesOf("5566778899aabbcc")] }],
          },
        },
      },
    ],
    [
      "encap ip id 44 dst 192.0.2.97 vxlan_opts 456",
      `480016000c000100000000000000002c08000200c00002610800030000000000050005000000000005000400000000000600060010000000100008000c00020008000100c8010000${type("ip")}`,
      {
        encapType: 2,
        encap: {
          id: 44n,
          dst: "192.0.2.97",
          src: "0.0.0.0",
          tos: 0,
          ttl: 0,
          flags: 0x1000,
          opts: { vxlan: { gbp: 456 } },
        },
      },
    ],
    [
      "encap ip id 45 dst 192.0.2.96 erspan_opts 2:123:1:0",
      `580016000c000100000000000000002d08000200c00002600800030000000000050005000000000005000400000000000600060040000000200008001c000300050001000200000005000300010000000500040000000000${type("ip")}`,
      {
        encapType: 2,
        encap: {
          id: 45n,
          dst: "192.0.2.96",
          src: "0.0.0.0",
          tos: 0,
          ttl: 0,
          flags: 0x4000,
          opts: { erspan: { ver: 2, dir: 1, hwid: 0 } },
        },
      },
    ],
    [
      "encap ip6 id 46 src 2001:db8::1 dst 2001:db8::99 hoplimit 7 tc 3",
      `500016000c000100000000000000002e1400020020010db80000000000000000000000991400030020010db8000000000000000000000001050005000300000005000400070000000600060000000000${type("ip6")}`,
      {
        encapType: 4,
        encap: { id: 46n, dst: "2001:db8::99", src: "2001:db8::1", tc: 3, hoplimit: 7, flags: 0 },
      },
    ],
    [
      "encap ila 1:2:3:4 csum-mode adj-transport ident-type luid",
      `280016000c0001000001000200030004050007000000000005000800010000000500090000000000${type("ila")}`,
      { encapType: 3, encap: { locator: 0x0001000200030004n, csumMode: 0, identType: 1, hookType: 0 } },
    ],
    [
      "encap seg6 mode encap segs 2001:db8::a,2001:db8::b: the last segment stands first",
      `3400160030000100010000000004040101000000${ba}${type("seg6")}`,
      {
        encapType: 5,
        encap: {
          srh: {
            mode: 1,
            nexthdr: 0,
            hdrlen: 4,
            type: 4,
            segmentsLeft: 1,
            firstSegment: 1,
            flags: 0,
            tag: 0,
            segments,
          },
        },
      },
    ],
    [
      "encap bpf in obj …: names alone come back",
      `180016001400010010000200666f6f2e6f3a5b6c77745d00${type("bpf")}`,
      { encapType: 6, encap: { in: { name: "foo.o:[lwt]" } } },
    ],
    [
      "encap seg6local action End.X nh6 fe80::1 count",
      `48001600080001000200000014000500fe80000000000000000000000000000128000a800c00020000000000000000000c00030000000000000000000c0004000000000000000000${type("seg6local")}`,
      { encapType: 7, encap: { action: 2, nh6: "fe80::1", counters: { packets: 0n, bytes: 0n, errors: 0n } } },
    ],
    [
      "encap seg6local action End.DX4 nh4 192.0.2.5",
      `14001600080001000600000008000400c0000205${type("seg6local")}`,
      { encapType: 7, encap: { action: 6, nh4: "192.0.2.5" } },
    ],
    [
      "encap seg6local action End.B6.Encaps srh segs 2001:db8::a,2001:db8::b",
      `38001600080001000a0000002c0002000004040101000000${ba}${type("seg6local")}`,
      {
        encapType: 7,
        encap: {
          action: 10,
          srh: { nexthdr: 0, hdrlen: 4, type: 4, segmentsLeft: 1, firstSegment: 1, flags: 0, tag: 0, segments },
        },
      },
    ],
    [
      "encap seg6local action End flavors next-csid lblen 32 nflen 16",
      `2800160008000100010000001c000b80080001001000000005000200200000000500030010000000${type("seg6local")}`,
      { encapType: 7, encap: { action: 1, flavors: { operation: 16, lcblockBits: 32, lcnodeFnBits: 16 } } },
    ],
    [
      "encap seg6local action End.BPF: the program by its id",
      `24001600080001000f00000018000800080001002a0000000900020073656c6600000000${type("seg6local")}`,
      { encapType: 7, encap: { action: 15, bpf: { prog: 42, progName: "self" } } },
    ],
    [
      "encap rpl segs 2001:db8::a,2001:db8::b",
      `300016002c0001000004030200000000${ba}${type("rpl")}`,
      {
        encapType: 8,
        encap: { srh: { nexthdr: 0, hdrlen: 4, type: 3, segmentsLeft: 2, cmpr: 0, padding: 0, segments } },
      },
    ],
    [
      "encap ioam6 mode encap tundst 2001:db8::9 trace prealloc type 0x810000 ns 2 size 16",
      `3c0016000800040001000000080005000100000005000100020000001400020020010db80000000000000000000000090c0003000002000481000000${type("ioam6")}`,
      {
        encapType: 9,
        encap: {
          freqK: 1,
          freqN: 1,
          mode: 2,
          dst: "2001:db8::9",
          trace: { namespaceId: 2, nodelen: 0, remlen: 4, type: 0x81000000 },
        },
      },
    ],
    [
      "encap xfrm if_id 0x2a link_dev dummy0",
      `14001600080001002a000000080002000b000000${type("xfrm")}`,
      { encapType: 10, encap: { ifId: 42, link: 11 } },
    ],
  ]);

  test("a segment routing header with a TLV behind its segments stays raw", () => {
    const hex = `2c00160028000100010000000004040000080000${ba.slice(0, 32)}0506000000000000${type("seg6")}`;
    const value = decode(encap, bytesOf(hex), "little");
    expect(value.encap).toEqual({ unknown: [{ type: 1, data: expect.any(Uint8Array) }] });
    expect(hexOf(encode(encap, value, "little"))).toBe(hex);
  });

  test("iproute2 names the type first, and sets NLA_F_NESTED", () => {
    const hex = `${type("mpls")}0c0016800800010000011100`;
    const value = decode(encap, bytesOf(hex), "little");
    expect(value).toEqual({ encapType: 1, encap: { dst: [(17 << 12) | 0x100] } });
    expect(wireForm(value)).toBeDefined();
    expect(hexOf(encode(encap, value, "little"))).toBe(hex);
  });
});
