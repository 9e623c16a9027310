/** Settings of links that users give and read in another form than their attributes have. @module */
import { bridgeOptions } from "../codec/rtnetlink/link/kinds/bridge.ts";
import { canControlModes } from "../codec/rtnetlink/link/kinds/can.ts";
import { greFlags } from "../codec/rtnetlink/link/kinds/gre.ts";
import { macsecCipherSuites } from "../codec/rtnetlink/link/kinds/macsec.ts";
import { macvlanAddressModes } from "../codec/rtnetlink/link/kinds/macvlan.ts";
import { rmnetFlags } from "../codec/rtnetlink/link/kinds/rmnet.ts";
import { vlanFlags } from "../codec/rtnetlink/link/kinds/vlan.ts";
import { expectArray, expectObject, fail, show } from "../codec/schema/program.ts";
import type { Names } from "../codec/schema/scalar.ts";
import { parseIp } from "../codec/wire/ip.ts";
import { parseMac } from "../codec/wire/mac.ts";

type Obj = Record<string, unknown>;

/** What stands in place of some fields of a kind's schema: `R` is what users read, `W` what they can give. */
export interface Form<F extends string = string, R = object, W = object> {
  readonly fields: readonly F[];
  /** What can be given. */
  readonly keys: readonly string[];
  /** Puts into `out` what decoded settings say. */
  readonly read: (data: Obj, out: Obj) => void;
  /** Puts into `data` the attributes for those of its keys that are given. @throws {CodecError} */
  readonly write: (given: Obj, data: Obj) => void;
  readonly types?: { readonly read: R; readonly write: W };
}

