import { describe } from "vitest";
import { netemKind } from "../../../src/codec/tc/qdisc/netem.ts";
import { checkRefusals, checkRows } from "./support.ts";

describe("netem", () => {
  checkRows(netemKind, [
    {
      words: "loss gemodel 1% 10% 70% 0.1%",
      given: { loss: { model: "gemodel", p: "1%", r: "10%", h: "30%", k: "99.9%" } },
      hex: "00000000e8030000000000000000000000000000000000001800050014000200295c8f029a999919cdcccc4c37894100",
      read: { limit: 1000, lossModel: { model: "gemodel", pPercent: 1, rPercent: 10, hPercent: 30, kPercent: 99.9 } },
    },
    {
      words: "loss state 1% 90% 2% 80% 3%",
      hex: "00000000e8030000000000000000000000000000000000001c00058018000100295c8f02666666e652b81e057b14ae07cccccccc".replace(
        "0580",
        "0500",
      ),
    },
    {
      words: "slot 800us 1ms packets 10 bytes 1500",
      given: { slot: { minDelay: "800us", maxDelayMs: 1, packets: 10, bytes: 1500 } },
      hex: "00000000e8030000000000000000000000000000000000002c000c0000350c000000000040420f00000000000a000000dc05000000000000000000000000000000000000",
    },
    {
      words: "rate 40gbit 10 48 -4",
      given: { rate: { rate: "40gbit", packetOverhead: 10, cellSize: 48, cellOverhead: -4 } },
    },
    { words: "delay 100ms 10ms 25%", given: { delay: "0.1s", jitterMs: 10, correlation: "25%" } },
    { words: "delay 10m".replace("10m", "300s"), read: { limit: 1000, delayMs: 300_000 } },
    { words: "reorder 25% 50% gap 5", given: { reorder: "25%", reorderCorrelation: "50%", gap: 5 } },
    { words: "limit 5 duplicate 1% 2% corrupt 0.1% ecn seed 5 loss random 2% 3%" },
  ]);
  checkRefusals(netemKind, [
    ["foo", 'netem: "foo" is not known here'],
    ["delay", "netem: delay: a time such as"],
    ["delay 10x", 'netem: delay: "10x" is not a time'],
    [{ delay: "10" }, 'netem.delay: "10" is not a time'],
    [{ delay: "-1ms" }, "netem.delay: "],
    [{ delay: "1ms", delayMs: 1 }, "netem.delay: delay and delayMs are the same"],
    [{ foo: 1 }, "netem.foo: there is no such option"],
    [{ loss: "101%" }, 'netem.loss: "101%" is more than 100%'],
    [{ jitter: "1ms" }, "netem.jitter: there is no jitter without a delay"],
    [{ loss: { model: "x" } }, 'netem.loss.model: "x" is not one of random, state, gemodel'],
    [{ limit: -1 }, "netem.limit: -1 is not an integer"],
  ]);
});
