/**
 * netem: delays, loses, duplicates, corrupts and reorders packets, and paces them (net/sched/sch_netem.c).
 *
 * ```ts
 * netem({ delay: "100ms", jitter: "10ms", correlation: "25%", loss: "1%" });
 * netem({ loss: { model: "gemodel", p: "1%", r: "10%" }, rate: "1mbit", limit: 5000 });
 * ```
 * @module
 */
import { array, attrs, bare } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail, show } from "../../schema/program.ts";
import { fromScalar, type Given, given, toScalar } from "../../schema/quantity.ts";
import { rate, s16, s32, s64, share, time, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { formatPercent } from "../../text/percent.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { exactTime, formatTimeNs, parseTime } from "../../text/time.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known, required, toggle } from "../options.ts";
import { MAX_RATE32 } from "../rate-spec.ts";
import type { Out } from "../show.ts";
import { parseInteger, percent, type Words } from "../words.ts";

// ---- wire -------------------------------------------------------------------------------------------------------------------
const chance = share(u32);
/** `struct tc_netem_qopt` of linux/pkt_sched.h. Times in ticks of the scheduler's clock, at most 274.9 s; see LATENCY64 for longer. */
const tcNetemQopt = struct(
  "tc_netem_qopt",
  { size: 24 },
  {
    latency: unit(u32, "ticks"),
    limit: unit(u32, "packets"),
    loss: chance,
    gap: u32,
    duplicate: chance,
    jitter: unit(u32, "ticks"),
  },
);
const tcNetemCorr = struct("tc_netem_corr", { size: 12 }, { delayCorr: chance, lossCorr: chance, dupCorr: chance });
const chanceAndCorrelation = { probability: chance, correlation: chance };
const tcNetemReorder = struct("tc_netem_reorder", { size: 8 }, chanceAndCorrelation);
const tcNetemCorrupt = struct("tc_netem_corrupt", { size: 8 }, chanceAndCorrelation);
const tcNetemRate = struct(
  "tc_netem_rate",
  { size: 16 },
  {
    rate: rate(u32),
    packetOverhead: unit(s32, "bytes"),
    cellSize: unit(u32, "bytes"),
    cellOverhead: unit(s32, "bytes"),
  },
);
const tcNetemSlot = struct(
  "tc_netem_slot",
  { size: 40 },
  {
    minDelay: time(s64, "ns"),
    maxDelay: time(s64, "ns"),
    maxPackets: s32,
    maxBytes: unit(s32, "bytes"),
    distDelay: time(s64, "ns"),
    distJitter: time(s64, "ns"),
  },
);
/** Four states: 1 received in a gap, 2 received in a burst, 3 lost in a burst, 4 lost alone; `p13` is the chance to go from 1 to 3. */
const tcNetemGimodel = struct(
  "tc_netem_gimodel",
  { size: 20 },
  { p13: chance, p31: chance, p32: chance, p14: chance, p23: chance },
);
/** Two states: `p` good to bad, `r` bad to good, `h` the chance to pass in the bad one, `k1` the chance to be lost in the good one. */
const tcNetemGemodel = struct("tc_netem_gemodel", { size: 16 }, { p: chance, r: chance, h: chance, k1: chance });
const netemLoss = attrs("netem_loss", { c: "NETEM_LOSS_" }, { gi: [1, tcNetemGimodel], ge: [2, tcNetemGemodel] });

/** TCA_NETEM_* behind `struct tc_netem_qopt` (netem_dump). The distributions are only sent, never reported. */
export const netemSchema = attrs(
  "netem",
  { c: "TCA_NETEM_", head: tcNetemQopt },
  {
    latency64: [10, time(s64, "ns")],
    jitter64: [11, time(s64, "ns")],
    corr: [1, tcNetemCorr],
    reorder: [3, tcNetemReorder],
    corrupt: [4, tcNetemCorrupt],
    rate64: [8, rate(u64)],
    rate: [6, tcNetemRate],
    /** Marks ECN-capable packets instead of losing them. */
    ecn: [7, u32],
    lossModel: [5, bare(netemLoss), "LOSS"],
    slot: [12, tcNetemSlot],
    prngSeed: [14, u64],
    delayDist: [2, array(s16)],
    slotDist: [13, array(s16)],
  },
);
type Wire = Value<typeof netemSchema>;

