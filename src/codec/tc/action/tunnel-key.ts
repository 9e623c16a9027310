/** tunnel_key: says how a tunnel device that collects metadata is to send the packet (net/sched/act_tunnel_key.c). @module */
import { attrs, bare, bytes, flag, ipv4, ipv6, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectArray, expectObject, expectText, fail, show } from "../../schema/program.ts";
import { be16, be32, bool, enumeration, names, s32, u8, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatHex, parseHex } from "../../text/hex.ts";
import { parseIp } from "../../wire/ip.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count, known, toggle } from "../options.ts";
import { parseInteger, type Words } from "../words.ts";

const tunnelActions = names("TCA_TUNNEL_KEY_ACT_", { set: 1, unset: 2 }, { unset: "RELEASE" });
/** The kernel dumps the three of each option in one nest, one option behind the other; tc sends a nest for each. */
const geneveOpt = attrs(
  "geneve_opt",
  { c: "TCA_TUNNEL_KEY_ENC_OPT_GENEVE_" },
  { class: [1, multi(be16)], type: [2, multi(u8)], data: [3, multi(bytes)] },
);
const vxlanOpt = attrs("vxlan_opt", { c: "TCA_TUNNEL_KEY_ENC_OPT_VXLAN_" }, { gbp: [1, u32] });
const erspanOpt = attrs(
  "erspan_opt",
  { c: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_" },
  { ver: [1, u8], index: [2, be32], dir: [3, u8], hwid: [4, u8] },
);
const encOpts = attrs(
  "enc_opts",
  { c: "TCA_TUNNEL_KEY_ENC_OPTS_" },
  { geneve: [1, multi(geneveOpt)], vxlan: [2, vxlanOpt], erspan: [3, erspanOpt] },
);
/** TCA_TUNNEL_KEY_* (tunnel_key_dump). */
export const tunnelKeySchema = attrs(
  "tunnel_key",
  { c: "TCA_TUNNEL_KEY_" },
  {
    parms: [2, struct("tc_tunnel_key", { size: 24 }, { ...tcGen, tAction: enumeration(s32, tunnelActions) })],
    keyId: [7, be32, "ENC_KEY_ID"],
    ipv4Src: [3, ipv4, "ENC_IPV4_SRC"],
    ipv4Dst: [4, ipv4, "ENC_IPV4_DST"],
    ipv6Src: [5, ipv6, "ENC_IPV6_SRC"],
    ipv6Dst: [6, ipv6, "ENC_IPV6_DST"],
    dstPort: [9, be16, "ENC_DST_PORT"],
    noCsum: [10, bool(u8)],
    noFrag: [14, flag],
    opts: [11, bare(encOpts), "ENC_OPTS"],
    tos: [12, u8, "ENC_TOS"],
    ttl: [13, u8, "ENC_TTL"],
    tm: [1, tcfT],
  },
);
type Wire = Value<typeof tunnelKeySchema>;

export interface GeneveOption {
  class: number;
  type: number;
  /** 4 to 124 bytes, a multiple of 4, in hexadecimal. */
  data: string;
}
/** Version 1 has an index; version 2 a direction and a hardware id. */
export interface ErspanOption {
  version: 1 | 2;
  index?: number;
  dir?: number;
  hwid?: number;
}
/** `control` is `"pipe"` by default. */
export interface TunnelKeyOptions extends ActionOptions {
  /** `"unset"` takes the metadata off. */
  readonly mode?: "set" | "unset" | undefined;
  /** Outer addresses, both IPv4 or both IPv6. */
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  /** VNI or key. */
  readonly id?: number | undefined;
  readonly dstPort?: number | undefined;
  readonly tos?: number | undefined;
  readonly ttl?: number | undefined;
  /** Of the outer header; true by default. */
  readonly csum?: boolean | undefined;
  /** Sets DF (Linux 6.4). */
  readonly noFrag?: boolean | undefined;
  /** Options of one of these kinds of tunnels. */
  readonly geneve?: readonly Readonly<GeneveOption>[] | undefined;
  readonly vxlan?: { readonly gbp: number } | undefined;
  readonly erspan?: Readonly<ErspanOption> | undefined;
}
export interface TunnelKey extends ActionCommon {
  mode: "set" | "unset";
  src?: string;
  dst?: string;
  id?: number;
  dstPort?: number;
  tos?: number;
  ttl?: number;
  csum?: boolean;
  noFrag?: boolean;
  geneve?: GeneveOption[];
  vxlan?: { gbp: number };
  erspan?: ErspanOption;
}

const U16 = 0xffff;
const need = (options: object, name: string, max: number): number =>
  count(options, name, max) ?? fail(name, -1, "is missing");

function geneveWire(option: GeneveOption, i: number): Input<typeof geneveOpt> {
  try {
    known(expectObject(option, ""), { class: true, type: true, data: true });
    const data = parseHex(expectText(option.data, "data"));
    if (!data || data.length < 4 || data.length > 124 || data.length % 4 !== 0)
      fail("data", -1, `${show(option.data)} is not 4 to 124 bytes in hexadecimal, a multiple of 4`);
    return { class: [need(option, "class", U16)], type: [need(option, "type", 0xff)], data: [data!] };
  } catch (e) {
    throw below("geneve", below(`[${i}]`, e));
  }
}
function erspanWire(option: ErspanOption): Input<typeof erspanOpt> {
  known(expectObject(option, "erspan"), { version: true, index: true, dir: true, hwid: true });
  if (option.version === 1) return { ver: 1, index: need(option, "index", 0xffffffff) };
  if (option.version === 2) return { ver: 2, dir: need(option, "dir", 0xff), hwid: need(option, "hwid", 0xff) };
  return fail("erspan.version", -1, `${show(option.version)} is not 1 or 2`);
}
function optsWire({ geneve, vxlan, erspan }: TunnelKeyOptions): Input<typeof encOpts> | undefined {
  if ([geneve, vxlan, erspan].filter((x) => x !== undefined).length > 1)
    fail("geneve", -1, "options are of one kind of tunnel: geneve, vxlan or erspan");
  if (geneve) return { geneve: (expectArray(geneve, "geneve") as readonly GeneveOption[]).map(geneveWire) };
  if (vxlan) return { vxlan: { gbp: need(expectObject(vxlan, "vxlan"), "gbp", 0xffffffff) } };
  return erspan ? { erspan: erspanWire(erspan) } : undefined;
}
const geneveOf = (list: readonly Value<typeof geneveOpt>[]): GeneveOption[] =>
  list.flatMap(({ class: classes = [], type = [], data = [] }) =>
    classes.map((value, i) => ({ class: value, type: type[i] ?? 0, data: formatHex(data[i] ?? new Uint8Array()) })),
  );

export const tunnelKeyKind = actionKind<"tunnel_key", typeof tunnelKeySchema, TunnelKeyOptions, TunnelKey>({
  kind: "tunnel_key",
  schema: tunnelKeySchema,
  control: "pipe",
  known: {
    mode: true, src: true, dst: true, id: true, dstPort: true, tos: true, ttl: true, csum: true, noFrag: true, geneve: true, vxlan: true, erspan: true,
  }, // biome-ignore format: a table
  parms: "parms",
  toWire(options, gen) {
    const mode = choice(options, "mode", ["set", "unset"]) ?? fail("mode", -1, "is missing: set or unset");
    const parms = { ...gen, tAction: tunnelActions.values[mode] };
    if (mode === "unset") {
      for (const name in options)
        if (!["mode", "control", "index"].includes(name) && options[name as keyof TunnelKeyOptions] !== undefined)
          fail(name, -1, "is for setting");
      return { parms };
    }
    const address = (name: "src" | "dst") => {
      const text = options[name] ?? fail(name, -1, "is missing: an address");
      return parseIp(text) ? text : fail(name, -1, `${show(text)} is not an address`);
    };
    const src = address("src");
    const dst = address("dst");
    const four = !src.includes(":");
    if (four !== !dst.includes(":")) fail("dst", -1, `${dst} and ${src} are of two families`);
    const id = count(options, "id");
    const dstPort = count(options, "dstPort", U16);
    const tos = count(options, "tos", 0xff);
    const ttl = count(options, "ttl", 0xff);
    const opts = optsWire(options);
    return {
      parms,
      ...(id !== undefined && { keyId: id }),
      ...(four ? { ipv4Src: src, ipv4Dst: dst } : { ipv6Src: src, ipv6Dst: dst }),
      ...(dstPort !== undefined && { dstPort }),
      noCsum: toggle(options, "csum") === false ? 1 : 0,
      ...(toggle(options, "noFrag") && { noFrag: true }),
      ...(opts && { opts }),
      ...(tos !== undefined && { tos }),
      ...(ttl !== undefined && { ttl }),
    };
  },
  fromWire(m) {
    const src = m.ipv4Src ?? m.ipv6Src;
    const dst = m.ipv4Dst ?? m.ipv6Dst;
    const { geneve, vxlan, erspan } = m.opts ?? {};
    const set = m.parms?.tAction !== tunnelActions.values.unset;
    return {
      mode: set ? ("set" as const) : ("unset" as const),
      ...(src !== undefined && { src }),
      ...(dst !== undefined && { dst }),
      ...(m.keyId !== undefined && { id: m.keyId }),
      ...(m.dstPort !== undefined && { dstPort: m.dstPort }),
      ...(m.tos && { tos: m.tos }),
      ...(m.ttl && { ttl: m.ttl }),
      ...(set && m.noCsum !== undefined && { csum: m.noCsum === 0 }),
      ...(m.noFrag && { noFrag: true }),
      ...(geneve && { geneve: geneveOf(geneve) }),
      ...(vxlan && { vxlan: { gbp: vxlan.gbp ?? 0 } }),
      ...(erspan && { erspan: erspanOf(erspan) }),
    };
  },
  parse: parseTunnelKey,
  words(o) {
    const pair = (word: string, value: string | number | undefined) =>
      value === undefined ? [] : [word, String(value)];
    return [
      o.mode,
      ...pair("src_ip", o.src),
      ...pair("dst_ip", o.dst),
      ...pair("id", o.id),
      ...pair("dst_port", o.dstPort),
      ...pair("geneve_opts", o.geneve?.map(geneveText).join(",")),
      ...pair("vxlan_opts", o.vxlan?.gbp),
      ...pair("erspan_opts", o.erspan && erspanText(o.erspan)),
      ...pair("tos", o.tos),
      ...pair("ttl", o.ttl),
      ...(o.csum === undefined ? [] : [o.csum ? "csum" : "nocsum"]),
      ...(o.noFrag ? ["nofrag"] : []),
    ];
  },
  show: showTunnelKey,
});
const erspanOf = ({ ver = 0, index, dir, hwid }: Value<typeof erspanOpt>): ErspanOption => ({
  version: ver as 1 | 2,
  ...(index !== undefined && { index }),
  ...(dir !== undefined && { dir }),
  ...(hwid !== undefined && { hwid }),
});
const geneveText = (option: GeneveOption): string =>
  `${option.class.toString(16).padStart(4, "0")}:${option.type.toString(16).padStart(2, "0")}:${option.data}`;
const erspanText = ({ version, index = 0, dir = 0, hwid = 0 }: ErspanOption): string =>
  `${version}:${index}:${dir}:${hwid}`;

// parse_tunnel_key of iproute2's tc/m_tunnel_key.c.
const WORDS = [
  "src_ip",
  "dst_ip",
  "id",
  "dst_port",
  "geneve_opts",
  "vxlan_opts",
  "erspan_opts",
  "tos",
  "ttl",
  "csum",
  "nocsum",
  "nofrag",
];
function parseTunnelKey(words: Words, out: Record<string, unknown>): void {
  out.mode = words.oneOf("tunnel_key", ["set", "unset"]);
  for (;;) {
    const word = words.take(...WORDS);
    switch (word) {
      case undefined:
        return;
      case "src_ip":
      case "dst_ip":
        out[word.slice(0, 3)] = words.value(word, "an address", (w) => (parseIp(w) ? w : undefined));
        break;
      case "id":
        out.id = words.integer(word);
        break;
      case "dst_port":
        out.dstPort = words.integer(word, U16);
        break;
      case "tos":
      case "ttl":
        out[word] = words.value(word, "a byte", (w) => byteOf(w));
        break;
      case "csum":
      case "nocsum":
        out.csum = word === "csum";
        break;
      case "nofrag":
        out.noFrag = true;
        break;
      case "vxlan_opts":
        out.vxlan = { gbp: words.integer(word) };
        break;
      case "geneve_opts":
        out.geneve = words.value(word, `options such as "0102:80:00800022,0103:81:11223344"`, geneveList);
        break;
      default:
        out.erspan = words.value(
          word,
          `an option such as "1:2:0:0": version, index, direction, hardware id`,
          erspanParts,
        );
    }
  }
}
/** In decimal, or without a prefix in hexadecimal where that fails (tunnel_key_parse_tos_ttl). */
function byteOf(word: string): number | undefined {
  const x = /^\d+$/.test(word) ? Number(word) : /^(0x)?[0-9a-f]+$/i.test(word) ? Number.parseInt(word, 16) : Number.NaN;
  return x <= 0xff ? x : undefined;
}
function geneveList(text: string): GeneveOption[] | undefined {
  const list = text.split(",").map((part) => /^([0-9a-f]{1,4}):([0-9a-f]{1,2}):([0-9a-f]+)$/i.exec(part));
  return list.every((match) => match !== null)
    ? list.map((match) => ({
        class: Number.parseInt(match[1]!, 16),
        type: Number.parseInt(match[2]!, 16),
        data: match[3]!,
      }))
    : undefined;
}
function erspanParts(text: string): ErspanOption | undefined {
  const parts = text.split(":").map(parseInteger);
  const [version, index, dir = 0, hwid = 0] = parts;
  if (parts.length < 2 || parts.length > 4 || parts.includes(undefined)) return undefined;
  if (version === 1) return { version, index: index! };
  return version === 2 ? { version, dir, hwid } : undefined;
}

// print_tunnel_key of iproute2's tc/m_tunnel_key.c.
function showTunnelKey(m: Wire, out: Parameters<typeof showVerdict>[0], context: Parameters<typeof showUse>[3]): void {
  const unset = m.parms?.tAction === tunnelActions.values.unset;
  out.put("kind", "tunnel_key", "tunnel_key ");
  out.put("mode", unset ? "unset" : "set", unset ? " unset" : " set");
  if (!unset) {
    const put = (key: string, value: string | number | undefined) => {
      if (value !== undefined) out.put(key, value, `\n\t${key} ${value}`);
    };
    put("src_ip", m.ipv4Src);
    put("dst_ip", m.ipv4Dst);
    put("src_ip", m.ipv6Src);
    put("dst_ip", m.ipv6Dst);
    put("key_id", m.keyId);
    put("dst_port", m.dstPort);
    showOpts(m, out);
    if (m.noCsum !== undefined) out.put("flag", m.noCsum ? "nocsum" : "csum", `\n\t${m.noCsum ? "nocsum" : "csum"}`);
    if (m.noFrag) out.put("nofrag", true, "\n\tnofrag");
    if (m.tos) out.put("tos", m.tos, `\n\ttos 0x${m.tos.toString(16)}`);
    if (m.ttl) out.put("ttl", m.ttl, `\n\tttl ${m.ttl}`);
  }
  showVerdict(out, m.parms?.action ?? 0);
  showUse(out, m.parms, m.tm, context);
}
function showOpts({ opts }: Wire, out: Parameters<typeof showVerdict>[0]): void {
  if (opts?.geneve) {
    const list = geneveOf(opts.geneve);
    out.say("\n\tgeneve_opts ");
    out.array("geneve_opts", (items) => {
      list.forEach((option, i) => {
        items.object("", (inner) => {
          inner.put("class", option.class);
          inner.put("type", option.type);
          inner.put("data", [...(parseHex(option.data) ?? [])]);
          inner.say(`${geneveText(option)}${i < list.length - 1 ? "," : ""}`);
        });
      });
    });
  } else if (opts?.vxlan) {
    out.say("\n\tvxlan_opts ");
    out.array("vxlan_opts", (items) =>
      items.object("", (inner) => inner.put("gbp", opts.vxlan?.gbp ?? 0, String(opts.vxlan?.gbp ?? 0))),
    );
  } else if (opts?.erspan) {
    const { version, index = 0, dir = 0, hwid = 0 } = erspanOf(opts.erspan);
    out.say("\n\terspan_opts ");
    out.array("erspan_opts", (items) =>
      items.object("", (inner) => {
        inner.put("ver", version, String(version));
        inner.put("index", index, `:${index}`);
        inner.put("dir", dir, `:${dir}`);
        inner.put("hwid", hwid, `:${hwid}`);
      }),
    );
  }
}
