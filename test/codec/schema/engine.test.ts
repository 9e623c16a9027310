import { expect, test } from "vitest";
import {
  array,
  attrs,
  bare,
  flag,
  indexed,
  ip,
  mac,
  multi,
  pick,
  select,
  string,
} from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { s32, u8, u16, u32 } from "../../../src/codec/schema/scalar.ts";
import { chars, in6Addr, inAddr, opt, pad, struct, union } from "../../../src/codec/schema/struct.ts";
import { wireForm } from "../../../src/codec/schema/wire-form.ts";

const hex = (b: Uint8Array) => Buffer.from(b).toString("hex");
const bytes = (h: string) => Uint8Array.from(Buffer.from(h.replaceAll(" ", ""), "hex"));
const head = struct("h", { size: 4 }, { family: u8, _pad: pad(1), len: u16 });
const data = attrs("data", { c: "" }, { id: [1, u16], on: [2, flag] });
const set = attrs(
  "set",
  { c: "", head },
  {
    kind: [1, string],
    data: [2, select("kind", { vlan: bare(data), 7: bare(data) })],
    address: [3, ip],
    mac: [4, mac],
    names: [5, multi(string)],
    list: [6, array(s32)],
    tab: [7, indexed(u32)],
    grown: [8, struct("g", { size: 8 }, { a: u32, b: opt(u32) })],
  },
);

test("a value becomes bytes in declaration order and comes back", () => {
  const value = {
    family: 2,
    len: 515,
    kind: "vlan" as const,
    data: { id: 5, on: true as const },
    address: "192.0.2.1",
    tab: [1, 2],
    grown: { a: 1 },
  };
  const b = encode(set, value, "little");
  expect(hex(b)).toBe(
    "02000302" +
      "09000100766c616e00000000" +
      "10000200" +
      "0600010005000000" +
      "04000200" +
      "08000300c0000201" +
      "14000780" +
      "0800010001000000" +
      "0800020002000000" +
      "0800080001000000",
  );
  expect(decode(set, b, "little")).toEqual(value);
  expect(decode(set, encode(set, value, "big"), "big")).toEqual(value);
});
test("another order, other flags and a missing NUL are remembered, and survive an edit", () => {
  const b = bytes("02000000 08000300c0000201 10000280 0600010005000000 04000200 0800010076 6c616e");
  const x = decode(set, b, "little");
  expect(x).toEqual({ family: 2, len: 0, kind: "vlan", data: { id: 5, on: true }, address: "192.0.2.1" });
  expect(wireForm(x)).toBeDefined();
  expect(hex(encode(set, x, "little"))).toBe(hex(b));
  x.address = "192.0.2.2";
  expect(hex(encode(set, x, "little"))).toBe(hex(b).replace("c0000201", "c0000202"));
  expect(hex(encode(set, { ...x }, "little")).slice(8, 20)).toBe("090001007" + "66c");
});
test("what the schema cannot reproduce stays in unknown", () => {
  const b = bytes("02000000 05000800ff000000 08006340aabbccdd 08000300c0000201 08000300c0000202");
  const x = decode(set, b, "little");
  expect(x.unknown?.map((r) => r.type)).toEqual([8, 0x4063, 3]);
  expect(hex(encode(set, x, "little"))).toBe(hex(b));
});
test("errors name the field", () => {
  expect(() => decode(set, bytes("02000000 09000100766c616e00000000 0c000200 09000100 05000000"), "little")).toThrow(
    "set.data at byte 20: an attribute of 9 bytes does not fit in 8",
  );
  expect(() => encode(set, { kind: "vlan", data: { id: 70000 } })).toThrow(
    "set.data.id: 70000 is not an integer from 0 to 65535",
  );
  expect(() => encode(set, { address: "1.2.3" })).toThrow('set.address: "1.2.3" is not an IP address');
  expect(() => encode(set, { tab: [1, -1] })).toThrow("set.tab[1]: -1 is not an integer from 0 to 4294967295");
});
test("pick decodes what it names", () => {
  expect(
    decode(pick(set, "address", "len"), bytes("02000500 09000100766c616e00000000 08000300c0000201"), "little"),
  ).toEqual({ len: 5, address: "192.0.2.1" });
});

test("text in a struct that is no UTF-8 fits in again: each such byte is one character", () => {
  const named = attrs("named", { c: "" }, { name: [1, struct("", { size: 4 }, { name: chars(4) })] });
  const value = decode(named, bytes("08000100 61ffc3fe"), "little");
  expect(value).toEqual({ name: { name: "a???" } });
  expect(hex(encode(named, value, "little"))).toBe("08000100613f3f3f");
});

test("unions by a member of another struct beside them", () => {
  const inner = struct("", { size: 4 }, { family: u8, _pad: pad(3) });
  const outer = attrs(
    "outer",
    { c: "", head: struct("", { size: 20 }, { address: union("in.family", { 2: inAddr, 10: in6Addr }), in: inner }) },
    {},
  );
  for (const [family, address] of [[2, "192.0.2.1"], [10, "2001:db8::1"]] as const) {
    const value = { address, in: { family } };
    expect(decode(outer, encode(outer, value, "big"), "big")).toEqual(value);
  } // biome-ignore format: a table
  expect(() => encode(outer, { address: "192.0.2.1", in: { family: 10 } })).toThrow("is not an IPv6 address");
});
