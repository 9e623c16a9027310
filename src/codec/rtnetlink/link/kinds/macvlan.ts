/** Links of the kinds `macvlan` and `macvtap`. @module */
import { attrs, bare, mac, multi } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { enumeration, flags, names, s32, u16, u32 } from "../../../schema/scalar.ts";

/** Modes. Their numbers are bits, but one alone is set. */
export const macvlanModes = names("MACVLAN_MODE_", { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 });
/** Bits of IFLA_MACVLAN_FLAGS: `nopromisc` for mode `passthru`, `nodst` for mode `source`. */
export const macvlanFlags = names("MACVLAN_FLAG_", { nopromisc: 1, nodst: 2 });
/** What to do with the addresses of mode `source`. */
export const macvlanAddressModes = names("MACVLAN_MACADDR_", { add: 0, del: 1, flush: 2, set: 3 });

const macvlanAddresses = attrs("macvlan_addresses", { c: "IFLA_MACVLAN_" }, { macaddr: [4, multi(mac)] });

/** IFLA_INFO_DATA of `macvlan` and `macvtap` (macvlan_fill_info in drivers/net/macvlan.c). */
export const macvlan = attrs(
  "macvlan",
  { c: "IFLA_MACVLAN_" },
  {
    mode: [1, enumeration(u32, macvlanModes)],
    flags: [2, flags(u16, macvlanFlags)],
    /** Number of the source addresses in `macaddrData`. */
    macaddrCount: [6, u32],
    /** The source addresses of mode `source`; from user space, what `macaddrMode` `set` replaces them by. */
    macaddrData: [5, bare(macvlanAddresses)],
    /** Packets of the broadcast queue that this device asked for. */
    bcQueueLen: [7, u32],
    /** The longest queue asked for by the devices on the same lower device: the one in force. */
    bcQueueLenUsed: [8, u32],
    /** Multicast that more than so many devices listen to is queued; −1: none is. Not reported where it is 1, the default. */
    bcCutoff: [9, s32],
    macaddrMode: [3, enumeration(u32, macvlanAddressModes)],
    /** One address for `macaddrMode` `add` and `del`. */
    macaddr: [4, mac],
  },
);
export interface Macvlan extends Value<typeof macvlan> {}
