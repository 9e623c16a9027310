/** Links to create and to change: the kernel's message for options in the user's terms. @module */
import { linkFlags, linkModes, operStates } from "../codec/rtnetlink/link/flags.ts";
import { type InetConf, inetConfChange } from "../codec/rtnetlink/link/inet.ts";
import { addrGenModes } from "../codec/rtnetlink/link/inet6.ts";
import type { LinkKind } from "../codec/rtnetlink/link/info.ts";
import type { LinkInput } from "../codec/rtnetlink/link/link.ts";
import { xdpFlags } from "../codec/rtnetlink/link/xdp.ts";
import type { Names } from "../codec/schema/scalar.ts";
import { CodecError } from "../codec/wire/error.ts";
import type { NetnsSpec } from "../transport/transport.ts";
import { type Device, type DeviceIndexes, NAME_MAX } from "./device.ts";
import {
  isReadOnly,
  isSlaveKind,
  type KindOptions,
  keyPath,
  kindKeys,
  type SlaveOptions,
  slaveKeyPath,
  writeKind,
  writeSlave,
} from "./link-kinds.ts";
import { type VfOptions, vfValue } from "./link-vf.ts";
import type { NetnsReference } from "./netns-reference.ts";
import { AF_INET6, checkOptions, integer, OptionError, parseAddress, wordNumber } from "./options.ts";

/** IPv4 settings of a link: the sysctls of net.ipv4.conf, by name. */
export type InetSettings = {
  readonly [K in keyof InetConf as K extends "rest" ? never : K]?: number | boolean | undefined;
};

/** A BPF program to attach. */
export interface XdpOptions {
  /** File descriptor of the program, loaded. */
  readonly fd: number;
  /** Where it runs: in the driver, in the stack, in the hardware; by default in the driver, or, where that cannot, in the stack. */
  readonly mode?: "drv" | "skb" | "hw" | undefined;
  /** Only in place of this program, given by a descriptor. */
  readonly replace?: number | undefined;
  /** Only if there is none. */
  readonly ifAbsent?: boolean | undefined;
}

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
  /** Reasons to keep it down, by number (bits of /etc/iproute2/protodown_reasons): `{ 3: true, 0: false }` adds one, removes another. */
  readonly protoDownReason?: { readonly [reason: number]: boolean } | undefined;
  readonly gsoMaxSize?: number | undefined;
  readonly gsoMaxSegs?: number | undefined;
  readonly groMaxSize?: number | undefined;
  readonly gsoIpv4MaxSize?: number | undefined;
  readonly groIpv4MaxSize?: number | undefined;
  /**
   * IPv4's settings of the link, by the names that `message.afSpec.inet.conf` reports them under: `{ forwarding: true, rpFilter: 2 }`.
   * As with the files of /proc/sys/net/ipv4/conf, but for what a write to some of those sets off besides.
   */
  readonly inet?: InetSettings | undefined;
  /** How IPv6 makes the link-local address: `"eui64"`, `"none"`, `"stable_secret"`, `"random"`. Set before the link goes up. */
  readonly addrGenMode?: string | number | undefined;
  /** Lower half of the addresses to make from router advertisements: `"::1"`; `"::"` for none. */
  readonly token?: string | undefined;
  /** A BPF program to run for each packet; null: none. */
  readonly xdp?: XdpOptions | null | undefined;
  /** Virtual functions to change. */
  readonly vfs?: readonly VfOptions[] | undefined;
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
  /** Further names, of up to 127 characters. */
  readonly altNames?: readonly string[] | undefined;
  /** A certain index. */
  readonly index?: number | undefined;
  /** The device below. */
  readonly link?: Device | undefined;
  /** Namespace that `link`, or a tunnel's `dev`, is in, if it is another one. */
  readonly linkNetns?: NetnsSpec | undefined;
  /** The same by its id. */
  readonly linkNetnsid?: number | undefined;
  /** A device of the kernel's device model that the link is made on: a modem, for `wwan`. */
  readonly parentDevName?: string | undefined;
  readonly numTxQueues?: number | undefined;
  readonly numRxQueues?: number | undefined;
}
/** The other end of a veth, vxcan or netkit pair: what a device can be given when it is made. */
export type PeerOptions = Pick<Creation, (typeof peerKeys)[number]>;
type WithPeer<K> = K extends "veth" | "vxcan" | "netkit" ? { readonly peer?: PeerOptions | undefined } : unknown;
/**
 * A link to create: its kind, what every link can be given, and the kind's own settings. TUN and TAP devices are made through
 * /dev/net/tun.
 */
