/** Sizes as tc writes them (get_size, print_size of iproute2). @module */
import { formatG, scaled } from "./number.ts";

const units = { b: 1, k: 1024, kb: 1024, m: 1024 ** 2, mb: 1024 ** 2, g: 1024 ** 3, gb: 1024 ** 3, kbit: 128, mbit: 131_072, gbit: 134_217_728 }; // biome-ignore format: a table

export const SIZE_FORMS = `a size such as "1500b", "32kb" or "4mb"`;

/** Bytes of `"32kb"`, not rounded; k, m and g are powers of 1024. A number without a unit is none, unless `bare` says how many bytes it counts. */
export const parseSize = (text: string, bare?: number): number | undefined => scaled(text, units, bare);

/** Bytes as tc shows them. */
export function formatSize(bytes: number): string {
  const near = (unit: number, slack: number) =>
    bytes >= unit && Math.abs(unit * Math.round(bytes / unit) - bytes) < slack;
  if (near(1_048_576, 1024)) return `${formatG(Math.round(bytes / 1_048_576))}Mb`;
  if (near(1024, 16)) return `${formatG(Math.round(bytes / 1024))}Kb`;
  return `${bytes}b`;
}
/** Bytes exactly, as tc reads it. */
export const exactSize = (bytes: number): string =>
  bytes !== 0 && bytes % 1_048_576 === 0
    ? `${bytes / 1_048_576}mb`
    : bytes !== 0 && bytes % 1024 === 0
      ? `${bytes / 1024}kb`
      : `${bytes}b`;
