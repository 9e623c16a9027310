/** Links of kind `tun`: TUN and TAP devices. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, enumeration, names, u8, u32 } from "../../../schema/scalar.ts";

/** IP packets (`tun`) or Ethernet frames (`tap`). */
export const tunTypes = names("IFF_", { tun: 1, tap: 2 });

/**
 * IFLA_INFO_DATA of `tun` (tun_fill_info in drivers/net/tun.c). Read only: these devices are made and changed by ioctl on
 * /dev/net/tun.
 */
export const tun = attrs(
  "tun",
  { c: "IFLA_TUN_" },
  {
    type: [3, enumeration(u8, tunTypes)],
    /** User id that may attach; absent: any with the capability. */
    owner: [1, u32],
    /** Group id that may attach. */
    group: [2, u32],
    /** Packets carry the four bytes of struct tun_pi. */
    pi: [4, bool(u8)],
    vnetHdr: [5, bool(u8)],
    persist: [6, bool(u8)],
    multiQueue: [7, bool(u8)],
    numQueues: [8, u32],
    numDisabledQueues: [9, u32],
  },
);
export interface Tun extends Value<typeof tun> {}
