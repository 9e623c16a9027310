/** Links that come, go up, go down and away (net/core/dev.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { bridgeDown, bridgeUp } from "./bridge.ts";
import { carrierOff, carrierOn, updateOperstate } from "./carrier.ts";
import { endChains } from "./chain.ts";
import { copyDefaults, setSetting } from "./devconf.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { linkProfiles, loopback } from "./link-kinds.ts";
import { ALL_CHANGED, IFF, isLoopback, isUp, linkMessage, notifyLink } from "./link-message.ts";
import { attachDefault, shutdown } from "./qdisc-tree.ts";
import type { Link } from "./state.ts";

export function peerOf(kernel: Kernel, link: Link): Link | undefined {
  return link.peer && kernel.state.netns.get(link.peer.netns)?.links.get(link.peer.index);
}
/** What the kind of link is. */
export const profileOf = (link: Link) => (link.kind === undefined ? loopback : linkProfiles[link.kind]!);

/** linkwatch_run_queue. */
export function runLinkwatch(kernel: Kernel): void {
  const links = [...kernel.linkwatch];
  kernel.linkwatch.clear();
  for (const link of links) {
    if (!kernel.state.netns.get(link.netns)?.links.has(link.index)) continue;
    updateOperstate(kernel, link);
    if (isUp(link)) stateChanged(kernel, link);
  }
}

/** netdev_state_change. */
export function stateChanged(kernel: Kernel, link: Link, cause?: Cause): void {
  if (!isUp(link)) return;
  kernel.device(link, "change");
  notifyLink(kernel, link, { cause });
}

// ---- up and down ------------------------------------------------------------------------------------------------------------

/** __dev_open: no one is told yet. */
export function openLink(kernel: Kernel, link: Link): void {
  const net = kernel.netns(link.netns);
  const peer = peerOf(kernel, link);
  if (profileOf(link).pair && peer === undefined) refuse("ENOTCONN");
  if (link.kind === "vlan") {
    const lower = net.links.get(link.lower);
    const flags = (link.data?.flags as { flags: number } | undefined)?.flags ?? 0;
    const real = kernel.netns(link.lowerNetns).links.get(link.lower) ?? lower;
    if (real && !isUp(real) && (flags & 4) === 0) refuse("ENETDOWN");
    if (real?.carrier) carrierOn(kernel, link);
  }
  link.flags |= IFF.up;
  if (profileOf(link).pair && peer && isUp(peer)) {
    carrierOn(kernel, link);
    carrierOn(kernel, peer);
  }
  if (link.kind === "bridge") bridgeUp(kernel, link);
  if (link.qdisc === "noop") attachDefault(link);
}
/** __dev_close. */
export function closeLink(kernel: Kernel, link: Link): void {
  link.flags &= ~IFF.up;
  if (profileOf(link).pair) {
    carrierOff(kernel, link);
    const peer = peerOf(kernel, link);
    if (peer) carrierOff(kernel, peer);
  }
  if (link.kind === "bridge") bridgeDown(kernel, link);
  if (link.kind === "vlan" && (((link.data?.flags as { flags: number } | undefined)?.flags ?? 0) & 16) === 0)
    carrierOff(kernel, link);
}
/** __dev_notify_flags. */
export function notifyFlags(kernel: Kernel, link: Link, old: number, changes: number, cause?: Cause): void {
  if (changes !== 0) notifyLink(kernel, link, { change: changes, cause });
  const changed = old ^ link.flags;
  if ((changed & IFF.up) !== 0) {
    kernel.device(link, isUp(link) ? "up" : "down");
  }
  const quiet = IFF.up | IFF.promisc | IFF.allmulti | VOLATILE;
  if (isUp(link) && (changed & ~quiet) !== 0) kernel.device(link, "change");
}
const VOLATILE =
  IFF.loopback |
  IFF.pointopoint |
  IFF.broadcast |
  IFF.echo |
  IFF.master |
  IFF.slave |
  IFF.running |
  IFF.lower_up |
  IFF.dormant;
const SETTABLE = IFF.debug | IFF.notrailers | IFF.noarp | IFF.dynamic | IFF.multicast | IFF.portsel | IFF.automedia;

/** __dev_change_flags; returns what changed. */
export function changeFlags(kernel: Kernel, link: Link, wanted: number): number {
  const old = link.flags;
  link.flags = (wanted & SETTABLE) | (old & ~SETTABLE);
  if (((wanted ^ old) & IFF.up) !== 0) {
    if ((wanted & IFF.up) !== 0) openLink(kernel, link);
    else closeLink(kernel, link);
  }
  for (const [bit, count] of [
    [IFF.promisc, "promiscuity"],
    [IFF.allmulti, "allmulti"],
  ] as const)
    if (((wanted ^ old) & bit) !== 0) {
      link[count] += (wanted & bit) !== 0 ? 1 : -1;
      link.flags ^= bit;
    }
  return old ^ link.flags;
}

/** Closes links and tells of it (dev_close_many). */
export function closeMany(kernel: Kernel, links: readonly Link[]): void {
  const up = links.filter(isUp);
  for (const link of up) closeLink(kernel, link);
  for (const link of up) {
    notifyLink(kernel, link, { change: IFF.up | IFF.running });
    kernel.device(link, "down");
  }
}

// ---- coming and going -------------------------------------------------------------------------------------------------------

/** NETDEV_REGISTER: IPv4 and IPv6 take notice. */
export function registerLink(kernel: Kernel, link: Link): void {
  const net = kernel.netns(link.netns);
  copyDefaults(net, link.index);
  net.links.set(link.index, link);
  net.generation++;
  if (!link.carrier) kernel.linkwatch.add(link);
  kernel.device(link, "register");
  if (isLoopback(link)) setSetting(net, "ipv6", link.index, "acceptDad", -1);
}

/** unregister_netdevice_many. */
export function unregisterLinks(kernel: Kernel, links: readonly Link[], cause?: Cause): void {
  closeMany(kernel, links);
  for (const link of links) kernel.linkwatch.delete(link);
  for (const link of links) unregister(kernel, link, cause);
  for (const link of links) {
    const net = kernel.netns(link.netns);
    net.links.delete(link.index);
    net.generation++;
  }
}
function unregister(kernel: Kernel, link: Link, cause?: Cause): void {
  const net = kernel.netns(link.netns);
  endChains(kernel, link, shutdown(link));
  kernel.device(link, "unregister");
  const message = linkMessage(kernel, link, { change: ALL_CHANGED });
  kernel.notify(net, rtnetlinkGroups.values.link, RTM.dellink, schema, () => message, { cause });
}
