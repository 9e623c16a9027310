/** `nlink ip route`. @module */

import { indexOf } from "../../api/device.ts";
import { ask } from "../../api/facet.ts";
import { OptionError } from "../../api/options.ts";
import type { RouteNexthopOptions, RouteOptions } from "../../api/route-value.ts";
import { Routes } from "../../api/routes.ts";
import { metricLocks } from "../../codec/rtnetlink/metrics.ts";
import { type Route, routeFlags, route as schema } from "../../codec/rtnetlink/route.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { CommandError, EXIT, failure, usage } from "../failure.ts";
import { address, anyPrefix, device, integer, labels, oneOf, oneWord, text } from "../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import type { Parser } from "../grammar/parser.ts";
import { devicesOf } from "./devices.ts";
import { encap } from "./encap-words.ts";
import { flush, show } from "./route-list.ts";
import { printRoute } from "./route-print.ts";
import { gateway, realms, vrfTable } from "./route-words.ts";

const MPLS = 28;
const u32 = integer();
/** `[TYPE] PREFIX`; with `-f mpls` a label. */
const destination: Arg<{ type?: string; dst: string }> = {
  syntax: "[TYPE] { PREFIX | default }",
  complete: ["default", ...Object.keys(routeTypes.values)],
  read(parser, word) {
    const type =
      parser.ahead !== undefined && Object.hasOwn(routeTypes.values, parser.ahead) ? parser.next() : undefined;
    const dst = (parser.globals.family === MPLS ? labels : anyPrefix).read(parser, word);
    return type === undefined ? { dst } : { type, dst };
  },
};
const asTo: Arg<string> = {
  syntax: "[to] LABEL[/LABEL…]",
  read(parser, word) {
    parser.take("to");
    return labels.read(parser, word);
  },
};
const nexthopOptions = {
  via: { arg: gateway, help: "gateway" },
  dev: { also: ["oif"], arg: device, help: "device" },
  weight: { arg: integer("WEIGHT", 256, 1), help: "share of the traffic" },
  onlink: { help: "the gateway is on the link" },
  realm: { also: ["realms"], arg: realms, help: "realms" },
  encap: { arg: encap, help: "lightweight tunnel" },
  as: { arg: asTo, help: "labels" },
} satisfies Options;
const nexthop: Arg<RouteNexthopOptions> = {
  syntax: "[ via GATEWAY ] [ dev DEVICE ] [ weight NUMBER ] [ onlink ] [ encap … ]",
  read(parser) {
    if (parser.done) throw usage('Error: unexpected end of line after "nexthop"');
    return parser.within(nexthopOptions);
  },
};

/** A metric, and whether the kernel must leave it alone: `mtu lock 1400`. */
interface Metric {
  readonly value: number | string;
  readonly locked: boolean;
}
const metric = (read: Arg<number | string>, always = false): Arg<Metric> => ({
  syntax: always ? read.syntax : `[lock] ${read.syntax}`,
  read(parser: Parser, word: string) {
    const locked = parser.take("lock") !== undefined || always;
    return { value: read.read(parser, word), locked };
  },
});
/** Milliseconds, in units of 1/`unit` of one; a number without a unit is taken as it is. */
const rtt = (unit: number): Arg<number> =>
  oneWord("TIME", (word) => {
    const match = /^(\d*\.?\d+)(s|secs?|ms|msecs?)?$/.exec(word);
    if (!match) return undefined;
    const factor = match[2] === undefined ? 1 : match[2].startsWith("s") ? 1000 * unit : unit;
    return Math.ceil(Number(match[1]) * factor);
  });
