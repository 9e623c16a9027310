/** struct nlmsghdr and what stands in it (linux/netlink.h). @module */
import { align4 } from "../wire/align.ts";
import { CodecError } from "../wire/error.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { type Source, source } from "../wire/source.ts";
import type { Writer } from "../wire/writer.ts";

export const NLMSG_HDRLEN = 16;

/** Message types below NLMSG_MIN_TYPE: netlink's own, the same in every protocol. */
export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;
export const NLMSG_MIN_TYPE = 16;

/** `nlmsg_flags`. The same bits mean different things in requests to get, to create and to delete, and in answers. */
export const NLM_F_REQUEST = 0x01;
/** One of several messages, ended by NLMSG_DONE. */
export const NLM_F_MULTI = 0x02;
/** Answer with an acknowledgement. An error is answered in any case. */
export const NLM_F_ACK = 0x04;
/** Answer with the notification that the request caused. */
export const NLM_F_ECHO = 0x08;
/** The dump is inconsistent: what it lists changed meanwhile. */
export const NLM_F_DUMP_INTR = 0x10;
/** The dump was filtered as asked. */
export const NLM_F_DUMP_FILTERED = 0x20;
// Requests to get.
export const NLM_F_ROOT = 0x100;
export const NLM_F_MATCH = 0x200;
export const NLM_F_ATOMIC = 0x400;
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;
// Requests to create.
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
// Requests to delete.
export const NLM_F_NONREC = 0x100;
export const NLM_F_BULK = 0x200;
// Acknowledgements.
/** The request is not repeated in it. */
export const NLM_F_CAPPED = 0x100;
/** Attributes of an extended acknowledgement follow. */
export const NLM_F_ACK_TLVS = 0x200;

export interface MessageHeader {
  /** `nlmsg_len`: of header and payload, without padding. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** `nlmsg_pid`: the port id of the requester, or 0 in most events. */
  readonly portId: number;
}

export interface RawMessage extends MessageHeader {
  /** What follows the header: a view of the datagram, not a copy. */
  readonly payload: Uint8Array;
  /** Where the header stands in the datagram. */
  readonly offset: number;
}

/** @internal Header at `at`. @throws {CodecError} a length that does not fit */
export function readHeader(src: Source, at: number, end: number, little: boolean): MessageHeader {
  const { view } = src;
  if (end - at < NLMSG_HDRLEN) throw new CodecError("nlmsghdr", at, `16 bytes do not fit in ${end - at}`);
  const length = view.getUint32(at, little);
  if (length < NLMSG_HDRLEN || length > end - at)
    throw new CodecError("nlmsghdr", at, `a message of ${length} bytes does not fit in ${end - at}`);
  return {
    length,
    type: view.getUint16(at + 4, little),
    flags: view.getUint16(at + 6, little),
    sequence: view.getUint32(at + 8, little),
    portId: view.getUint32(at + 12, little),
  };
}

/**
 * The messages of a datagram, in order, without copying.
 * @throws {CodecError} where a message's length does not fit; those before it have been given out
 */
export function* messages(datagram: Uint8Array, order: ByteOrder = hostOrder): Generator<RawMessage, void> {
  const src = source(datagram);
  const little = order === "little";
  for (let offset = 0; offset < datagram.length; ) {
    const header = readHeader(src, offset, datagram.length, little);
    yield { ...header, payload: datagram.subarray(offset + NLMSG_HDRLEN, offset + header.length), offset };
    offset += align4(header.length);
  }
}

/** Takes one message: its payload is in bytes `at…end` of `src`, whose header stands 16 bytes before it. */
export type TakeMessage = (type: number, src: Source, at: number, end: number) => void;
/**
 * The messages of a datagram, or of many back to back, handed to `take` in order, with nothing made for any: with a `decoder`, the fast way
 * through a giant dump. `eachMessage(bytes, (type, src, at, end) => { if (type === RTM.newroute) routes.push(decode(src, at, end)); })`
 * @throws {CodecError} where a message's length does not fit; those before it have been handed over
 */
export function eachMessage(bytes: Uint8Array, take: TakeMessage, order: ByteOrder = hostOrder): void {
  const src = source(bytes);
  const { view } = src;
  const little = order === "little";
  const end = bytes.length;
  for (let at = 0; at < end; ) {
    const length = end - at < NLMSG_HDRLEN ? 0 : view.getUint32(at, little);
    if (length < NLMSG_HDRLEN || length > end - at) readHeader(src, at, end, little); // throws
    take(view.getUint16(at + 4, little), src, at + NLMSG_HDRLEN, at + length);
    at += align4(length);
  }
}

/** What a header needs beside the length, which follows from the payload. */
export interface HeaderInput {
  readonly type: number;
  readonly flags?: number | undefined;
  readonly sequence?: number | undefined;
  readonly portId?: number | undefined;
}

/** Opens a message: writes its header; give what it returns to `endMessage`. */
export function beginMessage(w: Writer, header: HeaderInput): number {
  const at = w.room(NLMSG_HDRLEN);
  const { view, little } = w;
  view.setUint16(at + 4, header.type, little);
  view.setUint16(at + 6, header.flags ?? 0, little);
  view.setUint32(at + 8, header.sequence ?? 0, little);
  view.setUint32(at + 12, header.portId ?? 0, little);
  return at;
}

/** Closes a message: sets its length, and pads it so that another can follow. */
export function endMessage(w: Writer, at: number): void {
  w.view.setUint32(at, w.length - at, w.little);
  w.align();
}
