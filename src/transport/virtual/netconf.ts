/** RTM_GETNETCONF: forwarding, reverse path filter and their like, of links and of all (net/ipv4/devinet.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT, netconf as schema } from "../../codec/rtnetlink/netconf.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { inet6Setting, inetSetting } from "./devconf.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6, type Family } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import type { Netns } from "./state.ts";

type NetconfRequest = RequestOf<typeof schema>;

function message(net: Netns, family: Family, index: number) {
  const of = index === NETCONFA_IFINDEX_ALL ? "all" : index === NETCONFA_IFINDEX_DEFAULT ? "default" : index;
  if (family === AF_INET6)
    return {
      family,
      ifindex: index,
      forwarding: inet6Setting(net, of, "forwarding"),
      mcForwarding: inet6Setting(net, of, "mcForwarding"),
      proxyNeigh: inet6Setting(net, of, "proxyNdp"),
      ignoreRoutesWithLinkdown: inet6Setting(net, of, "ignoreRoutesWithLinkdown"),
    };
  return {
    family,
    ifindex: index,
    forwarding: inetSetting(net, of, "forwarding"),
    rpFilter: inetSetting(net, of, "rpFilter"),
    mcForwarding: inetSetting(net, of, "mcForwarding"),
    bcForwarding: inetSetting(net, of, "bcForwarding"),
    proxyNeigh: inetSetting(net, of, "proxyArp"),
    ignoreRoutesWithLinkdown: inetSetting(net, of, "ignoreRoutesWithLinkdown"),
  };
}

/** inet_netconf_notify_devconf; a deletion has the index alone. */
export function notifyNetconf(
  kernel: Kernel,
  net: Netns,
  family: Family,
  index: number,
  type: number = RTM.newnetconf,
): void {
  const groups = rtnetlinkGroups.values;
  kernel.notify(net, family === AF_INET6 ? groups["ipv6-netconf"] : groups["ipv4-netconf"], type, schema, () =>
    type === RTM.delnetconf ? { family, ifindex: index } : message(net, family, index),
  );
}

function get(request: NetconfRequest): void {
  const { net, family, value } = request;
  if (family !== AF_INET && family !== AF_INET6) refuse("EOPNOTSUPP");
  const { ifindex } = value;
  if (ifindex === undefined) refuse("EINVAL");
  if (ifindex > 0) {
    const link = net.links.get(ifindex) ?? refuse("ENODEV");
    if (!(family === AF_INET ? link.inet : link.inet6)) refuse("EINVAL");
  }
  request.reply(RTM.newnetconf, schema, message(net, family, ifindex));
}

function list(request: NetconfRequest): Listing[] {
  const { net, family } = request;
  return [AF_INET, AF_INET6].flatMap((each): Listing[] =>
    family !== 0 && family !== each
      ? []
      : [
          {
            type: RTM.newnetconf,
            schema,
            items: [
              ...[...net.links.values()].flatMap((link) =>
                (each === AF_INET ? link.inet : link.inet6) ? [link.index] : [],
              ),
              NETCONFA_IFINDEX_ALL,
              NETCONFA_IFINDEX_DEFAULT,
            ],
            fill: (index: number) => message(net, each as Family, index),
            generation: () => net.generation,
          },
        ],
  );
}
export const netconfHandlers: HandlerTable = [[RTM.getnetconf, { doit: get, dump: list }]];
