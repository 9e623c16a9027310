import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QdiscNotFound } from "../../src/api/errors.ts";
import type { Qdisc, QdiscPlace } from "../../src/api/tc/qdiscs.ts";
import { parseQdisc, printQdisc, type QdiscSpec, qdiscKinds } from "../../src/codec/tc/index.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { shownByUs, squeeze, tcBatch, tcShown, without, words } from "../support/tc.ts";
import { type QdiscRow, qdiscRows as rows } from "./tc-qdisc-rows.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

const dev = (i: number) => `q${i}`;
const own = ({ kind }: QdiscSpec) => kind === "ingress" || kind === "clsact";
const placeOf = ({ spec, place = {} }: QdiscRow): QdiscPlace => (own(spec) ? place : { handle: "1:", ...place });
const selector = ({ spec }: QdiscRow) => (own(spec) ? { kind: spec.kind } : { parent: "root" });
/** The line of tc that adds a qdisc, or changes it. */
function line(verb: "add" | "change", row: QdiscRow, i: number, options: readonly string[]): string {
  const { spec, place, placeWords = "" } = row;
  const at = own(spec) ? "" : `root handle ${place?.handle ?? "1:"}`;
  return ["qdisc", verb, "dev", dev(i), at, verb === "add" ? placeWords : "", spec.kind, ...options].join(" ");
}

/** What came of a row in one of the rounds: the qdisc as it was listed, or why there is none. */
interface Outcome {
  readonly qdisc?: Qdisc;
  readonly error?: unknown;
}
type Round = "added" | "changed" | "replaced" | "again" | "byTc" | "changedByTc" | "parsed" | "printed";

