/**
 * Lines that are wrong: a word that is not known, a value that is missing, none or out of range, a device that is not there, and what the kernel
 * refuses. They end with the status of the system's program, say something where it does, and nothing on standard output.
 * @module
 */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { VirtualKernel } from "../../src/transport/virtual/index.ts";
import { cli, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const LINES = `
  ip link nosuch
  ip link add
  ip link add x9
  ip link add x9 type
  ip link add x9 type nosuch
  ip link add x9 type veth nosuch
  ip link add name toolongforadevice type veth
  ip link add v0 type veth
  ip link add x9 mtu 99999999999 type veth
  ip link add x9 mtu
  ip link add x9 type bridge forward_delay x
  ip link add x9 type bridge stp_state
  ip link add link nosuch x9 type bridge
  ip link set
  ip link set nosuch up
  ip link set v0 mtu
  ip link set v0 mtu x
  ip link set v0 mtu 10
  ip link set v0 nosuch
  ip link set v0 address zz
  ip link set v0 address 00:11
  ip link set v0 master nosuch
  ip link set v0 netns nosuch
  ip link set v0 name v1
  ip link set v0 arp maybe
  ip link set v0 group nosuch
  ip link set v0 alias
  ip link del
  ip link del nosuch
  ip link del lo
  ip link property add dev v0 altname v1
  ip link show dev
  ip link show type
  ip link show group nosuch
  ip addr nosuch
  ip addr add
  ip addr add 10.5.0.1/24
  ip addr add dev v0
  ip addr add 10.5.0.1/24 dev
  ip addr add 10.5.0.1/24 dev nosuch
  ip addr add 10.5.0.1/99 dev v0
  ip addr add 10.5.0/24/24 dev v0
  ip addr add 10.5.0.1/24 dev v0 metric x
  ip addr add 10.5.0.1/24 dev v0 broadcast x
  ip addr add 10.5.0.1/24 dev v0 scope
  ip addr add 10.5.0.1/24 dev v0 preferred_lft 20 valid_lft 10
  ip addr add 10.5.0.1/24 dev v0 nosuch
  ip addr add 10.0.0.1/24 dev v0
  ip addr add 10.5.0.1/24 dev v0 peer 2001:db8::1
  ip addr del 10.77.0.1/24 dev v0
  ip addr del 10.0.0.1/24
  ip addr flush
  ip addr flush dev nosuch
  ip addr change 10.0.0.1/24 dev v0 valid_lft
  ip route nosuch
  ip route add
  ip route add 10.6.0.0/16
  ip route add 10.6.0.0/16 via
  ip route add 10.6.0.0/16 via nosuch
  ip route add 10.6.0.0/16 via 172.31.0.1
  ip route add 10.6.0.0/16 dev nosuch
  ip route add 10.6.0.0/16 dev v0 metric
  ip route add 10.6.0.0/16 dev v0 metric 5x
  ip route add 10.6.0.0/16 dev v0 proto nosuch
  ip route add 10.6.0.0/16 dev v0 scope nosuch
  ip route add 10.6.0.0/16 dev v0 table 5000000000
  ip route add 10.6.0.0/16 dev v0 mtu x
  ip route add 10.6.0.0/16 dev v0 src nosuch
  ip route add 10.6.0.0/16 dev v0 src 10.99.0.1
  ip route add 10.6.0.0/16 dev v0 nosuch 1
  ip route add 10.6.0.1/16 dev v0
  ip route add 10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1
  ip route add 10.6.0.0/16 nexthop
  ip route add 10.6.0.0/16 nexthop via 10.0.0.9 weight 999
  ip route add 10.6.0.0/16 nhid 77
  ip route add nosuch 10.6.0.0/16
  ip route del 10.66.0.0/16
  ip route del
  ip route change 10.66.0.0/16 dev v0
  ip route get
  ip route get 10.0.0.1 from
  ip route get 10.0.0.9 oif nosuch
  ip route show table
  ip route show proto nosuch
  ip route flush
  ip neigh nosuch
  ip neigh add
  ip neigh add 10.0.0.2 dev v0
  ip neigh add 10.0.0.2 lladdr 00:11:22:33:44:55
  ip neigh add 10.0.0.2 lladdr zz dev v0
  ip neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev nosuch
  ip neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev v0 nud nosuch
  ip neigh add 10.0.0.3 lladdr 00:11:22:33:44:55 dev v0
  ip neigh add 10.0.0.2 lladdr
  ip neigh change 10.0.0.77 lladdr 00:11:22:33:44:55 dev v0
  ip neigh del 10.0.0.77 dev v0
  ip neigh get 10.0.0.77 dev v0
  ip neigh get 10.0.0.77
  ip neigh show dev nosuch
  ip neigh show nud nosuch
  ip neigh flush
  ip rule nosuch
  ip rule add priority x
  ip rule add from nosuch
  ip rule add from 10.0.0.0/40
  ip rule add fwmark x
  ip rule add table nosuch
  ip rule add priority 7 priority
  ip rule add iif
  ip rule add from 10.0.0.0/8 table 100 priority 1000
  ip rule add ipproto nosuch
  ip rule add sport x
  ip rule add sport 90-80
  ip rule add nosuch
  ip rule add goto
  ip rule add goto 5 priority 9
  ip rule add tos 0x1
  ip rule del
  ip rule del priority 777
  ip rule del nosuch
  ip nexthop nosuch
  ip nexthop add
  ip nexthop add id 1
  ip nexthop add id x
  ip nexthop add id 1 via nosuch
  ip nexthop add id 1 via 10.0.0.9
  ip nexthop add id 1 via 10.0.0.9 dev nosuch
  ip nexthop add id 5 via 10.0.0.9 dev v0
  ip nexthop add id 1 group 77
  ip nexthop add id 1 group x
  ip nexthop add id 1 group 5,99999
  ip rule add dport 0
  ip link set v0 name toolongforadevice
  ip link show dev v0 nosuch
  ip nexthop add id 1 nosuch
  ip nexthop del
  ip nexthop del id 77
  ip nexthop get id 77
  ip nexthop get
  ip nexthop replace id
  ip netns nosuch
  ip netns add
  ip netns add a/b
  ip netns del
  ip netns del nosuch
  ip netns exec
  ip netns exec nosuch true
  ip netns pids
  ip netns pids nosuch
  ip netns identify x
  ip netns set nosuch 5
  ip netns set
  ip netns attach
  ip netns attach x
  ip maddr nosuch
  ip maddr add
  ip maddr add zz dev v0
  ip maddr add 33:33:00:00:00:01
  ip maddr add 33:33:00:00:00:01 dev nosuch
  ip maddr del 33:33:00:00:00:77 dev v0
  ip tuntap nosuch
  ip tuntap add
  ip tuntap add dev t9
  ip tuntap add dev t9 mode nosuch
  ip tuntap add dev v0 mode tun
  ip tuntap add dev t9 mode tun user nosuchuser
  ip tuntap add dev t9 mode tun nosuch
  ip addrlabel nosuch
  ip addrlabel add
  ip addrlabel add prefix 2001:db8::/32
  ip addrlabel add prefix 2001:db8::/32 label x
  ip addrlabel add prefix 2001:db8::/32 label 4294967295
  ip addrlabel add prefix ::1/128 label 99
  ip addrlabel del prefix 2001:db8:99::/48 label 5
  ip addrlabel add prefix 2001:db8::/32 label 9 dev nosuch
  ip token nosuch
  ip token set
  ip token set ::5
  ip token set ::5 dev nosuch
  ip token set zz dev v0
  ip token get dev nosuch
  ip vrf nosuch
  ip vrf show nosuch
  ip vrf show v0
  ip vrf pids
  ip vrf pids nosuch
  ip vrf identify x
  ip vrf exec
  ip vrf exec nosuch true
  ip netconf nosuch
  ip netconf show dev
  ip netconf show dev nosuch
  ip xfrm nosuch
  ip xfrm state nosuch
  ip xfrm state add
  ip xfrm state add src 10.0.0.1
  ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto nosuch
  ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi x
  ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 enc nosuch 0x00
  ip xfrm state get
  ip xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 7
  ip xfrm state delete
  ip xfrm policy nosuch
  ip xfrm policy add
  ip xfrm policy add dir nosuch
  ip xfrm policy get
  ip xfrm policy delete dir in src 10.0.0.0/8 dst 10.1.0.0/16
  ip monitor nosuch
  ip monitor file /nosuch
  ip monitor dev nosuch
  ip nosuch
  ip -nosuch link
  ip -n nosuch link
  ip -f nosuch link
  ip -c=nosuch link
  ip -b /nosuch
  ip -n
  tc nosuch
  tc -nosuch qdisc
  tc -n nosuch qdisc
  tc -b /nosuch
  tc qdisc nosuch
  tc qdisc add dev v0
  tc qdisc add dev v0 root
  tc qdisc add dev v0 root nosuch
  tc qdisc add dev nosuch root htb
  tc qdisc add dev v0 root handle x htb
  tc qdisc add dev v0 root handle 10000: htb
  tc qdisc add dev v0 parent x htb
  tc qdisc add dev v0 parent 77: htb
  tc qdisc add dev v0 root htb default
  tc qdisc add dev v0 root htb default x
  tc qdisc add dev v0 root htb nosuch
  tc qdisc add dev v0 root tbf
  tc qdisc add dev v0 root tbf rate 1mbit
  tc qdisc add dev v0 root tbf rate x burst 10k limit 10k
  tc qdisc add dev v0 root tbf rate 1mbit burst 10k limit 10k latency 5ms
  tc qdisc add dev v0 root netem delay
  tc qdisc add dev v0 root netem delay x
  tc qdisc add dev v0 root netem loss 101%
  tc qdisc add dev v0 root netem nosuch
  tc qdisc add dev v0 root handle 2: htb
  tc qdisc change dev v0 root handle 9: htb
  tc qdisc change dev v1 root htb default 1
  tc qdisc del dev v0 parent 77:
  tc qdisc del dev v1 root
  tc qdisc del
  tc qdisc del dev nosuch root
  tc qdisc show dev nosuch
  tc class nosuch
  tc class add
  tc class add dev v0
  tc class add dev v0 parent 1:
  tc class add dev v0 parent 1: classid x htb rate 1mbit
  tc class add dev v0 parent 1: classid 1:1 htb
  tc class add dev v0 parent 1: classid 1:1 htb rate
  tc class add dev v0 parent 1: classid 1:1 htb rate x
  tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit nosuch
  tc class add dev v0 parent 1: classid 1:5 htb rate 1mbit
  tc class add dev v0 parent 7: classid 7:1 htb rate 1mbit
  tc class add dev v0 parent 1: classid 1:1 nosuch
  tc class change dev v0 classid 1:77 htb rate 1mbit
  tc class del dev v0 classid 1:77
  tc class del dev v0
  tc class show dev nosuch
  tc class show dev v0 nosuch
  tc filter nosuch
  tc filter add
  tc filter add dev v0
  tc filter add dev nosuch parent 1: protocol ip u32 match u32 0 0
  tc filter add dev v0 parent 1: protocol nosuch u32 match u32 0 0
  tc filter add dev v0 parent 1: protocol ip prio x u32 match u32 0 0
  tc filter add dev v0 parent 1: protocol ip nosuch
  tc filter add dev v0 parent 1: protocol ip u32 match
  tc filter add dev v0 parent 1: protocol ip u32 match nosuch
  tc filter add dev v0 parent 1: protocol ip u32 match ip dst x
  tc filter add dev v0 parent 1: protocol ip u32 nosuch
  tc filter add dev v0 parent 77: protocol ip u32 match u32 0 0
  tc filter del dev v0 parent 77:
  tc filter del dev v0 parent 1: protocol ip prio 77 u32
  tc filter get dev v0 parent 1: protocol ip prio 77 handle 800::800 u32
  tc filter show dev nosuch
  tc filter show dev v0 nosuch
  tc chain nosuch
  tc chain add
  tc chain add dev v0 parent 1: chain x
  tc chain del dev v0 parent 1: chain 77
  tc action nosuch
  tc action add
  tc action add action nosuch
  tc action get action gact index 7777
  tc action show
  tc action del action gact
  tc monitor nosuch`;

/** What the system's programs take, and do not do or do otherwise: here they are refused. */
const SILENT = `
  ip link set v0 txqueuelen -1
  ip addr add 10.5.0.1/24 dev v0 dev v1
  ip tuntap del dev nosuch mode tun
  ip -loops x link`;

// About the lines rather than the kernel: each starts one of the system's programs, which takes the emulator seconds.
const slow = process.env.NLINK_VM ? " (skipped: takes minutes in the emulator, and is run outside)" : "";

describe.skipIf(noKernel || slow)(titled(`wrong lines${slow}`), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    const input = `
      link add v0 type veth peer name v1
      link set v0 up
      link set v1 up
      addr add 10.0.0.1/24 dev v0
      neigh add 10.0.0.3 lladdr 00:11:22:33:44:55 dev v0
      rule add from 10.0.0.0/8 table 100 priority 1000
      nexthop add id 5 via 10.0.0.9 dev v0`;
    execFileSync("ip", ["-n", box.name, "-b", "-"], { input });
    const tc = `
      qdisc add dev v0 root handle 1: htb
      class add dev v0 parent 1: classid 1:5 htb rate 1mbit`;
    execFileSync("tc", ["-n", box.name, "-b", "-"], { input: tc });
  });
  afterAll(() => box.close());

  const lines = (text: string) => text.trim().split(/\s*\n\s*/);
  /** What there is, but for what changes by itself. */
  const state = () =>
    ["addr", "route", "rule", "neigh"].map((noun) =>
      system(["ip", "-n", box.name, "-j", noun, "show"]).stdout.replace(/"(valid_life_time|tentative)":\w+,?/g, ""),
    );
  async function refused(line: string) {
    const [program, ...words] = splitWords(line);
    const argv = [program!, "-n", box.name, ...words];
    const before = state();
    const { code, stdout, stderr } = await cli(argv, { signal: AbortSignal.timeout(3000) });
    expect({ stdout, says: stderr !== "" }).toEqual({ stdout: "", says: true });
    expect(state()).toEqual(before);
    return { argv, code, stderr };
  }

  test.each(lines(LINES))("%s", async (line) => {
    const { argv, code, stderr } = await refused(line);
    const theirs = system(argv);
    expect(code, `ours: ${stderr}theirs: ${theirs.stderr}`).toBe(theirs.code);
  });
  test.each(lines(SILENT))("%s: refused", async (line) => {
    const { argv, code } = await refused(line);
    expect(code).not.toBe(0);
    expect(system(argv).code).toBe(0);
  });

  describe("without the right to: as nobody, and on a virtual kernel as such", () => {
    test.each(
      lines(`
        ip link add x9 type veth peer name x8
        ip link set lo up
        ip link del v0
        ip addr add 10.5.0.1/24 dev lo
        ip addr del 127.0.0.1/8 dev lo
        ip addr flush dev v0
        ip route add 10.6.0.0/16 dev lo
        ip route del 10.0.0.0/24
        ip neigh add 10.0.0.2 lladdr 00:11:22:33:44:55 dev v0
        ip neigh del 10.0.0.3 dev v0
        ip neigh flush dev v0 nud permanent
        ip route flush table main
        ip rule flush
        ip rule add from 10.0.0.0/8 table 100
        ip rule del priority 32767
        ip nexthop add id 1 blackhole
        ip nexthop del id 5
        ip token set ::5 dev v0
        tc qdisc add dev v0 root htb
        tc qdisc del dev v0 root
        tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit
        tc filter add dev v0 parent 1: protocol ip u32 match u32 0 0 classid 1:5
        ip link show dev lo
        ip rule show
        tc qdisc show dev v0`),
    )("%s", async (line) => {
      const kernel = new VirtualKernel();
      const made = `link add v0 type veth peer name v1
        link set v0 up
        addr add 10.0.0.1/24 dev v0
        neigh add 10.0.0.3 lladdr 00:11:22:33:44:55 dev v0
        rule add from 10.0.0.0/8 table 100`;
      for (const words of made.split("\n"))
        expect(await cli(["ip", ...splitWords(words)], { open: () => kernel.open() })).toMatchObject({ code: 0 });
      const ours = await cli(splitWords(line), { open: () => kernel.open({ unprivileged: true }) });
      const nobody = ["setpriv", "--reuid", "65534", "--clear-groups"];
      const theirs = system(["ip", "netns", "exec", box.name, ...nobody, ...splitWords(line)]);
      expect(ours.code, ours.stderr + theirs.stderr).toBe(theirs.code);
      const permission = (text: string) => /Operation not permitted/.test(text);
      expect(permission(ours.stderr), ours.stderr + theirs.stderr).toBe(permission(theirs.stderr));
    });
  });

  test("a batch says which line failed; -force goes on, and ends with 1 all the same", async () => {
    const batch = `link set v1 alias one
      # a comment

      link set nosuch up
      link set v1 \\
        alias two
      nosuch
      link set v1 alias three
    `;
    const run = async (...globals: string[]) => {
      const argv = ["ip", "-n", box.name, ...globals, "-b", "-"];
      const stdin = (async function* () {
        yield batch;
      })();
      const ours = await cli(argv, { stdin });
      const alias = box.json("link", "show", "v1")[0]!.ifalias;
      const theirs = system(argv, batch);
      expect(box.json("link", "show", "v1")[0]!.ifalias).toBe(alias);
      expect(ours.code).toBe(theirs.code);
      const failed = (text: string) => text.match(/^Command failed.*$/gm);
      expect(failed(ours.stderr)).toEqual(failed(theirs.stderr));
      return { alias, failed: failed(ours.stderr) };
    };
    expect(await run()).toEqual({ alias: "one", failed: ["Command failed -:4"] });
    expect(await run("-force")).toEqual({ alias: "three", failed: ["Command failed -:4", "Command failed -:7"] });
  });
});
