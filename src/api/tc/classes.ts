/** Classes of qdiscs. @module */
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { decoder } from "../../codec/schema/engine.ts";
import type { OtherKind } from "../../codec/tc/action-list.ts";
import { tclass as schema, type TClass } from "../../codec/tc/class.ts";
import {
  type ClassKind,
  type ClassOptionsOut,
  type ClassSpec,
  classKinds,
  type ShownClassKind,
  shownClassKinds,
} from "../../codec/tc/class-kinds.ts";
import { formatHandle, major, minor, TC_H_ROOT } from "../../codec/tc/handle.ts";
import { kindNamed, optionsFromWire, type TcContext, wireOf, type XstatsOut } from "../../codec/tc/kind.ts";
import type { Prepared } from "../batch.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type Device, deviceNames, indexOf } from "../device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDumps } from "../dump.ts";
import { NetlinkError } from "../errors.ts";
import { about, ask, existed, ifFound, removeAll } from "../facet.ts";
import { checkOptions, OptionError } from "../options.ts";
import { type EstimatorOptions, estimatorToWire } from "./estimator.ts";
import { HANDLE_FORMS_NEEDED, handleOption, made, madeByIndex, readContext } from "./host.ts";
import { readStats, type TcStats } from "./stats.ts";

export interface TcClassBase {
  dev: string | number;
  index: number;
  /** `"1:10"`. */
  handle: string;
  /** The class above; of those right below the qdisc `"root"` or the qdisc, `"1:"`, as the kind has it. */
  parent: string;
  /** The qdisc that waits in it, if it has one. */
  leaf?: string;
  stats?: TcStats;
  /** The decoded message, for the rest. */
  message: TClass;
}
type ClassStats<K extends ClassKind | ShownClassKind> = TcStats<XstatsOut<(typeof shownClassKinds)[K]>>;
/** A class. Bands, queues and flows, which a qdisc has by itself and only shows, have `options` `{}`; of a kind that has no form here they stay bytes. */
export type TcClass =
  | { [K in ClassKind]: TcClassBase & { kind: K; options: ClassOptionsOut<K>; stats?: ClassStats<K> } }[ClassKind]
  | { [K in ShownClassKind]: TcClassBase & { kind: K; options: {}; stats?: ClassStats<K> } }[ShownClassKind]
  | (TcClassBase & { kind: OtherKind; options?: Uint8Array });

/** Where a class is put. */
export interface ClassPlace {
  /** The qdisc, `"1:"`, or the class above, `"1:1"`. */
  readonly parent: string | number;
  /** `"1:10"`. */
  readonly handle: string | number;
  readonly estimator?: EstimatorOptions | undefined;
}
export interface ClassFilter {
  readonly dev?: Device | undefined;
  readonly kind?: ClassKind | (string & {}) | undefined;
  /** Those right below. */
  readonly parent?: string | number | undefined;
  /** Those of the qdisc: `"1:"`. */
  readonly qdisc?: string | number | undefined;
}

type Verb = "add" | "change" | "replace";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: 0,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
};