// ---- options ----------------------------------------------------------------------------------------------------------------
/** Chances of the four-state Markov model, GI: `p13`, `p31`, `p32`, `p23`, `p14`. */
export type StateLoss = { readonly model: "state" } & Given<"p13" | "p31" | "p32" | "p23" | "p14", "share">;
/** Gilbert–Elliott: into the bad state `p`, out of it `r` (100% − p by default), passing in it `h` (0%), passing in the good one `k` (100%). */
export type GilbertElliottLoss = { readonly model: "gemodel" } & Given<"p" | "r" | "h" | "k", "share">;
/** Each packet by itself, or leaning on the one before. */
export type RandomLoss = { readonly model: "random" } & Given<"loss" | "correlation", "share">;
export type LossModel = RandomLoss | StateLoss | GilbertElliottLoss;

/** A rate, and what the link layer adds: to each packet, and to each cell that packets are cut into. */
export type NetemRate = Given<"rate", "rate"> & {
  /** Bytes, also negative. */
  readonly packetOverhead?: number | undefined;
  /** Bytes. */
  readonly cellSize?: number | undefined;
  readonly cellOverhead?: number | undefined;
};
/** Packets are let go in slots: between `minDelay` and `maxDelay` apart, or spread by a distribution around `delay` with `jitter`. */
export type NetemSlot = Given<"minDelay" | "maxDelay" | "delay" | "jitter", "time"> & {
  readonly distribution?: Distribution | undefined;
  /** Packets, and bytes, that a slot takes; 0 as many as come. */
  readonly packets?: number | undefined;
  readonly bytes?: number | undefined;
};
/** A table of deviations from the mean in units of jitter/8192, at equal steps of probability: up to 16384 of them. */
export type Distribution = readonly number[];

export type NetemOptions = Given<"delay" | "jitter", "time"> &
  Given<
    | "correlation"
    | "lossCorrelation"
    | "duplicate"
    | "duplicateCorrelation"
    | "corrupt"
    | "corruptCorrelation"
    | "reorder"
    | "reorderCorrelation",
    "share"
  > & {
    /** Packets that the queue holds, those that wait out their delay included: 1000 by default. */
    readonly limit?: number | undefined;
    /** How jitter is spread: evenly without one. Only sent; the kernel does not report it. */
    readonly distribution?: Distribution | undefined;
    readonly loss?: string | LossModel | undefined;
    readonly lossPercent?: number | undefined;
    readonly lossModel?: LossModel | undefined;
    /** Every so many packets one is not delayed, and so overtakes. */
    readonly gap?: number | undefined;
    readonly rate?: string | NetemRate | undefined;
    readonly rateBytesPerSecond?: number | undefined;
    readonly slot?: NetemSlot | undefined;
    /** Marks instead of losing, where the packet allows. */
    readonly ecn?: boolean | undefined;
    /** Of the random numbers (Linux 6.6): the same seed, the same losses. */
    readonly seed?: number | bigint | undefined;
  };
/** What a netem reports: only what differs from doing nothing. */
export interface Netem {
  limit: number;
  delayMs?: number;
  jitterMs?: number;
  correlationPercent?: number;
  lossPercent?: number;
  lossCorrelationPercent?: number;
  lossModel?:
    | {
        model: "state";
        p13Percent: number;
        p31Percent: number;
        p32Percent: number;
        p23Percent: number;
        p14Percent: number;
      }
    | { model: "gemodel"; pPercent: number; rPercent: number; hPercent: number; kPercent: number };
  duplicatePercent?: number;
  duplicateCorrelationPercent?: number;
  corruptPercent?: number;
  corruptCorrelationPercent?: number;
  reorderPercent?: number;
  reorderCorrelationPercent?: number;
  gap?: number;
  rate?: { rateBytesPerSecond: number; packetOverhead: number; cellSize: number; cellOverhead: number };
  slot?: {
    minDelayMs?: number;
    maxDelayMs?: number;
    delayMs?: number;
    jitterMs?: number;
    packets: number;
    bytes: number;
  };
  ecn?: boolean;
  seed?: bigint;
}

