/** XDP programs of a link. @module */
import { attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, flags, names, s32, u8, u32 } from "../../schema/scalar.ts";

/** Where the program runs: in the driver, on socket buffers (generic), in the hardware, or several of these. */
export const xdpModes = names("XDP_ATTACHED_", { none: 0, drv: 1, skb: 2, hw: 3, multi: 4 });
/** How to attach a program (linux/if_link.h). */
export const xdpFlags = names("XDP_FLAGS_", {
  update_if_noexist: 0x1,
  skb_mode: 0x2,
  drv_mode: 0x4,
  hw_mode: 0x8,
  replace: 0x10,
});

/**
 * IFLA_XDP (rtnl_xdp_fill in net/core/rtnetlink.c): reported as ids of programs, set by file descriptors. `progId` is
 * there with a single program only.
 */
export const linkXdp = attrs(
  "xdp",
  { c: "IFLA_XDP_" },
  {
    skbProgId: [6, u32],
    drvProgId: [5, u32],
    hwProgId: [7, u32],
    attached: [2, enumeration(u8, xdpModes)],
    progId: [4, u32],
    /** File descriptor of the program to attach; −1 detaches. */
    fd: [1, s32],
    flags: [3, flags(u32, xdpFlags)],
    /** With the flag `replace`: file descriptor of the program that is attached now. */
    expectedFd: [8, s32],
  },
);
export interface LinkXdp extends Value<typeof linkXdp> {}
