/** Forwarding databases of bridges and VXLANs: which MAC address is behind which port, or which remote. @module */
import { NLM_F_APPEND, NLM_F_BULK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  fdbNotify,
  type Neighbor as NeighborMessage,
  neighborCacheinfo,
  neighborFlags,
  neighborStates,
  neighbor as schema,
} from "../codec/rtnetlink/neighbor.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { parseMac } from "../codec/wire/mac.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { byIndex, type Device, type DeviceIndexes, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, ask, type DeviceName, existed, flagNames, ifFound, listNamed, streamNamed } from "./facet.ts";
import {
  AF_BRIDGE,
  canonicalAddress,
  checkOptions,
  integer,
  OptionError,
  parseAddress,
  wordNumber,
} from "./options.ts";

/** `"permanent"`: the device's own address, never forwarded; `"static"`: set, and kept; `"dynamic"`: as if learned, and forgotten. */
export type FdbState = "permanent" | "static" | "dynamic";
/** What an entry is found by. */
export interface FdbKey {
  readonly mac: string;
  /** The bridge's port, the bridge or the VXLAN. */
  readonly dev: Device;
  /** Left out, a bridge that knows VLANs adds the entry without one, and in each VLAN of the port besides (br_fdb_add); it removes all of them. */
  readonly vlan?: number | undefined;
  /** In the database of the bridge that `dev` is a port of. */
  readonly master?: boolean | undefined;
  /** In the database of `dev` itself: the default if `master` is not given. */
  readonly self?: boolean | undefined;
  /** VXLAN: the remote. */
  readonly dst?: string | undefined;
  /** VXLAN: the UDP port there, and the network id, if they are not the device's. */
  readonly port?: number | undefined;
  readonly vni?: number | undefined;
  /** VXLAN that is `external`: the network id that the entry is for. */
  readonly srcVni?: number | undefined;
  /** VXLAN: the device to send by. */
  readonly via?: Device | undefined;
  /** VXLAN: a nexthop object, made with `fdb`, in place of `dst`. */
  readonly nexthopId?: number | undefined;
}
/** An entry to add or change. */
export interface FdbOptions extends FdbKey {
  /** `"permanent"` by default, as in iproute2. */
  readonly state?: FdbState | undefined;
  /** Keep it at its port, even if its address is seen behind another. */
  readonly sticky?: boolean | undefined;
  /** Some other program learned it, and ages it. */
  readonly externLearn?: boolean | undefined;
  /** Refresh it, as if it had been used. */
  readonly use?: boolean | undefined;
  /** VXLAN: a router, whose address may be answered for. */
  readonly router?: boolean | undefined;
  /** Bridge: tell when it falls silent. */
  readonly activityNotify?: boolean | undefined;
  /** Bridge: take it for silent from the start. */
  readonly inactive?: boolean | undefined;
  /** Bridge: do not refresh it by this request. */
  readonly noRefresh?: boolean | undefined;
  readonly protocol?: string | number | undefined;
}
/** An entry in the user's terms: only what it has is there. */
export interface FdbEntry {
  mac: string;
  dev: string | number;
  index: number;
  /** The bridge whose database it is in. */
  master?: string | number;
  vlan?: number;
  /** `"stale"`: a learned one that has not been seen for the bridge's ageing time. */
  state: FdbState | "stale" | string;
  /** `"self"`, `"master"`, `"extern_learn"`, `"offload"`, `"sticky"`, `"router"`… */
  flags: string[];
  dst?: string;
  port?: number;
  vni?: number;
  srcVni?: number;
  via?: string | number;
  linkNetnsid?: number;
  nexthopId?: number;
  activityNotify?: boolean;
  inactive?: boolean;
  protocol?: string | number;
  /** Since it was used, updated. */
  usedMs?: number;
  updatedMs?: number;
  /** The decoded message, for the rest. */
  message: NeighborMessage;
}
/** Which entries. */
export interface FdbFilter {
  /** Entries of this port, VXLAN, or of the bridge itself. */
  readonly dev?: Device | undefined;
  /** Entries of this bridge, and of its ports. */
  readonly master?: Device | undefined;
  readonly mac?: string | undefined;
  readonly vlan?: number | undefined;
  readonly state?: FdbState | "stale" | undefined;
  readonly dst?: string | undefined;
  readonly vni?: number | undefined;
}
/** What the kernel is to flush: entries that agree with all that is given. */
export interface FdbFlush {
  readonly state?: FdbState | undefined;
  /** Bridge: those of this port. */
  readonly brport?: Device | undefined;
  readonly vlan?: number | undefined;
  readonly master?: boolean | undefined;
  readonly self?: boolean | undefined;
  readonly externLearn?: boolean | undefined;
  readonly offload?: boolean | undefined;
  readonly sticky?: boolean | undefined;
  /** VXLAN, like what follows. */
  readonly router?: boolean | undefined;
  readonly dst?: string | undefined;
  readonly port?: number | undefined;
  readonly vni?: number | undefined;
  readonly srcVni?: number | undefined;
  readonly nexthopId?: number | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "append" | "change" | "replace" | "remove";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  append: NLM_F_CREATE | NLM_F_APPEND,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  remove: 0,
};
const NTF = neighborFlags.values;
const NUD = neighborStates.values;
/** In iproute2's way (fdb_modify): bridges look at `permanent`, then at `noarp`; VXLANs keep what they are given. */
const STATES: { readonly [S in FdbState]: number } = {
  permanent: NUD.permanent | NUD.noarp,
  static: NUD.noarp | NUD.reachable,
  dynamic: NUD.reachable,
};
const keyKeys = ["mac", "dev", "vlan", "master", "self", "dst", "port", "vni", "srcVni", "via", "nexthopId"];
const optionKeys = [
  ...keyKeys, "state", "sticky", "externLearn", "use", "router", "activityNotify", "inactive", "noRefresh", "protocol",
]; // biome-ignore format: one table
const MAX_VNI = 0xffffff;

