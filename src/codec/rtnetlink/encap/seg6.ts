/** Segment routing over IPv6: encapsulation at the head of the path. @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, names, s32 } from "../../schema/scalar.ts";
import { in6Addr, struct, tailed } from "../../schema/struct.ts";
import { ipv6SrHdr } from "./srh.ts";

export const seg6Modes = names(
  "SEG6_IPTUN_MODE_",
  { inline: 0, encap: 1, l2encap: 2, "encap.red": 3, "l2encap.red": 4 },
  { "encap.red": "ENCAP_RED", "l2encap.red": "L2ENCAP_RED" },
);

/** struct seg6_iptunnel_encap, which C declares as the mode and a flexible array. */
const seg6IptunnelEncap = struct("", { size: 12 }, { mode: enumeration(s32, seg6Modes), ...ipv6SrHdr.members });

/** LWTUNNEL_ENCAP_SEG6 (seg6_fill_encap_info). See srh.ts for the header in it. */
export const seg6Encap = attrs(
  "seg6Encap",
  { c: "SEG6_IPTUNNEL_" },
  { srh: [1, tailed(seg6IptunnelEncap, "segments", array(in6Addr))] },
);
export interface Seg6Encap extends Value<typeof seg6Encap> {}
