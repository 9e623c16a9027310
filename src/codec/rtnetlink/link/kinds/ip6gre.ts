/** Links of the kinds `ip6gre`, `ip6gretap` and `ip6erspan`: GRE over IPv6. @module */
import { attrs, flag, ipv6 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, be32, device, enumeration, flags, u8, u16, u32 } from "../../../schema/scalar.ts";
import { erspanDirections, greFlags } from "./gre.ts";
import { encapDport, encapFlags, encapSport, encapType, ip6Flags } from "./tunnel.ts";

/** IFLA_INFO_DATA of `ip6gre`, `ip6gretap` and `ip6erspan` (ip6gre_fill_info in net/ipv6/ip6_gre.c). */
export const ip6gre = attrs(
  "ip6gre",
  { c: "IFLA_GRE_" },
  {
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
    local: [6, ipv6],
    remote: [7, ipv6],
    /** Hop limit; 0: inherited from the packet inside. */
    ttl: [8, u8],
    encapLimit: [11, u8],
    /** Traffic class (8 bits) and flow label (20 bits) as in an IPv6 header. Big endian. */
    flowinfo: [12, be32],
    flags: [13, ip6Flags],
    fwmark: [20, u32],
    encapType: [14, encapType],
    encapSport: [16, encapSport],
    encapDport: [17, encapDport],
    encapFlags: [15, encapFlags],
    /** iproute2's `external`: addresses and keys come with each packet. */
    collectMetadata: [18, flag],
  },
);
export interface Ip6gre extends Value<typeof ip6gre> {}
