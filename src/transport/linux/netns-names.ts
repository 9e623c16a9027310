/** Namespaces that have a name: files on which they are mounted, as `ip netns` keeps them. @module */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { NamespaceNotFound } from "../errors.ts";
import { NetlinkError } from "../netlink-error.ts";
import { errno } from "./errno.ts";
import { attempt, failure, systemFailure } from "./failure.ts";
import { libc } from "./libc.ts";
import {
  checkNetnsName,
  isNetns,
  type NetnsSpec,
  netnsDirectory,
  notANetns,
  openNetns,
  withNewNetns,
} from "./netns.ts";

/** What a namespace can be mounted on: a name, or a file anywhere. */
export type NetnsPlace = string | { readonly path: string };

const NSFS_MAGIC = 0x6e736673;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 0x100000;
const MNT_DETACH = 2;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Names in a directory on which a namespace is mounted, sorted; none if there is no such directory. @throws {TransportError} */
export function listNetns(directory: string = netnsDirectory()): string[] {
  let files: string[];
  try {
    files = readdirSync(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw systemFailure(cause, directory);
  }
  return files.filter((name) => isNetnsMount(`${directory}/${name}`)).sort();
}

/** Whether a namespace is mounted on a file: one that is being made has an empty file first. */
export function isNetnsMount(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch {
    return false;
  }
}

/**
 * Makes a namespace with nothing in it but a loopback device that is down. All that was done is undone when a step fails.
 * @throws {NetlinkError} `EEXIST` @throws {TransportError} `EPERM` without CAP_SYS_ADMIN…
 */
export function createNetns(place: NetnsPlace): void {
  mountNetns(place, (path) => withNewNetns(() => bind("/proc/thread-self/ns/net", path)));
}

/**
 * Gives a namespace that there is, of a process for one, a name, which keeps it alive.
 * @throws {NamespaceNotFound} @throws {NetlinkError} `EEXIST` @throws {TransportError}
 */
export function attachNetns(place: NetnsPlace, spec: NetnsSpec): void {
  const { fd, owned } = openNetns(spec);
  try {
    if (!isNetns(fd)) throw notANetns(spec);
    mountNetns(place, (path) => bind(`/proc/self/fd/${fd}`, path));
  } finally {
    if (owned) closeSync(fd);
  }
}

/**
 * Takes a namespace's name away. The namespace itself lasts as long as a process, a socket or another name is left to it.
 * @throws {NamespaceNotFound} @throws {TransportError} `EINVAL` for a path that no namespace is mounted on
 */
export function deleteNetns(place: NetnsPlace): void {
  const c = libc();
  const path = pathOf(place);
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new NamespaceNotFound(nameOf(place), cause);
    throw systemFailure(cause, path);
  }
  try {
    // What is left of an interrupted `ip netns add` may go, and nothing that is anywhere else.
    if (typeof place !== "string" && !isNetns(fd)) throw notANetns(place);
    const mounted = c.umount2(path, MNT_DETACH) === 0;
    const error = mounted ? 0 : c.errno();
    if (error !== 0 && error !== errno.EINVAL) throw failure("umount2", error, path);
    try {
      unlinkSync(path);
    } catch (cause) {
      if (mounted) bind(`/proc/self/fd/${fd}`, path);
      throw systemFailure(cause, path);
    }
  } finally {
    closeSync(fd);
  }
}

/** Names of the namespace that a process is in. @throws {NetlinkError} `ESRCH`: there is no such process @throws {TransportError} `EACCES` */
export function identifyNetns(pid: number): string[] {
  const { fd, owned } = openProcess(pid);
  try {
    const own = identity(fstatSync(fd));
    const directory = netnsDirectory();
    return listNetns(directory).filter((name) => statOf(`${directory}/${name}`) === own);
  } finally {
    if (owned) closeSync(fd);
  }
}

function openProcess(pid: number): { readonly fd: number; readonly owned: boolean } {
  try {
    return openNetns({ pid });
  } catch (cause) {
    if (!(cause instanceof NamespaceNotFound)) throw cause;
    throw new NetlinkError(
      { code: "ESRCH", errno: errno.ESRCH, operation: "identify namespace", cause },
      `process not found: ${pid}`,
    );
  }
}

