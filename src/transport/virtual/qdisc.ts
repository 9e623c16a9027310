/** Queueing disciplines: where they stand, and how they come and go (net/sched/sch_api.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { qdisc as schema } from "../../codec/tc/qdisc.ts";
import { refuse } from "./ack.ts";
import { endChains } from "./chain.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import type { Kernel } from "./kernel.ts";
import { isUp } from "./link-message.ts";
import { qdiscModels } from "./qdisc-kinds.ts";
import { attachDefault, majorOf, minorOf, ROOT, rootOf, setRoot } from "./qdisc-tree.ts";
import type { FilterEntry, Link, QdiscEntry } from "./state.ts";
import { statsOf, zeroCounters } from "./tc-stats.ts";

type QdiscRequest = RequestOf<typeof schema>;
const INGRESS = 0xfffffff1;
const INGRESS_HANDLE = 0xffff0000;

/** Who holds a qdisc: its place, and each queue of the device, but for kinds that see to these themselves (qdisc_graft). */
const references = (link: Link, { kind, parent }: QdiscEntry): number =>
  parent !== ROOT || kind === "htb" ? 1 : 1 + link.queues[0];

export function qdiscMessage(link: Link, qdisc: QdiscEntry, parent = qdisc.parent) {
  return {
    family: 0,
    ifindex: link.index,
    handle: qdisc.handle,
    parent,
    info: references(link, qdisc),
    kind: qdisc.kind,
    ...(qdisc.options === undefined ? {} : { options: qdisc.options }),
    hwOffload: 0,
    ...statsOf(qdisc.counters, qdiscModels[qdisc.kind]?.app),
  };
}
/** qdisc_notify: what went and what came, in one datagram. */
function notify(
  request: QdiscRequest,
  link: Link,
  parent: number,
  old: QdiscEntry | undefined,
  made: QdiscEntry | undefined,
) {
  const messages = [
    ...(old ? [{ type: RTM.delqdisc, schema, value: qdiscMessage(link, old, parent) }] : []),
    ...(made
      ? [{ type: RTM.newqdisc, schema, value: qdiscMessage(link, made, parent), flags: old ? NLM_F_REPLACE : 0 }]
      : []),
  ];
  if (messages.length > 0) request.kernel.tell(request.net, rtnetlinkGroups.values.tc, () => messages, request);
}

const byHandle = (link: Link, handle: number): QdiscEntry | undefined =>
  link.qdiscs.find((qdisc) => qdisc.handle === handle && handle !== 0);
/** The qdisc at a class of another one (qdisc_leaf). */
function leafAt(link: Link, holder: QdiscEntry, classid: number): QdiscEntry | undefined {
  if (qdiscModels[holder.kind]!.classes === undefined) refuse("EOPNOTSUPP", "Parent qdisc is not classful");
  if (!hasClass(holder, classid)) refuse("ENOENT", "Specified class not found");
  return childAt(link, classid);
}
/** Whoever has one class has one child, whatever number it was put at. */
export function childAt(link: Link, classid: number): QdiscEntry | undefined {
  const holder = byHandle(link, majorOf(classid));
  const single = holder !== undefined && qdiscModels[holder.kind]!.classes === "single";
  return link.qdiscs.find(
    ({ parent }) => parent === classid || (single && parent !== ROOT && majorOf(parent) === holder.handle),
  );
}
export function hasClass(qdisc: QdiscEntry, classid: number): boolean {
  const model = qdiscModels[qdisc.kind]!;
  if (model.classes === "single") return true; // tbf_find: whatever is asked for
  if (majorOf(classid) !== qdisc.handle) return false;
  if (model.classes === "made") return qdisc.classes.some((one) => one.id === classid);
  return model.minors?.(qdisc.options as never).includes(minorOf(classid)) ?? false;
}

function linkOf(request: QdiscRequest): Link {
  return request.net.links.get(request.value.ifindex) ?? refuse("ENODEV");
}

