import { afterAll, beforeAll, expect, test } from "vitest";
import { NamespaceNotFound, NetlinkError } from "../../src/index.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("namespace ids", (kernel) => {
  let box: Box;
  let other: Box;
  let third: Box;
  beforeAll(async () => {
    box = await kernel.box();
    other = await kernel.box();
    third = await kernel.box();
  });
  afterAll(() => {
    box?.close();
    other?.close();
    third?.close();
  });

  kernel.liveTest("none, set, had by name, path, process and in another's terms", async () => {
    const { nsids } = box.nl;
    expect(await nsids.list()).toEqual([]);
    expect(await nsids.get(other.name)).toBe(-1);
    expect(await nsids.find(other.name)).toBeUndefined();
    expect(await nsids.set(other.name, 7)).toBe(7);
    expect(await nsids.get({ path: `/run/netns/${other.name}` })).toBe(7);
    expect(await nsids.set({ pid: process.pid })).toBe(0);
    expect(await nsids.get({ pid: process.pid })).toBe(0);
    expect(await nsids.list()).toEqual(expect.arrayContaining([{ nsid: 0 }, { nsid: 7 }]));
    if (kernel.live) expect(box.ip("netns", "list-id")).toContain("nsid 7");
    // What the other one calls a third, and what we do.
    expect(await other.nl.nsids.set(third.name, 3)).toBe(3);
    expect(await nsids.list({ target: 7 })).toEqual([{ nsid: 3, current: -1 }]);
    expect(await nsids.get(third.name, { target: 7 })).toBe(3);
    expect(await nsids.set(third.name, 9)).toBe(9);
    expect(await nsids.list({ target: 7 })).toEqual([{ nsid: 3, current: 9 }]);
    expect(await nsids.get({ nsid: 9 }, { target: 7 })).toBe(3);
  });

  test("errors", async () => {
    const { nsids } = box.nl;
    if ((await nsids.find(other.name)) === undefined) await nsids.set(other.name);
    await expect(nsids.set(other.name, 8)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(nsids.get("nlt-nowhere")).rejects.toThrow("namespace not found: nlt-nowhere");
    const error = await nsids.get("nlt-nowhere").catch((e) => e);
    expect(error).toBeInstanceOf(NamespaceNotFound);
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toMatchObject({ code: "ENOENT", errno: 2, target: "nlt-nowhere" });
    await expect(nsids.get({ pid: 0x7ffffff0 })).rejects.toMatchObject({ code: "ESRCH" });
    await expect(nsids.set(other.name, -5)).rejects.toThrow("nsid.nsid: -5 is not an id from 0 to 2147483647");
    await expect(nsids.get({} as never)).rejects.toThrow("is not a namespace: a name, { pid }, { path } or { fd }");
  });
});
