/** Security associations in the user's terms, both ways. @module */
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import type { XfrmStateMessage } from "../../codec/xfrm/state.ts";
import {
  xfrmEncapTypes,
  xfrmExtraFlags,
  xfrmModes,
  xfrmOffloadFlags,
  xfrmProtocols,
  xfrmStateDirections,
  xfrmStateFlags,
} from "../../codec/xfrm/types.ts";
import type { Device, DeviceIndexes } from "../device.ts";
import { type DeviceName, flagNames } from "../facet.ts";
import { AF_INET, checkOptions, integer, OptionError, parseAddress, wordNumber } from "../options.ts";
import {
  flagsValue,
  limitsValue,
  markValue,
  readLifetime,
  readLimits,
  readMark,
  wordOf,
  type XfrmLifetime,
  type XfrmLimits,
  type XfrmLimitsOptions,
  type XfrmMark,
} from "./common.ts";
import { readSelector, selectorValue, type XfrmSelector, type XfrmSelectorOptions } from "./selector.ts";

export type XfrmProtocol = Exclude<keyof typeof xfrmProtocols.values, "ipsec-any">;
export type XfrmMode = keyof typeof xfrmModes.values;
export type XfrmStateFlag = keyof typeof xfrmStateFlags.values;
export type XfrmExtraFlag = keyof typeof xfrmExtraFlags.values;

/** `"0x00112233"`, or bytes. */
export type XfrmKey = string | Uint8Array;
/** Which state: the kernel finds it by where packets go, the protocol and the SPI. */
export interface XfrmStateId {
  readonly dst: string;
  readonly proto: XfrmProtocol | number;
  /** As a number, or `"0x100"`. States of `comp` have the number of their algorithm by default. */
  readonly spi?: number | string | undefined;
  /** Where packets come from: needed of `route2` and `hao`, which have no SPI. */
  readonly src?: string | undefined;
  readonly mark?: XfrmMark | undefined;
}
/** In the words of `ip xfrm state`. */
export interface XfrmStateOptions extends XfrmStateId {
  readonly src: string;
  /** `"transport"` by default. */
  readonly mode?: XfrmMode | number | undefined;
  /** Encryption, by the kernel's name for it: `{ name: "cbc(aes)", key: "0x…" }`. */
  readonly enc?: { readonly name: string; readonly key: XfrmKey } | undefined;
  /** Authentication, cut to `truncBits`, or to what the algorithm says. */
  readonly auth?: { readonly name: string; readonly key: XfrmKey; readonly truncBits?: number | undefined } | undefined;
  /** Both in one: `{ name: "rfc4106(gcm(aes))", key: "0x…", icvBits: 128 }`; the key ends with the salt. */
  readonly aead?: { readonly name: string; readonly key: XfrmKey; readonly icvBits: number } | undefined;
  readonly comp?: { readonly name: string } | undefined;
  /** Ties templates of policies to states. */
  readonly reqid?: number | undefined;
  /** That of the acquire which it answers. */
  readonly seq?: number | undefined;
  readonly flags?: readonly XfrmStateFlag[] | undefined;
  readonly extraFlags?: readonly XfrmExtraFlag[] | undefined;
  readonly selector?: XfrmSelectorOptions | undefined;
  /** Packets that the replay window holds; of more than 32, and with the flag `esn`, up to 4096. */
  readonly replayWindow?: number | undefined;
  /** Sequence numbers received and sent so far, of 64 bits with the flag `esn`. */
  readonly replaySeq?: number | bigint | undefined;
  readonly replayOseq?: number | bigint | undefined;
  /** Through NAT: `{ type: "espinudp", sport: 4500, dport: 4500 }`. `oa` is the address before translation. */
  readonly encap?:
    | {
        readonly type: keyof typeof xfrmEncapTypes.values | number;
        readonly sport: number;
        readonly dport: number;
        readonly oa?: string | undefined;
      }
    | undefined;
  /** What packets are marked with, of their mark's bits those of the mask. */
  readonly outputMark?: XfrmMark | undefined;
  /** Id of an xfrm interface. */
  readonly ifId?: number | undefined;
  readonly tfcPadBytes?: number | undefined;
  /** Care-of address, of `route2` and `hao`. */
  readonly coa?: string | undefined;
  readonly limits?: XfrmLimitsOptions | undefined;
  /** The device that does the work: `packet` all of it, not only the ciphers. */
  readonly offload?:
    | { readonly dev: Device; readonly dir: "in" | "out"; readonly packet?: boolean | undefined }
    | undefined;
  /** Which way packets go (Linux 6.10). */
  readonly dir?: "in" | "out" | undefined;
  /** Seconds between changes of a NAT mapping that are told at most. */
  readonly mappingMaxAgeSeconds?: number | undefined;
  readonly natKeepaliveSeconds?: number | undefined;
}

