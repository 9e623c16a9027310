/** flower: the fields of packets as the kernel's flow dissector finds them (net/sched/cls_flower.c). @module */
import type { Input, Value } from "../../schema/codec.ts";
import { expectArray, expectObject, fail, show } from "../../schema/program.ts";
import { type EthertypeName, formatEthertype } from "../../text/ethertype.ts";
import type { IpProtocol } from "../../text/ip-protocol.ts";
import { type PppProtocol, pppProtocols } from "../../text/ppp-protocol.ts";
import { showActions } from "../action-list.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterFlagNames,
  handleNumber,
  OFFLOAD_KNOWN,
  OFFLOAD_WORDS,
  type Offloaded,
  type OffloadOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showFilterFlags,
  showHandle,
} from "../filter-base.ts";
import { handleOf, major, minor } from "../handle.ts";
import type { TcKind } from "../kind.ts";
import { count, known, toggle } from "../options.ts";
import type { Out } from "../show.ts";
import type { Words } from "../words.ts";
import type { Pair } from "./flower-forms.ts";
import { ALL_KEYS, ETH, type Facts, KEYS, type Key, SPELT_KEYS } from "./flower-keys.ts";
import { flowerSchema } from "./flower-schema.ts";
import {
  parseTunnel,
  showTunnel,
  TUNNEL_WORDS,
  type TunnelOptions,
  type TunnelOptionsOut,
  tunnelFromWire,
  tunnelToWire,
  tunnelWords,
} from "./flower-tunnel.ts";
import { deviceOption } from "./indev.ts";
import type { Masked, MaskedOut } from "./masked.ts";

type Wire = Value<typeof flowerSchema>;

/** A port, some of its bits, or a range: `{ min: 1000, max: 2000 }`, `"1000-2000"`. */
export type FlowerPort = Masked | { readonly min: number; readonly max: number } | `${number}-${number}`;
/** An entry of a label stack. `depth` 1 is the outermost. */
export interface FlowerLse {
  readonly depth: number;
  readonly label?: number | undefined;
  /** The traffic class. */
  readonly tc?: number | undefined;
  /** Bottom of stack. */
  readonly bos?: number | undefined;
  readonly ttl?: number | undefined;
}
interface IpFlags {
  /** A fragment; the first one. */
  readonly frag?: boolean | undefined;
  readonly firstfrag?: boolean | undefined;
}
interface EncFlags {
  /** With checksum; not to be fragmented; for operation and maintenance; with options that must be understood. */
  readonly csum?: boolean | undefined;
  readonly df?: boolean | undefined;
  readonly oam?: boolean | undefined;
  readonly crit?: boolean | undefined;
}
interface CtState {
  /** Seen by conntrack; new; established; related; invalid; of the reply's direction. */
  readonly trk?: boolean | undefined;
  readonly new?: boolean | undefined;
  readonly est?: boolean | undefined;
  readonly rel?: boolean | undefined;
  readonly inv?: boolean | undefined;
  readonly rpl?: boolean | undefined;
}
interface Cfm {
  /** Maintenance domain level, 0 to 7. */
  readonly level?: number | undefined;
  readonly opcode?: number | undefined;
}

/**
 * All keys must match. What a key needs, the kernel would else ignore it, is asked for: `dstPort` an `ipProto`, that a filter of
 * protocol `ip` or `ipv6`. Behind VLAN tags and PPPoE the inner type counts (`vlanEthType`, `cvlanEthType`, `pppProto`). Addresses take prefixes
 * and masks (`"10.0.0.1/255.0.0.255"`), Ethernet addresses too (`"02:00:00:00:00:00/24"`).
 */
