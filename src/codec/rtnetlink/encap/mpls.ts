/** Encapsulation in MPLS. @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be32, u8 } from "../../schema/scalar.ts";

/** LWTUNNEL_ENCAP_MPLS (mpls_fill_encap_info): label stack entries to push, outermost first, and the TTL if it is not the packet's. */
export const mplsEncap = attrs("mplsEncap", { c: "MPLS_IPTUNNEL_" }, { dst: [1, array(be32)], ttl: [2, u8] });
export interface MplsEncap extends Value<typeof mplsEncap> {}
