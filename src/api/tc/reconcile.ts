/** From what a device has to what it shall have: the steps, without a kernel. @module */

import type { ClassSpec } from "../../codec/tc/class-kinds.ts";
import type { FilterSpec } from "../../codec/tc/filter-kinds.ts";
import { formatHandle, handleOf, major, parseHandle } from "../../codec/tc/handle.ts";
import type { TcContext } from "../../codec/tc/kind.ts";
import type { Netem } from "../../codec/tc/qdisc/netem.ts";
import type { QdiscSpec } from "../../codec/tc/qdisc-kinds.ts";
import { parseEthertype } from "../../codec/text/ethertype.ts";
import { ForeignQdisc } from "../errors.ts";
import type { TcClass } from "./classes.ts";
import type { Filter } from "./filters.ts";
import { classAsRead, filterAsRead, type Planned, type QdiscStep, qdiscAsRead, type Step } from "./plan.ts";
import type { Qdisc } from "./qdiscs.ts";

/** What a helper wants to stand at a device's root. */
export interface Tree {
  /** Handle of the root: it tells whose the tree is. */
  readonly handle: string;
  readonly root: QdiscSpec;
  /** Whether a root of this kind is taken over, whatever its handle. */
  readonly adopt?: boolean;
  readonly classes: readonly { readonly spec: ClassSpec; readonly parent: string; readonly handle: string }[];
  readonly leaves: readonly { readonly spec: QdiscSpec; readonly parent: string }[];
  /** Of the root; each has a priority of its own. */
  readonly filters: readonly { readonly spec: FilterSpec; readonly protocol: string; readonly priority: number }[];
}
/** What a device has. */
export interface Present {
  readonly qdiscs: readonly Qdisc[];
  readonly classes: readonly TcClass[];
  readonly filters: readonly Filter[];
}
export const NOTHING: Present = { qdiscs: [], classes: [], filters: [] };

/** What the kernel made of a spec when this process last gave it that: what it does not report can be told by it. */
export interface Settled {
  readonly spec: QdiscSpec;
  /** Of the qdisc then, as `fingerprint` gives it. */
  readonly reported: string;
}
export interface ReconcileOptions {
  readonly context: TcContext;
  /** Takes the place of a qdisc that is not the helper's. */
  readonly replace?: boolean | undefined;
  readonly settled?: ((parent: string) => Settled | undefined) | undefined;
}

/** The qdisc that somebody put at the root; what the kernel puts there by itself has no handle. */
export const rootOf = ({ qdiscs }: Pick<Present, "qdiscs">): Qdisc | undefined =>
  qdiscs.find(({ parent, handle }) => parent === "root" && handle !== "none");
export const isOurs = (tree: Pick<Tree, "handle" | "root" | "adopt">, root: Pick<Qdisc, "kind" | "handle">): boolean =>
  root.kind === tree.root.kind && (tree.adopt === true || root.handle === tree.handle);

/**
 * The steps that make of what there is what is wanted. Nothing is sent for what is there already, compared as the kernel reports it.
 * What is added comes first, filters last, then what is removed.
 * @throws {ForeignQdisc}
 */
export function reconcile(dev: string, tree: Tree, present: Present, options: ReconcileOptions): Planned[] {
  const { context, settled } = options;
  const root = rootOf(present);
  const put = (verb: QdiscStep["verb"], handle: string): QdiscStep => ({
    object: "qdisc",
    verb,
    dev,
    parent: "root",
    handle,
    spec: tree.root,
  });
  const all = () => below(dev, tree, NOTHING, tree.handle, context);
  if (!root) return [{ step: put("add", tree.handle), undo: put("remove", tree.handle) }, ...all()];
  if (!isOurs(tree, root)) {
    if (!options.replace) throw new ForeignQdisc(dev, root, tree.root.kind);
    return [...inPlaceOf(dev, root, tree, present), ...all()];
  }
  const change = changeOf(tree.root, root, context, settled?.("root"));
  if (change === "same") return below(dev, tree, present, root.handle, context, settled);
  if (change !== "another")
    return [changed(dev, root, change), ...below(dev, tree, present, root.handle, context, settled)];
  return [...inPlaceOf(dev, root, tree, present), ...all()];
}

