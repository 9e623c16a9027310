import { describe, expect, test } from "vitest";
import { recorder, silent } from "../support/silent.ts";

describe("bridge VLANs: options", () => {
  test.each<[string, unknown[], string]>([
    ["VLAN 0", [3, 0], "bridgeVlan.vlans: 0 is not a number or range from 1 to 4094"],
    ["VLAN 4095", [3, 4095], "bridgeVlan.vlans: 4095 is not a number or range from 1 to 4094"],
    ["a range backwards", [3, "20-10"], 'bridgeVlan.vlans: "20-10" is not'],
    ["half a range", [3, "20-"], 'bridgeVlan.vlans: "20-" is not'],
    ["a state that is none", [3, 7, { state: "up" }], 'bridgeVlan.state: "up" is not one of disabled'],
    ["a tunnel id too high", [3, 7, { tunnelId: 1 << 24 }], "bridgeVlan.tunnelId: 16777216 is not an integer"],
    ["a row that is the PVID", [3, "7-8", { pvid: true }], "bridgeVlan.pvid: one VLAN only can be it"],
    ["a misspelling", [3, 7, { tagged: true }], "bridgeVlan.tagged: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, args, message) => {
    const { bridgeVlans } = await silent();
    await expect(bridgeVlans.add(...(args as Parameters<typeof bridgeVlans.add>))).rejects.toThrow(message);
  });
  test("settings that are none", async () => {
    const { bridgeVlans } = await silent();
    await expect(bridgeVlans.set(3, 7, {})).rejects.toThrow("bridgeVlan: nothing is to be set");
    await expect(bridgeVlans.set(3, 7, { pvid: true } as never)).rejects.toThrow("bridgeVlan.pvid: there is no such");
    await expect(bridgeVlans.setGlobals(3, 7, {})).rejects.toThrow("bridgeVlan: nothing is to be set");
    await expect(bridgeVlans.setGlobals(3, 7, { id: 8 } as never)).rejects.toThrow(
      "bridgeVlan.id: it is not a setting",
    );
    await expect(bridgeVlans.setGlobals(3, 7, { mcastQueryIntvl: "125" })).rejects.toThrow(
      "bridgeVlan.mcastQueryIntvl",
    );
    await expect(bridgeVlans.list({ vid: 7 } as never)).rejects.toThrow("bridgeVlans.vid: there is no such option");
  });
  test("bytes of the requests, as of bridge vlan set and bridge vlan global set", async () => {
    const { nl, sent } = await recorder();
    await nl.bridgeVlans.add(3, "10-12", { untagged: true });
    await nl.bridgeVlans.add(3, 7, { pvid: true, tunnelId: 9 });
    await nl.bridgeVlans.set(3, [10, 12], { state: "blocking" });
    await nl.bridgeVlans.remove(3, 7);
    await nl.bridgeVlans.setGlobals(3, 7, { mcastQuerier: true, mcastQueryIntvl: "125s" });
    const head = "0700000003000000";
    expect(sent).toEqual([
      { type: 112, flags: 0x5, hex: `${head}14000180${"0800010024000a00"}060002000c000000` },
      {
        type: 112,
        flags: 0x5,
        hex: `${head}20000180${"0800010022000700"}14000480${"0800010009000000"}0800020013000000`,
      },
      { type: 112, flags: 0x5, hex: `${head}1c000180${"0800010040000a00"}060002000c000000${"0500030004000000"}` },
      { type: 113, flags: 0x5, hex: `${head}0c000180${"0800010000000700"}` },
      {
        type: 112,
        flags: 0x5,
        hex: `${head}20000280${"0600010007000000"}${"05000f0001000000"}0c000c00${"d430000000000000"}`,
      },
    ]);
  });
});
