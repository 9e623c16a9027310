/** Requests and batches over a transport without a kernel: what goes wrong, and what of it whoever asked is told. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { Channel, type Message } from "../../src/api/channel.ts";
import type { NetlinkError } from "../../src/api/errors.ts";
import { NLM_F_ACK, NLM_F_ECHO, type RawMessage } from "../../src/codec/nlmsg/header.ts";
import { link } from "../../src/codec/rtnetlink/link/link.ts";
import { nsid } from "../../src/codec/rtnetlink/nsid.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { CodecError } from "../../src/codec/wire/error.ts";
import type { ByteOrder } from "../../src/codec/wire/order.ts";
import { TransportError } from "../../src/transport/transport.ts";
import { answerTo, attribute, bytesOf, ENOBUFS, join, PORT, StubTransport, word } from "../support/stub-transport.ts";

const get: Message = { type: RTM.getnsid, schema: nsid, value: { nsid: 7 } };
const add: Message = { type: RTM.newnsid, schema: nsid, value: { nsid: 7, fd: 3 } };
const answer = (request: RawMessage, more: object = {}) =>
  bytesOf({ type: RTM.newnsid, sequence: request.sequence, payload: new Uint8Array(4), ...more });
const utf8 = (text: string) => new TextEncoder().encode(`${text}\0`);

function open(order?: ByteOrder, timeout?: number) {
  const transport = new StubTransport(order);
  return { transport, channel: new Channel(transport, { timeout }) };
}
/** The error that a request ends with. */
const failure = (request: Promise<unknown>): Promise<NetlinkError> =>
  request.then(
    () => expect.fail("it did not fail"),
    (e) => e,
  );
/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return done;
}
/** Nothing that belongs to a request is left behind. */
function expectIdle({ transport, channel }: ReturnType<typeof open>) {
  if (!channel.closed) expect([transport.listening, transport.referenced]).toEqual([false, false]);
  expect(vi.isFakeTimers() ? vi.getTimerCount() : 0).toBe(0);
}
afterEach(() => vi.useRealTimers());

describe("an answer that never comes", () => {
  test.each([
    ["the channel's time", 500, undefined, 500],
    ["the request's own time", 500, 20, 20],
    ["30 seconds if nobody says", undefined, undefined, 30_000],
  ])("%s is up", async (_, ofChannel, ofRequest, ms) => {
    vi.useFakeTimers();
    const both = open(undefined, ofChannel);
    const request = failure(both.channel.ack(add, { timeout: ofRequest, operation: "add nsid 7" }));
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(await settled(request)).toBe(false);
    expect(both.transport.referenced).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(await request).toMatchObject({
      code: "ETIMEDOUT",
      errno: 0,
      message: `add nsid 7: no answer within ${ms} ms (ETIMEDOUT)`,
    });
    expectIdle(both);
  });

  test("a short time beside a long one: each at its own", async () => {
    vi.useFakeTimers();
    const both = open();
    const long = failure(both.channel.ack(add, { timeout: 1000 }));
    const short = failure(both.channel.ack(add, { timeout: 10 }));
    await vi.advanceTimersByTimeAsync(10);
    expect([await settled(long), await settled(short)]).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(990);
    expect((await long).code).toBe("ETIMEDOUT");
    expectIdle(both);
  });

  test("a time longer than a timer can be does not go off at once", async () => {
    vi.useFakeTimers();
    const both = open();
    const request = failure(both.channel.ack(add, { timeout: 2 ** 40 }));
    await vi.advanceTimersByTimeAsync(100_000);
    expect(await settled(request)).toBe(false);
    both.channel.close();
    expect((await request).code).toBe("EBADF");
    expectIdle(both);
  });

  test("no time, and an infinite one, wait for ever", async () => {
    vi.useFakeTimers();
    const both = open();
    const { transport, channel } = both;
    const requests = [0, Number.POSITIVE_INFINITY].map((timeout) => channel.ack(add, { timeout }));
    await vi.advanceTimersByTimeAsync(10_000_000);
    for (const request of transport.requests) transport.deliver(answerTo(request));
    await Promise.all(requests);
    expectIdle(both);
  });

  test("each message of an answer starts the time anew", async () => {
    vi.useFakeTimers();
    const { transport, channel } = open(undefined, 100);
    const request = channel.ack(add);
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(80);
      transport.deliver(answer(transport.last));
    }
    expect(await settled(request)).toBe(false);
    transport.deliver(answerTo(transport.last));
    await request;
  });

  test.each([-1, Number.NaN, "100" as never])("a time of %s is refused before anything is sent", async (timeout) => {
    const { transport, channel } = open();
    expect(await failure(channel.ack(add, { timeout }))).toMatchObject({ name: "OptionError", option: "timeout" });
    expect(await failure(channel.batch([add], { timeout }))).toMatchObject({ name: "OptionError" });
    expect(() => new Channel(transport, { timeout })).toThrow("is not a number of milliseconds");
    expect(transport.requests).toEqual([]);
  });

  test("an answer after the time was up is counted, and ends nothing else", async () => {
    vi.useFakeTimers();
    const { transport, channel } = open(undefined, 10);
    const first = failure(channel.ack(add));
    await vi.advanceTimersByTimeAsync(10);
    expect((await first).code).toBe("ETIMEDOUT");
    const second = channel.ack(add);
    transport.deliver(answerTo(transport.requests[0]!));
    expect(await settled(second)).toBe(false);
    expect(channel.strays).toEqual({ foreign: 0, late: 1 });
    transport.deliver(answerTo(transport.requests[1]!));
    await second;
  });
});

