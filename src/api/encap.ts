/** Lightweight tunnels, which routes and nexthops carry, in the user's terms. @module */
import type { bpfEncap } from "../codec/rtnetlink/encap/bpf.ts";
import { encapCases, encapTypes } from "../codec/rtnetlink/encap/encap.ts";
import type { ilaEncap } from "../codec/rtnetlink/encap/ila.ts";
import type { ioam6Encap } from "../codec/rtnetlink/encap/ioam6.ts";
import type { ipEncap } from "../codec/rtnetlink/encap/ip.ts";
import type { ip6Encap } from "../codec/rtnetlink/encap/ip6.ts";
import { seg6Modes } from "../codec/rtnetlink/encap/seg6.ts";
import type { seg6localEncap } from "../codec/rtnetlink/encap/seg6local.ts";
import type { xfrmEncap } from "../codec/rtnetlink/encap/xfrm.ts";
import type { Codec } from "../codec/schema/codec.ts";
import { type FriendlyAttrs, type FriendlyAttrsInput, toFriendly } from "../codec/schema/friendly.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import type { Flat } from "../codec/schema/struct.ts";
import type { DeviceIndexes } from "./device.ts";
import type { DeviceName } from "./facet.ts";
import { AF_INET6, checkOptions, fromOptions, OptionError, parseAddress, wordNumber } from "./options.ts";

/** The tunnels whose settings are those of their schema. */
interface Plain {
  ip: typeof ipEncap;
  ip6: typeof ip6Encap;
  ila: typeof ilaEncap;
  bpf: typeof bpfEncap;
  ioam6: typeof ioam6Encap;
  xfrm: typeof xfrmEncap;
}
/** MPLS labels, 20 bits each, outermost first: `"100/200"`, `100` or `[100, 200]`. */
export type MplsLabels = string | number | readonly number[];
type Seg6Mode = keyof typeof seg6Modes.values;

/** Labels to push. */
export interface MplsEncapOptions {
  readonly type: "mpls";
  readonly dst: MplsLabels;
  /** TTL of the labels; by default the packet's. */
  readonly ttl?: number | undefined;
}
/** Segments to send by, in the order in which they are visited. */
export interface Seg6EncapOptions {
  readonly type: "seg6";
  /** `"encap"` by default. */
  readonly mode?: Seg6Mode | undefined;
  readonly segments: readonly string[];
}
/** RPL source routes (RFC 6554). */
export interface RplEncapOptions {
  readonly type: "rpl";
  readonly segments: readonly string[];
}
/** What is done to packets for this segment: `{ type: "seg6local", action: "End.X", nh6: "fe80::1" }`. */
export type Seg6localEncapOptions = Flat<
  { readonly type: "seg6local" } & Omit<FriendlyAttrsInput<typeof seg6localEncap>, "srh" | "counters"> & {
      /** Of End.B6 and End.B6.Encaps, in the order in which they are visited. */
      readonly segments?: readonly string[] | undefined;
      /** Count packets, bytes and errors. */
      readonly count?: boolean | undefined;
    }
>;
/** A lightweight tunnel to put packets into: its type, and that type's settings. */
export type EncapOptions =
  | MplsEncapOptions
  | Seg6EncapOptions
  | RplEncapOptions
  | Seg6localEncapOptions
  | { [K in keyof Plain]: Flat<{ readonly type: K } & FriendlyAttrsInput<Plain[K]>> }[keyof Plain];

/** A lightweight tunnel as the kernel reports it. One of a type that is not known here has its number as `type` and nothing more. */
export type Encap =
  | { type: "mpls"; dst: string; ttl?: number }
  | { type: "seg6"; mode: Seg6Mode | number; segments: string[] }
  | { type: "rpl"; segments: string[] }
  | Flat<{ type: "seg6local" } & Omit<FriendlyAttrs<typeof seg6localEncap>, "srh"> & { segments?: string[] }>
  | { [K in keyof Plain]: Flat<{ type: K } & FriendlyAttrs<Plain[K]>> }[keyof Plain]
  | { type: number };

type Obj = Record<string, unknown>;
type Segments = { readonly segments: readonly string[] };

