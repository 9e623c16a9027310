/** Rates of traffic shaping, with the tables that old kernels reckoned by. @module */
import type { Value } from "../schema/codec.ts";
import { fail } from "../schema/program.ts";
import { rate, s16, u8, u16, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { count } from "./options.ts";
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

export const LINKLAYER_NAMES = ["ethernet", "atm", "adsl"] as const;
export const layerOf = (spec: { readonly linklayer: number } | undefined): keyof typeof LINKLAYERS =>
  ((spec?.linklayer ?? 0) & 0xf) === LINKLAYERS.atm ? "atm" : "ethernet";

// Quotients that are whole but for the last bit of a double stay whole.
const UP = 1 + 2 ** -50;
const DOWN = 1 - 2 ** -50;
/** Time that bytes take at a rate, in ticks (tc_calc_xmittime; which cuts off at microseconds, so that 1600 bytes at 40gbit take none). */
export const ticksFor = (bytesPerSecond: number, bytes: number, { ticksPerUs }: Psched): number =>
  Math.min(0xffffffff, Math.ceil(((1e6 * bytes) / bytesPerSecond) * ticksPerUs * DOWN));
/** Bytes that pass in a number of ticks. */
export const bytesFor = (bytesPerSecond: number, ticks: number, { ticksPerUs }: Psched): number =>
  Math.floor(((bytesPerSecond * ticks) / ticksPerUs / 1e6) * UP);
/** The same as tc shows it, which reckons with whole microseconds (tc_calc_xmitsize): 1048125 of a megabyte at 5gbit. */
export const shownBytesFor = (bytesPerSecond: number, ticks: number, { ticksPerUs }: Psched): number =>
  Math.floor((bytesPerSecond * Math.floor(ticks / ticksPerUs)) / 1e6);
/** How the kernel reckons the time of bytes: `(bytes * mult) >> shift` nanoseconds, a little short (psched_ratecfg_precompute of sch_generic.c). */
function kernelRate(bytesPerSecond: number): { readonly mult: bigint; readonly shift: bigint } {
  if (bytesPerSecond <= 0) return { mult: 0n, shift: 0n };
  const rate = BigInt(Math.round(bytesPerSecond));
  let factor = 1_000_000_000n;
  let shift = 0n;
  while (((factor / rate) & (1n << 31n)) === 0n && (factor & (1n << 63n)) === 0n) {
    factor <<= 1n;
    shift++;
  }
  return { mult: BigInt.asUintN(32, factor / rate), shift };
}
/**
 * The bucket's size that a kernel which was given it in bytes reports as so many ticks: it rounds down (PSCHED_NS2TICKS), after adding
 * what the link adds to a packet (psched_l2t_ns).
 */
export function burstFor(
  bytesPerSecond: number,
  ticks: number,
  { ticksPerUs }: Psched,
  spec: { readonly linklayer: number; readonly overhead: number } | undefined,
): number {
  const { mult, shift } = kernelRate(bytesPerSecond);
  const ns = BigInt(Math.ceil((ticks / ticksPerUs) * 1000));
  const onLink = mult === 0n ? 0 : Number(((ns << shift) + mult - 1n) / mult);
  const sent = layerOf(spec) === "atm" ? Math.round(onLink / ATM_CELL) * ATM_PAYLOAD : onLink;
  return Math.max(0, sent - (spec?.overhead ?? 0));
}
/** log₂ of an option that says the bytes an entry of the table. @throws {CodecError} */
export function cellLogOf(options: object, name: string): number | undefined {
  const cell = count(options, name, 2 ** 31, 1);
  if (cell === undefined) return undefined;
  const log = Math.log2(cell);
  return Number.isInteger(log) ? log : fail(name, -1, `${cell} is not a power of two`);
}

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
