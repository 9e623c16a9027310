/** A socket as a row of ss's table (misc/ss.c of iproute2). @module */
import type { Cookie, SocketOwner } from "../../api/sockets/end.ts";
import type { InetSocket } from "../../api/sockets/inet-socket.ts";
import type { NetlinkSocket } from "../../api/sockets/netlink-socket.ts";
import type { PacketSocket } from "../../api/sockets/packet-socket.ts";
import type { Socket } from "../../api/sockets/query.ts";
import type { UnixSocket } from "../../api/sockets/unix-socket.ts";
import type { VsockSocket } from "../../api/sockets/vsock-socket.ts";
import type { XdpSocket } from "../../api/sockets/xdp-socket.ts";
import { formatEthertype } from "../../codec/text/ethertype.ts";
import type { Cells } from "./columns.ts";
import { memory, mptcp, sctpInfo, sockopts, tcpExtras, tcpInfo, timer } from "./info.ts";
import { protocolName, serviceName } from "./names.ts";

export interface Wish {
  readonly numeric: boolean;
  readonly options: boolean;
  readonly details: boolean;
  readonly memory: boolean;
  readonly info: boolean;
  readonly tos: boolean;
  readonly cgroup: boolean;
  readonly sockopt: boolean;
  readonly bpf: boolean;
  readonly owners: boolean;
  readonly oneline: boolean;
  /** What -Z tells of processes, by pid. */
  readonly context?: ((pid: number) => string) | undefined;
  readonly host: (address: string) => string;
  readonly cgroupPath: (id: string) => string;
  readonly process: (pid: number) => string | undefined;
}

const STATES: { readonly [state: string]: string } = {
  established: "ESTAB", "syn-sent": "SYN-SENT", "syn-recv": "SYN-RECV", "fin-wait-1": "FIN-WAIT-1", "fin-wait-2": "FIN-WAIT-2", "time-wait": "TIME-WAIT",
  close: "UNCONN", "close-wait": "CLOSE-WAIT", "last-ack": "LAST-ACK", listen: "LISTEN", closing: "CLOSING", "bound-inactive": "UNCONN", "new-syn-recv": "SYN-RECV",
}; // biome-ignore format: a table
const queue = (n: number | undefined) => String(n ?? 0).padEnd(6);

type Ends = readonly [address: string, port: string, peer: string, peerPort: string];
const row = (
  netid: string,
  state: string,
  queues: readonly (number | undefined)[],
  ends: Ends,
  rest: string,
): Cells => [netid, state, queue(queues[0]), queue(queues[1]), ...ends, rest];

export function rowOf(socket: Socket, wish: Wish): Cells {
  switch (socket.protocol) {
    case "unix":
      return unixRow(socket, wish);
    case "netlink":
      return netlinkRow(socket, wish);
    case "packet":
      return packetRow(socket, wish);
    case "vsock":
      return vsockRow(socket, wish);
    case "xdp":
      return xdpRow(socket, wish);
    default:
      return inetRow(socket, wish);
  }
}

/** Who has it open; the last found first, as ss has them. */
function users(owners: readonly SocketOwner[] | undefined, { context }: Wish): string {
  if (!owners?.length) return "";
  const one = ({ comm, pid, fd }: SocketOwner) =>
    `("${comm}",pid=${pid}${context ? `,proc_ctx=${context(pid)}` : ""},fd=${fd})`;
  return ` users:(${[...owners].reverse().map(one).join(",")})`;
}
const lead = ({ oneline }: Wish) => (oneline ? " " : "\n\t");
const directions = (shutdown: number | undefined) =>
  shutdown === undefined ? "" : ` ${(shutdown & 1) !== 0 ? "-" : "<"}-${(shutdown & 2) !== 0 ? "-" : ">"}`;

interface Detailed {
  readonly uid?: number | undefined;
  readonly inode: number;
  readonly cookie: Cookie;
  readonly mark?: number | undefined;
  readonly cgroupId?: Cookie | undefined;
}
function details({ uid, inode, cookie, mark, cgroupId }: Detailed, wish: Wish): string {
  const of = `${uid ? ` uid:${uid}` : ""} ino:${inode} sk:${cookie.slice(2)}${mark ? ` fwmark:0x${mark.toString(16)}` : ""}`;
  return `${of}${cgroupId && cgroupId !== "0x0" ? ` cgroup:${wish.cgroupPath(cgroupId)}` : ""}`;
}