export type LinkOptions = {
  [K in Exclude<LinkKind, "tun">]: Creation & { readonly kind: K } & KindOptions<K> & WithPeer<K>;
}[Exclude<LinkKind, "tun">];
/** A change: without `kind` only what every link has; with it, the kind's own settings too. */
export type LinkChange = LinkSettings & { readonly name?: string | undefined } & (
    | { [K in LinkKind]: { readonly kind: K } & KindOptions<K> }[LinkKind]
    | { readonly kind?: undefined }
  );

type Obj = Record<string, unknown>;
/** Options that are attributes under the same name. */
const plainKeys = [
  "mtu", "address", "broadcast", "txqlen", "group", "linkNetnsid", "numTxQueues", "numRxQueues", "gsoMaxSize", "gsoMaxSegs", "groMaxSize",
  "gsoIpv4MaxSize", "groIpv4MaxSize", "index", "parentDevName",
] as const; // biome-ignore format: one table
/**
 * What the kernel looks at only when a link is there (do_setlink): at its creation it would ignore them. `groMaxSize` and its like it
 * takes at once (rtnl_create_link).
 */
export const laterKeys = [
  "alias", "carrier", "protoDown", "protoDownReason", "inet", "addrGenMode", "token", "xdp", "vfs", "slave",
] as const; // biome-ignore format: one table
const peerKeys = [
  "name", "index", "up", "set", "mtu", "address", "broadcast", "txqlen", "group", "operstate", "linkmode", "numTxQueues", "numRxQueues",
  "gsoMaxSize", "gsoMaxSegs", "groMaxSize", "gsoIpv4MaxSize", "groIpv4MaxSize", "netns",
] as const; // biome-ignore format: one table
/** What a link that is there can be given. */
export const changeKeys: readonly string[] = [
  "name", "kind", "up", "mtu", "address", "broadcast", "master", "txqlen", "group", "operstate", "linkmode", "gsoMaxSize", "gsoMaxSegs",
  "groMaxSize", "gsoIpv4MaxSize", "groIpv4MaxSize", "set", "netns", ...laterKeys,
]; // biome-ignore format: one table
export const creationKeys: readonly string[] = [
  ...changeKeys, "index", "link", "linkNetns", "linkNetnsid", "numTxQueues", "numRxQueues", "altNames", "peer", "parentDevName",
]; // biome-ignore format: one table

export interface LinkRequest {
  /** `"link veth"`: what errors name. */
  readonly where: string;
  /** Options, checked to be known ones. */
  readonly given: Obj;
  readonly kind: LinkKind | undefined;
  readonly create: boolean;
}

/** The message's value. @throws {OptionError} */
export function linkValue(
  { where, given, kind, create }: LinkRequest,
  index: DeviceIndexes,
  reference: (where: string, spec: NetnsSpec) => NetnsReference,
): LinkInput {
  try {
    const value = commonValue(where, given, index, reference);
    if (given.inet !== undefined)
      value.afSpec = { ...(value.afSpec as object), inet: inetValue(where, given.inet as InetSettings) };
    const own = kind === undefined ? [] : kindKeys(kind);
    if (kind !== undefined && (create || own.some((key) => given[key] !== undefined))) {
      const settings = Object.fromEntries(own.flatMap((k) => (given[k] === undefined ? [] : [[k, given[k]]])));
      const data = at(create ? where : `${where}: ${kind}`, () => writeKind(kind, settings, index)) as Obj;
      const peer = given.peer as Obj | undefined;
      if (peer !== undefined) {
        checkOptions(`${where} peer`, peer, peerKeys);
        data[kind === "netkit" ? "peerInfo" : "peer"] = commonValue(`${where} peer`, peer, index, reference);
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
        slaveData: at(`${where}.slave`, () => writeSlave(slave, index)),
      };
    }
    return value as LinkInput;
  } catch (e) {
    throw asOptionError({ where, given, kind, create }, e);
  }
}

