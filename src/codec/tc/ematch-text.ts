/**
 * tc's expressions of conditions: `cmp(u16 at 3 gt 20) and not (meta(priority eq 6) or meta(dev eq "eth0"))`. What follows an `and` or `or`
 * up to the end belongs together: `a and b or c` is `a and (b or c)` (tc/emp_ematch.y of iproute2).
 * @module
 */
import { formatHex } from "../text/hex.ts";
import { assemble, type Ematch, type EmatchOut } from "./ematch.ts";
import { type EmKind, emKinds } from "./ematch-kinds.ts";
import { type Argument, isEmKind, parseCondition, printCondition, quote, showCondition } from "./ematch-words.ts";
import type { TcContext } from "./kind.ts";
import type { Out } from "./show.ts";
import { parseInteger, type Words } from "./words.ts";

// ---- tokens (tc/emp_ematch.l) ---------------------------------------------------------------------------------------------------
type Token = "(" | ")" | "and" | "or" | "not" | { readonly argument: Argument };
const ESCAPES: { readonly [letter: string]: number } = { n: 10, r: 13, t: 9, v: 11, b: 8, f: 12, a: 7 };

/** The tokens of a word; undefined if a string in it has no end. @throws {CodecError} an escape that is none */
function tokensOf(text: string, words: Words): Token[] | undefined {
  const tokens: Token[] = [];
  const pattern = /\s+|([()])|"((?:[^\\"]|\\[\s\S])*)(")?|[^\s()"][^\s()]*/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [whole, parenthesis, string, end] = match;
    if (parenthesis !== undefined) tokens.push(parenthesis as "(" | ")");
    else if (string !== undefined) {
      if (end === undefined) return undefined;
      tokens.push({ argument: unescaped(string, words) });
    } else if (whole.trim() !== "") {
      const lower = whole.toLowerCase();
      tokens.push(lower === "and" || lower === "or" || lower === "not" ? lower : { argument: whole });
    }
  }
  return tokens;
}
function unescaped(text: string, words: Words): Uint8Array {
  const out: number[] = [];
  const pattern = /\\(?:x([0-9a-f]{1,2})|(\d+)|([\s\S]))|([^\\]+)/giy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [whole, hex, octal, letter, plain] = match;
    if (plain !== undefined) out.push(...new TextEncoder().encode(plain));
    else if (hex !== undefined) out.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) {
      const byte = /^[0-7]{1,3}$/.test(octal) ? Number.parseInt(octal, 8) : Number.NaN;
      if (!(byte <= 0xff)) words.fail(`match: ${JSON.stringify(whole)} is no byte in octal`);
      out.push(byte);
    } else out.push(ESCAPES[letter!] ?? letter!.charCodeAt(0));
  }
  return Uint8Array.from(out);
}