export interface FlowerOptions extends ClassOptions, OffloadOptions {
  /** A traffic class of the hardware, in place of `classid`: 0 to 15. */
  readonly hwTc?: number | undefined;
  /** Has drivers say why they refuse. */
  readonly verbose?: boolean | undefined;
  readonly indev?: string | undefined;
  readonly numOfVlans?: number | undefined;
  readonly vlanId?: number | undefined;
  readonly vlanPriority?: number | undefined;
  readonly vlanEthType?: EthertypeName | number | undefined;
  readonly cvlanId?: number | undefined;
  readonly cvlanPriority?: number | undefined;
  readonly cvlanEthType?: EthertypeName | number | undefined;
  readonly dstMac?: string | undefined;
  readonly srcMac?: string | undefined;
  /** In place of the filter's protocol, where that is `all`. */
  readonly ethType?: EthertypeName | number | undefined;
  readonly ipProto?: IpProtocol | number | undefined;
  readonly ipTos?: Masked | undefined;
  readonly ipTtl?: Masked | undefined;
  readonly mpls?: readonly FlowerLse[] | undefined;
  readonly dstIp?: string | undefined;
  readonly srcIp?: string | undefined;
  readonly dstPort?: FlowerPort | undefined;
  readonly srcPort?: FlowerPort | undefined;
  readonly tcpFlags?: Masked | undefined;
  /** Of ICMP and of ICMPv6. */
  readonly icmpType?: Masked | undefined;
  readonly icmpCode?: Masked | undefined;
  readonly arpSip?: string | undefined;
  readonly arpTip?: string | undefined;
  readonly arpOp?: "request" | "reply" | Masked | undefined;
  readonly arpSha?: string | undefined;
  readonly arpTha?: string | undefined;
  readonly l2tpv3Sid?: number | undefined;
  /** Of ESP and AH. */
  readonly spi?: Masked | undefined;
  readonly pppoeSid?: number | undefined;
  readonly pppProto?: PppProtocol | number | undefined;
  /** Of the tunnel that the packet came out of. */
  readonly encDstIp?: string | undefined;
  readonly encSrcIp?: string | undefined;
  readonly encKeyId?: number | undefined;
  readonly encDstPort?: Masked | undefined;
  readonly encSrcPort?: Masked | undefined;
  readonly encTos?: Masked | undefined;
  readonly encTtl?: Masked | undefined;
  readonly encOptions?: TunnelOptions | undefined;
  /** Flags of the tunnel: `{ csum: true }` or `"csum/nodf"`. */
  readonly encFlags?: EncFlags | string | undefined;
  /** `{ frag: false }` or `"nofrag"`. */
  readonly ipFlags?: IpFlags | string | undefined;
  /** `{ trk: true, new: false }` or `"+trk-new"`. */
  readonly ctState?: CtState | string | undefined;
  readonly ctZone?: Masked | undefined;
  readonly ctMark?: Masked | undefined;
  /** Up to 16 bytes in hexadecimal, maybe with a mask. */
  readonly ctLabel?: string | undefined;
  /** Whether a bridge did not know where to send it. */
  readonly l2Miss?: boolean | undefined;
  /** The packet's hash, of skb->hash. */
  readonly hash?: Masked | undefined;
  readonly cfm?: Cfm | undefined;
}
export interface Flower extends Classed, Offloaded {
  hwTc?: number;
  verbose?: boolean;
  indev?: string;
  numOfVlans?: number;
  vlanId?: number;
  vlanPriority?: number;
  vlanEthType?: EthertypeName | number;
  cvlanId?: number;
  cvlanPriority?: number;
  cvlanEthType?: EthertypeName | number;
  dstMac?: string;
  srcMac?: string;
  ethType?: EthertypeName | number;
  ipProto?: IpProtocol | number;
  ipTos?: MaskedOut;
  ipTtl?: MaskedOut;
  mpls?: { depth: number; label?: number; tc?: number; bos?: number; ttl?: number }[];
  dstIp?: string;
  srcIp?: string;
  dstPort?: MaskedOut | { min: number; max: number };
  srcPort?: MaskedOut | { min: number; max: number };
  tcpFlags?: MaskedOut;
  icmpType?: MaskedOut;
  icmpCode?: MaskedOut;
  arpSip?: string;
  arpTip?: string;
  arpOp?: "request" | "reply" | MaskedOut;
  arpSha?: string;
  arpTha?: string;
  l2tpv3Sid?: number;
  spi?: MaskedOut;
  pppoeSid?: number;
  pppProto?: PppProtocol | number;
  encDstIp?: string;
  encSrcIp?: string;
  encKeyId?: number;
  encDstPort?: MaskedOut;
  encSrcPort?: MaskedOut;
  encTos?: MaskedOut;
  encTtl?: MaskedOut;
  encOptions?: TunnelOptionsOut;
  encFlags?: { [K in keyof EncFlags]?: boolean };
  ipFlags?: { [K in keyof IpFlags]?: boolean };
  ctState?: { [K in keyof CtState]?: boolean };
  ctZone?: MaskedOut;
  ctMark?: MaskedOut;
  ctLabel?: string;
  l2Miss?: boolean;
  hash?: MaskedOut;
  cfm?: { level?: number; opcode?: number };
  /** How many devices have it in hardware. */
  inHwCount?: number;
}