/** A state as it is: what it lacks is not there. It can be given again, but for what has been counted. */
export interface XfrmState {
  src: string;
  dst: string;
  proto: XfrmProtocol | number;
  spi: number;
  mode: XfrmMode | number;
  reqid: number;
  seq?: number;
  flags: string[];
  extraFlags?: string[];
  selector?: XfrmSelector;
  enc?: { name: string; key: string };
  auth?: { name: string; key: string; truncBits?: number };
  aead?: { name: string; key: string; icvBits: number };
  comp?: { name: string };
  replayWindow: number;
  replaySeq?: number | bigint;
  replayOseq?: number | bigint;
  encap?: { type: keyof typeof xfrmEncapTypes.values | number; sport: number; dport: number; oa?: string };
  mark?: XfrmMark;
  outputMark?: XfrmMark;
  ifId?: number;
  tfcPadBytes?: number;
  coa?: string;
  limits: XfrmLimits;
  offload?: { dev: Device; dir: "in" | "out"; packet?: boolean };
  dir?: "in" | "out" | number;
  mappingMaxAgeSeconds?: number;
  natKeepaliveSeconds?: number;
  /** What went through it. */
  lifetime: XfrmLifetime;
  /** Seconds since 1970. */
  lastUsedSeconds?: number;
  /** Packets that were refused. */
  refused: { replayWindow: number; replay: number; integrity: number };
  /** The decoded message, for the rest. */
  message: XfrmStateMessage;
}

type Obj = Record<string, unknown>;
const ID_KEYS = ["src", "dst", "proto", "spi", "mark"];
const KEYS = [
  ...ID_KEYS, "mode", "enc", "auth", "aead", "comp", "reqid", "seq", "flags", "extraFlags", "selector", "replayWindow", "replaySeq", "replayOseq",
  "encap", "outputMark", "ifId", "tfcPadBytes", "coa", "limits", "offload", "dir", "mappingMaxAgeSeconds", "natKeepaliveSeconds",
]; // biome-ignore format: a table
/** What is read of a state and means nothing when it is given. */
const COUNTED = ["lifetime", "lastUsedSeconds", "refused", "message"];
const WINDOW32 = 32;
const MOST_WINDOW = 4096;
const ESN = xfrmStateFlags.values.esn;

/** @throws {OptionError} */
export function spiNumber(where: string, spi: number | string): number {
  const number = typeof spi === "string" && /^(0x[0-9a-f]{1,8}|\d+)$/i.test(spi) ? Number(spi) : spi;
  return integer(where, number as number);
}
export const protocolValue = (where: string, proto: XfrmProtocol | number): number =>
  wordNumber(where, xfrmProtocols, proto);

