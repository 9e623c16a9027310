/** Routes of IPv4 (net/ipv4/fib_semantics.c and fib_trie.c). @module */
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { scopes } from "../../codec/rtnetlink/scope.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import {
  addEntry,
  addressType,
  entriesAt,
  LOCAL,
  lookup,
  lookupTable,
  MAIN,
  removeEntry,
  tableIn,
  tableOfMaster,
  tablesOf,
  typeErrors,
} from "./fib.ts";
import { AF_INET, AF_INET6, networkOf, toText } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { isUp } from "./link-message.ts";
import { checkNexthopFor4, hopsOf, isBlackholeNexthop } from "./nexthop-hops.ts";
import {
  checkLength,
  configOf,
  notifyRoute,
  type RouteConfig,
  type RouteRequest,
  RTN,
  RTNH_F,
} from "./route-config.ts";
import { checkGateway6 } from "./route6-gateway.ts";
import type { Hop, Netns, RouteEntry } from "./state.ts";

const SCOPE = scopes.values;
/** Narrowest scope that a route of a type may say it has (fib_props). */
const typeScopes: { readonly [type: number]: number } = {
  [RTN.unspec]: SCOPE.nowhere,
  [RTN.unicast]: SCOPE.global,
  [RTN.local]: SCOPE.host,
  [RTN.broadcast]: SCOPE.link,
  [RTN.anycast]: SCOPE.link,
  [RTN.multicast]: SCOPE.global,
  [RTN.blackhole]: SCOPE.global,
  [RTN.unreachable]: SCOPE.global,
  [RTN.prohibit]: SCOPE.global,
  [RTN.throw]: SCOPE.global,
  [RTN.nat]: SCOPE.nowhere,
  [RTN.xresolve]: SCOPE.nowhere,
};

/** fib_dump_info. */
export function route4Message(net: Netns, entry: RouteEntry) {
  const { table, length } = entry;
  const hops = hopsOf(net, entry);
  const single = hops.length === 1 ? hops[0]! : undefined;
  const gatewayOf = (hop: Hop) =>
    hop.gateway === undefined
      ? {}
      : hop.gatewayFamily === AF_INET6
        ? { via: { family: AF_INET6, address: toText(hop.gateway, AF_INET6) } }
        : { gateway: toText(hop.gateway, AF_INET) };
  const more = (hop: Hop) => ({
    ...gatewayOf(hop),
    ...(hop.flow ? { flow: hop.flow } : {}),
    ...(hop.encap === undefined ? {} : { encap: hop.encap, encapType: hop.encapType }),
  });
  const shown = RTNH_F.dead | RTNH_F.linkdown | RTNH_F.onlink | RTNH_F.offload | RTNH_F.trap;
  return {
    family: AF_INET,
    dstLen: length,
    srcLen: 0,
    tos: entry.tos,
    table: table < 256 ? table : 252,
    protocol: entry.protocol,
    scope: entry.scope,
    type: entry.nhId !== 0 && isBlackholeNexthop(net, entry.nhId) ? RTN.blackhole : entry.type,
    flags: single ? single.flags & shown : 0,
    tableId: table,
    ...(length ? { dst: toText(entry.dst, AF_INET) } : {}),
    ...(entry.priority ? { priority: entry.priority } : {}),
    ...(entry.metrics ? { metrics: entry.metrics } : {}),
    ...(entry.prefsrc === undefined ? {} : { prefsrc: toText(entry.prefsrc, AF_INET) }),
    ...(entry.nhId ? { nhId: entry.nhId } : {}),
    ...(single ? { ...(single.oif ? { oif: single.oif } : {}), ...more(single) } : {}),
    ...(hops.length > 1
      ? {
          multipath: hops.map((hop) => ({
            flags: hop.flags & shown,
            hops: hop.weight - 1,
            ifindex: hop.oif,
            ...more(hop),
          })) as never,
        }
      : {}),
  };
}

