/** Bridges and their ports (net/bridge/br_if.c, br_stp.c, br_stp_if.c, br.c). No packets: nobody else bridges, so a bridge is its own root. @module */

import { linkEvents } from "../../codec/rtnetlink/link/flags.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { carrierOff, carrierOn } from "./carrier.ts";
import type { Kernel } from "./kernel.ts";
import { IFF, isLoopback, isUp, notifyLink, notifyPort, operUp } from "./link-message.ts";
import type { Link } from "./state.ts";

const STATE = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const;
const NO_ADDRESS = "00:00:00:00:00:00";

interface BridgeId {
  prio: number;
  addr: string;
}
interface BridgeData {
  bridgeId: BridgeId;
  rootId: BridgeId;
  forwardDelay: number;
  stpState: number;
}
const dataOf = (bridge: Link): BridgeData => bridge.data as never;
/** Ports, the latest first, as the kernel's list has them. */
export function portsOf(kernel: Kernel, bridge: Link): Link[] {
  return [...kernel.netns(bridge.netns).links.values()]
    .filter((link) => link.master === bridge.index && link.slave)
    .sort((a, b) => b.joined - a.joined);
}
export const bridgeOf = (kernel: Kernel, port: Link): Link | undefined => {
  const master = port.master ? kernel.netns(port.netns).links.get(port.master) : undefined;
  return master?.kind === "bridge" ? master : undefined;
};

/** br_add_if. */
export function addPort(kernel: Kernel, bridge: Link, port: Link): void {
  if (isLoopback(port) || port.type !== 1 || port.address === undefined || !isUnicast(port.address)) refuse("EINVAL");
  if (port.kind === "bridge") refuse("ELOOP", "Can not enslave a bridge to a bridge");
  if (port.master) refuse("EBUSY");
  if (port.kind === "macvlan" || port.kind === "vrf")
    refuse("EOPNOTSUPP", "Device does not allow enslaving to a bridge");
  const data = dataOf(bridge);
  let no = 1;
  const taken = new Set(portsOf(kernel, bridge).map((other) => other.slave!.no));
  while (taken.has(no)) no++;
  port.allmulti++;
  port.master = bridge.index;
  port.joined = 1 + Math.max(0, ...portsOf(kernel, bridge).map((other) => other.joined));
  port.slave = newPort(data, no, port);
  kernel.netns(port.netns).generation++;
  notifyLink(kernel, port);
  port.promiscuity++;
  notifyLink(kernel, port, { change: IFF.promisc });
  updateFeatures(kernel, bridge, port);
  const changed = recalculateId(kernel, bridge);
  if (isUp(port) && operUp(port) && isUp(bridge)) enablePort(kernel, bridge, port);
  notifyPort(kernel, port);
  if (changed) kernel.device(bridge, "address");
  adjustMtu(kernel, bridge);
  setGsoLimits(kernel, bridge);
}
const isUnicast = (mac: string): boolean => mac !== NO_ADDRESS && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;

function newPort(data: BridgeData, no: number, port: Link): Record<string, unknown> {
  const id = 0x8000 | no;
  return {
    state: STATE.disabled,
    priority: 32,
    cost: port.kind === "veth" ? 2 : 100,
    mode: 0,
    guard: 0,
    protect: 0,
    fastLeave: 0,
    mcastToUcast: 0,
    learning: 1,
    unicastFlood: 1,
    mcastFlood: 1,
    bcastFlood: 1,
    proxyarp: 0,
    proxyarpWifi: 0,
    rootId: { ...data.rootId },
    bridgeId: { ...data.bridgeId },
    designatedPort: id,
    designatedCost: 0,
    id,
    no,
    topologyChangeAck: 0,
    configPending: 0,
    vlanTunnel: 0,
    groupFwdMask: 0,
    neighSuppress: 0,
    mrpRingOpen: 0,
    mrpInOpen: 0,
    isolated: 0,
    locked: 0,
    mab: 0,
    neighVlanSuppress: 0,
    messageAgeTimer: 0n,
    forwardDelayTimer: 0n,
    holdTimer: 0n,
    multicastRouter: 1,
    mcastEhtHostsLimit: 512,
    mcastEhtHostsCnt: 0,
    mcastNGroups: 0,
    mcastMaxGroups: 0,
  };
}

/** del_nbp, and with it the rest of br_del_if where the bridge stays. */
export function removePort(kernel: Kernel, bridge: Link, port: Link, bridgeStays = true): void {
  port.allmulti--;
  port.promiscuity--;
  notifyLink(kernel, port, { change: IFF.promisc });
  disablePort(kernel, bridge, port);
  notifyPort(kernel, port, RTM.dellink);
  port.master = 0;
  port.slave = undefined;
  kernel.netns(port.netns).generation++;
  notifyLink(kernel, port);
  if (!bridgeStays) return;
  adjustMtu(kernel, bridge);
  setGsoLimits(kernel, bridge);
  if (recalculateId(kernel, bridge)) kernel.device(bridge, "address");
  updateFeatures(kernel, bridge, port);
}
/** Offloads follow from the ports' kinds: a change of them is told as NETDEV_FEAT_CHANGE (netdev_update_features). */
function updateFeatures(kernel: Kernel, bridge: Link, port: Link): void {
  const others = portsOf(kernel, bridge).filter((other) => other !== port);
  if (others.some((other) => other.kind === port.kind)) return;
  notifyLink(kernel, bridge, { event: linkEvents.values.features });
}
/** The port leaves whatever master it has. */
export function releasePort(kernel: Kernel, port: Link): void {
  const bridge = bridgeOf(kernel, port);
  if (bridge) {
    removePort(kernel, bridge, port);
    return;
  }
  port.master = 0;
  port.slave = undefined;
  notifyLink(kernel, port);
}

