/** How fast the sockets of a machine are, from one list to the next. @module */
import type { Cookie } from "./end.ts";
import type { TcpSocket } from "./inet-socket.ts";
import type { Socket } from "./query.ts";

/** Rates of one TCP socket, over the time between two lists that it was in. */
export interface SocketRate {
  readonly socket: TcpSocket;
  /** Acknowledged by the peer, and received from it: payload bytes. */
  readonly sentBytesPerSecond: number;
  readonly receivedBytesPerSecond: number;
  readonly segmentsOutPerSecond: number;
  readonly segmentsInPerSecond: number;
  readonly retransmitsPerSecond: number;
  /** What was sent again; undefined before Linux 4.19. */
  readonly retransmittedBytesPerSecond: number | undefined;
  readonly intervalMs: number;
}

type Sample = readonly [at: number, ...counters: (number | undefined)[]];

/**
 * Keeps the counters of TCP sockets by cookie, which no other socket gets again. Sockets that are not in a list any more are forgotten.
 *
 * ```ts
 * const rates = new SocketRates();
 * rates.update(await sockets.list("tcp", { include: ["info"] }));
 * // later
 * for (const rate of rates.update(await sockets.list("tcp", { include: ["info"] }))) console.log(rate.sentBytesPerSecond);
 * ```
 */
export class SocketRates {
  #samples = new Map<Cookie, Sample>();

  /** Rates of the sockets that were in the list before, too. `at` is when it was made, in ms. */
  update(sockets: Iterable<Socket>, at: number = performance.now()): SocketRate[] {
    const before = this.#samples;
    const samples = new Map<Cookie, Sample>();
    const rates: SocketRate[] = [];
    for (const socket of sockets) {
      if (socket.protocol !== "tcp" || socket.info?.bytesAcked === undefined) continue;
      const { info } = socket;
      const sample: Sample = [
        at,
        info.bytesAcked,
        info.bytesReceived,
        info.segsOut,
        info.segsIn,
        info.totalRetrans,
        info.bytesRetrans,
      ];
      samples.set(socket.cookie, sample);
      const last = before.get(socket.cookie);
      if (last === undefined || at <= last[0]) continue;
      const intervalMs = at - last[0];
      const rate = (i: number): number | undefined => {
        const [now, then] = [sample[i], last[i]];
        return now === undefined || then === undefined ? undefined : ((now - then) / intervalMs) * 1000;
      };
      rates.push({
        socket,
        sentBytesPerSecond: rate(1) ?? 0,
        receivedBytesPerSecond: rate(2) ?? 0,
        segmentsOutPerSecond: rate(3) ?? 0,
        segmentsInPerSecond: rate(4) ?? 0,
        retransmitsPerSecond: rate(5) ?? 0,
        retransmittedBytesPerSecond: rate(6),
        intervalMs,
      });
    }
    this.#samples = samples;
    return rates;
  }

  /** How many sockets are kept. */
  get size(): number {
    return this.#samples.size;
  }
}
