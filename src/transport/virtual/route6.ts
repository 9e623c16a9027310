/** Routes of IPv6 (net/ipv6/route.c and ip6_fib.c). @module */
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { routeProtocols } from "../../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { Refusal, refuse } from "./ack.ts";
import { IFA_F } from "./address4-facts.ts";
import {
  addEntry,
  entriesAt,
  MAIN,
  orderedTables,
  removeEntry,
  tableIn,
  tableOfMaster,
  tablesOf,
  walk,
} from "./fib.ts";
import { AF_INET6, networkOf } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { checkNexthopFor6, hopsOf } from "./nexthop-hops.ts";
import {
  checkLength,
  configOf,
  newHop,
  notifyRoute,
  type RouteConfig,
  type RouteRequest,
  RTN,
  RTNH_F,
} from "./route-config.ts";
import type { Loss } from "./route4-device.ts";
import { canEcmp, isReject, leadsNowhere, route6Message, siblingsOf } from "./route6-entry.ts";
import { initHop6, isOwnAddress } from "./route6-gateway.ts";
import type { Hop, Link, Netns, RouteEntry } from "./state.ts";

export const PRIORITY_USER = 1024;
export const PRIORITY_ADDRCONF = 256;

export function notify6(kernel: Kernel, net: Netns, type: number, entry: RouteEntry, cause?: Cause, flags = 0): void {
  const message = route6Message(kernel, net, entry);
  notifyRoute(kernel, net, AF_INET6, type, () => message, cause, flags);
}

/** rtm_to_fib6_config. */
function config6(request: RouteRequest): RouteConfig {
  const { value, kernel } = request;
  if (value.tos !== 0) refuse("EINVAL", "Invalid dsfield (tos): option not available for IPv6");
  const config = configOf(request, AF_INET6);
  if (value.via !== undefined) refuse("EINVAL", "IPv6 does not support RTA_VIA attribute");
  const hop = config.hops[0]!;
  if (config.nhId && (config.multipath || hop.oif || hop.gateway !== undefined || hop.encap))
    refuse("EINVAL", "Nexthop specification and nexthop id are mutually exclusive");
  const seconds = value.expires as number | undefined;
  if (typeof seconds === "number" && seconds > 0 && seconds !== 0xffffffff)
    config.expires = kernel.now() + seconds * 1000;
  config.scope = 0;
  return config;
}

/** ip6_route_info_create, for one hop. */
function createEntry(net: Netns, config: RouteConfig, given: Hop): RouteEntry {
  const { multipath: _, nlflags: __, ...entry } = config;
  if (config.type > 11) refuse("EINVAL", "Invalid route type");
  checkLength(config);
  if (config.srcLength > 128) refuse("EINVAL", "Invalid source address length");
  if (config.srcLength > 0) refuse("EINVAL", "Specifying source address requires IPV6_SUBTREES to be enabled");
  if (config.nhId) {
    if (!net.nexthops.has(config.nhId)) refuse("EINVAL", "Nexthop id does not exist");
    checkNexthopFor6(net, config.nhId);
  }
  tableIn(net, AF_INET6, config.table);
  entry.flags = 0;
  entry.protocol ||= routeProtocols.values.boot;
  entry.type ||= RTN.unicast;
  entry.dst = networkOf(config.dst, config.length, AF_INET6);
  entry.hops = config.nhId ? [] : [hop6(net, config, given, false)];
  if (isReject(entry)) entry.pref = 0; // RTF_REJECT takes the place of the flags that hold it
  if (config.prefsrc !== undefined) {
    const link = net.links.get(hopsOf(net, entry)[0]?.oif ?? 0);
    if (!isOwnAddress(net, config.prefsrc, link, IFA_F.tentative)) refuse("EINVAL", "Invalid source address");
  }
  return entry;
}

/** fib6_nh_init. */
function hop6(net: Netns, config: RouteConfig, given: Hop, ignoreDown: boolean): Hop {
  let link: Link | undefined;
  if (given.oif) {
    link = net.links.get(given.oif);
    if (link?.inet6 === undefined) refuse("ENODEV");
  }
  if (leadsNowhere(config.type)) {
    if ((given.flags & RTNH_F.onlink) !== 0) {
      if (link === undefined) refuse("ENODEV", "Nexthop device required for onlink");
      if ((link.flags & 1) === 0) refuse("ENETDOWN", "Nexthop device is not up");
    }
    const loopback = net.links.get(1);
    if (loopback?.inet6 === undefined) refuse("ENODEV");
    return { ...newHop(), oif: 1 };
  }
  const local = config.type === RTN.local || config.type === RTN.anycast;
  const hop = initHop6(net, given, config.table, link, ignoreDown);
  return local ? { ...hop, flags: hop.flags & ~RTNH_F.linkdown } : hop;
}

