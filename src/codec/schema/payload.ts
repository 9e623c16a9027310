/** Payloads of attributes as the interpreter reads and writes them. @module */
import { NLA_F_NESTED, NLA_TYPE_MASK } from "../wire/align.ts";
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "../wire/ip.ts";
import { parseMac, readMac } from "../wire/mac.ts";
import type { Source } from "../wire/source.ts";
import { utf8 } from "../wire/string.ts";
import type { Writer } from "../wire/writer.ts";
import type { ArrayOf, Attrs, Indexed, Numbered, OrFlag, Records, Select, View } from "./attrs.ts";
import type { Codec } from "./codec.ts";
import { counter, extent, layout } from "./layout.ts";
import { accessOf, checked, scalarAccess, structOf } from "./members.ts";
import {
  below,
  caseOf,
  expectArray,
  expectBytes,
  expectObject,
  expectText,
  fail,
  MAX_DEPTH,
  type Obj,
  type Program,
  type Resolve,
  show,
  unwrap,
} from "./program.ts";
import { isScalar, SCALARS, type Scalar } from "./scalar.ts";
import type { Struct, Tailed } from "./struct.ts";
import { viewMaker } from "./view.ts";
import { attributeText, NUL_FLIPPED, note, type Text, textFlipped, wireForm } from "./wire-form.ts";

/** Where an attribute stands: what its payload may look at beside itself. */
export interface Place {
  readonly src: Source;
  readonly parent: Obj;
  readonly depth: number;
  /** The rest of the set, for a sibling that comes later. */
  readonly next: number;
  readonly end: number;
}
/** How a payload is written. */
export interface Manner {
  readonly depth: number;
  /** As the schema says, whatever form is remembered of the value: see wire-form.ts. */
  readonly canonical: boolean;
  /** Text without the NUL it should have, or with the one it should not. */
  readonly flipped: boolean;
}
/** One form of payload. */
export interface Leaf {
  /** The payload's value, or undefined if it could not be written back to the same bytes: it stays raw then. */
  read(src: Source, at: number, n: number, place: Place): unknown;
  put(w: Writer, value: unknown, parent: Obj, manner: Manner): void;
  /** NLA_F_NESTED where it belongs to the type, else 0. */
  readonly nested: number;
  readonly text?: Text | undefined;
  /** Of a set, or of a struct that is always of one length: what decodes payloads of `least` to `most` bytes, without a place. */
  readonly whole?: { readonly program: Program; readonly least: number; readonly most: number } | undefined;
  /** Of a select: the leaf of the case that a place or its parent says. `nested` and `text` are that one's. */
  readonly among?: Choice;
}
export interface Choice {
  reading(place: Place): Leaf | undefined;
  /** @throws {CodecError} there is none */
  writing(parent: Obj): Leaf;
  /** The one that `parent` says, if any. */
  of(parent: Obj): Leaf | undefined;
  /** The one for a value of the sibling. */
  at(by: unknown): Leaf | undefined;
}

/** What payloads of a set are made of: the leaf looks at its siblings, and nests are resolved. */
export interface Context {
  readonly set: Attrs;
  readonly little: boolean;
  readonly resolve: Resolve;
  /** The missing or surplus NUL of a text cannot be remembered: it stays raw. */
  readonly strict?: boolean;
}

const plain = (read: Leaf["read"], put: Leaf["put"]): Leaf => ({ read, put, nested: 0 });