/** rtm_to_fib_config, with what it refuses. */
function config4(request: RouteRequest): RouteConfig {
  const { value } = request;
  if ((value.tos & 3) !== 0) refuse("EINVAL", "Invalid dsfield (tos): ECN bits must be 0");
  if (value.type > 11) refuse("EINVAL", "Invalid route type");
  const config = configOf(request, AF_INET);
  checkLength(config);
  if (networkOf(config.dst, config.length, AF_INET) !== config.dst)
    refuse("EINVAL", "Invalid prefix for given prefix length");
  const hop = config.hops[0]!;
  if (config.nhId && (config.multipath || hop.oif || hop.gateway !== undefined || hop.encap))
    refuse("EINVAL", "Nexthop specification and nexthop id are mutually exclusive");
  if (value.gateway !== undefined && value.via !== undefined)
    refuse("EINVAL", "Nexthop configuration can not contain both GATEWAY and VIA");
  config.table ||= MAIN;
  return config;
}

export function newRoute4(request: RouteRequest): void {
  insertRoute4(request.kernel, request.net, config4(request), request);
}
export function removeRoute4(request: RouteRequest): void {
  const { net } = request;
  const config = config4(request);
  if (config.nhId && !net.nexthops.has(config.nhId)) refuse("EINVAL", "Nexthop id does not exist");
  if (!net.tables4.has(config.table)) refuse("ESRCH", "FIB table does not exist");
  deleteRoute4(request.kernel, net, config, request);
}

