/** Lists and streams over dumps. @module */
import type { Attrs } from "../codec/schema/attrs.ts";
import type { Value } from "../codec/schema/codec.ts";
import { decoder } from "../codec/schema/engine.ts";
import type { Channel, DumpCursor, ExchangeOptions, Message } from "./channel.ts";
import { DumpInterrupted } from "./errors.ts";
import { operationOf } from "./failure.ts";

export interface DumpOptions extends ExchangeOptions {
  /**
   * What to do when the kernel says that the dump is inconsistent, because what it lists changed meanwhile: `"retry"` (a list's
   * default; up to five times, with short pauses), `"throw"` a `DumpInterrupted` that carries what there is (a stream's
   * default, at its end), or `"ignore"`.
   */
  readonly onInterrupted?: "retry" | "throw" | "ignore" | undefined;
}

/** A dump: what to ask, how its messages decode, and what becomes of each value (undefined leaves it out). */
export interface Dump<C extends Attrs, T> {
  readonly message: Message;
  readonly answer: C;
  readonly map: (value: Value<C>, type: number) => T | undefined;
}

const TRIES = 5;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** All that a dump has. @throws {DumpInterrupted} */
export async function listDump<C extends Attrs, T>(
  channel: Channel,
  dump: Dump<C, T>,
  options: DumpOptions = {},
): Promise<T[]> {
  const decode = decoder(dump.answer, channel.transport.byteOrder);
  const { map } = dump;
  for (let tried = 1; ; tried++) {
    const items: T[] = [];
    const interrupted = await channel.dump(
      dump.message,
      (type, src, at, end) => {
        const item = map(decode(src, at, end), type);
        if (item !== undefined) items.push(item);
      },
      options,
    );
    if (!interrupted || options.onInterrupted === "ignore") return items;
    if (tried > TRIES || options.onInterrupted === "throw")
      throw new DumpInterrupted(operationOf(options), items, tried);
    // An address going through duplicate detection interrupts the next dump some 0.1 ms later: a short pause is enough.
    await pause(2 ** (tried - 1));
  }
}

/**
 * What a dump has, one by one, in constant memory: the kernel makes the next part when this one is used up.
 * Leaving the loop early drops the rest. `batches` gives arrays, as they come: several times faster over a giant table.
 */
export interface Stream<T> extends AsyncIterable<T> {
  batches(): AsyncIterable<T[]>;
}

export function streamDump<C extends Attrs, T>(
  channel: Channel,
  dump: () => Promise<Dump<C, T>> | Dump<C, T>,
  options: DumpOptions = {},
): Stream<T> {
  async function* batches(): AsyncGenerator<T[], void> {
    const { message, answer, map } = await dump();
    const decode = decoder(answer, channel.transport.byteOrder);
    let items: T[] = [];
    let wake: (() => void) | undefined;
    const cursor: DumpCursor = await channel.openDump(
      message,
      (type, src, at, end) => {
        const item = map(decode(src, at, end), type);
        if (item !== undefined) items.push(item);
        wake?.();
      },
      options,
    );
    let ended = false;
    const finished = cursor.done.finally(() => {
      ended = true;
      wake?.();
    });
    finished.catch(() => {});
    try {
      for (;;) {
        if (items.length === 0 && !ended) cursor.pull();
        if (items.length > 0) {
          const batch = items;
          items = [];
          yield batch;
          continue;
        }
        if (cursor.settled) break;
        // Nothing is queued, or what was is not for us: wait for it.
        await new Promise<void>((resolve) => {
          wake = () => {
            wake = undefined;
            cursor.pause();
            resolve();
          };
          cursor.resume();
          if (cursor.settled) resolve();
        });
      }
      const interrupted = await finished;
      if (interrupted && options.onInterrupted !== "ignore") throw new DumpInterrupted<T>(operationOf(options), [], 1);
    } finally {
      cursor.abandon();
    }
  }
  return streamOf(batches);
}

/** Several dumps, one after the other, as one stream. */
export function streamDumps<C extends Attrs, T>(
  channel: Channel,
  dumps: () => Promise<readonly Dump<C, T>[]>,
  options: DumpOptions = {},
): Stream<T> {
  return streamOf(async function* () {
    for (const dump of await dumps()) yield* streamDump(channel, () => dump, options).batches();
  });
}

/** A stream of what `batches` makes. */
export const streamOf = <T>(batches: () => AsyncIterable<T[]>): Stream<T> => ({
  batches,
  async *[Symbol.asyncIterator]() {
    for await (const batch of batches()) yield* batch;
  },
});
