/** Filters of every kind, in tc's words, and as options where this tc has no words. @module */
import type * as tc from "../../src/codec/tc/index.ts";

export interface FilterRow {
  readonly kind: tc.FilterKind;
  readonly protocol: string;
  /** Of a clsact's ingress; else of htb's 1:. */
  readonly ingress?: true;
  readonly chain?: number;
  /** One of its own if it is not given. */
  readonly priority?: number;
  readonly handle?: string;
  /** The handle it has then, of rows that share a priority. */
  readonly found?: string;
  readonly words?: string;
  /** The same as options, or what this tc has no words for. */
  readonly options?: object;
  /** What is read. */
  readonly read?: object;
  /** tc prints no JSON of it: it prints text there, as it does of all of TEXT_ONLY. */
  readonly noJson?: true;
  /** Keys of JSON, and text of ours, that this tc does not know, or writes otherwise. */
  readonly later?: readonly string[];
  readonly laterText?: RegExp;
}

/** Kinds that this tc prints text of where it should print JSON. */
export const TEXT_ONLY: readonly string[] = ["fw", "basic", "cgroup", "route", "flow"];

/** The devices j0 and j1 are there. */
export const filterRows: readonly FilterRow[] = [
  {
    kind: "u32",
    protocol: "ip",
    words: "match ip src 10.0.0.0/8 match ip dport 80 0xffff flowid 1:10",
    options: { match: [{ ip: { src: "10.0.0.0/8", dport: 80 } }], classid: "1:10" },
  },
  {
    kind: "u32",
    protocol: "ip",
    words:
      "match ip dst 10.1.2.3 match ip protocol 6 0xff match ip tos 0x10 0xfc match ip ihl 5 0x0f match ip sport 1024 0xfc00 flowid 1:20",
  },
  { kind: "u32", protocol: "ip", words: "match ip nofrag match ip dsfield 0x28 0xff flowid 1:20" },
  { kind: "u32", protocol: "ip", words: "match ip firstfrag flowid 1:20" },
  { kind: "u32", protocol: "ip", words: "match ip df flowid 1:20" },
  { kind: "u32", protocol: "ip", words: "match ip mf match ip precedence 0xc0 0xe0 flowid 1:20" },
  { kind: "u32", protocol: "ip", words: "match ip protocol 1 0xff match ip icmp_type 8 0xff flowid 1:20" },
  {
    kind: "u32",
    protocol: "ip",
    words: "match ip protocol 1 0xff match icmp type 8 0xff match icmp code 0 0xff flowid 1:10",
  },
  {
    kind: "u32",
    protocol: "ip",
    words: "match ip protocol 6 0xff match tcp src 80 0xffff match tcp dst 443 0xffff flowid 1:10",
  },
  { kind: "u32", protocol: "ip", words: "match ip protocol 17 0xff match udp dst 53 0xffff flowid 1:10" },
  {
    kind: "u32",
    protocol: "ip",
    words:
      "match u32 0x0a000000 0xff000000 at 12 match u16 0x1234 0xfff0 at 2 match u8 0x40 0xf0 at nexthdr+9 flowid 1:10",
  },
  { kind: "u32", protocol: "ip", handle: "::900", words: "match u32 0 0 at 0 flowid 1:10" },
  { kind: "u32", protocol: "ip", words: "order 900 match ip dst 192.0.2.77 match mark 0x10 0xff classid 1:20" },
  {
    kind: "u32",
    protocol: "ip",
    words: "match ether src 02:00:00:00:00:09 match ether dst 02:11:22:33:44:55 action drop",
  },
  {
    kind: "u32",
    protocol: "ip",
    ingress: true,
    words: "match ip src 192.0.2.9 indev j0 skip_hw action gact pass action mirred egress redirect dev j0",
  },
  {
    kind: "u32",
    protocol: "ipv6",
    words: "match ip6 src 2001:db8::/32 match ip6 dst 2001:db8:1:2:3:4:5:6 flowid 1:10",
  },
  {
    kind: "u32",
    protocol: "ipv6",
    words:
      "match ip6 dst 2001:db8::/48 match ip6 protocol 58 0xff match ip6 priority 0x10 0xfc match ip6 sport 53 0xffff flowid 1:10",
  },
  { kind: "u32", protocol: "ipv6", words: "match ip6 flowlabel 0x12345 0xfffff match ip6 dport 53 0xffff flowid 1:10" },
  { kind: "u32", protocol: "all", words: "match u32 0 0 flowid 1:10" },
  { kind: "u32", protocol: "ip", handle: "1:", priority: 4, noJson: true, found: "1:", words: "divisor 256" },
  { kind: "u32", protocol: "ip", handle: "2:", priority: 4, noJson: true, found: "2:", words: "divisor 1" },
  {
    kind: "u32",
    protocol: "ip",
    priority: 4,
    noJson: true,
    found: "1:5:800",
    words: "ht 1:5: match ip src 10.0.0.5 flowid 1:10",
  },
  {
    kind: "u32",
    protocol: "ip",
    priority: 4,
    noJson: true,
    found: "1:6:800",
    words:
      "ht 1: sample ip protocol 6 0xff match ip protocol 6 0xff link 2: offset at 0 mask 0x0f00 shift 6 plus 0 eat",
  },
  {
    kind: "u32",
    protocol: "ip",
    priority: 4,
    noJson: true,
    found: "1:7:800",
    words: "ht 1: sample u32 0x0a000007 0x000000ff at 12 divisor 16 match ip src 10.0.0.7 flowid 1:20",
  },
  {
    kind: "u32",
    protocol: "ip",
    handle: "2::1",
    priority: 4,
    noJson: true,
    found: "2::1",
    words: "ht 2: match tcp dst 80 0xffff flowid 1:20",
  },
  {
    kind: "u32",
    protocol: "ip",
    priority: 4,
    noJson: true,
    found: "8??::800",
    words: "match ip dst 10.0.0.0/8 hashkey mask 0x000000ff at 12 link 1:",
  },
  { kind: "u32", protocol: "ip", words: "match ip src 10.9.0.0/16 police rate 1mbit burst 10k drop flowid 1:10" },
  { kind: "u32", protocol: "ip", words: "match ip src 10.10.0.0/16 action police rate 1mbit burst 10k" },
  { kind: "flower", protocol: "all", ingress: true, words: "action pass" },
  {
    kind: "flower",
    protocol: "all",
    ingress: true,
    words: "dst_mac 02:00:00:00:00:09 src_mac 02:00:00:00:00:00/ff:ff:ff:00:00:00 indev j0 action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words:
      "ip_proto tcp src_ip 10.0.0.0/8 dst_ip 192.0.2.1 src_port 80 dst_port 443 tcp_flags 0x2/0x3 ip_tos 0x10/0xfc ip_ttl 64 classid 1:10",
    options: {
      ipProto: "tcp",
      srcIp: "10.0.0.0/8",
      dstIp: "192.0.2.1",
      srcPort: 80,
      dstPort: 443,
      tcpFlags: { value: 2, mask: 3 },
      ipTos: { value: 0x10, mask: 0xfc },
      ipTtl: 64,
      classid: "1:10",
    },
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words: "ip_proto udp src_port 1000-2000 dst_port 53 skip_hw action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words: "ip_proto sctp dst_port 0x1000/0xf000 src_port 5000-5001 action drop",
  },
  { kind: "flower", protocol: "ip", ingress: true, words: "ip_proto icmp type 8 code 0 action drop" },
  {
    kind: "flower",
    protocol: "ipv6",
    ingress: true,
    words: "ip_proto icmpv6 type 128/240 code 0 src_ip 2001:db8::/32 dst_ip 2001:db8::1 action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { ipFlags: "frag/nofirstfrag", ipProto: "gre", srcIp: "10.0.0.1/255.0.0.255" },
    noJson: true,
  },
  { kind: "flower", protocol: "ip", ingress: true, words: "ip_flags nofrag ip_proto 2f action drop" },
  {
    kind: "flower",
    protocol: "arp",
    ingress: true,
    words:
      "arp_op request arp_sip 192.0.2.0/24 arp_tip 192.0.2.1 arp_sha 02:00:00:00:00:09 arp_tha 00:00:00:00:00:00/ff:ff:ff:00:00:00 action drop",
  },
  { kind: "flower", protocol: "arp", ingress: true, words: "arp_op 2/3 action drop" },
  {
    kind: "flower",
    protocol: "802.1q",
    ingress: true,
    words: "vlan_id 100 vlan_prio 3 vlan_ethtype ipv4 ip_proto tcp dst_port 80 action drop",
  },
  {
    kind: "flower",
    protocol: "802.1ad",
    ingress: true,
    words:
      "vlan_id 100 vlan_ethtype 802.1q cvlan_id 200 cvlan_prio 5 cvlan_ethtype ip ip_proto udp src_ip 10.0.0.1 action drop",
  },
  { kind: "flower", protocol: "all", ingress: true, words: "num_of_vlans 2 action drop" },
  {
    kind: "flower",
    protocol: "mpls_uc",
    ingress: true,
    words: "mpls_label 100 mpls_tc 3 mpls_bos 1 mpls_ttl 64 action drop",
  },
  {
    kind: "flower",
    protocol: "mpls_uc",
    ingress: true,
    words: "mpls lse depth 1 label 100 tc 2 bos 0 ttl 5 lse depth 2 label 200 action drop",
  },
  { kind: "flower", protocol: "mpls_mc", ingress: true, words: "mpls lse depth 3 ttl 7 action drop" },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words:
      "ct_state +trk+est-new ct_zone 5 ct_mark 0x10/0xff ct_label 0102030405060708090a0b0c0d0e0f10/ffffffff00000000ffffffff00000000 action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words: "ct_state +trk+rel+rpl-inv ct_zone 5/0xff ct_mark 1 ct_label 0102030405060708090a0b0c0d0e0f10 action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words:
      "enc_src_ip 10.0.0.1 enc_dst_ip 10.0.0.0/24 enc_key_id 7 enc_dst_port 4789 enc_tos 0x10/0xff enc_ttl 64 action drop",
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    words:
      "enc_src_ip 2001:db8::1 enc_dst_ip 2001:db8::/64 enc_key_id 7 geneve_opts 0102:80:00880022,0103:81:aabbccdd/ffff:ff:ffff0000 action drop",
  },
  { kind: "flower", protocol: "ip", ingress: true, words: "enc_key_id 7 vxlan_opts 65793/0xffff action drop" },
  { kind: "flower", protocol: "ip", ingress: true, words: "enc_key_id 7 erspan_opts 1:77:0:0 action drop" },
  { kind: "flower", protocol: "ip", ingress: true, words: "enc_key_id 7 erspan_opts 2:0:1:63/2:0:255:255 action drop" },
  { kind: "flower", protocol: "ip", ingress: true, words: "enc_key_id 7 gtp_opts 01:05/ff:0f action drop" },
  { kind: "flower", protocol: "ppp_ses", ingress: true, words: "pppoe_sid 7 ppp_proto ip src_ip 10.0.0.1 action drop" },
  { kind: "flower", protocol: "ppp_ses", ingress: true, words: "pppoe_sid 8 ppp_proto 0x21 action drop" },
  { kind: "flower", protocol: "ip", ingress: true, handle: "0x5", words: "verbose src_ip 10.0.0.9 action drop" },
  { kind: "flower", protocol: "ip", ingress: true, words: "hw_tc 3 src_ip 10.0.0.9" },
  { kind: "fw", protocol: "ip", handle: "6", words: "classid 1:10", options: { classid: "1:10" } },
  { kind: "fw", protocol: "ip", handle: "0x10/0xf0", words: "flowid 1:20 indev j1 action drop" },
  { kind: "fw", protocol: "ip", handle: "7", words: "police rate 1mbit burst 10k drop flowid 1:10" },
  { kind: "basic", protocol: "all", words: "flowid 1:10" },
  {
    kind: "basic",
    protocol: "ip",
    handle: "5",
    words: `match 'cmp(u16 at 2 layer network mask 0xff00 gt 20) and not nbyte("ab\\x00c" at 12 layer 1)' flowid 1:10`,
  },
  {
    kind: "basic",
    protocol: "ip",
    words:
      "match 'u32(u16 0x1122 0xffff at nexthdr+4) or u32(u32 0x0a000000 0xff000000 at 12) and u32(u8 6 0xff at 9)' flowid 1:20",
  },
  {
    kind: "basic",
    protocol: "ip",
    words:
      "match 'meta(nf_mark gt 24) and (meta(dev eq 3) or meta(sk_bind_if eq 3)) and not (cmp(u8 at 0 layer link eq 1) or cmp(u32 at 0 layer transport trans lt 5))' flowid 1:20",
  },
  { kind: "basic", protocol: "ip", words: "match 'meta(priority shift 4 mask 0xf0 eq 6)' flowid 1:10" },
  {
    kind: "basic",
    protocol: "ip",
    words: "match 'not meta(random mask 1 eq 1)' flowid 1:10",
    options: { match: { not: { meta: { left: { id: "random", mask: 1 }, op: "eq", right: 1 } } }, classid: "1:10" },
  },
  {
    kind: "basic",
    protocol: "ip",
    words:
      "match 'meta(vlan mask 0xfff eq 100) and meta(pkt_len gt 1000) and meta(rt_iif eq 1) and meta(tc_index lt 5)' flowid 1:10",
  },
  {
    kind: "basic",
    protocol: "ip",
    words:
      "match '(cmp(u8 at 0 eq 1) and (cmp(u8 at 1 eq 2) or not cmp(u8 at 2 eq 3))) or (cmp(u8 at 3 eq 4) and cmp(u8 at 4 eq 5))' action drop",
  },
  {
    kind: "basic",
    protocol: "can",
    words: "match 'canid(sff 0x123 eff 0x1234567 sff 0x100:0x700 eff 0x1000000:0x1f000000)' flowid 1:10",
  },
  {
    kind: "basic",
    protocol: "ip",
    words: "match 'cmp(u8 at 0 layer 2 eq 1)' police rate 1mbit burst 10k drop",
  },
  { kind: "bpf", protocol: "ip", words: "bytecode '4,40 0 0 12,21 0 1 2048,6 0 0 65535,6 0 0 0' flowid 1:10" },
  { kind: "bpf", protocol: "ip", ingress: true, words: "bytecode '1,6 0 0 4294967295' direct-action" },
  { kind: "cgroup", protocol: "ip", handle: "1", words: "" },
  {
    kind: "cgroup",
    protocol: "ip",
    handle: "2",
    words: "match 'meta(priority eq 6) or cmp(u8 at 0 layer 1 mask 0xf0 eq 64)' action pass",
  },
  { kind: "route", protocol: "ip", words: "to 10 classid 1:10" },
  { kind: "route", protocol: "ip", words: "from 5 to 10 classid 1:20", options: { from: 5, to: 10, classid: "1:20" } },
  { kind: "route", protocol: "ip", words: "from 7 order 3 flowid 1:20" },
  { kind: "route", protocol: "ip", words: "fromif j1 to 11 classid 1:20 action drop" },
  {
    kind: "flow",
    protocol: "ip",
    handle: "1",
    words: "hash keys src,dst,proto,proto-src,proto-dst divisor 1024 perturb 10 baseclass 1:1",
  },
  { kind: "flow", protocol: "ip", handle: "2", words: "map key dst and 0xff addend -192.0.2.0 divisor 16" },
  { kind: "flow", protocol: "ip", handle: "3", words: "map key mark xor 0x10 or 0x100 rshift 4 baseclass 1:10" },
  {
    kind: "flow",
    protocol: "ip",
    handle: "4",
    words:
      "hash keys nfct,nfct-src,nfct-dst,nfct-proto-src,nfct-proto-dst,rt-classid,sk-uid,sk-gid,vlan-tag,rxhash,iif,priority divisor 256 match 'cmp(u8 at 0 eq 69)' action pass",
  },
  { kind: "matchall", protocol: "all", words: "classid 1:10", options: { classid: "1:10" } },
  {
    kind: "matchall",
    protocol: "all",
    ingress: true,
    handle: "7",
    words: "skip_hw action gact drop random determ pass 5",
  },
  { kind: "flower", protocol: "ip", ingress: true, chain: 5, words: "action goto chain 6" },
  { kind: "flower", protocol: "ip", ingress: true, chain: 7, words: "dst_ip 10.1.0.0/16 action drop" },
  // ---- what this tc has no words for
  {
    kind: "flower",
    protocol: "all",
    ingress: true,
    options: { l2Miss: true },
    later: ["keys"],
    laterText: /l2_miss 1/,
  },
  {
    kind: "flower",
    protocol: "0x8902",
    ingress: true,
    options: { cfm: { level: 5, opcode: 46 } },
    later: ["keys"],
    laterText: /cfm mdl 5 op 46/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { ipProto: 115, l2tpv3Sid: 77 },
    later: ["keys"],
    laterText: /l2tpv3_sid 77/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { ipProto: "esp", spi: { value: 0x1000, mask: 0xf000 } },
    later: ["keys"],
    laterText: /spi 4096\/0xf000/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { encKeyId: 5, encFlags: "csum/nodf" },
    later: ["keys"],
    laterText: /enc_flags csum\/nodf/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { hash: { value: 5, mask: 255 } },
    later: ["keys"],
    laterText: /hash 5\/0xff/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { encKeyId: 5, encOptions: { pfcp: { type: 1, seid: "0x7" } } },
    later: ["keys"],
    laterText: /pfcp_opts \S+/,
  },
  {
    kind: "flower",
    protocol: "ip",
    ingress: true,
    options: { encKeyId: 5, encSrcPort: { value: 1000, mask: 0xfff8 } },
    later: ["keys"],
    laterText: /enc_src_port \S+/,
  },
  {
    kind: "basic",
    protocol: "ip",
    options: {
      match: { text: { pattern: "GET ", from: { offset: 0 }, to: { layer: "transport", offset: 100 } } },
      classid: "1:10",
    },
  },
  {
    kind: "basic",
    protocol: "ip",
    options: { match: { meta: { left: { id: "dev" }, op: "eq", right: "j1" } }, classid: "1:10" },
  },
];
