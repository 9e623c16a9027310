/** Statistics of links, as RTM_GETSTATS chooses them: only what is asked for. @module */
import { attrs, bare, multi } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, device, flags, names, u8, u16, u32, u64 } from "../schema/scalar.ts";
import { list, pad, struct } from "../schema/struct.ts";
import { bridgeVlanFlags } from "./link/bridge-spec.ts";
import { linkStats64 } from "./link/stats.ts";

/** Bits of `filter_mask`: IFLA_STATS_FILTER_BIT of IFLA_STATS_* in linux/if_link.h. */
export const statsGroups = names("", {
  link_64: 0x1,
  link_xstats: 0x2,
  link_xstats_slave: 0x4,
  link_offload_xstats: 0x8,
  af_spec: 0x10,
});
/** Bits of the filter for IFLA_STATS_LINK_OFFLOAD_XSTATS: IFLA_STATS_FILTER_BIT of IFLA_OFFLOAD_XSTATS_*. */
export const offloadStatsGroups = names("", { cpu_hit: 0x1, hw_s_info: 0x2, l3_stats: 0x4 });

/**
 * `struct if_stats_msg` of linux/if_link.h: of all links if `ifindex` is 0. The answer repeats the mask of its request.
 */
export const ifStatsMsg = struct(
  "if_stats_msg",
  { size: 12 },
  { family: u8, _pad1: pad(1), _pad2: pad(2), ifindex: device(u32), filterMask: flags(u32, statsGroups) },
);

/** `struct bridge_vlan_xstats` of linux/if_bridge.h; `flags` says with `brentry` that it is of the bridge itself. */
export const bridgeVlanXstats = struct(
  "bridge_vlan_xstats",
  { size: 40 },
  {
    rxBytes: u64,
    rxPackets: u64,
    txBytes: u64,
    txPackets: u64,
    vid: u16,
    flags: flags(u16, bridgeVlanFlags),
    _pad2: pad(4),
  },
);
export interface BridgeVlanXstats extends Value<typeof bridgeVlanXstats> {}

const directions = list(u64, 2);
/** `struct br_mcast_stats` of linux/if_bridge.h: IGMP and MLD packets, pairs of received and sent. */
export const bridgeMcastStats = struct(
  "br_mcast_stats",
  { size: 240 },
  {
    igmpV1queries: directions,
    igmpV2queries: directions,
    igmpV3queries: directions,
    igmpLeaves: directions,
    igmpV1reports: directions,
    igmpV2reports: directions,
    igmpV3reports: directions,
    igmpParseErrors: u64,
    mldV1queries: directions,
    mldV2queries: directions,
    mldLeaves: directions,
    mldV1reports: directions,
    mldV2reports: directions,
    mldParseErrors: u64,
    mcastBytes: directions,
    mcastPackets: directions,
  },
);
export interface BridgeMcastStats extends Value<typeof bridgeMcastStats> {}

/**
 * `struct bridge_stp_xstats` of linux/if_bridge.h: how often a port began to block and to forward, and STP's packets.
 */
export const bridgeStpXstats = struct(
  "bridge_stp_xstats",
  { size: 48 },
  { transitionBlk: u64, transitionFwd: u64, rxBpdu: u64, txBpdu: u64, rxTcn: u64, txTcn: u64 },
);

/** LINK_XSTATS_TYPE_BRIDGE (br_fill_linkxstats in net/bridge/br_netlink.c). */
export const bridgeXstats = attrs(
  "bridge_xstats",
  { c: "BRIDGE_XSTATS_" },
  { vlan: [1, multi(bridgeVlanXstats)], mcast: [2, bridgeMcastStats], stp: [4, bridgeStpXstats] },
);
export interface BridgeXstats extends Value<typeof bridgeXstats> {}

/** BOND_XSTATS_3AD: packets of LACP (bond_3ad_stats_fill in drivers/net/bonding/bond_3ad.c). */
export const bond3adStats = attrs(
  "bond_3ad_stats",
  { c: "BOND_3AD_STAT_" },
  {
    lacpduRx: [0, u64],
    lacpduTx: [1, u64],
    lacpduUnknownRx: [2, u64],
    lacpduIllegalRx: [3, u64],
    markerRx: [4, u64],
    markerTx: [5, u64],
    markerRespRx: [6, u64],
    markerRespTx: [7, u64],
    markerUnknownRx: [8, u64],
  },
);
export interface Bond3adStats extends Value<typeof bond3adStats> {}
/** LINK_XSTATS_TYPE_BOND; empty in other modes than 802.3ad. */
export const bondXstats = attrs("bond_xstats", { c: "BOND_XSTATS_" }, { ad: [1, bare(bond3adStats), "3AD"] });

