/**
 * Words of a kind of link, both ways: how `ip link add … type KIND` takes them, and how `ip -d link` shows them. A kind is a list of rows
 * in the order of what is shown; values are those of the kind's schema.
 * @module
 */
import { type Names, nameOf } from "../../../codec/schema/scalar.ts";
import type { Out } from "../../../codec/tc/show.ts";
import type { Context } from "../../context.ts";
import { bigInteger, integer, oneWord } from "../../grammar/args.ts";
import type { Arg, Option } from "../../grammar/command.ts";
import type { Devices } from "../devices.ts";

/** A kind's settings, IFLA_INFO_DATA, as its schema has them. */
export type Data = Record<string, unknown>;
export interface Place {
  readonly out: Out;
  readonly context: Context;
  readonly devices: Devices;
}
/** The index of a device that a word names. */
export type DeviceIndex = (name: string) => Promise<number>;

export interface Row {
  /** Words, and what they put into the settings; none: the kernel reports it, and does not take it. */
  readonly options: { readonly [word: string]: Option };
  put(data: Data, word: string, value: unknown, index: DeviceIndex): void | Promise<void>;
  print?(data: Data, place: Place): void;
}
/** A kind of link. */
export interface KindWords {
  readonly rows: readonly Row[];
  /** A change starts from what there is: the kernel takes what is left out for its default. */
  readonly keeps?: true;
  /** What is sent where the line does not say otherwise. */
  finish?(data: Data, create: boolean): void;
}

interface Spec {
  /** In the schema; the word in camel case by default. */
  readonly field?: string;
  /** In JSON; the word by default. */
  readonly json?: string;
  /** Other words for it. */
  readonly also?: readonly string[];
  readonly max?: number;
  readonly arg?: Arg<unknown>;
  /** Not taken. */
  readonly reported?: true;
  /** Not shown, */
  readonly silent?: true;
  /** unless this is so. */
  readonly when?: (value: number) => boolean;
}
const camel = (word: string): string => word.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase());

/** A row with one word and one field. `text` is what is shown behind the word. */
export function row(
  word: string,
  help: string,
  arg: Arg<unknown> | undefined,
  spec: Spec,
  show: (value: never, place: Place) => { readonly json: unknown; readonly text: string } | undefined,
): Row {
  const { field = camel(word), json = word, also, when } = spec;
  const options = spec.reported ? {} : { [word]: { help, also, arg: spec.arg ?? arg, last: true } as Option };
  const base: Row = {
    options,
    put(data, _word, value) {
      data[field] = value;
    },
  };
  if (spec.silent) return base;
  return {
    ...base,
    print(data, place) {
      const value = data[field];
      if (value === undefined || (when && !when(Number(value)))) return;
      const shown = show(value as never, place);
      if (shown) place.out.put(json, shown.json as never, shown.text);
    },
  };
}

/** A number. */
export const number = (word: string, help: string, spec: Spec = {}): Row =>
  row(word, help, integer("NUMBER", spec.max), spec, (value: number) => ({ json: value, text: `${word} ${value} ` }));
/** A number of 64 bits. */
export const big = (word: string, help: string, spec: Spec = {}): Row =>
  row(word, help, bigInteger(), spec, (value: bigint) => ({ json: value, text: `${word} ${value} ` }));
/** A number in hexadecimal, at least `digits` long. */
export const hex = (word: string, help: string, spec: Spec & { readonly digits?: number } = {}): Row =>
  row(word, help, integer("NUMBER", spec.max), spec, (value: number) => {
    const text = `0x${value.toString(16).padStart(spec.digits ?? 1, "0")}`;
    return { json: text, text: `${word} ${text} ` };
  });
/** One of names, or its number. */
export const oneOf = (word: string, help: string, names: Names, spec: Spec = {}): Row =>
  row(word, help, name(names), spec, (value: number) => {
    const text = nameOf(names, value) ?? String(value);
    return { json: text, text: `${word} ${text} ` };
  });
/** The number of a name, which is taken as a number too. */
export const name = (names: Names): Arg<number> => {
  const words = Object.keys(names.values);
  return oneWord(
    `{ ${words.join(" | ")} }`,
    (word) => {
      const lower = word.toLowerCase();
      const found = words.find((known) => known.toLowerCase() === lower);
      if (found !== undefined) return (names.values as { [name: string]: number })[found];
      return /^\d+$/.test(word) && nameOf(names, Number(word)) !== undefined ? Number(word) : undefined;
    },
    `not one of ${words.join(", ")}`,
    words,
  );
};
/** `on` or `off`, sent as 1 or 0. */
export const onOffNumber: Arg<number> = {
  ...oneWord(
    "{ on | off }",
    (word) => (word === "on" || word === "1" ? 1 : word === "off" || word === "0" ? 0 : undefined),
    'must be "on" or "off"',
    ["on", "off"],
  ),
  implied: 1,
};
export const onOff = (word: string, help: string, spec: Spec = {}): Row =>
  row(word, help, onOffNumber, spec, (value: number) => ({
    json: value !== 0,
    text: `${word} ${value ? "on" : "off"} `,
  }));
/** A number that says yes or no; with dashes, the word alone says yes: `--vlan-filtering`. */
export const zeroOne = (word: string, help: string, spec: Spec = {}): Row =>
  number(word, help, { ...spec, arg: { ...integer("{ 0 | 1 }", spec.max ?? 0xff), implied: 1 } });
/** A text: an address, a name. */
export const string = (word: string, help: string, arg: Arg<string>, spec: Spec = {}): Row =>
  row(word, help, arg, spec, (value: string) => ({ json: value, text: `${word} ${value} ` }));
/** A device. */
export function deviceRow(word: string, help: string, arg: Arg<string>, spec: Spec = {}): Row {
  const field = spec.field ?? camel(word);
  return {
    ...row(word, help, arg, spec, (value: number, { devices }) => {
      if (value === 0) return undefined;
      return { json: devices.name(value), text: `${word} ${devices.name(value)} ` };
    }),
    async put(data, _word, value, index) {
      data[field] = await index(value as string);
    },
  };
}

/** What is written out: words with their effects, and what is shown. */
export function custom(
  words: { readonly [word: string]: Option & { put(data: Data, value: never): void } },
  print?: Row["print"],
): Row {
  const base: Row = {
    options: Object.fromEntries(
      Object.entries(words).map(([word, { put: _, ...option }]) => [word, { last: true, ...option }]),
    ),
    put: (data, word, value) => words[word]!.put(data, value as never),
  };
  return print ? { ...base, print } : base;
}
/** Only shown. */
export const shown = (print: NonNullable<Row["print"]>): Row => ({ options: {}, put() {}, print });
/** A word that switches on, and the same with "no" that switches off. Shown by `print`. */
export const noSwitch = (
  word: string,
  help: string,
  set: (data: Data, on: boolean) => void,
  print?: Row["print"],
  also: readonly string[] = [],
): Row =>
  custom(
    {
      [word]: { help, also, put: (data) => set(data, true) },
      [`no${word}`]: {
        help: `not ${word}`,
        also: also.map((other) => `no${other}`),
        hidden: true,
        put: (data) => set(data, false),
      },
    },
    print,
  );
