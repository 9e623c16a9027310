/**
 * What only a process of its own can show: how it ends, what keeps it alive, workers, users without privileges, a missing koffi.
 * The children run the transport as compiled JavaScript from a directory outside of the project.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addNetns, deleteNetns, noKernel, titled } from "./transport-support.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
let directory: string;
let netns: string;
let serial = 0;

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It did not end by itself within the time. */
  readonly killed: boolean;
}

interface RunOptions {
  readonly flags?: string[];
  /** Run as the user nobody. */
  readonly unprivileged?: boolean;
  readonly timeout?: number;
  /** Where to find `linux/index.js` and node_modules, or not. */
  readonly from?: string;
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** At hand in the children: openLinux, all of the module as nlink, a request that is acknowledged, sleep, ip in the namespace. */
const prelude = () => `
import * as nlink from "./transport/linux/index.js";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
const { openLinux } = nlink;
const netns = ${JSON.stringify(netns)};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ip = (...args) => execFileSync("ip", ["-n", netns, ...args]);
const noop = () => {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, 16, ${LITTLE});
  view.setUint16(4, 1, ${LITTLE});
  view.setUint16(6, 5, ${LITTLE});
  return new Uint8Array(view.buffer);
};
const drain = (t) => { let n = 0; while (t.receive()) n++; return n; };
const attempt = (run) => { try { run(); return "passed"; } catch (e) { return e.name + " " + e.message; } };
`;

function run(code: string, { flags = [], unprivileged = false, timeout = 10_000, from = directory }: RunOptions = {}) {
  const file = join(from, `child-${serial++}.mjs`);
  writeFileSync(file, prelude() + code);
  return new Promise<Outcome>((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [...flags, file], {
      cwd: directory,
      // vitest's own would reach into the children.
      env: { PATH: process.env.PATH },
      stdio: ["ignore", "pipe", "pipe"],
      ...(unprivileged ? { uid: 65534, gid: 65534 } : {}),
    });
    let [stdout, stderr, killed] = ["", "", false];
    child.stdout!.on("data", (text) => {
      stdout += text;
    });
    child.stderr!.on("data", (text) => {
      stderr += text;
    });
    const timer = setTimeout(() => {
      killed = true;
      child.kill("SIGKILL");
    }, timeout);
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ code: status, signal, stdout, stderr, killed });
    });
  });
}

/** A child that is to end by itself and well; returns what it printed. */
async function output(code: string, options: RunOptions = {}): Promise<string> {
  const outcome = await run(code, options);
  expect(outcome).toMatchObject({ code: 0, signal: null, stderr: "" });
  return outcome.stdout.trim();
}

function compileInto(target: string): void {
  mkdirSync(target, { recursive: true });
  const options =
    "--ignoreConfig --module nodenext --target es2022 --lib es2023,esnext.disposable --types node --skipLibCheck --rewriteRelativeImportExtensions";
  execFileSync(
    join(project, "node_modules/.bin/tsc"),
    ["src/transport/linux/index.ts", ...options.split(" "), "--rootDir", "src", "--outDir", target],
    { cwd: project },
  );
  writeFileSync(join(target, "package.json"), '{ "type": "module" }');
}

// About processes rather than the kernel: each test starts Node, which takes the emulator seconds.
const slow = process.env.NLINK_VM ? " (skipped: takes minutes in the emulator, and is run outside)" : "";

