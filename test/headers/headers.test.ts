// Every attribute number, enum value, struct size and offset of the codec against the UAPI headers of the kernel, and
// every attribute of the headers against the codec.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check, table } from "./check.ts";
import { later, undeclared } from "./exceptions.ts";
import { type Claim, claimsOf } from "./schemas.ts";
import { findUapi, isBefore, release } from "./uapi.ts";

const codec = join(import.meta.dirname, "../../src/codec");
/** Everything that the codec's modules export, so that a new module is covered without being listed. */
async function exported(): Promise<{ roots: [path: string, root: unknown][]; broken: string[][] }> {
  const roots: [string, unknown][] = [];
  const broken: string[][] = [];
  const files = readdirSync(codec, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /^(?!schema\/|wire\/|index\.ts$).*\.ts$/.test(name)).sort()) {
    try {
      const module: Record<string, unknown> = await import(join(codec, file));
      for (const [name, value] of Object.entries(module)) roots.push([`${file} ${name}`, value]);
    } catch (error) {
      broken.push([file, String(error)]);
    }
  }
  return { roots, broken };
}

const found = findUapi();
const missing = "missing" in found ? found.missing : undefined;
const where = "uapi" in found ? `Linux ${found.uapi.version}, ${found.uapi.include}` : `skipped: ${missing}`;

const { roots, broken } = await exported();
const claims = claimsOf(roots);
const verdict = "uapi" in found ? check(claims, found.uapi) : undefined;
const subject = (c: string): string => /struct \w+/.exec(c)?.[0] ?? c;
const isLater = (c: string): boolean => "uapi" in found && isBefore(found.uapi.version, later[subject(c)] ?? release);

function none(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length > 0) expect.fail(`${rows.length} ${title}\n${table(head, rows)}\n`);
}

test("every module of the codec loads", () => none("modules do not load", ["module", "error"], broken));
test("no schema contradicts itself", () => {
  none(
    "faults",
    ["schema", "fault"],
    claims.faults.map(({ path, fault }) => [path, fault]),
  );
});

describe.skipIf(missing)(`schemas agree with the kernel's headers (${where})`, () => {
  const kinds: [title: string, kind: Claim["kind"], nameless: number, floor: number][] = [
    ["attribute numbers", "attribute", claims.nameless.attributes, 1000],
    ["values of enums and flags", "value", claims.nameless.values, 300],
    ["struct sizes", "size", claims.nameless.structs, 50],
    ["member offsets", "offset", claims.nameless.members, 200],
    ["member widths", "width", claims.nameless.members, 200],
  ];
  for (const [title, kind, nameless, floor] of kinds) {
    const claimed = claims.claims.filter((claim) => claim.kind === kind);
    test(`${claimed.length} ${title} (and ${nameless} without a C name)`, () => {
      const wrong = verdict!.mismatches.filter((mismatch) => mismatch.kind === kind && !isLater(mismatch.c));
      none(
        `${title} are not the kernel's`,
        ["schema", "C", "ours", "kernel's"],
        wrong.map(({ path, c, ours, kernel }) => [path, c, String(ours), kernel]),
      );
      // Should the walk lose its way, it must not pass for agreement.
      expect(claimed.length).toBeGreaterThan(floor);
    });
  }
});

// Headers whose attributes are still to be declared, all of traffic control's.
const notYet = ["linux/pkt_sched.h", "linux/pkt_cls.h", "linux/tc_act/", "linux/tc_ematch/", "linux/seg6_genl.h"];

// A newer kernel has newer attributes.
const inFull = "uapi" in found && found.uapi.version === release;
describe.skipIf(!inFull)(
  `schemas know all of Linux ${release}${inFull ? "" : ` (skipped: ${missing ?? where})`}`,
  () => {
    const gaps = verdict?.gaps ?? { attrs: [], names: [] };
    const untouched = verdict?.untouched ?? [];

    for (const [title, kind] of [
      ["attributes", "attrs"],
      ["enum values", "names"],
    ] as const)
      test(`all ${title} of the enums that schemas speak of`, () => {
        const unknown = gaps[kind].filter(({ c, first }) => !undeclared[c] && !undeclared[first]);
        none(
          `${title} are not declared`,
          ["schema", "C", "kernel's", "header"],
          unknown.map(({ path, c, number, header }) => [path, c, String(number), header]),
        );
      });
    test("all attribute sets beside those", () => {
      const unknown = untouched.filter(({ c, header }) => !undeclared[c] && !notYet.some((h) => header.startsWith(h)));
      none(
        "attribute sets are not declared",
        ["header", "first constant"],
        unknown.map(({ c, header }) => [header, c]),
      );
    });
    test("every exception is needed", () => {
      const missed = [...gaps.attrs, ...gaps.names].flatMap(({ c, first }) => [c, first]);
      const needed = new Set([...missed, ...untouched.map(({ c }) => c)]);
      expect(Object.keys(undeclared).filter((c) => !needed.has(c))).toEqual([]);
      const absent = new Set(verdict?.mismatches.filter(({ c }) => isLater(c)).map(({ c }) => subject(c)));
      expect(Object.keys(later).filter((c) => !absent.has(c))).toEqual([]);
    });
  },
);
