/** Decoded values as JSON: bytes in hexadecimal, 64-bit numbers exact. @module */
import type { Json } from "../../codec/tc/show.ts";
import { formatHex } from "../../codec/text/hex.ts";

/** What is undefined, and members that `without` names, are left out. */
export function plain(value: unknown, ...without: readonly string[]): Json {
  if (value instanceof Uint8Array) return formatHex(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, ...without));
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined || without.includes(key) ? [] : [[key, plain(member, ...without)]],
    ),
  );
}
