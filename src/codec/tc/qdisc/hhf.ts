/** hhf: keeps heavy hitters, flows that send much, behind all others (net/sched/sch_hhf.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { size, time, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { derived } from "../derived.ts";
import type { Out } from "../show.ts";

/** TCA_HHF_* (hhf_dump). Times are rounded up to jiffies. */
export const hhfSchema = attrs(
  "hhf",
  { c: "TCA_HHF_" },
  {
    limit: [1, unit(u32, "packets"), "BACKLOG_LIMIT"],
    quantum: [2, size(u32)],
    /** How many heavy hitters are remembered: up to 2048. */
    hhLimit: [3, u32, "HH_FLOWS_LIMIT"],
    /** How often the counters begin anew. */
    resetTimeout: [4, time(u32, "us")],
    /** Bytes within that time that make a flow a heavy hitter. */
    admit: [5, size(u32), "ADMIT_BYTES"],
    /** Of how long a silence a heavy hitter is forgotten. */
    evictTimeout: [6, time(u32, "us")],
    /** How much more the others get than heavy hitters. */
    nonHhWeight: [7, u32],
  },
);
/** `struct tc_hhf_xstats`. */
export const hhfXstats = struct(
  "tc_hhf_xstats",
  { size: 16 },
  { dropOverlimit: u32, hhOverlimit: u32, hhTotCount: u32, hhCurCount: u32 },
);
// hhf_print_xstats of iproute2's tc/q_hhf.c.
function showXstats(s: Value<typeof hhfXstats>, out: Out): void {
  out.put("drop_overlimit", s.dropOverlimit, `  drop_overlimit ${s.dropOverlimit}`);
  out.put("hh_overlimit", s.hhOverlimit, ` hh_overlimit ${s.hhOverlimit}`);
  out.put("tot_hh", s.hhTotCount, ` tot_hh ${s.hhTotCount}`);
  out.put("cur_hh", s.hhCurCount, ` cur_hh ${s.hhCurCount}`);
}

export const hhfKind = derived(
  "hhf",
  hhfSchema,
  {
    limit: { text: (n) => `${n}p` },
    quantum: { plain: true },
    hhLimit: {},
    resetTimeout: {},
    admit: { word: "admit_bytes", plain: true },
    evictTimeout: {},
    nonHhWeight: {},
  },
  { xstats: hhfXstats, showXstats },
);
/** `{ limit: 1000, resetTimeout: "40ms", admit: "128kb" }`. */
export interface HhfOptions extends FriendlyAttrsInput<typeof hhfSchema> {}
export interface Hhf extends FriendlyAttrs<typeof hhfSchema> {}
