/** Links of kind `bareudp`: IP or MPLS in UDP, with no header between. @module */
import { attrs, flag } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, enumeration, names, u16 } from "../../../schema/scalar.ts";

/** Ethertypes that can be carried. */
export const bareudpEthertypes = names("ETH_P_", { ip: 0x0800, ipv6: 0x86dd, mpls_uc: 0x8847, mpls_mc: 0x8848 });

/** IFLA_INFO_DATA of `bareudp` (bareudp_fill_info in drivers/net/bareudp.c). */
export const bareudp = attrs(
  "bareudp",
  { c: "IFLA_BAREUDP_" },
  {
    /** UDP destination port. Big endian. */
    port: [1, be16],
    ethertype: [2, enumeration(be16, bareudpEthertypes)],
    /** Lowest UDP source port. In the host's byte order. */
    srcportMin: [3, u16],
    /** `mpls_uc` carries multicast too, `ip` carries IPv6 too. */
    multiprotoMode: [4, flag],
  },
);
export interface Bareudp extends Value<typeof bareudp> {}
