/** Moves between namespaces (__dev_change_net_namespace of net/core/dev.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { endChains } from "./chain.ts";
import { type Kernel, nsidOf } from "./kernel.ts";
import { allocateName, findByName } from "./link-find.ts";
import { ALL_CHANGED, isLoopback, linkMessage, notifyLink } from "./link-message.ts";
import { closeMany, registerLink } from "./link-state.ts";
import { assignNsid } from "./nsid.ts";
import { shutdown } from "./qdisc-tree.ts";
import type { Link, Netns } from "./state.ts";

export function moveLink(kernel: Kernel, link: Link, dest: Netns, pattern: string | undefined, newIndex: number): void {
  if (link.netns === dest.id) return;
  const net = kernel.netns(link.netns);
  if (isLoopback(link) || link.kind === "vrf" || link.kind === "bridge")
    refuse("EINVAL", "The interface netns is immutable");
  let { name } = link;
  if (findByName(dest, name)) {
    if (pattern === undefined) refuse("EEXIST", "An interface with the same name exists in the target netns");
    name = pattern;
  }
  if (pattern !== undefined) name = pattern.includes("%") ? (allocateName(dest, pattern) ?? refuse("EINVAL")) : pattern;
  if (findByName(dest, name)) refuse("EEXIST", "An interface with the same name exists in the target netns");
  for (const alt of link.altNames)
    if (findByName(dest, alt)) refuse("EEXIST", `An interface with the altname ${alt} exists in the target netns`);
  if (newIndex > 0 && dest.links.has(newIndex)) refuse("EBUSY", "The ifindex is already in use in the target netns");
  closeMany(kernel, [link]);
  endChains(kernel, link, shutdown(link));
  kernel.device(link, "unregister");
  let index = newIndex > 0 ? newIndex : link.index;
  if (newIndex <= 0 && dest.links.has(index)) {
    while (dest.links.has(dest.nextIndex)) dest.nextIndex++;
    index = dest.nextIndex++;
  }
  const newNetnsid = nsidOf(net, dest.id) ?? assignNsid(kernel, net, dest.id);
  const message = linkMessage(kernel, link, { change: ALL_CHANGED, more: { newNetnsid, newIfindex: index } });
  kernel.notify(net, rtnetlinkGroups.values.link, RTM.dellink, schema, () => message);
  kernel.linkwatch.delete(link);
  net.links.delete(link.index);
  net.generation++;
  for (const other of kernel.state.netns.values())
    for (const peer of other.links.values()) {
      if (peer.peer?.netns === link.netns && peer.peer.index === link.index) peer.peer = { netns: dest.id, index };
      if (peer.lowerNetns === link.netns && peer.lower === link.index) {
        peer.lower = index;
        peer.lowerNetns = dest.id;
      }
    }
  link.netns = dest.id;
  link.index = index;
  link.name = name;
  registerLink(kernel, link);
  notifyLink(kernel, link, { change: ALL_CHANGED });
}