// ---- options to wire --------------------------------------------------------------------------------------------------------
const KNOWN = {
  delay: "time", jitter: "time", correlation: "share", loss: "share", lossCorrelation: "share", lossModel: true, duplicate: "share",
  duplicateCorrelation: "share", corrupt: "share", corruptCorrelation: "share", reorder: "share", reorderCorrelation: "share", gap: true,
  rate: "rate", slot: true, ecn: true, limit: true, seed: true, distribution: true,
} as const; // biome-ignore format: a table
const LATENCY = time(s64, "ns");
const MAX_TABLE = 16_384;
const MAX_CHANCE = 0xffffffff;

const chanceOf = (options: object, name: string): number | undefined => {
  const value = given(options, name, "share");
  return value === undefined ? undefined : (toScalar(chance, value, name) as number);
};
const nsOf = (options: object, name: string): bigint | undefined => {
  const value = given(options, name, "time");
  return value === undefined ? undefined : (toScalar(LATENCY, value, name) as bigint);
};
const inside = <T>(name: string, make: () => T): T => {
  try {
    return make();
  } catch (e) {
    throw below(name, e);
  }
};

/** @throws {CodecError} losses given in two ways, or a model that there is not */
function lossModelOf(options: NetemOptions): LossModel | undefined {
  const { loss, lossModel } = options;
  const model = typeof loss === "object" && loss !== null ? loss : lossModel;
  if (model === undefined) {
    const lossPercent = given(options, "loss", "share");
    return lossPercent === undefined ? undefined : { model: "random", lossPercent };
  }
  if (Number(loss !== undefined) + Number(lossModel !== undefined) + Number(options.lossPercent !== undefined) > 1)
    fail("loss", -1, "is given more than once: loss, lossPercent and lossModel are the same");
  const table = expectObject(model, "loss").model;
  if (typeof table !== "string" || !Object.hasOwn(MODELS, table))
    fail("loss.model", -1, `${show(table)} is not one of ${Object.keys(MODELS).join(", ")}`);
  inside("loss", () => known(model, MODELS[model.model]));
  return model;
}
const MODELS = {
  random: { model: true, loss: "share", correlation: "share" },
  state: { model: true, p13: "share", p31: "share", p32: "share", p23: "share", p14: "share" },
  gemodel: { model: true, p: "share", r: "share", h: "share", k: "share" },
} as const;
/** The defaults are tc's (netem_parse_opt): leaving a state is certain, the rest never happens. */
function lossWire(model: StateLoss | GilbertElliottLoss): Input<typeof netemLoss> {
  if (model.model === "state") {
    const p13 = chanceOf(model, "p13") ?? fail("p13", -1, "is missing: p13, or p13Percent");
    const p31 = chanceOf(model, "p31") ?? MAX_CHANCE - p13;
    return {
      gi: {
        p13,
        p31,
        p32: chanceOf(model, "p32") ?? 0,
        p14: chanceOf(model, "p14") ?? 0,
        p23: chanceOf(model, "p23") ?? MAX_CHANCE,
      },
    };
  }
  const p = chanceOf(model, "p") ?? fail("p", -1, "is missing: p, or pPercent");
  const k = chanceOf(model, "k");
  return {
    ge: {
      p,
      r: chanceOf(model, "r") ?? MAX_CHANCE - p,
      h: chanceOf(model, "h") ?? 0,
      k1: k === undefined ? 0 : MAX_CHANCE - k,
    },
  };
}

