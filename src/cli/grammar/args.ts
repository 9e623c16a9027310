/** Values of options: how they are written, and read. @module */
import { parseInteger } from "../../codec/tc/words.ts";
import { formatIp, parseIp } from "../../codec/wire/ip.ts";
import { failure, wrong } from "../failure.ts";
import type { Arg } from "./command.ts";

type Completion = Arg["complete"];

/** An argument that is one word. `read` gives undefined for what it is not. */
export const oneWord = <T>(
  syntax: string,
  read: (word: string) => T | undefined,
  reason = `not ${syntax}`,
  complete?: Completion,
): Arg<T> => ({
  syntax,
  complete,
  read(parser) {
    const word = parser.next();
    const value = read(word);
    if (value === undefined) throw wrong(word, reason);
    return value;
  },
});

/** Any text. */
export const text = (syntax: string, complete?: Completion): Arg<string> => ({
  syntax,
  complete,
  read: (parser) => parser.next(),
});
/** All words that are left. */
export const rest = (syntax: string): Arg<string[]> => ({ syntax, read: (parser) => parser.rest() });

/** A name of a device: up to 15 characters, or an alternative one. */
export const device: Arg<string> = oneWord(
  "DEVICE",
  (word) => (word.length < 128 && !/[\s/]/.test(word) && word !== "" ? word : undefined),
  "not a valid ifname",
  "device",
);

/** An integer, also in hex (0x) and octal (0…). */
export const integer = (syntax = "NUMBER", max = 0xffffffff, min = 0): Arg<number> =>
  oneWord(
    syntax,
    (word) => {
      const number = parseInteger(word);
      return number !== undefined && number >= min && number <= max ? number : undefined;
    },
    `not an integer from ${min} to ${max}`,
  );
/** An integer of up to 64 bits. */
export const bigInteger = (syntax = "NUMBER", max = 2n ** 64n - 1n): Arg<bigint> =>
  oneWord(
    syntax,
    (word) => (/^(\d+|0x[\da-f]+)$/i.test(word) && BigInt(word) <= max ? BigInt(word) : undefined),
    `not an integer from 0 to ${max}`,
  );

const SWITCH: { readonly [word: string]: boolean } = {
  on: true, off: false, "1": true, "0": false, true: true, false: false, yes: true, no: false,
}; // biome-ignore format: a table
/** `on` or `off`, or a number; with dashes the option alone says on: `--vlan-filtering`. */
export const onOff: Arg<boolean> = {
  ...oneWord(
    "{ on | off }",
    (word) => (Object.hasOwn(SWITCH, word) ? SWITCH[word] : undefined),
    'must be "on" or "off"',
    ["on", "off"],
  ),
  implied: true,
};

/** One of some words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Arg<W> =>
  oneWord(`{ ${words.join(" | ")} }`, (word) => words.find((w) => w === word), `not one of ${words.join(", ")}`, words);

/** `10` and `10.1` are `10.0.0.0` and `10.1.0.0`, as iproute2 reads them. */
function wholeAddress(word: string): string | undefined {
  const text = /^\d{1,3}(\.\d{1,3}){0,2}$/.test(word) ? `${word}${".0".repeat(4 - word.split(".").length)}` : word;
  return parseIp(text) ? text : undefined;
}
/** `255.255.0.0` is 16. */
function maskLength(mask: string): number | undefined {
  const bytes = mask.includes(".") ? parseIp(mask) : undefined;
  if (bytes?.length !== 4) return undefined;
  const bits = bytes.reduce((all, byte) => all + byte.toString(2).padStart(8, "0"), "");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}
/** An address or a prefix in its whole form: `10/8` is `10.0.0.0/8`. Undefined for what is none. */
export function wholePrefix(word: string): string | undefined {
  const [base = "", suffix, more] = word.split("/");
  const address = wholeAddress(base);
  if (address === undefined || more !== undefined) return undefined;
  if (suffix === undefined) return address;
  const length = /^\d{1,3}$/.test(suffix) ? Number(suffix) : maskLength(suffix);
  return length !== undefined && length <= (address.includes(":") ? 128 : 32) ? `${address}/${length}` : undefined;
}
const FAMILY_NAMES: { readonly [family: number]: string } = { 2: "inet", 10: "inet6" };
// What is no address iproute2 ends with 1, as if it were not there; so does one of another family than the line's.
const expected =
  (what: string, read: (word: string) => string | undefined): Arg<string>["read"] =>
  (parser) => {
    const word = parser.next();
    const value = read(word);
    const { family } = parser.globals as { family?: number };
    const name = FAMILY_NAMES[family ?? 0];
    if (value === undefined) throw failure(`Error: any valid ${what} is expected rather than "${word}".`);
    if (name !== undefined && value !== "default" && value.includes(":") !== (name === "inet6"))
      throw failure(`Error: ${name} ${what} is expected rather than "${word}".`);
    return value;
  };
/** An IP address. */
export const address: Arg<string> = { syntax: "ADDRESS", read: expected("address", wholeAddress) };
/** An address, with the length of its prefix or without. */
export const prefix: Arg<string> = { syntax: "ADDRESS[/LENGTH]", read: expected("prefix", wholePrefix) };
/** The same, or `default`, `any` or `all`, which are `default`. */
export const anyPrefix: Arg<string> = {
  syntax: "{ PREFIX | default }",
  complete: ["default"],
  read: expected("prefix", (word) => (/^(default|any|all)$/.test(word) ? "default" : wholePrefix(word))),
};
/** The prefix that an address of it names: `10.0.0.1/8` is in `10.0.0.0/8`. */
export function networkOf(prefix: string): string {
  const [address = "", length] = prefix.split("/");
  const bytes = parseIp(address);
  if (!bytes || length === undefined) return prefix;
  return `${formatIp(bytes.map((byte, i) => byte & (0xff00 >> Math.max(0, Math.min(8, Number(length) - i * 8)))))}/${length}`;
}
/** MPLS labels: `100/200`. */
export const labels: Arg<string> = oneWord("LABEL[/LABEL…]", (word) => (/^\d+(\/\d+)*$/.test(word) ? word : undefined));
