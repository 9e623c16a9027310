/** Strings: UTF-8, as a rule with a NUL at the end. @module */
import type { Writer } from "./writer.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The text in bytes `at…end`, or undefined if it could not be written back the same: a NUL within, or invalid UTF-8.
 * Names in netlink are short and ASCII, for which concatenation is several times faster than a TextDecoder.
 */
export function readText(bytes: Uint8Array, at: number, end: number): string | undefined {
  if (end - at > 32) return readLong(bytes, at, end);
  if (end - at <= 8) return readShort(bytes, at, end);
  let text = "";
  for (let i = at; i < end; i++) {
    const c = bytes[i]!;
    if (c === 0 || c >= 0x80) return c === 0 ? undefined : readLong(bytes, at, end);
    text += String.fromCharCode(c);
  }
  return text;
}

// A dump says the same few words again and again ("htb", "eth0"): each is one string, whose hash is known.
const SLOTS = 256;
const words: string[] = new Array(SLOTS).fill("");
const firsts = new Uint32Array(SLOTS);
const seconds = new Uint32Array(SLOTS);
/** Up to eight bytes, which are two numbers. None of them is 0, so that the length is told as well. */
function readShort(bytes: Uint8Array, at: number, end: number): string | undefined {
  let first = 0;
  let second = 0;
  for (let i = at; i < end; i++) {
    const c = bytes[i]!;
    if (c === 0 || c >= 0x80) return c === 0 ? undefined : readLong(bytes, at, end);
    if (i < at + 4) first = (first << 8) | c;
    else second = (second << 8) | c;
  }
  const slot = (first ^ (first >>> 8) ^ Math.imul(second, 0x9e3779b1)) & (SLOTS - 1);
  if (firsts[slot] === first >>> 0 && seconds[slot] === second >>> 0) return words[slot];
  let text = "";
  for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i]!);
  firsts[slot] = first;
  seconds[slot] = second;
  words[slot] = text;
  return text;
}

function readLong(bytes: Uint8Array, at: number, end: number): string | undefined {
  try {
    const text = strict.decode(bytes.subarray(at, end));
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Writes an attribute of text and, if `nul` is 1, a NUL. The text holds no NUL (checked by the caller). */
export function writeText(w: Writer, type: number, text: string, nul: 0 | 1): void {
  const n = text.length;
  const start = w.length;
  const at = w.attribute(type, n + nul);
  const bytes = w.bytes;
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x80) {
      w.length = start;
      const utf8 = encoder.encode(text);
      const p = w.attribute(type, utf8.length + nul);
      w.bytes.set(utf8, p);
      if (nul) w.bytes[p + utf8.length] = 0;
      return;
    }
    bytes[at + i] = c;
  }
  if (nul) bytes[at + n] = 0;
}

/** Bytes of a text in UTF-8. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);