type Options = { readonly [option: string]: unknown };
const KNOWN = {
  ...CLASS_KNOWN, ...OFFLOAD_KNOWN, hwTc: true, verbose: true, indev: true, mpls: true, encOptions: true, cfm: true, inHwCount: true,
  ...(Object.fromEntries(ALL_KEYS.map(({ option }) => [option, true])) as { [option: string]: true }),
} as const; // biome-ignore format: a table

/** First minor number of the classes that stand for hardware's traffic classes (TC_H_MIN_PRIORITY). */
const HW_TC = 0xffe0;
const HW_TCS = 16;

/** What the packets must be, by the filter's protocol and the keys that name a type. */
function factsOf(options: Options, protocol: number): Facts {
  const number = (option: string): number | undefined =>
    options[option] === undefined ? undefined : (keyOf(option).form.write(options[option], option).value as number);
  const outer = number("ethType") ?? protocol;
  const middle = number("vlanEthType");
  const tagged = number("cvlanEthType") ?? middle ?? outer;
  const ppp = number("pppProto");
  const behind: { readonly [proto: number]: number } = {
    [pppProtocols.ip]: ETH.ip,
    [pppProtocols.ipv6]: ETH.ipv6,
    [pppProtocols.mpls_uc]: ETH.mplsUc,
    [pppProtocols.mpls_mc]: ETH.mplsMc,
  };
  const inner = (ppp === undefined ? undefined : behind[ppp]) ?? tagged;
  return {
    outer,
    middle,
    inner,
    ipProtocol: number("ipProto"),
    vlans: (options.numOfVlans as number | undefined) ?? 0,
  };
}
const keyOf = (option: string): Key => ALL_KEYS.find((key) => key.option === option)!;

