/** Netlink's own sockets in the user's terms. @module */
import { toFriendly } from "../../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { type NetlinkMessage, netlinkFlags, netlinkProtocols } from "../../codec/sockdiag/netlink.ts";
import { socketTypes } from "../../codec/sockdiag/types.ts";
import { type Cookie, cookieOf, type SocketMemory, type SocketOwner } from "./end.ts";

export type NetlinkProtocol = keyof typeof netlinkProtocols.values;

export interface NetlinkSocket {
  family: "netlink";
  protocol: "netlink";
  /** Netlink's protocol, in iproute2's words: `"rtnl"`, `"genl"`… */
  netlinkProtocol: NetlinkProtocol | number;
  type: "raw" | "dgram" | number;
  connected: boolean;
  /** Its address; 0 is the kernel. */
  portId: number;
  /** Whom it is connected to. */
  peerPortId: number;
  peerGroup: number;
  /** Multicast groups that it has joined. */
  groups: number[];
  flags?: string[];
  inode: number;
  cookie: Cookie;
  /** With `include: ["memory"]`, as `memory`. */
  receiveQueue?: number;
  sendQueue?: number;
  memory?: SocketMemory;
  owners?: SocketOwner[];
  message: NetlinkMessage;
}

export function readNetlinkSocket(m: NetlinkMessage): NetlinkSocket {
  const groups: number[] = [];
  m.groups?.forEach((word, i) => {
    for (let bit = 0; bit < 32; bit++) if (((word >>> bit) & 1) !== 0) groups.push(i * 32 + bit + 1);
  });
  const out: NetlinkSocket = {
    family: "netlink",
    protocol: "netlink",
    netlinkProtocol: (nameOf(netlinkProtocols, m.protocol) as NetlinkProtocol | undefined) ?? m.protocol,
    type: (nameOf(socketTypes, m.type) as "raw" | undefined) ?? m.type,
    connected: m.state === 1,
    portId: m.portid,
    peerPortId: m.dstPortid,
    peerGroup: m.dstGroup,
    groups,
    inode: m.ino,
    cookie: cookieOf(m.cookie),
    message: m,
  };
  if (m.flags !== undefined) out.flags = namesOf(netlinkFlags, m.flags).names;
  if (m.meminfo) {
    out.memory = toFriendly(skMeminfo, m.meminfo);
    out.receiveQueue = m.meminfo.rmemAlloc;
    out.sendQueue = m.meminfo.wmemAlloc;
  }
  return out;
}
