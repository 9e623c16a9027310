/** `nlink monitor`: what passes, as lines and as a capture. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

/** How many times as long everything takes. */
const SLOW = process.env.NLINK_VM ? 6 : 1;

describe.skipIf(noKernel)(titled("monitor"), () => {
  let box: Sandbox;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "nlink-monitor-"));
    box = await sandbox();
    box.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
    await cli(["monitor", "help"]);
  }, 120_000);
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
    box?.close();
  });
  /** Runs it while qdiscs come and go; it ends on the signal. */
  async function during(...argv: string[]) {
    const ends = new AbortController();
    // nlmon sees what the kernel sends, and it tells of traffic control since 6.8 only if somebody listens (rtnl_notify_needed).
    const heard = (async () => {
      for await (const _ of box.nl.events({ tc: true }, { signal: ends.signal }));
    })();
    const run = cli(["monitor", ...argv], { netns: box.name, signal: ends.signal });
    for (let i = 0; i < 3 * SLOW; i++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      box.exec("tc", "qdisc", "add", "dev", "v0", "root", "handle", "7:", "pfifo_head_drop");
      box.exec("tc", "qdisc", "del", "dev", "v0", "root");
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * SLOW));
    ends.abort();
    await heard.catch(() => {});
    return run;
  }
  /** nlmon sees requests and answers; events only where a socket listens. Without it there are only events. */
  const whole = (stderr: string) => stderr === "";

  test("a capture, which decode reads", async () => {
    const file = join(directory, "all.pcap");
    const { code, stdout, stderr } = await during("--pcap", file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    const decoded = await cli(["decode", file]);
    expect(decoded).toMatchObject({ code: 0, stderr: "" });
    expect(decoded.stdout).toMatch(/ [<>] rtnetlink newqdisc pfifo_head_drop /);
    if (!whole(stderr)) return expect(stderr).toMatch(/no nlmon: only events/);
    expect(decoded.stdout).toMatch(/ > rtnetlink newqdisc pfifo_head_drop /);
    expect(decoded.stdout).toMatch(/ < rtnetlink ack newqdisc \(of \d+\)$/m);
    expect(box.ip("link", "show", "type", "nlmon")).toBe("");
  });
  test("lines, and JSON an object a line", async () => {
    const { code, stdout } = await during();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +\d+ \d+\.\d{6} (< rtnetlink delqdisc pfifo_head_drop|> rtnetlink delqdisc dev v0) /m);
    const json = (await during("-j")).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(json).toContainEqual(
      expect.objectContaining({
        name: "newqdisc",
        protocol: 0,
        value: expect.objectContaining({ kind: "pfifo_head_drop" }),
      }),
    );
  });
  test("so many, and no more", async () => {
    const file = join(directory, "two.pcap");
    await during("--pcap", file, "--count", "2");
    const shown = JSON.parse((await cli(["decode", "-j", file])).stdout) as { number: number }[];
    expect(Math.max(...shown.map(({ number }) => number))).toBe(2);
  });
  test.each<[string[], number, RegExp]>([
    [["--pcap", "/no/such/directory/file"], 1, /^Cannot open file "\/no\/such\/directory\/file" for writing: ENOENT/],
    [["-n", "nosuchns", "--pcap", "/dev/null"], 255, /^Cannot open network namespace "nosuchns"/],
    [["--dev", "nosuch", "--pcap", "/dev/null"], 1, /^Cannot find device "nosuch"/],
  ])("%j ends with %i", async (argv, code, stderr) => {
    expect(await cli(["monitor", ...argv], { netns: box.name })).toMatchObject({
      code,
      stderr: expect.stringMatching(stderr),
    });
  });
});
