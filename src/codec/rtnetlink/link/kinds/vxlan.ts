/** Links of kind `vxlan`. @module */
import { attrs, flag, ipv4, ipv6, orFlag } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, be32, bool, device, enumeration, names, time, u8, u32 } from "../../../schema/scalar.ts";
import { struct } from "../../../schema/struct.ts";

/** The "don't fragment" bit of the outer IPv4 header. */
export const vxlanDf = names("VXLAN_DF_", { unset: 0, set: 1, inherit: 2 });
/** Where the outer IPv6 header's flow label comes from: `label`, or the packet inside. */
export const vxlanLabelPolicies = names("VXLAN_LABEL_", { fixed: 0, inherit: 1 });

/** `struct ifla_vxlan_port_range`: UDP source ports, both included; 0, 0: the system's range. Big endian. */
export const vxlanPortRange = struct("ifla_vxlan_port_range", { size: 4 }, { low: be16, high: be16 });
/** The kernel's struct vxlanhdr, which is not in the UAPI: bits of a VXLAN header. */
export const vxlanHeader = struct("", { size: 8 }, { flags: be32, vni: be32 });

/** IFLA_INFO_DATA of `vxlan` (vxlan_fill_info in drivers/net/vxlan/vxlan_core.c). */
export const vxlan = attrs(
  "vxlan",
  { c: "IFLA_VXLAN_" },
  {
    /** Network identifier, 24 bits, in the host's byte order. */
    id: [1, u32],
    /** Multicast group, or the one remote end. */
    group: [2, ipv4],
    group6: [16, ipv6],
    link: [3, device(u32)],
    local: [4, ipv4],
    local6: [17, ipv6],
    /** 0: the system's default, and 1 for multicast. */
    ttl: [5, u8],
    /**
     * The kernel reports `[0]` or `[1]`, and takes only `[]`, which switches it on: its policy wants a flag (NLA_FLAG), its
     * report is a byte.
     */
    ttlInherit: [28, orFlag(bool(u8))],
    /** 1: inherited from the packet inside. */
    tos: [6, u8],
    df: [29, enumeration(u8, vxlanDf)],
    /** Flow label, 20 bits. Big endian. */
    label: [26, be32],
    labelPolicy: [32, enumeration(u32, vxlanLabelPolicies)],
    learning: [7, bool(u8)],
    proxy: [11, bool(u8)],
    /** Route short circuit. */
    rsc: [12, bool(u8)],
    l2miss: [13, bool(u8)],
    l3miss: [14, bool(u8)],
    /** iproute2's `external`: identifier and addresses come with each packet. */
    collectMetadata: [25, bool(u8)],
    /** Life of learned addresses; 0: for ever. */
    ageing: [8, time(u32, "s")],
    /** Limit of forwarding entries; 0: none. */
    limit: [9, u32],
    /** UDP destination port. Big endian. */
    port: [15, be16],
    udpCsum: [18, bool(u8)],
    udpZeroCsum6Tx: [19, bool(u8)],
    udpZeroCsum6Rx: [20, bool(u8)],
    remcsumTx: [21, bool(u8)],
    remcsumRx: [22, bool(u8)],
    localbypass: [31, bool(u8)],
    portRange: [10, vxlanPortRange],
    /** Group based policy. */
    gbp: [23, flag],
    /** Generic protocol extension. */
    gpe: [27, flag],
    remcsumNopartial: [24, flag],
    /** Identifiers are filtered by those of RTM_NEWTUNNEL; with `collectMetadata` only. */
    vnifilter: [30, bool(u8)],
    /** Header bits which must be zero in what arrives (Linux 6.14). */
    reservedBits: [33, vxlanHeader],
  },
);
export interface Vxlan extends Value<typeof vxlan> {}
