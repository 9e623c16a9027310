/**
 * What u32 compares: 32 bits at an offset from the network header, or from the next header that an earlier table found, under a
 * mask; and the fields of headers that users mean by it.
 * @module
 */
import { fail, show } from "../../schema/program.ts";
import {
  IP_PROTOCOL_FORMS,
  type IpProtocol,
  ipProtocolName,
  ipProtocolNumber,
  ipProtocols,
} from "../../text/ip-protocol.ts";
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "../../wire/ip.ts";
import { parseMac, readMac } from "../../wire/mac.ts";
import { parseInteger, type Words } from "../words.ts";
import { fromMasked, hex, type Masked, parseHex, toMasked } from "./masked.ts";

/** `struct tc_u32_key`. `offmask` −1: the offset counts from the next header (tc's `nexthdr+`). */
export interface U32Key {
  readonly mask: number;
  readonly val: number;
  readonly off: number;
  readonly offmask: number;
}

export interface U32IpMatch {
  /** Address or prefix: `"10.0.0.0/8"`. */
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  readonly protocol?: IpProtocol | Masked | undefined;
  readonly tos?: Masked | undefined;
  /** Length of the header in words of 4 bytes. */
  readonly ihl?: Masked | undefined;
  /** Ports and ICMP's fields at their place behind a header without options. */
  readonly sport?: Masked | undefined;
  readonly dport?: Masked | undefined;
  readonly icmpType?: Masked | undefined;
  readonly icmpCode?: Masked | undefined;
  /** Not a fragment; the first of a packet's fragments; not to be fragmented; a fragment that more follow. */
  readonly nofrag?: true | undefined;
  readonly firstfrag?: true | undefined;
  readonly df?: true | undefined;
  readonly mf?: true | undefined;
}
export interface U32Ip6Match {
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  /** The next header. */
  readonly protocol?: IpProtocol | Masked | undefined;
  /** The traffic class. */
  readonly priority?: Masked | undefined;
  readonly flowlabel?: Masked | undefined;
  /** At their place where no extension headers are. */
  readonly sport?: Masked | undefined;
  readonly dport?: Masked | undefined;
  readonly icmpType?: Masked | undefined;
  readonly icmpCode?: Masked | undefined;
}
export interface U32PortMatch {
  readonly src?: Masked | undefined;
  readonly dst?: Masked | undefined;
}
export interface U32IcmpMatch {
  readonly type?: Masked | undefined;
  readonly code?: Masked | undefined;
}
export interface U32EtherMatch {
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
}
export interface U32RawMatch {
  readonly value: number;
  /** All bits by default. */
  readonly mask?: number | undefined;
  /** Bytes from the network header, 0 by default: a multiple of the width, and negative for what stands before it. */
  readonly at?: number | undefined;
  /** Counts from the next header instead, as tc's `nexthdr+`. */
  readonly nexthdr?: boolean | undefined;
}
/**
 * One or more comparisons, all of which must hold. `tcp`, `udp`, `icmp` and `icmp6` count from the next header; they do not look at the protocol:
 * `[{ ip: { protocol: "tcp" } }, { tcp: { dst: 80 } }]`.
 */
export type U32Match =
  | { readonly ip: U32IpMatch }
  | { readonly ip6: U32Ip6Match }
  | { readonly tcp: U32PortMatch }
  | { readonly udp: U32PortMatch }
  | { readonly icmp: U32IcmpMatch }
  | { readonly icmp6: U32IcmpMatch }
  | { readonly ether: U32EtherMatch }
  | { readonly u32: U32RawMatch }
  | { readonly u16: U32RawMatch }
  | { readonly u8: U32RawMatch };

// ---- where fields stand -----------------------------------------------------------------------------------------------------
interface Place {
  /** A multiple of 4. */
  readonly off: number;
  readonly shift: number;
  readonly max: number;
  readonly protocol?: true;
}
const byte = (at: number): Place => ({ off: at & ~3, shift: 24 - (at & 3) * 8, max: 0xff });
const half = (at: number): Place => ({ off: at & ~3, shift: (at & 2) === 0 ? 16 : 0, max: 0xffff });
const protocolAt = (at: number): Place => ({ ...byte(at), protocol: true });

