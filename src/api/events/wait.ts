/** Waiting for something to be so. @module */
import { onAbort } from "../abort.ts";
import { NetlinkError } from "../errors.ts";
import { cancelled } from "../failure.ts";
import { integer } from "../options.ts";

export interface WaitOptions {
  /** Milliseconds until `ETIMEDOUT`; for ever by default. */
  readonly timeout?: number | undefined;
  /** Gives up with `ECANCELED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves to what `look` finds: at once, or when `watch` calls back that something has changed. What `look` throws rejects.
 * @throws {NetlinkError} ETIMEDOUT, ECANCELED, or what ended the watching
 */
export function waitUntil<T>(
  operation: string,
  look: () => T | undefined,
  watch: (changed: () => void, ended: (error: unknown) => void) => () => void,
  options: WaitOptions = {},
): Promise<T> {
  const { timeout, signal } = options;
  if (timeout !== undefined) integer("waitFor.timeout", timeout, 0x7fffffff);
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let leave = () => {};
    let settled = false;
    const settle = (say: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      off();
      leave();
      say();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const attempt = () => {
      if (settled) return;
      try {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
      } catch (e) {
        fail(e);
      }
    };
    const off = onAbort(signal, () => fail(cancelled({ operation, signal })));
    if (signal?.aborted) return fail(cancelled({ operation, signal }));
    attempt();
    if (settled) return;
    leave = watch(attempt, fail);
    if (timeout !== undefined)
      timer = setTimeout(() => {
        const text = `it was not so within ${timeout} ms`;
        fail(new NetlinkError({ code: "ETIMEDOUT", errno: 0, operation, text }));
      }, timeout);
  });
}
