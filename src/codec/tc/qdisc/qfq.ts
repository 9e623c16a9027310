/** Classes of qfq: quick fair queueing (net/sched/sch_qfq.c). The qdisc has no options. @module */
import { attrs } from "../../schema/attrs.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { derived } from "../derived.ts";

/** TCA_QFQ_* (qfq_dump_class). */
export const qfqClassSchema = attrs(
  "qfq_class",
  { c: "TCA_QFQ_" },
  {
    /** 1, the default, to 1024. */
    weight: [1, u32],
    /** Bytes of the longest packet: 512 to 65536, the device's MTU by default. */
    maxPacket: [2, unit(u32, "bytes"), "LMAX"],
  },
);
/** `struct tc_qfq_stats`: the options again. */
export const qfqXstats = struct("tc_qfq_stats", { size: 8 }, { weight: u32, lmax: unit(u32, "bytes") });
export const qfqClassKind = derived(
  "qfq",
  qfqClassSchema,
  { weight: {}, maxPacket: { word: "maxpkt" } },
  { xstats: qfqXstats },
);
/** `{ weight: 10, maxPacket: 2048 }`. */
export interface QfqClassOptions extends FriendlyAttrsInput<typeof qfqClassSchema> {}
export interface QfqClass extends FriendlyAttrs<typeof qfqClassSchema> {}
