/** fq_codel: fair queuing, each flow with CoDel (net/sched/sch_fq_codel.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { bool, size, time, u8, u32 } from "../../schema/scalar.ts";
import { derived } from "../derived.ts";

/** TCA_FQ_CODEL_* (fq_codel_dump). CoDel's clock ticks every 1.024 µs: times are right to that. */
export const fqCodelSchema = attrs(
  "fq_codel",
  { c: "TCA_FQ_CODEL_" },
  {
    target: [1, time(u32, "codel")],
    /** Packets. */
    limit: [2, u32],
    interval: [3, time(u32, "codel")],
    ecn: [4, bool(u32)],
    quantum: [6, size(u32)],
    dropBatchSize: [8, u32],
    memoryLimit: [9, size(u32)],
    flows: [5, u32],
    ceThreshold: [7, time(u32, "codel")],
    ceThresholdSelector: [10, u8],
    ceThresholdMask: [11, u8],
  },
);

export const fqCodelKind = derived("fq_codel", fqCodelSchema, {
  limit: { text: (n) => `${n}p` },
  flows: {},
  quantum: { text: String },
  target: {},
  ceThreshold: {},
  ceThresholdSelector: {
    show: (n, out) => out.put("ce_threshold_selector", n, `ce_threshold_selector 0x${n.toString(16)}`),
  },
  interval: {},
  memoryLimit: {},
  ecn: { no: "noecn" },
  dropBatchSize: { word: "drop_batch" },
});
/** Options of fq_codel: `{ target: "5ms", interval: "100ms", limit: 10240, ecn: true }`. */
export interface FqCodelOptions extends FriendlyAttrsInput<typeof fqCodelSchema> {}
export interface FqCodel extends FriendlyAttrs<typeof fqCodelSchema> {}
export const fqCodel = (options: FqCodelOptions = {}) => ({ kind: "fq_codel", options }) as const;
