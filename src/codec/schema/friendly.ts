/**
 * Values in the user's terms, derived from the schema: names for enums and flags, booleans for switches, numbers for what has a
 * unit, names of devices. Nothing is written twice: what a field means stands where it is declared.
 *
 * | declared | decoded | friendly, read | friendly, given |
 * | --- | --- | --- | --- |
 * | `enumeration(u8, modes)` | `1` | `"active-backup"`, or the number where it has no name | name or number |
 * | `flags(u32, bits)` | `5` | `["a", "c"]`, and `"0x…"` for bits without a name | the same, or a number |
 * | two members of the same flags (value and mask) | `{ flags: 1, mask: 3 }` | `{ a: true, b: false }` | the same; what is left out is not touched |
 * | `bool(u8)` | `1` | `true` | boolean |
 * | `flag` | `true` | `true` | boolean; `false` leaves it out |
 * | `device(u32)` | `3` | `"eth0"` where the name is known, else the index | name or index |
 * | `unit(u64, "USER_HZ")` | `100n` | `100` | number or bigint |
 * | 64 bits without a unit: an id | `5n` | `"0x5"` | that, a number or a bigint |
 * | `target: time(u32, "us")` and other quantities | `{ target: 5000 }` | `{ targetMs: 5 }` | that, or `{ target: "5ms" }`: see quantity.ts |
 * @module
 */
import type {
  Attrs,
  FieldsOf,
  HeadOf,
  Indexed,
  Multi,
  Numbered,
  OrFlag,
  Records,
  Select,
  View,
  Wrapper,
} from "./attrs.ts";
import type { Codec, Input, Value } from "./codec.ts";
import { below, caseOf, expectArray, expectObject, fail, type Obj, show, unwrap } from "./program.ts";
import { fromScalar, given, isQuantity, SUFFIXES, type Suffixes, toScalar } from "./quantity.ts";
import { isScalar, type Measured, namesOf, type Quantity, SCALARS, type Scalar } from "./scalar.ts";
import type { Flat, List, Opt, Pad, Struct, Tailed } from "./struct.ts";

export type Hex = `0x${string}`;

// ---- types ------------------------------------------------------------------------------------------------------------------
type ScalarOut<C> =
  C extends Scalar<infer V, infer M, infer N>
    ? M extends "enum"
      ? N | (V extends bigint ? Hex : number)
      : M extends "flags"
        ? (N | Hex)[]
        : M extends "bool"
          ? boolean
          : M extends "device"
            ? string | number
            : M extends Quantity
              ? number
              : V extends bigint
                ? C extends Measured
                  ? number
                  : Hex
                : number
    : never;
/** The quantity that a member or field is, if it is one. */
type QuantityOf<C> = C extends Scalar<number | bigint, infer M> ? Extract<M, Quantity> : never;
/** The name that a member or field is read under. */
type KeyOut<K, C> = [QuantityOf<C>] extends [never] ? K : K extends string ? `${K}${Suffixes[QuantityOf<C>]}` : K;
/** The further names that quantities can be given under. */
type TextKey<K, C> = [QuantityOf<C>] extends [never] ? never : K;
type ScalarIn<C> =
  C extends Scalar<infer V, infer M, infer N>
    ? M extends "enum"
      ? N | (V extends bigint ? number | bigint | Hex : number)
      : M extends "flags"
        ? readonly (N | Hex)[] | number
        : M extends "bool"
          ? boolean
          : M extends "device"
            ? string | number
            : M extends Quantity
              ? number
              : V extends bigint
                ? number | bigint | Hex
                : number
    : never;
/** The names, if a struct is a value and its mask. */
type MaskedNames<M> = {
  [K in keyof M]: M[K] extends Scalar<number, "flags", infer N> ? N : M[K] extends Pad ? never : 0;
}[keyof M];
/** The member that an optional one is. */
type ItemOf<C> = C extends Opt<infer V, infer M> ? (unknown extends M ? Codec<V> : M) : C;
type StructOut<M> =
  MaskedNames<M> extends infer N extends string
    ? { [K in N]?: boolean }
    : Flat<
        { -readonly [K in keyof M as M[K] extends Pad | Opt ? never : KeyOut<K, M[K]>]: Friendly<M[K]> } & {
          -readonly [K in keyof M as M[K] extends Opt ? KeyOut<K, ItemOf<M[K]>> : never]?: Friendly<ItemOf<M[K]>>;
        }
      >;
