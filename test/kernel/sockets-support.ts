/** A namespace full of sockets, and what the system's ss says of them. @module */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import type { InetSocket } from "../../src/api/sockets/inet-socket.ts";
import type { NetlinkSocket } from "../../src/api/sockets/netlink-socket.ts";
import type { PacketSocket } from "../../src/api/sockets/packet-socket.ts";
import { SockDiag } from "../../src/api/sockets/sockdiag.ts";
import type { UnixSocket } from "../../src/api/sockets/unix-socket.ts";
import type { VsockSocket } from "../../src/api/sockets/vsock-socket.ts";
import type { XdpSocket } from "../../src/api/sockets/xdp-socket.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

export interface Zoo extends Sandbox {
  readonly sockets: SockDiag;
  readonly pid: number;
  /** What could not be opened. */
  readonly missing: string;
  /** Lines of ss. */
  ss(...args: string[]): string[];
  close(): void;
}

/** A sandbox in which `pairs` connections and sockets of every family are open. */
export async function zoo(pairs: number, ...marks: number[]): Promise<Zoo> {
  // Debian's kernel does not load these by itself.
  if (process.env.NLINK_VM) execFileSync("modprobe", ["-aq", "dccp_ipv4", "dccp_ipv6", "dccp_diag"]);
  const box = await sandbox();
  let child: ChildProcess | undefined;
  try {
    // A route to nowhere, for a connection that gets no answer.
    box.ip("link", "add", "zoo0", "type", "veth", "peer", "name", "zoo1");
    box.ip("link", "set", "zoo0", "up");
    box.ip("link", "set", "zoo1", "up");
    box.ip("address", "add", "198.51.100.1/24", "dev", "zoo0");
    box.ip("neighbor", "add", "198.51.100.77", "lladdr", "02:00:00:00:00:77", "dev", "zoo0", "nud", "permanent");
    const script = join(import.meta.dirname, "../support/socket-zoo.mjs");
    const args = ["netns", "exec", box.name, process.execPath, script, pairs, ...marks].map(String);
    child = spawn("ip", args, { stdio: ["pipe", "pipe", "pipe"] });
    let missing = "";
    child.stderr!.on("data", (text: Buffer) => {
      missing += text;
    });
    await new Promise<void>((resolve, reject) => {
      child!.stdout!.once("data", () => resolve());
      child!.once("exit", (code) => reject(new Error(`the zoo ended with ${code}: ${missing}`)));
    });
    const sockets = await SockDiag.open({ netns: box.name });
    return {
      ...box,
      sockets,
      pid: child.pid!,
      get missing() {
        return missing;
      },
      ss: (...args) =>
        execFileSync("ip", ["netns", "exec", box.name, "ss", "-nHO", ...args], {
          encoding: "utf8",
          maxBuffer: 1 << 28,
          stdio: ["ignore", "pipe", "ignore"],
        })
          .split("\n")
          .filter((line) => line.trim() !== ""),
      close() {
        sockets.close();
        child!.stdin!.end();
        child!.kill();
        box.close();
      },
    };
  } catch (e) {
    child?.kill();
    box.close();
    throw e;
  }
}

export const ssStates: { readonly [ours: string]: string } = {
  established: "ESTAB",
  "syn-sent": "SYN-SENT",
  "syn-recv": "SYN-RECV",
  "fin-wait-1": "FIN-WAIT-1",
  "fin-wait-2": "FIN-WAIT-2",
  "time-wait": "TIME-WAIT",
  close: "UNCONN",
  "close-wait": "CLOSE-WAIT",
  "last-ack": "LAST-ACK",
  listen: "LISTEN",
  closing: "CLOSING",
};

/** What ss shows of an end. */
function end(s: InetSocket, side: "local" | "remote"): string {
  const { address, port } = s[side];
  const device = side === "local" && s.dev !== undefined ? `%${s.dev}` : "";
  const any = address === "::" && s.v6only !== true ? "*" : address.includes(":") ? `[${address}]` : address;
  // The other end of what takes both families is any of both.
  const shown = side === "remote" && address === "::" && s.v6only !== true ? "*" : any;
  return `${shown}${device}:${port === 0 ? "*" : port}`;
}
const arrows = (shutdown: readonly string[] = []): string =>
  `${shutdown.includes("receive") ? "-" : "<"}-${shutdown.includes("send") ? "-" : ">"}`;
const g = (x: number): number => Number(x.toPrecision(6));
const memory = (m: InetSocket["memory"]): string[] =>
  m
    ? [
        `skmem:(r${m.rmemAlloc},rb${m.rcvbuf},t${m.wmemAlloc},tb${m.sndbuf},f${m.fwdAlloc},w${m.wmemQueued},o${m.optmem},bl${m.backlog},d${m.drops})`,
      ]
    : [];
/** `name:value` where there is a value. */
const some = (rows: { readonly [name: string]: number | string | undefined }): string[] =>
  Object.entries(rows).flatMap(([name, value]) => (value ? [`${name}:${value}`] : []));

