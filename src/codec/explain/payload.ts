/** Attribute sets and payloads: the interpreter's walk, told byte by byte. @module */
import type { ArrayOf, Attrs, Indexed, Multi, Numbered, OrFlag, Records, Select, View } from "../schema/attrs.ts";
import { constantOf } from "../schema/c-name.ts";
import type { Codec } from "../schema/codec.ts";
import { counter, extent, layout } from "../schema/layout.ts";
import { scalarAccess, structOf } from "../schema/members.ts";
import { leafOf, seek } from "../schema/payload.ts";
import { caseOf, MAX_DEPTH, nestedFlag, type Obj, unwrap } from "../schema/program.ts";
import { isScalar } from "../schema/scalar.ts";
import type { Struct, Tailed } from "../schema/struct.ts";
import { align4, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_HDRLEN, NLA_TYPE_MASK } from "../wire/align.ts";
import { guess, payloadMeaning } from "./meaning.ts";
import { explainFixed, explainMembers, typeOfStruct, type Walk } from "./members.ts";
import { type Explained, leaf } from "./node.ts";

/** Value of a sibling attribute or of a member of the head, as a select looks it up. */
type Sibling = (name: string) => unknown;
const none: Sibling = () => undefined;

/** A payload: of `parts`, which are all of it, or of one piece. */
interface Payload {
  readonly type: string;
  readonly meaning?: string | undefined;
  readonly error?: string | undefined;
  readonly parts?: readonly Explained[];
  /** Of a nest with a schema. */
  readonly set?: Attrs;
}
interface Meant {
  readonly name: string;
  readonly constant?: string | undefined;
  readonly codec?: Codec | undefined;
}

const sets = new WeakMap<Explained, Attrs>();
/** The set that an attribute's node is a nest of. */
export const setOf = (node: Explained): Attrs | undefined => sets.get(node);

/** Head, body and attributes of a set in bytes `at…end`. */
export function explainSet(walk: Walk, set: Attrs, at: number, end: number, depth = 0): Explained[] {
  const { src, little } = walk;
  const { head, body } = set;
  const parts: Explained[] = [];
  let o = at;
  if (head) {
    o = Math.min(end, at + head.size);
    parts.push(explainHead(walk, head, at, o));
    if (o < at + head.size) return parts;
  }
  const values: Obj = head ? structOf(head, little).into(src, at, head.size, {}) : {};
  const counted = body !== undefined && head ? counter(head) : undefined;
  if (body !== undefined && counted) {
    const n = scalarAccess(counted.scalar.kind, little).get(src.view, at + counted.at) as number;
    const error = n > end - o ? `${n} bytes do not fit in ${end - o}` : undefined;
    const stop = Math.min(end, o + n);
    if (stop > o) parts.push(leaf(src, body, "bytes", o, stop, { error }));
    const next = Math.min(end, o + align4(n));
    if (next > stop) parts.push(leaf(src, "padding", "pad", stop, next));
    o = next;
  }
  const first = o;
  const sibling: Sibling = (name) => seek(set, name, src, first, end, little) ?? values[name];
  parts.push(...explainAttributes(walk, o, end, depth, sibling, (wire) => fieldOf(set, wire)));
  return parts;
}

/** The fixed struct before attributes, as far as there are bytes. */
export function explainHead(walk: Walk, head: Struct, at: number, end: number, whole = true): Explained {
  const missing = whole && end - at < head.size;
  return {
    name: head.name || "header",
    type: "head",
    offset: at,
    length: end - at,
    ...(missing && { error: `${head.size} bytes do not fit in ${end - at}` }),
    parts: explainMembers(walk, head, at, end),
  };
}

function fieldOf(set: Attrs, wire: number): Meant {
  const type = wire & NLA_TYPE_MASK;
  const all = Object.entries(set.fields).filter(([, [number]]) => number === type);
  // Of two with one number, NLA_F_NESTED tells which it is.
  const found = all.find(([, [, codec]]) => nestedFlag(codec) === (wire & NLA_F_NESTED)) ?? all[0];
  if (!found) return { name: `#${type}` };
  const [name, [, codec]] = found;
  return { name, constant: constantOf(set, name), codec };
}

