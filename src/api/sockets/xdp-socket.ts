/** AF_XDP sockets in the user's terms. @module */
import { toFriendly } from "../../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { socketTypes } from "../../codec/sockdiag/types.ts";
import { umemFlags, type XdpMessage } from "../../codec/sockdiag/xdp.ts";
import type { DeviceName } from "../facet.ts";
import { type Cookie, cookieOf, type SocketMemory, type SocketOwner } from "./end.ts";

export interface XdpUmem {
  id: number;
  bytes: number;
  pages: number;
  chunkBytes: number;
  headroomBytes: number;
  dev?: string | number;
  queue: number;
  flags: string[];
  references: number;
}
/** Packets: dropped or refused on receiving and sending, and how often a ring was full or empty. */
export interface XdpStats {
  receiveDropped: number;
  receiveInvalid: number;
  receiveFull: number;
  fillRingEmpty: number;
  sendInvalid: number;
  sendRingEmpty: number;
}
export interface XdpSocket {
  family: "xdp";
  protocol: "xdp";
  type: "raw" | number;
  /** What it is bound to. */
  dev?: string | number;
  queue?: number;
  inode: number;
  cookie: Cookie;
  uid?: number;
  /** Descriptors that fit in each ring. */
  receiveRing?: number;
  sendRing?: number;
  fillRing?: number;
  completionRing?: number;
  umem?: XdpUmem;
  stats?: XdpStats;
  memory?: SocketMemory;
  owners?: SocketOwner[];
  message: XdpMessage;
}

export function readXdpSocket(m: XdpMessage, deviceName: DeviceName): XdpSocket {
  const out: XdpSocket = {
    family: "xdp",
    protocol: "xdp",
    type: (nameOf(socketTypes, m.type) as "raw" | undefined) ?? m.type,
    inode: m.ino,
    cookie: cookieOf(m.cookie),
    message: m,
  };
  if (m.info) {
    if (m.info.ifindex !== 0) out.dev = deviceName(m.info.ifindex) ?? m.info.ifindex;
    out.queue = m.info.queueId;
  }
  if (m.uid !== undefined) out.uid = m.uid;
  if (m.rxRing) out.receiveRing = m.rxRing.entries;
  if (m.txRing) out.sendRing = m.txRing.entries;
  if (m.umemFillRing) out.fillRing = m.umemFillRing.entries;
  if (m.umemCompletionRing) out.completionRing = m.umemCompletionRing.entries;
  if (m.umem) {
    const { id, size, numPages, chunkSize, headroom, ifindex, queueId, flags, refs } = m.umem;
    out.umem = {
      id,
      bytes: Number(size),
      pages: numPages,
      chunkBytes: chunkSize,
      headroomBytes: headroom,
      ...(ifindex === 0 ? {} : { dev: deviceName(ifindex) ?? ifindex }),
      queue: queueId,
      flags: namesOf(umemFlags, flags).names,
      references: refs,
    };
  }
  if (m.stats)
    out.stats = {
      receiveDropped: Number(m.stats.nRxDropped),
      receiveInvalid: Number(m.stats.nRxInvalid),
      receiveFull: Number(m.stats.nRxFull),
      fillRingEmpty: Number(m.stats.nFillRingEmpty),
      sendInvalid: Number(m.stats.nTxInvalid),
      sendRingEmpty: Number(m.stats.nTxRingEmpty),
    };
  if (m.meminfo) out.memory = toFriendly(skMeminfo, m.meminfo);
  return out;
}
