/**
 * Broken messages: whatever the bytes, a decoder gives a value that encodes again, or throws a CodecError, in bounded time and memory.
 * `npm test` tries twenty thousand, `npm run test:fuzz` a million, half of them in each of two processes. NLINK_FUZZ sets the number,
 * NLINK_FUZZ_SEED the seed, which is printed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { decodeMessage, schemaOf } from "../../../src/codec/decode-message.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";
import { bytesOf, hexOf } from "../rtnetlink/captured.ts";
import { mutate, mutationNames, random, type Sample } from "./mutate.ts";

const COUNT = Number(process.env.NLINK_FUZZ ?? 20_000);
const SEED = Number(process.env.NLINK_FUZZ_SEED ?? (Date.now() + process.pid * 65_537) % 0x7fffffff);
/** A message's milliseconds, with all that a busy machine and a garbage collector may add: some take microseconds. */
const LIMIT_MS = 2000;

const fixtures = join(import.meta.dirname, "../../../fixtures");
const files = readdirSync(fixtures).filter((file) => /^(?!demo).*(?<!shown)\.json$/.test(file));
type Captured = { command: string; protocol: number; hex: string };

/** The message in the other byte order: what a big-endian kernel would have said. */
function swapped({ command, protocol, bytes }: Sample): Sample[] {
  const view = new DataView(bytes.buffer);
  const header = { type: view.getUint16(4, true), flags: view.getUint16(6, true) };
  const payload = bytes.slice(16);
  const known = schemaOf(protocol, header, payload, "little");
  if (known === undefined || payload.length < (known.schema.head?.size ?? 0)) return [];
  let body: Uint8Array;
  try {
    body = encode(known.schema, decode(known.schema, payload, "little") as never, "big");
  } catch (e) {
    if (e instanceof CodecError) return []; // captured broken
    throw e;
  }
  const out = new Uint8Array(16 + body.length);
  out.set(body, 16);
  const to = new DataView(out.buffer);
  to.setUint32(0, out.length);
  to.setUint16(4, header.type);
  to.setUint16(6, header.flags);
  return [{ command, protocol, order: "big", bytes: out }];
}

/** Objects, array items and bytes in a decoded value: its size in memory. */
function weight(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return 1 + value.length / 16;
  if (typeof value !== "object" || value === null) return 1;
  let sum = 1;
  for (const member of Object.values(value)) sum += weight(member);
  return sum;
}

const outcomes = { decoded: 0, refused: 0, unknown: 0 };
let slowest = 0;
let heaviest = 0;

/** One broken message; throws if it is not dealt with as it should be. */
function check(bytes: Uint8Array, { protocol, order }: Sample): void {
  const began = performance.now();
  let message: ReturnType<typeof decodeMessage>;
  try {
    message = decodeMessage(protocol, bytes, order);
  } catch (e) {
    if (!(e instanceof CodecError)) throw e;
    outcomes.refused++;
    return;
  }
  if ("raw" in message) {
    outcomes[message.error ? "refused" : "unknown"]++;
    return;
  }
  outcomes.decoded++;
  const ratio = weight(message.value) / (bytes.length + 64);
  if (ratio > heaviest) heaviest = ratio;
  const known = schemaOf(protocol, message.header, bytes.subarray(16, message.header.length), order);
  if (known !== undefined && message.name !== "error" && message.name !== "done") {
    const again = encode(known.schema, message.value as never, order);
    const value = decode(known.schema, again, order);
    if (hexOf(encode(known.schema, value as never, order)) !== hexOf(again)) throw new Error("comes back otherwise");
    if (again.length > message.header.length + 64) throw new Error(`grew to ${again.length} bytes`);
  }
  slowest = Math.max(slowest, performance.now() - began);
}

describe(`broken messages, seed ${SEED}`, () => {
  const shards = files.map((file) => {
    const rows: Captured[] = JSON.parse(readFileSync(join(fixtures, file), "utf8"));
    const samples = rows.map(
      ({ command, protocol, hex }): Sample => ({ command, protocol, order: "little", bytes: bytesOf(hex) }),
    );
    return { file, samples: [...samples, ...samples.flatMap(swapped)] };
  });
  const all = shards.reduce((sum, { samples }) => sum + samples.length, 0);
  test("there is much to begin with, of both byte orders", () => {
    expect(all).toBeGreaterThan(12_000);
    expect(shards.filter(({ samples }) => !samples.some(({ order }) => order === "big"))).toEqual([]);
  });
  // Each file has its share, and a seed of its own: what fails is had again by that file alone.
  test.each(shards)("$file", { timeout: 600_000 }, ({ file, samples }) => {
    const share = Math.ceil((COUNT * samples.length) / all);
    for (let i = 0; i < share; i++) {
      const { sample, bytes, how } = mutate(samples, random(SEED + i * 2654435761));
      try {
        check(bytes, sample);
      } catch (e) {
        const text = `${sample.order} ${sample.command}: ${how.join(", ")} (seed ${SEED}, ${file} ${i}): ${e}`;
        throw new Error(`${text}\n${hexOf(bytes.subarray(0, 2000))}`, { cause: e });
      }
    }
  });
  afterAll(() => {
    const total = outcomes.decoded + outcomes.refused + outcomes.unknown;
    console.log(
      `${total} broken messages by ${mutationNames.length} mutations, seed ${SEED}: ${outcomes.decoded} decoded, ${outcomes.refused} refused, ` +
        `${outcomes.unknown} unknown; the slowest took ${slowest.toFixed(1)} ms, the heaviest ${heaviest.toFixed(2)} values a byte`,
    );
    if (total < COUNT) throw new Error(`${total} are not ${COUNT}`);
    if (slowest > LIMIT_MS) throw new Error(`a message took ${slowest} ms`);
  });
});
