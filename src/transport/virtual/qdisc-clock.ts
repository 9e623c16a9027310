/** The packet scheduler's clock: a tick is 64 ns (PSCHED_SHIFT). @module */
export const psched2ns = (ticks: number): number => ticks * 64;
export const ns2psched = (ns: number): number => Math.floor(ns / 64);
