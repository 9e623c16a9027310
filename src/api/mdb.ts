/** Multicast databases of bridges and VXLANs: which ports, or remotes, want which groups. @module */
import { NLM_F_BULK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import { multicastRouters } from "../codec/rtnetlink/link/kinds/bridge.ts";
import {
  type MdbEntryInfo,
  type Mdb as MdbMessage,
  mdbFlags,
  mdbModes,
  mdbRequest,
  mdbStates,
  mdb as schema,
} from "../codec/rtnetlink/mdb.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { formatIp, parseIp } from "../codec/wire/ip.ts";
import { parseMac, readMac } from "../codec/wire/mac.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, type DeviceIndexes, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { NetlinkError } from "./errors.ts";
import {
  about,
  ask,
  type DeviceName,
  existed,
  flagNames,
  flattened,
  ifFound,
  listNamed,
  streamNamed,
} from "./facet.ts";
import { kernelError } from "./failure.ts";
import { AF_BRIDGE, checkOptions, integer, OptionError, parseAddress, wordNumber } from "./options.ts";

/** What an entry is found by. */
export interface MdbKey {
  /** The bridge or the VXLAN. */
  readonly dev: Device;
  /** The bridge's port that wants the group; by default the bridge itself, for the host. */
  readonly port?: Device | undefined;
  /** An IPv4, IPv6 or MAC multicast address; `"0.0.0.0"` or `"::"` of a VXLAN for all that are not known. */
  readonly group: string;
  /** The one source that it is wanted from. */
  readonly source?: string | undefined;
  readonly vlan?: number | undefined;
  /** VXLAN: the remote, and the UDP port, network id and device to reach it by, if they are not the device's. */
  readonly dst?: string | undefined;
  readonly dstPort?: number | undefined;
  readonly vni?: number | undefined;
  readonly via?: Device | undefined;
  /** VXLAN that is `external`: the network id that the entry is for. */
  readonly srcVni?: number | undefined;
}
/** An entry to add or change. */
export interface MdbOptions extends MdbKey {
  /** `"temp"` (the default) is forgotten like one that was learned. */
  readonly state?: keyof typeof mdbStates.values | undefined;
  /** Whether `sources` may send, or may not. */
  readonly mode?: keyof typeof mdbModes.values | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly protocol?: string | number | undefined;
}
/** An entry in the user's terms: only what it has is there. */
export interface MdbEntry {
  dev: string | number;
  index: number;
  port: string | number;
  group: string;
  source?: string;
  vlan?: number;
  state: string | number;
  /** `"offload"`, `"fast_leave"`, `"added_by_star_ex"`, `"blocked"`. */
  flags: string[];
  mode?: string | number;
  sources?: { address: string; timerMs: number }[];
  /** Until it is forgotten; 0 if it is permanent. */
  timerMs?: number;
  protocol?: string | number;
  dst?: string;
  dstPort?: number;
  vni?: number;
  via?: string | number;
  srcVni?: number;
  /** The decoded part of the message, for the rest. */
  message: MdbEntryInfo;
}
/** A port behind which there is a multicast router. */
export interface MdbRouter {
  dev: string | number;
  index: number;
  port: string | number;
  type?: string | number;
  vlan?: number;
  /** Until it is forgotten, by IPv4's and by IPv6's queries. */
  inetTimerMs?: number;
  inet6TimerMs?: number;
}
/** Which entries. */
export interface MdbFilter {
  readonly dev?: Device | undefined;
  readonly port?: Device | undefined;
  readonly group?: string | undefined;
  readonly vlan?: number | undefined;
}
/** What the kernel is to flush: entries that agree with all that is given. */
export interface MdbFlush {
  readonly port?: Device | undefined;
  readonly vlan?: number | undefined;
  readonly state?: keyof typeof mdbStates.values | undefined;
  readonly protocol?: string | number | undefined;
  readonly dst?: string | undefined;
  readonly dstPort?: number | undefined;
  readonly vni?: number | undefined;
  readonly srcVni?: number | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const keyKeys = ["dev", "port", "group", "source", "vlan", "dst", "dstPort", "vni", "via", "srcVni"];
const optionKeys = [...keyKeys, "state", "mode", "sources", "protocol"];
const ETH_P_IP = 0x0800;
const ETH_P_IPV6 = 0x86dd;
const USER_HZ_MS = 10;
const ENOENT = 2;

/** Multicast forwarding entries (`bridge mdb`). */
export class Mdb {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All entries, or those that a filter keeps: `list({ dev: "br0" })`. */
  async list(filter: MdbFilter = {}, options: DumpOptions = {}): Promise<MdbEntry[]> {
    const operation = "list multicast entries";
    return (
      await listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options })
    ).flat();
  }
  /** As `list`, in constant memory. */
  stream(filter: MdbFilter = {}, options: DumpOptions = {}): Stream<MdbEntry> {
    const operation = "list multicast entries";
    return flattened(
      streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options }),
    );
  }
  /** The ports behind which there are multicast routers. */
  async routers(filter: Pick<MdbFilter, "dev"> = {}, options: DumpOptions = {}): Promise<MdbRouter[]> {
    const operation = "list multicast routers";
    const make = async (name: DeviceName): Promise<Dump<typeof schema, MdbRouter[]>> => {
      checkOptions("mdb", filter, ["dev"]);
      const index = await indexIf(this.#channel, filter.dev, options);
      return {
        message: { type: RTM.getmdb, schema: mdbRequest, value: { family: AF_BRIDGE } },
        answer: schema,
        map: (m) => (index !== undefined && m.ifindex !== index ? undefined : readRouters(m, name)),
      };
    };
    return (await listNamed(this.#channel, make, { operation, ...options })).flat();
  }
  /** One entry: of `port` if it is given, else the first of the group. Linux 6.8. @throws {NetlinkError} ENOENT */
  async get(entry: MdbKey, options: ExchangeOptions = {}): Promise<MdbEntry> {
    const { timeout, signal } = options;
    let port: number | undefined;
    const value = await withIndexes(
      this.#channel,
      (index) => {
        port = entry.port === undefined ? undefined : index(entry.port);
        const { entry: key, ...rest } = mdbValue("remove", entry, index);
        // The group alone is asked for (rtnl_validate_mdb_entry_get).
        return { ...rest, entry: { ...(key as Obj), ifindex: 0 } };
      },
      { timeout, signal },
    );
    const operation = `get multicast entry ${describe(entry)}`;
    const found = await about(
      entry.dev,
      ask(this.#channel, { type: RTM.getmdb, schema: mdbRequest, value: value as never }, schema, {
        operation,
        ...options,
      }),
      this.#channel,
    );
    const names = await deviceNames(this.#channel, { timeout, signal });
    const one = readMdb(found, (i) => names.get(i)).find((e) => port === undefined || e.message.ifindex === port);
    if (one === undefined) throw kernelError(ENOENT, { operation, ...options });
    return one;
  }
  /** One entry, or undefined if there is none. A missing device is an error still. */
  find(entry: MdbKey, options: ExchangeOptions = {}): Promise<MdbEntry | undefined> {
    return ifFound(this.get(entry, options));
  }

  /** `add({ dev: "br0", port: "veth1", group: "239.1.1.1", state: "permanent" })`. @throws {NetlinkError} EEXIST… */
  add(entry: MdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", entry, options);
  }
  /** Puts an entry in place of that of the same port and group, or adds it. */
  replace(entry: MdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", entry, options);
  }
  /** Removes an entry. @throws {NetlinkError} one that is not there: of a VXLAN ENOENT, of a bridge EINVAL */
  remove(entry: MdbKey, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", entry, options);
  }
  /** False if there is no such entry. A missing device is an error still. */
  removeIfExists(entry: MdbKey, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(
      this.remove(entry, options).catch(async (e) => {
        // A bridge says EINVAL, and no more, of an entry that it does not have (__br_mdb_del): is that it?
        if (!(e instanceof NetlinkError && e.code === "EINVAL" && e.kernelMessage === undefined)) throw e;
        const { dev, port = dev, group, vlan = 0, source } = entry;
        const { timeout, signal } = options;
        const found = await this.list({ dev, port, group, vlan }, { timeout, signal });
        if (found.some((one) => one.source === source)) throw e;
        throw kernelError(ENOENT, { operation: e.operation });
      }),
    );
  }
  /**
   * Has the kernel remove the entries of a bridge or a VXLAN, those that a filter keeps or all. It does not say how many there were.
   * @throws {NetlinkError} before Linux 6.8
   */
  async flush(dev: Device, filter: MdbFlush = {}, options: ExchangeOptions = {}): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => flushValue(dev, filter, index), { timeout, signal });
    await about(
      dev,
      this.#channel.ack(
        { type: RTM.delmdb, flags: NLM_F_BULK, schema: mdbRequest, value: value as never },
        { operation: `flush multicast entries of ${dev}`, ...options },
      ),
      this.#channel,
    );
  }

  async #do(verb: Verb, entry: MdbOptions, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => mdbValue(verb, entry, index), { timeout, signal });
    const type = verb === "remove" ? RTM.delmdb : RTM.newmdb;
    const operation = () => `${verb} multicast entry ${describe(entry)}`;
    const message = { type, flags: FLAGS[verb], schema: mdbRequest, value: value as never };
    await about(entry.dev, this.#channel.ack(message, { operation, ...options }), this.#channel);
  }

  async #dump(
    filter: MdbFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, MdbEntry[]>> {
    checkOptions("mdb", filter, ["dev", "port", "group", "vlan"]);
    const group = filter.group === undefined ? undefined : groupAddress(filter.group).addr;
    const index = await indexIf(this.#channel, filter.dev, options);
    const port = await indexIf(this.#channel, filter.port, options);
    return {
      // The kernel takes no filter (rtnl_mdb_valid_dump_req).
      message: { type: RTM.getmdb, schema: mdbRequest, value: { family: AF_BRIDGE } },
      answer: schema,
      map: (m) => {
        if (index !== undefined && m.ifindex !== index) return undefined;
        return readMdb(m, deviceName).filter(
          (e) =>
            (port === undefined || e.message.ifindex === port) &&
            (group === undefined || e.group === group) &&
            (filter.vlan === undefined || (e.vlan ?? 0) === filter.vlan),
        );
      },
    };
  }
}

const describe = ({ group, dev, port }: MdbKey): string =>
  `${group} dev ${dev}${port === undefined ? "" : ` port ${port}`}`;

/** The union of struct br_mdb_entry, and what says how to read it. @throws {OptionError} */
function groupAddress(text: string): { readonly proto: number; readonly addr: string } {
  const ip = typeof text === "string" ? parseIp(text) : undefined;
  const bytes = ip ?? (typeof text === "string" ? parseMac(text) : undefined);
  if (!bytes || (!ip && bytes.length !== 6))
    throw new OptionError(
      `mdb.group: ${JSON.stringify(text)} is not an IPv4, IPv6 or MAC address`,
      "group",
      '"239.1.1.1", "ff05::1" or "01:00:5e:01:01:01"',
    );
  if (!ip) return { proto: 0, addr: readMac(bytes, 0, 6) };
  return { proto: ip.length === 4 ? ETH_P_IP : ETH_P_IPV6, addr: formatIp(ip) };
}
/** Of a protocol that is not known, all bytes. */
const groupText = ({ addr }: { readonly addr: string | Uint8Array }): string =>
  typeof addr === "string" ? addr : readMac(addr, 0, addr.length);

function remoteAttributes(o: MdbKey | MdbFlush, attributes: Obj): void {
  if (o.dst !== undefined) {
    parseAddress("mdb.dst", o.dst);
    attributes.dst = o.dst;
  }
  if (o.dstPort !== undefined) attributes.dstPort = integer("mdb.dstPort", o.dstPort, 0xffff);
  if (o.vni !== undefined) attributes.vni = integer("mdb.vni", o.vni, 0xffffff);
  if (o.srcVni !== undefined) attributes.srcVni = integer("mdb.srcVni", o.srcVni, 0xffffff);
}

/** The message's value. @throws {OptionError} */
export function mdbValue(verb: Verb, o: MdbOptions, index: DeviceIndexes): Obj {
  checkOptions("mdb", o, verb === "remove" ? keyKeys : optionKeys);
  if (o.dev === undefined) throw new OptionError("mdb.dev: the bridge is missing", "dev", "a bridge or VXLAN");
  const ifindex = index(o.dev);
  const entry: Obj = { ifindex: o.port === undefined ? ifindex : index(o.port), ...groupAddress(o.group) };
  if (o.vlan !== undefined) entry.vid = integer("mdb.vlan", o.vlan, 4094);
  if (o.state !== undefined) entry.state = wordNumber("mdb.state", mdbStates, o.state);
  const attributes: Obj = {};
  if (o.source !== undefined) {
    parseAddress("mdb.source", o.source);
    attributes.source = o.source;
  }
  if (o.sources !== undefined) {
    if (!Array.isArray(o.sources))
      throw new OptionError(
        `mdb.sources: ${JSON.stringify(o.sources)} is not a list`,
        "sources",
        "a list of addresses",
      );
    for (const address of o.sources) parseAddress("mdb.sources", address);
    attributes.srcList = { entry: o.sources.map((address) => ({ address })) };
  }
  if (o.mode !== undefined) attributes.groupMode = wordNumber("mdb.mode", mdbModes, o.mode);
  if (o.protocol !== undefined) attributes.rtprot = wordNumber("mdb.protocol", routeProtocols, o.protocol);
  remoteAttributes(o, attributes);
  if (o.via !== undefined) attributes.outIfindex = index(o.via);
  const value: Obj = { family: AF_BRIDGE, ifindex, entry };
  if (Object.keys(attributes).length > 0) value.entryAttrs = attributes;
  return value;
}

function flushValue(dev: Device, o: MdbFlush, index: DeviceIndexes): Obj {
  checkOptions("mdb", o, ["port", "vlan", "state", "protocol", "dst", "dstPort", "vni", "srcVni"]);
  const entry: Obj = {};
  const attributes: Obj = {};
  if (o.port !== undefined) entry.ifindex = index(o.port);
  if (o.vlan !== undefined) entry.vid = integer("mdb.vlan", o.vlan, 4094);
  if (o.state !== undefined) {
    entry.state = wordNumber("mdb.state", mdbStates, o.state);
    attributes.stateMask = mdbStates.values.permanent;
  }
  if (o.protocol !== undefined) attributes.rtprot = wordNumber("mdb.protocol", routeProtocols, o.protocol);
  remoteAttributes(o, attributes);
  const value: Obj = { family: AF_BRIDGE, ifindex: index(dev), entry };
  if (Object.keys(attributes).length > 0) value.entryAttrs = attributes;
  return value;
}

/** The entries of a message. */
export function readMdb(m: MdbMessage, deviceName: DeviceName): MdbEntry[] {
  const infos = m.mdb?.entry?.flatMap((group) => group.info ?? []) ?? [];
  return infos.map((info) => {
    const out: MdbEntry = {
      dev: deviceName(m.ifindex) ?? m.ifindex,
      index: m.ifindex,
      port: deviceName(info.ifindex) ?? info.ifindex,
      group: groupText(info),
      state: nameOf(mdbStates, info.state) ?? info.state,
      flags: flagNames(mdbFlags, info.flags),
      message: info,
    };
    if (info.source !== undefined) out.source = info.source;
    if (info.vid !== 0) out.vlan = info.vid;
    if (info.groupMode !== undefined) out.mode = nameOf(mdbModes, info.groupMode) ?? info.groupMode;
    if (info.srcList?.entry)
      out.sources = info.srcList.entry.map((s) => ({ address: s.address ?? "", timerMs: (s.timer ?? 0) * USER_HZ_MS }));
    if (info.timer !== undefined) out.timerMs = info.timer * USER_HZ_MS;
    if (info.rtprot !== undefined) out.protocol = nameOf(routeProtocols, info.rtprot) ?? info.rtprot;
    if (info.dst !== undefined) out.dst = info.dst;
    if (info.dstPort !== undefined) out.dstPort = info.dstPort;
    if (info.vni !== undefined) out.vni = info.vni;
    if (info.outIfindex !== undefined) out.via = deviceName(info.outIfindex) ?? info.outIfindex;
    if (info.srcVni !== undefined) out.srcVni = info.srcVni;
    return out;
  });
}

/** Router ports of a bridge. */
export function readRouters(m: MdbMessage, deviceName: DeviceName): MdbRouter[] {
  return (m.router?.port ?? []).map((port) => {
    const out: MdbRouter = {
      dev: deviceName(m.ifindex) ?? m.ifindex,
      index: m.ifindex,
      port: deviceName(port.ifindex) ?? port.ifindex,
    };
    if (port.type !== undefined) out.type = nameOf(multicastRouters, port.type) ?? port.type;
    if (port.vid !== undefined) out.vlan = port.vid;
    if (port.inetTimer !== undefined) out.inetTimerMs = port.inetTimer * USER_HZ_MS;
    if (port.inet6Timer !== undefined) out.inet6TimerMs = port.inet6Timer * USER_HZ_MS;
    return out;
  });
}
