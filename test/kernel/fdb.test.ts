import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isExists, isNotFound } from "../../src/api/errors.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("forwarding entries on the live kernel"), () => {
  let box: Sandbox;
  const mac = "02:00:00:00:cc:01";
  const other = "02:00:00:00:cc:02";
  beforeEach(async () => {
    box = await sandbox();
    const { links } = box.nl;
    await links.add({ kind: "bridge", name: "br0", up: true });
    await links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" }, master: "br0" });
    await links.add({ kind: "vxlan", name: "vx0", id: 42, local: "192.0.2.1", port: 4789 });
    for (const name of ["veth0", "veth1", "vx0"]) await links.set(name, { up: true });
  });
  afterEach(() => box?.close());

  test("a bridge's entries, as the system's bridge command shows them", async () => {
    const { fdb } = box.nl;
    await fdb.add({ mac, dev: "veth0", master: true, state: "static", sticky: true });
    await fdb.add({ mac: other, dev: "veth0", master: true, state: "dynamic", externLearn: true });
    await fdb.add({ mac: "02:00:00:00:cc:03", dev: "br0" });
    expect(await fdb.get({ mac, dev: "veth0", master: true })).toMatchObject({
      mac,
      dev: "veth0",
      master: "br0",
      state: "static",
      flags: ["sticky"],
    });
    expect(await fdb.find({ mac: other, dev: "br0" })).toMatchObject({ dev: "veth0", flags: ["extern_learn"] });
    const shown = box.bridge("fdb", "show", "br", "br0");
    const ours = (await fdb.list({ master: "br0" })).map((e) => `${e.mac} ${e.dev} ${e.state}`).sort();
    const theirs = shown
      .filter((e) => e.master === "br0" || e.ifname === "br0")
      .map((e) => `${e.mac} ${e.ifname} ${e.state === "" ? "dynamic" : e.state}`)
      .sort();
    expect(ours).toEqual(theirs);
    // A kernel with VLAN filtering has it twice: without a VLAN, and in the port's, which is 1.
    const vlans = (await fdb.list({ dev: "veth0", state: "static" })).map((e) => e.vlan ?? 0).sort();
    expect(vlans).toEqual(shown.filter((e) => e.mac === mac).map((e) => e.vlan ?? 0).sort()); // biome-ignore format: one line
    expect([[0], [0, 1]]).toContainEqual(vlans);
    expect(new Set((await fdb.list({ mac: "2:0:0:0:CC:1" })).map((e) => e.dev))).toEqual(new Set(["veth0"]));
    const streamed: string[] = [];
    for await (const entry of fdb.stream({ dev: "br0", state: "permanent" })) streamed.push(entry.mac);
    expect(streamed).toContain("02:00:00:00:cc:03");
    await expect(fdb.add({ mac, dev: "veth0", master: true })).rejects.toSatisfy(isExists);
    await fdb.replace({ mac, dev: "veth0", master: true, state: "dynamic" });
    expect(await fdb.get({ mac, dev: "veth0", master: true })).toMatchObject({ state: "dynamic" });
    expect(await fdb.removeIfExists({ mac, dev: "veth0", master: true })).toBe(true);
    expect(await fdb.removeIfExists({ mac, dev: "veth0", master: true })).toBe(false);
    expect(await fdb.find({ mac, dev: "veth0", master: true })).toBeUndefined();
    await expect(fdb.add({ mac, dev: "eth99" })).rejects.toThrow("interface not found: eth99");
    await expect(fdb.change({ mac, dev: "veth0", master: true })).rejects.toSatisfy(isNotFound);
  });

  test("the kernel flushes what a filter says", async () => {
    const { fdb } = box.nl;
    const states = async () => {
      const entries = (await fdb.list({ dev: "veth0" })).filter((e) => e.mac.startsWith("02:00:00:00:cc"));
      return [...new Set(entries.map((e) => e.state))].sort(); // each may be in VLAN 1 too
    };
    const fill = async () => {
      await fdb.replace({ mac, dev: "veth0", master: true, state: "static" });
      await fdb.replace({ mac: other, dev: "veth0", master: true, state: "dynamic", externLearn: true });
      await fdb.replace({ mac: "02:00:00:00:cc:03", dev: "veth0", master: true, state: "permanent" });
    };
    await fill();
    expect(await states()).toEqual(["dynamic", "permanent", "static"]);
    await fdb.flush("br0", { state: "dynamic" });
    expect(await states()).toEqual(["permanent", "static"]);
    await fill();
    await fdb.flush("br0", { state: "static", brport: "veth0" });
    expect(await states()).toEqual(["dynamic", "permanent"]);
    await fill();
    await fdb.flush("br0", { externLearn: true });
    expect(await states()).toEqual(["permanent", "static"]);
    await fdb.flush("veth0", { master: true });
    expect(await states()).toEqual([]);
    await expect(fdb.flush("lo")).rejects.toMatchObject({ code: "EINVAL" }); // it has no master
  });

  test("a VXLAN's remotes", async () => {
    const { fdb, nexthops } = box.nl;
    const zero = "00:00:00:00:00:00";
    await fdb.append({ mac: zero, dev: "vx0", dst: "192.0.2.40" });
    await fdb.append({ mac: zero, dev: "vx0", dst: "192.0.2.41", port: 4790, vni: 77, via: "br0" });
    await fdb.add({ mac, dev: "vx0", dst: "192.0.2.42", router: true });
    expect(
      (await fdb.list({ dev: "vx0" })).map(({ mac, dst, port, vni, via, state }) => ({
        mac,
        dst,
        port,
        vni,
        via,
        state,
      })),
    ).toEqual(
      expect.arrayContaining([
        { mac: zero, dst: "192.0.2.40", state: "permanent" },
        { mac: zero, dst: "192.0.2.41", port: 4790, vni: 77, via: "br0", state: "permanent" },
        { mac, dst: "192.0.2.42", state: "permanent" },
      ]),
    );
    expect(await fdb.get({ mac, dev: "vx0" })).toMatchObject({ dst: "192.0.2.42", flags: ["self", "router"] });
    await fdb.replace({ mac, dev: "vx0", dst: "192.0.2.43" });
    expect((await fdb.list({ dev: "vx0", mac })).map((e) => e.dst)).toEqual(["192.0.2.43"]);
    await fdb.remove({ mac: zero, dev: "vx0", dst: "192.0.2.40" });
    expect((await fdb.list({ dev: "vx0", mac: zero })).map((e) => e.dst)).toEqual(["192.0.2.41"]);
    await nexthops.add({ id: 100, via: "192.0.2.50", fdb: true });
    await nexthops.add({ id: 101, group: [100], fdb: true });
    await fdb.add({ mac: other, dev: "vx0", nexthopId: 101 });
    expect(await fdb.get({ mac: other, dev: "vx0" })).toMatchObject({ nexthopId: 101 });
    await fdb.flush("vx0", { dst: "192.0.2.41" });
    expect((await fdb.list({ dev: "vx0" })).map((e) => e.mac).sort()).toEqual([mac, other]);
    await fdb.flush("vx0");
    expect(await fdb.list({ dev: "vx0" })).toEqual([]);
  });
});