const RATE_KNOWN = { rate: "rate", packetOverhead: true, cellSize: true, cellOverhead: true } as const;
const S32_MAX = 0x7fffffff;
function rateWire(rate: NetemRate): Pick<Input<typeof netemSchema>, "rate" | "rate64"> {
  known(rate, RATE_KNOWN);
  const bytes = Math.round(required(rate, "rate", "rate"));
  return {
    ...(bytes > MAX_RATE32 && { rate64: BigInt(bytes) }),
    rate: {
      rate: Math.min(bytes, MAX_RATE32),
      packetOverhead: count(rate, "packetOverhead", S32_MAX, -S32_MAX) ?? 0,
      cellSize: count(rate, "cellSize") ?? 0,
      cellOverhead: count(rate, "cellOverhead", S32_MAX, -S32_MAX) ?? 0,
    },
  };
}

const SLOT_KNOWN = {
  minDelay: "time", maxDelay: "time", delay: "time", jitter: "time", distribution: true, packets: true, bytes: true,
} as const; // biome-ignore format: a table
function slotWire(slot: NetemSlot): Pick<Input<typeof netemSchema>, "slot" | "slotDist"> {
  known(slot, SLOT_KNOWN);
  const limits = { maxPackets: count(slot, "packets", S32_MAX) ?? 0, maxBytes: count(slot, "bytes", S32_MAX) ?? 0 };
  const distDelay = nsOf(slot, "delay");
  if (distDelay === undefined) {
    const minDelay =
      nsOf(slot, "minDelay") ?? fail("minDelay", -1, "is missing: minDelay and maxDelay, or delay and jitter");
    const maxDelay = nsOf(slot, "maxDelay") ?? minDelay;
    if (maxDelay < minDelay) fail("maxDelay", -1, "is less than minDelay");
    return { slot: { minDelay, maxDelay, ...limits } };
  }
  if (slot.distribution === undefined) fail("distribution", -1, "is missing: delay and jitter are spread by one");
  return {
    slot: { distDelay, distJitter: nsOf(slot, "jitter") ?? 0n, ...limits },
    slotDist: tableWire(slot.distribution!),
  };
}

const tableWire = (table: Distribution): number[] => {
  if (!Array.isArray(table) || table.length === 0 || table.length > MAX_TABLE)
    fail("distribution", -1, `is not a table of 1 to ${MAX_TABLE} numbers`);
  return [...table];
};

function toWire(options: NetemOptions, { psched }: TcContext): Input<typeof netemSchema> {
  known(options, KNOWN);
  const ticks = (ns: bigint) => Math.min(MAX_RATE32, Math.round((Number(ns) / 1000) * psched.ticksPerUs));
  const latency = nsOf(options, "delay");
  const jitter = nsOf(options, "jitter");
  if (jitter !== undefined && latency === undefined) fail("jitter", -1, "there is no jitter without a delay");
  const delayCorr = chanceOf(options, "correlation") ?? 0;
  if (delayCorr !== 0 && jitter === undefined) fail("correlation", -1, "correlates the jitter, and there is none");
  if (options.distribution !== undefined && jitter === undefined)
    fail("distribution", -1, "spreads the jitter, and there is none");

  const model = lossModelOf(options);
  const random = model?.model === "random" ? model : undefined;
  const lossCorr =
    (random && inside("loss", () => chanceOf(random, "correlation"))) ?? chanceOf(options, "lossCorrelation") ?? 0;
  if (lossCorr !== 0 && !random) fail("lossCorrelation", -1, "there is no random loss to correlate");
  const pair = (
    name: "corrupt" | "reorder" | "duplicate",
  ): { probability: number; correlation: number } | undefined => {
    const probability = chanceOf(options, name);
    const correlation = chanceOf(options, `${name}Correlation`);
    if (probability === undefined && correlation !== undefined)
      fail(`${name}Correlation`, -1, `is given without ${name}`);
    return probability === undefined ? undefined : { probability, correlation: correlation ?? 0 };
  };
  const duplicate = pair("duplicate");
  const reorder = pair("reorder");
  const corrupt = pair("corrupt");
  const corr = { delayCorr, lossCorr, dupCorr: duplicate?.correlation ?? 0 };

  const rate = options.rate ?? options.rateBytesPerSecond;
  const seed = options.seed;
  if (seed !== undefined && !(typeof seed === "bigint" || Number.isSafeInteger(seed)))
    fail("seed", -1, `${show(seed)} is not an integer`);
  return {
    limit: count(options, "limit") ?? 1000,
    // Reordering without a gap is of every packet (netem_change).
    gap: count(options, "gap") ?? (reorder ? 1 : 0),
    duplicate: duplicate?.probability ?? 0,
    ...(random && {
      loss: inside("loss", () => chanceOf(random, "loss") ?? fail("", -1, "is missing: loss, or lossPercent")),
    }),
    // Kernels since 4.16 go by the nanoseconds, older ones by the ticks.
    ...(latency !== undefined && { latency: ticks(latency), latency64: latency }),
    ...(jitter !== undefined && { jitter: ticks(jitter), jitter64: jitter }),
    ...((corr.delayCorr !== 0 || corr.lossCorr !== 0 || corr.dupCorr !== 0) && { corr }),
    ...(reorder && { reorder }),
    ...(corrupt && { corrupt }),
    ...(rate !== undefined &&
      (typeof rate === "object"
        ? inside("rate", () => rateWire(rate))
        : rateWire({ rate: options.rate as string | undefined, rateBytesPerSecond: options.rateBytesPerSecond }))),
    ...(toggle(options, "ecn") && { ecn: 1 }),
    ...(model &&
      model !== random && { lossModel: inside("loss", () => lossWire(model as StateLoss | GilbertElliottLoss)) }),
    ...(options.slot !== undefined && inside("slot", () => slotWire(options.slot!))),
    ...(seed !== undefined && { prngSeed: BigInt.asUintN(64, BigInt(seed)) }),
    ...(options.distribution !== undefined && { delayDist: tableWire(options.distribution) }),
  };
}

