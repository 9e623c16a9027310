/** RTM_NEWROUTE and its like of both families: lists and look-ups. @module */
import { route as schema } from "../../codec/rtnetlink/route.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { Listing } from "./dump.ts";
import { orderedTables, tablesOf, walk } from "./fib.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6, type Family } from "./ip.ts";
import { hopsOf } from "./nexthop-hops.ts";
import type { RouteRequest } from "./route-config.ts";
import { getRoute4, getRoute6 } from "./route-get.ts";
import { newRoute4, removeRoute4, route4Message } from "./route4.ts";
import { newRoute6, removeRoute6 } from "./route6.ts";
import { route6Message, siblingsOf } from "./route6-entry.ts";
import type { RouteEntry } from "./state.ts";

function byFamily(v4: (request: RouteRequest) => void, v6: (request: RouteRequest) => void) {
  return (request: RouteRequest) => {
    if (request.family === AF_INET) v4(request);
    else if (request.family === AF_INET6) v6(request);
    else refuse("EOPNOTSUPP");
  };
}

const CLONED = 0x200;
const PREFIX = 0x800;

/** ip_valid_fib_dump_req. */
function checkDump(request: RouteRequest): void {
  const { value } = request;
  if (value.dstLen || value.srcLen || value.tos || value.scope)
    refuse("EINVAL", "Invalid values in header for FIB dump request");
  if ((value.flags & ~(CLONED | PREFIX)) !== 0) refuse("EINVAL", "Invalid flags for FIB dump request");
  const allowed = new Set([
    "tableId",
    "oif",
    "family",
    "dstLen",
    "srcLen",
    "tos",
    "table",
    "protocol",
    "scope",
    "type",
    "flags",
  ]);
  for (const name of Object.keys(value))
    if (!allowed.has(name))
      refuse("EINVAL", "Unsupported attribute in dump request", name === "unknown" ? {} : { at: [name] });
  if (value.oif !== undefined && value.oif !== 0 && !request.net.links.has(value.oif)) refuse("ENODEV");
}

function list(request: RouteRequest): Listing[] {
  const { kernel, net, family, value } = request;
  if (family !== 0 && family !== AF_INET && family !== AF_INET6) refuse("EOPNOTSUPP");
  if (request.message.payload.length >= 12) checkDump(request);
  const table = value.tableId ?? value.table;
  const { protocol, type, oif } = value;
  const filtered = Boolean(table || protocol || type || oif);
  if ((value.flags & CLONED) !== 0) return []; // no cache of routes
  return [AF_INET, AF_INET6].flatMap((each): Listing[] => {
    if (family !== 0 && family !== each) return [];
    const of = each as Family;
    const tables = table ? [tablesOf(net, of).get(table)] : orderedTables(net, of);
    if (table && tables[0] === undefined) {
      if (family === 0) return [];
      refuse("ENOENT", `${of === AF_INET6 ? "FIB table does not exist" : "ipv4: FIB table does not exist"}`);
    }
    function* entries(): Generator<RouteEntry> {
      for (const one of tables)
        if (one) {
          let skip = new Set<RouteEntry>();
          for (const entry of walk(one, of)) {
            if (skip.has(entry)) continue;
            if (of === AF_INET6) {
              // A multipath route is one message; the walk goes on behind its last hop.
              const siblings = siblingsOf(net, entry);
              if (siblings.length > 1) {
                const list = one.lengths.get(entry.length)!.get(entry.dst)!;
                skip = new Set(list.slice(list.indexOf(entry) + 1, list.indexOf(siblings.at(-1)!) + 1));
              }
            }
            yield entry;
          }
        }
    }
    return [
      {
        type: RTM.newroute,
        schema,
        items: entries(),
        fill: (entry: RouteEntry) => {
          if (protocol && entry.protocol !== protocol) return undefined;
          if (type && entry.type !== type) return undefined;
          if (oif) {
            const hops =
              of === AF_INET6 ? siblingsOf(net, entry).flatMap((one) => [...hopsOf(net, one)]) : hopsOf(net, entry);
            if (!hops.some((hop) => hop.oif === oif)) return undefined;
          }
          return of === AF_INET6 ? route6Message(kernel, net, entry) : route4Message(net, entry);
        },
        filtered,
      },
    ];
  });
}

export const routeHandlers: HandlerTable = [
  [RTM.newroute, { doit: byFamily(newRoute4, newRoute6) }],
  [RTM.delroute, { doit: byFamily(removeRoute4, removeRoute6) }],
  [RTM.getroute, { doit: byFamily(getRoute4, getRoute6), dump: list }],
];
