/** Kinds of few words. @module */
import { amtModes } from "../../../codec/rtnetlink/link/kinds/amt.ts";
import { gtpRoles } from "../../../codec/rtnetlink/link/kinds/gtp.ts";
import { hsrProtocols } from "../../../codec/rtnetlink/link/kinds/hsr.ts";
import { ipoibModes } from "../../../codec/rtnetlink/link/kinds/ipoib.ts";
import { macsecCipherSuites, macsecOffload, macsecValidation } from "../../../codec/rtnetlink/link/kinds/macsec.ts";
import { netkitModes, netkitPolicies, netkitScrub } from "../../../codec/rtnetlink/link/kinds/netkit.ts";
import { rmnetFlags } from "../../../codec/rtnetlink/link/kinds/rmnet.ts";
import { tunTypes } from "../../../codec/rtnetlink/link/kinds/tun.ts";
import { formatEthertype, parseEthertype } from "../../../codec/text/ethertype.ts";
import { failure } from "../../failure.ts";
import { address, device, integer, oneWord, text } from "../../grammar/args.ts";
import { named } from "../../grammar/named.ts";
import {
  custom,
  type Data,
  deviceRow,
  hex,
  type KindWords,
  name,
  noSwitch,
  number,
  oneOf,
  onOff,
  onOffNumber,
  type Row,
  row,
  shown,
  string,
} from "./rows.ts";