type StructIn<M> =
  MaskedNames<M> extends infer N extends string
    ? { readonly [K in N]?: boolean }
    : Flat<
        {
          readonly [K in keyof M as M[K] extends Pad ? never : KeyOut<K, ItemOf<M[K]>>]?:
            | FriendlyInput<ItemOf<M[K]>>
            | undefined;
        } & { readonly [K in keyof M as TextKey<K, ItemOf<M[K]>>]?: string | undefined }
      >;
type Cases<M> = M[keyof M];

/** What reading a `C` gives. */
export type Friendly<C> = C extends { readonly kind: "flag" }
  ? true
  : C extends Opt
    ? Friendly<ItemOf<C>>
    : C extends Scalar
      ? ScalarOut<C>
      : C extends Attrs
        ? FriendlyAttrs<C>
        : C extends Struct<infer M>
          ? StructOut<M>
          : C extends Select<string, infer M>
            ? Friendly<Cases<M>>
            : C extends { readonly kind: "bare" } & Wrapper<infer X>
              ? Friendly<X>
              : C extends { readonly kind: "multi" | "indexed" | "records" | "array" } & Wrapper<infer X>
                ? Friendly<X>[]
                : C extends { readonly kind: "numbered" } & Wrapper<infer X>
                  ? { [number: number]: Friendly<X> }
                  : C extends { readonly kind: "orFlag" } & Wrapper<infer X>
                    ? Friendly<X> | true
                    : Value<C>;
/** What can be given for a `C`. */
export type FriendlyInput<C> = C extends { readonly kind: "flag" }
  ? boolean
  : C extends Scalar
    ? ScalarIn<C>
    : C extends Attrs
      ? FriendlyAttrsInput<C>
      : C extends Struct<infer M>
        ? StructIn<M>
        : C extends Select<string, infer M>
          ? FriendlyInput<Cases<M>>
          : C extends { readonly kind: "bare" } & Wrapper<infer X>
            ? FriendlyInput<X>
            : C extends { readonly kind: "multi" | "indexed" | "records" | "array" } & Wrapper<infer X>
              ? readonly FriendlyInput<X>[]
              : C extends { readonly kind: "numbered" } & Wrapper<infer X>
                ? { readonly [number: number]: FriendlyInput<X> }
                : C extends { readonly kind: "orFlag" } & Wrapper<infer X>
                  ? FriendlyInput<X> | boolean
                  : Input<C>;
type FieldCodec<F> = F extends readonly [number, infer C, ...unknown[]] ? C : never;
export type FriendlyAttrs<A> = Flat<
  StructOut<HeadOf<A>> & {
    -readonly [K in keyof FieldsOf<A> as KeyOut<K, FieldCodec<FieldsOf<A>[K]>>]?: Friendly<FieldCodec<FieldsOf<A>[K]>>;
  }
>;
export type FriendlyAttrsInput<A> = Flat<
  StructIn<HeadOf<A>> & {
    readonly [K in keyof FieldsOf<A> as KeyOut<K, FieldCodec<FieldsOf<A>[K]>>]?:
      | FriendlyInput<FieldCodec<FieldsOf<A>[K]>>
      | undefined;
  } & { readonly [K in keyof FieldsOf<A> as TextKey<K, FieldCodec<FieldsOf<A>[K]>>]?: string | undefined }
>;

// ---- reading ----------------------------------------------------------------------------------------------------------------
export type DeviceName = (index: number) => string | undefined;

/** A decoded value in friendly form. `deviceName` names devices; what it does not know stays an index. */
export function toFriendly<C extends Codec>(
  codec: C,
  value: Value<C>,
  deviceName: DeviceName = () => undefined,
): Friendly<C> {
  return read(codec, value, {}, deviceName) as Friendly<C>;
}

