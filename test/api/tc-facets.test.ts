import { describe, expect, test, vi } from "vitest";
import type { Connection } from "../../src/api/connection.ts";
import { decode } from "../../src/codec/schema/engine.ts";
import { action } from "../../src/codec/tc/action.ts";
import { clsact, drr, gact, htb, htbClass, ingress, pfifo, u32Filter as u32 } from "../../src/codec/tc/builders.ts";
import { tclass } from "../../src/codec/tc/class.ts";
import { chain, filter } from "../../src/codec/tc/filter.ts";
import { qdisc } from "../../src/codec/tc/qdisc.ts";
import { recorder, silent } from "../support/silent.ts";

const schemas = { 36: qdisc, 37: qdisc, 38: qdisc, 40: tclass, 41: tclass, 42: tclass, 44: filter, 45: filter, 46: filter, 48: action, 49: action, 50: action, 100: chain, 101: chain } as const; // biome-ignore format: a table
const [REQUEST, ACK, ECHO, CREATE, EXCL, REPLACE, ROOT] = [1, 4, 8, 0x400, 0x200, 0x100, 0x100];
const ADD = CREATE | EXCL;
const match = [{ ip: { dst: "10.0.0.0/8" } }];
const info = (priority: number, ethertype: number) => ((priority << 16) | ((ethertype & 0xff) << 8) | (ethertype >> 8)) >>> 0; // biome-ignore format: one line

describe("what facets send", () => {
  const rows: [string, (nl: Connection) => Promise<unknown>, number, number, object][] = [
    ["a qdisc at the root", (nl) => nl.qdiscs.add(3, htb(), { handle: "1:" }), 36, ADD | ECHO, { ifindex: 3, parent: 0xffffffff, handle: 0x10000, kind: "htb" }],
    ["by numbers", (nl) => nl.qdiscs.add(3, pfifo(), { parent: 0x10010, handle: 0x20000 }), 36, ADD | ECHO, { parent: 0x10010, handle: 0x20000 }],
    ["below a class", (nl) => nl.qdiscs.replace(3, pfifo(), { parent: "1:10" }), 36, CREATE | REPLACE | ECHO, { parent: 0x10010, handle: 0 }],
    ["changed", (nl) => nl.qdiscs.change(3, pfifo({ limit: 5 })), 36, ECHO, { parent: 0xffffffff, options: { limit: 5 } }],
    ["clsact, which has a place of its own", (nl) => nl.qdiscs.add(3, clsact()), 36, ADD | ECHO, { parent: 0xfffffff1, handle: 0xffff0000, kind: "clsact" }],
    ["ingress, with its place said", (nl) => nl.qdiscs.add(3, ingress(), { parent: "ingress" }), 36, ADD | ECHO, { parent: 0xfffffff1, handle: 0xffff0000 }],
    ["clsact, with its place said", (nl) => nl.qdiscs.add(3, clsact(), { parent: "clsact", ingressBlock: 7, egressBlock: 8 }), 36, ADD | ECHO, { parent: 0xfffffff1, ingressBlock: 7, egressBlock: 8 }],
    ["with a size table and an estimator", (nl) => nl.qdiscs.add(3, drr(), { stab: { overhead: 8, mpu: 64 }, estimator: { interval: "1s", average: "8s" } }), 36, ADD | ECHO, { stab: { base: { overhead: 8, mpu: 64 } }, rate: { interval: 0, ewmaLog: 3 } }],
    ["removed from the root", (nl) => nl.qdiscs.remove(3), 37, 0, { ifindex: 3, parent: 0xffffffff, handle: 0 }],
    ["removed by handle", (nl) => nl.qdiscs.remove(3, { handle: "2:" }), 37, 0, { parent: 0, handle: 0x20000 }],
    ["removed by kind", (nl) => nl.qdiscs.removeIfExists(3, { kind: "clsact" }), 37, 0, { parent: 0xfffffff1, kind: "clsact" }],
    ["asked for", (nl) => nl.qdiscs.get(3, { parent: "1:10" }), 38, ECHO, { parent: 0x10010 }],
    ["a class", (nl) => nl.classes.add(3, htbClass({ rate: "1mbit" }), { parent: "1:", handle: "1:10" }), 40, ADD | ECHO, { ifindex: 3, parent: 0x10000, handle: 0x10010, kind: "htb" }],
    ["a class changed", (nl) => nl.classes.change(3, htbClass({ rate: "1mbit" }), { parent: "1:", handle: "1:10" }), 40, ECHO, { handle: 0x10010 }],
    ["a class removed", (nl) => nl.classes.remove(3, "1:10"), 41, 0, { ifindex: 3, handle: 0x10010 }],
    ["a class asked for", (nl) => nl.classes.get(3, "1:10"), 42, ECHO, { ifindex: 3, handle: 0x10010 }],
    ["a filter of the root", (nl) => nl.filters.add(3, u32({ match, classid: "1:10" }), { protocol: "ip" }), 44, ADD | ECHO, { ifindex: 3, parent: 0, kind: "u32", info: info(0, 0x800) }],
    ["a filter's whole place", (nl) => nl.filters.replace(3, u32({ match }), { parent: "1:", protocol: "ipv6", priority: 7, chain: 5, handle: "800::1" }), 44, CREATE | ECHO, { parent: 0x10000, chain: 5, handle: 0x80000001, info: info(7, 0x86dd) }],
    ["a filter of ingress", (nl) => nl.filters.change(3, u32({ match }), { parent: "ingress", protocol: 3, priority: 1 }), 44, ECHO, { parent: 0xfffffff2, info: info(1, 3) }],
    ["a filter of egress", (nl) => nl.filters.add(3, u32({ match }), { parent: "egress", protocol: "all" }), 44, ADD | ECHO, { parent: 0xfffffff3 }],
    ["a filter of a block", (nl) => nl.filters.add({ block: 22 }, u32({ match }), { protocol: "ip" }), 44, ADD | ECHO, { ifindex: -1, parent: 22 }],
    ["a filter removed", (nl) => nl.filters.remove(3, { parent: "1:", kind: "u32", protocol: "ip", priority: 7, handle: "800::1" }), 45, 0, { parent: 0x10000, kind: "u32", handle: 0x80000001, info: info(7, 0x800) }],
    ["filters flushed", (nl) => nl.filters.flush(3, { parent: "ingress", chain: 4 }), 45, 0, { parent: 0xfffffff2, chain: 4, info: 0 }],
    ["a chain", (nl) => nl.chains.add({ block: 22 }, { chain: 4 }), 100, ADD, { ifindex: -1, parent: 22, chain: 4 }],
    ["a chain removed", (nl) => nl.chains.remove(3, { parent: "egress", chain: 4 }), 101, 0, { parent: 0xfffffff3, chain: 4 }],
    ["an action", (nl) => nl.actions.add(gact("drop")), 48, ADD | ECHO, { tab: [{ kind: "gact" }] }],
    ["an action replaced", (nl) => nl.actions.replace([{ kind: "gact", options: { control: "drop", index: 7 } }]), 48, CREATE | REPLACE | ECHO, { tab: [{ options: { parms: { index: 7 } } }] }],
    ["actions removed", (nl) => nl.actions.remove([{ kind: "gact", index: 1 }, { kind: "gact", index: 2 }]), 49, 0, { tab: [{ index: 1 }, { index: 2 }] }],
    ["actions flushed", (nl) => nl.actions.flush("gact"), 49, ROOT, { tab: [{ kind: "gact" }] }],
  ]; // biome-ignore format: a table
  test.each(rows)("%s", async (_what, ask, type, flags, value) => {
    const { nl, sent } = await recorder();
    // It is acknowledged, and nothing else: who waits for an answer waits in vain.
    ask(nl).catch(() => {});
    const {
      type: sentType,
      flags: sentFlags,
      hex,
    } = await vi.waitUntil(() => sent.find((m) => m.type === type), { timeout: 30_000 });
    expect([sentType, sentFlags & ~ACK]).toEqual([type, flags | REQUEST]);
    const schema = schemas[type as keyof typeof schemas];
    expect(decode(schema, new Uint8Array(Buffer.from(hex, "hex")), "little")).toMatchObject(value);
    nl.close();
  });
});

