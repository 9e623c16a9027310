import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Filter, FilterPlace } from "../../src/api/tc/filters.ts";
import * as tc from "../../src/codec/tc/index.ts";
import { protocolOf } from "../../src/codec/tc/tcmsg.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { shownByUs, squeeze, tcBatch, tcShown, without } from "../support/tc.ts";
import { type FilterRow, filterRows as rows, TEXT_ONLY } from "./tc-filter-rows.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

// What tc prints of a device is JSON or is not, as a whole.
const textOnly = ({ noJson, kind }: FilterRow) => noJson || TEXT_ONLY.includes(kind);
const dev = (row: FilterRow) => `${textOnly(row) ? "t" : "j"}${row.ingress ? 1 : 0}`;
const DEVICES = ["j0", "j1", "t0", "t1"];
const parentOf = ({ ingress }: FilterRow) => (ingress ? "ingress" : "1:");
const priorityOf = ({ priority }: FilterRow, i: number) => priority ?? 100 + i;
const placeOf = (row: FilterRow, i: number): FilterPlace => ({
  parent: parentOf(row),
  protocol: row.protocol,
  priority: priorityOf(row, i),
  ...(row.chain !== undefined && { chain: row.chain }),
  ...(row.handle !== undefined && { handle: row.handle }),
});
/** Words as a shell takes them: `match 'cmp(…)'`. */
const split = (text: string) => (text.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, "$1"));
const quoted = (word: string) => (/[\s()"]/.test(word) ? `'${word}'` : word);
function line(row: FilterRow, i: number, words: readonly string[]): string {
  const chain = row.chain === undefined ? [] : ["chain", String(row.chain)];
  const handle = row.handle === undefined ? [] : ["handle", row.handle];
  const at = row.ingress ? ["ingress"] : ["parent", "1:"];
  return ["filter add dev", dev(row), ...at, ...chain, "protocol", row.protocol, "prio", String(priorityOf(row, i)), ...handle, row.kind, ...words.map(quoted)].join(" "); // biome-ignore format: one line
}

interface Outcome {
  readonly filter?: Filter;
  readonly error?: unknown;
}
type Round = "added" | "again" | "byTc" | "parsed" | "printed";
/** The dumped line that stands for a priority has no handle; tables of u32 that are there by themselves have divisors. */
const isRule = (row: FilterRow, { kind, handle, options }: Filter): boolean =>
  handle !== undefined &&
  (kind !== "u32" || row.words?.startsWith("divisor") || (options as tc.U32).divisor === undefined);

describe.skipIf(why)(`filters of every kind in the full kernel, and in tc${why}`, () => {
  let box: Sandbox;
  const rounds = {} as Record<Round, Outcome[]>;
  let text: string[];
  let json: Map<string, { kind: string; chain: number; pref: number; options?: { fh?: string; handle?: string } }[]>;

  async function listed(name: Round, errors: readonly unknown[]): Promise<void> {
    const all = await box.nl.filters.list();
    rounds[name] = rows.map((row, i) => {
      const own = all.filter(
        (f) => f.dev === dev(row) && f.kind === row.kind && f.priority === priorityOf(row, i) && isRule(row, f),
      );
      const filter = row.found === undefined ? own[0] : own.find(({ handle }) => same(row.found!, handle!));
      return { ...(filter && { filter }), ...(errors[i] !== undefined && { error: errors[i] }) };
    });
  }
  const same = (pattern: string, handle: string) => new RegExp(`^${pattern.replaceAll("?", "[0-9a-f]")}$`).test(handle);
  type As = (row: FilterRow, i: number) => FilterRow;
  async function round(name: Round, spec: (row: FilterRow, i: number) => object, as: As = (row) => row): Promise<void> {
    const errors: unknown[] = [];
    for (const [i, row] of rows.entries())
      try {
        await box.nl.filters.add(dev(row), spec(row, i) as tc.FilterSpec, placeOf(as(row, i), i));
      } catch (e) {
        errors[i] = e;
      }
    await listed(name, errors);
  }
  async function byTc(name: Round, words: (row: FilterRow, i: number) => readonly string[], as: As = (row) => row) {
    const { errors } = tcBatch(
      box,
      rows.map((row, i) => (row.words === undefined ? "" : line(as(row, i), i, words(row, i)))),
    );
    await listed(
      name,
      rows.map((_, i) => errors.get(i)),
    );
  }
  async function clear(): Promise<void> {
    for (const at of DEVICES)
      for (const parent of ["1:", "ingress"]) {
        await box.nl.filters.flush(at, { parent });
        await box.nl.chains.flush(at, { parent });
      }
    const left = await box.nl.filters.list();
    if (left.length > 0) throw new Error(`there still is ${left.map((f) => `${f.kind} ${f.priority}`).join(", ")}`);
  }
  const context = (row: FilterRow) => ({ protocol: protocolNumber(row) });
  const protocolNumber = ({ protocol }: FilterRow) =>
    ({ all: 3, ip: 0x800, ipv6: 0x86dd, arp: 0x806, "802.1q": 0x8100, "802.1ad": 0x88a8 })[protocol] ?? 3;
  const parsed = (row: FilterRow) => tc.parseFilter(row.kind, split(row.words!), context(row));
  /** Of u32 the number of a rule is kept, which may have been asked for, and not that of a table of the kernel's own. */
  const again = (row: FilterRow, i: number): FilterRow => {
    const { kind, handle = "" } = rounds.added[i]!.filter!;
    return kind === "u32" && /^8..::/.test(handle) ? { ...row, handle: handle.replace(/^8../, "") } : row;
  };
  const readOf = (i: number) => {
    const { kind, options } = rounds.added[i]!.filter!;
    return { kind, options: without(options as object, ["hits"]) };
  };

  beforeAll(async () => {
    box = await sandbox();
    const { nl } = box;
    for (const name of DEVICES) {
      await nl.links.add({ kind: "dummy", name });
      await nl.qdiscs.add(name, tc.htb(), { handle: "1:" });
      await nl.qdiscs.add(name, tc.clsact());
      for (const handle of ["1:10", "1:20"])
        await nl.classes.add(name, tc.htbClass({ rate: "10mbit" }), { parent: "1:", handle });
    }
    await round("added", (row) => (row.options ? { kind: row.kind, options: row.options } : parsed(row)));
    const shows = DEVICES.flatMap((at) => [`filter show dev ${at} parent 1:`, `filter show dev ${at} ingress`]);
    text = tcBatch(box, shows, ["-d"])
      .stdout.split(/^(?=filter )/m)
      .map(squeeze);
    const asJson = shows.filter((show) => / j\d/.test(show));
    json = new Map(tcShown(box, asJson).map((list, i) => [asJson[i]!, list as never]));
    await clear();
    await round("again", (_, i) => readOf(i), again);
    await clear();
    await byTc("byTc", (row) => split(row.words!));
    await clear();
    await round("parsed", (row, i) => (row.words === undefined ? readOf(i) : parsed(row)));
    await clear();
    await byTc("printed", (row, i) => tc.printFilter(readOf(i) as never, context(row)), again);
    await clear();
  });
  afterAll(() => box?.close());

  /** Without what is of the moment. */
  const settled = ({ filter, error }: Outcome) => {
    const { actions, ...options } = without(filter?.options ?? {}, ["hits"]) as { actions?: tc.Action[] };
    const list = actions?.map(({ kind, options, cookie, hwStats, flags }) => ({ kind, options: without(options as object, ["index"]), cookie, hwStats, flags })); // biome-ignore format: one line
    // The root tables of u32 have numbers by the order in which they are made.
    const handle = filter?.handle?.replace(/^8..:/, "8xx:");
    return { error, handle, protocol: filter?.protocol, chain: filter?.chain, options, list };
  };
  test.each(rows.map((row, i) => [`${row.kind} ${row.words ?? JSON.stringify(row.options)}`, row, i] as const))(
    "%s",
    (_, row, i) => {
      const { filter: made, error } = rounds.added[i]!;
      expect(error, "added").toBeUndefined();
      expect(made, "is listed").toBeDefined();
      expect(made!.options, "as it was given").toMatchObject(row.read ?? {});
      const { handle, info, parent, options } = made!.message;
      const ours = shownByUs(tc.filterKinds[row.kind], options, {
        protocol: protocolOf(info, true),
        handle,
        parent,
        deviceName: (index) => box.json("link", "show").find((l) => l.ifindex === index)?.ifname as string,
      });
      const comparable = (text: string) => squeeze(row.laterText ? text.replace(row.laterText, "") : text);
      const blocks = text.filter((block) => block.includes(` pref ${priorityOf(row, i)} ${row.kind} `));
      expect(
        blocks.some((block) => comparable(block).includes(comparable(ours.text))),
        `as tc shows it: ${comparable(ours.text)}\nis in\n${blocks.map(comparable).join("\n")}`,
      ).toBe(true);
      if (!textOnly(row)) {
        const at = row.ingress ? "ingress" : "parent 1:";
        const theirs = json
          .get(`filter show dev ${dev(row)} ${at}`)!
          .filter(({ pref, kind, options }) => pref === priorityOf(row, i) && kind === row.kind && options)
          .map(({ options }) => without(options!, row.later));
        expect(theirs, "as tc -j shows it").toContainEqual(without(ours.json, row.later));
      }
      const given = settled(rounds.added[i]!);
      expect(settled(rounds.again[i]!), "read and added again").toEqual(given);
      expect(settled(rounds.parsed[i]!), "tc's words, read by us").toEqual(given);
      if (row.words === undefined) return;
      expect(settled(rounds.byTc[i]!), "tc's words, read by tc").toEqual(given);
      expect(settled(rounds.printed[i]!), "our words, read by tc").toEqual(given);
    },
  );

  describe("as users do", () => {
    const all = { parent: "ingress", protocol: "all" } as const;
    beforeAll(async () => {
      const { nl } = box;
      for (const name of ["b0", "b1"]) {
        await nl.links.add({ kind: "dummy", name });
        await nl.qdiscs.add(name, tc.clsact(), { ingressBlock: 77 });
        await nl.qdiscs.add(name, tc.prio(), { handle: "1:" });
      }
    });
    test("the kernel's priority and handle come back from add", async () => {
      const { nl } = box;
      const first = await nl.filters.add("b0", tc.matchall({ actions: [tc.gact("pass")] }), {
        ...all,
        parent: "egress",
      });
      const second = await nl.filters.add("b0", tc.flower(), { ...all, parent: "egress" });
      expect([first.priority, first.handle, second.priority, second.handle]).toEqual([49152, "0x1", 49151, "0x1"]);
      const rule = await nl.filters.add("b0", tc.u32Filter({ match: [], classid: "1:1" }), {
        protocol: "ip",
        priority: 5,
      });
      expect([rule.parent, rule.handle]).toEqual(["1:", "800::800"]);
      expect(
        await nl.filters.get("b0", { ...all, parent: "egress", kind: "matchall", priority: 49152, handle: 1 }),
      ).toMatchObject({ kind: "matchall", dev: "b0", parent: "egress", protocol: "all", chain: 0, handle: "0x1" });
    });
    test("change, replace, remove", async () => {
      const { nl } = box;
      const at = { protocol: "ip", priority: 5, handle: "800::800" };
      const changed = await nl.filters.change("b0", tc.u32Filter({ match: [], classid: "1:2" }), at);
      expect(changed.options).toMatchObject({ classid: "1:2" });
      await nl.filters.replace("b0", tc.u32Filter({ match: [], classid: "1:3" }), at);
      expect((await nl.filters.get("b0", { ...at, kind: "u32" })).options).toMatchObject({ classid: "1:3" });
      const fw = { protocol: "ip", priority: 6, handle: 9 };
      await nl.filters.replace("b0", tc.fw({ classid: "1:1" }), fw);
      await nl.filters.replace("b0", tc.fw({ classid: "1:2" }), fw);
      expect((await nl.filters.list({ dev: "b0", kind: "fw" })).filter(({ handle }) => handle)).toMatchObject([
        { options: { classid: "1:2" }, handle: "0x9", priority: 6 },
      ]);
      await expect(nl.filters.change("b0", tc.fw({ classid: "1:1" }), { ...fw, priority: 66 })).rejects.toMatchObject({
        code: "ENOENT",
      });
      await nl.filters.remove("b0", { ...fw, kind: "fw" });
      expect(await nl.filters.removeIfExists("b0", { ...fw, kind: "fw" })).toBe(false);
      expect(await nl.filters.find("b0", { ...fw, kind: "fw" })).toBeUndefined();
      await nl.filters.flush("b0");
      expect(await nl.filters.list({ dev: "b0", parent: "root" })).toEqual([]);
    });
    test("what is not there is not found, whatever the kernel calls it", async () => {
      const { nl } = box;
      const nowhere = { kind: "fw", protocol: "ip", priority: 1, handle: 1 };
      expect(await nl.filters.removeIfExists("b0", { ...nowhere, parent: "7:" })).toBe(false);
      expect(await nl.filters.removeIfExists({ block: 4711 }, nowhere)).toBe(false);
      expect(await nl.filters.removeIfExists("b0", { ...nowhere, chain: 8 })).toBe(false);
      expect(await nl.filters.find("b0", { ...nowhere, parent: "7:" })).toBeUndefined();
      expect(await nl.chains.removeIfExists("b0", { parent: "egress", chain: 9 })).toBe(false);
      await expect(nl.filters.add("b0", tc.matchall(), { parent: "egress" })).rejects.toThrow(
        "filter.protocol: is missing",
      );
      await expect(nl.filters.add("nosuch", tc.matchall(), all)).rejects.toThrow("interface not found: nosuch");
    });
    test("a block is shared by its devices", async () => {
      const { nl } = box;
      const made = await nl.filters.add({ block: 77 }, tc.flower({ srcIp: "10.0.0.0/8", actions: [tc.gact("drop")] }), {
        protocol: "ip",
        priority: 1,
      });
      expect(made).toMatchObject({ block: 77, kind: "flower", handle: "0x1" });
      expect(made.dev).toBeUndefined();
      const listed = (await nl.filters.list({ block: 77 })).filter(({ handle }) => handle);
      expect(listed.map(({ options }) => without(options as object, ["actions"]))).toEqual([
        { srcIp: "10.0.0.0/8", inHw: false },
      ]);
      expect(box.exec("tc", "filter", "show", "block", "77")).toContain("src_ip 10.0.0.0/8");
      expect((await nl.qdiscs.list({ kind: "clsact" })).filter((q) => q.ingressBlock === 77).length).toBe(2);
      await nl.filters.remove({ block: 77 }, { kind: "flower", protocol: "ip", priority: 1, handle: "0x1" });
      expect((await nl.filters.list({ block: 77 })).filter(({ handle }) => handle)).toEqual([]);
    });
    test("chains, and templates that their filters must follow", async () => {
      const { nl } = box;
      const parent = "egress";
      await nl.chains.add("b1", { parent, chain: 7, protocol: "ip", template: tc.flower({ dstIp: "0.0.0.0/16" }) });
      await nl.chains.add("b1", { parent, chain: 8 });
      expect((await nl.chains.list("b1", { parent })).map(({ chain }) => chain).sort()).toEqual([7, 8]);
      expect(await nl.chains.get("b1", { parent, chain: 7 })).toMatchObject({
        dev: "b1",
        parent,
        chain: 7,
        template: { kind: "flower", options: { dstIp: "0.0.0.0/16" } },
      });
      const at = { parent, protocol: "ip", chain: 7 } as const;
      const made = await nl.filters.add("b1", tc.flower({ dstIp: "10.1.0.0/16", actions: [tc.gact("drop")] }), at);
      expect(made).toMatchObject({ chain: 7, parent });
      await expect(
        nl.filters.add("b1", tc.flower({ dstIp: "10.1.1.0/24", actions: [tc.gact("drop")] }), at),
      ).rejects.toMatchObject({ code: "EINVAL" });
      expect((await nl.filters.list({ dev: "b1", chain: 7 })).length).toBeGreaterThan(0);
      expect(await nl.filters.list({ dev: "b1", chain: 8 })).toEqual([]);
      await expect(nl.chains.add("b1", { parent, chain: 7 })).rejects.toMatchObject({ code: "EEXIST" });
      await nl.chains.remove("b1", { parent, chain: 7 });
      expect(await nl.chains.flush("b1", { parent })).toBe(1);
      expect(await nl.chains.list("b1", { parent })).toEqual([]);
    });
    test("filters of all devices, parents and classes are listed, and streamed", async () => {
      const { nl } = box;
      const drop = tc.matchall({ actions: [tc.gact("drop")] });
      await nl.filters.add("b0", drop, { ...all, parent: "egress" });
      await nl.filters.add("b1", drop, { ...all, parent: "1:" });
      await nl.filters.add("j0", tc.matchall({ classid: "1:20" }), { ...all, parent: "1:10" });
      const places = (list: readonly Filter[]) =>
        list
          .filter(({ handle, kind }) => handle && kind === "matchall")
          .map((f) => `${f.dev} ${f.parent}`)
          .sort();
      const whole = await nl.filters.list();
      expect(places(whole)).toEqual(expect.arrayContaining(["b0 egress", "b1 1:", "j0 1:10"]));
      const streamed: Filter[] = [];
      for await (const f of nl.filters.stream()) streamed.push(f);
      expect(places(streamed)).toEqual(places(whole));
      expect(places(await nl.filters.list({ dev: "j0", parent: "1:10" }))).toEqual(["j0 1:10"]);
      expect(places(await nl.filters.list({ protocol: "ip" }))).toEqual([]);
    });
  });
});
