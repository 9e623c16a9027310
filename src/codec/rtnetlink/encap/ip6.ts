/** Encapsulation in IPv6, by a tunnel device that collects metadata. @module */
import { attrs, bare, ipv6 } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be64, u8 } from "../../schema/scalar.ts";
import { ipOptions, ipTunnelFlagBits } from "./ip-options.ts";

/** LWTUNNEL_ENCAP_IP6 (ip6_tun_fill_encap_info). `id` is the tunnel's key, `tc` the traffic class. */
export const ip6Encap = attrs(
  "ip6Encap",
  { c: "LWTUNNEL_IP6_" },
  {
    id: [1, be64],
    dst: [2, ipv6],
    src: [3, ipv6],
    tc: [5, u8],
    hoplimit: [4, u8],
    flags: [6, ipTunnelFlagBits],
    opts: [8, bare(ipOptions)],
  },
);
export interface Ip6Encap extends Value<typeof ip6Encap> {}
