/** The header fields that pedit knows by name, and what is done to them, as words of 32 bits (p_ip.c, p_ip6.c, p_eth.c, p_tcp.c of iproute2). @module */
import { expectObject, fail, show } from "../../schema/program.ts";
import { formatIp, parseIp } from "../../wire/ip.ts";
import { parseMac, readMac } from "../../wire/mac.ts";
import { count, known } from "../options.ts";

export type PeditHeader = "network" | "eth" | "ip" | "ip6" | "tcp" | "udp";
export const HEADERS = ["network", "eth", "ip", "ip6", "tcp", "udp"] as const satisfies readonly PeditHeader[];

/** Where a field stands: the offset of its word, the bits below it, its bits, and those of them that are changed by default. */
interface Place {
  readonly header: PeditHeader;
  readonly offset: number;
  readonly shift: number;
  readonly bits: 8 | 16 | 32;
  readonly retain?: number;
  readonly ipv4?: true;
  /** Behind the IP header, which is taken to have no options: only where offsets count from there (no `ex`). */
  readonly beyond?: true;
}
const at = (header: PeditHeader, byte: number, bits: 8 | 16 | 32, more: Partial<Place> = {}): Place => ({
  header,
  offset: byte & ~3,
  shift: 32 - bits - 8 * (byte & 3),
  bits,
  ...more,
});
const PLACES = {
  "eth.type": at("eth", 12, 16),
  "ip.src": at("ip", 12, 32, { ipv4: true }),
  "ip.dst": at("ip", 16, 32, { ipv4: true }),
  "ip.tos": at("ip", 1, 8),
  "ip.ihl": at("ip", 0, 8, { retain: 0x0f }),
  "ip.ttl": at("ip", 8, 8),
  "ip.protocol": at("ip", 9, 8),
  "ip.nofrag": at("ip", 6, 8, { retain: 0x3f }),
  "ip.firstfrag": at("ip", 6, 8, { retain: 0x1f }),
  "ip.ce": at("ip", 6, 8, { retain: 0x80 }),
  "ip.df": at("ip", 6, 8, { retain: 0x40 }),
  "ip.mf": at("ip", 6, 8, { retain: 0x20 }),
  "ip.sport": at("ip", 20, 16, { beyond: true }),
  "ip.dport": at("ip", 22, 16, { beyond: true }),
  "ip.icmp_type": at("ip", 20, 8, { beyond: true }),
  // tc's own icmp_code overwrites the type.
  "ip.icmp_code": at("ip", 21, 8, { beyond: true }),
  // tc's default leaves out the label's uppermost bit.
  "ip6.flow_lbl": at("ip6", 0, 32, { retain: 0x0007ffff }),
  "ip6.payload_len": at("ip6", 4, 16),
  "ip6.nexthdr": at("ip6", 6, 8),
  "ip6.hoplimit": at("ip6", 7, 8),
  "ip6.traffic_class": { header: "ip6", offset: 0, shift: 20, bits: 8 },
  "tcp.sport": at("tcp", 0, 16),
  "tcp.dport": at("tcp", 2, 16),
  "tcp.flags": at("tcp", 13, 8),
  "udp.sport": at("udp", 0, 16),
  "udp.dport": at("udp", 2, 16),
} as const satisfies { readonly [field: string]: Place };
/** Addresses of more than one word: what each of the words holds, from the address's first byte. */
const ADDRESSES = {
  "eth.dst": { header: "eth", offset: 0, words: [[4, 0], [2, 16]] },
  "eth.src": { header: "eth", offset: 4, words: [[2, 0], [4, 0]] },
  "ip6.src": { header: "ip6", offset: 8, words: [[4, 0], [4, 0], [4, 0], [4, 0]] },
  "ip6.dst": { header: "ip6", offset: 24, words: [[4, 0], [4, 0], [4, 0], [4, 0]] },
} as const satisfies { readonly [field: string]: { readonly header: PeditHeader; readonly offset: number; readonly words: readonly (readonly [bytes: number, shift: number])[] } }; // biome-ignore format: a table

