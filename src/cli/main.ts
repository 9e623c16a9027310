/** What the programs do: those of bin/. @module */
import type { Io } from "./io.ts";
import { run } from "./run.ts";

/** What a shell gives for a program that wrote to a closed pipe (128 + SIGPIPE), and for one that was interrupted. */
const SIGPIPE = 141;
const SIGINT = 130;

/** Runs `nlink BEFORE… ARGV…` with this process's words, input and output. */
export async function main(...before: readonly string[]): Promise<void> {
  const ends = new AbortController();
  let ended: number | undefined;
  const end = (status: number) => {
    ended ??= status;
    ends.abort();
  };
  // Nobody reads any more: no message, as a signal would end it.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (e: NodeJS.ErrnoException) => {
      if (e.code === "EPIPE") process.exit(SIGPIPE);
      throw e;
    });
  process.once("SIGINT", () => end(SIGINT));
  process.once("SIGTERM", () => end(143));

  const io: Io = {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    get stdin() {
      return process.stdin.setEncoding("utf8") as AsyncIterable<string>;
    },
    bytes: process.stdin,
    isTTY: process.stdout.isTTY ?? false,
    get columns() {
      return process.stdout.columns ?? 80;
    },
    get rows() {
      return process.stdout.rows ?? 24;
    },
    env: process.env,
    cwd: process.cwd(),
    signal: ends.signal,
    inherit: true,
  };
  const status = await run([...before, ...process.argv.slice(2)], io);
  process.exitCode = ended ?? status;
  // Standard input may still be waited for.
  if (ended !== undefined) process.stdout.write("", () => process.exit(ended));
}
