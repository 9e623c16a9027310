/** Leaves and attribute sets: the words of which every message is made. @module */
import type { Codec, Input, Value } from "./codec.ts";
import type { Scalar } from "./scalar.ts";
import type { Fixed, Flat, Members, Struct, StructInput, StructValue } from "./struct.ts";

// ---- leaves: the payload of one attribute -----------------------------------------------------------------------------
export interface Leaf<K extends string, V> extends Codec<V> {
  readonly kind: K;
}
/** No payload: the attribute's presence says it (NLA_FLAG). */
export const flag: Leaf<"flag", true> = { kind: "flag" };
/** Text with a NUL at the end (NLA_NUL_STRING). Accepted without one, and then written back without. */
export const string: Leaf<"string", string> = { kind: "string" };
/** Text without a NUL, as some drivers send names (IFLA_PHYS_PORT_NAME). Accepted with one, and then written back with. */
export const text: Leaf<"text", string> = { kind: "text" };
/** Anything: a copy of the bytes. */
export const bytes: Leaf<"bytes", Uint8Array> = { kind: "bytes" };
/** An IPv4 or IPv6 address by its length, as text. */
export const ip: Leaf<"ip", string> = { kind: "ip" };
export const ipv4: Leaf<"ipv4", string> = { kind: "ipv4" };
export const ipv6: Leaf<"ipv6", string> = { kind: "ipv6" };
/** A link-layer address of any length as `"02:00:00:00:00:01"`. */
export const mac: Leaf<"mac", string> = { kind: "mac" };
/** An unsigned integer of 4 or, where it does not fit, 8 bytes (nla_put_uint). */
export const uint: Leaf<"uint", bigint> = { kind: "uint" };
/** A signed integer of 4 or, where it does not fit, 8 bytes (nla_put_sint). */
export const sint: Leaf<"sint", bigint> = { kind: "sint" };

/** A word around another: keeps its type for what follows from it. */
export interface Wrapper<C> {
  readonly [inner]?: C;
}
export declare const inner: unique symbol;

export interface ArrayOf<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V[], I[]> {
  readonly kind: "array";
  readonly item: Scalar | Fixed | Struct;
}
/** A C array of scalars, addresses (`array(in6Addr)`) or structs that fills the payload. */
export const array = /* @__PURE__ */ <S extends Scalar | Fixed | Struct>(item: S): ArrayOf<Value<S>, Input<S>, S> => ({
  kind: "array",
  item,
});

export interface OrFlag<V = unknown, C = unknown> extends Wrapper<C>, Codec<V | true> {
  readonly kind: "orFlag";
  readonly item: Scalar;
}
/** A scalar that may be left out of its attribute, which is a flag then: `true`. The kernel reports IFLA_VXLAN_TTL_INHERIT as a byte, and takes it empty. */
export const orFlag = /* @__PURE__ */ <S extends Scalar>(item: S): OrFlag<Value<S>, S> => ({ kind: "orFlag", item });

// ---- attribute sets ---------------------------------------------------------------------------------------------------
/** An attribute as found on the wire; `type` keeps NLA_F_NESTED and NLA_F_NET_BYTEORDER. `data` is a copy. */
export interface RawAttr {
  readonly type: number;
  readonly data: Uint8Array;
}

/** `name: [number, codec]`, and the C constant's suffix where it is not the name in upper snake case. */
export type Field = readonly [type: number, codec: Codec, c?: string];
export type Fields = { readonly [name: string]: Field };

type Rest = { unknown?: readonly RawAttr[] };
type SelectKeys<F> = {
  [K in keyof F]: F[K] extends readonly [number, Select<string, infer _>, ...unknown[]] ? K : never;
}[keyof F];
/** Selects by the name of a sibling attribute discriminate the union; those by a number give the union of their cases. */
type Discriminating<F> = {
  [K in keyof F]: F[K] extends readonly [number, Select<infer By, infer M>, ...unknown[]]
    ? keyof M extends number
      ? never
      : By extends keyof F
        ? K
        : never
    : never;
}[keyof F];
type Discriminator<F, K> = K extends keyof F
  ? F[K] extends readonly [number, Select<infer By, infer _>, ...unknown[]]
    ? By
    : never
  : never;
type CaseValue<M> = { [T in keyof M]: Value<M[T]> }[keyof M];
type CaseInput<M> = { [T in keyof M]: Input<M[T]> }[keyof M];
type PlainValue<F> = {
  -readonly [K in Exclude<keyof F, SelectKeys<F> | Discriminator<F, Discriminating<F>>>]?: F[K] extends Field
    ? Value<F[K][1]>
    : never;
} & {
  -readonly [K in Exclude<SelectKeys<F>, Discriminating<F>>]?: F[K] extends readonly [
    number,
    Select<string, infer M>,
    ...unknown[],
  ]
    ? CaseValue<M>
    : never;
};
type PlainInput<F> = {
  -readonly [K in Exclude<keyof F, SelectKeys<F> | Discriminator<F, Discriminating<F>>>]?: F[K] extends Field
    ? Input<F[K][1]>
    : never;
} & {
  -readonly [K in Exclude<SelectKeys<F>, Discriminating<F>>]?: F[K] extends readonly [
    number,
    Select<string, infer M>,
    ...unknown[],
  ]
    ? CaseInput<M>
    : never;
};
type VariantsValue<K extends PropertyKey, By extends string, M> =
  | { [T in keyof M]: { [P in By]: T } & { [P in K]?: Value<M[T]> } }[keyof M]
  | ({ [P in By]?: string } & { [P in K]?: undefined });
