/** A program that uses a connection, whatever is below. @module */
import { Connection, NetlinkError, type Transport } from "../../src/index.ts";

/** A program that does a bit of everything; gives what it sees, and what it is told. */
export async function program(transport: Transport, other: string): Promise<{ seen: unknown[]; told: unknown[] }> {
  const seen: unknown[] = [];
  const told: unknown[] = [];
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
    if (event.type === "link") told.push(["link", event.action, event.link.name, event.link.mtu]);
    else if (event.type === "address") {
      if (event.address.family === "inet") told.push(["address", event.action, event.address.address]);
    } else if (event.type === "route") told.push(["route", event.action, event.route.dst]);
    else if (event.type === "neighbor") told.push(["neighbor", event.action, event.neighbor.dst, event.neighbor.state]);
    else told.push(event.type);
    if (event.type === "link" && event.action === "del" && event.link.name === "a1") break;
  }
  return { seen, told };
}
