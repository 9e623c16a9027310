import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { htb, htbClass, isNotSupported, matchall, type Route, type Store } from "../../src/index.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

/** Objects in a form that can be compared: without the message, counters and times. */
const plain = (object: object) =>
  JSON.parse(
    JSON.stringify(object, (key, value) =>
      /^(message|stats|hits|directPackets|confirmed|used|updated|probes|fdbNLearned|mcastNGroups|timerMs|.*TimerMs|(confirmed|used|updated)Ms)$/.test(
        key,
      )
        ? undefined
        : typeof value === "bigint"
          ? `${value}`
          : value,
    ),
  );
/** In one order, whatever theirs. */
const table = (objects: Iterable<object>) => [...objects].map((one) => JSON.stringify(plain(one))).sort();
/** In one order, but for those to one prefix, whose order counts. */
const inOrder = (routes: Iterable<Route>) => {
  const several = new Map<string, unknown[]>();
  for (const route of routes) {
    const key = `${route.table} ${route.dst} ${route.metric}`;
    several.set(key, [...(several.get(key) ?? []), plain(route)]);
  }
  // IPv6 has no order among routes of one metric.
  for (const list of several.values()) if (list.some((r) => (r as Route).family === "inet6")) list.sort();
  return new Map([...several].sort());
};

const all = {
  links: true,
  addresses: true,
  routes: true,
  neighbors: true,
  rules: true,
  nexthops: true,
  nsids: true,
  qdiscs: true,
  classes: true,
  filters: true,
  fdb: true,
  mdb: true,
} as const;
const names = Object.keys(all).filter((name) => name !== "neighbors") as Exclude<keyof typeof all, "neighbors">[];

type Pictures = { readonly [name: string]: unknown };
const pictureOf = (store: Store): Pictures => ({
  ...Object.fromEntries(names.map((name) => [name, table(store[name] as Iterable<object>)])),
  routes: inOrder(store.routes),
});
async function dumpOf({ nl }: Box): Promise<Pictures> {
  const lists: [string, unknown][] = [];
  for (const name of names) lists.push([name, table((await nl[name].list()) as object[])]);
  // The lists of addresses that devices take are not in a store.
  const fdb = table((await nl.fdb.list()).filter((one) => one.master !== undefined));
  return { ...Object.fromEntries(lists), fdb, routes: inOrder(await nl.routes.list()) };
}
/** Holds a store, in sync, against what the kernel has. That may change by itself meanwhile: carriers, and
 * addresses of IPv6, which are told of when they are no longer tentative, after a second or two. */
async function expectSame(store: Store, box: Box): Promise<void> {
  for (let tries = 0; ; tries++) {
    await store.sync({ timeout: 10_000 });
    const dump = await dumpOf(box);
    const picture = pictureOf(store);
    if (tries === 100 || isDeepStrictEqual(picture, dump)) {
      expect(picture).toEqual(dump);
      return;
    }
    await sleep(50);
  }
}

