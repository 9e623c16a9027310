/** IPv4 settings of a link. @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { type NumberScalar, names, s32 } from "../../schema/scalar.ts";
import { row } from "./conf.ts";

/**
 * Places in IFLA_INET_CONF, from 1 (linux/ip.h): the files of /proc/sys/net/ipv4/conf/DEVICE, not quite by their names.
 */
export const inetSettings = names("IPV4_DEVCONF_", {
  forwarding: 1,
  mcForwarding: 2,
  proxyArp: 3,
  acceptRedirects: 4,
  secureRedirects: 5,
  sendRedirects: 6,
  sharedMedia: 7,
  rpFilter: 8,
  acceptSourceRoute: 9,
  bootpRelay: 10,
  logMartians: 11,
  tag: 12,
  arpfilter: 13,
  mediumId: 14,
  noxfrm: 15,
  nopolicy: 16,
  forceIgmpVersion: 17,
  arpAnnounce: 18,
  arpIgnore: 19,
  promoteSecondaries: 20,
  arpAccept: 21,
  arpNotify: 22,
  acceptLocal: 23,
  srcVmark: 24,
  proxyArpPvlan: 25,
  routeLocalnet: 26,
  igmpv2UnsolicitedReportInterval: 27,
  igmpv3UnsolicitedReportInterval: 28,
  ignoreRoutesWithLinkdown: 29,
  dropUnicastInL2Multicast: 30,
  dropGratuitousArp: 31,
  bcForwarding: 32,
  arpEvictNocarrier: 33,
});

/** IFLA_INET_CONF as the kernel sends it: an array of s32. Intervals are in milliseconds. */
export const inetConf = row(s32, 4, inetSettings);
export interface InetConf extends Value<typeof inetConf> {}

/**
 * IFLA_INET_CONF as user space sends it: a nest of those settings that are to change (inet_set_link_af in net/ipv4/devinet.c). It has
 * the number of what the kernel reports, and NLA_F_NESTED.
 */
export const inetConfChange = attrs(
  "inet_conf",
  { c: "IPV4_DEVCONF_" },
  Object.fromEntries(
    Object.entries(inetSettings.values).map(([name, place]): [string, readonly [number, NumberScalar]] => [
      name,
      [place, s32],
    ]),
  ),
);
/** AF_INET in IFLA_AF_SPEC (inet_fill_link_af in net/ipv4/devinet.c). To change settings: `change`. */
export const inetLink = attrs(
  "inet",
  { c: "IFLA_INET_" },
  { conf: [1, inetConf], change: [1, inetConfChange, "CONF"] },
);
export interface InetLink extends Value<typeof inetLink> {}
