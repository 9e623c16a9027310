/** Links as `ip link show` has them (print_linkinfo in ip/ipaddress.c). @module */

import type { AfSpec } from "../../../codec/rtnetlink/link/af-spec.ts";
import { linkFlags } from "../../../codec/rtnetlink/link/flags.ts";
import { addrGenModes } from "../../../codec/rtnetlink/link/inet6.ts";
import type { Link } from "../../../codec/rtnetlink/link/link.ts";
import { linkTypes } from "../../../codec/rtnetlink/link/type.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import type { Out } from "../../../codec/tc/show.ts";
import { formatHex } from "../../../codec/text/hex.ts";
import { formatIp } from "../../../codec/wire/ip.ts";
import { parseMac } from "../../../codec/wire/mac.ts";
import type { Context } from "../../context.ts";
import type { Colour } from "../../output/colour.ts";
import type { Devices } from "../devices.ts";
import { linkStatistics } from "./stats.ts";
import { virtualFunctions } from "./vf.ts";

/** What links are printed with. */
export interface LinkView {
  readonly context: Context;
  readonly devices: Devices;
  /** `ip link`, as opposed to `ip address`. */
  readonly only: boolean;
  /** The only family that is of interest. */
  readonly family?: number | undefined;
  /** Events lack the length of the queue. */
  readonly event?: boolean | undefined;
  /** Names of namespaces by their ids here. */
  readonly namespaces?: ReadonlyMap<number, string> | undefined;
  /** Settings of the link's kind, where details are shown. */
  readonly details?: ((link: Link, out: Out, view: LinkView) => void) | undefined;
}

const { up, running, pointopoint } = linkFlags.values;
/** In the order that they are printed in. */
const FLAGS = [
  "loopback", "broadcast", "pointopoint", "multicast", "noarp", "allmulti", "promisc", "master", "slave", "debug", "dynamic", "automedia",
  "portsel", "notrailers", "up", "lower_up", "dormant", "echo",
] as const; // biome-ignore format: a table

function flagWords(flags: number, lowerDown: boolean): string[] {
  const words = (flags & up) !== 0 && (flags & running) === 0 ? ["NO-CARRIER"] : [];
  let rest = flags & ~running;
  for (const flag of FLAGS)
    if ((rest & linkFlags.values[flag]) !== 0) {
      rest &= ~linkFlags.values[flag];
      words.push(flag.toUpperCase());
    }
  if (rest !== 0) words.push((rest >>> 0).toString(16));
  if (lowerDown) words.push("M-DOWN");
  return words;
}

const OPER_STATES = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];
const stateColour = (state: number): Colour | undefined => (state === 6 ? "up" : state === 2 ? "down" : undefined);
const LINK_MODES = ["DEFAULT", "DORMANT"];
/** ARPHRD_*: their addresses are IP addresses. */
const IP_TYPES = new Set([768, 776, 778]);
const IP6_TYPES = new Set([769, 823]);

/** An address of a link of some type: of a tunnel, an IP address (ll_addr_n2a). */
export function linkAddress(text: string, type: number): string {
  if (!IP_TYPES.has(type) && !IP6_TYPES.has(type)) return text;
  const bytes = parseMac(text);
  return bytes && bytes.length === (IP_TYPES.has(type) ? 4 : 16) ? formatIp(bytes) : text;
}
export const linkTypeName = (type: number, numeric = false): string =>
  (numeric ? undefined : nameOf(linkTypes, type)) ?? `[${type}]`;

/** The device below, as it is named, and whether that is down: the sign is up to the kernel where it is in another namespace. */
function lower(link: Link, { devices }: LinkView) {
  const index = link.link;
  if (index === undefined) return undefined;
  if (index === 0) return { name: null, down: false } as const;
  if (link.linkNetnsid !== undefined) return { name: `if${index}`, index, down: false } as const;
  return { name: devices.name(index), down: !devices.isUp(index) } as const;
}

