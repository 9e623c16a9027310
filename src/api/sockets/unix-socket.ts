/** Unix domain sockets in the user's terms. @module */
import { toFriendly } from "../../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import { shutdowns } from "../../codec/sockdiag/inet.ts";
import { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import type { SocketState } from "../../codec/sockdiag/state.ts";
import { socketTypes } from "../../codec/sockdiag/types.ts";
import type { UnixMessage } from "../../codec/sockdiag/unix.ts";
import { type Cookie, cookieOf, type SocketMemory, type SocketOwner, stateName } from "./end.ts";

export interface UnixSocket {
  family: "unix";
  protocol: "unix";
  type: "stream" | "dgram" | "seqpacket" | number;
  state: SocketState;
  /** The file that it was bound to. */
  path?: string;
  /** The abstract name that it was bound to, without the NUL before it. */
  abstractName?: string;
  inode: number;
  cookie: Cookie;
  /** Inode of the socket at the other end. */
  peer?: number;
  /** The file as the system knows it: its device, as `major:minor`, and its inode. */
  file?: { device: string; inode: number };
  /** Bytes to be read; of a listening socket, connections that wait to be accepted. */
  receiveQueue: number;
  /** Bytes sent and not read; of a listening socket, how many connections may wait. */
  sendQueue: number;
  /** Inodes of the sockets that wait to be accepted. */
  pending?: number[];
  uid?: number;
  shutdown?: ("receive" | "send")[];
  memory?: SocketMemory;
  owners?: SocketOwner[];
  message: UnixMessage;
}

const utf8 = new TextDecoder();

/** Name as ss writes it: a path, or `@` and an abstract name, with `@` for its other NULs, too. */
export function unixName(name: Uint8Array | undefined): string | undefined {
  if (name === undefined || name.length === 0) return undefined;
  if (name[0] === 0) return utf8.decode(name).replaceAll("\0", "@");
  const nul = name.indexOf(0);
  return utf8.decode(nul < 0 ? name : name.subarray(0, nul));
}

export function readUnixSocket(m: UnixMessage): UnixSocket {
  const out: UnixSocket = {
    family: "unix",
    protocol: "unix",
    type: (nameOf(socketTypes, m.type) as "stream" | undefined) ?? m.type,
    state: stateName(m.state),
    inode: m.ino,
    cookie: cookieOf(m.cookie),
    receiveQueue: m.rqlen?.rqueue ?? 0,
    sendQueue: m.rqlen?.wqueue ?? 0,
    message: m,
  };
  const name = unixName(m.name);
  if (name !== undefined && m.name![0] === 0) out.abstractName = utf8.decode(m.name!.subarray(1));
  else if (name !== undefined) out.path = name;
  if (m.peer !== undefined) out.peer = m.peer;
  // The kernel's own encoding, new_encode_dev: 12 bits of major number between 8 and 12 of minor.
  if (m.vfs) {
    const { dev } = m.vfs;
    out.file = { device: `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`, inode: m.vfs.ino };
  }
  if (m.icons) out.pending = m.icons;
  if (m.uid !== undefined) out.uid = m.uid;
  if (m.shutdown) out.shutdown = namesOf(shutdowns, m.shutdown).names as ("receive" | "send")[];
  if (m.meminfo) out.memory = toFriendly(skMeminfo, m.meminfo);
  return out;
}
