import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/api/connection.ts";
import type { TcClass } from "../../src/api/tc/classes.ts";
import type { Filter } from "../../src/api/tc/filters.ts";
import { filtersOf, matchesOf, type Peer, rulesOf } from "../../src/api/tc/peers.ts";
import { classAsRead, filterAsRead, printStep, qdiscAsRead } from "../../src/api/tc/plan.ts";
import type { Qdisc } from "../../src/api/tc/qdiscs.ts";
import {
  fingerprint,
  NOTHING,
  type Present,
  type ReconcileOptions,
  reconcile,
  type Tree,
} from "../../src/api/tc/reconcile.ts";
import { flower, fqCodel, htb, htbClass, netem } from "../../src/codec/tc/builders.ts";
import { contextOf } from "../../src/codec/tc/kind.ts";
import type { NetemOptions } from "../../src/codec/tc/qdisc/netem.ts";
import type { QdiscSpec } from "../../src/codec/tc/qdisc-kinds.ts";
import { silent } from "../support/silent.ts";

const context = contextOf();
const lines = (tree: Tree, present: Present, options: Partial<ReconcileOptions> = {}): string[] =>
  reconcile("eth0", tree, present, { context, ...options }).map(({ step }) => printStep(step, context));
const undoing = (tree: Tree, present: Present, options: Partial<ReconcileOptions> = {}): (string | undefined)[] =>
  reconcile("eth0", tree, present, { context, ...options }).map(({ undo }) => undo && printStep(undo, context));
/** A qdisc as the kernel would report it. */
const there = (spec: QdiscSpec, more: Partial<Qdisc> = {}): Qdisc =>
  ({ kind: spec.kind, handle: "6e65:", parent: "root", options: qdiscAsRead(spec, context), ...more }) as Qdisc;
const only = (...qdiscs: Qdisc[]): Present => ({ ...NOTHING, qdiscs });
const netemTree = (options: NetemOptions): Tree => ({
  handle: "6e65:",
  root: netem(options),
  adopt: true,
  classes: [],
  leaves: [],
  filters: [],
});

