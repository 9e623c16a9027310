/** A recording as a conversation: requests with their answers, and what was told between. @module */
import { ctrl } from "../../codec/genetlink/ctrl.ts";
import { Families } from "../../codec/genetlink/families.ts";
import { GENERIC, GENL_ID_CTRL } from "../../codec/genetlink/header.ts";
import { NLM_F_ECHO, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_HDRLEN, NLMSG_MIN_TYPE } from "../../codec/nlmsg/header.ts";
import { type Asked, acknowledgedType, Pairing } from "../../codec/pcap/pairing.ts";
import { groupOf } from "../../codec/rtnetlink/event-group.ts";
import { decode } from "../../codec/schema/engine.ts";
import { align4 } from "../../codec/wire/align.ts";
import { CodecError } from "../../codec/wire/error.ts";
import type { ByteOrder } from "../../codec/wire/order.ts";
import { type Request, requestOf } from "../request.ts";
import type { Recorded, Recording } from "./recording.ts";

/** Messages received at once. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Bytes that are not in the recording. */
  readonly missing: number;
  /** Datagrams that were lost before. */
  readonly lost: number;
}
/** A request, and what the kernel answered. */
export interface Exchange extends Asked {
  /** Counts the requests of the conversation. */
  readonly index: number;
  readonly request: Request;
  /** Number of the packet that it was in. */
  readonly number: number;
  readonly socket: number | undefined;
  readonly parts: Part[];
}
export interface RecordedEvent extends Part {
  /** How many requests were sent before it. */
  readonly after: number;
  /** 0 where it is not known. */
  readonly group: number;
  readonly nsid: number | undefined;
  readonly number: number;
}
export interface Conversation {
  readonly order: ByteOrder;
  readonly families: Families;
  readonly exchanges: readonly Exchange[];
  readonly events: readonly RecordedEvent[];
}

interface Piece {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  /** All of it was captured. */
  readonly whole: boolean;
  readonly bytes: Uint8Array;
}

/** The part of a recording that is of one protocol. */
export function conversationOf(
  { datagrams }: Recording,
  protocol: number,
  families: Families = new Families(),
): Conversation {
  const own = datagrams.filter((one) => one.protocol === protocol);
  const order = own[0]?.order ?? "little";
  const exchanges: Exchange[] = [];
  const events: RecordedEvent[] = [];
  const asked = new Pairing<Exchange>();
  for (const datagram of own) {
    const pieces = [...piecesOf(datagram)];
    if (datagram.direction === "to-kernel") {
      for (const { type, flags, sequence, portId, whole, bytes } of pieces) {
        // Of a request that was cut it cannot be said what it asked for.
        if ((flags & NLM_F_REQUEST) === 0 || !whole) continue;
        const request = requestOf(bytes, { protocol, order: datagram.order, families });
        const { number, facts } = datagram;
        const exchange: Exchange = {
          ...{ index: exchanges.length, request, number, socket: facts?.socket, parts: [] },
          ...{ protocol, type, flags, sequence, portId: (facts?.portId ?? portId) || undefined, finished: false },
        };
        exchanges.push(exchange);
        asked.add(exchange);
      }
      continue;
    }
    if (protocol === GENERIC) learn(pieces, datagram.order, families);
    receive(datagram, pieces);
  }
  return { order, families, exchanges, events };

  function receive(datagram: Recorded, pieces: readonly Piece[]): void {
    const { missing, facts, number, bytes } = datagram;
    let lost = facts?.lost ?? 0;
    const answered = pieces.map((piece) => askedBy(datagram, piece));
    // Messages of one datagram that answer the same stay together; the last has what is missing.
    for (let i = 0, j = 0; i < pieces.length; i = j) {
      const exchange = answered[i];
      while (j < pieces.length && answered[j] === exchange) j++;
      const start = pieces[i]!.bytes.byteOffset - bytes.byteOffset;
      const end = j < pieces.length ? pieces[j]!.bytes.byteOffset - bytes.byteOffset : bytes.length;
      const part: Part = { bytes: bytes.subarray(start, end), missing: j < pieces.length ? 0 : missing, lost };
      lost = 0;
      if (exchange) exchange.parts.push(part);
      else told(part, pieces[i]!, datagram, number);
    }
  }
  function told(part: Part, piece: Piece, { facts }: Recorded, number: number): void {
    const family = piece.bytes[NLMSG_HDRLEN] ?? 0;
    const group = facts?.group || (protocol === 0 ? (groupOf(piece.type, family) ?? 0) : 0);
    events.push({ ...part, after: exchanges.length, group, nsid: facts?.nsid, number });
  }

  /** The request that a message answers; undefined of what is told to all. */
  function askedBy({ facts, order: own }: Recorded, { bytes, ...piece }: Piece): Exchange | undefined {
    const message = { protocol, ...piece, acknowledges: acknowledgedType(bytes, own) };
    return asked.find(message, (one) => (!facts || one.socket === facts.socket) && answers(one, piece, facts?.group));
  }
}

/**
 * Whether a message with a request's sequence number answers it. A notification has it too, of who caused it; where the group is not known,
 * it is an answer only if such a request has any.
 */
function answers(
  { request }: Exchange,
  { type, flags }: Pick<Piece, "type" | "flags">,
  group: number | undefined,
): boolean {
  if (type < NLMSG_MIN_TYPE) return true;
  const echo = (request.header.flags & NLM_F_ECHO) !== 0;
  if (group !== undefined && group !== 0) return echo;
  if (request.dump) return (flags & NLM_F_MULTI) !== 0;
  return echo || !/^(new|set|del)/.test(request.name);
}
/** The messages of a datagram, as far as they hold together. */
function* piecesOf({ bytes, order }: Recorded): Generator<Piece> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = order === "little";
  for (let at = 0; at + NLMSG_HDRLEN <= bytes.length; ) {
    const length = view.getUint32(at, little);
    if (length < NLMSG_HDRLEN) return;
    yield {
      type: view.getUint16(at + 4, little),
      flags: view.getUint16(at + 6, little),
      sequence: view.getUint32(at + 8, little),
      portId: view.getUint32(at + 12, little),
      whole: length <= bytes.length - at,
      bytes: bytes.subarray(at, Math.min(bytes.length, at + length)),
    };
    at += align4(Math.min(length, bytes.length));
  }
}

function learn(pieces: readonly Piece[], order: ByteOrder, families: Families): void {
  for (const { type, bytes } of pieces)
    if (type === GENL_ID_CTRL)
      try {
        families.learn(decode(ctrl, bytes.subarray(NLMSG_HDRLEN), order));
      } catch (e) {
        if (!(e instanceof CodecError)) throw e; // cut short: what it would have told stays a number
      }
}
