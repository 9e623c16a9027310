/** Parts of `ip stats`, each a leaf of its tree of groups, subgroups and suites (ip/ipstats.c, ip/iplink_bridge.c, ip/iplink_bond.c). @module */
import type { Link } from "../../codec/rtnetlink/link/link.ts";
import {
  type Bond3adStats,
  type BridgeMcastStats,
  type LinkXstatsSet,
  offloadStatsGroups,
  type Stats,
  statsGroups,
} from "../../codec/rtnetlink/stats.ts";
import type { Json, Out } from "../../codec/tc/show.ts";
import type { Globals } from "../globals.ts";
import { linkStatistics, readable } from "./link/stats.ts";

export interface Leaf {
  /** Its group, subgroup and suite. */
  readonly path: readonly string[];
  /** Bit of the request's filter, */
  readonly group: number;
  /** and bits of that for its part. */
  readonly offload?: number;
  /** What the answer has of it. Text begins with the end of the line before. */
  show(stats: Stats, out: Out, globals: Globals): void;
}

const { link_64, link_xstats, link_xstats_slave, link_offload_xstats, af_spec } = statsGroups.values;
const { cpu_hit, hw_s_info, l3_stats } = offloadStatsGroups.values;
const xstats = (
  subgroup: string,
  suite: string,
  slave: boolean,
  show: (found: LinkXstatsSet, out: Out) => void,
): Leaf => ({
  path: [slave ? "xstats_slave" : "xstats", subgroup, suite],
  group: slave ? link_xstats_slave : link_xstats,
  show(stats, out) {
    const found = slave ? stats.linkXstatsSlave : stats.linkXstats;
    if (found) show(found, out);
  },
});
const bond = (slave: boolean) =>
  xstats("bond", "802.3ad", slave, (found, out) => {
    if (found.bond?.ad) lacp(found.bond.ad, out);
  });
const bridgeMulticast = (slave: boolean) =>
  xstats("bridge", "mcast", slave, (found, out) => {
    if (found.bridge?.mcast) multicast(found.bridge.mcast, out);
  });
const bridgeStp = (slave: boolean) =>
  xstats("bridge", "stp", slave, (found, out) => {
    const stp = found.bridge?.stp;
    if (!stp) return;
    out.put(
      "stp",
      {
        rx_bpdu: stp.rxBpdu,
        tx_bpdu: stp.txBpdu,
        rx_tcn: stp.rxTcn,
        tx_tcn: stp.txTcn,
        transition_blk: stp.transitionBlk,
        transition_fwd: stp.transitionFwd,
      },
      lines(
        `STP BPDU:  RX: ${stp.rxBpdu} TX: ${stp.txBpdu}`,
        `STP TCN:   RX: ${stp.rxTcn} TX: ${stp.txTcn}`,
        `STP Transitions: Blocked: ${stp.transitionBlk} Forwarding: ${stp.transitionFwd}`,
      ),
    );
  });
const lines = (...texts: string[]): string => `\n${texts.map((text) => `${" ".repeat(20)}${text}\n`).join("")}`;

/** In the order in which ip shows them. */
export const LEAVES: readonly Leaf[] = [
  {
    path: ["afstats", "mpls"],
    group: af_spec,
    show(stats, out, globals) {
      const link = stats.afSpec?.mpls?.link;
      if (link) table(out, "mpls_stats", link, ["noroute", link.rxNoroute, "noroute"], globals);
    },
  },
  {
    path: ["link"],
    group: link_64,
    show: ({ link64 }, out, globals) =>
      link64 ? linkStatistics({ stats64: link64 } as Link, out, globals, true) : out.say("\n"),
  },
  {
    path: ["offload", "l3_stats"],
    group: link_offload_xstats,
    offload: l3_stats | hw_s_info,
    show({ linkOffloadXstats: found }, out, globals) {
      if (!found?.hwSInfo) return;
      out.object("info", (inner) => infoOf(found.hwSInfo!.l3Stats, inner));
      if (found.l3Stats) table(out, "stats64", found.l3Stats, ["mcast", found.l3Stats.multicast, "multicast"], globals);
    },
  },
  {
    path: ["offload", "hw_stats_info"],
    group: link_offload_xstats,
    offload: hw_s_info,
    show({ linkOffloadXstats: found }, out) {
      if (!found?.hwSInfo) return;
      const { l3Stats } = found.hwSInfo;
      out.say("\n");
      out.object("info", (info) => {
        if (!l3Stats) return;
        info.say("    l3_stats");
        info.object("l3_stats", (inner) => infoOf(l3Stats, inner));
      });
    },
  },
  {
    path: ["offload", "cpu_hit"],
    group: link_offload_xstats,
    offload: cpu_hit,
    show({ linkOffloadXstats: found }, out, globals) {
      if (found?.cpuHit) linkStatistics({ stats64: found.cpuHit } as Link, out, globals, true);
      else out.say("\n");
    },
  },
  bond(true),
  bond(false),
  bridgeMulticast(true),
  bridgeStp(true),
  bridgeMulticast(false),
  bridgeStp(false),
];

