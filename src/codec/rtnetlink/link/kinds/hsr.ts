/** Links of kind `hsr`: HSR and PRP, two redundant paths. @module */
import { attrs, mac } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { device, enumeration, names, u8, u16, u32 } from "../../../schema/scalar.ts";

/** IEC 62439-3's two protocols. */
export const hsrProtocols = names("HSR_PROTOCOL_", { hsr: 0, prp: 1 });

/** IFLA_INFO_DATA of `hsr` (hsr_fill_info in net/hsr/hsr_netlink.c). */
export const hsr = attrs(
  "hsr",
  { c: "IFLA_HSR_" },
  {
    slave1: [1, device(u32)],
    slave2: [2, device(u32)],
    /** The port of a RedBox to a network that is not redundant. Linux 6.12 takes it and does not report it. */
    interlink: [8, device(u32)],
    /** Destination of the supervision frames. Read only: see `multicastSpec`. */
    supervisionAddr: [4, mac],
    /** Next sequence number. Read only. */
    seqNr: [5, u16],
    protocol: [7, enumeration(u8, hsrProtocols)],
    /** Last byte of the supervision frames' address. */
    multicastSpec: [3, u8],
    /** Version of HSR: 0 (2010) or 1 (2012). */
    version: [6, u8],
  },
);
export interface Hsr extends Value<typeof hsr> {}
