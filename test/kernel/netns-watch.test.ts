import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection, type NetnsEvent, netns } from "../../src/index.ts";
import { noKernel, titled } from "../support/netns.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** The next events as `"+name"` and `"-name"`. */
async function next(events: AsyncIterator<NetnsEvent>, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const { value, done } = await events.next();
    found.push(done ? "end" : `${value.action === "created" ? "+" : "-"}${value.name}`);
  }
  return found;
}

describe.skipIf(noKernel)(titled("watching namespaces"), () => {
  let scratch: string;
  let directory: string;
  const at = (name: string) => ({ path: join(directory, name) });
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "nlt-"));
    directory = join(scratch, "run", "netns");
  });
  afterEach(async () => {
    for (const name of await netns.list(directory)) await netns.delete(at(name));
    rmSync(scratch, { recursive: true });
  });

  test("those of ip netns, which can be used when they are told of", async () => {
    const name = `nlt-watch-${process.pid}`;
    const { names, events } = await netns.listAndWatch();
    expect(names).not.toContain(name);
    execFileSync("ip", ["netns", "add", name]);
    const told: string[] = [];
    for await (const event of events) {
      if (event.name !== name) continue; // another test's
      told.push(event.action);
      if (event.action === "deleted") break;
      expect(await netns.exists(name)).toBe(true);
      execFileSync("ip", ["netns", "del", name]);
    }
    expect(told).toEqual(["created", "deleted"]);
  });

  test("in a directory that does not exist yet, nor the one above it", async () => {
    const { names, events } = await netns.listAndWatch({ directory });
    expect(names).toEqual([]);
    await netns.create(at("a"));
    expect(await next(events, 1)).toEqual(["+a"]);
    await netns.create(at("b"));
    await netns.delete(at("a"));
    expect(await next(events, 2)).toEqual(["+b", "-a"]);
    await events.return!();
    expect(await next(events, 1)).toEqual(["end"]);
  });

  test("what is there before is listed, not told of", async () => {
    await netns.create(at("b"));
    await netns.create(at("a"));
    const { names, events } = await netns.listAndWatch({ directory });
    expect(names).toEqual(["a", "b"]);
    await netns.delete(at("a"));
    await netns.create(at("c"));
    expect(await next(events, 2)).toEqual(["-a", "+c"]);
    await events.return!();
  });

  test("a file becomes a namespace when one is mounted on it, and not before", async () => {
    mkdirSync(directory, { recursive: true });
    const { events } = await netns.listAndWatch({ directory });
    writeFileSync(join(directory, "a"), "");
    const event = next(events, 1);
    expect(await Promise.race([event, sleep(100)])).toBeUndefined();
    execFileSync("mount", ["--bind", "/proc/self/ns/net", join(directory, "a")]);
    expect(await event).toEqual(["+a"]);
    await events.return!();
  });

  test("one that is made anew under its name is another one", async () => {
    await netns.create(at("a"));
    const { events } = await netns.listAndWatch({ directory });
    await sleep(10); // ticks of the kernel's clock apart, by which they differ
    await netns.delete(at("a"));
    await netns.create(at("a"));
    expect(await next(events, 2)).toEqual(["-a", "+a"]);
    await events.return!();
  });

  test("goes on when the directory goes and comes back, and when another takes its place", async () => {
    await netns.create(at("a"));
    const { events } = await netns.listAndWatch({ directory });
    await netns.delete(at("a"));
    rmdirSync(directory);
    rmdirSync(join(scratch, "run"));
    expect(await next(events, 1)).toEqual(["-a"]);
    await sleep(20);
    await netns.create(at("b"));
    expect(await next(events, 1)).toEqual(["+b"]);
    await netns.delete(at("b"));
    expect(await next(events, 1)).toEqual(["-b"]);
    const other = join(scratch, "other");
    await netns.create({ path: join(other, "c") });
    rmdirSync(directory);
    // A directory with mounts in it cannot be moved over: the mounts go first.
    await netns.delete({ path: join(other, "c") });
    renameSync(other, directory);
    await sleep(20);
    await netns.create(at("d"));
    expect(await next(events, 1)).toEqual(["+d"]);
    await events.return!();
  });

  test("a reader that is slow is told all, and beyond the limit how it ended up", async () => {
    const { events } = await netns.listAndWatch({ directory, limit: 2 });
    const change = async (call: Promise<void>) => {
      await call;
      await sleep(15);
    };
    for (const name of ["a", "b", "c", "d"]) await change(netns.create(at(name)));
    await change(netns.delete(at("d")));
    await change(netns.delete(at("c")));
    await change(netns.create(at("c")));
    await change(netns.delete(at("b")));
    expect(await next(events, 4)).toEqual(["+a", "+b", "+c", "-b"]);
    await events.return!();
  });

  test("the signal ends it, readers that wait included; nothing stays open", async () => {
    const before = readdirSync("/proc/self/fd").length;
    const controller = new AbortController();
    const events = netns.watch({ directory, signal: controller.signal });
    const waiting = next(events, 1);
    await sleep(20);
    controller.abort();
    expect(await waiting).toEqual(["end"]);
    expect(await next(netns.watch({ directory, signal: AbortSignal.abort() }), 1)).toEqual(["end"]);
    // libuv keeps one descriptor for all watchers.
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 1);
  });

  test("50 in a row, each usable when it is told of", async () => {
    const { events } = await netns.listAndWatch({ directory });
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
    const making = (async () => {
      for (const name of names) {
        await netns.create(at(name));
        await sleep(0);
      }
    })();
    const seen: string[] = [];
    while (seen.length < names.length) {
      const { value } = await events.next();
      const nl = await Connection.open({ netns: at(value.name) });
      expect((await nl.links.list()).length).toBe(1);
      nl.close();
      seen.push(value.name);
    }
    await making;
    expect(seen).toEqual(names);
    await events.return!();
  });

  test("a file in the directory's place is no directory, until there is one", async () => {
    mkdirSync(join(scratch, "run"));
    writeFileSync(directory, "");
    const { names, events } = await netns.listAndWatch({ directory });
    expect(names).toEqual([]);
    unlinkSync(directory);
    await netns.create(at("a"));
    expect(await next(events, 1)).toEqual(["+a"]);
    await events.return!();
  });
});
