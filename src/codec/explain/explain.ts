/**
 * What every byte of a message is: a walk over the schemas as the decoder's, which tells what it passes and goes on where bytes are damaged.
 *
 * ```ts
 * console.log(explainText(explain(bytes)));
 * ```
 * @module
 */
import { messageName, schemaOf } from "../decode-message.ts";
import { Families } from "../genetlink/families.ts";
import { extendedAck } from "../nlmsg/ack.ts";
import { errnoName, errnoText } from "../nlmsg/errno.ts";
import { flagNames } from "../nlmsg/flags.ts";
import {
  type MessageHeader,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
  NLMSG_MIN_TYPE,
} from "../nlmsg/header.ts";
import type { DeviceName } from "../schema/friendly.ts";
import { flags, type Names, u16, u32 } from "../schema/scalar.ts";
import { type Struct, struct } from "../schema/struct.ts";
import { align4 } from "../wire/align.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { source } from "../wire/source.ts";
import { explainMembers, type Walk } from "./members.ts";
import { type Explained, leaf, nodesAt, pathOf } from "./node.ts";
import { explainHead, explainSet } from "./payload.ts";

export interface ExplainOptions {
  /** Netlink protocol: 0, rtnetlink, by default. */
  readonly protocol?: number | undefined;
  /** Byte order of the host that the bytes are of. */
  readonly order?: ByteOrder | undefined;
  /** Ids of generic netlink's families. */
  readonly families?: Families | { readonly [name: string]: number } | undefined;
  /** Names of devices by their indices. */
  readonly deviceName?: DeviceName | undefined;
}
interface Explaining extends Walk {
  readonly protocol: number;
  readonly order: ByteOrder;
  readonly families: Families | undefined;
}

/**
 * Explains a message, or a datagram of several: then the node `"datagram"` has one part each. Whatever the bytes, it throws nothing: what
 * does not hold together has an `error`, and is explained as far as it can be.
 */
export function explain(
  input: Uint8Array | { readonly bytes: Uint8Array },
  { protocol = 0, order = hostOrder, families, deviceName = () => undefined }: ExplainOptions = {},
): Explained {
  const bytes = input instanceof Uint8Array ? input : input.bytes;
  const known = families instanceof Families ? families : new Families(families);
  const walk: Explaining = {
    ...{ src: source(bytes), little: order === "little" },
    ...{ deviceName, protocol, order, families: known },
  };
  const parts: Explained[] = [];
  for (let at = 0; at < bytes.length; ) {
    // The kernel looks no further: iproute2 sends some requests in a longer buffer.
    if (parts.length > 0 && bytes.subarray(at).every((byte) => byte === 0)) {
      parts.push(leaf(walk.src, "rest", "pad", at, bytes.length));
      break;
    }
    const part = explainMessage(walk, at, bytes.length);
    parts.push(part);
    at += part.length;
  }
  if (parts.length === 1) return parts[0]!;
  const error = parts.length === 0 ? "there is no message in 0 bytes" : undefined;
  return { name: "datagram", type: "messages", offset: 0, length: bytes.length, ...(error && { error }), parts };
}

const nlmsghdr = (names: Names) =>
  struct(
    "nlmsghdr",
    { size: NLMSG_HDRLEN, c: "nlmsg_", names: { length: "nlmsg_len", sequence: "nlmsg_seq", portId: "nlmsg_pid" } },
    { length: u32, type: u16, flags: flags(u16, names), sequence: u32, portId: u32 },
  );
