import { afterAll, beforeAll, expect, test } from "vitest";
import { InterfaceNotFound } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("links", (kernel) => {
  let box: Box;
  let other: Box;
  beforeAll(async () => {
    box = await kernel.box();
    other = await kernel.box();
  });
  afterAll(() => {
    box?.close();
    other?.close();
  });

  test("loopback is listed and found by name and index", async () => {
    const [lo] = await box.nl.links.list();
    expect(lo).toMatchObject({
      index: 1,
      name: "lo",
      up: true,
      linkType: "loopback",
      mtu: 65536,
      address: "00:00:00:00:00:00",
    });
    expect((await box.nl.links.get("lo")).index).toBe(1);
    expect((await box.nl.links.get(1)).name).toBe("lo");
    expect(JSON.stringify({ ...lo, message: undefined })).toContain('"rxBytes":');
  });

  test("a veth pair into another namespace, changed, renamed, removed", async () => {
    const { nl } = box;
    const made = await nl.links.add({
      kind: "veth",
      name: "veth0",
      mtu: 1400,
      peer: { name: "veth1", netns: other.name, address: "02:00:00:00:00:01" },
    });
    expect(made.name).toBe("veth0");
    expect(made.index).toBe((await nl.links.get("veth0")).index);
    expect(await other.nl.links.get("veth1")).toMatchObject({ kind: "veth", address: "02:00:00:00:00:01", up: false });
    await nl.links.set("veth0", { up: true, mtu: 9000, txqlen: 50, alias: "to the other" });
    expect(await nl.links.get("veth0")).toMatchObject({ up: true, mtu: 9000, txqlen: 50, alias: "to the other" });
    await nl.links.set("veth0", { up: false, name: "renamed" });
    expect(await nl.links.find("veth0")).toBeUndefined();
    await nl.links.addAltNames("renamed", ["a-name-that-is-longer-than-fifteen"]);
    expect((await nl.links.get("a-name-that-is-longer-than-fifteen")).altNames).toEqual([
      "a-name-that-is-longer-than-fifteen",
    ]);
    await nl.links.set("a-name-that-is-longer-than-fifteen", { up: true });
    expect((await nl.links.get("renamed")).up).toBe(true);
    expect(await nl.links.removeIfExists("renamed")).toBe(true);
    expect(await nl.links.removeIfExists("renamed")).toBe(false);
    expect(await other.nl.links.find("veth1")).toBeUndefined();
  });

  test("a bridge with a port, as ip shows them", async () => {
    const { nl } = box;
    await nl.links.add({
      kind: "bridge",
      name: "br0",
      up: true,
      forwardDelay: "10s",
      ageingTimeMs: 100_000,
      noLinklocalLearn: true,
    });
    await nl.links.add({ kind: "veth", name: "p0", peer: { name: "p1" }, master: "br0" });
    await nl.links.set("p0", { slave: { kind: "bridge", cost: 55, isolated: true } });
    const port = await nl.links.get("p0");
    expect(port).toMatchObject({ master: "br0", slave: { kind: "bridge", cost: 55, isolated: true } });
    const bridge = await nl.links.get("br0");
    expect(bridge).toMatchObject({ kind: "bridge", forwardDelayMs: 10_000, ageingTimeMs: 100_000 });
    if (bridge.kind === "bridge") expect(bridge.noLinklocalLearn).toBe(true);
    if (kernel.live) {
      const [shown] = box.json("-d", "link", "show", "br0") as { linkinfo: { info_data: Record<string, unknown> } }[];
      expect(shown!.linkinfo.info_data).toMatchObject({
        forward_delay: 1000,
        ageing_time: 10000,
        no_linklocal_learn: 1,
      });
    }
    expect((await nl.links.list({ master: "br0" })).map((l) => l.name)).toEqual(["p0"]);
    expect((await nl.links.list({ kind: "bridge" })).map((l) => l.name)).toEqual(["br0"]);
    const streamed: string[] = [];
    for await (const link of nl.links.stream()) streamed.push(link.name);
    expect(streamed.sort()).toEqual(["br0", "lo", "p0", "p1"]);
    await nl.links.remove("br0");
    await nl.links.remove("p0");
  });

  test("errors say what is wrong, before anything is sent where that is known", async () => {
    const { nl } = box;
    await expect(nl.links.get("eth99")).rejects.toThrow("interface not found: eth99");
    await expect(nl.links.set("eth99", { up: true })).rejects.toBeInstanceOf(InterfaceNotFound);
    await expect(nl.links.remove("eth99")).rejects.toThrow("interface not found: eth99");
    await expect(nl.links.add({ kind: "veth", name: "a-name-that-is-too-long" })).rejects.toThrow("15 characters");
    await expect(nl.links.add({ kind: "vlan", name: "v", link: "lo", id: 70000 })).rejects.toThrow(
      "link vlan.id: 70000 is not an integer from 0 to 65535",
    );
    await expect(nl.links.add({ kind: "bridge", name: "b", stp: 1 } as never)).rejects.toThrow("stp");
    await expect(
      nl.links.add({ kind: "veth", name: "x", peer: { name: "y", netns: "no-such-namespace" } }),
    ).rejects.toThrow("namespace not found: no-such-namespace");
    await nl.links.add({ kind: "veth", name: "twice", peer: { name: "once" } });
    await expect(nl.links.add({ kind: "veth", name: "twice", peer: { name: "thrice" } })).rejects.toMatchObject({
      code: "EEXIST",
    });
    await nl.links.remove("twice");
  });

  test("1000 requests at once on one connection", async () => {
    const found = await Promise.all(Array.from({ length: 1000 }, () => box.nl.links.get("lo")));
    expect(found.every((l) => l.index === 1)).toBe(true);
    expect(box.nl.channel.strays).toEqual({ foreign: 0, late: 0 });
  });

  test("close rejects what follows, and is idempotent", async () => {
    const nl = await box.open();
    nl.close();
    nl.close();
    await expect(nl.links.list()).rejects.toMatchObject({ code: "EBADF" });
  });
});
