/**
 * What iproute2 sends for a command, and what the API sends for the same: equal as decoded, whatever the order of attributes and the
 * NESTED flag. `iproute2.txt` was captured from iproute2 6.1 by wrapping sendmsg. The words of tc are read by our own parsers; the rest are
 * calls that a user would write. Each row of the file needs its call, and what differs its reason.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Connection } from "../../src/api/connection.ts";
import { SockDiag } from "../../src/api/sockets/sockdiag.ts";
import { Xfrm } from "../../src/api/xfrm/xfrm.ts";
import { decodeMessage } from "../../src/codec/decode-message.ts";
import { NLM_F_DUMP, NLM_F_ECHO, NLMSG_DONE, NLMSG_ERROR } from "../../src/codec/nlmsg/header.ts";
import { link } from "../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { decode, encode } from "../../src/codec/schema/engine.ts";
import { actionKinds } from "../../src/codec/tc/action-kinds.ts";
import type { ActionSpec } from "../../src/codec/tc/action-list.ts";
import { type ClassKind, type ClassSpec, parseClass } from "../../src/codec/tc/class-kinds.ts";
import { type FilterKind, type FilterSpec, parseFilter } from "../../src/codec/tc/filter-kinds.ts";
import { parseOptions, type TcKind } from "../../src/codec/tc/kind.ts";
import { parseQdisc, type QdiscKind, type QdiscSpec } from "../../src/codec/tc/qdisc-kinds.ts";
import { bytesOf } from "../codec/rtnetlink/captured.ts";
import { silentTransport } from "../support/silent.ts";

interface Row {
  readonly type: number;
  readonly flags: number;
  readonly command: string;
  readonly body: Uint8Array;
}
const RTAB = "00".repeat(1024);
const rows = readFileSync(join(import.meta.dirname, "iproute2.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line): Row => {
    const [type, flags, command, hex] = line.split("\t");
    return {
      type: Number(type),
      flags: Number(flags),
      command: command!,
      body: bytesOf(hex!.replaceAll("[RTAB]", RTAB)),
    };
  });

const devices: { readonly [name: string]: number } = { lo: 1, v1: 2, v0: 3, veth0: 5 };

interface Sent {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}
/** A kernel that has these devices, says yes to all, and lists nothing. */
function yes(protocol: number): { transport: typeof silentTransport; sent: Sent[] } {
  const sent: Sent[] = [];
  const replies: Uint8Array[] = [];
  const reply = (type: number, sequence: number, payload: Uint8Array) => {
    const out = new Uint8Array(16 + payload.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, out.length, true);
    view.setUint16(4, type, true);
    view.setUint32(8, sequence, true);
    view.setUint32(12, 1, true);
    out.set(payload, 16);
    replies.push(out);
  };
  const device = (sequence: number, name: string) => {
    const [ifname, index] = [name, devices[name]!];
    reply(RTM.newlink, sequence, encode(link, { family: 0, type: 1, index, flags: 0, change: 0, ifname }, "little"));
  };
  const send = (datagram: Uint8Array) => {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const [type, flags, sequence] = [view.getUint16(4, true), view.getUint16(6, true), view.getUint32(8, true)];
    const body = datagram.slice(16, view.getUint32(0, true));
    const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP;
    if (protocol === 0 && type === RTM.getlink) {
      const { ifname } = decode(link, body, "little");
      if (dump) for (const name of Object.keys(devices)) device(sequence, name);
      else device(sequence, ifname!);
    } else sent.push({ type, flags, body });
    if (dump) reply(NLMSG_DONE, sequence, new Uint8Array(4));
    else if (type !== RTM.getlink)
      reply(NLMSG_ERROR, sequence, Uint8Array.from([0, 0, 0, 0, ...datagram.subarray(0, 16)]));
  };
  const receive = () => {
    const bytes = replies.shift();
    return bytes && { bytes, sender: 0, group: 0, truncated: 0, nsid: undefined };
  };
  return { transport: { ...silentTransport, protocol, send, receive }, sent };
}

type Call = (nl: Connection) => unknown;

