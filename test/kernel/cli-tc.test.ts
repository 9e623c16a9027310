/** `nlink tc` against the system's tc: what both show, and how both end. @module */
import { spawn, spawnSync } from "node:child_process";
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
  beforeAll(setUp, 120_000);
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

describe.skipIf(noKernel)(titled("tc class"), () => {
  beforeAll(async () => {
    await setUp();
    await done("qdisc add dev v0 root handle 1: htb default 10");
  }, 120_000);
  afterAll(() => box?.close());

  test.each([
    ["add dev v0 --parent 1: --classid 1:1 htb rate 10mbit ceil 100mbit prio 1"],
    ["add dev v0 --parent 1:1 --classid 1:10 htb rate 5mbit ceil 50mbit burst 15k"],
    [
      "add v0 parent 1:1 classid 1:11 htb rate 10gbit burst 1mb cburst 2mb overhead 4 mpu 64 linklayer atm quantum 60000",
    ],
    ["add dev v0 parent 1:10 classid 1:100 estimator 1s 8s htb rate 1mbit"],
    ["add dev v0 parent 1: classid 1:2 htb rate 1kbit"],
    ["change dev v0 parent 1:1 classid 1:10 htb rate 6mbit"],
    ["replace dev v0 parent 1:2 classid 1:20 htb rate 8bit"],
    ["del dev v0 classid 1:100"],
  ])("class %s: is shown as tc shows it", async (line) => {
    await done(`class ${line}`);
    for (const show of ["class show dev v0", "class ls dev v0 qdisc 1:", "class show dev v0 classid 1:10"])
      for (const flags of FLAGS)
        expect({ show, flags, ...(await ours(`${flags} ${show}`)) }).toEqual({
          show,
          flags,
          ...theirs(`${flags} ${show}`),
        });
  });
  test("a qdisc below a class; the tree", async () => {
    await done("qdisc add dev v0 parent 1:20 handle 20: tbf rate 1mbit burst 3k limit 10k");
    const drawn = (text: string) =>
      text
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => /[^| ]/.test(line));
    for (const flags of ["-g", "-g -s", "-g -d"]) {
      const show = `${flags} class show dev v0`;
      expect(drawn((await ours(show)).stdout)).toEqual(drawn(theirs(show).stdout));
    }
    expect((await ours("class show dev v0 classid 1:20")).stdout).toMatch(
      /^class htb 1:20 parent 1:2 leaf 20: prio 0 /,
    );
  });
  // iproute2 has JSON of classes since 6.3: the structure is that of its print_class.
  test("JSON has iproute2's structure; all devices where none is named; one class", async () => {
    const [one] = JSON.parse((await ours("-s -j class get dev v0 classid 1:10")).stdout);
    expect(one).toMatchObject({
      class: "htb",
      handle: "1:10",
      parent: "1:1",
      prio: 0,
      rate: 750_000,
      ceil: 750_000,
      stats: { bytes: 0, packets: 0, drops: 0, lended: 0, tokens: expect.any(Number) },
    });
    const all = JSON.parse((await ours("-j class show")).stdout);
    expect(all).toContainEqual({ ...strip(one), dev: "v0" });
    expect(all.map(({ handle }: { handle: string }) => handle)).toContain("20:1");
  });
  test("all classes go", async () => {
    await done("class flush dev v0");
    expect(theirs("class show dev v0").stdout).toBe("");
  });

  test.each([
    "class add dev v0 parent 7: classid 7:1 htb rate 1mbit",
    "class add dev v0 parent 1: classid 1:1 htb",
    "class add dev v0 classid 7:1 htb rate 1mbit",
    "class add dev v0 parent zz classid 1:1 htb rate 1mbit",
    "class add dev v0 parent 1: classid zz htb rate 1mbit",
    "class add dev v0 parent 1: parent 1: classid 1:1 htb rate 1mbit",
    "class add dev v0 parent 1: classid 1:1 foo",
    "class add dev v0 parent 1: classid 1:1 fq_codel x",
    "class add dev v0 parent 1: classid 1:1 htb rate",
    "class add dev v0 parent 1: classid 1:1 htb rate zz",
    "class add dev v0 parent 1: classid 1:1 htb rate 1mbit prio 9x",
    "class add dev nope parent 1: classid 1:1 htb rate 1mbit",
    "class add parent 1: classid 1:1 htb rate 1mbit",
    "class change dev v0 parent 1: classid 1:77 htb rate 1mbit",
    "class del dev v0 classid 1:77",
    "class show dev nope",
    "class nosuch",
    "class help",
  ])("tc %s: ends as tc does", async (line) => {
    await end(line);
  });
});
const strip = ({ stats: _, ...rest }: { stats?: unknown }) => rest;

