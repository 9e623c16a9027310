/** Neighbours: ARP and NDP entries, and proxies. @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  type Neighbor as NeighborMessage,
  neighborFlags,
  neighborStates,
  neighbor as schema,
} from "../codec/rtnetlink/neighbor.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { decoder } from "../codec/schema/engine.ts";
import { nameOf, namesOf } from "../codec/schema/scalar.ts";
import { parseMac } from "../codec/wire/mac.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, deviceNames, indexOf } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";
import {
  AF_BRIDGE,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  OptionError,
  parseAddress,
  wordNumber,
} from "./options.ts";

export interface NeighborOptions {
  /** The neighbour's address. */
  readonly dst: string;
  readonly dev: Device;
  /** Its link-layer address; needed but for proxies, `managed` and `use`. */
  readonly lladdr?: string | undefined;
  /** `"permanent"` by default; `"reachable"`, `"stale"`, `"noarp"`… */
  readonly state?: string | undefined;
  /** Answer for it on `dev`. */
  readonly proxy?: boolean | undefined;
  readonly router?: boolean | undefined;
  readonly externLearn?: boolean | undefined;
  /** Resolve it now. */
  readonly use?: boolean | undefined;
  /** The kernel keeps it resolved. */
  readonly managed?: boolean | undefined;
  readonly protocol?: string | number | undefined;
}
export interface Neighbor {
  family: string;
  dst: string;
  dev: string | number;
  index: number;
  lladdr?: string;
  /** `"reachable"`, `"stale"`, `"permanent"`, `"failed"`… ; `"none"` for a proxy. */
  state: string;
  flags: string[];
  probes?: number;
  protocol?: string | number;
  /** Seconds since the entry was confirmed, used, updated. */
  confirmed?: number;
  used?: number;
  updated?: number;
  message: NeighborMessage;
}
export interface NeighborFilter {
  readonly dev?: Device | undefined;
  readonly family?: Family | undefined;
  readonly state?: string | undefined;
  /** The proxies, which are a list of their own. */
  readonly proxy?: boolean | undefined;
  readonly dst?: string | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "change" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const keys = ["dst", "dev", "lladdr", "state", "proxy", "router", "externLearn", "use", "managed", "protocol"];
const NTF_PROXY = 8;
const NUD_PERMANENT = 0x80;
const NUD_NOARP = 0x40;

export class Neighbors {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All neighbours but the proxies and the bridges' forwarding entries, or those that a filter keeps. */
  async list(filter: NeighborFilter = {}, options: DumpOptions = {}): Promise<Neighbor[]> {
    const names = await deviceNames(this.#channel, options);
    return listDump(this.#channel, await this.#dump(filter, (i) => names.get(i)), {
      operation: "list neighbors",
      ...options,
    });
  }
  stream(filter: NeighborFilter = {}, options: DumpOptions = {}): Stream<Neighbor> {
    return streamDump(this.#channel, () => this.#dump(filter, () => undefined), {
      operation: "list neighbors",
      ...options,
    });
  }
  /** One entry. @throws {NetlinkError} ENOENT */
  async get(dst: string, dev: Device, options: ExchangeOptions = {}): Promise<Neighbor> {
    const value = {
      family: parseAddress("neighbor.dst", dst),
      ifindex: await indexOf(this.#channel, dev, options),
      dst,
    };
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let found: NeighborMessage | undefined;
    await this.#channel.reply(
      { type: RTM.getneigh, schema, value },
      (_type, src, at, end) => {
        found = decode(src, at, end) as NeighborMessage;
      },
      { operation: `get neighbor ${dst} dev ${dev}`, ...options },
    );
    return readNeighbor(found!, (index) => (typeof dev === "string" && index === value.ifindex ? dev : undefined));
  }
  async find(dst: string, dev: Device, options: ExchangeOptions = {}): Promise<Neighbor | undefined> {
    try {
      return await this.get(dst, dev, options);
    } catch (e) {
      if (isNotFound(e) && !(e instanceof InterfaceNotFound)) return undefined;
      throw e;
    }
  }
  add(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", neighbor, options);
  }
  change(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("change", neighbor, options);
  }
  replace(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", neighbor, options);
  }
  remove(neighbor: Pick<NeighborOptions, "dst" | "dev" | "proxy">, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", neighbor, options);
  }
  /** False if the entry was not there. A missing device is an error still. */
  async removeIfExists(
    neighbor: Pick<NeighborOptions, "dst" | "dev" | "proxy">,
    options: ExchangeOptions = {},
  ): Promise<boolean> {
    try {
      await this.remove(neighbor, options);
      return true;
    } catch (e) {
      if (isNotFound(e) && !(e instanceof InterfaceNotFound)) return false;
      throw e;
    }
  }
  /** Removes entries, but, like iproute2, no permanent and no noarp ones unless the filter asks for that state; says how many. */
  async flush(filter: NeighborFilter = {}, options: ExchangeOptions = {}): Promise<number> {
    const found = (await this.list(filter, options)).filter(
      (n) => filter.state !== undefined || filter.proxy || (n.message.state & (NUD_PERMANENT | NUD_NOARP)) === 0,
    );
    const results = await this.#channel.batch(
      found.map(({ message: m }) => ({
        type: RTM.delneigh,
        schema,
        value: {
          family: m.family,
          ifindex: m.ifindex,
          flags: m.flags & NTF_PROXY,
          ...(m.dst === undefined ? {} : { dst: m.dst }),
        },
      })),
      { ...options, operation: "flush neighbors" },
    );
    const failed = results.find((e) => e !== undefined && !isNotFound(e));
    if (failed) throw failed;
    return found.length;
  }

  async #do(verb: Verb, neighbor: NeighborOptions, options: ExchangeOptions): Promise<void> {
    const value = neighborValue(verb, neighbor);
    value.ifindex = await indexOf(this.#channel, neighbor.dev, options);
    const message = {
      type: verb === "remove" ? RTM.delneigh : RTM.newneigh,
      flags: FLAGS[verb],
      schema,
      value: value as never,
    };
    try {
      await this.#channel.ack(message, {
        operation: () => `${verb} neighbor ${neighbor.dst} dev ${neighbor.dev}`,
        ...options,
      });
    } catch (e) {
      if (e instanceof NetlinkError && e.code === "ENODEV") throw new InterfaceNotFound(neighbor.dev, e);
      throw e;
    }
  }

  async #dump(
    filter: NeighborFilter,
    deviceName: (index: number) => string | undefined,
  ): Promise<Dump<typeof schema, Neighbor>> {
    checkOptions("neighbors", filter, ["dev", "family", "state", "proxy", "dst"]);
    const index = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev);
    const family =
      filter.family === undefined
        ? filter.dst === undefined
          ? 0
          : parseAddress("neighbors.dst", filter.dst)
        : familyNumber("neighbors.family", filter.family);
    const state = filter.state === undefined ? undefined : wordNumber("neighbors.state", neighborStates, filter.state);
    const value: Obj = { family, flags: filter.proxy ? NTF_PROXY : 0 };
    if (index !== undefined) value.viaIfindex = index;
    return {
      message: { type: RTM.getneigh, schema, value: value as never },
      answer: schema,
      map: (raw) => {
        const m = raw as NeighborMessage;
        if (m.family === AF_BRIDGE || (index !== undefined && m.ifindex !== index)) return undefined;
        if (state !== undefined && (m.state & state) === 0) return undefined;
        if (filter.dst !== undefined && m.dst !== filter.dst) return undefined;
        return readNeighbor(m, deviceName);
      },
    };
  }
}

