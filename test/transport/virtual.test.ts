import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection, htb, htbClass, netem } from "../../src/index.ts";
import { SavedKernelError, VirtualKernel } from "../../src/transport/virtual/index.ts";

describe("a kernel in memory", () => {
  let kernel: VirtualKernel;
  let nl: Connection;
  beforeEach(async () => {
    kernel = new VirtualKernel({ clock: "manual" });
    nl = await Connection.open({ transport: kernel.open() });
  });
  afterEach(() => nl.close());

  const pair = async () => {
    await nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1" } });
    await nl.links.set("v0", { up: true });
    await nl.links.set("v1", { up: true });
  };

  test("begins with a loopback device that is down, as a new namespace does", async () => {
    expect(await nl.links.list()).toMatchObject([{ index: 1, name: "lo", up: false, mtu: 65536 }]);
    expect(await nl.addresses.list()).toEqual([]);
    expect((await nl.rules.list()).map(({ priority, table }) => [priority, table])).toEqual([
      [0, 255],
      [32766, 254],
      [32767, 253],
      [0, 255],
      [32766, 254],
    ]);
  });

  test("an address brings its local, broadcast and connected routes", async () => {
    await pair();
    await nl.addresses.add("v0", "192.0.2.1/24", { broadcast: true });
    const routes = await nl.routes.list({ family: "inet" });
    expect(routes.map(({ type, dst, dev }) => [type, dst, dev])).toEqual([
      ["unicast", "192.0.2.0/24", "v0"],
      ["local", "192.0.2.1/32", "v0"],
      ["broadcast", "192.0.2.255/32", "v0"],
    ]);
  });

  test("refusals have the kernel's errno and text", async () => {
    await pair();
    await nl.addresses.add("v0", "192.0.2.1/24");
    await expect(nl.addresses.add("v0", "192.0.2.1/24")).rejects.toMatchObject({
      code: "EEXIST",
      kernelMessage: "ipv4: Address already assigned",
    });
    await expect(nl.routes.add({ dst: "10.0.0.0/8", via: "198.51.100.1" })).rejects.toMatchObject({
      code: "ENETUNREACH",
      kernelMessage: "Nexthop has invalid gateway",
    });
  });

  test("what is changed is told", async () => {
    const events = nl.events({ links: true, addresses: true, routesV4: true });
    await pair();
    await nl.addresses.add("v0", "192.0.2.1/24");
    const seen: string[] = [];
    for await (const event of events) {
      if (event.type === "overrun" || event.type === "resync") continue;
      seen.push(`${event.type} ${event.action}`);
      if (event.type === "route" && seen.filter((s) => s === "route new").length === 3) break;
    }
    expect(seen.slice(-4)).toEqual(["address new", "route new", "route new", "route new"]);
  });

  test("two namespaces, a pair between them, and the end of one", async () => {
    kernel.createNetns("blue");
    await using blue = await Connection.open({ transport: kernel.open({ netns: "blue" }) });
    await nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1", netns: "blue" } });
    expect((await blue.links.list()).map((link) => link.name)).toEqual(["lo", "v1"]);
    expect(await nl.nsids.list()).toEqual([{ nsid: 0 }]);
    kernel.deleteNetns("blue");
    expect(await nl.links.find("v0")).toBeUndefined();
    expect(await nl.nsids.list()).toEqual([]);
  });

  test("an unprivileged connection may look, and not touch", async () => {
    await using guest = await Connection.open({ transport: kernel.open({ unprivileged: true }) });
    expect(await guest.links.list()).toHaveLength(1);
    await expect(guest.links.set("lo", { up: true })).rejects.toMatchObject({ code: "EPERM" });
  });

  test("time: an address is tentative for a second, and another expires", async () => {
    await pair();
    kernel.advance(2000); // the link-local ones
    await nl.addresses.add("v0", "2001:db8::1/64");
    await nl.addresses.add("v0", "192.0.2.1/24", { validLifetime: 60, preferredLifetime: 30 });
    const flags = async () => (await nl.addresses.list({ dev: "v0" })).map(({ address, flags }) => [address, ...flags]);
    expect(await flags()).toEqual([
      ["192.0.2.1/24"],
      ["2001:db8::1/64", "tentative", "permanent"],
      [expect.stringMatching(/^fe80::/), "permanent"],
    ]);
    kernel.advance(31_000);
    expect((await flags()).slice(0, 2)).toEqual([
      ["192.0.2.1/24", "deprecated"],
      ["2001:db8::1/64", "permanent"],
    ]);
    kernel.advance(30_000);
    expect((await flags()).map(([address]) => address)).toEqual(["2001:db8::1/64", expect.stringMatching(/^fe80::/)]);
  });

  test("is saved as JSON and goes on from there", async () => {
    await pair();
    await nl.addresses.add("v0", "192.0.2.1/24");
    const saved = JSON.parse(JSON.stringify(kernel.save()));
    const again = VirtualKernel.load(saved, { clock: "manual" });
    await using other = await Connection.open({ transport: again.open() });
    expect(await other.links.list()).toEqual(await nl.links.list());
    expect(await other.routes.list()).toEqual(await nl.routes.list());
    await other.addresses.remove("v0", "192.0.2.1/24");
    expect(await other.addresses.list({ family: "inet" })).toEqual([]);
    expect(await nl.addresses.list({ family: "inet" })).toHaveLength(1);
  });

  test.each([
    ["nothing", null, "it is not an object"],
    ["something else", { version: 1 }, '"nlink" is not "virtual-kernel"'],
    ["another version", { nlink: "virtual-kernel", version: 99 }, "version 99 is not 1"],
    ["a damaged state", { nlink: "virtual-kernel", version: 1, state: {} }, "its state is damaged"],
  ])("%s is not loaded", (_what, saved, reason) => {
    expect(() => VirtualKernel.load(saved)).toThrow(SavedKernelError);
    expect(() => VirtualKernel.load(saved)).toThrow(reason);
  });

  test("packets that nobody sent move the counters, and netem loses its share", async () => {
    await pair();
    await nl.qdiscs.add("v0", htb({ default: 0x10 }), { handle: "1:" });
    await nl.classes.add("v0", htbClass({ rate: "1mbit" }), { parent: "1:", handle: "1:10" });
    await nl.qdiscs.add("v0", netem({ loss: "10%" }), { parent: "1:10", handle: "10:" });
    const left = kernel.transmit("v0", { packets: 10_000, size: 100 });
    expect(left).toBeGreaterThan(8800);
    expect(left).toBeLessThan(9200);
    const { stats } = await nl.qdiscs.get("v0", { handle: "10:" });
    expect(stats).toMatchObject({ packets: left, bytes: left * 100, drops: 10_000 - left });
    expect((await nl.classes.list({ dev: "v0" }))[0]!.stats).toMatchObject({ packets: left });
    expect((await nl.links.get("v0")).stats?.txPackets).toBe(left);
    expect((await nl.links.get("v1")).stats?.rxPackets).toBe(left);
    expect(() => kernel.transmit("v9", { packets: 1 })).toThrow("there is no device v9");
  });

  test("a socket whose queue overflows says so once, and goes on", async () => {
    const transport = kernel.open({ receiveBufferSize: 4096 });
    transport.join(1);
    for (let i = 0; i < 20; i++) await nl.links.set("lo", { up: i % 2 === 0 });
    const read = () => {
      try {
        return transport.receive() !== undefined;
      } catch (e) {
        return (e as { code: string }).code;
      }
    };
    expect(read()).toBe("ENOBUFS");
    expect(read()).toBe(true);
    expect(transport.drops!()).toBeGreaterThan(0);
    transport.close();
  });
});

test("rules with selectors that only young kernels know are added: the kernel in memory is one", async () => {
  const nl = await Connection.open({ transport: new VirtualKernel().open() });
  const cases = [{ dscp: "0x8/0x38" }, { flowlabel: 5 }, { sport: "0x50/0xfff0", dport: 80 }];
  for (const [i, rule] of cases.entries()) await nl.rules.add({ ...rule, priority: 100 + i });
  expect((await nl.rules.list()).filter(({ priority }) => priority >= 100 && priority < 110)).toMatchObject([
    { dscp: 8, dscpMask: 0x38 },
    { sport: [0x50, 0x50], sportMask: 0xfff0, dport: [80, 80] },
    { flowlabel: 5 },
  ]);
});
