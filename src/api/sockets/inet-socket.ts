/** Sockets of IPv4 and IPv6 in the user's terms. @module */
import type { Value } from "../../codec/schema/codec.ts";
import { type Friendly, toFriendly } from "../../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import type { bbrInfo as bbrSchema } from "../../codec/sockdiag/congestion.ts";
import { bbrInfo, dctcpInfo, vegasInfo } from "../../codec/sockdiag/congestion.ts";
import {
  type InetMessage,
  type InetMptcpMessage,
  type InetOtherMessage,
  type InetSctpMessage,
  type InetTcpMessage,
  shutdowns,
  socketTimers,
} from "../../codec/sockdiag/inet.ts";
import type { md5sig } from "../../codec/sockdiag/md5sig.ts";
import { meminfo, skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { mptcpInfo } from "../../codec/sockdiag/mptcp-info.ts";
import { sctpInfo, sctpStates, type sockaddr } from "../../codec/sockdiag/sctp-info.ts";
import { type Sockopt, sockoptNames } from "../../codec/sockdiag/sockopt.ts";
import type { SocketState } from "../../codec/sockdiag/state.ts";
import { type tcpInfo, tcpInfoBits, tcpInfoWithoutBits, wscales } from "../../codec/sockdiag/tcp-info.ts";
import { AF, type InetProtocol } from "../../codec/sockdiag/types.ts";
import { ulpInfo } from "../../codec/sockdiag/ulp.ts";
import { readIpv4, readIpv6 } from "../../codec/wire/ip.ts";
import type { DeviceName } from "../facet.ts";
import { type Cookie, cookieOf, type Endpoint, type SocketMemory, type SocketOwner, stateName } from "./end.ts";
import { isAssociation, stateOf } from "./subject.ts";

export interface SocketTimer {
  /** `on`: retransmission; `rto`: the same, of Linux 6.16 and later. */
  kind: Exclude<keyof typeof socketTimers.values, "off"> | number;
  expiresMs: number;
  /** Retransmissions, or probes, so far. */
  retransmits: number;
}

interface InetSocketOf<P extends InetProtocol, M> {
  family: "inet" | "inet6";
  protocol: P;
  state: SocketState;
  local: Endpoint;
  remote: Endpoint;
  /** The device it is bound to: its name, or its index where that is not known. */
  dev?: string | number;
  cookie: Cookie;
  /** 0 where no file refers to it: `time-wait`, `syn-recv`. */
  inode: number;
  uid: number;
  /** Bytes to be read; of a listening socket, connections that wait to be accepted. */
  receiveQueue: number;
  /** Bytes sent and not acknowledged; of a listening socket, how many connections may wait. */
  sendQueue: number;
  timer?: SocketTimer;
  /** Directions that were shut down. */
  shutdown?: ("receive" | "send")[];
  /** Of an IPv6 socket: it takes no IPv4. */
  v6only?: boolean;
  /** Only for CAP_NET_ADMIN. */
  mark?: number;
  /** net_cls of cgroup v1, or the socket's priority where there is none. With `include: ["tos"]`. */
  classId?: number;
  /** Inode of the directory of cgroup v2. */
  cgroupId?: Cookie;
  options?: Sockopt[];
  /** With `include: ["tos"]`. */
  tos?: number;
  tclass?: number;
  /** With `include: ["memory"]`. */
  memory?: SocketMemory;
  /** With `include: ["meminfo"]`: the older and shorter form. */
  meminfo?: Friendly<typeof meminfo>;
  /** With `include: ["bpf"]`: values of socket storage maps. */
  bpfStorage?: { mapId: number; value: Uint8Array }[];
  /** With `owners: true`. */
  owners?: SocketOwner[];
  message: M;
}

/** struct tcp_info. Times in ms, rates in bytes per second; what the kernel is too old for is left out. */
export interface TcpInfo extends Friendly<typeof tcpInfoWithoutBits> {
  /** Shifts of the windows that are sent and received. */
  sndWscale: number;
  rcvWscale: number;
  /** The rate of delivery is bounded by what the application gave to send. */
  deliveryRateAppLimited: boolean;
  /** Why a fast open failed: 0 it did not, 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted. */
  fastopenClientFail: number;
  /** What a newer kernel has added. */
  rest?: Uint8Array;
}
/** A key of TCP's MD5 signatures, and for whom. */
export interface Md5Key {
  family: "inet" | "inet6";
  prefix: string;
  key: Uint8Array;
}
export interface BbrInfo extends Omit<Friendly<typeof bbrSchema>, "bwLo" | "bwHi"> {
  bandwidthBytesPerSecond: number;
}
interface Connection {
  /** Name of the congestion control. With `include: ["congestion"]`, as what follows. */
  congestion?: string;
  vegas?: Friendly<typeof vegasInfo>;
  dctcp?: Friendly<typeof dctcpInfo>;
  bbr?: BbrInfo;
}
export interface TcpSocket extends InetSocketOf<"tcp", InetTcpMessage>, Connection {
  /** With `include: ["info"]`, as what follows. */
  info?: TcpInfo;
  /** Kernel TLS or the MPTCP connection that this is a subflow of. */
  ulp?: Friendly<typeof ulpInfo>;
  md5Keys?: Md5Key[];
}
export interface DccpSocket extends InetSocketOf<"dccp", InetTcpMessage>, Connection {
  info?: TcpInfo;
}
export interface MptcpSocket extends InetSocketOf<"mptcp", InetMptcpMessage> {
  /** struct mptcp_info. With `include: ["info"]`. */
  info?: Friendly<typeof mptcpInfo>;
}
export interface SctpSocket extends InetSocketOf<"sctp", InetSctpMessage> {
  /** struct sctp_info. With `include: ["info"]`. */
  info?: Friendly<typeof sctpInfo>;
  /**
   * State of the association; left out of the message about the socket itself. A socket is told of once by itself, and once with each of
   * its associations, the state of which `state` gives in the nearest word of TCP's.
   */
  association?: keyof typeof sctpStates.values | number;
  /** All addresses of both ends. */
  locals?: Endpoint[];
  peers?: Endpoint[];
}
export interface UdpSocket extends InetSocketOf<"udp", InetOtherMessage> {}
export interface UdpliteSocket extends InetSocketOf<"udplite", InetOtherMessage> {}
export interface RawSocket extends InetSocketOf<"raw", InetOtherMessage> {
  /** IPPROTO_* that it takes and sends. */
  ipProtocol?: number;
}
export type InetSocket = TcpSocket | UdpSocket | UdpliteSocket | RawSocket | SctpSocket | MptcpSocket | DccpSocket;

/** A socket from its message; what `protocol` it is of, the request said. */
export function readInetSocket(
  protocol: InetProtocol,
  m: InetMessage,
  deviceName: DeviceName,
  little: boolean,
): InetSocket {
  const out: Record<string, unknown> & InetSocketOf<InetProtocol, InetMessage> = {
    family: m.family === AF.inet ? "inet" : "inet6",
    protocol,
    state: stateName(stateOf(m, protocol)),
    local: { address: m.src, port: m.sport },
    remote: { address: m.dst, port: m.dport },
    cookie: cookieOf(m.cookie),
    inode: m.inode,
    uid: m.uid,
    receiveQueue: m.rqueue,
    sendQueue: m.wqueue,
    message: m,
  };
  if (m.ifindex !== 0) out.dev = deviceName(m.ifindex) ?? m.ifindex;
  if (m.timer !== 0) {
    const kind = (nameOf(socketTimers, m.timer) as "on" | undefined) ?? m.timer;
    out.timer = { kind, expiresMs: m.expires, retransmits: m.retrans };
  }
  if (m.shutdown) out.shutdown = namesOf(shutdowns, m.shutdown).names as ("receive" | "send")[];
  if (m.skv6only !== undefined) out.v6only = m.skv6only !== 0;
  if (m.mark !== undefined) out.mark = m.mark;
  if (m.classId !== undefined) out.classId = m.classId;
  if (m.cgroupId !== undefined) out.cgroupId = `0x${m.cgroupId.toString(16)}`;
  if (m.sockopt) out.options = sockoptNames(m.sockopt, little);
  if (m.tos !== undefined) out.tos = m.tos;
  if (m.tclass !== undefined) out.tclass = m.tclass;
  if (m.skmeminfo) out.memory = toFriendly(skMeminfo, m.skmeminfo);
  if (m.meminfo) out.meminfo = toFriendly(meminfo, m.meminfo);
  if (m.skBpfStorages?.storage)
    out.bpfStorage = m.skBpfStorages.storage.map((s) => ({
      mapId: s.mapId ?? 0,
      value: s.mapValue ?? new Uint8Array(),
    }));
  if (m.protocol !== undefined && protocol === "raw") out.ipProtocol = m.protocol;
  if (m.cong !== undefined) out.congestion = m.cong;
  if (m.vegasinfo) out.vegas = toFriendly(vegasInfo, m.vegasinfo);
  if (m.dctcpinfo) out.dctcp = toFriendly(dctcpInfo, m.dctcpinfo);
  if (m.bbrinfo) out.bbr = readBbr(m.bbrinfo);
  if (m.ulpInfo) out.ulp = toFriendly(ulpInfo, m.ulpInfo);
  if (m.md5sig) out.md5Keys = m.md5sig.map(readMd5);
  if (isAssociation(m, protocol)) {
    out.association = nameOf(sctpStates, m.state) ?? m.state;
    // Its only timer: SCTP_EVENT_TIMEOUT_T3_RTX.
    if (out.timer) out.timer.kind = "on";
  }
  if (m.locals) out.locals = m.locals.map(readSockaddr);
  if (m.peers) out.peers = m.peers.map(readSockaddr);
  const { info } = m;
  if (info !== undefined)
    if (protocol === "mptcp") out.info = toFriendly(mptcpInfo, info as Value<typeof mptcpInfo>);
    else if (protocol === "sctp") out.info = toFriendly(sctpInfo, info as Value<typeof sctpInfo>);
    else if (protocol === "tcp" || protocol === "dccp") out.info = readTcpInfo(info as Value<typeof tcpInfo>, little);
  return out as unknown as InetSocket;
}

/** @internal */
export function readTcpInfo(value: Value<typeof tcpInfo>, little: boolean): TcpInfo {
  // Sixty members: to copy them once more would take ten times as long.
  const out = toFriendly(tcpInfoWithoutBits, value) as TcpInfo;
  const { snd, rcv } = wscales(value.wscale, little);
  const bits = tcpInfoBits(value.bits, little);
  out.sndWscale = snd;
  out.rcvWscale = rcv;
  out.deliveryRateAppLimited = bits.deliveryRateAppLimited;
  out.fastopenClientFail = bits.fastopenClientFail;
  if (value.rest !== undefined) out.rest = value.rest;
  return out;
}

function readBbr(value: Value<typeof bbrInfo>): BbrInfo {
  const { bwLo, bwHi, ...others } = toFriendly(bbrInfo, value);
  return { bandwidthBytesPerSecond: bwHi * 2 ** 32 + bwLo, ...others };
}

function readMd5(value: Value<typeof md5sig>): Md5Key {
  const four = value.family === AF.inet;
  const address = four ? readIpv4(value.addr, 0) : readIpv6(value.addr, 0);
  return {
    family: four ? "inet" : "inet6",
    prefix: `${address}/${value.prefixlen}`,
    key: value.key.slice(0, value.keylen),
  };
}

const readSockaddr = (value: Value<typeof sockaddr>): Endpoint => ({
  address: value.family === AF.inet ? value.ipv4 : value.ipv6,
  port: value.port,
});