type Fields = { readonly [name: string]: Place };
const PORTS: Fields = { src: half(0), dst: half(2) };
const ICMP: Fields = { type: byte(0), code: byte(1) };
const FIELDS: { readonly [family: string]: { readonly fields: Fields; readonly nexthdr: boolean } } = {
  ip: {
    fields: {
      ihl: { ...byte(0), max: 0x0f },
      tos: byte(1),
      protocol: protocolAt(9),
      sport: half(20),
      dport: half(22),
      icmpType: byte(20),
      icmpCode: byte(21),
    },
    nexthdr: false,
  },
  ip6: {
    fields: {
      priority: { off: 0, shift: 20, max: 0xff },
      flowlabel: { off: 0, shift: 0, max: 0xfffff },
      protocol: protocolAt(6),
      sport: half(40),
      dport: half(42),
      icmpType: byte(40),
      icmpCode: byte(41),
    },
    nexthdr: false,
  },
  tcp: { fields: PORTS, nexthdr: true },
  udp: { fields: PORTS, nexthdr: true },
  icmp: { fields: ICMP, nexthdr: true },
  icmp6: { fields: ICMP, nexthdr: true },
};
/** Of the word that holds an IPv4 packet's fragment offset and flags. */
const FRAGMENT = {
  nofrag: { val: 0, mask: 0x3fff },
  firstfrag: { val: 0x2000, mask: 0x3fff },
  df: { val: 0x4000, mask: 0x4000 },
  mf: { val: 0x2000, mask: 0x2000 },
} as const;
const FRAGMENT_OFF = 4;
type Fragment = keyof typeof FRAGMENT;
const ADDRESSES: { readonly [family: string]: { readonly [name: string]: number } } = {
  ip: { src: 12, dst: 16 },
  ip6: { src: 8, dst: 24 },
};
const ETHER = { src: -8, dst: -14 } as const;
const RAW = {
  u32: { bytes: 4, max: 0xffffffff },
  u16: { bytes: 2, max: 0xffff },
  u8: { bytes: 1, max: 0xff },
} as const;
type Raw = keyof typeof RAW;
const isRaw = (family: string): family is Raw => Object.hasOwn(RAW, family);
const FAMILIES = [...Object.keys(FIELDS), "ether", ...Object.keys(RAW)];

// ---- to keys ----------------------------------------------------------------------------------------------------------------
const MAX_KEYS = 128;
type MutableKey = { -readonly [K in keyof U32Key]: U32Key[K] };

/** Adds a comparison; one at the same place as an earlier one joins it (pack_key of iproute2's tc/f_u32.c). */
function pack(keys: MutableKey[], val: number, mask: number, off: number, offmask: number, name: string): void {
  const key = { val: (val & mask) >>> 0, mask: mask >>> 0, off, offmask };
  const same = keys.find((k) => k.off === off && k.offmask === offmask);
  if (same) {
    if ((key.val ^ same.val) & key.mask & same.mask) fail(name, -1, "contradicts an earlier match");
    same.val = (same.val | key.val) >>> 0;
    same.mask = (same.mask | key.mask) >>> 0;
    return;
  }
  if (keys.length >= MAX_KEYS) fail(name, -1, `is one of more than ${MAX_KEYS} keys`);
  keys.push(key);
}

function packAddress(
  keys: MutableKey[],
  given: unknown,
  family: string,
  off: number,
  offmask: number,
  name: string,
): void {
  const length =
    readPrefix(given, family === "ip" ? 4 : 16) ??
    fail(name, -1, `${show(given)} is not ${family === "ip" ? "an IPv4" : "an IPv6"} address or prefix`);
  // An IPv4 prefix of no bits is a key that looks at nothing; tc makes none for IPv6.
  const words = family === "ip" ? 1 : Math.ceil(length / 32);
  for (let i = 0; i < words; i++) {
    const here = Math.min(32, length - 32 * i);
    pack(keys, scratchView.getUint32(4 * i), prefixMask(here), off + 4 * i, offmask, name);
  }
}
const scratch = new Uint8Array(16);
const scratchView = new DataView(scratch.buffer);
/** Length of a prefix, or of a whole address, whose bytes are in `scratch` then. */
function readPrefix(given: unknown, size: 4 | 16): number | undefined {
  if (typeof given !== "string") return undefined;
  const slash = given.indexOf("/");
  const address = slash < 0 ? given : given.slice(0, slash);
  if (!(size === 4 ? writeIpv4 : writeIpv6)(scratch, 0, address)) return undefined;
  if (slash < 0) return size * 8;
  const bits = given.slice(slash + 1);
  return /^\d{1,3}$/.test(bits) && Number(bits) <= size * 8 ? Number(bits) : undefined;
}
const prefixMask = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);

