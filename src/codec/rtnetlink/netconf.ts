/** Settings of address families, per link and for all. @module */
import { attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { device, s32, u8 } from "../schema/scalar.ts";
import { pad, struct } from "../schema/struct.ts";

// struct netconfmsg is one byte, yet the attributes after it start at the next multiple of four.
const netconfmsg = struct("", { size: 4 }, { family: u8, _pad: pad(3) });

/** `ifindex` of the settings that apply to all links, and of those that new links get (linux/netconf.h). */
export const NETCONFA_IFINDEX_ALL = -1;
export const NETCONFA_IFINDEX_DEFAULT = -2;

/**
 * RTM_NEWNETCONF, RTM_DELNETCONF, RTM_GETNETCONF (inet_netconf_fill_devconf in net/ipv4/devinet.c, and its like in IPv6
 * and MPLS). A notification has only what changed.
 */
export const netconf = attrs(
  "netconf",
  { c: "NETCONFA_", head: netconfmsg },
  {
    /** −1: all links, −2: new links. */
    ifindex: [1, device(s32)],
    /** MPLS only. */
    input: [7, s32],
    forwarding: [2, s32],
    /** IPv6 only. Linux 6.17. */
    forceForwarding: [9, s32],
    /** IPv4 only: 0 off, 1 strict, 2 loose. */
    rpFilter: [3, s32],
    mcForwarding: [4, s32],
    /** IPv4 only. */
    bcForwarding: [8, s32],
    /** proxy_arp of IPv4, proxy_ndp of IPv6. */
    proxyNeigh: [5, s32],
    ignoreRoutesWithLinkdown: [6, s32],
  },
);
export interface Netconf extends Value<typeof netconf> {}
