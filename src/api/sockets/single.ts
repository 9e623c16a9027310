/** Requests that mean one socket of IPv4 or IPv6. @module */
import { inet6Request, inetRequest } from "../../codec/sockdiag/inet.ts";
import { ALL_STATES } from "../../codec/sockdiag/state.ts";
import { SOCK_DESTROY } from "../../codec/sockdiag/types.ts";
import type { Message } from "../channel.ts";
import { OptionError } from "../options.ts";
import { ANY_COOKIE, cookieWords } from "./end.ts";
import type { InetSocket } from "./inet-socket.ts";
import { isInetKind } from "./query.ts";
import { protocolFields } from "./request.ts";

/** The members of a request that mean one socket. */
export const idOf = (socket: InetSocket) => ({
  rawProtocol: (socket.protocol === "raw" && socket.ipProtocol) || 0,
  sport: socket.local.port,
  dport: socket.remote.port,
  src: socket.local.address,
  dst: socket.remote.address,
  ifindex: socket.message.ifindex,
  cookie: socket.cookie === undefined ? ANY_COOKIE : cookieWords(socket.cookie),
});

export const swap = (id: ReturnType<typeof idOf>) => ({
  ...id,
  sport: id.dport,
  dport: id.sport,
  src: id.dst,
  dst: id.src,
});

export function destroyMessage(socket: InetSocket): Message {
  if (!isInetKind(socket.protocol)) throw cannotDestroy(socket.protocol);
  return {
    type: SOCK_DESTROY,
    schema: socket.family === "inet" ? inetRequest : inet6Request,
    value: {
      family: socket.message.family,
      ...protocolFields(socket.protocol),
      states: ALL_STATES,
      ...idOf(socket),
    } as never,
  };
}
export const cannotDestroy = (kind: string): OptionError =>
  new OptionError(`sockets: a ${kind} socket cannot be destroyed`, "socket", "a socket of IPv4 or IPv6");
const end = ({ address, port }: { address: string; port: number }): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
export const describe = (s: InetSocket): string => `${s.protocol} socket ${end(s.local)} ${end(s.remote)}`;