describe.skipIf(noKernel)(titled("tc filter"), () => {
  beforeAll(async () => {
    await setUp();
    await done(
      "qdisc add dev v0 root handle 1: htb",
      "class add dev v0 parent 1: classid 1:10 htb rate 1mbit",
      "qdisc add dev v0 clsact",
      "qdisc add dev v1 ingress_block 9 clsact",
    );
  }, 120_000);
  afterAll(() => box?.close());

  test.each([
    ["add dev v0 parent 1: protocol ip prio 1 u32 match ip dst 10.0.0.1 flowid 1:10", "dev v0", "dev v0 parent 1:"],
    [
      "add dev v0 --parent 1: --protocol ip --prio 1 u32 match ip sport 80 0xffff match ip protocol 6 0xff flowid 1:10",
      "dev v0",
    ],
    ["add dev v0 parent 1: protocol all pref 2 handle 10: u32 divisor 16", "dev v0", "dev v0 pref 2"],
    ["add v0 ingress prot ipv6 u32 match ip6 dst 2001:db8::/32", "dev v0 ingress", "dev v0 ingress protocol ipv6"],
    ["add dev v0 egress protocol arp chain 3 u32 match u32 0 0", "dev v0 egress", "dev v0 egress chain 3"],
    ["add block 9 protocol ip prio 5 u32 match ip tos 0x10 0xff", "block 9"],
    ["del dev v0 parent 1: protocol ip prio 1", "dev v0"],
    ["del dev v0 ingress", "dev v0 ingress"],
  ])("filter %s: is shown as tc shows it", async (line, ...shows) => {
    await done(`filter ${line}`);
    await same(...shows.map((show) => `filter show ${show}`));
  });
  test("filters of all places where none is named; one filter; chains", async () => {
    const all = (await ours("filter show")).stdout;
    expect(all).toContain("filter dev v0 parent 1: protocol all pref 2 u32 chain 0 ");
    expect(all).toContain("filter dev v0 egress protocol arp pref 49152 u32 chain 3 ");
    const [, handle] = /egress .* fh ([\da-f]+::[\da-f]+) /.exec(all)!;
    const line = `filter get dev v0 egress protocol arp pref 49152 chain 3 handle ${handle} u32`;
    for (const flags of ["", "-j"]) expect(await ours(`${flags} ${line}`)).toEqual(theirs(`${flags} ${line}`));
    await done("chain add dev v0 ingress chain 7", "chain add v0 --parent ingress --chain 8");
    await same("chain show dev v0 ingress", "chain show dev v0 egress");
    expect((await ours("chain show")).stdout).toContain("chain dev v0 egress chain 3 \n");
    await done("chain del dev v0 ingress chain 7");
    expect(theirs("chain show dev v0 ingress").stdout).not.toContain("chain 7");
    await done("chain flush dev v0 ingress", "filter flush dev v0 egress", "filter flush block 9");
    for (const show of ["chain show dev v0 ingress", "filter show dev v0 egress", "filter show block 9"])
      expect(theirs(show).stdout).toBe("");
  });

  test.each([
    "filter add dev v0 parent 7: protocol ip prio 1 u32 match ip dst 10.0.0.1 flowid 1:1",
    "filter add dev v0 parent 1: protocol zz prio 1 u32 match ip dst 10.0.0.1 flowid 1:1",
    "filter add dev v0 parent 1: protocol ip prio 99999 u32 match ip dst 10.0.0.1 flowid 1:1",
    "filter add dev v0 parent 1: protocol ip prio 1 u32 match blah",
    "filter add dev v0 parent 1: protocol ip prio 1 u32 match ip dst zz flowid 1:1",
    "filter add dev v0 parent 1: protocol ip prio 1 foo",
    "filter add dev v0 parent 1: protocol ip prio 1 foo bar",
    "filter add dev v0 parent 1: protocol ip prio 1 flower dst_ip zz",
    "filter add dev v0 parent 1: protocol ip prio 1 flower dst_ip",
    "filter add dev v0 parent zz protocol ip prio 1 u32",
    "filter add dev nope parent 1: protocol ip prio 1 flower dst_ip 1.1.1.1",
    "filter add dev v0 handle 1",
    "filter add block 0 protocol ip basic",
    "filter add block 77 protocol ip u32 match u32 0 0",
    "filter add dev v0 block 9 protocol ip u32 match u32 0 0",
    "filter change dev v0 parent 1: protocol ip prio 9 handle 800::1 u32 match u32 0 0",
    "filter show block 99",
    "filter show dev nope",
    "filter del dev v0 parent 7:",
    "filter del dev v0 parent 1: prio 77",
    "filter get dev v0",
    "filter get dev v0 protocol ip prio 1 parent 1: handle 1 u32",
    "filter get dev v0 protocol ip prio 1 parent 1: handle 800::7 u32",
    "filter get dev v0 protocol ip prio 1 parent 1: u32",
    "filter nosuch",
    "filter help",
    "chain add dev v1 parent 7: chain 5",
    "chain del dev v0 ingress chain 55",
    "chain get dev v0 ingress chain 55",
    "chain help",
    "action show",
    "action list action",
    "action add action foo",
    "action add action gact blah",
    "action add",
    "action add action mirred egress",
    "action get action gact",
    "action get action gact index 5",
    "action del action gact index 5",
    "action flush action gact",
    "action nosuch",
    "action help",
  ])("tc %s: ends as tc does", async (line) => {
    await end(line);
  });
});

