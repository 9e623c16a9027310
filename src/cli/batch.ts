/** Batches: the lines of a file, one command each. @module */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "./context.ts";
import { failure } from "./failure.ts";

/** Runs the lines of the file that `-batch` names. The exit status is that of iproute2. */
export async function runBatch(context: Context): Promise<number> {
  const { io, globals } = context;
  const name = globals.batch!;
  let status = 0;
  let number = 0;
  for await (const { line, lines } of joined(name === "-" ? io.stdin : await contents(io.cwd, name))) {
    const at = number + 1;
    number += lines;
    const words = splitWords(line);
    if (words.length === 0) continue;
    const result = await context.line(words);
    if (io.signal.aborted) return status;
    if (result === 0) continue;
    io.stderr(`Command failed ${name}:${at}\n`);
    if (!globals.force) return result === 255 ? 255 : 1;
    status = 1;
  }
  return status;
}

async function contents(cwd: string, name: string): Promise<readonly string[]> {
  try {
    return [await readFile(resolve(cwd, name), "utf8")];
  } catch (e) {
    const reason = (e as NodeJS.ErrnoException).code === "ENOENT" ? "No such file or directory" : (e as Error).message;
    throw failure(`Cannot open file "${name}" for reading: ${reason}`);
  }
}

/** Lines, those that end in a backslash joined with the next. */
async function* joined(chunks: AsyncIterable<string> | Iterable<string>) {
  let line = "";
  let lines = 0;
  for await (const part of linesOf(chunks)) {
    lines++;
    if (part.endsWith("\\")) {
      line += part.slice(0, -1);
      continue;
    }
    yield { line: line + part, lines };
    line = "";
    lines = 0;
  }
  if (lines > 0) yield { line, lines };
}
export async function* linesOf(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let left = "";
  for await (const chunk of chunks) {
    const parts = (left + chunk).split("\n");
    left = parts.pop()!;
    yield* parts;
  }
  if (left !== "") yield left;
}

/** Words of a line: between blanks, or quoted by ' or "; what follows # is a comment. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, single, double, bare] of line
    .replace(/^((?:'[^']*'|"[^"]*"|[^'"#])*)#.*$/, "$1")
    .matchAll(/'([^']*)'?|"([^"]*)"?|(\S+)/g))
    words.push((single ?? double ?? bare)!);
  return words;
}