describe("a request that is given up", () => {
  test("before it is sent, nothing is", async () => {
    const { transport, channel } = open();
    const signal = AbortSignal.abort("no need");
    expect(await failure(channel.ack(add, { signal }))).toMatchObject({ code: "ECANCELED", cause: "no need" });
    expect(await failure(channel.reply(get, () => {}, { signal }))).toMatchObject({ code: "ECANCELED" });
    expect(await failure(channel.batch([add], { signal }))).toMatchObject({ code: "ECANCELED" });
    expect(transport.requests).toEqual([]);
  });

  test("while it waits: it ends at once, and its answer is late", async () => {
    const both = open();
    const { transport, channel } = both;
    const control = new AbortController();
    const request = failure(channel.ack(add, { signal: control.signal }));
    control.abort(new Error("changed my mind"));
    const error = await request;
    expect(error).toMatchObject({ code: "ECANCELED", message: "request: aborted (ECANCELED)" });
    expect(error.cause).toMatchObject({ message: "changed my mind" });
    expectIdle(both);
    const other = channel.ack(add);
    transport.deliver(join(answerTo(transport.requests[0]!), answerTo(transport.last)));
    await other;
    expect(channel.strays.late).toBe(1);
  });

  test("a hundred requests put one listener on their signal: Node warns of a leak from eleven on", async () => {
    const { transport, channel } = open();
    const control = new AbortController();
    const added = vi.spyOn(control.signal, "addEventListener");
    const removed = vi.spyOn(control.signal, "removeEventListener");
    const options = { signal: control.signal };
    const all = [channel.batch(Array(99).fill(add), options), channel.ack(add, options)];
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 0]);
    for (const request of transport.requests.slice(98)) transport.queue(answerTo(request));
    transport.wake();
    await Promise.all(all);
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1]);
  });

  test("a signal that goes off afterwards does nothing, and holds nothing", async () => {
    const { transport, channel } = open();
    const control = new AbortController();
    const listeners = vi.spyOn(control.signal, "removeEventListener");
    transport.onSend = ([request]) => transport.queue(answerTo(request!));
    await channel.ack(add, { signal: control.signal });
    expect(listeners).toHaveBeenCalledOnce();
    control.abort();
  });
});

