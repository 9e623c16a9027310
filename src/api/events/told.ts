/** From messages to events. @module */
import type { Address as AddressMessage } from "../../codec/rtnetlink/address.ts";
import { nduseropt } from "../../codec/rtnetlink/nduseropt.ts";
import type { Nsid as NsidMessage } from "../../codec/rtnetlink/nsid.ts";
import { prefix } from "../../codec/rtnetlink/prefix.ts";
import { tunnel } from "../../codec/rtnetlink/tunnel.ts";
import { RTM, type RtnetlinkType } from "../../codec/rtnetlink/types.ts";
import { type DeviceName, toFriendly } from "../../codec/schema/friendly.ts";
import type { ActionMessage } from "../../codec/tc/action.ts";
import type { TcContext } from "../../codec/tc/kind.ts";
import { readAddress } from "../addresses.ts";
import { readBridgeVlans, readGlobals } from "../bridge-vlans.ts";
import { readFdb } from "../fdb.ts";
import { readLink } from "../link-read.ts";
import { readMdb, readRouters } from "../mdb.ts";
import { readNeighbor } from "../neighbors.ts";
import { readNetconf } from "../netconf.ts";
import { readBucket, readNexthop } from "../nexthops.ts";
import { AF_BRIDGE, AF_INET6, familyName } from "../options.ts";
import { readRoute } from "../route-read.ts";
import { readRule } from "../rules.ts";
import { readStats } from "../stats.ts";
import { loadedTc } from "../tc/load.ts";
import type { EventContents, EventType, GroupAddress } from "./event.ts";

/** A message as it came. */
export interface Told {
  /** RTM_* */
  readonly number: number;
  readonly name: RtnetlinkType | undefined;
  /** NLM_F_* */
  readonly flags: number;
  readonly group: number;
  readonly nsid: number | undefined;
  /** Decoded; bytes where there is no schema, or where it is not loaded yet. */
  readonly value: unknown;
  readonly undecoded?: true | undefined;
}

/** What reading takes. */
export interface Reading {
  readonly deviceName: DeviceName;
  readonly tc: TcContext;
  readonly little: boolean;
}

const RTNL_FAMILY_IPMR = 128;
type Read<T extends EventType> = (value: never, reading: Reading) => EventContents[T] | readonly EventContents[T][];

/** How the contents of an event are read from its message. A message with a list of objects gives as many events. */
export const readers: { readonly [T in Exclude<EventType, "other">]: Read<T> } = {
  link: (m, { deviceName }) => ({ link: readLink(m, deviceName) }),
  bridgePort: (m, { deviceName }) => ({ link: readLink(m, deviceName) }),
  inet6: (m, { deviceName }) => ({ link: readLink(m, deviceName) }),
  address: (m, { deviceName }) => ({ address: readAddress(m, deviceName) }),
  multicastAddress: (m, { deviceName }) => ({ address: readGroup(m, deviceName) }),
  anycastAddress: (m, { deviceName }) => ({ address: readGroup(m, deviceName) }),
  route: (m, { deviceName }) => ({ route: readRoute(m, deviceName) }),
  multicastRoute: (m, { deviceName }) => ({ route: readRoute(m, deviceName) }),
  neighbor: (m, { deviceName }) => ({ neighbor: readNeighbor(m, deviceName) }),
  fdb: (m, { deviceName }) => ({ fdb: readFdb(m, deviceName) }),
  rule: (m) => ({ rule: readRule(m) }),
  qdisc: (m, { tc }) => ({ qdisc: loadedTc()!.readQdisc(m, tc) }),
  class: (m, { tc }) => ({ class: loadedTc()!.readClass(m, tc) }),
  filter: (m, { tc, little }) => ({ filter: loadedTc()!.readFilter(m, tc, little) }),
  chain: (m, { tc }) => ({ chain: loadedTc()!.readChain(m, tc) }),
  action: (m: ActionMessage, { tc }) => ({ actions: loadedTc()!.actionsFromWire(m.tab ?? [], tc) }),
  nexthop: (m, { deviceName }) => ({ nexthop: readNexthop(m, deviceName) }),
  nexthopBucket: (m) => ({ bucket: readBucket(m) }),
  nsid: ({ nsid = -1, currentNsid }: NsidMessage) => ({
    nsid,
    ...(currentNsid === undefined ? {} : { current: currentNsid }),
  }),
  mdb: (m, { deviceName }) => readMdb(m, deviceName).map((mdb) => ({ mdb })),
  mdbRouter: (m, { deviceName }) => readRouters(m, deviceName).map((router) => ({ router })),
  prefix: (m, { deviceName }) => ({
    prefix: { ...toFriendly(prefix, m, deviceName), message: m } as never,
  }),
  ndUserOption: (m, { deviceName }) => ({
    option: { ...toFriendly(nduseropt, m, deviceName), message: m } as never,
  }),
  netconf: (m, { deviceName }) => ({ netconf: readNetconf(m, deviceName) }),
  bridgeVlan: (m, { deviceName }) => readBridgeVlans(m, deviceName).map((vlan) => ({ vlan })),
  bridgeVlanOptions: (m, { deviceName }) => readGlobals(m, deviceName).map((options) => ({ options })),
  stats: (m, { deviceName }) => ({ stats: readStats(m, deviceName) }),
  tunnel: (m, { deviceName }) => ({ tunnel: { ...toFriendly(tunnel, m, deviceName), message: m } as never }),
};

