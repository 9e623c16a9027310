/** `nlink ss`. @module */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NetlinkError } from "../../api/errors.ts";
import { cgroupPaths } from "../../api/sockets/cgroup.ts";
import type { InetSocket } from "../../api/sockets/inet-socket.ts";
import { type InetKind, isInetKind, type Socket, type SocketPart, type SocketQuery } from "../../api/sockets/query.ts";
import { SockDiag } from "../../api/sockets/sockdiag.ts";
import { FilterError } from "../../codec/sockdiag/filter/error.ts";
import { type SocketState, socketStates, stateSets } from "../../codec/sockdiag/state.ts";
import { SOCK_DIAG } from "../../codec/sockdiag/types.ts";
import type { Json } from "../../codec/tc/show.ts";
import { NamespaceNotFound } from "../../transport/errors.ts";
import type { Context } from "../context.ts";
import { described, failure, usage } from "../failure.ts";
import type { Globals } from "../globals.ts";
import { text } from "../grammar/args.ts";
import { command, type Options, type Values } from "../grammar/command.ts";
import { machine } from "../namespaces.ts";
import { compact } from "../output/json.ts";
import { plain } from "../output/plain.ts";
import { Printer } from "../output/printer.ts";
import { versionOf } from "../version.ts";
import { type Cells, table } from "./columns.ts";
import { hostNames } from "./names.ts";
import { rowOf, type Wish } from "./row.ts";
import { ANY, familyWords, LISTENING, queryWords, Selection, TABLES, type Table } from "./tables.ts";

/** Letters that choose sockets, in the order in which they stand: a family that is named last is the one that is shown. */
const picks = (word: string, help: string, short?: string) =>
  ({ key: "picks", many: true, value: word, help, ...(short && { short }) }) as const;
const said = (help: string, short?: string) => ({ last: true, help, ...(short && { short }) }) as const;
const options = {
  numeric: said("numbers in place of names of services", "n"),
  resolve: said("names of hosts", "r"),
  all: { ...picks("all", "sockets in all states", "a") },
  listening: { ...picks("listening", "those that listen, or are not connected", "l") },
  options: said("timers", "o"),
  extended: said("details", "e"),
  memory: said("memory that they use", "m"),
  processes: said("processes that have them open", "p"),
  info: said("what the kernel knows of TCP connections", "i"),
  summary: said("how many there are", "s"),
  tos: said("type of service and priority"),
  cgroup: said("cgroups"),
  bpf: said("socket filters", "b"),
  events: said("follow sockets as they are destroyed", "E"),
  context: said("security contexts of processes", "Z"),
  contexts: { ...said("the same", "z"), key: "context" },
  net: { short: "N", last: true, arg: text("NAME", "netns"), help: "in this network namespace" },
  ipv4: picks("inet", "IPv4", "4"),
  ipv6: picks("inet6", "IPv6", "6"),
  packet: picks("link", "packet sockets", "0"),
  tcp: picks("tcp", "TCP", "t"),
  mptcp: picks("mptcp", "MPTCP", "M"),
  sctp: picks("sctp", "SCTP", "S"),
  udp: picks("udp", "UDP", "u"),
  dccp: picks("dccp", "DCCP", "d"),
  raw: picks("raw", "raw sockets", "w"),
  unix: picks("unix", "unix sockets", "x"),
  vsock: picks("vsock", "sockets between virtual machines"),
  xdp: picks("xdp", "AF_XDP"),
  family: { key: "picks", many: true, short: "f", arg: prefixed("family", familyWords), help: "sockets of a family" },
  query: {
    also: ["socket"],
    key: "picks",
    many: true,
    short: "A",
    arg: prefixed("query", queryWords),
    help: "sockets of these tables",
  },
  kill: said("close what is found, for its owner", "K"),
  "no-header": said("no heading", "H"),
  oneline: said("each socket on one line", "O"),
  "inet-sockopt": said("options of sockets"),
  filter: { short: "F", last: true, arg: text("FILE", "file"), help: "read the filter from a file" },
  json: said("JSON: the sockets as the library describes them", "j"),
  pretty: said("JSON on many lines"),
  src: { last: true, arg: text("ADDRESS"), help: "from this address" },
  dst: { last: true, arg: text("ADDRESS"), help: "to this address" },
  sport: { last: true, arg: text("PORT"), help: "from this port" },
  dport: { last: true, arg: text("PORT"), help: "to this port" },
  version: said("the version", "V"),
  help: said("help", "h"),
  expression: {
    many: true,
    arg: text("FILTER"),
    help: "state STATE, exclude STATE, and an expression: dport = :ssh and src 10/8",
  },
} satisfies Options;
type Said = Values<typeof options>;

