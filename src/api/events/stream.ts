/** Events as they come. @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { nounMessages } from "../../codec/rtnetlink/nouns.ts";
import { RTM, rtnetlinkTypes } from "../../codec/rtnetlink/types.ts";
import { type Decoder, decoder } from "../../codec/schema/engine.ts";
import { nameOf } from "../../codec/schema/scalar.ts";
import { CodecError } from "../../codec/wire/error.ts";
import { type Source, source } from "../../codec/wire/source.ts";
import type { Datagram } from "../../transport/transport.ts";
import { TransportError } from "../../transport/transport.ts";
import { Channel, type Subscriber } from "../channel.ts";
import { NetlinkError } from "../errors.ts";
import { closedError } from "../failure.ts";
import { checkOptions, integer, OptionError } from "../options.ts";
import { readContext } from "../tc/host.ts";
import { isTc, loadedTc, loadTc } from "../tc/load.ts";
import { NLM_F_APPEND, NLM_F_REPLACE } from "./doubt.ts";
import type { EventContents, EventType, NetworkEvent, ObjectEvent, Resync } from "./event.ts";
import { Inbox, isLoss } from "./inbox.ts";
import { DeviceNames } from "./names.ts";
import type { Facets } from "./parts.ts";
import { type Observer, Pictures } from "./pictures.ts";
import { type EventSelection, isWanted, type Wanted, wantedOf } from "./selection.ts";
import { isDeletion, type Reading, readers, type Told, typesOf } from "./told.ts";

export interface EventOptions {
  /** Ends the stream. */
  readonly signal?: AbortSignal | undefined;
  /** Messages kept for a reader that is slower than they come: 100,000 by default. Beyond it they are dropped, with an overrun. */
  readonly limit?: number | undefined;
  /**
   * Keep a picture of what was told, so that it ends right: the stream begins with what is there, and after a loss everything is read
   * again, and what differs from what was told is told, between markers. The same, unmarked by an overrun, where the kernel tells only
   * half of what happens: a device that goes down takes its IPv4 routes along in silence. For links, addresses, routes, neighbours, fdb,
   * mdb, rules, nexthops, nsids, qdiscs, classes and filters of this namespace; the rest has no state, or none that can be read.
   */
  readonly resync?: boolean | undefined;
  /**
   * Receive the events of all namespaces that have an id here too: their `netns` is that id. Needs CAP_NET_BROADCAST, and a namespace only
   * takes part once it has an id (`nl.nsids.set`).
   */
  readonly allNamespaces?: boolean | undefined;
  /**
   * Bytes that the kernel may queue for the stream: 4 MiB by default, some 5,000 events. Beyond net.core.rmem_max it takes CAP_NET_ADMIN;
   * without that the kernel gives what it allows.
   */
  readonly receiveBufferSize?: number | undefined;
}

/** Events, one by one. Leaving the loop, `close()`, the signal and the connection's end release everything. */
export interface EventStream<T extends EventType = EventType>
  extends AsyncIterableIterator<NetworkEvent<T>>,
    AsyncDisposable {
  /** Ends it: what is queued is dropped, and who waits for an event is told that there is none. Idempotent. */
  close(): void;
  readonly closed: boolean;
}

/** Whose connection it is. */
export interface EventHost {
  readonly facets: Facets;
  readonly channel: Channel;
  /** What is to end with the connection. */
  readonly dependents: Set<() => void>;
}

/** Who looks on, from within. */
export interface Watcher {
  readonly changed?: Observer;
  /** All that has come was given out, and nothing is in doubt. */
  readonly settled?: () => void;
}

const LIMIT = 100_000;
const RECEIVE_BUFFER = 4 << 20;
const optionKeys = ["signal", "limit", "resync", "allNamespaces", "receiveBufferSize"];
const LINK_GROUP = 1;
const NSID_GROUP = 28;

/** A decoder by RTM_*; null for what is not wanted. */
type Interest = {
  readonly name: Told["name"];
  readonly decode: Decoder<unknown> | undefined;
  readonly undecoded?: true | undefined;
} | null;

