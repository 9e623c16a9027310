/** Who installed a route, a rule, a nexthop or a neighbour. @module */
import { names } from "../schema/scalar.ts";

/** rtm_protocol, in the words of iproute2's rt_protos. The kernel itself interprets only those below `static`. */
export const routeProtocols = names("RTPROT_", {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  mrouted: 17,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
});
