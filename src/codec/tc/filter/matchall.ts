/** matchall: every packet (net/sched/cls_matchall.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { u32, u64 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterFlags,
  handleNumber,
  OFFLOAD_KNOWN,
  OFFLOAD_WORDS,
  type Offloaded,
  type OffloadOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showFilterFlags,
  showHandle,
} from "../filter-base.ts";
import type { TcKind } from "../kind.ts";
import { known } from "../options.ts";

/** `struct tc_matchall_pcnt`: packets that came by. */
const tcMatchallPcnt = struct("tc_matchall_pcnt", { size: 8 }, { rhit: u64 });
/** TCA_MATCHALL_* (mall_dump). */
export const matchallSchema = attrs(
  "matchall",
  { c: "TCA_MATCHALL_" },
  { classid: [1, u32], flags: [3, filterFlags], pcnt: [4, tcMatchallPcnt], act: [2, actionList] },
);
type Wire = Value<typeof matchallSchema>;

export interface MatchallOptions extends ClassOptions, OffloadOptions {}
export interface Matchall extends Classed, Offloaded {
  /** Packets that it has seen. */
  hits?: number;
}

export const matchallKind: TcKind<"matchall", typeof matchallSchema, MatchallOptions, Matchall> = {
  kind: "matchall",
  schema: matchallSchema,
  toWire(options, context) {
    known(options, { ...CLASS_KNOWN, ...OFFLOAD_KNOWN, hits: true });
    return filterBase(options, context);
  },
  fromWire: (value: Wire, context) => ({
    ...readFilterBase(value, context),
    ...(value.pcnt && { hits: Number(value.pcnt.rhit) }),
  }),
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...OFFLOAD_WORDS];
    const out: Record<string, unknown> = {};
    while (!words.done) if (!parseFilterWord(words, out, context, accepted)) words.unknown(words.next(), accepted);
    return out;
  },
  words: (options, context) => filterBaseWords(options, context),
  // matchall_print_opt of iproute2's tc/f_matchall.c.
  show(value, out, context) {
    showHandle(context, out, handleNumber);
    showClassid(value.classid, out);
    showFilterFlags(value.flags, out);
    if (context.statistics && value.pcnt) out.put("rule_hit", value.pcnt.rhit, ` (rule hit ${value.pcnt.rhit})`);
    if (value.act) showActions(value.act, out, context);
  },
};
