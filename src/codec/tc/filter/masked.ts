/** Numbers of which only some bits count. @module */
import { fail, show } from "../../schema/program.ts";
import { parseInteger, type Words } from "../words.ts";

/** A number, all of whose bits count, or those of `mask`. */
export type Masked = number | { readonly value: number; readonly mask: number };
/** As read: a plain number where the mask is full. */
export type MaskedOut = number | { value: number; mask: number };

const fits = (x: unknown, max: number): x is number =>
  Number.isInteger(x) && (x as number) >= 0 && (x as number) <= max;

/** @throws {CodecError} one that does not fit, or, where such never matches, a value with bits outside its mask */
export function toMasked(given: unknown, name: string, max: number, loose = false): { value: number; mask: number } {
  if (fits(given, max)) return { value: given, mask: max };
  if (typeof given === "object" && given !== null) {
    const { value, mask, ...others } = given as { value?: unknown; mask?: unknown };
    for (const other in others) fail(`${name}.${other}`, -1, "there is no such option; there are value, mask");
    if (!fits(value, max)) return fail(`${name}.value`, -1, `${show(value)} is not an integer from 0 to ${max}`);
    if (!fits(mask, max)) return fail(`${name}.mask`, -1, `${show(mask)} is not an integer from 0 to ${max}`);
    if (!loose && (value & ~mask) !== 0) fail(`${name}.value`, -1, `${value} has bits outside its mask ${hex(mask)}`);
    return { value, mask };
  }
  return fail(name, -1, `${show(given)} is not an integer from 0 to ${max}, or { value, mask }`);
}
export const fromMasked = (value: number, mask: number, max: number): MaskedOut =>
  mask === max ? value : { value, mask };

export const hex = (x: number): string => `0x${(x >>> 0).toString(16)}`;

type ReadNumber = (word: string) => number | undefined;
/** Digits in hexadecimal, with 0x or without. */
export const parseHex: ReadNumber = (word) =>
  /^(0x)?[0-9a-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : undefined;

/** `VALUE` or `VALUE/MASK`; bits outside the mask stay. */
export function parseMasked(
  words: Words,
  after: string,
  max: number,
  readValue: ReadNumber = parseInteger,
  readMask: ReadNumber = readValue,
): MaskedOut {
  return words.value(after, `an integer from 0 to ${max}, or VALUE/MASK`, (word) => {
    const [first, second, more] = word.split("/") as [string, string?, string?];
    const value = readValue(first);
    const mask = second === undefined ? max : readMask(second);
    return fits(value, max) && fits(mask, max) && more === undefined ? fromMasked(value, mask, max) : undefined;
  });
}
