/** Gateways of IPv6: how they are reached (ip6_validate_gw of net/ipv6/route.c). @module */

import { scopes } from "../../codec/rtnetlink/scope.ts";
import { refuse } from "./ack.ts";
import { inet6Setting } from "./devconf.ts";
import { lookup6, lookupTable6 } from "./fib6.ts";
import { AF_INET6, isLinkLocal, isMulticast, LOOPBACK6 } from "./ip.ts";
import { isLoopback, isUp } from "./link-message.ts";
import { RTNH_F } from "./route-config.ts";
import { isReject } from "./route6-entry.ts";
import type { Hop, Link, Netns } from "./state.ts";

/** Whether an address is this namespace's own: on `link`, unless it is a global one (ipv6_chk_addr_and_flags). */
export function isOwnAddress(net: Netns, address: bigint, link: Link | undefined, banned = 0): boolean {
  for (const other of net.links.values())
    for (const own of other.inet6?.addresses ?? []) {
      if (own.address !== address || (own.flags & banned) !== 0) continue;
      const narrow = isLinkLocal(address) || address === LOOPBACK6;
      if (link === undefined || link === other || !narrow) return true;
    }
  return false;
}

/** The device that a gateway is behind. */
export function validateGateway(net: Netns, hop: Hop, table: number, dev: Link | undefined): Link {
  const gateway = hop.gateway!;
  const linkLocal = isLinkLocal(gateway);
  let link = dev;
  const local = () => {
    if (isOwnAddress(net, gateway, linkLocal ? link : undefined))
      refuse("EINVAL", "Gateway can not be a local address");
  };
  if (dev) local();
  if (!linkLocal) {
    if (isMulticast(gateway) || gateway === 0n || gateway === LOOPBACK6) refuse("EINVAL", "Invalid gateway address");
    if ((hop.flags & RTNH_F.onlink) !== 0) checkOnlink(net, gateway, table, dev);
    else link = resolve(net, gateway, table, dev);
  }
  if (link === undefined) refuse("EINVAL", "Egress device not specified");
  if (isLoopback(link)) refuse("EINVAL", "Egress device can not be loopback device for this route");
  if (dev === undefined) local();
  return link;
}

/** ip6_route_check_nh. */
function resolve(net: Netns, gateway: bigint, table: number, dev: Link | undefined): Link {
  const flow = { dst: gateway, oif: dev?.index ?? 0, tos: 0, scope: 0 };
  let found = table ? lookupTable6(net, table, flow, dev !== undefined) : undefined;
  if (found && (isReject(found.entry) || found.hop.gateway !== undefined || (dev && dev.index !== found.hop.oif)))
    found = undefined;
  if (found === undefined) {
    const anywhere = lookup6(net, flow, dev !== undefined);
    if (typeof anywhere === "string" || isReject(anywhere.entry) || anywhere.hop.gateway !== undefined)
      refuse("EHOSTUNREACH");
    found = anywhere;
  }
  const link = net.links.get(found.hop.oif);
  if (link === undefined || (dev && dev !== link)) refuse("EHOSTUNREACH");
  return link;
}

/** ip6_route_check_nh_onlink. */
function checkOnlink(net: Netns, gateway: bigint, table: number, dev: Link | undefined): void {
  const flow = { dst: gateway, oif: dev?.index ?? 0, tos: 0, scope: 0 };
  const found = lookupTable6(net, table || 254, flow, false);
  if (found && found.entry.length > 0 && (isReject(found.entry) || (dev && found.hop.oif !== dev.index)))
    refuse("EINVAL", "Nexthop has invalid gateway or device mismatch");
}

/** fib6_nh_init for the gateway of an IPv4 route (fib_check_nh_v6_gw). */
export function checkGateway6(net: Netns, hop: Hop, table: number): Hop {
  const dev = hop.oif ? net.links.get(hop.oif) : undefined;
  if (hop.oif && !dev?.inet6) refuse("ENODEV");
  return initHop6(net, { ...hop, gatewayFamily: AF_INET6 }, table, dev);
}

/** The last checks of fib6_nh_init. */
export function initHop6(net: Netns, hop: Hop, table: number, dev: Link | undefined, ignoreDown = false): Hop {
  let link = dev;
  if (dev && dev.inet6 === undefined) refuse("ENODEV");
  if ((hop.flags & RTNH_F.onlink) !== 0) {
    if (link === undefined) refuse("ENODEV", "Nexthop device required for onlink");
    if (!isUp(link)) refuse("ENETDOWN", "Nexthop device is not up");
  }
  if (hop.gateway !== undefined) link = validateGateway(net, hop, table, link);
  if (link?.inet6 === undefined) refuse("ENODEV");
  if (link.inet6.disabled || inet6Setting(net, link.index, "disableIpv6"))
    refuse("EACCES", "IPv6 is disabled on nexthop device");
  if (!isUp(link) && !ignoreDown) refuse("ENETDOWN", "Nexthop device is not up");
  const flags = hop.flags & RTNH_F.onlink;
  return {
    ...hop,
    oif: link.index,
    scope: scopes.values.link,
    flags: link.carrier || ignoreDown ? flags : flags | RTNH_F.linkdown,
  };
}
