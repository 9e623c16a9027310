/**
 * The wire form of a decoded set, remembered where it is not the canonical one. The kernel and iproute2 order the same
 * attributes differently, set NLA_F_NESTED here and not there, and leave out a string's NUL: none of this is part of the value,
 * and all of it is needed to write the same bytes again. So a set decoded from such bytes carries a note under a symbol that
 * is not enumerable: invisible to JSON, spread and comparison, and only there when needed.
 * @module
 */
import type { Source } from "../wire/source.ts";
import { readText } from "../wire/string.ts";
import type { RawAttr } from "./attrs.ts";

const key = Symbol("nlink.wire");

/** The entry came from `unknown`, not from a field. */
export const RAW = 1 << 16;
/** A string without its NUL, or a text with one. */
export const NUL_FLIPPED = 1 << 17;

/** What of a text's form varies: `string` has a NUL at its end, `text` has none. */
export type Text = "string" | "text";
/** Whether the text in bytes `at…end` has a NUL at its end where it should not, or has none where it should. */
export const textFlipped = (text: Text, bytes: Uint8Array, at: number, end: number): boolean =>
  (end > at && bytes[end - 1] === 0) !== (text === "string");

export interface WireForm {
  /** One entry an attribute in the order of the wire: `nla_type` with its flags, and the bits above. */
  readonly entries: readonly number[];
  /** One to three bytes after the last attribute, too few to be one. */
  readonly tail: Uint8Array | undefined;
}

/** The form of a decoded value, if it is not canonical. */
export const wireForm = (value: object): WireForm | undefined => (value as { [key]?: WireForm })[key];

/** @internal Notes the form of the attributes in bytes `at…end`, just decoded into `value`. */
export function note(
  value: object,
  src: Source,
  at: number,
  end: number,
  little: boolean,
  textOf: (type: number) => Text | undefined,
  unknown: readonly RawAttr[] | undefined,
): void {
  const { view, bytes } = src;
  const entries: number[] = [];
  let raw = 0;
  let o = at;
  for (; o + 4 <= end; ) {
    const len = view.getUint16(o, little);
    const type = view.getUint16(o + 2, little);
    const next = unknown?.[raw];
    let entry = type;
    if (next !== undefined && next.type === type && same(next.data, bytes, o + 4, o + len)) {
      entry |= RAW;
      raw++;
    } else {
      const text = textOf(type);
      if (text !== undefined && textFlipped(text, bytes, o + 4, o + len)) entry |= NUL_FLIPPED;
    }
    entries.push(entry);
    o += (len + 3) & ~3;
  }
  const tail = o < end ? bytes.slice(o, end) : undefined;
  Object.defineProperty(value, key, {
    value: { entries, tail } satisfies WireForm,
    writable: true,
    configurable: true,
  });
}

function same(a: Uint8Array, b: Uint8Array, at: number, end: number): boolean {
  if (a.length !== end - at) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[at + i]) return false;
  return true;
}

/** @internal Text of a string attribute, its NUL or lack of one aside; undefined if it would not be written back the same. */
export const attributeText = (bytes: Uint8Array, at: number, end: number): string | undefined =>
  readText(bytes, at, end > at && bytes[end - 1] === 0 ? end - 1 : end);
