/** `nlink tc watch` and `nlink ip watch`. @module */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaled, sparkline } from "../../src/cli/watch/spark.ts";
import { cli } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, tcOf, titled } from "../support/netns.ts";
import { words } from "../support/tc.ts";

test.each<[number, string]>([
  [0, "0"],
  [7, "7"],
  [0.25, "0.3"],
  [999, "999"],
  [999.6, "1.00k"],
  [1250, "1.25k"],
  [12_500, "12.5k"],
  [125_000, "125k"],
  [1_250_000, "1.25M"],
  [9.99e9, "9.99G"],
])("%d is %s", (value, text) => {
  // biome-ignore format: a table
  expect(scaled(value)).toBe(text);
});
test("a sparkline: the highest is full, what is not there yet is blank", () => {
  expect(sparkline([0, 1, 2, 4, 8], 7)).toBe("  ▁▂▃▅█");
  expect(sparkline([1, 2, 3], 2)).toBe("▆█");
  expect(sparkline([0, 0], 2)).toBe("▁▁");
  expect(sparkline([], 3)).toBe("   ");
});

describe.skipIf(noKernel)(titled("watch"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    box.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
    box.ip("link", "set", "v0", "up");
    box.ip("link", "set", "v1", "up");
    box.ip("addr", "add", "192.0.2.1/24", "dev", "v0");
    box.ip("neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "v0", "nud", "permanent");
    const tc = tcOf(box);
    for (const line of [
      "qdisc add dev v0 root handle 1: htb default 10",
      "class add dev v0 parent 1: classid 1:1 htb rate 10mbit",
      "class add dev v0 parent 1:1 classid 1:10 htb rate 10mbit",
      "qdisc add dev v0 parent 1:10 handle 10: tbf rate 1mbit burst 3k limit 10k",
      "qdisc add dev v0 clsact",
    ])
      tc(...words(line));
  }, 120_000);
  afterAll(() => box?.close());
  const watch = (line: string, world = {}) => cli(words(line), { netns: box.name, ...world });
  const busy = () => {
    const timer = setInterval(() => box.exec("sh", "-c", "ping -c 3 -i 0.01 -W 0.01 192.0.2.2 || true"), 60);
    return () => clearInterval(timer);
  };

  test("lines where there is no terminal: each qdisc with its classes below it", async () => {
    const end = busy();
    const { code, stdout, stderr } = await watch("tc watch dev v0 interval 0.3 count 2");
    end();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^[\d:.]{12} (.*?) bit\/s .*$/, "$1"));
    const once = [
      "v0 qdisc htb 1:",
      "class htb 1:1",
      "class htb 1:10",
      "qdisc tbf 10:",
      "class tbf 10:1",
      "v0 qdisc clsact ffff:",
    ];
    expect(names.filter((name) => name !== "class tbf 10:1")).toEqual(
      [...once, ...once].filter((name) => name !== "class tbf 10:1"),
    );
    expect(stdout).toMatch(/class htb 1:10 bit\/s [1-9][\d.]*k? pkt\/s /);
  });
  test("JSON: an object a time", async () => {
    const { stdout } = await watch("tc watch -j v0 interval 0.1 count 2");
    const [first, second] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      time: expect.any(String),
      rates: expect.arrayContaining([
        expect.objectContaining({ object: "qdisc", kind: "htb", bits: expect.any(Number) }),
      ]),
    });
    expect(second.rates).toHaveLength(first.rates.length);
    const links = JSON.parse((await watch("ip watch -j interval 0.1 count 1")).stdout);
    expect(links.rates.map(({ ifname }: { ifname: string }) => ifname).sort()).toEqual(["lo", "v0", "v1"]);
  });
  test("a terminal has a screen of its own, which is left on a signal", async () => {
    const ends = new AbortController();
    let stdout = "";
    const run = watch("ip watch interval 0.1", {
      isTTY: true,
      columns: 100,
      signal: ends.signal,
      stdout: (text: string) => {
        stdout += text;
        if (stdout.split("\x1b[H").length > 3) ends.abort();
      },
    });
    expect(await run).toMatchObject({ code: 0, stderr: "" });
    expect(stdout.startsWith("\x1b[?1049h\x1b[?25l")).toBe(true);
    expect(stdout.endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
    const [, frame] = stdout.split("\x1b[H");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's
    for (const line of frame!.replace(/\x1b\[[KJ]/g, "").split("\r\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(frame).toMatch(/v0 +[\d.]+k? .*[▁▂▃▄▅▆▇█]/);
  });
  test.each<[string, number, RegExp]>([
    ["tc watch dev nosuch", 1, /Cannot find device "nosuch"/],
    ["tc watch interval 0", 255, /argument "0" is wrong/],
    ["ip watch count x", 255, /argument "x" is wrong/],
  ])("%s ends with %i", async (line, code, text) => {
    const ran = await watch(line);
    expect(ran).toMatchObject({ code, stderr: expect.stringMatching(text) });
  });
});
