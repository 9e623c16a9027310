import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LinkOptions } from "../../src/api/link-value.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

/**
 * Every kind with all that can be set when it is made, and what the system's `ip -d -j link` says of it. `d0` is a dummy below,
 * `d1` another.
 */
const rows: [LinkOptions, Record<string, unknown>?][] = [
  [{ kind: "dummy", mtu: 1400, address: "02:00:00:00:00:09", txqlen: 77, numTxQueues: 4, numRxQueues: 2, group: 5 }],
  [{ kind: "ifb", numTxQueues: 2 }],
  [{ kind: "nlmon" }],
  [{ kind: "wireguard" }],
  [{ kind: "vcan", mtu: 72 }],
  [{ kind: "team" }],
  [{ kind: "vrf", table: 1000 }, { table: 1000 }],
  [
    { kind: "bridge", forwardDelay: 400, helloTime: 300, maxAge: 900, ageingTime: 12300, stpState: "kernel", priority: 4096, vlanFiltering: true, vlanProtocol: "802.1ad", vlanDefaultPvid: 7, vlanStatsEnabled: true, vlanStatsPerPort: true, groupFwdMask: 8, groupAddr: "01:80:c2:00:00:04", mcastSnooping: true, mcastRouter: "perm", mcastQueryUseIfaddr: true, mcastQuerier: true, mcastHashMax: 1024, mcastLastMemberCnt: 4, mcastStartupQueryCnt: 5, mcastLastMemberIntvl: 150, mcastMembershipIntvl: 27000, mcastQuerierIntvl: 26000, mcastQueryIntvl: 13000, mcastQueryResponseIntvl: 1100, mcastStartupQueryIntvl: 3200, mcastStatsEnabled: true, mcastIgmpVersion: 3, mcastMldVersion: 2, nfCallIptables: true, nfCallIp6tables: true, nfCallArptables: true, fdbMaxLearned: 500, multiBoolopt: { no_linklocal_learn: true, mcast_vlan_snooping: true } },
    { forward_delay: 400, hello_time: 300, max_age: 900, ageing_time: 12300, stp_state: 1, priority: 4096, vlan_filtering: 1, vlan_protocol: "802.1ad", vlan_default_pvid: 7, vlan_stats_enabled: 1, mcast_router: 2, mcast_hash_max: 1024, mcast_igmp_version: 3, mcast_mld_version: 2, nf_call_iptables: 1 },
  ],
  [
    { kind: "bond", mode: "active-backup", arpInterval: 500, arpIpTarget: ["192.0.2.1", "192.0.2.2"], arpValidate: "active", arpAllTargets: "all", nsIp6Target: ["2001:db8::1"], primaryReselect: "better", failOverMac: "active", resendIgmp: 3, numPeerNotif: 2, allSlavesActive: true, minLinks: 0, missedMax: 4, useCarrier: true },
    { mode: "active-backup", arp_interval: 500, arp_ip_target: ["192.0.2.1", "192.0.2.2"], arp_validate: "active", arp_all_targets: "all", primary_reselect: "better", fail_over_mac: "active", resend_igmp: 3, num_peer_notif: 2, all_slaves_active: 1 },
  ],
  [
    { kind: "bond", mode: "802.3ad", miimon: 100, updelay: 200, downdelay: 300, peerNotifDelay: 400, xmitHashPolicy: "layer3+4", adLacpRate: "fast", adSelect: "bandwidth", minLinks: 2, lpInterval: 3, adActorSysPrio: 100, adUserPortKey: 5, adActorSystem: "02:00:00:00:00:aa", adLacpActive: false, coupledControl: false },
    { mode: "802.3ad", miimon: 100, updelay: 200, downdelay: 300, xmit_hash_policy: "layer3+4", ad_lacp_rate: "fast", ad_select: "bandwidth", min_links: 2, ad_actor_sys_prio: 100, ad_user_port_key: 5, ad_actor_system: "02:00:00:00:00:aa" },
  ],
  [
    { kind: "vlan", link: "d0", id: 100, protocol: "802.1ad", kindFlags: { reorder_hdr: true, gvrp: true, mvrp: false, loose_binding: true, bridge_binding: false }, egressQos: { mapping: [{ from: 1, to: 2 }] }, ingressQos: { mapping: [{ from: 3, to: 4 }] } },
    { protocol: "802.1ad", id: 100, flags: ["REORDER_HDR", "GVRP", "LOOSE_BINDING"], ingress_qos: [{ from: 3, to: 4 }], egress_qos: [{ from: 1, to: 2 }] },
  ],
  [
    { kind: "vxlan", id: 42, dev: "d0", remote: "239.1.1.1", local: "192.0.2.1", ttl: 9, tos: 4, df: "set", port: 4789, portRange: { low: 1000, high: 2000 }, learning: false, ageing: 60, limit: 100, proxy: true, rsc: true, l2miss: true, l3miss: true, udpCsum: true, udpZeroCsum6Tx: true, udpZeroCsum6Rx: true, gbp: true },
    { id: 42, link: "d0", group: "239.1.1.1", local: "192.0.2.1", ttl: 9, tos: "0x4", df: "set", port: 4789, learning: false, ageing: 60, limit: 100, proxy: true, rsc: true, l2miss: true, l3miss: true, udp_csum: true, gbp: true },
  ],
  [{ kind: "vxlan", id: 43, remote: "2001:db8::1", local: "2001:db8::2", port: 4790, label: 5 }, { id: 43, remote6: "2001:db8::1", local6: "2001:db8::2" }],
  [{ kind: "vxlan", collectMetadata: true, vnifilter: true, port: 4791 }, { external: true, vnifilter: true }],
  [{ kind: "vxlan", collectMetadata: true, gpe: true, learning: false, port: 4792 }, { external: true, gpe: true }],
  [{ kind: "macvlan", link: "d1", mode: "source", macaddrMode: "set", macaddrData: { macaddr: ["02:00:00:00:00:01"] }, bcQueueLen: 2000, kindFlags: ["nodst"] }, { mode: "source" }],
  [{ kind: "macvtap", link: "d1", mode: "bridge", bcCutoff: 3 }, { mode: "bridge" }],
  [{ kind: "ipvlan", link: "d2", mode: "l3", kindFlags: ["private"] }, { mode: "l3", private: true }],
  [{ kind: "ipvtap", link: "d2", mode: "l3" }, { mode: "l3" }],
  [
    { kind: "gre", local: "192.0.2.1", remote: "192.0.2.2", ttl: 64, tos: 16, ikey: 5, okey: 6, iflags: ["csum"], oflags: ["seq"], pmtudisc: true, fwmark: 7, dev: "d0" },
    { local: "192.0.2.1", remote: "192.0.2.2", ttl: 64, ikey: "0.0.0.5", okey: "0.0.0.6", icsum: true, oseq: true, fwmark: "0x7", link: "d0" },
  ],
  [{ kind: "gretap", local: "192.0.2.1", remote: "192.0.2.3", key: 9, ttl: 0, pmtudisc: false, ignoreDf: true, encapType: "gue", encapSport: 5555, encapDport: 6666, encapFlags: ["csum"] }, { ikey: "0.0.0.9", okey: "0.0.0.9", ignore_df: true }],
  [{ kind: "erspan", local: "192.0.2.1", remote: "192.0.2.4", key: 10, erspanVer: 1, erspanIndex: 123, oflags: ["seq"], iflags: ["seq"] }, { erspan_ver: 1, erspan_index: 123 }],
  [{ kind: "erspan", local: "192.0.2.1", remote: "192.0.2.5", key: 11, erspanVer: 2, erspanDir: "egress", erspanHwid: 5, oflags: ["seq"], iflags: ["seq"] }, { erspan_ver: 2, erspan_dir: "egress" }],
  [{ kind: "ip6gre", local: "2001:db8::1", remote: "2001:db8::2", ttl: 60, encapLimit: 3, flowinfo: 0x12345, kindFlags: ["use_orig_tclass"], key: 3, fwmark: 9 }, { local: "2001:db8::1", remote: "2001:db8::2", ttl: 60 }],
  [{ kind: "ip6gretap", local: "2001:db8::1", remote: "2001:db8::3", key: 4 }, { remote: "2001:db8::3" }],
  [{ kind: "ip6erspan", local: "2001:db8::1", remote: "2001:db8::4", key: 5, erspanVer: 1, erspanIndex: 9, oflags: ["seq"], iflags: ["seq"] }, { erspan_index: 9 }],
  [{ kind: "ipip", local: "192.0.2.1", remote: "192.0.2.6", ttl: 5, tos: 8, pmtudisc: true, proto: "ipip", fwmark: 3, dev: "d0", encapType: "fou", encapSport: 7777, encapDport: 8888, encapFlags: ["remcsum"] }, { remote: "192.0.2.6", ttl: 5 }],
  [{ kind: "sit", local: "192.0.2.1", remote: "192.0.2.7", ttl: 6, proto: "ipv6", sixrdPrefix: "2001:db8::", sixrdPrefixlen: 32, sixrdRelayPrefix: "10.0.0.0", sixrdRelayPrefixlen: 8, fwmark: 4 }, { remote: "192.0.2.7" }],
  [{ kind: "ip6tnl", local: "2001:db8::1", remote: "2001:db8::5", ttl: 7, encapLimit: 2, flowinfo: 0x54321, proto: "any", kindFlags: ["rcv_dscp_copy"], fwmark: 6 }, { remote: "2001:db8::5", ttl: 7 }],
  [{ kind: "vti", local: "192.0.2.1", remote: "192.0.2.8", ikey: 5, okey: 6, fwmark: 2, dev: "d0" }, { ikey: "0.0.0.5", okey: "0.0.0.6" }],
  [{ kind: "vti6", local: "2001:db8::1", remote: "2001:db8::6", ikey: 5, okey: 6, fwmark: 2 }, { ikey: "0.0.0.5" }],
  [{ kind: "xfrm", dev: "d0", ifId: 77 }, { if_id: "0x4d" }],
  [{ kind: "geneve", id: 55, remote: "192.0.2.9", ttl: 3, tos: 1, df: "inherit", port: 6082, udpCsum: true, udpZeroCsum6Rx: true }, { id: 55, remote: "192.0.2.9", ttl: 3, port: 6082 }],
  [{ kind: "geneve", id: 56, remote: "2001:db8::7", label: 9, port: 6083, udpZeroCsum6Tx: true }, { id: 56, remote6: "2001:db8::7" }],
  // bareudp is not in Debian's kernel.
  [{ kind: "macsec", link: "d0", port: 11, encrypt: true, protect: true, incSci: true, es: false, scb: false, encodingSa: 2, validation: "strict", replayProtect: true, window: 32, icvLen: 16 }, { encrypt: true, protect: true, encoding_sa: 2, validation: "strict", replay_protect: true, window: 32 }],
  [{ kind: "hsr", slave1: "d3", slave2: "d4", multicastSpec: 45, version: 1, protocol: "hsr" }, { slave1: "d3", slave2: "d4" }],
  [{ kind: "netkit", mode: "l3", policy: "forward", peerPolicy: "blackhole", peer: { name: "nkpeer" } }],
  [{ kind: "veth", mtu: 1300, peer: { name: "vpeer", mtu: 1200, address: "02:00:00:00:00:77" } }],
  [{ kind: "vxcan", peer: { name: "vxpeer" } }],
]; // biome-ignore format: a table

