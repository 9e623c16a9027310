/** Routes to add, change and remove: the kernel's messages for options in the user's terms. @module */
import { metrics as metricsSet } from "../codec/rtnetlink/metrics.ts";
import { routerPreferences } from "../codec/rtnetlink/route.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { routeTypes } from "../codec/rtnetlink/route-type.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import type { FriendlyAttrsInput } from "../codec/schema/friendly.ts";
import type { Device, DeviceIndexes } from "./device.ts";
import { type EncapOptions, encapValue, labelStack, type MplsLabels } from "./encap.ts";
import {
  AF_INET,
  AF_INET6,
  AF_MPLS,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  fromOptions,
  integer,
  OptionError,
  parseAddress,
  parsePrefix,
  wordNumber,
} from "./options.ts";

/** One of the ways of a multipath route. */
export interface RouteNexthopOptions {
  readonly via?: string | undefined;
  readonly dev?: Device | undefined;
  /** Share of the traffic, 1 to 256; 1 by default. */
  readonly weight?: number | undefined;
  /** The gateway is on the link, whatever the addresses say. */
  readonly onlink?: boolean | undefined;
  readonly encap?: EncapOptions | undefined;
  /** MPLS: labels to put in place of the route's own. */
  readonly as?: MplsLabels | undefined;
  readonly realm?: Realm | undefined;
}
/** Realms (IPv4): `[source, destination]`, or that of the destination; 16 bits each. */
export type Realm = number | readonly [number, number];
/** Metrics in the kernel's words and units: `mtu` bytes, `rtt` 1/8 ms, `rttvar` 1/4 ms, `rtoMin` ms; `lock: ["mtu"]` keeps path MTU discovery off. */
export type RouteMetricsOptions = FriendlyAttrsInput<typeof metricsSet>;

/** A route to add, change or remove. */
export interface RouteOptions {
  /** `"10.0.0.0/8"`, an address, or `"default"`; a label, with `family: "mpls"`. */
  readonly dst: string | number;
  /** Gateway; of another family than `dst` too (RTA_VIA). */
  readonly via?: string | undefined;
  readonly dev?: Device | undefined;
  /** Among routes to one prefix the lowest wins. IPv6 without one gets 1024. */
  readonly metric?: number | undefined;
  /** Preferred source address. */
  readonly src?: string | undefined;
  /** Source prefix that the route is for (IPv6). */
  readonly from?: string | undefined;
  /** Number or name; `"main"` by default. */
  readonly table?: number | string | undefined;
  /** `"unicast"` by default. */
  readonly type?: string | undefined;
  /** By default `"host"` for local routes, `"link"` for unicast ones without a gateway, else `"global"`. */
  readonly scope?: string | number | undefined;
  /** `"boot"` by default, as in iproute2. */
  readonly protocol?: string | number | undefined;
  readonly tos?: number | undefined;
  readonly onlink?: boolean | undefined;
  readonly metrics?: RouteMetricsOptions | undefined;
  readonly nexthops?: readonly RouteNexthopOptions[] | undefined;
  /** A nexthop object in place of `via`, `dev` and `nexthops`. */
  readonly nexthopId?: number | undefined;
  readonly encap?: EncapOptions | undefined;
  /** Seconds to live (IPv6). */
  readonly expires?: number | undefined;
  /** Preference of a router (IPv6): `"low"`, `"medium"`, `"high"`. */
  readonly pref?: string | undefined;
  /** IPv4. */
  readonly realm?: Realm | undefined;
  /** MPLS: labels to put in place of `dst`; without them the label is taken off. */
  readonly as?: MplsLabels | undefined;
  /** MPLS: whether the TTL goes on into what the label covers; by default as net.mpls.ip_ttl_propagate says. */
  readonly ttlPropagate?: boolean | undefined;
  /** Needed for labels (`"mpls"`), and for `"default"` without a gateway in IPv6. */
  readonly family?: Family | undefined;
}

