/** basic: conditions joined by and, or, not (net/sched/cls_basic.c). @module */
import { attrs, bare } from "../../schema/attrs.ts";
import { u32, u64 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import { type Ematch, type EmatchOut, ematchFromWire, ematchOption, ematchTree } from "../ematch.ts";
import { parseEmatch, printEmatch, showEmatch } from "../ematch-text.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterPolice,
  POLICE_KNOWN,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showHandle,
  showPolice,
} from "../filter-base.ts";
import type { TcKind } from "../kind.ts";
import { known } from "../options.ts";

/** Packets that came by, and that it matched. */
const tcBasicPcnt = struct("tc_basic_pcnt", { size: 16 }, { rcnt: u64, rhit: u64 });
/** TCA_BASIC_* (basic_dump). */
export const basicSchema = attrs(
  "basic",
  { c: "TCA_BASIC_" },
  {
    classid: [1, u32],
    pcnt: [5, tcBasicPcnt],
    police: [4, filterPolice],
    act: [3, actionList],
    ematches: [2, bare(ematchTree)],
  },
);

export interface BasicOptions extends ClassOptions, PolicedOptions {
  /** A condition; every packet without one. */
  readonly match?: Ematch | undefined;
}
export interface Basic extends Classed, Policed {
  match?: EmatchOut;
  /** How often it was looked at, and matched. */
  hits?: { rule: number; success: number };
}

export const basicKind: TcKind<"basic", typeof basicSchema, BasicOptions, Basic> = {
  kind: "basic",
  schema: basicSchema,
  toWire(options, context) {
    known(options, { ...CLASS_KNOWN, ...POLICE_KNOWN, match: true, hits: true });
    return { ...filterBase(options, context), ...ematchOption(options.match, "match", context) };
  },
  fromWire(value, context) {
    const match = value.ematches && ematchFromWire(value.ematches, context);
    const { pcnt } = value;
    return {
      ...readFilterBase(value, context),
      ...(match && { match }),
      ...(pcnt && { hits: { rule: Number(pcnt.rcnt), success: Number(pcnt.rhit) } }),
    };
  },
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...POLICE_WORDS];
    const out: { match?: Ematch } = {};
    while (!words.done) {
      if (parseFilterWord(words, out as Record<string, unknown>, context, accepted)) continue;
      if (words.take("match")) out.match = parseEmatch(words);
      else words.unknown(words.next(), [...accepted, "match"]);
    }
    return out;
  },
  words: (options, context) => [
    ...(options.match ? ["match", printEmatch(options.match)] : []),
    ...filterBaseWords(options, context),
  ],
  // basic_print_opt of iproute2's tc/f_basic.c.
  show(value, out, context) {
    showHandle(context, out, (digits) => digits);
    showClassid(value.classid, out);
    showEmatch(value.ematches && ematchFromWire(value.ematches, context), out, context);
    showPolice(value.police, out, context);
    if (value.act) showActions(value.act, out, context);
  },
};
