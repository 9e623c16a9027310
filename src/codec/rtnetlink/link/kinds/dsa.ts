/** Links of kind `dsa`: the user ports of a switch chip. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { device, u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `dsa` (dsa_fill_info in net/dsa/netlink.c): the host's device to the switch, once called `master`. */
export const dsa = attrs("dsa", { c: "IFLA_DSA_" }, { conduit: [1, device(u32)] });
export interface Dsa extends Value<typeof dsa> {}
