/** Scopes of routes and addresses: how far the destination is. @module */
import { names } from "../schema/scalar.ts";

/** rtm_scope and ifa_scope in iproute2's words; every other number is the user's (`enum rt_scope_t`). */
export const scopes = names(
  "RT_SCOPE_",
  { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  { global: "UNIVERSE" },
);
