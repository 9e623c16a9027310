/** Recording what a live transport sends and receives. @module */
import { type AnotherOptions, type Datagram, type Transport, TransportError } from "../transport.ts";
import { type Facts, Recording } from "./recording.ts";

/** A transport that notes all that goes through it. */
export interface RecordingTransport extends Transport {
  readonly recording: Recording;
}

/**
 * Wraps a transport: what is sent and received through it, and through those opened beside it, goes into `recording`, or another that is given
 * (so that several transports share one).
 *
 * ```ts
 * const transport = record(openLinux());
 * const nl = await Connection.open({ transport });
 * …
 * await writeFile("bug.pcapng", transport.recording.pcapng());
 * ```
 */
export function record(transport: Transport, recording: Recording = new Recording()): RecordingTransport {
  recording.psched ??= transport.psched?.();
  const socket = socketsOf(recording);
  const { protocol, portId, byteOrder } = transport;
  let drops = 0;
  let lost = 0;
  const note = (direction: "to-kernel" | "to-user", bytes: Uint8Array, missing: number, facts: Partial<Facts> = {}) => {
    recording.datagrams.push({
      ...{ direction, protocol, order: byteOrder, bytes: bytes.slice(), missing },
      timeNs: BigInt(Date.now()) * 1_000_000n,
      number: recording.datagrams.length + 1,
      facts: { socket, portId, group: 0, ...facts },
    });
  };
  return {
    recording,
    protocol,
    portId,
    byteOrder,
    send(datagram) {
      note("to-kernel", datagram, 0);
      transport.send(datagram);
    },
    receive(): Datagram | undefined {
      let datagram: Datagram | undefined;
      try {
        datagram = transport.receive();
      } catch (e) {
        if (e instanceof TransportError && e.code === "ENOBUFS") {
          const now = transport.drops?.() ?? drops + 1;
          lost += Math.max(1, now - drops);
          drops = now;
        }
        throw e;
      }
      if (datagram === undefined) return undefined;
      const { bytes, group, nsid, truncated, sender } = datagram;
      // What other processes send is no part of what the kernel said.
      if (sender !== 0) return datagram;
      note("to-user", bytes, truncated, { group, nsid, ...(lost > 0 && { lost }) });
      lost = 0;
      return datagram;
    },
    listen: (listener) => transport.listen(listener),
    join: (group) => transport.join(group),
    leave: (group) => transport.leave(group),
    ...(transport.openNetns && { openNetns: (spec) => transport.openNetns!(spec) }),
    ...(transport.another && {
      another: (options?: AnotherOptions) => record(transport.another!(options), recording),
    }),
    ...(transport.drops && { drops: () => transport.drops!() }),
    ...(transport.psched && { psched: () => transport.psched!() }),
    ref: () => transport.ref(),
    unref: () => transport.unref(),
    get closed() {
      return transport.closed;
    },
    close: () => transport.close(),
  };
}

const counts = new WeakMap<Recording, number>();
/** The next number of a socket in a recording. */
function socketsOf(recording: Recording): number {
  const next =
    counts.get(recording) ??
    recording.datagrams.reduce((most, { facts }) => Math.max(most, facts?.socket ?? -1), -1) + 1;
  counts.set(recording, next + 1);
  return next;
}
