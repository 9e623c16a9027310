/** The reference engine: walks the schema for every message. It needs no code generation and says exactly what is wrong. @module */
import { NLA_F_NESTED, NLA_TYPE_MASK } from "../wire/align.ts";
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "../wire/ip.ts";
import { parseMac, readMac } from "../wire/mac.ts";
import type { Source } from "../wire/source.ts";
import { utf8 } from "../wire/string.ts";
import type { Writer } from "../wire/writer.ts";
import type { ArrayOf, Attrs, Indexed, Multi, RawAttr, Records, Select, View } from "./attrs.ts";
import type { Codec } from "./codec.ts";
import { layout } from "./layout.ts";
import {
  below, caseOf, check, expectArray, expectBytes, expectObject, expectText, fail, MAX_DEPTH, nestedFlag, type Obj, type Program, type Resolve, show, unwrap,
} from "./program.ts"; // biome-ignore format: one line
import { isScalar, SCALARS, type Scalar } from "./scalar.ts";
import type { Fixed, List, Struct, Tailed } from "./struct.ts";
import { type ViewMaker, viewMaker } from "./view.ts";
import { attributeText, NUL_FLIPPED, note, RAW, wireForm } from "./wire-form.ts";

/** Where an attribute stands: what its payload may look at beside itself. */
export interface Place {
  readonly parent: Obj;
  readonly depth: number;
  /** The rest of the set, for a sibling that comes later. */
  readonly next: number;
  readonly end: number;
}
/** One form of payload. */
export interface Leaf {
  /** The payload's value, or undefined if it could not be written back to the same bytes: it stays raw then. */
  read(src: Source, at: number, n: number, place: Place): unknown;
  /** Appends the payload. `flipped`: without the NUL it should have, or with the one it should not. */
  put(w: Writer, value: unknown, parent: Obj, depth: number, flipped: boolean): void;
  /** NLA_F_NESTED where it belongs to the type, else 0. */
  readonly nested: number;
}
interface FieldProgram {
  readonly name: string;
  readonly type: number;
  readonly index: number;
  readonly multi: boolean;
  readonly text: "string" | "text" | undefined;
  readonly leaf: Leaf;
}

const plain = (read: Leaf["read"], put: Leaf["put"]): Leaf => ({ read, put, nested: 0 });

