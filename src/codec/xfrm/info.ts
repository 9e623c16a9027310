/** How many states and policies there are, and what becomes of packets that no policy is for. @module */
import { attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { enumeration, u8, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { xfrmDefaults } from "./types.ts";

/** The requests and answers begin with a number that the kernel makes nothing of. */
const flagged = struct("", { size: 4 }, { flags: u32 });

/** XFRM_MSG_NEWSADINFO, XFRM_MSG_GETSADINFO. */
export const stateCounts = attrs(
  "xfrmStateCounts",
  { c: "XFRMA_SAD_", head: flagged },
  {
    cnt: [1, u32],
    /** Buckets of the hash table: now, and at most. */
    hinfo: [2, struct("xfrmu_sadhinfo", { size: 8 }, { sadhcnt: u32, sadhmcnt: u32 })],
  },
);
/** XFRM_MSG_NEWSPDINFO, XFRM_MSG_GETSPDINFO. */
const threshold = struct("xfrmu_spdhthresh", { size: 2 }, { lbits: unit(u8, "bits"), rbits: unit(u8, "bits") });
export const policyCounts = attrs(
  "xfrmPolicyCounts",
  { c: "XFRMA_SPD_", head: flagged },
  {
    /** By direction; those of sockets have a name of their own. */
    info: [
      1,
      struct(
        "xfrmu_spdinfo",
        { size: 24 },
        { incnt: u32, outcnt: u32, fwdcnt: u32, inscnt: u32, outscnt: u32, fwdscnt: u32 },
      ),
    ],
    hinfo: [2, struct("xfrmu_spdhinfo", { size: 8 }, { spdhcnt: u32, spdhmcnt: u32 })],
    /** From which prefix lengths on policies are hashed. */
    ipv4Hthresh: [3, threshold],
    ipv6Hthresh: [4, threshold],
  },
);
const action = enumeration(u8, xfrmDefaults);
/** XFRM_MSG_SETDEFAULT, XFRM_MSG_GETDEFAULT. */
export const xfrmDefault = attrs(
  "xfrmDefault",
  { c: "", head: struct("xfrm_userpolicy_default", { size: 3 }, { in: action, fwd: action, out: action }) },
  {},
);
export interface XfrmDefault extends Value<typeof xfrmDefault> {}
