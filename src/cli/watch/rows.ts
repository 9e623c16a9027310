/** What `watch` shows of the rates: a row an object. @module */
import type { LinkRate, StatsRates, TcRate } from "../../api/tracker.ts";
import type { Json } from "../../codec/tc/show.ts";
import { scaled } from "./spark.ts";

export interface Row {
  /** Tells the object from others, from one time to the next. */
  readonly key: string;
  readonly name: string;
  readonly cells: readonly string[];
  /** What the sparkline is of. */
  readonly value: number;
  readonly json: { readonly [key: string]: Json };
}
export interface Sheet {
  readonly heads: readonly string[];
  rows(rates: StatsRates): Row[];
}

const round = (x: number): number => Math.round(x * 1000) / 1000;

export const linkSheet: Sheet = {
  heads: ["rx bit/s", "tx bit/s", "rx pkt/s", "tx pkt/s", "drops/s", "errors/s"],
  rows: ({ links }) => links.map(linkRow),
};
function linkRow(r: LinkRate): Row {
  const drops = r.rxDroppedPerSecond + r.txDroppedPerSecond;
  const errors = r.rxErrorsPerSecond + r.txErrorsPerSecond;
  const numbers = {
    rx_bits: r.rxBitsPerSecond, tx_bits: r.txBitsPerSecond, rx_packets: r.rxPacketsPerSecond, tx_packets: r.txPacketsPerSecond, drops, errors,
  }; // biome-ignore format: a table
  return {
    key: `${r.index}`,
    name: String(r.dev),
    cells: Object.values(numbers).map(scaled),
    value: r.totalBitsPerSecond,
    json: { ifname: r.dev, ...rounded(numbers), ...(r.reset && { reset: true }) },
  };
}
const rounded = (numbers: { readonly [key: string]: number }) =>
  Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, round(value)]));

export const tcSheet: Sheet = {
  heads: ["bit/s", "pkt/s", "waiting", "bytes", "drops/s", "over/s"],
  rows: ({ qdiscs, classes }) => tree(qdiscs, classes).map(({ rate, noun, depth }) => tcRow(rate, noun, depth)),
};
interface Placed {
  readonly rate: TcRate;
  readonly noun: "qdisc" | "class";
  readonly depth: number;
}
/** Each qdisc with the classes below it, and the qdiscs below those. */
function tree(qdiscs: readonly TcRate[], classes: readonly TcRate[]): Placed[] {
  const placed: Placed[] = [];
  const seen = new Set<TcRate>();
  const put = (rate: TcRate, noun: Placed["noun"], depth: number) => {
    if (seen.has(rate)) return;
    seen.add(rate);
    placed.push({ rate, noun, depth });
    const major = rate.handle.split(":")[0];
    const below = (parent: string) => parent === rate.handle;
    for (const c of classes)
      if (
        c.index === rate.index &&
        (noun === "qdisc"
          ? (below(c.parent) || c.parent === "root") && c.handle.split(":")[0] === major
          : below(c.parent))
      )
        put(c, "class", depth + 1);
    for (const q of qdiscs)
      if (q.index === rate.index && q.handle !== "none" && noun === "class" && below(q.parent))
        put(q, "qdisc", depth + 1);
  };
  for (const q of qdiscs) if (q.parent === "root" || q.parent === "ingress") put(q, "qdisc", 0);
  // Whatever hangs on something that is not there.
  for (const q of qdiscs) put(q, "qdisc", 1);
  for (const c of classes) put(c, "class", 1);
  return placed;
}
function tcRow(r: TcRate, noun: Placed["noun"], depth: number): Row {
  const handle = r.handle === "none" ? "0:" : r.handle;
  const numbers = {
    bits: r.bitsPerSecond,
    packets: r.packetsPerSecond,
    qlen: r.qlen,
    backlog: r.backlog,
    drops: r.dropsPerSecond,
    overlimits: r.overlimitsPerSecond,
  };
  return {
    key: `${r.index} ${noun} ${r.kind} ${r.handle} ${r.parent}`,
    name: `${depth === 0 ? `${r.dev} ` : "  ".repeat(depth)}${noun} ${r.kind} ${handle}`,
    cells: Object.values(numbers).map(scaled),
    value: r.bitsPerSecond,
    json: {
      dev: r.dev,
      object: noun,
      kind: r.kind,
      handle,
      parent: r.parent,
      ...rounded(numbers),
      ...(r.reset && { reset: true }),
    },
  };
}