describe.skipIf(noKernel)(titled("tc monitor"), () => {
  beforeAll(async () => {
    await setUp();
    // It takes a while to be loaded.
    await ours("monitor nosuch");
  }, 120_000);
  afterAll(() => box?.close());

  const LINES = [
    "qdisc add dev v0 root handle 1: htb",
    "class add dev v0 parent 1: classid 1:1 htb rate 1mbit",
    "filter add dev v0 parent 1: protocol ip prio 1 u32 match u32 0 0 flowid 1:1",
    "filter replace dev v0 parent 1: protocol ip prio 1 handle 800::800 u32 match u32 0 0 flowid 1:1",
    "filter del dev v0 parent 1: protocol ip prio 1",
    "qdisc replace dev v0 root handle 2: tbf rate 1mbit burst 3k limit 10k",
    "qdisc del dev v0 root",
  ];
  /** What we print of the events of these lines. */
  async function heard(line: string, lines: readonly string[] = LINES): Promise<string> {
    const ends = new AbortController();
    let stdout = "";
    let come = () => {};
    const last = new Promise<void>((resolve) => {
      come = resolve;
    });
    const run = cli(["tc", ...words(line)], {
      netns: box.name,
      signal: ends.signal,
      stdout: (text) => {
        stdout += text;
        if (/deleted.*tbf/.test(text)) come();
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const each of lines) expect(theirs(each)).toMatchObject({ code: 0 });
    await last;
    ends.abort();
    expect(await run).toMatchObject({ code: 0 });
    return stdout;
  }
  test("is what tc prints", async () => {
    const tc = spawn("tc", ["-n", box.name, "monitor"]);
    let wanted = "";
    tc.stdout.setEncoding("utf8").on("data", (text) => {
      wanted += text;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const got = await heard("monitor");
    await expect.poll(() => wanted).toBe(got);
    tc.kill();
  });
  test("only some objects, with the time", async () => {
    const text = await heard("monitor qdisc class --timestamp");
    expect(text).toMatch(/^Timestamp: \w{3} \w{3} [ \d]\d [\d:]{8} \d{4} \d+ usec\n/);
    expect(text).toContain("\nqdisc htb 1: dev v0 root r2q 10 ");
    expect(text).not.toContain("filter");
    expect(await heard("-ts monitor qdisc")).toMatch(/^\[\d{4}-\d\d-\d\dT[\d:.]{15}\] (deleted )?qdisc /);
  });
  test("JSON has an object a line", async () => {
    const events = (await heard("monitor -j"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events).toContainEqual(expect.objectContaining({ added: true, kind: "u32", protocol: "ip", pref: 1 }));
    expect(events).toContainEqual(expect.objectContaining({ class: "htb", handle: "1:1", rate: 125_000 }));
    expect(events.at(-1)).toMatchObject({ deleted: true, kind: "tbf", handle: "2:" });
  });
  test.each(["monitor nosuch", "monitor help"])("tc %s: ends as tc does", async (line) => {
    await end(line);
  });
});
