/** Unix domain sockets (linux/unix_diag.h). @module */
import { array, attrs, bytes } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { enumeration, flags, names, u8, u32 } from "../schema/scalar.ts";
import { list, pad, struct } from "../schema/struct.ts";
import { shutdowns } from "./inet.ts";
import { skMeminfo } from "./meminfo.ts";
import { socketStates } from "./state.ts";
import { socketTypes } from "./types.ts";

/** UDIAG_SHOW_*: what to tell. `uid` came with Linux 5.3. */
export const unixShow = names("UDIAG_SHOW_", {
  name: 0x01,
  vfs: 0x02,
  peer: 0x04,
  icons: 0x08,
  rqlen: 0x10,
  meminfo: 0x20,
  uid: 0x40,
});

export const unixRequest = attrs(
  "unixRequest",
  {
    c: "",
    head: struct(
      "unix_diag_req",
      { size: 24, c: "udiag_", names: { family: "sdiag_family", protocol: "sdiag_protocol" } },
      {
        family: u8,
        protocol: u8,
        _pad: pad(2),
        states: u32,
        /** One socket, where it is no request for a dump. */
        ino: u32,
        show: flags(u32, unixShow),
        cookie: list(u32, 2),
      },
    ),
  },
  {},
);

export const unixSocket = attrs(
  "unixSocket",
  {
    c: "UNIX_DIAG_",
    head: struct(
      "unix_diag_msg",
      { size: 16, c: "udiag_" },
      {
        family: u8,
        type: enumeration(u8, socketTypes),
        state: enumeration(u8, socketStates),
        _pad: pad(1),
        ino: u32,
        cookie: list(u32, 2),
      },
    ),
  },
  {
    /** A path, or a name that begins with a NUL (an abstract one); any bytes, without a NUL at the end. */
    name: [0, bytes],
    /** The file that a path was bound to. */
    vfs: [1, struct("unix_diag_vfs", { size: 8, c: "udiag_vfs_" }, { ino: u32, dev: u32 })],
    /** Inode of the socket at the other end. */
    peer: [2, u32],
    /** Of a listening socket: inodes of those that wait to be accepted. */
    icons: [3, array(u32)],
    /** Bytes to be read, and bytes sent that were not read; of a listening socket, connections waiting and how many may. */
    rqlen: [4, struct("unix_diag_rqlen", { size: 8, c: "udiag_" }, { rqueue: u32, wqueue: u32 })],
    meminfo: [5, skMeminfo],
    uid: [7, u32],
    shutdown: [6, flags(u8, shutdowns)],
  },
);
export interface UnixMessage extends Value<typeof unixSocket> {}
