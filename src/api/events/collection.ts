/** Objects of one kind in a store. @module */
import { onAbort } from "../abort.ts";
import type { Device } from "../device.ts";
import { integer, OptionError } from "../options.ts";
import { Inbox, isLoss } from "./inbox.ts";
import { alike, type Change, type Picture } from "./picture.ts";
import { type WaitOptions, waitUntil } from "./wait.ts";

/** What became of an object of a store. */
export type StoreChange<T> =
  | { readonly action: "added"; readonly value: T; readonly previous?: undefined }
  | { readonly action: "changed"; readonly value: T; readonly previous: T }
  | { readonly action: "removed"; readonly value?: undefined; readonly previous: T };
/** A reader of changes was too slow for its limit: `lost` of them are missing here. The store itself is right. */
export interface MissedChanges {
  readonly action: "missed";
  readonly lost: number;
}
export interface ChangesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Changes kept for a reader that is slower than they come: 100,000 by default. */
  readonly limit?: number | undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What a store has of one kind of objects: what the kernel has told, a moment ago at most. Objects are not to be changed. */
export class Collection<T extends object, K = never> implements Iterable<T> {
  /** `"links"`… */
  readonly name: string;
  readonly #pictures: readonly Picture<T>[];
  readonly #listeners = new Set<(change: StoreChange<T>) => void>();
  readonly #ends = new Set<End>();
  readonly #byKey: ((key: K, all: Iterable<T>) => T | undefined) | undefined;
  #ended: { readonly error: unknown; readonly failed: boolean } | undefined;

  /** @internal */
  constructor(name: string, pictures: readonly Picture<T>[], byKey?: (key: K, all: Iterable<T>) => T | undefined) {
    this.name = name;
    this.#pictures = pictures;
    this.#byKey = byKey;
  }

  get size(): number {
    return this.#pictures.reduce((sum, picture) => sum + picture.size, 0);
  }
  *values(): IterableIterator<T> {
    for (const picture of this.#pictures) yield* picture.values();
  }
  [Symbol.iterator](): IterableIterator<T> {
    return this.values();
  }

  /** The first that says all that `which` says: `get({ dst: "10.0.0.0/8", table: 254 })`; of links also by name or index. */
  get(which: K | Partial<T>): T | undefined {
    if (typeof which !== "object" || which === null) {
      if (this.#byKey) return this.#byKey(which as K, this.values());
      throw new OptionError(`${this.name}.get: an object is needed that says which`, "which", "an object");
    }
    const wanted = Object.entries(which).filter(([, value]) => value !== undefined);
    return this.find((one) => wanted.every(([key, value]) => alike((one as Obj)[key], value, NOTHING)));
  }
  find(predicate: (value: T) => boolean): T | undefined {
    for (const value of this.values()) if (predicate(value)) return value;
    return undefined;
  }
  filter(predicate: (value: T) => boolean): T[] {
    return [...this.values()].filter(predicate);
  }

  /** Calls `listener` at each change; what it returns takes that back. What a listener throws is thrown at the process. */
  onChange(listener: (change: StoreChange<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes from now on, one by one; ends with the store. */
  changes(options: ChangesOptions = {}): AsyncGenerator<StoreChange<T> | MissedChanges, void> {
    const { signal, limit = 100_000 } = options;
    if (integer(`${this.name}.limit`, limit) === 0)
      throw new OptionError(`${this.name}.limit: there must be room for one`, "limit", "1 or more");
    const inbox = new Inbox<StoreChange<T>>(limit);
    const leave = this.onChange((change) => inbox.push(change));
    const end: End = (error, failed) => inbox.end(failed ? error : undefined);
    this.#ends.add(end);
    const off = onAbort(signal, () => inbox.end());
    if (this.#ended) end(this.#ended.error, this.#ended.failed);
    if (signal?.aborted) inbox.end();
    return readOut(inbox, () => {
      leave();
      off();
      this.#ends.delete(end);
    });
  }

  /**
   * The first of which `predicate` is true, now or later: `links.waitFor((link) => link.name === "eth0" && link.operstate === "up")`.
   * @throws {NetlinkError} ETIMEDOUT, ECANCELED, EBADF: the store was closed
   */
  waitFor(predicate: (value: T) => boolean, options: WaitOptions = {}): Promise<T> {
    let changed: T | undefined;
    let first = true;
    const look = () => {
      if (!first) return changed !== undefined && predicate(changed) ? changed : undefined;
      first = false;
      return this.find(predicate);
    };
    const watch = (again: () => void, ended: End) => {
      if (this.#ended) ended(this.#ended.error, this.#ended.failed);
      const off = this.onChange((change) => {
        changed = change.value;
        again();
      });
      this.#ends.add(ended);
      return () => {
        off();
        this.#ends.delete(ended);
      };
    };
    return waitUntil(`wait for ${this.name}`, look, watch, options);
  }

  /** @internal */
  changed(changes: readonly Change<T>[]): void {
    if (this.#listeners.size === 0) return;
    for (const { value, previous } of changes) {
      const change = (
        value === undefined
          ? { action: "removed", previous }
          : previous === undefined
            ? { action: "added", value }
            : { action: "changed", value, previous }
      ) as StoreChange<T>;
      for (const listener of [...this.#listeners])
        try {
          listener(change);
        } catch (e) {
          queueMicrotask(() => {
            throw e;
          });
        }
    }
  }
  /** @internal */
  end(error: unknown, failed: boolean): void {
    this.#ended = { error, failed };
    for (const end of [...this.#ends]) end(error, failed);
  }
}

/** Is told why there will be no more changes: the store was closed, or something failed. */
type End = (error: unknown, failed: boolean) => void;

async function* readOut<T extends object>(inbox: Inbox<T>, leave: () => void): AsyncGenerator<T | MissedChanges, void> {
  try {
    for (;;) {
      const item = inbox.take();
      if (item) yield isLoss(item) ? { action: "missed", lost: item.lost ?? 0 } : item;
      else if (inbox.ended) break;
      else await inbox.wait();
    }
    const failure = inbox.takeFailure();
    if (failure) throw failure.error;
  } finally {
    leave();
  }
}
type Obj = Record<string, unknown>;

/** A link by name (alternative ones too) or index. */
export const linkBy = (
  device: Device,
  all: Iterable<{ readonly index: number; readonly name: string; readonly altNames?: readonly string[] }>,
) => {
  for (const link of all)
    if (typeof device === "number" ? link.index === device : link.name === device || link.altNames?.includes(device))
      return link;
  return undefined;
};
