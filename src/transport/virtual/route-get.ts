/** Look-ups: RTM_GETROUTE of one address (inet_rtm_getroute, inet6_rtm_getroute). @module */
import { route as schema } from "../../codec/rtnetlink/route.ts";
import { routeTables } from "../../codec/rtnetlink/route-table.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { addressType, LOCAL, lookup, tableOfMaster } from "./fib.ts";
import { errorOf, lookup6 } from "./fib6.ts";
import { AF_INET, AF_INET6, isLinkLocal, samePrefix, toBig, toText } from "./ip.ts";
import { isLoopback, isUp } from "./link-message.ts";
import { type RouteRequest, RTN } from "./route-config.ts";
import { route4Message } from "./route4.ts";
import { isReject, route6Message } from "./route6-entry.ts";
import type { Hop, Link, Netns } from "./state.ts";

const TABLE = routeTables.values;
const CLONED = 0x200;
const LOOKUP_TABLE = 0x1000;
const FIB_MATCH = 0x2000;
const RTCF_LOCAL = 0x80000000;
const RTCF_BROADCAST = 0x10000000;
const RTCF_MULTICAST = 0x20000000;

/** inet_select_addr: the address to speak from, towards `dst`. */
function selectSource(net: Netns, link: Link | undefined, dst: bigint, scope: number): bigint | undefined {
  const of = (candidate: Link | undefined) => {
    let found: bigint | undefined;
    for (const address of candidate?.addresses ?? []) {
      if ((address.flags & 1) !== 0 || address.scope > scope) continue;
      if (dst === 0n || samePrefix(address.address, dst, address.length, AF_INET)) return address.local;
      found ??= address.local;
    }
    return found;
  };
  const own = of(link);
  if (own !== undefined) return own;
  for (const other of net.links.values()) {
    const found = other.addresses.find((address) => address.scope <= scope && address.scope !== 253);
    if (found) return found.local;
  }
  return undefined;
}

export function getRoute4(request: RouteRequest): void {
  const { net, value } = request;
  if (value.dstLen && value.dstLen !== 32) refuse("EINVAL", "ipv4: Invalid values in header for route get request");
  const dst = value.dst === undefined ? 0n : toBig(value.dst as string);
  const src = value.src === undefined ? undefined : toBig(value.src);
  const iif = value.iif ?? 0;
  if (iif && !net.links.has(iif)) refuse("ENODEV");
  const flow = {
    dst,
    ...(src === undefined ? {} : { src }),
    ...(iif ? { iif } : {}),
    oif: iif ? 0 : (value.oif ?? 0),
    mark: value.mark ?? 0,
    tos: value.tos & 0x1c,
    uid: value.uid ?? 0,
    ...(value.ipProto === undefined ? {} : { ipProto: value.ipProto }),
    ...(value.sport === undefined ? {} : { sport: value.sport }),
    ...(value.dport === undefined ? {} : { dport: value.dport }),
    scope: 0,
  };
  if (flow.oif && !net.links.has(flow.oif)) refuse("ENODEV");
  if (src !== undefined && !iif && addressType(net, src, LOCAL) !== RTN.local) refuse("EINVAL");
  const found = lookup(net, flow);
  if ((value.flags & FIB_MATCH) !== 0) {
    if (typeof found === "string") refuse(found);
    request.reply(RTM.newroute, schema, route4Message(net, found.entry));
    return;
  }
  if (typeof found === "string") refuse(found);
  const { entry } = found;
  const local = entry.type === RTN.local;
  let { hop }: { hop: Hop } = found;
  if (local) hop = { ...hop, oif: 1, gateway: undefined };
  const link = net.links.get(hop.oif);
  const prefsrc =
    src ??
    (local && entry.prefsrc === undefined ? dst : entry.prefsrc) ??
    selectSource(net, link, hop.gateway ?? dst, entry.scope);
  const table = (value.flags & LOOKUP_TABLE) !== 0 ? entry.table : TABLE.main;
  const bits =
    CLONED |
    (local ? RTCF_LOCAL : 0) |
    (entry.type === RTN.broadcast ? RTCF_BROADCAST : 0) |
    (dst >> 28n === 0xen ? RTCF_MULTICAST : 0);
  request.reply(RTM.newroute, schema, {
    family: AF_INET,
    dstLen: 32,
    srcLen: 0,
    tos: value.tos,
    table: table < 256 ? table : TABLE.compat,
    protocol: 0,
    scope: 0,
    type: entry.type,
    flags: bits >>> 0,
    tableId: table,
    dst: toText(dst, AF_INET),
    oif: hop.oif,
    ...(prefsrc === undefined ? {} : { prefsrc: toText(prefsrc, AF_INET) }),
    ...(hop.gateway === undefined
      ? {}
      : hop.gatewayFamily === AF_INET6
        ? { via: { family: AF_INET6, address: toText(hop.gateway, AF_INET6) } }
        : { gateway: toText(hop.gateway, AF_INET) }),
    ...(entry.metrics ? { metrics: entry.metrics } : {}),
    ...(value.mark ? { mark: value.mark } : {}),
    uid: value.uid ?? 0,
    ...(iif ? { iif } : {}),
    cacheinfo: { clntref: 0, lastuse: 0, expires: 0, error: 0, used: 0, id: 0, ts: 0, tsage: 0 },
  });
}

