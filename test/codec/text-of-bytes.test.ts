import fc from "fast-check";
import { expect, test } from "vitest";
import { readText } from "../../src/codec/wire/string.ts";

// Short texts are kept, a few hundred at a time: whatever has been read before, each is itself.
test("texts of up to ten bytes, thousands in any order", () => {
  const utf8 = new TextEncoder();
  const words = fc.array(fc.string({ maxLength: 10, unit: fc.constantFrom("a", "b", "0", "_", "é") }), {
    minLength: 500,
  });
  fc.assert(
    fc.property(words, (all) => {
      for (const word of [...all, ...all]) {
        const bytes = utf8.encode(`x${word}x`);
        expect(readText(bytes, 1, bytes.length - 1)).toBe(word);
      }
    }),
    { numRuns: 20 },
  );
  for (const raw of [[0], [97, 0], [0xff], [97, 98, 99, 100, 0xc3]]) expect(readText(Uint8Array.from(raw), 0, raw.length)).toBeUndefined(); // biome-ignore format: one line
});
