import { describe, expect, test } from "vitest";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { peditKind } from "../../../src/codec/tc/action/pedit.ts";
import { policeKind } from "../../../src/codec/tc/action/police.ts";
import { type ActionMessage, action } from "../../../src/codec/tc/action.ts";
import { actionKinds } from "../../../src/codec/tc/action-kinds.ts";
import { type ActionSpec, actionFromWire, actionsToWire, parseActions } from "../../../src/codec/tc/action-list.ts";
import { contextOf, type TcKind } from "../../../src/codec/tc/kind.ts";
import { Words } from "../../../src/codec/tc/words.ts";
import { checkRefusals, checkRows } from "./support.ts";

type Rows = readonly (readonly [given: string | { readonly [option: string]: unknown }, message: string | RegExp])[];
const refused: { readonly [K in keyof typeof actionKinds]: Rows } = {
  gact: [
    ["", 'gact: "" is not a verdict'],
    ["dorp", 'gact: "dorp" is not a verdict'],
    ["jump", "gact: jump: an integer"],
    ["goto 5", 'gact: goto: "chain" is missing'],
    ["pass random always drop 5", 'gact: random: "always" is not one of netrand, determ'],
    ["pass random netrand drop 0", 'gact: random: "0" is not an integer from 1 to 10000'],
    [{ control: "dorp" }, 'gact.control: "dorp" is not one of continue, pass'],
    [{ control: { jump: -1 } }, "gact.control: "],
    [{ random: { control: "drop" } }, "gact.random.value: is missing"],
    [{ random: { control: "drop", value: 5, odds: 1 } }, "gact.odds: there is no such option"],
    [{ index: -1 }, "gact.index: -1 is not an integer"],
  ],
  mirred: [
    ["sideways", 'mirred: mirred: "sideways" is not one of egress, ingress'],
    ["egress redirect", "mirred: redirect: one of dev, blockid is missing"],
    [{ dev: "d0" }, "mirred.action: is missing"],
    [{ action: "redirect" }, "mirred.dev: is missing"],
    [{ action: "redirect", dev: 3, block: 1 }, "mirred.block: is given with dev"],
    [{ action: "redirect", dev: "nosuch" }, "mirred.dev: "],
  ],
  police: [
    ["rate", "police: rate: a rate such as"],
    ["rate 1mbit burst 10q", 'police: burst: "10q" is not a size'],
    [{}, "police.rate: is missing"],
    [{ rate: "1mbit" }, "police.burst: is missing"],
    [{ rate: "1megabit", burst: "1kb" }, 'police.rate: "1megabit" is not a rate'],
    [{ burst: "10kb", mtu: "2kb" }, "police.burst: is given without a rate"],
    [{ packetRate: 5 }, "police.packetBurst: is missing"],
    [{ rate: "1mbit", burst: "1kb", packetRate: 5, packetBurst: 5 }, "police.packetRate: is given with rate"],
    [{ rate: "1mbit", burst: "1kb", peakrate: "2mbit" }, "police.mtu: is missing"],
    [{ rate: "1mbit", burst: "1kb", cell: 3 }, "police.cell: 3 is not a power of two"],
    [{ rate: "1mbit", burst: "1kb", linklayer: "token" }, 'police.linklayer: "token" is not one of'],
  ],
  vlan: [
    ["peel", 'vlan: vlan: "peel" is not one of pop, push'],
    ["push id 4095", 'vlan: id: "4095" is not an integer from 0 to 4094'],
    ["push id 5 protocol ip", 'vlan: protocol: "ip" is not one of 802.1Q, 802.1ad'],
    [{}, "vlan.action: is missing"],
    [{ action: "push" }, "vlan.id: is missing"],
    [{ action: "pop", id: 5 }, "vlan.id: is not for pop"],
    [{ action: "push", id: 5, priority: 8 }, "vlan.priority: 8 is not an integer from 0 to 7"],
    [{ action: "push_eth", dstMac: "02:00:00:00:00:01" }, "vlan.srcMac: is missing"],
    [{ action: "push_eth", dstMac: "02:00", srcMac: "02:00" }, 'vlan.dstMac: "02:00" is not a MAC address'],
  ],
  skbedit: [
    ["", "skbedit: skbedit: what to set is missing"],
    ["mark x", 'skbedit: mark: "x" is not a number'],
    [{}, "skbedit: nothing is set"],
    [{ priority: "high" }, 'skbedit.priority: "high" is not a handle'],
    [{ queueMapping: [5, 2] }, "skbedit.queueMapping: 2 is before 5"],
    [{ queueMapping: [5] }, "skbedit.queueMapping: "],
    [{ markMask: 5 }, "skbedit.markMask: is given without a mark"],
    [{ packetType: "guest" }, 'skbedit.packetType: "guest" is not one of host'],
  ],
  skbmod: [
    ["flip", 'skbmod: "flip" is not known here'],
    [{}, "skbmod: nothing is to be done"],
    [{ swapMac: true, ecn: true }, "skbmod.swapMac: excludes all else"],
    [{ ecn: true, ethertype: 5 }, "skbmod.ecn: excludes all else"],
    [{ dstMac: "nope" }, 'skbmod.dstMac: "nope" is not a MAC address'],
  ],
  nat: [
    ["ingress 10.0.0.0/33 1.2.3.4", 'nat: ingress: "10.0.0.0/33" is not an IPv4 prefix'],
    [{ old: "10.0.0.1", new: "10.0.0.2" }, "nat.direction: is missing"],
    [{ direction: "egress", old: "::1", new: "10.0.0.2" }, 'nat.old: "::1" is not an IPv4 prefix'],
  ],
  csum: [
    ["iphdr", 'csum: "iphdr" is not known here'],
    [{ update: ["dccp"] }, 'csum.update: "dccp" is not one of iph'],
    [{ update: [] }, "csum.update: is missing"],
  ],
  mpls: [
    ["push label 1048576", 'mpls: label: "1048576" is not an integer from 0 to 1048575'],
    [{ action: "push" }, "mpls.label: is missing"],
    [{ action: "pop" }, "mpls.protocol: is missing"],
    [{ action: "dec_ttl", ttl: 5 }, "mpls.ttl: is not for dec_ttl"],
    [{ action: "push", label: 5, protocol: "ip" }, 'mpls.protocol: "ip" is not one of mpls_uc, mpls_mc'],
    [{ action: "modify", protocol: "ip" }, "mpls.protocol: is not for modify"],
  ],
  connmark: [
    ["zone 65536", 'connmark: zone: "65536" is not an integer'],
    [{ zone: "5" }, 'connmark.zone: "5" is not an integer'],
  ],
  ctinfo: [
    [{ dscpMask: 0xff }, "ctinfo.dscpMask: 0x000000ff is not six bits in a row"],
    [{ dscpStateMask: 1 }, "ctinfo.dscpStateMask: is given without dscpMask"],
    [{ dscpMask: 0x3f, dscpStateMask: 1 }, "ctinfo.dscpStateMask: 0x00000001 overlaps dscpMask"],
    ["dscp red", 'ctinfo: dscp: "red" is not an integer'],
  ],
  ct: [
    [{ clear: true, zone: 5 }, "ct.zone: is given with clear"],
    [{ force: true }, "ct.force: is given without commit"],
    [{ nat: { src: "192.0.2.1" } }, "ct.nat: src and dst are for connections that are entered"],
    [{ commit: true, nat: true }, "ct.nat: with commit it needs src or dst"],
    [{ commit: true, nat: { src: "192.0.2.1-::1" } }, "ct.nat.src: is of two families"],
    [{ commit: true, nat: { src: "192.0.2.1", port: "high" } }, 'ct.nat.port: "high" is not a port'],
    [{ commit: true, label: "xyz" }, 'ct.label: "xyz" is not 1 to 16 bytes'],
    [{ commit: true, helper: "ftp" }, 'ct.helper: "ftp" is not a helper such as'],
    ["nat src 192.0.2.1", 'ct: nat src: "addr" is missing'],
  ],
  sample: [
    [{ group: 5 }, "sample.rate: is missing"],
    [{ rate: 5 }, "sample.group: is missing"],
    ["rate 0 group 5", "sample.rate: 0 is not an integer from 1"],
  ],
  bpf: [
    [{}, "bpf.fd: is missing"],
    [{ fd: 5, bytecode: "1,6 0 0 0" }, "bpf.bpf: has one program"],
    [{ bytecode: "2,6 0 0 0" }, 'bpf.bytecode: "2,6 0 0 0" is not bytecode'],
    [{ pinned: "/sys/fs/bpf/act" }, "bpf.pinned: cannot be opened from here"],
    ["elf prog.o", 'bpf: "elf" is not known here'],
  ],
  simple: [
    [{}, "simple.text: is missing"],
    [{ text: "x".repeat(32) }, "simple.text: is longer than 31 bytes"],
    ["text x", 'simple: "text" is not known here'],
  ],
  gate: [
    [{}, "gate.entries: is missing"],
    [{ entries: [] }, "gate.entries: is empty"],
    [{ entries: [{ open: true }] }, "gate.entries[0].interval: is missing"],
    [{ entries: [{ open: true, interval: "5s" }] }, "gate.entries[0].interval: 5000 Ms is more than the greatest"],
    [{ entries: [{ open: false, interval: "1ms", maxOctets: 5 }] }, "gate.entries[0].open: a closed gate has no"],
    [{ entries: [{ open: true, interval: "1ms" }], clock: "sundial" }, 'gate.clock: "sundial" is not one of realtime'],
    [
      { entries: [{ open: true, interval: "1ms" }], baseTimeNs: -1 },
      "gate.baseTimeNs: -1 is not a number of nanoseconds",
    ],
    ["sched-entry ajar 5ms", 'gate: sched-entry: "ajar" is not one of open, close'],
  ],
  ife: [
    [{}, "ife.mode: is missing"],
    [{ mode: "decode", type: 5 }, "ife.type: is for encoding"],
    [{ mode: "encode", mark: "deny" }, 'ife.mark: "deny" is not an integer'],
    ["encode allow color", 'ife: allow: "color" is not one of mark'],
  ],
  tunnel_key: [
    [{ mode: "set", src: "192.0.2.1" }, "tunnel_key.dst: is missing"],
    [{ mode: "set", src: "192.0.2.1", dst: "::1" }, "tunnel_key.dst: ::1 and 192.0.2.1 are of two families"],
    [{ mode: "unset", id: 5 }, "tunnel_key.id: is for setting"],
    [
      { mode: "set", src: "::1", dst: "::2", geneve: [{ class: 1, type: 2, data: "0102" }] },
      'tunnel_key.geneve[0].data: "0102" is not 4 to 124 bytes',
    ],
    [{ mode: "set", src: "::1", dst: "::2", erspan: { version: 3 } }, "tunnel_key.erspan.version: 3 is not 1 or 2"],
    ["set geneve_opts 1:2", "tunnel_key: geneve_opts: "],
  ],
  pedit: [
    [{}, "pedit.edits: is missing"],
    [{ edits: [] }, "pedit.edits: make 0 words"],
    [{ edits: [{ field: "ip.ttl" }] }, "pedit.edits[0].set: is missing: one of set, add"],
    [{ edits: [{ field: "ip.ttl", set: 1, add: 1 }] }, "pedit.edits[0].add: is given with set"],
    [{ edits: [{ field: "ip.ttl", set: 256 }] }, "pedit.edits[0].set: 256 is not an integer from 0 to 255"],
    [{ edits: [{ field: "ip.tlt", set: 1 }] }, 'pedit.edits[0].field: "ip.tlt" is not one of eth.type'],
    [{ edits: [{ field: "ip.sport", set: 1 }] }, "pedit.edits[0].field: ip.sport lies behind the IP header"],
    [{ edits: [{ field: "ip.src", set: "::1" }] }, 'pedit.edits[0].set: "::1" is not an IPv4 address'],
    [{ edits: [{ field: "tcp.dport", decrement: true }] }, "pedit.edits[0].decrement: is for ip.ttl and ip6.hoplimit"],
    [{ edits: [{ field: "eth.dst", add: 1 }] }, "pedit.edits[0].add: is not for eth.dst"],
    [{ edits: [{ offset: 3, width: 16, set: 1 }] }, "pedit.edits[0].offset: 3: 16 bits from there"],
    [{ edits: [{ offset: 2, mask: 0, value: 0 }] }, "pedit.edits[0].offset: 2 is not a multiple of 4"],
    [{ edits: [{ field: "ip.ttl", decrement: true }], extended: false }, "pedit.edits[0].extended: without it"],
    ["munge icmp type set 8", 'pedit: munge: "icmp type" is not known; icmp has no fields'],
    ["ex munge ip ttl set", "pedit: set: an integer from 0 to"],
    ["munge offset 0 u64 set 1", 'pedit: offset: "u64" is not one of u8, u16, u32'],
  ],
};
for (const [kind, rows] of Object.entries(refused))
  describe(kind, () =>
    checkRefusals(actionKinds[kind as keyof typeof actionKinds] as unknown as TcKind, rows as never),
  );

