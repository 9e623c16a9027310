import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Connection, netem, netns } from "../../src/index.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";
const [left, right] = [`nlt-l-${process.pid}`, `nlt-r-${process.pid}`];

/** What a program prints that runs in a namespace. */
async function output(name: string, command: string, ...args: string[]): Promise<string> {
  const child = await netns.exec(name, command, args, { mounts: false });
  let text = "";
  child.stdout!.on("data", (data) => {
    text += data;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return text;
}

describe.skipIf(why)(`two namespaces like containers${why}`, () => {
  const size = 4 << 20;
  let port: number;
  let server: ReturnType<typeof createServer>;
  beforeAll(async () => {
    await netns.create(left);
    await netns.create(right);
    await using nl = await Connection.open({ netns: left });
    await using other = await Connection.open({ netns: right });
    await nl.links.add({ kind: "veth", name: "eth0", peer: { name: "eth0", netns: right } });
    await nl.addresses.add("eth0", "192.0.2.1/24");
    await other.addresses.add("eth0", "192.0.2.2/24");
    for (const end of [nl, other]) await end.links.set("eth0", { up: true });
    server = await netns.run(right, () => createServer((socket) => socket.end(new Uint8Array(size))).listen(0));
    if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server?.close();
    for (const name of [left, right]) await netns.delete(name);
  });
  /** Bytes that arrived and milliseconds that it took. */
  const transfer = async () => {
    const script = `
      const start = performance.now();
      let bytes = 0;
      require("node:net").connect({ port: ${port}, host: "192.0.2.2" })
        .on("data", (data) => { bytes += data.length; })
        .on("end", () => console.log(bytes, performance.now() - start));`;
    const [bytes, ms] = (await output(left, process.execPath, "-e", script)).split(" ").map(Number);
    return { bytes, ms: ms! };
  };

  test("a TCP transfer is as fast as netem lets it be", async () => {
    const free = await transfer();
    await using nl = await Connection.open({ netns: right });
    await nl.qdiscs.replace("eth0", netem({ rate: "8mbit", limit: 10_000 }));
    const limited = await transfer();
    console.info(`4 MiB over veth: ${free.ms.toFixed(0)} ms; at 8 Mbit/s: ${limited.ms.toFixed(0)} ms`);
    expect([free.bytes, limited.bytes]).toEqual([size, size]);
    expect(limited.ms).toBeGreaterThan(((size * 8) / 8e6) * 1e3 * 0.9);
    const qdisc = (await nl.qdiscs.list({ dev: "eth0" })).find((q) => q.kind === "netem");
    expect(qdisc!.stats!.bytes).toBeGreaterThan(size);
  });

  test("a delay is seen by ping, in the namespace that has it", async () => {
    await using nl = await Connection.open({ netns: right });
    await nl.qdiscs.replace("eth0", netem({ delay: "200ms" }));
    const text = await output(left, "ping", "-c", "2", "192.0.2.2");
    expect(Number(/ = ([\d.]+)\//.exec(text)![1])).toBeGreaterThan(200);
  });
});
