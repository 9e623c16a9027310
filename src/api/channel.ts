/**
 * A conversation over one transport: sequence numbers, replies matched to requests, one dump at a time, timeouts, events set
 * apart. It knows messages and schemas, and nothing of links or routes.
 *
 * The kernel answers while `send` runs, so the answer is read at once, without the event loop (3 µs a round trip, where a
 * poll wake-up costs 10). Only what does not come at once is waited for.
 * @module
 */

import { locate, locateMissing } from "../codec/explain/locate.ts";
import { readControl } from "../codec/nlmsg/ack.ts";
import {
  beginMessage,
  endMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_ECHO,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HDRLEN,
  NLMSG_MIN_TYPE,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
} from "../codec/nlmsg/header.ts";
import type { Attrs } from "../codec/schema/attrs.ts";
import type { Input } from "../codec/schema/codec.ts";
import { encodeTo } from "../codec/schema/engine.ts";
import { CodecError } from "../codec/wire/error.ts";
import { type Source, source } from "../codec/wire/source.ts";
import { Writer } from "../codec/wire/writer.ts";
import { NetlinkError } from "../transport/netlink-error.ts";
import type { Datagram, Transport } from "../transport/transport.ts";
import { TransportError } from "../transport/transport.ts";
import { onAbort } from "./abort.ts";
import { cancelled, closedError, kernelError, lostReply, sameFor, timedOut } from "./failure.ts";
import { OptionError } from "./options.ts";

/** A message to send. `flags` are those beside NLM_F_REQUEST, which is always set. */
export interface Message<C extends Attrs = Attrs> {
  readonly type: number;
  readonly flags?: number | undefined;
  readonly schema: C;
  readonly value: Input<C>;
}
export interface ExchangeOptions {
  /** Milliseconds to wait without progress before `ETIMEDOUT`; 0 waits for ever. The channel's by default. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the error says was being done: `"add route 10.0.0.0/8"`. */
  readonly operation?: string | (() => string) | undefined;
  /** @internal What the caller gets for an error: cheaper than a promise of one's own around each request. */
  readonly refine?: ((error: unknown) => unknown) | undefined;
}
/** Takes one message of an answer: its type, and its payload in bytes `at…end`, good during the call. */
export type Take = (type: number, src: Source, at: number, end: number) => void;

/** What was received and could not be given to anyone. */
export interface Strays {
  /** Datagrams that another process sent. */
  foreign: number;
  /** Answers to nothing that is pending: late after a timeout, or not ours. */
  late: number;
}

/** Who is told of multicast. What its functions throw ends it, and reaches nobody else. */
export interface Subscriber {
  /** Takes a datagram of one of its groups, good during the call. */
  readonly take: (datagram: Datagram, src: Source) => void;
  /** Some datagrams were lost. */
  readonly overrun: () => void;
  /** The socket's queue was found empty: what was lost before was lost by now, and the next loss will be told. */
  readonly empty?: () => void;
  /** There will be no more: the channel was closed, or `error` is why. */
  readonly ended?: (error?: unknown) => void;
}
interface Subscription extends Subscriber {
  readonly groups: ReadonlySet<number>;
  /** How many there were before it. */
  readonly serial: number;
}

interface Pending {
  readonly sequence: number;
  /** Ends with an acknowledgement, with the first message of an answer, or with NLMSG_DONE. */
  readonly ends: "ack" | "reply" | "done";
  readonly message: Message;
  readonly options: ExchangeOptions;
  take: Take | undefined;
  interrupted: boolean;
  /** A part of it was lost: it ends when there is no more to read. */
  cut: boolean;
  /** Nobody waits for more at present: it is not read for, but what comes is taken. */
  paused: boolean;
  /** Another dump waits for this one to end: it is read on, into its reader's memory, whatever the reader does. */
  hurried: boolean;
  /** Milliseconds of the clock after which it has timed out; 0 never. */
  deadline: number;
  settle(error?: unknown): void;
}

/** The requests of a batch's datagram, by their sequence numbers. */
type Chunk = (sequence: number) => Pending | undefined;

