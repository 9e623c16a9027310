/** Labels that IPv6 chooses source addresses by. @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import { type AddressLabel as AddressLabelMessage, addressLabel as schema } from "../codec/rtnetlink/address-label.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, type DeviceIndexes, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, ask, type DeviceName, existed, ifFound, listNamed, removeAll, streamNamed } from "./facet.ts";
import { AF_INET6, checkOptions, integer, OptionError, parseAddress, parsePrefix } from "./options.ts";

/** A label to set. */
export interface AddressLabelOptions {
  /** `"2001:db8::/32"`. */
  readonly prefix: string;
  /** Addresses of one label go together (RFC 6724); 4294967295 is reserved. */
  readonly label: number;
  /** Only on this device. */
  readonly dev?: Device | undefined;
}
/** A label in the user's terms. */
export interface AddressLabel {
  prefix: string;
  label: number;
  dev?: string | number;
  index?: number;
  message: AddressLabelMessage;
}

type Verb = "add" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};

/** Address labels (`ip addrlabel`). */
export class AddressLabels {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All labels, or those of one device. */
  list(filter: { readonly dev?: Device | undefined } = {}, options: DumpOptions = {}): Promise<AddressLabel[]> {
    const operation = "list address labels";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: { readonly dev?: Device | undefined } = {}, options: DumpOptions = {}): Stream<AddressLabel> {
    const operation = "list address labels";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** The label that counts for an address, on a device if one is given. @throws {NetlinkError} ESRCH */
  async get(address: string, dev?: Device, options: ExchangeOptions = {}): Promise<AddressLabel> {
    if (parseAddress("addressLabel.address", address) !== AF_INET6)
      throw new OptionError(`addressLabel.address: ${address} is not an IPv6 address`, "address", "an IPv6 address");
    const { timeout, signal } = options;
    const index = await indexIf(this.#channel, dev, { timeout, signal });
    const value = { family: AF_INET6, prefixlen: 128, address, ...(index === undefined ? {} : { index }) };
    const found = await ask(this.#channel, { type: RTM.getaddrlabel, schema, value }, schema, {
      operation: `get label of address ${address}`,
      ...options,
    });
    const names = await deviceNames(this.#channel, { timeout, signal });
    return readAddressLabel(found, (i) => names.get(i));
  }
  /** As `get`, undefined if there is none. */
  find(address: string, dev?: Device, options: ExchangeOptions = {}): Promise<AddressLabel | undefined> {
    return ifFound(this.get(address, dev, options));
  }
  /** `add({ prefix: "2001:db8::/32", label: 7 })`. @throws {NetlinkError} EEXIST */
  add(label: AddressLabelOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", label, options);
  }
  /** Changes a prefix's label, or adds it. */
  replace(label: AddressLabelOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", label, options);
  }
  /** Removes a prefix's label. @throws {NetlinkError} ESRCH */
  remove(label: Pick<AddressLabelOptions, "prefix" | "dev">, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", label, options);
  }
  /** False if the prefix had none. A missing device is an error still. */
  removeIfExists(label: Pick<AddressLabelOptions, "prefix" | "dev">, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(label, options));
  }
  /** Removes all labels, or those of one device; says how many. */
  async flush(filter: { readonly dev?: Device | undefined } = {}, options: ExchangeOptions = {}): Promise<number> {
    const labels = await this.list(filter, options);
    return removeAll(
      this.#channel,
      labels.map(({ message: { unknown: _, ...value } }) => ({ type: RTM.deladdrlabel, schema, value })),
      { operation: "flush address labels", ...options },
    );
  }

  async #do(verb: Verb, label: Partial<AddressLabelOptions>, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => labelValue(verb, label, index), { timeout, signal });
    const type = verb === "remove" ? RTM.deladdrlabel : RTM.newaddrlabel;
    const operation = `${verb} address label of ${label.prefix}`;
    const message = { type, flags: FLAGS[verb], schema, value };
    await about(label.dev, this.#channel.ack(message, { operation, ...options }));
  }

  async #dump(
    filter: { readonly dev?: Device | undefined },
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, AddressLabel>> {
    checkOptions("addressLabels", filter, ["dev"]);
    const index = await indexIf(this.#channel, filter.dev, options);
    return {
      message: { type: RTM.getaddrlabel, schema, value: { family: AF_INET6 } },
      answer: schema,
      map: (m) => (index !== undefined && m.index !== index ? undefined : readAddressLabel(m, deviceName)),
    };
  }
}

function labelValue(verb: Verb, o: Partial<AddressLabelOptions>, index: DeviceIndexes) {
  checkOptions("addressLabel", o, verb === "remove" ? ["prefix", "dev"] : ["prefix", "dev", "label"]);
  const { family, address, length } = parsePrefix("addressLabel.prefix", o.prefix!);
  if (family !== AF_INET6)
    throw new OptionError(`addressLabel.prefix: ${o.prefix} is not a prefix of IPv6`, "prefix", "a prefix of IPv6");
  // RTM_DELADDRLABEL reads a label, too, and does not look at it (ip6addrlbl_newdel).
  const label = verb === "remove" ? 0 : integer("addressLabel.label", o.label!, 0xfffffffe);
  return { family, prefixlen: length, address, label, ...(o.dev === undefined ? {} : { index: index(o.dev) }) };
}

/** A label in the user's terms. */
export function readAddressLabel(m: AddressLabelMessage, deviceName: DeviceName): AddressLabel {
  const out: AddressLabel = { prefix: `${m.address ?? "::"}/${m.prefixlen}`, label: m.label ?? 0, message: m };
  if (m.index !== 0) {
    out.dev = deviceName(m.index) ?? m.index;
    out.index = m.index;
  }
  return out;
}
