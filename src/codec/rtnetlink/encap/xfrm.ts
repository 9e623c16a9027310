/** Metadata for an xfrm interface. @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { device, u32 } from "../../schema/scalar.ts";

/** LWTUNNEL_ENCAP_XFRM (xfrmi_fill_encap_info). */
export const xfrmEncap = attrs("xfrmEncap", { c: "LWT_XFRM_" }, { ifId: [1, u32], link: [2, device(u32)] });
export interface XfrmEncap extends Value<typeof xfrmEncap> {}
