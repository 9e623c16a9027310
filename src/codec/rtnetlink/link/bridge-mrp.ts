/** The bridge's Media Redundancy Protocol, IEC 62439-2. @module */
import { attrs, bare, multi } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { bool, device, enumeration, names, u16, u32, unit } from "../../schema/scalar.ts";

/** Roles and states of a ring, of an interconnection of rings, and of their ports (linux/mrp_bridge.h). */
export const mrpRingRoles = names("BR_MRP_RING_ROLE_", { disabled: 0, mrc: 1, mrm: 2, mra: 3 });
export const mrpInRoles = names("BR_MRP_IN_ROLE_", { disabled: 0, mic: 1, mim: 2 });
export const mrpRingStates = names("BR_MRP_RING_STATE_", { open: 0, closed: 1 });
export const mrpInStates = names("BR_MRP_IN_STATE_", { open: 0, closed: 1 });
export const mrpPortStates = names("BR_MRP_PORT_STATE_", { disabled: 0, blocked: 1, forwarding: 2, not_connected: 3 });
export const mrpPortRoles = names("BR_MRP_PORT_ROLE_", { primary: 0, secondary: 1, inter: 2 });

const ringRole = enumeration(u32, mrpRingRoles);
const ringState = enumeration(u32, mrpRingStates);
const inRole = enumeration(u32, mrpInRoles);
const inState = enumeration(u32, mrpInStates);
const microseconds = unit(u32, "us");

const instance = attrs(
  "mrp_instance",
  { c: "IFLA_BRIDGE_MRP_INSTANCE_" },
  { ringId: [1, u32], pIfindex: [2, device(u32)], sIfindex: [3, device(u32)], prio: [4, u16] },
);
const portState = attrs(
  "mrp_port_state",
  { c: "IFLA_BRIDGE_MRP_PORT_STATE_" },
  { state: [1, enumeration(u32, mrpPortStates)] },
);
const portRole = attrs(
  "mrp_port_role",
  { c: "IFLA_BRIDGE_MRP_PORT_ROLE_" },
  { role: [1, enumeration(u32, mrpPortRoles)] },
);
const ringStateOf = attrs(
  "mrp_ring_state",
  { c: "IFLA_BRIDGE_MRP_RING_STATE_" },
  { ringId: [1, u32], state: [2, ringState] },
);
const ringRoleOf = attrs(
  "mrp_ring_role",
  { c: "IFLA_BRIDGE_MRP_RING_ROLE_" },
  { ringId: [1, u32], role: [2, ringRole] },
);
const startTest = attrs(
  "mrp_start_test",
  { c: "IFLA_BRIDGE_MRP_START_TEST_" },
  {
    ringId: [1, u32],
    interval: [2, microseconds],
    maxMiss: [3, u32],
    period: [4, microseconds],
    monitor: [5, bool(u32)],
  },
);
const inStateOf = attrs("mrp_in_state", { c: "IFLA_BRIDGE_MRP_IN_STATE_" }, { inId: [1, u32], state: [2, inState] });
const inRoleOf = attrs(
  "mrp_in_role",
  { c: "IFLA_BRIDGE_MRP_IN_ROLE_" },
  // The one number of an interconnection that is 16 bits wide (br_mrp_in_role_policy).
  { ringId: [1, u32], inId: [2, u16], role: [3, inRole], iIfindex: [4, device(u32)] },
);
const startInTest = attrs(
  "mrp_start_in_test",
  { c: "IFLA_BRIDGE_MRP_START_IN_TEST_" },
  { inId: [1, u32], interval: [2, microseconds], maxMiss: [3, u32], period: [4, microseconds] },
);

/** IFLA_BRIDGE_MRP_INFO: one ring as the kernel reports it (br_mrp_fill_info in net/bridge/br_mrp_netlink.c). */
export const mrpInfo = attrs(
  "mrp_info",
  { c: "IFLA_BRIDGE_MRP_INFO_" },
  {
    ringId: [1, u32],
    pIfindex: [2, device(u32)],
    sIfindex: [3, device(u32)],
    iIfindex: [10, device(u32)],
    prio: [4, u16],
    ringState: [5, ringState],
    ringRole: [6, ringRole],
    testInterval: [7, microseconds],
    testMaxMiss: [8, u32],
    testMonitor: [9, bool(u32)],
    inState: [11, inState],
    inRole: [12, inRole],
    inTestInterval: [13, microseconds],
    inTestMaxMiss: [14, u32],
  },
);
export interface MrpInfo extends Value<typeof mrpInfo> {}

/** IFLA_BRIDGE_MRP: `info` is what the kernel reports, the others are orders to it (br_mrp_parse). */
export const bridgeMrp = attrs(
  "bridge_mrp",
  { c: "IFLA_BRIDGE_MRP_" },
  {
    info: [7, multi(bare(mrpInfo))],
    instance: [1, instance],
    portState: [2, portState],
    portRole: [3, portRole],
    ringState: [4, ringStateOf],
    ringRole: [5, ringRoleOf],
    startTest: [6, startTest],
    inRole: [8, inRoleOf],
    inState: [9, inStateOf],
    startInTest: [10, startInTest],
  },
);
export interface BridgeMrp extends Value<typeof bridgeMrp> {}