describe("facets refuse before anything is sent", () => {
  const rows: [string, (nl: Connection) => Promise<unknown>, string][] = [
    ["a kind that there is not", (nl) => nl.qdiscs.add(3, { kind: "nosuch" } as never), 'qdisc: "nosuch" is not a kind known here; there are netem'],
    ["an option of a place", (nl) => nl.qdiscs.add(3, htb(), { place: "root" } as never), "qdisc.place: there is no such option"],
    ["a parent that is none", (nl) => nl.qdiscs.add(3, htb(), { parent: "top" }), 'qdisc.parent: "top" is not "root", "ingress", "clsact" or a handle'],
    ["a handle that is none", (nl) => nl.qdiscs.add(3, htb(), { handle: "1:2:3" }), 'qdisc.handle: "1:2:3" is not a handle'],
    ["a class without a parent", (nl) => nl.classes.add(3, htbClass({ rate: "1mbit" }), { handle: "1:1" } as never), "class.parent: is missing"],
    ["a class without a handle", (nl) => nl.classes.add(3, htbClass({ rate: "1mbit" }), { parent: "1:" } as never), "class.handle: is missing"],
    ["a class without its rate", (nl) => nl.classes.add(3, htbClass({}), { parent: "1:", handle: "1:1" }), "htb.rate: is missing"],
    ["a filter without protocol", (nl) => nl.filters.add(3, u32({ match }), {}), "filter.protocol: is missing"],
    ["a protocol that is none", (nl) => nl.filters.add(3, u32({ match }), { protocol: "ipx?" }), 'filter.protocol: "ipx?" is not'],
    ["a priority too great", (nl) => nl.filters.add(3, u32({ match }), { protocol: "ip", priority: 65_536 }), "filter.priority: 65536 is not an integer"],
    ["a parent of a block", (nl) => nl.filters.add({ block: 1 }, u32({ match }), { protocol: "ip", parent: "1:" }), "filter.parent: a block has none"],
    ["a device and a block", (nl) => nl.filters.list({ dev: 3, block: 1 }), "filters.block: is given with dev"],
    ["a handle of another kind", (nl) => nl.filters.remove(3, { kind: "u32", handle: "x", protocol: "ip" }), 'filter.handle: "x" is not a handle of u32'],
    ["an action to change that is not said", (nl) => nl.actions.change(gact("drop")), "action.index: is missing"],
    ["an action that there is not", (nl) => nl.actions.add({ kind: "nosuch" } as never), '"nosuch" is not one of'],
    ["a filter of lists", (nl) => nl.classes.list({ handle: "1:1" } as never), "classes.handle: there is no such option"],
  ]; // biome-ignore format: a table
  test.each(rows)("%s", async (_what, ask, message) => {
    await using nl = await silent();
    await expect(ask(nl)).rejects.toMatchObject({ name: "OptionError", message: expect.stringContaining(message) });
  });
});
