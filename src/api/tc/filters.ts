/** Filters: which packets go to which class, and what is done with them. @module */
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { decoder } from "../../codec/schema/engine.ts";
import type { OtherKind } from "../../codec/tc/action-list.ts";
import { type Filter as FilterMessage, filter as schema } from "../../codec/tc/filter.ts";
import { type FilterKind, type FilterOptionsOut, type FilterSpec, filterKinds } from "../../codec/tc/filter-kinds.ts";
import { TC_H_MIN_EGRESS, TC_H_MIN_INGRESS } from "../../codec/tc/handle.ts";
import { contextOf, kindNamed, optionsFromWire, type TcContext, type TcKind, wireOf } from "../../codec/tc/kind.ts";
import { filterInfo, MAGIC_BLOCK, priorityOf, protocolOf } from "../../codec/tc/tcmsg.ts";
import { ETHERTYPE_FORMS, formatEthertype } from "../../codec/text/ethertype.ts";
import type { Prepared } from "../batch.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type Device, deviceNames } from "../device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDumps } from "../dump.ts";
import { about, ask, existed, ifFound } from "../facet.ts";
import { checkOptions, integer, OptionError } from "../options.ts";
import { Chains } from "./chains.ts";
import { Classes } from "./classes.ts";
import { ethertypeOption, type FilterParent, filterParent, formatFilterParent, whereOf } from "./filter-place.ts";
import { absent, lacking, made, madeByIndex, readContext, type Target, targetName } from "./host.ts";
import { Qdiscs } from "./qdiscs.ts";

export interface FilterBase {
  /** Undefined of filters in a block. */
  dev?: string | number;
  index?: number;
  block?: number;
  /** `"ingress"`, `"egress"`, a qdisc's or a class's handle; undefined in a block. */
  parent?: string;
  /** Lower ones are tried first. */
  priority: number;
  /** `"ip"`, `"all"`… */
  protocol: string;
  chain: number;
  /** As the kind writes it: `"800::1"` of u32, `"0x1"` of others. Undefined of the line that stands for a priority, which `tc` shows too. */
  handle?: string;
  /** The decoded message, for the rest. */
  message: FilterMessage;
}
/** A filter. `kind` tells the options. */
export type Filter =
  | { [K in FilterKind]: FilterBase & { kind: K; options: FilterOptionsOut<K> } }[FilterKind]
  | (FilterBase & { kind: OtherKind; options?: Uint8Array });

/** Where a filter is put. */
export interface FilterPlace {
  readonly parent?: FilterParent | undefined;
  /** Which packets it looks at: `"all"`, `"ip"`, `"ipv6"`, `"802.1Q"`… Needed. */
  readonly protocol?: string | number | undefined;
  /** The kernel gives one, below 49152, if it is left out. */
  readonly priority?: number | undefined;
  readonly chain?: number | undefined;
  /** As the kind writes it. */
  readonly handle?: string | number | undefined;
}
export interface FilterSelector extends FilterPlace {
  readonly kind?: FilterKind | (string & {}) | undefined;
}
export interface FilterFilter {
  readonly dev?: Device | undefined;
  /** A shared block, in place of `dev`. */
  readonly block?: number | undefined;
  readonly parent?: FilterParent | undefined;
  readonly kind?: FilterKind | (string & {}) | undefined;
  readonly protocol?: string | number | undefined;
  readonly priority?: number | undefined;
  readonly chain?: number | undefined;
}

type Verb = "add" | "change" | "replace";
const FLAGS: { readonly [V in Verb]: number } = { add: NLM_F_CREATE | NLM_F_EXCL, change: 0, replace: NLM_F_CREATE };
const SELECTOR_KEYS = ["parent", "protocol", "priority", "chain", "handle", "kind"];
/** Qdiscs whose classes have filters of their own (tcf_block of their class operations). */
const CLASSES_FILTER = ["htb", "hfsc"];

