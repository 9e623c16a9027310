/** fq_codel: fair queuing, each flow with CoDel (net/sched/sch_fq_codel.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { bool, enumeration, names, s32, size, time, u8, u32, unit } from "../../schema/scalar.ts";
import { pad, struct } from "../../schema/struct.ts";
import { formatTimeUs } from "../../text/time.ts";
import { derived } from "../derived.ts";
import { optionless } from "../optionless.ts";
import type { Out } from "../show.ts";
import { parseInteger } from "../words.ts";
import { showDropNext } from "./codel.ts";

/**
 * TCA_FQ_CODEL_* (fq_codel_dump). CoDel's clock ticks every 1.024 µs: times are right to that. `flows` is
 * set once and for all. Packets whose DS field is `ceThresholdSelector` under the mask are marked when they wait longer than `ceThreshold`.
 */
export const fqCodelSchema = attrs(
  "fq_codel",
  { c: "TCA_FQ_CODEL_" },
  {
    target: [1, time(u32, "codel")],
    limit: [2, unit(u32, "packets")],
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

const xstatsTypes = names("TCA_FQ_CODEL_XSTATS_", { qdisc: 0, class: 1 });
const type = enumeration(u32, xstatsTypes);
/** `struct tc_fq_codel_xstats` of the qdisc. */
export const fqCodelXstats = struct(
  "tc_fq_codel_xstats",
  { size: 40 },
  {
    type,
    qdiscStats: struct(
      "tc_fq_codel_qd_stats",
      { size: 36 },
      {
        maxpacket: unit(u32, "bytes"),
        dropOverlimit: u32,
        ecnMark: u32,
        newFlowCount: u32,
        newFlowsLen: u32,
        oldFlowsLen: u32,
        ceMark: u32,
        memoryUsage: unit(u32, "bytes"),
        dropOvermemory: u32,
      },
    ),
  },
);
/** `struct tc_fq_codel_xstats` of a flow. */
export const fqCodelFlowXstats = struct(
  "tc_fq_codel_xstats",
  { size: 40 },
  {
    type,
    classStats: struct(
      "tc_fq_codel_cl_stats",
      { size: 24 },
      {
        deficit: unit(s32, "bytes"),
        ldelay: time(u32, "us"),
        count: u32,
        lastcount: u32,
        dropping: bool(u32),
        dropNext: time(s32, "us"),
      },
    ),
    _pad: pad(12),
  },
);

// fq_codel_print_xstats of iproute2's tc/q_fq_codel.c.
function showXstats({ qdiscStats: s }: Value<typeof fqCodelXstats>, out: Out): void {
  out.put("maxpacket", s.maxpacket, `  maxpacket ${s.maxpacket}`);
  out.put("drop_overlimit", s.dropOverlimit, ` drop_overlimit ${s.dropOverlimit}`);
  out.put("new_flow_count", s.newFlowCount, ` new_flow_count ${s.newFlowCount}`);
  out.put("ecn_mark", s.ecnMark, ` ecn_mark ${s.ecnMark}`);
  if (s.ceMark !== 0) out.put("ce_mark", s.ceMark, ` ce_mark ${s.ceMark}`);
  if (s.memoryUsage !== 0) out.put("memory_used", s.memoryUsage, ` memory_used ${s.memoryUsage}`);
  if (s.dropOvermemory !== 0) out.put("drop_overmemory", s.dropOvermemory, ` drop_overmemory ${s.dropOvermemory}`);
  out.put("new_flows_len", s.newFlowsLen, `\n  new_flows_len ${s.newFlowsLen}`);
  out.put("old_flows_len", s.oldFlowsLen, ` old_flows_len ${s.oldFlowsLen}`);
}
function showFlow({ classStats: s }: Value<typeof fqCodelFlowXstats>, out: Out): void {
  out.put("deficit", s.deficit, `  deficit ${s.deficit}`);
  out.put("count", s.count, ` count ${s.count}`);
  out.put("lastcount", s.lastcount, ` lastcount ${s.lastcount}`);
  out.put("ldelay", s.ldelay, ` ldelay ${formatTimeUs(s.ldelay)}`);
  if (!s.dropping) return;
  out.put("dropping", true, " dropping");
  showDropNext(s.dropNext, out);
}

const hex = (n: number) => (n === 0 ? "0" : `0x${n.toString(16)}`);
const SELECTOR_FORMS = "a byte and a mask, such as 0x1/0x3";
export const fqCodelKind = derived(
  "fq_codel",
  fqCodelSchema,
  {
    limit: { text: (n) => `${n}p` },
    flows: {},
    quantum: { text: String, plain: true },
    target: {},
    ceThreshold: {},
    ceThresholdSelector: {
      read(words, word) {
        const [selector, mask] = words.value(word, SELECTOR_FORMS, (text) => {
          const parts = text.split("/").map(parseInteger);
          return parts.length === 2 && parts.every((n) => n !== undefined && n >= 0 && n <= 255) ? parts : undefined;
        });
        return { ceThresholdSelector: selector, ceThresholdMask: mask };
      },
      print: ({ ceThresholdSelector = 0, ceThresholdMask = 0 }) =>
        ceThresholdSelector || ceThresholdMask
          ? ["ce_threshold_selector", `${hex(ceThresholdSelector as number)}/${hex(ceThresholdMask as number)}`]
          : [],
      show(_n, out, { ceThresholdSelector = 0, ceThresholdMask = 0 }) {
        if (!ceThresholdMask && !ceThresholdSelector) return;
        out.put(
          "ce_threshold_selector",
          ceThresholdSelector,
          `ce_threshold_selector ${hex(Number(ceThresholdSelector))}`,
        );
        out.put("ce_threshold_mask", ceThresholdMask, `/${hex(Number(ceThresholdMask))} `);
      },
    },
    interval: {},
    memoryLimit: {},
    ecn: { no: "noecn" },
    dropBatchSize: { word: "drop_batch", text: (n) => (n === 0 ? undefined : String(n)) },
  },
  { xstats: fqCodelXstats, showXstats },
);
/** A flow of fq_codel, as a class. */
export const fqCodelFlowKind = optionless("fq_codel", { xstats: fqCodelFlowXstats, showXstats: showFlow });
/** Options of fq_codel: `{ target: "5ms", interval: "100ms", limit: 10240, ecn: true }`. */
export interface FqCodelOptions extends FriendlyAttrsInput<typeof fqCodelSchema> {}
export interface FqCodel extends FriendlyAttrs<typeof fqCodelSchema> {}