const pendingOf = (
  sequence: number,
  ends: Pending["ends"],
  message: Message,
  options: ExchangeOptions,
  take: Take | undefined,
  settle: (error?: unknown) => void,
): Pending => ({
  sequence,
  ends,
  message,
  options,
  take,
  interrupted: false,
  cut: false,
  paused: false,
  hurried: false,
  deadline: 0,
  settle,
});

const MAX_DELAY = 2 ** 31 - 1; // of a timer: a longer one would go off at once
/** What was decoded may be sent: the kernel refuses some of the forms that it reports. */
const CANONICAL = { canonical: true };
// Bytes read before other work of the process gets its turn, a few milliseconds: eight datagrams of a dump, a thousand events.
const BUDGET = 8 * 32_768;
const LEAST = 256; // what a datagram counts at least

export class Channel {
  readonly transport: Transport;
  readonly strays: Strays = { foreign: 0, late: 0 };
  readonly #timeout: number;
  readonly #writer: Writer;
  readonly #pending = new Map<number, Pending>();
  readonly #chunks = new Set<Chunk>();
  readonly #dumps: (() => void)[] = [];
  #dumping = false;
  #sequence = 0;
  #active = 0; // pending and not paused
  #overran = false;
  #listening = false;
  #draining = false;
  #scheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = 0;
  readonly #subscriptions = new Set<Subscription>();
  #subscribed = 0;
  readonly #groups = new Map<number, number>(); // joined group → subscriptions
  #closed = false;
  #view: DataView | undefined; // of what was received last

