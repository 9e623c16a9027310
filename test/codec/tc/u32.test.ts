import { describe, expect, test } from "vitest";
import { u32Kind } from "../../../src/codec/tc/filter/u32.ts";
import { optionsFromWire, printOptions } from "../../../src/codec/tc/kind.ts";
import { checkRefusals, checkRows } from "./support.ts";

describe("u32", () => {
  checkRows(
    u32Kind,
    [
      {
        words: "match ip src 10.0.0.0/8 match ip dport 80 0xffff flowid 1:10",
        given: { match: [{ ip: { src: "10.0.0.0/8", dport: 80 } }], classid: "1:10" },
        hex: "3400050001000200000000000000000000000000ff0000000a0000000c000000000000000000ffff0000005014000000000000000800010010000100",
        read: { classid: "1:10", match: [{ ip: { src: "10.0.0.0/8", dport: 80 } }] },
        text: "*flowid 1:10 \n  match 0a000000/ff000000 at 12\n  match 00000050/0000ffff at 20",
      },
      {
        words: "match ip protocol 6 0xff match tcp dst 80 0xffff flowid 1:10",
        given: { match: [{ ip: { protocol: "tcp" } }, { tcp: { dst: 80 } }], classid: "1:10" },
        read: { classid: "1:10", match: [{ ip: { protocol: "tcp" } }, { tcp: { dst: 80 } }] },
      },
      {
        words: "match ip dst 10.0.0.0/8 hashkey mask 0xff at 16 link 1:",
        given: { match: [{ ip: { dst: "10.0.0.0/8" } }], hashkey: { mask: 0xff, at: 16 }, link: "1:" },
        text: "link 1: \n  match 0a000000/ff000000 at 16\n    hash mask 000000ff at 16",
      },
      { words: "divisor 256", given: { divisor: 256 }, read: { divisor: 256 }, text: "ht divisor 256" },
    ],
    { protocol: 0x0800 },
  );
  test("words for an ICMP code are those by which tc looks at it: its icmp_code looks elsewhere", () => {
    const read = { match: [{ ip: { icmpType: 8, icmpCode: 3 } }], classid: "1:10" };
    const spelt = "match ip icmp_type 8 0xff match u8 3 0xff at 21 classid 1:10".split(" ");
    expect(printOptions(u32Kind, read as never, { protocol: 0x0800 })).toEqual(spelt);
  });
  test("a root table's number is not read as an option: it is another one each time", () => {
    const wire = (hash: number) => ({ hash, classid: 0x10010 }) as never;
    expect(optionsFromWire(u32Kind, wire(0x80c00000))).toEqual({ classid: "1:10" });
    expect(optionsFromWire(u32Kind, wire(0x00105000))).toMatchObject({ ht: "1:5" });
  });
  checkRefusals(u32Kind, [
    ["match ip nosuch 1 1", 'u32: "nosuch" is not known here; there are src, dst, ihl'],
    ["match ip src 10.0.0.0/33", 'u32: ip src: "10.0.0.0/33" is not an IPv4 address or prefix'],
    ["match ip tos 256 0xff", 'u32: ip tos: "256" is not an integer from 0 to 255'],
    ["match u16 1 0xffff at 3", "u32: u16: at 3 is not a multiple of 2"],
    ["match mark 0x100 0xff", "u32: mark: 0x100 has bits outside its mask 0xff"],
    ["ht 1234:", 'u32: ht: "1234:" is not a handle of u32'],
    [{ match: [{ ip: { dport: 70000 } }] }, "u32.match[0].ip.dport: 70000 is not an integer from 0 to 65535"],
    [{ match: [{ ip: { dport: { value: 0x10, mask: 0xf } } }] }, "has bits outside its mask"],
    [{ match: [{ ip: { src: "10.0.0.1" } }, { ip: { src: "10.0.0.2" } }] }, "contradicts an earlier match"],
    [{ match: [{ nosuch: {} }] }, "u32.match[0]: an object is not { one of ip, ip6, tcp"],
    [{ divisor: 3 }, "u32.divisor: 3 is not a power of 2"],
    [{ divisor: 4, match: [] }, "u32.divisor: makes a table, which matches nothing"],
    [{ ht: "800::1" }, 'u32.ht: "800::1" is a rule\'s handle'],
    [{ match: [], hashkey: { mask: 1, at: 3 } }, "u32.hashkey.at: 3 is not a multiple of 4"],
    [{ match: [], offset: { at: 1 } }, "u32.offset.at: 1 is not a multiple of 2"],
    [{ nosuch: 1 }, "u32.nosuch: there is no such option"],
  ]);
});