/** tc_modify_qdisc. */
function modify(request: QdiscRequest): void {
  const { value, flags } = request;
  const link = linkOf(request);
  const { parent, handle, kind } = value;
  let holder: QdiscEntry | undefined;
  let found: QdiscEntry | undefined;
  if (parent === 0) {
    if (handle === 0) refuse("EINVAL", "Handle cannot be zero");
    found = byHandle(link, handle);
  } else {
    if (parent === ROOT) found = rootOf(link);
    else if (parent === INGRESS) found = link.qdiscs.find((qdisc) => qdisc.parent === INGRESS);
    else {
      holder = byHandle(link, majorOf(parent));
      if (holder === undefined) refuse("ENOENT", "Failed to find specified qdisc");
      found = leafAt(link, holder, parent);
    }
    if (found?.handle === 0) found = undefined; // the kernel's own
    if (found === undefined || handle === 0 || found.handle !== handle) {
      if (handle !== 0) {
        if (found && (flags & NLM_F_REPLACE) === 0) refuse("EEXIST", "NLM_F_REPLACE needed to override");
        if (minorOf(handle) !== 0) refuse("EINVAL", "Invalid minor handle");
        const other = byHandle(link, handle);
        if (other === undefined) {
          create(request, link, holder);
          return;
        }
        if ((flags & NLM_F_EXCL) !== 0) refuse("EEXIST", "Exclusivity flag on, cannot override");
        if (kind !== undefined && kind !== other.kind)
          refuse("EINVAL", "Invalid qdisc name: must match existing qdisc");
        if (qdiscModels[other.kind]!.ingress) refuse("EINVAL", "Cannot regraft ingress or clsact Qdiscs");
        if (holder && (holder === other || isBelow(link, holder, other)))
          refuse("ELOOP", "Qdisc parent/child loop detected");
        if (parent === INGRESS) refuse("EINVAL", "Ingress cannot graft directly");
        graft(request, link, parent, other);
        return;
      }
      if (found === undefined) {
        create(request, link, holder);
        return;
      }
      // Of another kind it is put in the place of what is there: asked to create, and with no flags at all, which "change" sends.
      const creates = (flags & NLM_F_CREATE) !== 0 && (flags & (NLM_F_REPLACE | NLM_F_EXCL)) !== 0;
      const changes = (flags & (NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL)) === 0;
      if (kind !== undefined && kind !== found.kind && (creates || changes)) {
        create(request, link, holder, changes);
        return;
      }
    }
  }
  if (found === undefined) refuse("ENOENT", "Specified qdisc not found");
  if ((flags & NLM_F_EXCL) !== 0) refuse("EEXIST", "Exclusivity flag on, cannot modify");
  if (kind !== undefined && kind !== found.kind) refuse("EINVAL", "Invalid qdisc name: must match existing qdisc");
  if (value.options !== undefined) {
    const model = qdiscModels[found.kind]!;
    if (model.change === undefined) refuse("EINVAL", "Change operation not supported by specified qdisc");
    found.options = model.change(found.options as never, value.options as never, link);
  }
  notify(request, link, parent, undefined, found);
}
const isBelow = (link: Link, qdisc: QdiscEntry, above: QdiscEntry): boolean => {
  const holder = byHandle(link, majorOf(qdisc.parent));
  return holder !== undefined && (holder === above || isBelow(link, holder, above));
};

/** qdisc_create, and its place. */
function create(request: QdiscRequest, link: Link, holder: QdiscEntry | undefined, changes = false): void {
  const { kernel, value, flags } = request;
  const { parent, kind = "" } = value;
  if (!changes && (flags & NLM_F_CREATE) === 0)
    refuse("ENOENT", "Qdisc not found. To create specify NLM_F_CREATE flag");
  if (!Object.hasOwn(qdiscModels, kind)) refuse("ENOENT", "Specified qdisc kind is unknown");
  const model = qdiscModels[kind]!;
  let { handle } = value;
  if (parent === INGRESS) {
    if (!model.ingress) refuse("EINVAL", "Specified parent ID is reserved for ingress and clsact Qdiscs");
    handle = INGRESS_HANDLE;
  } else {
    if (handle === 0) handle = allocateHandle(kernel, link);
    if (model.ingress) refuse("EOPNOTSUPP");
  }
  const made: QdiscEntry = {
    kind,
    handle,
    parent,
    options: model.init(value.options as never, link, () => kernel.random()),
    classes: [],
    counters: zeroCounters(),
  };
  if (holder) {
    if (kind === "noqueue") refuse("EINVAL", "Cannot assign noqueue to a class");
  }
  graft(request, link, parent, made);
}
/** qdisc_alloc_handle: 8001:, 8002: and so on, over all devices. */
function allocateHandle(kernel: Kernel, link: Link): number {
  const { state } = kernel;
  do {
    state.autoHandle = state.autoHandle >= 0xffff0000 ? 0x80000000 : (state.autoHandle + 0x10000) >>> 0;
  } while (byHandle(link, state.autoHandle));
  return state.autoHandle;
}