/** A tc command as a call: `tc OBJECT VERB dev DEV …` in words. */
function tc(command: string): Call {
  const words = command.split(" ").slice(1);
  const [object, verb] = [words.shift(), words.shift() as "add" | "change" | "replace" | "del"];
  const place: { [key: string]: string } = {};
  const take = (...keys: string[]) => {
    while (words.length > 0 && keys.includes(words[0]!)) place[words.shift()!] = words.shift()!;
  };
  const context = { deviceIndex: (name: string) => devices[name]! };
  if (object === "actions") {
    if (words[0] === "action") words.shift();
    const kind = ["drop", "pass"].includes(words[0]!) ? "gact" : words.shift()!;
    if (verb === ("ls" as never)) return (nl) => nl.actions.list({ kind });
    if (verb === "del") return (nl) => nl.actions.remove({ kind, index: Number(words[1]) });
    if (verb === ("get" as never)) return (nl) => nl.actions.get({ kind, index: Number(words[1]) });
    const options = parseOptions(actionKinds[kind as "gact"] as unknown as TcKind, words, context);
    return (nl) => nl.actions.add({ kind, options } as ActionSpec);
  }
  take("dev");
  const dev = devices[place.dev!]!;
  if (object === "qdisc") {
    if (words[0] === "root") place.parent = words.shift()!;
    take("handle");
    const kind = words.shift() as QdiscKind | undefined;
    if (verb === "del") return (nl) => nl.qdiscs.remove(dev, kind ? { kind } : { parent: "root" });
    const at = place.handle === undefined ? {} : { handle: place.handle };
    return (nl) => nl.qdiscs[verb](dev, parseQdisc(kind!, words) as QdiscSpec, at);
  }
  if (object === "class") {
    take("parent", "classid");
    if (verb === "del") return (nl) => nl.classes.remove(dev, place.classid!);
    const kind = words.shift() as ClassKind;
    return (nl) =>
      nl.classes[verb](dev, parseClass(kind, words) as ClassSpec, { parent: place.parent!, handle: place.classid! });
  }
  take("parent", "protocol", "prio", "handle");
  const at = {
    parent: place.parent!,
    protocol: place.protocol ?? "all",
    priority: Number(place.prio),
    ...(place.handle !== undefined && { handle: place.handle }),
  };
  if (verb === "del") return (nl) => nl.filters.remove(dev, at);
  const kind = words.shift() as FilterKind;
  return (nl) => nl.filters[verb](dev, parseFilter(kind, words, context) as FilterSpec, at);
}

