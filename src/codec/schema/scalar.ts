/** Scalars: numbers of every width and byte order, and what they mean. @module */
import type { Codec } from "./codec.ts";

/** `u32` is in the host's byte order; `be32` and `le32` have their own. 64-bit ones are bigints. */
export type ScalarKind =
  | "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64"
  | "be16" | "be32" | "be64" | "le16" | "le32" | "le64"; // biome-ignore format: a table

/** Names of a scalar's values (an enum) or of its bits (flags). */
export interface Names<N extends string = string> {
  /** Prefix of the C constants, `"RTN_"`: with `c`, what the header check compiles. Empty: these have no C names. */
  readonly prefix: string;
  readonly values: { readonly [K in N]: number };
  /** C suffixes that are not the name in upper case: `{ "balance-rr": "ROUNDROBIN" }`. */
  readonly c: { readonly [name: string]: string };
}
/** `names("RTN_", { unspec: 0, unicast: 1 })`: the name in upper case with `_` for `-`, after the prefix, is the C constant. */
export const names = /* @__PURE__ */ <const N extends string>(
  prefix: string,
  values: { readonly [K in N]: number },
  c: { readonly [name: string]: string } = {},
): Names<N> => ({ prefix, values, c });

/** Names of 64-bit values that a number cannot hold. */
export interface BigNames<N extends string = string> {
  readonly prefix: string;
  readonly values: { readonly [K in N]: bigint };
  readonly c: { readonly [name: string]: string };
}
/** As `names`, of bigints: `bigNames("MACSEC_CIPHER_ID_", { "gcm-aes-128": 0x0080c20001000001n })`. */
export const bigNames = /* @__PURE__ */ <const N extends string>(
  prefix: string,
  values: { readonly [K in N]: bigint },
  c: { readonly [name: string]: string } = {},
): BigNames<N> => ({ prefix, values, c });

/**
 * A number with a unit that users write as text (`"10ms"`) or as a number under a name that says the unit (`delayMs`): see
 * quantity.ts.
 */
export type Quantity = "time" | "rate" | "size" | "share";
/** What a scalar's number means: nothing more, one of names, a set of them, yes or no, a device's index, or a quantity. */
export type Meaning = "enum" | "flags" | "bool" | "device" | Quantity;
export interface Scalar<
  V extends number | bigint = number | bigint,
  M extends Meaning | undefined = Meaning | undefined,
  N extends string = string,
> extends Codec<V> {
  readonly kind: ScalarKind;
  /** Unit of measure: `"ms"`, `"bytes"`, `"USER_HZ"`. */
  readonly unit?: string;
  readonly meaning?: M;
  readonly names?: Names<N>;
  /** In place of `names`, where they are of bigints. */
  readonly bigNames?: BigNames<N>;
}
export type NumberScalar = Scalar<number, undefined>;
export type BigScalar = Scalar<bigint, undefined>;

const number = /* @__PURE__ */ (kind: ScalarKind): NumberScalar => ({ kind });
const big = /* @__PURE__ */ (kind: ScalarKind): BigScalar => ({ kind });
export const u8 = /* @__PURE__ */ number("u8");
export const u16 = /* @__PURE__ */ number("u16");
export const u32 = /* @__PURE__ */ number("u32");
export const u64 = /* @__PURE__ */ big("u64");
export const s8 = /* @__PURE__ */ number("s8");
export const s16 = /* @__PURE__ */ number("s16");
export const s32 = /* @__PURE__ */ number("s32");
export const s64 = /* @__PURE__ */ big("s64");
export const be16 = /* @__PURE__ */ number("be16");
export const be32 = /* @__PURE__ */ number("be32");
export const be64 = /* @__PURE__ */ big("be64");
export const le16 = /* @__PURE__ */ number("le16");
export const le32 = /* @__PURE__ */ number("le32");
export const le64 = /* @__PURE__ */ big("le64");

/** A scalar with its unit on record. */
export interface Measured {
  readonly unit: string;
}
/** The same scalar with its unit on record: `const msec = unit(u32, "ms")`. */
export const unit = /* @__PURE__ */ <
  V extends number | bigint,
  M extends Meaning | undefined = undefined,
  N extends string = string,
>(
  scalar: Scalar<V, M, N>,
  unit: string,
): Scalar<V, M, N> & Measured => ({ ...scalar, unit });

// By the first value: whatever is imported is declared, and hundreds of names would be looked at before a program starts.
function isBig({ values }: { readonly values: { readonly [name: string]: number | bigint } }): boolean {
  for (const name in values) return typeof values[name] === "bigint";
  return false;
}
/** A scalar whose values have names: `enumeration(u8, routeTypes)`. Decoded values stay numbers, or bigints. */
export const enumeration = /* @__PURE__ */ <V extends number | bigint, N extends string>(
  scalar: Scalar<V>,
  names: Names<N> | (V extends bigint ? BigNames<N> : never),
): Scalar<V, "enum", N> => {
  return isBig(names)
    ? { ...scalar, meaning: "enum", bigNames: names as BigNames<N> }
    : { ...scalar, meaning: "enum", names: names as Names<N> };
};

