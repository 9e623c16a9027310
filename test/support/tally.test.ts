import { expect, test } from "vitest";
import { type Outcome, summary } from "./tally.ts";

const outcome = (state: Outcome["state"], title: string, more: Partial<Outcome> = {}): Outcome => ({
  project: "unit",
  file: "test/a.test.ts",
  state,
  title,
  ...more,
});

test("what each project passed, failed and skipped, with the reasons", () => {
  const outcomes = [
    outcome("passed", "one"),
    outcome("passed", "two", { retries: 1 }),
    outcome("failed", "three"),
    outcome("skipped", "suite (skipped: not root) > four"),
    outcome("skipped", "suite (skipped: not root) > five"),
    outcome("skipped", "six", { note: "no such device" }),
    outcome("passed", "seven", { project: "kernel" }),
  ];
  expect(summary(outcomes, false)).toEqual({
    lines: [
      "unit: 2 passed (1 at the second try), 1 failed, 3 skipped",
      "  at the second try: two",
      "  skipped 2: not root",
      "  skipped 1: no such device",
      "kernel: 1 passed, 0 failed, 0 skipped",
    ],
    explained: true,
  });
});

test("a skip without a reason is named, unless tests were chosen by name", () => {
  const outcomes = [outcome("skipped", "one"), outcome("pending", "two")];
  expect(summary(outcomes, false)).toEqual({
    lines: [
      "unit: 0 passed, 0 failed, 2 skipped",
      "  skipped without a reason: test/a.test.ts: one",
      "  skipped without a reason: test/a.test.ts: two",
    ],
    explained: false,
  });
  expect(summary(outcomes, true)).toEqual({ lines: ["unit: 0 passed, 0 failed, 0 skipped"], explained: true });
});
