/** Runs a command in this process. @module */
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
    isTTY: false,
    columns: 80,
    env: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    inherit: false,
    ...world,
  });
  return { code, stdout, stderr };
}
