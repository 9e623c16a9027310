/** Kinds whose options follow from their schema and a table of tc's words. @module */
import type { Attrs, FieldsOf } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import { type Friendly, type FriendlyInput, fromFriendly, toFriendly } from "../schema/friendly.ts";
import { unwrap } from "../schema/program.ts";
import { fromScalar, isQuantity, SUFFIXES } from "../schema/quantity.ts";
import { isScalar, nameOf, type Quantity, SCALARS, type Scalar } from "../schema/scalar.ts";
import type { Struct } from "../schema/struct.ts";
import { formatPercent } from "../text/percent.ts";
import { exactRate, formatRate } from "../text/rate.ts";
import { exactSize, formatSize } from "../text/size.ts";
import { exactTime, formatTimeNs, formatTimeUs } from "../text/time.ts";
import type { TcContext, TcKind } from "./kind.ts";
import type { Json, Out } from "./show.ts";
import type { Words } from "./words.ts";

/** How tc writes a field, where it is not its name in snake case. */
export interface Word {
  readonly word?: string;
  /** Other spellings that are read. */
  readonly also?: readonly string[];
  /** Of a switch: the word that turns it off. The other turns it on. */
  readonly no?: string;
  /** Of a size: tc reads no unit here. */
  readonly plain?: true;
  /** Of a time: how many nanoseconds a bare number counts, 1000 by default. */
  readonly bare?: number;
  /** What `show` prints behind the word, or undefined for nothing; in place of what follows from the type. */
  readonly text?: (value: number) => string | undefined;
  /** Key in JSON, where it is not the word. */
  readonly key?: string;
  /** Does all of the showing; `all` are the fields as they came. */
  readonly show?: (value: number, out: Out, all: WireFields) => void;
  /** Reads the word's value, or several options at once. */
  readonly read?: (words: Words, word: string) => { readonly [option: string]: unknown };
  /** Makes the words of these options. */
  readonly print?: (options: { readonly [option: string]: unknown }) => string[];
}
type WireFields = { readonly [field: string]: number | bigint };
/** In the order in which tc shows them. A field that is not in the table can be given in options, and has no word. */
export type WordTable<S> = {
  readonly [K in S extends Struct<infer M> ? keyof M : keyof FieldsOf<S>]?: Word;
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/**
 * A kind whose options are the schema's fields in friendly form; of a struct, its members: then nothing is sent where nothing is given,
 * and what is not given is 0.
 */
export function derived<const K extends string, S extends Attrs | Struct, X extends Codec = never>(
  kind: K,
  schema: S,
  table: WordTable<S>,
  facts: {
    readonly nested?: true;
    readonly xstats?: X;
    readonly showXstats?: (value: Value<X>, out: Out, context: TcContext) => void;
  } = {},
): TcKind<K, S, FriendlyInput<S>, Friendly<S>, X> {
  const fields = Object.entries(table as Record<string, Word>).map(([name, word]) => {
    const codec = unwrap(schema.kind === "attrs" ? schema.fields[name]![1] : (schema.members[name] as Codec)).codec;
    if (!isScalar(codec)) throw new Error(`${kind}.${name}: only scalars have words by themselves`);
    const quantity = isQuantity(codec.meaning) ? codec.meaning : undefined;
    return {
      name,
      codec,
      quantity,
      option: quantity ? name + SUFFIXES[quantity] : name,
      spelt: word.word ?? snake(name),
      ...word,
    };
  });
  type Field = (typeof fields)[number];
  const find = (word: string): Field | undefined =>
    fields.find((f) => f.spelt === word || f.no === word || f.also?.includes(word));
  const known = () => fields.flatMap((f) => (f.no ? [f.spelt, f.no] : [f.spelt]));

  return {
    kind,
    schema,
    ...facts,
    toWire(options, { deviceIndex }) {
      const wire = fromFriendly(schema, options, deviceIndex);
      return schema.kind === "struct" && Object.keys(wire as object).length === 0 ? undefined : wire;
    },
    fromWire: (value, { deviceName }) => toFriendly(schema, value, deviceName),
    parse(words) {
      const options: Record<string, unknown> = {};
      while (!words.done) {
        const word = words.next();
        const field = find(word) ?? words.unknown(word, known());
        if (field.read) {
          Object.assign(options, field.read(words, word));
          continue;
        }
        options[field.option] = field.codec.meaning === "bool" ? word !== field.no : readValue(words, field, word);
      }
      return options as FriendlyInput<S>;
    },
    words(options) {
      const given = options as Record<string, unknown>;
      return fields.flatMap((f) => {
        if (f.print) return f.print(given);
        const value = given[f.option];
        if (value === undefined) return [];
        if (f.codec.meaning === "bool") return value ? [f.spelt] : f.no ? [f.no] : [];
        return [f.spelt, f.quantity && !f.plain ? exact[f.quantity](value as number) : String(value)];
      });
    },
    show(value, out) {
      const all = value as WireFields;
      for (const f of fields) if (all[f.name] !== undefined) showField(f, all, out);
    },
  };
}

interface Field extends Word {
  readonly name: string;
  readonly codec: Scalar;
  readonly quantity: Quantity | undefined;
  readonly spelt: string;
}
function readValue(words: Words, field: Field, word: string): number | string {
  switch (field.quantity) {
    case "time":
      return words.time(word, field.bare);
    case "rate":
      return words.rate(word);
    case "size":
      return words.size(word);
    case "share":
      return words.percent(word);
    default: {
      const { codec } = field;
      if (codec.meaning === "enum") return words.oneOf(word, Object.keys(codec.names!.values));
      const { min, max } = SCALARS[codec.kind];
      return words.integer(word, Number(max), Number(min));
    }
  }
}
const exact: { readonly [Q in Quantity]: (value: number) => string } = {
  time: (ms) => exactTime(Math.round(ms * 1e6)),
  rate: exactRate,
  size: exactSize,
  share: (percent) => `${percent}%`,
};

function showField(field: Field, all: WireFields, out: Out): void {
  const { codec, spelt } = field;
  const wire = all[field.name]!;
  const key = field.key ?? spelt;
  if (field.show) {
    field.show(Number(wire), out, all);
    return;
  }
  if (codec.meaning === "bool") {
    if (wire) out.put(key, true, `${spelt} `);
    return;
  }
  const value = Number(wire);
  const text = field.text ? field.text(value) : textOf(codec, value);
  if (text === undefined) return;
  const json: Json = codec.meaning === "enum" ? (nameOf(codec.names!, wire) ?? value) : wire;
  out.put(key, json, `${spelt} ${text} `);
}
function textOf(codec: Scalar, value: number): string {
  switch (codec.meaning) {
    case "time":
      if (codec.unit === "ns") return formatTimeNs(value);
      return formatTimeUs(codec.unit === "codel" || codec.unit === "psched" ? value : fromScalar(codec, value) * 1000);
    case "rate":
      return formatRate(value);
    case "size":
      return formatSize(value);
    case "share":
      return formatPercent(fromScalar(codec, value));
    case "enum":
      return nameOf(codec.names!, value) ?? String(value);
    default:
      return String(value);
  }
}
