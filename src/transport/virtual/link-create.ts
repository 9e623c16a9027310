/** New links (rtnl_newlink_create of net/core/rtnetlink.c, and the newlink of the drivers). @module */
import type { Link as LinkValue } from "../../codec/rtnetlink/link/link.ts";
import { refuse } from "./ack.ts";
import { changeId } from "./bridge.ts";
import { carrierOff, updateOperstate } from "./carrier.ts";
import type { Kernel } from "./kernel.ts";
import type { LinkRequest } from "./link.ts";
import { mergeData, validateData } from "./link-data.ts";
import { allocateName, findByName, isValidName } from "./link-find.ts";
import { type LinkProfile, linkProfiles } from "./link-kinds.ts";
import { ALL_CHANGED, OPER } from "./link-message.ts";
import { moveLink } from "./link-move.ts";
import { checkMtu, destination } from "./link-options.ts";
import { changeFlags, notifyFlags, registerLink, unregisterLinks } from "./link-state.ts";
import { zeroStats } from "./link-stats.ts";
import { setMaster } from "./master.ts";
import type { Link, Netns } from "./state.ts";
import { followCarrier, vlansOn } from "./vlan.ts";

/** rtnl_create_link: a device with what the request says, not yet registered. */
function makeLink(net: Netns, kind: string, profile: LinkProfile, value: LinkValue, pattern: string): Link {
  const { numTxQueues: tx = profile.queues, numRxQueues: rx = profile.queues } = value;
  if (tx < 1 || tx > 4096) refuse("EINVAL", "Invalid number of transmit queues");
  if (rx < 1 || rx > 4096) refuse("EINVAL", "Invalid number of receive queues");
  const link: Link = {
    netns: net.id,
    index: value.index,
    name: pattern,
    altNames: [],
    kind,
    type: profile.type,
    flags: profile.flags,
    carrier: true,
    operstate: OPER.unknown,
    linkmode: value.linkmode ?? 0,
    address: value.address,
    broadcast: value.broadcast ?? (profile.type === 1 ? "ff:ff:ff:ff:ff:ff" : undefined),
    permanent: undefined,
    mtu: profile.mtu,
    minMtu: profile.minMtu,
    maxMtu: profile.maxMtu,
    txqlen: value.txqlen ?? profile.txqlen,
    group: value.group ?? 0,
    promiscuity: 0,
    allmulti: 0,
    queues: [tx, rx],
    gso: {
      maxSize: value.gsoMaxSize ?? 65536,
      maxSegs: value.gsoMaxSegs ?? 65535,
      ipv4MaxSize: value.gsoIpv4MaxSize ?? value.gsoMaxSize ?? 65536,
      groMaxSize: value.groMaxSize ?? 65536,
      groIpv4MaxSize: value.groIpv4MaxSize ?? value.groMaxSize ?? 65536,
      tsoMaxSize: profile.tsoMaxSize,
      tsoMaxSegs: 65535,
    },
    master: 0,
    lower: 0,
    lowerNetns: net.id,
    peer: undefined,
    addressSet: value.address !== undefined,
    mtuSet: value.mtu !== undefined,
    joined: 0,
    data: profile.data && (structuredClone(profile.data) as Record<string, unknown>),
    slave: undefined,
    alias: undefined,
    protoDown: false,
    carrierUp: 0,
    carrierDown: 0,
    stats: zeroStats(),
    inet: false,
    addresses: [],
    inet6: undefined,
    qdisc: "noop",
    qdiscs: [],
    filters: [],
  };
  if (value.mtu !== undefined) {
    checkMtu(link, value.mtu);
    link.mtu = value.mtu;
  }
  return link;
}

/** register_netdevice: its name and index are its own from here on. */
function register(kernel: Kernel, net: Netns, link: Link): void {
  if (link.name.includes("%")) link.name = allocateName(net, link.name) ?? refuse("EINVAL");
  if (!isValidName(link.name)) refuse("EINVAL");
  if (findByName(net, link.name)) refuse("EEXIST");
  if (link.index === 0) {
    while (net.links.has(net.nextIndex)) net.nextIndex++;
    link.index = net.nextIndex++;
  } else if (net.links.has(link.index)) refuse("EBUSY");
  else net.nextIndex = Math.max(net.nextIndex, link.index + 1);
  registerLink(kernel, link);
}

/** rtnl_configure_link: the link goes up if asked to, and the world is told of it. */
function configure(kernel: Kernel, link: Link, value: LinkValue | undefined, cause?: LinkRequest): void {
  const old = link.flags;
  if (value && (value.flags || value.change)) {
    const wanted = value.change ? (value.flags & value.change) | (link.flags & ~value.change) : value.flags;
    changeFlags(kernel, link, wanted);
  }
  notifyFlags(kernel, link, old, ALL_CHANGED, cause);
}

