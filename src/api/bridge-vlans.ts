/** The VLAN database of bridges: which VLANs pass through which ports, and their options. @module */
import {
  type BridgeVlan as BridgeVlanMessage,
  type bridgeVlanEntry,
  bridgeVlanOptions,
  bridgeVlanRequest,
  bridgeVlan as schema,
} from "../codec/rtnetlink/bridge-vlan.ts";
import { bridgeVlanFlags } from "../codec/rtnetlink/link/bridge-spec.ts";
import { multicastRouters } from "../codec/rtnetlink/link/kinds/bridge.ts";
import { bridgePortStates } from "../codec/rtnetlink/link/kinds/bridge-port.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Value } from "../codec/schema/codec.ts";
import { type FriendlyAttrs, type FriendlyAttrsInput, toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import type { Flat } from "../codec/schema/struct.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, indexIf, indexOf } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, type DeviceName, flattened, listNamed, removeAll, streamNamed } from "./facet.ts";
import {
  AF_BRIDGE,
  checkOptions,
  fromOptions,
  integer,
  OptionError,
  parseRange,
  type Range,
  wordNumber,
} from "./options.ts";

/** Options of VLANs at a port. */
export interface BridgeVlanSettings {
  /** Spanning tree's: `"disabled"`, `"listening"`, `"learning"`, `"forwarding"`, `"blocking"`. */
  readonly state?: string | undefined;
  /** `"disabled"`, `"temp_query"`, `"perm"`, `"temp"`. */
  readonly mcastRouter?: string | undefined;
  /** Limit of multicast groups; 0: none. */
  readonly mcastMaxGroups?: number | undefined;
  /** Answer for neighbours rather than flood (Linux 6.4). */
  readonly neighSuppress?: boolean | undefined;
  /** Tunnel id, such as a VNI, that the first VLAN is mapped to, the others to those that follow; null: none. */
  readonly tunnelId?: number | null | undefined;
}
/** VLANs to add. */
export interface BridgeVlanAddition extends BridgeVlanSettings {
  /** What comes without a tag belongs to it. */
  readonly pvid?: boolean | undefined;
  /** What leaves through the port leaves without a tag. */
  readonly untagged?: boolean | undefined;
}
/** A VLAN of a port, or several in a row that are alike. */
export interface BridgeVlan {
  dev: string | number;
  index: number;
  vlan: number;
  /** The last of the row. */
  vlanEnd?: number;
  pvid: boolean;
  untagged: boolean;
  state?: string | number;
  tunnelId?: number;
  neighSuppress?: boolean;
  mcastRouter?: string | number;
  mcastGroups?: number;
  mcastMaxGroups?: number;
  stats?: { rxBytes: number; rxPackets: number; txBytes: number; txPackets: number };
  message: Value<typeof bridgeVlanEntry>;
}
/** Options that VLANs have in the whole bridge: multicast snooping, spanning tree instance. Times as `…IntvlMs`. */
export type BridgeVlanGlobals = Flat<
  { dev: string | number; index: number; vlan: number; vlanEnd?: number } & Omit<
    FriendlyAttrs<typeof bridgeVlanOptions>,
    "id" | "range" | "mcastQuerierState" | "mcastRouterPorts"
  >
>;
/** Such options to set; times as `"125s"` or `…IntvlMs`. */
export type BridgeVlanGlobalSettings = Omit<
  FriendlyAttrsInput<typeof bridgeVlanOptions>,
  "id" | "range" | "mcastQuerierState" | "mcastRouterPorts"
>;
/** Which VLANs, and whether with their counters. */
export interface BridgeVlanFilter {
  /** A port, or the bridge itself. */
  readonly dev?: Device | undefined;
  readonly vlan?: number | undefined;
  /** Report counters. */
  readonly stats?: boolean | undefined;
}

type Obj = Record<string, unknown>;
const FLAGS = bridgeVlanFlags.values;
const settingKeys = ["state", "mcastRouter", "mcastMaxGroups", "neighSuppress", "tunnelId"];
const MAX_VLAN = 4094;
/** BRIDGE_VLANDB_DUMPF_*. */
const DUMP_STATS = 1;
const DUMP_GLOBAL = 2;

/** VLANs of bridge ports (`bridge vlan`); the bridge has to be made with `vlanFiltering` for them to count. */
export class BridgeVlans {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** VLANs of all ports, or those that a filter keeps: `list({ dev: "veth1" })`. */
  async list(filter: BridgeVlanFilter = {}, options: DumpOptions = {}): Promise<BridgeVlan[]> {
    const operation = "list bridge VLANs";
    return (
      await listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options })
    ).flat();
  }
  /** As `list`, in constant memory. */
  stream(filter: BridgeVlanFilter = {}, options: DumpOptions = {}): Stream<BridgeVlan> {
    const operation = "list bridge VLANs";
    return flattened(
      streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options }),
    );
  }
  /** The entry that a VLAN of a port is in, or undefined. A missing device is an error. */
  async find(dev: Device, vlan: number, options: DumpOptions = {}): Promise<BridgeVlan | undefined> {
    return (await this.list({ dev, vlan }, options))[0];
  }

  /**
   * Lets VLANs pass through a port: `add("veth1", 10)`, `add("veth1", "20-29", { untagged: true })`; those that are there already get these
   * settings. On the bridge itself, for its own traffic.
   * @throws {InterfaceNotFound} @throws {NetlinkError} EINVAL, not a bridge or its port
   */
  async add(
    dev: Device,
    vlans: Range,
    settings: BridgeVlanAddition = {},
    options: ExchangeOptions = {},
  ): Promise<void> {
    checkOptions("bridgeVlan", settings, ["pvid", "untagged", ...settingKeys]);
    const { start, end } = parseRange("bridgeVlan.vlans", vlans, 1, MAX_VLAN);
    if (settings.pvid && start !== end)
      throw new OptionError("bridgeVlan.pvid: one VLAN only can be it", "pvid", "a single VLAN");
    const flags = (settings.pvid ? FLAGS.pvid : 0) | (settings.untagged ? FLAGS.untagged : 0) | FLAGS.brentry;
    const entry = { ...entryOf(vlans, flags), ...settingsValue(settings) };
    await this.#send(RTM.newvlan, dev, { entry: [entry] }, `add VLAN ${String(vlans)} to ${dev}`, options);
  }
  /** Changes options of VLANs that a port has. @throws {NetlinkError} ENOENT, EINVAL: it has not all of them */
  async set(dev: Device, vlans: Range, settings: BridgeVlanSettings, options: ExchangeOptions = {}): Promise<void> {
    checkOptions("bridgeVlan", settings, settingKeys);
    const value = settingsValue(settings);
    if (Object.keys(value).length === 0)
      throw new OptionError("bridgeVlan: nothing is to be set", "", settingKeys.join(", "));
    const entry = { ...entryOf(vlans, FLAGS.only_opts), ...value };
    await this.#send(RTM.newvlan, dev, { entry: [entry] }, `set VLAN ${String(vlans)} of ${dev}`, options);
  }
  /** Keeps VLANs from passing through a port. The kernel takes it for done if they did not (br_vlan_info). */
  async remove(dev: Device, vlans: Range, options: ExchangeOptions = {}): Promise<void> {
    const value = { entry: [entryOf(vlans, 0)] };
    await this.#send(RTM.delvlan, dev, value, `remove VLAN ${String(vlans)} of ${dev}`, options);
  }
  /** False if the port had none of them. A missing device is an error still. */
  async removeIfExists(dev: Device, vlans: Range, options: ExchangeOptions = {}): Promise<boolean> {
    const { start, end } = parseRange("bridgeVlan.vlans", vlans, 1, MAX_VLAN);
    const { timeout, signal } = options;
    const there = await this.list({ dev }, { timeout, signal });
    if (!there.some(({ vlan, vlanEnd = vlan }) => vlan <= end && start <= vlanEnd)) return false;
    await this.remove(dev, vlans, options);
    return true;
  }
  /** Removes all VLANs of a port; says how many entries there were. */
  async flush(dev: Device, options: ExchangeOptions = {}): Promise<number> {
    const entries = await this.list({ dev }, options);
    return removeAll(
      this.#channel,
      entries.map(({ index, vlan, vlanEnd }) => ({
        type: RTM.delvlan,
        schema,
        value: { family: AF_BRIDGE, ifindex: index, entry: [entryOf([vlan, vlanEnd ?? vlan], 0)] },
      })),
      { operation: `flush VLANs of ${dev}`, ...options },
    );
  }

  /** Options that VLANs have in the whole bridge. */
  async globals(filter: Omit<BridgeVlanFilter, "stats"> = {}, options: DumpOptions = {}): Promise<BridgeVlanGlobals[]> {
    const make = async (name: DeviceName): Promise<Dump<typeof schema, BridgeVlanGlobals[]>> => {
      checkOptions("bridgeVlans", filter, ["dev", "vlan"]);
      const ifindex = (await indexIf(this.#channel, filter.dev, options)) ?? 0;
      return {
        message: {
          type: RTM.getvlan,
          schema: bridgeVlanRequest,
          value: { family: AF_BRIDGE, ifindex, flags: DUMP_GLOBAL },
        },
        answer: schema,
        map: (m) =>
          ifindex !== 0 && m.ifindex !== ifindex
            ? undefined
            : readGlobals(m, name).filter((one) => has(one, filter.vlan)),
      };
    };
    return (await listNamed(this.#channel, make, { operation: "list options of bridge VLANs", ...options })).flat();
  }
  /** Sets them: `setGlobals("br0", 10, { mcastQuerier: true, mcastQueryIntvl: "125s" })`. */
  async setGlobals(
    bridge: Device,
    vlans: Range,
    settings: BridgeVlanGlobalSettings,
    options: ExchangeOptions = {},
  ): Promise<void> {
    const { start, end } = parseRange("bridgeVlan.vlans", vlans, 1, MAX_VLAN);
    for (const key of ["id", "range", "mcastQuerierState", "mcastRouterPorts"])
      if (key in settings)
        throw new OptionError(
          `bridgeVlan.${key}: it is not a setting`,
          key,
          "settings of BRIDGE_VLANDB_GLOBAL_OPTIONS",
        );
    const value = fromOptions("bridgeVlan", bridgeVlanOptions, settings);
    if (Object.keys(value).length === 0)
      throw new OptionError("bridgeVlan: nothing is to be set", "", "settings of BRIDGE_VLANDB_GLOBAL_OPTIONS");
    const globalOptions = [{ ...value, id: start, ...(end === start ? {} : { range: end }) }];
    await this.#send(
      RTM.newvlan,
      bridge,
      { globalOptions },
      `set options of VLAN ${String(vlans)} of ${bridge}`,
      options,
    );
  }

  async #send(type: number, dev: Device, value: Obj, operation: string, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    const ifindex = await indexOf(this.#channel, dev, { timeout, signal });
    const message = { type, schema, value: { family: AF_BRIDGE, ifindex, ...value } as never };
    await about(dev, this.#channel.ack(message, { operation, ...options }));
  }

  async #dump(
    filter: BridgeVlanFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, BridgeVlan[]>> {
    checkOptions("bridgeVlans", filter, ["dev", "vlan", "stats"]);
    if (filter.vlan !== undefined) integer("bridgeVlans.vlan", filter.vlan, MAX_VLAN);
    const ifindex = (await indexIf(this.#channel, filter.dev, options)) ?? 0;
    return {
      // The kernel filters by the device (br_vlan_rtm_dump).
      message: {
        type: RTM.getvlan,
        schema: bridgeVlanRequest,
        value: { family: AF_BRIDGE, ifindex, ...(filter.stats ? { flags: DUMP_STATS } : {}) },
      },
      answer: schema,
      map: (m) =>
        ifindex !== 0 && m.ifindex !== ifindex
          ? undefined
          : readBridgeVlans(m, deviceName).filter((one) => has(one, filter.vlan)),
    };
  }
}

const has = (one: { vlan: number; vlanEnd?: number }, vlan: number | undefined): boolean =>
  vlan === undefined || (one.vlan <= vlan && vlan <= (one.vlanEnd ?? one.vlan));

function entryOf(vlans: Range, flags: number): Obj {
  const { start, end } = parseRange("bridgeVlan.vlans", vlans, 1, MAX_VLAN);
  return { info: { flags, vid: start }, ...(end === start ? {} : { range: end }) };
}

function settingsValue(o: BridgeVlanSettings): Obj {
  const out: Obj = {};
  if (o.state !== undefined) out.state = wordNumber("bridgeVlan.state", bridgePortStates, o.state);
  if (o.mcastRouter !== undefined)
    out.mcastRouter = wordNumber("bridgeVlan.mcastRouter", multicastRouters, o.mcastRouter);
  if (o.mcastMaxGroups !== undefined) out.mcastMaxGroups = integer("bridgeVlan.mcastMaxGroups", o.mcastMaxGroups);
  if (o.neighSuppress !== undefined) out.neighSuppress = o.neighSuppress ? 1 : 0;
  if (o.tunnelId !== undefined)
    out.tunnelInfo =
      o.tunnelId === null
        ? { cmd: RTM.dellink }
        : { id: integer("bridgeVlan.tunnelId", o.tunnelId, 0xffffff), cmd: RTM.setlink };
  return out;
}

/** The entries of a message. */
export function readBridgeVlans(m: BridgeVlanMessage, deviceName: DeviceName): BridgeVlan[] {
  return (m.entry ?? []).flatMap((entry) => {
    if (!entry.info) return [];
    const { flags, vid } = entry.info;
    const out: BridgeVlan = {
      dev: deviceName(m.ifindex) ?? m.ifindex,
      index: m.ifindex,
      vlan: vid,
      pvid: (flags & FLAGS.pvid) !== 0,
      untagged: (flags & FLAGS.untagged) !== 0,
      message: entry,
    };
    if (entry.range !== undefined) out.vlanEnd = entry.range;
    if (entry.state !== undefined) out.state = nameOf(bridgePortStates, entry.state) ?? entry.state;
    if (entry.tunnelInfo?.id !== undefined) out.tunnelId = entry.tunnelInfo.id;
    if (entry.neighSuppress !== undefined) out.neighSuppress = entry.neighSuppress !== 0;
    if (entry.mcastRouter !== undefined)
      out.mcastRouter = nameOf(multicastRouters, entry.mcastRouter) ?? entry.mcastRouter;
    if (entry.mcastNGroups !== undefined) out.mcastGroups = entry.mcastNGroups;
    if (entry.mcastMaxGroups !== undefined) out.mcastMaxGroups = entry.mcastMaxGroups;
    if (entry.stats) {
      const { rxBytes = 0n, rxPackets = 0n, txBytes = 0n, txPackets = 0n } = entry.stats;
      out.stats = {
        rxBytes: Number(rxBytes),
        rxPackets: Number(rxPackets),
        txBytes: Number(txBytes),
        txPackets: Number(txPackets),
      };
    }
    return [out];
  });
}

/** Options of VLANs of a bridge. */
export function readGlobals(m: BridgeVlanMessage, deviceName: DeviceName): BridgeVlanGlobals[] {
  return (m.globalOptions ?? []).map((one) => {
    const { id, range, mcastQuerierState: _, mcastRouterPorts: __, ...settings } = toFriendly(bridgeVlanOptions, one);
    return {
      dev: deviceName(m.ifindex) ?? m.ifindex,
      index: m.ifindex,
      vlan: id ?? 0,
      ...(range === undefined ? {} : { vlanEnd: range }),
      ...settings,
    } as BridgeVlanGlobals;
  });
}