describe("datagrams that answer nothing", () => {
  test.each<[string, (r: RawMessage) => Uint8Array, object, object]>([
    ["of another process", (r) => answerTo(r), { sender: 4711 }, { foreign: 1, late: 0 }],
    ["with another sequence number", (r) => answerTo({ ...r, sequence: 99 }), {}, { foreign: 0, late: 1 }],
    ["with sequence number 0, as events have", (r) => answerTo({ ...r, sequence: 0 }), {}, { foreign: 0, late: 1 }],
    ["to another port", (r) => answer(r, { portId: PORT + 1 }), {}, { foreign: 0, late: 1 }],
    ["shorter than a header", () => new Uint8Array(15), {}, { foreign: 0, late: 0 }],
    ["without bytes", () => new Uint8Array(0), {}, { foreign: 0, late: 0 }],
    ["NLMSG_NOOP", () => bytesOf({ type: 1, sequence: 0, portId: 0 }), {}, { foreign: 0, late: 0 }],
    ["an event", (r) => answer(r, { sequence: 0, portId: 0 }), { group: 28 }, { foreign: 0, late: 0 }],
    ["the event of one's own change", (r) => answer(r), { group: 28 }, { foreign: 0, late: 0 }],
  ])("%s: ignored, counted", async (_, make, more, strays) => {
    const { transport, channel } = open();
    const taken: number[] = [];
    const request = channel.reply(get, (type) => taken.push(type));
    transport.deliver(make(transport.last), more);
    expect(await settled(request)).toBe(false);
    expect(taken).toEqual([]);
    expect(channel.strays).toEqual(strays);
    transport.deliver(answer(transport.last));
    await request;
    expect(taken).toEqual([RTM.newnsid]);
  });

  test("a length that does not fit ends the datagram: what came before it counts", async () => {
    const { transport, channel } = open();
    const first = channel.ack(add);
    const second = channel.ack(add);
    const [a, b] = transport.requests.map((r) => answerTo(r)) as [Uint8Array, Uint8Array];
    for (const length of [0, 15, b.length + 1, 0xffffffff]) {
      const broken = b.slice();
      broken.set(word(length), 0);
      transport.deliver(broken);
    }
    expect(await settled(second)).toBe(false);
    transport.deliver(join(a, b));
    await Promise.all([first, second]);
  });

  test("an answer that breaks off is the error of whoever waits for it", async () => {
    const { transport, channel } = open();
    const request = failure(channel.ack(add));
    const bytes = join(answer(transport.last), answerTo(transport.last));
    transport.deliver(bytes.subarray(0, bytes.length - 4));
    expect(await request).toBeInstanceOf(CodecError);
  });
});