function readGroup(m: AddressMessage, deviceName: DeviceName): GroupAddress {
  return {
    family: familyName(m.family),
    address: m.multicast ?? m.anycast ?? "",
    dev: deviceName(m.index) ?? m.index,
    index: m.index,
    message: m,
  };
}

/** Types by RTM_*, where that alone says it. */
const types: { readonly [number: number]: EventType } = {
  [RTM.newaddr]: "address",
  [RTM.deladdr]: "address",
  [RTM.newmulticast]: "multicastAddress",
  [RTM.delmulticast]: "multicastAddress",
  [RTM.newanycast]: "anycastAddress",
  [RTM.delanycast]: "anycastAddress",
  [RTM.newrule]: "rule",
  [RTM.delrule]: "rule",
  [RTM.newqdisc]: "qdisc",
  [RTM.delqdisc]: "qdisc",
  [RTM.newtclass]: "class",
  [RTM.deltclass]: "class",
  [RTM.newtfilter]: "filter",
  [RTM.deltfilter]: "filter",
  [RTM.newchain]: "chain",
  [RTM.delchain]: "chain",
  [RTM.newaction]: "action",
  [RTM.delaction]: "action",
  [RTM.newnexthop]: "nexthop",
  [RTM.delnexthop]: "nexthop",
  [RTM.newnexthopbucket]: "nexthopBucket",
  [RTM.delnexthopbucket]: "nexthopBucket",
  [RTM.newnsid]: "nsid",
  [RTM.delnsid]: "nsid",
  [RTM.newprefix]: "prefix",
  [RTM.newnduseropt]: "ndUserOption",
  [RTM.newnetconf]: "netconf",
  [RTM.delnetconf]: "netconf",
  [RTM.newstats]: "stats",
  [RTM.newtunnel]: "tunnel",
  [RTM.deltunnel]: "tunnel",
};

/** Of what type the events of a message are: a few messages are of two. */
export function typesOf(number: number, value: unknown): EventType | readonly EventType[] {
  switch (number) {
    case RTM.newroute:
    case RTM.delroute:
      return (value as { family: number }).family >= RTNL_FAMILY_IPMR ? "multicastRoute" : "route";
    case RTM.newlink:
    case RTM.dellink: {
      // RTM_DELLINK of these families does not mean that the link is gone.
      const { family } = value as { family: number };
      return family === AF_BRIDGE ? "bridgePort" : family === AF_INET6 ? "inet6" : "link";
    }
    case RTM.newneigh:
    case RTM.delneigh:
      return (value as { family: number }).family === AF_BRIDGE ? "fdb" : "neighbor";
    case RTM.newmdb:
    case RTM.delmdb:
      return ["mdb", "mdbRouter"];
    case RTM.newvlan:
    case RTM.delvlan:
      return ["bridgeVlan", "bridgeVlanOptions"];
  }
  return types[number] ?? "other";
}

/** RTM_DEL* are one more than a multiple of four. */
export const isDeletion = (number: number): boolean => (number & 3) === 1;
