/** A stream of bytes that is read in pieces of asked sizes. @module */

/** Bytes at once, or as they come: a Node or a web stream, a generator, a file's chunks. */
export type ByteInput = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export class ByteReader {
  /** Bytes used up so far. */
  offset = 0;
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #have: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(input: ByteInput) {
    if (input instanceof Uint8Array) this.#chunks = [input][Symbol.iterator]();
    else this.#chunks = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  }

  /** The next `n` bytes, not used up; fewer at the end. They stay as they are. */
  async peek(n: number): Promise<Uint8Array> {
    if (this.#have.length < n && !this.#ended) {
      const parts = [this.#have];
      let length = this.#have.length;
      while (length < n) {
        const { value, done } = await this.#chunks.next();
        if (done) {
          this.#ended = true;
          break;
        }
        parts.push(value);
        length += value.length;
      }
      this.#have = parts.length === 1 ? parts[0]! : joined(parts, length);
    }
    return this.#have.subarray(0, n);
  }
  /** Uses up what was peeked. */
  skip(n: number): void {
    this.#have = this.#have.subarray(n);
    this.offset += n;
  }
  /** Tells the source that no more is wanted. */
  async end(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
