import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Attrs,
  array, attrs, bare, bytes, flag, indexed, ip, ipv4, ipv6, lazy, mac, multi, numbered, orFlag, pick, records, select, sint, string, text, uint,
} from "../../../src/codec/schema/attrs.ts"; // biome-ignore format: one line
import {
  be16,
  be32,
  be64,
  le16,
  le32,
  le64,
  s8,
  s16,
  s32,
  s64,
  u8,
  u16,
  u32,
  u64,
} from "../../../src/codec/schema/scalar.ts";
import {
  byteArray,
  chars,
  count,
  etherAddr,
  in6Addr,
  inAddr,
  list,
  opt,
  pad,
  struct,
  tailed,
  union,
} from "../../../src/codec/schema/struct.ts";
import { wireForm } from "../../../src/codec/schema/wire-form.ts";
import { Writer } from "../../../src/codec/wire/writer.ts";
import { arbitrary } from "../../support/arbitrary.ts";
import { compiled, interpreted } from "../../support/engines.ts";
import { hexOf, samePadded } from "../rtnetlink/captured.ts";

const head = struct("h", { size: 16 }, { family: u8, other: u8, type: u16, a: u32, b: u64 });
const wide = struct("w", { size: 96 }, {
  a: u8, b: s8, c: be16, d: le32, e: s64, f: list(u16, 3), g: byteArray(5), h: chars(7), i: inAddr, j: in6Addr, k: etherAddr, l: head,
  m: opt(be64), n: opt(list(u8, 4)), _p: pad(4),
}); // biome-ignore format: dense
// The form of `v` stands behind it, that of `w` before it.
const forms = struct("u", { size: 36 }, {
  v: union("by", { 1: inAddr, 2: in6Addr, 3: etherAddr, 4: list(u16, 4) }), by: be16, how: u8, w: union("how", { 0: u32, 5: struct("q", { size: 8 }, { x: u32, y: u8 }) }),
  l: list(etherAddr, 1),
}); // biome-ignore format: dense
const key = struct("key", { size: 8 }, { mask: be32, off: u32 });
const sel = tailed(
  struct("sel", { size: 4 }, { flags: u8, _pad: pad(1), nkeys: count(u8), _end: pad(1) }),
  "keys",
  array(key),
);
const sized = tailed(struct("sized", { size: 4 }, { len: count(u16), kind: u16 }), "what", text);
const nest = attrs("nest", { c: "" }, { a: [1, u32], s: [2, string], raw: [3, bytes] });
const headed = attrs(
  "headed",
  { c: "", head: struct("r", { size: 4 }, { a: u16, b: u16 }) },
  { via: [1, ip], n: [2, u8] },
);
const record = attrs(
  "record",
  { c: "", head: struct("r", { size: 8 }, { _len: pad(2), flags: u8, hops: u8, index: s32 }) },
  { via: [1, ip], n: [2, u8] },
);
const everything: Attrs = attrs("everything", { c: "", head }, {
  kind: [1, string], data: [2, select("kind", { nest: bare(nest), record: bare(headed) })], byFamily: [3, select("family", { 2: ipv4, 10: ipv6 }, bytes)],
  u8: [4, u8], s8: [5, s8], u16: [6, u16], s16: [7, s16], be16: [8, be16], le16: [9, le16], u32: [10, u32], s32: [11, s32], be32: [12, be32], le32: [13, le32],
  u64: [14, u64], s64: [15, s64], be64: [16, be64], le64: [17, le64], uint: [18, uint], sint: [19, sint], flag: [20, flag], text: [21, text], bytes: [22, bytes],
  ip: [23, ip], mac: [24, mac], words: [25, array(be16)], pairs: [26, array(struct("p", { size: 8 }, { x: u32, y: be16, z: u16 }))], wide: [27, wide],
  nested: [28, nest], names: [29, multi(string)], tab: [30, indexed(nest)], tab0: [31, bare(indexed(string, 0))], records: [32, records(record)],
  via: [33, tailed(struct("v", { size: 2 }, { family: u16 }), "address", ip)], self: [34, lazy(() => everything)], after: [35, select("late", { 1: bare(nest), 2: headed, 3: string, 4: text, 5: numbered(u8) })], late: [36, u16],
  forms: [37, forms], sel: [38, sel], sized: [39, sized], orFlag: [40, orFlag(u8)], addresses: [41, array(in6Addr)], macs: [42, array(etherAddr)],
  numbered: [43, numbered(string)], bareNumbered: [44, bare(numbered(nest))], conf: [45, array(s32)], change: [45, nest],
  beside: [46, tailed(struct("v", { size: 2 }, { family: u16 }), "address", select("family", { 2: ipv4, 10: ipv6, 17: mac, 1: string }))],
  lists: [47, struct("ls", { size: 36 }, { pairs: list(key, 2), gates: list(inAddr, 5) })],
  matches: [48, bare(indexed(tailed(struct("m", { size: 8 }, { match: u16, kind: u16, flags: u16, more: u16 }), "data", select("kind", { 0: u32, 3: tailed(struct("n", { size: 4 }, { off: u16, len: u16 }), "needle", bytes), 4: bare(nest) }, bytes))))],
}); // biome-ignore format: dense

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  const I = interpreted(everything, order);
  const C = compiled(everything, order);
  test("value, bytes, value: both engines alike", () => {
    fc.assert(
      fc.property(arbitrary(everything), (x) => {
        const b = I.encode(x);
        expect(C.encode(x)).toEqual(b);
        expect(I.encode(x, true)).toEqual(b);
        const back = I.decode(b);
        expect(back).toEqual(x);
        const fast = C.decode(b);
        expect(fast).toEqual(x);
        expect(Object.keys(fast)).toEqual(Object.keys(back));
        expect(Object.getPrototypeOf(fast)).toBe(Object.prototype);
      }),
      { numRuns: 400 },
    );
  });
  test("any bytes: both throw, or both give the same value, which is written back to the same bytes", () => {
    const attribute = fc.record({
      type: fc.integer({ min: 0, max: 48 }),
      flags: fc.constantFrom(0, 0, 0x8000, 0x4000),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(4, 8, 16, 1, 2, 0).chain((n) => fc.uint8Array({ minLength: n, maxLength: n })),
        // Nests whose insides are plausible.
        fc
          .array(fc.record({ t: fc.integer({ min: 0, max: 4 }), d: fc.uint8Array({ maxLength: 9 }) }), { maxLength: 4 })
          .map((xs) => {
            const w = new Writer(order);
            for (const { t, d } of xs) w.raw(t, d);
            return w.take();
          }),
        fc.constantFrom("nest", "nest\0", "record\0", "x\0y\0").map((s) => new TextEncoder().encode(s)),
      ),
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.array(attribute, { maxLength: 12 }),
        fc.uint8Array({ maxLength: 3 }),
        (h, list, tail) => {
          const w = new Writer(order);
          w.bytes.set(h, w.room(16));
          for (const a of list) w.raw(a.type | a.flags, a.data);
          w.bytes.set(tail, w.room(tail.length));
          const b = w.take();
          const outcome = (f: () => unknown) => {
            try {
              return { value: f() };
            } catch (e) {
              return { error: (e as Error).constructor.name };
            }
          };
          const slow = outcome(() => I.decode(b));
          const fast = outcome(() => C.decode(b));
          expect(fast).toEqual(slow);
          if (!("value" in slow)) return;
          const x = slow.value as Record<string, unknown>;
          const y = (fast as { value: Record<string, unknown> }).value;
          expect(wireForm(y)).toEqual(wireForm(x));
          // Padding inside structs is not kept.
          if (list.some((a) => [27, 34, 37, 38, 47].includes(a.type))) return;
          // What pads an attribute within an attribute is not kept: it is written as zeros.
          const again = I.encode(x);
          if (!samePadded(again, b)) expect(hexOf(again)).toBe(hexOf(b));
          expect(I.decode(again)).toEqual(x);
          expect(C.encode(y)).toEqual(again);
          expect(C.encode(y, true)).toEqual(I.encode(x, true));
        },
      ),
      { numRuns: 3000 },
    );
  });
  test("pick: both engines alike, and as much as the whole has", () => {
    const names = ["type", "kind", "data", "ip", "byFamily", "records", "names"];
    const some = pick(everything as Attrs<Record<string, unknown>>, ...names);
    fc.assert(
      fc.property(arbitrary(everything), (x) => {
        const b = I.encode(x);
        const part = Object.fromEntries(Object.entries(x).filter(([k]) => names.includes(k)));
        expect(interpreted(some, order).decode(b)).toEqual(part);
        expect(compiled(some, order).decode(b)).toEqual(part);
      }),
      { numRuns: 200 },
    );
  });
});

