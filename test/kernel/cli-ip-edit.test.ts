/** Lines of `nlink ip` that change something: the kernel is left as the system's ip leaves it, and the same lines are refused. @module */
import { describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli, objects, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const SETUP = `
  link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
  link set v0 up
  link set v1 up
  addr add 10.0.0.1/24 dev v0
  addr add 2001:db8::1/64 dev v0 nodad`;
/** Lines with what is looked at afterwards. */
const groups: readonly (readonly [name: string, lines: string, looks: readonly string[]])[] = [
  [
    "address",
    `
    addr add 10.1.0.1/24 brd + dev v0
    addr add 10.1.1.1/24 brd - dev v0 label v0:x
    addr add 10.1.2.1/24 brd 10.1.2.77 dev v0 metric 5
    addr add 10.1.3.1 peer 10.1.3.2/32 dev v0 scope link
    addr add local 10.1.4.1/24 dev v0 scope 77 noprefixroute
    addr add 127.0.0.9/8 dev lo
    addr add 10.1.5.1/24 dev v0 valid_lft 3600 preferred_lft 1800
    addr add 10.1.6.1/24 dev v0 valid_lft 3600 preferred_lft 0
    addr add 2001:db8:1::1/64 dev v0 nodad home
    addr add 2001:db8:2::1/64 dev v0 nodad mngtmpaddr noprefixroute
    addr add 2001:db8:3::1/64 dev v0 optimistic
    addr add 2001:db8:3::9 dev v0 nodad
    addr add 10.1.7.1 dev v0
    addr add 10.0.0.1/24 dev v0
    addr change 10.1.5.1/24 dev v0 valid_lft forever preferred_lft forever
    addr replace 10.1.0.1/24 dev v0 metric 9
    addr replace 10.1.8.1/24 dev v0
    addr del 10.1.1.1/24 dev v0
    addr del 10.1.77.1/24 dev v0
    addr del 10.1.7.1/32 dev v0
    addr add 224.1.1.1/32 dev v0 autojoin
    addr add 10.9.0.1/24 dev v1
    addr add 10.9.1.1/24 dev v1
    addr add 2001:db8:9::1/64 dev v1 nodad
    addr flush dev v1 to 10.9.1.0/24
    -4 addr flush dev v1 scope global`,
    ["addr"],
  ],
  [
    "route",
    `
    route add 10.2.0.0/16 via 10.0.0.9
    route add 10.2.0.0/16 via 10.0.0.9
    route add 10.2.0.0/16 via 10.0.0.8 metric 5
    route append 10.2.0.0/16 via 10.0.0.7 metric 5
    route replace 10.2.0.0/16 via 10.0.0.6
    route change 10.2.0.0/16 via 10.0.0.5
    route change 10.99.0.0/16 via 10.0.0.5
    route add 10.3/16 dev v0
    route add default via 10.0.0.9 dev v0 metric 77 proto static src 10.0.0.1
    route add 10.4.0.0/16 nexthop via 10.0.0.9 weight 2 nexthop via 10.0.0.8 dev v0 onlink
    route add unicast 10.5.0.0/16 dev v0 table 100 scope link tos 0x10
    route add blackhole 10.6.0.0/16
    route add unreachable 10.7.0.0/16 metric 9 table local
    route add prohibit default table 5
    route add local 10.8.0.1 dev v0
    route add broadcast 10.8.0.255 dev v0
    route add throw 10.9.0.0/16 table 1000 proto 99
    route add 10.10.0.0/16 via 172.16.0.1 dev v0 onlink
    route add 10.11.0.0/16 via 172.16.0.1
    route add 10.12.0.0/16 dev v0 mtu lock 1400 advmss 1300 hoplimit 9 rtt 10ms rttvar 5ms window 3000 cwnd 7 initcwnd 8 initrwnd 9 ssthresh 10 reordering 4 rto_min 20ms features ecn quickack 1 congctl reno fastopen_no_cookie 1
    route add 10.13.0.0/16 dev v0 realm 5/6
    route add 10.14.0.0/16 via inet6 fe80::1 dev v0
    route add 10.15.0.0/255.255.0.0 dev v0
    route add 10.16.0.0/16 encap ip id 5 src 1.1.1.1 dst 1.2.3.4 ttl 9 tos 3 key csum seq dev v0
    route add 10.17.0.0/16 encap seg6 mode encap segs 2001:db8::5,2001:db8::6 dev v0
    route del 10.3.0.0/16
    route del 10.99.0.0/16
    route del 10.2.0.0/16 metric 5
    route add to 10.18.0.0/16 oif v0 preference 6
    nexthop add id 1 via 10.0.0.9 dev v0
    route add 10.19.0.0/16 nhid 1
    route add 10.20.0.0/16 dev v0 table 200
    route add 10.21.0.0/16 dev v0 table 200 proto 44
    route flush table 200 proto 44
    route add 10.30.1.0/24 dev v0
    route add 10.30.2.0/24 dev v0
    route flush root 10.30.0.0/16`,
    ["route show table all"],
  ],
  [
    "neigh",
    `
    neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev v0
    neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev v0
    neigh add 10.0.0.3 lladdr 00:11:22:33:44:56 dev v0 nud stale
    neigh add 10.0.0.4 lladdr 00:11:22:33:44:57 dev v0 nud noarp router
    neigh add proxy 10.0.0.5 dev v0
    neigh add 10.0.0.6 dev v0 lladdr 00:11:22:33:44:58 extern_learn protocol 99
    neigh replace 10.0.0.3 lladdr 00:11:22:33:44:99 dev v0 nud permanent
    neigh change 10.0.0.77 lladdr 00:11:22:33:44:99 dev v0
    neigh del 10.0.0.4 dev v0
    neigh del 10.0.0.88 dev v0
    neigh add 2001:db8::2 lladdr 00:11:22:33:44:55 dev v0
    neigh add 2001:db8::3 lladdr 00:11:22:33:44:55 dev v0 nud stale
    neigh flush to 2001:db8::3
    neigh flush nud noarp dev v1`,
    ["neigh show nud permanent", "neigh show proxy", "neigh show nud stale"],
  ],
  [
    "rule",
    `
    rule add from 10.0.0.0/8 table 100 priority 1000
    rule add from 10.0.0.0/8 table 100 priority 1000
    rule add to 10.1.0.0/16 lookup 200
    rule add fwmark 0x100/0xff00 table 2000
    rule add fwmark 5 table 2000
    rule add iif v0 blackhole
    rule add oif v1 unreachable pref 44
    rule add not from 10.9.0.0/16 prohibit
    rule add tos 0x10 table 7
    rule add uidrange 100-200 lookup 8
    rule add ipproto tcp sport 80 dport 100-200 lookup 9
    rule add lookup main suppress_prefixlength 0
    rule add table main suppress_ifgroup 5
    rule add goto 32766 pref 10
    rule add nop pref 11
    rule add l3mdev pref 12
    rule add tun_id 77 lookup 13
    rule add from all table 14 protocol static
    rule add from 10.4.0.0/16 realms 5/6 table 15
    rule del pref 1000
    rule del pref 4444
    rule del iif v0`,
    ["rule"],
  ],
];

describe.skipIf(noKernel)(titled("ip changes"), () => {
  test.each(groups)("%s", async (_, text, looks) => {
    const [ours, theirs] = [await sandbox(), await sandbox()];
    try {
      for (const box of [ours, theirs]) system(["ip", "-n", box.name, "-b", "-"], SETUP);
      while ([ours, theirs].some((box) => box.ip("-6", "addr").includes("tentative")))
        await new Promise((resolve) => setTimeout(resolve, 100));
      for (const line of text.trim().split(/\s*\n\s*/)) {
        const reference = system(["ip", "-n", theirs.name, ...splitWords(line)]);
        const ran = await cli(["ip", "-n", ours.name, ...splitWords(line)]);
        expect([ran.code, ran.stdout], `${line}: ${ran.stderr}${reference.stderr}`).toEqual([
          reference.code,
          reference.stdout,
        ]);
      }
      // Neighbors come in an order of their own.
      const state = (box: Sandbox, words: string[]) =>
        (objects(box.ip("-d", "-j", ...words)) as object[]).map((object) => JSON.stringify(object)).sort();
      for (const look of looks)
        for (const family of ["-4", "-6"])
          expect(state(ours, [family, ...look.split(" ")]), look).toEqual(state(theirs, [family, ...look.split(" ")]));
    } finally {
      ours.close();
      theirs.close();
    }
  });
});
