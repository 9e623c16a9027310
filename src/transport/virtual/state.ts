/** What a kernel in memory holds: plain data, which can be written to a file and read again. @module */
import type { LinkStats64 } from "../../codec/rtnetlink/link/stats.ts";
import type { Rule } from "../../codec/rtnetlink/rule.ts";

/** An address of an interface (struct in_ifaddr). Times are milliseconds of the kernel's clock. */
export interface Address4 {
  local: bigint;
  /** The peer's, or again the own one: with `length` the prefix. */
  address: bigint;
  length: number;
  broadcast: bigint | undefined;
  label: string;
  scope: number;
  flags: number;
  priority: number;
  proto: number;
  /** Seconds from `changed`; undefined is for ever. */
  valid: number | undefined;
  preferred: number | undefined;
  created: number;
  changed: number;
}
/** struct inet6_ifaddr. */
export interface Address6 {
  address: bigint;
  peer: bigint | undefined;
  length: number;
  flags: number;
  priority: number;
  proto: number;
  valid: number | undefined;
  preferred: number | undefined;
  created: number;
  changed: number;
  /** Whether its local route is in place. */
  routed: boolean;
}
/** struct inet6_dev, as far as it matters here. */
export interface Inet6 {
  ready: boolean;
  addresses: Address6[];
  addrGenMode: number;
  token: bigint;
  mtu: number;
  disabled: boolean;
  changed: number;
}
export interface Peer {
  netns: number;
  index: number;
}
/** struct net_device. */
export interface Link {
  netns: number;
  index: number;
  name: string;
  altNames: string[];
  kind: string | undefined;
  /** ARPHRD_*. */
  type: number;
  /** IFF_* of the administrator and of the driver; those of the carrier are computed. */
  flags: number;
  carrier: boolean;
  operstate: number;
  linkmode: number;
  address: string | undefined;
  broadcast: string | undefined;
  permanent: string | undefined;
  mtu: number;
  minMtu: number;
  maxMtu: number;
  txqlen: number;
  group: number;
  promiscuity: number;
  allmulti: number;
  queues: [tx: number, rx: number];
  gso: {
    maxSize: number;
    maxSegs: number;
    ipv4MaxSize: number;
    groMaxSize: number;
    groIpv4MaxSize: number;
    tsoMaxSize: number;
    tsoMaxSegs: number;
  };
  /** Index of the master, 0 without one. */
  master: number;
  /** IFLA_LINK: the lower device, or a peer; 0 for none. */
  lower: number;
  lowerNetns: number;
  peer: Peer | undefined;
  /** Whether a user chose the address, and the MTU: a bridge leaves them alone then. */
  addressSet: boolean;
  mtuSet: boolean;
  /** Orders the ports of a master. */
  joined: number;
  /** IFLA_INFO_DATA, and IFLA_INFO_SLAVE_DATA. */
  data: Record<string, unknown> | undefined;
  slave: Record<string, unknown> | undefined;
  alias: string | undefined;
  protoDown: boolean;
  carrierUp: number;
  carrierDown: number;
  stats: LinkStats64;
  /** Whether IPv4 is on: the MTU suffices. */
  inet: boolean;
  addresses: Address4[];
  inet6: Inet6 | undefined;
  /** Kind of the root qdisc: `noop` until the device was up for the first time. */
  qdisc: string;
  qdiscs: QdiscEntry[];
  filters: FilterEntry[];
}

/** What a qdisc or a class counts. */
export interface Counters {
  bytes: bigint;
  packets: number;
  drops: number;
  overlimits: number;
  requeues: number;
  qlen: number;
  backlog: number;
}
export interface QdiscEntry {
  kind: string;
  handle: number;
  parent: number;
  /** TCA_OPTIONS, as they are reported. */
  options: unknown;
  classes: ClassEntry[];
  counters: Counters;
}
export interface ClassEntry {
  id: number;
  parent: number;
  options: unknown;
  counters: Counters;
  /** htb: 0 for a leaf. */
  level: number;
}
export interface FilterEntry {
  kind: string;
  /** Handle of a qdisc, or of a class. */
  parent: number;
  chain: number;
  priority: number;
  /** Ethertype in network order, as tcm_info has it. */
  protocol: number;
  handle: number;
  /** u32: number of the priority's hash table. */
  root: number;
  options: unknown;
}