/** Forwarding entries (`bridge fdb`). */
export class Fdb {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All entries, or those that a filter keeps: `list({ master: "br0" })`. */
  list(filter: FdbFilter = {}, options: DumpOptions = {}): Promise<FdbEntry[]> {
    const operation = "list forwarding entries";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: FdbFilter = {}, options: DumpOptions = {}): Stream<FdbEntry> {
    const operation = "list forwarding entries";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** One entry: `get({ mac: "02:00:00:00:00:01", dev: "veth1", master: true })`. @throws {NetlinkError} ENOENT */
  async get(entry: FdbKey, options: ExchangeOptions = {}): Promise<FdbEntry> {
    checkOptions("fdb", entry, keyKeys);
    const { timeout, signal } = options;
    const value = await this.#value("remove", entry, options);
    // rtnl_fdb_get takes no other attribute.
    for (const key of ["dst", "port", "viaIfindex", "nhId"])
      if (value[key] !== undefined)
        throw new OptionError(`fdb.${key}: one entry is had by mac, vlan, vni and srcVni`, key, "a filter of list");
    const found = await about(
      entry.dev,
      ask(this.#channel, { type: RTM.getneigh, schema, value }, schema, {
        operation: `get forwarding entry ${describe(entry)}`,
        ...options,
      }),
      this.#channel,
    );
    const names = await deviceNames(this.#channel, { timeout, signal });
    return readFdb(found, (i) => names.get(i));
  }
  /** One entry, or undefined if there is none. A missing device is an error still. */
  find(entry: FdbKey, options: ExchangeOptions = {}): Promise<FdbEntry | undefined> {
    return ifFound(this.get(entry, options));
  }

  /** `add({ mac: "02:00:00:00:00:01", dev: "veth1", master: true, state: "static" })`. @throws {NetlinkError} EEXIST… */
  add(entry: FdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", entry, options);
  }
  /** VXLAN: gives an address a further remote; the zero address is for all that is not known. */
  append(entry: FdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("append", entry, options);
  }
  /** Changes an entry that is there. @throws {NetlinkError} ENOENT */
  change(entry: FdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("change", entry, options);
  }
  /** Puts an entry in place of that for the same address, or adds it. */
  replace(entry: FdbOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("replace", entry, options);
  }
  /** Removes an entry; of a VXLAN's, one remote if `dst` is given. @throws {NetlinkError} ENOENT */
  remove(entry: FdbKey, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", entry, options);
  }
  /** False if there is no such entry. A missing device is an error still. */
  removeIfExists(entry: FdbKey, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(entry, options));
  }

