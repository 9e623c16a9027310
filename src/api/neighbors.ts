/** Neighbours: ARP and NDP entries, and proxies. @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  type Neighbor as NeighborMessage,
  neighborCacheinfo,
  neighborExtFlags,
  neighborFlags,
  neighborStates,
  neighbor as schema,
} from "../codec/rtnetlink/neighbor.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { parseIp } from "../codec/wire/ip.ts";
import { parseMac, readMac } from "../codec/wire/mac.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { byIndex, type Device, type DeviceIndexes, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import {
  about,
  ask,
  type DeviceName,
  existed,
  flagNames,
  ifFound,
  listNamed,
  removeAll,
  streamNamed,
} from "./facet.ts";
import {
  AF_BRIDGE,
  canonicalAddress,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  OptionError,
  parseAddress,
  wordNumber,
} from "./options.ts";

/** What an entry is found by. */
export interface NeighborKey {
  /** The neighbour's address. */
  readonly dst: string;
  /** Its device; an IPv4 proxy without one is for all of them. */
  readonly dev?: Device | undefined;
  /** An address that is answered for on `dev`, not a neighbour: they are a list of their own. */
  readonly proxy?: boolean | undefined;
}
/** An entry to add or change. */
export interface NeighborOptions extends NeighborKey {
  /** Its link-layer address, or on a tunnel, which has four or sixteen bytes there, an IP address; needed but for proxies, `managed` and `use`. */
  readonly lladdr?: string | undefined;
  /** NUD_*: `"permanent"` by default; `"reachable"`, `"stale"`, `"delay"`, `"probe"`, `"failed"`, `"noarp"`, `"incomplete"`, `"none"`. */
  readonly state?: keyof typeof neighborStates.values | "none" | number | undefined;
  /** It is a router (IPv6). */
  readonly router?: boolean | undefined;
  /** Some other program learned it, and ages it. */
  readonly externLearn?: boolean | undefined;
  /** Resolve it now. */
  readonly use?: boolean | undefined;
  /** The kernel keeps it resolved (Linux 5.16). */
  readonly managed?: boolean | undefined;
  /** Who set it: a routing protocol, by name or number. */
  readonly protocol?: string | number | undefined;
}
/** An entry in the user's terms. */
export interface Neighbor {
  /** `"inet"` or `"inet6"`. */
  family: string;
  dst: string;
  /** 0: a proxy for all devices. */
  dev: string | number;
  index: number;
  lladdr?: string;
  /** The VRF or other master of its device. */
  master?: string | number;
  /** `"reachable"`, `"stale"`, `"permanent"`, `"failed"`… ; `"none"` for a proxy. */
  state: string;
  /** NTF_*, NTF_EXT_*: `"router"`, `"proxy"`, `"extern_learn"`, `"managed"`… */
  flags: string[];
  probes?: number;
  protocol?: string | number;
  /** Since the entry was confirmed, used, updated. */
  confirmedMs?: number;
  usedMs?: number;
  updatedMs?: number;
  refcnt?: number;
  /** The decoded message, for the rest. */
  message: NeighborMessage;
}
/** Which entries. */
export interface NeighborFilter {
  readonly dev?: Device | undefined;
  /** Those of devices with this master. */
  readonly master?: Device | undefined;
  readonly family?: Family | undefined;
  /** One state, or several. */
  readonly state?: string | readonly string[] | undefined;
  /** The proxies, which are a list of their own. */
  readonly proxy?: boolean | undefined;
  readonly dst?: string | undefined;
  readonly protocol?: string | number | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "change" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const NTF = neighborFlags.values;
const NUD = neighborStates.values;
const switches = [
  ["proxy", NTF.proxy],
  ["router", NTF.router],
  ["externLearn", NTF.extern_learn],
  ["use", NTF.use],
] as const;
const keyKeys = ["dst", "dev", "proxy"];
const keys = [...keyKeys, "lladdr", "state", "router", "externLearn", "use", "managed", "protocol"];

/** Neighbours (`ip neighbor`). */
export class Neighbors {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All neighbours but the proxies and the bridges' forwarding entries, or those that a filter keeps. */
  list(filter: NeighborFilter = {}, options: DumpOptions = {}): Promise<Neighbor[]> {
    const operation = "list neighbors";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: NeighborFilter = {}, options: DumpOptions = {}): Stream<Neighbor> {
    const operation = "list neighbors";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** One entry: `get("192.0.2.9", "eth0")`; a proxy with `{ proxy: true }`. @throws {NetlinkError} ENOENT */
  async get(
    dst: string,
    dev: Device,
    by: Pick<NeighborKey, "proxy"> = {},
    options: ExchangeOptions = {},
  ): Promise<Neighbor> {
    checkOptions("neighbor", by, ["proxy"]);
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => neighborValue("remove", { dst, dev, ...by }, index), {
      timeout,
      signal,
    });
    const found = await about(
      dev,
      ask(this.#channel, { type: RTM.getneigh, schema, value: value as never }, schema, {
        operation: `get neighbor ${dst} dev ${dev}`,
        ...options,
      }),
    );
    const names = await deviceNames(this.#channel, { timeout, signal });
    return readNeighbor(found, (i) => names.get(i));
  }
  /** As `get`; undefined if there is none. A missing device is an error still. */
  find(
    dst: string,
    dev: Device,
    by: Pick<NeighborKey, "proxy"> = {},
    options: ExchangeOptions = {},
  ): Promise<Neighbor | undefined> {
    return ifFound(this.get(dst, dev, by, options));
  }

