/** Multicast over a transport without a kernel. */
import { describe, expect, test, vi } from "vitest";
import { Channel, type Message } from "../../src/api/channel.ts";
import { type Notification, notifications } from "../../src/api/notifications.ts";
import { nsid } from "../../src/codec/rtnetlink/nsid.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { encode } from "../../src/codec/schema/engine.ts";
import { TransportError } from "../../src/transport/transport.ts";
import { answerTo, bytesOf, ENOBUFS, join, StubTransport, word } from "../support/stub-transport.ts";

const add: Message = { type: RTM.newnsid, schema: nsid, value: { nsid: 7, fd: 3 } };
const event = (id: number, type: number = RTM.newnsid) =>
  bytesOf({ type, sequence: 0, portId: 0, payload: encode(nsid, { nsid: id }) });
const broken = bytesOf({ type: RTM.newnsid, sequence: 0, payload: join(word(0), word(0x000100ff)) });

function open() {
  const transport = new StubTransport();
  return { transport, channel: new Channel(transport) };
}
/** What there is to read now, in short. */
async function taken(iterator: AsyncIterableIterator<Notification>, n: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let i = 0; i < n; i++) {
    const { value, done } = await iterator.next();
    items.push(
      done ? "end" : value.type === "overrun" ? "overrun" : `${value.type} ${(value.value as { nsid: number }).nsid}`,
    );
  }
  return items;
}

describe("subscribers", () => {
  const recorder = () => {
    const log: unknown[] = [];
    return {
      log,
      take: (_: unknown, src: { bytes: Uint8Array }) => log.push(src.bytes[24]),
      overrun: () => log.push("overrun"),
      ended: (error?: unknown) => log.push(error === undefined ? "ended" : `ended: ${error}`),
    };
  };

  test("get what is sent to their groups, and leave a group with its last", () => {
    const { transport, channel } = open();
    const [a, b] = [recorder(), recorder()];
    const leaveA = channel.subscribe([1, 28], a);
    const leaveB = channel.subscribe([28, 28], b);
    expect([...transport.joined]).toEqual([1, 28]);
    transport.deliver(event(1), { group: 1 });
    transport.deliver(event(2), { group: 28 });
    transport.deliver(event(3), { group: 5 });
    expect([a.log, b.log]).toEqual([[1, 2], [2]]);
    leaveA();
    leaveA();
    expect([...transport.joined]).toEqual([28]);
    transport.deliver(event(4), { group: 28 });
    expect([a.log, b.log]).toEqual([
      [1, 2],
      [2, 4],
    ]);
    expect([transport.listening, transport.referenced]).toEqual([true, true]);
    leaveB();
    expect([[...transport.joined], transport.listening, transport.referenced]).toEqual([[], false, false]);
  });

  test("a group that cannot be joined leaves nothing behind", () => {
    const { transport, channel } = open();
    const real = transport.join.bind(transport);
    transport.join = (group) => {
      if (group === 99) throw new TransportError("setsockopt", "EINVAL", 22);
      real(group);
    };
    expect(() => channel.subscribe([1, 99], recorder())).toThrow("setsockopt: EINVAL");
    expect([[...transport.joined], transport.listening]).toEqual([[], false]);
  });

  test("one that throws is told, and reaches neither the others nor requests", async () => {
    const { transport, channel } = open();
    const a = recorder();
    const b = recorder();
    channel.subscribe([28], {
      ...a,
      take() {
        throw new RangeError("mine");
      },
    });
    channel.subscribe([28], b);
    const request = channel.ack(add);
    transport.queue(event(1), { group: 28 });
    transport.queue(event(2), { group: 28 });
    transport.deliver(answerTo(transport.last));
    await request;
    expect([a.log, b.log]).toEqual([["ended: RangeError: mine"], [1, 2]]);
  });

  test("one that leaves while it is told", () => {
    const { transport, channel } = open();
    const a = recorder();
    const leave = channel.subscribe([28], { ...a, take: () => leave() });
    transport.queue(event(1), { group: 28 });
    transport.deliver(event(2), { group: 28 });
    expect([[...transport.joined], transport.listening, transport.queued]).toEqual([[], false, 1]);
  });

  test("all are told of ENOBUFS and of datagrams cut by the buffer, and go on", () => {
    const { transport, channel } = open();
    const [a, b] = [recorder(), recorder()];
    channel.subscribe([1], a);
    channel.subscribe([28], b);
    transport.deliver(ENOBUFS());
    transport.deliver(event(1).subarray(0, 20), { group: 5, truncated: 8 });
    transport.deliver(event(3), { group: 28 });
    expect([a.log, b.log]).toEqual([
      ["overrun", "overrun"],
      ["overrun", "overrun", 3],
    ]);
  });

  test("all are told of a transport that failed, and of the end", () => {
    const { transport, channel } = open();
    const [a, b] = [recorder(), recorder()];
    channel.subscribe([1], a);
    transport.deliver(new TransportError("recvmsg", "EIO", 5));
    expect(a.log).toEqual(["ended: TransportError: recvmsg: EIO"]);
    channel.subscribe([1], b);
    channel.close();
    channel.close();
    expect(b.log).toEqual(["ended"]);
  });
});

