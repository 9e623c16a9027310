/** Facets whose code is loaded when they are first used. @module */
import type { Prepared } from "./batch.ts";
import type { Message } from "./channel.ts";
import type { Stream } from "./dump.ts";

type Method = (...args: never[]) => unknown;

/**
 * Stands for a facet: a method that is called loads it, and is then carried out. `stream` loads when it is read from, and what `prepare`
 * gives is made when its batch is sent; once the code is there, both are the facet's own.
 */
export function late<M, T extends object>(
  load: () => Promise<M>,
  make: (module: M) => T,
  loaded: () => M | undefined,
): T {
  let facet: T | undefined;
  const facetOf = (module: M): T => (facet ??= make(module));
  const call = (on: T, key: string, args: never[]): unknown =>
    (on as { readonly [key: string]: Method })[key]!(...args);
  return new Proxy({} as T, {
    get(_, key) {
      if (typeof key === "symbol" || key === "then" || key === "toJSON") return undefined;
      return (...args: never[]): unknown => {
        const module = loaded();
        if (facet === undefined && module !== undefined) facetOf(module);
        if (facet !== undefined) return call(facet, key, args);
        const later = () => load().then((m) => call(facetOf(m), key, args));
        if (key === "stream") return streamOf(later as () => Promise<Stream<unknown>>);
        if (key === "prepare") return preparedOf(load, (m: M) => call(facetOf(m), key, args) as Prepared);
        return later();
      };
    },
  });
}

function streamOf<T>(open: () => Promise<Stream<T>>): Stream<T> {
  return {
    async *batches() {
      yield* (await open()).batches();
    },
    async *[Symbol.asyncIterator]() {
      yield* await open();
    },
  };
}

/** A request that is made once the code is there. */
function preparedOf<M>(load: () => Promise<M>, make: (module: M) => Prepared): Prepared {
  let made: Prepared | undefined;
  let failed: { readonly error: unknown } | undefined;
  const ready = load().then((module) => {
    try {
      made = make(module);
    } catch (error) {
      failed = { error };
    }
  });
  ready.catch(() => {});
  const request = (): Prepared => {
    if (failed) throw failed.error;
    if (!made) throw new Error("a prepared request is sent by a batch");
    return made;
  };
  const message: Message = {
    get type() {
      return request().message.type;
    },
    get flags() {
      return request().message.flags;
    },
    get schema() {
      return request().message.schema;
    },
    get value() {
      return request().message.value;
    },
  };
  return { message, operation: () => request().operation(), ready };
}
