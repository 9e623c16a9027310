/** `nlink tc qdisc`. @module */
import type { Channel } from "../../api/channel.ts";
import { indexOf } from "../../api/device.ts";
import { QdiscNotFound } from "../../api/errors.ts";
import { estimatorToWire } from "../../api/tc/estimator.ts";
import { Qdiscs } from "../../api/tc/qdiscs.ts";
import { stabToWire } from "../../api/tc/stab.ts";
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input, Value } from "../../codec/schema/codec.ts";
import { formatHandle, handleOf, major, TC_H_INGRESS, TC_H_ROOT } from "../../codec/tc/handle.ts";
import type { TcKind } from "../../codec/tc/kind.ts";
import { type Qdisc, qdisc as schema } from "../../codec/tc/qdisc.ts";
import { qdiscKinds } from "../../codec/tc/qdisc-kinds.ts";
import type { Out } from "../../codec/tc/show.ts";
import { linkLayers, type tcSizespec } from "../../codec/tc/stab.ts";
import type { Context } from "../context.ts";
import { device, integer } from "../grammar/args.ts";
import { command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import type { Parser } from "../grammar/parser.ts";
import { kindWords, qdiscHandle, qdiscParent } from "./args.ts";
import { build, duplicate, kindOf, needed, readKind, send, wireOptions } from "./change.ts";
import { estimator, stab } from "./extras.ts";
import {
  type Fate,
  showDevice,
  showDumps,
  showFate,
  showKindOptions,
  showStatistics,
  type View,
  viewOf,
} from "./view.ts";

// ---- show ---------------------------------------------------------------------------------------------------------------------
/** print_qdisc of iproute2's tc/tc_qdisc.c. */
export function showQdisc(m: Qdisc, view: View, out: Out, fate?: Fate): void {
  const kind = m.kind ?? "";
  const known = Object.hasOwn(qdiscKinds, kind) ? (qdiscKinds[kind as "netem"] as unknown as TcKind) : undefined;
  showFate(fate, out);
  out.put("kind", kind, `qdisc ${kind}`);
  const handle = `${major(m.handle).toString(16)}:`;
  out.put("handle", handle, ` ${handle} `);
  showDevice(m.ifindex, view, out);
  if (m.parent === TC_H_ROOT) out.put("root", true, "root ");
  else if (m.parent !== 0) out.put("parent", formatHandle(m.parent), `parent ${formatHandle(m.parent)} `);
  if (m.info !== 1) out.put("refcnt", m.info, `refcnt ${m.info} `);
  if (m.hwOffload) out.put("offloaded", true, "offloaded ");
  if (m.ingressBlock) out.put("ingress_block", m.ingressBlock, `ingress_block ${m.ingressBlock} `);
  if (m.egressBlock) out.put("egress_block", m.egressBlock, `egress_block ${m.egressBlock} `);
  showKindOptions(known, "qdisc", m.options, view.tc, out);
  out.say("\n");
  if (view.tc.details && m.stab?.base) {
    showStab(m.stab.base, out);
  }
  if (view.tc.statistics) showStatistics(m, known, view.tc, out);
}

/** print_size_table of tc/tc_stab.c. */
function showStab({ linklayer, overhead, mpu, mtu, tsize }: Value<typeof tcSizespec>, out: Out): void {
  out.say(" ");
  out.object("stab", (inner) => {
    if (linklayer === linkLayers.values.atm) inner.put("linklayer", "atm", "linklayer atm ");
    for (const [name, value] of Object.entries({ overhead, mpu, mtu, tsize }))
      if (value !== 0) inner.put(name, value, `${name} ${value} `);
  });
  out.say("\n");
}

const place = {
  dev: { arg: device, fits: (word: string) => !Object.hasOwn(qdiscKinds, word), help: "the device" },
  root: { key: "parent", value: TC_H_ROOT, help: "at the device's root" },
  parent: { arg: qdiscParent, help: "what it hangs on: a class, root" },
  handle: { arg: qdiscHandle, help: "its number" },
} satisfies Options;
const shown = {
  dev: { arg: device, last: true, help: "only that device's" },
  ingress: { key: "parent", value: TC_H_INGRESS, help: "only what stands at the ingress" },
  clsact: { key: "parent", value: TC_H_INGRESS, help: "the same" },
  root: place.root,
  parent: { arg: qdiscParent, help: "only those that hang on it" },
  handle: { arg: qdiscHandle, help: "only that of this number" },
  invisible: { help: "also those that classes have by default" },
} satisfies Options;

type Which = Values<typeof shown>;
async function show(context: Context, { dev, parent, handle, invisible }: Which, must?: string): Promise<void> {
  const channel = await context.rtnetlink();
  const index = dev === undefined ? undefined : await indexOf(channel, dev);
  const view = await viewOf(context, channel, index);
  const dump = {
    message: { type: RTM.getqdisc, schema, value: invisible ? { dumpInvisible: true } : {} },
    answer: schema,
    // The kernel dumps the qdiscs of all devices, whatever is asked (tc_dump_qdisc).
    map: (m: Qdisc) =>
      (index !== undefined && m.ifindex !== index) ||
      (parent !== undefined && m.parent !== parent) ||
      (handle !== undefined && m.handle !== handle)
        ? undefined
        : m,
  };
  const count = await showDumps(context, channel, [dump], (m, out) => showQdisc(m, view, out));
  if (must !== undefined && count === 0) throw new QdiscNotFound(must, dev!);
}

// ---- add, change… -------------------------------------------------------------------------------------------------------------
const kindArg = kindWords("KIND OPTIONS…", qdiscKinds);
/** These have a place of their own: the kind says where. */
const byItself = (kind: "ingress" | "clsact") =>
  ({
    key: "kind",
    arg: { syntax: "", read: (parser: Parser) => [kind, ...kindArg.read(parser, kind)] },
    help: `the qdisc ${kind}, in its place`,
  }) as const;
const settings = {
  ...place,
  ingress: byItself("ingress"),
  clsact: byItself("clsact"),
  estimator: { abbr: true, arg: estimator, help: "has the kernel estimate its rate" },
  stab: { abbr: true, arg: stab, help: "what packets count for on a link that makes them longer" },
  ingress_block: { abbr: true, arg: integer("BLOCK", 0xffffffff, 1), help: "filters to share with others" },
  egress_block: { abbr: true, arg: integer("BLOCK", 0xffffffff, 1), help: "the same, of clsact" },
  kind: { arg: kindArg, help: `${Object.keys(qdiscKinds).join(", ")}` },
} satisfies Options;
const verbs = {
  add: [NLM_F_CREATE | NLM_F_EXCL, "put a qdisc in place"],
  change: [0, "change a qdisc"],
  replace: [NLM_F_CREATE | NLM_F_REPLACE, "change a qdisc, or put another in its place"],
  link: [NLM_F_REPLACE, "replace a qdisc that is there"],
  delete: [undefined, "remove a qdisc"],
} as const;
const BY_ITSELF = ["ingress", "clsact"];
const INGRESS_HANDLE = handleOf(0xffff, 0);

function placeOf(kind: string, { parent, handle }: { parent?: number; handle?: number }) {
  if (BY_ITSELF.includes(kind)) {
    if (parent !== undefined && parent !== TC_H_INGRESS) throw duplicate("parent");
    return { parent: TC_H_INGRESS, handle: INGRESS_HANDLE };
  }
  // By its handle alone the kernel finds a qdisc wherever it is. tc leaves both out where nlink means the root.
  return { parent: parent ?? (handle === undefined ? TC_H_ROOT : 0), handle: handle ?? 0 };
}

async function change(context: Context, verb: keyof typeof verbs, values: Values<typeof settings>): Promise<void> {
  const [name = "", ...words] = values.kind ?? [];
  const kind = kindOf(qdiscKinds, name, "qdisc", words);
  const at = placeOf(name, values);
  const options = kind && readKind(kind, words);
  const channel = await context.rtnetlink();
  const [flags] = verbs[verb];
  const value = await build(channel, (tc): Input<typeof schema> => {
    const { ingress_block: ingressBlock, egress_block: egressBlock } = values;
    return {
      ...at,
      ...(name !== "" && { kind: name }),
      ...wireOptions(kind, options, tc),
      ...(ingressBlock !== undefined && { ingressBlock }),
      ...(egressBlock !== undefined && { egressBlock }),
      ...(values.stab && { stab: stabToWire(values.stab) }),
      ...(values.estimator && { rate: estimatorToWire(values.estimator) }),
    };
  });
  const dev = needed(values.dev);
  value.ifindex = await indexOf(channel, dev);
  const type = flags === undefined ? RTM.delqdisc : RTM.newqdisc;
  await send(channel, { type, flags: flags ?? 0, schema, value }, `${verb} qdisc ${name || where(at)} on ${dev}`, dev);
}
const where = ({ parent, handle }: { parent: number; handle: number }) => formatHandle(parent || handle);

// ---- get, flush ---------------------------------------------------------------------------------------------------------------
/** Of the dump: the kernel's answer to RTM_GETQDISC repeats the parent that was asked for, also none (tc_get_qdisc). */
async function get(context: Context, { dev, parent, handle }: Values<typeof place>): Promise<void> {
  const at = {
    ...(parent !== undefined && { parent }),
    ...(handle !== undefined && { handle }),
    ...(parent === undefined && handle === undefined && { parent: TC_H_ROOT }),
  };
  await show(context, { dev: needed(dev), ...at }, formatHandle(parent ?? handle ?? TC_H_ROOT));
}
async function flush(context: Context, { dev }: { dev?: string }): Promise<void> {
  const channel: Channel = await context.rtnetlink();
  await new Qdiscs(channel).flush(needed(dev));
}

const changing = commandsOf(settings, ["dev", "kind"], change);
const entry = (name: keyof typeof verbs) => changing(name, name, verbs[name][1]);
export const qdisc = group({
  name: "qdisc",
  help: "queueing disciplines",
  otherwise: "show",
  entries: [
    entry("add"),
    entry("change"),
    entry("replace"),
    entry("link"),
    entry("delete"),
    command({
      name: "show",
      also: ["list", "lst", "ls"],
      help: "show qdiscs",
      options: shown,
      bare: ["dev"],
      run: (context, values) => show(context, values),
    }),
    command({ name: "get", help: "show one qdisc", options: place, bare: ["dev"], run: get }),
    command({
      name: "flush",
      help: "remove what has been put at a device's root and ingress",
      options: { dev: place.dev },
      bare: ["dev"],
      run: flush,
    }),
  ],
});
