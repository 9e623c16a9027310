/** Messages about links: answers, and what the groups are told. @module */

import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { linkFlags, operStates } from "../../codec/rtnetlink/link/flags.ts";
import { type LinkInput, link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { inet6Link, inetConf } from "./devconf.ts";
import { AF_BRIDGE } from "./ip.ts";
import { type Cause, type Kernel, nsidOf } from "./kernel.ts";
import { assignNsid } from "./nsid.ts";
import type { Link } from "./state.ts";

export const IFF = linkFlags.values;
export const OPER = operStates.values;
export const ALL_CHANGED = 0xffffffff;

export const isUp = (link: Link): boolean => (link.flags & IFF.up) !== 0;
/** netif_oper_up. */
export const operUp = (link: Link): boolean => link.operstate === OPER.up || link.operstate === OPER.unknown;
export const isLoopback = (link: Link): boolean => (link.flags & IFF.loopback) !== 0;

/** Flags as reported (dev_get_flags). */
export function flagsOf(link: Link): number {
  let flags = link.flags;
  if (!isUp(link)) return flags;
  if (operUp(link)) flags |= IFF.running;
  if (link.carrier) flags |= IFF.lower_up;
  if (link.operstate === OPER.dormant) flags |= IFF.dormant;
  return flags;
}

/** Index of the device below, or of the other end (dev_get_iflink). */
export function lowerOf(link: Link): number {
  if (link.kind !== undefined && link.peer === undefined && link.lower === 0) return isPair(link) ? 0 : link.index;
  return link.peer?.index ?? (link.lower || link.index);
}
const isPair = (link: Link): boolean => link.kind === "veth";

export interface LinkMessageOptions {
  readonly change?: number | undefined;
  readonly event?: number | undefined;
  readonly more?: Partial<LinkInput> | undefined;
}

/** rtnl_fill_ifinfo. */
export function linkMessage(kernel: Kernel, link: Link, options: LinkMessageOptions = {}): LinkInput {
  const net = kernel.netns(link.netns);
  const otherNet = link.peer?.netns ?? (link.lower ? link.lowerNetns : link.netns);
  let linkNetnsid: number | undefined;
  if (otherNet !== link.netns) linkNetnsid = nsidOf(net, otherNet) ?? assignNsid(kernel, net, otherNet);
  const lower = lowerOf(link);
  const master = link.master ? net.links.get(link.master) : undefined;
  const { gso } = link;
  return {
    family: 0,
    type: link.type,
    index: link.index,
    flags: flagsOf(link),
    change: options.change ?? 0,
    ifname: link.name,
    txqlen: link.txqlen,
    operstate: isUp(link) ? link.operstate : OPER.down,
    linkmode: link.linkmode,
    mtu: link.mtu,
    minMtu: link.minMtu,
    maxMtu: link.maxMtu,
    group: link.group,
    promiscuity: link.promiscuity,
    allmulti: link.allmulti,
    numTxQueues: link.queues[0],
    gsoMaxSegs: gso.maxSegs,
    gsoMaxSize: gso.maxSize,
    groMaxSize: gso.groMaxSize,
    gsoIpv4MaxSize: gso.ipv4MaxSize,
    groIpv4MaxSize: gso.groIpv4MaxSize,
    tsoMaxSize: gso.tsoMaxSize,
    tsoMaxSegs: gso.tsoMaxSegs,
    numRxQueues: link.queues[1],
    ...(link.master ? { master: link.master } : {}),
    carrier: link.carrier ? 1 : 0,
    ...(link.alias === undefined ? {} : { ifalias: link.alias }),
    carrierChanges: link.carrierUp + link.carrierDown,
    carrierUpCount: link.carrierUp,
    carrierDownCount: link.carrierDown,
    protoDown: link.protoDown ? 1 : 0,
    ...(options.event === undefined ? {} : { event: options.event }),
    ...(link.address === undefined ? {} : { address: link.address }),
    ...(link.broadcast === undefined ? {} : { broadcast: link.broadcast }),
    stats64: link.stats,
    stats: Object.fromEntries(
      Object.entries(link.stats).flatMap(([name, n]) =>
        name === "rxOtherhostDropped" ? [] : [[name, Number(BigInt.asUintN(32, n as bigint))]],
      ),
    ) as never,
    xdp: { attached: 0 },
    ...(link.kind === undefined && link.slave === undefined
      ? {}
      : {
          linkinfo: {
            ...(link.kind === undefined ? {} : { kind: link.kind }),
            ...(link.data === undefined ? {} : { data: link.data }),
            ...(link.slave === undefined || !master?.kind ? {} : { slaveKind: master.kind, slaveData: link.slave }),
          } as never,
        }),
    ...(link.permanent === undefined ? {} : { permAddress: link.permanent }),
    ...(linkNetnsid === undefined ? {} : { linkNetnsid }),
    ...(linkNetnsid !== undefined || lower !== link.index ? { link: lower } : {}),
    qdisc: link.qdisc,
    afSpec: {
      ...(link.inet ? { inet: { conf: inetConf(net, link) } } : {}),
      ...(link.inet6 ? { inet6: inet6Link(net, link, link.inet6) } : {}),
    },
    map: { memStart: 0n, memEnd: 0n, baseAddr: 0n, irq: 0, dma: 0, port: 0 },
    ...(link.altNames.length === 0 ? {} : { propList: { altIfname: link.altNames } }),
    ...options.more,
  };
}

export interface NotifyLinkOptions extends LinkMessageOptions {
  readonly cause?: Cause | undefined;
  readonly type?: number;
}
/** Tells of a link (rtmsg_ifinfo). */
export function notifyLink(kernel: Kernel, link: Link, options: NotifyLinkOptions = {}): void {
  kernel.notify(
    kernel.netns(link.netns),
    rtnetlinkGroups.values.link,
    options.type ?? RTM.newlink,
    schema,
    () => linkMessage(kernel, link, options),
    { cause: options.cause },
  );
}

/** br_fill_ifinfo: what a bridge tells of its port, in family AF_BRIDGE. */
export function bridgePortMessage(port: Link): LinkInput {
  const lower = lowerOf(port);
  return {
    family: AF_BRIDGE,
    type: port.type,
    index: port.index,
    flags: flagsOf(port),
    change: 0,
    ifname: port.name,
    master: port.master,
    mtu: port.mtu,
    operstate: isUp(port) ? port.operstate : OPER.down,
    ...(port.address === undefined ? {} : { address: port.address }),
    ...(lower === port.index ? {} : { link: lower }),
    protinfo: port.slave as never,
  };
}
/** br_ifinfo_notify. */
export function notifyPort(kernel: Kernel, port: Link, type: number = RTM.newlink): void {
  kernel.notify(kernel.netns(port.netns), rtnetlinkGroups.values.link, type, schema, () => {
    const { protinfo, ...rest } = bridgePortMessage(port);
    return type === RTM.dellink ? rest : { ...rest, protinfo };
  });
}
