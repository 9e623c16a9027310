/** VRFs and their members (drivers/net/vrf.c). @module */
import { refuse } from "./ack.ts";
import { inet6Down } from "./inet6-device.ts";
import type { Kernel } from "./kernel.ts";
import { isLoopback, isUp, notifyLink } from "./link-message.ts";
import { changeFlags, notifyFlags } from "./link-state.ts";
import { disableIp } from "./route4-device.ts";
import type { Link } from "./state.ts";

/** Puts a device into a VRF or takes it out: its routes go, and it goes down and up again (cycle_netdev). */
export function setVrf(kernel: Kernel, link: Link, vrf: Link | undefined): void {
  if (vrf) {
    if (isLoopback(link)) refuse("EOPNOTSUPP", "Can not enslave loopback device to a VRF");
    if (link.kind === "vrf") refuse("EINVAL", "Can not enslave an L3 master device to a VRF");
    link.master = vrf.index;
    link.slave = { table: vrf.data?.table };
  } else {
    link.master = 0;
    link.slave = undefined;
  }
  kernel.netns(link.netns).generation++;
  notifyLink(kernel, link);
  disableIp(kernel, link, "down", true);
  inet6Down(kernel, link, false);
  if (!isUp(link)) return;
  const up = link.flags;
  notifyFlags(kernel, link, up, changeFlags(kernel, link, up & ~1));
  notifyFlags(kernel, link, up & ~1, changeFlags(kernel, link, up));
}
