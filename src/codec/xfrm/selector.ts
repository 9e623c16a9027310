/** Which packets a policy or a state is for. @module */
import type { Value } from "../schema/codec.ts";
import { be16, device, s32, u8, u16, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { addressBy } from "./address.ts";

/** `struct xfrm_selector`. Where a mask of ports is 0 any will do; of ICMP the ports are type and code, of GRE the halves of the key. */
export const xfrmSelector = struct(
  "xfrm_selector",
  { size: 56, names: { prefixlenD: "prefixlen_d", prefixlenS: "prefixlen_s" } },
  {
    daddr: addressBy("family"),
    saddr: addressBy("family"),
    dport: be16,
    dportMask: be16,
    sport: be16,
    sportMask: be16,
    family: u16,
    prefixlenD: unit(u8, "bits"),
    prefixlenS: unit(u8, "bits"),
    proto: u8,
    ifindex: device(s32),
    user: u32,
  },
);
export interface XfrmSelector extends Value<typeof xfrmSelector> {}