export const flowerKind: TcKind<"flower", typeof flowerSchema, FlowerOptions, Flower> = {
  kind: "flower",
  schema: flowerSchema,
  toWire(options, context) {
    known(options, KNOWN);
    const given = options as Options;
    const facts = factsOf(given, context.protocol);
    const base = filterBase(options, context);
    const hwTc = count(options, "hwTc", HW_TCS - 1);
    if (hwTc !== undefined && base.classid !== undefined) fail("hwTc", -1, "and classid are the same: give one");
    const wire: { [name: string]: unknown } = {};
    for (const key of ALL_KEYS) if (given[key.option] !== undefined) writeKey(key, given[key.option], facts, wire);
    if (facts.outer !== ETH.all && facts.outer !== 0) wire.keyEthType = facts.outer;
    if (options.mpls !== undefined) Object.assign(wire, mplsToWire(options.mpls, facts));
    if (options.encOptions !== undefined) {
      const { key, mask } = tunnelToWire(options.encOptions, "encOptions");
      Object.assign(wire, { keyEncOpts: key, keyEncOptsMask: mask });
    }
    if (options.cfm !== undefined) wire.keyCfm = cfmToWire(options.cfm, facts);
    if (options.indev !== undefined) wire.indev = deviceOption(options.indev, "indev");
    return {
      ...wire,
      ...base,
      ...(hwTc !== undefined && { classid: handleOf(major(context.parent), HW_TC + hwTc) }),
      flags: (base.flags ?? 0) | (toggle(options, "verbose") ? filterFlagNames.values.verbose : 0),
    } as Input<typeof flowerSchema>;
  },
  fromWire(value, context) {
    const { classid, ...base } = readFilterBase(value, context);
    const hwTc = hwTcOf(value.classid);
    const out: { [option: string]: unknown } = {};
    for (const key of ALL_KEYS) {
      const pair = pairOf(key, value);
      if (pair && key.option !== "ethType") out[key.option] = key.form.read(pair);
    }
    const typed = value.keyVlanEthType ?? value.keyCvlanEthType ?? value.keyPppProto;
    if (value.keyEthType !== undefined && value.keyEthType !== context.protocol && typed === undefined)
      out.ethType = keyOf("ethType").form.read({ value: value.keyEthType });
    for (const { option, min, max } of RANGES)
      if (value[min] !== undefined && value[max] !== undefined) out[option] = { min: value[min], max: value[max] };
    const mpls = mplsFromWire(value);
    const encOptions = value.keyEncOpts && tunnelFromWire(value.keyEncOpts, value.keyEncOptsMask);
    const { mdLevel, opcode } = value.keyCfm ?? {};
    return {
      ...(hwTc === undefined ? classid !== undefined && { classid } : { hwTc }),
      ...base,
      ...(((value.flags ?? 0) & filterFlagNames.values.verbose) !== 0 && { verbose: true }),
      ...(value.indev !== undefined && { indev: value.indev }),
      ...out,
      ...(mpls && { mpls }),
      ...(encOptions && { encOptions }),
      ...(value.keyCfm && {
        cfm: { ...(mdLevel !== undefined && { level: mdLevel }), ...(opcode !== undefined && { opcode }) },
      }),
      ...(base.inHw && value.inHwCount !== undefined && { inHwCount: value.inHwCount }),
    };
  },
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...OFFLOAD_WORDS];
    const out: { [option: string]: unknown } = {};
    while (!words.done) {
      if (parseFilterWord(words, out, context, accepted)) continue;
      const word = words.next();
      const key = ALL_KEYS.find(
        (k) =>
          k.word === word || (k.word === "icmp_type" && word === "type") || (k.word === "icmp_code" && word === "code"),
      );
      const range = RANGES.find((r) => r.word === word);
      if (range) out[range.option] = parsePort(words, keyOf(range.option));
      else if (key) out[key.option] = key.form.parse(words, word);
      else if (word === "hw_tc") out.hwTc = words.integer(word, HW_TCS - 1);
      else if (word === "verbose") out.verbose = true;
      else if (word === "indev") out.indev = words.next(word, "a device");
      else if (word === "mpls") out.mpls = parseMpls(words);
      else if (word.startsWith("mpls_")) parseOldMpls(words, word, out);
      else if (TUNNEL_WORDS.includes(word)) out.encOptions = parseTunnel(words, word);
      else if (word === "cfm") out.cfm = parseCfm(words);
      else words.unknown(word, [...ALL_KEYS.map((k) => k.word), "hw_tc", "verbose", "indev", "mpls", ...TUNNEL_WORDS, "cfm", ...accepted]); // biome-ignore format: a list
    }
    return out as FlowerOptions;
  },
  words(options, context) {
    const given = options as unknown as Options;
    const { hwTc, verbose, indev, mpls, encOptions, cfm } = options;
    return [
      ...(hwTc === undefined ? [] : ["hw_tc", String(hwTc)]),
      ...(verbose ? ["verbose"] : []),
      ...(indev === undefined ? [] : ["indev", indev]),
      ...SPELT_KEYS.flatMap((key) =>
        given[key.option] === undefined
          ? []
          : [
              key.word === "icmp_type" ? "type" : key.word === "icmp_code" ? "code" : key.word,
              printKey(key, given[key.option]),
            ],
      ),
      ...(mpls ? mplsWords(mpls) : []),
      ...(encOptions ? tunnelWords(encOptions) : []),
      ...(cfm
        ? [
            "cfm",
            ...(cfm.level === undefined ? [] : ["mdl", String(cfm.level)]),
            ...(cfm.opcode === undefined ? [] : ["op", String(cfm.opcode)]),
          ]
        : []),
      ...filterBaseWords(options, context),
    ];
  },
  // flower_print_opt of iproute2's tc/f_flower.c.
  show(value, out, context) {
    showHandle(context, out, handleNumber);
    const hwTc = hwTcOf(value.classid);
    if (hwTc !== undefined) out.put("hw_tc", hwTc, `hw_tc ${hwTc} `);
    else showClassid(value.classid, out, "classid");
    if (value.indev !== undefined) out.put("indev", value.indev, `\n  indev ${value.indev}`);
    out.object("keys", (keys) => showKeys(value, keys));
    showFilterFlags(value.flags, out, value.inHwCount);
    if (value.act) showActions(value.act, out, context);
  },
};

