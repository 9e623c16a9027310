/** Links: network devices. @module */
import { closeSync, openSync } from "node:fs";
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL } from "../codec/nlmsg/header.ts";
import { linkFlags, linkModes, operStates } from "../codec/rtnetlink/link/flags.ts";
import type { LinkKind } from "../codec/rtnetlink/link/info.ts";
import { type LinkInput, type Link as LinkMessage, link as schema } from "../codec/rtnetlink/link/link.ts";
import type { LinkStats64 } from "../codec/rtnetlink/link/stats.ts";
import { linkTypes } from "../codec/rtnetlink/link/type.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { decoder } from "../codec/schema/engine.ts";
import { nameOf, namesOf } from "../codec/schema/scalar.ts";
import { CodecError } from "../codec/wire/error.ts";
import { NamespaceNotFound } from "../transport/errors.ts";
import type { NetnsSpec } from "../transport/linux/netns.ts";
import type { Channel, ExchangeOptions, Message } from "./channel.ts";
import { type Device, deviceNames, indexOf, NAME_MAX, nameAttributes } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";
import {
  isLinkKind,
  isSlaveKind,
  type KindOptions,
  type KindSettings,
  kindKeys,
  readKind,
  readSlave,
  type SlaveOptions,
  type SlaveSettings,
  writeKind,
  writeSlave,
} from "./link-kinds.ts";
import { checkOptions, OptionError } from "./options.ts";

/** Counters of a link: packets, but for the two in bytes. Exact to 2⁵³; `message.stats64` has all 64 bits. */
export type LinkStats = { [K in keyof LinkStats64 as K extends "rest" ? never : K]: number };

/** What every link has, as far as the kernel reports it. */
export interface LinkBase {
  index: number;
  name: string;
  /** IFF_UP: it has been set up. Whether packets pass is in `operstate` and `carrier`. */
  up: boolean;
  /** Names of IFF_*, in iproute2's words in lower case: `"up"`, `"broadcast"`, `"lower_up"`… */
  flags: string[];
  /** ARPHRD_*: `"ether"`, `"loopback"`, `"none"`… */
  linkType: string | number;
  /** RFC 2863: `"up"`, `"down"`, `"lowerlayerdown"`, `"unknown"`… */
  operstate?: string | number;
  linkmode?: string | number;
  carrier?: boolean;
  carrierChanges?: number;
  /** Bytes. */
  mtu?: number;
  minMtu?: number;
  maxMtu?: number;
  /** MAC address, or a tunnel's own IP address as bytes in hex. */
  address?: string;
  broadcast?: string;
  permAddress?: string;
  /** The device below, or a veth's peer: a name if it is in this namespace, else an index. */
  link?: string | number;
  /** Namespace that `link` is in, if not this one. */
  linkNetnsid?: number;
  master?: string | number;
  group?: number;
  /** Packets. */
  txqlen?: number;
  qdisc?: string;
  alias?: string;
  altNames?: string[];
  promiscuity?: number;
  allmulti?: number;
  numTxQueues?: number;
  numRxQueues?: number;
  /** Bytes. */
  gsoMaxSize?: number;
  gsoMaxSegs?: number;
  groMaxSize?: number;
  gsoIpv4MaxSize?: number;
  groIpv4MaxSize?: number;
  tsoMaxSize?: number;
  tsoMaxSegs?: number;
  protoDown?: boolean;
  parentDevName?: string;
  parentDevBusName?: string;
  stats?: LinkStats;
  /** Settings as a member of its master. */
  slave?: SlaveSettings;
  /** The decoded message, for the rest. */
  message: LinkMessage;
}
/** A link. `kind` tells virtual ones apart, and their settings stand beside it; physical devices and loopback have none. */
export type Link = LinkBase & ({ [K in LinkKind]: { kind: K } & KindSettings<K> }[LinkKind] | { kind?: undefined });
/** A link of one kind: `LinkOf<"vlan">`. */
export type LinkOf<K extends LinkKind> = LinkBase & { kind: K } & KindSettings<K>;

