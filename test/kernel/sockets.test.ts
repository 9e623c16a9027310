import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPermissionDenied, NetlinkError } from "../../src/api/errors.ts";
import type { InetSocket, TcpSocket } from "../../src/api/sockets/inet-socket.ts";
import { inetMessage } from "../../src/api/sockets/request.ts";
import { inetSubject } from "../../src/api/sockets/subject.ts";
import { compileFilter } from "../../src/codec/sockdiag/filter/bytecode.ts";
import { FilterError } from "../../src/codec/sockdiag/filter/error.ts";
import { matcher } from "../../src/codec/sockdiag/filter/match.ts";
import { type InetMessage, inet6Sockets, inetSockets } from "../../src/codec/sockdiag/inet.ts";
import { ALL_STATES } from "../../src/codec/sockdiag/state.ts";
import { filters, textOf, type World } from "../codec/sockdiag/filters.ts";
import { noKernel, titled } from "../support/netns.ts";
import {
  byKey,
  inetWords,
  netlinkKey,
  packetWords,
  unixWords,
  vsockKey,
  xdpWords,
  type Zoo,
  zoo,
} from "./sockets-support.ts";

const PAIRS = process.env.NLINK_VM ? 300 : 1500;
const MARKS = [0, 1, 0x10, 0x11];

