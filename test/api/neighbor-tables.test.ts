import { describe, expect, test } from "vitest";
import type { NeighborTableSettings } from "../../src/api/neighbor-tables.ts";
import { recorder, silent } from "../support/silent.ts";

describe("neighbor tables: options", () => {
  test.each<[string, NeighborTableSettings, string]>([
    ["nothing", {}, "neighborTable arp_cache: nothing is to be set"],
    [
      "a read-only one",
      { reachableTimeMs: 1 } as never,
      "neighborTable arp_cache.reachableTimeMs: it is not a setting",
    ],
    ["a misspelling", { ucastProbe: 1 } as never, "neighborTable arp_cache.ucastProbe"],
    ["a time without a unit", { gcStaletime: "60" }, "neighborTable arp_cache.gcStaletime"],
    ["a negative count", { ucastProbes: -1 }, "neighborTable arp_cache.ucastProbes"],
    ["a threshold that is none", { thresh1: 1.5 }, "neighborTable arp_cache.thresh1: 1.5 is not an integer"],
    ["one time twice", { locktime: "1s", locktimeMs: 1000 }, "neighborTable arp_cache.locktime"],
  ])("%s is refused before anything is sent", async (_what, settings, message) => {
    await expect((await silent()).neighborTables.set("arp_cache", settings, 3)).rejects.toThrow(message);
  });
  test("a filter's misspelling", async () => {
    await expect((await silent()).neighborTables.list({ table: "arp_cache" } as never)).rejects.toThrow(
      "neighborTables.table: there is no such option",
    );
  });
  test("bytes of the requests, as of ip ntable change", async () => {
    const { nl, sent } = await recorder();
    await nl.neighborTables.set("arp_cache", { baseReachableTime: "60s", ucastProbes: 5 }, 3);
    await nl.neighborTables.set("arp_cache", { thresh1: 128, gcIntervalMs: 30_000 });
    const name = "000000000e0001006172705f6361636865000000";
    expect(sent).toEqual([
      {
        type: 67,
        flags: 0x105,
        hex: `${name}20000600080001000300000008000a00050000000c00040060ea000000000000`,
      },
      { type: 67, flags: 0x105, hex: `${name}0c00080030750000000000000800020080000000` },
    ]);
  });
});
