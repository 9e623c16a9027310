/**
 * One `struct msghdr` with all it points to, laid out by hand once and handed to recvmsg again and again.
 *
 * Fields are written and read through typed arrays, which are in the host's byte order as C is; the layout is that of every
 * 64-bit Linux (`libc.ts` refuses others).
 * @module
 */

import { NETLINK_LISTEN_ALL_NSID, NETLINK_PKTINFO, SOCKADDR_NL_SIZE, SOL_NETLINK } from "./constants.ts";
import type { Address, Libc } from "./libc.ts";

// struct msghdr { void *name; socklen_t namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; int flags; }
const MSGHDR = 0; // 56 bytes
const IOVECS = 64; // 2 × { void *base; size_t len; }
const NAME = 96; // struct sockaddr_nl, 12 bytes
const CONTROL = 112;
// Room for what may come: NETLINK_PKTINFO and NETLINK_LISTEN_ALL_NSID, 24 bytes each, and credentials or a timestamp that
// a caller switched on by the descriptor.
const CONTROL_SIZE = 160;
const SIZE = CONTROL + CONTROL_SIZE;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Index of the low half of the 64-bit field at `offset`, in 32-bit words. */
const low = (offset: number) => offset / 4 + (littleEndian ? 0 : 1);

// Word indexes.
const NAMELEN = (MSGHDR + 8) / 4;
const CONTROLLEN = low(MSGHDR + 40);
const NAME_PID = (NAME + 4) / 4;

const CMSGHDR_SIZE = 16; // { size_t len; int level; int type; }

/** A msghdr with room for a netlink address, two buffers to fill in turn, and control messages. */
export interface MessageHeader {
  readonly address: Address;
  /** Its memory in 32-bit words, and in 64-bit ones. */
  readonly words: Uint32Array;
  readonly wide: BigUint64Array;
}

export function createMessageHeader(libc: Libc): MessageHeader {
  // Slow is what Node calls a buffer with memory of its own: nothing else shares or moves it.
  const bytes = Buffer.allocUnsafeSlow(SIZE).fill(0);
  const address = libc.addressOf(bytes);
  const wide = new BigUint64Array(bytes.buffer, 0, SIZE / 8);
  wide[MSGHDR / 8] = address + BigInt(NAME);
  wide[(MSGHDR + 16) / 8] = address + BigInt(IOVECS);
  wide[(MSGHDR + 24) / 8] = 2n;
  wide[(MSGHDR + 32) / 8] = address + BigInt(CONTROL);
  return { address, words: new Uint32Array(bytes.buffer, 0, SIZE / 4), wide };
}

/** Makes the first (0) or second (1) part of a message go to `length` bytes at `address`. */
export function pointAt(header: MessageHeader, part: 0 | 1, address: Address, length: number): void {
  header.wide[IOVECS / 8 + part * 2] = address;
  header.wide[IOVECS / 8 + part * 2 + 1] = BigInt(length);
}

/** Restores the lengths that recvmsg overwrote; needed before each call. */
export function rewind(header: MessageHeader): void {
  header.words[NAMELEN] = SOCKADDR_NL_SIZE;
  header.words[CONTROLLEN] = CONTROL_SIZE;
}

/** Port id of the sender of the message just received. */
export function senderOf(header: MessageHeader): number {
  return header.words[NAME_PID]!;
}

/** Whether the message just received came with control messages. */
export function hasControl(header: MessageHeader): boolean {
  return header.words[CONTROLLEN] !== 0;
}

/** Multicast group of the message just received, from NETLINK_PKTINFO: 0 if it was sent to this socket alone. */
export function groupOf(header: MessageHeader): number {
  return controlWord(header, NETLINK_PKTINFO) ?? 0;
}

/** Namespace id of the message just received: undefined without NETLINK_LISTEN_ALL_NSID, and for the socket's own namespace. */
export function nsidOf(header: MessageHeader): number | undefined {
  const word = controlWord(header, NETLINK_LISTEN_ALL_NSID);
  return word === undefined ? undefined : word | 0; // an s32
}

/** First 32-bit word of the SOL_NETLINK control message of that type. */
function controlWord(header: MessageHeader, type: number): number | undefined {
  const { words } = header;
  const end = CONTROL + words[CONTROLLEN]!;
  let at = CONTROL;
  while (at + CMSGHDR_SIZE + 4 <= end) {
    const length = words[low(at)]!;
    if (words[at / 4 + 2] === SOL_NETLINK && words[at / 4 + 3] === type) return words[at / 4 + 4];
    if (length < CMSGHDR_SIZE) break;
    at += (length + 7) & ~7;
  }
  return undefined;
}
