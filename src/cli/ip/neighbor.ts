/** `nlink ip neighbor`. @module */
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { ask, removeAll } from "../../api/facet.ts";
import { type NeighborOptions, Neighbors } from "../../api/neighbors.ts";
import { AF_INET6, contains, parsePrefix } from "../../api/options.ts";
import { type Neighbor, neighborFlags, neighborStates, neighbor as schema } from "../../codec/rtnetlink/neighbor.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { parseIp } from "../../codec/wire/ip.ts";
import { parseMac } from "../../codec/wire/mac.ts";
import type { Context } from "../context.ts";
import { EXIT, failure, refusedAs, usage } from "../failure.ts";
import { address, anyPrefix, device, oneWord, text } from "../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { devicesOf } from "./devices.ts";
import { type NeighborView, printNeighbor } from "./neighbor-print.ts";

type State = keyof typeof neighborStates.values | "none";
const STATES = [...Object.keys(neighborStates.values), "none"] as State[];
const { permanent, noarp } = neighborStates.values;
/** A state, by its name or number. */
const state: Arg<State | number> = oneWord(
  "STATE",
  (word) => STATES.find((name) => name === word) ?? (/^(0x[\da-f]+|\d+)$/i.test(word) ? Number(word) : undefined),
  "nud state is bad",
  STATES,
);
const editOptions = {
  to: { arg: address, help: "the neighbor's address" },
  dev: { short: "d", arg: device, help: "its device" },
  lladdr: { arg: text("LLADDR"), help: "its link-layer address" },
  nud: { also: ["state"], arg: state, help: "state; permanent by default" },
  permanent: { key: "nud", value: "permanent", help: "nud permanent", hidden: true },
  proxy: { help: "answer for this address; no neighbor of its own" },
  router: { help: "it is a router" },
  extern_learn: { help: "some other program learned it, and ages it" },
  use: { help: "resolve it now" },
  managed: { help: "the kernel keeps it resolved" },
  protocol: { abbr: true, arg: named("PROTOCOL", "protocols"), help: "who sets it" },
} satisfies Options;

type Verb = "add" | "change" | "replace" | "remove";
async function edit(context: Context, verb: Verb, values: Values<typeof editOptions>): Promise<void> {
  const { to, nud, extern_learn, dev, ...rest } = values;
  if (to === undefined || (dev === undefined && !values.proxy))
    throw usage("Device and destination are required arguments.");
  if (values.lladdr !== undefined && !parseMac(values.lladdr) && !parseIp(values.lladdr))
    throw failure(`"${values.lladdr}" is invalid lladdr.`);
  const neighbors = new Neighbors(await context.rtnetlink());
  const key = { dst: to, ...(dev === undefined ? {} : { dev }) };
  if (verb === "remove") return neighbors.remove({ ...key, ...(values.proxy ? { proxy: true } : {}) });
  const options: NeighborOptions = {
    ...key,
    ...rest,
    ...(nud === undefined ? {} : { state: nud as State }),
    ...(extern_learn ? { externLearn: true } : {}),
  };
  return neighbors[verb](options);
}

const listOptions = {
  to: { arg: anyPrefix, help: "neighbors with an address in this prefix" },
  dev: { arg: device, help: "those of a device" },
  master: { arg: device, help: "those of devices with this master" },
  nomaster: { help: "those of devices without one" },
  vrf: { arg: text("VRF", "vrf"), help: "those of devices in this VRF" },
  nud: {
    many: true,
    arg: { ...state, read: (parser, word) => (parser.take("all") ? "all" : state.read(parser, word)) } as Arg<
      State | number | "all"
    >,
    help: "in this state, which may be several, or all; without it those that ARP knows",
  },
  unused: { help: "those that nothing refers to" },
  proxy: { help: "addresses that are answered for" },
  protocol: { abbr: true, arg: named("PROTOCOL", "protocols"), help: "those that this one has set" },
} satisfies Options;
type Filter = Values<typeof listOptions>;

/** A bit of its own for entries in no state at all. */
const NO_STATE = 0x100;
const bitOf = (name: State | number | "all"): number =>
  typeof name === "number"
    ? name || NO_STATE
    : name === "all"
      ? 0xffff
      : name === "none"
        ? NO_STATE
        : neighborStates.values[name];

