/** Multicast messages as they come: what the kernel tells of changes, decoded. @module */
import { rtnetlinkMessages } from "../codec/rtnetlink/messages.ts";
import type { RtnetlinkType } from "../codec/rtnetlink/types.ts";
import { type Decoder, decoder } from "../codec/schema/engine.ts";
import { CodecError } from "../codec/wire/error.ts";
import type { Channel } from "./channel.ts";

/** A change that the kernel told of, or the news that some were lost. */
export type Notification =
  | { readonly type: RtnetlinkType; readonly group: number; readonly value: unknown }
  /** The socket's receive buffer overflowed, or the reader fell behind `limit`: what is known must be read anew. */
  | { readonly type: "overrun" };

export interface NotificationOptions {
  readonly signal?: AbortSignal | undefined;
  /** Messages kept for a reader that is slower than they come: 100,000 by default. Beyond it they are dropped, with an overrun. */
  readonly limit?: number | undefined;
}

/**
 * Joins multicast groups (RTNLGRP_*) at once, and gives what is sent to them. Leaving the loop leaves the groups.
 * The process stays alive while someone listens.
 */
export function notifications(
  channel: Channel,
  groups: readonly number[],
  options: NotificationOptions = {},
): AsyncIterableIterator<Notification> {
  const { signal, limit = 100_000 } = options;
  const order = channel.transport.byteOrder;
  const little = order === "little";
  const decoders = new Map<number, { readonly name: RtnetlinkType; readonly decode: Decoder<unknown> }>();
  let queue: Notification[] = [];
  let read = 0;
  let wake: ((result: IteratorResult<Notification>) => void) | undefined;
  let ended = false;
  const push = (item: Notification) => {
    if (wake) {
      const resolve = wake;
      wake = undefined;
      resolve({ value: item, done: false });
    } else if (queue.length - read < limit) queue.push(item);
    else if (queue[queue.length - 1]!.type !== "overrun") queue.push({ type: "overrun" });
  };
  const leave = channel.subscribe(
    groups,
    ({ group }, { bytes, view }) => {
      const src = { bytes, view };
      for (let at = 0; at + 16 <= bytes.length; ) {
        const length = view.getUint32(at, little);
        if (length < 16 || length > bytes.length - at) return;
        const number = view.getUint16(at + 4, little);
        let known = decoders.get(number);
        if (known === undefined) {
          const message = rtnetlinkMessages[number];
          if (message) {
            known = { name: message.name, decode: decoder(message.schema, order) };
            decoders.set(number, known);
          }
        }
        if (known) {
          try {
            push({ type: known.name, group, value: known.decode(src, at + 16, at + length) });
          } catch (e) {
            if (!(e instanceof CodecError)) throw e;
            push({ type: "overrun" }); // a message that cannot be read is a message lost
          }
        }
        at += (length + 3) & ~3;
      }
    },
    () => push({ type: "overrun" }),
  );
  const end = () => {
    if (ended) return;
    ended = true;
    signal?.removeEventListener("abort", end);
    leave();
    wake?.({ value: undefined, done: true });
    wake = undefined;
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const take = (): Notification | undefined => {
    if (read === queue.length) return undefined;
    const item = queue[read++]!;
    if (read === queue.length) {
      queue = [];
      read = 0;
    }
    return item;
  };
  return {
    next() {
      const item = take();
      if (item) return Promise.resolve({ value: item, done: false });
      if (ended) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => {
        wake = resolve;
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
