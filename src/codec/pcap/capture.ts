/**
 * Captures of netlink (nlmon, `tcpdump -i nlmon0`): what was said, decoded.
 *
 * ```ts
 * for await (const record of readCapture(bytes)) if (record.type === "netlink") for (const m of record.messages) console.log(m.name, m);
 * ```
 * @module
 */
import { type DecodedMessage, decodeMessage, schemaOf } from "../decode-message.ts";
import { locate, locateMissing } from "../explain/locate.ts";
import type { Ctrl } from "../genetlink/ctrl.ts";
import { Families } from "../genetlink/families.ts";
import { GENERIC } from "../genetlink/header.ts";
import type { Acknowledgement, Done } from "../nlmsg/ack.ts";
import { errnoName } from "../nlmsg/errno.ts";
import { NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN } from "../nlmsg/header.ts";
import { align4 } from "../wire/align.ts";
import { CodecError } from "../wire/error.ts";
import type { ByteOrder } from "../wire/order.ts";
import { type ByteInput, ByteReader } from "./bytes.ts";
import { COOKED_LENGTH, type Direction, readCooked } from "./cooked.ts";
import { CaptureError, type Damage, LINKTYPE_NETLINK, type Packet } from "./packet.ts";
import { type Asked, acknowledgedType, Pairing } from "./pairing.ts";
import { pcapMagic, readPcap } from "./pcap.ts";
import { isPcapng, readPcapng } from "./pcapng.ts";
import { createSenders } from "./sender.ts";

/** Which request a message answers: the number of its record, and its place in there. */
export interface RequestReference {
  readonly record: number;
  readonly index: number;
  readonly name: string;
}
/** What the kernel had against a request, in the request's terms. */
export interface Refusal {
  /** `"EEXIST"`. */
  readonly code: string;
  readonly text?: string;
  /** The attribute at fault: `"linkinfo.data.id"`. */
  readonly attribute?: string;
  readonly missing?: string;
}
export type CapturedMessage = DecodedMessage & {
  /** Where in the record's data the message begins, behind the cooked header. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Of answers, where the request is in the capture. */
  readonly request?: RequestReference;
  readonly refusal?: Refusal;
};
/** A netlink datagram of a capture. */
export interface NetlinkRecord {
  readonly type: "netlink";
  /** Counts the capture's packets from 1, as Wireshark does. */
  readonly number: number;
  readonly timeNs: bigint | undefined;
  /** 0 rtnetlink, 4 sock_diag, 6 xfrm, 12 netfilter, 16 generic. */
  readonly protocol: number;
  /** As the capture says, or where it does not (nlmon's do not) as the messages do. */
  readonly direction: Direction;
  readonly order: ByteOrder;
  readonly messages: readonly CapturedMessage[];
  readonly packet: Packet;
  /** Why the rest of the datagram has no messages: it was cut by the capture, or does not hold together. */
  readonly error?: CodecError;
}
/** A packet that is not netlink's. */
export interface OtherRecord {
  readonly type: "other";
  readonly number: number;
  readonly packet: Packet;
  readonly reason: string;
}
export type CaptureRecord = NetlinkRecord | OtherRecord | Damage;

export interface CaptureOptions {
  /** Ids of generic netlink's families, where the capture does not tell them: `{ wireguard: 31 }`. */
  readonly families?: { readonly [name: string]: number } | undefined;
  /** Byte order of the host, where the file's is another: a capture that was converted. */
  readonly order?: ByteOrder | undefined;
}

/** Packets of a pcap or pcapng file. @throws {CaptureError} it is neither */
export async function* readPackets(input: ByteInput): AsyncGenerator<Packet | Damage> {
  const reader = new ByteReader(input);
  try {
    const start = await reader.peek(4);
    if (start.length < 4) throw new CaptureError(0, `is no capture: ${start.length} bytes`);
    const view = new DataView(start.buffer, start.byteOffset, 4);
    const little = view.getUint32(0, true);
    const big = view.getUint32(0, false);
    if (isPcapng(little)) yield* readPcapng(reader);
    else if (pcapMagic(little)) yield* readPcap(reader, true);
    else if (pcapMagic(big)) yield* readPcap(reader, false);
    else
      throw new CaptureError(
        0,
        `is no capture: neither pcap nor pcapng begins with 0x${big.toString(16).padStart(8, "0")}`,
      );
  } finally {
    await reader.end();
  }
}

/** Requests that answers may come to; older ones are forgotten. */
const REMEMBERED = 4096;
interface Remembered extends Asked, RequestReference {
  readonly bytes: Uint8Array;
}

/**
 * Decodes a capture as it comes. What cannot be read is told of in its place, with its offset, and the rest is read all the same as far as
 * that can be.
 * @throws {CaptureError} it is neither pcap nor pcapng
 */