describe("answers", () => {
  test.each<ByteOrder>(["little", "big"])("many at once, in any order, each to its own: %s-endian", async (order) => {
    const { transport, channel } = open(order);
    const requests = [1, 2, 3, 4].map(() => channel.ack(add));
    const errors = requests.map((request) =>
      request.then(
        () => "done",
        (e) => e.code,
      ),
    );
    const [a, b, c, d] = transport.requests as [RawMessage, RawMessage, RawMessage, RawMessage];
    transport.deliver(answerTo(d, 0, { order }));
    transport.deliver(join(answerTo(b, 17, { order }), answerTo(a, 0, { order })));
    transport.deliver(answerTo(c, 1, { order, whole: true }));
    expect(await Promise.all(errors)).toEqual(["done", "EEXIST", "EPERM", "done"]);
  });

  test("that are queued when `send` returns are read at once, without the event loop", async () => {
    const both = open();
    both.transport.onSend = ([request]) => both.transport.queue(answerTo(request!));
    expect(await settled(both.channel.ack(add))).toBe(true);
    expectIdle(both);
  });

  test("NLM_F_ECHO: the change's own notification is the answer, group and all", async () => {
    const { transport, channel } = open();
    const taken: number[] = [];
    const request = channel.ack({ ...add, flags: NLM_F_ECHO }, {}, (type) => taken.push(type));
    expect(transport.last.flags).toBe(1 | NLM_F_ACK | NLM_F_ECHO);
    transport.deliver(answer(transport.last), { group: 28 });
    transport.deliver(answer({ ...transport.last, sequence: 0 }), { group: 28 });
    transport.deliver(answerTo(transport.last));
    await request;
    expect(taken).toEqual([RTM.newnsid]);
    expect(channel.strays.late).toBe(0);
  });

  test("of several parts: all are taken, up to the end", async () => {
    const { transport, channel } = open();
    const taken: number[] = [];
    const request = channel.reply(get, (type) => taken.push(type));
    const other = channel.ack(add);
    const [mine, others] = transport.requests as [RawMessage, RawMessage];
    transport.deliver(join(answer(mine, { flags: 2 }), answerTo(others), answer(mine, { flags: 2 })));
    await other;
    expect(await settled(request)).toBe(false);
    transport.deliver(bytesOf({ type: 3, flags: 2, sequence: mine.sequence, payload: word(0) }));
    await request;
    expect(taken).toEqual([RTM.newnsid, RTM.newnsid]);
  });

  test("an acknowledgement where an answer was due is an answer lost", async () => {
    const { transport, channel } = open();
    const request = failure(channel.reply(get, () => {}));
    transport.deliver(answerTo(transport.last));
    expect((await request).code).toBe("ENOBUFS");
  });

  test("what the taker throws is the request's error", async () => {
    const { transport, channel } = open();
    const request = failure(
      channel.reply(get, () => {
        throw new RangeError("mine");
      }),
    );
    transport.deliver(answer(transport.last));
    expect(await request).toMatchObject({ name: "RangeError", message: "mine" });
  });

  test("a taker that asks for more is served", async () => {
    const { transport, channel } = open();
    transport.onSend = ([request]) =>
      transport.queue(request!.type === RTM.getnsid ? answer(request!) : answerTo(request!));
    let inner: Promise<void> | undefined;
    await channel.reply(get, () => {
      inner = channel.ack(add);
    });
    await inner;
    expect(transport.requests.length).toBe(2);
  });
});

