/** Links of kind `vrf`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `vrf` (vrf_fillinfo in drivers/net/vrf.c): its routing table. */
export const vrf = attrs("vrf", { c: "IFLA_VRF_" }, { table: [1, u32] });
export interface Vrf extends Value<typeof vrf> {}