/** Settings that the kernel takes and does not report: macsec's port is part of the `sci`, hsr's goes into the `supervisionAddr`. */
const onlyRequested: { readonly [kind: string]: readonly string[] } = {
  macsec: ["port"],
  hsr: ["multicastSpec", "version"],
};

describe.skipIf(why !== "")(`links of every kind${why}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    // Not loaded of their own accord: tunnels within UDP need it (ip_tunnel_encap_setup).
    execFileSync("modprobe", ["fou"]);
    for (const name of ["d0", "d1", "d2", "d3", "d4"]) await box.nl.links.add({ kind: "dummy", name, up: true });
  });
  afterAll(() => box?.close());

  test.each(rows.map(([options, shown], i) => [options.kind, i, options, shown] as const))(
    "%s (%i) with all its options",
    async (kind, i, options, shown) => {
      const { nl } = box;
      const name = `k${i}`;
      await nl.links.add({ ...options, name } as LinkOptions);
      const link = (await nl.links.list()).find((l) => l.name === name) as unknown as Record<string, unknown>;
      expect(link?.kind).toBe(kind);
      expect(
        (link.message as { unknown?: unknown; linkinfo: { unknown?: unknown } }).linkinfo.unknown,
        "raw settings",
      ).toBeUndefined();
      // What only a request holds, or what the kernel reports in another form.
      const {
        kind: _,
        peer: _peer,
        key,
        up: _up,
        macaddrMode: _mode,
        iflags,
        oflags,
        kindFlags,
        remote,
        ...given
      } = options as unknown as Record<string, unknown>;
      for (const name of onlyRequested[kind as string] ?? []) delete given[name];
      expect(link).toMatchObject(given);
      if (remote !== undefined) expect(link.remote).toBe(remote);
      if (key !== undefined) expect(link).toMatchObject({ ikey: key, okey: key });
      for (const [had, has] of [
        [iflags, link.iflags],
        [oflags, link.oflags],
        [kindFlags, link.kindFlags],
      ])
        if (Array.isArray(had)) expect(has).toEqual(expect.arrayContaining(had));
        else if (had !== undefined) expect(has).toMatchObject(had as object);
      const [seen] = box.json("-d", "link", "show", name) as {
        linkinfo: { info_kind: string; info_data?: Record<string, unknown> };
      }[];
      expect(seen!.linkinfo.info_kind).toBe(kind);
      if (shown) expect(seen!.linkinfo.info_data).toMatchObject(shown);
      await nl.links.remove(name);
      expect(await nl.links.find(name)).toBeUndefined();
    },
  );

  test("ports of a bridge, a bond and a VRF have settings of their own", async () => {
    const { nl } = box;
    await nl.links.add({ kind: "bridge", name: "br" });
    await nl.links.add({ kind: "dummy", name: "port", master: "br" });
    const brport = {
      kind: "bridge",
      priority: 5,
      cost: 77,
      mode: true,
      guard: true,
      protect: true,
      fastLeave: true,
      learning: false,
      unicastFlood: false,
      mcastFlood: false,
      bcastFlood: false,
      neighSuppress: true,
      isolated: true,
      locked: true,
    } as const;
    await nl.links.set("port", { slave: brport });
    expect((await nl.links.get("port")).slave).toMatchObject(brport);
    await nl.links.set("port", { master: null });
    expect((await nl.links.get("port")).slave).toBeUndefined();
    await nl.links.add({ kind: "bond", name: "bond", mode: "active-backup" });
    await nl.links.set("port", { up: false });
    await nl.links.set("port", { master: "bond" });
    await nl.links.set("port", { slave: { kind: "bond", queueId: 3, prio: -5 } });
    expect((await nl.links.get("port")).slave).toMatchObject({ kind: "bond", queueId: 3, prio: -5 });
    await nl.links.set("port", { master: null });
    await nl.links.add({ kind: "vrf", name: "vrf", table: 88 });
    await nl.links.set("port", { master: "vrf" });
    expect((await nl.links.get("port")).slave).toMatchObject({ kind: "vrf", table: 88 });
    for (const name of ["port", "br", "bond", "vrf"]) await nl.links.remove(name);
  });

  test("a kind that the kernel lacks is said by name", async () => {
    await expect(box.nl.links.add({ kind: "ovpn", name: "o" } as LinkOptions)).rejects.toMatchObject({
      code: "EOPNOTSUPP",
      message: expect.stringContaining("ovpn"),
    });
  });
});