/** The members of a request that mean one state. @throws {OptionError} */
export function stateIdValue(where: string, id: XfrmStateId, keys: readonly string[] = ID_KEYS): Obj {
  checkOptions(where, id, keys);
  for (const key of ["dst", "proto"] as const)
    if (id[key] === undefined) throw new OptionError(`${where}.${key}: is missing`, key, key);
  const family = parseAddress(`${where}.dst`, id.dst);
  const { src, mark } = id;
  if (src !== undefined && parseAddress(`${where}.src`, src) !== family)
    throw new OptionError(`${where}: src and dst are of different families`, "src", "addresses of one family");
  return {
    daddr: id.dst,
    family,
    proto: protocolValue(`${where}.proto`, id.proto),
    spi: id.spi === undefined ? 0 : spiNumber(`${where}.spi`, id.spi),
    ...(mark !== undefined && { mark: markValue(`${where}.mark`, mark) }),
  };
}

/** The value of XFRM_MSG_NEWSA. @throws {OptionError} */
export function stateValue(where: string, options: XfrmStateOptions, index: DeviceIndexes): Obj {
  const s = options;
  const id = stateIdValue(where, s, [...KEYS, ...COUNTED]);
  if (s.src === undefined) throw new OptionError(`${where}.src: is missing`, "src", "an address");
  const number = (name: keyof XfrmStateOptions & string, max?: number): number | undefined =>
    s[name] === undefined ? undefined : integer(`${where}.${name}`, s[name] as number, max);
  const family = id.family as number;
  const mode = s.mode === undefined ? 0 : wordNumber(`${where}.mode`, xfrmModes, s.mode);
  const flags = s.flags === undefined ? 0 : flagsValue(`${where}.flags`, xfrmStateFlags, s.flags);
  const out: Obj = {
    ...id,
    saddr: s.src,
    mode,
    flags,
    sel: selectorValue(`${where}.selector`, s.selector, index),
    lft: limitsValue(`${where}.limits`, s.limits),
    reqid: number("reqid") ?? 0,
    seq: number("seq") ?? 0,
    ...algorithmsValue(where, s),
    ...replayValue(where, s, (flags & ESN) !== 0),
  };
  if (s.encap) out.encap = encapValue(`${where}.encap`, s.encap, family);
  if (s.outputMark !== undefined) {
    const { value, mask } = markValue(`${where}.outputMark`, s.outputMark);
    out.setMark = value;
    if (mask !== 0xffffffff) out.setMarkMask = mask;
  }
  if (s.coa !== undefined) {
    parseAddress(`${where}.coa`, s.coa);
    out.coaddr = { address: s.coa };
  }
  if (s.extraFlags?.length) out.extraFlags = flagsValue(`${where}.extraFlags`, xfrmExtraFlags, s.extraFlags);
  if (s.offload) {
    const { dev, dir, packet } = s.offload;
    const { in: inbound, packet: whole } = xfrmOffloadFlags.values;
    out.offloadDev = { ifindex: index(dev), flags: (direction(`${where}.offload.dir`, dir) === 1 ? inbound : 0) | (packet ? whole : 0) };
  } // biome-ignore format: flags on one line
  if (s.dir !== undefined) out.saDir = direction(`${where}.dir`, s.dir);
  for (const [name, attribute] of [
    ["ifId", "ifId"],
    ["tfcPadBytes", "tfcpad"],
    ["mappingMaxAgeSeconds", "mtimerThresh"],
    ["natKeepaliveSeconds", "natKeepaliveInterval"],
  ] as const) {
    const value = number(name);
    if (value !== undefined) out[attribute] = value;
  }
  return out;
}
const direction = (where: string, dir: string) => wordNumber(where, xfrmStateDirections, dir);