/** Metrics by their words, and the names that the API has for them. */
const metricOptions = {
  mtu: { arg: metric(u32), help: "MTU of the path, in bytes" },
  advmss: { arg: metric(u32), help: "MSS to advertise" },
  hoplimit: { arg: metric(integer("NUMBER", 255)), help: "hop limit" },
  rtt: { arg: metric(rtt(8)), help: "first estimate of the round trip time" },
  rttvar: { arg: metric(rtt(4)), help: "and of its variance" },
  rto_min: { arg: metric(rtt(1), true), help: "least retransmission timeout" },
  window: { abbr: true, arg: metric(u32), help: "greatest window, in bytes" },
  cwnd: { abbr: true, arg: metric(u32), help: "clamp of the congestion window, in segments" },
  initcwnd: { abbr: true, arg: metric(u32), help: "first congestion window" },
  initrwnd: { abbr: true, arg: metric(u32), help: "first receive window" },
  ssthresh: { abbr: true, arg: metric(u32), help: "slow start threshold" },
  reordering: { abbr: true, arg: metric(u32), help: "how much reordering there is" },
  quickack: { abbr: true, arg: metric(integer("{ 0 | 1 }", 1)), help: "acknowledge at once" },
  congctl: { abbr: true, arg: metric(text("NAME")), help: "congestion control" },
  features: { abbr: true, arg: metric(oneOf("ecn", "tcp_usec_ts")), help: "features of the path" },
  fastopen_no_cookie: { arg: metric(integer("{ 0 | 1 }", 1)), help: "TCP Fast Open without cookies" },
} satisfies Options;
const METRIC_NAMES: { readonly [word: string]: string } = {
  rto_min: "rtoMin",
  congctl: "ccAlgo",
  fastopen_no_cookie: "fastopenNoCookie",
};

const editOptions = {
  to: { arg: destination, help: "what the route is for" },
  via: { short: "v", arg: gateway, help: "gateway" },
  dev: { short: "d", also: ["oif"], arg: device, help: "device" },
  src: { arg: address, help: "source address to prefer" },
  from: { arg: anyPrefix, help: "source prefix that it is for (IPv6)" },
  table: { abbr: true, arg: named("TABLE", "tables", 0xffffffff), help: "table" },
  vrf: { arg: text("VRF", "vrf"), help: "the table of a VRF" },
  metric: {
    abbr: true,
    also: ["priority", "preference"],
    arg: u32,
    help: "among routes to one prefix the lowest wins",
  },
  protocol: { abbr: true, arg: named("PROTOCOL", "protocols"), help: "who sets it" },
  scope: { arg: named("SCOPE", "scopes"), help: "scope" },
  tos: { also: ["dsfield"], arg: named("TOS", "dsfields"), help: "type of service" },
  onlink: { help: "the gateway is on the link" },
  nexthop: { many: true, arg: nexthop, help: "one of several ways" },
  nhid: { arg: u32, help: "a nexthop object" },
  encap: { arg: encap, help: "lightweight tunnel" },
  realms: { abbr: true, also: ["realm"], arg: realms, help: "realms (IPv4)" },
  expires: { arg: u32, help: "seconds until it goes (IPv6)" },
  pref: { abbr: true, arg: oneOf("low", "medium", "high"), help: "preference of a router (IPv6)" },
  as: { arg: asTo, help: "labels to put in place (MPLS)" },
  "ttl-propagate": { arg: oneOf("enabled", "disabled"), help: "the TTL goes on into what the label covers (MPLS)" },
  ...metricOptions,
} satisfies Options;

type Verb = "add" | "append" | "change" | "replace" | "remove";
async function edit(context: Context, verb: Verb, values: Values<typeof editOptions>): Promise<void> {
  const { to, vrf, nexthop: nexthops, nhid, realms: realm, "ttl-propagate": propagate, ...rest } = values;
  if (!to) throw usage('Not enough information: a prefix, or "default", is required.');
  const metrics: { [name: string]: unknown } = {};
  const lock: string[] = [];
  const settings: { [name: string]: unknown } = {};
  for (const [word, value] of Object.entries(rest))
    if (Object.hasOwn(metricOptions, word)) {
      const { value: number, locked } = value as Metric;
      const name = METRIC_NAMES[word] ?? word;
      metrics[name] =
        word === "features" ? [number] : word === "quickack" || word === "fastopen_no_cookie" ? number === 1 : number;
      if (locked) lock.push(word);
    } else settings[word] = value;
  if (lock.length > 0) metrics.lock = lock.filter((word) => Object.hasOwn(metricLocks.values, word));
  const { family } = context.globals;
  const channel = await context.rtnetlink();
  const route: RouteOptions = {
    ...to,
    ...settings,
    ...(vrf === undefined ? {} : { table: await vrfTable(context, vrf) }),
    ...(nexthops === undefined ? {} : { nexthops }),
    ...(nhid === undefined ? {} : { nexthopId: nhid }),
    ...(realm === undefined ? {} : { realm }),
    ...(propagate === undefined ? {} : { ttlPropagate: propagate === "enabled" }),
    ...(Object.keys(metrics).length > 0 ? { metrics } : {}),
    ...(family === 2 || family === 10 || family === MPLS ? { family } : {}),
    ...defaultTable(values),
  };
  try {
    await new Routes(channel)[verb](route);
  } catch (e) {
    // The kernel would refuse bits behind the prefix; nothing is sent, but the exit status is that of a refusal.
    if (e instanceof OptionError && e.expected === "a prefix without host bits")
      throw new CommandError(EXIT.refused, `Error: ${e.message}`);
    throw e;
  }
}
/** As iproute2: what is for the host itself is in its own table. */
function defaultTable({ to, table, vrf }: Values<typeof editOptions>): { table?: number } {
  const own = to?.type !== undefined && ["local", "broadcast", "nat", "anycast"].includes(to.type);
  return own && table === undefined && vrf === undefined ? { table: 255 } : {};
}

