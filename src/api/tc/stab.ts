/** Size tables of qdiscs: what packets count for on a link that makes them longer (tc-stab(8)). @module */
import type { Input, Value } from "../../codec/schema/codec.ts";
import { choice, count, known } from "../../codec/tc/options.ts";
import { linkLayers, type tcSizespec, type tcStab } from "../../codec/tc/stab.ts";

export interface StabOptions {
  /** Bytes of the largest packet in the table: 2048 by default. */
  readonly mtu?: number | undefined;
  /** Entries of the table: 512 by default. */
  readonly tsize?: number | undefined;
  /** Bytes that a packet counts at least. */
  readonly mpu?: number | undefined;
  /** Bytes that each packet is longer, also negative. */
  readonly overhead?: number | undefined;
  readonly linklayer?: "ethernet" | "atm" | "adsl" | undefined;
}
export interface Stab {
  mtu: number;
  tsize: number;
  mpu: number;
  overhead: number;
  linklayer: "ethernet" | "atm";
}
const ATM_CELL = 53;
const ATM_PAYLOAD = 48;

/** As tc_calc_size_table of iproute2's tc/tc_core.c. @throws {CodecError} */
export function stabToWire(options: StabOptions): Input<typeof tcStab> {
  known(options, { mtu: true, tsize: true, mpu: true, overhead: true, linklayer: true });
  const layer = choice(options, "linklayer", ["ethernet", "atm", "adsl"]) ?? "ethernet";
  const linklayer = layer === "ethernet" ? linkLayers.values.ethernet : linkLayers.values.atm;
  const mpu = count(options, "mpu") ?? 0;
  const overhead = count(options, "overhead", 0x7fffffff, -0x7fffffff) ?? 0;
  // An Ethernet link without a table only needs the overhead.
  if (layer === "ethernet" && mpu === 0) return { base: { linklayer, overhead } };
  const mtu = count(options, "mtu", 0xffffffff, 1) ?? 2048;
  const tsize = count(options, "tsize", 0xffff, 1) ?? 512;
  let cellLog = 0;
  while ((mtu - 1) >> cellLog > tsize - 1) cellLog++;
  const adjusted = Array.from({ length: tsize }, (_, i) => {
    const size = Math.max((i + 1) << cellLog, mpu);
    return layer === "ethernet" ? size : Math.ceil(size / ATM_PAYLOAD) * ATM_CELL;
  });
  let sizeLog = 0;
  while (adjusted.at(-1)! >> sizeLog > 0xffff) sizeLog++;
  return {
    base: { cellLog, sizeLog, cellAlign: -1, overhead, linklayer, mpu, mtu, tsize },
    data: adjusted.map((size) => size >> sizeLog),
  };
}

export const readStab = ({ mtu, tsize, mpu, overhead, linklayer }: Value<typeof tcSizespec>): Stab => ({
  mtu,
  tsize,
  mpu,
  overhead,
  linklayer: linklayer === linkLayers.values.atm ? "atm" : "ethernet",
});
