/** What sockets to ask for: the user's words as one filter. @module */
import { FilterError } from "../../codec/sockdiag/filter/error.ts";
import { type Expression, join, mapLeaves, someLeaf, TRUE } from "../../codec/sockdiag/filter/expression.ts";
import { isExpected, parseHost } from "../../codec/sockdiag/filter/host.ts";
import { parseFilter } from "../../codec/sockdiag/filter/parse.ts";
import { services } from "../../codec/sockdiag/filter/services.ts";
import { type SocketState, stateSets } from "../../codec/sockdiag/state.ts";
import type { Device } from "../device.ts";
import { checkOptions, integer, OptionError } from "../options.ts";
import type {
  DccpSocket,
  MptcpSocket,
  RawSocket,
  SctpSocket,
  TcpSocket,
  UdpliteSocket,
  UdpSocket,
} from "./inet-socket.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";
import type { PacketSocket } from "./packet-socket.ts";
import type { UnixSocket } from "./unix-socket.ts";
import type { VsockSocket } from "./vsock-socket.ts";
import type { XdpSocket } from "./xdp-socket.ts";

/** The kinds of sockets, and what each is described by. */
export interface SocketKinds {
  tcp: TcpSocket;
  udp: UdpSocket;
  udplite: UdpliteSocket;
  raw: RawSocket;
  sctp: SctpSocket;
  mptcp: MptcpSocket;
  dccp: DccpSocket;
  unix: UnixSocket;
  netlink: NetlinkSocket;
  packet: PacketSocket;
  vsock: VsockSocket;
  xdp: XdpSocket;
}
export type SocketKind = keyof SocketKinds;
export type Socket = SocketKinds[SocketKind];
export const inetKinds = ["tcp", "udp", "udplite", "raw", "sctp", "mptcp", "dccp"] as const;
export type InetKind = (typeof inetKinds)[number];
export const socketKinds: readonly SocketKind[] = [...inetKinds, "unix", "netlink", "packet", "vsock", "xdp"];
export const isInetKind = (kind: SocketKind): kind is InetKind => (inetKinds as readonly string[]).includes(kind);

/** What is told only when asked for, because it makes messages longer. */
export const socketParts = ["memory", "meminfo", "info", "congestion", "tos", "bpf", "stats"] as const;
export type SocketPart = (typeof socketParts)[number];
type StateName = SocketState | "listening" | "closed" | "connected" | "synchronized" | "bucket" | "big" | "all";

export interface SocketQuery {
  /** In the syntax of ss (`parseFilter`), or as data. */
  readonly filter?: string | Expression | undefined;
  /** States, or ss's sets of them: `"connected"`, `"listening"`. All by default. */
  readonly states?: StateName | readonly StateName[] | undefined;
  /** Sockets of IPv4 or of IPv6; both by default. */
  readonly family?: "inet" | "inet6" | undefined;
  /** The local and the remote end as in filters: `"10.0.0.0/8"`, `"[::1]:80"`, `"unix:/run/*"`. */
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  /** A port, the name of a service, or a range: `22`, `"ssh"`, `"1000-2000"`. */
  readonly sport?: number | string | undefined;
  readonly dport?: number | string | undefined;
  /** Bound to this device. */
  readonly dev?: Device | undefined;
  /** Has this mark (under a mask: `"0x1/0xff"`). Needs CAP_NET_ADMIN. */
  readonly mark?: number | string | undefined;
  /** In the cgroup (version 2) of this path below the cgroup file system, or of this id. */
  readonly cgroup?: string | bigint | undefined;
  /** What to tell beside the basics: `memory`, `info` (struct tcp_info and its like), `congestion`… or all of it. */
  readonly include?: "all" | readonly SocketPart[] | undefined;
  /** Tell which processes have the socket open: as far as /proc shows their descriptors. */
  readonly owners?: boolean | undefined;
}
const keys: readonly (keyof SocketQuery)[] = [
  "filter",
  "states",
  "family",
  "src",
  "dst",
  "sport",
  "dport",
  "dev",
  "mark",
  "cgroup",
  "include",
  "owners",
];

/** @throws {OptionError} */
export function kindsOf(kind: SocketKind | readonly SocketKind[] | "all"): readonly SocketKind[] {
  const kinds = kind === "all" ? socketKinds : typeof kind === "string" ? [kind] : kind;
  if (!Array.isArray(kinds) || kinds.length === 0) throw noKind(kind);
  for (const k of kinds) if (!socketKinds.includes(k)) throw noKind(k);
  return kinds;
}
const noKind = (kind: unknown): OptionError =>
  new OptionError(
    `sockets: ${JSON.stringify(kind)} is not one of ${socketKinds.join(", ")}, all`,
    "kind",
    "a kind of sockets",
  );

/** @throws {OptionError} */
export function partsOf(query: SocketQuery): ReadonlySet<SocketPart> {
  const { include = [] } = query;
  if (include === "all") return new Set(socketParts);
  const list: readonly SocketPart[] = typeof include === "string" ? [include] : include;
  for (const part of list)
    if (!socketParts.includes(part))
      throw new OptionError(
        `sockets.include: ${JSON.stringify(part)} is not one of ${socketParts.join(", ")}`,
        "include",
        socketParts.join(", "),
      );
  return new Set(list);
}

