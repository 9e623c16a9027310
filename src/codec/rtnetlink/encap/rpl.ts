/** The source routing header of RPL (RFC 6554). @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { u8 } from "../../schema/scalar.ts";
import { in6Addr, pad, struct, tailed } from "../../schema/struct.ts";

/**
 * struct ipv6_rpl_sr_hdr, bit fields as bytes: `cmpr` is CmprI << 4 | CmprE and `padding` the count << 4. Netlink carries whole addresses:
 * both are 0 there.
 */
const rplSrHdr = struct(
  "ipv6_rpl_sr_hdr",
  { size: 8, names: { cmpr: undefined, padding: undefined } },
  { nexthdr: u8, hdrlen: u8, type: u8, segmentsLeft: u8, cmpr: u8, padding: u8, _reserved: pad(2) },
);

/** LWTUNNEL_ENCAP_RPL (rpl_fill_encap_info). */
export const rplEncap = attrs(
  "rplEncap",
  { c: "RPL_IPTUNNEL_" },
  { srh: [1, tailed(rplSrHdr, "segments", array(in6Addr))] },
);
export interface RplEncap extends Value<typeof rplEncap> {}
