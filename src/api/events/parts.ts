/** What can be kept a picture of: how objects are told apart, and read from scratch. @module */
import type { Address } from "../addresses.ts";
import type { Connection } from "../connection.ts";
import type { DumpOptions } from "../dump.ts";
import type { FdbEntry } from "../fdb.ts";
import type { Link } from "../link-read.ts";
import type { MdbEntry } from "../mdb.ts";
import type { Neighbor } from "../neighbors.ts";
import type { Nexthop } from "../nexthops.ts";
import { AF_INET, AF_INET6, AF_MPLS } from "../options.ts";
import type { Route } from "../route-read.ts";
import type { Rule } from "../rules.ts";
import type { TcClass } from "../tc/classes.ts";
import type { Filter } from "../tc/filters.ts";
import type { Qdisc } from "../tc/qdiscs.ts";
import type { EventContents, EventType } from "./event.ts";
import { amongInet, amongInet6, leavesOpen } from "./route-place.ts";

/** What an event says beside its object. */
export interface Place {
  readonly gone: boolean;
  readonly replace: boolean;
  readonly append: boolean;
}

/** The facets that pictures are read by. */
export type Facets = Pick<
  Connection,
  | "links"
  | "addresses"
  | "routes"
  | "neighbors"
  | "fdb"
  | "mdb"
  | "rules"
  | "nexthops"
  | "nsids"
  | "qdiscs"
  | "classes"
  | "filters"
>;

/** Objects of one type, or of one family of it: what one dump reads. */
export interface Part<T extends object = object> {
  readonly type: EventType;
  /** The number that the message has, where a type has several parts. */
  readonly family?: number;
  list(nl: Facets, options: DumpOptions): Promise<T[]>;
  key(object: T): string;
  /** What becomes of those under one key, where there can be several. */
  readonly several?: (before: readonly T[], object: T, place: Place) => readonly T[];
  /** What changes without being told, and does not make another object of it: counters, times. */
  readonly fleeting: ReadonlySet<string>;
  contents(object: T): EventContents[EventType];
  object(contents: never): T;
  /** Whether it is one of them: some events say too little to be kept. */
  isPart?(object: T): boolean;
  /** Whether an event leaves open what is there now under its key. */
  leavesOpen?(before: readonly T[], place: Place, after: readonly T[]): boolean;
}

const counters = new Set(["message", "stats"]);
/** Of bridges and their ports. */
const timers = ["gc", "hello", "tcn", "topologyChange", "messageAge", "forwardDelay", "hold"].map(
  (name) => `${name}TimerMs`,
);
const lifetimes = new Set(["message", "validLifetime", "preferredLifetime"]);
const neighborTimes = new Set([
  "message",
  "probes",
  "confirmed",
  "used",
  "updated",
  "confirmedMs",
  "usedMs",
  "updatedMs",
]);
const onlyMessage = new Set(["message"]);
const part = <T extends object>(part: Part<T>): Part<T> => part;

const links = part<Link>({
  type: "link",
  list: (nl, options) => nl.links.list({}, options),
  key: ({ index }) => `${index}`,
  fleeting: new Set([...counters, ...timers, "fdbNLearned", "mcastNGroups", "mcastEhtHostsCnt"]),
  contents: (link) => ({ link }),
  object: ({ link }: EventContents["link"]) => link,
  // Of a wireless device's scan there is an event with little but the name (rtnetlink_ifinfo_prep in net/wireless/wext-core.c).
  isPart: ({ mtu }) => mtu !== undefined,
});
const addresses = (family: "inet" | "inet6") =>
  part<Address>({
    type: "address",
    family: family === "inet" ? AF_INET : AF_INET6,
    list: (nl, options) => nl.addresses.list({ family }, options),
    key: ({ index, address, peer }) => `${index} ${address} ${peer ?? ""}`,
    fleeting: lifetimes,
    contents: (address) => ({ address }),
    object: ({ address }: EventContents["address"]) => address,
  });
const routeKey = ({ table, dst, from, metric, tos }: Route) =>
  `${table} ${dst} ${from ?? ""} ${metric ?? 0} ${tos ?? 0}`;
const routes = (family: "inet" | "inet6" | "mpls", more: Pick<Part<Route>, "several" | "leavesOpen"> = {}) =>
  part<Route>({
    type: "route",
    family: { inet: AF_INET, inet6: AF_INET6, mpls: AF_MPLS }[family],
    list: (nl, options) => nl.routes.list({ family }, options),
    key: routeKey,
    fleeting: new Set(["message", "expires"]),
    contents: (route) => ({ route }),
    object: ({ route }: EventContents["route"]) => route,
    isPart: ({ flags }) => !flags.includes("cloned"),
    ...more,
  });
