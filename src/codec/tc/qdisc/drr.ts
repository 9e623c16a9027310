/** Classes of drr: deficit round robin (net/sched/sch_drr.c). The qdisc has no options. @module */
import { attrs } from "../../schema/attrs.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { size, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatSize } from "../../text/size.ts";
import { derived } from "../derived.ts";

/** TCA_DRR_* (drr_dump_class): the quantum is the device's MTU by default. */
export const drrClassSchema = attrs("drr_class", { c: "TCA_DRR_" }, { quantum: [1, size(u32)] });
/** `struct tc_drr_stats`: what the class may still send in this round; 0 while nothing waits. */
export const drrXstats = struct("tc_drr_stats", { size: 4 }, { deficit: unit(u32, "bytes") });
export const drrClassKind = derived(
  "drr",
  drrClassSchema,
  { quantum: {} },
  {
    xstats: drrXstats,
    showXstats: ({ deficit }, out) => out.put("deficit", deficit, ` deficit ${formatSize(deficit)} `),
  },
);
/** `{ quantum: "3000b" }`. */
export interface DrrClassOptions extends FriendlyAttrsInput<typeof drrClassSchema> {}
export interface DrrClass extends FriendlyAttrs<typeof drrClassSchema> {}
