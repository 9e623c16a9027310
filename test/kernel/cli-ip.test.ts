/** `nlink ip` against the system's ip: the same line gives the same text, the same JSON and the same exit status. @module */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli, objects, still, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("ip"), () => {
  let box: Sandbox;
  let other: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    other = await sandbox();
    const lines = `
      link add v0 type veth peer name v1
      link add w0 type veth peer name w1 netns ${other.name}
      link add br0 type bridge forward_delay 0
      link set v0 master br0
      link set v0 up
      link set v1 up
      link set br0 up
      link set v1 alias "hello world"
      link set w0 group 7
      link property add dev v1 altname foo altname bar
      addr add 10.0.0.1/24 brd + dev v1
      addr add 10.0.0.2/24 dev v1 label v1:x
      addr add 10.9.9.1 peer 10.9.9.2/32 dev v1 scope link
      addr add 2001:db8::1/64 dev v1 nodad valid_lft 3600 preferred_lft 1800
      addr add 2001:db8::2/64 dev v1 nodad metric 5 noprefixroute
      tuntap add dev tun0 mode tun`;
    execFileSync("ip", ["-n", box.name, "-b", "-"], { input: lines });
    // Duplicate address detection would change what is shown in the meantime.
    while (box.ip("-6", "addr").includes("tentative")) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 60_000);
  afterAll(() => {
    box.close();
    other.close();
  });

  const both = (line: string, ...globals: string[]) => {
    const [program, ...words] = splitWords(line);
    const argv = [program!, "-n", box.name, ...globals, ...words];
    return { theirs: system(argv), ours: cli(argv) };
  };

  describe("what is shown, as text and as JSON", () => {
    test.each(
      `
      ip link
      ip -s link
      ip -s -s link
      ip -s -h link
      ip -br link
      ip -o link
      ip -0 addr
      ip link show v1
      ip link show dev foo
      ip link show up
      ip link show type veth
      ip link show type bridge_slave
      ip link show master br0
      ip link show nomaster
      ip link show group 7
      ip -N link show group default
      ip -d link show lo
      ip -d link show v1
      ip -c=always link
      ip -c=always -br link
      ip l l
      ip l sh up
      ip addr
      ip -s addr
      ip -4 addr
      ip -6 addr
      ip -br addr
      ip -o addr
      ip -br -4 addr
      ip -6 -o addr show dev v1
      ip addr show dev v1
      ip addr show v1 scope link
      ip addr show scope global
      ip addr show scope all
      ip addr show scope 77
      ip addr show to 10.0.0.0/24
      ip addr show label v1*
      ip addr show permanent
      ip addr show -permanent
      ip addr show dynamic
      ip addr show secondary
      ip addr show primary
      ip addr show up
      ip addr show type veth
      ip addr show type nosuch
      ip -c=always addr
      ip a s v1
      `
        .trim()
        .split(/\s*\n\s*/),
    )("%s", async (line) => {
      const text = both(line);
      expect(still((await text.ours).stdout)).toBe(still(text.theirs.stdout));
      expect((await text.ours).code).toBe(text.theirs.code);
      const json = both(line, "-j");
      expect(objects((await json.ours).stdout)).toEqual(objects(json.theirs.stdout));
    });
    test("pretty JSON is the same to the byte", async () => {
      const { theirs, ours } = both("ip -j -p addr show dev v0");
      expect((await ours).stdout).toBe(theirs.stdout);
    });
  });

  describe("lines that fail: the same exit status", () => {
    test.each(
      `
      ip nosuch
      ip -x link
      ip link nosuch
      ip link show dev nosuch
      ip link show master nosuch
      ip link show vrf nosuch
      ip link show vrf br0
      ip link show v0 v1
      ip addr show nosuch
      ip addr show scope nosuch
      ip addr add 10.0.0.1/24
      ip addr add dev v1
      ip addr add 10.0.0.1/24 dev v1
      ip addr add 10.0.0.300/24 dev v1
      ip addr add 10.0.0.3/33 dev v1
      ip addr add 10.0.0.3/24 dev nosuch
      ip addr add 10.0.0.3/24 dev v1 valid_lft x
      ip addr add 10.0.0.3/24 dev v1 label
      ip addr add 10.0.0.3/24 dev v1 label nosuch
      ip addr add 10.0.0.3/24 dev v1 scope nosuch
      ip addr add 10.0.0.3/24 10.0.0.4/24 dev v1
      ip addr del 10.0.0.9/24 dev v1
      ip link help
      ip help
      `
        .trim()
        .split(/\s*\n\s*/),
    )("%s", async (line) => {
      const { theirs, ours } = both(line);
      const ran = await ours;
      expect([ran.code, ran.stdout, ran.stderr !== ""]).toEqual([theirs.code, "", true]);
    });
  });
});