function hwTcOf(classid: number | undefined): number | undefined {
  const tc = classid === undefined ? -1 : minor(classid) - HW_TC;
  return tc >= 0 && tc < HW_TCS ? tc : undefined;
}

// ---- keys -----------------------------------------------------------------------------------------------------------------------
const RANGES = [
  { option: "dstPort", word: "dst_port", min: "keyPortDstMin", max: "keyPortDstMax" },
  { option: "srcPort", word: "src_port", min: "keyPortSrcMin", max: "keyPortSrcMax" },
] as const;

function rangeOf(given: unknown, option: string): { min: number; max: number } | undefined {
  const text = typeof given === "string" ? /^(\d+)-(\d+)$/.exec(given) : null;
  const range = text ? { min: Number(text[1]), max: Number(text[2]) } : given;
  if (typeof range !== "object" || range === null || !("min" in range)) return undefined;
  const { min, max, ...others } = range as { min: unknown; max?: unknown };
  for (const other in others) fail(`${option}.${other}`, -1, "there is no such option; there are min, max");
  for (const [name, port] of [
    ["min", min],
    ["max", max],
  ] as const)
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 0xffff)
      fail(`${option}.${name}`, -1, `${show(port)} is not an integer from 0 to 65535`);
  if ((min as number) >= (max as number))
    fail(option, -1, `${min}-${max} is no range: the first is not less than the last`);
  return { min: min as number, max: max as number };
}

function writeKey(key: Key, given: unknown, facts: Facts, wire: { [name: string]: unknown }): void {
  const missing = key.needs?.(facts);
  if (missing !== undefined)
    fail(
      key.option,
      -1,
      `needs ${missing}; this filter is for ${formatEthertype(facts.inner)}${facts.ipProtocol === undefined ? "" : `, protocol ${facts.ipProtocol}`}`,
    );
  const range = RANGES.find(({ option }) => option === key.option);
  const ends = range && rangeOf(given, key.option);
  if (range && ends) {
    wire[range.min] = ends.min;
    wire[range.max] = ends.max;
    return;
  }
  const pair = key.form.write(given, key.option);
  const place =
    key.places.find(({ when }) => when === undefined || when(facts, given)) ??
    fail(key.option, -1, `${show(given)} is no address of protocol ${formatEthertype(facts.inner)}`);
  wire[place.key] = pair.value;
  if (place.mask !== undefined && !(place.sparing && pair.mask === 0xffff)) wire[place.mask] = pair.mask;
}
function pairOf(key: Key, value: Wire): Pair | undefined {
  const all = value as { readonly [name: string]: unknown };
  const place = key.places.find((p) => all[p.key] !== undefined);
  return place && { value: all[place.key], ...(place.mask !== undefined && { mask: all[place.mask] }) };
}
function printKey(key: Key, given: unknown): string {
  const ends = RANGES.some(({ option }) => option === key.option) ? rangeOf(given, key.option) : undefined;
  return ends ? `${ends.min}-${ends.max}` : key.form.print(given);
}
function parsePort(words: Words, key: Key): unknown {
  const range = words.maybe((word) => /^\d+-\d+$/.exec(word)?.[0]);
  if (range === undefined) return key.form.parse(words, key.word);
  const [min, max] = range.split("-").map(Number) as [number, number];
  if (min >= max || max > 0xffff)
    words.fail(`${key.word}: ${range} is no range of ports: the first is not less than the last`);
  return { min, max };
}

