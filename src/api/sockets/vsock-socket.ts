/** Sockets between virtual machines and their host in the user's terms. @module */
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import { shutdowns } from "../../codec/sockdiag/inet.ts";
import type { SocketState } from "../../codec/sockdiag/state.ts";
import { socketTypes } from "../../codec/sockdiag/types.ts";
import type { VsockMessage } from "../../codec/sockdiag/vsock.ts";
import { type Cookie, cookieOf, type SocketOwner, stateName } from "./end.ts";

/** A context id (2: the host, 1: this machine, 0xffffffff: any) and a port. */
export interface VsockEndpoint {
  readonly cid: number;
  readonly port: number;
}
export interface VsockSocket {
  family: "vsock";
  protocol: "vsock";
  type: "stream" | "dgram" | "seqpacket" | number;
  state: SocketState;
  local: VsockEndpoint;
  remote: VsockEndpoint;
  shutdown?: ("receive" | "send")[];
  inode: number;
  cookie: Cookie;
  owners?: SocketOwner[];
  message: VsockMessage;
}

export function readVsockSocket(m: VsockMessage): VsockSocket {
  const out: VsockSocket = {
    family: "vsock",
    protocol: "vsock",
    type: (nameOf(socketTypes, m.type) as "stream" | undefined) ?? m.type,
    state: stateName(m.state),
    local: { cid: m.srcCid, port: m.srcPort },
    remote: { cid: m.dstCid, port: m.dstPort },
    inode: m.ino,
    cookie: cookieOf(m.cookie),
    message: m,
  };
  if (m.shutdown) out.shutdown = namesOf(shutdowns, m.shutdown).names as ("receive" | "send")[];
  return out;
}
