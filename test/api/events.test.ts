/** Event streams and stores over a transport without a kernel. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { rtnetlinkGroups } from "../../src/codec/rtnetlink/groups.ts";
import { link } from "../../src/codec/rtnetlink/link/link.ts";
import { route } from "../../src/codec/rtnetlink/route.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { encode } from "../../src/codec/schema/engine.ts";
import {
  Connection,
  type EventOptions,
  type EventSelection,
  type EventStream,
  OptionError,
  type Store,
} from "../../src/index.ts";
import { type Datagram, type Transport, TransportError } from "../../src/transport/transport.ts";
import { bytesOf, doneOf, ENOBUFS, join, StubTransport } from "../support/stub-transport.ts";

const group = rtnetlinkGroups.values;
const UP = 0x10043;
type Link = { index: number; name: string; flags?: number };
const linkPayload = ({ index, name, flags = UP }: Link) =>
  encode(link, { family: 0, type: 1, index, flags, change: 0, ifname: name, mtu: 1500 });
const routePayload = (dst: string, via: string, metric = 0) =>
  encode(route, {
    family: 2, dstLen: 32, srcLen: 0, tos: 0, table: 254, protocol: 3, scope: 0, type: 1, flags: 0, dst, gateway: via, oif: 2, priority: metric,
  }); // biome-ignore format: a row
const REPLACE = 0x100;
const APPEND = 0x800;
const INTERRUPTED = 0x10;

/** A kernel with links and IPv4 routes, which tells of them only as the test wants. */
class Kernel {
  /** For requests. */
  readonly stub = new StubTransport();
  /** For events, where they have a socket of their own. */
  readonly events: StubTransport;
  links: Link[] = [
    { index: 1, name: "lo" },
    { index: 2, name: "eth0" },
  ];
  /** Destination and gateway, in order. */
  routes: [dst: string, via: string][] = [];
  dumps: number[] = [];
  interrupt = 0;
  dropped: number | undefined = 0;
  /** Runs when a dump is asked for, before it is answered. */
  onDump: ((type: number) => void) | undefined;

  constructor(own = true) {
    this.events = own ? new StubTransport() : this.stub;
    this.events.onEmpty = undefined;
    (this.events as Transport).drops = () => this.dropped;
    if (own) (this.stub as Transport).another = () => this.events;
    this.stub.onSend = (requests) => {
      for (const request of requests) {
        this.dumps.push(request.type);
        this.onDump?.(request.type);
        const flags = 2 | (this.interrupt > 0 && request.type === RTM.getroute ? INTERRUPTED : 0);
        if (flags !== 2) this.interrupt--;
        const part = (type: number, payload: Uint8Array) =>
          bytesOf({ type, flags, sequence: request.sequence, payload });
        if (request.type === RTM.getlink)
          this.stub.queue(join(...this.links.map((one) => part(RTM.newlink, linkPayload(one)))));
        if (request.type === RTM.getroute)
          this.stub.queue(
            join(...this.routes.map(([dst, via]) => part(RTM.newroute, routePayload(dst, via))), new Uint8Array(0)),
          );
        this.stub.queue(doneOf(request));
      }
    };
  }
  open = () => Connection.open({ transport: this.stub });
  queue(what: Uint8Array | Error, more: Partial<Datagram>) {
    this.events.queue(what, more);
  }
  tellLink(one: Link, type: number = RTM.newlink, more: Partial<Datagram> = {}) {
    this.queue(bytesOf({ type, sequence: 0, portId: 0, payload: linkPayload(one) }), { group: group.link, ...more });
  }
  tellRoute(dst: string, via: string, { del = false, flags = 0, metric = 0 } = {}) {
    const payload = routePayload(dst, via, metric);
    this.queue(bytesOf({ type: del ? RTM.delroute : RTM.newroute, flags, sequence: 0, portId: 0, payload }), {
      group: group["ipv4-route"],
    });
  }
  overrun() {
    this.queue(ENOBUFS(), {});
  }
  wake() {
    this.events.wake();
  }
}

