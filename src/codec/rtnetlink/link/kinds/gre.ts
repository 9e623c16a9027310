/** Links of the kinds `gre`, `gretap` and `erspan`: GRE over IPv4. @module */
import { attrs, flag, ipv4 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, be32, bool, device, enumeration, flags, names, u8, u16, u32 } from "../../../schema/scalar.ts";
import { encapDport, encapFlags, encapSport, encapType } from "./tunnel.ts";

/**
 * Bits of a GRE header, in IFLA_GRE_IFLAGS and OFLAGS. A key counts only with its bit. C has them in the network's byte
 * order.
 */
export const greFlags = names("", { csum: 0x8000, key: 0x2000, seq: 0x1000 });
/** Which way the mirrored traffic goes, in ERSPAN version 2. */
export const erspanDirections = names("", { ingress: 0, egress: 1 });

/**
 * IFLA_INFO_DATA of `gre`, `gretap` and `erspan` (ipgre_fill_info and erspan_fill_info in net/ipv4/ip_gre.c). To change
 * one setting is to send them all: what is left out becomes its default.
 */
export const gre = attrs(
  "gre",
  { c: "IFLA_GRE_" },
  {
    /** 0: not an ERSPAN after all. */
    erspanVer: [22, u8],
    /** 20 bits, in version 1. */
    erspanIndex: [21, u32],
    erspanDir: [23, enumeration(u8, erspanDirections)],
    /** 6 bits, in version 2. */
    erspanHwid: [24, u16],
    link: [1, device(u32)],
    iflags: [2, flags(be16, greFlags)],
    oflags: [3, flags(be16, greFlags)],
    ikey: [4, be32],
    okey: [5, be32],
    local: [6, ipv4],
    remote: [7, ipv4],
    /** 0: inherited from the packet inside. */
    ttl: [8, u8],
    /** 1: inherited from the packet inside. */
    tos: [9, u8],
    /** Path MTU discovery; off, `ttl` has to be 0. */
    pmtudisc: [10, bool(u8)],
    fwmark: [20, u32],
    encapType: [14, encapType],
    encapSport: [16, encapSport],
    encapDport: [17, encapDport],
    encapFlags: [15, encapFlags],
    /** Fragment packets whose sender forbids it. Not with `pmtudisc`. */
    ignoreDf: [19, bool(u8)],
    /** iproute2's `external`: addresses and keys come with each packet. */
    collectMetadata: [18, flag],
  },
);
export interface Gre extends Value<typeof gre> {}