/** The keys of matches. @throws {CodecError} names the match at fault: `match[1].ip.dport` */
export function keysOf(matches: readonly U32Match[]): U32Key[] {
  const keys: MutableKey[] = [];
  matches.forEach((match, i) => {
    const entries = typeof match === "object" && match !== null ? Object.entries(match) : [];
    if (entries.length !== 1 || !FAMILIES.includes(entries[0]![0]))
      fail(`match[${i}]`, -1, `${show(match)} is not { one of ${FAMILIES.join(", ")}: … }`);
    const [family, fields] = entries[0] as [string, object];
    const path = `match[${i}].${family}`;
    if (typeof fields !== "object" || fields === null) fail(path, -1, `${show(fields)} is not an object`);
    if (isRaw(family)) packRaw(keys, family, fields as U32RawMatch, path);
    else
      for (const [name, given] of Object.entries(fields))
        if (given !== undefined) packField(keys, family, name, given, `${path}.${name}`);
  });
  return keys;
}

function packRaw(keys: MutableKey[], width: Raw, given: U32RawMatch, path: string): void {
  const { bytes, max } = RAW[width];
  for (const name in given)
    if (!["value", "mask", "at", "nexthdr"].includes(name))
      fail(`${path}.${name}`, -1, "there is no such option; there are value, mask, at, nexthdr");
  const { at = 0, nexthdr = false } = given;
  const { value, mask } = toMasked({ value: given.value, mask: given.mask ?? max }, path, max);
  if (!Number.isInteger(at) || at < -0x8000 || at > 0x7fff || at % bytes !== 0)
    fail(`${path}.at`, -1, `${show(at)} is not ${bytes === 1 ? "an offset in bytes" : `a multiple of ${bytes}`}`);
  if (typeof nexthdr !== "boolean") fail(`${path}.nexthdr`, -1, `${show(nexthdr)} is not true or false`);
  const shift = bytes === 4 ? 0 : (bytes === 2 ? half(at) : byte(at)).shift;
  pack(keys, value << shift, mask << shift, at & ~3, nexthdr ? -1 : 0, path);
}

function packField(keys: MutableKey[], family: string, name: string, given: unknown, path: string): void {
  const address = ADDRESSES[family]?.[name];
  if (family === "ether") packEther(keys, name, given, path);
  else if (address !== undefined) packAddress(keys, given, family, address, 0, path);
  else if (family === "ip" && Object.hasOwn(FRAGMENT, name)) {
    if (given !== true) fail(path, -1, `${show(given)} is not true: leave it out otherwise`);
    const { val, mask } = FRAGMENT[name as Fragment];
    pack(keys, val, mask, FRAGMENT_OFF, 0, path);
  } else {
    const { fields, nexthdr } = FIELDS[family]!;
    const { shift, max, off, protocol } =
      (Object.hasOwn(fields, name) ? fields[name] : undefined) ??
      fail(path, -1, `there is no such option; there are ${namesOf(family).join(", ")}`);
    const number =
      protocol && typeof given === "string"
        ? (ipProtocolNumber(given) ?? fail(path, -1, `${show(given)} is not ${IP_PROTOCOL_FORMS}`))
        : given;
    const { value, mask } = toMasked(number, path, max);
    pack(keys, value << shift, mask << shift, off, nexthdr ? -1 : 0, path);
  }
}
function packEther(keys: MutableKey[], name: string, given: unknown, path: string): void {
  if (!Object.hasOwn(ETHER, name))
    fail(path, -1, `there is no such option; there are ${Object.keys(ETHER).join(", ")}`);
  const bytes = etherBytes(given) ?? fail(path, -1, `${show(given)} is not an Ethernet address`);
  for (let i = 0; i < 6; i += 2) {
    const { shift, off } = half(ETHER[name as keyof typeof ETHER] + i);
    pack(keys, ((bytes[i]! << 8) | bytes[i + 1]!) << shift, 0xffff << shift, off, 0, path);
  }
}
function etherBytes(given: unknown): Uint8Array | undefined {
  const bytes = typeof given === "string" ? parseMac(given) : undefined;
  return bytes?.length === 6 ? bytes : undefined;
}
const namesOf = (family: string): string[] => [
  ...Object.keys(ADDRESSES[family] ?? {}),
  ...Object.keys(FIELDS[family]?.fields ?? {}),
  ...(family === "ip" ? Object.keys(FRAGMENT) : []),
];

// ---- from keys --------------------------------------------------------------------------------------------------------------
const ETH_P_IP = 0x0800;
const ETH_P_IPV6 = 0x86dd;

