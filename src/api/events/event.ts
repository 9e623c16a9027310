/** What the kernel tells of, in the user's terms. @module */
import type { Address as AddressMessage } from "../../codec/rtnetlink/address.ts";
import type { Nduseropt as NduseroptMessage, nduseropt } from "../../codec/rtnetlink/nduseropt.ts";
import type { Prefix as PrefixMessage, prefix } from "../../codec/rtnetlink/prefix.ts";
import type { Tunnel as TunnelMessage, tunnel } from "../../codec/rtnetlink/tunnel.ts";
import type { RtnetlinkType } from "../../codec/rtnetlink/types.ts";
import type { FriendlyAttrs } from "../../codec/schema/friendly.ts";
import type { Action } from "../../codec/tc/action-list.ts";
import type { Address } from "../addresses.ts";
import type { BridgeVlan, BridgeVlanGlobals } from "../bridge-vlans.ts";
import type { FdbEntry } from "../fdb.ts";
import type { Link } from "../link-read.ts";
import type { MdbEntry, MdbRouter } from "../mdb.ts";
import type { Neighbor } from "../neighbors.ts";
import type { Netconf } from "../netconf.ts";
import type { Nexthop, NexthopBucket } from "../nexthops.ts";
import type { Route } from "../route-read.ts";
import type { Rule } from "../rules.ts";
import type { Stats } from "../stats.ts";
import type { Chain } from "../tc/chains.ts";
import type { TcClass } from "../tc/classes.ts";
import type { Filter } from "../tc/filters.ts";
import type { Qdisc } from "../tc/qdiscs.ts";

/** A prefix that an IPv6 router advertises, in seconds. */
export type AdvertisedPrefix = FriendlyAttrs<typeof prefix> & { message: PrefixMessage };
/** An option of a router advertisement that is for user space: the bytes in `options`, RDNSS and DNSSL among them. */
export type NdUserOption = FriendlyAttrs<typeof nduseropt> & { message: NduseroptMessage };
/** VNIs that a VXLAN device takes. */
export type TunnelVnis = FriendlyAttrs<typeof tunnel> & { message: TunnelMessage };

/** A group that a device is in. */
export interface GroupAddress {
  family: string;
  address: string;
  dev: string | number;
  index: number;
  message: AddressMessage;
}

/** What comes with each type of event. */
export interface EventContents {
  link: { readonly link: Link };
  /** What a bridge tells of a port of it; "del": it is a port no longer. */
  bridgePort: { readonly link: Link };
  /** IPv6's side of a link: it has come up, its settings have changed. */
  inet6: { readonly link: Link };
  address: { readonly address: Address };
  /** `replace`: in place of the first of the same destination and metric; `append`: behind those; else, of IPv4, before them. */
  /** Addresses that a device listens to, and that it shares with others (Linux 6.15). */
  multicastAddress: { readonly address: GroupAddress };
  anycastAddress: { readonly address: GroupAddress };
  route: { readonly route: Route; readonly replace?: true; readonly append?: true };
  multicastRoute: { readonly route: Route };
  neighbor: { readonly neighbor: Neighbor };
  fdb: { readonly fdb: FdbEntry };
  rule: { readonly rule: Rule };
  qdisc: { readonly qdisc: Qdisc };
  class: { readonly class: TcClass };
  filter: { readonly filter: Filter };
  chain: { readonly chain: Chain };
  action: { readonly actions: readonly Action[] };
  nexthop: { readonly nexthop: Nexthop };
  nexthopBucket: { readonly bucket: NexthopBucket };
  nsid: { readonly nsid: number; readonly current?: number };
  mdb: { readonly mdb: MdbEntry };
  mdbRouter: { readonly router: MdbRouter };
  prefix: { readonly prefix: AdvertisedPrefix };
  ndUserOption: { readonly option: NdUserOption };
  /** What has changed of a device's settings. */
  netconf: { readonly netconf: Netconf };
  bridgeVlan: { readonly vlan: BridgeVlan };
  bridgeVlanOptions: { readonly options: BridgeVlanGlobals };
  stats: { readonly stats: Stats };
  tunnel: { readonly tunnel: TunnelVnis };
  /** What has no form here: the payload, as it came. */
  other: { readonly message: OtherMessage };
}
export interface OtherMessage {
  /** RTM_*. */
  readonly number: number;
  readonly name: RtnetlinkType | undefined;
  /** RTNLGRP_*. */
  readonly group: number;
  readonly payload: Uint8Array;
}
export type EventType = keyof EventContents;

/** A change of an object. */
export type ObjectEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    /** `"new"`: it is there, or it has changed; `"del"`: it is gone. */
    readonly action: "new" | "del";
    /** With `allNamespaces`: the id here of the namespace that it is in; undefined is this one. */
    readonly netns?: number;
  } & EventContents[K];
}[T];

/** Something was lost here: `lost` messages, where the system counts them. With `resync` what follows makes up for it. */
export interface Overrun {
  readonly type: "overrun";
  readonly lost: number | undefined;
}
/**
 * What stands between start and end was found by reading everything again, and tells what is other than was told before.
 * `reason`: the stream has just begun; something was lost; or something has happened that the kernel tells only half of.
 */
export interface Resync {
  readonly type: "resync";
  readonly phase: "start" | "end";
  readonly reason: "initial" | "overrun" | "untold";
}
/** What `nl.events()` gives. */
export type NetworkEvent<T extends EventType = EventType> = ObjectEvent<T> | Overrun | Resync;