type Obj = Record<string, unknown>;
export type RouteVerb = "add" | "append" | "change" | "replace" | "remove";
const keys = [
  "dst", "via", "dev", "metric", "src", "from", "table", "type", "scope", "protocol", "tos", "onlink", "metrics", "nexthops", "nexthopId", "encap",
  "expires", "pref", "realm", "as", "ttlPropagate", "family",
]; // biome-ignore format: one table
const known = new Set(keys);
const MAIN = 254;
const ONLINK = 4;
/** The kernel does not look at what is not of its family. */
const ONLY = [
  ["from", AF_INET6],
  ["expires", AF_INET6],
  ["pref", AF_INET6],
  ["realm", AF_INET],
  ["as", AF_MPLS],
  ["ttlPropagate", AF_MPLS],
] as const;

/** The message's value. The hot path of adding many routes: a prefix, a gateway, a device and a metric are a few stores. */
export function routeValue(verb: RouteVerb, r: RouteOptions, index: DeviceIndexes): Obj {
  for (const key in r) if (!known.has(key)) checkOptions("route", r, keys);
  const given = r.family === undefined ? undefined : familyNumber("route.family", r.family);
  const value: Obj = {
    family: 0,
    dstLen: 0,
    srcLen: 0,
    tos: r.tos === undefined ? 0 : integer("route.tos", r.tos, 255),
    table: MAIN,
    protocol: 0,
    scope: 0,
    type: 0,
    flags: 0,
    // What most routes have finds room inside of the object; undefined is as absent.
    dst: undefined,
    gateway: undefined,
    priority: undefined,
    oif: undefined,
  };
  let family = given ?? 0;
  if (given === AF_MPLS) {
    const stack = labelStack("route.dst", r.dst);
    if (stack.length !== 1)
      throw new OptionError(`route.dst: ${r.dst} is not one label, which a route of MPLS is for`, "dst", "a label");
    value.dst = stack;
    value.dstLen = 20;
  } else if (r.dst !== "default") {
    const { address, length, family: own } = parsePrefix("route.dst", r.dst as string);
    family = own;
    value.dstLen = length;
    value.dst = address;
  }
  // The gateway says least of the family: it may be of another one.
  if (r.src !== undefined) {
    const own = parseAddress("route.src", r.src);
    family = sameFamily("src", r.src, own, family);
    value.prefsrc = r.src;
  }
  if (r.from !== undefined) {
    const { address, length, family: own } = parsePrefix("route.from", r.from);
    family = sameFamily("from", r.from, own, family);
    value.src = address;
    value.srcLen = length;
  }
  if (r.via !== undefined) {
    const own = parseAddress("route.via", r.via);
    family ||= own;
    if (own === family) value.gateway = r.via;
    else value.via = { family: own, address: r.via };
  }
  if (r.nexthops !== undefined) {
    if (!Array.isArray(r.nexthops) || r.nexthops.length === 0)
      throw new OptionError("route.nexthops: at least one is needed", "nexthops", "a list of at least one");
    const first = r.nexthops.findIndex((hop) => hop.via !== undefined);
    if (first >= 0) family ||= parseAddress(`route.nexthops[${first}].via`, r.nexthops[first]!.via!);
    exclusive(r, "nexthops", ["via", "dev", "encap", "onlink"]);
  }
  if (r.nexthopId !== undefined) exclusive(r, "nexthopId", ["via", "dev", "nexthops", "encap", "onlink"]);
  family ||= AF_INET;
  if (given !== undefined && given !== family)
    throw new OptionError(`route.family: ${r.dst} is not of family ${String(r.family)}`, "family", "the family of dst");
  value.family = family;
  for (const [option, family] of ONLY)
    if (r[option] !== undefined && family !== value.family) {
      const name = family === AF_MPLS ? "MPLS" : family === AF_INET ? "IPv4" : "IPv6";
      throw new OptionError(`route.${option}: only ${name} routes have it`, option, `an ${name} route`);
    }
  if (r.metric !== undefined) value.priority = integer("route.metric", r.metric);
  if (r.dev !== undefined) value.oif = index(r.dev);
  if (r.onlink) value.flags = ONLINK;
  if (r.table !== undefined) {
    const table = wordNumber("route.table", routeTables, r.table);
    value.table = table > 255 ? 0 : table;
    if (table > 255) value.tableId = table;
  }
  if (r.nexthopId !== undefined) value.nhId = integer("route.nexthopId", r.nexthopId);
  if (r.expires !== undefined) value.expires = integer("route.expires", r.expires);
  if (r.pref !== undefined) value.pref = wordNumber("route.pref", routerPreferences, r.pref);
  if (r.realm !== undefined) value.flow = realmValue("route.realm", r.realm);
  if (r.as !== undefined) value.newdst = labelStack("route.as", r.as);
  if (r.ttlPropagate !== undefined) value.ttlPropagate = r.ttlPropagate ? 1 : 0;
  if (r.metrics !== undefined) value.metrics = fromOptions("route.metrics", metricsSet, r.metrics);
  if (r.encap !== undefined) Object.assign(value, encapValue("route.encap", r.encap, index));
  if (r.nexthops !== undefined)
    value.multipath = r.nexthops.map((hop, i) => {
      const where = `route.nexthops[${i}]`;
      checkOptions(where, hop, ["via", "dev", "weight", "onlink", "encap", "as", "realm"]);
      const weight = hop.weight ?? 1;
      if (!Number.isInteger(weight) || weight < 1 || weight > 256)
        throw new OptionError(`${where}.weight: ${weight} is not an integer from 1 to 256`, "weight", "1 to 256");
      const out: Obj = {
        flags: hop.onlink ? ONLINK : 0,
        hops: weight - 1,
        ifindex: hop.dev === undefined ? 0 : index(hop.dev),
      };
      if (hop.via !== undefined) {
        const own = parseAddress(`${where}.via`, hop.via);
        if (own === family) out.gateway = hop.via;
        else out.via = { family: own, address: hop.via };
      }
      if (hop.as !== undefined) out.newdst = labelStack(`${where}.as`, hop.as);
      if (hop.realm !== undefined) out.flow = realmValue(`${where}.realm`, hop.realm);
      if (hop.encap !== undefined) Object.assign(out, encapValue(`${where}.encap`, hop.encap, index));
      return out;
    });
  const removing = verb === "remove";
  // What is 0, or nowhere, is any in a removal (inet_rtm_delroute); iproute2 does the same.
  value.type =
    r.type === undefined ? (removing && family !== AF_MPLS ? 0 : 1) : wordNumber("route.type", routeTypes, r.type);
  value.protocol =
    r.protocol === undefined ? (removing ? 0 : 3) : wordNumber("route.protocol", routeProtocols, r.protocol);
  value.scope =
    r.scope !== undefined
      ? wordNumber("route.scope", scopes, r.scope)
      : family === AF_MPLS
        ? 0
        : removing
          ? 255
          : defaultScope(value.type as number, r);
  return value;
}