describe("lists", () => {
  const context = contextOf();
  const read = (specs: readonly ActionSpec[]) =>
    (
      decode(
        action,
        encode(action, { tab: actionsToWire(specs, context) } as never, "little"),
        "little",
      ) as ActionMessage
    ).tab!.map((m) => actionFromWire(m, context));
  test("an index alone stands for the action that has it", () => {
    for (const kind of Object.keys(actionKinds) as (keyof typeof actionKinds)[]) {
      const words = new Words("actions", ["action", kind, "index", "5"]);
      const [spec] = parseActions(words, context);
      expect(spec).toEqual({ kind, options: { index: 5 } });
      expect(read([spec!])[0]!.options, kind).toMatchObject({ index: 5 });
    }
  });
  test("the action and the option at fault are named", () => {
    const list = [{ kind: "gact" }, { kind: "police", options: { rate: "1mbit" } }] as const;
    expect(() => actionsToWire(list, context)).toThrow("actions[1].police.burst: is missing");
    expect(() => actionsToWire([{ kind: "gatc" as "gact" }], context)).toThrow('actions[0].kind: "gatc" is not one of');
    expect(() => actionsToWire(Array(33).fill({ kind: "gact" }), context)).toThrow("33 are more than 32");
    const cookie = new Uint8Array(17);
    expect(() => actionsToWire([{ kind: "gact", cookie }], context)).toThrow("gact.cookie: is longer than 16 bytes");
    expect(() => parseActions(new Words("actions", ["gact", "drop", "cookie", "xyz"]), context)).toThrow("cookie: ");
  });
  test("what belongs to every action is read as it was given", () => {
    const cookie = Uint8Array.of(1, 2, 3);
    const given: ActionSpec = {
      kind: "gact",
      options: { control: "drop" },
      cookie,
      hwStats: ["delayed"],
      flags: ["skip_hw"],
    };
    expect(read([given])[0]).toMatchObject({ cookie, hwStats: ["delayed"], flags: ["skip_hw"] });
  });
});

