/** Nexthops as objects that routes refer to, groups of them, and the buckets of resilient groups. @module */
import { NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  type Nexthop as NexthopMessage,
  nexthopGroupTypes,
  resilientBucket,
  resilientGroup,
  nexthop as schema,
} from "../codec/rtnetlink/nexthop.ts";
import { nexthopFlags } from "../codec/rtnetlink/route.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { decoder } from "../codec/schema/engine.ts";
import { toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, type DeviceIndexes, deviceNames, indexIf, withIndexes } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { type Encap, type EncapOptions, encapValue, readEncap } from "./encap.ts";
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
  AF_INET,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  fromOptions,
  integer,
  OptionError,
  parseAddress,
  wordNumber,
} from "./options.ts";

/** A member of a group: its id, and its share of the traffic from 1 to 65536 (up to 256 before Linux 6.12). */
export interface NexthopMember {
  readonly id: number;
  readonly weight?: number | undefined;
}
/** One way (`via`, `dev`), a `blackhole`, or a `group` of nexthops. */
export interface NexthopOptions {
  /** Left out, the kernel chooses. */
  readonly id?: number | undefined;
  readonly via?: string | undefined;
  readonly dev?: Device | undefined;
  /** The gateway is on the link, whatever the addresses say. */
  readonly onlink?: boolean | undefined;
  /** Drop what goes there. */
  readonly blackhole?: boolean | undefined;
  /** For forwarding entries of VXLANs rather than for routes. */
  readonly fdb?: boolean | undefined;
  readonly encap?: EncapOptions | undefined;
  /** Ids of nexthops, or ids and weights. */
  readonly group?: readonly (number | NexthopMember)[] | undefined;
  /** `"mpath"` (the default) hashes over the members; `"resilient"` keeps flows where they are when the members change. */
  readonly type?: keyof typeof nexthopGroupTypes.values | undefined;
  /** Of a resilient group: the size of its hash table, which cannot change later. */
  readonly buckets?: number | undefined;
  /** Time without traffic before a bucket may move to another member, `"60s"` or in milliseconds; 120 s by default. */
  readonly idleTimer?: string | undefined;
  readonly idleTimerMs?: number | undefined;
  /** Time out of balance before buckets move although they are busy; 0, the default: never. */
  readonly unbalancedTimer?: string | undefined;
  readonly unbalancedTimerMs?: number | undefined;
  /** Have the hardware count a group's packets. */
  readonly hwStats?: boolean | undefined;
  readonly protocol?: string | number | undefined;
  /** Of a `blackhole` or a `dev` without `via`: `"inet"` by default. */
  readonly family?: Family | undefined;
}
/** A nexthop or a group in the user's terms: only what it has is there. */
export interface Nexthop {
  id: number;
  /** `"unspec"` for groups. */
  family: string;
  via?: string;
  dev?: string | number;
  oif?: number;
  blackhole?: boolean;
  fdb?: boolean;
  encap?: Encap;
  group?: { id: number; weight: number }[];
  type?: string | number;
  buckets?: number;
  idleTimerMs?: number;
  unbalancedTimerMs?: number;
  /** For how long a resilient group has been out of balance. */
  unbalancedTimeMs?: number;
  hwStats?: boolean;
  /** Packets by member, where they were asked for: in the kernel, and in hardware. */
  stats?: { id: number; packets: number; packetsHw?: number }[];
  protocol: string | number;
  flags: string[];
  /** The decoded message, for the rest. */
  message: NexthopMessage;
}
/** Which nexthops. */
export interface NexthopFilter {
  readonly dev?: Device | undefined;
  /** Through ports of this bridge, or devices of this VRF. */
  readonly master?: Device | undefined;
  readonly family?: Family | undefined;
  readonly protocol?: string | number | undefined;
  /** True: groups only; false: none. */
  readonly groups?: boolean | undefined;
  readonly fdb?: boolean | undefined;
  /** Report a group's counters, and those of the hardware with `"hw"` (Linux 6.9). */
  readonly stats?: boolean | "hw" | undefined;
}
/** One place of a resilient group's hash table. */
export interface NexthopBucket {
  /** The group. */
  id: number;
  index: number;
  nexthopId: number;
  /** Since the last packet. */
  idleTimeMs: number;
  flags: string[];
  message: NexthopMessage;
}
/** Which buckets. */
export interface NexthopBucketFilter {
  /** Of this group. */
  readonly id?: number | undefined;
  /** That lead to this member. */
  readonly nexthopId?: number | undefined;
  readonly dev?: Device | undefined;
  readonly master?: Device | undefined;
}

