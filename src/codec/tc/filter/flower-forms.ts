/** How flower's keys are given, read, spelt and shown: one form for each sort of value. @module */
import { fail, show } from "../../schema/program.ts";
import { ETHERTYPE_FORMS, formatEthertype, parseEthertype } from "../../text/ethertype.ts";
import { IP_PROTOCOL_FORMS, ipProtocolName, ipProtocolNumber } from "../../text/ip-protocol.ts";
import { PPP_PROTOCOL_FORMS, parsePppProtocol, pppProtocolName } from "../../text/ppp-protocol.ts";
import { formatIp, parseIp } from "../../wire/ip.ts";
import { parseMac, readMac } from "../../wire/mac.ts";
import type { Out } from "../show.ts";
import { parseInteger, type Words } from "../words.ts";
import { fromMasked, hex, type MaskedOut, parseHex, parseMasked, toMasked } from "./masked.ts";

/** A key and, of keys that have one, its mask, as the schema has them. */
export interface Pair {
  readonly value: unknown;
  readonly mask?: unknown;
}
export interface Form {
  /** @throws {CodecError} at the option */
  write(given: unknown, option: string): Pair;
  read(pair: Pair): unknown;
  parse(words: Words, word: string): unknown;
  print(option: unknown): string;
  show(pair: Pair, word: string, out: Out): void;
}

const line = (word: string, text: string | number): string => `\n  ${word} ${text}`;
/** Shown as text, also in JSON. */
const showText = (word: string, text: string, out: Out): void => out.put(word, text, line(word, text));

// ---- numbers ------------------------------------------------------------------------------------------------------------------
/** A number without a mask. */
export const number = (max: number): Form => ({
  write: (given, option) =>
    Number.isInteger(given) && (given as number) >= 0 && (given as number) <= max
      ? { value: given }
      : fail(option, -1, `${show(given)} is not an integer from 0 to ${max}`),
  read: ({ value }) => value,
  parse: (words, word) => words.integer(word, max),
  print: String,
  show: ({ value }, word, out) => out.put(word, value as number, line(word, value as number)),
});

/** A switch, which tc writes as 0 or 1. */
export const bit: Form = {
  write: (given, option) =>
    typeof given === "boolean" ? { value: given ? 1 : 0 } : fail(option, -1, `${show(given)} is not true or false`),
  read: ({ value }) => value !== 0,
  parse: (words, word) => words.integer(word, 1) === 1,
  print: (option) => (option ? "1" : "0"),
  show: ({ value }, word, out) => out.put(word, value as number, line(word, value as number)),
};

