/** What `npm start` shows: this machine's links with addresses, routes and qdiscs, or those of a capture where there is no netlink. @module */
import { readFileSync } from "node:fs";
import { type Address, readAddress } from "../api/addresses.ts";
import { Connection } from "../api/connection.ts";
import { type Link, readLink } from "../api/link-read.ts";
import { type Route, readRoute } from "../api/route-read.ts";
import { decodeMessage } from "../codec/decode-message.ts";
import { formatHandle } from "../codec/tc/handle.ts";
import { TransportUnavailable } from "../transport/errors.ts";

interface Picture {
  links: Link[];
  addresses: Address[];
  routes: Route[];
  qdiscs: { index: number; kind: string; handle: string; parent: string }[];
}

async function live(): Promise<Picture> {
  const nl = await Connection.open();
  try {
    const [links, addresses, routes, qdiscs] = [
      await nl.links.list(),
      await nl.addresses.list(),
      await nl.routes.list({ table: "main" }),
      await nl.qdiscs.list(),
    ];
    return { links, addresses, routes, qdiscs };
  } finally {
    nl.close();
  }
}

/** The same from a capture that comes with the package, by the codec alone. */
function captured(): Picture {
  const file = new URL("../../fixtures/demo.json", import.meta.url);
  const rows = JSON.parse(readFileSync(file, "utf8")) as { from: string; hex: string }[];
  const messages = rows
    .filter((row) => row.from === "kernel")
    .map((row) =>
      decodeMessage(
        0,
        Uint8Array.from(row.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
        "little",
      ),
    );
  const values = <T>(name: string): T[] =>
    messages.flatMap((m) => (m.name === name && "value" in m ? [m.value as T] : []));
  const links = values<Parameters<typeof readLink>[0]>("newlink");
  const names = new Map(links.map((m) => [m.index, m.ifname ?? ""]));
  const name = (index: number) => names.get(index);
  return {
    links: links.map((m) => readLink(m, name)),
    addresses: values<Parameters<typeof readAddress>[0]>("newaddr").map((m) => readAddress(m, name)),
    routes: values<Parameters<typeof readRoute>[0]>("newroute")
      .map((m) => readRoute(m, name))
      .filter((r) => r.table === 254),
    qdiscs: values<{ ifindex: number; kind?: string; handle: number; parent: number }>("newqdisc").map((m) => ({
      index: m.ifindex,
      kind: m.kind ?? "",
      handle: formatHandle(m.handle),
      parent: formatHandle(m.parent),
    })),
  };
}

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = (text: string): string => (colour ? `\x1b[1m${text}\x1b[0m` : text);

function print({ links, addresses, routes, qdiscs }: Picture): void {
  for (const link of links) {
    const about = [
      link.kind ?? link.linkType,
      link.up ? "up" : "down",
      `mtu ${link.mtu}`,
      link.address,
      link.link === undefined ? undefined : `on ${link.link}`,
      link.master === undefined ? undefined : `in ${link.master}`,
    ];
    console.log(`${link.index}: ${bold(link.name)}  ${about.filter((x) => x !== undefined).join("  ")}`);
    for (const a of addresses)
      if (a.index === link.index) console.log(`     address  ${a.address}  ${[a.scope, ...a.flags].join(" ")}`);
    for (const r of routes)
      if (r.oif === link.index || r.nexthops?.some((hop) => hop.oif === link.index))
        console.log(
          `     route    ${r.dst}${r.via === undefined ? "" : ` via ${r.via}`}${r.metric === undefined ? "" : ` metric ${r.metric}`}  ${r.protocol}`,
        );
    for (const q of qdiscs)
      if (q.index === link.index) console.log(`     qdisc    ${q.kind} ${q.handle} parent ${q.parent}`);
  }
}

try {
  print(await live());
} catch (e) {
  if (!(e instanceof TransportUnavailable)) throw e;
  console.log(`${e.message}\nThis is a capture instead:\n`);
  print(captured());
}
