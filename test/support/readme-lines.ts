/**
 * Every line of the command section of nlink 0.1.2's README, as it is written there, in its order; with what must be there before, and what is to
 * be seen afterwards.
 * @module
 */
export interface ReadmeLine {
  /** As written. */
  readonly line: string;
  /** Lines that make what it is about. */
  readonly before?: readonly string[];
  /** What a line then shows. */
  readonly look?: readonly [line: string, shown: RegExp];
  /** What a line does not show any more. */
  readonly gone?: readonly [line: string, shown: RegExp];
  /** What the line itself says. */
  readonly says?: RegExp;
  /** It watches: a line to be run meanwhile. */
  readonly meanwhile?: string;
  /** Why a virtual kernel cannot run it. */
  readonly live?: string;
  /** Lines that clear up. */
  readonly after?: readonly string[];
}

const KIND = "the virtual kernel has no such devices";
const QDISC = "the virtual kernel has no such qdisc";
const FILES = "it is about processes or files of a machine";
const XFRM = "the virtual kernel has no IPsec";
const del = (name: string) => [`ip link del ${name}`];
const root = "tc qdisc del dev eth0 root";

/** What the lines are about. */
export const README_SETUP = [
  "ip link set lo up",
  "ip link add eth0 type veth peer name eth1",
  "ip link set eth0 up",
  "ip link set eth1 up",
  "ip addr add 192.168.1.9/24 dev eth0",
];