/** What keys compare, in the words of the filter's protocol where there is one reading only; otherwise as they are, under `u32`. */
export function matchesOf(keys: readonly U32Key[], protocol: number): U32Match[] {
  const family = protocol === ETH_P_IP ? "ip" : protocol === ETH_P_IPV6 ? "ip6" : undefined;
  const next = nextHeader(keys, family);
  const out: { [family: string]: { [name: string]: unknown } }[] = [];
  /** Fields of one header that follow each other make one match. */
  const add = (to: string, fields: { [name: string]: unknown }) => {
    const last = out.at(-1)?.[to];
    if (last && !isRaw(to) && Object.keys(fields).every((name) => !(name in last))) Object.assign(last, fields);
    else out.push({ [to]: fields });
  };
  for (let i = 0; i < keys.length; ) {
    const key = keys[i]!;
    const found =
      key.offmask === 0
        ? (readEther(keys, i) ??
          (family === "ip" ? readIp(key, next) : family === "ip6" ? readIp6(keys, i, next) : undefined))
        : key.offmask === -1 && next
          ? inFields(next, FIELDS[next]!.fields, key)
          : undefined;
    if (found) add(found.family, found.fields);
    else add("u32", { value: key.val, mask: key.mask, at: key.off, ...(key.offmask !== 0 && { nexthdr: true }) });
    i += found?.keys ?? 1;
  }
  const matches = out as unknown as U32Match[];
  return sameKeys(matches, keys) ? matches : keys.map(asRaw);
}
const asRaw = ({ val, mask, off, offmask }: U32Key): U32Match => ({
  u32: { value: val, mask, at: off, ...(offmask !== 0 && { nexthdr: true }) },
});
/** Keys that another program ordered, repeated or placed in its own way are shown as they are. */
function sameKeys(matches: readonly U32Match[], keys: readonly U32Key[]): boolean {
  let again: U32Key[];
  try {
    again = keysOf(matches);
  } catch {
    // The kernel takes what is refused here, such as words at odd offsets.
    return false;
  }
  return (
    again.length === keys.length &&
    again.every(
      (k, i) =>
        k.val === keys[i]!.val && k.mask === keys[i]!.mask && k.off === keys[i]!.off && k.offmask === keys[i]!.offmask,
    )
  );
}

