/** Conditions of each kind in tc's words, and as tc shows them (em_*.c of iproute2's tc/). @module */
import type {
  EmKind,
  EmLayer,
  EmOperand,
  EmOptions,
  EmOptionsOut,
  MetaId,
  MetaObject,
  MetaObjectOut,
} from "./ematch-kinds.ts";
import { LAYERS, META_IDS, OPERANDS } from "./ematch-kinds.ts";
import type { TcContext } from "./kind.ts";
import { parseInteger, type Words } from "./words.ts";

/** What stands between a condition's parentheses: words, and strings. */
export type Argument = string | Uint8Array;

/** A cursor over arguments: strings are told from words by `bytes`. */
export class Arguments {
  readonly #words: Words;
  readonly #kind: string;
  readonly #list: readonly Argument[];
  #at = 0;
  constructor(words: Words, kind: string, list: readonly Argument[]) {
    this.#words = words;
    this.#kind = kind;
    this.#list = list;
  }
  get done(): boolean {
    return this.#at >= this.#list.length;
  }
  fail(reason: string): never {
    return this.#words.fail(`${this.#kind}: ${reason}`);
  }
  /** The next argument. @throws {CodecError} at the end */
  next(expected: string): Argument {
    const argument = this.#list[this.#at];
    if (argument === undefined) return this.fail(`${expected} is missing`);
    this.#at++;
    return argument;
  }
  take(...words: readonly string[]): string | undefined {
    const argument = this.#list[this.#at];
    if (typeof argument !== "string" || !words.includes(argument)) return undefined;
    this.#at++;
    return argument;
  }
  value<T>(expected: string, read: (word: string) => T | undefined): T {
    const argument = this.next(expected);
    const value = typeof argument === "string" ? read(argument) : undefined;
    return (
      value ?? this.fail(`${typeof argument === "string" ? JSON.stringify(argument) : "a string"} is not ${expected}`)
    );
  }
  integer(max: number, min = 0): number {
    return this.value(`an integer from ${min} to ${max}`, (word) => {
      const x = parseInteger(word);
      return x !== undefined && x >= min && x <= max ? x : undefined;
    });
  }
  oneOf<N extends string>(names: readonly N[]): N {
    return this.value(`one of ${names.join(", ")}`, (word) => names.find((name) => name === word));
  }
  /** A string, or a word as its bytes. */
  bytes(expected: string): Uint8Array {
    const argument = this.next(expected);
    return typeof argument === "string" ? new TextEncoder().encode(argument) : argument;
  }
  layer(): EmLayer {
    const known = [...LAYERS, ...LAYERS.map((_, i) => String(i))];
    const word = this.oneOf(known);
    return LAYERS[known.indexOf(word) % LAYERS.length]!;
  }
  end(): void {
    if (!this.done) this.fail(`${JSON.stringify(String(this.#list[this.#at]))} is not known here`);
  }
}

interface Spelling<K extends EmKind> {
  parse(args: Arguments): In<K>;
  /** What `parse` reads as the same. */
  print(options: Out<K>): string;
  /** What tc shows, where that is not what it reads; undefined of kinds that it does not know. */
  show?: ((options: Out<K>, context: TcContext) => string) | undefined;
}
type In<K extends EmKind> = Extract<EmOptions, { readonly [P in K]: unknown }>[K];
type Out<K extends EmKind> = Extract<EmOptionsOut, { [P in K]: unknown }>[K];

const U16 = 0xffff;
const U32 = 0xffffffff;
const hex = (x: number): string => `0x${(x >>> 0).toString(16)}`;
const hex8 = (x: number): string => x.toString(16).padStart(8, "0");
const layerNumber = (layer: EmLayer): number => LAYERS.indexOf(layer);
const isPrintable = (byte: number) => byte >= 0x20 && byte < 0x7f;

