/** `nlink ip nexthop`. @module */

import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { ask, removeAll } from "../../api/facet.ts";
import type { NexthopOptions } from "../../api/nexthops.ts";
import { Nexthops } from "../../api/nexthops.ts";
import { type Nexthop, nexthop as schema } from "../../codec/rtnetlink/nexthop.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { CommandError, EXIT, failure, usage } from "../failure.ts";
import { device, integer, oneOf, oneWord, text } from "../grammar/args.ts";
import { command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { devicesOf, mustExist } from "./devices.ts";
import { encap } from "./encap-words.ts";
import { printBucket, printNexthop } from "./nexthop-print.ts";
import { gateway, vrfTable } from "./route-words.ts";

const u32 = integer("ID");
const members = oneWord(
  "ID[,WEIGHT][/ID[,WEIGHT]…]",
  (word) => {
    const list = word.split("/").map((member) => /^(\d+)(?:,(\d+))?$/.exec(member));
    if (list.includes(null)) return undefined;
    return (list as RegExpExecArray[]).map(([, id, weight]) => ({
      id: Number(id),
      ...(weight === undefined ? {} : { weight: Number(weight) }),
    }));
  },
  '"group" value is invalid',
);
/** Seconds, as a number of them. */
const seconds = oneWord("SECONDS", (word) => (/^\d+$/.test(word) ? Number(word) * 1000 : undefined));

const editOptions = {
  id: { arg: u32, help: "its id" },
  via: { arg: gateway, help: "gateway" },
  dev: { arg: device, help: "device" },
  onlink: { help: "the gateway is on the link" },
  encap: { arg: encap, help: "lightweight tunnel" },
  blackhole: { help: "drop what goes there" },
  fdb: { help: "for entries of bridges' and VXLANs' tables" },
  group: { arg: members, help: "nexthops that share the traffic" },
  type: { arg: oneOf("mpath", "resilient"), help: "of the group" },
  buckets: { arg: integer("NUMBER", 0xffff), help: "size of a resilient group's table" },
  idle_timer: { arg: seconds, help: "quiet time before a bucket may move" },
  unbalanced_timer: { arg: seconds, help: "time out of balance before one must" },
  protocol: { abbr: true, arg: named("PROTOCOL", "protocols"), help: "who sets it" },
  hw_stats: { arg: oneOf("on", "off"), help: "the hardware counts" },
} satisfies Options;

async function edit(context: Context, verb: "add" | "replace", values: Values<typeof editOptions>): Promise<void> {
  const { idle_timer, unbalanced_timer, hw_stats, ...rest } = values;
  const { family } = context.globals;
  const ways = [rest.via, rest.dev, rest.blackhole, rest.group];
  if (ways.every((way) => way === undefined))
    throw new CommandError(EXIT.refused, "Error: one of via, dev, blackhole and group is required");
  const options = {
    ...rest,
    ...(idle_timer === undefined ? {} : { idleTimerMs: idle_timer }),
    ...(unbalanced_timer === undefined ? {} : { unbalancedTimerMs: unbalanced_timer }),
    ...(hw_stats === undefined ? {} : { hwStats: hw_stats === "on" }),
    ...(family === undefined || values.via !== undefined ? {} : { family }),
  } as NexthopOptions & { id: number };
  const channel = await context.rtnetlink();
  if (rest.dev !== undefined) await mustExist(channel, rest.dev);
  await new Nexthops(channel)[verb](options);
}

const filters = {
  id: { arg: u32, help: "the one with this id" },
  dev: { arg: device, help: "those of a device" },
  master: { arg: device, help: "those of devices with this master" },
  vrf: { arg: text("VRF", "vrf"), help: "those of devices in this VRF" },
  groups: { help: "groups only" },
  fdb: { help: "those for tables of bridges" },
  protocol: { abbr: true, arg: named("PROTOCOL", "protocols"), help: "those that this one has set" },
} satisfies Options;
type Filter = Values<typeof filters>;

async function list(context: Context, filter: Filter): Promise<Nexthop[]> {
  const channel = await context.rtnetlink();
  if (filter.vrf !== undefined) await vrfTable(context, filter.vrf);
  const above = filter.master ?? filter.vrf;
  const oif = filter.dev === undefined ? undefined : await indexOf(channel, filter.dev);
  const master = above === undefined ? undefined : await indexOf(channel, above);
  const { family } = context.globals;
  return listDump(
    channel,
    {
      message: {
        type: RTM.getnexthop,
        schema,
        value: {
          ...(family === undefined ? {} : { family }),
          ...(oif === undefined ? {} : { oif }),
          ...(master === undefined ? {} : { master }),
          ...(filter.groups ? { groups: true } : {}),
          ...(filter.fdb ? { fdb: true } : {}),
        } as never,
      },
      answer: schema,
      map: (raw) => {
        const nexthop = raw as Nexthop;
        return (filter.protocol === undefined || nexthop.protocol === filter.protocol) &&
          (filter.id === undefined || nexthop.id === filter.id)
          ? nexthop
          : undefined;
      },
    },
    { operation: "list nexthops" },
  );
}

async function one(context: Context, id: number | undefined): Promise<Nexthop> {
  if (id === undefined) throw usage('Error: argument "id" is required');
  const message = { type: RTM.getnexthop, schema, value: { id } };
  return (await ask(await context.rtnetlink(), message, schema, { operation: `get nexthop ${id}` })) as Nexthop;
}
async function print(context: Context, nexthops: Promise<readonly Nexthop[]>): Promise<void> {
  await context.printer.list(async (item) => {
    const found = await nexthops;
    const devices = await devicesOf(await context.rtnetlink());
    for (const nexthop of found) item((out) => printNexthop(nexthop, out, context, devices));
  });
}

const bucketFilters = { ...filters, nhid: { arg: u32, help: "those that lead to this nexthop" } } satisfies Options;
async function buckets(context: Context, filter: Values<typeof bucketFilters>): Promise<void> {
  const channel = await context.rtnetlink();
  const above = filter.master ?? filter.vrf;
  const value = {
    ...(filter.id === undefined ? {} : { id: filter.id }),
    ...(filter.dev === undefined ? {} : { oif: await indexOf(channel, filter.dev) }),
    ...(above === undefined ? {} : { master: await indexOf(channel, above) }),
    ...(filter.nhid === undefined ? {} : { resBucket: { nhId: filter.nhid } }),
  };
  await context.printer.list(async (item) => {
    await listDump(
      channel,
      {
        message: { type: RTM.getnexthopbucket, schema, value: value as never },
        answer: schema,
        map: (bucket) => item((out) => printBucket(bucket as Nexthop, out)),
      },
      { operation: "list nexthop buckets" },
    );
  });
}

const editing = commandsOf(editOptions, [], edit);
export const nexthop = group({
  name: "nexthop",
  help: "nexthop objects and groups of them",
  otherwise: "list",
  entries: [
    editing("add", "add", "add a nexthop"),
    editing("replace", "replace", "change a nexthop, or add it"),
    command({
      name: "delete",
      help: "remove a nexthop",
      options: { id: filters.id },
      async run(context, { id }) {
        if (id === undefined) throw new CommandError(EXIT.refused, "Error: Nexthop id is missing.");
        await new Nexthops(await context.rtnetlink()).remove(id);
      },
    }),
    command({
      name: "list",
      also: ["show", "lst"],
      help: "show nexthops",
      options: filters,
      run: (context, filter) =>
        print(context, filter.id === undefined ? list(context, filter) : one(context, filter.id).then((x) => [x])),
    }),
    command({
      name: "get",
      help: "one nexthop",
      options: { id: filters.id },
      run: (context, { id }) =>
        print(
          context,
          one(context, id).then((x) => [x]),
        ),
    }),
    command({
      name: "flush",
      help: "remove nexthops",
      options: filters,
      async run(context, filter) {
        const found = await list(context, filter);
        const gone = await removeAll(
          await context.rtnetlink(),
          found.map(({ id }) => ({ type: RTM.delnexthop, schema, value: { id } as never })),
          { operation: "flush nexthops" },
        );
        if (found.length === 0) context.printer.say("Nothing to flush\n");
        else if (context.globals.statistics) context.printer.say(`Flushed ${gone} nexthops\n`);
      },
    }),
    group({
      name: "bucket",
      help: "buckets of resilient groups",
      otherwise: "list",
      entries: [
        command({ name: "list", also: ["show", "lst"], help: "show buckets", options: bucketFilters, run: buckets }),
        command({
          name: "get",
          help: "one bucket",
          options: { id: filters.id, index: { arg: integer("INDEX", 0xffff), help: "its place in the table" } },
          async run(context, { id, index }) {
            if (id === undefined || index === undefined) throw failure("id and index are required");
            const message = { type: RTM.getnexthopbucket, schema, value: { id, resBucket: { index } } as never };
            const found = await ask(await context.rtnetlink(), message, schema, {
              operation: `get bucket ${index} of nexthop ${id}`,
            });
            await context.printer.list((item) => item((out) => printBucket(found as Nexthop, out)));
          },
        }),
      ],
    }),
  ],
});
