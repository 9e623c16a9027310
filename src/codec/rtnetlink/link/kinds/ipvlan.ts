/** Links of the kinds `ipvlan` and `ipvtap`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { enumeration, flags, names, u16 } from "../../../schema/scalar.ts";

/** Modes: where packets are switched and which netfilter hooks see them. */
export const ipvlanModes = names("IPVLAN_MODE_", { l2: 0, l3: 1, l3s: 2 });
/** Bits of IFLA_IPVLAN_FLAGS; neither set is what iproute2 calls `bridge`. */
export const ipvlanFlags = names("IPVLAN_F_", { private: 1, vepa: 2 });

/** IFLA_INFO_DATA of `ipvlan` and `ipvtap` (ipvlan_nl_fillinfo in drivers/net/ipvlan/ipvlan_main.c). */
export const ipvlan = attrs(
  "ipvlan",
  { c: "IFLA_IPVLAN_" },
  { mode: [1, enumeration(u16, ipvlanModes)], flags: [2, flags(u16, ipvlanFlags)] },
);
export interface Ipvlan extends Value<typeof ipvlan> {}
