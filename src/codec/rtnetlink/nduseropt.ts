/** Options of router advertisements that are for user space: the events of RTNLGRP_ND_USEROPT. @module */
import { attrs, ipv6 } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, s32, u8, u16 } from "../schema/scalar.ts";
import { count, pad, struct } from "../schema/struct.ts";

/** struct nduseroptmsg. `optsLen` bytes of options follow it. */
export const nduseroptmsg = struct(
  "nduseroptmsg",
  { size: 16, c: "nduseropt_" },
  {
    family: u8,
    _pad1: pad(1),
    optsLen: count(u16),
    ifindex: device(s32),
    icmpType: u8,
    icmpCode: u8,
    _pad2: pad(6),
  },
);

/**
 * RTM_NEWNDUSEROPT (ndisc_ra_useropt in net/ipv6/ndisc.c): `options` are the bytes of the options as they came (RDNSS, DNSSL…), and
 * `srcaddr` is the router that sent them.
 */
export const nduseropt = attrs(
  "nduseropt",
  { c: "NDUSEROPT_", head: nduseroptmsg, body: "options" },
  { srcaddr: [1, ipv6] },
);
export interface Nduseropt extends Value<typeof nduseropt> {}