async function list(context: Context, filter: Filter, usual: number): Promise<Neighbor[]> {
  const channel = await context.rtnetlink();
  const family = context.globals.family ?? 0;
  const within = filter.to === undefined || filter.to === "default" ? undefined : parsePrefix("to", filter.to, true);
  const index = filter.dev === undefined ? undefined : await indexOf(channel, filter.dev);
  const above = filter.master ?? filter.vrf;
  const master = above === undefined ? undefined : await indexOf(channel, above);
  const wanted = filter.nud === undefined ? usual : filter.nud.reduce<number>((bits, name) => bits | bitOf(name), 0);
  const { proxy, extern_learn } = neighborFlags.values;
  const inState = (n: Neighbor) =>
    (n.state & wanted) !== 0 ||
    (n.flags & (proxy | extern_learn)) !== 0 ||
    (n.state === 0 && (wanted & NO_STATE) !== 0);
  return listDump(
    channel,
    {
      message: {
        type: RTM.getneigh,
        schema,
        value: {
          family,
          ...(filter.proxy ? { flags: proxy } : {}),
          ...(index === undefined || filter.proxy ? {} : { viaIfindex: index }),
          ...(master === undefined || filter.proxy ? {} : { master }),
        } as never,
      },
      answer: schema,
      map: (raw) => {
        const n = raw as Neighbor;
        return (family === 0 || n.family === family) &&
          (n.family === 2 || n.family === AF_INET6) &&
          (index === undefined || n.ifindex === index) &&
          (master === undefined || n.master === master || filter.proxy) &&
          (!filter.nomaster || !n.master) &&
          (filter.proxy || inState(n)) &&
          (!filter.unused || (n.cacheinfo?.refcnt ?? 0) === 0) &&
          (filter.protocol === undefined || (n.protocol ?? 0) === filter.protocol) &&
          (within === undefined || (n.dst !== undefined && contains(within, n.dst)))
          ? n
          : undefined;
      },
    },
    { operation: "list neighbors" },
  );
}

async function viewOf(context: Context, hideDevice: boolean): Promise<NeighborView> {
  return { context, devices: await devicesOf(await context.rtnetlink()), hideDevice };
}
async function show(context: Context, filter: Filter): Promise<void> {
  await context.printer.list(async (item) => {
    const found = await list(context, filter, 0xff & ~noarp);
    const view = await viewOf(context, filter.dev !== undefined);
    for (const neighbor of found) item((out) => printNeighbor(neighbor, out, view));
  });
}

async function flush(context: Context, filter: Filter): Promise<void> {
  if (Object.keys(filter).length === 0) throw failure("Flush requires arguments.");
  const found = await list(context, filter, 0xff & ~(permanent | noarp));
  const gone = await refusedAs(
    EXIT.failure,
    removeAll(
      await context.rtnetlink(),
      found.map(({ family, ifindex, dst, flags }) => ({
        type: RTM.delneigh,
        schema,
        value: { family, ifindex, dst, flags: flags & neighborFlags.values.proxy } as never,
      })),
      { operation: "flush neighbors" },
    ),
  );
  if (context.globals.statistics)
    context.printer.say(
      found.length === 0
        ? "Nothing to flush.\n"
        : `\n*** Round 1, deleting ${gone} entries ***\n*** Flush is complete after 1 round ***\n`,
    );
}

const getOptions = {
  to: { arg: address, help: "the neighbor's address" },
  dev: { short: "d", arg: device, help: "its device" },
  proxy: { help: "an address that is answered for" },
} satisfies Options;
async function get(context: Context, { to, dev, proxy }: Values<typeof getOptions>): Promise<void> {
  if (to === undefined || dev === undefined) throw failure("Device and address are required arguments.");
  const channel = await context.rtnetlink();
  const value = {
    family: to.includes(":") ? AF_INET6 : 2,
    ifindex: await indexOf(channel, dev),
    dst: to,
    flags: proxy ? neighborFlags.values.proxy : 0,
  };
  const found = await ask(channel, { type: RTM.getneigh, schema, value: value as never }, schema, {
    operation: `get neighbor ${to} dev ${dev}`,
  });
  const view = await viewOf(context, false);
  await context.printer.list((item) => item((out) => printNeighbor(found as Neighbor, out, view)));
}

const editing = commandsOf(editOptions, ["to"], edit);
export const neighbor = group({
  name: "neighbor",
  help: "ARP and NDP entries, and proxies",
  otherwise: "show",
  entries: [
    editing("add", "add", "add a neighbor"),
    editing("change", "change", "change a neighbor that is there", ["chg"]),
    editing("replace", "replace", "change a neighbor, or add it"),
    editing("delete", "remove", "remove a neighbor"),
    command({ name: "get", help: "one neighbor", options: getOptions, bare: ["to"], run: get }),
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show neighbors",
      options: listOptions,
      bare: ["to"],
      run: show,
    }),
    command({
      name: "flush",
      help: "remove neighbors, but for those that are permanent or need no ARP",
      options: listOptions,
      bare: ["to"],
      run: flush,
    }),
  ],
});
