/** Nexthops as objects of their own, groups of them, and the buckets of resilient groups. @module */
import { array, attrs, flag, ip, multi, select, uint } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, device, enumeration, flags, names, time, u8, u16, u32, u64 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";
import { encapTypes, nexthopEncapCases } from "./encap/encap.ts";
import { nexthopFlags } from "./route.ts";
import { routeProtocols } from "./route-protocol.ts";
import { scopes } from "./scope.ts";

export const nexthopGroupTypes = names("NEXTHOP_GRP_TYPE_", { mpath: 0, resilient: 1 }, { resilient: "RES" });

/**
 * NHA_OP_FLAG_*, which the header writes with a macro that only the kernel has: two to ask with, and the answer's word that the
 * reserved bytes of `group` are zeroed.
 */
export const nexthopOpFlags = names("", {
  "dump-stats": 1,
  "dump-hw-stats": 2,
  "resp-grp-resvd-0": 0x80000000,
});

export const nhmsg = struct(
  "nhmsg",
  { size: 8, c: "nh_" },
  {
    family: u8,
    scope: enumeration(u8, scopes),
    protocol: enumeration(u8, routeProtocols),
    _resvd: pad(1),
    flags: flags(u32, nexthopFlags),
  },
);

/** struct nexthop_grp. The weight is `weightHigh << 8 | weight`, plus one. */
export const nexthopGroupEntry = struct(
  "nexthop_grp",
  { size: 8 },
  { id: u32, weight: u8, weightHigh: u8, _resvd2: pad(2) },
);

/** Parameters of a resilient group (nla_put_nh_group_res). */
export const resilientGroup = attrs(
  "resGroup",
  { c: "NHA_RES_GROUP_" },
  {
    buckets: [1, u16],
    idleTimer: [2, time(u32, "USER_HZ")],
    unbalancedTimer: [3, time(u32, "USER_HZ")],
    unbalancedTime: [4, time(u64, "USER_HZ")],
  },
);

export const resilientBucket = attrs(
  "resBucket",
  { c: "NHA_RES_BUCKET_" },
  { index: [1, u16], nhId: [3, u32], idleTime: [2, time(u64, "USER_HZ")] },
);

const groupStatsEntry = attrs(
  "groupStatsEntry",
  { c: "NHA_GROUP_STATS_ENTRY_" },
  { id: [1, u32], packets: [2, uint], packetsHw: [3, uint] },
);
const groupStats = attrs("groupStats", { c: "NHA_GROUP_STATS_" }, { entry: [1, multi(groupStatsEntry)] });

/**
 * RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP (nh_fill_node), and with `resBucket` RTM_NEWNEXTHOPBUCKET, RTM_GETNEXTHOPBUCKET
 * (nh_fill_res_bucket).
 */
export const nexthop = attrs(
  "nexthop",
  { c: "NHA_", head: nhmsg },
  {
    /** 0 in a request: the kernel chooses. */
    id: [1, u32],
    fdb: [11, flag],
    groupType: [3, enumeration(u16, nexthopGroupTypes)],
    group: [2, array(nexthopGroupEntry)],
    resGroup: [12, resilientGroup],
    hwStatsEnable: [16, bool(u32)],
    hwStatsUsed: [17, bool(u32)],
    groupStats: [15, groupStats],
    opFlags: [14, flags(u32, nexthopOpFlags)],
    blackhole: [4, flag],
    oif: [5, device(u32)],
    gateway: [6, ip],
    encap: [8, select("encapType", nexthopEncapCases)],
    encapType: [7, enumeration(u16, encapTypes)],
    resBucket: [13, resilientBucket],
    // What to dump: groups only, those of one master's devices only.
    groups: [9, flag],
    master: [10, device(u32)],
  },
);
export interface Nexthop extends Value<typeof nexthop> {}
