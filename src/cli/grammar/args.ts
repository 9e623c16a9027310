/** Values of options: how they are written, and read. @module */
import { parseInteger } from "../../codec/tc/words.ts";
import { parseIp } from "../../codec/wire/ip.ts";
import { wrong } from "../failure.ts";
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

/** An IP address. */
export const address: Arg<string> = oneWord(
  "ADDRESS",
  (word) => (parseIp(word) ? word : undefined),
  "not an IP address",
);