  /** @throws {OptionError} a timeout that is no number of milliseconds */
  constructor(transport: Transport, options: { readonly timeout?: number | undefined } = {}) {
    checkTimeout(options.timeout);
    this.transport = transport;
    this.#timeout = options.timeout ?? 30_000;
    this.#writer = new Writer(transport.byteOrder);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a request with NLM_F_ACK; resolves when it is acknowledged. `take` gets what comes before (NLM_F_ECHO). */
  ack(message: Message, options: ExchangeOptions = {}, take?: Take): Promise<void> {
    return this.#exchange("ack", message, NLM_F_ACK, options, take);
  }

  /** Sends a request that one message answers. */
  reply(message: Message, take: Take, options: ExchangeOptions = {}): Promise<void> {
    return this.#exchange("reply", message, 0, options, take);
  }

  /**
   * Sends a request for a dump, after those before it; resolves to whether it was interrupted (its parts are
   * inconsistent: NLM_F_DUMP_INTR). `take` gets every message.
   */
  async dump(message: Message, take: Take, options: ExchangeOptions = {}): Promise<boolean> {
    const cursor = await this.openDump(message, take, options);
    cursor.resume();
    return cursor.done;
  }

  /** Starts a dump that is read as its reader asks: paused, until `resume`. */
  openDump(message: Message, take: Take, options: ExchangeOptions = {}): DumpCursor | Promise<DumpCursor> {
    if (!this.#dumping) return this.#startDump(message, take, options);
    return new Promise((resolve, reject) => {
      const start = () => {
        try {
          off();
          resolve(this.#startDump(message, take, options));
        } catch (e) {
          reject(e);
          this.#nextDump();
        }
      };
      try {
        this.#check(options);
      } catch (e) {
        reject(e);
        return;
      }
      const off = onAbort(options.signal, () => {
        off();
        this.#dumps.splice(this.#dumps.indexOf(start), 1);
        reject(cancelled(options));
      });
      this.#dumps.push(start);
      // Whoever reads the present dump may be who waits for this one: a list within a loop over a stream.
      for (const pending of this.#pending.values())
        if (pending.ends === "done") {
          pending.hurried = true;
          this.#pause(pending, false);
        }
      this.#drain();
    });
  }

  /**
   * Sends many requests, as few datagrams as are safe; resolves to what became of each: undefined, or its error. Only the
   * last of a datagram asks for an acknowledgement: the kernel reports a failure in any case, and answers in order.
   * Rejects if it is given up before anything was sent; after that, what was not sent has the reason as its error.
   */
  async batch(
    messages: readonly Message[],
    options: ExchangeOptions & { readonly operations?: (index: number) => string } = {},
  ): Promise<(Error | undefined)[]> {
    const results: (Error | undefined)[] = new Array(messages.length).fill(undefined); // without holes: filter() skips them
    let next = 0;
    while (next < messages.length) {
      const first = next;
      try {
        this.#check(options);
      } catch (e) {
        if (first === 0) throw e;
        return results.fill(e as Error, first);
      }
      const w = this.#writer;
      w.reset();
      const sequences: number[] = [];
      // 128 failures with their texts fit in the default receive buffer; 64 KiB in any send buffer.
      while (next < messages.length && next - first < 128 && w.length < 65_536) {
        const start = w.length;
        const message = messages[next]!;
        try {
          const sequence = this.#nextSequence();
          this.#encode(w, message, 0, sequence);
          sequences.push(sequence);
        } catch (e) {
          // A value that cannot be encoded fails by itself, before anything of this datagram is sent.
          w.length = start;
          results[next] = e as Error;
          sequences.push(0);
        }
        next++;
      }
      let closing = sequences.length - 1;
      while (closing >= 0 && sequences[closing] === 0) closing--;
      if (closing < 0) continue;
      // The one that closes the datagram asks for the acknowledgement, wherever the chunk ended. Only that one is waited for: the others
      // come up if the kernel has something to say of them.
      const optionsOf = (i: number): ExchangeOptions =>
        options.operations ? { ...options, operation: () => options.operations!(first + i) } : options;
      const finished = new Promise<void>((resolve) => {
        const chunk: Chunk = (sequence) => {
          const i = sequences.indexOf(sequence);
          if (i < 0) return undefined;
          return pendingOf(sequence, "ack", messages[first + i]!, optionsOf(i), undefined, (error) => {
            results[first + i] ??= error as Error | undefined;
          });
        };
        this.#chunks.add(chunk);
        this.#add(sequences[closing]!, "ack", messages[first + closing]!, optionsOf(closing), undefined, (error) => {
          this.#chunks.delete(chunk);
          results[first + closing] = error as Error | undefined;
          // The kernel answers in order: what has not failed by now has succeeded, unless the last was never answered.
          const answered =
            error === undefined ||
            (error instanceof NetlinkError && error.errno > 0 && !(error instanceof TransportError));
          if (!answered)
            for (let i = first; i < next; i++) results[i] ??= sameFor(error, optionsOf(i - first)) as Error;
          resolve();
        });
        try {
          this.#setAck(w, sequences[closing]!);
          this.transport.send(w.written());
        } catch (e) {
          this.#pending.get(sequences[closing]!)?.settle(e);
        }
      });
      this.#drain();
      await finished;
    }
    return results;
  }

  /**
   * Joins multicast groups, and hands what is sent to them to `subscriber`, until the function that it returns is called.
   * The process stays alive meanwhile. @throws {TransportError} a group that cannot be joined
   */
  subscribe(groups: readonly number[], subscriber: Subscriber): () => void {
    this.#check({});
    const subscription: Subscription = { ...subscriber, groups: new Set(groups), serial: ++this.#subscribed };
    const joined: number[] = [];
    try {
      for (const group of subscription.groups) {
        if (!this.#groups.has(group)) this.transport.join(group);
        this.#groups.set(group, (this.#groups.get(group) ?? 0) + 1);
        joined.push(group);
      }
    } catch (e) {
      this.#leave(joined);
      throw e;
    }
    this.#subscriptions.add(subscription);
    this.#watch();
    return () => this.#unsubscribe(subscription);
  }

  #unsubscribe(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    if (this.#closed || this.transport.closed) return;
    try {
      this.#leave(subscription.groups);
    } finally {
      this.#watch();
    }
  }

  #leave(groups: Iterable<number>): void {
    for (const group of groups) {
      const left = this.#groups.get(group)! - 1;
      if (left > 0) {
        this.#groups.set(group, left);
        continue;
      }
      this.#groups.delete(group);
      this.transport.leave(group);
    }
  }

  /** What a subscriber throws is its own end, and no other's. */
  #drop(subscription: Subscription, error: unknown): void {
    this.#unsubscribe(subscription);
    subscription.ended?.(error);
  }

  /** Reads all that has come by now, without waiting for the event loop. */
  read(): void {
    if (!this.#closed) this.#drain(Number.POSITIVE_INFINITY);
  }

  /** Rejects what is pending, ends subscriptions, and closes the transport. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.transport.close();
    const waiting = this.#dumps.splice(0);
    for (const pending of [...this.#pending.values()]) pending.settle(closedError(pending.options));
    for (const start of waiting) start();
    for (const subscription of [...this.#subscriptions]) {
      this.#subscriptions.delete(subscription);
      subscription.ended?.();
    }
  }

  // ---- sending --------------------------------------------------------------------------------------------------------------

  #exchange(
    ends: "ack" | "reply",
    message: Message,
    flags: number,
    options: ExchangeOptions,
    take: Take | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check(options);
      const sequence = this.#send(message, flags);
      this.#add(sequence, ends, message, options, take, (error) =>
        error === undefined ? resolve() : reject(options.refine ? options.refine(error) : error),
      );
      this.#drain();
    });
  }

  #startDump(message: Message, take: Take, options: ExchangeOptions): DumpCursor {
    this.#check(options);
    this.#dumping = true;
    let sequence: number;
    try {
      sequence = this.#send(message, NLM_F_DUMP);
    } catch (e) {
      this.#dumping = false;
      throw e;
    }
    let settle: (error?: unknown) => void = () => {};
    const done = new Promise<boolean>((resolve, reject) => {
      settle = (error) => {
        if (error === undefined) resolve(pending.interrupted);
        else reject(error);
      };
    });
    done.catch(() => {}); // whoever reads it, sees it
    const pending = this.#add(sequence, "done", message, options, take, (error) => {
      settle(error);
      settled = true;
    });
    let settled = false;
    this.#pause(pending, true);
    return {
      done,
      get settled() {
        return settled;
      },
      resume: () => {
        this.#pause(pending, false);
        this.#drain();
      },
      pull: () => {
        this.#pause(pending, false);
        this.#drain(1, true);
        this.#pause(pending, true);
        this.#watch();
      },
      pause: () => {
        this.#pause(pending, true);
        this.#watch();
      },
      abandon: () => {
        // The kernel cannot be told to stop: the rest is read and dropped, and the next dump waits for that.
        if (settled) return;
        pending.take = undefined;
        this.#pause(pending, false);
        this.#drain();
      },
    };
  }

  #nextDump(): void {
    this.#dumping = false;
    this.#dumps.shift()?.();
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0 || 1; // 0 is what the kernel's own events have
    return this.#sequence;
  }

  #send(message: Message, flags: number): number {
    const w = this.#writer;
    w.reset();
    const sequence = this.#nextSequence();
    this.#encode(w, message, flags, sequence);
    this.transport.send(w.written());
    return sequence;
  }

  #encode(w: Writer, message: Message, flags: number, sequence: number): void {
    const at = beginMessage(w, {
      type: message.type,
      flags: (message.flags ?? 0) | NLM_F_REQUEST | flags,
      sequence,
      portId: 0,
    });
    encodeTo(w, message.schema, message.value, CANONICAL);
    endMessage(w, at);
  }

  #setAck(w: Writer, sequence: number): void {
    const { view, little } = w;
    for (let at = 0; at < w.length; at += (view.getUint32(at, little) + 3) & ~3)
      if (view.getUint32(at + 8, little) === sequence)
        view.setUint16(at + 6, view.getUint16(at + 6, little) | NLM_F_ACK, little);
  }

  #check(options: ExchangeOptions): void {
    checkTimeout(options.timeout);
    if (this.#closed) throw closedError(options);
    if (options.signal?.aborted) throw cancelled(options);
  }

  #add(
    sequence: number,
    ends: Pending["ends"],
    message: Message,
    options: ExchangeOptions,
    take: Take | undefined,
    settled: (error?: unknown) => void,
  ): Pending {
    const pending = pendingOf(sequence, ends, message, options, take, (error) => {
      if (!this.#pending.delete(sequence)) return;
      if (!pending.paused) this.#active--;
      off?.();
      settled(error);
      if (ends === "done") this.#nextDump();
    });
    const off =
      options.signal &&
      onAbort(options.signal, () => {
        if (ends !== "done") {
          pending.settle(cancelled(options));
          this.#watch();
          return;
        }
        // The dump goes on in the kernel: the caller is told now, the place in the queue is freed when it has ended.
        off?.();
        settled(cancelled(options));
        settled = () => {};
        pending.take = undefined;
        this.#pause(pending, false);
        this.#drain();
      });
    this.#pending.set(sequence, pending);
    this.#active++;
    return pending;
  }

  #pause(pending: Pending, paused: boolean): void {
    if (pending.paused === paused || !this.#pending.has(pending.sequence)) return;
    if (paused && (pending.hurried || this.#dumps.length > 0)) return;
    pending.paused = paused;
    this.#active += paused ? -1 : 1;
    pending.deadline = 0;
  }

  // ---- receiving ------------------------------------------------------------------------------------------------------------

  /** Reads until nothing that is wanted is left, or the queue is empty. */
  #drain(budget = BUDGET, once = false): void {
    if (this.#draining) return; // from within a taker: the loop below goes on
    this.#draining = true;
    let left = budget;
    try {
      while (!this.#closed && (this.#active > 0 || this.#subscriptions.size > 0)) {
        if (left <= 0) {
          if (this.#active > 0 && !once) this.#schedule();
          return;
        }
        let datagram: Datagram | undefined;
        try {
          datagram = this.transport.receive();
        } catch (e) {
          if (e instanceof TransportError && e.code === "ENOBUFS") {
            this.#lost();
            continue;
          }
          this.#broken(e);
          return;
        }
        if (datagram === undefined) {
          if (this.#overran) this.#afterOverrun();
          this.#empty();
          break;
        }
        left -= Math.max(LEAST, datagram.bytes.length);
        this.#dispatch(datagram);
      }
    } finally {
      this.#draining = false;
      // Who goes on by himself needs no listener.
      if (!once && !this.#scheduled) this.#watch();
    }
  }

  /** The transport failed: nobody will hear any more. */
  #broken(error: unknown): void {
    for (const pending of [...this.#pending.values()]) pending.settle(error);
    for (const subscription of [...this.#subscriptions]) {
      this.#subscriptions.delete(subscription);
      subscription.ended?.(error);
    }
  }

  /** Datagrams were lost, events or answers. */
  #lost(): void {
    this.#overran = true;
    for (const subscription of [...this.#subscriptions])
      try {
        subscription.overrun();
      } catch (e) {
        this.#drop(subscription, e);
      }
  }

  #empty(): void {
    for (const subscription of this.#subscriptions)
      try {
        subscription.empty?.();
      } catch (e) {
        this.#drop(subscription, e);
      }
  }

  /** Continues after other work of the process. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  /** Keeps the listener, the timer and the process's life in step with what is waited for. */
  #watch(): void {
    if (this.#closed || this.transport.closed) return;
    const waiting = this.#active > 0;
    const wanted = waiting || this.#subscriptions.size > 0;
    if (wanted !== this.#listening) {
      this.#listening = wanted;
      this.transport.listen(wanted ? () => this.#drain() : undefined);
      if (wanted) this.transport.ref();
      else this.transport.unref();
    }
    if (waiting) this.#arm();
    else if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  #arm(): void {
    const now = performance.now(); // the system's time may be set meanwhile
    let soonest = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending.values()) {
      if (pending.paused) continue;
      const timeout = pending.options.timeout ?? this.#timeout;
      if (timeout === 0) continue;
      if (pending.deadline === 0) pending.deadline = now + timeout;
      soonest = Math.min(soonest, pending.deadline);
    }
    if (soonest === Number.POSITIVE_INFINITY) return;
    // A timer that goes off too early finds nothing late, and is set anew; one too late would hold up a shorter timeout.
    if (this.#timer !== undefined) {
      if (this.#timerAt <= soonest) return;
      clearTimeout(this.#timer);
    }
    this.#timerAt = soonest;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const late = performance.now();
        for (const pending of [...this.#pending.values()])
          if (!pending.paused && pending.deadline !== 0 && pending.deadline <= late)
            pending.settle(timedOut(pending.options, pending.options.timeout ?? this.#timeout));
        this.#watch();
      },
      Math.min(MAX_DELAY, Math.max(1, Math.ceil(soonest - now))),
    );
  }

  /**
   * After lost datagrams: what was asked and is not answered by now will not be. Dumps go on, as the kernel makes their parts on
   * demand, into a buffer that has room: only one whose part was cut may have lost its end.
   */
  #afterOverrun(): void {
    this.#overran = false;
    for (const pending of [...this.#pending.values()])
      if (pending.ends !== "done") pending.settle(lostReply(pending.options));
      else if (pending.cut) pending.settle();
  }

  /** A transport receives into the same memory again and again: one view serves, as what decodes knows where it ends. */
  #source(bytes: Uint8Array): Source {
    const last = this.#view;
    if (
      last === undefined ||
      last.buffer !== bytes.buffer ||
      last.byteOffset !== bytes.byteOffset ||
      last.byteLength < bytes.length
    ) {
      const src = source(bytes);
      this.#view = src.view;
      return src;
    }
    return { bytes, view: last };
  }

  #dispatch(datagram: Datagram): void {
    if (datagram.sender !== 0) {
      this.strays.foreign++;
      return;
    }
    const src = this.#source(datagram.bytes);
    const { view } = src;
    const { byteOrder, portId } = this.transport;
    const little = byteOrder === "little";
    const total = datagram.bytes.length;
    if (datagram.group !== 0) {
      // A subscription that ends meanwhile is passed over, and one that is made meanwhile is not told of what came before it.
      const latest = this.#subscribed;
      for (const subscription of this.#subscriptions) {
        if (subscription.serial > latest || !subscription.groups.has(datagram.group)) continue;
        try {
          subscription.take(datagram, src);
        } catch (e) {
          this.#drop(subscription, e);
        }
      }
      if (datagram.truncated > 0) this.#lost();
      // The answer to NLM_F_ECHO is the notification itself, group and all (nlmsg_notify); any other of ours is news.
      const ours = total >= NLMSG_HDRLEN && view.getUint32(12, little) === portId;
      const asked = ours ? this.#pendingAt(view.getUint32(8, little)) : undefined;
      if (asked === undefined || ((asked.message.flags ?? 0) & NLM_F_ECHO) === 0) return;
    } else if (datagram.truncated > 0) {
      for (const dump of this.#pending.values()) if (dump.ends === "done") dump.cut = dump.interrupted = true;
      this.#lost();
    }
    let pending: Pending | undefined;
    for (let at = 0; at < total; ) {
      const length = at + NLMSG_HDRLEN <= total ? view.getUint32(at, little) : NLMSG_HDRLEN;
      if (length < NLMSG_HDRLEN || length > total - at) {
        if (datagram.truncated === 0)
          pending?.settle(new CodecError("nlmsghdr", at, `a message of ${length} bytes does not fit in ${total - at}`));
        return;
      }
      const type = view.getUint16(at + 4, little);
      const flags = view.getUint16(at + 6, little);
      const sequence = view.getUint32(at + 8, little);
      if (pending?.sequence !== sequence) pending = this.#pendingAt(sequence);
      if (pending === undefined || view.getUint32(at + 12, little) !== portId) {
        if (type !== NLMSG_NOOP) this.strays.late++;
      } else {
        if ((flags & NLM_F_DUMP_INTR) !== 0) pending.interrupted = true;
        pending.deadline = 0;
        try {
          this.#take(pending, type, flags, src, at + NLMSG_HDRLEN, at + length, little);
        } catch (e) {
          if (pending.ends === "done" && type >= NLMSG_MIN_TYPE) this.#failDump(pending, e);
          else pending.settle(e);
        }
        if (!this.#pending.has(sequence)) pending = undefined;
      }
      at += (length + 3) & ~3;
    }
  }

  #pendingAt(sequence: number): Pending | undefined {
    const pending = this.#pending.get(sequence);
    if (pending !== undefined || this.#chunks.size === 0) return pending;
    for (const chunk of this.#chunks) {
      const found = chunk(sequence);
      if (found) return found;
    }
    return undefined;
  }

  /** An error of a dump's taker: the caller gets it, the rest of the dump is read and dropped. */
  #failDump(pending: Pending, error: unknown): void {
    if (pending.take === undefined) return;
    pending.take = (_type, _src, _at, _end) => {};
    const { settle } = pending;
    pending.settle = () => settle(error);
  }

  #take(pending: Pending, type: number, flags: number, src: Source, at: number, end: number, little: boolean): void {
    if (type >= NLMSG_MIN_TYPE) {
      pending.take?.(type, src, at, end);
      if (pending.ends === "reply" && (flags & NLM_F_MULTI) === 0) pending.settle();
      return;
    }
    switch (type) {
      case NLMSG_ERROR:
        if (end - at < 4) throw new CodecError("nlmsgerr", at, `4 bytes do not fit in ${end - at}`);
        // Success is -0: nine acknowledgements in ten need nothing decoded.
        if (src.view.getInt32(at, little) !== 0) pending.settle(this.#error(pending, type, flags, src, at, end));
        else if (pending.ends === "ack") pending.settle();
        else if (pending.ends === "reply") pending.settle(lostReply(pending.options));
        return;
      case NLMSG_DONE: {
        const failed = end - at >= 4 && src.view.getInt32(at, little) < 0;
        pending.settle(failed ? this.#error(pending, type, flags, src, at, end) : undefined);
        return;
      }
      case NLMSG_OVERRUN:
        pending.settle(lostReply(pending.options));
        return;
    }
  }

  #error(pending: Pending, type: number, flags: number, src: Source, at: number, end: number): Error {
    const { byteOrder } = this.transport;
    const errno = Math.abs(src.view.getInt32(at, byteOrder === "little"));
    const { message, options } = pending;
    try {
      const { extended } = readControl(type, flags, src, at, end, byteOrder);
      let attribute: string | undefined;
      let missing: string | undefined;
      if (extended?.offs !== undefined || extended?.missType !== undefined) {
        // The offset counts in the request's bytes: they are made again rather than kept.
        const w = new Writer(byteOrder, 1024);
        this.#encode(w, message, 0, 0);
        const request = w.take();
        if (extended.offs !== undefined) attribute = locate(message.schema, request, extended.offs, byteOrder);
        if (extended.missType !== undefined)
          missing = locateMissing(message.schema, request, extended.missType, extended.missNest, byteOrder);
      }
      return kernelError(errno, options, {
        kernelMessage: extended?.msg,
        attribute,
        missing,
        offset: extended?.offs,
        cookie: extended?.cookie,
        policy: extended?.policy,
      });
    } catch (e) {
      // Details that cannot be read, or a value that its owner has changed since: the refusal stands all the same.
      if (!(e instanceof CodecError)) throw e;
      return kernelError(errno, options, { cause: e });
    }
  }
}

/** @throws {OptionError} */
function checkTimeout(timeout: number | undefined): void {
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0))
    throw new OptionError(`timeout: ${String(timeout)} is not a number of milliseconds`, "timeout", "milliseconds");
}

/** A dump under way, read as its reader asks. */
export interface DumpCursor {
  /** Resolves at its end to whether it was interrupted; rejects if it failed. */
  readonly done: Promise<boolean>;
  readonly settled: boolean;
  /** Reads on to the end. */
  resume(): void;
  /** Reads one datagram, if one is there. */
  pull(): void;
  pause(): void;
  /** Drops the rest. */
  abandon(): void;
}
