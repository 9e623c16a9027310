/** What an engine makes of an attribute set, and the facts both engines share. @module */
import { NLA_F_NESTED } from "../wire/align.ts";
import { CodecError } from "../wire/error.ts";
import type { Source } from "../wire/source.ts";
import type { Writer } from "../wire/writer.ts";
import type { Attrs, Bare, Lazy, Select } from "./attrs.ts";
import type { Codec } from "./codec.ts";
import { SCALARS, type Scalar } from "./scalar.ts";
import type { Text } from "./wire-form.ts";

export type Obj = Record<string, unknown>;

/** Decoder and encoder of a set of attributes, for hosts of one byte order. */
export interface Program {
  /** Decodes bytes `at…end`. @throws {CodecError} whose path is relative to the set */
  decode(src: Source, at: number, end: number, depth: number): Obj;
  /** `canonical`: whatever form is remembered of a decoded value (wire-form.ts), it is written as the schema says. */
  encode(w: Writer, value: Obj, depth: number, canonical: boolean): void;
}
/** The interpreter also knows which attributes are text: what a value's form is made from. */
export interface Interpreter extends Program {
  textOf(type: number, value: Obj): Text | undefined;
}
/** Gives the program of a nested set: engines are linked through it, so that tests can tie one engine to itself. */
export type Resolve = (set: Attrs) => Program;

/** Sets nested deeper than this stay raw: only recursive schemas reach it, and a stack overflow must not be a way to fail. */
export const MAX_DEPTH = 32;

export const fail = (path: string, offset: number, reason: string): never => {
  throw new CodecError(path, offset, reason);
};

/** An error below `name`, seen from the set that `name` stands in. */
export function below(name: string, e: unknown): unknown {
  if (!(e instanceof CodecError)) return e;
  return new CodecError(
    e.path === "" ? name : e.path.startsWith("[") ? name + e.path : `${name}.${e.path}`,
    e.offset,
    e.reason,
  );
}

/** `value` if it is one of the scalar's; otherwise throws, saying what is. */
export function check(kind: Scalar["kind"], value: unknown, path: string): never {
  const { min, max } = SCALARS[kind];
  const what = typeof min === "bigint" ? "a bigint" : "an integer";
  return fail(path, -1, `${show(value)} is not ${what} from ${min} to ${max}`);
}

/** A value as an error shows it: short, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}

export const expectArray = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? value : fail(path, -1, `${show(value)} is not an array`);
export const expectObject = (value: unknown, path: string): Obj =>
  typeof value === "object" && value !== null ? (value as Obj) : fail(path, -1, `${show(value)} is not an object`);
export const expectBytes = (value: unknown, path: string): Uint8Array =>
  value instanceof Uint8Array ? value : fail(path, -1, `${show(value)} is not a Uint8Array`);
export function expectText(value: unknown, path: string): string {
  if (typeof value !== "string") return fail(path, -1, `${show(value)} is not a string`);
  return value.includes("\0") ? fail(path, -1, `${show(value)} holds a NUL`) : value;
}

/** A codec without its wrappers `bare` and `lazy`, and whether nests of it are sent without NLA_F_NESTED. */
export function unwrap(codec: Codec): { codec: Codec; bare: boolean } {
  let bare = false;
  let inner = codec;
  while (inner.kind === "bare" || inner.kind === "lazy") {
    if (inner.kind === "bare") {
      bare = true;
      inner = (inner as Bare).item;
    } else inner = (inner as Lazy).of();
  }
  return { codec: inner, bare };
}

/** NLA_F_NESTED if a codec's payload is sent with it, else 0. Of a select each case has its own: see `Leaf.among`. */
export function nestedFlag(wrapped: Codec): number {
  const { codec, bare } = unwrap(wrapped);
  const nest = codec.kind === "attrs" || codec.kind === "indexed" || codec.kind === "numbered";
  return nest && !bare ? NLA_F_NESTED : 0;
}

/** The case of a select for a sibling's value, or undefined. */
export function caseOf(select: Select, by: unknown): Codec | undefined {
  if (by !== undefined && Object.hasOwn(select.cases, by as string)) return select.cases[by as string];
  return select.otherwise;
}
