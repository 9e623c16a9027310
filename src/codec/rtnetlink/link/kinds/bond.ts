/** Links of kind `bond`. @module */
import { attrs, bare, indexed, ipv4, ipv6, mac } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, device, enumeration, names, time, u8, u16, u32 } from "../../../schema/scalar.ts";

// Words of iproute2 and of the kernel's bond_opts tables, which are the same. Only modes and hash policies have numbers with
// names in linux/if_bonding.h.
export const bondModes = names(
  "BOND_MODE_",
  {
    "balance-rr": 0,
    "active-backup": 1,
    "balance-xor": 2,
    broadcast: 3,
    "802.3ad": 4,
    "balance-tlb": 5,
    "balance-alb": 6,
  },
  {
    "balance-rr": "ROUNDROBIN",
    "active-backup": "ACTIVEBACKUP",
    "balance-xor": "XOR",
    "802.3ad": "8023AD",
    "balance-tlb": "TLB",
    "balance-alb": "ALB",
  },
);
export const bondXmitHashPolicies = names(
  "BOND_XMIT_POLICY_",
  { layer2: 0, "layer3+4": 1, "layer2+3": 2, "encap2+3": 3, "encap3+4": 4, "vlan+srcmac": 5 },
  {
    "layer3+4": "LAYER34",
    "layer2+3": "LAYER23",
    "encap2+3": "ENCAP23",
    "encap3+4": "ENCAP34",
    "vlan+srcmac": "VLAN_SRCMAC",
  },
);
/** Which ARP and neighbour discovery traffic proves that a device works. Bits: 1 active, 2 backup, 4 filter. */
export const bondArpValidate = names("", {
  none: 0,
  active: 1,
  backup: 2,
  all: 3,
  filter: 4,
  filter_active: 5,
  filter_backup: 6,
});
export const bondArpAllTargets = names("", { any: 0, all: 1 });
export const bondPrimaryReselect = names("", { always: 0, better: 1, failure: 2 });
export const bondFailOverMac = names("", { none: 0, active: 1, follow: 2 });
export const bondLacpRates = names("", { slow: 0, fast: 1 });
/** `actor_port_prio` is of Linux 6.18. */
export const bondAdSelect = names("", { stable: 0, bandwidth: 1, count: 2, actor_port_prio: 3 });

const ms = time(u32, "ms");

/** IFLA_BOND_AD_INFO: the active aggregator of mode `802.3ad`. Read only. */
export const bondAdInfo = attrs(
  "bond_ad_info",
  { c: "IFLA_BOND_AD_INFO_" },
  {
    aggregator: [1, u16],
    numPorts: [2, u16],
    actorKey: [3, u16],
    partnerKey: [4, u16],
    partnerMac: [5, mac],
  },
);
export interface BondAdInfo extends Value<typeof bondAdInfo> {}

/** IFLA_INFO_DATA of `bond` (bond_fill_info in drivers/net/bonding/bond_netlink.c). */
export const bond = attrs(
  "bond",
  { c: "IFLA_BOND_" },
  {
    /** Can be changed only while the bond is down and empty. */
    mode: [1, enumeration(u8, bondModes)],
    activeSlave: [2, device(u32)],
    /** Interval of link monitoring. Excludes `arpInterval`. */
    miimon: [3, ms],
    /** Rounded down to a multiple of `miimon`, as are the next two. */
    updelay: [4, ms],
    downdelay: [5, ms],
    peerNotifDelay: [28, ms],
    useCarrier: [6, bool(u8)],
    arpInterval: [7, ms],
    /** Up to 16. */
    arpIpTarget: [8, bare(indexed(ipv4, 0))],
    arpValidate: [9, enumeration(u32, bondArpValidate)],
    arpAllTargets: [10, enumeration(u32, bondArpAllTargets)],
    /** Up to 16: targets of neighbour solicitations at `arpInterval`. */
    nsIp6Target: [31, indexed(ipv6, 0)],
    primary: [11, device(u32)],
    primaryReselect: [12, enumeration(u8, bondPrimaryReselect)],
    failOverMac: [13, enumeration(u8, bondFailOverMac)],
    xmitHashPolicy: [14, enumeration(u8, bondXmitHashPolicies)],
    /** IGMP reports sent after a failover, one each 200 ms. */
    resendIgmp: [15, u32],
    /** Gratuitous ARPs and unsolicited neighbour advertisements after a failover. */
    numPeerNotif: [16, u8],
    /** Duplicates that arrive on backup devices are delivered. */
    allSlavesActive: [17, bool(u8)],
    minLinks: [18, u32],
    /** Between the learning packets of balance-tlb and balance-alb. */
    lpInterval: [19, time(u32, "s")],
    /** 0: at random. */
    packetsPerSlave: [20, u32],
    adLacpActive: [29, bool(u8)],
    adLacpRate: [21, enumeration(u8, bondLacpRates)],
    adSelect: [22, enumeration(u8, bondAdSelect)],
    tlbDynamicLb: [27, bool(u8)],
    /** Unanswered ARP probes after which a device counts as down. */
    missedMax: [30, u8],
    /** Collecting and distributing start together, as before Linux 6.9. */
    coupledControl: [32, bool(u8)],
    /** This and the next two: only in mode 802.3ad and to readers with CAP_NET_ADMIN. */
    adActorSysPrio: [24, u16],
    adUserPortKey: [25, u16],
    adActorSystem: [26, mac],
    adInfo: [23, bare(bondAdInfo)],
  },
);
export interface Bond extends Value<typeof bond> {}
