import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { XfrmPolicyOptions } from "../../src/api/xfrm/policy-value.ts";
import type { XfrmStateOptions } from "../../src/api/xfrm/state-value.ts";
import { isExists, isNotFound, OptionError, Xfrm, type XfrmEvent } from "../../src/index.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

const ends = { src: "10.0.0.1", dst: "10.0.0.2" } as const;
const ends6 = { src: "2001:db8::1", dst: "2001:db8::2" } as const;
const enc = { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" };
const auth = { name: "hmac(sha256)", key: "0x0001020304050607" };
const aead = { name: "rfc4106(gcm(aes))", key: "0x00112233445566778899aabbccddeeff00010203", icvBits: 128 };
const ENC = `enc cbc(aes) ${enc.key} auth hmac(sha256) ${auth.key}`;
const AEAD = `aead rfc4106(gcm(aes)) ${aead.key} 128`;
const ENDS = "src 10.0.0.1 dst 10.0.0.2";

/** What we give, and ip's words for the same. */
const states: readonly (readonly [words: string, given: XfrmStateOptions])[] = [
  [`${ENDS} proto esp spi 0x100 mode tunnel reqid 1 seq 0x9 ${ENC}`, { ...ends, proto: "esp", spi: 0x100, mode: "tunnel", reqid: 1, seq: 9 << 24, enc, auth }],
  [`src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x101 mode transport ${AEAD}`, { ...ends6, proto: "esp", spi: "0x101", aead }],
  [`${ENDS} proto ah spi 0x102 mode transport auth-trunc hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213 96`, { ...ends, proto: "ah", spi: 0x102, auth: { name: "hmac(sha1)", key: "0x000102030405060708090a0b0c0d0e0f10111213", truncBits: 96 } }],
  [`${ENDS} proto comp spi 0x103 mode tunnel comp deflate`, { ...ends, proto: "comp", spi: 0x103, mode: "tunnel", comp: { name: "deflate" } }],
  [`${ENDS} proto esp spi 0x104 mode tunnel replay-window 32 replay-seq 5 replay-oseq 6 ${ENC}`, { ...ends, proto: "esp", spi: 0x104, mode: "tunnel", replayWindow: 32, replaySeq: 5, replayOseq: 6, enc, auth }],
  [`${ENDS} proto esp spi 0x105 mode tunnel replay-window 100 flag esn replay-seq-hi 1 replay-seq 5 replay-oseq-hi 2 replay-oseq 6 ${AEAD}`, { ...ends, proto: "esp", spi: 0x105, mode: "tunnel", replayWindow: 100, flags: ["esn"], replaySeq: 2 ** 32 + 5, replayOseq: 2n ** 33n + 6n, aead }],
  [`${ENDS} proto esp spi 0x106 mode transport encap espinudp 4500 4501 10.0.0.9 ${ENC}`, { ...ends, proto: "esp", spi: 0x106, encap: { type: "espinudp", sport: 4500, dport: 4501, oa: "10.0.0.9" }, enc, auth }],
  [`${ENDS} proto esp spi 0x107 mode tunnel mark 5 mask 0xff output-mark 7 mask 0x0f if_id 42 extra-flag dont-encap-dscp ${ENC}`, { ...ends, proto: "esp", spi: 0x107, mode: "tunnel", mark: { value: 5, mask: 0xff }, outputMark: { value: 7, mask: 15 }, ifId: 42, extraFlags: ["dont-encap-dscp"], enc, auth }],
  [`${ENDS} proto esp spi 0x108 mode tunnel flag noecn decap-dscp nopmtudisc limit byte-soft 1000 limit byte-hard 2000 limit packet-soft 10 limit packet-hard 20 limit time-soft 100 limit time-hard 200 limit time-use-soft 300 limit time-use-hard 400 ${ENC}`, { ...ends, proto: "esp", spi: 0x108, mode: "tunnel", flags: ["noecn", "decap-dscp", "nopmtudisc"], limits: { softBytes: 1000, hardBytes: 2000, softPackets: 10, hardPackets: 20, softSeconds: 100, hardSeconds: 200, softUseSeconds: 300, hardUseSeconds: 400 }, enc, auth }],
  [`${ENDS} proto esp spi 0x109 mode transport sel src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 80 dport 443 dev lo ${ENC}`, { ...ends, proto: "esp", spi: 0x109, selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16", proto: "tcp", sport: 80, dport: 443, dev: "lo" }, enc, auth }],
]; // biome-ignore format: a table
const policies: readonly (readonly [words: string, given: XfrmPolicyOptions])[] = [
  [`src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 100 tmpl ${ENDS} proto esp mode tunnel reqid 1`, { dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" }, priority: 100, templates: [{ ...ends, proto: "esp", mode: "tunnel", reqid: 1 }] }],
  ["src 10.2.0.0/16 dst 10.1.0.0/16 dir in tmpl src 10.0.0.2 dst 10.0.0.1 proto esp spi 0x200 mode tunnel level use tmpl proto ah mode transport", { dir: "in", selector: { src: "10.2.0.0/16", dst: "10.1.0.0/16" }, templates: [{ src: "10.0.0.2", dst: "10.0.0.1", proto: "esp", spi: 0x200, mode: "tunnel", level: "use" }, { proto: "ah" }] }],
  ["src 10.2.0.0/16 dst 10.1.0.0/16 dir fwd action block", { dir: "fwd", selector: { src: "10.2.0.0/16", dst: "10.1.0.0/16" }, action: "block" }],
  ["src 2001:db8:1::/48 dst 2001:db8:2::/48 proto udp sport 500 dport 4500 dir out flag icmp localok tmpl src 2001:db8::1 dst 2001:db8::2 proto esp mode beet", { dir: "out", selector: { src: "2001:db8:1::/48", dst: "2001:db8:2::/48", proto: "udp", sport: 500, dport: 4500 }, flags: ["localok", "icmp"], templates: [{ ...ends6, proto: "esp", mode: "beet" }] }],
  ["src 10.3.0.0/16 dst 10.4.0.0/16 dir out mark 5 mask 0xff if_id 42 index 81 limit byte-soft 1000 limit time-hard 200", { dir: "out", selector: { src: "10.3.0.0/16", dst: "10.4.0.0/16" }, mark: { value: 5, mask: 0xff }, ifId: 42, index: 81, limits: { softBytes: 1000, hardSeconds: 200 } }],
  ["src 10.5.0.0/16 dst 10.6.0.0/16 proto icmp type 8 code 0 dev lo dir out", { dir: "out", selector: { src: "10.5.0.0/16", dst: "10.6.0.0/16", proto: "icmp", type: 8, code: 0, dev: "lo" } }],
  ["src 10.5.0.0/16 dst 10.7.0.0/16 proto gre key 1.2.3.4 dir out", { dir: "out", selector: { src: "10.5.0.0/16", dst: "10.7.0.0/16", proto: "gre", key: 0x01020304 } }],
]; // biome-ignore format: a table

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
