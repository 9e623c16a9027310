/** Lightweight tunnels as `ip route` and `ip nexthop` have them (lwt_print_encap in ip/iproute_lwtunnel.c). @module */
import { labelText } from "../../api/encap.ts";
import type { BpfEncap } from "../../codec/rtnetlink/encap/bpf.ts";
import { encapTypes } from "../../codec/rtnetlink/encap/encap.ts";
import { type IlaEncap, ilaChecksumModes, ilaHooks, ilaIdentifierTypes } from "../../codec/rtnetlink/encap/ila.ts";
import { type Ioam6Encap, ioam6Modes } from "../../codec/rtnetlink/encap/ioam6.ts";
import type { IpEncap } from "../../codec/rtnetlink/encap/ip.ts";
import { ipTunnelFlags } from "../../codec/rtnetlink/encap/ip-options.ts";
import type { Ip6Encap } from "../../codec/rtnetlink/encap/ip6.ts";
import type { MplsEncap } from "../../codec/rtnetlink/encap/mpls.ts";
import type { RplEncap } from "../../codec/rtnetlink/encap/rpl.ts";
import { type Seg6Encap, seg6Modes } from "../../codec/rtnetlink/encap/seg6.ts";
import { type Seg6localEncap, seg6localActions, seg6localFlavors } from "../../codec/rtnetlink/encap/seg6local.ts";
import type { XfrmEncap } from "../../codec/rtnetlink/encap/xfrm.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import type { Out } from "../../codec/tc/show.ts";
import { formatHex } from "../../codec/text/hex.ts";
import type { Context } from "../context.ts";
import type { Devices } from "./devices.ts";

interface Place {
  readonly out: Out;
  readonly context: Context;
  readonly devices: Devices;
}

export function printEncap(type: number, value: unknown, out: Out, context: Context, devices: Devices): void {
  const name = nameOf(encapTypes, type) ?? "unknown";
  out.put("encap", name, ` encap ${name} `);
  const print = printers[name];
  print?.(value as never, { out, context, devices });
}

const printers: { readonly [type: string]: (value: never, place: Place) => void } = {
  mpls({ dst, ttl }: MplsEncap, { out }: Place) {
    if (dst) out.put("dst", labelText(dst), ` ${labelText(dst)} `);
    if (ttl !== undefined) out.put("ttl", ttl, `ttl ${ttl} `);
  },
  ip(ip: IpEncap, { out, context }: Place) {
    ends(ip, out, (text) => context.paint("inet", text));
    if (ip.ttl !== undefined) out.put("ttl", ip.ttl, `ttl ${ip.ttl} `);
    if (ip.tos !== undefined) out.put("tos", ip.tos, `tos ${ip.tos} `);
    flagsAndOptions(ip, out);
  },
  ip6(ip: Ip6Encap, { out, context }: Place) {
    ends(ip, out, (text) => context.paint("inet6", text));
    if (ip.hoplimit !== undefined) out.put("hoplimit", ip.hoplimit, `hoplimit ${ip.hoplimit} `);
    if (ip.tc !== undefined) out.put("tc", ip.tc, `tc ${ip.tc} `);
    flagsAndOptions(ip, out);
  },
  ila(ila: IlaEncap, { out }: Place) {
    if (ila.locator !== undefined) {
      const locator = ila.locator
        .toString(16)
        .padStart(16, "0")
        .replace(/(....)(?=.)/g, "$1:")
        .replace(/\b0{1,3}/g, "");
      out.put("locator", locator, ` ${locator} `);
    }
    const word = (key: string, text: string, name: string | undefined) => {
      if (name !== undefined) out.put(key, name, ` ${text} ${name} `);
    };
    word("csum_mode", "csum-mode", ila.csumMode === undefined ? undefined : nameOf(ilaChecksumModes, ila.csumMode));
    word(
      "ident_type",
      "ident-type",
      ila.identType === undefined ? undefined : nameOf(ilaIdentifierTypes, ila.identType),
    );
    word("hook_type", "hook-type", ila.hookType === undefined ? undefined : nameOf(ilaHooks, ila.hookType));
  },
  seg6({ srh }: Seg6Encap, { out, context }: Place) {
    if (!srh) return;
    const mode = nameOf(seg6Modes, srh.mode) ?? String(srh.mode);
    out.put("mode", mode, `mode ${mode} `);
    segments(srh.segments ?? [], out, context);
  },
  seg6local(local: Seg6localEncap, { out, context, devices }: Place) {
    const { names, globals } = context;
    const action = nameOf(seg6localActions, local.action ?? 0) ?? String(local.action);
    out.put("action", action, `action ${action} `);
    if (local.srh) {
      out.say("srh ");
      segments(local.srh.segments ?? [], out, context);
    }
    const word = (key: string, text: string | undefined) => {
      if (text !== undefined) out.put(key, text, `${key} ${text} `);
    };
    word("table", local.table === undefined ? undefined : names.tables.name(local.table));
    word("vrftable", local.vrftable === undefined ? undefined : names.tables.name(local.vrftable));
    word("nh4", local.nh4);
    word("nh6", local.nh6);
    word("iif", local.iif === undefined ? undefined : devices.name(local.iif));
    word("oif", local.oif === undefined ? undefined : devices.name(local.oif));
    if (local.bpf) program("endpoint", local.bpf.progName, out);
    if (local.flavors?.operation) {
      const found = namesOf(seg6localFlavors, local.flavors.operation).names;
      out.put("flavors", found, `flavors ${found.join(",")} `);
    }
    if (local.counters && globals.statistics) {
      const { packets = 0n, bytes = 0n, errors = 0n } = local.counters;
      out.put("stats64", { packets, bytes, errors }, `packets ${packets} bytes ${bytes} errors ${errors} `);
    }
  },
  bpf(bpf: BpfEncap, { out }: Place) {
    for (const way of ["in", "out", "xmit"] as const) if (bpf[way]) program(way, bpf[way].name, out);
    if (bpf.xmitHeadroom !== undefined) out.put("headroom", bpf.xmitHeadroom, ` ${bpf.xmitHeadroom} `);
  },
  rpl({ srh }: RplEncap, { out, context }: Place) {
    if (srh) segments(srh.segments ?? [], out, context);
  },
  ioam6(ioam: Ioam6Encap, { out }: Place) {
    if (ioam.freqK !== undefined) out.put("freqk", ioam.freqK, `freq ${ioam.freqK}`);
    if (ioam.freqN !== undefined) out.put("freqn", ioam.freqN, `/${ioam.freqN} `);
    const mode = nameOf(ioam6Modes, ioam.mode ?? 1) ?? String(ioam.mode);
    out.put("mode", mode, `mode ${mode} `);
    if (ioam.src !== undefined) out.put("tunsrc", ioam.src, `tunsrc ${ioam.src} `);
    if (ioam.dst !== undefined) out.put("tundst", ioam.dst, `tundst ${ioam.dst} `);
    if (!ioam.trace) return;
    const type = `0x${(ioam.trace.type >>> 8).toString(16).padStart(6, "0")}`;
    out.put("trace", null, "trace ");
    out.put("prealloc", null, "prealloc ");
    out.put("type", type, `type ${type} `);
    out.put("ns", ioam.trace.namespaceId, `ns ${ioam.trace.namespaceId} `);
    out.put("size", (ioam.trace.remlen & 0x7f) * 4, `size ${(ioam.trace.remlen & 0x7f) * 4} `);
  },
  xfrm({ ifId, link }: XfrmEncap, { out, devices }: Place) {
    if (ifId !== undefined) out.put("if_id", ifId, `if_id ${ifId} `);
    if (link) out.put("link_dev", devices.name(link), `link_dev ${devices.name(link)} `);
  },
};