interface MaskedFacts {
  readonly read?: (word: string) => number | undefined;
  readonly readMask?: (word: string) => number | undefined;
  readonly print?: (value: number) => string;
  readonly printMask?: (mask: number) => string;
  /** Shown as one text, where others have their mask under a key of its own. */
  readonly text?: (value: number, mask: number) => string;
  /** Names of values. */
  readonly names?: { readonly [name: string]: number };
}
/** A number with a mask. */
export function maskedNumber(max: number, facts: MaskedFacts = {}): Form {
  const { read = parseInteger, readMask = read, print = String, printMask = hex, text, names = {} } = facts;
  const nameOf = (value: number) => Object.keys(names).find((name) => names[name] === value);
  const numberOf = (pair: Pair) => ({ value: pair.value as number, mask: (pair.mask as number | undefined) ?? max });
  return {
    write(given, option) {
      const named = typeof given === "string" && Object.hasOwn(names, given) ? names[given] : given;
      if (typeof named === "string" && nameOf(1) !== undefined)
        fail(option, -1, `${show(given)} is not one of ${Object.keys(names).join(", ")}`);
      return toMasked(named, option, max, true);
    },
    read(pair) {
      const { value, mask } = numberOf(pair);
      return (mask === max ? nameOf(value) : undefined) ?? fromMasked(value, mask, max);
    },
    parse: (words, word) =>
      words.maybe((w) => (Object.hasOwn(names, w) ? w : undefined)) ?? parseMasked(words, word, max, read, readMask),
    print(option) {
      if (typeof option === "string") return option;
      const { value, mask } = toMasked(option as MaskedOut, "", max, true);
      return mask === max ? print(value) : `${print(value)}/${printMask(mask)}`;
    },
    show(pair, word, out) {
      const { value, mask } = numberOf(pair);
      if (text) showText(word, (mask === max ? nameOf(value) : undefined) ?? text(value, mask), out);
      else {
        out.put(word, value, line(word, value));
        if (mask !== max) out.put(`${word}_mask`, mask.toString(16), `/0x${mask.toString(16)}`);
      }
    },
  };
}
const decimalOrHex = (word: string) => (/^\d+$/.test(word) ? Number(word) : parseHex(word));
/** tos and ttl: hexadecimal where it is no decimal number, and masks always. */
export const tosTtl = maskedNumber(0xff, { read: decimalOrHex, readMask: parseHex });
export const tcpFlags = maskedNumber(0xfff, {
  read: parseHex,
  print: hex,
  text: (value, mask) => `0x${value.toString(16)}/${mask.toString(16)}`,
});
const plainText = (value: number, mask: number) => `${value}${mask === 0xff ? "" : `/${mask}`}`;
export const icmpNumber = maskedNumber(0xff, { printMask: String, text: plainText });
export const arpOperation = maskedNumber(0xff, {
  printMask: String,
  text: plainText,
  names: { request: 1, reply: 2 },
});

// ---- addresses ------------------------------------------------------------------------------------------------------------------
/** Bits of a mask of whole leading ones; undefined for another, and for none. */
function maskBits(mask: Uint8Array): number | undefined {
  let bits = 0;
  while (bits < mask.length * 8 && (mask[bits >> 3]! & (0x80 >> (bits & 7))) !== 0) bits++;
  for (let i = bits; i < mask.length * 8; i++) if ((mask[i >> 3]! & (0x80 >> (i & 7))) !== 0) return undefined;
  return bits === 0 ? undefined : bits;
}
function bitsMask(bits: number, bytes: number): Uint8Array {
  const mask = new Uint8Array(bytes);
  for (let i = 0; i < bits; i++) mask[i >> 3]! |= 0x80 >> (i & 7);
  return mask;
}
const ones = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0xff);

interface Addressed {
  readonly parse: (text: string) => Uint8Array | undefined;
  readonly format: (bytes: Uint8Array) => string;
}
/** `ADDRESS`, `ADDRESS/BITS` or `ADDRESS/MASK`, as text. */
function address({ parse, format }: Addressed, what: (text: string) => string): Form {
  const split = (text: unknown): { value: Uint8Array; mask: Uint8Array } | undefined => {
    if (typeof text !== "string") return undefined;
    const [first, second, more] = text.split("/") as [string, string?, string?];
    const value = parse(first);
    if (value === undefined || more !== undefined) return undefined;
    const mask =
      second === undefined
        ? ones(value.length)
        : /^\d{1,3}$/.test(second)
          ? Number(second) <= value.length * 8
            ? bitsMask(Number(second), value.length)
            : undefined
          : parse(second);
    return mask?.length === value.length ? { value, mask } : undefined;
  };
  const join = (value: string, mask: string | undefined): string => {
    const maskBytes = mask === undefined ? undefined : parse(mask);
    const bits = maskBytes && maskBits(maskBytes);
    return maskBytes === undefined || bits === maskBytes.length * 8 ? value : `${value}/${bits ?? mask}`;
  };
  return {
    write(given, option) {
      const found = split(given) ?? fail(option, -1, `${show(given)} is not ${what(option)}`);
      return { value: format(found.value), mask: format(found.mask) };
    },
    read: ({ value, mask }) => join(value as string, mask as string | undefined),
    parse: (words, word) => words.value(word, what(word), (w) => (split(w) ? w : undefined)),
    print: String,
    show: ({ value, mask }, word, out) => showText(word, join(value as string, mask as string | undefined), out),
  };
}
export const macAddress = address(
  {
    parse: (text) => {
      const bytes = parseMac(text);
      return bytes?.length === 6 ? bytes : undefined;
    },
    format: (bytes) => readMac(bytes, 0, 6),
  },
  () => `an Ethernet address, maybe with a mask: "02:00:00:00:00:01/24"`,
);
export const ipAddress = address({ parse: parseIp, format: formatIp }, () => `an IP address or prefix: "10.0.0.0/8"`);

