import { describe } from "vitest";
import { nsid } from "../../../src/codec/rtnetlink/nsid.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("namespace ids", () => {
  testGolden(nsid, [
    ["RTM_GETNSID of a namespace without an id", "0000000008000100ffffffff", { family: 0, nsid: -1 }],
    ["RTM_GETNSID of one whose id is 7", "000000000800010007000000", { family: 0, nsid: 7 }],
  ]);
  testCaptured("nsid", nsid, [RTM.newnsid, RTM.delnsid, RTM.getnsid], { atLeast: 3 });
});
