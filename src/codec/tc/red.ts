/**
 * Random early detection, as red, choke, gred and sfq have it: what they are told follows from thresholds, bursts and probabilities
 * (iproute2's tc/tc_red.c, after Sally Floyd's recommendations).
 * @module
 */
import { fail } from "../schema/program.ts";
import { flags, type NumberScalar, names } from "../schema/scalar.ts";
import type { Psched } from "./psched.ts";
import { ticksFor } from "./rate-spec.ts";
import type { Out } from "./show.ts";

/** TC_RED_* of linux/pkt_sched.h. */
const redFlagNames = names("TC_RED_", { ecn: 1, harddrop: 2, adaptive: 4, nodrop: 8 }, { adaptive: "ADAPTATIVE" });
export const redFlags = /* @__PURE__ */ (scalar: NumberScalar) => flags(scalar, redFlagNames);
export type RedFlag = keyof typeof redFlagNames.values;
/** What a flag makes of packets: marked rather than dropped (`ecn`), dropped all the same above the upper threshold (`harddrop`), … */
export type RedFlags = { readonly [F in RedFlag]?: boolean | undefined };

const FLAGS = Object.keys(redFlagNames.values) as RedFlag[];
export function redFlagsToWire(options: RedFlags, allowed: readonly RedFlag[] = FLAGS): number {
  let bits = 0;
  for (const flag of allowed) {
    const on = options[flag];
    if (on !== undefined && typeof on !== "boolean") fail(flag, -1, `${JSON.stringify(on)} is not true or false`);
    if (on) bits |= redFlagNames.values[flag];
  }
  return bits;
}
/** Those that are on. */
export const redFlagsFromWire = (bits: number): { [F in RedFlag]?: boolean } =>
  Object.fromEntries(FLAGS.filter((flag) => bits & redFlagNames.values[flag]).map((flag) => [flag, true]));
export const redFlagWords = (options: RedFlags): string[] => FLAGS.filter((flag) => options[flag]);
// tc_red_print_flags.
export function showRedFlags(bits: number, out: Out): void {
  for (const flag of FLAGS) {
    const on = (bits & redFlagNames.values[flag]) !== 0;
    out.put(flag, on, on ? `${flag} ` : undefined);
  }
}

/** What a curve is reckoned from: thresholds in bytes, the burst in packets. */
export interface RedInput {
  readonly min: number;
  readonly max: number;
  readonly burst?: number | undefined;
  /** Bytes of an average packet. */
  readonly avpkt: number;
  /** In percent. */
  readonly probability?: number | undefined;
  /** The weight's −log₂, in place of `burst`. */
  readonly ewma?: number | undefined;
}
export const DEFAULT_PROBABILITY = 2;

/** −log₂ of the weight of the average queue (tc_red_eval_ewma). @throws {CodecError} */
export function redWlog({ min, burst = 0, avpkt, ewma }: RedInput): number {
  if (ewma !== undefined) return ewma;
  const excess = burst + 1 - min / avpkt;
  if (excess < 1) return fail("burst", -1, `${burst} packets are too few: at least ${1 + Math.floor(min / avpkt)}`);
  let weight = 0.5;
  for (let wlog = 1; wlog < 32; wlog++, weight /= 2) if (excess <= (1 - (1 - weight) ** burst) / weight) return wlog;
  return fail("burst", -1, `${burst} packets are too many`);
}
/** −log₂ of the probability a byte between the thresholds (tc_red_eval_P). @throws {CodecError} */
export function redPlog({ min, max, probability = DEFAULT_PROBABILITY }: RedInput): number {
  if (min === max) return 0;
  let p = probability / 100 / (max - min);
  for (let plog = 0; plog < 32; plog++, p *= 2) if (p > 1) return plog;
  return fail("probability", -1, `${probability}% is too little for thresholds that far apart`);
}
const WHOLE = 2 ** 32;
/** `max_P`: a share of 2³², cut off. */
export const redMaxP = (percent = DEFAULT_PROBABILITY): number =>
  Math.min(0xffffffff, Math.trunc((percent / 100) * WHOLE));
/** The shortest percentage that makes it again. */
export function redProbability(maxP: number): number {
  const percent = (maxP / WHOLE) * 100;
  for (let digits = 0; digits < 12; digits++) {
    const short = Number(percent.toFixed(digits));
    if (redMaxP(short) === maxP) return short;
  }
  return percent;
}

/** How much the average has sunk after an idle time, by that time (tc_red_eval_idle_damping). Never reported. */
export interface Damping {
  readonly cellLog: number;
  readonly table: Uint8Array;
}
const MOST = 31;
/** @throws {CodecError} */
export function redDamping(wlog: number, avpkt: number, bytesPerSecond: number, psched: Psched): Damping {
  const perTick = -Math.log(1 - 1 / 2 ** wlog) / ticksFor(bytesPerSecond, avpkt, psched);
  let cellLog = 0;
  while (MOST / perTick / 2 ** cellLog >= 512)
    if (++cellLog >= 32) return fail("bandwidth", -1, `${bytesPerSecond} bytes per second are too few`);
  return { cellLog, table: damped(perTick, cellLog) };
}
/** A table for the `cellLog` that was read: of the bandwidths that lead to it, one in the middle. */
export const dampingOf = (cellLog: number): Damping => ({
  cellLog,
  table: damped(MOST / (384 * 2 ** cellLog), cellLog),
});
/** Such a bandwidth: tc has no word for the `cellLog`. */
export const bandwidthOf = (wlog: number, avpkt: number, cellLog: number, { ticksPerUs }: Psched): number => {
  const ticks = Math.max(1, Math.round((384 * 2 ** cellLog * -Math.log(1 - 1 / 2 ** wlog)) / MOST));
  return Math.max(1, Math.ceil((avpkt * 1e6 * ticksPerUs) / ticks));
};
function damped(perTick: number, cellLog: number): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, i) => Math.min(MOST, Math.trunc(i * 2 ** cellLog * perTick)));
  table[255] = MOST;
  return table;
}
