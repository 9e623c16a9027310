/** Rates of links, qdiscs and classes, from one look at their counters to the next. @module */
import type { ExchangeOptions } from "./channel.ts";
import type { Device } from "./device.ts";
import type { Link, LinkStats } from "./link-read.ts";
import { checkOptions, OptionError } from "./options.ts";
import type { ClassFilter, TcClass } from "./tc/classes.ts";
import type { Qdisc, QdiscFilter } from "./tc/qdiscs.ts";

const LINK_COUNTERS = [
  "rxBytes", "txBytes", "rxPackets", "txPackets", "rxErrors", "txErrors", "rxDropped", "txDropped", "multicast", "collisions",
] as const; // biome-ignore format: a table
const TC_COUNTERS = ["bytes", "packets", "drops", "overlimits", "requeues"] as const;
type LinkCounter = (typeof LINK_COUNTERS)[number];
type TcCounter = (typeof TC_COUNTERS)[number];

/** A link's counters at one time. */
export interface LinkSample extends Record<LinkCounter, number> {
  dev: string | number;
  index: number;
}
/** A qdisc's or class's counters at one time; `qlen` packets and `backlog` bytes wait. */
export interface TcSample extends Record<TcCounter, number> {
  dev: string | number;
  index: number;
  kind: string;
  handle: string;
  parent: string;
  qlen: number;
  backlog: number;
}
export interface StatsObjects {
  links: LinkSample[];
  qdiscs: TcSample[];
  classes: TcSample[];
}
/** Counters at a time: `at`, in ms of any clock that does not jump. Plain data, which JSON keeps. */
export interface StatsSnapshot extends StatsObjects {
  at: number;
}

interface Rate {
  /**
   * A counter is lower than it was: the object was made anew, its counters were set back, or one of 32 bits has wrapped. What passed
   * is not known then, and all rates and increments are 0.
   */
  reset: boolean;
}
/** Of one link, over the time between two snapshots. `…Bytes` and `…Packets` are what was added in it. */
export interface LinkRate extends Rate, Record<LinkCounter, number>, Record<`${LinkCounter}PerSecond`, number> {
  dev: string | number;
  index: number;
  /** Received and sent. */
  totalBytesPerSecond: number;
  totalPacketsPerSecond: number;
  rxBitsPerSecond: number;
  txBitsPerSecond: number;
  totalBitsPerSecond: number;
}
/** Of one qdisc or class. `bytes`, `packets` and so on are what was added; `qlen` and `backlog` are as of the later snapshot. */
export interface TcRate extends Rate, TcSample, Record<`${TcCounter}PerSecond`, number> {
  bitsPerSecond: number;
}
/** What passed between two snapshots. */
export interface StatsRates {
  intervalMs: number;
  links: LinkRate[];
  qdiscs: TcRate[];
  classes: TcRate[];
  /** What only the later snapshot has, and what only the earlier: there is no rate of these. */
  appeared: StatsObjects;
  gone: StatsObjects;
  /** Of all links that were not reset. */
  totalRxBytesPerSecond: number;
  totalTxBytesPerSecond: number;
  totalBytesPerSecond: number;
}

/** What a snapshot is taken of: a `Connection`, or what answers like one. */
export interface StatsSource {
  readonly links: {
    list(filter?: {}, options?: ExchangeOptions): Promise<Link[]>;
    get(device: Device, options?: ExchangeOptions): Promise<Link>;
  };
  readonly qdiscs: { list(filter?: QdiscFilter, options?: ExchangeOptions): Promise<Qdisc[]> };
  readonly classes: { list(filter?: ClassFilter, options?: ExchangeOptions): Promise<TcClass[]> };
}
export interface SnapshotOptions extends ExchangeOptions {
  /** One device alone. */
  readonly dev?: Device | undefined;
  /** All three by default. */
  readonly links?: boolean | undefined;
  readonly qdiscs?: boolean | undefined;
  readonly classes?: boolean | undefined;
  /** Milliseconds: `performance.now` by default. */
  readonly clock?: (() => number) | undefined;
}
const OPTION_KEYS = ["dev", "links", "qdiscs", "classes", "clock", "timeout", "signal", "operation"];

