import { describe, expect, test } from "vitest";
import {
  type LinkSample,
  ratesBetween,
  type StatsSnapshot,
  type StatsSource,
  StatsTracker,
  type TcSample,
  takeSnapshot,
} from "../../src/api/tracker.ts";

const link = (more: Partial<LinkSample> = {}): LinkSample => ({
  dev: "eth0", index: 2, rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0, multicast: 0, collisions: 0,
  ...more,
}); // biome-ignore format: a table
const tc = (more: Partial<TcSample> = {}): TcSample => ({
  dev: "eth0", index: 2, kind: "htb", handle: "1:", parent: "root", bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0, qlen: 0, backlog: 0,
  ...more,
}); // biome-ignore format: a table
const at = (ms: number, more: Partial<StatsSnapshot> = {}): StatsSnapshot => ({
  at: ms,
  links: [],
  qdiscs: [],
  classes: [],
  ...more,
});

describe("rates between two snapshots", () => {
  test("bytes and packets a second of links, and what was added", () => {
    const then = at(1000, {
      links: [link({ rxBytes: 100, txBytes: 50, rxPackets: 1 }), link({ dev: "lo", index: 1 })],
    });
    const now = at(3000, {
      links: [
        link({ rxBytes: 2100, txBytes: 1050, rxPackets: 11, rxErrors: 4 }),
        link({ dev: "lo", index: 1, rxBytes: 8, txBytes: 8 }),
      ],
    });
    const rates = ratesBetween(then, now);
    expect(rates.links[0]).toMatchObject({
      dev: "eth0",
      reset: false,
      rxBytes: 2000,
      rxBytesPerSecond: 1000,
      txBytesPerSecond: 500,
      totalBytesPerSecond: 1500,
      rxPacketsPerSecond: 5,
      rxErrorsPerSecond: 2,
      rxBitsPerSecond: 8000,
      totalBitsPerSecond: 12_000,
    });
    expect(rates).toMatchObject({
      intervalMs: 2000,
      totalRxBytesPerSecond: 1004,
      totalTxBytesPerSecond: 504,
      totalBytesPerSecond: 1508,
    });
  });

  test("of qdiscs and classes, with what waits now", () => {
    const rates = ratesBetween(
      at(0, { qdiscs: [tc()], classes: [tc({ handle: "1:10", parent: "1:", drops: 1 })] }),
      at(500, {
        qdiscs: [tc({ bytes: 1000, packets: 10, overlimits: 5, qlen: 3, backlog: 300 })],
        classes: [tc({ handle: "1:10", parent: "1:", drops: 2, requeues: 1 })],
      }),
    );
    expect(rates.qdiscs[0]).toMatchObject({
      kind: "htb", handle: "1:", reset: false, bytes: 1000, bytesPerSecond: 2000, bitsPerSecond: 16_000, packetsPerSecond: 20, overlimitsPerSecond: 10, qlen: 3, backlog: 300,
    }); // biome-ignore format: a table
    expect(rates.classes[0]).toMatchObject({ handle: "1:10", dropsPerSecond: 2, requeuesPerSecond: 2 });
  });

  // nlink 0.1.2 takes any fall for a wrap, and gives a device that was made anew some 2^64 bytes a second.
  test.each<[string, Partial<TcSample>, Partial<TcSample>]>([
    ["a counter that was set back", { bytes: 1000, packets: 10 }, { bytes: 10, packets: 1 }],
    ["one counter alone", { bytes: 1000, drops: 5 }, { bytes: 2000, drops: 0 }],
    ["a counter of 32 bits that wraps", { overlimits: 2 ** 32 - 1 }, { overlimits: 3 }],
  ])("%s makes the sample reset, with no rate", (_what, then, now) => {
    const [rate] = ratesBetween(at(0, { qdiscs: [tc(then)] }), at(1000, { qdiscs: [tc(now)] })).qdiscs;
    expect(rate).toMatchObject({ reset: true, bytes: 0, bytesPerSecond: 0, dropsPerSecond: 0, overlimitsPerSecond: 0 });
  });
  test("a link that was reset is not in the totals", () => {
    const rates = ratesBetween(
      at(0, { links: [link({ rxBytes: 5000 }), link({ index: 3 })] }),
      at(1000, { links: [link({ rxBytes: 10, txBytes: 90 }), link({ index: 3, rxBytes: 7 })] }),
    );
    expect(rates.links.map(({ reset }) => reset)).toEqual([true, false]);
    expect(rates.totalBytesPerSecond).toBe(7);
  });

  test("what is new and what is gone has no rate", () => {
    const rates = ratesBetween(
      at(0, { links: [link(), link({ dev: "old", index: 3 })], classes: [tc({ handle: "1:10" })] }),
      at(1000, { links: [link(), link({ dev: "new", index: 4, rxBytes: 1e9 })], classes: [tc({ handle: "1:20" })] }),
    );
    expect(rates.links.map(({ dev }) => dev)).toEqual(["eth0"]);
    expect(rates.appeared.links.map(({ dev }) => dev)).toEqual(["new"]);
    expect(rates.gone.links.map(({ dev }) => dev)).toEqual(["old"]);
    expect(rates.classes).toEqual([]);
    expect([rates.appeared, rates.gone].map(({ classes }) => classes[0]?.handle)).toEqual(["1:20", "1:10"]);
    expect(rates.totalRxBytesPerSecond).toBe(0);
  });
  test("a qdisc of another kind under the same handle is another one", () => {
    const rates = ratesBetween(
      at(0, { qdiscs: [tc({ bytes: 10 })] }),
      at(1000, { qdiscs: [tc({ kind: "netem", bytes: 5000 })] }),
    );
    expect(rates.qdiscs).toEqual([]);
    expect(rates.gone.qdiscs[0]?.kind).toBe("htb");
    expect(rates.appeared.qdiscs[0]?.kind).toBe("netem");
  });
  test("qdiscs that the kernel made have no handle: their parents tell them", () => {
    const queue = (parent: string, bytes: number) => tc({ kind: "fq_codel", handle: "none", parent, bytes });
    const rates = ratesBetween(
      at(0, { qdiscs: [queue(":1", 0), queue(":2", 100)] }),
      at(1000, { qdiscs: [queue(":2", 150), queue(":1", 10)] }),
    );
    expect(rates.qdiscs.map(({ parent, bytes }) => [parent, bytes])).toEqual([[":2", 50], [":1", 10]]); // biome-ignore format: a table
  });
  test("a link that was renamed is the same", () => {
    const rates = ratesBetween(at(0, { links: [link()] }), at(1000, { links: [link({ dev: "lan", rxBytes: 5 })] }));
    expect(rates.links[0]).toMatchObject({ dev: "lan", rxBytesPerSecond: 5 });
  });
  test("snapshots in the wrong order, or of one time", () => {
    for (const [then, now] of [[2, 1], [1, 1], [1, Number.NaN]] as const) // biome-ignore format: a table
      expect(() => ratesBetween(at(then), at(now))).toThrow(/^rates: the second snapshot, of .* is not later/);
  });
});

