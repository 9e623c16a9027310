/** Chains of filters, and the templates that their filters must follow. @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { type Chain as ChainMessage, chain as schema } from "../../codec/tc/filter.ts";
import { type FilterSpec, filterKinds } from "../../codec/tc/filter-kinds.ts";
import { kindNamed, optionsFromWire, type TcContext, wireOf } from "../../codec/tc/kind.ts";
import { filterInfo, MAGIC_BLOCK } from "../../codec/tc/tcmsg.ts";
import type { Channel, ExchangeOptions } from "../channel.ts";
import { type Device, deviceNames } from "../device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "../dump.ts";
import { about, ask, existed, ifFound } from "../facet.ts";
import { checkOptions, integer } from "../options.ts";
import { ethertypeOption, type FilterParent, formatFilterParent, whereOf } from "./filter-place.ts";
import { absent, lacking, made, readContext, type Target, targetName } from "./host.ts";

export interface Chain {
  dev?: string | number;
  index?: number;
  block?: number;
  parent?: string;
  chain: number;
  /** What filters of the chain may look at. */
  template?: { kind: string; options: unknown };
  message: ChainMessage;
}
export interface ChainPlace {
  readonly parent?: FilterParent | undefined;
  readonly chain: number;
  /** A filter whose masks all filters of the chain must have: flower. */
  readonly template?: FilterSpec | undefined;
  /** Of the template: `"ip"`… */
  readonly protocol?: string | number | undefined;
}

export class Chains {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The chains of a device's parent, or of a block. */
  async list(target: Target, at: { readonly parent?: FilterParent } = {}, options: DumpOptions = {}): Promise<Chain[]> {
    const operation = `list chains of ${targetName(target)}`;
    return listDump(this.#channel, await this.#dump(target, at, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(target: Target, at: { readonly parent?: FilterParent } = {}, options: DumpOptions = {}): Stream<Chain> {
    const operation = `list chains of ${targetName(target)}`;
    return streamDump(this.#channel, () => this.#dump(target, at, options), { operation, ...options });
  }
  /** One chain, or undefined. @throws {InterfaceNotFound} */
  find(target: Target, place: ChainPlace, options: ExchangeOptions = {}): Promise<Chain | undefined> {
    return ifFound(this.get(target, place, options));
  }
  /** @throws {NetlinkError} ENOENT: there is no such chain, block or parent */
  async get(target: Target, { parent, chain }: ChainPlace, options: ExchangeOptions = {}): Promise<Chain> {
    const value = { ...(await whereOf(this.#channel, target, parent, options)), chain: integer("chain.chain", chain) };
    const operation = `get chain ${chain} of ${targetName(target)}`;
    const message = await ask(this.#channel, { type: RTM.getchain, schema, value }, schema, {
      operation,
      ...options,
    }).catch((e: unknown) => {
      throw absent(e);
    });
    return readChain(message as ChainMessage, await this.#context(options), value.parent);
  }
  async add(target: Target, place: ChainPlace, options: ExchangeOptions = {}): Promise<void> {
    const { template } = place;
    const protocol = place.protocol === undefined ? 3 : ethertypeOption("chain.protocol", place.protocol);
    const little = this.#channel.transport.byteOrder === "little";
    const value = await made(this.#channel, (context) => chainValue(place, context), options, { protocol });
    if (template) value.info = filterInfo(0, protocol, little);
    Object.assign(value, await whereOf(this.#channel, target, place.parent, options));
    const operation = `add chain ${place.chain} of ${targetName(target)}`;
    const message = { type: RTM.newchain, flags: NLM_F_CREATE | NLM_F_EXCL, schema, value };
    try {
      await about(deviceOf(target), this.#channel.ack(message, { operation, ...options }));
    } catch (e) {
      throw template ? lacking(e, "classifier", template.kind, operation) : e;
    }
  }
  /** Removes a chain with its filters. @throws {NetlinkError} ENOENT */
  async remove(target: Target, { parent, chain }: ChainPlace, options: ExchangeOptions = {}): Promise<void> {
    const value = { ...(await whereOf(this.#channel, target, parent, options)), chain: integer("chain.chain", chain) };
    const operation = `remove chain ${chain} of ${targetName(target)}`;
    await about(
      deviceOf(target),
      this.#channel.ack({ type: RTM.delchain, schema, value }, { operation, ...options }),
    ).catch((e: unknown) => {
      throw absent(e);
    });
  }
  removeIfExists(target: Target, place: ChainPlace, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(target, place, options));
  }
  /** Removes all chains of a parent, with their filters; says how many. */
  async flush(
    target: Target,
    at: { readonly parent?: FilterParent } = {},
    options: ExchangeOptions = {},
  ): Promise<number> {
    let removed = 0;
    for (const { chain } of await this.list(target, at, options))
      if (await this.removeIfExists(target, { ...at, chain }, options)) removed++;
    return removed;
  }

  async #dump(
    target: Target,
    at: { readonly parent?: FilterParent },
    options: ExchangeOptions,
  ): Promise<Dump<typeof schema, Chain>> {
    checkOptions("chains", at, ["parent"]);
    const value = await whereOf(this.#channel, target, at.parent, options);
    const context = await this.#context(options);
    return {
      message: { type: RTM.getchain, schema, value },
      answer: schema,
      map: (m) => readChain(m as ChainMessage, context, value.parent),
    };
  }

  async #context(options: ExchangeOptions): Promise<TcContext> {
    return readContext(this.#channel, await deviceNames(this.#channel, options));
  }
}

const deviceOf = (target: Target): Device | undefined => (typeof target === "object" ? undefined : target);

function chainValue(place: ChainPlace, context: TcContext): Input<typeof schema> {
  checkOptions("chain", place, ["parent", "chain", "template", "protocol"]);
  const { template } = place;
  const chain = { chain: integer("chain.chain", place.chain) };
  if (!template) return chain;
  const options = wireOf(kindNamed(filterKinds, template.kind, "filter"), template.options ?? {}, context);
  return { ...chain, kind: template.kind, ...(options !== undefined && { options }) };
}

/** A chain in the user's terms. `asked`: where it was asked for; of a clsact the kernel says the qdisc alone (tc_chain_fill_node). */
export function readChain(m: ChainMessage, context: TcContext, asked = 0): Chain {
  const { kind, options } = m;
  const known = kind !== undefined && Object.hasOwn(filterKinds, kind);
  return {
    ...(m.ifindex === MAGIC_BLOCK
      ? { block: m.parent }
      : {
          dev: context.deviceName(m.ifindex) ?? m.ifindex,
          index: m.ifindex,
          parent: formatFilterParent(asked || m.parent),
        }),
    chain: m.chain ?? 0,
    ...(kind !== undefined && {
      template: {
        kind,
        options:
          known && options !== undefined && !(options instanceof Uint8Array)
            ? optionsFromWire(kindNamed(filterKinds, kind, "filter"), options, context)
            : options,
      },
    }),
    message: m,
  };
}
