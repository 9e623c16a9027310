/** Links of kind `ovpn`: OpenVPN's data channel. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { enumeration, names, u8 } from "../../../schema/scalar.ts";

/** One peer, or many. */
export const ovpnModes = names("OVPN_MODE_", { p2p: 0, mp: 1 });

/** IFLA_INFO_DATA of `ovpn` (ovpn_fill_info in drivers/net/ovpn/main.c), Linux 6.16 and later. */
export const ovpn = attrs("ovpn", { c: "IFLA_OVPN_" }, { mode: [1, enumeration(u8, ovpnModes)] });
export interface Ovpn extends Value<typeof ovpn> {}
