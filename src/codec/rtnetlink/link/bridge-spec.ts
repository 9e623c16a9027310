/** VLANs, redundancy and spanning trees of a bridge's port, as links of family AF_BRIDGE carry them. @module */
import { attrs, bare, multi } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, flags, names, u8, u16, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { bridgeCfm } from "./bridge-cfm.ts";
import { bridgeMrp } from "./bridge-mrp.ts";
import { bridgePortStates } from "./kinds/bridge-port.ts";

/** Whom a request is for: the bridge above the port, the port's own device, or both (linux/if_bridge.h). */
export const bridgeFlags = names("BRIDGE_FLAGS_", { master: 0x1, self: 0x2 });
/** Whether the hardware switches between its own ports (veb) or leaves it to the next switch (vepa). */
export const bridgeModes = names("BRIDGE_MODE_", { veb: 0, vepa: 1, undef: 0xffff });
/** Bits of IFLA_BRIDGE_VLAN_INFO and of the VLAN database. */
export const bridgeVlanFlags = names("BRIDGE_VLAN_INFO_", {
  master: 0x1,
  pvid: 0x2,
  untagged: 0x4,
  range_begin: 0x8,
  range_end: 0x10,
  brentry: 0x20,
  only_opts: 0x40,
});

/** `struct bridge_vlan_info`. A range is two of these: one with `range_begin` and one with `range_end`. */
export const bridgeVlanInfo = struct("bridge_vlan_info", { size: 4 }, { flags: flags(u16, bridgeVlanFlags), vid: u16 });
export interface BridgeVlanInfo extends Value<typeof bridgeVlanInfo> {}

/**
 * IFLA_BRIDGE_VLAN_TUNNEL_INFO: the tunnel id, such as a VNI, that a VLAN is mapped to; ranges as in {@link
 * bridgeVlanInfo}.
 */
export const bridgeVlanTunnel = attrs(
  "bridge_vlan_tunnel",
  { c: "IFLA_BRIDGE_VLAN_TUNNEL_" },
  { id: [1, u32], vid: [2, u16], flags: [3, flags(u16, bridgeVlanFlags)] },
);

/** IFLA_BRIDGE_MST_ENTRY: the port's state in one spanning tree instance. */
export const bridgeMstEntry = attrs(
  "bridge_mst_entry",
  { c: "IFLA_BRIDGE_MST_ENTRY_" },
  { msti: [1, u16], state: [2, enumeration(u8, bridgePortStates)] },
);
const bridgeMst = attrs("bridge_mst", { c: "IFLA_BRIDGE_MST_" }, { entry: [1, multi(bridgeMstEntry)] });

/**
 * IFLA_AF_SPEC of links in family AF_BRIDGE (br_fill_ifinfo in net/bridge/br_netlink.c, and for devices that switch in
 * hardware ndo_dflt_bridge_getlink in net/core/rtnetlink.c). What is reported is chosen by IFLA_EXT_MASK.
 */
export const bridgeSpec = attrs(
  "bridge_spec",
  { c: "IFLA_BRIDGE_" },
  {
    flags: [0, flags(u16, bridgeFlags)],
    mode: [1, enumeration(u16, bridgeModes)],
    vlanInfo: [2, multi(bridgeVlanInfo)],
    vlanTunnelInfo: [3, multi(bare(bridgeVlanTunnel))],
    // Rings and the entries of `mst` are reported without NLA_F_NESTED, but refused without it: br_mrp_parse and
    // br_mst_process call nla_parse_nested. So they have it here, and what the kernel sends remembers its form.
    mrp: [4, bridgeMrp],
    cfm: [5, bridgeCfm],
    mst: [6, bridgeMst],
  },
);
export interface BridgeSpec extends Value<typeof bridgeSpec> {}
