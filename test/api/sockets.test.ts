import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { cookieOf, cookieWords } from "../../src/api/sockets/end.ts";
import { socketOwners } from "../../src/api/sockets/owners.ts";
import { SocketRates } from "../../src/api/sockets/rates.ts";
import { SockDiag } from "../../src/api/sockets/sockdiag.ts";
import { unixName } from "../../src/api/sockets/unix-socket.ts";
import { type DecodedMessage, decodeMessage } from "../../src/codec/decode-message.ts";
import { MessageBuilder } from "../../src/codec/nlmsg/message-builder.ts";
import type { Attrs } from "../../src/codec/schema/attrs.ts";
import { s32 } from "../../src/codec/schema/scalar.ts";
import { struct } from "../../src/codec/schema/struct.ts";
import { inet6Sockets, inetSockets } from "../../src/codec/sockdiag/inet.ts";
import { netlinkSocket } from "../../src/codec/sockdiag/netlink.ts";
import { tcpInfo } from "../../src/codec/sockdiag/tcp-info.ts";
import { unixSocket } from "../../src/codec/sockdiag/unix.ts";
import type { Datagram, Transport } from "../../src/transport/transport.ts";

type Obj = Record<string, unknown>;
type Answer = { readonly sockets: readonly (readonly [Attrs, Obj])[] } | { readonly errno: number };
interface Scripted extends Transport {
  readonly requests: { readonly type: number; readonly value: Obj }[];
}

/** A kernel that answers requests by a function of them. */
function scripted(answer: (value: Obj, type: number) => Answer): Scripted {
  const queue: Uint8Array[] = [];
  const requests: { type: number; value: Obj }[] = [];
  const control = struct("", { size: 4 }, { errno: s32 });
  return {
    protocol: 4,
    portId: 1,
    byteOrder: "little",
    closed: false,
    requests,
    send(datagram) {
      const request = decodeMessage(4, datagram, "little") as DecodedMessage & { value: Obj };
      const { type, sequence } = request.header;
      requests.push({ type, value: request.value });
      const result = answer(request.value, type);
      const header = { sequence, portId: 1 };
      if ("errno" in result) {
        const m = new MessageBuilder({ type: 2, flags: 0x100, ...header }, "little");
        m.struct(control, { errno: -result.errno });
        m.bytes(datagram.slice(0, 16));
        queue.push(m.finish());
        return;
      }
      for (const [schema, value] of result.sockets) {
        const m = new MessageBuilder({ type: 20, flags: 2, ...header }, "little");
        m.attributes(schema, value as never);
        queue.push(m.finish());
      }
      const done = new MessageBuilder({ type: 3, flags: 2, ...header }, "little");
      done.struct(control, { errno: 0 });
      queue.push(done.finish());
    },
    receive() {
      const bytes = queue.shift();
      return bytes && ({ bytes, sender: 0, group: 0, truncated: 0, nsid: undefined } satisfies Datagram);
    },
    listen() {},
    join() {},
    leave() {},
    ref() {},
    unref() {},
    close() {},
  };
}
const tcp = (port: number, more: Obj = {}): readonly [Attrs, Obj] => [
  inetSockets.tcp as Attrs,
  { family: 2, state: 1, sport: port, src: "10.0.0.1", dst: "10.0.0.2", cookie: [port, 0], inode: port, ...more },
];
const open = async (answer: (value: Obj, type: number) => Answer) => {
  const transport = scripted(answer);
  return { transport, sockets: await SockDiag.open({ transport }) };
};
const only =
  (...list: readonly (readonly [Attrs, Obj])[]) =>
  ({ family }: Obj): Answer => ({ sockets: family === 2 ? list : [] });

