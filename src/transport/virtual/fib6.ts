/** Look-ups in the tables of IPv6 (net/ipv6/route.c: fib6_table_lookup). @module */
import type { ErrnoName } from "../../codec/nlmsg/errno.ts";
import { entriesAt, type Found } from "./fib.ts";
import { AF_INET6, networkOf } from "./ip.ts";
import { hopsOf } from "./nexthop-hops.ts";
import { RTN, RTNH_F } from "./route-config.ts";
import { evaluateRules, type Flow } from "./rule-match.ts";
import type { Hop, Netns, RouteEntry } from "./state.ts";

/** Looks an address up in one table; `strict`: by the flow's device alone. */
export function lookupTable6(net: Netns, table: number, flow: Flow, strict: boolean): Found | undefined {
  const found = net.tables6.get(table);
  if (found === undefined) return undefined;
  const lengths = [...found.lengths.keys()].sort((a, b) => b - a);
  for (const length of lengths) {
    const entries = entriesAt(found, networkOf(flow.dst, length, AF_INET6), length);
    if (entries === undefined) continue;
    let fallback: Found | undefined;
    for (const entry of entries) {
      if (entry.srcLength > 0) continue;
      for (const hop of hopsOf(net, entry)) {
        if ((hop.flags & RTNH_F.dead) !== 0) continue;
        if (flow.oif === 0 || hop.oif === flow.oif) return { entry, hop };
        if (!strict) fallback ??= { entry, hop };
      }
    }
    if (fallback) return fallback;
  }
  return undefined;
}

const errors: { readonly [type: number]: ErrnoName } = {
  [RTN.blackhole]: "EINVAL",
  [RTN.prohibit]: "EACCES",
  [RTN.throw]: "EAGAIN",
  [RTN.unreachable]: "EHOSTUNREACH",
};

/** Looks an address up by the rules. */
export function lookup6(net: Netns, flow: Flow, strict: boolean): Found | ErrnoName {
  const found = evaluateRules<Found>(net, AF_INET6, flow, (id) => {
    const hit = lookupTable6(net, id, flow, strict);
    return hit && errors[hit.entry.type] === "EAGAIN" ? "EAGAIN" : hit;
  });
  return found ?? "ENETUNREACH";
}
export const errorOf = (entry: RouteEntry): ErrnoName | undefined => errors[entry.type];
export type { Hop };
