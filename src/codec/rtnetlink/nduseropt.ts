/** Options of router advertisements that are for user space: the events of RTNLGRP_ND_USEROPT. @module */
import { attrs, bytes, ipv6 } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, s32, u8, u16, unit } from "../schema/scalar.ts";
import { pad, struct, tailed } from "../schema/struct.ts";

/** struct nduseroptmsg. `optsLen` bytes of options follow it, and the attributes after them. */
export const nduseroptmsg = struct(
  "nduseroptmsg",
  { size: 16, c: "nduseropt_" },
  {
    family: u8,
    _pad1: pad(1),
    optsLen: unit(u16, "bytes"),
    ifindex: device(s32),
    icmpType: u8,
    icmpCode: u8,
    _pad2: pad(6),
  },
);

/** What follows the options: the router that sent them. */
export const nduseroptAttributes = attrs("nduseropt", { c: "NDUSEROPT_" }, { srcaddr: [1, ipv6] });

/** RTM_NEWNDUSEROPT (ndisc_ra_useropt): `payload` is the options, as they came (RDNSS, DNSSL…), and then the attributes. */
export const nduseropt = tailed(nduseroptmsg, "payload", bytes);
export interface Nduseropt extends Value<typeof nduseropt> {}