/** The payload of an attribute of `context.set`. */
export function leafOf(wrapped: Codec, context: Context): Leaf {
  const { set, little, resolve } = context;
  const { codec, bare } = unwrap(wrapped);
  const nested = bare ? 0 : NLA_F_NESTED;
  if (isScalar(codec)) return scalarLeaf(codec, little);
  switch (codec.kind) {
    case "attrs": {
      const inner = codec as Attrs;
      const size = inner.head?.size ?? 0;
      let sub: Program | undefined;
      return {
        read: (src, at, n, { depth }) =>
          n < size || depth >= MAX_DEPTH ? undefined : (sub ??= resolve(inner)).decode(src, at, at + n, depth + 1),
        put: (w, value, _parent, { depth, canonical }) =>
          (sub ??= resolve(inner)).encode(w, expectObject(value, ""), depth + 1, canonical),
        nested,
        get whole() {
          return { program: (sub ??= resolve(inner)), least: size, most: Number.MAX_SAFE_INTEGER };
        },
      };
    }
    case "struct": {
      const struct = codec as Struct;
      const leaf = payloadLeaf(codec, little, false);
      if (layout(struct).sizes.length > 1) return leaf;
      // A set of nothing but this head: it is compiled like all sets.
      const alone: Attrs = { kind: "attrs", name: struct.name, c: "", head: struct, fields: {} };
      return {
        ...leaf,
        get whole() {
          return { program: resolve(alone), least: struct.size, most: struct.size };
        },
      };
    }
    case "indexed":
      return { ...indexedLeaf(codec as Indexed, context), nested };
    case "numbered":
      return { ...numberedLeaf(codec as Numbered, context), nested };
    case "records":
      return recordsLeaf(codec as Records, context);
    case "select":
      return selectLeaf(codec as Select, context);
    case "tailed":
      return tailedLeaf(codec as Tailed, context);
    case "multi":
      throw new Error(`${set.name}: multi stands only at a field`);
    default:
      return payloadLeaf(codec, little, context.strict ?? false);
  }
}

// ---- payloads made of others ----------------------------------------------------------------------------------------------

/**
 * Reads the attributes of a nest that all have one form; `add` takes each with its type, and refuses it by `false`. Undefined if the nest must
 * stay raw, else whether it has the canonical form but for the numbers in the types.
 */
function readItems(
  leaf: Leaf,
  little: boolean,
  at: number,
  place: Place,
  add: (type: number, value: unknown) => boolean,
): { readonly canonical: boolean } | undefined {
  const { src, end } = place;
  let canonical = true;
  let o = at;
  for (let i = 0; o + 4 <= end; i++) {
    const len = src.view.getUint16(o, little);
    const type = src.view.getUint16(o + 2, little);
    if (len < 4 || o + len > end) fail(`[${i}]`, o, `an attribute of ${len} bytes does not fit in ${end - o}`);
    let y: unknown;
    try {
      y = leaf.read(src, o + 4, len - 4, place);
    } catch (e) {
      throw below(`[${i}]`, e);
    }
    if (y === undefined || !add(type & NLA_TYPE_MASK, y)) return undefined;
    canonical &&= (type & ~NLA_TYPE_MASK) === leaf.nested;
    if (leaf.text) canonical &&= !textFlipped(leaf.text, src.bytes, o + 4, o + len);
    o += (len + 3) & ~3;
  }
  return { canonical: canonical && o >= end };
}
const inNest = (src: Source, end: number, { depth }: Place): Place => ({ src, parent: {}, depth, next: end, end });

function indexedLeaf({ item, base }: Indexed, context: Context): Pick<Leaf, "read" | "put"> {
  const { little } = context;
  const leaf = leafOf(item, context);
  return {
    read(src, at, n, place) {
      const items: unknown[] = [];
      let counted = true;
      const found = readItems(leaf, little, at, inNest(src, at + n, place), (type, y) => {
        counted &&= type === ((items.length + base) & NLA_TYPE_MASK);
        return items.push(y) > 0;
      });
      if (!found) return undefined;
      if (!found.canonical || !counted) note(items, src, at, at + n, little, () => leaf.text, undefined);
      return items;
    },
    put(w, value, _parent, manner) {
      const items = expectArray(value, "");
      const form = manner.canonical ? undefined : wireForm(items as unknown[]);
      items.forEach((item, i) => {
        putItem(w, leaf, i + base, `[${i}]`, item, form?.entries[i], manner);
      });
      if (form?.tail) w.append(form.tail);
    },
  };
}

