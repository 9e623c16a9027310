/** Ports of a bridge. @module */
import { attrs, flag } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { bool, device, enumeration, names, time, u8, u16, u32, u64 } from "../../../schema/scalar.ts";
import { bridgeId, multicastRouters } from "./bridge.ts";

/** States of a port in the spanning tree (linux/if_bridge.h). */
export const bridgePortStates = names("BR_STATE_", {
  disabled: 0,
  listening: 1,
  learning: 2,
  forwarding: 3,
  blocking: 4,
});

const clock64 = time(u64, "USER_HZ");

/**
 * IFLA_INFO_SLAVE_DATA of `bridge`, and IFLA_PROTINFO of links in family AF_BRIDGE (br_port_fill_attrs in
 * net/bridge/br_netlink.c).
 */
export const bridgePort = attrs(
  "bridge_port",
  { c: "IFLA_BRPORT_" },
  {
    state: [1, enumeration(u8, bridgePortStates)],
    /** 0…63. */
    priority: [2, u16],
    /** 1…65535. */
    cost: [3, u32],
    /** Hairpin: frames may leave by the port they came in by. */
    mode: [4, bool(u8)],
    /** A BPDU disables the port. */
    guard: [5, bool(u8)],
    /** The port may not become the root port: iproute2's `root_block`. */
    protect: [6, bool(u8)],
    fastLeave: [7, bool(u8)],
    mcastToUcast: [28, bool(u8)],
    learning: [8, bool(u8)],
    /** iproute2's `flood`. */
    unicastFlood: [9, bool(u8)],
    mcastFlood: [27, bool(u8)],
    bcastFlood: [30, bool(u8)],
    proxyarp: [10, bool(u8)],
    proxyarpWifi: [12, bool(u8)],
    rootId: [13, bridgeId],
    bridgeId: [14, bridgeId],
    designatedPort: [15, u16],
    designatedCost: [16, u16],
    id: [17, u16],
    no: [18, u16],
    topologyChangeAck: [19, bool(u8)],
    configPending: [20, bool(u8)],
    vlanTunnel: [29, bool(u8)],
    /** Bit N forwards frames to 01:80:c2:00:00:0N. */
    groupFwdMask: [31, u16],
    neighSuppress: [32, bool(u8)],
    mrpRingOpen: [35, bool(u8)],
    mrpInOpen: [36, bool(u8)],
    isolated: [33, bool(u8)],
    locked: [39, bool(u8)],
    /** MAC authentication bypass. */
    mab: [40, bool(u8)],
    neighVlanSuppress: [43, bool(u8)],
    messageAgeTimer: [21, clock64],
    forwardDelayTimer: [22, clock64],
    holdTimer: [23, clock64],
    multicastRouter: [25, enumeration(u8, multicastRouters)],
    mcastEhtHostsLimit: [37, u32],
    mcastEhtHostsCnt: [38, u32],
    /** Multicast groups. Read only. */
    mcastNGroups: [41, u32],
    /** Limit of the multicast groups; 0: none. */
    mcastMaxGroups: [42, u32],
    /** Where the traffic goes while this port has no carrier; 0 when sent: nowhere. */
    backupPort: [34, device(u32)],
    /** Nexthop of VLAN-tunnelled traffic that goes to `backupPort`. */
    backupNhid: [44, u32],
    learningSync: [11, bool(u8)],
    /** Forget the addresses learned on this port. */
    flush: [24, flag],
  },
);
export interface BridgePort extends Value<typeof bridgePort> {}
