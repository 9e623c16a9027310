/** Counters of qdiscs, classes and actions (net/core/gen_stats.c). @module */
import { attrs, bare, bytes, select } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import { s8, u8, u32, u64, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import type { TcKind } from "./kind.ts";

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

const common = {
  basic: [1, gnetStatsBasic],
  /** The share of `basic` that the hardware did. */
  basicHw: [7, gnetStatsBasic],
  /** Packets, where they do not fit into 32 bits. */
  pkt64: [8, u64],
  rateEst: [2, gnetStatsRateEst],
  rateEst64: [5, gnetStatsRateEst64],
  queue: [3, gnetStatsQueue],
} as const;
const of = { c: "TCA_STATS_" };
/** TCA_STATS2 (tc_fill_qdisc in net/sched/sch_api.c, gnet_stats_copy_basic and its like in net/core/gen_stats.c). `app` is by the kind. */
const ofQdisc = <C extends Codec>(app: C) => attrs("tc_stats2", of, { app: [4, app], ...common });
/** The same of a class, whose own statistics come last: it is the kind that writes the others (tc_fill_tclass). */
const ofClass = <C extends Codec>(app: C) => attrs("tc_stats2", of, { ...common, app: [4, app] });
export const tcStats2 = /* @__PURE__ */ ofQdisc<Codec>(bytes);
export interface TcStats2 extends Value<typeof tcStats2> {}

interface Kinds {
  readonly [kind: string]: Pick<TcKind, "xstats">;
}
interface OwnStats {
  readonly xstats: Codec;
  readonly stats2: typeof tcStats2;
}
/** TCA_STATS2 and TCA_XSTATS by TCA_KIND. `app` and `xstats` are untyped here: a union over all kinds would be of no use. */
const byKind =
  (stats: (app: Codec) => typeof tcStats2) =>
  (kinds: Kinds): OwnStats => {
    const xstats: Record<string, Codec> = {};
    const stats2: Record<string, Codec> = {};
    for (const name in kinds) {
      const codec = kinds[name]!.xstats;
      if (!codec) continue;
      xstats[name] = codec;
      stats2[name] = bare(stats(codec));
    }
    return {
      xstats: select("kind", xstats, bytes) as Codec,
      stats2: select("kind", stats2, bare(stats(bytes))) as Codec as typeof tcStats2,
    };
  };
export const qdiscStats = /* @__PURE__ */ byKind(ofQdisc);
export const classStats = /* @__PURE__ */ byKind((app) => ofClass(app) as Codec as typeof tcStats2);

/** `struct tc_stats` of linux/pkt_sched.h: the older form of TCA_STATS2, without requeues and in fewer bits. */
export const tcStats = struct(
  "tc_stats",
  { size: 40 },
  { bytes: u64, packets: u32, drops: u32, overlimits: u32, bps: u32, pps: u32, qlen: u32, backlog: u32 },
);
