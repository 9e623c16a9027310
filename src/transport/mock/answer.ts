/** What a script answers: plain data, made bytes when the request is known. @module */
import { nodesAt, pathOf } from "../../codec/explain/node.ts";
import { extendedAck } from "../../codec/nlmsg/ack.ts";
import { errno as numbers } from "../../codec/nlmsg/errno.ts";
import {
  beginMessage,
  endMessage,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
} from "../../codec/nlmsg/header.ts";
import { rtnetlinkMessages } from "../../codec/rtnetlink/messages.ts";
import { RTM, type RtnetlinkType } from "../../codec/rtnetlink/types.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Input } from "../../codec/schema/codec.ts";
import { encodeTo } from "../../codec/schema/engine.ts";
import { fromFriendly } from "../../codec/schema/friendly.ts";
import { Writer } from "../../codec/wire/writer.ts";
import { type Dialect, explainRequest, type Request } from "../request.ts";

/** Where in a header an answer differs from what the request asks for. */
export interface HeaderOptions {
  /** Another sequence number than the request's. */
  readonly sequence?: number | undefined;
  /** Another port id than the asker's. */
  readonly portId?: number | undefined;
  /** Flags beside those that it has anyway. */
  readonly flags?: number | undefined;
}
/** One message of an answer. */
export type MessageAnswer = HeaderOptions &
  (
    | { readonly answer: "message"; readonly type: number; readonly schema: Attrs; readonly value: object }
    | { readonly answer: "message"; readonly type: number; readonly payload: Uint8Array }
    | { readonly answer: "ack" }
    | ({ readonly answer: "refusal"; readonly errno: number } & RefusalOptions)
    | ({ readonly answer: "done"; readonly errno: number } & RefusalOptions)
  );
export interface DatagramOptions {
  /** Port id of who sends it: another process, if it is not 0. */
  readonly sender?: number | undefined;
  /** How many bytes at its end are lost, as of a datagram that was larger than the buffer. */
  readonly truncated?: number | undefined;
}
/** What is received at once, and what happens between. */
export type Answer =
  | MessageAnswer
  | ({ readonly answer: "datagram"; readonly messages: readonly MessageAnswer[] } & DatagramOptions)
  | ({ readonly answer: "bytes"; readonly bytes: Uint8Array } & DatagramOptions)
  | { readonly answer: "overrun"; readonly lost: number }
  | { readonly answer: "delay"; readonly ms: number }
  | { readonly answer: "silence" };

/** Names of rtnetlink's messages: `"newlink"`. */
const typeNamed = (name: string): number => {
  if (!Object.hasOwn(RTM, name)) throw new TypeError(`there is no message ${JSON.stringify(name)} of rtnetlink`);
  return RTM[name as RtnetlinkType];
};

/**
 * A message, by its fields in the user's terms, with devices as indices: `message("newlink", { index: 2, ifname: "eth0", flags: ["up"] })`.
 * What is no rtnetlink says its number and schema, `message({ type, schema, value })`, or its bytes, `message({ type, payload })`.
 * @throws {TypeError} a name that there is not @throws {CodecError} a field that there is not, or a value that it cannot have
 */
export function message(name: RtnetlinkType, value: object, options?: HeaderOptions): MessageAnswer;
export function message<A extends Attrs>(
  of:
    | { readonly type: number; readonly schema: A; readonly value: Input<A> }
    | { readonly type: number; readonly payload: Uint8Array },
  options?: HeaderOptions,
): MessageAnswer;
export function message(of: string | object, second?: object, third?: HeaderOptions): MessageAnswer {
  if (typeof of !== "string") return { answer: "message", ...second, ...of } as MessageAnswer;
  const type = typeNamed(of);
  const { schema } = rtnetlinkMessages[type]!;
  return { answer: "message", type, schema, value: fromFriendly(schema, second as never) as object, ...third };
}

/** Success of a request that asked for it (NLM_F_ACK). */
export const ack = (options: HeaderOptions = {}): MessageAnswer => ({ answer: "ack", ...options });