  /** `add({ dst: "192.0.2.9", dev: "eth0", lladdr: "02:00:00:00:00:09" })`. @throws {NetlinkError} EEXIST… */
  add(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", neighbor, options);
  }
  /** Changes an entry that is there. @throws {NetlinkError} ENOENT */
  change(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("change", neighbor, options);
  }
  /** Puts an entry in place of that of the same address, or adds it. */
  replace(neighbor: NeighborOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", neighbor, options);
  }
  /** Removes an entry. @throws {NetlinkError} ENOENT */
  remove(neighbor: NeighborKey, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", neighbor, options);
  }
  /** False if the entry was not there. A missing device is an error still. */
  removeIfExists(neighbor: NeighborKey, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(neighbor, options));
  }
  /** Removes entries, but, like iproute2, no permanent and no noarp ones unless the filter asks for that state; says how many. */
  async flush(filter: NeighborFilter = {}, options: ExchangeOptions = {}): Promise<number> {
    const found = (await this.list(filter, options)).filter(
      (n) => filter.state !== undefined || filter.proxy || (n.message.state & (NUD.permanent | NUD.noarp)) === 0,
    );
    return removeAll(
      this.#channel,
      found.map(({ message: { family, ifindex, flags, dst } }) => ({
        type: RTM.delneigh,
        schema,
        value: { family, ifindex, flags: flags & NTF.proxy, ...(dst === undefined ? {} : { dst }) },
      })),
      { operation: "flush neighbors", ...options },
    );
  }
  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(verb: Verb, neighbor: NeighborOptions): Prepared {
    const value = neighborValue(verb, neighbor, byIndex) as never;
    const type = verb === "remove" ? RTM.delneigh : RTM.newneigh;
    return { message: { type, flags: FLAGS[verb], schema, value }, operation: () => describe(verb, neighbor) };
  }

