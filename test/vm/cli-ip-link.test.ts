/** `ip link add` and `set` of every kind with every option: what ours makes is what the system's ip makes, and is shown the same. @module */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, objects, type Ran, still, system } from "../support/cli.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { changeLines, kindLines } from "./cli-link-lines.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

type Obj = { [key: string]: unknown };
/** What differs from one namespace to the next: addresses that are random, indexes, and what is made of these. */
const RANDOM = new Set([
  "ifindex",
  "link_index",
  "address",
  "permaddr",
  "bridge_id",
  "root_id",
  "perm_hwaddr",
  "sci",
  "seq_nr",
]);
const comparable = (text: string): Map<string, unknown> =>
  new Map(
    (objects(text) as Obj[]).map((link) => [
      link.ifname as string,
      JSON.parse(JSON.stringify(link), (key, value) => (RANDOM.has(key) ? "random" : value)),
    ]),
  );
const named = (line: string, i: number, name: string): string =>
  line.replaceAll("%", name).replaceAll("@", String(i + 10));
/** Lines that failed, by their numbers in a batch. */
const failed = ({ stderr }: Ran): number[] =>
  [...stderr.matchAll(/^Command failed -:(\d+)/gm)].map((m) => Number(m[1]) - 1);

describe.skipIf(why !== "")(`ip link of every kind${why}`, () => {
  let ours: Sandbox;
  let theirs: Sandbox;
  const made = kindLines.map((line, i) => named(line, i, `k${i}`));
  const changes = changeLines.flatMap(([make, change], i) => [
    named(make, i + 100, `c${i}`),
    named(change, i + 100, `c${i}`),
  ]);
  const lines = [...made, ...changes];
  let [ran, reference]: (Ran | undefined)[] = [];
  beforeAll(async () => {
    execFileSync("modprobe", [
      "-a",
      "fou",
      "fou6",
      "bonding",
      "bridge",
      "ip_gre",
      "ip6_gre",
      "sit",
      "ipip",
      "ip6_tunnel",
      "ip_vti",
      "ip6_vti",
    ]);
    [ours, theirs] = [await sandbox(), await sandbox()];
    const masters = ["link add br0 type bridge", "link add bond0 type bond mode active-backup miimon 100"];
    const dummies = Array.from({ length: 9 }, (_, i) => [
      `link add d${i} address 02:00:00:00:01:0${i} type dummy`,
      `link set d${i} up`,
    ]);
    for (const box of [ours, theirs])
      system(["ip", "-n", box.name, "-b", "-"], [...dummies.flat(), ...masters].join("\n"));
    const input = lines.join("\n");
    reference = system(["ip", "-n", theirs.name, "-force", "-b", "-"], input);
    const stdin = (async function* () {
      yield input;
    })();
    ran = await cli(["ip", "-n", ours.name, "-force", "-b", "-"], { stdin });
  }, 900_000);
  afterAll(() => {
    ours?.close();
    theirs?.close();
  });

  test("the same lines fail", () => {
    const words = (numbers: number[]) => numbers.map((n) => lines[n]);
    expect(words(failed(ran!)), ran!.stderr).toEqual(words(failed(reference!)));
    // A few that this kernel cannot do.
    expect(failed(reference!).length, reference!.stderr).toBeLessThan(8);
  });
  test("what ours has made is what the system's ip has made", () => {
    const [a, b] = [ours, theirs].map((box) => comparable(box.ip("-d", "-j", "link"))) as [
      Map<string, unknown>,
      Map<string, unknown>,
    ];
    expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
    for (const [name, link] of b)
      expect(
        a.get(name),
        lines.find((line) => line.includes(` ${name} `)),
      ).toEqual(link);
  });
  test("what is shown is the same, as JSON", async () => {
    const shown = await cli(["ip", "-n", theirs.name, "-d", "-j", "link"]);
    const [a, b] = [comparable(shown.stdout), comparable(theirs.ip("-d", "-j", "link"))];
    for (const [name, link] of b)
      expect(
        a.get(name),
        lines.find((line) => line.includes(` ${name} `)),
      ).toEqual(link);
    expect(a.size).toBe(b.size);
  });
  test("and as text", async () => {
    const shown = await cli(["ip", "-n", theirs.name, "-d", "link"]);
    const byLink = (text: string) =>
      still(text)
        .replace(/vnifilterid/, "vnifilter id")
        .replace(/sequence \d+/g, "sequence N")
        .split(/^(?=\d+: )/m);
    const [a, b] = [byLink(shown.stdout), byLink(theirs.ip("-d", "link"))];
    for (const [i, link] of b.entries()) expect.soft(a[i]).toBe(link);
    expect(a.length).toBe(b.length);
  });
});
