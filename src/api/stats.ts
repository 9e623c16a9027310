/** Statistics of links, only those that are asked for. @module */
import { bridgeVlanFlags } from "../codec/rtnetlink/link/bridge-spec.ts";
import type { LinkStats64 } from "../codec/rtnetlink/link/stats.ts";
import {
  type Bond3adStats,
  type BridgeVlanXstats,
  type BridgeXstats,
  hwStatsInfo,
  type LinkXstatsSet,
  type mplsLinkStats,
  type OffloadXstats,
  offloadStatsGroups,
  type Stats as StatsMessage,
  stats as schema,
  statsGroups,
  statsRequest,
} from "../codec/rtnetlink/stats.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import type { Value } from "../codec/schema/codec.ts";
import { toFriendly } from "../codec/schema/friendly.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, deviceNames, indexIf, indexOf } from "./device.ts";
import type { Dump, DumpOptions, Stream } from "./dump.ts";
import { about, ask, type DeviceName, flagNames, listNamed, streamNamed } from "./facet.ts";
import { checkOptions, OptionError, wordNumber } from "./options.ts";

/**
 * `"link_64"` is what every link counts (`ip -s link`), `"link_xstats"` what its kind does (bridges: VLANs, multicast, spanning tree;
 * bonds: LACP), `"link_xstats_slave"` what its master's kind does for it, `"link_offload_xstats"` what hardware forwarded, `"af_spec"` what
 * address families count (MPLS).
 */
export type StatsGroup = keyof typeof statsGroups.values;
/** A value with its counters as numbers, exact to 2⁵³. */
export type Counted<V> = V extends bigint
  ? number
  : V extends Uint8Array
    ? V
    : V extends readonly (infer X)[]
      ? Counted<X>[]
      : V extends object
        ? { [K in keyof V]: Counted<V[K]> }
        : V;
/** What a link's kind, or its master's, counts for it: of a bridge by VLAN, of multicast and of spanning tree; of a bond of LACP. */
export interface LinkXstats {
  bridge?: Counted<Omit<BridgeXstats, "vlan" | "unknown">> & {
    vlan?: (Counted<Omit<BridgeVlanXstats, "flags">> & { flags: string[] })[];
  };
  bond?: { ad?: Counted<Bond3adStats> };
}
/** What passed the CPU although the hardware forwards, what the hardware forwarded, and whether it counts that. */
export interface LinkOffloadXstats extends Counted<Omit<OffloadXstats, "hwSInfo" | "unknown">> {
  /** `request`: somebody wants the counters; `used`: a driver keeps them. */
  hwSInfo?: { l3Stats?: { request?: boolean; used?: boolean } };
}
/** Counters of one link, those of the groups that were asked for and that it has. */
export interface Stats {
  dev: string | number;
  index: number;
  link64?: Counted<LinkStats64>;
  linkXstats?: LinkXstats;
  linkXstatsSlave?: LinkXstats;
  linkOffloadXstats?: LinkOffloadXstats;
  /** By address family. */
  afSpec?: { mpls?: { link?: Counted<Value<typeof mplsLinkStats>> } };
  /** The decoded message, with all 64 bits. */
  message: StatsMessage;
}
/** Which links, and what of them. */
export interface StatsFilter {
  readonly dev?: Device | undefined;
  /** All by default. */
  readonly groups?: readonly StatsGroup[] | undefined;
  /** Parts of `"link_offload_xstats"`: `"cpu_hit"`, `"hw_s_info"`, `"l3_stats"`. */
  readonly offload?: readonly (keyof typeof offloadStatsGroups.values)[] | undefined;
}

const ALL = Object.values(statsGroups.values).reduce((mask, bit) => mask | bit, 0);

