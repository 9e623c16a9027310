import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { link } from "../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import type { EventStream, EventType, NetworkEvent } from "../../src/index.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

/** Reads until an event is as it should be; gives all that was read. */
async function until<T extends EventType>(
  events: EventStream<T>,
  last: (event: NetworkEvent<T>) => boolean,
): Promise<NetworkEvent<T>[]> {
  const seen: NetworkEvent<T>[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the stream ended after ${seen.map((e) => e.type).join(" ")}`);
    seen.push(value);
    if (last(value)) return seen;
  }
}

describeKernels("events", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
  });
  afterEach(() => box?.close());

  test("links, addresses, routes, neighbours and rules come and go, in order, with names", async () => {
    const { nl } = box;
    const events = nl.events({ links: true, addresses: true, routes: true, neighborsV4: true, rules: true });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
    await box.nl.addresses.add("veth0", "192.0.2.1/24");
    await box.nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.9" });
    await box.nl.routes.replace({ dst: "10.0.0.0/8", via: "192.0.2.10" });
    await box.nl.routes.append({ dst: "10.0.0.0/8", via: "192.0.2.11" });
    await box.nl.neighbors.add({ dst: "192.0.2.7", lladdr: "02:00:00:00:00:07", dev: "veth0" });
    await box.nl.rules.add({ from: "10.0.0.0/8", table: 100, priority: 7 });
    await box.nl.rules.remove({ from: "10.0.0.0/8", table: 100, priority: 7 });
    await box.nl.routes.remove({ dst: "10.0.0.0/8", via: "192.0.2.10" });
    await box.nl.links.remove("veth0");
    const seen = await until(events, (e) => e.type === "link" && e.action === "del" && e.link.name === "veth0");
    const said = seen.flatMap((e) => {
      if (e.type === "address" && e.address.family === "inet")
        return `${e.action} ${e.address.address} ${e.address.dev}`;
      if (e.type === "route" && e.route.dst === "10.0.0.0/8")
        return `${e.replace ? "replace" : e.append ? "append" : e.action} ${e.route.via} ${e.route.dev}`;
      if (e.type === "neighbor") return `${e.action} ${e.neighbor.dst} ${e.neighbor.dev}`;
      if (e.type === "rule") return `${e.action} rule ${e.rule.priority}`;
      if (e.type === "link" && e.link.name === "veth0") return `${e.action} veth0 ${e.link.up ? "up" : "down"}`;
      return [];
    });
    expect(said.filter((line, i) => line !== said[i - 1])).toEqual([
      "new veth0 up", "new 192.0.2.1/24 veth0", "new 192.0.2.9 veth0", "replace 192.0.2.10 veth0", "append 192.0.2.11 veth0", "new 192.0.2.7 veth0",
      "new rule 7", "del rule 7", "del 192.0.2.10 veth0", "new veth0 down", "del 192.0.2.7 veth0", "del 192.0.2.1/24 veth0", "del veth0 down",
    ]); // biome-ignore format: a table
    events.close();
  });

  test("an event names devices as they were called then", async () => {
    const events = box.nl.events({ addressesV4: true });
    await box.nl.addresses.add("veth0", "192.0.2.1/24");
    await box.nl.links.set("veth0", { name: "left0" });
    await box.nl.addresses.add("left0", "192.0.2.2/24");
    const seen = await until(events, (e) => e.type === "address" && e.address.local === "192.0.2.2");
    // The first name was read when the stream began to be read, and may be the newer one.
    expect(seen.map((e) => e.type === "address" && [e.address.local, e.address.dev]).at(-1)).toEqual([
      "192.0.2.2",
      "left0",
    ]);
    await box.nl.links.set("left0", { name: "right0" });
    await box.nl.addresses.remove("right0", "192.0.2.2/24");
    await box.nl.links.set("right0", { name: "up0" });
    await box.nl.addresses.add("up0", "192.0.2.3/24");
    const more = await until(events, (e) => e.type === "address" && e.address.local === "192.0.2.3");
    expect(
      more.flatMap((e) => (e.type === "address" ? [`${e.action} ${e.address.local} ${e.address.dev}`] : [])),
    ).toEqual(expect.arrayContaining(["del 192.0.2.2 right0", "new 192.0.2.3 up0"]));
    expect(more.every((e) => e.type === "address")).toBe(true); // the link's own were not asked for
    events.close();
  });

  test("IPv4 and IPv6 apart, several streams at once, and requests beside them", async () => {
    const { nl } = box;
    await nl.links.set("veth1", { up: true });
    await nl.links.set("veth0", { up: true });
    const v4 = nl.events({ routesV4: true });
    const v6 = nl.events({ routesV6: true });
    const both = nl.events({ routes: true });
    await nl.addresses.add("veth0", "192.0.2.1/24");
    await nl.routes.add({ dst: "10.9.0.0/16", via: "192.0.2.9" });
    await nl.routes.add({ dst: "2001:db8:9::/48", dev: "veth0" });
    await nl.routes.add({ dst: "10.10.0.0/16", via: "192.0.2.9" });
    const families = async (events: EventStream<"route">, dst: string) =>
      new Set(
        (await until(events, (e) => e.type === "route" && e.route.dst === dst)).flatMap((e) =>
          e.type === "route" ? e.route.family : [],
        ),
      );
    expect(await families(v4, "10.10.0.0/16")).toEqual(new Set(["inet"]));
    expect(await families(v6, "2001:db8:9::/48")).toEqual(new Set(["inet6"]));
    expect(await families(both, "10.10.0.0/16")).toEqual(new Set(["inet", "inet6"]));
    for (const events of [v4, v6, both]) events.close();
  });

  test("namespaces: a stream of one sees one, a stream of all tells which", async () => {
    const other = await kernel.box();
    try {
      await box.nl.nsids.set(other.name, 7);
      const one = box.nl.events({ links: true });
      const all = box.nl.events({ links: true, addresses: true }, { allNamespaces: true });
      await other.nl.links.add({ kind: "veth", name: "there0", peer: { name: "there1" } });
      await other.nl.addresses.add("there0", "192.0.2.1/24");
      await box.nl.links.set("veth0", { mtu: 1234 });
      const mine = await until(one, () => true);
      expect(mine[0]).toMatchObject({ type: "link", link: { name: "veth0", mtu: 1234 } });
      expect(mine[0]).not.toHaveProperty("netns");
      const seen = await until(all, (e) => e.type === "link" && e.link.mtu === 1234);
      expect(seen.at(-1)).not.toHaveProperty("netns");
      expect(seen).toContainEqual(
        expect.objectContaining({
          type: "link",
          action: "new",
          netns: 7,
          link: expect.objectContaining({ name: "there0" }),
        }),
      );
      expect(seen).toContainEqual(
        expect.objectContaining({ type: "address", netns: 7, address: expect.objectContaining({ dev: "there0" }) }),
      );
      one.close();
      all.close();
    } finally {
      other.close();
    }
  });

  test("everything, with what has no form here", async () => {
    const events = box.nl.events({ all: true });
    await box.nl.links.set("veth1", { up: true });
    await box.nl.links.set("veth0", { up: true });
    await box.nl.nexthops.add({ id: 9, dev: "veth0" });
    await box.nl.nexthops.remove(9);
    const seen = await until(events, (e) => e.type === "nexthop" && e.action === "del");
    expect(new Set(seen.map((e) => e.type))).toEqual(
      expect.objectContaining(new Set(["link", "inet6", "route", "nexthop"])),
    );
    events.close();
  });

  kernel.liveTest(
    "the signal, break, close() and the connection's end release the socket; a closed stream is done",
    async () => {
      const { nl } = box;
      const sockets = () =>
        execFileSync("ip", ["netns", "exec", box.name, "cat", "/proc/net/netlink"], { encoding: "utf8" }).split("\n")
          .length;
      const before = sockets();
      const aborted = new AbortController();
      const streams = Array.from({ length: 4 }, () => nl.events({ links: true }, { signal: aborted.signal }));
      expect(sockets()).toBe(before + 4);
      const [a, b, c, d] = streams as [EventStream, EventStream, EventStream, EventStream];
      a.close();
      expect(a.closed).toBe(true);
      await nl.links.set("veth0", { mtu: 1234 });
      for await (const event of b) if (event.type === "link") break;
      expect(sockets()).toBe(before + 2);
      const waiting = [c.next(), d.next()];
      expect((await Promise.all(waiting)).every((r) => !r.done)).toBe(true);
      const more = [c.next(), c.next(), d.next()];
      await sleep(20);
      aborted.abort();
      expect(await Promise.all(more)).toEqual(Array(3).fill({ value: undefined, done: true }));
      expect(sockets()).toBe(before);
      for (const stream of streams) expect(await stream.next()).toEqual({ value: undefined, done: true });
      expect(await nl.events({ links: true }, { signal: AbortSignal.abort() }).next()).toEqual({
        value: undefined,
        done: true,
      });

      const last = nl.events({ links: true });
      const pending = last.next();
      nl.close();
      await expect(pending).rejects.toMatchObject({
        code: "EBADF",
        message: "listen to events: the connection is closed (EBADF)",
      });
      expect(await last.next()).toEqual({ value: undefined, done: true });
      expect(() => nl.events({ links: true })).toThrow("listen to events: the connection is closed (EBADF)");
    },
  );

  test("what is lost is counted, and the stream goes on", async () => {
    const events = box.nl.events({ links: true }, { receiveBufferSize: 4096 });
    await box.nl.links.set("veth0", { mtu: 1001 });
    await until(events, (e) => e.type === "link" && e.link.mtu === 1001);
    const { index } = await box.nl.links.get("veth0");
    const message = (i: number) => ({ type: RTM.setlink, schema: link, value: { index, mtu: 2000 + i } });
    expect(await box.nl.channel.batch(Array.from({ length: 300 }, (_, i) => message(i)))).toEqual(Array(300));
    const seen = await until(events, (e) => e.type === "overrun");
    const overrun = seen.at(-1) as Extract<NetworkEvent, { type: "overrun" }>;
    // What survived comes before the loss, in order and without a gap.
    const survived = seen.flatMap((e) => (e.type === "link" ? [e.link.mtu] : []));
    expect(survived).toEqual(survived.map((_, i) => 2000 + i));
    // The kernel sends a message or two for each.
    expect(survived.length + overrun.lost!).toBeGreaterThanOrEqual(300);
    await box.nl.links.set("veth0", { mtu: 1002 });
    await until(events, (e) => e.type === "link" && e.link.mtu === 1002);
    events.close();
  });
});
