/** In-situ operations, administration and maintenance: traces in IPv6 packets (RFC 9197). @module */
import { attrs, ipv6 } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { be16, be32, enumeration, names, u8, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";

export const ioam6Modes = names("IOAM6_IPTUNNEL_MODE_", { inline: 1, encap: 2, auto: 3 });

/**
 * struct ioam6_trace_hdr, bit fields as bytes: `nodelen` is the length << 3 and the overflow bit << 2. `type` has bit 0 of the RFC at the
 * top; `remlen` counts words of four bytes.
 */
const traceHdr = struct(
  "ioam6_trace_hdr",
  { size: 8, names: { nodelen: undefined, remlen: undefined, type: "type_be32" } },
  { namespaceId: be16, nodelen: u8, remlen: u8, type: be32 },
);

/** LWTUNNEL_ENCAP_IOAM6 (ioam6_fill_encap_info): into `freqK` of `freqN` packets. */
export const ioam6Encap = attrs(
  "ioam6Encap",
  { c: "IOAM6_IPTUNNEL_" },
  {
    freqK: [4, unit(u32, "packets")],
    freqN: [5, unit(u32, "packets")],
    mode: [1, enumeration(u8, ioam6Modes)],
    src: [6, ipv6],
    dst: [2, ipv6],
    trace: [3, traceHdr],
  },
);
export interface Ioam6Encap extends Value<typeof ioam6Encap> {}
