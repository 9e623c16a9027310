/** Packet sockets in the user's terms. @module */
import type { Value } from "../../codec/schema/codec.ts";
import { toFriendly } from "../../codec/schema/friendly.ts";
import { nameOf, namesOf } from "../../codec/schema/scalar.ts";
import { etherTypes } from "../../codec/sockdiag/filter/services.ts";
import { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { fanoutModes, type PacketMessage, packetFlags, type packetSocket } from "../../codec/sockdiag/packet.ts";
import { socketTypes } from "../../codec/sockdiag/types.ts";
import { readMac } from "../../codec/wire/mac.ts";
import type { DeviceName } from "../facet.ts";
import { type Cookie, cookieOf, type SocketMemory, type SocketOwner } from "./end.ts";

export interface PacketRing {
  blockBytes: number;
  blocks: number;
  frameBytes: number;
  frames: number;
  retireTimeoutMs: number;
  privateBytes: number;
  features: number;
}
export interface PacketMembership {
  dev: string | number;
  /** PACKET_MR_*. */
  type: "multicast" | "promisc" | "allmulti" | "unicast" | number;
  count: number;
  address?: string;
}
export interface PacketSocket {
  family: "packet";
  protocol: "packet";
  type: "raw" | "dgram" | "packet" | number;
  /** The Ethernet protocol that it takes, as a number; 0 is none and 3 all. */
  etherType: number;
  /** Its name, where it has one: `"all"`, `"ip"`, `"arp"`… */
  etherTypeName?: string;
  /** The device it is bound to. */
  dev?: string | number;
  inode: number;
  cookie: Cookie;
  uid?: number;
  /** TPACKET_V…: 1 to 3. */
  version?: number;
  reserveBytes?: number;
  copyThreshold?: number;
  flags?: string[];
  memberships?: PacketMembership[];
  receiveRing?: PacketRing;
  sendRing?: PacketRing;
  fanout?: { id: number; mode: string | number; flags: number };
  /** With `include: ["memory"]`, as `memory`. */
  receiveQueue?: number;
  sendQueue?: number;
  memory?: SocketMemory;
  /** With `include: ["bpf"]`: the classic BPF program, struct sock_filter by struct sock_filter. */
  filter?: Uint8Array;
  owners?: SocketOwner[];
  message: PacketMessage;
}

const membershipTypes = ["multicast", "promisc", "allmulti", "unicast"] as const;

export function readPacketSocket(m: PacketMessage, deviceName: DeviceName): PacketSocket {
  const out: PacketSocket = {
    family: "packet",
    protocol: "packet",
    type: (nameOf(socketTypes, m.type) as "raw" | undefined) ?? m.type,
    etherType: m.num,
    inode: m.ino,
    cookie: cookieOf(m.cookie),
    message: m,
  };
  const name = Object.keys(etherTypes).find((key) => etherTypes[key] === m.num);
  if (name !== undefined) out.etherTypeName = name;
  const { info } = m;
  if (info) {
    if (info.index !== 0) out.dev = deviceName(info.index) ?? info.index;
    out.version = info.version + 1;
    out.reserveBytes = info.reserve;
    out.copyThreshold = info.copyThresh;
    out.flags = namesOf(packetFlags, info.flags).names;
  }
  if (m.uid !== undefined) out.uid = m.uid;
  if (m.mclist)
    out.memberships = m.mclist.map(({ index, type, count, alen, addr }) => ({
      dev: deviceName(index) ?? index,
      type: membershipTypes[type] ?? type,
      count,
      ...(alen > 0 ? { address: readMac(addr, 0, Math.min(alen, addr.length)) } : {}),
    }));
  if (m.rxRing) out.receiveRing = readRing(m.rxRing);
  if (m.txRing) out.sendRing = readRing(m.txRing);
  if (m.fanout !== undefined) {
    const mode = (m.fanout >>> 16) & 0xff;
    out.fanout = { id: m.fanout & 0xffff, mode: nameOf(fanoutModes, mode) ?? mode, flags: m.fanout >>> 24 };
  }
  if (m.meminfo) {
    out.memory = toFriendly(skMeminfo, m.meminfo);
    out.receiveQueue = m.meminfo.rmemAlloc;
    out.sendQueue = m.meminfo.wmemAlloc;
  }
  if (m.filter) out.filter = m.filter;
  return out;
}

type Ring = NonNullable<Value<typeof packetSocket>["rxRing"]>;
const readRing = (r: Ring): PacketRing => ({
  blockBytes: r.blockSize,
  blocks: r.blockNr,
  frameBytes: r.frameSize,
  frames: r.frameNr,
  retireTimeoutMs: r.retireTmo,
  privateBytes: r.sizeofPriv,
  features: r.features,
});
