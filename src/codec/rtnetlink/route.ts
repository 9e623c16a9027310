/** Routes of every family that keeps a table: IPv4, IPv6, MPLS, and the multicast ones. @module */
import { array, attrs, bare, bytes, ip, ipv4, ipv6, mac, records, select } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { be16, be32, bool, device, enumeration, flags, names, s32, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { pad, struct, tailed } from "../schema/struct.ts";
import { encapCases, encapTypes } from "./encap/encap.ts";
import { metrics } from "./metrics.ts";
import { routeProtocols } from "./route-protocol.ts";
import { routeTables } from "./route-table.ts";
import { routeTypes } from "./route-type.ts";
import { scopes } from "./scope.ts";

/** State of one nexthop: RTNH_F_*, in iproute2's words. */
export const nexthopFlags = names("RTNH_F_", {
  dead: 1,
  pervasive: 2,
  onlink: 4,
  offload: 8,
  linkdown: 16,
  unresolved: 32,
  trap: 64,
});

/** rtm_flags: the route's own (RTM_F_*), above those of its only nexthop (RTNH_F_*). */
export const routeFlags = names(
  "RT",
  {
    ...nexthopFlags.values,
    notify: 0x100,
    cloned: 0x200,
    equalize: 0x400,
    prefix: 0x800,
    lookup_table: 0x1000,
    fib_match: 0x2000,
    rt_offload: 0x4000,
    rt_trap: 0x8000,
    rt_offload_failed: 0x20000000,
  },
  {
    dead: "NH_F_DEAD",
    pervasive: "NH_F_PERVASIVE",
    onlink: "NH_F_ONLINK",
    offload: "NH_F_OFFLOAD",
    linkdown: "NH_F_LINKDOWN",
    unresolved: "NH_F_UNRESOLVED",
    trap: "NH_F_TRAP",
    notify: "M_F_NOTIFY",
    cloned: "M_F_CLONED",
    equalize: "M_F_EQUALIZE",
    prefix: "M_F_PREFIX",
    lookup_table: "M_F_LOOKUP_TABLE",
    fib_match: "M_F_FIB_MATCH",
    rt_offload: "M_F_OFFLOAD",
    rt_trap: "M_F_TRAP",
    rt_offload_failed: "M_F_OFFLOAD_FAILED",
  },
);

/** The upper half of rtm_flags where a `cloned` IPv4 route answers a look-up: RTCF_*, in iproute2's words. */
export const cacheFlags = names(
  "RTCF_",
  {
    notify: 0x10000,
    redirected: 0x40000,
    redirect: 0x1000000,
    "src-direct": 0x4000000,
    brd: 0x10000000,
    mc: 0x20000000,
    local: 0x80000000,
  },
  { redirect: "DOREDIRECT", "src-direct": "DIRECTSRC", brd: "BROADCAST", mc: "MULTICAST" },
);

/** Preference of a default router (RFC 4191). */
export const routerPreferences = names("ICMPV6_ROUTER_PREF_", { medium: 0, high: 1, invalid: 2, low: 3 });

/** struct rtmsg. `table` is `compat` (252) for a table above 255: its number is in `tableId`. */
export const rtmsg = struct(
  "rtmsg",
  { size: 12, c: "rtm_" },
  {
    family: u8,
    dstLen: unit(u8, "bits"),
    srcLen: unit(u8, "bits"),
    tos: u8,
    table: enumeration(u8, routeTables),
    protocol: enumeration(u8, routeProtocols),
    scope: enumeration(u8, scopes),
    type: enumeration(u8, routeTypes),
    flags: flags(u32, routeFlags),
  },
);

/** struct rta_cacheinfo: life of a cloned or an IPv6 route. `expires` is negative when it is over; `error` a negative errno. */
export const routeCacheinfo = struct(
  "rta_cacheinfo",
  { size: 32, c: "rta_" },
  {
    clntref: u32,
    lastuse: unit(u32, "USER_HZ"),
    expires: unit(s32, "USER_HZ"),
    // The header says u32; what the kernel puts there is dst->error.
    error: s32,
    used: u32,
    id: u32,
    ts: u32,
    tsage: u32,
  },
);

export const mfcStats = struct(
  "rta_mfc_stats",
  { size: 24, c: "mfcs_" },
  { packets: unit(u64, "packets"), bytes: unit(u64, "bytes"), wrongIf: unit(u64, "packets") },
);

/** A gateway of another family than the route's (RTA_VIA): AF_INET, AF_INET6, or AF_PACKET with a link-layer address, as MPLS has. */
export const rtvia = tailed(
  struct("rtvia", { size: 2, c: "rtvia_" }, { family: u16 }),
  "address",
  select("family", { 2: ipv4, 10: ipv6, 17: mac }),
);

/** struct rtnexthop. `hops` is the weight less one; in multicast routes, the TTL threshold. */
export const rtnexthop = struct(
  "rtnexthop",
  { size: 8, c: "rtnh_" },
  { _len: pad(2), flags: flags(u8, nexthopFlags), hops: u8, ifindex: device(s32) },
);

const mplsLabels = array(be32);

/** One path of a multipath route (fib_add_nexthop). */
export const multipathNexthop = attrs(
  "nexthop",
  { c: "RTA_", head: rtnexthop },
  {
    newdst: [19, mplsLabels],
    gateway: [5, ip],
    via: [18, rtvia],
    encap: [22, select("encapType", encapCases)],
    encapType: [21, enumeration(u16, encapTypes)],
    flow: [11, u32],
  },
);
export interface MultipathNexthop extends Value<typeof multipathNexthop> {}

/**
 * RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE. Where the families' orders differ, this is IPv4's (fib_dump_info): IPv6 emits
 * `priority` after `prefsrc` and `metrics` (rt6_fill_node), a look-up `prefsrc` and `gateway` after `oif` (rt_fill_info). MPLS labels
 * are whole label stack entries: label << 12, class << 9, bottom of stack << 8, TTL.
 */
export const route = attrs(
  "route",
  { c: "RTA_", head: rtmsg },
  {
    tableId: [15, enumeration(u32, routeTables), "TABLE"],
    // Before `dst`, as in multicast routes, which always have both (ipmr_fill_mroute).
    src: [2, ip],
    dst: [1, select("family", { 28: mplsLabels }, ip)],
    iif: [3, device(u32)],
    ttlPropagate: [26, bool(u8)],
    newdst: [19, mplsLabels],
    /** The metric in iproute2's words. */
    priority: [6, u32],
    metrics: [8, bare(metrics)],
    prefsrc: [7, ip],
    nhId: [30, u32],
    gateway: [5, ip],
    via: [18, rtvia],
    oif: [4, device(u32)],
    encap: [22, select("encapType", encapCases)],
    encapType: [21, enumeration(u16, encapTypes)],
    /** Realms: that of the source in the upper half, that of the destination in the lower one. */
    flow: [11, u32],
    multipath: [9, records(multipathNexthop)],
    mfcStats: [17, mfcStats],
    /** Lifetime of an IPv6 route in requests; in a multicast route, the time since its last use (mr_fill_mroute). */
    expires: [23, select("family", { 128: unit(u64, "USER_HZ"), 129: unit(u64, "USER_HZ") }, unit(u32, "s"))],
    mark: [16, u32],
    uid: [25, u32],
    cacheinfo: [12, routeCacheinfo],
    pref: [20, enumeration(u8, routerPreferences)],
    // Only in look-ups.
    ipProto: [27, u8],
    sport: [28, be16],
    dport: [29, be16],
    // No longer used.
    protoinfo: [10, bytes],
    session: [13, bytes],
    mpAlgo: [14, u32],
  },
);
export interface Route extends Value<typeof route> {}