  /**
   * Has the kernel remove the entries of a bridge or a VXLAN, those that a filter keeps or all, permanent ones too:
   * `flush("br0", { brport: "veth1", state: "dynamic" })`. Of a port, with `master`, those of its bridge behind it. The kernel does not
   * say how many there were.
   * @throws {NetlinkError} EOPNOTSUPP before Linux 5.19, of VXLANs before 6.7
   */
  async flush(dev: Device, filter: FdbFlush = {}, options: ExchangeOptions = {}): Promise<void> {
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => flushValue(dev, filter, index), { timeout, signal });
    await about(
      dev,
      this.#channel.ack(
        { type: RTM.delneigh, flags: NLM_F_BULK, schema, value: value as never },
        { operation: `flush forwarding entries of ${dev}`, ...options },
      ),
      this.#channel,
    );
  }

  /** The request, not sent: for a `Batch`. Devices are given by index here. */
  prepare(verb: Verb, entry: FdbOptions): Prepared {
    const value = fdbValue(verb, entry, byIndex) as never;
    const type = verb === "remove" ? RTM.delneigh : RTM.newneigh;
    const operation = () => `${verb} forwarding entry ${describe(entry)}`;
    return { message: { type, flags: FLAGS[verb], schema, value }, operation };
  }

  #value(verb: Verb, entry: FdbOptions, { timeout, signal }: ExchangeOptions): Promise<Obj> {
    return withIndexes(this.#channel, (index) => fdbValue(verb, entry, index), { timeout, signal });
  }
  async #do(verb: Verb, entry: FdbOptions, options: ExchangeOptions): Promise<void> {
    const value = (await this.#value(verb, entry, options)) as never;
    const type = verb === "remove" ? RTM.delneigh : RTM.newneigh;
    const operation = () => `${verb} forwarding entry ${describe(entry)}`;
    await about(
      entry.dev,
      this.#channel.ack({ type, flags: FLAGS[verb], schema, value }, { operation, ...options }),
      this.#channel,
    );
  }

  async #dump(filter: FdbFilter, deviceName: DeviceName, options: DumpOptions): Promise<Dump<typeof schema, FdbEntry>> {
    checkOptions("fdb", filter, ["dev", "master", "mac", "vlan", "state", "dst", "vni"]);
    const { state, vlan, vni } = filter;
    if (state !== undefined && state !== "stale" && !Object.hasOwn(STATES, state))
      throw new OptionError(
        `fdb.state: ${JSON.stringify(state)} is not permanent, static, dynamic or stale`,
        "state",
        "a state",
      );
    const mac = filter.mac === undefined ? undefined : macAddress(filter.mac);
    const dst = filter.dst === undefined ? undefined : canonicalAddress("fdb.dst", filter.dst);
    const index = await indexIf(this.#channel, filter.dev, options);
    const master = await indexIf(this.#channel, filter.master, options);
    // The kernel filters by these two (rtnl_fdb_dump), those of a bridge's own too.
    const value: Obj = { family: AF_BRIDGE };
    if (index !== undefined) value.ifindex = index;
    if (master !== undefined) value.master = master;
    return {
      message: { type: RTM.getneigh, schema, value: value as never },
      answer: schema,
      map: (m) => {
        if (m.family !== AF_BRIDGE) return undefined;
        if (index !== undefined && m.ifindex !== index) return undefined;
        if (master !== undefined && m.master !== master && m.ifindex !== master) return undefined;
        if (mac !== undefined && m.lladdr !== mac) return undefined;
        if (vlan !== undefined && m.vlan !== vlan) return undefined;
        if (vni !== undefined && m.vni !== vni) return undefined;
        if (dst !== undefined && m.dst !== dst) return undefined;
        if (state !== undefined && stateName(m.state) !== state) return undefined;
        return readFdb(m, deviceName);
      },
    };
  }
}

