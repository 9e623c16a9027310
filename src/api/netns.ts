/**
 * Network namespaces of this machine: `netns` of `nlink`.
 *
 * A namespace is given by the name that `ip netns` or `create` gave it, by a process in it (`{ pid }`), by the path of a file that it is
 * mounted on (`{ path }`), or by an open descriptor (`{ fd }`). One that does not exist is a `NamespaceNotFound`, a name that cannot be
 * (empty, with a `/`, of more than 255 bytes) a `TransportError` with code `EINVAL`. All but looking needs CAP_SYS_ADMIN: `EPERM`. What
 * fails leaves nothing behind. Whatever enters a namespace leaves it before anything else of this process runs; should that ever fail,
 * the process is aborted.
 * @module
 */
import type { ChildProcess } from "node:child_process";
import type { NetnsExecOptions } from "../transport/linux/netns-exec.ts";
import type { NetnsPlace } from "../transport/linux/netns-names.ts";
import type { NetnsEvent } from "../transport/linux/netns-watch.ts";
import type { NetnsSpec } from "../transport/transport.ts";
import { onAbort } from "./abort.ts";
import type { ExchangeOptions } from "./channel.ts";
import { Connection } from "./connection.ts";

export type { NetnsEvent, NetnsExecOptions, NetnsPlace };

/** Only now: the API loads without what is Linux's own. */
const system = () => import("../transport/linux/index.ts");

/** Names of namespaces, sorted; none if the directory (/var/run/netns by default) does not exist. A file that no namespace is mounted on is none. */
export async function list(directory?: string): Promise<string[]> {
  return (await system()).listNetns(directory);
}

/** Whether there is such a namespace, and it is one: a file alone is not, nor is a namespace of another kind. */
export async function exists(namespace: NetnsSpec): Promise<boolean> {
  return (await system()).netnsExists(namespace);
}

/**
 * Makes a namespace, in which there is nothing but a loopback device that is down: by a name, as `ip netns add`, or on a new file anywhere
 * (`{ path }`, with the directories above it). @throws {NetlinkError} `EEXIST`, `namespace exists: NAME`
 */
export async function create(place: NetnsPlace): Promise<void> {
  (await system()).createNetns(place);
}

/** Gives a namespace that there is, of a process (`{ pid }`) for one, a name. @throws {NetlinkError} `EEXIST` */
export async function attach(place: NetnsPlace, namespace: NetnsSpec | number): Promise<void> {
  (await system()).attachNetns(place, typeof namespace === "number" ? { pid: namespace } : namespace);
}

/** Takes a namespace's name away. The namespace lasts as long as a process, a socket or another name is left to it. */
async function remove(place: NetnsPlace): Promise<void> {
  (await system()).deleteNetns(place);
}

export { remove as delete };

/** Names of the namespace that a process is in: this one by default. @throws {NetlinkError} `ESRCH`, `process not found: PID` */
export async function identify(pid: number = process.pid): Promise<string[]> {
  return (await system()).identifyNetns(pid);
}

/** Processes whose main thread is in a namespace; other users' only with CAP_SYS_PTRACE. */
export async function pids(namespace: NetnsSpec): Promise<number[]> {
  return (await system()).pidsInNetns(namespace);
}

/**
 * Calls `work` with this thread in the namespace; resolves to what it returns. It must be synchronous, and what it starts that is not
 * (a promise, an asynchronous fs call) runs outside: `await run("blue", () => readFileSync("/proc/thread-self/net/dev", "utf8"))`.
 * /proc/self is the main thread's, /proc/thread-self that of this one.
 * @throws {TypeError} `work` returned a promise
 */
export async function run<T>(namespace: NetnsSpec, work: () => T): Promise<T> {
  return (await system()).withNetns(namespace, work);
}

/**
 * Runs a program as `ip netns exec` does: in a mount namespace of its own, where /sys is the namespace's and the files of /etc/netns/NAME
 * cover those of /etc. `options` are those of `child_process.spawn`. Resolves when the program is about to run, after some 60 ms; with
 * `mounts: false` after 2, without the mounts.
 *
 * ```ts
 * const child = await netns.exec("blue", "ping", ["-c1", "192.0.2.1"], { stdio: "inherit" });
 * ```
 * @throws {NetlinkError} `ENOENT`, `program not found: NAME`; `EACCES`; `ECANCELED`, the signal went off first
 */
export async function exec(
  namespace: NetnsSpec,
  command: string,
  args: readonly string[] = [],
  options: NetnsExecOptions = {},
): Promise<ChildProcess> {
  return (await system()).execInNetns(namespace, command, args, options);
}

/** Value of a network setting inside: `getSysctl("blue", "net.ipv4.ip_forward")` is `"0"`. @throws {NetlinkError} `ENOENT`, `sysctl not found: NAME` */
export async function getSysctl(namespace: NetnsSpec, name: string): Promise<string> {
  return (await system()).getSysctl(namespace, name);
}