/** `encap` and `encapType` of a route or nexthop. @throws {OptionError} */
export function encapValue(where: string, given: EncapOptions, index: DeviceIndexes): Obj {
  const { type, ...settings } = given as { type: string } & Obj;
  const number = wordNumber(`${where}.type`, encapTypes, type);
  const form = (encapCases as Record<string, Codec>)[number];
  if (!form)
    throw new OptionError(
      `${where}.type: ${type} has no settings here`,
      "encap.type",
      Object.keys(encapTypes.values).join(", "),
    );
  return { encap: fromOptions(where, form, asDeclared(where, type, settings) as never, index), encapType: number };
}

/** Settings in the form that the schema has for them. */
function asDeclared(where: string, type: string, settings: Obj): Obj {
  switch (type) {
    case "mpls":
      checkOptions(where, settings, ["dst", "ttl"]);
      return { ...settings, dst: labelStack(`${where}.dst`, settings.dst as MplsLabels) };
    case "seg6": {
      checkOptions(where, settings, ["mode", "segments"]);
      const mode = wordNumber(`${where}.mode`, seg6Modes, (settings.mode as string | undefined) ?? "encap");
      return { srh: { mode, ...routingHeader(where, settings.segments, mode === seg6Modes.values.inline) } };
    }
    case "rpl": {
      checkOptions(where, settings, ["segments"]);
      const { segments, hdrlen, segmentsLeft } = routingHeader(where, settings.segments, false);
      // RPL's header counts all segments as left (iproute2 parse_rpl_srh), and has no number of the first.
      return { srh: { hdrlen, type: 3, segmentsLeft: segmentsLeft + 1, segments } };
    }
    case "seg6local": {
      const { segments, count, ...rest } = settings;
      if (segments !== undefined) rest.srh = routingHeader(where, segments, false);
      // Any three numbers ask for counting, but it takes all three (parse_nla_counters).
      if (count) rest.counters = { packets: 0, bytes: 0, errors: 0 };
      return rest;
    }
    default:
      return settings;
  }
}

/** struct ipv6_sr_hdr (RFC 8754): the last segment stands first. Inline, the packet's own destination is put in front of it by the kernel. */
function routingHeader(where: string, given: unknown, inline: boolean) {
  if (!Array.isArray(given) || given.length === 0 || given.length > 100)
    throw new OptionError(`${where}.segments: 1 to 100 IPv6 addresses are needed`, "encap.segments", "IPv6 addresses");
  for (const segment of given)
    if (parseAddress(`${where}.segments`, segment) !== AF_INET6)
      throw new OptionError(`${where}.segments: ${segment} is not an IPv6 address`, "encap.segments", "IPv6 addresses");
  const path = inline ? [...given, "::"] : given;
  return {
    hdrlen: 2 * path.length,
    type: 4,
    segmentsLeft: path.length - 1,
    firstSegment: path.length - 1,
    segments: [...path].reverse(),
  };
}

/** Label stack entries: label 20 bits, traffic class 3, bottom 1, TTL 8. @throws {OptionError} */
export function labelStack(where: string, labels: MplsLabels): number[] {
  const list = Array.isArray(labels) ? labels : String(labels).split("/");
  return list.map((label: number | string, i) => {
    const text = String(label);
    const n = Number(text);
    if (!/^\d+$/.test(text) || n > 0xfffff)
      throw new OptionError(
        `${where}: "${text}" is not an MPLS label from 0 to 1048575`,
        where.slice(where.indexOf(".") + 1),
        'labels as "100/200"',
      );
    return ((n << 12) | (i === list.length - 1 ? 0x100 : 0)) >>> 0;
  });
}
/** Label stack entries as `"100/200"`. */
export const labelText = (stack: readonly number[]): string => stack.map((entry) => entry >>> 12).join("/");

/** A decoded tunnel in the user's terms. */
export function readEncap(type: number, value: unknown, deviceName: DeviceName): Encap {
  const form = (encapCases as Record<string, Codec>)[type];
  const name = nameOf(encapTypes, type);
  if (!form || name === undefined) return { type };
  const out: Obj = { type: name };
  const { srh, ...settings } = (value === undefined ? {} : toFriendly(form, value as never, deviceName)) as Obj;
  Object.assign(out, settings);
  if (name === "mpls" && Array.isArray(settings.dst)) out.dst = labelText(settings.dst);
  if (srh !== undefined) {
    const path = (srh as Segments).segments.toReversed();
    const mode = (srh as Obj).mode;
    if (mode !== undefined) out.mode = mode;
    out.segments = mode === "inline" && path.at(-1) === "::" ? path.slice(0, -1) : path;
  }
  return out as unknown as Encap;
}
