/**
 * libc through koffi: the one place that knows koffi. Nothing is loaded before the first call of `libc()`.
 *
 * Every function returns what C returns, and -1 means: read `errno()` next, in the same function, before anything else runs
 * (a garbage collection or another call overwrites it).
 * @module
 */

import { createRequire } from "node:module";
import { TransportUnavailable } from "../errors.ts";

/** Where bytes live in memory: see `Libc.addressOf`. */
export type Address = bigint;

/** koffi's wrapper of a `uv_poll_t`, whose traps `readable.ts` closes: do not use it directly. */
export interface PollHandle {
  start(events: { readable: boolean }, callback: (status: number) => void): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** The C functions in use. A `Uint8Array` is passed as the address of its bytes, without copying; null is NULL. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  send(fd: number, bytes: Uint8Array | Address, length: number, flags: number): number;
  recvmsg(fd: number, msghdr: Address, flags: number): number;
  recvfrom(fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, size: Uint8Array): number;
  poll(pollfds: Uint8Array, count: number, timeout: number): number;
  close(fd: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array | null): number;
  /** ioctl for requests that take a number rather than an address. */
  ioctlValue(fd: number, request: number, value: number): number;
  setns(fd: number, type: number): number;
  unshare(flags: number): number;
  mount(source: string, target: string, type: string | null, flags: number, data: string | null): number;
  umount2(target: string, flags: number): number;
  flock(fd: number, operation: number): number;
  read(fd: number, bytes: Uint8Array | Address, length: number): number;
  write(fd: number, bytes: Uint8Array | Address, length: number): number;
  /** bpf(2), by its number on this machine. */
  bpf(number: number, command: number, attributes: Uint8Array, size: number): number;
  /** The error number of the call just made. */
  errno(): number;
  /**
   * Where `bytes` are in memory. Good as long as `bytes` is alive and not detached: V8 never moves a backing store outside its heap,
   * and that is where those of more than 64 bytes are (`v8.typed_array_max_size_in_heap`), so take addresses of big ones only.
   */
  addressOf(bytes: Uint8Array): Address;
  /** Starts a libuv poll on `fd`: see `readable.ts`. */
  watch(fd: number, events: { readable: boolean }, callback: (status: number) => void): PollHandle;
}

// There is no ssize_t in koffi; a socklen_t is a uint32. ioctl is variadic, which on Linux's 64-bit calling conventions
// is the same for integers and pointers.
const SIGNATURES = {
  socket: ["int", ["int", "int", "int"]],
  bind: ["int", ["int", "void *", "uint32"]],
  getsockname: ["int", ["int", "void *", "void *"]],
  setsockopt: ["int", ["int", "int", "int", "void *", "uint32"]],
  getsockopt: ["int", ["int", "int", "int", "void *", "void *"]],
  send: ["long", ["int", "void *", "size_t", "int"]],
  recvmsg: ["long", ["int", "void *", "int"]],
  recvfrom: ["long", ["int", "void *", "size_t", "int", "void *", "void *"]],
  poll: ["int", ["void *", "ulong", "int"]],
  close: ["int", ["int"]],
  ioctl: ["int", ["int", "ulong", "void *"]],
  setns: ["int", ["int", "int"]],
  unshare: ["int", ["int"]],
  mount: ["int", ["str", "str", "str", "ulong", "str"]],
  umount2: ["int", ["str", "int"]],
  flock: ["int", ["int", "int"]],
  read: ["long", ["int", "void *", "size_t"]],
  write: ["long", ["int", "void *", "size_t"]],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

/** What is used of koffi's own interface. */
interface Koffi {
  load(path: null): {
    func(name: string, result: string, parameters: readonly string[]): (...args: never[]) => unknown;
  };
  sizeof(type: string): number;
  errno(): number;
  address(value: Uint8Array): bigint;
  node: { poll(fd: number, events: { readable: boolean }, callback: (status: number) => void): PollHandle };
}

/**
 * Binds libc anew. `libc()` is what to call; platform and loader are parameters for the tests.
 * @throws {TransportUnavailable}
 */
export function loadLibc(
  platform: string = process.platform,
  require: (name: string) => unknown = createRequire(import.meta.url),
): Libc {
  if (platform !== "linux") {
    throw new TransportUnavailable(
      "platform",
      `netlink sockets need Linux, and this is ${platform}: decode captures with nlink/codec, or open a Connection on a replayed or virtual transport`,
    );
  }
  let koffi: Koffi;
  try {
    koffi = require("koffi") as Koffi;
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === "MODULE_NOT_FOUND";
    throw new TransportUnavailable(
      "koffi",
      missing
        ? "netlink sockets need the optional package koffi, which is not installed: npm install koffi"
        : `netlink sockets need the optional package koffi, which does not load (${cause instanceof Error ? cause.message : cause}): try npm install koffi`,
      { cause },
    );
  }
  // The layout of msghdr and iovec in msghdr.ts.
  if (koffi.sizeof("void *") !== 8) {
    throw new TransportUnavailable("platform", `netlink sockets need a 64-bit process, and this is ${process.arch}`);
  }
  const library = koffi.load(null);
  const bound: Record<string, unknown> = {
    errno: koffi.errno,
    addressOf: koffi.address,
    watch: koffi.node.poll,
  };
  bound.ioctlValue = library.func("ioctl", "int", ["int", "ulong", "ulong"]);
  bound.bpf = library.func("syscall", "long", ["long", "int", "void *", "uint"]);
  for (const [name, [result, parameters]] of Object.entries(SIGNATURES)) {
    bound[name] = library.func(name, result, parameters);
  }
  return bound as unknown as Libc;
}

let cached: Libc | undefined;

/**
 * libc, bound on the first call.
 * @throws {TransportUnavailable} when this is not Linux or koffi is not installed.
 */
export function libc(): Libc {
  cached ??= loadLibc();
  return cached;
}
