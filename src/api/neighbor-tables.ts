/** Neighbour tables and their parameters: how long entries live, how often they are probed. @module */
import { NLM_F_REPLACE } from "../codec/nlmsg/header.ts";
import {
  type NeighborTable as NeighborTableMessage,
  neighborParameters,
  neighborTableConfig,
  neighborTableStats,
  neighborTable as schema,
} from "../codec/rtnetlink/neighbor-table.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { type Friendly, type FriendlyAttrs, type FriendlyAttrsInput, toFriendly } from "../codec/schema/friendly.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, indexIf } from "./device.ts";
import type { Dump, DumpOptions } from "./dump.ts";
import { about, type DeviceName, listNamed } from "./facet.ts";
import { kernelError } from "./failure.ts";
import { checkOptions, type Family, familyName, familyNumber, fromOptions, integer, OptionError } from "./options.ts";

/** `"arp_cache"` of IPv4, `"ndisc_cache"` of IPv6. */
export type NeighborTableName = "arp_cache" | "ndisc_cache" | (string & {});
/** Times as `…Ms`, queues in packets, or bytes where it says so. */
export type NeighborTableParameters = Omit<FriendlyAttrs<typeof neighborParameters>, "ifindex" | "refcnt">;
/** Parameters to change; times as `"30s"` or `…Ms`. */
export type NeighborTableSettings = Omit<
  FriendlyAttrsInput<typeof neighborParameters>,
  "ifindex" | "refcnt" | "reachableTime" | "reachableTimeMs"
> & {
  /** Of the whole table: entries below which none is collected, above which they are after 5 s, and that there can be. */
  readonly thresh1?: number | undefined;
  readonly thresh2?: number | undefined;
  readonly thresh3?: number | undefined;
  readonly gcInterval?: string | undefined;
  readonly gcIntervalMs?: number | undefined;
};
/** A table's defaults, or, with `dev`, one device's parameters. */
export interface NeighborTable {
  family: string;
  name: string;
  dev?: string | number;
  index?: number;
  parameters: NeighborTableParameters;
  thresh1?: number;
  thresh2?: number;
  thresh3?: number;
  gcIntervalMs?: number;
  config?: Friendly<typeof neighborTableConfig>;
  /** Counters since the boot. Exact to 2⁵³. */
  stats?: { [counter: string]: number };
  message: NeighborTableMessage;
}
/** Which tables. */
export interface NeighborTableFilter {
  readonly family?: Family | undefined;
  readonly name?: NeighborTableName | undefined;
  readonly dev?: Device | undefined;
}

type Obj = Record<string, unknown>;
const ENOENT = 2;
const tableKeys = ["thresh1", "thresh2", "thresh3", "gcInterval", "gcIntervalMs"] as const;

