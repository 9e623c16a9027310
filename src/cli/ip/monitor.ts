/** `nlink ip monitor`. @module */
import { Channel } from "../../api/channel.ts";
import { interfaceName } from "../../api/device.ts";
import { type Notification, notifications } from "../../api/notifications.ts";
import type { Address } from "../../codec/rtnetlink/address.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import type { Link } from "../../codec/rtnetlink/link/link.ts";
import type { Neighbor } from "../../codec/rtnetlink/neighbor.ts";
import type { Netconf } from "../../codec/rtnetlink/netconf.ts";
import type { Nexthop } from "../../codec/rtnetlink/nexthop.ts";
import type { Nsid } from "../../codec/rtnetlink/nsid.ts";
import type { Prefix } from "../../codec/rtnetlink/prefix.ts";
import type { Route } from "../../codec/rtnetlink/route.ts";
import type { Rule } from "../../codec/rtnetlink/rule.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { usage } from "../failure.ts";
import { device } from "../grammar/args.ts";
import { type Arg, command } from "../grammar/command.ts";
import { timestamp } from "../output/timestamp.ts";
import { printAddress } from "./address-print.ts";
import { Devices, devicesOf, mustExist } from "./devices.ts";
import { detailsOf } from "./link/link.ts";
import { type LinkView, printBrief, printLink } from "./link/print.ts";
import { printNeighbor } from "./neighbor-print.ts";
import { printNetconf } from "./netconf-print.ts";
import { printNexthop } from "./nexthop-print.ts";
import { printPrefix } from "./prefix-print.ts";
import { printRoute } from "./route-print.ts";
import { printRule } from "./rule-print.ts";

const G = rtnetlinkGroups.values;
/** What is told of: its groups for IPv4 and IPv6, and those of either. */
const OBJECTS = {
  link: { any: [G.link] },
  address: { 2: [G["ipv4-ifaddr"]], 10: [G["ipv6-ifaddr"]] },
  route: { 2: [G["ipv4-route"]], 10: [G["ipv6-route"]], 28: [G["mpls-route"]] },
  mroute: { 2: [G["ipv4-mroute"]], 10: [G["ipv6-mroute"]] },
  maddress: {},
  prefix: { 10: [G["ipv6-prefix"]] },
  neighbor: { any: [G.neigh] },
  netconf: { 2: [G["ipv4-netconf"]], 10: [G["ipv6-netconf"]], 28: [G["mpls-netconf"]] },
  rule: { 2: [G["ipv4-rule"]], 10: [G["ipv6-rule"]] },
  nsid: { any: [G.nsid] },
  nexthop: { any: [G.nexthop] },
  stats: { any: [G.stats] },
} as const;
type Name = keyof typeof OBJECTS;
const NAMES = Object.keys(OBJECTS) as Name[];
const LABELS: { readonly [name in Name]: string } = {
  link: "LINK", address: "ADDR", route: "ROUTE", mroute: "MROUTE", maddress: "MADDR", prefix: "PREFIX", neighbor: "NEIGH", netconf: "NETCONF",
  rule: "RULE", nsid: "NSID", nexthop: "NEXTHOP", stats: "STATS",
}; // biome-ignore format: a table

/** Objects by their names or beginnings of them; `all`. */
const objects: Arg<Name | "all"> = {
  syntax: `{ ${NAMES.join(" | ")} | all }`,
  complete: [...NAMES, "all"],
  read(parser) {
    const word = parser.next();
    const known = [...NAMES, "all"] as const;
    const found = known.find((name) => name === word) ?? known.find((name) => name.startsWith(word));
    if (found === undefined) throw usage(`Argument "${word}" is unknown, try "ip monitor help".`);
    return found;
  },
};

type Event = Exclude<Notification, { type: "overrun" }>;
const objectOf = (type: string): Name | undefined =>
  (
    ({
      link: "link",
      addr: "address",
      route: "route",
      neigh: "neighbor",
      rule: "rule",
      netconf: "netconf",
      nsid: "nsid",
      nexthop: "nexthop",
      prefix: "prefix",
    }) as const
  )[type.slice(3) as "link"];
/** RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR. */
const MULTICAST = new Set([128, 129]);

