/** `ip tunnel` and `ip vrf` against the system's ip: what is made, what is shown, exit statuses. @module */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, objects, system } from "../support/cli.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

const tunnels = `
  tunnel add g1 mode gre remote 10.1.1.1 local 10.1.1.2 ttl 9 key 5
  tunnel add g2 mode gre remote 10.1.1.1 local 10.1.1.3 ikey 1.2.3.4 okey 7 icsum oseq tos inherit
  tunnel add g3 mode gre remote 10.1.1.4 local any ttl inherit nopmtudisc csum seq dev d0
  tunnel add i1 mode ipip remote 10.1.1.1 local 10.1.1.2 tos 0x10 ttl 64
  tunnel add i2 mode ip/ip remote 10.1.1.5
  tunnel add s1 mode sit remote any local 10.1.1.3
  tunnel add s2 mode sit remote 10.9.9.9 local 10.1.1.3 ttl 5
  tunnel add s3 mode isatap local 10.1.1.4
  tunnel add v1 mode vti remote 10.1.1.7 local 10.1.1.8 key 4
  tunnel add v2 mode vti remote 10.1.1.7 local 10.1.1.9 ikey 4 okey 9
  tunnel add x1 mode ipip remote 10.2.2.2 local 10.2.2.1
  tunnel change x1 mode ipip remote 10.2.2.3 ttl 7
  tunnel add x2 mode gre remote 10.2.2.2 local 10.2.2.1
  tunnel del x2
  tunnel add g1 mode gre remote 10.1.1.1 local 10.1.1.2 ttl 9 key 5
  tunnel add g9 mode gre remote 2001:db8::1
  tunnel add g9 mode gre ttl 300
  tunnel add g9 mode nosuch
  tunnel del nosuch
  -6 tunnel add a1 mode ip6ip6 remote 2001:db8::1 local 2001:db8::2
  -6 tunnel add a2 mode ipip6 remote 2001:db8::1 local 2001:db8::3 hoplimit 9 tclass 0x12 flowlabel 0x345 encaplimit none
  -6 tunnel add a3 mode any remote 2001:db8::1 local 2001:db8::4 tclass inherit flowlabel inherit dscp inherit encaplimit 7
  -6 tunnel add a4 mode ip6gre remote 2001:db8::1 local 2001:db8::5 key 77 dev d0
  -6 tunnel add a5 mode ip6gre remote 2001:db8::1 local 2001:db8::6 ikey 1 okey 2 csum seq
  -6 tunnel add a6 mode vti6 remote 2001:db8::1 local 2001:db8::7 ikey 5 okey 6
  -6 tunnel add a7 mode ip6ip6 remote 2001:db8::9 local 2001:db8::7
  -6 tunnel change a7 mode ip6ip6 remote 2001:db8::a local 2001:db8::7 hoplimit 3
  `
  .trim()
  .split(/\s*\n\s*/);
const shown = `
  tunnel
  tunnel show g2
  -s tunnel
  -6 tunnel
  -6 tunnel show a2
  -6 -s tunnel show a1
  -d tunnel show s2
  vrf
  vrf show
  vrf show blue
  -d link show type vrf
  link show vrf blue
  route show vrf blue
  neigh show vrf blue
  maddr
  `
  .trim()
  .split(/\s*\n\s*/);

describe.skipIf(why !== "")(`ip tunnel and vrf${why}`, () => {
  let ours: Sandbox;
  let theirs: Sandbox;
  const codes: [line: string, ours: number, theirs: number][] = [];
  beforeAll(async () => {
    spawnSync("modprobe", ["-a", "ip_gre", "ip6_gre", "sit", "ipip", "ip6_tunnel", "ip_vti", "ip6_vti", "vrf"]);
    [ours, theirs] = [await sandbox(), await sandbox()];
    for (const box of [ours, theirs])
      system(
        ["ip", "-n", box.name, "-b", "-"],
        `link add d0 address 02:00:00:00:00:01 type dummy
         link set d0 up
         link add blue type vrf table 10
         link add red type vrf table main
         link set blue up
         link set d0 master blue
         addr add 10.0.0.1/24 dev d0
         maddr add 33:33:00:00:00:99 dev d0
         neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev d0`,
      );
    for (const line of tunnels) {
      const words = line.split(" ");
      codes.push([
        line,
        (await cli(["ip", "-n", ours.name, ...words])).code,
        system(["ip", "-n", theirs.name, ...words]).code,
      ]);
    }
  }, 900_000);
  afterAll(() => {
    ours?.close();
    theirs?.close();
  });

  test("exit statuses of lines about tunnels", () => {
    expect(codes.map(([line, code]) => [line, code])).toEqual(codes.map(([line, , code]) => [line, code]));
  });
  test.each(["tunnel", "-6 tunnel"])("what ours has made is what the system's ip has made: %s", (line) => {
    // What of a vti only the ioctl can set.
    const sorted = (box: Sandbox) =>
      box
        .ip(...line.split(" "))
        .replace(/^(v\d.*) nopmtudisc/gm, "$1")
        .trim()
        .split(/\n(?=\w)/)
        .sort();
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
  test.each(shown)("ip %s", async (line) => {
    const argv = ["ip", "-n", theirs.name];
    const words = line.split(" ");
    const [a, b] = [await cli([...argv, ...words]), system([...argv, ...words])];
    // ip ends the line of one tunnel of IPv6 only sometimes, and shows what ioctl made of a vti.
    const plain = (text: string) => text.replace(/^(v\d.*) nopmtudisc/gm, "$1").trimEnd();
    expect(plain(a.stdout)).toBe(plain(b.stdout));
    expect(a.code).toBe(b.code);
    if (/-s |-6 tunnel show|^vrf show blue/.test(line)) return; // which are no JSON there
    const [c, d] = [await cli([...argv, "-j", ...words]), system([...argv, "-j", ...words])];
    const plainly = (text: string) => objects(text.replaceAll(/"nopmtudisc":null,?/g, "").replaceAll(",}", "}"));
    expect(plainly(c.stdout)).toEqual(plainly(d.stdout));
  });
  test("a program's sockets are bound to a VRF, and it is known whose it is", async () => {
    const program = `
      const s = require("node:dgram").createSocket("udp4");
      s.bind(7777, () => process.stdout.write(require("node:fs").readFileSync("/proc/self/cgroup", "utf8")));
      setTimeout(() => s.close(), 3000);`;
    let stdout = "";
    const running = cli(["ip", "-n", ours.name, "vrf", "exec", "blue", process.execPath, "-e", program], {
      stdout: (text) => {
        stdout += text;
      },
    });
    for (let i = 0; i < 100 && !stdout.includes("\n"); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stdout).toMatch(/vrf\/blue$/m);
    const pids = (await cli(["ip", "-n", ours.name, "vrf", "pids", "blue"])).stdout;
    expect(pids).toMatch(/^ *\d+ {2}node\n$/);
    const pid = /\d+/.exec(pids)?.[0] ?? "";
    expect((await cli(["ip", "vrf", "identify", pid])).stdout).toBe("blue\n");
    expect(system(["ip", "vrf", "identify", pid]).stdout).toBe("blue\n");
    expect(system(["ip", "netns", "exec", ours.name, "ss", "-Hunl"]).stdout).toMatch(/0\.0\.0\.0%blue:7777/);
    expect((await running).code).toBe(0);
  });
});