/** br_stp_recalculate_bridge_id: the lowest address of a port becomes the bridge's. */
function recalculateId(kernel: Kernel, bridge: Link): boolean {
  if (bridge.addressSet) return false;
  const addresses = portsOf(kernel, bridge).map((port) => port.address!);
  const lowest = addresses.sort()[0] ?? NO_ADDRESS;
  if (dataOf(bridge).bridgeId.addr === lowest) return false;
  changeId(kernel, bridge, lowest);
  return true;
}
/** br_stp_change_bridge_id. */
export function changeId(kernel: Kernel, bridge: Link, address: string): void {
  const data = dataOf(bridge);
  bridge.address = address;
  data.bridgeId = { ...data.bridgeId, addr: address };
  data.rootId = { ...data.bridgeId };
  for (const port of portsOf(kernel, bridge)) {
    port.slave!.rootId = { ...data.rootId };
    port.slave!.bridgeId = { ...data.bridgeId };
  }
  selectStates(kernel, bridge);
}

/** br_port_state_selection: with the spanning tree off, what is not disabled forwards. */
function selectStates(kernel: Kernel, bridge: Link): void {
  const data = dataOf(bridge);
  let live = 0;
  for (const port of portsOf(kernel, bridge)) {
    const slave = port.slave!;
    if (slave.state === STATE.disabled) continue;
    if (slave.state === STATE.blocking) {
      slave.state = data.stpState === 0 || data.forwardDelay === 0 ? STATE.forwarding : STATE.listening;
      notifyPort(kernel, port);
    }
    if (slave.state === STATE.forwarding) live++;
  }
  if (live === 0) carrierOff(kernel, bridge);
  else carrierOn(kernel, bridge);
}
/** br_stp_enable_port. */
function enablePort(kernel: Kernel, bridge: Link, port: Link): void {
  const data = dataOf(bridge);
  const slave = port.slave!;
  slave.rootId = { ...data.rootId };
  slave.bridgeId = { ...data.bridgeId };
  slave.state = STATE.blocking;
  selectStates(kernel, bridge);
  notifyPort(kernel, port);
}
/** br_stp_disable_port. */
function disablePort(kernel: Kernel, bridge: Link, port: Link): void {
  const data = dataOf(bridge);
  const slave = port.slave!;
  slave.rootId = { ...data.rootId };
  slave.bridgeId = { ...data.bridgeId };
  slave.state = STATE.disabled;
  notifyPort(kernel, port);
  selectStates(kernel, bridge);
}

/** br_stp_enable_bridge and br_stp_disable_bridge. */
export function bridgeUp(kernel: Kernel, bridge: Link): void {
  for (const port of portsOf(kernel, bridge)) if (isUp(port) && operUp(port)) enablePort(kernel, bridge, port);
}
export function bridgeDown(kernel: Kernel, bridge: Link): void {
  for (const port of portsOf(kernel, bridge))
    if (port.slave!.state !== STATE.disabled) disablePort(kernel, bridge, port);
}

/** br_mtu_auto_adjust. */
function adjustMtu(kernel: Kernel, bridge: Link): void {
  if (bridge.mtuSet) return;
  const mtus = portsOf(kernel, bridge).map((port) => port.mtu);
  const mtu = mtus.length > 0 ? Math.min(...mtus) : 1500;
  if (mtu === bridge.mtu) return;
  bridge.mtu = mtu;
  kernel.device(bridge, "mtu");
}
/** br_set_gso_limits. */
function setGsoLimits(kernel: Kernel, bridge: Link): void {
  const sizes = portsOf(kernel, bridge).map((port) => port.gso.tsoMaxSize);
  bridge.gso.tsoMaxSize = Math.min(524280, ...sizes);
}

/** br_device_event: of a port. */
export function bridgeEvent(kernel: Kernel, port: Link, event: "up" | "down" | "change" | "address" | "mtu"): void {
  const bridge = bridgeOf(kernel, port);
  if (bridge === undefined || port.slave === undefined) return;
  let notified = false;
  switch (event) {
    case "mtu":
      adjustMtu(kernel, bridge);
      return;
    case "address":
      if (recalculateId(kernel, bridge)) kernel.device(bridge, "address");
      break;
    case "change":
      if (!isUp(bridge)) break;
      if (isUp(port) && operUp(port)) {
        if (port.slave.state === STATE.disabled) {
          enablePort(kernel, bridge, port);
          notified = true;
        }
      } else if (port.slave.state !== STATE.disabled) {
        disablePort(kernel, bridge, port);
        notified = true;
      }
      break;
    case "down":
      if (isUp(bridge)) {
        disablePort(kernel, bridge, port);
        notified = true;
      }
      break;
    case "up":
      if (isUp(bridge) && operUp(port)) {
        enablePort(kernel, bridge, port);
        notified = true;
      }
  }
  if (!notified) notifyPort(kernel, port);
}
