/** The segment routing header of IPv6 (RFC 8754), as routes carry it. @module */
import { array } from "../../schema/attrs.ts";
import { be16, u8 } from "../../schema/scalar.ts";
import { in6Addr, struct, tailed } from "../../schema/struct.ts";

/**
 * struct ipv6_sr_hdr up to its segments. `hdrlen` counts what follows the first eight bytes, in units of eight bytes. The header calls
 * `tag` a u16; it goes out in packets, in network byte order.
 */
export const ipv6SrHdr = struct(
  "ipv6_sr_hdr",
  { size: 8 },
  { nexthdr: u8, hdrlen: u8, type: u8, segmentsLeft: u8, firstSegment: u8, flags: u8, tag: be16 },
);

/** The header and its segments, the last one first. A header with a TLV (HMAC) behind them stays raw. */
export const srh = tailed(ipv6SrHdr, "segments", array(in6Addr));
