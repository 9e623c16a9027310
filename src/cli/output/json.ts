/** JSON as iproute2 writes it: on one line, or pretty; numbers exact, however large. @module */
import type { Json } from "../../codec/tc/show.ts";

/** On one line. */
export function compact(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(compact).join(",")}]`;
  if (value === null || typeof value !== "object") return scalar(value as string);
  const members = Object.entries(value).map(([key, member]) => `${quoted(key)}:${compact(member)}`);
  return `{${members.join(",")}}`;
}

const INDENT = "    ";
/**
 * As `-p` has it (lib/json_writer.c): members below each other, 4 blanks deeper than the brace; the braces of a list's objects share
 * lines; a list's scalars stand in one line.
 */
export function pretty(value: Json, depth = 0): string {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => pretty(item, depth + 1));
    return items.length === 0 ? "[ ]" : `[ ${items.join(",")} ]`;
  }
  if (value === null || typeof value !== "object") return scalar(value as string);
  const margin = `\n${INDENT.repeat(depth + 1)}`;
  const members = Object.entries(value).map(([key, member]) => `${margin}${quoted(key)}: ${pretty(member, depth + 1)}`);
  return members.length === 0 ? "{}" : `{${members.join(",")}\n${INDENT.repeat(depth)}}`;
}

const quoted = (text: string): string => JSON.stringify(text);
const scalar = (value: string | number | bigint | boolean | null): string =>
  typeof value === "bigint" ? String(value) : typeof value === "string" ? quoted(value) : JSON.stringify(value);
