/** The dumps that a query is made of. @module */
import type { Attrs } from "../../codec/schema/attrs.ts";
import { compileFilter } from "../../codec/sockdiag/filter/bytecode.ts";
import { type Expression, someLeaf, TRUE } from "../../codec/sockdiag/filter/expression.ts";
import { type Matcher, matcher, type Subject } from "../../codec/sockdiag/filter/match.ts";
import { planFilter, type Query } from "../../codec/sockdiag/filter/plan.ts";
import type { InetMessage } from "../../codec/sockdiag/inet.ts";
import type { NetlinkMessage } from "../../codec/sockdiag/netlink.ts";
import { ALL_STATES } from "../../codec/sockdiag/state.ts";
import { SOCK_DIAG_BY_FAMILY } from "../../codec/sockdiag/types.ts";
import { type UnixMessage, unixRequest, unixShow, unixSocket } from "../../codec/sockdiag/unix.ts";
import type { Channel, ExchangeOptions, Message } from "../channel.ts";
import { deviceNames, indexOf } from "../device.ts";
import { type Dump, type DumpOptions, listDump } from "../dump.ts";
import type { DeviceName } from "../facet.ts";
import { OptionError } from "../options.ts";
import { readInetSocket } from "./inet-socket.ts";
import { readNetlinkSocket } from "./netlink-socket.ts";
import { readPacketSocket } from "./packet-socket.ts";
import {
  filterOf,
  type InetKind,
  isInetKind,
  kindsOf,
  partsOf,
  resolveNames,
  type Socket,
  type SocketKind,
  type SocketPart,
  type SocketQuery,
} from "./query.ts";
import { undecided } from "./refusal.ts";
import { inetAnswer, inetMessage, otherMessage } from "./request.ts";
import { inetSubject, netlinkSubject, packetSubject, unixSubject, vsockSubject, xdpSubject } from "./subject.ts";
import { readUnixSocket, unixName } from "./unix-socket.ts";
import { readVsockSocket } from "./vsock-socket.ts";
import { readXdpSocket } from "./xdp-socket.ts";

/** A conversation of socket diagnostics, and one of rtnetlink to name devices with. */
export interface Channels {
  readonly channel: Channel;
  readonly route: Channel | undefined;
}
/** One dump of a query, and whether the kernel applies the whole filter to it. */
export interface Step {
  readonly kind: SocketKind;
  readonly dump: Dump<Attrs, Socket>;
  /** The same without bytecode, for a kernel that does not know all of it; undefined where there is none to leave out. */
  readonly plain?: (() => Dump<Attrs, Socket>) | undefined;
}

export async function namesOfDevices(route: Channel | undefined, options: ExchangeOptions): Promise<DeviceName> {
  if (!route) return () => undefined;
  const { timeout, signal } = options;
  const names = await deviceNames(route, { timeout, signal });
  return (index) => names.get(index);
}

/** The dumps of a query, one after another. Everything that can be wrong with it is said before the first. */
export async function* querySteps(
  { channel, route }: Channels,
  kind: SocketKind | readonly SocketKind[] | "all",
  query: SocketQuery,
  options: DumpOptions,
): AsyncGenerator<Step, void> {
  const kinds = kindsOf(kind);
  const parts = partsOf(query);
  const filter = await resolved(route, filterOf(query), options);
  const queries = planFilter(filter);
  const match = filter === TRUE ? undefined : matcher(filter);
  if (queries.length === 0) return;
  const names = await namesOfDevices(route, options);
  for (const k of kinds)
    if (isInetKind(k)) {
      for (const family of query.family ? [query.family] : (["inet", "inet6"] as const))
        for (const one of queries) yield inetStep(channel, k, family, one, match, parts, names);
    } else yield await otherStep(channel, k, filter, queries, match, parts, names, options);
}

