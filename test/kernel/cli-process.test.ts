/** `nlink` as a program: serve mode, closed pipes, signals. The program is bundled as it is published. @module */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

describe.skipIf(noKernel)(titled("the program"), () => {
  let directory: string;
  let box: Sandbox;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    // Below node_modules, for koffi to be found.
    directory = mkdtempSync(join(project, "node_modules/.nlink-"));
    await build({
      absWorkingDir: project,
      entryPoints: { nlink: "src/cli/bin/nlink.ts" },
      outdir: directory,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["koffi"],
      logLevel: "error",
    });
    box = await sandbox();
    box.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
  }, 120_000);
  afterAll(() => {
    for (const child of started) child.kill();
    rmSync(directory, { recursive: true, force: true });
    box?.close();
  });
  function nlink(...words: string[]) {
    const child = spawn(process.execPath, [join(directory, "nlink.js"), ...words], { stdio: "pipe" });
    started.push(child);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
      child.once("close", (code) => resolve({ code, stderr }));
    });
    return { child, ended };
  }
  function serve() {
    const { child, ended } = nlink("serve");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (...requests: object[]): Promise<{ code: number; stdout: string; stderr: string }[]> => {
      child.stdin.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
      const answers = [];
      for (const _ of requests) answers.push(JSON.parse((await lines.next()).value));
      return answers;
    };
    return { child, ask, ended };
  }

  test("serve: commands in namespaces, in one process, in order", async () => {
    const { child, ask, ended } = serve();
    const netns = box.name;
    const [added, twice, shown, wrong, batch, other] = await ask(
      { argv: ["tc", "qdisc", "add", "dev", "v0", "root", "handle", "1:", "htb"], netns },
      { argv: ["tc", "qdisc", "add", "dev", "v0", "root", "handle", "1:", "htb"], netns },
      { argv: ["tc", "-j", "qdisc", "show", "dev", "v0"], netns },
      { argv: ["tc", "qdisc", "add", "dev", "v0", "root", "htb", "default"], netns },
      {
        argv: ["tc", "-b", "-"],
        netns,
        stdin: "class add dev v0 parent 1: classid 1:1 htb rate 1mbit\nclass show dev v0\n",
      },
      { argv: ["tc", "-j", "qdisc", "show", "dev", "v0"] },
    );
    expect(added).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(twice).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Error: Exclusivity flag on, cannot modify\./),
    });
    expect(JSON.parse(shown!.stdout)).toMatchObject([{ kind: "htb", handle: "1:", root: true }]);
    expect(wrong).toMatchObject({ code: 255 });
    expect(batch).toMatchObject({ code: 0, stdout: expect.stringMatching(/^class htb 1:1 root prio 0 rate 1Mbit /) });
    expect(other).toMatchObject({ code: 1, stderr: 'Cannot find device "v0"\n' });
    const monitored = await ask({ argv: ["tc", "monitor"], netns, timeout: 100 }, { argv: ["ss", "-H", "-t"], netns });
    expect(monitored).toMatchObject([{ code: 0 }, { code: 0 }]);
    child.stdin.end();
    expect(await ended).toEqual({ code: 0, stderr: "" });
  });

  test("serve: a namespace that is made anew under its name is another one", async () => {
    const netns = `${box.name}x`;
    const { child, ask, ended } = serve();
    execFileSync("ip", ["netns", "add", netns]);
    const add = { argv: ["tc", "qdisc", "add", "dev", "lo", "root", "htb"], netns };
    const show = { argv: ["tc", "qdisc", "show", "dev", "lo"], netns };
    try {
      const [, before] = await ask(add, show);
      expect(before!.stdout).toMatch(/^qdisc htb /);
      execFileSync("ip", ["netns", "del", netns]);
      expect(await ask(show)).toMatchObject([
        { code: 255, stderr: expect.stringContaining("Cannot open network namespace") },
      ]);
      execFileSync("ip", ["netns", "add", netns]);
      expect((await ask(show))[0]).toEqual({ code: 0, stdout: "", stderr: "" });
    } finally {
      execFileSync("ip", ["netns", "del", netns]);
    }
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 143, stderr: "" });
  });

  test("output to a closed pipe ends quietly", async () => {
    const lines = Array.from({ length: 2000 }, () => "qdisc show").join("\n");
    const { child, ended } = nlink("tc", "-n", box.name, "-b", "-");
    child.stdout.once("data", () => child.stdout.destroy());
    child.stdin.on("error", () => {});
    child.stdin.end(lines);
    expect(await ended).toEqual({ code: 141, stderr: "" });
  });

  test("a monitor ends on an interrupt", async () => {
    const { child, ended } = nlink("tc", "-n", box.name, "monitor");
    const first = new Promise((resolve) => child.stdout.once("data", resolve));
    const timer = setInterval(() => {
      box.exec("tc", "qdisc", "replace", "dev", "v1", "root", "handle", "7:", "pfifo_head_drop");
    }, 200);
    await first;
    clearInterval(timer);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, stderr: "" });
  });
});
