import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOnly } from "../../src/api/link-forms.ts";
import type { LinkChange, LinkOptions } from "../../src/api/link-value.ts";
import { parseTime } from "../../src/codec/text/time.ts";
import { parseIp } from "../../src/codec/wire/ip.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";
import { changes, moduleChanges, moduleRows, rows, slaveRows } from "./link-rows.ts";
import { likeOurs, portShownAs, shownFor } from "./link-shown.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";
const release = execFileSync("uname", ["-r"], { encoding: "utf8" }).trim();
const modules = `.vm-cache/modules/${release}`;
const noModules = why || (existsSync(modules) ? "" : " (skipped: fixtures/modules has not built their modules)");

type Obj = Record<string, unknown>;
const both = { key: ["ikey", "okey"], csum: ["icsum", "ocsum"], seq: ["iseq", "oseq"] } as const;
/** Options as they are read back: shorthands spelled out, times in milliseconds, keys as numbers. */
function readsAs(kind: string, options: object): Obj {
  const out: Obj = {};
  const taken = (writeOnly as { readonly [kind: string]: readonly string[] })[kind] ?? [];
  for (const [option, value] of Object.entries(options)) {
    if (["kind", "peer", ...taken].includes(option)) continue;
    const dotted = /key$/.test(option) && typeof value === "string" ? parseIp(value) : undefined;
    const given = dotted ? new DataView(dotted.buffer, dotted.byteOffset).getUint32(0) : value;
    if (Object.hasOwn(both, option)) for (const name of both[option as keyof typeof both]) out[name] = given;
    else if (typeof given === "string" && parseTime(given) !== undefined && /[a-z]$/.test(given))
      out[`${option}Ms`] = parseTime(given)! / 1e6;
    else out[option] = given;
  }
  return out;
}
/** What the kernel may add to what was given: flags of its own. Lists of addresses come in any order. */
const expected = (read: Obj): Obj =>
  Object.fromEntries(
    Object.entries(read).map(([option, value]) => [
      option,
      option === "kindFlags" || option === "macaddrs" ? expect.arrayContaining(value as unknown[]) : value,
    ]),
  );

describe.skipIf(why !== "")(`links of every kind${why}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    // Not loaded of their own accord: tunnels within UDP need them (ip_tunnel_encap_setup).
    execFileSync("modprobe", ["-a", "fou", "fou6"]);
    for (const name of ["d0", "d1", "d2", "d3", "d4"]) await box.nl.links.add({ kind: "dummy", name, up: true });
  });
  afterAll(() => box?.close());

  /** What we read of a link, and what ip does, against what was given. */
  async function compare(name: string, kind: string, options: object, reads: object = {}): Promise<void> {
    const link = await box.nl.links.get(name);
    expect(link.kind).toBe(kind);
    expect(link.message.unknown, "raw attributes").toBeUndefined();
    expect((link.message.linkinfo as Obj).unknown, "raw settings").toBeUndefined();
    expect((link.message.linkinfo as { data?: Obj }).data?.unknown, "raw settings").toBeUndefined();
    const read = { ...readsAs(kind, options), ...reads };
    for (const option in read)
      if (read[option] === undefined) {
        expect(link).not.toHaveProperty(option);
        delete read[option];
      }
    expect(link).toMatchObject(expected(read));
    const [seen] = box.json("-d", "link", "show", name) as { linkinfo: { info_kind: string; info_data?: Obj } }[];
    expect(seen!.linkinfo.info_kind).toBe(kind);
    for (const option of ["link", "mtu", "address"]) {
      if (read[option] !== undefined) expect(seen).toMatchObject({ [option]: read[option] });
      delete read[option];
    }
    shows(shownFor(kind, read).shown, seen!.linkinfo.info_data);
  }
  function shows(shown: Obj, theirs: Obj = {}): void {
    const like = Object.fromEntries(Object.keys(shown).map((key) => [key, likeOurs(theirs[key], shown[key])]));
    expect(like, "as ip shows it").toMatchObject(shown);
  }
  let serial = 0;
  /** Makes a link of its own, for `work`, and removes it whatever comes. */
  async function withLink(options: LinkOptions, work: (name: string) => Promise<void>): Promise<void> {
    const name = `k${serial++}`;
    await box.nl.links.add({ ...options, name } as LinkOptions);
    try {
      await work(name);
    } finally {
      await box.nl.links.removeIfExists(name);
    }
    expect(await box.nl.links.find(name)).toBeUndefined();
  }
  const made = (options: LinkOptions, reads?: object) =>
    withLink(options, (name) => compare(name, options.kind, options, reads));
  const changed = (options: LinkOptions, change: object, reads?: object) =>
    withLink(options, async (name) => {
      await box.nl.links.set(name, { kind: options.kind, ...change } as LinkChange);
      await compare(name, options.kind, change, reads);
    });

  const tried = <T extends readonly [{ kind: string }, ...unknown[]]>(list: readonly T[]) =>
    list.map((row, i) => [row[0].kind, i, row] as const);
  test.each(tried(rows))("%s (%i) with its options", (_kind, _i, [options, reads]) => made(options, reads));
  test.each(tried(changes))("%s (%i) changes its options", (_kind, _i, row) => changed(...row));

  describe.skipIf(noModules !== "")(`kinds that Debian's kernel lacks${noModules}`, () => {
    beforeAll(() => {
      execFileSync("modprobe", ["-a", "udp_tunnel", "ip6_udp_tunnel"]);
      for (const name of ["bareudp", "amt", "rmnet"]) execFileSync("insmod", [`${modules}/${name}.ko`]);
    });
    test.each(tried(moduleRows))("%s (%i) with its options", (_kind, _i, [options, reads]) => made(options, reads));
    test.each(tried(moduleChanges))("%s (%i) changes its options", (_kind, _i, row) => changed(...row));
  });

  test.each(tried(slaveRows))("a port of a %s (%i)", async (kind, _i, [slave, master = { kind } as LinkOptions]) => {
    const { nl } = box;
    await withLink(master, async (name) => {
      await nl.links.set("d0", { master: kind === "bridge" ? name : null });
      await withLink({ kind: "dummy", up: true, master: name }, async (port) => {
        await nl.links.set(port, { slave });
        const link = await nl.links.get(port);
        expect(link.slave).toMatchObject(slave);
        expect(link.message.linkinfo?.unknown).toBeUndefined();
        const [seen] = box.json("-d", "link", "show", port) as { linkinfo: { info_slave_data: Obj } }[];
        const { kind: _, ...settings } = slave;
        shows(shownFor(kind, settings, portShownAs).shown, seen!.linkinfo.info_slave_data);
      });
    });
  });
});
