/** A model of loss for what is to be seen of it. @module */
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { known } from "../options.ts";
import type { GilbertElliottLoss, RandomLoss } from "./model.ts";

export type LossGoal = Given<"loss", "share"> & {
  /** Packets lost in a row, on average, at least 1. Without it losses are independent of each other. */
  readonly meanBurst?: number | undefined;
};
const KNOWN = { loss: "share", meanBurst: true } as const;

/**
 * The simplest of netem's models that loses so much, in such runs: `netem({ loss: lossModelFor({ loss: "2%", meanBurst: 5 }) })`.
 * Independent losses alone come in runs of 1 / (1 − loss); for others it is the Gilbert model, whose bad state loses all.
 * @throws {CodecError} bursts shorter than a packet, or than so much loss makes: 90% comes in runs of 9 at least
 */
export function lossModelFor(goal: LossGoal): RandomLoss | GilbertElliottLoss {
  known(goal, KNOWN);
  const lossPercent = given(goal, "loss", "share") ?? fail("loss", -1, "is missing: loss, or lossPercent");
  const { meanBurst } = goal;
  if (meanBurst === undefined) return { model: "random", lossPercent };
  if (!(typeof meanBurst === "number" && Number.isFinite(meanBurst) && meanBurst >= 1))
    return fail("meanBurst", -1, `${String(meanBurst)} is not a number of packets, at least 1`);
  if (lossPercent === 100) return fail("meanBurst", -1, "has no end where all packets are lost");
  const loss = lossPercent / 100;
  // A burst ends with the chance r = 1 / meanBurst; then p / (p + r) are lost.
  const p = loss / (1 - loss) / meanBurst;
  // 90% in runs of 9 is 1 in decimals, and a little more in binary.
  if (p > 1 + 1e-9)
    return fail(
      "meanBurst",
      -1,
      `${meanBurst} is too short for a loss of ${lossPercent}%: at least ${(loss / (1 - loss)).toPrecision(3)}`,
    );
  return { model: "gemodel", pPercent: Math.min(100, p * 100), rPercent: 100 / meanBurst, hPercent: 0, kPercent: 100 };
}
