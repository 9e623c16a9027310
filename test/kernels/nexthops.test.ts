import { afterEach, beforeEach, expect, test } from "vitest";
import { isExists, isNotFound } from "../../src/api/errors.ts";
import type { NexthopOptions } from "../../src/api/nexthops.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("nexthop objects", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
    await box.nl.addresses.add("veth0", "192.0.2.1/24");
    await box.nl.addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
  });
  afterEach(() => box?.close());

  test("every kind of way comes back as it was given, and as ip shows it", async () => {
    const { nexthops } = box.nl;
    const rows: [NexthopOptions & { id: number }, object][] = [
      [
        { id: 1, via: "192.0.2.2", dev: "veth0" },
        { gateway: "192.0.2.2", dev: "veth0" },
      ],
      [
        { id: 2, via: "2001:db8::2", dev: "veth0", protocol: "zebra" },
        { gateway: "2001:db8::2", protocol: "zebra" },
      ],
      [{ id: 3, dev: "veth0" }, { dev: "veth0" }],
      [{ id: 4, blackhole: true }, { blackhole: null }],
      [{ id: 5, blackhole: true, family: "inet6" }, { blackhole: null }],
      [
        { id: 6, via: "203.0.113.1", dev: "veth0", onlink: true },
        { gateway: "203.0.113.1", flags: ["onlink"] },
      ],
      [
        { id: 7, via: "192.0.2.7", fdb: true },
        { gateway: "192.0.2.7", fdb: null },
      ],
      [
        { id: 8, dev: "veth0", encap: { type: "ip", id: 5, dst: "192.0.2.77", ttl: 9 } },
        { encap: "ip", dst: "192.0.2.77", dev: "veth0" },
      ],
      [{ id: 4294967295, via: "192.0.2.14", dev: "veth0" }, { gateway: "192.0.2.14" }],
    ];
    for (const [options] of rows) expect(await nexthops.add(options)).toBe(options.id);
    for (const [{ onlink, encap, ...options }, shown] of rows) {
      const found = await nexthops.get(options.id);
      expect(found).toMatchObject(options);
      if (onlink) expect(found.flags).toEqual(["onlink"]);
      if (encap) expect(found.encap).toMatchObject({ type: "ip", id: "0x5", dst: "192.0.2.77", ttl: 9 });
      expect(found.message.unknown).toBeUndefined();
      if (kernel.live) expect(box.json("nexthop", "show", "id", String(options.id))[0]).toMatchObject(shown);
    }
    expect((await nexthops.list()).map((n) => n.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 4294967295]);
    expect((await nexthops.list({ family: "inet6" })).map((n) => n.id)).toEqual([2, 5]);
    expect((await nexthops.list({ protocol: "zebra" })).map((n) => n.id)).toEqual([2]);
    expect((await nexthops.list({ fdb: true })).map((n) => n.id)).toEqual([7]);
    expect((await nexthops.list({ dev: "veth0", fdb: false })).map((n) => n.id)).toEqual([1, 2, 3, 6, 8, 4294967295]);
    const streamed: number[] = [];
    for await (const { id } of nexthops.stream({ dev: "veth0" })) streamed.push(id);
    expect(streamed).toEqual([1, 2, 3, 6, 8, 4294967295]);
    expect(await nexthops.flush({ dev: "veth0" })).toBe(6);
    expect(await nexthops.flush()).toBe(3);
    expect(await nexthops.list()).toEqual([]);
  });

  test("the kernel chooses an id; change, replace, remove", async () => {
    const { nexthops, routes } = box.nl;
    const id = await nexthops.add({ via: "192.0.2.2", dev: "veth0" });
    expect(id).toBeGreaterThan(0);
    expect(await nexthops.find(id)).toMatchObject({ via: "192.0.2.2" });
    await expect(nexthops.add({ id, via: "192.0.2.3", dev: "veth0" })).rejects.toSatisfy(isExists);
    await nexthops.change({ id, via: "192.0.2.3", dev: "veth0" });
    expect(await nexthops.get(id)).toMatchObject({ via: "192.0.2.3" });
    await expect(nexthops.change({ id: 99, via: "192.0.2.3", dev: "veth0" })).rejects.toSatisfy(isNotFound);
    await nexthops.replace({ id: 99, via: "192.0.2.4", dev: "veth0" });
    await routes.add({ dst: "10.0.0.0/8", nexthopId: 99 });
    expect(await routes.find("10.0.0.0/8")).toMatchObject({ nexthopId: 99, via: "192.0.2.4" });
    await nexthops.remove(99);
    expect(await routes.find("10.0.0.0/8")).toBeUndefined();
    expect(await nexthops.find(99)).toBeUndefined();
    expect(await nexthops.removeIfExists(99)).toBe(false);
    expect(await nexthops.removeIfExists(id)).toBe(true);
    await expect(nexthops.add({ via: "192.0.2.2", dev: "eth99" })).rejects.toThrow("interface not found: eth99");
    await expect(nexthops.add({ via: "203.0.113.9", dev: "veth0" })).rejects.toMatchObject({
      kernelMessage: "Nexthop has invalid gateway",
    });
  });

  kernel.liveTest("groups, resilient ones with their buckets, counters", async () => {
    const { nexthops } = box.nl;
    await nexthops.add({ id: 1, via: "192.0.2.2", dev: "veth0" });
    await nexthops.add({ id: 2, via: "192.0.2.3", dev: "veth0" });
    await nexthops.add({ id: 20, group: [1, { id: 2, weight: 5 }], protocol: "bgp" });
    const resilient = {
      id: 30,
      group: [1, 2],
      type: "resilient",
      buckets: 8,
      idleTimerMs: 60_000,
      unbalancedTimerMs: 300_000,
    } as const;
    await nexthops.add(resilient);
    expect(await nexthops.get(20)).toMatchObject({
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 5 },
      ],
      type: "mpath",
      protocol: "bgp",
    });
    expect(await nexthops.get(30)).toMatchObject({
      ...resilient,
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 1 },
      ],
      unbalancedTimeMs: 0,
    });
    expect((await nexthops.list({ groups: true })).map((n) => n.id)).toEqual([20, 30]);
    expect((await nexthops.list({ groups: false })).map((n) => n.id)).toEqual([1, 2]);
    const buckets = await nexthops.buckets({ id: 30 });
    expect(buckets.map((b) => b.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await nexthops.buckets({ nexthopId: 1 })).toHaveLength(4);
    expect(await nexthops.buckets({ dev: "veth1" })).toEqual([]);
    expect(await nexthops.bucket(30, 3)).toMatchObject({ id: 30, index: 3, nexthopId: buckets[3]!.nexthopId });
    await expect(nexthops.bucket(30, 8)).rejects.toMatchObject({ code: "ENOENT" });
    // Linux 6.9; an older kernel refuses the attribute.
    const counted = await nexthops.get(20, { stats: true });
    expect(counted.stats).toEqual([
      { id: 1, packets: 0 },
      { id: 2, packets: 0 },
    ]);
    expect((await nexthops.list({ stats: true })).find((n) => n.id === 30)?.stats).toHaveLength(2);
    await nexthops.replace({ id: 20, group: [{ id: 2, weight: 256 }] });
    expect((await nexthops.get(20)).group).toEqual([{ id: 2, weight: 256 }]);
    expect(await nexthops.flush({ protocol: "bgp" })).toBe(1); // the kernel keeps a replaced one's
    expect(await nexthops.flush({ groups: true })).toBe(1);
    expect(await nexthops.flush()).toBe(2);
  });
});
