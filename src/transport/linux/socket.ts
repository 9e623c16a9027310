/** A netlink socket of the running kernel. @module */

import { closeSync, readFileSync } from "node:fs";
import { type AnotherOptions, type Datagram, type NetnsHandle, type Transport, TransportError } from "../transport.ts";
import {
  MSG_TRUNC,
  NETLINK_LISTEN_ALL_NSID,
  NETLINK_PKTINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCKADDR_NL_SIZE,
  SOL_NETLINK,
  SOL_SOCKET,
} from "./constants.ts";
import { readDistribution } from "./distribution.ts";
import { errno, errnoName } from "./errno.ts";
import { type Address, type Libc, libc } from "./libc.ts";
import {
  createMessageHeader,
  groupOf,
  hasControl,
  type MessageHeader,
  nsidOf,
  pointAt,
  rewind,
  senderOf,
} from "./msghdr.ts";
import { type NetnsSpec, openNetns, withNetns } from "./netns.ts";
import { type Watch, watchReadable } from "./readable.ts";

export interface LinuxOptions {
  /** Netlink protocol number: 0 rtnetlink (the default), 4 sock_diag, 6 xfrm, 12 netfilter, 16 generic. */
  readonly protocol?: number | undefined;
  /** The network namespace that the socket is in, and stays in: the caller's own by default. */
  readonly netns?: NetnsSpec | undefined;
  /**
   * Bytes of datagrams that the kernel may queue (it counts its own overhead, and doubles the figure to make up for it). Beyond the limit
   * net.core.rmem_max only with CAP_NET_ADMIN (SO_RCVBUFFORCE); without it the kernel silently takes the limit.
   */
  readonly receiveBufferSize?: number | undefined;
  /** As `receiveBufferSize`, for what is sent: it bounds the size of one datagram. */
  readonly sendBufferSize?: number | undefined;
  /** Receive the events of all namespaces that have an id in the socket's (NETLINK_LISTEN_ALL_NSID); needs CAP_NET_BROADCAST. */
  readonly allNamespaces?: boolean | undefined;
  /** Have the kernel check requests for dumps strictly and honour their filters (NETLINK_GET_STRICT_CHK, Linux 4.20); true by default. */
  readonly strict?: boolean | undefined;
  /** Lose datagrams silently when the receive buffer is full (NETLINK_NO_ENOBUFS). */
  readonly noEnobufs?: boolean | undefined;
}

/** What went through a socket since it was opened. */
export interface LinuxStatistics {
  sent: number;
  sentBytes: number;
  received: number;
  /** Bytes received, those cut off by truncation not counted. */
  receivedBytes: number;
  truncated: number;
  /** Times that the receive buffer overflowed: each is an `ENOBUFS`. */
  overruns: number;
}

/** A netlink socket. */
export interface LinuxTransport extends Transport {
  /** The socket's descriptor, -1 once closed. It belongs to the transport: do not close it. */
  readonly fd: number;
  readonly statistics: Readonly<LinuxStatistics>;
  /** SO_RCVBUF as the kernel gives it: twice what was asked for. */
  readonly receiveBufferSize: number;
  [Symbol.dispose](): void;
}

const AF_NETLINK = 16;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const SO_MEMINFO = 55;
/** SK_MEMINFO_DROPS: the place in what SO_MEMINFO gives, of nine words. */
const MEMINFO_DROPS = 8;
/** ioctl: a descriptor of the namespace that a socket is in (Linux 4.10; needs CAP_NET_ADMIN there). */
const SIOCGSKNS = 0x894c;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_DROP_MEMBERSHIP = 2;
const NETLINK_NO_ENOBUFS = 5;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
/** In recvmsg's flags: return the datagram's whole length, whatever fits. */

/** EINTR and EAGAIN as plain constants for the hot path. */
const { EAGAIN, EINTR, ENOBUFS } = errno;

/**
 * A datagram goes into the socket's own buffer, and what does not fit into one that all sockets of the thread share and that is emptied
 * at once, so that nothing is lost at no cost (a second iovec is not measurable). Dumps come in datagrams of 32 KiB at most
 * (netlink_recvmsg), while an answer or an event is as long as its one message: a link with many virtual functions can be longer.
 */
const OWN_BUFFER = 1 << 16;
const OVERFLOW_BUFFER = 1 << 20;
let overflow: Uint8Array | undefined;

/** V8 keeps typed arrays up to this size in its heap, and has to move them out of it before C can read them: 250 ns against 40 for a copy. */
const SMALL = 64;