/** Makes the interpreter of a set. */
export function interpret(set: Attrs, little: boolean, resolve: Resolve): Program {
  const head = set.head && structOf(set.head, little);
  const headSize = set.head?.size ?? 0;
  const keep = set.partial;
  const fields: FieldProgram[] = [];
  const byType = new Map<number, FieldProgram>();

  const program: Program = {
    decode(src, at, end, depth) {
      build();
      const { view } = src;
      const value: Obj = {};
      if (at + headSize > end)
        fail("", at, `${headSize} bytes of ${set.head?.name || "header"} do not fit in ${end - at}`);
      if (head) {
        head.into(src, at, headSize, value);
        if (keep) for (const name in value) if (!keep.includes(name)) delete value[name];
      }
      const start = at + headSize;
      let o = start;
      let last = -1;
      let odd = false;
      while (o + 4 <= end) {
        const len = view.getUint16(o, little);
        const type = view.getUint16(o + 2, little);
        if (len < 4 || o + len > end) fail("", o, `an attribute of ${len} bytes does not fit in ${end - o}`);
        const next = o + ((len + 3) & ~3);
        const field = byType.get(type & NLA_TYPE_MASK);
        let raw = true;
        if (field !== undefined && (field.multi || value[field.name] === undefined)) {
          const parent = keep && head ? head.into(src, at, headSize, { ...value }) : value;
          let y: unknown;
          try {
            y = field.leaf.read(src, o + 4, len - 4, { parent, depth, next, end });
          } catch (e) {
            throw below(field.name, e);
          }
          if (y !== undefined) {
            raw = false;
            if (!field.multi) value[field.name] = y;
            else if (value[field.name] === undefined) value[field.name] = [y];
            else (value[field.name] as unknown[]).push(y);
            // As the compiled engine: only form that is remembered decides, see wire-form.ts.
            odd ||= field.index < last || type !== (field.type | field.leaf.nested);
            if (field.text) odd ||= (len > 4 && src.bytes[o + len - 1] === 0) !== (field.text === "string");
            last = field.index;
          }
        }
        if (raw && !keep) {
          value.unknown ??= [] satisfies RawAttr[];
          (value.unknown as RawAttr[]).push({ type, data: src.bytes.slice(o + 4, o + len) });
          last = fields.length;
        }
        o = next;
      }
      if ((odd || o < end) && !keep)
        note(value, src, start, end, little, textOf, value.unknown as RawAttr[] | undefined);
      return value;
    },
    encode(w, value, depth) {
      build();
      if (keep) fail("", -1, "what pick made can only be decoded");
      if (depth > MAX_DEPTH) fail("", -1, `nested deeper than ${MAX_DEPTH} levels`);
      if (head) head.put(w, value);
      const form = wireForm(value);
      if (form) encodeForm(w, value, depth, form.entries, form.tail);
      else {
        for (const field of fields) encodeField(w, field, value, depth);
        for (const raw of (value.unknown ?? []) as RawAttr[]) putRaw(w, raw);
      }
    },
  };

  // Fields are built at first use: sets may be recursive, and most link kinds are never met.
  let built = false;
  function build(): void {
    if (built) return;
    built = true;
    for (const [name, [type, codec]] of Object.entries(set.fields)) {
      if (name === "unknown") throw new Error(`${set.name}: "unknown" cannot be a field's name`);
      if (byType.has(type)) throw new Error(`${set.name}.${name}: attribute ${type} is declared already`);
      const { codec: inner } = unwrap(codec);
      const multi = inner.kind === "multi";
      const item = multi ? (inner as Multi).item : codec;
      const kind = unwrap(item).codec.kind;
      const text = kind === "string" || kind === "text" ? kind : undefined;
      const field: FieldProgram = {
        name,
        type,
        index: fields.length,
        multi,
        text,
        leaf: leafOf(item, { set, little, resolve }),
      };
      fields.push(field);
      byType.set(type, field);
    }
  }
  const textOf = (type: number) => byType.get(type)?.text;

  function encodeField(w: Writer, field: FieldProgram, value: Obj, depth: number): void {
    const y = value[field.name];
    if (y === undefined) return;
    if (!field.multi) encodeOne(w, field, y, value, depth);
    else for (const item of expectArray(y, field.name)) encodeOne(w, field, item, value, depth);
  }
  function encodeOne(w: Writer, field: FieldProgram, y: unknown, parent: Obj, depth: number, entry?: number): void {
    try {
      const type = entry === undefined ? field.type | field.leaf.nested : entry & 0xffff;
      const at = w.open(type);
      field.leaf.put(w, y, parent, depth, entry !== undefined && (entry & NUL_FLIPPED) !== 0);
      w.close(at);
    } catch (e) {
      throw below(field.name, e);
    }
  }
  /** In the remembered order as far as what was there is still there; then what is new. */
  function encodeForm(
    w: Writer,
    value: Obj,
    depth: number,
    entries: readonly number[],
    tail: Uint8Array | undefined,
  ): void {
    const unknown = ((value.unknown as RawAttr[] | undefined) ?? []).slice();
    const done = new Map<FieldProgram, number>();
    for (const entry of entries) {
      const field = byType.get(entry & NLA_TYPE_MASK);
      if (entry & RAW || field === undefined) {
        const i = unknown.findIndex((r) => r.type === (entry & 0xffff));
        if (i >= 0) putRaw(w, unknown.splice(i, 1)[0]!);
        continue;
      }
      const count = done.get(field) ?? 0;
      done.set(field, count + 1);
      const y = field.multi
        ? (value[field.name] as unknown[] | undefined)?.[count]
        : count === 0
          ? value[field.name]
          : undefined;
      if (y !== undefined) encodeOne(w, field, y, value, depth, entry);
    }
    for (const field of fields) {
      const count = done.get(field);
      if (count === undefined) encodeField(w, field, value, depth);
      else if (field.multi)
        for (const item of ((value[field.name] ?? []) as unknown[]).slice(count))
          encodeOne(w, field, item, value, depth);
    }
    for (const raw of unknown) putRaw(w, raw);
    if (tail) w.append(tail);
  }
  return program;
}