/** A value of -f and -A, told apart from the letters. */
function prefixed(what: string, words: readonly string[]) {
  return {
    syntax: what === "query" ? "TABLE,…" : "FAMILY",
    complete: words,
    read: (parser: { next(): string }) => `${what}:${parser.next()}`,
  } as const;
}
const TABLE_WORDS: ReadonlySet<string> = new Set(["tcp", "mptcp", "sctp", "udp", "dccp", "raw"]);

function selected(chosen: readonly string[]): Selection {
  const selection = new Selection();
  for (const word of chosen) {
    if (word === "all") selection.states = ANY;
    else if (word === "listening") selection.states = LISTENING;
    else if (word.startsWith("query:")) selection.query(word.slice(6));
    else if (word.startsWith("family:")) selection.family(word.slice(7));
    else if (TABLE_WORDS.has(word)) selection.table(word as Table);
    else selection.family(word);
  }
  return selection;
}

/** Takes `state S` and `exclude S` from the front of the words. */
function takeStates(words: string[], selection: Selection): void {
  let seen = false;
  while (words[0] === "state" || words[0] === "exclude" || words[0] === "excl") {
    const verb = words.shift();
    const word = words.shift();
    if (word === undefined) throw usage('Command line is not complete. Try option "help"');
    const name = word.toLowerCase().replace(/^syn-rcv$/, "syn-recv");
    if (!Object.hasOwn(stateSets, name)) throw usage(`ss: wrong state name: ${word}`);
    const mask = stateSets[name]! & ANY;
    if (!seen) selection.states = verb === "state" ? 0 : ANY;
    selection.states = verb === "state" ? selection.states! | mask : selection.states! & ~mask;
    seen = true;
  }
}

async function run(context: Context, asked: Said): Promise<number | void> {
  const { io } = context;
  const words = [...(asked.expression ?? [])];
  if (asked.version) return void io.stdout(versionOf("ss"));
  if (asked.context && !selinux()) throw failure("ss: SELinux is not enabled.");
  if (asked.summary) {
    await machine(context.io);
    const { summary } = await import("./summary.ts");
    await summary(context, asked.net);
    if (!asked.picks && words.length === 0) return;
  }
  const selection = selected(asked.picks ?? []);
  takeStates(words, selection);
  if (asked.filter !== undefined) words.push(await filterFile(context, asked.filter));
  const { tables, states, family } = selection.result();
  const query = queryOf(asked, words.join(" ").trim(), states, family);
  const netns = asked.net ?? context.globals.netns;
  const diag = await open(context, netns);
  const hidden = [...(tables.length === 1 ? [0] : []), ...((states & (states - 1)) === 0 ? [1] : [])];
  try {
    if (asked.events) {
      const { follow } = await import("./follow.ts");
      const heading = asked["no-header"] || asked.json ? "" : table([], { header: true, hidden, width: undefined });
      const wish = wishOf(asked, new Map());
      const shown = (socket: Socket) =>
        asked.json
          ? `${compact(plain(socket, "message"))}\n`
          : table([rowOf(socket, wish)], { header: false, hidden, width: undefined });
      return await follow(context, tables, query, heading, shown);
    }
    const found: Socket[] = [];
    for await (const socket of sockets(diag, tables, query)) {
      if (asked.kill && !(await killed(diag, socket))) continue;
      found.push(socket);
    }
    if (asked.json) return await printJson(context, asked, found);
    const hosts =
      asked.resolve && !asked.numeric ? await hostNames(found.flatMap(addresses)) : new Map<string, string>();
    const wish = wishOf(asked, hosts);
    const rows = found.map((socket): Cells => rowOf(socket, wish));
    io.stdout(table(rows, { header: !asked["no-header"], hidden, width: io.isTTY ? io.columns : undefined }));
  } catch (e) {
    if (e instanceof FilterError) throw usage(`ss: ${e.message}`);
    throw e;
  } finally {
    diag.close();
  }
}

async function open({ sockets }: Context, netns: Globals["netns"]): Promise<SockDiag> {
  try {
    const transport = await sockets.open({ protocol: SOCK_DIAG, netns });
    return await SockDiag.open({ transport, routeTransport: await sockets.open({ protocol: 0, netns }) });
  } catch (e) {
    throw e instanceof NamespaceNotFound ? failure(described(e).message) : e;
  }
}
const selinux = (): boolean => {
  try {
    readFileSync("/sys/fs/selinux/enforce");
    return true;
  } catch {
    return false;
  }
};
const addresses = (socket: Socket): string[] =>
  isInetKind(socket.protocol) ? [(socket as InetSocket).local.address, (socket as InetSocket).remote.address] : [];

