/** Two namespaces of one kernel, virtual or real, in which commands are run and looked at. @module */
import { Connection } from "../../../src/api/connection.ts";
import { rtnetlinkGroups } from "../../../src/codec/rtnetlink/groups.ts";
import { rtnetlinkMessages } from "../../../src/codec/rtnetlink/messages.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { createNetns, deleteNetns, openLinux, setSysctls } from "../../../src/transport/linux/index.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { TransportError } from "../../../src/transport/transport.ts";
import { VirtualKernel } from "../../../src/transport/virtual/index.ts";
import { type Command, OTHER } from "./commands.ts";
import { lines, stable } from "./compare.ts";

const GROUPS = [
  "link",
  "neigh",
  "tc",
  "ipv4-ifaddr",
  "ipv4-route",
  "ipv4-rule",
  "ipv6-ifaddr",
  "ipv6-route",
  "ipv6-rule",
  "ipv4-netconf",
  "ipv6-netconf",
  "nsid",
  "nexthop",
] as const;

interface Side {
  readonly nl: Connection;
  readonly listener: Transport;
  readonly name: string;
}
export interface World {
  /** Runs a command: what it returned, or how it failed. */
  run(command: Command): Promise<string>;
  /** Events of both namespaces since the last call; waits a little for as many as are expected. */
  events(expected?: readonly number[]): Promise<string[][]>;
  addressOf(netns: 0 | 1, device: string): Promise<string | undefined>;
  /** All that there is. */
  dump(): Promise<string[]>;
  close(): void;
}

const DUMPS = [
  ["links", RTM.getlink, {}],
  ["addresses", RTM.getaddr, {}],
  ["routes4", RTM.getroute, { family: 2 }],
  ["routes6", RTM.getroute, { family: 10 }],
  ["rules4", RTM.getrule, { family: 2 }],
  ["rules6", RTM.getrule, { family: 10 }],
  ["neighbors", RTM.getneigh, {}],
  ["nexthops", RTM.getnexthop, {}],
  ["nsids", RTM.getnsid, {}],
  ["qdiscs", RTM.getqdisc, {}],
] as const;

function replaced(value: unknown, other: string): unknown {
  if (value === OTHER) return other;
  if (Array.isArray(value)) return value.map((item) => replaced(item, other));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, other)]));
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function world(sides: readonly Side[], close: () => void): World {
  const pending: string[][] = sides.map(() => []);
  const drain = () =>
    sides.forEach(({ listener }, i) => {
      for (;;) {
        try {
          const datagram = listener.receive();
          if (datagram === undefined) return;
          pending[i]!.push(...lines(datagram.bytes));
        } catch (e) {
          if (!(e instanceof TransportError && e.code === "ENOBUFS")) throw e;
          pending[i]!.push("overrun");
        }
      }
    });
  return {
    async run({ netns, facet, method, args }) {
      const { nl } = sides[netns]!;
      const given = replaced(args, sides[1 - netns]!.name) as unknown[];
      try {
        const target = nl[facet as "links"] as never as Record<string, (...args: unknown[]) => Promise<unknown>>;
        const result = await target[method]!(...given);
        return `ok ${JSON.stringify(stable(result))}`;
      } catch (e) {
        const { code, kernelMessage, attribute, missing, name, message } = e as Record<string, unknown>;
        if (code === undefined) return `${String(name)} ${String(message)}`;
        return `${String(code)} ${JSON.stringify({ kernelMessage, attribute, missing })}`;
      }
    },
    async events(expected) {
      // A look at each link makes the kernel act on carriers at once (linkwatch_sync_dev), where it may take its time otherwise.
      for (const { nl } of sides)
        for (const link of await nl.dump(
          { type: RTM.getlink, schema: rtnetlinkMessages[RTM.getlink]!.schema, value: { extMask: 8 } as never },
          rtnetlinkMessages[RTM.getlink]!.schema,
        ))
          await nl.links.find((link as { index: number }).index);
      drain();
      if (expected)
        for (let i = 0; i < 60 && pending.some((list, side) => list.length < expected[side]!); i++) {
          await pause(i < 10 ? 1 : 3);
          drain();
        }
      return pending.map((list) => list.splice(0));
    },
    async addressOf(netns, device) {
      return (await sides[netns]!.nl.links.find(device))?.address;
    },
    async dump() {
      const found: string[] = [];
      for (const [i, { nl }] of sides.entries())
        for (const [name, type, value] of DUMPS) {
          const { schema } = rtnetlinkMessages[type]!;
          try {
            const messages = await nl.dump({ type, schema, value: value as never }, schema);
            for (const message of messages) {
              const line = JSON.stringify(stable(message));
              if (name === "neighbors" && !/"dst":"(192\.0\.2\.5[01]|2001:db8::50|0\.0\.0\.0)"/.test(line)) continue;
              found.push(`${i} ${name} ${line}`);
            }
            // Neighbors are listed in the order of a hash that is another one at each boot.
            if (name === "neighbors")
              found.push(...found.splice(found.findIndex((line) => line.startsWith(`${i} neighbors`))).sort());
          } catch (e) {
            found.push(`${i} ${name} ${String(e)}`);
          }
        }
      return found;
    },
    close() {
      for (const { nl, listener } of sides) {
        nl.close();
        listener.close();
      }
      close();
    },
  };
}