/**
 * Opens a netlink socket. Synchronous, and needs no privileges by itself.
 * @throws {TransportUnavailable} when this is not Linux or koffi is not installed.
 * @throws {NamespaceNotFound}
 * @throws {TransportError} of the system call that failed: `EPROTONOSUPPORT` for a protocol that the kernel lacks,
 *   `EPERM` without the right to enter the namespace or to listen to all.
 */
export function openLinux(options: LinuxOptions = {}): LinuxTransport {
  const { protocol = 0, netns } = options;
  const c = libc();
  const open = () => {
    const fd = c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) throw failure("socket", c.errno(), `netlink protocol ${protocol}`);
    return fd;
  };
  const fd = netns === undefined ? open() : withNetns(netns, open);
  try {
    configure(c, fd, options);
    const address = new Uint8Array(SOCKADDR_NL_SIZE);
    new Uint16Array(address.buffer)[0] = AF_NETLINK;
    if (c.bind(fd, address, address.length) < 0) throw failure("bind", c.errno());
    if (c.getsockname(fd, address, word(SOCKADDR_NL_SIZE)) < 0) throw failure("getsockname", c.errno());
    return new Socket(c, fd, protocol, new Uint32Array(address.buffer)[1]!, netns);
  } catch (error) {
    c.close(fd);
    throw error;
  }
}

function configure(c: Libc, fd: number, options: LinuxOptions): void {
  const { strict = true, allNamespaces = false, noEnobufs = false, receiveBufferSize, sendBufferSize } = options;
  const netlink = (name: number, operation: string) => {
    if (c.setsockopt(fd, SOL_NETLINK, name, word(1), 4) === 0) return;
    const error = c.errno();
    // The option is younger than the kernel: what it asks for is an improvement that the layers above can do without.
    if (error !== errno.ENOPROTOOPT) throw failure(operation, error);
  };
  netlink(NETLINK_EXT_ACK, "setsockopt NETLINK_EXT_ACK");
  netlink(NETLINK_CAP_ACK, "setsockopt NETLINK_CAP_ACK");
  if (strict) netlink(NETLINK_GET_STRICT_CHK, "setsockopt NETLINK_GET_STRICT_CHK");
  if (allNamespaces) netlink(NETLINK_LISTEN_ALL_NSID, "setsockopt NETLINK_LISTEN_ALL_NSID");
  if (noEnobufs) netlink(NETLINK_NO_ENOBUFS, "setsockopt NETLINK_NO_ENOBUFS");
  const buffer = (size: number | undefined, force: number, plain: number, operation: string) => {
    if (size === undefined) return;
    if (!Number.isInteger(size) || size <= 0 || size > 0x3fffffff) {
      throw failure(operation, errno.EINVAL, `not a buffer size in bytes: ${size}`);
    }
    if (c.setsockopt(fd, SOL_SOCKET, force, word(size), 4) === 0) return;
    if (c.setsockopt(fd, SOL_SOCKET, plain, word(size), 4) < 0) throw failure(operation, c.errno());
  };
  buffer(receiveBufferSize, SO_RCVBUFFORCE, SO_RCVBUF, "setsockopt SO_RCVBUF");
  buffer(sendBufferSize, SO_SNDBUFFORCE, SO_SNDBUF, "setsockopt SO_SNDBUF");
}

/**
 * What must be released, apart from the socket object so that it can be released after it. While a socket listens its watch refers to it,
 * so that one with a listener is in use even if nobody else refers to it.
 */
interface Resources {
  fd: number;
  watch: Watch | undefined;
}

function release(c: Libc, resources: Resources): void {
  const { fd, watch } = resources;
  resources.fd = -1;
  resources.watch = undefined;
  // In this order: a descriptor closed under a poll handle crashes the process.
  watch?.close();
  c.close(fd);
}

/** Closes sockets that were dropped without close(). */
const dropped = new FinalizationRegistry<Resources>((resources) => release(libc(), resources));

/** The one Datagram of a socket, filled anew by each receive. */
interface MutableDatagram {
  bytes: Uint8Array;
  sender: number;
  group: number;
  truncated: number;
  nsid: number | undefined;
}

