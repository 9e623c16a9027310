import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Zoo, zoo } from "../kernel/sockets-support.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: not in the virtual machine)";

describe.skipIf(why !== "")(`sockets of every kind${why}`, () => {
  let box: Zoo;
  beforeAll(async () => {
    box = await zoo(0, 0x11);
  });
  afterAll(() => box?.close());

  test("Debian's kernel can open all of them", () => {
    expect(box.missing).toBe("");
  });

  test("every kind has diagnostics, and none holds what the schemas do not know", async () => {
    const kinds = [
      "tcp",
      "udp",
      "udplite",
      "raw",
      "sctp",
      "mptcp",
      "dccp",
      "unix",
      "netlink",
      "packet",
      "vsock",
      "xdp",
    ] as const;
    for (const kind of kinds) {
      const found = await box.sockets.list(kind, { include: "all" });
      expect(found.length, kind).toBeGreaterThan(0);
      for (const { message } of found) {
        expect(message.unknown, kind).toBeUndefined();
        if ("info" in message) expect(message.info, kind).not.toHaveProperty("rest");
      }
    }
  });

  test("what TCP has beside tcp_info", async () => {
    const all = await box.sockets.list("tcp", { include: "all" });
    expect(all.find((s) => s.ulp?.name === "tls" && s.ulp.tls?.txconf === "sw")?.ulp?.tls).toMatchObject({
      version: "1.3",
      cipher: "aes-gcm-128",
      txconf: "sw",
      rxconf: "base",
    });
    expect(all.find((s) => s.ulp?.mptcp?.tokenLoc)?.ulp).toMatchObject({
      name: "mptcp",
      mptcp: { flags: expect.any(Array) },
    });
    expect(all.find((s) => s.md5Keys)?.md5Keys).toEqual([
      { family: "inet", prefix: "127.0.0.1/32", key: new TextEncoder().encode("secret") },
    ]);
    const by = (name: string) =>
      all.find((s) => s.congestion === name && s.state === "established" && s.info?.bytesSent);
    expect(by("vegas")?.vegas).toMatchObject({ enabled: true, minRttMs: expect.any(Number) });
    // Called dctcp-reno where the peer does no ECN.
    expect(all.find((s) => s.congestion?.startsWith("dctcp") && s.dctcp)?.dctcp).toMatchObject({
      enabled: expect.any(Boolean),
      alpha: expect.any(Number),
    });
    expect(by("bbr")?.bbr).toMatchObject({ bandwidthBytesPerSecond: expect.any(Number), minRttMs: expect.any(Number) });
    expect(all.find((s) => s.tos === 0x10)).toMatchObject({
      mark: 0x11,
      options: expect.arrayContaining(["recverr", "isIcsk"]),
    });
    expect(all.find((s) => s.tclass === 0x20)).toBeDefined();
    expect(all.find((s) => s.state === "established")).toMatchObject({
      memory: { sndbuf: expect.any(Number) },
      meminfo: { rmem: expect.any(Number) },
      classId: 0,
    });
    expect(all.find((s) => s.state === "syn-sent")?.timer).toMatchObject({ kind: "on" });
    expect(all.find((s) => s.state === "time-wait")?.timer).toMatchObject({ kind: "time-wait" });
  });

  test("what the other protocols have", async () => {
    const { sockets } = box;
    const sctp = await sockets.list("sctp", { include: "all" });
    expect(sctp.find((s) => s.association && s.family === "inet")).toMatchObject({
      state: "established",
      association: "established",
      info: { instrms: expect.any(Number), pAddress: { family: 2 } },
      locals: expect.arrayContaining([{ address: "127.0.0.1", port: expect.any(Number) }]),
      peers: expect.arrayContaining([{ address: "127.0.0.1", port: expect.any(Number) }]),
    });
    expect(sctp.find((s) => s.family === "inet6" && s.association)?.peers?.map((p) => p.address)).toContain("::1");
    const mptcp = await sockets.list("mptcp", { include: "all" });
    expect(mptcp.find((s) => s.info?.bytesReceived === 100)?.info).toMatchObject({
      flags: ["remote-key-received"],
      subflowsTotal: 1,
    });
    expect((await sockets.list("raw")).map((s) => s.ipProtocol).sort()).toEqual([1, 255, 58, 89].sort());
    expect((await sockets.list("dccp", { include: "all" })).some((s) => s.state === "established")).toBe(true);
    expect((await sockets.list("xdp", { include: "all" }))[0]).toMatchObject({
      dev: "lo",
      queue: 0,
      receiveRing: 64,
      sendRing: 64,
      fillRing: 64,
      completionRing: 64,
      umem: { bytes: 65536, chunkBytes: 2048, headroomBytes: 64, references: 1 },
      stats: { receiveDropped: 0 },
    });
    expect((await sockets.list("vsock")).map((s) => s.state).sort()).toEqual(["established", "established", "listen"]);
  });

  test("cgroups by path", async () => {
    const all = await box.sockets.list("tcp");
    const found = await box.sockets.list("tcp", { cgroup: "/" });
    expect(found.length).toBe(all.filter((s) => s.cgroupId === "0x1").length);
    expect(found.length).toBeGreaterThan(0);
    expect(await box.sockets.list("tcp", { filter: "cgroup != /sys/fs/cgroup and state listening" })).toEqual([]);
  });

  test("raw, MPTCP and UDP-Lite sockets are found again, and raw ones destroyed", async () => {
    const { sockets } = box;
    for (const kind of ["raw", "udplite", "dccp", "vsock", "xdp"] as const)
      for (const socket of await sockets.list(kind))
        expect(await sockets.refresh(socket), `${kind} ${socket.cookie}`).toMatchObject({ cookie: socket.cookie });
    expect(await sockets.destroyMatching("raw", { filter: "src 127.0.0.1" })).toMatchObject([{ ipProtocol: 89 }]);
  });
});
