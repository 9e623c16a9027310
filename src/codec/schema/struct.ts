/** Structs: C's fixed layouts. @module */
import type { Codec, Input, Value } from "./codec.ts";
import { flags, type Names, SCALARS, type Scalar, u32 } from "./scalar.ts";

/** Bytes that are skipped: padding, and what the kernel keeps for itself. Sent as zero. */
export interface Pad {
  readonly kind: "pad";
  readonly size: number;
  /** Made by `count`: the scalar that holds how much follows. */
  readonly counts?: Scalar<number>;
}
export const pad = /* @__PURE__ */ (size: number): Pad => ({ kind: "pad", size });
/**
 * A member that says how much follows the struct: the items of an array that is the tail of `tailed` (tc_u32_sel's `nkeys`), the bytes of any
 * other tail or of a set's `body`. It is no part of the value: it is counted when encoding. Where a tail is of another length than it says,
 * the attribute stays raw.
 */
export const count = /* @__PURE__ */ (scalar: Scalar<number>): Pad => ({
  kind: "pad",
  size: SCALARS[scalar.kind].size,
  counts: scalar,
});

/** A member of a fixed number of bytes with a meaning: raw bytes, text up to a NUL, an address. */
export interface Fixed<V = unknown> extends Codec<V> {
  readonly kind: "fixed";
  readonly form: "bytes" | "chars" | "ipv4" | "ipv6" | "mac";
  readonly size: number;
}
/** `u8 x[n]` as raw bytes. */
export const byteArray = /* @__PURE__ */ (size: number): Fixed<Uint8Array> => ({ kind: "fixed", form: "bytes", size });
/** `char x[n]`: text up to the first NUL. What follows the NUL is not kept. */
export const chars = /* @__PURE__ */ (size: number): Fixed<string> => ({ kind: "fixed", form: "chars", size });
/** Four bytes as `"192.0.2.1"`. */
export const inAddr: Fixed<string> = { kind: "fixed", form: "ipv4", size: 4 };
/** Sixteen bytes as `"2001:db8::1"`. */
export const in6Addr: Fixed<string> = { kind: "fixed", form: "ipv6", size: 16 };
/** Six bytes as `"02:00:00:00:00:01"`. */
export const etherAddr: Fixed<string> = { kind: "fixed", form: "mac", size: 6 };

/** `T x[n]`: a fixed number of scalars, addresses or structs. Fewer can be given: the rest is zero. */
export interface List<V = unknown, I = V> extends Codec<V[], I[]> {
  readonly kind: "list";
  readonly item: Scalar | Fixed | Struct;
  readonly count: number;
}
export const list = /* @__PURE__ */ <C extends Scalar | Fixed | Struct>(
  item: C,
  count: number,
): List<Value<C>, Input<C>> => ({ kind: "list", item, count });

/** A C union, whose form the member `by` of the same struct says. */
export interface Union<V = unknown, I = V> extends Codec<V | Uint8Array, I | Uint8Array> {
  readonly kind: "union";
  readonly by: string;
  readonly cases: { readonly [key: number]: Scalar | Fixed | List | Struct };
}
/**
 * A union inside a struct: `addr: union("proto", { 0x800: inAddr, 0x86dd: in6Addr })`, as in br_mdb_entry. The number `by` may stand before or
 * after it, or in a struct beside it (`"sel.family"`). Without a case for it, or with bytes set behind a shorter case, the value is all of the union's bytes; they can be given in any case.
 */
export const union = /* @__PURE__ */ <M extends { readonly [key: number]: Scalar | Fixed | List | Struct }>(
  by: string,
  cases: M,
): Union<Value<M[keyof M]>, Input<M[keyof M]>> => ({ kind: "union", by, cases });

/** A member that older kernels do not send: the struct ends before it there. */
export interface Opt<V = unknown, M = unknown> extends Codec<V | undefined> {
  readonly kind: "opt";
  readonly item: Member;
  /** What the declaration said, for types that follow from it. */
  readonly [optional]?: M;
}
export declare const optional: unique symbol;
export const opt = /* @__PURE__ */ <M extends Member>(item: M): Opt<Value<M>, M> => ({ kind: "opt", item });