/** Sets a network setting inside. @throws {NetlinkError} `ENOENT` @throws {TransportError} `EINVAL`, a value that it cannot have */
export function setSysctl(namespace: NetnsSpec, name: string, value: string | number): Promise<void> {
  return setSysctls(namespace, { [name]: value });
}

/** Sets several, all or none. */
export async function setSysctls(
  namespace: NetnsSpec,
  values: { readonly [name: string]: string | number },
): Promise<void> {
  (await system()).setSysctls(namespace, values);
}

/** The id by which this process's namespace (or `inside`) knows another, −1 for none: see `Nsids`. */
export async function getNsid(
  namespace: NetnsSpec,
  inside?: NetnsSpec,
  options: ExchangeOptions = {},
): Promise<number> {
  const nl = await Connection.open({ netns: inside });
  return nl.nsids.get(namespace, {}, options).finally(() => nl.close());
}

/** Gives a namespace an id in this process's (or `inside`), the lowest that is free if none is given; resolves to it. @throws {NetlinkError} `EEXIST` */
export async function setNsid(
  namespace: NetnsSpec,
  nsid?: number,
  inside?: NetnsSpec,
  options: ExchangeOptions = {},
): Promise<number> {
  const nl = await Connection.open({ netns: inside });
  return nl.nsids.set(namespace, nsid, options).finally(() => nl.close());
}

export interface NetnsWatchOptions {
  /** Where the names are: /var/run/netns by default. It need not exist. */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Events kept for a reader that is slower than they come: 10,000 by default. What comes beyond it is told by how it ended up. */
  readonly limit?: number | undefined;
}

/** Names that come, when their namespaces can be used, and go, from the time of the call on. As `listAndWatch`. */
export function watch(options: NetnsWatchOptions = {}): AsyncIterableIterator<NetnsEvent> {
  const watching = listAndWatch(options);
  watching.catch(() => {}); // the reader sees it
  return {
    next: async () => (await watching).events.next(),
    async return() {
      const begun = await watching.catch(() => undefined);
      await begun?.events.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * The names that there are, and what becomes of them from then on: nothing is missed between the two, nor told twice.
 *
 * A namespace that comes and goes before the event loop gets to it is not told of. Leaving the loop and the signal end it, without an error;
 * until then it keeps the process alive.
 * @throws {TransportError} `EMFILE` and `ENOSPC` at the limits of inotify
 */
export async function listAndWatch(
  options: NetnsWatchOptions = {},
): Promise<{ names: string[]; events: AsyncIterableIterator<NetnsEvent> }> {
  const { directory, signal, limit = 10_000 } = options;
  const { watchNetns } = await system();
  const events = eventIterator(limit, signal);
  if (signal?.aborted) {
    events.end();
    return { names: await list(directory), events };
  }
  const { names, close } = watchNetns(events.push, events.end, directory);
  events.onEnd(close);
  return { names, events };
}

interface Reader {
  resolve(result: IteratorResult<NetnsEvent>): void;
  reject(error: unknown): void;
}

/** An iterator that is fed. */
function eventIterator(limit: number, signal: AbortSignal | undefined) {
  const queue: NetnsEvent[] = [];
  let readers: Reader[] = [];
  /** What has come beyond the limit: of each name, whose events take turns, the first and the last. */
  const late = new Map<string, readonly [first: NetnsEvent, last: NetnsEvent]>();
  let release = () => {};
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  const finish = ({ resolve, reject }: Reader) => {
    const failed = failure;
    failure = undefined;
    if (failed) reject(failed.error);
    else resolve({ value: undefined, done: true });
  };
  const end = (error?: unknown) => {
    if (ended) return;
    ended = true;
    if (error !== undefined) failure = { error };
    off();
    release();
    for (const reader of readers) finish(reader);
    readers = [];
  };
  const off = onAbort(signal, () => end());
  const take = (): NetnsEvent | undefined => {
    const event = queue.shift();
    if (event !== undefined || late.size === 0) return event;
    for (const [first, last] of late.values()) {
      if (first === last) queue.push(first);
      else if (first.action === "deleted") queue.push(...(last.action === "created" ? [first, last] : [first]));
      else if (last.action === "created") queue.push(last);
    }
    late.clear();
    return queue.shift();
  };
  return {
    push(event: NetnsEvent) {
      const reader = readers.shift();
      if (reader) reader.resolve({ value: event, done: false });
      else if (queue.length < limit && late.size === 0) queue.push(event);
      else late.set(event.name, [late.get(event.name)?.[0] ?? event, event]);
    },
    end,
    onEnd(call: () => void) {
      if (ended) call();
      else release = call;
    },
    next: () =>
      new Promise<IteratorResult<NetnsEvent>>((resolve, reject) => {
        const event = take();
        if (event) resolve({ value: event, done: false });
        else if (ended) finish({ resolve, reject });
        else readers.push({ resolve, reject });
      }),
    return() {
      end();
      return Promise.resolve<IteratorResult<NetnsEvent>>({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