/** What payloads of a set are made of: the leaf looks at its siblings, and nests are resolved. */
export interface Context {
  readonly set: Attrs;
  readonly little: boolean;
  readonly resolve: Resolve;
}

/** The payload of an attribute of `context.set`. */
export function leafOf(wrapped: Codec, context: Context): Leaf {
  const { set, little, resolve } = context;
  const { codec, bare } = unwrap(wrapped);
  if (isScalar(codec)) return scalarLeaf(codec, little);
  switch (codec.kind) {
    case "attrs": {
      const inner = codec as Attrs;
      const size = inner.head?.size ?? 0;
      let sub: Program | undefined;
      return {
        read: (src, at, n, { depth }) =>
          n < size || depth >= MAX_DEPTH ? undefined : (sub ??= resolve(inner)).decode(src, at, at + n, depth + 1),
        put: (w, value, _parent, depth) => (sub ??= resolve(inner)).encode(w, expectObject(value, ""), depth + 1),
        nested: bare ? 0 : NLA_F_NESTED,
      };
    }
    case "indexed":
      return { ...indexedLeaf(codec as Indexed, context), nested: bare ? 0 : NLA_F_NESTED };
    case "records":
      return recordsLeaf(codec as Records, context);
    case "select":
      return selectLeaf(codec as Select, context);
    case "tailed":
      return tailedLeaf(codec as Tailed, context);
    case "multi":
      throw new Error(`${set.name}: multi stands only at a field`);
    default:
      return payloadLeaf(codec, little);
  }
}

