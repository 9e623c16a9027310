/** What `ip xfrm` prints of states and of policies alike (ip/ipxfrm.c). As JSON there is what the API has. @module */
import type { DeviceName } from "../../../api/facet.ts";
import type { MarkMessage } from "../../../api/xfrm/common.ts";
import { addressText } from "../../../api/xfrm/selector.ts";
import { type Names, nameOf } from "../../../codec/schema/scalar.ts";
import { formatHex } from "../../../codec/text/hex.ts";
import { XFRM_INF } from "../../../codec/xfrm/lifetime.ts";
import type { XfrmSelector } from "../../../codec/xfrm/selector.ts";
import type { XfrmStateMessage } from "../../../codec/xfrm/state.ts";
import { xfrmModes, xfrmProtocols } from "../../../codec/xfrm/types.ts";
import type { Context } from "../../context.ts";

/** How to print: with how many -s, names, and devices' names. */
export interface Style {
  readonly stats: boolean;
  readonly names: Context["names"];
  readonly deviceName: DeviceName;
}

export const wordOf = (names: Names, x: number): string =>
  (nameOf(names, x) ?? String(x)).replace("in-trigger", "in_trigger");
export const hex = (x: number, digits = 0): string => `0x${x.toString(16).padStart(digits, "0")}`;
export const bits8 = (x: number): string => x.toString(2).padStart(8, "0");

/** The names of bits with a blank between, and what has none in hexadecimal (XFRM_FLAG_PRINT). */
export function flagText(values: { readonly [name: string]: number }, bits: number): string {
  let [text, rest] = ["", bits];
  for (const [name, bit] of Object.entries(values))
    if (rest & bit) {
      rest &= ~bit;
      text += rest === 0 ? name : `${name} `;
    }
  return rest === 0 ? text : `${text}${rest.toString(16)}`;
}

interface Id {
  readonly saddr: unknown;
  readonly daddr: unknown;
  readonly proto: number;
  readonly spi: number;
  readonly mode: number;
  readonly reqid: number;
}
export function idText(id: Id, forceSpi: boolean, prefix: string, title: string, { stats }: Style): string {
  let text = `${title}src ${id.saddr} dst ${id.daddr}\n${prefix}\tproto ${wordOf(xfrmProtocols, id.proto)} `;
  if (stats || forceSpi || id.spi !== 0) text += `spi ${hex(id.spi, 8)}${stats ? `(${id.spi})` : ""} `;
  text += `reqid ${id.reqid}${stats ? `(${hex(id.reqid, 8)})` : ""} `;
  return `${text}mode ${wordOf(xfrmModes, id.mode)}\n`;
}

/** `family` is that of the object around it. */
export function selectorText(
  s: XfrmSelector,
  prefix: string,
  { stats, names, deviceName }: Style,
  family: number = s.family,
): string {
  const [saddr, daddr] = [addressText(s.saddr, family), addressText(s.daddr, family)];
  let text = `${prefix}src ${saddr}/${s.prefixlenS} dst ${daddr}/${s.prefixlenD} `;
  if (s.proto !== 0) text += `proto ${names.ipProtocols.name(s.proto)} `;
  const [source, target] = [s.sportMask !== 0, s.dportMask !== 0];
  switch (names.ipProtocols.name(s.proto)) {
    case "icmp":
    case "ipv6-icmp":
    case "icmpv6":
      if (source) text += `type ${s.sport} `;
      if (target) text += `code ${s.dport} `;
      break;
    case "gre":
      if (source || target) text += `key ${s.sport * 0x1_0000 + s.dport} `;
      break;
    default:
      if (source) text += `sport ${s.sport} `;
      if (target) text += `dport ${s.dport} `;
  }
  if (s.ifindex > 0) text += `dev ${deviceName(s.ifindex) ?? `if${s.ifindex}`} `;
  if (stats) text += `uid ${s.user}`;
  return `${text}\n`;
}

const limit = (x: bigint): string => (x === XFRM_INF ? "(INF)" : String(x));
const two = (x: number) => String(x).padStart(2, "0");
/** Seconds since 1970 as local time; `-` for never. */
export function timeText(seconds: bigint): string {
  if (seconds === 0n) return "-";
  const t = new Date(Number(seconds) * 1000);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}
export function lifetimeText({ lft: l, curlft: c }: Pick<XfrmStateMessage, "lft" | "curlft">, prefix: string): string {
  return [
    "lifetime config:",
    `  limit: soft ${limit(l.softByteLimit)}(bytes), hard ${limit(l.hardByteLimit)}(bytes)`,
    `  limit: soft ${limit(l.softPacketLimit)}(packets), hard ${limit(l.hardPacketLimit)}(packets)`,
    `  expire add: soft ${l.softAddExpiresSeconds}(sec), hard ${l.hardAddExpiresSeconds}(sec)`,
    `  expire use: soft ${l.softUseExpiresSeconds}(sec), hard ${l.hardUseExpiresSeconds}(sec)`,
    "lifetime current:",
    `  ${c.bytes}(bytes), ${c.packets}(packets)`,
    `  add ${timeText(c.addTime)} use ${timeText(c.useTime)}`,
  ]
    .map((line) => `${prefix}${line}\n`)
    .join("");
}
export const markText = ({ value, mask }: MarkMessage): string => `${hex0(value)}/${hex0(mask)}`;
/** `%#x`: 0 is without the 0x. */
export const hex0 = (x: number): string => (x === 0 ? "0" : hex(x));
export const keyText = (key: Uint8Array): string => `0x${formatHex(key)}`;
