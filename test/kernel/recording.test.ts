/** What a live kernel says, recorded and answered again without it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection, SockDiag, type Transport } from "../../src/index.ts";
import { openLinux } from "../../src/transport/linux/index.ts";
import { Recording, readRecording, record, replay } from "../../src/transport/replay/index.ts";
import { VirtualKernel } from "../../src/transport/virtual/index.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";
import { program } from "../support/program.ts";

describe.skipIf(noKernel)(titled("recordings of the live kernel"), () => {
  let box: Sandbox;
  let other: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
    other = await sandbox();
  });
  afterEach(() => {
    box?.close();
    other?.close();
  });

  test("a program sees the same again, from what was saved", { timeout: 300_000 }, async () => {
    const live = record(openLinux({ netns: box.name }));
    const seen = await program(live, other.name);
    expect(JSON.stringify(seen.seen)).toMatch(/EEXIST.*ENETUNREACH.*EEXIST.*ENODEV/s);
    expect(seen.told.at(-1)).toEqual(["link", "del", "a1", 1400]);
    const saved = await readRecording(live.recording.pcapng());
    expect(saved.damage).toEqual([]);
    const again = replay(saved);
    expect(await program(again, "a namespace that is not here")).toEqual(seen);
    again.verify();
    // In a pcap file it does not stand who received what: it follows.
    const plain = replay(await readRecording(live.recording.pcap()));
    expect(await program(plain, other.name)).toEqual(seen);
    plain.verify();
  });

  test("a program sees the same of the virtual kernel", { timeout: 300_000 }, async () => {
    const real = await program(openLinux({ netns: box.name }), other.name);
    const kernel = new VirtualKernel();
    kernel.createNetns("other");
    const up = await Connection.open({ transport: kernel.open() });
    await up.links.set("lo", { up: true });
    const virtual = await program(kernel.open(), "other");
    expect(virtual.seen).toEqual(real.seen);
    // When a peer's carrier is told of, a workqueue decides (net/core/link_watch.c).
    const others = (told: unknown[]) => told.filter((event) => !JSON.stringify(event).includes('"b1"'));
    expect(others(virtual.told)).toEqual(others(real.told));
    const sorted = (told: unknown[]) => told.map((event) => JSON.stringify(event)).sort();
    expect(sorted(virtual.told)).toEqual(sorted(real.told));
  });

  test("socket diagnostics, with the names of devices", async () => {
    const recording = new Recording();
    const list = async (transport: Transport, routeTransport: Transport) => {
      await using sockets = await SockDiag.open({ transport, routeTransport });
      return (await sockets.list("netlink")).map(({ netlinkProtocol, portId }) => [netlinkProtocol, portId]);
    };
    const diag = record(openLinux({ protocol: 4, netns: box.name }), recording);
    const seen = await list(diag, record(openLinux({ netns: box.name }), recording));
    expect(seen.length).toBeGreaterThan(1);
    const saved = await readRecording(recording.pcapng());
    expect(await list(replay(saved, { protocol: 4 }), replay(saved))).toEqual(seen);
  });
});
