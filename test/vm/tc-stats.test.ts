import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Qdisc } from "../../src/api/tc/qdiscs.ts";
import * as tc from "../../src/codec/tc/index.ts";
import type { TcKind } from "../../src/codec/tc/kind.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { jsonOf, tcShown } from "../support/tc.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

// Below a bucket that is empty at once and fills in hours: what waits, and what was dropped, then stands still to be compared.
const qdiscs: readonly tc.QdiscSpec[] = [
  tc.fqCodel({ limit: 20, flows: 16, ecn: true }),
  tc.codel({ limit: 20 }),
  tc.cake({ memlimit: "20kb" }),
  tc.fq({ limit: 20, flowLimit: 10 }),
  tc.red({ limit: "20kb", min: "2kb", max: "6kb", avpkt: "1kb", burst: 3 }),
  tc.choke({ limit: 20, min: 2, max: 6, burst: 3, bandwidth: "1mbit" }),
  tc.sfq({ limit: 20 }),
  tc.sfb({ limit: 20, max: 10 }),
  tc.pie({ limit: 20 }),
  tc.fqPie({ limit: 20, flows: 16 }),
  tc.hhf({ limit: 20 }),
  tc.gred({ queues: 2, default: 0 }),
  tc.netem({ limit: 20, delay: "1s" }),
  tc.pfifo({ limit: 20 }),
  tc.prio({ bands: 2, priomap: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }),
];
const dev = (i: number) => `x${i}`;
const PACKETS = 60;
const PEER = "02:00:00:00:00:77";
/** What tc prints of each moment. */
const MOVING = /delay|_us$|drop_next|blue_timer|next_packet|rate|prob|timer|capacity/;
const still = (json: object): unknown =>
  JSON.parse(JSON.stringify(json), (key, value) => (MOVING.test(key) ? undefined : value));

