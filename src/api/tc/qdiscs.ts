/** Queueing disciplines. @module */
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { decoder } from "../../codec/schema/engine.ts";
import type { OtherKind } from "../../codec/tc/action-list.ts";
import { formatHandle, formatParent, TC_H_INGRESS, TC_H_ROOT } from "../../codec/tc/handle.ts";
import { kindNamed, optionsFromWire, type TcContext, wireOf, type XstatsOut } from "../../codec/tc/kind.ts";
import { type Qdisc as QdiscMessage, qdisc as schema } from "../../codec/tc/qdisc.ts";
import { type QdiscKind, type QdiscOptionsOut, type QdiscSpec, qdiscKinds } from "../../codec/tc/qdisc-kinds.ts";
import type { Prepared } from "../batch.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type Device, deviceNames, indexOf } from "../device.ts";
import type { Dump, DumpOptions, Stream } from "../dump.ts";
import { NetlinkError, QdiscNotFound } from "../errors.ts";
import { about, ask, existed, ifFound, listNamed, streamNamed } from "../facet.ts";
import { checkOptions, integer } from "../options.ts";
import { type EstimatorOptions, estimatorToWire } from "./estimator.ts";
import { handleOption, lacking, made, madeByIndex, parentOption, readContext } from "./host.ts";
import { readStab, type Stab, type StabOptions, stabToWire } from "./stab.ts";
import { readStats, type TcStats } from "./stats.ts";

export interface QdiscBase {
  dev: string | number;
  index: number;
  /** `"8001:"`; `"none"` of those that the kernel made by itself. */
  handle: string;
  /** `"root"`, `"ingress"` (of clsact too), or a class: `"1:10"`. */
  parent: string;
  /** Blocks of filters that it shares with others. */
  ingressBlock?: number;
  egressBlock?: number;
  /** Whether the hardware does the work; undefined where it could not. */
  offloaded?: boolean;
  stab?: Stab;
  stats: TcStats;
  /** The decoded message, for the rest. */
  message: QdiscMessage;
}
type QdiscXstats<K extends QdiscKind> = XstatsOut<(typeof qdiscKinds)[K]>;
/** A qdisc. `kind` tells the options; of a kind that has no form here they stay bytes. */
export type Qdisc =
  | {
      [K in QdiscKind]: QdiscBase & { kind: K; options: QdiscOptionsOut<K>; stats: TcStats<QdiscXstats<K>> };
    }[QdiscKind]
  | (QdiscBase & { kind: OtherKind; options?: Uint8Array });

/** Where a qdisc is put, and what any qdisc can be given. */
export interface QdiscPlace {
  /** `"root"` by default, but for ingress and clsact, which have a place of their own; or a class: `"1:10"`. */
  readonly parent?: string | number | undefined;
  /** `"1:"`; the kernel gives one from `"8001:"` on. */
  readonly handle?: string | number | undefined;
  /** Blocks of filters to share, for ingress, clsact and the kinds that say so. */
  readonly ingressBlock?: number | undefined;
  readonly egressBlock?: number | undefined;
  /** What packets count for on a link that makes them longer. */
  readonly stab?: StabOptions | undefined;
  /** Has the kernel estimate the rate, for `stats.rate`. */
  readonly estimator?: EstimatorOptions | undefined;
}
/** Which qdisc is meant. */
export interface QdiscSelector {
  /** `"root"` unless there is a handle. */
  readonly parent?: string | number | undefined;
  readonly handle?: string | number | undefined;
  /** It must be of this kind. */
  readonly kind?: QdiscKind | (string & {}) | undefined;
}
export interface QdiscFilter {
  readonly dev?: Device | undefined;
  readonly kind?: QdiscKind | (string & {}) | undefined;
  readonly parent?: string | number | undefined;
  readonly handle?: string | number | undefined;
  /** Also those that classes and queues have by default. */
  readonly invisible?: boolean | undefined;
}

type Verb = "add" | "change" | "replace" | "link";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: 0,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  link: NLM_F_REPLACE,
};
const PLACE_KEYS = ["parent", "handle", "ingressBlock", "egressBlock", "stab", "estimator"];
const BY_ITSELF = ["ingress", "clsact"];
const INGRESS_HANDLE = 0xffff0000;

