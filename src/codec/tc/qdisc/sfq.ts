/** sfq: stochastic fair queueing, with red for each flow (net/sched/sch_sfq.c). @module */
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { s32, u8, u32, unit } from "../../schema/scalar.ts";
import { opt, struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known, required, toggle } from "../options.ts";
import {
  type RedFlags,
  redFlags,
  redFlagsFromWire,
  redFlagsToWire,
  redMaxP,
  redPlog,
  redProbability,
  redWlog,
  showRedFlags,
} from "../red.ts";
import type { Out } from "../show.ts";
import { fraction, fractionWord, integer, type Read, readWords, sets, size } from "../word-table.ts";
import { burstOf } from "./red.ts";

const tcSfqQopt = struct(
  "tc_sfq_qopt",
  { size: 20 },
  { quantum: unit(u32, "bytes"), perturbPeriod: unit(s32, "s"), limit: unit(u32, "packets"), divisor: u32, flows: u32 },
);
const tcSfqredStats = struct(
  "tc_sfqred_stats",
  { size: 24 },
  { probDrop: u32, forcedDrop: u32, probMark: u32, forcedMark: u32, probMarkHead: u32, forcedMarkHead: u32 },
);
/** `struct tc_sfq_qopt_v1`, which before Linux 3.3 ended after the first of its parts. `limit` and what follows is of red, and in bytes. */
export const sfqSchema = struct(
  "tc_sfq_qopt_v1",
  { size: 72, names: { wlog: "Wlog", plog: "Plog", scellLog: "Scell_log", maxP: "max_P" } },
  {
    v0: tcSfqQopt,
    depth: opt(u32),
    headdrop: opt(u32),
    limit: opt(u32),
    qthMin: opt(u32),
    qthMax: opt(u32),
    wlog: opt(u8),
    plog: opt(u8),
    scellLog: opt(u8),
    flags: opt(redFlags(u8)),
    maxP: opt(u32),
    stats: opt(tcSfqredStats),
  },
);
type Wire = Value<typeof sfqSchema>;
/** `struct tc_sfq_xstats` of a flow: bytes that it may send in this round. */
export const sfqXstats = struct("tc_sfq_xstats", { size: 4 }, { allot: unit(s32, "bytes") });

/** Red for each flow: `limit` is needed, and what `redKind` says of the rest holds. `avpkt` is 1000 bytes by default. */
export type SfqRedOptions = Pick<RedFlags, "ecn" | "harddrop"> &
  Given<"limit" | "min" | "max" | "avpkt", "size"> &
  Given<"probability", "share"> & {
    readonly burst?: number | undefined;
    readonly ewma?: number | undefined;
  };
/** It cannot be changed, only replaced by another. What is left out, and 0, leaves the kernel's default. */
export type SfqOptions = Given<"quantum", "size"> &
  /** How often flows are spread anew; in whole seconds, never by default. */
  Given<"perturb", "time"> & {
    /** Packets: at most `depth` × `flows`, 127 by default. */
    readonly limit?: number | undefined;
    /** Size of the hash table, a power of two up to 65536: 1024 by default. */
    readonly divisor?: number | undefined;
    /** 128 by default. */
    readonly flows?: number | undefined;
    /** Packets a flow: up to 127, the default. */
    readonly depth?: number | undefined;
    /** Drops a flow's oldest packet, not its newest. */
    readonly headdrop?: boolean | undefined;
    readonly red?: SfqRedOptions | undefined;
  };
export interface SfqRed {
  minBytes: number;
  maxBytes: number;
  ewma: number;
  probabilityPercent: number;
  ecn?: boolean;
  harddrop?: boolean;
  /** Packets. */
  stats: Value<typeof tcSfqredStats>;
}
export interface Sfq {
  quantumBytes: number;
  perturbMs?: number;
  limit: number;
  divisor: number;
  flows: number;
  depth?: number;
  headdrop?: boolean;
  red?: SfqRed;
}
const KNOWN = { limit: true, quantum: "size", perturb: "time", divisor: true, flows: true, depth: true, headdrop: true, red: true } as const; // biome-ignore format: a table
const KNOWN_RED = { limit: "size", min: "size", max: "size", avpkt: "size", probability: "share", burst: true, ewma: true, ecn: true, harddrop: true, stats: true } as const; // biome-ignore format: a table

