/** Encapsulation in IPv4, by a tunnel device that collects metadata. @module */
import { attrs, bare, ipv4 } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be64, u8 } from "../../schema/scalar.ts";
import { ipOptions, ipTunnelFlagBits } from "./ip-options.ts";

/** LWTUNNEL_ENCAP_IP (ip_tun_fill_encap_info). `id` is the tunnel's key: a VNI, a GRE key. */
export const ipEncap = attrs(
  "ipEncap",
  { c: "LWTUNNEL_IP_" },
  {
    id: [1, be64],
    dst: [2, ipv4],
    src: [3, ipv4],
    tos: [5, u8],
    ttl: [4, u8],
    flags: [6, ipTunnelFlagBits],
    opts: [8, bare(ipOptions)],
  },
);
export interface IpEncap extends Value<typeof ipEncap> {}
