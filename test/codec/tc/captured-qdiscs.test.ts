import { describe } from "vitest";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { tclass } from "../../../src/codec/tc/class.ts";
import { qdisc } from "../../../src/codec/tc/qdisc.ts";
import { testCaptured } from "../rtnetlink/captured.ts";

const ETS = [
  [/^family 0 \.: 1 2 (12 )?7 3$/, "ets wants NLA_F_NESTED and does without it itself (ets_qdisc_dump)"],
] as const;
describe("qdiscs", () => {
  testCaptured("tc-qdisc", qdisc, [RTM.newqdisc, RTM.delqdisc, RTM.getqdisc], { atLeast: 100, forms: ETS });
});
describe("classes", () => {
  testCaptured("tc-qdisc", tclass, [RTM.newtclass, RTM.deltclass, RTM.gettclass], { atLeast: 18, forms: ETS });
});
