/** Links of kind `geneve`. @module */
import { attrs, flag, ipv4, ipv6 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, be32, bool, enumeration, names, u8, u32 } from "../../../schema/scalar.ts";
import { struct } from "../../../schema/struct.ts";

/** The "don't fragment" bit of the outer IPv4 header. */
export const geneveDf = names("GENEVE_DF_", { unset: 0, set: 1, inherit: 2 });

/** `struct ifla_geneve_port_range`: UDP source ports, both included. Big endian. Linux 6.15. */
export const genevePortRange = struct("ifla_geneve_port_range", { size: 4 }, { low: be16, high: be16 });

/** IFLA_INFO_DATA of `geneve` (geneve_fill_info in drivers/net/geneve.c). */
export const geneve = attrs(
  "geneve",
  { c: "IFLA_GENEVE_" },
  {
    /** Network identifier, 24 bits, in the host's byte order. */
    id: [1, u32],
    remote: [2, ipv4],
    udpCsum: [8, bool(u8)],
    remote6: [7, ipv6],
    udpZeroCsum6Tx: [9, bool(u8)],
    /** 0: the system's default. */
    ttl: [3, u8],
    /** 1: inherited from the packet inside. */
    tos: [4, u8],
    /** Flow label, 20 bits. Big endian. */
    label: [11, be32],
    df: [13, enumeration(u8, geneveDf)],
    /** UDP destination port, 6081 by default. Big endian. */
    port: [5, be16],
    /** iproute2's `external`: identifier and addresses come with each packet. */
    collectMetadata: [6, flag],
    udpZeroCsum6Rx: [10, bool(u8)],
    ttlInherit: [12, bool(u8)],
    /** The packets inside begin with IP rather than with an Ethernet header. */
    innerProtoInherit: [14, flag],
    portRange: [15, genevePortRange],
  },
);
export interface Geneve extends Value<typeof geneve> {}