/** One way on: struct fib_nh_common. */
export interface Hop {
  oif: number;
  gateway: bigint | undefined;
  gatewayFamily: number;
  weight: number;
  /** RTNH_F_*. */
  flags: number;
  scope: number;
  flow: number;
  encap: unknown;
  encapType: number;
}
/** An entry of a table: struct fib_alias with its fib_info, or struct fib6_info. */
export interface RouteEntry {
  family: number;
  table: number;
  dst: bigint;
  length: number;
  src: bigint | undefined;
  srcLength: number;
  tos: number;
  type: number;
  protocol: number;
  scope: number;
  priority: number;
  prefsrc: bigint | undefined;
  metrics: Record<string, unknown> | undefined;
  flags: number;
  hops: Hop[];
  nhId: number;
  pref: number;
  /** When it expires, in the clock's milliseconds. */
  expires: number | undefined;
}
/** Entries by prefix, those of one prefix in the order in which they are looked at. */
export interface Table {
  id: number;
  /** By the prefix's length and then its address. */
  lengths: Map<number, Map<bigint, RouteEntry[]>>;
  size: number;
}
export interface RuleEntry {
  family: number;
  value: Rule;
}
/** struct neighbour. */
export interface NeighborEntry {
  family: number;
  index: number;
  dst: bigint;
  lladdr: string | undefined;
  state: number;
  flags: number;
  /** RTN_*, of the address. */
  type: number;
  proxy: boolean;
  protocol: number;
  extFlags: number;
  changed: number;
}
export interface NexthopEntry {
  id: number;
  protocol: number;
  flags: number;
  scope: number;
  family: number;
  blackhole: boolean;
  fdb: boolean;
  hop: Hop | undefined;
  group: { id: number; weight: number }[] | undefined;
}

/** struct net. */
export interface Netns {
  id: number;
  nextIndex: number;
  /** In the order of registration. */
  links: Map<number, Link>;
  tables4: Map<number, Table>;
  tables6: Map<number, Table>;
  rules4: RuleEntry[];
  rules6: RuleEntry[];
  /** Whether IPv4's rules were ever touched: its local table is no alias of the main one from then on (fib_has_custom_rules). */
  customRules: boolean;
  /** By family, device and address. */
  neighbors: Map<string, NeighborEntry>;
  nexthops: Map<number, NexthopEntry>;
  /** Namespaces that this one has an id of. */
  nsids: Map<number, number>;
  sysctls: Map<string, number>;
  /** Counts changes, for dumps that are read meanwhile. */
  generation: number;
}

/** Something that happens later. */
export interface Timer {
  at: number;
  kind: "dad" | "lifetimes";
  netns: number;
  index: number;
  key: string;
}

export interface State {
  netns: Map<number, Netns>;
  /** Namespaces by name, as `ip netns` gives them. */
  names: Map<string, number>;
  /** Namespaces of processes. */
  processes: Map<number, number>;
  nextNetns: number;
  /** Milliseconds since the start. */
  now: number;
  timers: Timer[];
  seed: number;
  /** The last handle that the kernel gave a qdisc by itself. */
  autoHandle: number;
}

/** Version of the file format: what is written by another one is not read. */
export const STATE_VERSION = 1;

const TAGS = { bigint: "$bigint", map: "$map", bytes: "$bytes" } as const;
/** JSON of plain data with maps, bigints and bytes. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return { [TAGS.bigint]: value.toString(16) };
  if (value instanceof Map) return { [TAGS.map]: [...value].map((entry) => entry.map(toJson)) };
  if (value instanceof Uint8Array) return { [TAGS.bytes]: [...value] };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, toJson(member)]])),
  );
}
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  const digits = object[TAGS.bigint];
  if (typeof digits === "string")
    return digits.startsWith("-") ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
  const entries = object[TAGS.map];
  if (Array.isArray(entries)) return new Map(entries.map((entry) => fromJson(entry) as [unknown, unknown]));
  const bytes = object[TAGS.bytes];
  if (Array.isArray(bytes)) return Uint8Array.from(bytes as number[]);
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, fromJson(member)]));
}

/** Whether a value has the members of a pattern, of the same types. What the pattern leaves undefined may be anything; objects may lack. */
export function isLike(pattern: unknown, value: unknown): boolean {
  if (pattern === undefined) return true;
  if (typeof pattern !== "object" || pattern === null) return typeof value === typeof pattern;
  if (pattern instanceof Map || Array.isArray(pattern))
    return pattern instanceof Map ? value instanceof Map : Array.isArray(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(pattern).every(([name, member]) => {
    const found = (value as Record<string, unknown>)[name];
    const mayLack = typeof member === "object" && !Array.isArray(member) && !(member instanceof Map);
    return (mayLack && found === undefined) || isLike(member, found);
  });
}
