/** What every link can be given: words of `ip link add` and `ip link set` (iplink_parse in ip/iplink.c), and the message they make. @module */
import type { Channel } from "../../../api/channel.ts";
import { indexOf } from "../../../api/device.ts";
import { isNotFound } from "../../../api/errors.ts";
import { ask } from "../../../api/facet.ts";
import type { NetnsReference } from "../../../api/netns-reference.ts";
import { linkFlags, linkModes, operStates } from "../../../codec/rtnetlink/link/flags.ts";
import { addrGenModes } from "../../../codec/rtnetlink/link/inet6.ts";
import { type Link, link as schema } from "../../../codec/rtnetlink/link/link.ts";
import { linkTypes } from "../../../codec/rtnetlink/link/type.ts";
import { RTM } from "../../../codec/rtnetlink/types.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { parseIp } from "../../../codec/wire/ip.ts";
import { parseMac } from "../../../codec/wire/mac.ts";
import type { NetnsSpec } from "../../../transport/transport.ts";
import type { Context } from "../../context.ts";
import { failure, wrong } from "../../failure.ts";
import { device, integer, oneWord, text } from "../../grammar/args.ts";
import type { Arg, Options, Values } from "../../grammar/command.ts";
import { named } from "../../grammar/named.ts";
import { linkKindWords, slaveKindWords } from "../kinds/kinds.ts";
import { type Data, type KindWords, name } from "../kinds/rows.ts";
import { type VfWords, vfArg, vfValue } from "./vf-words.ts";

const u32 = integer();
/** `on` or `off`; with dashes, the word alone is on. */
const onOff: Arg<boolean> = {
  syntax: "{ on | off }",
  complete: ["on", "off"],
  implied: true,
  read(parser, word) {
    const given = parser.next();
    if (given !== "on" && given !== "off")
      throw failure(`Error: argument of "${word}" must be "on" or "off", not "${given}"`);
    return given === "on";
  },
};
/** A link-layer address: bytes in hexadecimal, or a tunnel's IP address. */
const lladdr: Arg<string> = {
  syntax: "LLADDR",
  read(parser) {
    const word = parser.next();
    if (!parseMac(word) && !parseIp(word)) throw failure(`"${word}" is invalid lladdr.`);
    return parseMac(word) ? word : [...parseIp(word)!].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  },
};
/** A namespace: a name, the path of one, or the number of a process. */
const netns: Arg<NetnsSpec> = {
  syntax: "{ NAME | PID }",
  complete: "netns",
  read(parser) {
    const word = parser.next();
    return /^\d+$/.test(word) ? { pid: Number(word) } : word.startsWith("/") ? { path: word } : word;
  },
};
const altName: Arg<string> = oneWord(
  "NAME",
  (word) => (word.length <= 127 && !/[\s/]/.test(word) && word !== "" ? word : undefined),
  "not a valid altname",
);

interface Reason {
  readonly bit: number;
  readonly on: boolean;
}
/** The kind, and what it was given: words are read until the end of the line. */
export interface KindGiven {
  readonly kind: string;
  readonly given: Data;
}
const SLAVE = "_slave";
const wordsOf = (kind: string): KindWords | undefined =>
  kind.endsWith(SLAVE) ? slaveKindWords[kind.slice(0, -SLAVE.length)] : linkKindWords[kind];
const PEERS = new Set(["veth", "vxcan", "netkit"]);

/** Lets the parser know the words of a kind. Values are kept by word, in order. */
export function enterKind(kind: string, parser: Parameters<Arg["read"]>[0]): KindGiven {
  const given: Data = {};
  const options: { [word: string]: Options[string] } = {};
  for (const row of wordsOf(kind)?.rows ?? []) Object.assign(options, row.options);
  if (PEERS.has(kind)) options.peer = { arg: peerArg, help: "the other end" };
  parser.add(options, given);
  parser.stranger = (word) => failure(`${kind}: unknown command "${word}"?`);
  return { kind, given };
}
/** Those with words of their own, and those without. */
export const kindNames: readonly string[] = [
  ...Object.keys(linkKindWords),
  ...["dummy", "ifb", "nlmon", "wireguard", "veth", "vxcan", "vcan", "team"],
];
const kind: Arg<KindGiven> = {
  syntax: "KIND …",
  complete: [...kindNames, ...Object.keys(slaveKindWords).map((name) => `${name}${SLAVE}`)],
  read: (parser) => enterKind(parser.next(), parser),
};
/** `peer [name] NAME [OPTIONS]`: all that follows is the other end's. */
const peerArg: Arg<Data> = {
  syntax: "[name] NAME [OPTIONS]",
  read(parser) {
    const given: Data = {};
    parser.add({ ...(linkOptions as Options), name: { arg: device, last: true, help: "" } }, given, { bare: ["name"] });
    parser.stranger = undefined;
    return given;
  },
};

