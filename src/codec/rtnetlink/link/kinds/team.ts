/** Links of kind `team`, and their ports. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/**
 * IFLA_INFO_DATA of `team`, and IFLA_INFO_SLAVE_DATA of its ports: none; teamd speaks the generic netlink family `team`
 * (drivers/net/team/team_core.c).
 */
export const team = attrs("team", { c: "" }, {});
export interface Team extends Value<typeof team> {}