describe.skipIf(why)(`qdiscs of every kind in the full kernel, and in tc${why}`, () => {
  let box: Sandbox;
  const rounds = {} as Record<Round, Outcome[]>;
  let text: string[];
  let json: (object | undefined)[];
  let changedJson: (object | undefined)[];

  /** Does something for every row; what there is then is listed at once. */
  async function round(name: Round, each: (row: QdiscRow, i: number) => unknown): Promise<void> {
    const errors: unknown[] = [];
    for (const [i, row] of rows.entries())
      try {
        await each(row, i);
      } catch (e) {
        errors[i] = e;
      }
    await listed(name, errors);
  }
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
  async function listed(name: Round, errors: readonly unknown[]): Promise<void> {
    const all = await box.nl.qdiscs.list();
    rounds[name] = rows.map(({ spec }, i) => {
      const qdisc = all.find((q) => q.dev === dev(i) && q.kind === spec.kind && (own(spec) || q.parent === "root"));
      return { ...(qdisc && { qdisc }), ...(errors[i] !== undefined && { error: errors[i] }) };
    });
  }
  async function clear(): Promise<void> {
    for (const [i, row] of rows.entries()) await box.nl.qdiscs.removeIfExists(dev(i), selector(row));
    const left = (await box.nl.qdiscs.list()).filter(({ handle }) => handle !== "none");
    if (left.length > 0) throw new Error(`there still is ${left.map((q) => `${q.kind} on ${q.dev}`).join(", ")}`);
  }
  function show(): (object | undefined)[] {
    const indexes = rows.flatMap(({ noJson }, i) => (noJson ? [] : [i]));
    const shown = tcShown(
      box,
      indexes.map((i) => `qdisc show dev ${dev(i)}`),
    ) as { kind: string; options: object }[][];
    return rows.map(({ spec }, i) => shown[indexes.indexOf(i)]?.find((q) => q.kind === spec.kind));
  }
  const readOf = (i: number): QdiscSpec => {
    const { kind, options } = rounds.added[i]!.qdisc!;
    return { kind, options } as QdiscSpec;
  };

  beforeAll(async () => {
    // Which is not loaded by the name of its qdisc.
    execFileSync("modprobe", ["sch_teql"]);
    box = await sandbox();
    const { nl } = box;
    for (const [i, { queues = 1 }] of rows.entries()) {
      await nl.links.add({ kind: "dummy", name: dev(i), numTxQueues: queues });
    }
    await round("added", (row, i) => nl.qdiscs.add(dev(i), row.spec, placeOf(row)));
    text = box
      .exec("tc", "-d", "qdisc", "show")
      .split(/^(?=qdisc )/m)
      .map(squeeze);
    json = show();
    await round("changed", (row, i) => row.change && nl.qdiscs.change(dev(i), row.change[0], selectorPlace(row)));
    changedJson = show();
    await clear();
    await round("again", (row, i) => nl.qdiscs.add(dev(i), readOf(i), placeOf(row)));
    await round("replaced", (row, i) => nl.qdiscs.replace(dev(i), readOf(i), placeOf(row)));
    await clear();
    await byTc(
      "byTc",
      rows.map((row, i) => line("add", row, i, row.words === undefined ? printed(i) : words(row.words))),
    );
    await byTc(
      "changedByTc",
      rows.map((row, i) => row.change && line("change", row, i, words(row.change[1]))),
    );
    await clear();
    await round("parsed", (row, i) =>
      nl.qdiscs.add(
        dev(i),
        row.words === undefined ? row.spec : (parseQdisc(row.spec.kind, words(row.words)) as QdiscSpec),
        placeOf(row),
      ),
    );
    await clear();
    await byTc(
      "printed",
      rows.map((row, i) => line("add", row, i, row.words === undefined ? [] : printed(i))),
    );
    await clear();
  });
  afterAll(() => box?.close());
  const selectorPlace = (row: QdiscRow) => (own(row.spec) ? {} : { handle: row.place?.handle ?? "1:" });
  const printed = (i: number) => {
    const { qdisc } = rounds.added[i]!;
    return qdisc ? printQdisc({ ...qdisc, options: without(qdisc.options!, rows[i]!.unspelt) } as never) : [];
  };

  test.each(rows.map((row, i) => [`${row.spec.kind} ${row.placeWords ?? ""} ${row.words ?? ""}`, row, i] as const))(
    "%s",
    (_, row, i) => {
      const { added, again, replaced, byTc, parsed, changed, changedByTc } = rounds;
      const { error, qdisc } = added[i]!;
      expect(error, "added").toBeUndefined();
      const made = qdisc!;
      expect([made.handle, made.parent]).toEqual(
        own(row.spec) ? ["ffff:", "ingress"] : [row.place?.handle ?? "1:", "root"],
      );
      expect(made.options, "as it was given").toMatchObject(row.read ?? {});
      const { ingressBlock, egressBlock } = row.place ?? {};
      expect([made.ingressBlock, made.egressBlock]).toEqual([ingressBlock, egressBlock]);

      const ours = shownByUs(qdiscKinds[row.spec.kind], made.message.options);
      const theirs = text.find((block) => block.startsWith(`qdisc ${row.spec.kind} ${made.handle} dev ${dev(i)} `));
      const known = (text: string) => squeeze(row.laterText ? text.replace(row.laterText, "") : text);
      expect(known(theirs ?? ""), "as tc shows it").toContain(known(ours.text));
      if (!row.noJson) {
        const { options = {}, handle } = json[i] as { options?: object; handle: string };
        expect(without(ours.json, row.later), "as tc -j shows it").toEqual(without(options, row.later));
        expect(handle).toBe(made.handle);
      }

      const settled = ({ qdisc, error }: Outcome) => ({
        error,
        options: without(qdisc?.options ?? {}, row.drawn),
        stab: qdisc?.stab,
        blocks: [qdisc?.ingressBlock, qdisc?.egressBlock],
        estimates: qdisc?.stats?.rate !== undefined,
      });
      const same = settled(added[i]!);
      const andAgain = { ...same, options: { ...same.options, ...row.readAgain?.options } };
      expect(settled(again[i]!), "read and added again").toEqual(andAgain);
      if (row.noReplace) expect(String(replaced[i]!.error), "read and put in its own place").toMatch(row.noReplace);
      else expect(settled(replaced[i]!), "read and put in its own place").toEqual(andAgain);
      expect(settled(parsed[i]!), "tc's words, read by us").toEqual(same);
      if (row.words !== undefined) {
        expect(settled(byTc[i]!), "tc's words, read by tc").toEqual(same);
        expect(settled(rounds.printed[i]!), "our words, read by tc").toEqual(andAgain);
      }
      expect(settled(changed[i]!).error, "changed").toBeUndefined();
      if (row.change) {
        if (row.words !== undefined) expect(settled(changedByTc[i]!), "changed by tc").toEqual(settled(changed[i]!));
        if (!row.noJson) {
          const { json } = shownByUs(qdiscKinds[row.spec.kind], changed[i]!.qdisc!.message.options);
          expect(without(json, row.later), "changed, as tc -j shows it").toEqual(
            without((changedJson[i] as { options?: object }).options ?? {}, row.later),
          );
        }
      } else expect(settled(changed[i]!), "left alone").toEqual(same);
    },
  );

  test("a qdisc that is not there is not found, word for word", async () => {
    const { nl } = box;
    const gone = await nl.qdiscs.remove("q0", { kind: "netem" }).catch((e: unknown) => e);
    expect(gone).toBeInstanceOf(QdiscNotFound);
    expect(String((gone as Error).message)).toBe("qdisc not found: netem on q0");
    expect(await nl.qdiscs.removeIfExists("q0")).toBe(false);
    expect(await nl.qdiscs.find("q0", { handle: "77:" })).toBeUndefined();
  });
});