/** Words that ss -eim must show of a socket. */
export function inetWords(s: InetSocket): string[] {
  const words = [
    s.protocol === "sctp" && s.association
      ? s.association.toString().toUpperCase().replace("ESTABLISHED", "ESTAB")
      : (ssStates[s.state] ?? s.state),
    String(s.receiveQueue),
    String(s.sendQueue),
    end(s, "local"),
    end(s, "remote"),
    `ino:${s.inode}`,
    `sk:${s.cookie.slice(2)}`,
    ...(s.uid === 0 ? [] : [`uid:${s.uid}`]),
    ...(s.mark ? [`fwmark:0x${s.mark.toString(16)}`] : []),
    ...(s.state === "time-wait" ? [] : [arrows(s.shutdown)]),
    ...memory(s.memory),
  ];
  // One that gets no answer tries again and again.
  if (s.protocol === "tcp" && s.info && s.state !== "syn-sent") {
    const i = s.info;
    if (s.congestion) words.push(s.congestion);
    words.push(
      ...i.options.flatMap((o) => ({ timestamps: ["ts"], sack: ["sack"], ecn: ["ecn"] })[o as "ecn"] ?? []),
      ...(i.options.includes("wscale") ? [`wscale:${i.sndWscale},${i.rcvWscale}`] : []),
      ...some({ cwnd: i.sndCwnd, bytes_sent: i.bytesSent, bytes_acked: i.bytesAcked, bytes_received: i.bytesReceived }),
      ...some({ segs_out: i.segsOut, segs_in: i.segsIn, data_segs_out: i.dataSegsOut, data_segs_in: i.dataSegsIn }),
    );
    // Of listening sockets ss shows no more.
    if (s.state !== "listen")
      words.push(
        ...(i.rttMs ? [`rtt:${g(i.rttMs)}/${g(i.rttvarMs)}`] : []),
        ...(i.rtoMs && i.rtoMs !== 3000 ? [`rto:${g(i.rtoMs)}`] : []),
        ...some({ mss: i.sndMss, rcvmss: i.rcvMss, advmss: i.advmss, pmtu: i.pmtu }),
        ...some({ delivered: i.delivered, snd_wnd: i.sndWnd, rcv_space: i.rcvSpace, rcv_ssthresh: i.rcvSsthresh }),
        ...some({
          minrtt: i.minRttMs === undefined || i.minRttMs > 4e6 ? undefined : g(i.minRttMs),
          unacked: i.unacked,
        }),
        ...(i.deliveryRateAppLimited ? ["app_limited"] : []),
      );
  }
  if (s.protocol === "mptcp" && s.info)
    words.push(
      ...(s.info.token ? [`token:${s.info.token.toString(16)}`] : []),
      ...(s.info.writeSeq !== "0x0"
        ? [`write_seq:${s.info.writeSeq.slice(2)}`, `snd_una:${s.info.sndUna.slice(2)}`]
        : []),
    );
  return words;
}

/** Words of ss -xem, by which a socket is known among them: its inode. */
export const unixWords = (s: UnixSocket): string[] => [
  `u_${{ stream: "str", dgram: "dgr", seqpacket: "seq" }[s.type as "stream"]}`,
  ssStates[s.state] ?? s.state,
  String(s.receiveQueue),
  String(s.sendQueue),
  s.path ?? (s.abstractName === undefined ? "*" : `@${s.abstractName.replaceAll("\0", "@")}`),
  String(s.inode),
  String(s.peer ?? 0),
  arrows(s.shutdown),
  ...memory(s.memory),
];

export const netlinkKey = (s: NetlinkSocket): string =>
  `${s.message.protocol}:${s.portId | 0} groups=0x${(s.message.groups?.[0] ?? 0).toString(16).padStart(8, "0")} ${memory(s.memory)}`;

export const packetWords = (s: PacketSocket): string[] => [
  s.type === "dgram" ? "p_dgr" : "p_raw",
  String(s.receiveQueue),
  `${s.etherType === 3 ? "*" : `[${s.etherType}]`}:${s.dev ?? "*"}`,
  `ino:${s.inode}`,
  `sk:${s.cookie.slice(2)}`,
  ...(s.version === undefined ? [] : [`ver:${s.version - 1}`]),
  ...(s.flags ?? []).map((f) => ({ vnethdr: "vnethdr" })[f as "vnethdr"] ?? f),
  ...(s.fanout ? [`fanout(id:${s.fanout.id},type:${s.fanout.mode})`] : []),
  ...(s.receiveRing
    ? [
        `ring_rx(blk_size:${s.receiveRing.blockBytes},blk_nr:${s.receiveRing.blocks},frm_size:${s.receiveRing.frameBytes},frm_nr:${s.receiveRing.frames},tmo:${s.receiveRing.retireTimeoutMs},features:0x${s.receiveRing.features.toString(16)})`,
      ]
    : []),
  ...memory(s.memory),
];

const number = (n: number): string => (n === 0xffffffff ? "*" : String(n));
/** State and ends, which is all that ss shows. */
export const vsockKey = (s: VsockSocket): string =>
  `${ssStates[s.state] ?? s.state} ${number(s.local.cid)}:${number(s.local.port)} ${number(s.remote.cid)}:${number(s.remote.port)}`;

export const xdpWords = (s: XdpSocket): string[] => [
  `ino:${s.inode}`,
  `sk:${s.cookie.slice(2)}`,
  ...(s.receiveRing ? [`rx(entries:${s.receiveRing})`] : []),
  ...(s.sendRing ? [`tx(entries:${s.sendRing})`] : []),
  ...(s.fillRing ? [`fr(entries:${s.fillRing})`] : []),
  ...(s.completionRing ? [`cr(entries:${s.completionRing})`] : []),
];

/** Words of a line of ss, by what its sockets are told apart. */
export function byKey(lines: readonly string[], key: RegExp): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of lines) {
    const name = key.exec(line)?.[1];
    if (name === undefined) continue;
    // An SCTP socket has a line of its own and one an association.
    const words = found.get(name) ?? new Set();
    for (const word of line.replace(/^(secret)+/, "").split(/\s+/)) words.add(word);
    found.set(name, words);
  }
  return found;
}
