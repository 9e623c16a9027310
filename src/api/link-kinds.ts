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
import { fail, unwrap } from "../codec/schema/program.ts";
import { isQuantity, SUFFIXES } from "../codec/schema/quantity.ts";
import type { Scalar } from "../codec/schema/scalar.ts";
import type { Flat } from "../codec/schema/struct.ts";
import { CodecError } from "../codec/wire/error.ts";
import {
  type Foreign,
  type FormFields,
  type FormReads,
  type FormWrites,
  foreignOf,
  formsOf,
  type ReadOnly,
  readOnlyOf,
  type SlaveReadOnly,
  type SlaveWriteOnly,
  slaveReadOnly,
  type WriteOnly,
  writeOnlyOf,
} from "./link-forms.ts";

// ---- names ------------------------------------------------------------------------------------------------------------------
/** Settings that would hide one that every link has, or that iproute2 calls otherwise. */
const renames = { link: "dev", flags: "kindFlags", group: "remote", group6: "remote6" } as const;
const tunRenames = { type: "mode", owner: "uid", group: "gid" } as const;
/** In iproute2's words, for the kernel's are `mode` and `protect`. */
const bridgePortRenames = { mode: "hairpin", protect: "rootBlock" } as const;
type Table = { readonly [name: string]: string };
type Rename<O, T> = { [P in keyof O as P extends keyof T ? T[P] & string : P]: O[P] };
/** A flag that is not there is off. */
type Switched<O> = { [P in keyof O]: O[P] extends true | undefined ? boolean : O[P] };

const renamesOf = (kind: LinkKind): Table => (kind === "tun" ? tunRenames : renames);
const slaveRenamesOf = (kind: SlaveKind): Table => (kind === "bridge" ? bridgePortRenames : {});
const renamed = (table: Table, name: string): string => (Object.hasOwn(table, name) ? table[name]! : name);

// ---- types ------------------------------------------------------------------------------------------------------------------
type Unwrapped<C> = C extends { readonly kind: "bare" } & Wrapper<infer X> ? X : C;
/** What is looked up through a function in the list of kinds, for modules to load in any order. */
interface Indirect {
  netkit: typeof netkit;
  veth: typeof veth;
  vxcan: typeof vxcan;
}
type KindSet<K extends LinkKind> = K extends keyof Indirect ? Indirect[K] : Unwrapped<(typeof linkKinds)[K]>;
/** A field's name, and the one that it has as a quantity. */
type Named<F> = F | (F extends string ? `${F}Ms` : never);
type Renames<K> = K extends "tun" ? typeof tunRenames : typeof renames;
type Elsewhere<K> = FormFields<K> | Foreign<K> | "peer" | "peerInfo";
type Wide = "local6" | "remote6" | "group6";

/**
 * What a kind reports. Times are in milliseconds, under names that say so (`ageingMs`); a quantity of none is in the units that its
 * schema states.
 */
export type KindSettings<K extends LinkKind> = Flat<
  Switched<Rename<Omit<FriendlyAttrs<KindSet<K>>, Elsewhere<K> | Wide | Named<WriteOnly<K>>>, Renames<K>>> &
    FormReads<K>
>;
/** What a kind can be given. Times are text or milliseconds: `ageing: "60s"` or `ageingMs: 60000`. */
export type KindOptions<K extends LinkKind> = Flat<
  Rename<Omit<FriendlyAttrsInput<KindSet<K>>, Elsewhere<K> | Wide | Named<ReadOnly<K>>>, Renames<K>> & FormWrites<K>
>;
type SlaveSet<K extends SlaveKind> = Unwrapped<(typeof slaveKinds)[K]>;
type SlaveRenames<K> = K extends "bridge" ? typeof bridgePortRenames : unknown;
/** A port's settings as a member of its master. */
export type SlaveSettings = {
  [K in SlaveKind]: Flat<
    { kind: K } & Rename<Omit<FriendlyAttrs<SlaveSet<K>>, Named<SlaveWriteOnly<K>>>, SlaveRenames<K>>
  >;
}[SlaveKind];
/** Settings of a link as its master's port, by the master's kind. */
export type SlaveOptions = {
  [K in SlaveKind]: Flat<
    { readonly kind: K } & Rename<Omit<FriendlyAttrsInput<SlaveSet<K>>, Named<SlaveReadOnly<K>>>, SlaveRenames<K>>
  >;
}[SlaveKind];

// ---- values -----------------------------------------------------------------------------------------------------------------
type Obj = Record<string, unknown>;
const setOf = (codec: Codec): Attrs => unwrap(codec).codec as Attrs;
export const isLinkKind = (kind: string): kind is LinkKind => Object.hasOwn(linkKinds, kind);
export const isSlaveKind = (kind: string): kind is SlaveKind => Object.hasOwn(slaveKinds, kind);

const fieldsOf = (kind: LinkKind) => setOf(linkKinds[kind]).fields;
const peers = ["peer", "peerInfo"];
/** A field of an IPv6 address beside one for an IPv4 address: both stand under one name. */
const isWide = (name: string, fields: object): boolean =>
  name.endsWith("6") && Object.hasOwn(fields, name.slice(0, -1));