export async function* readCapture(input: ByteInput, options: CaptureOptions = {}): AsyncGenerator<CaptureRecord> {
  const families = new Families(options.families);
  const requests = new Pairing<Remembered>(REMEMBERED);
  const senderOf = createSenders();
  let number = 0;
  for await (const packet of readPackets(input)) {
    if (packet.type === "damage") {
      yield packet;
      continue;
    }
    number++;
    const other = (reason: string): OtherRecord => ({ type: "other", number, packet, reason });
    if (packet.linkType !== LINKTYPE_NETLINK) {
      yield other(`link type ${packet.linkType} is not ${LINKTYPE_NETLINK}, netlink`);
      continue;
    }
    const cooked = readCooked(packet.data);
    if (!cooked) {
      yield other("there is no cooked header of netlink");
      continue;
    }
    const { protocol } = cooked;
    const data = packet.data.subarray(COOKED_LENGTH);
    const order = options.order ?? orderOfDatagram(data, packet.order);
    const direction = senderOf(cooked.direction, protocol, data, order);
    const messages: CapturedMessage[] = [];
    let error: CodecError | undefined;
    for (let offset = 0; offset < data.length; ) {
      let length: number;
      let decoded: DecodedMessage;
      // Behind a length of 0 the kernel looks no further (netlink_rcv_skb): iproute2 sends some requests in a longer buffer.
      if (messages.length > 0 && direction !== "to-user" && zeros(data, offset)) break;
      try {
        length = lengthAt(data, offset, order);
        decoded = decodeMessage(protocol, data.subarray(offset, offset + length), order, families);
      } catch (e) {
        if (!(e instanceof CodecError)) throw e;
        error = e;
        break;
      }
      const bytes = data.subarray(offset, offset + length);
      const { header, name } = decoded;
      const { type, flags, sequence, portId } = header;
      if (direction !== "to-user" && (flags & NLM_F_REQUEST) !== 0) {
        const reference = { record: number, index: messages.length, name };
        requests.add({
          ...reference,
          protocol,
          type,
          flags,
          sequence,
          portId: portId || undefined,
          finished: false,
          bytes,
        });
        messages.push({ ...decoded, offset, bytes });
      } else {
        if (protocol === GENERIC && "value" in decoded && name === "nlctrl") families.learn(decoded.value as Ctrl);
        const asked = requests.find({ protocol, type, sequence, portId, acknowledges: acknowledgedType(bytes, order) });
        messages.push({ ...decoded, offset, bytes, ...answerOf(decoded, asked, protocol, order, families) });
      }
      offset += align4(length);
    }
    yield {
      type: "netlink",
      number,
      timeNs: packet.timeNs,
      protocol,
      direction,
      order,
      messages,
      packet,
      ...(error && { error }),
    };
  }
}

const zeros = (data: Uint8Array, from: number): boolean => data.subarray(from).every((byte) => byte === 0);

/** @throws {CodecError} */
function lengthAt(data: Uint8Array, offset: number, order: ByteOrder): number {
  const rest = data.length - offset;
  if (rest < NLMSG_HDRLEN) throw new CodecError("nlmsghdr", offset, `${NLMSG_HDRLEN} bytes do not fit in ${rest}`);
  const length = new DataView(data.buffer, data.byteOffset + offset, 4).getUint32(0, order === "little");
  if (length < NLMSG_HDRLEN || length > rest)
    throw new CodecError("nlmsghdr", offset, `a message of ${length} bytes does not fit in ${rest}`);
  return length;
}

/** The file's order, unless only the other makes the first message fit. */
export function orderOfDatagram(data: Uint8Array, order: ByteOrder): ByteOrder {
  if (data.length < NLMSG_HDRLEN) return order;
  const view = new DataView(data.buffer, data.byteOffset, 4);
  const fits = (x: ByteOrder) => {
    const length = view.getUint32(0, x === "little");
    return length >= NLMSG_HDRLEN && length <= data.length;
  };
  const other = order === "little" ? "big" : "little";
  return !fits(order) && fits(other) ? other : order;
}

function answerOf(
  decoded: DecodedMessage,
  asked: Remembered | undefined,
  protocol: number,
  order: ByteOrder,
  families: Families,
): { request?: RequestReference; refusal?: Refusal } {
  const request = asked && { request: { record: asked.record, index: asked.index, name: asked.name } };
  const { type } = decoded.header;
  if ((type !== NLMSG_ERROR && type !== NLMSG_DONE) || !("value" in decoded)) return request ?? {};
  const { errno, extended } = decoded.value as Acknowledgement | Done;
  if (errno === 0) return request ?? {};
  const refusal: { -readonly [K in keyof Refusal]: Refusal[K] } = { code: errnoName(errno) };
  if (extended?.msg !== undefined) refusal.text = extended.msg;
  const schema = asked && schemaOf(protocol, asked, asked.bytes.subarray(NLMSG_HDRLEN), order, families)?.schema;
  if (asked && schema && extended) {
    try {
      if (extended.offs !== undefined)
        refusal.attribute = locate(schema, asked.bytes, extended.offs, order) ?? `byte ${extended.offs}`;
      if (extended.missType !== undefined)
        refusal.missing = locateMissing(schema, asked.bytes, extended.missType, extended.missNest, order);
    } catch (e) {
      if (!(e instanceof CodecError)) throw e; // a request that cannot be read: the refusal may say so
    }
  }
  return { ...request, refusal };
}
