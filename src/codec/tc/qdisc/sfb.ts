/** sfb: stochastic fair blue: drops at random what overfills the bins that flows are hashed to (net/sched/sch_sfb.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { time, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { formatTimeUs } from "../../text/time.ts";
import type { TcKind } from "../kind.ts";
import { count, known } from "../options.ts";
import type { Out } from "../show.ts";
import { fraction, fractionWord, integer, readWords, time as timeWord } from "../word-table.ts";

/** `struct tc_sfb_qopt`: the probabilities are sixteen-bit fractions. */
const tcSfbQopt = struct(
  "tc_sfb_qopt",
  { size: 36 },
  {
    rehashInterval: time(u32, "ms"),
    warmupTime: time(u32, "ms"),
    max: unit(u32, "packets"),
    binSize: unit(u32, "packets"),
    increment: u32,
    decrement: u32,
    limit: unit(u32, "packets"),
    penaltyRate: unit(u32, "packets/s"),
    penaltyBurst: unit(u32, "packets"),
  },
);
/** TCA_SFB_* (sfb_dump). */
export const sfbSchema = attrs("sfb", { c: "TCA_SFB_" }, { parms: [1, tcSfbQopt] });
/** `struct tc_sfb_xstats`: packets; the probabilities are sixteen-bit fractions. */
export const sfbXstats = struct(
  "tc_sfb_xstats",
  { size: 36 },
  {
    earlydrop: u32,
    penaltydrop: u32,
    bucketdrop: u32,
    queuedrop: u32,
    childdrop: u32,
    marked: u32,
    maxqlen: u32,
    maxprob: u32,
    avgprob: u32,
  },
);

/** All are set anew, also by a change: what is left out gets its default. */
export type SfbOptions =
  /** How often flows are hashed anew, 600 s by default, and how long the new hash is warmed up before: 60 s. */
  Given<"rehash" | "warmup", "time"> &
    /** By how much the probability of a bin grows when it is full, 0.05% by default, and shrinks when it is empty: 0.005%. */
    Given<"increment" | "decrement", "share"> & {
      /** Packets in all: the device's txqueuelen by default. */
      readonly limit?: number | undefined;
      /** Packets a bin at most, 25 by default, and those that it is held to: four fifths. */
      readonly max?: number | undefined;
      readonly target?: number | undefined;
      /** Packets a second of flows that do not yield, 10 by default, and how many at once: 20. */
      readonly penaltyRate?: number | undefined;
      readonly penaltyBurst?: number | undefined;
    };
export interface Sfb {
  rehashMs: number;
  warmupMs: number;
  limit: number;
  max: number;
  target: number;
  incrementPercent: number;
  decrementPercent: number;
  penaltyRate: number;
  penaltyBurst: number;
}
const KNOWN = { rehash: "time", warmup: "time", increment: "share", decrement: "share", limit: true, max: true, target: true, penaltyRate: true, penaltyBurst: true } as const; // biome-ignore format: a table
const MAX_PROB = 0xffff;
const probToWire = (percent: number): number => Math.trunc((percent / 100) * MAX_PROB + 0.5);
/** The shortest percentage that makes it again. */
function probFromWire(wire: number): number {
  const percent = (wire / MAX_PROB) * 100;
  for (let digits = 0; digits < 12; digits++) {
    const short = Number(percent.toFixed(digits));
    if (probToWire(short) === wire) return short;
  }
  return percent;
}

function toWire(options: SfbOptions): Input<typeof sfbSchema> {
  known(options, KNOWN);
  const ms = (name: string) => {
    const value = given(options, name, "time", 0xffffffff);
    return value === undefined ? undefined : Math.round(value);
  };
  const prob = (name: string) => {
    const value = given(options, name, "share");
    return value === undefined ? undefined : probToWire(value);
  };
  const target = count(options, "target") ?? 0;
  const max = count(options, "max") || (target === 0 ? 25 : Math.trunc((target * 5 + 1) / 4));
  return {
    parms: {
      rehashInterval: ms("rehash") ?? 600_000,
      warmupTime: ms("warmup") ?? 60_000,
      max,
      binSize: target || Math.trunc((max * 4 + 3) / 5),
      increment: prob("increment") ?? 33,
      decrement: prob("decrement") ?? 3,
      limit: count(options, "limit") ?? 0,
      penaltyRate: count(options, "penaltyRate") ?? 10,
      penaltyBurst: count(options, "penaltyBurst") ?? 20,
    },
  };
}

