/** `nlink ip ntable`. @module */
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { type NeighborTable, neighborTable as schema } from "../../codec/rtnetlink/neighbor-table.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { usage } from "../failure.ts";
import { bigInteger, device, integer, text } from "../grammar/args.ts";
import { command, group, type Options, type Values } from "../grammar/command.ts";
import { type Devices, devicesOf, mustExist } from "./devices.ts";

const ms = (help: string) => ({ last: true, arg: bigInteger("MSEC"), help }) as const;
const count = (help: string) => ({ last: true, arg: integer("VALUE"), help }) as const;
const tableOptions = {
  thresh1: count("entries of the table below which none is collected"),
  thresh2: count("above which they are after 5 seconds"),
  thresh3: count("and that there can be"),
  gc_int: ms("between two collections"),
} satisfies Options;
const parameterOptions = {
  base_reachable: ms("an entry is valid for, on average"),
  retrans: ms("between two probes"),
  gc_stale: ms("after which an unused entry may go"),
  delay_probe: ms("before a stale entry in use is probed"),
  queue: count("packets that wait for an answer"),
  app_probes: count("probes by a program"),
  ucast_probes: count("probes by unicast"),
  mcast_probes: count("probes by multicast or broadcast"),
  anycast_delay: ms("before an anycast address is answered for, at most"),
  proxy_delay: ms("before another's address is answered for, at most"),
  proxy_queue: count("requests that wait for that"),
  locktime: ms("for which an entry is not changed again"),
} satisfies Options;
/** The parameters of the kernel, by ip's words. */
const PARAMETERS = {
  base_reachable: "baseReachableTime",
  retrans: "retransTime",
  gc_stale: "gcStaletime",
  delay_probe: "delayProbeTime",
  queue: "queueLen",
  app_probes: "appProbes",
  ucast_probes: "ucastProbes",
  mcast_probes: "mcastProbes",
  anycast_delay: "anycastDelay",
  proxy_delay: "proxyDelay",
  proxy_queue: "proxyQlen",
  locktime: "locktime",
} as const;
const changeOptions = {
  name: { arg: text("NAME"), help: "the table: arp_cache or ndisc_cache" },
  dev: { last: true, short: "d", arg: device, help: "of this device; without one, the defaults of new ones" },
  ...tableOptions,
  ...parameterOptions,
} satisfies Options;

async function change(context: Context, values: Values<typeof changeOptions>): Promise<void> {
  const { name, dev, thresh1, thresh2, thresh3, gc_int: gcInterval, ...given } = values;
  if (name === undefined) throw usage('Error: argument "NAME" is required');
  const table = Object.entries({ thresh1, thresh2, thresh3, gcInterval }).filter(([, value]) => value !== undefined);
  const parms = Object.entries(given).map(([word, value]): [string, unknown] => [
    PARAMETERS[word as keyof typeof PARAMETERS],
    value,
  ]);
  if (table.length + parms.length === 0) throw usage("Not enough information: changeable attributes required.");
  const channel = await context.rtnetlink();
  if (dev !== undefined) parms.unshift(["ifindex", await indexOf(channel, dev)]);
  await channel.ack(
    {
      type: RTM.setneightbl,
      flags: NLM_F_REPLACE,
      schema,
      value: {
        family: context.globals.family ?? 0,
        name,
        ...Object.fromEntries(table),
        ...(parms.length > 0 ? { parms: Object.fromEntries(parms) } : {}),
      },
    },
    { operation: `change neighbor table ${name}${dev === undefined ? "" : ` dev ${dev}`}` },
  );
}

const showOptions = {
  dev: { last: true, arg: device, help: "parameters of a device; none: those of the table itself" },
  name: { last: true, arg: text("NAME"), help: "the table: arp_cache or ndisc_cache" },
} satisfies Options;
async function show(context: Context, { dev, name }: Values<typeof showOptions>): Promise<void> {
  const channel = await context.rtnetlink();
  const { family = 0 } = context.globals;
  const index = dev === undefined ? undefined : dev === "none" ? 0 : await mustExist(channel, dev, '"DEV" is invalid');
  await context.printer.list(async (item) => {
    const devices = await devicesOf(channel);
    const found = await listDump(
      channel,
      {
        message: { type: RTM.getneightbl, schema, value: { family } },
        answer: schema,
        map: (raw) => {
          const table = raw as NeighborTable;
          return (family === 0 || table.family === family) &&
            (name === undefined || table.name === name) &&
            (index === undefined || (table.parms?.ifindex ?? 0) === index)
            ? table
            : undefined;
        },
      },
      { operation: "list neighbor tables" },
    );
    for (const table of found) item((out) => printTable(table, out, context, devices));
  });
}