/** Reads until nothing comes for a moment; what came, in short. */
async function read(events: EventStream, quiet = 40): Promise<string[]> {
  const said: string[] = [];
  for (;;) {
    const next = events.next();
    const result = await Promise.race([next, sleep(quiet)]);
    if (result === undefined) {
      pending.set(events, next);
      return said;
    }
    if (result.done) return [...said, "done"];
    said.push(short(result.value));
  }
}
/** A read that waited when the last call gave up. */
const pending = new WeakMap<EventStream, Promise<unknown>>();
async function again(events: EventStream): Promise<string[]> {
  const first = (await pending.get(events)) as Awaited<ReturnType<EventStream["next"]>>;
  return first.done ? ["done"] : [short(first.value), ...(await read(events))];
}
function short(event: NonNullable<Awaited<ReturnType<EventStream["next"]>>["value"]>): string {
  switch (event.type) {
    case "overrun":
      return `lost ${event.lost}`;
    case "resync":
      return `${event.phase} ${event.reason}`;
    case "link":
      return `${event.action} ${event.link.name}${event.netns === undefined ? "" : ` in ${event.netns}`}`;
    case "route":
      return `${event.replace ? "replace" : event.append ? "append" : event.action} ${event.route.dst} ${event.route.via} ${event.route.dev}`;
  }
  return event.type;
}

describe("what is chosen is checked before anything is sent", () => {
  test.each<[unknown, unknown, string]>([
    [{}, {}, "events: choose one at least of links, "],
    [{ links: false }, {}, "events: choose one at least of "],
    [undefined, {}, "events: an object is needed that says which: { links: true }"],
    [{ link: true }, {}, "events.link: there is no such option; there are links, "],
    [{ links: 1 }, {}, "events.links: 1 is not true or false"],
    [{ links: true }, { buffer: 1 }, "events.buffer: there is no such option; there are signal, limit, resync, "],
    [{ links: true }, { limit: 0 }, "events.limit: there must be room for one"],
    [{ links: true }, { limit: 1.5 }, "events.limit: 1.5 is not an integer from 0 to "],
    [{ links: true }, { receiveBufferSize: 0 }, "events.receiveBufferSize: a size in bytes is needed"],
    [{ links: true }, { receiveBufferSize: -1 }, "events.receiveBufferSize: -1 is not an integer"],
  ])("events(%j, %j)", async (selection, options, text) => {
    const { stub, open } = new Kernel();
    const nl = await open();
    expect(() => nl.events(selection as EventSelection, options as EventOptions)).toThrow(OptionError);
    expect(() => nl.events(selection as EventSelection, options as EventOptions)).toThrow(text);
    expect([stub.requests, [...stub.joined]]).toEqual([[], []]);
  });
  test("of a store", async () => {
    const nl = await new Kernel().open();
    await expect(nl.store({} as never)).rejects.toThrow("store: choose one at least of links, ");
    await expect(nl.store({ netconf: true } as never)).rejects.toThrow("store.netconf: there is no such option");
    await expect(nl.store({ links: true }, { resync: false } as never)).rejects.toThrow(
      "store.resync: there is no such option",
    );
    await expect(nl.waitFor("nosuch" as never, () => true)).rejects.toThrow("store.nosuch: there is no such option");
    await expect(nl.waitFor("links", () => true, { timeout: -1 })).rejects.toThrow(
      "waitFor.timeout: -1 is not an integer",
    );
  });
  test("a transport of one conversation has one namespace", async () => {
    const nl = await new Kernel(false).open();
    expect(() => nl.events({ links: true }, { allNamespaces: true })).toThrow(
      "events.allNamespaces: this transport has one namespace",
    );
  });
  test("a group that the kernel lacks", async () => {
    const { events, open } = new Kernel();
    events.join = () => {
      throw new TransportError("setsockopt NETLINK_ADD_MEMBERSHIP", "EINVAL", 22);
    };
    const nl = await open();
    expect(() => nl.events({ multicastAddresses: true })).toThrow(
      "the kernel lacks one of the multicast groups link, ipv4-mcaddr",
    );
    expect(events.closed).toBe(true);
  });
});