const neighbors = (family: "inet" | "inet6") =>
  part<Neighbor>({
    type: "neighbor",
    family: family === "inet" ? AF_INET : AF_INET6,
    list: async (nl, options) => [
      ...(await nl.neighbors.list({ family }, options)),
      ...(await nl.neighbors.list({ family, proxy: true }, options)),
    ],
    key: ({ index, dst, flags }) => `${index} ${dst} ${flags.includes("proxy")}`,
    fleeting: neighborTimes,
    contents: (neighbor) => ({ neighbor }),
    object: ({ neighbor }: EventContents["neighbor"]) => neighbor,
  });
const rules = (family: "inet" | "inet6") =>
  part<Rule>({
    type: "rule",
    family: family === "inet" ? AF_INET : AF_INET6,
    list: (nl, options) => nl.rules.list({ family }, options),
    // A rule is all that it says: there is nothing to change.
    key: ({ message: _, ...rule }) => JSON.stringify(rule),
    fleeting: onlyMessage,
    contents: (rule) => ({ rule }),
    object: ({ rule }: EventContents["rule"]) => rule,
  });
const tcPlace = ({ index, block, parent }: { index?: number; block?: number; parent?: string }) =>
  `${index ?? `block ${block}`} ${parent}`;

/** Everything that a picture can be kept of. */
export const parts = {
  links,
  addressesV4: addresses("inet"),
  addressesV6: addresses("inet6"),
  routesV4: routes("inet", { several: amongInet }),
  routesV6: routes("inet6", { several: amongInet6, leavesOpen }),
  routesMpls: routes("mpls"),
  neighborsV4: neighbors("inet"),
  neighborsV6: neighbors("inet6"),
  fdb: part<FdbEntry>({
    type: "fdb",
    list: (nl, options) => nl.fdb.list({}, options),
    key: ({ index, mac, vlan, vni, srcVni, dst, via, port, flags }) =>
      [index, mac, vlan, vni, srcVni, dst, via, port, flags.includes("self")].join(" "),
    fleeting: neighborTimes,
    contents: (fdb) => ({ fdb }),
    object: ({ fdb }: EventContents["fdb"]) => fdb,
    // The lists of addresses that devices take in hardware are dumped with the tables, and changed in silence (ndo_dflt_fdb_dump).
    isPart: ({ master, dst, vni, nexthopId }) =>
      master !== undefined || dst !== undefined || vni !== undefined || nexthopId !== undefined,
  }),
  mdb: part<MdbEntry>({
    type: "mdb",
    list: (nl, options) => nl.mdb.list({}, options),
    key: ({ index, message: { ifindex }, vlan, group, source, dst, srcVni }) =>
      [index, ifindex, vlan, group, source, dst, srcVni].join(" "),
    fleeting: new Set(["message", "timerMs"]),
    contents: (mdb) => ({ mdb }),
    object: ({ mdb }: EventContents["mdb"]) => mdb,
  }),
  rulesV4: rules("inet"),
  rulesV6: rules("inet6"),
  nexthops: part<Nexthop>({
    type: "nexthop",
    list: (nl, options) => nl.nexthops.list({}, options),
    key: ({ id }) => `${id}`,
    fleeting: new Set(["message", "stats", "unbalancedTime", "unbalancedTimeMs"]),
    contents: (nexthop) => ({ nexthop }),
    object: ({ nexthop }: EventContents["nexthop"]) => nexthop,
  }),
  nsids: part<{ readonly nsid: number }>({
    type: "nsid",
    list: (nl, options) => nl.nsids.list({}, options),
    key: ({ nsid }) => `${nsid}`,
    fleeting: onlyMessage,
    contents: ({ nsid }) => ({ nsid }),
    object: ({ nsid }: EventContents["nsid"]) => ({ nsid }),
  }),
  qdiscs: part<Qdisc>({
    type: "qdisc",
    list: (nl, options) => nl.qdiscs.list({}, options),
    key: ({ index, parent, handle }) => `${index} ${parent} ${handle}`,
    fleeting: counters,
    contents: (qdisc) => ({ qdisc }),
    object: ({ qdisc }: EventContents["qdisc"]) => qdisc,
  }),
  classes: part<TcClass>({
    type: "class",
    list: (nl, options) => nl.classes.list({}, options),
    key: ({ index, handle }) => `${index} ${handle}`,
    fleeting: counters,
    contents: (tcClass) => ({ class: tcClass }),
    object: (contents: EventContents["class"]) => contents.class,
  }),
  filters: part<Filter>({
    type: "filter",
    list: (nl, options) => nl.filters.list({}, options),
    key: (filter) => {
      const { chain, priority, protocol, kind, handle } = filter;
      return [tcPlace(filter), chain, priority, protocol, kind, handle].join(" ");
    },
    fleeting: counters,
    contents: (filter) => ({ filter }),
    object: ({ filter }: EventContents["filter"]) => filter,
  }),
} as const;
export type PartName = keyof typeof parts;
