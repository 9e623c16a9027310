/** A transport that answers from a recording. @module */
import { type Difference, differencesText, explainDifferences, explainFields } from "../../codec/explain/diff.ts";
import { Families } from "../../codec/genetlink/families.ts";
import { NLMSG_ERROR, NLMSG_HDRLEN } from "../../codec/nlmsg/header.ts";
import { align4 } from "../../codec/wire/align.ts";
import { MemoryTransport } from "../memory.ts";
import { explainRequest, type Request, requestsOf } from "../request.ts";
import type { AnotherOptions, NetnsHandle, Transport } from "../transport.ts";
import { type Conversation, conversationOf, type Exchange, type Part, type RecordedEvent } from "./exchanges.ts";
import type { Recording } from "./recording.ts";

export interface ReplayOptions {
  /** Netlink protocol that is replayed: 0, rtnetlink, by default. */
  readonly protocol?: number | undefined;
  /**
   * `"shape"`, by default: a request is answered as the first like it that has not been: of the same type, flags and fields. What varies from
   * run to run is passed over: sequence numbers, port ids, descriptors and processes that stand for namespaces, the order of attributes.
   * `"exact"`: requests must come in the recorded order, byte for byte.
   */
  readonly match?: "shape" | "exact" | undefined;
  /** Once all like it were played, a request is answered as the last of them, any number of times. */
  readonly repeat?: boolean | undefined;
  /** Ids of generic netlink's families, where the recording does not tell them. */
  readonly families?: { readonly [name: string]: number } | undefined;
}

/** A request that the recording does not hold. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  readonly request: Request | undefined;
  constructor(message: string, request?: Request) {
    super(message);
    this.request = request;
  }
}

/** What stands for something else in each run: descriptors and processes. */
const VOLATILE = /(^|\.)(netNsFd|netNsPid|fd|pid)$/;

class Player {
  readonly conversation: Conversation;
  readonly #match: "shape" | "exact";
  readonly #repeat: boolean;
  readonly #played = new Set<Exchange>();
  readonly #failures: ReplayError[] = [];
  readonly #recording: Recording;
  readonly #protocol: number;
  readonly sockets: ReplaySocket[] = [];
  #shapes: Map<string, Exchange[]> | undefined;
  /** Requests behind the last that was played, counted in the recording: what was told until then is due. */
  #position = 0;
  #sent = 0;
  #events: RecordedEvent[];

  constructor(recording: Recording, { protocol = 0, match = "shape", repeat = false, families }: ReplayOptions) {
    this.conversation = conversationOf(recording, protocol, new Families(families));
    this.#recording = recording;
    this.#protocol = protocol;
    this.#match = match;
    this.#repeat = repeat;
    this.#events = [...this.conversation.events];
  }