/** What every link can be given. */
export interface LinkSettings {
  readonly up?: boolean | undefined;
  /** Bytes. */
  readonly mtu?: number | undefined;
  readonly address?: string | undefined;
  readonly broadcast?: string | undefined;
  /** The bridge, bond, VRF… that it becomes a port of; null: none. */
  readonly master?: Device | null | undefined;
  /** Packets. */
  readonly txqlen?: number | undefined;
  readonly group?: number | undefined;
  /** Free text; `""` removes it. */
  readonly alias?: string | undefined;
  readonly operstate?: string | number | undefined;
  readonly linkmode?: string | number | undefined;
  readonly carrier?: boolean | undefined;
  readonly protoDown?: boolean | undefined;
  readonly gsoMaxSize?: number | undefined;
  readonly gsoMaxSegs?: number | undefined;
  readonly groMaxSize?: number | undefined;
  readonly gsoIpv4MaxSize?: number | undefined;
  readonly groIpv4MaxSize?: number | undefined;
  /** Further flags to set or to clear: `{ multicast: false, arp: true, promisc: true, allmulticast: true, dynamic… }`, IFF_* in lower case. */
  readonly set?: { readonly [flag: string]: boolean } | undefined;
  /** Namespace to create the link in, or to move it to. */
  readonly netns?: NetnsSpec | undefined;
  /** Settings as a port of its master; `kind` is the master's. */
  readonly slave?: SlaveOptions | undefined;
}
interface Creation extends LinkSettings {
  /** Up to 15 characters; `"veth%d"` has the kernel count. Left out, the kernel names it after its kind. */
  readonly name?: string | undefined;
  /** A certain index. */
  readonly index?: number | undefined;
  /** The device below. */
  readonly link?: Device | undefined;
  readonly linkNetnsid?: number | undefined;
  readonly numTxQueues?: number | undefined;
  readonly numRxQueues?: number | undefined;
}
/** The other end of a veth, vxcan or netkit pair. */
export type PeerOptions = Omit<Creation, "link" | "slave" | "master">;
type WithPeer<K> = K extends "veth" | "vxcan" | "netkit" ? { readonly peer?: PeerOptions | undefined } : unknown;
/** A link to create: its kind, what every link can be given, and the kind's own settings. */
export type LinkOptions = { [K in LinkKind]: Creation & { readonly kind: K } & KindOptions<K> & WithPeer<K> }[LinkKind];
/** A change: without `kind` only what every link has; with it, the kind's own settings too. */
export type LinkChange = LinkSettings & { readonly name?: string | undefined } & (
    | { [K in LinkKind]: { readonly kind: K } & KindOptions<K> }[LinkKind]
    | { readonly kind?: undefined }
  );

export interface LinkFilter {
  readonly kind?: LinkKind | undefined;
  /** Ports of this device. */
  readonly master?: Device | undefined;
  readonly up?: boolean | undefined;
  readonly group?: number | undefined;
  /** Report virtual functions: on devices with hundreds of them, a message beyond 64 KiB. */
  readonly vfs?: boolean | undefined;
}
/** What `add` made. `index` is undefined if the kernel did not say (before 6.1, or in another namespace). */
export interface CreatedLink {
  name: string | undefined;
  index: number | undefined;
}

type Obj = Record<string, unknown>;
const IFF_UP = 1;
const plainKeys = [
  "mtu", "address", "broadcast", "txqlen", "group", "linkNetnsid", "numTxQueues", "numRxQueues", "gsoMaxSize", "gsoMaxSegs", "groMaxSize",
  "gsoIpv4MaxSize", "groIpv4MaxSize",
] as const; // biome-ignore format: one table
const settingKeys = [
  ...plainKeys,
  "up",
  "master",
  "alias",
  "operstate",
  "linkmode",
  "carrier",
  "protoDown",
  "set",
  "netns",
  "slave",
  "name",
  "kind",
  "index",
  "link",
];