interface Found {
  readonly family: string;
  readonly fields: { [name: string]: unknown };
  readonly keys?: number;
}
/** The family of the next header, if the keys say which protocol it is. */
function nextHeader(keys: readonly U32Key[], family: string | undefined): string | undefined {
  if (family === undefined) return undefined;
  const { off, shift, max } = FIELDS[family]!.fields.protocol!;
  const key = keys.find((k) => k.off === off && k.offmask === 0);
  if (!key || ((key.mask >>> shift) & max) !== max) return undefined;
  const { tcp, udp, icmp, icmpv6 } = ipProtocols;
  switch ((key.val >>> shift) & max) {
    case tcp:
      return "tcp";
    case udp:
      return "udp";
    case icmp:
      return "icmp";
    case icmpv6:
      return "icmp6";
    default:
      return undefined;
  }
}
/** A key whose mask lies within fields. */
function inFields(family: string, fields: Fields, { val, mask, off }: U32Key): Found | undefined {
  const found: { [name: string]: unknown } = {};
  let rest = mask;
  for (const [name, place] of Object.entries(fields)) {
    const part = (mask >>> place.shift) & place.max;
    if (place.off !== off || part === 0) continue;
    const value = (val >>> place.shift) & place.max;
    found[name] =
      part === place.max && place.protocol ? ipProtocolName(value) : fromMasked(value & part, part, place.max);
    rest &= ~(place.max << place.shift);
  }
  return rest === 0 && mask !== 0 ? { family, fields: found } : undefined;
}
function pickFields(family: string, next: string | undefined): Fields {
  const { sport, dport, icmpType, icmpCode, ...others } = FIELDS[family]!.fields as { [name: string]: Place };
  return next === "icmp" || next === "icmp6"
    ? { ...others, icmpType: icmpType!, icmpCode: icmpCode! }
    : { ...others, sport: sport!, dport: dport! };
}
function readIp(key: U32Key, next: string | undefined): Found | undefined {
  for (const [name, off] of Object.entries(ADDRESSES.ip!)) {
    if (key.off !== off) continue;
    const bits = prefixLength(key.mask);
    return bits === undefined ? undefined : { family: "ip", fields: { [name]: addressText([key], bits, 4) } };
  }
  if (key.off === FRAGMENT_OFF) {
    const name = Object.keys(FRAGMENT).find(
      (f) => FRAGMENT[f as Fragment].mask === key.mask && FRAGMENT[f as Fragment].val === key.val,
    );
    return name === undefined ? undefined : { family: "ip", fields: { [name]: true } };
  }
  return inFields("ip", pickFields("ip", next), key);
}
function readIp6(keys: readonly U32Key[], i: number, next: string | undefined): Found | undefined {
  for (const [name, off] of Object.entries(ADDRESSES.ip6!)) {
    if (keys[i]!.off !== off) continue;
    let bits = 0;
    const used: U32Key[] = [];
    for (let j = i; used.length < 4 && keys[j]?.off === off + 4 * used.length && keys[j]!.offmask === 0; j++) {
      const here = prefixLength(keys[j]!.mask);
      if (here === undefined || here === 0) return undefined;
      used.push(keys[j]!);
      bits += here;
      if (here < 32) break;
    }
    return { family: "ip6", fields: { [name]: addressText(used, bits, 16) }, keys: used.length };
  }
  return inFields("ip6", pickFields("ip6", next), keys[i]!);
}
function readEther(keys: readonly U32Key[], i: number): Found | undefined {
  const [a, b] = [keys[i]!, keys[i + 1]];
  if (b === undefined || b.offmask !== 0) return undefined;
  const is = (key: U32Key, off: number, mask: number) => key.off === off && key.mask === mask;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, a.val);
  view.setUint32(4, b.val);
  const bytes = new Uint8Array(view.buffer);
  if (is(a, -8, 0xffffffff) && is(b, -4, 0xffff0000))
    return { family: "ether", fields: { src: readMac(bytes, 0, 6) }, keys: 2 };
  if (is(a, -16, 0xffff) && is(b, -12, 0xffffffff))
    return { family: "ether", fields: { dst: readMac(bytes, 2, 8) }, keys: 2 };
  return undefined;
}
/** Bits of a mask that is a prefix's, else undefined. */
function prefixLength(mask: number): number | undefined {
  const bits = Math.clz32(~mask);
  return prefixMask(bits) === mask ? bits : undefined;
}
function addressText(keys: readonly U32Key[], bits: number, bytes: 4 | 16): string {
  const view = new DataView(new ArrayBuffer(bytes));
  keys.forEach((key, i) => {
    view.setUint32(4 * i, key.val);
  });
  const data = new Uint8Array(view.buffer);
  const address = bytes === 4 ? readIpv4(data, 0) : readIpv6(data, 0);
  return bits === bytes * 8 ? address : `${address}/${bits}`;
}

// ---- tc's words (parse_selector of iproute2's tc/f_u32.c) ---------------------------------------------------------------------
/** Names of fields in tc's words, where they are not the option's. */
const WORDS: { readonly [word: string]: string } = {
  icmp_type: "icmpType",
  icmp_code: "icmpCode",
  dsfield: "tos",
  precedence: "tos",
};
const spelt = (name: string): string => (name === "icmpType" ? "icmp_type" : name === "icmpCode" ? "icmp_code" : name);