function inetRow(s: InetSocket, wish: Wish): Cells {
  const m = s.message;
  const port = (n: number) => {
    if (n === 0) return "*";
    if (wish.numeric) return String(n);
    return s.protocol === "raw"
      ? protocolName(n)
      : (serviceName(n, s.protocol === "mptcp" ? "tcp" : s.protocol) ?? String(n));
  };
  const address = (text: string, dev?: string | number) => {
    const any = s.family === "inet6" && text === "::" && !s.v6only;
    const name = any ? "*" : wish.host(text);
    return `${name.includes(":") ? `[${name}]` : name}${dev === undefined ? "" : `%${dev}`}:`;
  };
  let rest = users(s.owners, wish);
  if (wish.options) rest += timer(s);
  if (wish.details) {
    rest += details(s, wish);
    if (s.family === "inet6" && m.skv6only !== undefined) rest += ` v6only:${m.skv6only}`;
    rest += directions(m.shutdown);
  }
  const hex = (word: string, n: number | undefined) =>
    n === undefined ? "" : ` ${word}:${n === 0 ? "0" : `0x${n.toString(16)}`}`;
  if (wish.tos) rest += hex("tos", m.tos) + hex("tclass", m.tclass) + hex("class_id", m.classId);
  if (wish.cgroup && s.cgroupId) rest += ` cgroup:${wish.cgroupPath(s.cgroupId)}`;
  if (wish.sockopt) rest += sockopts(s, lead(wish));
  if (wish.memory || (wish.info && s.protocol !== "udp")) {
    const { meminfo: old } = m;
    if (!wish.oneline) rest += "\n\t";
    if (m.skmeminfo) rest += memory(m.skmeminfo);
    else if (old) rest += ` mem:(r${old.rmem},w${old.wmem},f${old.fmem},t${old.tmem})`;
    if (s.protocol === "sctp") rest += sctpInfo(s);
    else if (s.protocol === "mptcp") rest += mptcp(s);
    else if (s.protocol === "tcp") rest += tcpInfo(s, wish) + tcpExtras(s);
  }
  const association = s.protocol === "sctp" && s.association !== undefined;
  const state = association
    ? `\`- ${String(s.association).toUpperCase().replaceAll("-", "_").replace("ESTABLISHED", "ESTAB")}`
    : (STATES[s.state] ?? s.state);
  const remote = s.protocol === "raw" && s.remote.port === 0 ? "*" : port(s.remote.port);
  const ends: Ends = [address(s.local.address, s.dev), port(s.local.port), address(s.remote.address), remote];
  return row(association ? "" : s.protocol, state, [s.receiveQueue, s.sendQueue], ends, rest);
}

function unixRow(s: UnixSocket, wish: Wish): Cells {
  const name = s.path ?? (s.abstractName === undefined ? "*" : `@${s.abstractName.replaceAll("\0", "@")}`);
  let rest = users(s.owners, wish);
  if (wish.memory) rest += memory(s.message.meminfo);
  if (wish.details) {
    rest += directions(s.message.shutdown);
    if (s.file) rest += ` ino:${s.file.inode} dev:${s.file.device.replace(":", "/")}`;
    if (s.pending) rest += ` peers:${s.pending.map((inode) => ` ${inode}`).join("")}`;
  }
  const netid = { stream: "u_str", dgram: "u_dgr", seqpacket: "u_seq" }[s.type as "stream"] ?? "???";
  const ends: Ends = [`${name} `, String(s.inode), "* ", String(s.peer ?? 0)];
  return row(netid, STATES[s.state] ?? s.state, [s.receiveQueue, s.sendQueue], ends, rest);
}

const NL_CONNECTED = 1;
function netlinkRow(s: NetlinkSocket, wish: Wish): Cells {
  const { message: m } = s;
  const pid = m.portid | 0;
  const named = () => {
    if (pid === -1) return "*";
    if (wish.numeric) return String(pid);
    if (pid === 0) return "kernel";
    const comm = pid > 0 ? wish.process(pid) : undefined;
    return comm === undefined ? String(pid) : `${comm}/${pid}`;
  };
  const connected = m.state === NL_CONNECTED;
  const ends: Ends = [
    `${s.netlinkProtocol}:`,
    named(),
    connected ? `${m.dstGroup}:` : "*",
    connected ? String(m.dstPortid | 0) : "",
  ];
  let rest = wish.context ? ` proc_ctx=${pid > 0 ? wish.context(pid) : "unavailable"}` : "";
  if (wish.details) rest += ` sk=0 cb=0 groups=0x${(m.groups?.[0] ?? 0).toString(16).padStart(8, "0")}`;
  if (wish.memory) rest += `\t${memory(m.meminfo)}`;
  return row("nl", "UNCONN", [s.receiveQueue, s.sendQueue], ends, rest);
}

