/** fq: fair queueing that paces the flows of local sockets (net/sched/sch_fq.c). @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { type FriendlyAttrs, type FriendlyAttrsInput, fromFriendly, toFriendly } from "../../schema/friendly.ts";
import { fail, show } from "../../schema/program.ts";
import { bool, rate, s32, s64, size, time, u8, u32, u64, unit } from "../../schema/scalar.ts";
import { list, opt, struct } from "../../schema/struct.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { formatSize } from "../../text/size.ts";
import { exactTime, formatTimeNs, formatTimeUs } from "../../text/time.ts";
import type { TcKind } from "../kind.ts";
import { count, toggle } from "../options.ts";
import type { Out } from "../show.ts";
import * as words from "../word-table.ts";
import { parseInteger } from "../words.ts";
import { bandMap, DEFAULT_PRIOMAP, tcPrioQopt } from "./prio.ts";

const plain = {
  limit: [1, unit(u32, "packets"), "PLIMIT"],
  /** Packets a flow. */
  flowLimit: [2, unit(u32, "packets"), "FLOW_PLIMIT"],
  quantum: [3, size(u32)],
  initialQuantum: [4, size(u32)],
  pacing: [5, bool(u32), "RATE_ENABLE"],
  /** No more than any socket's: none, 2³² − 1, by default. */
  maxrate: [7, rate(u32), "FLOW_MAX_RATE"],
  /** Obsolete: kernels since 3.13 take no notice. */
  defrate: [6, rate(u32), "FLOW_DEFAULT_RATE"],
  refillDelay: [9, time(u32, "us"), "FLOW_REFILL_DELAY"],
  /** Of the hashes of packets without a socket. */
  orphanMask: [10, u32],
  lowRateThreshold: [11, rate(u32)],
  /** Packets that waited longer are marked: never, 2³² − 1 µs, by default. */
  ceThreshold: [12, time(u32, "us")],
} as const;
const later = {
  timerSlack: [13, time(u32, "ns")],
  /** How far in the future packets may be due, and whether those beyond are dropped or due then. */
  horizon: [14, time(u32, "us")],
  horizonDrop: [15, bool(u8)],
  /** Up to it devices that can pace do the pacing. Linux 6.13. */
  offloadHorizon: [18, time(u32, "us")],
} as const;
/** What is a field as it is. */
const fields = attrs("fq", { c: "TCA_FQ_" }, { ...plain, ...later });
/** TCA_FQ_* (fq_dump). */
export const fqSchema = attrs(
  "fq",
  { c: "TCA_FQ_" },
  {
    ...plain,
    bucketsLog: [8, u32],
    timerSlack: later.timerSlack,
    horizon: later.horizon,
    horizonDrop: later.horizonDrop,
    priomap: [16, tcPrioQopt],
    weights: [17, array(s32)],
    offloadHorizon: later.offloadHorizon,
  },
);
type Wire = Value<typeof fqSchema>;
/** `struct tc_fq_qd_stats`: packets but for the times and the flows. */
export const fqXstats = struct(
  "tc_fq_qd_stats",
  { size: 152 },
  {
    gcFlows: unit(u64, "flows"),
    highprioPackets: unit(u64, "packets"),
    tcpRetrans: unit(u64, "packets"),
    throttled: unit(u64, "packets"),
    flowsPlimit: unit(u64, "packets"),
    pktsTooLong: unit(u64, "packets"),
    allocationErrors: unit(u64, "errors"),
    timeNextDelayedFlow: time(s64, "ns"),
    flows: u32,
    inactiveFlows: u32,
    throttledFlows: u32,
    unthrottleLatencyNs: u32,
    ceMark: opt(unit(u64, "packets")),
    horizonDrops: opt(unit(u64, "packets")),
    horizonCaps: opt(unit(u64, "packets")),
    fastpathPackets: opt(unit(u64, "packets")),
    bandDrops: opt(list(u64, 3)),
    bandPktCount: opt(list(u32, 3)),
    pad: opt(u32),
  },
);

const BANDS = 3;
const MIN_WEIGHT = 16384;
const NONE = 0xffffffff;
interface Own {
  /** Size of the hash table of flows: 1024 by default. Rounded up to a power of two. */
  readonly buckets?: number | undefined;
  /** Bands of the priorities from 0 up, 0 to 2, as of prio. */
  readonly priomap?: readonly number[] | undefined;
  /** Bytes that each of the three bands may send in a round: 16384 and more; 589824, 196608 and 65536 by default. */
  readonly weights?: readonly number[] | undefined;
}
/** `{ maxrate: "1gbit", flowLimit: 100, horizon: "2s" }`. What is left out stays as it is. */
export interface FqOptions extends FriendlyAttrsInput<typeof fields>, Own {}
export interface Fq extends FriendlyAttrs<typeof fields> {
  buckets?: number;
  priomap?: number[];
  weights?: number[];
}

