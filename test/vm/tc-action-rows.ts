/** Actions of every kind, in tc's words. @module */
import type { ActionKind } from "../../src/codec/tc/index.ts";

export interface ActionRow {
  readonly kind: ActionKind;
  /** Behind the kind. `INDEX` is where the index stands, if not in the end. */
  readonly words: string;
  /** What stands behind the index: `cookie`, `hw_stats`… */
  readonly extras?: string;
  /** Text of the kind that this tc writes otherwise. */
  readonly otherText?: RegExp;
  /** Why tc makes something else of the words. */
  readonly tcDiffers?: string;
}

// It counts the bits of a mask from the wrong end (print_nat).
const NAT = { otherText: /\/\d+/g };

/** The devices a0 and a1 are there. */
export const actionRows: readonly ActionRow[] = [
  { kind: "gact", words: "pass" },
  { kind: "gact", words: "drop" },
  { kind: "gact", words: "pipe random netrand drop 100" },
  { kind: "gact", words: "drop random determ pass 7", extras: "cookie 0102030405060708090a0b0c0d0e0f10" },
  { kind: "gact", words: "continue" },
  { kind: "gact", words: "reclassify" },
  { kind: "gact", words: "trap" },
  { kind: "gact", words: "jump 3" },
  { kind: "gact", words: "drop", extras: "hw_stats immediate" },
  { kind: "gact", words: "drop", extras: "hw_stats delayed" },
  { kind: "gact", words: "drop", extras: "hw_stats disabled" },
  { kind: "gact", words: "drop", extras: "no_percpu" },
  { kind: "gact", words: "drop", extras: "skip_hw" },
  { kind: "mirred", words: "egress redirect dev a1" },
  { kind: "mirred", words: "egress mirror dev a1" },
  { kind: "mirred", words: "ingress redirect dev a1" },
  { kind: "mirred", words: "ingress mirror dev a1 continue" },
  { kind: "police", words: "rate 1mbit burst 10k" },
  { kind: "police", words: "rate 10mbit burst 20k mtu 9000 peakrate 20mbit conform-exceed drop/pipe" },
  { kind: "police", words: "rate 1mbit burst 10k/8 mpu 64 overhead 14 linklayer atm drop" },
  {
    kind: "police",
    words: "rate 40gbit burst 10m peakrate 80gbit mtu 2k conform-exceed drop/continue",
    tcDiffers: "it reckons buckets by whole microseconds",
  },
  { kind: "police", words: "pkts_rate 1000 pkts_burst 200 conform-exceed drop" },
  { kind: "police", words: "mtu 1514 conform-exceed drop/pass" },
  { kind: "vlan", words: "pop" },
  { kind: "vlan", words: "push id 5" },
  { kind: "vlan", words: "push protocol 802.1ad id 4094 priority 7 pass" },
  { kind: "vlan", words: "modify id 10 priority 3" },
  { kind: "vlan", words: "pop_eth" },
  { kind: "vlan", words: "push_eth dst_mac 02:00:00:00:00:05 src_mac 02:00:00:00:00:06" },
  { kind: "skbedit", words: "priority 1:10" },
  { kind: "skbedit", words: "queue_mapping 3" },
  { kind: "skbedit", words: "mark 5" },
  { kind: "skbedit", words: "mark 0x10/0xf0 ptype host" },
  { kind: "skbedit", words: "ptype otherhost inheritdsfield pass" },
  { kind: "skbedit", words: "priority 2: queue_mapping 7 mark 1/0x1 ptype multicast inheritdsfield" },
  { kind: "skbmod", words: "set dmac 02:00:00:00:00:05" },
  { kind: "skbmod", words: "set dmac 02:00:00:00:00:05 set smac 02:00:00:00:00:06 set etype 0xfefe pass" },
  { kind: "skbmod", words: "swap mac" },
  { kind: "skbmod", words: "ecn" },
  { kind: "nat", words: "ingress 192.0.2.1 198.51.100.1", ...NAT },
  { kind: "nat", words: "egress 192.0.2.0/24 198.51.100.0 pipe", ...NAT },
  { kind: "nat", words: "egress any 198.51.100.7", tcDiffers: "it shifts 32 bits by 32", ...NAT },
  { kind: "csum", words: "iph" },
  { kind: "csum", words: "iph and icmp igmp tcp udp udplite sctp pipe" },
  { kind: "mpls", words: "push label 100" },
  { kind: "mpls", words: "push protocol mpls_mc label 1048575 tc 7 ttl 64 bos 1" },
  { kind: "mpls", words: "mac_push label 5" },
  { kind: "mpls", words: "pop protocol ip" },
  { kind: "mpls", words: "modify label 6 tc 2 ttl 3" },
  { kind: "mpls", words: "dec_ttl pass" },
  { kind: "connmark", words: "" },
  { kind: "connmark", words: "zone 7 continue" },
  { kind: "ctinfo", words: "dscp 0xfc000000 0x01000000" },
  { kind: "ctinfo", words: "cpmark" },
  { kind: "ctinfo", words: "dscp 0x0000003f cpmark 0xff00 zone 5 reclassify" },
  { kind: "ct", words: "" },
  { kind: "ct", words: "clear" },
  { kind: "ct", words: "commit" },
  {
    kind: "ct",
    words: "commit force zone 4 mark 0x5/0xff label 00112233445566778899aabbccddeeff/ffffffffffffffff0000000000000000",
  },
  { kind: "ct", words: "commit mark 7 label 0102 nat src addr 192.0.2.1" },
  { kind: "ct", words: "commit nat dst addr 192.0.2.1-192.0.2.9 port 1000-2000" },
  { kind: "ct", words: "commit nat src addr 2001:db8::1-2001:db8::9 port 80" },
  { kind: "ct", words: "nat zone 3" },
  { kind: "sample", words: "rate 100 group 5" },
  { kind: "sample", words: "rate 1 group 0 trunc 128 pass" },
  { kind: "bpf", words: "bytecode '1,6 0 0 4294967295'" },
  { kind: "bpf", words: "bytecode '4,40 0 0 12,21 0 1 2048,6 0 0 2,6 0 0 0' drop" },
  { kind: "simple", words: 'sdata "exactly thirty-one bytes long!!"' },
  { kind: "simple", words: "sdata 0123456789012345678901234567890 drop" },
  { kind: "gate", words: "clockid CLOCK_TAI sched-entry open 200000000 -1 -1 sched-entry close 100000000" },
  {
    kind: "gate",
    // tc 6.1 does not look at an index behind the verdict.
    words:
      "priority 1 base-time 200000000000ns cycle-time 400ms cycle-time-ext 10ms clockid CLOCK_MONOTONIC flags 0x1 sched-entry open 200ms 3 8000000b sched-entry close 100ms INDEX drop",
  },
  { kind: "ife", words: "decode reclassify" },
  { kind: "ife", words: "encode allow mark dst 02:00:00:00:00:05" },
  { kind: "ife", words: "encode use mark 0x12 allow prio use tcindex 7 type 0xfefe src 02:00:00:00:00:06" },
  { kind: "tunnel_key", words: "unset" },
  { kind: "tunnel_key", words: "set src_ip 192.0.2.1 dst_ip 192.0.2.2 id 42" },
  {
    kind: "tunnel_key",
    words: "set src_ip 2001:db8::1 dst_ip 2001:db8::2 id 42 dst_port 4789 tos 0x10 ttl 64 nocsum pass",
  },
  {
    kind: "tunnel_key",
    words: "set src_ip 192.0.2.1 dst_ip 192.0.2.2 dst_port 6081 geneve_opts 0102:80:00800022,0103:81:1122334455667788",
  },
  { kind: "tunnel_key", words: "set src_ip 192.0.2.1 dst_ip 192.0.2.2 id 1 vxlan_opts 256" },
  { kind: "tunnel_key", words: "set src_ip 192.0.2.1 dst_ip 192.0.2.2 id 1 erspan_opts 1:7:0:0" },
  { kind: "tunnel_key", words: "set src_ip 192.0.2.1 dst_ip 192.0.2.2 id 1 erspan_opts 2:0:1:9" },
  { kind: "pedit", words: "munge offset 0 u32 set 0x12345678" },
  { kind: "pedit", words: "munge ip ttl set 64 munge ip src set 192.0.2.9 munge ip dport set 80 pipe" },
  {
    kind: "pedit",
    words:
      "munge offset 1 u8 invert munge offset 2 u16 clear munge offset 8 u8 set 0xff retain 0x0f munge offset 13 u16 set 0xabcd",
  },
  { kind: "pedit", words: "munge offset 0 u8 at 9 0f 2 set 5 munge offset 4 u32 preserve" },
  {
    kind: "pedit",
    words:
      "ex munge ip ttl decrement munge ip tos add 3 retain 0xfc munge ip dst set 198.51.100.1 munge ip ihl set 5 munge ip protocol set 17 munge ip df set 0x40 munge ip mf clear munge ip ce set 0x80 munge ip nofrag clear munge ip firstfrag clear",
  },
  {
    kind: "pedit",
    words:
      "ex munge eth dst set 02:00:00:00:00:05 munge eth src set 02:00:00:00:00:06 munge eth type set 0x0800 munge tcp sport set 1 munge tcp dport add 2 munge tcp flags invert munge udp sport set 3 munge udp dport clear",
  },
  {
    kind: "pedit",
    words:
      "ex munge ip6 src set 2001:db8::1 munge ip6 dst set 2001:db8::2 munge ip6 flow_lbl set 0x12345 munge ip6 payload_len set 100 munge ip6 nexthdr set 6 munge ip6 hoplimit decrement munge ip6 traffic_class set 0x28 munge offset 12 u32 add 1 drop",
  },
];