describe("refusals", () => {
  const vlan: Message = {
    type: RTM.newlink,
    schema: link,
    value: { ifname: "v", linkinfo: { kind: "vlan", data: { id: 4095 } } },
  };
  /** Offset of vlan's id: header, ifinfomsg, IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_INFO_DATA. */
  const ID = 16 + 16 + 8 + 4 + 12 + 4;
  const refused = async (message: Message, errno: number, tlvs: Uint8Array, whole: boolean, order?: ByteOrder) => {
    const { transport, channel } = open(order);
    const request = failure(channel.ack(message, { operation: "add link v" }));
    transport.deliver(answerTo(transport.last, errno, { tlvs, whole, ...(order ? { order } : {}) }));
    return request;
  };

  test.each([
    ["capped", false],
    ["with the whole request", true],
  ])("name the kernel's words and the attribute, %s", async (_, whole) => {
    const tlvs = join(attribute(1, utf8("Invalid VLAN id")), attribute(2, word(ID)), attribute(3, word(5)));
    expect(await refused(vlan, 34, tlvs, whole)).toMatchObject({
      name: "NetlinkError",
      code: "ERANGE",
      errno: 34,
      operation: "add link v",
      kernelMessage: "Invalid VLAN id",
      attribute: "linkinfo.data.id",
      offset: ID,
      cookie: word(5),
      message: "add link v: Invalid VLAN id (ERANGE), at: linkinfo.data.id",
    });
  });

  test.each<ByteOrder>(["little", "big"])("name what is missing: %s-endian", async (order) => {
    const LINKINFO = 16 + 16 + 8;
    const tlvs = join(
      attribute(5, word(1, order), order), // IFLA_INFO_KIND
      attribute(6, word(LINKINFO, order), order),
    );
    expect(await refused({ ...vlan, value: { ifname: "v", linkinfo: {} } }, 22, tlvs, false, order)).toMatchObject({
      code: "EINVAL",
      missing: "linkinfo.kind",
      message: "add link v: Invalid argument (EINVAL), missing: linkinfo.kind",
    });
  });

  test.each([
    ["no details", new Uint8Array(0), {}],
    ["an offset behind the request", attribute(2, word(4000)), { attribute: undefined, offset: 4000 }],
    ["a negative offset", attribute(2, word(-1)), { attribute: undefined }],
    ["details that break off", join(attribute(1, utf8("x")), word(0x00010040)), { cause: expect.any(CodecError) }],
    ["an offset of two bytes", attribute(2, new Uint8Array(2)), { offset: undefined }],
  ])("stand all the same with %s", async (_, tlvs, more) => {
    expect(await refused(vlan, 22, tlvs, false)).toMatchObject({ code: "EINVAL", errno: 22, ...more });
  });

  test("stand where the request's value has changed since, and cannot be encoded", async () => {
    const { transport, channel } = open();
    const value = { ifname: "v", linkinfo: { kind: "vlan", data: { id: 4095 } } };
    const request = failure(channel.ack({ type: RTM.newlink, schema: link, value } as Message));
    value.linkinfo.data.id = -1;
    transport.deliver(answerTo(transport.last, 34, { tlvs: attribute(2, word(ID)) }));
    expect(await request).toMatchObject({ code: "ERANGE", cause: expect.any(CodecError) });
  });

  test.each([0, 3])("an NLMSG_ERROR with a payload of %i bytes is an error", async (n) => {
    const { transport, channel } = open();
    const request = failure(channel.ack(add));
    transport.deliver(bytesOf({ type: 2, sequence: transport.last.sequence, payload: new Uint8Array(n) }));
    expect(await request).toBeInstanceOf(CodecError);
  });

  test("a positive number is as good as a negative one", async () => {
    const { transport, channel } = open();
    const request = failure(channel.ack(add));
    transport.deliver(answerTo(transport.last, -17));
    expect(await request).toMatchObject({ code: "EEXIST", errno: 17 });
  });

  test("a value that cannot be encoded is refused before anything is sent", async () => {
    const { transport, channel } = open();
    expect(await failure(channel.ack({ ...add, value: { nsid: 2 ** 31 } }))).toMatchObject({
      name: "CodecError",
      path: "nsid.nsid",
    });
    expect(transport.datagrams).toEqual([]);
  });
});

describe("lost datagrams", () => {
  test("an answer that is not there after ENOBUFS is lost; one that survived counts", async () => {
    const both = open();
    const { transport, channel } = both;
    const lost = failure(channel.ack(add, { operation: "add nsid 7" }));
    const survived = channel.ack(add);
    transport.queue(ENOBUFS());
    transport.queue(answerTo(transport.last));
    transport.wake();
    await survived;
    expect(await lost).toMatchObject({ code: "ENOBUFS", message: "add nsid 7: the answer was lost (ENOBUFS)" });
    expectIdle(both);
  });

  test("NLMSG_OVERRUN ends its request", async () => {
    const { transport, channel } = open();
    const request = failure(channel.ack(add));
    transport.deliver(bytesOf({ type: 4, sequence: transport.last.sequence }));
    expect((await request).code).toBe("ENOBUFS");
  });

  test("a datagram cut by the buffer is an answer lost", async () => {
    const both = open();
    const { transport, channel } = both;
    const request = failure(channel.reply(get, () => {}));
    const whole = answer(transport.last, { payload: new Uint8Array(100) });
    transport.deliver(whole.subarray(0, 32), { truncated: whole.length - 32 });
    expect((await request).code).toBe("ENOBUFS");
    expectIdle(both);
  });
});

