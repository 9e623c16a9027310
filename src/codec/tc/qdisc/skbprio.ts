/** skbprio: the packet of the highest priority goes next, the one of the lowest is dropped (net/sched/sch_skbprio.c). @module */
import type { Friendly, FriendlyInput } from "../../schema/friendly.ts";
import { u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { derived } from "../derived.ts";

/** `struct tc_skbprio_qopt`: 64 packets by default. */
export const skbprioSchema = struct("tc_skbprio_qopt", { size: 4 }, { limit: unit(u32, "packets") });
export const skbprioKind = derived("skbprio", skbprioSchema, { limit: {} });
/** `limit` counts packets. */
export interface SkbprioOptions extends FriendlyInput<typeof skbprioSchema> {}
export interface Skbprio extends Friendly<typeof skbprioSchema> {}