/**
 * Processes whose main thread is in a namespace, as far as /proc shows: other users' only with CAP_SYS_PTRACE. Takes some 10 µs a process.
 * @throws {NamespaceNotFound} @throws {TransportError}
 */
export function pidsInNetns(spec: NetnsSpec): number[] {
  const { fd, owned } = openNetns(spec);
  try {
    const own = identity(fstatSync(fd));
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && statOf(`/proc/${name}/ns/net`) === own)
      .map(Number)
      .sort((a, b) => a - b);
  } finally {
    if (owned) closeSync(fd);
  }
}

const identity = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`;
/** Which namespace a file is; undefined if it is gone, or another user's. */
function statOf(path: string): string | undefined {
  try {
    return identity(statSync(path));
  } catch {
    return undefined;
  }
}

function pathOf(place: NetnsPlace): string {
  if (typeof place === "string") {
    checkNetnsName(place);
    return `${netnsDirectory()}/${place}`;
  }
  const path: unknown = (place as { path?: unknown } | null)?.path;
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  throw failure("netns", errno.EINVAL, `not a name or a { path }: ${JSON.stringify(place)}`);
}
const nameOf = (place: NetnsPlace): string => (typeof place === "string" ? place : place.path);

/** Makes the file and has a namespace mounted on it; leaves nothing behind when that fails. */
function mountNetns(place: NetnsPlace, mount: (path: string) => void): void {
  const path = pathOf(place);
  const undo: (() => void)[] = [];
  try {
    makeDirectory(dirname(path), undo);
    if (typeof place === "string") share(dirname(path), undo);
    try {
      closeSync(openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL, 0));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw systemFailure(cause, path);
      throw new NetlinkError(
        { code: "EEXIST", errno: errno.EEXIST, operation: "create namespace", cause },
        `namespace exists: ${nameOf(place)}`,
      );
    }
    undo.push(() => unlinkSync(path));
    mount(path);
  } catch (error) {
    for (const step of undo.reverse()) {
      try {
        step();
      } catch {
        // Someone else makes use of it by now: another namespace in a new directory.
      }
    }
    throw error;
  }
}

/** Makes a directory and those above it. Not by mkdir's own `recursive`, which never ends where there can be none (/proc). */
function makeDirectory(directory: string, undo: (() => void)[]): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path, 0o755);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") continue; // another was faster
      throw systemFailure(cause, path);
    }
    undo.push(() => rmdirSync(path));
  }
}

/**
 * Makes a directory a shared mount, so that what is mounted in it is seen in other mount namespaces and can be unmounted there, as
 * create_netns_dir and netns_add of iproute2 (ip/ipnetns.c) do, under the same lock.
 */
function share(directory: string, undo: (() => void)[]): void {
  const c = libc();
  const fd = attempt(directory, () => openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    lock(fd, directory);
    let bound = false;
    while (c.mount("", directory, "none", MS_SHARED | MS_REC, null) < 0) {
      const error = c.errno();
      // EINVAL: it is not a mount yet.
      if (error !== errno.EINVAL || bound) throw failure("mount", error, `make ${directory} shared`);
      if (c.mount(directory, directory, "none", MS_BIND | MS_REC, null) < 0)
        throw failure("mount", c.errno(), `${directory} on itself`);
      bound = true;
      undo.push(() => c.umount2(directory, 0));
    }
  } finally {
    closeSync(fd); // and the lock goes with it
  }
}

const LOCK_PATIENCE = 5000; // ms; others hold it for two system calls
function lock(fd: number, directory: string): void {
  const c = libc();
  const end = performance.now() + LOCK_PATIENCE;
  while (c.flock(fd, LOCK_EX | LOCK_NB) < 0) {
    const error = c.errno();
    if ((error !== errno.EAGAIN && error !== errno.EINTR) || performance.now() > end)
      throw failure("flock", error, directory);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

function bind(source: string, target: string): void {
  const c = libc();
  if (c.mount(source, target, "none", MS_BIND, null) < 0) throw failure("mount", c.errno(), `namespace on ${target}`);
}
