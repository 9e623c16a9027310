import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Connection } from "../../src/api/connection.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { bondActive, bondPrimary, can, canRestart, gtp, ppp } from "./link-rows.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

type Obj = Record<string, unknown>;
const ip = (...args: string[]): Obj[] => JSON.parse(execFileSync("ip", ["-j", ...args], { encoding: "utf8" }));
const infoOf = (links: Obj[]): Obj => (links[0]!.linkinfo as { info_data: Obj }).info_data;

describe.skipIf(why !== "")(`links that take more than a request${why}`, () => {
  let box: Sandbox;
  let home: Connection;
  beforeAll(async () => {
    box = await sandbox();
    home = await Connection.open();
  });
  afterAll(() => {
    box?.close();
    home?.close();
  });

  test("tun devices are made by /dev/net/tun, and read", async () => {
    const { nl } = box;
    box.ip("tuntap", "add", "dev", "tap0", "mode", "tap", "user", "54321", "group", "54322", "multi_queue", "vnet_hdr", "pi"); // biome-ignore format: a command
    box.ip("tuntap", "add", "dev", "tun0", "mode", "tun");
    expect(await nl.links.get("tap0")).toMatchObject({ kind: "tun", mode: "tap", uid: 54321, gid: 54322, multiQueue: true, vnetHdr: true, pi: true, persist: true }); // biome-ignore format: a row
    expect(infoOf(box.json("-d", "link", "show", "tap0"))).toMatchObject({ type: "tap", user: 54321, group: 54322, multi_queue: true, vnet_hdr: true, pi: true, persist: true }); // biome-ignore format: a row
    expect(await nl.links.get("tun0")).toMatchObject({ kind: "tun", mode: "tun", pi: false, vnetHdr: false });
    for (const name of ["tap0", "tun0"]) await nl.links.remove(name);
  });

  test("a bond's primary and active ports", async () => {
    const { nl } = box;
    await nl.links.add({ kind: "bond", name: "bond", mode: "active-backup", miimon: "100ms", up: true });
    for (const name of ["p1", "p2"]) await nl.links.add({ kind: "dummy", name, master: "bond", up: true });
    await nl.links.set("bond", bondActive);
    expect(await nl.links.get("bond")).toMatchObject(bondActive);
    expect(infoOf(box.json("-d", "link", "show", "bond"))).toMatchObject({ active_slave: "p2" });
    // The primary port becomes the active one.
    await nl.links.set("bond", bondPrimary);
    expect(await nl.links.get("bond")).toMatchObject({ ...bondPrimary, activeSlave: "p1" });
    expect(infoOf(box.json("-d", "link", "show", "bond"))).toMatchObject({ primary: "p1", active_slave: "p1" });
    await nl.links.set("bond", { kind: "bond", primary: 0 });
    expect(await nl.links.get("bond")).not.toHaveProperty("primary");
    for (const name of ["bond", "p1", "p2"]) await nl.links.remove(name);
  });

  test("ppp with a descriptor of /dev/ppp", async () => {
    execFileSync("modprobe", ["ppp_generic"]);
    const fd = openSync("/dev/ppp", "r+");
    try {
      await home.links.add({ ...ppp(fd), name: "ppp7" });
      expect(await home.links.get("ppp7")).toMatchObject({ kind: "ppp", linkType: "ppp" });
      expect(ip("-d", "link", "show", "ppp7")[0]).toMatchObject({ link_type: "ppp", linkinfo: { info_kind: "ppp" } });
      await home.links.remove("ppp7");
    } finally {
      closeSync(fd);
    }
  });

  test("gtp on sockets of the process", async () => {
    const sockets = await Promise.all(
      [3386, 2152].map(async (port) => {
        const socket = createSocket("udp4").bind(port, "127.0.0.1");
        await once(socket, "listening");
        return socket;
      }),
    );
    // Node does not tell a socket's descriptor otherwise.
    const fdOf = (socket: Socket): number => {
      for (const symbol of Object.getOwnPropertySymbols(socket)) {
        const { handle } = (socket as never)[symbol] as { handle?: { fd: number } };
        if (handle) return handle.fd;
      }
      throw new Error("no descriptor");
    };
    try {
      const [fd0, fd1] = sockets.map(fdOf);
      await home.links.add({ ...gtp(fd0!, fd1!), name: "gtp7" });
      expect(await home.links.get("gtp7")).toMatchObject({ kind: "gtp", role: "ggsn" });
      expect(infoOf(ip("-d", "link", "show", "gtp7"))).toMatchObject({ role: "ggsn" });
      await home.links.remove("gtp7");
    } finally {
      for (const socket of sockets) socket.close();
    }
  });

  test("a CAN controller", async () => {
    execFileSync("modprobe", ["kvaser_pci"]);
    await expect.poll(() => home.links.find("can0"), { timeout: 20_000 }).toBeDefined();
    const before = await home.links.get("can0");
    expect(before).toMatchObject({ kind: "can", state: "STOPPED", loopback: false, oneShot: false });
    await home.links.set("can0", can);
    expect(await home.links.get("can0")).toMatchObject(can);
    expect(infoOf(ip("-d", "link", "show", "can0"))).toMatchObject({
      ctrlmode: ["LOOPBACK", "LISTEN-ONLY", "TRIPLE-SAMPLING", "ONE-SHOT", "BERR-REPORTING", "PRESUME-ACK"],
      restart_ms: 100,
      bittiming: { bitrate: 500_000, sample_point: "0.875" },
    });
    await home.links.set("can0", { kind: "can", listenOnly: false, restartMs: 0 });
    expect(await home.links.get("can0")).toMatchObject({ loopback: true, listenOnly: false, restartMs: 0 });
    await expect(home.links.set("can0", canRestart)).rejects.toMatchObject({ code: "EINVAL" });
    await home.links.set("can0", { up: true });
    await expect(home.links.set("can0", canRestart)).rejects.toMatchObject({ code: "EBUSY" });
    await expect(home.links.set("can0", { kind: "can", termination: 120 })).rejects.toMatchObject({
      code: "EOPNOTSUPP",
    });
    await home.links.set("can0", { up: false });
    await expect(home.links.set("can0", { kind: "can", fd: true })).rejects.toMatchObject({ code: "EOPNOTSUPP" });
  });
});
