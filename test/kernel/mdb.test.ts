import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isExists, isNotFound, isNotSupported } from "../../src/api/errors.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("multicast entries on the live kernel"), () => {
  let box: Sandbox;
  const group = "239.1.1.1";
  beforeEach(async () => {
    box = await sandbox();
    const { links } = box.nl;
    await links.add({ kind: "bridge", name: "br0", up: true, mcastIgmpVersion: 3, mcastMldVersion: 2 });
    await links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" }, master: "br0" });
    for (const dev of ["veth0", "veth1"]) await links.set(dev, { up: true });
  });
  afterEach(() => box?.close());
  /** Without what the bridge and IPv6 join by themselves. */
  const groups = async () =>
    (await box.nl.mdb.list())
      .map((e) => e.group)
      .filter((g) => !g.startsWith("ff02:"))
      .sort();

  test("a bridge's entries, as the system's bridge command shows them", async () => {
    const { mdb } = box.nl;
    await mdb.add({ dev: "br0", port: "veth0", group, state: "permanent" });
    await mdb.add({ dev: "br0", port: "veth0", group: "239.1.1.2", source: "192.0.2.1", protocol: "zebra" });
    const sources = ["2001:db8::1", "2001:db8::2"];
    await mdb.add({ dev: "br0", port: "veth0", group: "ff05::1", mode: "include", sources });
    await mdb.add({ dev: "br0", port: "veth0", group: "01:00:5e:7f:01:05", state: "permanent" });
    await mdb.add({ dev: "br0", group: "239.1.1.9" });
    const [shown] = box.bridge("mdb", "show") as [{ mdb: Record<string, string>[] }];
    const line = (...parts: (string | number | undefined)[]) => parts.map((part) => part ?? "-").join(" ");
    const settled = (group: string | undefined) => !group?.startsWith("ff02:");
    expect(
      (await mdb.list({ dev: "br0" }))
        .filter((e) => settled(e.group))
        .map((e) => line(e.dev, e.port, e.group, e.source, e.state, e.protocol, e.mode))
        .sort(),
    ).toEqual(
      shown.mdb
        .filter((e) => settled(e.grp))
        .map((e) => line(e.dev, e.port, e.grp, e.src, e.state, e.protocol, e.filter_mode))
        .sort(),
    );
    expect(await mdb.get({ dev: "br0", port: "veth0", group })).toMatchObject({
      group,
      state: "permanent",
      timerMs: 0,
    });
    expect(await mdb.get({ dev: "br0", group: "FF05:0::1" })).toMatchObject({
      mode: "include",
      sources: expect.arrayContaining(sources.map((address) => expect.objectContaining({ address }))),
    });
    expect(await mdb.get({ dev: "br0", group: "239.1.1.2", source: "192.0.2.1" })).toMatchObject({
      source: "192.0.2.1",
      state: "temp",
      protocol: "zebra",
    });
    expect(await mdb.find({ dev: "br0", port: "veth0", group: "239.1.1.9" })).toBeUndefined(); // the host's only
    expect(await mdb.find({ dev: "br0", group: "239.1.1.9" })).toMatchObject({ port: "br0" });
    const streamed: string[] = [];
    for await (const entry of mdb.stream({ port: "veth0", group: "FF05::1" })) streamed.push(entry.source ?? "*");
    expect(streamed.sort()).toEqual(["*", ...sources]);
    await expect(mdb.add({ dev: "br0", port: "veth0", group })).rejects.toSatisfy(isExists);
    await mdb.replace({ dev: "br0", port: "veth0", group, state: "temp" });
    expect((await mdb.get({ dev: "br0", port: "veth0", group })).timerMs).toBeGreaterThan(0);
    expect(await mdb.removeIfExists({ dev: "br0", port: "veth0", group })).toBe(true);
    expect(await mdb.removeIfExists({ dev: "br0", port: "veth0", group })).toBe(false);
    await expect(mdb.remove({ dev: "br0", port: "veth0", group })).rejects.toMatchObject({ code: "EINVAL" });
    await expect(mdb.add({ dev: "br0", port: "eth99", group })).rejects.toThrow("interface not found: eth99");
    await expect(mdb.removeIfExists({ dev: "eth99", group })).rejects.toThrow("interface not found: eth99");
    await expect(mdb.add({ dev: "lo", group })).rejects.toSatisfy(isNotSupported);
  });

  test("the kernel flushes what a filter says", async () => {
    const { mdb } = box.nl;
    const fill = async () => {
      await mdb.replace({ dev: "br0", port: "veth0", group: "239.1.1.1", state: "permanent" });
      await mdb.replace({ dev: "br0", port: "veth0", group: "239.1.1.2", protocol: "zebra" });
      await mdb.replace({ dev: "br0", group: "239.1.1.3" });
    };
    await fill();
    expect(await groups()).toEqual(["239.1.1.1", "239.1.1.2", "239.1.1.3"]);
    await mdb.flush("br0", { state: "permanent" });
    expect(await groups()).toEqual(["239.1.1.2", "239.1.1.3"]);
    await mdb.flush("br0", { protocol: "zebra" });
    expect(await groups()).toEqual(["239.1.1.3"]);
    await fill();
    await mdb.flush("br0", { port: "veth0" });
    expect(await groups()).toEqual(["239.1.1.3"]);
    await fill();
    await mdb.flush("br0");
    expect(await groups()).toEqual([]);
  });

  test("ports of multicast routers", async () => {
    box.exec("bridge", "link", "set", "dev", "veth0", "mcast_router", "2");
    expect(await box.nl.mdb.routers({ dev: "br0" })).toEqual([
      { dev: "br0", index: expect.any(Number), port: "veth0", type: "perm", inetTimerMs: 0, inet6TimerMs: 0 },
    ]);
    expect(await box.nl.mdb.routers({ dev: "veth0" })).toEqual([]);
  });

  test("a VXLAN's remotes", async () => {
    const { mdb, links } = box.nl;
    await links.add({ kind: "vxlan", name: "vx0", id: 42, local: "192.0.2.1", port: 4789, up: true });
    const remote = { dst: "192.0.2.9", dstPort: 4790, vni: 7, via: "br0" };
    await mdb.add({ dev: "vx0", group, state: "permanent", ...remote });
    await mdb.add({ dev: "vx0", group: "0.0.0.0", state: "permanent", dst: "192.0.2.10" });
    expect(await mdb.get({ dev: "vx0", group })).toMatchObject({ dev: "vx0", mode: "exclude", ...remote });
    await mdb.flush("vx0", { vni: 7 });
    expect((await mdb.list({ dev: "vx0" })).map((e) => `${e.group} ${e.dst}`)).toEqual(["0.0.0.0 192.0.2.10"]);
    await mdb.remove({ dev: "vx0", group: "0.0.0.0", dst: "192.0.2.10" });
    await expect(mdb.remove({ dev: "vx0", group: "0.0.0.0", dst: "192.0.2.10" })).rejects.toSatisfy(isNotFound);
    expect(await mdb.removeIfExists({ dev: "vx0", group: "0.0.0.0", dst: "192.0.2.10" })).toBe(false);
    expect(await mdb.list({ dev: "vx0" })).toEqual([]);
  });
});
