/** Captures that tcpdump made of nlmon, on machines of both byte orders: see fixtures/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explain } from "../../../src/codec/explain/explain.ts";
import { faults } from "../../../src/codec/explain/node.ts";
import { summarize } from "../../../src/codec/explain/summary.ts";
import { type NetlinkRecord, readCapture } from "../../../src/codec/pcap/capture.ts";
import { readRecording, replay } from "../../../src/transport/replay/index.ts";
import { unknownIn } from "../rtnetlink/captured.ts";

const directory = join(import.meta.dirname, "../../../fixtures");
async function read(name: string) {
  const file = readFileSync(join(directory, name));
  const records: NetlinkRecord[] = [];
  for await (const record of readCapture(file)) {
    if (record.type !== "netlink") throw new Error(JSON.stringify(record));
    records.push(record);
  }
  const told = records.flatMap(({ protocol, order, direction, messages, number }) =>
    messages.map((message) => ({
      message,
      number,
      protocol,
      order,
      direction,
      line: summarize(message, { protocol, order }),
    })),
  );
  return { file, records, told };
}

describe.each([
  ["x86-64.pcap", { order: "little", dev: 3, place: "root" }],
  ["s390x.pcap", { order: "big", dev: 4, place: "parent 1:10" }],
] as const)("%s", async (name, { order, dev, place }) => {
  const { file, records, told } = await read(name);
  test("every packet is read, and every byte explained", () => {
    expect(records.length).toBeGreaterThan(110);
    for (const { error, order: found, timeNs } of records) {
      expect(error).toBeUndefined();
      expect(found).toBe(order);
      expect(timeNs).toBeGreaterThan(1_700_000_000_000_000_000n);
    }
    for (const { message, protocol, order, line } of told)
      expect([...faults(explain(message, { protocol, order }))], line).toEqual([]);
  });

  test("all is decoded: nothing is unknown", () => {
    const raw = told.filter(
      ({ message, protocol }) => !("value" in message) && protocol !== 6 && message.header.type >= 16,
    );
    // A request for a dump may hold a family alone.
    expect(raw.filter(({ line }) => !/ dump$/.test(line)).map(({ line }) => line)).toEqual([]);
    expect(told.flatMap(({ message }) => ("value" in message ? unknownIn(message.value) : []))).toEqual([]);
  });

  test("what was said, and by whom", () => {
    const lines = (direction: string) => told.filter((one) => one.direction === direction).map(({ line }) => line);
    for (const line of [
      "newlink d0 kind dummy",
      `newaddr 192.0.2.1/24 dev ${dev} scope global`,
      "newroute 10.0.0.0/8 via 192.0.2.254 table main proto boot",
      `newqdisc netem dev ${dev} ${place} limit 1000 delay 100ms loss 1%`,
      "nlctrl getfamily nlctrl",
      `getqdisc dump dev ${dev}`,
      `newneigh 192.0.2.9 dev ${dev} lladdr 02:00:00:00:00:09 permanent`,
      "newrule from 192.0.2.0/24 lookup 100",
    ])
      expect(lines("to-kernel")).toContain(line);
    for (const line of [
      `newroute local 192.0.2.1 dev ${dev} table local proto kernel src 192.0.2.1`,
      `newqdisc netem 8001: dev ${dev} ${place} limit 1000 delay 100ms loss 1%`,
      "nlctrl newfamily nlctrl id 16",
      "newrule 32765: from 192.0.2.0/24 lookup 100",
      `delroute multicast ff00::/8 dev ${dev} table local proto kernel metric 256`,
      `deladdr 192.0.2.1/24 dev ${dev} scope global permanent`,
    ])
      expect(
        lines("to-user").some((one) => one.startsWith(line)),
        line,
      ).toBe(true);
  });

  test("answers have their requests, also where two programs took one sequence number", () => {
    const answers = told.filter(({ line }) => /^(ack|error|done)/.test(line));
    // iproute2 asks with number 0 whether the kernel checks strictly.
    const without = answers.filter(({ message }) => !message.request && message.header.sequence !== 0);
    expect(without.map(({ line }) => line)).toEqual([]);
    for (const { message, line } of answers)
      if (message.request && !line.startsWith("done")) expect(line).toContain(` ${message.request.name}`);
    const refused = told.find(({ message }) => message.refusal?.code === "ENETUNREACH")!.message;
    expect(refused).toMatchObject({
      request: { name: "newroute" },
      refusal: { text: expect.stringContaining("Nexthop has invalid gateway") },
    });
    expect(told.find(({ line }) => line.startsWith("error newaddr"))!.message.refusal).toMatchObject({
      code: "EEXIST",
    });
  });

  test("it answers its own requests again", async () => {
    const recording = await readRecording(file);
    const transport = replay(recording);
    const sent = recording.datagrams.filter(({ direction, protocol }) => direction === "to-kernel" && protocol === 0);
    let answers = 0;
    for (const { bytes } of sent) {
      // Without what the kernel does not look at: see the request for addresses.
      const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
      transport.send(bytes.subarray(0, (view.getUint32(0, order === "little") + 3) & ~3));
      while (transport.receive()) answers++;
    }
    transport.verify();
    expect(sent.length).toBeGreaterThanOrEqual(30);
    expect(answers).toBeGreaterThan(30);
  });
});

test("classes and filters of a big-endian kernel", async () => {
  const lines = (await read("s390x.pcap")).told.map(({ line }) => line);
  for (const line of [
    "newlink d0.5 kind vlan link 4",
    "newqdisc htb 1: dev 4 root r2q 10 default 0x10 direct_qlen 0",
    "newtclass htb 1:10 dev 4 parent 1: prio 0 quantum 0 rate 10mbit ceil 10mbit burst 1600b cburst 1600b",
    "newtfilter u32 pref 5 protocol ip dev 4 parent 1: match u32 0xa000001 0xffffffff at 16 classid 1:10",
  ])
    expect(lines).toContain(line);
});