export interface RefusalOptions {
  /** The kernel's own words. */
  readonly message?: string | undefined;
  /** The attribute at fault by its path in the request, `"linkinfo.data.id"`, or its offset there. */
  readonly attribute?: string | number | undefined;
  /** Number of an attribute that was missing. */
  readonly missing?: number | undefined;
  readonly cookie?: Uint8Array | undefined;
  /** Repeat the whole request, as to a socket without NETLINK_CAP_ACK. */
  readonly whole?: boolean | undefined;
}
const errnoOf = (code: string | number): number => {
  const number = typeof code === "number" ? code : numbers[code as keyof typeof numbers];
  if (number === undefined || !Number.isInteger(number) || number < 0)
    throw new TypeError(`${JSON.stringify(code)} is no error: a name such as "EEXIST" or its number`);
  return number;
};
/** The kernel says no: `refuse("EEXIST", { message: "…", attribute: "ifname" })`. @throws {TypeError} an error that there is not */
export const refuse = (code: string | number, options: RefusalOptions & HeaderOptions = {}): MessageAnswer => ({
  answer: "refusal",
  errno: errnoOf(code),
  ...options,
});
/** The end of a dump; with a code, one that failed. */
export const done = (code: string | number = 0, options: RefusalOptions & HeaderOptions = {}): MessageAnswer => ({
  answer: "done",
  errno: errnoOf(code),
  ...options,
});

/** Several messages that are received at once. */
export const datagram = (messages: readonly MessageAnswer[], options: DatagramOptions = {}): Answer => ({
  answer: "datagram",
  messages,
  ...options,
});
/** A datagram as it is, whatever the request. */
export const bytes = (data: Uint8Array, options: DatagramOptions = {}): Answer => ({
  answer: "bytes",
  bytes: data,
  ...options,
});

export interface DumpAnswerOptions {
  /** Messages in each datagram; a list says so of each in turn, and the last goes on. All in one by default. */
  readonly perDatagram?: number | readonly number[] | undefined;
  /** The end comes in a datagram of its own. */
  readonly doneApart?: boolean | undefined;
  /** What is listed changed meanwhile: from this message on, or `true` from the first, they say so (NLM_F_DUMP_INTR). */
  readonly interrupted?: boolean | number | undefined;
}
/**
 * The answer to a request for a dump: a message of that name for each value, and the end. `dump("newlink", [{ index: 1, ifname: "lo" }, …],
 * { perDatagram: 1 })`. Of what is no rtnetlink, messages are given instead: `dump([message({ … }), …])`.
 */
export function dump(name: RtnetlinkType, values: readonly object[], options?: DumpAnswerOptions): Answer[];
export function dump(messages: readonly MessageAnswer[], options?: DumpAnswerOptions): Answer[];
export function dump(
  first: RtnetlinkType | readonly MessageAnswer[],
  second?: readonly object[] | DumpAnswerOptions,
  third?: DumpAnswerOptions,
): Answer[] {
  const named = typeof first === "string";
  const messages = named ? (second as readonly object[]).map((value) => message(first, value)) : first;
  const { perDatagram, doneApart = false, interrupted = false } = (named ? third : (second as DumpAnswerOptions)) ?? {};
  const from = interrupted === true ? 0 : interrupted === false ? Number.POSITIVE_INFINITY : interrupted;
  const flagged = (one: MessageAnswer, i: number): MessageAnswer => ({
    ...one,
    flags: (one.flags ?? 0) | NLM_F_MULTI | (i >= from ? NLM_F_DUMP_INTR : 0),
  });
  const sizes =
    perDatagram === undefined ? [messages.length] : typeof perDatagram === "number" ? [perDatagram] : perDatagram;
  for (const size of sizes)
    if (!Number.isInteger(size) || size < 1 - Number(messages.length === 0))
      throw new TypeError(`dump: perDatagram ${JSON.stringify(size)} is not a number of messages`);
  const parts: MessageAnswer[][] = [];
  const flags = messages.map(flagged);
  for (let at = 0, i = 0; at < flags.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)]!;
    parts.push(flags.slice(at, at + size));
    at += size;
  }
  const end = flagged(done(), messages.length);
  if (doneApart || parts.length === 0) parts.push([end]);
  else parts.at(-1)!.push(end);
  return parts.map((part) => datagram(part));
}

