/**
 * Plans: what a helper is going to do, as steps that can be printed as the lines of tc and ip that they equal, done, and undone.
 * @module
 */
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { decode, encode } from "../../codec/schema/engine.ts";
import { tclass } from "../../codec/tc/class.ts";
import { type ClassSpec, classKinds } from "../../codec/tc/class-kinds.ts";
import { filter } from "../../codec/tc/filter.ts";
import { type FilterSpec, filterKinds } from "../../codec/tc/filter-kinds.ts";
import { kindNamed, optionsFromWire, printOptions, type TcContext, wireOf } from "../../codec/tc/kind.ts";
import type { Netem } from "../../codec/tc/qdisc/netem.ts";
import { qdisc } from "../../codec/tc/qdisc.ts";
import { type QdiscSpec, qdiscKinds } from "../../codec/tc/qdisc-kinds.ts";
import { parseEthertype } from "../../codec/text/ethertype.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { Links } from "../links.ts";
import { Classes } from "./classes.ts";
import { Filters } from "./filters.ts";
import { asOptionError, readContext } from "./host.ts";
import { type Qdisc, Qdiscs } from "./qdiscs.ts";

export interface LinkStep {
  readonly object: "link";
  readonly verb: "add" | "set" | "remove";
  readonly dev: string;
  readonly kind: "ifb";
  /** Of `set`, which also brings it up. */
  readonly alias?: string | undefined;
}
export interface QdiscStep {
  readonly object: "qdisc";
  readonly verb: "add" | "change" | "replace" | "remove";
  readonly dev: string;
  /** `"root"`, `"ingress"` (of clsact), or a class. */
  readonly parent: string;
  readonly handle?: string | undefined;
  readonly spec: QdiscSpec;
}
export interface ClassStep {
  readonly object: "class";
  readonly verb: "add" | "change" | "remove";
  readonly dev: string;
  readonly parent: string;
  readonly handle: string;
  readonly spec: ClassSpec;
}
export interface FilterStep {
  readonly object: "filter";
  readonly verb: "add" | "replace" | "remove";
  readonly dev: string;
  readonly parent: string;
  readonly protocol: string;
  readonly priority: number;
  readonly handle: string;
  readonly spec: FilterSpec;
}
/** One request. Devices are by name: some are only made by an earlier step. */
export type Step = LinkStep | QdiscStep | ClassStep | FilterStep;
/** A step, and what takes it back; without `undo` there is no way back. */
export interface Planned {
  readonly step: Step;
  readonly undo?: Step | undefined;
}

/** What a helper did, or with `dryRun` would do. */
export interface Plan {
  /** In order. None: all is as it should be. */
  readonly steps: readonly Step[];
  /** The same as lines of `tc` and `ip`. */
  readonly lines: readonly string[];
  /** Whether it has been done. */
  readonly done: boolean;
}

// ---- options as the kernel will report them ---------------------------------------------------------------------------------
/** Devices by name, whether they are there yet or not: for what is compared and printed, and not sent. */
export function symbolicContext(channel: Channel, facts: Partial<TcContext> = {}): TcContext {
  const names: string[] = [];
  const deviceIndex = (name: string) => names.indexOf(name) + 1 || names.push(name);
  return readContext(channel, { get: (index) => names[index - 1] }, { deviceIndex, ...facts });
}

const reading =
  <A extends Attrs>(schema: A, kinds: { readonly [kind: string]: unknown }, what: string) =>
  (spec: { readonly kind: string; readonly options?: unknown }, context: TcContext): object => {
    const kind = kindNamed(kinds, spec.kind, what);
    try {
      const options = wireOf(kind, spec.options ?? {}, context);
      const value = { kind: spec.kind, ...(options !== undefined && { options }) } as unknown as Input<A>;
      const read = (decode(schema, encode(schema, value)) as { readonly options?: unknown }).options;
      return read === undefined || read instanceof Uint8Array
        ? {}
        : (optionsFromWire(kind, read as never, context) as object);
    } catch (e) {
      throw asOptionError(e);
    }
  };
/** Options as they read back once they are sent: rounded as the message rounds them. @throws {OptionError} options that cannot be */
export function qdiscAsRead(spec: QdiscSpec, context: TcContext): object {
  const read = readQdiscOptions(spec, context);
  return spec.kind === "netem" ? netemReported(read as Netem) : read;
}
const readQdiscOptions = /* @__PURE__ */ reading(qdisc, qdiscKinds, "qdisc");
export const classAsRead = /* @__PURE__ */ reading(tclass, classKinds, "class");
export const filterAsRead = /* @__PURE__ */ reading(filter, filterKinds, "filter");

const MAX_JITTER_MS = 0x7fffffff / 1e6;
/** As the kernel reports them: a gap alone reorders all, and jitter ends at 2.1 s (netem_change). */
function netemReported(read: Netem): Netem {
  const out = { ...read };
  if (out.gap !== undefined && out.reorderPercent === undefined) out.reorderPercent = 100;
  if (out.jitterMs !== undefined && out.jitterMs > MAX_JITTER_MS) out.jitterMs = MAX_JITTER_MS;
  return out;
}

// ---- print ------------------------------------------------------------------------------------------------------------------
const VERBS = { add: "add", change: "change", replace: "replace", remove: "del", set: "set" } as const;

