/** Links of the kinds `ipip`, `sit` and `ip6tnl`: IP in IP. @module */
import { attrs, flag, ipv4, ipv6 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be32, bool, device, enumeration, flags, names, u8, u16, u32 } from "../../../schema/scalar.ts";
import { encapDport, encapFlags, encapSport, encapType, ip6Flags } from "./tunnel.ts";

/** What a tunnel carries, in IFLA_IPTUN_PROTO: protocol numbers of IP in iproute2's words for modes, and 0 for any. */
export const tunnelProtocols = names(
  "IPPROTO_",
  { any: 0, ipip: 4, ipv6: 41, mplsip: 137 },
  { any: "IP", mplsip: "MPLS" },
);
/** Bits of IFLA_IPTUN_FLAGS of `sit` (linux/if_tunnel.h). */
export const sitFlags = names("SIT_", { isatap: 0x1 });

const proto = enumeration(u8, tunnelProtocols);

/** IFLA_INFO_DATA of `ipip` (ipip_fill_info in net/ipv4/ipip.c). */
export const ipip = attrs(
  "ipip",
  { c: "IFLA_IPTUN_" },
  {
    link: [1, device(u32)],
    local: [2, ipv4],
    remote: [3, ipv4],
    /** 0: inherited from the packet inside. */
    ttl: [4, u8],
    /** 1: inherited from the packet inside. */
    tos: [5, u8],
    proto: [9, proto],
    /** Path MTU discovery; off, `ttl` has to be 0. */
    pmtudisc: [10, bool(u8)],
    fwmark: [20, u32],
    encapType: [15, encapType],
    encapSport: [17, encapSport],
    encapDport: [18, encapDport],
    encapFlags: [16, encapFlags],
    /** iproute2's `external`: addresses come with each packet. */
    collectMetadata: [19, flag],
  },
);
export interface Ipip extends Value<typeof ipip> {}

/** IFLA_INFO_DATA of `sit`: IPv6 and more over IPv4 (ipip6_fill_info in net/ipv6/sit.c). */
export const sit = attrs(
  "sit",
  { c: "IFLA_IPTUN_" },
  {
    link: [1, device(u32)],
    local: [2, ipv4],
    remote: [3, ipv4],
    /** 0: inherited from the packet inside. */
    ttl: [4, u8],
    /** 1: inherited from the packet inside. */
    tos: [5, u8],
    /** Path MTU discovery; off, `ttl` has to be 0. */
    pmtudisc: [10, bool(u8)],
    proto: [9, proto],
    // The kernel calls it big endian, and forces SIT_ISATAP into it as it is: so it is the host's.
    flags: [8, flags(u16, sitFlags)],
    fwmark: [20, u32],
    // A name cannot begin with a digit.
    sixrdPrefix: [11, ipv6, "6RD_PREFIX"],
    sixrdRelayPrefix: [12, ipv4, "6RD_RELAY_PREFIX"],
    sixrdPrefixlen: [13, u16, "6RD_PREFIXLEN"],
    sixrdRelayPrefixlen: [14, u16, "6RD_RELAY_PREFIXLEN"],
    encapType: [15, encapType],
    encapSport: [17, encapSport],
    encapDport: [18, encapDport],
    encapFlags: [16, encapFlags],
  },
);
export interface Sit extends Value<typeof sit> {}

/** IFLA_INFO_DATA of `ip6tnl`: IPv4 and IPv6 over IPv6 (ip6_tnl_fill_info in net/ipv6/ip6_tunnel.c). */
export const ip6tnl = attrs(
  "ip6tnl",
  { c: "IFLA_IPTUN_" },
  {
    link: [1, device(u32)],
    local: [2, ipv6],
    remote: [3, ipv6],
    /** Hop limit; 0: inherited from the packet inside. */
    ttl: [4, u8],
    encapLimit: [6, u8],
    /** Traffic class (8 bits) and flow label (20 bits) as in an IPv6 header. Big endian. */
    flowinfo: [7, be32],
    flags: [8, ip6Flags],
    proto: [9, proto],
    fwmark: [20, u32],
    encapType: [15, encapType],
    encapSport: [17, encapSport],
    encapDport: [18, encapDport],
    encapFlags: [16, encapFlags],
    /** iproute2's `external`: addresses come with each packet. */
    collectMetadata: [19, flag],
  },
);
export interface Ip6tnl extends Value<typeof ip6tnl> {}