describe("a transport that fails", () => {
  test("while sending: the request's error, and nothing pends", async () => {
    const both = open();
    both.transport.onSend = () => {
      throw new TransportError("sendto", "ENOMEM", 12);
    };
    expect(await failure(both.channel.ack(add))).toMatchObject({ name: "TransportError", code: "ENOMEM" });
    expect(await both.channel.batch([add, add])).toMatchObject([{ code: "ENOMEM" }, { code: "ENOMEM" }]);
    expectIdle(both);
  });

  test("while receiving: everyone's error, at once", async () => {
    const both = open();
    const requests = [both.channel.ack(add), both.channel.reply(get, () => {})].map(failure);
    both.transport.deliver(new TransportError("recvmsg", "EIO", 5));
    expect((await Promise.all(requests)).map((e) => e.code)).toEqual(["EIO", "EIO"]);
    expectIdle(both);
  });

  test("closed by its owner: an error, not silence", async () => {
    const { transport, channel } = open();
    transport.close();
    expect(await failure(channel.ack(add))).toMatchObject({ name: "TransportError", code: "EBADF" });
  });
});

describe("closing", () => {
  test("rejects what is pending; later requests fail before anything is sent; twice is once", async () => {
    vi.useFakeTimers();
    const both = open();
    const { transport, channel } = both;
    const request = failure(channel.ack(add, { operation: "add nsid 7" }));
    const batch = channel.batch([add, add]);
    channel.close();
    channel.close();
    expect(await request).toMatchObject({
      code: "EBADF",
      errno: 0,
      message: "add nsid 7: the connection is closed (EBADF)",
    });
    expect(await batch).toMatchObject([{ code: "EBADF" }, { code: "EBADF" }]);
    expect((await failure(channel.ack(add))).code).toBe("EBADF");
    expect((await failure(channel.dump(get, () => {}))).code).toBe("EBADF");
    expect(() => channel.subscribe([1], { take() {}, overrun() {} })).toThrow("closed");
    expect(transport.requests.length).toBe(3);
    expect(transport.closed).toBe(true);
    expectIdle(both);
  });

  test("from within a taker", async () => {
    const { transport, channel } = open();
    const request = failure(channel.reply(get, () => channel.close()));
    transport.deliver(join(answer(transport.last, { flags: 2 }), answer(transport.last)));
    expect((await request).code).toBe("EBADF");
  });
});

