import { describe } from "vitest";
import { neighbor } from "../../../src/codec/rtnetlink/neighbor.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

const { newneigh, delneigh, getneigh } = RTM;

describe("neighbours", () => {
  testGolden(neighbor, [
    [
      "ip neigh replace 192.168.1.2 lladdr 00:11:22:33:44:56 dev v0 nud reachable",
      "02000000030000000200000008000100c0a801020a0002000011223344560000",
      { family: 2, ifindex: 3, state: 2, flags: 0, type: 0, dst: "192.168.1.2", lladdr: "00:11:22:33:44:56" },
    ],
  ]);
  testCaptured("neighbor", neighbor, [newneigh, delneigh, getneigh], {
    atLeast: 300,
    forms: [
      [/^family (2|10) \.: 1 (2 )?4 3 15$/, "neigh_fill_info: the bridge puts flagsExt first"],
      [/^family 7 \.: 2 1 /, "vxlan_fdb_info: lladdr before dst"],
    ],
  });
});
