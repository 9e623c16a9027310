import { closeSync, existsSync, openSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type LinuxOptions,
  type LinuxTransport,
  NamespaceNotFound,
  openLinux,
  TransportError,
  withNetns,
} from "../../src/transport/linux/index.ts";
import {
  addNetns,
  deleteNetns,
  drain,
  getLink,
  ip,
  messages,
  NLM_F_DUMP,
  noKernel,
  noop,
  openDescriptors,
  RTM_GETLINK,
  RTM_GETROUTE,
  RTM_NEWLINK,
  request,
  sendTo,
  sleep,
  titled,
} from "./transport-support.ts";

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

const RTNLGRP_LINK = 1;
const RTNLGRP_IPV4_ROUTE = 7;
const RTNLGRP_NEXTHOP = 32;
const NETLINK_USERSOCK = 2;

let blue: string;
let green: string;
const opened: LinuxTransport[] = [];
/** A transport in the namespace `blue` unless said otherwise, closed after the test. */
const open = (options: LinuxOptions = {}): LinuxTransport => {
  const transport = openLinux({ netns: blue, ...options });
  opened.push(transport);
  return transport;
};

describe.skipIf(noKernel)(titled("the Linux transport"), () => {
  beforeAll(() => {
    blue = addNetns();
    green = addNetns();
    ip(blue, "link set lo up\nlink add veth0 type veth peer name veth1\nlink set veth0 up\nlink set veth1 up\n");
    ip(green, "link set lo up\n");
  });
  afterEach(() => {
    for (const transport of opened.splice(0)) transport.close();
  });
  afterAll(() => deleteNetns(blue, green));

  describe("requests", () => {
    test("the acknowledgement is there when send returns", () => {
      const t = open();
      t.send(noop(42));
      const ack = t.receive()!;
      expect(ack).toMatchObject({ sender: 0, group: 0, truncated: 0, nsid: undefined });
      expect(messages(ack)).toEqual([{ type: 2, flags: 0x100, seq: 42, port: t.portId, word: 0 }]);
      expect(t.receive()).toBeUndefined();
    });

    test("a refusal carries an extended acknowledgement", () => {
      const t = open();
      t.send(getLink(9999));
      const [error] = drain(t, (d) => messages(d)[0]!);
      expect(error).toMatchObject({ type: 2, word: -19 });
      // A dump with a header that is too short for strict checking.
      t.send(request(RTM_GETLINK, NLM_F_DUMP, 2, 4));
      const answers = drain(t, (d) => [messages(d).at(-1)!, Buffer.from(d.bytes).toString("latin1")] as const);
      expect(answers.at(-1)![0].flags & 0x200).toBe(0x200); // NLM_F_ACK_TLVS
      expect(answers.at(-1)![1]).toContain("Invalid");
    });

    test("strict checking can be left off", () => {
      const t = open({ strict: false });
      t.send(request(RTM_GETLINK, NLM_F_DUMP, 2, 4));
      expect(drain(t, (d) => messages(d).at(-1)!.word).at(-1)).toBe(0);
    });

    test.each([16, 32, 64, 68, 4096])("of %i bytes arrive whole", (size) => {
      // Each answer of 36 bytes counts for about 830 in the receive buffer: 256 of them are more than the default.
      const t = open({ receiveBufferSize: 1 << 20 });
      const bytes = new Uint8Array(size);
      // As many no-ops of 16 bytes as fit, each acknowledged.
      for (let at = 0; at + 16 <= size; at += 16) bytes.set(noop(at + 1), at);
      t.send(bytes.subarray(0, size - (size % 16)));
      expect(drain(t, (d) => messages(d)[0]!.seq)).toEqual(
        Array.from({ length: Math.floor(size / 16) }, (_, i) => i * 16 + 1),
      );
    });

    test("a view into other memory is sent from where it begins", () => {
      const t = open();
      const bytes = new Uint8Array(1000).fill(0xff);
      bytes.set(noop(7), 100);
      t.send(bytes.subarray(100, 116));
      expect(messages(t.receive()!)[0]).toMatchObject({ seq: 7, word: 0 });
    });

    test("a dump comes in parts, and ends", () => {
      const t = open();
      const routes = Array.from({ length: 1000 }, (_, i) => `route add blackhole 10.${i >> 8}.${i & 255}.0/24\n`);
      ip(blue, routes.join(""));
      t.send(request(RTM_GETROUTE, NLM_F_DUMP, 3, 12, { 0: 2 }));
      const parts = drain(t, (d) => [d.bytes.length, messages(d)] as const);
      const all = parts.flatMap(([, m]) => m);
      expect(all.filter(({ type }) => type === 24).length).toBeGreaterThanOrEqual(1000);
      expect(all.at(-1)).toMatchObject({ type: 3, word: 0 });
      // The kernel makes parts as long as the longest buffer it was given so far, up to 32 KiB.
      expect(Math.max(...parts.map(([length]) => length))).toBeGreaterThan(30_000);
      ip(blue, routes.map((line) => line.replace("add", "del")).join(""));
    });

    test("counts what goes through", () => {
      const t = open();
      t.send(noop());
      t.receive();
      t.receive();
      expect(t.statistics).toEqual({
        sent: 1,
        sentBytes: 16,
        received: 1,
        receivedBytes: 36,
        truncated: 0,
        overruns: 0,
      });
    });

    test("two transports of a process have ports of their own", () => {
      const [a, b] = [open(), open()];
      expect(a.portId).not.toBe(b.portId);
      a.send(noop(1));
      expect(b.receive()).toBeUndefined();
      expect(messages(a.receive()!)[0]!.port).toBe(a.portId);
    });

    test("a datagram larger than the send buffer is EMSGSIZE", () => {
      const t = open({ sendBufferSize: 4096 });
      const error = errorOf(() => t.send(new Uint8Array(100_000)));
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ code: "EMSGSIZE", errno: 90, operation: "send", message: expect.stringContaining("100000 bytes") }); // biome-ignore format: short
      t.send(noop(3));
      expect(messages(t.receive()!)[0]!.seq).toBe(3);
    });

    test("an unknown protocol is EPROTONOSUPPORT", () => {
      expect(errorOf(() => openLinux({ protocol: 31 }))).toMatchObject({
        code: "EPROTONOSUPPORT",
        operation: "socket",
      });
    });

    test.each<LinuxOptions>([{ receiveBufferSize: 0 }, { sendBufferSize: 1.5 }, { receiveBufferSize: Number.NaN }])(
      "%j is EINVAL",
      (options) => {
        const before = openDescriptors();
        expect(errorOf(() => openLinux(options))).toMatchObject({ code: "EINVAL" });
        expect(openDescriptors()).toBe(before);
      },
    );
  });

  describe("what is received", () => {
    const pair = () => {
      const to = open({ protocol: NETLINK_USERSOCK, receiveBufferSize: 8 << 20 });
      const from = open({ protocol: NETLINK_USERSOCK, sendBufferSize: 8 << 20 });
      return { to, from, send: (bytes: Uint8Array) => sendTo(from.fd, to.portId, bytes) };
    };
    const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);

    test("from another process's port names it", () => {
      const { to, from, send } = pair();
      send(noop());
      expect(to.receive()).toMatchObject({ sender: from.portId, group: 0 });
    });

    // 64 KiB is the own buffer's size, 1 MiB the shared one's.
    test.each([1, 65_535, 65_536, 65_537, 100_000, 65_536 + (1 << 20)])("%i bytes are whole", (size) => {
      const { to, send } = pair();
      const bytes = pattern(size);
      expect(send(bytes)).toBe(size);
      const datagram = to.receive()!;
      expect(datagram.truncated).toBe(0);
      expect(Buffer.compare(datagram.bytes, bytes)).toBe(0);
      send(bytes.subarray(0, 100));
      expect(Buffer.compare(to.receive()!.bytes, bytes.subarray(0, 100))).toBe(0);
    });

    test("what is too large even for that is reported with how much is lost, and fits from then on", () => {
      const { to, send } = pair();
      const bytes = pattern(3_000_000);
      const fits = 65_536 + (1 << 20);
      send(bytes);
      send(bytes);
      const cut = to.receive()!;
      expect(cut.truncated).toBe(3_000_000 - fits);
      expect(Buffer.compare(cut.bytes, bytes.subarray(0, fits))).toBe(0);
      const whole = to.receive()!;
      expect(whole.truncated).toBe(0);
      expect(Buffer.compare(whole.bytes, bytes)).toBe(0);
      expect(to.statistics).toMatchObject({ received: 2, truncated: 1, receivedBytes: fits + 3_000_000 });
    });

    test("is a view that the next receive fills anew, also after it was transferred away", () => {
      const t = open();
      t.send(noop(1));
      const first = t.receive()!;
      const bytes = first.bytes;
      t.send(noop(2));
      expect(t.receive()).toBe(first);
      expect(messages({ bytes })[0]!.seq).toBe(2);
      structuredClone(null, { transfer: [bytes.buffer as ArrayBuffer] });
      t.send(noop(3));
      expect(messages(t.receive()!)[0]!.seq).toBe(3);
    });
  });

  describe("multicast", () => {
    test("a datagram to a group says which, also for groups above 31, and a reply says none", () => {
      const t = open();
      t.join(RTNLGRP_LINK);
      t.join(RTNLGRP_NEXTHOP);
      ip(blue, "link set veth0 mtu 1400\nnexthop add id 1 blackhole\nnexthop del id 1\n");
      t.send(noop(5));
      const received = drain(t, (d) => [d.group, messages(d)[0]!.type] as const);
      expect(received).toContainEqual([RTNLGRP_LINK, RTM_NEWLINK]);
      expect(received).toContainEqual([RTNLGRP_NEXTHOP, 104]);
      expect(received.at(-1)).toEqual([0, 2]);
      t.leave(RTNLGRP_LINK);
      ip(blue, "link set veth0 mtu 1500\nnexthop add id 1 blackhole\nnexthop del id 1\n");
      expect(new Set(drain(t, (d) => d.group))).toEqual(new Set([RTNLGRP_NEXTHOP]));
    });

    test.each([0, -1, 1.5, 2 ** 32 + 1, 5000])("group %d is EINVAL", (group) => {
      const t = open();
      expect(errorOf(() => t.join(group))).toMatchObject({
        code: "EINVAL",
        message: expect.stringContaining(`${group}`),
      });
    });

    test("with allNamespaces, an event says where it is from", () => {
      ip(blue, `netns set ${green} 7\n`);
      const t = open({ allNamespaces: true });
      t.join(RTNLGRP_LINK);
      ip(green, "link add g0 type veth peer name g1\nlink del g0\n");
      expect(new Set(drain(t, (d) => d.nsid))).toEqual(new Set([7]));
      ip(blue, "link set veth0 mtu 1400\nlink set veth0 mtu 1500\n");
      const own = drain(t, (d) => [d.group, d.nsid] as const);
      expect(own.length).toBeGreaterThan(0);
      expect(own.every(([group, nsid]) => group === RTNLGRP_LINK && nsid === undefined)).toBe(true);
    });

    const mtus = Array.from({ length: 200 }, (_, i) => `link set veth0 mtu ${1300 + (i % 100)}\n`).join("");

    test("an overrun is ENOBUFS once; what survived and what comes later is received", () => {
      const t = open({ receiveBufferSize: 4096 });
      t.join(RTNLGRP_LINK);
      ip(blue, mtus);
      const error = errorOf(() => t.receive());
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ code: "ENOBUFS", errno: 105, operation: "recvmsg" });
      const survived = drain(t, (d) => d.group);
      expect(survived.length).toBeGreaterThan(0);
      expect(survived.length).toBeLessThan(200);
      ip(blue, "link set veth0 mtu 1500\n");
      expect(drain(t, (d) => d.group)).toContain(RTNLGRP_LINK);
      t.send(noop(9));
      expect(messages(t.receive()!)[0]!.seq).toBe(9);
      expect(t.statistics.overruns).toBe(1);
    });

    test("an overrun does not end listening (libuv stops a poll handle at an error)", async () => {
      const t = open({ receiveBufferSize: 4096 });
      t.join(RTNLGRP_LINK);
      const seen: (number | string)[] = [];
      t.listen(() => {
        try {
          seen.push(...drain(t, (d) => d.group));
        } catch (error) {
          seen.push((error as TransportError).code);
        }
      });
      for (let round = 0; round < 3; round++) {
        ip(blue, mtus);
        await vi.waitFor(() => expect(seen).toContain("ENOBUFS"));
        seen.length = 0;
        ip(blue, "link set veth0 mtu 1500\n");
        await vi.waitFor(() => expect(seen).toContain(RTNLGRP_LINK));
        await sleep(10);
        seen.length = 0;
      }
    });

    test("with noEnobufs, losses are silent", () => {
      const t = open({ receiveBufferSize: 4096, noEnobufs: true });
      t.join(RTNLGRP_LINK);
      ip(blue, mtus);
      expect(drain(t, (d) => d.group).length).toBeLessThan(200);
    });

    test("5,000 events fit into 4 MiB, and all are delivered", async () => {
      const t = open({ receiveBufferSize: 4 << 20 });
      expect(t.receiveBufferSize).toBe(8 << 20);
      t.join(RTNLGRP_IPV4_ROUTE);
      let events = 0;
      t.listen(() => {
        events += drain(t, () => 0).length;
      });
      const lines = Array.from({ length: 2500 }, (_, i) => `route add blackhole 10.${i >> 8}.${i & 255}.0/24\n`);
      ip(blue, lines.join("") + lines.join("").replaceAll("add", "del"));
      await vi.waitFor(() => expect(events).toBe(5000), 5000);
      expect(t.statistics.overruns).toBe(0);
    });
  });

  describe("listening", () => {
    test("the listener is called once there is something, again if it is left, and not after it was replaced or stopped", async () => {
      const t = open();
      const first = vi.fn();
      t.listen(first);
      await sleep(20);
      expect(first).not.toHaveBeenCalled();
      t.send(noop(1));
      await vi.waitFor(() => expect(first.mock.calls.length).toBeGreaterThan(2));
      const second = vi.fn(() => t.receive());
      t.listen(second);
      const before = first.mock.calls.length;
      await vi.waitFor(() => expect(second).toHaveBeenCalled());
      await sleep(20);
      expect(first.mock.calls.length).toBe(before);
      expect(second.mock.calls.length).toBe(1);
      t.listen(undefined);
      t.send(noop(2));
      await sleep(20);
      expect(second.mock.calls.length).toBe(1);
      t.listen(second);
      await vi.waitFor(() => expect(second.mock.calls.length).toBe(2));
    });

    test("a reply that is taken at once never reaches the listener", async () => {
      const t = open();
      const listener = vi.fn();
      t.listen(listener);
      for (let i = 1; i <= 1000; i++) {
        t.send(noop(i));
        expect(t.receive()).toBeDefined();
      }
      await sleep(20);
      expect(listener).not.toHaveBeenCalled();
    });

    test("closing inside the listener, twice, with datagrams unread", async () => {
      const t = open();
      const listener = vi.fn(() => {
        t.close();
        t.close();
      });
      t.listen(listener);
      t.send(noop(1));
      t.send(noop(2));
      await vi.waitFor(() => expect(t.closed).toBe(true));
      await sleep(20);
      expect(listener).toHaveBeenCalledTimes(1);
    });

    test("closing inside the listener after an overrun", async () => {
      const t = open({ receiveBufferSize: 4096 });
      t.join(RTNLGRP_LINK);
      t.listen(() => t.close());
      ip(blue, Array.from({ length: 50 }, (_, i) => `link set veth0 mtu ${1300 + i}\n`).join(""));
      await vi.waitFor(() => expect(t.closed).toBe(true));
      await sleep(20);
    });

    test("hundreds of transports listen at once, and their descriptors are reused", async () => {
      for (let round = 0; round < 3; round++) {
        let answered = 0;
        const many = Array.from({ length: 200 }, () => open());
        for (const t of many) {
          t.listen(() => {
            answered += drain(t, () => 0).length;
          });
          t.send(noop(1));
        }
        await vi.waitFor(() => expect(answered).toBe(200));
        for (const t of many) t.close();
      }
    });
  });

  describe("closing", () => {
    test("is idempotent, and everything else is EBADF from then on", () => {
      const t = open();
      expect(t.closed).toBe(false);
      t.close();
      t.close();
      expect(t.closed).toBe(true);
      expect(t.fd).toBe(-1);
      const calls: Record<string, () => unknown> = {
        send: () => t.send(noop()),
        receive: () => t.receive(),
        listen: () => t.listen(() => {}),
        join: () => t.join(1),
        leave: () => t.leave(1),
        ref: () => t.ref(),
        unref: () => t.unref(),
        receiveBufferSize: () => t.receiveBufferSize,
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = errorOf(call);
        expect(error, name).toBeInstanceOf(TransportError);
        expect(error, name).toMatchObject({ code: "EBADF", errno: 9 });
      }
    });

    test("500 times leaks no descriptor", async () => {
      const cycle = () => {
        const t = openLinux({ netns: blue });
        t.join(RTNLGRP_LINK);
        t.listen(() => {});
        t.send(noop(1));
        t.close();
      };
      cycle();
      await sleep(10);
      const before = openDescriptors();
      for (let i = 0; i < 500; i++) cycle();
      await sleep(10);
      expect(openDescriptors()).toBe(before);
    });

    test("a failure to open leaks none either", () => {
      const before = openDescriptors();
      for (let i = 0; i < 50; i++) {
        expect(errorOf(() => openLinux({ netns: `nlt-missing-${i}` }))).toBeInstanceOf(NamespaceNotFound);
        expect(errorOf(() => openLinux({ netns: { path: "/etc/passwd" } }))).toBeInstanceOf(TransportError);
        expect(errorOf(() => openLinux({ netns: blue, protocol: 31 }))).toBeInstanceOf(TransportError);
      }
      expect(openDescriptors()).toBe(before);
    });
  });

  describe("namespaces", () => {
    /** Names of the links that a transport sees, by asking for the one called `name`. */
    const sees = (t: LinuxTransport): number => {
      t.send(request(RTM_GETLINK, NLM_F_DUMP, 1, 16));
      return drain(t, (d) => messages(d))
        .flat()
        .filter(({ type }) => type === RTM_NEWLINK).length;
    };

    test("by name, path, descriptor and process id", async () => {
      const path = `/run/netns/${blue}`;
      // lo and the veth pair; the other namespace has lo only.
      expect(sees(open({ netns: blue }))).toBe(3);
      expect(sees(open({ netns: green }))).toBe(1);
      expect(sees(open({ netns: { path } }))).toBe(3);
      const fd = openSync(path, "r");
      try {
        expect(sees(open({ netns: { fd } }))).toBe(3);
        // The caller's descriptor is left open.
        expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/^net:|\/netns\//);
      } finally {
        closeSync(fd);
      }
      const { spawn } = await import("node:child_process");
      const child = spawn("ip", ["netns", "exec", blue, "sh", "-c", "echo ready; exec sleep 60"]);
      try {
        await new Promise((resolve) => child.stdout.once("data", resolve));
        expect(sees(open({ netns: { pid: child.pid! } }))).toBe(3);
      } finally {
        child.kill();
      }
    });

    test("the caller stays where it was, also after a failure, and can nest", () => {
      const here = () => readlinkSync("/proc/thread-self/ns/net");
      const home = here();
      expect(withNetns(blue, here)).not.toBe(home);
      expect(withNetns(blue, () => withNetns(green, here))).toBe(withNetns(green, here));
      expect(errorOf(() => withNetns(blue, () => expect.fail("work")))).toMatchObject({ message: "work" });
      expect(errorOf(() => withNetns(blue, () => Promise.resolve()))).toBeInstanceOf(TypeError);
      expect(here()).toBe(home);
    });

    test("no thread is left in another namespace", async () => {
      const directory = await mkdtemp(join(tmpdir(), "nlt-"));
      const home = readlinkSync("/proc/thread-self/ns/net");
      for (let i = 0; i < 20; i++) {
        const work = Promise.all(Array.from({ length: 8 }, () => stat(directory)));
        open();
        withNetns(green, () => existsSync("/sys/class/net"));
        await work;
      }
      writeFileSync(join(directory, "file"), "x");
      await readFile(join(directory, "file"));
      const namespaces = readdirSync("/proc/self/task").map((task) => readlinkSync(`/proc/self/task/${task}/ns/net`));
      expect(new Set(namespaces)).toEqual(new Set([home]));
      await rm(directory, { recursive: true });
    });

    test("an unknown one is named", () => {
      const texts: [LinuxOptions["netns"], string][] = [
        ["nlt-nowhere", "namespace not found: nlt-nowhere"],
        [{ pid: 0x3fffffff }, `namespace not found: pid ${0x3fffffff}`],
        [{ path: "/run/netns/nlt-nowhere" }, "namespace not found: /run/netns/nlt-nowhere"],
        [{ fd: 9999 }, "namespace not found: fd 9999"],
      ];
      for (const [netns, text] of texts) {
        const error = errorOf(() => openLinux({ netns }));
        expect(error).toBeInstanceOf(NamespaceNotFound);
        expect((error as Error).message).toBe(text);
      }
    });

    test("what is no network namespace is EINVAL and named", () => {
      for (const path of ["/etc/passwd", "/proc/self/ns/uts", "/tmp"]) {
        expect(errorOf(() => openLinux({ netns: { path } }))).toMatchObject({
          code: "EINVAL",
          message: `netns: EINVAL (not a network namespace: ${path})`,
        });
      }
    });

    test.each<[unknown, string]>([
      ["", 'invalid namespace name: ""'],
      ["..", 'invalid namespace name: ".."'],
      ["../../etc/passwd", 'invalid namespace name: "../../etc/passwd"'],
      ["a\0b", 'invalid namespace name: "a\\u0000b"'],
      ["x".repeat(256), "invalid namespace name"],
      [{ pid: 0 }, "invalid process id: 0"],
      [{ pid: -5 }, "invalid process id: -5"],
      [{ fd: -1 }, "invalid namespace descriptor: -1"],
      [{ path: "" }, 'invalid namespace path: ""'],
      [5, "invalid namespace: 5"],
      [null, "invalid namespace: null"],
    ])("%j is EINVAL", (netns, text) => {
      expect(errorOf(() => openLinux({ netns: netns as string }))).toMatchObject({
        code: "EINVAL",
        message: expect.stringContaining(text),
      });
    });
  });
});
