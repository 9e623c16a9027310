/** Devices enslaved to a `vrf`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_SLAVE_DATA of `vrf` (vrf_fill_slave_info in drivers/net/vrf.c): the table of the vrf. Read only. */
export const vrfSlave = attrs("vrf_slave", { c: "IFLA_VRF_PORT_" }, { table: [1, u32] });
export interface VrfSlave extends Value<typeof vrfSlave> {}
