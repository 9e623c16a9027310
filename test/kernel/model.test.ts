/** The virtual kernel against the running one: random sequences of commands, compared by results, refusals, events and what there is in the end. */
import { release } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Noun, sequences } from "../support/model/commands.ts";
import { difference } from "../support/model/world.ts";
import { noKernel, titled } from "../support/netns.ts";

/** Sequences for each row: `NLINK_MODEL_RUNS=1000` are more, and `NLINK_MODEL_SEED` others. */
const RUNS = Number(process.env.NLINK_MODEL_RUNS ?? 12);
const SEED = Number(process.env.NLINK_MODEL_SEED ?? 440_442);
/** What the virtual kernel is modelled on: earlier ones refuse some things in other words and another order. */
const [major = 0, minor = 0] = release().split(".").map(Number);
const other = major * 100 + minor < 618 ? " (skipped: the virtual kernel is as Linux 6.18, and this one is older)" : "";
const ROWS: readonly (readonly Noun[])[] = [
  ["links"],
  ["links", "addresses"],
  ["routes"],
  ["rules", "neighbors", "nexthops"],
  ["tc"],
  ["links", "addresses", "routes", "rules", "neighbors", "nexthops", "tc"],
];

describe.skipIf(noKernel || other)(titled(`the virtual kernel does what the live one does${other}`), () => {
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
