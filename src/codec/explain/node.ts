/** What an explanation is made of. @module */
import { formatHex } from "../text/hex.ts";
import type { Source } from "../wire/source.ts";

/**
 * A range of bytes and what it is: plain data, ready for JSON. Each byte of what was explained is in exactly one node without `parts`; only
 * those have `hex`.
 */
export interface Explained {
  /** Of a field or member as in decoded values (`"local"`, `"[0]"`, `"#99"` for an attribute that has no name), else what it is. */
  readonly name: string;
  /** The schema's word: `"u32"`, `"ip"`, `"nest"`, `"struct ifa_cacheinfo"`. */
  readonly type: string;
  /** From the start of what was explained. */
  readonly offset: number;
  readonly length: number;
  readonly hex?: string;
  /** In words, with the unit: `"inet (2)"`, `"1500 bytes"`, `"up, running (0x41)"`. */
  readonly meaning?: string;
  /** What is wrong here. */
  readonly error?: string;
  /** In the order of the bytes, without gaps. */
  readonly parts?: readonly Explained[];
}

/** A node without parts: bytes `at…end`. */
export function leaf(
  { bytes }: Source,
  name: string,
  type: string,
  at: number,
  end: number,
  { meaning, error }: { readonly meaning?: string | undefined; readonly error?: string | undefined } = {},
): Explained {
  return {
    name,
    type,
    offset: at,
    length: end - at,
    hex: formatHex(bytes.subarray(at, end)),
    ...(meaning !== undefined && { meaning }),
    ...(error !== undefined && { error }),
  };
}

/** From the root down to the byte at `offset`. */
export function nodesAt(root: Explained, offset: number): Explained[] {
  const way: Explained[] = [];
  for (let node: Explained | undefined = root; node; ) {
    way.push(node);
    node = node.parts?.find((part) => offset >= part.offset && offset < part.offset + part.length);
  }
  return way;
}
/** What has no name in decoded values. */
const nameless = new Set(["nla_len", "nla_type", "value", "padding", "rest"]);
/** Path of fields and members through `nodes`, as decoded values have them: `"multipath[0].gateway"`. */
export const pathOf = (nodes: readonly Explained[]): string =>
  nodes
    .filter(({ name, type }) => type !== "head" && !nameless.has(name))
    .reduce((path, { name }) => (path === "" || name.startsWith("[") ? path + name : `${path}.${name}`), "");

/** All nodes without parts, in order. */
export function* leaves(node: Explained): Generator<Explained> {
  if (!node.parts) yield node;
  else for (const part of node.parts) yield* leaves(part);
}
/** All that is wrong, in order. */
export function* faults(node: Explained): Generator<Explained> {
  if (node.error !== undefined) yield node;
  for (const part of node.parts ?? []) yield* faults(part);
}
