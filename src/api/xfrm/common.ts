/** What states and policies have in common: limits, marks, words for the kernel's numbers. @module */
import { type Names, nameOf } from "../../codec/schema/scalar.ts";
import { XFRM_INF } from "../../codec/xfrm/lifetime.ts";
import type { XfrmStateMessage } from "../../codec/xfrm/state.ts";
import { checkOptions, integer, OptionError, wordNumber } from "../options.ts";

type LimitsMessage = XfrmStateMessage["lft"];

/** At a soft limit the kernel says so, at a hard one the object ends. Seconds count from when it was added, or from its first use. */
export interface XfrmLimits {
  softBytes?: number;
  hardBytes?: number;
  softPackets?: number;
  hardPackets?: number;
  softSeconds?: number;
  hardSeconds?: number;
  softUseSeconds?: number;
  hardUseSeconds?: number;
}
const LIMITS = {
  softBytes: ["softByteLimit", XFRM_INF],
  hardBytes: ["hardByteLimit", XFRM_INF],
  softPackets: ["softPacketLimit", XFRM_INF],
  hardPackets: ["hardPacketLimit", XFRM_INF],
  softSeconds: ["softAddExpiresSeconds", 0n],
  hardSeconds: ["hardAddExpiresSeconds", 0n],
  softUseSeconds: ["softUseExpiresSeconds", 0n],
  hardUseSeconds: ["hardUseExpiresSeconds", 0n],
} as const satisfies { readonly [L in keyof XfrmLimits]: readonly [keyof LimitsMessage, bigint] };
const limitNames = Object.keys(LIMITS) as (keyof XfrmLimits)[];

export type XfrmLimitsOptions = { readonly [L in keyof XfrmLimits]?: number | undefined };
/** @throws {OptionError} */
export function limitsValue(where: string, limits: XfrmLimitsOptions = {}): Partial<LimitsMessage> {
  checkOptions(where, limits, limitNames);
  const out: Partial<LimitsMessage> = {};
  for (const name of limitNames) {
    const [member, none] = LIMITS[name];
    const value = limits[name];
    out[member] = value === undefined ? none : BigInt(integer(`${where}.${name}`, value, Number.MAX_SAFE_INTEGER));
  }
  return out;
}
export function readLimits(limits: LimitsMessage): XfrmLimits {
  const out: XfrmLimits = {};
  for (const name of limitNames) {
    const [member, none] = LIMITS[name];
    if (limits[member] !== none) out[name] = Number(limits[member]);
  }
  return out;
}

/** What an object has seen so far. Times are seconds since 1970. */
export interface XfrmLifetime {
  bytes: number;
  packets: number;
  addedSeconds: number;
  /** Of its first use. */
  usedSeconds?: number;
}
export function readLifetime({ bytes, packets, addTime, useTime }: XfrmStateMessage["curlft"]): XfrmLifetime {
  const out: XfrmLifetime = { bytes: Number(bytes), packets: Number(packets), addedSeconds: Number(addTime) };
  if (useTime !== 0n) out.usedSeconds = Number(useTime);
  return out;
}

/** A mark of packets: a number, of which all bits count, or those of the mask. */
export type XfrmMark = number | { readonly value: number; readonly mask: number };
export interface MarkMessage {
  readonly value: number;
  readonly mask: number;
}
/** @throws {OptionError} */
export function markValue(where: string, mark: XfrmMark): MarkMessage {
  if (typeof mark === "number") return { value: integer(where, mark), mask: 0xffffffff };
  if (typeof mark !== "object" || mark === null)
    throw new OptionError(`${where}: ${JSON.stringify(mark)} is not a number, or { value, mask }`, "mark", "a mark");
  checkOptions(where, mark, ["value", "mask"]);
  return { value: integer(`${where}.value`, mark.value), mask: integer(`${where}.mask`, mark.mask) };
}
export const readMark = ({ value, mask }: MarkMessage): XfrmMark => (mark32(mask) ? value : { value, mask });
const mark32 = (mask: number) => mask === 0xffffffff;

/** The name of a number, or the number. */
export const wordOf = <N extends string>(names: Names<N>, value: number): N | number =>
  (nameOf(names, value) as N | undefined) ?? value;
/** The bits of several names. @throws {OptionError} */
export function flagsValue(where: string, names: Names, flags: readonly string[]): number {
  if (!Array.isArray(flags))
    throw new OptionError(`${where}: ${JSON.stringify(flags)} is not an array of names`, where, "names");
  return flags.reduce((bits, flag) => bits | wordNumber(where, names, flag), 0);
}
