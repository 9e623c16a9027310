/** `nlink tc class`. @module */
import { deviceNames, indexOf } from "../../api/device.ts";
import { Classes } from "../../api/tc/classes.ts";
import { estimatorToWire } from "../../api/tc/estimator.ts";
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Codec, Input, Value } from "../../codec/schema/codec.ts";
import { tclass as schema, type TClass } from "../../codec/tc/class.ts";
import { classKinds, shownClassKinds } from "../../codec/tc/class-kinds.ts";
import { formatHandle, major, minor, TC_H_ROOT } from "../../codec/tc/handle.ts";
import type { TcKind } from "../../codec/tc/kind.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";
import { device } from "../grammar/args.ts";
import { command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { classid, classParent, kindWords, qdiscHandle } from "./args.ts";
import { build, needed, readKind, send, wireOptions } from "./change.ts";
import { estimator } from "./extras.ts";
import { type Fate, showDevice, showDumps, showFate, showStatistics, type View, viewOf } from "./view.ts";

// ---- show ---------------------------------------------------------------------------------------------------------------------
const kindOf = (kind: string): TcKind | undefined =>
  Object.hasOwn(shownClassKinds, kind) ? (shownClassKinds[kind as "htb"] as unknown as TcKind) : undefined;

/** What a kind shows of a class, beside the rest in JSON. */
function showOptions({ kind = "", options }: TClass, view: View, out: Out): void {
  const known = kindOf(kind);
  if (known && options !== undefined && !(options instanceof Uint8Array))
    known.show(options as Value<Codec>, out, view.tc);
}
/** print_class of iproute2's tc/tc_class.c. `qdisc`: all are of that one, and numbered within it. */
export function showClass(m: TClass, view: View, out: Out, fate?: Fate, qdisc = false): void {
  const kind = m.kind ?? "";
  showFate(fate, out);
  out.put("class", kind, `class ${kind} `);
  const shown = (handle: number) => formatHandle(qdisc ? minor(handle) : handle);
  if (m.handle !== 0) out.put("handle", shown(m.handle), `${shown(m.handle)} `);
  showDevice(m.ifindex, view, out);
  if (m.parent === TC_H_ROOT) out.put("root", true, "root ");
  else out.put("parent", shown(m.parent), `parent ${shown(m.parent)} `);
  if (m.info !== 0) out.put("leaf", `0x${major(m.info).toString(16)}`, `leaf ${major(m.info).toString(16)}: `);
  showOptions(m, view, out);
  out.say("\n");
  if (view.tc.statistics) out.object("stats", (inner) => showStatistics(m, kindOf(kind), view.tc, inner));
}

const shown = {
  dev: { arg: device, last: true, help: "only that device's" },
  qdisc: { arg: qdiscHandle, help: "only that qdisc's" },
  classid: { arg: classid, help: "only that class" },
  root: { key: "parent", value: TC_H_ROOT, help: "only those at the root" },
  parent: { arg: classParent, help: "only those of the qdisc above" },
  kind: { arg: { syntax: "KIND", read: (parser) => parser.next() }, help: "only those of a kind" },
} satisfies Options;

async function show(context: Context, { dev, qdisc, classid, parent, kind }: Values<typeof shown>): Promise<void> {
  const channel = await context.rtnetlink();
  const index = dev === undefined ? undefined : await indexOf(channel, dev);
  const view = await viewOf(context, channel, index);
  // With no device the kernel lists nothing (tc_dump_tclass).
  const devices = index === undefined ? [...(await deviceNames(channel)).keys()] : [index];
  const dumps = devices.map((ifindex) => ({
    message: { type: RTM.gettclass, schema, value: { ifindex, parent: parent ?? qdisc ?? 0 } },
    answer: schema,
    map: (m: TClass) =>
      (qdisc !== undefined && major(m.handle) !== major(qdisc)) ||
      (classid !== undefined && m.handle !== classid) ||
      (kind !== undefined && m.kind !== kind)
        ? undefined
        : m,
  }));
  if (context.globals.graph && !context.globals.json) {
    const { showGraph } = await import("./graph.ts");
    return showGraph(context, channel, dumps, view, showOptions);
  }
  await showDumps(context, channel, dumps, (m, out) => showClass(m, view, out, undefined, qdisc !== undefined));
}

// ---- add, change… -------------------------------------------------------------------------------------------------------------
const place = {
  dev: { arg: device, fits: (word: string) => !Object.hasOwn(classKinds, word), help: "the device" },
  classid: { also: ["handle"], arg: classid, help: "its number" },
  parent: { arg: classParent, help: "the qdisc, or the class above" },
  root: { key: "parent", value: TC_H_ROOT, help: "the root as its parent" },
} satisfies Options;
const settings = {
  ...place,
  estimator: { abbr: true, arg: estimator, help: "has the kernel estimate its rate" },
  kind: { arg: kindWords("KIND OPTIONS…", classKinds), help: Object.keys(classKinds).join(", ") },
} satisfies Options;
const verbs = {
  add: [NLM_F_CREATE | NLM_F_EXCL, "add a class"],
  change: [0, "change a class"],
  replace: [NLM_F_CREATE | NLM_F_REPLACE, "change a class, or add it"],
  delete: [undefined, "remove a class"],
} as const;

async function change(context: Context, verb: keyof typeof verbs, values: Values<typeof settings>): Promise<void> {
  const [name, ...words] = values.kind ?? [];
  if (name !== undefined && !Object.hasOwn(classKinds, name)) throw failure(`Error: Qdisc "${name}" is classless.`);
  const kind =
    name === undefined ? undefined : (classKinds[name as "htb"] as unknown as TcKind<string, Codec, unknown>);
  const options = kind && readKind(kind, words);
  const channel = await context.rtnetlink();
  const { classid: handle = 0, parent = 0 } = values;
  const value = await build(channel, (tc): Input<typeof schema> => {
    const rate = values.estimator && estimatorToWire(values.estimator);
    return {
      parent,
      handle,
      ...(name !== undefined && { kind: name }),
      ...wireOptions(kind, options, tc),
      ...(rate && { rate }),
    };
  });
  const dev = needed(values.dev);
  value.ifindex = await indexOf(channel, dev);
  const [flags] = verbs[verb];
  const type = flags === undefined ? RTM.deltclass : RTM.newtclass;
  await send(
    channel,
    { type, flags: flags ?? 0, schema, value },
    `${verb} class ${formatHandle(handle)} on ${dev}`,
    dev,
  );
}

async function get(context: Context, { dev, classid: handle }: Values<typeof place>): Promise<void> {
  const channel = await context.rtnetlink();
  const { message } = await new Classes(channel).get(needed(dev), handle ?? 0);
  const view = await viewOf(context, channel, message.ifindex);
  await context.printer.list((item) => item((out) => showClass(message, view, out)));
}
async function flush(context: Context, { dev, parent, qdisc }: Values<typeof flushed>): Promise<void> {
  const channel = await context.rtnetlink();
  await new Classes(channel).flush(needed(dev), {
    ...(parent !== undefined && { parent }),
    ...(qdisc !== undefined && { qdisc }),
  });
}
const flushed = { dev: place.dev, parent: place.parent, qdisc: shown.qdisc } satisfies Options;

const changing = commandsOf(settings, ["dev", "kind"], change);
const entry = (name: keyof typeof verbs) => changing(name, name, verbs[name][1]);
export const tclass = group({
  name: "class",
  help: "classes of qdiscs",
  otherwise: "show",
  entries: [
    entry("add"),
    entry("change"),
    entry("replace"),
    entry("delete"),
    command({
      name: "show",
      also: ["list", "lst", "ls"],
      help: "show classes",
      options: shown,
      bare: ["dev"],
      run: show,
    }),
    command({ name: "get", help: "show one class", options: place, bare: ["dev"], run: get }),
    command({ name: "flush", help: "remove classes, from the leaves up", options: flushed, bare: ["dev"], run: flush }),
  ],
});
