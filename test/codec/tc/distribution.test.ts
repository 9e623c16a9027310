import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  DISTRIBUTIONS,
  distributionOf,
  distributionTable,
  formatDistribution,
  optionsToWire,
  parseDistribution,
  parseOptions,
} from "../../../src/codec/tc/index.ts";
import { netemKind } from "../../../src/codec/tc/qdisc/netem.ts";

const installed = ["/usr/lib/tc", "/usr/lib/x86_64-linux-gnu/tc", "/usr/lib/aarch64-linux-gnu/tc"].find((dir) =>
  existsSync(`${dir}/normal.dist`),
);
const why = installed ? "" : " (skipped: there is no iproute2 here)";
const moments = (table: readonly number[]) => {
  const mean = table.reduce((a, b) => a + b, 0) / table.length;
  const deviation = Math.sqrt(table.reduce((sum, x) => sum + (x - mean) ** 2, 0) / table.length);
  return { mean: mean / 8192, deviation: deviation / 8192 };
};

describe("distributions", () => {
  test.skipIf(!installed).each(["normal", "pareto", "paretonormal"] as const)(
    `%s is the table that iproute2 installs${why}`,
    (name) => {
      const text = readFileSync(`${installed}/${name}.dist`, "latin1");
      const table = parseDistribution(text);
      expect(distributionTable(name)).toEqual(table);
      expect(formatDistribution(table, `This is the distribution table for the ${name} distribution.`)).toBe(text);
    },
  );
  test.skipIf(!installed)(`experimental has 4096 entries, and comes through written and read${why}`, () => {
    const table = parseDistribution(readFileSync(`${installed}/experimental.dist`, "latin1"));
    expect(table.length).toBe(4096);
    expect(parseDistribution(formatDistribution(table))).toEqual(table);
  });
  test.each([
    ["uniform", 0, 1 / Math.sqrt(3)],
    ["normal", 0, 1],
    // Cut off at four times the jitter.
    ["pareto", -0.05, 0.8],
    ["paretonormal", -0.04, 0.85],
  ] as const)("%s has mean %s and deviation %s", (name, mean, deviation) => {
    const found = moments(distributionTable(name));
    expect(found.mean).toBeCloseTo(mean, 1);
    expect(found.deviation).toBeCloseTo(deviation, 1);
    expect([...distributionTable(name)].sort((a, b) => a - b)).toEqual(distributionTable(name));
  });

  test("samples: their mean, their spread and their quantiles come back", () => {
    const samples = Array.from({ length: 10_001 }, (_, i) => 20 + (i / 10_000) ** 4 * 30);
    const { table, mean, deviation, correlation } = distributionOf(samples);
    expect(mean).toBeCloseTo(26, 1);
    expect(correlation).toBeGreaterThan(0.99);
    const delays = table.map((x) => mean + (x / 8192) * deviation);
    for (const part of [0.01, 0.25, 0.5, 0.75, 0.99])
      expect(delays[Math.floor(part * 4096)]).toBeCloseTo(20 + part ** 4 * 30, 1);
    expect(distributionOf([1, 2, 1, 2, 1, 2]).correlation).toBeLessThan(0);
  });
  test.each([
    [[], "is made of two samples at least, which are numbers"],
    [[1, Number.NaN], "is made of two samples at least, which are numbers"],
    [[2, 2, 2], "is made of samples that are all the same"],
  ])("samples that are none: %j", (samples, message) => {
    expect(() => distributionOf(samples)).toThrow(message);
  });
  test.each([
    ["# only this\n", "is not a table of 1 to 16384 integers of 16 bits"],
    ["1 2\n3 x\n", 'line 2: "x" is not an integer of 16 bits'],
    ["1 40000\n", 'line 1: "40000" is not an integer of 16 bits'],
    ["1 ".repeat(16_385), "is not a table of 1 to 16384 integers of 16 bits"],
  ])("files that are none", (text, message) => {
    expect(() => parseDistribution(text)).toThrow(message);
  });
});

describe("netem's distribution", () => {
  const dist = (options: object, context = {}) =>
    (optionsToWire(netemKind, options, context) as { delayDist?: number[] }).delayDist;
  const jitter = { delay: "100ms", jitter: "10ms" };
  test.each(DISTRIBUTIONS)("%s by name, by table and in tc's words", (name) => {
    const table = distributionTable(name);
    expect(dist({ ...jitter, distribution: name })).toEqual(table);
    expect(dist({ ...jitter, distribution: table })).toEqual(table);
    expect(dist(parseOptions(netemKind, ["delay", "100ms", "10ms", "distribution", name]))).toEqual(table);
  });
  test("samples bring the delay and the jitter that are not given", () => {
    const samplesMs = [10, 20, 30, 40];
    const wire = optionsToWire(netemKind, { distribution: { samplesMs } }) as Record<string, unknown>;
    expect([wire.latency64, wire.jitter64]).toEqual([25_000_000n, 12_909_944n]);
    expect(wire.delayDist).toEqual(distributionOf(samplesMs).table);
    const given = optionsToWire(netemKind, { delay: "1s", distribution: { samplesMs } }) as Record<string, unknown>;
    expect(given.latency64).toBe(1_000_000_000n);
  });
  test("a slot's", () => {
    const slot = { delay: "1ms", jitter: "100us", distribution: "pareto", packets: 5 };
    const wire = optionsToWire(netemKind, { slot }) as Record<string, unknown>;
    expect(wire.slotDist).toEqual(distributionTable("pareto"));
    const words = "slot distribution pareto 1ms 100us packets 5".split(" ");
    expect(optionsToWire(netemKind, parseOptions(netemKind, words))).toEqual(wire);
  });
  test("other names are read from files by who can", () => {
    const readDistribution = (name: string) => (name === "experimental" ? "# so\n1 2 3\n" : undefined);
    expect(dist({ ...jitter, distribution: "experimental" }, { readDistribution })).toEqual([1, 2, 3]);
    const unknown = 'netem.distribution: "nope" is not known; there are uniform, normal, pareto, paretonormal';
    expect(() => dist({ ...jitter, distribution: "nope" }, { readDistribution })).toThrow(unknown);
    expect(() => dist({ ...jitter, distribution: "../x" }, { readDistribution: () => "1" })).toThrow("is not known");
    expect(() => dist({ ...jitter, distribution: "experimental" })).toThrow("is not known");
  });
  test.each([
    [{ ...jitter, distribution: [] }, "netem.distribution: is not a table of 1 to 16384 integers"],
    [{ ...jitter, distribution: [1.5] }, "netem.distribution: is not a table"],
    [{ ...jitter, distribution: { samples: [1, 2] } }, "netem.samples: there is no such option; there are samplesMs"],
    [{ delay: "1ms", distribution: "normal" }, "netem.distribution: spreads the jitter, and there is none"],
    [{ slot: { delay: "1ms", jitter: "1us" } }, "netem.slot.distribution: is missing"],
    [{ slot: { maxDelay: "1ms" } }, "netem.slot.minDelay: is missing"],
    [{ distribution: { samplesMs: [-5, -6] } }, "netem.delayMs: -5.5 is negative"],
  ])("refused: %j", (options, message) => {
    expect(() => optionsToWire(netemKind, options as object)).toThrow(message);
  });
});
