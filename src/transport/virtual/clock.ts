/** Time of a kernel in memory: it runs, or stands still until it is moved. @module */

/** `running` follows the system's clock; `manual` moves by `advance` alone. */
export type ClockMode = "running" | "manual";

export interface Clock {
  readonly mode: ClockMode;
  /** Milliseconds since the kernel started. */
  now(): number;
  advance(ms: number): void;
}

export function createClock(mode: ClockMode, start: number): Clock {
  let offset = start;
  const origin = performance.now();
  return {
    mode,
    now: () => (mode === "running" ? offset + performance.now() - origin : offset),
    advance(ms) {
      offset += ms;
    },
  };
}
/** clock_t, in which rtnetlink gives times: hundredths of a second. */
export const clockT = (ms: number): number => Math.floor(ms / 10) >>> 0;
