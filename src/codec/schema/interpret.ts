/** The reference engine: walks the schema for every message. It needs no code generation and says exactly what is wrong. @module */
import { NLA_F_NESTED, NLA_TYPE_MASK } from "../wire/align.ts";
import type { Source } from "../wire/source.ts";
import type { Writer } from "../wire/writer.ts";
import type { Attrs, Multi, RawAttr } from "./attrs.ts";
import { counter } from "./layout.ts";
import { scalarAccess, structOf } from "./members.ts";
import { type Leaf, leafOf } from "./payload.ts";
import {
  below,
  expectArray,
  expectBytes,
  fail,
  type Interpreter,
  MAX_DEPTH,
  nestedFlag,
  type Obj,
  type Resolve,
  show,
  unwrap,
} from "./program.ts";
import { SCALARS } from "./scalar.ts";
import { NUL_FLIPPED, note, RAW, textFlipped, wireForm } from "./wire-form.ts";

interface FieldProgram {
  readonly name: string;
  readonly type: number;
  readonly index: number;
  readonly multi: boolean;
  readonly leaf: Leaf;
}
/** The raw bytes between head and attributes. */
interface BodyProgram {
  readonly name: string;
  length(src: Source, head: number): number;
  put(w: Writer, head: number, value: unknown): void;
}

