/** What becomes of IPv4 routes when devices and addresses come and go (net/ipv4/fib_semantics.c, fib_frontend.c). @module */

import { scopes } from "../../codec/rtnetlink/scope.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { MAIN, removeEntry, tableOfMaster, walk } from "./fib.ts";
import { AF_INET } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { flagsOf, IFF, isUp } from "./link-message.ts";
import { neighborsDown } from "./neighbor.ts";
import { nexthopHops } from "./nexthop-hops.ts";
import { notifyRoute, RTNH_F } from "./route-config.ts";
import { route4Message } from "./route4.ts";
import type { Hop, Link, Netns, RouteEntry } from "./state.ts";

export type Loss = "down" | "change" | "unregister";
const DEAD = RTNH_F.dead;
const LINKDOWN = RTNH_F.linkdown;
// A source address that was taken away: the route that prefers it goes, and that is told (fib_info.pfsrc_removed).
const orphans = /* @__PURE__ */ new WeakSet<RouteEntry>();

function* entries(net: Netns): Generator<RouteEntry> {
  for (const table of net.tables4.values())
    for (const prefixes of table.lengths.values()) for (const list of prefixes.values()) yield* list;
}

/** fib_sync_down_dev: whether any route is without a way on now. */
export function syncDown(net: Netns, link: Link, event: Loss, force: boolean): boolean {
  const spared = force ? -1 : scopes.values.nowhere;
  let any = false;
  const kill = (hops: readonly Hop[]): number => {
    let dead = 0;
    for (const hop of hops) {
      if ((hop.flags & DEAD) !== 0) dead++;
      else if (hop.oif === link.index && hop.scope !== spared) {
        hop.flags |= event === "change" ? LINKDOWN : DEAD | LINKDOWN;
        dead++;
      }
      if (event === "unregister" && hop.oif === link.index) return hops.length;
    }
    return dead;
  };
  for (const entry of entries(net)) {
    if (entry.nhId !== 0 || !entry.hops.some((hop) => hop.oif === link.index)) continue;
    if (kill(entry.hops) < entry.hops.length) continue;
    entry.flags |= event === "change" ? LINKDOWN : DEAD | LINKDOWN;
    any = true;
  }
  return any;
}

/** fib_sync_up: what was dead for want of the device, or of its carrier, lives. */
export function syncUp(kernel: Kernel, link: Link, dead: boolean): void {
  if (!isUp(link)) return;
  const net = kernel.netns(link.netns);
  let bits = dead ? DEAD : LINKDOWN;
  if (dead && (flagsOf(link) & (IFF.running | IFF.lower_up)) !== 0) bits |= LINKDOWN;
  for (const entry of entries(net)) {
    if (!entry.hops.some((hop) => hop.oif === link.index)) continue;
    let alive = false;
    for (const hop of entry.hops) {
      if ((hop.flags & bits) === 0) alive = true;
      else if (hop.oif === link.index) {
        alive = true;
        hop.flags &= ~bits;
      }
    }
    if (alive) entry.flags &= ~bits;
  }
  for (const hop of nexthopHops(net)) if (hop.oif === link.index) hop.flags &= ~bits;
}

/** fib_flush: the dead are removed, and nobody is told. */
export function flushDead(kernel: Kernel, net: Netns): void {
  for (const table of net.tables4.values())
    for (const entry of [...walk(table, AF_INET)]) {
      if ((entry.flags & DEAD) === 0) continue;
      removeEntry(table, entry);
      net.generation++;
      if (orphans.has(entry)) notifyRoute(kernel, net, AF_INET, RTM.delroute, () => route4Message(net, entry));
    }
}

/** fib_sync_down_addr: routes whose preferred source an address was. */
export function syncDownAddress(net: Netns, link: Link, local: bigint): boolean {
  const table = tableOfMaster(net, link) ?? MAIN;
  let any = false;
  for (const entry of entries(net)) {
    if (entry.prefsrc !== local || entry.table !== table) continue;
    entry.flags |= DEAD;
    orphans.add(entry);
    any = true;
  }
  return any;
}

/** fib_disable_ip. */
export function disableIp(kernel: Kernel, link: Link, event: Loss, force: boolean): void {
  const net = kernel.netns(link.netns);
  if (syncDown(net, link, event, force)) flushDead(kernel, net);
  neighborsDown(kernel, link, AF_INET);
}