function infoOf(info: { readonly request?: number; readonly used?: number } | undefined, out: Out): void {
  if (info?.request !== undefined) out.put("request", info.request !== 0, ` ${info.request ? "on" : "off"}`);
  if (info?.used !== undefined) out.put("used", info.used !== 0, ` used ${info.used ? "on" : "off"}`);
}

type Count = bigint;
type Counts = { readonly [K in `${"rx" | "tx"}${"Bytes" | "Packets" | "Errors" | "Dropped"}`]: Count };
/** What is received and sent in four columns, and a fifth for what is received. */
function table(
  out: Out,
  key: string,
  counts: Counts,
  [head, more, moreKey]: readonly [head: string, count: Count, key: string],
  globals: Globals,
): void {
  const heads = ["bytes", "packets", "errors", "dropped", head];
  const rx = [counts.rxBytes, counts.rxPackets, counts.rxErrors, counts.rxDropped, more];
  const tx = [counts.txBytes, counts.txPackets, counts.txErrors, counts.txDropped];
  const widths = [9, 7, 6, 7, 7].map((least, i) =>
    Math.max(least, ...[rx[i], tx[i]].map((count) => String(count ?? 0).length)),
  );
  const headLine = (way: string, some: readonly string[]) =>
    `    ${way}: ${some.map((text, i) => text.padStart(i === 0 ? widths[0]! - 4 : widths[i]!)).join(" ")}`;
  const countLine = (some: readonly Count[]) =>
    `    ${some.map((count, i) => `${readable(count, globals).padStart(widths[i]!)} `).join("")}`;
  const json = (some: readonly Count[], keys: readonly string[]): Json =>
    Object.fromEntries(some.map((count, i) => [keys[i]!, count]));
  const keys = ["bytes", "packets", "errors", "dropped", moreKey];
  out.put(
    key,
    { rx: json(rx, keys), tx: json(tx, keys) },
    `\n${[headLine("RX", heads), countLine(rx), headLine("TX", heads.slice(0, 4)), countLine(tx)].join("\n")}`,
  );
}

function multicast(m: BridgeMcastStats, out: Out): void {
  type Pair = readonly bigint[];
  const versions = (way: 0 | 1, pairs: readonly Pair[]) =>
    `  ${way === 0 ? "RX" : "TX"}: ${pairs.map((pair, i) => `v${i + 1} ${pair[way]}`).join(" ")}`;
  const json = (pairs: readonly Pair[]): Json =>
    Object.fromEntries([0, 1].flatMap((way) => pairs.map((pair, i) => [`${way ? "tx" : "rx"}_v${i + 1}`, pair[way]!])));
  const both = ([rx, tx]: Pair) => ({ rx: rx!, tx: tx! });
  const igmpQueries = [m.igmpV1queries, m.igmpV2queries, m.igmpV3queries];
  const igmpReports = [m.igmpV1reports, m.igmpV2reports, m.igmpV3reports];
  const mldQueries = [m.mldV1queries, m.mldV2queries];
  const mldReports = [m.mldV1reports, m.mldV2reports];
  const leaves = ([rx, tx]: Pair) => `leaves: RX: ${rx} TX: ${tx}`;
  out.put(
    "multicast",
    {
      igmp_queries: json(igmpQueries),
      igmp_reports: json(igmpReports),
      igmp_leaves: both(m.igmpLeaves),
      igmp_parse_errors: m.igmpParseErrors,
      mld_queries: json(mldQueries),
      mld_reports: json(mldReports),
      mld_leaves: both(m.mldLeaves),
      mld_parse_errors: m.mldParseErrors,
    },
    lines(
      "IGMP queries:",
      versions(0, igmpQueries),
      versions(1, igmpQueries),
      "IGMP reports:",
      versions(0, igmpReports),
      versions(1, igmpReports),
      `IGMP ${leaves(m.igmpLeaves)}`,
      `IGMP parse errors: ${m.igmpParseErrors}`,
      "MLD queries:",
      versions(0, mldQueries),
      versions(1, mldQueries),
      "MLD reports:",
      versions(0, mldReports),
      versions(1, mldReports),
      `MLD ${leaves(m.mldLeaves)}`,
      `MLD parse errors: ${m.mldParseErrors}`,
    ),
  );
}

const LACP = [
  ["lacpduRx", "lacpdu_rx", "LACPDU Rx"],
  ["lacpduTx", "lacpdu_tx", "LACPDU Tx"],
  ["lacpduUnknownRx", "lacpdu_unknown_rx", "LACPDU Unknown type Rx"],
  ["lacpduIllegalRx", "lacpdu_illegal_rx", "LACPDU Illegal Rx"],
  ["markerRx", "marker_rx", "Marker Rx"],
  ["markerTx", "marker_tx", "Marker Tx"],
  ["markerRespRx", "marker_response_rx", "Marker response Rx"],
  ["markerRespTx", "marker_response_tx", "Marker response Tx"],
  ["markerUnknownRx", "marker_unknown_rx", "Marker unknown type Rx"],
] as const;
function lacp(stats: Bond3adStats, out: Out): void {
  const there = LACP.filter(([field]) => stats[field] !== undefined);
  out.put(
    "802.3ad",
    Object.fromEntries(there.map(([field, key]) => [key, stats[field]!])),
    lines(...there.map(([field, , text]) => `${text} ${stats[field]}`)),
  );
}