/** The line of tc or ip that does the same. */
export function printStep(step: Step, context: TcContext): string {
  const verb = VERBS[step.verb];
  const dev = ["dev", step.dev];
  switch (step.object) {
    case "link":
      if (step.verb === "add") return ["ip link add", step.dev, "type", step.kind].join(" ");
      if (step.verb === "remove") return `ip link del ${step.dev}`;
      return ["ip link set", ...dev, ...(step.alias ? ["alias", `"${step.alias}"`] : []), "up"].join(" ");
    case "qdisc": {
      const { spec, handle } = step;
      if (step.parent === "ingress") return ["tc qdisc", verb, ...dev, spec.kind].join(" ");
      const place = [...parentWords(step.parent), ...(handle === undefined ? [] : ["handle", handle])];
      return ["tc qdisc", verb, ...dev, ...place, spec.kind, ...optionWords(step, context)].join(" ");
    }
    case "class": {
      const place = ["parent", step.parent, "classid", step.handle, step.spec.kind];
      return ["tc class", verb, ...dev, ...place, ...optionWords(step, context)].join(" ");
    }
    case "filter": {
      const { protocol, priority, handle, spec } = step;
      const place = step.parent === "ingress" ? ["ingress"] : ["parent", step.parent];
      const which = ["protocol", protocol, "pref", String(priority), "handle", handle, spec.kind];
      return ["tc filter", verb, ...dev, ...place, ...which, ...optionWords(step, context)].join(" ");
    }
  }
}
const parentWords = (parent: string): string[] => (parent === "root" ? ["root"] : ["parent", parent]);

function optionWords(step: Exclude<Step, LinkStep>, context: TcContext): string[] {
  if (step.verb === "remove") return [];
  switch (step.object) {
    case "qdisc": {
      const { spec } = step;
      const kind = kindNamed(qdiscKinds, spec.kind, "qdisc");
      return [...printOptions(kind, qdiscAsRead(spec, context), context), ...distributionWords(spec)];
    }
    case "class": {
      const { spec } = step;
      return printOptions(kindNamed(classKinds, spec.kind, "class"), classAsRead(spec, context), context);
    }
    case "filter": {
      const { spec, protocol } = step;
      const here = { ...context, protocol: parseEthertype(protocol) ?? context.protocol };
      return printOptions(kindNamed(filterKinds, spec.kind, "filter"), filterAsRead(spec, here), here);
    }
  }
}
/** Of netem: it is not among what reads back. A table that has no name has no words either. */
function distributionWords(spec: QdiscSpec): string[] {
  if (spec.kind !== "netem") return [];
  const { distribution } = (spec.options ?? {}) as { readonly distribution?: unknown };
  if (distribution === undefined) return [];
  return typeof distribution === "string" ? ["distribution", distribution] : ["# and a distribution by table"];
}

// ---- do ---------------------------------------------------------------------------------------------------------------------
/** Told of each qdisc that the kernel reports in answer to a step. */
export type Witness = (step: QdiscStep, qdisc: Qdisc) => void;

/**
 * Does the steps one after the other. If one fails, those before it are undone, the last first, and the error is thrown; together with what
 * hindered the undoing, if something did.
 * @throws {NetlinkError} @throws {AggregateError}
 */
export async function run(
  channel: Channel,
  steps: readonly Planned[],
  options: ExchangeOptions,
  witness: Witness = () => {},
): Promise<void> {
  const undone: Step[] = [];
  for (const { step, undo } of steps) {
    try {
      await act(channel, step, options, witness);
    } catch (error) {
      const hindered: unknown[] = [];
      // Whoever gave up on the doing does not mean the undoing.
      const { signal: _, ...rest } = options;
      for (const back of undone.reverse()) await act(channel, back, rest, witness).catch((e) => hindered.push(e));
      if (hindered.length === 0) throw error;
      const text = `${(error as Error).message}; and what was done before it could not all be undone`;
      throw new AggregateError([error, ...hindered], text);
    }
    if (undo) undone.push(undo);
  }
}

async function act(channel: Channel, step: Step, options: ExchangeOptions, witness: Witness): Promise<unknown> {
  const { dev } = step;
  switch (step.object) {
    case "link": {
      const links = new Links(channel);
      if (step.verb === "add") return links.add({ kind: step.kind, name: dev }, options);
      if (step.verb === "remove") return links.removeIfExists(dev, options);
      const { alias } = step;
      return links.set(dev, { ...(alias !== undefined && { alias }), up: true }, options);
    }
    case "qdisc": {
      const { spec, parent, handle } = step;
      const qdiscs = new Qdiscs(channel);
      const own = parent === "ingress";
      const place = own ? {} : { parent, ...(handle !== undefined && { handle }) };
      if (step.verb === "remove") return qdiscs.removeIfExists(dev, { ...place, kind: spec.kind }, options);
      witness(step, await qdiscs[step.verb](dev, spec, place, options));
      return undefined;
    }
    case "class": {
      const { spec, parent, handle } = step;
      const classes = new Classes(channel);
      if (step.verb === "remove") return classes.removeIfExists(dev, handle, options);
      return classes[step.verb](dev, spec, { parent, handle }, options);
    }
    case "filter": {
      const { spec, parent, protocol, priority, handle } = step;
      const filters = new Filters(channel);
      const place = { parent, protocol, priority, handle };
      if (step.verb === "remove") return filters.removeIfExists(dev, { ...place, kind: spec.kind }, options);
      return filters[step.verb](dev, spec, place, options);
    }
  }
}
