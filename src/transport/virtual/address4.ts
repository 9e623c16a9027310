/** Addresses of IPv4 (net/ipv4/devinet.c). @module */

import { NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { address as schema } from "../../codec/rtnetlink/address.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { AddressRequest } from "./address.ts";
import { scheduleExpiry } from "./address-life.ts";
import { IFA_F, isSecondary, sameSubnet } from "./address4-facts.ts";
import {
  addAddressRoutes,
  addressDown,
  addressUp,
  changePrefixMetric,
  removeAddressRoutes,
} from "./address4-routes.ts";
import { clockT } from "./clock.ts";
import { inetSetting } from "./devconf.ts";
import { AF_INET, samePrefix, toBig, toText } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import type { Address4, Link } from "./state.ts";

const INFINITY = 0xffffffff;
const IPV6_ONLY =
  IFA_F.nodad |
  IFA_F.optimistic |
  IFA_F.dadfailed |
  IFA_F.home |
  IFA_F.tentative |
  IFA_F.mngtmpaddr |
  IFA_F["stable-privacy"];

/** inet_fill_ifaddr. */
export function address4Message(kernel: Kernel, link: Link, address: Address4) {
  const age = Math.floor((kernel.now() - address.changed) / 1000);
  const permanent = (address.flags & IFA_F.permanent) !== 0;
  const left = (seconds: number | undefined) => (seconds === undefined ? INFINITY : Math.max(0, seconds - age));
  return {
    family: AF_INET,
    prefixlen: address.length,
    flags: address.flags & 0xff,
    scope: address.scope,
    index: link.index,
    address: toText(address.address, AF_INET),
    local: toText(address.local, AF_INET),
    ...(address.broadcast === undefined ? {} : { broadcast: toText(address.broadcast, AF_INET) }),
    label: address.label,
    ...(address.proto ? { proto: address.proto } : {}),
    allFlags: address.flags,
    ...(address.priority ? { rtPriority: address.priority } : {}),
    cacheinfo: {
      preferred: permanent ? INFINITY : left(address.preferred),
      valid: permanent ? INFINITY : left(address.valid),
      cstamp: clockT(address.created),
      tstamp: clockT(address.changed),
    },
  };
}
export function notifyAddress4(kernel: Kernel, link: Link, type: number, address: Address4, cause?: Cause): void {
  const net = kernel.netns(link.netns);
  kernel.notify(
    net,
    rtnetlinkGroups.values["ipv4-ifaddr"],
    type,
    schema,
    () => address4Message(kernel, link, address),
    {
      cause,
    },
  );
}

/** set_ifa_lifetime. */
function setLifetime(kernel: Kernel, address: Address4, valid: number, preferred: number): void {
  address.flags &= ~(IFA_F.permanent | IFA_F.deprecated);
  address.valid = valid === INFINITY ? undefined : valid;
  if (valid === INFINITY) address.flags |= IFA_F.permanent;
  address.preferred = preferred === INFINITY ? undefined : preferred;
  if (preferred === 0) address.flags |= IFA_F.deprecated;
  address.changed = kernel.now();
}
/** check_lifetime. */
export function expireAddresses4(kernel: Kernel, link: Link): void {
  for (const address of [...link.addresses]) {
    const age = (kernel.now() - address.changed) / 1000;
    if (address.valid !== undefined && age >= address.valid) deleteAddress4(kernel, link, address);
    else if (address.preferred !== undefined && age >= address.preferred && (address.flags & IFA_F.deprecated) === 0) {
      address.flags |= IFA_F.deprecated;
      notifyAddress4(kernel, link, RTM.newaddr, address);
    }
  }
}

export function newAddress4(kernel: Kernel, link: Link, local: bigint, length: number, scope: number): Address4 {
  return {
    local,
    address: local,
    length,
    broadcast: undefined,
    label: link.name,
    scope,
    flags: IFA_F.permanent,
    priority: 0,
    proto: 0,
    valid: undefined,
    preferred: undefined,
    created: kernel.now(),
    changed: kernel.now(),
  };
}

/** inet_rtm_newaddr. */
export function addAddress4(request: AddressRequest): void {
  const { kernel, net, value, flags } = request;
  const { prefixlen, index } = value;
  if (prefixlen > 32) refuse("EINVAL", "ipv4: Invalid prefix length");
  if (value.local === undefined) refuse("EINVAL", "ipv4: Local address is not supplied");
  const link = net.links.get(index);
  if (link === undefined) refuse("ENODEV", "ipv4: Device not found");
  if (!link.inet) refuse("ENOBUFS");
  const local = toBig(value.local);
  const address: Address4 = {
    ...newAddress4(kernel, link, local, prefixlen, value.scope),
    address: value.address === undefined ? local : toBig(value.address),
    broadcast: value.broadcast === undefined ? undefined : toBig(value.broadcast) || undefined,
    label: value.label ?? link.name,
    flags: value.allFlags ?? value.flags,
    priority: value.rtPriority ?? 0,
    proto: value.proto ?? 0,
  };
  let valid = INFINITY;
  let preferred = INFINITY;
  if (value.cacheinfo) {
    ({ valid, preferred } = value.cacheinfo);
    if (valid === 0 || preferred > valid) refuse("EINVAL", "ipv4: address lifetime invalid");
  }
  const existing = link.addresses.find((other) => sameSubnet(other, address) && other.local === address.local);
  if (existing === undefined) {
    setLifetime(kernel, address, valid, preferred);
    insertAddress4(kernel, link, address, request);
    scheduleExpiry(kernel, link, address);
    return;
  }
  if ((flags & NLM_F_EXCL) !== 0 || (flags & NLM_F_REPLACE) === 0) refuse("EEXIST", "ipv4: Address already assigned");
  if (existing.priority !== address.priority) changePrefixMetric(kernel, link, existing, address.priority);
  existing.proto = address.proto;
  setLifetime(kernel, existing, valid, preferred);
  scheduleExpiry(kernel, link, existing);
  notifyAddress4(kernel, link, RTM.newaddr, existing, request);
}

/** __inet_insert_ifa. */
export function insertAddress4(kernel: Kernel, link: Link, address: Address4, cause?: Cause): void {
  if (address.local === 0n) return;
  address.flags &= ~(IFA_F.secondary | IPV6_ONLY);
  let lastPrimary = 0;
  link.addresses.forEach((other, i) => {
    if (!isSecondary(other) && address.scope <= other.scope) lastPrimary = i + 1;
    if (!sameSubnet(other, address)) return;
    if (other.local === address.local) refuse("EEXIST", "ipv4: Address already assigned");
    if (other.scope !== address.scope) refuse("EINVAL", "ipv4: Invalid scope value");
    address.flags |= IFA_F.secondary;
  });
  link.addresses.splice(isSecondary(address) ? link.addresses.length : lastPrimary, 0, address);
  kernel.netns(link.netns).generation++;
  notifyAddress4(kernel, link, RTM.newaddr, address, cause);
  addressUp(kernel, link, address);
}

/** inet_rtm_deladdr. */
export function removeAddress4(request: AddressRequest): void {
  const { kernel, net, value } = request;
  const link = net.links.get(value.index);
  if (link === undefined || !link.inet) refuse("ENODEV", "ipv4: Device not found");
  const local = value.local === undefined ? undefined : toBig(value.local);
  const prefix = value.address === undefined ? undefined : toBig(value.address);
  const found = link.addresses.find(
    (address) =>
      (local === undefined || address.local === local) &&
      (value.label === undefined || address.label === value.label) &&
      (prefix === undefined ||
        (value.prefixlen === address.length && samePrefix(prefix, address.address, address.length, AF_INET))),
  );
  if (found === undefined) refuse("EADDRNOTAVAIL", "ipv4: Address not found");
  deleteAddress4(kernel, link, found, request);
}

/** __inet_del_ifa; `dead` when the device itself goes. */
export function deleteAddress4(kernel: Kernel, link: Link, address: Address4, cause?: Cause, dead = false): void {
  const net = kernel.netns(link.netns);
  const { addresses } = link;
  net.generation++;
  let promoted: Address4 | undefined;
  let lastPrimary = address;
  const promote =
    inetSetting(net, link.index, "promoteSecondaries") !== 0 || inetSetting(net, "all", "promoteSecondaries") !== 0;
  if (!dead && !isSecondary(address)) {
    for (const other of addresses.slice(addresses.indexOf(address) + 1)) {
      if (!isSecondary(other) && address.scope <= other.scope) lastPrimary = other;
      if (!isSecondary(other) || !sameSubnet(address, other)) continue;
      if (promote) {
        promoted = other;
        break;
      }
      addresses.splice(addresses.indexOf(other), 1);
      notifyAddress4(kernel, link, RTM.deladdr, other, cause);
      addressDown(kernel, link, other, dead);
    }
  }
  const heirs = promoted
    ? addresses.slice(addresses.indexOf(promoted)).filter((other) => sameSubnet(address, other))
    : [];
  for (const heir of heirs) removeAddressRoutes(kernel, link, heir, address, dead);
  addresses.splice(addresses.indexOf(address), 1);
  notifyAddress4(kernel, link, RTM.deladdr, address, cause);
  addressDown(kernel, link, address, dead);
  if (promoted === undefined) return;
  addresses.splice(addresses.indexOf(promoted), 1);
  addresses.splice(lastPrimary === address ? 0 : addresses.indexOf(lastPrimary) + 1, 0, promoted);
  promoted.flags &= ~IFA_F.secondary;
  notifyAddress4(kernel, link, RTM.newaddr, promoted, cause);
  addressUp(kernel, link, promoted);
  for (const heir of heirs.slice(1)) addAddressRoutes(kernel, link, heir);
}

/** Labels follow the device's name (inetdev_changename). */
export function renameLabels(kernel: Kernel, link: Link): void {
  link.addresses.forEach((address, i) => {
    const colon = address.label.indexOf(":");
    const suffix = i === 0 ? "" : colon < 0 ? `:${i + 1}` : address.label.slice(colon);
    address.label =
      link.name.length + suffix.length < 16 ? link.name + suffix : link.name.slice(0, 15 - suffix.length) + suffix;
    notifyAddress4(kernel, link, RTM.newaddr, address);
  });
}
