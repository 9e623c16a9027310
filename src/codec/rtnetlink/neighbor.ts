/** Neighbours: ARP and NDP entries, their proxies, and the forwarding databases of bridges and VXLANs. @module */
import { attrs, ip, mac } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { be16, bool, device, enumeration, flags, names, s32, time, u8, u16, u32 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";
import { routeProtocols } from "./route-protocol.ts";
import { routeTypes } from "./route-type.ts";

/** NUD_*: a set of one, but for requests that ask for several. NUD_NONE is the empty one. */
export const neighborStates = names("NUD_", {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
});

/** NTF_*, in iproute2's words. */
export const neighborFlags = names(
  "NTF_",
  { use: 0x01, self: 0x02, master: 0x04, proxy: 0x08, extern_learn: 0x10, offload: 0x20, sticky: 0x40, router: 0x80 },
  { extern_learn: "EXT_LEARNED", offload: "OFFLOADED" },
);

/** NTF_EXT_*, in NDA_FLAGS_EXT: another set of bits, not the continuation of `neighborFlags`. */
export const neighborExtFlags = names("NTF_EXT_", { managed: 0x01, locked: 0x02 });

/** What to do when a bridge's entry falls silent: tell of it, and (or) take it for inactive already. */
export const fdbNotify = names(
  "FDB_NOTIFY_",
  { notify: 0x01, inactive: 0x02 },
  { notify: "BIT", inactive: "INACTIVE_BIT" },
);

/** struct ndmsg. For a bridge's or a VXLAN's entry `family` is AF_BRIDGE (7). */
export const ndmsg = struct(
  "ndmsg",
  { size: 12, c: "ndm_" },
  {
    family: u8,
    _pad: pad(3),
    ifindex: device(s32),
    state: flags(u16, neighborStates),
    flags: flags(u8, neighborFlags),
    type: enumeration(u8, routeTypes),
  },
);

/** struct nda_cacheinfo: times since the entry was last confirmed, used, updated. */
export const neighborCacheinfo = struct(
  "nda_cacheinfo",
  { size: 16, c: "ndm_" },
  {
    confirmed: time(u32, "USER_HZ"),
    used: time(u32, "USER_HZ"),
    updated: time(u32, "USER_HZ"),
    refcnt: u32,
  },
);

const fdbExtAttrs = attrs(
  "fdbExtAttrs",
  { c: "NFEA_" },
  { activityNotify: [1, flags(u8, fdbNotify)], dontRefresh: [2, bool(u8)] },
);

/**
 * RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH. The order serves neigh_fill_info and the bridge's fdb_fill_info;
 * VXLAN's emits `dst` after `lladdr` (vxlan_fdb_info).
 */
export const neighbor = attrs(
  "neighbor",
  { c: "NDA_", head: ndmsg },
  {
    /** Namespace of the VXLAN's lower device, where it is another one. */
    linkNetnsid: [10, s32],
    dst: [1, ip],
    /** On a tunnel, the IPv4 or IPv6 address of the other end. */
    lladdr: [2, mac],
    nhId: [13, u32],
    port: [6, be16],
    vni: [7, u32],
    /** The device through which a VXLAN reaches the destination. */
    viaIfindex: [8, device(u32), "IFINDEX"],
    srcVni: [11, u32],
    master: [9, device(u32)],
    flagsExt: [15, flags(u32, neighborExtFlags)],
    probes: [4, u32],
    cacheinfo: [3, neighborCacheinfo],
    protocol: [12, enumeration(u8, routeProtocols)],
    vlan: [5, u16],
    fdbExtAttrs: [14, fdbExtAttrs],
    // What to flush (requests of RTM_DELNEIGH with NLM_F_BULK).
    ndmStateMask: [16, flags(u16, neighborStates)],
    ndmFlagsMask: [17, flags(u8, neighborFlags)],
  },
);
export interface Neighbor extends Value<typeof neighbor> {}