/** Attributes back to back in bytes `at…end`; `meantBy` knows them by their types. */
function explainAttributes(
  walk: Walk,
  at: number,
  end: number,
  depth: number,
  sibling: Sibling,
  meantBy: (wire: number, index: number) => Meant,
): Explained[] {
  const { src, little } = walk;
  const parts: Explained[] = [];
  for (let o = at, i = 0; o < end; i++) {
    if (o + NLA_HDRLEN > end) {
      parts.push(leaf(src, "rest", "pad", o, end));
      break;
    }
    const length = src.view.getUint16(o, little);
    const wire = src.view.getUint16(o + 2, little);
    const fits = length >= NLA_HDRLEN && o + length <= end;
    const error = fits ? undefined : `an attribute of ${length} bytes does not fit in ${end - o}`;
    const { name, constant, codec } = meantBy(wire, i);
    const from = o + NLA_HDRLEN;
    const to = fits ? o + length : end;
    const next = fits ? Math.min(end, o + align4(length)) : end;
    const payload: Payload = !fits
      ? { type: "bytes", error }
      : codec
        ? explainPayload(walk, name, codec, from, to, depth, sibling)
        : explainUnknown(walk, wire, from, to, depth);
    const inner = payload.parts ?? (to > from ? [leaf(src, "value", payload.type, from, to, payload)] : []);
    const node: Explained = {
      name,
      type: payload.type,
      offset: o,
      length: next - o,
      ...(payload.meaning !== undefined && { meaning: payload.meaning }),
      // Of one piece, that one says it.
      ...(payload.error !== undefined && (payload.parts || inner.length === 0) && { error: payload.error }),
      parts: [
        leaf(src, "nla_len", "u16", o, o + 2, { meaning: `${length} bytes` }),
        leaf(src, "nla_type", "u16", o + 2, from, { meaning: typeMeaning(wire, constant) }),
        ...inner,
        ...(next > to ? [leaf(src, "padding", "pad", to, next)] : []),
      ],
    };
    if (payload.set) sets.set(node, payload.set);
    parts.push(node);
    o = next;
  }
  return parts;
}
function typeMeaning(wire: number, constant: string | undefined): string {
  const number = wire & NLA_TYPE_MASK;
  const words = [constant === undefined ? String(number) : `${constant} (${number})`];
  if (wire & NLA_F_NESTED) words.push("nested");
  if (wire & NLA_F_NET_BYTEORDER) words.push("big endian");
  return words.join(", ");
}

/** An attribute that no schema knows: a nest, if it says so and holds together. */
function explainUnknown(walk: Walk, wire: number, at: number, end: number, depth: number): Payload {
  const { src, little } = walk;
  if (wire & NLA_F_NESTED && depth < MAX_DEPTH && holdsTogether(walk, at, end)) {
    const meantBy = (type: number): Meant => ({ name: `#${type & NLA_TYPE_MASK}` });
    return { type: "nest", parts: explainAttributes(walk, at, end, depth + 1, none, meantBy) };
  }
  return { type: "unknown", meaning: guess(src.bytes, src.view, at, end, little) };
}
function holdsTogether({ src, little }: Walk, at: number, end: number): boolean {
  let o = at;
  while (o + NLA_HDRLEN <= end) {
    const length = src.view.getUint16(o, little);
    if (length < NLA_HDRLEN || o + length > end) return false;
    o += align4(length);
  }
  return o >= end;
}

const noSet: Attrs = { kind: "attrs", name: "", c: "", fields: {} };
const unreached = () => {
  throw new Error("explain: a payload without parts has none");
};