function numberedLeaf({ item }: Numbered, context: Context): Pick<Leaf, "read" | "put"> {
  const { little } = context;
  const leaf = leafOf(item, context);
  return {
    read(src, at, n, place) {
      const items: { [number: number]: unknown } = {};
      let last = -1;
      let ordered = true;
      const found = readItems(leaf, little, at, inNest(src, at + n, place), (type, y) => {
        if (items[type] !== undefined) return false;
        items[type] = y;
        ordered &&= type > last;
        last = type;
        return true;
      });
      if (!found) return undefined;
      if (!found.canonical || !ordered) note(items, src, at, at + n, little, () => leaf.text, undefined);
      return items;
    },
    put(w, value, _parent, manner) {
      const items = expectObject(value, "");
      const form = manner.canonical ? undefined : wireForm(items);
      const left = new Set(Object.keys(items).filter((key) => items[key] !== undefined));
      for (const key of left)
        if (!/^\d+$/.test(key) || Number(key) > NLA_TYPE_MASK)
          fail(`[${key}]`, -1, `${show(key)} is not a number from 0 to ${NLA_TYPE_MASK}`);
      for (const entry of form?.entries ?? []) {
        const key = String(entry & NLA_TYPE_MASK);
        if (left.delete(key)) putItem(w, leaf, +key, `[${key}]`, items[key], entry, manner);
      }
      for (const key of left) putItem(w, leaf, +key, `[${key}]`, items[key], undefined, manner);
      if (form?.tail) w.append(form.tail);
    },
  };
}

function putItem(
  w: Writer,
  leaf: Leaf,
  number: number,
  path: string,
  value: unknown,
  entry: number | undefined,
  { depth, canonical }: Manner,
): void {
  try {
    const at = w.open(entry === undefined ? number | leaf.nested : entry & 0xffff);
    leaf.put(w, value, {}, { depth, canonical, flipped: entry !== undefined && (entry & NUL_FLIPPED) !== 0 });
    w.close(at);
  } catch (e) {
    throw below(path, e);
  }
}

function recordsLeaf({ item }: Records, { little, resolve }: Context): Leaf {
  const size = item.head?.size ?? 0;
  if (size < 2) throw new Error(`${item.name}: records need a head that starts with their length`);
  let sub: Program | undefined;
  return plain(
    (src, at, n, { depth }) => {
      if (depth >= MAX_DEPTH) return undefined;
      const items: unknown[] = [];
      const end = at + n;
      for (let o = at; o < end; ) {
        const len = o + 2 <= end ? src.view.getUint16(o, little) : 0;
        // An odd length could not be written back the same.
        if (len < size || o + len > end || (len & 3) !== 0) return undefined;
        try {
          items.push((sub ??= resolve(item)).decode(src, o, o + len, depth + 1));
        } catch (e) {
          throw below(`[${items.length}]`, e);
        }
        o += len;
      }
      return items;
    },
    (w, value, _parent, { depth, canonical }) => {
      expectArray(value, "").forEach((x, i) => {
        const at = w.length;
        try {
          (sub ??= resolve(item)).encode(w, expectObject(x, ""), depth + 1, canonical);
        } catch (e) {
          throw below(`[${i}]`, e);
        }
        const n = w.length - at;
        if (n > 0xffff) fail(`[${i}]`, -1, `a record of ${n} bytes exceeds 65535`);
        w.view.setUint16(at, n, little);
      });
    },
  );
}

function selectLeaf(select: Select, context: Context): Leaf {
  const { set, little } = context;
  const leaves = new Map<Codec, Leaf>();
  const byValue = new Map<unknown, Leaf>();
  const leafFor = (by: unknown): Leaf | undefined => {
    const known = byValue.get(by);
    if (known !== undefined) return known;
    const codec = caseOf(select, by);
    if (codec === undefined) return undefined;
    let leaf = leaves.get(codec);
    if (leaf === undefined) {
      leaf = leafOf(codec, context);
      // Looked at once: what decodes it is made then.
      leaf = leaf.whole ? { ...leaf, whole: leaf.whole } : leaf;
      leaves.set(codec, leaf);
    }
    if (codec !== select.otherwise) byValue.set(by, leaf);
    return leaf;
  };
  const reading = (place: Place) =>
    leafFor(place.parent[select.by] ?? seek(set, select.by, place.src, place.next, place.end, little));
  const writing = (parent: Obj) =>
    leafFor(parent[select.by]) ?? fail("", -1, `there is no form for ${select.by} ${show(parent[select.by])}`);
  return {
    among: { reading, writing, of: (parent) => leafFor(parent[select.by]), at: leafFor },
    read: (src, at, n, place) => reading(place)?.read(src, at, n, place),
    put: (w, value, parent, manner) => writing(parent).put(w, value, parent, manner),
    nested: 0,
  };
}