// ---- wire to options --------------------------------------------------------------------------------------------------------
const percentOf = (wire: number): number => fromScalar(chance, wire);
const msOf = (ns: bigint): number => Number(ns) / 1e6;

function fromWire(m: Wire, { psched }: TcContext): Netem {
  const out: Netem = { limit: m.limit };
  const ns = (ticks: number, exact: bigint | undefined) =>
    exact ?? BigInt(Math.round((ticks / psched.ticksPerUs) * 1000));
  const latency = ns(m.latency, m.latency64);
  const jitter = ns(m.jitter, m.jitter64);
  if (latency !== 0n || jitter !== 0n) out.delayMs = msOf(latency);
  if (jitter !== 0n) out.jitterMs = msOf(jitter);
  const { delayCorr = 0, lossCorr = 0, dupCorr = 0 } = m.corr ?? {};
  if (delayCorr !== 0) out.correlationPercent = percentOf(delayCorr);
  if (m.lossModel?.gi) {
    const { p13, p31, p32, p23, p14 } = m.lossModel.gi;
    out.lossModel = {
      model: "state",
      p13Percent: percentOf(p13),
      p31Percent: percentOf(p31),
      p32Percent: percentOf(p32),
      p23Percent: percentOf(p23),
      p14Percent: percentOf(p14),
    };
  } else if (m.lossModel?.ge) {
    const { p, r, h, k1 } = m.lossModel.ge;
    out.lossModel = {
      model: "gemodel",
      pPercent: percentOf(p),
      rPercent: percentOf(r),
      hPercent: percentOf(h),
      kPercent: percentOf(MAX_CHANCE - k1),
    };
  } else if (m.loss !== 0) {
    out.lossPercent = percentOf(m.loss);
    if (lossCorr !== 0) out.lossCorrelationPercent = percentOf(lossCorr);
  }
  if (m.duplicate !== 0) {
    out.duplicatePercent = percentOf(m.duplicate);
    if (dupCorr !== 0) out.duplicateCorrelationPercent = percentOf(dupCorr);
  }
  if (m.corrupt && m.corrupt.probability !== 0) {
    out.corruptPercent = percentOf(m.corrupt.probability);
    if (m.corrupt.correlation !== 0) out.corruptCorrelationPercent = percentOf(m.corrupt.correlation);
  }
  if (m.reorder && m.reorder.probability !== 0) {
    out.reorderPercent = percentOf(m.reorder.probability);
    if (m.reorder.correlation !== 0) out.reorderCorrelationPercent = percentOf(m.reorder.correlation);
  }
  if (m.gap !== 0) out.gap = m.gap;
  if (m.rate && m.rate.rate !== 0) {
    const { rate, packetOverhead, cellSize, cellOverhead } = m.rate;
    out.rate = { rateBytesPerSecond: Number(m.rate64 ?? rate), packetOverhead, cellSize, cellOverhead };
  }
  if (m.slot) {
    const { minDelay, maxDelay, maxPackets: packets, maxBytes: bytes, distDelay, distJitter } = m.slot;
    out.slot =
      distJitter === 0n
        ? { minDelayMs: msOf(minDelay), maxDelayMs: msOf(maxDelay), packets, bytes }
        : { delayMs: msOf(distDelay), jitterMs: msOf(distJitter), packets, bytes };
  }
  if (m.ecn) out.ecn = true;
  if (m.prngSeed !== undefined) out.seed = m.prngSeed;
  return out;
}