describe("a tracker", () => {
  const stats = { bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0, qlen: 0, backlog: 0 };
  /** Counts up by 100 bytes a look, on one link with one qdisc and two classes, one of which has no counters. */
  function source() {
    let looks = 0;
    const asked: object[] = [];
    const { dev: _, index, ...counters } = link();
    const one = () => ({ name: "eth0", index, stats: { ...counters, rxBytes: 100 * ++looks } });
    const nl = {
      links: { list: async () => [one(), { name: "sit0", index: 9 }], get: async () => one() },
      qdiscs: {
        list: async (filter: object) => {
          asked.push(filter);
          return [{ dev: "eth0", index, kind: "htb", handle: "1:", parent: "root", stats: { ...stats, bytes: looks } }];
        },
      },
      classes: {
        list: async () => [
          { dev: "eth0", index, kind: "htb", handle: "1:1", parent: "1:", stats },
          { dev: "eth0", index, kind: "mq", handle: ":1", parent: "root" },
        ],
      },
    } as unknown as StatsSource;
    return { nl, asked };
  }

  test("samples a connection by its clock", async () => {
    const { nl, asked } = source();
    let now = 0;
    const tracker = new StatsTracker(nl, { clock: () => now });
    expect(await tracker.sample()).toBeUndefined();
    now = 2000;
    const rates = await tracker.sample();
    expect(rates?.links).toMatchObject([{ dev: "eth0", rxBytes: 100, rxBytesPerSecond: 50 }]);
    expect(rates?.qdiscs).toMatchObject([{ bytesPerSecond: 0.5 }]);
    expect(rates?.classes).toMatchObject([{ handle: "1:1", bytesPerSecond: 0 }]);
    expect(tracker.previous?.at).toBe(2000);
    tracker.reset();
    expect(tracker.previous).toBeUndefined();
    now = 3000;
    expect(await tracker.sample()).toBeUndefined();
    expect(asked[0]).toEqual({});
  });
  test("of one device, and only what is wanted", async () => {
    const { nl, asked } = source();
    const snapshot = await takeSnapshot(nl, { dev: "eth0", classes: false, clock: () => 5 });
    expect(snapshot.at).toBe(5);
    expect(snapshot.links).toHaveLength(1);
    expect(snapshot.classes).toEqual([]);
    expect(asked).toEqual([{ dev: "eth0" }]);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
  test("takes snapshots made elsewhere", () => {
    const tracker = new StatsTracker();
    expect(tracker.update(at(0, { links: [link()] }))).toBeUndefined();
    expect(tracker.update(at(1000, { links: [link({ txBytes: 7 })] }))?.totalTxBytesPerSecond).toBe(7);
  });
  test("samples at intervals until it is told to stop", async () => {
    const controller = new AbortController();
    const { nl } = source();
    let now = 0;
    const tracker = new StatsTracker(nl, { clock: () => (now += 1000), signal: controller.signal });
    const seen: number[] = [];
    for await (const { links } of tracker.every(1)) {
      seen.push(links[0]!.rxBytesPerSecond);
      if (seen.length === 3) controller.abort();
    }
    expect(seen).toEqual([100, 100, 100]);
  });
  test("says what is wrong before it asks", async () => {
    const { nl } = source();
    await expect(takeSnapshot(nl, { device: "eth0" } as never)).rejects.toThrow(
      "snapshot.device: there is no such option",
    );
    expect(() => new StatsTracker(nl, { links: true, foo: 1 } as never)).toThrow("tracker.foo");
    await expect(new StatsTracker().sample()).rejects.toThrow("tracker: there is no connection");
    await expect(new StatsTracker(nl).every(0).next()).rejects.toThrow("0 is not an interval in ms");
  });
});
