/** Words of lightweight tunnels: `encap ip id 5 dst 192.0.2.1` (lwt_parse_encap in ip/iproute_lwtunnel.c). @module */
import type { EncapOptions } from "../../api/encap.ts";
import { ilaChecksumModes, ilaHooks, ilaIdentifierTypes } from "../../codec/rtnetlink/encap/ila.ts";
import { ipTunnelFlags } from "../../codec/rtnetlink/encap/ip-options.ts";
import { seg6Modes } from "../../codec/rtnetlink/encap/seg6.ts";
import { seg6localActions, seg6localFlavors } from "../../codec/rtnetlink/encap/seg6local.ts";
import { parseHex } from "../../codec/text/hex.ts";
import { parseIp } from "../../codec/wire/ip.ts";
import { usage, wrong } from "../failure.ts";
import { address, bigInteger, device, integer, labels, oneOf, oneWord } from "../grammar/args.ts";
import type { Arg, Options } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import type { Parser } from "../grammar/parser.ts";

const byte = integer("NUMBER", 255);
const u32 = integer();
const words = <N extends string>(names: { readonly values: { readonly [K in N]: number } }) =>
  oneOf(...(Object.keys(names.values) as N[]));
const segments: Arg<string[]> = oneWord(
  "ADDRESS[,ADDRESS…]",
  (word) => {
    const list = word.split(",");
    return list.every((segment) => parseIp(segment)?.length === 16) ? list : undefined;
  },
  "not IPv6 addresses with commas between",
);

/** Fields of options, three of them or four with colons between, in hexadecimal where `hex`. */
const geneve = oneWord("CLASS:TYPE:DATA[,…]", (word) => {
  const found = word.split(",").map((option) => /^([\da-f]{1,4}):([\da-f]{1,2}):((?:[\da-f]{8})+)$/i.exec(option));
  if (found.includes(null)) return undefined;
  const list = found as RegExpExecArray[];
  return [
    {
      class: list.map((m) => Number.parseInt(m[1]!, 16)),
      type: list.map((m) => Number.parseInt(m[2]!, 16)),
      data: list.map((m) => parseHex(m[3]!)!),
    },
  ];
});
const vxlan = oneWord("GBP", (word) =>
  /^(0x)?[\da-f]{1,8}$/i.test(word) ? { gbp: Number.parseInt(word, 16) } : undefined,
);
const erspan = oneWord("VERSION:INDEX:DIR:HWID", (word) => {
  const [ver, index, dir, hwid] = word.split(":").map(Number);
  if (![ver, index, dir, hwid].every((x) => Number.isInteger(x))) return undefined;
  return ver === 1 ? { ver, index } : { ver, dir, hwid };
});
const tunnel = {
  id: { arg: bigInteger("ID"), help: "key of the tunnel: VNI, GRE key" },
  src: { arg: address, help: "source address of the outer header" },
  dst: { arg: address, help: "destination of the outer header" },
  key: { help: "with the key" },
  csum: { help: "with checksums" },
  seq: { help: "with sequence numbers" },
  geneve_opts: { arg: geneve, help: "options of Geneve" },
  vxlan_opts: { arg: vxlan, help: "group based policy of VXLAN" },
  erspan_opts: { arg: erspan, help: "header of ERSPAN" },
} satisfies Options;

function tunnelSettings(parser: Parser, more: Options): object {
  const values = parser.within({ ...tunnel, ...more }) as { [key: string]: unknown };
  const { key, csum, seq, geneve_opts, vxlan_opts, erspan_opts, ...rest } = values;
  const bits = ipTunnelFlags.values;
  const flags = (key ? bits.key : 0) | (csum ? bits.csum : 0) | (seq ? bits.seq : 0);
  const opts = geneve_opts
    ? { geneve: geneve_opts }
    : vxlan_opts
      ? { vxlan: vxlan_opts }
      : erspan_opts
        ? { erspan: erspan_opts }
        : undefined;
  return { ...rest, ...(flags ? { flags } : {}), ...(opts ? { opts } : {}) };
}

const locator = oneWord("LOCATOR", (word) => {
  const groups = word.split(":");
  return groups.length === 4 && groups.every((g) => /^[\da-f]{1,4}$/i.test(g))
    ? BigInt(`0x${groups.map((g) => g.padStart(4, "0")).join("")}`)
    : undefined;
});