/** `mcast_vlan_snooping` and `listen-only` as names of options: `mcastVlanSnooping`, `listenOnly`. */
type Camel<S extends string> = S extends `${infer A}_${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S extends `${infer A}-${infer B}`
    ? `${A}${Capitalize<Camel<B>>}`
    : S;
const camel = (name: string): string => name.replace(/[-_](.)/g, (_, c: string) => c.toUpperCase());

const boolean = (key: string, value: unknown): boolean =>
  typeof value === "boolean" ? value : fail(key, -1, `${show(value)} is not true or false`);

type Switches<N extends string> = { [K in Camel<N>]?: boolean };
/**
 * Flags with a mask of those to change, one boolean each. Where the kernel reports no mask (CAN), it reports all flags.
 */
const switches = <F extends string, N extends string>(
  field: F,
  names: Names<N>,
  value: string,
  mask: string,
): Form<F, Switches<N>, { readonly [K in keyof Switches<N>]?: boolean | undefined }> => {
  const bits = Object.fromEntries(Object.entries<number>(names.values).map(([name, bit]) => [camel(name), bit]));
  const keys = Object.keys(bits);
  return {
    fields: [field],
    keys,
    read(data, out) {
      const found = data[field] as { [member: string]: number } | undefined;
      if (found === undefined) return;
      const known = found[mask] || ~0;
      for (const key of keys) if ((known & bits[key]!) !== 0) out[key] = (found[value]! & bits[key]!) !== 0;
    },
    write(given, data) {
      let [on, which] = [0, 0];
      for (const key of keys) {
        if (given[key] === undefined) continue;
        which |= bits[key]!;
        if (boolean(key, given[key])) on |= bits[key]!;
      }
      if (which !== 0) data[field] = { [value]: on >>> 0, [mask]: which >>> 0 };
    },
  };
};

/** A table of priorities: `{ 3: 5 }` gives what has 3 the 5. */
export type QosMap = { [from: number]: number };
/** The three bits of a VLAN tag's priority are on one side; the kernel would cut more off (vlan_dev_set_egress_priority). */
const qosMap = <F extends string>(
  field: F,
  greatest: { readonly from: number; readonly to: number },
): Form<F, { [K in F]?: QosMap }, { readonly [K in F]?: Readonly<QosMap> | undefined }> => ({
  fields: [field],
  keys: [field],
  read(data, out) {
    const list = (data[field] as { mapping?: { from: number; to: number }[] } | undefined)?.mapping;
    if (list) out[field] = Object.fromEntries(list.map(({ from, to }) => [from, to]));
  },
  write(given, data) {
    if (given[field] === undefined) return;
    const priority = (text: unknown, max: number): number => {
      const x = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : text;
      return Number.isInteger(x) && (x as number) >= 0 && (x as number) <= max
        ? (x as number)
        : fail(field, -1, `${show(text)} is not an integer from 0 to ${max}`);
    };
    data[field] = {
      mapping: Object.entries(expectObject(given[field], field)).map(([from, to]) => ({
        from: priority(from, greatest.from),
        to: priority(to, greatest.to),
      })),
    };
  },
});

/** The source addresses of a macvlan. What is given replaces them all, unless `macaddrMode` says otherwise. */
const sourceAddresses: Form<
  "macaddrData" | "macaddrCount",
  { macaddrs?: string[] },
  { readonly macaddrs?: readonly string[] | undefined }
> = {
  fields: ["macaddrData", "macaddrCount"],
  keys: ["macaddrs"],
  read(data, out) {
    const list = (data.macaddrData as { macaddr?: string[] } | undefined)?.macaddr;
    if (list) out.macaddrs = list;
  },
  write(given, data) {
    if (given.macaddrs === undefined) return;
    const macaddr = expectArray(given.macaddrs, "macaddrs").map((address, i) =>
      typeof address === "string" && parseMac(address)?.length === 6
        ? address
        : fail(`macaddrs[${i}]`, -1, `${show(address)} is not a MAC address`),
    );
    data.macaddrData = { macaddr };
    if (given.macaddrMode === undefined) data.macaddrMode = macvlanAddressModes.values.set;
  },
};

/** A number, or the same in the form of an IPv4 address, as iproute2 writes keys. */
export type TunnelKey = number | string;
function keyNumber(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  const dotted = typeof value === "string" && !value.includes(":") ? parseIp(value) : undefined;
  if (dotted) return dotted.reduce((sum, byte) => sum * 256 + byte, 0);
  return fail(name, -1, `${show(value)} is not an integer from 0 to 4294967295, or four bytes as "0.0.0.5"`);
}
/** `x` says `ix` and `ox`. */
function bothWays(given: Obj, name: string): [incoming: unknown, outgoing: unknown] {
  const one = given[name];
  for (const way of ["i", "o"])
    if (one !== undefined && given[way + name] !== undefined)
      fail(name, -1, `not together with ${way}${name}, which is a part of it`);
  return [given[`i${name}`] ?? one, given[`o${name}`] ?? one];
}

interface GreKeysRead {
  ikey?: number;
  okey?: number;
  icsum?: boolean;
  ocsum?: boolean;
  iseq?: boolean;
  oseq?: boolean;
}
interface GreKeysGiven {
  /** `ikey` and `okey` at once. */
  readonly key?: TunnelKey | undefined;
  readonly ikey?: TunnelKey | undefined;
  readonly okey?: TunnelKey | undefined;
  /** `icsum` and `ocsum` at once. */
  readonly csum?: boolean | undefined;
  readonly icsum?: boolean | undefined;
  readonly ocsum?: boolean | undefined;
  /** `iseq` and `oseq` at once. */
  readonly seq?: boolean | undefined;
  readonly iseq?: boolean | undefined;
  readonly oseq?: boolean | undefined;
}
/** Keys, checksums and sequence numbers of GRE. The kernel looks at a key only where the flags say that there is one. */
const greKeys: Form<"iflags" | "oflags" | "ikey" | "okey", GreKeysRead, GreKeysGiven> = {
  fields: ["iflags", "oflags", "ikey", "okey"],
  keys: ["key", "ikey", "okey", "csum", "icsum", "ocsum", "seq", "iseq", "oseq"],
  read(data, out) {
    const { csum, key, seq } = greFlags.values;
    for (const way of ["i", "o"]) {
      const flags = data[`${way}flags`] as number | undefined;
      if (flags === undefined) continue;
      if ((flags & key) !== 0 && data[`${way}key`] !== undefined) out[`${way}key`] = data[`${way}key`];
      out[`${way}csum`] = (flags & csum) !== 0;
      out[`${way}seq`] = (flags & seq) !== 0;
    }
  },
  write(given, data) {
    const bits = greFlags.values;
    const [keys, csums, seqs] = [bothWays(given, "key"), bothWays(given, "csum"), bothWays(given, "seq")];
    for (const [i, way] of [
      [0, "i"],
      [1, "o"],
    ] as const) {
      const [key, csum, seq] = [keys[i], csums[i], seqs[i]];
      if (key === undefined && csum === undefined && seq === undefined) continue;
      let flags = 0;
      if (key !== undefined) {
        data[`${way}key`] = keyNumber(given.key === undefined ? `${way}key` : "key", key);
        flags |= bits.key;
      }
      if (csum !== undefined && boolean(given.csum === undefined ? `${way}csum` : "csum", csum)) flags |= bits.csum;
      if (seq !== undefined && boolean(given.seq === undefined ? `${way}seq` : "seq", seq)) flags |= bits.seq;
      data[`${way}flags`] = flags;
    }
  },
};
interface VtiKeysGiven {
  /** `ikey` and `okey` at once. */
  readonly key?: TunnelKey | undefined;
  readonly ikey?: TunnelKey | undefined;
  readonly okey?: TunnelKey | undefined;
}
const vtiKeys: Form<"ikey" | "okey", { ikey?: number; okey?: number }, VtiKeysGiven> = {
  fields: ["ikey", "okey"],
  keys: ["key", "ikey", "okey"],
  read(data, out) {
    for (const name of ["ikey", "okey"]) if (data[name] !== undefined) out[name] = data[name];
  },
  write(given, data) {
    const [ikey, okey] = bothWays(given, "key");
    if (ikey !== undefined) data.ikey = keyNumber(given.key === undefined ? "ikey" : "key", ikey);
    if (okey !== undefined) data.okey = keyNumber(given.key === undefined ? "okey" : "key", okey);
  },
};

const integerTo = (key: string, value: unknown, max: number): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : fail(key, -1, `${show(value)} is not an integer from 0 to ${max}`);

/** Traffic class and flow label of the outer IPv6 header, which share a word. One that is not given is 0. */
const flowinfo: Form<
  "flowinfo",
  { tclass?: number; flowlabel?: number },
  { readonly tclass?: number | undefined; readonly flowlabel?: number | undefined }
> = {
  fields: ["flowinfo"],
  keys: ["tclass", "flowlabel"],
  read(data, out) {
    const { flowinfo: word } = data as { flowinfo?: number };
    if (word === undefined) return;
    out.tclass = (word >>> 20) & 0xff;
    out.flowlabel = word & 0xfffff;
  },
  write({ tclass, flowlabel }, data) {
    if (tclass === undefined && flowlabel === undefined) return;
    const upper = tclass === undefined ? 0 : integerTo("tclass", tclass, 0xff);
    const lower = flowlabel === undefined ? 0 : integerTo("flowlabel", flowlabel, 0xfffff);
    data.flowinfo = upper * 0x100000 + lower;
  },
};

/** A prefix, `"2001:db8::/32"`, whose address and length are two fields. */
const prefix = <F extends string, K extends string>(
  key: K,
  [address, length]: readonly [F, F],
  bytes: 4 | 16,
): Form<F, { [P in K]?: string }, { readonly [P in K]?: string | undefined }> => ({
  fields: [address, length],
  keys: [key],
  read(data, out) {
    if (data[address] !== undefined && data[length] !== undefined) out[key] = `${data[address]}/${data[length]}`;
  },
  write(given, data) {
    const text = given[key];
    if (text === undefined) return;
    const [, ip, digits] = (typeof text === "string" && /^([^/]*)\/(\d{1,3})$/.exec(text)) || [];
    if (ip === undefined || parseIp(ip)?.length !== bytes || Number(digits) > bytes * 8)
      fail(
        key,
        -1,
        `${show(text)} is not an IPv${bytes === 4 ? 4 : 6} prefix such as "${bytes === 4 ? "10.0.0.0/8" : "2001:db8::/32"}"`,
      );
    data[address] = ip;
    data[length] = Number(digits);
  },
});

/** Restarts a CAN controller that is off the bus: the attribute's presence does, whatever it holds. */
const canRestart: Form<"restart", object, { readonly restart?: boolean | undefined }> = {
  fields: ["restart"],
  keys: ["restart"],
  read() {},
  write(given, data) {
    if (given.restart !== undefined && boolean("restart", given.restart)) data.restart = 1;
  },
};

type CipherSuite = keyof typeof macsecCipherSuites.values;
/** The id of an early draft, under which the kernel reports `gcm-aes-128` (MACSEC_DEFAULT_CIPHER_ID). */
const DRAFT_GCM_AES_128 = 0x0080020001000001n;
const cipherSuite: Form<
  "cipherSuite",
  { cipherSuite?: CipherSuite | `0x${string}` },
  { readonly cipherSuite?: CipherSuite | `0x${string}` | undefined }
> = {
  fields: ["cipherSuite"],
  keys: ["cipherSuite"],
  read(data, out) {
    const { cipherSuite: id } = data as { cipherSuite?: bigint };
    if (id === undefined) return;
    const suites = Object.entries(macsecCipherSuites.values) as [CipherSuite, bigint][];
    const name = id === DRAFT_GCM_AES_128 ? "gcm-aes-128" : suites.find(([, suite]) => suite === id)?.[0];
    out.cipherSuite = name ?? `0x${id.toString(16)}`;
  },
  write({ cipherSuite: given }, data) {
    if (given === undefined) return;
    if (typeof given === "string" && Object.hasOwn(macsecCipherSuites.values, given))
      data.cipherSuite = macsecCipherSuites.values[given as CipherSuite];
    else if (typeof given === "string" && /^0x[0-9a-f]{1,16}$/i.test(given)) data.cipherSuite = BigInt(given);
    else fail("cipherSuite", -1, `${show(given)} is not one of ${Object.keys(macsecCipherSuites.values).join(", ")}`);
  },
};

const gre = [greKeys] as const;
const ip6gre = [greKeys, flowinfo] as const;
const vti = [vtiKeys] as const;
const macvlan = [sourceAddresses] as const;
/** The forms of each kind that has any. */
export const linkForms = {
  bridge: [switches("multiBoolopt", bridgeOptions, "optval", "optmask")],
  vlan: [
    switches("flags", vlanFlags, "flags", "mask"),
    qosMap("ingressQos", { from: 7, to: 0xffffffff }),
    qosMap("egressQos", { from: 0xffffffff, to: 7 }),
  ],
  macvlan,
  macvtap: macvlan,
  gre,
  gretap: gre,
  erspan: gre,
  ip6gre,
  ip6gretap: ip6gre,
  ip6erspan: ip6gre,
  sit: [
    prefix("sixrdPrefix", ["sixrdPrefix", "sixrdPrefixlen"], 16),
    prefix("sixrdRelayPrefix", ["sixrdRelayPrefix", "sixrdRelayPrefixlen"], 4),
  ],
  ip6tnl: [flowinfo],
  vti,
  vti6: vti,
  macsec: [cipherSuite],
  can: [switches("ctrlmode", canControlModes, "flags", "mask"), canRestart],
  rmnet: [switches("flags", rmnetFlags, "flags", "mask")],
} as const;

const erspan = ["erspanVer", "erspanIndex", "erspanDir", "erspanHwid"] as const;
/** Fields of a set that several kinds share and this one ignores. */
export const foreign = { gre: erspan, gretap: erspan, ip6gre: erspan, ip6gretap: erspan } as const;
/** What the kernel reports and does not take. */
export const readOnly = {
  bridge: [
    "helloTimer", "tcnTimer", "topologyChangeTimer", "gcTimer", "bridgeId", "rootId", "rootPort", "rootPathCost", "topologyChange",
    "topologyChangeDetected", "fdbNLearned", "mcastHashElasticity", "mcastQuerierState",
  ],
  bond: ["adInfo"],
  macvlan: ["bcQueueLenUsed"],
  macvtap: ["bcQueueLenUsed"],
  hsr: ["supervisionAddr", "seqNr"],
  netkit: ["primary"],
  can: [
    "bittimingConst", "clock", "state", "berrCounter", "dataBittimingConst", "terminationConst", "bitrateConst", "dataBitrateConst",
    "bitrateMax", "ctrlmodeExt",
  ],
  amt: ["remoteIp"],
  tun: ["type", "owner", "group", "pi", "vnetHdr", "persist", "multiQueue", "numQueues", "numDisabledQueues"],
} as const; // biome-ignore format: a table
/** What it takes and does not report. */
export const writeOnly = {
  bridge: ["fdbFlush"],
  macvlan: ["macaddrMode", "macaddr"],
  macvtap: ["macaddrMode", "macaddr"],
  macsec: ["port"],
  hsr: ["interlink", "multicastSpec", "version"],
  gtp: ["fd0", "fd1", "createSockets", "local", "local6"],
  batadv: ["algoName"],
  ppp: ["devFd"],
} as const; // biome-ignore format: a table

/** The same of ports. */
export const slaveReadOnly = {
  bridge: [
    "rootId", "bridgeId", "designatedPort", "designatedCost", "id", "no", "topologyChangeAck", "configPending", "mrpRingOpen",
    "mrpInOpen", "messageAgeTimer", "forwardDelayTimer", "holdTimer", "mcastEhtHostsCnt", "mcastNGroups", "learningSync",
  ],
  bond: [
    "state", "miiStatus", "linkFailureCount", "permHwaddr", "adAggregatorId", "adActorOperPortState", "adPartnerOperPortState",
    "adChurnActorState", "adChurnPartnerState",
  ],
  vrf: ["table"],
  team: [],
} as const; // biome-ignore format: a table
export const slaveWriteOnly = { bridge: ["flush"], bond: [], vrf: [], team: [] } as const;

type Of<T, K> = K extends keyof T ? (T[K] extends readonly (infer X)[] ? X : never) : never;
/** Fields that forms stand for. */
export type FormFields<K> = Of<typeof linkForms, K> extends infer X ? (X extends Form<infer F> ? F : never) : never;
type Both<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : unknown;
type Types<K, W extends "read" | "write"> =
  Of<typeof linkForms, K> extends infer X ? (X extends Form ? NonNullable<X["types"]>[W] : never) : never;
export type FormReads<K> = [Types<K, "read">] extends [never] ? unknown : Both<Types<K, "read">>;
export type FormWrites<K> = [Types<K, "write">] extends [never] ? unknown : Both<Types<K, "write">>;
export type Foreign<K> = Of<typeof foreign, K>;
export type ReadOnly<K> = Of<typeof readOnly, K>;
export type WriteOnly<K> = Of<typeof writeOnly, K>;
export type SlaveReadOnly<K> = Of<typeof slaveReadOnly, K>;
export type SlaveWriteOnly<K> = Of<typeof slaveWriteOnly, K>;

const formsByKind: { readonly [kind: string]: readonly Form[] } = linkForms;
export const formsOf = (kind: string): readonly Form[] => (Object.hasOwn(formsByKind, kind) ? formsByKind[kind]! : []);
type Lists = { readonly [kind: string]: readonly string[] };
const listOf = (lists: Lists, kind: string): readonly string[] => (Object.hasOwn(lists, kind) ? lists[kind]! : []);
export const readOnlyOf = (kind: string): readonly string[] => listOf(readOnly, kind);
export const writeOnlyOf = (kind: string): readonly string[] => listOf(writeOnly, kind);
export const foreignOf = (kind: string): readonly string[] => listOf(foreign, kind);
