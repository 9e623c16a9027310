/**
 * Being told by the event loop that a descriptor is readable, with the traps of koffi's poll handle closed:
 * - Its callback runs outside of Node's callback scope: microtasks queued there wait for the next other event and exceptions surface late.
 *   The work is done in setImmediate, whose phase comes right after the poll phase.
 * - A socket error (ENOBUFS) is reported as status -9 (EBADF), and libuv has then *stopped* the handle (uv__poll_io in
 *   src/unix/poll.c): it is started again once the listener has had its chance to read the error.
 * - A handle that nothing references is collected and silently stops; a second handle on one descriptor, and any call after
 *   close(), crash the process: there is one handle, and all calls go through a `Watch`.
 * - Node runs the event loop once more while it tears itself down, and a callback then is fatal: all handles are closed at "exit".
 * - A handle that is open when its worker thread is terminated crashes the process, and Bun aborts at once: there, a timer looks.
 * @module
 */

import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { isMainThread } from "node:worker_threads";
import { type Libc, libc, type PollHandle } from "./libc.ts";

/** A watch on one descriptor: there must be one at most, and it must be closed before the descriptor is. It starts paused. */
export interface Watch {
  /**
   * Calls `ready` from the event loop as long as the descriptor is readable or has an error pending, and keeps the process
   * alive if `referenced`. Replaces what was called before. `ready` returns how many datagrams it read of which nobody is waiting
   * for any (0 if for one): a flood of that kind is let gather for a millisecond at a time.
   */
  resume(ready: () => number, referenced: boolean): void;
  /** Forgets `ready` and lets the process end. Costs nothing, nor does resuming, if nothing came to be read in between. */
  pause(): void;
  /** Idempotent; the other methods do nothing afterwards. */
  close(): void;
}

/** The watch for this process: a poll handle where one is safe. Whoever holds the watch holds the handle. */
export function watchReadable(fd: number): Watch {
  if (!isMainThread || "bun" in process.versions) return watchByTimer(libc(), fd);
  if (!hooked) {
    hooked = true;
    process.once("exit", closeAll);
    // Listeners that are added while "exit" is emitted are not called. Node's own, undocumented, and there from 20 to 26.
    ending = (process as { _exiting?: boolean })._exiting === true;
  }
  // Too late for a handle; a timer does nothing any more.
  return ending ? watchByTimer(libc(), fd) : watchByPoll(libc(), fd);
}

/** Watches by poll handle that are open. They hold no socket unless they are resumed. */
const open = new Set<Watch>();
let hooked = false;
let ending = false;

function closeAll(): void {
  ending = true;
  for (const watch of open) watch.close();
}

const READABLE = { readable: true };

// A wake-up costs 25 µs and a datagram 2.5 µs, and a kernel that is sending routes from the other core wakes us for every third
// one. So after some wake-ups in close succession the handle is stopped, and a timer looks each millisecond until it finds little:
// 10,000 events of `ip -batch` then take 4 to 5 µs of CPU each rather than 9 to 13 (measured). What comes more slowly than that, a few
// thousand a second at most, is read at once: 50 µs after it was sent, not 500.
const FLOOD_WAKEUPS = 3;
const FLOOD_GAP = 0.3; // ms
const FLOOD_REST = 1; // ms
const FLOOD_LEAST = 4; // datagrams in a rest

/** @internal Exported for the tests. */
export function watchByPoll(c: Libc, fd: number): Watch {
  let ready: (() => number) | undefined;
  let referenced = false;
  let handle: PollHandle | undefined;
  let handleReferenced = true; // as libuv makes it
  let started = false; // the handle
  let scheduled = false; // deliver, as an immediate
  let timer: NodeJS.Timeout | undefined; // deliver, while the handle rests
  let closed = false;
  let wakeups = 0;
  let last = 0;
  const start = () => {
    // Creating and closing a handle takes 9 µs, stopping and starting it 1.7 µs (measured).
    if (handle === undefined) {
      handle = c.watch(fd, READABLE, onPoll);
      keep(referenced);
    } else {
      handle.start(READABLE, onPoll);
    }
    started = true;
  };
  const keep = (alive: boolean) => {
    if (handle === undefined || alive === handleReferenced) return;
    handleReferenced = alive;
    if (alive) handle.ref();
    else handle.unref();
  };
  const stop = () => {
    if (started) handle?.stop();
    started = false;
  };
  const onPoll = (status: number) => {
    if (status < 0) started = false;
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(onImmediate);
  };
  const onImmediate = () => {
    scheduled = false;
    deliver(false);
  };
  const onTimer = () => {
    timer = undefined;
    deliver(true);
  };
  const deliver = (rested: boolean) => {
    if (closed) return;
    // Paused, and what arrived stays unread: the handle would spin.
    if (ready === undefined) return stop();
    const now = performance.now();
    wakeups = now - last < FLOOD_GAP ? wakeups + 1 : 0;
    let flood = false;
    try {
      const read = ready();
      flood = rested ? read >= FLOOD_LEAST : read > 0 && wakeups >= FLOOD_WAKEUPS;
    } finally {
      last = performance.now(); // what the listener takes is no time in which nothing came
      if (!closed && ready !== undefined && timer === undefined) {
        if (flood) {
          stop();
          timer = setTimeout(onTimer, FLOOD_REST);
          if (!referenced) timer.unref();
        } else if (!started) {
          start();
        }
      }
    }
  };
  const watch: Watch = {
    resume: (listener, keepAlive) => {
      if (closed) return;
      ready = listener;
      referenced = keepAlive;
      if (!started && timer === undefined) start();
      keep(referenced);
      if (referenced) timer?.ref();
      else timer?.unref();
    },
    pause: () => {
      if (closed) return;
      ready = undefined;
      clearTimeout(timer);
      timer = undefined;
      keep(false);
    },
    close: () => {
      if (closed) return;
      closed = true;
      ready = undefined;
      clearTimeout(timer);
      timer = undefined;
      handle?.close();
      handle = undefined;
      open.delete(watch);
    },
  };
  open.add(watch);
  return watch;
}

/** A look every millisecond while datagrams keep coming, then at distances that double up to this: too few to show in the CPU time of an idle process. */
const LONGEST_PAUSE = 16;

/** @internal Exported for the tests. */
export function watchByTimer(c: Libc, fd: number): Watch {
  // struct pollfd { int fd; short events; short revents; }
  const POLLIN = 1;
  const pollfd = new Uint8Array(8);
  new Int32Array(pollfd.buffer)[0] = fd;
  new Uint16Array(pollfd.buffer)[2] = POLLIN;
  let ready: (() => number) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let referenced = false;
  let pause = 1;
  const schedule = () => {
    timer = setTimeout(look, pause);
    if (!referenced) timer.unref();
  };
  const look = () => {
    timer = undefined;
    // POLLERR (an overrun) is reported without being asked for.
    const found = c.poll(pollfd, 1, 0) > 0;
    pause = found ? 1 : Math.min(pause * 2, LONGEST_PAUSE);
    try {
      if (found) ready?.();
    } finally {
      if (timer === undefined && ready !== undefined) schedule();
    }
  };
  const stop = () => {
    ready = undefined;
    clearTimeout(timer);
    timer = undefined;
  };
  let closed = false;
  return {
    resume: (listener, keepAlive) => {
      if (closed) return;
      ready = listener;
      referenced = keepAlive;
      if (timer === undefined) {
        pause = 1;
        schedule();
      } else if (referenced) timer.ref();
      else timer.unref();
    },
    pause: stop,
    close: () => {
      closed = true;
      stop();
    },
  };
}
