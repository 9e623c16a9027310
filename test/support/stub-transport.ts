/** A transport without a kernel: tests say what is queued, and look at what was sent. @module */
import { messages, NLMSG_DONE, NLMSG_ERROR, type RawMessage } from "../../src/codec/nlmsg/header.ts";
import { type ByteOrder, hostOrder } from "../../src/codec/wire/order.ts";
import { Writer } from "../../src/codec/wire/writer.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import { type Datagram, TransportError } from "../../src/transport/transport.ts";

export const PORT = 77;

/** A message's bytes, padded; `portId` is the stub's unless said otherwise. */
export interface Parts {
  readonly type: number;
  readonly flags?: number;
  readonly sequence: number;
  readonly portId?: number;
  readonly payload?: Uint8Array;
}
export function bytesOf(parts: Parts, order: ByteOrder = hostOrder): Uint8Array {
  const { type, flags = 0, sequence, portId = PORT, payload = new Uint8Array(0) } = parts;
  const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  const little = order === "little";
  view.setUint32(0, 16 + payload.length, little);
  view.setUint16(4, type, little);
  view.setUint16(6, flags, little);
  view.setUint32(8, sequence, little);
  view.setUint32(12, portId, little);
  bytes.set(payload, 16);
  return bytes;
}
export const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));

/** Four bytes of a number. */
export function word(value: number, order: ByteOrder = hostOrder): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, order === "little");
  return bytes;
}
/** An attribute. */
export function attribute(type: number, payload: Uint8Array, order: ByteOrder = hostOrder): Uint8Array {
  const w = new Writer(order);
  w.raw(type, payload);
  return w.take();
}

const CAPPED = 0x100;
const TLVS = 0x200;
/** NLMSG_ERROR: success, or a refusal with attributes of an extended acknowledgement; `whole` repeats the request in it. */
export function answerTo(
  request: RawMessage,
  errno = 0,
  more: { readonly tlvs?: Uint8Array; readonly whole?: boolean; readonly order?: ByteOrder } = {},
): Uint8Array {
  const { tlvs = new Uint8Array(0), whole = false, order = hostOrder } = more;
  const echoed = bytesOf(request, order);
  const payload = join(word(-errno, order), whole ? echoed : echoed.subarray(0, 16), tlvs);
  const flags = (whole ? 0 : CAPPED) | (tlvs.length > 0 ? TLVS : 0);
  return bytesOf({ type: NLMSG_ERROR, flags, sequence: request.sequence, payload }, order);
}
/** NLMSG_DONE of a dump. */
export const doneOf = (request: RawMessage, errno = 0, flags = 0, tlvs: Uint8Array = new Uint8Array(0)): Uint8Array =>
  bytesOf({
    type: NLMSG_DONE,
    flags: 2 | flags | (tlvs.length > 0 ? TLVS : 0),
    sequence: request.sequence,
    payload: join(word(-errno), tlvs),
  });

export const ENOBUFS = (): TransportError => new TransportError("recvmsg", "ENOBUFS", 105);

/** Wakes whoever listens at once, and only when it is told to. */
export class StubTransport extends MemoryTransport {
  /** Requests so far, in order. */
  readonly requests: RawMessage[] = [];
  /** Of each datagram sent, how many requests were in it. */
  readonly datagrams: number[] = [];
  reads = 0;
  onSend: ((requests: readonly RawMessage[]) => void) | undefined;
  onEmpty: (() => void) | undefined;

  constructor(order: ByteOrder = hostOrder) {
    super({ byteOrder: order, portId: PORT });
  }
  override deliver(what: Uint8Array | Error, more: Partial<Datagram> = {}): void {
    this.queue(what, more);
    this.wake();
  }
  get last(): RawMessage {
    return this.requests.at(-1)!;
  }
  override receive(): Datagram | undefined {
    this.reads++;
    return super.receive();
  }
  protected override sent(datagram: Uint8Array): void {
    const requests = [...messages(datagram, this.byteOrder)];
    this.requests.push(...requests);
    this.datagrams.push(requests.length);
    this.onSend?.(requests);
  }
  protected override emptied(): void {
    this.onEmpty?.();
  }
}
