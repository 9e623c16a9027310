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
import { addressType, LOCAL, tableOfMaster } from "./fib.ts";
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
    type: entry.type,
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
      type: routeTypes.values.unicast,
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
  let found = net.neighbors.get(keyOf(family, link.index, dst, false));
  let override = true;
  if (found === undefined) {
    if ((nlflags & NLM_F_CREATE) === 0) refuse("ENOENT");
    found = create(kernel, net, link, family, dst);
  } else {
    if ((nlflags & NLM_F_EXCL) !== 0) refuse("EEXIST");
    override = (nlflags & NLM_F_REPLACE) !== 0;
  }
  if (value.protocol) found.protocol = value.protocol;
  update(request, found, value.lladdr, value.state, value.flags & (NTF.router | NTF.extern_learn), override);
}

/** ___neigh_create: an entry of which nothing is known, but on devices that need no resolution (arp_constructor, ndisc_constructor). */
function create(kernel: Kernel, net: Netns, link: Link, family: Family, dst: bigint): NeighborEntry {
  // Such devices have one neighbor of IPv4, whatever the address.
  const single = family === AF_INET && (link.flags & (IFF.loopback | IFF.pointopoint)) !== 0;
  const key = keyOf(family, link.index, single ? 0n : dst, false);
  const known = net.neighbors.get(key);
  if (known) return known;
  const noarp = (link.flags & (IFF.noarp | IFF.loopback)) !== 0;
  const made: NeighborEntry = {
    family,
    index: link.index,
    dst: single ? 0n : dst,
    lladdr: noarp ? link.address : undefined,
    state: noarp ? NUD.noarp : 0,
    flags: 0,
    type: neighborType(net, link, family, single ? 0n : dst),
    proxy: false,
    protocol: 0,
    extFlags: 0,
    changed: kernel.now(),
  };
  net.neighbors.set(key, made);
  net.generation++;
  return made;
}
function neighborType(net: Netns, link: Link, family: Family, dst: bigint): number {
  if (family === AF_INET) return addressType(net, dst, tableOfMaster(net, link) ?? LOCAL);
  return (link.flags & IFF.loopback) !== 0 ? routeTypes.values.local : routeTypes.values.unicast;
}

/** __neigh_update, of an administrator. */
function update(
  request: NeighborRequest,
  entry: NeighborEntry,
  lladdr: string | undefined,
  state: number,
  flags: number,
  override: boolean,
): void {
  const { kernel, net } = request;
  const old = entry.state;
  const wasValid = (old & VALID) !== 0;
  let told = ((entry.flags ^ flags) & NTF.extern_learn) !== 0;
  entry.flags = (entry.flags & ~NTF.extern_learn) | (flags & NTF.extern_learn);
  let address = lladdr;
  const finish = () => {
    if (told) notify(kernel, net, RTM.newneigh, entry, request);
  };
  if ((state & VALID) === 0) {
    entry.state = state;
    told = wasValid || ((old & (NUD.incomplete | NUD.probe)) !== 0 && (state & NUD.failed) !== 0);
    finish();
    return;
  }
  if (address === undefined) {
    if (!wasValid) refuse("EINVAL", "No link layer address given");
    address = entry.lladdr;
  }
  const same = wasValid && address === entry.lladdr;
  if (wasValid && !same && !override) {
    finish();
    return;
  }
  if (state !== old || !same) entry.changed = kernel.now();
  if (state !== old) told = true;
  if (!same) told = true;
  entry.state = state;
  entry.lladdr = address;
  if (override) {
    const router = flags & NTF.router;
    if ((entry.flags & NTF.router) !== router) told = true;
    entry.flags = (entry.flags & ~NTF.router) | router;
  }
  finish();
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
  // First it fails, which is told if it was of use, and then it goes (__neigh_update, neigh_remove_one).
  update(request, found, undefined, NUD.failed, found.flags, true);
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
