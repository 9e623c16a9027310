/** Links of every kind with every option, for the full kernel. @module */
import { expect } from "vitest";
import type { KindOptions, SlaveOptions } from "../../src/api/link-kinds.ts";
import type { LinkOptions } from "../../src/api/link-value.ts";
import type { LinkKind } from "../../src/codec/rtnetlink/link/info.ts";

/** Settings of some kind. */
type Change = { [K in LinkKind]: KindOptions<K> }[LinkKind];

/**
 * What is made, and what is read back beside it: of options that the kernel does not report (`writeOnly`), their effect. `d0`…`d4` are
 * dummies, up.
 */
export type Row = readonly [options: LinkOptions, reads?: Readonly<Record<string, unknown>>];

const v4 = { local: "192.0.2.1", remote: "192.0.2.2" };
const v6 = { local: "2001:db8::1", remote: "2001:db8::2" };
const gue = { encapType: "gue", encapSport: 5555, encapDport: 6666, encapFlags: ["csum", "csum6", "remcsum"] } as const;

export const rows: readonly Row[] = [
  [{ kind: "dummy" }],
  [{ kind: "ifb" }],
  [{ kind: "nlmon" }],
  [{ kind: "wireguard" }],
  [{ kind: "vcan" }],
  [{ kind: "team" }],
  [{ kind: "vrf", table: 1000 }],
  [{ kind: "bridge", forwardDelayMs: 4000, helloTimeMs: 3000, maxAgeMs: 9000, ageingTimeMs: 123000, stpState: "kernel", priority: 4096, vlanFiltering: true, vlanProtocol: "802.1ad", vlanDefaultPvid: 7, vlanStatsEnabled: true, vlanStatsPerPort: true, groupFwdMask: 8, groupAddr: "01:80:c2:00:00:04", fdbMaxLearned: 500 }],
  [{ kind: "bridge", forwardDelay: "4s", ageingTime: "0s", mcastSnooping: true, mcastRouter: "perm", mcastQueryUseIfaddr: true, mcastQuerier: true, mcastHashMax: 1024, mcastLastMemberCnt: 4, mcastStartupQueryCnt: 5, mcastLastMemberIntvlMs: 1500, mcastMembershipIntvlMs: 270000, mcastQuerierIntvlMs: 260000, mcastQueryIntvlMs: 130000, mcastQueryResponseIntvlMs: 11000, mcastStartupQueryIntvlMs: 32000, mcastStatsEnabled: true, mcastIgmpVersion: 3, mcastMldVersion: 2 }],
  [{ kind: "bridge", nfCallIptables: true, nfCallIp6tables: true, nfCallArptables: true, vlanFiltering: true, noLinklocalLearn: true, mcastVlanSnooping: true, mstEnabled: true }],
  [{ kind: "bond", mode: "active-backup", arpIntervalMs: 500, arpIpTarget: ["192.0.2.1", "192.0.2.2"], arpValidate: "active", arpAllTargets: "all", nsIp6Target: ["2001:db8::1", "2001:db8::2"], primaryReselect: "better", failOverMac: "active", resendIgmp: 3, numPeerNotif: 2, allSlavesActive: true, missedMax: 4 }],
  [{ kind: "bond", mode: "802.3ad", miimon: "100ms", updelayMs: 200, downdelayMs: 300, peerNotifDelayMs: 400, useCarrier: true, xmitHashPolicy: "layer3+4", adLacpRate: "fast", adSelect: "bandwidth", minLinks: 2, adActorSysPrio: 100, adUserPortKey: 5, adActorSystem: "02:00:00:00:00:aa", adLacpActive: false, coupledControl: false }],
  [{ kind: "bond", mode: "balance-rr", packetsPerSlave: 7 }],
  [{ kind: "bond", mode: "balance-tlb", tlbDynamicLb: false, lpInterval: "3s" }],
  [{ kind: "vlan", link: "d0", id: 100, protocol: "802.1ad", reorderHdr: false, gvrp: true, mvrp: false, looseBinding: true, egressQos: { 1: 2, 3: 4 }, ingressQos: { 5: 6 } }],
  [{ kind: "vlan", link: "d0", id: 101, mvrp: true, bridgeBinding: false }],
  [{ kind: "vxlan", id: 42, dev: "d0", remote: "239.1.1.1", local: "192.0.2.1", ttl: 9, tos: 4, df: "set", port: 4789, portRange: { low: 1000, high: 2000 }, learning: false, ageing: "60s", limit: 100, proxy: true, rsc: true, l2miss: true, l3miss: true, udpCsum: true, udpZeroCsum6Tx: true, udpZeroCsum6Rx: true, remcsumTx: true, remcsumRx: true, remcsumNopartial: true, localbypass: false, gbp: true }],
  [{ kind: "vxlan", id: 43, ...v6, port: 4790, label: 0x12345, labelPolicy: "fixed" }],
  [{ kind: "vxlan", id: 44, remote: "2001:db8::1", ttlInherit: true, labelPolicy: "inherit", port: 4793 }],
  [{ kind: "vxlan", collectMetadata: true, vnifilter: true, port: 4791 }],
  [{ kind: "vxlan", collectMetadata: true, gpe: true, learning: false, port: 4792 }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrs: ["02:00:00:00:00:01", "02:00:00:00:00:02"], bcQueueLen: 2000, kindFlags: ["nodst"] }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrMode: "add", macaddr: "02:00:00:00:00:03" }, { macaddrs: ["02:00:00:00:00:03"] }],
  [{ kind: "macvlan", link: "d3", mode: "passthru", kindFlags: ["nopromisc"] }],
  [{ kind: "macvtap", link: "d1", mode: "bridge", bcCutoff: 3, bcQueueLen: 3000 }],
  [{ kind: "macvtap", link: "d1", mode: "source", macaddrs: ["02:00:00:00:00:01"], kindFlags: [] }],
  [{ kind: "macvtap", link: "d1", mode: "source", macaddrMode: "add", macaddr: "02:00:00:00:00:04" }, { macaddrs: ["02:00:00:00:00:04"] }],
  [{ kind: "ipvlan", link: "d2", mode: "l3", kindFlags: ["private"] }],
  [{ kind: "ipvtap", link: "d2", mode: "l3", kindFlags: ["vepa"] }],
  [{ kind: "gre", ...v4, ttl: 64, tos: 16, ikey: 5, okey: 6, icsum: true, ocsum: false, iseq: false, oseq: true, pmtudisc: true, fwmark: 7, dev: "d0" }],
  [{ kind: "gre", ...v4, key: "0.0.1.1", csum: true, seq: true, ...gue }],
  [{ kind: "gre", ...v4, pmtudisc: false, ignoreDf: true }],
  [{ kind: "gre", collectMetadata: true }],
  [{ kind: "gretap", ...v4, key: 9, ttl: 0, pmtudisc: false, ignoreDf: true, ...gue }],
  [{ kind: "gretap", ...v4, ikey: 7, okey: 8, icsum: true, ocsum: true, iseq: true, oseq: true, tos: 8, fwmark: 3, dev: "d0" }],
  [{ kind: "gretap", csum: true, seq: true, collectMetadata: true }],
  [{ kind: "erspan", ...v4, key: 10, erspanVer: 1, erspanIndex: 123, seq: true, ttl: 4, tos: 4, pmtudisc: true, fwmark: 5, dev: "d0" }],
  [{ kind: "erspan", ...v4, ikey: 11, okey: 11, iseq: true, oseq: true, erspanVer: 2, erspanDir: "egress", erspanHwid: 5 }],
  [{ kind: "erspan", ...v4, key: 12, seq: true, erspanVer: 1, pmtudisc: false, ignoreDf: true, ...gue }],
  [{ kind: "erspan", collectMetadata: true, erspanVer: 1 }],
  [{ kind: "ip6gre", ...v6, ttl: 60, encapLimit: 3, tclass: 0, flowlabel: 0x12345, kindFlags: ["use_orig_tclass"], key: 3, fwmark: 9, dev: "d0" }],
  [{ kind: "ip6gre", ...v6, ikey: 4, okey: 5, icsum: true, ocsum: false, iseq: false, oseq: true, ...gue }],
  [{ kind: "ip6gre", csum: true, seq: true, ...v6 }],
  [{ kind: "ip6gre", collectMetadata: true }],
  [{ kind: "ip6gretap", ...v6, key: 4, ttl: 5, encapLimit: 5, tclass: 0x21, flowlabel: 0x54321, kindFlags: ["rcv_dscp_copy"], fwmark: 8, dev: "d0", ...gue }],
  [{ kind: "ip6gretap", ...v6, ikey: 6, okey: 7, icsum: true, ocsum: true, iseq: true, oseq: true }],
  [{ kind: "ip6gretap", csum: true, seq: true, collectMetadata: true }],
  [{ kind: "ip6erspan", ...v6, key: 5, erspanVer: 1, erspanIndex: 9, seq: true, ttl: 6, encapLimit: 2, tclass: 0x12, flowlabel: 0x11111, kindFlags: ["ign_encap_limit"], fwmark: 4, dev: "d0" }],
  [{ kind: "ip6erspan", ...v6, ikey: 6, okey: 6, iseq: true, oseq: true, erspanVer: 2, erspanDir: "ingress", erspanHwid: 7 }],
  [{ kind: "ip6erspan", ...v6, key: 7, seq: true, erspanVer: 1, ...gue }],
  [{ kind: "ip6erspan", collectMetadata: true, erspanVer: 1 }],
  [{ kind: "ipip", ...v4, ttl: 5, tos: 8, pmtudisc: true, proto: "any", fwmark: 3, dev: "d0", encapType: "fou", encapSport: 7777, encapDport: 8888, encapFlags: ["csum", "remcsum"] }],
  [{ kind: "ipip", collectMetadata: true }],
  [{ kind: "sit", ...v4, ttl: 6, tos: 12, pmtudisc: true, proto: "ipv6", sixrdPrefix: "2001:db8::/32", sixrdRelayPrefix: "10.0.0.0/8", fwmark: 4, dev: "d0", ...gue }],
  [{ kind: "sit", local: "192.0.2.1", kindFlags: ["isatap"] }],
  [{ kind: "ip6tnl", ...v6, ttl: 7, encapLimit: 2, tclass: 0x34, flowlabel: 0x54321, proto: "any", kindFlags: ["rcv_dscp_copy", "mip6_dev"], fwmark: 6, dev: "d0", ...gue }],
  [{ kind: "ip6tnl", ...v6, kindFlags: ["use_orig_flowlabel", "use_orig_fwmark", "allow_local_remote"] }],
  [{ kind: "ip6tnl", collectMetadata: true }],
  [{ kind: "vti", ...v4, ikey: 5, okey: 6, fwmark: 2, dev: "d0" }],
  [{ kind: "vti", ...v4, key: "0.0.0.7" }],
  [{ kind: "vti6", ...v6, ikey: 5, okey: 6, fwmark: 2, dev: "d0" }],
  [{ kind: "vti6", ...v6, key: 8 }],
  [{ kind: "xfrm", dev: "d0", ifId: 77 }],
  [{ kind: "xfrm", collectMetadata: true }],
  [{ kind: "geneve", id: 55, remote: "192.0.2.9", ttl: 3, tos: 1, df: "inherit", port: 6082, udpCsum: true, udpZeroCsum6Rx: true }],
  [{ kind: "geneve", id: 56, remote: "2001:db8::7", label: 9, port: 6083, udpZeroCsum6Tx: true, ttlInherit: true }],
  [{ kind: "geneve", collectMetadata: true, port: 6084 }],
  [{ kind: "geneve", id: 57, remote: "192.0.2.9", port: 6085, innerProtoInherit: true }],
  [{ kind: "macsec", link: "d0", port: 11, encrypt: true, protect: true, incSci: true, es: false, scb: false, encodingSa: 2, validation: "strict", replayProtect: true, window: 32, icvLen: 16, cipherSuite: "gcm-aes-128", offload: "off" }, { sci: expect.stringMatching(/000b$/) }],
  [{ kind: "macsec", link: "d1", sci: "0x2000000000a0001", cipherSuite: "gcm-aes-256", icvLen: 12, incSci: true }],
  [{ kind: "macsec", link: "d1", cipherSuite: "gcm-aes-xpn-128", incSci: false, es: true }],
  [{ kind: "macsec", link: "d2", cipherSuite: "gcm-aes-xpn-256", validation: "check" }],
  [{ kind: "hsr", slave1: "d3", slave2: "d4", multicastSpec: 45, version: 1, protocol: "hsr", interlink: "d1" }, { supervisionAddr: "01:15:4e:00:01:2d" }],
  [{ kind: "hsr", slave1: "d3", slave2: "d4", protocol: "prp" }],
  [{ kind: "netkit", mode: "l3", policy: "forward", peerPolicy: "blackhole", scrub: "none", peerScrub: "default", peer: { name: "nkpeer" } }],
  [{ kind: "veth", mtu: 1300, peer: { name: "vpeer", mtu: 1200, address: "02:00:00:00:00:77" } }],
  [{ kind: "vxcan", peer: { name: "vxpeer" } }],
  [{ kind: "batadv", algoName: "BATMAN_V" }],
  [{ kind: "gtp", createSockets: true, local: "127.0.0.1", role: "sgsn", pdpHashsize: 512, restartCount: 3 }],
  [{ kind: "gtp", createSockets: true, local: "::1", role: "ggsn" }],
]; // biome-ignore format: a table
/** The same of kinds whose modules are not in Debian's kernel: fixtures/modules builds them from its source. */
export const moduleRows: readonly Row[] = [
  [{ kind: "bareudp", port: 6635, ethertype: "mpls_uc", srcportMin: 1000, multiprotoMode: true }],
  [{ kind: "amt", mode: "relay", dev: "d0", localIp: "192.0.2.1", relayPort: 2300, gatewayPort: 2301, maxTunnels: 50 }],
  [{ kind: "amt", mode: "gateway", dev: "d0", localIp: "192.0.2.1", discoveryIp: "192.0.2.9" }],
  [{ kind: "rmnet", link: "d4", muxId: 17, ingressDeaggregation: true, ingressCommands: false, ingressChksumv4: true, egressChksumv4: true }],
  [{ kind: "rmnet", link: "d4", muxId: 18, ingressChksumv5: true, egressChksumv5: true }],
]; // biome-ignore format: a table

