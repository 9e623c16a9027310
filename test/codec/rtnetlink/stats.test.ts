import { describe } from "vitest";
import { stats, statsRequest } from "../../../src/codec/rtnetlink/stats.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("statistics", () => {
  testGolden(statsRequest, [
    [
      "ip stats show dev eth0 group offload subgroup hw_stats_info",
      "0000000002000000080000000c0001800800040002000000",
      { family: 0, ifindex: 2, filterMask: 8, getFilters: { linkOffloadXstats: 2 } },
    ],
    [
      "ip stats set dev eth0 l3_stats on",
      "0000000002000000000000000500020001000000",
      { family: 0, ifindex: 2, filterMask: 0, setOffloadXstatsL3Stats: 1 },
    ],
  ]);
  testGolden(stats, [
    [
      "nobody wants the hardware's counters",
      "0000000002000000080000001c000400180002801400038005000100000000000500020000000000",
      {
        family: 0,
        ifindex: 2,
        filterMask: 8,
        linkOffloadXstats: { hwSInfo: { l3Stats: { request: 0, used: 0 } } },
      },
    ],
  ]);
  testCaptured("stats", stats, [RTM.newstats], { atLeast: 100 });
  testCaptured("stats", statsRequest, [RTM.getstats, RTM.setstats], { atLeast: 0 });
});