export const monitor = command({
  name: "monitor",
  help: "tell of changes as they happen",
  options: {
    objects: { many: true, arg: objects, help: "what to tell of; all if nothing is said" },
    label: { abbr: true, last: true, help: "say what each event is of" },
    "all-nsid": { last: true, help: "of all namespaces that have an id here" },
    dev: { arg: device, help: "of this device" },
  },
  bare: ["objects"],
  async run(context, { objects: given = [], label, "all-nsid": everywhere, dev }) {
    const { globals, io, printer } = context;
    const all = given.length === 0 || given.includes("all");
    const wanted = all ? NAMES : NAMES.filter((name) => given.includes(name));
    const { family } = globals;
    const groups = wanted.flatMap((name) =>
      Object.entries(OBJECTS[name]).flatMap(([of, list]) =>
        of === "any" || !family || Number(of) === family ? list : [],
      ),
    );
    const channel = await context.rtnetlink();
    const options = { allNamespaces: everywhere, receiveBufferSize: globals.rcvbuf ?? 1 << 20 };
    const transport =
      channel.transport.another?.(options) ??
      (await context.sockets.open({ protocol: 0, netns: globals.netns, receiveBufferSize: options.receiveBufferSize }));
    const listening = new Channel(transport);
    try {
      // Listening begins before devices are asked for: a change in between is an event.
      const events = notifications(listening, groups, { signal: io.signal });
      const index = dev === undefined ? undefined : await mustExist(channel, dev);
      const devices = await devicesOf(channel);
      const print = eventPrinter(context, devices, await detailsOf(context), index);
      const labelled = label || given.includes("all");
      for await (const event of events) {
        if (event.type === "overrun") {
          io.stderr("Some events were lost.\n");
          continue;
        }
        const object = nameOf(event);
        if (object === undefined || !wanted.includes(object)) continue;
        if (event.nsid === undefined) await learn(channel, devices, event.value as Indexed);
        printer.event((out) => {
          if (globals.timestamp || globals.tshort) timestamp(out, Boolean(globals.tshort));
          if (everywhere) out.put("nsid", event.nsid ?? null, `[nsid ${event.nsid ?? "current"}]`);
          out.put("object", object, labelled ? `[${LABELS[object]}]` : undefined);
          return print(object, event, out, event.nsid === undefined ? devices : STRANGE);
        });
      }
    } finally {
      listening.close();
    }
  },
});
/** Devices of other namespaces are known by their indexes only. */
const STRANGE = new Devices();

/** Where messages have the index of their device. */
type Indexed = { readonly index?: number; readonly ifindex?: number; readonly oif?: number };
/** Asks for the name of a device that comes up before the event of its making, as settings do. */
async function learn(channel: Channel, devices: Devices, { index, ifindex, oif }: Indexed): Promise<void> {
  for (const one of [index, ifindex, oif])
    if (one !== undefined && one > 0 && devices.find(one) === undefined)
      await interfaceName(channel, one).then(
        (name) => devices.remember(one, name, 0),
        () => {}, // gone meanwhile
      );
}

function nameOf(event: Event): Name | undefined {
  const object = objectOf(event.type);
  return object === "route" && MULTICAST.has((event.value as Route).family) ? "mroute" : object;
}

/** Prints an event; false if it is of another device than the one asked for. */
function eventPrinter(context: Context, devices: Devices, details: LinkView["details"], index: number | undefined) {
  const hidden = new Set<never>();
  return (object: Name, event: Event, out: Out, known: Devices): boolean => {
    const deleted = event.type.startsWith("del");
    const of = (...indexes: (number | undefined)[]) => index === undefined || indexes.includes(index);
    switch (object) {
      case "link": {
        const link = event.value as Link;
        if (known === devices && !deleted) devices.remember(link.index, link.ifname ?? "", link.flags);
        if (!of(link.index)) return false;
        const view: LinkView = { context, devices: known, only: false, event: true, details };
        if (context.globals.brief) printBrief(link, out, { ...view, only: true }, deleted);
        else printLink(link, out, view, deleted);
        if (known === devices && deleted) devices.forget(link.index);
        return true;
      }
      case "address": {
        const address = event.value as Address;
        if (!of(address.index)) return false;
        printAddress(address, out, context, known, true, deleted);
        return true;
      }
      case "route":
      case "mroute": {
        const route = event.value as Route;
        if (!of(route.oif)) return false;
        printRoute(route, out, { context, devices: known, hidden }, deleted);
        return true;
      }
      case "neighbor": {
        const neighbor = event.value as Neighbor;
        if (!of(neighbor.ifindex)) return false;
        printNeighbor(neighbor, out, { context, devices: known, hideDevice: false }, deleted);
        return true;
      }
      case "rule":
        printRule(event.value as Rule, out, context, deleted);
        return true;
      case "netconf": {
        const netconf = event.value as Netconf;
        if (!of(netconf.ifindex)) return false;
        printNetconf(netconf, out, context, known, deleted);
        return true;
      }
      case "nexthop": {
        const nexthop = event.value as Nexthop;
        if (!of(nexthop.oif)) return false;
        printNexthop(nexthop, out, context, known, deleted);
        return true;
      }
      case "prefix": {
        const prefix = event.value as Prefix;
        if (!of(prefix.ifindex)) return false;
        printPrefix(prefix, out, context, known);
        return true;
      }
      case "nsid": {
        const { nsid } = event.value as Nsid;
        if (deleted) out.put("deleted", true, "Deleted ");
        out.put("nsid", nsid ?? -1, `nsid ${nsid ?? -1} `);
        out.say("\n");
        return true;
      }
      default:
        return false;
    }
  };
}
