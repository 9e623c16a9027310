/** fast-check arbitraries derived from schemas: nothing about a message is written twice. @module */
import fc from "fast-check";
import type {
  ArrayOf,
  Attrs,
  Indexed,
  Multi,
  Numbered,
  OrFlag,
  Records,
  Select,
} from "../../src/codec/schema/attrs.ts";
import type { Codec } from "../../src/codec/schema/codec.ts";
import { extent } from "../../src/codec/schema/layout.ts";
import { unwrap } from "../../src/codec/schema/program.ts";
import { isScalar, SCALARS, type Scalar } from "../../src/codec/schema/scalar.ts";
import type { Fixed, List, Opt, Struct, Tailed, Union } from "../../src/codec/schema/struct.ts";
import { readIpv6 } from "../../src/codec/wire/ip.ts";

type Any = fc.Arbitrary<unknown>;
type Obj = Record<string, unknown>;

function scalar({ kind }: Scalar): Any {
  const { min, max } = SCALARS[kind];
  return typeof min === "bigint" ? fc.bigInt(min, max as bigint) : fc.integer({ min, max: max as number });
}
const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const macOf = (n: number) => octets(n).map((b) => [...b].map((x) => x.toString(16).padStart(2, "0")).join(":"));
const v4 = fc.ipV4();
// Zero groups are common, so that "::" is tried at every place.
const v6 = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => readIpv6(Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255])), 0));
const textUpTo = (bytes: number) =>
  fc
    .string({ unit: "grapheme", maxLength: 40 })
    .filter(
      (s) =>
        !s.includes("\0") &&
        !s.includes("\ufffd") &&
        !/\p{Surrogate}/u.test(s) &&
        new TextEncoder().encode(s).length <= bytes,
    );

/** Values that `set` encodes and decodes again to the same. `depth` bounds recursive schemas. */
export const arbitrary = (set: Attrs, depth = 3): fc.Arbitrary<Obj> => attrsOf(set, depth, true);

function payloadOf(wrapped: Codec, depth: number): Any {
  const { codec } = unwrap(wrapped);
  if (isScalar(codec)) return scalar(codec);
  switch (codec.kind) {
    case "flag":
      return fc.constant(true);
    case "string":
    case "text":
      return textUpTo(100);
    case "bytes":
      return fc.uint8Array({ maxLength: 40 });
    case "ip":
      return fc.oneof(v4, v6);
    case "ipv4":
      return v4;
    case "ipv6":
      return v6;
    case "mac":
      return fc.constantFrom(4, 6, 8, 20).chain(macOf);
    case "uint":
      return fc.bigInt(0n, 0xffffffffffffffffn);
    case "sint":
      return fc.bigInt(-0x8000000000000000n, 0x7fffffffffffffffn);
    case "array": {
      const { item } = codec as ArrayOf;
      return fc.array(memberOf(item), { maxLength: 6 });
    }
    case "struct":
      return structOf(codec as Struct, true);
    case "tailed": {
      const { head, tailName, tail } = codec as Tailed;
      const select = unwrap(tail).codec;
      if (select.kind !== "select")
        return fc
          .tuple(structOf(head, false), payloadOf(tail, depth))
          .map(([h, t]) => ({ ...(h as Obj), [tailName]: t }));
      const { by, cases } = select as Select;
      return fc
        .tuple(structOf(head, false), fc.constantFrom(...Object.entries(cases)))
        .chain(([h, [key, form]]) =>
          payloadOf(form, depth - 1).map((t) => ({ ...(h as Obj), [by]: Number(key), [tailName]: t })),
        );
    }
    case "attrs":
      return attrsOf(codec as Attrs, depth - 1, false);
    case "indexed":
      return fc.array(payloadOf((codec as Indexed).item, depth - 1), { maxLength: depth > 0 ? 4 : 0 });
    case "numbered":
      return fc.dictionary(
        fc.integer({ min: 0, max: 0x3fff }).map(String),
        payloadOf((codec as Numbered).item, depth - 1),
        { maxKeys: depth > 0 ? 4 : 0, noNullPrototype: true },
      );
    case "orFlag":
      return fc.oneof(fc.constant(true), scalar((codec as OrFlag).item));
    case "multi":
      return fc.array(payloadOf((codec as Multi).item, depth - 1), { minLength: 1, maxLength: 4 });
    case "records":
      return fc.array(attrsOf((codec as Records).item, depth - 1, false), { maxLength: depth > 0 ? 3 : 0 });
    default:
      throw new Error(`no arbitrary for ${codec.kind}`);
  }
}

function memberOf(member: Codec): Any {
  if (isScalar(member)) return scalar(member);
  if (member.kind === "struct") return structOf(member as Struct, false);
  if (member.kind === "list") {
    const { item, count } = member as List;
    return fc.array(memberOf(item), { minLength: count, maxLength: count });
  }
  const { form, size } = member as Fixed;
  return form === "ipv4"
    ? v4
    : form === "ipv6"
      ? v6
      : form === "mac"
        ? macOf(size)
        : form === "chars"
          ? textUpTo(size)
          : octets(size);
}

