/** Nexthops as objects of their own, and groups of them (net/ipv4/nexthop.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { nexthop as schema } from "../../codec/rtnetlink/nexthop.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import { MAIN } from "./fib.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6, toBig, toText } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { isUp } from "./link-message.ts";
import { removeRoutesOf, routesOfNexthop } from "./nexthop-routes.ts";
import { newHop, RTNH_F } from "./route-config.ts";
import { checkHop4 } from "./route4.ts";
import { initHop6 } from "./route6-gateway.ts";
import type { Hop, Link, Netns, NexthopEntry } from "./state.ts";

const LOOPBACK = 1;
type NexthopRequest = RequestOf<typeof schema>;

/** nh_fill_node. */
export function nexthopMessage(nexthop: NexthopEntry) {
  const { hop, group } = nexthop;
  const head = {
    family: group ? 0 : nexthop.family,
    scope: nexthop.scope,
    protocol: nexthop.protocol,
    flags: nexthop.flags | (hop ? hop.flags & (RTNH_F.dead | RTNH_F.linkdown | RTNH_F.onlink) : 0),
    id: nexthop.id,
    ...(nexthop.fdb ? { fdb: true as const } : {}),
  };
  if (group)
    return {
      ...head,
      groupType: 0,
      group: group.map(({ id, weight }) => ({ id, weight: (weight - 1) & 255, weightHigh: (weight - 1) >> 8 })),
      opFlags: 0x80000000,
    };
  if (nexthop.blackhole) return { ...head, blackhole: true as const };
  if (hop === undefined) return head;
  return {
    ...head,
    ...(nexthop.fdb ? {} : { oif: hop.oif }),
    ...(hop.gateway === undefined
      ? {}
      : { gateway: toText(hop.gateway, hop.gatewayFamily === AF_INET6 ? AF_INET6 : AF_INET) }),
    ...(hop.encap === undefined ? {} : { encap: hop.encap as never, encapType: hop.encapType }),
  };
}
export function notifyNexthop(
  kernel: Kernel,
  net: Netns,
  type: number,
  nexthop: NexthopEntry,
  cause?: Cause,
  flags = 0,
): void {
  const message = nexthopMessage(nexthop);
  kernel.notify(net, rtnetlinkGroups.values.nexthop, type, schema, () => message, { cause, flags });
}

/** rtm_to_nh_config. */
function configOf(request: NexthopRequest): NexthopEntry {
  const { net, value } = request;
  const { family } = value;
  if (value.scope !== 0) refuse("EINVAL", "Invalid values in ancillary header");
  if ((value.flags & ~RTNH_F.onlink) !== 0) refuse("EINVAL", "Invalid nexthop flags in ancillary header");
  if (family !== AF_INET && family !== AF_INET6 && !(family === 0 && value.group !== undefined))
    refuse("EINVAL", "Invalid address family");
  const made: NexthopEntry = {
    id: value.id ?? 0,
    protocol: value.protocol,
    flags: 0,
    scope: 0,
    family,
    blackhole: value.blackhole === true,
    fdb: value.fdb === true,
    hop: undefined,
    group: undefined,
  };
  if (value.groupType !== undefined && value.groupType > 1)
    refuse("EINVAL", "Invalid group type", { at: ["groupType"] });
  if (value.groupType !== undefined && value.group === undefined)
    refuse("EINVAL", "Invalid group type", { at: ["groupType"] });
  if (value.group !== undefined) {
    if (family !== 0) refuse("EINVAL", "Group can not have FDB and non FDB nexthops");
    made.group = checkGroup(net, made, value.group);
    if (value.groupType === 1) refuse("EOPNOTSUPP", "Resilient groups are not modelled by the virtual kernel");
    return made;
  }
  if (made.blackhole) {
    if (value.gateway !== undefined || value.oif !== undefined || value.encap !== undefined || made.fdb)
      refuse("EINVAL", "Blackhole attribute can not be used with gateway, oif, encap or fdb");
    const blackhole = { ...newHop(), oif: LOOPBACK };
    made.hop =
      family === AF_INET ? checkHop4(net, blackhole, MAIN, 0) : initHop6(net, blackhole, MAIN, net.links.get(LOOPBACK));
    return made;
  }
  if (value.oif === undefined && !made.fdb)
    refuse("EINVAL", "Device attribute required for non-blackhole and non-fdb nexthops");
  let link: Link | undefined;
  if (value.oif !== undefined) {
    if (made.fdb) refuse("EINVAL", "Fdb nexthop can not be used with encap or oif");
    link = net.links.get(value.oif);
    if (link === undefined) refuse("EINVAL", "Invalid device index");
    if (!isUp(link)) refuse("ENETDOWN", "Nexthop device is not up");
    if (!link.carrier) refuse("ENETDOWN", "Carrier for nexthop device is down");
  }
  if (value.gateway === undefined && (value.flags & RTNH_F.onlink) !== 0)
    refuse("EINVAL", "ONLINK flag can not be set for nexthop without a gateway");
  const given: Hop = { ...newHop(), oif: value.oif ?? 0, flags: value.flags };
  if (value.gateway !== undefined) {
    given.gateway = toBig(value.gateway);
    given.gatewayFamily = value.gateway.includes(":") ? AF_INET6 : AF_INET;
    if (given.gatewayFamily !== family) refuse("EINVAL", "Invalid gateway", { at: ["gateway"] });
  }
  if (value.encap !== undefined) {
    given.encap = value.encap;
    given.encapType = value.encapType ?? 0;
  }
  made.hop = made.fdb ? given : family === AF_INET ? checkHop4(net, given, MAIN, 0) : initHop6(net, given, MAIN, link);
  made.scope = made.hop.scope;
  return made;
}

