/** tc's own words, one after the other. @module */
import { fail } from "../schema/program.ts";
import { PERCENT_FORMS, parsePercent } from "../text/percent.ts";
import { parseRate, RATE_FORMS } from "../text/rate.ts";
import { parseSize, SIZE_FORMS } from "../text/size.ts";
import { parseTime, TIME_FORMS } from "../text/time.ts";
import { HANDLE_FORMS, parseHandle } from "./handle.ts";

const US = 1000;

/**
 * A cursor over the words behind a kind. All its errors begin with the kind and name the word: `netem: delay: "10x" is not a time…`.
 * Numbers without a unit are what tc takes them for.
 */
export class Words {
  readonly kind: string;
  readonly #words: readonly string[];
  #at = 0;
  /** Whether a word was wanted where there was none: what is wrong then is that the words end. */
  short = false;
  /** There was a look beyond the end since the last word. */
  #beyond = false;
  constructor(kind: string, words: readonly string[]) {
    this.kind = kind;
    this.#words = words;
  }

  /** The word to come, which stays; undefined at the end. */
  get ahead(): string | undefined {
    if (this.#at >= this.#words.length) this.#beyond = true;
    return this.#words[this.#at];
  }
  /** How many words are used up. */
  get used(): number {
    return this.#at;
  }
  get done(): boolean {
    return this.#at >= this.#words.length;
  }
  /** The word to come, which is used up. @throws {CodecError} at the end: `after` is the word that wants one more */
  next(after?: string, expected = "a value"): string {
    const word = this.#words[this.#at];
    if (word === undefined) {
      this.short = true;
      return this.fail(`${after ?? "it"}: ${expected} is missing`);
    }
    this.#at++;
    this.#beyond = false;
    return word;
  }
  /** Uses the next word up if it is one of these. */
  take(...words: readonly string[]): string | undefined {
    const word = this.ahead;
    if (word === undefined || !words.includes(word)) return undefined;
    this.#at++;
    return word;
  }
  /** The number, time… that the next word is, which is used up, or undefined if it is none. For what may be left out. */
  maybe<T>(read: (word: string) => T | undefined): T | undefined {
    const word = this.ahead;
    const value = word === undefined ? undefined : read(word);
    if (value !== undefined) this.#at++;
    return value;
  }
  /** All the words that are left. */
  rest(): string[] {
    const rest = this.#words.slice(this.#at);
    this.#at = this.#words.length;
    return rest;
  }
  /** What `read` makes of other words, such as the parts of one; undefined if it leaves any. */
  inner<T>(parts: readonly string[], read: (words: Words) => T | undefined): T | undefined {
    const cursor = new Words(this.kind, parts);
    const value = read(cursor);
    return cursor.done ? value : undefined;
  }
  fail(reason: string): never {
    if (this.#beyond) this.short = true;
    return fail(this.kind, -1, reason);
  }
  /** @throws {CodecError} always: `known` are the words that could stand here */
  unknown(word: string, known: Iterable<string>): never {
    return this.fail(`${JSON.stringify(word)} is not known here; there are ${[...known].join(", ")}`);
  }

  /** The value of the word `after`. @throws {CodecError} the next word is not what is expected */
  value<T>(after: string, expected: string, read: (word: string) => T | undefined): T {
    const word = this.next(after, expected);
    return read(word) ?? this.fail(`${after}: ${JSON.stringify(word)} is not ${expected}`);
  }
  /** Milliseconds; a bare number counts `bare` nanoseconds: tc takes microseconds (get_time), at some places nanoseconds (get_time64). */
  time(after: string, bare = US): number {
    return this.value(after, TIME_FORMS, (word) => positive(parseTime(word, bare))) / 1e6;
  }
  /** Bytes per second; a bare number is in bits. */
  rate(after: string): number {
    return this.value(after, RATE_FORMS, (word) => positive(parseRate(word, 1 / 8)));
  }
  /** Bytes. */
  size(after: string): number {
    return this.value(after, SIZE_FORMS, (word) => positive(parseSize(word, 1)));
  }
  percent(after: string): number {
    return this.value(after, PERCENT_FORMS, percent);
  }
  /** A whole number, also in hex (0x) and octal (0…), as strtol reads it. */
  integer(after: string, max = 0xffffffff, min = 0): number {
    return this.value(after, `an integer from ${min} to ${max}`, (word) => {
      const x = parseInteger(word);
      return x !== undefined && x >= min && x <= max ? x : undefined;
    });
  }
  handle(after: string): number {
    return this.value(after, HANDLE_FORMS, parseHandle);
  }
  oneOf<N extends string>(after: string, names: readonly N[]): N {
    return this.value(after, `one of ${names.join(", ")}`, (word) => names.find((name) => name === word));
  }
}

const positive = (x: number | undefined) => (x !== undefined && x >= 0 ? x : undefined);
export const percent = (word: string): number | undefined => {
  const x = parsePercent(word, 1);
  return x !== undefined && x >= 0 && x <= 100 ? x : undefined;
};

/** `"10"`, `"0x1f"`, `"-3"`, and `"010"` which is 8. */
export function parseInteger(word: string): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(word);
  if (!match) return undefined;
  const digits = match[2]!;
  const size = /^0x/i.test(digits)
    ? Number.parseInt(digits, 16)
    : digits.startsWith("0") && digits.length > 1
      ? Number.parseInt(digits, 8)
      : Number(digits);
  return match[1] === "-" ? -size : size;
}
