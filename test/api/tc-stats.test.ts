import { expect, test } from "vitest";
import { readStats } from "../../src/api/tc/stats.ts";
import { fqCodelFlowKind } from "../../src/codec/tc/qdisc/fq-codel.ts";

const queue = { qlen: 3, backlog: 300, drops: 4, requeues: 5, overlimits: 6 };
const old = { bytes: 10n, packets: 1, drops: 2, overlimits: 3, bps: 0, pps: 0, qlen: 4, backlog: 5 };
test.each<[string, object, object | undefined]>([
  ["counters and queue", { stats2: { basic: { bytes: 100n, packets: 7 }, queue } }, { bytes: 100, packets: 7, ...queue }],
  ["more packets than 32 bits hold", { stats2: { basic: { bytes: 1n, packets: 1 }, pkt64: 2n ** 32n + 1n } }, { packets: 2 ** 32 + 1, drops: 0 }],
  ["an estimate", { stats2: { basic: { bytes: 1n, packets: 1 }, rateEst: { bps: 5, pps: 1 }, rateEst64: { bps: 2n ** 33n, pps: 1n } } }, { rate: { bytesPerSecond: 2 ** 33, packetsPerSecond: 1 } }],
  ["the share of the hardware", { stats2: { basic: { bytes: 9n, packets: 3 }, basicHw: { bytes: 8n, packets: 2 } } }, { bytes: 9, hardware: { bytes: 8, packets: 2 } }],
  ["the older form alone", { stats: old }, { bytes: 10, packets: 1, drops: 2, requeues: 0, qlen: 4, backlog: 5 }],
  // Flows of fq_codel have no counters in the newer form, and lost what they are told of there.
  ["a queue without counters", { stats2: { queue, app: { deficit: -3 } }, stats: { ...old, bytes: 0n, packets: 0 } }, { bytes: 0, packets: 0, qlen: 3, drops: 4, requeues: 5 }],
  ["none at all", { stats2: {} }, undefined],
])("%s", (_what, message, expected) => {
  const read = readStats(message as never, undefined, () => undefined);
  if (expected === undefined) expect(read).toBeUndefined();
  else expect(read).toMatchObject(expected);
}); // biome-ignore format: a table

test("what a flow of fq_codel counts itself is in the user's terms", () => {
  const classStats = { deficit: -3, ldelay: 9000, count: 1, lastcount: 0, dropping: 1, dropNext: 0 };
  const stats2 = { queue, app: { type: 1, classStats } };
  const read = readStats({ stats2, stats: old } as never, fqCodelFlowKind.xstats, () => undefined);
  expect(read?.app).toMatchObject({ type: "class", classStats: { deficit: -3, ldelayMs: 9, dropping: true } });
});