/** Another root in the place of this one: at once, and the kernel keeps the old one if the new one cannot be, for want of a handle. */
function inPlaceOf(dev: string, root: Qdisc, tree: Tree, present: Present): Planned[] {
  const step = { object: "qdisc", dev, parent: "root" } as const;
  const was = specOf<QdiscSpec>(root);
  if (root.handle !== tree.handle)
    return [
      {
        step: { ...step, verb: "replace", handle: tree.handle, spec: tree.root },
        undo: was && { ...step, verb: "replace", handle: root.handle, spec: was },
      },
    ];
  if (tree.classes.length === 0) {
    const handle = freeHandle(tree.handle, present);
    return [
      {
        step: { ...step, verb: "replace", handle, spec: tree.root },
        undo: was && { ...step, verb: "replace", handle: root.handle, spec: was },
      },
    ];
  }
  // The classes are named by the handle, so it has to be free first.
  return [
    {
      step: { ...step, verb: "remove", handle: root.handle, spec: was ?? tree.root },
      undo: was && { ...step, verb: "add", handle: root.handle, spec: was },
    },
    {
      step: { ...step, verb: "add", handle: tree.handle, spec: tree.root },
      undo: { ...step, verb: "remove", handle: tree.handle, spec: tree.root },
    },
  ];
}
function freeHandle(handle: string, { qdiscs }: Present): string {
  const taken = new Set(qdiscs.map((q) => q.handle));
  for (let n = major(parseHandle(handle)!) + 1; ; n++) {
    const next = formatHandle(handleOf(n, 0));
    if (!taken.has(next)) return next;
  }
}

/** What hangs below the root. */
function below(
  dev: string,
  tree: Tree,
  present: Present,
  root: string,
  context: TcContext,
  settled?: ReconcileOptions["settled"],
): Planned[] {
  const steps: Planned[] = [];
  const classes = new Map(present.classes.map((c) => [c.handle, c]));
  const leaves = new Map(present.qdiscs.filter((q) => q.handle !== "none").map((q) => [q.parent, q]));
  const filters = new Map(present.filters.filter((f) => f.handle !== undefined).map((f) => [f.priority, f]));
  const put = (step: Step, undo: Step | undefined) => void steps.push({ step, undo });

  const inner = new Set(tree.classes.map(({ parent }) => parent));
  for (const { spec, parent, handle } of tree.classes) {
    const there = classes.get(handle);
    classes.delete(handle);
    const step = { object: "class", dev, parent, handle, spec } as const;
    if (!there) put({ ...step, verb: "add" }, { ...step, verb: "remove" });
    else if (!holds(omit(classAsRead(spec, context), ...(inner.has(handle) ? LEAFS_ONLY : [])), there.options))
      put({ ...step, verb: "change" }, { ...step, verb: "change", spec: specOf<ClassSpec>(there) ?? spec });
  }
  for (const { spec, parent } of tree.leaves) {
    const there = leaves.get(parent);
    leaves.delete(parent);
    const step = { object: "qdisc", dev, parent, spec } as const;
    const change = there === undefined ? "none" : changeOf(spec, there, context, settled?.(parent));
    if (change === "same") continue;
    if (there && typeof change === "object") {
      steps.push(changed(dev, there, change));
      continue;
    }
    if (there) steps.push(gone(dev, there));
    put({ ...step, verb: "add" }, { ...step, verb: "remove" });
  }
  for (const { spec, protocol, priority } of tree.filters) {
    const there = filters.get(priority);
    filters.delete(priority);
    const step = { object: "filter", dev, parent: root, protocol, priority, handle: FIRST, spec } as const;
    const alike = there?.kind === spec.kind && there.protocol === protocol && there.handle === FIRST;
    const wanted = filterAsRead(spec, filterContext(context, step));
    if (alike && sameFilter(wanted, there.options)) continue;
    // In place it can get another class, but not other keys: flower refuses other masks (fl_check_assign_mask).
    if (alike && sameFilter({ ...wanted, classid: "" }, { ...there.options, classid: "" })) {
      put({ ...step, verb: "replace" }, { ...step, verb: "replace", spec: specOf<FilterSpec>(there) ?? spec });
      continue;
    }
    // One priority is of one kind and protocol.
    if (there) steps.push(goneFilter(dev, there));
    put({ ...step, verb: "add" }, { ...step, verb: "remove" });
  }
  for (const there of filters.values()) steps.push(goneFilter(dev, there));
  const ours = new Set(present.classes.map((c) => c.handle));
  for (const there of leaves.values()) if (ours.has(there.parent)) steps.push(gone(dev, there));
  for (const there of [...classes.values()].reverse()) {
    const { parent, handle } = there;
    const spec = specOf<ClassSpec>(there) ?? ({ kind: there.kind } as ClassSpec);
    const step = { object: "class", dev, parent, handle, spec } as const;
    put({ ...step, verb: "remove" }, { ...step, verb: "add" });
  }
  return steps;
}
/** Of a class that has classes below htb does not change these (htb_change_class), and they have no meaning. */
const LEAFS_ONLY = ["quantumBytes", "priority"];
/** Handle of each filter: one alone has its priority. */
const FIRST = "0x1";
const filterContext = (context: TcContext, { protocol }: { readonly protocol: string }): TcContext => ({
  ...context,
  protocol: parseEthertype(protocol) ?? context.protocol,
});