function checkGroup(
  net: Netns,
  made: NexthopEntry,
  given: readonly { id: number; weight: number; weightHigh: number }[],
): NonNullable<NexthopEntry["group"]> {
  if (given.length === 0) refuse("EINVAL", "Invalid length for nexthop group attribute");
  const seen = new Set<number>();
  for (const { id } of given) {
    if (seen.has(id)) refuse("EINVAL", "Nexthop id can not be used twice in a group");
    seen.add(id);
  }
  let family = 0;
  for (const { id } of given) {
    const member = net.nexthops.get(id);
    if (member === undefined) refuse("EINVAL", "Invalid nexthop id");
    if (member.group) refuse("EINVAL", "Hash-threshold group can not be a nexthop within a group");
    if (member.blackhole && given.length > 1)
      refuse("EINVAL", "Blackhole nexthop can not be used in a group with more than 1 path");
    if (member.fdb !== made.fdb)
      refuse(
        "EINVAL",
        made.fdb ? "FDB nexthop group can only have fdb nexthops" : "Non FDB nexthop group cannot have fdb nexthops",
      );
    if (made.fdb && family !== 0 && member.family !== family)
      refuse("EINVAL", "FDB nexthop group cannot have mixed family nexthops");
    family = member.family;
  }
  return given.map(({ id, weight, weightHigh }) => ({ id, weight: ((weightHigh << 8) | weight) + 1 }));
}

function add(request: NexthopRequest): void {
  const { kernel, net, flags } = request;
  const made = configOf(request);
  const replace = (flags & NLM_F_REPLACE) !== 0;
  if (made.id === 0) {
    if (replace) refuse("EINVAL", "Replace requires nexthop id");
    let id = 1;
    while (net.nexthops.has(id)) id++;
    made.id = id;
  }
  const old = net.nexthops.get(made.id);
  if (old) {
    if ((flags & NLM_F_EXCL) !== 0) refuse("EEXIST");
    if (!replace) refuse("EEXIST");
    replaceNexthop(net, old, made);
    net.generation++;
    notifyNexthop(kernel, net, RTM.newnexthop, made, request, NLM_F_REPLACE);
    for (const { family, tell } of routesOfNexthop(kernel, net, made.id)) if (family) tell();
    return;
  }
  if ((flags & NLM_F_CREATE) === 0) refuse("ENOENT");
  net.nexthops.set(made.id, made);
  net.generation++;
  notifyNexthop(kernel, net, RTM.newnexthop, made, request);
}
/** replace_nexthop: what it may not turn into. */
function replaceNexthop(net: Netns, old: NexthopEntry, made: NexthopEntry): void {
  if (old.group && !made.group) refuse("EINVAL", "Can not replace a nexthop group with a nexthop.");
  if (!old.group && made.group) refuse("EINVAL", "Can not replace a nexthop with a nexthop group.");
  const groups = [...net.nexthops.values()].filter((other) => other.group?.some(({ id }) => id === old.id));
  if (made.blackhole && groups.some((group) => group.group!.length > 1))
    refuse("EINVAL", "Blackhole nexthop can not be a member of a group with more than one path");
  net.nexthops.set(made.id, made);
}

