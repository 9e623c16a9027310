import { describe } from "vitest";
import { addressLabel } from "../../../src/codec/rtnetlink/address-label.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("address labels", () => {
  testGolden(addressLabel, [
    [
      "ip addrlabel add prefix 2001:db8::/32 label 99",
      "0a00200000000000000000001400010020010db80000000000000000000000000800020063000000",
      { family: 10, prefixlen: 32, flags: 0, index: 0, seq: 0, address: "2001:db8::", label: 99 },
    ],
  ]);
  testCaptured("addrlabel", addressLabel, [RTM.newaddrlabel, RTM.deladdrlabel, RTM.getaddrlabel], { atLeast: 5 });
});