/** Makes the interpreter of a set. */
export function interpret(set: Attrs, little: boolean, resolve: Resolve): Interpreter {
  const head = set.head && structOf(set.head, little);
  const headSize = set.head?.size ?? 0;
  const keep = set.partial;
  const fields: FieldProgram[] = [];
  const byType = new Map<number, FieldProgram>();
  /** Nests that share their number with a field that is none. */
  const twins = new Map<number, FieldProgram>();
  const fieldOf = (type: number): FieldProgram | undefined => {
    const number = type & NLA_TYPE_MASK;
    return (twins.size > 0 && type & NLA_F_NESTED ? twins.get(number) : undefined) ?? byType.get(number);
  };

  const program: Interpreter = {
    decode(src, at, end, depth) {
      build();
      const { view } = src;
      const value: Obj = {};
      if (at + headSize > end)
        fail("", at, `${headSize} bytes of ${set.head?.name || "header"} do not fit in ${end - at}`);
      head?.into(src, at, headSize, value);
      let start = at + headSize;
      if (body) {
        const n = body.length(src, at);
        if (n > end - start) fail(body.name, start, `${n} bytes do not fit in ${end - start}`);
        value[body.name] = src.bytes.slice(start, start + n);
        start += (n + 3) & ~3;
      }
      if (keep) for (const name in value) if (!keep.includes(name)) delete value[name];
      let o = start;
      let last = -1;
      let odd = false;
      while (o + 4 <= end) {
        const len = view.getUint16(o, little);
        const type = view.getUint16(o + 2, little);
        if (len < 4 || o + len > end) fail("", o, `an attribute of ${len} bytes does not fit in ${end - o}`);
        const next = o + ((len + 3) & ~3);
        const field = fieldOf(type);
        let raw = true;
        if (field !== undefined && (field.multi || value[field.name] === undefined)) {
          const parent = keep && head ? head.into(src, at, headSize, { ...value }) : value;
          const place = { src, parent, depth, next, end };
          const leaf = field.leaf.among ? field.leaf.among.reading(place) : field.leaf;
          let y: unknown;
          try {
            y = leaf?.read(src, o + 4, len - 4, place);
          } catch (e) {
            throw below(field.name, e);
          }
          if (leaf !== undefined && y !== undefined) {
            raw = false;
            if (!field.multi) value[field.name] = y;
            else if (value[field.name] === undefined) value[field.name] = [y];
            else (value[field.name] as unknown[]).push(y);
            // As the compiled engine: only form that is remembered decides, see wire-form.ts.
            odd ||= field.index < last || type !== (field.type | leaf.nested);
            if (leaf.text) odd ||= textFlipped(leaf.text, src.bytes, o + 4, o + len);
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
      if ((odd || o < end) && !keep) {
        const textOf = (type: number) => program.textOf(type, value);
        note(value, src, start, end, little, textOf, value.unknown as RawAttr[] | undefined);
      }
      return value;
    },
    encode(w, value, depth, canonical) {
      build();
      if (keep) fail("", -1, "what pick made can only be decoded");
      if (depth > MAX_DEPTH) fail("", -1, `nested deeper than ${MAX_DEPTH} levels`);
      const start = w.length;
      head?.put(w, value, true);
      body?.put(w, start, value[body.name]);
      const form = canonical ? undefined : wireForm(value);
      if (form) encodeForm(w, value, depth, form.entries, form.tail);
      else {
        for (const field of fields) encodeField(w, field, value, depth, canonical);
        for (const raw of (value.unknown ?? []) as RawAttr[]) putRaw(w, raw);
      }
    },
    textOf(type, value) {
      build(); // the compiled engine may ask before anything was interpreted
      const leaf = fieldOf(type)?.leaf;
      return leaf?.among ? leaf.among.of(value)?.text : leaf?.text;
    },
  };
  const body = set.body === undefined ? undefined : bodyOf(set, set.body, little);

  // Fields are built at first use: sets may be recursive, and most link kinds are never met.
  let built = false;
  function build(): void {
    if (built) return;
    built = true;
    for (const [name, [type, codec]] of Object.entries(set.fields)) {
      if (name === "unknown") throw new Error(`${set.name}: "unknown" cannot be a field's name`);
      const { codec: inner } = unwrap(codec);
      const multi = inner.kind === "multi";
      const item = multi ? (inner as Multi).item : codec;
      const leaf = leafOf(item, { set, little, resolve });
      const field: FieldProgram = { name, type, index: fields.length, multi, leaf };
      fields.push(field);
      const other = byType.get(type);
      if (other === undefined) byType.set(type, field);
      else if (twins.has(type) || nestedFlag(item) === other.leaf.nested)
        throw new Error(`${set.name}.${name}: attribute ${type} is declared already`);
      else {
        twins.set(type, leaf.nested ? field : other);
        byType.set(type, leaf.nested ? other : field);
      }
    }
  }

  function encodeField(w: Writer, field: FieldProgram, value: Obj, depth: number, canonical: boolean): void {
    const y = value[field.name];
    if (y === undefined) return;
    if (!field.multi) encodeOne(w, field, y, value, depth, canonical);
    else for (const item of expectArray(y, field.name)) encodeOne(w, field, item, value, depth, canonical);
  }
  function encodeOne(
    w: Writer,
    field: FieldProgram,
    y: unknown,
    parent: Obj,
    depth: number,
    canonical: boolean,
    entry?: number,
  ): void {
    try {
      const leaf = field.leaf.among ? field.leaf.among.writing(parent) : field.leaf;
      const at = w.open(entry === undefined ? field.type | leaf.nested : entry & 0xffff);
      leaf.put(w, y, parent, { depth, canonical, flipped: entry !== undefined && (entry & NUL_FLIPPED) !== 0 });
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
      const field = fieldOf(entry);
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
      if (y !== undefined) encodeOne(w, field, y, value, depth, false, entry);
    }
    for (const field of fields) {
      const count = done.get(field);
      if (count === undefined) encodeField(w, field, value, depth, false);
      else if (field.multi)
        for (const item of ((value[field.name] ?? []) as unknown[]).slice(count))
          encodeOne(w, field, item, value, depth, false);
    }
    for (const raw of unknown) putRaw(w, raw);
    if (tail) w.append(tail);
  }
  return program;
}

function bodyOf(set: Attrs, name: string, little: boolean): BodyProgram {
  const counted = set.head && counter(set.head);
  if (!counted) throw new Error(`${set.name}: no member of the head counts the bytes of ${name}`);
  const { at } = counted;
  const { get, set: put } = scalarAccess(counted.scalar.kind, little);
  const max = SCALARS[counted.scalar.kind].max as number;
  return {
    name,
    length: (src, head) => get(src.view, head + at) as number,
    put(w, head, value) {
      const bytes = value === undefined ? new Uint8Array() : expectBytes(value, name);
      if (bytes.length > max) fail(name, -1, `${bytes.length} bytes where ${max} fit`);
      put(w.view, head + at, bytes.length);
      w.append(bytes);
      w.align();
    },
  };
}

function putRaw(w: Writer, raw: RawAttr): void {
  if (!Number.isInteger(raw.type) || raw.type < 0 || raw.type > 0xffff)
    fail("unknown", -1, `${show(raw.type)} is not an attribute type`);
  w.raw(raw.type, expectBytes(raw.data, "unknown"));
}
