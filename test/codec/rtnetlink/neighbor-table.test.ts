import { describe } from "vitest";
import { neighborTable } from "../../../src/codec/rtnetlink/neighbor-table.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured } from "./captured.ts";

describe("neighbour tables", () => {
  testCaptured("neighbor", neighborTable, [RTM.newneightbl, RTM.getneightbl, RTM.setneightbl], { atLeast: 10 });
});