  async #do(verb: Verb, neighbor: NeighborOptions, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => neighborValue(verb, neighbor, index), {
      timeout,
      signal,
    });
    const type = verb === "remove" ? RTM.delneigh : RTM.newneigh;
    const message = { type, flags: FLAGS[verb], schema, value: value as never };
    const operation = () => describe(verb, neighbor);
    await about(neighbor.dev, this.#channel.ack(message, { operation, ...options }));
  }

  async #dump(
    filter: NeighborFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Neighbor>> {
    checkOptions("neighbors", filter, ["dev", "master", "family", "state", "proxy", "dst", "protocol"]);
    const dst = filter.dst === undefined ? undefined : canonicalAddress("neighbors.dst", filter.dst);
    const family =
      filter.family !== undefined
        ? familyNumber("neighbors.family", filter.family)
        : dst === undefined
          ? 0
          : parseAddress("neighbors.dst", dst);
    const states = filter.state === undefined ? undefined : [filter.state].flat();
    const bits = states?.reduce((mask, state) => mask | stateNumber("neighbors.state", state), 0);
    const none = states?.includes("none");
    const protocol =
      filter.protocol === undefined ? undefined : wordNumber("neighbors.protocol", routeProtocols, filter.protocol);
    const index = await indexIf(this.#channel, filter.dev, options);
    const master = await indexIf(this.#channel, filter.master, options);
    // The kernel filters by these (neigh_valid_dump_req), and refuses a state.
    const value: Obj = { family, flags: filter.proxy ? NTF.proxy : 0 };
    if (index !== undefined) value.viaIfindex = index;
    if (master !== undefined) value.master = master;
    return {
      message: { type: RTM.getneigh, schema, value: value as never },
      answer: schema,
      map: (m) => {
        if (m.family === AF_BRIDGE || (family !== 0 && m.family !== family)) return undefined;
        if (index !== undefined && m.ifindex !== index) return undefined;
        if (bits !== undefined && (m.state & bits) === 0 && !(none && m.state === 0)) return undefined;
        if (dst !== undefined && m.dst !== dst) return undefined;
        if (protocol !== undefined && (m.protocol ?? 0) !== protocol) return undefined;
        return readNeighbor(m, deviceName);
      },
    };
  }
}

const describe = (verb: Verb, { dst, dev, proxy }: NeighborKey): string =>
  `${verb} ${proxy ? "proxy" : "neighbor"} ${dst}${dev === undefined ? "" : ` dev ${dev}`}`;
const stateNumber = (where: string, state: string | number): number =>
  state === "none" ? 0 : wordNumber(where, neighborStates, state);

/** The message's value. @throws {OptionError} */
export function neighborValue(verb: Verb, n: NeighborOptions, index: DeviceIndexes): Obj {
  checkOptions("neighbor", n, verb === "remove" ? keyKeys : keys);
  const value: Obj = { family: parseAddress("neighbor.dst", n.dst), dst: n.dst, state: 0, flags: 0 };
  let flags = 0;
  for (const [key, bit] of switches) if (isSet(n, key)) flags |= bit;
  value.flags = flags;
  if (n.dev === undefined && !n.proxy)
    throw new OptionError("neighbor.dev: the device is missing", "dev", "a device, but for a proxy");
  value.ifindex = n.dev === undefined ? 0 : index(n.dev);
  if (verb === "remove") return value;
  const managed = isSet(n, "managed");
  if (n.proxy)
    for (const key of ["lladdr", "state", "managed", "use"] as const)
      if (n[key] !== undefined)
        throw new OptionError(`neighbor.${key}: a proxy has none`, key, `no ${key} beside proxy`);
  if (n.state !== undefined) value.state = stateNumber("neighbor.state", n.state);
  else if (!n.proxy && !n.use && !managed) value.state = NUD.permanent;
  if (n.lladdr !== undefined) {
    const bytes = typeof n.lladdr === "string" ? (parseMac(n.lladdr) ?? parseIp(n.lladdr)) : undefined;
    if (!bytes)
      throw new OptionError(
        `neighbor.lladdr: ${JSON.stringify(n.lladdr)} is not a link-layer address`,
        "lladdr",
        '"02:00:00:00:00:01", or on a tunnel "192.0.2.1"',
      );
    value.lladdr = readMac(bytes, 0, bytes.length);
  }
  if (managed) value.flagsExt = neighborExtFlags.values.managed;
  if (n.protocol !== undefined) value.protocol = wordNumber("neighbor.protocol", routeProtocols, n.protocol);
  return value;
}
function isSet(n: NeighborOptions, key: "proxy" | "router" | "externLearn" | "use" | "managed"): boolean {
  const given: unknown = n[key];
  if (given !== undefined && typeof given !== "boolean")
    throw new OptionError(`neighbor.${key}: ${String(given)} is not true or false`, key, "true or false");
  return given === true;
}

/** A neighbour in the user's terms. */
export function readNeighbor(m: NeighborMessage, deviceName: DeviceName): Neighbor {
  const out: Neighbor = {
    family: familyName(m.family),
    dst: m.dst ?? "",
    dev: deviceName(m.ifindex) ?? m.ifindex,
    index: m.ifindex,
    state: flagNames(neighborStates, m.state).join(",") || "none",
    flags: [...flagNames(neighborFlags, m.flags), ...flagNames(neighborExtFlags, m.flagsExt ?? 0)],
    message: m,
  };
  if (m.lladdr !== undefined) out.lladdr = m.lladdr;
  if (m.master !== undefined) out.master = deviceName(m.master) ?? m.master;
  if (m.probes !== undefined) out.probes = m.probes;
  if (m.protocol !== undefined) out.protocol = nameOf(routeProtocols, m.protocol) ?? m.protocol;
  if (m.cacheinfo) Object.assign(out, toFriendly(neighborCacheinfo, m.cacheinfo));
  return out;
}
