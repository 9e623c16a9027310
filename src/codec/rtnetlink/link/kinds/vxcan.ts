/** Links of kind `vxcan`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { peer } from "./peer.ts";

/** IFLA_INFO_DATA of `vxcan`, a pair of CAN devices (linux/can/vxcan.h), on creation only: the kernel reports none. */
export const vxcan = attrs("vxcan", { c: "VXCAN_INFO_" }, { peer: [1, peer()] });
export interface Vxcan extends Value<typeof vxcan> {}