export const linkOptions = {
  up: { last: true, help: "take it into service" },
  down: { key: "up", value: false, last: true, help: "take it out of service" },
  arp: { arg: onOff, last: true, help: "use ARP" },
  dynamic: { abbr: true, arg: onOff, last: true, help: "addresses go with it" },
  multicast: { abbr: true, arg: onOff, last: true, help: "multicast" },
  allmulticast: { abbr: true, arg: onOff, last: true, help: "receive all multicast" },
  promisc: { arg: onOff, last: true, help: "receive all" },
  trailers: { arg: onOff, last: true, help: "trailers" },
  carrier: { arg: onOff, last: true, help: "simulate the carrier" },
  txqueuelen: { also: ["qlen", "txqlen"], arg: integer("PACKETS", 0x7fffffff), help: "packets that may wait" },
  address: { abbr: true, arg: lladdr, help: "its link-layer address" },
  broadcast: { abbr: true, also: ["brd"], arg: lladdr, help: "that of all, or of a tunnel's other end" },
  mtu: { arg: integer("BYTES", 0x7fffffff), help: "greatest packet" },
  netns: { arg: netns, help: "the namespace to put it in" },
  "link-netnsid": { arg: integer("ID", 0x7fffffff), help: "id of the namespace that the device below is in" },
  "link-netns": { arg: netns, help: "the namespace that the device below is in" },
  alias: { also: ["ifalias"], arg: text("TEXT"), help: "free text" },
  group: { arg: named("GROUP", "groups", 0xffffffff), help: "its group" },
  master: { arg: device, help: "the bridge, bond… that it becomes a port of" },
  nomaster: { help: "a port of nothing" },
  vrf: { arg: text("VRF", "vrf"), help: "the VRF that it becomes a port of" },
  mode: {
    arg: name({ ...linkModes, values: { default: 0, dormant: 1 } } as never),
    help: "default, or dormant: a daemon takes it up",
  },
  state: { arg: name(operStates), help: "operational state" },
  addrgenmode: {
    arg: oneWord(
      "MODE",
      (word) => (Object.hasOwn(addrGenModes.values, word) ? addrGenModes.values[word as "eui64"] : undefined),
      "Invalid address generation mode",
      Object.keys(addrGenModes.values),
    ),
    help: "how IPv6 makes its link-local address",
  },
  protodown: { arg: onOff, help: "a protocol keeps it down" },
  protodown_reason: {
    many: true,
    arg: {
      syntax: "REASON { on | off }",
      read: (parser, word): Reason => ({
        bit: integer("REASON", 31).read(parser, word),
        on: onOff.read(parser, "protodown_reason"),
      }),
    },
    help: "which one",
  },
  gso_max_size: { arg: u32, help: "bytes of a packet before it is cut up" },
  gso_max_segs: { arg: u32, help: "and packets that it makes" },
  gro_max_size: { arg: u32, help: "bytes of a packet that is put together" },
  gso_ipv4_max_size: { arg: u32, help: "the same of IPv4" },
  gro_ipv4_max_size: { arg: u32, help: "the same of IPv4" },
  numtxqueues: { arg: u32, help: "queues out" },
  numrxqueues: { arg: u32, help: "queues in" },
  index: { arg: integer("INDEX", 0x7fffffff, 1), help: "its index" },
  vf: { many: true, arg: vfArg, help: "a virtual function" },
  xdp: {
    arg: oneWord("off", (word) => (word === "off" ? true : undefined), "programs are not loaded here: only off"),
    help: "off: no XDP program",
  },
  xdpgeneric: {
    key: "xdp",
    arg: oneWord("off", (word) => (word === "off" ? true : undefined), "only off"),
    help: "the same",
    hidden: true,
  },
  xdpdrv: {
    key: "xdp",
    arg: oneWord("off", (word) => (word === "off" ? true : undefined), "only off"),
    help: "the same",
    hidden: true,
  },
  type: { arg: kind, help: "its kind, whose own words follow" },
} satisfies Options;
export type LinkWords = Values<typeof linkOptions> & { name?: string };
export { altName };

/** Switches that are flags, and the one that is the other way round. */
const FLAG_WORDS = [
  ["up", linkFlags.values.up, true],
  ["arp", linkFlags.values.noarp, false],
  ["dynamic", linkFlags.values.dynamic, true],
  ["multicast", linkFlags.values.multicast, true],
  ["allmulticast", linkFlags.values.allmulti, true],
  ["promisc", linkFlags.values.promisc, true],
  ["trailers", linkFlags.values.notrailers, false],
] as const;
/** Words whose values are attributes as they are. */
const PLAIN = [
  ["txqueuelen", "txqlen"], ["address", "address"], ["broadcast", "broadcast"], ["mtu", "mtu"], ["link-netnsid", "linkNetnsid"], ["alias", "ifalias"],
  ["group", "group"], ["mode", "linkmode"], ["state", "operstate"], ["gso_max_size", "gsoMaxSize"], ["gso_max_segs", "gsoMaxSegs"],
  ["gro_max_size", "groMaxSize"], ["gso_ipv4_max_size", "gsoIpv4MaxSize"], ["gro_ipv4_max_size", "groIpv4MaxSize"], ["numtxqueues", "numTxQueues"],
  ["numrxqueues", "numRxQueues"], ["index", "index"], ["name", "ifname"],
] as const; // biome-ignore format: a table