/** Ports: what they are given once they have a master, whose kind is that of `slave`; and what makes the master. */
export const slaveRows: readonly (readonly [slave: SlaveOptions, master?: LinkOptions])[] = [
  [{ kind: "bridge", state: "disabled", priority: 5, cost: 77 }],
  [{ kind: "bridge", hairpin: true, guard: true, rootBlock: true, fastLeave: true, mcastToUcast: true, learning: true, unicastFlood: false, mcastFlood: false, bcastFlood: false, proxyarp: true, proxyarpWifi: true, vlanTunnel: true, groupFwdMask: 8, neighSuppress: true, isolated: true, locked: true, mab: true, multicastRouter: "perm", mcastEhtHostsLimit: 99, mcastMaxGroups: 44, backupPort: "d0", backupNhid: 7 }],
  [{ kind: "bridge", neighVlanSuppress: true }, { kind: "bridge", vlanFiltering: true }],
  [{ kind: "bond", queueId: 3, prio: -5 }, { kind: "bond", mode: "active-backup", miimon: "100ms" }],
]; // biome-ignore format: a table

/**
 * What is made, how it is then changed, and what is read back beside the change. Tunnels go back to the defaults of what a change
 * leaves out.
 */
export const changes: readonly (readonly [made: LinkOptions, change: Change, reads?: Readonly<Record<string, unknown>>])[] = [
  [{ kind: "bridge", helloTimeMs: 1000 }, { forwardDelayMs: 3000, ageingTimeMs: 50000, vlanFiltering: true, mcastSnooping: false, noLinklocalLearn: true, stpState: "kernel", nfCallIptables: true, fdbFlush: true }, { helloTimeMs: 1000 }],
  [{ kind: "bond", mode: "balance-rr" }, { mode: "active-backup", miimonMs: 200, failOverMac: "follow", resendIgmp: 5 }],
  [{ kind: "vlan", link: "d0", id: 5, egressQos: { 1: 2 } }, { gvrp: true, looseBinding: true, egressQos: { 2: 3, 1: 0 }, ingressQos: { 4: 5 } }, { id: 5, reorderHdr: true, egressQos: { 2: 3 } }],
  [{ kind: "vxlan", id: 9, dev: "d0", remote: "192.0.2.2", port: 4800 }, { remote: "192.0.2.3", local: "192.0.2.1", learning: false, ageingMs: 90000, ttl: 5, tos: 8, df: "inherit" }, { id: 9, port: 4800 }],
  [{ kind: "macvlan", link: "d1", mode: "bridge" }, { mode: "private", bcQueueLen: 500, bcCutoff: 7, kindFlags: [] }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrs: ["02:00:00:00:00:01"] }, { macaddrs: ["02:00:00:00:00:05", "02:00:00:00:00:06"] }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrs: ["02:00:00:00:00:01", "02:00:00:00:00:02"] }, { macaddrMode: "del", macaddr: "02:00:00:00:00:01" }, { macaddrs: ["02:00:00:00:00:02"] }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrs: ["02:00:00:00:00:01"] }, { macaddrMode: "flush" }, { macaddrs: undefined }],
  [{ kind: "ipvlan", link: "d2", mode: "l2", kindFlags: ["private"] }, { mode: "l3s", kindFlags: ["vepa"] }],
  [{ kind: "gre", ...v4, key: 1, ttl: 5 }, { ...v4, okey: 3, oseq: true }, { okey: 3, ikey: undefined, ttl: 0 }],
  [{ kind: "gretap", ...v4, key: 1 }, { ...v4, key: 2, csum: true, pmtudisc: false }],
  [{ kind: "erspan", ...v4, key: 1, seq: true, erspanVer: 1, erspanIndex: 5 }, { ...v4, key: 2, seq: true, erspanVer: 1, erspanIndex: 6 }],
  [{ kind: "ip6gre", ...v6, key: 1 }, { ...v6, key: 2, encapLimit: 6, ttl: 9 }],
  [{ kind: "ip6gretap", ...v6, key: 1 }, { ...v6, key: 3, flowlabel: 0x77 }],
  [{ kind: "ip6erspan", ...v6, key: 1, seq: true, erspanVer: 1 }, { ...v6, key: 2, seq: true, erspanVer: 1, erspanIndex: 9 }],
  [{ kind: "ipip", ...v4, ttl: 5 }, { ...v4, ttl: 9, tos: 4, fwmark: 3 }],
  [{ kind: "sit", ...v4 }, { ...v4, ttl: 3, sixrdPrefix: "2001:db8::/32" }],
  [{ kind: "ip6tnl", ...v6, proto: "any" }, { ...v6, ttl: 4, encapLimit: 3, proto: "ipv6" }],
  [{ kind: "vti", ...v4, key: 1 }, { ...v4, ikey: 2, okey: 3 }],
  [{ kind: "vti6", ...v6, key: 1 }, { ...v6, key: 4, fwmark: 5 }],
  [{ kind: "xfrm", dev: "d0", ifId: 900 }, { ifId: 901, dev: "d0" }],
  [{ kind: "geneve", id: 70, remote: "192.0.2.9", port: 6090 }, { remote: "192.0.2.10", ttl: 8, df: "set" }, { id: 70, port: 6090 }],
  [{ kind: "macsec", link: "d0" }, { encrypt: true, encodingSa: 3, validation: "check", replayProtect: true, window: 5 }],
  [{ kind: "netkit", mode: "l3", peer: { name: "nkchange" } }, { policy: "blackhole", peerPolicy: "forward" }, { mode: "l3" }],
]; // biome-ignore format: a table
/** Of the kinds of `moduleRows`. */
export const moduleChanges: typeof changes = [
  [{ kind: "rmnet", link: "d4", muxId: 3 }, { muxId: 4, egressChksumv4: true, ingressDeaggregation: true }],
]; // biome-ignore format: a table

/** What takes more than a request, by tests of their own in link-hand.test.ts. */
export const can = { kind: "can", bittiming: { bitrate: 500_000, samplePoint: 875 }, restartMs: 100, loopback: true, listenOnly: true, tripleSampling: true, oneShot: true, berrReporting: true, presumeAck: true } as const; // biome-ignore format: a row
export const canRestart = { kind: "can", restart: true } as const;
/** With the descriptors of two UDP sockets. */
export const gtp = (fd0: number, fd1: number) => ({ kind: "gtp", fd0, fd1, role: "ggsn" }) as const;
/** With one of /dev/ppp. */
export const ppp = (devFd: number) => ({ kind: "ppp", devFd }) as const;
export const bondActive = { kind: "bond", activeSlave: "p2" } as const;
export const bondPrimary = { kind: "bond", primary: "p1" } as const;
export const byHand: readonly { readonly kind: LinkKind }[] = [
  can,
  canRestart,
  gtp(0, 0),
  ppp(0),
  bondActive,
  bondPrimary,
  { kind: "tun" },
];
