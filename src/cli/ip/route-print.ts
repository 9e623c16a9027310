/** A route as `ip route show` has it (print_route in ip/iproute.c). @module */
import { labelText } from "../../api/encap.ts";
import { AF_INET, AF_INET6, AF_MPLS, familyName } from "../../api/options.ts";
import { metrics as metricsSchema, routeFeatures } from "../../codec/rtnetlink/metrics.ts";
import {
  cacheFlags,
  type MultipathNexthop,
  nexthopFlags,
  type Route,
  routeFlags,
  routerPreferences,
} from "../../codec/rtnetlink/route.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { nameOf } from "../../codec/schema/scalar.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import type { Colour } from "../output/colour.ts";
import type { Devices } from "./devices.ts";
import { printEncap } from "./encap-print.ts";

/** What a filter has in common with all that it shows is not shown: as iproute2. */
export interface RouteView {
  readonly context: Context;
  readonly devices: Devices;
  readonly hidden: ReadonlySet<
    "via" | "dev" | "table" | "protocol" | "scope" | "tos" | "src" | "realm" | "iif" | "metric"
  >;
  /** What a nexthop object is, where details are shown. */
  readonly nexthop?: ((id: number, out: Out) => void) | undefined;
}

const MAIN = 254;
const BOOT = 3;
const UNICAST = 1;
/** RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR: multicast routes. */
const IPMR = 128;
const IP6MR = 129;
const USER_HZ = 100;

/** The family of a route's addresses. */
const familyOf = ({ family }: Route): number => (family === IPMR ? AF_INET : family === IP6MR ? AF_INET6 : family);
const hostLength = (family: number): number => (family === AF_INET ? 32 : family === AF_MPLS ? 20 : 128);
export const familyColour = (family: number): Colour | undefined =>
  family === AF_INET ? "inet" : family === AF_INET6 ? "inet6" : undefined;
const addressText = (address: string | number[]): string =>
  typeof address === "string" ? address : labelText(address);
/** An address and, unless it is that of a whole host, its length. */
function prefixText(address: string | number[] | undefined, length: number, family: number): string {
  if (address === undefined) return length === 0 ? "default" : `0/${length}`;
  return length === hostLength(family) ? addressText(address) : `${addressText(address)}/${length}`;
}
export const tableOf = (route: Route): number => route.tableId ?? route.table;

export function printRoute(route: Route, out: Out, view: RouteView, deleted = false): void {
  const { context, hidden } = view;
  const { globals, names, paint } = context;
  const details = (globals.details ?? 0) > 0;
  const family = familyOf(route);
  const cloned = (route.flags & routeFlags.values.cloned) !== 0;
  if (deleted) out.put("deleted", true, "Deleted ");
  if (route.type !== UNICAST || details) {
    const type = (globals.Numeric ? undefined : nameOf(routeTypes, route.type)) ?? String(route.type);
    out.put("type", type, `${type} `);
  }
  const dst = prefixText(route.dst, route.dstLen, family);
  out.put("dst", dst, paint(route.dst === undefined ? undefined : familyColour(family), `${dst} `));
  if (route.src !== undefined) {
    const src = prefixText(route.src, route.srcLen, family);
    out.put("from", src, `from ${paint(familyColour(family), `${src} `)}`);
  } else if (route.srcLen > 0) out.put("src", `0/${route.srcLen}`, `from 0/${route.srcLen} `);
  printWay(route, out, view);
  if (route.oif !== undefined && !hidden.has("dev")) printDevice("dev", route.oif, out, view);
  const table = tableOf(route);
  if ((table !== MAIN || details) && table !== 0 && !hidden.has("table"))
    out.put("table", names.tables.name(table), `table ${names.tables.name(table)} `);
  if (!cloned) {
    if ((route.protocol !== BOOT || details) && !hidden.has("protocol"))
      out.put("protocol", names.protocols.name(route.protocol), `proto ${names.protocols.name(route.protocol)} `);
    if ((route.scope !== 0 || details) && !hidden.has("scope"))
      out.put("scope", names.scopes.name(route.scope), `scope ${names.scopes.name(route.scope)} `);
  }
  if (route.prefsrc !== undefined && !hidden.has("src"))
    out.put("prefsrc", route.prefsrc, `src ${paint(familyColour(family), `${route.prefsrc} `)}`);
  if (route.priority !== undefined && !hidden.has("metric"))
    out.put("metric", route.priority, `metric ${route.priority} `);
  printFlags(route.flags, out);
  if (route.mark !== undefined)
    out.put("mark", route.mark, `mark ${route.mark >= 16 ? `0x${route.mark.toString(16)}` : route.mark} `);
  if (route.flow !== undefined && !hidden.has("realm")) printRealms(route.flow, out, context);
  if (route.uid !== undefined) out.put("uid", route.uid, `uid ${route.uid} `);
  if (route.family === AF_INET || route.family === AF_INET6) {
    if (cloned && route.family === AF_INET) printCacheFlags(route.flags, out);
    else if (cloned) out.say("\n    cache ");
    if (route.cacheinfo) printCacheinfo(route.cacheinfo, out, Boolean(globals.statistics));
  }
  if (route.metrics) printMetrics(route.metrics, out);
  if (route.iif !== undefined && !hidden.has("iif")) printDevice("iif", route.iif, out, view);
  if (route.mfcStats && globals.statistics) printMulticast(route, out);
  if (route.pref !== undefined) {
    const pref = nameOf(routerPreferences, route.pref);
    const name = pref === undefined || pref === "invalid" ? String(route.pref) : pref;
    out.put("pref", name, `pref ${name}`);
  }
  if (route.ttlPropagate !== undefined)
    out.put("ttl-propagate", route.ttlPropagate !== 0, `ttl-propagate ${route.ttlPropagate ? "enabled" : "disabled"}`);
  if (route.nhId !== undefined && details) view.nexthop?.(route.nhId, out);
  if (route.multipath) printMultipath(route, route.multipath, out, view);
  out.say("\n");
}

