/** Routes with the same destination, metric and table: which of them an event means. @module */
import type { Route } from "../route-read.ts";
import type { Place } from "./parts.ts";
import { alike } from "./picture.ts";

/** A route is still the same when a way of it is dead or its link is down. */
const stateful = new Set(["message", "expires", "flags"]);
const same = (a: Route, b: Route): boolean => alike(a, b, stateful);

/**
 * IPv4: a list, in whose order the kernel looks them up. A new one comes first, one to append last, and one to replace takes the place of
 * the first (fib_table_insert in net/ipv4/fib_trie.c). What is known already was dumped before its event came.
 */
export function amongInet(before: readonly Route[], route: Route, { gone, replace, append }: Place): readonly Route[] {
  const at = before.findIndex((one) => same(one, route));
  if (gone) return before.filter((_, i) => i !== at);
  if (replace) return [route, ...before.slice(1).filter((one) => !same(one, route))];
  if (at >= 0) return before.map((one, i) => (i === at ? route : one));
  return append ? [...before, route] : [route, ...before];
}

/**
 * IPv6: the ways of a multipath route are told of with the others beside them when they are added, and alone or together when they are
 * removed (inet6_rt_notify). What that leaves undecided the dump that follows decides: see `inDoubt`.
 */
export function amongInet6(before: readonly Route[], route: Route, { gone, replace }: Place): readonly Route[] {
  if (gone) return before.filter((one) => !same(one, route));
  const ways = waysOf(route);
  const others = before.filter((one) => !same(one, route) && !waysOf(one).every((way) => ways.includes(way)));
  if (!replace) return [...others, route];
  // The first that can be multipath as this one can, or cannot as this one cannot (fib6_add_rt2node).
  const first = others.findIndex((one) => gateways(one) === gateways(route));
  return [...others.filter((_, i) => i !== first), route];
}

const waysOf = (route: Route): string[] =>
  route.nexthopId !== undefined
    ? [`nexthop ${route.nexthopId}`]
    : (route.nexthops ?? [route]).map(({ via, oif }) => `${via} ${oif}`);
const gateways = (route: Route): boolean => route.nexthops !== undefined || route.via !== undefined;

/**
 * Whether an event of IPv6 leaves open what is there now: of several ways it may tell in another order than the kernel has, of one that
 * goes not what remains, and of one that replaces not which.
 */
export const leavesOpen = (before: readonly Route[], { gone }: Place, after: readonly Route[]): boolean =>
  before.length > 0 && !(gone && after.length < before.length);
