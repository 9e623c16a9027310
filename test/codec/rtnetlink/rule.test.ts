import { describe } from "vitest";
import { rule } from "../../../src/codec/rtnetlink/rule.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

const { newrule, delrule, getrule } = RTM;
const head = { family: 2, dstLen: 0, srcLen: 0, tos: 0, table: 0, action: 1, flags: 0 };

describe("rules", () => {
  testGolden(rule, [
    [
      "ip rule add from 10.0.0.0/8 table 100 priority 1000",
      "020008006400000100000000080002000a00000008000600e8030000",
      { ...head, srcLen: 8, table: 100, src: "10.0.0.0", priority: 1000 },
    ],
    [
      "ip rule add fwmark 0x100/0xff00 table 2000: a table above 255 is an attribute",
      "02000000000000010000000008000a00000100000800100000ff000008000f00d0070000",
      { ...head, fwmark: 0x100, fwmask: 0xff00, tableId: 2000 },
    ],
    [
      "ip rule add sport 80-90 ipproto tcp table 100 priority 7: ports in the host's order",
      "0200000064000001000000000800170050005a0005001600060000000800060007000000",
      { ...head, table: 100, sportRange: { start: 80, end: 90 }, ipProto: 6, priority: 7 },
    ],
    [
      "ip rule add to 10.1.0.0/16 iif v0 blackhole",
      "021000000000000600000000080001000a0100000700030076300000",
      { ...head, dstLen: 16, action: 6, dst: "10.1.0.0", iifname: "v0" },
    ],
  ]);
  testCaptured("rule", rule, [newrule, delrule, getrule], { atLeast: 150 });
});