function sameFamily(option: string, text: string, own: number, family: number): number {
  if (family === 0 || family === own) return own;
  throw new OptionError(
    `route.${option}: ${text} is of another family than the route`,
    option,
    `an address of family ${familyName(family)}`,
  );
}
function exclusive(r: RouteOptions, option: string, others: readonly (keyof RouteOptions)[]): void {
  for (const other of others)
    if (r[other] !== undefined)
      throw new OptionError(`route.${other}: not together with ${option}`, other, `no ${other} beside ${option}`);
}

/** As iproute2 (iproute_modify): local and nat stay in the host, what has no gateway on the link. */
function defaultScope(type: number, r: RouteOptions): number {
  if (type === 2 || type === 10) return 254;
  if (type === 3 || type === 4 || type === 5) return 253;
  const gateway = r.via !== undefined || r.nexthops !== undefined || r.nexthopId !== undefined;
  return type <= 1 && !gateway ? 253 : 0;
}

/** RTA_FLOW and FRA_FLOW: the source's realm above that of the destination. @throws {OptionError} */
export function realmValue(where: string, realm: Realm): number {
  const [source, destination] = typeof realm === "number" ? [0, realm] : realm;
  return ((integer(where, source, 0xffff) << 16) | integer(where, destination, 0xffff)) >>> 0;
}
