/**
 * What netem's models of loss amount to in the long run, derived from the kernel's state machine (net/sched/sch_netem.c) and its
 * arithmetic: probabilities are counted in 2^-32, and sums of two in the four-state model wrap around.
 * @module
 */
import { correlatedLoss } from "./correlated.ts";
import { type KernelLoss, type LossModel, lossToKernel } from "./model.ts";

export interface LossStatistics {
  /** Of all packets. */
  readonly lossPercent: number;
  /** Packets lost in a row, on average; 0 if none are lost, Infinity if from some time on all are. */
  readonly meanBurst: number;
  /** Packets that pass in a row, on average; 0 if none pass, Infinity if from some time on all do. */
  readonly meanGap: number;
}

/** Loss and its runs in the long run: `lossStatistics({ model: "gemodel", p: "1%", r: "10%" })`. @throws {CodecError} no such model */
export function lossStatistics(model: LossModel): LossStatistics {
  const { lost, begins } = longRun(lossToKernel(model));
  const mean = (share: number) => (share <= 0 ? 0 : share / begins);
  return { lossPercent: lost * 100, meanBurst: mean(lost), meanGap: mean(1 - lost) };
}

/** Chance of a packet to be lost, and to be the first lost after one that passed: runs of losses and runs between begin as often. */
export interface LongRun {
  readonly lost: number;
  readonly begins: number;
}
function longRun(kernel: KernelLoss): LongRun {
  switch (kernel.model) {
    case "random":
      return randomRun(kernel.loss, kernel.correlation);
    case "state":
      return stateRun(kernel);
    case "gemodel":
      return gilbertElliottRun(kernel);
  }
}

const WHOLE = 2 ** 32;

function randomRun(loss: number, correlation: number): LongRun {
  if (loss === 0) return { lost: 0, begins: 0 };
  // loss >= random: loss + 1 numbers are.
  const lost = (loss + 1) / WHOLE;
  return correlation === 0 ? { lost, begins: lost * (1 - lost) } : correlatedLoss(lost, (correlation + 1) / WHOLE);
}

/**
 * The weights of the states balance the flows: between 2 and 3, `w2 p23 = w3 p32`; between {1, 4} and {2, 3}, `w1 p13 = w3 p31`; and
 * `w4 = w1 p14`. A burst of losses begins when 1 goes to 3 or 4, or 2 to 3.
 */
function stateRun({ p13, p31, p32, p14, p23 }: Extract<KernelLoss, { model: "state" }>): LongRun {
  const e14 = p14 / WHOLE;
  const e13 = second(p14, p13);
  const e32 = p32 / WHOLE;
  const e31 = second(p32, p31);
  const e23 = p23 / WHOLE;
  const [w1, w2, w3] =
    // It begins in 1: bursts that are never entered, and state 2 that is never reached, have no say.
    e13 === 0 ? [1, 0, 0] : e32 === 0 ? [e31, 0, e13] : [e31 * e23, e13 * e32, e13 * e23];
  const w4 = w1 * e14;
  const all = w1 + w2 + w3 + w4;
  return { lost: (w3 + w4) / all, begins: (w1 * (e13 + e14) + w2 * e23) / all };
}
/** The chance of the second way out of a state, tried by the kernel as `random < first + second` in 32 bits, where it may wrap around. */
const second = (first: number, second: number): number => Math.max(0, ((first + second) >>> 0) - first) / WHOLE;

/** A packet fares as the state says that it finds; a burst begins where one passes in a state and the next is lost in the next one. */
function gilbertElliottRun({ p, r, h, k1 }: Extract<KernelLoss, { model: "gemodel" }>): LongRun {
  const toBad = p / WHOLE;
  const toGood = r / WHOLE;
  // It begins in the good state, and stays there if nothing leads out.
  const bad = toBad === 0 ? 0 : toBad / (toBad + toGood);
  const good = 1 - bad;
  const lostInGood = k1 / WHOLE;
  const lostInBad = (WHOLE - 1 - h) / WHOLE;
  const lost = good * lostInGood + bad * lostInBad;
  const begins =
    good * (1 - lostInGood) * ((1 - toBad) * lostInGood + toBad * lostInBad) +
    bad * (1 - lostInBad) * (toGood * lostInGood + (1 - toGood) * lostInBad);
  return { lost, begins };
}
