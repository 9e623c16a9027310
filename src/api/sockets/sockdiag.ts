/** Sockets of this machine: the kernel's socket diagnostics. @module */
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Value } from "../../codec/schema/codec.ts";
import type { InetMessage } from "../../codec/sockdiag/inet.ts";
import { ALL_STATES } from "../../codec/sockdiag/state.ts";
import { SOCK_DIAG } from "../../codec/sockdiag/types.ts";
import { unixSocket } from "../../codec/sockdiag/unix.ts";
import type { Transport } from "../../transport/transport.ts";
import { Channel, type ExchangeOptions, type Message } from "../channel.ts";
import type { ConnectionOptions } from "../connection.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "../dump.ts";
import { NetlinkError } from "../errors.ts";
import { ask } from "../facet.ts";
import { OptionError } from "../options.ts";
import { cookieWords, type SocketOwner } from "./end.ts";
import { type InetSocket, readInetSocket } from "./inet-socket.ts";
import {
  filterOf,
  type InetKind,
  isInetKind,
  kindsOf,
  nothingAsked,
  partsOf,
  type Socket,
  type SocketKind,
  type SocketKinds,
  type SocketPart,
  type SocketQuery,
} from "./query.ts";
import { explained, isGone, isRejected, isUnknownKind } from "./refusal.ts";
import { inetAnswer, inetMessage, otherMessage } from "./request.ts";
import { cannotDestroy, describe, destroyMessage, idOf, swap } from "./single.ts";
import { type Channels, namesOfDevices, querySteps } from "./steps.ts";
import { readUnixSocket } from "./unix-socket.ts";

export interface SockDiagOptions extends ConnectionOptions {
  /** With a `transport`: one of rtnetlink beside it, to name devices with. Without it they are known by their index only. */
  readonly routeTransport?: Transport | undefined;
}
/** What `SockDiag.open()` of the package gives. */
export class SockDiag implements AsyncDisposable {
  /** The conversation below, for raw work. */
  readonly channel: Channel;
  readonly #channels: Channels;

  private constructor(channel: Channel, route: Channel | undefined) {
    this.channel = channel;
    this.#channels = { channel, route };
  }

  /**
   * Opens a socket of this machine's kernel, in a namespace or the process's own, or takes the transport that is given.
   * @throws {TransportUnavailable} not on Linux, or koffi is not installed
   * @throws {NamespaceNotFound} `namespace not found: NAME`
   */
  static async open(options: SockDiagOptions = {}): Promise<SockDiag> {
    const { transport, routeTransport, netns, receiveBufferSize, timeout } = options;
    if (transport)
      return new SockDiag(
        new Channel(transport, { timeout }),
        routeTransport && new Channel(routeTransport, { timeout }),
      );
    const { openLinux } = await import("../../transport/linux/index.ts");
    const diag = openLinux({ protocol: SOCK_DIAG, netns, receiveBufferSize });
    try {
      // Both at once: the name may belong to another namespace later.
      const route = openLinux({ protocol: 0, netns });
      return new SockDiag(new Channel(diag, { timeout }), new Channel(route, { timeout }));
    } catch (e) {
      diag.close();
      throw e;
    }
  }