export type Member = Scalar | Fixed | List | Union | Struct;
export type Members = { readonly [name: string]: Member | Opt | Pad };

/** Collapses an intersection, so that editors show members rather than machinery. */
export type Flat<X> = X extends infer O ? { [K in keyof O]: O[K] } : never;
type Present<M> = { [K in keyof M]: M[K] extends Pad ? never : M[K] extends Opt ? never : K }[keyof M];
type Optional<M> = { [K in keyof M]: M[K] extends Opt ? K : never }[keyof M];
export type StructValue<M> = Flat<
  { -readonly [K in Present<M>]: Value<M[K]> } & { -readonly [K in Optional<M>]?: Exclude<Value<M[K]>, undefined> }
>;
export type StructInput<M> = Flat<{ -readonly [K in Present<M> | Optional<M>]?: Exclude<Input<M[K]>, undefined> }>;

export interface Struct<M extends Members = Members, V = unknown, I = unknown> extends Codec<V, I> {
  readonly kind: "struct";
  /** The C struct's name, after `struct `. */
  readonly name: string;
  /** `sizeof`; checked against the members. */
  readonly size: number;
  /** Prefix of the C members' names: `"ifi_"`. */
  readonly c: string;
  readonly members: M;
  /** C names of members that are not the prefix and the name in snake case; undefined hides one from the header check. */
  readonly cNames: { readonly [name: string]: string | undefined };
}
/**
 * A C struct under natural alignment: `struct("ifinfomsg", { size: 16, c: "ifi_" }, { family: u8, … })`. Holes are implied; trailing
 * padding too. A payload longer than `size` keeps the surplus in `rest`.
 */
export const struct = /* @__PURE__ */ <const M extends Members>(
  name: string,
  facts: {
    readonly size: number;
    readonly c?: string;
    readonly names?: { readonly [name: string]: string | undefined };
  },
  members: M,
): Struct<M, Flat<StructValue<M> & { rest?: Uint8Array }>, Flat<StructInput<M> & { rest?: Uint8Array }>> => ({
  kind: "struct",
  name,
  size: facts.size,
  c: facts.c ?? "",
  cNames: facts.names ?? {},
  members,
});

/** `struct nla_bitfield32`: bits and which of them are meant. In friendly form `{ name: true, other: false }`. */
export const bitfield32 = /* @__PURE__ */ <const N extends string>(bits: Names<N>) =>
  struct("nla_bitfield32", { size: 8 }, { value: flags(u32, bits), selector: flags(u32, bits) });

/** A struct that a payload of variable length follows, such as RTA_VIA: the payload's value stands under `tailName`. */
export interface Tailed<V = unknown, I = unknown> extends Codec<V, I> {
  readonly kind: "tailed";
  readonly head: Struct;
  readonly tailName: string;
  readonly tail: Codec;
}
type Cases<C> = C extends { readonly kind: "select"; readonly cases: infer M } ? M[keyof M] : C;
type TailValue<C> = Value<Cases<C>>;
type TailInput<C> = Input<Cases<C>>;
/**
 * `tailed(rtvia, "address", ip)`. The tail is any payload or a set; a `select` of it goes by the head's members (ematches:
 * `tailed(tcfEmatchHdr, "data", select("kind", { 1: … }, bytes))`). An array whose length the head
 * says (`count`) is a C struct with a flexible array: `tailed(struct("tc_u32_sel", …, { nkeys: count(u8), … }), "keys", array(key))`.
 */
export const tailed = /* @__PURE__ */ <M extends Members, V, I, const N extends string, C extends Codec>(
  head: Struct<M, V, I>,
  tailName: N,
  tail: C,
): Tailed<Flat<StructValue<M> & { [K in N]: TailValue<C> }>, Flat<StructInput<M> & { [K in N]: TailInput<C> }>> => ({
  kind: "tailed",
  head,
  tailName,
  tail,
});