describe.skipIf(why)(`statistics of every kind that has its own, against tc -s${why}`, () => {
  let box: Sandbox;
  let ours: Qdisc[];
  let theirs: { [key: string]: unknown }[][];
  beforeAll(async () => {
    box = await sandbox();
    const { nl } = box;
    // Nothing is to be sent that is not ours.
    box.sysctl("net.ipv6.conf.default.disable_ipv6", "1");
    for (const [i, spec] of qdiscs.entries()) {
      const name = dev(i);
      await nl.links.add({ kind: "dummy", name, address: `02:00:00:00:01:${i.toString(16).padStart(2, "0")}` });
      await nl.links.set(name, { up: true });
      await nl.addresses.add(name, `10.1.${i}.1/24`);
      await nl.neighbors.add({ dev: name, dst: `10.1.${i}.2`, lladdr: PEER, state: "permanent" });
      await nl.qdiscs.add(name, tc.tbf({ rate: "8bit", burst: "1600b", limit: "1mb" }), { handle: "1:" });
      await nl.qdiscs.add(name, spec, { parent: "1:1", handle: "2:" });
      if (spec.kind === "gred") {
        const queue = { index: 0, limit: "20kb", min: "2kb", max: "6kb", avpkt: "1kb", burst: 3 };
        await nl.qdiscs.change(name, tc.gred({ queue }), { parent: "1:1", handle: "2:" });
      }
    }
    // Datagrams of several flows, from bash: one process for all.
    const flood = qdiscs
      .map((_, i) => `for n in $(seq ${PACKETS}); do echo "$pad" >/dev/udp/10.1.${i}.2/$((5000 + n % 7)); done`)
      .join("; ");
    box.exec("bash", "-c", `pad=$(printf %0800d 0); ${flood}`);
    ours = await nl.qdiscs.list();
    theirs = tcShown(
      box,
      qdiscs.map((_, i) => `qdisc show dev ${dev(i)}`),
      ["-s", "-d"],
    ) as never;
  });
  afterAll(() => box?.close());

  test.each(qdiscs.map((spec, i) => [spec.kind, i] as const))("%s", (kind, i) => {
    const own = ours.find((q) => q.dev === dev(i) && q.handle === "2:")!;
    const json = theirs[i]!.find((q) => q.handle === "2:")!;
    const { stats } = own;
    for (const key of ["bytes", "packets", "drops", "overlimits", "requeues", "backlog", "qlen"] as const)
      expect([key, stats![key]]).toEqual([key, json[key]]);
    expect(stats!.qlen, "some wait").toBeGreaterThan(0);
    if (kind !== "prio") expect(stats!.drops, "some were dropped").toBeGreaterThan(0);
    const known = tc.qdiscKinds[kind] as unknown as TcKind;
    const app = own.message.stats2?.app as unknown;
    expect(app !== undefined, "has statistics of its own").toBe(known.xstats !== undefined);
    if (app === undefined) return;
    const shown = tc.showXstats(known, app as never);
    if (!shown) return;
    const settled = still(json) as { [key: string]: unknown };
    const mine = still(JSON.parse(jsonOf(shown.json))) as { [key: string]: unknown };
    for (const [key, value] of Object.entries(mine)) {
      // This tc does not know what later kernels count.
      if (/^band\d|^fastpath/.test(key)) continue;
      expect([key, value]).toEqual([key, settled[key]]);
    }
    expect((stats as { app?: object }).app, "in the user's terms").toBeTypeOf("object");
  });

  test("classes of htb and hfsc count what they send and lend; fq_codel's flows are told of", async () => {
    const { nl } = box;
    await nl.links.add({ kind: "dummy", name: "y0" });
    await nl.links.set("y0", { up: true });
    await nl.addresses.add("y0", "10.2.0.1/24");
    await nl.neighbors.add({ dev: "y0", dst: "10.2.0.2", lladdr: PEER, state: "permanent" });
    for (const [qdisc, spec] of [
      [tc.htb({ default: "1:10" }), tc.htbClass({ rate: "8mbit", burst: "100kb" })],
      [tc.hfsc({ default: "1:10" }), tc.hfscClass({ sc: "8mbit" })],
    ] as const) {
      await nl.qdiscs.replace("y0", qdisc, { handle: "1:" });
      await nl.classes.add("y0", spec, {
        parent: "1:",
        handle: "1:10",
        estimator: { interval: "250ms", average: "1s" },
      });
      box.exec("bash", "-c", "for n in $(seq 20); do echo 0123456789 >/dev/udp/10.2.0.2/9; done");
      const { stats, kind, message } = await nl.classes.get("y0", "1:10");
      const text = execFileSync("tc", ["-n", box.name, "-s", "class", "show", "dev", "y0"], { encoding: "utf8" });
      expect(text).toContain(`Sent ${stats!.bytes} bytes ${stats!.packets} pkt`);
      expect(stats!.packets).toBeGreaterThanOrEqual(20);
      expect(stats!.rate, "as the estimator was asked for").toBeDefined();
      expect(message.stats2?.app).toBeDefined();
      if (kind === "htb") expect(stats!.app).toMatchObject({ lends: expect.any(Number), tokens: expect.any(Number) });
      else expect(text).toContain(`work ${(stats!.app as { work: bigint }).work} bytes`);
      await nl.qdiscs.remove("y0");
    }
    const flows = (await nl.classes.list({ dev: dev(0) })).filter(({ kind }) => (kind as string) === "fq_codel");
    expect(flows.length).toBeGreaterThan(1);
    // One of those that wait is in no flow any more: tbf has looked at it (qdisc_peek_dequeued).
    const { qlen } = ours.find((q) => q.dev === dev(0) && q.handle === "2:")!.stats!;
    expect(flows.reduce((sum, { stats }) => sum + stats!.qlen, 0)).toBe(qlen - 1);
  });
  test("a kind whose module is not there is told by name", async () => {
    execFileSync("sh", ["-c", "mkdir -p /etc/modprobe.d; rmmod sch_plug 2>/dev/null; echo 'install sch_plug /bin/false' >/etc/modprobe.d/nlink-test.conf"]); // biome-ignore format: one line
    try {
      await box.nl.links.add({ kind: "dummy", name: "z0" });
      const refused = await box.nl.qdiscs.add("z0", tc.plug()).catch((e: unknown) => e);
      expect(refused).toMatchObject({ code: "EOPNOTSUPP" });
      expect(String(refused)).toContain(
        "the kernel lacks the qdisc plug (module sch_plug): Specified qdisc kind is unknown",
      );
    } finally {
      execFileSync("rm", ["/etc/modprobe.d/nlink-test.conf"]);
    }
  });
});