describe("police", () => {
  checkRows(policeKind, [
    {
      words: "rate 1mbit burst 10kb conform-exceed drop / pipe",
      given: { rate: "1mbit", burst: "10kb", control: "drop", conform: "pipe" },
      read: {
        rateBytesPerSecond: 125_000,
        burstBytes: 10_240,
        control: "drop",
        conform: "pipe",
        index: 0,
      },
    },
    { words: "rate 40gbit burst 10mb conform-exceed goto chain 5 / jump 2" },
    {
      words: "pkts_rate 1000 pkts_burst 200 conform-exceed drop",
      given: { packetRate: 1000, packetBurst: 200, control: "drop" },
    },
    { words: "avrate 1mbit conform-exceed drop", given: { avrate: "1mbit", control: "drop" } },
  ]);
});

describe("pedit", () => {
  checkRows(peditKind, [
    {
      words: "ex munge ip ttl decrement munge tcp dport set 80 pipe",
      given: {
        edits: [
          { field: "ip.ttl", decrement: true },
          { field: "tcp.dport", set: 80 },
        ],
        control: "pipe",
      },
      read: {
        edits: [
          { field: "ip.ttl", add: 255 },
          { field: "tcp.dport", set: 80 },
        ],
        control: "pipe",
        index: 0,
      },
    },
    {
      words: "ex munge ip tos set 0x10 retain 0xfc munge ip df set 0x40 munge ip6 dst set 2001:db8::1",
      read: {
        edits: [
          { field: "ip.tos", set: 0x10, retain: 0xfc },
          { field: "ip.df", set: 0x40 },
          { field: "ip6.dst", set: "2001:db8::1" },
        ],
        control: "pass",
        index: 0,
      },
    },
    {
      words: "munge offset 12 u16 set 0x1234 munge offset 3 u8 invert retain 0x0f munge offset 4 u32 at 9 f0 2 clear",
      read: {
        edits: [
          { offset: 12, width: 16, set: 0x1234 },
          { offset: 3, width: 8, invert: true, retain: 0x0f },
          { offset: 4, at: 9, offmask: 0xf0, shift: 2, set: 0 },
        ],
        extended: false,
        control: "pass",
        index: 0,
      },
    },
    { words: "ex munge udp offset 4 u16 add 7 munge eth offset -4 u32 set 1" },
  ]);
  test("bits to keep and bits to flip are given as the kernel has them", () => {
    const edits = [{ offset: 8, mask: 0xff00ff00, value: 0x01020304 }] as const;
    const wire = peditKind.toWire({ edits }, contextOf());
    expect(peditKind.fromWire(wire as never, contextOf()).edits).toEqual(edits);
    expect(peditKind.words({ edits: [...edits], control: "pass", index: 0 }, contextOf()).join(" ")).toBe(
      "ex munge offset 8 u32 set 0x20004 retain 0xff00ff munge offset 8 u32 invert retain 0x1000300 pass",
    );
  });
});
