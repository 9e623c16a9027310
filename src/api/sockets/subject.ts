/** Decoded messages as filters look at them. @module */

import type { Subject } from "../../codec/sockdiag/filter/match.ts";
import type { InetMessage } from "../../codec/sockdiag/inet.ts";
import type { NetlinkMessage } from "../../codec/sockdiag/netlink.ts";
import type { PacketMessage } from "../../codec/sockdiag/packet.ts";
import { socketStates } from "../../codec/sockdiag/state.ts";
import type { InetProtocol } from "../../codec/sockdiag/types.ts";
import type { UnixMessage } from "../../codec/sockdiag/unix.ts";
import type { VsockMessage } from "../../codec/sockdiag/vsock.ts";
import type { XdpMessage } from "../../codec/sockdiag/xdp.ts";
import { parseIp } from "../../codec/wire/ip.ts";
import { unixName } from "./unix-socket.ts";

const {
  close,
  established,
  "syn-sent": synSent,
  "fin-wait-1": finWait1,
  "close-wait": closeWait,
  "last-ack": lastAck,
  "time-wait": timeWait,
  "syn-recv": synRecv,
  "new-syn-recv": newSynRecv,
  "bound-inactive": boundInactive,
} = socketStates.values;
const nothing = { device: 0, mark: undefined, cgroup: undefined } as const;

/** States of SCTP associations by number, as the states of TCP that they are most like. */
const associationStates = [close, synSent, synSent, established, finWait1, finWait1, closeWait, lastAck];
export const isAssociation = (m: InetMessage, protocol: InetProtocol): boolean =>
  protocol === "sctp" && m.peers !== undefined;

/**
 * State of a message. A TCP socket that is closed is in none of the kernel's tables, and none is told of but the bound ones, in whose mask
 * they are BOUND_INACTIVE (inet_diag_dump_icsk).
 */
export function stateOf(m: InetMessage, protocol: InetProtocol): number {
  if (m.state === close && (protocol === "tcp" || protocol === "dccp")) return boundInactive;
  return isAssociation(m, protocol) ? (associationStates[m.state] ?? close) : m.state;
}

export function inetSubject(m: InetMessage, protocol: InetProtocol): Subject {
  // What has no socket has mark and cgroup 0 in the kernel's eyes (inet_diag_bc_sk), and no such attribute.
  const mini = m.state === timeWait || m.state === newSynRecv || (m.state === synRecv && m.inode === 0);
  return {
    family: m.family,
    state: stateOf(m, protocol),
    src: { address: parseIp(m.src), port: m.sport },
    dst: { address: parseIp(m.dst), port: m.dport },
    device: m.ifindex,
    mark: m.mark ?? (m.state === timeWait ? 0 : undefined),
    cgroup: m.cgroupId ?? (mini ? 0n : undefined),
  };
}

/** `peers`: names by inode, for conditions on the other end. */
export function unixSubject(m: UnixMessage, peers: ReadonlyMap<number, string> | undefined): Subject {
  return {
    ...nothing,
    family: m.family,
    state: m.state,
    src: { name: unixName(m.name), port: m.ino },
    dst: { name: m.peer === undefined ? undefined : peers?.get(m.peer), port: m.peer ?? 0 },
  };
}

// Sockets without states are closed ones, as in ss.
export const netlinkSubject = (m: NetlinkMessage): Subject => ({
  ...nothing,
  family: m.family,
  state: close,
  src: { protocol: m.protocol, port: m.portid },
  dst: { protocol: m.protocol, port: m.dstPortid },
});

export const packetSubject = (m: PacketMessage): Subject => ({
  ...nothing,
  family: m.family,
  state: close,
  src: { protocol: m.num, port: m.info?.index ?? 0 },
  dst: {},
  device: m.info?.index ?? 0,
});

export const vsockSubject = (m: VsockMessage): Subject => ({
  ...nothing,
  family: m.family,
  state: m.state,
  src: { cid: m.srcCid, port: m.srcPort },
  dst: { cid: m.dstCid, port: m.dstPort },
});

export const xdpSubject = (m: XdpMessage): Subject => ({
  ...nothing,
  family: m.family,
  state: close,
  src: { port: m.info?.ifindex ?? 0 },
  dst: {},
  device: m.info?.ifindex ?? 0,
});
