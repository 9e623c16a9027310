/** Filters: chains of them by priority, kinds, handles (net/sched/cls_api.c, cls_u32.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { filter as schema } from "../../codec/tc/filter.ts";
import { filterKinds } from "../../codec/tc/filter-kinds.ts";
import { refuse } from "./ack.ts";
import { notifyChain } from "./chain.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { hasClass } from "./qdisc.ts";
import { qdiscModels } from "./qdisc-kinds.ts";
import { majorOf, minorOf, rootOf } from "./qdisc-tree.ts";
import type { FilterEntry, Link } from "./state.ts";

type FilterRequest = RequestOf<typeof schema>;
type Options = Record<string, unknown>;
const FIRST_AUTO = 0xc000;
/** Flags of a filter that no hardware does (TCA_CLS_FLAGS_NOT_IN_HW). */
const NOT_IN_HW = 8;

interface Place {
  readonly link: Link;
  readonly parent: number;
  readonly chain: number;
  readonly priority: number;
  readonly protocol: number;
}
/** Where a request's filter stands (__tcf_qdisc_find). */
function placeOf(request: FilterRequest): Place {
  const { net, value } = request;
  const link = net.links.get(value.ifindex) ?? refuse("ENODEV");
  let { parent } = value;
  if (parent === 0) parent = rootOf(link)?.handle ?? 0;
  const qdisc = link.qdiscs.find((one) => one.handle === majorOf(parent));
  if (qdisc === undefined) refuse("EINVAL", "Parent Qdisc doesn't exists");
  const model = qdiscModels[qdisc.kind]!;
  if (model.classes === undefined && !model.ingress) refuse("EINVAL", "Qdisc not classful");
  if (model.classes === "single") refuse("EOPNOTSUPP", "Class doesn't support blocks");
  if (minorOf(parent) !== 0 && !(model.ingress ? minorOf(parent) >= 0xfff2 : hasClass(qdisc, parent)))
    refuse("ENOENT", "Specified class doesn't exist");
  return {
    link,
    parent,
    chain: value.chain ?? 0,
    priority: value.info >>> 16,
    protocol: value.info & 0xffff,
  };
}
const here = ({ link, parent, chain }: Place): FilterEntry[] =>
  link.filters.filter((filter) => filter.parent === parent && filter.chain === chain);
const infoOf = (filter: Pick<FilterEntry, "priority" | "protocol">): number =>
  ((filter.priority << 16) | filter.protocol) >>> 0;

function message(link: Link, filter: FilterEntry, head = false) {
  return {
    family: 0,
    ifindex: link.index,
    handle: head ? 0 : filter.handle,
    parent: filter.parent,
    info: infoOf(filter),
    kind: filter.kind,
    chain: filter.chain,
    ...(head || filter.options === undefined ? {} : { options: filter.options as never }),
  };
}
function notify(request: FilterRequest, type: number, link: Link, filter: FilterEntry, head = false): void {
  const told = message(link, filter, head);
  request.kernel.notify(request.net, rtnetlinkGroups.values.tc, type, schema, () => told, { cause: request });
}

