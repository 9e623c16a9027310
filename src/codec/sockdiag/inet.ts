/**
 * Sockets of IPv4 and IPv6 (linux/inet_diag.h). The two families have the same message with addresses of their own in it, and the
 * protocols differ in what `info` is: so there is a schema for each family and each kind of `info`, all made here.
 * @module
 */
import { array, attrs, bare, bytes, string } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import { be16, bool, device, enumeration, flags, names, time, u8, u32, u64 } from "../schema/scalar.ts";
import { type Fixed, in6Addr, inAddr, list, type Pad, pad, struct } from "../schema/struct.ts";
import { bpfStorages, bpfStoragesRequest } from "./bpf-storage.ts";
import { bbrInfo, dctcpInfo, vegasInfo } from "./congestion.ts";
import { md5sig } from "./md5sig.ts";
import { meminfo, skMeminfo } from "./meminfo.ts";
import { mptcpInfo } from "./mptcp-info.ts";
import { sctpInfo, sockaddr } from "./sctp-info.ts";
import { sockopt } from "./sockopt.ts";
import { socketStates } from "./state.ts";
import { tcpInfo } from "./tcp-info.ts";
import { ulpInfo } from "./ulp.ts";

/** What `expires` counts down to. */
export const socketTimers = names("", { off: 0, on: 1, keepalive: 2, "time-wait": 3, probe: 4, rto: 5 });
/** RCV_SHUTDOWN, SEND_SHUTDOWN. */
export const shutdowns = names("", { receive: 1, send: 2 });

/** Sixteen bytes of which an IPv4 address takes the first four; the kernel clears the others. */
const room = { inet: pad(12), inet6: pad(0) };

/** struct inet_diag_sockid */
const sockid = <A extends Fixed<string>>(address: A, rest: Pad) => ({
  sport: be16,
  dport: be16,
  src: address,
  _src: rest,
  dst: address,
  _dst: rest,
  /** The device it is bound to, or 0. */
  ifindex: device(u32),
  /** Names the socket for good, low half first; all ones in a request mean any. */
  cookie: list(u32, 2),
});
const wide = (address: Fixed<string>) => address.size === 16;
const sockidNames = (address: Fixed<string>) => ({
  sport: "id.idiag_sport",
  dport: "id.idiag_dport",
  src: wide(address) ? "id.idiag_src" : undefined,
  dst: wide(address) ? "id.idiag_dst" : undefined,
  ifindex: "id.idiag_if",
  cookie: "id.idiag_cookie",
});

const head = <A extends Fixed<string>>(address: A, rest: Pad) =>
  struct(
    "inet_diag_msg",
    { size: 72, c: "idiag_", names: sockidNames(address) },
    {
      family: u8,
      state: enumeration(u8, socketStates),
      timer: enumeration(u8, socketTimers),
      /** Retransmissions, or probes of a connection that is kept alive. */
      retrans: u8,
      ...sockid(address, rest),
      expires: time(u32, "ms"),
      /** Bytes to be read; of a listening socket, connections to be accepted. */
      rqueue: u32,
      /** Bytes not acknowledged; of a listening socket, how many connections may wait. */
      wqueue: u32,
      uid: u32,
      /** 0 where no file refers to it: `time-wait`, `syn-recv`. */
      inode: u32,
    },
  );