describe("a stream", () => {
  test("keeps names from the links' events, and looks nothing up but once", async () => {
    const kernel = new Kernel();
    const nl = await kernel.open();
    const events = nl.events({ links: true, routesV4: true });
    expect([...kernel.events.joined].sort((a, b) => a - b)).toEqual([1, 7]);
    kernel.tellRoute("10.0.0.1", "192.0.2.1");
    kernel.tellLink({ index: 2, name: "wan0" });
    kernel.tellRoute("10.0.0.2", "192.0.2.1");
    kernel.tellLink({ index: 2, name: "wan0" }, RTM.dellink);
    kernel.tellRoute("10.0.0.2", "192.0.2.1", { del: true }); // what is told late has its name still
    kernel.wake();
    expect(await read(events)).toEqual([
      "new 10.0.0.1/32 192.0.2.1 eth0", "new wan0", "new 10.0.0.2/32 192.0.2.1 wan0", "del wan0", "del 10.0.0.2/32 192.0.2.1 wan0",
    ]); // biome-ignore format: a list
    expect(kernel.dumps).toEqual([RTM.getlink]);
    events.close();
    expect([kernel.events.closed, kernel.stub.closed]).toEqual([true, false]);
  });

  test("after an overflow: what survived, how much is lost, and what comes then", async () => {
    const kernel = new Kernel();
    const events = (await kernel.open()).events({ routesV4: true });
    kernel.overrun();
    kernel.tellRoute("10.0.0.1", "192.0.2.1");
    kernel.tellRoute("10.0.0.2", "192.0.2.1");
    kernel.dropped = 17;
    kernel.wake();
    expect(await read(events)).toEqual(["new 10.0.0.1/32 192.0.2.1 eth0", "new 10.0.0.2/32 192.0.2.1 eth0", "lost 17"]);
    kernel.links = [{ index: 2, name: "renamed" }]; // that event was among those lost
    kernel.tellRoute("10.0.0.3", "192.0.2.1");
    kernel.wake();
    expect(await again(events)).toEqual(["new 10.0.0.3/32 192.0.2.1 eth0"]);
    events.close();
  });

  test("a transport that does not count says that something is lost; a cut message is one", async () => {
    const kernel = new Kernel(false);
    kernel.dropped = undefined;
    const events = (await kernel.open()).events({ routesV4: true });
    kernel.overrun();
    kernel.wake();
    expect(await read(events)).toEqual(["lost undefined"]);
    kernel.dropped = 0;
    events.close();
    const counted = new Kernel();
    const more = (await counted.open()).events({ routesV4: true });
    counted.queue(
      bytesOf({ type: RTM.newroute, sequence: 0, payload: routePayload("10.0.0.1", "192.0.2.1") }).slice(0, 40),
      { group: 7 },
    );
    counted.tellRoute("10.0.0.2", "192.0.2.1");
    counted.wake();
    expect(await read(more)).toEqual(["lost 1", "new 10.0.0.2/32 192.0.2.1 eth0"]);
    more.close();
  });

  test("a reader that is too slow loses beyond its limit, and reads on from there", async () => {
    const kernel = new Kernel();
    const events = (await kernel.open()).events({ routesV4: true }, { limit: 2 });
    for (let i = 1; i <= 5; i++) kernel.tellRoute(`10.0.0.${i}`, "192.0.2.1");
    kernel.wake();
    expect(await read(events)).toEqual(["new 10.0.0.1/32 192.0.2.1 eth0", "new 10.0.0.2/32 192.0.2.1 eth0", "lost 3"]);
    kernel.tellRoute("10.0.0.6", "192.0.2.1");
    kernel.wake();
    expect(await again(events)).toEqual(["new 10.0.0.6/32 192.0.2.1 eth0"]);
    events.close();
  });

  test("several over a transport of one conversation", async () => {
    const kernel = new Kernel(false);
    const nl = await kernel.open();
    const [a, b] = [nl.events({ links: true }), nl.events({ routesV4: true })];
    kernel.tellLink({ index: 3, name: "eth1" });
    kernel.tellRoute("10.0.0.1", "192.0.2.1");
    kernel.wake();
    expect([await read(a), await read(b)]).toEqual([["new eth1"], ["new 10.0.0.1/32 192.0.2.1 eth0"]]);
    a.close();
    expect([...kernel.stub.joined].sort()).toEqual([1, 7]);
    b.close();
    expect([[...kernel.stub.joined], kernel.stub.listening, kernel.stub.closed]).toEqual([[], false, false]);
  });

  test("names of other namespaces are read once each", async () => {
    const kernel = new Kernel();
    const events = (await kernel.open()).events({ links: true, routesV4: true }, { allNamespaces: true });
    kernel.tellLink({ index: 7, name: "there" }, RTM.newlink, { nsid: 4 });
    kernel.tellLink({ index: 8, name: "there1" }, RTM.newlink, { nsid: 4 });
    kernel.tellLink({ index: 9, name: "here" });
    kernel.wake();
    expect(await read(events)).toEqual(["new there in 4", "new there1 in 4", "new here"]);
    expect(kernel.dumps).toEqual([RTM.getlink, RTM.getlink]);
    events.close();
  });

  test("what breaks the transport ends it, after what came before", async () => {
    const kernel = new Kernel();
    const events = (await kernel.open()).events({ links: true });
    kernel.tellLink({ index: 3, name: "eth1" });
    kernel.queue(new TransportError("recvmsg", "EIO", 5), {});
    kernel.wake();
    expect((await events.next()).value).toMatchObject({ type: "link" });
    await expect(events.next()).rejects.toMatchObject({ code: "EIO" });
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(kernel.events.closed).toBe(true);
  });

  test("closed while it reads what is there: done, and nothing thrown", async () => {
    const kernel = new Kernel();
    const stop = new AbortController();
    const events = (await kernel.open()).events({ links: true }, { resync: true, signal: stop.signal });
    kernel.onDump = () => stop.abort();
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(kernel.events.closed).toBe(true);
  });
});