describe("SockDiag on a scripted kernel", () => {
  test("asks for each family, with states, extensions and bytecode", async () => {
    const { sockets, transport } = await open(only(tcp(80)));
    const found = await sockets.list("tcp", {
      filter: "state listening or sport = 80 and state established",
      include: ["info", "congestion"],
    });
    expect(found).toMatchObject([
      { family: "inet", protocol: "tcp", local: { address: "10.0.0.1", port: 80 }, cookie: "0x50" },
    ]);
    expect(transport.requests.map((r) => r.value)).toMatchObject([
      { family: 2, protocol: 6, ext: 0b1110, states: (1 << 1) | (1 << 10) },
      { family: 10, protocol: 6, ext: 0b1110 },
    ]);
    expect(transport.requests[0]!.value).not.toHaveProperty("bytecode");
    await sockets.list("mptcp", { sport: 80, family: "inet" });
    expect(transport.requests.at(-1)?.value).toMatchObject({
      protocol: 6,
      protocol32: 262,
      bytecode: expect.any(Uint8Array),
    });
  });

  test("looks again at what the kernel answers", async () => {
    const { sockets } = await open(only(tcp(80), tcp(81), tcp(82, { state: 10 })));
    expect((await sockets.list("tcp", { filter: "sport >= 81" })).map((s) => s.local.port)).toEqual([81, 82]);
    expect((await sockets.list("tcp", { filter: "not state listening" })).map((s) => s.local.port)).toEqual([80, 81]);
    // What only the kernel knows is as it says.
    expect((await sockets.list("tcp", { filter: "autobound and sport = 80" })).map((s) => s.local.port)).toEqual([80]);
  });

  test("a filter that nothing passes asks nothing", async () => {
    const { sockets, transport } = await open(only(tcp(80)));
    expect(await sockets.list("tcp", { filter: "state listening and state established" })).toEqual([]);
    expect(transport.requests).toEqual([]);
  });

  test("a kernel that does not know the bytecode: the filter runs here", async () => {
    const { sockets, transport } = await open((value) =>
      value.bytecode ? { errno: 22 } : only(tcp(80, { cgroupId: 7n }), tcp(81, { cgroupId: 8n }))(value),
    );
    const query = { cgroup: 7n };
    expect((await sockets.list("tcp", query)).map((s) => s.local.port)).toEqual([80]);
    const streamed: number[] = [];
    for await (const s of sockets.stream("tcp", query)) streamed.push(s.local.port);
    expect(streamed).toEqual([80]);
    expect(transport.requests.filter((r) => r.value.bytecode).length).toBe(4);
  });

  test("and where neither can tell, it says so rather than guess", async () => {
    const { sockets } = await open((value) => (value.bytecode ? { errno: 22 } : only(tcp(80))(value)));
    await expect(sockets.list("tcp", { cgroup: 7n })).rejects.toMatchObject({
      code: "EOPNOTSUPP",
      message: /cannot apply the filter/,
    });
    await expect(sockets.list("tcp", { filter: "autobound" })).rejects.toMatchObject({ code: "EOPNOTSUPP" });
  });

  test("a filter by mark without the right is an error", async () => {
    const { sockets } = await open((value) => (value.bytecode ? { errno: 1 } : only(tcp(80))(value)));
    await expect(sockets.list("tcp", { mark: 1 })).rejects.toMatchObject({
      code: "EPERM",
      operation: "list tcp sockets",
    });
  });

  test("a kind without diagnostics: an error that names it, and no error among all", async () => {
    const { sockets } = await open((value) =>
      value.protocol === 132 || value.family === 44
        ? { errno: 2 }
        : only(tcp(80))({ family: value.protocol === 6 && !value.protocol32 ? value.family : 0 }),
    );
    await expect(sockets.list("sctp")).rejects.toMatchObject({
      code: "EOPNOTSUPP",
      message: "list sctp sockets: this kernel has no socket diagnostics for sctp (EOPNOTSUPP)",
    });
    await expect(sockets.list(["tcp", "xdp"])).rejects.toThrow("for xdp");
    expect(await sockets.list("all")).toHaveLength(1);
    expect(await sockets.summary()).toEqual({ tcp: { total: 1, states: { established: 1 } } });
  });

  test("netlink sockets that the kernel shows twice are told once", async () => {
    const one = [netlinkSocket as Attrs, { family: 16, portid: 5, cookie: [9, 0], groups: [0x41, 0, 1] }] as const;
    const { sockets } = await open(() => ({ sockets: [one, one] }));
    expect(await sockets.list("netlink")).toMatchObject([{ portId: 5, groups: [1, 7, 65], netlinkProtocol: "rtnl" }]);
  });

  test("names of the other end are looked up for a filter of unix sockets", async () => {
    const name = (text: string) => new TextEncoder().encode(text);
    const { sockets, transport } = await open(() => ({
      sockets: [
        [unixSocket as Attrs, { family: 1, type: 1, state: 1, ino: 1, peer: 2, cookie: [1, 0] }],
        [unixSocket as Attrs, { family: 1, type: 1, state: 1, ino: 2, peer: 1, cookie: [2, 0], name: name("/run/x") }],
        [unixSocket as Attrs, { family: 1, type: 5, state: 7, ino: 3, cookie: [3, 0], name: name("\0abstract") }],
      ],
    }));
    expect((await sockets.list("unix", { filter: "dst /run/*" })).map((s) => s.inode)).toEqual([1]);
    expect(transport.requests).toHaveLength(2);
    expect(await sockets.list("unix", { filter: "src @abs*" })).toMatchObject([
      { abstractName: "abstract", type: "seqpacket", state: "close" },
    ]);
    expect(transport.requests).toHaveLength(3);
  });

  test("a socket is destroyed by all that it is known by", async () => {
    const { sockets, transport } = await open((value, type) =>
      type === 21 ? { errno: 0 } : only(tcp(80, { cookie: [1, 2] }))(value),
    );
    const [socket] = await sockets.list("tcp");
    expect(await sockets.destroy(socket!)).toBe(true);
    expect(transport.requests.at(-1)).toMatchObject({
      type: 21,
      value: { family: 2, protocol: 6, sport: 80, src: "10.0.0.1", dst: "10.0.0.2", cookie: [1, 2] },
    });
  });

  test.each([
    ["list", "nosuch", {}, /"nosuch" is not one of tcp, udp/],
    ["list", [], {}, /is not one of tcp/],
    ["list", "tcp", { nosuch: 1 }, /sockets.nosuch: there is no such option; there are filter, states/],
    ["list", "tcp", { filter: "sport" }, /at 5: expected a port, found the end/],
    ["list", "tcp", { filter: { kind: "nosuch" } }, /sockets.filter: not an expression/],
    ["list", "tcp", { filter: 5 }, /sockets.filter: not an expression/],
    ["list", "tcp", { states: "nosuch" }, /sockets.states: "nosuch" is not one of established/],
    ["list", "tcp", { states: ["established", "x"] }, /sockets.states: "x"/],
    ["list", "tcp", { family: "unix" }, /sockets.family: "unix" is not inet or inet6/],
    ["list", "tcp", { src: "nosuch" }, /sockets.src: "nosuch" is not an IP address/],
    ["list", "tcp", { dst: 5 }, /sockets.dst: 5 is not an address/],
    ["list", "tcp", { sport: "nosuch" }, /sockets.sport: "nosuch" is not a port/],
    ["list", "tcp", { sport: -1 }, /sockets.sport: -1 is not an integer/],
    ["list", "tcp", { dport: "20-10" }, /sockets.dport: 20 is more than 10/],
    ["list", "tcp", { dport: "1-70000" }, /sockets.dport: 70000 is not an integer/],
    ["list", "tcp", { mark: "x" }, /sockets.mark: "x" is not a mark/],
    ["list", "tcp", { mark: -1 }, /sockets.mark: -1/],
    ["list", "tcp", { dev: "eth0" }, /device eth0 by name needs a routeTransport/],
    ["list", "tcp", { cgroup: "/no/such/group" }, /cgroup not found/],
    ["list", "tcp", { include: ["nosuch"] }, /sockets.include: "nosuch" is not one of memory/],
    ["destroyMatching", "tcp", {}, /needs a filter/],
    ["destroyMatching", "tcp", { include: "all" }, /needs a filter/],
    ["destroyMatching", "unix", { filter: "autobound" }, /a unix socket cannot be destroyed/],
  ] as const)("%s %j %j: refused before anything is sent", async (method, kind, query, message) => {
    const { sockets, transport } = await open(only());
    const call = method === "list" ? sockets.list.bind(sockets) : sockets.destroyMatching.bind(sockets);
    await expect(
      (call as (kind: never, query: never) => Promise<unknown>)(kind as never, query as never),
    ).rejects.toThrow(message);
    expect(transport.requests).toEqual([]);
  });

  test("a closed one says so", async () => {
    const { sockets } = await open(only());
    sockets.close();
    await expect(sockets.list("tcp")).rejects.toMatchObject({ code: "EBADF", message: /connection is closed/ });
  });

  test("IPv6, timers, devices by index, and bits of the kernel's own", async () => {
    const six = [
      inet6Sockets.tcp as Attrs,
      {
        family: 10, state: 6, timer: 3, expires: 1500, retrans: 2, src: "2001:db8::1", dst: "2001:db8::2", sport: 1, dport: 2,
        ifindex: 7, cookie: [0, 1], shutdown: 3, skv6only: 1, sockopt: { low: 2, high: 1 },
      },
    ] as const; // biome-ignore format: one socket
    const { sockets } = await open(({ family }) => ({ sockets: family === 10 ? [six] : [] }));
    expect(await sockets.list("tcp")).toMatchObject([
      {
        family: "inet6",
        state: "time-wait",
        dev: 7,
        cookie: "0x100000000",
        timer: { kind: "time-wait", expiresMs: 1500, retransmits: 2 },
        shutdown: ["receive", "send"],
        v6only: true,
        options: ["isIcsk", "bindAddressNoPort"],
      },
    ]);
  });
});

