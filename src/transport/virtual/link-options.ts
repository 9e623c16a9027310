/** What requests to create and to change links have in common. @module */
import type { Link as LinkValue } from "../../codec/rtnetlink/link/link.ts";
import { refuse } from "./ack.ts";
import type { LinkRequest } from "./link.ts";
import type { Link, Netns } from "./state.ts";

/** The namespace that a request puts a link into. */
export function destination(request: LinkRequest, value: LinkValue): Netns | undefined {
  const { kernel, net } = request;
  const { netNsPid, netNsFd, targetNetnsid } = value;
  if ([netNsPid, netNsFd, targetNetnsid].filter((given) => given !== undefined).length > 1)
    refuse("EINVAL", "multiple netns identifying attributes specified");
  if (netNsFd !== undefined) return kernel.netns(kernel.byDescriptor(netNsFd) ?? refuse("EINVAL"));
  if (netNsPid !== undefined) return kernel.netns(kernel.state.processes.get(netNsPid) ?? refuse("EINVAL"));
  if (targetNetnsid !== undefined) return kernel.netns(net.nsids.get(targetNetnsid) ?? refuse("EINVAL"));
  return undefined;
}

/** dev_validate_mtu. */
export function checkMtu(link: Link, mtu: number): void {
  if (mtu < link.minMtu) refuse("EINVAL", "mtu less than device minimum");
  if (link.maxMtu > 0 && mtu > link.maxMtu) refuse("EINVAL", "mtu greater than device maximum");
}