function neighborValue(verb: Verb, n: NeighborOptions): Obj {
  checkOptions("neighbor", n, keys);
  const value: Obj = { family: parseAddress("neighbor.dst", n.dst), dst: n.dst, state: 0 };
  let flags = 0;
  for (const [key, bit] of [
    ["proxy", NTF_PROXY],
    ["router", 0x80],
    ["externLearn", 0x10],
    ["use", 1],
  ] as const)
    if (n[key]) flags |= bit;
  value.flags = flags;
  if (verb === "remove") return value;
  if (!n.proxy)
    value.state =
      n.state === undefined
        ? n.use || n.managed
          ? 0
          : NUD_PERMANENT
        : n.state === "none"
          ? 0
          : wordNumber("neighbor.state", neighborStates, n.state);
  if (n.lladdr !== undefined) {
    if (!parseMac(n.lladdr))
      throw new OptionError(
        `neighbor.lladdr: ${JSON.stringify(n.lladdr)} is not a link-layer address`,
        "lladdr",
        '"02:00:00:00:00:01"',
      );
    value.lladdr = n.lladdr;
  }
  if (n.managed) value.flagsExt = 1;
  if (n.protocol !== undefined) value.protocol = wordNumber("neighbor.protocol", routeProtocols, n.protocol);
  return value;
}

/** A neighbour in the user's terms. */
export function readNeighbor(m: NeighborMessage, deviceName: (index: number) => string | undefined): Neighbor {
  const flags = namesOf(neighborFlags, m.flags);
  const out: Neighbor = {
    family: familyName(m.family),
    dst: m.dst ?? "",
    dev: deviceName(m.ifindex) ?? m.ifindex,
    index: m.ifindex,
    state: namesOf(neighborStates, m.state).names.join(",") || "none",
    flags: flags.names,
    message: m,
  };
  if (m.lladdr !== undefined) out.lladdr = m.lladdr;
  if (m.probes !== undefined) out.probes = m.probes;
  if (m.protocol !== undefined) out.protocol = nameOf(routeProtocols, m.protocol) ?? m.protocol;
  if (m.cacheinfo) {
    out.confirmed = m.cacheinfo.confirmed / 100;
    out.used = m.cacheinfo.used / 100;
    out.updated = m.cacheinfo.updated / 100;
  }
  return out;
}
