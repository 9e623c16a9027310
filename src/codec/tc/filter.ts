/** Filters, and the chains that they stand in. @module */
import { attrs, bare, bytes, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { u32 } from "../schema/scalar.ts";
import { dumpFlagsBitfield } from "./dump-flags.ts";
import { filterKinds } from "./filter-kinds.ts";
import { optionsByKind } from "./qdisc.ts";
import { gnetEstimator, tcStats, tcStats2 } from "./stats.ts";
import { tcmsg } from "./tcmsg.ts";

const kind = [1, string] as const;
const chainNumber = [11, u32] as const;
const rest = {
  options: [2, /* @__PURE__ */ optionsByKind(filterKinds)],
  stats2: [7, bare(tcStats2)],
  stats: [3, tcStats],
  xstats: [4, bytes],
  extWarnMsg: [16, string],
  rate: [5, gnetEstimator],
  dumpFlags: [15, dumpFlagsBitfield],
} as const;

/** RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER (tcf_fill_node of net/sched/cls_api.c). `info`: see `filterInfo`. */
export const filter = attrs("filter", { c: "TCA_", head: tcmsg }, { kind, chain: chainNumber, ...rest });
export interface Filter extends Value<typeof filter> {}

/** RTM_NEWCHAIN, RTM_DELCHAIN, RTM_GETCHAIN (tc_chain_fill_node): `options` are those of a template. */
export const chain = attrs("chain", { c: "TCA_", head: tcmsg }, { chain: chainNumber, kind, ...rest });
export interface Chain extends Value<typeof chain> {}
