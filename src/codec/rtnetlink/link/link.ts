/** Links: network devices. @module */
import { attrs, bare, bytes, lazy, mac, select, string, uint } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { bool, device, enumeration, flags, s32, u8, u16, u32, unit } from "../../schema/scalar.ts";
import { pad, struct } from "../../schema/struct.ts";
import { afSpec } from "./af-spec.ts";
import { bridgeSpec } from "./bridge-spec.ts";
import { devlinkPort, dpllPin } from "./devlink-port.ts";
import { linkEvents, linkFilters, linkFlags, linkModes, operStates } from "./flags.ts";
import { linkinfo } from "./info.ts";
import { linkPort, vfPorts } from "./port.ts";
import { propList } from "./prop-list.ts";
import { protinfo } from "./protinfo.ts";
import { linkIfmap, linkStats, linkStats64 } from "./stats.ts";
import { linkTypes } from "./type.ts";
import { vfinfoList } from "./vf.ts";
import { linkXdp } from "./xdp.ts";

/**
 * `struct ifinfomsg` of linux/rtnetlink.h. In a request, `change` says which of the flags are meant: 0 means all of
 * them.
 */
export const ifinfomsg = struct(
  "ifinfomsg",
  { size: 16, c: "ifi_" },
  {
    /** AF_UNSPEC; AF_BRIDGE for what a bridge knows of its ports; AF_INET6 for a shorter message about IPv6. */
    family: u8,
    _pad: pad(1),
    type: enumeration(u16, linkTypes),
    index: device(s32),
    flags: flags(u32, linkFlags),
    change: flags(u32, linkFlags),
  },
);
export interface Ifinfomsg extends Value<typeof ifinfomsg> {}

/** IFLA_PROTO_DOWN_REASON: who keeps the link down, bits of /etc/iproute2/protodown_reasons. */
export const protoDownReason = attrs(
  "proto_down_reason",
  { c: "IFLA_PROTO_DOWN_REASON_" },
  { mask: [1, u32], value: [2, u32] },
);

/**
 * RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK, RTM_NEWLINKPROP and RTM_DELLINKPROP (rtnl_fill_ifinfo in
 * net/core/rtnetlink.c; br_fill_ifinfo and inet6_fill_ifinfo, in families of their own, send fewer and in another
 * order).
 */
export const link = attrs(
  "link",
  { c: "IFLA_", head: ifinfomsg },
  {
    /** Id of the namespace that the link is in, where it was asked for in another one by this attribute. */
    targetNetnsid: [46, s32],
    /** At most 15 characters; a request's may hold `%d` for the kernel to count. */
    ifname: [3, string],
    txqlen: [13, unit(u32, "packets")],
    operstate: [16, enumeration(u8, operStates)],
    linkmode: [17, enumeration(u8, linkModes)],
    /** The link cannot change its namespace. Linux 6.15. */
    netnsImmutable: [67, bool(u8)],
    mtu: [4, unit(u32, "bytes")],
    /** 0: none. */
    minMtu: [50, unit(u32, "bytes")],
    /** 0: none. */
    maxMtu: [51, unit(u32, "bytes")],
    group: [27, u32],
    /** How many want the link to receive all packets. */
    promiscuity: [30, u32],
    /** How many want the link to receive all multicast packets. */
    allmulti: [61, u32],
    numTxQueues: [31, u32],
    gsoMaxSegs: [40, u32],
    gsoMaxSize: [41, unit(u32, "bytes")],
    groMaxSize: [58, unit(u32, "bytes")],
    gsoIpv4MaxSize: [63, unit(u32, "bytes")],
    groIpv4MaxSize: [64, unit(u32, "bytes")],
    tsoMaxSize: [59, unit(u32, "bytes")],
    tsoMaxSegs: [60, u32],
    /** How far ahead the hardware can hold packets back, in nanoseconds. Linux 6.13. */
    maxPacingOffloadHorizon: [66, uint],
    numRxQueues: [32, u32],
    /** The bridge, bond, VRF or the like that the link is a port of; 0 when sent: none any more. */
    master: [10, device(u32)],
    carrier: [33, bool(u8)],
    /** Free text, at most 255 bytes; the empty string when sent removes it. */
    ifalias: [20, string],
    carrierChanges: [35, u32],
    carrierUpCount: [47, u32],
    carrierDownCount: [48, u32],
    /** Bytes that the driver needs before packets, and after them. Linux 6.18. */
    headroom: [68, unit(u16, "bytes")],
    tailroom: [69, unit(u16, "bytes")],
    protoDown: [39, bool(u8)],
    protoDownReason: [55, protoDownReason],
    event: [44, enumeration(u32, linkEvents)],
    /** Of `ifi_type`'s form: a MAC address, or a tunnel's own IP address. */
    address: [1, mac],
    /** The broadcast address, or the IP address of a tunnel's other end. */
    broadcast: [2, mac],
    physPortId: [34, bytes],
    physPortName: [38, string],
    physSwitchId: [36, bytes],
    stats64: [23, linkStats64],
    stats: [7, linkStats],
    numVf: [21, u32],
    vfinfoList: [22, bare(vfinfoList)],
    portSelf: [25, bare(linkPort)],
    vfPorts: [24, bare(vfPorts)],
    xdp: [43, bare(linkXdp)],
    // Looked up at first use: info.ts and the kinds with peers refer back to this file, and either may load first.
    linkinfo: [18, bare(lazy(() => linkinfo))],
    /** Where a link went that left the namespace: in RTM_DELLINK. */
    newNetnsid: [45, s32],
    newIfindex: [49, device(s32)],
    permAddress: [54, mac],
    /** Id of the namespace that `link` is an index in, where it is not this one; −1 if it has none. */
    linkNetnsid: [37, s32],
    /** The device below this one, or a veth's peer; 0 or the link itself: none. */
    link: [5, device(u32)],
    qdisc: [6, string],
    /** The forms differ by family; requests in any other have that of AF_UNSPEC. */
    afSpec: [26, select("family", { 7: bare(bridgeSpec) }, bare(afSpec))],
    map: [14, linkIfmap],
    propList: [52, propList],
    /** The device in the kernel's device model, such as `0000:00:03.0`, and its bus. */
    parentDevName: [56, string],
    parentDevBusName: [57, string],
    devlinkPort: [62, devlinkPort],
    dpllPin: [65, dpllPin],
    /** In families AF_BRIDGE and AF_INET6. */
    protinfo: [12, protinfo],
    /** An event of the old wireless extensions (linux/wireless.h). */
    wireless: [11, bytes],
    // From here on what only user space sends.
    /** Which link is meant, in place of `index` or `ifname`. */
    altIfname: [53, string],
    /** Namespace to create the link in or to move it to: of a process, */
    netNsPid: [19, u32],
    /** or by a file descriptor. */
    netNsFd: [28, u32],
    /** What a request for links wants to know. */
    extMask: [29, flags(u32, linkFilters)],
    weight: [15, u32],
    // Unused since Linux 2.2.
    cost: [8, bytes],
    priority: [9, bytes],
  },
);
export interface Link extends Value<typeof link> {}
export interface LinkInput extends Input<typeof link> {}