describe("a stream that resyncs", () => {
  const start = async (kernel: Kernel, selection: EventSelection = { routesV4: true }, options: EventOptions = {}) => {
    const events = (await kernel.open()).events(selection, { resync: true, ...options });
    return { events, began: await read(events) };
  };

  test("begins with what is there", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    const { events, began } = await start(kernel, { links: true, routesV4: true });
    expect(began).toEqual(["start initial", "new lo", "new eth0", "new 10.0.0.1/32 192.0.2.1 eth0", "end initial"]);
    events.close();
  });

  test("what came while it read is put on top, and told once", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    kernel.onDump = (type) => {
      if (type !== RTM.getroute) return;
      // These were made before the dump, and are in it or undone by then.
      kernel.tellRoute("10.0.0.1", "192.0.2.1");
      kernel.tellRoute("10.0.0.2", "192.0.2.2");
      kernel.tellRoute("10.0.0.2", "192.0.2.2", { del: true });
      kernel.tellRoute("10.0.0.3", "192.0.2.3");
      kernel.wake();
    };
    const { events, began } = await start(kernel);
    expect(began).toEqual([
      "start initial", "new 10.0.0.1/32 192.0.2.1 eth0", "new 10.0.0.3/32 192.0.2.3 eth0", "end initial",
    ]); // biome-ignore format: a list
    events.close();
  });

  test("after a loss, reads again when the queue is empty, and tells what differs", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"], ["10.0.0.2", "192.0.2.2"], ["10.0.0.3", "192.0.2.3"]]; // biome-ignore format: a list
    const { events } = await start(kernel);
    kernel.routes = [["10.0.0.1", "192.0.2.1"], ["10.0.0.3", "192.0.2.33"], ["10.0.0.5", "192.0.2.5"]]; // biome-ignore format: a list
    kernel.overrun();
    kernel.tellRoute("10.0.0.4", "192.0.2.4");
    kernel.dropped = 4;
    kernel.wake();
    expect(await again(events)).toEqual([
      "new 10.0.0.4/32 192.0.2.4 eth0", "lost 4",
      "start overrun", "del 10.0.0.2/32 192.0.2.2 eth0", "del 10.0.0.4/32 192.0.2.4 eth0", "replace 10.0.0.3/32 192.0.2.33 eth0",
      "new 10.0.0.5/32 192.0.2.5 eth0", "end overrun",
    ]); // biome-ignore format: a list
    events.close();
  });

  test("a loss while it reads makes it read once more", async () => {
    const kernel = new Kernel();
    const { events } = await start(kernel);
    let times = 0;
    kernel.onDump = (type) => {
      if (type !== RTM.getroute || times++ > 0) return;
      kernel.overrun();
      kernel.dropped = 9;
      kernel.wake();
    };
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    kernel.overrun();
    kernel.dropped = 5;
    kernel.wake();
    expect(await again(events)).toEqual([
      "lost 5", "start overrun", "new 10.0.0.1/32 192.0.2.1 eth0", "end overrun", "lost 4", "start overrun", "end overrun",
    ]); // biome-ignore format: a list
    events.close();
  });

  test("a dump that changes interrupt is asked for again", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    kernel.interrupt = 8; // a list gives up after six
    const { events, began } = await start(kernel);
    expect(began.length > 0 ? began : await again(events)).toEqual([
      "start initial",
      "new 10.0.0.1/32 192.0.2.1 eth0",
      "end initial",
    ]);
    events.close();
  });

  test("a device that goes down: its routes are read again, unasked, and the loss told", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    const { events } = await start(kernel);
    kernel.routes = [];
    kernel.tellLink({ index: 2, name: "eth0", flags: 0x1002 });
    kernel.wake();
    expect(await again(events)).toEqual(["start untold", "del 10.0.0.1/32 192.0.2.1 eth0", "end untold"]);
    // Where nothing is other than was told, nothing is said.
    kernel.tellLink({ index: 2, name: "eth0" });
    const before = kernel.dumps.length;
    kernel.wake();
    await sleep(60);
    expect(kernel.dumps.slice(before)).toEqual([RTM.getlink, RTM.getroute]);
    kernel.tellRoute("10.0.0.9", "192.0.2.1");
    kernel.wake();
    expect(await again(events)).toEqual(["new 10.0.0.9/32 192.0.2.1 eth0"]);
    events.close();
  });

  test("a device of another name: what refers to it is told anew", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    const { events } = await start(kernel);
    kernel.links = [{ index: 2, name: "wan0" }];
    kernel.tellLink({ index: 2, name: "wan0" });
    kernel.wake();
    expect(await again(events)).toEqual(["start untold", "replace 10.0.0.1/32 192.0.2.1 wan0", "end untold"]);
    events.close();
  });
});