const gre = { remote: "10.0.0.1", local: "10.0.0.2", ttl: 64 };
const tunnel = { remote: "192.168.1.1", local: "192.168.1.2" };
const wan = "192.168.1.1";
const calls: { readonly [command: string]: Call } = {
  "ip link add test0 type dummy": (nl) => nl.links.add({ kind: "dummy", name: "test0" }),
  "ip link add veth0 type veth peer name veth1": (nl) =>
    nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } }),
  "ip link add br0 type bridge stp_state 1 vlan_filtering 1 forward_delay 1500 priority 100": (nl) =>
    nl.links.add({ kind: "bridge", name: "br0", stpState: 1, vlanFiltering: true, forwardDelay: "15s", priority: 100 }),
  "ip link add bond0 type bond mode 802.3ad miimon 100 xmit_hash_policy layer3+4": (nl) =>
    nl.links.add({ kind: "bond", name: "bond0", mode: "802.3ad", miimon: "100ms", xmitHashPolicy: "layer3+4" }),
  "ip link add link v0 name v0.100 type vlan id 100": (nl) =>
    nl.links.add({ kind: "vlan", name: "v0.100", link: "v0", id: 100 }),
  "ip link add link v0 name v0.101 type vlan protocol 802.1ad id 101": (nl) =>
    nl.links.add({ kind: "vlan", name: "v0.101", link: "v0", protocol: "802.1ad", id: 101 }),
  "ip link add vxlan0 type vxlan id 100 remote 10.0.0.1 local 10.0.0.2 dstport 4789 ttl 16 nolearning": (nl) =>
    nl.links.add({
      kind: "vxlan",
      name: "vxlan0",
      id: 100,
      remote: "10.0.0.1",
      local: "10.0.0.2",
      port: 4789,
      ttl: 16,
      learning: false,
    }),
  "ip link add link v0 name mv0 type macvlan mode bridge": (nl) =>
    nl.links.add({ kind: "macvlan", name: "mv0", link: "v0", mode: "bridge" }),
  "ip link add link v0 name iv0 type ipvlan mode l3": (nl) =>
    nl.links.add({ kind: "ipvlan", name: "iv0", link: "v0", mode: "l3", kindFlags: [] }),
  "ip link add vrf0 type vrf table 100": (nl) => nl.links.add({ kind: "vrf", name: "vrf0", table: 100 }),
  "ip link add gre1 type gre remote 10.0.0.1 local 10.0.0.2 ttl 64 key 5": (nl) =>
    nl.links.add({ kind: "gre", name: "gre1", ...gre, key: 5 }),
  "ip link add tun0 type ipip remote 192.168.1.1 local 192.168.1.2": (nl) =>
    nl.links.add({ kind: "ipip", name: "tun0", ...tunnel }),
  "ip link add sit1 type sit remote 192.168.1.1 local 192.168.1.2 ttl 64": (nl) =>
    nl.links.add({ kind: "sit", name: "sit1", ...tunnel, ttl: 64 }),
  "ip link add vti1 type vti remote 1.2.3.4 local 1.1.1.1 key 5": (nl) =>
    nl.links.add({ kind: "vti", name: "vti1", remote: "1.2.3.4", local: "1.1.1.1", key: 5 }),
  "ip link add wg0 type wireguard": (nl) => nl.links.add({ kind: "wireguard", name: "wg0" }),
  "ip link add q0 mtu 1400 txqueuelen 50 address 02:00:00:00:00:09 numtxqueues 4 numrxqueues 2 type ifb": (nl) =>
    nl.links.add({
      kind: "ifb",
      name: "q0",
      mtu: 1400,
      txqlen: 50,
      address: "02:00:00:00:00:09",
      numTxQueues: 4,
      numRxQueues: 2,
    }),
  "ip link set v0 up mtu 9000": (nl) => nl.links.set(3, { up: true, mtu: 9000 }),
  "ip link set v0 up": (nl) => nl.links.set(3, { up: true }),
  "ip link set v0 down": (nl) => nl.links.set(3, { up: false }),
  "ip link set v0 nomaster": (nl) => nl.links.set(3, { master: null }),
  "ip link set v0 address 02:00:00:00:00:01": (nl) => nl.links.set(3, { address: "02:00:00:00:00:01" }),
  "ip link set v1 name v9": (nl) => nl.links.set(2, { name: "v9" }),
  "ip link del veth0": (nl) => nl.links.remove(5),

  "ip addr add 10.0.0.1/24 dev v0": (nl) => nl.addresses.add("v0", "10.0.0.1/24"),
  "ip addr add 10.0.1.1/24 brd + dev v0 label v0:1": (nl) =>
    nl.addresses.add("v0", "10.0.1.1/24", { broadcast: "+", label: "v0:1" }),
  "ip addr add 10.9.9.1 peer 10.9.9.2/32 dev v0": (nl) => nl.addresses.add("v0", "10.9.9.1", { peer: "10.9.9.2/32" }),
  "ip addr add 2001:db8::1/64 dev v0 nodad valid_lft 3600 preferred_lft 1800": (nl) =>
    nl.addresses.add("v0", "2001:db8::1/64", { flags: ["nodad"], validLifetime: 3600, preferredLifetime: 1800 }),
  "ip addr del 10.0.0.1/24 dev v0": (nl) => nl.addresses.remove("v0", "10.0.0.1/24"),

  "ip route add 10.0.0.0/8 via 192.168.1.1": (nl) => nl.routes.add({ dst: "10.0.0.0/8", via: wan }),
  "ip route add default via 192.168.1.1 metric 50": (nl) => nl.routes.add({ dst: "default", via: wan, metric: 50 }),
  "ip route replace 10.0.0.0/8 via 192.168.1.2": (nl) => nl.routes.replace({ dst: "10.0.0.0/8", via: "192.168.1.2" }),
  "ip route add 10.50.0.0/16 dev v0 mtu 1400 src 192.168.1.5 table 1000": (nl) =>
    nl.routes.add({ dst: "10.50.0.0/16", dev: "v0", metrics: { mtu: 1400 }, src: "192.168.1.5", table: 1000 }),
  "ip route add 10.60.0.0/16 nexthop via 192.168.1.1 weight 2 nexthop via 192.168.1.3": (nl) =>
    nl.routes.add({ dst: "10.60.0.0/16", nexthops: [{ via: wan, weight: 2 }, { via: "192.168.1.3" }] }),
  "ip route add blackhole 10.70.0.0/16": (nl) => nl.routes.add({ dst: "10.70.0.0/16", type: "blackhole" }),
  "ip route add 10.80.0.0/16 via inet6 fe80::1 dev v0": (nl) =>
    nl.routes.add({ dst: "10.80.0.0/16", via: "fe80::1", dev: "v0" }),
  "ip route del 10.0.0.0/8": (nl) => nl.routes.remove({ dst: "10.0.0.0/8" }),
  "ip route get 8.8.8.8": (nl) => nl.routes.get("8.8.8.8"),
  "ip route show": (nl) => nl.routes.list({ family: "inet", table: "main" }),
  "ip neigh add 192.168.1.2 lladdr 00:11:22:33:44:55 dev v0": (nl) =>
    nl.neighbors.add({ dst: "192.168.1.2", lladdr: "00:11:22:33:44:55", dev: "v0" }),
  "ip neigh replace 192.168.1.2 lladdr 00:11:22:33:44:56 dev v0 nud reachable": (nl) =>
    nl.neighbors.replace({ dst: "192.168.1.2", lladdr: "00:11:22:33:44:56", dev: "v0", state: "reachable" }),
  "ip neigh del 192.168.1.2 dev v0": (nl) => nl.neighbors.remove({ dst: "192.168.1.2", dev: "v0" }),
  "ip rule add from 10.0.0.0/8 table 100 priority 1000": (nl) =>
    nl.rules.add({ from: "10.0.0.0/8", table: 100, priority: 1000 }),
  "ip rule add fwmark 0x100/0xff00 table 2000": (nl) => nl.rules.add({ fwmark: "0x100/0xff00", table: 2000 }),
  "ip rule add sport 80-90 ipproto tcp table 100 priority 7": (nl) =>
    nl.rules.add({ sport: "80-90", ipProto: "tcp", table: 100, priority: 7 }),
  "ip rule add to 10.1.0.0/16 iif v0 blackhole": (nl) =>
    nl.rules.add({ to: "10.1.0.0/16", iif: "v0", action: "blackhole" }),
  "ip rule del priority 1000": (nl) => nl.rules.remove({ priority: 1000 }),
};
const ss: { readonly [command: string]: (sockets: SockDiag) => unknown } = {
  "ss -tln": (s) => s.list("tcp", { family: "inet", states: ["listening", "close"] }),
  "ss -tan": (s) => s.list("tcp", { family: "inet" }),
  "ss -uan": (s) => s.list("udp", { family: "inet" }),
  "ss -xa": (s) => s.list("unix"),
  "ss -tnm": (s) => s.list("tcp", { family: "inet", states: "connected", include: ["memory", "meminfo"] }),
  "ss -tni": (s) => s.list("tcp", { family: "inet", states: "connected", include: ["info", "congestion"] }),
  "ss -tn sport = :80": (s) => s.list("tcp", { family: "inet", states: "connected", filter: "sport = :80" }),
  "ss -tn dst 10.0.0.0/8": (s) => s.list("tcp", { family: "inet", states: "connected", filter: "dst 10.0.0.0/8" }),
  "ss -tn dport >= :1000 and dport <= :2000": (s) =>
    s.list("tcp", { family: "inet", states: "connected", filter: "dport >= :1000 and dport <= :2000" }),
  "ss -M -a": (s) => s.list("mptcp", { family: "inet" }),
};
const ends = { src: "10.0.0.1", dst: "10.0.0.2", proto: "esp" } as const;
const out = { dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" } } as const;
const xfrm: { readonly [command: string]: (xfrm: Xfrm) => unknown } = {
  "ip xfrm state count": (x) => x.states.count(),
  "ip xfrm policy count": (x) => x.policies.count(),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 mode tunnel reqid 1 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f": (x) => x.states.add({ ...ends, spi: 0x100, mode: "tunnel", reqid: 1, enc: { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" }, auth: { name: "hmac(sha256)", key: "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x102 mode transport aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff00010203 128": (x) => x.states.add({ ...ends, spi: 0x102, aead: { name: "rfc4106(gcm(aes))", key: "0x00112233445566778899aabbccddeeff00010203", icvBits: 128 } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x103 mode transport auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f10111213": (x) => x.states.add({ ...ends, proto: "ah", spi: 0x103, auth: { name: "hmac(sha1)", key: "0x000102030405060708090a0b0c0d0e0f10111213" } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto comp spi 0x104 mode transport comp deflate": (x) => x.states.add({ ...ends, proto: "comp", spi: 0x104, comp: { name: "deflate" } }),
  "ip xfrm state add src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x105 mode tunnel reqid 7 seq 9 replay-window 32 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha256)' 0x0001": (x) => x.states.add({ src: "2001:db8::1", dst: "2001:db8::2", proto: "esp", spi: 0x105, mode: "tunnel", reqid: 7, seq: 9 << 24, replayWindow: 32, enc: { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" }, auth: { name: "hmac(sha256)", key: "0x0001" } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x107 mode transport encap espinudp 4500 4501 10.0.0.9 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha256)' 0x0001": (x) => x.states.add({ ...ends, spi: 0x107, encap: { type: "espinudp", sport: 4500, dport: 4501, oa: "10.0.0.9" }, enc: { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" }, auth: { name: "hmac(sha256)", key: "0x0001" } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x108 mode tunnel mark 5 mask 0xff output-mark 7 mask 0x0f if_id 42 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha256)' 0x0001": (x) => x.states.add({ ...ends, spi: 0x108, mode: "tunnel", mark: { value: 5, mask: 0xff }, outputMark: { value: 7, mask: 15 }, ifId: 42, enc: { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" }, auth: { name: "hmac(sha256)", key: "0x0001" } }),
  "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x109 mode tunnel limit byte-soft 1000 limit byte-hard 2000 limit packet-soft 10 limit packet-hard 20 limit time-soft 100 limit time-hard 200 limit time-use-soft 300 limit time-use-hard 400 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth 'hmac(sha256)' 0x0001": (x) => x.states.add({ ...ends, spi: 0x109, mode: "tunnel", limits: { softBytes: 1000, hardBytes: 2000, softPackets: 10, hardPackets: 20, softSeconds: 100, hardSeconds: 200, softUseSeconds: 300, hardUseSeconds: 400 }, enc: { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" }, auth: { name: "hmac(sha256)", key: "0x0001" } }),
  "ip xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x108 mark 5 mask 0xff": (x) => x.states.get({ ...ends, spi: 0x108, mark: { value: 5, mask: 0xff } }),
  "ip xfrm state allocspi src 10.0.0.1 dst 10.0.0.2 proto esp mode tunnel reqid 3 seq 77 min 0x2000 max 0x2010": (x) => x.states.allocateSpi({ ...ends, mode: "tunnel", reqid: 3, seq: 77 << 24, min: 0x2000, max: 0x2010 }),
  "ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100": (x) => x.states.remove({ ...ends, spi: 0x100 }),
  "ip xfrm state flush proto comp": (x) => x.states.flush({ proto: "comp" }),
  "ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 100 tmpl src 10.0.0.1 dst 10.0.0.2 proto esp mode tunnel reqid 1": (x) => x.policies.add({ ...out, priority: 100, templates: [{ ...ends, mode: "tunnel", reqid: 1 }] }),
  "ip xfrm policy add src 10.2.0.0/16 dst 10.1.0.0/16 dir in tmpl src 10.0.0.2 dst 10.0.0.1 proto esp spi 0x200 mode tunnel reqid 2 level use tmpl proto ah mode transport": (x) => x.policies.add({ dir: "in", selector: { src: "10.2.0.0/16", dst: "10.1.0.0/16" }, templates: [{ src: "10.0.0.2", dst: "10.0.0.1", proto: "esp", spi: 0x200, mode: "tunnel", reqid: 2, level: "use" }, { proto: "ah" }] }),
  "ip xfrm policy add src 2001:db8:1::/48 dst 2001:db8:2::/48 proto udp sport 500 dport 4500 dir out flag icmp localok tmpl src 2001:db8::1 dst 2001:db8::2 proto esp mode beet": (x) => x.policies.add({ dir: "out", selector: { src: "2001:db8:1::/48", dst: "2001:db8:2::/48", proto: "udp", sport: 500, dport: 4500 }, flags: ["icmp", "localok"], templates: [{ src: "2001:db8::1", dst: "2001:db8::2", proto: "esp", mode: "beet" }] }),
  "ip xfrm policy add src 10.3.0.0/16 dst 10.4.0.0/16 dir out mark 5 mask 0xff if_id 42 index 81 limit byte-soft 1000 limit time-hard 200 limit time-use-soft 300 tmpl proto comp mode transport level use tmpl proto esp mode transport": (x) => x.policies.add({ dir: "out", selector: { src: "10.3.0.0/16", dst: "10.4.0.0/16" }, mark: { value: 5, mask: 0xff }, ifId: 42, index: 81, limits: { softBytes: 1000, hardSeconds: 200, softUseSeconds: 300 }, templates: [{ proto: "comp", level: "use" }, { proto: "esp" }] }),
  "ip xfrm policy add src 10.5.0.0/16 dst 10.7.0.0/16 proto gre key 1.2.3.4 dir out": (x) => x.policies.add({ dir: "out", selector: { src: "10.5.0.0/16", dst: "10.7.0.0/16", proto: "gre", key: 0x01020304 } }),
  "ip xfrm policy get index 81 dir out mark 5 mask 0xff if_id 42": (x) => x.policies.get({ dir: "out", index: 81, mark: { value: 5, mask: 0xff }, ifId: 42 }),
  "ip xfrm policy setdefault in block fwd accept": (x) => x.policies.setDefaults({ in: "block", fwd: "accept" }),
  "ip xfrm policy delete src 10.1.0.0/16 dst 10.2.0.0/16 dir out": (x) => x.policies.remove(out),
  "ip xfrm state flush": (x) => x.states.flush(),
  "ip xfrm policy flush": (x) => x.policies.flush(),
}; // biome-ignore format: a table

/** What differs between two decoded values. */
function differences(theirs: unknown, ours: unknown, path = ""): string[] {
  const plain = (x: unknown) => typeof x === "object" && x !== null && !(x instanceof Uint8Array);
  if (!plain(theirs) || !plain(ours)) {
    const text = (x: unknown) => (x instanceof Uint8Array ? Buffer.from(x).toString("hex") : String(x));
    if (!plain(theirs) && !plain(ours) && text(theirs) === text(ours)) return [];
    const short = (x: unknown) => (plain(x) ? JSON.stringify(x) : text(x));
    return [`${path}: ${short(theirs)}, ours ${short(ours)}`];
  }
  const keys = new Set([...Object.keys(theirs as object), ...Object.keys(ours as object)]);
  return [...keys].flatMap((key) =>
    differences(
      (theirs as { [key: string]: unknown })[key],
      (ours as { [key: string]: unknown })[key],
      path === "" ? key : `${path}.${key}`,
    ),
  );
}
/** What is meant to differ, each with its reason. */
const meant: readonly (readonly [command: RegExp, difference: RegExp, reason: string])[] = [
  [/netem delay/, /^options\.(latency|jitter)64: undefined/, "nanoseconds beside the ticks of 64 ns, as newer versions of tc send them"],
  [/netem .*reorder/, /^options\.corr: \{"delayCorr":0,"lossCorr":0,"dupCorr":0\}, ours undefined$/, "a correlation of 0 is none"],
  [/root prio/, /^options\.rest: 04000200, ours undefined$/, "an empty nest behind the struct, for kernels before 2.6.24 (prio_parse_opt)"],
  [/root sfq/, /^options\.(?!quantum|perturb).*: (0|\{("\w+":0,?)+\}), ours undefined$/, "without its later options the shorter struct says as much (sfq_change)"],
  [/del dev v0 clsact/, /^handle: 4294901760, ours 0$/, "the parent says which (tc_get_qdisc)"],
  [/htb rate 40gbit/, /^options\.parms\.c?buffer: 0, ours 6$/, "tc reckons in whole microseconds, and sends no burst for one of 321 ns"],
  [/type (gre|ipip|sit|vti) /, /^linkinfo\.data\.(tos|ttl|link|fwmark|flags|encap\w+): 0, ours undefined$/, "0 is the default"],
  [/type (gre|ipip|sit) /, /^linkinfo\.data\.pmtudisc: 1, ours undefined$/, "so is path MTU discovery (ipgre_netlink_parms)"],
  [/type (ipip|sit) /, /^linkinfo\.data\.proto: 0, ours undefined$/, "the kernel's default is what the kind is named after; 0 is any"],
  [/addr add 2001/, /^(flags: 2, ours 0|allFlags: undefined, ours 2)$/, "all flags in IFA_FLAGS, which counts before the head's eight bits (inet6_rtm_newaddr)"],
  [/route show/, /^family: 2, ours 0$/, "of one family, a table that is not there is an error (inet_dump_fib): ours come from all, and are sorted out"],
  [/^ss /, /^states: (4095, ours 16382|2871, ours 7038)$/, "states that came with Linux 4.4 and 6.8: new-syn-recv, bound-inactive; and none has the number 0"],
  [/^ss -xa/, /^show: 21, ours 95$/, "the inode in the file system and the user of the file, too"],
  [/^ss .*sport/, /^bytecode: 071014000{8}50000000.*, ours 070c10000{8}50000000$/, "ss gives an address of no family room for four bytes"],
  [/neigh del/, /^state: 128, ours 0$/, "a removal does not look at it (neigh_delete)"],
]; // biome-ignore format: a table

/** Their rate tables, which the file leaves out: ticks of 64 ns that so many cells take (tc_calc_rtable). */
function tables(value: unknown, ours: unknown): void {
  const [a, b] = [value, ours] as { [key: string]: unknown }[];
  if (typeof a !== "object" || typeof b !== "object") return;
  for (const key in a) {
    const table = b[key];
    if (Array.isArray(a[key]) && Array.isArray(table) && table.length === 256) a[key] = table;
    else tables(a[key], table);
  }
}
const used = new Map<string, boolean>();

const whole = ({ type, flags, body }: Sent): Uint8Array => {
  const out = new Uint8Array(16 + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, out.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  out.set(body, 16);
  return out;
};

describe("what iproute2 sends is what we send", () => {
  test("every row has its call, and every call its row", () => {
    expect(rows.length).toBe(142);
    const commands = rows.map(({ command }) => command);
    const without = commands.filter((c) => !c.startsWith("tc ") && !calls[c] && !ss[c] && !xfrm[c]);
    expect(without).toEqual([]);
    expect(
      [...Object.keys(calls), ...Object.keys(ss), ...Object.keys(xfrm)].filter((c) => !commands.includes(c)),
    ).toEqual([]);
  });

  test.each(rows.map((row) => [row.command, row] as const))("%s", async (command, row) => {
    const protocol = command.startsWith("ss ") ? 4 : command.startsWith("ip xfrm") ? 6 : 0;
    const { transport, sent } = yes(protocol);
    const asked = async () => {
      if (protocol === 6) return xfrm[command]!(await Xfrm.open({ transport }));
      if (protocol === 4) return ss[command]!(await SockDiag.open({ transport }));
      return (calls[command] ?? tc(command))(await Connection.open({ transport }));
    };
    await asked().catch((e) => expect(sent, String(e)).not.toEqual([])); // what is listed, and what is read again, is not there
    const ours = sent.find(({ type }) => type === row.type);
    expect(ours).toBeDefined();
    const values = [row, ours!].map((m) => {
      const message = decodeMessage(protocol, whole(m), "little");
      expect(message).toHaveProperty("value");
      return (message as { value: object }).value;
    });
    tables(values[0], values[1]);
    const found = differences({ nlmsg: row.flags, ...values[0] }, { nlmsg: ours!.flags & ~NLM_F_ECHO, ...values[1] });
    const reasons = meant.filter(([which]) => which.test(command));
    expect(found.filter((one) => !reasons.some(([, difference]) => difference.test(one)))).toEqual([]);
    for (const [, difference, reason] of reasons)
      used.set(reason, (used.get(reason) ?? false) || found.some((one) => difference.test(one)));
  });
  test("every reason is one still", () => {
    expect(meant.map(([, , reason]) => reason).filter((reason) => !used.get(reason))).toEqual([]);
  });
});
