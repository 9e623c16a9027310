/** Virtual functions of SR-IOV devices in the user's terms. @module */
import { vlanProtocols } from "../codec/rtnetlink/link/kinds/vlan.ts";
import { type VfInfo, vfLinkStates } from "../codec/rtnetlink/link/vf.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { parseMac, readMac } from "../codec/wire/mac.ts";
import { checkOptions, integer, OptionError, wordNumber } from "./options.ts";

type VfLinkState = keyof typeof vfLinkStates.values;
type VlanProtocol = keyof typeof vlanProtocols.values;

/** Settings of one virtual function; what is left out stays as it is. */
export interface VfOptions {
  /** Its number, from 0. */
  readonly vf: number;
  readonly mac?: string | undefined;
  /** 1 to 4094; 0: none. */
  readonly vlan?: number | undefined;
  /** Priority in the VLAN's tag, 0 to 7. */
  readonly qos?: number | undefined;
  /** `"802.1q"` by default. */
  readonly vlanProtocol?: VlanProtocol | undefined;
  /** Mbit/s; 0: no limit. */
  readonly maxTxRate?: number | undefined;
  /** Mbit/s; 0: nothing guaranteed. The kernel sets both: give `maxTxRate` too. */
  readonly minTxRate?: number | undefined;
  readonly spoofchk?: boolean | undefined;
  /** `"auto"` follows the physical link. */
  readonly state?: VfLinkState | undefined;
  readonly trust?: boolean | undefined;
  /** Whether it may read the RSS table. */
  readonly queryRss?: boolean | undefined;
  /** InfiniBand: eight bytes, `"00:11:22:33:44:55:66:77"`. */
  readonly nodeGuid?: string | undefined;
  readonly portGuid?: string | undefined;
}
/** A virtual function; what the driver does not say is left out. */
export interface Vf {
  vf: number;
  mac?: string;
  broadcast?: string;
  vlan?: number;
  qos?: number;
  vlanProtocol?: VlanProtocol | number;
  /** Mbit/s; 0: no limit. */
  maxTxRate?: number;
  minTxRate?: number;
  spoofchk?: boolean;
  state?: VfLinkState | number;
  trust?: boolean;
  queryRss?: boolean;
  nodeGuid?: string;
  portGuid?: string;
  /** Packets, but for the two in bytes. */
  stats?: { [counter: string]: number };
}

type Obj = Record<string, unknown>;
const keys = [
  "vf", "mac", "vlan", "qos", "vlanProtocol", "maxTxRate", "minTxRate", "spoofchk", "state", "trust", "queryRss", "nodeGuid", "portGuid",
]; // biome-ignore format: one table

/** IFLA_VFINFO_LIST for settings. @throws {OptionError} */
export function vfValue(where: string, given: readonly VfOptions[]): Obj {
  if (!Array.isArray(given))
    throw new OptionError(`${where}: ${JSON.stringify(given)} is not a list`, "vfs", "a list of virtual functions");
  return { info: given.map((one, i) => oneValue(`${where}[${i}]`, one)) };
}