// ---- MPLS: tc and the kernel write the outermost entry in attributes of its own ------------------------------------------------------
const LSE = { label: 0xfffff, tc: 7, bos: 1, ttl: 0xff } as const;
const OLD = { label: "keyMplsLabel", tc: "keyMplsTc", bos: "keyMplsBos", ttl: "keyMplsTtl" } as const;
type LseField = keyof typeof LSE;
const LSE_FIELDS = Object.keys(LSE) as LseField[];

function mplsToWire(given: readonly FlowerLse[], { inner }: Facts): { [name: string]: unknown } {
  if (inner !== ETH.mplsUc && inner !== ETH.mplsMc)
    fail("mpls", -1, `needs protocol mpls_uc or mpls_mc; this filter is for ${formatEthertype(inner)}`);
  const lses = (expectArray(given, "mpls") as readonly FlowerLse[]).map((lse, i) => {
    const path = `mpls[${i}]`;
    const x = expectObject(lse, path);
    const out: { [field: string]: number } = {};
    for (const name in x) {
      if (x[name] === undefined) continue;
      const max =
        name === "depth"
          ? 7
          : Object.hasOwn(LSE, name)
            ? LSE[name as LseField]
            : fail(`${path}.${name}`, -1, `there is no such option; there are depth, ${LSE_FIELDS.join(", ")}`);
      const min = name === "depth" ? 1 : 0;
      if (!Number.isInteger(x[name]) || (x[name] as number) < min || (x[name] as number) > max)
        fail(`${path}.${name}`, -1, `${show(x[name])} is not an integer from ${min} to ${max}`);
      out[name] = x[name] as number;
    }
    if (out.depth === undefined) fail(`${path}.depth`, -1, "is missing");
    return out;
  });
  const [first] = lses;
  if (lses.length === 1 && first!.depth === 1 && Object.keys(first!).length > 1)
    return Object.fromEntries(LSE_FIELDS.flatMap((f) => (first![f] === undefined ? [] : [[OLD[f], first![f]]])));
  return { keyMplsOpts: { lse: lses } };
}
function mplsFromWire(value: Wire): Flower["mpls"] {
  const fields = (of: (field: LseField) => number | undefined) =>
    Object.fromEntries(LSE_FIELDS.flatMap((f) => (of(f) === undefined ? [] : [[f, of(f)]])));
  if (value.keyMplsOpts)
    return (value.keyMplsOpts.lse ?? []).map((lse) => ({ depth: lse.depth ?? 0, ...fields((f) => lse[f]) }));
  const old = fields((f) => value[OLD[f]]);
  return Object.keys(old).length > 0 ? [{ depth: 1, ...old }] : undefined;
}
function parseMpls(words: Words): FlowerLse[] {
  const list: FlowerLse[] = [];
  while (words.take("lse")) {
    const lse: { [field: string]: number } = {};
    for (;;) {
      const field = words.take("depth", ...LSE_FIELDS);
      if (field === undefined) break;
      lse[field] =
        field === "depth" ? words.integer("lse depth", 7, 1) : words.integer(`lse ${field}`, LSE[field as LseField]);
    }
    if (lse.depth === undefined) words.fail("lse: its depth is missing");
    list.push(lse as unknown as FlowerLse);
  }
  if (list.length === 0) words.fail(`mpls: "lse" is missing`);
  return list;
}
function parseOldMpls(words: Words, word: string, out: { [option: string]: unknown }): void {
  const field = word.slice("mpls_".length);
  if (!Object.hasOwn(LSE, field))
    words.unknown(
      word,
      LSE_FIELDS.map((f) => `mpls_${f}`),
    );
  const [lse = { depth: 1 }] = (out.mpls as FlowerLse[] | undefined) ?? [];
  out.mpls = [{ ...lse, [field]: words.integer(word, LSE[field as LseField]) }];
}
function mplsWords(mpls: readonly FlowerLse[]): string[] {
  const [first] = mpls;
  if (mpls.length === 1 && first!.depth === 1 && LSE_FIELDS.some((f) => first![f] !== undefined))
    return LSE_FIELDS.flatMap((f) => (first![f] === undefined ? [] : [`mpls_${f}`, String(first![f])]));
  return [
    "mpls",
    ...mpls.flatMap((lse) => [
      "lse",
      "depth",
      String(lse.depth),
      ...LSE_FIELDS.flatMap((f) => (lse[f] === undefined ? [] : [f, String(lse[f])])),
    ]),
  ];
}

