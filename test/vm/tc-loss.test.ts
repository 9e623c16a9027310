import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  distributionTable,
  type LossModel,
  lossModelFor,
  lossModelOf,
  lossSimulator,
  lossStatistics,
  netem,
} from "../../src/index.ts";
import { expectLongRun } from "../support/losses.ts";
import { type Sandbox, sandbox, tcOf } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

const PORT = 4000;
const BURST = 100;
/** Sends so many numbered datagrams, a burst at a time. */
const SENDER = `
  const socket = require("node:dgram").createSocket("udp4");
  const packets = Number(process.argv[1]);
  const datagram = Buffer.alloc(4);
  let at = 0;
  socket.connect(${PORT}, "192.0.2.2", () => {
    const burst = () => {
      for (let i = 0; i < ${BURST} && at < packets; i++) {
        datagram.writeUInt32LE(at++);
        socket.send(Buffer.from(datagram));
      }
      if (at < packets) setTimeout(burst, 4);
      else socket.close();
    };
    burst();
  });`;
/** Prints the numbers that came, once its input has ended and nothing more comes. */
const RECEIVER = `
  const socket = require("node:dgram").createSocket({ type: "udp4", recvBufferSize: 1 << 24 });
  const came = [];
  let quiet = 0;
  socket.on("message", (datagram) => { quiet = 0; came.push(datagram.readUInt32LE(0)); });
  socket.bind(${PORT}, () => console.log("bound"));
  process.stdin.resume().on("end", () => setInterval(() => {
    if (++quiet > 5) { console.log(JSON.stringify(came)); process.exit(); }
  }, 50));`;