export class Links {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All links, or those that a filter keeps. */
  async list(filter: LinkFilter = {}, options: DumpOptions = {}): Promise<Link[]> {
    const messages = await listDump(this.#channel, await this.#dump(filter, (m) => m), {
      operation: "list links",
      ...options,
    });
    const names = new Map(messages.map((m) => [m.index, m.ifname ?? ""]));
    // A filtered list may refer to devices that are not in it.
    const name = this.#filtered(filter) ? await deviceNames(this.#channel, options) : names;
    return messages.map((m) => readLink(m, (i) => name.get(i)));
  }

  /** As `list`, in constant memory; devices that a link refers to stay indexes. */
  stream(filter: LinkFilter = {}, options: DumpOptions = {}): Stream<Link> {
    return streamDump(this.#channel, () => this.#dump(filter, (m) => readLink(m, () => undefined)), {
      operation: "list links",
      ...options,
    });
  }

  /** One link. @throws {InterfaceNotFound} */
  async get(device: Device, options: ExchangeOptions & { readonly vfs?: boolean } = {}): Promise<Link> {
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let message: LinkMessage | undefined;
    const value = { ...nameAttributes(device), extMask: options.vfs ? 1 : 0 };
    try {
      await this.#channel.reply(
        { type: RTM.getlink, schema, value },
        (_type, src, at, end) => {
          message = decode(src, at, end) as LinkMessage;
        },
        { operation: `get link ${device}`, ...options },
      );
    } catch (e) {
      if (e instanceof NetlinkError && e.code === "ENODEV") throw new InterfaceNotFound(device, e);
      throw e;
    }
    const refers = message!.link || message!.master || message!.linkinfo?.data;
    const names = refers ? await deviceNames(this.#channel, options) : new Map<number, string>();
    return readLink(message!, (i) => names.get(i));
  }

  /** One link, or undefined if there is none of that name or index. */
  async find(device: Device, options: ExchangeOptions = {}): Promise<Link | undefined> {
    try {
      return await this.get(device, options);
    } catch (e) {
      if (e instanceof InterfaceNotFound) return undefined;
      throw e;
    }
  }

  /**
   * Creates a link: `add({ kind: "veth", name: "veth0", peer: { name: "veth1", netns: "blue" } })`.
   * @throws {OptionError} a setting that the kind does not have or a value that it cannot take, before anything is sent
   * @throws {NetlinkError} EEXIST, EOPNOTSUPP (the kernel lacks the kind)…
   */
  async add(link: LinkOptions, options: ExchangeOptions = {}): Promise<CreatedLink> {
    const given = link as unknown as Obj;
    const where = `link ${link.kind}`;
    if (!isLinkKind(link.kind)) throw new OptionError(`${where}: there is no such kind`, "kind", "a kind of link");
    checkOptions(where, given, [...settingKeys, ...kindKeys(link.kind), "peer"]);
    const name = given.name as string | undefined;
    const operation = () => `add ${link.kind} link${name === undefined ? "" : ` ${name}`}`;
    const created: CreatedLink = { name, index: link.index };
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    await this.#send(
      where,
      given,
      { create: true, kind: link.kind },
      async (value) => {
        const message: Message = { type: RTM.newlink, flags: NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO, schema, value };
        await this.#channel.ack(message, { operation, ...options }, (_type, src, at, end) => {
          const { index, ifname } = decode(src, at, end);
          created.index = index;
          created.name = ifname;
        });
      },
      options,
    );
    return created;
  }

  /**
   * Changes a link: `set("veth0", { up: true, mtu: 9000 })`. With `name`, renames it. A kind's own settings need `kind`; for tunnels
   * (gre, ipip, sit, vti…) those that are left out go back to their defaults, as the kernel has it.
   * @throws {InterfaceNotFound}
   */
  async set(device: Device, change: LinkChange, options: ExchangeOptions = {}): Promise<void> {
    const given = change as unknown as Obj;
    const where = `link ${device}`;
    const kind = change.kind;
    if (kind !== undefined && !isLinkKind(kind))
      throw new OptionError(`${where}: there is no kind ${kind}`, "kind", "a kind of link");
    checkOptions(where, given, [...settingKeys, ...(kind ? kindKeys(kind) : [])]);
    const by = nameAttributes(device);
    await this.#send(
      where,
      given,
      { create: false, kind },
      async (value) => {
        // A device by name in the same message as a new name would be the new name: its index says which is meant.
        const target = "index" in by ? by : { index: await indexOf(this.#channel, device, options) };
        try {
          await this.#channel.ack(
            { type: RTM.newlink, schema, value: { ...value, ...target } },
            { operation: `set link ${device}`, ...options },
          );
        } catch (e) {
          if (e instanceof NetlinkError && e.code === "ENODEV" && e.kernelMessage === undefined)
            throw new InterfaceNotFound(device, e);
          throw e;
        }
      },
      options,
    );
  }

  /** Deletes a link; one end of a pair takes the other along. @throws {InterfaceNotFound} */
  async remove(device: Device, options: ExchangeOptions = {}): Promise<void> {
    try {
      await this.#channel.ack(
        { type: RTM.dellink, schema, value: nameAttributes(device) },
        { operation: `remove link ${device}`, ...options },
      );
    } catch (e) {
      if (e instanceof NetlinkError && e.code === "ENODEV") throw new InterfaceNotFound(device, e);
      throw e;
    }
  }

  /** Deletes a link if it is there; says whether it was. */
  async removeIfExists(device: Device, options: ExchangeOptions = {}): Promise<boolean> {
    try {
      await this.remove(device, options);
      return true;
    } catch (e) {
      if (isNotFound(e)) return false;
      throw e;
    }
  }

  /** Gives a link further names, of up to 127 characters. */
  async addAltNames(device: Device, names: readonly string[], options: ExchangeOptions = {}): Promise<void> {
    await this.#property(
      RTM.newlinkprop,
      NLM_F_CREATE | NLM_F_EXCL | 0x800,
      "add alternative names to",
      device,
      names,
      options,
    );
  }
  async removeAltNames(device: Device, names: readonly string[], options: ExchangeOptions = {}): Promise<void> {
    await this.#property(RTM.dellinkprop, 0, "remove alternative names of", device, names, options);
  }

  async #property(
    type: number,
    flags: number,
    what: string,
    device: Device,
    names: readonly string[],
    options: ExchangeOptions,
  ): Promise<void> {
    const index = await indexOf(this.#channel, device, options);
    const value: LinkInput = { index, propList: { altIfname: [...names] } };
    await this.#channel.ack({ type, flags, schema, value }, { operation: `${what} link ${device}`, ...options });
  }

  #filtered(filter: LinkFilter): boolean {
    return (
      filter.kind !== undefined || filter.master !== undefined || filter.up !== undefined || filter.group !== undefined
    );
  }

  async #dump<T>(filter: LinkFilter, map: (m: LinkMessage) => T): Promise<Dump<typeof schema, T>> {
    checkOptions("links", filter as Obj, ["kind", "master", "up", "group", "vfs"]);
    const master = filter.master === undefined ? undefined : await indexOf(this.#channel, filter.master);
    const value: Obj = { extMask: filter.vfs ? 1 : 0 };
    // The kernel filters by these two (link_master_filtered, link_kind_filtered); older ones ignore them.
    if (master !== undefined) value.master = master;
    if (filter.kind !== undefined) value.linkinfo = { kind: filter.kind };
    return {
      message: { type: RTM.getlink, schema, value },
      answer: schema,
      map: (value) => {
        const m = value as LinkMessage;
        const keep =
          (master === undefined || m.master === master) &&
          (filter.kind === undefined || m.linkinfo?.kind === filter.kind) &&
          (filter.up === undefined || ((m.flags & IFF_UP) !== 0) === filter.up) &&
          (filter.group === undefined || m.group === filter.group);
        return keep ? map(m) : undefined;
      },
    };
  }

  /** Makes a request's value from options, and sends it while the files it refers to are open. */
  async #send(
    where: string,
    given: Obj,
    { create, kind }: { create: boolean; kind: LinkKind | undefined },
    send: (value: LinkInput) => Promise<void>,
    options: ExchangeOptions,
  ): Promise<void> {
    const devices = await this.#devices(given, kind, options);
    const fds: number[] = [];
    try {
      const value = messageOf(where, given, kind, devices, fds);
      if (kind !== undefined && (create || Object.keys(given).some((k) => !settingKeys.includes(k)))) {
        const settings: Obj = {};
        for (const key of kindKeys(kind))
          if (key !== "peer" && key !== "peerInfo" && given[key] !== undefined) settings[key] = given[key];
        const data = writeKind(kind, settings, devices) as Obj;
        const peer = given.peer as Obj | undefined;
        if (peer !== undefined) {
          checkOptions(`${where} peer`, peer, settingKeys);
          data[kind === "netkit" ? "peerInfo" : "peer"] = messageOf(`${where} peer`, peer, undefined, devices, fds);
        }
        // Without settings the kernel makes a veth's peer of its own accord, and refuses an empty nest from some kinds.
        value.linkinfo = Object.keys(data).length > 0 ? { kind, data } : { kind };
      }
      const slave = given.slave as Obj | undefined;
      if (slave !== undefined) {
        if (!isSlaveKind(String(slave.kind)))
          throw new OptionError(
            `${where}.slave.kind: ${String(slave.kind)} has no ports`,
            "slave.kind",
            "bridge, bond, vrf or team",
          );
        value.linkinfo = {
          ...((value.linkinfo as Obj) ?? {}),
          slaveKind: slave.kind,
          slaveData: writeSlave(slave, devices),
        };
      }
      await send(value as LinkInput);
    } catch (e) {
      throw e instanceof CodecError && e.offset < 0 ? new OptionError(`${where}: ${e.message}`, e.path, e.reason) : e;
    } finally {
      for (const fd of fds) closeSync(fd);
    }
  }

  /** Indexes of the devices that the options name. */
  async #devices(given: Obj, kind: LinkKind | undefined, options: ExchangeOptions): Promise<(name: string) => number> {
    const wanted = new Set<string>();
    const collect = (name: string): number => {
      wanted.add(name);
      return 1;
    };
    for (const device of [given.link, given.master]) if (typeof device === "string") wanted.add(device);
    try {
      if (kind !== undefined) {
        const settings: Obj = {};
        for (const key of kindKeys(kind))
          if (key !== "peer" && key !== "peerInfo" && given[key] !== undefined) settings[key] = given[key];
        writeKind(kind, settings, collect);
      }
      if (given.slave && isSlaveKind(String((given.slave as Obj).kind))) writeSlave(given.slave as Obj, collect);
    } catch {
      // Said with its place when the message is made.
    }
    const found = new Map<string, number>();
    for (const name of wanted) found.set(name, await indexOf(this.#channel, name, options));
    return (name) => found.get(name)!;
  }
}

