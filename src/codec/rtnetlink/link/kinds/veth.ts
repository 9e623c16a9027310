/** Links of kind `veth`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { peer } from "./peer.ts";

/** IFLA_INFO_DATA of `veth` (linux/veth.h), on creation only: the kernel reports none. */
export const veth = attrs("veth", { c: "VETH_INFO_" }, { peer: [1, peer()] });
export interface Veth extends Value<typeof veth> {}
