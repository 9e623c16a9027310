/** Entries of IPv6's tables, and what they look like in messages (struct fib6_info, rt6_fill_node). @module */
import { clockT } from "./clock.ts";
import { entriesAt, tablesOf } from "./fib.ts";
import { AF_INET, AF_INET6, LOOPBACK6, toText } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { hopsOf, isBlackholeNexthop } from "./nexthop-hops.ts";
import { RTN, RTNH_F } from "./route-config.ts";
import type { Hop, Netns, RouteEntry } from "./state.ts";

const REJECTS: readonly number[] = [RTN.unreachable, RTN.blackhole, RTN.prohibit, RTN.throw];

export const leadsNowhere = (type: number): boolean => REJECTS.includes(type);
/** RTF_REJECT: what leads nowhere, and what leads to the loopback device without being local (fib6_is_reject). */
export function isReject({ type, dst, hops }: RouteEntry): boolean {
  if (leadsNowhere(type)) return true;
  return hops[0]?.oif === LOOPBACK_INDEX && dst !== LOOPBACK6 && type !== RTN.local && type !== RTN.anycast;
}
const LOOPBACK_INDEX = 1;

/** rt6_qualify_for_ecmp. */
export const canEcmp = (entry: RouteEntry): boolean => entry.nhId === 0 && entry.hops[0]?.gateway !== undefined;

/** The entry and those that make one multipath route with it, from it on round. */
export function siblingsOf(net: Netns, entry: RouteEntry): RouteEntry[] {
  if (!canEcmp(entry)) return [entry];
  const table = tablesOf(net, AF_INET6).get(entry.table);
  const group = (table && entriesAt(table, entry.dst, entry.length))?.filter(
    (other) => other.priority === entry.priority && canEcmp(other),
  );
  const at = group?.indexOf(entry) ?? -1;
  return at < 0 ? [entry] : [...group!.slice(at), ...group!.slice(0, at)];
}

const shown = RTNH_F.dead | RTNH_F.linkdown | RTNH_F.onlink | RTNH_F.offload | RTNH_F.trap;
function hopMore(hop: Hop) {
  return {
    ...(hop.gateway === undefined
      ? {}
      : { gateway: toText(hop.gateway, hop.gatewayFamily === AF_INET ? AF_INET : AF_INET6) }),
    ...(hop.encap === undefined ? {} : { encap: hop.encap, encapType: hop.encapType }),
  };
}

export function route6Message(kernel: Kernel, net: Netns, entry: RouteEntry, siblings = siblingsOf(net, entry)) {
  const { table, length, priority } = entry;
  const hops = siblings.length > 1 ? siblings.map((sibling) => sibling.hops[0]!) : hopsOf(net, entry);
  const single = hops.length === 1 ? hops[0]! : undefined;
  const left = entry.expires === undefined ? 0 : clockT(Math.max(0, entry.expires - kernel.now()));
  return {
    family: AF_INET6,
    dstLen: length,
    srcLen: entry.srcLength,
    tos: 0,
    table: table < 256 ? table : 252,
    protocol: entry.protocol,
    scope: 0,
    type: entry.nhId !== 0 && isBlackholeNexthop(net, entry.nhId) ? RTN.blackhole : entry.type,
    flags: single ? single.flags & shown : 0,
    tableId: table,
    ...(length ? { dst: toText(entry.dst, AF_INET6) } : {}),
    ...(entry.src !== undefined && entry.srcLength ? { src: toText(entry.src, AF_INET6) } : {}),
    priority,
    ...(entry.prefsrc === undefined ? {} : { prefsrc: toText(entry.prefsrc, AF_INET6) }),
    ...(entry.metrics ? { metrics: entry.metrics } : {}),
    ...(entry.nhId ? { nhId: entry.nhId } : {}),
    ...(single ? { ...hopMore(single), ...(single.oif ? { oif: single.oif } : {}) } : {}),
    ...(hops.length > 1
      ? {
          multipath: hops.map((hop) => ({
            flags: hop.flags & shown,
            hops: hop.weight - 1,
            ifindex: hop.oif,
            ...hopMore(hop),
          })) as never,
        }
      : {}),
    cacheinfo: { clntref: 0, lastuse: 0, expires: left, error: 0, used: 0, id: 0, ts: 0, tsage: 0 },
    pref: entry.pref,
  };
}