  get psched(): string | undefined {
    return this.#recording.psched;
  }
  get pending(): string[] {
    const left = this.conversation.exchanges.filter((one) => !this.#played.has(one));
    return left.map(({ request }) => request.summary);
  }
  /** @throws {ReplayError} */
  verify(): void {
    const [first] = this.#failures;
    if (first) throw first;
    const { pending } = this;
    if (pending.length > 0)
      throw new ReplayError(
        `${pending.length} of ${this.conversation.exchanges.length} recorded requests were not sent\n${few(pending)}`,
      );
  }

  take(socket: ReplaySocket, datagram: Uint8Array): void {
    const { order, families } = this.conversation;
    for (const request of requestsOf(datagram, { protocol: this.#protocol, order, families })) {
      this.#sent++;
      const exchange = this.#find(request);
      this.#played.add(exchange);
      for (const part of exchange.parts) socket.give(part, request);
      this.#position = Math.max(this.#position, exchange.index + 1);
      this.tell();
    }
  }

  /** Gives out the events that are due and have a listener. */
  tell(): void {
    const live = this.sockets.filter((socket) => !socket.closed && socket.joined.size > 0);
    if (live.length === 0) return;
    this.#events = this.#events.filter((event) => {
      if (event.after > this.#position) return true;
      const listeners = live.filter(({ joined }) => event.group === 0 || joined.has(event.group));
      for (const socket of listeners) socket.hear(event);
      return listeners.length === 0;
    });
  }

  /** @throws {ReplayError} */
  #find(request: Request): Exchange {
    const found = this.#match === "exact" ? this.#nextExact(request) : this.#likeIt(request);
    if (found instanceof ReplayError) {
      this.#failures.push(found);
      throw found;
    }
    return found;
  }
  #nextExact(request: Request): Exchange | ReplayError {
    const next = this.conversation.exchanges[this.#played.size];
    if (!next) return this.#unknown(request, [`the recording has ended after ${this.#played.size} requests`]);
    const differ = this.#differences(next.request, request);
    const { sequence } = next.request.header;
    const same = sameBytes(next.request.bytes, request.bytes);
    if (same) return next;
    const more =
      differ.length > 0 ? differencesText(differ) : `sequence: ${sequence} expected, ${request.header.sequence} sent`;
    return this.#unknown(request, [`recorded: ${next.request.summary} (packet ${next.number})`, indented(more)]);
  }
  #likeIt(request: Request): Exchange | ReplayError {
    const shapes = (this.#shapes ??= this.#index());
    const alike = shapes.get(this.#shape(request)) ?? [];
    const fresh = alike.find((one) => !this.#played.has(one));
    if (fresh) return fresh;
    const last = alike.at(-1);
    if (last && this.#repeat) return last;
    if (last) {
      const times = alike.length === 1 ? "once" : `${alike.length} times`;
      return this.#unknown(request, [
        `the recording holds it ${times} (packet ${alike.map(({ number }) => number).join(", ")}), and no more`,
      ]);
    }
    return this.#unknown(request, this.#nearest(request));
  }
  #index(): Map<string, Exchange[]> {
    const shapes = new Map<string, Exchange[]>();
    for (const exchange of this.conversation.exchanges) {
      const shape = this.#shape(exchange.request);
      const alike = shapes.get(shape);
      if (alike) alike.push(exchange);
      else shapes.set(shape, [exchange]);
    }
    return shapes;
  }
  /** What requests that are alike have in common. */
  #shape(request: Request): string {
    const fields = [...explainFields(this.#explain(request))].filter(([path]) => !VOLATILE.test(path));
    return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  #explain(request: Request) {
    const { order, families } = this.conversation;
    return explainRequest(request, { protocol: this.#protocol, order, families });
  }
  #differences(expected: Request, actual: Request): Difference[] {
    return explainDifferences(this.#explain(expected), this.#explain(actual)).filter(
      ({ path }) => !VOLATILE.test(path),
    );
  }

  /** The recorded request that differs in fewest fields. */
  #nearest(request: Request): string[] {
    const { exchanges } = this.conversation;
    if (exchanges.length === 0) return ["the recording holds no requests"];
    const same = exchanges.filter(({ request: { name } }) => name === request.name);
    if (same.length === 0)
      return [`the recording holds no ${request.name}, but`, few(exchanges.map((one) => one.request.summary))];
    let best: { exchange: Exchange; differ: Difference[] } | undefined;
    // Those that were not played first; giant recordings are not looked through to the end.
    for (const exchange of [...same]
      .sort((a, b) => Number(this.#played.has(a)) - Number(this.#played.has(b)))
      .slice(0, 1000)) {
      const differ = this.#differences(exchange.request, request);
      if (!best || differ.length < best.differ.length) best = { exchange, differ };
    }
    const { exchange, differ } = best!;
    return [`nearest:  ${exchange.request.summary} (packet ${exchange.number})`, indented(differencesText(differ))];
  }
  #unknown(request: Request, why: readonly string[]): ReplayError {
    const damage = this.#recording.damage.map(
      ({ offset, reason }) => `the capture is damaged at byte ${offset}: ${reason}`,
    );
    const lines = [`request ${this.#sent} is not in the recording`, `sent:     ${request.summary}`, ...why, ...damage];
    return new ReplayError(lines.join("\n"), request);
  }
}
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
const indented = (text: string): string => text.replace(/^/gm, "  ");
const MOST = 8;
const few = (lines: readonly string[]): string =>
  indented([...lines.slice(0, MOST), ...(lines.length > MOST ? [`and ${lines.length - MOST} more`] : [])].join("\n"));

/** One socket of a replay. */
class ReplaySocket extends MemoryTransport {
  readonly #player: Player;
  readonly #options: AnotherOptions;
  #fd = 1000;
  constructor(player: Player, protocol: number, options: AnotherOptions = {}) {
    super({ protocol, byteOrder: player.conversation.order, portId: 77 + player.sockets.length });
    this.#player = player;
    this.#options = options;
    player.sockets.push(this);
  }
  protected override sent(datagram: Uint8Array): void {
    this.#player.take(this, datagram);
  }
  override join(group: number): void {
    super.join(group);
    this.#player.tell();
  }
  /** Queues a part of an answer, with the sequence number and port id of who asks now. */
  give(part: Part, { header: { sequence } }: Request): void {
    if (part.lost > 0) this.overrun(part.lost);
    this.deliver(this.#addressed(part.bytes, sequence), { truncated: part.missing });
  }
  /** Queues an event. */
  hear({ bytes, missing, lost, group, nsid }: RecordedEvent): void {
    const [any = 0] = this.joined;
    if (lost > 0) this.overrun(lost);
    const from = this.#options.allNamespaces ? nsid : undefined;
    this.deliver(bytes.slice(), { truncated: missing, group: group || any, nsid: from });
  }
  #addressed(recorded: Uint8Array, sequence: number): Uint8Array {
    const bytes = recorded.slice();
    const view = new DataView(bytes.buffer);
    const little = this.byteOrder === "little";
    for (let at = 0; at + NLMSG_HDRLEN <= bytes.length; ) {
      const length = view.getUint32(at, little);
      view.setUint32(at + 8, sequence, little);
      view.setUint32(at + 12, this.portId, little);
      // An acknowledgement repeats the request's header.
      const repeated = at + NLMSG_HDRLEN + 4;
      if (view.getUint16(at + 4, little) === NLMSG_ERROR && repeated + NLMSG_HDRLEN <= bytes.length)
        view.setUint32(repeated + 8, sequence, little);
      at += align4(Math.min(Math.max(length, NLMSG_HDRLEN), bytes.length));
    }
    return bytes;
  }
  another(options: AnotherOptions = {}): Transport {
    this.check("open another socket");
    return new ReplaySocket(this.#player, this.protocol, options);
  }
  openNetns(): NetnsHandle {
    return { fd: this.#fd++, close: () => {} };
  }
  psched(): string | undefined {
    return this.#player.psched;
  }
}

/** A transport whose other side is a recording. */
export class ReplayTransport extends ReplaySocket {
  readonly #player: Player;
  constructor(recording: Recording, options: ReplayOptions = {}) {
    const player = new Player(recording, options);
    super(player, options.protocol ?? 0);
    this.#player = player;
  }
  /** Recorded requests that were not sent yet, in a line each. */
  get pending(): readonly string[] {
    return this.#player.pending;
  }
  /** @throws {ReplayError} a request was not in the recording, or a recorded one was not sent */
  verify(): void {
    this.#player.verify();
  }
}

/**
 * Answers requests from a recording or a capture, as the kernel did then: dumps in their parts, acknowledgements, errors, what was lost. Events
 * come where they came, between the same requests, to whoever has joined their group. A request that is not in it makes `send` fail with a
 * `ReplayError` that shows the nearest, and where it differs.
 *
 * ```ts
 * const transport = replay(await readRecording(await readFile("bug.pcapng")));
 * const nl = await Connection.open({ transport });
 * ```
 */
export const replay = (recording: Recording, options: ReplayOptions = {}): ReplayTransport =>
  new ReplayTransport(recording, options);
