/** What the everyday helpers have in common: which side of a device, what stands there, and what is to be done. @module */
import { parseEthertype } from "../../codec/text/ethertype.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import type { Device } from "../device.ts";
import { InterfaceNotFound } from "../errors.ts";
import { Links } from "../links.ts";
import { checkOptions, OptionError } from "../options.ts";
import { Classes } from "./classes.ts";
import { Filters } from "./filters.ts";
import { type Attachment, attach, type Dev, detach, orphansOf, readAttachment } from "./ingress.ts";
import {
  classAsRead,
  filterAsRead,
  type Plan,
  type Planned,
  printStep,
  qdiscAsRead,
  run,
  symbolicContext,
} from "./plan.ts";
import { Qdiscs } from "./qdiscs.ts";
import { fingerprint, isOurs, NOTHING, type Present, reconcile, rootOf, type Settled, type Tree } from "./reconcile.ts";

/** Which packets of a device: those that leave, or those that arrive, which are led through an ifb. */
export type Direction = "egress" | "ingress";
export interface SideOptions extends ExchangeOptions {
  /** `"egress"` by default. */
  readonly direction?: Direction | undefined;
}
export interface ApplyOptions extends SideOptions {
  /** Puts it in the place of a qdisc that is not the helper's own; else that is an error (`ForeignQdisc`). */
  readonly replace?: boolean | undefined;
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean | undefined;
}
export interface ClearOptions extends ExchangeOptions {
  /** Both by default. */
  readonly direction?: Direction | undefined;
  readonly dryRun?: boolean | undefined;
}
/** Whose a tree is. */
export type Mark = Pick<Tree, "handle" | "root" | "adopt">;

const SIDES = ["egress", "ingress"] as const;
const EXCHANGE = ["timeout", "signal"];
function checkSide(where: string, options: object & { readonly direction?: unknown }, known: readonly string[]): void {
  checkOptions(where, options, [...known, "direction", ...EXCHANGE]);
  const { direction } = options;
  if (direction !== undefined && !SIDES.includes(direction as Direction))
    throw new OptionError(
      `${where}.direction: ${JSON.stringify(direction)} is not "egress" or "ingress"`,
      "direction",
      `"egress" or "ingress"`,
    );
}
const exchangeOf = ({ timeout, signal }: ExchangeOptions): ExchangeOptions => ({
  ...(timeout !== undefined && { timeout }),
  ...(signal && { signal }),
});

/** Plans of one connection are made and done one after the other: each looks at what the one before has left. */
const turns = new WeakMap<Channel, Promise<unknown>>();
function inTurn<T>(channel: Channel, task: () => Promise<T>): Promise<T> {
  const before = turns.get(channel) ?? Promise.resolve();
  const mine = before.then(task, task);
  turns.set(
    channel,
    mine.catch(() => {}),
  );
  return mine;
}

/** What this process gave to which qdisc, by device and parent: for what the kernel does not report. */
const memories = new WeakMap<Channel, Map<string, Settled>>();
function memoryOf(channel: Channel): Map<string, Settled> {
  let memory = memories.get(channel);
  if (!memory) memories.set(channel, (memory = new Map()));
  return memory;
}

async function deviceOf(channel: Channel, device: Device, options: ExchangeOptions): Promise<Dev> {
  const { name, index } = await new Links(channel).get(device, options);
  return { name, index };
}
async function presentOf(channel: Channel, index: number, mark: Mark, options: ExchangeOptions): Promise<Present> {
  const qdiscs = await new Qdiscs(channel).list({ dev: index }, options);
  const root = rootOf({ qdiscs });
  if (!root || mark.root.kind !== "htb" || !isOurs(mark, root)) return { ...NOTHING, qdiscs };
  return {
    qdiscs,
    classes: await new Classes(channel).list({ dev: index, qdisc: root.handle }, options),
    filters: await new Filters(channel).list({ dev: index, parent: root.handle }, options),
  };
}

function planOf(channel: Channel, planned: readonly Planned[], done: boolean): Plan {
  const steps = planned.map(({ step }) => step);
  const context = symbolicContext(channel);
  return { steps, lines: steps.map((step) => printStep(step, context)), done };
}

/** @throws {OptionError} before anything is sent */
function check(tree: Tree, channel: Channel): void {
  const context = symbolicContext(channel);
  for (const spec of [tree.root, ...tree.leaves.map((leaf) => leaf.spec)]) qdiscAsRead(spec, context);
  for (const { spec } of tree.classes) classAsRead(spec, context);
  for (const { spec, protocol } of tree.filters)
    filterAsRead(spec, { ...context, protocol: parseEthertype(protocol) ?? context.protocol });
}

