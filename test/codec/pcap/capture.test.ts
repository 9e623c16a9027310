import { describe, expect, test } from "vitest";
import fixtures from "../../../fixtures/link.json" with { type: "json" };
import { type CaptureRecord, readCapture, readPackets } from "../../../src/codec/pcap/capture.ts";
import { type Direction, writeCooked } from "../../../src/codec/pcap/cooked.ts";
import { pcapHeader, pcapRecord } from "../../../src/codec/pcap/pcap.ts";
import { pcapngHeader, pcapngPacket } from "../../../src/codec/pcap/pcapng.ts";

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const packetOf = (hex: string, direction: Direction, protocol = 0) =>
  join(writeCooked({ direction, protocol }), bytesOf(hex));
const all = async (input: Parameters<typeof readCapture>[0], options = {}) => {
  const records: CaptureRecord[] = [];
  for await (const record of readCapture(input, options)) records.push(record);
  return records;
};

const some = fixtures.slice(0, 40) as { hex: string; from: string }[];
const times = (i: number) => 1_700_000_000_000_000_000n + BigInt(i) * 1_000_001n;

const formats = {
  pcap: join(
    pcapHeader(),
    ...some.map(({ hex, from }, i) => pcapRecord(packetOf(hex, from === "user" ? "to-kernel" : "to-user"), times(i))),
  ),
  pcapng: join(
    pcapngHeader({ interfaceName: "nlmon0" }),
    ...some.map(({ hex, from }, i) => pcapngPacket(packetOf(hex, from === "user" ? "to-kernel" : "to-user"), times(i))),
  ),
};

describe.each(Object.entries(formats))("%s", (format, file) => {
  test("gives every message with its time and direction", async () => {
    const records = await all(file);
    expect(records.length).toBe(some.length);
    records.forEach((record, i) => {
      if (record.type !== "netlink") throw new Error(record.type);
      expect(record.timeNs).toBe(times(i));
      expect(record.direction).toBe(some[i]!.from === "user" ? "to-kernel" : "to-user");
      expect(record.messages.length).toBe(1);
      expect(record.messages[0]!.bytes).toEqual(bytesOf(some[i]!.hex));
      expect("value" in record.messages[0]!).toBe(true);
      if (format === "pcapng") expect(record.packet.interfaceName).toBe("nlmon0");
    });
  });

  test("may come in pieces of any size", async () => {
    const whole = await all(file);
    for (const size of [1, 3, 7, 1000]) {
      async function* pieces() {
        for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
      }
      expect(await all(pieces())).toEqual(whole);
    }
  });

  test("cut anywhere, gives what is whole and says where it broke off", async () => {
    const whole = await all(file);
    for (let length = 4; length < Math.min(file.length, 1500); length += 5) {
      let records: CaptureRecord[];
      try {
        records = await all(file.subarray(0, length));
      } catch (e) {
        expect((e as Error).message).toMatch(/^capture at byte 0: a pcap header/);
        continue;
      }
      const damage = records.filter((r) => r.type === "damage");
      expect(damage.length).toBeLessThanOrEqual(1);
      const read = records.filter((r) => r.type !== "damage");
      expect(read).toEqual(whole.slice(0, read.length));
      if (damage.length === 1) expect((damage[0] as { offset: number }).offset).toBeLessThan(length);
    }
  });
});

test("what is no capture is refused", async () => {
  await expect(all(bytesOf("7f454c46"))).rejects.toThrow(
    "capture at byte 0: is no capture: neither pcap nor pcapng begins with 0x7f454c46",
  );
  await expect(all(new Uint8Array(0))).rejects.toThrow("capture at byte 0: is no capture: 0 bytes");
});

test("a capture of another link layer is told of, packet by packet", async () => {
  const file = join(pcapHeader({ linkType: 1 }), pcapRecord(new Uint8Array(60), 0n));
  expect(await all(file)).toMatchObject([{ type: "other", number: 1, reason: "link type 1 is not 253, netlink" }]);
});

test("a big-endian file is read on any host", async () => {
  const view = new DataView(new ArrayBuffer(24 + 16 + 16 + 20));
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(20, 253);
  view.setUint32(24, 5);
  view.setUint32(28, 6);
  view.setUint32(32, 36);
  view.setUint32(36, 36);
  view.setUint16(40, 7);
  view.setUint16(42, 824);
  // RTM_GETLINK with a struct rtgenmsg, in big endian.
  view.setUint32(56, 20);
  view.setUint16(60, 18);
  view.setUint16(62, 0x301);
  view.setUint32(64, 77);
  const [record] = await all(new Uint8Array(view.buffer));
  expect(record).toMatchObject({ type: "netlink", order: "big", timeNs: 5_000_006_000n, direction: "to-kernel" });
  if (record?.type === "netlink")
    expect(record.messages[0]).toMatchObject({ name: "getlink", header: { sequence: 77, flags: 0x301 } });
});