export function printLink(link: Link, out: Out, view: LinkView, deleted = false): void {
  const { context, devices, only } = view;
  const { paint, globals, names } = context;
  const details = (globals.details ?? 0) > 0;
  if (deleted) out.put("deleted", true, "Deleted ");
  out.put("ifindex", link.index, `${link.index}: `);
  const name = link.ifname ?? "<nil>";
  const below = lower(link, view);
  if (below === undefined) out.put("ifname", name, paint("ifname", `${name}: `));
  else {
    if (below.index !== undefined) out.put("link_index", below.index);
    else out.put("link", below.name);
    out.put("ifname", name, paint("ifname", `${name}@${below.name ?? "NONE"}: `));
  }
  const flags = flagWords(link.flags, below?.down ?? false);
  out.put("flags", flags, `<${flags.join(",")}> `);
  if (link.mtu !== undefined) out.put("mtu", link.mtu, `mtu ${link.mtu} `);
  if (link.xdp !== undefined) xdpShort(link.xdp, out, only || details);
  if (link.qdisc !== undefined) out.put("qdisc", link.qdisc, `qdisc ${link.qdisc} `);
  if (link.master !== undefined) out.put("master", devices.name(link.master), `master ${devices.name(link.master)} `);
  if (link.operstate !== undefined) {
    const state = OPER_STATES[link.operstate];
    if (state === undefined) out.put("operstate_index", link.operstate, `state 0x${link.operstate.toString(16)}`);
    else out.put("operstate", state, `state ${paint(stateColour(link.operstate), `${state} `)}`);
  }
  if (only && link.linkmode !== undefined) {
    const mode = LINK_MODES[link.linkmode];
    if (mode === undefined) out.put("linkmode_index", link.linkmode, `mode ${link.linkmode} `);
    else out.put("linkmode", mode, `mode ${mode} `);
  }
  if (link.group !== undefined)
    out.put("group", names.groups.name(link.group), `group ${names.groups.name(link.group)} `);
  if (link.txqlen && !view.event) out.put("txqlen", link.txqlen, `qlen ${link.txqlen}`);
  if (link.event) {
    const event = EVENTS[link.event] ?? link.event;
    out.put("event", event, `event ${event} `);
  }
  if (!view.family || view.family === 17 || only || details) printAddresses(link, out, context);
  if (link.linkNetnsid !== undefined) {
    const name = view.namespaces?.get(link.linkNetnsid);
    const id = link.linkNetnsid < 0 ? "unknown" : link.linkNetnsid;
    out.put("link_netnsid", link.linkNetnsid, name === undefined ? ` link-netnsid ${id}` : ` link-netns ${name}`);
  }
  if (link.protoDown) out.put("proto_down", true, " protodown on ");
  if (link.protoDownReason?.value) {
    const bits = reasonBits(link.protoDownReason.value);
    out.put("proto_down_reason", bits, `protodown_reason <${bits.join(",")}> `);
  }
  if (details) printDetails(link, out, view);
  if ((only || details) && link.ifalias !== undefined) out.put("ifalias", link.ifalias, `\n    alias ${link.ifalias}`);
  if ((only || details) && link.xdp !== undefined) xdpLong(link.xdp, out, details);
  if (only && globals.statistics) linkStatistics(link, out, globals, true);
  if ((only || details) && link.vfinfoList?.info && link.numVf !== undefined)
    virtualFunctions(link.vfinfoList.info, out, globals);
  const altNames = link.propList?.altIfname;
  if (altNames) {
    out.put("altnames", altNames);
    for (const altName of altNames) out.say(`\n    altname ${altName}`);
  }
  out.say("\n");
}

const EVENTS: { readonly [event: number]: string } = {
  1: "REBOOT",
  2: "FEATURE CHANGE",
  3: "BONDING FAILOVER",
  4: "NOTIFY PEERS",
  5: "RESEND IGMP",
  6: "BONDING OPTION",
};
const reasonBits = (value: number): string[] =>
  Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => (value >>> bit) & 1)
    .map(String);

function printAddresses(link: Link, out: Out, { paint, globals }: Context): void {
  const type = linkTypeName(link.type, globals.Numeric);
  out.put("link_type", type, `\n    link/${type} `);
  if (link.address !== undefined) {
    const address = linkAddress(link.address, link.type);
    out.put("address", address, paint("mac", address));
  }
  if (link.broadcast !== undefined) {
    const peer = (link.flags & pointopoint) !== 0;
    if (peer) out.put("link_pointtopoint", true);
    const broadcast = linkAddress(link.broadcast, link.type);
    out.put("broadcast", broadcast, `${peer ? " peer " : " brd "}${paint("mac", broadcast)}`);
  }
  if (link.permAddress !== undefined) {
    const permanent = linkAddress(link.permAddress, link.type);
    if (link.address === undefined || permanent !== linkAddress(link.address, link.type))
      out.put("permaddr", permanent, ` permaddr ${paint("mac", permanent)}`);
  }
}

