/** A capture that tcpdump made of nlmon on a big-endian machine: fixtures/s390x. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explain } from "../../../src/codec/explain/explain.ts";
import { faults } from "../../../src/codec/explain/node.ts";
import { summarize } from "../../../src/codec/explain/summary.ts";
import { type NetlinkRecord, readCapture } from "../../../src/codec/pcap/capture.ts";
import { readRecording, replay } from "../../../src/transport/replay/index.ts";
import { unknownIn } from "../rtnetlink/captured.ts";

const file = readFileSync(join(import.meta.dirname, "../../../fixtures/s390x.pcap"));
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

test("every packet is read, and every byte explained", () => {
  expect(records.length).toBeGreaterThan(140);
  for (const { error, order, timeNs } of records) {
    expect(error).toBeUndefined();
    expect(order).toBe("big");
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
    "newaddr 192.0.2.1/24 dev 4 scope global",
    "newroute 10.0.0.0/8 via 192.0.2.254 table main proto boot",
    "newlink d0.5 kind vlan link 4",
    "newqdisc htb 1: dev 4 root r2q 10 default 0x10 direct_qlen 0",
    "newqdisc netem dev 4 parent 1:10 limit 1000 delay 100ms loss 1%",
    "newtfilter u32 pref 5 protocol ip dev 4 parent 1: match u32 0xa000001 0xffffffff at 16 classid 1:10",
    "getqdisc dump dev 4",
    "newneigh 192.0.2.9 dev 4 lladdr 02:00:00:00:00:09 permanent",
    "newrule from 192.0.2.0/24 lookup 100",
  ])
    expect(lines("to-kernel")).toContain(line);
  for (const line of [
    "newroute local 192.0.2.1 dev 4 table local proto kernel src 192.0.2.1",
    "newqdisc netem 8001: dev 4 parent 1:10 limit 1000 delay 100ms loss 1%",
    "newrule 32765: from 192.0.2.0/24 lookup 100",
    "delroute multicast ff00::/8 dev 4 table local proto kernel metric 256",
    "deladdr 192.0.2.1/24 dev 4 scope global permanent",
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
  expect(refused).toMatchObject({ request: { name: "newroute" }, refusal: { text: "Nexthop has invalid gateway" } });
  expect(told.find(({ line }) => line.startsWith("error newaddr"))!.message.refusal).toMatchObject({ code: "EEXIST" });
});

test("it answers its own requests again", async () => {
  const recording = await readRecording(file);
  const transport = replay(recording);
  const sent = recording.datagrams.filter(({ direction, protocol }) => direction === "to-kernel" && protocol === 0);
  let answers = 0;
  for (const { bytes } of sent) {
    // Without what the kernel does not look at: see the request for addresses.
    const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
    transport.send(bytes.subarray(0, (view.getUint32(0) + 3) & ~3));
    while (transport.receive()) answers++;
  }
  transport.verify();
  expect(sent.length).toBeGreaterThan(30);
  expect(answers).toBeGreaterThan(50);
});
