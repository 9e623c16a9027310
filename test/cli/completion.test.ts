/** Completion: what the shell offers, by the script that is written. @module */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";

const bash = ["/bin/bash", "/usr/bin/bash"].find(existsSync);

describe.skipIf(!bash)(`completion of bash${bash ? "" : " (skipped: there is no bash)"}`, () => {
  let script: string;
  beforeAll(async () => {
    script = (await cli(["completion", "bash"])).stdout;
  }, 60_000);
  function offered(...line: string[]): string[] {
    const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _nlink; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync(bash!, ["-s", "--", ...line], { encoding: "utf8", input: program });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean);
  }
  test.each<[string[], string[]]>([
    [["nlink", "t"], ["tc"]],
    [["nlink", "--vir"], ["--virtual"]],
    [["nlink", "tc", "--js"], ["--json"]],
    [
      ["nlink", "ip", "--family", "ine"],
      ["inet", "inet6"],
    ],
    [["nlink", "tc", "q"], ["qdisc"]],
    [["nlink", "tc", "qdisc", "re"], ["replace"]],
    [
      ["nlink", "tc", "q", "add", "dev", "lo", "root", "fq_"],
      ["fq_codel", "fq_pie"],
    ],
    [["nlink", "tc", "qdisc", "add", "--par"], ["--parent"]],
    [
      ["nlink-tc", "filter", "add", "dev", "lo", "flo"],
      ["flow", "flower"],
    ],
    [["nlink-tc", "-js"], ["-json"]],
    [["nlink-tc", "-js", "cl"], ["class"]],
    [["nlink", "tc", "class", "-de"], ["-details"]],
    [["nlink-ss", "--lis"], ["--listening"]],
    [
      ["nlink", "ss", "-f", "in"],
      ["inet", "inet6"],
    ],
    [
      ["nlink", "ip", "-family", "ine"],
      ["inet", "inet6"],
    ],
    [["nlink", "ip", "l"], ["link"]],
    [["nlink", "tc", "monitor", "qd"], ["qdisc"]],
    [
      ["nlink", "completion", ""],
      ["shell", "bash", "zsh", "-virtual", "-version"],
    ],
    [["nlink", "decode", "--pro"], ["--protocol"]],
    [["nlink", "decode", "--protocol", "so"], ["sock_diag"]],
  ])("%j", (line, words) => {
    expect(offered(...line)).toEqual(words);
  });
  test("devices and files of the machine", () => {
    if (existsSync("/sys/class/net/lo")) expect(offered("nlink", "tc", "qdisc", "show", "dev", "l")).toContain("lo");
    expect(offered("nlink", "decode", "package.j")).toEqual(["package.json"]);
  });
});

test("zsh's names the programs, and has the same words", async () => {
  const { stdout } = await cli(["completion", "zsh"]);
  expect(stdout.startsWith("#compdef nlink nlink-ip nlink-tc nlink-ss\n")).toBe(true);
  expect(stdout).toContain("compdef _nlink nlink nlink-ip nlink-tc nlink-ss");
  const tables = (text: string) => text.slice(text.indexOf("_nlink_words()"), text.indexOf("\n_nlink() {"));
  expect(tables(stdout)).toBe(tables((await cli(["completion", "bash"])).stdout));
}, 60_000);
test("another shell is refused", async () => {
  expect(await cli(["completion", "fish"])).toMatchObject({ code: 255 });
});
