/** `nlink tc filter` and `nlink tc chain`: one message, of two types. @module */

import { indexOf } from "../../api/device.ts";
import { ask } from "../../api/facet.ts";
import { Chains } from "../../api/tc/chains.ts";
import { estimatorToWire } from "../../api/tc/estimator.ts";
import { Filters, filterValue, placedFilter } from "../../api/tc/filters.ts";
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { chain as chainSchema, filter as filterSchema } from "../../codec/tc/filter.ts";
import { type FilterSpec, filterKinds } from "../../codec/tc/filter-kinds.ts";
import { TC_H_MIN_EGRESS, TC_H_MIN_INGRESS } from "../../codec/tc/handle.ts";
import { MAGIC_BLOCK } from "../../codec/tc/tcmsg.ts";
import type { Context } from "../context.ts";
import { usage } from "../failure.ts";
import { device, integer, text } from "../grammar/args.ts";
import { command, type Group, group, type Options, type Values } from "../grammar/command.ts";
import { ethertype, filterParent, kindWords } from "./args.ts";
import { build, kindOf, readKind, send } from "./change.ts";
import { estimator } from "./extras.ts";
import { showFilter, showFilters } from "./filter-show.ts";
import { viewOf } from "./view.ts";

export const place = {
  dev: { arg: device, fits: (word: string) => !Object.hasOwn(filterKinds, word), help: "the device" },
  block: {
    abbr: true,
    arg: integer("BLOCK", 0xffffffff, 1),
    help: "a block of filters that qdiscs share, in place of a device",
  },
  root: { key: "parent", value: 0, help: "the qdisc at the device's root (where nothing is said)" },
  ingress: { key: "parent", value: TC_H_MIN_INGRESS, help: "what comes in: of clsact, ingress" },
  egress: { key: "parent", value: TC_H_MIN_EGRESS, help: "what goes out: of clsact" },
  parent: { arg: filterParent, help: "a qdisc or class" },
  handle: { arg: text("HANDLE"), help: "its number, as its kind writes it" },
  preference: { also: ["priority"], abbr: true, arg: integer("PRIORITY", 0xffff), help: "lower ones are tried first" },
  protocol: { abbr: true, arg: ethertype, help: "which packets it looks at: ip, ipv6, arp, 802.1Q, all…" },
  chain: { abbr: true, arg: integer("CHAIN"), help: "the chain of filters that it is in" },
} satisfies Options;
const settings = {
  ...place,
  estimator: { abbr: true, arg: estimator, help: "has the kernel estimate its rate" },
  kind: { arg: kindWords("KIND OPTIONS…", filterKinds), help: Object.keys(filterKinds).join(", ") },
} satisfies Options;
type Settings = Values<typeof settings>;

type Noun = "filter" | "chain";
const TYPES = {
  filter: { schema: filterSchema, make: RTM.newtfilter, remove: RTM.deltfilter, get: RTM.gettfilter },
  chain: { schema: chainSchema, make: RTM.newchain, remove: RTM.delchain, get: RTM.getchain },
} as const;
const verbs = {
  add: [NLM_F_CREATE | NLM_F_EXCL, "add"],
  change: [0, "change"],
  replace: [NLM_F_CREATE, "change, or add"],
  delete: [undefined, "remove"],
} as const;
type Verb = keyof typeof verbs;

/** What says where: the members of the message's head. */
function head({ dev, block, parent = 0 }: Settings): { ifindex: number; parent: number } {
  if (block === undefined) return { ifindex: 0, parent };
  if (dev !== undefined) throw usage('Error: "dev" and "block" are mutually exclusive');
  return { ifindex: MAGIC_BLOCK, parent: block };
}
const described = (verb: string, noun: Noun, { dev, block, kind }: Settings): string =>
  `${verb} ${noun} ${kind?.[0] ?? ""} on ${block === undefined ? dev : `block ${block}`}`.replaceAll("  ", " ");