// ---- tc's words -------------------------------------------------------------------------------------------------------------
const WORDS = ["limit", "delay", "latency", "loss", "drop", "duplicate", "corrupt", "reorder", "gap", "distribution", "rate", "slot", "ecn", "seed"]; // biome-ignore format: a table

function parse(words: Words): NetemOptions {
  const out: { -readonly [K in keyof NetemOptions]: NetemOptions[K] } & Record<string, unknown> = {};
  const pair = (name: string, word: string) => {
    out[`${name}Percent`] = words.percent(word);
    const correlation = words.maybe(percent);
    if (correlation !== undefined) out[`${name}CorrelationPercent`] = correlation;
  };
  while (!words.done) {
    const word = words.next();
    switch (word) {
      case "limit":
        out.limit = words.integer(word);
        break;
      case "latency":
      case "delay": {
        out.delayMs = words.time(word);
        const jitter = words.maybe((w) => parseTime(w, 1000));
        if (jitter === undefined) break;
        out.jitterMs = jitter / 1e6;
        const correlation = words.maybe(percent);
        if (correlation !== undefined) out.correlationPercent = correlation;
        break;
      }
      case "loss":
      case "drop":
        if (words.take("state")) {
          const model: Record<string, unknown> = { model: "state", p13Percent: words.percent("loss state") };
          for (const name of ["p31", "p32", "p23", "p14"]) {
            const value = words.maybe(percent);
            if (value === undefined) break;
            model[`${name}Percent`] = value;
          }
          out.lossModel = model as unknown as StateLoss;
        } else if (words.take("gemodel")) {
          const model: Record<string, unknown> = { model: "gemodel", pPercent: words.percent("loss gemodel") };
          const r = words.maybe(percent);
          if (r !== undefined) model.rPercent = r;
          const lostInBad = r === undefined ? undefined : words.maybe(percent);
          if (lostInBad !== undefined) model.hPercent = 100 - lostInBad;
          const lostInGood = lostInBad === undefined ? undefined : words.maybe(percent);
          if (lostInGood !== undefined) model.kPercent = 100 - lostInGood;
          out.lossModel = model as unknown as GilbertElliottLoss;
        } else {
          words.take("random");
          pair("loss", word);
        }
        break;
      case "duplicate":
      case "corrupt":
      case "reorder":
        pair(word, word);
        break;
      case "gap":
        out.gap = words.integer(word);
        break;
      case "ecn":
        out.ecn = true;
        break;
      case "seed":
        out.seed = words.value(word, "an integer", (w) => (/^\d+$/.test(w) ? BigInt(w) : undefined));
        break;
      case "rate": {
        const rate: Record<string, unknown> = { rateBytesPerSecond: words.rate(word) };
        for (const name of ["packetOverhead", "cellSize", "cellOverhead"]) {
          const value = words.maybe(parseInteger);
          if (value === undefined) break;
          rate[name] = value;
        }
        out.rate = rate;
        break;
      }
      case "slot": {
        const slot: Record<string, unknown> = {};
        if (words.take("distribution")) {
          slot.distribution = distributionOf(words, "slot distribution");
          slot.delayMs = words.time(word, 1);
          slot.jitterMs = words.time(word, 1);
        } else {
          slot.minDelayMs = words.time(word, 1);
          const max = words.maybe((w) => parseTime(w, 1));
          if (max !== undefined) slot.maxDelayMs = max / 1e6;
        }
        for (let more = words.take("packets", "bytes"); more; more = words.take("packets", "bytes"))
          slot[more] = words.integer(more, S32_MAX);
        out.slot = slot;
        break;
      }
      case "distribution":
        out.distribution = distributionOf(words, word);
        break;
      default:
        words.unknown(word, WORDS);
    }
  }
  return out;
}
const distributionOf = (words: Words, after: string): Distribution => {
  const name = words.next(after, "the name of a distribution");
  return words.fail(`${after}: ${show(name)} is not known`);
};

