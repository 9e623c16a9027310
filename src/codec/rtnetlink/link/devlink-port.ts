/** Where a link is found in devlink and in the clock hardware. @module */
import { attrs, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { u32 } from "../../schema/scalar.ts";

// DEVLINK_ATTR_* and DPLL_A_PIN_* have hundreds of attributes more, in generic netlink: these sets stand outside of
// their enums.

/**
 * IFLA_DEVLINK_PORT: the handle of the devlink port, empty for a link that is none (rtnl_fill_devlink_port;
 * linux/devlink.h).
 */
export const devlinkPort = attrs(
  "devlink_port",
  { c: "" },
  { busName: [1, string], devName: [2, string], portIndex: [3, u32] },
);
export interface DevlinkPort extends Value<typeof devlinkPort> {}

/**
 * IFLA_DPLL_PIN: the pin of a DPLL that the link is clocked by, empty for a link without (rtnl_fill_dpll_pin;
 * linux/dpll.h).
 */
export const dpllPin = attrs("dpll_pin", { c: "" }, { id: [1, u32] });
export interface DpllPin extends Value<typeof dpllPin> {}