/** No packets of the kernel's own, as far as that can be had, and no wait for duplicate addresses. */
const QUIET = {
  "net.ipv6.conf.all.accept_dad": 0,
  "net.ipv6.conf.default.accept_dad": 0,
};
const NOT_MODELLED = { "net.ipv6.conf.default.router_solicitations": 0 };

async function side(transport: Transport, name: string): Promise<Side> {
  const nl = await Connection.open({ transport });
  const listener = transport.another!({ receiveBufferSize: 8 << 20 });
  for (const group of GROUPS) listener.join(rtnetlinkGroups.values[group]);
  return { nl, listener, name };
}

/** `randoms` are what random addresses are made of: those of the real kernel. */
export async function virtualWorld(randoms: number[]): Promise<World> {
  const kernel = new VirtualKernel({ sysctls: QUIET, clock: "manual", random: () => randoms.shift() ?? 0 });
  kernel.createNetns("one");
  kernel.createNetns("two");
  const sides = [];
  for (const name of ["one", "two"]) sides.push(await side(kernel.open({ netns: name }), name));
  return world(sides, () => {});
}

let serial = 0;
export async function realWorld(): Promise<World> {
  const names = [0, 1].map((i) => `model-${process.pid}-${serial++}-${i}`);
  const sides: Side[] = [];
  for (const name of names) {
    createNetns(name);
    setSysctls(name, { ...QUIET, ...NOT_MODELLED });
    sides.push(await side(openLinux({ netns: name }), name));
  }
  return world(sides, () => {
    for (const name of names) deleteNetns(name);
  });
}

/**
 * A difference between the virtual kernel and the real one after the same commands; undefined if there is none. Workers of the real one
 * race: only what differs three times is a difference.
 */