export class Qdiscs {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The qdiscs of all devices, or those that a filter keeps. */
  list(filter: QdiscFilter = {}, options: DumpOptions = {}): Promise<Qdisc[]> {
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), {
      operation: "list qdiscs",
      ...options,
    });
  }
  /** As `list`, in constant memory. */
  stream(filter: QdiscFilter = {}, options: DumpOptions = {}): Stream<Qdisc> {
    const operation = "list qdiscs";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }

  /** One qdisc: that at the root, or by parent or handle. @throws {QdiscNotFound} */
  async get(dev: Device, which: QdiscSelector = {}, options: ExchangeOptions = {}): Promise<Qdisc> {
    const target = selected(which);
    if (which.handle !== undefined && which.parent === undefined) return this.#byHandle(dev, which, options);
    const ifindex = await indexOf(this.#channel, dev, options);
    // Without NLM_F_ECHO the kernel tells all who listen, and not who asks (qdisc_notify).
    const operation = `get qdisc ${describe(which)} on ${dev}`;
    let message: QdiscMessage;
    try {
      message = (await about(
        dev,
        ask(this.#channel, { type: RTM.getqdisc, flags: NLM_F_ECHO, schema, value: { ifindex, ...target } }, schema, {
          operation,
          ...options,
        }),
      )) as QdiscMessage;
    } catch (e) {
      throw missing(e, which, dev);
    }
    const names = await deviceNames(this.#channel, options);
    if (which.kind !== undefined && message.kind !== which.kind) throw new QdiscNotFound(which.kind, dev);
    return readQdisc(message, readContext(this.#channel, names));
  }
  /** One qdisc, or undefined. @throws {InterfaceNotFound} */
  find(dev: Device, which: QdiscSelector = {}, options: ExchangeOptions = {}): Promise<Qdisc | undefined> {
    return ifFound(this.get(dev, which, options));
  }

  /**
   * Puts a qdisc in place: `add("eth0", netem({ delay: "100ms" }))`. Gives back what the kernel made of it, its handle too.
   * @throws {NetlinkError} EEXIST, ENOENT (no such parent), EOPNOTSUPP (the kernel lacks the kind)…
   */
  add(dev: Device, qdisc: QdiscSpec, place: QdiscPlace = {}, options: ExchangeOptions = {}): Promise<Qdisc> {
    return this.#do("add", dev, qdisc, place, options);
  }
  /**
   * Changes a qdisc that is there. Settings that are attributes keep their values when left out; those of older kinds that are members
   * of one struct (tbf, sfq, prio, and netem's delay, loss, duplication, gap and limit) go to their defaults, as the kernel has it.
   */
  change(dev: Device, qdisc: QdiscSpec, place: QdiscPlace = {}, options: ExchangeOptions = {}): Promise<Qdisc> {
    return this.#do("change", dev, qdisc, place, options);
  }
  /** Changes the qdisc that is there, if it is of the same kind; puts this one in its place, if not. */
  replace(dev: Device, qdisc: QdiscSpec, place: QdiscPlace = {}, options: ExchangeOptions = {}): Promise<Qdisc> {
    return this.#do("replace", dev, qdisc, place, options);
  }
  /** Removes a qdisc: that at the root, or by parent or handle. @throws {QdiscNotFound} `qdisc not found: netem on eth0` */
  async remove(dev: Device, which: QdiscSelector = {}, options: ExchangeOptions = {}): Promise<void> {
    const target = selected(which);
    const ifindex = await indexOf(this.#channel, dev, options);
    const { kind } = which;
    try {
      await about(
        dev,
        this.#channel.ack(
          { type: RTM.delqdisc, schema, value: { ifindex, ...target, ...(kind !== undefined && { kind }) } },
          { operation: `remove qdisc ${describe(which)} of ${dev}`, ...options },
        ),
      );
    } catch (e) {
      throw missing(e, which, dev);
    }
  }
  /** Says whether there was one to remove. */
  removeIfExists(dev: Device, which: QdiscSelector = {}, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(dev, which, options));
  }
  /** Removes what has been put at a device's root and at its ingress; what the kernel puts there by itself comes back. */
  async flush(dev: Device, options: ExchangeOptions = {}): Promise<number> {
    let removed = 0;
    for (const { parent, handle } of await this.list({ dev }, options)) {
      if ((parent !== "root" && parent !== "ingress") || handle === "none") continue;
      if (await this.removeIfExists(dev, { parent }, options)) removed++;
    }
    return removed;
  }

  /** Asked for a handle, the kernel repeats the parent of the request, and does not say which it is (qdisc_notify). */
  async #byHandle(dev: Device, which: QdiscSelector, options: ExchangeOptions): Promise<Qdisc> {
    const { handle, kind } = which;
    const operation = `get qdisc ${describe(which)} on ${dev}`;
    const [found] = await this.list({ dev, handle, kind, invisible: true }, { operation, ...options });
    if (!found) throw new QdiscNotFound(kind ?? describe(which), dev);
    return found;
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(
    verb: "add" | "change" | "replace" | "remove",
    index: number,
    qdisc: QdiscSpec,
    place: QdiscPlace = {},
  ): Prepared {
    const operation = () => `${verb} qdisc ${qdisc.kind} on ${index}`;
    if (verb === "remove")
      return {
        message: { type: RTM.delqdisc, schema, value: { ifindex: index, ...placed(qdisc.kind, place) } },
        operation,
      };
    const value = madeByIndex(this.#channel, (context) => qdiscValue(index, qdisc, place, context));
    return { message: { type: RTM.newqdisc, flags: FLAGS[verb], schema, value }, operation };
  }

  async #do(verb: Verb, dev: Device, qdisc: QdiscSpec, place: QdiscPlace, options: ExchangeOptions): Promise<Qdisc> {
    const value = await made(this.#channel, (context) => qdiscValue(0, qdisc, place, context), options);
    value.ifindex = await indexOf(this.#channel, dev, options);
    const operation = `${verb} qdisc ${qdisc.kind} on ${dev}`;
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let answer: QdiscMessage | undefined;
    try {
      await about(
        dev,
        this.#channel.ack(
          { type: RTM.newqdisc, flags: FLAGS[verb] | NLM_F_ECHO, schema, value },
          { operation, ...options },
          (type, src, at, end) => {
            // What was replaced is told of as well.
            if (type === RTM.newqdisc) answer = decode(src, at, end) as QdiscMessage;
          },
        ),
      );
    } catch (e) {
      if (verb === "change" && e instanceof NetlinkError && e.code === "ENOENT")
        throw missing(e, { ...place, kind: qdisc.kind }, dev);
      throw lacking(e, "qdisc", qdisc.kind, operation);
    }
    // The kernel does not tell of a change that leaves all as it was.
    if (!answer) return this.get(dev, { parent: value.parent, kind: qdisc.kind }, options);
    return readQdisc(answer, readContext(this.#channel, await deviceNames(this.#channel, options)));
  }

  async #dump(
    filter: QdiscFilter,
    deviceName: (index: number) => string | undefined,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Qdisc>> {
    checkOptions("qdiscs", filter, ["dev", "kind", "parent", "handle", "invisible"]);
    const parent = filter.parent === undefined ? undefined : parentOption("qdiscs.parent", filter.parent);
    const handle = filter.handle === undefined ? undefined : handleOption("qdiscs.handle", filter.handle);
    const index = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev, options);
    const context = readContext(this.#channel, { get: deviceName });
    return {
      message: { type: RTM.getqdisc, schema, value: filter.invisible ? { dumpInvisible: true } : {} },
      answer: schema,
      map: (value) => {
        const m = value as QdiscMessage;
        // The kernel dumps the qdiscs of all devices, whatever is asked (tc_dump_qdisc).
        if (index !== undefined && m.ifindex !== index) return undefined;
        if (filter.kind !== undefined && m.kind !== filter.kind) return undefined;
        if (parent !== undefined && m.parent !== parent) return undefined;
        if (handle !== undefined && m.handle !== handle) return undefined;
        return readQdisc(m, context);
      },
    };
  }
}

const NO_STATS: TcStats = { bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0, qlen: 0, backlog: 0 };

/** A qdisc in the user's terms. */
export function readQdisc(m: QdiscMessage, context: TcContext): Qdisc {
  const kind = m.kind ?? "";
  const known = Object.hasOwn(qdiscKinds, kind) ? kindNamed(qdiscKinds, kind, "qdisc") : undefined;
  const { options } = m;
  // The kernel always has counters (tc_fill_qdisc).
  const stats = readStats(m as never, known?.xstats, context.deviceName) ?? NO_STATS;
  return {
    kind,
    dev: context.deviceName(m.ifindex) ?? m.ifindex,
    index: m.ifindex,
    handle: formatHandle(m.handle),
    parent: formatParent(m.parent),
    ...(known
      ? {
          options:
            options === undefined || options instanceof Uint8Array ? {} : optionsFromWire(known, options, context),
        }
      : options !== undefined && { options }),
    ...(m.ingressBlock !== undefined && { ingressBlock: m.ingressBlock }),
    ...(m.egressBlock !== undefined && { egressBlock: m.egressBlock }),
    ...(m.hwOffload !== undefined && { offloaded: m.hwOffload !== 0 }),
    ...(m.stab?.base && { stab: readStab(m.stab.base) }),
    stats,
    message: m,
  } as unknown as Qdisc;
}

/** Where the kernel finds it. */
function placed(
  kind: string,
  place: { readonly parent?: string | number | undefined; readonly handle?: string | number | undefined },
) {
  const own = BY_ITSELF.includes(kind);
  const parent =
    place.parent === undefined ? (own ? TC_H_INGRESS : TC_H_ROOT) : parentOption("qdisc.parent", place.parent);
  const handle = place.handle === undefined ? (own ? INGRESS_HANDLE : 0) : handleOption("qdisc.handle", place.handle);
  return { parent, handle };
}
function selected(which: QdiscSelector): { parent: number; handle: number } {
  checkOptions("qdisc", which, ["parent", "handle", "kind"]);
  if (which.handle !== undefined && which.parent === undefined)
    return { parent: 0, handle: handleOption("qdisc.handle", which.handle) };
  return { ...placed(which.kind ?? "", which), ...(which.handle === undefined && { handle: 0 }) };
}
const describe = ({ kind, handle, parent }: QdiscSelector): string =>
  [kind, handle ?? parent ?? (kind === undefined ? "root" : undefined)].filter((x) => x !== undefined).join(" ");

function qdiscValue(ifindex: number, qdisc: QdiscSpec, place: QdiscPlace, context: TcContext): Input<typeof schema> {
  checkOptions("qdisc", qdisc, ["kind", "options"]);
  checkOptions("qdisc", place, PLACE_KEYS);
  const kind = kindNamed(qdiscKinds, qdisc.kind, "qdisc");
  const options = wireOf(kind, qdisc.options ?? {}, context);
  const { ingressBlock, egressBlock, stab, estimator } = place;
  return {
    ifindex,
    ...placed(qdisc.kind, place),
    kind: qdisc.kind,
    ...(options !== undefined && { options }),
    ...(ingressBlock !== undefined && { ingressBlock: integer("qdisc.ingressBlock", ingressBlock) }),
    ...(egressBlock !== undefined && { egressBlock: integer("qdisc.egressBlock", egressBlock) }),
    ...(stab && { stab: stabToWire(stab) }),
    ...(estimator && { rate: estimatorToWire(estimator) }),
  };
}

/** The kernel's several ways to say that there is no such qdisc (tc_get_qdisc of net/sched/sch_api.c). */
function missing(e: unknown, which: QdiscSelector, dev: Device): unknown {
  if (!(e instanceof NetlinkError)) return e;
  const absent =
    e.code === "ENOENT" || (e.code === "EINVAL" && /Invalid (handle|qdisc name)/.test(e.kernelMessage ?? ""));
  return absent ? new QdiscNotFound(which.kind ?? describe(which), dev, e) : e;
}
