import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const MB = 1 << 20;
/** Of what is alive, external memory (datagrams) included. */
const alive = () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe.skipIf(noKernel)(titled("a table of 100,000 routes"), () => {
  const ROUTES = 100_000;
  let box: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
    box.ip("link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
    box.ip("link", "set", "veth1", "up");
    box.ip("link", "set", "veth0", "up");
    box.ip("address", "add", "192.168.77.1/24", "dev", "veth0");
    const { index } = await box.nl.links.get("veth0");
    const batch = box.nl.batch();
    for (let i = 0; i < ROUTES; i++)
      batch.add(
        box.nl.routes.prepare("add", {
          dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
          via: `192.168.77.${2 + (i % 16)}`,
          dev: index,
        }),
      );
    expect((await batch.send()).find((error) => error !== undefined)).toBeUndefined();
  }, 120_000);
  afterEach(() => box?.close());

  test("is streamed in memory that stays flat, where the list takes tens of megabytes", async () => {
    const { routes } = box.nl;
    const filter = { family: "inet", table: "main" } as const;
    for await (const _ of routes.stream(filter)) break; // what is made once
    const before = alive();
    const held: number[] = [];
    let seen = 0;
    for await (const batch of routes.stream(filter).batches()) {
      if (Math.floor(seen / 10_000) < Math.floor((seen + batch.length) / 10_000)) held.push(alive() - before);
      seen += batch.length;
    }
    expect(seen).toBe(ROUTES + 1); // and the network of the address
    expect(held).toHaveLength(10);
    expect(Math.max(...held)).toBeLessThan(5 * MB);
    const all = await routes.list(filter);
    expect(alive() - before).toBeGreaterThan(20 * MB);
    expect(all).toHaveLength(seen);
  }, 120_000);
});
