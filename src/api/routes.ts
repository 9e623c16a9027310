/** Routes. @module */
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import { type Route as RouteMessage, route as schema } from "../codec/rtnetlink/route.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { routeTypes } from "../codec/rtnetlink/route-type.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { byIndex, type Device, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { labelStack, labelText, type MplsLabels } from "./encap.ts";
import { InterfaceNotFound, NetlinkError } from "./errors.ts";
import { ask, type DeviceName, existed, listNamed, removeAll, streamNamed } from "./facet.ts";
import {
  AF_INET,
  AF_INET6,
  AF_MPLS,
  canonicalAddress,
  checkOptions,
  contains,
  type Family,
  familyName,
  familyNumber,
  integer,
  OptionError,
  type Prefix,
  parseAddress,
  parsePrefix,
  wordNumber,
} from "./options.ts";
import { type Route, readRoute } from "./route-read.ts";
import { type RouteOptions, type RouteVerb, routeValue } from "./route-value.ts";

/** Which routes. */
export interface RouteFilter {
  readonly family?: Family | undefined;
  readonly table?: number | string | undefined;
  readonly dev?: Device | undefined;
  readonly protocol?: string | number | undefined;
  readonly type?: string | undefined;
  readonly scope?: string | number | undefined;
  /** Routes to exactly this prefix; `"default"` is that of either family. With `family: "mpls"`, of this label. */
  readonly dst?: string | number | undefined;
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
const FLAGS: { readonly [V in RouteVerb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  append: NLM_F_CREATE | NLM_F_APPEND,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const MAIN = 254;
const RTM_F_CLONED = 0x200;
const RTM_F_LOOKUP_TABLE = 0x1000;
const RTM_F_FIB_MATCH = 0x2000;

/** Routes (`ip route`). */
export class Routes {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Routes of all tables, or those that a filter keeps; of both families by default. */
  list(filter: RouteFilter = {}, options: DumpOptions = {}): Promise<Route[]> {
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), {
      operation: "list routes",
      ...options,
    });
  }

  /** As `list`, in constant memory. */
  stream(filter: RouteFilter = {}, options: DumpOptions = {}): Stream<Route> {
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), {
      operation: "list routes",
      ...options,
    });
  }

  /** The first route to exactly this prefix that a filter keeps, or undefined; `list({ dst })` has all of them. */
  async find(
    dst: string | number,
    filter: Omit<RouteFilter, "dst"> = {},
    options: DumpOptions = {},
  ): Promise<Route | undefined> {
    return (await this.list({ ...filter, dst }, options))[0];
  }

  /**
   * The way that the kernel would take: `get("8.8.8.8")`. Of a number, an MPLS label, the label's route.
   * @throws {NetlinkError} ENETUNREACH…
   */
  async get(address: string | number, by: LookupOptions = {}, options: ExchangeOptions = {}): Promise<Route> {
    checkOptions("route", by, ["from", "iif", "oif", "mark", "uid", "tos", "ipProto", "sport", "dport", "fibMatch"]);
    if (typeof address === "number") return this.#label(address, options);
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
    for (const key of ["mark", "uid", "tos", "ipProto", "sport", "dport"] as const) {
      const max = key === "tos" || key === "ipProto" ? 255 : key === "sport" || key === "dport" ? 0xffff : 0xffffffff;
      if (by[key] !== undefined) value[key] = integer(`route.${key}`, by[key], max);
    }
    const iif = await indexIf(this.#channel, by.iif, options);
    const oif = await indexIf(this.#channel, by.oif, options);
    if (iif !== undefined) value.iif = iif;
    if (oif !== undefined) value.oif = oif;
    return this.#lookUp(value, `get route to ${address}`, options);
  }
  #label(label: MplsLabels, options: ExchangeOptions): Promise<Route> {
    const value = { family: AF_MPLS, dstLen: 20, dst: labelStack("route.get", label), flags: RTM_F_FIB_MATCH };
    return this.#lookUp(value, `get route of label ${label}`, options);
  }
  async #lookUp(value: Obj, operation: string, options: ExchangeOptions): Promise<Route> {
    const found = await ask(this.#channel, { type: RTM.getroute, schema, value }, schema, { operation, ...options });
    const names = await deviceNames(this.#channel, { timeout: options.timeout, signal: options.signal });
    return readRoute(found as RouteMessage, (i) => names.get(i));
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
  /** False if there is no such route. A missing device is an error still. */
  removeIfExists(route: RouteOptions, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(route, options));
  }
  /** Removes the routes that a filter keeps, of the main table unless it says otherwise; says how many. */
  async flush(filter: RouteFilter = {}, options: ExchangeOptions = {}): Promise<number> {
    const routes = await this.list({ table: MAIN, ...filter }, options);
    return removeAll(
      this.#channel,
      routes.map(({ message }) => ({ type: RTM.delroute, schema, value: removable(message) })),
      { operation: "flush routes", ...options },
    );
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(verb: RouteVerb, route: RouteOptions): Prepared {
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

  /** With devices by index a route is sent at once: that is the fast path of adding many. */
  #do(verb: RouteVerb, route: RouteOptions, options: ExchangeOptions): Promise<void> {
    if (mayNameDevices(route)) return this.#resolved(verb, route, options);
    try {
      return this.#send(verb, route, routeValue(verb, route, byIndex), options);
    } catch (e) {
      return Promise.reject(e);
    }
  }
  async #resolved(verb: RouteVerb, route: RouteOptions, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => routeValue(verb, route, index), { timeout, signal });
    return this.#send(verb, route, value, options);
  }
  #send(verb: RouteVerb, route: RouteOptions, value: Obj, options: ExchangeOptions): Promise<void> {
    const type = verb === "remove" ? RTM.delroute : RTM.newroute;
    const { timeout, signal, operation = () => describe(verb, route) } = options;
    const { dev } = route;
    const refine = dev === undefined ? undefined : (error: unknown) => missingDevice(dev, error);
    return this.#channel.ack(
      { type, flags: FLAGS[verb], schema, value: value as never },
      { operation, timeout, signal, refine },
    );
  }

  async #dump(filter: RouteFilter, deviceName: DeviceName, options: DumpOptions): Promise<Dump<typeof schema, Route>> {
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
    const mpls = filter.family !== undefined && familyNumber("routes.family", filter.family) === AF_MPLS;
    const label = mpls && filter.dst !== undefined ? labelText(labelStack("routes.dst", filter.dst)) : undefined;
    const exact = mpls || filter.dst === "default" ? undefined : filterPrefix("routes.dst", filter.dst as string);
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
    const oif = await indexIf(this.#channel, filter.dev, options);
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
        if (label !== undefined && labelText(m.dst as number[]) !== label) return undefined;
        if (exact && (m.dstLen !== exact.length || !contains(exact, destination(m)))) return undefined;
        if (root && (m.dstLen < root.length || !contains(root, destination(m)))) return undefined;
        if (match && (m.dstLen > match.length || !contains(routePrefix(m), match.address))) return undefined;
        if (filter.dst === "default" && m.dstLen !== 0) return undefined;
        return readRoute(m, deviceName);
      },
    };
  }
}

/** ENODEV without a text is about the route's own device. */
const missingDevice = (dev: Device, error: unknown): unknown =>
  error instanceof NetlinkError && error.code === "ENODEV" && error.kernelMessage === undefined
    ? new InterfaceNotFound(dev, error)
    : error;
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

function mayNameDevices({ dev, encap, nexthops }: RouteOptions): boolean {
  if (typeof dev === "string" || encap !== undefined) return true;
  if (Array.isArray(nexthops))
    for (const hop of nexthops) if (typeof hop.dev === "string" || hop.encap !== undefined) return true;
  return false;
}
function describe(verb: RouteVerb, r: RouteOptions): string {
  return `${verb} route ${r.dst}${r.via === undefined ? "" : ` via ${r.via}`}${r.dev === undefined ? "" : ` dev ${r.dev}`}`;
}
