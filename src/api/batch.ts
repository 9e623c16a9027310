/** Many requests in few system calls. @module */
import type { Channel, ExchangeOptions, Message } from "./channel.ts";

/** A request that a facet's `prepare` made, not sent yet: its message, and what it does in words. */
export interface Prepared {
  readonly message: Message;
  readonly operation: () => string;
  /** When the message is there: the first requests of a facet may wait for its code. */
  readonly ready?: Promise<void> | undefined;
}

/**
 * ```ts
 * const batch = nl.batch();
 * for (const dst of prefixes) batch.add(nl.routes.prepare("add", { dst, via: "192.0.2.1", dev: 3 }));
 * const results = await batch.send(); // undefined, or the error, for each
 * ```
 * Requests are carried out in order; one that fails does not stop those after it.
 */
export class Batch {
  readonly #channel: Channel;
  #messages: Message[] = [];
  #operations: (() => string)[] = [];
  #ready: Promise<void>[] = [];
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** Takes a request, made by a `prepare`, or raw. */
  add(request: Prepared | Message): void {
    if ("message" in request) {
      this.#messages.push(request.message);
      this.#operations.push(request.operation);
      if (request.ready) this.#ready.push(request.ready);
    } else {
      this.#messages.push(request);
      this.#operations.push(() => `request of type ${request.type}`);
    }
  }

  /** Sends what was added, and empties the batch. Never rejects for what the kernel refuses: that is in the results, in order. */
  async send(options: ExchangeOptions = {}): Promise<(Error | undefined)[]> {
    const messages = this.#messages;
    const operations = this.#operations;
    const ready = this.#ready;
    this.#messages = [];
    this.#operations = [];
    this.#ready = [];
    if (ready.length > 0) await Promise.all(ready);
    return this.#channel.batch(messages, { ...options, operations: (i) => operations[i]!() });
  }
}
