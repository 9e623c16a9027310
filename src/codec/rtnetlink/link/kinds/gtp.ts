/** Links of kind `gtp`: GPRS tunnels of mobile networks. @module */
import { attrs, ipv4, ipv6 } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, enumeration, names, u8, u32 } from "../../../schema/scalar.ts";

/** Side of the tunnel: gateway (GGSN) or serving (SGSN) node. */
export const gtpRoles = names("GTP_ROLE_", { ggsn: 0, sgsn: 1 });

/** IFLA_INFO_DATA of `gtp` (gtp_fill_info in drivers/net/gtp.c). */
export const gtp = attrs(
  "gtp",
  { c: "IFLA_GTP_" },
  {
    pdpHashsize: [3, u32],
    role: [4, enumeration(u32, gtpRoles)],
    restartCount: [6, u8],
    /** File descriptors of the sender's UDP sockets for GTPv0 and GTPv1. */
    fd0: [1, u32],
    fd1: [2, u32],
    /** The kernel makes the sockets itself, on `local` or `local6`. */
    createSockets: [5, bool(u8)],
    local: [7, ipv4],
    local6: [8, ipv6],
  },
);
export interface Gtp extends Value<typeof gtp> {}
