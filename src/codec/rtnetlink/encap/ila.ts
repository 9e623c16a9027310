/** Identifier-locator addressing. @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be64, device, enumeration, flags, names, s32, u8, u32 } from "../../schema/scalar.ts";

/** How the transport checksum survives the change of address, in iproute2's words. */
export const ilaChecksumModes = names(
  "ILA_CSUM_",
  { "adj-transport": 0, "neutral-map": 1, "no-action": 2, "neutral-map-auto": 3 },
  { "adj-transport": "ADJUST_TRANSPORT" },
);

export const ilaIdentifierTypes = names("ILA_ATYPE_", {
  iid: 0,
  luid: 1,
  "virt-v4": 2,
  "virt-uni-v6": 3,
  "virt-multi-v6": 4,
  "nonlocal-addr": 5,
  "rsvd-1": 6,
  "rsvd-2": 7,
  "use-format": 32,
});

export const ilaHooks = names("ILA_HOOK_ROUTE_", { output: 0, input: 1 });

export const ilaDirections = names("ILA_DIR_", { in: 1, out: 2 });

/**
 * LWTUNNEL_ENCAP_ILA (ila_fill_encap_info): the attributes of the generic netlink family `ila`, of which a route has the first four.
 * Locators and identifiers are the upper and the lower halves of IPv6 addresses.
 */
export const ilaEncap = attrs(
  "ilaEncap",
  { c: "ILA_ATTR_" },
  {
    locator: [1, be64],
    csumMode: [7, enumeration(u8, ilaChecksumModes)],
    identType: [8, enumeration(u8, ilaIdentifierTypes)],
    hookType: [9, enumeration(u8, ilaHooks)],
    identifier: [2, be64],
    locatorMatch: [3, be64],
    ifindex: [4, device(s32)],
    dir: [5, flags(u32, ilaDirections)],
  },
);
export interface IlaEncap extends Value<typeof ilaEncap> {}