const describe = ({ mac, dev, vlan }: FdbKey): string =>
  `${mac} dev ${dev}${vlan === undefined ? "" : ` vlan ${vlan}`}`;

function macAddress(mac: string): string {
  const bytes = typeof mac === "string" ? parseMac(mac) : undefined;
  if (bytes?.length === 6) return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  throw new OptionError(`fdb.mac: ${JSON.stringify(mac)} is not a MAC address`, "mac", '"02:00:00:00:00:01"');
}
const given = (o: Obj, key: string): boolean => {
  if (o[key] !== undefined && typeof o[key] !== "boolean")
    throw new OptionError(`fdb.${key}: ${String(o[key])} is not true or false`, key, "true or false");
  return o[key] === true;
};

/** What says where an entry, or entries, are: the same in all requests. */
function place(o: FdbKey | FdbFlush, value: Obj): void {
  if (o.vlan !== undefined) value.vlan = integer("fdb.vlan", o.vlan, 4094);
  if (o.dst !== undefined) {
    parseAddress("fdb.dst", o.dst);
    value.dst = o.dst;
  }
  if (o.port !== undefined) value.port = integer("fdb.port", o.port, 0xffff);
  if (o.vni !== undefined) value.vni = integer("fdb.vni", o.vni, MAX_VNI);
  if (o.srcVni !== undefined) value.srcVni = integer("fdb.srcVni", o.srcVni, MAX_VNI);
  if (o.nexthopId !== undefined) {
    if (o.dst !== undefined)
      throw new OptionError("fdb.nexthopId: not together with dst", "nexthopId", "one of the two");
    value.nhId = integer("fdb.nexthopId", o.nexthopId);
  }
}

/** The message's value. @throws {OptionError} */
export function fdbValue(verb: Verb, o: FdbOptions, index: DeviceIndexes): Obj {
  checkOptions("fdb", o, verb === "remove" ? keyKeys : optionKeys);
  if (o.dev === undefined) throw new OptionError("fdb.dev: the device is missing", "dev", "a device");
  const all = o as unknown as Obj;
  let flags = 0;
  for (const [key, bit] of [
    ["self", NTF.self],
    ["master", NTF.master],
    ["router", NTF.router],
    ["use", NTF.use],
    ["externLearn", NTF.extern_learn],
    ["sticky", NTF.sticky],
  ] as const)
    if (given(all, key)) flags |= bit;
  if ((flags & (NTF.self | NTF.master)) === 0) flags |= NTF.self;
  const value: Obj = { family: AF_BRIDGE, ifindex: index(o.dev), flags, lladdr: macAddress(o.mac) };
  place(o, value);
  if (o.via !== undefined) value.viaIfindex = index(o.via);
  if (verb === "remove") return value;
  const state = o.state ?? "permanent";
  if (!Object.hasOwn(STATES, state))
    throw new OptionError(
      `fdb.state: ${JSON.stringify(state)} is not permanent, static or dynamic`,
      "state",
      "a state",
    );
  value.state = STATES[state];
  const notify =
    (given(all, "activityNotify") ? fdbNotify.values.notify : 0) |
    (given(all, "inactive") ? fdbNotify.values.inactive : 0);
  const ext: Obj = {};
  if (o.activityNotify !== undefined || o.inactive !== undefined) ext.activityNotify = notify;
  // The kernel reads it as a flag: there, it is set whatever its value.
  if (given(all, "noRefresh")) ext.dontRefresh = 1;
  if (Object.keys(ext).length > 0) value.fdbExtAttrs = ext;
  if (o.protocol !== undefined) value.protocol = wordNumber("fdb.protocol", routeProtocols, o.protocol);
  return value;
}