/** tc_new_tfilter. */
function add(request: FilterRequest): void {
  const create = (request.flags & NLM_F_CREATE) !== 0;
  if (request.value.info >>> 16 === 0 && !create) refuse("ENOENT", "Invalid filter command with priority of zero");
  const given = placeOf(request);
  if (here(given).length === 0) notifyChain(request.kernel, given.link, RTM.newchain, given);
  try {
    insert(request, given);
  } finally {
    if (here(given).length === 0) notifyChain(request.kernel, given.link, RTM.delchain, given);
  }
}
function insert(request: FilterRequest, given: Place): void {
  const { value, flags } = request;
  const create = (flags & NLM_F_CREATE) !== 0;
  let { priority } = given;
  const { link, parent, chain, protocol } = given;
  const allocate = priority === 0;
  const filters = here(given);
  const group = allocate ? [] : filters.filter((filter) => filter.priority === priority);
  if (group.length > 0 && protocol !== 0 && group[0]!.protocol !== protocol)
    refuse("EINVAL", "Filter with specified priority/protocol not found");
  const kind = value.kind as string | undefined;
  if (group.length === 0) {
    if (kind === undefined || protocol === 0) refuse("EINVAL", "Filter kind and protocol must be specified");
    if (!create) refuse("ENOENT", "Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
    if (!Object.hasOwn(filterKinds, kind)) refuse("ENOENT", "TC classifier not found");
    if (allocate) {
      const lowest = Math.min(...filters.map((filter) => filter.priority).filter((p) => p >= 0x8000));
      priority = lowest === Number.POSITIVE_INFINITY ? FIRST_AUTO : lowest - 1;
    }
  } else if (kind !== undefined && kind !== group[0]!.kind)
    refuse("EINVAL", "Specified filter kind does not match existing one");
  const found = value.handle ? group.find((filter) => filter.handle === value.handle) : singleton(group, kind);
  if (found && (flags & NLM_F_EXCL) !== 0) refuse("EEXIST", "Filter already exists");
  if (!found && !create) refuse("ENOENT", "Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
  const name = kind ?? group[0]!.kind;
  const options = value.options as Options | undefined;
  const made: FilterEntry = found ?? {
    kind: name,
    parent,
    chain,
    priority,
    protocol,
    handle: 0,
    root: 0,
    options: undefined,
  };
  if (found === undefined) {
    made.root = group[0]?.root ?? rootTable(filters);
    made.handle = newHandle(name, value.handle, group, made.root);
    link.filters.push(made);
  }
  made.options = shown(name, { ...(made.options as Options | undefined), ...options }, made);
  notify(request, RTM.newtfilter, link, made);
}
/** Kinds that have one filter for a priority, whatever the handle: matchall. */
const singleton = (group: readonly FilterEntry[], kind: string | undefined): FilterEntry | undefined =>
  kind === "matchall" ? group[0] : undefined;

/** Each priority of u32 has a hash table of its own: 800:, 801: and so on (u32_init). */
function rootTable(filters: readonly FilterEntry[]): number {
  const used = new Set(filters.filter((filter) => filter.kind === "u32").map((filter) => filter.root));
  let root = 0x800;
  while (used.has(root)) root++;
  return root;
}
function newHandle(kind: string, wanted: number, group: readonly FilterEntry[], root: number): number {
  if (wanted !== 0) return wanted;
  const used = new Set(group.map((filter) => filter.handle));
  let handle = kind === "u32" ? ((root << 20) | 0x800) >>> 0 : 1;
  while (used.has(handle)) handle++;
  return handle;
}

/** Options as they are reported. */
function shown(kind: string, options: Options, filter: FilterEntry): Options {
  const { unknown: _, police: __, ...rest } = options;
  if (kind === "u32") {
    const keys = (rest.sel as { keys?: readonly unknown[] } | undefined)?.keys ?? [];
    return {
      ...rest,
      hash: (filter.handle & 0xfffff000) >>> 0,
      flags: NOT_IN_HW,
      pcnt: { rcnt: 0n, rhit: 0n, kcnts: keys.map(() => 0n) },
    };
  }
  return kind === "flower" || kind === "matchall" || kind === "bpf" ? { ...rest, flags: NOT_IN_HW } : rest;
}

/** tc_del_tfilter. */
function remove(request: FilterRequest): void {
  const { value } = request;
  if (value.info >>> 16 === 0 && (value.info !== 0 || value.handle !== 0 || value.kind !== undefined))
    refuse("ENOENT", "Cannot flush filters with protocol, handle or kind set");
  const given = placeOf(request);
  const { priority } = given;
  const filters = here(given);
  if (filters.length === 0) {
    if (priority === 0) return;
    refuse("ENOENT", "Cannot find specified filter chain");
  }
  try {
    take(request, given, filters);
  } finally {
    if (here(given).length === 0) notifyChain(request.kernel, given.link, RTM.delchain, given);
  }
}
function take(request: FilterRequest, given: Place, filters: readonly FilterEntry[]): void {
  const { value } = request;
  const { link, priority, protocol } = given;
  if (priority === 0) {
    for (const head of heads(filters)) {
      link.filters = link.filters.filter((other) => !sameGroup(other, head));
      notify(request, RTM.deltfilter, link, head, true);
    }
    return;
  }
  const group = filters.filter((filter) => filter.priority === priority);
  if (group.length === 0 || (protocol !== 0 && group[0]!.protocol !== protocol))
    refuse("ENOENT", "Filter with specified priority/protocol not found");
  if (value.kind !== undefined && value.kind !== group[0]!.kind)
    refuse("EINVAL", "Specified filter kind does not match existing one");
  if (value.handle === 0) {
    link.filters = link.filters.filter((other) => !sameGroup(other, group[0]!));
    notify(request, RTM.deltfilter, link, group[0]!, true);
    return;
  }
  const found = group.find((filter) => filter.handle === value.handle);
  if (found === undefined) refuse("ENOENT", "Specified filter handle not found");
  link.filters = link.filters.filter((other) => other !== found);
  notify(request, RTM.deltfilter, link, found);
}
const sameGroup = (a: FilterEntry, b: FilterEntry): boolean =>
  a.parent === b.parent && a.chain === b.chain && a.priority === b.priority;
/** The first filter of each priority, by priority. */
function heads(filters: readonly FilterEntry[]): FilterEntry[] {
  const first = new Map<string, FilterEntry>();
  for (const filter of filters) {
    const key = `${filter.chain} ${filter.priority}`;
    if (!first.has(key)) first.set(key, filter);
  }
  return [...first.values()].sort((a, b) => a.chain - b.chain || a.priority - b.priority);
}

function get(request: FilterRequest): void {
  const given = placeOf(request);
  const { value } = request;
  if (given.priority === 0) refuse("ENOENT", "Invalid filter command with priority of zero");
  const group = here(given).filter((filter) => filter.priority === given.priority);
  if (group.length === 0) refuse("ENOENT", "Filter with specified priority/protocol not found");
  const found = group.find((filter) => filter.handle === value.handle);
  if (found === undefined) refuse("ENOENT", "Specified filter handle not found");
  request.reply(RTM.newtfilter, schema, message(given.link, found));
}

/** Each priority comes with a head without a handle, and u32's with its table (tcf_chain_dump, u32_walk). */
function list(request: FilterRequest): Listing[] {
  const { net, value } = request;
  const link = net.links.get(value.ifindex);
  if (link === undefined) return [];
  const parent = value.parent || (rootOf(link)?.handle ?? 0);
  const priority = value.info >>> 16;
  const protocol = value.info & 0xffff;
  const filters = link.filters.filter(
    (filter) =>
      filter.parent === parent &&
      (value.chain === undefined || filter.chain === value.chain) &&
      (priority === 0 || filter.priority === priority) &&
      (protocol === 0 || filter.protocol === protocol),
  );
  const items = heads(filters).flatMap((head): object[] => [
    message(link, head, true),
    ...(head.kind === "u32"
      ? [{ ...message(link, head), handle: (head.root << 20) >>> 0, options: { divisor: 1 } }]
      : []),
    ...filters
      .filter((filter) => sameGroup(filter, head))
      .sort((a, b) => a.handle - b.handle)
      .map((filter) => message(link, filter)),
  ]);
  return [{ type: RTM.newtfilter, schema, items, fill: (item: object) => item }];
}
export const filterHandlers: HandlerTable = [
  [RTM.newtfilter, { doit: add }],
  [RTM.deltfilter, { doit: remove }],
  [RTM.gettfilter, { doit: get, dump: list }],
];