/** A string as tc reads it, with its escapes. */
export function quote(data: Uint8Array): string {
  const text = Array.from(data, (byte) =>
    byte === 0x22 || byte === 0x5c
      ? `\\${String.fromCharCode(byte)}`
      : isPrintable(byte)
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `"${text.join("")}"`;
}
const dotted = (data: Uint8Array): string =>
  Array.from(data, (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : ".")).join("");

const ALIGNS = ["u8", "u16", "u32"] as const;
const cmp: Spelling<"cmp"> = {
  parse(args) {
    const align = args.oneOf(ALIGNS);
    const out: { layer?: EmLayer; mask?: number; trans?: boolean; at?: number; op?: EmOperand; value?: number } = {};
    while (!args.done) {
      const word = args.oneOf(["at", "layer", "mask", "trans", ...OPERANDS]);
      if (word === "at") out.at = args.integer(U16);
      else if (word === "layer") out.layer = args.layer();
      else if (word === "mask") out.mask = args.integer(U32);
      else if (word === "trans") out.trans = true;
      else Object.assign(out, { op: word, value: args.integer(U32) });
    }
    const { at, op, value } = out;
    if (at === undefined) return args.fail("its offset is missing: at");
    if (op === undefined || value === undefined)
      return args.fail(`its value is missing, behind ${OPERANDS.join(", ")}`);
    return { align, ...out, at, op, value };
  },
  print: ({ align, at, layer = "network", mask, trans, op, value }) =>
    `${align} at ${at} layer ${layer}${mask ? ` mask ${hex(mask)}` : ""}${trans ? " trans" : ""} ${op} ${value}`,
  // Values are shown as signed numbers (cmp_print_eopt).
  show: ({ align, at, layer = "network", mask, trans, op, value }) =>
    `${align} at ${at} layer ${layerNumber(layer)} ${mask ? `mask ${hex(mask)} ` : ""}${trans ? "trans " : ""}${op} ${value | 0}`,
};

const nbyte: Spelling<"nbyte"> = {
  parse(args) {
    const needle = args.bytes("a string");
    const out: { at?: number; layer?: EmLayer } = {};
    while (!args.done) {
      if (args.oneOf(["at", "layer"]) === "at") out.at = args.integer(U16);
      else out.layer = args.layer();
    }
    return { needle, ...out, at: out.at ?? args.fail("its offset is missing: at") };
  },
  print: ({ needle, at, layer }) => `${quote(needle)} at ${at} layer ${layer}`,
  show: ({ needle, at, layer }) =>
    `${Array.from(needle, (b) => `${b.toString(16).padStart(2, "0")} `).join("")}"${dotted(needle)}" at ${at} layer ${layerNumber(layer)}`,
};

const WIDTHS = { u8: { bytes: 1, max: 0xff }, u16: { bytes: 2, max: U16 }, u32: { bytes: 4, max: U32 } } as const;
const u32: Spelling<"u32"> = {
  parse(args) {
    const { bytes, max } = WIDTHS[args.oneOf(ALIGNS)];
    const value = args.integer(max);
    const mask = args.integer(max);
    if (!args.take("at")) args.fail("its offset is missing: at");
    const next = args.next("an offset");
    const word = typeof next === "string" ? next : args.fail("a string is not an offset");
    const nexthdr = word.startsWith("nexthdr+");
    const digits = word === "nexthdr+" ? args.value("an offset", (w) => w) : word.replace("nexthdr+", "");
    const at = parseInteger(digits) ?? args.fail(`${JSON.stringify(word)} is not an offset`);
    if (at % bytes !== 0) args.fail(`at ${at} is not a multiple of ${bytes}`);
    const shift = 8 * (4 - bytes - (at & 3));
    const shifted = (x: number) => (x << shift) >>> 0;
    return { value: shifted(value & mask), mask: shifted(mask), at: at & ~3, ...(nexthdr && { nexthdr }) };
  },
  print: ({ value, mask, at, nexthdr }) => `u32 ${hex(value)} ${hex(mask)} at ${nexthdr ? "nexthdr+" : ""}${at}`,
  show: ({ value, mask, at, nexthdr }) => `${hex8(value)}/${hex8(mask)} at ${nexthdr ? "nexthdr+" : ""}${at}`,
};

const META_ALIASES: { readonly [word: string]: MetaId } = { fwmark: "nf_mark" };
const MAX_SHIFT = 31;
function parseObject(args: Arguments): MetaObject {
  const argument = args.next("an identifier, a number or a string");
  if (typeof argument !== "string") return new TextDecoder().decode(argument);
  const number = parseInteger(argument);
  if (number !== undefined)
    return number >= 0 && number <= U32 ? number : args.fail(`${argument} is not an integer from 0 to ${U32}`);
  const id =
    META_IDS.find((name) => name === argument) ??
    META_ALIASES[argument] ??
    args.fail(`${JSON.stringify(argument)} is not one of ${META_IDS.join(", ")}`);
  const out: { id: MetaId; shift?: number; mask?: number } = { id };
  for (;;) {
    const word = args.take("shift", "mask");
    if (word === undefined) return out;
    if (word === "shift") out.shift = args.integer(MAX_SHIFT);
    else out.mask = args.integer(U32);
  }
}
const printObject = (
  object: MetaObjectOut,
  value: (text: string) => string,
  mask: (mask: number) => string,
): string => {
  if (typeof object === "string") return value(object);
  if (typeof object === "number") return String(object);
  const { id, shift, mask: bits } = object;
  return `${id}${shift ? ` shift ${shift}` : ""}${bits ? ` mask ${mask(bits)}` : ""}`;
};
const printText = (text: string) => quote(new TextEncoder().encode(text));
function showText(text: string): string {
  const data = new TextEncoder().encode(text);
  if (data.every(isPrintable)) return text;
  return `${Array.from(data, (b) => `${b.toString(16).padStart(2, "0")} `).join("")}"${dotted(data)}"`;
}
const signed = (object: MetaObjectOut): MetaObjectOut => (typeof object === "number" ? object | 0 : object);
const meta: Spelling<"meta"> = {
  parse: (args) => ({ left: parseObject(args), op: args.oneOf(OPERANDS), right: parseObject(args) }),
  print: ({ left, op, right }) => `${printObject(left, printText, hex)} ${op} ${printObject(right, printText, hex)}`,
  show({ left, op, right }) {
    const shown = (object: MetaObjectOut) => printObject(signed(object), showText, (mask) => `0x${hex8(mask)}`);
    return `${shown(left)} ${op} ${shown(right)}`;
  },
};

/** tc has no words for it: `text(kmp "GET " from 0 layer network to 100 layer transport)`. */
const text: Spelling<"text"> = {
  parse(args) {
    const algorithm = args.value("an algorithm such as kmp or bm", (word) => word);
    const pattern = args.bytes("a pattern");
    const place = (word: string) => {
      if (!args.take(word)) args.fail(`${word} is missing`);
      const offset = args.integer(U16);
      return { offset, ...(args.take("layer") && { layer: args.layer() }) };
    };
    return { algorithm, pattern, from: place("from"), to: place("to") };
  },
  print: ({ algorithm, pattern, from, to }) =>
    `${algorithm} ${quote(pattern)} from ${from.offset} layer ${from.layer} to ${to.offset} layer ${to.layer}`,
};

const CAN = { sff: 0x7ff, eff: 0x1fffffff } as const;
const parseHexDigits = (digits: string | undefined, max: number): number | undefined => {
  const x = digits !== undefined && /^(0x)?[0-9a-f]{1,8}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
  return x !== undefined && x <= max ? x : undefined;
};
const canid: Spelling<"canid"> = {
  parse(args) {
    const list: { id: number; mask?: number; extended?: boolean }[] = [];
    do {
      const format = args.oneOf(["sff", "eff"]);
      const max = CAN[format];
      list.push(
        args.value(`an identifier in hexadecimal up to ${hex(max)}, maybe with a mask: ID:MASK`, (word) => {
          const [first, second, more] = word.split(":") as [string, string?, string?];
          const id = parseHexDigits(first, max);
          const mask = second === undefined ? max : parseHexDigits(second, max);
          if (id === undefined || mask === undefined || more !== undefined) return undefined;
          return { id, ...(mask !== max && { mask }), ...(format === "eff" && { extended: true }) };
        }),
      );
    } while (!args.done);
    return list;
  },
  print: (list) =>
    list
      .map(({ id, mask, extended }) => {
        const upper = (x: number) => `0x${x.toString(16).toUpperCase()}`;
        return `${extended ? "eff" : "sff"} ${upper(id)}${mask === undefined ? "" : `:${upper(mask)}`}`;
      })
      .join(" "),
};

/** tc looks the set's name up; here it is its number. */
const ipset: Spelling<"ipset"> = {
  parse(args) {
    const index = args.value("the number of a set (its name cannot be looked up here)", (word) => {
      const x = parseInteger(word);
      return x !== undefined && x >= 0 && x < U16 ? x : undefined;
    });
    const directions = args.value(`"src" and "dst", joined by commas`, (word) => {
      const parts = word.split(",");
      return parts.every((part) => part === "src" || part === "dst") ? (parts as ("src" | "dst")[]) : undefined;
    });
    return { index, directions };
  },
  print: ({ index, directions }) => `${index} ${directions.join(",")}`,
};

const spellings: { readonly [K in EmKind]: Spelling<K> } = { cmp, nbyte, u32, meta, text, canid, ipset };
const UNKNOWN_TO_TC: readonly string[] = ["text"] satisfies readonly EmKind[];

/** @throws {CodecError} begins with the filter's kind and the condition's */
export function parseCondition(words: Words, kind: EmKind, list: readonly Argument[]): EmOptions {
  const args = new Arguments(words, kind, list);
  const options = spellings[kind].parse(args);
  args.end();
  return { [kind]: options } as unknown as EmOptions;
}
export const isEmKind = (kind: string): kind is EmKind => Object.hasOwn(spellings, kind);
/** `cmp(u8 at 0 layer network eq 1)`. */
export const printCondition = (kind: EmKind, options: never): string =>
  `${kind}(${(spellings[kind] as Spelling<"cmp">).print(options)})`;
/** As tc shows it. */
export function showCondition(kind: EmKind, options: never, context: TcContext, number: number): string {
  if (UNKNOWN_TO_TC.includes(kind)) return `[unknown ematch ${number}]`;
  const spelling = spellings[kind] as Spelling<"cmp">;
  return `${kind}(${spelling.show?.(options, context) ?? spelling.print(options)})`;
}
