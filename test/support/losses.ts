/** Sequences of losses, counted. @module */
import { expect } from "vitest";
import type { LossStatistics } from "../../src/codec/tc/loss/statistics.ts";

export interface Counted {
  readonly lost: number;
  readonly bursts: number;
}
const count = (losses: readonly boolean[], before: boolean): Counted => {
  let [lost, bursts] = [0, 0];
  losses.forEach((is, i) => {
    if (is) lost++;
    if (is && !(losses[i - 1] ?? before)) bursts++;
  });
  return { lost, bursts };
};

/** Two-sided quantile of 99.99% of Student's distribution with 49 degrees of freedom. */
const T = 4.2;
/** Batches of packets whose means are nearly independent: their spread tells the error of the whole, correlations and all. */
const BATCHES = 50;
/**
 * Expects of what was seen that its share of losses and the share of packets that begin a run of them, hence the mean length of runs
 * and of the gaps between, are those of the closed forms, with 99.99% confidence.
 */
export function expectLongRun(losses: readonly boolean[], { lossPercent, meanBurst }: LossStatistics): void {
  const size = Math.floor(losses.length / BATCHES);
  const batches = Array.from({ length: BATCHES }, (_, i) =>
    count(losses.slice(i * size, (i + 1) * size), losses[i * size - 1] ?? false),
  );
  const lost = lossPercent / 100;
  const begins = lost === 0 || meanBurst === Number.POSITIVE_INFINITY ? 0 : lost / meanBurst;
  for (const [what, expected] of [
    ["lost", lost],
    ["bursts", begins],
  ] as const) {
    const shares = batches.map((batch) => batch[what] / size);
    const mean = shares.reduce((a, b) => a + b, 0) / BATCHES;
    const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (BATCHES - 1);
    // At least the error of counting: nothing may have been seen where little is expected.
    const error = Math.max(Math.sqrt(variance / BATCHES), Math.sqrt(Math.max(expected, 1e-12) / losses.length) / 2);
    expect(Math.abs(mean - expected), `${what}: ${mean}, expected ${expected}`).toBeLessThan(T * error);
  }
}