function keyBytes(where: string, key: XfrmKey): Uint8Array {
  if (key instanceof Uint8Array) return key;
  const bytes = typeof key === "string" && key.startsWith("0x") ? parseHex(key.slice(2)) : undefined;
  if (bytes) return bytes;
  throw new OptionError(`${where}: is not a key such as "0x0011…", or bytes`, "key", `"0x…" or bytes`);
}
function algorithmsValue(where: string, s: XfrmStateOptions): Obj {
  const out: Obj = {};
  const algorithm = (name: "enc" | "auth" | "aead" | "comp", ...keys: string[]) => {
    const given = s[name] as { name: string; key: XfrmKey } | undefined;
    if (given === undefined) return undefined;
    checkOptions(`${where}.${name}`, given, ["name", ...keys]);
    if (typeof given.name !== "string" || given.name === "" || given.name.length > 63)
      throw new OptionError(
        `${where}.${name}.name: ${JSON.stringify(given.name)} names no algorithm`,
        "name",
        "a name",
      );
    const key = keys.includes("key") ? keyBytes(`${where}.${name}.key`, given.key) : new Uint8Array();
    return { name: given.name, keyLen: key.length * 8, key };
  };
  const [enc, comp, aead] = [algorithm("enc", "key"), algorithm("comp"), algorithm("aead", "key", "icvBits")];
  const auth = algorithm("auth", "key", "truncBits");
  if (aead && (enc || auth))
    throw new OptionError(
      `${where}.aead: is encryption and authentication in one: not with enc and auth`,
      "aead",
      "one",
    );
  if (enc) out.algCrypt = enc;
  if (comp) out.algComp = comp;
  if (aead) out.algAead = { ...aead, icvLen: integer(`${where}.aead.icvBits`, s.aead!.icvBits) };
  const trunc = s.auth?.truncBits;
  if (auth && trunc === undefined) out.algAuth = auth;
  else if (auth) out.algAuthTrunc = { ...auth, truncLen: integer(`${where}.auth.truncBits`, trunc!) };
  return out;
}

function replayValue(where: string, s: XfrmStateOptions, esn: boolean): Obj {
  const window = s.replayWindow === undefined ? 0 : integer(`${where}.replayWindow`, s.replayWindow, MOST_WINDOW);
  const wide = esn || window > WINDOW32;
  const counter = (name: "replaySeq" | "replayOseq"): bigint => {
    const value = s[name];
    if (value === undefined) return 0n;
    const exact = typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value) : -1n;
    const most = esn ? 64n : 32n;
    if (exact >= 0n && exact < 1n << most) return exact;
    throw new OptionError(`${where}.${name}: ${value} is not an integer of ${most} bits`, name, `${most} bits`);
  };
  const [seq, oseq] = [counter("replaySeq"), counter("replayOseq")];
  const low = (x: bigint) => Number(x & 0xffffffffn);
  if (esn && window === 0)
    throw new OptionError(`${where}.replayWindow: is missing: the flag esn needs one`, "replayWindow", "a number");
  if (!wide)
    return {
      replayWindow: window,
      ...((seq !== 0n || oseq !== 0n) && { replayVal: { seq: low(seq), oseq: low(oseq), bitmap: 0 } }),
    };
  return {
    replayEsnVal: {
      seq: low(seq),
      oseq: low(oseq),
      seqHi: Number(seq >> 32n),
      oseqHi: Number(oseq >> 32n),
      replayWindow: window,
      bmp: new Array<number>(Math.ceil(window / 32)).fill(0),
    },
  };
}

function encapValue(where: string, encap: NonNullable<XfrmStateOptions["encap"]>, family: number): Obj {
  checkOptions(where, encap, ["type", "sport", "dport", "oa"]);
  const port = (name: "sport" | "dport") => integer(`${where}.${name}`, encap[name], 0xffff);
  const oa = encap.oa ?? (family === AF_INET ? "0.0.0.0" : "::");
  if (parseAddress(`${where}.oa`, oa) !== family)
    throw new OptionError(`${where}.oa: is of another family than dst`, "oa", "an address of the same family");
  return {
    type: wordNumber(`${where}.type`, xfrmEncapTypes, encap.type),
    sport: port("sport"),
    dport: port("dport"),
    oa,
  };
}

