/** Types of routes. @module */
import { names } from "../schema/scalar.ts";

/** rtm_type: what becomes of a packet that matches. A neighbour's ndm_type is one of these too. */
export const routeTypes = names("RTN_", {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
});
