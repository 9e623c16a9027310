/** Links of the kinds `vti` and `vti6`: IPsec tunnels that policies choose by their key. @module */
import { attrs, ipv4, ipv6 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be32, device, u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `vti` (vti_fill_info in net/ipv4/ip_vti.c). Keys are big endian. */
export const vti = attrs(
  "vti",
  { c: "IFLA_VTI_" },
  {
    link: [1, device(u32)],
    ikey: [2, be32],
    okey: [3, be32],
    local: [4, ipv4],
    remote: [5, ipv4],
    fwmark: [6, u32],
  },
);
export interface Vti extends Value<typeof vti> {}

/** IFLA_INFO_DATA of `vti6` (vti6_fill_info in net/ipv6/ip6_vti.c). Keys are big endian. */
export const vti6 = attrs(
  "vti6",
  { c: "IFLA_VTI_" },
  {
    link: [1, device(u32)],
    local: [4, ipv6],
    remote: [5, ipv6],
    ikey: [2, be32],
    okey: [3, be32],
    fwmark: [6, u32],
  },
);
export interface Vti6 extends Value<typeof vti6> {}
