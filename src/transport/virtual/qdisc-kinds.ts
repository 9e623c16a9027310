/** Kinds of qdiscs: what the kernel makes of their options (the init, change and dump of net/sched/sch_*.c, figures of Linux 6.12). @module */

import { refuse } from "./ack.ts";
import { psched2ns } from "./qdisc-clock.ts";
import type { Link } from "./state.ts";

type Options = Record<string, unknown>;

export interface QdiscKind {
  /** Options as they are reported, of those that were asked for. */
  init(given: Options | undefined, link: Link, random: () => number): Options | undefined;
  /** What is set, changed by what was asked for; left out where the kernel has no change. */
  change?(set: Options | undefined, given: Options, link: Link): Options;
  /** Takes classes of the user's (`"made"`), has some of its own, or one that holds another qdisc and no filters. */
  readonly classes?: "made" | "fixed" | "single";
  /** Minor numbers of its own classes. */
  minors?(options: Options | undefined): number[];
  /** Stands at the ingress, and holds filters alone. */
  readonly ingress?: boolean;
  /** Counters of its own (TCA_STATS_APP). */
  readonly app?: Options;
}

/** A rate as it is reported: without what user space computed its table by (psched_ratecfg_getrate). */
export function ratespec(given: unknown): Options {
  const { rate = 0, overhead = 0, mpu = 0, linklayer = 0 } = (given ?? {}) as Options;
  return { cellLog: 0, linklayer: (linklayer as number) & 15 || 1, overhead, cellAlign: 0, mpu, rate };
}
const noRate = { cellLog: 0, linklayer: 0, overhead: 0, cellAlign: 0, mpu: 0, rate: 0 };
/** Members that are not numbers to be kept, but tables and bytes that were only sent. */
const sentOnly = new Set([
  "rtab",
  "ctab",
  "ptab",
  "burst",
  "pburst",
  "rest",
  "unknown",
  "delayDist",
  "slotDist",
  "stab",
]);
const kept = (given: Options | undefined): Options =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => !sentOnly.has(name)));

/** A kind whose attributes are reported as they were set, the others at their defaults. */
const plain = (defaults: Options | ((link: Link) => Options), more: Partial<QdiscKind> = {}): QdiscKind => ({
  init: (given, link) => ({ ...(typeof defaults === "function" ? defaults(link) : defaults), ...kept(given) }),
  change: (set, given) => ({ ...set, ...kept(given) }),
  ...more,
});
/** CoDel keeps times in units of 1024 ns: 5000 µs come back as 4999. */
const codelTime = (us: unknown): number => Math.floor((Math.floor(((us as number) * 1000) / 1024) * 1024) / 1000);
const codelTimes = (options: Options): Options => {
  const out = { ...options };
  for (const name of ["target", "interval", "ceThreshold"])
    if (out[name] !== undefined) out[name] = codelTime(out[name]);
  return out;
};
const priomap = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

/** netem_change: struct tc_netem_qopt replaces what was set, the attributes only where they are given. */
function netem(set: Options | undefined, given: Options, seed: bigint): Options {
  const { latency = 0, limit = 0, loss = 0, gap = 0, duplicate = 0, jitter = 0 } = given as Record<string, number>;
  const zero = { probability: 0, correlation: 0 };
  const old = set ?? {};
  const reorder = given.reorder ?? (gap ? { probability: 0xffffffff, correlation: 0 } : (old.reorder ?? zero));
  const latency64 = (given.latency64 as bigint | undefined) ?? BigInt(psched2ns(latency));
  const jitter64 = (given.jitter64 as bigint | undefined) ?? BigInt(psched2ns(jitter));
  const { rate, rate64, ecn, lossModel, slot } = { ...old, ...kept(given) } as Options;
  const ticks = (ns: bigint) => (ns >> 6n > 0xffffffffn ? 0xffffffff : Number(ns >> 6n));
  return {
    latency: ticks(latency64),
    limit,
    loss,
    gap,
    duplicate,
    jitter: ticks(jitter64),
    latency64,
    jitter64,
    corr: given.corr ?? old.corr ?? { delayCorr: 0, lossCorr: 0, dupCorr: 0 },
    reorder,
    corrupt: given.corrupt ?? old.corrupt ?? zero,
    ...(rate64 === undefined ? {} : { rate64 }),
    rate: rate ?? { rate: 0, packetOverhead: 0, cellSize: 0, cellOverhead: 0 },
    ...(ecn ? { ecn } : {}),
    ...(lossModel === undefined ? {} : { lossModel }),
    ...(slot === undefined ? {} : { slot }),
    prngSeed: (given.prngSeed as bigint | undefined) ?? (old.prngSeed as bigint | undefined) ?? seed,
  };
}