export interface Making {
  readonly context: Context;
  readonly channel: Channel;
  readonly reference: (where: string, spec: NetnsSpec) => NetnsReference;
  /** The link that is changed; undefined: one is made. */
  readonly device?: string | undefined;
}

/** The message of what was said. */
export async function linkValue(words: LinkWords, making: Making): Promise<Data> {
  const { channel } = making;
  const value: Data = {};
  for (const [word, field] of PLAIN) if (words[word] !== undefined) value[field] = words[word];
  let [flags, change] = [0, 0];
  for (const [word, bit, straight] of FLAG_WORDS) {
    if (words[word] === undefined) continue;
    change |= bit;
    if (words[word] === straight) flags |= bit;
  }
  if (change !== 0) Object.assign(value, { flags: flags >>> 0, change: change >>> 0 });
  if (words.carrier !== undefined) value.carrier = words.carrier ? 1 : 0;
  if (words.protodown !== undefined) value.protoDown = words.protodown ? 1 : 0;
  if (words.protodown_reason) {
    let [mask, reasons] = [0, 0];
    for (const { bit, on } of words.protodown_reason) {
      mask |= 1 << bit;
      if (on) reasons |= 1 << bit;
    }
    value.protoDownReason = { mask: mask >>> 0, value: reasons >>> 0 };
  }
  const above = words.master ?? words.vrf;
  if (above !== undefined) {
    const reason = words.vrf === undefined ? "Device does not exist" : "Not a valid VRF name";
    const index = await Promise.resolve(indexOf(channel, above)).catch(notFound(above, reason));
    if (words.vrf !== undefined && (await linkOf(channel, index)).linkinfo?.kind !== "vrf") throw wrong(above, reason);
    value.master = index;
  }
  if (words.nomaster) value.master = 0;
  if (words.netns !== undefined) {
    const namespace = making.reference("netns", words.netns);
    if ("pid" in namespace) value.netNsPid = namespace.pid;
    else value.netNsFd = namespace.fd;
  }
  if (words.addrgenmode !== undefined) value.afSpec = { inet6: { addrGenMode: words.addrgenmode } };
  if (words.xdp) value.xdp = { fd: -1 };
  if (words.vf) value.vfinfoList = vfValue(words.vf as VfWords[]);
  if (words.type) Object.assign(value, await kindValue(words.type, making));
  return value;
}
const notFound = (word: string, reason: string) => (e: unknown) => {
  throw isNotFound(e) ? wrong(word, reason) : e;
};
export async function linkOf(channel: Channel, index: number): Promise<Link> {
  return (await ask(channel, { type: RTM.getlink, schema, value: { index, extMask: 8 } }, schema, {
    operation: `get link ${index}`,
  })) as Link;
}

/** IFLA_LINKINFO. */
async function kindValue({ kind, given }: KindGiven, making: Making): Promise<Data> {
  const { channel, device } = making;
  const words = wordsOf(kind);
  const create = device === undefined;
  const slave = kind.endsWith(SLAVE);
  const data: Data = words?.keeps && !create ? await settingsOf(channel, device, kind) : {};
  const index = async (name: string) => indexOf(channel, name);
  for (const [word, value] of Object.entries(given)) {
    if (word === "peer") {
      data[kind === "netkit" ? "peerInfo" : "peer"] = await linkValue(value as LinkWords, {
        ...making,
        device: undefined,
      });
      continue;
    }
    const row = words?.rows.find(({ options }) => Object.hasOwn(options, word));
    await row?.put(data, word, value, index);
  }
  words?.finish?.(data, create);
  if (slave) return { linkinfo: { slaveKind: kind.slice(0, -SLAVE.length), slaveData: data } };
  return { linkinfo: Object.keys(data).length > 0 ? { kind, data } : { kind } };
}

/** What a tunnel has now, which a change starts from. */
async function settingsOf(channel: Channel, device: string, kind: string): Promise<Data> {
  const { linkinfo } = await linkOf(channel, await indexOf(channel, device));
  if (linkinfo?.kind !== kind || linkinfo.data instanceof Uint8Array) return {};
  const { unknown: _, ...data } = (linkinfo.data ?? {}) as Data;
  return data;
}

/** The length that addresses of a link must have. */
export function checkAddress(words: LinkWords, link: Link): void {
  const given = words.address ?? words.broadcast;
  if (given === undefined || link.address === undefined) return;
  const [length, needed] = [given.split(":").length, link.address.split(":").length];
  if (length !== needed && nameOf(linkTypes, link.type) === "ether")
    throw failure(`Invalid address length ${length} - must be ${needed} bytes`);
}
