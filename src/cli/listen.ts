/** Messages of multicast groups, as they come, for commands that watch. @module */
import { Channel } from "../api/channel.ts";
import { messages, type RawMessage } from "../codec/nlmsg/header.ts";
import type { Context } from "./context.ts";

export interface Heard extends RawMessage {
  /** Multicast group that it was sent to. */
  readonly group: number;
  /** Id of the namespace that it is from, undefined for the socket's own. */
  readonly nsid: number | undefined;
}
export interface Listening {
  /** Netlink protocol number: rtnetlink by default. */
  readonly protocol?: number | undefined;
  readonly groups: readonly number[];
  readonly allNamespaces?: boolean | undefined;
  /** Bytes that the kernel may queue. */
  readonly receiveBufferSize?: number | undefined;
  /** Called once the groups are joined, before any message is handed over: for what must be known by then. */
  readonly joined?: ((channel: Channel) => Promise<void> | void) | undefined;
  /** Takes a message; its payload is good during the call. */
  readonly take: (message: Heard) => void;
}

const RECEIVE_BUFFER = 4 << 20;

/** Listens on a socket of its own until the line's signal goes off. Losses are told on standard error, as iproute2 tells them. */
export async function listen(context: Context, listening: Listening): Promise<void> {
  const { io, globals, sockets } = context;
  const { protocol = 0, groups, allNamespaces, receiveBufferSize = globals.rcvbuf ?? RECEIVE_BUFFER } = listening;
  if (io.signal.aborted) return;
  const netns = globals.netns;
  let transport = await sockets.open({ protocol, netns, receiveBufferSize });
  if (allNamespaces && transport.another) {
    const first = transport;
    transport = transport.another({ allNamespaces, receiveBufferSize });
    first.close();
  }
  const channel = new Channel(transport);
  try {
    await new Promise<void>((resolve, reject) => {
      io.signal.addEventListener("abort", () => resolve(), { once: true });
      let early: { bytes: Uint8Array; group: number; nsid: number | undefined }[] | undefined = [];
      const hand = ({ bytes, group, nsid }: { bytes: Uint8Array; group: number; nsid: number | undefined }) => {
        for (const message of messages(bytes, transport.byteOrder)) listening.take({ ...message, group, nsid });
      };
      channel.subscribe(groups, {
        take({ bytes, group, nsid }) {
          if (early) early.push({ bytes: bytes.slice(), group, nsid });
          else hand({ bytes, group, nsid });
        },
        overrun: () => io.stderr("netlink receive error No buffer space available (105): messages were lost\n"),
        ended: (error) => (error === undefined ? resolve() : reject(error)),
      });
      Promise.resolve(listening.joined?.(channel)).then(() => {
        const queued = early!;
        early = undefined;
        for (const datagram of queued) hand(datagram);
      }, reject);
    });
  } finally {
    channel.close();
  }
}

/** The time as a monitor writes it before an event: with -t on a line of its own, with -ts short (print_timestamp of lib/utils.c). */
export function timestamp(short: boolean, now = new Date()): string {
  const two = (x: number) => String(x).padStart(2, "0");
  const us = String(now.getMilliseconds() * 1000);
  const clock = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  if (short)
    return `[${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}T${clock}.${us.padStart(6, "0")}] `;
  const [day, month] = now.toDateString().split(" ");
  return `Timestamp: ${day} ${month} ${String(now.getDate()).padStart(2)} ${clock} ${now.getFullYear()} ${us} usec\n`;
}
