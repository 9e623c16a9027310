/** `nlink ip`. @module */
import { runBatch } from "../batch.ts";
import type { Context } from "../context.ts";
import { commonGlobals, familyGlobals } from "../globals.ts";
import { integer } from "../grammar/args.ts";
import { group, lazy, type Options } from "../grammar/command.ts";

const globals = {
  loops: { arg: integer("COUNT"), last: true, help: "flushes: rounds at most" },
  ...familyGlobals,
  human: { short: "h", also: ["human-readable"], last: true, help: "numbers of statistics with a suffix" },
  iec: { last: true, help: "such suffixes by 1024" },
  ...commonGlobals,
  resolve: { short: "r", last: true, help: "names of hosts, where the system knows them" },
  rcvbuf: { also: ["rc"], arg: integer("SIZE", 0x7fffffff), last: true, help: "bytes that the socket may queue" },
  all: { short: "a", last: true, help: "of all namespaces, where the command says so" },
} satisfies Options;

export const ip = group({
  name: "ip",
  help: "links, addresses, routes, neighbors, rules, namespaces…",
  globals,
  entries: [
    // In iproute2's order: the first that a beginning fits is meant.
    lazy("address", [], "addresses of devices", async () => (await import("./address.ts")).address),
    lazy("addrlabel", [], "labels of IPv6 addresses", async () => (await import("./addrlabel.ts")).addrlabel),
    lazy("maddress", [], "multicast groups", async () => (await import("./maddress.ts")).maddress),
    lazy("route", [], "routes", async () => (await import("./route.ts")).route),
    lazy("rule", [], "rules that choose the routing table", async () => (await import("./rule.ts")).rule),
    lazy("neighbor", ["neighbour"], "ARP and NDP entries", async () => (await import("./neighbor.ts")).neighbor),
    lazy("ntable", ["ntbl"], "neighbor tables", async () => (await import("./ntable.ts")).ntable),
    lazy("link", [], "network devices", async () => (await import("./link/link.ts")).link),
    lazy("tunnel", ["tunl"], "tunnels", async () => (await import("./tunnel.ts")).tunnel),
    lazy("tuntap", ["tap"], "TUN and TAP devices", async () => (await import("./tuntap.ts")).tuntap),
    lazy("token", [], "tokens of IPv6", async () => (await import("./token.ts")).token),
    lazy("monitor", [], "tell of changes", async () => (await import("./monitor.ts")).monitor),
    lazy("xfrm", [], "IPsec: security associations and policies", async () => (await import("./xfrm/xfrm.ts")).xfrm),
    lazy("mroute", [], "multicast routes", async () => (await import("./mroute.ts")).mroute),
    lazy("netns", [], "network namespaces", async () => (await import("./netns.ts")).netns),
    lazy("netconf", [], "settings of devices", async () => (await import("./netconf.ts")).netconf),
    lazy("vrf", [], "virtual routing and forwarding", async () => (await import("./vrf.ts")).vrf),
    lazy("nexthop", [], "nexthop objects", async () => (await import("./nexthop.ts")).nexthop),
    lazy("stats", [], "statistics of devices", async () => (await import("./stats.ts")).stats),
    lazy("watch", [], "rates of links, as they are now", async () => (await import("../watch/watch.ts")).watchLinks),
  ],
  async run(context: Context) {
    if (context.globals.batch !== undefined) return runBatch(context);
    const { helpOf } = await import("../grammar/help.ts");
    context.io.stderr(await helpOf([ip], ["nlink"]));
    return 255;
  },
});