// ---- protocols ------------------------------------------------------------------------------------------------------------------
export const ethertype: Form = {
  write: (given, option) => ({
    value:
      typeof given === "string" || typeof given === "number"
        ? (parseEthertype(given) ?? fail(option, -1, `${show(given)} is not ${ETHERTYPE_FORMS}`))
        : fail(option, -1, `${show(given)} is not ${ETHERTYPE_FORMS}`),
  }),
  read: ({ value }) => readable(value as number),
  parse: (words, word) => words.value(word, ETHERTYPE_FORMS, (w) => map(parseEthertype(w), readable)),
  print: String,
  show: ({ value }, word, out) => showText(word, formatEthertype(value as number), out),
};
const map = <A, B>(x: A | undefined, f: (x: A) => B): B | undefined => (x === undefined ? undefined : f(x));
const readable = (type: number): string | number => {
  const name = formatEthertype(type);
  return name.startsWith("[") ? type : name;
};

const SHOWN_ETHERTYPES: { readonly [type: number]: string } = {
  2048: "ipv4",
  34525: "ipv6",
  2054: "arp",
  32821: "rarp",
};
/** The type behind all tags, which tc shows in words of its own. */
export const innerEthertype: Form = {
  ...ethertype,
  show: ({ value }, word, out) =>
    showText(word, SHOWN_ETHERTYPES[value as number] ?? (value as number).toString(16).padStart(4, "0"), out),
};

const FLOWER_PROTOCOLS: readonly (string | number)[] = ["tcp", "udp", "sctp", "icmp", "icmpv6"];
const protocolText = (number: number): string => {
  const name = ipProtocolName(number);
  return FLOWER_PROTOCOLS.includes(name) ? String(name) : number.toString(16).padStart(2, "0");
};
export const ipProtocol: Form = {
  write: (given, option) => ({
    value: ipProtocolNumber(given) ?? fail(option, -1, `${show(given)} is not ${IP_PROTOCOL_FORMS}`),
  }),
  read: ({ value }) => ipProtocolName(value as number),
  // A number is hexadecimal, with 0x or without.
  parse: (words, word) =>
    words.value(word, `${IP_PROTOCOL_FORMS} in hexadecimal`, (w) => {
      const number = ipProtocolNumber(w) ?? parseHex(w);
      return number !== undefined && number <= 0xff ? ipProtocolName(number) : undefined;
    }),
  print: (option) => protocolText(ipProtocolNumber(option)!),
  show: ({ value }, word, out) => showText(word, protocolText(value as number), out),
};
export const pppProtocol: Form = {
  write: (given, option) => ({
    value: parsePppProtocol(given) ?? fail(option, -1, `${show(given)} is not ${PPP_PROTOCOL_FORMS}`),
  }),
  read: ({ value }) => pppProtocolName(value as number),
  parse: (words, word) => words.value(word, PPP_PROTOCOL_FORMS, (w) => map(parsePppProtocol(w), pppProtocolName)),
  print: String,
  show: ({ value }, word, out) => {
    const name = pppProtocolName(value as number);
    showText(word, typeof name === "number" ? `[${name}]` : name, out);
  },
};