function remove(request: NexthopRequest): void {
  const { kernel, net } = request;
  const id = idOf(request);
  const found = net.nexthops.get(id);
  if (found === undefined) refuse("ENOENT");
  removeNexthop(kernel, net, found, request);
}

/** remove_nexthop: its routes go with it, and it leaves its groups. Only what was asked for is told. */
export function removeNexthop(kernel: Kernel, net: Netns, nexthop: NexthopEntry, cause?: Cause): void {
  if (!net.nexthops.delete(nexthop.id)) return;
  if (cause) notifyNexthop(kernel, net, RTM.delnexthop, nexthop, cause);
  removeRoutesOf(kernel, net, nexthop.id);
  net.generation++;
  for (const other of [...net.nexthops.values()]) {
    const { group } = other;
    const at = group?.findIndex(({ id }) => id === nexthop.id) ?? -1;
    if (at < 0) continue;
    if (group!.length === 1) {
      removeNexthop(kernel, net, other, cause);
      continue;
    }
    group!.splice(at, 1);
    if (cause) notifyNexthop(kernel, net, RTM.newnexthop, other, cause);
  }
}
/** nexthop_flush_dev. */
export function flushNexthops(kernel: Kernel, link: Link, gone: boolean): void {
  const net = kernel.netns(link.netns);
  for (const nexthop of [...net.nexthops.values()])
    if (nexthop.hop?.oif === link.index && !nexthop.fdb && (gone || !nexthop.blackhole))
      removeNexthop(kernel, net, nexthop);
}

function idOf(request: NexthopRequest): number {
  const { value } = request;
  if (value.protocol !== 0 || value.scope !== 0 || value.flags !== 0) refuse("EINVAL", "Invalid values in header");
  if (value.id === undefined) refuse("EINVAL", "Nexthop id is missing");
  if (value.id === 0) refuse("EINVAL", "Invalid nexthop id");
  return value.id;
}
function get(request: NexthopRequest): void {
  const { net } = request;
  const found = net.nexthops.get(idOf(request));
  if (found === undefined) refuse("ENOENT");
  request.reply(RTM.newnexthop, schema, nexthopMessage(found));
}
function list(request: NexthopRequest): Listing[] {
  const { net, value, family } = request;
  const { oif, master, groups, fdb } = value;
  return [
    {
      type: RTM.newnexthop,
      schema,
      items: [...net.nexthops.values()].sort((a, b) => a.id - b.id),
      fill: (nexthop: NexthopEntry) => {
        if (groups && !nexthop.group) return undefined;
        if (nexthop.group && !groups && (oif || master)) return undefined;
        if (oif && nexthop.hop?.oif !== oif) return undefined;
        if (master && net.links.get(nexthop.hop?.oif ?? 0)?.master !== master) return undefined;
        if (family && nexthop.family !== family) return undefined;
        if (fdb && !nexthop.fdb) return undefined;
        return nexthopMessage(nexthop);
      },
      filtered: Boolean(oif || master || groups || fdb || family),
      generation: () => net.generation,
    },
  ];
}
export const nexthopHandlers: HandlerTable = [
  [RTM.newnexthop, { doit: add }],
  [RTM.delnexthop, { doit: remove }],
  [RTM.getnexthop, { doit: get, dump: list }],
];