export type PeditField = keyof typeof PLACES | keyof typeof ADDRESSES;
export const FIELDS = [...Object.keys(PLACES), ...Object.keys(ADDRESSES)] as PeditField[];
/** tc's other names. */
export const FIELD_SYNONYMS: { readonly [name: string]: PeditField } = {
  "ip.dsfield": "ip.tos",
  "ip.precedence": "ip.tos",
};
const placeOf = (field: string): Place | undefined =>
  Object.hasOwn(PLACES, field) ? PLACES[field as keyof typeof PLACES] : undefined;
const addressOf = (field: string) =>
  Object.hasOwn(ADDRESSES, field) ? ADDRESSES[field as keyof typeof ADDRESSES] : undefined;
export const isAddress = (field: string): boolean => addressOf(field) !== undefined || placeOf(field)?.ipv4 === true;
export const canDecrement = (field: string): boolean => field === "ip.ttl" || field === "ip6.hoplimit";

/** What is done to a field: one of these. */
interface Operation {
  /** A number; for addresses text: `"192.0.2.1"`, `"2001:db8::1"`, `"02:00:00:00:00:01"`. */
  readonly set?: number | string | undefined;
  readonly add?: number | undefined;
  /** To zero. */
  readonly clear?: boolean | undefined;
  readonly invert?: boolean | undefined;
  /** Takes one off: `ip.ttl` and `ip6.hoplimit`. */
  readonly decrement?: boolean | undefined;
  /** Nothing. */
  readonly preserve?: boolean | undefined;
  /** The bits of the field that are changed, where not all are. */
  readonly retain?: number | undefined;
}
/** A field by its name; or 8, 16 or 32 bits of a header, also at a place that the packet itself says; or, as the kernel has it, bits to keep and bits to flip. */
export type PeditEdit =
  | (Operation & { readonly field: PeditField })
  | (Operation & {
      /** Bytes from the header's start. */
      readonly offset: number;
      /** 32 by default. */
      readonly width?: 8 | 16 | 32 | undefined;
      /** `"network"` by default. */
      readonly header?: PeditHeader | undefined;
      /** Adds to the offset what the byte at this place says: it is masked, and shifted right. */
      readonly at?: number | undefined;
      readonly offmask?: number | undefined;
      readonly shift?: number | undefined;
    })
  | {
      readonly header?: PeditHeader | undefined;
      readonly offset: number;
      readonly mask: number;
      readonly value: number;
    };

/** `struct tc_pedit_key` and what stands beside it: `mask` are the bits that are kept, then `val` is XORed; or it is added. */
export interface PeditKey {
  readonly mask: number;
  readonly val: number;
  readonly off: number;
  readonly at: number;
  readonly offmask: number;
  readonly shift: number;
  readonly header: PeditHeader;
  readonly add: boolean;
}

const U32 = 0xffffffff;
const full = (bits: number): number => (bits === 32 ? U32 : 2 ** bits - 1);
const up = (value: number, shift: number): number => (value << shift) >>> 0;
const down = (value: number, shift: number): number => value >>> shift;
const COMMON = {
  set: true,
  add: true,
  clear: true,
  invert: true,
  decrement: true,
  preserve: true,
  retain: true,
} as const;
const FIELD_KNOWN = { field: true, ...COMMON } as const;
const RAW_KNOWN = { offset: true, width: true, header: true, at: true, offmask: true, shift: true, ...COMMON } as const;
const MASK_KNOWN = { header: true, offset: true, mask: true, value: true } as const;
const OPERATIONS = ["set", "add", "clear", "invert", "decrement", "preserve"] as const;

/** @throws {CodecError} no operation, or more than one */
function operationOf(edit: Operation): (typeof OPERATIONS)[number] {
  const given = OPERATIONS.filter((name) => edit[name] !== undefined && (edit[name] as unknown) !== false);
  return given.length === 1
    ? given[0]!
    : fail(
        given[1] ?? "set",
        -1,
        given.length === 0 ? `is missing: one of ${OPERATIONS.join(", ")}` : `is given with ${given[0]}`,
      );
}

