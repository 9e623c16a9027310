/** tbf: a token bucket, one rate for all (net/sched/sch_tbf.c). @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { rate as rateOf, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import { formatTimeUs } from "../../text/time.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { choice, count, known, required } from "../options.ts";
import {
  burstFor,
  cellLogOf,
  LINKLAYER_NAMES,
  type LinkLayer,
  layerOf,
  MAX_RATE32,
  rateWithTable,
  shownBytesFor,
  tcRatespec,
  ticksFor,
} from "../rate-spec.ts";
import type { Out } from "../show.ts";
import { integer, oneOf, rate, readWords, size, sizeAndCell, time } from "../word-table.ts";

/** `struct tc_tbf_qopt`: `buffer` and `mtu` are sizes as times at the rate and at the peak rate. */
const tcTbfQopt = struct(
  "tc_tbf_qopt",
  { size: 36 },
  {
    rate: tcRatespec,
    peakrate: tcRatespec,
    limit: unit(u32, "bytes"),
    buffer: unit(u32, "ticks"),
    mtu: unit(u32, "ticks"),
  },
);
/** TCA_TBF_* (tbf_dump). The tables are for kernels before 3.8; `burst` and `pburst` are sent and not reported. */
export const tbfSchema = attrs(
  "tbf",
  { c: "TCA_TBF_" },
  {
    parms: [1, tcTbfQopt],
    burst: [6, unit(u32, "bytes")],
    rate64: [4, rateOf(u64)],
    rtab: [2, array(u32)],
    prate64: [5, rateOf(u64)],
    pburst: [7, unit(u32, "bytes")],
    ptab: [3, array(u32)],
  },
);
type Wire = Value<typeof tbfSchema>;

/** `rate` and `burst` are needed, and one of `limit` and `latency`; `mtu` with `peakrate`. */
export type TbfOptions = Given<"rate" | "peakrate", "rate"> &
  /** `burst` is the bucket's size, `limit` of what waits, `mtu` the size of the peak rate's bucket (tc's `minburst`). */
  Given<"burst" | "limit" | "mtu", "size"> &
  /** The longest that a packet may wait, which `limit` is reckoned from. */
  Given<"latency", "time"> & {
    /** Bytes that a packet counts at least. */
    readonly mpu?: number | undefined;
    /** Bytes that each packet is longer on the link. */
    readonly overhead?: number | undefined;
    readonly linklayer?: LinkLayer | undefined;
    /** Bytes an entry of the tables that kernels before 3.8 reckon by; a power of two. */
    readonly burstCell?: number | undefined;
    readonly mtuCell?: number | undefined;
  };
/** Sizes are exact up to 64 ns at the rate: below 125 Mbit/s to the byte. */
export interface Tbf {
  rateBytesPerSecond: number;
  burstBytes: number;
  limitBytes: number;
  peakrateBytesPerSecond?: number;
  mtuBytes?: number;
  mpu?: number;
  overhead?: number;
  /** Ethernet if it is not said. */
  linklayer?: LinkLayer;
}
const KNOWN = {
  rate: "rate", burst: "size", limit: "size", latency: "time", peakrate: "rate", mtu: "size", mpu: true, overhead: true, linklayer: true, burstCell: true, mtuCell: true,
} as const; // biome-ignore format: a table

function toWire(options: TbfOptions, { psched }: TcContext): Input<typeof tbfSchema> {
  known(options, KNOWN);
  const rate = Math.round(required(options, "rate", "rate"));
  const burst = Math.round(required(options, "burst", "size"));
  const peak = Math.round(given(options, "peakrate", "rate") ?? 0);
  const mtu = Math.round((peak > 0 ? required(options, "mtu", "size") : given(options, "mtu", "size")) ?? 0);
  if (rate === 0) fail("rate", -1, "is zero");
  if (burst === 0) fail("burst", -1, "is zero");
  if (peak > 0 && peak <= rate) fail("peakrate", -1, "is not more than rate");
  if (peak > 0 && mtu === 0) fail("mtu", -1, "is zero");
  const latency = given(options, "latency", "time");
  let limit = given(options, "limit", "size");
  if (limit !== undefined && latency !== undefined) fail("latency", -1, "limit and latency are the same: give one");
  if (latency !== undefined) {
    limit = (rate * latency) / 1e3 + burst;
    if (peak > 0) limit = Math.min(limit, (peak * latency) / 1e3 + mtu);
  }
  if (limit === undefined) return fail("limit", -1, "is missing: limit, limitBytes, or latency");
  if (limit > 0xffffffff) fail(latency === undefined ? "limit" : "latency", -1, "is more than 4 GiB");
  const table = {
    mtu: mtu || undefined,
    mpu: count(options, "mpu", 0xffff),
    overhead: count(options, "overhead", 0xffff),
    linklayer: choice(options, "linklayer", LINKLAYER_NAMES),
  };
  const own = rateWithTable(rate, psched, { ...table, cellLog: cellLogOf(options, "burstCell") });
  const most = peak > 0 ? rateWithTable(peak, psched, { ...table, cellLog: cellLogOf(options, "mtuCell") }) : undefined;
  return {
    parms: {
      rate: own.spec,
      ...(most && { peakrate: most.spec }),
      limit: Math.floor(limit),
      buffer: ticksFor(rate, burst, psched),
      ...(most && { mtu: ticksFor(peak, mtu, psched) }),
    },
    burst,
    ...(rate > MAX_RATE32 && { rate64: BigInt(rate) }),
    rtab: own.table,
    ...(peak > MAX_RATE32 && { prate64: BigInt(peak) }),
    ...(most && { pburst: mtu, ptab: most.table }),
  };
}

