/**
 * netem: delays, loses, duplicates, corrupts and reorders packets, and paces them (net/sched/sch_netem.c).
 *
 * ```ts
 * netem({ delay: "100ms", jitter: "10ms", correlation: "25%", loss: "1%" });
 * netem({ loss: { model: "gemodel", p: "1%", r: "10%" }, rate: "1mbit", limit: 5000 });
 * ```
 *
 * What a packet meets, in the kernel's order (netem_enqueue): it may be doubled; lost, by one of the models in `../loss/`; altered in one
 * bit; dropped where more than `limit` wait. Then it waits for its delay, spread by a table of `../distribution.ts`, and for its turn on a
 * line of some rate (netem-rate.ts); unless it is one that overtakes all others (reorder, gap). What is due goes when a slot is open
 * (netem-slot.ts).
 * @module
 */
import { array, attrs, bare } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { fail, show } from "../../schema/program.ts";
import type { Given } from "../../schema/quantity.ts";
import { s16, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatTimeNs, parseTime } from "../../text/time.ts";
import { type Distribution, resolveDistribution } from "../distribution.ts";
import type { TcContext, TcKind } from "../kind.ts";
import {
  chance,
  chanceOf,
  kernelLossOf,
  type LossModel,
  type LossModelRead,
  lossFromKernel,
  lossFromWire,
  lossToWire,
  netemLoss,
  percentOf,
} from "../loss/model.ts";
import {
  exactPercent,
  inOrder,
  lossWords,
  parseLoss,
  partOf,
  percentText,
  showCorrelation,
  showLoss,
} from "../loss/words.ts";
import { count, known, toggle } from "../options.ts";
import type { Out } from "../show.ts";
import type { Words } from "../words.ts";
import {
  type NetemRate,
  type NetemRateRead,
  parseRate,
  rate64,
  rateFromWire,
  rateToWire,
  rateWords,
  showRate,
  tcNetemRate,
} from "./netem-rate.ts";
import {
  exactMs,
  msOf,
  type NetemSlot,
  type NetemSlotRead,
  nanoseconds,
  nsOf,
  parseSlot,
  showSlot,
  slotFromWire,
  slotToWire,
  slotWords,
  tcNetemSlot,
} from "./netem-slot.ts";

// ---- wire -------------------------------------------------------------------------------------------------------------------
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