/** Where packets go: what a route and each of its ways can have. */
function printWay(hop: Route | MultipathNexthop, out: Out, view: RouteView): void {
  const { context, hidden } = view;
  const { paint, names } = context;
  if (hop.newdst !== undefined) out.put("to", labelText(hop.newdst), `as to ${labelText(hop.newdst)} `);
  if (hop.encap !== undefined && hop.encapType !== undefined)
    printEncap(hop.encapType, hop.encap, out, context, view.devices);
  if ("tos" in hop && hop.tos && !hidden.has("tos"))
    out.put("tos", names.dsfields.name(hop.tos), `tos ${names.dsfields.name(hop.tos)} `);
  if ("nhId" in hop && hop.nhId !== undefined) out.put("nhid", hop.nhId, `nhid ${hop.nhId} `);
  if (hidden.has("via")) return;
  if (hop.gateway !== undefined) {
    const colour = familyColour(hop.gateway.includes(":") ? AF_INET6 : AF_INET);
    out.put("gateway", hop.gateway, `via ${paint(colour, `${hop.gateway} `)}`);
  }
  if (hop.via !== undefined) {
    const family = familyName(hop.via.family);
    out.put(
      "via",
      { family, host: hop.via.address as string },
      `via ${family} ${paint(familyColour(hop.via.family), `${hop.via.address} `)}`,
    );
  }
}

function printDevice(key: string, index: number, out: Out, { context, devices }: RouteView): void {
  const name = devices.name(index);
  out.put(key, name, `${key} ${context.paint("ifname", `${name} `)}`);
}

/** In the order that they are printed in (print_rt_flags). */
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [nexthopFlags.values.dead, "dead"],
  [nexthopFlags.values.onlink, "onlink"],
  [nexthopFlags.values.pervasive, "pervasive"],
  [nexthopFlags.values.offload, "offload"],
  [nexthopFlags.values.trap, "trap"],
  [routeFlags.values.notify, "notify"],
  [nexthopFlags.values.linkdown, "linkdown"],
  [nexthopFlags.values.unresolved, "unresolved"],
  [routeFlags.values.rt_offload, "rt_offload"],
  [routeFlags.values.rt_trap, "rt_trap"],
  [routeFlags.values.rt_offload_failed, "rt_offload_failed"],
];
export function printFlags(flags: number, out: Out): void {
  const found = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  out.put("flags", found, found.map((name) => `${name} `).join(""));
}

export function printRealms(flow: number, out: Out, { names }: Context): void {
  const [from, to] = [flow >>> 16, flow & 0xffff];
  const name = (realm: number) => names.realms.name(realm);
  out.put(
    "flow",
    { ...(from ? { from: name(from) } : {}), to: name(to) },
    from ? `realms ${name(from)}/${name(to)} ` : `realm ${name(to)} `,
  );
}

/** In the order that they are printed in (print_cache_flags). */
const CACHE_FLAGS = ["local", "mc", "brd", "src-direct", "redirected", "redirect", "notify"] as const;
function printCacheFlags(flags: number, out: Out): void {
  let rest = (flags & ~0xffff) >>> 0;
  const found: string[] = [];
  for (const name of CACHE_FLAGS) {
    const bit = cacheFlags.values[name];
    if ((rest & bit) === 0) continue;
    rest = (rest & ~bit) >>> 0;
    found.push(name);
  }
  if (rest !== 0) found.push(rest.toString(16));
  out.put("cache", found, `\n    cache ${found.length > 0 ? `<${found.join(",")}> ` : ""}`);
}

