import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  promises,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  Connection,
  NamespaceNotFound,
  type NetlinkError,
  netns,
  SockDiag,
  TransportError,
  TunTap,
  Xfrm,
} from "../../src/index.ts";
import { noKernel, titled } from "../support/netns.ts";

const prefix = `nlt-ns-${process.pid}`;
const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8", stdio: "pipe" });
const thread = () => readlinkSync("/proc/thread-self/ns/net");
/** Namespaces that threads of this process are in. */
const threads = () =>
  new Set(readdirSync("/proc/self/task").map((task) => readlinkSync(`/proc/self/task/${task}/ns/net`)));
const mounts = () => readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
const descriptors = () => readdirSync("/proc/self/fd").length;

const bad: readonly [title: string, value: unknown, text: string][] = [
  ["an empty name", "", 'invalid namespace name: "": it is empty'],
  ["a name with a slash", "a/b", 'invalid namespace name: "a/b": a name has no "/"; a path is given as { path }'],
  ["a name with a NUL", "a\0b", "a name has no"],
  ["this directory", ".", "it means a directory"],
  ["the directory above", "..", "it means a directory"],
  ["a name of 256 bytes", "ü".repeat(128), "it is longer than 255 bytes"],
  ["an empty path", { path: "" }, 'invalid namespace path: ""'],
  ["process 0", { pid: 0 }, "invalid process id: 0"],
  ["half a process", { pid: 1.5 }, "invalid process id: 1.5"],
  ["a negative descriptor", { fd: -1 }, "invalid namespace descriptor: -1"],
  ["nothing in particular", {}, "invalid namespace: {}: not a name, { pid }, { path } or { fd }"],
  ["null", null, "invalid namespace: null"],
];
const missing: readonly [title: string, value: Parameters<typeof netns.exists>[0], text: string][] = [
  ["a name", "nlt-nowhere", "namespace not found: nlt-nowhere"],
  ["a process", { pid: 0x7ffffff0 }, "namespace not found: pid 2147483632"],
  ["a path", { path: "/nlt/nowhere" }, "namespace not found: /nlt/nowhere"],
  ["a descriptor", { fd: 99999 }, "namespace not found: fd 99999"],
];

