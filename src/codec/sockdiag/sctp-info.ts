/** struct sctp_info (linux/sctp.h): an SCTP socket and its association. @module */
import { be16, bool, names, s32, time, u8, u16, u32, u64, unit } from "../schema/scalar.ts";
import { in6Addr, inAddr, pad, struct } from "../schema/struct.ts";

/** struct sockaddr_storage of an IPv4 (family 2: `ipv4`) or IPv6 (family 10: `ipv6`, `scopeId`) address. */
export const sockaddr = struct(
  "",
  { size: 128 },
  {
    family: u16,
    port: be16,
    ipv4: inAddr,
    ipv6: in6Addr,
    scopeId: u32,
    _rest: pad(100),
  },
);

/**
 * States of an association (enum sctp_state of net/sctp/constants.h), which messages about one have in place of a socket's: those that
 * tell of `peers`.
 */
export const sctpStates = names("", {
  closed: 0,
  "cookie-wait": 1,
  "cookie-echoed": 2,
  established: 3,
  "shutdown-pending": 4,
  "shutdown-sent": 5,
  "shutdown-received": 6,
  "shutdown-ack-sent": 7,
});

const ms = time(u32, "ms");
const bytes = unit(u32, "bytes");

/** Chunks are counted but where a unit says otherwise. The association's part is zero in a listening socket. */
export const sctpInfo = struct(
  "sctp_info",
  { size: 368, c: "sctpi_", names: { peerSack: "sctpi_peer_sack", pAddress: undefined } },
  {
    tag: u32,
    state: u32,
    rwnd: bytes,
    unackdata: u16,
    penddata: u16,
    instrms: u16,
    outstrms: u16,
    fragmentationPoint: bytes,
    inqueue: u32,
    outqueue: u32,
    overallError: u32,
    maxBurst: u32,
    maxseg: bytes,
    peerRwnd: bytes,
    peerTag: u32,
    peerCapable: u8,
    peerSack: u8,
    _reserved1: pad(2),
    isacks: unit(u64, "chunks"),
    osacks: unit(u64, "chunks"),
    opackets: unit(u64, "packets"),
    ipackets: unit(u64, "packets"),
    rtxchunks: unit(u64, "chunks"),
    outofseqtsns: unit(u64, "chunks"),
    idupchunks: unit(u64, "chunks"),
    gapcnt: unit(u64, "chunks"),
    ouodchunks: unit(u64, "chunks"),
    iuodchunks: unit(u64, "chunks"),
    oodchunks: unit(u64, "chunks"),
    iodchunks: unit(u64, "chunks"),
    octrlchunks: unit(u64, "chunks"),
    ictrlchunks: unit(u64, "chunks"),
    /** The primary path. */
    pAddress: sockaddr,
    pState: s32,
    pCwnd: bytes,
    pSrtt: ms,
    pRto: ms,
    pHbinterval: ms,
    pPathmaxrxt: u32,
    pSackdelay: ms,
    pSackfreq: u32,
    pSsthresh: bytes,
    pPartialBytesAcked: bytes,
    pFlightSize: bytes,
    pError: u16,
    _reserved2: pad(2),
    /** The socket's options. */
    sAutoclose: u32,
    sAdaptationInd: u32,
    sPdPoint: bytes,
    sNodelay: bool(u8),
    sDisableFragments: bool(u8),
    sV4mapped: bool(u8),
    sFragInterleave: u8,
    sType: u32,
    _reserved3: pad(4),
  },
);