/** qdisc_graft: `made` takes the place, what was there goes with all below it. */
function graft(request: QdiscRequest, link: Link, parent: number, made: QdiscEntry | undefined): void {
  const { kernel } = request;
  const old = parent === ROOT ? rootOf(link) : childAt(link, parent);
  if (made) {
    link.qdiscs = link.qdiscs.filter((other) => other !== made); // one that is moved leaves its old place
    made.parent = parent;
  }
  const gone = old && old !== made ? take(link, old) : [];
  if (made) {
    if (parent === ROOT) setRoot(link, made);
    else link.qdiscs.push(made);
  }
  notify(request, link, parent, old, made);
  endChains(kernel, link, gone);
  if (parent === ROOT && made === undefined) {
    setRoot(link, undefined);
    if (isUp(link)) attachDefault(link);
  }
}
/** Takes a qdisc away with what hangs below it; gives back the filters that went with it. */
function take(link: Link, qdisc: QdiscEntry): FilterEntry[] {
  const gone = link.filters.filter((filter) => majorOf(filter.parent) === qdisc.handle);
  link.qdiscs = link.qdiscs.filter((other) => other !== qdisc);
  link.filters = link.filters.filter((filter) => !gone.includes(filter));
  for (const child of link.qdiscs.filter((other) => majorOf(other.parent) === qdisc.handle && other.parent !== ROOT))
    gone.push(...take(link, child));
  return gone;
}
/** Takes what hangs below a class along with it. */
export function dropLeaf(kernel: Kernel, link: Link, classid: number): void {
  const leaf = link.qdiscs.find((qdisc) => qdisc.parent === classid);
  const gone = leaf ? take(link, leaf) : [];
  const own = link.filters.filter((filter) => filter.parent === classid);
  link.filters = link.filters.filter((filter) => filter.parent !== classid);
  endChains(kernel, link, [...gone, ...own]);
}

/** tc_get_qdisc: for both looking and deleting. */
function find(request: QdiscRequest): { link: Link; qdisc: QdiscEntry } {
  const { value } = request;
  const link = linkOf(request);
  const { parent, handle, kind } = value;
  let found: QdiscEntry | undefined;
  if (parent !== 0) {
    if (parent === ROOT) found = rootOf(link);
    else if (majorOf(parent) === INGRESS_HANDLE) found = link.qdiscs.find((qdisc) => qdisc.parent === INGRESS);
    else {
      const holder = byHandle(link, majorOf(parent));
      if (holder === undefined) refuse("ENOENT", "Failed to find qdisc with specified classid");
      found = leafAt(link, holder, parent);
    }
    if (found === undefined) {
      if (parent === ROOT && handle === 0 && kind === undefined)
        refuse("ENOENT", "Cannot delete qdisc with handle of zero");
      refuse("ENOENT", "Cannot find specified qdisc on specified device");
    }
    if (handle !== 0 && found.handle !== handle) refuse("EINVAL", "Invalid handle");
  } else {
    found = byHandle(link, handle);
    if (found === undefined) refuse("ENOENT", "Failed to find qdisc with specified handle");
  }
  if (kind !== undefined && kind !== found.kind) refuse("EINVAL", "Invalid qdisc name: must match existing qdisc");
  return { link, qdisc: found };
}
function remove(request: QdiscRequest): void {
  const { link, qdisc } = find(request);
  const { parent } = request.value;
  if (parent === 0) refuse("EINVAL", "Classid cannot be zero");
  if (qdisc.handle === 0) refuse("ENOENT", "Cannot delete qdisc with handle of zero");
  graft(request, link, parent, undefined);
}
function get(request: QdiscRequest): void {
  const { link, qdisc } = find(request);
  // Without NLM_F_ECHO all who listen are told, and not who asks (qdisc_notify).
  notify(request, link, request.value.parent, undefined, qdisc);
}

/** dev->qdisc_hash, which lists go through: sixteen lists by handle, the latest first. */
const bucket = (handle: number): number => Math.imul(handle, 0x61c88647) >>> 28;
function ordered(link: Link): QdiscEntry[] {
  const root = rootOf(link);
  const others = link.qdiscs.filter((qdisc) => qdisc !== root && qdisc.parent !== INGRESS);
  const ages = new Map(others.map((qdisc, i) => [qdisc, i]));
  others.sort((a, b) => bucket(a.handle) - bucket(b.handle) || ages.get(b)! - ages.get(a)!);
  return [...(root ? [root] : []), ...others, ...link.qdiscs.filter((qdisc) => qdisc.parent === INGRESS)];
}
function list(request: QdiscRequest): Listing[] {
  const links = [...request.net.links.values()].sort((a, b) => a.index - b.index);
  return [
    {
      type: RTM.newqdisc,
      schema,
      items: links.flatMap((link) => ordered(link).map((qdisc) => [link, qdisc] as const)),
      fill: ([link, qdisc]: [Link, QdiscEntry]) => qdiscMessage(link, qdisc),
    },
  ];
}
export const qdiscHandlers: HandlerTable = [
  [RTM.newqdisc, { doit: modify }],
  [RTM.delqdisc, { doit: remove }],
  [RTM.getqdisc, { doit: get, dump: list }],
];
