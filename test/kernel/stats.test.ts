import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";
import { recorder, silent } from "../support/silent.ts";

describe.skipIf(noKernel)(titled("link statistics on the live kernel"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    const { links } = box.nl;
    await links.add({ kind: "bridge", name: "br0", up: true });
    await links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" }, master: "br0" });
    for (const dev of ["veth0", "veth1"]) await links.set(dev, { up: true });
    box.ip("addr", "add", "192.0.2.1/24", "dev", "veth1");
    box.exec("ping", "-c1", "-W1", "127.0.0.1");
  });
  afterAll(() => box?.close());

  test("what a link counts, as ip shows it", async () => {
    const { stats } = box.nl;
    const lo = await stats.get("lo", { groups: ["link_64"] });
    const [shown] = box.json("-s", "link", "show", "lo") as { stats64: { rx: object; tx: object } }[];
    expect(shown?.stats64).toMatchObject({
      rx: { packets: lo.link64?.rxPackets, bytes: lo.link64?.rxBytes },
      tx: { packets: lo.link64?.txPackets, bytes: lo.link64?.txBytes },
    });
    expect(lo.link64?.rxPackets).toBeGreaterThan(0);
    expect(Object.keys(lo)).toEqual(["dev", "index", "message", "link64"]);
    expect((await stats.list({ groups: ["link_64"] })).map((s) => s.dev).sort()).toEqual([
      "br0",
      "lo",
      "veth0",
      "veth1",
    ]);
    expect((await stats.list({ dev: "lo" })).map((s) => s.dev)).toEqual(["lo"]);
  });
  test("what a bridge counts, of itself and of a port", async () => {
    const { stats } = box.nl;
    const ofBridge = await stats.get("br0", { groups: ["link_xstats"] });
    expect(ofBridge.linkXstats?.bridge?.mcast?.igmpV1queries).toEqual([expect.any(Number), expect.any(Number)]);
    const ofPort = await stats.get("veth0", { groups: ["link_xstats_slave"] });
    expect(ofPort.linkXstatsSlave?.bridge?.stp).toMatchObject({ rxBpdu: 0, transitionFwd: expect.any(Number) });
    const streamed: unknown[] = [];
    for await (const s of stats.stream({ groups: ["link_xstats_slave"] })) if (s.linkXstatsSlave) streamed.push(s.dev);
    expect(streamed).toEqual(["veth0"]);
  });
  test("whether the hardware counts", async () => {
    const { stats } = box.nl;
    const wanted = async () =>
      (await stats.get("veth0", { groups: ["link_offload_xstats"], offload: ["hw_s_info"] })).linkOffloadXstats?.hwSInfo
        ?.l3Stats;
    expect(await wanted()).toEqual({ request: false, used: false });
    await stats.set("veth0", { l3Stats: true });
    expect(await wanted()).toEqual({ request: true, used: false }); // there is no hardware to do it
    await stats.set("veth0", { l3Stats: false });
    expect(await wanted()).toEqual({ request: false, used: false });
    await expect(stats.set("eth99", { l3Stats: true })).rejects.toThrow("interface not found: eth99");
    await expect(stats.get(9999)).rejects.toThrow("interface not found: 9999");
  });
});

describe("link statistics: options", () => {
  test("bytes of a request, as of ip stats set", async () => {
    const { nl, sent } = await recorder();
    await nl.stats.set(3, { l3Stats: true });
    expect(sent).toEqual([{ type: 95, flags: 0x5, hex: `0000000003000000000000000500020001000000` }]);
  });
  test.each<[string, object, string]>([
    ["no group", { groups: [] }, "stats.groups: at least one is needed"],
    ["a group that is none", { groups: ["link64"] }, 'stats.groups: "link64" is not one of link_64'],
    ["a part that is none", { offload: ["l3"] }, 'stats.offload: "l3" is not one of cpu_hit'],
    ["a misspelling", { group: ["link_64"] }, "stats.group: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, filter, message) => {
    await expect((await silent()).stats.list(filter as never)).rejects.toThrow(message);
    await expect((await silent()).stats.get(3, filter as never)).rejects.toThrow(message);
  });
  test("settings that are none", async () => {
    const { stats } = await silent();
    await expect(stats.set(3, { l3Stats: 1 as never })).rejects.toThrow("stats.l3Stats: 1 is not true or false");
    await expect(stats.set(3, { l3stats: true } as never)).rejects.toThrow("stats.l3stats: there is no such option");
  });
});