describeKernels("a store", (kernel) => {
  let box: Box;
  let store: Store;
  beforeEach(async () => {
    box = await kernel.box();
    const { nl } = box;
    await nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    await nl.links.set("veth1", { up: true });
    await nl.links.set("veth0", { up: true });
    await nl.addresses.add("veth0", "192.0.2.1/24");
    await nl.addresses.add("veth0", "2001:db8::1/64", { flags: ["nodad"] });
  });
  afterEach(() => {
    store?.close();
    box?.close();
  });

  kernel.liveTest("begins with what is there, and follows every kind of change", async () => {
    const { nl } = box;
    store = await nl.store(all);
    expect(store.synced).toBe(true);
    await expectSame(store, box);
    expect(store.links.get("veth0")).toBe(store.links.get(store.links.get("veth0")!.index));
    expect(store.routes.get({ dst: "192.0.2.0/24" })).toMatchObject({ dev: "veth0", scope: "link" });

    await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.2" });
    await nl.routes.append({ dst: "10.0.0.0/8", via: "192.0.2.3" });
    box.ip("route", "prepend", "10.0.0.0/8", "via", "192.0.2.4");
    await expectSame(store, box);
    expect(store.routes.filter((r) => r.dst === "10.0.0.0/8").map((r) => r.via)).toEqual([
      "192.0.2.4",
      "192.0.2.2",
      "192.0.2.3",
    ]);
    await nl.routes.replace({ dst: "10.0.0.0/8", via: "192.0.2.5" });
    await nl.routes.remove({ dst: "10.0.0.0/8", via: "192.0.2.2" });
    await expectSame(store, box);
    expect(store.routes.filter((r) => r.dst === "10.0.0.0/8").map((r) => r.via)).toEqual(["192.0.2.5", "192.0.2.3"]);

    await nl.routes.add({ dst: "2001:db8:1::/48", nexthops: [{ via: "2001:db8::2" }, { via: "2001:db8::3" }] });
    await expectSame(store, box);
    await nl.routes.append({ dst: "2001:db8:1::/48", via: "2001:db8::4" });
    await expectSame(store, box);
    await box.nl.routes.remove({ dst: "2001:db8:1::/48", via: "2001:db8::2" });
    await expectSame(store, box);
    await box.nl.routes.replace({ dst: "2001:db8:1::/48", via: "2001:db8::9" });
    await expectSame(store, box);

    await nl.rules.add({ from: "10.0.0.0/8", table: 100, priority: 1000 });
    await nl.neighbors.add({ dst: "192.0.2.7", dev: "veth0", lladdr: "02:00:00:00:00:07" });
    await nl.nsids.set({ pid: process.pid }, 5);
    await nl.nexthops.add({ id: 1, via: "192.0.2.8", dev: "veth0" });
    await nl.nexthops.add({ id: 2, group: [{ id: 1 }] });
    await box.nl.routes.add({ dst: "10.7.0.0/16", nexthopId: 2 });
    await expectSame(store, box);
    expect(store.neighbors.get({ dst: "192.0.2.7" })).toMatchObject({ state: "permanent", dev: "veth0" });
    await nl.nexthops.remove(1); // takes the group and its routes along
    await expectSame(store, box);
    expect(store.routes.get({ dst: "10.7.0.0/16" })).toBeUndefined();
    await nl.rules.remove({ from: "10.0.0.0/8", table: 100, priority: 1000 });
    await nl.addresses.remove("veth0", "2001:db8::1/64");
    await expectSame(store, box);
  });

  test("what the kernel does in silence: routes and nexthops of a device that goes down", async () => {
    const { nl } = box;
    await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.2" });
    await nl.nexthops.add({ id: 1, via: "192.0.2.8", dev: "veth0" });
    store = await nl.store(all);
    await nl.links.set("veth1", { up: false }); // no carrier on veth0: its routes have a flag more
    await expectSame(store, box);
    expect(store.routes.get({ dst: "10.0.0.0/8" })?.flags).toContain("linkdown");
    await nl.links.set("veth1", { up: true });
    await expectSame(store, box);
    await nl.links.set("veth0", { up: false });
    await expectSame(store, box);
    expect(store.routes.get({ dst: "10.0.0.0/8" })).toBeUndefined();
    expect(store.nexthops.size).toBe(0);
    await nl.links.set("veth0", { up: true });
    await nl.links.set("veth0", { name: "left0" });
    await expectSame(store, box);
    await nl.links.remove("left0");
    await expectSame(store, box);
    expect(store.links.get("left0")).toBeUndefined();
    expect(store.addresses.get({ local: "192.0.2.1" })).toBeUndefined();
  });

  kernel.liveTest("traffic control, bridges and their tables", async (context) => {
    const { nl } = box;
    store = await nl.store(all);
    await nl.links.add({ kind: "bridge", name: "br0" });
    await nl.links.set("br0", { up: true });
    await nl.links.set("veth1", { master: "br0" });
    await nl.fdb.add({ dev: "veth1", mac: "02:00:00:00:00:aa", master: true } as never);
    await expectSame(store, box);
    await nl.links.set("veth1", { master: null } as never).catch(() => box.ip("link", "set", "veth1", "nomaster"));
    await expectSame(store, box);
    try {
      await nl.qdiscs.replace("veth0", htb(), { handle: "1:" });
    } catch (e) {
      if (isNotSupported(e)) context.skip("this kernel has no htb");
      throw e;
    }
    await nl.classes.add("veth0", htbClass({ rate: "10mbit" }), { parent: "1:", handle: "1:1" });
    await nl.classes.add("veth0", htbClass({ rate: "5mbit" }), { parent: "1:1", handle: "1:10" });
    await nl.qdiscs.add("veth0", htb(), { parent: "1:10", handle: "10:" });
    await expectSame(store, box);
    expect(store.classes.size).toBe(2);
    const filtered = await nl.filters
      .add("veth0", matchall({ classid: "1:10" }), { parent: "1:", protocol: "all", priority: 5 })
      .catch((e) => isNotSupported(e) || Promise.reject(e));
    await expectSame(store, box);
    // Beside the filter, the kernel's line that stands for its priority, without a handle.
    expect(store.filters.filter((one) => one.handle !== undefined).length).toBe(filtered === true ? 0 : 1);
    await nl.qdiscs.remove("veth0"); // and all that hangs on it, in silence
    await expectSame(store, box);
    expect([store.classes.size, store.filters.size]).toEqual([0, 0]);
  });

  test.each([
    ["the default buffer", {}, false],
    ["a tiny buffer", { receiveBufferSize: 4096 }, true],
    ["a buffer and a limit of the system's default", { receiveBufferSize: 106_496, limit: 500 }, undefined],
  ] as const)(
    "20,000 rapid changes of routes with %s end as a dump does",
    async (_, options, overruns) => {
      const { nl } = box;
      store = await nl.store(all, options);
      let changes = 0;
      store.routes.onChange(() => changes++);
      const lost = nl.events({ routes: true }, options);
      const route = (i: number, via: number) => ({
        dst: i % 4 === 3 ? `2001:db8:${(i % 2500).toString(16)}::/48` : `10.${(i % 2500) >> 8}.${i & 255}.0/24`,
        via: i % 4 === 3 ? `2001:db8::${via.toString(16)}` : `192.0.2.${via}`,
        metric: 100 + (i % 3),
      });
      for (let at = 0; at < 20_000; at += 1000) {
        const batch = nl.batch();
        for (let i = at; i < at + 1000; i++) {
          const verb = (["add", "add", "replace", "append", "add", "remove"] as const)[(i * 7) % 6]!;
          batch.add(nl.routes.prepare(verb, route(i * 13, 2 + ((i * 31) % 200))));
        }
        const results = await batch.send();
        expect(results.filter((e) => e !== undefined).length).toBeLessThan(1000);
      }
      await expectSame(store, box);
      expect(store.routes.size).toBeGreaterThan(1000);
      expect(changes).toBeGreaterThan(1000);
      let overran = 0;
      for (const end = Date.now() + 300; Date.now() < end; ) {
        const next = await Promise.race([lost.next(), sleep(100)]);
        if (next === undefined) break;
        if (next.value?.type === "overrun") overran++;
      }
      lost.close();
      if (overruns !== undefined) expect(overran > 0).toBe(overruns);
      // And from here on it follows as before.
      await nl.routes.add({ dst: "172.16.0.0/12", via: "192.0.2.2" });
      expect(await store.routes.waitFor((r) => r.dst === "172.16.0.0/12", { timeout: 5000 })).toMatchObject({
        via: "192.0.2.2",
      });
      await expectSame(store, box);
    },
    120_000,
  );

  kernel.liveTest(
    "opened while another process changes 20,000 routes, it ends as a dump does",
    async () => {
      const lines: string[] = [];
      for (let i = 0; i < 20_000; i++) {
        const verb = i % 5 === 4 ? "replace" : i % 7 === 6 ? "append" : i % 3 === 2 ? "del" : "add";
        const n = verb === "del" ? i - 2 : i;
        lines.push(
          `route ${verb} 10.${(n >> 8) & 15}.${n & 255}.0/24 via 192.0.2.${2 + (verb === "del" ? n % 50 : i % 50)}`,
        );
      }
      const ip = spawn("ip", ["-n", box.name, "-force", "-batch", "-"], { stdio: ["pipe", "ignore", "ignore"] });
      const ended = new Promise((resolve) => ip.on("close", resolve));
      ip.stdin.end(lines.join("\n"));
      const stores = [await box.nl.store(all)];
      await sleep(50);
      stores.push(await box.nl.store(all, { receiveBufferSize: 8192 }), await box.nl.store(all, { limit: 10 }));
      expect(ip.exitCode).toBeNull(); // it is still at it
      await ended;
      for (const one of stores) {
        await expectSame(one, box);
        expect(one.routes.size).toBeGreaterThan(1000);
        one.close();
      }
    },
    120_000,
  );

  test("waiting: link up, address no longer tentative; too long, given up, closed", async () => {
    const { nl } = box;
    await nl.links.set("veth1", { up: false });
    const up = nl.waitFor("links", (link) => link.name === "veth0" && link.operstate === "up", { timeout: 10_000 });
    setTimeout(() => nl.links.set("veth1", { up: true }), 30);
    expect((await up).name).toBe("veth0");
    await nl.addresses.add("veth0", "2001:db8:5::1/64");
    const ready = await nl.waitFor("addresses", (a) => a.local === "2001:db8:5::1" && !a.flags.includes("tentative"), {
      timeout: 20_000,
    });
    expect(ready.flags).not.toContain("tentative");

    store = await nl.store(all);
    await expect(store.links.waitFor((l) => l.name === "nosuch", { timeout: 30 })).rejects.toMatchObject({
      code: "ETIMEDOUT", message: "wait for links: it was not so within 30 ms (ETIMEDOUT)",
    }); // biome-ignore format: a row
    const abort = new AbortController();
    const waiting = store.waitFor((s) => s.links.get("nosuch"), { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ECANCELED" });
    await expect(store.links.waitFor(() => { throw new Error("mine"); })).rejects.toThrow("mine"); // biome-ignore format: a row
    const rest = store.links.waitFor(() => false);
    const reading = store.links.changes();
    const next = reading.next();
    store.close();
    await expect(rest).rejects.toMatchObject({
      code: "EBADF",
      message: "follow the kernel: the store is closed (EBADF)",
    });
    expect(await next).toEqual({ value: undefined, done: true });
    expect(store.synced).toBe(false);
    expect(store.links.get("veth0")?.name).toBe("veth0"); // as of then
    await expect(store.sync()).rejects.toMatchObject({ code: "EBADF" });
    await expect(store.links.waitFor((l) => l.name === "nosuch")).rejects.toMatchObject({ code: "EBADF" });
  });

  test("the connection's end ends the store", async () => {
    store = await box.nl.store(all);
    const waiting = store.links.waitFor(() => false);
    box.nl.close();
    await expect(waiting).rejects.toMatchObject({ code: "EBADF" });
    expect(store.closed).toBe(true);
  });
});