const vrf: KindWords = {
  rows: [
    row("table", "the routing table", named("TABLE", "tables", 0xffffffff), {}, (value: number) => ({
      json: value,
      text: `table ${value} `,
    })),
  ],
};
const withoutExternal = (one: Row): Row => ({
  ...one,
  print: (data, place) => void (data.collectMetadata || one.print!(data, place)),
});
const xfrm: KindWords = {
  rows: [
    deviceRow("dev", "the device that it goes through", device, { field: "link", silent: true }),
    withoutExternal(hex("if_id", "id that policies and states refer to")),
    custom(
      { external: { help: "the id comes with each packet", put: (data: Data) => void (data.collectMetadata = true) } },
      (data, { out }) => {
        if (data.collectMetadata) out.put("external", true, "external ");
      },
    ),
  ],
};
const hsr: KindWords = {
  rows: [
    deviceRow("slave1", "one port", device),
    deviceRow("slave2", "the other port", device),
    deviceRow("interlink", "the port to a plain network", device, { silent: true }),
    row("sequence", "", undefined, { reported: true, field: "seqNr", json: "seq_nr" }, (value: number) => ({
      json: value,
      text: `sequence ${value} `,
    })),
    custom(
      {
        supervision: {
          help: "last byte of the address of supervision frames",
          arg: integer("NUMBER", 255),
          put: (data: Data, value: number) => void (data.multicastSpec = value),
        },
        version: {
          help: "of HSR",
          arg: integer("NUMBER", 255),
          put: (data: Data, value: number) => void (data.version = value),
        },
      },
      (data, { out }) => {
        if (data.supervisionAddr !== undefined)
          out.put("supervision_addr", data.supervisionAddr as string, `supervision ${data.supervisionAddr} `);
      },
    ),
    row("proto", "0 HSR, 1 PRP", name(hsrProtocols), { field: "protocol" }, (value: number) => ({
      json: value,
      text: `proto ${value} `,
    })),
  ],
};
const gtp: KindWords = {
  rows: [
    oneOf("role", "of this end", gtpRoles),
    number("hsize", "size of the table of contexts", { field: "pdpHashsize", max: 131071 }),
    number("restart_count", "restarts so far", { max: 255 }),
  ],
  finish(data, create) {
    if (create) data.createSockets ??= 1;
  },
};
const ipoib: KindWords = {
  rows: [
    row("pkey", "partition", integer("PKEY", 0xffff), {}, (value: number) => {
      const hex = `0x${value.toString(16).padStart(4, "0")}`;
      return { json: hex, text: `pkey  ${hex} ` };
    }),
    oneOf("mode", "of transport", ipoibModes),
    row("umcast", "multicast by user space", integer("{ 0 | 1 }", 1), {}, (value: number) => {
      const hex = `0x${value.toString(16).padStart(4, "0")}`;
      return { json: hex, text: `umcast  ${hex} ` };
    }),
  ],
};
const rmnet: KindWords = {
  rows: [
    number("mux_id", "id on the device below", { max: 254 }),
    custom(
      Object.fromEntries(
        Object.entries(rmnetFlags.values).map(([word, bit]) => [
          word,
          {
            help: "of the link to the modem",
            arg: onOffNumber,
            put(data: Data, on: number) {
              const { flags = 0, mask = 0 } = (data.flags as { flags: number; mask: number } | undefined) ?? {};
              data.flags = { flags: on ? flags | bit : flags & ~bit, mask: mask | bit };
            },
          },
        ]),
      ),
    ),
  ],
};
const wwan: KindWords = { rows: [number("linkid", "the link of the modem", { field: "linkId" })] };
const batadv: KindWords = {
  rows: [string("ra", "routing algorithm", text("NAME"), { also: ["routing_algo"], field: "algoName", silent: true })],
};
const dsa: KindWords = { rows: [deviceRow("conduit", "the host's device", device, { also: ["master"] })] };
const netkit: KindWords = {
  rows: [
    oneOf("mode", "l3, or l2", netkitModes),
    shown((data, { out }) => {
      if (data.primary !== undefined)
        out.put("type", data.primary ? "primary" : "peer", `type ${data.primary ? "primary" : "peer"} `);
    }),
    oneOf("policy", "what a packet comes to where no program says: forward, blackhole", netkitPolicies),
    oneOf("peer_policy", "and at the other end", netkitPolicies, { also: ["peer-policy"] }),
    oneOf("scrub", "what is taken off packets", netkitScrub, { silent: true }),
    oneOf("peer_scrub", "and at the other end", netkitScrub, { also: ["peer-scrub"], silent: true }),
  ],
};
const bareudp: KindWords = {
  rows: [
    row("dstport", "UDP port", integer("PORT", 0xffff), { field: "port" }, (value: number) => ({
      json: value,
      text: `dstport ${value} `,
    })),
    row(
      "ethertype",
      "of what it carries",
      oneWord("PROTOCOL", parseEthertype),
      { also: ["proto"] },
      (value: number) => ({
        json: formatEthertype(value),
        text: `ethertype ${formatEthertype(value)} `,
      }),
    ),
    number("srcportmin", "least UDP source port", { field: "srcportMin", max: 0xffff }),
    noSwitch(
      "multiproto",
      "also what goes with the ethertype",
      (data, on) => void (data.multiprotoMode = on || undefined),
      (data, { out }) => {
        out.put("multiproto", Boolean(data.multiprotoMode), data.multiprotoMode ? "multiproto " : "nomultiproto ");
      },
    ),
  ],
};
const amt: KindWords = {
  rows: [
    oneOf("mode", "gateway or relay", amtModes),
    number("gateway_port", "UDP port of gateways", { max: 0xffff }),
    number("relay_port", "UDP port of relays", { max: 0xffff }),
    string("local", "this end", address, { field: "localIp" }),
    string("remote", "", address, { field: "remoteIp", reported: true }),
    string("discovery", "where relays are found", address, { field: "discoveryIp" }),
    deviceRow("dev", "the device that it goes through", device, { field: "link", json: "link" }),
    number("max_tunnels", "tunnels at most"),
  ],
};
const tunFlag = (word: string, field: string): Row => onOff(word, "", { field, reported: true });
const tun: KindWords = {
  rows: [
    oneOf("type", "", tunTypes, { reported: true }),
    tunFlag("pi", "pi"),
    tunFlag("vnet_hdr", "vnetHdr"),
    tunFlag("multi_queue", "multiQueue"),
    number("numqueues", "", { field: "numQueues", reported: true }),
    number("numdisabled", "", { field: "numDisabledQueues", reported: true }),
    tunFlag("persist", "persist"),
    number("user", "", { field: "owner", reported: true }),
    number("group", "", { reported: true }),
  ],
};

