/** What the IP tunnels have in common. @module */
import { be16, enumeration, flags, names, u16, u32 } from "../../../schema/scalar.ts";

/**
 * What a tunnel's packets are wrapped in besides (linux/if_tunnel.h): UDP, as foo-over-UDP or generic UDP
 * encapsulation.
 */
export const tunnelEncaps = names("TUNNEL_ENCAP_", { none: 0, fou: 1, gue: 2, mpls: 3 });
export const tunnelEncapFlags = names("TUNNEL_ENCAP_FLAG_", { csum: 0x1, csum6: 0x2, remcsum: 0x4 });
/**
 * Bits of IFLA_GRE_FLAGS and IFLA_IPTUN_FLAGS of tunnels over IPv6 (linux/ip6_tunnel.h). The last three, of the
 * kernel's own net/ip6_tunnel.h, say what the addresses allow; they are reported too, and ignored when sent.
 */
export const ip6TunnelFlags = names(
  "IP6_TNL_F_",
  {
    ign_encap_limit: 0x1,
    use_orig_tclass: 0x2,
    use_orig_flowlabel: 0x4,
    mip6_dev: 0x8,
    rcv_dscp_copy: 0x10,
    use_orig_fwmark: 0x20,
    allow_local_remote: 0x40,
    cap_xmit: 0x10000,
    cap_rcv: 0x20000,
    cap_per_packet: 0x40000,
  },
  { cap_xmit: "", cap_rcv: "", cap_per_packet: "" },
);

// Types and flags are in the host's byte order, ports in the network's (ip_tunnel_netlink_encap_parms in net/ipv4).
export const encapType = enumeration(u16, tunnelEncaps);
export const encapFlags = flags(u16, tunnelEncapFlags);
/** 0: by the flow. */
export const encapSport = be16;
export const encapDport = be16;
export const ip6Flags = flags(u32, ip6TunnelFlags);
