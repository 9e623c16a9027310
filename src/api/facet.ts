/** What the facets have in common. @module */
import type { Attrs } from "../codec/schema/attrs.ts";
import type { Value } from "../codec/schema/codec.ts";
import { decoder } from "../codec/schema/engine.ts";
import { type Names, namesOf } from "../codec/schema/scalar.ts";
import type { Channel, ExchangeOptions, Message } from "./channel.ts";
import { type Device, deviceNames, interfaceName } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";

/** Name of a device by its index; undefined leaves the index. */
export type DeviceName = (index: number) => string | undefined;

/** Sends a request that one message answers, and decodes that. */
export async function ask<A extends Attrs>(
  channel: Channel,
  message: Message,
  answer: A,
  options: ExchangeOptions,
): Promise<Value<A>> {
  const decode = decoder(answer, channel.transport.byteOrder);
  let value: Value<A> | undefined;
  await channel.reply(
    message,
    (_type, src, at, end) => {
      value = decode(src, at, end);
    },
    options,
  );
  return value as Value<A>;
}

/** A dump whose items name devices. `make` looks at the filter before anything is asked of the kernel. */
export async function namedDump<C extends Attrs, T>(
  channel: Channel,
  make: (deviceName: DeviceName) => Promise<Dump<C, T>>,
  options: DumpOptions,
): Promise<Dump<C, T>> {
  let names = new Map<number, string>();
  const dump = await make((index) => names.get(index));
  names = await deviceNames(channel, { timeout: options.timeout, signal: options.signal });
  return dump;
}
/** A list over {@link namedDump}. */
export async function listNamed<C extends Attrs, T>(
  channel: Channel,
  make: (deviceName: DeviceName) => Promise<Dump<C, T>>,
  options: DumpOptions,
): Promise<T[]> {
  return listDump(channel, await namedDump(channel, make, options), options);
}
/** A stream over {@link namedDump}. Devices are named as of its start. */
export function streamNamed<C extends Attrs, T>(
  channel: Channel,
  make: (deviceName: DeviceName) => Promise<Dump<C, T>>,
  options: DumpOptions,
): Stream<T> {
  return streamDump(channel, () => namedDump(channel, make, options), options);
}

/** Whether what was to be removed was there. A missing device is an error still: it may be a misspelt one. */
export async function existed(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (e) {
    if (isNotFound(e) && !(e instanceof InterfaceNotFound)) return false;
    throw e;
  }
}

/** What was asked for, or undefined if it is not there. A missing device is an error still. */
export async function ifFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (isNotFound(e) && !(e instanceof InterfaceNotFound)) return undefined;
    throw e;
  }
}

/** Sends removals in batches; says how many there were to remove. What is gone by itself meanwhile is no failure. */
export async function removeAll(
  channel: Channel,
  messages: readonly Message[],
  options: ExchangeOptions,
): Promise<number> {
  const results = await channel.batch(messages, options);
  const failed = results.find((e) => e !== undefined && !isNotFound(e));
  if (failed) throw failed;
  return results.filter((e) => e === undefined).length;
}

/**
 * Runs a request about a device, and names the device if the kernel no longer has it. ENODEV may be about another one that the request
 * refers to: with a channel, it is asked whether it is this one.
 */
export async function about<T>(device: Device | undefined, request: Promise<T>, channel?: Channel): Promise<T> {
  try {
    return await request;
  } catch (e) {
    if (device === undefined || !(e instanceof NetlinkError && e.code === "ENODEV") || e instanceof InterfaceNotFound)
      throw e;
    const gone = channel ? await interfaceName(channel, device).then(() => false, isNotFound) : true;
    throw gone ? new InterfaceNotFound(device, e) : e;
  }
}

/** Names of a value's bits; those without a name as one number in hex. */
export function flagNames(names: Names, bits: number): string[] {
  if (bits === 0) return [];
  const found = namesOf(names, bits);
  return found.rest === 0n ? found.names : [...found.names, `0x${found.rest.toString(16)}`];
}

/** A stream whose messages hold several items each. */
export function flattened<T>(stream: Stream<T[]>): Stream<T> {
  async function* batches(): AsyncGenerator<T[], void> {
    for await (const batch of stream.batches()) yield batch.flat();
  }
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch;
    },
  };
}