function toWire({ buckets, priomap, weights, ...rest }: FqOptions): Input<typeof fqSchema> {
  const given = { buckets, priomap, weights };
  const size = count(given, "buckets", 1 << 18, 1);
  if (weights !== undefined && (!Array.isArray(weights) || weights.length !== BANDS))
    fail("weights", -1, `${show(weights)} is not a list of ${BANDS} weights`);
  for (const weight of weights ?? [])
    if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > 0x7fffffff)
      fail("weights", -1, `${show(weight)} is not an integer from ${MIN_WEIGHT} to ${0x7fffffff}`);
  toggle(rest, "pacing");
  return {
    ...fromFriendly(fields, rest as FriendlyAttrsInput<typeof fields>),
    ...(size !== undefined && { bucketsLog: Math.ceil(Math.log2(size)) }),
    ...(priomap !== undefined && {
      priomap: {
        bands: BANDS,
        priomap: [...bandMap(priomap, BANDS), ...DEFAULT_PRIOMAP.slice(priomap.length)],
      },
    }),
    ...(weights !== undefined && { weights: [...weights] }),
  };
}
function fromWire(wire: Wire): Fq {
  const { bucketsLog, priomap, weights, ...rest } = wire;
  return {
    ...toFriendly(fields, rest),
    ...(bucketsLog !== undefined && { buckets: 2 ** bucketsLog }),
    ...(priomap && { priomap: [...priomap.priomap] }),
    ...(weights && { weights: [...weights] }),
  };
}

const TABLE: words.ReadTable = {
  limit: words.integer("limit"),
  flow_limit: words.integer("flowLimit"),
  buckets: words.integer("buckets"),
  quantum: words.size("quantum"),
  initial_quantum: words.size("initialQuantum"),
  maxrate: words.rate("maxrate"),
  defrate: words.rate("defrate"),
  low_rate_threshold: words.rate("lowRateThreshold"),
  refill_delay: words.time("refillDelay"),
  orphan_mask: words.integer("orphanMask"),
  ce_threshold: words.time("ceThreshold"),
  timer_slack: words.time("timerSlack", 1),
  horizon: words.time("horizon"),
  horizon_drop: words.sets("horizonDrop", true),
  horizon_cap: words.sets("horizonDrop", false),
  pacing: words.sets("pacing", true),
  nopacing: words.sets("pacing", false),
  bands: (w, word) => {
    if (w.integer(word) !== BANDS) w.fail(`${word}: fq has ${BANDS} bands`);
  },
  priomap: words.several("priomap", (w) => w.maybe(parseInteger), 16, "the bands of 1 to 16 priorities"),
  weights: words.several("weights", (w) => w.maybe(parseInteger), BANDS, `${BANDS} weights`),
  offload_horizon: words.time("offloadHorizon"),
};
const ns = (ms: number) => exactTime(Math.round(ms * 1e6));
function print(o: Fq): string[] {
  const out: string[] = [];
  const put = (word: string, value: number | undefined, text: (value: number) => string = String) => {
    if (value !== undefined) out.push(word, text(value));
  };
  put("limit", o.limit);
  put("flow_limit", o.flowLimit);
  put("buckets", o.buckets);
  put("orphan_mask", o.orphanMask);
  if (o.pacing !== undefined) out.push(o.pacing ? "pacing" : "nopacing");
  if (o.priomap) out.push("bands", String(BANDS), "priomap", ...o.priomap.map(String));
  if (o.weights) out.push("weights", ...o.weights.map(String));
  put("quantum", o.quantumBytes);
  put("initial_quantum", o.initialQuantumBytes);
  put("maxrate", o.maxrateBytesPerSecond, exactRate);
  put("defrate", o.defrateBytesPerSecond, exactRate);
  put("low_rate_threshold", o.lowRateThresholdBytesPerSecond, exactRate);
  put("refill_delay", o.refillDelayMs, ns);
  put("ce_threshold", o.ceThresholdMs, ns);
  put("timer_slack", o.timerSlackMs, ns);
  put("horizon", o.horizonMs, ns);
  if (o.horizonDrop !== undefined) out.push(o.horizonDrop ? "horizon_drop" : "horizon_cap");
  put("offload_horizon", o.offloadHorizonMs, ns);
  return out;
}

