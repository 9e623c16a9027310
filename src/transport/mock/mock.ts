/**
 * A transport that follows a script: what must be sent, and what is answered.
 *
 * ```ts
 * const kernel = new MockTransport();
 * kernel.expect("getlink", message("newlink", { index: 2, ifname: "eth0" }));
 * kernel.expect({ name: "newaddr", value: { local: "192.0.2.1", index: 2 } }, refuse("EEXIST"));
 * const nl = await Connection.open({ transport: kernel });
 * await nl.addresses.add("eth0", "192.0.2.1/24"); // rejects with EEXIST
 * kernel.verify();
 * ```
 * @module
 */
import { Families } from "../../codec/genetlink/families.ts";
import { groupOf } from "../../codec/rtnetlink/event-group.ts";
import type { RtnetlinkType } from "../../codec/rtnetlink/types.ts";
import { hostOrder } from "../../codec/wire/order.ts";
import { NamespaceNotFound } from "../errors.ts";
import { type MemoryOptions, MemoryTransport } from "../memory.ts";
import type { Request } from "../request.ts";
import { type AnotherOptions, type NetnsHandle, type NetnsSpec, netnsText, type Transport } from "../transport.ts";
import { encodeAnswer, type MessageAnswer, message } from "./answer.ts";
import type { Expected } from "./expectation.ts";
import { type Answerer, type Answers, Script } from "./script.ts";

export interface MockOptions extends MemoryOptions {
  /** Ids of generic netlink's families: `{ wireguard: 31 }`. */
  readonly families?: { readonly [name: string]: number } | undefined;
  /** Namespaces that there are, and the descriptors that requests then mean them by: `{ blue: 101 }`. */
  readonly netns?: { readonly [name: string]: number } | undefined;
  /** Text of /proc/net/psched. */
  readonly psched?: string | undefined;
}
/** What is told of an event beside the message. */
export interface EventFacts {
  /** Multicast group: the kernel's for the message by default. */
  readonly group?: number | undefined;
  /** Id of the namespace that it is from. */
  readonly nsid?: number | undefined;
  readonly sequence?: number | undefined;
  readonly portId?: number | undefined;
  readonly sender?: number | undefined;
}

/** What all sockets of one mock share. */
interface Shared {
  readonly options: MockOptions;
  readonly script: Script;
  readonly sockets: MockSocket[];
}

/** One socket of a mock: its own queue and groups, and the script of all. */
export class MockSocket extends MemoryTransport {
  /** What it was opened with, if it is one for events. */
  readonly opened: AnotherOptions | undefined;
  protected readonly shared: Shared;
  constructor(shared: Shared, opened?: AnotherOptions) {
    const { portId = 77 } = shared.options;
    super({ ...shared.options, portId: portId + shared.sockets.length });
    this.shared = shared;
    this.opened = opened;
    shared.sockets.push(this);
  }
  protected override sent(datagram: Uint8Array): void {
    this.shared.script.take(this, datagram);
  }
  another(options: AnotherOptions = {}): Transport {
    this.check("open another socket");
    return new MockSocket(this.shared, options);
  }
  openNetns(spec: NetnsSpec): NetnsHandle {
    const name = netnsText(spec);
    const fd = this.shared.options.netns?.[name];
    if (fd === undefined) throw new NamespaceNotFound(name);
    return { fd, close: () => {} };
  }
  psched(): string | undefined {
    return this.shared.options.psched;
  }
}

/**
 * A socket whose other side is a script. Requests must come as they are expected, in that order; those that are allowed come in between, any
 * number of times. What is not so makes `send`, and with it the request, fail with a `ScriptError` that shows what was expected, what was
 * sent and where they differ; `verify` throws it once more. It needs no test framework, and serves any.
 */
export class MockTransport extends MockSocket {
  constructor(options: MockOptions = {}) {
    const { protocol = 0, byteOrder: order = hostOrder, families } = options;
    const known = new Families(families);
    const script = new Script({ protocol, order, families: known });
    super({ options, script, sockets: [] });
  }

  /**
   * Expects a request after those before, and says what is answered: messages, datagrams and what happens between, in order, or a function
   * that makes them. Without any, what the request asks for: an acknowledgement, or an empty dump.
   * @throws {TypeError} @throws {CodecError} a pattern that nothing can match
   */
  expect(expected: Expected, ...answers: readonly (Answers | Answerer)[]): void {
    this.shared.script.expect(expected, answers);
  }
  /** Answers a request whenever it comes, any number of times, and does not miss it. What is expected goes before. */
  allow(expected: Expected, ...answers: readonly (Answers | Answerer)[]): void {
    this.shared.script.allow(expected, answers);
  }

  /**
   * Tells all sockets that are members of the group of something: `kernel.tell("newlink", { index: 3, ifname: "eth1" })`. Gives how many
   * they were.
   * @throws {TypeError} no group is said of a message whose group is not known
   */
  tell(what: RtnetlinkType, value: object, facts?: EventFacts): number;
  tell(what: MessageAnswer | Uint8Array, facts: EventFacts): number;
  tell(what: RtnetlinkType | MessageAnswer | Uint8Array, second: object, third?: EventFacts): number {
    const named = typeof what === "string";
    const facts: EventFacts = (named ? third : second) ?? {};
    const bytes = what instanceof Uint8Array ? what : this.#encode(named ? message(what, second) : what, facts);
    const type = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, this.byteOrder === "little");
    const group = facts.group ?? (this.protocol === 0 ? groupOf(type, bytes[16] ?? 0) : undefined);
    if (group === undefined) throw new TypeError("tell: say the group, which does not follow from the message");
    const members = this.shared.sockets.filter((socket) => !socket.closed && socket.joined.has(group));
    for (const socket of members) {
      const nsid = socket.opened?.allNamespaces ? facts.nsid : undefined;
      socket.deliver(bytes, { group, nsid, sender: facts.sender ?? 0 });
    }
    return members.length;
  }
  #encode(one: MessageAnswer, { sequence = 0, portId = 0 }: EventFacts): Uint8Array {
    const { dialect } = this.shared.script;
    return encodeAnswer([{ ...one, sequence, portId }], { request: nobody, dialect, portId: 0 });
  }
  /** The sockets that listen to any group overflow, and so many datagrams of events are lost. */
  loseEvents(lost = 1): void {
    for (const socket of this.shared.sockets) if (!socket.closed && socket.joined.size > 0) socket.overrun(lost);
  }

  /** All that was sent, in order. */
  get requests(): readonly Request[] {
    return this.shared.script.requests;
  }
  /** What is expected and was not sent yet, in a line each. */
  get pending(): readonly string[] {
    return this.shared.script.pending;
  }
  /** This one, and those that were opened beside it. */
  get sockets(): readonly MockSocket[] {
    return this.shared.sockets;
  }
  /** @throws {ScriptError} something else was sent than expected, or less */
  verify(): void {
    this.shared.script.verify();
  }
}

/** An event answers nobody. */
const nobody = {
  ...{ name: "", bytes: new Uint8Array(16), dump: false, schema: undefined, value: undefined, summary: "" },
  header: { length: 16, type: 0, flags: 0, sequence: 0, portId: 0 },
  decoded: { header: { length: 16, type: 0, flags: 0, sequence: 0, portId: 0 }, name: "", raw: new Uint8Array(0) },
} satisfies Request;
