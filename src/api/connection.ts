/** A connection to a kernel's network configuration: one socket, and a facet for each kind of object. @module */
import type { Attrs } from "../codec/schema/attrs.ts";
import type { Value } from "../codec/schema/codec.ts";
import { decoder } from "../codec/schema/engine.ts";
import type { NetnsSpec, Transport } from "../transport/transport.ts";
import { AddressLabels } from "./address-labels.ts";
import { Addresses } from "./addresses.ts";
import { Batch } from "./batch.ts";
import { BridgeVlans } from "./bridge-vlans.ts";
import { Channel, type ExchangeOptions, type Message } from "./channel.ts";
import { type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import type { EventSelection, SelectedTypes } from "./events/selection.ts";
import {
  type CollectionName,
  openStore,
  type SelectedCollections,
  type Store,
  StoreCore,
  type StoreObject,
  type StoreOptions,
  type StoreSelection,
} from "./events/store.ts";
import { type EventHost, type EventOptions, type EventStream, Events } from "./events/stream.ts";
import type { WaitOptions } from "./events/wait.ts";
import { Fdb } from "./fdb.ts";
import { Links } from "./links.ts";
import { Mdb } from "./mdb.ts";
import { NeighborTables } from "./neighbor-tables.ts";
import { Neighbors } from "./neighbors.ts";
import { Netconfs } from "./netconf.ts";
import { Nexthops } from "./nexthops.ts";
import { type Notification, type NotificationOptions, notifications } from "./notifications.ts";
import { Nsids } from "./nsids.ts";
import { checkOptions, integer, OptionError } from "./options.ts";
import { Routes } from "./routes.ts";
import { Rules } from "./rules.ts";
import { LinkStatistics } from "./stats.ts";
import type { Actions } from "./tc/actions.ts";
import type { Chains } from "./tc/chains.ts";
import type { Classes } from "./tc/classes.ts";
import type { Filters } from "./tc/filters.ts";
import type { Impairer } from "./tc/impairer.ts";
import type { Limiter } from "./tc/limiter.ts";
import { tcFacet } from "./tc/load.ts";
import type { NetemHelper } from "./tc/netem.ts";
import type { Qdiscs } from "./tc/qdiscs.ts";

/** Where a connection goes. */
export interface ConnectionOptions {
  /** The network namespace to work in: a name of `ip netns`, `{ pid }`, `{ path }` or `{ fd }`. The process's own by default. */
  readonly netns?: NetnsSpec | undefined;
  /** Instead of a socket of this machine's kernel: a scripted, replayed or virtual one. The connection closes it. */
  readonly transport?: Transport | undefined;
  /** Milliseconds that a request waits for progress: 30,000 by default, 0 for ever. */
  readonly timeout?: number | undefined;
  /** Size of the socket's receive buffer in bytes. The system's default (usually 208 KiB) suffices for requests. */
  readonly receiveBufferSize?: number | undefined;
}

/**
 * ```ts
 * await using nl = await Connection.open();
 * for (const link of await nl.links.list()) console.log(link.name, link.up);
 * await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.254" });
 * ```
 * Many requests may run at once; dumps take turns. Requests fail with a `NetlinkError`, or with an `OptionError` before anything is
 * sent. An idle connection does not keep the process alive.
 */
export class Connection implements AsyncDisposable {
  /** Network devices: `ip link`. */
  readonly links: Links;
  /** Addresses of devices: `ip address`. */
  readonly addresses: Addresses;
  /** Labels that IPv6 chooses source addresses by: `ip addrlabel`. */
  readonly addressLabels: AddressLabels;
  /** Routes of IPv4, IPv6 and MPLS: `ip route`. */
  readonly routes: Routes;
  /** ARP and NDP entries, and proxies: `ip neighbor`. */
  readonly neighbors: Neighbors;
  /** MAC addresses behind ports of bridges and remotes of VXLANs: `bridge fdb`. */
  readonly fdb: Fdb;
  /** Multicast groups behind them: `bridge mdb`. */
  readonly mdb: Mdb;
  /** VLANs of bridge ports: `bridge vlan`. */
  readonly bridgeVlans: BridgeVlans;
  /** Parameters of the neighbor caches: `ip ntable`. */
  readonly neighborTables: NeighborTables;
  /** Rules that choose the routing table: `ip rule`. */
  readonly rules: Rules;
  /** Nexthop objects and groups of them: `ip nexthop`. */
  readonly nexthops: Nexthops;
  /** Ids of network namespaces: `ip netns list-id`. */
  readonly nsids: Nsids;
  /** Forwarding, reverse path filter and their like: `ip netconf`. */
  readonly netconf: Netconfs;
  /** Statistics by group: `ip stats`. */
  readonly stats: LinkStatistics;
  /** Queueing disciplines: `tc qdisc`. */
  readonly qdiscs: Qdiscs;
  /** Their classes: `tc class`. */
  readonly classes: Classes;
  /** Their filters: `tc filter`. */
  readonly filters: Filters;
  /** Shared actions: `tc actions`. */
  readonly actions: Actions;
  /** Chains of filters: `tc chain`. */
  readonly chains: Chains;
  /** Emulating a network: delay, loss and their like of a device. */
  readonly netem: NetemHelper;
  /** Limits on the rate of a device, and of peers. */
  readonly limiter: Limiter;
  /** Emulating another network for each peer. */
  readonly impairer: Impairer;
  /** What ends with the connection. */
  readonly #dependents = new Set<() => void>();
  /** The conversation below, for raw work. */
  readonly channel: Channel;

  private constructor(channel: Channel) {
    this.channel = channel;
    this.links = new Links(channel);
    this.addresses = new Addresses(channel);
    this.addressLabels = new AddressLabels(channel);
    this.routes = new Routes(channel);
    this.neighbors = new Neighbors(channel);
    this.fdb = new Fdb(channel);
    this.mdb = new Mdb(channel);
    this.bridgeVlans = new BridgeVlans(channel);
    this.neighborTables = new NeighborTables(channel);
    this.rules = new Rules(channel);
    this.nexthops = new Nexthops(channel);
    this.nsids = new Nsids(channel);
    this.netconf = new Netconfs(channel);
    this.stats = new LinkStatistics(channel);
    this.qdiscs = tcFacet("Qdiscs", channel);
    this.classes = tcFacet("Classes", channel);
    this.filters = tcFacet("Filters", channel);
    this.actions = tcFacet("Actions", channel);
    this.chains = tcFacet("Chains", channel);
    this.netem = tcFacet("NetemHelper", channel);
    this.limiter = tcFacet("Limiter", channel);
    this.impairer = tcFacet("Impairer", channel);
  }

  /**
   * Opens a socket of this machine's kernel, or takes the transport that is given.
   * @throws {TransportUnavailable} not on Linux, or koffi is not installed
   * @throws {NamespaceNotFound} `namespace not found: NAME` @throws {OptionError} an option that there is not, or of the wrong form
   */
  static async open(options: ConnectionOptions = {}): Promise<Connection> {
    checkOptions("connection", options, ["netns", "transport", "timeout", "receiveBufferSize"]);
    const { transport, netns, receiveBufferSize, timeout } = options;
    if (receiveBufferSize !== undefined) integer("connection.receiveBufferSize", receiveBufferSize, 0x7fffffff);
    if (transport) {
      for (const key of ["netns", "receiveBufferSize"] as const)
        if (options[key] !== undefined)
          throw new OptionError(`connection.${key}: the transport is there already`, key, `no ${key} beside transport`);
      return new Connection(new Channel(transport, { timeout }));
    }
    // The only place where the API reaches for the kernel: codec and other transports load without it.
    const { openLinux } = await import("../transport/linux/index.ts");
    const socket = openLinux({ protocol: 0, netns, receiveBufferSize });
    try {
      return new Connection(new Channel(socket, { timeout }));
    } catch (e) {
      socket.close();
      throw e;
    }
  }

  /** Sends a request and resolves when the kernel has acknowledged it. `flags` beside REQUEST and ACK. */
  request<C extends Attrs>(message: Message<C>, options: ExchangeOptions = {}): Promise<void> {
    return this.channel.ack(message, options);
  }

  /** Sends a request that one message answers, and decodes that by `answer`. */
  async get<A extends Attrs>(message: Message, answer: A, options: ExchangeOptions = {}): Promise<Value<A>> {
    const decode = decoder(answer, this.channel.transport.byteOrder);
    let value: Value<A> | undefined;
    await this.channel.reply(
      message,
      (_type, src, at, end) => {
        value = decode(src, at, end);
      },
      options,
    );
    return value as Value<A>;
  }

  /**
   * Asks for a dump, and decodes its messages by `answer`: the request's own schema, or a `pick` of it, which is the fastest
   * way through a giant table.
   */
  dump<A extends Attrs>(message: Message, answer: A, options: DumpOptions = {}): Promise<Value<A>[]> {
    return listDump(this.channel, { message, answer, map: same<Value<A>> }, options);
  }

  /** As `dump`, in constant memory. */
  stream<A extends Attrs>(message: Message, answer: A, options: DumpOptions = {}): Stream<Value<A>> {
    return streamDump(this.channel, () => ({ message, answer, map: same<Value<A>> }), options);
  }

  /** What the kernel tells of changes: messages of the multicast groups (RTNLGRP_*), as they come. */
  notifications(groups: readonly number[], options: NotificationOptions = {}): AsyncIterableIterator<Notification> {
    return notifications(this.channel, groups, options);
  }

  /**
   * What happens, in the user's terms: `for await (const event of nl.events({ links: true, routesV4: true }))`. The stream has a socket of
   * its own in the connection's namespace, which listens from this call on; it ends with the connection. Devices have the names that they
   * had at that time, from the events of links themselves.
   * @throws {OptionError} @throws {TransportError} `EPERM` for `allNamespaces` without CAP_NET_BROADCAST
   */
  events<S extends EventSelection>(selection: S, options: EventOptions = {}): EventStream<SelectedTypes<S>> {
    return new Events(this.#host, selection, options) as never;
  }

  /**
   * A live copy of what there is: `await nl.store({ links: true, routes: true })`, and then `store.links.get("eth0")`. It resolves once it is
   * in sync, follows the kernel from there, and ends with the connection. @throws {OptionError}
   */
  store<S extends StoreSelection>(selection: S, options: StoreOptions = {}): Promise<Store<SelectedCollections<S>>> {
    return openStore(this.#host, selection, options);
  }

  /**
   * Waits for an object of which `predicate` is true, and may be so already:
   * `nl.waitFor("links", (link) => link.name === "eth0" && link.operstate === "up", { timeout: 5000 })`.
   * @throws {NetlinkError} ETIMEDOUT, ECANCELED
   */
  async waitFor<N extends CollectionName>(
    collection: N,
    predicate: (object: StoreObject<N>) => boolean,
    options: WaitOptions = {},
  ): Promise<StoreObject<N>> {
    const store = new StoreCore(this.#host, { [collection]: true }, {}) as unknown as Store;
    try {
      return (await store[collection].waitFor(predicate as never, options)) as StoreObject<N>;
    } finally {
      store.close();
    }
  }

  get #host(): EventHost {
    return { channel: this.channel, dependents: this.#dependents, facets: this };
  }

  /** Collects requests that are then sent together, with a result for each. */
  batch(): Batch {
    return new Batch(this.channel);
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.channel.closed;
  }

  /** Rejects what is pending, and closes the socket. Idempotent. */
  close(): void {
    this.channel.close();
    for (const end of [...this.#dependents]) end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

const same = <T>(value: T): T => value;
