/** Size tables: what a packet counts for on a link that makes it longer. @module */
import { array, attrs } from "../schema/attrs.ts";
import { enumeration, names, s16, s32, u8, u16, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** How a link layer makes packets longer (linux/pkt_sched.h). */
export const linkLayers = names("TC_LINKLAYER_", { unaware: 0, ethernet: 1, atm: 2 });
/** `struct tc_sizespec` of linux/pkt_sched.h: `tsize` is the number of entries in the table. */
export const tcSizespec = struct(
  "tc_sizespec",
  { size: 24 },
  {
    cellLog: u8,
    sizeLog: u8,
    cellAlign: s16,
    overhead: unit(s32, "bytes"),
    linklayer: enumeration(u32, linkLayers),
    mpu: unit(u32, "bytes"),
    mtu: unit(u32, "bytes"),
    tsize: u32,
  },
);
/** TCA_STAB: the sizes that packets are reckoned by. The table is only sent, never reported (qdisc_dump_stab). */
export const tcStab = attrs("tc_stab", { c: "TCA_STAB_" }, { base: [1, tcSizespec], data: [2, array(u16)] });
