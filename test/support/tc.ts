/** Tests of traffic control against the kernel and the system's tc. @module */
import { spawnSync } from "node:child_process";
import { showOptions, type TcKind } from "../../src/codec/tc/kind.ts";
import type { Sandbox } from "./netns.ts";

export const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
/** Whitespace is tc's own affair. */
export const squeeze = (text: string): string => words(text).join(" ");

/** JSON with bigints as the numbers that they are, as tc writes them. */
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_key, x: unknown) => (typeof x === "bigint" ? Number(x) : x));
/** An object without some of its keys. */
export const without = (object: object, keys: readonly string[] = []): object =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** What we show of a message's options, as tc's text and JSON are. */
export function shownByUs(
  kind: unknown,
  options: unknown,
  context: Parameters<typeof showOptions>[2] = {},
): { readonly text: string; readonly json: object } {
  const { text, json } = showOptions(kind as TcKind, options ?? {}, { deviceName: () => undefined, ...context });
  return { text: squeeze(text), json: JSON.parse(jsonOf(json)) };
}

/**
 * Many commands in one process of the system's tc, as processes are slow in the emulator. Gives what it printed, and the errors by line.
 */
export function tcBatch(
  { name }: Sandbox,
  lines: readonly string[],
  flags: readonly string[] = [],
): { readonly stdout: string; readonly errors: ReadonlyMap<number, string> } {
  const { stdout, stderr, status } = spawnSync("tc", ["-n", name, ...flags, "-force", "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const errors = new Map<number, string>();
  let at = 0;
  for (const { 0: text, 1: line, index } of stderr.matchAll(/Command failed -:(\d+)\s*/g)) {
    errors.set(Number(line) - 1, `${lines[Number(line) - 1]}: ${stderr.slice(at, index).trim()}`);
    at = index + text.length;
  }
  // What it cannot parse ends it there and then.
  if (status !== 0 && errors.size === 0) throw new Error(`tc -batch ended with ${status}: ${stderr}`);
  return { stdout, errors };
}
/** What `tc -j` prints of several `show`, one after the other: an array each. */
export function tcShown(box: Sandbox, lines: readonly string[], flags: readonly string[] = ["-d"]): unknown[][] {
  const { stdout, errors } = tcBatch(box, lines, ["-j", ...flags]);
  if (errors.size > 0) throw new Error([...errors.values()].join("\n"));
  const arrays = stdout.split("\n").filter((line) => line.startsWith("["));
  if (arrays.length !== lines.length) throw new Error(`${lines.length} shows gave ${arrays.length} arrays: ${stdout}`);
  return arrays.map((text) => JSON.parse(text));
}
