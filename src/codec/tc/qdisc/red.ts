/** red: random early detection (net/sched/sch_red.c). @module */
import { attrs, bytes } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { u8, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { exactRate } from "../../text/rate.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known, required } from "../options.ts";
import {
  bandwidthOf,
  dampingOf,
  type RedFlags,
  redDamping,
  redFlags,
  redFlagsFromWire,
  redFlagsToWire,
  redFlagWords,
  redMaxP,
  redPlog,
  redProbability,
  redWlog,
  showRedFlags,
} from "../red.ts";
import type { Out } from "../show.ts";
import { fraction, fractionWord, integer, rate, readWords, sets, size } from "../word-table.ts";
import type { Words } from "../words.ts";

/** `struct tc_red_qopt`: a `wlog` is the −log₂ of the average's weight, `scellLog` that of a tick in the damping table. */
export const tcRedQopt = struct(
  "tc_red_qopt",
  { size: 16, names: { wlog: "Wlog", plog: "Plog", scellLog: "Scell_log" } },
  { limit: u32, qthMin: u32, qthMax: u32, wlog: u8, plog: u8, scellLog: u8, flags: redFlags(u8) },
);
/** `struct nla_bitfield32` of TCA_RED_FLAGS: the flags, and which are meant. */
const redBitfield = struct("nla_bitfield32", { size: 8 }, { value: redFlags(u32), selector: redFlags(u32) });
/** TCA_RED_* (red_dump). */
export const redSchema = attrs(
  "red",
  { c: "TCA_RED_" },
  {
    parms: [1, tcRedQopt],
    stab: [2, bytes],
    maxP: [3, u32, "MAX_P"],
    flags: [4, redBitfield],
    /** Blocks of filters for packets that are dropped early, and marked. */
    markBlock: [6, u32],
    earlyDropBlock: [5, u32],
  },
);
type Wire = Value<typeof redSchema>;
/** `struct tc_red_xstats`: packets. */
export const redXstats = struct("tc_red_xstats", { size: 16 }, { early: u32, pdrop: u32, other: u32, marked: u32 });

/** `limit` is needed, and `avpkt` unless `ewma` is given. */
export type RedOptions = RedFlags &
  /**
   * Bytes that wait: at most (`limit`), on average before any is dropped (`min`: a third of `max`), and before all are (`max`: a quarter of
   * `limit`). `avpkt` is the average packet's size.
   */
  Given<"limit" | "min" | "max" | "avpkt", "size"> &
  /** The link's rate, for how fast the average sinks while nothing waits: 10mbit by default. */
  Given<"bandwidth", "rate"> &
  /** Of packets that are dropped when the average is at `max`: 2% by default. */
  Given<"probability", "share"> & {
    /** Packets that may come at once: (2·min + max) / (3·avpkt) by default. */
    readonly burst?: number | undefined;
    /** −log₂ of the average's weight, in place of `burst`. */
    readonly ewma?: number | undefined;
    /** log₂ of the damping table's step in ticks, in place of `bandwidth`. */
    readonly scellLog?: number | undefined;
    /** Numbers of shared blocks. They cannot be changed. */
    readonly earlyDropBlock?: number | undefined;
    readonly markBlock?: number | undefined;
  };
/** The damping table is not reported, but for its step: given again, the table is made from that, and may differ in slope by a third. */
export interface Red {
  limitBytes: number;
  minBytes: number;
  maxBytes: number;
  ewma: number;
  scellLog: number;
  probabilityPercent: number;
  ecn?: boolean;
  harddrop?: boolean;
  adaptive?: boolean;
  nodrop?: boolean;
  earlyDropBlock?: number;
  markBlock?: number;
}
const KNOWN = {
  limit: "size", min: "size", max: "size", avpkt: "size", bandwidth: "rate", probability: "share", burst: true, ewma: true, scellLog: true,
  ecn: true, harddrop: true, adaptive: true, nodrop: true, earlyDropBlock: true, markBlock: true,
} as const; // biome-ignore format: a table
const TEN_MBIT = 1_250_000;
const ALL_FLAGS = 15;

function toWire(options: RedOptions, { psched }: TcContext): Input<typeof redSchema> {
  known(options, KNOWN);
  const bytesOf = (name: string) => {
    const value = given(options, name, "size");
    return value === undefined ? undefined : Math.trunc(value);
  };
  const limit = Math.trunc(required(options, "limit", "size"));
  if (limit === 0) fail("limit", -1, "is zero");
  const ewma = count(options, "ewma", 31, 1);
  const avpkt = bytesOf("avpkt") ?? (ewma === undefined ? required(options, "avpkt", "size") : 1000);
  if (avpkt === 0) fail("avpkt", -1, "is zero");
  const lower = bytesOf("min") || undefined;
  const max = bytesOf("max") || (lower === undefined ? Math.trunc(limit / 4) : lower * 3);
  const min = lower ?? Math.trunc(max / 3);
  if (min > max) fail("min", -1, "is more than max");
  const burst = count(options, "burst") || Math.trunc((2 * min + max) / (3 * avpkt));
  const probability = given(options, "probability", "share");
  const curve = { min, max, burst, avpkt, probability, ewma };
  const wlog = redWlog(curve);
  const scellLog = count(options, "scellLog", 31);
  const bandwidth = given(options, "bandwidth", "rate");
  const damping =
    scellLog !== undefined && bandwidth === undefined
      ? dampingOf(scellLog)
      : redDamping(wlog, avpkt, Math.round(bandwidth || TEN_MBIT), psched);
  const earlyDropBlock = count(options, "earlyDropBlock", 0xffffffff, 1);
  const markBlock = count(options, "markBlock", 0xffffffff, 1);
  return {
    parms: { limit, qthMin: min, qthMax: max, wlog, plog: redPlog(curve), scellLog: damping.cellLog },
    stab: damping.table,
    maxP: redMaxP(probability),
    flags: { value: redFlagsToWire(options), selector: ALL_FLAGS },
    ...(earlyDropBlock !== undefined && { earlyDropBlock }),
    ...(markBlock !== undefined && { markBlock }),
  };
}

/** In kernels before 5.7 the flags are among the parameters. */
const flagsOf = ({ parms, flags }: Wire): number => flags?.value ?? parms?.flags ?? 0;

function fromWire(wire: Wire): Red {
  const { parms, maxP = 0, earlyDropBlock, markBlock } = wire;
  return {
    limitBytes: parms?.limit ?? 0,
    minBytes: parms?.qthMin ?? 0,
    maxBytes: parms?.qthMax ?? 0,
    ewma: parms?.wlog ?? 0,
    scellLog: parms?.scellLog ?? 0,
    probabilityPercent: redProbability(maxP),
    ...redFlagsFromWire(flagsOf(wire)),
    ...(earlyDropBlock && { earlyDropBlock }),
    ...(markBlock && { markBlock }),
  };
}

/** tc has no word for the average's weight: the burst that leads to it. */
export function burstOf(min: number, avpkt: number, ewma: number): number {
  // redWlog grows with the burst.
  let low = Math.floor(min / avpkt) + 1;
  let high = 2 ** 31;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (excessive(min, middle, avpkt, ewma)) high = middle;
    else low = middle + 1;
  }
  return low;
}
function excessive(min: number, burst: number, avpkt: number, ewma: number): boolean {
  try {
    return redWlog({ min, max: min, burst, avpkt }) >= ewma;
  } catch {
    return true;
  }
}