/** Names that a field's value can be given under. */
function namesOfField(name: string, codec: Codec): string[] {
  const { meaning } = unwrap(codec).codec as Scalar;
  return isQuantity(meaning) ? [name, name + SUFFIXES[meaning]] : [name];
}
/** The names of the options by those of the fields, and back. */
interface Naming {
  /** Of the options that fields stand under. */
  readonly fields: ReadonlyMap<string, string>;
  readonly keys: readonly string[];
}
const namings = new Map<LinkKind, Naming>();
function namingOf(kind: LinkKind): Naming {
  const known = namings.get(kind);
  if (known) return known;
  const forms = formsOf(kind);
  const set = fieldsOf(kind);
  const elsewhere = [...forms.flatMap((form) => form.fields), ...foreignOf(kind), ...peers];
  const fields = new Map<string, string>();
  for (const name of Object.keys(set))
    if (!elsewhere.includes(name))
      for (const key of namesOfField(name, set[name]![1])) fields.set(renamed(renamesOf(kind), key), key);
  const keys = [...fields.keys()].filter((key) => !isWide(fields.get(key)!, set) && !isReadOnly(kind, key));
  const naming = { fields, keys: [...keys, ...forms.flatMap((form) => form.keys)] };
  namings.set(kind, naming);
  return naming;
}

/** Names of the settings that a kind can be given; a peer is none. */
export const kindKeys = (kind: LinkKind): readonly string[] => namingOf(kind).keys;
/** Whether an option is one that the kernel reports, and does not take. */
export const isReadOnly = (kind: LinkKind, key: string): boolean =>
  readOnlyOf(kind).some((name) => namesOfField(name, fieldsOf(kind)[name]![1]).some((n) => kindKey(kind, n) === key));
/** The name of the option that a field stands under. */
export const kindKey = (kind: LinkKind, field: string): string => {
  const narrow = isWide(field, fieldsOf(kind)) ? field.slice(0, -1) : field;
  return renamed(renamesOf(kind), narrow);
};

/** Settings that a decoded IFLA_INFO_DATA has. An address of either family stands under one name. */
export function readKind(kind: LinkKind, data: unknown, deviceName: DeviceName): Obj {
  const forms = formsOf(kind);
  const rest: Obj = { ...(data as Obj) };
  for (const form of forms) for (const field of form.fields) delete rest[field];
  const friendly = toFriendly(linkKinds[kind] as Codec, rest, deviceName) as Obj;
  const set = fieldsOf(kind);
  const out: Obj = {};
  for (const name in friendly) {
    // 0 is no device.
    if (rest[name] === 0 && (set[name]![1] as Scalar).meaning === "device") continue;
    out[kindKey(kind, name)] = friendly[name];
  }
  for (const name in set)
    if (set[name]![1].kind === "flag" && !writeOnlyOf(kind).includes(name)) out[kindKey(kind, name)] ??= false;
  for (const form of forms) form.read(data as Obj, out);
  return out;
}

/** IFLA_INFO_DATA for a kind's settings. @throws {CodecError} that names the setting */
export function writeKind(kind: LinkKind, options: Obj, deviceIndex: DeviceIndex): unknown {
  const naming = namingOf(kind);
  const set = fieldsOf(kind);
  const given: Obj = {};
  const formed = new Set(formsOf(kind).flatMap((form) => form.keys));
  for (const key in options) {
    const value = options[key];
    if (value === undefined || formed.has(key)) continue;
    const field = naming.fields.get(key) ?? key;
    const wide = `${field}6`;
    given[Object.hasOwn(set, wide) && typeof value === "string" && value.includes(":") ? wide : field] = value;
  }
  let data: Obj;
  try {
    data = fromFriendly(linkKinds[kind] as Codec, given, deviceIndex) as Obj;
  } catch (e) {
    throw e instanceof CodecError ? new CodecError(keyPath(kind, e.path), e.offset, e.reason) : e;
  }
  for (const form of formsOf(kind)) form.write(options, data);
  return data;
}
/** The path of an option for that of a field. */
export const keyPath = (kind: LinkKind, path: string): string => path.replace(/^\w+/, (field) => kindKey(kind, field));

const slaveReadOnlyOf = (kind: SlaveKind): readonly string[] => slaveReadOnly[kind];
/** Names of the settings that a port can be given, `kind` aside. */
export const slaveKeys = (kind: SlaveKind): readonly string[] =>
  Object.entries(setOf(slaveKinds[kind]).fields)
    .filter(([name]) => !slaveReadOnlyOf(kind).includes(name))
    .flatMap(([name, field]) => namesOfField(name, field[1]))
    .map((name) => renamed(slaveRenamesOf(kind), name));
export function readSlave(kind: SlaveKind, data: unknown, deviceName: DeviceName): Obj {
  const friendly = toFriendly(slaveKinds[kind] as Codec, data, deviceName) as Obj;
  const out: Obj = { kind };
  for (const name in friendly) out[renamed(slaveRenamesOf(kind), name)] = friendly[name];
  return out;
}
export function writeSlave(options: Obj, deviceIndex: DeviceIndex): unknown {
  const { kind, ...rest } = options as Obj & { kind: SlaveKind };
  const { fields } = setOf(slaveKinds[kind]);
  const table = slaveRenamesOf(kind);
  const names = new Map(Object.keys(fields).map((name) => [renamed(table, name), name]));
  const given: Obj = {};
  for (const key in rest) {
    if (rest[key] === undefined) continue;
    const field = names.get(key) ?? key;
    // What another name stands for is not an option.
    if (Object.hasOwn(table, key)) fail(key, -1, `there is no such option; there are ${[...names.keys()].join(", ")}`);
    if (slaveReadOnlyOf(kind).some((name) => field === name || field === `${name}${SUFFIXES.time}`))
      fail(key, -1, "the kernel reports it, and does not take it");
    given[field] = rest[key];
  }
  try {
    return fromFriendly(slaveKinds[kind] as Codec, given, deviceIndex);
  } catch (e) {
    if (!(e instanceof CodecError)) throw e;
    throw new CodecError(slaveKeyPath(kind, e.path), e.offset, e.reason);
  }
}
export const slaveKeyPath = (kind: string, path: string): string =>
  isSlaveKind(kind) ? path.replace(/^\w+/, (field) => renamed(slaveRenamesOf(kind), field)) : path;
