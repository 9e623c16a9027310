/** tc's words as a table: which option each sets, and how its value is read. @module */
import { parseSize, SIZE_FORMS } from "../text/size.ts";
import { parseInteger, percent, type Words } from "./words.ts";

export type Options = Record<string, unknown>;
/** Reads what follows the word, and sets options. */
export type Read = (words: Words, word: string, out: Options) => void;
export type ReadTable = { readonly [word: string]: Read };

/** Reads all words by the table. @throws {CodecError} a word that it lacks, with those that it has */
export function readWords(words: Words, table: ReadTable): Options {
  const out: Options = {};
  while (!words.done) {
    const word = words.next();
    const read = Object.hasOwn(table, word) ? table[word] : undefined;
    (read ?? words.unknown(word, Object.keys(table)))(words, word, out);
  }
  return out;
}

const reading =
  <T>(option: string, read: (words: Words, word: string) => T): Read =>
  (words, word, out) => {
    out[option] = read(words, word);
  };
export const time = (option: string, bare?: number): Read =>
  reading(`${option}Ms`, (words, word) => words.time(word, bare));
export const rate = (option: string): Read => reading(`${option}BytesPerSecond`, (words, word) => words.rate(word));
export const size = (option: string): Read => reading(`${option}Bytes`, (words, word) => words.size(word));
/** A size, and behind a slash the bytes an entry of the rate table (get_size_and_cell). */
export const sizeAndCell =
  (option: string): Read =>
  (words, word, out) => {
    const text = words.ahead;
    const slash = text?.indexOf("/") ?? -1;
    if (slash < 0) {
      size(option)(words, word, out);
      return;
    }
    words.next();
    const bytes = parseSize(text!.slice(0, slash), 1);
    const cell = parseInteger(text!.slice(slash + 1));
    if (bytes === undefined || bytes < 0 || cell === undefined || !isPowerOfTwo(cell))
      words.fail(`${word}: ${JSON.stringify(text)} is not ${SIZE_FORMS}, with "/CELL" behind it: a power of two`);
    out[`${option}Bytes`] = bytes;
    out[`${option}Cell`] = cell;
  };
const isPowerOfTwo = (x: number): boolean => x >= 1 && x <= 2 ** 31 && Number.isInteger(Math.log2(x));
export const integer = (option: string, max?: number, min?: number): Read =>
  reading(option, (words, word) => words.integer(word, max, min));
export const oneOf = (option: string, names: readonly string[]): Read =>
  reading(option, (words, word) => words.oneOf(word, names));
/** A word that says all by itself. */
export const sets = (option: string, value: unknown): Read => reading(option, () => value);
/** A fraction from 0 to 1, as a percentage. */
export const fraction = (option: string): Read =>
  reading(`${option}Percent`, (words, word) =>
    words.value(word, "a fraction from 0 to 1", (text) => {
      const x = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      return x >= 0 && x <= 1 ? percent(`${Number((x * 100).toPrecision(15))}%`) : undefined;
    }),
  );
/** A percentage as such a fraction. */
export const fractionWord = (percent: number): string => String(Number((percent / 100).toPrecision(15)));
/** Several words, each with a table of its own: all that `read` takes. */
export const several = <T>(
  option: string,
  read: (words: Words) => T | undefined,
  max: number,
  expected: string,
): Read =>
  reading(option, (words, word) => {
    const found: T[] = [];
    while (found.length < max) {
      const next = read(words);
      if (next === undefined) break;
      found.push(next);
    }
    return found.length > 0 ? found : words.fail(`${word}: ${expected} are missing`);
  });