export const README_LINES: readonly ReadmeLine[] = [
  { line: "ip link show", says: /^\d+: eth0@eth1: </m },

  { line: "ip link add dummy test0", look: ["ip -d link show test0", /dummy/] },
  { line: "ip link add veth veth0 --peer veth1", look: ["ip link show veth1", /veth1@veth0/], after: del("veth0") },
  {
    line: "ip link add bridge br0 --stp --vlan-filtering",
    look: ["ip -d link show br0", /stp_state 1 .*vlan_filtering 1/],
    after: del("br0"),
  },
  {
    line: "ip link add bond bond0 --mode 802.3ad --miimon 100",
    look: ["ip -d link show bond0", /mode 802\.3ad miimon 100/],
    after: del("bond0"),
    live: KIND,
  },
  {
    line: "ip link add vlan eth0.100 --link eth0 --id 100",
    look: ["ip -d link show eth0.100", /eth0\.100@eth0[\s\S]*vlan protocol 802\.1Q id 100/],
    after: del("eth0.100"),
  },
  {
    line: "ip link add vxlan vxlan0 --vni 100 --remote 10.0.0.1 --dstport 4789",
    look: ["ip -d link show vxlan0", /vxlan id 100 remote 10\.0\.0\.1 .*dstport 4789/],
    after: del("vxlan0"),
    live: KIND,
  },
  { line: "ip link del test0", gone: ["ip -br link", /test0/] },
  { line: "ip link set eth0 --up --mtu 9000", look: ["ip link show eth0", /[<,]UP[,>].* mtu 9000/] },

  { line: "ip addr show", says: /inet 192\.168\.1\.9\/24/ },
  { line: "ip addr add 192.168.1.1/24 -d eth0", look: ["ip addr show eth0", /inet 192\.168\.1\.1\/24/] },
  { line: "ip addr del 192.168.1.1/24 -d eth0", gone: ["ip addr show eth0", /192\.168\.1\.1\//] },

  { line: "ip route show", says: /^192\.168\.1\.0\/24 dev eth0/m },
  {
    line: "ip route add 10.0.0.0/8 --via 192.168.1.1",
    look: ["ip route", /^10\.0\.0\.0\/8 via 192\.168\.1\.1 dev eth0/m],
  },
  { line: "ip route del 10.0.0.0/8", gone: ["ip route", /10\.0\.0\.0\/8/] },

  {
    line: "ip neigh show",
    before: ["ip neigh add 192.168.1.7 lladdr 00:11:22:33:44:77 dev eth0"],
    says: /^192\.168\.1\.7 dev eth0/m,
  },
  {
    line: "ip neigh add 192.168.1.2 --lladdr 00:11:22:33:44:55 -d eth0",
    look: ["ip neigh", /^192\.168\.1\.2 dev eth0 lladdr 00:11:22:33:44:55 PERMANENT/m],
  },
  { line: "ip neigh del 192.168.1.2 -d eth0", gone: ["ip neigh show nud permanent", /192\.168\.1\.2 /] },

  { line: "ip rule show", says: /^32766:\tfrom all lookup main/m },
  {
    line: "ip rule add --from 10.0.0.0/8 --table 100 --priority 1000",
    look: ["ip rule", /^1000:\tfrom 10\.0\.0\.0\/8 lookup 100/m],
  },
  { line: "ip rule add --fwmark 0x100 --table 200", look: ["ip rule", /from all fwmark 0x100 lookup 200/] },
  { line: "ip rule del --priority 1000", gone: ["ip rule", /10\.0\.0\.0\/8/] },

  {
    line: "ip route get 8.8.8.8",
    before: ["ip route add default via 192.168.1.1"],
    says: /^8\.8\.8\.8 via 192\.168\.1\.1 dev eth0 src 192\.168\.1\.9/,
  },
  {
    line: "ip neigh flush dev eth0",
    before: ["ip neigh replace 192.168.1.6 lladdr 00:11:22:33:44:66 nud reachable dev eth0"],
    look: ["ip neigh show 192.168.1.6 nud reachable", /^$/],
  },

  { line: "ip monitor all", meanwhile: "ip link set eth1 mtu 1400", says: /^\[LINK]\d+: eth1@eth0: .* mtu 1400/m },
  {
    line: "ip monitor link address --timestamp",
    meanwhile: "ip addr add 192.168.1.5/24 dev eth0",
    says: /^Timestamp: \w{3} \w{3} [ \d]\d [\d:]{8} \d{4} \d+ usec\n.*192\.168\.1\.5\/24/m,
  },
  {
    line: "ip monitor -j  # JSON output",
    meanwhile: "ip link set eth1 mtu 1300",
    says: /^\{.*"ifname":"eth1".*"mtu":1300.*\}\n/m,
  },

  { line: "ip maddress show", says: /^\d+:\teth0\n/m, live: FILES },
  { line: "ip maddress show dev eth0", says: /^\d+:\teth0\n[\s\S]*inet {2}224\.0\.0\.1\n/, live: FILES },

  {
    line: "ip vrf show",
    before: ["ip link add vrf0 type vrf table 10", "ip link set vrf0 up"],
    says: /^vrf0 +10$/m,
  },
  {
    line: "ip vrf exec vrf0 ping 10.0.0.1",
    before: ["ip addr add 10.0.0.1/24 dev vrf0"],
    says: /^PING 10\.0\.0\.1\nvrf0\n/,
    live: FILES,
  },
  { line: "ip vrf identify $$", says: /^\s*$/, live: FILES },
  { line: "ip vrf pids vrf0", says: /^$/, live: FILES, after: del("vrf0") },

  { line: "ip xfrm state show", says: /^$/, live: XFRM },
  { line: "ip xfrm state count", says: /^\t SAD count 0\n$/, live: XFRM },
  { line: "ip xfrm policy show", says: /^$/, live: XFRM },
  { line: "ip xfrm policy count", says: /^\t SPD IN {2}0 OUT 0 FWD 0/, live: XFRM },

  { line: "ip netns list", before: ["ip netns add other"], says: /^other$/m, after: ["ip netns del other"] },
  { line: "ip netns add myns", look: ["ip netns list", /^myns/m] },
  { line: "ip netns exec myns ip link show", says: /^1: lo: <LOOPBACK>/, live: FILES },
  { line: "ip netns del myns", gone: ["ip netns list", /myns/] },
  { line: "ip netns identify $$  # Identify namespace of a PID", says: /^\n?$/, live: FILES },
  { line: "ip netns pids myns    # List PIDs in a namespace", before: ["ip netns add myns"], says: /^$/, live: FILES },
  {
    line: "ip netns monitor      # Watch namespace creation/deletion",
    meanwhile: "ip netns del myns",
    says: /^delete myns\n/,
    live: FILES,
  },

  { line: "ip tunnel show", says: /^/, live: KIND },
  {
    line: "ip tunnel add gre1 --mode gre --remote 10.0.0.1 --local 10.0.0.2 --ttl 64",
    look: ["ip tunnel show gre1", /^gre1: gre\/ip remote 10\.0\.0\.1 local 10\.0\.0\.2 ttl 64/],
    live: KIND,
  },
  {
    line: "ip tunnel add tun0 --mode ipip --remote 192.168.1.1 --local 192.168.1.2",
    look: ["ip tunnel show tun0", /^tun0: ip\/ip remote 192\.168\.1\.1 local 192\.168\.1\.2/],
    live: KIND,
  },
  {
    line: "ip tunnel change gre1 --remote 10.0.0.3",
    look: ["ip tunnel show gre1", /remote 10\.0\.0\.3/],
    live: KIND,
  },
  { line: "ip tunnel del gre1", gone: ["ip -br link", /gre1@/], live: KIND },

  { line: "tc qdisc show", says: /^qdisc noqueue 0: dev lo root/m },
  { line: "tc qdisc show dev eth0", says: /^qdisc \w+ 0: (dev eth0 )?root/m },

  {
    line: "tc qdisc add dev eth0 --parent root htb default 10 r2q 10",
    look: ["tc qdisc show dev eth0", /^qdisc htb \w+: root (refcnt \d+ )?r2q 10 default 0x10/m],
    after: [root],
  },
  {
    line: "tc qdisc add dev eth0 --parent root fq_codel limit 10000 target 5ms interval 100ms ecn",
    look: ["tc qdisc show dev eth0", /^qdisc fq_codel \w+: root .*limit 10000p .*target 5ms interval 100ms .*ecn/m],
    after: [root],
  },
  {
    line: "tc qdisc add dev eth0 --parent root tbf rate 1mbit burst 32kb limit 100kb",
    look: ["tc qdisc show dev eth0", /^qdisc tbf \w+: root (refcnt \d+ )?rate 1Mbit burst 32Kb (lat|limit)/m],
    after: [root],
  },
  {
    line: "tc qdisc add dev eth0 --parent root prio bands 3",
    look: ["tc qdisc show dev eth0", /^qdisc prio \w+: root (refcnt \d+ )?bands 3 priomap/m],
    after: [root],
  },
  {
    line: "tc qdisc add dev eth0 --parent root sfq perturb 10 limit 127",
    look: ["tc qdisc show dev eth0", /^qdisc sfq \w+: root (refcnt \d+ )?limit 127p .*perturb 10sec/m],
    after: [root],
    live: QDISC,
  },

  {
    line: "tc qdisc replace dev eth0 --parent root fq_codel limit 5000",
    look: ["tc qdisc show dev eth0", /^qdisc fq_codel .*limit 5000p/m],
  },
  {
    line: "tc qdisc change dev eth0 --parent root fq_codel target 10ms",
    look: ["tc qdisc show dev eth0", /^qdisc fq_codel .*limit 5000p .*target 10ms/m],
    after: [root],
  },

  ...(
    [
      ["delay 100ms 10ms 25%", /delay 100ms {2}10ms 25%/],
      ["loss 1% 25%", /loss 1% 25%/],
      ["duplicate 1%", /duplicate 1%/],
      ["corrupt 0.1%", /corrupt 0\.1%/],
      ["reorder 25% 50% gap 5", /reorder 25% 50% .*gap 5/],
      ["rate 1mbit", /rate 1Mbit/],
      ["delay 100ms loss 1% duplicate 0.5%", /delay 100ms loss 1% duplicate 0\.5%/],
    ] as const
  ).map(
    ([options, shown], i, all): ReadmeLine => ({
      line: `tc qdisc add dev eth0 --parent root netem ${options}`,
      look: ["tc qdisc show dev eth0", shown],
      // The last one is what the next line removes.
      ...(i < all.length - 1 ? { after: [root] } : {}),
    }),
  ),

  { line: "tc qdisc del dev eth0 --parent root", gone: ["tc qdisc show dev eth0", /netem/] },

  {
    line: "tc class show",
    before: [
      "tc qdisc add dev eth0 root handle 1: htb default 10",
      "tc class add dev eth0 parent 1: classid 1:1 htb rate 100mbit",
    ],
    says: /^$|class htb 1:1 /,
  },
  { line: "tc class show dev eth0", says: /^class htb 1:1 root .*rate 100Mbit/ },
  {
    line: "tc class add dev eth0 --parent 1: --classid 1:10 htb rate 10mbit ceil 100mbit prio 1",
    look: ["tc class show dev eth0", /^class htb 1:10 root prio 1 rate 10Mbit ceil 100Mbit/m],
  },
  {
    line: "tc class add dev eth0 --parent 1: --classid 1:20 htb rate 5mbit ceil 50mbit burst 15k",
    look: ["tc class show dev eth0", /^class htb 1:20 root prio 0 rate 5Mbit ceil 50Mbit burst 15Kb/m],
  },

  {
    line: "tc monitor all",
    meanwhile: "tc class del dev eth0 classid 1:20",
    says: /^deleted class htb 1:20 dev eth0/m,
  },
  {
    line: "tc monitor qdisc class --timestamp",
    meanwhile: "tc class del dev eth0 classid 1:10",
    says: /^Timestamp: .* usec\n.*class htb 1:10/m,
  },
  { line: "tc monitor -j  # JSON output", meanwhile: "tc qdisc del dev eth0 root", says: /^\{.*"kind":"htb".*\}\n/m },

  {
    line: "tc filter show",
    before: [
      "tc qdisc add dev eth0 root handle 1: prio",
      "tc filter add dev eth0 parent 1: protocol ip prio 7 u32 match u32 0 0 classid 1:1",
    ],
    says: /^$|filter/,
  },
  { line: "tc filter show dev eth0", says: /^filter parent 1: protocol ip pref 7 u32/ },
];