/** fib_create_info: the entry with its hops checked. */
function createEntry(net: Netns, config: RouteConfig): RouteEntry {
  const { multipath: _, nlflags: __, ...entry } = config;
  entry.flags = 0;
  const { type, scope, hops } = config;
  if (typeScopes[type]! > scope) refuse("EINVAL", "Invalid scope");
  if ((config.flags & (RTNH_F.dead | RTNH_F.linkdown)) !== 0)
    refuse("EINVAL", "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
  if (config.nhId) {
    if (!net.nexthops.has(config.nhId)) refuse("EINVAL", "Nexthop id does not exist");
    entry.hops = [];
  }
  if (config.multipath)
    for (const hop of hops)
      if ((hop.flags & (RTNH_F.dead | RTNH_F.linkdown)) !== 0)
        refuse("EINVAL", "Invalid flags for nexthop - can not contain DEAD or LINKDOWN");
  if (typeErrors[type] && type !== RTN.nat && type !== RTN.xresolve) {
    if (config.multipath || hops[0]!.oif || hops[0]!.gateway !== undefined)
      refuse("EINVAL", "Gateway, device and multipath can not be specified for this route type");
    if (!config.nhId) entry.hops = [{ ...hops[0]!, flags: 0 }];
    return entry;
  }
  if (type < RTN.unicast || type > RTN.multicast) refuse("EINVAL", "Invalid route type");
  if (scope > SCOPE.host) refuse("EINVAL", "Invalid scope");
  if (config.nhId) checkNexthopFor4(net, config.nhId, scope);
  else if (scope === SCOPE.host) {
    if (hops.length !== 1) refuse("EINVAL", "Route with host scope can not have multiple nexthops");
    const hop = hops[0]!;
    if (hop.gateway !== undefined) refuse("EINVAL", "Route with host scope can not have a gateway");
    if (!net.links.has(hop.oif)) refuse("ENODEV");
    entry.hops = [{ ...hop, scope: SCOPE.nowhere }];
  } else {
    entry.hops = hops.map((hop) => checkHop4(net, hop, config.table, scope));
    if (entry.hops.every((hop) => (hop.flags & RTNH_F.linkdown) !== 0)) entry.flags |= RTNH_F.linkdown;
  }
  if (config.prefsrc !== undefined && !validPrefsrc(net, config, config.prefsrc))
    refuse("EINVAL", "Invalid prefsrc address");
  return entry;
}

/** fib_valid_prefsrc. */
function validPrefsrc(net: Netns, config: RouteConfig, prefsrc: bigint): boolean {
  if (config.type === RTN.local && config.dst !== 0n && prefsrc === config.dst) return true;
  const table = config.table === MAIN ? LOCAL : config.table;
  return (
    addressType(net, prefsrc, table) === RTN.local ||
    (table !== LOCAL && addressType(net, prefsrc, LOCAL) === RTN.local)
  );
}

/** fib_check_nh: where a hop leads. */
export function checkHop4(net: Netns, given: Hop, table: number, scope: number): Hop {
  const hop = { ...given };
  if (hop.gateway === undefined) {
    if ((hop.flags & (RTNH_F.pervasive | RTNH_F.onlink)) !== 0)
      refuse("EINVAL", "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
    const link = net.links.get(hop.oif);
    if (!link?.inet) refuse("ENODEV");
    if (!isUp(link)) refuse("ENETDOWN", "Device for nexthop is not up");
    hop.scope = SCOPE.host;
    if (!link.carrier) hop.flags |= RTNH_F.linkdown;
    return hop;
  }
  if (hop.gatewayFamily === AF_INET6) return checkGateway6(net, hop, table);
  if ((hop.flags & RTNH_F.onlink) !== 0) {
    if (scope >= SCOPE.link) refuse("EINVAL", "Nexthop has invalid scope");
    const link = net.links.get(hop.oif);
    if (!link) refuse("ENODEV", "Nexthop device required for onlink");
    if (!isUp(link)) refuse("ENETDOWN", "Nexthop device is not up");
    if (addressType(net, hop.gateway, tableOfMaster(net, link) ?? LOCAL) !== RTN.unicast)
      refuse("EINVAL", "Nexthop has invalid gateway");
    if (!link.carrier) hop.flags |= RTNH_F.linkdown;
    hop.scope = SCOPE.link;
    return hop;
  }
  const flow = { dst: hop.gateway, oif: hop.oif, tos: 0, scope: Math.max(scope + 1, SCOPE.link) };
  const own = table && table !== MAIN ? net.tables4.get(table) : undefined;
  let found = own && lookupTable(net, own, flow, true);
  if (found === undefined || typeof found === "string") found = lookup(net, flow, true);
  if (typeof found === "string") refuse(found, "Nexthop has invalid gateway");
  if (found.entry.type !== RTN.unicast && found.entry.type !== RTN.local)
    refuse("EINVAL", "Nexthop has invalid gateway");
  const link = net.links.get(found.hop.oif);
  if (!link) refuse("EINVAL", "No egress device for nexthop gateway");
  hop.scope = found.entry.scope;
  hop.oif = link.index;
  if (!link.carrier) hop.flags |= RTNH_F.linkdown;
  if (!isUp(link)) refuse("ENETDOWN");
  return hop;
}

/** Whether two entries are one: their fib_info is the same, and their type. */
function sameEntry(a: RouteEntry, b: RouteEntry): boolean {
  return (
    a.type === b.type &&
    a.protocol === b.protocol &&
    a.scope === b.scope &&
    a.prefsrc === b.prefsrc &&
    a.priority === b.priority &&
    a.nhId === b.nhId &&
    a.hops.length === b.hops.length &&
    plain(a.metrics) === plain(b.metrics) &&
    a.hops.every((hop, i) => sameHop(hop, b.hops[i]!))
  );
}
const STATE = RTNH_F.dead | RTNH_F.linkdown | RTNH_F.offload;
const plain = (value: unknown) => JSON.stringify(value, (_key, x) => (typeof x === "bigint" ? `${x}n` : x));
const sameHop = (a: Hop, b: Hop): boolean =>
  a.oif === b.oif &&
  a.gateway === b.gateway &&
  a.gatewayFamily === b.gatewayFamily &&
  a.weight === b.weight &&
  a.scope === b.scope &&
  a.flow === b.flow &&
  (a.flags & ~STATE) === (b.flags & ~STATE) &&
  plain(a.encap) === plain(b.encap);

/** fib_table_insert. */
export function insertRoute4(kernel: Kernel, net: Netns, config: RouteConfig, cause?: Cause): void {
  const table = tableIn(net, AF_INET, config.table);
  const entry = createEntry(net, config);
  const { nlflags } = config;
  const entries = entriesAt(table, entry.dst, entry.length) ?? [];
  // Those of one prefix stand by falling tos and rising priority.
  const alike = (other: RouteEntry) => other.tos === entry.tos && other.priority === entry.priority;
  let at = entries.findIndex((e) => e.tos < entry.tos || (e.tos === entry.tos && e.priority >= entry.priority));
  if (at < 0) at = entries.length;
  const tell = (flags: number) =>
    notifyRoute(kernel, net, AF_INET, RTM.newroute, () => route4Message(net, entry), cause, flags);
  let flags = NLM_F_EXCL;
  const first = entries[at];
  if (first && alike(first)) {
    if ((nlflags & NLM_F_EXCL) !== 0) refuse("EEXIST");
    flags = 0;
    const group = entries.slice(at).filter(alike);
    const match = group.find((other) => sameEntry(other, entry));
    if ((nlflags & NLM_F_REPLACE) !== 0) {
      if (match) {
        if (match !== first) refuse("EEXIST");
        return;
      }
      entries[at] = entry;
      net.generation++;
      tell(NLM_F_REPLACE);
      return;
    }
    if (match) refuse("EEXIST");
    if ((nlflags & NLM_F_APPEND) !== 0) {
      flags |= NLM_F_APPEND;
      at += group.length;
    }
  }
  if ((nlflags & NLM_F_CREATE) === 0) refuse("ENOENT");
  addEntry(table, entry, at);
  net.generation++;
  tell(flags | NLM_F_CREATE);
}

/** fib_nh_match: whether a request to delete speaks of an entry's hops. */
function hopsMatch(config: RouteConfig, entry: RouteEntry): boolean {
  if (config.priority && config.priority !== entry.priority) return false;
  if (config.nhId) return config.nhId === entry.nhId;
  const hop = config.hops[0]!;
  const said = config.multipath || hop.oif !== 0 || hop.gateway !== undefined;
  if (entry.nhId) return !said;
  if (!said) return true;
  if (!config.multipath) {
    const own = entry.hops[0]!;
    return (
      (hop.encap === undefined || plain(hop.encap) === plain(own.encap)) &&
      (hop.oif === 0 || hop.oif === own.oif) &&
      (hop.gateway === undefined || (hop.gateway === own.gateway && hop.gatewayFamily === own.gatewayFamily))
    );
  }
  return config.hops.every((asked, i) => {
    const own = entry.hops[i];
    return (
      own !== undefined &&
      (asked.oif === 0 || asked.oif === own.oif) &&
      (asked.gateway === undefined || (asked.gateway === own.gateway && asked.gatewayFamily === own.gatewayFamily)) &&
      (asked.flow === 0 || asked.flow === own.flow)
    );
  });
}

/** fib_table_delete. */
export function deleteRoute4(kernel: Kernel, net: Netns, config: RouteConfig, cause?: Cause): void {
  const table = tablesOf(net, AF_INET).get(config.table);
  const entries = table && entriesAt(table, config.dst, config.length);
  const found = entries?.find(
    (entry) =>
      entry.tos === config.tos &&
      (config.type === 0 || entry.type === config.type) &&
      (config.scope === SCOPE.nowhere || entry.scope === config.scope) &&
      (config.prefsrc === undefined || entry.prefsrc === config.prefsrc) &&
      (config.protocol === 0 || entry.protocol === config.protocol) &&
      hopsMatch(config, entry) &&
      (config.metrics === undefined ||
        Object.entries(config.metrics).every(([name, value]) => entry.metrics?.[name] === value)),
  );
  if (table === undefined || found === undefined) refuse("ESRCH");
  net.generation++;
  const message = route4Message(net, found);
  removeEntry(table, found);
  notifyRoute(kernel, net, AF_INET, RTM.delroute, () => message, cause);
}