// ---- MACsec (ip/ipmacsec.c) ---------------------------------------------------------------------------------------------------
const suites = macsecCipherSuites.values;
/** The id of an early draft, under which the kernel reports the first. */
const DRAFT = 0x0080020001000001n;
const suiteName = (id: bigint): string =>
  (id === DRAFT ? "gcm-aes-128" : Object.entries(suites).find(([, suite]) => suite === id)?.[0])?.toUpperCase() ??
  "(unknown)";
const macsec: KindWords = {
  rows: [
    custom(
      {
        sci: {
          help: "id of the channel",
          arg: oneWord(
            "SCI",
            (word) => (/^(0x)?[\da-f]{1,16}$/i.test(word) ? BigInt(`0x${word.replace(/^0x/i, "")}`) : undefined),
            "expected sci",
          ),
          put: (data: Data, value: bigint) => void (data.sci = value),
        },
        port: {
          help: "the channel's number on the device",
          arg: integer("PORT", 0xffff, 1),
          put: (data: Data, value: number) => void (data.port = value),
        },
      },
      (data, { out }) => {
        const sci = (data.sci as bigint | undefined)?.toString(16).padStart(16, "0");
        if (sci !== undefined) out.put("sci", sci, `sci ${sci} `);
      },
    ),
    onOff("protect", "protect what goes out"),
    row(
      "cipher",
      "cipher suite",
      oneWord(
        "CIPHER",
        (word) => (word === "default" ? suites["gcm-aes-128"] : (suites as { [name: string]: bigint })[word]),
        "expected: default, gcm-aes-128, gcm-aes-256, gcm-aes-xpn-128 or gcm-aes-xpn-256",
        ["default", ...Object.keys(suites)],
      ),
      { field: "cipherSuite", json: "cipher_suite" },
      (id: bigint) => ({ json: suiteName(id), text: `cipher ${suiteName(id)} ` }),
    ),
    number("icvlen", "length of the check value", { field: "icvLen", json: "icv_len", max: 16 }),
    number("encodingsa", "association in use", { field: "encodingSa", json: "encoding_sa", max: 3 }),
    oneOf("validate", "what comes in", macsecValidation, { field: "validation", json: "validation" }),
    oneOf("offload", "to the hardware", macsecOffload),
    onOff("encrypt", "encrypt, too"),
    onOff("send_sci", "send the channel's id", { field: "incSci", json: "inc_sci" }),
    onOff("end_station", "this is one", { field: "es", json: "es" }),
    onOff("scb", "single copy broadcast"),
    onOff("replay", "refuse what comes again", { field: "replayProtect", json: "replay_protect" }),
    row("window", "packets that may be late", integer("NUMBER"), {}, (value: number) => ({
      json: value,
      text: `window ${value} `,
    })),
  ],
  finish(data, create) {
    if (!create) return;
    if (data.replayProtect && data.window === undefined) throw failure("replay protection needs window");
    if (data.window !== undefined && !data.replayProtect) throw failure("window is only valid with replay protection");
  },
};
/** Only with replay protection. */
const shownMacsec: KindWords = {
  ...macsec,
  rows: macsec.rows.map((one) =>
    one.options.window && one.print
      ? { ...one, print: (data, place) => void (data.replayProtect && one.print!(data, place)) }
      : one,
  ),
};

export const otherKinds: { readonly [kind: string]: KindWords } = {
  vrf, xfrm, hsr, gtp, ipoib, rmnet, wwan, batadv, dsa, netkit, bareudp, amt, tun, macsec: shownMacsec,
}; // biome-ignore format: a list
