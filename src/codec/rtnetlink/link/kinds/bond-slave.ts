/** Devices enslaved to a bond. @module */
import { attrs, mac } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { enumeration, flags, names, s32, u8, u16, u32 } from "../../../schema/scalar.ts";

/** Whether the device carries traffic. In capitals, as iproute2 prints it. */
export const bondSlaveStates = names("BOND_STATE_", { ACTIVE: 0, BACKUP: 1 });
/** State of the device's link under `updelay` and `downdelay`, as iproute2 prints it. */
export const bondSlaveMiiStates = names(
  "BOND_LINK_",
  { UP: 0, GOING_DOWN: 1, DOWN: 2, GOING_BACK: 3 },
  { GOING_DOWN: "FAIL", GOING_BACK: "BACK" },
);
/** Bits of a LACP port state, as iproute2 prints them. */
export const lacpPortStates = names(
  "LACP_STATE_",
  {
    active: 0x1,
    short_timeout: 0x2,
    aggregating: 0x4,
    in_sync: 0x8,
    collecting: 0x10,
    distributing: 0x20,
    defaulted: 0x40,
    expired: 0x80,
  },
  {
    active: "LACP_ACTIVITY",
    short_timeout: "LACP_TIMEOUT",
    aggregating: "AGGREGATION",
    in_sync: "SYNCHRONIZATION",
  },
);
/** States of 802.3ad's churn machines (churn_state_t of drivers/net/bonding/bond_3ad). */
export const bondChurnStates = names("", { monitor: 0, churn: 1, "no-churn": 2 });

/** IFLA_INFO_SLAVE_DATA of `bond` (bond_fill_slave_info in drivers/net/bonding/bond_netlink.c). */
export const bondSlave = attrs(
  "bond_slave",
  { c: "IFLA_BOND_SLAVE_" },
  {
    state: [1, enumeration(u8, bondSlaveStates)],
    miiStatus: [2, enumeration(u8, bondSlaveMiiStates)],
    linkFailureCount: [3, u32],
    permHwaddr: [4, mac],
    queueId: [5, u16],
    /** The higher, the sooner it becomes active. */
    prio: [9, s32],
    // what follows only in mode 802.3ad
    adAggregatorId: [6, u16],
    adActorOperPortState: [7, flags(u8, lacpPortStates)],
    adPartnerOperPortState: [8, flags(u16, lacpPortStates)],
    adChurnActorState: [11, enumeration(u8, bondChurnStates)],
    adChurnPartnerState: [12, enumeration(u8, bondChurnStates)],
    actorPortPrio: [10, u16],
  },
);
export interface BondSlave extends Value<typeof bondSlave> {}
