/** fq_pie: fair queueing, each flow with pie (net/sched/sch_fq_pie.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { bool, size, time, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { derived } from "../derived.ts";
import type { Out } from "../show.ts";

/** TCA_FQ_PIE_* (fq_pie_dump); times are rounded as pie's. `flows` is set once and for all. */
export const fqPieSchema = attrs(
  "fq_pie",
  { c: "TCA_FQ_PIE_" },
  {
    limit: [1, unit(u32, "packets")],
    flows: [2, u32],
    target: [3, time(u32, "psched")],
    tupdate: [4, time(u32, "us")],
    alpha: [5, u32],
    beta: [6, u32],
    quantum: [7, size(u32)],
    memoryLimit: [8, size(u32)],
    /** Packets are marked, not dropped, up to this probability in percent: below 100. */
    ecnProb: [9, u32],
    ecn: [10, bool(u32)],
    bytemode: [11, bool(u32)],
    dqRateEstimator: [12, bool(u32)],
  },
);
/** `struct tc_fq_pie_xstats`. */
export const fqPieXstats = struct(
  "tc_fq_pie_xstats",
  { size: 36 },
  {
    packetsIn: u32,
    dropped: u32,
    overlimit: u32,
    overmemory: u32,
    ecnMark: u32,
    newFlowCount: u32,
    newFlowsLen: u32,
    oldFlowsLen: u32,
    memoryUsage: unit(u32, "bytes"),
  },
);
// fq_pie_print_xstats of iproute2's tc/q_fq_pie.c.
function showXstats(s: Value<typeof fqPieXstats>, out: Out): void {
  out.put("pkts_in", s.packetsIn, `  pkts_in ${s.packetsIn}`);
  out.put("overlimit", s.overlimit, ` overlimit ${s.overlimit}`);
  out.put("overmemory", s.overmemory, ` overmemory ${s.overmemory}`);
  out.put("dropped", s.dropped, ` dropped ${s.dropped}`);
  out.put("ecn_mark", s.ecnMark, ` ecn_mark ${s.ecnMark}`);
  out.put("new_flow_count", s.newFlowCount, `\n  new_flow_count ${s.newFlowCount}`);
  out.put("new_flows_len", s.newFlowsLen, ` new_flows_len ${s.newFlowsLen}`);
  out.put("old_flows_len", s.oldFlowsLen, ` old_flows_len ${s.oldFlowsLen}`);
  out.put("memory_used", s.memoryUsage, ` memory_used ${s.memoryUsage}`);
}

export const fqPieKind = derived(
  "fq_pie",
  fqPieSchema,
  {
    limit: { text: (n) => `${n}p` },
    flows: {},
    target: {},
    tupdate: {},
    alpha: {},
    beta: {},
    quantum: {},
    memoryLimit: {},
    ecnProb: {},
    ecn: { no: "noecn" },
    bytemode: { no: "nobytemode" },
    dqRateEstimator: { no: "no_dq_rate_estimator" },
  },
  { nested: true, xstats: fqPieXstats, showXstats },
);
/** `{ target: "15ms", limit: 10240, ecn: true }`. */
export interface FqPieOptions extends FriendlyAttrsInput<typeof fqPieSchema> {}
export interface FqPie extends FriendlyAttrs<typeof fqPieSchema> {}
