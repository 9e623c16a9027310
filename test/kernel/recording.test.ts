/** What a live kernel says, recorded and answered again without it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection, NetlinkError, SockDiag, type Transport } from "../../src/index.ts";
import { openLinux } from "../../src/transport/linux/index.ts";
import { Recording, readRecording, record, replay } from "../../src/transport/replay/index.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

/** A program that does a bit of everything; gives all that it sees. */
async function program(transport: Transport, other: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const refused = async (request: Promise<unknown>) =>
    seen.push(
      await request.then(
        () => "done",
        (e) => (e instanceof NetlinkError ? [e.code, e.message, e.attribute] : e),
      ),
    );
  await using nl = await Connection.open({ transport });
  await using events = nl.events({ links: true, addresses: true, routesV4: true, neighborsV4: true });
  await nl.links.add({ kind: "veth", name: "a0", peer: { name: "b0", netns: other } });
  await nl.links.add({ kind: "veth", name: "a1", address: "02:00:00:00:00:01", peer: { name: "b1" } });
  await nl.links.set("b1", { up: true });
  await nl.links.set("a1", { up: true, mtu: 1400 });
  await nl.addresses.add("a1", "192.0.2.1/24");
  await refused(nl.addresses.add("a1", "192.0.2.1/24"));
  await refused(nl.routes.add({ dst: "10.0.0.0/8", via: "203.0.113.1" }));
  await refused(nl.links.add({ kind: "veth", name: "a1", peer: { name: "b2" } }));
  await refused(nl.links.get("nowhere"));
  await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.9", metric: 7 });
  await nl.neighbors.add({ dst: "192.0.2.7", dev: "a1", lladdr: "02:00:00:00:00:07" });
  const batch = nl.batch();
  for (let i = 0; i < 300; i++)
    batch.add(nl.routes.prepare("add", { dst: `10.${i >> 8}.${i & 255}.0/24`, via: "192.0.2.9", dev: 3 }));
  seen.push((await batch.send()).map((result) => result && (result as NetlinkError).code));
  seen.push((await nl.links.list()).map(({ name, mtu, up }) => [name, mtu, up]));
  seen.push((await nl.addresses.list({ family: "inet" })).map(({ address, dev }) => [address, dev]));
  const routes = await nl.routes.list({ family: "inet" });
  seen.push(routes.map(({ dst, via, metric, dev }) => [dst, via, metric, dev]));
  await nl.links.remove("a1");
  for await (const event of events) {
    if (event.type === "link") seen.push(["link", event.action, event.link.name, event.link.mtu]);
    else if (event.type === "address") {
      if (event.address.family === "inet") seen.push(["address", event.action, event.address.address]);
    } else if (event.type === "route") seen.push(["route", event.action, event.route.dst]);
    else if (event.type === "neighbor") seen.push(["neighbor", event.action, event.neighbor.dst, event.neighbor.state]);
    else seen.push(event.type);
    if (event.type === "link" && event.action === "del" && event.link.name === "a1") break;
  }
  return seen;
}

describe.skipIf(noKernel)(titled("recordings of the live kernel"), () => {
  let box: Sandbox;
  let other: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
    other = await sandbox();
  });
  afterEach(() => {
    box?.close();
    other?.close();
  });

  test("a program sees the same again, from what was saved", { timeout: 60_000 }, async () => {
    const live = record(openLinux({ netns: box.name }));
    const seen = await program(live, other.name);
    expect(JSON.stringify(seen)).toMatch(/EEXIST.*ENETUNREACH.*EEXIST.*ENODEV/s);
    expect(seen.at(-1)).toEqual(["link", "del", "a1", 1400]);
    const saved = await readRecording(live.recording.pcapng());
    expect(saved.damage).toEqual([]);
    const again = replay(saved);
    expect(await program(again, "a namespace that is not here")).toEqual(seen);
    again.verify();
    // In a pcap file it does not stand who received what: it follows.
    const plain = replay(await readRecording(live.recording.pcap()));
    expect(await program(plain, other.name)).toEqual(seen);
    plain.verify();
  });

  test("socket diagnostics, with the names of devices", async () => {
    const recording = new Recording();
    const list = async (transport: Transport, routeTransport: Transport) => {
      await using sockets = await SockDiag.open({ transport, routeTransport });
      return (await sockets.list("netlink")).map(({ netlinkProtocol, portId }) => [netlinkProtocol, portId]);
    };
    const diag = record(openLinux({ protocol: 4, netns: box.name }), recording);
    const seen = await list(diag, record(openLinux({ netns: box.name }), recording));
    expect(seen.length).toBeGreaterThan(1);
    const saved = await readRecording(recording.pcapng());
    expect(await list(replay(saved, { protocol: 4 }), replay(saved))).toEqual(seen);
  });
});
