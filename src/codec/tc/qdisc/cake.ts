/** cake: shaping, fair queueing by host and flow, and priorities, in one (net/sched/sch_cake.c). @module */
import { attrs, bare, indexed } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { type FriendlyAttrs, type FriendlyAttrsInput, fromFriendly, toFriendly } from "../../schema/friendly.ts";
import { bool, enumeration, nameOf, names, rate, s32, size, time, u32, u64, unit } from "../../schema/scalar.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import { exactTime, formatTimeUs } from "../../text/time.ts";
import type { TcKind } from "../kind.ts";
import { optionless } from "../optionless.ts";
import { toggle } from "../options.ts";
import type { Json, Out } from "../show.ts";
import {
  integer,
  type Options,
  type Read,
  type ReadTable,
  rate as rateWord,
  readWords,
  sets,
  size as sizeWord,
} from "../word-table.ts";

const diffserv = names("CAKE_DIFFSERV_", { diffserv3: 0, diffserv4: 1, diffserv8: 2, besteffort: 3, precedence: 4 });
const flowModes = names(
  "CAKE_FLOW_",
  {
    flowblind: 0,
    srchost: 1,
    dsthost: 2,
    hosts: 3,
    flows: 4,
    "dual-srchost": 5,
    "dual-dsthost": 6,
    "triple-isolate": 7,
  },
  { flowblind: "NONE", srchost: "SRC_IP", dsthost: "DST_IP", "dual-srchost": "DUAL_SRC", "dual-dsthost": "DUAL_DST", "triple-isolate": "TRIPLE" }, // biome-ignore format: a table
);
const ackFilters = names("CAKE_ACK_", { none: 0, filter: 1, aggressive: 2 });
const framings = names("CAKE_ATM_", { none: 0, atm: 1, ptm: 2 });
const fields = {
  /** The rate to shape to; 0, the default, is unlimited. */
  bandwidth: [2, rate(u64), "BASE_RATE64"],
  /** What is isolated from each other: `"triple-isolate"` by default. */
  flowMode: [5, enumeration(u32, flowModes)],
  /** The round trip that is reckoned with, and the delay that is aimed at: 100 ms and 5 ms by default. */
  rtt: [7, time(u32, "us")],
  target: [8, time(u32, "us")],
  /** 0: reckoned from the bandwidth. */
  memlimit: [10, size(u32), "MEMORY"],
  /** Finds the bandwidth from what comes in. */
  autorateIngress: [9, bool(u32), "AUTORATE"],
  /** It stands behind the bottleneck: what is dropped has used it. */
  ingress: [15, bool(u32)],
  ackFilter: [16, enumeration(u32, ackFilters)],
  /** Looks behind network address translation for hosts. */
  nat: [11, bool(u32)],
  diffserv: [3, enumeration(u32, diffserv), "DIFFSERV_MODE"],
  /** Clears the DS field of what it sends. */
  wash: [13, bool(u32)],
  /** Bytes that each packet is longer on the link: −64 to 256. */
  overhead: [6, unit(s32, "bytes")],
  atm: [4, enumeration(u32, framings)],
  /** Bytes that a packet counts at least. */
  mpu: [14, unit(u32, "bytes")],
  splitGso: [17, bool(u32)],
  /** Bits of the firewall mark that choose the tin; 0 for none. */
  fwmark: [18, u32],
} as const;
const plain = attrs("cake", { c: "TCA_CAKE_" }, fields);
const { diffserv: _d, wash: _w, overhead, atm, mpu, splitGso, fwmark, ...before } = fields;
/** TCA_CAKE_* (cake_dump). `raw`, if it is there, says that packets count as the device has them, whatever `overhead` says. */
export const cakeSchema = attrs(
  "cake",
  { c: "TCA_CAKE_" },
  { ...before, diffserv: _d, wash: _w, overhead, raw: [12, u32], atm, mpu, splitGso, fwmark },
);
type Wire = Value<typeof cakeSchema>;

