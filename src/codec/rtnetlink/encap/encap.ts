/** Lightweight tunnels: encapsulations that routes and nexthops carry. @module */
import { bare } from "../../schema/attrs.ts";
import { names } from "../../schema/scalar.ts";
import { bpfEncap } from "./bpf.ts";
import { ilaEncap } from "./ila.ts";
import { ioam6Encap } from "./ioam6.ts";
import { ipEncap } from "./ip.ts";
import { ip6Encap } from "./ip6.ts";
import { mplsEncap } from "./mpls.ts";
import { rplEncap } from "./rpl.ts";
import { seg6Encap } from "./seg6.ts";
import { seg6localEncap } from "./seg6local.ts";
import { xfrmEncap } from "./xfrm.ts";

/** LWTUNNEL_ENCAP_*, in iproute2's words. */
export const encapTypes = names(
  "LWTUNNEL_ENCAP_",
  { none: 0, mpls: 1, ip: 2, ila: 3, ip6: 4, seg6: 5, bpf: 6, seg6local: 7, rpl: 8, ioam6: 9, xfrm: 10 },
  { seg6local: "SEG6_LOCAL" },
);

/** The forms of NHA_ENCAP, which the kernel sends without NLA_F_NESTED and does not take without it (rtm_nh_policy_new). */
export const nexthopEncapCases = {
  1: mplsEncap,
  2: ipEncap,
  3: ilaEncap,
  4: ip6Encap,
  5: seg6Encap,
  6: bpfEncap,
  7: seg6localEncap,
  8: rplEncap,
  9: ioam6Encap,
  10: xfrmEncap,
} as const;

/**
 * The forms of RTA_ENCAP by the number in their sibling `encapType`, which the kernel puts behind them:
 * `select("encapType", encapCases)`. Nests without NLA_F_NESTED (lwtunnel_fill_encap).
 */
export const encapCases = {
  1: bare(mplsEncap),
  2: bare(ipEncap),
  3: bare(ilaEncap),
  4: bare(ip6Encap),
  5: bare(seg6Encap),
  6: bare(bpfEncap),
  7: bare(seg6localEncap),
  8: bare(rplEncap),
  9: bare(ioam6Encap),
  10: bare(xfrmEncap),
} as const;