function indexedLeaf({ item, base }: Indexed, context: Context): Pick<Leaf, "read" | "put"> {
  const { little } = context;
  const leaf = leafOf(item, context);
  const kind = unwrap(item).codec.kind;
  const text = kind === "string" || kind === "text" ? kind : undefined;
  return {
    read(src, at, n, place) {
      const items: unknown[] = [];
      const end = at + n;
      let odd = false;
      let o = at;
      while (o + 4 <= end) {
        const len = src.view.getUint16(o, little);
        const type = src.view.getUint16(o + 2, little);
        if (len < 4 || o + len > end)
          fail(`[${items.length}]`, o, `an attribute of ${len} bytes does not fit in ${end - o}`);
        let y: unknown;
        try {
          y = leaf.read(src, o + 4, len - 4, { ...place, parent: {}, next: end, end });
        } catch (e) {
          throw below(`[${items.length}]`, e);
        }
        if (y === undefined) return undefined;
        odd ||= type !== (((items.length + base) & NLA_TYPE_MASK) | leaf.nested);
        if (text) odd ||= (len > 4 && src.bytes[o + len - 1] === 0) !== (text === "string");
        items.push(y);
        o += (len + 3) & ~3;
      }
      if (odd || o < end) note(items, src, at, end, little, () => text, undefined);
      return items;
    },
    put(w, value, _parent, depth) {
      const items = expectArray(value, "");
      const form = wireForm(items as unknown[]);
      items.forEach((item, i) => {
        const entry = form?.entries[i];
        try {
          const at = w.open(entry === undefined ? (i + base) | leaf.nested : entry & 0xffff);
          leaf.put(w, item, {}, depth, entry !== undefined && (entry & NUL_FLIPPED) !== 0);
          w.close(at);
        } catch (e) {
          throw below(`[${i}]`, e);
        }
      });
      if (form?.tail) w.append(form.tail);
    },
  };
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
    (w, value, _parent, depth) => {
      expectArray(value, "").forEach((x, i) => {
        const at = w.length;
        try {
          (sub ??= resolve(item)).encode(w, expectObject(x, ""), depth + 1);
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
  const leafFor = (by: unknown): Leaf | undefined => {
    const codec = caseOf(select, by);
    if (codec === undefined) return undefined;
    let leaf = leaves.get(codec);
    if (leaf === undefined) {
      leaf = leafOf(codec, context);
      leaves.set(codec, leaf);
    }
    return leaf;
  };
  return {
    read: (src, at, n, place) =>
      leafFor(place.parent[select.by] ?? seek(set, select.by, src, place.next, place.end, little))?.read(
        src,
        at,
        n,
        place,
      ),
    put(w, value, parent, depth, flipped) {
      const leaf =
        leafFor(parent[select.by]) ?? fail("", -1, `there is no form for ${select.by} ${show(parent[select.by])}`);
      leaf.put(w, value, parent, depth, flipped);
    },
    nested: nestedFlag(select),
  };
}

function tailedLeaf({ head, tailName, tail: wrapped }: Tailed, context: Context): Leaf {
  const s = structOf(head, context.little);
  const leaf = leafOf(wrapped, context);
  const { kind } = unwrap(wrapped).codec;
  return plain(
    (src, at, n, place) => {
      if (n < head.size) return undefined;
      const value = s.into(src, at, head.size, {});
      const y = leaf.read(src, at + head.size, n - head.size, { ...place, parent: value, next: place.end });
      // A string's NUL cannot be remembered here: the other form stays raw.
      if (
        y === undefined ||
        (kind === "string" && src.bytes[at + n - 1] !== 0) ||
        (kind === "text" && n > head.size && src.bytes[at + n - 1] === 0)
      )
        return undefined;
      value[tailName] = y;
      return value;
    },
    (w, value, _parent, depth) => {
      const x = expectObject(value, "");
      s.put(w, x);
      try {
        leaf.put(w, x[tailName], x, depth, false);
      } catch (e) {
        throw below(tailName, e);
      }
    },
  );
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
      const leaf = isScalar(codec) ? scalarLeaf(codec, little) : payloadLeaf(codec, little);
      return leaf.read(src, o + 4, len - 4, { parent: {}, depth: 0, next: end, end });
    }
    o += (len + 3) & ~3;
  }
  return undefined;
}

function putRaw(w: Writer, raw: RawAttr): void {
  if (!Number.isInteger(raw.type) || raw.type < 0 || raw.type > 0xffff)
    fail("unknown", -1, `${show(raw.type)} is not an attribute type`);
  w.raw(raw.type, expectBytes(raw.data, "unknown"));
}

// ---- payloads that look at nothing but themselves -----------------------------------------------------------------------

type GetSet = {
  get(v: DataView, at: number): number | bigint;
  set(v: DataView, at: number, value: number | bigint): void;
  /** Room first: taking it may replace the writer's view. */
  append(w: Writer, value: number | bigint): void;
};
function access(kind: Scalar["kind"], little: boolean): GetSet {
  const { accessor, order, size } = SCALARS[kind];
  const le = order === undefined ? little : order === "little";
  const get = DataView.prototype[`get${accessor}`] as (this: DataView, at: number, le: boolean) => number | bigint;
  const set = DataView.prototype[`set${accessor}`] as (
    this: DataView,
    at: number,
    value: number | bigint,
    le: boolean,
  ) => void;
  return {
    get: (v, at) => get.call(v, at, le),
    set: (v, at, value) => set.call(v, at, value, le),
    append(w, value) {
      const at = w.room(size);
      set.call(w.view, at, value, le);
    },
  };
}
function checked(kind: Scalar["kind"], value: unknown): number | bigint {
  const { min, max } = SCALARS[kind];
  if (typeof value === typeof min && (value as number) >= (min as number) && (value as number) <= (max as number)) {
    if (typeof value === "bigint" || Number.isInteger(value)) return value as number | bigint;
  }
  return check(kind, value, "");
}

function scalarLeaf({ kind }: Scalar, little: boolean): Leaf {
  const { size } = SCALARS[kind];
  const { get, append } = access(kind, little);
  return plain(
    (src, at, n) => (n === size ? get(src.view, at) : undefined),
    (w, value) => {
      const x = checked(kind, value);
      append(w, x);
    },
  );
}

function payloadLeaf(codec: Codec, little: boolean): Leaf {
  switch (codec.kind) {
    case "flag":
      return plain(
        (_src, _at, n) => (n === 0 ? true : undefined),
        (_w, value) => {
          if (value !== true) fail("", -1, `${show(value)} is not true: leave a flag out to clear it`);
        },
      );
    case "string":
    case "text": {
      const nul = codec.kind === "string";
      return plain(
        (src, at, n) => attributeText(src.bytes, at, at + n),
        (w, value, _parent, _depth, flipped) => {
          const data = utf8(expectText(value, ""));
          const at = w.room(data.length + (nul !== flipped ? 1 : 0));
          w.bytes.set(data, at);
          if (nul !== flipped) w.bytes[at + data.length] = 0;
        },
      );
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
      const a = access(narrow, little);
      const b = access(wide, little);
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
      // Made at first use: view.ts needs this module.
      let read: ViewMaker | undefined;
      return plain(
        (src, at, n) => (read ??= viewMaker(item, little))(src, at, n),
        (w, value) => s.put(w, expectObject(value, "")),
      );
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
  const size = isScalar(item) ? SCALARS[item.kind].size : (item as Struct).size;
  const scalar = isScalar(item) ? access(item.kind, little) : undefined;
  const s = scalar ? undefined : structOf(item as Struct, little);
  return plain(
    (src, at, n) => {
      if (n % size !== 0) return undefined;
      const items: unknown[] = [];
      for (let o = at; o < at + n; o += size) items.push(scalar ? scalar.get(src.view, o) : s!.into(src, o, size, {}));
      return items;
    },
    (w, value) => {
      expectArray(value, "").forEach((x, i) => {
        try {
          if (scalar) {
            const y = checked((item as Scalar).kind, x);
            scalar.append(w, y);
          } else s!.put(w, { ...expectObject(x, ""), rest: undefined });
        } catch (e) {
          throw below(`[${i}]`, e);
        }
      });
    },
  );
}

// ---- structs --------------------------------------------------------------------------------------------------------------

interface StructProgram {
  /** Reads the members that fit in `n` bytes. */
  into(src: Source, at: number, n: number, value: Obj): Obj;
  read(src: Source, at: number, n: number): Obj | undefined;
  put(w: Writer, value: Obj): void;
}
interface MemberProgram {
  readonly name: string;
  readonly at: number;
  readonly end: number;
  readonly optional: boolean;
  get(src: Source, at: number): unknown;
  set(w: Writer, at: number, value: unknown): void;
}

const structs = [new WeakMap<Struct, StructProgram>(), new WeakMap<Struct, StructProgram>()] as const;
function structOf(struct: Struct, little: boolean): StructProgram {
  const cache = structs[little ? 1 : 0];
  let made = cache.get(struct);
  if (made === undefined) {
    made = makeStruct(struct, little);
    cache.set(struct, made);
  }
  return made;
}

function makeStruct(struct: Struct, little: boolean): StructProgram {
  const { sizes } = layout(struct);
  const members: MemberProgram[] = layout(struct)
    .members.filter((m) => m.member.kind !== "pad")
    .map((m) => ({ name: m.name, at: m.at, end: m.end, optional: m.optional, ...memberOf(m.member as Codec, little) }));
  const into = (src: Source, at: number, n: number, value: Obj): Obj => {
    for (const m of members) if (m.end <= n) value[m.name] = m.get(src, at + m.at);
    return value;
  };
  return {
    into,
    read(src, at, n) {
      if (n < struct.size && !sizes.includes(n)) return undefined;
      const value = into(src, at, n, {});
      if (n > struct.size) value.rest = src.bytes.slice(at + struct.size, at + n);
      return value;
    },
    put(w, value) {
      const absent = members.find((m) => m.optional && value[m.name] === undefined);
      const rest = value.rest === undefined ? undefined : expectBytes(value.rest, "rest");
      const n = absent && !rest ? absent.at : struct.size;
      const at = w.room(n);
      w.bytes.fill(0, at, at + n);
      for (const m of members) {
        const y = value[m.name];
        if (y === undefined) continue;
        if (m.end > n) fail(m.name, -1, `cannot be sent without ${absent!.name}`);
        try {
          m.set(w, at + m.at, y);
        } catch (e) {
          throw below(m.name, e);
        }
      }
      if (rest) w.append(rest);
    },
  };
}

/** A struct member that reads and writes itself at an offset. */
export function memberOf(member: Codec, little: boolean): Pick<MemberProgram, "get" | "set"> {
  if (isScalar(member)) {
    const { get, set } = access(member.kind, little);
    return { get: (src, at) => get(src.view, at), set: (w, at, value) => set(w.view, at, checked(member.kind, value)) };
  }
  switch (member.kind) {
    case "list": {
      const { item, count } = member as List;
      const { size } = SCALARS[item.kind];
      const { get, set } = access(item.kind, little);
      return {
        get: (src, at) => Array.from({ length: count }, (_, i) => get(src.view, at + i * size)),
        set(w, at, value) {
          const items = expectArray(value, "");
          if (items.length > count) fail("", -1, `${items.length} items where ${count} fit`);
          items.forEach((x, i) => {
            try {
              set(w.view, at + i * size, checked(item.kind, x));
            } catch (e) {
              throw below(`[${i}]`, e);
            }
          });
        },
      };
    }
    case "struct": {
      const s = structOf(member as Struct, little);
      const { size } = member as Struct;
      return {
        get: (src, at) => s.into(src, at, size, {}),
        set(w, at, value) {
          const keep = w.length;
          w.length = at; // written in place: the room is taken already
          s.put(w, expectObject(value, ""));
          w.length = keep;
        },
      };
    }
    default:
      return fixedOf(member as Fixed);
  }
}

function fixedOf({ form, size }: Fixed): Pick<MemberProgram, "get" | "set"> {
  switch (form) {
    case "ipv4":
      return {
        get: (src, at) => readIpv4(src.bytes, at),
        set: (w, at, value) => {
          if (typeof value !== "string" || !writeIpv4(w.bytes, at, value))
            fail("", -1, `${show(value)} is not an IPv4 address`);
        },
      };
    case "ipv6":
      return {
        get: (src, at) => readIpv6(src.bytes, at),
        set: (w, at, value) => {
          if (typeof value !== "string" || !writeIpv6(w.bytes, at, value))
            fail("", -1, `${show(value)} is not an IPv6 address`);
        },
      };
    case "mac":
      return {
        get: (src, at) => readMac(src.bytes, at, at + size),
        set: (w, at, value) => {
          const data = typeof value === "string" ? parseMac(value) : undefined;
          if (data?.length !== size) fail("", -1, `${show(value)} is not a link-layer address of ${size} bytes`);
          w.bytes.set(data!, at);
        },
      };
    case "chars":
      return {
        get(src, at) {
          const nul = src.bytes.indexOf(0, at);
          const end = nul < 0 || nul > at + size ? at + size : nul;
          return lossy.decode(src.bytes.subarray(at, end));
        },
        set(w, at, value) {
          const data = utf8(expectText(value, ""));
          if (data.length > size) fail("", -1, `${show(value)} does not fit in ${size} bytes`);
          w.bytes.set(data, at);
        },
      };
    default:
      return {
        get: (src, at) => src.bytes.slice(at, at + size),
        set(w, at, value) {
          const data = expectBytes(value, "");
          if (data.length > size) fail("", -1, `${data.length} bytes where ${size} fit`);
          w.bytes.set(data, at);
        },
      };
  }
}
const lossy = new TextDecoder();
