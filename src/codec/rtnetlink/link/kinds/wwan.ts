/** Links of kind `wwan`: the data channels of a modem. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `wwan` (wwan_rtnl_fill_info in drivers/net/wwan/wwan_core.c). */
export const wwan = attrs("wwan", { c: "IFLA_WWAN_" }, { linkId: [1, u32] });
export interface Wwan extends Value<typeof wwan> {}
