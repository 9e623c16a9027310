/** What is decoded: files, standard input, hexadecimal; and of which protocol it is. @module */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseHex } from "../../codec/text/hex.ts";
import type { Context } from "../context.ts";
import { failure, wrong } from "../failure.ts";
import { oneOf, oneWord } from "../grammar/args.ts";
import type { Arg, Options } from "../grammar/command.ts";

/** NETLINK_* by number. */
export const PROTOCOLS: { readonly [name: string]: number } = {
  rtnetlink: 0, route: 0, sock_diag: 4, xfrm: 6, netfilter: 12, generic: 16,
}; // biome-ignore format: a table
export const protocolName = (protocol: number): string =>
  Object.keys(PROTOCOLS).find((name) => PROTOCOLS[name] === protocol) ?? `protocol ${protocol}`;
const protocol: Arg<number> = oneWord(
  "PROTOCOL",
  (word) => PROTOCOLS[word] ?? (/^\d{1,2}$/.test(word) ? Number(word) : undefined),
  `not ${Object.keys(PROTOCOLS).join(", ")} or a number`,
  Object.keys(PROTOCOLS),
);
export const rawOptions = {
  protocol: { arg: protocol, help: "of messages in hexadecimal: rtnetlink, where nothing is said" },
  order: { arg: oneOf("little", "big"), help: "byte order of the host that they are of" },
  json: { short: "j", last: true, help: "JSON" },
  pretty: { short: "p", last: true, help: "JSON on many lines" },
} satisfies Options;

/** A file's bytes as they come; `-` is standard input. */
export async function bytesOf(context: Context, name: string): Promise<AsyncIterable<Uint8Array>> {
  const { io } = context;
  if (name === "-") return io.bytes;
  const file = createReadStream(resolve(io.cwd, name));
  await new Promise<void>((done, fail) => {
    file.once("open", () => done());
    file.once("error", (e: NodeJS.ErrnoException) =>
      fail(
        failure(
          `Cannot open file "${name}" for reading: ${e.code === "ENOENT" ? "No such file or directory" : e.message}`,
        ),
      ),
    );
  });
  return file;
}

/** Datagrams in hexadecimal: the words, or the lines of a file or of standard input. Blanks and colons within are left out. */
export async function hexDatagrams(context: Context, words: readonly string[]): Promise<Uint8Array[]> {
  const lines = await hexLines(context, words);
  return lines.map((line) => {
    const digits = line.replace(/0x|[\s:,]/g, "");
    return parseHex(digits) ?? fail(line);
  });
}
const fail = (line: string): never => {
  throw wrong(line.length > 40 ? `${line.slice(0, 40)}…` : line, "not hexadecimal");
};
async function hexLines(context: Context, words: readonly string[]): Promise<string[]> {
  const [first] = words;
  if (first !== undefined && first !== "-" && /^(0x)?[\da-f:,\s]+$/i.test(words.join(""))) return [words.join("")];
  let text = "";
  if (first === undefined || first === "-") for await (const chunk of context.io.stdin) text += chunk;
  else
    try {
      text = await readFile(resolve(context.io.cwd, first), "utf8");
    } catch (e) {
      throw (e as NodeJS.ErrnoException).code === "ENOENT" ? wrong(words.join(" "), "not hexadecimal, and no file") : e;
    }
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
}