function tbf(given: Options | undefined): Options {
  const parms = given?.parms as Options | undefined;
  if (parms === undefined) refuse("EINVAL");
  const peak = (parms.peakrate as { rate?: number } | undefined)?.rate;
  return {
    parms: {
      rate: ratespec(parms.rate),
      peakrate: peak ? ratespec(parms.peakrate) : noRate,
      limit: parms.limit,
      buffer: parms.buffer,
      mtu: peak ? parms.mtu : 0,
    },
    ...(given!.rate64 === undefined ? {} : { rate64: given!.rate64 }),
    ...(given!.prate64 === undefined ? {} : { prate64: given!.prate64 }),
  };
}

export const qdiscModels: { readonly [kind: string]: QdiscKind } = {
  noqueue: { init: () => undefined },
  pfifo_fast: { init: () => ({ bands: 3, priomap }), classes: "fixed", minors: () => [] },
  pfifo: plain((link) => ({ limit: link.txqlen || 1 })),
  bfifo: plain((link) => ({ limit: (link.txqlen || 1) * (link.mtu + 14) })),
  htb: {
    init(given, link) {
      const init = given?.init as Options | undefined;
      if (given === undefined || init === undefined) refuse("EINVAL");
      if (init.version !== 3) refuse("EINVAL");
      return {
        init: { ...init, version: 0x30011, debug: 0, directPkts: 0 },
        directQlen: given.directQlen ?? Math.max(link.txqlen, 2),
      };
    },
    classes: "made",
  },
  netem: {
    init(given, _link, random) {
      if (given === undefined) refuse("EINVAL");
      return netem(undefined, given, (BigInt(random()) << 32n) | BigInt(random()));
    },
    change: (set, given) => netem(set, given, 0n),
    classes: "single",
    minors: () => [1],
  },
  tbf: { init: (given) => tbf(given), change: (_set, given) => tbf(given), classes: "single", minors: () => [1] },
  prio: plain(
    { bands: 3, priomap },
    {
      init(given) {
        if (given === undefined) refuse("EINVAL");
        return kept(given);
      },
      classes: "fixed",
      minors: (options) => Array.from({ length: (options?.bands as number | undefined) ?? 3 }, (_, i) => i + 1),
    },
  ),
  drr: { init: () => undefined, classes: "made" },
  fq_codel: {
    init: (given, link) => ({
      target: 4999,
      limit: 10240,
      interval: 99999,
      ecn: 1,
      quantum: link.mtu + 14,
      dropBatchSize: 64,
      memoryLimit: 33554432,
      flows: 1024,
      ...codelTimes(kept(given)),
    }),
    change: (set, given) => ({ ...set, ...codelTimes(kept(given)) }),
    app: {
      type: 0,
      qdiscStats: {
        maxpacket: 0,
        dropOverlimit: 0,
        ecnMark: 0,
        newFlowCount: 0,
        newFlowsLen: 0,
        oldFlowsLen: 0,
        ceMark: 0,
        memoryUsage: 0,
        dropOvermemory: 0,
      },
    },
  },
  codel: {
    init: (given) => ({ target: 4999, limit: 1000, interval: 99999, ecn: 0, ...codelTimes(kept(given)) }),
    change: (set, given) => ({ ...set, ...codelTimes(kept(given)) }),
  },
  fq: plain((link) => ({
    limit: 10000,
    flowLimit: 100,
    quantum: 2 * (link.mtu + 14),
    initialQuantum: 10 * (link.mtu + 14),
    pacing: 1,
    maxrate: 0xffffffff,
    refillDelay: 40000,
    orphanMask: 1023,
    lowRateThreshold: 68750,
    ceThreshold: 0xffffffff,
    bucketsLog: 10,
    timerSlack: 10000,
    horizon: 10000000,
    horizonDrop: 1,
    priomap: { bands: 3, priomap },
    weights: [589824, 196608, 65536],
  })),
  pie: plain({
    target: 15000,
    limit: 1000,
    tupdate: 16000,
    alpha: 2,
    beta: 20,
    ecn: 0,
    bytemode: 0,
    dqRateEstimator: 0,
  }),
  ingress: { init: () => ({}), ingress: true },
  clsact: { init: () => ({}), ingress: true },
};
