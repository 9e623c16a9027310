/** Multipath TCP: what is known of a connection, and of a subflow (linux/mptcp.h). @module */
import { attrs } from "../schema/attrs.ts";
import { bool, flags, names, time, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { opt, pad, struct } from "../schema/struct.ts";

export const mptcpInfoFlags = names("MPTCP_INFO_FLAG_", { fallback: 1, "remote-key-received": 2 });

const ms = time(u32, "ms");
const bytes = unit(u64, "bytes");

/** struct mptcp_info: INET_DIAG_INFO of an MPTCP socket. */
export const mptcpInfo = struct(
  "mptcp_info",
  { size: 96, c: "mptcpi_" },
  {
    /** Beside the first one. */
    subflows: u8,
    addAddrSignal: u8,
    addAddrAccepted: u8,
    subflowsMax: u8,
    addAddrSignalMax: u8,
    addAddrAcceptedMax: u8,
    flags: flags(u32, mptcpInfoFlags),
    token: u32,
    writeSeq: u64,
    sndUna: u64,
    rcvNxt: u64,
    localAddrUsed: opt(u8),
    localAddrMax: opt(u8),
    csumEnabled: opt(bool(u8)),
    retransmits: opt(u32),
    bytesRetrans: opt(bytes),
    bytesSent: opt(bytes),
    bytesReceived: opt(bytes),
    bytesAcked: opt(bytes),
    // Linux 6.7
    subflowsTotal: opt(u8),
    _reserved: pad(3),
    // 6.10: time since.
    lastDataSent: opt(ms),
    lastDataRecv: opt(ms),
    lastAckRecv: opt(ms),
  },
);

/** MPTCP_SUBFLOW_FLAG_* */
export const mptcpSubflowFlags = names("MPTCP_SUBFLOW_FLAG_", {
  "mcap-rem": 1,
  "mcap-loc": 2,
  "join-rem": 4,
  "join-loc": 8,
  "bkup-rem": 16,
  "bkup-loc": 32,
  "fully-established": 64,
  connected: 128,
  mapvalid: 256,
});

/** A TCP connection as a subflow: INET_ULP_INFO_MPTCP. */
export const mptcpSubflow = attrs(
  "mptcpSubflow",
  { c: "MPTCP_SUBFLOW_ATTR_" },
  {
    tokenRem: [1, u32],
    tokenLoc: [2, u32],
    relwriteSeq: [3, u32],
    mapSeq: [4, u64],
    mapSfseq: [5, u32],
    ssnOffset: [6, u32],
    mapDatalen: [7, u16],
    flags: [8, flags(u32, mptcpSubflowFlags)],
    idRem: [9, u8],
    idLoc: [10, u8],
  },
);
