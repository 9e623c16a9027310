/** Where nexthop objects lead, and which routes may go by them. @module */
import { scopes } from "../../codec/rtnetlink/scope.ts";
import { refuse } from "./ack.ts";
import { AF_INET } from "./ip.ts";
import { newHop, RTNH_F } from "./route-config.ts";
import type { Hop, Netns, NexthopEntry, RouteEntry } from "./state.ts";

/** The ways on of an entry: its own, or those of its nexthop object. */
export function hopsOf(net: Netns, entry: RouteEntry): readonly Hop[] {
  if (entry.nhId === 0) return entry.hops;
  const nexthop = net.nexthops.get(entry.nhId);
  if (nexthop === undefined) return [];
  return nexthop.group
    ? nexthop.group.flatMap(({ id, weight }) => hopsOfOne(net, id, weight))
    : hopsOfOne(net, nexthop.id, 1);
}
function hopsOfOne(net: Netns, id: number, weight: number): Hop[] {
  const nexthop = net.nexthops.get(id);
  if (nexthop?.blackhole) return [{ ...newHop(), weight, oif: 1 }];
  return nexthop?.hop ? [{ ...nexthop.hop, weight }] : [];
}
export function* nexthopHops(net: Netns): Generator<Hop> {
  for (const { hop } of net.nexthops.values()) if (hop) yield hop;
}
export function isBlackholeNexthop(net: Netns, id: number): boolean {
  const nexthop = net.nexthops.get(id);
  if (nexthop?.group) return nexthop.group.length === 1 && isBlackholeNexthop(net, nexthop.group[0]!.id);
  return nexthop?.blackhole ?? false;
}

/** fib_check_nexthop. */
export function checkNexthopFor4(net: Netns, id: number, scope: number): void {
  const nexthop = net.nexthops.get(id)!;
  if (nexthop.fdb) refuse("EINVAL", "Route cannot point to a fdb nexthop");
  if (nexthop.group) {
    if (scope === scopes.values.host) refuse("EINVAL", "Route with host scope can not have multiple nexthops");
    for (const member of nexthop.group) checkScope(net.nexthops.get(member.id)!, scope);
    return;
  }
  checkScope(nexthop, scope);
}
function checkScope(nexthop: NexthopEntry, scope: number): void {
  const { hop } = nexthop;
  if (nexthop.blackhole || hop === undefined) return;
  if (scope === scopes.values.host && hop.gateway !== undefined)
    refuse("EINVAL", "Route with host scope can not have a gateway");
  if (hop.flags & RTNH_F.onlink && scope >= scopes.values.link) refuse("EINVAL", "Scope mismatch with nexthop");
}
/** fib6_check_nexthop. */
export function checkNexthopFor6(net: Netns, id: number): void {
  const nexthop = net.nexthops.get(id)!;
  if (nexthop.fdb) refuse("EINVAL", "Route cannot point to a fdb nexthop");
  const families = nexthop.group ? nexthop.group.map((m) => net.nexthops.get(m.id)!) : [nexthop];
  if (families.some((one) => one.family === AF_INET)) refuse("EINVAL", "IPv6 routes can not use an IPv4 nexthop");
}