function key(
  place: Pick<Place, "header" | "offset" | "shift" | "bits">,
  value: number,
  retain: number,
  add = false,
): PeditKey {
  return {
    mask: ~up(retain & full(place.bits), place.shift) >>> 0,
    val: up(value & retain, place.shift),
    off: place.offset,
    at: 0,
    offmask: 0,
    shift: 0,
    header: place.header,
    add,
  };
}
/** parse_cmd of iproute2's tc/m_pedit.c. */
function wordKey(edit: Operation, place: Place, field?: string): PeditKey {
  const most = full(place.bits);
  const operation = operationOf(edit);
  const retain = count(edit, "retain", U32) ?? place.retain ?? most;
  const number = (name: "set" | "add"): number => {
    const value = edit[name];
    if (!place.ipv4 || typeof value !== "string") return count(edit, name, most) ?? 0;
    const bytes = parseIp(value);
    return bytes?.length === 4
      ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      : fail(name, -1, `${show(value)} is not an IPv4 address`);
  };
  switch (operation) {
    case "set":
    case "add":
      return key(place, number(operation), retain, operation === "add");
    case "clear":
      return key(place, 0, retain);
    case "preserve":
      return key(place, 0, edit.retain === undefined ? 0 : retain);
    case "invert":
      return { ...key(place, most, retain), mask: U32 };
    default:
      if (field === undefined || !canDecrement(field)) fail("decrement", -1, "is for ip.ttl and ip6.hoplimit");
      return key(place, most, retain, true);
  }
}
function addressKeys(edit: Operation & { readonly field: string }): PeditKey[] {
  const { header, offset, words } = addressOf(edit.field)!;
  const operation = operationOf(edit);
  if (operation !== "set" && operation !== "clear")
    fail(operation, -1, `is not for ${edit.field}: addresses are set or cleared`);
  if (edit.retain !== undefined) fail("retain", -1, `is not for ${edit.field}`);
  const size = words.reduce((sum, [bytes]) => sum + bytes, 0);
  const text = edit.set;
  const bytes =
    operation === "clear"
      ? new Uint8Array(size)
      : typeof text === "string"
        ? header === "eth"
          ? parseMac(text)
          : parseIp(text)
        : undefined;
  if (bytes?.length !== size)
    return fail("set", -1, `${show(text)} is not ${header === "eth" ? "a MAC" : "an IPv6"} address`);
  let from = 0;
  return words.map(([length, shift], i) => {
    let value = 0;
    for (let n = 0; n < length; n++) value = value * 256 + bytes[from++]!;
    return key({ header, offset: offset + 4 * i, shift, bits: length === 2 ? 16 : 32 }, value, full(8 * length));
  });
}

/** Keys of one edit. @throws {CodecError} */
export function editKeys(edit: PeditEdit): PeditKey[] {
  const given = expectObject(edit, "");
  if ("field" in given) {
    known(given, FIELD_KNOWN);
    const named = edit as Operation & { readonly field: string };
    const field = Object.hasOwn(FIELD_SYNONYMS, named.field) ? FIELD_SYNONYMS[named.field]! : named.field;
    if (addressOf(field)) return [...addressKeys({ ...named, field })];
    const place = placeOf(field) ?? fail("field", -1, `${show(named.field)} is not one of ${FIELDS.join(", ")}`);
    return [wordKey(named, place, field)];
  }
  const { header = "network", offset } = edit as { readonly header?: PeditHeader; readonly offset: number };
  if (!HEADERS.includes(header)) fail("header", -1, `${show(header)} is not one of ${HEADERS.join(", ")}`);
  const byte =
    count(given, "offset", 0x7fffffff, -0x80000000) ?? fail("offset", -1, "is missing: an offset, or a field");
  if ("mask" in given || "value" in given) {
    known(given, MASK_KNOWN);
    if (offset % 4 !== 0) fail("offset", -1, `${offset} is not a multiple of 4`);
    const mask = count(given, "mask", U32) ?? fail("mask", -1, "is missing");
    const val = count(given, "value", U32) ?? fail("value", -1, "is missing");
    return [{ ...key({ header, offset, shift: 0, bits: 32 }, 0, U32), mask, val }];
  }
  known(given, RAW_KNOWN);
  const width = (given.width as number | undefined) ?? 32;
  if (width !== 8 && width !== 16 && width !== 32) return fail("width", -1, `${show(width)} is not 8, 16 or 32`);
  const place = at(header, byte, width);
  if (place.shift < 0) fail("offset", -1, `${byte}: ${width} bits from there do not fit into one word of 4 bytes`);
  return [
    {
      ...wordKey(edit as Operation, place),
      at: count(given, "at") ?? 0,
      offmask: count(given, "offmask") ?? 0,
      shift: count(given, "shift", 31) ?? 0,
    },
  ];
}

