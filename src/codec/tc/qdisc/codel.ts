/** codel: drops by how long packets wait (net/sched/sch_codel.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { bool, s32, time, u32, unit } from "../../schema/scalar.ts";
import { opt, struct } from "../../schema/struct.ts";
import { formatTimeUs } from "../../text/time.ts";
import { derived } from "../derived.ts";
import type { Out } from "../show.ts";

/** TCA_CODEL_* (codel_dump). CoDel's clock ticks every 1.024 µs: times are right to that. */
export const codelSchema = attrs(
  "codel",
  { c: "TCA_CODEL_" },
  {
    target: [1, time(u32, "codel")],
    limit: [2, unit(u32, "packets")],
    interval: [3, time(u32, "codel")],
    ecn: [4, bool(u32)],
    ceThreshold: [5, time(u32, "codel")],
  },
);
/** `struct tc_codel_xstats`: `ldelay` is how long the last packet waited, `dropNext` in how long the next is dropped, or since when it should be. */
export const codelXstats = struct(
  "tc_codel_xstats",
  { size: 36 },
  {
    maxpacket: unit(u32, "bytes"),
    count: u32,
    lastcount: u32,
    ldelay: time(u32, "us"),
    dropNext: time(s32, "us"),
    dropOverlimit: u32,
    ecnMark: u32,
    dropping: bool(u32),
    ceMark: opt(u32),
  },
);

/** ` drop_next 3ms`, or `-3ms`: of codel's statistics, and of its likes. */
export function showDropNext(us: number, out: Out): void {
  out.put("drop_next", us, us < 0 ? ` drop_next -${formatTimeUs(-us)}` : ` drop_next ${formatTimeUs(us)}`);
}
// codel_print_xstats of iproute2's tc/q_codel.c.
function showXstats(s: Value<typeof codelXstats>, out: Out): void {
  out.put("count", s.count, `  count ${s.count}`);
  out.put("lastcount", s.lastcount, ` lastcount ${s.lastcount}`);
  out.put("ldelay", s.ldelay, ` ldelay ${formatTimeUs(s.ldelay)}`);
  if (s.dropping) out.put("dropping", true, " dropping");
  showDropNext(s.dropNext, out);
  out.put("maxpacket", s.maxpacket, `\n  maxpacket ${s.maxpacket}`);
  out.put("ecn_mark", s.ecnMark, ` ecn_mark ${s.ecnMark}`);
  out.put("drop_overlimit", s.dropOverlimit, ` drop_overlimit ${s.dropOverlimit}`);
  if (s.ceMark) out.put("ce_mark", s.ceMark, ` ce_mark ${s.ceMark}`);
}

export const codelKind = derived(
  "codel",
  codelSchema,
  { limit: { text: (n) => `${n}p` }, target: {}, ceThreshold: {}, interval: {}, ecn: { no: "noecn" } },
  { xstats: codelXstats, showXstats },
);
/** Options of codel: `{ target: "5ms", interval: "100ms", limit: 1000, ecn: true }`. */
export interface CodelOptions extends FriendlyAttrsInput<typeof codelSchema> {}
export interface Codel extends FriendlyAttrs<typeof codelSchema> {}