export function newRoute6(request: RouteRequest): void {
  const { kernel, net } = request;
  const config = config6(request);
  config.priority ||= PRIORITY_USER;
  // The table is there from here on, even if this is refused (seen on 6.18).
  if (config.nhId) tableIn(net, AF_INET6, config.table);
  if (config.nhId && !net.nexthops.has(config.nhId)) refuse("EINVAL", "Nexthop id does not exist");
  if (config.multipath) {
    newMultipath(request, config);
    return;
  }
  insertRoute6(kernel, net, createEntry(net, config, config.hops[0]!), config.nlflags, request);
}

/** ip6_route_multipath_add. */
function newMultipath(request: RouteRequest, config: RouteConfig): void {
  const { kernel, net } = request;
  const entries: RouteEntry[] = [];
  for (const hop of config.hops) {
    const entry = createEntry(net, config, { ...hop, flags: hop.flags & RTNH_F.onlink });
    if (!canEcmp(entry)) refuse("EINVAL", "Device only routes can not be added for IPv6 using the multipath API.");
    entry.hops[0]!.weight = hop.weight;
    if (entries.some((other) => sameHop(other, entry))) refuse("EEXIST");
    entries.push(entry);
  }
  let { nlflags } = config;
  const added: RouteEntry[] = [];
  let last: RouteEntry | undefined;
  for (const entry of entries) {
    try {
      insertRoute6(kernel, net, entry, nlflags, undefined, false);
    } catch (e) {
      for (const done of added) deleteEntry(kernel, net, done);
      throw e;
    }
    added.push(entry);
    last = entry;
    nlflags = (nlflags & ~(NLM_F_EXCL | NLM_F_REPLACE)) | NLM_F_CREATE;
  }
  const append = (config.nlflags & NLM_F_APPEND) !== 0;
  const first = append && last ? siblingsOf(net, last) : undefined;
  const table = tablesOf(net, AF_INET6).get(config.table)!;
  const head = first ? entriesAt(table, last!.dst, last!.length)!.find((e) => first.includes(e))! : entries[0]!;
  const replaced = (config.nlflags & NLM_F_REPLACE) !== 0 ? NLM_F_REPLACE : NLM_F_CREATE;
  notify6(kernel, net, RTM.newroute, head, request, append ? replaced | NLM_F_APPEND : replaced);
}

const sameHop = (a: RouteEntry, b: RouteEntry): boolean => {
  if (a.nhId || b.nhId) return a.nhId === b.nhId;
  const [x, y] = [a.hops[0]!, b.hops[0]!];
  return x.oif === y.oif && x.gateway === y.gateway && JSON.stringify(x.encap) === JSON.stringify(y.encap);
};

/** fib6_add. `nlflags` undefined is the kernel's own doing. */
export function insertRoute6(
  kernel: Kernel,
  net: Netns,
  entry: RouteEntry,
  nlflags: number | undefined,
  cause?: Cause,
  tell = true,
): void {
  const table = tableIn(net, AF_INET6, entry.table);
  const entries = entriesAt(table, entry.dst, entry.length) ?? [];
  const create = nlflags === undefined || (nlflags & NLM_F_CREATE) !== 0;
  const replace = nlflags !== undefined && (nlflags & NLM_F_REPLACE) !== 0;
  if (entries.length === 0 && !create && replace) refuse("ENOENT", "Can not replace route - no match found");
  let flags = NLM_F_EXCL;
  if (nlflags !== undefined && (nlflags & NLM_F_APPEND) !== 0) flags |= NLM_F_APPEND;
  const ecmp = canEcmp(entry);
  let fallback = -1;
  let found = -1;
  let at = 0;
  for (; at < entries.length; at++) {
    const other = entries[at]!;
    if (other.priority === entry.priority) {
      if (nlflags !== undefined && (nlflags & NLM_F_EXCL) !== 0) refuse("EEXIST");
      flags &= ~NLM_F_EXCL;
      if (replace) {
        if (ecmp === canEcmp(other)) {
          found = at;
          break;
        }
        if (fallback < 0) fallback = at;
        continue;
      }
      if (sameHop(other, entry)) {
        if (other.expires !== undefined) other.expires = entry.expires;
        refuse("EEXIST");
      }
    }
    if (other.priority > entry.priority) break;
  }
  if (found < 0 && fallback >= 0) found = fallback;
  net.generation++;
  if (!replace || found < 0) {
    if (replace && !create) refuse("ENOENT");
    addEntry(table, entry, at);
    if (tell) notify6(kernel, net, RTM.newroute, entry, cause, flags | NLM_F_CREATE);
    return;
  }
  const old = entries[found]!;
  const gone =
    siblingsOf(net, old).length > 1
      ? entries.filter((e) => e !== old && canEcmp(e) && e.priority === old.priority)
      : [];
  entries[found] = entry;
  for (const other of gone) removeEntry(table, other);
  if (tell) notify6(kernel, net, RTM.newroute, entry, cause, NLM_F_REPLACE);
}

