/** Ids by which one network namespace knows others. @module */
import { attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { s32, u8, u32 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

// struct rtgenmsg is one byte, yet the attributes after it start at the next multiple of four, like all attributes.
const rtgenmsg = struct("", { size: 4 }, { family: u8, _pad: pad(3) });

/**
 * RTM_NEWNSID, RTM_DELNSID, RTM_GETNSID (rtnl_net_fill). An `nsid` of −1 says that there is none, NETNSA_NSID_NOT_ASSIGNED.
 * Requests name the namespace by `pid` or `fd`.
 */
export const nsid = attrs(
  "nsid",
  { c: "NETNSA_", head: rtgenmsg },
  {
    nsid: [1, s32],
    /** What the namespace of `targetNsid` calls it; `currentNsid` is then what the asker's own does. */
    currentNsid: [5, s32],
    pid: [2, u32],
    fd: [3, u32],
    targetNsid: [4, s32],
  },
);
export interface Nsid extends Value<typeof nsid> {}
