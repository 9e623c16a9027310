/** The kernel's rate estimator (net/core/gen_estimator.c). @module */
import type { Input } from "../../codec/schema/codec.ts";
import { fail } from "../../codec/schema/program.ts";
import { type Given, given } from "../../codec/schema/quantity.ts";
import { known, required } from "../../codec/tc/options.ts";
import type { gnetEstimator } from "../../codec/tc/stats.ts";

/** How often to look, a power of two from 250 ms to 8 s, and over how long to average. */
export type EstimatorOptions = Given<"interval" | "average", "time">;

/** As tc_setup_estimator of iproute2's tc/tc_estimator.c. @throws {CodecError} */
export function estimatorToWire(options: EstimatorOptions): Input<typeof gnetEstimator> {
  known(options, { interval: "time", average: "time" });
  const interval = required(options, "interval", "time") * 1000;
  const average = (given(options, "average", "time") ?? 8 * (interval / 1000)) * 1000;
  let step = -1;
  for (let n = 0; n <= 5 && step < 0; n++) if (interval <= 250_000 * 2 ** n) step = n;
  if (step < 0) fail("estimator.interval", -1, "is longer than 8 s");
  for (let log = 1; log < 32; log++) {
    const weight = 1 - 1 / 2 ** log;
    if (average < interval / -Math.log(weight)) {
      if (log === 1) fail("estimator.average", -1, "is shorter than the interval allows");
      return { interval: step - 2, ewmaLog: log - 1 };
    }
  }
  return fail("estimator.average", -1, "is too long for the interval");
}
