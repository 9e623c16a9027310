/** struct tcp_info (linux/tcp.h): what the kernel knows of a TCP connection. @module */
import { enumeration, flags, names, rate, time, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { opt, pad, struct } from "../schema/struct.ts";
import { socketStates } from "./state.ts";

/** TCP_CA_*: what congestion control is doing. */
export const tcpCaStates = names(
  "TCP_CA_",
  { open: 0, disorder: 1, cwr: 2, recovery: 3, loss: 4 },
  { open: "Open", disorder: "Disorder", cwr: "CWR", recovery: "Recovery", loss: "Loss" },
);

/** TCPI_OPT_*: what was negotiated. */
export const tcpOptions = names("TCPI_OPT_", {
  timestamps: 1,
  sack: 2,
  wscale: 4,
  ecn: 8,
  "ecn-seen": 16,
  "syn-data": 32,
  "usec-ts": 64,
});

const us = time(u32, "us");
const ms = time(u32, "ms");
const bytes = unit(u32, "bytes");
const bytes64 = unit(u64, "bytes");

const members = {
  state: enumeration(u8, socketStates),
  caState: enumeration(u8, tcpCaStates),
  retransmits: u8,
  probes: u8,
  backoff: u8,
  options: flags(u8, tcpOptions),
  /** Bit fields, as the host orders them: `wscales` takes them apart. */
  wscale: u8,
  /** Bit fields: `tcpInfoBits` takes them apart. */
  bits: u8,
  rto: us,
  ato: us,
  sndMss: bytes,
  rcvMss: bytes,
  /** Segments sent and not acknowledged; of a listening socket, connections that wait to be accepted. */
  unacked: u32,
  /** Segments; of a listening socket, how many may wait. */
  sacked: u32,
  lost: u32,
  retrans: u32,
  fackets: u32,
  /** Time since. */
  lastDataSent: ms,
  lastAckSent: ms,
  lastDataRecv: ms,
  lastAckRecv: ms,
  pmtu: bytes,
  rcvSsthresh: bytes,
  rtt: us,
  rttvar: us,
  /** Segments; 0x7fffffff is no threshold. */
  sndSsthresh: u32,
  /** Segments. */
  sndCwnd: u32,
  advmss: bytes,
  reordering: u32,
  rcvRtt: us,
  rcvSpace: bytes,
  totalRetrans: u32,
  // Linux 3.15
  pacingRate: opt(rate(u64)),
  maxPacingRate: opt(rate(u64)),
  // 4.1
  bytesAcked: opt(bytes64),
  bytesReceived: opt(bytes64),
  // 4.2
  segsOut: opt(u32),
  segsIn: opt(u32),
  // 4.6
  notsentBytes: opt(bytes),
  minRtt: opt(us),
  dataSegsIn: opt(u32),
  dataSegsOut: opt(u32),
  // 4.9
  deliveryRate: opt(rate(u64)),
  // 4.10: how long it was busy sending, and of that, held up by the receiver's window and by its own send buffer.
  busyTime: opt(time(u64, "us")),
  rwndLimited: opt(time(u64, "us")),
  sndbufLimited: opt(time(u64, "us")),
  // 4.18
  delivered: opt(u32),
  deliveredCe: opt(u32),
  // 4.19
  bytesSent: opt(bytes64),
  bytesRetrans: opt(bytes64),
  dsackDups: opt(u32),
  reordSeen: opt(u32),
  // 5.4
  rcvOoopack: opt(u32),
  sndWnd: opt(bytes),
  // 6.2
  rcvWnd: opt(bytes),
  rehash: opt(u32),
  // 6.7
  totalRto: opt(u16),
  totalRtoRecoveries: opt(u16),
  totalRtoTime: opt(ms),
};
const later = {
  // 6.18: accurate ECN
  receivedCe: opt(u32),
  deliveredE1Bytes: opt(bytes),
  deliveredE0Bytes: opt(bytes),
  deliveredCeBytes: opt(bytes),
  receivedE1Bytes: opt(bytes),
  receivedE0Bytes: opt(bytes),
  receivedCeBytes: opt(bytes),
  /** Failure mode and options seen: their bits are placed differently in 6.18 and after it. */
  accecn: opt(u32),
};
const bitFields = { wscale: undefined, bits: undefined };

/** As of Linux 6.12, whose headers the declaration is checked against. */
export const tcpInfoOf612 = struct("tcp_info", { size: 248, c: "tcpi_", names: bitFields }, members);
/** As of Linux 6.18; what an older kernel does not send is left out, what a newer one adds is in `rest`. */
export const tcpInfo = struct("", { size: 280 }, { ...members, ...later });

/** The same without its bit fields, for reading in the user's terms. */
export const tcpInfoWithoutBits = struct("", { size: 280 }, { ...members, ...later, wscale: pad(1), bits: pad(1) });

/** Halves of `wscale`: shifts of the windows sent and received, where the peer does window scaling. */
export const wscales = (wscale: number, little: boolean): { snd: number; rcv: number } =>
  little ? { snd: wscale & 15, rcv: wscale >> 4 } : { snd: wscale >> 4, rcv: wscale & 15 };

/** The fields of `bits`. `fastopenClientFail`: TFO_STATUS_UNSPEC, COOKIE_UNAVAILABLE, DATA_NOT_ACKED, SYN_RETRANSMITTED. */
export const tcpInfoBits = (
  bits: number,
  little: boolean,
): { deliveryRateAppLimited: boolean; fastopenClientFail: number } =>
  little
    ? { deliveryRateAppLimited: (bits & 1) !== 0, fastopenClientFail: (bits >> 1) & 3 }
    : { deliveryRateAppLimited: (bits & 0x80) !== 0, fastopenClientFail: (bits >> 5) & 3 };
