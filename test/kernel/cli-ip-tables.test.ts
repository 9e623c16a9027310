/** `nlink ip stats` and `nlink ip ntable` against the system's ip: text, JSON, exit status, and what is left behind. @module */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli, objects, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("ip stats and ip ntable"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    const input = `
      link add v0 type veth peer name v1
      link add br0 type bridge stp_state 1 mcast_snooping 1
      link set v1 master br0
      link set v0 up
      link set v1 up
      link set br0 up`;
    execFileSync("ip", ["-n", box.name, "-b", "-"], { input });
  });
  afterAll(() => box.close());
  const both = (line: string, ...globals: string[]) => {
    const [program, ...words] = splitWords(line);
    const argv = [program!, "-n", box.name, ...globals, ...words];
    return { theirs: system(argv), ours: cli(argv) };
  };
  /** Without what changes by itself from one look to the next. */
  const still = (text: string) =>
    text
      .replace(/^ +\d[\d ]*$/gm, "N")
      .replace(
        /(BPDU|TCN|Transitions|v\d|queries|reports|RX|TX|Blocked|Forwarding|refcnt|reachable|hash_\w+|entries|allocs|destroys|lookups|hits|res_failed|runs):? +\d+/g,
        "$1 N",
      )
      .replace(/\d\d:\d\d:\d\d/g, "TIME");
  const KEEPS = /^(ifindex|thresh\d|gc_interval|queue|\w*_probes|\w*_delay|locktime|retrans|gc_stale|delay_probe)$/;
  const stillObjects = (text: string) =>
    JSON.parse(JSON.stringify(objects(text)), (key, value) =>
      (typeof value === "number" && !KEEPS.test(key)) || /^last_/.test(key) ? typeof value : value,
    );

  test.each(
    `
    ip stats
    ip stats show
    ip -s stats show
    ip -d stats show dev lo
    ip stats show dev v0
    ip stats show dev v0 group link
    ip stats show group link dev v0
    ip -s -s stats show group link dev v0
    ip stats show group link group link
    ip stats show dev v1 group xstats_slave
    ip stats show dev br0 group xstats
    ip stats show dev v1 group xstats_slave subgroup bridge suite stp
    ip stats show dev v1 group xstats_slave subgroup bridge suite stp suite mcast group link
    ip stats show group xstats subgroup bridge subgroup bond
    ip stats show dev v0 group offload
    ip stats show dev v0 group offload subgroup l3_stats
    ip stats show dev v0 group offload subgroup hw_stats_info
    ip stats show dev v0 group offload subgroup cpu_hit
    ip stats show group afstats
    ip -h stats show dev lo group link
    ip -c=always stats show dev lo group link
    ip ntable
    ip -s ntable
    ip -4 ntable
    ip -6 ntable show dev v0
    ip ntable show dev v0
    ip ntable show dev none
    ip -s ntable show name arp_cache
    ip ntable show name ndisc_cache dev v1
    ip ntable show name nosuch
    ip -o -s ntable
    ip -c=always ntable show dev v0
    ip nt
    ip ntbl show dev lo`
      .trim()
      .split(/\s*\n\s*/),
  )("%s", async (line) => {
    const { theirs, ours } = both(line);
    const ran = await ours;
    expect({ ...ran, stdout: still(ran.stdout) }).toEqual({ ...theirs, stdout: still(theirs.stdout) });
    const json = both(line, "-j");
    const ranJson = await json.ours;
    expect(ranJson.code).toBe(json.theirs.code);
    expect(stillObjects(ranJson.stdout)).toEqual(stillObjects(json.theirs.stdout));
  });

  test.each(
    `
    ip stats nosuch
    ip stats show nosuch
    ip stats show group nosuch
    ip stats show group link subgroup x
    ip stats show subgroup x
    ip stats show suite x
    ip stats show group xstats suite stp
    ip stats show group xstats subgroup bridge suite x
    ip stats show dev
    ip stats show dev nosuch
    ip stats show dev v0 dev v1
    ip stats set dev v0
    ip stats set l3_stats on
    ip stats set dev v0 l3_stats x
    ip stats set dev nosuch l3_stats on
    ip stats set dev v0 l3_stats on
    ip stats set dev v0 l3_stats off
    ip stats help
    ip ntable foo
    ip ntable help
    ip ntable show foo
    ip ntable show dev nosuch
    ip ntable change
    ip ntable change name arp_cache
    ip ntable change queue 5
    ip ntable change name arp_cache foo
    ip ntable change name arp_cache queue x
    ip ntable change name arp_cache queue
    ip ntable change name arp_cache dev nosuch queue 7
    ip ntable change name nosuch queue 7
    ip ntable change name arp_cache thresh1 5
    ip -6 ntable change name arp_cache dev v0 queue 7`
      .trim()
      .split(/\s*\n\s*/),
  )("the exit status of %s", async (line) => {
    const { theirs, ours } = both(line);
    const ran = await ours;
    expect([ran.code, ran.stdout, ran.stderr !== ""]).toEqual([theirs.code, "", theirs.stderr !== ""]);
  });

  test.each(
    `
    base_reachable 60000 retrans 2000
    gc_stale 70000 delay_probe 4000 queue 33
    app_probes 4 ucast_probes 5 mcast_probes 6
    anycast_delay 900 proxy_delay 700 proxy_queue 65 locktime 900
    queue 34 queue 35
    base_reachable 0x7530`
      .trim()
      .split(/\s*\n\s*/),
  )("ip ntable change … %s", async (words) => {
    const parameters = () => {
      const [table] = JSON.parse(box.ip("-j", "ntable", "show", "name", "arp_cache", "dev", "v0"));
      return { ...table, reachable: 0, refcnt: 0 };
    };
    const argv = ["ip", "-n", box.name, "ntable", "change", "name", "arp_cache", "dev", "v0", ...words.split(" ")];
    const before = parameters();
    expect(await cli(argv)).toEqual({ code: 0, stdout: "", stderr: "" });
    const after = parameters();
    expect(after).not.toEqual(before);
    expect(system(argv).code).toBe(0);
    expect(parameters()).toEqual(after);
  });
});
