/** Virtual functions of an SR-IOV device. @module */
import { attrs, bare, multi } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be16, enumeration, names, u32, u64, unit } from "../../schema/scalar.ts";
import { byteArray, struct } from "../../schema/struct.ts";
import { vlanProtocols } from "./kinds/vlan.ts";

/** Whether a virtual function's link follows the physical one's, or is always up, or down. */
export const vfLinkStates = names("IFLA_VF_LINK_STATE_", { auto: 0, enable: 1, disable: 2 });

// `vf` counts the virtual functions from 0, everywhere.
/** `struct ifla_vf_mac`: as many bytes of `mac` as the device's addresses have, zeros behind them. */
export const vfMac = struct("ifla_vf_mac", { size: 36 }, { vf: u32, mac: byteArray(32) });
/** `struct ifla_vf_broadcast`, likewise. */
export const vfBroadcast = struct("ifla_vf_broadcast", { size: 32 }, { broadcast: byteArray(32) });
/** `struct ifla_vf_vlan`: VLAN 0 means none. */
export const vfVlan = struct("ifla_vf_vlan", { size: 12 }, { vf: u32, vlan: u32, qos: u32 });
/** `struct ifla_vf_vlan_info`: {@link vfVlan} and the protocol of the tag. */
export const vfVlanInfo = struct(
  "ifla_vf_vlan_info",
  { size: 16 },
  { vf: u32, vlan: u32, qos: u32, vlanProto: enumeration(be16, vlanProtocols) },
);
/** `struct ifla_vf_tx_rate`: 0 means no limit. */
export const vfTxRate = struct("ifla_vf_tx_rate", { size: 8 }, { vf: u32, rate: unit(u32, "Mbit/s") });
/** `struct ifla_vf_rate`: what is guaranteed and what is allowed; 0 means neither. */
export const vfRate = struct(
  "ifla_vf_rate",
  { size: 12 },
  { vf: u32, minTxRate: unit(u32, "Mbit/s"), maxTxRate: unit(u32, "Mbit/s") },
);
/** `struct ifla_vf_spoofchk`: 0 or 1, or 0xffffffff where the driver does not say. */
export const vfSpoofchk = struct("ifla_vf_spoofchk", { size: 8 }, { vf: u32, setting: u32 });
/** `struct ifla_vf_link_state`. */
export const vfLinkState = struct(
  "ifla_vf_link_state",
  { size: 8 },
  { vf: u32, linkState: enumeration(u32, vfLinkStates) },
);
/** `struct ifla_vf_rss_query_en`: whether the function may read the RSS table; as {@link vfSpoofchk}. */
export const vfRssQueryEn = struct("ifla_vf_rss_query_en", { size: 8 }, { vf: u32, setting: u32 });
/**
 * `struct ifla_vf_trust`: whether the function may do what harms others, such as promiscuity; as {@link vfSpoofchk}.
 */
export const vfTrust = struct("ifla_vf_trust", { size: 8 }, { vf: u32, setting: u32 });
/** `struct ifla_vf_guid`, of InfiniBand. */
export const vfGuid = struct("ifla_vf_guid", { size: 16 }, { vf: u32, guid: u64 });

/** IFLA_VF_STATS. */
export const vfStats = attrs(
  "vf_stats",
  { c: "IFLA_VF_STATS_" },
  {
    rxPackets: [0, u64],
    txPackets: [1, u64],
    rxBytes: [2, u64],
    txBytes: [3, u64],
    broadcast: [4, u64],
    multicast: [5, u64],
    rxDropped: [7, u64],
    txDropped: [8, u64],
  },
);
export interface VfStats extends Value<typeof vfStats> {}

/** IFLA_VF_VLAN_LIST: of one entry so far (MAX_VLAN_LIST_LEN). */
export const vfVlanList = attrs("vf_vlan_list", { c: "IFLA_VF_VLAN_" }, { info: [1, multi(vfVlanInfo)] });

/** IFLA_VF_INFO: one virtual function (rtnl_fill_vfinfo in net/core/rtnetlink.c). */
export const vfInfo = attrs(
  "vf_info",
  { c: "IFLA_VF_" },
  {
    mac: [1, vfMac],
    broadcast: [13, vfBroadcast],
    vlan: [2, vfVlan],
    rate: [6, vfRate],
    /** The older form of `rate`, without the minimum. */
    txRate: [3, vfTxRate],
    spoofchk: [4, vfSpoofchk],
    linkState: [5, vfLinkState],
    rssQueryEn: [7, vfRssQueryEn],
    trust: [9, vfTrust],
    ibNodeGuid: [10, vfGuid],
    ibPortGuid: [11, vfGuid],
    vlanList: [12, bare(vfVlanList)],
    stats: [8, bare(vfStats)],
  },
);
export interface VfInfo extends Value<typeof vfInfo> {}

/** IFLA_VFINFO_LIST. Only reported to requests whose IFLA_EXT_MASK has `vf`. */
export const vfinfoList = attrs("vfinfo_list", { c: "IFLA_VF_" }, { info: [1, multi(bare(vfInfo))] });
export interface VfinfoList extends Value<typeof vfinfoList> {}