function oneValue(where: string, o: VfOptions): Obj {
  checkOptions(where, o, keys);
  const vf = integer(`${where}.vf`, o.vf);
  const out: Obj = {};
  if (o.mac !== undefined) {
    const bytes = parseMac(o.mac);
    if (!bytes || bytes.length > 32)
      throw new OptionError(`${where}.mac: ${JSON.stringify(o.mac)} is not a MAC address`, "mac", "a MAC address");
    const mac = new Uint8Array(32);
    mac.set(bytes);
    out.mac = { vf, mac };
  }
  if (o.vlan !== undefined || o.qos !== undefined || o.vlanProtocol !== undefined) {
    if (o.vlan === undefined)
      throw new OptionError(`${where}.vlan: qos and vlanProtocol are those of a VLAN`, "vlan", "1 to 4094, or 0");
    const vlan = integer(`${where}.vlan`, o.vlan, 4094);
    const qos = integer(`${where}.qos`, o.qos ?? 0, 7);
    const vlanProto = wordNumber(`${where}.vlanProtocol`, vlanProtocols, o.vlanProtocol ?? "802.1q");
    // The list is younger than the struct (Linux 4.9), and drivers that take only the one protocol are asked by either.
    if (vlanProto === vlanProtocols.values["802.1q"]) out.vlan = { vf, vlan, qos };
    else out.vlanList = { info: [{ vf, vlan, qos, vlanProto }] };
  }
  if (o.minTxRate !== undefined) {
    if (o.maxTxRate === undefined)
      throw new OptionError(
        `${where}.maxTxRate: minTxRate is set together with it; 0 is no limit`,
        "maxTxRate",
        "Mbit/s, or 0",
      );
    const minTxRate = integer(`${where}.minTxRate`, o.minTxRate);
    out.rate = { vf, minTxRate, maxTxRate: integer(`${where}.maxTxRate`, o.maxTxRate) };
  } else if (o.maxTxRate !== undefined) out.txRate = { vf, rate: integer(`${where}.maxTxRate`, o.maxTxRate) };
  for (const [key, attribute] of SETTINGS) {
    const setting = o[key];
    if (setting === undefined) continue;
    if (typeof setting !== "boolean")
      throw new OptionError(`${where}.${key}: ${String(setting)} is not true or false`, key, "true or false");
    out[attribute] = { vf, setting: setting ? 1 : 0 };
  }
  if (o.state !== undefined) out.linkState = { vf, linkState: wordNumber(`${where}.state`, vfLinkStates, o.state) };
  for (const [key, attribute] of GUIDS) {
    const text = o[key];
    if (text === undefined) continue;
    const bytes = parseMac(text);
    if (bytes?.length !== 8)
      throw new OptionError(`${where}.${key}: ${JSON.stringify(text)} is not a GUID`, key, "eight bytes");
    out[attribute] = { vf, guid: bytes.reduce((guid, byte) => (guid << 8n) | BigInt(byte), 0n) };
  }
  if (Object.keys(out).length === 0)
    throw new OptionError(`${where}: nothing is to be set`, "vfs", "a setting beside vf");
  return out;
}
const SETTINGS = [
  ["spoofchk", "spoofchk"],
  ["trust", "trust"],
  ["queryRss", "rssQueryEn"],
] as const;
const GUIDS = [
  ["nodeGuid", "ibNodeGuid"],
  ["portGuid", "ibPortGuid"],
] as const;

/** What a driver that does not know a setting has in its place. */
const UNKNOWN = 0xffffffff;

/** A decoded IFLA_VF_INFO. `length` is that of the device's own addresses, in bytes. */
export function readVf(m: VfInfo, length: number): Vf {
  const out: Vf = { vf: m.mac?.vf ?? m.vlan?.vf ?? m.linkState?.vf ?? 0 };
  if (m.mac) out.mac = readMac(m.mac.mac, 0, length);
  if (m.broadcast) out.broadcast = readMac(m.broadcast.broadcast, 0, length);
  const vlan = m.vlanList?.info?.[0];
  if (vlan ?? m.vlan) {
    out.vlan = (vlan ?? m.vlan)!.vlan;
    out.qos = (vlan ?? m.vlan)!.qos;
  }
  if (vlan && vlan.vlan !== 0)
    out.vlanProtocol = (nameOf(vlanProtocols, vlan.vlanProto) as VlanProtocol) ?? vlan.vlanProto;
  if (m.rate) {
    out.minTxRate = m.rate.minTxRate;
    out.maxTxRate = m.rate.maxTxRate;
  } else if (m.txRate) out.maxTxRate = m.txRate.rate;
  for (const [key, attribute] of SETTINGS) {
    const setting = m[attribute]?.setting;
    if (setting !== undefined && setting !== UNKNOWN) out[key] = setting !== 0;
  }
  if (m.linkState) out.state = (nameOf(vfLinkStates, m.linkState.linkState) as VfLinkState) ?? m.linkState.linkState;
  for (const [key, attribute] of GUIDS) {
    const guid = m[attribute]?.guid;
    if (guid !== undefined)
      out[key] = guid
        .toString(16)
        .padStart(16, "0")
        .replace(/..(?=.)/g, "$&:");
  }
  if (m.stats)
    out.stats = Object.fromEntries(
      Object.entries(m.stats).flatMap(([name, count]) => (typeof count === "bigint" ? [[name, Number(count)]] : [])),
    );
  return out;
}