/** TCA_NETEM_* behind `struct tc_netem_qopt` (netem_dump). The distributions are only sent, never reported. */
export const netemSchema = attrs(
  "netem",
  { c: "TCA_NETEM_", head: tcNetemQopt },
  {
    latency64: [10, nanoseconds],
    jitter64: [11, nanoseconds],
    corr: [1, tcNetemCorr],
    reorder: [3, tcNetemReorder],
    corrupt: [4, tcNetemCorrupt],
    rate64: [8, rate64],
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
    /**
     * How the delay is spread: evenly, up to the jitter, without one. Only sent; the kernel does not report it. Of samples, the delay and
     * jitter that are not given are taken too.
     */
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
  /** Of the random model; the others are in `lossModel`. */
  lossPercent?: number;
  lossCorrelationPercent?: number;
  lossModel?: Exclude<LossModelRead, { model: "random" }>;
  duplicatePercent?: number;
  duplicateCorrelationPercent?: number;
  corruptPercent?: number;
  corruptCorrelationPercent?: number;
  reorderPercent?: number;
  reorderCorrelationPercent?: number;
  gap?: number;
  rate?: NetemRateRead;
  slot?: NetemSlotRead;
  ecn?: boolean;
  seed?: bigint;
}

// ---- options to wire --------------------------------------------------------------------------------------------------------
const KNOWN = {
  delay: "time", jitter: "time", correlation: "share", loss: "share", lossCorrelation: "share", lossModel: true, duplicate: "share",
  duplicateCorrelation: "share", corrupt: "share", corruptCorrelation: "share", reorder: "share", reorderCorrelation: "share", gap: true,
  rate: "rate", slot: true, ecn: true, limit: true, seed: true, distribution: true,
} as const; // biome-ignore format: a table
const MAX_TICKS = 0xffffffff;

function toWire(options: NetemOptions, { psched, readDistribution }: TcContext): Input<typeof netemSchema> {
  known(options, KNOWN);
  const ticks = (ns: bigint) => Math.min(MAX_TICKS, Math.round((Number(ns) / 1000) * psched.ticksPerUs));
  const { latency, jitter, delayDist } = delayOf(options, readDistribution);
  const delayCorr = chanceOf(options, "correlation") ?? 0;
  if (delayCorr !== 0 && jitter === undefined) fail("correlation", -1, "correlates the jitter, and there is none");

  const loss = kernelLossOf(options);
  const random = loss?.model === "random" ? loss : undefined;
  const duplicate = pairOf(options, "duplicate");
  const reorder = pairOf(options, "reorder");
  const corrupt = pairOf(options, "corrupt");
  const corr = { delayCorr, lossCorr: random?.correlation ?? 0, dupCorr: duplicate?.correlation ?? 0 };
  const lossModel = lossToWire(loss);
  const { seed } = options;
  if (seed !== undefined && !(typeof seed === "bigint" || Number.isSafeInteger(seed)))
    fail("seed", -1, `${show(seed)} is not an integer`);
  return {
    limit: count(options, "limit") ?? 1000,
    // Reordering without a gap is of every packet (netem_change).
    gap: count(options, "gap") ?? (reorder ? 1 : 0),
    duplicate: duplicate?.probability ?? 0,
    ...(random && { loss: random.loss }),
    // Kernels since 4.16 go by the nanoseconds, older ones by the ticks.
    ...(latency !== undefined && { latency: ticks(latency), latency64: latency }),
    ...(jitter !== undefined && { jitter: ticks(jitter), jitter64: jitter }),
    ...((corr.delayCorr !== 0 || corr.lossCorr !== 0 || corr.dupCorr !== 0) && { corr }),
    ...(reorder && { reorder }),
    ...(corrupt && { corrupt }),
    ...rateToWire(options),
    ...(toggle(options, "ecn") && { ecn: 1 }),
    ...(lossModel && { lossModel }),
    ...slotToWire(options.slot, readDistribution),
    ...(seed !== undefined && { prngSeed: BigInt.asUintN(64, BigInt(seed)) }),
    ...(delayDist && { delayDist: [...delayDist] }),
  };
}
function delayOf(options: NetemOptions, read: TcContext["readDistribution"]) {
  const { distribution } = options;
  const resolved = distribution === undefined ? undefined : resolveDistribution(distribution, read);
  const { mean, deviation } = resolved?.measured ?? {};
  const latency = nsOf(options, "delay") ?? nsOf({ delayMs: mean }, "delay");
  const jitter = nsOf(options, "jitter") ?? nsOf({ jitterMs: deviation }, "jitter");
  if (jitter !== undefined && latency === undefined) fail("jitter", -1, "there is no jitter without a delay");
  if (resolved && jitter === undefined) fail("distribution", -1, "spreads the jitter, and there is none");
  return { latency, jitter, delayDist: resolved?.table };
}
function pairOf(options: NetemOptions, name: "corrupt" | "reorder" | "duplicate") {
  const probability = chanceOf(options, name);
  const correlation = chanceOf(options, `${name}Correlation`);
  if (probability === undefined && correlation !== undefined)
    fail(`${name}Correlation`, -1, `is given without ${name}`);
  return probability === undefined ? undefined : { probability, correlation: correlation ?? 0 };
}

// ---- wire to options --------------------------------------------------------------------------------------------------------
function fromWire(m: Wire, { psched }: TcContext): Netem {
  const out: Netem = { limit: m.limit };
  const ns = (ticks: number, exact: bigint | undefined) =>
    exact ?? BigInt(Math.round((ticks / psched.ticksPerUs) * 1000));
  const latency = ns(m.latency, m.latency64);
  const jitter = ns(m.jitter, m.jitter64);
  if (latency !== 0n || jitter !== 0n) out.delayMs = msOf(latency);
  if (jitter !== 0n) out.jitterMs = msOf(jitter);
  const { delayCorr, dupCorr } = corrOf(m);
  if (delayCorr !== 0) out.correlationPercent = percentOf(delayCorr);
  const loss = lossOf(m);
  if (loss?.model === "random") {
    out.lossPercent = loss.lossPercent;
    if (loss.correlationPercent !== 0) out.lossCorrelationPercent = loss.correlationPercent;
  } else if (loss) out.lossModel = loss;
  const pair = (name: "duplicate" | "corrupt" | "reorder", probability = 0, correlation = 0) => {
    if (probability === 0) return;
    out[`${name}Percent`] = percentOf(probability);
    if (correlation !== 0) out[`${name}CorrelationPercent`] = percentOf(correlation);
  };
  pair("duplicate", m.duplicate, dupCorr);
  pair("corrupt", m.corrupt?.probability, m.corrupt?.correlation);
  pair("reorder", m.reorder?.probability, m.reorder?.correlation);
  // Nothing overtakes with a gap of 0, whatever is to (netem_enqueue); not given, it would be 1.
  if (m.gap !== 0 || m.reorder?.probability) out.gap = m.gap;
  const rate = rateFromWire(m.rate, m.rate64);
  if (rate) out.rate = rate;
  if (m.slot) out.slot = slotFromWire(m.slot);
  if (m.ecn) out.ecn = true;
  if (m.prngSeed !== undefined) out.seed = m.prngSeed;
  return out;
}
const corrOf = (m: Wire) => m.corr ?? { delayCorr: 0, lossCorr: 0, dupCorr: 0 };
const kernelOf = (m: Wire) => lossFromWire(m.lossModel, m.loss, corrOf(m).lossCorr);
function lossOf(m: Wire): LossModelRead | undefined {
  const kernel = kernelOf(m);
  return kernel && lossFromKernel(kernel);
}

// ---- tc's words -------------------------------------------------------------------------------------------------------------
const WORDS = ["limit", "delay", "latency", "loss", "drop", "duplicate", "corrupt", "reorder", "gap", "distribution", "rate", "slot", "ecn", "seed"]; // biome-ignore format: a table

function parse(words: Words): NetemOptions {
  const out: { -readonly [K in keyof NetemOptions]: NetemOptions[K] } = {};
  while (!words.done) {
    const word = words.next();
    switch (word) {
      case "limit":
      case "gap":
        out[word] = words.integer(word);
        break;
      case "latency":
      case "delay": {
        out.delayMs = words.time(word);
        const jitter = words.maybe((w) => parseTime(w, 1000));
        if (jitter === undefined) break;
        out.jitterMs = jitter / 1e6;
        Object.assign(out, inOrder(words, ["correlationPercent"]));
        break;
      }
      case "loss":
      case "drop":
        out.loss = parseLoss(words, word);
        break;
      case "duplicate":
      case "corrupt":
      case "reorder":
        out[`${word}Percent`] = words.percent(word);
        Object.assign(out, inOrder(words, [`${word}CorrelationPercent`]));
        break;
      case "ecn":
        out.ecn = true;
        break;
      case "seed":
        out.seed = words.value(word, "an integer", (w) => (/^\d+$/.test(w) ? BigInt(w) : undefined));
        break;
      case "rate":
        out.rate = parseRate(words, word);
        break;
      case "slot":
        out.slot = parseSlot(words, word);
        break;
      case "distribution":
        out.distribution = words.next(word, "the name of a distribution");
        break;
      default:
        words.unknown(word, WORDS);
    }
  }
  return out;
}

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
  if (o.lossModel) out.push(...lossWords(o.lossModel));
  pair("loss", o.lossPercent, o.lossCorrelationPercent);
  pair("duplicate", o.duplicatePercent, o.duplicateCorrelationPercent);
  pair("reorder", o.reorderPercent, o.reorderCorrelationPercent);
  pair("corrupt", o.corruptPercent, o.corruptCorrelationPercent);
  if (o.gap !== undefined) out.push("gap", String(o.gap));
  if (o.rate) out.push(...rateWords(o.rate));
  if (o.slot) out.push(...slotWords(o.slot));
  if (o.ecn) out.push("ecn");
  if (o.seed !== undefined) out.push("seed", String(o.seed));
  return out;
}

