/** Counters of qdiscs and classes. @module */
import type { Counters } from "./state.ts";

export const zeroCounters = (): Counters => ({
  bytes: 0n,
  packets: 0,
  drops: 0,
  overlimits: 0,
  requeues: 0,
  qlen: 0,
  backlog: 0,
});
/** TCA_STATS2 and TCA_STATS, with a kind's own counters. */
export function statsOf(counters: Counters, app: object | undefined) {
  const { bytes, packets, drops, overlimits, requeues, qlen, backlog } = counters;
  return {
    stats2: {
      ...(app === undefined ? {} : { app: app as never }),
      basic: { bytes, packets },
      queue: { qlen, backlog, drops, requeues, overlimits },
    },
    stats: { bytes, packets, drops, overlimits, bps: 0, pps: 0, qlen, backlog },
    ...(app === undefined ? {} : { xstats: app as never }),
  };
}