// ---- CFM ----------------------------------------------------------------------------------------------------------------------------
function cfmToWire(given: Cfm, { inner }: Facts): { mdLevel?: number; opcode?: number } {
  if (inner !== ETH.cfm) fail("cfm", -1, `needs protocol cfm; this filter is for ${formatEthertype(inner)}`);
  const x = expectObject(given, "cfm");
  for (const name in x)
    if (name !== "level" && name !== "opcode")
      fail(`cfm.${name}`, -1, "there is no such option; there are level, opcode");
  const part = (name: "level" | "opcode", max: number) => {
    const value = x[name];
    if (value === undefined || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max))
      return value as number | undefined;
    return fail(`cfm.${name}`, -1, `${show(value)} is not an integer from 0 to ${max}`);
  };
  const level = part("level", 7);
  const opcode = part("opcode", 0xff);
  return { ...(level !== undefined && { mdLevel: level }), ...(opcode !== undefined && { opcode }) };
}
function parseCfm(words: Words): Cfm {
  const out: { level?: number; opcode?: number } = {};
  for (;;) {
    const word = words.take("mdl", "op");
    if (word === undefined) return out;
    if (word === "mdl") out.level = words.integer("cfm mdl", 7);
    else out.opcode = words.integer("cfm op", 0xff);
  }
}

// ---- show ---------------------------------------------------------------------------------------------------------------------------
function showKeys(value: Wire, out: Out): void {
  const all = (keys: readonly Key[]) => {
    for (const key of keys) {
      const pair = pairOf(key, value);
      if (pair) key.form.show(pair, key.word, out);
    }
  };
  all(KEYS.link);
  if (value.keyMplsOpts) {
    out.say("\n  mpls");
    out.array("mpls", (items) => {
      for (const lse of value.keyMplsOpts?.lse ?? [])
        items.object("", (entry) => {
          entry.say("\n    lse");
          for (const field of ["depth", ...LSE_FIELDS] as const)
            if (lse[field] !== undefined) entry.put(field, lse[field]!, ` ${field} ${lse[field]}`);
        });
    });
  }
  if (value.keyMplsLabel !== undefined)
    out.put("mpls_label", value.keyMplsLabel, `\n  mpls_label ${value.keyMplsLabel}`);
  for (const field of ["tc", "bos", "ttl"] as const)
    if (value[OLD[field]] !== undefined)
      out.put(`mpls_${field}`, String(value[OLD[field]]), `\n  mpls_${field} ${value[OLD[field]]}`);
  all(KEYS.addresses);
  all(KEYS.ports);
  for (const { word, min, max } of RANGES)
    if (value[min] !== undefined && value[max] !== undefined)
      out.put(word, { start: value[min]!, end: value[max]! }, `\n  ${word} ${value[min]}-${value[max]}`);
  all(KEYS.transport);
  all(KEYS.tunnel);
  if (value.keyEncOpts) showTunnel(value.keyEncOpts, value.keyEncOptsMask, out);
  all(KEYS.meta);
  if (value.keyCfm) {
    const { mdLevel, opcode } = value.keyCfm;
    out.say("\n  cfm");
    out.object("cfm", (cfm) => {
      if (mdLevel !== undefined) cfm.put("mdl", mdLevel, ` mdl ${mdLevel}`);
      if (opcode !== undefined) cfm.put("op", opcode, ` op ${opcode}`);
    });
  }
}