/** The common part of a request. Namespaces are opened, and their descriptors added to `fds`. */
function messageOf(
  where: string,
  given: Obj,
  _kind: LinkKind | undefined,
  devices: (name: string) => number,
  fds: number[],
): Obj {
  const value: Obj = {};
  const index = (device: Device): number => (typeof device === "string" ? devices(device) : device);
  if (given.name !== undefined) {
    const name = given.name;
    const length = typeof name === "string" ? new TextEncoder().encode(name).length : 0;
    if (
      typeof name !== "string" ||
      length === 0 ||
      length > NAME_MAX ||
      /[\s/:]/.test(name) ||
      name === "." ||
      name === ".."
    )
      throw new OptionError(
        `${where}.name: ${JSON.stringify(name)} is not 1 to ${NAME_MAX} characters without "/", ":" and spaces (longer names are alternative names)`,
        "name",
        "a name",
      );
    value.ifname = name;
  }
  for (const key of plainKeys) if (given[key] !== undefined) value[key] = given[key];
  if (given.index !== undefined) value.index = given.index;
  if (given.alias !== undefined) value.ifalias = given.alias;
  if (given.link !== undefined) value.link = index(given.link as Device);
  if (given.master !== undefined) value.master = given.master === null ? 0 : index(given.master as Device);
  for (const key of ["carrier", "protoDown"]) if (given[key] !== undefined) value[key] = bool(where, key, given[key]);
  for (const [key, names] of [
    ["operstate", operStates],
    ["linkmode", linkModes],
  ] as const) {
    const word = given[key];
    if (word === undefined) continue;
    const known = names.values as Record<string, number>;
    if (typeof word === "string" && !Object.hasOwn(known, word))
      throw new OptionError(`${where}.${key}: "${word}" is not one of ${Object.keys(known).join(", ")}`, key, "a name");
    value[key] = typeof word === "string" ? known[word] : word;
  }
  const flags: Record<string, boolean> = { ...((given.set as Record<string, boolean> | undefined) ?? {}) };
  if (given.up !== undefined) flags.up = given.up as boolean;
  const known = linkFlags.values as Record<string, number>;
  let bits = 0;
  let change = 0;
  for (const name in flags) {
    if (!Object.hasOwn(known, name))
      throw new OptionError(
        `${where}.set.${name}: there is no such flag; there are ${Object.keys(known).join(", ")}`,
        `set.${name}`,
        "a flag",
      );
    change |= known[name]!;
    if (bool(where, name, flags[name])) bits |= known[name]!;
  }
  if (change !== 0) {
    value.flags = bits >>> 0;
    value.change = change >>> 0;
  }
  if (given.netns !== undefined) Object.assign(value, namespaceOf(given.netns as NetnsSpec, fds));
  return value;
}

