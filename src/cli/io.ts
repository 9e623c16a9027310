/** What a command touches of the world around it: the process's own in main.ts, a request's in serve mode, a test's. @module */
import type { NetnsSpec, Transport } from "../transport/transport.ts";

export interface SocketOptions {
  /** Netlink protocol number: 0 rtnetlink, 4 sock_diag, 6 xfrm, 16 generic. */
  readonly protocol: number;
  readonly netns?: NetnsSpec | undefined;
  readonly receiveBufferSize?: number | undefined;
}

export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** The standard input, as it comes. */
  readonly stdin: AsyncIterable<string>;
  /** The same as bytes; one of the two is used. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Whether the output is a terminal. */
  readonly isTTY: boolean;
  /** Its width in characters. */
  readonly columns: number;
  /** Its height in lines. */
  readonly rows: number;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** Goes off when what watches shall end: an interrupt, or nobody reads any more. */
  readonly signal: AbortSignal;
  /** Whether programs that a command starts have the process's own input and output. */
  readonly inherit: boolean;
  /** The namespace to work in where the line names none. */
  readonly netns?: NetnsSpec | undefined;
  /** Opens sockets, where they are not this machine's: of a kernel in memory. */
  readonly open?: ((options: SocketOptions) => Transport) | undefined;
  /** Namespaces of that kernel, where it has any. */
  readonly namespaces?: Namespaces | undefined;
  /** Of which file that kernel is: `Globals.virtual`. */
  readonly virtual?: string | undefined;
  /** Writes it back, if anything has changed. @throws {CommandError} */
  readonly save?: (() => void) | undefined;
}

/** Namespaces by name. */
export interface Namespaces {
  list(): readonly string[];
  create(name: string): void;
  remove(name: string): void;
}