function fromWire({ parms, rate64, prate64 }: Wire, { psched }: TcContext): Tbf {
  const { rate, peakrate, limit = 0, buffer = 0, mtu = 0 } = parms ?? {};
  const own = Number(rate64 ?? rate?.rate ?? 0);
  const peak = Number(prate64 ?? peakrate?.rate ?? 0);
  const linklayer = layerOf(rate);
  return {
    rateBytesPerSecond: own,
    burstBytes: burstFor(own, buffer, psched, rate),
    limitBytes: limit,
    ...(peak > 0 && { peakrateBytesPerSecond: peak, mtuBytes: burstFor(peak, mtu, psched, peakrate) }),
    ...(rate?.mpu && { mpu: rate.mpu }),
    ...(rate?.overhead && { overhead: rate.overhead }),
    ...(linklayer !== "ethernet" && { linklayer }),
  };
}

// tbf_print_opt of iproute2's tc/q_tbf.c, with -d.
function showTbf({ parms, rate64, prate64 }: Wire, out: Out, { psched, details }: TcContext): void {
  if (!parms) return;
  const { rate, peakrate, limit, buffer, mtu } = parms;
  const own = Number(rate64 ?? rate.rate);
  const peak = Number(prate64 ?? peakrate.rate);
  const put = (key: string, text: string) => out.put(key, text, `${key} ${text} `);
  out.put("rate", own, `rate ${formatRate(own)} `);
  const burst = shownBytesFor(own, buffer, psched);
  if (details) {
    put("burst", `${formatSize(burst)}/${1 << rate.cellLog}`);
    out.put("mpu", rate.mpu, `mpu ${formatSize(rate.mpu)} `);
  } else out.put("burst", burst, `burst ${formatSize(burst)} `);
  if (peak > 0) {
    out.say(`peakrate ${formatRate(peak)} `);
    if (mtu !== 0 || peakrate.mpu !== 0) {
      const largest = shownBytesFor(peak, mtu, psched);
      if (details) {
        put("mtu", `${formatSize(largest)}/${1 << peakrate.cellLog}`);
        out.put("mpu", peakrate.mpu, `mpu ${formatSize(peakrate.mpu)} `);
      } else out.put("minburst", largest, `minburst ${formatSize(largest)} `);
    }
  }
  const waits = (rate: number, ticks: number) => 1e6 * (limit / rate) - Math.floor(ticks / psched.ticksPerUs);
  const latency = peak > 0 ? Math.max(waits(own, buffer), waits(peak, mtu)) : waits(own, buffer);
  if (latency >= 0) out.put("lat", Math.floor(latency), `lat ${formatTimeUs(Math.floor(latency))} `);
  else out.put("limit", limit, `limit ${formatSize(limit)} `);
  if (rate.overhead !== 0) out.put("overhead", rate.overhead, `overhead ${rate.overhead} `);
  if (details || layerOf(rate) !== "ethernet") put("linklayer", layerOf(rate));
}

export const tbfKind: TcKind<"tbf", typeof tbfSchema, TbfOptions, Tbf> = {
  kind: "tbf",
  schema: tbfSchema,
  toWire,
  fromWire,
  parse: (words) =>
    readWords(words, {
      rate: rate("rate"),
      burst: sizeAndCell("burst"),
      buffer: sizeAndCell("burst"),
      maxburst: sizeAndCell("burst"),
      limit: size("limit"),
      latency: time("latency"),
      peakrate: rate("peakrate"),
      mtu: sizeAndCell("mtu"),
      minburst: sizeAndCell("mtu"),
      mpu: integer("mpu", 0xffff),
      overhead: integer("overhead", 0xffff),
      linklayer: oneOf("linklayer", LINKLAYER_NAMES),
    }),
  words: (o) => [
    ...["rate", exactRate(o.rateBytesPerSecond), "burst", exactSize(o.burstBytes), "limit", exactSize(o.limitBytes)],
    ...(o.peakrateBytesPerSecond === undefined
      ? []
      : ["peakrate", exactRate(o.peakrateBytesPerSecond), "mtu", exactSize(o.mtuBytes ?? 0)]),
    ...(o.mpu === undefined ? [] : ["mpu", String(o.mpu)]),
    ...(o.overhead === undefined ? [] : ["overhead", String(o.overhead)]),
    ...(o.linklayer === undefined ? [] : ["linklayer", o.linklayer]),
  ],
  show: showTbf,
};
