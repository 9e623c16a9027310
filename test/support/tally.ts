/**
 * A vitest reporter: what each project passed, failed and skipped, and why. The reason of a skip stands in the title of the test or
 * of a suite around it, `… (skipped: not root)`, or is the note of `skip(note)` within a test. A skip without one fails the run,
 * and so does what a forgotten `.only` leaves out.
 * @module
 */
import type { Reporter, TestModule, Vitest } from "vitest/node";

export interface Outcome {
  readonly project: string;
  readonly file: string;
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped" | "pending";
  readonly note?: string | undefined;
  readonly retries?: number | undefined;
}

/** Lines to print, and whether every skip says why. `chosen`: some tests were chosen by name, and the others are left out on purpose. */
export function summary(outcomes: readonly Outcome[], chosen: boolean): { lines: string[]; explained: boolean } {
  const lines: string[] = [];
  let explained = true;
  for (const project of new Set(outcomes.map((outcome) => outcome.project))) {
    const of = (...states: Outcome["state"][]) =>
      outcomes.filter((outcome) => outcome.project === project && states.includes(outcome.state));
    const reasons = new Map<string, number>();
    const without: string[] = [];
    for (const { file, title, note } of of("skipped", "pending")) {
      const reason = /\(skipped: ([^)]+)\)/.exec(title)?.[1] ?? note;
      if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      else if (!chosen) without.push(`${file}: ${title}`);
    }
    const retried = of("passed").filter(({ retries = 0 }) => retries > 0);
    const again = retried.length > 0 ? ` (${retried.length} at the second try)` : "";
    const skipped = [...reasons.values()].reduce((sum, n) => sum + n, without.length);
    lines.push(`${project}: ${of("passed").length} passed${again}, ${of("failed").length} failed, ${skipped} skipped`);
    for (const { title } of retried) lines.push(`  at the second try: ${title}`);
    for (const [reason, n] of reasons) lines.push(`  skipped ${n}: ${reason}`);
    for (const test of without) lines.push(`  skipped without a reason: ${test}`);
    explained &&= without.length === 0;
  }
  return { lines, explained };
}

export default class TallyReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcomes: Outcome[] = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => {
        const result = test.result();
        return {
          project: module.project.name,
          file: module.relativeModuleId,
          title: test.fullName,
          state: result.state,
          note: result.state === "skipped" ? result.note : undefined,
          retries: test.diagnostic()?.retryCount,
        };
      }),
    );
    const chosen = this.#vitest?.config.testNamePattern !== undefined;
    const { lines, explained } = summary(outcomes, chosen);
    for (const line of lines) console.log(line);
    if (!explained) process.exitCode = 1;
  }
}
