/** Ports come to a master, and leave it (do_set_master of net/core/rtnetlink.c). @module */
import { refuse } from "./ack.ts";
import { addPort, removePort } from "./bridge.ts";
import type { Kernel } from "./kernel.ts";
import { profileOf } from "./link-state.ts";
import type { Link } from "./state.ts";
import { setVrf } from "./vrf.ts";

/** do_set_master. */
export function setMaster(kernel: Kernel, link: Link, index: number): void {
  const net = kernel.netns(link.netns);
  if (link.master) {
    if (link.master === index) return;
    const old = net.links.get(link.master);
    if (old?.kind === "bridge") removePort(kernel, old, link);
    else if (old?.kind === "vrf") setVrf(kernel, link, undefined);
    else refuse("EOPNOTSUPP");
  }
  if (index === 0) return;
  const master = net.links.get(index);
  if (master === undefined) refuse("EINVAL");
  if (!profileOf(master).master) refuse("EOPNOTSUPP");
  if (master.kind === "bridge") addPort(kernel, master, link);
  else setVrf(kernel, link, master);
}
