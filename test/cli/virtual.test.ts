/** Lines on a virtual kernel, which lives in a file: what they show afterwards, and what of the file can be wrong. @module */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli } from "../support/cli.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "nlink-virtual-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const on = (line: string, stdin?: string) =>
  cli(splitWords(line), {
    cwd,
    ...(stdin === undefined
      ? {}
      : {
          stdin: (async function* () {
            yield stdin;
          })(),
        }),
  });
/** Each line is a run of the program by itself. */
async function runs(lines: string): Promise<void> {
  for (const line of lines.trim().split("\n")) {
    const result = await on(`--virtual lab.json ${line.trim()}`);
    expect({ line, ...result }).toEqual({ line, code: 0, stdout: "", stderr: "" });
  }
}
const PAIR = `
  ip link add v0 type veth peer name v1
  ip link set v0 up
  ip link set v1 up`;

describe("what lines do is there for the next one", () => {
  test.each<[lines: string, show: string, shown: string]>([
    [
      "ip link add dummy test0",
      "ip -br link",
      "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \ntest0            DOWN           22:20:04:01:06:08 <BROADCAST,NOARP> \n",
    ],
    [
      `ip link add bridge br0 --stp --vlan-filtering
       ip link add dummy d0
       ip link set d0 --master br0 --mtu 9000 --up`,
      "ip -br link show master br0",
      "d0               UNKNOWN        c6:a8:cc:4f:99:55 <BROADCAST,NOARP,UP,LOWER_UP> \n",
    ],
    [
      `ip link add dummy d0
       ip link del d0`,
      "ip -br link",
      "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n",
    ],
    [
      `${PAIR}
       ip addr add 192.168.1.1/24 -d v0
       ip addr add 10.0.0.1/8 dev v0
       ip addr del 10.0.0.1/8 -d v0`,
      "ip -4 -br addr",
      "v0@v1            UP             192.168.1.1/24 \n",
    ],
    [
      `${PAIR}
       ip addr add 192.168.1.1/24 dev v0
       ip route add 10.0.0.0/8 --via 192.168.1.9
       ip route add 10.1.0.0/16 --via 192.168.1.8 --metric 5
       ip route del 10.1.0.0/16`,
      "ip route",
      "10.0.0.0/8 via 192.168.1.9 dev v0 \n192.168.1.0/24 dev v0 proto kernel scope link src 192.168.1.1 \n",
    ],
    [
      `${PAIR}
       ip addr add 192.168.1.1/24 dev v0`,
      "ip route get 192.168.1.7",
      "192.168.1.7 dev v0 src 192.168.1.1 uid 0 \n    cache \n",
    ],
    [
      `${PAIR}
       ip neigh add 192.168.1.2 --lladdr 00:11:22:33:44:55 -d v0
       ip neigh add 192.168.1.3 --lladdr 00:11:22:33:44:55 -d v0
       ip neigh del 192.168.1.3 -d v0`,
      "ip neigh",
      "192.168.1.2 dev v0 lladdr 00:11:22:33:44:55 PERMANENT \n",
    ],
    [
      `ip rule add --from 10.0.0.0/8 --table 100 --priority 1000
       ip rule add --fwmark 0x100 --table 200
       ip rule del --priority 1000`,
      "ip rule",
      "0:\tfrom all lookup local\n999:\tfrom all fwmark 0x100 lookup 200\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n",
    ],
    [
      `ip link add v0 type veth peer name v1
       ip netns add blue
       ip link set v1 netns blue`,
      "ip -n blue -br link",
      "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \nv1@if3           DOWN           22:20:04:01:06:08 <BROADCAST,MULTICAST> \n",
    ],
    [
      `ip netns add blue
       ip netns add green
       ip netns del blue`,
      "ip netns list",
      "green\n",
    ],
    [
      `${PAIR}
       tc qdisc add dev v0 root handle 1: htb default 10 r2q 10
       tc class add dev v0 --parent 1: --classid 1:10 htb rate 10mbit ceil 100mbit prio 1
       tc class add dev v0 --parent 1: --classid 1:20 htb rate 5mbit ceil 50mbit burst 15k
       tc class del dev v0 classid 1:20`,
      "tc class show dev v0",
      "class htb 1:10 root prio 1 rate 10Mbit ceil 100Mbit burst 1600b cburst 1600b \n",
    ],
    [
      `${PAIR}
       tc qdisc add dev v0 --parent root netem delay 100ms loss 1% duplicate 0.5%`,
      "tc qdisc show dev v0",
      "qdisc netem 8001: root refcnt N limit 1000 delay 100ms loss 1% duplicate 0.5%\n",
    ],
  ])("%#: %s", async (lines, show, shown) => {
    await runs(lines);
    const { code, stdout, stderr } = await on(`--virtual lab.json ${show}`);
    expect({ code, stdout: stdout.replace(/ seed \d+/, "").replace(/refcnt \d/, "refcnt N"), stderr }).toEqual({
      code: 0,
      stdout: shown,
      stderr: "",
    });
  });
});