function at<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (e) {
    if (e instanceof CodecError && e.offset < 0) throw new OptionError(`${place}.${e.message}`, e.path, e.reason);
    throw e;
  }
}
/** A value that the schema refuses is an option that cannot be: its name for the path of its attribute. */
export function asOptionError({ where, given, kind, create }: LinkRequest, e: unknown): unknown {
  if (!(e instanceof CodecError && e.offset < 0)) return e;
  const [, place, path] = /^(?:link\.)?(?:linkinfo\.(data|slaveData)\.|afSpec\.(?=inet\.))?(.*)$/.exec(
    e.path.replace("inet.change.", "inet."),
  )!;
  const option =
    place === "data" && kind !== undefined
      ? keyPath(kind, path!)
      : place === "slaveData"
        ? `slave.${slaveKeyPath(String((given.slave as Obj | undefined)?.kind), path!)}`
        : path!.replace(/^ifname/, "name").replace(/^ifalias/, "alias");
  const before = place === "data" && !create ? `${where}: ${kind}` : where;
  return new OptionError(`${before}.${option}: ${e.reason}`, option, e.reason);
}

/** @throws {OptionError} an option that neither all links have, `common`, nor the kind */
export function checkLinkOptions(where: string, kind: LinkKind | undefined, given: object, common: readonly string[]) {
  for (const key in given)
    if (kind !== undefined && !common.includes(key) && isReadOnly(kind, key))
      throw new OptionError(
        `${where}.${key}: the kernel reports it, and does not take it`,
        key,
        "an option that can be set",
      );
  checkOptions(where, given, [...common, ...(kind === undefined ? [] : kindKeys(kind))]);
}

/** What links of every kind, and peers, have. */
function commonValue(
  where: string,
  given: Obj,
  index: DeviceIndexes,
  reference: (where: string, spec: NetnsSpec) => NetnsReference,
): Obj {
  const value: Obj = {};
  if (given.name !== undefined) value.ifname = linkName(where, given.name);
  for (const key of plainKeys) if (given[key] !== undefined) value[key] = given[key];
  if (given.alias !== undefined) value.ifalias = given.alias;
  if (given.link !== undefined) value.link = index(given.link as Device);
  if (given.master !== undefined) value.master = given.master === null ? 0 : index(given.master as Device);
  for (const key of ["carrier", "protoDown"]) if (given[key] !== undefined) value[key] = bool(where, key, given[key]);
  if (given.protoDownReason !== undefined) value.protoDownReason = reasons(where, given.protoDownReason as object);
  for (const [key, names] of [
    ["operstate", operStates],
    ["linkmode", linkModes],
  ] as const)
    if (given[key] !== undefined) value[key] = word(where, key, names, given[key]);
  if (given.addrGenMode !== undefined || given.token !== undefined) value.afSpec = { inet6: inet6Value(where, given) };
  if (given.xdp !== undefined) value.xdp = xdpValue(`${where}.xdp`, given.xdp as XdpOptions | null);
  if (given.vfs !== undefined) value.vfinfoList = vfValue(`${where}.vfs`, given.vfs as VfOptions[]);
  Object.assign(value, flagsValue(where, given));
  if (given.netns !== undefined) {
    const namespace = reference(`${where}.netns`, given.netns as NetnsSpec);
    if ("pid" in namespace) value.netNsPid = namespace.pid;
    else value.netNsFd = namespace.fd;
  }
  return value;
}

