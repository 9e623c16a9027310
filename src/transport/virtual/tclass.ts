/** Classes of qdiscs (net/sched/sch_api.c, sch_htb.c, sch_drr.c, sch_prio.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { tclass as schema } from "../../codec/tc/class.ts";
import { refuse } from "./ack.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { childAt, dropLeaf, hasClass } from "./qdisc.ts";
import { qdiscModels, ratespec } from "./qdisc-kinds.ts";
import { majorOf, minorOf, ROOT, rootOf } from "./qdisc-tree.ts";
import type { ClassEntry, Link, QdiscEntry } from "./state.ts";
import { statsOf, zeroCounters } from "./tc-stats.ts";

type ClassRequest = RequestOf<typeof schema>;
type Options = Record<string, unknown>;

function message(link: Link, qdisc: QdiscEntry, one: ClassEntry, warning?: string) {
  const leaf = childAt(link, one.id);
  return {
    family: 0,
    ifindex: link.index,
    handle: one.id,
    parent: one.parent,
    info: leaf?.handle ?? 0,
    kind: qdisc.kind,
    ...(one.options === undefined ? {} : { options: one.options }),
    ...(qdisc.kind === "prio" && one.options === undefined ? {} : statsOf(one.counters, appOf(qdisc, one))),
    ...(warning === undefined ? {} : { extWarnMsg: warning }),
  };
}
function appOf(qdisc: QdiscEntry, one: ClassEntry): object | undefined {
  if (qdisc.kind === "drr") return { deficit: 0 };
  if (qdisc.kind !== "htb") return undefined;
  const { buffer, cbuffer } = (one.options as { parms: Record<string, number> }).parms;
  return { lends: 0, borrows: 0, giants: 0, tokens: buffer, ctokens: cbuffer };
}

/** The qdisc that a request is about, and the class in it (tc_ctl_tclass). */
function place(request: ClassRequest): { link: Link; qdisc: QdiscEntry; parent: number; id: number } {
  const { net, value } = request;
  const link = net.links.get(value.ifindex) ?? refuse("ENODEV");
  let { parent } = value;
  let major = majorOf(value.handle);
  const root = rootOf(link)?.handle ?? 0;
  if (parent !== ROOT) {
    const other = majorOf(parent);
    if (major && other && major !== other) refuse("EINVAL");
    major ||= other || root;
    if (parent) parent = (major | minorOf(parent)) >>> 0;
  } else major ||= root;
  const qdisc = link.qdiscs.find((one) => one.handle === major && major !== 0) ?? refuse("ENOENT");
  if (qdiscModels[qdisc.kind]!.classes === undefined) refuse("EINVAL");
  let id = value.handle;
  if (id === 0) id = parent === ROOT ? major : 0;
  else id = (major | minorOf(id)) >>> 0;
  return { link, qdisc, parent, id };
}
function classOf(qdisc: QdiscEntry, wanted: number): ClassEntry | undefined {
  if (!hasClass(qdisc, wanted)) return undefined;
  // Whoever has one class tells of it by its own number, whatever it was asked for by (tbf_dump_class).
  const id = qdiscModels[qdisc.kind]!.classes === "single" ? (qdisc.handle | 1) >>> 0 : wanted;
  return (
    qdisc.classes.find((one) => one.id === id) ?? {
      id,
      parent: qdisc.handle,
      options: undefined,
      counters: zeroCounters(),
      level: 0,
    }
  );
}
function notify(request: ClassRequest, type: number, link: Link, qdisc: QdiscEntry, one: ClassEntry, warning?: string) {
  const told = message(link, qdisc, one, warning);
  request.kernel.notify(request.net, rtnetlinkGroups.values.tc, type, schema, () => told, { cause: request });
}

function modify(request: ClassRequest): void {
  const { value, flags } = request;
  const { link, qdisc, parent, id } = place(request);
  const old = id ? classOf(qdisc, id) : undefined;
  if (old === undefined && (flags & NLM_F_CREATE) === 0) refuse("ENOENT");
  if (old && (flags & NLM_F_EXCL) !== 0) refuse("EEXIST");
  if (qdiscModels[qdisc.kind]!.classes !== "made") refuse("EOPNOTSUPP");
  const options = value.options as Options | undefined;
  const { made, warning } =
    qdisc.kind === "htb"
      ? htbClass(request, link, qdisc, old, parent, id, options)
      : drrClass(link, qdisc, old, id, options);
  if (old === undefined) qdisc.classes.push(made);
  notify(request, RTM.newtclass, link, qdisc, made, warning);
}