/** Exact, so that they read back as the same. */
const exactPercent = (value: number): string => `${value}%`;
/** 100% less a percentage, as short as it is: 100 − 99.9 is 0.1. */
const rest = (percent: number): number => Number((100 - percent).toFixed(10));
const exactMs = (ms: number): string => exactTime(Math.round(ms * 1e6));

function printWords(options: Netem): string[] {
  const o = options;
  const out = ["limit", String(o.limit)];
  const pair = (word: string, value: number | undefined, correlation: number | undefined) => {
    if (value === undefined) return;
    out.push(word, exactPercent(value));
    if (correlation !== undefined) out.push(exactPercent(correlation));
  };
  if (o.delayMs !== undefined) {
    out.push("delay", exactMs(o.delayMs));
    if (o.jitterMs !== undefined) out.push(exactMs(o.jitterMs));
    if (o.correlationPercent !== undefined) out.push(exactPercent(o.correlationPercent));
  }
  if (o.lossModel?.model === "state") {
    const { p13Percent, p31Percent, p32Percent, p23Percent, p14Percent } = o.lossModel;
    out.push("loss", "state", ...[p13Percent, p31Percent, p32Percent, p23Percent, p14Percent].map(exactPercent));
  } else if (o.lossModel) {
    const { pPercent, rPercent, hPercent, kPercent } = o.lossModel;
    out.push("loss", "gemodel", ...[pPercent, rPercent, rest(hPercent), rest(kPercent)].map(exactPercent));
  } else pair("loss", o.lossPercent, o.lossCorrelationPercent);
  pair("duplicate", o.duplicatePercent, o.duplicateCorrelationPercent);
  pair("reorder", o.reorderPercent, o.reorderCorrelationPercent);
  pair("corrupt", o.corruptPercent, o.corruptCorrelationPercent);
  if (o.gap !== undefined) out.push("gap", String(o.gap));
  if (o.rate) {
    const { rateBytesPerSecond, packetOverhead, cellSize, cellOverhead } = o.rate;
    out.push("rate", exactRate(rateBytesPerSecond), ...[packetOverhead, cellSize, cellOverhead].map(String));
  }
  if (o.slot?.minDelayMs !== undefined) {
    const { minDelayMs, maxDelayMs = minDelayMs, packets, bytes } = o.slot;
    out.push("slot", exactMs(minDelayMs), exactMs(maxDelayMs), "packets", String(packets), "bytes", String(bytes));
  }
  if (o.ecn) out.push("ecn");
  if (o.seed !== undefined) out.push("seed", String(o.seed));
  return out;
}