/** @throws {OptionError} what the kernel would refuse (dev_valid_name), or cut off */
function linkName(where: string, name: unknown): string {
  const length = typeof name === "string" ? new TextEncoder().encode(name).length : 0;
  if (typeof name === "string" && length > 0 && length <= NAME_MAX && !/[\s/:]/.test(name) && !/^\.\.?$/.test(name))
    return name;
  throw new OptionError(
    `${where}.name: ${JSON.stringify(name)} is not 1 to ${NAME_MAX} characters without "/", ":" and spaces (longer names are alternative names)`,
    "name",
    "a name",
  );
}

function flagsValue(where: string, given: Obj): Obj {
  const flags: Record<string, unknown> = { ...(given.set as object | undefined) };
  if (given.up !== undefined) flags.up = given.up;
  const known = linkFlags.values as Record<string, number>;
  let bits = 0;
  let change = 0;
  for (const name in flags) {
    // In the words of `ip link set`, too.
    const flag = name === "allmulticast" ? "allmulti" : name === "arp" ? "noarp" : name;
    if (!Object.hasOwn(known, flag))
      throw new OptionError(
        `${where}.set.${name}: there is no such flag; there are ${Object.keys(known).join(", ")}`,
        `set.${name}`,
        "a flag",
      );
    change |= known[flag]!;
    if ((bool(where, name, flags[name]) === 1) !== (name === "arp")) bits |= known[flag]!;
  }
  return change === 0 ? {} : { flags: bits >>> 0, change: change >>> 0 };
}

function reasons(where: string, given: object): Obj {
  let mask = 0;
  let value = 0;
  for (const [reason, on] of Object.entries(given)) {
    const bit = integer(`${where}.protoDownReason`, /^\d+$/.test(reason) ? Number(reason) : Number.NaN, 31);
    mask |= 1 << bit;
    if (bool(where, `protoDownReason.${reason}`, on)) value |= 1 << bit;
  }
  return { mask: mask >>> 0, value: value >>> 0 };
}

function inetValue(where: string, given: InetSettings): Obj {
  checkOptions(`${where}.inet`, given, Object.keys(inetConfChange.fields));
  const settings = Object.fromEntries(
    Object.entries(given).flatMap(([name, x]) =>
      x === undefined ? [] : [[name, typeof x === "boolean" ? Number(x) : x]],
    ),
  );
  return { change: settings };
}

function inet6Value(where: string, { addrGenMode, token }: Obj): Obj {
  const value: Obj = {};
  if (addrGenMode !== undefined) value.addrGenMode = word(where, "addrGenMode", addrGenModes, addrGenMode);
  if (token !== undefined) {
    if (parseAddress(`${where}.token`, token as string) !== AF_INET6)
      throw new OptionError(`${where}.token: ${token} is not the lower half of an IPv6 address`, "token", '"::1"');
    value.token = token;
  }
  return value;
}

function xdpValue(where: string, given: XdpOptions | null): Obj {
  if (given === null) return { fd: -1 };
  checkOptions(where, given, ["fd", "mode", "replace", "ifAbsent"]);
  const { fd, mode, replace, ifAbsent } = given;
  const known = xdpFlags.values;
  let flags = 0;
  if (mode !== undefined) {
    if (mode !== "drv" && mode !== "skb" && mode !== "hw")
      throw new OptionError(
        `${where}.mode: ${JSON.stringify(mode)} is not drv, skb or hw`,
        "xdp.mode",
        "drv, skb or hw",
      );
    flags |= known[`${mode}_mode`];
  }
  if (ifAbsent) flags |= known.update_if_noexist;
  const value: Obj = { fd: integer(`${where}.fd`, fd, 0x7fffffff) };
  if (replace !== undefined) {
    flags |= known.replace;
    value.expectedFd = integer(`${where}.replace`, replace, 0x7fffffff);
  }
  return flags === 0 ? value : { ...value, flags };
}

const word = (where: string, key: string, names: Names, value: unknown): number =>
  wordNumber(`${where}.${key}`, names, value as string | number);

function bool(where: string, key: string, value: unknown): 0 | 1 {
  if (typeof value === "boolean") return value ? 1 : 0;
  throw new OptionError(`${where}.${key}: ${String(value)} is not true or false`, key, "true or false");
}