function read(wrapped: Codec, value: unknown, parent: Obj, deviceName: DeviceName): unknown {
  const { codec } = unwrap(wrapped);
  if (isScalar(codec)) return readScalar(codec, value as number | bigint, deviceName);
  switch (codec.kind) {
    case "attrs": {
      const set = codec as Attrs;
      const out: Obj = set.head ? readMembers(set.head, value as Obj, deviceName) : {};
      if (set.body !== undefined) out[set.body] = (value as Obj)[set.body];
      for (const name in set.fields) {
        const y = (value as Obj)[name];
        const field = set.fields[name]![1];
        if (y !== undefined) out[keyOut(name, field)] = read(field, y, value as Obj, deviceName);
      }
      return out;
    }
    case "struct":
      return readMembers(codec as Struct, value as Obj, deviceName);
    case "view":
      return readMembers((codec as View).item, value as Obj, deviceName);
    case "tailed": {
      const { head, tailName, tail } = codec as Tailed;
      const x = value as Obj;
      return { ...readMembers(head, x, deviceName), [tailName]: read(tail, x[tailName], x, deviceName) };
    }
    case "select": {
      const form = caseOf(codec as Select, parent[(codec as Select).by]);
      return form ? read(form, value, parent, deviceName) : value;
    }
    case "multi":
    case "indexed":
    case "records":
    case "array": {
      const { item } = codec as unknown as Multi | Indexed | Records;
      return (value as unknown[]).map((x) => read(item, x, {}, deviceName));
    }
    case "numbered": {
      const { item } = codec as Numbered;
      return Object.fromEntries(Object.entries(value as Obj).map(([n, x]) => [n, read(item, x, {}, deviceName)]));
    }
    case "orFlag":
      return value === true ? true : readScalar((codec as OrFlag).item, value as number | bigint, deviceName);
    default:
      return value;
  }
}

const quantityOf = (codec: Codec): Quantity | undefined => {
  const { meaning } = codec as Scalar;
  return isQuantity(meaning) ? meaning : undefined;
};
const keyOut = (name: string, codec: Codec): string => {
  const quantity = quantityOf(codec);
  return quantity ? name + SUFFIXES[quantity] : name;
};

type Reader = (value: never, deviceName: DeviceName) => unknown;
const identity: Reader = (value) => value;
const scalarReaders = new WeakMap<Scalar, Reader>();
function readScalar(scalar: Scalar, value: number | bigint, deviceName: DeviceName): unknown {
  return scalarReader(scalar)(value as never, deviceName);
}
/** Made once a scalar: what it means is not looked up again for every value (tcp_info has sixty: 20 times faster). */
function scalarReader(scalar: Scalar): Reader {
  let reader = scalarReaders.get(scalar);
  if (reader === undefined) {
    reader = makeScalarReader(scalar);
    scalarReaders.set(scalar, reader);
  }
  return reader;
}
function makeScalarReader(scalar: Scalar): Reader {
  if (isQuantity(scalar.meaning)) return (value: number | bigint) => fromScalar(scalar, value);
  switch (scalar.meaning) {
    case "enum": {
      const names = new Map<number | bigint, string>();
      for (const [name, number] of Object.entries<number | bigint>((scalar.bigNames ?? scalar.names!).values))
        if (!names.has(number)) names.set(number, name);
      if (scalar.bigNames) return (value: bigint) => names.get(value) ?? `0x${value.toString(16)}`;
      return (value: number | bigint) => names.get(Number(value)) ?? Number(value);
    }
    case "flags":
      return (value: number | bigint) => flagNames(scalar, value);
    case "bool":
      return (value: number | bigint) => value !== 0;
    case "device":
      return (value: number, deviceName) => deviceName(value) ?? value;
    default:
      if (typeof SCALARS[scalar.kind].min === "number") return identity;
      return scalar.unit === undefined
        ? (value: bigint) => `0x${value.toString(16)}` as Hex
        : (value: bigint) => Number(value);
  }
}
function flagNames(scalar: Scalar, value: number | bigint): string[] {
  if (value === 0) return [];
  const { names, rest } = namesOf(scalar.names!, value);
  return rest === 0n ? names : [...names, `0x${rest.toString(16)}`];
}

