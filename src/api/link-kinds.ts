/** Settings of the kinds of virtual links in the user's terms, derived from their schemas. @module */
import { type LinkKind, linkKinds, type SlaveKind, slaveKinds } from "../codec/rtnetlink/link/info.ts";
import type { netkit } from "../codec/rtnetlink/link/kinds/netkit.ts";
import type { veth } from "../codec/rtnetlink/link/kinds/veth.ts";
import type { vxcan } from "../codec/rtnetlink/link/kinds/vxcan.ts";
import type { Attrs, Wrapper } from "../codec/schema/attrs.ts";
import type { Codec } from "../codec/schema/codec.ts";
import {
  type DeviceIndex,
  type DeviceName,
  type FriendlyAttrs,
  type FriendlyAttrsInput,
  fromFriendly,
  toFriendly,
} from "../codec/schema/friendly.ts";
import { unwrap } from "../codec/schema/program.ts";
import type { Flat } from "../codec/schema/struct.ts";

/** Settings that would hide one that every link has, or that iproute2 calls otherwise. */
const renames = { link: "dev", flags: "kindFlags", type: "kindType", group: "remote", group6: "remote6" } as const;
type Renames<K> = K extends "tun" ? Omit<typeof renames, "group"> & { group: "gid" } : typeof renames;
type Renamed<O, K> = { [P in keyof O as P extends keyof Renames<K> ? Renames<K>[P] & string : P]: O[P] };
const renamed = (kind: LinkKind, name: string): string =>
  kind === "tun" && name === "group" ? "gid" : ((renames as Record<string, string>)[name] ?? name);

type Unwrapped<C> = C extends { readonly kind: "bare" } & Wrapper<infer X> ? X : C;
/** What is looked up through a function in the list of kinds, for modules to load in any order. */
interface Indirect {
  netkit: typeof netkit;
  veth: typeof veth;
  vxcan: typeof vxcan;
}
type KindSet<K extends LinkKind> = K extends keyof Indirect ? Indirect[K] : Unwrapped<(typeof linkKinds)[K]>;

/** What a kind reports. */
export type KindSettings<K extends LinkKind> = Flat<
  Omit<Renamed<FriendlyAttrs<KindSet<K>>, K>, "peer" | "peerInfo" | "local6" | "remote6">
>;
/** What a kind can be given. */
export type KindOptions<K extends LinkKind> = Flat<
  Omit<Renamed<FriendlyAttrsInput<KindSet<K>>, K>, "peer" | "peerInfo" | "local6" | "remote6"> &
    (K extends "gre" | "gretap" | "erspan" | "ip6gre" | "ip6gretap" | "ip6erspan" ? { readonly key?: number } : unknown)
>;
/** A port's settings as a member of its master. */
export type SlaveSettings = {
  [K in SlaveKind]: Flat<{ kind: K } & FriendlyAttrs<Unwrapped<(typeof slaveKinds)[K]>>>;
}[SlaveKind];
export type SlaveOptions = {
  [K in SlaveKind]: Flat<{ readonly kind: K } & FriendlyAttrsInput<Unwrapped<(typeof slaveKinds)[K]>>>;
}[SlaveKind];

type Obj = Record<string, unknown>;
const setOf = (codec: Codec): Attrs => unwrap(codec).codec as Attrs;
export const isLinkKind = (kind: string): kind is LinkKind => Object.hasOwn(linkKinds, kind);
export const isSlaveKind = (kind: string): kind is SlaveKind => Object.hasOwn(slaveKinds, kind);

/** Names of a kind's settings, as users write them. */
export function kindKeys(kind: LinkKind): string[] {
  const names = Object.keys(setOf(linkKinds[kind]).fields).map((name) => renamed(kind, name));
  const more = names.includes("ikey") && names.includes("iflags") ? ["key"] : [];
  return [...names.filter((n) => !(n.endsWith("6") && names.includes(n.slice(0, -1)))), ...more];
}

/** Settings that a decoded IFLA_INFO_DATA has. An address of either family stands under one name. */
export function readKind(kind: LinkKind, data: unknown, deviceName: DeviceName): Obj {
  const friendly = toFriendly(linkKinds[kind] as Codec, data, deviceName) as Obj;
  const out: Obj = {};
  for (const name in friendly) {
    const key = renamed(kind, name);
    out[key === "remote6" || key === "local6" ? key.slice(0, -1) : key] = friendly[name];
  }
  return out;
}

/** IFLA_INFO_DATA for a kind's settings. @throws {CodecError} that names the setting */
export function writeKind(kind: LinkKind, options: Obj, deviceIndex: DeviceIndex): unknown {
  const { fields } = setOf(linkKinds[kind]);
  const given: Obj = {};
  const originals = Object.fromEntries(Object.keys(fields).map((name) => [renamed(kind, name), name]));
  for (const name in options) {
    const value = options[name];
    if (value === undefined) continue;
    const wide = `${name}6`;
    if (Object.hasOwn(originals, wide) && typeof value === "string" && value.includes(":"))
      given[originals[wide]!] = value;
    else if (name === "key" && Object.hasOwn(originals, "ikey")) {
      given.ikey ??= value;
      given.okey ??= value;
    } else given[originals[name] ?? name] = value;
  }
  // A key is looked at only where the flags say that there is one (ipgre_netlink_parms).
  for (const [key, flags] of [
    ["ikey", "iflags"],
    ["okey", "oflags"],
  ] as const)
    if (given[key] !== undefined && Object.hasOwn(fields, flags)) {
      const set = (given[flags] ?? []) as string[] | number;
      given[flags] = typeof set === "number" ? set | 0x2000 : [...new Set([...set, "key"])];
    }
  return fromFriendly(linkKinds[kind] as Codec, given, deviceIndex);
}

export const readSlave = (kind: SlaveKind, data: unknown, deviceName: DeviceName): Obj => ({
  kind,
  ...(toFriendly(slaveKinds[kind] as Codec, data, deviceName) as Obj),
});
export function writeSlave(options: Obj, deviceIndex: DeviceIndex): unknown {
  const { kind, ...rest } = options;
  return fromFriendly(slaveKinds[kind as SlaveKind] as Codec, rest, deviceIndex);
}
