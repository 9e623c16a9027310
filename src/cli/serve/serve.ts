/** `nlink serve`: commands asked for on standard input, in one process that keeps its connections. @module */
import { statSync } from "node:fs";
import { linesOf } from "../batch.ts";
import { type Context, Sockets } from "../context.ts";
import { described } from "../failure.ts";
import { command } from "../grammar/command.ts";
import type { Io } from "../io.ts";

/** A request: an object on a line. */
interface Request {
  /** Words behind `nlink`. */
  readonly argv: readonly string[];
  /** Name of the namespace to work in. */
  readonly netns?: string | undefined;
  /** What the command reads from its standard input. */
  readonly stdin?: string | undefined;
  /** Milliseconds after which a command that watches ends. */
  readonly timeout?: number | undefined;
}
interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws {TypeError} what is no request, and why */
function requestOf(line: string): Request {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (e) {
    throw new TypeError(`not JSON: ${(e as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("not an object");
  const { argv, netns, stdin, timeout, ...rest } = value as Record<string, unknown>;
  if (!Array.isArray(argv) || !argv.every((word) => typeof word === "string"))
    throw new TypeError('"argv" must be a list of strings');
  for (const [name, text] of Object.entries({ netns, stdin }))
    if (text !== undefined && typeof text !== "string") throw new TypeError(`"${name}" must be a string`);
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0 && timeout < 2 ** 31))
    throw new TypeError('"timeout" must be a number of milliseconds');
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is not known; there are argv, netns, stdin, timeout`);
  return value as Request;
}

/** Sockets by namespace, kept as long as the name means the same one. */
class Pool {
  readonly #io: Io;
  readonly #kept = new Map<
    string | undefined,
    { readonly sockets: Sockets; readonly identity: string | symbol | undefined }
  >();
  constructor(io: Io) {
    this.#io = io;
  }
  of(netns: string | undefined): Sockets {
    const known = this.#kept.get(netns);
    const identity = this.#io.open ? Symbol() : identityOf(netns); // those of a kernel in memory cost nothing to open
    if (known && known.identity === identity) return known.sockets;
    known?.sockets.close();
    const sockets = new Sockets({ ...this.#io, netns: netns ?? this.#io.netns });
    this.#kept.set(netns, { sockets, identity });
    return sockets;
  }
  close(): void {
    for (const { sockets } of this.#kept.values()) sockets.close();
  }
}
/** What tells a namespace from another of the same name. */
function identityOf(netns: string | undefined): string | undefined {
  if (netns === undefined || netns.includes("/")) return undefined;
  const stat = statSync(`/run/netns/${netns}`, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

async function answer(line: string, io: Io, pool: Pool): Promise<Answer> {
  let [stdout, stderr] = ["", ""];
  let code: number;
  try {
    const { argv, netns, stdin = "", timeout } = requestOf(line);
    const { runWith } = await import("../run.ts");
    const own: Io = {
      ...io,
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      stdin: (async function* () {
        yield stdin;
      })(),
      bytes: (async function* () {
        yield new TextEncoder().encode(stdin);
      })(),
      isTTY: false,
      inherit: false,
      netns: netns ?? io.netns,
      signal: timeout === undefined ? io.signal : AbortSignal.any([io.signal, AbortSignal.timeout(timeout)]),
    };
    code = await runWith(argv, own, pool.of(netns));
    io.save?.();
  } catch (e) {
    const failed = e instanceof TypeError ? { message: `Error: ${e.message}`, status: 255 } : described(e);
    stderr += `${failed.message}\n`;
    code = failed.status;
  }
  return { code, stdout, stderr };
}

async function run({ io }: Context): Promise<void> {
  const pool = new Pool(io);
  const lines = linesOf(io.stdin);
  const ended = new Promise<IteratorReturnResult<undefined>>((resolve) => {
    const end = () => resolve({ done: true, value: undefined });
    if (io.signal.aborted) end();
    else io.signal.addEventListener("abort", end, { once: true });
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([lines.next(), ended]);
      if (done) return;
      if (value.trim() !== "") io.stdout(`${JSON.stringify(await answer(value, io, pool))}\n`);
    }
  } finally {
    pool.close();
  }
}

export const serve = command({
  name: "serve",
  help: `answer requests of standard input, a JSON object a line: {"argv":["ip","-j","link"],"netns":"NAME","stdin":"…","timeout":MS}`,
  run,
});