const headers = /* @__PURE__ */ new Map<Names, Struct>();
function headerFor(type: number, flags: number, name: string): Struct {
  const names = flagNames(type, flags, name);
  let header = headers.get(names);
  if (!header) headers.set(names, (header = nlmsghdr(names) as Struct));
  return header;
}
function explainMessage(walk: Explaining, at: number, end: number): Explained {
  const { src, little, protocol, order, families } = walk;
  if (end - at < NLMSG_HDRLEN) {
    const error = `${NLMSG_HDRLEN} bytes do not fit in ${end - at}`;
    const parts = [explainHead(walk, headerFor(0, 0, ""), at, end, false)];
    return { name: "message", type: "message", offset: at, length: end - at, error, parts };
  }
  const header = headerAt(walk, at);
  const { length } = header;
  const fits = length >= NLMSG_HDRLEN && length <= end - at;
  const error = fits ? undefined : `a message of ${length} bytes does not fit in ${end - at}`;
  const stop = fits ? at + length : end;
  const next = fits ? Math.min(end, at + align4(length)) : end;
  const payload = src.bytes.subarray(at + NLMSG_HDRLEN, stop);
  const name = messageName(protocol, header, payload, order, families);
  return {
    ...{ name, type: "message", offset: at, length: next - at },
    ...(error && { error }),
    parts: [
      explainHeader(walk, header, name, at),
      ...explainBody(walk, header, at + NLMSG_HDRLEN, stop),
      ...(next > stop ? [leaf(src, "padding", "pad", stop, next)] : []),
    ],
  };

  function headerAt({ src: { view } }: Walk, o: number): MessageHeader {
    return {
      length: view.getUint32(o, little),
      type: view.getUint16(o + 4, little),
      flags: view.getUint16(o + 6, little),
      sequence: view.getUint32(o + 8, little),
      portId: view.getUint32(o + 12, little),
    };
  }

  function explainBody(within: Explaining, head: MessageHeader, from: number, to: number): Explained[] {
    if (head.type === NLMSG_ERROR || head.type === NLMSG_DONE) return explainControl(within, head, from, to);
    const bytes = src.bytes.subarray(from, to);
    const known = head.type < NLMSG_MIN_TYPE ? undefined : schemaOf(protocol, head, bytes, order, families);
    if (!known) return to > from ? [leaf(src, "payload", "unknown", from, to)] : [];
    const { schema } = known;
    const size = schema.head?.size ?? 0;
    // A request for a dump may hold no more than a family (struct rtgenmsg).
    if (schema.head && to - from < size) {
      if (to === from) return [];
      const whole = (head.flags & NLM_F_REQUEST) === 0;
      return [explainHead(within, schema.head, from, to, whole)];
    }
    return explainSet(within, schema, from, to);
  }

  /** NLMSG_ERROR and NLMSG_DONE: an error number, the request again, and the extended acknowledgement. */
  function explainControl(within: Explaining, head: MessageHeader, from: number, to: number): Explained[] {
    if (to - from < 4) return to > from ? [leaf(src, "error", "s32", from, to, { error: "ends within error" })] : [];
    const number = src.view.getInt32(from, little);
    const meaning = number === 0 ? "success (0)" : `${errnoName(number)}, ${errnoText(number)} (${number})`;
    const parts = [leaf(src, "error", "s32", from, from + 4, { meaning })];
    let o = from + 4;
    let request: Explained | undefined;
    if (head.type === NLMSG_ERROR && to > o) {
      request = explainEcho(within, (head.flags & NLM_F_CAPPED) !== 0, o, to);
      parts.push(request);
      o += request.length;
    }
    if (o >= to) return parts;
    if ((head.flags & NLM_F_ACK_TLVS) === 0) return [...parts, leaf(src, "rest", "bytes", o, to)];
    const extended = explainSet(within, extendedAck, o, to).map((part) => (request ? resolved(part, request) : part));
    parts.push({ name: "extended", type: "attributes", offset: o, length: to - o, parts: extended });
    return parts;
  }

  /** The request in an acknowledgement: a `capped` one is the header alone, which still has the length that the request had. */
  function explainEcho(within: Explaining, capped: boolean, from: number, to: number): Explained {
    if (!capped || to - from < NLMSG_HDRLEN) return { ...explainFirst(within, from, to), name: "request" };
    const header = headerAt(within, from);
    const name = messageName(protocol, header, new Uint8Array(0), order, families);
    const parts = explainHeader(within, header, name, from).parts!;
    return { name: "request", type: `header of ${name}`, offset: from, length: NLMSG_HDRLEN, parts };
  }
  function explainFirst(within: Explaining, from: number, to: number): Explained {
    const inner = explainMessage(within, from, to);
    return { ...inner, type: inner.name };
  }
}

function explainHeader(walk: Walk, { type, flags }: MessageHeader, name: string, at: number): Explained {
  const parts = explainMembers(walk, headerFor(type, flags, name), at, at + NLMSG_HDRLEN).map((part) =>
    part.name === "type" ? { ...part, meaning: `${name} (${type})` } : part,
  );
  return { name: "nlmsghdr", type: "head", offset: at, length: NLMSG_HDRLEN, parts };
}

/** The offset of an extended acknowledgement with the name of what stands there, where the request is repeated. */
function resolved(part: Explained, request: Explained): Explained {
  const offset = part.name === "offs" ? Number(part.meaning) : Number.NaN;
  if (!(offset < request.length)) return part;
  const path = pathOf(nodesAt(request, request.offset + offset).slice(1));
  const meaning = `${part.meaning}: ${path}`;
  const parts = part.parts!.map((inner) => (inner.name === "value" ? { ...inner, meaning } : inner));
  return { ...part, meaning, parts };
}
