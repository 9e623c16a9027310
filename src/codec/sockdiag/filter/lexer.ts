/** Words and signs of a filter. @module */
import { FilterError } from "./error.ts";

export interface Token {
  readonly kind: "word" | "(" | ")" | "not" | "and" | "or" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "end";
  /** As it was written; of a word, without what quotes it. */
  readonly text: string;
  readonly at: number;
  /** A word with quotes or a backslash: never an operator. */
  readonly quoted: boolean;
}

/** Longest first. */
const signs: readonly (readonly [sign: string, kind: Token["kind"]])[] = [
  ["&&", "and"],
  ["||", "or"],
  ["==", "="],
  ["!=", "!="],
  ["<=", "<="],
  [">=", ">="],
  ["(", "("],
  [")", ")"],
  ["&", "and"],
  ["|", "or"],
  ["=", "="],
  ["!", "not"],
  ["<", "<"],
  [">", ">"],
];
const spellings: { readonly [word: string]: Token["kind"] } = {
  not: "not",
  and: "and",
  or: "or",
  eq: "=",
  ne: "!=",
  neq: "!=",
  lt: "<",
  le: "<=",
  leq: "<=",
  gt: ">",
  ge: ">=",
  geq: ">=",
};
const ends = /[\s()=<>&|]/;

/** The tokens, an `end` last. @throws {FilterError} a quote without its end */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const sign = signs.find(([s]) => text.startsWith(s, at));
    if (sign) {
      found.push({ kind: sign[1], text: sign[0], at, quoted: false });
      at += sign[0].length;
      continue;
    }
    const start = at;
    let word = "";
    let quoted = false;
    while (at < text.length && !ends.test(text[at]!)) {
      const c = text[at]!;
      // A "!" inside a word is the word's, as in a glob; before "=" it is an operator's.
      if (c === "!" && text[at + 1] === "=") break;
      if (c === '"' || c === "'") {
        const close = text.indexOf(c, at + 1);
        if (close < 0) throw new FilterError(text, text.length, "", `a closing ${c}`);
        word += text.slice(at + 1, close);
        at = close + 1;
        quoted = true;
      } else if (c === "\\" && at + 1 < text.length) {
        word += text[at + 1];
        at += 2;
        quoted = true;
      } else {
        word += c;
        at++;
      }
    }
    const operator = quoted || !Object.hasOwn(spellings, word) ? undefined : spellings[word];
    found.push({ kind: operator ?? "word", text: word, at: start, quoted });
  }
  found.push({ kind: "end", text: "", at: text.length, quoted: false });
  return found;
}
