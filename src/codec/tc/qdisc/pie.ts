/** pie: drops at random, so much that the delay stays near a target (net/sched/sch_pie.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { bool, share, time, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatG } from "../../text/number.ts";
import { formatTimeUs } from "../../text/time.ts";
import { derived } from "../derived.ts";
import type { Out } from "../show.ts";

/** TCA_PIE_* (pie_dump). `tupdate` is rounded up to jiffies: 15 ms come back as 16. */
export const pieSchema = attrs(
  "pie",
  { c: "TCA_PIE_" },
  {
    target: [1, time(u32, "psched")],
    limit: [2, unit(u32, "packets")],
    /** How often the probability is reckoned anew. */
    tupdate: [3, time(u32, "us")],
    /** Weights of the delay's distance from the target, and of its change, in sixteenths: 0 to 32. */
    alpha: [4, u32],
    beta: [5, u32],
    ecn: [6, bool(u32)],
    /** Long packets are dropped sooner. */
    bytemode: [7, bool(u32)],
    /** Reckons the delay from the rate at which packets leave, not from their own time. */
    dqRateEstimator: [8, bool(u32)],
  },
);
/** `struct tc_pie_xstats`. `avgDqRate` is in bytes a tick of the estimator, `delay` in µs whatever the header says (pie_dump_stats). */
export const pieXstats = struct(
  "tc_pie_xstats",
  { size: 40 },
  {
    prob: share(u64),
    delay: time(u32, "us"),
    avgDqRate: u32,
    dqRateEstimating: bool(u32),
    packetsIn: u32,
    dropped: u32,
    overlimit: u32,
    maxq: unit(u32, "packets"),
    ecnMark: u32,
  },
);
// pie_print_xstats of iproute2's tc/q_pie.c.
function showXstats(s: Value<typeof pieXstats>, out: Out): void {
  const prob = formatG(Number(s.prob) / 2 ** 64);
  out.put("prob", Number(prob), `  prob ${prob}`);
  out.put("delay", s.delay, ` delay ${formatTimeUs(s.delay)}`);
  if (s.dqRateEstimating) out.put("avg_dq_rate", s.avgDqRate, ` avg_dq_rate ${s.avgDqRate}`);
  out.put("pkts_in", s.packetsIn, `\n  pkts_in ${s.packetsIn}`);
  out.put("overlimit", s.overlimit, ` overlimit ${s.overlimit}`);
  out.put("dropped", s.dropped, ` dropped ${s.dropped}`);
  out.put("maxq", s.maxq, ` maxq ${s.maxq}`);
  out.put("ecn_mark", s.ecnMark, ` ecn_mark ${s.ecnMark}`);
}

export const pieKind = derived(
  "pie",
  pieSchema,
  {
    limit: { text: (n) => `${n}p` },
    target: {},
    tupdate: {},
    alpha: {},
    beta: {},
    ecn: { no: "noecn" },
    bytemode: { no: "nobytemode" },
    dqRateEstimator: { no: "no_dq_rate_estimator" },
  },
  { xstats: pieXstats, showXstats },
);
/** `{ target: "15ms", limit: 1000, ecn: true }`. */
export interface PieOptions extends FriendlyAttrsInput<typeof pieSchema> {}
export interface Pie extends FriendlyAttrs<typeof pieSchema> {}
