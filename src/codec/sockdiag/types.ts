/** Message types, families and protocols of socket diagnostics (linux/sock_diag.h, linux/inet_diag.h). @module */
import { names } from "../schema/scalar.ts";

/** Netlink protocol of socket diagnostics: NETLINK_SOCK_DIAG. */
export const SOCK_DIAG = 4;
/** Message types: a request for sockets of a family and its answers; a request to destroy one. */
export const SOCK_DIAG_BY_FAMILY = 20;
export const SOCK_DESTROY = 21;

/** Address families whose sockets are described here. They are numbered by the C library's headers. */
export const socketFamilies = names("AF_", {
  unix: 1,
  inet: 2,
  inet6: 10,
  netlink: 16,
  packet: 17,
  vsock: 40,
  xdp: 44,
});
export type SocketFamily = keyof typeof socketFamilies.values;
/** AF_*: number of a family by its name. */
export const AF = socketFamilies.values;

/** IPPROTO_* of the protocols that the kernel has socket diagnostics for. */
export const inetProtocols = names("IPPROTO_", {
  tcp: 6,
  udp: 17,
  dccp: 33,
  sctp: 132,
  udplite: 136,
  raw: 255,
  mptcp: 262,
});
export type InetProtocol = keyof typeof inetProtocols.values;

/** SOCK_*, as unix, packet and vsock sockets say what they are. */
export const socketTypes = names("SOCK_", { stream: 1, dgram: 2, raw: 3, rdm: 4, seqpacket: 5, dccp: 6, packet: 10 });

/** Multicast groups that tell of sockets that are no more: SKNLGRP_*. */
export const sockDiagGroups = names("SKNLGRP_", {
  "inet-tcp-destroy": 1,
  "inet-udp-destroy": 2,
  "inet6-tcp-destroy": 3,
  "inet6-udp-destroy": 4,
});
