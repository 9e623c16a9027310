import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { XfrmPolicyOptions } from "../../src/api/xfrm/policy-value.ts";
import type { XfrmStateOptions } from "../../src/api/xfrm/state-value.ts";
import { isExists, isNotFound, OptionError, Xfrm, type XfrmEvent } from "../../src/index.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";
import { auth, enc, ends, policies, states } from "../support/xfrm-rows.ts";

describe.skipIf(noKernel)(titled("IPsec"), () => {
  let box: Sandbox;
  let xfrm: Xfrm;
  beforeAll(async () => {
    box = await sandbox();
    xfrm = await Xfrm.open({ netns: box.name });
  });
  afterAll(() => {
    xfrm?.close();
    box?.close();
  });
  beforeEach(async () => {
    await xfrm.states.flush();
    await xfrm.policies.flush();
  });
  /** What ip tells of all, but for times and for what the kernel makes up. */
  const told = (object: string, indexes = true) =>
    box
      .ip("-s", "xfrm", object, "list")
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
      .replace(indexes ? /\bindex \d+/g : /$^/, "index N");
  const words = (text: string) => text.split(" ");
  const known = (object: object) => {
    const { message: _, lifetime: __, lastUsedSeconds: ___, ...rest } = object as { [key: string]: unknown };
    return rest;
  };

  describe("policies", () => {
    test.each(policies)("%s: for ip the same as its own", async (text, given) => {
      await xfrm.policies.add(given);
      const ours = told("policy");
      const [read] = await xfrm.policies.list();
      expect(read).toMatchObject(given as object);
      await xfrm.policies.flush();
      box.ip("xfrm", "policy", "add", ...words(text));
      expect(ours).toBe(told("policy"));
      const [theirs] = await xfrm.policies.list();
      const index = given.index ?? 0;
      expect({ ...known(read!), index }).toEqual({ ...known(theirs!), index });
      // What was read can be given again.
      await xfrm.policies.flush();
      await xfrm.policies.add(read as XfrmPolicyOptions);
      expect(told("policy")).toBe(ours);
    });
    test("get, update, remove, count", async () => {
      const [, given] = policies[0]!;
      const id = { dir: "out", selector: given.selector } as const;
      await xfrm.policies.add(given);
      await expect(xfrm.policies.add(given)).rejects.toSatisfy(isExists);
      await xfrm.policies.update({ ...given, priority: 50 });
      const got = await xfrm.policies.get(id);
      expect(got.priority).toBe(50);
      expect((await xfrm.policies.get({ dir: "out", index: got.index })).selector).toEqual(given.selector);
      await xfrm.policies.add(policies[2]![1]);
      expect(await xfrm.policies.count()).toMatchObject({ in: 0, out: 1, fwd: 1 });
      expect(box.ip("xfrm", "policy", "count")).toMatch(/SPD IN {2}0 OUT 1 FWD 1/);
      expect((await xfrm.policies.list({ dir: "fwd" })).map((p) => p.action)).toEqual(["block"]);
      expect(await xfrm.policies.removeIfExists(id)).toBe(true);
      expect(await xfrm.policies.removeIfExists(id)).toBe(false);
      await expect(xfrm.policies.get(id)).rejects.toSatisfy(isNotFound);
      await expect(xfrm.policies.remove(id)).rejects.toThrow("remove policy 10.1.0.0/16 to 10.2.0.0/16 out");
    });
    test("a stream of many", async () => {
      const many = process.env.NLINK_VM ? 100 : 1000;
      await Promise.all(
        Array.from({ length: many }, (_, i) =>
          xfrm.policies.add({ dir: "out", selector: { dst: `10.${i >> 8}.${i & 255}.0/24` } }),
        ),
      );
      let count = 0;
      for await (const policy of xfrm.policies.stream()) if (policy.selector?.dst?.endsWith(".0/24")) count++;
      expect(count).toBe(many);
    });
    test("what becomes of packets without a policy", async () => {
      expect(await xfrm.policies.defaults()).toEqual({ in: "accept", fwd: "accept", out: "accept" });
      await xfrm.policies.setDefaults({ in: "block" });
      expect(await xfrm.policies.defaults()).toEqual({ in: "block", fwd: "accept", out: "accept" });
      await xfrm.policies.setDefaults({ in: "accept" });
    });
  });

  describe("states", () => {
    let lacks: string | undefined;
    beforeAll(async () => {
      lacks = await xfrm.states.add({ ...ends, proto: "esp", spi: 0x100, mode: "tunnel", enc, auth }).then(
        () => undefined,
        (e: Error) => e.message,
      );
    });
    /** Skips with the reason, which the full kernel must not have. */
    const needs = (skip: (note: string) => void) => {
      if (!lacks) return;
      expect(process.env.NLINK_VM, lacks).toBeUndefined();
      skip(`skipped: ${lacks}`);
    };
    test.for(states)("%s: for ip the same as its own", async ([text, given], { skip }) => {
      needs(skip);
      await xfrm.states.add(given);
      const ours = told("state");
      const [read] = await xfrm.states.list();
      const { spi, ...rest } = given;
      expect(read).toMatchObject({
        ...rest,
        ...(given.replayOseq && { replayOseq: Number(given.replayOseq) }),
        spi: Number(spi),
      });
      await xfrm.states.flush();
      box.ip("xfrm", "state", "add", ...words(text));
      expect(ours).toBe(told("state"));
      const [theirs] = await xfrm.states.list();
      expect(known(read!)).toEqual(known(theirs!));
      await xfrm.states.flush();
      await xfrm.states.add(read as XfrmStateOptions);
      expect(told("state")).toBe(ours);
    });
    test("get, update, remove, count, flush by protocol", async ({ skip }) => {
      needs(skip);
      const [, given] = states[0]!;
      const id = { dst: ends.dst, proto: "esp", spi: 0x100 } as const;
      await xfrm.states.add(given);
      await xfrm.states.add(states[2]![1]);
      await expect(xfrm.states.add(given)).rejects.toSatisfy(isExists);
      await xfrm.states.update({ ...given, limits: { hardPackets: 7 } });
      expect((await xfrm.states.get(id)).limits).toEqual({ hardPackets: 7 });
      expect(await xfrm.states.count()).toMatchObject({ count: 2 });
      expect(box.ip("xfrm", "state", "count")).toContain("SAD count 2");
      expect((await xfrm.states.list({ proto: "ah" })).map((s) => s.spi)).toEqual([0x102]);
      expect((await xfrm.states.list({ dst: "10.0.0.2", reqid: 1 })).map((s) => s.spi)).toEqual([0x100]);
      await xfrm.states.flush({ proto: "ah" });
      expect((await xfrm.states.list()).map((s) => s.spi)).toEqual([0x100]);
      expect(await xfrm.states.removeIfExists(id)).toBe(true);
      expect(await xfrm.states.removeIfExists(id)).toBe(false);
      await expect(xfrm.states.get(id)).rejects.toThrow("get state esp 256 to 10.0.0.2");
      await expect(xfrm.states.add({ ...given, enc: { ...enc, key: "0x00" } })).rejects.toThrow("EINVAL");
    });
    test("an SPI of the kernel's choice", async () => {
      const state = await xfrm.states.allocateSpi({
        ...ends,
        proto: "esp",
        mode: "tunnel",
        reqid: 3,
        min: 0x2000,
        max: 0x2003,
      });
      expect(state.spi).toBeGreaterThanOrEqual(0x2000);
      expect(state.spi).toBeLessThanOrEqual(0x2003);
      expect(state).toMatchObject({ ...ends, proto: "esp", mode: "tunnel", reqid: 3 });
      expect(box.ip("xfrm", "state", "list")).toContain(`spi 0x0000${state.spi.toString(16)}`);
    });
  });

  test("events: what is added, changed, removed, flushed, waited for and expires", async () => {
    const seen: XfrmEvent[] = [];
    const stop = new AbortController();
    const events = xfrm.events({ all: true }, { signal: stop.signal });
    const done = (async () => {
      for await (const event of events) {
        seen.push(event);
        if (event.type === "policyExpire" && event.hard) break;
      }
    })();
    const timer = setTimeout(() => stop.abort(), 10_000);
    const [, given] = policies[0]!;
    await xfrm.policies.add(given);
    await xfrm.policies.update({ ...given, priority: 1 });
    await xfrm.policies.remove({ dir: "out", selector: given.selector });
    await xfrm.states.allocateSpi({ ...ends, proto: "esp", min: 0x300, max: 0x300 });
    await xfrm.states.remove({ dst: ends.dst, proto: "esp", spi: 0x300 });
    await xfrm.states.allocateSpi({ ...ends, proto: "esp", min: 0x301, max: 0x301 });
    await xfrm.policies.add(given);
    await xfrm.states.flush();
    await xfrm.policies.flush();
    // A packet that a policy is for, and no state.
    await box.nl.links.removeIfExists("v0");
    await box.nl.links.add({ kind: "veth", name: "v0", peer: { name: "v1" } });
    await box.nl.addresses.add("v0", "10.0.0.1/24");
    for (const name of ["v0", "v1"]) await box.nl.links.set(name, { up: true });
    await xfrm.policies.add({
      dir: "out",
      selector: { dst: "10.0.0.77/32" },
      templates: [{ ...ends, proto: "esp", mode: "tunnel", reqid: 55 }],
    });
    try {
      box.exec("ping", "-c", "1", "-W", "1", "10.0.0.77");
    } catch {} // it waits for the state in vain
    await xfrm.policies.add({
      dir: "out",
      selector: { dst: "10.0.0.78/32" },
      limits: { softSeconds: 1, hardSeconds: 2 },
    });
    await done;
    clearTimeout(timer);
    const brief = seen.map((e) =>
      "action" in e
        ? `${e.type} ${e.action}`
        : e.type === "flush"
          ? `flush ${e.of}`
          : "hard" in e
            ? `${e.type} ${e.hard}`
            : e.type,
    );
    for (const event of [
      "policy new",
      "policy update",
      "policy del",
      "state del",
      "flush states",
      "flush policies",
      "policyExpire false",
      "policyExpire true",
    ])
      expect(brief).toContain(event);
    expect(seen.find((e) => e.type === "policy" && e.action === "del")).toMatchObject({
      policy: { priority: 1, selector: given.selector },
    });
    expect(seen.find((e) => e.type === "state" && e.action === "del")).toMatchObject({
      state: { ...ends, spi: 0x300 },
    });
    const acquire = seen.find((e) => e.type === "acquire");
    expect(acquire).toMatchObject({ ...ends, proto: "esp", policy: { templates: [{ reqid: 55 }] } });
  });

  test("a selection of nothing, and what is no option", async () => {
    expect(() => xfrm.events({})).toThrow(OptionError);
    await expect(Xfrm.open({ netns: "nosuch" })).rejects.toThrow("namespace not found: nosuch");
  });
});
