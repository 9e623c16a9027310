import { afterAll, beforeAll, describe, test } from "vitest";
import { fqCodel } from "../../src/codec/tc/qdisc/fq-codel.ts";
import { htb } from "../../src/codec/tc/qdisc/htb.ts";
import { netem } from "../../src/codec/tc/qdisc/netem.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { checkQdisc, type QdiscRow } from "../support/tc.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

// This kernel reports a seed with every netem, another one each time.
const SEED = { tcDiffers: { seed: "newer than iproute2 6.1" }, oursOnly: /seed \d+/, volatile: ["seed"] };
const FLOWS = {
  noReplace: "flows cannot be changed (fq_codel_change)",
  tcDiffers: { ce_threshold_selector: "newer than iproute2 6.1", ce_threshold_mask: "the same" },
  oursOnly: /ce_threshold_selector 0x0/,
};

const rows: QdiscRow[] = [
  { spec: netem(), words: "" },
  {
    spec: netem({
      delay: "100ms",
      jitter: "10ms",
      correlation: "25%",
      loss: "1%",
      lossCorrelation: "25%",
      duplicate: "1%",
      duplicateCorrelation: "2%",
      corrupt: "0.1%",
      corruptCorrelation: "3%",
      reorder: "25%",
      reorderCorrelation: "50%",
      gap: 5,
      rate: { rate: "1mbit", packetOverhead: 10, cellSize: 48, cellOverhead: -4 },
      ecn: true,
      limit: 500,
    }),
    words:
      "limit 500 delay 100ms 10ms 25% loss 1% 25% duplicate 1% 2% corrupt 0.1% 3% reorder 25% 50% gap 5 rate 1mbit 10 48 -4 ecn",
    read: {
      delayMs: 100,
      jitterMs: 10,
      correlationPercent: 25,
      lossPercent: 1,
      rate: { rateBytesPerSecond: 125_000, packetOverhead: 10, cellSize: 48, cellOverhead: -4 },
      ecn: true,
      limit: 500,
    },
  },
  {
    spec: netem({ loss: { model: "gemodel", p: "1%", r: "10%", h: "30%", k: "99.9%" } }),
    words: "loss gemodel 1% 10% 70% 0.1%",
  },
  {
    spec: netem({ loss: { model: "state", p13: "1%", p31: "90%", p32: "2%", p23: "80%", p14: "3%" } }),
    words: "loss state 1% 90% 2% 80% 3%",
  },
  {
    spec: netem({ slot: { minDelay: "800us", maxDelay: "1ms", packets: 10, bytes: 1500 } }),
    words: "slot 800us 1ms packets 10 bytes 1500",
  },
  { spec: netem({ rate: "40gbit" }), words: "rate 40gbit" },
  { spec: fqCodel(), words: "", ...FLOWS },
  {
    spec: fqCodel({
      target: "10ms",
      interval: "200ms",
      limit: 1000,
      flows: 512,
      quantum: "300b",
      memoryLimit: "4mb",
      ceThreshold: "1ms",
      ecn: false,
    }),
    words: "target 10ms interval 200ms limit 1000 flows 512 quantum 300 memory_limit 4mb ce_threshold 1ms noecn",
    ...FLOWS,
  },
  {
    spec: htb({ default: "1:10", r2q: 20, directQlen: 500 }),
    words: "default 10 r2q 20 direct_qlen 500",
    noReplace: "htb cannot be changed (no htb_change)",
  },
];

describe.skipIf(why)(`netem, fq_codel and htb in the full kernel${why}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    await box.nl.links.add({ kind: "dummy", name: "d0" });
  });
  afterAll(() => box?.close());
  test.each(
    rows.map(
      (row) => [`${row.spec.kind} ${row.words}`, row.spec.kind === "netem" ? { ...row, ...SEED } : row] as const,
    ),
  )("%s", (_, row) => checkQdisc(box, "d0", row));
});
