import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isNotFound } from "../../src/api/errors.ts";
import type { TcClass } from "../../src/api/tc/classes.ts";
import * as tc from "../../src/codec/tc/index.ts";
import { type Sandbox, sandbox, tcOf } from "../support/netns.ts";
import { shownByUs, squeeze, tcBatch, words } from "../support/tc.ts";
import { type ClassRow, classRows as rows } from "./tc-class-rows.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

const dev = (i: number) => `c${i}`;
// A number of its own, by which it is found in what tc prints of all.
const handleOf = ({ there }: ClassRow, i: number) => there ?? `1:${(0x100 + i).toString(16)}`;
const parentOf = ({ parent = "1:" }: ClassRow) => parent;

interface Outcome {
  readonly class?: TcClass;
  readonly error?: unknown;
}
type Round = "added" | "changed" | "replaced" | "again" | "byTc" | "changedByTc" | "parsed" | "printed";

describe.skipIf(why)(`classes of every kind in the full kernel, and in tc${why}`, () => {
  let box: Sandbox;
  const rounds = {} as Record<Round, Outcome[]>;
  let text: string[];

  async function listed(name: Round, errors: readonly unknown[]): Promise<void> {
    const all = await box.nl.classes.list();
    rounds[name] = rows.map((row, i) => {
      const found = all.find((c) => c.dev === dev(i) && c.handle === handleOf(row, i));
      return { ...(found && { class: found }), ...(errors[i] !== undefined && { error: errors[i] }) };
    });
  }
  async function round(name: Round, each: (row: ClassRow, i: number) => unknown): Promise<void> {
    const errors: unknown[] = [];
    for (const [i, row] of rows.entries())
      try {
        await each(row, i);
      } catch (e) {
        errors[i] = e;
      }
    await listed(name, errors);
  }
  const line = (verb: string, row: ClassRow, i: number, options: readonly string[]) =>
    ["class", row.there ? "change" : verb, "dev", dev(i), "parent", parentOf(row), "classid", handleOf(row, i), row.spec.kind, ...options].join(" "); // biome-ignore format: one line
  async function byTc(name: Round, lines: readonly (string | undefined)[]): Promise<void> {
    const { errors } = tcBatch(
      box,
      lines.map((text) => text ?? ""),
    );
    await listed(
      name,
      rows.map((_, i) => errors.get(i)),
    );
  }
  /** The qdiscs anew, with the classes that rows stand below. */
  async function fresh(): Promise<void> {
    for (const [i, { qdisc, parent, spec }] of rows.entries()) {
      await box.nl.qdiscs.removeIfExists(dev(i));
      await box.nl.qdiscs.add(dev(i), qdisc, { handle: "1:" });
      if (parent === undefined) continue;
      const above = spec.kind === "hfsc" ? tc.hfscClass({ sc: "100mbit" }) : tc.htbClass({ rate: "100mbit" });
      await box.nl.classes.add(dev(i), above, { parent: "1:", handle: parent });
    }
  }
  const put = (verb: "add" | "change" | "replace", i: number, spec: tc.ClassSpec) =>
    box.nl.classes[rows[i]!.there ? "change" : verb](dev(i), spec, {
      parent: parentOf(rows[i]!),
      handle: handleOf(rows[i]!, i),
    });
  const readOf = (i: number): tc.ClassSpec => {
    const { kind, options } = rounds.added[i]!.class!;
    return { kind, options } as tc.ClassSpec;
  };

  beforeAll(async () => {
    box = await sandbox();
    for (const [i] of rows.entries()) await box.nl.links.add({ kind: "dummy", name: dev(i) });
    await fresh();
    await round("added", (row, i) => put("add", i, row.spec));
    text = tcBatch(
      box,
      rows.map((_, i) => `class show dev ${dev(i)}`),
      ["-d"],
    )
      .stdout.split(/^(?=class )/m)
      .map(squeeze);
    await round("changed", (row, i) => row.change && put("change", i, row.change[0]));
    await fresh();
    await round("again", (_, i) => put("add", i, readOf(i)));
    await round("replaced", (_, i) => put("replace", i, readOf(i)));
    await fresh();
    await byTc(
      "byTc",
      rows.map((row, i) => line("add", row, i, words(row.words))),
    );
    await byTc(
      "changedByTc",
      rows.map((row, i) => row.change && line("change", row, i, words(row.change[1]))),
    );
    await fresh();
    await round("parsed", (row, i) => put("add", i, tc.parseClass(row.spec.kind, words(row.words)) as tc.ClassSpec));
    await fresh();
    await byTc(
      "printed",
      rows.map((row, i) => line("add", row, i, tc.printClass(readOf(i) as never))),
    );
  });
  afterAll(() => box?.close());

  test.each(rows.map((row, i) => [`${row.spec.kind} ${row.words}`, row, i] as const))("%s", (_, row, i) => {
    const { added, changed, changedByTc, ...others } = rounds;
    const { error, class: made } = added[i]!;
    expect(error, "added").toBeUndefined();
    expect(made).toMatchObject({ handle: handleOf(row, i), kind: row.spec.kind });
    // Some name the qdisc, others say that they are at the root of it.
    expect(["root", "1:", row.parent]).toContain(made!.parent);
    expect(made!.options, "as it was given").toMatchObject(row.read ?? {});
    const ours = shownByUs(tc.classKinds[row.spec.kind], made!.message.options);
    const comparable = (text: string) => squeeze(row.otherText ? text.replace(row.otherText, "") : text);
    const block = text.find((block) => block.startsWith(`class ${row.spec.kind} ${handleOf(row, i)} `)) ?? "";
    expect(comparable(block), "as tc shows it").toContain(comparable(ours.text));
    const settled = ({ class: c, error }: Outcome) => ({ error, options: c?.options, parent: c?.parent });
    // A bucket of htb's by this tc is smaller by what passes in a microsecond.
    const about = (outcome: Outcome, { class: exact }: Outcome) => {
      const { options, ...rest } = settled(outcome);
      if (row.spec.kind !== "htb" || !options) return { options, ...rest };
      const { rateBytesPerSecond, ceilBytesPerSecond, burstBytes, cburstBytes } = exact!.options as tc.HtbClass;
      const theirs = options as tc.HtbClass;
      const near = (bytes: number, to: number, rate: number) => (Math.abs(to - bytes) <= rate / 1e6 + 1 ? to : bytes);
      return {
        ...rest,
        options: {
          ...theirs,
          burstBytes: near(theirs.burstBytes, burstBytes, rateBytesPerSecond),
          cburstBytes: near(theirs.cburstBytes, cburstBytes, ceilBytesPerSecond),
        },
      };
    };
    for (const [name, outcomes] of Object.entries(others)) {
      const byTc = name === "byTc" || name === "printed";
      expect(byTc ? about(outcomes[i]!, added[i]!) : settled(outcomes[i]!), name).toEqual(settled(added[i]!));
    }
    expect(settled(changed[i]!).error, "changed").toBeUndefined();
    if (row.change) expect(about(changedByTc[i]!, changed[i]!), "changed by tc").toEqual(settled(changed[i]!));
  });

  describe("a tree of htb", () => {
    const at = "tree";
    const handles = async () => (await box.nl.classes.list({ dev: at })).map(({ handle }) => handle).sort();
    beforeAll(async () => {
      const { nl } = box;
      await nl.links.add({ kind: "dummy", name: at });
      await nl.qdiscs.add(at, tc.htb({ default: "1:20" }), { handle: "1:" });
      const rate = tc.htbClass({ rate: "1mbit", ceil: "8mbit" });
      await nl.classes.add(at, rate, { parent: "root", handle: "1:1" });
      for (const handle of ["1:10", "1:20", "1:30"]) await nl.classes.add(at, rate, { parent: "1:1", handle });
      await nl.classes.add(at, rate, { parent: "1:30", handle: "1:31" });
      await nl.qdiscs.add(at, tc.pfifo({ limit: 7 }), { parent: "1:10", handle: "10:" });
    });
    test("is listed by device, kind, parent and qdisc, and streamed", async () => {
      const { nl } = box;
      expect(await handles()).toEqual(["1:1", "1:10", "1:20", "1:30", "1:31"]);
      expect((await nl.classes.list({ dev: at, parent: "1:1" })).length).toBe(3);
      expect((await nl.classes.list({ dev: at, qdisc: "1:" })).length).toBe(5);
      expect((await nl.classes.list({ dev: at, qdisc: "2:" })).length).toBe(0);
      expect((await nl.classes.list({ kind: "drr" })).every(({ kind }) => kind === "drr")).toBe(true);
      const streamed: string[] = [];
      for await (const c of nl.classes.stream({ dev: at })) streamed.push(c.handle);
      expect(streamed.sort()).toEqual(await handles());
    });
    test("tells the leaf's qdisc, and the default", async () => {
      const leaf = await box.nl.classes.get(at, "1:10");
      expect(leaf).toMatchObject({ dev: at, handle: "1:10", parent: "1:1", leaf: "10:", kind: "htb" });
      expect(tcOf(box)("class", "show", "dev", at)).toContain("class htb 1:10 parent 1:1 leaf 10:");
      expect((await box.nl.qdiscs.get(at)).options).toMatchObject({ default: "20" });
    });
    test("refuses a class without a parent, or below one that is not there", async () => {
      const { nl } = box;
      const spec = tc.htbClass({ rate: "1mbit" });
      await expect(nl.classes.add(at, spec, { handle: "1:50" } as never)).rejects.toThrow(
        'class.parent: is missing: a handle such as "1:" or "1:10" (hexadecimal)',
      );
      await expect(nl.classes.add(at, spec, { parent: "1:" } as never)).rejects.toThrow("class.handle: is missing");
      // htb would put it at the root.
      await expect(nl.classes.add(at, spec, { parent: "1:77", handle: "1:50" })).rejects.toThrow(
        "add class htb 1:50 on tree: there is no class 1:77, which it should stand below (ENOENT)",
      );
      await expect(nl.classes.add(at, spec, { parent: "9:", handle: "9:50" })).rejects.toMatchObject({
        code: "ENOENT",
      });
      await expect(nl.classes.add(at, spec, { parent: "1:", handle: "1:1" })).rejects.toMatchObject({ code: "EEXIST" });
      await expect(nl.classes.change(at, spec, { parent: "1:", handle: "1:66" })).rejects.toMatchObject({
        code: "ENOENT",
      });
      await expect(nl.classes.add("nosuch", spec, { parent: "1:", handle: "1:2" })).rejects.toThrow(
        "interface not found: nosuch",
      );
    });
    test("is taken down from the leaves", async () => {
      const { nl } = box;
      await expect(nl.classes.remove(at, "1:1")).rejects.toMatchObject({ code: "EBUSY" });
      await nl.classes.remove(at, "1:20");
      expect(await nl.classes.removeIfExists(at, "1:20")).toBe(false);
      expect(isNotFound(await nl.classes.remove(at, "1:20").catch((e: unknown) => e))).toBe(true);
      expect(await nl.classes.find(at, "1:20")).toBeUndefined();
      await nl.classes.replace(at, tc.htbClass({ rate: "2mbit" }), { parent: "1:1", handle: "1:20" });
      expect(await handles()).toContain("1:20");
      expect(await nl.classes.flush(at, { parent: "1:1" }).catch((e: { code: string }) => e.code)).toBe("EBUSY");
      expect(await nl.classes.flush(at)).toBeGreaterThan(0);
      expect(await handles()).toEqual([]);
    });
  });

  // Bands, queues, and the inner ends of qdiscs: classes that are only shown.
  const shown: readonly (readonly [qdisc: tc.QdiscSpec, queues: number, handles: number])[] = [
    [tc.prio({ bands: 4, priomap: [3] }), 1, 4],
    [tc.multiq(), 4, 4],
    [tc.mq(), 4, 4],
    [
      tc.mqprio({
        trafficClasses: 2,
        map: [0, 1],
        queues: [
          { count: 2, offset: 0 },
          { count: 2, offset: 2 },
        ],
        hw: false,
      }),
      4,
      6,
    ],
    [
      tc.taprio({ trafficClasses: 1, queues: [{ count: 4, offset: 0 }], schedule: [{ gates: 1, interval: "1ms" }] }),
      4,
      4,
    ],
    [tc.skbprio(), 1, 64],
    [tc.tbf({ rate: "1mbit", burst: "10kb", limit: "10kb" }), 1, 1],
    [tc.red({ limit: "100kb", avpkt: "1kb" }), 1, 1],
    [tc.sfb(), 1, 0],
    [tc.cbs({}), 1, 1],
    [tc.etf({ delta: "1ms" }), 1, 0],
    [tc.netem(), 1, 0],
    [tc.ets({ strict: 3 }), 1, 3],
  ];
  test("classes that are only shown are those that tc shows", async () => {
    const { nl } = box;
    for (const [i, [spec, queues]] of shown.entries()) {
      await nl.links.add({ kind: "dummy", name: `s${i}`, numTxQueues: queues });
      await nl.qdiscs.add(`s${i}`, spec, { handle: `${100 + i}:` });
    }
    const printed = tcBatch(
      box,
      shown.map((_, i) => `class show dev s${i}`),
      ["-d"],
    ).stdout;
    const theirs = [...printed.matchAll(/^class (\S+) (\S+) (?:root|parent (\S+))/gm)].map(([, kind, handle, parent = "root"]) => [kind, handle, parent]); // biome-ignore format: one line
    const all = (await nl.classes.list()).filter(({ dev }) => /^s\d/.test(String(dev)));
    const ours = all.map(({ kind, handle, parent }) => [kind, handle, parent]);
    const sorted = (list: unknown[][]) => list.map((x) => x.join(" ")).sort();
    expect(sorted(ours)).toEqual(sorted(theirs));
    const counts = shown.map(([{ kind }], i) => [kind, all.filter(({ dev }) => dev === `s${i}`).length]);
    expect(counts).toEqual(shown.map(([{ kind }, , count]) => [kind, count]));
  });
});
