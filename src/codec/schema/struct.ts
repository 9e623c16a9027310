/** Structs: C's fixed layouts. @module */
import type { Codec, Input, Value } from "./codec.ts";
import type { Scalar } from "./scalar.ts";

/** Bytes that are skipped: padding, and what the kernel keeps for itself. Sent as zero. */
export interface Pad {
  readonly kind: "pad";
  readonly size: number;
}
export const pad = /* @__PURE__ */ (size: number): Pad => ({ kind: "pad", size });

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

/** `T x[n]`: a fixed number of scalars. */
export interface List<V = unknown> extends Codec<V[]> {
  readonly kind: "list";
  readonly item: Scalar;
  readonly count: number;
}
export const list = /* @__PURE__ */ <V extends number | bigint>(item: Scalar<V>, count: number): List<V> => ({
  kind: "list",
  item,
  count,
});

/** A member that older kernels do not send: the struct ends before it there. */
export interface Opt<V = unknown, M = unknown> extends Codec<V | undefined> {
  readonly kind: "opt";
  readonly item: Member;
  /** What the declaration said, for types that follow from it. */
  readonly [optional]?: M;
}
export declare const optional: unique symbol;
export const opt = /* @__PURE__ */ <M extends Member>(item: M): Opt<Value<M>, M> => ({ kind: "opt", item });

export type Member = Scalar | Fixed | List | Struct;
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

/**
 * A struct that a payload of variable length follows, such as RTA_VIA: the payload's value stands under `tailName`. A payload that is a
 * select goes by a member of the struct (ematches: `tailed(tcfEmatchHdr, "data", select("kind", { 1: … }, bytes))`).
 */
export interface Tailed<V = unknown, I = unknown> extends Codec<V, I> {
  readonly kind: "tailed";
  readonly head: Struct;
  readonly tailName: string;
  readonly tail: Codec;
}
export const tailed = /* @__PURE__ */ <M extends Members, V, I, const N extends string, C extends Codec>(
  head: Struct<M, V, I>,
  tailName: N,
  tail: C,
): Tailed<Flat<StructValue<M> & { [K in N]: Value<C> }>, Flat<StructInput<M> & { [K in N]: Input<C> }>> => ({
  kind: "tailed",
  head,
  tailName,
  tail,
});