test("cookies are 64 bits of hex", () => {
  expect(cookieOf([0x1234, 0])).toBe("0x1234");
  expect(cookieOf([0xffffffff, 0xffffffff])).toBe("0xffffffffffffffff");
  for (const words of [
    [1, 0],
    [0xffffffff, 1],
    [0, 0x80000000],
  ])
    expect(cookieWords(cookieOf(words))).toEqual(words);
});

test("names of unix sockets", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(unixName(undefined)).toBeUndefined();
  expect(unixName(bytes(""))).toBeUndefined();
  expect(unixName(bytes("/run/x"))).toBe("/run/x");
  expect(unixName(bytes("/run/x\0"))).toBe("/run/x");
  expect(unixName(bytes("\0a\0b"))).toBe("@a@b");
  expect(unixName(Uint8Array.of(0, 0xff))).toBe("@\ufffd");
});

describe("rates", () => {
  const info = (counters: Obj) =>
    Object.fromEntries([...Object.keys(tcpInfo.members).map((k) => [k, 0]), ...Object.entries(counters)]);
  const socket = (cookie: string, counters: Obj) => ({ protocol: "tcp", cookie, info: info(counters) }) as never;

  test("between two lists, by cookie", () => {
    const rates = new SocketRates();
    expect(rates.update([socket("0x1", { bytesAcked: 100, bytesReceived: 10, segsOut: 1 })], 1000)).toEqual([]);
    const second = [
      socket("0x1", { bytesAcked: 600, bytesReceived: 10, segsOut: 6, totalRetrans: 1 }),
      socket("0x2", { bytesAcked: 9 }),
    ];
    expect(rates.update(second, 1500)).toEqual([
      {
        socket: second[0],
        sentBytesPerSecond: 1000,
        receivedBytesPerSecond: 0,
        segmentsOutPerSecond: 10,
        segmentsInPerSecond: 0,
        retransmitsPerSecond: 2,
        retransmittedBytesPerSecond: 0,
        intervalMs: 500,
      },
    ]);
    expect(rates.size).toBe(2);
  });

  test("what is gone is forgotten, what has no counters is left out, and no time gives no rate", () => {
    const rates = new SocketRates();
    rates.update([socket("0x1", { bytesAcked: 1 })], 0);
    rates.update([], 10);
    expect(rates.size).toBe(0);
    expect(rates.update([socket("0x1", { bytesAcked: 5 })], 20)).toEqual([]);
    expect(rates.update([socket("0x1", { bytesAcked: 6 })], 20)).toEqual([]);
    expect(
      rates.update([{ protocol: "udp", cookie: "0x1" } as never, socket("0x3", { bytesAcked: undefined })], 30),
    ).toEqual([]);
    expect(rates.size).toBe(0);
  });
});

