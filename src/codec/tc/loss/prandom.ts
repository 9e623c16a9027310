/** The kernel's pseudo-random numbers for simulations (prandom_seed_state, prandom_u32_state: L'Ecuyer's taus113 of lib/random32.c). @module */

/** What the generator makes of its 64-bit seed: a source of 32-bit numbers, the same ones that the kernel draws from that seed. */
export function prandom(seed: bigint): () => number {
  const folded = Number(BigInt.asUintN(32, (seed >> 32n) ^ (seed << 10n) ^ seed));
  // Each register needs some of its upper bits set.
  const atLeast = (least: number) => (folded < least ? folded + least : folded) | 0;
  let s1 = atLeast(2);
  let s2 = atLeast(8);
  let s3 = atLeast(16);
  let s4 = atLeast(128);
  return () => {
    s1 = ((s1 & -2) << 18) ^ (((s1 << 6) ^ s1) >>> 13);
    s2 = ((s2 & -8) << 2) ^ (((s2 << 2) ^ s2) >>> 27);
    s3 = ((s3 & -16) << 7) ^ (((s3 << 13) ^ s3) >>> 21);
    s4 = ((s4 & -128) << 13) ^ (((s4 << 3) ^ s4) >>> 12);
    return (s1 ^ s2 ^ s3 ^ s4) >>> 0;
  };
}