/** ipv6_dev_get_saddr: the device's address that is nearest to `dst`. */
function selectSource6(net: Netns, link: Link | undefined, dst: bigint): bigint | undefined {
  let best: { address: bigint; common: number } | undefined;
  const candidates = [link, ...[...net.links.values()].filter((other) => other !== link)];
  for (const candidate of candidates) {
    if (candidate === undefined || !isUp(candidate)) continue;
    for (const { address, flags } of candidate.inet6?.addresses ?? []) {
      if ((flags & 0x40) !== 0) continue; // tentative
      if (
        isLinkLocal(address) !== isLinkLocal(dst) ||
        (candidate !== link && (isLinkLocal(dst) || isLoopback(candidate)))
      )
        continue;
      let common = 0;
      while (common < 128 && samePrefix(address, dst, common + 1, AF_INET6)) common++;
      if (best === undefined || common > best.common) best = { address, common };
    }
    if (best) return best.address;
  }
  const fallback = link?.inet6?.addresses.find(({ flags }) => (flags & 0x40) === 0);
  return fallback?.address;
}

export function getRoute6(request: RouteRequest): void {
  const { kernel, net, value } = request;
  const dst = value.dst === undefined ? 0n : toBig(value.dst as string);
  const src = value.src === undefined ? undefined : toBig(value.src);
  const oif = value.oif ?? 0;
  if (value.iif && !net.links.has(value.iif)) refuse("ENODEV");
  const link = oif ? net.links.get(oif) : undefined;
  if (oif && link === undefined) refuse("ENODEV");
  const flow = {
    dst,
    ...(src === undefined ? {} : { src }),
    ...(value.iif ? { iif: value.iif } : {}),
    oif: link && tableOfMaster(net, link) === undefined ? oif : 0,
    mark: value.mark ?? 0,
    tos: 0,
    uid: value.uid ?? 0,
    scope: 0,
  };
  const found = lookup6(net, flow, false);
  if (typeof found === "string") refuse(found);
  const { entry, hop } = found;
  if (isReject(entry)) refuse(errorOf(entry) ?? "ENETUNREACH");
  const message = route6Message(kernel, net, entry, [entry]);
  if ((value.flags & FIB_MATCH) !== 0) {
    request.reply(RTM.newroute, schema, message);
    return;
  }
  const prefsrc = src ?? entry.prefsrc ?? selectSource6(net, net.links.get(hop.oif), hop.gateway ?? dst);
  const { src: _, prefsrc: __, ...rest } = message as typeof message & { src?: unknown; prefsrc?: unknown };
  request.reply(RTM.newroute, schema, {
    ...rest,
    dstLen: 128,
    dst: toText(dst, AF_INET6),
    flags: entry.type === RTN.local ? rest.flags : rest.flags,
    ...(prefsrc === undefined ? {} : { prefsrc: toText(prefsrc, AF_INET6) }),
    uid: value.uid ?? 0,
  });
}
