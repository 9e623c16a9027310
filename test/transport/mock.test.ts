/** The scripted transport, below connections as programs use them. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { Channel } from "../../src/api/channel.ts";
import { genlmsghdr } from "../../src/codec/genetlink/header.ts";
import { attrs } from "../../src/codec/schema/attrs.ts";
import { u32 } from "../../src/codec/schema/scalar.ts";
import { inetSockets } from "../../src/codec/sockdiag/inet.ts";
import { Connection, NamespaceNotFound, type NetlinkError, netem, SockDiag } from "../../src/index.ts";
import {
  type Answers,
  ack,
  bytes,
  datagram,
  delay,
  done,
  dump,
  echo,
  MockTransport,
  message,
  overrun,
  refuse,
  ScriptError,
  silence,
} from "../../src/transport/mock/index.ts";

const lo = { index: 1, ifname: "lo", flags: ["up"], mtu: 65536 };
const eth0 = { index: 2, ifname: "eth0", flags: ["up"], mtu: 1500 };
const links = [lo, eth0, { index: 3, ifname: "eth1", mtu: 9000 }, { index: 4, ifname: "eth2" }];
const address = { local: "192.0.2.1", address: "192.0.2.1", family: 2, prefixlen: 24, index: 2 };

async function scripted(options: ConstructorParameters<typeof MockTransport>[0] = {}) {
  const kernel = new MockTransport(options);
  return { kernel, nl: await Connection.open({ transport: kernel, timeout: 200 }) };
}
const failure = <E = NetlinkError>(request: Promise<unknown>): Promise<E> =>
  request.then(
    () => expect.fail("it did not fail"),
    (e) => e,
  );
const hexBytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

describe("requests are matched", () => {
  const frame = "28000000140005060000000000000000" + "0218000002000000" + "08000100c0000201" + "08000200c0000201";
  test.each<[how: string, expected: Parameters<MockTransport["expect"]>[0]]>([
    ["by name", "newaddr"],
    ["by their line", "newaddr 192.0.2.1/24 dev 2 scope global"],
    ["by what matches their line", /192\.0\.2\.1\/24 .*dev 2/],
    ["by fields in the user's terms", { name: "newaddr", value: { local: "192.0.2.1", scope: "global", index: 2 } }],
    ["by numbers for names", { value: { scope: 0 } }],
    ["by flags", { flags: ["create", "excl", "ack"], dump: false }],
    ["by a function", ({ value }) => value?.prefixlen === 24],
    ["by bytes, sequence number and port id aside", hexBytes(frame)],
  ])("%s", async (_how, expected) => {
    const { kernel, nl } = await scripted({ byteOrder: "little" });
    kernel.expect(expected);
    await nl.addresses.add(2, "192.0.2.1/24");
    kernel.verify();
    expect(kernel.requests.map(({ name, value }) => [name, value?.local])).toEqual([["newaddr", "192.0.2.1"]]);
  });

  test.each<[how: string, expected: Parameters<MockTransport["expect"]>[0], lines: string[]]>([
    ["another name", "deladdr", ["expected: deladdr", "sent:     newaddr 192.0.2.1/24 dev 2 scope global"]],
    ["another line", "newaddr 192.0.2.1/24 dev 3", ["expected: newaddr 192.0.2.1/24 dev 3", "sent:     newaddr 192.0"]],
    [
      "other fields",
      { name: "newaddr", value: { local: "192.0.2.2", prefixlen: 24, scope: "link", label: "eth0:1" } },
      [
        `expected: newaddr with local "192.0.2.2", prefixlen 24, scope "link", label "eth0:1"`,
        `local: "192.0.2.2" expected, "192.0.2.1" sent`,
        `scope: "link" expected, "global" sent`,
        `label: "eth0:1" expected, nothing sent`,
      ],
    ],
    ["other flags", { flags: ["replace"] }, ["flags: replace expected, request, ack, excl, create sent"]],
    ["no dump", { dump: true }, ["expected: any request dump", "dump: true expected, false sent"]],
    ["what does not match", /^dellink/, ["expected: what matches /^dellink/", "local = 192.0.2.1  (ip, IFA_LOCAL)"]],
    ["what a function denies", function aRoute() { return false; }, ["expected: what aRoute says yes to"]], // biome-ignore format: a row
    ["other bytes", hexBytes(frame.replace("c0000201", "c0000202")), ["expected: the bytes 2800"]],
  ])("and not by %s: the request fails with what differs", async (_how, expected, lines) => {
    const { kernel, nl } = await scripted({ byteOrder: "little" });
    kernel.expect(expected);
    const error = await failure<ScriptError>(nl.addresses.add(2, "192.0.2.1/24"));
    expect(error).toBeInstanceOf(ScriptError);
    expect(error.message).toContain("request 1 is not line 1 of the script");
    for (const line of lines) expect(error.message).toContain(line);
    expect(() => kernel.verify()).toThrow(error);
  });

  test("a script that has ended says so, and one that has not been played", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect("newaddr");
    kernel.expect({ name: "dellink", value: { index: 2 } });
    kernel.expect("getlink");
    expect(() => kernel.verify()).toThrow(
      "3 of 3 requests were not sent\n  newaddr\n  dellink with index 2\n  getlink",
    );
    await nl.addresses.add(2, "192.0.2.1/24");
    expect(kernel.pending).toEqual(["dellink with index 2", "getlink"]);
    await nl.links.remove(2);
    kernel.expect("deladdr");
    await failure(nl.links.get(2)); // "getlink" has no answer
    const { kernel: other, nl: again } = await scripted();
    other.expect("newaddr");
    await again.addresses.add(2, "192.0.2.1/24");
    const error = await failure(again.links.remove(7));
    expect(error.message).toContain("request 2 is not expected: the script has ended after 1 requests");
    expect(error.message).toContain("sent:     dellink 7:");
    expect(await failure((await scripted()).nl.links.remove(7))).toMatchObject({
      message: expect.stringContaining("the script is empty"),
    });
  });

  test("a request that wants an answer, and has none in the script, is told of", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect("getlink");
    expect((await failure(nl.links.get("eth0"))).message).toContain("the script has no answer to getlink");
  });

  test("those that are allowed come in between, any number of times", async () => {
    const { kernel, nl } = await scripted();
    kernel.allow("getlink", ({ value }) => (value?.ifname === "eth0" ? message("newlink", eth0) : refuse("ENODEV")));
    kernel.expect({ name: "newaddr", value: { index: 2 } });
    kernel.expect("deladdr");
    await nl.addresses.add("eth0", "192.0.2.1/24");
    await expect(nl.addresses.add("eth9", "192.0.2.1/24")).rejects.toThrow("interface not found: eth9");
    await nl.addresses.remove("eth0", "192.0.2.1/24");
    kernel.verify();
    expect(kernel.requests.map(({ summary }) => summary.split(" ").slice(0, 2).join(" "))).toEqual([
      "getlink eth0",
      "newaddr 192.0.2.1/24",
      "getlink eth9",
      "getlink eth0",
      "deladdr 192.0.2.1/24",
    ]);
  });

  test.each([
    ["a field that there is not", { name: "newaddr", value: { lokal: "192.0.2.1" } }, /lokal: there is no such option/],
    ["a value that cannot be", { name: "newaddr", value: { scope: "galaxy" } }, /scope: "galaxy" is not one of/],
    ["a field outside its value", { name: "newaddr", local: "192.0.2.1" } as never, /there is no local in a pattern/],
  ])("%s is refused when the script is written", (_what, expected, text) => {
    expect(() => new MockTransport().expect(expected)).toThrow(text);
  });

  test("each of a batch is a line", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect({ value: { local: "192.0.2.1" } });
    kernel.expect({ value: { local: "192.0.2.2" } }, refuse("EEXIST", { message: "Address already assigned" }));
    kernel.expect({ value: { local: "192.0.2.3" } });
    const batch = nl.batch();
    for (const n of [1, 2, 3]) batch.add(nl.addresses.prepare("add", 2, `192.0.2.${n}/24`));
    const [first, second, third] = await batch.send();
    expect([first, third]).toEqual([undefined, undefined]);
    expect(second).toMatchObject({ code: "EEXIST", kernelMessage: "Address already assigned" });
    kernel.verify();
  });
});

describe("answers", () => {
  test("success, and an empty dump, where nothing is said", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect({ name: "getlink", dump: true });
    kernel.expect("dellink");
    expect(await nl.links.list()).toEqual([]);
    await nl.links.remove(2);
    kernel.verify();
  });

  const names = async (nl: Connection) => (await nl.links.list()).map(({ name }) => name);
  test.each<[how: string, answers: Answers]>([
    ["at once", dump("newlink", links)],
    ["one by one", dump("newlink", links, { perDatagram: 1 })],
    ["with the end apart", dump("newlink", links, { doneApart: true })],
    ["one, then three", dump("newlink", links, { perDatagram: [1, 3], doneApart: true })],
    ["with a pause", [...dump("newlink", links, { perDatagram: 2 }).flatMap((part) => [delay(5), part])]],
    [
      "with another process's datagrams between",
      dump("newlink", links, { perDatagram: 2 }).flatMap((part) => [
        datagram([message("newlink", { index: 66, ifname: "evil" }, { flags: 2 })], { sender: 4242 }),
        part,
      ]),
    ],
    [
      "with answers to somebody else, or to nothing, between",
      dump("newlink", links, { perDatagram: 2 }).flatMap((part) => [
        message("newlink", { index: 66, ifname: "late" }, { sequence: 0x7777, flags: 2 }),
        message("newlink", { index: 67, ifname: "theirs" }, { portId: 4711, flags: 2 }),
        part,
      ]),
    ],
    [
      "with messages that are not for the list",
      [message("newaddr", address, { sequence: 0 }), dump("newlink", links)].flat(),
    ],
  ])("a dump comes %s", async (_how, answers) => {
    const { kernel, nl } = await scripted();
    kernel.expect({ name: "getlink", dump: true }, answers);
    expect(await names(nl)).toEqual(["lo", "eth0", "eth1", "eth2"]);
    kernel.verify();
  });

  test("a dump that was interrupted is asked for again, and then has what there was", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect({ name: "getlink", dump: true }, dump("newlink", links, { interrupted: true }));
    kernel.expect({ name: "getlink", dump: true }, dump("newlink", links.slice(0, 2)));
    expect(await names(nl)).toEqual(["lo", "eth0"]);
    kernel.allow({ name: "getlink", dump: true }, dump("newlink", links, { interrupted: 3, perDatagram: 1 }));
    expect(await failure(nl.links.list())).toMatchObject({ code: "EINTR", partial: { length: 4 } });
  });

  test.each<[fault: string, answers: Answers, error: object]>([
    ["the receive buffer overflows", [overrun(3)], { code: "ENOBUFS" }],
    ["it never comes", silence, { code: "ETIMEDOUT" }],
    ["it comes too late", [delay(400), ack()], { code: "ETIMEDOUT" }],
    ["it has another sequence number", ack({ sequence: 0x4444 }), { code: "ETIMEDOUT" }],
    ["it is for another port", ack({ portId: 4711 }), { code: "ETIMEDOUT" }],
    ["another process sent it", datagram([ack()], { sender: 4711 }), { code: "ETIMEDOUT" }],
    ["it was too large for the buffer", datagram([refuse("EEXIST")], { truncated: 8 }), { code: "ENOBUFS" }],
    ["it is no message", bytes(Uint8Array.of(9, 9, 9)), { code: "ETIMEDOUT" }],
    [
      "the kernel says no, with everything that it can say",
      refuse("EEXIST", { message: "Address already assigned", attribute: "local", cookie: Uint8Array.of(1, 2) }),
      {
        ...{ code: "EEXIST", errno: 17, kernelMessage: "Address already assigned", attribute: "local" },
        cookie: Uint8Array.of(1, 2),
      },
    ],
    ["the kernel repeats the request", refuse(17, { whole: true, attribute: 24 }), { code: "EEXIST", offset: 24 }],
    ["the kernel misses an attribute", refuse("EINVAL", { missing: 3 }), { code: "EINVAL", missing: "label" }],
  ])("of a request: %s", async (_fault, answers, error) => {
    const { kernel, nl } = await scripted();
    kernel.expect("newaddr", answers);
    expect(await failure(nl.addresses.add(2, "192.0.2.1/24"))).toMatchObject(error);
    kernel.verify();
    nl.close();
  });

  test("an attribute at fault that was not sent is a mistake of the script", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect("newaddr", refuse("EINVAL", { attribute: "label" }));
    expect((await failure(nl.addresses.add(2, "192.0.2.1/24"))).message).toMatch(
      /newaddr was sent without "label"; it has family, .*address, local/,
    );
    expect(() => refuse("EWHATEVER")).toThrow('"EWHATEVER" is no error');
    expect(() => message("newlinks" as never, {})).toThrow('there is no message "newlinks" of rtnetlink');
    expect(() => message("newlink", { name: "eth0" })).toThrow("name: there is no such option");
    expect(() => dump("newlink", links, { perDatagram: 0 })).toThrow("perDatagram 0 is not a number of messages");
  });

  test("a dump that ends with an error", async () => {
    const { kernel, nl } = await scripted();
    kernel.expect("getlink", [message("newlink", lo), done("EPERM", { message: "no dumps today" })]);
    expect(await failure(nl.links.list())).toMatchObject({ code: "EPERM", kernelMessage: "no dumps today" });
  });

  test("bytes as they were captured, from a big-endian host", async () => {
    const { kernel, nl } = await scripted({ byteOrder: "big", portId: 5 });
    kernel.expect("getlink", ({ header }) =>
      bytes(
        hexBytes(`00000028001000000000000${header.sequence}00000005000000010000000200000041000000000008000365746800`),
      ),
    );
    expect(await nl.links.get("eth")).toMatchObject({ index: 2, name: "eth", up: true });
  });

  test("a test's own timers rule delays, and not what comes without", async () => {
    vi.useFakeTimers();
    try {
      const { kernel, nl } = await scripted();
      kernel.expect("newaddr", [delay(100), ack()]);
      let done = false;
      const request = nl.addresses.add(2, "192.0.2.1/24").then(() => {
        done = true;
      });
      await vi.advanceTimersByTimeAsync(99);
      expect(done).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await request;
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("events", () => {
  test("reach a stream on a socket of its own, and overflow there", async () => {
    const { kernel, nl } = await scripted();
    kernel.allow({ name: "getlink", dump: true }); // where streams begin to know names
    await using events = nl.events({ links: true, addressesV4: true });
    expect(kernel.sockets.length).toBe(2);
    expect(kernel.tell("newlink", eth0)).toBe(1);
    expect(kernel.tell("newaddr", address)).toBe(1);
    expect(kernel.tell("newroute", { family: 2 })).toBe(0); // nobody listens
    kernel.loseEvents(3);
    const seen: unknown[] = [];
    for await (const event of events) {
      seen.push(event.type === "address" ? [event.type, event.address.dev] : event.type);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["link", ["address", "eth0"], "overrun"]);
    kernel.verify();
  });

  test("of other namespaces, to whoever asked for them", async () => {
    const { kernel, nl } = await scripted();
    kernel.allow({ name: "getlink", dump: true });
    await using all = nl.events({ links: true }, { allNamespaces: true });
    await using own = nl.events({ links: true });
    kernel.tell("newlink", eth0, { nsid: 7 });
    const [first, second] = [(await all.next()).value, (await own.next()).value];
    expect([first, second].map((event) => (event as { netns?: number }).netns)).toEqual([7, undefined]);
  });

  test("wait for a state", async () => {
    const { kernel, nl } = await scripted();
    kernel.allow({ name: "getlink", dump: true }, dump("newlink", [{ ...eth0, operstate: "down" }]));
    const up = nl.waitFor("links", (link) => link.name === "eth0" && link.operstate === "up", { timeout: 1000 });
    setTimeout(() => kernel.tell("newlink", { ...eth0, operstate: "up" }), 10);
    expect(await up).toMatchObject({ name: "eth0", operstate: "up" });
  });

  test("of a group that is not known are told with it", () => {
    const kernel = new MockTransport({ protocol: 16 });
    expect(() => kernel.tell(message({ type: 31, payload: new Uint8Array(4) }), {})).toThrow("tell: say the group");
    kernel.join(4);
    expect(kernel.tell(message({ type: 31, payload: new Uint8Array(4) }), { group: 4 })).toBe(1);
    expect(kernel.receive()).toMatchObject({ group: 4 });
  });
});

describe("all sorts of sockets", () => {
  test("namespaces are descriptors of the script's", async () => {
    const { kernel, nl } = await scripted({ netns: { blue: 101 } });
    kernel.expect(
      {
        name: "newlink",
        value: { ifname: "veth0", linkinfo: { kind: "veth", data: { peer: { netNsFd: 101 } } } },
      },
      echo({ index: 7 }),
    );
    const created = await nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1", netns: "blue" } });
    expect(created).toEqual({ name: "veth0", index: 7 });
    await expect(nl.links.set(2, { netns: "red" })).rejects.toThrow(NamespaceNotFound);
    kernel.verify();
  });

  test("socket diagnostics", async () => {
    const kernel = new MockTransport({ protocol: 4 });
    const route = new MockTransport();
    await using diag = await SockDiag.open({ transport: kernel, routeTransport: route });
    const socket = (sport: number) =>
      message({
        ...{ type: 20, schema: inetSockets.tcp },
        value: { family: 2, state: 10, src: "127.0.0.1", dst: "0.0.0.0", sport, dport: 0, cookie: [sport, 0] },
      });
    route.allow("getlink", dump("newlink", links));
    kernel.expect(
      { name: "getsockets", dump: true, value: { family: 2, protocol: 6 } },
      dump([socket(22), socket(80)], { perDatagram: 1 }),
    );
    kernel.allow("getsockets");
    const found = await diag.list("tcp");
    expect(found.map(({ local }) => local.port)).toEqual([22, 80]);
    kernel.verify();
  });

  test("generic netlink, by its families", async () => {
    const kernel = new MockTransport({ protocol: 16, families: { taskstats: 31 } });
    const schema = attrs("taskstats", { c: "", head: genlmsghdr }, { pid: [1, u32] });
    kernel.expect(
      { name: "taskstats", dump: false },
      message({ type: 31, schema, value: { cmd: 2, version: 1, reserved: 0, pid: 77 } }),
    );
    const channel = new Channel(kernel);
    const seen: number[] = [];
    await channel.reply({ type: 31, schema, value: { cmd: 1, version: 1, pid: 77 } }, (type) => seen.push(type));
    expect(seen).toEqual([31]);
    kernel.verify();
    channel.close();
  });

  test("the clock of traffic control", async () => {
    const { kernel, nl } = await scripted({ psched: "000003e8 00000040 000f4240 3b9aca00\n" });
    expect(kernel.psched()).toContain("3b9aca00");
    kernel.expect(/^newqdisc netem .* delay 100ms/, echo({ handle: 0x10000 }));
    kernel.allow({ name: "getlink", dump: true }, dump("newlink", links));
    const added = await nl.qdiscs.add(2, netem({ delay: "100ms" }));
    expect(added).toMatchObject({ dev: "eth0", kind: "netem", handle: "1:", options: { delayMs: 100 } });
    kernel.verify();
  });

  test("a closed one says so, and keeps nothing alive", async () => {
    const { kernel, nl } = await scripted();
    nl.close();
    expect(() => kernel.send(new Uint8Array(16))).toThrow("sendto: EBADF (the transport is closed)");
    await sleep(1);
  });
});
