/** The part of a socket that every transport without a kernel has: a queue, a listener, groups, a life. @module */
import { type ByteOrder, hostOrder } from "../codec/wire/order.ts";
import { type Datagram, type Transport, TransportError } from "./transport.ts";

export interface MemoryOptions {
  /** Netlink protocol: 0, rtnetlink, by default. */
  readonly protocol?: number | undefined;
  readonly portId?: number | undefined;
  /** Byte order of the host on the other side: this machine's by default. */
  readonly byteOrder?: ByteOrder | undefined;
}

// As it was when this was loaded: what is queued is told of in real time, also while a test has timers of its own.
const { setTimeout, setInterval, clearInterval } = globalThis;

/** A socket whose other side is this process. Who makes one says what `sent` does, and calls `deliver`. */
export class MemoryTransport implements Transport {
  readonly protocol: number;
  readonly portId: number;
  readonly byteOrder: ByteOrder;
  /** Groups that it is a member of. */
  readonly joined = new Set<number>();
  readonly #queue: (Datagram | Error)[] = [];
  #first = 0;
  #drops = 0;
  #closed = false;
  #listener: (() => void) | undefined;
  #scheduled = false;
  #referenced = false;
  #alive: ReturnType<typeof setInterval> | undefined;

  constructor({ protocol = 0, portId = 77, byteOrder = hostOrder }: MemoryOptions = {}) {
    this.protocol = protocol;
    this.portId = portId;
    this.byteOrder = byteOrder;
  }

  /** Takes what was sent, while `send` runs, as the kernel does. What it throws, `send` throws. */
  protected sent(_datagram: Uint8Array): void {}
  /** Is asked for more when the queue is empty, as the kernel makes a dump's next part when the last was read. */
  protected emptied(): void {}

  /** Queues a datagram, or an error that receiving meets, and tells nobody. */
  queue(what: Uint8Array | Error, more: Partial<Datagram> = {}): void {
    if (this.#closed) return;
    this.#queue.push(
      what instanceof Error ? what : { bytes: what, sender: 0, group: 0, truncated: 0, nsid: undefined, ...more },
    );
  }
  /** As `queue`, and whoever listens is called from the event loop. */
  deliver(what: Uint8Array | Error, more: Partial<Datagram> = {}): void {
    this.queue(what, more);
    this.#schedule();
  }
  /**
   * The receive buffer has overflowed: `lost` datagrams found no room. Receiving meets it behind what is queued, as where it happened; or
   * `first`, as the kernel tells of it (skb_recv_datagram looks at the socket's error before its queue).
   */
  overrun(lost = 1, first = false): void {
    if (this.#closed) return;
    this.#drops += lost;
    const error = new TransportError("recvmsg", "ENOBUFS", 105);
    if (first) this.#queue.splice(this.#first, 0, error);
    else this.queue(error);
    this.#schedule();
  }
  /** One more is lost of an overflow that was told of. */
  protected lose(): void {
    this.#drops++;
  }
  /** How many datagrams and errors wait to be received. */
  get queued(): number {
    return this.#queue.length - this.#first;
  }
  get listening(): boolean {
    return this.#listener !== undefined;
  }
  get referenced(): boolean {
    return this.#referenced;
  }
  /** Calls whoever listens, now. */
  wake(): void {
    this.#listener?.();
  }

  send(datagram: Uint8Array): void {
    this.check("sendto");
    this.sent(datagram.slice());
  }
  receive(): Datagram | undefined {
    this.check("recvmsg");
    if (this.queued === 0) this.emptied();
    if (this.queued === 0) return undefined;
    const next = this.#queue[this.#first++];
    if (this.#first > 64 && this.#first * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    if (next instanceof Error) throw next;
    return next;
  }
  listen(listener: (() => void) | undefined): void {
    this.check("listen");
    this.#listener = listener;
    this.#keepAlive();
    this.#schedule();
  }
  join(group: number): void {
    this.check("setsockopt NETLINK_ADD_MEMBERSHIP");
    this.joined.add(group);
  }
  leave(group: number): void {
    this.check("setsockopt NETLINK_DROP_MEMBERSHIP");
    this.joined.delete(group);
  }
  drops(): number | undefined {
    return this.#drops;
  }
  ref(): void {
    this.#referenced = true;
    this.#keepAlive();
  }
  unref(): void {
    this.#referenced = false;
    this.#keepAlive();
  }
  get closed(): boolean {
    return this.#closed;
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = undefined;
    this.#keepAlive();
  }

  /** A listener keeps the process alive, as one of a file descriptor does. */
  #keepAlive(): void {
    const wanted = this.#referenced && this.#listener !== undefined && !this.#closed;
    if (wanted === (this.#alive !== undefined)) return;
    if (wanted) this.#alive = setInterval(() => {}, 2 ** 30);
    else {
      clearInterval(this.#alive);
      this.#alive = undefined;
    }
  }
  #schedule(): void {
    if (this.#scheduled || this.#listener === undefined || this.queued === 0) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#listener?.();
      this.#schedule();
    }, 0);
  }
  /** @throws {TransportError} `EBADF` it is closed */
  protected check(operation: string): void {
    if (this.#closed) throw new TransportError(operation, "EBADF", 9, "the transport is closed");
  }
}
