/** What has come and was not read yet. @module */

/** That something was lost. */
export interface Loss {
  /** How many messages, as far as that is known. */
  lost: number | undefined;
}

/**
 * A bounded queue. Beyond its limit nothing is kept until the reader has come to the loss: what is read is whole up to there, and after it.
 */
export class Inbox<T extends object> {
  readonly #limit: number;
  #items: (T | Loss)[] = [];
  #read = 0;
  /** The loss at the queue's end, as long as it is there. */
  #loss: Loss | undefined;
  /** Nothing is kept before the loss has been read. */
  #full = false;
  #waiting: (() => void)[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length - this.#read;
  }
  get ended(): boolean {
    return this.#ended;
  }
  /** Whether something was lost that the reader has not come to. */
  get lossy(): boolean {
    return this.#loss !== undefined;
  }

  push(item: T): void {
    if (this.#ended) return;
    if (this.#full) {
      this.#count(1);
      return;
    }
    if (this.size >= this.#limit) {
      this.#full = true;
      this.lose(1);
      return;
    }
    this.#loss = undefined;
    this.#items.push(item);
    if (this.#waiting.length > 0) this.#wake();
  }

  /** Notes that `lost` messages are missing here. */
  lose(lost: number | undefined): void {
    if (this.#ended) return;
    if (this.#loss) {
      this.#count(lost);
      return;
    }
    this.#loss = { lost };
    this.#items.push(this.#loss);
    this.#wake();
  }
  #count(lost: number | undefined): void {
    const loss = this.#loss!;
    loss.lost = lost === undefined || loss.lost === undefined ? undefined : loss.lost + lost;
  }

  take(): T | Loss | undefined {
    if (this.#read === this.#items.length) return undefined;
    const item = this.#items[this.#read++]!;
    if (item === this.#loss) {
      this.#loss = undefined;
      this.#full = false;
    }
    if (this.#read === this.#items.length) {
      this.#items = [];
      this.#read = 0;
    } else if (this.#read >= 1024 && this.#read * 2 >= this.#items.length) {
      this.#items.splice(0, this.#read); // what was read is not kept by a reader that never gets to the end
      this.#read = 0;
    }
    return item;
  }

  /** As `take`, up to a loss. */
  takeItem(): T | undefined {
    const item = this.#items[this.#read];
    return item === undefined || item === this.#loss || isLoss(item) ? undefined : (this.take() as T);
  }

  /** Resolves when something may be there, when it has ended, or after so many milliseconds. */
  wait(ms?: number): Promise<void> {
    if (this.size > 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      if (ms !== undefined) timer = setTimeout(() => this.#wake(), ms);
      this.#waiting.push(done);
    });
  }
  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** There will be no more; what is queued can still be read. `error` is for the reader, once, after that. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error !== undefined) this.#failure = { error };
    this.#wake();
  }
  /** Forgets what is queued. */
  clear(): void {
    this.#items = [];
    this.#read = 0;
    this.#loss = undefined;
    this.#full = false;
  }
  /** What ended it, the first time that is asked. */
  takeFailure(): { readonly error: unknown } | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }
}

export const isLoss = (item: object): item is Loss => "lost" in item;
