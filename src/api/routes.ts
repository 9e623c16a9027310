/** Routes. @module */
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import { encapCases, encapTypes } from "../codec/rtnetlink/encap/encap.ts";
import { metrics as metricsSet } from "../codec/rtnetlink/metrics.ts";
import {
  nexthopFlags,
  type Route as RouteMessage,
  routeFlags,
  routerPreferences,
  route as schema,
} from "../codec/rtnetlink/route.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { routeTypes } from "../codec/rtnetlink/route-type.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Codec } from "../codec/schema/codec.ts";
import { decoder } from "../codec/schema/engine.ts";
import { type FriendlyAttrs, type FriendlyAttrsInput, toFriendly } from "../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../codec/schema/scalar.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, deviceNames, indexOf } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";
import {
  AF_INET,
  AF_INET6,
  canonicalAddress,
  checkOptions,
  contains,
  type Family,
  familyName,
  familyNumber,
  fromOptions,
  integer,
  OptionError,
  type Prefix,
  parseAddress,
  parsePrefix,
  wordNumber,
} from "./options.ts";

/** One of the ways of a multipath route. */
export interface NexthopOptions {
  readonly via?: string | undefined;
  readonly dev?: Device | undefined;
  /** Share of the traffic, 1 to 256; 1 by default. */
  readonly weight?: number | undefined;
  /** The gateway is on the link, whatever the addresses say. */
  readonly onlink?: boolean | undefined;
  readonly encap?: EncapOptions | undefined;
}
/** A lightweight tunnel: `type` and its settings as the codec declares them, MPLS with labels as `dst: "100/200"`, a number or a list of them. */
export type EncapOptions = { readonly type: keyof typeof encapTypes.values & string } & {
  readonly [setting: string]: unknown;
};
/** Metrics in the kernel's words and units: `mtu` bytes, `rtt` 1/8 ms, `rttvar` 1/4 ms, `rtoMin` ms… */
export type RouteMetrics = FriendlyAttrs<typeof metricsSet>;
export type RouteMetricsOptions = FriendlyAttrsInput<typeof metricsSet>;

export interface RouteOptions {
  /** `"10.0.0.0/8"`, an address, or `"default"`. */
  readonly dst: string;
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
  readonly nexthops?: readonly NexthopOptions[] | undefined;
  /** A nexthop object in place of `via`, `dev` and `nexthops`. */
  readonly nexthopId?: number | undefined;
  readonly encap?: EncapOptions | undefined;
  /** Seconds to live (IPv6). */
  readonly expires?: number | undefined;
  /** Preference of a router (IPv6): `"low"`, `"medium"`, `"high"`. */
  readonly pref?: string | undefined;
  /** Realms (IPv4): `[source, destination]`, or that of the destination; 16 bits each. */
  readonly realm?: number | readonly [number, number] | undefined;
  /** Needed for `"default"` without a gateway in IPv6. */
  readonly family?: Family | undefined;
}

export interface RouteNexthop {
  via?: string;
  dev?: string | number;
  oif: number;
  weight: number;
  flags: string[];
  encap?: { type: string | number } & Record<string, unknown>;
}
/** A route in the user's terms: only what applies is there. */
export interface Route {
  family: string;
  type: string | number;
  /** `"10.0.0.0/8"`, or `"default"`. */
  dst: string;
  from?: string;
  via?: string;
  dev?: string | number;
  oif?: number;
  iif?: string | number;
  src?: string;
  metric?: number;
  table: number;
  protocol: string | number;
  scope: string | number;
  tos?: number;
  flags: string[];
  metrics?: RouteMetrics;
  nexthops?: RouteNexthop[];
  nexthopId?: number;
  encap?: { type: string | number } & Record<string, unknown>;
  pref?: string | number;
  /** Seconds left. */
  expires?: number;
  mark?: number;
  uid?: number;
  /** The decoded message, for the rest. */
  message: RouteMessage;
}