export class Events implements EventStream {
  readonly #host: EventHost;
  readonly #channel: Channel;
  readonly #wanted: Wanted;
  readonly #options: EventOptions;
  readonly #watcher: Watcher;
  readonly #inbox: Inbox<Told>;
  readonly #names: DeviceNames;
  readonly #readings = new Map<number | undefined, Reading>();
  readonly #interests = new Map<number, Interest>();
  readonly #little: boolean;
  readonly #leave: () => void;
  /** Events that are made and not given out. */
  #ready: NetworkEvent[] = [];
  #given = 0;
  /** A message that has to wait for the names of its namespace. */
  #held: Told | undefined;
  #started = false;
  /** What was lost is not made up for. */
  #stale = false;
  readonly #pictures: Pictures | undefined;
  #gap = false;
  #drops: number | undefined;
  #closed = false;
  /** Readers that wait, one after the other. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(host: EventHost, selection: EventSelection, options: EventOptions, watcher: Watcher = {}) {
    checkOptions("events", options, optionKeys);
    const { signal, limit = LIMIT, allNamespaces = false, receiveBufferSize = RECEIVE_BUFFER } = options;
    const wanted = wantedOf("events", selection);
    if (integer("events.limit", limit) === 0)
      throw new OptionError("events.limit: there must be room for one", "limit", "1 or more");
    if (integer("events.receiveBufferSize", receiveBufferSize, 0x3fffffff) === 0)
      throw new OptionError("events.receiveBufferSize: a size in bytes is needed", "receiveBufferSize", "bytes");
    const { channel } = host;
    if (channel.closed) throw closedError({ operation: "listen to events" });
    const { transport } = channel;
    if (allNamespaces && !transport.another)
      throw new OptionError("events.allNamespaces: this transport has one namespace", "allNamespaces", "false");
    this.#host = host;
    this.#wanted = wanted;
    this.#options = options;
    this.#watcher = watcher;
    if (options.resync) this.#pictures = new Pictures(host.facets, wanted, watcher.changed);
    this.#little = transport.byteOrder === "little";
    this.#inbox = new Inbox(limit);
    this.#names = new DeviceNames(channel, (link) => this.#pictures?.seen(link));
    // A socket of its own: a burst neither delays the answers to requests nor makes the kernel drop them, and the streams of one
    // connection neither share a buffer nor lose together. A transport that has one conversation only gives that.
    this.#channel = transport.another ? new Channel(transport.another({ allNamespaces, receiveBufferSize })) : channel;
    try {
      this.#drops = this.#channel.transport.drops?.();
      this.#leave = this.#subscribe(allNamespaces);
    } catch (e) {
      if (this.#owned) this.#channel.close();
      throw e;
    }
    host.dependents.add(this.#hostEnded);
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted) this.close();
  }

  get #owned(): boolean {
    return this.#channel !== this.#host.channel;
  }
  get closed(): boolean {
    return this.#closed;
  }

  #subscribe(allNamespaces: boolean): () => void {
    const { transport } = this.#channel;
    // Links always: it is from them that devices have their names.
    const groups = new Set([LINK_GROUP, ...this.#wanted.groups, ...(this.#pictures?.groups ?? [])]);
    if (allNamespaces) groups.add(NSID_GROUP);
    for (const group of this.#wanted.optional)
      try {
        transport.join(group);
        groups.add(group);
      } catch (e) {
        // EINVAL: the kernel is older than the group. EPERM: it is for administrators (rtnetlink_bind).
        if (!(e instanceof TransportError && (e.code === "EINVAL" || e.code === "EPERM"))) throw e;
      }
    const subscriber: Subscriber = {
      take: (datagram, src) => this.#receive(datagram, src),
      overrun: () => {
        this.#gap = true;
      },
      empty: () => {
        if (!this.#gap) return;
        // The kernel drops from the overflow on until its queue is empty (netlink_rcv_wake): what was in it came before the loss.
        this.#gap = false;
        const before = this.#drops;
        this.#drops = transport.drops?.();
        const lost = before === undefined || this.#drops === undefined ? undefined : (this.#drops - before) >>> 0;
        this.#inbox.lose(lost === 0 ? 1 : lost); // one that was longer than any buffer is not among those dropped
      },
      ended: (error) => {
        if (!this.#closed) this.#inbox.end(error ?? closedError({ operation: "listen to events" }));
      },
    };
    try {
      return this.#channel.subscribe([...groups], subscriber);
    } catch (e) {
      if (!(e instanceof TransportError && e.code === "EINVAL")) throw e;
      const asked = [...groups].map((group) => nameOf(rtnetlinkGroups, group) ?? group).join(", ");
      const text = `the kernel lacks one of the multicast groups ${asked}`;
      throw new NetlinkError({ code: "EOPNOTSUPP", errno: 95, operation: "listen to events", text, cause: e });
    }
  }

  #receive({ group, nsid }: Datagram, src: Source): void {
    const { bytes, view } = src;
    const little = this.#little;
    for (let at = 0; at + 16 <= bytes.length; ) {
      const length = view.getUint32(at, little);
      if (length < 16 || length > bytes.length - at) {
        this.#inbox.lose(1);
        return;
      }
      const number = view.getUint16(at + 4, little);
      const interest = this.#interest(number);
      if (interest)
        try {
          const { name, decode, undecoded } = interest;
          const value = decode ? decode(src, at + 16, at + length) : bytes.slice(at + 16, at + length);
          this.#inbox.push({ number, name, flags: view.getUint16(at + 6, little), group, nsid, value, undecoded });
        } catch (e) {
          if (!(e instanceof CodecError)) throw e;
          this.#inbox.lose(1); // a message that cannot be read is a message lost
        }
      at += (length + 3) & ~3;
    }
  }

  #interest(number: number): Interest {
    let interest = this.#interests.get(number);
    if (interest !== undefined) return interest;
    const { types } = this.#wanted;
    const kept = [RTM.newlink, RTM.dellink, RTM.delnsid, ...(this.#pictures?.numbers ?? [])].includes(number as never);
    // A few messages are of a type that shows in their payload only: of either family there is one.
    const possible = [0, 7, 10, 128].flatMap((family) => typesOf(number, { family }));
    if (!kept && !possible.some((type) => types.has(type))) interest = null;
    else {
      const late = isTc(number);
      const name = nameOf(rtnetlinkTypes, number) as Told["name"];
      if (late && !loadedTc()) return { name, decode: undefined, undecoded: true };
      const message = late ? loadedTc()?.tcMessages[number] : nounMessages[number];
      // What has no type is given as bytes, whatever its schema.
      const decode =
        message && possible[0] !== "other" ? decoder(message.schema, this.#channel.transport.byteOrder) : undefined;
      interest = { name, decode };
    }
    this.#interests.set(number, interest);
    return interest;
  }

  // ---- giving out -----------------------------------------------------------------------------------------------------------

  next(): Promise<IteratorResult<NetworkEvent>> {
    if (this.#waiting === 0) {
      const event = this.#quick();
      if (event) return Promise.resolve({ value: event, done: false });
    }
    this.#waiting++;
    const result = this.#tail.then(() => this.#advance()).finally(() => this.#waiting--);
    this.#tail = result.catch(() => {});
    return result;
  }

  /** The next event, unless something has to be waited for. */
  #quick(): NetworkEvent | undefined {
    while (!this.#closed) {
      if (this.#given < this.#ready.length) {
        const event = this.#ready[this.#given++]!;
        if (this.#given === this.#ready.length) {
          this.#ready = [];
          this.#given = 0;
        }
        return event;
      }
      if (!this.#started || this.#stale || this.#held) return undefined;
      const item = this.#inbox.take();
      if (item === undefined) return undefined;
      if (isLoss(item)) {
        this.#stale = true;
        return { type: "overrun", lost: item.lost };
      }
      if (this.#names.of(item.nsid) === undefined) this.#held = item;
      else this.#make(item);
    }
    return undefined;
  }

  async #advance(): Promise<IteratorResult<NetworkEvent>> {
    let failed: { readonly error: unknown } | undefined;
    try {
      for (;;) {
        const event = this.#quick();
        if (event) return { value: event, done: false };
        if (this.#closed) break;
        const { signal } = this.#options;
        const due = this.#pictures?.due;
        if (!this.#started) {
          if (this.#late) await loadTc();
          await this.#names.read(undefined, signal);
          await this.#resync("initial");
          this.#started = true;
        } else if (this.#stale) {
          await this.#names.readAll(signal);
          await this.#resync("overrun");
          this.#stale = false;
        } else if (this.#held) {
          const held = this.#held;
          await this.#names.read(held.nsid, signal);
          this.#held = undefined;
          this.#make(held);
        } else if (this.#inbox.ended && this.#inbox.size === 0) break;
        else if (due === 0) await this.#resync("untold");
        else {
          if (this.settled) this.#watcher.settled?.();
          await this.#inbox.wait(due);
        }
      }
    } catch (error) {
      // What was under way when the stream was closed has failed because of that.
      if (!this.#closed) failed = { error };
    }
    const failure = this.#inbox.takeFailure() ?? failed;
    this.close();
    if (failure) throw failure.error;
    return { value: undefined, done: true };
  }

  /** Nothing is in doubt, lost or on its way, as far as this process knows. */
  get settled(): boolean {
    return (
      this.#started &&
      !this.#stale &&
      !this.#gap &&
      !this.#held &&
      this.#inbox.size === 0 &&
      this.#ready.length === 0 &&
      this.#pictures?.due === undefined
    );
  }
  /** Takes in what the kernel has told by now. */
  catchUp(): void {
    this.#channel.read();
  }
  /** What is there, by part. */
  get pictures(): Pictures | undefined {
    return this.#pictures;
  }

  /** Reads again what may be other than was told, and makes events of what is. */
  async #resync(reason: Resync["reason"]): Promise<void> {
    const pictures = this.#pictures;
    if (!pictures) return;
    await pictures.read(reason !== "untold", this.#options.signal);
    // What came meanwhile may be older than what was read, or newer: put on top, in order, it comes out right, and once only.
    for (let told = this.#inbox.takeItem(); told; told = this.#inbox.takeItem()) {
      if (this.#names.of(told.nsid) === undefined) {
        this.#held = told;
        break;
      }
      this.#make(told);
    }
    const others = this.#ready;
    const events: NetworkEvent[] = pictures.adopt();
    this.#given = 0;
    this.#ready = others;
    if (events.length === 0 && reason === "untold") return;
    this.#ready = [
      { type: "resync", phase: "start", reason },
      ...events,
      { type: "resync", phase: "end", reason },
      ...others,
    ];
  }

  /** Whether it may have to do with traffic control, which is then loaded before the first event is given out. */
  get #late(): boolean {
    const { types } = this.#wanted;
    const parts = this.#pictures?.numbers ?? [];
    return (
      parts.some(isTc) || (["qdisc", "class", "filter", "chain", "action"] as const).some((type) => types.has(type))
    );
  }
  /** A message that came before its schema was there. */
  #decoded(told: Told): Told | undefined {
    const decode = this.#interest(told.number)?.decode;
    const bytes = told.value as Uint8Array;
    if (!decode) return undefined;
    try {
      return { ...told, value: decode(source(bytes), 0, bytes.length), undecoded: undefined };
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      this.#inbox.lose(1);
      return undefined;
    }
  }

  /** Makes a message's events. */
  #make(came: Told): void {
    const told = came.undecoded ? this.#decoded(came) : came;
    if (told === undefined) return;
    const { number, nsid, value } = told;
    const gone = isDeletion(number);
    const types = typesOf(number, value);
    if (types === "link") this.#names.told(nsid, gone, value as never);
    if (number === RTM.delnsid && nsid === undefined) {
      const { nsid: id } = value as { nsid?: number };
      if (id !== undefined) {
        this.#names.drop(id);
        this.#readings.delete(id);
      }
    }
    if (nsid === undefined) this.#pictures?.heard(told);
    const { family } = value as { family?: number };
    if (typeof types === "string") {
      if (isWanted(this.#wanted, types, family)) this.#makeOne(types, gone, told);
    } else for (const type of types) if (isWanted(this.#wanted, type, family)) this.#makeOne(type, gone, told);
  }
  #makeOne(type: EventType, gone: boolean, told: Told): void {
    const { number, name, group, nsid, value } = told;
    const contents: EventContents[EventType] | readonly EventContents[EventType][] =
      type === "other"
        ? { message: { number, name, group, payload: value as Uint8Array } }
        : readers[type](value as never, this.#reading(nsid));
    const action = gone ? "del" : "new";
    const netns = nsid === undefined ? undefined : { netns: nsid };
    const list = Array.isArray(contents) ? contents : [contents];
    for (const one of list) {
      const event = { type, action, ...one, ...netns } as NetworkEvent;
      if (type === "route") placeOf(event as never, told.flags);
      if (nsid === undefined && this.#pictures?.told(event as ObjectEvent, told)) continue;
      this.#ready.push(event);
    }
  }

  #reading(nsid: number | undefined): Reading {
    let reading = this.#readings.get(nsid);
    if (!reading) {
      const deviceName = this.#names.of(nsid) ?? (() => undefined);
      const tc = readContext(this.#host.channel, { get: deviceName });
      reading = { deviceName, tc, little: this.#little };
      this.#readings.set(nsid, reading);
    }
    return reading;
  }

  // ---- the end --------------------------------------------------------------------------------------------------------------

  readonly #abort = () => this.close();
  readonly #hostEnded = () => {
    this.#inbox.clear();
    this.#inbox.end(closedError({ operation: "listen to events" }));
    this.#ready = [];
    this.#given = 0;
    this.#release();
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
    this.#inbox.end();
    this.#inbox.clear();
    this.#inbox.takeFailure();
    this.#ready = [];
    this.#given = 0;
  }
  #release(): void {
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#host.dependents.delete(this.#hostEnded);
    this.#leave?.();
    if (this.#owned) this.#channel.close();
  }

  async return(): Promise<IteratorResult<NetworkEvent>> {
    this.close();
    return { value: undefined, done: true };
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** Where a new route stands among others to the same prefix (fib_table_insert, fib6_add_rt2node). */
function placeOf(event: { replace?: true; append?: true; action: "new" | "del" }, flags: number): void {
  if (event.action === "del") return;
  if ((flags & NLM_F_REPLACE) !== 0) event.replace = true;
  if ((flags & NLM_F_APPEND) !== 0) event.append = true;
}
