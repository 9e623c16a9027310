/** What address families know of a link. @module */
import { attrs, bare } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, names, u8, u32 } from "../../schema/scalar.ts";
import { inetLink } from "./inet.ts";
import { inet6Link } from "./inet6.ts";

/** How MCTP packets are carried: DSP0239's physical transport binding identifiers (the kernel's net/mctp.h). */
export const mctpBindings = names("", {
  unspec: 0,
  smbus: 1,
  pcie_vdm: 2,
  usb: 3,
  kcs: 4,
  serial: 5,
  i3c: 6,
  mmbi: 7,
  pcc: 8,
  ucie: 9,
  vendor: 0xff,
});

/** AF_MCTP in IFLA_AF_SPEC (mctp_fill_link_af in net/mctp/device.c). */
export const mctpLink = attrs(
  "mctp",
  { c: "IFLA_MCTP_" },
  {
    net: [1, u32],
    /** Linux 6.15. */
    physBinding: [2, enumeration(u8, mctpBindings)],
  },
);
export interface MctpLink extends Value<typeof mctpLink> {}

/**
 * IFLA_AF_SPEC of links in family AF_UNSPEC: a nest for each family, by its number (rtnl_fill_link_af in
 * net/core/rtnetlink.c).
 */
export const afSpec = attrs(
  "af_spec",
  { c: "" },
  { inet: [2, bare(inetLink)], inet6: [10, bare(inet6Link)], mctp: [45, bare(mctpLink)] },
);
export interface AfSpec extends Value<typeof afSpec> {}