/** Makes a side of a device have a tree. */
export async function applyTree(channel: Channel, device: Device, tree: Tree, options: ApplyOptions): Promise<Plan> {
  checkSide("apply", options, ["replace", "dryRun"]);
  check(tree, channel);
  const exchange = exchangeOf(options);
  return inTurn(channel, async () => {
    const dev = await deviceOf(channel, device, exchange);
    const attachment = options.direction === "ingress" ? await readAttachment(channel, dev, exchange) : undefined;
    const target = attachment?.ifb ?? dev;
    const { index } = target;
    const present = index === undefined ? NOTHING : await presentOf(channel, index, tree, exchange);
    const memory = memoryOf(channel);
    const planned = reconcile(target.name, tree, present, {
      context: symbolicContext(channel),
      replace: options.replace,
      settled: (parent) => memory.get(`${index} ${parent}`),
    });
    const { before, after } = attachment ? attach(attachment) : { before: [], after: [] };
    const all = [...before, ...planned, ...after];
    if (options.dryRun) return planOf(channel, all, false);
    const given = new Map([["root", tree.root], ...tree.leaves.map(({ parent, spec }) => [parent, spec] as const)]);
    await run(channel, all, exchange, ({ dev: name, parent }, qdisc) => {
      const spec = given.get(parent);
      if (name === target.name && spec) memory.set(`${qdisc.index} ${parent}`, { spec, reported: fingerprint(qdisc) });
    });
    return planOf(channel, all, true);
  });
}

/** Takes a helper's tree away, and what was made for it. */
export async function clearTree(channel: Channel, device: Device, mark: Mark, options: ClearOptions): Promise<Plan> {
  checkSide("clear", options, ["dryRun"]);
  const exchange = exchangeOf(options);
  const { direction } = options;
  return inTurn(channel, async () => {
    const planned: Planned[] = [];
    try {
      const dev = await deviceOf(channel, device, exchange);
      if (direction !== "ingress") planned.push(...(await rootStep(channel, dev, mark, exchange)));
      if (direction !== "egress") planned.push(...(await ingressSteps(channel, dev, mark, exchange)));
    } catch (e) {
      // An ifb outlives the device that it was made for.
      const named = e instanceof InterfaceNotFound && typeof device === "string" && direction !== "egress";
      const left = named ? await orphansOf(channel, device, exchange) : [];
      if (left.length === 0) throw e;
      planned.splice(0, planned.length, ...left);
    }
    if (!options.dryRun) await run(channel, planned, exchange);
    return planOf(channel, planned, !options.dryRun);
  });
}
async function rootStep(channel: Channel, dev: Dev, mark: Mark, options: ExchangeOptions): Promise<Planned[]> {
  const root = rootOf({ qdiscs: await new Qdiscs(channel).list({ dev: dev.index }, options) });
  if (!root || !isOurs(mark, root)) return [];
  const { handle } = root;
  return [{ step: { object: "qdisc", verb: "remove", dev: dev.name, parent: "root", handle, spec: mark.root } }];
}
async function ingressSteps(channel: Channel, dev: Dev, mark: Mark, options: ExchangeOptions): Promise<Planned[]> {
  const attachment = await readAttachment(channel, dev, options);
  const { index } = attachment.ifb;
  const root =
    index === undefined ? undefined : rootOf({ qdiscs: await new Qdiscs(channel).list({ dev: index }, options) });
  return [...(root && !isOurs(mark, root) ? [] : detach(attachment)), ...(await orphansOf(channel, dev.name, options))];
}

/** What stands on a side of a device, if it is the helper's. */
export async function readTree(
  channel: Channel,
  device: Device,
  mark: Mark,
  options: SideOptions,
): Promise<Present | undefined> {
  checkSide("get", options, []);
  const exchange = exchangeOf(options);
  const dev = await deviceOf(channel, device, exchange);
  let index: number | undefined = dev.index;
  if (options.direction === "ingress") {
    const attachment: Attachment = await readAttachment(channel, dev, exchange);
    index = attachment.filter && attachment.ifb.index;
  }
  if (index === undefined) return undefined;
  const present = await presentOf(channel, index, mark, exchange);
  const root = rootOf(present);
  return root && isOurs(mark, root) ? present : undefined;
}