/** The tokens of the words to come, one word after the other: what stands behind the expression stays. */
class Tokens {
  readonly #words: Words;
  #queue: Token[] = [];
  constructor(words: Words) {
    this.#words = words;
  }
  #fill(): void {
    while (this.#queue.length === 0 && !this.#words.done) {
      let text = this.#words.next();
      let tokens = tokensOf(text, this.#words);
      while (tokens === undefined) {
        if (this.#words.done) this.#words.fail(`match: the string has no end: ${text}`);
        text += ` ${this.#words.next()}`;
        tokens = tokensOf(text, this.#words);
      }
      this.#queue = tokens;
    }
  }
  next(expected: string): Token {
    this.#fill();
    return this.#queue.shift() ?? this.#words.fail(`match: ${expected} is missing`);
  }
  take<T extends Token>(...tokens: readonly T[]): T | undefined {
    this.#fill();
    const token = tokens.find((t) => t === this.#queue[0]);
    if (token !== undefined) this.#queue.shift();
    return token;
  }
  /** `and` or `or`, if the expression goes on. A word that is not the expression's is not used up. */
  relation(): "and" | "or" | undefined {
    if (this.#queue.length > 0) return this.take("and", "or");
    const word = this.#words.ahead?.trim() ?? "";
    // The first token of the next word decides.
    return /^(and|or)([\s()"]|$)/i.test(word) ? this.take("and", "or") : undefined;
  }
  end(): void {
    if (this.#queue.length > 0)
      this.#words.fail(`match: ${JSON.stringify(textOf(this.#queue[0]!))} is not expected behind the expression`);
  }
}
const textOf = (token: Token): string =>
  typeof token === "string" ? token : typeof token.argument === "string" ? token.argument : quote(token.argument);

// ---- to a tree --------------------------------------------------------------------------------------------------------------------
/** The expression behind `match`. @throws {CodecError} begins with the filter's kind */
export function parseEmatch(words: Words): Ematch {
  const tokens = new Tokens(words);
  const tree = parseList(tokens, words, true);
  tokens.end();
  return tree;
}
function parseList(tokens: Tokens, words: Words, root: boolean): Ematch {
  const parts: { item: Ematch; relation: "and" | "or" | undefined }[] = [];
  for (;;) {
    const item = parseTerm(tokens, words);
    const relation = root ? tokens.relation() : tokens.take("and", "or");
    parts.push({ item, relation });
    if (relation === undefined)
      return assemble(parts as { item: EmatchOut; relation: "and" | "or" | undefined }[], root);
  }
}
function parseTerm(tokens: Tokens, words: Words): Ematch {
  if (tokens.take("not")) {
    const inner = parseTerm(tokens, words);
    if ("not" in inner) words.fail(`match: "not" stands behind another: put the second into parentheses`);
    return { not: inner };
  }
  if (tokens.take("(")) {
    const group = parseList(tokens, words, false);
    if (!tokens.take(")")) words.fail(`match: ")" is missing`);
    return group;
  }
  const token = tokens.next("a condition");
  const kind = typeof token === "string" ? token : textOf(token);
  if (!isEmKind(kind) && kind !== RAW) words.unknown(kind, ["not", "(", ...Object.keys(emKinds)]);
  if (!tokens.take("(")) words.fail(`match: ${kind}: "(" is missing`);
  const list: Argument[] = [];
  while (!tokens.take(")")) {
    const argument = tokens.next(`${kind}: ")"`);
    if (typeof argument === "string")
      words.fail(`match: ${kind}: ${JSON.stringify(argument)} is not expected between parentheses`);
    list.push(argument.argument);
  }
  return isEmKind(kind) ? parseCondition(words, kind, list) : parseRaw(words, list);
}
/** Kinds that have no form here: `raw(9 "\x01\x02")`. */
const RAW = "raw";
function parseRaw(words: Words, [number, data, more]: readonly Argument[]): Ematch {
  const kind = typeof number === "string" ? parseInteger(number) : undefined;
  if (kind === undefined || !(data instanceof Uint8Array) || more !== undefined)
    return words.fail(`match: raw: NUMBER "BYTES" is expected`);
  return { raw: { kind, data } };
}

// ---- from a tree ------------------------------------------------------------------------------------------------------------------
/** The expression that `parseEmatch` reads as the same. */
export function printEmatch(tree: EmatchOut): string {
  return list(tree) ?? term(tree);
}
const groupOf = (tree: EmatchOut): { readonly word: string; readonly items: readonly EmatchOut[] } | undefined =>
  "and" in tree ? { word: "and", items: tree.and } : "or" in tree ? { word: "or", items: tree.or } : undefined;
function list(tree: EmatchOut): string | undefined {
  const group = groupOf(tree);
  return group?.items
    .map((item) => ("inline" in item && item.inline ? list(item) : term(item)))
    .join(` ${group.word} `);
}
function term(tree: EmatchOut): string {
  const group = list(tree);
  if (group !== undefined) return `(${group})`;
  if ("not" in tree) return "not" in tree.not ? `not (${term(tree.not)})` : `not ${term(tree.not)}`;
  if ("raw" in tree) return `${RAW}(${tree.raw.kind} ${quote(tree.raw.data)})`;
  const [kind, options] = Object.entries(tree)[0] as [EmKind, never];
  return printCondition(kind, options);
}

// ---- show (print_ematch of iproute2's tc/m_ematch.c) --------------------------------------------------------------------------------
/** tc writes the same text into its JSON, which no reader takes: there it is one string, the expression. */
export function showEmatch(tree: EmatchOut | undefined, out: Out, context: TcContext): void {
  if (tree) out.put("match", printEmatch(tree), `\n  ${showList(tree, context, 1)}`);
}
const indent = (depth: number): string => "  ".repeat(depth);
function showList(tree: EmatchOut, context: TcContext, depth: number): string {
  const group = groupOf(tree);
  if (!group) return showTerm(tree, context, depth, false);
  return group.items
    .map((item, i) => {
      const last = i === group.items.length - 1;
      if ("inline" in item && item.inline) return showList(item, context, depth);
      return `${showTerm(item, context, depth, !last)}${last ? "" : `${group.word.toUpperCase()} `}`;
    })
    .join("");
}
/** `related`: something follows. */
function showTerm(tree: EmatchOut, context: TcContext, depth: number, related: boolean): string {
  if ("not" in tree)
    return `NOT ${showTerm("not" in tree.not ? { and: [tree.not] } : tree.not, context, depth, related)}`;
  if (groupOf(tree)) return `(\n${indent(depth + 1)}${showList(tree, context, depth + 1)}${indent(depth)}) `;
  const [kind, options] = Object.entries(tree)[0] as [EmKind | "raw", never];
  const condition =
    "raw" in tree
      ? `[unknown ematch ${tree.raw.kind}]${tree.raw.kind === 0 ? formatHex(tree.raw.data) : ""}`
      : showCondition(kind as EmKind, options, context, emKinds[kind as EmKind].number);
  return `${condition}\n${related ? indent(depth) : ""}`;
}