describe("a store", () => {
  const ways = (store: Pick<Store, "routes">) => [...store.routes].map((r) => `${r.dst} ${r.via}`);
  const opened = async (kernel: Kernel) => (await kernel.open()).store({ routesV4: true });

  test.each<[string, ((kernel: Kernel) => void)[], string[]]>([
    ["a new one comes first", [(k) => k.tellRoute("10.0.0.1", "192.0.2.9")], ["9", "1", "2"]],
    ["one to append comes last", [(k) => k.tellRoute("10.0.0.1", "192.0.2.9", { flags: APPEND })], ["1", "2", "9"]],
    [
      "one to replace takes the place of the first",
      [(k) => k.tellRoute("10.0.0.1", "192.0.2.9", { flags: REPLACE })],
      ["9", "2"],
    ],
    [
      "what is removed is found by all that it says",
      [(k) => k.tellRoute("10.0.0.1", "192.0.2.2", { del: true })],
      ["1"],
    ],
    ["what is not there is not removed", [(k) => k.tellRoute("10.0.0.1", "192.0.2.7", { del: true })], ["1", "2"]],
    [
      "what is there already is not there twice",
      [(k) => k.tellRoute("10.0.0.1", "192.0.2.2", { flags: APPEND })],
      ["1", "2"],
    ],
    [
      "another metric is another route",
      [(k) => k.tellRoute("10.0.0.1", "192.0.2.9", { metric: 5, flags: REPLACE })],
      ["1", "2", "9"],
    ],
  ])("IPv4 routes to one prefix: %s", async (_, tell, expected) => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"], ["10.0.0.1", "192.0.2.2"]]; // biome-ignore format: a list
    const store = await opened(kernel);
    for (const one of tell) one(kernel);
    await store.sync();
    expect(ways(store)).toEqual(expected.map((last) => `10.0.0.1/32 192.0.2.${last}`));
    expect(store.routes.size).toBe(expected.length);
    store.close();
  });

  test("says what changed, to listeners and to readers", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    const store = await opened(kernel);
    const heard: string[] = [];
    const off = store.routes.onChange(({ action, value, previous }) =>
      heard.push(`${action} ${previous?.via} ${value?.via}`),
    );
    const changes = store.routes.changes();
    kernel.tellRoute("10.0.0.1", "192.0.2.9", { flags: REPLACE });
    kernel.tellRoute("10.0.0.2", "192.0.2.2");
    kernel.tellRoute("10.0.0.1", "192.0.2.9", { del: true });
    await store.sync();
    expect(heard).toEqual(["changed 192.0.2.1 192.0.2.9", "added undefined 192.0.2.2", "removed 192.0.2.9 undefined"]);
    off();
    const read: string[] = [];
    for await (const { action } of changes) if (read.push(action) === 3) break;
    expect(read).toEqual(["changed", "added", "removed"]);
    kernel.tellRoute("10.0.0.3", "192.0.2.2");
    await store.sync();
    expect(heard.length).toBe(3);
    store.close();
  });

  test("a reader of changes that is too slow is told how many it missed", async () => {
    const kernel = new Kernel();
    const store = await opened(kernel);
    const changes = store.routes.changes({ limit: 1 });
    for (let i = 1; i <= 3; i++) kernel.tellRoute(`10.0.0.${i}`, "192.0.2.1");
    await store.sync();
    expect((await changes.next()).value).toMatchObject({ action: "added" });
    expect((await changes.next()).value).toEqual({ action: "missed", lost: 2 });
    store.close();
    expect((await changes.next()).done).toBe(true);
  });

  test("is out of sync from the loss until all is read again", async () => {
    const kernel = new Kernel();
    const store = await opened(kernel);
    expect(store.synced).toBe(true);
    kernel.routes = [["10.0.0.1", "192.0.2.1"]];
    kernel.overrun();
    kernel.dropped = 3;
    kernel.wake();
    expect(store.synced).toBe(false);
    await store.sync();
    expect([store.synced, ways(store)]).toEqual([true, ["10.0.0.1/32 192.0.2.1"]]);
    store.close();
    expect([store.synced, store.closed]).toEqual([false, true]);
  });

  test("that cannot read what is there fails to open, and leaves nothing behind", async () => {
    const kernel = new Kernel();
    const nl = await kernel.open();
    kernel.onDump = (type) => {
      if (type === RTM.getroute) kernel.stub.queue(new TransportError("recvmsg", "EIO", 5));
    };
    await expect(nl.store({ routesV4: true })).rejects.toMatchObject({ code: "EIO" });
    expect(kernel.events.closed).toBe(true);
  });

  test("get, find, filter", async () => {
    const kernel = new Kernel();
    kernel.routes = [["10.0.0.1", "192.0.2.1"], ["10.0.0.2", "192.0.2.1"]]; // biome-ignore format: a list
    const store = await (await kernel.open()).store({ links: true, routes: true });
    expect(store.links.get("eth0")).toBe(store.links.get(2));
    expect(store.links.get({ name: "eth0" })?.index).toBe(2);
    expect(store.links.get("eth9")).toBeUndefined();
    expect(store.routes.get({ dst: "10.0.0.2/32", table: 254 })?.via).toBe("192.0.2.1");
    expect(store.routes.find((r) => r.dst === "10.0.0.2/32")).toBeDefined();
    expect(store.routes.filter((r) => r.via === "192.0.2.1").length).toBe(2);
    expect(() => store.routes.get("10.0.0.2" as never)).toThrow("routes.get: an object is needed that says which");
    expect(store).not.toHaveProperty("rules");
    store.close();
  });
});
