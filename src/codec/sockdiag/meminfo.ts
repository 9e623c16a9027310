/** Memory of a socket. @module */
import { u32, unit } from "../schema/scalar.ts";
import { opt, struct } from "../schema/struct.ts";

const size = unit(u32, "bytes");

/** INET_DIAG_MEMINFO, struct inet_diag_meminfo: the older and shorter form of `skMeminfo`. */
export const meminfo = struct(
  "inet_diag_meminfo",
  { size: 16, c: "idiag_" },
  {
    /** In the receive queue. */
    rmem: size,
    /** In the send queue. */
    wmem: size,
    /** Allocated and not used yet. */
    fmem: size,
    /** Allocated for sending. */
    tmem: size,
  },
);

/** Words of sock_diag_put_meminfo by number: SK_MEMINFO_*, an array and so without a struct of the kernel's. */
export const skMeminfo = struct(
  "",
  { size: 36 },
  {
    /** Allocated for receiving, and its limit SO_RCVBUF. */
    rmemAlloc: size,
    rcvbuf: size,
    /** Allocated for sending, and its limit SO_SNDBUF. */
    wmemAlloc: size,
    sndbuf: size,
    /** Allocated and not used yet. */
    fwdAlloc: size,
    wmemQueued: size,
    /** Of options and filters. */
    optmem: size,
    /** Received while the socket was locked. */
    backlog: opt(size),
    /** Packets dropped for lack of room. */
    drops: opt(u32),
  },
);