/** A scalar whose bits have names; the values of `names` are masks. */
export const flags = /* @__PURE__ */ <V extends number | bigint, N extends string>(
  scalar: Scalar<V>,
  names: Names<N>,
): Scalar<V, "flags", N> => ({ ...scalar, meaning: "flags", names });

/** A scalar that says yes (1) or no (0). */
export const bool = /* @__PURE__ */ (scalar: Scalar<number>): Scalar<number, "bool"> => ({
  ...scalar,
  meaning: "bool",
});

/** A scalar that is the index of a network device. */
export const device = /* @__PURE__ */ (scalar: Scalar<number>): Scalar<number, "device"> => ({
  ...scalar,
  meaning: "device",
});

/** How many nanoseconds each unit of time has. USER_HZ is clock_t's: 1/100 s, whatever the kernel's HZ. */
export const TIME_UNITS = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  USER_HZ: 1e7,
  /** Microseconds that the kernel keeps in units of 1.024 µs: it reports 4999 for 5000 (MS2TIME, codel_time_to_us of net/codel.h). */
  codel: 1e3,
  /** Microseconds that the kernel keeps in the packet scheduler's ticks of 64 ns: it reports 4 for 5 (PSCHED_NS2TICKS). */
  psched: 1e3,
} as const;
/** A scalar that is a time: `time(u32, "us")`. */
export const time = /* @__PURE__ */ <V extends number | bigint>(
  scalar: Scalar<V>,
  unit: keyof typeof TIME_UNITS,
): Scalar<V, "time"> & Measured => ({ ...scalar, meaning: "time", unit });
/** A scalar that is a rate in bytes per second. */
export const rate = /* @__PURE__ */ <V extends number | bigint>(scalar: Scalar<V>): Scalar<V, "rate"> & Measured => ({
  ...scalar,
  meaning: "rate",
  unit: "bytes/s",
});
/** A scalar that is a size in bytes. */
export const size = /* @__PURE__ */ <V extends number | bigint>(scalar: Scalar<V>): Scalar<V, "size"> & Measured => ({
  ...scalar,
  meaning: "size",
  unit: "bytes",
});
/** A scalar that is a share of a whole, or a probability: its greatest value is 100%. */
export const share = /* @__PURE__ */ <V extends number | bigint>(scalar: Scalar<V>): Scalar<V, "share"> => ({
  ...scalar,
  meaning: "share",
});

/** Size in bytes, the DataView accessor's suffix, the range, and a byte order of its own where the kind has one. */
export interface ScalarFacts {
  readonly size: 1 | 2 | 4 | 8;
  readonly accessor: "Uint8" | "Int8" | "Uint16" | "Int16" | "Uint32" | "Int32" | "BigUint64" | "BigInt64";
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly order?: "big" | "little";
}
const u16facts = { size: 2, accessor: "Uint16", min: 0, max: 0xffff } as const;
const u32facts = { size: 4, accessor: "Uint32", min: 0, max: 0xffffffff } as const;
const u64facts = { size: 8, accessor: "BigUint64", min: 0n, max: 0xffffffffffffffffn } as const;
export const SCALARS: { readonly [K in ScalarKind]: ScalarFacts } = {
  u8: { size: 1, accessor: "Uint8", min: 0, max: 0xff },
  s8: { size: 1, accessor: "Int8", min: -0x80, max: 0x7f },
  u16: u16facts,
  s16: { size: 2, accessor: "Int16", min: -0x8000, max: 0x7fff },
  u32: u32facts,
  s32: { size: 4, accessor: "Int32", min: -0x80000000, max: 0x7fffffff },
  u64: u64facts,
  s64: { size: 8, accessor: "BigInt64", min: -0x8000000000000000n, max: 0x7fffffffffffffffn },
  be16: { ...u16facts, order: "big" },
  be32: { ...u32facts, order: "big" },
  be64: { ...u64facts, order: "big" },
  le16: { ...u16facts, order: "little" },
  le32: { ...u32facts, order: "little" },
  le64: { ...u64facts, order: "little" },
};
export const isScalar = (codec: Codec): codec is Scalar => codec.kind in SCALARS;

const reversed = /* @__PURE__ */ new WeakMap<Names, Map<number, string>>();
/** Name of `value` among an enum's names, or undefined. */
export function nameOf(names: Names, value: number | bigint): string | undefined {
  let found = reversed.get(names);
  if (found === undefined) {
    found = new Map();
    for (const [name, number] of Object.entries<number>(names.values)) if (!found.has(number)) found.set(number, name);
    reversed.set(names, found);
  }
  return found.get(Number(value));
}
/** Names of the bits of `value`; the bits without a name come back as `rest`. */
export function namesOf(names: Names, value: number | bigint): { names: string[]; rest: bigint } {
  let rest = BigInt(value);
  const found: string[] = [];
  for (const name in names.values) {
    const mask = BigInt(names.values[name]!);
    if (mask !== 0n && (rest & mask) === mask) {
      found.push(name);
      rest &= ~mask;
    }
  }
  return { names: found, rest };
}
