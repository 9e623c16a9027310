/** Packets that nobody sent: they move the counters of qdiscs, classes and links as real ones would, and netem loses its share. @module */
import type { Kernel } from "./kernel.ts";
import { isUp } from "./link-message.ts";
import { childAt } from "./qdisc.ts";
import { rootOf } from "./qdisc-tree.ts";
import type { Counters, Link, QdiscEntry } from "./state.ts";

export interface Traffic {
  readonly packets: number;
  /** Bytes of each packet, the link layer's header included: 98, a ping's, by default. */
  readonly size?: number | undefined;
  /** The class that they go into, by its number, in place of a qdisc's default. */
  readonly classid?: number | undefined;
}

/** Sends packets out of a device: what passes its qdiscs arrives at the other end of a pair. Returns how many left the device. */
export function transmit(kernel: Kernel, link: Link, { packets, size = 98, classid }: Traffic): number {
  if (!isUp(link) || !link.carrier) {
    link.stats.txDropped += BigInt(packets);
    return 0;
  }
  const root = rootOf(link);
  const left = root ? pass(kernel, link, root, packets, size, classid) : packets;
  link.stats.txPackets += BigInt(left);
  link.stats.txBytes += BigInt(left * size);
  const peer = link.peer && kernel.state.netns.get(link.peer.netns)?.links.get(link.peer.index);
  if (peer && isUp(peer)) {
    peer.stats.rxPackets += BigInt(left);
    peer.stats.rxBytes += BigInt(left * size);
  }
  return left;
}

function pass(kernel: Kernel, link: Link, qdisc: QdiscEntry, packets: number, size: number, classid?: number): number {
  let left = packets;
  if (qdisc.kind === "netem") left -= lost(kernel, packets, (qdisc.options as { loss: number }).loss);
  const target = classOf(qdisc, classid);
  const child = childAt(link, target ?? qdisc.handle + 1);
  if (child && child !== qdisc) left = pass(kernel, link, child, left, size, classid);
  const one = qdisc.classes.find((other) => other.id === target);
  for (let at = one; at; at = qdisc.classes.find((other) => other.id === at!.parent))
    count(at.counters, left, size, packets - left);
  count(qdisc.counters, left, size, packets - left);
  return left;
}
/** The class that htb puts packets into; undefined: past the shaping, or no classes. */
function classOf(qdisc: QdiscEntry, classid: number | undefined): number | undefined {
  if (qdisc.kind !== "htb") return undefined;
  const wanted = qdisc.classes.find((one) => one.id === classid && one.level === 0);
  if (wanted) return wanted.id;
  const { defcls } = (qdisc.options as { init: { defcls: number } }).init;
  return qdisc.classes.find((one) => one.id === (qdisc.handle | defcls) >>> 0)?.id;
}
/** Packets of which each is lost with a probability of `loss` / 2³². */
function lost(kernel: Kernel, packets: number, loss: number): number {
  if (loss === 0) return 0;
  let gone = 0;
  for (let i = 0; i < packets; i++) if (kernel.random() < loss) gone++;
  return gone;
}
function count(counters: Counters, packets: number, size: number, drops: number): void {
  counters.packets += packets;
  counters.bytes += BigInt(packets * size);
  counters.drops += drops;
}