function ends({ id, src, dst }: Pick<IpEncap, "id" | "src" | "dst">, out: Out, paint: (text: string) => string) {
  if (id !== undefined) out.put("id", id, `id ${id} `);
  if (src !== undefined) out.put("src", src, paint(`src ${src} `));
  if (dst !== undefined) out.put("dst", dst, paint(`dst ${dst} `));
}

const { key, csum, seq } = ipTunnelFlags.values;
function flagsAndOptions({ flags = 0, opts }: Pick<IpEncap, "flags" | "opts">, out: Out): void {
  if (flags & key) out.put("key", true, "key ");
  if (flags & csum) out.put("csum", true, "csum ");
  if (flags & seq) out.put("seq", true, "seq ");
  if (opts?.geneve) {
    const list = opts.geneve.flatMap(({ class: classes = [], type = [], data = [] }) =>
      classes.map((c, i) => ({ class: c, type: type[i] ?? 0, data: formatHex(data[i] ?? new Uint8Array()) })),
    );
    const hex = (x: number) => x.toString(16);
    out.put(
      "geneve_opts",
      list,
      `geneve_opts ${list.map((o) => `${hex(o.class)}:${hex(o.type)}:${o.data}`).join(",")} `,
    );
  }
  if (opts?.vxlan?.gbp !== undefined) {
    out.put("vxlan_opts", [{ gbp: opts.vxlan.gbp }], `vxlan_opts ${opts.vxlan.gbp.toString(16)} `);
  }
  if (opts?.erspan) {
    const { ver = 0, index = 0, dir = 0, hwid = 0 } = opts.erspan;
    out.put("erspan_opts", [{ ver, index, dir, hwid }], `erspan_opts ${ver}:${index}:${dir}:${hwid} `);
  }
}

/** The last one stands first in the header. */
function segments(list: readonly string[], out: Out, { paint }: Context): void {
  const path = list.toReversed();
  out.put("segs", path, `segs ${path.length} [ ${path.map((segment) => paint("inet6", `${segment} `)).join("")}] `);
}

function program(way: string, name: string | undefined, out: Out): void {
  out.put(way, name ?? "<unknown>", `${way} ${name === undefined ? "" : `${name} `}`);
}