/** What a codec makes of bytes `at…end`. */
function explainPayload(
  walk: Walk,
  name: string,
  wrapped: Codec,
  at: number,
  end: number,
  depth: number,
  sibling: Sibling,
): Payload {
  const { src, little } = walk;
  const { codec } = unwrap(wrapped);
  const n = end - at;
  const odd = (type: string, expected: string): Payload => ({ type, error: `${n} bytes where there are ${expected}` });
  if (isScalar(codec)) {
    const { size } = extent(codec);
    if (n !== size) return odd(codec.kind, String(size));
    const { meaning } = explainFixed(walk, name, codec, at);
    return { type: codec.kind, meaning };
  }
  switch (codec.kind) {
    case "attrs": {
      const set = codec as Attrs;
      const size = set.head?.size ?? 0;
      if (n < size) return odd("nest", `${size} or more`);
      if (depth >= MAX_DEPTH) return { type: "nest", error: `nested deeper than ${MAX_DEPTH} levels` };
      return { type: "nest", set, parts: explainSet(walk, set, at, end, depth + 1) };
    }
    case "indexed": {
      const { item } = codec as Indexed;
      const meantBy = (_wire: number, i: number): Meant => ({ name: `[${i}]`, codec: item });
      return { type: "list", parts: explainAttributes(walk, at, end, depth, none, meantBy) };
    }
    case "numbered": {
      const { item } = codec as Numbered;
      const meantBy = (wire: number): Meant => ({ name: `[${wire & NLA_TYPE_MASK}]`, codec: item });
      return { type: "table", parts: explainAttributes(walk, at, end, depth, none, meantBy) };
    }
    case "records":
      return { type: "records", parts: explainRecords(walk, (codec as Records).item, at, end, depth) };
    case "select": {
      const form = caseOf(codec as Select, sibling((codec as Select).by));
      return form ? explainPayload(walk, name, form, at, end, depth, sibling) : { type: "unknown" };
    }
    case "multi":
      return explainPayload(walk, name, (codec as Multi).item, at, end, depth, sibling);
    case "struct":
    case "view": {
      const struct = codec.kind === "view" ? (codec as View).item : (codec as Struct);
      const parts = explainMembers(walk, struct, at, end);
      if (n >= struct.size || layout(struct).sizes.includes(n)) return { type: typeOfStruct(struct), parts };
      return { ...odd(typeOfStruct(struct), String(struct.size)), parts };
    }
    case "tailed":
      return explainTailed(walk, codec as Tailed, at, end, depth);
    case "array": {
      const { item } = codec as ArrayOf;
      const { size } = extent(item);
      if (n % size !== 0) return odd("array", `a multiple of ${size}`);
      const parts = Array.from({ length: n / size }, (_, i) => explainFixed(walk, `[${i}]`, item, at + i * size));
      return { type: "array", parts };
    }
    case "orFlag":
      if (n === 0) return { type: "flag", meaning: "yes" };
      return explainPayload(walk, name, (codec as OrFlag).item, at, end, depth, sibling);
    default: {
      const read = leafOf(codec, { set: noSet, little, resolve: unreached }).read;
      const value = read(src, at, n, { src, parent: {}, depth, next: end, end });
      if (value === undefined) return { type: codec.kind, error: `${n} bytes that are no ${codec.kind}` };
      return { type: codec.kind, meaning: payloadMeaning(value, codec.kind) };
    }
  }
}

function explainRecords(walk: Walk, item: Attrs, at: number, end: number, depth: number): Explained[] {
  const { src, little } = walk;
  const size = item.head?.size ?? 0;
  const parts: Explained[] = [];
  for (let o = at, i = 0; o < end; i++) {
    const length = o + 2 <= end ? src.view.getUint16(o, little) : 0;
    if (length < size || o + length > end || depth >= MAX_DEPTH) {
      const error = `a record of ${length} bytes does not fit in ${end - o}`;
      parts.push(leaf(src, `[${i}]`, "bytes", o, end, { error }));
      break;
    }
    const next = Math.min(end, o + align4(length));
    parts.push({
      name: `[${i}]`,
      type: "record",
      offset: o,
      length: next - o,
      parts: [
        ...explainSet(walk, item, o, o + length, depth + 1),
        ...(next > o + length ? [leaf(src, "padding", "pad", o + length, next)] : []),
      ],
    });
    o = next;
  }
  return parts;
}

function explainTailed(walk: Walk, { head, tailName, tail }: Tailed, at: number, end: number, depth: number): Payload {
  const { src, little } = walk;
  const type = typeOfStruct(head);
  if (end - at < head.size) {
    const error = `${end - at} bytes where there are ${head.size} or more`;
    return { type, error, parts: explainMembers(walk, head, at, end) };
  }
  const from = at + head.size;
  const values: Obj = structOf(head, little).into(src, at, head.size, {});
  const counted = counter(head);
  const unit = tail.kind === "array" ? extent((tail as ArrayOf).item).size : 1;
  const told = counted && (scalarAccess(counted.scalar.kind, little).get(src.view, at + counted.at) as number) * unit;
  const error =
    told === undefined || told === end - from ? undefined : `${told} bytes are told of, there are ${end - from}`;
  const payload = explainPayload(walk, tailName, tail, from, end, depth, (by) => values[by]);
  const last: Explained | undefined = payload.parts
    ? {
        name: tailName,
        type: payload.type,
        offset: from,
        length: end - from,
        ...(payload.error !== undefined && { error: payload.error }),
        parts: payload.parts,
      }
    : end > from
      ? leaf(src, tailName, payload.type, from, end, payload)
      : undefined;
  return { type, error, parts: [...explainMembers(walk, head, at, from), ...(last ? [last] : [])] };
}