async function filterFile({ io }: Context, name: string): Promise<string> {
  if (name === "-") {
    let all = "";
    for await (const chunk of io.stdin) all += chunk;
    return all.trim();
  }
  try {
    return (await readFile(resolve(io.cwd, name), "utf8")).trim();
  } catch (e) {
    throw usage(`fopen filter file: ${(e as Error).message}`);
  }
}

function queryOf(asked: Said, filter: string, states: number, family: "inet" | "inet6" | undefined): SocketQuery {
  const parts: SocketPart[] = [];
  // The queues of packet and netlink sockets are only known by their memory.
  if (asked.memory) parts.push("memory", "meminfo");
  if (asked.info) parts.push("info", "congestion");
  if (asked.tos) parts.push("tos");
  if (asked.bpf) parts.push("bpf");
  const names = (Object.keys(socketStates.values) as SocketState[]).filter(
    (name) => (states & (1 << socketStates.values[name])) !== 0,
  );
  return {
    states: names,
    ...(filter !== "" && { filter }),
    ...(family && { family }),
    ...(asked.src !== undefined && { src: asked.src }),
    ...(asked.dst !== undefined && { dst: asked.dst }),
    ...(asked.sport !== undefined && { sport: asked.sport }),
    ...(asked.dport !== undefined && { dport: asked.dport }),
    include: parts,
    owners: (asked.processes ?? false) || (asked.context ?? false),
  };
}

/** Table after table, in ss's order; those that the kernel has no diagnostics for have none. */
async function* sockets(diag: SockDiag, tables: readonly Table[], query: SocketQuery): AsyncGenerator<Socket> {
  const kinds = new Map<(typeof TABLES)[Table]["kind"], Set<string>>();
  for (const name of tables) {
    const { kind } = TABLES[name];
    const types = kinds.get(kind) ?? new Set();
    kinds.set(kind, "type" in TABLES[name] ? types.add((TABLES[name] as { type: string }).type) : types);
  }
  for (const [kind, types] of kinds) {
    const { family, ...rest } = query;
    const own: SocketQuery = isInetKind(kind) ? query : rest;
    const include =
      kind === "packet" || kind === "netlink"
        ? [...new Set<SocketPart>([...(own.include as SocketPart[]), "memory"])]
        : own.include;
    try {
      for await (const socket of diag.stream(kind, { ...own, include } as SocketQuery, { onInterrupted: "ignore" }))
        if (types.size === 0 || types.has(String((socket as { type?: unknown }).type))) yield socket;
    } catch (e) {
      if (!(e instanceof NetlinkError && ["EOPNOTSUPP", "ENOENT", "EINVAL"].includes(e.code))) throw e;
    }
  }
}

async function killed(diag: SockDiag, socket: Socket): Promise<boolean> {
  if (!isInetKind(socket.protocol as InetKind)) return false;
  try {
    return await diag.destroy(socket as InetSocket);
  } catch (e) {
    if (e instanceof NetlinkError && (e.code === "EOPNOTSUPP" || e.code === "ENOENT")) return false;
    throw e;
  }
}

function wishOf(asked: Said, hosts: ReadonlyMap<string, string>): Wish {
  const comm = (pid: number, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").replace(/[\n\0]+$/, "");
    } catch {
      return undefined;
    }
  };
  return {
    numeric: asked.numeric ?? false,
    options: (asked.options ?? false) || (asked.extended ?? false) || (asked.bpf ?? false),
    details: asked.extended ?? false,
    memory: asked.memory ?? false,
    info: asked.info ?? false,
    tos: asked.tos ?? false,
    cgroup: asked.cgroup ?? false,
    sockopt: asked["inet-sockopt"] ?? false,
    bpf: asked.bpf ?? false,
    owners: asked.processes ?? false,
    oneline: asked.oneline ?? false,
    ...(asked.context && { context: (pid: number) => comm(pid, "attr/current") ?? "unavailable" }),
    host: (address) => hosts.get(address) ?? address,
    cgroupPath: cgroupPath(),
    process: (pid) => comm(pid, "comm"),
  };
}

/** Paths of cgroups by id; all directories are looked at once, when the first is asked for. */
function cgroupPath(): (id: string) => string {
  let paths: Map<bigint, string> | undefined;
  return (id) => {
    paths ??= cgroupPaths();
    return paths.get(BigInt(id)) ?? `unreachable:${id.slice(2)}`;
  };
}

async function printJson({ io }: Context, { pretty }: Said, found: readonly Socket[]): Promise<void> {
  const printer = new Printer((text) => io.stdout(text), { json: true, pretty });
  await printer.list((item) => {
    for (const socket of found)
      item((out) => {
        for (const [key, value] of Object.entries(plain(socket, "message") as object)) out.put(key, value as Json);
      });
  });
}

export const ss = command({
  name: "ss",
  help: "sockets",
  clusters: true,
  options,
  bare: ["expression"],
  run,
});