// fq_print_opt of iproute2's tc/q_fq.c; the blanks in two of JSON's keys are its own.
function showFq(m: Wire, out: Out): void {
  const put = (key: string, value: number | undefined, text: (value: number) => string = String) => {
    if (value !== undefined) out.put(key, value, `${key} ${text(value)} `);
  };
  const numbers = (key: string, values: readonly number[]) =>
    out.array(`${key} `, (list) => {
      list.say(`${key} `);
      for (const value of values) list.put("", value, `${value} `);
    });
  put("limit", m.limit, (n) => `${n}p`);
  put("flow_limit", m.flowLimit, (n) => `${n}p`);
  put("buckets", m.bucketsLog === undefined ? undefined : 2 ** m.bucketsLog);
  put("orphan_mask", m.orphanMask);
  if (m.pacing === 0) out.put("pacing", false, "nopacing ");
  if (m.priomap) {
    put("bands", m.priomap.bands);
    numbers("priomap", m.priomap.priomap);
  }
  if (m.weights) numbers("weights", m.weights);
  put("quantum", m.quantum, formatSize);
  put("initial_quantum", m.initialQuantum, formatSize);
  if (m.maxrate !== NONE) put("maxrate", m.maxrate, formatRate);
  if (m.defrate !== 0) put("defrate", m.defrate, formatRate);
  if (m.lowRateThreshold !== 0) put("low_rate_threshold", m.lowRateThreshold, formatRate);
  put("refill_delay", m.refillDelay, formatTimeUs);
  if (m.ceThreshold !== NONE) put("ce_threshold", m.ceThreshold, formatTimeUs);
  put("timer_slack", m.timerSlack, formatTimeNs);
  put("horizon", m.horizon, formatTimeUs);
  if (m.horizonDrop !== undefined) {
    const key = m.horizonDrop ? "horizon_drop" : "horizon_cap";
    out.put(key, null, `${key} `);
  }
  put("offload_horizon", m.offloadHorizon, formatTimeUs);
}

// fq_print_xstats of iproute2's tc/q_fq.c.
function showXstats(s: Value<typeof fqXstats>, out: Out): void {
  const put = (key: string, value: number | bigint, before = " ") => out.put(key, value, `${before}${key} ${value}`);
  const some = (key: string, value: number | bigint | undefined, before?: string) => {
    if (value) put(key, value, before);
  };
  put("flows", s.flows, "  ");
  put("inactive", s.inactiveFlows, " (");
  out.put("throttled", s.throttledFlows, ` throttled ${s.throttledFlows})`);
  s.bandPktCount?.forEach((packets, band) => {
    put(`band${band}_pkts`, packets);
  });
  if (s.timeNextDelayedFlow > 0n)
    out.put(
      "next_packet_delay",
      s.timeNextDelayedFlow,
      ` next_packet_delay ${formatTimeNs(Number(s.timeNextDelayedFlow))}`,
    );
  put("gc", s.gcFlows, "\n  ");
  put("highprio", s.highprioPackets);
  some("fastpath", s.fastpathPackets);
  some("retrans", s.tcpRetrans);
  put("throttled", s.throttled);
  if (s.unthrottleLatencyNs !== 0)
    out.put("latency", s.unthrottleLatencyNs, ` latency ${formatTimeNs(s.unthrottleLatencyNs)}`);
  some("ce_mark", s.ceMark);
  some("flows_plimit", s.flowsPlimit);
  const drops = s.bandDrops ?? [];
  if ([s.pktsTooLong, s.allocationErrors, s.horizonDrops, s.horizonCaps, ...drops].some((n) => n)) {
    out.say("\n");
    some("pkts_too_long", s.pktsTooLong);
    some("alloc_errors", s.allocationErrors);
    some("horizon_drops", s.horizonDrops);
    some("horizon_caps", s.horizonCaps, "  ");
    drops.forEach((packets, band) => {
      some(`band${band}_drops`, packets);
    });
  }
}

export const fqKind: TcKind<"fq", typeof fqSchema, FqOptions, Fq, typeof fqXstats> = {
  kind: "fq",
  schema: fqSchema,
  xstats: fqXstats,
  toWire,
  fromWire,
  parse: (w) => words.readWords(w, TABLE),
  words: print,
  show: showFq,
  showXstats,
};
