/** `nlink ip` against the system's ip: the same line gives the same text, the same JSON and the same exit status. @module */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli, objects, still, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("ip"), () => {
  let box: Sandbox;
  let other: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    other = await sandbox();
    const lines = `
      link add v0 type veth peer name v1
      link add w0 type veth peer name w1 netns ${other.name}
      link add br0 type bridge forward_delay 0
      link set v0 master br0
      link set v0 up
      link set v1 up
      link set br0 up
      link set v1 alias "hello world"
      link set w0 group 7
      link property add dev v1 altname foo altname bar
      addr add 10.0.0.1/24 brd + dev v1
      addr add 10.0.0.2/24 dev v1 label v1:x
      addr add 10.9.9.1 peer 10.9.9.2/32 dev v1 scope link
      addr add 2001:db8::1/64 dev v1 nodad valid_lft 3600 preferred_lft 1800
      addr add 2001:db8::2/64 dev v1 nodad metric 5 noprefixroute
      tuntap add dev tun0 mode tun
      route add 10.1.0.0/16 via 10.0.0.9 metric 50 mtu 1400 advmss lock 1000 rtt 30ms rto_min 20ms congctl cubic hoplimit 33
      route change 10.1.0.0/16 via 10.0.0.9 metric 50 mtu 1400 features ecn quickack 1 initcwnd 20 rttvar 1s rtt lock 9ms
      route add 10.2.0.0/16 nexthop via 10.0.0.9 weight 2 nexthop via 10.0.0.10 dev v1 onlink
      route add blackhole 10.3.0.0/16
      route add unreachable 10.4.0.0/16 metric 9
      route add throw 10.6.0.0/16 table 77
      route add 10.7.0.0/16 via inet6 fe80::1 dev v1
      route add 10.8.0.0/16 dev v1 src 10.0.0.1 tos 0x10 realm 5/6 proto static scope link
      route add 10.9.0.0/16 dev v1 table 1000 proto 99
      nexthop add id 5 via 10.0.0.9 dev v1
      nexthop add id 6 via 10.0.0.8 dev v1
      nexthop add id 10 group 5,2/6,7
      route add 10.10.0.0/16 nhid 10
      route add 10.11.0.0/16 nhid 5
      route add 10.12.0.0/16 encap ip id 5 dst 1.2.3.4 ttl 9 key csum dev v1
      route add 10.14.0.0/16 encap seg6 mode encap segs 2001:db8::5,2001:db8::6 dev v1
      neigh add 10.0.0.50 lladdr 00:11:22:33:44:55 dev v1
      neigh add 10.0.0.53 lladdr 00:11:22:33:44:57 dev v1 nud stale router
      neigh add 10.0.0.54 lladdr 00:11:22:33:44:57 dev v1 nud noarp
      neigh add proxy 10.0.0.52 dev v1
      neigh add 2001:db8::77 lladdr 00:11:22:33:44:58 dev v1 extern_learn proto 99
      rule add from 10.0.0.0/8 table 100 priority 1000
      rule add fwmark 0x100/0xff00 table 2000
      rule add sport 80-90 ipproto tcp table 100 priority 7
      rule add to 10.1.0.0/16 iif v0 blackhole
      rule add oif v1 unreachable not from 10.2.0.0/16 tos 0x10
      rule add uidrange 100-200 lookup main suppress_prefixlength 0
      rule add lookup main suppress_ifgroup default
      rule add goto 1000 pref 3
      rule add nop pref 2
      rule add dport 53 lookup 55 protocol static
      rule add l3mdev pref 999
      rule add from 10.7.7.7 realms 3/4 table 9
      rule add tun_id 77 table 9
      rule add goto 5555 pref 4
      rule add iif nosuch table 5`;
    execFileSync("ip", ["-n", box.name, "-b", "-"], { input: lines });
    const lines6 = `
      route add 2001:db8:1::/48 via 2001:db8::9 pref high expires 1000
      route add 2001:db8:2::/48 nexthop via 2001:db8::9 nexthop via 2001:db8::10 weight 5
      route add from 2001:db8:5::/48 2001:db8:6::/48 dev v1
      route add 2001:db8:7::/48 encap seg6local action End.DT6 table 5 dev v1
      route add 2001:db8:8::/48 encap ip6 id 7 dst 2001:db8::1 hoplimit 9 dev v1
      rule add from 2001:db8::/32 table 66`;
    execFileSync("ip", ["-6", "-n", box.name, "-b", "-"], { input: lines6 });
    // Duplicate address detection would change what is shown in the meantime.
    while (box.ip("-6", "addr").includes("tentative")) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 60_000);
  afterAll(() => {
    box.close();
    other.close();
  });

  const both = (line: string, ...globals: string[]) => {
    const [program, ...words] = splitWords(line);
    const argv = [program!, "-n", box.name, ...globals, ...words];
    return { theirs: system(argv), ours: cli(argv) };
  };

  describe("what is shown, as text and as JSON", () => {
    test.each(
      `
      ip link
      ip -s link
      ip -s -s link
      ip -s -h link
      ip -br link
      ip -o link
      ip -0 addr
      ip link show v1
      ip link show dev foo
      ip link show up
      ip link show type veth
      ip link show type bridge_slave
      ip link show master br0
      ip link show nomaster
      ip link show group 7
      ip -N link show group default
      ip -d link show lo
      ip -d link show v1
      ip -c=always link
      ip -c=always -br link
      ip l l
      ip l sh up
      ip addr
      ip -s addr
      ip -4 addr
      ip -6 addr
      ip -br addr
      ip -o addr
      ip -br -4 addr
      ip -6 -o addr show dev v1
      ip addr show dev v1
      ip addr show v1 scope link
      ip addr show scope global
      ip addr show scope all
      ip addr show scope 77
      ip addr show to 10.0.0.0/24
      ip addr show label v1*
      ip addr show permanent
      ip addr show -permanent
      ip addr show dynamic
      ip addr show secondary
      ip addr show primary
      ip addr show up
      ip addr show type veth
      ip addr show type nosuch
      ip -c=always addr
      ip a s v1
      ip route
      ip -d route
      ip -6 route
      ip -d -6 route
      ip route show table all
      ip -d route show table all
      ip route show table 77
      ip route show table local
      ip route show dev v1
      ip route show proto kernel
      ip route show scope link
      ip route show type blackhole
      ip route show root 10.0.0.0/8
      ip route show match 10.1.2.3
      ip route show exact 10.1.0.0/16
      ip route show 10.1.0.0/16
      ip route show default
      ip route show via 10.0.0.9
      ip route show src 10.0.0.1
      ip route show tos 0x10
      ip route show realms 5/6
      ip route list 10/8
      ip -s route
      ip -o route
      ip -N route
      ip -c=always route
      ip -4 -s route show cache
      ip -6 route show cache
      ip route get 10.1.2.3
      ip -d route get 10.10.0.1
      ip route get 2001:db8:1::1
      ip route get fibmatch 10.2.0.1
      ip route get 10.0.0.255
      ip route get 127.0.0.1
      ip route get 10.1.1.1 mark 33 uid 4
      ip r
      ip r g 10.1.2.3
      ip route show table main proto boot
      ip -6 route show table all
      ip -br route
      ip neigh
      ip -4 neigh
      ip -6 neigh
      ip -br neigh
      ip -c=always neigh
      ip neigh show proxy
      ip neigh show nud all
      ip neigh show nud noarp
      ip neigh show nud permanent
      ip neigh show nud permanent nud stale
      ip neigh show nud none
      ip neigh show dev v1
      ip neigh show to 10.0.0.48/30
      ip neigh show 10.0.0.50
      ip neigh show nomaster
      ip rule
      ip -d rule
      ip -6 rule
      ip -6 -d rule
      ip -N rule
      ip -c=always rule
      ip rule show table 100
      ip rule show from 10.0.0.0/8
      ip rule show priority 7
      ip rule show fwmark 0x100
      ip rule show iif v0
      ip rule show lookup main
      ip rule show to 10.1.0.0/16
      ip rule show ipproto tcp
      ip rule show sport 80-90
      ip ru
      ip n
      ip nexthop
      ip -d nexthop
      ip nexthop show id 5
      ip nexthop show groups
      ip nexthop get id 10
      ip -c=always nexthop
      ip nex
      ip maddress
      ip m
      ip -4 maddr
      ip -6 maddr show
      ip -0 maddr
      ip maddr show dev v1
      ip addrlabel
      ip addrlabel list
      ip token
      ip token list dev v1
      ip tuntap
      ip tuntap show
      ip vrf
      ip vrf show
      ip tunnel
      ip -6 tunnel
      ip netns list-id
      ip netconf
      ip -6 netconf
      `
        .trim()
        .split(/\s*\n\s*/),
    )("%s", async (line) => {
      const text = both(line);
      expect(still((await text.ours).stdout)).toBe(still(text.theirs.stdout));
      expect((await text.ours).code).toBe(text.theirs.code);
      const json = both(line, "-j");
      expect(objects((await json.ours).stdout)).toEqual(objects(json.theirs.stdout));
    });
    test("pretty JSON is the same to the byte", async () => {
      const { theirs, ours } = both("ip -j -p addr show dev v0");
      expect((await ours).stdout).toBe(theirs.stdout);
    });
  });

  describe("lines that fail: the same exit status", () => {
    test.each(
      `
      ip nosuch
      ip -x link
      ip link nosuch
      ip link show dev nosuch
      ip link show master nosuch
      ip link show vrf nosuch
      ip link show vrf br0
      ip link show v0 v1
      ip addr show nosuch
      ip addr show scope nosuch
      ip addr add 10.0.0.1/24
      ip addr add dev v1
      ip addr add 10.0.0.1/24 dev v1
      ip addr add 10.0.0.300/24 dev v1
      ip addr add 10.0.0.3/33 dev v1
      ip addr add 10.0.0.3/24 dev nosuch
      ip addr add 10.0.0.3/24 dev v1 valid_lft x
      ip addr add 10.0.0.3/24 dev v1 label
      ip addr add 10.0.0.3/24 dev v1 scope nosuch
      ip addr add 10.0.0.3/24 10.0.0.4/24 dev v1
      ip addr del 10.0.0.9/24 dev v1
      ip link help
      ip help
      ip route show table 999
      ip route show table nosuch
      ip route show dev nosuch
      ip route show vrf nosuch
      ip route show nosuch
      ip route get
      ip route get nosuch
      ip route get 10.3.0.1
      ip route add nosuch
      ip route add 10.99.0.0/16
      ip route add 10.99.0.1/16 dev v1
      ip route add 10.99.0.0/16 dev nosuch
      ip route add 10.99.0.0/16 via 172.16.0.1
      ip route add 10.1.0.0/16 via 10.0.0.9 metric 50
      ip route add 10.99.0.0/16 dev v1 metric x
      ip route add 10.99.0.0/16 dev v1 mtu
      ip route add 10.99.0.0/16 dev v1 table nosuch
      ip route add 10.99.0.0/16 dev v1 10.98.0.0/16
      ip -6 route add 10.99.0.0/16 dev v1
      ip route add 10.99.0.0/16 encap nosuch
      ip route add 10.99.0.0/16 nexthop via 10.0.0.9 weight 0
      ip route del 10.99.0.0/16
      ip route flush
      ip route help
      ip route nosuch
      ip neigh show dev nosuch
      ip neigh show nud bad
      ip neigh get 10.0.0.99 dev v1
      ip neigh get 10.0.0.99
      ip neigh add 10.0.0.99
      ip neigh add 10.0.0.50 dev v1 lladdr 00:11:22:33:44:55
      ip neigh add 10.0.0.99 dev v1 lladdr zz
      ip neigh add 10.0.0.99 dev nosuch lladdr 00:11:22:33:44:55
      ip neigh del 10.0.0.99 dev v1
      ip neigh flush
      ip rule add from 10.0.0.0/8 table 100 priority 1000
      ip rule add from 10.0.0.0/8 table nosuch
      ip rule add nosuch
      ip rule add goto 1 pref 9
      ip rule del
      ip rule del pref 4444
      ip rule add table 5 pref x
      ip rule add from nosuch table 5
      ip rule help
      ip maddr add 33:33:00:00:00:99 dev nosuch
      ip maddr add 33:33:00:00:00:99
      ip maddr nosuch
      ip addrlabel add prefix 2001:db8::/32
      ip addrlabel add label 5
      ip addrlabel del prefix 2001:db8:99::/48 label 9
      ip addrlabel nosuch
      ip token set ::1 dev nosuch
      ip token set ::1
      ip token set nosuch dev v1
      ip token get dev nosuch
      ip tuntap add dev tap9
      ip tuntap add dev tap9 mode nosuch
      ip tuntap add mode tun user nosuch
      ip tuntap nosuch
      ip vrf nosuch
      ip vrf show nosuch
      ip vrf exec nosuch true
      ip vrf pids nosuch
      ip tunnel add t9
      ip tunnel add t9 mode nosuch
      ip tunnel add t9 mode gre remote nosuch
      ip tunnel add t9 mode gre ttl 256
      ip tunnel del nosuch
      ip tunnel nosuch
      ip nexthop add id 5 via 10.0.0.9 dev v1
      ip nexthop add id 99 via 10.0.0.9
      ip nexthop add id x blackhole
      ip nexthop del id 999
      ip nexthop get id 999
      ip nexthop nosuch
      ip netns add
      ip netns del nosuch
      ip netns exec nosuch true
      ip netns pids nosuch
      ip netns nosuch
      ip netconf show dev nosuch
      `
        .trim()
        .split(/\s*\n\s*/),
    )("%s", async (line) => {
      const { theirs, ours } = both(line);
      const ran = await ours;
      expect([ran.code, ran.stdout, ran.stderr !== ""]).toEqual([theirs.code, "", true]);
    });
  });
});
