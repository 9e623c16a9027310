/** What sockets of all families have in common. @module */
import type { Friendly } from "../../codec/schema/friendly.ts";
import { nameOf } from "../../codec/schema/scalar.ts";
import type { skMeminfo } from "../../codec/sockdiag/meminfo.ts";
import { type SocketState, socketStates } from "../../codec/sockdiag/state.ts";

/** An address and a port. */
export interface Endpoint {
  /** `"192.0.2.1"`, `"::1"`; all zeros is any. */
  readonly address: string;
  /** 0 is none. */
  readonly port: number;
}

/** Memory of a socket in bytes, and packets dropped for lack of it (SK_MEMINFO_*). */
export type SocketMemory = Friendly<typeof skMeminfo>;

/** Names a socket for good, unlike its inode, which is used again and which some have none of. */
export type Cookie = `0x${string}`;

export const cookieOf = (cookie: readonly number[]): Cookie =>
  `0x${((BigInt(cookie[1] ?? 0) << 32n) | BigInt(cookie[0] ?? 0)).toString(16)}`;
/** The words of a request. */
export const cookieWords = (cookie: Cookie): [number, number] => {
  const number = BigInt(cookie);
  return [Number(number & 0xffffffffn), Number(number >> 32n)];
};
/** A cookie that stands for any: INET_DIAG_NOCOOKIE. */
export const ANY_COOKIE: readonly [number, number] = [0xffffffff, 0xffffffff];

export const stateName = (state: number): SocketState =>
  (nameOf(socketStates, state) as SocketState | undefined) ?? (`#${state}` as SocketState);

/** A process that has a socket open. */
export interface SocketOwner {
  readonly pid: number;
  /** The command's name, up to 15 bytes. */
  readonly comm: string;
  readonly fd: number;
}
