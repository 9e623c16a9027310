/** The root of a device's qdiscs. @module */
import { linkProfiles, loopback } from "./link-kinds.ts";
import { qdiscModels } from "./qdisc-kinds.ts";
import type { FilterEntry, Link, QdiscEntry } from "./state.ts";
import { zeroCounters } from "./tc-stats.ts";

export const ROOT = 0xffffffff;
export const majorOf = (handle: number): number => (handle & 0xffff0000) >>> 0;
export const minorOf = (handle: number): number => handle & 0xffff;

export const rootOf = (link: Link): QdiscEntry | undefined => link.qdiscs.find((qdisc) => qdisc.parent === ROOT);

/** Puts a qdisc at the root; none is `noop`, which drops what comes. */
export function setRoot(link: Link, qdisc: QdiscEntry | undefined): void {
  link.qdiscs = link.qdiscs.filter((other) => other.parent !== ROOT);
  if (qdisc) link.qdiscs.unshift(qdisc);
  link.qdisc = qdisc?.kind ?? "noop";
}
/** What the kernel puts at the root of a device that goes up without one (attach_default_qdiscs). */
export function attachDefault(link: Link): void {
  const { noQueue } = link.kind === undefined ? loopback : linkProfiles[link.kind]!;
  const kind = noQueue ? "noqueue" : "pfifo_fast";
  const options = qdiscModels[kind]!.init(undefined, link, () => 0);
  setRoot(link, { kind, handle: 0, parent: ROOT, options, classes: [], counters: zeroCounters() });
}
/** dev_shutdown: nothing is left. Gives back the filters that were there, whose chains end. */
export function shutdown(link: Link): FilterEntry[] {
  const gone = link.filters;
  link.qdiscs = [];
  link.filters = [];
  link.qdisc = "noop";
  return gone;
}
