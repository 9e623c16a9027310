/** Signals to give up. @module */

const waiting = new WeakMap<AbortSignal, { readonly calls: Set<() => void>; readonly fire: () => void }>();

/**
 * Calls `abort` when the signal goes off; what it returns takes that back. However many wait for a signal, it has one listener:
 * Node warns of a leak from eleven on, and a hundred requests at once are none.
 */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal === undefined) return () => {};
  let entry = waiting.get(signal);
  if (entry === undefined) {
    const calls = new Set<() => void>();
    const fire = () => {
      waiting.delete(signal);
      for (const call of [...calls]) call();
    };
    entry = { calls, fire };
    waiting.set(signal, entry);
    signal.addEventListener("abort", fire, { once: true });
  }
  const { calls, fire } = entry;
  calls.add(abort);
  return () => {
    if (!calls.delete(abort) || calls.size > 0) return;
    if (waiting.get(signal)?.calls === calls) waiting.delete(signal);
    signal.removeEventListener("abort", fire);
  };
}
