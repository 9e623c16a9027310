/** `ip route list` and `ip route flush`. @module */
import { indexOf } from "../../api/device.ts";
import { listDump, streamDump } from "../../api/dump.ts";
import { removeAll } from "../../api/facet.ts";
import { AF_INET, AF_INET6, contains, type Prefix, parsePrefix } from "../../api/options.ts";
import { realmValue } from "../../api/route-value.ts";
import { type Route, routeFlags, route as schema } from "../../codec/rtnetlink/route.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { failure, wrong } from "../failure.ts";
import { anyPrefix, device, integer, oneWord, text } from "../grammar/args.ts";
import { type Arg, command, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { nameTables } from "../names.ts";
import { devicesOf } from "./devices.ts";
import { printRoute, type RouteView, tableOf } from "./route-print.ts";
import { gateway, realms, vrfTable } from "./route-words.ts";

/** Prefixes that lie in it, that it lies in, or itself. */
interface Place {
  readonly how: "root" | "match" | "exact";
  readonly prefix: string;
}
const place: Arg<Place> = {
  syntax: "[ root | match | exact ] PREFIX",
  read(parser, word) {
    const how = (parser.take("root", "match", "exact") as Place["how"] | undefined) ?? "exact";
    return { how, prefix: anyPrefix.read(parser, word) };
  },
};
/** A number by its name, or `all`, which is no filter. */
const orAll = (syntax: string, table: "protocols" | "scopes"): Arg<number | "all"> => {
  const one = named(syntax, table);
  return { ...one, read: (parser, word) => (parser.take("all") ? "all" : one.read(parser, word)) };
};
const table: Arg<number | "all" | "cache"> = oneWord(
  "{ TABLE | all | cache }",
  (word) => {
    const number = nameTables.tables.number(word);
    if (number !== undefined) return number >= 0 && number <= 0xffffffff ? number : undefined;
    return word === "all" || word === "cache" ? word : undefined;
  },
  "table id value is invalid",
  ["main", "local", "default", "all", "cache"],
);
const options = {
  table: { abbr: true, arg: table, help: "a routing table; main by default" },
  vrf: { abbr: true, arg: text("VRF", "vrf"), help: "the table of a VRF" },
  cached: { abbr: true, also: ["cloned"], help: "exceptions of the routing cache" },
  tos: { also: ["dsfield"], arg: named("TOS", "dsfields"), help: "type of service" },
  protocol: { abbr: true, arg: orAll("PROTOCOL", "protocols"), help: "who has set it" },
  scope: { abbr: true, arg: orAll("SCOPE", "scopes"), help: "scope" },
  type: {
    abbr: true,
    arg: oneWord(
      "TYPE",
      (word) => (Object.hasOwn(routeTypes.values, word) ? routeTypes.values[word as "unicast"] : undefined),
      "node type value is invalid",
      Object.keys(routeTypes.values),
    ),
    help: "type",
  },
  dev: { also: ["oif"], arg: device, help: "routes that leave by this device" },
  iif: { arg: device, help: "the device that packets come in by" },
  mark: { arg: integer(), help: "firewall mark" },
  metric: { abbr: true, also: ["priority", "preference"], arg: integer(), help: "metric" },
  via: { arg: gateway, help: "gateway" },
  src: { arg: anyPrefix, help: "preferred source address" },
  nhid: { arg: integer(), help: "nexthop object" },
  realms: { abbr: true, also: ["realm"], arg: realms, help: "realms" },
  from: { abbr: true, arg: place, help: "source prefix" },
  to: { abbr: true, arg: place, help: "destination: exactly, or that it lies in, or those in it" },
} satisfies Options;
type Filter = Values<typeof options>;

const MAIN = 254;
/** How the filter's hiding goes by its words. */
const HIDES = [
  ["via", "via"],
  ["dev", "dev"],
  ["protocol", "protocol"],
  ["scope", "scope"],
  ["tos", "tos"],
  ["src", "src"],
  ["realms", "realm"],
  ["iif", "iif"],
  ["metric", "metric"],
] as const;

interface Query {
  readonly request: { readonly [name: string]: unknown };
  readonly wanted: (route: Route) => boolean;
  readonly hidden: RouteView["hidden"];
}

/** What to ask of the kernel, and what of its answer is wanted. */
async function query(context: Context, filter: Filter): Promise<Query> {
  const channel = await context.rtnetlink();
  const cached = filter.cached || filter.table === "cache";
  const wantedTable =
    filter.vrf !== undefined
      ? await vrfTable(context, filter.vrf)
      : filter.table === "all"
        ? undefined
        : typeof filter.table === "number"
          ? filter.table || undefined
          : MAIN;
  const preferred = context.globals.family;
  const family = preferred ?? (wantedTable === undefined ? 0 : AF_INET);
  const own = preferred ?? AF_INET;
  const [to, from] = [placed(filter.to, own), placed(filter.from, own)];
  const src = filter.src === undefined ? undefined : parsePrefix("src", filter.src, true);
  const oif = filter.dev === undefined ? undefined : await indexOf(channel, filter.dev);
  const iif = filter.iif === undefined ? undefined : await indexOf(channel, filter.iif);
  const protocol = filter.protocol === "all" ? undefined : filter.protocol;
  const scope = filter.scope === "all" ? undefined : filter.scope;
  const realm = filter.realms === undefined ? undefined : realmValue("realms", filter.realms);
  const cloned = cached ? routeFlags.values.cloned : 0;
  const [LOCAL, BROADCAST] = [2, 3];
  return {
    request: {
      family,
      ...(wantedTable === undefined ? {} : { tableId: wantedTable }),
      ...(oif === undefined ? {} : { oif }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(filter.type === undefined ? {} : { type: filter.type }),
      ...(cached ? { flags: cloned } : {}),
    },
    wanted: (route) =>
      (preferred === undefined || route.family === preferred) &&
      (route.flags & routeFlags.values.cloned) === cloned &&
      (wantedTable === undefined || tableOf(route) === wantedTable) &&
      (protocol === undefined || route.protocol === protocol) &&
      (scope === undefined || route.scope === scope) &&
      (filter.type === undefined || route.type === filter.type) &&
      (filter.vrf === undefined || (route.type !== LOCAL && route.type !== BROADCAST)) &&
      (filter.tos === undefined || route.tos === filter.tos) &&
      (oif === undefined || route.oif === oif) &&
      (iif === undefined || route.iif === iif) &&
      (filter.mark === undefined || (route.mark ?? 0) === filter.mark) &&
      (filter.metric === undefined || (route.priority ?? 0) === filter.metric) &&
      (filter.nhid === undefined || route.nhId === filter.nhid) &&
      (filter.via === undefined || route.gateway === filter.via || route.via?.address === filter.via) &&
      (src === undefined || (route.prefsrc !== undefined && contains(src, route.prefsrc))) &&
      (realm === undefined || (route.flow ?? 0) === realm) &&
      to(route.family, route.dst, route.dstLen) &&
      from(route.family, route.src, route.srcLen),
    hidden: new Set([
      ...HIDES.flatMap(([word, hidden]) => (filter[word] === undefined ? [] : [hidden])),
      ...(wantedTable === undefined ? [] : (["table"] as const)),
    ]),
  };
}

type Test = (family: number, address: string | readonly number[] | undefined, length: number) => boolean;
function placed(given: Place | undefined, family: number): Test {
  if (!given) return () => true;
  const any: Prefix = {
    family: family === AF_INET6 ? AF_INET6 : AF_INET,
    address: family === AF_INET6 ? "::" : "0.0.0.0",
    length: 0,
  };
  const prefix = given.prefix === "default" ? any : parsePrefix("to", given.prefix, true);
  const { how } = given;
  return (routeFamily, address, length) => {
    if (routeFamily !== prefix.family) return false;
    const start = (address as string | undefined) ?? (routeFamily === AF_INET6 ? "::" : "0.0.0.0");
    if (how !== "match" && (length < prefix.length || !contains(prefix, start))) return false;
    return (
      how === "root" ||
      (length <= prefix.length && contains({ family: prefix.family, address: start, length }, prefix.address))
    );
  };
}

export const show = command({
  name: "list",
  also: ["show", "lst"],
  help: "show routes",
  options,
  bare: ["to"],
  async run(context, filter) {
    const channel = await context.rtnetlink();
    const { request, wanted, hidden } = await query(context, filter);
    await context.printer.list(async (item) => {
      const nexthops = context.globals.details
        ? await (await import("./nexthop-print.ts")).nexthopInfo(context)
        : undefined;
      const view: RouteView = { context, devices: await devicesOf(channel), hidden, nexthop: nexthops };
      const dump = { message: { type: RTM.getroute, schema, value: request as never }, answer: schema, map: same };
      const routes = streamDump(channel, () => dump, { operation: "list routes", onInterrupted: "ignore" });
      for await (const batch of routes.batches())
        for (const route of batch as Route[]) if (wanted(route)) item((out) => printRoute(route, out, view));
    });
  },
});
const same = <T>(value: T): T => value;

export const flush = command({
  name: "flush",
  help: "remove routes",
  options,
  bare: ["to"],
  async run(context, filter) {
    if (Object.keys(filter).length === 0) throw failure('"ip route flush" requires arguments.');
    const { request, wanted } = await query(context, filter);
    const channel = await context.rtnetlink();
    if (filter.cached || filter.table === "cache") return flushCache(context);
    const routes = await listDump(
      channel,
      {
        message: { type: RTM.getroute, schema, value: request as never },
        answer: schema,
        map: (route) => (wanted(route as Route) && !unremovable(route as Route) ? (route as Route) : undefined),
      },
      { operation: "list routes" },
    );
    const gone = await removeAll(
      channel,
      routes.map(({ cacheinfo: _, unknown: __, ...value }) => ({ type: RTM.delroute, schema, value: value as never })),
      { operation: "flush routes" },
    );
    if (context.globals.statistics)
      context.printer.say(
        routes.length === 0
          ? "Nothing to flush.\n"
          : `\n*** Round 1, deleting ${gone} entries ***\n*** Flush is complete after 1 round ***\n`,
      );
    return;
  },
});
/** IPv6's last entry, which says that there is no route. */
const unremovable = (route: Route): boolean =>
  route.family === AF_INET6 &&
  route.dstLen === 0 &&
  route.type === routeTypes.values.unreachable &&
  route.priority === 0xffffffff;

/** IPv4 has no routing cache since Linux 3.6, but exceptions: writing to this file drops them. */
async function flushCache(context: Context): Promise<void> {
  if (context.globals.family === AF_INET6) return;
  if (context.io.open) throw wrong("cache", "there is none here");
  const { withNetns } = await import("../../transport/linux/index.ts");
  const { writeFileSync } = await import("node:fs");
  const netns = context.globals.netns ?? context.io.netns;
  const flush = () => writeFileSync("/proc/sys/net/ipv4/route/flush", "-1");
  if (netns === undefined) flush();
  else withNetns(netns, flush);
  if (context.globals.statistics) context.printer.say("*** IPv4 routing cache is flushed.\n");
}
