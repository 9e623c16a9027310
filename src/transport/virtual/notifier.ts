/** Who hears of a device's events, in the kernel's order: IPv4, nexthops, IPv6, bridges, VLANs (call_netdevice_notifiers). @module */
import { RTM } from "../../codec/rtnetlink/types.ts";
import { deleteAddress4, insertAddress4, newAddress4, renameLabels } from "./address4.ts";
import { addAddressRoutes } from "./address4-routes.ts";
import { bridgeEvent, releasePort } from "./bridge.ts";
import { addInet6, inet6Changed, inet6Down, inet6MtuChanged } from "./inet6-device.ts";
import { AF_INET, AF_INET6 } from "./ip.ts";
import type { DeviceEvent, Kernel } from "./kernel.ts";
import { flagsOf, IFF, isLoopback, notifyLink } from "./link-message.ts";
import { neighborsCarrierDown, neighborsDown } from "./neighbor.ts";
import { notifyNetconf } from "./netconf.ts";
import { flushNexthops } from "./nexthop.ts";
import { disableIp, syncDown, syncUp } from "./route4-device.ts";
import type { Link } from "./state.ts";
import { vlanEvent } from "./vlan.ts";

const MIN_MTU4 = 68;

const listeners: { readonly [event in DeviceEvent]: (kernel: Kernel, link: Link) => void } = {
  up: deviceUp,
  down: deviceDown,
  change: deviceChanged,
  address: addressChanged,
  mtu: mtuChanged,
  name: nameChanged,
  register: registered,
  unregister: leaveProtocols,
};
export function notifyDevice(kernel: Kernel, link: Link, event: DeviceEvent): void {
  listeners[event](kernel, link);
}

/** NETDEV_CHANGE. */
function deviceChanged(kernel: Kernel, link: Link): void {
  const net = kernel.netns(link.netns);
  if (!link.carrier) neighborsCarrierDown(kernel, link);
  const alive = (flagsOf(link) & (IFF.running | IFF.lower_up)) !== 0;
  if (link.inet) {
    if (alive) syncUp(kernel, link, false);
    else syncDown(net, link, "change", false);
  }
  if (!alive) flushNexthops(kernel, link, false);
  inet6Changed(kernel, link, "change");
  bridgeEvent(kernel, link, "change");
  vlanEvent(kernel, link, "change");
}
/** NETDEV_UP. */
function deviceUp(kernel: Kernel, link: Link): void {
  if (link.inet) {
    if (isLoopback(link) && !link.addresses.some(({ local, length }) => local === 0x7f000001n && length === 8))
      insertAddress4(kernel, link, newAddress4(kernel, link, 0x7f000001n, 8, 254));
    for (const address of [...link.addresses]) addAddressRoutes(kernel, link, address);
    syncUp(kernel, link, true);
  }
  inet6Changed(kernel, link, "up");
  bridgeEvent(kernel, link, "up");
  vlanEvent(kernel, link, "up");
}
/** NETDEV_DOWN. */
function deviceDown(kernel: Kernel, link: Link): void {
  if (link.inet) disableIp(kernel, link, "down", false);
  flushNexthops(kernel, link, false);
  inet6Down(kernel, link, false);
  bridgeEvent(kernel, link, "down");
  vlanEvent(kernel, link, "down");
}
/** NETDEV_CHANGEADDR. */
function addressChanged(kernel: Kernel, link: Link): void {
  notifyLink(kernel, link);
  neighborsDown(kernel, link, AF_INET);
  neighborsDown(kernel, link, AF_INET6);
  bridgeEvent(kernel, link, "address");
}
/** NETDEV_CHANGEMTU. */
function mtuChanged(kernel: Kernel, link: Link): void {
  notifyLink(kernel, link);
  if (link.mtu < MIN_MTU4) {
    if (link.inet) destroyInet(kernel, link);
  } else if (!link.inet) addInet(kernel, link);
  inet6MtuChanged(kernel, link);
  bridgeEvent(kernel, link, "mtu");
  vlanEvent(kernel, link, "mtu");
}
/** NETDEV_CHANGENAME. */
function nameChanged(kernel: Kernel, link: Link): void {
  const net = kernel.netns(link.netns);
  notifyLink(kernel, link);
  if (link.inet) {
    renameLabels(kernel, link);
    notifyNetconf(kernel, net, AF_INET, link.index, RTM.delnetconf);
    notifyNetconf(kernel, net, AF_INET, link.index);
  }
  if (link.inet6) {
    notifyNetconf(kernel, net, AF_INET6, link.index, RTM.delnetconf);
    notifyNetconf(kernel, net, AF_INET6, link.index);
  }
}

/** NETDEV_REGISTER. */
function registered(kernel: Kernel, link: Link): void {
  if (link.mtu >= MIN_MTU4) addInet(kernel, link);
  addInet6(kernel, link);
}
function addInet(kernel: Kernel, link: Link): void {
  link.inet = true;
  notifyNetconf(kernel, kernel.netns(link.netns), AF_INET, link.index);
}
/** inetdev_destroy. */
function destroyInet(kernel: Kernel, link: Link): void {
  while (link.addresses.length > 0) deleteAddress4(kernel, link, link.addresses[0]!, undefined, true);
  notifyNetconf(kernel, kernel.netns(link.netns), AF_INET, link.index, RTM.delnetconf);
  link.inet = false;
}

/** NETDEV_UNREGISTER, as a device's end or its move to another namespace brings it. */
function leaveProtocols(kernel: Kernel, link: Link): void {
  if (link.inet) destroyInet(kernel, link);
  disableIp(kernel, link, "unregister", true);
  flushNexthops(kernel, link, true);
  inet6Down(kernel, link, true);
  if (link.master) releasePort(kernel, link);
  vlanEvent(kernel, link, "unregister");
}
