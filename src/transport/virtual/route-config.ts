/** What a request says of a route, in the terms of both families (struct fib_config, struct fib6_config). @module */

import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { nexthopFlags, type Route, route as schema } from "../../codec/rtnetlink/route.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { refuse } from "./ack.ts";
import type { RequestOf } from "./dispatch.ts";
import { AF_INET6, type Family, toBig, widthOf } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import type { Hop, Netns, RouteEntry } from "./state.ts";

export type RouteRequest = RequestOf<typeof schema>;
export const RTNH_F = nexthopFlags.values;
export const RTN = routeTypes.values;

export interface RouteConfig extends RouteEntry {
  /** Whether the hops came as RTA_MULTIPATH. */
  readonly multipath: boolean;
  /** NLM_F_* of the request. */
  nlflags: number;
}

export const newHop = (): Hop => ({
  oif: 0,
  gateway: undefined,
  gatewayFamily: 0,
  weight: 1,
  flags: 0,
  scope: 0,
  flow: 0,
  encap: undefined,
  encapType: 0,
});

type Via = {
  readonly gateway?: string;
  readonly via?: Route["via"];
  readonly encap?: unknown;
  readonly encapType?: unknown;
  readonly flow?: number;
};
/** Gateway and encapsulation of a hop. */
function wayOf(value: Via): Partial<Hop> {
  const { gateway, via } = value;
  const given = gateway ?? (via as { address?: string } | undefined)?.address;
  const hop: Partial<Hop> = { flow: value.flow ?? 0 };
  if (given !== undefined) {
    const address = toBig(given);
    if (address !== 0n || via) {
      hop.gateway = address;
      hop.gatewayFamily = given.includes(":") ? AF_INET6 : 2;
    }
  }
  if (value.encap !== undefined) {
    hop.encap = value.encap;
    hop.encapType = value.encapType as number;
  }
  return hop;
}

const METRIC_LIMITS = { hoplimit: 255, mtu: 65535 - 15, advmss: 65535 - 40 } as const;
/** ip_metrics_convert. */
function metricsOf(given: Route["metrics"]): RouteEntry["metrics"] {
  if (!given) return undefined;
  const metrics: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === 0 || name === "unknown") continue;
    const limit = METRIC_LIMITS[name as keyof typeof METRIC_LIMITS];
    metrics[name] = limit !== undefined && typeof value === "number" ? Math.min(value, limit) : value;
  }
  return Object.keys(metrics).length > 0 ? metrics : undefined;
}

/** The parts that both families read alike. */
export function configOf(request: RouteRequest, family: Family): RouteConfig {
  const { value, flags } = request;
  const hops: Hop[] = [];
  const multipath = value.multipath !== undefined;
  if (value.multipath) {
    for (const path of value.multipath)
      hops.push({ ...newHop(), ...wayOf(path as Via), oif: path.ifindex, flags: path.flags, weight: path.hops + 1 });
  } else hops.push({ ...newHop(), ...wayOf(value as Via), oif: value.oif ?? 0, flags: value.flags & 0xff });
  return {
    family,
    table: value.tableId ?? value.table,
    dst: value.dst === undefined ? 0n : toBig(value.dst as string),
    length: value.dstLen,
    src: value.src === undefined ? undefined : toBig(value.src),
    srcLength: value.srcLen,
    tos: value.tos,
    type: value.type,
    protocol: value.protocol,
    scope: value.scope,
    priority: value.priority ?? 0,
    prefsrc: value.prefsrc === undefined ? undefined : toBig(value.prefsrc) || undefined,
    metrics: metricsOf(value.metrics),
    flags: value.flags,
    hops,
    multipath,
    nhId: value.nhId ?? 0,
    pref: value.pref ?? 0,
    expires: undefined,
    nlflags: flags,
  };
}

export const checkLength = (config: RouteConfig): void => {
  if (config.length > widthOf(config.family)) refuse("EINVAL", "Invalid prefix length");
};

/** Tells of a route. `flags` say how it came: NLM_F_CREATE, NLM_F_REPLACE… */
export function notifyRoute(
  kernel: Kernel,
  net: Netns,
  family: Family,
  type: number,
  fill: () => object,
  cause?: Cause,
  flags = 0,
): void {
  const groups = rtnetlinkGroups.values;
  kernel.notify(net, family === AF_INET6 ? groups["ipv6-route"] : groups["ipv4-route"], type, schema, fill, {
    cause,
    flags,
  });
}