function packetRow(s: PacketSocket, wish: Wish): Cells {
  const { message: m } = s;
  const start = lead(wish);
  let rest = users(s.owners, wish);
  if (wish.details) {
    rest += details(s, wish);
    if (m.info) {
      const flags = [..."running auxdata origdev vnethdr loss".split(" ").entries()].flatMap(([i, name]) =>
        (m.info!.flags & (1 << i)) === 0 ? [] : [i === 0 ? name : ` ${name}`],
      );
      const shown = m.info.flags === 0 ? "0" : flags.join("");
      rest += `${start}ver:${m.info.version} cpy_thresh:${m.info.copyThresh} flags( ${shown} )`;
    }
    for (const [name, ring] of [["ring_rx", m.rxRing], ["ring_tx", m.txRing]] as const) // biome-ignore format: a table
      if (ring)
        rest += `${start}${name}(blk_size:${ring.blockSize},blk_nr:${ring.blockNr},frm_size:${ring.frameSize},frm_nr:${ring.frameNr},tmo:${ring.retireTmo},features:0x${ring.features.toString(16)})`;
    if (m.fanout !== undefined) {
      const type = m.fanout >>> 16;
      const name = ["hash", "lb", "cpu", "roll", "random", "qm"][type] ?? `0x${type.toString(16)}`;
      rest += `${start}fanout(id:${m.fanout & 0xffff},type:${name})`;
    }
  }
  if (wish.bpf && m.filter) {
    const view = new DataView(m.filter.buffer, m.filter.byteOffset, m.filter.byteLength);
    const count = m.filter.length >> 3;
    rest += `${start}bpf filter (${count}): `;
    for (let i = 0; i < count; i++) {
      const at = i * 8;
      const code = view.getUint16(at, true).toString(16).padStart(2, "0");
      rest += ` 0x${code} ${view.getUint8(at + 2)} ${view.getUint8(at + 3)} ${view.getUint32(at + 4, true)},`;
    }
  }
  if (wish.memory) rest += memory(m.meminfo);
  const ends: Ends = [`${s.etherType === 3 ? "*" : formatEthertype(s.etherType)}:`, String(s.dev ?? "*"), "*", ""];
  return row(s.type === "raw" ? "p_raw" : "p_dgr", "UNCONN", [s.receiveQueue, 0], ends, rest);
}

function vsockRow(s: VsockSocket, wish: Wish): Cells {
  const any = (n: number) => (n === 0xffffffff ? "*" : String(n));
  const netid = { stream: "v_str", dgram: "v_dgr" }[s.type as "stream"] ?? "???";
  const ends: Ends = [`${any(s.local.cid)}:`, any(s.local.port), `${any(s.remote.cid)}:`, any(s.remote.port)];
  return row(netid, STATES[s.state] ?? s.state, [0, 0], ends, users(s.owners, wish));
}

function xdpRow(s: XdpSocket, wish: Wish): Cells {
  const { message: m } = s;
  const start = lead(wish);
  let rest = users(s.owners, wish);
  if (wish.details) {
    rest += details(s, wish);
    const ring = (name: string, r: { entries: number } | undefined) =>
      r ? `${start}${name}(entries:${r.entries})` : "";
    rest += ring("rx", m.rxRing) + ring("tx", m.txRing);
    if (m.umem) {
      const u = m.umem;
      rest += `${start}umem(id:${u.id},size:${u.size},num_pages:${u.numPages},chunk_size:${u.chunkSize},headroom:${u.headroom},ifindex:${u.ifindex},qid:${u.queueId},zc:${u.flags & 1},refs:${u.refs})`;
      rest += ring("fr", m.umemFillRing) + ring("cr", m.umemCompletionRing);
    }
    if (m.stats) {
      const t = m.stats;
      rest += `${start}stats(rx dropped:${t.nRxDropped},rx invalid:${t.nRxInvalid},rx queue full:${t.nRxFull},rx fill ring empty:${t.nFillRingEmpty},tx invalid:${t.nTxInvalid},tx ring empty:${t.nTxRingEmpty})`;
    }
  }
  if (wish.memory) rest += memory(m.meminfo);
  const ends: Ends = s.dev === undefined ? ["*", "", "*", ""] : [`${s.dev}:`, `q${s.queue ?? 0}`, "*", ""];
  return row("xdp", "UNCONN", [m.meminfo?.rmemAlloc, 0], ends, rest);
}
