/** The words of a line. @module */
import { usage } from "../failure.ts";

/** A cursor over the words of a line. */
export class Line {
  readonly #words: string[];
  #at = 0;
  constructor(words: readonly string[]) {
    this.#words = [...words];
  }
  /** The word to come, which stays; undefined at the end. */
  get ahead(): string | undefined {
    return this.#words[this.#at];
  }
  get done(): boolean {
    return this.#at >= this.#words.length;
  }
  /** The word to come, which is used up. @throws {CommandError} at the end of the line */
  next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw usage('Command line is not complete. Try option "help"');
    this.#at++;
    return word;
  }
  /** Uses the next word up if it is one of these. */
  take(...words: readonly string[]): string | undefined {
    const word = this.#words[this.#at];
    if (word === undefined || !words.includes(word)) return undefined;
    this.#at++;
    return word;
  }
  /** What `read` makes of the next words, which are used up unless it is undefined or fails. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const at = this.#at;
    let value: T | undefined;
    try {
      value = read();
    } catch {
      // What is wrong with them is told by who reads them next.
    }
    if (value === undefined) this.#at = at;
    return value;
  }
  /** Puts a word before those to come. */
  insert(word: string): void {
    this.#words.splice(this.#at, 0, word);
  }
  /** All the words that are left. */
  rest(): string[] {
    const rest = this.#words.slice(this.#at);
    this.#at = this.#words.length;
    return rest;
  }
}