export interface RouteFilter {
  readonly family?: Family | undefined;
  readonly table?: number | string | undefined;
  readonly dev?: Device | undefined;
  readonly protocol?: string | number | undefined;
  readonly type?: string | undefined;
  readonly scope?: string | number | undefined;
  /** Routes to exactly this prefix; `"default"` is that of either family. */
  readonly dst?: string | undefined;
  /** Routes to this prefix and to those in it. */
  readonly root?: string | undefined;
  /** Routes to this prefix, or address, and to those that it lies in. */
  readonly match?: string | undefined;
  readonly via?: string | undefined;
  readonly metric?: number | undefined;
  /** Cached clones instead of routes. */
  readonly cloned?: boolean | undefined;
}
/** What decides a look-up beside the destination. */
export interface LookupOptions {
  readonly from?: string | undefined;
  readonly iif?: Device | undefined;
  readonly oif?: Device | undefined;
  readonly mark?: number | undefined;
  readonly uid?: number | undefined;
  readonly tos?: number | undefined;
  readonly ipProto?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** The route of the table that matches, instead of what it comes to. */
  readonly fibMatch?: boolean | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "append" | "change" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  append: NLM_F_CREATE | NLM_F_APPEND,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const keys = [
  "dst", "via", "dev", "metric", "src", "from", "table", "type", "scope", "protocol", "tos", "onlink", "metrics", "nexthops", "nexthopId", "encap",
  "expires", "pref", "realm", "family",
]; // biome-ignore format: one table
const MAIN = 254;
const RTM_F_CLONED = 0x200;
const RTM_F_LOOKUP_TABLE = 0x1000;
const RTM_F_FIB_MATCH = 0x2000;
const ONLINK = 4;

export class Routes {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Routes of all tables, or those that a filter keeps; of both families by default. */
  async list(filter: RouteFilter = {}, options: DumpOptions = {}): Promise<Route[]> {
    return listDump(this.#channel, await this.#named(filter, options), { operation: "list routes", ...options });
  }

  /** As `list`, in constant memory. */
  stream(filter: RouteFilter = {}, options: DumpOptions = {}): Stream<Route> {
    const operation = "list routes";
    return streamDump(this.#channel, () => this.#named(filter, options), { operation, ...options });
  }

  /** Routes to exactly this prefix. */
  find(dst: string, filter: Omit<RouteFilter, "dst"> = {}, options: DumpOptions = {}): Promise<Route[]> {
    return this.list({ ...filter, dst }, options);
  }

  /** The way that the kernel would take: `get("8.8.8.8")`. @throws {NetlinkError} ENETUNREACH… */
  async get(address: string, by: LookupOptions = {}, options: ExchangeOptions = {}): Promise<Route> {
    checkOptions("route", by, ["from", "iif", "oif", "mark", "uid", "tos", "ipProto", "sport", "dport", "fibMatch"]);
    const family = parseAddress("route.get", address);
    const value: Obj = {
      family,
      dstLen: family === AF_INET ? 32 : 128,
      dst: address,
      // IPv6 says the table unasked, and refuses to be asked (inet6_rtm_valid_getroute_req).
      flags: (family === AF_INET ? RTM_F_LOOKUP_TABLE : 0) | (by.fibMatch ? RTM_F_FIB_MATCH : 0),
    };
    if (by.from !== undefined) {
      if (parseAddress("route.from", by.from) !== family)
        throw new OptionError(
          `route.from: ${by.from} is of another family than ${address}`,
          "from",
          "an address of the same family",
        );
      value.src = by.from;
      value.srcLen = value.dstLen;
    }
    if (by.iif !== undefined) value.iif = await indexOf(this.#channel, by.iif, options);
    if (by.oif !== undefined) value.oif = await indexOf(this.#channel, by.oif, options);
    for (const key of ["mark", "uid", "tos", "ipProto", "sport", "dport"] as const) {
      const max = key === "tos" || key === "ipProto" ? 255 : key === "sport" || key === "dport" ? 0xffff : 0xffffffff;
      if (by[key] !== undefined) value[key] = integer(`route.${key}`, by[key], max);
    }
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let found: RouteMessage | undefined;
    await this.#channel.reply(
      { type: RTM.getroute, schema, value },
      (_type, src, at, end) => {
        found = decode(src, at, end) as RouteMessage;
      },
      { operation: `get route to ${address}`, ...options },
    );
    const names = await deviceNames(this.#channel, options);
    return readRoute(found!, (i) => names.get(i));
  }

  /** Adds a route: `add({ dst: "10.0.0.0/8", via: "192.0.2.254" })`. @throws {NetlinkError} EEXIST, ENETUNREACH… */
  add(route: RouteOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", route, options);
  }
  /** Adds a further route to the same prefix, behind those there are; in IPv6, another way of it. */
  append(route: RouteOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("append", route, options);
  }
  /** Changes a route that is there. */
  change(route: RouteOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("change", route, options);
  }
  /** Puts a route in place of the one to the same prefix with the same metric and table, or adds it. */
  replace(route: RouteOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", route, options);
  }
  /** Removes the first route that agrees with all that is given. */
  remove(route: RouteOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", route, options);
  }
  async removeIfExists(route: RouteOptions, options: ExchangeOptions = {}): Promise<boolean> {
    try {
      await this.remove(route, options);
      return true;
    } catch (e) {
      if (isNotFound(e)) return false;
      throw e;
    }
  }
  /** Removes the routes that a filter keeps, of the main table unless it says otherwise; says how many. */
  async flush(filter: RouteFilter = {}, options: ExchangeOptions = {}): Promise<number> {
    const routes = await this.list({ table: MAIN, ...filter }, options);
    const results = await this.#channel.batch(
      routes.map(({ message }) => ({ type: RTM.delroute, schema, value: removable(message) })),
      { ...options, operation: "flush routes" },
    );
    const failed = results.find((e) => e !== undefined && !isNotFound(e));
    if (failed) throw failed;
    return results.filter((e) => e === undefined).length;
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(verb: Verb, route: RouteOptions): Prepared {
    return {
      message: {
        type: verb === "remove" ? RTM.delroute : RTM.newroute,
        flags: FLAGS[verb],
        schema,
        value: routeValue(verb, route, byIndex) as never,
      },
      operation: () => describe(verb, route),
    };
  }

  #do(verb: Verb, route: RouteOptions, options: ExchangeOptions): Promise<void> {
    let named = typeof route.dev === "string";
    if (route.nexthops) for (const hop of route.nexthops) named ||= typeof hop.dev === "string";
    return named ? this.#resolved(verb, route, options) : this.#send(verb, route, byIndex, options);
  }
  async #resolved(verb: Verb, route: RouteOptions, options: ExchangeOptions): Promise<void> {
    routeValue(verb, route, () => 1); // what is wrong with the options is said before anything is sent
    const found = new Map<Device, number>();
    for (const device of [route.dev, ...(route.nexthops ?? []).map((hop) => hop.dev)])
      if (device !== undefined) found.set(device, await indexOf(this.#channel, device, options));
    return this.#send(verb, route, (device) => found.get(device)!, options);
  }
  #send(verb: Verb, route: RouteOptions, index: (device: Device) => number, options: ExchangeOptions): Promise<void> {
    let value: Obj;
    try {
      value = routeValue(verb, route, index);
    } catch (e) {
      return Promise.reject(e);
    }
    const type = verb === "remove" ? RTM.delroute : RTM.newroute;
    const { timeout, signal, operation = () => describe(verb, route) } = options;
    const sent = this.#channel.ack(
      { type, flags: FLAGS[verb], schema, value: value as never },
      { operation, timeout, signal },
    );
    const { dev } = route;
    if (dev === undefined) return sent;
    return sent.catch((e) => {
      if (e instanceof NetlinkError && e.code === "ENODEV" && e.kernelMessage === undefined)
        throw new InterfaceNotFound(dev, e);
      throw e;
    });
  }

  /** The filter is looked at before anything is asked of the kernel. */
  async #named(filter: RouteFilter, options: DumpOptions): Promise<Dump<typeof schema, Route>> {
    let names = new Map<number, string>();
    const dump = await this.#dump(filter, (i) => names.get(i), options);
    names = await deviceNames(this.#channel, options);
    return dump;
  }
  async #dump(
    filter: RouteFilter,
    deviceName: (index: number) => string | undefined,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Route>> {
    checkOptions("routes", filter, [
      "family",
      "table",
      "dev",
      "protocol",
      "type",
      "scope",
      "dst",
      "root",
      "match",
      "via",
      "metric",
      "cloned",
    ]);
    const exact = filter.dst === "default" ? undefined : filterPrefix("routes.dst", filter.dst);
    const root = filterPrefix("routes.root", filter.root);
    const match = filterPrefix("routes.match", filter.match);
    const via = filter.via === undefined ? undefined : canonicalAddress("routes.via", filter.via);
    const family =
      filter.family === undefined
        ? ((exact ?? root ?? match)?.family ?? 0)
        : familyNumber("routes.family", filter.family);
    for (const prefix of [exact, root, match])
      if (prefix && prefix.family !== family)
        throw new OptionError(
          `routes.family: ${prefix.address} is not of family ${familyName(family)}`,
          "family",
          "the family of dst, root and match",
        );
    const table = filter.table === undefined ? undefined : wordNumber("routes.table", routeTables, filter.table);
    const protocol =
      filter.protocol === undefined ? undefined : wordNumber("routes.protocol", routeProtocols, filter.protocol);
    const type = filter.type === undefined ? undefined : wordNumber("routes.type", routeTypes, filter.type);
    const scope = filter.scope === undefined ? undefined : wordNumber("routes.scope", scopes, filter.scope);
    const oif = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev, options);
    // Asked of one family for a table that it lacks, the kernel fails (ENOENT, inet_dump_fib); asked of all, it has nothing to tell.
    const value: Obj = { family: table === undefined ? family : 0 };
    // With strict checking the kernel filters by these (ip_valid_fib_dump_req); they are looked at again for those that do not.
    if (table !== undefined) value.tableId = table;
    if (protocol !== undefined) value.protocol = protocol;
    if (type !== undefined) value.type = type;
    if (oif !== undefined) value.oif = oif;
    if (filter.cloned) value.flags = RTM_F_CLONED;
    const cloned = filter.cloned ? RTM_F_CLONED : 0;
    return {
      message: { type: RTM.getroute, schema, value: value as never },
      answer: schema,
      map: (raw) => {
        const m = raw as RouteMessage;
        if ((m.flags & RTM_F_CLONED) !== cloned) return undefined;
        if (family === 0 ? m.family !== AF_INET && m.family !== AF_INET6 : m.family !== family) return undefined;
        if (table !== undefined && (m.tableId ?? m.table) !== table) return undefined;
        if (protocol !== undefined && m.protocol !== protocol) return undefined;
        if (type !== undefined && m.type !== type) return undefined;
        if (scope !== undefined && m.scope !== scope) return undefined;
        if (oif !== undefined && m.oif !== oif && !m.multipath?.some((hop) => hop.ifindex === oif)) return undefined;
        if (filter.metric !== undefined && (m.priority ?? 0) !== filter.metric) return undefined;
        if (via !== undefined && !goesVia(m, via)) return undefined;
        if (exact && (m.dstLen !== exact.length || !contains(exact, destination(m)))) return undefined;
        if (root && (m.dstLen < root.length || !contains(root, destination(m)))) return undefined;
        if (match && (m.dstLen > match.length || !contains(routePrefix(m), match.address))) return undefined;
        if (filter.dst === "default" && m.dstLen !== 0) return undefined;
        return readRoute(m, deviceName);
      },
    };
  }
}

const filterPrefix = (where: string, text: string | undefined): Prefix | undefined =>
  text === undefined ? undefined : parsePrefix(where, text);
/** The address that a prefix starts with: a default route has none. */
const destination = (m: RouteMessage): string =>
  (m.dst as string | undefined) ?? (m.family === AF_INET6 ? "::" : "0.0.0.0");
const routePrefix = (m: RouteMessage): Prefix => ({
  family: m.family as Prefix["family"],
  address: destination(m),
  length: m.dstLen,
});
/** What of a listed route says which it is. */
function removable({ cacheinfo: _, unknown: __, ...value }: RouteMessage): Omit<RouteMessage, "cacheinfo" | "unknown"> {
  if (value.nhId === undefined) return value;
  // A list tells what the nexthop object comes to; together with its id the kernel refuses that (rtm_to_fib_config).
  const { gateway, via, oif, multipath, encap, encapType, ...rest } = value;
  return rest;
}
const goesVia = (m: RouteMessage, via: string): boolean =>
  m.gateway === via ||
  m.via?.address === via ||
  m.multipath?.some((hop) => hop.gateway === via || hop.via?.address === via) === true;

const byIndex = (device: Device): number => {
  if (typeof device === "number") {
    if (!Number.isInteger(device) || device < 1 || device > 0x7fffffff) throw new InterfaceNotFound(device);
    return device;
  }
  throw new OptionError(`route.dev: "${device}" is a name: a prepared request takes an index`, "dev", "an index");
};

function describe(verb: Verb, r: RouteOptions): string {
  return `${verb} route ${r.dst}${r.via === undefined ? "" : ` via ${r.via}`}${r.dev === undefined ? "" : ` dev ${r.dev}`}`;
}

/** The message's value. The hot path of adding many routes: a prefix, a gateway, a device and a metric are a few stores. */
function routeValue(verb: Verb, r: RouteOptions, index: (device: Device) => number): Obj {
  for (const key in r) if (!keys.includes(key)) checkOptions("route", r, keys);
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
  };
  let family = given ?? 0;
  if (r.dst !== "default") {
    const { address, length, family: own } = parsePrefix("route.dst", r.dst);
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
  // The kernel does not look at what is not its family's.
  for (const option of family === AF_INET ? (["from", "expires", "pref"] as const) : (["realm"] as const))
    if (r[option] !== undefined) {
      const name = family === AF_INET ? "IPv6" : "IPv4";
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
  if (r.realm !== undefined) {
    const [source, destination] = typeof r.realm === "number" ? [0, r.realm] : r.realm;
    value.flow = ((integer("route.realm", source, 0xffff) << 16) | integer("route.realm", destination, 0xffff)) >>> 0;
  }
  if (r.metrics !== undefined) value.metrics = fromOptions("route.metrics", metricsSet, r.metrics);
  if (r.encap !== undefined) Object.assign(value, encapValue("route.encap", r.encap));
  if (r.nexthops !== undefined)
    value.multipath = r.nexthops.map((hop, i) => {
      const where = `route.nexthops[${i}]`;
      checkOptions(where, hop, ["via", "dev", "weight", "onlink", "encap"]);
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
      if (hop.encap !== undefined) Object.assign(out, encapValue(`${where}.encap`, hop.encap));
      return out;
    });
  const removing = verb === "remove";
  // What is 0, or nowhere, is any in a removal (inet_rtm_delroute); iproute2 does the same.
  value.type = r.type === undefined ? (removing ? 0 : 1) : wordNumber("route.type", routeTypes, r.type);
  value.protocol =
    r.protocol === undefined ? (removing ? 0 : 3) : wordNumber("route.protocol", routeProtocols, r.protocol);
  value.scope =
    r.scope !== undefined
      ? wordNumber("route.scope", scopes, r.scope)
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

function encapValue(where: string, { type, ...settings }: EncapOptions): Obj {
  const number = wordNumber(`${where}.type`, encapTypes, type);
  const form = (encapCases as Record<string, Codec>)[number];
  if (!form)
    throw new OptionError(
      `${where}.type: ${type} has no settings here`,
      "encap.type",
      Object.keys(encapTypes.values).join(", "),
    );
  const { dst } = settings;
  const labels =
    type === "mpls" && dst !== undefined
      ? {
          dst: (Array.isArray(dst) ? dst : String(dst).split("/")).map((label, i, all) =>
            labelEntry(where, String(label), i === all.length - 1),
          ),
        }
      : {};
  return { encap: fromOptions(where, form, { ...settings, ...labels }), encapType: number };
}
/** One entry of an MPLS label stack: label 20 bits, traffic class 3, bottom 1, TTL 8. */
function labelEntry(where: string, label: string, bottom: boolean): number {
  const n = Number(label);
  if (!/^\d+$/.test(label) || n > 0xfffff)
    throw new OptionError(
      `${where}.dst: "${label}" is not an MPLS label from 0 to 1048575`,
      "encap.dst",
      'labels as "100/200"',
    );
  return ((n << 12) | (bottom ? 0x100 : 0)) >>> 0;
}

// ---- reading ----------------------------------------------------------------------------------------------------------------

/** A route in the user's terms. */
export function readRoute(m: RouteMessage, deviceName: (index: number) => string | undefined): Route {
  const out: Route = {
    family: familyName(m.family),
    type: nameOf(routeTypes, m.type) ?? m.type,
    dst:
      m.dstLen === 0 && m.dst === undefined
        ? "default"
        : `${Array.isArray(m.dst) ? m.dst.map((l) => l >>> 12).join("/") : (m.dst ?? "")}/${m.dstLen}`,
    table: m.tableId ?? m.table,
    protocol: nameOf(routeProtocols, m.protocol) ?? m.protocol,
    scope: nameOf(scopes, m.scope) ?? m.scope,
    flags: m.flags === 0 ? [] : flagNames(routeFlags, m.flags),
    message: m,
  };
  if (m.src !== undefined) out.from = `${m.src}/${m.srcLen}`;
  const via = m.gateway ?? m.via?.address;
  if (via !== undefined) out.via = via;
  if (m.oif !== undefined) {
    out.oif = m.oif;
    out.dev = deviceName(m.oif) ?? m.oif;
  }
  if (m.iif !== undefined) out.iif = deviceName(m.iif) ?? m.iif;
  if (m.prefsrc !== undefined) out.src = m.prefsrc;
  if (m.priority !== undefined) out.metric = m.priority;
  if (m.tos !== 0) out.tos = m.tos;
  if (m.nhId !== undefined) out.nexthopId = m.nhId;
  if (m.mark !== undefined) out.mark = m.mark;
  if (m.uid !== undefined) out.uid = m.uid;
  if (m.pref !== undefined) out.pref = nameOf(routerPreferences, m.pref) ?? m.pref;
  if (m.cacheinfo?.expires) out.expires = m.cacheinfo.expires / 100;
  if (m.metrics) out.metrics = toFriendly(metricsSet, m.metrics as never) as RouteMetrics;
  if (m.encapType !== undefined) out.encap = readEncap(m.encapType, m.encap);
  if (m.multipath)
    out.nexthops = m.multipath.map((hop) => {
      const one: RouteNexthop = {
        oif: hop.ifindex,
        dev: deviceName(hop.ifindex) ?? hop.ifindex,
        weight: hop.hops + 1,
        flags: flagNames(nexthopFlags, hop.flags),
      };
      const gateway = hop.gateway ?? hop.via?.address;
      if (gateway !== undefined) one.via = gateway;
      if (hop.encapType !== undefined) one.encap = readEncap(hop.encapType, hop.encap);
      return one;
    });
  return out;
}
function flagNames(names: Parameters<typeof namesOf>[0], bits: number): string[] {
  const found = namesOf(names, bits);
  return found.rest === 0n ? found.names : [...found.names, `0x${found.rest.toString(16)}`];
}
function readEncap(type: number, value: unknown): { type: string | number } & Record<string, unknown> {
  const form = (encapCases as Record<string, Codec>)[type];
  const settings = form && value !== undefined ? (toFriendly(form, value as never) as Obj) : {};
  const word = nameOf(encapTypes, type) ?? type;
  if (word === "mpls" && Array.isArray(settings.dst))
    settings.dst = (settings.dst as number[]).map((l) => l >>> 12).join("/");
  return { type: word, ...settings };
}