type VariantsInput<K extends PropertyKey, By extends string, M> =
  | { [T in keyof M]: { [P in By]: T } & { [P in K]?: Input<M[T]> } }[keyof M]
  | ({ [P in By]?: string } & { [P in K]?: undefined });
type Intersect<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;
type SelectedValue<F> = Intersect<
  {
    [K in Discriminating<F>]: F[K] extends readonly [number, Select<infer By, infer M>, ...unknown[]]
      ? { box: VariantsValue<K, By, M> }
      : never;
  }[Discriminating<F>]
>;
type SelectedInput<F> = Intersect<
  {
    [K in Discriminating<F>]: F[K] extends readonly [number, Select<infer By, infer M>, ...unknown[]]
      ? { box: VariantsInput<K, By, M> }
      : never;
  }[Discriminating<F>]
>;
type Unbox<T> = T extends { box: infer X } ? X : unknown;
export type AttrsValue<F> = [Discriminating<F>] extends [never]
  ? PlainValue<F> & Rest
  : PlainValue<F> & Unbox<SelectedValue<F>> & Rest;
export type AttrsInput<F> = [Discriminating<F>] extends [never]
  ? PlainInput<F> & Rest
  : PlainInput<F> & Unbox<SelectedInput<F>> & Rest;

export interface Attrs<V = unknown, I = V, F = Fields, H = Members> extends Codec<V, I> {
  readonly kind: "attrs";
  /** Root of the paths in errors. */
  readonly name: string;
  /** Prefix of the C constants: `"IFLA_"`. */
  readonly c: string;
  /** The fixed struct before the attributes. */
  readonly head?: Struct;
  /** Name of the raw bytes between head and attributes, whose number a member of the head says (`count`). */
  readonly body?: string;
  readonly fields: Fields;
  /** Made by `pick`: what is not chosen is stepped over, and nothing can be encoded. */
  readonly partial?: readonly string[];
  /** What the declaration said, for types that follow from it. */
  readonly [declared]?: { readonly fields: F; readonly head: H };
}
export declare const declared: unique symbol;
/** The fields and head members that a set was declared with. */
export type FieldsOf<A> = A extends Attrs<unknown, unknown, infer F, unknown> ? F : never;
export type HeadOf<A> = A extends Attrs<unknown, unknown, unknown, infer H> ? H : never;
/**
 * A set of attributes, optionally after a fixed struct:
 * `attrs("link", { c: "IFLA_", head: ifinfomsg }, { ifname: [3, string], … })`.
 * Two fields may have one number if one of them is a nest and the other is not: NLA_F_NESTED tells them apart on the wire (IFLA_INET_CONF, an array
 * from the kernel and a nest to it).
 * Declare the fields in the order in which the kernel emits them: encoding follows it. A message in another order or with
 * other flags decodes all the same, and remembers its form (see wire-form.ts). What the schema cannot reproduce
 * (an undeclared type, a repeated one, an odd length) is kept in `unknown`.
 */
export function attrs<const F extends Fields>(
  name: string,
  facts: { readonly c: string },
  fields: F,
): Attrs<Flat<AttrsValue<F>>, Flat<AttrsInput<F>>, F, {}>;
export function attrs<M extends Members, V, I, const F extends Fields, const B extends string = never>(
  name: string,
  facts: { readonly c: string; readonly head: Struct<M, V, I>; readonly body?: B },
  fields: F,
): Attrs<
  Flat<StructValue<M> & { [K in B]: Uint8Array } & AttrsValue<F>>,
  Flat<StructInput<M> & { [K in B]?: Uint8Array } & AttrsInput<F>>,
  F,
  M
>;
// @__NO_SIDE_EFFECTS__
export function attrs(
  name: string,
  facts: { readonly c: string; readonly head?: Struct; readonly body?: string },
  fields: Fields,
): Attrs {
  return { kind: "attrs", name, ...facts, fields };
}

export interface Bare<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V, I> {
  readonly kind: "bare";
  readonly item: Attrs | Indexed | Numbered | Lazy;
}
/** A nest sent without NLA_F_NESTED, as the kernel's older code does. */
export const bare = /* @__PURE__ */ <C extends Attrs | Indexed | Numbered | Lazy>(
  item: C,
): Bare<Value<C>, Input<C>, C> => ({
  kind: "bare",
  item,
});

