/** Generic netlink: one protocol for many families, each with an id that the kernel gives at boot. @module */
import { attrs } from "../schema/attrs.ts";
import { u8, u16 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** `struct genlmsghdr` of linux/genetlink.h. */
export const genlmsghdr = struct("genlmsghdr", { size: 4 }, { cmd: u8, version: u8, reserved: u16 });

/** A message of a family that has no schema here: its attributes stay raw, in `unknown`. */
export const genericMessage = attrs("generic", { c: "", head: genlmsghdr }, {});

/** Netlink protocol number (NETLINK_GENERIC). */
export const GENERIC = 16;
/** Id of the controller, the only family whose id is always the same. */
export const GENL_ID_CTRL = 16;
