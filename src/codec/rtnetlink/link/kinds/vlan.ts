/** Links of kind `vlan`. @module */
import { attrs, bare, multi } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, enumeration, flags, names, u16, u32 } from "../../../schema/scalar.ts";
import { struct } from "../../../schema/struct.ts";

/** Ethertypes of VLAN tags: customer (802.1q) and service (802.1ad). */
export const vlanProtocols = names(
  "ETH_P_",
  { "802.1q": 0x8100, "802.1ad": 0x88a8 },
  { "802.1q": "8021Q", "802.1ad": "8021AD" },
);
/** Bits of IFLA_VLAN_FLAGS (linux/if_vlan.h). */
export const vlanFlags = names("VLAN_FLAG_", {
  reorder_hdr: 0x1,
  gvrp: 0x2,
  loose_binding: 0x4,
  mvrp: 0x8,
  bridge_binding: 0x10,
});

/** `struct ifla_vlan_flags`: the flags, and which of them to change; the kernel reports a mask of all ones. */
export const vlanFlagsStruct = struct(
  "ifla_vlan_flags",
  { size: 8 },
  { flags: flags(u32, vlanFlags), mask: flags(u32, vlanFlags) },
);
/**
 * `struct ifla_vlan_qos_mapping`: on egress from the packet's priority to the tag's (0…7), on ingress from the tag's to the
 * packet's.
 */
export const vlanQosMapping = struct("ifla_vlan_qos_mapping", { size: 8 }, { from: u32, to: u32 });
const vlanQos = attrs("vlan_qos", { c: "IFLA_VLAN_QOS_" }, { mapping: [1, multi(vlanQosMapping)] });

/** IFLA_INFO_DATA of `vlan` (vlan_fill_info in net/8021q/vlan_netlink.c). */
export const vlan = attrs(
  "vlan",
  { c: "IFLA_VLAN_" },
  {
    protocol: [5, enumeration(be16, vlanProtocols)],
    /** 0…4094. */
    id: [1, u16],
    flags: [2, vlanFlagsStruct],
    ingressQos: [4, bare(vlanQos)],
    egressQos: [3, bare(vlanQos)],
  },
);
export interface Vlan extends Value<typeof vlan> {}
