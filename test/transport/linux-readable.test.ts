import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Libc, PollHandle } from "../../src/transport/linux/libc.ts";
import { type Watch, watchByPoll, watchByTimer } from "../../src/transport/linux/readable.ts";

/** koffi's handle as it is: it does what a call after close() or a second handle does, which is to crash. */
class Handle implements PollHandle {
  static opened = 0;
  readonly calls: string[] = [];
  callback: (status: number) => void;
  active = true;
  closed = false;
  constructor(callback: (status: number) => void) {
    if (++Handle.opened > 1) throw new Error("crash: two handles on one descriptor");
    this.callback = callback;
  }
  #call(name: string) {
    if (this.closed) throw new Error(`crash: ${name} after close`);
    this.calls.push(name);
  }
  start(_: { readable: boolean }, callback: (status: number) => void) {
    this.#call("start");
    this.callback = callback;
    this.active = true;
  }
  stop() {
    this.#call("stop");
    this.active = false;
  }
  close() {
    this.#call("close");
    this.closed = true;
    Handle.opened--;
  }
  ref() {
    this.#call("ref");
  }
  unref() {
    this.#call("unref");
  }
  /** The descriptor is readable. */
  fire() {
    if (this.active) this.callback(0);
  }
  /** The descriptor has an error pending: libuv stops the handle first. */
  fail() {
    this.active = false;
    this.callback(-9);
  }
}

let handle: Handle;
let watch: Watch;
const create = () => {
  watch = watchByPoll(
    {
      watch: (_fd: number, _events: unknown, callback: (status: number) => void) => {
        handle = new Handle(callback);
        return handle;
      },
    } as unknown as Libc,
    7,
  );
  return watch;
};
afterEach(() => watch.close());

