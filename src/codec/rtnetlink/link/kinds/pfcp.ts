/** Links of kind `pfcp`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `pfcp`, the control plane of GTP user planes: none (drivers/net/pfcp.c). */
export const pfcp = attrs("pfcp", { c: "" }, {});
export interface Pfcp extends Value<typeof pfcp> {}
