/** Neighbours: entries of ARP and NDP, and proxies (net/core/neighbour.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { neighborFlags, neighborStates, neighbor as schema } from "../../codec/rtnetlink/neighbor.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { clockT } from "./clock.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6, type Family, toBig, toText } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { IFF } from "./link-message.ts";
import type { Link, NeighborEntry, Netns } from "./state.ts";

type NeighborRequest = RequestOf<typeof schema>;
const NUD = neighborStates.values;
const NTF = neighborFlags.values;
const VALID = NUD.permanent | NUD.noarp | NUD.reachable | NUD.probe | NUD.stale | NUD.delay;

const keyOf = (family: number, index: number, dst: bigint, proxy: boolean): string =>
  `${family} ${index} ${dst}${proxy ? " proxy" : ""}`;

/** neigh_fill_info and pneigh_fill_info. */
function message(kernel: Kernel, entry: NeighborEntry) {
  const { family, index, proxy } = entry;
  const since = clockT(kernel.now() - entry.changed);
  return {
    family,
    ifindex: index,
    state: proxy ? 0 : entry.state,
    flags: entry.flags,
    type: routeTypes.values.unicast,
    dst: toText(entry.dst, family),
    ...(entry.lladdr !== undefined && (entry.state & VALID) !== 0 ? { lladdr: entry.lladdr } : {}),
    ...(proxy ? {} : { probes: 0, cacheinfo: { confirmed: since, used: since, updated: since, refcnt: 0 } }),
    ...(entry.protocol ? { protocol: entry.protocol } : {}),
    ...(entry.extFlags ? { flagsExt: entry.extFlags } : {}),
  };
}
function notify(kernel: Kernel, net: Netns, type: number, entry: NeighborEntry, cause?: Cause): void {
  kernel.notify(net, rtnetlinkGroups.values.neigh, type, schema, () => message(kernel, entry), { cause });
}

/** neigh_add. */
function add(request: NeighborRequest): void {
  const { kernel, net, value, flags: nlflags } = request;
  const family = value.family as Family;
  if (value.dst === undefined) refuse("EINVAL", "Network address not specified");
  let link: Link | undefined;
  if (value.ifindex) {
    link = net.links.get(value.ifindex);
    if (link === undefined) refuse("ENODEV");
    if (value.lladdr !== undefined && value.lladdr.length < 17 && link.type === 1)
      refuse("EINVAL", "Invalid link address");
  }
  if (family !== AF_INET && family !== AF_INET6) refuse("EAFNOSUPPORT");
  const dst = toBig(value.dst);
  if ((family === AF_INET6) !== value.dst.includes(":")) refuse("EINVAL", "Invalid network address");
  if ((value.flags & NTF.proxy) !== 0) {
    const entry: NeighborEntry = {
      family,
      index: value.ifindex,
      dst,
      lladdr: undefined,
      state: 0,
      flags: value.flags & (NTF.proxy | NTF.router),
      proxy: true,
      protocol: value.protocol ?? 0,
      extFlags: 0,
      changed: kernel.now(),
    };
    const key = keyOf(family, value.ifindex, dst, true);
    const old = net.neighbors.get(key);
    if (old) {
      old.flags = entry.flags;
      if (value.protocol) old.protocol = value.protocol;
    } else net.neighbors.set(key, entry);
    return;
  }
  if (link === undefined) refuse("EINVAL", "Device not specified");
  const key = keyOf(family, link.index, dst, false);
  const old = net.neighbors.get(key);
  const { lladdr } = value;
  if (old === undefined) {
    if ((nlflags & NLM_F_CREATE) === 0) refuse("ENOENT");
    if (lladdr === undefined && (value.state & (NUD.noarp | NUD.incomplete | NUD.failed)) === 0 && value.state & VALID)
      refuse("EINVAL");
  } else {
    if ((nlflags & NLM_F_EXCL) !== 0) refuse("EEXIST");
    const override = (nlflags & NLM_F_REPLACE) !== 0;
    if (
      !override &&
      lladdr !== undefined &&
      old.lladdr !== undefined &&
      old.lladdr !== lladdr &&
      (old.state & VALID) !== 0
    )
      return;
  }
  const entry: NeighborEntry = old ?? {
    family,
    index: link.index,
    dst,
    lladdr: undefined,
    state: 0,
    flags: 0,
    proxy: false,
    protocol: 0,
    extFlags: 0,
    changed: 0,
  };
  // Devices without addresses of their own need no entry to be resolved (arp_constructor, ndisc_constructor).
  entry.state = value.state;
  if (lladdr !== undefined) entry.lladdr = lladdr;
  if ((link.flags & IFF.noarp) !== 0 && old === undefined) entry.lladdr ??= link.address;
  entry.flags = value.flags & (NTF.router | NTF.extern_learn);
  if (value.protocol) entry.protocol = value.protocol;
  entry.changed = kernel.now();
  net.neighbors.set(key, entry);
  net.generation++;
  notify(kernel, net, RTM.newneigh, entry, request);
}