/** Link statistics (`ip stats`). */
export class LinkStatistics {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Statistics of all links, or of one: `list({ groups: ["link_64"] })`. */
  list(filter: StatsFilter = {}, options: DumpOptions = {}): Promise<Stats[]> {
    const operation = "list statistics";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: StatsFilter = {}, options: DumpOptions = {}): Stream<Stats> {
    const operation = "list statistics";
    return streamNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** Statistics of one link. @throws {InterfaceNotFound} */
  async get(device: Device, filter: Omit<StatsFilter, "dev"> = {}, options: ExchangeOptions = {}): Promise<Stats> {
    checkOptions("stats", filter, ["groups", "offload"]);
    const head = requestOf(filter);
    const { timeout, signal } = options;
    const ifindex = await indexOf(this.#channel, device, { timeout, signal });
    const found = await about(
      device,
      ask(this.#channel, { type: RTM.getstats, schema: statsRequest, value: { ...head, ifindex } }, schema, {
        operation: `get statistics of ${device}`,
        ...options,
      }),
    );
    const names = await deviceNames(this.#channel, { timeout, signal });
    return readStats(found, (i) => names.get(i));
  }
  /** Whether the hardware is to count what it forwards at layer 3. @throws {NetlinkError} EOPNOTSUPP… */
  async set(device: Device, settings: { readonly l3Stats: boolean }, options: ExchangeOptions = {}): Promise<void> {
    checkOptions("stats", settings, ["l3Stats"]);
    if (typeof settings.l3Stats !== "boolean")
      throw new OptionError(
        `stats.l3Stats: ${String(settings.l3Stats)} is not true or false`,
        "l3Stats",
        "true or false",
      );
    const { timeout, signal } = options;
    const ifindex = await indexOf(this.#channel, device, { timeout, signal });
    const value = { ifindex, setOffloadXstatsL3Stats: settings.l3Stats ? 1 : 0 };
    await about(
      device,
      this.#channel.ack(
        { type: RTM.setstats, schema: statsRequest, value },
        { operation: `set statistics of ${device}`, ...options },
      ),
    );
  }

  async #dump(filter: StatsFilter, deviceName: DeviceName, options: DumpOptions): Promise<Dump<typeof schema, Stats>> {
    checkOptions("stats", filter, ["dev", "groups", "offload"]);
    const value = requestOf(filter);
    // A dump is of all links: with strict checking the kernel takes no index (rtnl_valid_stats_req).
    const index = await indexIf(this.#channel, filter.dev, options);
    return {
      message: { type: RTM.getstats, schema: statsRequest, value },
      answer: schema,
      map: (m) => (index !== undefined && m.ifindex !== index ? undefined : readStats(m, deviceName)),
    };
  }
}

function requestOf(filter: Omit<StatsFilter, "dev">) {
  const bits = (option: string, names: Parameters<typeof wordNumber>[1], words: readonly string[]): number => {
    if (!Array.isArray(words) || words.length === 0)
      throw new OptionError(`stats.${option}: at least one is needed`, option, Object.keys(names.values).join(", "));
    return words.reduce((mask, word) => mask | wordNumber(`stats.${option}`, names, word), 0);
  };
  const filterMask = filter.groups === undefined ? ALL : bits("groups", statsGroups, filter.groups);
  return filter.offload === undefined
    ? { filterMask }
    : { filterMask, getFilters: { linkOffloadXstats: bits("offload", offloadStatsGroups, filter.offload) } };
}

function counted<V>(value: V): Counted<V>;
function counted(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(counted);
  return Object.fromEntries(Object.entries(value).map(([key, x]) => [key, counted(x)]));
}
function readXstats({ bridge, bond }: LinkXstatsSet): LinkXstats {
  const out: LinkXstats = {};
  if (bridge) {
    const { vlan, unknown: _, ...rest } = bridge;
    out.bridge = counted(rest);
    if (vlan) out.bridge.vlan = vlan.map((v) => ({ ...counted(v), flags: flagNames(bridgeVlanFlags, v.flags) }));
  }
  if (bond) out.bond = bond.ad ? { ad: counted(bond.ad) } : {};
  return out;
}

/** Statistics in the user's terms. */
export function readStats(m: StatsMessage, deviceName: DeviceName): Stats {
  const out: Stats = { dev: deviceName(m.ifindex) ?? m.ifindex, index: m.ifindex, message: m };
  if (m.link64) out.link64 = counted(m.link64);
  if (m.linkXstats) out.linkXstats = readXstats(m.linkXstats);
  if (m.linkXstatsSlave) out.linkXstatsSlave = readXstats(m.linkXstatsSlave);
  if (m.linkOffloadXstats) {
    const { hwSInfo, unknown: _, ...rest } = m.linkOffloadXstats;
    out.linkOffloadXstats = counted(rest);
    if (hwSInfo?.l3Stats) out.linkOffloadXstats.hwSInfo = { l3Stats: toFriendly(hwStatsInfo, hwSInfo.l3Stats) };
  }
  if (m.afSpec) {
    const link = m.afSpec.mpls?.link;
    out.afSpec = link ? { mpls: { link: counted(link) } } : {};
  }
  return out;
}