function flushValue(dev: Device, o: FdbFlush, index: DeviceIndexes): Obj {
  checkOptions("fdb", o, [
    "state", "brport", "vlan", "master", "self", "externLearn", "offload", "sticky", "router", "dst", "port", "vni", "srcVni", "nexthopId",
  ]); // biome-ignore format: one table
  const all = o as Obj;
  let flags = (given(all, "self") ? NTF.self : 0) | (given(all, "master") ? NTF.master : 0) || NTF.self;
  let mask = 0;
  for (const [key, bit] of [
    ["externLearn", NTF.extern_learn],
    ["offload", NTF.offload],
    ["sticky", NTF.sticky],
    ["router", NTF.router],
  ] as const) {
    if (given(all, key)) flags |= bit;
    if (o[key] !== undefined) mask |= bit;
  }
  const value: Obj = { family: AF_BRIDGE, ifindex: index(dev), flags };
  if (mask !== 0) value.ndmFlagsMask = mask;
  if (o.state !== undefined) {
    // In the kernel a permanent entry is a static one too (br_fdb_delete_bulk).
    const { permanent, noarp } = NUD;
    const wanted: { readonly [S in FdbState]: readonly [mask: number, state: number] } = {
      permanent: [permanent, permanent],
      static: [permanent | noarp, noarp],
      dynamic: [permanent | noarp, 0],
    };
    if (!Object.hasOwn(wanted, o.state))
      throw new OptionError(
        `fdb.state: ${JSON.stringify(o.state)} is not permanent, static or dynamic`,
        "state",
        "a state",
      );
    [value.ndmStateMask, value.state] = wanted[o.state];
  }
  place(o, value);
  if (o.brport !== undefined) value.viaIfindex = index(o.brport);
  return value;
}

function stateName(state: number): string {
  if (state & NUD.permanent) return "permanent";
  if (state & NUD.noarp) return "static";
  if (state & NUD.stale) return "stale";
  if (state & NUD.reachable) return "dynamic";
  return flagNames(neighborStates, state).join(",") || "none";
}

/** A forwarding entry in the user's terms. */
export function readFdb(m: NeighborMessage, deviceName: DeviceName): FdbEntry {
  const out: FdbEntry = {
    mac: m.lladdr ?? "00:00:00:00:00:00",
    dev: deviceName(m.ifindex) ?? m.ifindex,
    index: m.ifindex,
    state: stateName(m.state),
    flags: flagNames(neighborFlags, m.flags),
    message: m,
  };
  if (m.master !== undefined) out.master = deviceName(m.master) ?? m.master;
  if (m.vlan !== undefined) out.vlan = m.vlan;
  if (m.dst !== undefined) out.dst = m.dst;
  if (m.port !== undefined) out.port = m.port;
  if (m.vni !== undefined) out.vni = m.vni;
  if (m.srcVni !== undefined) out.srcVni = m.srcVni;
  if (m.viaIfindex !== undefined)
    out.via = m.linkNetnsid === undefined ? (deviceName(m.viaIfindex) ?? m.viaIfindex) : m.viaIfindex;
  if (m.linkNetnsid !== undefined) out.linkNetnsid = m.linkNetnsid;
  if (m.nhId !== undefined) out.nexthopId = m.nhId;
  const notify = m.fdbExtAttrs?.activityNotify;
  if (notify !== undefined) {
    out.activityNotify = (notify & fdbNotify.values.notify) !== 0;
    out.inactive = (notify & fdbNotify.values.inactive) !== 0;
  }
  if (m.protocol !== undefined) out.protocol = nameOf(routeProtocols, m.protocol) ?? m.protocol;
  if (m.cacheinfo) {
    const { usedMs, updatedMs } = toFriendly(neighborCacheinfo, m.cacheinfo);
    Object.assign(out, { usedMs, updatedMs });
  }
  return out;
}