describe.skipIf(noKernel)(titled("sockets on the live kernel"), () => {
  let box: Zoo;
  beforeAll(async () => {
    box = await zoo(PAIRS, ...MARKS);
  }, 120_000);
  afterAll(() => box?.close());

  /** Every word of ours is one of ss's, of the same sockets. */
  function same(ours: readonly { key: string; words: readonly string[] }[], theirs: Map<string, Set<string>>): void {
    expect([...new Set(ours.map((s) => s.key))].sort()).toEqual([...theirs.keys()].sort());
    const wrong = ours.flatMap(({ key, words }) => {
      const line = theirs.get(key)!;
      const lacking = words.filter((word) => !line.has(word));
      return lacking.length ? [`${key}: ${lacking.join(" ")} is not in ${[...line].join(" ")}`] : [];
    });
    expect(wrong).toEqual([]);
  }
  const has = (what: string) => !box.missing.includes(`missing: ${what}`);

  test.each([
    ["tcp", "-t", 2 * PAIRS],
    ["udp", "-u", PAIRS / 4],
    ["mptcp", "-M", 4],
  ] as const)("ss and ours agree on every %s socket", async (kind, flag, atLeast) => {
    const ours = await box.sockets.list(kind, { include: "all" });
    expect(ours.length).toBeGreaterThan(atLeast);
    const theirs = byKey(box.ss("-aeim", flag), /\bsk:([\da-f]+)/);
    same(
      ours
        // Which ss 6.1 does not ask for.
        .filter((s) => s.state !== "bound-inactive")
        .map((s) => ({ key: s.cookie.slice(2), words: inetWords(s as InetSocket) })),
      theirs,
    );
  });

  test.each([
    ["raw", "-w", "raw"],
    ["sctp", "-S", "SCTP"],
    ["dccp", "-d", "DCCP"],
    ["udplite", undefined, "UDP-Lite"],
  ] as const)("%s sockets, where the kernel has them", async (kind, flag, name) => {
    let ours: InetSocket[];
    try {
      ours = await box.sockets.list(kind, { include: "all" });
    } catch (e) {
      expect(e).toMatchObject({
        code: "EOPNOTSUPP",
        message: expect.stringContaining(`no socket diagnostics for ${kind}`),
      });
      return;
    }
    if (has(name)) expect(ours.length).toBeGreaterThan(1);
    if (flag === undefined || !has(name)) return;
    const theirs = byKey(box.ss("-aem", flag), /\bsk:([\da-f]+)/);
    same(
      ours.map((s) => ({
        key: s.cookie.slice(2),
        words: inetWords(s).filter((w) => kind !== "sctp" || !/^\d+$/.test(w)),
      })),
      theirs,
    );
  });

  test("ss and ours agree on every unix socket", async () => {
    const ours = await box.sockets.list("unix", { include: ["memory"] });
    expect(ours.length).toBeGreaterThan(PAIRS / 10);
    same(
      ours.map((s) => ({ key: String(s.inode), words: unixWords(s) })),
      byKey(box.ss("-aexm"), /\s(\d+)\s+\S+\s+\d+\s+(?:skmem|dev)/),
    );
    const names = ours.map((s) => s.path ?? s.abstractName);
    expect(names).toEqual(
      expect.arrayContaining([expect.stringMatching(/\/stream$/), expect.stringMatching(/^zoo-\d+$/)]),
    );
    expect(ours.filter((s) => s.pending?.length)).not.toEqual([]);
    expect(ours.find((s) => s.path)?.file?.inode).toBeGreaterThan(0);
  });

  test("ss and ours agree on every netlink socket, and ours shows each once", async () => {
    // ss has sockets of its own, and the kernel shows those in groups twice.
    const known = (lines: string[]) =>
      [...new Set(lines)].filter((l) => l.startsWith("2:") || / groups=0x0*[1-9a-f]/.test(l));
    const ours = await box.sockets.list("netlink", { include: ["memory"] });
    expect(new Set(ours.map((s) => s.cookie)).size).toBe(ours.length);
    const theirs = box.ss("-aem", "-f", "netlink").map((line) => {
      const [, id, groups, memory] = /(\d+:-?\d+)\s.*\b(groups=\S+)\s+(skmem:\S+)/.exec(line) ?? [];
      return `${id} ${groups} ${memory}`;
    });
    expect(known(ours.map(netlinkKey)).sort()).toEqual(known(theirs).sort());
    expect(ours.find((s) => s.groups.includes(33))).toMatchObject({
      netlinkProtocol: "rtnl",
      groups: [1, 7, 33],
      flags: ["pktinfo", "broadcast-error", "no-enobufs", "cap-ack"],
    });
    expect(ours.find((s) => s.netlinkProtocol === "usersock" && s.connected)).toBeDefined();
  });

  test("ss and ours agree on every packet socket", async () => {
    const ours = await box.sockets.list("packet", { include: "all" });
    expect(ours.length).toBe(6);
    same(
      ours.map((s) => ({ key: s.cookie.slice(2), words: packetWords(s) })),
      byKey(box.ss("-aem0"), /\bsk:([\da-f]+)/),
    );
    expect(ours.find((s) => s.filter)?.filter).toEqual(Uint8Array.of(6, 0, 0, 0, 0xff, 0xff, 0, 0));
    expect(ours.flatMap((s) => s.memberships ?? [])).toEqual([
      { dev: "lo", type: "multicast", count: 1, address: "01:00:5e:01:02:03" },
      { dev: "lo", type: "promisc", count: 1 },
    ]);
  });

  test("vsock sockets, where the kernel has them", async () => {
    const ours = await box.sockets.list("vsock", { include: "all" }).catch((e) => {
      expect(e).toMatchObject({ code: "EOPNOTSUPP" });
      return undefined;
    });
    if (ours === undefined) return;
    if (has("vsock")) expect(ours.length).toBeGreaterThan(0);
    const theirs = box.ss("-ae", "--vsock").map((line) => {
      const [, state, local, remote] = /([A-Z][A-Z-]+)\s+\d+\s+\d+\s+(\S+)\s+(\S+)/.exec(line) ?? [];
      return `${state} ${local} ${remote}`;
    });
    expect(ours.map(vsockKey).sort()).toEqual(theirs.sort());
  });

  test("XDP sockets, where the kernel has them", async () => {
    const ours = await box.sockets.list("xdp", { include: "all" }).catch((e) => {
      expect(e).toMatchObject({ code: "EOPNOTSUPP" });
      return undefined;
    });
    if (ours === undefined) return;
    if (has("XDP")) expect(ours).toMatchObject([{ umem: { chunkBytes: 2048, headroomBytes: 64 }, stats: {} }]);
    same(
      ours.map((s) => ({ key: s.cookie.slice(2), words: xdpWords(s) })),
      byKey(box.ss("-aem", "--xdp"), /\bsk:([\da-f]+)/),
    );
  });

  test("all kinds at once, counted", async () => {
    const summary = await box.sockets.summary();
    const all = await box.sockets.list("all");
    expect(Object.values(summary).reduce((sum, s) => sum + s.total, 0)).toBe(all.length);
    expect(summary.tcp?.states).toMatchObject({ listen: expect.any(Number), "time-wait": 3, "syn-sent": 1 });
  });

  test("a stream gives what a list does, in batches", async () => {
    const listed = (await box.sockets.list("tcp")).map((s) => s.cookie);
    const streamed: string[] = [];
    let batches = 0;
    for await (const batch of box.sockets.stream("tcp").batches()) {
      batches++;
      for (const s of batch) streamed.push(s.cookie);
    }
    expect(streamed.sort()).toEqual(listed.sort());
    expect(batches).toBeGreaterThan(2);
    for await (const s of box.sockets.stream("tcp", { filter: "sport = 1001" })) {
      expect(s.local.port).toBe(1001);
      break;
    }
    expect((await box.sockets.list("tcp", { sport: 1001 })).length).toBeGreaterThan(3);
  });

  // ---- filters --------------------------------------------------------------------------------------------------------------

  const world: World = {
    addresses: ["127.0.0.1", "127.0.0.2", "127.1.2.3", "127.0.1.3", "::1", "::ffff:127.0.0.9", "::", "0.0.0.0"],
    ports: [1001, 1002, 5001, 5002, 5003, 443, 10000, 20000, 0],
    devices: [0, 1],
    marks: MARKS,
    cgroups: [1n, 77n],
  };

  test("kernel bytecode and local filter agree on every socket, whatever the filter", async () => {
    const dump = async (kind: "tcp" | "udp", bytecode?: Uint8Array) => {
      const found: InetMessage[] = [];
      for (const family of ["inet", "inet6"] as const) {
        const message = inetMessage({ kind, family, states: ALL_STATES, parts: new Set(), bytecode });
        found.push(...(await box.sockets.dump(message, family === "inet" ? inetSockets.other : inet6Sockets.other)));
      }
      return found;
    };
    const everything = { tcp: await dump("tcp"), udp: await dump("udp") };
    // What is on its way out is gone in a minute.
    const cookies = (list: InetMessage[]) =>
      list
        .filter((m) => m.state !== 6 && m.state !== 2)
        .map((m) => m.cookie.join(":"))
        .sort();
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(
        filters(world, ["host", "port", "device", "mark", "cgroup", "other"]),
        fc.constantFrom("tcp" as const, "tcp" as const, "udp" as const),
        async (filter, kind) => {
          const local = matcher(filter);
          const expected = everything[kind].filter((m) => {
            const holds = local(inetSubject(m, kind));
            expect(holds).toBeDefined();
            return holds;
          });
          if (expected.length > 0 && expected.length < everything[kind].length) passed++;
          expect(cookies(await dump(kind, compileFilter(filter)!))).toEqual(cookies(expected));
        },
      ),
      { numRuns: process.env.NLINK_VM ? 60 : 250 },
    );
    expect(passed).toBeGreaterThan(10);
  });

  test("ss and ours find the same sockets by the same filter", async () => {
    const texts = fc
      .sample(filters(world, ["host", "port", "device", "mark"]), { numRuns: process.env.NLINK_VM ? 10 : 40, seed: 7 })
      .map(textOf)
      // After a family ss takes the addresses that follow for that family's.
      .filter((text) => !/inet6?:/.test(text));
    texts.push(
      "sport gt 1001 and sport lt 1005",
      "dst 127.0.0.0/8 dport :1001",
      "src [::1]:5001",
      "src *:1001",
      "dev = lo",
      "dev != lo",
    );
    for (const text of texts) {
      const ours = await box.sockets.list(["tcp", "udp"], { filter: text });
      const lines = box.ss("-aetu", text);
      const theirs = lines.flatMap((line) => /\bsk:([\da-f]+)/.exec(line)?.[1] ?? []);
      expect(
        ours
          .filter((s) => !["time-wait", "bound-inactive"].includes(s.state))
          .map((s) => s.cookie.slice(2))
          .sort(),
        text,
      ).toEqual(theirs.filter((_, i) => !lines[i]!.includes("TIME-WAIT")).sort());
    }
  });

  test("states within an expression, which the kernel and ss do not have", async () => {
    const all = (await box.sockets.list("tcp")).filter((s) => s.state !== "bound-inactive");
    const list = async (filter: string) => (await box.sockets.list("tcp", { filter })).map((s) => s.cookie).sort();
    const those = (keep: (s: TcpSocket) => boolean) =>
      all
        .filter(keep)
        .map((s) => s.cookie)
        .sort();
    expect(await list("state listening or dport = :5001")).toEqual(
      those((s) => s.state === "listen" || s.remote.port === 5001),
    );
    expect(await list("dport = :5001 and (src 127.0.0.0/8 or not state established)")).toEqual(
      those((s) => s.remote.port === 5001 && (s.local.address.startsWith("127.") || s.state !== "established")),
    );
    expect(await list("exclude connected and state != listening and state != bound-inactive")).toEqual([]);
    // Those whose port was not asked for: by connecting (from a port that nobody chose) and by accepting.
    const auto = new Set(await list("autobound"));
    expect(all.filter((s) => s.state === "listen" && auto.has(s.cookie))).toEqual([]);
    const chosen = (s: TcpSocket) => s.local.port >= 10000 && s.local.port < 10000 + PAIRS;
    const clients = all.filter((s) => s.remote.port === 5001);
    expect(clients.filter((s) => auto.has(s.cookie) === chosen(s))).toEqual([]);
    expect(await list("state listening or autobound and dport = :5001")).toEqual(
      those((s) => s.state === "listen" || (auto.has(s.cookie) && s.remote.port === 5001)),
    );
    expect(await list("state listening and not autobound")).toEqual(those((s) => s.state === "listen"));
    expect((await box.sockets.list("tcp", { states: ["listen", "time-wait"] })).map((s) => s.cookie).sort()).toEqual(
      those((s) => s.state === "listen" || s.state === "time-wait"),
    );
    expect((await box.sockets.list("tcp", { states: "bound-inactive" })).every((s) => s.local.port === 1004)).toBe(
      true,
    );
  });

  test("conditions by option are those of the filter", async () => {
    const cookies = async (query: object) => (await box.sockets.list("tcp", query)).map((s) => s.cookie).sort();
    for (const [query, filter] of [
      [{ src: "127.0.0.0/8", dport: 5001 }, "src 127.0.0.0/8 and dport = 5001"],
      [{ sport: "1001-1003" }, "sport >= 1001 and sport <= 1003"],
      [{ dport: "https" }, "dport = :443"],
      [{ dev: "lo" }, "dev lo"],
      [{ dev: 1 }, "dev 1"],
      [{ mark: 0x11 }, "fwmark = 0x11"],
      [{ mark: "0x1/0x1", states: "established" }, "fwmark = 1/1 and state established"],
      [{ cgroup: 1n }, { kind: "cgroup", cgroup: 1n }],
      [{ dst: "[::1]:5001", family: "inet6" }, "dst [::1]:5001"],
    ] as const) {
      const found = await cookies(query);
      expect(found).toEqual(await cookies({ filter }));
      expect(found.length).toBeGreaterThan(0);
    }
  });

  test("unix, netlink and packet sockets by their own addresses", async () => {
    const { sockets } = box;
    const all = await sockets.list("unix");
    const stream = await sockets.list("unix", { filter: "src unix:*/socket-zoo-*/STREAM" });
    expect(stream.length).toBe(all.filter((s) => s.path?.endsWith("/stream")).length);
    const clients = await sockets.list("unix", { filter: "dst unix:*/stream" });
    const servers = new Set(stream.map((s) => s.inode));
    expect(clients.map((s) => s.peer).sort()).toEqual(
      clients
        .map((s) => s.peer)
        .filter((p) => servers.has(p!))
        .sort(),
    );
    expect(clients.length).toBeGreaterThan(0);
    expect(await sockets.list("unix", { filter: "src @zoo-* and state listening" })).toHaveLength(1);
    expect((await sockets.list("unix", { filter: "autobound" })).filter((s) => s.abstractName)).toHaveLength(1);
    expect(
      (await sockets.list("netlink", { filter: "src netlink:usersock" })).every(
        (s) => s.netlinkProtocol === "usersock",
      ),
    ).toBe(true);
    expect((await sockets.list("netlink", { filter: "src netlink:*:kernel" })).every((s) => s.portId === 0)).toBe(true);
    expect(await sockets.list("packet", { filter: "src link:arp:lo" })).toHaveLength(1);
    expect(await sockets.list("packet", { filter: "dev lo" })).toHaveLength(3);
    expect(await sockets.list(["unix", "netlink"], { filter: "src 127.0.0.1" })).toEqual([]);
  });

  // ---- one socket ------------------------------------------------------------------------------------------------------------

  test("owners are those whose descriptors refer to the socket", async () => {
    const [listener] = await box.sockets.list("tcp", { sport: 1001, states: "listen", family: "inet", owners: true });
    expect(listener?.owners).toMatchObject([{ comm: expect.stringMatching(/^node/), fd: expect.any(Number) }]);
    const [waiting] = await box.sockets.list("tcp", { states: "time-wait", owners: true });
    expect(waiting?.owners).toEqual([]);
  });

  test("a socket is found again by its cookie, and no other is taken for it", async () => {
    const { sockets } = box;
    for (const kind of ["tcp", "udp", "unix", "netlink", "packet", "mptcp"] as const) {
      const [socket] = await sockets.list(kind, kind === "tcp" ? { states: "established", sport: 5001 } : {});
      expect(await sockets.refresh(socket!), kind).toMatchObject({ cookie: socket!.cookie, inode: socket!.inode });
      expect(await sockets.refresh({ ...socket!, cookie: "0x7fffffff01" }), kind).toBeUndefined();
    }
    const [one] = await sockets.list("tcp", { states: "established", sport: 5001 });
    expect(await sockets.refresh(one!, { include: ["info"] })).toMatchObject({ info: { state: "established" } });
  });

  test("destroying a socket and those of a filter", async () => {
    const { sockets } = box;
    const [one] = await sockets.list("tcp", { states: "established", dport: 5002 });
    expect(await sockets.destroy(one!)).toBe(true);
    // It keeps the port that it had asked for, until it is closed.
    const now = await sockets.refresh(one!);
    expect([undefined, "bound-inactive"]).toContain(now?.state);
    expect(await sockets.destroy(one!)).toBe(false);
    const doomed = await sockets.list("tcp", { filter: "state established and dport = :5002" });
    expect(doomed.length).toBeGreaterThan(10);
    const destroyed = await sockets.destroyMatching("tcp", { filter: "state established and dport = :5002" });
    expect(destroyed.length).toBeGreaterThan(10);
    expect(await sockets.list("tcp", { filter: "state established and dport = :5002" })).toEqual([]);
    const udp = await sockets.destroyMatching("udp", { sport: 2001 });
    expect(udp.length).toBe(1);
    await expect(sockets.destroyMatching("tcp", {})).rejects.toThrow("needs a filter");
    const [unix] = await sockets.list("unix");
    await expect(sockets.destroy(unix as never)).rejects.toThrow("a unix socket cannot be destroyed");
    await expect(sockets.destroyMatching("unix" as never, { filter: "state all" })).rejects.toThrow(
      /needs a filter|cannot/,
    );
  });

  test("what cannot be asked is said, with the place", async () => {
    const { sockets } = box;
    await expect(sockets.list("tcp", { filter: "sport = :22 and" })).rejects.toBeInstanceOf(FilterError);
    await expect(sockets.list("tcp", { filter: "dev nosuch" })).rejects.toThrow("interface not found: nosuch");
    await expect(sockets.list("tcp", { cgroup: "/no/such" })).rejects.toThrow(/cgroup not found/);
    await expect(sockets.list("tcp", { filter: "sport = :22" }, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      {
        code: "ECANCELED",
      },
    );
    expect(isPermissionDenied(new NetlinkError({ code: "EPERM", errno: 1, operation: "x" }))).toBe(true);
  });
});