/** Neighbour tables (`ip ntable`). */
export class NeighborTables {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All tables, each with its defaults and with the parameters of each device, or those that a filter keeps. */
  list(filter: NeighborTableFilter = {}, options: DumpOptions = {}): Promise<NeighborTable[]> {
    const operation = "list neighbor tables";
    return listNamed(this.#channel, (name) => this.#dump(filter, name, options), { operation, ...options });
  }
  /** A table's defaults, or one device's parameters. @throws {NetlinkError} ENOENT */
  async get(name: NeighborTableName, dev?: Device, options: DumpOptions = {}): Promise<NeighborTable> {
    const found = await this.find(name, dev, options);
    if (found) return found;
    throw kernelError(ENOENT, {
      operation: `get neighbor table ${name}${dev === undefined ? "" : ` dev ${dev}`}`,
      ...options,
    });
  }
  /** As `get`, undefined if there is none. */
  async find(name: NeighborTableName, dev?: Device, options: DumpOptions = {}): Promise<NeighborTable | undefined> {
    const tables = await this.list({ name, dev }, options);
    return tables.find((table) => dev !== undefined || table.dev === undefined);
  }
  /**
   * Changes a table's defaults, which new devices get, or one device's parameters:
   * `set("arp_cache", { baseReachableTime: "60s" }, "eth0")`. Defaults and thresholds are those of all namespaces: they can be read in
   * each, and set in the initial one (lookup_neigh_parms and neightbl_set in net/core/neighbour.c).
   * @throws {NetlinkError} ENOENT: no such table, none of that device's, or what only the initial namespace may set
   */
  async set(
    name: NeighborTableName,
    settings: NeighborTableSettings,
    dev?: Device,
    options: ExchangeOptions = {},
  ): Promise<void> {
    const where = `neighborTable ${name}`;
    const table: Obj = {};
    const parameters: Obj = {};
    for (const [key, value] of Object.entries(settings))
      if (value !== undefined) ((tableKeys as readonly string[]).includes(key) ? table : parameters)[key] = value;
    for (const key of ["ifindex", "refcnt", "reachableTime", "reachableTimeMs"])
      if (key in parameters) throw new OptionError(`${where}.${key}: it is not a setting`, key, "a setting");
    for (const key of ["thresh1", "thresh2", "thresh3"])
      if (key in table) integer(`${where}.${key}`, table[key] as number);
    const parms = fromOptions(where, neighborParameters, parameters);
    const value = fromOptions(where, schema, table);
    const { timeout, signal } = options;
    const ifindex = await indexIf(this.#channel, dev, { timeout, signal });
    if (Object.keys(parameters).length > 0) value.parms = ifindex === undefined ? parms : { ...parms, ifindex };
    if (Object.keys(table).length === 0 && value.parms === undefined)
      throw new OptionError(`${where}: nothing is to be set`, "", "a setting");
    await about(
      dev,
      this.#channel.ack(
        { type: RTM.setneightbl, flags: NLM_F_REPLACE, schema, value: { ...value, family: 0, name } },
        { operation: `set neighbor table ${name}${dev === undefined ? "" : ` dev ${dev}`}`, ...options },
      ),
    );
  }

  async #dump(
    filter: NeighborTableFilter,
    deviceName: DeviceName,
    options: DumpOptions,
  ): Promise<Dump<typeof schema, NeighborTable>> {
    checkOptions("neighborTables", filter, ["family", "name", "dev"]);
    const family = filter.family === undefined ? 0 : familyNumber("neighborTables.family", filter.family);
    const index = await indexIf(this.#channel, filter.dev, options);
    return {
      message: { type: RTM.getneightbl, schema, value: { family } },
      answer: schema,
      map: (m) => {
        if (family !== 0 && m.family !== family) return undefined;
        if (filter.name !== undefined && m.name !== filter.name) return undefined;
        if (index !== undefined && m.parms?.ifindex !== index) return undefined;
        return readNeighborTable(m, deviceName);
      },
    };
  }
}

/** A table in the user's terms. */
export function readNeighborTable(m: NeighborTableMessage, deviceName: DeviceName): NeighborTable {
  const { ifindex, refcnt: _, ...parameters } = toFriendly(neighborParameters, m.parms ?? {}, deviceName);
  const out: NeighborTable = { family: familyName(m.family), name: m.name ?? "", parameters, message: m };
  if (m.parms?.ifindex) {
    out.dev = ifindex!;
    out.index = m.parms.ifindex;
  }
  if (m.thresh1 !== undefined) out.thresh1 = m.thresh1;
  if (m.thresh2 !== undefined) out.thresh2 = m.thresh2;
  if (m.thresh3 !== undefined) out.thresh3 = m.thresh3;
  if (m.gcInterval !== undefined) out.gcIntervalMs = Number(m.gcInterval);
  if (m.config) out.config = toFriendly(neighborTableConfig, m.config);
  if (m.stats) {
    const { rest: _rest, ...counters } = m.stats;
    out.stats = Object.fromEntries(
      Object.keys(neighborTableStats.members).map((name) => [name, Number(counters[name as keyof typeof counters])]),
    );
  }
  return out;
}
