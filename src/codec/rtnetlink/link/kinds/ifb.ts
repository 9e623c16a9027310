/** Links of kind `ifb`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `ifb`, the device to which ingress traffic is redirected for shaping: none (drivers/net/ifb.c). */
export const ifb = attrs("ifb", { c: "" }, {});
export interface Ifb extends Value<typeof ifb> {}
