/** Addresses of interfaces. @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  type Address as AddressMessage,
  addressFlags,
  addressProtocols,
  address as schema,
} from "../codec/rtnetlink/address.ts";
import { scopes } from "../codec/rtnetlink/scope.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { formatIp, parseIp } from "../codec/wire/ip.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, type DeviceIndexes, indexIf, NAME_MAX, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, type DeviceName, existed, flagNames, listNamed, removeAll, streamNamed } from "./facet.ts";
import { kernelError } from "./failure.ts";
import {
  AF_INET,
  AF_INET6,
  canonicalAddress,
  checkOptions,
  contains,
  type Family,
  familyName,
  familyNumber,
  integer,
  OptionError,
  parseAddress,
  parsePrefix,
  wordNumber,
} from "./options.ts";

/** What an address can have beside itself. */
export interface AddressOptions {
  /** The other end, on a point-to-point link: an address, or a prefix that is reached there. */
  readonly peer?: string | undefined;
  /** IPv4: an address; true, or `"+"`: the last of the prefix; `"-"`: the first of it. None by default. */
  readonly broadcast?: string | boolean | undefined;
  /** IPv6. Sent as iproute2 sends it; no kernel up to 6.18 looks at it (inet6_rtm_newaddr). */
  readonly anycast?: string | undefined;
  /** IPv4: the device's name, or that and `:` and more. */
  readonly label?: string | undefined;
  /** `"global"` by default, `"host"` for loopback addresses. */
  readonly scope?: string | number | undefined;
  /** IFA_F_* in iproute2's words: `"nodad"`, `"noprefixroute"`, `"home"`, `"mngtmpaddr"`, `"optimistic"`, `"autojoin"`. */
  readonly flags?: readonly string[] | undefined;
  /** Seconds, or `"forever"` (the default). */
  readonly validLifetime?: number | "forever" | undefined;
  readonly preferredLifetime?: number | "forever" | undefined;
  /** Metric of the prefix route. */
  readonly metric?: number | undefined;
  readonly protocol?: string | number | undefined;
}
/** An address in the user's terms. */
export interface Address {
  family: string;
  /** `"192.0.2.1/24"`. With a peer the length is the peer's prefix's, as the kernel has it. */
  address: string;
  local: string;
  prefixLength: number;
  peer?: string;
  broadcast?: string;
  anycast?: string;
  label?: string;
  dev: string | number;
  index: number;
  scope: string | number;
  /** `"permanent"`, `"tentative"`, `"dadfailed"`, `"deprecated"`, `"secondary"`… */
  flags: string[];
  /** Seconds left, or `"forever"`. */
  validLifetime?: number | "forever";
  preferredLifetime?: number | "forever";
  metric?: number;
  protocol?: string | number;
  message: AddressMessage;
}
/** Which addresses. */
export interface AddressFilter {
  readonly dev?: Device | undefined;
  readonly family?: Family | undefined;
  readonly scope?: string | number | undefined;
  /** An address, or a prefix that it lies in. */
  readonly address?: string | undefined;
  readonly label?: string | undefined;
  /** Those that have all these flags: `["tentative"]`. */
  readonly flags?: readonly string[] | undefined;
  readonly protocol?: string | number | undefined;
  /** Those of the namespace that has this id here (`nsids`); devices are indexes then. */
  readonly nsid?: number | undefined;
  /**
   * Instead of the device's own addresses those of the groups it has joined, or the anycast ones: of IPv6, or with `family: "inet"` of
   * IPv4 (groups, since Linux 6.15).
   */
  readonly cast?: keyof typeof CASTS | undefined;
}

/** The lists that there are. */
const CASTS = { unicast: RTM.getaddr, multicast: RTM.getmulticast, anycast: RTM.getanycast } as const;
type Obj = Record<string, unknown>;
type Verb = "add" | "change" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const keys = [
  "peer",
  "broadcast",
  "anycast",
  "label",
  "scope",
  "flags",
  "validLifetime",
  "preferredLifetime",
  "metric",
  "protocol",
];
const FOREVER = 0xffffffff;
const EADDRNOTAVAIL = 99;