async function change(context: Context, noun: Noun, verb: Verb, values: Settings): Promise<void> {
  const { dev, block, handle, preference: priority, chain, parent = 0 } = values;
  const [flags] = verbs[verb];
  const at = head(values);
  const [name, ...words] = values.kind ?? [];
  if (name === undefined && handle !== undefined) throw usage('Must specify filter type when using "handle"');
  const adds = noun === "filter" && flags !== undefined && (flags & NLM_F_CREATE) !== 0;
  const protocol = values.protocol ?? (adds ? ETH_P_ALL : 0);
  const facts = { protocol, parent: block === undefined ? parent : 0 };
  const kind = name === undefined ? undefined : kindOf(filterKinds, name, "filter", words);
  const options = kind && readKind(kind, words, facts);
  const channel = await context.rtnetlink();
  const which = { protocol, ...given({ priority, chain, handle }) };
  const value = await build(
    channel,
    (tc): Input<typeof filterSchema> =>
      kind && flags !== undefined
        ? filterValue({ kind: name, options } as FilterSpec, which, tc)
        : placedFilter({ ...which, ...given({ kind: name }) }, tc.little),
    facts,
  );
  Object.assign(value, at);
  if (values.estimator) value.rate = await build(channel, () => estimatorToWire(values.estimator!));
  if (dev !== undefined) value.ifindex = await indexOf(channel, dev);
  const { schema, make, remove } = TYPES[noun];
  const message = { type: flags === undefined ? remove : make, flags: flags ?? 0, schema, value };
  await send(channel, message, described(verb, noun, values), dev);
}
const ETH_P_ALL = 3;
/** Those that are. */
const given = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

async function get(context: Context, noun: Noun, values: Settings): Promise<void> {
  const { dev, block, handle, preference: priority, protocol, chain, parent } = values;
  const [name, ...words] = values.kind ?? [];
  const lacks = (what: string) => usage(`Must specify ${what}`);
  if (noun === "filter") {
    if (protocol === undefined) throw lacks("filter protocol");
    if (!priority) throw lacks("filter priority");
  }
  if (parent === undefined && block === undefined) throw lacks("filter parent");
  if (noun === "filter" && name === undefined) throw lacks("filter type");
  if (dev === undefined && block === undefined) throw lacks('netdevice "dev" or block index "block"');
  if (noun === "filter" && handle === undefined) throw lacks('filter "handle"');
  const kind = name === undefined ? undefined : kindOf(filterKinds, name, "filter", words);
  if (kind) readKind(kind, words);
  const at = head(values);
  const channel = await context.rtnetlink();
  const which = given({ protocol, priority, chain, handle, kind: name });
  const value = await build(channel, ({ little }) => placedFilter(which, little));
  Object.assign(value, at);
  if (dev !== undefined) value.ifindex = await indexOf(channel, dev);
  const { schema, get: type } = TYPES[noun];
  const operation = described("get", noun, values);
  const answer = await ask(channel, { type, flags: NLM_F_ECHO, schema, value }, filterSchema, { operation });
  const view = await viewOf(context, channel, value.ifindex);
  await context.printer.list((item) => item((out) => showFilter(answer, { ...view, ...given({ block }) }, out, noun)));
}

const flushed = { dev: place.dev, block: place.block, root: place.root, ingress: place.ingress, egress: place.egress, parent: place.parent, chain: place.chain } satisfies Options; // biome-ignore format: a list
async function flush(context: Context, noun: Noun, values: Values<typeof flushed>): Promise<void> {
  const { dev, block, parent, chain } = values;
  head(values);
  if (dev === undefined && block === undefined) throw usage('Must specify netdevice "dev" or block index "block"');
  const target = block === undefined ? dev! : { block };
  const channel = await context.rtnetlink();
  if (noun === "filter") await new Filters(channel).flush(target, given({ parent: parent || undefined, chain }));
  else await new Chains(channel).flush(target, given({ parent: parent || undefined }));
}

const shown = { ...place, dev: { ...place.dev, fits: () => true } } satisfies Options;
const groupOf = (noun: Noun, known: readonly Verb[], help: string): Group =>
  group({
    name: noun,
    help,
    otherwise: "show",
    entries: [
      ...known.map((verb) =>
        command({
          name: verb,
          help: `${verbs[verb][1]} a ${noun}`,
          options: settings,
          bare: ["dev", "kind"],
          run: (context, values) => change(context, noun, verb, values),
        }),
      ),
      command({
        name: "get",
        help: `show one ${noun}`,
        options: settings,
        bare: ["dev", "kind"],
        run: (context, values) => get(context, noun, values),
      }),
      command({
        name: "show",
        also: ["list", "lst", "ls"],
        help: `show ${noun}s`,
        options: shown,
        bare: ["dev"],
        run: (context, values) => showFilters(context, noun, values),
      }),
      command({
        name: "flush",
        help: `remove all ${noun}s of a place`,
        options: flushed,
        bare: ["dev"],
        run: (context, values) => flush(context, noun, values),
      }),
    ],
  });
export const filter = groupOf(
  "filter",
  ["add", "change", "replace", "delete"],
  "filters: which packets go to which class",
);
export const chain = groupOf("chain", ["add", "delete"], "chains of filters");
