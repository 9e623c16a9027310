/** `nlink monitor`: all that passes over netlink, as lines or into a capture. @module */
import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Channel } from "../../api/channel.ts";
import { NetlinkError } from "../../api/errors.ts";
import { Links } from "../../api/links.ts";
import { COOKED_LENGTH, type Direction, writeCooked } from "../../codec/pcap/cooked.ts";
import { pcapHeader, pcapRecord } from "../../codec/pcap/pcap.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";
import { device, integer, text } from "../grammar/args.ts";
import { command, type Options, type Values } from "../grammar/command.ts";
import { listen } from "../listen.ts";
import { machine } from "../namespaces.ts";

const options = {
  pcap: { arg: text("FILE", "file"), help: "record into this file, for decode, Wireshark and tcpdump" },
  dev: { arg: device, help: "an nlmon device that is there; by default one is made, and removed at the end" },
  netns: { short: "n", last: true, arg: text("NAME", "netns"), help: "in this network namespace" },
  count: { arg: integer("N", 0xffffffff, 1), help: "end after so many datagrams" },
  json: { short: "j", last: true, help: "JSON: an object a message" },
} satisfies Options;
type Said = Values<typeof options>;

/** Takes a datagram; false ends it all. */
type Take = (data: Uint8Array, protocol: number, direction: Direction, originalLength: number) => boolean;

async function run(context: Context, asked: Said): Promise<void> {
  const { io } = context;
  await machine(io);
  const sink = asked.pcap === undefined ? await lines(context, asked) : file(resolve(io.cwd, asked.pcap));
  let left = asked.count ?? Number.POSITIVE_INFINITY;
  const take: Take = (data, protocol, direction, originalLength) => {
    const record = new Uint8Array(COOKED_LENGTH + data.length);
    record.set(writeCooked({ direction, protocol }));
    record.set(data, COOKED_LENGTH);
    const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
    sink.write(pcapRecord(record, now, { originalLength: COOKED_LENGTH + originalLength }));
    return --left > 0;
  };
  try {
    sink.write(pcapHeader());
    await tapped(context, asked, take);
  } finally {
    await sink.close();
  }
}

interface Sink {
  write(bytes: Uint8Array): void;
  close(): Promise<void> | void;
}
function file(path: string): Sink {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (e) {
    throw failure(`Cannot open file "${path}" for writing: ${(e as Error).message}`);
  }
  return { write: (bytes) => void writeSync(fd, bytes), close: () => closeSync(fd) };
}
/** Decodes what would be the file, as `nlink decode` does. */
async function lines(context: Context, { json }: Said): Promise<Sink> {
  const { follow } = await import("../decode/decode.ts");
  const queue: Uint8Array[] = [];
  let ended = false;
  let wake = () => {};
  const chunks = (async function* () {
    for (;;) {
      while (queue.length > 0) yield queue.shift()!;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  })();
  const done = follow(context, chunks, { ...(json && { json }) });
  return {
    write(bytes) {
      queue.push(bytes);
      wake();
    },
    close() {
      ended = true;
      wake();
      return done;
    },
  };
}

/** By an nlmon device; where the kernel has none, what it tells everybody. */
async function tapped(context: Context, { dev, netns = context.globals.netns }: Said, take: Take): Promise<void> {
  const channel = await context.sockets.channel(0, netns);
  const links = new Links(channel);
  const made = dev === undefined ? `nlink${process.pid}` : undefined;
  if (made !== undefined)
    try {
      await links.add({ kind: "nlmon", name: made });
    } catch (e) {
      if (!(e instanceof NetlinkError && e.code === "EOPNOTSUPP")) throw e;
      context.io.stderr("This kernel has no nlmon: only events are recorded, not requests and their answers.\n");
      return events(context, netns, take);
    }
  try {
    await throughDevice(context, channel, made ?? dev!, netns, take);
  } finally {
    if (made !== undefined) await links.removeIfExists(made);
  }
}
async function throughDevice(
  context: Context,
  channel: Channel,
  dev: string,
  netns: Said["netns"] | Context["globals"]["netns"],
  take: Take,
): Promise<void> {
  const links = new Links(channel);
  const { index } = await links.get(dev);
  await links.set(dev, { up: true });
  const { openPacketTap } = await import("../../transport/linux/index.ts");
  const tap = openPacketTap(index, { netns: netns ?? context.io.netns });
  const { signal } = context.io;
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
      tap.listen(() => {
        try {
          for (let packet = tap.receive(); packet; packet = tap.receive())
            if (!take(packet.data, packet.protocol, packet.packetType, packet.originalLength)) return resolve();
        } catch (e) {
          reject(e);
        }
      });
    });
  } finally {
    tap.close();
  }
}

async function events(context: Context, netns: string | undefined, take: Take): Promise<void> {
  const groups = Object.values(rtnetlinkGroups.values).filter((group) => group > 0);
  const ends = new AbortController();
  const signal = AbortSignal.any([context.io.signal, ends.signal]);
  await listen(
    {
      ...context,
      io: { ...context.io, signal },
      globals: { ...context.globals, ...(netns !== undefined && { netns }) },
    },
    {
      groups,
      take({ payload, offset: _, ...header }) {
        const bytes = new Uint8Array(payload.buffer, payload.byteOffset - 16, header.length);
        if (!take(bytes.slice(), 0, "to-user", bytes.length)) ends.abort();
      },
    },
  );
}

export const monitor = command({
  name: "monitor",
  help: "all that passes over netlink",
  options,
  bare: ["dev"],
  run,
});
