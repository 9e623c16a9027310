/** netem's slots: packets are held back and let go together, as wireless links do (get_slot_next of net/sched/sch_netem.c). @module */
import type { Value } from "../../schema/codec.ts";
import { below, fail } from "../../schema/program.ts";
import { type Given, given, toScalar } from "../../schema/quantity.ts";
import { s32, s64, time, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactTime, formatTimeNs, parseTime } from "../../text/time.ts";
import { type Distribution, type ReadDistribution, resolveDistribution } from "../distribution.ts";
import { count, known } from "../options.ts";
import type { Out } from "../show.ts";
import type { Words } from "../words.ts";

export const nanoseconds = time(s64, "ns");
export const tcNetemSlot = struct(
  "tc_netem_slot",
  { size: 40 },
  {
    minDelay: nanoseconds,
    maxDelay: nanoseconds,
    maxPackets: s32,
    maxBytes: unit(s32, "bytes"),
    distDelay: nanoseconds,
    distJitter: nanoseconds,
  },
);

/** Between `minDelay` and `maxDelay` (the same by default) apart, or spread by a distribution around `delay` with `jitter`. */
export type NetemSlot = Given<"minDelay" | "maxDelay" | "delay" | "jitter", "time"> & {
  readonly distribution?: Distribution | undefined;
  /** What a slot takes; 0 as many as come. */
  readonly packets?: number | undefined;
  readonly bytes?: number | undefined;
};
/** The kernel does not tell the distribution. */
export interface NetemSlotRead {
  minDelayMs?: number;
  maxDelayMs?: number;
  delayMs?: number;
  jitterMs?: number;
  packets: number;
  bytes: number;
}

/** A time among options, in nanoseconds; undefined if it is not given. @throws {CodecError} names the option */
export function nsOf(options: object, name: string): bigint | undefined {
  const value = given(options, name, "time");
  return value === undefined ? undefined : (toScalar(nanoseconds, value, name) as bigint);
}
/** Milliseconds as numbers go, not rounded. */
export const msOf = (ns: bigint): number => Number(ns) / 1e6;
/** Exact, so that it reads back as the same. */
export const exactMs = (ms: number): string => exactTime(Math.round(ms * 1e6));

const KNOWN = {
  minDelay: "time", maxDelay: "time", delay: "time", jitter: "time", distribution: true, packets: true, bytes: true,
} as const; // biome-ignore format: a table
const S32_MAX = 0x7fffffff;
const NONE = { minDelay: 0n, maxDelay: 0n, distDelay: 0n, distJitter: 0n };

/** @throws {CodecError} whose path begins with `slot` */
export function slotToWire(
  slot: NetemSlot | undefined,
  read: ReadDistribution | undefined,
): { slot?: Value<typeof tcNetemSlot>; slotDist?: number[] } {
  if (slot === undefined) return {};
  try {
    known(slot, KNOWN);
    const limits = { maxPackets: count(slot, "packets", S32_MAX) ?? 0, maxBytes: count(slot, "bytes", S32_MAX) ?? 0 };
    const distDelay = nsOf(slot, "delay");
    if (distDelay === undefined) return { slot: { ...NONE, ...between(slot), ...limits } };
    const { table } = resolveDistribution(
      slot.distribution ?? fail("distribution", -1, "is missing: delay and jitter are spread by one"),
      read,
    );
    return { slot: { ...NONE, distDelay, distJitter: nsOf(slot, "jitter") ?? 0n, ...limits }, slotDist: [...table] };
  } catch (e) {
    throw below("slot", e);
  }
}
function between(slot: NetemSlot): { minDelay: bigint; maxDelay: bigint } {
  const minDelay =
    nsOf(slot, "minDelay") ?? fail("minDelay", -1, "is missing: minDelay and maxDelay, or delay and jitter");
  const maxDelay = nsOf(slot, "maxDelay") ?? minDelay;
  if (maxDelay < minDelay) fail("maxDelay", -1, "is less than minDelay");
  return { minDelay, maxDelay };
}

export function slotFromWire(wire: Value<typeof tcNetemSlot>): NetemSlotRead {
  const { minDelay, maxDelay, maxPackets: packets, maxBytes: bytes, distDelay, distJitter } = wire;
  return distJitter === 0n
    ? { minDelayMs: msOf(minDelay), maxDelayMs: msOf(maxDelay), packets, bytes }
    : { delayMs: msOf(distDelay), jitterMs: msOf(distJitter), packets, bytes };
}

/** The words behind `slot`; numbers without a unit are nanoseconds. */
export function parseSlot(words: Words, word: string): NetemSlot {
  const out: { -readonly [P in keyof NetemSlot]: NetemSlot[P] } = {};
  if (words.take("distribution")) {
    out.distribution = words.next("slot distribution", "the name of a distribution");
    out.delayMs = words.time(word, 1);
    out.jitterMs = words.time(word, 1);
  } else {
    out.minDelayMs = words.time(word, 1);
    const max = words.maybe((text) => parseTime(text, 1));
    if (max !== undefined) out.maxDelayMs = max / 1e6;
  }
  for (let more = words.take("packets", "bytes"); more; more = words.take("packets", "bytes"))
    out[more as "packets" | "bytes"] = words.integer(more, S32_MAX);
  return out;
}
/** Of a slot with a distribution there are none: the kernel does not tell it. */
export function slotWords(slot: NetemSlotRead): string[] {
  const { minDelayMs, maxDelayMs = minDelayMs, packets, bytes } = slot;
  if (minDelayMs === undefined) return [];
  return ["slot", exactMs(minDelayMs), exactMs(maxDelayMs!), "packets", String(packets), "bytes", String(bytes)];
}
export function showSlot(wire: Value<typeof tcNetemSlot>, out: Out): void {
  const { minDelay, maxDelay, distDelay, distJitter, maxPackets, maxBytes } = wire;
  out.object("slot", (inner) => {
    const put = (key: string, ns: bigint, prefix: string) =>
      inner.put(key, Number(ns) / 1e9, `${prefix}${formatTimeNs(Number(ns))}`);
    if (distJitter !== 0n) {
      put("distribution", distDelay, " slot distribution ");
      put("jitter", distJitter, " ");
    } else {
      put("min-delay", minDelay, " slot ");
      put("max-delay", maxDelay, " ");
    }
    if (maxPackets !== 0) inner.put("packets", maxPackets, ` packets ${maxPackets}`);
    if (maxBytes !== 0) inner.put("bytes", maxBytes, ` bytes ${maxBytes}`);
  });
}
