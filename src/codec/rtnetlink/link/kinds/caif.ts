/** Links of kind `caif`: IP over ST-Ericsson modems. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, u8, u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `caif` (ipcaif_fill_info in net/caif/chnl_net.c; linux/caif/if_caif.h). */
export const caif = attrs(
  "caif",
  { c: "IFLA_CAIF_" },
  {
    /** Connection ids of the PDP contexts. */
    ipv4Connid: [1, u32],
    ipv6Connid: [2, u32],
    loopback: [3, bool(u8)],
  },
);
export interface Caif extends Value<typeof caif> {}
