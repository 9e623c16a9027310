import { describe, expect, test } from "vitest";
import { type NexthopOptions, nexthopValue } from "../../src/api/nexthops.ts";
import { OptionError } from "../../src/api/options.ts";
import { recorder, silent } from "../support/silent.ts";

const index = () => 3;

describe("nexthops: options", () => {
  test.each<[NexthopOptions, object]>([
    [
      { id: 1, via: "192.0.2.1", dev: "eth0" },
      { id: 1, family: 2, gateway: "192.0.2.1", oif: 3 },
    ],
    [
      { via: "fe80::1", dev: 3, protocol: "zebra", onlink: true },
      { family: 10, gateway: "fe80::1", oif: 3, protocol: 11, flags: 4 },
    ],
    [{ blackhole: true }, { family: 2, blackhole: true }],
    [
      { blackhole: true, family: "inet6" },
      { family: 10, blackhole: true },
    ],
    [
      { dev: 3, family: "inet6" },
      { family: 10, oif: 3 },
    ],
    [
      { via: "192.0.2.2", fdb: true },
      { family: 2, gateway: "192.0.2.2", fdb: true },
    ],
    [
      { dev: 3, encap: { type: "mpls", dst: "100/200" } },
      { family: 2, oif: 3, encapType: 1, encap: { dst: [100 << 12, (200 << 12) | 0x100] } },
    ],
    [
      { group: [1, { id: 2, weight: 300 }] },
      {
        group: [
          { id: 1, weight: 0, weightHigh: 0 },
          { id: 2, weight: 43, weightHigh: 1 },
        ],
      },
    ],
    [
      { group: [1], type: "resilient", buckets: 32, idleTimer: "60s", unbalancedTimerMs: 500, hwStats: true },
      {
        group: [{ id: 1, weight: 0, weightHigh: 0 }],
        groupType: 1,
        resGroup: { buckets: 32, idleTimer: 6000, unbalancedTimer: 50 },
        hwStatsEnable: 1,
      },
    ],
  ])("%j", (options, value) => expect(nexthopValue(options, index)).toEqual(value));

  test.each<[string, NexthopOptions, string]>([
    ["nothing", {}, "nexthop: neither via, dev, blackhole nor group is given"],
    ["a misspelling", { gateway: "192.0.2.1" } as never, "nexthop.gateway: there is no such option"],
    ["an id of 0", { id: 0, blackhole: true }, "nexthop.id: 0 is not an id from 1 to 4294967295"],
    ["a way and a group", { via: "192.0.2.1", group: [1] }, "nexthop.via: not together with group"],
    ["an empty group", { group: [] }, "nexthop.group: at least one member is needed"],
    [
      "a weight of 0",
      { group: [{ id: 1, weight: 0 }] },
      "nexthop.group[0].weight: 0 is not an integer from 1 to 65536",
    ],
    ["buckets without a group", { dev: 3, buckets: 3 }, "nexthop.buckets: only groups have it"],
    ["buckets of a plain group", { group: [1], buckets: 3 }, "nexthop.buckets: only resilient groups have it"],
    [
      "a type that is none",
      { group: [1], type: "ecmp" as never },
      'nexthop.type: "ecmp" is not one of mpath, resilient',
    ],
    ["a blackhole by a device", { blackhole: true, dev: 3 }, "nexthop.dev: not together with blackhole"],
    ["an address that is none", { via: "192.0.2", dev: 3 }, 'nexthop.via: "192.0.2" is not an IP address'],
    ["two families", { via: "192.0.2.1", dev: 3, family: "inet6" }, "nexthop.family: 192.0.2.1 is not of family inet6"],
    ["a negative time", { group: [1], type: "resilient", idleTimerMs: -1 }, "nexthop.idleTimerMs: -1 is negative"],
    [
      "a tunnel's misspelling",
      { dev: 3, encap: { type: "mpls", dst: 1, tll: 3 } as never },
      "nexthop.encap.tll: there is no such option",
    ],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    expect(() => nexthopValue(options, index)).toThrow(OptionError);
    await expect((await silent()).nexthops.add(options)).rejects.toThrow(message);
  });

  test("bytes and flags of the requests", async () => {
    const { nl, sent } = await recorder();
    await nl.nexthops.add({ id: 1, via: "192.0.2.1", dev: 3 });
    await nl.nexthops.replace({ id: 1, blackhole: true });
    await nl.nexthops.change({ id: 1, blackhole: true });
    await nl.nexthops.remove(1);
    expect(sent).toEqual([
      { type: 104, flags: 0x60d, hex: "0200000000000000080001000100000008000500030000000800060" + "0c0000201" },
      { type: 104, flags: 0x50d, hex: "0200000000000000080001000100000004000400" },
      { type: 104, flags: 0x10d, hex: "0200000000000000080001000100000004000400" },
      { type: 105, flags: 0x5, hex: "00000000000000000800010001000000" },
    ]);
    await expect(nl.nexthops.change({ blackhole: true } as never)).rejects.toThrow("which one is meant");
    await expect(nl.nexthops.remove(-1)).rejects.toThrow("nexthop.id: -1 is not an id");
    await expect(nl.nexthops.list({ stats: 3 as never })).rejects.toThrow("nexthops.stats: 3 is not true");
  });
});
