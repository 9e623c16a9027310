/** Recordings and captures that answer. */
import { describe, expect, test } from "vitest";
import { writeCooked } from "../../src/codec/pcap/cooked.ts";
import { pcapHeader, pcapRecord } from "../../src/codec/pcap/pcap.ts";
import { inetSockets } from "../../src/codec/sockdiag/inet.ts";
import { Connection, type NetlinkError, netem, SockDiag, type Transport } from "../../src/index.ts";
import { ack, dump, echo, MockTransport, message, refuse } from "../../src/transport/mock/index.ts";
import { Recording, ReplayError, readRecording, record, replay } from "../../src/transport/replay/index.ts";
import { VirtualKernel } from "../../src/transport/virtual/index.ts";
import { program } from "../support/program.ts";

const lo = { index: 1, ifname: "lo", flags: ["up"], mtu: 65536 };
const eth0 = { index: 2, ifname: "eth0", flags: ["up"], mtu: 1500 };
const eth1 = { index: 3, ifname: "eth1", mtu: 9000 };
const links = [lo, eth0, eth1];
const failure = <E = NetlinkError>(request: Promise<unknown>): Promise<E> =>
  request.then(
    () => expect.fail("it did not fail"),
    (e) => e,
  );

/** What a program does, and what it sees. */
async function small(nl: Connection): Promise<unknown[]> {
  const seen: unknown[] = [];
  await using events = nl.events({ links: true, addresses: true });
  seen.push((await nl.links.list()).map(({ name, mtu }) => [name, mtu]));
  await nl.addresses.add("eth0", "192.0.2.1/24");
  const refused = await failure(nl.addresses.add("eth0", "192.0.2.1/24"));
  seen.push([refused.code, refused.kernelMessage, refused.attribute]);
  seen.push(await nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1", netns: "blue" } }));
  const qdisc = await nl.qdiscs.add("eth0", netem({ delay: "100ms" }));
  seen.push([qdisc.handle, qdisc.options]);
  const batch = nl.batch();
  for (const n of [2, 3]) batch.add(nl.addresses.prepare("add", 2, `192.0.2.${n}/24`));
  seen.push((await batch.send()).map((result) => (result as NetlinkError | undefined)?.code));
  for (let i = 0; i < 4; i++) {
    const { value: event } = await events.next();
    if (event?.type === "link") seen.push([event.type, event.action, event.link.name]);
    else if (event?.type === "address") seen.push([event.type, event.action, event.address.address]);
    else seen.push(event?.type === "overrun" ? event : event?.type);
  }
  return seen;
}
/** A kernel for it. */
function kernelFor(): MockTransport {
  const kernel = new MockTransport({ netns: { blue: 33 }, psched: "000003e8 00000040 000f4240 3b9aca00\n" });
  const tell = (name: "newaddr" | "newlink", value: object, sequence = 0) =>
    kernel.tell(name, value, { sequence, portId: sequence ? 77 : 0 });
  const address = (n: number) => ({
    local: `192.0.2.${n}`,
    address: `192.0.2.${n}`,
    family: 2,
    prefixlen: 24,
    index: 2,
  });
  kernel.allow({ name: "getlink", dump: true }, dump("newlink", links, { perDatagram: 2, doneApart: true }));
  kernel.allow({ name: "getlink", value: { ifname: "eth0" } }, message("newlink", eth0));
  kernel.expect("newaddr", ({ header }) => {
    tell("newaddr", address(1), header.sequence); // the notification has the request's number
    return ack();
  });
  kernel.expect("newaddr", refuse("EEXIST", { message: "Address already assigned", attribute: "local" }));
  kernel.expect("newlink", (request) => {
    tell("newlink", { index: 7, ifname: "v0" }, request.header.sequence);
    return echo({ index: 7 })(request);
  });
  kernel.expect("newqdisc", echo({ handle: 0x10000 }));
  kernel.expect("newaddr");
  kernel.expect("newaddr", () => {
    kernel.loseEvents(2);
    tell("newlink", { ...eth1, flags: ["up"] });
    return refuse("EPERM");
  });
  return kernel;
}
const expected = [
  [["lo", 65536], ["eth0", 1500], ["eth1", 9000]],
  ["EEXIST", "Address already assigned", "local"],
  { name: "v0", index: 7 },
  ["1:", expect.objectContaining({ delayMs: 100 })],
  [undefined, "EPERM"],
  ["address", "new", "192.0.2.1/24"],
  ["link", "new", "v0"],
]; // biome-ignore format: rows

async function recorded(): Promise<Recording> {
  const transport = record(kernelFor());
  await using nl = await Connection.open({ transport });
  const seen = await small(nl);
  expect(seen.slice(0, expected.length)).toEqual(expected);
  return transport.recording;
}

describe("a recording answers as the kernel did", () => {
  test.each<[form: string, again: (recording: Recording) => Recording | Promise<Recording>]>([
    ["as it is", (recording) => recording],
    ["saved as pcapng", (recording) => readRecording(recording.pcapng())],
    ["saved as pcapng twice", async (recording) => readRecording((await readRecording(recording.pcapng())).pcapng())],
    ["read in pieces", (recording) => readRecording(chunks(recording.pcapng(), 7))],
  ])("%s", async (_form, again) => {
    const transport = replay(await again(await recorded()));
    const live = await small(await Connection.open({ transport: kernelFor() }));
    const seen = await small(await Connection.open({ transport }));
    expect(seen).toEqual(live);
    expect(live.slice(7)).toEqual([["link", "new", "eth1"], { type: "overrun", lost: 2 }]);
    transport.verify();
  });

  test("saved as pcap, which does not tell of losses", async () => {
    const transport = replay(await readRecording((await recorded()).pcap()));
    const nl = await Connection.open({ transport });
    const seen = await Promise.race([small(nl), new Promise((done) => setTimeout(done, 300, "waits for the loss"))]);
    expect(seen).toBe("waits for the loss");
    transport.verify();
    nl.close();
  });

  test("exactly, in the same order", async () => {
    const recording = await recorded();
    const transport = replay(recording, { match: "exact" });
    const nl = await Connection.open({ transport });
    expect((await nl.links.list()).length).toBe(3);
    const error = await failure<ReplayError>(nl.addresses.add("eth1", "192.0.2.1/24"));
    expect(error).toBeInstanceOf(ReplayError);
    expect(error.message).toMatch(/^request \d is not in the recording\nsent: {5}getlink/);
  });
});

function* chunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("a request that is not in it", () => {
  const open = async (options = {}) => {
    const transport = replay(await recorded(), options);
    return { transport, nl: await Connection.open({ transport }) };
  };
  test.each<[what: string, request: (nl: Connection) => Promise<unknown>, lines: string[]]>([
    [
      "differs in a field from one that is: the nearest is shown",
      (nl) => nl.addresses.add(2, "192.0.2.77/24"),
      [
        "request 1 is not in the recording",
        "sent:     newaddr 192.0.2.77/24 dev 2 scope global",
        "nearest:  newaddr 192.0.2.1/24 dev 2 scope global (packet ",
        "  address: 192.0.2.1 expected, 192.0.2.77 sent\n  local: 192.0.2.1 expected, 192.0.2.77 sent",
      ],
    ],
    [
      "differs in its flags",
      (nl) => nl.addresses.replace(2, "192.0.2.1/24"),
      ["nlmsghdr.flags: request, ack, excl, create (0x605) expected, request, ack, replace, create (0x505) sent"],
    ],
    [
      "is of another kind: what there is is listed",
      (nl) => nl.links.remove(9),
      [
        "the recording holds no dellink, but",
        "  getlink dump\n",
        "  newaddr 192.0.2.1/24 dev 2 scope global\n",
        "and 4 more",
      ],
    ],
  ])("%s", async (_what, request, lines) => {
    const { nl, transport } = await open();
    const error = await failure<ReplayError>(request(nl));
    expect(error).toBeInstanceOf(ReplayError);
    for (const line of lines) expect(error.message).toContain(line);
    expect(() => transport.verify()).toThrow(error);
  });

  test("one that comes more often than it was recorded says so, or is answered again", async () => {
    const add = (nl: Connection) => nl.addresses.add(2, "192.0.2.2/24");
    const once = new MockTransport();
    once.expect("newaddr");
    const transport = record(once);
    await add(await Connection.open({ transport }));
    const { recording } = transport;
    const strict = await Connection.open({ transport: replay(recording) });
    await add(strict);
    expect((await failure(add(strict))).message).toContain("the recording holds it once (packet 1), and no more");
    const patient = await Connection.open({ transport: replay(recording, { repeat: true }) });
    for (let i = 0; i < 3; i++) await add(patient);
    const exact = await Connection.open({ transport: replay(recording, { match: "exact" }) });
    await add(exact);
    expect((await failure(add(exact))).message).toContain("the recording has ended after 1 requests");
  });

  test("what was recorded and was not sent is told by verify", async () => {
    const { transport } = await open();
    expect(transport.pending.length).toBeGreaterThan(5);
    expect(() => transport.verify()).toThrow(/12 of 12 recorded requests were not sent\n {2}getlink/);
  });
});

describe("captures", () => {
  const frame = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
  const packet = (hex: string, direction: "to-kernel" | "to-user" | "outgoing", protocol = 0) =>
    pcapRecord(Uint8Array.from([...writeCooked({ direction, protocol }), ...frame(hex)]), 1n);
  const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const request =
    "2800000014000506" + "05000000" + "00000000" + "0218000002000000" + "08000100c0000201" + "08000200c0000201";
  const acknowledged = `2400000002000001050000001103000000000000${request.slice(0, 32)}`;

  test("nlmon calls everything outgoing: who sent what is seen from the messages", async () => {
    // The kernel's notification repeats the request's flags, its number and the asker's port id.
    const told = request.replace("0500000000000000", "0500000011030000");
    const file = join(
      pcapHeader(),
      packet(request, "outgoing"),
      packet(told, "outgoing"),
      packet(acknowledged, "outgoing"),
    );
    const recording = await readRecording(file);
    expect(recording.datagrams.map(({ direction }) => direction)).toEqual(["to-kernel", "to-user", "to-user"]);
    const transport = replay(recording);
    await using nl = await Connection.open({ transport });
    await nl.addresses.add(2, "192.0.2.1/24");
    transport.verify();
  });

  test("of another link type, or of nothing", async () => {
    const other = join(
      pcapHeader({ linkType: 1 }),
      pcapRecord(new Uint8Array(60), 1n),
      pcapRecord(new Uint8Array(60), 2n),
    );
    await expect(readRecording(other)).rejects.toThrow("there is no netlink in it, but 2 packets of link type 1");
    await expect(readRecording(pcapHeader())).rejects.toThrow("there is no netlink in it, but nothing at all");
    await expect(readRecording(frame("7f454c46"))).rejects.toThrow("capture at byte 0: is no capture");
  });

  test("of another form of recording", async () => {
    const file = Buffer.from((await recorded()).pcapng());
    const at = file.indexOf("nlink 1 socket");
    file[at + 6] = "2".charCodeAt(0);
    await expect(readRecording(file)).rejects.toThrow(
      /^capture at byte \d+: a recording of version 2; this reads version 1$/,
    );
  });

  test("damaged ones answer what they have, and say what they lack", async () => {
    const file = (await recorded()).pcapng();
    const recording = await readRecording(file.subarray(0, file.length - 50));
    expect(recording.damage).toMatchObject([{ reason: expect.stringContaining("the file ends within a block") }]);
    const nl = await Connection.open({ transport: replay(recording) });
    expect((await nl.links.list()).length).toBe(3);
    const error = await failure(nl.links.remove(9));
    expect(error.message).toMatch(/the capture is damaged at byte \d+: the file ends within a block/);
    await expect(readRecording(file.subarray(0, 120))).rejects.toThrow(/there is no netlink in it, but damage at byte/);
  });

  test("an answer that the capture cut off is cut off", async () => {
    const transport = record(kernelFor());
    await (await Connection.open({ transport })).links.list();
    const { recording } = transport;
    const last = recording.datagrams.findLastIndex(
      ({ direction, bytes }) => direction === "to-user" && bytes.length > 60,
    )!;
    const whole = recording.datagrams[last]!;
    recording.datagrams[last] = { ...whole, bytes: whole.bytes.subarray(0, 50), missing: whole.bytes.length - 50 };
    const again = await readRecording(recording.pcap());
    const nl = await Connection.open({ transport: replay(again, { repeat: true }) });
    expect(await failure(nl.links.list())).toMatchObject({ code: "EINTR", partial: { length: 2 } });
  });

  test("from a big-endian host", async () => {
    const kernel = new MockTransport({ byteOrder: "big" });
    kernel.allow({ name: "getlink", dump: true }, dump("newlink", links));
    const transport = record(kernel);
    await (await Connection.open({ transport })).links.list();
    for (const file of [transport.recording.pcap(), transport.recording.pcapng()]) {
      const again = replay(await readRecording(file));
      expect(again.byteOrder).toBe("big");
      const nl = await Connection.open({ transport: again });
      expect((await nl.links.list()).map(({ name }) => name)).toEqual(["lo", "eth0", "eth1"]);
    }
  });
});

test("what the virtual kernel says is recorded and answered again as a real one's", async () => {
  const kernel = new VirtualKernel();
  kernel.createNetns("blue");
  const live = record(kernel.open());
  const seen = await program(live, "blue");
  expect(JSON.stringify(seen.seen)).toMatch(/EEXIST.*ENETUNREACH.*EEXIST.*ENODEV/s);
  const again = replay(await readRecording(live.recording.pcapng()));
  expect(await program(again, "elsewhere")).toEqual(seen);
  again.verify();
});

test("several protocols in one recording: socket diagnostics with the names of devices", async () => {
  const recording = new Recording();
  const route = new MockTransport();
  const diag = new MockTransport({ protocol: 4 });
  route.allow("getlink", dump("newlink", links));
  diag.allow("getsockets", dump([socket(22), socket(80)], { perDatagram: 1 }));
  const ports = async (transport: Transport, routeTransport: Transport) => {
    await using sockets = await SockDiag.open({ transport, routeTransport });
    return (await sockets.list("tcp")).map(({ local }) => local.port);
  };
  const live = await ports(record(diag, recording), record(route, recording));
  const again = await readRecording(recording.pcapng());
  expect(await ports(replay(again, { protocol: 4 }), replay(again))).toEqual(live);
  expect(live).toContain(80);
});
const socket = (sport: number) =>
  message({
    ...{ type: 20, schema: inetSockets.tcp },
    value: { family: 2, state: 10, src: "127.0.0.1", dst: "0.0.0.0", sport, dport: 0, cookie: [sport, 0] },
  });