/** Reads the counters of links, qdiscs and classes. @throws {InterfaceNotFound} @throws {OptionError} */
export async function takeSnapshot(nl: StatsSource, options: SnapshotOptions = {}): Promise<StatsSnapshot> {
  checkOptions("snapshot", options, OPTION_KEYS);
  const { dev, links = true, qdiscs = true, classes = true, clock = () => performance.now(), ...exchange } = options;
  const at = clock();
  const filter = dev === undefined ? {} : { dev };
  const [foundLinks, foundQdiscs, foundClasses] = await Promise.all([
    !links ? [] : dev === undefined ? nl.links.list({}, exchange) : nl.links.get(dev, exchange).then((link) => [link]),
    qdiscs ? nl.qdiscs.list(filter, exchange) : [],
    classes ? nl.classes.list(filter, exchange) : [],
  ]);
  return {
    at,
    links: foundLinks.flatMap(({ name, index, stats }) => (stats ? [linkSample(name, index, stats)] : [])),
    qdiscs: foundQdiscs.map(tcSample),
    classes: foundClasses.flatMap((c) => (c.stats ? [tcSample(c)] : [])),
  };
}
const countersOf = <K extends string>(keys: readonly K[], stats: Readonly<Record<K, number>>): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, stats[key]])) as Record<K, number>;
const linkSample = (dev: string, index: number, stats: LinkStats): LinkSample => ({
  dev,
  index,
  ...countersOf(LINK_COUNTERS, stats),
});
function tcSample({ dev, index, kind, handle, parent, stats }: Qdisc | TcClass): TcSample {
  const { qlen, backlog } = stats!;
  return { dev, index, kind, handle, parent, ...countersOf(TC_COUNTERS, stats!), qlen, backlog };
}

const linkKey = ({ index }: LinkSample) => `${index}`;
/** A qdisc that another kind has replaced is not the same, whatever its handle. Those that the kernel made have none: the parent tells them. */
const tcKey = ({ index, kind, handle, parent }: TcSample) => `${index} ${kind} ${handle} ${parent}`;

/** Rates between two snapshots, the earlier first. @throws {OptionError} the later one is not later */
export function ratesBetween(earlier: StatsSnapshot, later: StatsSnapshot): StatsRates {
  const intervalMs = later.at - earlier.at;
  if (!(intervalMs > 0))
    throw new OptionError(
      `rates: the second snapshot, of ${later.at} ms, is not later than the first, of ${earlier.at} ms`,
      "at",
      "two snapshots, the earlier first",
    );
  const seconds = intervalMs / 1000;
  const rates: StatsRates = {
    intervalMs,
    links: [],
    qdiscs: [],
    classes: [],
    appeared: { links: [], qdiscs: [], classes: [] },
    gone: { links: [], qdiscs: [], classes: [] },
    totalRxBytesPerSecond: 0,
    totalTxBytesPerSecond: 0,
    totalBytesPerSecond: 0,
  };
  pairs(earlier.links, later.links, linkKey, rates.appeared.links, rates.gone.links, (then, now) => {
    const rate = linkRate(then, now, seconds);
    rates.links.push(rate);
    rates.totalRxBytesPerSecond += rate.rxBytesPerSecond;
    rates.totalTxBytesPerSecond += rate.txBytesPerSecond;
    rates.totalBytesPerSecond += rate.totalBytesPerSecond;
  });
  for (const what of ["qdiscs", "classes"] as const)
    pairs(earlier[what], later[what], tcKey, rates.appeared[what], rates.gone[what], (then, now) => {
      rates[what].push(tcRate(then, now, seconds));
    });
  return rates;
}

