/** Which network identifiers a VXLAN receives. @module */
import { attrs, ipv4, ipv6, multi } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, flags, names, u8, u32, u64 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

/** Flags of a request for a dump (linux/if_link.h). */
export const tunnelFlags = names("TUNNEL_MSG_FLAG_", { stats: 0x1 });

/** `struct tunnel_msg`; the family is AF_BRIDGE. */
export const tunnelMsg = struct(
  "tunnel_msg",
  { size: 8 },
  { family: u8, flags: flags(u8, tunnelFlags), _pad: pad(2), ifindex: device(u32) },
);

/** VXLAN_VNIFILTER_ENTRY_STATS. */
export const vniStats = attrs(
  "vni_stats",
  { c: "VNIFILTER_ENTRY_STATS_" },
  {
    rxBytes: [1, u64],
    rxPkts: [2, u64],
    rxDrops: [3, u64],
    rxErrors: [4, u64],
    txBytes: [5, u64],
    txPkts: [6, u64],
    txDrops: [7, u64],
    txErrors: [8, u64],
  },
);
export interface VniStats extends Value<typeof vniStats> {}

/**
 * VXLAN_VNIFILTER_ENTRY: one VNI or a range, in the host's byte order, and where its multicast and unknown traffic
 * goes.
 */
export const vniFilterEntry = attrs(
  "vni_filter_entry",
  { c: "VXLAN_VNIFILTER_ENTRY_" },
  { start: [1, u32], end: [2, u32], group: [3, ipv4], group6: [4, ipv6], stats: [5, vniStats] },
);
export interface VniFilterEntry extends Value<typeof vniFilterEntry> {}

/**
 * RTM_NEWTUNNEL, RTM_DELTUNNEL and RTM_GETTUNNEL (drivers/net/vxlan/vxlan_vnifilter.c), of links of kind `vxlan` made
 * with `vnifilter`.
 */
export const tunnel = attrs(
  "tunnel",
  { c: "VXLAN_VNIFILTER_", head: tunnelMsg },
  { entry: [1, multi(vniFilterEntry)] },
);
export interface Tunnel extends Value<typeof tunnel> {}
