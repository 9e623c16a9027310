/**
 * Doing something in another network namespace.
 *
 * A thread, not a process, is in a namespace. libuv starts its pool threads at the first asynchronous call, and they inherit where
 * the main thread is then and stay there for good: so the way there, the work and the way back are one synchronous go.
 * @module
 */

import { access, closeSync, constants, openSync, realpathSync, writeSync } from "node:fs";
import { NamespaceNotFound } from "../errors.ts";
import { type NetnsSpec, netnsText, type TransportError } from "../transport.ts";
import { errno, errnoName } from "./errno.ts";
import { failure } from "./failure.ts";
import { type Libc, libc } from "./libc.ts";

export type { NetnsSpec } from "../transport.ts";

const CLONE_NEWNET = 0x40000000;
// _IO(0xb7, 3); POWER numbers the direction bits of ioctl differently.
const NS_GET_NSTYPE = process.arch.startsWith("ppc") ? 0x2000b703 : 0xb703;

/** Where `ip netns` keeps names; the second for systems whose /var/run is not a link to /run. */
const NETNS_DIRECTORIES = ["/run/netns", "/var/run/netns"];
const NAME_MAX = 255;

/**
 * Where `ip netns` keeps names here: /var/run/netns, which is /run/netns as a rule.
 * @internal
 */
export function netnsDirectory(): string {
  try {
    return `${realpathSync("/var/run")}/netns`;
  } catch {
    return NETNS_DIRECTORIES[0]!;
  }
}

/**
 * Calls `work` with this thread in the namespace, and returns what it returns. `work` must be synchronous, and must start
 * nothing that outlives it: no promise, no asynchronous fs or dns call, no child process, no worker.
 *
 * If the way back fails the process is aborted: everything it did from then on would happen in the wrong network.
 * @throws {NamespaceNotFound}
 * @throws {TransportError} `EPERM` without CAP_SYS_ADMIN, `EINVAL` for a malformed name and for a file that is no network namespace.
 */
export function withNetns<T>(spec: NetnsSpec, work: () => T): T {
  const c = libc();
  const target = openNetns(spec);
  try {
    return away(
      netnsText(spec),
      () => {
        if (c.setns(target.fd, CLONE_NEWNET) === 0) return;
        const error = c.errno();
        throw error === errno.EINVAL ? notANetns(spec) : failure("setns", error, netnsText(spec));
      },
      work,
    );
  } finally {
    if (target.owned) closeSync(target.fd);
  }
}

/**
 * As `withNetns`, in a namespace that is made for it, and that lasts as long as something refers to it.
 * @throws {TransportError} `EPERM` without CAP_SYS_ADMIN, `ENOSPC` at the limit of namespaces (/proc/sys/user/max_net_namespaces)
 */
export function withNewNetns<T>(work: () => T): T {
  const c = libc();
  const leave = () => {
    if (c.unshare(CLONE_NEWNET) < 0) throw failure("unshare", c.errno(), "new network namespace");
  };
  return away("a new one", leave, work);
}

/** `leave` changes this thread's namespace, or throws. */
function away<T>(where: string, leave: () => void, work: () => T): T {
  startPool();
  // Not /proc/self, which is the main thread's: this may be a worker.
  const home = openSync("/proc/thread-self/ns/net", constants.O_RDONLY);
  try {
    leave();
    let result: T;
    try {
      result = work();
    } finally {
      if (libc().setns(home, CLONE_NEWNET) < 0) abort(libc().errno(), where);
    }
    if (typeof (result as { then?: unknown } | undefined)?.then === "function") {
      throw new TypeError("withNetns: the work must be synchronous, and it returned a promise");
    }
    return result;
  } finally {
    closeSync(home);
  }
}

let poolStarted = false;
/**
 * Starts libuv's pool, all threads of which are made at its first use (init_threads of src/threadpool.c), while this thread is at home:
 * whatever `work` does, none will be in its namespace. Takes 0.3 ms, once.
 */
function startPool(): void {
  if (poolStarted) return;
  poolStarted = true;
  access("/", () => {});
}

