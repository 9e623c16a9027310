/** Classes. @module */
import { attrs, bytes, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { shownClassKinds } from "./class-kinds.ts";
import { optionsByKind } from "./qdisc.ts";
import { classStats, gnetEstimator, tcStats } from "./stats.ts";
import { tcmsg } from "./tcmsg.ts";

const { xstats, stats2 } = /* @__PURE__ */ classStats(shownClassKinds);

/** RTM_NEWTCLASS, RTM_DELTCLASS, RTM_GETTCLASS (tc_fill_tclass of net/sched/sch_api.c). `info` is the leaf qdisc's handle. */
export const tclass = attrs(
  "tclass",
  { c: "TCA_", head: tcmsg },
  {
    kind: [1, string],
    options: [2, /* @__PURE__ */ optionsByKind(shownClassKinds)],
    stats2: [7, stats2],
    stats: [3, tcStats],
    xstats: [4, xstats],
    extWarnMsg: [16, string],
    rate: [5, gnetEstimator],
    fcnt: [6, bytes],
  },
);
export interface TClass extends Value<typeof tclass> {}