const tin = attrs(
  "cake_tin",
  { c: "TCA_CAKE_TIN_STATS_" },
  {
    thresholdRate: [12, rate(u64), "THRESHOLD_RATE64"],
    sentBytes: [3, unit(u64, "bytes"), "SENT_BYTES64"],
    backlog: [11, size(u32), "BACKLOG_BYTES"],
    target: [13, time(u32, "us"), "TARGET_US"],
    interval: [14, time(u32, "us"), "INTERVAL_US"],
    sentPackets: [2, u32],
    droppedPackets: [4, u32],
    ecnMarkedPackets: [8, u32],
    acksDroppedPackets: [6, u32],
    peakDelay: [18, time(u32, "us"), "PEAK_DELAY_US"],
    avgDelay: [19, time(u32, "us"), "AVG_DELAY_US"],
    baseDelay: [20, time(u32, "us"), "BASE_DELAY_US"],
    wayIndirectHits: [15, u32],
    wayMisses: [16, u32],
    wayCollisions: [17, u32],
    sparseFlows: [21, u32],
    bulkFlows: [22, u32],
    unresponsiveFlows: [23, u32],
    maxSkblen: [24, unit(u32, "bytes")],
    flowQuantum: [25, unit(u32, "bytes")],
    /** Numbers that no kernel has used so far. */
    droppedBytes: [5, unit(u64, "bytes"), "DROPPED_BYTES64"],
    acksDroppedBytes: [7, unit(u64, "bytes"), "ACKS_DROPPED_BYTES64"],
    ecnMarkedBytes: [9, unit(u64, "bytes"), "ECN_MARKED_BYTES64"],
    backlogPackets: [10, u32],
  },
);
type Tin = Value<typeof tin>;
/** TCA_CAKE_STATS_*: of the qdisc as far as the tins (cake_dump_stats), the rest of a flow (cake_dump_class_stats). */
export const cakeXstats = bare(
  attrs(
    "cake_stats",
    { c: "TCA_CAKE_STATS_" },
    {
      capacityEstimate: [2, rate(u64), "CAPACITY_ESTIMATE64"],
      memoryLimit: [3, size(u32)],
      memoryUsed: [4, size(u32)],
      avgNetoff: [5, unit(u32, "bytes")],
      maxNetlen: [7, unit(u32, "bytes")],
      maxAdjlen: [9, unit(u32, "bytes")],
      minNetlen: [6, unit(u32, "bytes")],
      minAdjlen: [8, unit(u32, "bytes")],
      tins: [10, bare(indexed(bare(tin))), "TIN_STATS"],
      deficit: [11, unit(s32, "bytes")],
      dropping: [13, bool(u32)],
      cobaltCount: [12, u32],
      /** The probability of 2³² that blue drops at. */
      pDrop: [15, u32, "P_DROP"],
      blueTimer: [16, time(s32, "us"), "BLUE_TIMER_US"],
      dropNext: [14, time(s32, "us"), "DROP_NEXT_US"],
    },
  ),
);

/** `{ bandwidth: "100mbit", diffserv: "diffserv4", nat: true, ackFilter: "filter", overhead: 18 }`. What is left out stays as it is. */
export interface CakeOptions extends FriendlyAttrsInput<typeof plain> {
  /** Packets count as the device has them, whatever `overhead` says: so by default. */
  readonly raw?: boolean | undefined;
}
/** `bandwidth` is not there where it is unlimited. */
export interface Cake extends FriendlyAttrs<typeof plain> {
  raw?: boolean;
}
function toWire({ raw, ...options }: CakeOptions): Input<typeof cakeSchema> {
  const isRaw = toggle({ raw }, "raw");
  const wire = fromFriendly(plain, options as FriendlyAttrsInput<typeof plain>);
  // The kernel takes the overhead first, and then forgets that it was told one (cake_change).
  return { ...wire, ...(isRaw && { overhead: wire.overhead ?? 0, raw: 0 }) };
}
function fromWire({ raw, ...wire }: Wire): Cake {
  const { bandwidthBytesPerSecond, ...out } = toFriendly(plain, wire);
  return {
    ...(bandwidthBytesPerSecond && { bandwidthBytesPerSecond }),
    ...out,
    ...(raw !== undefined && { raw: true }),
  };
}

// ---- tc's words -------------------------------------------------------------------------------------------------------------
const preset =
  (targetUs: number, rttUs: number): Read =>
  (_words, _word, out) => {
    out.targetMs = targetUs / 1e3;
    out.rttMs = rttUs / 1e3;
  };
/** What a kind of link adds to a packet; several add up. */
const link =
  (overhead: number, atm?: keyof typeof framings.values, mpu?: number): Read =>
  (_words, _word, out) => {
    out.overhead = ((out.overhead as number | undefined) ?? 0) + overhead;
    if (atm !== undefined) out.atm = atm;
    if (mpu !== undefined) out.mpu = mpu;
  };
