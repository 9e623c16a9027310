import { describe, expect, test } from "vitest";
import { attrs, lazily, pick } from "../../../src/codec/schema/attrs.ts";
import { decoder, encode } from "../../../src/codec/schema/engine.ts";
import { toFriendly } from "../../../src/codec/schema/friendly.ts";
import { be16, time, u8, u32, u64 } from "../../../src/codec/schema/scalar.ts";
import { opt, struct } from "../../../src/codec/schema/struct.ts";
import { source } from "../../../src/codec/wire/source.ts";
import { compiled, interpreted } from "../../support/engines.ts";

const head = struct("h", { size: 4 }, { family: u8, port: be16 });
const info = struct("i", { size: 16 }, { state: u8, rtt: time(u32, "us"), sent: opt(u64) });
const set = attrs("set", { c: "", head }, { info: [1, info], name: [2, u32] });
const lazy = lazily(set, "info");

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  const full = { family: 2, port: 80, info: { state: 1, rtt: 5000, sent: 7n }, name: 9 };
  const old = { ...full, info: { state: 1, rtt: 5000 } };
  const grown = { ...full, info: { ...full.info, rest: Uint8Array.of(1, 2, 3, 4) } };

  test.each([
    ["of today", full],
    ["of an older kernel", old],
    ["of a newer one", grown],
  ])("a view %s has the plain value's members, and is written back the same", (_, value) => {
    const bytes = encode(set, value, order);
    for (const engine of [interpreted, compiled]) {
      const seen = engine(lazy, order).decode(bytes) as typeof grown;
      expect(seen.info.state).toBe(1);
      expect(seen.info.rtt).toBe(5000);
      expect(seen.info.sent).toBe((value.info as { sent?: bigint }).sent);
      expect((seen.info as unknown as { toJSON(): object }).toJSON()).toEqual(value.info);
      expect(engine(lazy, order).encode(seen)).toEqual(bytes);
      expect(toFriendly(lazy, seen)).toEqual(toFriendly(set, value));
      const picked = engine(pick(lazy, "port", "info"), order).decode(bytes) as typeof full;
      expect([Object.keys(picked), picked.info.rtt]).toEqual([["port", "info"], 5000]);
    }
  });
});

test("views outlast the buffer that they were decoded from", () => {
  const bytes = encode(set, { info: { state: 3, rtt: 1, sent: 2n } });
  const decode = decoder(lazy);
  const one = decode(source(bytes), 0, bytes.length);
  bytes.fill(0xff);
  expect(one.info?.state).toBe(3);
});

test("a length that the struct never had stays raw, and only structs can be viewed", () => {
  const bytes = Uint8Array.from([2, 0, 0, 0, 9, 0, 1, 0, 1, 2, 3, 4, 5, 0, 0, 0]);
  expect(interpreted(lazy, "little").decode(bytes)).toHaveProperty("unknown");
  expect(compiled(lazy, "little").decode(bytes)).toHaveProperty("unknown");
  expect(() => lazily(set, "name")).toThrow("lazily: set.name is no struct");
});
