/** Iterators over others. @module */

/** What `map` makes of each item; undefined leaves it out. What ends this one ends that one. */
export function mapped<T, U>(
  source: AsyncIterableIterator<T>,
  map: (item: T) => U | undefined,
): AsyncIterableIterator<U> {
  return {
    async next() {
      for (;;) {
        const { value, done } = await source.next();
        if (done) return { value: undefined, done };
        const item = map(value);
        if (item !== undefined) return { value: item, done: false };
      }
    },
    async return() {
      await source.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