export class Filters {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Filters of all devices and parents, or those that a filter keeps. */
  async list(filter: FilterFilter = {}, options: DumpOptions = {}): Promise<Filter[]> {
    const found: Filter[] = [];
    for (const dump of await this.#dumps(filter, options))
      found.push(...(await listDump(this.#channel, dump, { operation: "list filters", ...options })));
    return found;
  }
  /** As `list`, in constant memory. */
  stream(filter: FilterFilter = {}, options: DumpOptions = {}): Stream<Filter> {
    return streamDumps(this.#channel, () => this.#dumps(filter, options), { operation: "list filters", ...options });
  }

  /** One filter, by kind, priority, protocol and handle. @throws {NetlinkError} ENOENT */
  async get(target: Target, which: FilterSelector, options: ExchangeOptions = {}): Promise<Filter> {
    const value = await this.#selected(target, which, options);
    const operation = `get filter ${which.kind ?? ""} ${which.handle ?? ""} on ${targetName(target)}`;
    const message = await about(
      deviceOf(target),
      ask(this.#channel, { type: RTM.gettfilter, schema, value }, schema, { operation, ...options }),
    ).catch((e: unknown) => {
      throw absent(e);
    });
    return this.#read(message as FilterMessage, options);
  }
  find(target: Target, which: FilterSelector, options: ExchangeOptions = {}): Promise<Filter | undefined> {
    return ifFound(this.get(target, which, options));
  }

  /**
   * Adds a filter: `add("eth0", matchall({ classid: "1:10" }), { parent: "1:", protocol: "all" })`. Gives back what the kernel made of it:
   * the priority and handle that it chose, too.
   * @throws {NetlinkError} EEXIST, EINVAL (no such parent), EOPNOTSUPP (the kernel lacks the kind)…
   */
  add(target: Target, filter: FilterSpec, place: FilterPlace, options: ExchangeOptions = {}): Promise<Filter> {
    return this.#do("add", target, filter, place, options);
  }
  /** Changes a filter that is there: by priority, protocol and handle. */
  change(target: Target, filter: FilterSpec, place: FilterPlace, options: ExchangeOptions = {}): Promise<Filter> {
    return this.#do("change", target, filter, place, options);
  }
  /** Changes the filter of that priority, protocol and handle, or adds it. */
  replace(target: Target, filter: FilterSpec, place: FilterPlace, options: ExchangeOptions = {}): Promise<Filter> {
    return this.#do("replace", target, filter, place, options);
  }
  /** Removes a filter by its kind, priority, protocol and handle; without a handle all of that priority. */
  async remove(target: Target, which: FilterSelector, options: ExchangeOptions = {}): Promise<void> {
    const value = await this.#selected(target, which, options);
    const operation = `remove filter ${which.kind ?? ""} of ${targetName(target)}`;
    await about(
      deviceOf(target),
      this.#channel.ack({ type: RTM.deltfilter, schema, value }, { operation, ...options }),
    ).catch((e: unknown) => {
      throw absent(e);
    });
  }
  /** Says whether there was one to remove. */
  removeIfExists(target: Target, which: FilterSelector, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(target, which, options));
  }
  /** Removes all filters of a parent, in all its chains or in one. */
  async flush(
    target: Target,
    at: Pick<FilterPlace, "parent" | "chain"> = {},
    options: ExchangeOptions = {},
  ): Promise<void> {
    checkOptions("filters", at, ["parent", "chain"]);
    const where = await whereOf(this.#channel, target, at.parent, options);
    const operation = `flush filters of ${targetName(target)}`;
    // The kernel flushes one chain, 0 where none is named (tc_del_tfilter).
    const chains = at.chain === undefined ? await this.#chains(target, at.parent, options) : [at.chain];
    for (const chain of chains)
      await about(
        deviceOf(target),
        this.#channel.ack(
          { type: RTM.deltfilter, schema, value: { ...where, ...chainOf(chain) } },
          { operation, ...options },
        ),
      );
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(
    verb: Verb | "remove",
    target: number | { readonly block: number },
    filter: FilterSpec,
    place: FilterPlace,
  ): Prepared {
    const where =
      typeof target === "object"
        ? { ifindex: MAGIC_BLOCK, parent: integer("block", target.block) }
        : { ifindex: target, parent: filterParent("filter.parent", place.parent) };
    const operation = () => `${verb} filter ${filter.kind} on ${targetName(target)}`;
    if (verb === "remove")
      return {
        message: {
          type: RTM.deltfilter,
          schema,
          value: { ...where, ...placedFilter(place, this.#little(), filter.kind) },
        },
        operation,
      };
    const facts = factsOf(target, place);
    const value = madeByIndex(this.#channel, (context) => filterValue(filter, place, context), facts);
    return {
      message: { type: RTM.newtfilter, flags: FLAGS[verb], schema, value: Object.assign(value, where) },
      operation,
    };
  }

  async #do(
    verb: Verb,
    target: Target,
    filter: FilterSpec,
    place: FilterPlace,
    options: ExchangeOptions,
  ): Promise<Filter> {
    const facts = factsOf(target, place);
    const value = await made(this.#channel, (context) => filterValue(filter, place, context), options, facts);
    Object.assign(value, await whereOf(this.#channel, target, place.parent, options));
    const operation = `${verb} filter ${filter.kind} on ${targetName(target)}`;
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let answer: FilterMessage | undefined;
    try {
      await about(
        deviceOf(target),
        this.#channel.ack(
          { type: RTM.newtfilter, flags: FLAGS[verb] | NLM_F_ECHO, schema, value },
          { operation, ...options },
          (type, src, at, end) => {
            if (type === RTM.newtfilter) answer = decode(src, at, end) as FilterMessage;
          },
        ),
      );
    } catch (e) {
      throw lacking(e, "classifier", filter.kind, operation);
    }
    if (!answer) return this.get(target, { ...place, kind: filter.kind }, options);
    // The kernel tells of a matchall before it is in its place, with its priority alone (mall_change), and of a rule of u32 that
    // is changed as it was before (u32_change).
    const early = filter.kind === "matchall" ? answer.handle === 0 : filter.kind === "u32" && verb !== "add";
    if (early) {
      const which = { priority: priorityOf(answer.info), handle: answer.handle || (place.handle ?? 1) };
      return this.get(target, { ...place, ...which, kind: filter.kind }, options);
    }
    return this.#read(answer, options);
  }

  /** The numbers of a place's chains; 0 is always tried, for the kernel to say what is wrong with the place. */
  async #chains(target: Target, parent: FilterParent | undefined, options: ExchangeOptions): Promise<number[]> {
    const at = parent === undefined ? {} : { parent };
    const chains = await new Chains(this.#channel).list(target, at, options);
    return [...new Set([0, ...chains.map(({ chain }) => chain)])];
  }
  #little(): boolean {
    return this.#channel.transport.byteOrder === "little";
  }
  async #read(message: FilterMessage, options: ExchangeOptions): Promise<Filter> {
    const names = await deviceNames(this.#channel, options);
    return readFilter(message, readContext(this.#channel, names), this.#little());
  }

  async #selected(target: Target, which: FilterSelector, options: ExchangeOptions): Promise<Input<typeof schema>> {
    const place = placedFilter(which, this.#little());
    return { ...place, ...(await whereOf(this.#channel, target, which.parent, options)) };
  }

  /** A dump for each place that has filters: with index 0 the kernel lists nothing (tc_dump_tfilter). */
  async #dumps(filter: FilterFilter, options: DumpOptions): Promise<Dump<typeof schema, Filter>[]> {
    checkOptions("filters", filter, ["dev", "block", "parent", "kind", "protocol", "priority", "chain"]);
    const { priority, chain } = filter;
    const protocol = filter.protocol === undefined ? undefined : ethertypeOption("filters.protocol", filter.protocol);
    const places = await placesOf(this.#channel, filter, options);
    const names = await deviceNames(this.#channel, options);
    const context = readContext(this.#channel, names);
    const little = this.#little();
    return places.map((place) => ({
      message: { type: RTM.gettfilter, schema, value: { ...place, ...chainOf(chain) } },
      answer: schema,
      map: (value) => {
        const m = value as FilterMessage;
        if (filter.kind !== undefined && m.kind !== filter.kind) return undefined;
        if (priority !== undefined && priorityOf(m.info) !== priority) return undefined;
        if (protocol !== undefined && protocolOf(m.info, little) !== protocol) return undefined;
        if (chain !== undefined && (m.chain ?? 0) !== chain) return undefined;
        return readFilter(m, context, little);
      },
    }));
  }
}

/** A filter's message but for where it stands. `context` knows the protocol and the parent. */
export function filterValue(filter: FilterSpec, place: FilterPlace, context: TcContext): FilterInput {
  checkOptions("filter", filter, FILTER_KEYS);
  const kind = kindNamed(filterKinds, filter.kind, "filter");
  const value = placedFilter(place, context.little, filter.kind);
  const more = optionsOfHandle(kind, place.handle);
  const given: object = more ? { ...filter.options, ...more } : (filter.options ?? {});
  const { handle = 0 } = value;
  const options = wireOf(kind, given, handle === 0 ? context : contextOf({ handle }, context));
  const asked = kind.handleOf?.(given, handle, context);
  if (asked !== undefined) value.handle = asked;
  if (options !== undefined) value.options = options;
  return value;
}
/** What says which filter is meant, at its place. */
export function placedFilter(which: FilterSelector, little: boolean, kind = which.kind): FilterInput {
  checkOptions("filter", which, SELECTOR_KEYS);
  const { priority = 0, protocol, handle, chain } = which;
  const ethertype = protocol === undefined ? 0 : ethertypeOption("filter.protocol", protocol);
  const value: FilterInput = { info: filterInfo(integer("filter.priority", priority, 0xffff), ethertype, little) };
  if (handle !== undefined) value.handle = filterHandle(kind, handle);
  if (kind !== undefined) value.kind = kind;
  if (chain !== undefined) value.chain = integer("filter.chain", chain);
  return value;
}
type FilterInput = { -readonly [K in keyof Input<typeof schema>]: Input<typeof schema>[K] };
const FILTER_KEYS = ["kind", "options"];

/** Where filters can stand, of what `filter` says of it: a dump lists those of one such place. */
export async function placesOf(
  channel: Channel,
  filter: Pick<FilterFilter, "dev" | "block" | "parent">,
  options: DumpOptions = {},
): Promise<{ ifindex: number; parent: number }[]> {
  if (filter.block !== undefined) {
    if (filter.dev !== undefined)
      throw new OptionError("filters.block: is given with dev: give one", "block", "a device or a block");
    return [await whereOf(channel, { block: filter.block }, filter.parent, options)];
  }
  if (filter.parent !== undefined && filter.dev !== undefined)
    return [await whereOf(channel, filter.dev, filter.parent, options)];
  const asked =
    filter.parent === undefined || filter.parent === "root" ? undefined : filterParent("filters.parent", filter.parent);
  const places = new Map<string, { ifindex: number; parent: number }>();
  const put = (ifindex: number, parent: number) => {
    if (asked === undefined || asked === parent) places.set(`${ifindex} ${parent}`, { ifindex, parent });
  };
  const qdiscs = await new Qdiscs(channel).list(filter.dev === undefined ? {} : { dev: filter.dev }, options);
  const classes = new Classes(channel);
  for (const { kind, index, message } of qdiscs) {
    if (filter.parent === "root" && message.parent !== 0xffffffff) continue;
    if (kind === "clsact") {
      put(index, TC_H_MIN_INGRESS);
      put(index, TC_H_MIN_EGRESS);
    } else if (kind === "ingress") put(index, asked === TC_H_MIN_INGRESS ? TC_H_MIN_INGRESS : message.handle);
    else if (message.handle !== 0) put(index, message.handle);
    if (CLASSES_FILTER.includes(kind) && filter.parent !== "root")
      for (const { message: m } of await classes.list({ dev: index, qdisc: message.handle }, options))
        put(index, m.handle);
  }
  return [...places.values()];
}

/** A filter in the user's terms. */
export function readFilter(m: FilterMessage, context: TcContext, little: boolean): Filter {
  const kind = m.kind ?? "";
  const known = Object.hasOwn(filterKinds, kind) ? kindNamed(filterKinds, kind, "filter") : undefined;
  const { options } = m;
  const protocol = protocolOf(m.info, little);
  const inBlock = m.ifindex === MAGIC_BLOCK;
  return {
    kind,
    ...(inBlock
      ? { block: m.parent }
      : { dev: context.deviceName(m.ifindex) ?? m.ifindex, index: m.ifindex, parent: formatFilterParent(m.parent) }),
    priority: priorityOf(m.info),
    protocol: formatEthertype(protocol),
    chain: m.chain ?? 0,
    ...(m.handle !== 0 && {
      handle: known?.formatHandle?.(m.handle) ?? `0x${m.handle.toString(16)}`,
    }),
    ...(known
      ? {
          options:
            options === undefined || options instanceof Uint8Array
              ? {}
              : optionsFromWire(known, options, {
                  ...context,
                  protocol,
                  handle: m.handle,
                  parent: inBlock ? 0 : m.parent,
                }),
        }
      : options !== undefined && { options }),
    message: m,
  } as unknown as Filter;
}

/** What conversions of options are told of the filter. */
const factsOf = (target: Target, place: FilterPlace) => ({
  protocol: protocolOption(place),
  parent: typeof target === "object" ? 0 : filterParent("filter.parent", place.parent),
});

/** A number and, of kinds that take one, what stands behind it: `"6/0xff"`. */
function splitHandle(kind: TcKind | undefined, handle: string): { readonly number: string; readonly suffix?: string } {
  const [number = "", suffix, ...more] = handle.split("/");
  return kind?.handleOptions && suffix !== undefined && more.length === 0 ? { number, suffix } : { number: handle };
}
function optionsOfHandle(kind: TcKind, handle: string | number | undefined): object | undefined {
  const suffix = typeof handle === "string" ? splitHandle(kind, handle).suffix : undefined;
  return suffix === undefined ? undefined : (kind.handleOptions?.(suffix) ?? badHandle(kind.kind, handle!));
}
function filterHandle(kind: string | undefined, handle: string | number): number {
  const known =
    kind !== undefined && Object.hasOwn(filterKinds, kind)
      ? (kindNamed(filterKinds, kind, "filter") as TcKind)
      : undefined;
  if (typeof handle !== "string") return integer("filter.handle", handle);
  const { number } = splitHandle(known, handle);
  const plain = () => (/^(0x[0-9a-f]+|\d+)$/i.test(number) ? Number(number) : undefined);
  const parsed = known?.parseHandle ? known.parseHandle(number) : plain();
  return parsed !== undefined && parsed <= 0xffffffff ? parsed : badHandle(kind, handle);
}
function badHandle(kind: string | undefined, handle: string | number): never {
  const text = `filter.handle: ${JSON.stringify(handle)} is not a handle of ${kind ?? "a filter"}`;
  throw new OptionError(text, "handle", "a handle");
}
const chainOf = (chain: number | undefined) => (chain === undefined ? {} : { chain: integer("filter.chain", chain) });
const deviceOf = (target: Target): Device | undefined => (typeof target === "object" ? undefined : target);

function protocolOption({ protocol }: FilterPlace): number {
  if (protocol === undefined)
    throw new OptionError(`filter.protocol: is missing: ${ETHERTYPE_FORMS}`, "protocol", ETHERTYPE_FORMS);
  return ethertypeOption("filter.protocol", protocol);
}
