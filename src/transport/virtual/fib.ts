/** Tables of routes: what is where, what matches, and in which order they are listed. @module */
import type { ErrnoName } from "../../codec/nlmsg/errno.ts";
import { routeTables } from "../../codec/rtnetlink/route-table.ts";
import { inetSetting } from "./devconf.ts";
import { AF_INET, AF_INET6, type Family, lastOf, networkOf } from "./ip.ts";
import { hopsOf } from "./nexthop-hops.ts";
import { RTN, RTNH_F } from "./route-config.ts";
import { evaluateRules, type Flow } from "./rule-match.ts";
import type { Hop, Link, Netns, RouteEntry, Table } from "./state.ts";

export const tablesOf = (net: Netns, family: Family): Map<number, Table> =>
  family === AF_INET6 ? net.tables6 : net.tables4;

export const newTable = (id: number): Table => ({ id, lengths: new Map(), size: 0 });
/** A table, which is made if there is none yet. */
export function tableIn(net: Netns, family: Family, id: number): Table {
  const tables = tablesOf(net, family);
  let table = tables.get(id);
  if (table === undefined) {
    // IPv4's local table is made as an alias of the main one (fib_new_table).
    if (family === AF_INET && id === LOCAL && !net.customRules) tableIn(net, family, MAIN);
    table = newTable(id);
    tables.set(id, table);
  }
  return table;
}
/** The entries of a prefix. */
export const entriesAt = (table: Table, dst: bigint, length: number): RouteEntry[] | undefined =>
  table.lengths.get(length)?.get(dst);
export function addEntry(table: Table, entry: RouteEntry, at: number): void {
  const { dst, length } = entry;
  let prefixes = table.lengths.get(length);
  if (prefixes === undefined) {
    prefixes = new Map();
    table.lengths.set(length, prefixes);
  }
  const entries = prefixes.get(dst);
  if (entries === undefined) {
    prefixes.set(dst, [entry]);
    order.delete(table);
  } else entries.splice(at, 0, entry);
  table.size++;
}
export function removeEntry(table: Table, entry: RouteEntry): void {
  const prefixes = table.lengths.get(entry.length);
  const entries = prefixes?.get(entry.dst);
  const at = entries?.indexOf(entry) ?? -1;
  if (at < 0) return;
  entries!.splice(at, 1);
  table.size--;
  if (entries!.length > 0) return;
  prefixes!.delete(entry.dst);
  order.delete(table);
}

// Lists of all prefixes in order, until one comes or goes: sorting 100,000 costs ten times their listing.
const order = /* @__PURE__ */ new WeakMap<Table, RouteEntry[][]>();
/**
 * All entries in the kernel's order: IPv4's by address and then from the longest prefix (fib_trie); IPv6's tree is walked from the
 * leaves up, so that a prefix comes after those within it (fib6_walk_continue).
 */
export function* walk(table: Table, family: Family): Generator<RouteEntry> {
  let sorted = order.get(table);
  if (sorted === undefined) {
    sorted = [];
    const keyed: [key: bigint, entries: RouteEntry[]][] = [];
    for (const [length, prefixes] of table.lengths)
      for (const [dst, entries] of prefixes) {
        const base = family === AF_INET6 ? lastOf(dst, length, family) : dst;
        keyed.push([(base << 8n) | BigInt(128 - length), entries]);
      }
    keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    sorted = keyed.map(([, entries]) => entries);
    order.set(table, sorted);
  }
  for (const entries of sorted) yield* entries;
}
/** Tables in the order of the kernel's hash of them: by the low byte of the number, the latest first. */
export function orderedTables(net: Netns, family: Family): Table[] {
  const age = new Map([...tablesOf(net, family).values()].map((table, i) => [table, i]));
  return [...age.keys()].sort((a, b) => (a.id & 255) - (b.id & 255) || age.get(b)! - age.get(a)!);
}

/** What a route of a type answers a look-up with (fib_props). */
export const typeErrors: { readonly [type: number]: ErrnoName } = {
  [RTN.blackhole]: "EINVAL",
  [RTN.unreachable]: "EHOSTUNREACH",
  [RTN.prohibit]: "EACCES",
  [RTN.throw]: "EAGAIN",
  [RTN.nat]: "EINVAL",
  [RTN.xresolve]: "EINVAL",
};

export interface Found {
  readonly entry: RouteEntry;
  readonly hop: Hop;
}
/** Looks an address up in one IPv4 table (fib_table_lookup). A string is the error of what was found. */
export function lookupTable(
  net: Netns,
  table: Table,
  flow: Flow,
  ignoreLinkstate = false,
): Found | ErrnoName | undefined {
  const lengths = [...table.lengths.keys()].sort((a, b) => b - a);
  for (const length of lengths) {
    const entries = entriesAt(table, networkOf(flow.dst, length, AF_INET), length);
    if (entries === undefined) continue;
    for (const entry of entries) {
      if (entry.tos !== 0 && entry.tos !== flow.tos) continue;
      if (entry.scope < flow.scope) continue;
      const error = typeErrors[entry.type];
      if (error) return error;
      if ((entry.flags & RTNH_F.dead) !== 0) continue;
      for (const hop of hopsOf(net, entry)) {
        if ((hop.flags & RTNH_F.dead) !== 0) continue;
        if (
          !ignoreLinkstate &&
          (hop.flags & RTNH_F.linkdown) !== 0 &&
          (inetSetting(net, hop.oif, "ignoreRoutesWithLinkdown") || inetSetting(net, "all", "ignoreRoutesWithLinkdown"))
        )
          continue;
        if (flow.oif !== 0 && flow.oif !== hop.oif) continue;
        return { entry, hop };
      }
    }
  }
  return undefined;
}

/** Looks an address up by the rules (fib_lookup). */
export function lookup(net: Netns, flow: Flow, ignoreLinkstate = false): Found | ErrnoName {
  const found = evaluateRules(net, AF_INET, flow, (id) => {
    const table = net.tables4.get(id);
    return table && lookupTable(net, table, flow, ignoreLinkstate);
  });
  return found ?? "ENETUNREACH";
}

/** Type of an address by a table (inet_addr_type_table). */
export function addressType(net: Netns, address: bigint, tableId: number): number {
  if (address >> 24n === 0n || address === 0xffffffffn) return RTN.broadcast;
  if (address >> 28n === 0xen) return RTN.multicast;
  const table = net.tables4.get(tableId);
  if (table === undefined) return RTN.broadcast;
  const found = lookupTable(net, table, { dst: address, scope: 0, oif: 0, tos: 0 });
  if (found === undefined || typeof found === "string") return RTN.unicast;
  return found.entry.type;
}

/** Table of the VRF that a device is in (l3mdev_fib_table). */
export function tableOfMaster(net: Netns, link: Link): number | undefined {
  const vrf = link.kind === "vrf" ? link : link.master ? net.links.get(link.master) : undefined;
  return vrf?.kind === "vrf" ? (vrf.data?.table as number) : undefined;
}
export const LOCAL = routeTables.values.local;
export const MAIN = routeTables.values.main;