describe("notifications", () => {
  test("come decoded, in order; several readers take turns; leaving leaves the groups", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    const early = [taken(events, 1), taken(events, 1)];
    transport.deliver(join(event(1), event(2, RTM.delnsid), event(3)), { group: 28 });
    expect((await Promise.all(early)).flat()).toEqual(["newnsid 1", "delnsid 2"]);
    expect(await taken(events, 1)).toEqual(["newnsid 3"]);
    await events.return!();
    expect([[...transport.joined], transport.listening]).toEqual([[], false]);
    expect(await taken(events, 1)).toEqual(["end"]);
  });

  test("that were lost leave a mark, and the stream goes on", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    transport.queue(event(1), { group: 28 });
    transport.queue(ENOBUFS());
    transport.queue(event(2), { group: 28 });
    transport.wake();
    expect(await taken(events, 3)).toEqual(["newnsid 1", "overrun", "newnsid 2"]);
  });

  test.each<[string, Uint8Array, object, unknown[]]>([
    ["a message that cannot be decoded", join(event(1), broken, event(2)), {}, ["newnsid 1", "overrun", "newnsid 2"]],
    ["a length that does not fit", join(event(1), word(400), event(2)), {}, ["newnsid 1", "overrun"]],
    [
      "a datagram cut by the buffer",
      join(event(1), event(2)).subarray(0, 44),
      { truncated: 12 },
      ["newnsid 1", "overrun"],
    ],
    ["a type nobody knows", join(event(1), event(2, 9999), event(3)), {}, ["newnsid 1", "newnsid 3"]],
  ])("%s", async (_, bytes, more, expected) => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    transport.deliver(bytes, { group: 28, ...more });
    channel.close();
    expect(await taken(events, expected.length + 1)).toEqual([...expected, "end"]);
  });

  test("that nobody reads are dropped beyond the limit, with one mark", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28], { limit: 3 });
    for (let i = 1; i <= 10; i++) transport.deliver(event(i), { group: 28 });
    expect(await taken(events, 4)).toEqual(["newnsid 1", "newnsid 2", "newnsid 3", "overrun"]);
    transport.deliver(event(11), { group: 28 });
    expect(await taken(events, 1)).toEqual(["newnsid 11"]);
  });

  test.each([0, 1])("end with the signal, after what is queued: %i queued", async (queued) => {
    const { transport, channel } = open();
    const control = new AbortController();
    const events = notifications(channel, [28], { signal: control.signal });
    if (queued) transport.deliver(event(1), { group: 28 });
    const waiting = queued ? undefined : taken(events, 1);
    control.abort();
    expect([[...transport.joined], transport.listening]).toEqual([[], false]);
    expect(await (waiting ?? taken(events, 2))).toEqual(queued ? ["newnsid 1", "end"] : ["end"]);
  });

  test("with a signal that has gone off already: end at once", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28], { signal: AbortSignal.abort() });
    expect(await taken(events, 1)).toEqual(["end"]);
    expect(transport.listening).toBe(false);
  });

  test("of a transport that failed: what is queued, the error once, the end", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    transport.deliver(event(1), { group: 28 });
    transport.deliver(new TransportError("recvmsg", "EIO", 5));
    expect(await taken(events, 1)).toEqual(["newnsid 1"]);
    await expect(events.next()).rejects.toMatchObject({ code: "EIO" });
    expect(await taken(events, 1)).toEqual(["end"]);
  });

  test("of a transport that failed, to whoever waits", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    const waiting = [events.next(), events.next()];
    const outcomes = Promise.allSettled(waiting);
    transport.deliver(new TransportError("recvmsg", "EIO", 5));
    expect(await outcomes).toMatchObject([{ reason: { code: "EIO" } }, { value: { done: true } }]);
  });

  test("beside requests on the same socket", async () => {
    const { transport, channel } = open();
    const events = notifications(channel, [28]);
    const taker = vi.fn();
    const request = channel.ack(add, {}, taker);
    // One's own change comes as an event with the request's sequence and port.
    transport.deliver(
      bytesOf({ type: RTM.newnsid, sequence: transport.last.sequence, payload: encode(nsid, { nsid: 7 }) }),
      { group: 28 },
    );
    transport.deliver(answerTo(transport.last));
    await request;
    expect(taker).not.toHaveBeenCalled();
    expect(await taken(events, 1)).toEqual(["newnsid 7"]);
    expect(channel.strays).toEqual({ foreign: 0, late: 0 });
  });
});