/** neigh_delete. */
function remove(request: NeighborRequest): void {
  const { kernel, net, value } = request;
  const family = value.family as Family;
  if (value.dst === undefined) refuse("EINVAL", "Network address not specified");
  if (value.ifindex && !net.links.has(value.ifindex)) refuse("ENODEV");
  if (family !== AF_INET && family !== AF_INET6) refuse("EAFNOSUPPORT");
  const proxy = (value.flags & NTF.proxy) !== 0;
  if (!proxy && !value.ifindex) refuse("EINVAL", "Device not specified");
  const key = keyOf(family, value.ifindex, toBig(value.dst), proxy);
  const found = net.neighbors.get(key);
  if (found === undefined) refuse("ENOENT");
  net.neighbors.delete(key);
  net.generation++;
  if (proxy) return;
  // First it fails, which is told, and then it goes (__neigh_update, neigh_remove_one).
  found.state = NUD.failed;
  notify(kernel, net, RTM.newneigh, found, request);
  notify(kernel, net, RTM.delneigh, found);
}

/** neigh_ifdown: entries of a device that went down go, those of the family alone. */
export function neighborsDown(kernel: Kernel, link: Link, family: Family): void {
  const net = kernel.netns(link.netns);
  for (const [key, entry] of [...net.neighbors]) {
    if (entry.family !== family || entry.index !== link.index) continue;
    net.neighbors.delete(key);
    net.generation++;
    if (!entry.proxy) notify(kernel, net, RTM.delneigh, entry);
  }
}
/** neigh_carrier_down: all but the permanent ones go. */
export function neighborsCarrierDown(kernel: Kernel, link: Link): void {
  const net = kernel.netns(link.netns);
  for (const [key, entry] of [...net.neighbors]) {
    if (entry.proxy || entry.index !== link.index || (entry.state & NUD.permanent) !== 0) continue;
    net.neighbors.delete(key);
    net.generation++;
    notify(kernel, net, RTM.delneigh, entry);
  }
}

function get(request: NeighborRequest): void {
  const { kernel, net, value } = request;
  if (value.dst === undefined) refuse("EINVAL", "Network address not specified");
  const proxy = (value.flags & NTF.proxy) !== 0;
  if (value.ifindex && !net.links.has(value.ifindex)) refuse("ENODEV", "Unknown device ifindex");
  if (!proxy && !value.ifindex) refuse("EINVAL", "No device specified");
  const found = net.neighbors.get(keyOf(value.family, value.ifindex, toBig(value.dst), proxy));
  if (found === undefined) refuse("ENOENT", proxy ? "Proxy neighbour entry not found" : "Neighbour entry not found");
  request.reply(RTM.newneigh, schema, message(kernel, found));
}

function list(request: NeighborRequest): Listing[] {
  const { kernel, net, value, family } = request;
  const proxy = (value.flags & NTF.proxy) !== 0;
  const { master, ifindex } = value;
  const index = ifindex || value.viaIfindex || 0;
  return [
    {
      type: RTM.newneigh,
      schema,
      items: [...net.neighbors.values()],
      fill: (entry: NeighborEntry) => {
        if (family !== 0 && entry.family !== family) return undefined;
        if (entry.proxy !== proxy || (index && entry.index !== index)) return undefined;
        if (master && net.links.get(entry.index)?.master !== master) return undefined;
        return message(kernel, entry);
      },
      filtered: Boolean(master || index),
    },
  ];
}
export const neighborHandlers: HandlerTable = [
  [RTM.newneigh, { doit: add }],
  [RTM.delneigh, { doit: remove }],
  [RTM.getneigh, { doit: get, dump: list }],
];
