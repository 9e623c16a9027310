/** A live copy of what the kernel has. @module */
import type { Address } from "../addresses.ts";
import type { Device } from "../device.ts";
import { NetlinkError } from "../errors.ts";
import type { FdbEntry } from "../fdb.ts";
import type { Link } from "../link-read.ts";
import type { MdbEntry } from "../mdb.ts";
import type { Neighbor } from "../neighbors.ts";
import type { Nexthop } from "../nexthops.ts";
import { checkOptions, OptionError } from "../options.ts";
import type { Route } from "../route-read.ts";
import type { Rule } from "../rules.ts";
import type { TcClass } from "../tc/classes.ts";
import type { Filter } from "../tc/filters.ts";
import type { Qdisc } from "../tc/qdiscs.ts";
import { Collection, linkBy } from "./collection.ts";
import type { EventType } from "./event.ts";
import { type PartName, parts } from "./parts.ts";
import type { Picture } from "./picture.ts";
import type { EventSelection } from "./selection.ts";
import { type EventHost, type EventOptions, Events } from "./stream.ts";
import { type WaitOptions, waitUntil } from "./wait.ts";

/** What a store can have. */
export interface StoreCollections {
  readonly links: Collection<Link, Device>;
  readonly addresses: Collection<Address>;
  readonly routes: Collection<Route>;
  readonly neighbors: Collection<Neighbor>;
  readonly fdb: Collection<FdbEntry>;
  readonly mdb: Collection<MdbEntry>;
  readonly rules: Collection<Rule>;
  readonly nexthops: Collection<Nexthop>;
  readonly nsids: Collection<{ readonly nsid: number }>;
  readonly qdiscs: Collection<Qdisc>;
  readonly classes: Collection<TcClass>;
  readonly filters: Collection<Filter>;
}
export type CollectionName = keyof StoreCollections;
/** Objects of a collection: `StoreObject<"links">` is a `Link`. */
export type StoreObject<N extends CollectionName> =
  StoreCollections[N] extends Collection<infer T, infer _> ? T : never;

const typesOf: { readonly [N in CollectionName]: EventType } = {
  links: "link",
  addresses: "address",
  routes: "route",
  neighbors: "neighbor",
  fdb: "fdb",
  mdb: "mdb",
  rules: "rule",
  nexthops: "nexthop",
  nsids: "nsid",
  qdiscs: "qdisc",
  classes: "class",
  filters: "filter",
};
const selectable = [...Object.keys(typesOf), ...Object.keys(parts).filter((name) => !(name in typesOf))];

/** What to keep: `{ links: true, routesV4: true }`; routes, addresses, neighbours and rules of one family or of all. */
export type StoreSelection = { readonly [N in CollectionName | PartName]?: boolean | undefined };
/** The collections that come of a selection. */
export type SelectedCollections<S> = {
  [N in keyof S]: S[N] extends false | undefined
    ? never
    : N extends CollectionName
      ? N
      : N extends `${infer C extends CollectionName}${"V4" | "V6" | "Mpls"}`
        ? C
        : never;
}[keyof S];

export interface StoreOptions extends Omit<EventOptions, "resync" | "allNamespaces"> {}

/**
 * A copy that follows the kernel: events change it as they come, what is lost is read again, and so is what the kernel changes without a
 * word. Counters and times in it are those of when an object was last told of.
 */
export class StoreCore implements AsyncDisposable {
  readonly #events: Events;
  readonly #collections = new Map<string, Collection<object>>();
  readonly #listeners = new Set<() => void>();
  readonly #ends = new Set<(error: unknown) => void>();
  #ended: { readonly error: unknown } | undefined;

  /** @internal */
  constructor(host: EventHost, selection: StoreSelection, options: StoreOptions) {
    checkOptions("store", selection, selectable);
    checkOptions("store", options, ["signal", "limit", "receiveBufferSize"]);
    if (!Object.values(selection).includes(true)) {
      const text = selectable.join(", ");
      throw new OptionError(`store: choose one at least of ${text}`, "store", text);
    }
    const byPart = new Map<PartName, Collection<object>>();
    this.#events = new Events(
      host,
      selection as EventSelection,
      { ...options, resync: true },
      {
        changed: (name, changes) => {
          byPart.get(name)?.changed(changes);
          this.#tell();
        },
        settled: () => this.#tell(),
      },
    );
    const pictures = this.#events.pictures!.all;
    for (const [name, type] of Object.entries(typesOf)) {
      const own = [...pictures].filter(([, { part }]) => part.type === type);
      if (own.length === 0) continue;
      const byKey = name === "links" ? linkBy : undefined;
      const collection = new Collection<object>(
        name,
        own.map(([, picture]) => picture as Picture),
        byKey as never,
      );
      for (const [part] of own) byPart.set(part, collection);
      this.#collections.set(name, collection);
      Object.defineProperty(this, name, { value: collection, enumerable: true });
    }
    this.#follow();
  }

  /** Whether all that is known to have happened is in, and nothing is in doubt. False for a moment after a loss, too. */
  get synced(): boolean {
    return !this.closed && this.#events.settled;
  }
  get closed(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Resolves once it is in sync: with all that had been done when it was called, by this connection or anyone. After
   * `await nl.routes.add(…)` and `await store.sync()` the route is there. @throws {NetlinkError} ETIMEDOUT, ECANCELED, EBADF: it was closed */
  async sync(options: WaitOptions = {}): Promise<void> {
    this.#events.catchUp();
    await this.#wait("wait for the store to be in sync", () => this.synced || undefined, options);
  }

  /**
   * Resolves to what `predicate` returns when that is neither undefined nor false: looked at now and after each change.
   * @throws {NetlinkError} ETIMEDOUT, ECANCELED, EBADF: it was closed
   */
  waitFor<T>(predicate: (store: this) => T | false | undefined, options: WaitOptions = {}): Promise<T> {
    return this.#wait("wait for the store", () => predicate(this) || undefined, options) as Promise<T>;
  }
  #wait<T>(operation: string, look: () => T | undefined, options: WaitOptions): Promise<T> {
    return waitUntil(
      operation,
      look,
      (changed, ended) => {
        if (this.#ended) ended(this.#ended.error);
        this.#listeners.add(changed);
        this.#ends.add(ended);
        return () => {
          this.#listeners.delete(changed);
          this.#ends.delete(ended);
        };
      },
      options,
    );
  }
  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #follow(): Promise<void> {
    try {
      for await (const _ of this.#events);
      this.#end(undefined);
    } catch (error) {
      this.#end({ error });
    }
  }
  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#ended) return;
    const text = "the store is closed";
    const error = failure?.error ?? new NetlinkError({ code: "EBADF", errno: 0, operation: "follow the kernel", text });
    this.#ended = { error };
    for (const end of [...this.#ends]) end(error);
    for (const collection of this.#collections.values()) collection.end(error, failure !== undefined);
  }

  /** Stops following; what it has stays readable, and is of then. Idempotent. */
  close(): void {
    this.#events.close();
    this.#end(undefined);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** A live copy of what was selected, each a collection under its name. */
export type Store<N extends CollectionName = CollectionName> = StoreCore & Pick<StoreCollections, N>;

/** Opens a store, and waits until it is in sync. */
export async function openStore<S extends StoreSelection>(
  host: EventHost,
  selection: S,
  options: StoreOptions,
): Promise<Store<SelectedCollections<S>>> {
  const store = new StoreCore(host, selection, options);
  try {
    await store.sync({ signal: options.signal });
  } catch (e) {
    store.close();
    throw e;
  }
  return store as Store<SelectedCollections<S>>;
}
