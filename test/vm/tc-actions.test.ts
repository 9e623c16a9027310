import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isNotFound } from "../../src/api/errors.ts";
import {
  type Action,
  type ActionSpec,
  actionWords,
  parseActions,
  showActions,
} from "../../src/codec/tc/action-list.ts";
import * as tc from "../../src/codec/tc/index.ts";
import { contextOf } from "../../src/codec/tc/kind.ts";
import { Out } from "../../src/codec/tc/show.ts";
import { Words } from "../../src/codec/tc/words.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { jsonOf, squeeze, tcBatch, without } from "../support/tc.ts";
import { actionRows as rows } from "./tc-action-rows.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

const kinds = [...new Set(rows.map(({ kind }) => kind))];
const indexOf = (i: number) => 1000 + i;
/** Words as a shell takes them. */
const split = (text: string) => (text.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((w) => w.replace(/^['"]|['"]$/g, ""));
const quoted = (word: string) => (/[\s,]/.test(word) ? `'${word}'` : word);
// Kinds that this tc prints text of where it should print JSON.
const TEXT_ONLY: readonly string[] = ["skbmod", "simple"];

interface Outcome {
  readonly action?: Action;
  readonly error?: unknown;
}
type Round = "added" | "replaced" | "again" | "byTc" | "printed";

describe.skipIf(why)(`actions of every kind in the full kernel, and in tc${why}`, () => {
  let box: Sandbox;
  const rounds = {} as Record<Round, Outcome[]>;
  const text = new Map<string, string>();
  const devices = new Map<number, string>();
  const context = contextOf({ deviceName: (index) => devices.get(index), deviceIndex: () => 0 });

  async function listed(name: Round, errors: readonly unknown[]): Promise<void> {
    const all = await box.nl.actions.list();
    rounds[name] = rows.map(({ kind }, i) => {
      const action = all.find((a) => a.kind === kind && (a.options as { index: number }).index === indexOf(i));
      return { ...(action && { action }), ...(errors[i] !== undefined && { error: errors[i] }) };
    });
  }
  async function round(name: Round, each: (i: number) => Promise<unknown>): Promise<void> {
    const errors: unknown[] = [];
    for (const [i] of rows.entries())
      try {
        await each(i);
      } catch (e) {
        errors[i] = e;
      }
    await listed(name, errors);
  }
  async function byTc(name: Round, words: (i: number) => string): Promise<void> {
    const { errors } = tcBatch(
      box,
      rows.map((_, i) => `actions add ${words(i)}`),
    );
    await listed(
      name,
      rows.map((_, i) => errors.get(i)),
    );
  }
  async function clear(): Promise<void> {
    for (const kind of kinds) await box.nl.actions.flush(kind);
    const left = await box.nl.actions.list();
    if (left.length > 0) throw new Error(`there still is ${left.map(({ kind }) => kind).join(", ")}`);
  }
  const wordsOf = (i: number) => {
    const { kind, words, extras = "" } = rows[i]!;
    const index = `index ${indexOf(i)}`;
    return `action ${kind} ${words.includes("INDEX") ? words.replace("INDEX", index) : `${words} ${index}`} ${extras}`;
  };
  const readOf = (i: number): ActionSpec => {
    const { kind, options, cookie, hwStats, flags } = rounds.added[i]!.action!;
    // That it is not offloaded is the kernel's word, not ours.
    const own = flags?.filter((flag) => flag === "no_percpu_stats" || flag === "skip_hw");
    return { kind, options, ...(cookie && { cookie }), ...(hwStats && { hwStats }), ...(own?.length && { flags: own }) } as ActionSpec; // biome-ignore format: one line
  };

  beforeAll(async () => {
    execFileSync("modprobe", ["-a", "nf_nat", "nf_conntrack_ftp", ...["meta_mark", "meta_skbprio", "meta_skbtcindex"].map((m) => `act_${m}`)]); // biome-ignore format: one line
    box = await sandbox();
    const { nl } = box;
    for (const name of ["a0", "a1"]) {
      await nl.links.add({ kind: "dummy", name });
      devices.set((await nl.links.get(name)).index, name);
    }
    await round("added", (i) => nl.actions.add(parseActions(new Words("actions", split(wordsOf(i))), context)));
    for (const kind of kinds) {
      text.set(kind, tcBatch(box, [`actions list action ${kind}`], ["-d"]).stdout);
      text.set(`${kind} -j`, tcBatch(box, [`actions list action ${kind}`], ["-d", "-j"]).stdout);
    }
    await round("replaced", (i) => nl.actions.replace(readOf(i)));
    await clear();
    await round("again", (i) => nl.actions.add(readOf(i)));
    await clear();
    await byTc("byTc", wordsOf);
    await clear();
    await byTc("printed", (i) =>
      rounds.added[i]!.action
        ? actionWords([readOf(i) as Action], context)
            .map(quoted)
            .join(" ")
        : "",
    );
  });
  afterAll(() => box?.close());

  test.each(rows.map((row, i) => [`${row.kind} ${row.words} ${row.extras ?? ""}`, row, i] as const))(
    "%s",
    (_, { kind, otherText, tcDiffers }, i) => {
      const { action: made, error } = rounds.added[i]!;
      expect(error, "added").toBeUndefined();
      expect(made, "is listed").toBeDefined();
      const out = new Out();
      showActions([made!.message], out, context, true);
      const comparable = (text: string) => squeeze(otherText ? text.replace(otherText, "") : text);
      const ours = comparable(out.text).replace(/^action order 0: /, "");
      expect(comparable(text.get(kind)!), "as tc shows it").toContain(ours);
      if (!TEXT_ONLY.includes(kind) && !otherText) {
        const theirs = (JSON.parse(text.get(`${kind} -j`)!) as { actions?: { index: number }[] }[])
          .flatMap(({ actions = [] }) => actions)
          .find(({ index }) => index === indexOf(i));
        const [own] = (JSON.parse(jsonOf(out.json)) as { actions: object[] }).actions;
        expect(without(own!, ["order"]), "as tc -j shows it").toEqual(without(theirs!, ["order"]));
      }
      const settled = ({ action, error }: Outcome) => ({
        error,
        ...(action && without(action, ["message", "use", "stats"])),
      });
      for (const [name, outcomes] of Object.entries(rounds))
        if (!(tcDiffers && (name === "byTc" || name === "printed")))
          expect(settled(outcomes[i]!), name).toEqual(settled(rounds.added[i]!));
    },
  );

  test("the kernel's index comes back from add; get, find, replace, remove", async () => {
    const { nl } = box;
    const [drop, mirror] = await nl.actions.add([tc.gact("drop"), tc.mirred({ dev: "a1", action: "mirror" })]);
    const { index } = drop!.options as tc.Gact;
    expect(index).toBeGreaterThan(0);
    expect(mirror).toMatchObject({ kind: "mirred" });
    expect(await nl.actions.get({ kind: "gact", index })).toMatchObject({ options: { control: "drop", index } });
    await expect(nl.actions.add({ kind: "gact", options: { control: "pass", index } })).rejects.toMatchObject({
      code: "EEXIST",
    });
    await nl.actions.replace({ kind: "gact", options: { control: "pipe", index } });
    expect(await nl.actions.find({ kind: "gact", index })).toMatchObject({ options: { control: "pipe" } });
    await nl.actions.remove({ kind: "gact", index });
    expect(await nl.actions.removeIfExists({ kind: "gact", index })).toBe(false);
    expect(await nl.actions.find({ kind: "gact", index })).toBeUndefined();
    expect(isNotFound(await nl.actions.get({ kind: "gact", index }).catch((e: unknown) => e))).toBe(true);
  });
  test("an action that filters use is shared, busy, and told of with what it is bound to", async () => {
    const { nl } = box;
    await nl.qdiscs.add("a0", tc.clsact());
    await nl.actions.add({ kind: "gact", options: { control: "drop", index: 77 } });
    const use = tc.matchall({ actions: [{ kind: "gact", options: { index: 77 } }] });
    for (const parent of ["ingress", "egress"] as const) await nl.filters.add("a0", use, { parent, protocol: "all" });
    expect(await nl.actions.get({ kind: "gact", index: 77 })).toMatchObject({ use: { references: 3, bindings: 2 } });
    await expect(nl.actions.remove({ kind: "gact", index: 77 })).rejects.toMatchObject({ code: "EPERM" });
    await nl.filters.flush("a0", { parent: "egress" });
    await nl.filters.flush("a0", { parent: "ingress" });
    // Filters let go of their actions a little later (tcf_queue_work).
    await vi.waitFor(() => nl.actions.remove({ kind: "gact", index: 77 }), 30_000);
  });
  test("lists in a filter: jumps, chains, chances, cookies, in order", async () => {
    const { nl } = box;
    const actions: tc.ActionSpec[] = [
      { kind: "gact", options: { control: "pipe", random: { type: "determ", control: "drop", value: 7 } } },
      { kind: "skbedit", options: { mark: 5 }, cookie: Uint8Array.from([1, 2, 3]) },
      { kind: "gact", options: { control: { jump: 1 } } },
      { kind: "csum", options: { update: ["iph"] } },
      { kind: "gact", options: { control: { chain: 42 } }, hwStats: [] },
    ];
    const made = await nl.filters.add("a0", tc.matchall({ actions }), {
      parent: "egress",
      protocol: "all",
      priority: 3,
    });
    const list = (made.options as tc.Matchall).actions!;
    expect(list.map(({ kind }) => kind)).toEqual(actions.map(({ kind }) => kind));
    expect(list[0]).toMatchObject({
      options: { control: "pipe", random: { type: "determ", control: "drop", value: 7 } },
    });
    expect(list[1]!.cookie).toEqual(Uint8Array.from([1, 2, 3]));
    const theirs = JSON.parse(box.exec("tc", "-j", "filter", "show", "dev", "a0", "egress")) as {
      options?: { actions: { kind: string; control_action?: { type: string } }[] };
    }[];
    const shown = theirs.find(({ options }) => options)!.options!.actions;
    expect(shown.map(({ kind }) => kind)).toEqual(actions.map(({ kind }) => kind));
    await nl.filters.flush("a0", { parent: "egress" });
  });
  test("more than 32 are listed, and those that were used of late", async () => {
    const { nl } = box;
    await vi.waitFor(() => nl.actions.flush("gact"), 30_000);
    const many = Array.from({ length: 100 }, (_, i) => ({ kind: "gact", options: { index: i + 1 } }) as const);
    for (let i = 0; i < 100; i += 25) await nl.actions.add(many.slice(i, i + 25).map((a) => ({ ...a, options: { ...a.options, control: "pass" as const } }))); // biome-ignore format: one line
    expect((await nl.actions.list({ kind: "gact" })).length).toBe(100);
    expect((await nl.actions.list({ kind: "gact", usedWithinMs: 60_000 })).length).toBe(100);
    await nl.actions.flush("gact");
    expect(await nl.actions.list({ kind: "gact" })).toEqual([]);
  });
});
