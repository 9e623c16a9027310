/** What is there, as far as it has been told. @module */
import type { Part, Place } from "./parts.ts";

/** What became of an object: `previous` is what it was, undefined if it was not there; a `value` of undefined, that it is gone. */
export interface Change<T> {
  readonly value: T | undefined;
  readonly previous: T | undefined;
  /** Where it stands among others under the same key. */
  readonly place?: Place;
}

/** What an event did to a picture. */
export interface Effect<T> {
  readonly changes: readonly Change<T>[];
  /** There was something under that key before. */
  readonly known: boolean;
  readonly open: boolean;
}

/** The objects of one part, by key. A few kinds have several under one key, in the kernel's order. */
export class Picture<T extends object = object> {
  readonly part: Part<T>;
  #objects = new Map<string, readonly T[]>();
  #size = 0;

  constructor(part: Part<T>) {
    this.part = part;
  }

  get size(): number {
    return this.#size;
  }
  get(key: string): readonly T[] {
    return this.#objects.get(key) ?? [];
  }
  *values(): IterableIterator<T> {
    for (const list of this.#objects.values()) yield* list;
  }

  /** Takes in an event. Says what it changed, which is nothing if that is known, and whether it leaves open what is there now. */
  told(object: T, place: Place): Effect<T> {
    const { part } = this;
    const key = part.key(object);
    const before = this.get(key);
    const after = part.several ? part.several(before, object, place) : place.gone ? [] : [object];
    this.#set(key, before, after);
    const known = before.length > 0;
    const open = part.leavesOpen?.(before, place, after) ?? false;
    return { changes: this.#changes(before, after, place), known, open };
  }
  #changes(before: readonly T[], after: readonly T[], place: Place): Change<T>[] {
    const first = before[0];
    if (before.length <= 1 && after.length <= 1) {
      if (first === undefined && after.length === 0) return [];
      if (first !== undefined && after.length === 1 && this.#alike(first, after[0]!)) return [];
      return [{ value: after[0], previous: first, place }];
    }
    const changes: Change<T>[] = [];
    for (const one of before) if (!after.includes(one)) changes.push({ value: undefined, previous: one, place });
    for (const one of after) if (!before.includes(one)) changes.push({ value: one, previous: undefined, place });
    return changes;
  }

  /** Puts what a dump gave in, without a word. */
  fill(objects: Iterable<T>): this {
    for (const object of objects) {
      if (this.part.isPart?.(object) === false) continue;
      const key = this.part.key(object);
      const before = this.get(key);
      this.#set(key, before, this.part.several ? [...before, object] : [object]);
    }
    return this;
  }

  /** Becomes another, and says what that changes. */
  become(other: Picture<T>): Change<T>[] {
    const changes: Change<T>[] = [];
    const old = this.#objects;
    this.#objects = other.#objects;
    this.#size = other.#size;
    for (const [key, list] of old)
      if (!this.#objects.has(key)) for (const one of list) changes.push({ value: undefined, previous: one });
    for (const [key, list] of this.#objects) {
      const before = old.get(key) ?? [];
      if (before.length === list.length && before.every((one, i) => this.#alike(one, list[i]!))) continue;
      if (before.length === 1 && list.length === 1) {
        changes.push({ value: list[0], previous: before[0], place: { gone: false, replace: true, append: false } });
        continue;
      }
      // Several, and their order counts: they are told anew.
      for (const one of before) changes.push({ value: undefined, previous: one });
      const place: Place = { gone: false, replace: false, append: list.length > 1 };
      for (const one of list) changes.push({ value: one, previous: undefined, place });
    }
    return changes;
  }

  #set(key: string, before: readonly T[], after: readonly T[]): void {
    this.#size += after.length - before.length;
    if (after.length > 0) this.#objects.set(key, after);
    else if (before.length > 0) this.#objects.delete(key);
  }
  #alike(a: T, b: T): boolean {
    return a === b || alike(a, b, this.part.fleeting);
  }
}

/** Whether two objects say the same, but for the keys that are left out at any depth. */
export function alike(a: unknown, b: unknown, except: ReadonlySet<string>): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) || ArrayBuffer.isView(a)) {
    const x = a as ArrayLike<unknown>;
    const y = b as ArrayLike<unknown>;
    if (x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (!alike(x[i], y[i], except)) return false;
    return true;
  }
  for (const key in a) if (!except.has(key) && !alike((a as Obj)[key], (b as Obj)[key], except)) return false;
  for (const key in b)
    if (!except.has(key) && (a as Obj)[key] === undefined && (b as Obj)[key] !== undefined) return false;
  return true;
}
type Obj = Record<string, unknown>;