// sfb_print_xstats of iproute2's tc/q_sfb.c.
function showXstats(s: Value<typeof sfbXstats>, out: Out): void {
  const put = (key: string, value: number, before = " ") => out.put(key, value, `${before}${key} ${value}`);
  put("earlydrop", s.earlydrop, "  ");
  put("penaltydrop", s.penaltydrop);
  put("bucketdrop", s.bucketdrop);
  put("queuedrop", s.queuedrop);
  put("childdrop", s.childdrop);
  put("marked", s.marked);
  put("maxqlen", s.maxqlen, "\n  ");
  put("maxprob", Number(formatG(s.maxprob / MAX_PROB)));
  put("avgprob", Number(formatG(s.avgprob / MAX_PROB)));
}

export const sfbKind: TcKind<"sfb", typeof sfbSchema, SfbOptions, Sfb, typeof sfbXstats> = {
  kind: "sfb",
  schema: sfbSchema,
  xstats: sfbXstats,
  toWire,
  fromWire: ({ parms }) => ({
    rehashMs: parms?.rehashInterval ?? 0,
    warmupMs: parms?.warmupTime ?? 0,
    limit: parms?.limit ?? 0,
    max: parms?.max ?? 0,
    target: parms?.binSize ?? 0,
    incrementPercent: probFromWire(parms?.increment ?? 0),
    decrementPercent: probFromWire(parms?.decrement ?? 0),
    penaltyRate: parms?.penaltyRate ?? 0,
    penaltyBurst: parms?.penaltyBurst ?? 0,
  }),
  parse: (words) =>
    readWords(words, {
      rehash: timeWord("rehash", 1e6),
      db: timeWord("warmup", 1e6),
      limit: integer("limit"),
      max: integer("max"),
      target: integer("target"),
      increment: fraction("increment"),
      decrement: fraction("decrement"),
      penalty_rate: integer("penaltyRate"),
      penalty_burst: integer("penaltyBurst"),
    }),
  words: (o) => [
    ...["rehash", String(o.rehashMs), "db", String(o.warmupMs), "limit", String(o.limit)],
    ...["max", String(o.max), "target", String(o.target)],
    ...["increment", fractionWord(o.incrementPercent), "decrement", fractionWord(o.decrementPercent)],
    ...["penalty_rate", String(o.penaltyRate), "penalty_burst", String(o.penaltyBurst)],
  ],
  // sfb_print_opt of iproute2's tc/q_sfb.c.
  show({ parms }, out) {
    if (!parms) return;
    const us = (key: string, ms: number) => out.put(key, ms * 1e3, `${key} ${formatTimeUs(ms * 1e3)} `);
    const part = (key: string, wire: number) => {
      const text = formatG(wire / MAX_PROB);
      out.put(key, Number(text), `${key} ${text} `);
    };
    us("rehash", parms.rehashInterval);
    us("db", parms.warmupTime);
    out.put("limit", parms.limit, `limit ${parms.limit}p `);
    out.put("max", parms.max, `max ${parms.max}p `);
    out.put("target", parms.binSize, `target ${parms.binSize}p `);
    part("increment", parms.increment);
    part("decrement", parms.decrement);
    out.put("penalty_rate", parms.penaltyRate, `penalty_rate ${parms.penaltyRate}pps `);
    out.put("penalty_burst", parms.penaltyBurst, `penalty_burst ${parms.penaltyBurst}p `);
  },
  showXstats,
};