describe("where the file is said", () => {
  test.each([
    "--virtual lab.json ip link add d0 type dummy",
    "--virtual=lab.json ip link add d0 type dummy",
    "-virtual lab.json ip link add d0 type dummy",
    "ip --virtual lab.json link add d0 type dummy",
    "ip link add d0 type dummy --virtual lab.json",
    "ip link --virtual=./lab.json add d0 type dummy",
  ])("%s", async (line) => {
    expect(await on(line)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(readFileSync(join(cwd, "lab.json"), "utf8"))).toMatchObject({ nlink: "virtual-kernel" });
    expect((await on("--virtual lab.json ip -br link show d0")).stdout).toMatch(/^d0 /);
  });

  test("a file that is not there is made, even by a look", async () => {
    expect((await on("--virtual lab.json ip link")).code).toBe(0);
    expect(readdirSync(cwd)).toEqual(["lab.json"]);
  });

  test("without a file a batch has a fresh kernel, and leaves nothing", async () => {
    const lines = "link add d0 type dummy\n-br link show d0\n";
    expect(await on("ip --virtual -b -", lines)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^d0 /) });
    expect(await on("--virtual ip -b -", lines)).toMatchObject({ code: 0 });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("a batch's lines are all in the file, those before the one that failed too", async () => {
    expect(
      await on(
        "--virtual lab.json ip -b -",
        "link add d0 type dummy\nlink add d0 type dummy\nlink add d1 type dummy\n",
      ),
    ).toEqual({
      code: 1,
      stdout: "",
      stderr: "RTNETLINK answers: File exists (add dummy link d0)\nCommand failed -:2\n",
    });
    expect((await on("--virtual lab.json ip -br link")).stdout.match(/^\S+/gm)).toEqual(["lo", "d0"]);
  });

  test("serve works on it, in its namespaces, and has written when it answers", async () => {
    const requests = [
      { argv: ["ip", "netns", "add", "blue"] },
      { argv: ["ip", "link", "add", "d0", "type", "dummy"], netns: "blue" },
      { argv: ["ip", "-br", "link", "show", "d0"], netns: "blue" },
      { argv: ["ip", "netns", "del", "blue"] },
      { argv: ["ip", "link"], netns: "blue" },
      { argv: ["ip", "netns", "add", "blue"] },
      { argv: ["ip", "-br", "link"], netns: "blue" },
      { argv: ["ip", "--virtual", "other.json", "netns"] },
    ];
    const { stdout, stderr } = await on("--virtual lab.json serve", requests.map((r) => JSON.stringify(r)).join("\n"));
    expect(stderr).toBe("");
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { code: 0, stderr: "" },
      { code: 0, stderr: "" },
      { code: 0, stdout: expect.stringMatching(/^d0 /) },
      { code: 0, stderr: "" },
      { code: 255, stderr: 'Cannot open network namespace "blue": No such file or directory\n' },
      { code: 0, stderr: "" },
      { code: 0, stdout: "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n" },
      { code: 0, stdout: "", stderr: "" },
    ]);
    expect((await on("--virtual lab.json ip netns")).stdout).toBe("blue\n");
  });
});