/** Opens the namespace's file; `owned` says whether it is to be closed. */
export function openNetns(spec: NetnsSpec): { readonly fd: number; readonly owned: boolean } {
  const paths = pathsOf(spec);
  if (typeof spec === "object" && "fd" in spec) {
    checkType(libc(), spec.fd, spec);
    return { fd: spec.fd, owned: false };
  }
  const fd = openFirst(paths, spec);
  try {
    checkType(libc(), fd, spec);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { fd, owned: true };
}

/** Whether there is such a namespace, and it is one. @throws {TransportError} `EINVAL` for what cannot be a namespace's name, and `EACCES` */
export function netnsExists(spec: NetnsSpec): boolean {
  pathsOf(spec);
  let opened: ReturnType<typeof openNetns>;
  try {
    opened = openNetns(spec);
  } catch (error) {
    const { code } = error as TransportError;
    if (code === "ENOENT" || code === "EINVAL") return false;
    throw error;
  }
  try {
    return isNetns(opened.fd);
  } finally {
    if (opened.owned) closeSync(opened.fd);
  }
}

/** Whether a descriptor is a network namespace's, and not merely something that leads to one. @internal */
export function isNetns(fd: number): boolean {
  return libc().ioctl(fd, NS_GET_NSTYPE, null) === CLONE_NEWNET;
}

/** Where the namespace's file may be. @throws {TransportError} `EINVAL` */
function pathsOf(spec: NetnsSpec): string[] {
  if (typeof spec === "string") {
    checkNetnsName(spec);
    return NETNS_DIRECTORIES.map((directory) => `${directory}/${spec}`);
  }
  if (typeof spec !== "object" || spec === null || !("pid" in spec || "fd" in spec || "path" in spec))
    throw invalid(`invalid namespace: ${JSON.stringify(spec)}: not a name, { pid }, { path } or { fd }`);
  if ("pid" in spec) {
    if (!Number.isInteger(spec.pid) || spec.pid <= 0) throw invalid(`invalid process id: ${spec.pid}`);
    return [`/proc/${spec.pid}/ns/net`];
  }
  if ("fd" in spec) {
    if (!Number.isInteger(spec.fd) || spec.fd < 0) throw invalid(`invalid namespace descriptor: ${spec.fd}`);
    return [`/proc/self/fd/${spec.fd}`];
  }
  if (typeof spec.path !== "string" || spec.path === "" || spec.path.includes("\0")) {
    throw invalid(`invalid namespace path: ${JSON.stringify(spec.path)}`);
  }
  return [spec.path];
}

/** @throws {TransportError} `EINVAL` @internal */
export function checkNetnsName(name: string): void {
  if (isNetnsName(name)) return;
  const reason =
    name === ""
      ? "it is empty"
      : /[/\0]/.test(name)
        ? 'a name has no "/"; a path is given as { path }'
        : name.length > 2
          ? `it is longer than ${NAME_MAX} bytes`
          : "it means a directory";
  throw invalid(`invalid namespace name: ${JSON.stringify(name)}: ${reason}`);
}

/** Whether a namespace could have this name: it is a file name under /run/netns. */
export function isNetnsName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !/[/\0]/.test(name) &&
    new TextEncoder().encode(name).length <= NAME_MAX
  );
}

function openFirst(paths: string[], spec: NetnsSpec): number {
  for (const path of paths) {
    try {
      // O_NONBLOCK: the path may be anything, and opening a pipe would wait for a writer.
      return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      const { code, errno: number } = cause as NodeJS.ErrnoException;
      // ESRCH: the process ended between the look-up of its directory and of the file.
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ESRCH") continue;
      throw failure("open", Math.abs(number ?? errno.EIO), path);
    }
  }
  throw new NamespaceNotFound(netnsText(spec));
}

/** Throws unless the descriptor may be a network namespace. */
function checkType(c: Libc, fd: number, spec: NetnsSpec): void {
  const type = c.ioctl(fd, NS_GET_NSTYPE, null);
  if (type === CLONE_NEWNET) return;
  if (type >= 0) throw notANetns(spec);
  const error = c.errno();
  if (error === errno.EBADF) throw new NamespaceNotFound(netnsText(spec));
  // ENOTTY: not a namespace file, a kernel before 4.11, or a process descriptor, which setns takes since 5.8: setns will tell.
}

/** @internal */
export function notANetns(spec: NetnsSpec): TransportError {
  return invalid(`not a network namespace: ${netnsText(spec)}`);
}

function invalid(detail: string): TransportError {
  return failure("netns", errno.EINVAL, detail);
}

function abort(number: number, where: string): never {
  try {
    writeSync(
      2,
      `nlink: cannot return from network namespace ${where} (setns: ${errnoName(number)}); aborting, for this process would go on in the wrong network\n`,
    );
  } finally {
    process.abort();
  }
}