/** The words behind `match`, or `sample`. `ip icmp_code` looks at the code (tc 6.1 looks at the type by mistake). */
export function parseMatch(words: Words): U32Match[] {
  const family = words.oneOf("match", FAMILIES);
  if (isRaw(family)) return [parseRaw(words, family)];
  const word = words.next(family, "a field");
  const name = WORDS[word] ?? word;
  if (family === "ether") {
    if (!Object.hasOwn(ETHER, name)) words.unknown(word, Object.keys(ETHER));
    return [
      {
        ether: {
          [name]: words.value(`ether ${name}`, "an Ethernet address", (w) =>
            parseMac(w)?.length === 6 ? w : undefined,
          ),
        },
      },
    ];
  }
  const address = ADDRESSES[family]?.[name];
  if (address !== undefined) {
    const size = family === "ip" ? 4 : 16;
    const isAny = (w: string) => w === "any" || w === "default" || w === "all";
    const given = words.value(`${family} ${name}`, `an IPv${size === 4 ? 4 : 6} address or prefix`, (w) =>
      isAny(w) || readPrefix(w, size) !== undefined ? w : undefined,
    );
    const at = parseAt(words);
    const keys: MutableKey[] = [];
    if (!isAny(given)) packAddress(keys, given, family, at?.at ?? address, at?.nexthdr ? -1 : 0, `${family} ${name}`);
    else if (family === "ip") pack(keys, 0, 0, at?.at ?? address, at?.nexthdr ? -1 : 0, name);
    return at
      ? keys.map(asRaw)
      : ([{ [family]: { [name]: isAny(given) ? anyAddress(family) : given } }] as unknown as U32Match[]);
  }
  if (family === "ip" && Object.hasOwn(FRAGMENT, name)) return [{ ip: { [name]: true } }];
  const place = Object.hasOwn(FIELDS[family]!.fields, name)
    ? FIELDS[family]!.fields[name]!
    : words.unknown(word, namesOf(family).map(spelt));
  // The version stands in the byte of the header's length: tc's mask says what is meant.
  const max = place.max === 0x0f ? 0xff : place.max === 0xfffff ? 0xffffffff : place.max;
  const after = `${family} ${word}`;
  const value = words.value(after, `an integer from 0 to ${max}${place.protocol ? " or a protocol" : ""}`, (w) =>
    inRange((place.protocol && ipProtocolNumber(w)) || parseInteger(w), max),
  );
  const mask = words.value(after, "a mask in hexadecimal", (w) => inRange(parseHex(w), max));
  const at = parseAt(words);
  const width: Raw = place.shift === 0 && max === 0xffffffff ? "u32" : max === 0xffff ? "u16" : "u8";
  if (at) return [{ [width]: { value: (value & mask) >>> 0, mask, ...at } } as unknown as U32Match];
  if (mask > place.max || (mask & ~place.max) !== 0)
    return [{ [width]: { value: (value & mask) >>> 0, mask, at: place.off } } as unknown as U32Match];
  const given =
    place.protocol && mask === place.max ? ipProtocolName(value) : fromMasked((value & mask) >>> 0, mask, place.max);
  return [{ [family]: { [name]: given } } as unknown as U32Match];
}
const anyAddress = (family: string): string => (family === "ip" ? "0.0.0.0/0" : "::/0");
const inRange = (x: number | undefined, max: number): number | undefined =>
  x !== undefined && x >= 0 && x <= max ? x : undefined;

function parseRaw(words: Words, width: Raw): U32Match {
  const { max, bytes } = RAW[width];
  const value = words.integer(width, max);
  const mask = words.value(width, "a mask in hexadecimal", (w) => inRange(parseHex(w), max));
  const at = parseAt(words) ?? { at: 0 };
  if (at.at % bytes !== 0) words.fail(`${width}: at ${at.at} is not a multiple of ${bytes}`);
  return { [width]: { value: (value & mask) >>> 0, mask, ...at } } as unknown as U32Match;
}
/** `at OFFSET`, `at nexthdr+OFFSET`. */
export function parseAt(words: Words): { at: number; nexthdr?: true } | undefined {
  if (!words.take("at")) return undefined;
  const word = words.next("at", "an offset");
  const nexthdr = word.startsWith("nexthdr+");
  const digits = !nexthdr
    ? word
    : word === "nexthdr+"
      ? words.next("nexthdr+", "an offset")
      : word.slice("nexthdr+".length);
  const at = parseInteger(digits) ?? words.fail(`at: ${JSON.stringify(digits)} is not an offset`);
  return { at, ...(nexthdr && { nexthdr }) };
}

/** The words that `parseMatch` reads as the same. */
export function matchWords(match: U32Match): string[][] {
  const [family, fields] = Object.entries(match)[0] as [string, { readonly [name: string]: unknown }];
  if (isRaw(family)) {
    const { value, mask = RAW[family].max, at = 0, nexthdr } = fields as unknown as U32RawMatch;
    return [[family, hex(value), hex(mask), "at", `${nexthdr ? "nexthdr+" : ""}${at}`]];
  }
  return Object.entries(fields).flatMap(([name, given]) => {
    if (given === undefined) return [];
    if (given === true) return [[family, name]];
    const place = FIELDS[family]?.fields[name];
    if (place === undefined) return [[family, name, String(given)]];
    const number = typeof given === "string" ? ipProtocolNumber(given)! : given;
    const { value, mask } = toMasked(number, name, place.max);
    // A word that tc lacks.
    if (family === "icmp6") return [["u8", String(value), hex(mask), "at", `nexthdr+${name === "type" ? 0 : 1}`]];
    // tc looks for it behind the wrong header.
    if (name === "icmpCode") return [["u8", String(value), hex(mask), "at", family === "ip" ? "21" : "41"]];
    return [[family, spelt(name), String(value), hex(mask)]];
  });
}
