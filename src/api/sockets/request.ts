/** Requests for sockets of each kind. @module */
import type { Attrs } from "../../codec/schema/attrs.ts";
import { inet6Request, inet6Sockets, inetExtensions, inetRequest, inetSockets } from "../../codec/sockdiag/inet.ts";
import { NDIAG_PROTO_ALL, netlinkRequest, netlinkShow, netlinkSocket } from "../../codec/sockdiag/netlink.ts";
import { packetRequest, packetShow, packetSocket } from "../../codec/sockdiag/packet.ts";
import { AF, inetProtocols, SOCK_DIAG_BY_FAMILY } from "../../codec/sockdiag/types.ts";
import { unixRequest, unixShow, unixSocket } from "../../codec/sockdiag/unix.ts";
import { vsockRequest, vsockSocket } from "../../codec/sockdiag/vsock.ts";
import { xdpRequest, xdpShow, xdpSocket } from "../../codec/sockdiag/xdp.ts";
import type { Message } from "../channel.ts";
import type { InetKind, SocketKind, SocketPart } from "./query.ts";

const u8 = 0xff;
/** Which attribute of an answer is asked for by which bit: the congestion control's name by one, its state by another. */
function extensions(parts: ReadonlySet<SocketPart>): number {
  const bits = inetExtensions.values;
  let ext = 0;
  if (parts.has("memory")) ext |= bits.skmeminfo;
  if (parts.has("meminfo")) ext |= bits.meminfo;
  if (parts.has("info")) ext |= bits.info;
  if (parts.has("congestion")) ext |= bits.cong | bits.congestion;
  if (parts.has("tos")) ext |= bits.tos | bits.tclass;
  return ext;
}

/** A protocol number does not fit in the head's byte from MPTCP on: it goes into an attribute then, as ss does it. */
export const protocolFields = (kind: InetKind): { protocol: number; protocol32?: number } => {
  const number = inetProtocols.values[kind];
  return number > u8 ? { protocol: number & u8, protocol32: number } : { protocol: number };
};

export interface InetRequest {
  readonly kind: InetKind;
  readonly family: "inet" | "inet6";
  readonly states: number;
  readonly parts: ReadonlySet<SocketPart>;
  readonly bytecode?: Uint8Array | undefined;
}
export function inetMessage({ kind, family, states, parts, bytecode }: InetRequest): Message {
  return {
    type: SOCK_DIAG_BY_FAMILY,
    schema: family === "inet" ? inetRequest : inet6Request,
    value: {
      family: AF[family],
      ...protocolFields(kind),
      ext: extensions(parts),
      states: states >>> 0,
      ...(bytecode ? { bytecode } : {}),
      ...(parts.has("bpf") ? { skBpfStorages: {} } : {}),
    },
  };
}
/** The schema of the answers about a protocol's sockets. */
export const inetAnswer = (kind: InetKind, family: "inet" | "inet6") => {
  const schemas = family === "inet" ? inetSockets : inet6Sockets;
  return kind === "tcp" || kind === "mptcp" || kind === "sctp" || kind === "dccp" ? schemas[kind] : schemas.other;
};

const all = (values: { readonly [name: string]: number }, ...but: string[]): number =>
  Object.entries(values).reduce((mask, [name, bit]) => (but.includes(name) ? mask : mask | bit), 0);
const unless = (has: boolean, name: string): string[] => (has ? [] : [name]);

/** Request and schema of the answers for sockets of the other families. */
export function otherMessage(
  kind: Exclude<SocketKind, InetKind>,
  states: number,
  parts: ReadonlySet<SocketPart>,
): { readonly message: Message; readonly answer: Attrs } {
  const memory = unless(parts.has("memory"), "meminfo");
  const make = (schema: Attrs, answer: Attrs, value: object) => ({
    message: { type: SOCK_DIAG_BY_FAMILY, schema, value: { family: AF[kind], ...value } as never },
    answer,
  });
  switch (kind) {
    case "unix":
      return make(unixRequest, unixSocket, { states: states >>> 0, show: all(unixShow.values, ...memory) });
    case "netlink":
      return make(netlinkRequest, netlinkSocket, {
        protocol: NDIAG_PROTO_ALL,
        show: all(netlinkShow.values, "ring-cfg", ...memory),
      });
    case "packet":
      return make(packetRequest, packetSocket, {
        show: all(packetShow.values, ...memory, ...unless(parts.has("bpf"), "filter")),
      });
    case "vsock":
      return make(vsockRequest, vsockSocket, { states: states >>> 0 });
    case "xdp":
      return make(xdpRequest, xdpSocket, {
        show: all(xdpShow.values, ...memory, ...unless(parts.has("stats"), "stats")),
      });
  }
}
