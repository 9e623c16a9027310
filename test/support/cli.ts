/** Runs a command in this process. @module */
import { spawnSync } from "node:child_process";
import type { Io } from "../../src/cli/io.ts";
import { run } from "../../src/cli/run.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `nlink ARGV`, with what it writes as the result. */
export async function cli(argv: readonly string[], world: Partial<Io> = {}): Promise<Ran> {
  let [stdout, stderr] = ["", ""];
  const code = await run(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: (async function* () {})(),
    bytes: (async function* () {})(),
    isTTY: false,
    columns: 80,
    rows: 24,
    env: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    inherit: false,
    ...world,
  });
  return { code, stdout, stderr };
}

/** What the system's program gives for the same words. */
export function system(words: readonly string[], input = ""): Ran {
  const { status, stdout, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: "utf8", input });
  return { code: status ?? -1, stdout, stderr };
}

/** Text without what changes from one look to the next: lifetimes and timers count down, counters count. */
export const still = (text: string): string =>
  text
    .replace(/\b\d+sec\b/g, "Nsec")
    .replace(/ +\d+\.\d\d /g, " N.NN ")
    .replace(/^( +)[\d ]+$/gm, "$1N");
const COUNTS = /_life_time$|^expires$|_timer$|^(bytes|packets)$/;
/**
 * What JSON says, but for what changes. iproute2 leaves an empty object in a list for what it has filtered out itself: those are
 * left out.
 */
export const objects = (text: string): unknown =>
  text.trim() === ""
    ? undefined
    : JSON.parse(text, (key, value) =>
        COUNTS.test(key)
          ? "a count"
          : Array.isArray(value)
            ? value.filter((item) => JSON.stringify(item) !== "{}")
            : value,
      );