// ---- keys to edits ----------------------------------------------------------------------------------------------------------
const plain = (k: PeditKey): boolean => k.at === 0 && k.offmask === 0 && k.shift === 0;
/** The address that keys from `i` on set, if that is what they do. */
function addressAt(
  keys: readonly PeditKey[],
  i: number,
): { readonly edit: PeditEdit; readonly keys: number } | undefined {
  for (const field of Object.keys(ADDRESSES) as (keyof typeof ADDRESSES)[]) {
    const { header, offset, words } = ADDRESSES[field];
    const bytes: number[] = [];
    const fits = words.every(([length, shift], n) => {
      const k = keys[i + n];
      if (!k || k.add || !plain(k) || k.header !== header || k.off !== offset + 4 * n) return false;
      if (k.mask !== ~up(full(8 * length), shift) >>> 0 || (k.val & k.mask) !== 0) return false;
      for (let byte = length - 1; byte >= 0; byte--) bytes.push((k.val >>> (shift + 8 * byte)) & 0xff);
      return true;
    });
    if (!fits) continue;
    const address = Uint8Array.from(bytes);
    const set = header === "eth" ? readMac(address, 0, 6) : formatIp(address);
    return { edit: { field, set }, keys: words.length };
  }
  return undefined;
}
/** What a key does to a place: undefined if it reaches beyond. */
function operationAt(k: PeditKey, place: Place): Operation | undefined {
  const room = up(full(place.bits), place.shift);
  const changed = ~k.mask >>> 0;
  if (((changed | k.val) & ~room) !== 0) return undefined;
  const usual = place.retain ?? full(place.bits);
  const bits = down(changed, place.shift);
  const value = down(k.val, place.shift);
  if (changed === 0 && !k.add) {
    if (value === 0) return { preserve: true };
    // All bits are inverted by default.
    return value === usual ? { invert: true } : { invert: true, retain: value };
  }
  if ((k.val & k.mask) !== 0) return undefined;
  const retain = bits === usual ? {} : { retain: bits };
  return k.add ? { add: value, ...retain } : { set: place.ipv4 ? formatIp(bytesOf(value)) : value, ...retain };
}
const bytesOf = (word: number): Uint8Array =>
  Uint8Array.of(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);

function fieldAt(k: PeditKey): PeditEdit | undefined {
  let found: PeditEdit | undefined;
  for (const field of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
    const place: Place = PLACES[field];
    if (place.beyond || place.header !== k.header || place.offset !== k.off) continue;
    const operation = operationAt(k, place);
    if (operation === undefined || operation.preserve) continue;
    // The field of just these bits, rather than some bits of another one.
    if (operation.retain === undefined) return { field, ...operation };
    if (place.retain === undefined) found ??= { field, ...operation };
  }
  return found;
}
function rawAt(k: PeditKey): PeditEdit {
  const header = k.header === "network" ? {} : { header: k.header };
  const elsewhere = plain(k) ? {} : { at: k.at, offmask: k.offmask, shift: k.shift };
  for (const bits of [8, 16, 32] as const)
    for (let shift = 32 - bits; shift >= 0; shift -= 8) {
      const operation = operationAt(k, { header: k.header, offset: k.off, shift, bits });
      if (operation === undefined || (operation.preserve && bits !== 32)) continue;
      const offset = k.off + (32 - bits - shift) / 8;
      return { ...header, offset, ...(bits === 32 ? {} : { width: bits }), ...elsewhere, ...operation };
    }
  return { ...header, offset: k.off, mask: k.mask, value: k.val };
}
/** What keys do, by names where there are. */
export function readKeys(keys: readonly PeditKey[]): PeditEdit[] {
  const edits: PeditEdit[] = [];
  for (let i = 0; i < keys.length; ) {
    const address = addressAt(keys, i);
    const k = keys[i]!;
    edits.push(address?.edit ?? ((plain(k) && fieldAt(k)) || rawAt(k)));
    i += address?.keys ?? 1;
  }
  return edits;
}
