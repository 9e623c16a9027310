import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NamespaceNotFound, NetlinkError, netns } from "../../src/index.ts";
import { noKernel, titled } from "../support/netns.ts";

const name = `nlt-exec-${process.pid}`;
/** What a child wrote, and how it ended. */
async function ended(starting: Promise<ChildProcess>): Promise<{ out: string; err: string; code: number | string }> {
  const child = await starting;
  let out = "";
  let err = "";
  child.stdout?.on("data", (data) => {
    out += data;
  });
  child.stderr?.on("data", (data) => {
    err += data;
  });
  const code = await new Promise<number | string>((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? signal!)),
  );
  return { out, err, code };
}
/** What `ip netns exec` gives for the same. */
const byIp = (command: string, args: string[]) => {
  const { stdout, stderr, status } = spawnSync("ip", ["netns", "exec", name, command, ...args], { encoding: "utf8" });
  return { out: stdout, err: stderr, code: status };
};

describe.skipIf(noKernel)(titled("programs in a namespace"), () => {
  let scratch: string;
  const etc = `/etc/netns/${name}`;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "nlt-"));
    chmodSync(scratch, 0o755);
    await netns.create(name);
    execFileSync("ip", ["-n", name, "link", "add", "inside0", "type", "veth", "peer", "name", "inside1"]);
    mkdirSync(etc, { recursive: true });
    writeFileSync(join(etc, "hosts"), "192.0.2.9 only.here\n");
    writeFileSync(join(etc, "nlt-nowhere"), "");
  });
  afterAll(async () => {
    await netns.delete(name);
    rmSync(etc, { recursive: true });
    if (readdirSync("/etc/netns").length === 0) rmSync("/etc/netns", { recursive: true });
    rmSync(scratch, { recursive: true });
  });

  describe("as ip netns exec has them", () => {
    test.each<[title: string, command: string, args: string[]]>([
      ["the devices of the namespace in /sys", "ls", ["/sys/class/net"]],
      ["the namespace's files in /etc", "cat", ["/etc/hosts"]],
      ["the links", "ip", ["-br", "link"]],
      ["its name", "ip", ["netns", "identify"]],
      ["signals as programs expect them", "grep", ["-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"]],
      ["mounts that tell nobody", "sh", ["-c", "grep -c shared: /proc/self/mountinfo"]],
      [
        "no new privileges, capabilities, limits of their own",
        "sh",
        ["-c", "ulimit -a; grep -E 'Cap|NoNew' /proc/self/status"],
      ],
      ["arguments as they are", "printf", ["%s|", "", "a b", "$HOME", "ü\n", "'\""]],
      ["the exit status", "sh", ["-c", "exit 42"]],
    ])("%s", async (_, command, args) => {
      expect(await ended(netns.exec(name, command, args))).toEqual(byIp(command, args));
    });
    test("what cannot be bound is said on standard error, and the program runs", async () => {
      const { err } = await ended(netns.exec(name, "true"));
      expect(err).toBe(byIp("true", []).err);
      expect(err).toBe(`Bind ${etc}/nlt-nowhere -> /etc/nlt-nowhere failed: No such file or directory\n`);
    });
  });

  test("this process's own mounts are as before", async () => {
    const before = readFileSync("/proc/self/mountinfo", "utf8");
    await ended(netns.exec(name, "mount", ["-t", "tmpfs", "none", scratch]));
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(before);
  });

  test("without mounts: the namespace's links, and the files of this process", async () => {
    const { out, code } = await ended(
      netns.exec(name, "sh", ["-c", "ip -br link show inside0 | cut -c1-7; cat /etc/hosts"], { mounts: false }),
    );
    expect([out, code]).toEqual([`inside0\n${readFileSync("/etc/hosts", "utf8")}`, 0]);
  });

  describe("options of spawn", () => {
    test("standard input, and descriptors beyond the third", async () => {
      const starting = netns.exec(name, "sh", ["-c", "cat; cat <&5 >&4; ls /proc/self/fd | grep -v ^2..$ | wc -l"], {
        stdio: ["pipe", "pipe", "inherit", "ignore", "pipe", "pipe"],
      });
      const child = await starting;
      const result = ended(starting);
      let four = "";
      (child.stdio[4] as NodeJS.ReadableStream).on("data", (data) => {
        four += data;
      });
      child.stdin!.end("in ");
      (child.stdio as unknown[] as NodeJS.WritableStream[])[5]!.end("five");
      // 0, 1, 2, 4, 5 and the one that ls reads from: none of what came between.
      expect(await result).toMatchObject({ out: "in 6\n", code: 0 });
      expect(four).toBe("five");
    });
    test("env, cwd in the new /sys, argv0, shell", async () => {
      const env = { PATH: process.env.PATH, ONLY: "this" };
      expect((await ended(netns.exec(name, "env", [], { env }))).out).toBe(`PATH=${env.PATH}\nONLY=this\n`);
      expect((await ended(netns.exec(name, "ls", ["-d", "inside0"], { cwd: "/sys/class/net" }))).out).toBe("inside0\n");
      expect((await ended(netns.exec(name, "sh", ["-c", "echo $0"], { argv0: "other" }))).out).toBe("other\n");
      expect((await ended(netns.exec(name, "echo $((1 + 2)) | cat", [], { shell: true }))).out).toBe("3\n");
    });
    test("uid and gid take effect after all that needs privileges", async () => {
      const { out } = await ended(netns.exec(name, "id", ["-u"], { uid: 65534, gid: 65534 }));
      expect(out).toBe("65534\n");
    });
    test("messages to another Node", async () => {
      const script = "process.on('message', (m) => { process.send(['got', m]); process.disconnect(); })";
      const child = await netns.exec(name, process.execPath, ["-e", script], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      child.send({ hello: 1 });
      expect(await new Promise((resolve) => child.on("message", resolve))).toEqual(["got", { hello: 1 }]);
    });
    test("a script without a first line is the shell's", async () => {
      const script = join(scratch, "script");
      writeFileSync(script, 'echo "$1"', { mode: 0o755 });
      expect((await ended(netns.exec(name, script, ["ran"]))).out).toBe("ran\n");
    });
    test("spawn and exit are there to be waited for, and what ran is named", async () => {
      const child = await netns.exec(name, "true");
      const events: string[] = [];
      for (const event of ["spawn", "exit", "close"]) child.on(event, () => events.push(event));
      await new Promise((resolve) => child.on("close", resolve));
      expect(events).toEqual(["spawn", "exit", "close"]);
      expect([child.spawnfile, child.spawnargs]).toEqual(["true", ["true"]]);
    });
    test("kill", async () => {
      const starting = netns.exec(name, "sleep", ["100"]);
      expect((await starting).kill()).toBe(true);
      expect((await ended(starting)).code).toBe("SIGTERM");
    });
  });

  describe.each([true, false])("what cannot be, with mounts: %s", (mounts) => {
    test("a program that is missing", async () => {
      const error = await netns.exec(name, "nlt-no-program", [], { mounts }).catch((e) => e);
      expect(error).toBeInstanceOf(NetlinkError);
      expect(error).toMatchObject({ code: "ENOENT", message: "program not found: nlt-no-program" });
    });
    test("a file that is no program", async () => {
      writeFileSync(join(scratch, "text"), "", { mode: 0o644 });
      const attempt = netns.exec(name, join(scratch, "text"), [], { mounts });
      await expect(attempt).rejects.toMatchObject({ code: "EACCES", message: expect.stringContaining("cannot run") });
    });
    test("a directory to work in that is missing", async () => {
      const attempt = netns.exec(name, "true", [], { mounts, cwd: "/nlt/nowhere" });
      await expect(attempt).rejects.toMatchObject({ code: "ENOENT", message: expect.stringContaining("/nlt/nowhere") });
    });
    test("a namespace that is missing", async () => {
      const error = await netns.exec("nlt-nowhere", "true", [], { mounts }).catch((e) => e);
      expect(error).toBeInstanceOf(NamespaceNotFound);
    });
    test("a signal that went off before, and one that does meanwhile", async () => {
      const attempt = netns.exec(name, "sleep", ["100"], { mounts, signal: AbortSignal.abort("mine") });
      await expect(attempt).rejects.toMatchObject({ code: "ECANCELED", cause: "mine" });
      const controller = new AbortController();
      const later = netns.exec(name, "sleep", ["100"], { mounts, signal: controller.signal });
      await Promise.resolve();
      setImmediate(() => controller.abort());
      const error = await later.then(
        (child) => new Promise((resolve) => child.on("error", resolve)),
        (e) => e,
      );
      expect(error).toMatchObject({ code: expect.stringMatching(/ECANCELED|ABORT_ERR/) });
    });
    test.each<[title: string, command: unknown, args: unknown]>([
      ["no program", "", []],
      ["a program with a NUL", "a\0b", []],
      ["arguments that are no list", "true", "x"],
      ["an argument that is no text", "true", [5]],
    ])("%s", async (_, command, args) => {
      const attempt = netns.exec(name, command as string, args as string[], { mounts });
      await expect(attempt).rejects.toMatchObject({ code: "EINVAL", operation: "exec" });
    });
  });

  test("leaves no descriptor, thread or process behind, whether it ran or not", async () => {
    const count = () => [readdirSync("/proc/self/fd").length, readdirSync("/proc/self/task").length];
    const round = async () => {
      await ended(netns.exec(name, "true"));
      await netns.exec(name, "nlt-no-program").catch(() => {});
      await netns.exec("nlt-nowhere", "true").catch(() => {});
      await ended(netns.exec(name, "true", [], { mounts: false }));
      await netns.exec(name, "nlt-no-program", [], { mounts: false }).catch(() => {});
    };
    await round();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = count();
    for (let i = 0; i < 3; i++) await round();
    for (let i = 0; i < 100 && count()[0]! > before[0]!; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(count()).toEqual(before);
    expect(await netns.pids(name)).toEqual([]);
  });
});
