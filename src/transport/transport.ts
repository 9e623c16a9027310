/**
 * How datagrams travel. A transport is one netlink socket, or something that behaves as one: everything above this
 * interface, sequence numbers and reassembly included, is the same over the kernel, a script, a capture or a kernel in memory.
 *
 * The shape follows what the kernel does: the reply to a request is already queued when `send` returns, so `receive`
 * is a synchronous pull, and the listener only says that there may be something to pull.
 * @module
 */
import { NetlinkError } from "./netlink-error.ts";

/** A network namespace: by the name that `ip netns` gave it, a process in it, the path of its file, or an open descriptor of it. */
export type NetnsSpec = string | { readonly pid: number } | { readonly path: string } | { readonly fd: number };

/** How errors call a namespace. */
export function netnsText(spec: NetnsSpec): string {
  if (typeof spec === "string") return spec;
  if ("pid" in spec) return `pid ${spec.pid}`;
  return "path" in spec ? spec.path : `fd ${spec.fd}`;
}

/** One datagram as received. The object and its `bytes` belong to the transport and are good until the next `receive`. */
export interface Datagram {
  /** The messages, back to back. A view of the transport's buffer: copy what must last. */
  readonly bytes: Uint8Array;
  /** Port id of the sender; 0 is the kernel. */
  readonly sender: number;
  /** Multicast group that it was sent to; 0 for a datagram to this socket alone. */
  readonly group: number;
  /** Bytes lost because the datagram was larger than the buffer (the buffer has grown for the next one); 0 as a rule. */
  readonly truncated: number;
  /** With `allNamespaces`: id of the namespace that the event is from, undefined for the socket's own. */
  readonly nsid: number | undefined;
}

/** A namespace that was opened. */
export interface NetnsHandle {
  readonly fd: number;
  close(): void;
}

/** What can be chosen of a further socket. */
export interface AnotherOptions {
  /** Bytes that it may queue. */
  readonly receiveBufferSize?: number | undefined;
  /** Receive the events of all namespaces that have an id in the socket's. */
  readonly allNamespaces?: boolean | undefined;
}

export interface Transport {
  /** Netlink protocol number: 0 rtnetlink, 4 sock_diag, 6 xfrm, 12 netfilter, 16 generic. */
  readonly protocol: number;
  /** The port id that replies are addressed to. */
  readonly portId: number;
  /** Byte order of the host on the other side. */
  readonly byteOrder: "little" | "big";
  /** Sends one datagram (one or more requests). @throws {TransportError} */
  send(datagram: Uint8Array): void;
  /**
   * Takes the next datagram that is queued now, without waiting; undefined if there is none.
   * @throws {TransportError} `ENOBUFS` once after the receive buffer overflowed: what follows is what survived.
   */
  receive(): Datagram | undefined;
  /**
   * Calls `listener` from the event loop whenever datagrams may be waiting, until it is replaced or the transport closes.
   * Undefined stops it. What is left unread when the listener returns makes it be called again.
   */
  listen(listener: (() => void) | undefined): void;
  /** Joins a multicast group by number (RTNLGRP_…). */
  join(group: number): void;
  leave(group: number): void;
  /**
   * Opens a namespace's file, for requests that mean it by a descriptor (IFLA_NET_NS_FD, NETNSA_FD); `close` once the request is sent.
   * Left out by transports that know of no namespaces.
   * @throws {NamespaceNotFound} @throws {TransportError} `EINVAL` for what is no namespace
   */
  openNetns?(spec: NetnsSpec): NetnsHandle;
  /**
   * Opens another socket beside this one, in the same namespace: for events, whose bursts then leave the answers to requests alone.
   * Left out by transports that have one conversation only. @throws {TransportError} `EPERM` without the right to listen to all
   */
  another?(options?: AnotherOptions): Transport;
  /** How many datagrams the receive buffer has had no room for so far, where that is known. */
  drops?(): number | undefined;
  /** Whether waiting for datagrams keeps the process alive. A transport starts unreferenced. */
  ref(): void;
  unref(): void;
  readonly closed: boolean;
  /** Text of `/proc/net/psched` on the other side, where it can be had: the clock of traffic control. */
  psched?(): string | undefined;
  /** Text of iproute2's file of the distribution of a name (`NAME.dist`) on the other side, if there is one: for netem. */
  distribution?(name: string): string | undefined;
  /** Releases everything. Idempotent; later calls of the other methods throw `EBADF`. */
  close(): void;
}

/** A failure of the socket itself, as opposed to an answer of the kernel. `operation` is what was being done: `"socket"`, `"sendto"`… */
export class TransportError extends NetlinkError {
  override readonly name = "TransportError";
  constructor(operation: string, code: string, errno: number, detail?: string) {
    super({ code, errno, operation }, `${operation}: ${code}${detail ? ` (${detail})` : ""}`);
  }
}
