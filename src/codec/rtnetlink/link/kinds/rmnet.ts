/** Links of kind `rmnet`: the multiplexed channels of Qualcomm modems. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { flags, names, u16, u32 } from "../../../schema/scalar.ts";
import { struct } from "../../../schema/struct.ts";

/** Bits of IFLA_RMNET_FLAGS, in iproute2's words. */
export const rmnetFlags = names(
  "RMNET_FLAGS_",
  {
    "ingress-deaggregation": 0x1,
    "ingress-commands": 0x2,
    "ingress-chksumv4": 0x4,
    "egress-chksumv4": 0x8,
    "ingress-chksumv5": 0x10,
    "egress-chksumv5": 0x20,
  },
  {
    "ingress-commands": "INGRESS_MAP_COMMANDS",
    "ingress-chksumv4": "INGRESS_MAP_CKSUMV4",
    "egress-chksumv4": "EGRESS_MAP_CKSUMV4",
    "ingress-chksumv5": "INGRESS_MAP_CKSUMV5",
    "egress-chksumv5": "EGRESS_MAP_CKSUMV5",
  },
);
/** `struct ifla_rmnet_flags`: the flags, and which of them to change. */
export const rmnetFlagsStruct = struct(
  "ifla_rmnet_flags",
  { size: 8 },
  { flags: flags(u32, rmnetFlags), mask: flags(u32, rmnetFlags) },
);

/** IFLA_INFO_DATA of `rmnet` (rmnet_fill_info in drivers/net/ethernet/qualcomm/rmnet/rmnet_config.c). */
export const rmnet = attrs("rmnet", { c: "IFLA_RMNET_" }, { muxId: [1, u16], flags: [2, rmnetFlagsStruct] });
export interface Rmnet extends Value<typeof rmnet> {}
