/** What the tests of all kinds of traffic control share: tables of tc's words, bytes and options. @module */
import { expect, test } from "vitest";
import type { Attrs } from "../../../src/codec/schema/attrs.ts";
import { attrs, bare } from "../../../src/codec/schema/attrs.ts";
import type { Codec } from "../../../src/codec/schema/codec.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import {
  optionsFromWire,
  optionsToWire,
  parseOptions,
  printOptions,
  showOptions,
  type TcContext,
  type TcKind,
} from "../../../src/codec/tc/kind.ts";
import type { Json } from "../../../src/codec/tc/show.ts";

/** One row: what a user writes, in tc's words and as options, and what the kernel or tc made of it. */
export interface Row<I, O> {
  /** tc's words behind the kind. */
  readonly words?: string;
  /** The same as options. */
  readonly given?: I;
  /** Payload of TCA_OPTIONS as captured (of tc, or of the kernel), in hex. */
  readonly hex?: string;
  /** What the payload reads as. */
  readonly read?: O;
  /** What `tc -d show` and `tc -d -j show` print of it. */
  readonly text?: string;
  readonly json?: Json;
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** A message of one attribute, which holds the options. */
const holder = (schema: Codec): Attrs =>
  attrs("options", { c: "" }, { options: [2, schema.kind === "attrs" ? bare(schema as Attrs) : schema] });

/** Payload of TCA_OPTIONS. */
export function payload(kind: TcKind, wire: unknown): Uint8Array {
  return encode(holder(kind.schema), { options: wire } as never).slice(4);
}
export function fromPayload(kind: TcKind, bytes: Uint8Array): unknown {
  const length = bytes.length + 4;
  const message = Uint8Array.from([length & 255, length >> 8, 2, 0, ...bytes]);
  return (decode(holder(kind.schema), message) as { options?: unknown }).options;
}

/** Checks rows of one kind in every direction that they speak of. */
export function checkRows<C extends Codec, I, O>(
  kind: TcKind<string, C, I, O>,
  rows: readonly Row<I, O>[],
  context: Partial<TcContext> = {},
): void {
  const any = kind as unknown as TcKind;
  rows.forEach((row, i) => {
    test(`${kind.kind} ${row.words ?? `row ${i}`}`, () => {
      const parsed =
        row.words === undefined ? undefined : parseOptions(any, row.words.split(" ").filter(Boolean), context);
      const wires = [parsed, row.given].filter((x) => x !== undefined).map((x) => optionsToWire(any, x, context));
      const hexes = wires.map((wire) => (wire === undefined ? "" : toHex(payload(any, wire))));
      if (hexes.length === 2) expect(hexes[1], "words and options mean the same").toBe(hexes[0]);
      if (row.hex !== undefined) for (const hex of hexes) expect(hex).toBe(row.hex);
      const bytes = fromHex(row.hex ?? hexes[0]!);
      const wire = fromPayload(any, bytes);
      expect(toHex(payload(any, wire)), "the same bytes again").toBe(toHex(bytes));
      if (wire === undefined) return;
      const read = optionsFromWire(any, wire as never, context);
      if (row.read !== undefined) expect(read).toEqual(row.read);
      // What was read can be given again, as options and as words, and then reads the same.
      const again = optionsToWire(any, read, context);
      expect(optionsFromWire(any, fromPayload(any, payload(any, again)) as never, context)).toEqual(read);
      const spelt = parseOptions(any, printOptions(any, read as never, context), context);
      const respelt = fromPayload(any, payload(any, optionsToWire(any, spelt, context)));
      expect(optionsFromWire(any, respelt as never, context)).toEqual(read);
      const shown = showOptions(any, wire as never, context);
      if (row.text !== undefined) expect(shown.text.trimEnd()).toBe(row.text);
      if (row.json !== undefined) expect(shown.json).toEqual(row.json);
    });
  });
}

/** Options and words that must be refused, each with what its error says. */
export function checkRefusals<C extends Codec, I>(
  kind: TcKind<string, C, I>,
  rows: readonly (readonly [given: string | { readonly [option: string]: unknown }, message: string | RegExp])[],
  context: Partial<TcContext> = {},
): void {
  const any = kind as unknown as TcKind;
  test.each(rows)(`${kind.kind} refuses %j`, (given, message) => {
    const make = () =>
      optionsToWire(
        any,
        typeof given === "string" ? parseOptions(any, given.split(" ").filter(Boolean), context) : given,
        context,
      );
    expect(make).toThrow(message);
  });
}