/** The filter with devices by index and cgroups by id. */
async function resolved(route: Channel | undefined, filter: Expression, options: ExchangeOptions): Promise<Expression> {
  const indexes = new Map<string, number>();
  const cgroups = new Map<string, bigint>();
  resolveNames(
    filter,
    (name) => {
      indexes.set(name, 0);
      return 0;
    },
    (path) => {
      cgroups.set(path, 0n);
      return 0n;
    },
  );
  for (const name of indexes.keys()) {
    if (!route)
      throw new OptionError(
        `sockets: device ${name} by name needs a routeTransport: give its index`,
        "dev",
        "an index",
      );
    indexes.set(name, await indexOf(route, name, { timeout: options.timeout, signal: options.signal }));
  }
  if (cgroups.size > 0) {
    const { cgroupId } = await import("./cgroup.ts");
    for (const path of cgroups.keys()) cgroups.set(path, cgroupId(path));
  }
  return resolveNames(
    filter,
    (name) => indexes.get(name)!,
    (path) => cgroups.get(path)!,
  );
}

function inetStep(
  channel: Channel,
  kind: InetKind,
  family: "inet" | "inet6",
  { states, filter }: Query,
  match: Matcher | undefined,
  parts: ReadonlySet<SocketPart>,
  names: DeviceName,
): Step {
  const little = channel.transport.byteOrder === "little";
  const compiled = filter === TRUE ? undefined : compileFilter(filter, channel.transport.byteOrder);
  const make = (bytecode: Uint8Array | undefined): Dump<Attrs, Socket> => ({
    message: inetMessage({ kind, family, states, parts, bytecode }),
    answer: inetAnswer(kind, family) as Attrs,
    map: (value) => {
      const m = value as InetMessage;
      if (match) {
        const holds = match(inetSubject(m, kind));
        if (holds === false) return undefined;
        // What is not known is as the kernel has decided, if it has.
        if (holds === undefined && filter !== TRUE && bytecode === undefined) throw undecided(kind);
      }
      return readInetSocket(kind, m, names, little);
    },
  });
  return { kind, dump: make(compiled), plain: compiled && (() => make(undefined)) };
}

async function otherStep(
  channel: Channel,
  kind: Exclude<SocketKind, InetKind>,
  filter: Expression,
  queries: readonly Query[],
  match: Matcher | undefined,
  parts: ReadonlySet<SocketPart>,
  names: DeviceName,
  options: DumpOptions,
): Promise<Step> {
  const states = queries.reduce((mask, q) => mask | q.states, 0);
  const peers = kind === "unix" && asksForPeers(filter) ? await unixNames(channel, options) : undefined;
  const { message, answer } = otherMessage(kind, states, parts);
  const subject = { ...subjects, unix: (m: never) => unixSubject(m, peers) }[kind] as (m: unknown) => Subject;
  const read = readers[kind] as (m: unknown, names: DeviceName) => Socket;
  // __netlink_diag_dump shows sockets in groups twice: with the bound ones, and with those in groups.
  const seen = new Set<string>();
  const isNew = ({ cookie }: NetlinkMessage): boolean =>
    kind !== "netlink" || seen.size < seen.add(cookie.join(":")).size;
  return {
    kind,
    dump: {
      message,
      answer,
      map: (value) => {
        const holds = match === undefined || match(subject(value)) === true;
        return holds && isNew(value as NetlinkMessage) ? read(value, names) : undefined;
      },
    },
  };
}

/** Names of unix sockets by inode. */
async function unixNames(channel: Channel, options: DumpOptions): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const message: Message<typeof unixRequest> = {
    type: SOCK_DIAG_BY_FAMILY,
    schema: unixRequest,
    value: { family: 1, states: ALL_STATES, show: unixShow.values.name },
  };
  await listDump(
    channel,
    {
      message,
      answer: unixSocket,
      map: (m: UnixMessage) => {
        const name = unixName(m.name);
        if (name !== undefined) found.set(m.ino, name);
        return undefined;
      },
    },
    { operation: "list unix sockets", ...options },
  );
  return found;
}

const subjects = { netlink: netlinkSubject, packet: packetSubject, vsock: vsockSubject, xdp: xdpSubject };
const readers = {
  unix: readUnixSocket,
  netlink: readNetlinkSocket,
  packet: readPacketSocket,
  vsock: readVsockSocket,
  xdp: readXdpSocket,
};
const asksForPeers = (filter: Expression): boolean =>
  someLeaf(filter, (leaf) => leaf.kind === "host" && leaf.side === "dst" && leaf.host.family === "unix");