describe.skipIf(noKernel || slow)(titled(`a process with a Linux transport${slow}`), () => {
  beforeAll(() => {
    netns = addNetns();
    directory = mkdtempSync(join(tmpdir(), "nlt-"));
    compileInto(directory);
    symlinkSync(join(project, "node_modules"), join(directory, "node_modules"));
    chmodSync(directory, 0o755);
  });
  afterAll(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
    deleteNetns(netns);
  });

  describe("ends", () => {
    const open = "const t = openLinux({ netns }); t.join(1);";
    const listen = `${open} t.listen(() => drain(t));`;
    test.each<[string, string, number]>([
      ["by itself with an idle transport", open, 0],
      ["by itself with a listening one", listen, 0],
      ["by itself with one that is referenced but does not listen", `${open} t.ref();`, 0],
      ["by itself with one that was referenced", `${listen} t.ref(); t.unref();`, 0],
      ["by itself when the listener is removed", `${listen} t.ref(); setTimeout(() => t.listen(undefined), 20);`, 0],
      ["by itself when it is closed", `${listen} t.ref(); setTimeout(() => t.close(), 20);`, 0],
      ["by itself with datagrams unread", `${open} t.listen(() => {}); t.send(noop());`, 0],
      ["by itself with datagrams arriving at the very end", `${listen} process.on("exit", () => t.send(noop()));`, 0],
      [
        "by itself with a listener added at the very end",
        `${open} process.on("exit", () => { t.listen(() => {}); t.send(noop()); openLinux({ netns }).listen(() => {}); });`,
        0,
      ],
      ["by exit()", `${listen} process.exit(7);`, 7],
      ["by exit() in the listener", `${open} t.ref(); t.listen(() => process.exit(8)); t.send(noop());`, 8],
      [
        "by exit() with datagrams unread",
        `${open} t.ref(); t.listen(() => {}); t.send(noop()); setTimeout(() => process.exit(9), 20);`,
        9,
      ],
      ["by exit() after a while", `${listen} t.ref(); setTimeout(() => process.exit(6), 20);`, 6],
    ])("%s", async (_, code, status) => {
      expect(await run(code)).toMatchObject({ code: status, signal: null, stderr: "", killed: false });
    });

    test("by an exception in the listener, as in any callback", async () => {
      const outcome = await run(
        `${open} t.ref(); t.listen(() => { t.receive(); throw new Error("mine"); }); t.send(noop());`,
      );
      expect(outcome).toMatchObject({ code: 1, killed: false });
      expect(outcome.stderr).toContain("Error: mine");
    });

    test("not while one listens and is referenced", async () => {
      expect(await run(`${listen} t.ref();`, { timeout: 1500 })).toMatchObject({ killed: true, stderr: "" });
    });
  });

  test("goes on listening when an exception of the listener is caught, also after an overrun", async () => {
    const text = await output(`
      const t = openLinux({ netns, receiveBufferSize: 4096 });
      t.join(1);
      ip("link", "add", "x0", "type", "veth", "peer", "name", "x1");
      const caught = [];
      process.on("uncaughtException", (e) => caught.push(e.message));
      let events = 0;
      t.listen(() => { events += drain(t); if (events === 1) throw new Error("mine"); });
      t.ref();
      const until = async (done) => { for (let i = 0; i < 500 && !done(); i++) await sleep(10); };
      for (let i = 0; i < 50; i++) ip("link", "set", "x0", "mtu", String(1300 + i));
      await until(() => caught.length > 0);
      events = 0;
      ip("link", "set", "x0", "mtu", "1400");
      await until(() => caught.length > 1);
      ip("link", "set", "x0", "mtu", "1500");
      await until(() => events > 1);
      ip("link", "del", "x0");
      console.log(JSON.stringify([caught, events > 1]));
      t.close();
    `);
    expect(JSON.parse(text)).toEqual([["recvmsg: ENOBUFS", "mine"], true]);
  });

  test("awaits in the listener go on at once, not at the next event of another kind", async () => {
    const text = await output(`
      const t = openLinux({ netns });
      t.ref();
      const start = performance.now();
      for (let i = 0; i < 100; i++) {
        t.send(noop());
        await new Promise((resolve) => t.listen(() => { drain(t); resolve(); }));
      }
      console.log(performance.now() - start);
      t.close();
    `);
    expect(Number(text)).toBeLessThan(1000);
  });

  test("a transport that was dropped is closed, whether it has listened or not; one that listens is kept", async () => {
    const text = await output(
      `
      const count = () => readdirSync("/proc/self/fd").length;
      const collect = async () => { for (let i = 0; i < 20; i++) { globalThis.gc(); await sleep(5); } };
      openLinux({ netns }).close();
      await sleep(10);
      const before = count();
      let events = 0;
      (() => {
        for (let i = 0; i < 20; i++) {
          const t = openLinux({ netns });
          if (i % 2) continue;
          t.listen(() => {});
          t.listen(undefined);
        }
        let t = openLinux({ netns });
        t.join(1);
        const kept = new WeakRef(t);
        t.listen(() => { events += drain(kept.deref()); });
        t = undefined;
      })();
      await sleep(10);
      const open = count() - before;
      await collect();
      const left = count() - before;
      ip("link", "set", "lo", "up");
      ip("link", "set", "lo", "down");
      for (let i = 0; i < 500 && events === 0; i++) await sleep(10);
      console.log(JSON.stringify([open >= 21, left, events > 0]));
    `,
      { flags: ["--expose-gc"] },
    );
    // The one that listens holds its socket; the event loop's own descriptors were there before.
    expect(JSON.parse(text)).toEqual([true, 1, true]);
  });

  describe("with workers", () => {
    const worker = (body: string) => `
      import { isMainThread, parentPort, Worker } from "node:worker_threads";
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        ${body}
      } else {
        const t = openLinux({ netns });
        t.join(1);
        t.listen(() => { const n = drain(t); if (n > 0) parentPort.postMessage("events"); });
        t.send(noop());
        parentPort.postMessage(t.receive() === undefined ? "nothing" : "ack");
        t.ref();
      }`;

    test("one that listens is terminated without a crash, and receives until then", async () => {
      const text = await output(
        worker(`
        const seen = new Set();
        worker.on("message", (m) => seen.add(m));
        const until = async (m) => { for (let i = 0; i < 500 && !seen.has(m); i++) await sleep(10); };
        await until("ack");
        ip("link", "set", "lo", "up");
        ip("link", "set", "lo", "down");
        await until("events");
        console.log(JSON.stringify([...seen]), await worker.terminate());
      `),
      );
      expect(text).toBe('["ack","events"] 1');
    });

    test("the process exits while one listens, without a crash", async () => {
      const outcome = await run(worker(`worker.once("message", () => process.exit(5));`));
      expect(outcome).toMatchObject({ code: 5, signal: null, stderr: "", killed: false });
    });

    test("an idle listener does not keep a worker alive", async () => {
      const text = await output(`
        import { isMainThread, Worker } from "node:worker_threads";
        if (isMainThread) {
          new Worker(new URL(import.meta.url)).on("exit", (code) => console.log("exit", code));
        } else {
          const t = openLinux({ netns });
          t.listen(() => {});
        }`);
      expect(text).toBe("exit 0");
    });

    test("opening in a namespace leaves worker and main thread where they were", async () => {
      const text = await output(`
        import { readlinkSync } from "node:fs";
        import { isMainThread, parentPort, Worker } from "node:worker_threads";
        const here = readlinkSync("/proc/thread-self/ns/net");
        if (isMainThread) {
          const worker = new Worker(new URL(import.meta.url));
          worker.once("message", (there) => console.log(there === here, readlinkSync("/proc/thread-self/ns/net") === here));
        } else {
          openLinux({ netns });
          const inside = nlink.withNetns(netns, () => readlinkSync("/proc/thread-self/ns/net"));
          if (inside === here) throw new Error("was not in the namespace");
          parentPort.postMessage(readlinkSync("/proc/thread-self/ns/net"));
        }`);
      expect(text).toBe("true true");
    });
  });

  test("is aborted, loudly, when it cannot return from a namespace", async () => {
    const outcome = await run(`
      nlink.withNetns(netns, () => process.setuid(65534));
      console.log("went on");`);
    expect(outcome.signal).toBe("SIGABRT");
    expect(outcome.stdout).toBe("");
    expect(outcome.stderr).toContain(`nlink: cannot return from network namespace ${netns} (setns: EPERM); aborting`);
  });

  test("without privileges opens, asks and listens, and is refused the rest by name", async () => {
    const text = await output(
      `
      const t = openLinux({ receiveBufferSize: 1 << 29 });
      t.join(1);
      t.send(noop());
      console.log(drain(t) >= 1);
      console.log(t.receiveBufferSize < 1 << 29);
      console.log(attempt(() => openLinux({ netns })));
      console.log(attempt(() => openLinux({ netns: { pid: 1 } })));
      console.log(attempt(() => openLinux({ netns: "nlt-nowhere" })));
      console.log(attempt(() => openLinux({ allNamespaces: true })));
      console.log(attempt(() => openLinux({ protocol: 9 }).join(1)));
    `,
      { unprivileged: true },
    );
    expect(text.split("\n")).toEqual([
      "true",
      "true",
      `TransportError setns: EPERM (${netns})`,
      "TransportError open: EACCES (/proc/1/ns/net)",
      "NamespaceNotFound namespace not found: nlt-nowhere",
      "TransportError setsockopt NETLINK_LISTEN_ALL_NSID: EPERM",
      // NETLINK_AUDIT
      expect.stringMatching(
        /^TransportError (setsockopt NETLINK_ADD_MEMBERSHIP: EPERM \(group 1\)|socket: EPROTONOSUPPORT.*)$/,
      ),
    ]);
  });

  test("without koffi loads the module, and says at opening how to get it", async () => {
    const bare = mkdtempSync(join(tmpdir(), "nlt-"));
    try {
      compileInto(bare);
      const text = await output(`console.log(attempt(() => openLinux()));`, { from: bare });
      expect(text).toBe(
        "TransportUnavailable netlink sockets need the optional package koffi, which is not installed: npm install koffi",
      );
    } finally {
      rmSync(bare, { recursive: true });
    }
  });

  test("elsewhere than on Linux loads the module, and says at opening what it is on", async () => {
    const text = await output(`
      Object.defineProperty(process, "platform", { value: "darwin" });
      console.log(attempt(() => openLinux()));`);
    expect(text).toMatch(/^TransportUnavailable netlink sockets need Linux, and this is darwin/);
  });
});
