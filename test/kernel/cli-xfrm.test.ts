/** `nlink ip xfrm` against the system's ip: the same line does the same, and gives the same text and exit status. @module */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";
import { policies, states } from "../support/xfrm-rows.ts";

describe.skipIf(noKernel)(titled("ip xfrm"), () => {
  let box: Sandbox;
  let lacks: string | undefined;
  const ours = (line: string) => cli(["ip", "-n", box.name, ...line.split(" ")]);
  const theirs = (line: string) => system(["ip", "-n", box.name, ...line.split(" ")]);
  const stamps = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME");
  beforeAll(async () => {
    box = await sandbox();
    const probe = theirs(`xfrm state add ${states[0]![0]}`);
    lacks = probe.code === 0 ? undefined : probe.stderr;
    theirs("xfrm state flush");
  });
  afterAll(() => box?.close());

  const objects = [
    ...policies.map(([words]) => ["policy", words] as const),
    ...states.map(([words]) => ["state", words] as const),
  ];
  test.for(objects)("%s add %s: what ip makes of it", async ([object, words], { skip }) => {
    if (object === "state" && lacks) {
      expect(process.env.NLINK_VM, lacks).toBeUndefined();
      return skip(`skipped: ${lacks}`);
    }
    const look = () => stamps(theirs(`-s xfrm ${object} list`).stdout).replace(/\bindex \d+/, "index N");
    expect(await ours(`xfrm ${object} add ${words}`)).toEqual({ code: 0, stdout: "", stderr: "" });
    const made = look();
    expect((await ours(`xfrm ${object} add ${words}`)).code).toBe(2);
    expect(await ours(`xfrm ${object} flush`)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(look()).toBe("");
    expect(theirs(`xfrm ${object} add ${words}`).code).toBe(0);
    expect(made).toBe(look());
    theirs(`xfrm ${object} flush`);
  });

  test("what is shown", async () => {
    for (const object of ["state", "policy"]) theirs(`xfrm ${object} flush`);
    for (const [object, words] of objects) if (object === "policy" || !lacks) theirs(`xfrm ${object} add ${words}`);
    theirs("xfrm state allocspi src 10.0.0.1 dst 10.0.0.2 proto esp min 0x700 max 0x700 mark 3");
    const lines = [
      "xfrm policy", "-s xfrm policy list", "-o xfrm policy show", "xfrm policy list dir out", "xfrm policy list priority 100", "-d xfrm policy",
      "xfrm policy list src 10.0.0.0/8", "xfrm policy list action block", "xfrm policy list flag icmp", "xfrm policy list proto gre", "xfrm policy list dev lo",
      "xfrm policy count", "-s xfrm policy count", "-s -s xfrm policy count", "xfrm policy getdefault",
      "xfrm policy get src 10.1.0.0/16 dst 10.2.0.0/16 dir out", "-s xfrm policy get index 81 dir out mark 5 mask 0xff if_id 42",
      "xfrm state", "-s xfrm state list", "-o xfrm state show", "xfrm state list nokeys", "xfrm state list proto ah", "xfrm state list src 10.0.0.0/24 mode tunnel",
      "xfrm state list reqid 1", "xfrm state list flag esn", "xfrm state count", "-s xfrm state count", "xfrm state list dst 2001:db8::2",
      "xfrm state get dst 10.0.0.2 proto esp spi 0x700 mark 3", "-s xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x105",
    ]; // biome-ignore format: a table
    for (const line of lines) {
      const [a, b] = [await ours(line), theirs(line)];
      if (b.code !== 0 && lacks) continue;
      expect.soft(a.stdout, line).toBe(b.stdout);
      expect([a.code, a.stderr], line).toEqual([b.code, ""]);
    }
    const json = JSON.parse((await ours("-j xfrm policy")).stdout) as { selector: object }[];
    expect(json.length).toBe(policies.length);
    expect(json).toContainEqual(expect.objectContaining({ dir: "fwd", action: "block" }));
    const found = JSON.parse((await ours("-j xfrm state list spi 0x700")).stdout);
    expect(found).toMatchObject([{ src: "10.0.0.1", dst: "10.0.0.2", proto: "esp", spi: 0x700, mark: 3 }]);
  });

  test("what is changed and removed", async () => {
    for (const [, words] of policies) theirs(`xfrm policy add ${words}`);
    theirs("xfrm state flush");
    expect((await ours("xfrm policy update src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 7")).code).toBe(0);
    expect(theirs("xfrm policy get src 10.1.0.0/16 dst 10.2.0.0/16 dir out").stdout).toContain("priority 7");
    expect((await ours("xfrm policy delete src 10.1.0.0/16 dst 10.2.0.0/16 dir out")).code).toBe(0);
    expect((await ours("xfrm policy deleteall dir fwd")).code).toBe(0);
    expect(theirs("xfrm policy list dir fwd").stdout).toBe("");
    expect((await ours("xfrm policy deleteall")).code).toBe(0);
    expect(theirs("xfrm policy").stdout).toBe("");
    expect((await ours("xfrm policy set hthresh4 24 16")).code).toBe(0);
    expect(theirs("-s -s xfrm policy count").stdout).toContain("IPv4 thresholds: local 24 remote 16");
    expect((await ours("xfrm policy setdefault in block")).code).toBe(0);
    expect(theirs("xfrm policy getdefault").stdout).toContain("in:  block");
    const { stdout } = await ours(
      "xfrm state allocspi src 10.0.0.1 dst 10.0.0.2 proto ah mode tunnel min 0x900 max 0x900",
    );
    expect(stdout).toContain("proto ah spi 0x00000900 reqid 0 mode tunnel");
    expect((await ours("xfrm state delete dst 10.0.0.2 proto ah spi 0x900 src 10.0.0.1")).code).toBe(0);
    expect((await ours("xfrm state deleteall")).code).toBe(0);
    expect(theirs("xfrm state").stdout).toBe("");
  });

  test.each([
    "xfrm policy add src 10.1.0.0/17",
    "xfrm policy add src 10.1.0.0/17 dir up",
    "xfrm policy delete src 10.1.0.0/17 dst 10.2.0.0/16 dir out",
    "xfrm policy get src 10.1.0.0/17 dir out",
    "xfrm state get dst 1.2.3.4 proto esp spi 5",
    "xfrm state delete dst 1.2.3.4 proto esp spi 5",
    "xfrm state add dst 1.2.3.4",
    "xfrm state add src 1.1.1.2 dst 1.1.1.1 proto esp spi 5 enc x",
    "xfrm state allocspi src 1.1.1.1 dst 1.1.1.2 proto esp min 5",
    "xfrm policy flush ptype foo",
    "xfrm state foo",
  ])("%s: the same exit status", async (line) => {
    const [a, b] = [await ours(line), theirs(line)];
    expect(a.code).toBe(b.code);
    expect(a.stderr).not.toBe("");
  });

  test("what happens, as it happens", async () => {
    const stop = new AbortController();
    const [a, b] = [[], []] as string[][];
    const { spawn } = await import("node:child_process");
    const child = spawn("ip", ["-n", box.name, "xfrm", "monitor"], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.on("data", (data) => b!.push(String(data)));
    const listening = cli(["ip", "-n", box.name, "xfrm", "monitor"], {
      signal: stop.signal,
      stdout: (text) => void a!.push(text),
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const line of [
      "xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out tmpl proto esp mode transport",
      "xfrm policy update src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 7",
      "xfrm policy delete src 10.1.0.0/16 dst 10.2.0.0/16 dir out",
      "xfrm state allocspi src 10.0.0.1 dst 10.0.0.2 proto esp min 0x700 max 0x700",
      "xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x700",
      "xfrm policy add dst 10.9.0.0/16 dir out",
      "xfrm policy flush",
    ])
      expect(theirs(line).code, line).toBe(0);
    for (let i = 0; i < 50 && !(a!.join("").includes("Flushed") && b!.join("").includes("Flushed")); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    child.kill();
    expect((await listening).code).toBe(0);
    expect(a!.join("")).toBe(b!.join(""));
  });
});
