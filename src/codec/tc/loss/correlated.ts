/**
 * Random loss with a correlation, in the long run. The kernel (get_crandom of net/sched/sch_netem.c) compares the threshold with
 * `x ← (1 − ρ) u + ρ x`, u evenly distributed: x crowds around a half, and gets below a small threshold far more rarely than u does.
 *
 * So netem loses less than it is asked to, up to 50%, and more beyond: for 20% with a correlation of 25% it loses 10.2%, and for 1% with
 * the same only 0.00024%.
 * @module
 */
import type { LongRun } from "./statistics.ts";

/**
 * `below` is the threshold, `rho` the correlation, both from 0 to 1. x is the sum of independent even distributions of widths
 * (1 − ρ) ρ^k, so that its characteristic function is the product of theirs, and what it does is the sum of a Fourier series over
 * [0, 1]. Right to about 1e-12.
 */
export function correlatedLoss(below: number, rho: number): LongRun {
  // The first number stays for ever.
  if (rho === 1) return { lost: below, begins: 0 };
  const series = coefficients(rho);
  const lost = clamp(distribution(series, below));
  // Lost again: x is below, and (1 − ρ) u + ρ x too. Integrated by parts over the x for which u decides.
  const decided = Math.max(0, (below - (1 - rho)) / rho);
  const again = below * lost + (rho / (1 - rho)) * (integral(series, below) - integral(series, decided));
  return { lost, begins: Math.max(0, lost - clamp(again)) };
}
const clamp = (x: number) => Math.min(1, Math.max(0, x));

const MOST_TERMS = 20_000;
/** The characteristic function of x − 1/2 at 2πn, from n = 1 on: φ(t) = ∏ sinc((1 − ρ) ρ^k t / 2). */
function coefficients(rho: number): number[] {
  const out: number[] = [];
  for (let n = 1; n <= MOST_TERMS; n++) {
    let product = 1;
    let envelope = 1;
    let z = (1 - rho) * Math.PI * n;
    for (; z > 0.02; z *= rho) {
      product *= Math.sin(z) / z;
      envelope *= Math.min(1, 1 / z);
    }
    // The logarithm of the rest is −z²/6 − z⁴/180 − …, each a geometric series.
    const rest = Math.exp(-(z ** 2) / (6 * (1 - rho ** 2)) - z ** 4 / (180 * (1 - rho ** 4)));
    if (envelope * rest < 1e-16) break;
    out.push(product * rest);
  }
  return out;
}
/** P(x < at). */
function distribution(series: readonly number[], at: number): number {
  let sum = at;
  series.forEach((phi, i) => {
    const n = i + 1;
    sum += (phi * Math.sin(2 * Math.PI * n * (at - 0.5))) / (Math.PI * n);
  });
  return sum;
}
/** Its integral from 0. */
function integral(series: readonly number[], to: number): number {
  let sum = to ** 2 / 2;
  series.forEach((phi, i) => {
    const n = i + 1;
    sum += (phi * (Math.cos(Math.PI * n) - Math.cos(2 * Math.PI * n * (to - 0.5)))) / (2 * Math.PI ** 2 * n ** 2);
  });
  return sum;
}