function bool(where: string, key: string, value: unknown): 0 | 1 {
  if (typeof value !== "boolean")
    throw new OptionError(`${where}.${key}: ${String(value)} is not true or false`, key, "true or false");
  return value ? 1 : 0;
}

function namespaceOf(spec: NetnsSpec, fds: number[]): Obj {
  if (typeof spec === "object" && "pid" in spec) return { netNsPid: spec.pid };
  if (typeof spec === "object" && "fd" in spec) return { netNsFd: spec.fd };
  const path = typeof spec === "string" ? `/run/netns/${spec}` : spec.path;
  if (typeof spec === "string" && (spec === "" || spec.includes("/") || spec === "." || spec === ".."))
    throw new NamespaceNotFound(spec);
  try {
    const fd = openSync(path, "r");
    fds.push(fd);
    return { netNsFd: fd };
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT")
      throw new NamespaceNotFound(typeof spec === "string" ? spec : path);
    throw e;
  }
}

// ---- reading ----------------------------------------------------------------------------------------------------------------

const copied = [
  "mtu", "minMtu", "maxMtu", "address", "broadcast", "permAddress", "linkNetnsid", "group", "txqlen", "qdisc", "promiscuity", "allmulti",
  "numTxQueues", "numRxQueues", "gsoMaxSize", "gsoMaxSegs", "groMaxSize", "gsoIpv4MaxSize", "groIpv4MaxSize", "tsoMaxSize", "tsoMaxSegs",
  "carrierChanges", "parentDevName", "parentDevBusName",
] as const; // biome-ignore format: one table

