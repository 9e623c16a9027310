import { describe } from "vitest";
import { prefix } from "../../../src/codec/rtnetlink/prefix.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("advertised prefixes", () => {
  testGolden(prefix, [
    [
      "ip monitor prefix: 2001:db8:1::/64 onlink autoconf",
      "0a0000000200000003400300" + "1400010020010db80001000000000000000000000c00020008070000100e0000",
      {
        family: 10,
        ifindex: 2,
        type: 3,
        len: 64,
        flags: 3,
        address: "2001:db8:1::",
        cacheinfo: { preferredTime: 1800, validTime: 3600 },
      },
    ],
  ]);
  testCaptured("prefix", prefix, [RTM.newprefix], { atLeast: 1 });
});
