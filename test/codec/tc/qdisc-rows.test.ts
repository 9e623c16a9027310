import { describe, expect, test } from "vitest";
import { type QdiscSpec, qdiscKinds } from "../../../src/codec/tc/index.ts";
import { optionsToWire, parseOptions, printOptions, type TcKind } from "../../../src/codec/tc/kind.ts";
import { modernPsched } from "../../../src/codec/tc/psched.ts";
import { hfscClassKind } from "../../../src/codec/tc/qdisc/hfsc.ts";
import { netemKind } from "../../../src/codec/tc/qdisc/netem.ts";
import { sfqKind } from "../../../src/codec/tc/qdisc/sfq.ts";
import { burstFor } from "../../../src/codec/tc/rate-spec.ts";
import { qdiscRows } from "../../vm/tc-qdisc-rows.ts";
import { payload } from "./support.ts";

// The rows of the VM, without a kernel.
const pairs = qdiscRows.flatMap(({ spec, words, change = [] }) =>
  [words === undefined ? [] : [spec, words], change].filter((pair) => pair.length > 0),
) as [QdiscSpec, string][];
test.each(pairs.map(([spec, words]) => [spec.kind, words, spec] as const))(
  "%s %s: tc's words are the same bytes as the options",
  (name, words, { options = {} }) => {
    const kind = qdiscKinds[name] as unknown as TcKind;
    const bytes = (given: unknown) => {
      const wire = optionsToWire(kind, given);
      return wire === undefined ? [] : payload(kind, wire);
    };
    expect(bytes(parseOptions(kind, words.split(" ").filter(Boolean)))).toEqual(bytes(options));
  },
);
test("every kind of qdisc has a row with options", () => {
  const bare = Object.keys(qdiscKinds).filter(
    (kind) => !qdiscRows.some((row) => row.spec.kind === kind && Object.keys(row.spec.options ?? {}).length > 0),
  );
  expect(bare).toEqual(["multiq", "pfifo_fast", "noqueue", "mq", "ingress", "clsact", "drr", "qfq", "teql0"]);
});

describe("found in the kernel", () => {
  test("sfq's depth, headdrop and red were sent in a part of the struct, which the kernel does not look at", () => {
    for (const options of [{ depth: 50 }, { headdrop: true }, { red: { limit: "100kb" } }])
      expect(payload(sfqKind as unknown as TcKind, optionsToWire(sfqKind, options)).length).toBe(72);
  });
  test("tbf's bucket shrank each time that it was read and put again, at rates that the kernel reckons with a little short", () => {
    const rate = 5e9;
    const ticks = 3276;
    const bytes = burstFor(rate, ticks, modernPsched, undefined);
    // psched_l2t_ns: mult is 0.2 · 2³², cut off.
    const ns = Number((BigInt(bytes) * 3435973836n) >> 34n);
    expect(Math.floor(ns / 64)).toBe(ticks);
    expect(bytes - (rate * ticks * 64) / 1e9).toBeLessThan(6);
  });
  test("netem's words had 1−k of 99.9% as 0.09999999999999432%", () => {
    const words = "limit 1000 loss gemodel 1% 10% 70% 0.1%".split(" ");
    const lossModel = { model: "gemodel", pPercent: 1, rPercent: 10, hPercent: 30, kPercent: 99.9 } as const;
    expect(printOptions(netemKind, { limit: 1000, lossModel })).toEqual(words);
  });
  test("hfsc's words had a time of 0ns, and netem's of 800ns, which tc takes for none", () => {
    const rate = { m1BytesPerSecond: 0, dMs: 0, m2BytesPerSecond: 125 };
    expect(printOptions(hfscClassKind, { ls: rate })).toEqual("ls m1 0bit d 0us m2 1kbit".split(" "));
    expect(printOptions(netemKind, { limit: 1, delayMs: 0.0008 })).toEqual("limit 1 delay 0.8us".split(" "));
  });
});
