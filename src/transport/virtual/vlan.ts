/** What VLANs do when the device below them changes (net/8021q/vlan.c: vlan_device_event). @module */

import { carrierOff, carrierOn } from "./carrier.ts";
import type { Kernel } from "./kernel.ts";
import { isUp } from "./link-message.ts";
import { changeFlags, closeMany, notifyFlags, unregisterLinks } from "./link-state.ts";
import type { Link } from "./state.ts";

const LOOSE_BINDING = 4;
const flagsOf = (vlan: Link): number => (vlan.data?.flags as { flags: number } | undefined)?.flags ?? 0;

export function vlansOn(kernel: Kernel, lower: Link): Link[] {
  const found: Link[] = [];
  for (const net of kernel.state.netns.values())
    for (const link of net.links.values())
      if (link.kind === "vlan" && link.lower === lower.index && link.lowerNetns === lower.netns) found.push(link);
  return found.sort((a, b) => (a.data?.id as number) - (b.data?.id as number));
}
export function followCarrier(kernel: Kernel, lower: Link, vlan: Link): void {
  if (lower.carrier) carrierOn(kernel, vlan);
  else carrierOff(kernel, vlan);
}

export function vlanEvent(kernel: Kernel, lower: Link, event: "up" | "down" | "change" | "mtu" | "unregister"): void {
  const vlans = vlansOn(kernel, lower);
  if (vlans.length === 0) return;
  switch (event) {
    case "change":
      for (const vlan of vlans) followCarrier(kernel, lower, vlan);
      return;
    case "mtu":
      for (const vlan of vlans)
        if (vlan.mtu > lower.mtu) {
          vlan.mtu = lower.mtu;
          kernel.device(vlan, "mtu");
        }
      return;
    case "down":
      closeMany(
        kernel,
        vlans.filter((vlan) => (flagsOf(vlan) & LOOSE_BINDING) === 0),
      );
      for (const vlan of vlans) followCarrier(kernel, lower, vlan);
      return;
    case "up":
      for (const vlan of vlans) {
        if (isUp(vlan)) continue;
        if ((flagsOf(vlan) & LOOSE_BINDING) === 0) {
          const old = vlan.flags;
          notifyFlags(kernel, vlan, old, changeFlags(kernel, vlan, old | 1));
        }
        followCarrier(kernel, lower, vlan);
      }
      return;
    case "unregister":
      unregisterLinks(kernel, vlans);
  }
}