export interface Multi<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V[], I[]> {
  readonly kind: "multi";
  readonly item: Codec;
}
/** An attribute that may repeat: an array of its values. */
export const multi = /* @__PURE__ */ <C extends Codec>(item: C): Multi<Value<C>, Input<C>, C> => ({
  kind: "multi",
  item,
});

export interface Indexed<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V[], I[]> {
  readonly kind: "indexed";
  readonly item: Codec;
  readonly base: number;
}
/** A nest whose attribute types count the items from `base`. Their places are their order: other numbers are remembered, and not part of the value. */
export const indexed = /* @__PURE__ */ <C extends Codec>(item: C, base: 0 | 1 = 1): Indexed<Value<C>, Input<C>, C> => ({
  kind: "indexed",
  item,
  base,
});

export interface Numbered<V = unknown, I = V, C = unknown>
  extends Wrapper<C>,
    Codec<{ [number: number]: V }, { readonly [number: number]: I }> {
  readonly kind: "numbered";
  readonly item: Codec;
}
/** A nest whose attribute types are numbers of the items' own, with holes: `{ 3: …, 17: … }`. One with a number twice stays raw. */
export const numbered = /* @__PURE__ */ <C extends Codec>(item: C): Numbered<Value<C>, Input<C>, C> => ({
  kind: "numbered",
  item,
});

export interface Records<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V[], I[]> {
  readonly kind: "records";
  readonly item: Attrs;
}
/** Attribute sets back to back, each with its own u16 length in the first two bytes of its head (declare them `pad(2)`), as in RTA_MULTIPATH. */
export const records = /* @__PURE__ */ <C extends Attrs>(item: C): Records<Value<C>, Input<C>, C> => ({
  kind: "records",
  item,
});

export interface Select<By extends string = string, M = { readonly [key: string]: Codec }> extends Codec {
  readonly kind: "select";
  readonly by: By;
  readonly cases: M;
  readonly otherwise?: Codec;
}
/**
 * A payload whose form is named by the sibling `by`, an attribute or a member of the head, wherever it stands. The cases are
 * strings (IFLA_INFO_KIND) or numbers (a family). Without a case for it, `otherwise`, or the attribute stays raw. Each case is a nest, a bare one or
 * no nest by itself.
 */
export const select = /* @__PURE__ */ <
  const By extends string,
  const M extends { readonly [key: string]: Codec },
  C extends Codec = never,
>(
  by: By,
  cases: M,
  otherwise?: C,
): Select<By, [C] extends [never] ? M : M & { readonly "*": C }> =>
  (otherwise === undefined ? { kind: "select", by, cases } : { kind: "select", by, cases, otherwise }) as never;

export interface Lazy<V = unknown, I = V> extends Codec<V, I> {
  readonly kind: "lazy";
  readonly of: () => Attrs<V, I>;
}
/** A set that contains itself. Nesting is bounded at 32 levels; what is deeper stays raw. */
export const lazy = /* @__PURE__ */ <V, I = V>(of: () => Attrs<V, I>): Lazy<V, I> => ({ kind: "lazy", of });

export interface View<V = unknown, I = V, C = unknown> extends Wrapper<C>, Codec<V, I> {
  readonly kind: "view";
  readonly item: Struct;
}
/**
 * The same set with the structs of some fields decoded member by member, when they are looked at: the fast path for dumps of giant structs
 * such as tcp_info. Their values are objects with getters rather than plain ones (`toJSON` makes them plain), and keep the datagram that they came in.
 */
export function lazily<V, I, F, H>(set: Attrs<V, I, F, H>, ...names: (keyof F & string)[]): Attrs<V, I, F, H> {
  const fields: { [name: string]: Field } = { ...set.fields };
  for (const name of names) {
    const [type, codec, c] = fields[name] ?? [];
    if (codec?.kind !== "struct") throw new TypeError(`lazily: ${set.name}.${name} is no struct`);
    const view: View = { kind: "view", item: codec as Struct };
    fields[name] = c === undefined ? [type!, view] : [type!, view, c];
  }
  return { ...set, fields };
}

/**
 * The same set restricted to some fields and head members: the fast path for giant dumps. The others are stepped over.
 * Decodes only. A select needs the attribute it goes by.
 */
export function pick<V, const K extends keyof V & string>(
  set: Attrs<V, unknown>,
  ...keys: K[]
): Attrs<Flat<Pick<V, K>>, never> {
  const chosen: readonly string[] = keys;
  const fields = Object.fromEntries(Object.entries(set.fields).filter(([name]) => chosen.includes(name)));
  for (const name of chosen) {
    if (fields[name] === undefined && set.head?.members[name] === undefined && name !== set.body)
      throw new TypeError(`pick: ${set.name} has no field ${name}`);
    const codec = fields[name]?.[1] as Partial<Select> | undefined;
    if (codec?.kind === "select" && set.fields[codec.by!] && !chosen.includes(codec.by!))
      throw new TypeError(`pick: ${set.name}.${name} needs ${codec.by} too`);
  }
  return { ...(set as Attrs<never, never>), partial: keys, fields };
}
