/** `nlink ss` against the system's ss, over sockets of every family. @module */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { table } from "../../src/cli/ss/columns.ts";
import { cli } from "../support/cli.ts";
import { noKernel, titled } from "../support/netns.ts";
import { type Zoo, zoo } from "./sockets-support.ts";

/** What changes from one moment to the next, ss's keys of MD5 printed astray, and blanks at the ends, which only say how wide that was. */
const settled = (text: string): string[] =>
  text
    .replaceAll("secret", "")
    .replace(/\b(lastsnd|lastrcv|lastack|busy):\d+(ms)?/g, "$1")
    .replace(/ timer:\([^)]*\)/g, " timer")
    // A connection that gets no answer tries again and again; in a namespace's own mounts ss finds no cgroups.
    .replace(/^(SYN-SENT \d+ +\d+ +\S+ +\S+|\t).* retrans:.*$/gm, "$1")
    .replace(/ cgroup:\S+/g, " cgroup")
    .split("\n")
    .map((line) => line.trimEnd());

describe.skipIf(noKernel)(titled("ss"), () => {
  let box: Zoo;
  beforeAll(async () => {
    box = await zoo(8, 7);
  }, 120_000);
  afterAll(() => box?.close());
  const ours = (line: string) => cli(["ss", ...splitWords(line)], { netns: box.name });
  const theirs = (line: string) => {
    const { status, stdout, stderr } = spawnSync("ip", ["netns", "exec", box.name, "ss", ...splitWords(line)], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    return { code: status, stdout, stderr };
  };

  test.each([
    "-tan",
    "-ta",
    "-tuln",
    "-tln -e",
    "-tin",
    "-tinO",
    "-tmn",
    "-tpn",
    "-tnoe",
    "-tunap",
    "-t4a",
    "-t6a",
    "-4a -t",
    "-x",
    "-xlp",
    "-xe",
    "-xm",
    "-0a",
    "-0ae",
    "-0ab",
    "-0am",
    "-uan",
    "-uanm",
    "-Sa",
    "-Ma",
    "-Mai",
    "-tnH state established",
    "-tn state syn-sent state listening",
    "-tan exclude listening",
    "-tan dport = :80",
    "-tan '( sport > :1000 and dst 127.0.0.0/8 )'",
    "-tan src 127.0.0.1 or dst [::1]",
    "-tan not dst 127.0.0.1",
    "-A tcp,udp -an",
    "-A unix_stream -a",
    "-Atcp -n",
    "-f inet -an -t",
    "-finet6 -tan",
    "-f unix -a",
    "-ta --tos",
    "-tan --inet-sockopt",
    "-tan --cgroup",
    "-tanO --inet-sockopt",
    "--vsock -a",
    "--xdp -a",
    "-H -t",
    "-tl --no-header",
    "--tcp --all --numeric",
    "-Hxa",
  ])("ss %s: is what ss shows", async (line) => {
    // biome-ignore format: a table
    const [got, wanted] = [await ours(line), theirs(line)];
    expect({ code: got.code, lines: settled(got.stdout), stderr: got.stderr }).toEqual({
      code: wanted.code,
      lines: settled(wanted.stdout),
      stderr: "",
    });
  });

  test("nlink's own words for ends and ports", async () => {
    expect((await ours("-tan --dport 80")).stdout).toBe((await ours("-tan dport = :80")).stdout);
    expect((await ours("-tanH --src 127.0.0.1")).stdout).toBe((await ours("-tanH src 127.0.0.1")).stdout);
  });

  test.each(["-tan", "-x", "-0a", "-f netlink -a", "-uan", "-tanimep"])(
    "ss %s -j: as many, and the same",
    async (line) => {
      const shown = JSON.parse((await ours(`${line} -j`)).stdout) as { inode: number; protocol: string }[];
      expect(shown.length).toBeGreaterThan(3);
      const rows = settled((await ours(`${line} -HO`)).stdout).filter(Boolean);
      // Our own sockets are another number at another time.
      expect(Math.abs(shown.length - rows.length)).toBeLessThanOrEqual(line.includes("netlink") ? 2 : 0);
      for (const socket of shown)
        expect(socket).toMatchObject({ family: expect.any(String), cookie: expect.stringMatching(/^0x/) });
    },
  );
  test("JSON has what the options ask for, and exact numbers", async () => {
    const shown: { owners: object[] }[] = JSON.parse((await ours("-tnimp -j state established")).stdout);
    const one = shown.find(({ owners }) => owners.length > 0);
    expect(one).toMatchObject({
      protocol: "tcp",
      state: "established",
      info: { sndMss: expect.any(Number), rttMs: expect.any(Number) },
      memory: { rcvbuf: expect.any(Number) },
      owners: [{ comm: expect.any(String), pid: expect.any(Number), fd: expect.any(Number) }],
    });
    expect(one).not.toHaveProperty("message");
  });

  test.each([
    "-tan state nosuch",
    "-f nosuch",
    "-A nosuch",
    "-t ( sport",
    "--nosuch",
    "-k",
    "-N nosuchns -t",
    "-t state",
    "-E -x",
    "-Z -t",
  ])("ss %s: ends as ss does", async (line) => {
    // biome-ignore format: a table
    const [got, wanted] = [await ours(line), theirs(line)];
    expect({ line, code: got.code, stdout: got.stdout }, got.stderr + wanted.stderr).toEqual({
      line,
      code: wanted.code,
      stdout: "",
    });
    expect(got.stderr).not.toBe("");
  });

  test("-K closes what is found, and shows it", async () => {
    const before = theirs("-Htn state established").stdout.trim().split("\n").length;
    const [local] = /127\S+:\d+/.exec(theirs("-Htn state established src 127.0.0.0/8").stdout)!;
    const line = `-tnKH state established src ${local}`;
    const killed = await ours(line);
    if (killed.stdout === "")
      return expect(theirs("-Htn state established").stdout.trim().split("\n").length).toBe(before);
    expect(killed.stdout).toContain(local);
    expect(theirs(`-Htn state established src ${local}`).stdout).toBe("");
  });
});

test("columns share the width of a terminal", () => {
  const rows = [["tcp", "LISTEN", "0     ", "128   ", "0.0.0.0:", "22", "0.0.0.0:", "*", ""]] as const;
  const wide = table(rows, { header: true, hidden: [0], width: 100 }).split("\n");
  expect(wide.map((line) => line.length)).toEqual([100, 100, 0]);
  expect(wide[0]).toMatch(/^State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port +Process *$/);
});