// ---- bits that are set, clear, or of no interest ----------------------------------------------------------------------------------
/** `{ frag: true, firstfrag: false }`. `separated`: `frag/nofirstfrag`, where others are `+trk-new`. */
export function bits(names: { readonly [name: string]: number }, separated: boolean): Form {
  const known = Object.keys(names);
  const forms = separated ? `${known.join("/")}, each maybe with "no"` : known.map((name) => `+${name}`).join("");
  const entries = (value: number, mask: number) =>
    known.filter((name) => mask & names[name]!).map((name) => [name, (value & names[name]!) !== 0] as const);
  const text = (all: readonly (readonly [string, unknown])[]) =>
    separated
      ? all.map(([name, on]) => (on ? name : `no${name}`)).join("/")
      : all.map(([name, on]) => `${on ? "+" : "-"}${name}`).join("");
  const read = (word: string): { [name: string]: boolean } | undefined => {
    const parts = separated ? word.split("/") : (word.match(/[+-][^+-]*/g) ?? [""]);
    if (!separated && parts.join("") !== word) return undefined;
    const out: { [name: string]: boolean } = {};
    for (const part of parts) {
      const off = separated ? part.startsWith("no") : part.startsWith("-");
      const name = separated ? (off ? part.slice(2) : part) : part.slice(1);
      if (!known.includes(name)) return undefined;
      out[name] = !off;
    }
    return out;
  };
  return {
    write(given, option) {
      const object = typeof given === "string" ? read(given) : given;
      if (typeof object !== "object" || object === null)
        return fail(option, -1, `${show(given)} is not ${forms} or an object of these`);
      let value = 0;
      let mask = 0;
      for (const [name, on] of Object.entries(object)) {
        if (on === undefined) continue;
        if (!known.includes(name))
          fail(`${option}.${name}`, -1, `there is no such flag; there are ${known.join(", ")}`);
        if (typeof on !== "boolean") fail(`${option}.${name}`, -1, `${show(on)} is not true or false`);
        mask |= names[name]!;
        if (on) value |= names[name]!;
      }
      return { value, mask };
    },
    read: ({ value, mask }) => Object.fromEntries(entries(value as number, (mask as number | undefined) ?? 0xffff)),
    parse: (words, word) => words.value(word, forms, read),
    print: (option) => text(Object.entries(option as object)),
    show({ value, mask }, word, out) {
      const all = entries(value as number, (mask as number | undefined) ?? 0xffff);
      if (all.length === 0) return;
      if (!separated) showText(word, text(all), out);
      else {
        out.put(word, Object.fromEntries(all), line(word, text(all)));
      }
    },
  };
}

// ---- labels of conntrack ------------------------------------------------------------------------------------------------------------
const toHex = (data: Uint8Array): string => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2}){1,16}$/i.test(text)
    ? Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16))
    : undefined;
const LABEL_FORMS = "up to 16 bytes in hexadecimal, maybe with a mask: BYTES/MASK";
export const label: Form = {
  write(given, option) {
    const [first, second, more] = typeof given === "string" ? (given.split("/") as [string, string?, string?]) : [];
    const value = first === undefined ? undefined : fromHex(first);
    const mask = second === undefined ? ones(16) : fromHex(second);
    return value && mask && more === undefined
      ? { value, mask }
      : fail(option, -1, `${show(given)} is not ${LABEL_FORMS}`);
  },
  read: ({ value, mask }) => labelText(value as Uint8Array, mask as Uint8Array | undefined),
  parse: (words, word) =>
    words.value(word, LABEL_FORMS, (w) => (w.split("/").every((part) => fromHex(part)) ? w : undefined)),
  print: String,
  show: ({ value, mask }, word, out) =>
    showText(word, labelText(value as Uint8Array, mask as Uint8Array | undefined), out),
};
function labelText(value: Uint8Array, mask: Uint8Array | undefined): string {
  const full = value.length === 16 && (mask === undefined || mask.every((b) => b === 0xff));
  return full ? toHex(value) : `${toHex(value)}/${toHex(mask ?? ones(16))}`;
}