/** The two members of a struct that is a value and its mask. */
function masked(struct: Struct): readonly [value: string, mask: string] | undefined {
  const members = Object.entries(struct.members).filter(([, m]) => m.kind !== "pad");
  const [a, b] = members as [string, Scalar][];
  const same =
    members.length === 2 && a![1].meaning === "flags" && b![1].meaning === "flags" && a![1].names === b![1].names;
  return same ? [a![0], b![0]] : undefined;
}

interface MemberReader {
  readonly name: string;
  readonly key: string;
  readonly read: Reader;
}
interface StructReader {
  readonly pair: readonly [value: string, mask: string] | undefined;
  readonly members: readonly MemberReader[];
}
const structReaders = new WeakMap<Struct, StructReader>();
function structReader(struct: Struct): StructReader {
  let reader = structReaders.get(struct);
  if (reader === undefined) {
    const members = Object.entries(struct.members).flatMap(([name, member]): MemberReader[] => {
      if (member.kind === "pad") return [];
      const codec = member.kind === "opt" ? (member as Opt).item : (member as Codec);
      return [{ name, key: keyOut(name, codec), read: memberReader(codec) }];
    });
    reader = { pair: masked(struct), members };
    structReaders.set(struct, reader);
  }
  return reader;
}
const memberReader = (member: Codec): Reader =>
  member.kind === "struct"
    ? (value: Obj, deviceName) => readMembers(member as Struct, value, deviceName)
    : member.kind === "list" && (member as List).item.kind === "struct"
      ? (value: Obj[], deviceName) => value.map((x) => readMembers((member as List).item as Struct, x, deviceName))
      : isScalar(member)
        ? scalarReader(member)
        : identity;

function readMembers(struct: Struct, value: Obj, deviceName: DeviceName): Obj {
  const out: Obj = {};
  const { pair, members } = structReader(struct);
  if (pair) {
    const { names } = struct.members[pair[0]] as Scalar;
    const bits = value[pair[0]] as number;
    const mask = value[pair[1]] as number;
    for (const name in names!.values) {
      const bit = names!.values[name]!;
      if ((mask & bit) !== 0) out[name] = (bits & bit) !== 0;
    }
    return out;
  }
  for (let i = 0; i < members.length; i++) {
    const { name, key, read } = members[i]!;
    const y = value[name];
    if (y !== undefined) out[key] = read(y as never, deviceName);
  }
  return out;
}

// ---- writing ----------------------------------------------------------------------------------------------------------------
export type DeviceIndex = (name: string) => number;

/**
 * The value to encode for a friendly one. `deviceIndex` finds devices by name.
 * @throws {CodecError} an option that the schema does not have, or a value that it cannot express: names the option and what was expected
 */
export function fromFriendly<C extends Codec>(
  codec: C,
  value: FriendlyInput<C>,
  deviceIndex: DeviceIndex = noDevices,
): Input<C> {
  return write(codec, value, {}, deviceIndex) as Input<C>;
}
const noDevices: DeviceIndex = (name) => fail("", -1, `${show(name)} names a device where an index is needed`);

const list = (names: Iterable<string>): string => [...names].join(", ");