test("time passes for it between runs, as for a kernel that goes on", async () => {
  await runs(`${PAIR}
    ip addr add 192.0.2.1/24 dev v0 valid_lft 100 preferred_lft 50
    ip addr add 2001:db8::1/64 dev v0`);
  expect((await on("--virtual lab.json ip -6 addr show dev v0 to 2001:db8::/64")).stdout).toContain("tentative");
  const past = (seconds: number) => {
    const then = new Date(Date.now() - seconds * 1000);
    utimesSync(join(cwd, "lab.json"), then, then);
  };
  past(10);
  expect((await on("--virtual lab.json ip -6 addr show dev v0 to 2001:db8::/64")).stdout).not.toContain("tentative");
  expect((await on("--virtual lab.json ip -4 addr show dev v0")).stdout).toMatch(/valid_lft (89|90)sec/);
  past(101);
  expect((await on("--virtual lab.json ip -4 addr show dev v0")).stdout).toBe("");
});

describe("a file that cannot be used is told, and left as it is", () => {
  const saved = (change: (file: { version: number; state: Record<string, unknown> }) => void) => async () => {
    await on("--virtual lab.json ip link add d0 type dummy");
    const file = JSON.parse(readFileSync(join(cwd, "lab.json"), "utf8"));
    change(file);
    return JSON.stringify(file);
  };
  test.each<[what: string, text: () => string | Promise<string>, reason: string]>([
    ["empty", () => "", "not JSON: "],
    ["cut off", async () => (await saved(() => {})()).slice(0, 500), "not JSON: "],
    ["something else", () => "[]", '"nlink" is not "virtual-kernel"'],
    ["of another version", saved((file) => file.version++), "version 2 is not 1, the one that is read here"],
    ["without a member", saved(({ state }) => delete state.timers), "its state is damaged"],
    [
      "with a device without an MTU",
      async () => (await saved(() => {})()).replace(/"mtu":1500,/, ""),
      "its state is damaged",
    ],
  ])("%s", async (_, make, reason) => {
    const text = await make();
    writeFileSync(join(cwd, "lab.json"), text);
    const { code, stdout, stderr } = await on("--virtual lab.json ip link add d1 type dummy");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Cannot use "${join(cwd, "lab.json")}" as a virtual kernel: ${reason}`);
    expect(readFileSync(join(cwd, "lab.json"), "utf8")).toBe(text);
    expect(readdirSync(cwd)).toEqual(["lab.json"]);
  });

  test("one that another has changed meanwhile", async () => {
    await on("--virtual lab.json ip link add d0 type dummy");
    const lines = (async function* () {
      yield "link add d1 type dummy\n";
      await on("--virtual lab.json ip link add d2 type dummy");
    })();
    const result = await cli(["--virtual", "lab.json", "ip", "-b", "-"], { cwd, stdin: lines });
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining("another has changed it meanwhile") });
    expect((await on("--virtual lab.json ip -br link")).stdout.match(/^\S+/gm)).toEqual(["lo", "d0", "d2"]);
  });
});

test.each([
  ["ip netns identify 1", "virtual kernel has none"],
  ["ip netns exec blue ls", "virtual kernel has none"],
  ["ip xfrm state", "rtnetlink only"],
  ["ss -t", "rtnetlink only"],
  ["ss -s", "virtual kernel has none"],
  ["monitor count 1", "virtual kernel has none"],
  ["ip tuntap add dev t0 mode tun", "virtual kernel has none"],
  ["ip vrf exec v0 true", "virtual kernel has none"],
  ["ip maddress", "not known"],
])("what a virtual kernel has not is told: %s", async (line, reason) => {
  await runs("ip netns add blue");
  const { code, stderr } = await on(`--virtual lab.json ${line}`);
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});