/** Addresses (`ip address`). */
export class Addresses {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All addresses, or those that a filter keeps: `list({ dev: "eth0", family: "inet" })`. @throws {InterfaceNotFound} */
  list(filter: AddressFilter = {}, options: DumpOptions = {}): Promise<Address[]> {
    const operation = "list addresses";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: AddressFilter = {}, options: DumpOptions = {}): Stream<Address> {
    const operation = "list addresses";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** The entry of an address, on one device or any; undefined if there is none. */
  async find(address: string, dev?: Device, options: DumpOptions = {}): Promise<Address | undefined> {
    const local = canonicalAddress("address", address);
    return (await this.list({ dev, address }, options)).find((a) => a.local === local);
  }
  /** As `find`, for an address that must be there. @throws {NetlinkError} EADDRNOTAVAIL */
  async get(address: string, dev?: Device, options: DumpOptions = {}): Promise<Address> {
    const found = await this.find(address, dev, options);
    if (found) return found;
    const operation = `get address ${address}${dev === undefined ? "" : ` dev ${dev}`}`;
    throw kernelError(EADDRNOTAVAIL, { operation, ...options });
  }

  /** Gives a device an address: `add("veth0", "192.0.2.1/24")`. @throws {InterfaceNotFound} @throws {NetlinkError} EEXIST… */
  add(dev: Device, address: string, settings: AddressOptions = {}, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", dev, address, settings, options);
  }
  /** Changes lifetimes, metric and flags of an address. The kernel adds one that is not there (inet_rtm_newaddr). */
  change(dev: Device, address: string, settings: AddressOptions = {}, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("change", dev, address, settings, options);
  }
  /** Changes an address, or adds it. */
  replace(dev: Device, address: string, settings: AddressOptions = {}, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", dev, address, settings, options);
  }
  /** Takes an address away; its prefix length must be the one that it was added with. @throws {NetlinkError} EADDRNOTAVAIL */
  remove(
    dev: Device,
    address: string,
    settings: Pick<AddressOptions, "peer" | "label"> = {},
    options: ExchangeOptions = {},
  ): Promise<void> {
    return this.#do("remove", dev, address, settings, options);
  }
  /** False if the address was not there. A missing device is an error still. */
  removeIfExists(
    dev: Device,
    address: string,
    settings: Pick<AddressOptions, "peer" | "label"> = {},
    options: ExchangeOptions = {},
  ): Promise<boolean> {
    return existed(this.remove(dev, address, settings, options));
  }
  /** Removes a device's addresses, or those that the filter keeps; says how many there were. */
  async flush(
    dev: Device,
    filter: Omit<AddressFilter, "dev" | "nsid" | "cast"> = {},
    options: ExchangeOptions = {},
  ): Promise<number> {
    const found = await this.list({ ...filter, dev, nsid: undefined, cast: undefined }, options);
    // A secondary address goes with its primary: it may be gone when its turn comes.
    await removeAll(
      this.#channel,
      found.map(({ message: { cacheinfo: _, unknown: __, ...value } }) => ({ type: RTM.deladdr, schema, value })),
      { operation: `flush addresses of ${dev}`, ...options },
    );
    return found.length;
  }

  /** The request, not sent: for a `Batch`. */
  prepare(verb: Verb, index: number, address: string, settings: AddressOptions = {}): Prepared {
    const message = {
      type: verb === "remove" ? RTM.deladdr : RTM.newaddr,
      flags: FLAGS[verb],
      schema,
      value: addressValue(verb, index, address, settings) as never,
    };
    return { message, operation: () => `${verb} address ${address} dev ${index}` };
  }

  async #do(
    verb: Verb,
    dev: Device,
    address: string,
    settings: AddressOptions,
    options: ExchangeOptions,
  ): Promise<void> {
    const { timeout, signal } = options;
    const build = (index: DeviceIndexes) => addressValue(verb, index(dev), address, settings);
    const value = (await withIndexes(this.#channel, build, { timeout, signal })) as never;
    const type = verb === "remove" ? RTM.deladdr : RTM.newaddr;
    const operation = () => `${verb} address ${address} dev ${dev}`;
    await about(dev, this.#channel.ack({ type, flags: FLAGS[verb], schema, value }, { operation, ...options }));
  }

  async #dump(
    filter: AddressFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Address>> {
    checkOptions("addresses", filter, [
      "dev",
      "family",
      "scope",
      "address",
      "label",
      "flags",
      "protocol",
      "nsid",
      "cast",
    ]);
    const scope = filter.scope === undefined ? undefined : wordNumber("addresses.scope", scopes, filter.scope);
    const within = filter.address === undefined ? undefined : parsePrefix("addresses.address", filter.address, true);
    const flags = filter.flags === undefined ? 0 : flagBits("addresses.flags", filter.flags);
    const protocol =
      filter.protocol === undefined ? undefined : wordNumber("addresses.protocol", addressProtocols, filter.protocol);
    const cast = filter.cast ?? "unicast";
    if (!Object.hasOwn(CASTS, cast))
      throw new OptionError(
        `addresses.cast: ${JSON.stringify(cast)} is not one of ${Object.keys(CASTS).join(", ")}`,
        "cast",
        Object.keys(CASTS).join(", "),
      );
    // Of groups and anycast addresses the kernel has no list for all families.
    const family =
      filter.family === undefined
        ? (within?.family ?? (cast === "unicast" ? 0 : AF_INET6))
        : familyNumber("addresses.family", filter.family);
    const elsewhere = filter.nsid !== undefined;
    if (elsewhere && typeof filter.dev === "string")
      throw new OptionError("addresses.dev: of another namespace a device is known by index", "dev", "an index");
    const index = await indexIf(this.#channel, filter.dev, options);
    const value: Obj = { family };
    // The kernel filters by these (inet_valid_dump_ifaddr_req), of its own addresses only.
    if (index !== undefined && cast === "unicast") value.index = index;
    if (filter.nsid !== undefined) value.targetNetnsid = integer("addresses.nsid", filter.nsid, 0x7fffffff);
    return {
      message: { type: CASTS[cast], schema, value: value as never },
      answer: schema,
      map: (m) => {
        if (family !== 0 && m.family !== family) return undefined;
        if (flags !== 0 && ((m.allFlags ?? m.flags) & flags) !== flags) return undefined;
        if (protocol !== undefined && (m.proto ?? 0) !== protocol) return undefined;
        if (index !== undefined && m.index !== index) return undefined;
        if (scope !== undefined && m.scope !== scope) return undefined;
        if (filter.label !== undefined && m.label !== filter.label) return undefined;
        const address = readAddress(m, elsewhere ? () => undefined : deviceName);
        return within && !contains(within, address.local) ? undefined : address;
      },
    };
  }
}

function addressValue(verb: Verb, index: number, text: string, o: AddressOptions): Obj {
  checkOptions("address", o, keys);
  const { family, address, length } = parsePrefix("address", text, true);
  const value: Obj = { family, index, prefixlen: length, local: address, address };
  if (o.peer !== undefined) {
    const peer = parsePrefix("address.peer", o.peer, true);
    if (peer.family !== family)
      throw new OptionError(
        `address.peer: ${o.peer} is of another family than ${text}`,
        "peer",
        "an address of the same family",
      );
    value.address = peer.address;
    value.prefixlen = o.peer.includes("/") ? peer.length : family === AF_INET ? 32 : 128;
  }
  if (o.broadcast === true || o.broadcast === "+" || o.broadcast === "-") {
    if (family !== AF_INET || length > 30)
      throw new OptionError(`address.broadcast: ${text} has none`, "broadcast", "an IPv4 prefix of up to 30 bits");
    const bytes = parseIp(address)!;
    for (let bit = length; bit < 32; bit++)
      if (o.broadcast === "-") bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
      else bytes[bit >> 3]! |= 0x80 >> (bit & 7);
    value.broadcast = formatIp(bytes);
  } else if (typeof o.broadcast === "string") {
    if (parseAddress("address.broadcast", o.broadcast) !== AF_INET || family !== AF_INET)
      throw new OptionError(`address.broadcast: ${o.broadcast} is not for ${text}`, "broadcast", "IPv4 addresses");
    value.broadcast = o.broadcast;
  }
  if (o.anycast !== undefined) {
    if (parseAddress("address.anycast", o.anycast) !== family)
      throw new OptionError(`address.anycast: ${o.anycast} is of another family than ${text}`, "anycast", "its family");
    value.anycast = o.anycast;
  }
  if (o.label !== undefined) {
    if (typeof o.label !== "string" || family !== AF_INET || new TextEncoder().encode(o.label).length > NAME_MAX)
      throw new OptionError(
        `address.label: ${JSON.stringify(o.label)} is not a label of an IPv4 address, up to ${NAME_MAX} bytes long`,
        "label",
        `up to ${NAME_MAX} bytes, of an IPv4 address`,
      );
    value.label = o.label;
  }
  const loopback = family === AF_INET && address.startsWith("127.");
  value.scope =
    o.scope === undefined ? (verb !== "remove" && loopback ? 254 : 0) : wordNumber("address.scope", scopes, o.scope);
  if (o.flags !== undefined) value.allFlags = flagBits("address.flags", o.flags);
  if (o.metric !== undefined) value.rtPriority = integer("address.metric", o.metric);
  if (o.protocol !== undefined) value.proto = wordNumber("address.protocol", addressProtocols, o.protocol);
  if (o.validLifetime !== undefined || o.preferredLifetime !== undefined) {
    const valid = seconds("validLifetime", o.validLifetime);
    const preferred = seconds("preferredLifetime", o.preferredLifetime ?? o.validLifetime);
    if (valid === 0) throw new OptionError("address.validLifetime: 0 is no life", "validLifetime", "seconds from 1");
    if (preferred > valid)
      throw new OptionError(
        `address.preferredLifetime: ${o.preferredLifetime} is longer than the valid one`,
        "preferredLifetime",
        "at most validLifetime",
      );
    value.cacheinfo = { valid, preferred };
  }
  return value;
}
function flagBits(where: string, flags: readonly string[]): number {
  if (!Array.isArray(flags))
    throw new OptionError(`${where}: ${JSON.stringify(flags)} is not a list`, "flags", "a list of flags");
  return flags.reduce((bits, flag) => (bits | wordNumber(where, addressFlags, flag)) >>> 0, 0);
}
function seconds(option: string, given: number | "forever" | undefined): number {
  if (given === undefined || given === "forever") return FOREVER;
  if (Number.isInteger(given) && given >= 0 && given < FOREVER) return given;
  throw new OptionError(
    `address.${option}: ${given} is not a number of seconds or "forever"`,
    option,
    'seconds or "forever"',
  );
}

/** An address in the user's terms. */
export function readAddress(m: AddressMessage, deviceName: DeviceName): Address {
  const local = m.local ?? m.address ?? m.multicast ?? m.anycast ?? "";
  const out: Address = {
    family: familyName(m.family),
    address: `${local}/${m.prefixlen}`,
    local,
    prefixLength: m.prefixlen,
    dev: deviceName(m.index) ?? m.index,
    index: m.index,
    scope: nameOf(scopes, m.scope) ?? m.scope,
    flags: flagNames(addressFlags, m.allFlags ?? m.flags),
    message: m,
  };
  if (m.address !== undefined && m.address !== local) out.peer = `${m.address}/${m.prefixlen}`;
  if (m.broadcast !== undefined) out.broadcast = m.broadcast;
  if (m.anycast !== undefined) out.anycast = m.anycast;
  if (m.label !== undefined) out.label = m.label;
  if (m.rtPriority !== undefined) out.metric = m.rtPriority;
  if (m.proto !== undefined) out.protocol = nameOf(addressProtocols, m.proto) ?? m.proto;
  if (m.cacheinfo) {
    out.validLifetime = m.cacheinfo.valid === FOREVER ? "forever" : m.cacheinfo.valid;
    out.preferredLifetime = m.cacheinfo.preferred === FOREVER ? "forever" : m.cacheinfo.preferred;
  }
  return out;
}