const each = (option: string, values: readonly string[]): ReadTable =>
  Object.fromEntries(values.map((value) => [value, sets(option, value)]));
const both =
  (...pairs: readonly (readonly [option: string, value: unknown])[]): Read =>
  (_words, _word, out) => {
    for (const [option, value] of pairs) out[option] = value;
  };
const TABLE: ReadTable = {
  bandwidth(words, word, out) {
    rateWord("bandwidth")(words, word, out);
    out.autorateIngress = false;
  },
  unlimited: both(["bandwidthBytesPerSecond", 0], ["autorateIngress", false]),
  "autorate-ingress": sets("autorateIngress", true),
  rtt(words, word, out) {
    const us = Math.trunc(words.time(word) * 1e3);
    out.rttMs = us / 1e3;
    out.targetMs = Math.max(1, Math.trunc(us / 20)) / 1e3;
  },
  target(words, word, out) {
    out.targetMs = words.time(word);
  },
  datacentre: preset(5, 100),
  lan: preset(50, 1000),
  metro: preset(500, 10_000),
  regional: preset(1500, 30_000),
  internet: preset(5000, 100_000),
  oceanic: preset(15_000, 300_000),
  satellite: preset(50_000, 1_000_000),
  interplanetary: preset(50_000_000, 1_000_000_000),
  ...each("diffserv", Object.keys(diffserv.values)),
  diffserv: sets("diffserv", "diffserv4"),
  ...each("flowMode", Object.keys(flowModes.values)),
  nat: sets("nat", true),
  nonat: sets("nat", false),
  wash: sets("wash", true),
  nowash: sets("wash", false),
  "split-gso": sets("splitGso", true),
  "no-split-gso": sets("splitGso", false),
  ingress: sets("ingress", true),
  egress: sets("ingress", false),
  "ack-filter": sets("ackFilter", "filter"),
  "ack-filter-aggressive": sets("ackFilter", "aggressive"),
  "no-ack-filter": sets("ackFilter", "none"),
  memlimit: sizeWord("memlimit"),
  fwmark: integer("fwmark"),
  atm: sets("atm", "atm"),
  ptm: sets("atm", "ptm"),
  noatm: sets("atm", "none"),
  raw: both(["atm", "none"], ["overhead", 0], ["raw", true]),
  overhead: integer("overhead", 256, -64),
  mpu: integer("mpu", 256),
  conservative: both(["atm", "atm"], ["overhead", 48]),
  "ipoa-vcmux": link(8, "atm"),
  "ipoa-llcsnap": link(16, "atm"),
  "bridged-vcmux": link(24, "atm"),
  "bridged-llcsnap": link(32, "atm"),
  "pppoa-vcmux": link(10, "atm"),
  "pppoa-llc": link(14, "atm"),
  "pppoe-vcmux": link(32, "atm"),
  "pppoe-llcsnap": link(40, "atm"),
  "pppoe-ptm": link(30, "ptm"),
  "bridged-ptm": link(22, "ptm"),
  "via-ethernet": () => {}, // said where the kernel found it out by itself; tc takes it for nothing
  ethernet: link(38, undefined, 84),
  "ether-vlan": link(4),
  docsis: link(18, "none", 64),
};
function print(o: Cake): string[] {
  const out: string[] = [];
  if (o.bandwidthBytesPerSecond !== undefined) out.push("bandwidth", exactRate(o.bandwidthBytesPerSecond));
  if (o.autorateIngress) out.push("autorate-ingress");
  if (o.diffserv !== undefined) out.push(String(o.diffserv));
  if (o.flowMode !== undefined) out.push(String(o.flowMode));
  const either = (on: boolean | undefined, yes: string, no: string) => {
    if (on !== undefined) out.push(on ? yes : no);
  };
  either(o.nat, "nat", "nonat");
  either(o.wash, "wash", "nowash");
  either(o.ingress, "ingress", "egress");
  const acks = { none: "no-ack-filter", filter: "ack-filter", aggressive: "ack-filter-aggressive" };
  if (o.ackFilter !== undefined) out.push(acks[o.ackFilter as keyof typeof acks]);
  either(o.splitGso, "split-gso", "no-split-gso");
  if (o.rttMs !== undefined) out.push("rtt", exactTime(Math.round(o.rttMs * 1e6)));
  if (o.targetMs !== undefined && o.targetMs !== ofRtt(o.rttMs))
    out.push("target", exactTime(Math.round(o.targetMs * 1e6)));
  if (o.raw) out.push("raw");
  if (o.atm !== undefined) out.push(o.atm === "none" ? "noatm" : String(o.atm));
  if (o.overhead !== undefined && !o.raw) out.push("overhead", String(o.overhead));
  if (o.mpu) out.push("mpu", String(o.mpu));
  if (o.memlimitBytes) out.push("memlimit", exactSize(o.memlimitBytes));
  if (o.fwmark) out.push("fwmark", `0x${o.fwmark.toString(16)}`);
  return out;
}
const ofRtt = (rttMs: number | undefined): number | undefined =>
  rttMs === undefined ? undefined : Math.max(1, Math.trunc((rttMs * 1e3) / 20)) / 1e3;