/** Value of the sibling attribute `by` that stands in bytes `at…end`, or undefined: a scalar or a string. */
export function seek(set: Attrs, by: string, src: Source, at: number, end: number, little: boolean): unknown {
  const field = set.fields[by];
  if (field === undefined) return undefined;
  for (let o = at; o + 4 <= end; ) {
    const len = src.view.getUint16(o, little);
    if (len < 4 || o + len > end) return undefined;
    if ((src.view.getUint16(o + 2, little) & NLA_TYPE_MASK) === field[0]) {
      const { codec } = unwrap(field[1]);
      const leaf = isScalar(codec) ? scalarLeaf(codec, little) : payloadLeaf(codec, little, false);
      return leaf.read(src, o + 4, len - 4, { parent: {}, depth: 0, src, next: end, end });
    }
    o += (len + 3) & ~3;
  }
  return undefined;
}

function tailedLeaf({ head, tailName, tail }: Tailed, context: Context): Leaf {
  const { little, resolve } = context;
  const s = structOf(head, little);
  // A select looks at the head's members; a set's attributes are none of its business.
  const beside: Attrs = { kind: "attrs", name: context.set.name, c: "", fields: {} };
  const leaf = leafOf(tail, { set: beside, little, resolve, strict: true });
  const counted = counter(head);
  const count = counted && scalarAccess(counted.scalar.kind, little);
  // Of an array the items are counted, of anything else the bytes.
  const unit = tail.kind === "array" ? extent((tail as ArrayOf).item).size : 1;
  return plain(
    (src, at, n, place) => {
      const rest = n - head.size;
      if (rest < 0 || (count && (count.get(src.view, at + counted.at) as number) * unit !== rest)) return undefined;
      const value = s.into(src, at, head.size, {});
      const end = at + n;
      const y = leaf.read(src, at + head.size, rest, { src, parent: value, depth: place.depth, next: end, end });
      if (y === undefined) return undefined;
      value[tailName] = y;
      return value;
    },
    (w, value, _parent, manner) => {
      const x = expectObject(value, "");
      const at = w.length;
      s.put(w, x, true);
      try {
        leaf.put(w, x[tailName], x, { ...manner, flipped: false });
        if (!count) return;
        const n = (w.length - at - head.size) / unit;
        if (n > (SCALARS[counted.scalar.kind].max as number))
          fail("", -1, `${n} ${unit === 1 ? "bytes" : "items"} where ${SCALARS[counted.scalar.kind].max} fit`);
        count.set(w.view, at + counted.at, n);
      } catch (e) {
        throw below(tailName, e);
      }
    },
  );
}

// ---- payloads that look at nothing but themselves -----------------------------------------------------------------------

function scalarLeaf({ kind }: Scalar, little: boolean): Leaf {
  const { size } = SCALARS[kind];
  const { get, append } = scalarAccess(kind, little);
  return plain(
    (src, at, n) => (n === size ? get(src.view, at) : undefined),
    (w, value) => {
      const x = checked(kind, value);
      append(w, x);
    },
  );
}