const parsers: { readonly [type: string]: (parser: Parser) => object } = {
  mpls: (parser) => ({ dst: labels.read(parser, "encap"), ...parser.within({ ttl: { arg: byte, help: "" } }) }),
  ip: (parser) =>
    tunnelSettings(parser, { tos: { arg: named("TOS", "dsfields"), help: "" }, ttl: { arg: byte, help: "" } }),
  ip6: (parser) =>
    tunnelSettings(parser, { tc: { arg: named("TOS", "dsfields"), help: "" }, hoplimit: { arg: byte, help: "" } }),
  ila: (parser) => ({
    locator: locator.read(parser, "encap"),
    ...parser.within({
      csumMode: { also: ["csum-mode"], arg: words(ilaChecksumModes), help: "" },
      identType: { also: ["ident-type"], arg: words(ilaIdentifierTypes), help: "" },
      hookType: { also: ["hook-type"], arg: words(ilaHooks), help: "" },
    }),
  }),
  seg6(parser) {
    const { segs, mode } = parser.within({
      mode: { arg: words(seg6Modes), help: "" },
      segs: { arg: segments, help: "" },
    });
    if (!segs) throw usage("Error: segs: the segments to visit are missing");
    return { mode, segments: segs };
  },
  seg6local(parser) {
    const { srh, segs, endpoint, flavors, ...rest } = parser.within({
      action: { arg: words(seg6localActions), help: "" },
      table: { arg: named("TABLE", "tables", 0xffffffff), help: "" },
      vrftable: { arg: named("TABLE", "tables", 0xffffffff), help: "" },
      nh4: { arg: address, help: "" },
      nh6: { arg: address, help: "" },
      iif: { arg: device, help: "" },
      oif: { arg: device, help: "" },
      srh: { help: "" },
      segs: { arg: segments, help: "" },
      count: { help: "" },
      flavors: {
        arg: oneWord("FLAVOR[,…]", (word) =>
          word.split(",").every((flavor) => Object.hasOwn(seg6localFlavors.values, flavor))
            ? word.split(",")
            : undefined,
        ),
        help: "",
      },
      endpoint: { arg: oneWord("PROGRAM", () => undefined, "programs are not loaded here"), help: "" },
    });
    if (rest.action === undefined) throw usage("Error: action: what to do with packets is missing");
    return {
      ...rest,
      ...(segs ? { segments: segs } : {}),
      ...(flavors ? { flavors: { operation: flavors } } : {}),
    };
  },
  rpl(parser) {
    const { segs } = parser.within({ segs: { arg: segments, help: "" } });
    if (!segs) throw usage("Error: segs: the segments to visit are missing");
    return { segments: segs };
  },
  ioam6(parser) {
    const options = parser.within({
      freq: {
        arg: oneWord("K/N", (word) => {
          const match = /^(\d+)\/(\d+)$/.exec(word);
          return match ? { freqK: Number(match[1]), freqN: Number(match[2]) } : undefined;
        }),
        help: "",
      },
      mode: { arg: oneOf("inline", "encap", "auto"), help: "" },
      tunsrc: { arg: address, help: "" },
      tundst: { arg: address, help: "" },
      trace: { help: "" },
      prealloc: { help: "" },
      type: { arg: integer("TYPE", 0xffffff), help: "" },
      ns: { arg: integer("NAMESPACE", 0xffff), help: "" },
      size: { arg: integer("BYTES", 244), help: "" },
    });
    if (options.type === undefined || options.size === undefined)
      throw usage("Error: trace prealloc: type, ns and size are needed");
    return {
      ...options.freq,
      mode: options.mode ?? "inline",
      ...(options.tunsrc ? { src: options.tunsrc } : {}),
      ...(options.tundst ? { dst: options.tundst } : {}),
      trace: { namespaceId: options.ns ?? 0, nodelen: 0, remlen: options.size / 4, type: (options.type << 8) >>> 0 },
    };
  },
  xfrm(parser) {
    const { if_id, link_dev } = parser.within({
      if_id: { arg: u32, help: "" },
      link_dev: { arg: device, help: "" },
    });
    return { ...(if_id === undefined ? {} : { ifId: if_id }), ...(link_dev === undefined ? {} : { link: link_dev }) };
  },
};

/** `TYPE SETTINGS…` */
export const encap: Arg<EncapOptions> = {
  syntax: `{ ${Object.keys(parsers).join(" | ")} } SETTINGS…`,
  complete: Object.keys(parsers),
  read(parser) {
    const type = parser.next();
    const parse = Object.hasOwn(parsers, type) ? parsers[type] : undefined;
    if (!parse) throw wrong(type, `not one of ${Object.keys(parsers).join(", ")}`);
    return { type, ...parse(parser) } as EncapOptions;
  },
};
