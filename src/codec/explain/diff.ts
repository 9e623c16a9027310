/** Where two messages, or two values, differ. @module */
import { formatHex } from "../text/hex.ts";
import { parseIp } from "../wire/ip.ts";
import type { Explained } from "./node.ts";

export interface Difference {
  /** `"local"`, `"linkinfo.data.id"`, `"multipath[0].gateway"`; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

/** Where decoded values differ. `part`: objects of `actual` may have more than is expected. */
export function differences(expected: unknown, actual: unknown, { part = false } = {}): Difference[] {
  const found: Difference[] = [];
  compare("", expected, actual);
  return found;

  function compare(path: string, x: unknown, y: unknown): void {
    if (Object.is(x, y) || sameAddress(x, y) || sameBytes(x, y)) return;
    if (Array.isArray(x) && Array.isArray(y)) {
      for (let i = 0; i < Math.max(x.length, y.length); i++) compare(`${path}[${i}]`, x[i], y[i]);
      return;
    }
    if (isPlain(x) && isPlain(y)) {
      const keys = part ? Object.keys(x) : [...new Set([...Object.keys(x), ...Object.keys(y)])];
      for (const key of keys) if (!part || x[key] !== undefined) compare(path ? `${path}.${key}` : key, x[key], y[key]);
      return;
    }
    found.push({ path, expected: showValue(x), actual: showValue(y) });
  }
}
const isPlain = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof Uint8Array);
const sameBytes = (x: unknown, y: unknown): boolean =>
  x instanceof Uint8Array && y instanceof Uint8Array && formatHex(x) === formatHex(y);
/** `2001:db8:0::1` is `2001:db8::1`. */
function sameAddress(x: unknown, y: unknown): boolean {
  if (typeof x !== "string" || typeof y !== "string" || !x.includes(":")) return false;
  const [a, b] = [parseIp(x), parseIp(y)];
  return a !== undefined && b !== undefined && sameBytes(a, b);
}

/** A value as text, short. */
export function showValue(x: unknown): string {
  if (x === undefined) return "nothing";
  if (x instanceof Uint8Array)
    return x.length > 32 ? `${formatHex(x.subarray(0, 32))}… (${x.length} bytes)` : formatHex(x);
  if (Array.isArray(x)) return `[${x.map(showValue).join(", ")}]`;
  if (isPlain(x))
    return `{ ${Object.entries(x)
      .map(([key, y]) => `${key}: ${showValue(y)}`)
      .join(", ")} }`;
  return typeof x === "string" ? JSON.stringify(x) : String(x);
}

/** What varies from one run to the next of the same program, and is passed over. */
const VOLATILE = new Set(["nlmsghdr.length", "nlmsghdr.sequence", "nlmsghdr.portId"]);

/** Where two explained messages differ: fields that one has and the other has not, or that mean something else. */
export function explainDifferences(expected: Explained, actual: Explained): Difference[] {
  const [a, b] = [explainFields(expected), explainFields(actual)];
  const found: Difference[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(path), b.get(path)];
    if (x !== y) found.push({ path, expected: x ?? "nothing", actual: y ?? "nothing" });
  }
  return found;
}
/** Leaves by their paths: what each means. What varies from run to run is left out, and form (flags of types, padding). */
export function explainFields(root: Explained): Map<string, string> {
  const fields = new Map<string, string>();
  const visit = (node: Explained, path: string): void => {
    if (node.name === "padding" || node.name === "nla_len") return;
    if (!node.parts) {
      // The type of an attribute is its name; its flags are form.
      if (node.name === "nla_type") return;
      const key = node.name === "value" ? path : join(path, node.name);
      if (!VOLATILE.has(key)) put(key, node.meaning ?? node.hex!);
      return;
    }
    const below = node === root ? "" : node.type === "head" && node.name !== "nlmsghdr" ? path : join(path, node.name);
    if (node.parts.every(({ name }) => name === "nla_len" || name === "nla_type" || name === "padding"))
      put(below, node.meaning ?? "empty");
    for (const part of node.parts) visit(part, below);
  };
  // Of attributes that come again, each counts.
  const put = (key: string, text: string): void => {
    let again = key;
    for (let n = 2; fields.has(again); n++) again = `${key} (${n})`;
    fields.set(again, text);
  };
  visit(root, "");
  return fields;
}
const join = (path: string, name: string): string =>
  path === "" || name.startsWith("[") ? path + name : `${path}.${name}`;

/** A line each: `local: 10.0.0.2 expected, 10.0.0.1 sent`. */
export const differencesText = (found: readonly Difference[], got = "sent"): string =>
  found
    .map(({ path, expected, actual }) => `${path || "the message"}: ${expected} expected, ${actual} ${got}`)
    .join("\n");
