/** Routes that IPv4 addresses bring along (net/ipv4/fib_frontend.c). @module */

import { NLM_F_APPEND, NLM_F_CREATE } from "../../codec/nlmsg/header.ts";
import { routeProtocols } from "../../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../../codec/rtnetlink/route-table.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { scopes } from "../../codec/rtnetlink/scope.ts";
import { Refusal } from "./ack.ts";
import { IFA_F, isSecondary, sameSubnet } from "./address4-facts.ts";
import { addressType, tableOfMaster } from "./fib.ts";
import { AF_INET, lastOf, networkOf } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { isLoopback, isUp } from "./link-message.ts";
import { newHop, type RouteConfig } from "./route-config.ts";
import { deleteRoute4, insertRoute4 } from "./route4.ts";
import { disableIp, flushDead, syncDownAddress, syncUp } from "./route4-device.ts";
import type { Address4, Link } from "./state.ts";

const RTN = routeTypes.values;
const TABLE = routeTables.values;
const ZERONET = (prefix: bigint): boolean => prefix >> 24n === 0n;

/** fib_magic. What is there already, or gone, is no failure. */
function magic(
  kernel: Kernel,
  link: Link,
  remove: boolean,
  type: number,
  dst: bigint,
  length: number,
  primary: Address4,
  priority: number,
): void {
  const net = kernel.netns(link.netns);
  const config: RouteConfig = {
    family: AF_INET,
    table: tableOfMaster(net, link) ?? (type === RTN.unicast ? TABLE.main : TABLE.local),
    dst,
    length,
    src: undefined,
    srcLength: 0,
    tos: 0,
    type,
    protocol: routeProtocols.values.kernel,
    scope: type === RTN.local ? scopes.values.host : scopes.values.link,
    priority,
    prefsrc: primary.local,
    metrics: undefined,
    flags: 0,
    hops: [{ ...newHop(), oif: link.index }],
    multipath: false,
    nhId: 0,
    pref: 0,
    expires: undefined,
    nlflags: NLM_F_CREATE | NLM_F_APPEND,
  };
  try {
    if (remove) deleteRoute4(kernel, net, config);
    else insertRoute4(kernel, net, config);
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
  }
}
const primaryOf = (link: Link, address: Address4): Address4 | undefined =>
  link.addresses.find((other) => !isSecondary(other) && sameSubnet(other, address));

/** fib_add_ifaddr. */
export function addAddressRoutes(kernel: Kernel, link: Link, address: Address4): void {
  const { length, broadcast } = address;
  const prefix = networkOf(address.address, length, AF_INET);
  const primary = isSecondary(address) ? primaryOf(link, address) : address;
  if (primary === undefined) return;
  const add = (type: number, dst: bigint, dstLength: number, priority = 0) =>
    magic(kernel, link, false, type, dst, dstLength, primary, priority);
  add(RTN.local, address.local, 32);
  if (!isUp(link)) return;
  if (broadcast !== undefined && broadcast !== 0xffffffffn) add(RTN.broadcast, broadcast, 32);
  if (ZERONET(prefix) || isSecondary(address) || (prefix === address.local && length === 32)) return;
  if ((address.flags & IFA_F.noprefixroute) === 0)
    add(isLoopback(link) ? RTN.local : RTN.unicast, prefix, length, address.priority);
  if (length < 31) add(RTN.broadcast, lastOf(prefix, length, AF_INET), 32);
}

/** fib_del_ifaddr: what no other address needs goes. */
export function removeAddressRoutes(
  kernel: Kernel,
  link: Link,
  address: Address4,
  promotedOver?: Address4,
  dead = false,
): void {
  const net = kernel.netns(link.netns);
  const { length } = address;
  const brd = lastOf(address.address, length, AF_INET);
  const any = networkOf(address.address, length, AF_INET);
  let primary: Address4 = address;
  let subnet = false;
  const remove = (type: number, dst: bigint, dstLength: number) =>
    magic(kernel, link, true, type, dst, dstLength, primary, 0);
  if (isSecondary(address)) {
    const found = primaryOf(link, address);
    if (found === undefined) return;
    if (promotedOver && promotedOver !== found) return;
    primary = found;
  } else if (!ZERONET(any) && (any !== address.local || length < 32)) {
    if ((address.flags & IFA_F.noprefixroute) === 0) remove(isLoopback(link) ? RTN.local : RTN.unicast, any, length);
    subnet = true;
  }
  let localOk = false;
  let broadcastOk = false;
  let brdOk = false;
  let anyOk = false;
  let gone = true;
  if (!dead) {
    let other1: Address4 | undefined;
    let samePrefsrc = false;
    for (const other of link.addresses) {
      if (other === address) {
        gone = false; // a promotion: the address stays
        continue;
      }
      if (promotedOver && sameSubnet(other, promotedOver)) continue;
      if (isSecondary(other)) {
        if (sameSubnet(other, primary)) other1 = primary;
        else {
          if (!samePrefsrc) continue;
          if (!other1 || !sameSubnet(other, other1)) other1 = primaryOf(link, other);
          if (!other1 || other1.local !== primary.local) continue;
        }
      } else {
        if (primary.local !== other.local) continue;
        other1 = other;
        if (primary !== other1) samePrefsrc = true;
      }
      if (address.local === other.local) localOk = true;
      if (address.broadcast === other.broadcast) broadcastOk = true;
      if (brd === other.broadcast) brdOk = true;
      if (any === other.broadcast) anyOk = true;
      if (other1 !== other || other.length >= 31) continue;
      const brd1 = lastOf(other.address, other.length, AF_INET);
      const any1 = networkOf(other.address, other.length, AF_INET);
      if (ZERONET(any1)) continue;
      if (address.broadcast === brd1 || address.broadcast === any1) broadcastOk = true;
      if (brd === brd1 || brd === any1) brdOk = true;
      if (any === brd1 || any === any1) anyOk = true;
    }
  }
  if (!broadcastOk && address.broadcast !== undefined) remove(RTN.broadcast, address.broadcast, 32);
  if (subnet && length < 31) {
    if (!brdOk) remove(RTN.broadcast, brd, 32);
    if (!anyOk) remove(RTN.broadcast, any, 32);
  }
  if (localOk) return;
  remove(RTN.local, address.local, 32);
  if (gone && addressType(net, address.local, tableOfMaster(net, link) ?? TABLE.local) !== RTN.local)
    if (syncDownAddress(net, link, address.local)) flushDead(kernel, net);
}

/** fib_inetaddr_event. */
export function addressUp(kernel: Kernel, link: Link, address: Address4): void {
  addAddressRoutes(kernel, link, address);
  syncUp(kernel, link, true);
}
export function addressDown(kernel: Kernel, link: Link, address: Address4, dead: boolean): void {
  removeAddressRoutes(kernel, link, address, undefined, dead);
  if (link.addresses.length === 0) disableIp(kernel, link, "down", true);
}

/** fib_modify_prefix_metric. */
export function changePrefixMetric(kernel: Kernel, link: Link, address: Address4, priority: number): void {
  const prefix = networkOf(address.address, address.length, AF_INET);
  const old = address.priority;
  address.priority = priority;
  if (
    !isUp(link) ||
    (address.flags & (IFA_F.secondary | IFA_F.noprefixroute)) !== 0 ||
    ZERONET(prefix) ||
    (prefix === address.local && address.length === 32)
  )
    return;
  const type = isLoopback(link) ? RTN.local : RTN.unicast;
  magic(kernel, link, false, type, prefix, address.length, address, priority);
  magic(kernel, link, true, type, prefix, address.length, address, old);
}