export function createLink(kernel: Kernel, request: LinkRequest, kind: string): void {
  const { value } = request;
  const profile = linkProfiles[kind]!;
  const dest = destination(request, value);
  let home = request.net;
  if (value.linkNetnsid !== undefined)
    home = kernel.netns(request.net.nsids.get(value.linkNetnsid) ?? refuse("EINVAL", "Unknown network namespace id"));
  if (profile.type === 1 && value.address !== undefined) checkAddress(value.address);
  const data = (value.linkinfo as { data?: Record<string, unknown> } | undefined)?.data;
  validateData(kind, value, data);
  // Drivers look for what is below in the asker's namespace, or in the one that the link is tied to.
  const net = value.linkNetnsid === undefined ? (dest ?? request.net) : home;
  const link = makeLink(net, kind, profile, value, value.ifname ?? `${kind}%d`);
  if (profile.pair) createPeer(kernel, request, link, profile, data?.peer as LinkValue | undefined);
  if (profile.lower) attachLower(kernel, home, link, value, data);
  if (link.data && data) mergeData(kind, link, data);
  else if (data && !profile.pair) link.data = { ...data };
  if (profile.randomAddress) link.address ??= randomAddress(kernel);
  try {
    register(kernel, net, link);
  } catch (e) {
    const peer = link.peer && kernel.netns(link.peer.netns).links.get(link.peer.index);
    if (peer) unregisterLinks(kernel, [peer]);
    throw e;
  }
  if (profile.pair) {
    carrierOff(kernel, link);
    const peer = link.peer && kernel.netns(link.peer.netns).links.get(link.peer.index);
    if (peer) peer.peer = { netns: link.netns, index: link.index };
  }
  if (kind === "bridge" && value.address !== undefined) changeId(kernel, link, value.address);
  if (kind === "vlan") {
    const lower = kernel.netns(link.lowerNetns).links.get(link.lower)!;
    followCarrier(kernel, lower, link);
    updateOperstate(kernel, link);
    link.carrierUp = link.carrierDown = 0;
    if (link.carrier) kernel.linkwatch.delete(link);
  }
  configure(kernel, link, value, request);
  if (value.linkNetnsid !== undefined && dest && dest !== net) moveLink(kernel, link, dest, value.ifname, 0);
  if (value.master !== undefined)
    try {
      setMaster(kernel, link, value.master);
    } catch (e) {
      unregisterLinks(kernel, [link]);
      throw e;
    }
}

function createPeer(
  kernel: Kernel,
  request: LinkRequest,
  link: Link,
  profile: LinkProfile,
  given: LinkValue | undefined,
): void {
  const base = { index: 0, flags: 0, change: 0 } as LinkValue;
  const value = given ?? base;
  if (value.address !== undefined) checkAddress(value.address);
  const net = (given && destination(request, given)) ?? request.net;
  const peer = makeLink(net, link.kind!, profile, value, value.ifname ?? `${link.kind}%d`);
  peer.address ??= randomAddress(kernel);
  register(kernel, net, peer);
  carrierOff(kernel, peer);
  configure(kernel, peer, given);
  link.peer = { netns: peer.netns, index: peer.index };
}

/** What VLANs and MACVLANs take from the device below. */
function attachLower(
  kernel: Kernel,
  net: Netns,
  link: Link,
  value: LinkValue,
  data: Record<string, unknown> | undefined,
): void {
  const vlan = link.kind === "vlan";
  if (value.link === undefined) refuse("EINVAL", vlan ? "link not specified" : undefined);
  const lower = net.links.get(value.link);
  if (lower === undefined) refuse("ENODEV", vlan ? "link does not exist" : undefined);
  link.lower = lower.index;
  link.lowerNetns = lower.netns;
  if (vlan) {
    if (lower.type !== 1) refuse("EOPNOTSUPP", "VLANs not supported on device");
    const id = data?.id;
    const protocol = data?.protocol ?? 0x8100;
    if (vlansOn(kernel, lower).some((other) => other.data?.id === id && other.data?.protocol === protocol))
      refuse("EEXIST", "VLAN device already exists");
    link.address ??= lower.address;
    if (value.mtu !== undefined && value.mtu > lower.mtu) refuse("EINVAL");
    if (lower.txqlen !== 1000) link.txqlen = 1000;
  }
  if (value.mtu === undefined) link.mtu = lower.mtu;
  link.gso.tsoMaxSize = lower.gso.tsoMaxSize;
  link.carrier = lower.carrier;
}

/** eth_hw_addr_random. */
function randomAddress(kernel: Kernel): string {
  const bytes = [kernel.random(), kernel.random()].flatMap((n) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255]);
  bytes[0] = (bytes[0]! & 0xfe) | 2;
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
/** What the drivers' validate asks of an Ethernet address. */
function checkAddress(address: string): void {
  if (address.length !== 17) refuse("EINVAL");
  if (address === "00:00:00:00:00:00" || (Number.parseInt(address.slice(0, 2), 16) & 1) !== 0) refuse("EADDRNOTAVAIL");
}
