/** What -i, -m, -o and --inet-sockopt tell of a socket, in ss's words (misc/ss.c of iproute2). @module */
import type { InetSocket, MptcpSocket, SctpSocket, TcpSocket } from "../../api/sockets/inet-socket.ts";
import type { Value } from "../../codec/schema/codec.ts";
import { nameOf } from "../../codec/schema/scalar.ts";
import type { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { mptcpInfoFlags } from "../../codec/sockdiag/mptcp-info.ts";
import { sctpStates } from "../../codec/sockdiag/sctp-info.ts";
import { formatG } from "../../codec/text/number.ts";

type Number64 = number | bigint | undefined;
/** ` word:value`, unless it is 0. */
const pair = (word: string, value: Number64, show: (value: number | bigint) => string = String): string =>
  value ? ` ${word}:${show(value)}` : "";
const us = (value: Number64): string => formatG(Number(value) / 1000);

/** Bits per second as sprint_bw has them. */
export function bandwidth(bits: number, numeric: boolean): string {
  if (numeric) return bits.toFixed(0);
  for (const [unit, factor] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) // biome-ignore format: a table
    if (bits >= factor) return `${formatG(bits / factor, 3)}${unit}`;
  return formatG(bits);
}

export function memory(m: Value<typeof skMeminfo> | undefined): string {
  if (!m) return "";
  const rest = `${m.backlog === undefined ? "" : `,bl${m.backlog}`}${m.drops === undefined ? "" : `,d${m.drops}`}`;
  return ` skmem:(r${m.rmemAlloc},rb${m.rcvbuf},t${m.wmemAlloc},tb${m.sndbuf},f${m.fwdAlloc},w${m.wmemQueued},o${m.optmem}${rest})`;
}

/** A countdown: `1.234ms`, `12sec`, `1min30sec` (print_ms_timer). */
function countdown(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  let secs = Math.floor(ms / 1000) % 60;
  let msecs = minutes > 0 ? 0 : ms % 1000;
  if (minutes > 9) secs = 0;
  if (secs > 9) msecs = 0;
  return `${minutes > 0 ? `${minutes}min` : ""}${secs > 0 ? `${secs}${msecs > 0 ? "." : "sec"}` : ""}${msecs > 0 ? `${String(msecs).padStart(3, "0")}ms` : ""}`;
}
const TIMERS = ["off", "on", "keepalive", "timewait", "persist"];
export function timer({ protocol, message: { timer, expires, retrans } }: InetSocket): string {
  if (timer === 0) return "";
  const name = protocol === "sctp" ? "T3_RTX" : (TIMERS[timer] ?? "unknown");
  return ` timer:(${name},${countdown(expires)},${retrans})`;
}

const SOCKOPTS: { readonly [name: string]: string } = {
  recverr: "recverr", isIcsk: "is_icsk", freebind: "freebind", hdrincl: "hdrincl", mcLoop: "mc_loop", transparent: "transparent", mcAll: "mc_all", nodefrag: "nodefrag",
  bindAddressNoPort: "bind_addr_no_port", recverrRfc4884: "recverr_rfc4884", deferConnect: "defer_connect",
}; // biome-ignore format: a table
export const sockopts = ({ options }: InetSocket, lead: string): string =>
  options ? `${lead}inet-sockopt: (${options.map((name) => ` ${SOCKOPTS[name]}`).join("")})` : "";

const OPT = { timestamps: 1, sack: 2, wscale: 4, ecn: 8, ecnSeen: 16, synData: 32 } as const;
const ENDLESS = 0xffffffffffffffffn;
/** tcp_show_info and tcp_stats_print. */
export function tcpInfo(socket: TcpSocket, { numeric, options }: { numeric: boolean; options: boolean }): string {
  const { message: m, info } = socket;
  const i = m.info;
  if (!i || !info || i instanceof Uint8Array) return "";
  const has = (bit: number) => (i.options & bit) !== 0;
  const bw = (bits: number) => `${bandwidth(bits, numeric)}bps`;
  const out: string[] = [];
  const say = (text: string) => void out.push(text);
  if (options) {
    if (has(OPT.timestamps)) say(" ts");
    if (has(OPT.sack)) say(" sack");
    if (has(OPT.ecn)) say(" ecn");
    if (has(OPT.ecnSeen)) say(" ecnseen");
    if (has(OPT.synData)) say(" fastopen");
  }
  if (m.cong) say(` ${m.cong}`);
  if (has(OPT.wscale)) say(` wscale:${info.sndWscale},${info.rcvWscale}`);
  if (i.rto !== 3_000_000) say(pair("rto", i.rto, us));
  say(pair("backoff", i.backoff));
  if (i.rtt) say(` rtt:${us(i.rtt)}/${us(i.rttvar)}`);
  say(pair("ato", i.ato, us) + pair("mss", i.sndMss) + pair("pmtu", i.pmtu) + pair("rcvmss", i.rcvMss));
  say(pair("advmss", i.advmss) + pair("cwnd", i.sndCwnd));
  if (i.sndSsthresh < 0xffff) say(pair("ssthresh", i.sndSsthresh));
  say(pair("bytes_sent", i.bytesSent) + pair("bytes_retrans", i.bytesRetrans) + pair("bytes_acked", i.bytesAcked));
  say(pair("bytes_received", i.bytesReceived) + pair("segs_out", i.segsOut) + pair("segs_in", i.segsIn));
  say(pair("data_segs_out", i.dataSegsOut) + pair("data_segs_in", i.dataSegsIn));
  if (m.dctcpinfo) {
    const { enabled, ceState, alpha, abEcn, abTot } = m.dctcpinfo;
    say(
      enabled ? ` dctcp:(ce_state:${ceState},alpha:${alpha},ab_ecn:${abEcn},ab_tot:${abTot})` : " dctcp:fallback_mode",
    );
  }
  if (m.bbrinfo) {
    const { bwLo, bwHi, minRtt, pacingGain, cwndGain } = m.bbrinfo;
    const gain = (word: string, value: number) => (value ? `,${word}:${formatG(value / 256)}` : "");
    const gains = gain("pacing_gain", pacingGain) + gain("cwnd_gain", cwndGain);
    say(` bbr:(bw:${bw((bwHi * 2 ** 32 + bwLo) * 8)},mrtt:${us(minRtt)}${gains})`);
  }
  const { vegasinfo: vegas } = m;
  const rtt = vegas?.enabled && vegas.rtt && vegas.rtt !== 0x7fffffff ? vegas.rtt : i.rtt;
  if (rtt > 0 && i.sndMss && i.sndCwnd) say(` send ${bw((i.sndCwnd * i.sndMss * 8e6) / rtt)}`);
  say(pair("lastsnd", i.lastDataSent) + pair("lastrcv", i.lastDataRecv) + pair("lastack", i.lastAckRecv));
  if (i.pacingRate && i.pacingRate !== ENDLESS) {
    say(` pacing_rate ${bw(Number(i.pacingRate) * 8)}`);
    if (i.maxPacingRate && i.maxPacingRate !== ENDLESS) say(`/${bw(Number(i.maxPacingRate) * 8)}`);
  }
  if (i.deliveryRate) say(` delivery_rate ${bw(Number(i.deliveryRate) * 8)}`);
  say(pair("delivered", i.delivered) + pair("delivered_ce", i.deliveredCe));
  if (info.deliveryRateAppLimited) say(" app_limited");
  if (i.busyTime) {
    const limited = (word: string, time: bigint | undefined) =>
      time ? ` ${word}:${time / 1000n}ms(${((100 * Number(time)) / Number(i.busyTime)).toFixed(1)}%)` : "";
    say(
      ` busy:${i.busyTime / 1000n}ms${limited("rwnd_limited", i.rwndLimited)}${limited("sndbuf_limited", i.sndbufLimited)}`,
    );
  }
  say(pair("unacked", i.unacked));
  if (i.retrans || i.totalRetrans) say(` retrans:${i.retrans}/${i.totalRetrans}`);
  say(pair("lost", i.lost));
  if (socket.state !== "listen") say(pair("sacked", i.sacked));
  say(pair("dsack_dups", i.dsackDups) + pair("fackets", i.fackets));
  if (i.reordering !== 3) say(` reordering:${i.reordering}`);
  say(pair("reord_seen", i.reordSeen) + pair("rcv_rtt", i.rcvRtt, us) + pair("rcv_space", i.rcvSpace));
  say(pair("rcv_ssthresh", i.rcvSsthresh) + pair("notsent", i.notsentBytes));
  if (i.minRtt !== 0xffffffff) say(pair("minrtt", i.minRtt, us));
  say(pair("rcv_ooopack", i.rcvOoopack) + pair("snd_wnd", i.sndWnd));
  return out.join("");
}

/** Keys of MD5 signatures, kernel TLS and MPTCP below a TCP connection. */
export function tcpExtras({ message: m, md5Keys }: TcpSocket): string {
  const key = (bytes: Uint8Array) =>
    Array.from(bytes, (b) =>
      b > 0x20 && b < 0x7f && b !== 0x2c && b !== 0x5c
        ? String.fromCharCode(b)
        : `\\x${b.toString(16).padStart(2, "0")}`,
    ).join("");
  let out = md5Keys?.length ? ` md5keys:${md5Keys.map((k) => `${k.prefix}=${key(k.key)}`).join(",")}` : "";
  const { ulpInfo: ulp } = m;
  if (!ulp) return out;
  if (ulp.name !== undefined) out += ` tcp-ulp-${ulp.name}`;
  if (ulp.tls) {
    const { version, cipher, rxconf, txconf, zcRoTx } = ulp.tls;
    if (version !== undefined) out += ` version: ${{ 771: "1.2", 772: "1.3" }[version] ?? `unknown(${version})`}`;
    const ciphers: { readonly [n: number]: string } = { 51: "aes-gcm-128", 52: "aes-gcm-256" };
    if (cipher !== undefined && ciphers[cipher]) out += ` cipher: ${ciphers[cipher]}`;
    const conf = (n: number) => ["", "none", "sw", "hw", "hw-record"][n] || `unknown(${n})`;
    if (rxconf !== undefined) out += ` rxconf: ${conf(rxconf)}`;
    if (txconf !== undefined) out += ` txconf: ${conf(txconf)}`;
    if (zcRoTx) out += " zc_ro_tx";
  }
  if (ulp.mptcp) out += subflow(ulp.mptcp);
  return out;
}
type Subflow = NonNullable<NonNullable<TcpSocket["message"]["ulpInfo"]>["mptcp"]>;
function subflow(s: Subflow): string {
  const hex = (word: string, value: Number64) => (value === undefined ? "" : ` ${word}:${value.toString(16)}`);
  const caps = [..."MmJjBbecv"].filter((_, i) => ((s.flags ?? 0) & (1 << i)) !== 0).join("");
  const token = (value: number, id: number) => `${value.toString(16).padStart(4, "0")}(id:${id})`;
  const { tokenRem, tokenLoc, idRem, idLoc } = s;
  const tokens =
    tokenRem !== undefined && tokenLoc !== undefined && idRem !== undefined && idLoc !== undefined
      ? ` token:${token(tokenRem, idRem)}/${token(tokenLoc, idLoc)}`
      : "";
  return `${caps ? ` flags:${caps}` : ""}${tokens}${hex("seq", s.mapSeq)}${hex("sfseq", s.mapSfseq)}${hex("ssnoff", s.ssnOffset)}${hex("maplen", s.mapDatalen)}`;
}

/** sctp_show_info: the addresses of both ends, and struct sctp_info in ss's short words. */
export function sctpInfo({ message: m, locals, peers }: SctpSocket): string {
  const ends = (word: string, list: SctpSocket["locals"]) =>
    list?.length ? ` ${word}:${list.map(({ address }) => address).join(",")}` : "";
  const out = ends("locals", locals) + ends("peers", peers);
  const i = m.info;
  if (!i || i instanceof Uint8Array) return out;
  const hex = (value: Number64) => value!.toString(16);
  const state = i.state
    ? ` state:${(nameOf(sctpStates, i.state) ?? String(i.state)).toUpperCase().replaceAll("-", "_")}`
    : "";
  const words: readonly (readonly [string, Number64, typeof hex?])[] = [
    ["rwnd", i.rwnd], ["unackdata", i.unackdata], ["penddata", i.penddata], ["instrms", i.instrms], ["outstrms", i.outstrms], ["inqueue", i.inqueue],
    ["outqueue", i.outqueue], ["overerr", i.overallError], ["maxburst", i.maxBurst], ["maxseg", i.maxseg], ["prwnd", i.peerRwnd], ["ptag", i.peerTag, hex],
    ["pcapable", i.peerCapable], ["psack", i.peerSack], ["autoclose", i.sAutoclose], ["adapind", i.sAdaptationInd], ["pdpoint", i.sPdPoint],
    ["nodelay", i.sNodelay], ["nofrag", i.sDisableFragments], ["v4mapped", i.sV4mapped], ["fraginl", i.sFragInterleave],
  ]; // biome-ignore format: a table
  return `${out}${pair("tag", i.tag, hex)}${state}${words.map(([word, value, show]) => pair(word, value, show)).join("")}`;
}

/** mptcp_show_info. */
export function mptcp({ message: m }: MptcpSocket): string {
  const i = m.info;
  if (!i || i instanceof Uint8Array) return "";
  const hex = (value: Number64) => value!.toString(16);
  const { fallback, "remote-key-received": key } = mptcpInfoFlags.values;
  return [
    pair("subflows", i.subflows) +
      pair("add_addr_signal", i.addAddrSignal) +
      pair("add_addr_accepted", i.addAddrAccepted),
    pair("subflows_max", i.subflowsMax) + pair("add_addr_signal_max", i.addAddrSignalMax),
    pair("add_addr_accepted_max", i.addAddrAcceptedMax),
    (i.flags & fallback) !== 0 ? " fallback" : "",
    (i.flags & key) !== 0 ? " remote_key" : "",
    pair("token", i.token, hex) + pair("write_seq", i.writeSeq, hex) + pair("snd_una", i.sndUna, hex),
    pair("rcv_nxt", i.rcvNxt, hex),
  ].join("");
}