/** A link in the user's terms. */
export function readLink(m: LinkMessage, deviceName: (index: number) => string | undefined): Link {
  const flags = namesOf(linkFlags, m.flags);
  const out: Obj = {
    index: m.index,
    name: m.ifname ?? `if${m.index}`,
    up: (m.flags & IFF_UP) !== 0,
    flags: flags.rest === 0n ? flags.names : [...flags.names, `0x${flags.rest.toString(16)}`],
    linkType: nameOf(linkTypes, m.type) ?? m.type,
  };
  const info = m.linkinfo;
  if (info?.kind !== undefined) out.kind = info.kind;
  if (m.operstate !== undefined) out.operstate = nameOf(operStates, m.operstate) ?? m.operstate;
  if (m.linkmode !== undefined) out.linkmode = nameOf(linkModes, m.linkmode) ?? m.linkmode;
  if (m.carrier !== undefined) out.carrier = m.carrier !== 0;
  if (m.protoDown !== undefined) out.protoDown = m.protoDown !== 0;
  for (const key of copied) if (m[key] !== undefined) out[key] = m[key];
  if (m.link !== undefined && m.link !== 0)
    out.link = m.linkNetnsid === undefined ? (deviceName(m.link) ?? m.link) : m.link;
  if (m.master !== undefined && m.master !== 0) out.master = deviceName(m.master) ?? m.master;
  if (m.ifalias !== undefined) out.alias = m.ifalias;
  if (m.propList?.altIfname) out.altNames = m.propList.altIfname;
  if (m.stats64) {
    const stats: Obj = {};
    for (const name in m.stats64) if (name !== "rest") stats[name] = Number(m.stats64[name as keyof LinkStats64]);
    out.stats = stats;
  }
  if (info?.slaveKind !== undefined && isSlaveKind(info.slaveKind))
    out.slave = readSlave(info.slaveKind, info.slaveData ?? {}, deviceName);
  if (info?.kind !== undefined && isLinkKind(info.kind) && info.data !== undefined)
    Object.assign(out, readKind(info.kind, info.data, deviceName));
  out.message = m;
  return out as unknown as Link;
}
