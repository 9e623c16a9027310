/** Settings of IPv4 and IPv6: what new links get, as links and RTM_GETNETCONF report them (Linux 6.12). @module */
import type { Inet6Link } from "../../codec/rtnetlink/link/inet6.ts";
import { clockT } from "./clock.ts";
import { AF_INET6, toText } from "./ip.ts";
import type { Inet6, Link, Netns } from "./state.ts";

const inetDefaults = {
  forwarding: 0,
  mcForwarding: 0,
  proxyArp: 0,
  acceptRedirects: 1,
  secureRedirects: 1,
  sendRedirects: 1,
  sharedMedia: 1,
  rpFilter: 0,
  acceptSourceRoute: 1,
  bootpRelay: 0,
  logMartians: 0,
  tag: 0,
  arpfilter: 0,
  mediumId: 0,
  noxfrm: 0,
  nopolicy: 0,
  forceIgmpVersion: 0,
  arpAnnounce: 0,
  arpIgnore: 0,
  promoteSecondaries: 0,
  arpAccept: 0,
  arpNotify: 0,
  acceptLocal: 0,
  srcVmark: 0,
  proxyArpPvlan: 0,
  routeLocalnet: 0,
  igmpv2UnsolicitedReportInterval: 10000,
  igmpv3UnsolicitedReportInterval: 1000,
  ignoreRoutesWithLinkdown: 0,
  dropUnicastInL2Multicast: 0,
  dropGratuitousArp: 0,
  bcForwarding: 0,
  arpEvictNocarrier: 1,
};
export type InetSetting = keyof typeof inetDefaults;

const inet6Defaults = {
  forwarding: 0,
  hoplimit: 64,
  mtu6: 1280,
  acceptRa: 1,
  acceptRedirects: 1,
  autoconf: 1,
  dadTransmits: 1,
  rtrSolicits: -1,
  rtrSolicitInterval: 4000,
  rtrSolicitDelay: 1000,
  useTempaddr: 0,
  tempValidLft: 604800,
  tempPreferedLft: 86400,
  regenMaxRetry: 3,
  maxDesyncFactor: 600,
  maxAddresses: 16,
  forceMldVersion: 0,
  acceptRaDefrtr: 1,
  acceptRaPinfo: 1,
  acceptRaRtrPref: 1,
  rtrProbeInterval: 60000,
  acceptRaRtInfoMaxPlen: 0,
  proxyNdp: 0,
  optimisticDad: 0,
  acceptSourceRoute: 0,
  mcForwarding: 0,
  disableIpv6: 0,
  acceptDad: 1,
  forceTllao: 0,
  ndiscNotify: 0,
  mldv1UnsolicitedReportInterval: 10000,
  mldv2UnsolicitedReportInterval: 1000,
  suppressFragNdisc: 1,
  acceptRaFromLocal: 0,
  useOptimistic: 0,
  acceptRaMtu: 1,
  stableSecret: 0,
  useOifAddrsOnly: 0,
  acceptRaMinHopLimit: 1,
  ignoreRoutesWithLinkdown: 0,
  dropUnicastInL2Multicast: 0,
  dropUnsolicitedNa: 0,
  keepAddrOnDown: 0,
  rtrSolicitMaxInterval: 3600000,
  seg6Enabled: 0,
  seg6RequireHmac: 0,
  enhancedDad: 1,
  addrGenMode: 0,
  disablePolicy: 0,
  acceptRaRtInfoMinPlen: 0,
  ndiscTclass: 0,
  rplSegEnabled: 0,
  raDefrtrMetric: 1024,
  ioam6Enabled: 0,
  ioam6Id: 65535,
  ioam6IdWide: -1,
  ndiscEvictNocarrier: 1,
  acceptUntrackedNa: 0,
  acceptRaMinLft: 0,
};
export type Inet6Setting = keyof typeof inet6Defaults;

/** What settings are kept under: `ipv4.conf.all.forwarding`, with a device's index for its own. */
const keyOf = (family: "ipv4" | "ipv6", of: "all" | "default" | number, name: string): string =>
  `${family}.conf.${of}.${name}`;

/** A setting of IPv4: of one device, of all, or what new ones get. */
export function inetSetting(net: Netns, of: "all" | "default" | number, name: InetSetting): number {
  const own = net.sysctls.get(keyOf("ipv4", of, name));
  if (own !== undefined) return own;
  return of === "all" || of === "default" ? inetDefaults[name] : inetSetting(net, "default", name);
}
export function inet6Setting(net: Netns, of: "all" | "default" | number, name: Inet6Setting): number {
  const own = net.sysctls.get(keyOf("ipv6", of, name));
  if (own !== undefined) return own;
  return of === "all" || of === "default" ? inet6Defaults[name] : inet6Setting(net, "default", name);
}
export function setSetting(
  net: Netns,
  family: "ipv4" | "ipv6",
  of: "all" | "default" | number,
  name: string,
  value: number,
): void {
  net.sysctls.set(keyOf(family, of, name), value);
}
export const isSetting = (family: "ipv4" | "ipv6", name: string): boolean =>
  Object.hasOwn(family === "ipv4" ? inetDefaults : inet6Defaults, name);

/** Forgets a device's own settings, and gives it those of the moment (a device that is registered copies `default`). */
export function copyDefaults(net: Netns, index: number): void {
  for (const [key, value] of [...net.sysctls]) {
    const [family, , of, name] = key.split(".") as ["ipv4" | "ipv6", string, string, string];
    if (of === String(index)) net.sysctls.delete(key);
    if (of === "default") net.sysctls.set(keyOf(family, index, name), value);
  }
}

export function inetConf(net: Netns, link: Link) {
  const row = Object.fromEntries(
    Object.keys(inetDefaults).map((name) => [name, inetSetting(net, link.index, name as InetSetting)]),
  ) as typeof inetDefaults;
  if (link.index === 1) row.noxfrm = row.nopolicy = 1; // loopback (inetdev_event)
  return row;
}
const READY = 0x80000000;
export function inet6Link(net: Netns, link: Link, inet6: Inet6): Inet6Link {
  const conf = Object.fromEntries(
    Object.keys(inet6Defaults).map((name) => [name, inet6Setting(net, link.index, name as Inet6Setting)]),
  ) as typeof inet6Defaults;
  conf.mtu6 = inet6.mtu;
  conf.addrGenMode = inet6.addrGenMode;
  conf.disableIpv6 = inet6.disabled ? 1 : 0;
  if (link.index === 1) conf.useTempaddr = conf.acceptDad = -1;
  return {
    flags: inet6.ready ? READY : 0,
    cacheinfo: { maxReasmLen: 65535, tstamp: clockT(inet6.changed), reachableTime: 30000, retransTime: 1000 },
    conf,
    token: toText(inet6.token, AF_INET6),
    addrGenMode: inet6.addrGenMode,
  };
}
