import { describe, expect, test } from "vitest";
import {
  type LossModel,
  lossFromKernel,
  lossModelFor,
  lossModelOf,
  lossSimulator,
  lossStatistics,
  lossToKernel,
  optionsFromWire,
  optionsToWire,
} from "../../../src/codec/tc/index.ts";
import { prandom } from "../../../src/codec/tc/loss/prandom.ts";
import { netemKind } from "../../../src/codec/tc/qdisc/netem.ts";
import { expectLongRun } from "../../support/losses.ts";

const random = (loss: string, correlation?: string): LossModel => ({ model: "random", loss, correlation });
const state = (p13: string, p31: string, p32: string, p23: string, p14: string): LossModel => ({
  model: "state",
  p13,
  p31,
  p32,
  p23,
  p14,
});
const gemodel = (p: string, r: string, h?: string, k?: string): LossModel => ({ model: "gemodel", p, r, h, k });

const MODELS: readonly LossModel[] = [
  random("2%"),
  random("100%"),
  random("20%", "25%"),
  random("30%", "60%"),
  random("45%", "95%"),
  random("70%", "10%"),
  random("5%", "1%"),
  random("1%", "25%"),
  state("1%", "90%", "2%", "80%", "3%"),
  state("5%", "20%", "30%", "40%", "1%"),
  state("5%", "20%", "30%", "40%", "0%"),
  { model: "state", p13: "5%" },
  gemodel("1%", "10%", "30%", "99.9%"),
  gemodel("5%", "20%"),
  gemodel("50%", "50%", "50%", "50%"),
  { model: "gemodel", p: "3%" },
  lossModelFor({ loss: "2%", meanBurst: 5 }),
  lossModelFor({ loss: "30%", meanBurst: 1 }),
  // The kernel adds p13 and p14, and p31 and p32, in 32 bits: of these the second chance is lost.
  state("60%", "50%", "30%", "40%", "50%"),
  state("5%", "50%", "60%", "40%", "1%"),
];
const name = (model: LossModel) =>
  Object.entries(model)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (key === "model" ? value : `${key} ${value}`))
    .join(" ");

describe("models of loss", () => {
  test("the kernel's random numbers: the first of taus113 seeded with 1, reckoned by its C code", () => {
    const next = prandom(1n);
    expect([next(), next(), next(), next()]).toEqual([276_959_246, 18_909_696, 2_298_495_022, 9_442_690]);
    const wide = prandom(0x0123_4567_89ab_cdefn);
    expect([wide(), wide()]).toEqual([1_976_660_935, 2_350_886_939]);
  });

  test.each(MODELS.map((model) => [name(model), model] as const))(
    "%s: in a million packets the closed forms are seen, with 99.99%% confidence",
    (_, model) => {
      const lost = lossSimulator(model, { seed: 42 });
      // Away from the first state.
      for (let i = 0; i < 1000; i++) lost();
      expectLongRun(
        Array.from({ length: 1_000_000 }, () => lost()),
        lossStatistics(model),
      );
    },
  );

  test.each<[string, LossModel, [lossPercent: number, meanBurst: number, meanGap: number]]>([
    ["independent losses come in runs of 1/(1 − loss)", random("20%"), [20, 1.25, 5]],
    ["Gilbert: bursts of 1/r, gaps of 1/p", gemodel("2%", "25%"), [(2 / 27) * 100, 4, 50]],
    ["no loss", random("0%"), [0, 0, Number.POSITIVE_INFINITY]],
    ["a bad state that is never entered", gemodel("0%", "10%"), [0, 0, Number.POSITIVE_INFINITY]],
    ["a bad state that is never left", gemodel("1%", "0%"), [100, 2 ** 32, 1]],
    ["a burst that is never left", state("1%", "0%", "0%", "0%", "5%"), [100, Number.POSITIVE_INFINITY, 0]],
    ["received in a burst for ever", state("1%", "50%", "50%", "0%", "5%"), [0, 0, Number.POSITIVE_INFINITY]],
    ["alternation within a burst that is never left", state("1%", "0%", "50%", "25%", "5%"), [100 / 3, 2, 4]],
    ["only losses alone", state("0%", "10%", "10%", "10%", "25%"), [20, 1, 4]],
  ])("%s", (_, model, [lossPercent, meanBurst, meanGap]) => {
    const found = lossStatistics(model);
    expect(found.lossPercent).toBeCloseTo(lossPercent, 6);
    for (const [seen, expected] of [[found.meanBurst, meanBurst], [found.meanGap, meanGap]] as const) // biome-ignore format: a table
      if (Number.isFinite(expected)) expect(seen / (expected || 1)).toBeCloseTo(expected === 0 ? 0 : 1, 6);
      else expect(seen).toBe(expected);
  });

  test("a correlation takes losses away, as it does in the kernel", () => {
    expect(lossStatistics(random("1%", "25%")).lossPercent).toBeCloseTo(0.000_242, 6);
    expect(lossStatistics(random("50%", "25%")).lossPercent).toBeCloseTo(50, 6);
  });

  test.each([
    [0.5, 1.5],
    [2, 5],
    [2, 1.0204],
    [40, 1],
    [90, 9],
    [99, 200],
  ])("a model for a loss of %s percent in runs of %s", (lossPercent, meanBurst) => {
    const found = lossStatistics(lossModelFor({ lossPercent, meanBurst }));
    expect(found.lossPercent).toBeCloseTo(lossPercent, 4);
    expect(found.meanBurst).toBeCloseTo(meanBurst, 4);
  });
  test.each([
    [{}, "loss: is missing: loss, or lossPercent"],
    [{ loss: "2%", meanBurst: 0.5 }, "meanBurst: 0.5 is not a number of packets, at least 1"],
    [{ loss: "90%", meanBurst: 5 }, "meanBurst: 5 is too short for a loss of 90%: at least 9"],
    [{ loss: "100%", meanBurst: 5 }, "meanBurst: has no end where all packets are lost"],
    [{ loss: "2" }, 'loss: "2" is not a percentage'],
    [{ loss: "2%", burst: 5 }, "burst: there is no such option"],
  ])("no model for %j", (goal, message) => {
    expect(() => lossModelFor(goal)).toThrow(message);
  });

  test.each(MODELS.map((model) => [name(model), model] as const))(
    "%s: to the kernel's numbers and back",
    (_, model) => {
      const kernel = lossToKernel(model);
      const read = lossFromKernel(kernel);
      expect(lossToKernel(read)).toEqual(kernel);
      expect(lossStatistics(read)).toEqual(lossStatistics(model));
    },
  );
  test("the model of a netem that was read", () => {
    const wire = optionsToWire(netemKind, { loss: "1%", lossCorrelation: "25%" });
    const read = optionsFromWire(netemKind, { ...wire, latency: 0, jitter: 0 } as never);
    expect(lossModelOf(read)).toEqual({ model: "random", lossPercent: 1, correlationPercent: 25 });
    expect(lossModelOf({})).toBeUndefined();
  });
  test("seeds", () => {
    expect(() => lossSimulator(random("1%"), { seed: -1 })).toThrow("seed: -1 is not an integer from 0 to 2^64 − 1");
    expect(() => lossSimulator(random("1%"), { seed: 2n ** 64n })).toThrow("seed");
  });
});
