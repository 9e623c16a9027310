/** Times as tc writes them (get_time, get_time64, sprint_time of iproute2's lib/utils.c and tc/tc_util.c). @module */
import { formatG, scaled } from "./number.ts";

const units = { s: 1e9, sec: 1e9, secs: 1e9, ms: 1e6, msec: 1e6, msecs: 1e6, us: 1e3, usec: 1e3, usecs: 1e3, ns: 1, nsec: 1, nsecs: 1 }; // biome-ignore format: a table

/** What the errors say is expected. */
export const TIME_FORMS = `a time such as "10ms", "1.5s", "250us" or "800ns"`;

/**
 * Nanoseconds of `"10ms"`, not rounded; undefined if it is none. A number without a unit is none either, unless `bare` says how many
 * nanoseconds it counts: tc takes microseconds in most places, nanoseconds in some.
 */
export const parseTime = (text: string, bare?: number): number | undefined => scaled(text, units, bare);

/** Microseconds as tc shows them: `"99.5ms"`. */
export function formatTimeUs(us: number): string {
  if (us >= 1e6) return `${formatG(us / 1e6, 3)}s`;
  if (us >= 1e3) return `${formatG(us / 1e3, 3)}ms`;
  return `${Math.trunc(us)}us`;
}
/** Nanoseconds as tc shows them. */
export function formatTimeNs(ns: number): string {
  if (ns >= 1e9) return `${formatG(ns / 1e9, 3)}s`;
  if (ns >= 1e6) return `${formatG(ns / 1e6, 3)}ms`;
  if (ns >= 1e3) return `${formatG(ns / 1e3, 3)}us`;
  return `${ns}ns`;
}
/**
 * Nanoseconds exactly, in the largest unit that leaves few digits: `"1.5ms"`, which reads back as the same. Never in ns: where tc counts
 * microseconds (get_time) it does not know them, not even of 0.
 */
export function exactTime(ns: number): string {
  for (const [unit, factor] of [
    ["s", 1e9],
    ["ms", 1e6],
  ] as const)
    if (Math.abs(ns) >= factor && ns % (factor / 1e3) === 0) return `${ns / factor}${unit}`;
  return `${ns / 1e3}us`;
}
