import { describe } from "vitest";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { action } from "../../../src/codec/tc/action.ts";
import { filter } from "../../../src/codec/tc/filter.ts";
import { testCaptured } from "../rtnetlink/captured.ts";

const WITHOUT = "options of actions are without NLA_F_NESTED, which requests must have (tcf_mpls_init and others)";
describe("actions", () => {
  testCaptured("tc-action", action, [RTM.newaction, RTM.delaction, RTM.getaction], {
    atLeast: 100,
    forms: [
      [/^family 0 \.tab: 0( \d+)*$/, "dumps count from 0"],
      [/\.tab\.\d+: 1( \d+)* 2$/, WITHOUT],
      [/\.options\.opts: [123]$/, "and so are those of tunnels (tunnel_key_opts_dump)"],
      [
        /\.options\.entryList: 1( 1)*$|\.options: [\d ]*\b5\b[\d ]*$/,
        "and gate's schedules (dumping_entry of act_gate.c)",
      ],
      [/geneve\.0: 1 2 3 1 2 3$/, "the options of a Geneve tunnel stand one behind the other in one nest"],
    ],
  });
  testCaptured("tc-action", filter, [RTM.newtfilter, RTM.deltfilter, RTM.gettfilter], {
    atLeast: 10,
    forms: [[/\.act\.\d+: 1( \d+)* 2$/, WITHOUT]],
  });
});