const NO_STATS = { probDrop: 0, forcedDrop: 0, probMark: 0, forcedMark: 0, probMarkHead: 0, forcedMarkHead: 0 };
const NO_RED = { limit: 0, qthMin: 0, qthMax: 0, wlog: 0, plog: 0, flags: 0, maxP: 0 };

function toWire(options: SfqOptions): Input<typeof sfqSchema> | undefined {
  known(options, KNOWN);
  const quantum = given(options, "quantum", "size");
  const perturb = given(options, "perturb", "time");
  if (perturb !== undefined && !Number.isInteger(perturb / 1e3))
    fail("perturb", -1, `${perturb} ms are no whole seconds`);
  const limit = count(options, "limit", 0xffffffff, 2);
  const divisor = count(options, "divisor", 65536);
  if (divisor && !Number.isInteger(Math.log2(divisor))) fail("divisor", -1, `${divisor} is not a power of two`);
  const headdrop = toggle(options, "headdrop");
  const wire = {
    v0: {
      ...(quantum !== undefined && { quantum: Math.trunc(quantum) }),
      ...(perturb !== undefined && { perturbPeriod: perturb / 1e3 }),
      ...(limit !== undefined && { limit }),
      ...(divisor !== undefined && { divisor }),
      ...(options.flows !== undefined && { flows: count(options, "flows")! }),
    },
    // The kernel looks at these only if the struct is whole (sfq_change); 0 leaves its default.
    ...((options.depth !== undefined || headdrop || options.red !== undefined) && {
      depth: count(options, "depth") ?? 0,
      headdrop: headdrop ? 1 : 0,
      ...(options.red === undefined ? NO_RED : inside(options.red)),
      scellLog: 0,
      stats: NO_STATS,
    }),
  };
  return Object.keys(wire.v0).length === 0 && Object.keys(wire).length === 1 ? undefined : wire;
}
function inside(options: SfqRedOptions) {
  try {
    return redWire(expectObject(options, "") as SfqRedOptions);
  } catch (e) {
    throw below("red", e);
  }
}
function redWire(options: SfqRedOptions) {
  known(options, KNOWN_RED);
  const upper = given(options, "max", "size");
  // The limit is not reported, nor reckoned with: the thresholds are.
  const limit = Math.trunc(given(options, "limit", "size") ?? upper ?? required(options, "limit", "size"));
  const max = Math.trunc(upper || limit / 4);
  const min = Math.trunc(given(options, "min", "size") || max / 3);
  const avpkt = given(options, "avpkt", "size") || 1000;
  if (max > limit) fail("max", -1, "is more than limit");
  if (min >= max) fail("min", -1, "is not less than max");
  const burst = count(options, "burst") || Math.trunc((2 * min + max) / (3 * avpkt));
  const probability = given(options, "probability", "share");
  const curve = { min, max, burst, avpkt, probability, ewma: count(options, "ewma", 31, 1) };
  return {
    limit,
    qthMin: min,
    qthMax: max,
    wlog: redWlog(curve),
    plog: redPlog(curve),
    flags: redFlagsToWire(options, ["ecn", "harddrop"]),
    maxP: redMaxP(probability),
  };
}

function fromWire(wire: Wire): Sfq {
  const { v0, depth, headdrop, qthMin, qthMax = 0, wlog = 0, flags = 0, maxP = 0, stats } = wire;
  return {
    quantumBytes: v0.quantum,
    ...(v0.perturbPeriod !== 0 && { perturbMs: v0.perturbPeriod * 1e3 }),
    limit: v0.limit,
    divisor: v0.divisor,
    flows: v0.flows,
    ...(depth && { depth }),
    ...(headdrop && { headdrop: true }),
    ...(qthMin && {
      red: {
        minBytes: qthMin,
        maxBytes: qthMax,
        ewma: wlog,
        probabilityPercent: redProbability(maxP),
        ...redFlagsFromWire(flags),
        stats: { ...stats! },
      },
    }),
  };
}

/** Red's words set options of their own. */
const ofRed =
  (read: Read): Read =>
  (words, word, out) => {
    out.red ??= {};
    read(words, word, out.red as Record<string, unknown>);
  };
