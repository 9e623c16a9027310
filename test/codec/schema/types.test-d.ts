import { expectTypeOf, test } from "vitest";
import {
  array,
  attrs,
  bare,
  bytes,
  indexed,
  ip,
  multi,
  pick,
  select,
  string,
} from "../../../src/codec/schema/attrs.ts";
import type { Input, Value } from "../../../src/codec/schema/codec.ts";
import { s32, u8, u16, u32, u64 } from "../../../src/codec/schema/scalar.ts";
import { list, opt, pad, struct, tailed } from "../../../src/codec/schema/struct.ts";

const rtmsg = struct("rtmsg", { size: 4, c: "rtm_" }, { family: u8, _: pad(1), len: u16 });
const grown = struct("grown", { size: 32 }, { a: u64, b: list(u32, 2), inner: rtmsg, late: opt(u64) });
const netem = attrs("netem", { c: "TCA_NETEM_", head: rtmsg }, { rate: [1, u32] });
const set = attrs(
  "set",
  { c: "SET_", head: rtmsg },
  {
    kind: [1, string],
    data: [2, select("kind", { netem: bare(netem), fq: bare(attrs("fq", { c: "" }, { plimit: [1, u32] })) })],
    names: [3, multi(string)],
    tab: [4, indexed(netem)],
    words: [5, array(s32)],
    via: [6, tailed(rtmsg, "address", ip)],
    grown: [7, grown],
    af: [8, select("family", { 2: bare(netem), 10: bytes })],
  },
);
type Set = Value<typeof set>;

test("values follow from the schema", () => {
  expectTypeOf<Set["family"]>().toEqualTypeOf<number>();
  expectTypeOf<Set["names"]>().toEqualTypeOf<string[] | undefined>();
  expectTypeOf<Set["words"]>().toEqualTypeOf<number[] | undefined>();
  expectTypeOf<NonNullable<Set["via"]>>().toEqualTypeOf<{ family: number; len: number; address: string }>();
  expectTypeOf<NonNullable<Set["grown"]>["late"]>().toEqualTypeOf<bigint | undefined>();
  expectTypeOf<NonNullable<Set["grown"]>["b"]>().toEqualTypeOf<number[]>();
  expectTypeOf<Set>().not.toHaveProperty("_");
});
test("a select discriminates by its sibling", () => {
  const x = {} as Set;
  if (x.kind === "netem") expectTypeOf(x.data?.rate).toEqualTypeOf<number | undefined>();
  if (x.kind === "fq") expectTypeOf(x.data?.plimit).toEqualTypeOf<number | undefined>();
  // @ts-expect-error netem's members are not reachable before the kind is known
  x.data?.rate;
});
test("struct members may be left out of what is encoded", () => {
  const ok: Input<typeof set> = { family: 2, kind: "netem", data: { rate: 1 } };
  // @ts-expect-error fq has no rate
  const bad: Input<typeof set> = { kind: "fq", data: { rate: 1 } };
  // @ts-expect-error not a field
  const typo: Input<typeof set> = { knd: "fq" };
  expectTypeOf([ok, bad, typo]).toBeArray();
});
test("pick narrows", () => {
  const some = pick(set, "family", "names");
  expectTypeOf<Value<typeof some>>().toEqualTypeOf<{ family: number; names?: string[] }>();
});