test("answers find their request, and errors the attribute", async () => {
  const captured = fixtures.find(({ from, hex }) => from === "user" && hex.slice(8, 12) === "1000") as { hex: string };
  const sequence = "01020304";
  const asked = { hex: captured.hex.slice(0, 16) + sequence + captured.hex.slice(24) };
  // EEXIST, capped, with a text and the offset of the first attribute, behind the head.
  const body = `efffffff${asked.hex.slice(0, 32)}08000100626164000800020020000000`;
  const length = (16 + body.length / 2).toString(16).padStart(2, "0");
  const fixed = `${length}00000002000003${sequence}00000000${body}`;
  const file = join(
    pcapHeader(),
    pcapRecord(packetOf(asked.hex, "to-kernel"), 1n),
    pcapRecord(packetOf(fixed, "to-user"), 2n),
  );
  const [, answer] = await all(file);
  if (answer?.type !== "netlink") throw new Error("no answer");
  expect(answer.messages[0]).toMatchObject({
    name: "error",
    request: { record: 1, index: 0, name: "newlink" },
    refusal: { code: "EEXIST", text: "bad", attribute: expect.any(String) },
  });
});

test("families of generic netlink are learnt from the controller, or given", async () => {
  // CTRL_CMD_NEWFAMILY: wireguard is 31.
  const told =
    "3000000010000000010000000000000001020000" +
    "0e000200776972656775617264000000" +
    "060001001f000000" +
    "00000000".slice(0, 0);
  const ctrl = `${(told.length / 2).toString(16).padStart(2, "0")}${told.slice(2)}`;
  const message = "180000001f000000020000000000000000010000" + "04000180";
  const file = join(
    pcapHeader(),
    pcapRecord(packetOf(ctrl, "to-user", 16), 1n),
    pcapRecord(packetOf(message, "to-user", 16), 2n),
  );
  const names = (await all(file)).map((r) => (r.type === "netlink" ? r.messages[0]!.name : r.type));
  expect(names).toEqual(["nlctrl", "wireguard"]);
  const alone = join(pcapHeader(), pcapRecord(packetOf(message, "to-user", 16), 2n));
  const first = async (options: object) => {
    const [r] = await all(alone, options);
    return r?.type === "netlink" ? r.messages[0]!.name : undefined;
  };
  expect(await first({})).toBe("family #31");
  expect(await first({ families: { wireguard: 31 } })).toBe("wireguard");
});

test("a pcapng block that cannot be is skipped, and what follows is read", async () => {
  const good = pcapngPacket(packetOf(some[0]!.hex, "to-user"), 1n);
  const bad = pcapngPacket(packetOf(some[0]!.hex, "to-user"), 1n);
  new DataView(bad.buffer).setUint32(8, 9, true); // an interface that there is not
  const records = await all(join(pcapngHeader(), bad, good));
  expect(records.map((r) => r.type)).toEqual(["damage", "netlink"]);
  expect(records[0]).toMatchObject({ skipped: true, reason: "a packet of interface 9, and there are 1" });
});

test("a pcapng file of another version is refused, and a later section of one told of", async () => {
  const other = pcapngHeader();
  new DataView(other.buffer).setUint16(12, 2, true);
  await expect(all(other)).rejects.toThrow("capture at byte 12: pcapng version 2 is not 1");
  const good = join(pcapngHeader(), pcapngPacket(packetOf(some[0]!.hex, "to-user"), 1n));
  const records = await all(join(good, other));
  expect(records.map((r) => r.type)).toEqual(["netlink", "damage"]);
  expect(records[1]).toMatchObject({ offset: good.length, reason: "a section: pcapng version 2 is not 1" });
});

test("packets keep their comments", async () => {
  const file = join(pcapngHeader(), pcapngPacket(packetOf(some[0]!.hex, "to-user"), 1n, { comment: "grüße" }));
  const [record] = await all(file);
  expect(record).toMatchObject({ type: "netlink", packet: { comment: "grüße" } });
});

test("leaving the loop tells the source", async () => {
  let ended = false;
  async function* pieces() {
    try {
      for (;;) yield formats.pcap;
    } finally {
      ended = true;
    }
  }
  for await (const packet of readPackets(pieces())) if (packet.type === "packet") break;
  expect(ended).toBe(true);
});
