/** `nlink tc action`: actions that stand alone. @module */

import { InterfaceNotFound, NetlinkError } from "../../api/errors.ts";
import { ask } from "../../api/facet.ts";
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_ROOT } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { type ActionMessage, action as schema } from "../../codec/tc/action.ts";
import { actionKinds } from "../../codec/tc/action-kinds.ts";
import { actionsToWire, parseActions, showActions } from "../../codec/tc/action-list.ts";
import { plainContext } from "../../codec/tc/kind.ts";
import type { Out } from "../../codec/tc/show.ts";
import { parseInteger } from "../../codec/tc/words.ts";
import type { Context } from "../context.ts";
import { CommandError, described, EXIT, usage, wrong } from "../failure.ts";
import { command, group, type Options, type Values } from "../grammar/command.ts";
import { kindWords } from "./args.ts";
import { build, readWords, send } from "./change.ts";
import { showDumps, type View, viewOf } from "./view.ts";

/** print_action of iproute2's tc/m_action.c: two objects, the number of actions and the actions. */
export function showActionCount(m: ActionMessage, out: Out): void {
  const count = m.count ?? 0;
  out.put("total acts", count, `total acts ${count}\n`);
}
export const showActionList = (m: ActionMessage, view: View, out: Out): void =>
  showActions(m.tab ?? [], out, view.tc, true);

const settings = {
  actions: { arg: kindWords("ACTION OPTIONS…", actionKinds), help: `${Object.keys(actionKinds).join(", ")}; index N` },
} satisfies Options;
type Settings = Values<typeof settings>;
const verbs = {
  add: [NLM_F_CREATE | NLM_F_EXCL, "make actions"],
  change: [NLM_F_CREATE | NLM_F_REPLACE, "change actions, or make them"],
} as const;

/** tc ends with 255 where the kernel refuses actions. */
async function refusing<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (e) {
    throw e instanceof NetlinkError ? new CommandError(EXIT.usage, described(e).message) : e;
  }
}

async function change(context: Context, verb: keyof typeof verbs, { actions: words = [] }: Settings): Promise<void> {
  const read = () => readWords("action", words, (cursor) => parseActions(cursor, plainContext));
  const actions = words.length === 0 ? [] : await asUsage(read);
  if (actions.length === 0) throw usage('Illegal "action": none is given');
  const channel = await context.rtnetlink();
  const tab = await asUsage(() => build(channel, (tc) => actionsToWire(actions, tc)));
  const operation = `${verb} action ${actions.map(({ kind }) => kind).join(", ")}`;
  await refusing(send(channel, { type: RTM.newaction, flags: verbs[verb][0], schema, value: { tab } }, operation));
}
/** tc ends with 255 whatever is wrong with actions. */
async function asUsage<T>(make: () => Promise<T> | T): Promise<T> {
  try {
    return await make();
  } catch (e) {
    throw e instanceof CommandError || e instanceof InterfaceNotFound ? usage(described(e).message) : e;
  }
}

/** `gact index 5 action mirred index 1`, `gact 5`. */
function selectors(words: readonly string[]): { kind: string; index: number }[] {
  const found = [];
  const left = [...words];
  while (left.length > 0) {
    const kind = left.shift()!;
    if (kind === "action") continue;
    if (left[0] === "index") left.shift();
    const word = left.shift();
    if (word === undefined) throw usage(`Error: no index specified action: ${kind}`);
    const index = parseInteger(word);
    if (index === undefined || index < 0 || index > 0xffffffff) throw wrong(word, "not an index");
    found.push({ kind, index });
  }
  if (found.length === 0) throw usage('Command line is not complete. Try option "help"');
  return found;
}
const named = (list: readonly { kind: string; index: number }[]) => list.map((s) => `${s.kind} ${s.index}`).join(", ");

async function remove(context: Context, { actions = [] }: Settings): Promise<void> {
  const tab = selectors(actions);
  const channel = await context.rtnetlink();
  await refusing(send(channel, { type: RTM.delaction, schema, value: { tab } }, `delete action ${named(tab)}`));
}
async function get(context: Context, { actions = [] }: Settings): Promise<void> {
  const tab = selectors(actions);
  const channel = await context.rtnetlink();
  const operation = `get action ${named(tab)}`;
  const answer = await refusing(ask(channel, { type: RTM.getaction, schema, value: { tab } }, schema, { operation }));
  const view = await viewOf(context, channel);
  await context.printer.list((item) => {
    item((out) => showActionCount(answer, out));
    item((out) => showActionList(answer, view, out));
  });
}

/** The kind that words name, after "action", which may be left out, and what follows it. */
function kindIn(words: readonly string[]): [string, ...string[]] {
  const [kind, ...rest] = words[0] === "action" ? words.slice(1) : words;
  if (kind === undefined) throw usage('Command line is not complete. Try option "help"');
  return [kind, ...rest];
}
async function show(context: Context, { actions = [] }: Settings): Promise<void> {
  const [kind, since, time, ...more] = kindIn(actions);
  if (since !== undefined && since !== "since") throw usage(`What is "${since}"? Try "tc actions help".`);
  const timeDelta = time === undefined ? undefined : parseInteger(time);
  if (since !== undefined && (timeDelta === undefined || timeDelta < 0 || more.length > 0))
    throw wrong(time ?? "", 'dump time "since" is invalid');
  const channel = await context.rtnetlink();
  const view = await viewOf(context, channel);
  const bits = context.globals.brief ? LARGE | TERSE : LARGE;
  const value = {
    tab: [{ kind }],
    flags: { value: bits, selector: bits },
    ...(timeDelta !== undefined && { timeDelta }),
  };
  const dump = { message: { type: RTM.getaction, schema, value }, answer: schema, map: (m: ActionMessage) => m };
  await showDumps(context, channel, [dump], showActionCount, (m, out) => showActionList(m, view, out));
}
/** TCA_ACT_FLAG_*: more than 32 a message; without options. */
const LARGE = 1;
const TERSE = 2;

async function flush(context: Context, { actions = [] }: Settings): Promise<void> {
  const [kind] = kindIn(actions);
  const channel = await context.rtnetlink();
  const message = { type: RTM.delaction, flags: NLM_F_ROOT, schema, value: { tab: [{ kind }] } };
  try {
    await send(channel, message, `flush ${kind} actions`);
  } catch (e) {
    throw e instanceof NetlinkError ? new CommandError(EXIT.failure, described(e).message) : e;
  }
}

const entry = (
  name: string,
  help: string,
  run: (context: Context, values: Settings) => Promise<void>,
  also?: string[],
) => command({ name, also, help, options: settings, bare: ["actions"], run });
export const action = group({
  name: "action",
  also: ["actions"],
  help: "actions that stand alone, for filters to share",
  statuses: { unknown: 255, help: 255 },
  entries: [
    entry("add", verbs.add[1], (context, values) => change(context, "add", values)),
    entry("change", verbs.change[1], (context, values) => change(context, "change", values), ["replace"]),
    entry("delete", "remove actions", remove),
    entry("get", "show one action", get),
    entry("show", "show the actions of a kind, within filters too", show, ["list", "lst", "ls"]),
    entry("flush", "remove the actions of a kind that no filter uses", flush),
  ],
});