describe("batches", () => {
  const bad: Message = { ...add, value: { nsid: 2 ** 31 } };
  /** Answers as the kernel does: failures in any case, success where it was asked for. */
  const kernel = (transport: StubTransport, errnoOf: (index: number) => number) => {
    let index = 0;
    transport.onSend = (requests) => {
      for (const request of requests) {
        const errno = errnoOf(index++);
        if (errno !== 0 || request.flags & NLM_F_ACK) transport.queue(answerTo(request, errno));
      }
    };
  };
  const codes = (results: readonly (Error | undefined)[]) => results.map((e) => (e as NetlinkError | undefined)?.code);

  test.each([
    ["all succeed", [0, 0, 0], [undefined, undefined, undefined]],
    ["one in the middle fails", [0, 17, 0], [undefined, "EEXIST", undefined]],
    ["the last fails", [0, 0, 17], [undefined, undefined, "EEXIST"]],
    ["all fail", [1, 1, 1], ["EPERM", "EPERM", "EPERM"]],
  ])("%s", async (_, errnos, expected) => {
    const both = open();
    kernel(both.transport, (i) => errnos[i]!);
    const results = await both.channel.batch([add, add, add], { operations: (i) => `add number ${i}` });
    expect(codes(results)).toEqual(expected);
    // There were holes: a filter for what succeeded skipped it.
    expect(Object.keys(results)).toEqual(["0", "1", "2"]);
    for (const [i, error] of results.entries()) if (error) expect(error.message).toMatch(`add number ${i}: `);
    // One datagram, and one acknowledgement asked for.
    expect(both.transport.datagrams).toEqual([3]);
    expect(both.transport.requests.map((r) => r.flags & NLM_F_ACK)).toEqual([0, 0, NLM_F_ACK]);
    expectIdle(both);
  });

  test.each([
    ["first", [bad, add, add], [CodecError, undefined, undefined]],
    ["in the middle", [add, bad, add], [undefined, CodecError, undefined]],
    ["last", [add, add, bad], [undefined, undefined, CodecError]],
    ["alone", [bad], [CodecError]],
  ])("one that cannot be encoded, %s, fails by itself", async (_, messages, expected) => {
    const { transport, channel } = open();
    kernel(transport, () => 0);
    const results = await channel.batch(messages);
    expect(results.map((e) => e?.constructor)).toEqual(expected);
    expect(transport.requests.length).toBe(messages.filter((m) => m === add).length);
    expect(transport.requests.filter((r) => r.flags & NLM_F_ACK).length).toBe(transport.requests.length > 0 ? 1 : 0);
  });

  test("nothing to do sends nothing", async () => {
    const { transport, channel } = open();
    expect(await channel.batch([])).toEqual([]);
    expect(transport.datagrams).toEqual([]);
  });

  test("128 at a time: each datagram's answers are read before the next is sent", async () => {
    const { transport, channel } = open();
    kernel(transport, (i) => (i % 100 === 99 ? 17 : 0));
    const results = await channel.batch(Array.from({ length: 300 }, () => add));
    expect(transport.datagrams).toEqual([128, 128, 44]);
    expect(results.flatMap((e, i) => (e ? [i] : []))).toEqual([99, 199, 299]);
  });

  test("an acknowledgement lost to ENOBUFS: what failed is known, the rest is lost", async () => {
    const both = open();
    const { transport, channel } = both;
    transport.onSend = ([, second]) => {
      transport.queue(answerTo(second!, 17));
      transport.queue(ENOBUFS());
    };
    expect(codes(await channel.batch([add, add, add]))).toEqual(["ENOBUFS", "EEXIST", "ENOBUFS"]);
    expectIdle(both);
  });

  test("an acknowledgement that never comes: the rest has timed out", async () => {
    vi.useFakeTimers();
    const both = open(undefined, 50);
    both.transport.onSend = ([first]) => both.transport.queue(answerTo(first!, 17));
    const results = both.channel.batch([add, add, add]);
    await vi.advanceTimersByTimeAsync(50);
    expect(codes(await results)).toEqual(["EEXIST", "ETIMEDOUT", "ETIMEDOUT"]);
    expectIdle(both);
  });

  test("given up between two datagrams: what was sent has its result, the rest the reason", async () => {
    const { transport, channel } = open();
    const control = new AbortController();
    kernel(transport, (i) => {
      if (i === 127) queueMicrotask(() => control.abort());
      return 0;
    });
    const results = await channel.batch(
      Array.from({ length: 200 }, () => add),
      { signal: control.signal },
    );
    expect(transport.datagrams).toEqual([128]);
    expect(codes(results)).toEqual([...Array(128).fill(undefined), ...Array(72).fill("ECANCELED")]);
  });

  test("given up while it waits: nothing is left pending", async () => {
    const both = open();
    const control = new AbortController();
    const results = both.channel.batch([add, add], { signal: control.signal });
    control.abort();
    expect(codes(await results)).toEqual(["ECANCELED", "ECANCELED"]);
    expectIdle(both);
  });

  test("requests of others may run beside it", async () => {
    const { transport, channel } = open();
    const batch = channel.batch([add, add]);
    const single = channel.ack(add);
    const [a, b, c] = transport.requests as [RawMessage, RawMessage, RawMessage];
    transport.deliver(answerTo(c));
    await single;
    expect(await settled(batch)).toBe(false);
    transport.deliver(join(answerTo(a, 17), answerTo(b)));
    expect(codes(await batch)).toEqual(["EEXIST", undefined]);
  });
});
