/** Links of kind `bridge`. @module */
import { attrs, flag, ipv4, ipv6, mac } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, bool, device, enumeration, flags, names, time, u8, u16, u32, u64 } from "../../../schema/scalar.ts";
import { etherAddr, struct } from "../../../schema/struct.ts";
import { vlanProtocols } from "./vlan.ts";

/** Who runs the spanning tree: nobody, the kernel, or a daemon (BR_USER_STP, chosen by /sbin/bridge-stp; read only). */
export const bridgeStpStates = names("", { disabled: 0, kernel: 1, user: 2 });
/** Whether there is a multicast router: no, as learned from queries, always, for a while. */
export const multicastRouters = names("MDB_RTR_TYPE_", { disabled: 0, "temp-query": 1, perm: 2, temp: 3 });
/**
 * Bits of IFLA_BR_MULTI_BOOLOPT, in iproute2's words. BR_BOOLOPT_* of linux/if_bridge.h are their numbers (0, 1, 2, …), so
 * these masks have no C names. The last is of Linux 6.18.
 */
export const bridgeOptions = names("", {
  no_linklocal_learn: 0x1,
  mcast_vlan_snooping: 0x2,
  mst_enabled: 0x4,
  fdb_local_vlan_0: 0x8,
});

/** `struct ifla_bridge_id`: C has two bytes for the priority, which are a big-endian number (0x8000 by default). */
export const bridgeId = struct("ifla_bridge_id", { size: 8 }, { prio: be16, addr: etherAddr });
/** `struct br_boolopt_multi`: the options, and which of them to change; the kernel reports a mask of those it knows. */
export const bridgeOptionsStruct = struct(
  "br_boolopt_multi",
  { size: 8 },
  { optval: flags(u32, bridgeOptions), optmask: flags(u32, bridgeOptions) },
);

// bridge timers are clock_t, in u32 or u64
const clock = time(u32, "USER_HZ");
const clock64 = time(u64, "USER_HZ");

/**
 * IFLA_BR_MCAST_QUERIER_STATE: the IGMP and MLD queriers in charge, each with the time for which another one counts as alive
 * and the port behind which that one is (br_multicast_dump_querier_state in net/bridge/br_multicast.c).
 */
export const bridgeQuerier = attrs(
  "bridge_querier",
  { c: "BRIDGE_QUERIER_" },
  {
    ipAddress: [1, ipv4],
    ipOtherTimer: [3, clock64],
    ipPort: [2, device(u32)],
    ipv6Address: [5, ipv6],
    ipv6OtherTimer: [7, clock64],
    ipv6Port: [6, device(u32)],
  },
);
export interface BridgeQuerier extends Value<typeof bridgeQuerier> {}

/**
 * IFLA_INFO_DATA of `bridge` (br_fill_info in net/bridge/br_netlink.c). Times are in 1/100 s; the `…Timer` ones run and are
 * read only.
 */
export const bridge = attrs(
  "bridge",
  { c: "IFLA_BR_" },
  {
    helloTimer: [16, clock64],
    tcnTimer: [17, clock64],
    topologyChangeTimer: [18, clock64],
    gcTimer: [19, clock64],
    /** 2 to 30 s where the spanning tree runs. */
    forwardDelay: [1, clock],
    /** 1 to 10 s. */
    helloTime: [2, clock],
    /** 6 to 40 s where the spanning tree runs. */
    maxAge: [3, clock],
    /** Life of learned addresses; 0: for ever. */
    ageingTime: [4, clock],
    stpState: [5, enumeration(u32, bridgeStpStates)],
    /** Of the bridge in the election of the root. */
    priority: [6, u16],
    vlanFiltering: [7, bool(u8)],
    /** Bit N forwards frames to 01:80:c2:00:00:0N; the kernel refuses bits 0, 1 and 2. */
    groupFwdMask: [9, u16],
    bridgeId: [11, bridgeId],
    rootId: [10, bridgeId],
    rootPort: [12, u16],
    rootPathCost: [13, u32],
    topologyChange: [14, bool(u8)],
    topologyChangeDetected: [15, bool(u8)],
    /** Destination of the spanning tree's frames. */
    groupAddr: [20, mac],
    multiBoolopt: [46, bridgeOptionsStruct],
    /** Learned addresses. Read only. */
    fdbNLearned: [48, u32],
    /** Limit of learned addresses; 0: none. */
    fdbMaxLearned: [49, u32],
    vlanProtocol: [8, enumeration(be16, vlanProtocols)],
    /** 0: ports get no VLAN for untagged frames. */
    vlanDefaultPvid: [39, u16],
    vlanStatsEnabled: [41, bool(u8)],
    vlanStatsPerPort: [45, bool(u8)],
    mcastRouter: [22, enumeration(u8, multicastRouters)],
    mcastSnooping: [23, bool(u8)],
    mcastQueryUseIfaddr: [24, bool(u8)],
    mcastQuerier: [25, bool(u8)],
    mcastStatsEnabled: [42, bool(u8)],
    /** Always 16; ignored when sent. */
    mcastHashElasticity: [26, u32],
    mcastHashMax: [27, u32],
    mcastLastMemberCnt: [28, u32],
    mcastStartupQueryCnt: [29, u32],
    /** 2 or 3. */
    mcastIgmpVersion: [43, u8],
    mcastQuerierState: [47, bridgeQuerier],
    /** 1 or 2. */
    mcastMldVersion: [44, u8],
    mcastLastMemberIntvl: [30, clock64],
    mcastMembershipIntvl: [31, clock64],
    mcastQuerierIntvl: [32, clock64],
    mcastQueryIntvl: [33, clock64],
    mcastQueryResponseIntvl: [34, clock64],
    mcastStartupQueryIntvl: [35, clock64],
    nfCallIptables: [36, bool(u8)],
    nfCallIp6tables: [37, bool(u8)],
    nfCallArptables: [38, bool(u8)],
    /** Forget the learned addresses. */
    fdbFlush: [21, flag],
  },
);
export interface Bridge extends Value<typeof bridge> {}