// ---- show (cake_print_opt and cake_print_xstats of iproute2's tc/q_cake.c) ---------------------------------------------------
function showCake(m: Wire, out: Out): void {
  const word = (key: string, set: typeof diffserv | typeof flowModes, value: number | undefined) => {
    if (value === undefined) return;
    const name = nameOf(set, value);
    out.put(key, name ?? "unknown", name === undefined ? `(?${key}?)` : `${name} `);
  };
  const either = (key: string, on: boolean, yes: string, no: string) => out.put(key, on, on ? yes : no);
  if (m.bandwidth === 0n) out.put("bandwidth", "unlimited", "bandwidth unlimited ");
  else if (m.bandwidth !== undefined) out.put("bandwidth", m.bandwidth, `bandwidth ${formatRate(m.bandwidth)} `);
  if (m.autorateIngress === 1) out.put("autorate", "autorate-ingress", "autorate-ingress ");
  word("diffserv", diffserv, m.diffserv);
  word("flowmode", flowModes, m.flowMode);
  either("nat", !!m.nat, "nat ", "nonat ");
  either("wash", !!m.wash, "wash ", "nowash ");
  either("ingress", !!m.ingress, "ingress ", "");
  const acks = [["disabled", "no-ack-filter "], ["enabled", "ack-filter "], ["aggressive", "ack-filter-aggressive "]] as const; // biome-ignore format: a table
  const [ackJson, ackText] = acks[m.ackFilter ?? 0] ?? acks[0];
  out.put("ack-filter", ackJson, ackText);
  either("split_gso", !!m.splitGso, "split-gso ", "no-split-gso ");
  out.put("rtt", m.rtt ?? 0, m.rtt ? `rtt ${formatTimeUs(m.rtt)} ` : "");
  either("raw", m.raw !== undefined, "raw ", "");
  const atm = nameOf(framings, m.atm ?? 0);
  if (atm === "atm" || atm === "ptm") out.put("atm", atm, `${atm} `);
  else if (m.raw === undefined) out.put("atm", "noatm", "noatm ");
  out.put("overhead", m.overhead ?? 0, `overhead ${m.overhead ?? 0} `);
  if (m.mpu) out.put("mpu", m.mpu, `mpu ${m.mpu} `);
  if (m.memlimit) out.put("memlimit", m.memlimit, `memlimit ${formatSize(m.memlimit)} `);
  const mark = `0x${(m.fwmark ?? 0).toString(16)}`;
  out.put("fwmark", m.fwmark ? mark : "0", m.fwmark ? `fwmark ${mark} ` : "");
}