describe("one qdisc", () => {
  test("is added where there is none, or only the kernel's own", () => {
    const tree = netemTree({ delay: "100ms" });
    const add = "tc qdisc add dev eth0 root handle 6e65: netem limit 1000 delay 100ms";
    expect(lines(tree, NOTHING)).toEqual([add]);
    expect(lines(tree, only(there({ kind: "noqueue" }, { handle: "none" })))).toEqual([add]);
    expect(undoing(tree, NOTHING)).toEqual(["tc qdisc del dev eth0 root handle 6e65: netem"]);
  });

  test.each<[string, NetemOptions, NetemOptions]>([
    ["the same", { delay: "100ms" }, { delayMs: 100 }],
    ["rounded alike", { loss: "0.3%" }, { lossPercent: 0.3 }],
    ["less than a tick of 64 ns apart in the older form", { delay: "1000001ns" }, { delayMs: 1.000001 }],
    ["a gap alone reorders all", { delay: "1ms", gap: 5 }, { delay: "1ms", gap: 5, reorder: "100%" }],
    ["jitter that the kernel cuts off", { delay: "3s", jitter: "9s" }, { delay: "3s", jitterMs: 2147.483647 }],
    ["a seed that it drew", { delay: "1ms" }, { delay: "1ms", seed: 5 }],
  ])("is left alone: %s", (_what, wanted, present) => {
    expect(lines(netemTree(wanted), only(there(netem(present))))).toEqual([]);
  });

  test.each<[string, NetemOptions, NetemOptions, string]>([
    ["another value", { delay: "100ms" }, { delay: "50ms" }, "change dev eth0 root handle 6e65: netem limit 1000 delay 100ms"],
    ["another seed", { seed: 5 }, { seed: 6 }, "change dev eth0 root handle 6e65: netem limit 1000 seed 5"],
    // What netem_change is not told of stays: these have zeros to say so.
    ["no rate any more", {}, { rate: "1mbit" }, "change dev eth0 root handle 6e65: netem limit 1000"],
    ["no marking any more", { loss: "1%" }, { loss: "1%", ecn: true }, "replace dev eth0 root handle 6e66: netem limit 1000 loss 1%"],
    ["no correlation any more", { loss: "1%" }, { loss: "1%", lossCorrelation: "5%" }, "replace dev eth0 root handle 6e66: netem limit 1000 loss 1%"],
    ["another correlation", { loss: "1%", lossCorrelation: "2%" }, { duplicate: "1%", duplicateCorrelation: "5%" }, "change dev eth0 root handle 6e65: netem limit 1000 loss 1% 2%"],
  ])("is changed: %s", (_what, wanted, present, line) => {
    expect(lines(netemTree(wanted), only(there(netem(present))))).toEqual([`tc qdisc ${line}`]);
  }); // biome-ignore format: a table

  test("what shall go from a netem is sent as nothing, since what is left out would stay", () => {
    const present = only(there(netem({ delay: "1ms", reorder: "5%", corrupt: "1%", rate: "1mbit", slot: { minDelay: "1ms" } }))); // biome-ignore format: one line
    const [planned] = reconcile("eth0", netemTree({ delay: "1ms" }), present, { context });
    expect(planned!.step).toMatchObject({
      verb: "change",
      spec: { options: { delay: "1ms", reorderPercent: 0, gap: 0, corruptPercent: 0, rateBytesPerSecond: 0, slot: { minDelayMs: 0 } } },
    }); // biome-ignore format: one object
    expect(planned!.undo).toMatchObject({
      verb: "change",
      spec: { options: { reorderPercent: 5, corruptPercent: 1 } },
    });
  });

  test("a distribution, which no kernel reports, is told by what was given", () => {
    const options = { delay: "10ms", jitter: "1ms", distribution: [0, 1] };
    const plain = { delay: "10ms", jitter: "1ms" };
    const present = only(there(netem(plain)));
    const settled = (spec: QdiscSpec) => () => ({ spec, reported: fingerprint(present.qdiscs[0]!) });
    expect(lines(netemTree(options), present), "by whom is not known").toHaveLength(1);
    expect(lines(netemTree(options), present, { settled: settled(netem(options)) })).toEqual([]);
    expect(lines(netemTree(options), present, { settled: settled(netem(plain)) })).toHaveLength(1);
    expect(lines(netemTree(plain), present)).toEqual([]);
    expect(lines(netemTree(plain), present, { settled: settled(netem(options)) })[0]).toContain("replace dev eth0 root handle 6e66:");
    const changed = only(there(netem({ ...plain, limit: 5 })));
    expect(lines(netemTree(options), changed, { settled: settled(netem(options)) }), "somebody changed it").toHaveLength(1);
  }); // biome-ignore format: long lines

  test("of somebody else's is in the way, unless it is a netem", () => {
    const tree = netemTree({ delay: "1ms" });
    const foreign = only(there(htb(), { handle: "1:" }));
    expect(() => lines(tree, foreign)).toThrow("eth0 has a qdisc htb 1: at its root, which is not of this making: replace: true puts netem");
    expect(lines(tree, foreign, { replace: true })).toEqual(["tc qdisc replace dev eth0 root handle 6e65: netem limit 1000 delay 1ms"]);
    expect(undoing(tree, foreign, { replace: true })[0]).toMatch(/^tc qdisc replace dev eth0 root handle 1: htb r2q 10/);
    const bytes = only({ ...there(htb(), { handle: "1:" }), kind: "dualpi2?", options: Uint8Array.of(1) } as Qdisc);
    expect(undoing(tree, bytes, { replace: true }), "of a kind that has no form here there is no way back").toEqual([undefined]);
    expect(lines(tree, only(there(netem({ delay: "2ms" }), { handle: "7:" })))).toEqual(["tc qdisc change dev eth0 root handle 7: netem limit 1000 delay 1ms"]);
  }); // biome-ignore format: long lines
});