export async function difference(commands: readonly Command[]): Promise<string | undefined> {
  let found: string | undefined;
  for (let i = 0; i < 3; i++) {
    found = await firstDifference(commands);
    if (found === undefined) return undefined;
  }
  return found;
}
async function firstDifference(commands: readonly Command[]): Promise<string | undefined> {
  const randoms: number[] = [];
  const ours = await virtualWorld(randoms);
  const theirs = await realWorld();
  const trace: string[] = [];
  const differs = (what: string, virtual: string | undefined, real: string | undefined) =>
    `${trace.join("\n")}\n${what}\n${apart(virtual, real)}`;
  try {
    for (const command of commands) {
      trace.push(`${command.netns} ${command.facet}.${command.method} ${JSON.stringify(command.args)}`);
      const real = await theirs.run(command);
      if (command.method === "add" && JSON.stringify(command.args).includes('"bridge"')) {
        const address = await theirs.addressOf(command.netns, (command.args[0] as { name: string }).name);
        const bytes = address?.split(":").map((part) => Number.parseInt(part, 16)) ?? [];
        if (real.startsWith("ok"))
          randoms.push(...[0, 3].map((i) => bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16)));
      }
      const virtual = await ours.run(command);
      trace.push(`    ${real}`);
      if (virtual !== real) return differs("result", virtual, real);
      const mine = (await ours.events()).map(unhashed);
      const its = (await theirs.events(mine.map((list) => list.length))).map(unhashed);
      for (const [i, list] of mine.entries()) {
        if (JSON.stringify(settled(list)) === JSON.stringify(settled(its[i]!))) continue;
        for (let n = 0; n < Math.max(list.length, its[i]!.length); n++)
          if (list[n] !== its[i]![n])
            return `${differs(`event ${n} in namespace ${i}`, list[n], its[i]![n])}\n  all virtual: ${brief(list)}\n  all real:    ${brief(its[i]!)}`;
      }
    }
    const mine = await ours.dump();
    const its = await theirs.dump();
    for (let n = 0; n < Math.max(mine.length, its.length); n++)
      if (mine[n] !== its[n]) return differs(`dump line ${n}`, mine[n], its[n]);
    return undefined;
  } finally {
    ours.close();
    theirs.close();
  }
}
/** Neighbors go in the order of a hash that is another one at each boot. */
function unhashed(events: readonly string[]): string[] {
  const sorted: string[] = [];
  let run: string[] = [];
  for (const line of events) {
    if (line.startsWith("delneigh")) {
      run.push(line);
      continue;
    }
    sorted.push(...run.sort(), line);
    run = [];
  }
  return [...sorted, ...run.sort()];
}
/** The end of duplicate address detection is told by a worker of its own, between other events or after them. */
function settled(events: readonly string[]): string[] {
  const byWorker = (line: string) =>
    (line.startsWith("newaddr") && line.includes('"family":10') && !line.includes('"flags":192')) ||
    (line.startsWith("newroute") && line.includes('"family":10') && line.endsWith('"type":2}'));
  return [...events.filter((line) => !byWorker(line)), ...events.filter(byWorker)];
}
/** Two lines, or, where they are of one sort, the members that differ. */
function apart(virtual: string | undefined, real: string | undefined): string {
  const [ours, theirs] = [virtual, real].map((line) => /^(.*?)(\{.*\})$/.exec(line ?? ""));
  if (!ours || !theirs || ours[1] !== theirs[1]) return `  virtual: ${virtual}\n  real:    ${real}`;
  const [a, b] = [JSON.parse(ours[2]!), JSON.parse(theirs[2]!)];
  if (a.index !== b.index || a.dst !== b.dst) return `  virtual: ${virtual}\n  real:    ${real}`;
  return [`${ours[1]} ${a.ifname ?? a.dst ?? ""}`, ...members(a, b, "")].join("\n");
}
function members(a: unknown, b: unknown, path: string): string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return [];
  const objects = [a, b].every((side) => typeof side === "object" && side !== null);
  if (!objects) return [`  ${path}: virtual ${JSON.stringify(a)}, real ${JSON.stringify(b)}`];
  const [x, y] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].flatMap((name) =>
    members(x[name], y[name], `${path}.${name}`),
  );
}
/** Events in short, to see their order. */
const brief = (events: readonly string[]): string =>
  events
    .map((line) => {
      const at = line.indexOf("{");
      if (at < 0) return line;
      const { ifname, dst, dstLen, address, ifindex, family, event, master } = JSON.parse(line.slice(at));
      const what = ifname ?? (dst === undefined && dstLen === undefined ? (address ?? ifindex) : `${dst}/${dstLen}`);
      return `${line.slice(0, at)}${family} ${what}${master ? ` in ${master}` : ""}${event ? ` event ${event}` : ""}`;
    })
    .join("; ");
