/** Settings of address families, per link and for all, as the kernel tells of them. @module */
import {
  NETCONFA_IFINDEX_ALL,
  NETCONFA_IFINDEX_DEFAULT,
  type Netconf as NetconfMessage,
  netconf as schema,
} from "../codec/rtnetlink/netconf.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, deviceNames, indexOf } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, ask, type DeviceName, listNamed, streamNamed } from "./facet.ts";
import { checkOptions, type Family, familyName, familyNumber } from "./options.ts";

/** A device, or `"all"`: the settings for all of them, or `"default"`: those that new ones get. */
export type NetconfDevice = Device;
/** What /proc/sys/net/ipv4/conf and its like hold; only what the family has. */
export interface Netconf {
  family: string;
  /** A device's name, `"all"` or `"default"`. */
  dev: string | number;
  /** −1: all, −2: default. */
  index: number;
  forwarding?: boolean;
  mcForwarding?: boolean;
  bcForwarding?: boolean;
  /** Reverse path filter: 0 off, 1 strict, 2 loose. */
  rpFilter?: number;
  /** Answer for neighbours: proxy_arp, proxy_ndp. */
  proxyNeigh?: boolean;
  ignoreRoutesWithLinkdown?: boolean;
  forceForwarding?: boolean;
  /** MPLS: take labelled packets. */
  input?: boolean;
  message: NetconfMessage;
}
/** Which settings. */
export interface NetconfFilter {
  readonly family?: Family | undefined;
  readonly dev?: NetconfDevice | undefined;
}

const flags = [
  "forwarding",
  "mcForwarding",
  "bcForwarding",
  "proxyNeigh",
  "ignoreRoutesWithLinkdown",
  "forceForwarding",
  "input",
] as const;

/** Network configuration (`ip netconf`). It is changed through sysctl; the kernel has no request for that. */
export class Netconfs {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Settings of all families and devices, or those that a filter keeps. */
  list(filter: NetconfFilter = {}, options: DumpOptions = {}): Promise<Netconf[]> {
    const operation = "list network configuration";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: NetconfFilter = {}, options: DumpOptions = {}): Stream<Netconf> {
    const operation = "list network configuration";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /**
   * Settings of one device in one family: `get("eth0", "inet")`, `get("all", "inet6")`.
   * @throws {InterfaceNotFound} @throws {NetlinkError} EOPNOTSUPP, the kernel has none of that family
   */
  async get(dev: NetconfDevice, family: Family = "inet", options: ExchangeOptions = {}): Promise<Netconf> {
    const { timeout, signal } = options;
    const number = familyNumber("netconf.family", family);
    const ifindex = await this.#index(dev, { timeout, signal });
    const value = { family: number, ifindex };
    const found = await about(
      dev,
      ask(this.#channel, { type: RTM.getnetconf, schema, value }, schema, {
        operation: `get network configuration of ${dev}`,
        ...options,
      }),
    );
    const names = await deviceNames(this.#channel, { timeout, signal });
    return readNetconf(found, (i) => names.get(i));
  }

  #index(dev: NetconfDevice, options: ExchangeOptions): number | Promise<number> {
    if (dev === "all" || dev === NETCONFA_IFINDEX_ALL) return NETCONFA_IFINDEX_ALL;
    if (dev === "default" || dev === NETCONFA_IFINDEX_DEFAULT) return NETCONFA_IFINDEX_DEFAULT;
    return indexOf(this.#channel, dev, options);
  }
  async #dump(
    filter: NetconfFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Netconf>> {
    checkOptions("netconf", filter, ["family", "dev"]);
    const family = filter.family === undefined ? 0 : familyNumber("netconf.family", filter.family);
    const index = filter.dev === undefined ? undefined : await this.#index(filter.dev, options);
    return {
      message: { type: RTM.getnetconf, schema, value: { family } },
      answer: schema,
      map: (m) =>
        (family !== 0 && m.family !== family) || (index !== undefined && m.ifindex !== index)
          ? undefined
          : readNetconf(m, deviceName),
    };
  }
}

/** Settings in the user's terms. */
export function readNetconf(m: NetconfMessage, deviceName: DeviceName): Netconf {
  const index = m.ifindex ?? 0;
  const named =
    index === NETCONFA_IFINDEX_ALL ? "all" : index === NETCONFA_IFINDEX_DEFAULT ? "default" : deviceName(index);
  const out: Netconf = { family: familyName(m.family), dev: named ?? index, index, message: m };
  for (const key of flags) if (m[key] !== undefined) out[key] = m[key] !== 0;
  if (m.rpFilter !== undefined) out.rpFilter = m.rpFilter;
  return out;
}