describe.skipIf(why)(`losses of a real netem${why}`, () => {
  let left: Sandbox;
  let right: Sandbox;
  beforeAll(async () => {
    [left, right] = [await sandbox(), await sandbox()];
    // Nothing but the test's datagrams may meet the qdisc: each packet draws random numbers.
    for (const box of [left, right]) box.sysctl("net.ipv6.conf.default.disable_ipv6", "1");
    // Nor may any be lost at the receiver, which is slow in an emulator.
    writeFileSync("/proc/sys/net/core/rmem_max", String(1 << 25));
    await left.nl.links.add({
      kind: "veth",
      name: "v0",
      address: "02:00:00:00:00:01",
      peer: { name: "v0", netns: right.name, address: "02:00:00:00:00:02" },
    });
    for (const [box, address] of [[left, "192.0.2.1/24"], [right, "192.0.2.2/24"]] as const) // biome-ignore format: a table
      await box.nl.addresses.add("v0", address);
    for (const box of [left, right]) await box.nl.links.set("v0", { up: true });
    await left.nl.neighbors.add({
      dst: "192.0.2.2",
      dev: "v0",
      lladdr: "02:00:00:00:00:02",
      state: "permanent",
    });
  });
  afterAll(() => {
    left?.close();
    right?.close();
  });

  const inside = (box: Sandbox, script: string, ...args: string[]) =>
    spawn("ip", ["netns", "exec", box.name, process.execPath, "-e", script, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  /** Which of so many packets are lost on the way through a new netem. */
  async function lossesOf(options: Parameters<typeof netem>[0], packets: number): Promise<boolean[]> {
    await left.nl.qdiscs.removeIfExists("v0");
    const receiver = inside(right, RECEIVER);
    let printed = "";
    receiver.stdout.on("data", (data) => {
      printed += data;
    });
    await once(receiver.stdout, "data");
    const qdisc = await left.nl.qdiscs.add("v0", netem({ limit: 100_000, ...options }));
    await once(inside(left, SENDER, String(packets)), "exit");
    const { stats } = await left.nl.qdiscs.get("v0");
    receiver.stdin.end();
    await once(receiver, "close");
    const losses = new Array<boolean>(packets).fill(true);
    for (const at of JSON.parse(printed.slice(printed.indexOf("["))) as number[]) losses[at] = false;
    // What the receiver misses is what the qdisc has dropped.
    expect(losses.filter((lost) => lost).length).toBe(stats!.drops);
    expect(lossModelOf(qdisc.options as object)).toBeDefined();
    return losses;
  }

  const models: readonly (readonly [string, LossModel])[] = [
    ["random", { model: "random", loss: "10%" }],
    ["state", { model: "state", p13: "5%", p31: "20%", p32: "30%", p23: "40%", p14: "1%" }],
    ["gemodel", { model: "gemodel", p: "5%", r: "20%", h: "30%", k: "99%" }],
    ["2% in runs of 5", lossModelFor({ loss: "2%", meanBurst: 5 })],
    // Chances of more than 100% together: the kernel's sum wraps around.
    ["state beyond 100%", { model: "state", p13: "60%", p31: "50%", p32: "30%", p23: "40%", p14: "50%" }],
  ];
  test.each(models)("%s: with the kernel's seed the simulator loses the same 10,000 packets", async (_, loss) => {
    const seed = 0x0123_4567_89ab_cdefn;
    const losses = await lossesOf({ loss, seed }, 10_000);
    const lost = lossSimulator(loss, { seed });
    expect(losses).toEqual(losses.map(() => lost()));
    expectLongRun(losses, lossStatistics(loss));
  });

  test.each([
    ["20%", "25%"],
    ["45%", "80%"],
  ])(
    "random %s with a correlation of %s: 20,000 packets are as the closed form says with 99.99 percent confidence, and after some the simulator's",
    async (loss, correlation) => {
      const model = { model: "random", loss, correlation } as const;
      const losses = await lossesOf({ loss, lossCorrelation: correlation, seed: 42 }, 20_000);
      expectLongRun(losses, lossStatistics(model));
      const lost = lossSimulator(model, { seed: 42 });
      const ours = losses.map(() => lost());
      // What the kernel began with has been halved away more than a hundred times.
      expect(losses.slice(500)).toEqual(ours.slice(500));
    },
  );

  test("delays are spread by the table of a name: their mean is seen, with 99.99% confidence", async () => {
    const table = distributionTable("pareto");
    const deviations = table.map((deviation) => (deviation / 8192) * 20);
    const mean = deviations.reduce((sum, ms) => sum + ms, 0) / table.length;
    const spread = Math.sqrt(deviations.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / table.length);
    await left.nl.qdiscs.removeIfExists("v0");
    await left.nl.qdiscs.add("v0", netem({ delay: "60ms", jitter: "20ms", distribution: "pareto", limit: 100_000 }));
    const text = left.exec("ping", "-c", "400", "-i", "0.01", "-q", "-W", "2", "192.0.2.2");
    const [, least, seen] = /= ([\d.]+)\/([\d.]+)\//.exec(text)!.map(Number);
    // Pareto begins at two thirds of the jitter below the delay; the way itself takes a few milliseconds in an emulator.
    expect(least).toBeGreaterThan(60 + Math.min(...deviations));
    expect(seen).toBeGreaterThan(60 + mean - (3.89 * spread) / 20);
    expect(seen).toBeLessThan(60 + mean + (3.89 * spread) / 20 + 5);
  });
  test("a distribution by the name of iproute2's files, and one that there is not", async () => {
    const jitter = { delay: "60ms", jitter: "20ms" };
    const told = async () => ({ ...(await left.nl.qdiscs.get("v0")).options, seed: 0 });
    for (const name of ["normal", "experimental"]) {
      await left.nl.qdiscs.replace("v0", netem({ ...jitter, distribution: name }));
      const ours = await told();
      tcOf(left)("qdisc", "replace", "dev", "v0", "root", "netem", "delay", "60ms", "20ms", "distribution", name);
      expect(await told()).toEqual(ours);
    }
    await expect(left.nl.qdiscs.replace("v0", netem({ ...jitter, distribution: "nope" }))).rejects.toThrow(
      'distribution: "nope" is not known',
    );
  });
});
