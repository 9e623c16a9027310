/** Captured rtnetlink messages as tests of a schema: all that fixtures/NOUN.json has of some message types. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Attrs } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { wireForm } from "../../../src/codec/schema/wire-form.ts";

export interface Captured {
  readonly command: string;
  readonly from: "user" | "kernel";
  readonly type: number;
  /** NLM_F_*: 1 is a request. */
  readonly flags: number;
  /** What follows the nlmsghdr. */
  readonly payload: Uint8Array;
}

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The captures of a noun. */
export function captured(noun: string, types: readonly number[], protocol = 0): Captured[] {
  const file = join(import.meta.dirname, `../../../fixtures/${noun}.json`);
  const rows: { command: string; from: "user" | "kernel"; protocol: number; hex: string }[] = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return rows
    .filter((row) => row.protocol === protocol)
    .map(({ command, from, hex }) => {
      const message = bytesOf(hex);
      const view = new DataView(message.buffer);
      const [length, type, flags] = [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true)];
      return { command, from, type, flags, payload: message.subarray(16, length) };
    })
    .filter(({ type }) => types.includes(type));
}

/** Paths and values of what a schema does not know in a decoded message: attributes, and the ends of structs. */
export function unknownIn(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === "rest") return [`${path}.rest ${hexOf(member)}`];
    if (name !== "unknown") return unknownIn(member, `${path}.${name}`);
    return (member as { type: number; data: Uint8Array }[]).map((raw) => `${path} ${raw.type}: ${hexOf(raw.data)}`);
  });
}

/** Paths of the sets in a decoded message whose order or flags are not the schema's, with the attribute types as they came. */
export function formsIn(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  const form = wireForm(value);
  const here = form ? [`${path || "."}: ${form.entries.map((entry) => entry & 0xffff).join(" ")}`] : [];
  return [...here, ...Object.entries(value).flatMap(([name, member]) => formsIn(member, `${path}.${name}`))];
}

/** Whether `ours` is `theirs` but for zeros: iproute2 leaves what it finds in the padding of nested attributes. */
export const samePadded = (ours: Uint8Array, theirs: Uint8Array): boolean =>
  ours.length === theirs.length && ours.every((byte, i) => byte === theirs[i] || byte === 0);

export interface Expected {
  /** Fewest messages there must be of the kernel's. */
  readonly atLeast: number;
  /** Orders the kernel uses where it does not follow the schema's, each with its reason. */
  readonly forms?: readonly (readonly [form: RegExp, reason: string])[];
}

/** Tests that captured messages come back byte for byte, and that the schema knows all the kernel says. */
export function testCaptured(noun: string, set: Attrs, types: readonly number[], expected: Expected): void {
  const messages = captured(noun, types);
  describe(`captured ${noun} messages`, () => {
    const kernel = messages.filter(({ from }) => from === "kernel");
    const user = messages.filter(({ from }) => from === "user");
    /** Captured on purpose with payloads that do not add up. */
    const broken: string[] = [];
    const values = new Map(
      messages.flatMap((message) => {
        try {
          return [[message, decode(set, message.payload, "little") as object] as const];
        } catch (error) {
          broken.push(`${message.from} ${message.command}: ${error}`);
          return [];
        }
      }),
    );
    test(`${kernel.length} of the kernel's come back byte for byte`, () => {
      expect(kernel.length).toBeGreaterThanOrEqual(expected.atLeast);
      for (const message of kernel) {
        const value = values.get(message);
        expect(value, message.command).toBeDefined();
        expect(hexOf(encode(set, value as never, "little")), message.command).toBe(hexOf(message.payload));
      }
    });
    test(`${user.length} of the user's come back byte for byte, padding aside`, () => {
      for (const message of user) {
        const value = values.get(message);
        if (value === undefined) continue;
        const again = encode(set, value as never, "little");
        if (!samePadded(again, message.payload)) expect(hexOf(again), message.command).toBe(hexOf(message.payload));
      }
    });
    test("only raw requests are broken", () => {
      expect(broken.filter((text) => !/^user raw/.test(text))).toEqual([]);
    });
    test("nothing of the kernel's is unknown", () => {
      const unknown = kernel.flatMap((message) =>
        unknownIn(values.get(message)).map((text) => `${message.command}: ${text}`),
      );
      expect(unknown).toEqual([]);
    });
    test("the kernel's order is the schema's", () => {
      const forms = kernel.flatMap((message) =>
        formsIn(values.get(message)).map((text) => `family ${familyOf(values.get(message))} ${text}`),
      );
      const allowed = (form: string) => expected.forms?.some(([pattern]) => pattern.test(form));
      expect([...new Set(forms)].filter((form) => !allowed(form))).toEqual([]);
      for (const [pattern, reason] of expected.forms ?? [])
        expect(
          forms.some((f) => pattern.test(f)),
          reason,
        ).toBe(true);
    });
  });
}
const familyOf = (value: unknown): number | undefined => (value as { family?: number } | undefined)?.family;

/** Rows of a payload and what it means: decodes to it, and comes back; what is written anew means the same. */
export function testGolden<V>(
  set: Attrs<V>,
  rows: readonly (readonly [command: string, hex: string, value: V])[],
): void {
  test.each(rows)("%s", (_command, hex, value) => {
    const decoded = decode(set as Attrs, bytesOf(hex), "little");
    expect(decoded).toEqual(value);
    expect(hexOf(encode(set as Attrs, decoded as never, "little"))).toBe(hex);
    expect(decode(set as Attrs, encode(set as Attrs, value as never, "little"), "little")).toEqual(value);
  });
}
