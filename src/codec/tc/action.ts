/** Actions: the message of those that stand alone, and what they look like in filters' lists. @module */
import { attrs, bare, bytes, indexed, string } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import { flags, names, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { actionKinds } from "./action-kinds.ts";
import { optionsByKind } from "./qdisc.ts";
import { tcStats2 } from "./stats.ts";
import { tcamsg } from "./tcmsg.ts";

export const actionFlags = names("TCA_ACT_FLAGS_", { no_percpu_stats: 1, skip_hw: 2, skip_sw: 4 });
export const hwStatsTypes = names("TCA_ACT_HW_STATS_", { immediate: 1, delayed: 2 });
const bitfield = (bits: typeof actionFlags | typeof hwStatsTypes) =>
  struct(
    "nla_bitfield32",
    { size: 8 },
    { value: flags(u32, bits as typeof actionFlags), selector: flags(u32, bits as typeof actionFlags) },
  );

function nestedKinds(): { readonly [kind: string]: { readonly schema: Codec; readonly nested: true } } {
  return Object.fromEntries(Object.entries(actionKinds).map(([kind, { schema }]) => [kind, { schema, nested: true }]));
}
/** One action of a list (tcf_action_dump_1 of net/sched/act_api.c). Up to 255 bytes of cookie are kept for whoever made it. */
export const tcAction = attrs(
  "action",
  { c: "TCA_ACT_" },
  {
    kind: [1, string],
    stats: [4, bare(tcStats2)],
    /** Of terse dumps, and of requests. */
    index: [3, u32],
    cookie: [6, bytes],
    hwStats: [8, bitfield(hwStatsTypes)],
    usedHwStats: [9, bitfield(hwStatsTypes)],
    flags: [7, bitfield(actionFlags)],
    inHwCount: [10, u32],
    // The kernel reports them without NLA_F_NESTED, and several kinds refuse them without (tcf_mpls_init, tcf_ct_init…); tc sends it.
    options: [2, /* @__PURE__ */ optionsByKind(nestedKinds())],
  },
);
export interface TcAction extends Value<typeof tcAction> {}

/** A list, counted from 1: TCA_ACT_TAB, TCA_U32_ACT and their like. Without NLA_F_NESTED (tcf_action_dump). */
export const actionList = bare(indexed(bare(tcAction)));

const rootFlags = names("TCA_ACT_FLAG_", { large_dump_on: 1, terse_dump: 2 });
/** RTM_NEWACTION, RTM_DELACTION, RTM_GETACTION. The head has 4 bytes: with tcmsg's 20 the kernel finds no attributes. */
export const action = attrs(
  "action",
  { c: "TCA_ROOT_", head: tcamsg },
  {
    count: [3, u32],
    extWarnMsg: [5, string],
    tab: [1, actionList],
    flags: [
      2,
      struct("nla_bitfield32", { size: 8 }, { value: flags(u32, rootFlags), selector: flags(u32, rootFlags) }),
    ],
    /** Of a dump: only those used within so many milliseconds. */
    timeDelta: [4, unit(u32, "ms")],
  },
);
export interface ActionMessage extends Value<typeof action> {}
