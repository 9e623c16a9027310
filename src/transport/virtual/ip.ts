/** Addresses of both families as integers, which prefixes are taken of. @module */
import { formatIp, parseIp } from "../../codec/wire/ip.ts";

export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const AF_INET6 = 10;
export type Family = typeof AF_INET | typeof AF_INET6;

/** Bits of an address. */
export const widthOf = (family: number): number => (family === AF_INET6 ? 128 : 32);

export function toBig(text: string): bigint {
  const bytes = parseIp(text);
  if (bytes === undefined) throw new TypeError(`${text} is no IP address`);
  if (bytes.length === 4) return BigInt(((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0);
  const view = new DataView(bytes.buffer);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

export function toText(address: bigint, family: number): string {
  if (family === AF_INET) {
    const n = Number(address);
    return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
  }
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, address >> 64n);
  view.setBigUint64(8, address & 0xffffffffffffffffn);
  return formatIp(new Uint8Array(view.buffer));
}

const masks = [32, 128].map((width) =>
  Array.from({ length: width + 1 }, (_, length) => ((1n << BigInt(length)) - 1n) << BigInt(width - length)),
);
/** The mask of a prefix's length. */
export const maskOf = (length: number, family: number): bigint => masks[family === AF_INET6 ? 1 : 0]![length]!;
/** The address that a prefix begins with. */
export const networkOf = (address: bigint, length: number, family: number): bigint => address & maskOf(length, family);
/** The address that it ends with: of IPv4, its broadcast address. */
export const lastOf = (address: bigint, length: number, family: number): bigint =>
  address | (maskOf(widthOf(family), family) ^ maskOf(length, family));
/** Whether two addresses are of the same prefix. */
export const samePrefix = (a: bigint, b: bigint, length: number, family: number): boolean =>
  ((a ^ b) & maskOf(length, family)) === 0n;

const top = (address: bigint, bits: number): bigint => address >> BigInt(128 - bits);
export const isLinkLocal = (address: bigint): boolean => top(address, 10) === 0x3fan;
export const isMulticast = (address: bigint): boolean => top(address, 8) === 0xffn;
export const LOOPBACK6 = 1n;

/** Scope of an IPv6 address in rtnetlink's numbers (rt_scope of ipv6_addr_scope). */
export function scopeOf(address: bigint): number {
  if (isMulticast(address)) {
    const scope = Number(top(address, 16) & 0xfn);
    return scope === 1 ? 254 : scope === 2 ? 253 : scope === 5 ? 200 : 0;
  }
  if (address === LOOPBACK6) return 254;
  if (isLinkLocal(address)) return 253;
  return top(address, 10) === 0x3fbn ? 200 : 0;
}
/** The order of a device's addresses: narrower scopes come later (ipv6_addr_src_scope). */
export const breadthOf = (address: bigint): number => ({ 254: 1, 253: 2, 200: 5, 0: 14 })[scopeOf(address)] ?? 14;

/** The host part of an address that the kernel makes of an Ethernet address (addrconf_ifid_eui48). */
export function eui64(mac: string): bigint {
  const b = mac.split(":").map((part) => Number.parseInt(part, 16));
  const bytes = [b[0]! ^ 2, b[1]!, b[2]!, 0xff, 0xfe, b[3]!, b[4]!, b[5]!];
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