// ---- show (netem_print_opt of iproute2's tc/q_netem.c) ------------------------------------------------------------------------
function showNetem(m: Wire, out: Out, context: TcContext): void {
  const o = fromWire(m, context);
  const part = (wire: number) => Number(formatG(wire / MAX_CHANCE));
  const text = (wire: number) => formatPercent(percentOf(wire));
  const pair = (name: string, value: number, correlation: number) =>
    out.object(name, (inner) => {
      inner.put(name, part(value), ` ${name} ${text(value)}`);
      inner.put("correlation", part(correlation), correlation === 0 ? undefined : ` ${text(correlation)}`);
    });
  out.put("limit", o.limit, `limit ${o.limit}`);
  const { delayCorr = 0, lossCorr = 0, dupCorr = 0 } = m.corr ?? {};
  if (o.delayMs !== undefined)
    out.object("delay", (inner) => {
      inner.put("delay", o.delayMs! / 1e3, ` delay ${formatTimeNs(o.delayMs! * 1e6)}`);
      const { jitterMs } = o;
      inner.put(
        "jitter",
        (jitterMs ?? 0) / 1e3,
        jitterMs === undefined ? undefined : `  ${formatTimeNs(jitterMs * 1e6)}`,
      );
      inner.put("correlation", part(delayCorr), delayCorr === 0 ? undefined : ` ${text(delayCorr)}`);
    });
  if (m.loss !== 0)
    out.object("loss-random", (inner) => {
      inner.put("loss", part(m.loss), ` loss ${text(m.loss)}`);
      inner.put("correlation", part(lossCorr), lossCorr === 0 ? undefined : ` ${text(lossCorr)}`);
    });
  const gi = m.lossModel?.gi;
  if (gi)
    out.object("loss-state", (inner) => {
      inner.say(" loss state");
      for (const name of ["p13", "p31", "p32", "p23", "p14"] as const)
        inner.put(name, part(gi[name]), ` ${name} ${text(gi[name])}`);
    });
  const ge = m.lossModel?.ge;
  if (ge)
    out.object("loss-gemodel", (inner) => {
      inner.put("p", part(ge.p), ` loss gemodel p ${text(ge.p)}`);
      inner.put("r", part(ge.r), ` r ${text(ge.r)}`);
      inner.put("1-h", part(MAX_CHANCE - ge.h), ` 1-h ${text(MAX_CHANCE - ge.h)}`);
      inner.put("1-k", part(ge.k1), ` 1-k ${text(ge.k1)}`);
    });
  if (m.duplicate !== 0) pair("duplicate", m.duplicate, dupCorr);
  if (m.reorder?.probability) pair("reorder", m.reorder.probability, m.reorder.correlation);
  if (m.corrupt?.probability) pair("corrupt", m.corrupt.probability, m.corrupt.correlation);
  const { rate } = o;
  if (rate)
    out.object("rate", (inner) => {
      inner.put("rate", rate.rateBytesPerSecond, ` rate ${formatRate(rate.rateBytesPerSecond)}`);
      const { packetOverhead, cellSize, cellOverhead } = rate;
      inner.put(
        "packetoverhead",
        packetOverhead,
        packetOverhead === 0 ? undefined : ` packetoverhead ${packetOverhead}`,
      );
      inner.put("cellsize", cellSize, cellSize === 0 ? undefined : ` cellsize ${cellSize}`);
      inner.put("celloverhead", cellOverhead, cellOverhead === 0 ? undefined : ` celloverhead ${cellOverhead}`);
    });
  const { slot } = m;
  if (slot)
    out.object("slot", (inner) => {
      const { minDelay, maxDelay, distDelay, distJitter, maxPackets, maxBytes } = slot;
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
  if (m.prngSeed !== undefined) out.put("seed", m.prngSeed, ` seed ${m.prngSeed}`);
  out.put("ecn", o.ecn === true, o.ecn ? " ecn " : undefined);
  out.put("gap", m.gap, m.gap === 0 ? undefined : ` gap ${m.gap}`);
}

export const netemKind: TcKind<"netem", typeof netemSchema, NetemOptions, Netem> = {
  kind: "netem",
  schema: netemSchema,
  toWire,
  fromWire,
  parse,
  words: printWords,
  show: showNetem,
};
export const netem = (options: NetemOptions = {}) => ({ kind: "netem", options }) as const;