function write(wrapped: Codec, value: unknown, parent: Obj, deviceIndex: DeviceIndex): unknown {
  const { codec } = unwrap(wrapped);
  if (isScalar(codec)) return writeScalar(codec, value, deviceIndex);
  switch (codec.kind) {
    case "flag":
      if (typeof value !== "boolean") fail("", -1, `${show(value)} is not true or false`);
      return value === true ? true : undefined;
    case "attrs": {
      const set = codec as Attrs;
      const x = expectObject(value, "");
      const out: Obj = {};
      const codecOf = (name: string): Codec | Pad | undefined =>
        Object.hasOwn(set.fields, name) ? set.fields[name]![1] : memberOf(set.head, name);
      for (const key in x) {
        const y = x[key];
        if (y === undefined) continue;
        const name = nameIn(key, codecOf);
        const quantity = quantityIn(x, name, codecOf);
        if (quantity !== undefined) {
          out[name] = quantity;
          continue;
        }
        const field = Object.hasOwn(set.fields, name) ? set.fields[name] : undefined;
        const member = set.head && Object.hasOwn(set.head.members, name) ? set.head.members[name] : undefined;
        if (!field && key === set.body) {
          out[key] = y;
          continue;
        }
        if (!field && (!member || member.kind === "pad")) {
          const known = [
            ...Object.keys(set.head?.members ?? {}).filter((n) => !n.startsWith("_")),
            ...Object.keys(set.fields),
          ];
          fail(name, -1, `there is no such option; there are ${list(known)}`);
        }
        try {
          const z = field ? write(field[1], y, x, deviceIndex) : writeMember(member as Codec, y, deviceIndex);
          if (z !== undefined) out[name] = z;
        } catch (e) {
          throw below(name, e);
        }
      }
      return out;
    }
    case "struct":
      return writeMembers(codec as Struct, value, deviceIndex);
    case "tailed": {
      const { head, tailName, tail } = codec as Tailed;
      const { [tailName]: rest, ...given } = expectObject(value, "");
      const members = writeMembers(head, given, deviceIndex) as Obj;
      try {
        return { ...members, [tailName]: write(tail, rest, members, deviceIndex) };
      } catch (e) {
        throw below(tailName, e);
      }
    }
    case "select": {
      const { by } = codec as Select;
      const form =
        caseOf(codec as Select, parent[by]) ?? fail("", -1, `there is no form for ${by} ${show(parent[by])}`);
      return write(form, value, parent, deviceIndex);
    }
    case "multi":
    case "indexed":
    case "records":
    case "array": {
      const { item } = codec as unknown as Multi | Indexed | Records;
      return expectArray(value, "").map((x, i) => {
        try {
          return write(item, x, {}, deviceIndex);
        } catch (e) {
          throw below(`[${i}]`, e);
        }
      });
    }
    case "numbered": {
      const { item } = codec as Numbered;
      const one = ([n, x]: [string, unknown]) => {
        try {
          return [n, write(item, x, {}, deviceIndex)];
        } catch (e) {
          throw below(`[${n}]`, e);
        }
      };
      return Object.fromEntries(Object.entries(expectObject(value, "")).map(one));
    }
    case "orFlag":
      // As a flag: `true` is an empty attribute, `false` none.
      if (typeof value === "boolean") return value || undefined;
      return writeScalar((codec as OrFlag).item, value, deviceIndex);
    default:
      return value;
  }
}

const memberOf = (struct: Struct | undefined, name: string): Codec | Pad | undefined => {
  const member = struct && Object.hasOwn(struct.members, name) ? struct.members[name] : undefined;
  return member?.kind === "opt" ? (member as Opt).item : member;
};
/** The declared name that an option stands for: `target` for `targetMs`. */
function nameIn(key: string, codecOf: (name: string) => Codec | Pad | undefined): string {
  if (codecOf(key) !== undefined) return key;
  for (const quantity in SUFFIXES) {
    const suffix = SUFFIXES[quantity as Quantity];
    const name = key.slice(0, -suffix.length);
    const codec = key.endsWith(suffix) ? codecOf(name) : undefined;
    if (codec && quantityOf(codec as Codec) === quantity) return name;
  }
  return key;
}
/** The wire value, if the option is a quantity. */
function quantityIn(
  options: Obj,
  name: string,
  codecOf: (name: string) => Codec | Pad | undefined,
): number | bigint | undefined {
  const codec = codecOf(name) as Codec | undefined;
  const quantity = codec && quantityOf(codec);
  if (!quantity) return undefined;
  return toScalar(codec as Scalar, given(options, name, quantity, Number.POSITIVE_INFINITY)!, name);
}