/** IFLA_STATS_LINK_XSTATS and IFLA_STATS_LINK_XSTATS_SLAVE: by the kind of the link, and of its master. */
export const linkXstatsSet = attrs(
  "link_xstats",
  { c: "LINK_XSTATS_TYPE_" },
  { bridge: [1, bare(bridgeXstats)], bond: [2, bare(bondXstats)] },
);
export interface LinkXstatsSet extends Value<typeof linkXstatsSet> {}

/** `struct rtnl_hw_stats64` of linux/if_link.h: what the hardware forwarded, past the CPU. */
export const hwStats64 = struct(
  "rtnl_hw_stats64",
  { size: 72 },
  {
    rxPackets: u64,
    txPackets: u64,
    rxBytes: u64,
    txBytes: u64,
    rxErrors: u64,
    txErrors: u64,
    rxDropped: u64,
    txDropped: u64,
    multicast: u64,
  },
);

/** IFLA_OFFLOAD_XSTATS_HW_S_INFO: of one kind of the hardware's counters. */
export const hwStatsInfo = attrs(
  "hw_s_info",
  { c: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_" },
  {
    /** Somebody wants the counters, */
    request: [1, bool(u8)],
    /** and a driver keeps them. */
    used: [2, bool(u8)],
  },
);

/**
 * IFLA_STATS_LINK_OFFLOAD_XSTATS: what passed the CPU although the hardware forwards, and what the hardware forwarded.
 */
export const offloadXstats = attrs(
  "offload_xstats",
  { c: "IFLA_OFFLOAD_XSTATS_" },
  {
    cpuHit: [1, linkStats64],
    hwSInfo: [2, attrs("hw_s_infos", { c: "IFLA_OFFLOAD_XSTATS_" }, { l3Stats: [3, hwStatsInfo] })],
    l3Stats: [3, hwStats64],
  },
);
export interface OffloadXstats extends Value<typeof offloadXstats> {}

/** `struct mpls_link_stats` of linux/mpls.h; `rxNoroute` counts packets with a label that has no route. */
export const mplsLinkStats = struct(
  "mpls_link_stats",
  { size: 72 },
  {
    rxPackets: u64,
    txPackets: u64,
    rxBytes: u64,
    txBytes: u64,
    rxErrors: u64,
    txErrors: u64,
    rxDropped: u64,
    txDropped: u64,
    rxNoroute: u64,
  },
);
const mplsStats = attrs("mpls_stats", { c: "MPLS_STATS_" }, { link: [1, mplsLinkStats] });

/** RTM_NEWSTATS (rtnl_fill_statsinfo in net/core/rtnetlink.c). */
export const stats = attrs(
  "stats",
  { c: "IFLA_STATS_", head: ifStatsMsg },
  {
    link64: [1, linkStats64, "LINK_64"],
    linkXstats: [2, bare(linkXstatsSet)],
    linkXstatsSlave: [3, bare(linkXstatsSet)],
    linkOffloadXstats: [4, bare(offloadXstats)],
    /** By address family. */
    afSpec: [5, bare(attrs("stats_af_spec", { c: "" }, { mpls: [28, bare(mplsStats)] }))],
  },
);
export interface Stats extends Value<typeof stats> {}

/** RTM_GETSTATS and RTM_SETSTATS, whose attributes are others than those of the answer. */
export const statsRequest = attrs(
  "stats_request",
  { c: "IFLA_STATS_", head: ifStatsMsg },
  {
    /** For each group of `filterMask`, which of its parts: a mask of what counts from 1 in it. */
    getFilters: [
      1,
      attrs(
        "stats_filters",
        { c: "IFLA_STATS_" },
        {
          link64: [1, u32, "LINK_64"],
          linkXstats: [2, u32],
          linkXstatsSlave: [3, u32],
          linkOffloadXstats: [4, flags(u32, offloadStatsGroups)],
          afSpec: [5, u32],
        },
      ),
    ],
    /** Whether the hardware is to count. */
    setOffloadXstatsL3Stats: [2, bool(u8)],
  },
);
export interface StatsRequest extends Value<typeof statsRequest> {}