/** What would make it again; undefined of a kind that has no form here. */
function specOf<S extends QdiscSpec | ClassSpec | FilterSpec>(there: Qdisc | TcClass | Filter): S | undefined {
  const { kind, options } = there;
  return options instanceof Uint8Array || options === undefined ? undefined : ({ kind, options } as unknown as S);
}
function changed(dev: string, there: Qdisc, spec: QdiscSpec): Planned {
  const { parent, handle } = there;
  const step = { object: "qdisc", verb: "change", dev, parent, ...(parent === "root" && { handle }) } as const;
  const was = specOf<QdiscSpec>(there)!;
  // Changing back has the same pitfalls as changing: what is left out would stay.
  return { step: { ...step, spec }, undo: { ...step, spec: withZeros(was, spec.options ?? {}) } };
}
function gone(dev: string, there: Qdisc): Planned {
  const { parent, handle } = there;
  const spec = specOf<QdiscSpec>(there);
  const step = { object: "qdisc", dev, parent, handle, spec: spec ?? ({ kind: there.kind } as QdiscSpec) } as const;
  return { step: { ...step, verb: "remove" }, undo: spec && { ...step, verb: "add" } };
}
export function goneFilter(dev: string, there: Filter): Planned {
  const { parent = "root", protocol, priority, handle = "0x0" } = there;
  const spec = specOf<FilterSpec>(there);
  const step = { object: "filter", dev, parent, protocol, priority, handle } as const;
  return {
    step: { ...step, verb: "remove", spec: spec ?? ({ kind: there.kind } as FilterSpec) },
    undo: spec && { ...step, verb: "add", spec },
  };
}

// ---- compare ----------------------------------------------------------------------------------------------------------------
/** Whether `actual` has all that `wanted` has. */
function holds(wanted: object, actual: unknown): boolean {
  return Object.entries(wanted).every(([key, value]) => alike(value, (actual as Record<string, unknown>)[key]));
}
function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => alike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
const omit = (options: object, ...keys: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([key, value]) => !keys.includes(key) && value !== undefined));

/** What the kernel adds to a filter by itself. */
const FILTER_EXTRAS = ["inHw", "inHwCount", "hits", "actions"];
interface WithActions {
  readonly actions?: readonly {
    readonly kind: string;
    readonly options?: unknown;
    readonly cookie?: Uint8Array;
  }[];
}
export function sameFilter(wanted: object, actual: object): boolean {
  const actions = ({ actions = [] }: WithActions) =>
    actions.map(({ kind, options, cookie }) => ({
      kind,
      options: omit(options as object, "index"),
      cookie: cookie && [...cookie],
    }));
  return (
    alike(omit(wanted, ...FILTER_EXTRAS), omit(actual, ...FILTER_EXTRAS)) && alike(actions(wanted), actions(actual))
  );
}

