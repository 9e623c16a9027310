/** Links of kind `xfrm`: IPsec interfaces. @module */
import { attrs, flag } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { device, u32 } from "../../../schema/scalar.ts";

/** IFLA_INFO_DATA of `xfrm` (xfrmi_fill_info in net/xfrm/xfrm_interface_core.c). */
export const xfrm = attrs(
  "xfrm",
  { c: "IFLA_XFRM_" },
  {
    link: [1, device(u32)],
    /** XFRMA_IF_ID of the states and policies that this interface stands for. */
    ifId: [2, u32],
    /** iproute2's `external`: the id comes with each packet. */
    collectMetadata: [3, flag],
  },
);
export interface Xfrm extends Value<typeof xfrm> {}
