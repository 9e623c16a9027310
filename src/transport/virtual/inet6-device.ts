/** IPv6 on a device that comes up, changes and goes down (addrconf_notify of net/ipv6/addrconf.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { addAutomaticAddresses, dropAddress6, restorePrefixes, runDad } from "./address6.ts";
import { inet6Link, inet6Setting } from "./devconf.ts";
import { AF_INET6 } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { flagsOf, isUp, lowerOf, OPER, operUp } from "./link-message.ts";
import { neighborsDown } from "./neighbor.ts";
import { notifyNetconf } from "./netconf.ts";
import { syncDown6, syncUp6 } from "./route6.ts";
import type { Inet6, Link, Netns } from "./state.ts";

const MIN_MTU = 1280;

/** inet6_ifinfo_notify: what IPv6 tells of a device, in its own family. */
export function notifyInet6(kernel: Kernel, link: Link, type: number = RTM.newlink): void {
  const net = kernel.netns(link.netns);
  if (link.inet6 === undefined) return;
  kernel.notify(net, rtnetlinkGroups.values["ipv6-ifinfo"], type, schema, () => inet6LinkMessage(net, link));
}
/** inet6_fill_ifinfo. */
export function inet6LinkMessage(net: Netns, link: Link) {
  const lower = lowerOf(link);
  return {
    family: AF_INET6,
    type: link.type,
    index: link.index,
    flags: flagsOf(link),
    change: 0,
    ifname: link.name,
    ...(link.address === undefined ? {} : { address: link.address }),
    mtu: link.mtu,
    ...(lower === link.index ? {} : { link: lower }),
    operstate: isUp(link) ? link.operstate : OPER.down,
    protinfo: inet6Link(net, link, link.inet6!) as never,
  };
}

/** ipv6_add_dev. */
export function addInet6(kernel: Kernel, link: Link): Inet6 | undefined {
  if (link.mtu < MIN_MTU) return undefined;
  const net = kernel.netns(link.netns);
  const made: Inet6 = {
    ready: false,
    addresses: [],
    addrGenMode: inet6Setting(net, "default", "addrGenMode"),
    token: 0n,
    mtu: link.mtu,
    disabled: inet6Setting(net, "default", "disableIpv6") !== 0,
    changed: kernel.now(),
  };
  link.inet6 = made;
  notifyNetconf(kernel, net, AF_INET6, link.index);
  if (isUp(link) && linkReady(link)) made.ready = true;
  return made;
}

/** addrconf_link_ready. */
const linkReady = (link: Link): boolean => operUp(link) && link.qdisc !== "noop";

/** NETDEV_UP and NETDEV_CHANGE. */
export function inet6Changed(kernel: Kernel, link: Link, event: "up" | "change"): void {
  if (link.inet6?.disabled) return;
  let inet6 = link.inet6;
  let pending = false;
  if (event === "up") {
    restorePrefixes(kernel, link);
    if (!linkReady(link)) return;
    inet6 ??= addInet6(kernel, link);
    if (inet6) {
      inet6.ready = true;
      pending = true;
    }
  } else {
    if (!linkReady(link)) {
      syncDown6(kernel, link, "change");
      return;
    }
    if (inet6?.ready) {
      syncUp6(kernel, link, false);
      return;
    }
    if (inet6) inet6.ready = true;
    pending = true;
  }
  if (inet6 === undefined) return;
  addAutomaticAddresses(kernel, link);
  if (pending) runDad(kernel, link);
  syncUp6(kernel, link, true);
  if (inet6.mtu !== link.mtu && link.mtu >= MIN_MTU) inet6.mtu = link.mtu;
  inet6.changed = kernel.now();
  notifyInet6(kernel, link);
  if (link.mtu < MIN_MTU) inet6Down(kernel, link, link.index !== 1);
}

/** addrconf_ifdown. */
export function inet6Down(kernel: Kernel, link: Link, unregister: boolean): void {
  syncDown6(kernel, link, unregister ? "unregister" : "down");
  neighborsDown(kernel, link, AF_INET6);
  const { inet6 } = link;
  if (inet6 === undefined) return;
  if (!unregister) inet6.ready = false;
  kernel.cancel((timer) => timer.kind === "dad" && timer.netns === link.netns && timer.index === link.index);
  for (const address of inet6.addresses.splice(0)) dropAddress6(kernel, link, address);
  inet6.changed = kernel.now();
  if (!unregister) return;
  notifyNetconf(kernel, kernel.netns(link.netns), AF_INET6, link.index, RTM.delnetconf);
  link.inet6 = undefined;
}

/** NETDEV_CHANGEMTU. */
export function inet6MtuChanged(kernel: Kernel, link: Link): void {
  if (link.mtu < MIN_MTU) {
    inet6Down(kernel, link, link.index !== 1);
    return;
  }
  if (link.inet6) {
    link.inet6.mtu = link.mtu;
    return;
  }
  const inet6 = addInet6(kernel, link);
  if (!inet6?.ready) return;
  addAutomaticAddresses(kernel, link);
  runDad(kernel, link);
  syncUp6(kernel, link, true);
  notifyInet6(kernel, link);
}
