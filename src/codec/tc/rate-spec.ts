/** Rates of traffic shaping, with the tables that old kernels reckoned by. @module */
import type { Value } from "../schema/codec.ts";
import { rate, s16, u8, u16, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import type { Psched } from "./psched.ts";

/** `struct tc_ratespec` of linux/pkt_sched.h. A rate of 2³² bytes/s and more stands in an attribute of its own; here is then 2³² − 1. */
export const tcRatespec = struct(
  "tc_ratespec",
  { size: 12 },
  {
    cellLog: u8,
    /** TC_LINKLAYER_* in the low four bits. */
    linklayer: u8,
    overhead: unit(u16, "bytes"),
    cellAlign: s16,
    mpu: unit(u16, "bytes"),
    rate: rate(u32),
  },
);
export interface TcRatespec extends Value<typeof tcRatespec> {}
export const MAX_RATE32 = 0xffffffff;

export const LINKLAYERS = { ethernet: 1, atm: 2 } as const;
export type LinkLayer = keyof typeof LINKLAYERS | "adsl";

/** Time that bytes take at a rate, in ticks (tc_calc_xmittime). */
export const ticksFor = (bytesPerSecond: number, bytes: number, { ticksPerUs }: Psched): number =>
  Math.min(0xffffffff, Math.ceil(((1e6 * bytes) / bytesPerSecond) * ticksPerUs));
/** Bytes that pass in a number of ticks (tc_calc_xmitsize). */
export const bytesFor = (bytesPerSecond: number, ticks: number, { ticksPerUs }: Psched): number =>
  Math.floor((bytesPerSecond * ticks) / ticksPerUs / 1e6);

const ATM_CELL = 53;
const ATM_PAYLOAD = 48;
const adjusted = (size: number, mpu: number, linklayer: number): number => {
  const bytes = Math.max(size, mpu);
  return linklayer === LINKLAYERS.atm ? Math.ceil(bytes / ATM_PAYLOAD) * ATM_CELL : bytes;
};

/**
 * The rate and its table of 256 transmission times (tc_calc_rtable). Kernels since 3.8 reckon without the table, but want it (police),
 * or guess the link layer from it (htb, tbf: qdisc_get_rtab).
 */
export function rateWithTable(
  bytesPerSecond: number,
  psched: Psched,
  {
    mtu = 2047,
    mpu = 0,
    overhead = 0,
    cellLog,
    linklayer = "ethernet",
  }: {
    readonly mtu?: number | undefined;
    readonly mpu?: number | undefined;
    readonly overhead?: number | undefined;
    readonly cellLog?: number | undefined;
    readonly linklayer?: LinkLayer | undefined;
  } = {},
): { readonly spec: TcRatespec; readonly table: number[] } {
  const layer = LINKLAYERS[linklayer === "adsl" ? "atm" : linklayer];
  let log = cellLog ?? 0;
  if (cellLog === undefined) while (mtu >> log > 255) log++;
  const rate32 = Math.min(bytesPerSecond, MAX_RATE32);
  return {
    spec: { cellLog: log, linklayer: layer, overhead, cellAlign: -1, mpu, rate: rate32 },
    table: Array.from({ length: 256 }, (_, i) =>
      ticksFor(bytesPerSecond, adjusted((i + 1) << log, mpu, layer), psched),
    ),
  };
}
