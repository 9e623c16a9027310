/** Programs that a command runs: with this process's own input and output, or with what they write passed on. @module */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { isNotFound } from "../../api/errors.ts";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";

/** Starts a program by `start`, and resolves to its exit status when it has ended. */
export async function runProgram(
  context: Context,
  words: readonly string[],
  start: (options: Pick<SpawnOptions, "stdio" | "cwd">) => Promise<ChildProcess> | ChildProcess,
): Promise<number> {
  const { io, printer } = context;
  printer.flush();
  let child: ChildProcess;
  try {
    child = await start({ cwd: io.cwd, stdio: io.inherit ? "inherit" : ["pipe", "pipe", "pipe"] });
  } catch (e) {
    if (isNotFound(e) && /program not found/.test((e as Error).message))
      throw failure(`exec of "${words[0]}" failed: No such file or directory`);
    throw e;
  }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => io.stdout(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => io.stderr(text));
  if (child.stdin) feed(io.stdin, child.stdin);
  // An interrupt of the terminal reaches the program too: it ends as it likes.
  const stop = () => void child.kill("SIGTERM");
  io.signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", (e: NodeJS.ErrnoException) =>
      reject(e.code === "ENOENT" ? failure(`exec of "${words[0]}" failed: No such file or directory`) : e),
    );
    child.once("close", (code, signal) => {
      io.signal.removeEventListener("abort", stop);
      resolve(code ?? 128 + (SIGNALS[signal ?? ""] ?? 15));
    });
  });
}
const SIGNALS: { readonly [name: string]: number } = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

async function feed(from: AsyncIterable<string>, to: NodeJS.WritableStream): Promise<void> {
  to.on("error", () => {}); // the program reads no more
  for await (const chunk of from) to.write(chunk);
  to.end();
}
