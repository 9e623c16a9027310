/** `nlink ip monitor` beside the system's ip monitor, of the same changes. @module */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, still } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const CHANGES = `
  link add v0 type veth peer name v1
  link set v0 up
  addr add 10.0.0.1/24 dev v0
  link set v1 up
  route add 10.1.0.0/16 via 10.0.0.9
  neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev v0
  rule add pref 5 table 5
  nexthop add id 5 dev v0
  route del 10.1.0.0/16
  neigh del 10.0.0.9 dev v0
  rule del pref 5
  addr del 10.0.0.1/24 dev v0`;

describe.skipIf(noKernel)(titled("ip monitor"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
  });
  afterAll(() => box.close());

  /** What is told while the changes are made. The last one is a mark that both must have seen. */
  async function watched(globals: string[], ...words: string[]): Promise<{ ours: string; theirs: string }> {
    const ends = new AbortController();
    let ours = "";
    const done = cli(["ip", "-n", box.name, "monitor", ...words, ...globals], {
      signal: ends.signal,
      stdout: (text) => {
        ours += text;
      },
    });
    const reference = spawn("ip", ["-n", box.name, ...globals, "monitor", ...words]);
    let theirs = "";
    reference.stdout.setEncoding("utf8").on("data", (text: string) => {
      theirs += text;
    });
    const until = async (seen: () => boolean) => {
      for (let i = 0; !seen(); i++) {
        if (i > 250) throw new Error(`nothing more is told: ${ours} | ${theirs}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    // Both are listening once they have told of this.
    for (let i = 0; ours === "" || theirs === ""; i++) {
      expect(i, "nothing is told").toBeLessThan(50);
      box.ip("link", "set", "lo", "alias", `${words}${i}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    [ours, theirs] = ["", ""];
    // One after the other, so that a name can be asked for while there is one.
    for (const line of [...CHANGES.trim().split(/\s*\n\s*/), "link del v0"]) {
      await promisify(execFile)("ip", ["-n", box.name, ...line.split(" ")]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(
      () => /Deleted \d+: v1|"deleted":true,"ifindex":\d+,.*"v1"/.test(ours) && /Deleted \d+: v1/.test(theirs),
    );
    ends.abort();
    reference.kill();
    expect((await done).code).toBe(0);
    return { ours, theirs };
  }
  const plain = (text: string) =>
    still(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+/g, "TIME")).replace(/^Timestamp.*$/gm, "TIME");

  test.each<[string[], string[]]>([
    [[], ["all"]],
    [[], ["label", "link", "address", "route"]],
    [["-o"], ["all-nsid"]],
    [["-t"], []],
    [["-ts"], ["neigh", "rule", "link"]],
  ])("%j %j", async (globals, words) => {
    const { ours, theirs } = await watched(globals, ...words);
    expect(plain(ours)).toBe(plain(theirs));
  });
  test("-j: an object on each line", async () => {
    const { ours } = await watched(["-j", "-ts"], "link", "route");
    const events = ours
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.length).toBeGreaterThan(10);
    expect(events).toContainEqual(
      expect.objectContaining({ object: "route", dst: "10.1.0.0/16", gateway: "10.0.0.9", dev: "v0" }),
    );
    expect(events).toContainEqual(expect.objectContaining({ object: "link", deleted: true, ifname: "v1" }));
    for (const { timestamp } of events) expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT/);
  });
  test("words that are not known", async () => {
    expect(await cli(["ip", "monitor", "nosuch"])).toMatchObject({ code: 255, stdout: "" });
  });
});