describe("owners", () => {
  let proc: string;
  afterEach(() => rmSync(proc, { recursive: true, force: true }));

  test("inode to process and descriptor; what is no process, no socket or gone is passed over", async () => {
    proc = mkdtempSync(join(tmpdir(), "proc-"));
    const process = (pid: string, comm: string, fds: { readonly [fd: string]: string }) => {
      mkdirSync(join(proc, pid, "fd"), { recursive: true });
      writeFileSync(join(proc, pid, "comm"), `${comm}\n`);
      for (const fd in fds) symlinkSync(fds[fd]!, join(proc, pid, "fd", fd));
    };
    process("12", "server (1)", { 3: "socket:[100]", 4: "/dev/null", 5: "socket:[101]" });
    process("13", "child", { 3: "socket:[100]" });
    mkdirSync(join(proc, "14"));
    mkdirSync(join(proc, "self"));
    writeFileSync(join(proc, "15"), "");
    const owners = await socketOwners(proc);
    expect(owners).toEqual(
      new Map([
        [
          100,
          [
            { pid: 12, comm: "server (1)", fd: 3 },
            { pid: 13, comm: "child", fd: 3 },
          ],
        ],
        [101, [{ pid: 12, comm: "server (1)", fd: 5 }]],
      ]),
    );
  });
});