// ---- show (netem_print_opt of iproute2's tc/q_netem.c) ------------------------------------------------------------------------
function showNetem(m: Wire, out: Out, context: TcContext): void {
  const { delayMs, jitterMs = 0, rate, ecn } = fromWire(m, context);
  const { delayCorr, dupCorr } = corrOf(m);
  const pair = (name: string, value = 0, correlation = 0) => {
    if (value === 0) return;
    out.object(name, (inner) => {
      inner.put(name, partOf(value), ` ${name} ${percentText(value)}`);
      showCorrelation(inner, correlation);
    });
  };
  out.put("limit", m.limit, `limit ${m.limit}`);
  if (delayMs !== undefined)
    out.object("delay", (inner) => {
      inner.put("delay", delayMs / 1e3, ` delay ${formatTimeNs(delayMs * 1e6)}`);
      inner.put("jitter", jitterMs / 1e3, jitterMs === 0 ? undefined : `  ${formatTimeNs(jitterMs * 1e6)}`);
      showCorrelation(inner, delayCorr);
    });
  const loss = kernelOf(m);
  if (loss) showLoss(loss, out);
  pair("duplicate", m.duplicate, dupCorr);
  pair("reorder", m.reorder?.probability, m.reorder?.correlation);
  pair("corrupt", m.corrupt?.probability, m.corrupt?.correlation);
  if (rate) showRate(rate, out);
  if (m.slot) showSlot(m.slot, out);
  if (m.prngSeed !== undefined) out.put("seed", m.prngSeed, ` seed ${m.prngSeed}`);
  out.put("ecn", ecn === true, ecn ? " ecn " : undefined);
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
