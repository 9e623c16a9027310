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
import { nameOf, namesOf } from "../codec/schema/scalar.ts";
import { formatIp, parseIp } from "../codec/wire/ip.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, deviceNames, indexOf, NAME_MAX } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";
import { kernelError } from "./failure.ts";
import {
  AF_INET,
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

export interface AddressOptions {
  /** The other end, on a point-to-point link: an address, or a prefix that is reached there. */
  readonly peer?: string | undefined;
  /** IPv4: an address; true, or `"+"`: the last of the prefix; `"-"`: the first of it. None by default. */
  readonly broadcast?: string | boolean | undefined;
  /** IPv6. */
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
export interface AddressFilter {
  readonly dev?: Device | undefined;
  readonly family?: Family | undefined;
  readonly scope?: string | number | undefined;
  /** An address, or a prefix that it lies in. */
  readonly address?: string | undefined;
  readonly label?: string | undefined;
}

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

export class Addresses {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All addresses, or those that a filter keeps: `list({ dev: "eth0", family: "inet" })`. @throws {InterfaceNotFound} */
  async list(filter: AddressFilter = {}, options: DumpOptions = {}): Promise<Address[]> {
    return listDump(this.#channel, await this.#named(filter, options), { operation: "list addresses", ...options });
  }
  stream(filter: AddressFilter = {}, options: DumpOptions = {}): Stream<Address> {
    const operation = "list addresses";
    return streamDump(this.#channel, () => this.#named(filter, options), { operation, ...options });
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
  async removeIfExists(
    dev: Device,
    address: string,
    settings: Pick<AddressOptions, "peer" | "label"> = {},
    options: ExchangeOptions = {},
  ): Promise<boolean> {
    try {
      await this.remove(dev, address, settings, options);
      return true;
    } catch (e) {
      if (isNotFound(e) && !(e instanceof InterfaceNotFound)) return false;
      throw e;
    }
  }
  /** Removes a device's addresses, or those that the filter keeps; says how many. */
  async flush(dev: Device, filter: Omit<AddressFilter, "dev"> = {}, options: ExchangeOptions = {}): Promise<number> {
    const found = await this.list({ ...filter, dev }, options);
    const results = await this.#channel.batch(
      found.map(({ message: { cacheinfo: _, unknown: __, ...value } }) => ({ type: RTM.deladdr, schema, value })),
      { ...options, operation: `flush addresses of ${dev}` },
    );
    // A secondary address goes with its primary.
    const failed = results.find((e) => e !== undefined && !isNotFound(e));
    if (failed) throw failed;
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
    addressValue(verb, 1, address, settings); // what is wrong with the options is said before anything is sent
    const index = await indexOf(this.#channel, dev, options);
    const { message } = this.prepare(verb, index, address, settings);
    try {
      await this.#channel.ack(message, { operation: () => `${verb} address ${address} dev ${dev}`, ...options });
    } catch (e) {
      if (e instanceof NetlinkError && e.code === "ENODEV") throw new InterfaceNotFound(dev, e);
      throw e;
    }
  }

  /** The filter is looked at before anything is asked of the kernel. */
  async #named(filter: AddressFilter, options: DumpOptions): Promise<Dump<typeof schema, Address>> {
    let names = new Map<number, string>();
    const dump = await this.#dump(filter, (i) => names.get(i), options);
    names = await deviceNames(this.#channel, options);
    return dump;
  }
  async #dump(
    filter: AddressFilter,
    deviceName: (index: number) => string | undefined,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Address>> {
    checkOptions("addresses", filter, ["dev", "family", "scope", "address", "label"]);
    const scope = filter.scope === undefined ? undefined : wordNumber("addresses.scope", scopes, filter.scope);
    const within = filter.address === undefined ? undefined : parsePrefix("addresses.address", filter.address, true);
    const family =
      filter.family === undefined ? (within?.family ?? 0) : familyNumber("addresses.family", filter.family);
    const index = filter.dev === undefined ? undefined : await indexOf(this.#channel, filter.dev, options);
    const value: Obj = { family };
    if (index !== undefined) value.index = index;
    return {
      message: { type: RTM.getaddr, schema, value: value as never },
      answer: schema,
      map: (raw) => {
        const m = raw as AddressMessage;
        if (index !== undefined && m.index !== index) return undefined;
        if (scope !== undefined && m.scope !== scope) return undefined;
        if (filter.label !== undefined && m.label !== filter.label) return undefined;
        const address = readAddress(m, deviceName);
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
  if (o.flags !== undefined && !Array.isArray(o.flags))
    throw new OptionError(`address.flags: ${JSON.stringify(o.flags)} is not a list`, "flags", "a list of flags");
  if (o.flags !== undefined)
    value.allFlags = o.flags.reduce((bits, flag) => (bits | wordNumber("address.flags", addressFlags, flag)) >>> 0, 0);
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
export function readAddress(m: AddressMessage, deviceName: (index: number) => string | undefined): Address {
  const local = m.local ?? m.address ?? "";
  const bits = namesOf(addressFlags, m.allFlags ?? m.flags);
  const out: Address = {
    family: familyName(m.family),
    address: `${local}/${m.prefixlen}`,
    local,
    prefixLength: m.prefixlen,
    dev: deviceName(m.index) ?? m.index,
    index: m.index,
    scope: nameOf(scopes, m.scope) ?? m.scope,
    flags: bits.rest === 0n ? bits.names : [...bits.names, `0x${bits.rest.toString(16)}`],
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
