import { describe } from "vitest";
import { bridgeVlan, bridgeVlanRequest } from "../../../src/codec/rtnetlink/bridge-vlan.ts";
import { tunnel } from "../../../src/codec/rtnetlink/tunnel.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

describe("VLANs of bridges", () => {
  testGolden(bridgeVlan, [
    [
      "bridge vlan add vid 40-45 dev x3 tunnel_info id 4000-4005",
      "0700000026000000380001800800010000002800060002002d00000005000300030000000c00048008000100a00f000005000900000000000500060001000000",
      {
        family: 7,
        ifindex: 0x26,
        entry: [
          {
            info: { flags: 0, vid: 40 },
            range: 45,
            state: 3,
            tunnelInfo: { id: 4000 },
            neighSuppress: 0,
            mcastRouter: 1,
          },
        ],
      },
    ],
  ]);
  testGolden(bridgeVlanRequest, [
    ["bridge -s vlan show", "07000000000000000800010001000000", { family: 7, ifindex: 0, flags: 1 }],
  ]);
  testCaptured("vlan", bridgeVlan, [RTM.newvlan, RTM.delvlan], { atLeast: 30 });
  testCaptured("vlan", bridgeVlanRequest, [RTM.getvlan], { atLeast: 0 });
});
describe("VNIs of VXLANs", () => {
  testGolden(tunnel, [
    [
      "bridge vni add vni 100 dev x2",
      "07000000250000000c0001800800010064000000",
      { family: 7, flags: 0, ifindex: 0x25, entry: [{ start: 100 }] },
    ],
  ]);
  testCaptured("vlan", tunnel, [RTM.newtunnel, RTM.deltunnel], { atLeast: 2 });
});