// Raw bytes between head and attributes, as many as the head says.
const letter = attrs(
  "letter",
  { c: "", head: struct("l", { size: 8 }, { family: u8, size: count(u16), kind: u32 }), body: "text" },
  { from: [1, ip], names: [2, multi(string)] },
);
describe.each(["little", "big"] as const)("a body, %s-endian", (order) => {
  const I = interpreted(letter, order);
  const C = compiled(letter, order);
  test("value, bytes, value: both engines alike", () => {
    fc.assert(
      fc.property(arbitrary(letter), (x) => {
        const b = I.encode(x);
        expect(C.encode(x)).toEqual(b);
        expect(I.decode(b)).toEqual(x);
        expect(C.decode(b)).toEqual(x);
        const some = pick(letter, "from", "text") as Attrs;
        const part = Object.fromEntries(Object.entries(x).filter(([k]) => k === "from" || k === "text"));
        expect(interpreted(some, order).decode(b)).toEqual(part);
        expect(compiled(some, order).decode(b)).toEqual(part);
      }),
    );
  });
  test("any bytes: both throw, or both give the same", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4 }),
        fc.integer({ min: 0, max: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        (h, n, t) => {
          const b = new Uint8Array(8 + t.length);
          b.set(h);
          new DataView(b.buffer).setUint16(2, n, order === "little");
          b.set(t, 8);
          const outcome = (f: () => unknown) => {
            try {
              return { value: f() };
            } catch (e) {
              return { error: (e as Error).constructor.name };
            }
          };
          const slow = outcome(() => I.decode(b));
          expect(outcome(() => C.decode(b))).toEqual(slow);
          if (n > t.length) expect(slow).toEqual({ error: "CodecError" });
        },
      ),
    );
  });
});

test("nesting is bounded: a set within itself 3,000 deep decodes, the rest raw", () => {
  const b = new Uint8Array(16 + 20 * 3000);
  const v = new DataView(b.buffer);
  for (let at = 16; at + 20 <= b.length; at += 20) {
    v.setUint16(at, b.length - at, true);
    v.setUint16(at + 2, 34 | 0x8000, true);
  }
  for (const engine of [interpreted(everything, "little"), compiled(everything, "little")]) {
    let x = engine.decode(b);
    let levels = 0;
    while (x.self) {
      x = x.self as typeof x;
      levels++;
    }
    expect(levels).toBe(32);
    expect(x.unknown).toHaveLength(1);
  }
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  for (const engine of [interpreted(everything, "little"), compiled(everything, "little")])
    expect(() => engine.encode(loop)).toThrow("nested deeper");
});
