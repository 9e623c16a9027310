/** `nlink ip tunnel`: tunnels as links, which they are (ip/iptunnel.c and ip/ip6tunnel.c ask by ioctl). @module */
import { indexOf } from "../../api/device.ts";
import { NetlinkError } from "../../api/errors.ts";
import { AF_INET6 } from "../../api/options.ts";
import { errnoText } from "../../codec/nlmsg/errno.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { greFlags } from "../../codec/rtnetlink/link/kinds/gre.ts";
import { ip6TunnelFlags } from "../../codec/rtnetlink/link/kinds/tunnel.ts";
import { type Link, link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import { address, device, oneWord } from "../grammar/args.ts";
import { command, commandsOf, group, type Option, type Options } from "../grammar/command.ts";
import { tunnelKinds } from "./kinds/tunnel.ts";
import { linkStatistics } from "./link/stats.ts";
import { linkValue } from "./link/words.ts";
import { listLinks } from "./list.ts";

/** Modes by their names, the kind of link that each is, and what it carries where that is to be said. */
const MODES: { readonly [mode: string]: readonly [kind: string, proto?: number] } = {
  gre: ["gre"], "gre/ip": ["gre"], gretap: ["gretap"], ipip: ["ipip", 4], "ip/ip": ["ipip", 4], sit: ["sit", 41], "ipv6/ip": ["sit", 41], isatap: ["sit", 41],
  vti: ["vti"], ip6gre: ["ip6gre"], "gre/ipv6": ["ip6gre"], ip6gretap: ["ip6gretap"], ip6tnl: ["ip6tnl", 41], ip6ip6: ["ip6tnl", 41], "ipv6/ipv6": ["ip6tnl", 41],
  ipip6: ["ip6tnl", 4], "ip/ipv6": ["ip6tnl", 4], "any/ipv6": ["ip6tnl", 0], any: ["ip6tnl", 0], vti6: ["vti6"], "vti/ipv6": ["vti6"],
}; // biome-ignore format: a table

const end: typeof address.read = (parser, word) => parser.take("any") ?? address.read(parser, word);

/** The words of all these kinds: those of IPv4 first. What a word of one kind means for another is the same. */
const words: Options = Object.assign(
  {},
  ...["ip6gre", "ip6tnl", "vti", "gre", "sit"].flatMap((kind) => tunnelKinds[kind]!.rows.map((row) => row.options)),
  // Of either family.
  Object.fromEntries(
    (["remote", "local"] as const).map((word): [string, Option] => [
      word,
      {
        last: true,
        arg: { syntax: "{ ADDRESS | any }", complete: ["any"], read: end },
        help: word === "remote" ? "the other end" : "this end",
      },
    ]),
  ),
);
const { external: _external, mode: _mode, ...shared } = words;
const options = {
  ...shared,
  name: { arg: device, help: "its name" },
  mode: {
    last: true,
    arg: oneWord(
      "MODE",
      (word) => (Object.hasOwn(MODES, word) ? word : undefined),
      "Cannot guess tunnel mode",
      Object.keys(MODES),
    ),
    help: `kind of tunnel: ${Object.keys(MODES)
      .filter((mode) => !mode.includes("/"))
      .join(", ")}`,
  },
} as Options;

async function edit(context: Context, verb: "add" | "change", values: { [word: string]: unknown }): Promise<void> {
  const channel = await context.rtnetlink();
  const { name, mode: given, ...rest } = values as { name?: string; mode?: string };
  const six = context.globals.family === AF_INET6;
  let mode = given;
  const found =
    verb === "change" && name !== undefined
      ? (await listLinks(context, { dev: name }, { oneAlone: true })).links[0]
      : undefined;
  mode ??= found?.linkinfo?.kind ?? (six ? "ip6tnl" : undefined);
  if (mode === undefined) throw failure("cannot determine tunnel mode (ipip, gre, vti or sit)");
  const [kind, proto] = MODES[mode] ?? [mode];
  const sixth = kind.startsWith("ip6") || kind === "vti6";
  const own: { [word: string]: unknown } = {};
  const known = new Set(tunnelKinds[kind]!.rows.flatMap((row) => Object.keys(row.options)));
  for (const [word, value] of Object.entries(rest)) {
    const other = sixth
      ? ({ ttl: "hoplimit", tos: "tclass" } as { [word: string]: string })[word]
      : ({ hoplimit: "ttl", tclass: "tos" } as { [word: string]: string })[word];
    const meant = known.has(word) ? word : (other ?? word);
    if (!known.has(meant)) throw usage(`Error: a tunnel of mode ${mode} has no ${word}`);
    if ((word === "remote" || word === "local") && value !== "any" && String(value).includes(":") !== sixth)
      throw failure(`Error: ${sixth ? "inet6" : "inet"} address is expected rather than "${value}".`);
    own[meant] = (word === "remote" || word === "local") && value === "any" ? (sixth ? "::" : "0.0.0.0") : value;
  }
  if (proto !== undefined && given !== undefined) own.mode = proto;
  // A type of service or a class that is that of the packet within has numbers of its own.
  if (own.tos === -1) own.tos = 1;
  if (kind === "sit" && verb === "add") own.ttl ??= 0;
  if (mode === "isatap") own.isatap = true;
  const making = {
    context,
    channel,
    reference: () => ({ fd: 0 }),
    ...(verb === "change" && name !== undefined ? { device: name } : {}),
  };
  const value = await linkValue(
    { type: { kind, given: own }, ...(name === undefined || verb === "change" ? {} : { name }) } as never,
    making,
  );
  const target = verb === "change" ? { index: await indexOf(channel, name ?? "") } : {};
  await refusing(`${verb} tunnel "${name ?? ""}"`, () =>
    channel.ack(
      {
        type: RTM.newlink,
        flags: verb === "add" ? NLM_F_CREATE | NLM_F_EXCL : 0,
        schema,
        value: { ...value, ...target } as never,
      },
      { operation: `${verb} tunnel ${name}` },
    ),
  );
}
/** A refusal ends with 1 here: the system's ip asks by ioctl. */
async function refusing(what: string, request: () => Promise<void>): Promise<void> {
  try {
    await request();
  } catch (e) {
    if (e instanceof NetlinkError && e.errno !== 0)
      throw failure(`${what} failed: ${e.kernelMessage ?? errnoText(e.errno) ?? e.code}`);
    throw e;
  }
}

type Data = { [field: string]: number | string | undefined };
const FOUR: { readonly [kind: string]: (data: Data) => string } = {
  gre: () => "gre/ip",
  ipip: ({ proto }) => `${PROTOCOLS[Number(proto ?? 4)] ?? "unknown"}/ip`,
  sit: ({ proto }) => `${PROTOCOLS[Number(proto ?? 41)] ?? "unknown"}/ip`,
  vti: () => "ip/ip",
};
const SIX: { readonly [kind: string]: (data: Data) => string } = {
  ip6gre: () => "gre/ipv6",
  ip6tnl: ({ proto }) => `${PROTOCOLS[Number(proto ?? 41)] ?? "unknown"}/ipv6`,
  vti6: () => "ipv6/ipv6",
};
const PROTOCOLS: { readonly [protocol: number]: string } = { 0: "any", 4: "ip", 41: "ipv6", 137: "mpls" };

const KEY = greFlags.values.key;
function printKeys(data: Data, out: Out): void {
  const { key, csum, seq } = greFlags.values;
  const [iflags, oflags] = [Number(data.iflags ?? (data.ikey ? key : 0)), Number(data.oflags ?? (data.okey ? key : 0))];
  if (iflags & oflags & key && data.ikey === data.okey) out.put("key", data.ikey!, ` key ${data.ikey}`);
  else {
    if (iflags & key) out.put("ikey", data.ikey!, ` ikey ${data.ikey}`);
    if (oflags & key) out.put("okey", data.okey!, ` okey ${data.okey}`);
  }
  if (data.iflags === undefined || data.vti) return;
  const lines: [on: number, word: string, text: string][] = [
    [iflags & seq, "rx_drop_ooseq", "Drop packets out of sequence."],
    [iflags & csum, "rx_csum", "Checksum in received packet is required."],
    [oflags & seq, "tx_seq", "Sequence packets on output."],
    [oflags & csum, "tx_csum", "Checksum output packets."],
  ];
  const found = lines.filter(([on]) => on);
  out.put(
    "flags",
    found.map(([, word]) => word),
    found.map(([, , text]) => `\n  ${text}`).join(""),
  );
}

function print4(
  link: Link,
  mode: string,
  data: Data,
  out: Out,
  context: Context,
  device_: (index: number) => string,
): void {
  const { paint } = context;
  out.put("ifname", link.ifname ?? "", paint("ifname", `${link.ifname}: `));
  out.put("mode", mode, `${mode} `);
  const end = (word: "remote" | "local", blank: string) => {
    const address = String(data[word] ?? "0.0.0.0");
    out.put(word, address, `${word} ${paint("inet", `${address === "0.0.0.0" ? "any" : address}${blank}`)}`);
  };
  end("remote", " ");
  end("local", "");
  if (data.link) out.put("dev", device_(Number(data.link)), ` dev ${device_(Number(data.link))}`);
  if (data.ttl) out.put("ttl", data.ttl, ` ttl ${data.ttl}`);
  else out.say(" ttl inherit");
  const tos = Number(data.tos ?? 0);
  if (tos === 1) out.say(" tos inherit");
  else if (tos)
    out.put("tos", `0x${(tos & ~1).toString(16)}`, ` tos 0x${(tos & ~1).toString(16)}${tos & 1 ? "/inherit" : ""}`);
  // Of a vti netlink does not tell; those that it has made have none.
  if (data.pmtudisc === 0 || link.linkinfo?.kind === "vti") out.put("nopmtudisc", null, " nopmtudisc");
  if (link.linkinfo?.kind === "sit" && data.sixrdPrefixlen) {
    out.put("6rd-prefix", data.sixrdPrefix ?? "::", ` 6rd-prefix ${data.sixrdPrefix}`);
    out.put("6rd-prefixlen", data.sixrdPrefixlen, `/${data.sixrdPrefixlen}`);
    if (data.sixrdRelayPrefixlen) {
      out.put("6rd-relay_prefix", data.sixrdRelayPrefix ?? "", ` 6rd-relay_prefix ${data.sixrdRelayPrefix}`);
      out.put("6rd-relay_prefixlen", data.sixrdRelayPrefixlen, `/${data.sixrdRelayPrefixlen}`);
    }
  }
  printKeys(
    link.linkinfo?.kind === "vti" ? { vti: 1, iflags: KEY, oflags: KEY, ikey: 0, okey: 0, ...data } : data,
    out,
  );
}

function print6(
  link: Link,
  mode: string,
  data: Data,
  out: Out,
  context: Context,
  device_: (index: number) => string,
): void {
  const { paint } = context;
  const flags = Number(data.flags ?? 0);
  const six = ip6TunnelFlags.values;
  out.put("ifname", link.ifname ?? "", paint("ifname", `${link.ifname}: `));
  out.put("mode", mode, `${mode} `);
  out.put("remote", data.remote ?? "::", `remote ${paint("inet6", `${data.remote ?? "::"} `)}`);
  out.put("local", data.local ?? "::", `local ${paint("inet6", `${data.local ?? "::"}`)}`);
  if (data.link) out.put("link", device_(Number(data.link)), ` dev ${device_(Number(data.link))}`);
  if (flags & six.ign_encap_limit) out.put("ip6_tnl_f_ign_encap_limit", null, " encaplimit none");
  else out.put("encap_limit", data.encapLimit ?? 0, ` encaplimit ${data.encapLimit ?? 0}`);
  if (data.ttl) out.put("hoplimit", data.ttl, ` hoplimit ${data.ttl}`);
  else out.say(" hoplimit inherit");
  const flow = Number(data.flowinfo ?? 0);
  const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, "0")}`;
  if (flags & six.use_orig_tclass) out.put("ip6_tnl_f_use_orig_tclass", null, " tclass inherit");
  else out.put("tclass", hex((flow >>> 20) & 0xff, 2), ` tclass ${hex((flow >>> 20) & 0xff, 2)}`);
  if (flags & six.use_orig_flowlabel) out.put("ip6_tnl_f_use_orig_flowlabel", null, " flowlabel inherit");
  else out.put("flowlabel", hex(flow & 0xfffff, 5), ` flowlabel ${hex(flow & 0xfffff, 5)}`);
  out.put("flowinfo", hex(flow, 8), ` (flowinfo ${hex(flow, 8)})`);
  if (flags & six.rcv_dscp_copy) out.put("ip6_tnl_f_rcv_dscp_copy", null, " dscp inherit");
  if (flags & six.allow_local_remote) out.put("ip6_tnl_f_allow_local_remote", null, " allow-localremote");
  printKeys(data, out);
}

/** tnl_print_stats in ip/tunnel.c. */
function counters(link: Link): string {
  const s = (link.stats64 ?? {}) as { readonly [name: string]: unknown };
  const columns = (widths: readonly number[], ...names: string[]) =>
    names.map((name, i) => `${s[name] ?? 0}`.padEnd(widths[i]!)).join(" ");
  const received = columns(
    [10, 12, 6, 8, 8, 8],
    "rxPackets",
    "rxBytes",
    "rxErrors",
    "rxFrameErrors",
    "rxFifoErrors",
    "multicast",
  );
  const sent = columns(
    [10, 12, 6, 8, 8, 6],
    "txPackets",
    "txBytes",
    "txErrors",
    "collisions",
    "txCarrierErrors",
    "txDropped",
  );
  return `\nRX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts\n    ${received}\nTX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs\n    ${sent}`;
}

async function show(context: Context, values: { [word: string]: unknown }): Promise<void> {
  const { name, mode } = values as { name?: string; mode?: string };
  const { globals } = context;
  const kind = mode === undefined ? undefined : MODES[mode]?.[0];
  const six = globals.family === AF_INET6 || kind?.startsWith("ip6") || kind === "vti6";
  const modes = six ? SIX : FOUR;
  await context.printer.list(async (item) => {
    const { links, devices } = await listLinks(context, name === undefined ? {} : { dev: name });
    for (const link of links) {
      const own = link.linkinfo?.kind;
      if (own === undefined || !Object.hasOwn(modes, own) || (kind !== undefined && own !== kind)) continue;
      const data = (link.linkinfo?.data ?? {}) as Data;
      item((out) => {
        (six ? print6 : print4)(link, modes[own]!(data), data, out, context, (index) => devices.name(index));
        if (globals.statistics && globals.json) linkStatistics(link, out, globals, true);
        else if (globals.statistics) out.say(counters(link));
        out.say("\n");
      });
    }
  });
}

const bare = ["name"] as const;
const editing = commandsOf(options, bare, edit);
export const tunnel = group({
  name: "tunnel",
  help: "tunnels of GRE, IPIP, SIT and VTI; with -6 those over IPv6",
  otherwise: "show",
  entries: [
    editing("add", "add", "make a tunnel"),
    editing("change", "change", "change a tunnel", ["chg"]),
    command({
      name: "delete",
      help: "delete a tunnel",
      options,
      bare,
      async run(context, values) {
        const { name } = values as { name?: string };
        if (name === undefined) throw usage("Not enough information: a name is required.");
        const channel = await context.rtnetlink();
        const index = await indexOf(channel, name);
        await refusing(`delete tunnel "${name}"`, () =>
          channel.ack({ type: RTM.dellink, schema, value: { index } }, { operation: `delete tunnel ${name}` }),
        );
      },
    }),
    command({
      name: "show",
      also: ["list", "lst", "ls"],
      help: "show tunnels",
      options,
      bare,
      run: (context, values) => show(context, values as never),
    }),
  ],
});