function printCacheinfo(info: NonNullable<Route["cacheinfo"]>, out: Out, statistics: boolean): void {
  const number = (key: string, value: number, text: string) => {
    if (value !== 0) out.put(key, value, `${text} `);
  };
  const seconds = (ticks: number) => Math.trunc(ticks / USER_HZ);
  if (info.expires !== 0) out.put("expires", seconds(info.expires), `expires ${seconds(info.expires)}sec `);
  number("error", info.error, `error ${info.error}`);
  if (statistics) {
    number("users", info.clntref, `users ${info.clntref}`);
    number("used", info.used, `used ${info.used}`);
    if (info.lastuse !== 0) out.put("age", seconds(info.lastuse), `age ${seconds(info.lastuse)}sec `);
  }
  if (info.id)
    out.put("ipid", `0x${info.id.toString(16).padStart(4, "0")}`, `ipid 0x${info.id.toString(16).padStart(4, "0")} `);
  if (info.ts || info.tsage) {
    out.put("ts", `0x${info.ts.toString(16)}`, `ts 0x${info.ts.toString(16)} `);
    out.put("tsage", info.tsage, `tsage ${info.tsage}sec `);
  }
}

/** iproute2's words for the metrics that are not the schema's in snake case. */
const METRIC_WORDS: { readonly [field: string]: string } = {
  rtoMin: "rto_min",
  ccAlgo: "congctl",
  fastopenNoCookie: "fastopen_no_cookie",
};
const METRIC_FIELDS = Object.keys(metricsSchema.fields).filter((field) => field !== "lock");

function printMetrics(metrics: NonNullable<Route["metrics"]>, out: Out): void {
  const values = metrics as { readonly [field: string]: unknown };
  const lock = metrics.lock ?? 0;
  const shown: { [key: string]: string | number | null | string[] } = {};
  let text = "";
  for (const field of METRIC_FIELDS) {
    const number = metricsSchema.fields[field as "mtu"]![0];
    const locked = ((lock >>> number) & 1) !== 0;
    const value = values[field];
    if (value === undefined && !locked) continue;
    if (field === "hoplimit" && value === 0xffffffff) continue;
    const word = METRIC_WORDS[field] ?? field;
    text += `${word} ${locked ? "lock " : ""}`;
    if (field === "ccAlgo") {
      shown.congestion = value as string;
      text += `${value} `;
      continue;
    }
    const n = (value as number | undefined) ?? 0;
    if (field === "features") {
      if ((n & routeFeatures.values.ecn) !== 0) shown.ecn = null;
      const rest = n & ~routeFeatures.values.ecn;
      if (rest !== 0) shown.features = `0x${n.toString(16)}`;
      text += `${(n & routeFeatures.values.ecn) !== 0 ? "ecn " : ""}${rest !== 0 ? `0x${n.toString(16)} ` : ""}`;
    } else if (field === "rtt" || field === "rttvar" || field === "rtoMin") {
      const ms = Math.trunc(n / (field === "rtt" ? 8 : field === "rttvar" ? 4 : 1));
      shown[word] = ms;
      text += ms >= 1000 ? `${Number((ms / 1000).toPrecision(6))}s ` : `${ms}ms `;
    } else {
      shown[word] = n;
      text += `${n} `;
    }
  }
  out.put("metrics", [shown], text);
}

function printMulticast(route: Route, out: Out): void {
  const { packets, bytes, wrongIf } = route.mfcStats!;
  const age = typeof route.expires === "bigint" ? route.expires : undefined;
  out.say(`\n  ${packets} packets, ${bytes} bytes${wrongIf ? `, ${wrongIf} arrived on wrong iif.` : ""}`);
  out.put("packets", packets);
  out.put("bytes", bytes);
  if (wrongIf) out.put("wrong_if", wrongIf);
  if (age !== undefined) out.put("expires", Number(age) / USER_HZ, `, Age ${(Number(age) / USER_HZ).toFixed(2)}`);
}

function printMultipath(route: Route, hops: readonly MultipathNexthop[], out: Out, view: RouteView): void {
  const { context, devices } = view;
  const oifs = (route.flags & routeFlags.values.cloned) !== 0 && route.type === 5;
  out.array("nexthops", (list) => {
    hops.forEach((hop, i) => {
      list.object("", (one) => {
        one.say(oifs ? (i === 0 ? "Oifs: " : " ") : "\n\tnexthop ");
        printWay(hop, one, { ...view, hidden: NOTHING });
        if (hop.flow !== undefined) printRealms(hop.flow, one, context);
        const name = devices.name(hop.ifindex);
        if (oifs) one.put("dev", name, `${context.paint("ifname", name)}${hop.hops !== 1 ? `(ttl>${hop.hops})` : ""} `);
        else {
          one.put("dev", name, `dev ${name} `);
          if (route.family !== AF_MPLS) one.put("weight", hop.hops + 1, `weight ${hop.hops + 1} `);
        }
        printFlags(hop.flags, one);
      });
    });
  });
}
const NOTHING: RouteView["hidden"] = new Set();
