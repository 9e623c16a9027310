/** TCA_DUMP_FLAGS. @module */
import { flags, names, u32 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

const dumpFlags = flags(u32, names("TCA_DUMP_FLAGS_", { terse: 0x1 }));
/** `struct nla_bitfield32` of linux/netlink.h: bits, and which of them are meant. */
export const dumpFlagsBitfield = struct("nla_bitfield32", { size: 8 }, { value: dumpFlags, selector: dumpFlags });