/**
 * How a qdisc of the kind becomes what is wanted: it is the same, or it is changed by this, or only another one can be it.
 * htb cannot be changed; of netem see `changeNetem`; others keep what is left out, which is what is meant.
 */
function changeOf(
  spec: QdiscSpec,
  there: Qdisc,
  context: TcContext,
  settled: Settled | undefined,
): "same" | "another" | QdiscSpec {
  if (there.kind !== spec.kind) return "another";
  const wanted = qdiscAsRead(spec, context);
  if (there.kind === "netem") return changeNetem(spec, wanted as Netem, there.options, settled, fingerprint(there));
  if (holds(omit(wanted, ...COUNTERS), there.options)) return "same";
  return there.kind === "htb" ? "another" : spec;
}

/** Of htb: among the options, and counting. */
const COUNTERS = ["directPackets"];

/** netem draws another seed at each change, and tells it. */
export const fingerprint = ({
  kind,
  handle,
  options,
}: Pick<Qdisc, "kind" | "handle"> & { options?: unknown }): string =>
  jsonOf({ kind, handle, options: omit((options ?? {}) as object, "seed") });
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_key, x: unknown) => (typeof x === "bigint" ? `${x}n` : ArrayBuffer.isView(x) ? `${x}` : x));

const CORRELATIONS = ["correlationPercent", "lossCorrelationPercent", "duplicateCorrelationPercent"] as const;
const spread = ({ options }: QdiscSpec): unknown[] => {
  const { distribution, slot } = (options ?? {}) as {
    readonly distribution?: unknown;
    readonly slot?: { readonly distribution?: unknown };
  };
  return [distribution, slot?.distribution].filter((d) => d !== undefined);
};
/**
 * netem_change leaves what a request does not say as it was: what shall go is said as nothing, where that can be said. Marking, all
 * correlations and a distribution stay for good: then it takes another netem. A distribution is not reported either: only
 * whoever gave it knows, so a process that did not sends it once more.
 */
function changeNetem(
  spec: QdiscSpec,
  wanted: Netem,
  actual: Netem,
  settled: Settled | undefined,
  reported: string,
): "same" | "another" | QdiscSpec {
  const known = settled?.reported === reported ? settled.spec : undefined;
  if (known && jsonOf(known) === jsonOf(spec)) return "same";
  const seeded = (spec.options as { readonly seed?: unknown } | undefined)?.seed !== undefined;
  const left = seeded ? [] : ["seed"];
  const had = known ? spread(known) : [];
  const wants = spread(spec);
  if (had.length > 0 && jsonOf(had) !== jsonOf(wants)) return "another";
  if (wants.length === 0 && alike(omit(wanted, ...left), omit(actual, ...left))) return "same";
  const correlated = (netem: Netem) => CORRELATIONS.some((key) => netem[key] !== undefined);
  if ((actual.ecn && !wanted.ecn) || (correlated(actual) && !correlated(wanted))) return "another";
  return withZeros(spec, actual);
}
/** A netem's options with zeros for what another one has and it has not. Other kinds as they are. */
function withZeros(spec: QdiscSpec, other: object): QdiscSpec {
  if (spec.kind !== "netem") return spec;
  const options = (spec.options ?? {}) as { readonly [option: string]: unknown };
  const has = (of: object, name: string) => Object.keys(of).some((key) => key.startsWith(name));
  const zeros = Object.entries(ZEROS).filter(([name]) => has(other, name) && !has(options, name));
  const gap = options.gap === undefined || has(options, "reorder") ? {} : ALL_OF_GAP;
  return { kind: "netem", options: Object.assign({}, ...zeros.map(([, zero]) => zero), gap, options) };
}
/** What a gap alone means, which the correlation of an earlier reordering would else go on with. */
const ALL_OF_GAP = { reorderPercent: 100 };
const ZEROS: { readonly [option: string]: object } = {
  reorder: { reorderPercent: 0, gap: 0 },
  corrupt: { corruptPercent: 0 },
  rate: { rateBytesPerSecond: 0 },
  slot: { slot: { minDelayMs: 0 } },
};
