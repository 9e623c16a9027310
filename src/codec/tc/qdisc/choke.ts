/** choke: red that drops a packet together with one of the same flow (net/sched/sch_choke.c). @module */
import { attrs, bytes } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { u8, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate } from "../../text/rate.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known, required, toggle } from "../options.ts";
import {
  bandwidthOf,
  dampingOf,
  redDamping,
  redFlags,
  redFlagsFromWire,
  redMaxP,
  redPlog,
  redProbability,
  redWlog,
  showRedFlags,
} from "../red.ts";
import { fraction, fractionWord, integer, rate, readWords, sets, size } from "../word-table.ts";
import { burstOf, showCurve } from "./red.ts";

/** `struct tc_choke_qopt`: in packets. */
const tcChokeQopt = struct(
  "tc_choke_qopt",
  { size: 16, names: { wlog: "Wlog", plog: "Plog", scellLog: "Scell_log" } },
  { limit: u32, qthMin: u32, qthMax: u32, wlog: u8, plog: u8, scellLog: u8, flags: redFlags(u8) },
);
/** TCA_CHOKE_* (choke_dump). */
export const chokeSchema = attrs(
  "choke",
  { c: "TCA_CHOKE_" },
  { parms: [1, tcChokeQopt], stab: [2, bytes], maxP: [3, u32, "MAX_P"] },
);
type Wire = Value<typeof chokeSchema>;
/** `struct tc_choke_xstats`: packets. */
export const chokeXstats = struct(
  "tc_choke_xstats",
  { size: 20 },
  { early: u32, pdrop: u32, other: u32, marked: u32, matched: u32 },
);

/** `limit` is needed, and `bandwidth` unless `scellLog` is given. As of red (`RedOptions`), but that it counts packets. */
export type ChokeOptions = Given<"bandwidth", "rate"> &
  Given<"avpkt", "size"> &
  Given<"probability", "share"> & {
    readonly limit?: number | undefined;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    /** Packets that may come at once: (2·min + max) / 3 by default. */
    readonly burst?: number | undefined;
    readonly ewma?: number | undefined;
    readonly scellLog?: number | undefined;
    readonly ecn?: boolean | undefined;
  };
export interface Choke {
  limit: number;
  min: number;
  max: number;
  ewma: number;
  scellLog: number;
  probabilityPercent: number;
  ecn?: boolean;
}
const KNOWN = { limit: true, min: true, max: true, burst: true, avpkt: "size", bandwidth: "rate", probability: "share", ewma: true, scellLog: true, ecn: true } as const; // biome-ignore format: a table

function toWire(options: ChokeOptions, { psched }: TcContext): Input<typeof chokeSchema> {
  known(options, KNOWN);
  const limit = count(options, "limit", 0xffffffff, 1) ?? fail("limit", -1, "is missing");
  const scellLog = count(options, "scellLog", 31);
  const bandwidth =
    scellLog === undefined ? required(options, "bandwidth", "rate") : given(options, "bandwidth", "rate");
  if (bandwidth === 0) fail("bandwidth", -1, "is zero");
  const max = count(options, "max") || Math.trunc(limit / 4);
  const min = count(options, "min") || Math.trunc(max / 3);
  if (max > limit) fail("max", -1, "is more than limit");
  if (min >= max) fail("min", -1, "is not less than max");
  const burst = count(options, "burst") || Math.trunc((2 * min + max) / 3);
  const avpkt = Math.trunc(given(options, "avpkt", "size") || 1000);
  const probability = given(options, "probability", "share");
  const curve = { min: min * avpkt, max: max * avpkt, burst, avpkt, probability, ewma: count(options, "ewma", 31, 1) };
  const wlog = redWlog(curve);
  const damping =
    bandwidth === undefined ? dampingOf(scellLog!) : redDamping(wlog, avpkt, Math.round(bandwidth), psched);
  return {
    parms: {
      limit,
      qthMin: min,
      qthMax: max,
      wlog,
      plog: redPlog(curve),
      scellLog: damping.cellLog,
      flags: toggle(options, "ecn") ? 1 : 0,
    },
    stab: damping.table,
    maxP: redMaxP(probability),
  };
}

export const chokeKind: TcKind<"choke", typeof chokeSchema, ChokeOptions, Choke, typeof chokeXstats> = {
  kind: "choke",
  schema: chokeSchema,
  xstats: chokeXstats,
  toWire,
  fromWire: ({ parms, maxP = 0 }: Wire) => ({
    limit: parms?.limit ?? 0,
    min: parms?.qthMin ?? 0,
    max: parms?.qthMax ?? 0,
    ewma: parms?.wlog ?? 0,
    scellLog: parms?.scellLog ?? 0,
    probabilityPercent: redProbability(maxP),
    ...(redFlagsFromWire(parms?.flags ?? 0).ecn && { ecn: true }),
  }),
  parse: (words) =>
    readWords(words, {
      limit: integer("limit"),
      bandwidth: rate("bandwidth"),
      min: integer("min"),
      max: integer("max"),
      burst: integer("burst"),
      avpkt: size("avpkt"),
      probability: fraction("probability"),
      ecn: sets("ecn", true),
    }),
  words: (o, { psched }) => [
    ...["limit", String(o.limit), "bandwidth", exactRate(bandwidthOf(o.ewma, 1000, o.scellLog, psched))],
    ...["min", String(o.min), "max", String(o.max)],
    ...["burst", String(burstOf(o.min * 1000, 1000, o.ewma)), "probability", fractionWord(o.probabilityPercent)],
    ...(o.ecn ? ["ecn"] : []),
  ],
  // choke_print_opt of iproute2's tc/q_choke.c.
  show({ parms, maxP = 0 }, out, { details }) {
    if (!parms) return;
    const { limit, qthMin, qthMax, wlog, plog, scellLog, flags } = parms;
    out.put("limit", limit, `limit ${limit}p `);
    out.put("min", qthMin, `min ${qthMin}p `);
    out.put("max", qthMax, `max ${qthMax}p `);
    showRedFlags(flags, out);
    if (details) showCurve({ wlog, plog, scellLog, maxP }, out);
  },
  showXstats({ marked, early, pdrop, other, matched }, out) {
    out.put("marked", marked, `  marked ${marked}`);
    out.put("early", early, ` early ${early}`);
    out.put("pdrop", pdrop, ` pdrop ${pdrop}`);
    out.put("other", other, ` other ${other}`);
    out.put("matched", matched, ` matched ${matched}`);
  },
};