describe("the watch by poll handle", () => {
  test("calls the listener from setImmediate, not from within the callback", async () => {
    const ready = vi.fn(() => 0);
    create().resume(ready, false);
    handle.fire();
    handle.fire();
    expect(ready).not.toHaveBeenCalled();
    await setImmediate();
    expect(ready).toHaveBeenCalledTimes(1);
  });

  test("starts again after an error, for libuv has stopped it (an overrun ended the event stream)", async () => {
    const ready = vi.fn(() => 0);
    create().resume(ready, false);
    handle.fail();
    expect(handle.active).toBe(false);
    await setImmediate();
    expect(ready).toHaveBeenCalledTimes(1);
    expect(handle.active).toBe(true);
  });

  test("does not start again when the listener closed it after an error", async () => {
    create().resume(() => {
      watch.close();
      return 0;
    }, false);
    handle.fail();
    await setImmediate();
    expect(handle.calls.at(-1)).toBe("close");
  });

  test("pausing and resuming costs no call but ref and unref while nothing comes", () => {
    create();
    for (let i = 0; i < 3; i++) {
      watch.resume(() => 0, true);
      watch.pause();
    }
    expect(new Set(handle.calls)).toEqual(new Set(["ref", "unref"]));
    expect(handle.calls.at(-1)).toBe("unref");
  });

  test("paused with something unread, stops rather than spins, and starts when resumed", async () => {
    const ready = vi.fn(() => 0);
    create().resume(ready, false);
    watch.pause();
    handle.fire();
    await setImmediate();
    expect(ready).not.toHaveBeenCalled();
    expect(handle.active).toBe(false);
    watch.resume(ready, false);
    expect(handle.active).toBe(true);
  });

  test("a flood of events is let gather, and then the handle is back", async () => {
    let pending = 10;
    const ready = vi.fn(() => (pending-- > 0 ? 4 : 3));
    create().resume(ready, true);
    // Generous, for a busy machine, where wake-ups are far apart.
    for (let i = 0; i < 2000 && handle.active; i++) {
      handle.fire();
      await setImmediate();
    }
    expect(handle.active).toBe(false);
    const before = ready.mock.calls.length;
    pending = 5;
    // Generous, for a busy machine: what takes long ends the flood too.
    for (let i = 0; i < 200 && !handle.active; i++) await setTimeout(1);
    expect(handle.active).toBe(true);
    expect(ready.mock.calls.length).toBeGreaterThan(before);
  });

  test("events that come one by one, and not at once upon each other, are read as they come", async () => {
    const ready = vi.fn(() => 1);
    create().resume(ready, false);
    for (let i = 0; i < 20; i++) {
      handle.fire();
      await setTimeout(1);
      expect(handle.active).toBe(true);
    }
    expect(ready).toHaveBeenCalledTimes(20);
  });

  test("replies are never let gather", async () => {
    const ready = vi.fn(() => 0);
    create().resume(ready, false);
    for (let i = 0; i < 20; i++) {
      handle.fire();
      await setImmediate();
      expect(handle.active).toBe(true);
    }
    expect(ready).toHaveBeenCalledTimes(20);
  });

  test("closed or paused during a flood, nothing is called any more", async () => {
    for (const end of ["pause", "close"] as const) {
      const ready = vi.fn(() => 4);
      create().resume(ready, false);
      for (let i = 0; i < 2000 && handle.active; i++) {
        handle.fire();
        await setImmediate();
      }
      watch[end]();
      const before = ready.mock.calls.length;
      await setTimeout(10);
      expect(ready.mock.calls.length).toBe(before);
      watch.close();
    }
  });

  test("resumed during a flood after a pause, the handle is started", async () => {
    create().resume(() => 4, false);
    for (let i = 0; i < 2000 && handle.active; i++) {
      handle.fire();
      await setImmediate();
    }
    watch.pause();
    watch.resume(() => 0, false);
    expect(handle.active).toBe(true);
  });

  test("close is idempotent, and everything after it is ignored", async () => {
    const ready = vi.fn(() => 0);
    create().resume(ready, false);
    handle.fire();
    watch.close();
    watch.close();
    watch.pause();
    watch.resume(ready, true);
    await setImmediate();
    expect(ready).not.toHaveBeenCalled();
    expect(handle.calls.filter((call) => call === "close")).toHaveLength(1);
  });
});

describe("the watch by timer", () => {
  const poll = (readable: () => boolean) => ({ poll: vi.fn(() => (readable() ? 1 : 0)) });

  test("calls the listener as long as there is something, and looks less often when there is nothing", async () => {
    let pending = 3;
    const c = poll(() => pending > 0);
    const ready = vi.fn(() => pending--);
    watch = watchByTimer(c as unknown as Libc, 7);
    watch.resume(ready, true);
    await vi.waitFor(() => expect(ready).toHaveBeenCalledTimes(3));
    const before = c.poll.mock.calls.length;
    await setTimeout(200);
    expect(c.poll.mock.calls.length - before).toBeLessThan(40);
    expect(ready).toHaveBeenCalledTimes(3);
  });

  test("paused or closed, it looks no more; resumed, it does", async () => {
    const c = poll(() => true);
    watch = watchByTimer(c as unknown as Libc, 7);
    watch.resume(() => 1, false);
    watch.pause();
    await setTimeout(10);
    expect(c.poll).not.toHaveBeenCalled();
    const ready = vi.fn(() => 4);
    watch.resume(ready, true);
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    watch.close();
    const before = c.poll.mock.calls.length;
    watch.resume(ready, true);
    await setTimeout(10);
    expect(c.poll.mock.calls.length).toBe(before);
  });

  test("closed by its listener, it ends", async () => {
    const c = poll(() => true);
    watch = watchByTimer(c as unknown as Libc, 7);
    const ready = vi.fn(() => {
      watch.close();
      return 1;
    });
    watch.resume(ready, true);
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    await setTimeout(10);
    expect(ready).toHaveBeenCalledTimes(1);
  });
});
