/** Addresses of IPv6, and what a device that comes up or goes down means to them (net/ipv6/addrconf.c). @module */
import { NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { addressProtocols, address as schema } from "../../codec/rtnetlink/address.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { addrGenModes } from "../../codec/rtnetlink/link/inet6.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { AddressRequest } from "./address.ts";
import { scheduleExpiry } from "./address-life.ts";
import { IFA_F } from "./address4-facts.ts";
import { clockT } from "./clock.ts";
import { inet6Setting } from "./devconf.ts";
import { AF_INET6, breadthOf, eui64, LOOPBACK6, samePrefix, scopeOf, toBig, toText } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { IFF, isLoopback } from "./link-message.ts";

import { addKernelRoute6, dropPrefsrc, findKernelRoute6, removeKernelRoute6 } from "./route6.ts";
import type { Address6, Link } from "./state.ts";

const INFINITY = 0xffffffff;
const GEN = addrGenModes.values;

/** inet6_fill_ifaddr. */
export function address6Message(kernel: Kernel, link: Link, address: Address6) {
  const age = Math.floor((kernel.now() - address.changed) / 1000);
  const left = (seconds: number | undefined) => (seconds === undefined ? INFINITY : Math.max(0, seconds - age));
  const permanent = (address.flags & IFA_F.permanent) !== 0;
  const own = toText(address.address, AF_INET6);
  return {
    family: AF_INET6,
    prefixlen: address.length,
    flags: address.flags & 0xff,
    scope: scopeOf(address.address),
    index: link.index,
    ...(address.peer === undefined ? { address: own } : { local: own, address: toText(address.peer, AF_INET6) }),
    ...(address.priority ? { rtPriority: address.priority } : {}),
    ...(address.proto ? { proto: address.proto } : {}),
    cacheinfo: {
      preferred: permanent && address.preferred === undefined ? INFINITY : left(address.preferred),
      valid: permanent ? INFINITY : left(address.valid),
      cstamp: clockT(address.created),
      tstamp: clockT(address.changed),
    },
    allFlags: address.flags,
  };
}
function tell(kernel: Kernel, link: Link, type: number, address: Address6, cause?: Cause): void {
  const net = kernel.netns(link.netns);
  kernel.notify(
    net,
    rtnetlinkGroups.values["ipv6-ifaddr"],
    type,
    schema,
    () => address6Message(kernel, link, address),
    {
      cause,
    },
  );
}

/** ipv6_ifa_notify with RTM_NEWADDR: it is told of, and its local route is put in place. */
function announce(kernel: Kernel, link: Link, address: Address6): void {
  tell(kernel, link, RTM.newaddr, address);
  if (!address.routed) {
    address.routed = true;
    addKernelRoute6(kernel, link, "local", address.address, 128, 0);
  }
  if (address.peer !== undefined) addKernelRoute6(kernel, link, "prefix", address.peer, 128, address.priority || 256);
}
/** ipv6_ifa_notify with RTM_DELADDR. */
function withdraw(kernel: Kernel, link: Link, address: Address6): void {
  tell(kernel, link, RTM.deladdr, address);
  if (address.peer !== undefined) removeKernelRoute6(kernel, link, "prefix", address.peer, 128);
  if (address.routed) removeKernelRoute6(kernel, link, "local", address.address, 128);
  address.routed = false;
}

/** Puts an address among the device's, broader scopes first and the newest first (ipv6_link_dev_addr). */
function link6(link: Link, address: Address6): void {
  const addresses = link.inet6!.addresses;
  const breadth = breadthOf(address.address);
  const at = addresses.findIndex((other) => breadth >= breadthOf(other.address));
  addresses.splice(at < 0 ? addresses.length : at, 0, address);
}

export function newAddress6(kernel: Kernel, address: bigint, length: number, flags: number, proto = 0): Address6 {
  return {
    address,
    peer: undefined,
    length,
    flags,
    priority: 0,
    proto,
    valid: undefined,
    preferred: undefined,
    created: kernel.now(),
    changed: kernel.now(),
    routed: false,
  };
}

// ---- duplicate address detection --------------------------------------------------------------------------------------------

/** addrconf_dad_start: by a worker, once the request is through. */
export function startDad(kernel: Kernel, link: Link, address: Address6): void {
  kernel.work.set(address, () => {
    if (!link.inet6?.addresses.includes(address)) return;
    beginDad(kernel, link, address);
  });
}
/** addrconf_dad_begin. */
function beginDad(kernel: Kernel, link: Link, address: Address6): void {
  const net = kernel.netns(link.netns);
  const detects = inet6Setting(net, "all", "acceptDad") >= 1 || inet6Setting(net, link.index, "acceptDad") >= 1;
  if (
    (link.flags & (IFF.noarp | IFF.loopback)) !== 0 ||
    !detects ||
    (address.flags & IFA_F.tentative) === 0 ||
    (address.flags & IFA_F.nodad) !== 0
  ) {
    completeDad(kernel, link, address);
    return;
  }
  if (!link.inet6!.ready) return; // it stays tentative until the device is ready
  const probes = inet6Setting(net, link.index, "dadTransmits");
  if (probes < 1) {
    completeDad(kernel, link, address);
    return;
  }
  kernel.schedule({
    at: kernel.now() + 1000 * probes,
    kind: "dad",
    netns: link.netns,
    index: link.index,
    key: address.address.toString(16),
  });
}
function completeDad(kernel: Kernel, link: Link, address: Address6): void {
  address.flags &= ~(IFA_F.tentative | IFA_F.optimistic | IFA_F.dadfailed);
  announce(kernel, link, address);
}
export function dadEnded(kernel: Kernel, link: Link, key: string): void {
  const address = link.inet6?.addresses.find((own) => own.address.toString(16) === key);
  if (address && (address.flags & IFA_F.tentative) !== 0 && link.inet6!.ready) completeDad(kernel, link, address);
}
/** addrconf_dad_run. */
export function runDad(kernel: Kernel, link: Link): void {
  for (const address of link.inet6?.addresses ?? [])
    if ((address.flags & IFA_F.tentative) !== 0) startDad(kernel, link, address);
}

// ---- requests ---------------------------------------------------------------------------------------------------------------

/** The address and its peer (extract_addr). */
function addressOf(request: AddressRequest): { own: bigint; peer: bigint | undefined } {
  const { address, local } = request.value;
  const given = address === undefined ? undefined : toBig(address);
  if (local !== undefined) {
    const own = toBig(local);
    return { own, peer: given !== undefined && given !== own ? given : undefined };
  }
  if (given === undefined) refuse("EINVAL");
  return { own: given, peer: undefined };
}

const SETTABLE = IFA_F.nodad | IFA_F.home | IFA_F.mngtmpaddr | IFA_F.noprefixroute | IFA_F.autojoin | IFA_F.optimistic;

/** inet6_rtm_newaddr. */
export function addAddress6(request: AddressRequest): void {
  const { kernel, net, value, flags: nlflags } = request;
  const { own, peer } = addressOf(request);
  let valid = INFINITY;
  let preferred = INFINITY;
  if (value.cacheinfo) ({ valid, preferred } = value.cacheinfo);
  if (valid === 0 || preferred > valid) refuse("EINVAL", "ipv6: address lifetime invalid");
  const link = net.links.get(value.index);
  if (link === undefined) refuse("ENODEV", "ipv6: Unable to find the interface");
  let flags = (value.allFlags ?? value.flags) & SETTABLE;
  if (link.inet6 === undefined) refuse("EINVAL"); // its MTU is too small (ipv6_add_dev)
  flags &= ~IFA_F.optimistic;
  const existing = link.inet6.addresses.find((other) => other.address === own);
  if (existing) {
    if ((nlflags & NLM_F_EXCL) !== 0 || (nlflags & NLM_F_REPLACE) === 0)
      refuse("EEXIST", "ipv6: address already assigned");
    modify(request, link, existing, flags, valid, preferred);
    return;
  }
  if (value.prefixlen > 128) refuse("EINVAL", "ipv6: Invalid prefix length");
  if ((flags & IFA_F.mngtmpaddr) !== 0 && value.prefixlen !== 64)
    refuse("EINVAL", 'ipv6: address with "mngtmpaddr" flag must have a prefix length of 64');
  if (link.inet6.disabled || inet6Setting(net, link.index, "disableIpv6") !== 0)
    refuse("EACCES", "ipv6: IPv6 is disabled on this device");
  addMulticastRoute(kernel, link);
  if (own === 0n || own >> 120n === 0xffn) refuse("EADDRNOTAVAIL");
  if (own === LOOPBACK6 && !isLoopback(link))
    refuse("EADDRNOTAVAIL", "ipv6: Cannot assign loopback address on non-loopback device");
  const address: Address6 = {
    ...newAddress6(kernel, own, value.prefixlen, flags, value.proto ?? 0),
    peer,
    priority: value.rtPriority ?? 0,
  };
  setLifetime(kernel, address, valid, preferred);
  if ((flags & IFA_F.nodad) === 0) address.flags |= IFA_F.tentative;
  link6(link, address);
  net.generation++;
  if ((flags & IFA_F.noprefixroute) === 0) addPrefixRoute(kernel, link, address);
  if ((address.flags & (IFA_F.optimistic | IFA_F.nodad)) === 0) tell(kernel, link, RTM.newaddr, address);
  startDad(kernel, link, address);
  scheduleExpiry(kernel, link, address);
}
const expiryOf = (kernel: Kernel, { valid }: Address6): number | undefined =>
  valid === undefined ? undefined : kernel.now() + valid * 1000;
function addPrefixRoute(kernel: Kernel, link: Link, address: Address6, prefix = address.address): void {
  addKernelRoute6(kernel, link, "prefix", prefix, address.length, address.priority || 256, expiryOf(kernel, address));
}
function setLifetime(kernel: Kernel, address: Address6, valid: number, preferred: number): void {
  address.flags &= ~(IFA_F.permanent | IFA_F.deprecated);
  address.valid = valid === INFINITY ? undefined : valid;
  address.preferred = preferred === INFINITY ? undefined : preferred;
  if (valid === INFINITY) address.flags |= IFA_F.permanent;
  if (preferred === 0) address.flags |= IFA_F.deprecated;
  address.changed = kernel.now();
}

/** inet6_addr_modify. */
function modify(
  request: AddressRequest,
  link: Link,
  address: Address6,
  flags: number,
  valid: number,
  preferred: number,
): void {
  const { kernel, value } = request;
  if ((flags & IFA_F.mngtmpaddr) !== 0 && ((address.flags & IFA_F.secondary) !== 0 || address.length !== 64))
    refuse("EINVAL");
  const { peer } = addressOf(request);
  const newPeer = peer !== undefined && peer !== address.peer;
  if (newPeer && address.peer !== undefined) removeKernelRoute6(kernel, link, "prefix", address.peer, address.length);
  const hadPrefix = hasPrefixRoute(address);
  const changeable =
    IFA_F.deprecated | IFA_F.permanent | IFA_F.nodad | IFA_F.home | IFA_F.mngtmpaddr | IFA_F.noprefixroute;
  address.flags = (address.flags & ~changeable) | (flags & changeable);
  setLifetime(kernel, address, valid, preferred);
  if (value.rtPriority) address.priority = value.rtPriority;
  if (value.proto !== undefined) address.proto = value.proto;
  if (newPeer) address.peer = peer;
  if ((address.flags & IFA_F.tentative) === 0) tell(kernel, link, RTM.newaddr, address);
  if ((flags & IFA_F.noprefixroute) === 0) {
    for (const prefix of address.peer === undefined ? [address.address] : [address.address, address.peer])
      if (!hadPrefix || !changePrefixRoute(kernel, link, address, prefix))
        addPrefixRoute(kernel, link, address, prefix);
  } else if (hadPrefix) {
    const end = prefixEnd(link, address);
    if (end !== undefined) endPrefixRoute(kernel, link, address, end);
  }
  scheduleExpiry(kernel, link, address);
}
/** modify_prefix_route: whether there is one. */
function changePrefixRoute(kernel: Kernel, link: Link, address: Address6, prefix: bigint): boolean {
  const found = findKernelRoute6(kernel, link, "prefix", prefix, address.length);
  if (found === undefined) return false;
  if (found.priority !== (address.priority || 256)) {
    removeKernelRoute6(kernel, link, "prefix", prefix, address.length);
    addPrefixRoute(kernel, link, address, prefix);
  } else found.expires = expiryOf(kernel, address);
  return true;
}
const hasPrefixRoute = (address: Address6): boolean =>
  (address.flags & IFA_F.permanent) !== 0 && (address.flags & IFA_F.noprefixroute) === 0;

/**
 * When the route of an address's prefix ends without it: 0 at once, later if another address that expires needs it; undefined if one keeps it
 * (check_cleanup_prefix_route).
 */
function prefixEnd(link: Link, address: Address6): number | undefined {
  let end = 0;
  for (const other of link.inet6!.addresses) {
    if (other === address || other.length !== address.length) continue;
    if (!samePrefix(other.address, address.address, address.length, AF_INET6)) continue;
    if ((other.flags & (IFA_F.permanent | IFA_F.noprefixroute)) !== 0) return undefined;
    end = Math.max(end, other.changed + (other.valid ?? 0) * 1000);
  }
  return end;
}
/** cleanup_prefix_route. */
function endPrefixRoute(kernel: Kernel, link: Link, address: Address6, end: number): void {
  if (end === 0) {
    removeKernelRoute6(kernel, link, "prefix", address.address, address.length);
    return;
  }
  const route = findKernelRoute6(kernel, link, "prefix", address.address, address.length);
  if (route) route.expires ??= end;
}

/** inet6_addr_del. */
export function removeAddress6(request: AddressRequest): void {
  const { kernel, net, value } = request;
  const { own } = addressOf(request);
  if (value.prefixlen > 128) refuse("EINVAL", "ipv6: Invalid prefix length");
  const link = net.links.get(value.index);
  if (link === undefined) refuse("ENODEV", "ipv6: Unable to find the interface");
  if (link.inet6 === undefined) refuse("ENXIO", "ipv6: IPv6 is disabled on this device");
  const found = link.inet6.addresses.find((other) => other.length === value.prefixlen && other.address === own);
  if (found === undefined) refuse("EADDRNOTAVAIL", "ipv6: address not found");
  deleteAddress6(kernel, link, found);
}
/** ipv6_del_addr. */
export function deleteAddress6(kernel: Kernel, link: Link, address: Address6): void {
  const inet6 = link.inet6!;
  const cleanUp = hasPrefixRoute(address) ? prefixEnd(link, address) : undefined;
  inet6.addresses.splice(inet6.addresses.indexOf(address), 1);
  kernel.netns(link.netns).generation++;
  withdraw(kernel, link, address);
  if (cleanUp !== undefined) endPrefixRoute(kernel, link, address, cleanUp);
  dropPrefsrc(kernel.netns(link.netns), link, address.address);
}
/** Takes an address from a device that went down or away (addrconf_ifdown). */
export function dropAddress6(kernel: Kernel, link: Link, address: Address6): void {
  kernel.netns(link.netns).generation++;
  withdraw(kernel, link, address);
}

/** RTM_GETADDR of one address (inet6_rtm_getaddr). */
export function getAddress6(request: AddressRequest): void {
  const { kernel, net, value } = request;
  const { own } = addressOf(request);
  for (const link of value.index ? [net.links.get(value.index)] : net.links.values()) {
    const found = link?.inet6?.addresses.find((other) => other.address === own);
    if (link && found) {
      request.reply(RTM.newaddr, schema, address6Message(kernel, link, found));
      return;
    }
  }
  refuse("EADDRNOTAVAIL");
}

/** addrconf_verify_rtnl. */
export function expireAddresses6(kernel: Kernel, link: Link): void {
  for (const address of [...(link.inet6?.addresses ?? [])]) {
    const age = (kernel.now() - address.changed) / 1000;
    if (address.valid !== undefined && age >= address.valid) deleteAddress6(kernel, link, address);
    else if (address.preferred !== undefined && age >= address.preferred && (address.flags & IFA_F.deprecated) === 0) {
      address.flags |= IFA_F.deprecated;
      tell(kernel, link, RTM.newaddr, address);
    }
  }
}

/** addrconf_permanent_addr: what was added while the device was down gets its prefix's route. */
export function restorePrefixes(kernel: Kernel, link: Link): void {
  for (const address of [...(link.inet6?.addresses ?? [])])
    if (hasPrefixRoute(address)) addPrefixRoute(kernel, link, address);
}

// ---- addresses of the kernel's own ------------------------------------------------------------------------------------------

/** addrconf_add_mroute. */
export function addMulticastRoute(kernel: Kernel, link: Link): void {
  if (!isLoopback(link) && link.kind !== "vrf") addKernelRoute6(kernel, link, "multicast", 0xffn << 120n, 8, 256);
}

/** addrconf_init_auto_addrs: the loopback address, or the link-local one. */
export function addAutomaticAddresses(kernel: Kernel, link: Link): void {
  const inet6 = link.inet6!;
  const protocols = addressProtocols.values;
  if (isLoopback(link)) {
    if (inet6.addresses.some((own) => own.address === LOOPBACK6)) return;
    const address = newAddress6(kernel, LOOPBACK6, 128, IFA_F.permanent, protocols.kernel_lo);
    link6(link, address);
    announce(kernel, link, address);
    return;
  }
  if (link.type !== 1) {
    if ((link.flags & IFF.multicast) !== 0) addMulticastRoute(kernel, link);
    return;
  }
  addMulticastRoute(kernel, link);
  if (link.kind === "vrf" || link.address === undefined) return;
  if (inet6.addrGenMode === GEN.none) {
    addKernelRoute6(kernel, link, "prefix", 0xfe80n << 112n, 64, 256);
    return;
  }
  const host = inet6.addrGenMode === GEN.eui64 ? eui64(link.address) : BigInt(kernel.random()) << 32n;
  const own = (0xfe80n << 112n) | host;
  if (inet6.addresses.some((other) => other.address === own)) return;
  const address = newAddress6(kernel, own, 64, IFA_F.permanent | IFA_F.tentative, protocols.kernel_ll);
  link6(link, address);
  addKernelRoute6(kernel, link, "prefix", own, 64, 256);
  startDad(kernel, link, address);
}
