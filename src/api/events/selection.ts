/** Which events are wanted. @module */
import { type RtnetlinkGroup, rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { AF_INET, AF_INET6, AF_MPLS, checkOptions, OptionError } from "../options.ts";
import type { EventType } from "./event.ts";

/** What can be chosen: the groups to join, the types of events that come of them, and of which family, if it is one. */
interface Choice {
  readonly groups: readonly RtnetlinkGroup[];
  readonly types: readonly EventType[];
  readonly family?: number;
}

export const choices = {
  links: { groups: ["link"], types: ["link"] },
  bridgePorts: { groups: ["link"], types: ["bridgePort"] },
  inet6: { groups: ["ipv6-ifinfo"], types: ["inet6"] },
  addresses: { groups: ["ipv4-ifaddr", "ipv6-ifaddr"], types: ["address"] },
  addressesV4: { groups: ["ipv4-ifaddr"], types: ["address"], family: AF_INET },
  addressesV6: { groups: ["ipv6-ifaddr"], types: ["address"], family: AF_INET6 },
  multicastAddresses: {
    groups: ["ipv4-mcaddr", "ipv6-mcaddr", "ipv6-acaddr"],
    types: ["multicastAddress", "anycastAddress"],
  },
  routes: { groups: ["ipv4-route", "ipv6-route", "mpls-route"], types: ["route"] },
  routesV4: { groups: ["ipv4-route"], types: ["route"], family: AF_INET },
  routesV6: { groups: ["ipv6-route"], types: ["route"], family: AF_INET6 },
  routesMpls: { groups: ["mpls-route"], types: ["route"], family: AF_MPLS },
  multicastRoutes: { groups: ["ipv4-mroute", "ipv6-mroute"], types: ["multicastRoute"] },
  neighbors: { groups: ["neigh"], types: ["neighbor"] },
  neighborsV4: { groups: ["neigh"], types: ["neighbor"], family: AF_INET },
  neighborsV6: { groups: ["neigh"], types: ["neighbor"], family: AF_INET6 },
  fdb: { groups: ["neigh"], types: ["fdb"] },
  rules: { groups: ["ipv4-rule", "ipv6-rule"], types: ["rule"] },
  rulesV4: { groups: ["ipv4-rule"], types: ["rule"], family: AF_INET },
  rulesV6: { groups: ["ipv6-rule"], types: ["rule"], family: AF_INET6 },
  /** Qdiscs, classes, filters, chains and actions. */
  tc: { groups: ["tc"], types: ["qdisc", "class", "filter", "chain", "action"] },
  qdiscs: { groups: ["tc"], types: ["qdisc"] },
  classes: { groups: ["tc"], types: ["class"] },
  filters: { groups: ["tc"], types: ["filter"] },
  chains: { groups: ["tc"], types: ["chain"] },
  actions: { groups: ["tc"], types: ["action"] },
  nexthops: { groups: ["nexthop"], types: ["nexthop", "nexthopBucket"] },
  nsids: { groups: ["nsid"], types: ["nsid"] },
  mdb: { groups: ["mdb"], types: ["mdb", "mdbRouter"] },
  prefix: { groups: ["ipv6-prefix"], types: ["prefix"] },
  ndUserOptions: { groups: ["nd-useropt"], types: ["ndUserOption"] },
  netconf: { groups: ["ipv4-netconf", "ipv6-netconf", "mpls-netconf"], types: ["netconf"] },
  netconfV4: { groups: ["ipv4-netconf"], types: ["netconf"], family: AF_INET },
  netconfV6: { groups: ["ipv6-netconf"], types: ["netconf"], family: AF_INET6 },
  bridgeVlans: { groups: ["brvlan"], types: ["bridgeVlan", "bridgeVlanOptions"] },
  stats: { groups: ["stats"], types: ["stats"] },
  tunnels: { groups: ["tunnel"], types: ["tunnel"] },
} as const satisfies { readonly [name: string]: Choice };

/** What events to have: `{ links: true, routesV4: true }`. */
export type EventSelection = { readonly [N in keyof typeof choices]?: boolean | undefined } & {
  /** Everything, and what has no form here as `"other"`. */
  readonly all?: boolean | undefined;
};
type Chosen<S> = { [N in keyof S]: S[N] extends false | undefined ? never : N }[keyof S];
/** The types of events that come of a selection. */
export type SelectedTypes<S extends EventSelection> =
  Chosen<S> extends infer N
    ? N extends "all"
      ? EventType
      : N extends keyof typeof choices
        ? (typeof choices)[N]["types"][number]
        : never
    : never;

/** Which events to join groups for, and to let through. */
export interface Wanted {
  readonly groups: readonly number[];
  /** Groups that an older kernel may not have, or this process not be allowed to join. */
  readonly optional: readonly number[];
  /** Types, and of which families; `true` is of any. */
  readonly types: ReadonlyMap<EventType, true | readonly number[]>;
}

/** @throws {OptionError} */
export function wantedOf(where: string, selection: EventSelection): Wanted {
  const names = [...Object.keys(choices), "all"];
  if (typeof selection !== "object" || selection === null)
    throw new OptionError(`${where}: an object is needed that says which: { links: true }`, where, names.join(", "));
  checkOptions(where, selection, names);
  const types = new Map<EventType, true | readonly number[]>();
  const groups = new Set<number>();
  for (const [name, chosen] of Object.entries(selection)) {
    if (chosen !== undefined && typeof chosen !== "boolean")
      throw new OptionError(`${where}.${name}: ${JSON.stringify(chosen)} is not true or false`, name, "a boolean");
    if (!chosen || name === "all") continue;
    const choice: Choice = choices[name as keyof typeof choices];
    for (const group of choice.groups) groups.add(rtnetlinkGroups.values[group]);
    for (const type of choice.types) {
      const before = types.get(type);
      if (before === true) continue;
      types.set(type, choice.family === undefined ? true : [...(before ?? []), choice.family]);
    }
  }
  const optional: number[] = [];
  if (selection.all) {
    types.set("other", true);
    for (const choice of Object.values(choices)) for (const type of choice.types) types.set(type, true);
    for (const group of Object.values(rtnetlinkGroups.values))
      if (group > 0 && !groups.has(group)) optional.push(group);
  }
  if (types.size === 0)
    throw new OptionError(`${where}: choose one at least of ${names.join(", ")}`, where, names.join(", "));
  return { groups: [...groups], optional, types };
}

/** Whether an event of that type and family is wanted. */
export function isWanted(wanted: Wanted, type: EventType, family: number | undefined): boolean {
  const families = wanted.types.get(type);
  return families === true || families?.includes(family!) === true;
}