/**
 * What a request that was carried out is answered with if it asks to be told (NLM_F_ECHO), as requests to create do: its own message with
 * what the kernel adds, and success. `kernel.expect("newlink", echo({ index: 7 }))`
 */
export const echo =
  (more: object = {}) =>
  ({ name, header, schema, decoded }: Request): Answer[] => {
    if (!schema || !("value" in decoded)) throw new TypeError(`echo: ${name} has no fields`);
    const value = { ...(decoded.value as object), ...(fromFriendly(schema, more as never) as object) };
    return [{ answer: "message", type: header.type, schema, value }, ack()];
  };

/** The receive buffer overflows: so many datagrams are lost, and the next receive says so (ENOBUFS). */
export const overrun = (lost = 1): Answer => ({ answer: "overrun", lost });
/** What follows comes only after so many milliseconds. */
export const delay = (ms: number): Answer => ({ answer: "delay", ms });
/** No answer ever. */
export const silence: Answer = { answer: "silence" };

/** What was asked, and of whom. */
export interface Asked {
  readonly request: Request;
  readonly dialect: Dialect;
  readonly portId: number;
}

/** Bytes of messages back to back. */
export function encodeAnswer(messages: readonly MessageAnswer[], asked: Asked): Uint8Array {
  const { request, dialect, portId } = asked;
  const w = new Writer(dialect.order);
  for (const one of messages) {
    const multi = one.answer === "done" || (one.answer === "message" && request.dump) ? NLM_F_MULTI : 0;
    const header = { sequence: request.header.sequence, portId, ...given(one), flags: (one.flags ?? 0) | multi };
    if (one.answer === "message") {
      const at = beginMessage(w, { ...header, type: one.type });
      if ("payload" in one) w.append(one.payload);
      else encodeTo(w, one.schema, one.value as never);
      endMessage(w, at);
      continue;
    }
    const more: RefusalOptions = one.answer === "ack" ? {} : one;
    const tlvs = extended(more, asked);
    const capped = one.answer === "done" || more.whole === true ? 0 : NLM_F_CAPPED;
    const flags = header.flags | capped | (tlvs ? NLM_F_ACK_TLVS : 0);
    const at = beginMessage(w, { ...header, type: one.answer === "done" ? NLMSG_DONE : NLMSG_ERROR, flags });
    w.view.setInt32(w.room(4), one.answer === "ack" ? 0 : -one.errno, w.little);
    if (one.answer !== "done") {
      w.append(more.whole ? request.bytes : request.bytes.subarray(0, NLMSG_HDRLEN));
      w.align();
    }
    if (tlvs) encodeTo(w, extendedAck, tlvs);
    endMessage(w, at);
  }
  return w.take();
}
const given = ({ sequence, portId }: HeaderOptions) => ({
  ...(sequence !== undefined && { sequence }),
  ...(portId !== undefined && { portId }),
});

function extended({ message: msg, attribute, missing, cookie }: RefusalOptions, asked: Asked) {
  if (msg === undefined && attribute === undefined && missing === undefined && cookie === undefined) return undefined;
  const offs = typeof attribute === "string" ? offsetOf(attribute, asked) : attribute;
  return {
    ...(msg !== undefined && { msg }),
    ...(offs !== undefined && { offs }),
    ...(cookie !== undefined && { cookie }),
    ...(missing !== undefined && { missType: missing }),
  };
}
/** @throws {TypeError} an attribute that the request does not have */
function offsetOf(path: string, { request, dialect }: Asked): number {
  const root = explainRequest(request, dialect);
  const paths: string[] = [];
  for (let at = NLMSG_HDRLEN; at < request.bytes.length; at++) {
    const nodes = nodesAt(root, at).slice(1);
    const deepest = nodes.findLast(({ offset }) => offset === at);
    if (!deepest) continue;
    for (let i = 1; i <= nodes.length; i++) {
      const node = nodes[i - 1]!;
      if (node.offset !== at) continue;
      const here = pathOf(nodes.slice(0, i));
      if (here === path) return at;
      if (here !== "" && !paths.includes(here)) paths.push(here);
    }
  }
  throw new TypeError(`refuse: ${request.name} was sent without ${JSON.stringify(path)}; it has ${paths.join(", ")}`);
}