class Socket implements LinuxTransport {
  readonly protocol: number;
  readonly portId: number;
  readonly byteOrder: "little" | "big" = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";
  readonly statistics: LinuxStatistics = {
    sent: 0,
    sentBytes: 0,
    received: 0,
    receivedBytes: 0,
    truncated: 0,
    overruns: 0,
  };
  readonly #libc: Libc;
  /** What it was opened in; undefined is the caller's own. */
  readonly #netns: NetnsSpec | undefined;
  readonly #resources: Resources;
  readonly #header: MessageHeader;
  readonly #small: Uint8Array;
  readonly #smallAddress: Address;
  #buffer!: Uint8Array;
  readonly #datagram: MutableDatagram;
  #listener: (() => void) | undefined;
  #referenced = false;
  #packetInfo = false;
  /** Datagrams received that were sent to this socket alone. */
  #replies = 0;

  constructor(c: Libc, fd: number, protocol: number, portId: number, netns: NetnsSpec | undefined) {
    this.#libc = c;
    this.#netns = netns;
    this.#resources = { fd, watch: undefined };
    this.protocol = protocol;
    this.portId = portId;
    overflow ??= memory(OVERFLOW_BUFFER);
    this.#header = createMessageHeader(c);
    pointAt(this.#header, 1, c.addressOf(overflow), overflow.length);
    this.#adopt(memory(OWN_BUFFER));
    this.#small = memory(SMALL);
    this.#smallAddress = c.addressOf(this.#small);
    this.#datagram = { bytes: this.#buffer, sender: 0, group: 0, truncated: 0, nsid: undefined };
    dropped.register(this, this.#resources, this);
  }

  get fd(): number {
    return this.#resources.fd;
  }

  get closed(): boolean {
    return this.#resources.fd < 0;
  }

  get receiveBufferSize(): number {
    const fd = this.#open("getsockopt SO_RCVBUF");
    const value = word(0);
    if (this.#libc.getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, word(4)) < 0) {
      throw failure("getsockopt SO_RCVBUF", this.#libc.errno());
    }
    return new Int32Array(value.buffer)[0]!;
  }

  send(datagram: Uint8Array): void {
    const fd = this.#open("send");
    const c = this.#libc;
    const { length } = datagram;
    let bytes: Uint8Array | Address = datagram;
    if (length <= SMALL) {
      this.#small.set(datagram);
      bytes = this.#smallAddress;
    }
    for (;;) {
      if (c.send(fd, bytes, length, 0) >= 0) break;
      const error = c.errno();
      if (error !== EINTR) throw failure("send", error, `${length} bytes`);
    }
    this.statistics.sent++;
    this.statistics.sentBytes += length;
  }

  receive(): Datagram | undefined {
    const fd = this.#open("recvmsg");
    const c = this.#libc;
    const header = this.#header;
    // Someone may have transferred the memory away (ArrayBuffer.transfer, postMessage): recvmsg would write to what is not ours.
    if (this.#buffer.length === 0) this.#adopt(memory(OWN_BUFFER));
    let length: number;
    for (;;) {
      rewind(header);
      length = c.recvmsg(fd, header.address, MSG_TRUNC);
      if (length >= 0) break;
      const error = c.errno();
      if (error === EAGAIN) return undefined;
      if (error === EINTR) continue;
      if (error === ENOBUFS) this.statistics.overruns++;
      throw failure("recvmsg", error);
    }
    const truncated = length > this.#buffer.length ? this.#gather(length) : 0;
    length -= truncated;
    const datagram = this.#datagram;
    // Acknowledgements are all of one length: the same array again is half a microsecond less than a new one.
    const { bytes } = datagram;
    if (bytes.length !== length || bytes.buffer !== this.#buffer.buffer)
      datagram.bytes = this.#buffer.subarray(0, length);
    datagram.sender = senderOf(header);
    datagram.truncated = truncated;
    if (hasControl(header)) {
      datagram.group = groupOf(header);
      datagram.nsid = nsidOf(header);
    } else {
      datagram.group = 0;
      datagram.nsid = undefined;
    }
    if (datagram.group === 0) this.#replies++;
    this.statistics.received++;
    this.statistics.receivedBytes += length;
    return datagram;
  }

  listen(listener: (() => void) | undefined): void {
    const fd = this.#open("listen");
    const resources = this.#resources;
    this.#listener = listener;
    if (listener === undefined) {
      resources.watch?.pause();
    } else {
      resources.watch ??= watchReadable(fd);
      resources.watch.resume(this.#onReadable, this.#referenced);
    }
  }

  join(group: number): void {
    const fd = this.#open("setsockopt NETLINK_ADD_MEMBERSHIP");
    if (!this.#packetInfo) {
      // Only now, because it makes each receive 170 ns slower (measured) and a socket without groups gets nothing from it.
      if (this.#libc.setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, word(1), 4) < 0) {
        throw failure("setsockopt NETLINK_PKTINFO", this.#libc.errno());
      }
      this.#packetInfo = true;
    }
    this.#membership(fd, NETLINK_ADD_MEMBERSHIP, "setsockopt NETLINK_ADD_MEMBERSHIP", group);
  }

  leave(group: number): void {
    const operation = "setsockopt NETLINK_DROP_MEMBERSHIP";
    this.#membership(this.#open(operation), NETLINK_DROP_MEMBERSHIP, operation, group);
  }

  openNetns(spec: NetnsSpec): NetnsHandle {
    const { fd, owned } = openNetns(spec);
    return { fd, close: () => (owned ? closeSync(fd) : undefined) };
  }

  another(options: AnotherOptions = {}): LinuxTransport {
    const fd = this.#open("open another socket");
    const { protocol } = this;
    if (this.#netns === undefined) return openLinux({ ...options, protocol });
    // By now the name may be another namespace's, and the process may have ended: the socket itself knows where it is.
    const own = this.#libc.ioctl(fd, SIOCGSKNS, null);
    if (own < 0) return openLinux({ ...options, protocol, netns: this.#netns });
    try {
      return openLinux({ ...options, protocol, netns: { fd: own } });
    } finally {
      closeSync(own);
    }
  }

  drops(): number | undefined {
    const fd = this.#open("getsockopt SO_MEMINFO");
    const words = new Uint32Array(MEMINFO_DROPS + 1);
    const size = word(words.byteLength);
    // A kernel before 4.12 does not say.
    if (this.#libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, new Uint8Array(words.buffer), size) < 0) return undefined;
    return words[MEMINFO_DROPS];
  }

  ref(): void {
    this.#setReferenced(true);
  }

  unref(): void {
    this.#setReferenced(false);
  }

  psched(): string | undefined {
    try {
      return readFileSync("/proc/net/psched", "latin1");
    } catch {
      return undefined; // a kernel without traffic control
    }
  }

  distribution(name: string): string | undefined {
    return readDistribution(name);
  }

  close(): void {
    if (this.closed) return;
    this.#listener = undefined;
    dropped.unregister(this);
    release(this.#libc, this.#resources);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The descriptor. @throws {TransportError} `EBADF` once closed. */
  #open(operation: string): number {
    const { fd } = this.#resources;
    if (fd < 0) throw failure(operation, errno.EBADF, "the transport is closed");
    return fd;
  }

  #setReferenced(referenced: boolean): void {
    this.#open(referenced ? "ref" : "unref");
    this.#referenced = referenced;
    if (this.#listener !== undefined) this.#resources.watch?.resume(this.#onReadable, referenced);
  }

  /** Calls the listener; says how many datagrams it read, if they were events only, which nobody awaits as one does a reply. */
  readonly #onReadable = (): number => {
    const { received } = this.statistics;
    const replies = this.#replies;
    this.#listener?.();
    return this.#replies === replies ? this.statistics.received - received : 0;
  };

  /** Makes `buffer` the one that is received into. */
  #adopt(buffer: Uint8Array): void {
    this.#buffer = buffer;
    pointAt(this.#header, 0, this.#libc.addressOf(buffer), buffer.length);
  }

  /** Puts a datagram of `length` bytes together that was longer than the own buffer, in a larger one. Returns how many bytes are lost. */
  #gather(length: number): number {
    const own = this.#buffer;
    const grown = memory(2 ** Math.ceil(Math.log2(length)));
    const rest = Math.min(length - own.length, OVERFLOW_BUFFER);
    grown.set(own);
    grown.set(overflow!.subarray(0, rest), own.length);
    this.#adopt(grown);
    const lost = length - own.length - rest;
    if (lost > 0) this.statistics.truncated++;
    return lost;
  }

  #membership(fd: number, option: number, operation: string, group: number): void {
    if (!Number.isInteger(group) || group < 1 || group > 0x7fffffff) {
      throw failure(operation, errno.EINVAL, `not a multicast group: ${group}`);
    }
    if (this.#libc.setsockopt(fd, SOL_NETLINK, option, word(group), 4) < 0) {
      throw failure(operation, this.#libc.errno(), `group ${group}`);
    }
  }
}

/** Memory that stays where it is (Node calls a buffer that shares its memory with no other one slow). */
function memory(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

/** An int for setsockopt, in the host's byte order. */
function word(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function failure(operation: string, number: number, detail?: string): TransportError {
  return new TransportError(operation, errnoName(number), number, detail);
}