const right = (text: string | number | bigint, width = 12): string => String(text).padStart(width);
/** Rows of the table of tins, in the order of the text: title, key in JSON, its place there, and how it is written. */
const TIN_ROWS: readonly (readonly [field: keyof Tin, title: string, key: string, text?: (value: number) => string])[] =
  [
    ["thresholdRate", "thresh  ", "threshold_rate", formatRate],
    ["target", "target  ", "target_us", formatTimeUs],
    ["interval", "interval", "interval_us", formatTimeUs],
    ["peakDelay", "pk_delay", "peak_delay_us", formatTimeUs],
    ["avgDelay", "av_delay", "avg_delay_us", formatTimeUs],
    ["baseDelay", "sp_delay", "base_delay_us", formatTimeUs],
    ["backlog", "backlog ", "backlog_bytes", formatSize],
    ["sentPackets", "pkts    ", "sent_packets"],
    ["sentBytes", "bytes   ", "sent_bytes"],
    ["wayIndirectHits", "way_inds", "way_indirect_hits"],
    ["wayMisses", "way_miss", "way_misses"],
    ["wayCollisions", "way_cols", "way_collisions"],
    ["droppedPackets", "drops   ", "drops"],
    ["ecnMarkedPackets", "marks   ", "ecn_mark"],
    ["acksDroppedPackets", "ack_drop", "ack_drops"],
    ["sparseFlows", "sp_flows", "sparse_flows"],
    ["bulkFlows", "bk_flows", "bulk_flows"],
    ["unresponsiveFlows", "un_flows", "unresponsive_flows"],
    ["maxSkblen", "max_len ", "max_pkt_len"],
    ["flowQuantum", "quantum ", "flow_quantum"],
  ];
function showTins(tins: readonly Tin[], out: Out): void {
  const titles =
    tins.length === 3
      ? "                   Bulk  Best Effort        Voice"
      : tins.length === 4
        ? "                   Bulk  Best Effort        Video        Voice"
        : `          ${tins.map((_, i) => `        Tin ${i}`).join("")}`;
  out.say(`${titles}\n`);
  for (const [field, title, , text = String] of TIN_ROWS)
    if (tins[0]![field] !== undefined)
      out.say(`  ${title}${tins.map((t) => ` ${right(text(Number(t[field])))}`).join("")}\n`);
  out.array("tins", (list) => {
    for (const t of tins)
      list.object("", (one) => {
        for (const [field, , key] of TIN_ROWS) if (t[field] !== undefined) one.put(key, t[field] as Json);
      });
  });
}
function showXstats(s: Value<typeof cakeXstats>, out: Out): void {
  const put = (key: string, value: number | undefined, text: (value: number) => string) => {
    if (value !== undefined) out.put(key, value, text(value));
  };
  if (s.memoryUsed !== undefined && s.memoryLimit !== undefined) {
    out.say(` memory used: ${formatSize(s.memoryUsed)} of ${formatSize(s.memoryLimit)}\n`);
    out.put("memory_used", s.memoryUsed);
    out.put("memory_limit", s.memoryLimit);
  }
  if (s.capacityEstimate !== undefined)
    out.put("capacity_estimate", s.capacityEstimate, ` capacity estimate: ${formatRate(s.capacityEstimate)}\n`);
  put("min_network_size", s.minNetlen, (n) => ` min/max network layer size: ${right(n)}`);
  put("max_network_size", s.maxNetlen, (n) => ` /${right(n, 8)}\n`);
  put("min_adj_size", s.minAdjlen, (n) => ` min/max overhead-adjusted size: ${right(n, 8)}`);
  put("max_adj_size", s.maxAdjlen, (n) => ` /${right(n, 8)}\n`);
  put("avg_hdr_offset", s.avgNetoff, (n) => ` average network hdr offset: ${right(n)}\n\n`);
  put("deficit", s.deficit, (n) => `  deficit ${n}`);
  put("count", s.cobaltCount, (n) => ` count ${n}`);
  if (s.dropping) {
    out.put("dropping", true, " dropping");
    if (s.dropNext !== undefined && s.dropNext < 0) out.say(` drop_next -${formatTimeUs(-s.dropNext)}`);
    else put("drop_next", s.dropNext, (n) => ` drop_next ${formatTimeUs(n)}`);
  }
  put("blue_prob", s.pDrop, (n) => ` blue_prob ${n}`);
  if (s.blueTimer !== undefined && s.blueTimer < 0) out.say(` blue_timer -${formatTimeUs(-s.blueTimer)}`);
  else put("blue_timer", s.blueTimer, (n) => ` blue_timer ${formatTimeUs(n)}`);
  if (s.tins && s.tins.length > 0) showTins(s.tins, out);
}

export const cakeKind: TcKind<"cake", typeof cakeSchema, CakeOptions, Cake, typeof cakeXstats> = {
  kind: "cake",
  schema: cakeSchema,
  xstats: cakeXstats,
  toWire,
  fromWire,
  parse: (words): Options => readWords(words, TABLE),
  words: print,
  show: showCake,
  showXstats,
};
/** A flow of cake, as a class. */
export const cakeFlowKind = optionless("cake", { xstats: cakeXstats, showXstats });
