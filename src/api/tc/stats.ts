/** Counters of qdiscs and classes in the user's terms. @module */

import type { Codec, Value } from "../../codec/schema/codec.ts";
import { type DeviceName, toFriendly } from "../../codec/schema/friendly.ts";
import type { TcStats2, tcStats } from "../../codec/tc/stats.ts";

/** Exact to 2⁵³. `A` is what the kind counts itself. */
export interface TcStats<A = unknown> {
  bytes: number;
  packets: number;
  drops: number;
  overlimits: number;
  requeues: number;
  /** Packets, and bytes, waiting. */
  qlen: number;
  backlog: number;
  /** The share that the hardware did. */
  hardware?: { bytes: number; packets: number };
  /** Of the kernel's own estimator, if one was asked for (`estimator`); StatsTracker reckons rates without one. */
  rate?: { bytesPerSecond: number; packetsPerSecond: number };
  /** What the kind counts itself: the flows of fq_codel, the tins of cake… */
  app?: A;
}

export function readStats(
  message: { readonly stats2?: TcStats2; readonly stats?: Value<typeof tcStats>; readonly xstats?: unknown },
  xstats: Codec | undefined,
  deviceName: DeviceName,
): TcStats | undefined {
  const { stats2, stats } = message;
  if (!stats2?.basic && !stats) return undefined;
  const { basic, basicHw, pkt64, queue, rateEst, rateEst64, app } = stats2 ?? {};
  const { drops = 0, overlimits = 0, requeues = 0, qlen = 0, backlog = 0 } = { ...stats, ...queue };
  const out: TcStats = {
    // Flows of fq_codel have a queue and no counters of their own.
    bytes: Number(basic?.bytes ?? stats?.bytes),
    // 32 bits wrap; the whole number stands apart where they do not hold it.
    packets: Number(pkt64 ?? basic?.packets ?? stats?.packets),
    drops,
    overlimits,
    requeues,
    qlen,
    backlog,
  };
  if (basicHw) out.hardware = { bytes: Number(basicHw.bytes), packets: basicHw.packets };
  const estimate = rateEst64 ?? rateEst;
  if (estimate) out.rate = { bytesPerSecond: Number(estimate.bps), packetsPerSecond: Number(estimate.pps) };
  const own = app ?? message.xstats;
  if (own !== undefined) out.app = xstats && !(own instanceof Uint8Array) ? toFriendly(xstats, own, deviceName) : own;
  return out;
}
