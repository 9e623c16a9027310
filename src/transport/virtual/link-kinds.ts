/** What the kinds of links are when they are new: figures of Linux 6.12's drivers (fixtures/link.json). @module */
import { linkFlags } from "../../codec/rtnetlink/link/flags.ts";

const IFF = linkFlags.values;
export const ARPHRD = {
  ether: 1,
  loopback: 772,
  none: 0xfffe,
  can: 280,
  netlink: 824,
  ipip: 768,
  sit: 776,
  gre: 778,
} as const;

export interface LinkProfile {
  readonly type: number;
  readonly flags: number;
  readonly mtu: number;
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly txqlen: number;
  readonly queues: number;
  readonly tsoMaxSize: number;
  readonly carrier: boolean;
  /** Whether the default qdisc is `noqueue` (IFF_NO_QUEUE); others get the system's default. */
  readonly noQueue: boolean;
  /** Whether it makes up an Ethernet address when none is given. */
  readonly randomAddress: boolean;
  /** Created in pairs. */
  readonly pair: boolean;
  /** Needs a lower device (IFLA_LINK), whose address and MTU it takes. */
  readonly lower: boolean;
  /** Takes ports. */
  readonly master: boolean;
  /** IFLA_INFO_DATA when nothing is asked for. */
  readonly data?: { readonly [name: string]: unknown };
}

const ether: LinkProfile = {
  type: ARPHRD.ether,
  flags: IFF.broadcast | IFF.multicast,
  mtu: 1500,
  minMtu: 68,
  maxMtu: 65535,
  txqlen: 1000,
  queues: 1,
  tsoMaxSize: 65536,
  carrier: true,
  noQueue: true,
  randomAddress: true,
  pair: false,
  lower: false,
  master: false,
};

export const loopback: LinkProfile = {
  ...ether,
  type: ARPHRD.loopback,
  flags: IFF.loopback,
  mtu: 65536,
  minMtu: 0,
  maxMtu: 0,
  tsoMaxSize: 524280,
  randomAddress: false,
};

const bridgeData = {
  helloTimer: 0n,
  tcnTimer: 0n,
  topologyChangeTimer: 0n,
  gcTimer: 0n,
  forwardDelay: 1500,
  helloTime: 200,
  maxAge: 2000,
  ageingTime: 30000,
  stpState: 0,
  priority: 32768,
  vlanFiltering: 0,
  groupFwdMask: 0,
  bridgeId: { prio: 32768, addr: "00:00:00:00:00:00" },
  rootId: { prio: 32768, addr: "00:00:00:00:00:00" },
  rootPort: 0,
  rootPathCost: 0,
  topologyChange: 0,
  topologyChangeDetected: 0,
  groupAddr: "01:80:c2:00:00:00",
  multiBoolopt: { optval: 0, optmask: 7 },
  fdbNLearned: 0,
  fdbMaxLearned: 0,
  vlanProtocol: 0x8100,
  vlanDefaultPvid: 1,
  vlanStatsEnabled: 0,
  vlanStatsPerPort: 0,
  mcastRouter: 1,
  mcastSnooping: 1,
  mcastQueryUseIfaddr: 0,
  mcastQuerier: 0,
  mcastStatsEnabled: 0,
  mcastHashElasticity: 16,
  mcastHashMax: 4096,
  mcastLastMemberCnt: 2,
  mcastStartupQueryCnt: 2,
  mcastIgmpVersion: 2,
  mcastMldVersion: 1,
  mcastLastMemberIntvl: 100n,
  mcastMembershipIntvl: 26000n,
  mcastQuerierIntvl: 25500n,
  mcastQueryIntvl: 12500n,
  mcastQueryResponseIntvl: 1000n,
  mcastStartupQueryIntvl: 3124n,
  nfCallIptables: 0,
  nfCallIp6tables: 0,
  nfCallArptables: 0,
};

export const linkProfiles: { readonly [kind: string]: LinkProfile } = {
  dummy: { ...ether, flags: IFF.broadcast | IFF.noarp, minMtu: 0, maxMtu: 0 },
  ifb: { ...ether, flags: IFF.broadcast | IFF.noarp, minMtu: 0, maxMtu: 0, txqlen: 32, noQueue: false },
  veth: { ...ether, queues: 2, tsoMaxSize: 524280, carrier: false, pair: true },
  bridge: { ...ether, master: true, data: bridgeData },
  vlan: {
    ...ether,
    minMtu: 0,
    lower: true,
    randomAddress: false,
    data: { protocol: 0x8100, flags: { flags: 1, mask: 0xffffffff } },
  },
  macvlan: {
    ...ether,
    lower: true,
    data: { mode: 2, flags: 0, macaddrCount: 0, bcQueueLen: 1000, bcQueueLenUsed: 1000 },
  },
  ipvlan: { ...ether, lower: true, randomAddress: false, data: { mode: 1, flags: 0 } },
  vxlan: {
    ...ether,
    data: {
      ttl: 0,
      ttlInherit: 0,
      tos: 0,
      df: 0,
      label: 0,
      labelPolicy: 0,
      learning: 1,
      proxy: 0,
      rsc: 0,
      l2miss: 0,
      l3miss: 0,
      collectMetadata: 0,
      ageing: 300,
      limit: 0,
      port: 8472,
      udpCsum: 1,
      udpZeroCsum6Tx: 0,
      udpZeroCsum6Rx: 0,
      remcsumTx: 0,
      remcsumRx: 0,
      localbypass: 1,
      portRange: { low: 0, high: 0 },
    },
  },
  geneve: {
    ...ether,
    maxMtu: 65485,
    data: { udpCsum: 0, ttl: 0, tos: 0, label: 0, df: 0, port: 6081, udpZeroCsum6Rx: 1, ttlInherit: 0 },
  },
  wireguard: {
    ...ether,
    type: ARPHRD.none,
    flags: IFF.pointopoint | IFF.noarp,
    mtu: 1420,
    minMtu: 0,
    maxMtu: 2147483552,
    randomAddress: false,
  },
  vrf: { ...ether, flags: IFF.noarp | IFF.master, mtu: 65575, minMtu: 1280, maxMtu: 65575, master: true },
  nlmon: {
    ...ether,
    type: ARPHRD.netlink,
    flags: IFF.noarp,
    mtu: 3776,
    minMtu: 16,
    maxMtu: 0,
    randomAddress: false,
  },
};
