/** The virtual kernel against the running one: random sequences of commands, compared by results, refusals, events and what there is in the end. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Noun, sequences } from "../support/model/commands.ts";
import { difference } from "../support/model/world.ts";
import { noKernel, titled } from "../support/netns.ts";

/** Sequences for each row: thousands by `NLINK_MODEL_RUNS=1000`, those of a failure again by `NLINK_MODEL_SEED`. */
const RUNS = Number(process.env.NLINK_MODEL_RUNS ?? 12);
const SEED = Number(process.env.NLINK_MODEL_SEED ?? Date.now() % 1_000_000);
const ROWS: readonly (readonly Noun[])[] = [
  ["links"],
  ["links", "addresses"],
  ["routes"],
  ["rules", "neighbors", "nexthops"],
  ["tc"],
  ["links", "addresses", "routes", "rules", "neighbors", "nexthops", "tc"],
];

describe.skipIf(noKernel)(titled("the virtual kernel does what the live one does"), () => {
  test.each(ROWS.map((nouns) => [nouns.join(", "), nouns] as const))(
    `%s: ${RUNS} sequences of seed ${SEED}`,
    { timeout: 120_000 + RUNS * 3000, retry: 0 },
    async (_name, nouns) => {
      console.log(`model: ${RUNS} sequences of up to 40 commands about ${nouns.join(", ")}, seed ${SEED}`);
      await fc.assert(
        fc.asyncProperty(sequences(nouns), async (commands) => {
          expect(await difference(commands)).toBeUndefined();
        }),
        // On a slow machine fewer: an emulated one takes seconds for a sequence.
        { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: 20_000 + RUNS * 1000 },
      );
    },
  );
});
