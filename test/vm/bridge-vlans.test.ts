import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isInvalidArgument } from "../../src/api/errors.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

describe.skipIf(why !== "")(`VLANs of bridges${why}`, () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
    const { links } = box.nl;

    await links.add({
      kind: "bridge",
      name: "br0",
      vlanFiltering: true,
      vlanDefaultPvid: 1,
      mcastSnooping: true,
      mcastVlanSnooping: true,
      up: true,
    });
    await links.add({ kind: "dummy", name: "p0", master: "br0", up: true });
    await links.add({ kind: "dummy", name: "p1", master: "br0", up: true });
    box.exec("bridge", "link", "set", "dev", "p0", "vlan_tunnel", "on");
  });
  afterEach(() => box?.close());
  /** `7`, `10-12`, with what the system's bridge says of them. */
  const shown = (dev: string) =>
    (
      (box.bridge("vlan", "show", "dev", dev)[0]?.vlans ?? []) as { vlan: number; vlanEnd?: number; flags?: string[] }[]
    ).map((v) => `${v.vlan}-${v.vlanEnd ?? v.vlan} ${(v.flags ?? []).join(" ")}`);
  const ours = async (dev: string) =>
    (await box.nl.bridgeVlans.list({ dev })).map((v) => {
      const flags = [v.pvid ? "PVID" : "", v.untagged ? "Egress Untagged" : ""].filter((f) => f !== "");
      return `${v.vlan}-${v.vlanEnd ?? v.vlan} ${flags.join(" ")}`;
    });

  test("ranges, PVID and untagged, as the system's bridge command shows them", async () => {
    const { bridgeVlans } = box.nl;
    await bridgeVlans.add("p0", "10-12");
    await bridgeVlans.add("p0", 20, { pvid: true, untagged: true });
    await bridgeVlans.add("p0", [30, 31], { untagged: true });
    await bridgeVlans.add("br0", 20);
    expect(await ours("p0")).toEqual([
      "1-1 Egress Untagged",
      "10-12 ",
      "20-20 PVID Egress Untagged",
      "30-31 Egress Untagged",
    ]);
    expect(await ours("p0")).toEqual(shown("p0"));
    expect(await ours("br0")).toEqual(shown("br0"));
    expect(await bridgeVlans.find("p0", 11)).toMatchObject({ dev: "p0", vlan: 10, vlanEnd: 12, pvid: false });
    expect(await bridgeVlans.find("p0", 13)).toBeUndefined();
    expect((await bridgeVlans.list({ vlan: 20 })).map((v) => v.dev).sort()).toEqual(["br0", "p0"]);
    await bridgeVlans.remove("p0", 11);
    expect(await ours("p0")).toContain("10-10 ");
    await bridgeVlans.remove("p0", 11); // no failure to the kernel
    expect(await bridgeVlans.removeIfExists("p0", 11)).toBe(false);
    expect(await bridgeVlans.removeIfExists("p0", "30-31")).toBe(true);
    expect(await bridgeVlans.flush("p0")).toBe(4);
    expect(await ours("p0")).toEqual([]);
    expect(await ours("p1")).toEqual(["1-1 PVID Egress Untagged"]);
    await expect(bridgeVlans.add("eth99", 7)).rejects.toThrow("interface not found: eth99");
    await expect(bridgeVlans.add("lo", 7)).rejects.toSatisfy(isInvalidArgument);
  });

  test("options of VLANs at a port", async () => {
    const { bridgeVlans } = box.nl;
    await bridgeVlans.add("p0", "10-12");
    await bridgeVlans.set("p0", "10-12", { state: "blocking" });
    await bridgeVlans.set("p0", 10, { neighSuppress: true });
    await bridgeVlans.set("p0", 12, { mcastRouter: "perm", mcastMaxGroups: 7 });
    expect(await bridgeVlans.find("p0", 10)).toMatchObject({ state: "blocking", neighSuppress: true });
    expect(await bridgeVlans.find("p0", 12)).toMatchObject({ mcastRouter: "perm", mcastMaxGroups: 7, mcastGroups: 0 });
    await bridgeVlans.add("p0", "40-42", { tunnelId: 1040 });
    expect(box.bridge("vlan", "tunnelshow", "dev", "p0")).toMatchObject([
      { tunnels: [{ vlan: 40, vlanEnd: 42, tunid: 1040, tunidEnd: 1042 }] },
    ]);
    expect((await bridgeVlans.list({ dev: "p0", vlan: 41 }))[0]).toMatchObject({
      vlan: 40,
      vlanEnd: 42,
      tunnelId: 1040,
    });
    await bridgeVlans.set("p0", "40-42", { tunnelId: null });
    expect(await bridgeVlans.find("p0", 40)).not.toHaveProperty("tunnelId");
    const [counted] = await bridgeVlans.list({ dev: "p0", vlan: 1, stats: true });
    expect(counted?.stats).toEqual({
      rxBytes: 0,
      rxPackets: 0,
      txBytes: expect.any(Number),
      txPackets: expect.any(Number),
    });
    await expect(bridgeVlans.set("p0", 99, { state: "blocking" })).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("options of VLANs in the whole bridge", async () => {
    const { bridgeVlans } = box.nl;
    await bridgeVlans.add("br0", "10-11");
    const settings = {
      mcastSnooping: true,
      mcastIgmpVersion: 3,
      mcastMldVersion: 2,
      mcastQuerier: true,
      mcastLastMemberCnt: 3,
      mcastStartupQueryCnt: 4,
      mcastLastMemberIntvlMs: 2000,
      mcastMembershipIntvlMs: 250_000,
      mcastQuerierIntvlMs: 240_000,
      mcastQueryIntvlMs: 100_000,
      mcastQueryResponseIntvlMs: 9000,
      mcastStartupQueryIntvlMs: 30_000,
      msti: 0,
    };
    await bridgeVlans.setGlobals("br0", "10-11", settings);
    const [one, ...more] = await bridgeVlans.globals({ dev: "br0", vlan: 11 });
    expect(more).toEqual([]);
    expect(one).toMatchObject({ dev: "br0", vlan: 10, vlanEnd: 11, ...settings });
    await bridgeVlans.setGlobals("br0", 11, { mcastQuerier: false });
    expect((await bridgeVlans.globals({ vlan: 11 }))[0]).toMatchObject({ vlan: 11, mcastQuerier: false });
    const [shown] = box.bridge("vlan", "global", "show", "dev", "br0", "vid", "11") as unknown as [
      { vlans: Record<string, number>[] },
    ];
    expect(shown.vlans[0]).toMatchObject({
      vlan: 11,
      mcast_querier: 0,
      mcast_igmp_version: 3,
      mcast_query_interval: 10_000,
    });
    await expect(bridgeVlans.setGlobals("p0", 11, { mcastQuerier: true })).rejects.toSatisfy(isInvalidArgument);
  });

  test("an entry of the forwarding and multicast databases is of a VLAN", async () => {
    const { bridgeVlans, fdb, mdb } = box.nl;
    await bridgeVlans.add("p0", "10-12");
    const entry = { mac: "02:00:00:00:cc:01", dev: "p0", master: true };
    await fdb.add({ ...entry, vlan: 10, state: "static" });
    await fdb.add({ ...entry, vlan: 11, state: "static" });
    expect((await fdb.list({ vlan: 10, mac: entry.mac })).map((e) => e.vlan)).toEqual([10]);
    expect(await fdb.get({ ...entry, vlan: 11 })).toMatchObject({ vlan: 11, master: "br0" });
    await fdb.flush("br0", { vlan: 10 });
    expect((await fdb.list({ mac: entry.mac })).map((e) => e.vlan)).toEqual([11]);
    await mdb.add({ dev: "br0", port: "p0", group: "239.1.1.1", vlan: 10, state: "permanent" });
    await mdb.add({ dev: "br0", port: "p0", group: "239.1.1.1", vlan: 11, state: "permanent" });
    expect((await mdb.list({ group: "239.1.1.1", vlan: 10 })).map((e) => e.vlan)).toEqual([10]);
    expect(await mdb.get({ dev: "br0", group: "239.1.1.1", vlan: 11 })).toMatchObject({ vlan: 11 });
    await mdb.flush("br0", { vlan: 11 });
    expect((await mdb.list({ group: "239.1.1.1" })).map((e) => e.vlan)).toEqual([10]);
  });
});
