/** Rates as tc writes them (get_rate64, print_rate of iproute2). @module */
import { scaled } from "./number.ts";

const units: Record<string, number> = { bit: 1 / 8, bps: 1 };
["k", "m", "g", "t"].forEach((letter, i) => {
  units[`${letter}bit`] = 1000 ** (i + 1) / 8;
  units[`${letter}bps`] = 1000 ** (i + 1);
  units[`${letter}ibit`] = 1024 ** (i + 1) / 8;
  units[`${letter}ibps`] = 1024 ** (i + 1);
});

export const RATE_FORMS = `a rate such as "100mbit", "1.5gbit", "64kibit", or in bytes per second "10mbps"`;

/**
 * Bytes per second of `"100mbit"`, not rounded; undefined if it is none. tc's `bps` counts bytes. A number without a unit is none
 * unless `bare` says how many bytes per second it counts (in tc an eighth: bits).
 */
export const parseRate = (text: string, bare?: number): number | undefined => scaled(text, units, bare);

/** Bytes per second as tc shows them: in bits, three digits or more before the next unit, no fraction. */
export function formatRate(bytesPerSecond: number | bigint): string {
  let rate = BigInt(bytesPerSecond) * 8n;
  let i = 0;
  while (i < 4 && rate >= 1000n && !(rate % 1000n !== 0n && rate < 1_000_000n)) {
    rate /= 1000n;
    i++;
  }
  return `${rate}${["", "K", "M", "G", "T"][i]}bit`;
}
/** Bytes per second exactly, as tc reads it. */
export function exactRate(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  for (const [unit, factor] of [["gbit", 1e9], ["mbit", 1e6], ["kbit", 1e3]] as const) // biome-ignore format: a table
    if (bits >= factor && bits % factor === 0) return `${bits / factor}${unit}`;
  return `${bits}bit`;
}
