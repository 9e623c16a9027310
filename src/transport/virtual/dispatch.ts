/** Requests: from a datagram to whoever handles them, and their acknowledgement (rtnetlink_rcv_msg of net/core/rtnetlink.c). @module */
import {
  beginMessage,
  endMessage,
  messages,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_MIN_TYPE,
  type RawMessage,
} from "../../codec/nlmsg/header.ts";
import { rtnetlinkMessages } from "../../codec/rtnetlink/messages.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Value } from "../../codec/schema/codec.ts";
import { decode, encodeTo } from "../../codec/schema/engine.ts";
import { CodecError } from "../../codec/wire/error.ts";
import { Writer } from "../../codec/wire/writer.ts";
import { Refusal, refuse, writeAck } from "./ack.ts";
import { type Listing, startDump } from "./dump.ts";
import { handlers } from "./handlers.ts";
import type { Cause, Kernel } from "./kernel.ts";
import type { VirtualSocket } from "./socket.ts";
import type { Netns } from "./state.ts";

/** A request as its handler sees it. */
export interface Request<V = unknown> extends Cause {
  readonly kernel: Kernel;
  readonly net: Netns;
  readonly flags: number;
  readonly family: number;
  readonly value: V;
  /** Sends one message to the asker. */
  reply(type: number, schema: Attrs, value: object): void;
}
export type RequestOf<C extends Attrs> = Request<Value<C>>;
/** What can be done with a message's type: do it, or list. */
export interface Handler {
  readonly doit?: (request: Request<never>) => void;
  readonly dump?: (request: Request<never>) => readonly Listing[];
}

const RTM_MAX = 123;

export function rtnetlinkReceive(kernel: Kernel, socket: VirtualSocket, datagram: Uint8Array): void {
  const w = new Writer(kernel.order, 256);
  try {
    for (const message of messages(datagram, kernel.order)) {
      let refusal: Refusal | undefined;
      let schema: Attrs | undefined;
      try {
        if ((message.flags & NLM_F_REQUEST) !== 0 && message.type >= NLMSG_MIN_TYPE) {
          schema = schemaOf(message);
          if (handle(kernel, socket, message, schema)) continue;
        }
      } catch (e) {
        if (e instanceof CodecError) refusal = new Refusal("EINVAL");
        else if (e instanceof Refusal) refusal = e;
        else throw e;
      }
      if (refusal === undefined && (message.flags & NLM_F_ACK) === 0) continue;
      w.reset();
      writeAck(w, message, socket.portId, refusal, schema);
      socket.deliver(w.take());
    }
  } catch (e) {
    if (!(e instanceof CodecError)) throw e; // what is behind a damaged header is not looked at
  }
}

function schemaOf(message: RawMessage): Attrs | undefined {
  const known = rtnetlinkMessages[message.type];
  return known?.request ?? known?.schema;
}

/** Whether a dump was started, which is not acknowledged. */
function handle(kernel: Kernel, socket: VirtualSocket, message: RawMessage, schema: Attrs | undefined): boolean {
  const { type, flags, payload } = message;
  if (type > RTM_MAX) refuse("EOPNOTSUPP");
  if (payload.length < 1) return false;
  const get = (type & 3) === 2;
  if (!get && socket.options.unprivileged) refuse("EPERM");
  const handler = handlers.get(type);
  if (handler === undefined || schema === undefined) refuse("EOPNOTSUPP");
  const listing = get && (flags & NLM_F_DUMP) !== 0;
  if (listing ? !handler.dump : !handler.doit) refuse("EOPNOTSUPP");
  const head = schema.head?.size ?? 0;
  // A request for a dump may hold no more than a family (struct rtgenmsg).
  const whole = payload.length >= head ? payload : padded(payload, head);
  if (payload.length < head && !listing) refuse("EINVAL", "Invalid header for request");
  const request = {
    kernel,
    net: kernel.netns(socket.netns),
    socket,
    message,
    flags,
    family: payload[0]!,
    value: decode(schema, whole, kernel.order) as never,
    reply(type: number, schema: Attrs, value: object) {
      const w = new Writer(kernel.order, 1024);
      const at = beginMessage(w, { type, sequence: message.sequence, portId: socket.portId });
      encodeTo(w, schema, value);
      endMessage(w, at);
      socket.deliver(w.take());
    },
  };
  if (!listing) {
    handler.doit!(request);
    return false;
  }
  if (socket.dump) refuse("EBUSY");
  startDump(socket, message, handler.dump!(request));
  return true;
}

function padded(payload: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(payload);
  return bytes;
}
