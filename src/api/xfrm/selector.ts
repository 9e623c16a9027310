/** Which packets: selectors in the user's terms. @module */
import { type IpProtocol, ipProtocolName, ipProtocolNumber, ipProtocols } from "../../codec/text/ip-protocol.ts";
import { formatIp } from "../../codec/wire/ip.ts";
import type { XfrmSelector as SelectorMessage } from "../../codec/xfrm/selector.ts";
import type { Device, DeviceIndexes } from "../device.ts";
import type { DeviceName } from "../facet.ts";
import { AF_INET6, checkOptions, integer, OptionError, parsePrefix } from "../options.ts";

/** What is left out may be anything. */
export interface XfrmSelectorOptions {
  /** `"10.1.0.0/16"`. */
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  /** `"tcp"`, `"udp"`, `"icmp"`, `"gre"`… or a number. */
  readonly proto?: IpProtocol | number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** Of ICMP, in place of ports. */
  readonly type?: number | undefined;
  readonly code?: number | undefined;
  /** Of GRE. */
  readonly key?: number | undefined;
  readonly dev?: Device | undefined;
  readonly uid?: number | undefined;
}
/** A selector as it is read: only what it asks for. It can be given again. */
export interface XfrmSelector {
  src?: string;
  dst?: string;
  proto?: IpProtocol | number;
  sport?: number;
  dport?: number;
  type?: number;
  code?: number;
  key?: number;
  dev?: Device;
  uid?: number;
}

const KEYS = ["src", "dst", "proto", "sport", "dport", "type", "code", "key", "dev", "uid"];
const { icmp, icmpv6, gre } = ipProtocols;
const WHOLE = 0xffff;

/** @throws {OptionError} */
export function selectorValue(
  where: string,
  selector: XfrmSelectorOptions | undefined,
  index: DeviceIndexes,
): Partial<SelectorMessage> {
  if (selector === undefined) return {};
  checkOptions(where, selector, KEYS);
  const out: Partial<SelectorMessage> = {};
  const { src, dst, dev, uid } = selector;
  const source = src === undefined ? undefined : parsePrefix(`${where}.src`, src);
  const target = dst === undefined ? undefined : parsePrefix(`${where}.dst`, dst);
  if (source && target && source.family !== target.family)
    throw new OptionError(`${where}: src and dst are of different families`, "src", "addresses of one family");
  if (source) Object.assign(out, { family: source.family, saddr: source.address, prefixlenS: source.length });
  if (target) Object.assign(out, { family: target.family, daddr: target.address, prefixlenD: target.length });
  if (selector.proto !== undefined) out.proto = protocolNumber(where, selector.proto);
  Object.assign(out, portsValue(where, selector, out.proto));
  if (dev !== undefined) out.ifindex = index(dev);
  if (uid !== undefined) out.user = integer(`${where}.uid`, uid);
  return out;
}
function protocolNumber(where: string, proto: IpProtocol | number): number {
  const number = ipProtocolNumber(proto);
  if (number !== undefined) return number;
  const forms = Object.keys(ipProtocols).join(", ");
  throw new OptionError(`${where}.proto: ${JSON.stringify(proto)} is not one of ${forms}, or a number`, "proto", forms);
}
/** Ports, or what stands in their place. */
function portsValue(where: string, s: XfrmSelectorOptions, proto: number | undefined): Partial<SelectorMessage> {
  const needs = (option: keyof XfrmSelectorOptions, ...of: (number | undefined)[]) => {
    if (s[option] !== undefined && !of.includes(proto))
      throw new OptionError(
        `${where}.${option}: is of ${of.map((n) => ipProtocolName(n!)).join(" and ")}, which proto says`,
        option,
        "proto",
      );
  };
  for (const option of ["type", "code"] as const) needs(option, icmp, icmpv6);
  needs("key", gre);
  for (const option of ["sport", "dport"] as const)
    if (s[option] !== undefined && proto === undefined)
      throw new OptionError(`${where}.${option}: needs a proto that has ports`, option, "proto");
  const half = (option: "sport" | "dport" | "type" | "code"): number | undefined =>
    s[option] === undefined ? undefined : integer(`${where}.${option}`, s[option], WHOLE);
  const key = s.key === undefined ? undefined : integer(`${where}.key`, s.key);
  const sport = key === undefined ? (half("sport") ?? half("type")) : key >>> 16;
  const dport = key === undefined ? (half("dport") ?? half("code")) : key & WHOLE;
  return {
    ...(sport !== undefined && { sport, sportMask: WHOLE }),
    ...(dport !== undefined && { dport, dportMask: WHOLE }),
  };
}

/** An address as text. Of a selector without a family it is of the family around it. */
export const addressText = (address: string | Uint8Array, family: number): string =>
  typeof address === "string" ? address : formatIp(family === AF_INET6 ? address : address.subarray(0, 4));

/** Undefined where it takes every packet. `family` is that of the object around it. */
export function readSelector(
  s: SelectorMessage,
  deviceName: DeviceName,
  family: number = s.family,
): XfrmSelector | undefined {
  const out: XfrmSelector = {};
  if (s.prefixlenS !== 0) out.src = `${addressText(s.saddr, family)}/${s.prefixlenS}`;
  if (s.prefixlenD !== 0) out.dst = `${addressText(s.daddr, family)}/${s.prefixlenD}`;
  if (s.proto !== 0) out.proto = ipProtocolName(s.proto);
  const [source, target] = [s.sportMask === 0 ? undefined : s.sport, s.dportMask === 0 ? undefined : s.dport];
  if (s.proto === gre) {
    if (source !== undefined || target !== undefined) out.key = (source ?? 0) * 0x1_0000 + (target ?? 0);
  } else {
    const names = s.proto === icmp || s.proto === icmpv6 ? (["type", "code"] as const) : (["sport", "dport"] as const);
    if (source !== undefined) out[names[0]] = source;
    if (target !== undefined) out[names[1]] = target;
  }
  if (s.ifindex !== 0) out.dev = deviceName(s.ifindex) ?? s.ifindex;
  if (s.user !== 0) out.uid = s.user;
  return Object.keys(out).length === 0 ? undefined : out;
}
