/** Alternative names of a link. @module */
import { attrs, multi, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";

/**
 * IFLA_PROP_LIST, in links and in RTM_NEWLINKPROP and RTM_DELLINKPROP (rtnl_fill_prop_list in net/core/rtnetlink.c).
 */
export const propList = attrs("prop_list", { c: "IFLA_" }, { altIfname: [53, multi(string)] });
export interface PropList extends Value<typeof propList> {}