type Obj = Record<string, unknown>;
type Verb = "add" | "change" | "replace";
const FLAGS: { readonly [V in Verb]: number } = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  change: NLM_F_REPLACE,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
};
const ofResilient = ["buckets", "idleTimer", "idleTimerMs", "unbalancedTimer", "unbalancedTimerMs"] as const;
const ofGroups = ["type", "hwStats", ...ofResilient] as const;
const ofWays = ["via", "dev", "onlink", "blackhole", "encap", "family"] as const;
const keys = ["id", "protocol", "fdb", "group", ...ofWays, ...ofGroups];
const ONLINK = 4;
const STATS = 1;
const HW_STATS = 2;

/** Nexthop objects (`ip nexthop`, Linux 5.3). */
export class Nexthops {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All nexthops, or those that a filter keeps. */
  list(filter: NexthopFilter = {}, options: DumpOptions = {}): Promise<Nexthop[]> {
    const operation = "list nexthops";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: NexthopFilter = {}, options: DumpOptions = {}): Stream<Nexthop> {
    const operation = "list nexthops";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** One nexthop; `stats` as in a filter. @throws {NetlinkError} ENOENT */
  async get(id: number, { stats, ...options }: ExchangeOptions & Pick<NexthopFilter, "stats"> = {}): Promise<Nexthop> {
    const value = { id: nexthopId("id", id), ...statsFlags(stats) };
    const operation = `get nexthop ${id}`;
    const found = await ask(this.#channel, { type: RTM.getnexthop, schema, value }, schema, { operation, ...options });
    const names = await deviceNames(this.#channel, { timeout: options.timeout, signal: options.signal });
    return readNexthop(found, (i) => names.get(i));
  }
  /** One nexthop, or undefined if there is none of that id. */
  find(id: number, options: ExchangeOptions & Pick<NexthopFilter, "stats"> = {}): Promise<Nexthop | undefined> {
    return ifFound(this.get(id, options));
  }

  /** Adds a nexthop: `add({ via: "192.0.2.1", dev: "eth0" })`; resolves to its id. @throws {NetlinkError} EEXIST… */
  add(nexthop: NexthopOptions, options: ExchangeOptions = {}): Promise<number> {
    return this.#do("add", nexthop, options);
  }
  /** Changes a nexthop that is there: all of it, as in `replace`. @throws {NetlinkError} ENOENT */
  async change(nexthop: NexthopOptions & { readonly id: number }, options: ExchangeOptions = {}): Promise<void> {
    await this.#do("change", nexthop, options);
  }
  /** Puts a nexthop in place of the one of that id, for all routes that refer to it, or adds it. */
  async replace(nexthop: NexthopOptions & { readonly id: number }, options: ExchangeOptions = {}): Promise<void> {
    await this.#do("replace", nexthop, options);
  }
  /** Removes a nexthop and the routes that refer to it; groups go on without it. @throws {NetlinkError} ENOENT */
  async remove(id: number, options: ExchangeOptions = {}): Promise<void> {
    await this.#channel.ack(
      { type: RTM.delnexthop, schema, value: { id: nexthopId("id", id) } },
      { operation: `remove nexthop ${id}`, ...options },
    );
  }
  /** False if there is none of that id. */
  removeIfExists(id: number, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(id, options));
  }
  /** Removes the nexthops that a filter keeps, all by default; says how many. */
  async flush(filter: Omit<NexthopFilter, "stats"> = {}, options: ExchangeOptions = {}): Promise<number> {
    const found = await this.list(filter, options);
    // The groups first: one that loses its last member is gone by itself.
    found.sort((a, b) => Number(b.group !== undefined) - Number(a.group !== undefined));
    return removeAll(
      this.#channel,
      found.map(({ id }) => ({ type: RTM.delnexthop, schema, value: { id } })),
      { operation: "flush nexthops", ...options },
    );
  }

  /** The buckets of resilient groups, or of one: `buckets({ id: 30 })`. */
  buckets(filter: NexthopBucketFilter = {}, options: DumpOptions = {}): Promise<NexthopBucket[]> {
    const operation = "list nexthop buckets";
    return listNamed(this.#channel, () => this.#bucketDump(filter, options), { operation, ...options });
  }
  /** One bucket of a group. @throws {NetlinkError} ENOENT: no such group, or no such bucket in it */
  async bucket(id: number, index: number, options: ExchangeOptions = {}): Promise<NexthopBucket> {
    const value = { id: nexthopId("id", id), resBucket: { index: integer("nexthop.index", index, 0xffff) } };
    const found = await ask(this.#channel, { type: RTM.getnexthopbucket, schema, value }, schema, {
      operation: `get bucket ${index} of nexthop ${id}`,
      ...options,
    });
    return readBucket(found);
  }

  async #do(verb: Verb, nexthop: NexthopOptions, options: ExchangeOptions): Promise<number> {
    if (verb !== "add" && nexthop.id === undefined)
      throw new OptionError("nexthop.id: which one is meant is not said", "id", "an id from 1");
    const { timeout, signal } = options;
    const value = await withIndexes(this.#channel, (index) => nexthopValue(nexthop, index), { timeout, signal });
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    let id = nexthop.id ?? 0;
    const message = { type: RTM.newnexthop, flags: FLAGS[verb] | NLM_F_ECHO, schema, value };
    const operation = `${verb} nexthop${nexthop.id === undefined ? "" : ` ${nexthop.id}`}`;
    await about(
      nexthop.dev,
      this.#channel.ack(message, { operation, ...options }, (_type, src, at, end) => {
        id = decode(src, at, end).id ?? id;
      }),
      this.#channel,
    );
    return id;
  }

  async #dump(
    filter: NexthopFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, Nexthop>> {
    checkOptions("nexthops", filter, ["dev", "master", "family", "protocol", "groups", "fdb", "stats"]);
    const family = filter.family === undefined ? undefined : familyNumber("nexthops.family", filter.family);
    const protocol =
      filter.protocol === undefined ? undefined : wordNumber("nexthops.protocol", routeProtocols, filter.protocol);
    const oif = await indexIf(this.#channel, filter.dev, options);
    const master = await indexIf(this.#channel, filter.master, options);
    const value: Obj = { ...statsFlags(filter.stats) };
    // The kernel filters by these (nh_valid_dump_req), by the rest not.
    if (oif !== undefined) value.oif = oif;
    if (master !== undefined) value.master = master;
    if (filter.groups) value.groups = true;
    if (filter.fdb) value.fdb = true;
    return {
      message: { type: RTM.getnexthop, schema, value: value as never },
      answer: schema,
      map: (m) => {
        if (family !== undefined && m.family !== family) return undefined;
        if (protocol !== undefined && m.protocol !== protocol) return undefined;
        if (oif !== undefined && m.oif !== oif) return undefined;
        if (filter.groups !== undefined && (m.group !== undefined) !== filter.groups) return undefined;
        if (filter.fdb !== undefined && (m.fdb === true) !== filter.fdb) return undefined;
        return readNexthop(m, deviceName);
      },
    };
  }

  async #bucketDump(filter: NexthopBucketFilter, options: DumpOptions): Promise<Dump<typeof schema, NexthopBucket>> {
    checkOptions("buckets", filter, ["id", "nexthopId", "dev", "master"]);
    const value: Obj = {};
    const { id, nexthopId: member } = filter;
    if (id !== undefined) value.id = nexthopId("id", id);
    if (member !== undefined) value.resBucket = { nhId: nexthopId("nexthopId", member) };
    const oif = await indexIf(this.#channel, filter.dev, options);
    const master = await indexIf(this.#channel, filter.master, options);
    if (oif !== undefined) value.oif = oif;
    if (master !== undefined) value.master = master;
    return {
      message: { type: RTM.getnexthopbucket, schema, value: value as never },
      answer: schema,
      map: (m) =>
        (id === undefined || m.id === id) && (member === undefined || m.resBucket?.nhId === member)
          ? readBucket(m)
          : undefined,
    };
  }
}

function nexthopId(option: string, id: number): number {
  if (Number.isInteger(id) && id >= 1 && id <= 0xffffffff) return id;
  throw new OptionError(`nexthop.${option}: ${String(id)} is not an id from 1 to 4294967295`, option, "an id from 1");
}
function statsFlags(stats: NexthopFilter["stats"]): { opFlags?: number } {
  if (stats === undefined || stats === false) return {};
  if (stats !== true && stats !== "hw")
    throw new OptionError(`nexthops.stats: ${String(stats)} is not true, false or "hw"`, "stats", 'true or "hw"');
  return { opFlags: stats === "hw" ? STATS | HW_STATS : STATS };
}

/** The message's value. @throws {OptionError} */
export function nexthopValue(o: NexthopOptions, index: DeviceIndexes): Obj {
  checkOptions("nexthop", o, keys);
  const value: Obj = {};
  if (o.id !== undefined) value.id = nexthopId("id", o.id);
  if (o.protocol !== undefined) value.protocol = wordNumber("nexthop.protocol", routeProtocols, o.protocol);
  if (o.fdb) value.fdb = true;
  if (o.group !== undefined) {
    for (const other of ofWays)
      if (o[other] !== undefined)
        throw new OptionError(`nexthop.${other}: not together with group`, other, `no ${other} beside group`);
    return Object.assign(value, groupValue(o, o.group));
  }
  for (const other of ofGroups)
    if (o[other] !== undefined)
      throw new OptionError(`nexthop.${other}: only groups have it`, other, `no ${other} without group`);
  const given = o.family === undefined ? undefined : familyNumber("nexthop.family", o.family);
  const family = o.via === undefined ? (given ?? AF_INET) : parseAddress("nexthop.via", o.via);
  if (given !== undefined && given !== family)
    throw new OptionError(`nexthop.family: ${o.via} is not of family ${String(o.family)}`, "family", "that of via");
  value.family = family;
  if (o.blackhole) {
    for (const other of ["via", "dev", "onlink", "encap", "fdb"] as const)
      if (o[other])
        throw new OptionError(`nexthop.${other}: not together with blackhole`, other, `no ${other} beside blackhole`);
    value.blackhole = true;
    return value;
  }
  if (o.via === undefined && o.dev === undefined)
    throw new OptionError("nexthop: neither via, dev, blackhole nor group is given", "via", "one of these");
  if (o.via !== undefined) value.gateway = o.via;
  if (o.dev !== undefined) value.oif = index(o.dev);
  if (o.onlink) value.flags = ONLINK;
  if (o.encap !== undefined) Object.assign(value, encapValue("nexthop.encap", o.encap, index));
  return value;
}

function groupValue(o: NexthopOptions, group: NonNullable<NexthopOptions["group"]>): Obj {
  if (!Array.isArray(group) || group.length === 0)
    throw new OptionError("nexthop.group: at least one member is needed", "group", "a list of ids");
  const value: Obj = {
    group: group.map((given: number | NexthopMember, i) => {
      const where = `nexthop.group[${i}]`;
      const member = typeof given === "number" ? { id: given } : given;
      checkOptions(where, member, ["id", "weight"]);
      const share = member.weight ?? 1;
      if (!Number.isInteger(share) || share < 1 || share > 0x10000)
        throw new OptionError(`${where}.weight: ${share} is not an integer from 1 to 65536`, "group", "1 to 65536");
      return { id: nexthopId("group", member.id), weight: (share - 1) & 0xff, weightHigh: (share - 1) >> 8 };
    }),
  };
  const type = wordNumber("nexthop.type", nexthopGroupTypes, o.type ?? "mpath");
  const resilient = type === nexthopGroupTypes.values.resilient;
  if (resilient || o.type !== undefined) value.groupType = type;
  const settings: Obj = {};
  for (const key of ofResilient) if (o[key] !== undefined) settings[key] = o[key];
  if (Object.keys(settings).length > 0) {
    if (!resilient) {
      const option = Object.keys(settings)[0]!;
      throw new OptionError(`nexthop.${option}: only resilient groups have it`, option, 'type: "resilient"');
    }
    value.resGroup = fromOptions("nexthop", resilientGroup, settings);
  }
  if (o.hwStats !== undefined) value.hwStatsEnable = o.hwStats ? 1 : 0;
  return value;
}
/** A nexthop in the user's terms. */
export function readNexthop(m: NexthopMessage, deviceName: DeviceName): Nexthop {
  const out: Nexthop = {
    id: m.id ?? 0,
    family: familyName(m.family),
    protocol: nameOf(routeProtocols, m.protocol) ?? m.protocol,
    flags: flagNames(nexthopFlags, m.flags),
    message: m,
  };
  if (m.gateway !== undefined) out.via = m.gateway;
  if (m.oif !== undefined) {
    out.oif = m.oif;
    out.dev = deviceName(m.oif) ?? m.oif;
  }
  if (m.blackhole) out.blackhole = true;
  if (m.fdb) out.fdb = true;
  if (m.encapType !== undefined) out.encap = readEncap(m.encapType, m.encap, deviceName);
  if (m.group) {
    out.group = m.group.map(({ id, weight, weightHigh }) => ({ id, weight: ((weightHigh << 8) | weight) + 1 }));
    out.type = nameOf(nexthopGroupTypes, m.groupType ?? 0) ?? m.groupType!;
  }
  if (m.resGroup) Object.assign(out, toFriendly(resilientGroup, m.resGroup));
  if (m.hwStatsEnable !== undefined) out.hwStats = m.hwStatsEnable !== 0;
  if (m.groupStats?.entry)
    out.stats = m.groupStats.entry.map(({ id, packets, packetsHw }) => ({
      id: id ?? 0,
      packets: Number(packets ?? 0n),
      ...(packetsHw === undefined ? {} : { packetsHw: Number(packetsHw) }),
    }));
  return out;
}

/** A bucket in the user's terms. */
export function readBucket(m: NexthopMessage): NexthopBucket {
  return {
    id: m.id ?? 0,
    index: m.resBucket?.index ?? 0,
    nexthopId: m.resBucket?.nhId ?? 0,
    idleTimeMs: m.resBucket ? (toFriendly(resilientBucket, m.resBucket).idleTimeMs ?? 0) : 0,
    flags: flagNames(nexthopFlags, m.flags),
    message: m,
  };
}