function payloadLeaf(codec: Codec, little: boolean, strict: boolean): Leaf {
  switch (codec.kind) {
    case "flag":
      return plain(
        (_src, _at, n) => (n === 0 ? true : undefined),
        (_w, value) => {
          if (value !== true) fail("", -1, `${show(value)} is not true: leave a flag out to clear it`);
        },
      );
    case "orFlag": {
      const scalar = scalarLeaf((codec as OrFlag).item, little);
      return plain(
        (src, at, n, place) => (n === 0 ? true : scalar.read(src, at, n, place)),
        (w, value, parent, manner) => {
          if (value !== true) scalar.put(w, value, parent, manner);
        },
      );
    }
    case "string":
    case "text": {
      const text: Text = codec.kind;
      return {
        read: (src, at, n) =>
          strict && textFlipped(text, src.bytes, at, at + n) ? undefined : attributeText(src.bytes, at, at + n),
        put(w, value, _parent, { flipped }) {
          const data = utf8(expectText(value, ""));
          const nul = (text === "string") !== flipped;
          const at = w.room(data.length + (nul ? 1 : 0));
          w.bytes.set(data, at);
          if (nul) w.bytes[at + data.length] = 0;
        },
        nested: 0,
        text,
      };
    }
    case "bytes":
      return plain(
        (src, at, n) => src.bytes.slice(at, at + n),
        (w, value) => {
          const data = expectBytes(value, "");
          w.append(data);
        },
      );
    case "ip":
    case "ipv4":
    case "ipv6": {
      const v4 = codec.kind !== "ipv6";
      const v6 = codec.kind !== "ipv4";
      return plain(
        (src, at, n) =>
          n === 4 && v4 ? readIpv4(src.bytes, at) : n === 16 && v6 ? readIpv6(src.bytes, at) : undefined,
        (w, value) => putIp(w, value, v4, v6),
      );
    }
    case "mac":
      return plain(
        (src, at, n) => (n === 0 ? undefined : readMac(src.bytes, at, at + n)),
        (w, value) => {
          const data =
            (typeof value === "string" && parseMac(value)) ||
            fail("", -1, `${show(value)} is not a link-layer address`);
          w.append(data);
        },
      );
    case "uint":
    case "sint": {
      const narrow = codec.kind === "uint" ? "u32" : "s32";
      const wide = codec.kind === "uint" ? "u64" : "s64";
      const a = scalarAccess(narrow, little);
      const b = scalarAccess(wide, little);
      const { min, max } = SCALARS[narrow];
      const fits32 = (x: bigint) => x >= min && x <= max;
      return plain(
        (src, at, n) => {
          if (n === 4) return BigInt(a.get(src.view, at));
          const x = n === 8 ? (b.get(src.view, at) as bigint) : undefined;
          return x === undefined || fits32(x) ? undefined : x;
        },
        (w, value) => {
          const x = checked(wide, value) as bigint;
          if (fits32(x)) a.append(w, Number(x));
          else b.append(w, x);
        },
      );
    }
    case "array":
      return arrayLeaf(codec as ArrayOf, little);
    case "struct": {
      const s = structOf(codec as Struct, little);
      return plain(s.read, (w, value) => s.put(w, expectObject(value, "")));
    }
    case "view": {
      const { item } = codec as View;
      const s = structOf(item, little);
      return plain(viewMaker(item, little), (w, value) => s.put(w, expectObject(value, "")));
    }
    default:
      throw new Error(`"${codec.kind}" is not a payload`);
  }
}

function putIp(w: Writer, value: unknown, v4: boolean, v6: boolean): void {
  const what = v4 && v6 ? "an IP address" : v4 ? "an IPv4 address" : "an IPv6 address";
  if (typeof value === "string") {
    const wide = value.includes(":");
    if (wide ? v6 : v4) {
      const at = w.room(wide ? 16 : 4);
      if ((wide ? writeIpv6 : writeIpv4)(w.bytes, at, value)) return;
    }
  }
  fail("", -1, `${show(value)} is not ${what}`);
}

function arrayLeaf({ item }: ArrayOf, little: boolean): Leaf {
  const { size } = extent(item);
  const { get, set } = accessOf(item, little);
  return plain(
    (src, at, n) => {
      if (n % size !== 0) return undefined;
      const items: unknown[] = [];
      for (let o = at; o < at + n; o += size) items.push(get(src, o));
      return items;
    },
    (w, value) => {
      expectArray(value, "").forEach((x, i) => {
        try {
          const at = w.room(size);
          w.bytes.fill(0, at, at + size);
          set(w, at, x);
        } catch (e) {
          throw below(`[${i}]`, e);
        }
      });
    },
  );
}
