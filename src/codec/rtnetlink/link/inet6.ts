/** IPv6 settings and counters of a link. @module */
import { attrs, bytes, ipv6 } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, flags, names, s32, u8, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { row } from "./conf.ts";

/** How the kernel makes the link-local address (linux/if_link.h). */
export const addrGenModes = names(
  "IN6_ADDR_GEN_MODE_",
  { eui64: 0, none: 1, stable_secret: 2, random: 3 },
  { stable_secret: "STABLE_PRIVACY" },
);

/**
 * Bits of IFLA_INET6_FLAGS: what router advertisements say, and how far the link has come (IF_* in the kernel's
 * net/if_inet6.h).
 */
export const inet6Flags = names("", {
  rs_sent: 0x10,
  ra_rcvd: 0x20,
  ra_managed: 0x40,
  ra_otherconf: 0x80,
  ready: 0x80000000,
});

/** Places in IFLA_INET6_CONF (linux/ipv6.h): the files of /proc/sys/net/ipv6/conf/DEVICE. */
export const inet6Settings = names("DEVCONF_", {
  forwarding: 0,
  hoplimit: 1,
  mtu6: 2,
  acceptRa: 3,
  acceptRedirects: 4,
  autoconf: 5,
  dadTransmits: 6,
  rtrSolicits: 7,
  rtrSolicitInterval: 8,
  rtrSolicitDelay: 9,
  useTempaddr: 10,
  tempValidLft: 11,
  tempPreferedLft: 12,
  regenMaxRetry: 13,
  maxDesyncFactor: 14,
  maxAddresses: 15,
  forceMldVersion: 16,
  acceptRaDefrtr: 17,
  acceptRaPinfo: 18,
  acceptRaRtrPref: 19,
  rtrProbeInterval: 20,
  acceptRaRtInfoMaxPlen: 21,
  proxyNdp: 22,
  optimisticDad: 23,
  acceptSourceRoute: 24,
  mcForwarding: 25,
  disableIpv6: 26,
  acceptDad: 27,
  forceTllao: 28,
  ndiscNotify: 29,
  mldv1UnsolicitedReportInterval: 30,
  mldv2UnsolicitedReportInterval: 31,
  suppressFragNdisc: 32,
  acceptRaFromLocal: 33,
  useOptimistic: 34,
  acceptRaMtu: 35,
  stableSecret: 36,
  useOifAddrsOnly: 37,
  acceptRaMinHopLimit: 38,
  ignoreRoutesWithLinkdown: 39,
  dropUnicastInL2Multicast: 40,
  dropUnsolicitedNa: 41,
  keepAddrOnDown: 42,
  rtrSolicitMaxInterval: 43,
  seg6Enabled: 44,
  seg6RequireHmac: 45,
  enhancedDad: 46,
  addrGenMode: 47,
  disablePolicy: 48,
  acceptRaRtInfoMinPlen: 49,
  ndiscTclass: 50,
  rplSegEnabled: 51,
  raDefrtrMetric: 52,
  ioam6Enabled: 53,
  ioam6Id: 54,
  ioam6IdWide: 55,
  ndiscEvictNocarrier: 56,
  acceptUntrackedNa: 57,
  acceptRaMinLft: 58,
  // Linux 6.17
  forceForwarding: 59,
});

/**
 * Places in IFLA_INET6_STATS (linux/snmp.h), of Linux 6.12: older ones lack the last. `num` counts them, itself too.
 */
export const inet6Counters = names("IPSTATS_MIB_", {
  num: 0,
  inpkts: 1,
  inoctets: 2,
  indelivers: 3,
  outforwdatagrams: 4,
  outrequests: 5,
  outoctets: 6,
  inhdrerrors: 7,
  intoobigerrors: 8,
  innoroutes: 9,
  inaddrerrors: 10,
  inunknownprotos: 11,
  intruncatedpkts: 12,
  indiscards: 13,
  outdiscards: 14,
  outnoroutes: 15,
  reasmtimeout: 16,
  reasmreqds: 17,
  reasmoks: 18,
  reasmfails: 19,
  fragoks: 20,
  fragfails: 21,
  fragcreates: 22,
  inmcastpkts: 23,
  outmcastpkts: 24,
  inbcastpkts: 25,
  outbcastpkts: 26,
  inmcastoctets: 27,
  outmcastoctets: 28,
  inbcastoctets: 29,
  outbcastoctets: 30,
  csumerrors: 31,
  noectpkts: 32,
  ect1pkts: 33,
  ect0pkts: 34,
  cepkts: 35,
  reasmOverlaps: 36,
  outpkts: 37,
});

/** Places in IFLA_INET6_ICMP6STATS (linux/snmp.h), as {@link inet6Counters}. */
export const icmp6Counters = names("ICMP6_MIB_", {
  num: 0,
  inmsgs: 1,
  inerrors: 2,
  outmsgs: 3,
  outerrors: 4,
  csumerrors: 5,
  ratelimithost: 6,
});

/**
 * IFLA_INET6_CONF: an array of s32. Intervals and delays are in milliseconds, lifetimes and the desync factor in
 * seconds; `stableSecret` says only whether there is one (ipv6_store_devconf in net/ipv6/addrconf.c).
 */
export const inet6Conf = row(s32, 4, inet6Settings);
export interface Inet6Conf extends Value<typeof inet6Conf> {}
export const inet6Stats = row(u64, 8, inet6Counters);
export interface Inet6Stats extends Value<typeof inet6Stats> {}
export const icmp6Stats = row(u64, 8, icmp6Counters);
export interface Icmp6Stats extends Value<typeof icmp6Stats> {}

/** `struct ifla_cacheinfo`: `tstamp` is when the settings changed, since the boot. */
export const inet6Cacheinfo = struct(
  "ifla_cacheinfo",
  { size: 16 },
  {
    maxReasmLen: unit(u32, "bytes"),
    tstamp: unit(u32, "USER_HZ"),
    reachableTime: unit(u32, "ms"),
    retransTime: unit(u32, "ms"),
  },
);

/**
 * AF_INET6 in IFLA_AF_SPEC, and IFLA_PROTINFO of links in family AF_INET6 (inet6_fill_ifla6_attrs in
 * net/ipv6/addrconf.c). `token` and `addrGenMode` can be set.
 */
export const inet6Link = attrs(
  "inet6",
  { c: "IFLA_INET6_" },
  {
    flags: [1, flags(u32, inet6Flags)],
    cacheinfo: [5, inet6Cacheinfo],
    conf: [2, inet6Conf],
    stats: [3, inet6Stats],
    icmp6stats: [6, icmp6Stats],
    /** The lower half of the addresses made from router advertisements; `::` for none. */
    token: [7, ipv6],
    addrGenMode: [8, enumeration(u8, addrGenModes)],
    /** MTU that the last router advertisement gave, if it gave one. */
    raMtu: [9, unit(u32, "bytes")],
    // "XXX - MC not implemented", the kernel says.
    mcast: [4, bytes],
  },
);
export interface Inet6Link extends Value<typeof inet6Link> {}
