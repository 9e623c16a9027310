/** Namespaces that come and go, as the file system tells. @module */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { attempt, systemFailure } from "./failure.ts";
import { netnsDirectory } from "./netns.ts";
import { isNetnsMount } from "./netns-names.ts";

/** A name whose namespace can be used now, or that is gone. One that was made anew under its old name is deleted and created. */
export interface NetnsEvent {
  readonly action: "created" | "deleted";
  readonly name: string;
}

export interface NetnsWatch {
  /** What was there when it began, sorted. */
  readonly names: string[];
  close(): void;
}

// The file of a namespace comes before the namespace is mounted on it, of which a watcher of the directory is not told. It follows within
// a millisecond or two, so a look is taken after one, and then at distances that double up to this.
const LONGEST_PAUSE = 256; // ms

/** What is at a path: a namespace, a file on which none is mounted (yet), or nothing. */
type State = string | typeof FILE | undefined;
const FILE = "file";

/**
 * Calls `tell` for each change from now on, or `fail`, once, when it cannot go on. The directory need not exist, and may go and come back.
 * Keeps the process alive.
 * @throws {TransportError} `EMFILE` and `ENOSPC` at the limits of inotify (/proc/sys/fs/inotify)
 */
export function watchNetns(
  tell: (event: NetnsEvent) => void,
  fail: (error: unknown) => void,
  directory: string = netnsDirectory(),
): NetnsWatch {
  const known = new Map<string, string>();
  const waiting = new Map<string, NodeJS.Timeout>();
  let inside: Watched | undefined;
  let above: Watched | undefined; // while there is no directory
  let started = false;
  let closed = false;

  const look = (name: string, pause = 1): void => {
    clearTimeout(waiting.get(name));
    waiting.delete(name);
    const before = known.get(name);
    const now = stateOf(`${directory}/${name}`);
    if (now === before) return;
    if (before !== undefined) {
      known.delete(name);
      tell({ action: "deleted", name });
    }
    if (closed || now === undefined) return;
    if (now === FILE) {
      const again = guarded(() => look(name, Math.min(2 * pause, LONGEST_PAUSE)));
      waiting.set(name, setTimeout(again, pause));
      return;
    }
    known.set(name, now);
    if (started) tell({ action: "created", name });
  };

  /** Watches the directory or what is above it, and looks at all if that is new. What is made after the look has an event. */
  const settle = (): void => {
    while (!closed) {
      if (inside && inside.inode === inodeOf(directory)) return;
      inside?.close();
      inside = watched(
        directory,
        (name) => {
          settle();
          if (name !== null) look(name);
        },
        stop,
      );
      if (inside) {
        above?.close();
        above = undefined;
      }
      for (const name of new Set([...known.keys(), ...waiting.keys(), ...filesIn(directory)])) look(name);
      if (inside) continue; // unless another has taken its place meanwhile
      const nearest = nearestAbove(directory);
      if (above?.path !== nearest || above.inode !== inodeOf(nearest)) {
        above?.close();
        above = watched(nearest, settle, stop);
      }
      if (above && nearestAbove(directory) === nearest && inodeOf(directory) === undefined) return;
    }
  };
  const close = (): void => {
    closed = true;
    inside?.close();
    above?.close();
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
  };
  const stop = (error: unknown): void => {
    if (closed) return;
    close();
    fail(error);
  };
  const guarded = (work: () => void) => () => {
    try {
      if (!closed) work();
    } catch (error) {
      stop(error);
    }
  };

  try {
    settle();
  } catch (error) {
    close();
    throw error;
  }
  started = true;
  return { names: [...known.keys()].sort(), close };
}

interface Watched {
  readonly path: string;
  /** Which directory it was. */
  readonly inode: string;
  close(): void;
}
/** Undefined if there is no such directory. */
function watched(
  path: string,
  tell: (name: string | null) => void,
  fail: (error: unknown) => void,
): Watched | undefined {
  let watcher: FSWatcher;
  const inode = inodeOf(path);
  if (inode === undefined) return undefined;
  try {
    watcher = watch(path);
  } catch (cause) {
    if (isGone(cause)) return undefined;
    throw systemFailure(cause, path);
  }
  watcher.on("change", (_, name) => {
    try {
      tell(name as string | null);
    } catch (error) {
      fail(error);
    }
  });
  watcher.on("error", (cause) => fail(systemFailure(cause, path)));
  return { path, inode, close: () => watcher.close() };
}

/**
 * Identity of what is at a path. Numbers of namespaces are used again at once, so the time at which the inode was made belongs to it:
 * it stays as long as the namespace is mounted.
 */
function stateOf(path: string): State {
  try {
    // In this order: what is a namespace's mount now has the inode of that or of a later one.
    const mounted = isNetnsMount(path);
    const { ino, ctimeNs } = statSync(path, { bigint: true });
    return mounted ? `${ino} ${ctimeNs}` : FILE;
  } catch {
    return undefined;
  }
}

function inodeOf(directory: string): string | undefined {
  try {
    const stat = statSync(directory, { bigint: true });
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    return undefined;
  }
}

function nearestAbove(directory: string): string {
  let path = dirname(directory);
  while (path !== "/" && path !== "." && inodeOf(path) === undefined) path = dirname(path);
  return path;
}

function filesIn(directory: string): string[] {
  try {
    return attempt(directory, () => readdirSync(directory));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
const isGone = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "");
