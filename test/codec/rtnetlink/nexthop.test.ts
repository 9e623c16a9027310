import { describe } from "vitest";
import { nexthop } from "../../../src/codec/rtnetlink/nexthop.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

const { newnexthop, delnexthop, getnexthop, newnexthopbucket, delnexthopbucket, getnexthopbucket } = RTM;
const head = { family: 0, scope: 0, protocol: 3, flags: 0 };

describe("nexthops", () => {
  testGolden(nexthop, [
    [
      "ip nexthop add id 3 group 1,10/2,300: weights less one, in two bytes; dumped with its statistics",
      "000003000000000008000100030000000600030000000000140002000100000009000000020000002b010000" +
        "08001000000000002c000f80140001800800010001000000080002000c000000140001800800010002000000080002000000000008000e0000000080",
      {
        ...head,
        id: 3,
        groupType: 0,
        group: [
          { id: 1, weight: 9, weightHigh: 0 },
          { id: 2, weight: 43, weightHigh: 1 },
        ],
        hwStatsEnable: 0,
        groupStats: {
          entry: [
            { id: 1, packets: 12n },
            { id: 2, packets: 0n },
          ],
        },
        opFlags: 0x80000000,
      },
    ],
    [
      "ip nexthop bucket show: idle for 1.5 s",
      "0000030000000000080001000400000020000d80060001000700000008000300020000000c0002009600000000000000",
      { ...head, id: 4, resBucket: { index: 7, nhId: 2, idleTime: 150n } },
    ],
  ]);
  const types = [newnexthop, delnexthop, getnexthop, newnexthopbucket, delnexthopbucket, getnexthopbucket];
  testCaptured("nexthop", nexthop, types, {
    atLeast: 20,
    forms: [[/^family 2 \.: 1 5( 6)? 8 7$/, "nh_fill_node: encap without NLA_F_NESTED, which requests need"]],
  });
});