function writeScalar(scalar: Scalar, value: unknown, deviceIndex: DeviceIndex): unknown {
  const { min, max } = SCALARS[scalar.kind];
  const wide = typeof min === "bigint";
  const number = (): number | bigint => {
    const hex = typeof value === "string" && /^0x[0-9a-f]+$/i.test(value);
    if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)) || hex) {
      const x = BigInt(value as string | number | bigint);
      if (x >= BigInt(min) && x <= BigInt(max)) return wide ? x : Number(x);
    }
    return fail(
      "",
      -1,
      `${show(value)} is not an integer from ${min} to ${max}${scalar.unit ? ` (${scalar.unit})` : ""}`,
    );
  };
  switch (scalar.meaning) {
    case "enum": {
      if (typeof value !== "string") return number();
      const known: { readonly [name: string]: number | bigint } = (scalar.bigNames ?? scalar.names!).values;
      if (!Object.hasOwn(known, value)) {
        if (scalar.bigNames && /^0x[0-9a-f]+$/i.test(value)) return number();
        fail("", -1, `${show(value)} is not one of ${list(Object.keys(known))}`);
      }
      return wide ? BigInt(known[value]!) : known[value];
    }
    case "flags": {
      if (!Array.isArray(value)) return number();
      const known = scalar.names!.values;
      const bits = value.reduce((sum: bigint, name: unknown) => {
        if (typeof name === "string" && Object.hasOwn(known, name)) return sum | BigInt(known[name]!);
        if (typeof name === "string" && /^0x[0-9a-f]+$/i.test(name)) return sum | BigInt(name);
        return fail("", -1, `${show(name)} is not one of ${list(Object.keys(known))}`);
      }, 0n) as bigint;
      return wide ? bits : Number(bits);
    }
    case "bool":
      if (typeof value !== "boolean") fail("", -1, `${show(value)} is not true or false`);
      return value === true ? 1 : 0;
    case "device":
      return typeof value === "string" ? deviceIndex(value) : number();
    default:
      return number();
  }
}

function writeMembers(struct: Struct, value: unknown, deviceIndex: DeviceIndex): unknown {
  const x = expectObject(value, "");
  const pair = masked(struct);
  if (pair) {
    const known = (struct.members[pair[0]] as Scalar).names!.values;
    let bits = 0;
    let mask = 0;
    for (const name in x) {
      if (x[name] === undefined) continue;
      if (!Object.hasOwn(known, name)) fail(name, -1, `there is no such flag; there are ${list(Object.keys(known))}`);
      if (typeof x[name] !== "boolean") fail(name, -1, `${show(x[name])} is not true or false`);
      mask |= known[name]!;
      if (x[name]) bits |= known[name]!;
    }
    return { [pair[0]]: bits >>> 0, [pair[1]]: mask >>> 0 };
  }
  const out: Obj = {};
  const codecOf = (name: string) => memberOf(struct, name);
  for (const key in x) {
    const y = x[key];
    if (y === undefined) continue;
    const name = nameIn(key, codecOf);
    const quantity = quantityIn(x, name, codecOf);
    if (quantity !== undefined) {
      out[name] = quantity;
      continue;
    }
    const member = Object.hasOwn(struct.members, name) ? struct.members[name] : undefined;
    if (!member || member.kind === "pad")
      fail(
        name,
        -1,
        `there is no such member; there are ${list(Object.keys(struct.members).filter((n) => !n.startsWith("_")))}`,
      );
    try {
      out[name] = writeMember(member!.kind === "opt" ? (member as Opt).item : (member as Codec), y, deviceIndex);
    } catch (e) {
      throw below(name, e);
    }
  }
  return out;
}
const writeMember = (member: Codec, value: unknown, deviceIndex: DeviceIndex): unknown =>
  member.kind === "struct"
    ? writeMembers(member as Struct, value, deviceIndex)
    : member.kind === "list" && (member as List).item.kind === "struct"
      ? expectArray(value, "").map((x) => writeMembers((member as List).item as Struct, x, deviceIndex))
      : isScalar(member)
        ? writeScalar(member, value, deviceIndex)
        : value;