  /**
   * Sockets of a kind, of several, or of `"all"` kinds that the kernel has diagnostics for.
   * @throws {FilterError} a filter that does not parse, with the position
   * @throws {OptionError} anything else that cannot be
   * @throws {NetlinkError} `EOPNOTSUPP` the kernel has no diagnostics for a kind that was named, `EPERM` a filter by mark without CAP_NET_ADMIN
   */
  async list<K extends SocketKind>(
    kind: K | readonly K[] | "all",
    query: SocketQuery = {},
    options: DumpOptions = {},
  ): Promise<SocketKinds[K][]> {
    const found: Socket[] = [];
    for await (const step of querySteps(this.#channels, kind, query, options)) {
      const attempt = (dump: Dump<Attrs, Socket>) =>
        listDump(this.channel, dump, { operation: `list ${step.kind} sockets`, ...options });
      let sockets: Socket[];
      try {
        sockets = await attempt(step.dump);
      } catch (e) {
        if (step.plain && isRejected(e)) sockets = await attempt(step.plain());
        else if (kind === "all" && isUnknownKind(e)) continue;
        else throw explained(e, step.kind);
      }
      for (const socket of sockets) found.push(socket);
    }
    if (query.owners) own(found, await this.owners());
    return found as SocketKinds[K][];
  }

  /** As `list`, in constant memory. Owners are as of the start. */
  stream<K extends SocketKind>(
    kind: K | readonly K[] | "all",
    query: SocketQuery = {},
    options: DumpOptions = {},
  ): Stream<SocketKinds[K]> {
    const batches = async function* (this: SockDiag): AsyncGenerator<SocketKinds[K][], void> {
      let owners: ReadonlyMap<number, SocketOwner[]> | undefined;
      for await (const step of querySteps(this.#channels, kind, query, options)) {
        if (query.owners) owners ??= await this.owners();
        const attempt = (dump: Dump<Attrs, Socket>) =>
          streamDump(this.channel, () => dump, { operation: `list ${step.kind} sockets`, ...options }).batches();
        let any = false;
        try {
          for await (const batch of attempt(step.dump)) {
            any = true;
            if (owners) own(batch, owners);
            yield batch as SocketKinds[K][];
          }
        } catch (e) {
          if (!any && step.plain && isRejected(e)) {
            for await (const batch of attempt(step.plain())) {
              if (owners) own(batch, owners);
              yield batch as SocketKinds[K][];
            }
          } else if (any || kind !== "all" || !isUnknownKind(e)) throw explained(e, step.kind);
        }
      }
    }.bind(this);
    return {
      batches,
      async *[Symbol.asyncIterator]() {
        for await (const batch of batches()) yield* batch;
      },
    };
  }

  /**
   * The socket as it is now, or undefined if it is gone. Found by its cookie: no other socket is taken for it.
   * With what `include` asks for; `query` has no other effect.
   */
  async refresh<S extends Socket>(
    socket: S,
    query: Pick<SocketQuery, "include"> = {},
    options: ExchangeOptions = {},
  ): Promise<S | undefined> {
    const parts = partsOf(query);
    if (isInetKind(socket.protocol) || socket.protocol === "unix") {
      const names = await namesOfDevices(this.#channels.route, options);
      try {
        const all = { operation: `get ${socket.protocol} socket ${socket.cookie}`, ...options };
        if (socket.protocol === "unix") {
          const value = { ino: socket.inode, cookie: cookieWords(socket.cookie), states: ALL_STATES };
          const { message } = otherMessage("unix", ALL_STATES, parts);
          const request = { ...message, value: { ...(message.value as object), ...value } as never };
          return readUnixSocket(await ask(this.channel, request, unixSocket, all)) as S;
        }
        const { family, protocol } = socket as InetSocket;
        const message = inetMessage({ kind: protocol, family, states: ALL_STATES, parts: without(parts, "bpf") });
        const id = idOf(socket as InetSocket);
        // "src and dst are swapped for historical reasons" (udp_dump_one).
        const swapped = protocol === "udp" || protocol === "udplite";
        const request = {
          ...message,
          value: { ...(message.value as object), ...(swapped ? swap(id) : id) } as never,
        };
        const answer = await ask(this.channel, request, inetAnswer(protocol, family), all);
        return readInetSocket(protocol, answer as InetMessage, names, this.#little) as Socket as S;
      } catch (e) {
        if (!isGone(e)) throw e;
        // Among those that share an address and port the kernel finds but one.
        if (socket.protocol === "unix") return undefined;
      }
    }
    // Of the other families the kernel finds no single socket.
    const port = isInetKind(socket.protocol) ? { sport: (socket as InetSocket).local.port } : {};
    for await (const found of this.stream(socket.protocol, { ...query, ...port }, options))
      if (found.cookie === socket.cookie) return found as Socket as S;
    return undefined;
  }

  /**
   * Closes a socket for its owner, who gets ECONNABORTED: tcp, udp and raw (and mptcp). Needs CAP_NET_ADMIN. False if it was gone.
   * Of sockets that share an address and port (SO_REUSEPORT) the kernel finds but one: `ENOENT` for the others.
   * @throws {OptionError} a socket of a kind that cannot be destroyed
   * @throws {NetlinkError} `EPERM`; `EOPNOTSUPP` where the kernel cannot (CONFIG_INET_DIAG_DESTROY)
   */
  async destroy(socket: InetSocket, options: ExchangeOptions = {}): Promise<boolean> {
    const message = destroyMessage(socket);
    try {
      await this.channel.ack(message, { operation: () => `destroy ${describe(socket)}`, ...options });
      return true;
    } catch (e) {
      if (!isGone(e)) throw e;
      const now = await this.refresh(socket, {}, options);
      // One that had asked for its port keeps that until its owner closes it.
      if (now === undefined || now.state === "bound-inactive") return false;
      throw new NetlinkError({
        code: "ENOENT",
        errno: 2,
        operation: `destroy ${describe(socket)}`,
        text: "the kernel does not find it among the sockets that share its address and port",
        cause: e,
      });
    }
  }

  /**
   * Destroys all sockets of a query, which must have a condition, and returns those that were there to be destroyed.
   * @throws {NetlinkError} of the first that could not be, after all have been tried
   */
  async destroyMatching<K extends InetKind>(
    kind: K | readonly K[],
    query: SocketQuery,
    options: ExchangeOptions = {},
  ): Promise<SocketKinds[K][]> {
    if (nothingAsked(filterOf(query)))
      throw new OptionError(
        "sockets: destroying every socket needs a filter that says so, such as state all",
        "filter",
        "a condition",
      );
    for (const k of kindsOf(kind)) if (!isInetKind(k)) throw cannotDestroy(k);
    const found = await this.list(kind, query, options);
    const results = await this.channel.batch(
      found.map((s) => destroyMessage(s as InetSocket)),
      {
        ...options,
        operations: (i) => `destroy ${describe(found[i] as InetSocket)}`,
      },
    );
    const failed = results.find((e) => e !== undefined && !isGone(e));
    if (failed) throw failed;
    return found.filter((_, i) => results[i] === undefined);
  }

  /** How many sockets there are of each kind in each state. Kinds that the kernel has no diagnostics for are left out. */
  async summary(
    kind: SocketKind | readonly SocketKind[] | "all" = "all",
    query: SocketQuery = {},
    options: DumpOptions = {},
  ): Promise<{ [K in SocketKind]?: { total: number; states: { [state: string]: number } } }> {
    const summary: { [K in SocketKind]?: { total: number; states: { [state: string]: number } } } = {};
    for await (const batch of this.stream(kind, query, options).batches())
      for (const socket of batch) {
        const one = (summary[socket.protocol] ??= { total: 0, states: {} });
        const state = "state" in socket ? socket.state : "close";
        one.total++;
        one.states[state] = (one.states[state] ?? 0) + 1;
      }
    return summary;
  }

  /** Which processes have which sockets open, by inode: as far as /proc shows their descriptors. */
  async owners(): Promise<Map<number, SocketOwner[]>> {
    const { socketOwners } = await import("./owners.ts");
    return socketOwners();
  }

  /** Asks for a dump by a request of one's own, and decodes it by `answer`: a `pick` of a schema is the fastest way. */
  dump<A extends Attrs>(message: Message, answer: A, options: DumpOptions = {}): Promise<Value<A>[]> {
    return listDump(this.channel, { message, answer, map: (value) => value }, options);
  }
  /** As `dump`, in constant memory. */
  streamDump<A extends Attrs>(message: Message, answer: A, options: DumpOptions = {}): Stream<Value<A>> {
    return streamDump(this.channel, () => ({ message, answer, map: (value: Value<A>) => value }), options);
  }

  get closed(): boolean {
    return this.channel.closed;
  }
  /** Rejects what is pending, and closes the sockets. Idempotent. */
  close(): void {
    this.channel.close();
    this.#channels.route?.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  get #little(): boolean {
    return this.channel.transport.byteOrder === "little";
  }
}

const without = (parts: ReadonlySet<SocketPart>, part: SocketPart): ReadonlySet<SocketPart> =>
  new Set([...parts].filter((p) => p !== part));

function own(sockets: readonly Socket[], owners: ReadonlyMap<number, SocketOwner[]>): void {
  for (const socket of sockets) socket.owners = (socket.inode !== 0 && owners.get(socket.inode)) || [];
}
