/** Links as the kernel reports them, in the user's terms. @module */
import type { AfSpec } from "../codec/rtnetlink/link/af-spec.ts";
import { linkFlags, linkModes, operStates } from "../codec/rtnetlink/link/flags.ts";
import { addrGenModes } from "../codec/rtnetlink/link/inet6.ts";
import type { LinkKind } from "../codec/rtnetlink/link/info.ts";
import type { Link as LinkMessage } from "../codec/rtnetlink/link/link.ts";
import type { LinkStats64 } from "../codec/rtnetlink/link/stats.ts";
import { linkTypes } from "../codec/rtnetlink/link/type.ts";
import { xdpModes } from "../codec/rtnetlink/link/xdp.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import { type DeviceName, flagNames } from "./facet.ts";
import { isLinkKind, isSlaveKind, type KindSettings, readKind, readSlave, type SlaveSettings } from "./link-kinds.ts";
import { readVf, type Vf } from "./link-vf.ts";

/** Counters of a link: packets, but for the two in bytes. Exact to 2⁵³; `message.stats64` has all 64 bits. */
export type LinkStats = { [K in keyof LinkStats64 as K extends "rest" ? never : K]: number };

/** The BPF programs that a link's driver, its stack and its hardware run for each packet: their ids. */
export interface LinkXdp {
  /** Where: `"drv"`, `"skb"`, `"hw"`, or `"multi"` for several of these. */
  mode: string | number;
  /** The program, if there is one only. */
  programId?: number;
  drv?: number;
  skb?: number;
  hw?: number;
}

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
  /** Numbers of the reasons that keep it down, bits of /etc/iproute2/protodown_reasons. */
  protoDownReason?: number[];
  /** How IPv6 makes its link-local address: `"eui64"`, `"none"`, `"stable_secret"`, `"random"`. */
  addrGenMode?: string | number;
  /** Lower half of the addresses made from router advertisements, if it is set: `"::1"`. */
  token?: string;
  xdp?: LinkXdp;
  /** Virtual functions, where they were asked for. */
  vfs?: Vf[];
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

type Obj = Record<string, unknown>;
const IFF_UP = 1;
const copied = [
  "mtu", "minMtu", "maxMtu", "address", "broadcast", "permAddress", "linkNetnsid", "group", "txqlen", "qdisc", "promiscuity", "allmulti",
  "numTxQueues", "numRxQueues", "gsoMaxSize", "gsoMaxSegs", "groMaxSize", "gsoIpv4MaxSize", "groIpv4MaxSize", "tsoMaxSize", "tsoMaxSegs",
  "carrierChanges", "parentDevName", "parentDevBusName",
] as const; // biome-ignore format: one table

/** A link in the user's terms. */
export function readLink(m: LinkMessage, deviceName: DeviceName): Link {
  const out: Obj = {
    index: m.index,
    name: m.ifname ?? `if${m.index}`,
    up: (m.flags & IFF_UP) !== 0,
    flags: flagNames(linkFlags, m.flags),
    linkType: nameOf(linkTypes, m.type) ?? m.type,
  };
  const info = m.linkinfo;
  if (info?.kind !== undefined) out.kind = info.kind;
  if (m.operstate !== undefined) out.operstate = nameOf(operStates, m.operstate) ?? m.operstate;
  if (m.linkmode !== undefined) out.linkmode = nameOf(linkModes, m.linkmode) ?? m.linkmode;
  if (m.carrier !== undefined) out.carrier = m.carrier !== 0;
  if (m.protoDown !== undefined) out.protoDown = m.protoDown !== 0;
  if (m.protoDownReason?.value) out.protoDownReason = bitNumbers(m.protoDownReason.value);
  for (const key of copied) if (m[key] !== undefined) out[key] = m[key];
  if (m.link !== undefined && m.link !== 0)
    out.link = m.linkNetnsid === undefined ? (deviceName(m.link) ?? m.link) : m.link;
  if (m.master !== undefined && m.master !== 0) out.master = deviceName(m.master) ?? m.master;
  if (m.ifalias !== undefined) out.alias = m.ifalias;
  if (m.propList?.altIfname) out.altNames = m.propList.altIfname;
  // In family AF_BRIDGE the same attribute has another form.
  const inet6 = m.family === 0 ? (m.afSpec as AfSpec | undefined)?.inet6 : undefined;
  if (inet6?.addrGenMode !== undefined) out.addrGenMode = nameOf(addrGenModes, inet6.addrGenMode) ?? inet6.addrGenMode;
  if (inet6?.token !== undefined && inet6.token !== "::") out.token = inet6.token;
  if (m.xdp?.attached) out.xdp = readXdp(m.xdp);
  if (m.vfinfoList?.info) {
    const length = m.address === undefined ? 6 : (m.address.length + 1) / 3;
    out.vfs = m.vfinfoList.info.map((vf) => readVf(vf, length));
  }
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

function readXdp(m: NonNullable<LinkMessage["xdp"]>): LinkXdp {
  const out: LinkXdp = { mode: nameOf(xdpModes, m.attached!) ?? m.attached! };
  if (m.progId !== undefined) out.programId = m.progId;
  if (m.drvProgId !== undefined) out.drv = m.drvProgId;
  if (m.skbProgId !== undefined) out.skb = m.skbProgId;
  if (m.hwProgId !== undefined) out.hw = m.hwProgId;
  return out;
}

function bitNumbers(bits: number): number[] {
  const found: number[] = [];
  for (let bit = 0; bit < 32; bit++) if ((bits >>> bit) & 1) found.push(bit);
  return found;
}
