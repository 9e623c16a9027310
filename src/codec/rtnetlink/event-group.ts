/** Which multicast group is told of what. @module */

import { nameOf } from "../schema/scalar.ts";
import { type RtnetlinkGroup, rtnetlinkGroups } from "./groups.ts";
import { rtnetlinkTypes } from "./types.ts";

/** By the noun; of some, by the address family that the message begins with. */
const groups: { readonly [noun: string]: RtnetlinkGroup | { readonly [family: number]: RtnetlinkGroup } } = {
  link: { 0: "link", 7: "link", 10: "ipv6-ifinfo" },
  linkprop: "link",
  addr: { 2: "ipv4-ifaddr", 10: "ipv6-ifaddr" },
  multicast: { 2: "ipv4-mcaddr", 10: "ipv6-mcaddr" },
  anycast: { 10: "ipv6-acaddr" },
  route: { 2: "ipv4-route", 10: "ipv6-route", 28: "mpls-route", 128: "ipv4-mroute", 129: "ipv6-mroute" },
  neigh: "neigh",
  rule: { 2: "ipv4-rule", 10: "ipv6-rule" },
  qdisc: "tc",
  tclass: "tc",
  tfilter: "tc",
  chain: "tc",
  action: "tc",
  prefix: "ipv6-prefix",
  nduseropt: "nd-useropt",
  netconf: { 2: "ipv4-netconf", 10: "ipv6-netconf", 28: "mpls-netconf" },
  mdb: "mdb",
  nsid: "nsid",
  nexthop: "nexthop",
  nexthopbucket: "nexthop",
  vlan: "brvlan",
  tunnel: "tunnel",
  stats: "stats",
};

/** The group that the kernel tells of a message of rtnetlink: RTNLGRP_*; undefined of what it tells nobody. */
export function groupOf(type: number, family: number): number | undefined {
  const [, noun] = nameOf(rtnetlinkTypes, type)?.match(/^(?:new|del)(\w+)$/) ?? [];
  const found = noun === undefined ? undefined : groups[noun];
  const name = typeof found === "object" ? found[family] : found;
  return name && rtnetlinkGroups.values[name];
}
