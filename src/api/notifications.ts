/** Multicast messages as they come: what the kernel tells of changes, decoded. @module */
import { NLMSG_HDRLEN } from "../codec/nlmsg/header.ts";
import { nounMessages } from "../codec/rtnetlink/nouns.ts";
import type { RtnetlinkType } from "../codec/rtnetlink/types.ts";
import type { Attrs } from "../codec/schema/attrs.ts";
import { type Decoder, decode, decoder } from "../codec/schema/engine.ts";
import { CodecError } from "../codec/wire/error.ts";
import { onAbort } from "./abort.ts";
import type { Channel } from "./channel.ts";
import { isTc, loadedTc, loadTc } from "./tc/load.ts";

/** A change that the kernel told of, or the news that some were lost. */
export type Notification<N extends string = RtnetlinkType> =
  | {
      readonly type: N;
      readonly group: number;
      readonly value: unknown;
      /** From a transport that hears all namespaces: the id of the one that it comes from, absent for the own. */
      readonly nsid?: number;
    }
  /** The socket's receive buffer overflowed, or the reader fell behind `limit`: what is known must be read anew. */
  | { readonly type: "overrun" };

export interface NotificationOptions {
  readonly signal?: AbortSignal | undefined;
  /** Messages kept for a reader that is slower than they come: 100,000 by default. Beyond it they are dropped, with an overrun. */
  readonly limit?: number | undefined;
}

/** Name and schema of a protocol's messages by their type. */
export type MessageOf<N extends string> = (type: number) => { readonly name: N; readonly schema: Attrs } | undefined;
const rtnetlinkMessage: MessageOf<RtnetlinkType> = (type) =>
  isTc(type) ? loadedTc()?.tcMessages[type] : nounMessages[type];

/** One that came before traffic control was loaded. */
interface Unread {
  readonly number: number;
  readonly group: number;
  readonly bytes: Uint8Array;
}
const isOverrun = (item: object | undefined): boolean => (item as { type?: string } | undefined)?.type === "overrun";
/** RTNLGRP_TC. */
const TC_GROUPS = [4];

/**
 * Joins multicast groups (RTNLGRP_*) at once, and gives what is sent to them. Leaving the loop leaves the groups.
 * The process stays alive while someone listens.
 */
export function notifications<N extends string = RtnetlinkType>(
  channel: Channel,
  groups: readonly number[],
  options: NotificationOptions = {},
  messageOf: MessageOf<N> = rtnetlinkMessage as never,
): AsyncIterableIterator<Notification<N>> {
  const { signal, limit = 100_000 } = options;
  const order = channel.transport.byteOrder;
  const little = order === "little";
  const decoders = new Map<number, { readonly name: N; readonly decode: Decoder<unknown> }>();
  let queue: (Notification<N> | Unread)[] = [];
  let read = 0;
  let waiting: { resolve(result: IteratorResult<Notification<N>>): void; reject(error: unknown): void }[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  // Nobody waits before what is needed to decode is there.
  const ready =
    messageOf === (rtnetlinkMessage as unknown) && groups.some((group) => TC_GROUPS.includes(group))
      ? loadTc()
      : undefined;
  ready?.catch(() => {});
  let loaded = ready === undefined;
  const push = (item: Notification<N> | Unread) => {
    const reader = waiting.shift();
    if (reader) reader.resolve({ value: item as Notification<N>, done: false });
    else if (queue.length - read < limit) queue.push(item);
    else if (!isOverrun(queue.at(-1))) queue.push({ type: "overrun" });
  };
  const leave = channel.subscribe(groups, {
    take({ group, truncated, nsid }, { bytes, view }) {
      const from = nsid === undefined ? undefined : { nsid };
      const src = { bytes, view };
      for (let at = 0; at < bytes.length; ) {
        const length = at + NLMSG_HDRLEN <= bytes.length ? view.getUint32(at, little) : NLMSG_HDRLEN;
        if (length < NLMSG_HDRLEN || length > bytes.length - at) {
          if (truncated === 0) push({ type: "overrun" });
          return;
        }
        const number = view.getUint16(at + 4, little);
        let known = decoders.get(number);
        if (known === undefined) {
          const message = messageOf(number);
          if (!loaded && isTc(number)) push({ number, group, bytes: bytes.slice(at + NLMSG_HDRLEN, at + length) });
          if (message) {
            known = { name: message.name, decode: decoder(message.schema, order) };
            decoders.set(number, known);
          }
        }
        if (known) {
          try {
            push({ type: known.name, group, value: known.decode(src, at + NLMSG_HDRLEN, at + length), ...from });
          } catch (e) {
            if (!(e instanceof CodecError)) throw e;
            push({ type: "overrun" }); // a message that cannot be read is a message lost
          }
        }
        at += (length + 3) & ~3;
      }
    },
    overrun: () => push({ type: "overrun" }),
    ended(error) {
      if (error !== undefined) failure = { error };
      end();
    },
  });
  const end = () => {
    if (ended) return;
    ended = true;
    off();
    leave();
    const readers = waiting;
    waiting = [];
    for (const reader of readers) finish(reader);
  };
  /** What was queued comes first; then the failure, once. */
  const finish = (reader: (typeof waiting)[number]) => {
    const failed = failure;
    failure = undefined;
    if (failed) reader.reject(failed.error);
    else reader.resolve({ value: undefined, done: true });
  };
  const off = onAbort(signal, () => end());
  if (signal?.aborted) end();
  const take = (): Notification<N> | undefined => {
    if (read === queue.length) return undefined;
    const item = queue[read++]!;
    if (read === queue.length) {
      queue = [];
      read = 0;
    }
    if (!("bytes" in item)) return item;
    const { name, schema } = messageOf(item.number)!;
    try {
      return { type: name, group: item.group, value: decode(schema, item.bytes, order) };
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      return { type: "overrun" };
    }
  };
  return {
    async next() {
      if (!loaded) {
        await ready;
        loaded = true;
      }
      const item = take();
      if (item) return { value: item, done: false };
      return new Promise((resolve, reject) => {
        if (ended) finish({ resolve, reject });
        else waiting.push({ resolve, reject });
      });
    },
    return() {
      end();
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
