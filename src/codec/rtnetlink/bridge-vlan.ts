/** The VLAN database of bridges. @module */
import { attrs, bare, multi } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, device, enumeration, flags, names, time, u8, u16, u32, u64 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";
import { bridgeVlanInfo } from "./link/bridge-spec.ts";
import { bridgeQuerier, multicastRouters } from "./link/kinds/bridge.ts";
import { bridgePortStates } from "./link/kinds/bridge-port.ts";
import { mdbRouter } from "./mdb.ts";

/** What a dump shows: counters too; the options of VLANs instead of their ports (linux/if_bridge.h). */
export const bridgeVlanDumpFlags = names("BRIDGE_VLANDB_DUMPF_", { stats: 0x1, global: 0x2 });

/** `struct br_vlan_msg`: a bridge or one of its ports. */
export const brVlanMsg = struct(
  "br_vlan_msg",
  { size: 8 },
  { family: u8, _pad1: pad(1), _pad2: pad(2), ifindex: device(u32) },
);

/** BRIDGE_VLANDB_ENTRY_TUNNEL_INFO: the tunnel id, such as a VNI, of the first VLAN; those of a range count on. */
export const bridgeVlanTunnelInfo = attrs(
  "bridge_vlan_tunnel_info",
  { c: "BRIDGE_VLANDB_TINFO_" },
  {
    id: [1, u32],
    /** In requests: RTM_SETLINK (19) sets, RTM_DELLINK (17) removes. */
    cmd: [2, u32],
  },
);

export const bridgeVlanStats = attrs(
  "bridge_vlan_stats",
  { c: "BRIDGE_VLANDB_STATS_" },
  { rxBytes: [1, u64], rxPackets: [2, u64], txBytes: [3, u64], txPackets: [4, u64] },
);

/** BRIDGE_VLANDB_ENTRY: VLANs of a port, or of the bridge itself (br_vlan_fill_vids in net/bridge/br_vlan.c). */
export const bridgeVlanEntry = attrs(
  "bridge_vlan_entry",
  { c: "BRIDGE_VLANDB_ENTRY_" },
  {
    info: [1, bridgeVlanInfo],
    /** The last VLAN of a range that `info` begins. */
    range: [2, u16],
    state: [3, enumeration(u8, bridgePortStates)],
    tunnelInfo: [4, bridgeVlanTunnelInfo],
    neighSuppress: [9, bool(u8)],
    mcastRouter: [6, enumeration(u8, multicastRouters)],
    /** Multicast groups. Read only. */
    mcastNGroups: [7, u32],
    /** Limit of the multicast groups; 0: none. */
    mcastMaxGroups: [8, u32],
    stats: [5, bridgeVlanStats],
  },
);
export interface BridgeVlanEntry extends Value<typeof bridgeVlanEntry> {}

// clock_t: 1/100 s whatever the kernel's HZ
const clock = time(u64, "USER_HZ");

/**
 * BRIDGE_VLANDB_GLOBAL_OPTIONS: options of VLANs of a bridge (br_vlan_global_opts_fill in
 * net/bridge/br_vlan_options.c).
 */
export const bridgeVlanOptions = attrs(
  "bridge_vlan_options",
  { c: "BRIDGE_VLANDB_GOPTS_" },
  {
    id: [1, u16],
    /** The last VLAN of a range that `id` begins. */
    range: [2, u16],
    mcastSnooping: [3, bool(u8)],
    mcastIgmpVersion: [4, u8],
    mcastLastMemberCnt: [6, u32],
    mcastStartupQueryCnt: [7, u32],
    mcastQuerier: [15, bool(u8)],
    mcastQuerierState: [17, bridgeQuerier],
    mcastLastMemberIntvl: [8, clock],
    mcastMembershipIntvl: [10, clock],
    mcastQuerierIntvl: [11, clock],
    mcastQueryIntvl: [12, clock],
    mcastQueryResponseIntvl: [13, clock],
    mcastStartupQueryIntvl: [14, clock],
    mcastRouterPorts: [16, attrs("mcast_router_ports", { c: "MDBA_" }, { router: [2, bare(mdbRouter)] })],
    mcastMldVersion: [5, u8],
    /** Spanning tree instance. */
    msti: [18, u16],
  },
);
export interface BridgeVlanOptions extends Value<typeof bridgeVlanOptions> {}

/** RTM_NEWVLAN and RTM_DELVLAN (net/bridge/br_vlan.c). */
export const bridgeVlan = attrs(
  "bridge_vlan",
  { c: "BRIDGE_VLANDB_", head: brVlanMsg },
  { entry: [1, multi(bridgeVlanEntry)], globalOptions: [2, multi(bridgeVlanOptions)] },
);
export interface BridgeVlan extends Value<typeof bridgeVlan> {}

/** RTM_GETVLAN, whose attributes are others than those of the answer. */
export const bridgeVlanRequest = attrs(
  "bridge_vlan_request",
  { c: "BRIDGE_VLANDB_DUMP_", head: brVlanMsg },
  { flags: [1, flags(u32, bridgeVlanDumpFlags)] },
);
export interface BridgeVlanRequest extends Value<typeof bridgeVlanRequest> {}