const seconds: Read = (words, word, out) => {
  out.perturbMs = words.integer(word, 0x7fffffff) * 1e3;
};

// sfq_print_opt of iproute2's tc/q_sfq.c, with -d and -s.
function showSfq(wire: Wire, out: Out, { statistics, details }: TcContext): void {
  const { v0, depth, headdrop, qthMin, qthMax = 0, wlog = 0, flags = 0, maxP = 0, stats } = wire;
  out.put("limit", v0.limit, `limit ${v0.limit}p `);
  out.put("quantum", v0.quantum, `quantum ${formatSize(v0.quantum)} `);
  if (depth) out.put("depth", depth, `depth ${depth} `);
  if (headdrop) out.put("headdrop", true, "headdrop ");
  if (details) out.put("flows", v0.flows, `flows ${v0.flows} `);
  out.put("divisor", v0.divisor, `divisor ${v0.divisor} `);
  if (v0.perturbPeriod !== 0) out.put("perturb", v0.perturbPeriod, `perturb ${v0.perturbPeriod}sec `);
  if (!qthMin) return;
  out.put("ewma", wlog, `ewma ${wlog} `);
  out.put("min", qthMin, `min ${formatSize(qthMin)} `);
  out.put("max", qthMax, `max ${formatSize(qthMax)} `);
  const share = formatG(maxP / 2 ** 32);
  out.put("probability", Number(share), `probability ${share} `);
  showRedFlags(flags, out);
  if (!statistics || !stats) return;
  const { probMark, probMarkHead, probDrop, forcedMark, forcedMarkHead, forcedDrop } = stats;
  out.put("prob_mark", probMark, `\n  prob_mark ${probMark}`);
  out.put("prob_mark_head", probMarkHead, ` prob_mark_head ${probMarkHead}`);
  out.put("prob_drop", probDrop, ` prob_drop ${probDrop}`);
  out.put("forced_mark", forcedMark, `\n  forced_mark ${forcedMark}`);
  out.put("forced_mark_head", forcedMarkHead, ` forced_mark_head ${forcedMarkHead}`);
  out.put("forced_drop", forcedDrop, ` forced_drop ${forcedDrop}`);
}

export const sfqKind: TcKind<"sfq", typeof sfqSchema, SfqOptions, Sfq, typeof sfqXstats> = {
  kind: "sfq",
  schema: sfqSchema,
  toWire,
  fromWire,
  parse: (words) =>
    readWords(words, {
      limit: integer("limit", 0xffffffff, 2),
      quantum: size("quantum"),
      perturb: seconds,
      divisor: integer("divisor"),
      flows: integer("flows"),
      depth: integer("depth"),
      headdrop: sets("headdrop", true),
      redflowlimit: ofRed(size("limit")),
      min: ofRed(size("min")),
      max: ofRed(size("max")),
      avpkt: ofRed(size("avpkt")),
      burst: ofRed(integer("burst")),
      probability: ofRed(fraction("probability")),
      ecn: ofRed(sets("ecn", true)),
      harddrop: ofRed(sets("harddrop", true)),
    }),
  words: ({ red, ...o }) => [
    ...["limit", String(o.limit), "quantum", exactSize(o.quantumBytes)],
    ...["divisor", String(o.divisor), "flows", String(o.flows)],
    ...(o.perturbMs === undefined ? [] : ["perturb", String(o.perturbMs / 1e3)]),
    ...(o.depth === undefined ? [] : ["depth", String(o.depth)]),
    ...(o.headdrop ? ["headdrop"] : []),
    ...(red === undefined
      ? []
      : [
          ...["redflowlimit", String(red.maxBytes), "min", String(red.minBytes), "max", String(red.maxBytes)],
          ...["avpkt", "1000", "burst", String(burstOf(red.minBytes, 1000, red.ewma))],
          ...["probability", fractionWord(red.probabilityPercent)],
          ...(red.ecn ? ["ecn"] : []),
          ...(red.harddrop ? ["harddrop"] : []),
        ]),
  ],
  show: showSfq,
};
/** Its flows. */
export const showSfqXstats = ({ allot }: Value<typeof sfqXstats>, out: Out): void =>
  out.put("allot", allot, `  allot ${allot}`);
