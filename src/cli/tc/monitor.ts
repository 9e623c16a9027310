/** `nlink tc monitor`. @module */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Channel } from "../../api/channel.ts";
import { deviceNames } from "../../api/device.ts";
import { readContext } from "../../api/tc/host.ts";
import {
  messages,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_ROOT,
  type RawMessage,
} from "../../codec/nlmsg/header.ts";
import { link } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { type Attrs, pick } from "../../codec/schema/attrs.ts";
import type { Value } from "../../codec/schema/codec.ts";
import { decoder } from "../../codec/schema/engine.ts";
import { action } from "../../codec/tc/action.ts";
import { tclass } from "../../codec/tc/class.ts";
import { chain, filter } from "../../codec/tc/filter.ts";
import { qdisc } from "../../codec/tc/qdisc.ts";
import type { Out } from "../../codec/tc/show.ts";
import { source } from "../../codec/wire/source.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import { text } from "../grammar/args.ts";
import { command, type Options, type Values } from "../grammar/command.ts";
import { listen, timestamp } from "../listen.ts";
import { showActionCount, showActionList } from "./action.ts";
import { showClass } from "./class.ts";
import { showFilter } from "./filter-show.ts";
import { showQdisc } from "./qdisc.ts";
import { type Fate, fateOf, type View } from "./view.ts";

const OBJECTS = ["qdisc", "class", "filter", "chain", "action"] as const;
type Noun = (typeof OBJECTS)[number];
const TC_GROUP = 4;
const LINK_GROUP = 1;

interface Event {
  readonly noun: Noun;
  show(out: Out, view: View): void;
}
type Reader = (message: RawMessage, order: "little" | "big") => Event;

const reading =
  <A extends Attrs>(
    noun: Noun,
    schema: A,
    show: (value: Value<A>, view: View, out: Out, message: RawMessage) => void,
  ): Reader =>
  (message, order) => {
    const { payload } = message;
    const value = decoder(schema, order)(source(payload), 0, payload.length);
    return { noun, show: (out, view) => show(value, view, out, message) };
  };
/** A filter that is not new is replaced. */
const filterFate = (deleted: boolean, flags: number): Fate => ({
  deleted,
  added: !deleted && (flags & NLM_F_CREATE) !== 0 && (flags & NLM_F_EXCL) !== 0,
  replaced: !deleted && (flags & NLM_F_CREATE) !== 0 && (flags & NLM_F_EXCL) === 0,
});
const isDeletion = (type: number): boolean => type % 4 === 1;

const ofQdisc = reading("qdisc", qdisc, (m, view, out, { type, flags }) =>
  showQdisc(m, view, out, fateOf(isDeletion(type), flags)),
);
const ofClass = reading("class", tclass, (m, view, out, { type }) =>
  showClass(m, view, out, { deleted: isDeletion(type) }),
);
const ofFilter = reading("filter", filter, (m, view, out, { type, flags }) =>
  showFilter(m, view, out, "filter", filterFate(isDeletion(type), flags)),
);
const ofChain = reading("chain", chain, (m, view, out, { type, flags }) =>
  showFilter(m, view, out, "chain", filterFate(isDeletion(type), flags)),
);
const ofAction = reading("action", action, (m, view, out, { type, flags }) => {
  showActionCount(m, out);
  const say = (key: string, text: string) => out.put(key, true, text);
  if (isDeletion(type))
    (flags & NLM_F_ROOT) !== 0 ? say("flushed", "Flushed table ") : say("deleted", "Deleted action ");
  else if ((flags & NLM_F_REPLACE) !== 0) say("replaced", "Replaced action ");
  else if ((flags & NLM_F_CREATE) !== 0) say("added", "Added action ");
  showActionList(m, view, out);
});
const READERS: { readonly [type: number]: Reader } = {
  [RTM.newqdisc]: ofQdisc,
  [RTM.delqdisc]: ofQdisc,
  [RTM.newtclass]: ofClass,
  [RTM.deltclass]: ofClass,
  [RTM.newtfilter]: ofFilter,
  [RTM.deltfilter]: ofFilter,
  [RTM.newchain]: ofChain,
  [RTM.delchain]: ofChain,
  [RTM.newaction]: ofAction,
  [RTM.delaction]: ofAction,
  [RTM.getaction]: ofAction,
};

const options = {
  file: { arg: text("FILE", "file"), help: "what rtmon recorded, in place of the kernel" },
  objects: {
    many: true,
    arg: {
      syntax: `{ ${OBJECTS.join(" | ")} | all }`,
      complete: [...OBJECTS, "all"],
      read: (parser): Noun | "all" => {
        const word = parser.next();
        const found = [...OBJECTS, "all" as const].find((name) => name === word);
        if (!found) throw usage(`Argument "${word}" is unknown, try "tc monitor help".`);
        return found;
      },
    },
    help: "only these objects' events",
  },
} satisfies Options;

const named = pick(link, "index", "ifname");

async function run(context: Context, { file, objects = [] }: Values<typeof options>): Promise<void> {
  const wanted: ReadonlySet<string> = new Set(objects.length === 0 || objects.includes("all") ? OBJECTS : objects);
  const { printer, paint, globals } = context;
  const { statistics = 0, details = 0, timestamp: long, tshort } = globals;
  const names = new Map<number, string>();
  const facts = { statistics: statistics > 0, details: details > 0 };
  let view: View;
  const ready = async (channel: Channel) => {
    for (const [index, name] of await deviceNames(channel)) names.set(index, name);
    view = { tc: readContext(channel, names, facts), paint };
  };
  const take = (message: RawMessage, order: "little" | "big") => {
    if (message.type === RTM.newlink) {
      const { index, ifname } = decoder(named, order)(source(message.payload), 0, message.payload.length);
      if (ifname !== undefined) names.set(index, ifname);
    }
    const event = READERS[message.type]?.(message, order);
    if (!event || !wanted.has(event.noun)) return;
    const now = new Date();
    printer.event((out) => {
      if (globals.json && (long || tshort)) out.put("timestamp", now.toISOString());
      if (!globals.json && (long || tshort)) out.say(timestamp(tshort ?? false, now));
      event.show(out, view);
    });
  };
  const channel = await context.rtnetlink();
  const order = channel.transport.byteOrder;
  if (file === undefined) {
    await listen(context, { groups: [TC_GROUP, LINK_GROUP], joined: ready, take: (message) => take(message, order) });
    return;
  }
  await ready(channel);
  for (const message of messages(await recorded(context, file), order)) take(message, order);
}
async function recorded({ io }: Context, file: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(io.cwd, file));
  } catch (e) {
    throw failure(`Cannot fopen: ${(e as Error).message}`);
  }
}

export const monitor = command({
  name: "monitor",
  help: "follow what changes",
  statuses: { unknown: 255, help: 255 },
  options,
  bare: ["objects"],
  run,
});