function printDetails(link: Link, out: Out, view: LinkView): void {
  const number = (key: string, word: string, value: number | undefined, text = `${word} ${value} `) => {
    if (value !== undefined) out.put(key, value, text);
  };
  number("promiscuity", "promiscuity", link.promiscuity, ` promiscuity ${link.promiscuity} `);
  number("allmulti", "allmulti", link.allmulti, ` allmulti ${link.allmulti} `);
  number("min_mtu", "minmtu", link.minMtu);
  number("max_mtu", "maxmtu", link.maxMtu);
  view.details?.(link, out, view);
  const mode = link.family === 7 ? undefined : (link.afSpec as AfSpec | undefined)?.inet6?.addrGenMode;
  if (view.only && mode !== undefined) {
    const name = nameOf(addrGenModes, mode) ?? `0x${mode.toString(16).padStart(2, "0")}`;
    out.put("inet6_addr_gen_mode", name, `addrgenmode ${name} `);
  }
  number("num_tx_queues", "numtxqueues", link.numTxQueues);
  number("num_rx_queues", "numrxqueues", link.numRxQueues);
  number("gso_max_size", "gso_max_size", link.gsoMaxSize);
  number("gso_max_segs", "gso_max_segs", link.gsoMaxSegs);
  number("tso_max_size", "tso_max_size", link.tsoMaxSize);
  number("tso_max_segs", "tso_max_segs", link.tsoMaxSegs);
  number("gro_max_size", "gro_max_size", link.groMaxSize);
  const text = (key: string, word: string, value: string | undefined) => {
    if (value !== undefined) out.put(key, value, `${word} ${value} `);
  };
  text("phys_port_name", "portname", link.physPortName);
  text("phys_port_id", "portid", link.physPortId && formatHex(link.physPortId));
  text("phys_switch_id", "switchid", link.physSwitchId && formatHex(link.physSwitchId));
  text("parentbus", "parentbus", link.parentDevBusName);
  text("parentdev", "parentdev", link.parentDevName);
}

// ---- XDP (ip/iplink_xdp.c) ----------------------------------------------------------------------------------------------------
type Xdp = NonNullable<Link["xdp"]>;
const XDP_MODES: { readonly [attached: number]: string } = {
  1: "xdp",
  2: "xdpgeneric",
  3: "xdpoffload",
  4: "xdpmulti",
};

function xdpShort(xdp: Xdp, out: Out, long: boolean): void {
  const mode = XDP_MODES[xdp.attached ?? 0];
  if (mode === undefined) return;
  if (long) {
    // `ip link` has the programs on lines of their own; here only the mode.
    out.say(`${mode} `);
    return;
  }
  out.say(xdp.progId === undefined ? `${mode} ` : `${mode}/id:${xdp.progId} `);
}
function xdpLong(xdp: Xdp, out: Out, _details: boolean): void {
  const attached = xdp.attached ?? 0;
  if (XDP_MODES[attached] === undefined) return;
  const programs: [mode: number, id: number | undefined][] =
    attached === 4
      ? [
          [2, xdp.skbProgId],
          [1, xdp.drvProgId],
          [3, xdp.hwProgId],
        ]
      : [[attached, xdp.progId]];
  out.object("xdp", (inner) => {
    inner.put("mode", attached);
    if (attached !== 4 && xdp.progId !== undefined) inner.put("prog", { id: xdp.progId });
    inner.array("attached", (list) => {
      for (const [mode, id] of programs)
        if (id !== undefined) list.put("", { mode, prog: { id } }, `\n    prog/${XDP_MODES[mode]} id ${id} `);
    });
  });
}

/** A line of `ip -br link`, or the beginning of one of `ip -br address`. */
export function printBrief(link: Link, out: Out, view: LinkView, deleted = false): void {
  const { paint } = view.context;
  if (deleted) out.put("deleted", true, "Deleted ");
  const name = link.ifname ?? "<nil>";
  const below = lower(link, view);
  if (below?.index !== undefined) out.put("link_index", below.index);
  else if (below !== undefined) out.put("link", below.name);
  const full = below === undefined ? name : `${name}@${below.name ?? "NONE"}`;
  out.put("ifname", name, paint("ifname", `${full.padEnd(16)} `));
  if (link.operstate !== undefined) {
    const state = OPER_STATES[link.operstate];
    if (state === undefined) out.put("operstate_index", link.operstate, `state 0x${link.operstate.toString(16)}`);
    else out.put("operstate", state, paint(stateColour(link.operstate), `${state.padEnd(14)} `));
  }
  if (!view.only) return;
  if (link.address !== undefined) {
    const address = linkAddress(link.address, link.type);
    out.put("address", address, paint("mac", `${address} `));
  }
  const flags = flagWords(link.flags, below?.down ?? false);
  out.put("flags", flags, `<${flags.join(",")}> `);
  out.say("\n");
}
