/** Checks of what users give. @module */
import type { Codec, Input } from "../codec/schema/codec.ts";
import { type DeviceIndex, type FriendlyInput, fromFriendly } from "../codec/schema/friendly.ts";
import type { Names } from "../codec/schema/scalar.ts";
import { CodecError } from "../codec/wire/error.ts";
import { formatIp, parseIp, writeIpv4, writeIpv6 } from "../codec/wire/ip.ts";

/** An option that cannot be: unknown, of the wrong form, or at odds with another. Nothing has been sent. */
export class OptionError extends TypeError {
  override readonly name = "OptionError";
  /** The option at fault: `"via"`. */
  readonly option: string;
  /** What was expected. */
  readonly expected: string;
  constructor(message: string, option: string, expected: string) {
    super(message);
    this.option = option;
    this.expected = expected;
  }
}

/** @throws {OptionError} the first key of `options` that is not known */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const key in options)
    if (!known.includes(key))
      throw new OptionError(
        `${where}.${key}: there is no such option; there are ${known.join(", ")}`,
        key,
        known.join(", "),
      );
}

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_BRIDGE = 7;
export const AF_MPLS = 28;
/** An address family: its name, or AF_*. */
export type Family = "inet" | "inet6" | "bridge" | "mpls" | number;
const families: { readonly [name: string]: number } = {
  unspec: 0,
  inet: AF_INET,
  bridge: AF_BRIDGE,
  inet6: AF_INET6,
  mpls: AF_MPLS,
};

const familyNames = new Map(Object.entries(families).map(([name, number]) => [number, name]));
export const familyName = (family: number): string => familyNames.get(family) ?? String(family);
/** @throws {OptionError} */
export function familyNumber(where: string, family: Family): number {
  const number = typeof family === "number" ? family : families[family];
  if (number === undefined || !Number.isInteger(number))
    throw new OptionError(
      `${where}: ${JSON.stringify(family)} is not one of ${Object.keys(families).join(", ")}`,
      optionOf(where),
      "a family",
    );
  return number;
}

const optionOf = (where: string): string => where.slice(where.indexOf(".") + 1);
const scratch = new Uint8Array(16);

/** Family of an address. @throws {OptionError} text that is none */
export function parseAddress(where: string, text: string): typeof AF_INET | typeof AF_INET6 {
  if (typeof text === "string") {
    if (text.indexOf(":") < 0) {
      if (writeIpv4(scratch, 0, text)) return AF_INET;
    } else if (writeIpv6(scratch, 0, text)) return AF_INET6;
  }
  throw new OptionError(`${where}: ${JSON.stringify(text)} is not an IP address`, optionOf(where), "an IP address");
}

export interface Prefix {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly address: string;
  readonly length: number;
}
/** One to three digits at the end of a text, or -1. Adding many routes: a regular expression takes as long as all the rest. */
function prefixLength(text: string, at: number): number {
  const digits = text.length - at;
  if (digits < 1 || digits > 3) return -1;
  let length = 0;
  for (let i = at; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}
/**
 * `"10.0.0.0/8"`, or an address, which is a prefix of its whole length.
 * @throws {OptionError} what is not, and, unless `host`, bits set behind the prefix
 */
export function parsePrefix(where: string, text: string, host = false): Prefix {
  const slash = typeof text === "string" ? text.indexOf("/") : -1;
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = parseAddress(where, address);
  const bits = family === AF_INET ? 32 : 128;
  if (slash < 0) return { family, address, length: bits };
  const length = prefixLength(text, slash + 1);
  if (length < 0 || length > bits)
    throw new OptionError(`${where}: "${text}" needs a prefix length from 0 to ${bits}`, optionOf(where), "a prefix");
  if (!host && length < bits) {
    // parseAddress has left the bytes in scratch.
    for (let bit = length; bit < bits; bit = (bit | 7) + 1)
      if ((scratch[bit >> 3]! & (0xff >> (bit & 7))) !== 0) {
        const masked = scratch.slice(0, bits >> 3);
        for (let i = 0; i < masked.length; i++)
          masked[i]! &= i * 8 >= length ? 0 : (0xff00 >> Math.min(8, length - i * 8)) & 0xff;
        throw new OptionError(
          `${where}: ${text} has host bits set; ${formatIp(masked)}/${length}?`,
          optionOf(where),
          "a prefix without host bits",
        );
      }
  }
  return { family, address, length };
}

/** An address in the form that decoded messages have, for comparison with them. @throws {OptionError} */
export function canonicalAddress(where: string, text: string): string {
  parseAddress(where, text);
  return formatIp(parseIp(text)!);
}

/** Whether an address lies in a prefix. */
export function contains(prefix: Prefix, address: string): boolean {
  const a = parseIp(address);
  const b = parseIp(prefix.address);
  if (!a || !b || a.length !== b.length) return false;
  for (let bit = 0; bit < prefix.length; bit += 8)
    if (((a[bit >> 3]! ^ b[bit >> 3]!) & (0xff00 >> Math.min(8, prefix.length - bit)) & 0xff) !== 0) return false;
  return true;
}

/** An integer from 0 to `max`. @throws {OptionError} */
export function integer(where: string, value: number, max = 0xffffffff): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new OptionError(
    `${where}: ${JSON.stringify(value)} is not an integer from 0 to ${max}`,
    optionOf(where),
    `an integer from 0 to ${max}`,
  );
}

/** Number of a word in a table of names, or the number itself. @throws {OptionError} */
export function wordNumber(where: string, names: Names, word: string | number): number {
  if (typeof word === "number" && Number.isInteger(word) && word >= 0 && word <= 0xffffffff) return word;
  if (typeof word === "string" && Object.hasOwn(names.values, word)) return names.values[word]!;
  if (typeof word === "string" && /^\d+$/.test(word) && Number(word) <= 0xffffffff) return Number(word);
  throw new OptionError(
    `${where}: ${JSON.stringify(word)} is not one of ${Object.keys(names.values).join(", ")}`,
    optionOf(where),
    "a name or a number",
  );
}

/** A value of the codec from one in the user's terms. @throws {OptionError} */
export function fromOptions<C extends Codec>(
  where: string,
  codec: C,
  value: FriendlyInput<C>,
  deviceIndex?: DeviceIndex,
): Input<C> {
  try {
    return fromFriendly(codec, value, deviceIndex);
  } catch (e) {
    if (e instanceof CodecError) throw new OptionError(`${where}.${e.message}`, e.path, e.reason);
    throw e;
  }
}

/** A range, both ends included: `80`, `"80-90"` or `[80, 90]`. */
export type Range = number | string | readonly [number, number];
/** @throws {OptionError} what is no range of integers from `min` to `max` */
export function parseRange(where: string, given: Range, min: number, max: number): { start: number; end: number } {
  const text = typeof given === "number" ? String(given) : Array.isArray(given) ? given.join("-") : given;
  const match = typeof text === "string" ? /^(\d+)(?:-(\d+))?$/.exec(text) : null;
  const start = Number(match?.[1]);
  const end = match?.[2] === undefined ? start : Number(match[2]);
  if (match && start >= min && start <= end && end <= max) return { start, end };
  throw new OptionError(
    `${where}: ${JSON.stringify(given)} is not a number or range from ${min} to ${max}`,
    optionOf(where),
    '80, "80-90" or [80, 90]',
  );
}