/** An answer, in the order of inet_diag_msg_attrs_fill and inet_sk_diag_fill. */
const message = <A extends Fixed<string>, I extends Codec>(name: string, address: A, rest: Pad, info: I) =>
  attrs(
    name,
    { c: "INET_DIAG_", head: head(address, rest) },
    {
      shutdown: [8, flags(u8, shutdowns)],
      tos: [5, u8],
      tclass: [6, u8],
      skv6only: [11, bool(u8)],
      /** Only for CAP_NET_ADMIN. */
      mark: [15, u32],
      /** net_cls of cgroup v1, or the priority where there is none. */
      classId: [17, u32],
      /** Inode of the directory of cgroup v2. */
      cgroupId: [21, u64],
      sockopt: [22, sockopt],
      meminfo: [1, meminfo],
      skmeminfo: [7, skMeminfo],
      /** Of raw sockets: the IP protocol. */
      protocol: [10, u8],
      info: [2, info],
      /** Of SCTP: all addresses of both ends. */
      locals: [12, array(sockaddr)],
      cong: [4, string],
      peers: [13, array(sockaddr)],
      md5sig: [18, array(md5sig)],
      ulpInfo: [19, bare(ulpInfo)],
      vegasinfo: [3, vegasInfo],
      dctcpinfo: [9, dctcpInfo],
      bbrinfo: [16, bbrInfo],
      skBpfStorages: [20, bpfStorages],
    },
  );

const forProtocols = <A extends Fixed<string>>(family: string, address: A, rest: Pad) => ({
  /** TCP. */
  tcp: message(`${family}Tcp`, address, rest, tcpInfo),
  mptcp: message(`${family}Mptcp`, address, rest, mptcpInfo),
  sctp: message(`${family}Sctp`, address, rest, sctpInfo),
  /** UDP, UDP-Lite, raw and DCCP, of which the kernel has no info but DCCP's, which is a struct tcp_info. */
  other: message(`${family}Socket`, address, rest, bytes),
  dccp: message(`${family}Dccp`, address, rest, tcpInfo),
});
/** Answers about sockets of IPv4, by protocol. */
export const inetSockets = /* @__PURE__ */ forProtocols("inet", inAddr, room.inet);
/** Answers about sockets of IPv6, those that speak IPv4 (`::ffff:192.0.2.1`) among them. */
export const inet6Sockets = /* @__PURE__ */ forProtocols("inet6", in6Addr, room.inet6);

export interface InetTcpMessage extends Value<typeof inetSockets.tcp> {}
export interface InetMptcpMessage extends Value<typeof inetSockets.mptcp> {}
export interface InetSctpMessage extends Value<typeof inetSockets.sctp> {}
export interface InetOtherMessage extends Value<typeof inetSockets.other> {}
export type InetMessage = InetTcpMessage | InetMptcpMessage | InetSctpMessage | InetOtherMessage;

/** Attributes that are asked for by a bit of `ext`; the others come by themselves. */
export const inetExtensions = names("", {
  meminfo: 1 << 0,
  info: 1 << 1,
  congestion: 1 << 2,
  cong: 1 << 3,
  tos: 1 << 4,
  tclass: 1 << 5,
  skmeminfo: 1 << 6,
  shutdown: 1 << 7,
});
export type InetExtension = keyof typeof inetExtensions.values;

const request = <A extends Fixed<string>>(name: string, address: A, rest: Pad) =>
  attrs(
    name,
    {
      c: "INET_DIAG_REQ_",
      head: struct(
        "inet_diag_req_v2",
        {
          size: 56,
          names: {
            ...sockidNames(address),
            family: "sdiag_family",
            protocol: "sdiag_protocol",
            ext: "idiag_ext",
            rawProtocol: "pad",
            states: "idiag_states",
          },
        },
        {
          family: u8,
          /** IPPROTO_*; a greater one in the attribute `protocol`. */
          protocol: u8,
          ext: flags(u8, inetExtensions),
          /** Of raw sockets: the IP protocol, where one socket is asked for (struct inet_diag_req_raw). */
          rawProtocol: u8,
          /** A bit a state, `1 << number`. */
          states: u32,
          ...sockid(address, rest),
        },
      ),
    },
    {
      bytecode: [1, bytes],
      skBpfStorages: [2, bpfStoragesRequest],
      protocol32: [3, u32, "PROTOCOL"],
    },
  );
/** A request for sockets of IPv4, or for one. */
export const inetRequest = /* @__PURE__ */ request("inetRequest", inAddr, room.inet);
export const inet6Request = /* @__PURE__ */ request("inet6Request", in6Addr, room.inet6);