function pairs<T>(
  earlier: readonly T[],
  later: readonly T[],
  keyOf: (sample: T) => string,
  appeared: T[],
  gone: T[],
  found: (then: T, now: T) => void,
): void {
  const rest = new Map(earlier.map((sample) => [keyOf(sample), sample]));
  for (const now of later) {
    const key = keyOf(now);
    const then = rest.get(key);
    if (then === undefined) appeared.push(now);
    else found(then, now);
    rest.delete(key);
  }
  gone.push(...rest.values());
}

type Counted<K extends string> = Rate & Record<K, number> & Record<`${K}PerSecond`, number>;
function counted<K extends string>(
  keys: readonly K[],
  then: Readonly<Record<K, number>>,
  now: Readonly<Record<K, number>>,
  seconds: number,
): Counted<K> {
  const reset = keys.some((key) => now[key] < then[key]);
  const out: Record<string, number | boolean> = { reset };
  for (const key of keys) {
    const added = reset ? 0 : now[key] - then[key];
    out[key] = added;
    out[`${key}PerSecond`] = added / seconds;
  }
  return out as Counted<K>;
}
function linkRate(then: LinkSample, now: LinkSample, seconds: number): LinkRate {
  const { dev, index } = now;
  const rates = counted(LINK_COUNTERS, then, now, seconds);
  const totalBytesPerSecond = rates.rxBytesPerSecond + rates.txBytesPerSecond;
  return {
    dev,
    index,
    ...rates,
    totalBytesPerSecond,
    totalPacketsPerSecond: rates.rxPacketsPerSecond + rates.txPacketsPerSecond,
    rxBitsPerSecond: rates.rxBytesPerSecond * 8,
    txBitsPerSecond: rates.txBytesPerSecond * 8,
    totalBitsPerSecond: totalBytesPerSecond * 8,
  };
}
function tcRate(then: TcSample, now: TcSample, seconds: number): TcRate {
  const rates = counted(TC_COUNTERS, then, now, seconds);
  return { ...now, ...rates, bitsPerSecond: rates.bytesPerSecond * 8 };
}

/**
 * Keeps the last snapshot, and tells what passed since.
 *
 * ```ts
 * const tracker = new StatsTracker(nl, { dev: "eth0" });
 * for await (const rates of tracker.every(1000))
 *   for (const link of rates.links) console.log(link.dev, link.rxBitsPerSecond, link.reset);
 * ```
 * `update` takes snapshots that were made elsewhere, such as of several connections.
 */
export class StatsTracker {
  readonly #source: StatsSource | undefined;
  readonly #options: SnapshotOptions;
  #previous: StatsSnapshot | undefined;

  constructor(source?: StatsSource, options: SnapshotOptions = {}) {
    checkOptions("tracker", options, OPTION_KEYS);
    this.#source = source;
    this.#options = options;
  }

  /** The last snapshot. */
  get previous(): StatsSnapshot | undefined {
    return this.#previous;
  }
  /** What passed since the snapshot before; undefined for the first one. @throws {OptionError} one that is not later */
  update(snapshot: StatsSnapshot): StatsRates | undefined {
    const rates = this.#previous && ratesBetween(this.#previous, snapshot);
    this.#previous = snapshot;
    return rates;
  }
  /** Takes a snapshot, and says what passed since the one before; undefined the first time. */
  async sample(): Promise<StatsRates | undefined> {
    if (!this.#source) throw new OptionError("tracker: there is no connection to sample", "source", "a Connection");
    return this.update(await takeSnapshot(this.#source, this.#options));
  }
  /** Samples every so many milliseconds, until the loop is left or the signal of the options is raised. */
  async *every(intervalMs: number): AsyncGenerator<StatsRates, void> {
    if (!(Number.isFinite(intervalMs) && intervalMs > 0))
      throw new OptionError(`tracker: ${intervalMs} is not an interval in ms`, "intervalMs", "milliseconds above 0");
    const { signal } = this.#options;
    while (!signal?.aborted) {
      const rates = await this.sample();
      if (rates) yield rates;
      await pause(intervalMs, signal);
    }
  }
  /** Forgets the last snapshot: the next one is the first. */
  reset(): void {
    this.#previous = undefined;
  }
}

/** Ends early, and without an error, when the signal is raised. */
const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
