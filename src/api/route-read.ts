/** Routes as the kernel reports them, in the user's terms. @module */
import { metrics as metricsSet } from "../codec/rtnetlink/metrics.ts";
import { nexthopFlags, type Route as RouteMessage, routeFlags, routerPreferences } from "../codec/rtnetlink/route.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTypes } from "../codec/rtnetlink/route-type.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import { type FriendlyAttrs, toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { type Encap, labelText, readEncap } from "./encap.ts";
import { type DeviceName, flagNames } from "./facet.ts";
import { familyName } from "./options.ts";

/** Metrics in the kernel's words and units: `mtu` bytes, `rtt` 1/8 ms, `rttvar` 1/4 ms, `rtoMin` ms… */
export type RouteMetrics = FriendlyAttrs<typeof metricsSet>;
/** One of the ways of a multipath route. */
export interface RouteNexthop {
  via?: string;
  dev?: string | number;
  oif: number;
  weight: number;
  flags: string[];
  encap?: Encap;
  /** MPLS: the labels put in place of the route's own. */
  as?: string;
  /** IPv4: that of the destination, or `[source, destination]`. */
  realm?: number | [number, number];
}
/** A route in the user's terms: only what applies is there. */
export interface Route {
  family: string;
  type: string | number;
  /** `"10.0.0.0/8"`, or `"default"`; of MPLS, the label: `"100"`. */
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
  encap?: Encap;
  /** MPLS: the labels put in place of `dst`; without it the label is taken off. */
  as?: string;
  /** MPLS: whether the TTL goes on into what the label covered. */
  ttlPropagate?: boolean;
  /** IPv4: that of the destination, or `[source, destination]`. */
  realm?: number | [number, number];
  pref?: string | number;
  /** Seconds left. */
  expires?: number;
  mark?: number;
  uid?: number;
  /** The decoded message, for the rest. */
  message: RouteMessage;
}

/** A route in the user's terms. */
export function readRoute(m: RouteMessage, deviceName: DeviceName): Route {
  const out: Route = {
    family: familyName(m.family),
    type: nameOf(routeTypes, m.type) ?? m.type,
    dst:
      m.dstLen === 0 && m.dst === undefined
        ? "default"
        : Array.isArray(m.dst)
          ? labelText(m.dst)
          : `${m.dst ?? ""}/${m.dstLen}`,
    table: m.tableId ?? m.table,
    protocol: nameOf(routeProtocols, m.protocol) ?? m.protocol,
    scope: nameOf(scopes, m.scope) ?? m.scope,
    flags: flagNames(routeFlags, m.flags),
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
  if (m.encapType !== undefined) out.encap = readEncap(m.encapType, m.encap, deviceName);
  if (m.newdst !== undefined) out.as = labelText(m.newdst);
  if (m.ttlPropagate !== undefined) out.ttlPropagate = m.ttlPropagate !== 0;
  if (m.flow !== undefined) out.realm = readRealm(m.flow);
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
      if (hop.encapType !== undefined) one.encap = readEncap(hop.encapType, hop.encap, deviceName);
      if (hop.newdst !== undefined) one.as = labelText(hop.newdst);
      if (hop.flow !== undefined) one.realm = readRealm(hop.flow);
      return one;
    });
  return out;
}

export const readRealm = (flow: number): number | [number, number] =>
  flow >>> 16 === 0 ? flow : [flow >>> 16, flow & 0xffff];
