/** cgroup: the class that the sender's control group is given (net/sched/cls_cgroup.c). @module */
import { attrs, bare } from "../../schema/attrs.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import { type Ematch, type EmatchOut, ematchFromWire, ematchOption, ematchTree } from "../ematch.ts";
import { parseEmatch, printEmatch, showEmatch } from "../ematch-text.ts";
import {
  type Actions,
  type ActionsOptions,
  filterBase,
  filterBaseWords,
  filterPolice,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showHandle,
  showPolice,
} from "../filter-base.ts";
import type { TcKind } from "../kind.ts";
import { known } from "../options.ts";

/** TCA_CGROUP_* (cls_cgroup_dump). */
export const cgroupSchema = attrs(
  "cgroup",
  { c: "TCA_CGROUP_" },
  { police: [2, filterPolice], act: [1, actionList], ematches: [3, bare(ematchTree)] },
);

/** The class is that of net_cls.classid. One filter a priority, and it needs a handle. */
export interface CgroupOptions extends ActionsOptions, PolicedOptions {
  /** What packets must be besides. */
  readonly match?: Ematch | undefined;
}
export interface Cgroup extends Actions, Policed {
  match?: EmatchOut;
}

export const cgroupKind: TcKind<"cgroup", typeof cgroupSchema, CgroupOptions, Cgroup> = {
  kind: "cgroup",
  schema: cgroupSchema,
  toWire(options, context) {
    known(options, { actions: true, police: true, match: true });
    return { ...filterBase(options, context), ...ematchOption(options.match, "match", context) };
  },
  fromWire(value, context) {
    const match = value.ematches && ematchFromWire(value.ematches, context);
    return { ...readFilterBase(value, context), ...(match && { match }) };
  },
  parse(words, context) {
    const accepted = ["action", ...POLICE_WORDS];
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
  // cgroup_print_opt of iproute2's tc/f_cgroup.c.
  show(value, out, context) {
    showHandle(context, out);
    showEmatch(value.ematches && ematchFromWire(value.ematches, context), out, context);
    showPolice(value.police, out, context);
    if (value.act) showActions(value.act, out, context);
  },
};