export function deleteEntry(kernel: Kernel, net: Netns, entry: RouteEntry, cause?: Cause): void {
  const table = tablesOf(net, AF_INET6).get(entry.table);
  if (table === undefined || !entriesAt(table, entry.dst, entry.length)?.includes(entry)) return;
  const message = route6Message(kernel, net, entry, [entry]);
  removeEntry(table, entry);
  net.generation++;
  notifyRoute(kernel, net, AF_INET6, RTM.delroute, () => message, cause);
}

/** inet6_rtm_delroute. */
export function removeRoute6(request: RouteRequest): void {
  const { net } = request;
  const config = config6(request);
  if (config.nhId && !net.nexthops.has(config.nhId)) refuse("EINVAL", "Nexthop id does not exist");
  if (!config.multipath) {
    removeHop(request, config, config.hops[0]!, true);
    return;
  }
  let failure: unknown;
  for (const hop of config.hops)
    try {
      removeHop(request, config, hop, false);
    } catch (e) {
      failure = e;
    }
  if (failure) throw failure;
}

/** ip6_route_del. */
function removeHop(request: RouteRequest, config: RouteConfig, hop: Hop, all: boolean): void {
  const { kernel, net } = request;
  const table = tablesOf(net, AF_INET6).get(config.table);
  if (table === undefined) refuse("ESRCH", "FIB table does not exist");
  checkLength(config);
  const entries = entriesAt(table, networkOf(config.dst, config.length, AF_INET6), config.length) ?? [];
  const found = entries.find((entry) => {
    if (entry.nhId && config.nhId && entry.nhId !== config.nhId) return false;
    if (config.priority && config.priority !== entry.priority) return false;
    if (config.protocol && config.protocol !== entry.protocol) return false;
    if (entry.nhId) return true;
    if (config.nhId) return false;
    const own = entry.hops[0]!;
    if (hop.oif && hop.oif !== own.oif) return false;
    return hop.gateway === undefined || hop.gateway === own.gateway;
  });
  if (found === undefined) refuse("ESRCH");
  const siblings = siblingsOf(net, found);
  if (siblings.length === 1 || hop.gateway !== undefined || !all) {
    deleteEntry(kernel, net, found, request);
    return;
  }
  const message = route6Message(kernel, net, found, siblings);
  for (const entry of siblings) removeEntry(table, entry);
  net.generation++;
  notifyRoute(kernel, net, AF_INET6, RTM.delroute, () => message, request);
}

// ---- routes of the kernel's own ---------------------------------------------------------------------------------------------