function qevent(words: Words, word: string, out: Record<string, unknown>): void {
  const name = words.oneOf(word, ["early_drop", "mark"]);
  if (!words.take("block")) words.fail(`${word} ${name}: "block" is missing`);
  out[name === "mark" ? "markBlock" : "earlyDropBlock"] = words.integer(`${word} ${name} block`, 0xffffffff, 1);
}

// red_print_opt of iproute2's tc/q_red.c.
function showRed(wire: Wire, out: Out, { details }: TcContext): void {
  const { parms, maxP = 0, earlyDropBlock, markBlock } = wire;
  if (!parms) return;
  const { limit, qthMin, qthMax, wlog, plog, scellLog } = parms;
  out.put("limit", limit, `limit ${formatSize(limit)} `);
  out.put("min", qthMin, `min ${formatSize(qthMin)} `);
  out.put("max", qthMax, `max ${formatSize(qthMax)} `);
  showRedFlags(flagsOf(wire), out);
  if (details) showCurve({ wlog, plog, scellLog, maxP }, out);
  const qevents = [
    ["early_drop", earlyDropBlock],
    ["mark", markBlock],
  ] as const;
  if (qevents.some(([, block]) => block))
    out.array("qevents", (list) => {
      for (const [kind, block] of qevents)
        if (block)
          list.object("", (one) => {
            one.put("kind", kind, `qevent ${kind}`);
            one.put("block", block, ` block ${block} `);
          });
    });
}
/** What -d adds for red and choke. */
export function showCurve(
  { wlog, plog, scellLog, maxP }: { wlog: number; plog: number; scellLog: number; maxP: number },
  out: Out,
  after = "",
): void {
  out.put("ewma", wlog, `ewma ${wlog} `);
  const share = formatG(maxP / WHOLE);
  if (maxP !== 0) out.put("probability", Number(share), `probability ${share} `);
  else out.put("Plog", plog, `Plog ${plog} `);
  out.put("Scell_log", scellLog, `Scell_log ${scellLog}${after}`);
}
const WHOLE = 2 ** 32;

export const redKind: TcKind<"red", typeof redSchema, RedOptions, Red, typeof redXstats> = {
  kind: "red",
  schema: redSchema,
  xstats: redXstats,
  toWire,
  fromWire,
  parse: (words) =>
    readWords(words, {
      limit: size("limit"),
      min: size("min"),
      max: size("max"),
      avpkt: size("avpkt"),
      burst: integer("burst"),
      bandwidth: rate("bandwidth"),
      probability: fraction("probability"),
      ecn: sets("ecn", true),
      harddrop: sets("harddrop", true),
      nodrop: sets("nodrop", true),
      adaptive: sets("adaptive", true),
      adaptative: sets("adaptive", true),
      qevent,
    }),
  words: (o, { psched }) => [
    ...["limit", exactSize(o.limitBytes), "min", exactSize(o.minBytes), "max", exactSize(o.maxBytes), "avpkt", "1000"],
    ...["burst", String(burstOf(o.minBytes, 1000, o.ewma)), "probability", fractionWord(o.probabilityPercent)],
    ...["bandwidth", exactRate(bandwidthOf(o.ewma, 1000, o.scellLog, psched))],
    ...redFlagWords(o),
    ...(o.earlyDropBlock === undefined ? [] : ["qevent", "early_drop", "block", String(o.earlyDropBlock)]),
    ...(o.markBlock === undefined ? [] : ["qevent", "mark", "block", String(o.markBlock)]),
  ],
  show: showRed,
  showXstats({ marked, early, pdrop, other }, out) {
    out.put("marked", marked, `  marked ${marked} `);
    out.put("early", early, `early ${early} `);
    out.put("pdrop", pdrop, `pdrop ${pdrop} `);
    out.put("other", other, `other ${other} `);
  },
};
