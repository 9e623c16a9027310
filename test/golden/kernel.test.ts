/** Answers of a Linux 6.18 kernel, piece by piece: what each means, and that it is written again as it was. */
import { describe, expect, test } from "vitest";
import { decodeMessage, schemaOf } from "../../src/codec/decode-message.ts";
import { encode } from "../../src/codec/schema/engine.ts";
import { bytesOf, hexOf } from "../codec/rtnetlink/captured.ts";

const le = (n: number, bytes: number) => hexOf(Uint8Array.from({ length: bytes }, (_, i) => (n / 256 ** i) & 255));
/** An attribute, padded. */
const a = (type: number, hex: string) =>
  `${le(4 + hex.replaceAll(" ", "").length / 2, 2)}${le(type, 2)}${hex.replaceAll(" ", "")}`.replace(/^.*$/, (x) =>
    x.padEnd(Math.ceil(x.length / 8) * 8, "0"),
  );
const text = (s: string) => `${Buffer.from(s).toString("hex")}00`;
const tcmsg = (info = 0) => `00000000 01000000 00000100 ffffffff ${le(info, 4)}`;
const zeros = (bytes: number) => "00".repeat(bytes);
const NESTED = 0x8000;

const sel = `01000200000000000000000000000000 ffffffff 0a010203 10000000 00000000 0000ffff 00000050 14000000 00000000`;
const mirred = [
  a(1, text("mirred")),
  a(4, a(1, zeros(16)) + a(7, zeros(16)) + a(3, zeros(20))),
  a(9, "00000000 03000000"),
  a(10, "00000000"),
].join("");

const answers: readonly (readonly [what: string, type: number, hex: string, value: object])[] = [
  [
    "tbf rate 1mbit burst 32kb limit 100kb", 36,
    tcmsg() + a(1, text("tbf")) + a(2, a(1, "0001000000000000 48e80100 000000000000000000000000 00900100 00803e00 00000000")),
    { kind: "tbf", options: { parms: { rate: { rate: 125_000 }, limit: 102_400, buffer: 4_096_000, mtu: 0 } } },
  ],
  [
    "htb default 10", 36,
    tcmsg() + a(1, text("htb")) + a(2, a(2, "11000300 0a000000 10000000 00000000 01000000") + a(5, "e8030000")),
    { kind: "htb", options: { init: { version: 0x30011, rate2quantum: 10, defcls: 16, directPkts: 1 }, directQlen: 1000 } },
  ],
  [
    "htb rate 10mbit ceil 40gbit: 20000 ticks are 1600 bytes", 40,
    tcmsg() + a(1, text("htb")) +
      a(2, a(1, "0001000000000000d0121300 0001000000000000ffffffff 204e0000 00000000 48e80100 00000000 00000000") + a(7, "00f2052a01000000")),
    { kind: "htb", options: { parms: { rate: { rate: 1_250_000 }, ceil: { rate: 0xffffffff }, buffer: 20_000 }, ceil64: 5_000_000_000n } },
  ],
  [
    "u32 match ip dst 10.1.2.3/32 match ip dport 80 0xffff flowid 1:10, priority 5", 44,
    tcmsg(0x00050008) + a(1, text("u32")) + a(2, a(5, sel) + a(2, "00000080") + a(1, "10000100") + a(11, "08000000")),
    { info: 0x50008, kind: "u32", options: { sel: { keys: [{ mask: 0xffffffff, val: 0x0a010203, off: 16 }, { mask: 0xffff, val: 80, off: 20 }] }, hash: 0x80000000, classid: 0x10010, flags: 8 } },
  ],
  [
    "vxlan id 5 local 10.0.0.1 remote 10.0.0.2 dstport 4789 ttl 33", 16,
    zeros(16) + a(18, a(1, text("vxlan")) + a(2, a(1, "05000000") + a(2, "0a000002") + a(4, "0a000001") + a(5, "21") + a(15, "12b5") + a(8, "2c010000") + a(7, "01") + a(31, "01") + a(33, "f7ffffff000000ff"))),
    { linkinfo: { kind: "vxlan", data: { id: 5, group: "10.0.0.2", local: "10.0.0.1", ttl: 33, port: 4789, ageing: 300, learning: 1, localbypass: 1 } } },
  ],
  ["a namespace without an id", 88, "0000000008000100ffffffff", { nsid: -1 }],
  ["a namespace of id 7", 88, "000000000800010007000000", { nsid: 7 }],
  [
    "mirred", 48,
    `00000000${a(3, "00000000")}${a(1 | NESTED, a(0 | NESTED, mirred))}`,
    { count: 0, tab: [{ kind: "mirred" }] },
  ],
]; // biome-ignore format: a table

const message = (type: number, flags: number, hex: string) => {
  const body = hex.replaceAll(" ", "");
  return bytesOf(`${le(16 + body.length / 2, 4)}${le(type, 2)}${le(flags, 2)}${zeros(8)}${body}`);
};

describe("what the kernel answers", () => {
  test.each(answers)("%s", (_what, type, hex, value) => {
    const bytes = message(type, 2, hex);
    const decoded = decodeMessage(0, bytes, "little") as { value: object };
    expect(decoded.value).toMatchObject(value);
    const payload = bytes.subarray(16);
    const { schema } = schemaOf(0, { type, flags: 2 }, payload, "little")!;
    expect(hexOf(encode(schema, decoded.value as never, "little"))).toBe(hexOf(payload));
  });

  test("the end of a dump that was refused says why", () => {
    const said = "Invalid values in header for link dump request";
    const bytes = message(3, 0x202, `eaffffff 3300 0100 ${text(said)}`);
    expect(decodeMessage(0, bytes, "little")).toMatchObject({
      name: "done",
      value: { errno: 22, extended: { msg: said } },
    });
  });
});