describe("a tree", () => {
  const cls = (handle: string, rate: string, parent = "6c69:") => ({ spec: htbClass({ rate, quantumBytes: 2000 }), parent, handle }); // biome-ignore format: one line
  const filter = (priority: number, protocol: string, options: object) => ({
    spec: flower(options),
    protocol,
    priority,
  });
  const tree = (more: Partial<Tree> = {}): Tree => ({
    handle: "6c69:",
    root: htb({ default: "1", directQlen: 1000 }),
    classes: [],
    leaves: [],
    filters: [],
    ...more,
  });
  /** What a tree is for the kernel. */
  const presentOf = ({ root, classes, leaves, filters }: Tree): Present => ({
    qdiscs: [
      there(root, { handle: "6c69:" }),
      ...leaves.map(({ spec, parent }, i) => there(spec, { parent, handle: `800${i}:` })),
    ],
    classes: classes.map(
      ({ spec, parent, handle }) => ({ kind: "htb", parent, handle, options: classAsRead(spec, context) }) as TcClass,
    ),
    filters: filters.flatMap(({ spec, protocol, priority }) => {
      const place = { kind: spec.kind, parent: "6c69:", protocol, priority };
      const options = filterAsRead(spec, { ...context, protocol: { ip: 0x800, ipv6: 0x86dd, all: 3 }[protocol]! });
      return [
        { ...place, options: {} },
        { ...place, handle: "0x1", options: { ...options, inHw: false } },
      ] as Filter[];
    }),
  });
  const full = tree({
    classes: [cls("6c69:1", "10mbit"), cls("6c69:10", "1mbit", "6c69:1")],
    leaves: [{ spec: netem({ delay: "10ms" }), parent: "6c69:10" }],
    filters: [filter(1, "ip", { dstIp: "10.0.0.0/8", classid: "6c69:10" })],
  });

  test("is made from the root down, filters last", () => {
    expect(lines(full, NOTHING).map((line) => line.replace(/ (prio|rate|quantum) .*/, ""))).toEqual([
      "tc qdisc add dev eth0 root handle 6c69: htb r2q 10 default 0x1 direct_qlen 1000",
      "tc class add dev eth0 parent 6c69: classid 6c69:1 htb",
      "tc class add dev eth0 parent 6c69:1 classid 6c69:10 htb",
      "tc qdisc add dev eth0 parent 6c69:10 netem limit 1000 delay 10ms",
      "tc filter add dev eth0 parent 6c69: protocol ip pref 1 handle 0x1 flower dst_ip 10.0.0.0/8 classid 6c69:10",
    ]);
  });
  test("is left alone if it is so already, whatever counts on", () => {
    const present = presentOf(full);
    Object.assign(present.qdiscs[0]!.options as object, { directPackets: 17 });
    expect(lines(full, present)).toEqual([]);
  });
  test.each<[string, Tree, string[]]>([
    ["another rate", { ...full, classes: [full.classes[0]!, cls("6c69:10", "2mbit", "6c69:1")] }, ["tc class change"]],
    ["another netem", { ...full, leaves: [{ spec: netem({ delay: "9ms" }), parent: "6c69:10" }] }, ["tc qdisc change"]],
    ["another kind of queue", { ...full, leaves: [{ spec: fqCodel(), parent: "6c69:10" }] }, ["tc qdisc del", "tc qdisc add"]],
    ["no queue", { ...full, leaves: [] }, ["tc qdisc del"]],
    ["another class of a filter", { ...full, filters: [filter(1, "ip", { dstIp: "10.0.0.0/8", classid: "6c69:1" })] }, ["tc filter replace"]],
    ["other keys of a filter", { ...full, filters: [filter(1, "ip", { dstIp: "10.0.0.0/9", classid: "6c69:10" })] }, ["tc filter del", "tc filter add"]],
    ["another protocol of a filter", { ...full, filters: [filter(1, "all", { dstMac: "02:00:00:00:00:01", classid: "6c69:10" })] }, ["tc filter del", "tc filter add"]],
    ["one class less", { ...full, classes: [full.classes[0]!], leaves: [], filters: [] }, ["tc filter del", "tc qdisc del", "tc class del"]],
    ["another root, which htb cannot become", { ...full, root: htb({ default: "2", directQlen: 1000 }) }, ["tc qdisc del", "tc qdisc add", "tc class add", "tc class add", "tc qdisc add", "tc filter add"]],
  ])("changes where it has to: %s", (_what, wanted, verbs) => {
    const present = presentOf(full);
    expect(lines(wanted, present).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual(verbs);
    // Each step but the making of a whole tree anew has its way back.
    expect(undoing(wanted, present).every((line) => line !== undefined)).toBe(true);
  }); // biome-ignore format: a table
});

describe("peers", () => {
  test.each<[string, Peer, string[]]>([
    ["a destination", { dstIp: "10.0.0.5" }, ["ip dst_ip 10.0.0.5"]],
    ["a subnet of IPv6", { srcIp: "2001:db8::/32" }, ["ipv6 src_ip 2001:db8::/32"]],
    ["a port", { dstPort: 53 }, ["ip ip_proto tcp dst_port 53", "ip ip_proto udp dst_port 53", "ipv6 ip_proto tcp dst_port 53", "ipv6 ip_proto udp dst_port 53"]],
    ["a port of TCP at an address", { dstIp: "10.0.0.5", srcPort: "1000-2000", ipProto: "tcp" }, ["ip ip_proto tcp dst_ip 10.0.0.5 src_port 1000-2000"]],
    ["ICMP", { ipProto: "icmp" }, ["ip ip_proto icmp"]],
    ["ICMPv6", { ipProto: "icmpv6" }, ["ipv6 ip_proto icmpv6"]],
    ["a MAC address", { dstMac: "02:00:00:00:00:01" }, ["all dst_mac 02:00:00:00:00:01"]],
    ["a MAC address's IPv4", { srcMac: "02:00:00:00:00:01", dstIp: "10.0.0.0/8" }, ["ip src_mac 02:00:00:00:00:01 dst_ip 10.0.0.0/8"]],
  ])("%s", (_what, peer, expected) => {
    const filters = filtersOf("impair", "696d:", [peer]);
    const printed = filters.map(({ spec, protocol, priority }) => {
      const step = { object: "filter", verb: "add", dev: "eth0", parent: "696d:", protocol, priority, handle: "0x1", spec } as const;
      return printStep(step, context).replace(/.*protocol (\w+) .* flower(.*) classid 696d:10$/, "$1$2");
    });
    expect(printed).toEqual(expected);
    // And back: what a filter says whose packets it is about.
    const read = filters.map(({ spec, protocol, priority }) => ({ kind: "flower", priority, protocol, options: filterAsRead(spec, { ...context, protocol: { ip: 0x800, ipv6: 0x86dd, all: 3 }[protocol]! }) }));
    const [rule] = rulesOf([{ handle: "696d:10" }] as TcClass[], read as unknown as Filter[]);
    expect(Object.keys(rule!.peer).sort()).toEqual(Object.keys(peer).sort());
  }); // biome-ignore format: a table
  test.each<[string, Peer, string]>([
    ["nobody", {}, "x: says nobody: give at least one of dstIp, srcIp"],
    ["two families", { dstIp: "10.0.0.1", srcIp: "::1" }, "x.srcIp: is of another family than dstIp"],
    ["an address that is none", { dstIp: 5 as never }, "x.dstIp: 5 is not an address or prefix"],
  ])("%s is refused", (_what, peer, message) => expect(() => matchesOf("x", peer)).toThrow(message));
});

describe("helpers refuse before anything is sent", () => {
  const refused: [string, (nl: Connection) => Promise<unknown>, string][] = [
    ["a delay that is none", (nl) => nl.netem.apply("eth0", { delay: "fast" }), 'netem.delay: "fast" is not a time'],
    ["a direction", (nl) => nl.netem.apply("eth0", {}, { direction: "up" as never }), 'apply.direction: "up" is not "egress" or "ingress"'],
    ["an option of applying", (nl) => nl.netem.apply("eth0", {}, { force: true } as never), "apply.force: there is no such option"],
    ["an option of clearing", (nl) => nl.netem.clear("eth0", { replace: true } as never), "clear.replace: there is no such option"],
    ["no limit", (nl) => nl.limiter.apply("eth0", {}), "limit.rate: is missing: a rate of the device, or rules"],
    ["a rate without a unit", (nl) => nl.limiter.apply("eth0", { rate: 5 as never }), "limit.rate: 5 is not a rate"],
    ["a rate of zero", (nl) => nl.limiter.apply("eth0", { rate: "0bit" }), "limit.rate: is zero"],
    ["an unknown limit", (nl) => nl.limiter.apply("eth0", { rate: "1mbit", speed: 1 } as never), "limit.speed: there is no such option"],
    ["a rule without a rate", (nl) => nl.limiter.apply("eth0", { rules: [{ dstIp: "10.0.0.1" }] }), "limit.rules[0].rate: is missing"],
    ["a rule above the whole", (nl) => nl.limiter.apply("eth0", { rate: "1mbit", rules: [{ dstIp: "10.0.0.1", rate: "2mbit" }] }), "limit.rules[0].rate: is more than the device's"],
    ["a rule about nobody", (nl) => nl.limiter.apply("eth0", { rules: [{ rate: "2mbit" }] }), "limit.rules[0]: says nobody"],
    ["rules that are no list", (nl) => nl.impairer.apply("eth0", { rules: {} as never }), "impair.rules: is not a list"],
    ["a misspelt rule", (nl) => nl.impairer.apply("eth0", { rules: [{ to: "10.0.0.1" } as never] }), "impair.rules[0].to: there is no such option"],
    ["an address that is none", (nl) => nl.impairer.apply("eth0", { rules: [{ dstIp: "10.0.0.300" }] }), "dstIp"],
    ["an impairment that is none", (nl) => nl.impairer.apply("eth0", { rules: [{ dstPort: 1, netem: { loss: "101%" } }] }), "netem.loss"],
  ]; // biome-ignore format: a table
  test.each(refused)("%s", async (_what, ask, message) => {
    await using nl = await silent();
    const error = await ask(nl).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ name: "OptionError", message: expect.stringContaining(message) });
  });
});
