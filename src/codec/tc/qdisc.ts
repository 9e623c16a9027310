/**
 * Queueing disciplines, and so far classes, filters and chains too: what all of traffic control has in common. @module
 */
import { array, attrs, bare, bytes, flag, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, device, enumeration, flags, names, s8, s16, s32, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

/**
 * `struct tcmsg` of linux/rtnetlink.h. `info` is a qdisc's number of references, a class's leaf qdisc, a filter's
 * priority and protocol (`prio << 16 | htons(ethertype)`). With `ifindex` 0xffffffff, −1 here, `parent` is the number
 * of a shared block.
 */
export const tcmsg = struct(
  "tcmsg",
  { size: 20, c: "tcm_" },
  { family: u8, _pad1: pad(1), _pad2: pad(2), ifindex: device(s32), handle: u32, parent: u32, info: u32 },
);
export interface Tcmsg extends Value<typeof tcmsg> {}

/** `struct gnet_stats_basic` of linux/gen_stats.h; packets wrap, see `pkt64`. */
export const gnetStatsBasic = struct("gnet_stats_basic", { size: 16 }, { bytes: u64, packets: u32 });
/** `struct gnet_stats_rate_est`: 0 unless an estimator was asked for (TCA_RATE). `bps` is in bytes. */
export const gnetStatsRateEst = struct(
  "gnet_stats_rate_est",
  { size: 8 },
  { bps: unit(u32, "bytes/s"), pps: unit(u32, "packets/s") },
);
/** `struct gnet_stats_rate_est64`: there if `bps` does not fit into 32 bits. */
export const gnetStatsRateEst64 = struct(
  "gnet_stats_rate_est64",
  { size: 16 },
  { bps: unit(u64, "bytes/s"), pps: unit(u64, "packets/s") },
);
/** `struct gnet_stats_queue`: `qlen` in packets and `backlog` in bytes are what waits now, the others count. */
export const gnetStatsQueue = struct(
  "gnet_stats_queue",
  { size: 20 },
  { qlen: unit(u32, "packets"), backlog: unit(u32, "bytes"), drops: u32, requeues: u32, overlimits: u32 },
);
/** `struct gnet_estimator`: period is 2^`interval`/4 s, and the average's weight 2^−`ewmaLog`. */
export const gnetEstimator = struct("gnet_estimator", { size: 2 }, { interval: s8, ewmaLog: u8 });

/** TCA_STATS2 (tc_fill_qdisc in net/sched/sch_api.c, gnet_stats_copy_basic and its like in net/core/gen_stats.c). */
export const tcStats2 = attrs(
  "tc_stats2",
  { c: "TCA_STATS_" },
  {
    /** By the kind. */
    app: [4, bytes],
    basic: [1, gnetStatsBasic],
    /** The share of `basic` that the hardware did. */
    basicHw: [7, gnetStatsBasic],
    /** Packets, where they do not fit into 32 bits. */
    pkt64: [8, u64],
    rateEst: [2, gnetStatsRateEst],
    rateEst64: [5, gnetStatsRateEst64],
    queue: [3, gnetStatsQueue],
  },
);
export interface TcStats2 extends Value<typeof tcStats2> {}

/** `struct tc_stats` of linux/pkt_sched.h: the older form of TCA_STATS2, without requeues and in fewer bits. */
export const tcStats = struct(
  "tc_stats",
  { size: 40 },
  { bytes: u64, packets: u32, drops: u32, overlimits: u32, bps: u32, pps: u32, qlen: u32, backlog: u32 },
);

/** How a link layer makes packets longer (linux/pkt_sched.h). */
export const linkLayers = names("TC_LINKLAYER_", { unaware: 0, ethernet: 1, atm: 2 });
/** `struct tc_sizespec` of linux/pkt_sched.h: `tsize` is the number of entries in the table. */
export const tcSizespec = struct(
  "tc_sizespec",
  { size: 24 },
  {
    cellLog: u8,
    sizeLog: u8,
    cellAlign: s16,
    overhead: unit(s32, "bytes"),
    linklayer: enumeration(u32, linkLayers),
    mpu: unit(u32, "bytes"),
    mtu: unit(u32, "bytes"),
    tsize: u32,
  },
);
/** TCA_STAB: the sizes that packets are reckoned by. The table is only sent, never reported (qdisc_dump_stab). */
export const tcStab = attrs("tc_stab", { c: "TCA_STAB_" }, { base: [1, tcSizespec], data: [2, array(u16)] });

const dumpFlags = flags(u32, names("TCA_DUMP_FLAGS_", { terse: 0x1 }));
/** `struct nla_bitfield32` of linux/netlink.h: bits, and which of them are meant. */
const dumpFlagsBitfield = struct("nla_bitfield32", { size: 8 }, { value: dumpFlags, selector: dumpFlags });

/** RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC, and so far the same of classes, filters and chains (tc_fill_qdisc). */
export const qdisc = attrs(
  "qdisc",
  { c: "TCA_", head: tcmsg },
  {
    kind: [1, string],
    /** Of filters and chains. */
    chain: [11, u32],
    ingressBlock: [13, u32],
    egressBlock: [14, u32],
    /** By the kind. */
    options: [2, bytes],
    hwOffload: [12, bool(u8)],
    stab: [8, bare(tcStab)],
    stats2: [7, bare(tcStats2)],
    stats: [3, tcStats],
    /** By the kind: the older form of `stats2.app`. */
    xstats: [4, bytes],
    /** Why the hardware does not do it. */
    extWarnMsg: [16, string],
    rate: [5, gnetEstimator],
    fcnt: [6, bytes],
    /** Of requests for dumps: also the qdiscs that classes have by default. */
    dumpInvisible: [10, flag],
    dumpFlags: [15, dumpFlagsBitfield],
  },
);
export interface Qdisc extends Value<typeof qdisc> {}
