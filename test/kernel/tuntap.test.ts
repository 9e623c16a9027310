import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InterfaceNotFound, NetlinkError, netns, OptionError, TunTap } from "../../src/index.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const noTun = noKernel ?? (existsSync("/dev/net/tun") ? undefined : "there is no /dev/net/tun");
const title = (name: string) => (noTun ? `${name} (skipped: ${noTun})` : titled(name));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const descriptors = () => readdirSync("/proc/self/fd").length;

/** An IPv4 packet of UDP's, with its header's checksum. */
function packet(src: string, dst: string, payload = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(28 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
  view.setUint16(2, bytes.length);
  bytes.set(src.split(".").map(Number), 12);
  bytes.set(dst.split(".").map(Number), 16);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += view.getUint16(i);
  view.setUint16(10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
  view.setUint16(20, 5000);
  view.setUint16(22, 5001);
  view.setUint16(24, 8 + payload.length);
  bytes.set(payload, 28);
  return bytes;
}

describe.skipIf(noTun)(title("TUN and TAP devices"), () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
  });
  afterEach(() => box.close());
  const up = async (tun: TunTap, address: string) => {
    await box.nl.addresses.add(tun.name, address);
    await box.nl.links.set(tun.name, { up: true });
    // What IPv6 says of itself when a device comes up would be read among the test's own packets.
  };
  const quiet = () => netns.setSysctl(box.name, "net.ipv6.conf.default.disable_ipv6", 1);

  test("made with every option, as ip tuntap shows it, and gone when it is closed", async () => {
    const where = { netns: box.name };
    const rows = [
      [{ mode: "tun" }, { name: "tun0", mode: "tun", persistent: false, pi: false, vnetHdr: false, multiQueue: false }],
      [
        { mode: "tap", name: "x%d", pi: true },
        { name: "x0", mode: "tap", pi: true },
      ],
      [
        { mode: "tap", name: "x%d", vnetHdr: true, multiQueue: true },
        { name: "x1", vnetHdr: true, multiQueue: true },
      ],
      [
        { mode: "tun", name: "own", owner: 1000, group: 1001 },
        { owner: 1000, group: 1001 },
      ],
      [
        { mode: "tun", name: "named", owner: "root", group: "daemon" },
        { owner: 0, group: 1 },
      ],
      [{ mode: "tun", name: "fifteen-bytes-x" }, { name: "fifteen-bytes-x" }],
    ] as const;
    const open: TunTap[] = [];
    for (const [options, expected] of rows) {
      const tun = await TunTap.create({ ...options, ...where });
      open.push(tun);
      expect(await TunTap.get(tun.name, where)).toMatchObject(expected);
    }
    const shown = box.ip("tuntap", "show").trim().split("\n").sort();
    expect(shown).toEqual(
      [
        "fifteen-bytes-x: tun",
        expect.stringMatching(/^named: tun user (0|root) group (1|daemon)$/),
        "own: tun user 1000 group 1001",
        "tun0: tun",
        "x0: tap pi",
        "x1: tap vnet_hdr multi_queue",
      ].map((line) => (typeof line === "string" ? expect.stringContaining(line.split(" ")[0]!) : line)),
    );
    expect((await TunTap.list(where)).map((info) => info.name)).toEqual(open.map((tun) => tun.name));
    for (const tun of open) tun.close();
    expect(await TunTap.list(where)).toEqual([]);
  });

  test("a persistent one stays, is attached to in its own form, and removed", async () => {
    const where = { netns: box.name };
    await (await TunTap.create({ mode: "tap", name: "stay", persistent: true, pi: true, ...where })).close();
    expect(await TunTap.get("stay", where)).toMatchObject({ persistent: true, pi: true });
    const again = await TunTap.open("stay", where);
    expect([again.name, again.mode]).toEqual(["stay", "tap"]);
    expect(await TunTap.get("stay", where)).toMatchObject({ persistent: true, pi: true });
    await expect(TunTap.open("stay", where)).rejects.toMatchObject({ code: "EBUSY" });
    again.setPersistent(false);
    again.close();
    expect(await TunTap.list(where)).toEqual([]);
    (await TunTap.create({ mode: "tun", name: "stay", persistent: true, ...where })).close();
    await TunTap.remove("stay", where);
    expect(await TunTap.list(where)).toEqual([]);
    // One that ip has made.
    box.ip("tuntap", "add", "mode", "tun", "name", "theirs");
    (await TunTap.open("theirs", where)).close();
    await TunTap.remove("theirs", where);
  });

  test("queues of one device", async () => {
    const where = { netns: box.name };
    const first = await TunTap.create({ mode: "tun", name: "many", multiQueue: true, ...where });
    const second = await TunTap.open("many", where);
    expect((await TunTap.get("many", where)).queues).toBe(2);
    second.close();
    expect((await TunTap.get("many", where)).queues).toBe(1);
    first.close();
  });

  test("two ping each other through JavaScript", async () => {
    const other = await sandbox();
    try {
      await using a = await TunTap.create({ mode: "tun", name: "tun0", netns: box.name });
      await using b = await TunTap.create({ mode: "tun", name: "tun0", netns: other.name });
      await up(a, "198.51.100.1/24");
      await other.nl.addresses.add("tun0", "198.51.100.2/24");
      await other.nl.links.set("tun0", { up: true });
      let carried = 0;
      const carry = async (from: TunTap, to: TunTap) => {
        for await (const bytes of from) {
          carried++;
          await to.write(bytes);
        }
      };
      const carrying = [carry(a, b), carry(b, a)];
      const child = await netns.exec(box.name, "ping", ["-c", "20", "-i", "0.01", "-s", "1000", "198.51.100.2"], {
        mounts: false,
      });
      let output = "";
      child.stdout!.on("data", (data) => {
        output += data;
      });
      await new Promise((resolve) => child.on("close", resolve));
      expect(output).toContain("20 packets transmitted, 20 received, 0% packet loss");
      expect(carried).toBeGreaterThanOrEqual(40);
      a.close();
      b.close();
      await Promise.all(carrying);
    } finally {
      other.close();
    }
  }, 60_000);

  test("what is written arrives, what is routed there is read: read, iteration and stream", async () => {
    await quiet();
    const tun = await TunTap.create({ mode: "tun", netns: box.name });
    await up(tun, "198.51.100.1/24");
    const waiting = [tun.read(), tun.read()];
    await sleep(20);
    const sent = (n: number) =>
      netns.exec(box.name, "bash", ["-c", `for i in $(seq ${n}); do echo -n $i >/dev/udp/198.51.100.9/7; done`], {
        mounts: false,
      });
    await sent(5);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes.subarray(28));
    expect((await Promise.all(waiting)).map(text)).toEqual(["1", "2"]);
    const found: string[] = [];
    for await (const bytes of tun) {
      found.push(text(bytes));
      if (found.length === 3) break;
    }
    expect(found).toEqual(["3", "4", "5"]);
    const stream = await tun.stream();
    await sent(2);
    const chunks: string[] = [];
    for await (const bytes of stream) {
      chunks.push(text(bytes as Uint8Array));
      if (chunks.length === 2) break; // and that destroys the stream, and with it the device
    }
    expect(chunks).toEqual(["1", "2"]);
    expect(tun.closed).toBe(true);
    expect(await TunTap.list({ netns: box.name })).toEqual([]);
  });

  test("streams carry packets from one device to another, and back", async () => {
    const other = await sandbox();
    const a = await TunTap.create({ mode: "tap", name: "tap0", netns: box.name });
    const b = await TunTap.create({ mode: "tap", name: "tap0", netns: other.name });
    await up(a, "198.51.100.1/24");
    await other.nl.addresses.add("tap0", "198.51.100.2/24");
    await other.nl.links.set("tap0", { up: true });
    const [left, right] = [await a.stream(), await b.stream()];
    const both = Promise.allSettled([pipeline(left, right, { end: false }), pipeline(right, left, { end: false })]);
    const child = await netns.exec(other.name, "ping", ["-c", "3", "-i", "0.05", "198.51.100.1"], { mounts: false });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    left.destroy();
    right.destroy();
    await both;
    other.close();
    expect(code).toBe(0);
  }, 60_000);

  test("what is written counts as received; a device that is down takes nothing", async () => {
    const tun = await TunTap.create({ mode: "tun", netns: box.name });
    const bytes = packet("198.51.100.2", "198.51.100.1", new Uint8Array(100));
    await expect(tun.write(bytes)).rejects.toMatchObject({
      code: "EIO",
      message: expect.stringContaining("is it up?"),
    });
    await up(tun, "198.51.100.1/24");
    for (let i = 0; i < 10; i++) await tun.write(bytes);
    expect((await box.nl.links.get(tun.name)).stats).toMatchObject({
      rxPackets: 10,
      rxBytes: 10 * bytes.length,
    });
    await expect(tun.write(new Uint8Array([0, 1, 2]))).rejects.toMatchObject({ code: "EINVAL" });
    await expect(tun.write("text" as never)).rejects.toBeInstanceOf(OptionError);
    tun.close();
  });

  test("a thousand packets, and the event loop has its turn among them", async () => {
    await quiet();
    await using tun = await TunTap.create({ mode: "tun", netns: box.name });
    await up(tun, "198.51.100.1/24");
    await box.nl.links.set(tun.name, { txqlen: 2000 });
    execFileSync("ip", [
      "netns",
      "exec",
      box.name,
      "bash",
      "-c",
      "for i in $(seq 400); do echo -n $i >/dev/udp/198.51.100.9/7; done",
    ]);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    for (let i = 1; i <= 400; i++) expect(new TextDecoder().decode((await tun.read()).subarray(28))).toBe(String(i));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  test("closing and removing end what waits, and it is idempotent", async () => {
    const where = { netns: box.name };
    const before = descriptors();
    const tun = await TunTap.create({ mode: "tun", ...where });
    const reads = [tun.read(), tun.read()];
    const iteration = (async () => {
      for await (const _ of tun);
      return "ended";
    })();
    await sleep(10);
    tun.close();
    tun.close();
    for (const read of reads) await expect(read).rejects.toMatchObject({ code: "EBADF" });
    expect(await iteration).toBe("ended");
    await expect(tun.read()).rejects.toMatchObject({ code: "EBADF" });
    await expect(tun.write(new Uint8Array(1))).rejects.toMatchObject({ code: "EBADF" });
    expect(tun.fd).toBe(-1);

    const gone = await TunTap.create({ mode: "tun", ...where });
    const read = gone.read();
    await sleep(10);
    await TunTap.remove(gone.name, where);
    await expect(read).rejects.toBeInstanceOf(InterfaceNotFound);
    await expect(gone.read()).rejects.toThrow(`interface not found: ${gone.name}`);
    gone.close();

    const aborted = await TunTap.create({ mode: "tun", ...where });
    const controller = new AbortController();
    const stopped = aborted.read({ signal: controller.signal });
    controller.abort("mine");
    await expect(stopped).rejects.toMatchObject({ code: "ECANCELED", cause: "mine" });
    await expect(aborted.read({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ECANCELED" });
    aborted.close();
    expect(descriptors()).toBeLessThanOrEqual(before);
  });

  test("carrier, offload, size of the header", async () => {
    await using tun = await TunTap.create({ mode: "tap", vnetHdr: true, netns: box.name });
    await box.nl.links.set(tun.name, { up: true });
    tun.setCarrier(false);
    expect((await box.nl.links.get(tun.name)).flags).not.toContain("lower_up");
    tun.setCarrier(true);
    tun.setVnetHdrSize(12);
    tun.setOffload(["csum", "tso4"]);
    expect(() => tun.setOffload(["tso4"])).toThrow(NetlinkError); // segments need their checksums made
    expect(() => tun.setOffload(["lro" as never])).toThrow('tuntap.offload: "lro" is not one of csum, tso4');
    expect(() => tun.setVnetHdrSize(1)).toThrow(NetlinkError);
  });

  describe("bad input", () => {
    test.each<[title: string, options: object, text: string]>([
      ["no mode", {}, "tuntap.mode: undefined is not one of tun, tap"],
      ["another mode", { mode: "tunnel" }, 'tuntap.mode: "tunnel" is not one of tun, tap'],
      ["an empty name", { mode: "tun", name: "" }, 'tuntap.name: "" is no name'],
      ["a name of 16 bytes", { mode: "tun", name: "sixteen-bytes-xx" }, "is longer than 15 bytes"],
      ["a name with a slash", { mode: "tun", name: "a/b" }, 'tuntap.name: "a/b" has a "/"'],
      ["two numbers in a name", { mode: "tun", name: "a%d%d" }, "has more than one %d in it"],
      ["another pattern", { mode: "tun", name: "a%s" }, "has more than one %d in it"],
      ["an unknown option", { mode: "tun", noPi: true }, "tuntap.noPi: there is no such option"],
      ["an owner that is none", { mode: "tun", owner: -1 }, "tuntap.owner: -1 is not an integer"],
      ["a flag that is none", { mode: "tun", pi: 1 }, "tuntap.pi: 1 is not true or false"],
    ])("%s", async (_, options, text) => {
      const error = await TunTap.create(options as never).catch((e) => e);
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toContain(text);
    });
    test.each<[title: string, call: (where: { netns: string }) => Promise<unknown>, expected: object]>([
      [
        "an unknown user",
        (w) => TunTap.create({ mode: "tun", owner: "nlt-nobody", ...w }),
        { code: "ENOENT", message: "user not found: nlt-nobody" },
      ],
      [
        "an unknown group",
        (w) => TunTap.create({ mode: "tun", group: "nlt-nobody", ...w }),
        { code: "ENOENT", message: "group not found: nlt-nobody" },
      ],
      [
        "a name that is taken",
        (w) => TunTap.create({ mode: "tun", name: "lo", ...w }),
        { code: "EEXIST", message: "interface exists: lo" },
      ],
      [
        "a device that is missing",
        (w) => TunTap.open("nowhere", w),
        { name: "InterfaceNotFound", message: "interface not found: nowhere" },
      ],
      [
        "another kind of device",
        (w) => TunTap.open("lo", w),
        { name: "OptionError", message: "tuntap.name: lo is no TUN or TAP device" },
      ],
      ["removing another kind", (w) => TunTap.remove("lo", w), { name: "OptionError" }],
      [
        "a namespace that is missing",
        () => TunTap.create({ mode: "tun", netns: "nlt-nowhere" }),
        { name: "NamespaceNotFound" },
      ],
    ])("%s", async (_, call, expected) => {
      const before = descriptors();
      await expect(call({ netns: box.name })).rejects.toMatchObject(expected);
      expect(descriptors()).toBe(before);
      expect(await TunTap.list({ netns: box.name })).toEqual([]);
    });
  });
});