const FAMILIES: { readonly [family: number]: string } = { 2: "inet", 10: "inet6" };
/** print_ntable in ip/ipntable.c. */
function printTable(table: NeighborTable, out: Out, { globals, paint }: Context, devices: Devices): void {
  const number = (key: string, value: number | bigint | undefined, word = key, before = "") => {
    if (value !== undefined) out.put(key, value, `${before}${word} ${value} `);
  };
  const line = (indent: string, body: () => void) => {
    out.say(indent);
    body();
    out.say("\n");
  };
  const statistics = (globals.statistics ?? 0) > 0;
  const family = FAMILIES[table.family] ?? String(table.family);
  out.put("family", family, `${family} `);
  if (table.name !== undefined) out.put("name", table.name, `${table.name} `);
  out.say("\n");
  const { thresh1, thresh2, thresh3, gcInterval, config, parms, stats } = table;
  if ([thresh1, thresh2, thresh3, gcInterval].some((value) => value !== undefined))
    line("    ", () => {
      number("thresh1", thresh1);
      number("thresh2", thresh2);
      number("thresh3", thresh3);
      number("gc_interval", gcInterval, "gc_int");
    });
  if (config && statistics) {
    line("    ", () => {
      number("key_length", config.keyLen, "config key_len");
      number("entry_size", config.entrySize);
      number("entries", config.entries);
    });
    line("        ", () => {
      const [flush, rand] = [timeAgo(config.lastFlush), timeAgo(config.lastRand)];
      out.put("last_flush", flush, `last_flush ${flush} `);
      out.put("last_rand", rand, `last_rand ${rand} `);
    });
    line("        ", () => {
      number("hash_rnd", config.hashRnd);
      const mask = config.hashMask.toString(16);
      out.put("hash_mask", `0x${mask}`, `hash_mask ${mask.padStart(8, "0")} `);
      number("hash_chain_gc", config.hashChainGc);
      number("proxy_qlen", config.proxyQlen);
    });
  }
  if (parms) {
    const { ifindex } = parms;
    if (ifindex !== undefined)
      line("    dev ", () => out.put("dev", devices.name(ifindex), paint("ifname", `${devices.name(ifindex)} `)));
    line("    ", () => {
      number("refcnt", parms.refcnt);
      number("reachable", parms.reachableTime);
      number("base_reachable", parms.baseReachableTime);
      number("retrans", parms.retransTime);
    });
    line("    ", () => {
      number("gc_stale", parms.gcStaletime);
      number("delay_probe", parms.delayProbeTime);
      number("queue", parms.queueLen);
    });
    line("    ", () => {
      number("app_probes", parms.appProbes);
      number("ucast_probes", parms.ucastProbes);
      number("mcast_probes", parms.mcastProbes);
    });
    line("    ", () => {
      number("anycast_delay", parms.anycastDelay);
      number("proxy_delay", parms.proxyDelay);
      number("proxy_queue", parms.proxyQlen);
      number("locktime", parms.locktime);
    });
  }
  if (stats && statistics) {
    line("    stats ", () => {
      number("allocs", stats.allocs);
      number("destroys", stats.destroys);
      number("hash_grows", stats.hashGrows);
    });
    line("    ", () => {
      number("res_failed", stats.resFailed);
      number("lookups", stats.lookups);
      number("hits", stats.hits);
    });
    line("    ", () => {
      number("rcv_probes_mcast", stats.rcvProbesMcast);
      number("rcv_probes_ucast", stats.rcvProbesUcast);
    });
    line("    ", () => {
      number("periodic_gc_runs", stats.periodicGcRuns);
      number("forced_gc_runs", stats.forcedGcRuns);
    });
    if (stats.tableFulls !== undefined) line("    ", () => number("table_fulls", stats.tableFulls));
  }
  out.say("\n");
}

const two = (number: number): string => String(number).padStart(2, "0");
/** The local time that was `ago` milliseconds ago. */
function timeAgo(ago: number): string {
  if (ago === 0) return "(error)";
  const then = new Date((Math.floor(Date.now() / 1000) - Math.floor(ago / 1000)) * 1000);
  const day = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
  return `${day} ${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}`;
}

export const ntable = group({
  name: "ntable",
  help: "neighbor tables: how long entries live, and how they are probed",
  otherwise: "show",
  entries: [
    command({
      name: "change",
      also: ["chg"],
      help: "change a table's parameters",
      options: changeOptions,
      run: change,
    }),
    command({ name: "show", also: ["list", "lst"], help: "show neighbor tables", options: showOptions, run: show }),
  ],
});
