/** Requests that change something. @module */
import type { Channel, Message } from "../../api/channel.ts";
import { about } from "../../api/facet.ts";
import { OptionError } from "../../api/options.ts";
import { made } from "../../api/tc/host.ts";
import type { Codec, Input } from "../../codec/schema/codec.ts";
import { parseOptions, plainContext, type TcContext, type TcKind, wireOf } from "../../codec/tc/kind.ts";
import { Words } from "../../codec/tc/words.ts";
import { CodecError } from "../../codec/wire/error.ts";
import { CommandError, EXIT, failure, usage } from "../failure.ts";

/**
 * Exit statuses where tc itself refuses words: 255 where one is missing, 1 where one is wrong; but 255 behind `action`, whose parsers print
 * their usage and end there.
 */
function asTc<T>(kind: string, words: readonly string[], read: (words: Words) => T): T {
  const cursor = new Words(kind, words);
  try {
    return read(cursor);
  } catch (e) {
    if (!(e instanceof CodecError)) throw e;
    const ends = cursor.short || words.slice(0, cursor.used).includes("action");
    throw new CommandError(ends ? EXIT.usage : EXIT.failure, `Error: ${e.message}`);
  }
}

/** Options in a kind's words. @throws {CommandError} */
export const readKind = <I>(
  kind: TcKind<string, Codec, I>,
  words: readonly string[],
  facts: Partial<TcContext> = {},
): I => asTc(kind.kind, words, (cursor) => parseOptions(kind, cursor, { ...plainContext, ...facts }));
/** What `read` makes of words; it must use all of them. @throws {CommandError} */
export const readWords = <T>(what: string, words: readonly string[], read: (words: Words) => T): T =>
  asTc(what, words, (cursor) => {
    const value = read(cursor);
    if (!cursor.done) cursor.fail(`${JSON.stringify(cursor.ahead)} is not known here`);
    return value;
  });

/** What `make` makes, with devices looked up; what is wrong with options ends with tc's 1. */
export async function build<T>(
  channel: Channel,
  make: (context: TcContext) => T,
  facts: Partial<TcContext> = {},
): Promise<T> {
  try {
    return await made(channel, make, {}, facts);
  } catch (e) {
    throw e instanceof OptionError ? failure(`Error: ${e.message}`) : e;
  }
}

/** A kind of `kinds`, and its options on the wire. A kind that has no form here can be named, and has no options. */
export function kindOf(
  kinds: { readonly [kind: string]: unknown },
  name: string,
  what: string,
  words: readonly string[],
) {
  if (Object.hasOwn(kinds, name)) return kinds[name] as TcKind<string, Codec, unknown>;
  if (words.length > 0) throw failure(`Unknown ${what} "${name}", hence option "${words[0]}" is unparsable`);
  return undefined;
}
export const wireOptions = (
  kind: TcKind<string, Codec, unknown> | undefined,
  options: unknown,
  context: TcContext,
): { options?: Input<Codec> } => {
  const wire = kind && wireOf(kind, options, context);
  return wire === undefined ? {} : { options: wire };
};

/** Sends a request, and waits for the kernel's word. */
export const send = (channel: Channel, message: Message, operation: string, dev?: string): Promise<void> =>
  about(dev, channel.ack(message, { operation }));

/** A device that must be given. */
export function needed(dev: string | undefined): string {
  if (dev === undefined) throw new CommandError(EXIT.refused, 'Not enough information: "dev" argument is required.');
  return dev;
}
export const duplicate = (what: string): CommandError => usage(`Error: duplicate "${what}": there is one already`);
