/**
 * What netem's models of loss do, packet by packet: the kernel's own steps (loss_event, loss_4state, loss_gilb_ell and get_crandom of
 * net/sched/sch_netem.c) on the kernel's own random numbers. With the `seed` of a netem that only loses, it loses the very packets that
 * the kernel loses (Linux 6.6). With a correlation, the kernel begins at a number that no seed governs: there it is so after some packets.
 * @module
 */
import { fail, show } from "../../schema/program.ts";
import { type KernelLoss, type LossModel, lossToKernel } from "./model.ts";
import { prandom } from "./prandom.ts";

export interface LossSimulation {
  /** Of the random numbers, as netem's `seed`: 0 to 2^64 − 1. */
  readonly seed: number | bigint;
}
/**
 * Whether one packet after the other is lost: `const lost = lossSimulator(model, { seed: 1 }); lost(); lost();`.
 * @throws {CodecError} a model or a seed that there is not
 */
export function lossSimulator(model: LossModel, { seed }: LossSimulation): () => boolean {
  if (!(typeof seed === "bigint" ? BigInt.asUintN(64, seed) === seed : Number.isSafeInteger(seed) && seed >= 0))
    fail("seed", -1, `${show(seed)} is not an integer from 0 to 2^64 − 1`);
  return simulatorOf(lossToKernel(model), BigInt(seed));
}

function simulatorOf(kernel: KernelLoss, seed: bigint): () => boolean {
  const random = prandom(seed);
  switch (kernel.model) {
    case "random": {
      const { loss, correlation } = kernel;
      if (loss === 0) return () => false;
      // get_random_u32 in the kernel: no number of the seed's.
      const draw = correlation === 0 ? random : correlated(correlation, random, prandom(~seed)());
      return () => loss >= draw();
    }
    case "state":
      return stateLoss(kernel, random);
    case "gemodel":
      return gilbertElliottLoss(kernel, random);
  }
}

/** get_crandom: a mean of a new number and the last result, in 32-bit fixed point. */
function correlated(correlation: number, random: () => number, first: number): () => number {
  const rho = BigInt(correlation) + 1n;
  let last = BigInt(first);
  return () => {
    last = (BigInt(random()) * ((1n << 32n) - rho) + last * rho) >> 32n;
    return Number(last);
  };
}

const IN_GAP = 1;
const IN_BURST = 2;
const LOST_IN_BURST = 3;
const LOST_ALONE = 4;
function stateLoss(
  { p13, p31, p32, p14, p23 }: Extract<KernelLoss, { model: "state" }>,
  random: () => number,
): () => boolean {
  // The kernel adds in 32 bits: chances of more than 100% together come out as hardly any.
  const p1 = (p13 + p14) >>> 0;
  const p3 = (p31 + p32) >>> 0;
  let state = IN_GAP;
  return () => {
    const x = random();
    switch (state) {
      case IN_GAP:
        if (x < p14) state = LOST_ALONE;
        else if (x < p1) state = LOST_IN_BURST;
        break;
      case IN_BURST:
        if (x < p23) state = LOST_IN_BURST;
        break;
      case LOST_IN_BURST:
        if (x < p32) state = IN_BURST;
        else if (x < p3) state = IN_GAP;
        break;
      case LOST_ALONE:
        state = IN_GAP;
    }
    return state === LOST_IN_BURST || state === LOST_ALONE;
  };
}

function gilbertElliottLoss(
  { p, r, h, k1 }: Extract<KernelLoss, { model: "gemodel" }>,
  random: () => number,
): () => boolean {
  let good = true;
  return () => {
    // The state changes first, but the packet fares as in the one before.
    const was = good;
    if (random() < (was ? p : r)) good = !was;
    return was ? random() < k1 : random() > h;
  };
}