describe.skipIf(noKernel)(titled("namespaces on the live kernel"), () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "nlt-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(async () => {
    for (const name of readdirSync("/run/netns")) if (name.startsWith(prefix)) await netns.delete(name);
  });

  describe("names", () => {
    test("made, seen by ip, deleted; made by ip, seen, deleted", async () => {
      const name = `${prefix}-a`;
      expect(await netns.exists(name)).toBe(false);
      await netns.create(name);
      expect(await netns.exists(name)).toBe(true);
      expect(await netns.list()).toContain(name);
      expect(ip("netns", "list")).toContain(name);
      expect(ip("netns", "exec", name, "ip", "-br", "link")).toMatch(/^lo +DOWN/);
      await expect(netns.create(name)).rejects.toMatchObject({ code: "EEXIST", message: `namespace exists: ${name}` });
      await netns.delete(name);
      expect(ip("netns", "list")).not.toContain(name);
      await expect(netns.delete(name)).rejects.toThrow(`namespace not found: ${name}`);
      ip("netns", "add", name);
      expect(await netns.exists(name)).toBe(true);
      await netns.delete(name);
      expect(existsSync(`/run/netns/${name}`)).toBe(false);
    });

    test("on a file anywhere, with the directories above it", async () => {
      const path = join(scratch, "some", "where");
      await netns.create({ path });
      expect(await netns.exists({ path })).toBe(true);
      expect(await netns.list(join(scratch, "some"))).toEqual(["where"]);
      await using nl = await Connection.open({ netns: { path } });
      expect((await nl.links.list()).map((link) => link.name)).toEqual(["lo"]);
      await netns.delete({ path });
      expect(await netns.list(join(scratch, "some"))).toEqual([]);
      expect(await netns.list(join(scratch, "nowhere"))).toEqual([]);
    });

    test("of a process, by attaching, and whose they are", async () => {
      const name = `${prefix}-a`;
      await netns.create(name);
      const child = await netns.exec(name, "sleep", ["100"], { mounts: false });
      const pid = child.pid!;
      try {
        expect(await netns.identify(pid)).toEqual([name]);
        expect(await netns.pids(name)).toEqual([pid]);
        expect(await netns.pids({ pid })).toEqual([pid]);
        await netns.attach(`${prefix}-b`, pid);
        expect(await netns.identify(pid)).toEqual([name, `${prefix}-b`]);
        await netns.delete(name);
        expect(await netns.run(`${prefix}-b`, thread)).toBe(readlinkSync(`/proc/${pid}/ns/net`));
        const fd = openSync(`/proc/${pid}/ns/net`, "r");
        await netns.attach(name, { fd });
        closeSync(fd);
        expect(await netns.pids(name)).toEqual([pid]);
        await expect(netns.attach(name, pid)).rejects.toThrow(`namespace exists: ${name}`);
      } finally {
        child.kill();
      }
      expect(await netns.identify()).toEqual([]);
      await expect(netns.identify(0x7ffffff0)).rejects.toMatchObject({
        code: "ESRCH",
        message: "process not found: 2147483632",
      });
    });

    test("what is no namespace of a network does not exist, and is not deleted", async () => {
      const file = join(scratch, "file");
      writeFileSync(file, "precious");
      expect(await netns.exists({ path: file })).toBe(false);
      expect(await netns.exists({ path: "/proc/self/ns/mnt" })).toBe(false);
      await expect(netns.delete({ path: file })).rejects.toThrow("not a network namespace");
      expect(readFileSync(file, "utf8")).toBe("precious");
      await expect(netns.run({ path: "/proc/self/ns/mnt" }, thread)).rejects.toThrow("not a network namespace");
      await expect(netns.attach(`${prefix}-a`, { path: file })).rejects.toThrow("not a network namespace");
      expect(existsSync(`/run/netns/${prefix}-a`)).toBe(false);
    });

    test("what an interrupted ip netns add has left can be deleted, and is no namespace", async () => {
      const name = `${prefix}-a`;
      writeFileSync(`/run/netns/${name}`, "");
      expect(await netns.exists(name)).toBe(false);
      expect(await netns.list()).not.toContain(name);
      await netns.delete(name);
      expect(existsSync(`/run/netns/${name}`)).toBe(false);
    });

    test("without the right to make namespaces nothing is left behind", async () => {
      const open = join(scratch, "open");
      mkdirSync(open);
      execFileSync("chmod", ["777", scratch, open]);
      const [before, found] = [mounts(), descriptors()];
      process.seteuid!(65534);
      try {
        await expect(netns.create({ path: join(open, "a", "b", "c") })).rejects.toMatchObject({ code: "EPERM" });
        await expect(netns.create(`${prefix}-a`)).rejects.toMatchObject({
          code: expect.stringMatching(/EPERM|EACCES/),
        });
        await expect(netns.run({ pid: process.pid }, thread)).rejects.toBeInstanceOf(TransportError);
      } finally {
        process.seteuid!(0);
      }
      expect(readdirSync(open)).toEqual([]);
      expect(existsSync(`/run/netns/${prefix}-a`)).toBe(false);
      expect([mounts(), descriptors()]).toEqual([before, found]);
    });

    test("where there can be no directory, it fails and does not hang", async () => {
      await expect(netns.create({ path: "/proc/nlt/a" })).rejects.toMatchObject({ code: "ENOENT" });
    });
  });

  describe("bad input", () => {
    const calls: readonly [title: string, call: (spec: never) => Promise<unknown>][] = [
      ["run", (spec) => netns.run(spec, thread)],
      ["exists", (spec) => netns.exists(spec)],
      ["exec", (spec) => netns.exec(spec, "true")],
      ["pids", (spec) => netns.pids(spec)],
      ["getSysctl", (spec) => netns.getSysctl(spec, "net.ipv4.ip_forward")],
      ["attach", (spec) => netns.attach(`${prefix}-x`, spec)],
      ["Connection", (spec) => Connection.open({ netns: spec })],
      ["SockDiag", (spec) => SockDiag.open({ netns: spec })],
      ["Xfrm", (spec) => Xfrm.open({ netns: spec })],
      ["TunTap", (spec) => TunTap.create({ mode: "tun", netns: spec })],
      ["TUN devices", (spec) => TunTap.list({ netns: spec })],
    ];
    for (const [title, call] of calls)
      test.each(bad)(`${title}: %s`, async (_, spec, text) => {
        const error = await call(spec as never).catch((e) => e as NetlinkError);
        expect(error).toBeInstanceOf(TransportError);
        expect((error as NetlinkError).code).toBe("EINVAL");
        expect((error as NetlinkError).message).toContain(text);
      });
    for (const [title, call] of calls.filter(([name]) => name !== "exists"))
      test.each(missing)(`${title}: %s that does not exist`, async (_, spec, text) => {
        const error = await call(spec as never).catch((e) => e as NetlinkError);
        expect(error).toBeInstanceOf(NamespaceNotFound);
        expect((error as NetlinkError).message).toBe(text);
      });
    test.each(missing)("exists: %s that does not exist", async (_, spec) => {
      expect(await netns.exists(spec)).toBe(false);
    });
    test.each(bad.slice(0, 6))("create and delete: %s", async (_, place, text) => {
      for (const call of [netns.create, netns.delete])
        await expect(call(place as never)).rejects.toMatchObject({
          code: "EINVAL",
          message: expect.stringContaining(text.slice(-12)),
        });
    });
  });

  test("connections, events, sockets, IPsec and TUN devices go to a namespace by name, process, path and descriptor", async () => {
    const name = `${prefix}-all`;
    await netns.create(name);
    const child = await netns.exec(name, "sleep", ["60"], { mounts: false });
    const fd = openSync(`/run/netns/${name}`, "r");
    const server = await netns.run(name, () => createServer().listen(0));
    try {
      for (const spec of [name, { pid: child.pid! }, { path: `/run/netns/${name}` }, { fd }]) {
        await using nl = await Connection.open({ netns: spec });
        const events = nl.events({ links: true });
        await using tun = await TunTap.create({ mode: "tun", name: "seen%d", netns: spec });
        expect((await TunTap.list({ netns: spec })).map((info) => info.name)).toEqual([tun.name]);
        expect((await nl.links.list()).map((link) => link.name)).toEqual(["lo", tun.name]);
        const { value } = await events.next();
        expect(value).toMatchObject({ type: "link", action: "new", link: { name: tun.name } });
        events.close();
        await using sockets = await SockDiag.open({ netns: spec });
        expect((await sockets.list("tcp")).map((socket) => socket.state)).toEqual(["listen"]);
        await using xfrm = await Xfrm.open({ netns: spec });
        expect(await xfrm.policies.list()).toEqual([]);
      }
    } finally {
      closeSync(fd);
      child.kill();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  describe("work inside", () => {
    test("is done there, by name, process, path and descriptor, and this thread comes back", async () => {
      const name = `${prefix}-a`;
      await netns.create(name);
      const home = thread();
      const fd = openSync(`/run/netns/${name}`, "r");
      const inside = await netns.run(name, thread);
      expect(inside).not.toBe(home);
      expect(await netns.run({ path: `/run/netns/${name}` }, thread)).toBe(inside);
      expect(await netns.run({ fd }, thread)).toBe(inside);
      expect(await netns.run({ pid: process.pid }, thread)).toBe(home);
      closeSync(fd);
      expect(thread()).toBe(home);
      await expect(
        netns.run(name, () => {
          throw new Error("mine");
        }),
      ).rejects.toThrow("mine");
      await expect(netns.run(name, async () => 1)).rejects.toThrow(TypeError);
      expect(thread()).toBe(home);
    });

    test("libuv's pool stays at home, even if the work starts it", async () => {
      await netns.create(`${prefix}-a`);
      const home = thread();
      let later: Promise<unknown> | undefined;
      await netns.run(`${prefix}-a`, () => {
        later = promises.readFile("/proc/self/status");
        setTimeout(() => {}, 1);
      });
      await later;
      await Promise.all(Array.from({ length: 16 }, () => promises.readFile("/proc/self/stat")));
      expect([...threads()]).toEqual([home]);
    });

    test("sockets that are made inside stay inside: a TCP transfer between two namespaces over veth", async () => {
      const [a, b] = [`${prefix}-a`, `${prefix}-b`];
      await netns.create(a);
      await netns.create(b);
      await using left = await Connection.open({ netns: a });
      await using right = await Connection.open({ netns: b });
      await left.links.add({ kind: "veth", name: "veth0", peer: { name: "veth0", netns: b } });
      await left.addresses.add("veth0", "192.0.2.1/24");
      await right.addresses.add("veth0", "192.0.2.2/24");
      await left.links.set("veth0", { up: true });
      await right.links.set("veth0", { up: true });
      const size = 16 << 20;
      const server = await netns.run(b, () => createServer((socket) => socket.end(new Uint8Array(size))).listen(0));
      if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as AddressInfo;
      const script = `
        const start = performance.now();
        let bytes = 0;
        require("node:net").connect({ port: ${port}, host: "192.0.2.2" })
          .on("data", (data) => { bytes += data.length; })
          .on("end", () => console.log(bytes, Math.round(bytes / (performance.now() - start) / 1e3)));`;
      const child = await netns.exec(a, process.execPath, ["-e", script], { mounts: false });
      let output = "";
      child.stdout!.on("data", (data) => {
        output += data;
      });
      await new Promise((resolve) => child.on("close", resolve));
      const [received, rate] = output.split(" ").map(Number);
      console.info(`a TCP transfer over veth: ${rate} MB/s`);
      await new Promise((resolve) => (server as Server).close(resolve));
      expect(received).toBe(size);
      const { stats } = await left.links.get("veth0");
      expect(stats!.rxBytes).toBeGreaterThan(BigInt(size));
      expect([...threads()]).toEqual([thread()]);
    }, 60_000);
  });

  describe("settings", () => {
    test("are the namespace's own, under either spelling", async () => {
      const name = `${prefix}-a`;
      await netns.create(name);
      const outside = readFileSync("/proc/sys/net/ipv4/ip_default_ttl", "utf8");
      await netns.setSysctl(name, "net.ipv4.ip_default_ttl", 77);
      expect(await netns.getSysctl(name, "net.ipv4.ip_default_ttl")).toBe("77");
      expect(await netns.getSysctl(name, "net/ipv4/ip_default_ttl")).toBe("77");
      expect(ip("netns", "exec", name, "cat", "/proc/sys/net/ipv4/ip_default_ttl")).toBe("77\n");
      expect(readFileSync("/proc/sys/net/ipv4/ip_default_ttl", "utf8")).toBe(outside);
    });
    test("of a device with a dot in its name", async () => {
      const name = `${prefix}-a`;
      await netns.create(name);
      ip("-n", name, "link", "add", "v.1", "type", "veth", "peer", "name", "v2");
      await netns.setSysctl(name, "net.ipv4.conf.v/1.forwarding", 1);
      expect(await netns.getSysctl(name, "net/ipv4/conf/v.1/forwarding")).toBe("1");
    });
    test("several, all or none", async () => {
      const name = `${prefix}-a`;
      await netns.create(name);
      const before = await netns.getSysctl(name, "net.ipv4.ip_forward");
      await netns.setSysctls(name, { "net.ipv4.ip_forward": 1, "net.ipv4.ip_default_ttl": 5 });
      expect(await netns.getSysctl(name, "net.ipv4.ip_forward")).toBe("1");
      const attempt = netns.setSysctls(name, { "net.ipv4.ip_forward": 0, "net.ipv4.ip_default_ttl": "many" });
      await expect(attempt).rejects.toMatchObject({
        code: "EINVAL",
        message: expect.stringContaining("ip_default_ttl"),
      });
      expect(await netns.getSysctl(name, "net.ipv4.ip_forward")).toBe("1");
      expect(before).toBe("0");
    });
    test.each([
      ["net.ipv4.nothing", "sysctl not found: net.ipv4.nothing"],
      ["net.ipv4", "sysctl not found: net.ipv4"],
      ["kernel.hostname", '"kernel.hostname" is not the name of a network setting'],
      ["net/../kernel/hostname", "is not the name of a network setting"],
      ["net..x", "is not the name of a network setting"],
      ["", '"" is not the name of a network setting'],
    ])("%j is refused", async (setting, text) => {
      await expect(netns.getSysctl({ pid: process.pid }, setting)).rejects.toThrow(text);
      await expect(netns.setSysctl({ pid: process.pid }, setting, 1)).rejects.toThrow(text);
    });
    test("a value that is none", async () => {
      const attempt = netns.setSysctl({ pid: process.pid }, "net.ipv4.ip_forward", {} as never);
      await expect(attempt).rejects.toThrow("net.ipv4.ip_forward: {} is not a number or a text");
    });
  });

  test("ids, in this namespace and in another", async () => {
    const [a, b] = [`${prefix}-a`, `${prefix}-b`];
    await netns.create(a);
    await netns.create(b);
    expect(await netns.getNsid(a, b)).toBe(-1);
    expect(await netns.setNsid(a, 12, b)).toBe(12);
    expect(await netns.getNsid(a, b)).toBe(12);
    expect(ip("-n", b, "netns", "list-id")).toContain("nsid 12");
    await expect(netns.setNsid(a, 13, b)).rejects.toMatchObject({ code: "EEXIST" });
    const here = await netns.setNsid(b);
    expect(await netns.getNsid(b)).toBe(here);
  });

  test("ids are told of as they come and go", async () => {
    const [a, b] = [`${prefix}-a`, `${prefix}-b`];
    await netns.create(a);
    await netns.create(b);
    await using nl = await Connection.open({ netns: a });
    const events = nl.nsids.watch();
    await netns.setNsid(b, 5, a);
    await netns.delete(b);
    expect((await events.next()).value).toEqual({ type: "nsid", action: "new", nsid: 5 });
    expect((await events.next()).value).toEqual({ type: "nsid", action: "del", nsid: 5 });
    await events.return!();
    expect((await events.next()).done).toBe(true);
    const controller = new AbortController();
    const aborted = nl.nsids.watch({ signal: controller.signal });
    controller.abort();
    expect((await aborted.next()).done).toBe(true);
  });

  test("200 made, used and deleted leave no descriptor, mount or thread behind", async () => {
    const home = thread();
    const use = async (name: string) => {
      await netns.create(name);
      const nl = await Connection.open({ netns: name });
      await nl.links.set("lo", { up: true });
      expect((await nl.links.get("lo")).up).toBe(true);
      expect(await netns.run(name, thread)).not.toBe(home);
      await netns.setSysctl(name, "net.ipv4.ip_forward", 1);
      nl.close();
      await netns.delete(name);
    };
    await use(`${prefix}-warm`);
    await promises.stat("/");
    const before = [mounts(), descriptors(), readdirSync("/proc/self/task").length];
    for (let i = 0; i < 200; i++) {
      await use(`${prefix}-${i}`);
      if (i % 20 === 0) await promises.readFile("/proc/self/status");
    }
    expect([mounts(), descriptors(), readdirSync("/proc/self/task").length]).toEqual(before);
    expect([...threads()]).toEqual([home]);
    expect((await netns.list()).filter((name) => name.startsWith(prefix))).toEqual([]);
  }, 120_000);
});
