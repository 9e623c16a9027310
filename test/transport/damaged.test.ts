/** Damaged captures and recordings: what can be read is, the rest is told of, and nothing else is thrown. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { explain } from "../../src/codec/explain/explain.ts";
import { summarize } from "../../src/codec/explain/summary.ts";
import { readCapture } from "../../src/codec/pcap/capture.ts";
import { CaptureError } from "../../src/codec/pcap/packet.ts";
import { CodecError } from "../../src/codec/wire/error.ts";
import { type Recording, ReplayError, readRecording, replay } from "../../src/transport/replay/index.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures", name));
const files = [
  fixture("x86-64.pcap").subarray(0, 12_000),
  fixture("s390x.pcap").subarray(0, 12_000),
  (await readRecording(fixture("x86-64.pcap"))).pcapng().subarray(0, 12_000),
];
const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
const damaged = fc
  .tuple(fc.constantFrom(...files), fc.array(change, { maxLength: 20 }), fc.nat())
  .map(([file, changes, cut]) => {
    const bytes = new Uint8Array(file);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
  });

test("captures", { timeout: 120_000 }, async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      try {
        for await (const record of readCapture(bytes)) {
          if (record.type !== "netlink") continue;
          const { protocol, order } = record;
          for (const message of record.messages) {
            summarize(message, { protocol, order });
            explain(message, { protocol, order });
            read++;
          }
        }
      } catch (e) {
        if (!(e instanceof CaptureError)) throw e;
        expect(e.message).toMatch(/^capture at byte \d+: /);
      }
    }),
    { numRuns: 150 },
  );
  expect(read).toBeGreaterThan(1500);
});

test("recordings, which then answer what they can", { timeout: 120_000 }, async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      let recording: Recording;
      try {
        recording = await readRecording(bytes);
      } catch (e) {
        if (!(e instanceof CaptureError)) throw e;
        return;
      }
      for (const protocol of [0, 4, 16]) {
        const transport = replay(recording, { protocol });
        transport.join(1);
        for (const { direction, bytes: sent } of recording.datagrams.filter((one) => one.protocol === protocol)) {
          if (direction !== "to-kernel") continue;
          try {
            transport.send(sent);
          } catch (e) {
            if (!(e instanceof CodecError || e instanceof ReplayError)) throw e;
          }
          while (transport.queued > 0)
            try {
              if (transport.receive()) answered++;
            } catch (e) {
              expect(e).toMatchObject({ code: "ENOBUFS" });
            }
        }
      }
    }),
    { numRuns: 80 },
  );
  expect(answered).toBeGreaterThan(200);
});