/**
 * All conditions of a query as one expression. Names of devices and cgroups are still names.
 * @throws {OptionError} @throws {FilterError}
 */
export function filterOf(query: SocketQuery): Expression {
  checkOptions("sockets", query, keys);
  const { filter, states, family, dev, mark, cgroup } = query;
  if (family !== undefined && family !== "inet" && family !== "inet6")
    throw new OptionError(`sockets.family: ${JSON.stringify(family)} is not inet or inet6`, "family", "inet, inet6");
  const all: Expression[] = [];
  if (typeof filter === "string") all.push(parseFilter(filter));
  else if (filter !== undefined) all.push(checked(filter));
  if (states !== undefined) {
    let mask = 0;
    for (const state of typeof states === "string" ? [states] : states) {
      if (!Object.hasOwn(stateSets, state))
        throw new OptionError(
          `sockets.states: ${JSON.stringify(state)} is not one of ${Object.keys(stateSets).join(", ")}`,
          "states",
          "states",
        );
      mask |= stateSets[state]!;
    }
    all.push({ kind: "state", states: mask });
  }
  for (const side of ["src", "dst"] as const) {
    const text = query[side];
    if (text !== undefined) {
      const host = typeof text === "string" ? parseHost(text) : { expected: "an address" };
      if (isExpected(host))
        throw new OptionError(`sockets.${side}: ${JSON.stringify(text)} is not ${host.expected}`, side, host.expected);
      all.push({ kind: "host", side, host });
    }
    const port = query[side === "src" ? "sport" : "dport"];
    if (port !== undefined) all.push(portCondition(side, port));
  }
  if (dev !== undefined) all.push({ kind: "device", device: dev });
  if (mark !== undefined) all.push(markCondition(mark));
  if (cgroup !== undefined) all.push({ kind: "cgroup", cgroup });
  return join("and", all);
}

/** An expression written by hand, without what simplifies away. @throws {OptionError} what is none */
function checked(filter: Expression): Expression {
  const known = ["host", "port", "device", "mark", "cgroup", "autobound", "state", "constant"];
  try {
    return mapLeaves(filter, (leaf) => {
      if (!known.includes(leaf.kind)) throw new TypeError(`no condition is a ${JSON.stringify(leaf.kind)}`);
      return leaf;
    });
  } catch (e) {
    throw new OptionError(
      `sockets.filter: not an expression (${e instanceof Error ? e.message : e})`,
      "filter",
      "a text or an expression",
    );
  }
}

function portCondition(side: "src" | "dst", port: number | string): Expression {
  const name = side === "src" ? "sport" : "dport";
  const where = `sockets.${name}`;
  const range = typeof port === "string" ? /^(\d+)-(\d+)$/.exec(port) : null;
  if (range) {
    const low = integer(where, Number(range[1]), 0xffff);
    const high = integer(where, Number(range[2]), 0xffff);
    if (low > high) throw new OptionError(`${where}: ${low} is more than ${high}`, name, "a range from low to high");
    return join("and", [
      { kind: "port", side, op: "ge", port: low },
      { kind: "port", side, op: "le", port: high },
    ]);
  }
  if (typeof port === "string" && !/^\d+$/.test(port)) {
    if (!Object.hasOwn(services, port))
      throw new OptionError(
        `${where}: ${JSON.stringify(port)} is not a port, the name of a service or a range`,
        name,
        "a port",
      );
    return { kind: "host", side, host: { port: services[port]! } };
  }
  return { kind: "host", side, host: { port: integer(where, Number(port), 0xffffffff) } };
}

function markCondition(mark: number | string): Expression {
  if (typeof mark === "number") return { kind: "mark", mark: integer("sockets.mark", mark), mask: 0xffffffff };
  try {
    return parseFilter(`fwmark = "${mark}"`);
  } catch (e) {
    if (!(e instanceof FilterError)) throw e;
    throw new OptionError(`sockets.mark: ${JSON.stringify(mark)} is not ${e.expected}`, "mark", e.expected);
  }
}

/** Whether a filter names devices or cgroups that are to be looked up. */
export const namesDevices = (filter: Expression): boolean =>
  someLeaf(
    filter,
    (leaf) =>
      (leaf.kind === "device" && typeof leaf.device === "string") ||
      (leaf.kind === "host" && leaf.host.family === "packet" && typeof leaf.host.port === "string"),
  );

/** The filter with devices by index and cgroups by id. */
export function resolveNames(
  filter: Expression,
  device: (name: string) => number,
  cgroup: (path: string) => bigint,
): Expression {
  return mapLeaves(filter, (leaf) => {
    if (leaf.kind === "device" && typeof leaf.device === "string") return { ...leaf, device: device(leaf.device) };
    if (leaf.kind === "cgroup" && typeof leaf.cgroup === "string") return { ...leaf, cgroup: cgroup(leaf.cgroup) };
    if (leaf.kind === "host" && leaf.host.family === "packet" && typeof leaf.host.port === "string")
      return { ...leaf, host: { ...leaf.host, port: device(leaf.host.port) } };
    return leaf;
  });
}

export const nothingAsked = (filter: Expression): boolean => filter === TRUE || filter.kind === "constant";
