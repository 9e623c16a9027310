import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TunTap } from "../../src/index.ts";
import { type Sandbox, sandbox, tcOf } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(why)(`TUN and TAP devices${why}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
  });
  afterAll(() => box?.close());

  // Frames stay this device's until they have left: the shaper keeps them. What goes through IP is let go of at once (ip_rcv_core).
  test("a write waits while there is no room, and is ended by room, by the signal and by closing", async () => {
    const tc = tcOf(box);
    await using tap = await TunTap.create({ mode: "tap", name: "tap0", netns: box.name });
    await box.nl.links.add({ kind: "veth", name: "out0", peer: { name: "out1" } });
    for (const name of ["tap0", "out0", "out1"]) await box.nl.links.set(name, { up: true });
    tc("qdisc", "add", "dev", "out0", "root", "tbf", "rate", "8kbit", "burst", "600", "limit", "100000");
    tc("qdisc", "add", "dev", "tap0", "clsact");
    tc("filter", "add", "dev", "tap0", "ingress", "matchall", "action", "mirred", "egress", "redirect", "dev", "out0");
    tap.setSendBuffer(1);
    const frame = new Uint8Array(500);
    frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 0]);
    let waited = 0;
    for (let i = 0; i < 4; i++) {
      const start = performance.now();
      await tap.write(frame);
      waited = Math.max(waited, performance.now() - start);
    }
    expect(waited).toBeGreaterThan(100); // half a second each, at this rate
    const controller = new AbortController();
    const blocked = tap.write(frame, { signal: controller.signal });
    expect(await Promise.race([blocked, sleep(20)])).toBeUndefined();
    controller.abort();
    await expect(blocked).rejects.toMatchObject({ code: "ECANCELED" });
    const last = tap.write(frame);
    await sleep(5);
    tap.close();
    await expect(last).rejects.toMatchObject({ code: "EBADF" });
  });
});
