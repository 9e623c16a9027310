/** Links of kind `batadv`: B.A.T.M.A.N. Advanced meshes. @module */
import { attrs, string } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";

/** IFLA_INFO_DATA of `batadv` (linux/batman_adv.h), on creation only: the kernel reports none. */
export const batadv = attrs(
  "batadv",
  { c: "IFLA_BATADV_" },
  {
    /** Routing algorithm: `"BATMAN_IV"` or `"BATMAN_V"`. */
    algoName: [1, string],
  },
);
export interface Batadv extends Value<typeof batadv> {}
