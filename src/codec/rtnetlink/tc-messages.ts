/** Messages of traffic control: the schema of each type. @module */

import { action } from "../tc/action.ts";
import { tclass } from "../tc/class.ts";
import { chain, filter } from "../tc/filter.ts";
import { qdisc } from "../tc/qdisc.ts";
import { messageTable } from "./nouns.ts";

export const tcMessages = /* @__PURE__ */ messageTable([
  [qdisc, "newqdisc", "delqdisc", "getqdisc"],
  [tclass, "newtclass", "deltclass", "gettclass"],
  [filter, "newtfilter", "deltfilter", "gettfilter"],
  [chain, "newchain", "delchain", "getchain"],
  [action, "newaction", "delaction", "getaction"],
]);