const MAX_QUANTUM = 200_000;
const MIN_QUANTUM = 1000;
/** htb_change_class. */
function htbClass(
  request: ClassRequest,
  link: Link,
  qdisc: QdiscEntry,
  old: ClassEntry | undefined,
  parentId: number,
  id: number,
  options: Options | undefined,
): { made: ClassEntry; warning: string | undefined } {
  const parms = options?.parms as Options | undefined;
  if (parms === undefined) refuse("EINVAL");
  const parent = parentId === ROOT ? undefined : qdisc.classes.find((one) => one.id === parentId);
  const rate = (parms.rate as { rate: number }).rate;
  if (!rate || !(parms.ceil as { rate: number }).rate) refuse("EINVAL");
  if (old === undefined) {
    if (id === 0 || majorOf(id) !== qdisc.handle) refuse("EINVAL");
    const above = parent && qdisc.classes.find((one) => one.id === parent.parent);
    if (above && above.level < 2) refuse("EINVAL", "htb: tree is too deep");
  }
  const made: ClassEntry = old ?? {
    id,
    parent: parent?.id ?? ROOT,
    options: undefined,
    counters: zeroCounters(),
    level: 0,
  };
  if (old === undefined && parent && parent.level === 0) {
    // The parent is a leaf no longer: what queued there goes (htb_change_class).
    dropLeaf(request.kernel, link, parent.id);
    const above = qdisc.classes.find((one) => one.id === parent.parent);
    setLevel(parent, (above?.level ?? 8) - 1);
  }
  const { rate2quantum } = (qdisc.options as { init: { rate2quantum: number } }).init;
  const exact = (options!.rate64 as bigint | undefined) ?? BigInt(rate);
  const before = (old?.options as { parms: { quantum: number } } | undefined)?.parms.quantum ?? 0;
  let quantum = before;
  let warning: string | undefined;
  if (made.level === 0) {
    quantum = Number(exact / BigInt(rate2quantum));
    if (!parms.quantum && quantum < MIN_QUANTUM) {
      warning = `sch_htb: quantum of class ${id.toString(16).toUpperCase()} is small. Consider r2q change.`;
      quantum = MIN_QUANTUM;
    }
    if (!parms.quantum && quantum > MAX_QUANTUM) {
      warning = `sch_htb: quantum of class ${id.toString(16).toUpperCase()} is big. Consider r2q change.`;
      quantum = MAX_QUANTUM;
    }
    if (parms.quantum) quantum = parms.quantum as number;
  }
  const large = (name: "rate64" | "ceil64") => {
    const given = options![name] as bigint | undefined;
    return given !== undefined && given >= 1n << 32n ? { [name]: given } : {};
  };
  made.options = {
    parms: {
      rate: ratespec(parms.rate),
      ceil: ratespec(parms.ceil),
      buffer: parms.buffer,
      cbuffer: parms.cbuffer,
      quantum,
      level: made.level,
      prio: Math.min(parms.prio as number, 7),
    },
    ...large("rate64"),
    ...large("ceil64"),
  };
  return { made, warning };
}
function setLevel(one: ClassEntry, level: number): void {
  one.level = level;
  const options = one.options as { parms: Options };
  one.options = { ...options, parms: { ...options.parms, level } };
}

/** drr_change_class. */
function drrClass(
  link: Link,
  qdisc: QdiscEntry,
  old: ClassEntry | undefined,
  id: number,
  options: Options | undefined,
) {
  if (options === undefined) refuse("EINVAL", "DRR options are required for this operation");
  const quantum = options.quantum as number | undefined;
  if (quantum === 0) refuse("EINVAL", "Specified DRR quantum cannot be zero");
  if (old === undefined && id === 0) refuse("EINVAL");
  const made: ClassEntry = old ?? { id, parent: ROOT, options: undefined, counters: zeroCounters(), level: 0 };
  void qdisc;
  made.options = { quantum: quantum ?? (old?.options as { quantum?: number } | undefined)?.quantum ?? link.mtu + 14 };
  return { made, warning: undefined };
}

/** tclass_del_notify and htb_delete. */
function remove(request: ClassRequest): void {
  const { link, qdisc, id } = place(request);
  const found = id ? classOf(qdisc, id) : undefined;
  if (found === undefined) refuse("ENOENT");
  if (qdiscModels[qdisc.kind]!.classes !== "made") refuse("EOPNOTSUPP");
  const used =
    qdisc.classes.some((other) => other.parent === id) ||
    link.filters.some((filter) => (filter.options as { classid?: number } | undefined)?.classid === id);
  if (used) refuse("EBUSY", qdisc.kind === "htb" ? "HTB class in use" : "DRR class is in use");
  const told = message(link, qdisc, found);
  dropLeaf(request.kernel, link, id);
  qdisc.classes.splice(qdisc.classes.indexOf(found), 1);
  const parent = qdisc.classes.find((one) => one.id === found.parent);
  if (parent && !qdisc.classes.some((other) => other.parent === parent.id)) setLevel(parent, 0);
  request.kernel.notify(request.net, rtnetlinkGroups.values.tc, RTM.deltclass, schema, () => told, { cause: request });
}
function get(request: ClassRequest): void {
  const { link, qdisc, id } = place(request);
  const found = id ? classOf(qdisc, id) : undefined;
  if (found === undefined) refuse("ENOENT");
  notify(request, RTM.newtclass, link, qdisc, found);
}

function list(request: ClassRequest): Listing[] {
  const { net, value } = request;
  const link = net.links.get(value.ifindex);
  const items = (link?.qdiscs ?? []).flatMap((qdisc) => {
    const model = qdiscModels[qdisc.kind]!;
    if (value.parent && majorOf(value.parent) !== qdisc.handle) return [];
    // netem has its class only where another qdisc hangs in it (netem_dump_class).
    const bare = qdisc.kind === "netem" && !link!.qdiscs.some((other) => majorOf(other.parent) === qdisc.handle);
    const fixed = model.minors && !bare ? model.minors(qdisc.options as never) : [];
    return [
      ...fixed.map((minor) => [qdisc, classOf(qdisc, (qdisc.handle | minor) >>> 0)!] as const),
      ...qdisc.classes.map((one) => [qdisc, one] as const),
    ];
  });
  return [
    {
      type: RTM.newtclass,
      schema,
      items,
      fill: ([qdisc, one]: [QdiscEntry, ClassEntry]) => message(link!, qdisc, one),
    },
  ];
}
export const classHandlers: HandlerTable = [
  [RTM.newtclass, { doit: modify }],
  [RTM.deltclass, { doit: remove }],
  [RTM.gettclass, { doit: get, dump: list }],
];
