import { afterEach, beforeEach, expect, test } from "vitest";
import { InterfaceNotFound, isExists, isNotFound } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("neighbors", (kernel) => {
  let box: Box;
  const lladdr = "02:00:00:00:00:09";
  beforeEach(async () => {
    box = await kernel.box();
    const { links } = box.nl;
    await links.add({ kind: "bridge", name: "br0", up: true });
    await links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await links.add({ kind: "veth", name: "veth2", peer: { name: "veth3" }, master: "br0" });
    for (const dev of ["veth0", "veth1", "veth2", "veth3"]) await links.set(dev, { up: true });
    await box.nl.addresses.add("veth0", "192.0.2.1/24");
  });
  afterEach(() => box?.close());

  kernel.liveTest("entries of every state, as ip shows them", async () => {
    const { neighbors } = box.nl;
    const states = ["permanent", "reachable", "stale", "noarp"] as const;
    for (const [i, state] of states.entries())
      await neighbors.add({ dst: `192.0.2.1${i}`, dev: "veth0", lladdr, state, protocol: "zebra" });
    await neighbors.add({ dst: "2001:db8::9", dev: "veth0", lladdr, router: true, externLearn: true });
    const line = (n: { dst?: unknown; dev?: unknown; lladdr?: unknown }, state: unknown) =>
      `${n.dst} ${n.dev} ${n.lladdr ?? "-"} ${state}`;
    const ours = (await neighbors.list()).filter((n) => n.lladdr === lladdr).map((n) => line(n, n.state));
    const theirs = box
      .json("neigh", "show", "nud", "all")
      .filter((n) => n.lladdr === lladdr)
      .map((n) => line(n, (n.state as string[]).join(",").toLowerCase()));
    expect(ours.sort()).toEqual(theirs.sort());
    expect(ours).toHaveLength(5);
    expect(await neighbors.get("2001:DB8::9", "veth0")).toMatchObject({
      family: "inet6",
      dst: "2001:db8::9",
      dev: "veth0",
      flags: ["extern_learn", "router"],
      usedMs: expect.any(Number),
    });
    expect((await neighbors.list({ state: ["stale", "noarp"], protocol: "zebra" })).map((n) => n.dst).sort()).toEqual([
      "192.0.2.12",
      "192.0.2.13",
    ]);
    expect((await neighbors.list({ dst: "2001:DB8:0::9" })).map((n) => n.dev)).toEqual(["veth0"]);
    const streamed: unknown[] = [];
    for await (const n of neighbors.stream({ dev: "veth0", family: "inet", state: "permanent" }))
      streamed.push([n.dst, n.dev, n.protocol]);
    expect(streamed).toEqual([["192.0.2.10", "veth0", "zebra"]]);
    await expect(neighbors.add({ dst: "192.0.2.10", dev: "veth0", lladdr })).rejects.toSatisfy(isExists);
    await expect(neighbors.change({ dst: "192.0.2.99", dev: "veth0", lladdr })).rejects.toSatisfy(isNotFound);
    await neighbors.change({ dst: "192.0.2.10", dev: "veth0", lladdr: "02:00:00:00:00:0a" });
    expect(await neighbors.find("192.0.2.10", "veth0")).toMatchObject({ lladdr: "02:00:00:00:00:0a" });
    // Like ip neigh flush: not the permanent and noarp ones.
    expect(await neighbors.flush({ family: "inet" })).toBe(2);
    expect(await neighbors.flush({ family: "inet", state: "permanent" })).toBe(1);
    const left = (await neighbors.list({ family: "inet" })).map((n) => n.dst);
    expect(left.filter((dst) => !dst.startsWith("224."))).toEqual(["192.0.2.13"]); // the kernel reports groups
  });

  kernel.liveTest("what the kernel resolves, once or always", async () => {
    const { neighbors } = box.nl;
    await neighbors.add({ dst: "192.0.2.20", dev: "veth0", use: true });
    expect((await neighbors.get("192.0.2.20", "veth0")).state).toMatch(/incomplete|delay|probe/);
    await neighbors.add({ dst: "192.0.2.21", dev: "veth0", managed: true });
    expect((await neighbors.get("192.0.2.21", "veth0")).flags).toEqual(["managed"]);
  });

  test("proxies are a list of their own, and may be of all devices", async () => {
    const { neighbors } = box.nl;
    await neighbors.add({ dst: "192.0.2.77", dev: "veth0", proxy: true });
    await neighbors.add({ dst: "2001:db8::77", dev: "veth1", proxy: true, router: true, protocol: "zebra" });
    await neighbors.add({ dst: "192.0.2.78", proxy: true });
    expect((await neighbors.list({ proxy: true })).map((n) => [n.dst, n.dev, n.state, n.flags])).toEqual(
      expect.arrayContaining([
        ["192.0.2.77", "veth0", "none", ["proxy"]],
        ["2001:db8::77", "veth1", "none", ["proxy", "router"]],
        ["192.0.2.78", 0, "none", ["proxy"]],
      ]),
    );
    expect((await neighbors.list({ proxy: true, dev: "veth0" })).map((n) => n.dst)).toEqual(["192.0.2.77"]);
    expect(await neighbors.get("192.0.2.77", "veth0", { proxy: true })).toMatchObject({ flags: ["proxy"] });
    expect(await neighbors.find("192.0.2.77", "veth0")).toBeUndefined();
    expect(await neighbors.removeIfExists({ dst: "192.0.2.78", proxy: true })).toBe(true);
    expect(await neighbors.removeIfExists({ dst: "192.0.2.78", proxy: true })).toBe(false);
    expect(await neighbors.flush({ proxy: true })).toBe(2);
    expect(await neighbors.list({ proxy: true })).toEqual([]);
  });

  test("those of a master's ports", async () => {
    const { neighbors } = box.nl;
    await neighbors.add({ dst: "192.0.2.30", dev: "veth2", lladdr });
    await neighbors.add({ dst: "192.0.2.31", dev: "veth0", lladdr });
    expect((await neighbors.list({ master: "br0", family: "inet" })).map((n) => n.dst)).toEqual(["192.0.2.30"]);
  });

  test("a device or an entry that there is not", async () => {
    const { neighbors } = box.nl;
    for (const dev of ["eth99", 9999]) {
      await expect(neighbors.add({ dst: "192.0.2.9", dev, lladdr })).rejects.toThrow(`interface not found: ${dev}`);
      await expect(neighbors.find("192.0.2.9", dev)).rejects.toBeInstanceOf(InterfaceNotFound);
      await expect(neighbors.removeIfExists({ dst: "192.0.2.9", dev })).rejects.toBeInstanceOf(InterfaceNotFound);
    }
    expect(await neighbors.find("192.0.2.99", "veth0")).toBeUndefined();
    await expect(neighbors.get("192.0.2.99", "veth0")).rejects.toThrow("get neighbor 192.0.2.99 dev veth0: ");
  });
});