export class Classes {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Classes of all devices, one after the other, or those that a filter keeps. */
  async list(filter: ClassFilter = {}, options: DumpOptions = {}): Promise<TcClass[]> {
    const found: TcClass[] = [];
    for (const dump of await this.#dumps(filter, options))
      found.push(...(await listDump(this.#channel, dump, { operation: "list classes", ...options })));
    return found;
  }
  /** As `list`, in constant memory. */
  stream(filter: ClassFilter = {}, options: DumpOptions = {}): Stream<TcClass> {
    return streamDumps(this.#channel, () => this.#dumps(filter, options), { operation: "list classes", ...options });
  }
  /** One class. @throws {NetlinkError} ENOENT */
  async get(dev: Device, handle: string | number, options: ExchangeOptions = {}): Promise<TcClass> {
    const value = { ifindex: await indexOf(this.#channel, dev, options), handle: handleOption("class.handle", handle) };
    const operation = `get class ${handle} on ${dev}`;
    const message = await about(
      dev,
      ask(this.#channel, { type: RTM.gettclass, flags: NLM_F_ECHO, schema, value }, schema, { operation, ...options }),
    );
    return readClass(message as TClass, readContext(this.#channel, await deviceNames(this.#channel, options)));
  }
  /** One class, or undefined. @throws {InterfaceNotFound} */
  find(dev: Device, handle: string | number, options: ExchangeOptions = {}): Promise<TcClass | undefined> {
    return ifFound(this.get(dev, handle, options));
  }

  /**
   * Adds a class: `add("eth0", htbClass({ rate: "10mbit" }), { parent: "1:", handle: "1:10" })`. Gives back what the kernel made of it.
   * @throws {NetlinkError} ENOENT (no such qdisc, or no such class to be below), EEXIST…
   */
  add(dev: Device, spec: ClassSpec, place: ClassPlace, options: ExchangeOptions = {}): Promise<TcClass> {
    return this.#do("add", dev, spec, place, options);
  }
  change(dev: Device, spec: ClassSpec, place: ClassPlace, options: ExchangeOptions = {}): Promise<TcClass> {
    return this.#do("change", dev, spec, place, options);
  }
  /** Changes the class that is there, or adds it. */
  replace(dev: Device, spec: ClassSpec, place: ClassPlace, options: ExchangeOptions = {}): Promise<TcClass> {
    return this.#do("replace", dev, spec, place, options);
  }
  /** Removes a class; one with filters on it or classes below is busy (EBUSY). */
  async remove(dev: Device, handle: string | number, options: ExchangeOptions = {}): Promise<void> {
    const value = { ifindex: await indexOf(this.#channel, dev, options), handle: handleOption("class.handle", handle) };
    const operation = `remove class ${handle} of ${dev}`;
    await about(dev, this.#channel.ack({ type: RTM.deltclass, schema, value }, { operation, ...options }));
  }
  /** Says whether there was one to remove. */
  removeIfExists(dev: Device, handle: string | number, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(dev, handle, options));
  }
  /** Removes the classes of a device that a filter keeps, from the leaves up; says how many. */
  async flush(dev: Device, filter: Omit<ClassFilter, "dev"> = {}, options: ExchangeOptions = {}): Promise<number> {
    const classes = await this.list({ ...filter, dev }, options);
    const parents = new Map(classes.map(({ message }) => [message.handle, message.parent]));
    const depth = (handle: number): number => {
      let steps = 0;
      for (let at = parents.get(handle); at !== undefined && steps < 64; at = parents.get(at)) steps++;
      return steps;
    };
    classes.sort((a, b) => depth(b.message.handle) - depth(a.message.handle));
    const messages = classes.map(({ message: { ifindex, handle } }) => ({
      type: RTM.deltclass,
      schema,
      value: { ifindex, handle },
    }));
    return removeAll(this.#channel, messages, { ...options, operation: `flush classes of ${dev}` });
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(verb: Verb, index: number, spec: ClassSpec, place: ClassPlace): Prepared {
    const value = madeByIndex(this.#channel, (context) => classValue(index, spec, place, context));
    return {
      message: { type: RTM.newtclass, flags: FLAGS[verb], schema, value },
      operation: () => `${verb} class ${spec.kind} ${place.handle} on ${index}`,
    };
  }

  async #do(verb: Verb, dev: Device, spec: ClassSpec, place: ClassPlace, options: ExchangeOptions): Promise<TcClass> {
    const value = await made(this.#channel, (context) => classValue(0, spec, place, context), options);
    value.ifindex = await indexOf(this.#channel, dev, options);
    const operation = `${verb} class ${spec.kind} ${place.handle} on ${dev}`;
    if (verb !== "change") await this.#below(value.ifindex, place.parent, operation, options);
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let answer: TClass | undefined;
    await about(
      dev,
      this.#channel.ack(
        { type: RTM.newtclass, flags: FLAGS[verb] | NLM_F_ECHO, schema, value },
        { operation, ...options },
        (type, src, at, end) => {
          if (type === RTM.newtclass) answer = decode(src, at, end) as TClass;
        },
      ),
    );
    if (!answer) return this.get(dev, place.handle, options);
    return readClass(answer, readContext(this.#channel, await deviceNames(this.#channel, options)));
  }

  /** That the class above is there: htb puts a class at the root if it is not, without a word (htb_change_class). */
  async #below(index: number, parent: string | number, operation: string, options: ExchangeOptions): Promise<void> {
    const above = handleOption("class.parent", parent);
    if (above === TC_H_ROOT || minor(above) === 0 || (await this.find(index, above, options))) return;
    const text = `there is no class ${formatHandle(above)}, which it should stand below`;
    throw new NetlinkError({ code: "ENOENT", errno: 2, operation, text });
  }

  /** A dump for each device: with index 0 the kernel lists nothing (tc_dump_tclass). */
  async #dumps(filter: ClassFilter, options: DumpOptions): Promise<Dump<typeof schema, TcClass>[]> {
    checkOptions("classes", filter, ["dev", "kind", "parent", "qdisc"]);
    const parent = filter.parent === undefined ? undefined : handleOption("classes.parent", filter.parent);
    const qdisc = filter.qdisc === undefined ? undefined : handleOption("classes.qdisc", filter.qdisc);
    const own = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev, options);
    const names = await deviceNames(this.#channel, options);
    const context = readContext(this.#channel, names);
    return (own === undefined ? [...names.keys()] : [own]).map((ifindex) => ({
      message: { type: RTM.gettclass, schema, value: { ifindex, ...(qdisc !== undefined && { parent: qdisc }) } },
      answer: schema,
      map: (value) => {
        const m = value as TClass;
        if (filter.kind !== undefined && m.kind !== filter.kind) return undefined;
        if (parent !== undefined && m.parent !== parent) return undefined;
        if (qdisc !== undefined && major(m.handle) !== major(qdisc)) return undefined;
        return readClass(m, context);
      },
    }));
  }
}

/** A class in the user's terms. */
export function readClass(m: TClass, context: TcContext): TcClass {
  const kind = m.kind ?? "";
  const known = Object.hasOwn(shownClassKinds, kind) ? kindNamed(shownClassKinds, kind, "class") : undefined;
  const { options } = m;
  const stats = readStats(m as never, known?.xstats, context.deviceName);
  return {
    kind,
    dev: context.deviceName(m.ifindex) ?? m.ifindex,
    index: m.ifindex,
    handle: formatHandle(m.handle),
    parent: formatHandle(m.parent),
    ...(m.info !== 0 && { leaf: formatHandle(m.info) }),
    ...(known
      ? {
          options:
            options === undefined || options instanceof Uint8Array ? {} : optionsFromWire(known, options, context),
        }
      : options !== undefined && { options }),
    ...(stats && { stats }),
    message: m,
  } as unknown as TcClass;
}

function classValue(ifindex: number, spec: ClassSpec, place: ClassPlace, context: TcContext): Input<typeof schema> {
  checkOptions("class", spec, ["kind", "options"]);
  checkOptions("class", place, ["parent", "handle", "estimator"]);
  for (const name of ["parent", "handle"] as const)
    if (place[name] === undefined)
      throw new OptionError(`class.${name}: is missing: ${HANDLE_FORMS_NEEDED}`, name, HANDLE_FORMS_NEEDED);
  const kind = kindNamed(classKinds, spec.kind, "class");
  const options = wireOf(kind, spec.options ?? {}, context);
  return {
    ifindex,
    parent: handleOption("class.parent", place.parent),
    handle: handleOption("class.handle", place.handle),
    kind: spec.kind,
    ...(options !== undefined && { options }),
    ...(place.estimator && { rate: estimatorToWire(place.estimator) }),
  };
}
