import { describe } from "vitest";
import { netconf } from "../../../src/codec/rtnetlink/netconf.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("settings of address families", () => {
  testGolden(netconf, [
    ["ip -6 netconf show dev all", "0a00000008000100ffffffff", { family: 10, ifindex: -1 }],
    [
      "sysctl -w net.mpls.conf.eth0.input=1",
      "1c00000008000100020000000800070001000000",
      { family: 28, ifindex: 2, input: 1 },
    ],
  ]);
  testCaptured("netconf", netconf, [RTM.newnetconf, RTM.delnetconf, RTM.getnetconf], { atLeast: 100 });
});
