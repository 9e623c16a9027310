/** `nlink ip stats`. @module */
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { ask } from "../../api/facet.ts";
import { LinkStatistics } from "../../api/stats.ts";
import { type Stats, stats as schema, statsRequest } from "../../codec/rtnetlink/stats.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { CommandError, usage } from "../failure.ts";
import { device, text } from "../grammar/args.ts";
import { type Arg, command, group, type Options, type Values } from "../grammar/command.ts";
import { devicesOf } from "./devices.ts";
import { LEAVES, type Leaf } from "./stats-print.ts";

/** What ip ends with for words of its own tree: EINVAL. */
const INVALID = 22;
const LEVELS = ["group", "subgroup", "suite"] as const;
interface Selected {
  readonly level: number;
  readonly word: string;
}
const select = (level: number, complete: readonly string[]) =>
  ({
    key: "selected",
    many: true,
    arg: {
      ...text(LEVELS[level]!.toUpperCase()),
      complete,
      read: (parser): Selected => ({ level, word: parser.next() }),
    } as Arg<Selected>,
  }) as const;
const atLevel = (level: number): string[] => [...new Set(LEAVES.flatMap(({ path }) => path[level] ?? []))];

/** The parts that a path leads to. @throws {CommandError} */
function leavesAt(path: readonly string[]): readonly Leaf[] {
  const under = (depth: number) => LEAVES.filter((leaf) => path.slice(0, depth).every((w, i) => leaf.path[i] === w));
  for (const [level, word] of path.entries()) {
    if (under(level).every((leaf) => leaf.path.length === level))
      throw refused(
        `Error: ${LEVELS[level]} ${word} requested inside leaf ${LEVELS[level - 1]} ${path[level - 1] ?? ""}`,
      );
    if (under(level + 1).length === 0)
      throw refused(`Error: no ${LEVELS[level]} named ${word} found inside ${path[level - 1] ?? "top-level"}`);
  }
  return under(path.length);
}
const refused = (message: string): CommandError => new CommandError(INVALID, message);

/** All parts that were asked for, in their order: each word at a level ends what stood there before. @throws {CommandError} */
function leavesOf(selected: readonly Selected[]): readonly Leaf[] {
  const wanted = new Set<Leaf>();
  let path: string[] = [];
  const take = () => {
    for (const leaf of leavesAt(path)) wanted.add(leaf);
  };
  for (const { level, word } of selected) {
    if (level > path.length)
      throw refused(`Error: ${LEVELS[level]} ${word} requested without selecting a ${LEVELS[path.length]} first`);
    if (level < path.length) take();
    path = [...path.slice(0, level), word];
  }
  take();
  return LEAVES.filter((leaf) => wanted.has(leaf));
}

const showOptions = {
  dev: { arg: device, help: "of this device" },
  group: { ...select(0, atLevel(0)), help: `this group: ${atLevel(0).join(", ")}` },
  subgroup: { ...select(1, atLevel(1)), help: `of the group, this: ${atLevel(1).join(", ")}` },
  suite: { ...select(2, atLevel(2)), help: `of the subgroup, this: ${atLevel(2).join(", ")}` },
  stranger: {
    hidden: true,
    help: "",
    arg: {
      syntax: "",
      read(parser): undefined {
        throw refused(`What is "${parser.next()}"? Try option "help"`);
      },
    },
  },
} satisfies Options;

async function show(context: Context, { dev, selected = [] }: Values<typeof showOptions>): Promise<void> {
  const leaves = leavesOf(selected as readonly Selected[]);
  const channel = await context.rtnetlink();
  const { statistics = 0, details = 0 } = context.globals;
  const globals = { ...context.globals, statistics: statistics + details + 1 };
  const offload = leaves.reduce((bits, leaf) => bits | (leaf.offload ?? 0), 0);
  const filter = {
    filterMask: leaves.reduce((bits, leaf) => bits | leaf.group, 0),
    // All parts of the group, or none: no need to say which.
    ...(offload === 0 || offload === 7 ? {} : { getFilters: { linkOffloadXstats: offload } }),
  };
  const names = await devicesOf(channel);
  await context.printer.list(async (item) => {
    const print = (stats: Stats, last: string) => {
      for (const [at, leaf] of leaves.entries())
        item((out) => {
          const name = names.name(stats.ifindex);
          out.put("ifindex", stats.ifindex, `${stats.ifindex}:`);
          out.put("ifname", name, context.paint("ifname", ` ${name}:`));
          for (const [level, word] of leaf.path.entries()) out.put(LEVELS[level]!, word, ` ${LEVELS[level]} ${word}`);
          leaf.show(stats, out, globals);
          out.say(at === leaves.length - 1 ? `\n${last}` : "\n");
        });
    };
    const operation = "list statistics";
    if (dev !== undefined) {
      const value = { ...filter, ifindex: await indexOf(channel, dev) };
      const found = await ask(channel, { type: RTM.getstats, schema: statsRequest, value }, schema, { operation });
      print(found as Stats, "");
      return;
    }
    const message = { type: RTM.getstats, schema: statsRequest, value: filter };
    for (const found of await listDump(channel, { message, answer: schema, map: (raw) => raw as Stats }, { operation }))
      print(found, "\n");
  });
}

const setOptions = {
  dev: { arg: device, help: "the device" },
  l3_stats: {
    arg: {
      syntax: "{ on | off }",
      complete: ["on", "off"],
      implied: true,
      read(parser): boolean {
        const word = parser.next();
        if (word !== "on" && word !== "off")
          throw refused(`Error: argument of "l3_stats" must be one of "off", "on", not "${word}"`);
        return word === "on";
      },
    } as Arg<boolean>,
    help: "whether the hardware counts what it forwards at layer 3",
  },
} satisfies Options;

export const stats = group({
  name: "stats",
  help: "statistics of devices, by groups",
  otherwise: "show",
  statuses: { unknown: 1, help: 0 },
  entries: [
    command({ name: "show", help: "show statistics", options: showOptions, bare: ["stranger"], run: show }),
    command({
      name: "set",
      help: "let the hardware count, or not",
      options: setOptions,
      async run(context, { dev, l3_stats: l3Stats }) {
        if (dev === undefined) throw usage('Not enough information: "dev" argument is required.');
        if (l3Stats === undefined) throw usage("Not enough information: stat type to toggle is required.");
        await new LinkStatistics(await context.rtnetlink()).set(dev, { l3Stats });
      },
    }),
  ],
});