const getOptions = {
  to: { arg: address, help: "the destination" },
  from: { arg: address, help: "the source" },
  iif: { arg: device, help: "the device that it comes in by" },
  oif: { also: ["dev"], short: "d", arg: device, help: "the device that it leaves by" },
  mark: { arg: u32, help: "firewall mark" },
  vrf: { arg: text("VRF", "vrf"), help: "within this VRF" },
  uid: { arg: u32, help: "the user" },
  tos: { also: ["dsfield"], arg: named("TOS", "dsfields"), help: "type of service" },
  ipproto: { arg: named("PROTOCOL", "ipProtocols"), help: "IP protocol" },
  sport: { arg: integer("PORT", 0xffff), help: "source port" },
  dport: { arg: integer("PORT", 0xffff), help: "destination port" },
  fibmatch: { help: "the entry of the table that matches" },
  notify: { help: "be told of changes of it" },
  connected: { help: "again from the source address that is found" },
} satisfies Options;

async function get(context: Context, values: Values<typeof getOptions>): Promise<void> {
  const { to, from, iif, oif, vrf, fibmatch, notify, connected, ipproto, ...rest } = values;
  if (to === undefined) throw failure("need at least a destination address");
  const channel = await context.rtnetlink();
  const family = to.includes(":") ? 10 : 2;
  const length = family === 2 ? 32 : 128;
  const { lookup_table, fib_match, notify: NOTIFY } = routeFlags.values;
  if (vrf !== undefined) await vrfTable(context, vrf);
  const out = oif ?? vrf;
  let request: { [name: string]: unknown } = {
    family,
    dst: to,
    dstLen: length,
    // IPv6 says the table unasked, and refuses to be asked.
    flags: (family === 2 ? lookup_table : 0) | (fibmatch ? fib_match : 0) | (notify ? NOTIFY : 0),
    ...rest,
    ...(ipproto === undefined ? {} : { ipProto: ipproto }),
    ...(from === undefined ? {} : { src: from, srcLen: length }),
    ...(iif === undefined ? {} : { iif: await indexOf(channel, iif) }),
    ...(out === undefined ? {} : { oif: await indexOf(channel, out) }),
  };
  const ask1 = (value: { [name: string]: unknown }) =>
    ask(channel, { type: RTM.getroute, schema, value: value as never }, schema, { operation: `get route to ${to}` });
  let found = (await ask1(request)) as Route;
  const view = { context, devices: await devicesOf(channel), hidden: new Set<never>() };
  await context.printer.list(async (item) => {
    if (connected && from === undefined) {
      item((o) => printRoute(found, o, view));
      request = { ...request, src: found.prefsrc ?? found.src, srcLen: length };
      found = (await ask1(request)) as Route;
    }
    item((o) => printRoute(found, o, view));
  });
}

const editing = commandsOf(editOptions, ["to"], edit);
export const route = group({
  name: "route",
  help: "routes",
  otherwise: "list",
  entries: [
    editing("add", "add", "add a route"),
    editing("change", "change", "change a route that is there", ["chg"]),
    editing("replace", "replace", "change a route, or add it"),
    editing("append", "append", "add a further route to the same prefix"),
    editing("delete", "remove", "remove the first route that agrees with all that is given"),
    show,
    command({ name: "get", help: "the way that the kernel would take", options: getOptions, bare: ["to"], run: get }),
    flush,
  ],
});
