/** Packets of a device as they pass: a packet socket (packet(7)), for captures of netlink on an nlmon device. @module */

import { closeSync } from "node:fs";
import {
  MSG_TRUNC,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
} from "./constants.ts";
import { errno } from "./errno.ts";
import { failure } from "./failure.ts";
import { type Libc, libc } from "./libc.ts";
import { type NetnsSpec, withNetns } from "./netns.ts";
import { type Watch, watchReadable } from "./readable.ts";

const AF_PACKET = 17;
const ETH_P_ALL = 3;
const { EAGAIN, EINTR } = errno;
/** struct sockaddr_ll. */
const ADDRESS = 20;
/** The longest that is kept whole. */
const LARGEST = 1 << 18;

export interface TappedPacket {
  /** A copy. */
  readonly data: Uint8Array;
  /** Before what was too long was cut. */
  readonly originalLength: number;
  /** Of an nlmon device netlink's protocol, of others the Ethernet protocol (sll_protocol). */
  readonly protocol: number;
  /** PACKET_HOST 0… PACKET_OUTGOING 4 (sll_pkttype). */
  readonly packetType: number;
}
export interface PacketTap {
  /** The next packet that is there; undefined if there is none. @throws {TransportError} `ENETDOWN`, `ENODEV`: the device is gone */
  receive(): TappedPacket | undefined;
  /** Calls `ready` when there may be packets; keeps the process alive. */
  listen(ready: () => void): void;
  close(): void;
}

/**
 * Taps the device with this index. Needs CAP_NET_RAW.
 * @throws {TransportError} `EPERM`, `ENODEV` @throws {NamespaceNotFound}
 */
export function openPacketTap(ifindex: number, options: { readonly netns?: NetnsSpec | undefined } = {}): PacketTap {
  const c = libc();
  const open = () => {
    // Of no protocol until it is bound: nothing of other devices comes in between.
    const fd = c.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw failure("socket", c.errno(), "AF_PACKET");
    return fd;
  };
  const fd = options.netns === undefined ? open() : withNetns(options.netns, open);
  try {
    const size = new Uint8Array(new Int32Array([16 << 20]).buffer);
    if (c.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) < 0) c.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
    const address = new Uint8Array(ADDRESS);
    const view = new DataView(address.buffer);
    new Uint16Array(address.buffer)[0] = AF_PACKET;
    view.setUint16(2, ETH_P_ALL);
    new Int32Array(address.buffer)[1] = ifindex;
    if (c.bind(fd, address, ADDRESS) < 0) throw failure("bind", c.errno(), `device ${ifindex}`);
    return tapOf(c, fd);
  } catch (e) {
    closeSync(fd);
    throw e;
  }
}

function tapOf(c: Libc, fd: number): PacketTap {
  const buffer = new Uint8Array(LARGEST);
  const address = new Uint8Array(ADDRESS);
  const size = new Uint8Array(4);
  let watch: Watch | undefined;
  let closed = false;
  return {
    receive() {
      for (;;) {
        new Uint32Array(size.buffer)[0] = ADDRESS;
        const length = c.recvfrom(fd, buffer, buffer.length, MSG_TRUNC, address, size);
        if (length >= 0) {
          const view = new DataView(address.buffer);
          const data = buffer.slice(0, Math.min(length, buffer.length));
          return { data, originalLength: length, protocol: view.getUint16(2), packetType: address[10]! };
        }
        const error = c.errno();
        if (error === EAGAIN) return undefined;
        if (error !== EINTR) throw failure("recvfrom", error);
      }
    },
    listen(ready) {
      watch ??= watchReadable(fd);
      watch.resume(() => {
        ready();
        return 0;
      }, true);
    },
    close() {
      if (closed) return;
      closed = true;
      // In this order: see readable.ts.
      watch?.close();
      closeSync(fd);
    },
  };
}
