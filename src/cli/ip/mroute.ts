/** `nlink ip mroute`: how multicast packets are forwarded, as a routing daemon has told the kernel (ip/ipmroute.c). @module */
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { NetlinkError } from "../../api/errors.ts";
import { AF_INET6, contains, type Prefix, parsePrefix } from "../../api/options.ts";
import { nexthopFlags, type Route, routeFlags, route as schema } from "../../codec/rtnetlink/route.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { described, failure } from "../failure.ts";
import { device, oneWord, prefix } from "../grammar/args.ts";
import { type Arg, command, group, type Options } from "../grammar/command.ts";
import { nameTables } from "../names.ts";
import { type Devices, devicesOf } from "./devices.ts";
import { tableOf } from "./route-print.ts";

const IPMR = 128;
const IP6MR = 129;
const MAIN = 254;
/** The table of IPv4 where none is said; IPv6's is main. */
const DEFAULT = 253;
/** Ticks a second of what the kernel tells of. */
const USER_HZ = 100;

const table: Arg<number | "all"> = oneWord(
  "{ TABLE | all }",
  (word) => (word === "all" ? word : nameTables.tables.number(word)),
  "table id value is invalid",
  ["main", "local", "default", "all"],
);
const options = {
  table: { abbr: true, arg: table, help: "a table; if none is said default, and main with -6" },
  iif: { arg: device, help: "of packets that come in by a device" },
  from: { abbr: true, arg: prefix, help: "from a source" },
  to: { abbr: true, arg: prefix, help: "to a group" },
} satisfies Options;

function print(route: Route, out: Out, context: Context, devices: Devices, showTable: boolean): void {
  const { globals, names } = context;
  const [src, dst] = [String(route.src ?? "unknown"), String(route.dst ?? "unknown")];
  out.put("src", src);
  out.put("dst", dst);
  out.say(`${`(${src},${dst})`.padEnd(32)} Iif: `);
  if (route.iif) out.put("iif", devices.name(route.iif), `${devices.name(route.iif).padEnd(10)} `);
  else out.say("unresolved ");
  if (route.multipath)
    out.array("multipath", (paths) => {
      out.say("Oifs: ");
      for (const { ifindex, hops } of route.multipath!)
        paths.object("", (path) => {
          const oif = devices.name(ifindex);
          path.put("oif", oif, oif);
          if (hops > 1) path.put("ttl", hops, `(ttl ${hops}) `);
          else path.say(" ");
        });
    });
  const state = (route.flags & nexthopFlags.values.unresolved) !== 0 ? "unresolved" : "resolved";
  out.put("state", state, ` State: ${state}`);
  if ((route.flags & routeFlags.values.offload) !== 0) out.put("offload", null, " offload");
  if (globals.statistics && route.mfcStats) {
    const { packets, bytes, wrongIf } = route.mfcStats;
    out.put("packets", packets, `\n  ${packets} packets,`);
    out.put("bytes", bytes, ` ${bytes} bytes`);
    if (Number(wrongIf) !== 0) out.put("wrong_if", wrongIf, `, ${wrongIf} arrived on wrong iif.`);
  }
  if (globals.statistics && route.expires !== undefined) {
    const age = Number(route.expires) / USER_HZ;
    out.put("expires", age, `, Age ${age.toFixed(2)}`);
  }
  const number = tableOf(route);
  if (showTable && (number !== MAIN || globals.details)) {
    const name = names.tables.name(number);
    out.put("table", name, ` Table: ${name}`);
  }
  out.say("\n");
}

export const mroute = group({
  name: "mroute",
  help: "multicast routes",
  otherwise: "show",
  entries: [
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show multicast routes",
      options,
      bare: ["to"],
      async run(context, given) {
        const channel = await context.rtnetlink();
        const { family } = context.globals;
        const six = family === AF_INET6;
        const one = six ? IP6MR : IPMR;
        const wanted = given.table ?? (six ? MAIN : DEFAULT);
        const within = (at: Prefix | undefined, address: unknown) => at === undefined || contains(at, String(address));
        const [from, to] = [given.from, given.to].map((text) =>
          text === undefined ? undefined : parsePrefix("prefix", text, true),
        );
        await context.printer.list(async (item) => {
          const devices = await devicesOf(channel);
          if (given.iif !== undefined) await indexOf(channel, given.iif);
          const found = await listDump(
            channel,
            {
              message: {
                type: RTM.getroute,
                schema,
                value: { family: one, ...(given.table === undefined || wanted === "all" ? {} : { tableId: wanted }) },
              },
              answer: schema,
              // A kernel without multicast routing tells of other routes.
              map: (route) =>
                route.family === one &&
                route.type === routeTypes.values.multicast &&
                (wanted === "all" || tableOf(route as Route) === wanted) &&
                (given.iif === undefined || devices.name(route.iif ?? 0) === given.iif) &&
                within(from, route.src) &&
                within(to, route.dst)
                  ? (route as Route)
                  : undefined,
            },
            { operation: "list multicast routes" },
          ).catch((e: unknown) => {
            throw e instanceof NetlinkError ? failure(described(e).message) : e;
          });
          for (const route of found) item((out) => print(route, out, context, devices, wanted === "all"));
        });
      },
    }),
  ],
});
