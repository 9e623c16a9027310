/** netem's rate: how long a packet takes on the line, with what the link layer adds (packet_time_ns of net/sched/sch_netem.c). @module */
import type { Input, Value } from "../../schema/codec.ts";
import { below } from "../../schema/program.ts";
import type { Given } from "../../schema/quantity.ts";
import { rate, s32, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { count, known, required } from "../options.ts";
import { MAX_RATE32 } from "../rate-spec.ts";
import type { Out } from "../show.ts";
import { parseInteger, type Words } from "../words.ts";

/** A rate of 2³² bytes/s and more stands in `rate64`; here is then 2³² − 1. */
export const tcNetemRate = struct(
  "tc_netem_rate",
  { size: 16 },
  {
    rate: rate(u32),
    packetOverhead: unit(s32, "bytes"),
    cellSize: unit(u32, "bytes"),
    cellOverhead: unit(s32, "bytes"),
  },
);
export const rate64 = rate(u64);

/** A rate, and what the link layer adds: to each packet, and to each cell that packets are cut into. In bytes, also negative. */
export type NetemRate = Given<"rate", "rate"> & {
  readonly packetOverhead?: number | undefined;
  readonly cellSize?: number | undefined;
  readonly cellOverhead?: number | undefined;
};
export interface NetemRateRead {
  rateBytesPerSecond: number;
  packetOverhead: number;
  cellSize: number;
  cellOverhead: number;
}
/** The attributes of a rate; none where there is no limit. */
export interface RateWire {
  rate?: Input<typeof tcNetemRate>;
  rate64?: bigint;
}

const KNOWN = { rate: "rate", packetOverhead: true, cellSize: true, cellOverhead: true } as const;
const S32_MAX = 0x7fffffff;
/** Of `rate: "1mbit"`, `rateBytesPerSecond: 125000` or `rate: { rate: "1mbit", packetOverhead: 20 }`. */
export function rateToWire(options: {
  readonly rate?: string | NetemRate | undefined;
  readonly rateBytesPerSecond?: number | undefined;
}): RateWire {
  const { rate, rateBytesPerSecond } = options;
  if (rate === undefined && rateBytesPerSecond === undefined) return {};
  if (typeof rate !== "object" || rate === null || rateBytesPerSecond !== undefined)
    return lineToWire({ rate: rate as string | undefined, rateBytesPerSecond });
  try {
    known(rate, KNOWN);
    return lineToWire(rate);
  } catch (e) {
    throw below("rate", e);
  }
}
function lineToWire(line: NetemRate): RateWire {
  const bytes = Math.round(required(line, "rate", "rate"));
  return {
    ...(bytes > MAX_RATE32 && { rate64: BigInt(bytes) }),
    rate: {
      rate: Math.min(bytes, MAX_RATE32),
      packetOverhead: count(line, "packetOverhead", S32_MAX, -S32_MAX) ?? 0,
      cellSize: count(line, "cellSize") ?? 0,
      cellOverhead: count(line, "cellOverhead", S32_MAX, -S32_MAX) ?? 0,
    },
  };
}
/** Undefined where there is no limit. */
export function rateFromWire(
  wire: Value<typeof tcNetemRate> | undefined,
  wide: bigint | undefined,
): NetemRateRead | undefined {
  if (wire === undefined || wire.rate === 0) return undefined;
  const { rate, ...rest } = wire;
  return { rateBytesPerSecond: Number(wide || rate), ...rest };
}

/** The words behind `rate`. */
export function parseRate(words: Words, word: string): NetemRate {
  const out: { -readonly [P in keyof NetemRate]: NetemRate[P] } = { rateBytesPerSecond: words.rate(word) };
  for (const name of ["packetOverhead", "cellSize", "cellOverhead"] as const) {
    const value = words.maybe(parseInteger);
    if (value === undefined) break;
    out[name] = value;
  }
  return out;
}
export const rateWords = (rate: NetemRateRead): string[] => [
  "rate",
  exactRate(rate.rateBytesPerSecond),
  ...[rate.packetOverhead, rate.cellSize, rate.cellOverhead].map(String),
];
export function showRate(rate: NetemRateRead, out: Out): void {
  out.object("rate", (inner) => {
    inner.put("rate", rate.rateBytesPerSecond, ` rate ${formatRate(rate.rateBytesPerSecond)}`);
    for (const name of ["packetOverhead", "cellSize", "cellOverhead"] as const) {
      const key = name.toLowerCase();
      inner.put(key, rate[name], rate[name] === 0 ? undefined : ` ${key} ${rate[name]}`);
    }
  });
}
