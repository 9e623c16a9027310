/** Links of kind `netkit`. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, enumeration, names, u8, u32 } from "../../../schema/scalar.ts";
import { peer } from "./peer.ts";

/** Layer of the packets; in `l3` the devices have no link-layer address. */
export const netkitModes = names("NETKIT_", { l2: 0, l3: 1 });
/** What befalls a packet when no BPF program is attached, in iproute2's words. */
export const netkitPolicies = names("NETKIT_", { forward: 0, blackhole: 2 }, { forward: "PASS", blackhole: "DROP" });
/** Whether mark and priority are cleared on the way into another namespace. */
export const netkitScrub = names("NETKIT_SCRUB_", { none: 0, default: 1 });

/** IFLA_INFO_DATA of `netkit`, the pair of devices made for BPF (netkit_fill_info in drivers/net/netkit.c). */
export const netkit = attrs(
  "netkit",
  { c: "IFLA_NETKIT_" },
  {
    /** This end was named first on creation, and alone may change policy and mode. */
    primary: [2, bool(u8)],
    policy: [3, enumeration(u32, netkitPolicies)],
    mode: [5, enumeration(u32, netkitModes)],
    scrub: [6, enumeration(u32, netkitScrub)],
    peerPolicy: [4, enumeration(u32, netkitPolicies)],
    peerScrub: [7, enumeration(u32, netkitScrub)],
    peerInfo: [1, peer()],
  },
);
export interface Netkit extends Value<typeof netkit> {}
