/** Neighbour tables (`arp_cache`, `ndisc_cache`) and their parameters. @module */
import { attrs, bare, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, time, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

export const ndtmsg = struct("ndtmsg", { size: 4, c: "ndtm_" }, { family: u8, _pad: pad(3) });

/** struct ndt_config, read-only. `lastFlush` and `lastRand` are times ago. */
export const neighborTableConfig = struct(
  "ndt_config",
  { size: 32, c: "ndtc_" },
  {
    keyLen: unit(u16, "bytes"),
    entrySize: unit(u16, "bytes"),
    entries: u32,
    lastFlush: time(u32, "ms"),
    lastRand: time(u32, "ms"),
    hashRnd: u32,
    hashMask: u32,
    hashChainGc: u32,
    proxyQlen: unit(u32, "packets"),
  },
);

/** struct ndt_stats: counters since boot. Before Linux 4.15 it ended before `tableFulls`. */
export const neighborTableStats = struct(
  "ndt_stats",
  { size: 88, c: "ndts_" },
  {
    allocs: u64,
    destroys: u64,
    hashGrows: u64,
    resFailed: u64,
    lookups: u64,
    hits: u64,
    rcvProbesMcast: u64,
    rcvProbesUcast: u64,
    periodicGcRuns: u64,
    forcedGcRuns: u64,
    tableFulls: u64,
  },
);

/** NDTPA_*: a table's defaults, or, with `ifindex`, one device's parameters (neightbl_fill_parms). */
export const neighborParameters = attrs(
  "parms",
  { c: "NDTPA_" },
  {
    ifindex: [1, device(u32)],
    refcnt: [2, u32],
    queueLenbytes: [16, unit(u32, "bytes")],
    /** What `queueLenbytes` makes in packets of usual size. */
    queueLen: [8, unit(u32, "packets")],
    proxyQlen: [14, unit(u32, "packets")],
    appProbes: [9, u32],
    ucastProbes: [10, u32],
    mcastProbes: [11, u32],
    mcastReprobes: [17, u32],
    /** Read-only: a random one around `baseReachableTime`. */
    reachableTime: [3, time(u64, "ms")],
    baseReachableTime: [4, time(u64, "ms")],
    gcStaletime: [6, time(u64, "ms")],
    delayProbeTime: [7, time(u64, "ms")],
    retransTime: [5, time(u64, "ms")],
    anycastDelay: [12, time(u64, "ms")],
    proxyDelay: [13, time(u64, "ms")],
    locktime: [15, time(u64, "ms")],
    intervalProbeTime: [19, time(u64, "ms"), "INTERVAL_PROBE_TIME_MS"],
  },
);
export interface NeighborParameters extends Value<typeof neighborParameters> {}

/**
 * RTM_NEWNEIGHTBL, RTM_GETNEIGHTBL, RTM_SETNEIGHTBL. A dump has for each table one message with everything
 * (neightbl_fill_info), then one with `name` and `parms` for each device (neightbl_fill_param_info).
 */
export const neighborTable = attrs(
  "neighborTable",
  { c: "NDTA_", head: ndtmsg },
  {
    name: [1, string],
    gcInterval: [8, time(u64, "ms")],
    thresh1: [2, u32],
    thresh2: [3, u32],
    thresh3: [4, u32],
    config: [5, neighborTableConfig],
    stats: [7, neighborTableStats],
    parms: [6, bare(neighborParameters)],
  },
);
export interface NeighborTable extends Value<typeof neighborTable> {}