/** A struct's value with its unions in one of their forms, or in none of them as bytes: those that go by one number go together. */
function unionsIn(x: Obj, by: string, unions: readonly (readonly [name: string, Union])[]): fc.Arbitrary<Obj> {
  const [outer, inner] = by.split(".") as [string, string?];
  const given = inner === undefined ? undefined : (x[outer] as Obj)[inner];
  const formed = (key: string) =>
    unions.reduce<fc.Arbitrary<Obj>>(
      (all, [name, { cases }]) => all.chain((y) => memberOf(cases[Number(key)]!).map((z) => ({ ...y, [name]: z }))),
      fc.constant(inner === undefined ? { ...x, [by]: Number(key) } : x),
    );
  const raw = unions.reduce<fc.Arbitrary<Obj>>(
    (all, [name, union]) =>
      all.chain((y) =>
        octets(extent(union).size)
          .filter((bytes) => bytes.at(-1) !== 0)
          .map((bytes) => ({ ...y, [name]: bytes })),
      ),
    fc.constant(inner === undefined ? { ...x, [by]: 99 } : x),
  );
  const { cases } = unions[0]![1];
  if (given !== undefined) return String(given) in cases ? formed(String(given)) : raw;
  return fc.oneof(fc.constantFrom(...Object.keys(cases)).chain(formed), raw);
}

function structOf(struct: Struct, rest: boolean): Any {
  const all = Object.entries(struct.members).filter(([, m]) => m.kind !== "pad");
  const unions = all.filter(([, m]) => m.kind === "union") as [string, Union][];
  const must = all.filter(([, m]) => m.kind !== "opt" && m.kind !== "union");
  const later = all.filter(([, m]) => m.kind === "opt");
  return fc.integer({ min: 0, max: later.length }).chain((n) =>
    fc
      .record(
        {
          ...Object.fromEntries(must.map(([name, m]) => [name, memberOf(m as Codec)])),
          ...Object.fromEntries(later.slice(0, n).map(([name, m]) => [name, memberOf((m as Opt).item)])),
        },
        { noNullPrototype: true },
      )
      .chain((x) =>
        [...new Set(unions.map(([, { by }]) => by))].reduce<fc.Arbitrary<Obj>>(
          (all, by) =>
            all.chain((y) =>
              unionsIn(
                y,
                by,
                unions.filter(([, union]) => union.by === by),
              ),
            ),
          fc.constant<Obj>(x),
        ),
      )
      .chain((x) =>
        rest && n === later.length
          ? fc.oneof(
              { weight: 5, arbitrary: fc.constant(x) },
              { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((r) => ({ ...x, rest: r })) },
            )
          : fc.constant(x),
      ),
  );
}

function attrsOf(set: Attrs, depth: number, root: boolean): fc.Arbitrary<Obj> {
  const entries = depth < 0 ? [] : Object.entries(set.fields);
  const selects = entries.filter(([, [, codec]]) => unwrap(codec).codec.kind === "select");
  const bys = selects.map(([, [, codec]]) => (unwrap(codec).codec as Select).by);
  const taken = new Set(Object.values(set.fields).map(([type]) => type));
  const unknown = fc.array(
    fc.record(
      {
        type: fc
          .integer({ min: 1, max: 0x3fff })
          .filter((t) => !taken.has(t))
          .chain((t) => fc.constantFrom(t, t | 0x8000, t | 0x4000)),
        data: fc.uint8Array({ maxLength: 12 }),
      },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 2 },
  );
  const plain = entries.filter(([name, [, codec]]) => unwrap(codec).codec.kind !== "select" && !bys.includes(name));
  // A few fields at a time: sets of a hundred would make every value a giant.
  const some = fc.subarray(plain, { maxLength: Math.min(12, plain.length) }).chain((chosen) =>
    fc.record(
      {
        ...Object.fromEntries(chosen.map(([name, [, codec]]) => [name, payloadOf(codec, depth)])),
        ...(root ? { unknown } : {}),
      },
      { requiredKeys: chosen.map(([name]) => name) as never[], noNullPrototype: true },
    ),
  );
  const body =
    set.body === undefined ? fc.constant({}) : fc.uint8Array({ maxLength: 20 }).map((b) => ({ [set.body!]: b }));
  let all: fc.Arbitrary<Obj> = fc
    .tuple(set.head ? structOf(set.head, false) : fc.constant({}), body, some)
    .map(([h, b, a]) => ({ ...(h as Obj), ...b, ...(a as Obj) }));
  for (const [name, [, codec]] of selects) {
    const { by, cases } = unwrap(codec).codec as Select;
    const numeric =
      set.head?.members[by] !== undefined || (set.fields[by] && isScalar(unwrap(set.fields[by]![1]).codec));
    const choices = Object.entries(cases);
    if (choices.length === 0) continue;
    // Two selects by one sibling get cases of the same key: the later one follows what stands; so does one by what unions of the head go by.
    const formed = Object.values(set.head?.members ?? {}).some((m) => m.kind === "union" && (m as Union).by === by);
    all = fc.tuple(all, fc.constantFrom(...choices)).chain(([x, [key, form]]) => {
      if (x[by] !== undefined && (formed || bys.indexOf(by) !== selects.findIndex((s) => s[0] === name))) {
        const own = Object.hasOwn(cases, String(x[by])) ? cases[String(x[by])] : undefined;
        return own ? payloadOf(own, depth).map((v) => ({ ...x, [name]: v })) : fc.constant(x);
      }
      return payloadOf(form, depth).map((v) => ({ ...x, [by]: numeric ? Number(key) : key, [name]: v }));
    });
  }
  return all;
}
