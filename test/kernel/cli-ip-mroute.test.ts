/** `nlink ip mroute` against the system's ip. @module */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { parseIp } from "../../src/codec/wire/ip.ts";
import { withNetns } from "../../src/transport/linux/index.ts";
import { libc } from "../../src/transport/linux/libc.ts";
import { cli, objects, system } from "../support/cli.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const MRT_INIT = 200;
const MRT_ADD_VIF = 202;
const MRT_ADD_MFC = 204;
const VIFF_USE_IFINDEX = 8;

/** A routing daemon's sockets: routes are there as long as these are open. */
class Daemon {
  readonly #c = libc();
  readonly #fds: number[] = [];

  constructor(netns: string) {
    withNetns(netns, () => {
      this.#fds.push(this.#c.socket(2, 3 | 0x80000, 2), this.#c.socket(10, 3 | 0x80000, 58)); // raw: IGMP, ICMPv6
    });
    this.#set(4, MRT_INIT, new Uint8Array([1, 0, 0, 0]));
    this.#set(6, MRT_INIT, new Uint8Array([1, 0, 0, 0]));
  }
  #set(version: 4 | 6, name: number, value: Uint8Array): void {
    const [fd, level] = version === 4 ? [this.#fds[0]!, 0] : [this.#fds[1]!, 41];
    if (this.#c.setsockopt(fd, level, name, value, value.length) < 0)
      throw new Error(`setsockopt ${name} of IPv${version}: errno ${this.#c.errno()}`);
  }
  /** struct vifctl and struct mif6ctl. */
  device(number: number, index: number): void {
    const vif = new Uint8Array(16);
    const words = new Uint16Array(vif.buffer);
    words[0] = number;
    vif.set([VIFF_USE_IFINDEX, 1], 2);
    new Int32Array(vif.buffer)[2] = index;
    this.#set(4, MRT_ADD_VIF, vif);
    this.#set(6, MRT_ADD_VIF, new Uint8Array(new Uint16Array([number, 1 << 8, index, 0, 0, 0]).buffer));
  }
  /** struct mfcctl: by TTL thresholds of the devices. */
  route4(from: string, to: string, input: number, thresholds: readonly number[]): void {
    const value = new Uint8Array(60);
    value.set(parseIp(from)!);
    value.set(parseIp(to)!, 4);
    new Uint16Array(value.buffer)[4] = input;
    value.set(thresholds, 10);
    this.#set(4, MRT_ADD_MFC, value);
  }
  /** struct mf6cctl: by a set of devices. */
  route6(from: string, to: string, input: number, outputs: number): void {
    const value = new Uint8Array(92);
    for (const [i, address] of [from, to].entries()) {
      new Uint16Array(value.buffer)[i * 14] = 10;
      value.set(parseIp(address)!, i * 28 + 8);
    }
    new Uint16Array(value.buffer)[28] = input;
    new Uint32Array(value.buffer)[15] = outputs;
    this.#set(6, MRT_ADD_MFC, value);
  }
  close(): void {
    for (const fd of this.#fds) this.#c.close(fd);
  }
}

describe.skipIf(noKernel)(titled("ip mroute"), () => {
  let box: Sandbox;
  let daemon: Daemon;
  beforeAll(async () => {
    box = await sandbox();
    const input = `
      link add v0 type veth peer name v1
      link add w0 type veth peer name w1
      link set v0 up
      link set v1 up
      link set w0 up`;
    execFileSync("ip", ["-n", box.name, "-b", "-"], { input });
    daemon = new Daemon(box.name);
    const index = (name: string) =>
      (JSON.parse(box.ip("-j", "link", "show", name)) as [{ ifindex: number }])[0].ifindex;
    for (const [i, name] of ["v0", "v1", "w0"].entries()) daemon.device(i, index(name));
    daemon.route4("10.0.0.5", "239.1.1.1", 0, [0, 1, 3]);
    daemon.route4("10.0.0.6", "239.1.1.2", 1, [1]);
    daemon.route4("0.0.0.0", "239.1.1.9", 1, [1, 2]);
    daemon.route6("2001:db8::5", "ff0e::1", 0, 6);
  });
  afterAll(() => {
    daemon?.close();
    box.close();
  });
  const both = (line: string, ...globals: string[]) => {
    const [program, ...words] = splitWords(line);
    const argv = [program!, "-n", box.name, ...globals, ...words];
    return { theirs: system(argv), ours: cli(argv) };
  };
  const still = (text: string) => text.replace(/(Age |"expires":)[\d.]+/g, "$1 0");

  test.each(
    `
    ip mroute
    ip mr
    ip -s mroute
    ip -4 mroute show
    ip -6 mroute
    ip -6 -d mroute show table all
    ip mroute show iif v1
    ip mroute show table all
    ip -d mroute
    ip -d mroute show table all
    `
      .trim()
      .split(/\s*\n\s*/),
  )("%s", async (line) => {
    const { theirs, ours } = both(line);
    expect(still((await ours).stdout)).toBe(still(theirs.stdout));
    expect((await ours).code).toBe(theirs.code);
    const json = both(line, "-j");
    expect(objects(still((await json.ours).stdout))).toEqual(objects(still(json.theirs.stdout)));
  });
  // iproute2 6.1 takes no prefix here.
  test.each([
    ["ip mroute show 239.1.1.1", "10.0.0.5"],
    ["ip mroute show to 239.1.1.2/32", "10.0.0.6"],
    ["ip mroute show from 10.0.0.4/31", "10.0.0.5"],
    ["ip -6 mroute show to ff0e::/16", "2001:db8::5"],
  ])("%s", async (line, src) => {
    const { stdout } = await both(line, "-j").ours;
    expect((JSON.parse(stdout) as { src: string }[]).map((route) => route.src)).toEqual([src]);
  });
  test.each(
    `
    ip mroute show iif nosuch
    ip mroute show table 9
    ip mroute show table nosuch
    ip mroute show from
    ip mroute nosuch
    ip mroute help
    `
      .trim()
      .split(/\s*\n\s*/),
  )("%s", async (line) => {
    const { theirs, ours } = both(line);
    const { code, stdout, stderr } = await ours;
    expect([code, stdout, stderr !== ""]).toEqual([theirs.code, "", true]);
  });
});
