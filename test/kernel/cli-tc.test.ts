/** `nlink tc` against the system's tc: what both show, and how both end. @module */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";
import { words } from "../support/tc.ts";

let box: Sandbox;
const ours = (line: string) => cli(["tc", ...words(line)], { netns: box.name });
const theirs = (line: string) => {
  const { status, stdout, stderr } = spawnSync("tc", ["-n", box.name, ...words(line)], { encoding: "utf8" });
  return { code: status, stdout, stderr };
};
const setUp = async () => {
  box = await sandbox();
  box.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
  box.ip("link", "set", "v0", "up");
};
/** Runs lines of ours, which must succeed. */
async function done(...lines: string[]) {
  for (const line of lines) expect({ line, ...(await ours(line)) }).toMatchObject({ code: 0, stderr: "" });
}

const FLAGS = ["", "-d", "-s", "-s -d"];
/** What lines that show give is what tc gives: the text to the letter, and JSON but for keys that tc writes twice. */
async function same(...lines: string[]) {
  for (const line of lines)
    for (const flags of FLAGS) {
      const [text, json] = [`${flags} ${line}`, `${flags} -j ${line}`];
      expect({ line: text, ...(await ours(text)) }).toEqual({ line: text, ...theirs(text) });
      const shown = await ours(json);
      expect({ json, shown: JSON.parse(shown.stdout) }).toEqual({ json, shown: JSON.parse(theirs(json).stdout) });
    }
}
/** A line ends with tc's exit status, and says why where tc does. */
async function end(line: string) {
  const [mine, other] = [await ours(line), theirs(line)];
  expect({ line, code: mine.code, silent: mine.stderr === "" }, mine.stderr + other.stderr).toEqual({
    line,
    code: other.code,
    silent: other.stderr === "",
  });
}

describe.skipIf(noKernel)(titled("tc qdisc"), () => {
  beforeAll(setUp);
  afterAll(() => box?.close());

  test.each([
    ["add dev v0 root handle 1: htb default 10 r2q 10 direct_qlen 5"],
    ["replace dev v0 --parent root --handle 2: tbf rate 1mbit burst 32kb limit 100kb"],
    ["replace v0 handle 3 root tbf rate 1mbit burst 5kb latency 70ms peakrate 2mbit minburst 1540"],
    ["change dev v0 --parent root --handle 3: tbf --rate 3mbit --burst 5kb --limit 4kb"],
    ["replace dev v0 root pfifo_head_drop limit 7"],
    ["replace dev v0 root stab overhead 20 mtu 2000 tsize 128 linklayer atm tbf rate 5gbit burst 1mb latency 1ms"],
    ["add dev v0 clsact"],
    ["del dev v0 clsact"],
    ["add v0 ingress_block 7 ingress"],
    ["del v0 ingress"],
    ["del dev v0 --parent root"],
  ])("qdisc %s: is shown as tc shows it", async (line) => {
    await done(`qdisc ${line}`);
    await same("qdisc show dev v0", "qdisc");
  });

  test.each([
    "qdisc add dev v0 root foo",
    "qdisc add dev v0 root foo bar",
    "qdisc add dev v0 root htb bar",
    "qdisc add dev v0 root htb default",
    "qdisc add dev v0 root htb default zz",
    "qdisc add dev nope root htb",
    "qdisc add dev v0 root tbf rate 1mbit",
    "qdisc add dev v0 root tbf rate xx burst 1k latency 1ms",
    "qdisc add dev v0 root handle zz: htb",
    "qdisc add dev v0 parent zz htb",
    "qdisc add dev v0 parent 1:1 htb",
    "qdisc add dev v0 root parent 1: htb",
    "qdisc add dev v0 dev v1 root htb",
    "qdisc add dev",
    "qdisc add",
    "qdisc add dev v0 root",
    "qdisc add dev v0 root fq_codel limit zz",
    "qdisc add dev v0 root sfq perturb",
    "qdisc add dev v0 root handle 1: stab",
    "qdisc add dev v0 root estimator 1s",
    "qdisc change dev v0 root handle 1: htb",
    "qdisc link dev v0 parent 1:1 handle 1:",
    "qdisc nosuch",
    "nosuch",
    "qdisc show dev nope",
    "qdisc del dev v0 root",
    "qdisc del dev v0 parent 1:1",
    "qdisc del dev v0 handle 1:",
    "-x qdisc",
    "-n nope qdisc",
    "-b /nope",
    "help",
    "qdisc help",
    "",
  ])("tc %s: ends as tc does", async (line) => {
    await end(line);
  });

  test("one qdisc, by root or handle; all are flushed", async () => {
    await done("qdisc add dev v0 root handle 1: htb", "qdisc add dev v0 clsact");
    expect((await ours("qdisc get dev v0 handle 1:")).stdout).toMatch(/^qdisc htb 1: root /);
    expect((await ours("qdisc get dev v0 parent ingress")).stdout).toBe("qdisc clsact ffff: parent ffff:fff1 \n");
    expect(await ours("qdisc get dev v0 handle 2:")).toMatchObject({ code: 2, stdout: "" });
    await done("qdisc flush dev v0");
    expect((await ours("qdisc show dev v0")).stdout).toBe("qdisc noqueue 0: root refcnt 2 \n");
  });
});