const kernelRoute = (
  table: number,
  dst: bigint,
  length: number,
  type: number,
  priority: number,
  index: number,
): RouteConfig => ({
  family: AF_INET6,
  table,
  dst,
  length,
  src: undefined,
  srcLength: 0,
  tos: 0,
  type,
  protocol: routeProtocols.values.kernel,
  scope: 0,
  priority,
  prefsrc: undefined,
  metrics: undefined,
  flags: 0,
  hops: [{ ...newHop(), oif: index }],
  multipath: false,
  nhId: 0,
  pref: 0,
  expires: undefined,
  nlflags: NLM_F_CREATE,
});
/** Adds a route of the kernel's own; one that is there already, or cannot be, is no failure. */
export function addKernelRoute6(
  kernel: Kernel,
  link: Link,
  kind: "prefix" | "multicast" | "local" | "anycast",
  dst: bigint,
  length: number,
  priority: number,
  expires?: number,
): void {
  const net = kernel.netns(link.netns);
  const table = tableOfMaster(net, link) ?? (kind === "prefix" ? MAIN : 255);
  const type = { prefix: RTN.unicast, multicast: RTN.multicast, local: RTN.local, anycast: RTN.anycast }[kind];
  const config = kernelRoute(table, dst, length, type, priority, link.index);
  try {
    const { multipath: _, nlflags: __, ...entry } = config;
    entry.dst = networkOf(dst, length, AF_INET6);
    entry.expires = expires;
    entry.hops = [hop6(net, config, config.hops[0]!, kind === "local" || kind === "anycast")];
    insertRoute6(kernel, net, entry, undefined);
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
  }
}
/** A route of the kernel's own; a prefix's is whatever leads there by the device itself (addrconf_get_prefix_route). */
export function findKernelRoute6(
  kernel: Kernel,
  link: Link,
  kind: "prefix" | "local" | "anycast",
  dst: bigint,
  length: number,
): RouteEntry | undefined {
  const net = kernel.netns(link.netns);
  const table = tablesOf(net, AF_INET6).get(tableOfMaster(net, link) ?? (kind === "prefix" ? MAIN : 255));
  const type = { prefix: undefined, local: RTN.local, anycast: RTN.anycast }[kind];
  return (table && entriesAt(table, networkOf(dst, length, AF_INET6), length))?.find(
    (entry) =>
      (type === undefined || entry.type === type) &&
      entry.hops[0]?.oif === link.index &&
      entry.hops[0].gateway === undefined,
  );
}
export function removeKernelRoute6(...where: Parameters<typeof findKernelRoute6>): void {
  const [kernel, link] = where;
  const found = findKernelRoute6(...where);
  if (found) deleteEntry(kernel, kernel.netns(link.netns), found);
}

/** rt6_remove_prefsrc: routes by a device forget a source address that it has no longer. */
export function dropPrefsrc(net: Netns, link: Link, address: bigint): void {
  for (const table of net.tables6.values())
    for (const entry of walk(table, AF_INET6))
      if (
        entry.prefsrc === address &&
        entry.hops[0]?.oif === link.index &&
        !isOwnAddress(net, address, link, IFA_F.tentative)
      )
        entry.prefsrc = undefined;
}

/** rt6_sync_down_dev (fib6_ifdown). */
export function syncDown6(kernel: Kernel, link: Link, event: Loss): void {
  const net = kernel.netns(link.netns);
  for (const table of orderedTables(net, AF_INET6)) {
    const seen = new Set<RouteEntry>();
    for (const entry of [...walk(table, AF_INET6)]) {
      const hop = entry.hops[0];
      if (hop === undefined || seen.has(entry)) continue;
      if (event === "change") {
        if (hop.oif === link.index && entry.type !== RTN.local && entry.type !== RTN.anycast)
          hop.flags |= RTNH_F.linkdown;
        continue;
      }
      const siblings = siblingsOf(net, entry);
      if (event === "unregister" || siblings.length === 1) {
        if (hop.oif === link.index) deleteEntry(kernel, net, entry);
        continue;
      }
      for (const sibling of siblings) seen.add(sibling);
      const dead = siblings.filter(({ hops: [h] }) => h!.oif === link.index || (h!.flags & RTNH_F.dead) !== 0);
      if (!siblings.some(({ hops: [h] }) => h!.oif === link.index)) continue;
      if (dead.length === siblings.length) for (const sibling of siblings) deleteEntry(kernel, net, sibling);
      else
        for (const {
          hops: [h],
        } of siblings)
          if (h!.oif === link.index) h!.flags |= RTNH_F.dead | RTNH_F.linkdown;
    }
  }
}
/** rt6_sync_up. */
export function syncUp6(kernel: Kernel, link: Link, dead: boolean): void {
  const net = kernel.netns(link.netns);
  let bits = dead ? RTNH_F.dead : RTNH_F.linkdown;
  if (dead && link.carrier) bits |= RTNH_F.linkdown;
  for (const table of net.tables6.values())
    for (const entry of walk(table, AF_INET6))
      for (const hop of entry.hops) if (hop.oif === link.index) hop.flags &= ~bits;
}
