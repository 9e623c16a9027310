/** gred: red of up to 16 virtual queues, chosen by the packet's tc_index (net/sched/sch_gred.c). @module */
import { array, attrs, bare, bytes, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { u8, u16, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known, required, toggle } from "../options.ts";
import {
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
import { fraction, integer, type Options, rate, readWords, sets, size } from "../word-table.ts";
import type { Words } from "../words.ts";

const MAX_QUEUES = 16;
/** `struct tc_gred_sopt`. */
const tcGredSopt = struct(
  "tc_gred_sopt",
  { size: 12, names: { dps: "DPs", defDp: "def_DP" } },
  { dps: u32, defDp: u32, grio: u8, flags: redFlags(u8), pad1: u16 },
);
/** `struct tc_gred_qopt`: a virtual queue, and what it counted. A `dp` of 16 and more: there is none here. */
const tcGredQopt = struct(
  "tc_gred_qopt",
  { size: 52, names: { dp: "DP", wlog: "Wlog", plog: "Plog", scellLog: "Scell_log" } },
  {
    limit: u32,
    qthMin: u32,
    qthMax: u32,
    dp: u32,
    backlog: u32,
    qave: u32,
    forced: u32,
    early: u32,
    other: u32,
    pdrop: u32,
    wlog: u8,
    plog: u8,
    scellLog: u8,
    prio: u8,
    packets: u32,
    bytesin: u32,
  },
);
const vq = attrs(
  "gred_vq",
  { c: "TCA_GRED_VQ_" },
  {
    dp: [2, u32],
    flags: [12, redFlags(u32)],
    statBytes: [3, unit(u64, "bytes")],
    statPackets: [4, u32],
    statBacklog: [5, unit(u32, "bytes")],
    statProbDrop: [6, u32],
    statProbMark: [7, u32],
    statForcedDrop: [8, u32],
    statForcedMark: [9, u32],
    statPdrop: [10, u32],
    statOther: [11, u32],
  },
);
/** TCA_GRED_* (gred_dump): of requests either what is of the qdisc, or one virtual queue; of answers all. */
export const gredSchema = attrs(
  "gred",
  { c: "TCA_GRED_" },
  {
    dps: [3, tcGredSopt],
    maxP: [4, array(u32), "MAX_P"],
    limit: [5, unit(u32, "bytes")],
    parms: [1, array(tcGredQopt)],
    stab: [2, bytes],
    vqList: [6, bare(attrs("gred_vq_list", { c: "TCA_GRED_VQ_" }, { entry: [1, multi(bare(vq))] }))],
  },
);
type Wire = Value<typeof gredSchema>;
type WireQueue = Value<typeof tcGredQopt>;
type WireStats = Value<typeof vq>;

/** A virtual queue: as of red (`RedOptions`), with `min` and `max` and, if `grio` is set, a priority. */
export type GredQueueOptions = Pick<RedFlags, "ecn" | "harddrop"> &
  Given<"limit" | "min" | "max" | "avpkt", "size"> &
  Given<"bandwidth", "rate"> &
  Given<"probability", "share"> & {
    /** Its number: packets whose tc_index has it in the last four bits go there. */
    readonly index?: number | undefined;
    /** The lower, the less is dropped; 8 by default. */
    readonly priority?: number | undefined;
    readonly burst?: number | undefined;
    readonly ewma?: number | undefined;
    readonly scellLog?: number | undefined;
  };
/**
 * Either what is of the qdisc, to make it: `queues` is how many there may be, `default` the one of all packets that name none; or one virtual
 * queue, in `queue`, to change it. Flags are of the qdisc or of the queues, not both.
 */
export type GredOptions = Pick<RedFlags, "ecn" | "harddrop"> &
  Given<"limit", "size"> & {
    readonly queues?: number | undefined;
    readonly default?: number | undefined;
    /** Queues of lower priority count what waits in those of higher, too. */
    readonly grio?: boolean | undefined;
    readonly queue?: GredQueueOptions | undefined;
  };
export interface GredQueue {
  index: number;
  priority: number;
  limitBytes: number;
  minBytes: number;
  maxBytes: number;
  ewma: number;
  scellLog: number;
  probabilityPercent: number;
  ecn?: boolean;
  harddrop?: boolean;
  /** Packets, but for those that say bytes. */
  stats: {
    averageBytes: number;
    backlogBytes: number;
    bytes: number;
    packets: number;
    probDrop: number;
    probMark: number;
    forcedDrop: number;
    forcedMark: number;
    pdrop: number;
    other: number;
  };
}
/** The qdisc, and its virtual queues: given again it makes the qdisc; the queues take a change each, `{ queue: virtualQueues[i] }`. */
export interface Gred {
  queues: number;
  default: number;
  grio?: boolean;
  limitBytes?: number;
  ecn?: boolean;
  harddrop?: boolean;
  virtualQueues: GredQueue[];
}
const KNOWN = { queues: true, default: true, grio: true, limit: "size", ecn: true, harddrop: true, queue: true, virtualQueues: true } as const; // biome-ignore format: a table
const KNOWN_QUEUE = { index: true, priority: true, limit: "size", min: "size", max: "size", avpkt: "size", bandwidth: "rate", probability: "share", burst: true, ewma: true, scellLog: true, ecn: true, harddrop: true, stats: true } as const; // biome-ignore format: a table
const TEN_MBIT = 1_250_000;

function toWire(options: GredOptions, context: TcContext): Input<typeof gredSchema> {
  known(options, KNOWN);
  if (options.queue !== undefined) {
    for (const name of ["queues", "default", "grio", "limit", "limitBytes", "ecn", "harddrop"] as const)
      if (options[name] !== undefined) fail(name, -1, "cannot be changed together with a queue");
    try {
      return queueToWire(expectObject(options.queue, "") as GredQueueOptions, context);
    } catch (e) {
      throw below("queue", e);
    }
  }
  const queues =
    count(options, "queues", MAX_QUEUES, 1) ?? fail("queues", -1, "is missing: queues and default, or queue");
  const defaultTo = count(options, "default", queues - 1) ?? fail("default", -1, "is missing");
  const limit = given(options, "limit", "size");
  return {
    dps: {
      dps: queues,
      defDp: defaultTo,
      grio: toggle(options, "grio") ? 1 : 0,
      flags: redFlagsToWire(options, ["ecn", "harddrop"]),
    },
    ...(limit && { limit: Math.trunc(limit) }),
  };
}
function queueToWire(options: GredQueueOptions, { psched }: TcContext): Input<typeof gredSchema> {
  known(options, KNOWN_QUEUE);
  const bytesOf = (name: string) => Math.trunc(required(options, name, "size")) || fail(name, -1, "is zero");
  const index = count(options, "index", MAX_QUEUES - 1) ?? fail("index", -1, "is missing");
  const limit = bytesOf("limit");
  const min = bytesOf("min");
  const max = bytesOf("max");
  if (min > max) fail("min", -1, "is more than max");
  const ewma = count(options, "ewma", 31, 1);
  const avpkt = Math.trunc(given(options, "avpkt", "size") ?? (ewma === undefined ? bytesOf("avpkt") : 1000));
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
  const flags = redFlagsToWire(options, ["ecn", "harddrop"]);
  const parms = { limit, qthMin: min, qthMax: max, dp: index, wlog, plog: redPlog(curve), scellLog: damping.cellLog };
  return {
    maxP: [redMaxP(probability)],
    parms: [{ ...parms, prio: count(options, "priority", 0xff) ?? 0 }],
    stab: damping.table,
    // Where the qdisc has flags it refuses a queue's own, even if they are none (gred_vqs_validate): they are sent if they are said.
    ...((options.ecn !== undefined || options.harddrop !== undefined) && {
      vqList: { entry: [{ dp: index, flags }] },
    }),
  };
}

const present = (wire: Wire): WireQueue[] => (wire.parms ?? []).filter(({ dp }) => dp < MAX_QUEUES);
const statsOf = (wire: Wire, { dp }: WireQueue): WireStats | undefined =>
  wire.vqList?.entry?.find((entry) => entry.dp === dp);
function fromWire(wire: Wire): Gred {
  const { dps, limit, maxP } = wire;
  return {
    queues: dps?.dps ?? 0,
    default: dps?.defDp ?? 0,
    ...(dps?.grio && { grio: true }),
    ...(limit !== undefined && { limitBytes: limit }),
    ...redFlagsFromWire(dps?.flags ?? 0),
    virtualQueues: present(wire).map((q) => {
      const s = statsOf(wire, q);
      return {
        index: q.dp,
        priority: q.prio,
        limitBytes: q.limit,
        minBytes: q.qthMin,
        maxBytes: q.qthMax,
        ewma: q.wlog,
        scellLog: q.scellLog,
        probabilityPercent: redProbability(maxP?.[q.dp] ?? 0),
        ...(dps?.flags === 0 && redFlagsFromWire(s?.flags ?? 0)),
        stats: {
          averageBytes: q.qave,
          backlogBytes: q.backlog,
          bytes: Number(s?.statBytes ?? q.bytesin),
          packets: s?.statPackets ?? q.packets,
          probDrop: s?.statProbDrop ?? q.early,
          probMark: s?.statProbMark ?? 0,
          forcedDrop: s?.statForcedDrop ?? q.forced,
          forcedMark: s?.statForcedMark ?? 0,
          pdrop: s?.statPdrop ?? q.pdrop,
          other: s?.statOther ?? q.other,
        },
      };
    }),
  };
}

const SETUP = {
  vqs: integer("queues", MAX_QUEUES, 1),
  DPs: integer("queues", MAX_QUEUES, 1),
  default: integer("default", MAX_QUEUES - 1),
  grio: sets("grio", true),
  limit: size("limit"),
  ecn: sets("ecn", true),
  harddrop: sets("harddrop", true),
};
const QUEUE = {
  vq: integer("index", MAX_QUEUES - 1),
  DP: integer("index", MAX_QUEUES - 1),
  prio: integer("priority", 0xff),
  limit: size("limit"),
  min: size("min"),
  max: size("max"),
  avpkt: size("avpkt"),
  burst: integer("burst"),
  bandwidth: rate("bandwidth"),
  probability: fraction("probability"),
  ecn: sets("ecn", true),
  harddrop: sets("harddrop", true),
};
const parse = (words: Words): Options =>
  words.take("setup") ? readWords(words, SETUP) : { queue: readWords(words, QUEUE) };

// gred_print_opt and gred_print_stats of iproute2's tc/q_gred.c, with -d and -s.
function showGred(wire: Wire, out: Out, { statistics, details }: TcContext): void {
  const { dps, limit, maxP, parms, vqList } = wire;
  if (!dps || !parms) return;
  out.put("dp_cnt", dps.dps, `vqs ${dps.dps} `);
  out.put("dp_default", dps.defDp, `default ${dps.defDp} `);
  out.put("grio", dps.grio !== 0, dps.grio === 0 ? undefined : "grio ");
  if (limit !== undefined) out.put("limit", limit, `limit ${formatSize(limit)} `);
  showRedFlags(dps.flags, out);
  out.array("vqs", (list) => {
    for (const q of present(wire)) {
      const s = statsOf(wire, q);
      list.object("", (one) => {
        one.put("vq", q.dp, `\n vq ${q.dp} `);
        one.put("prio", q.prio, `prio ${q.prio} `);
        one.put("limit", q.limit, `limit ${formatSize(q.limit)} `);
        one.put("min", q.qthMin, `min ${formatSize(q.qthMin)} `);
        one.put("max", q.qthMax, `max ${formatSize(q.qthMax)} `);
        if (s?.flags !== undefined) showRedFlags(s.flags, one);
        if (details) {
          one.put("ewma", q.wlog, `ewma ${q.wlog} `);
          if (maxP && maxP.length >= MAX_QUEUES) {
            const share = formatG(maxP[q.dp]! / 2 ** 32);
            one.put("probability", Number(share), `probability ${share} `);
          } else one.put("Plog", q.plog, `Plog ${q.plog} `);
          one.put("Scell_log", q.scellLog, `Scell_log ${q.scellLog} `);
        }
        if (statistics) showStats(q, vqList ? (s ?? {}) : undefined, one);
      });
    }
  });
}
function showStats(q: WireQueue, s: WireStats | undefined, out: Out): void {
  out.say("\n  Queue size: ");
  out.put("qave", q.qave, `average ${formatSize(q.qave)} `);
  out.put("backlog", q.backlog, `current ${formatSize(q.backlog)} `);
  out.say("\n  Dropped packets: ");
  const put = (key: string, word: string, value = 0) => out.put(key, value, `${word} ${value} `);
  put("forced_drop", "forced", s ? s.statForcedDrop : q.forced);
  put("prob_drop", "early", s ? s.statProbDrop : q.early);
  put("pdrop", "pdrop", s ? s.statPdrop : q.pdrop);
  put("other", "other", s ? s.statOther : q.other);
  if (s) {
    out.say("\n  Marked packets: ");
    put("forced_mark", "forced", s.statForcedMark);
    put("prob_mark", "early", s.statProbMark);
  }
  out.say("\n  Total packets: ");
  out.put("packets", q.packets, `${q.packets} `);
  const bytes = s ? Number(s.statBytes ?? 0) : q.bytesin;
  out.put("bytes", bytes, `(${formatSize(bytes)}) `);
}

export const gredKind: TcKind<"gred", typeof gredSchema, GredOptions, Gred> = {
  kind: "gred",
  schema: gredSchema,
  toWire,
  fromWire,
  parse,
  words: (o) => [
    ...["setup", "vqs", String(o.queues), "default", String(o.default)],
    ...(o.grio ? ["grio"] : []),
    ...(o.limitBytes === undefined ? [] : ["limit", exactSize(o.limitBytes)]),
    ...redFlagWords(o),
  ],
  show: showGred,
};
