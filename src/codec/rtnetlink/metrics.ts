/** Metrics of a route: what TCP and IP know of the path from the start (RTA_METRICS). @module */
import { attrs, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { bool, flags, names, u32, unit } from "../schema/scalar.ts";

/** `1 << RTAX_…`: the metrics that path MTU discovery and TCP must leave alone. */
export const metricLocks = names("", {
  mtu: 1 << 2,
  window: 1 << 3,
  rtt: 1 << 4,
  rttvar: 1 << 5,
  ssthresh: 1 << 6,
  cwnd: 1 << 7,
  advmss: 1 << 8,
  reordering: 1 << 9,
  hoplimit: 1 << 10,
  initcwnd: 1 << 11,
  features: 1 << 12,
  rto_min: 1 << 13,
  initrwnd: 1 << 14,
  quickack: 1 << 15,
  congctl: 1 << 16,
  fastopen_no_cookie: 1 << 17,
});

export const routeFeatures = names("RTAX_FEATURE_", { ecn: 1, sack: 2, timestamp: 4, allfrag: 8, tcp_usec_ts: 16 });

/**
 * RTAX_*, in the order of their numbers (rtnetlink_put_metrics). Windows and thresholds count segments; `rtt` and `rttvar`
 * are fixed-point numbers, in eighths and quarters of a millisecond.
 */
export const metrics = attrs(
  "metrics",
  { c: "RTAX_" },
  {
    lock: [1, flags(u32, metricLocks)],
    mtu: [2, unit(u32, "bytes")],
    window: [3, unit(u32, "bytes")],
    rtt: [4, unit(u32, "ms/8")],
    rttvar: [5, unit(u32, "ms/4")],
    ssthresh: [6, unit(u32, "packets")],
    cwnd: [7, unit(u32, "packets")],
    advmss: [8, unit(u32, "bytes")],
    reordering: [9, unit(u32, "packets")],
    hoplimit: [10, u32],
    initcwnd: [11, unit(u32, "packets")],
    features: [12, flags(u32, routeFeatures)],
    rtoMin: [13, unit(u32, "ms")],
    initrwnd: [14, unit(u32, "packets")],
    quickack: [15, bool(u32)],
    /** Name of the congestion control, the one metric that is not a number. */
    ccAlgo: [16, string],
    fastopenNoCookie: [17, bool(u32)],
  },
);
export interface Metrics extends Value<typeof metrics> {}