/** A state of what the kernel tells. */
export function readState(m: XfrmStateMessage, deviceName: DeviceName): XfrmState {
  const { stats } = m;
  const out: XfrmState = {
    src: String(m.saddr),
    dst: String(m.daddr),
    proto: wordOf(xfrmProtocols, m.proto) as XfrmProtocol | number,
    spi: m.spi,
    mode: wordOf(xfrmModes, m.mode),
    reqid: m.reqid,
    flags: flagNames(xfrmStateFlags, m.flags),
    replayWindow: m.replayEsnVal?.replayWindow ?? m.replayWindow,
    limits: readLimits(m.lft),
    lifetime: readLifetime(m.curlft),
    refused: { replayWindow: stats.replayWindow, replay: stats.replay, integrity: stats.integrityFailed },
    message: m,
  };
  if (m.seq !== 0) out.seq = m.seq;
  if (m.extraFlags) out.extraFlags = flagNames(xfrmExtraFlags, m.extraFlags);
  const selector = readSelector(m.sel, deviceName, m.family);
  if (selector) out.selector = selector;
  readAlgorithms(m, out);
  readReplay(m, out);
  if (m.encap && !(m.encap instanceof Uint8Array)) {
    const { type, sport, dport, oa } = m.encap;
    out.encap = { type: wordOf(xfrmEncapTypes, type), sport, dport };
    if (oa !== "0.0.0.0" && oa !== "::") out.encap.oa = oa;
  }
  if (m.mark) out.mark = readMark(m.mark);
  if (m.setMark !== undefined) out.outputMark = readMark({ value: m.setMark, mask: m.setMarkMask ?? 0xffffffff });
  if (m.ifId !== undefined) out.ifId = m.ifId;
  if (m.tfcpad !== undefined) out.tfcPadBytes = m.tfcpad;
  if (m.coaddr && !(m.coaddr instanceof Uint8Array)) out.coa = m.coaddr.address;
  if (m.offloadDev) {
    const { ifindex, flags } = m.offloadDev;
    const { in: inbound, packet } = xfrmOffloadFlags.values;
    out.offload = { dev: deviceName(ifindex) ?? ifindex, dir: (flags & inbound) === 0 ? "out" : "in" };
    if (flags & packet) out.offload.packet = true;
  }
  if (m.saDir !== undefined) out.dir = wordOf(xfrmStateDirections, m.saDir);
  if (m.mtimerThresh !== undefined) out.mappingMaxAgeSeconds = m.mtimerThresh;
  if (m.natKeepaliveInterval !== undefined) out.natKeepaliveSeconds = m.natKeepaliveInterval;
  if (m.lastused !== undefined) out.lastUsedSeconds = Number(m.lastused);
  return out;
}
const hexKey = (key: Uint8Array): string => `0x${formatHex(key)}`;
function readAlgorithms(m: XfrmStateMessage, out: XfrmState): void {
  if (m.algCrypt) out.enc = { name: m.algCrypt.name, key: hexKey(m.algCrypt.key) };
  // The kernel tells of authentication twice: of old, and with how much of it counts.
  if (m.algAuthTrunc) {
    const { name, key, truncLen } = m.algAuthTrunc;
    out.auth = { name, key: hexKey(key), truncBits: truncLen };
  } else if (m.algAuth) out.auth = { name: m.algAuth.name, key: hexKey(m.algAuth.key) };
  if (m.algAead) out.aead = { name: m.algAead.name, key: hexKey(m.algAead.key), icvBits: m.algAead.icvLen };
  if (m.algComp) out.comp = { name: m.algComp.name };
}
function readReplay({ replayEsnVal: wide, replayVal }: XfrmStateMessage, out: XfrmState): void {
  const counters = wide
    ? { seq: join(wide.seqHi, wide.seq), oseq: join(wide.oseqHi, wide.oseq) }
    : (replayVal ?? { seq: 0, oseq: 0 });
  if (counters.seq !== 0) out.replaySeq = counters.seq;
  if (counters.oseq !== 0) out.replayOseq = counters.oseq;
}
/** A number where it is one exactly. */
const join = (high: number, low: number): number | bigint =>
  high < 0x20_0000 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
