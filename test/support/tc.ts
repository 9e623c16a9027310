/** Tests of traffic control against the kernel and the system's tc. @module */
import { expect } from "vitest";
import type { QdiscPlace } from "../../src/api/tc/qdiscs.ts";
import { showOptions, type TcKind } from "../../src/codec/tc/kind.ts";
import type { QdiscSpec } from "../../src/codec/tc/qdisc-kinds.ts";
import { parseQdisc, qdiscKinds } from "../../src/codec/tc/qdisc-kinds.ts";
import type { Sandbox } from "./netns.ts";
import { tcOf } from "./netns.ts";

export const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
/** Whitespace is tc's own affair. */
const squeeze = (text: string): string => words(text).join(" ");

export interface QdiscRow {
  readonly spec: QdiscSpec;
  /** tc's words for the same. */
  readonly words: string;
  readonly place?: QdiscPlace;
  /** What is read, if it differs from what was given. */
  readonly read?: object;
  /** Keys of tc's JSON that this tc does not print, or prints otherwise, each with the reason. */
  readonly tcDiffers?: { readonly [key: string]: string };
  /** Why the kernel refuses to be told again what it reports. */
  readonly noReplace?: string;
  /** Options that the kernel draws anew each time. */
  readonly volatile?: readonly string[];
  /** What our text says beyond this tc's. */
  readonly oursOnly?: RegExp;
}

const without = (json: unknown, keys: object = {}): unknown =>
  Object.fromEntries(Object.entries(json as object).filter(([key]) => !Object.hasOwn(keys, key)));

/**
 * One qdisc, both ways: added by us it is for tc what it is for us; added by tc it is the same for us; read and added again it is what
 * it was.
 */
export async function checkQdisc(box: Sandbox, dev: string, row: QdiscRow): Promise<void> {
  const { nl } = box;
  const tc = tcOf(box);
  const { spec, place = {} } = row;
  const kind = qdiscKinds[spec.kind] as unknown as TcKind;
  const own = ["ingress", "clsact"].includes(spec.kind);
  await nl.qdiscs.flush(dev);
  const handle = place.handle === undefined ? "1:" : String(place.handle);
  const parent = place.parent === undefined ? "root" : String(place.parent);
  const where = own
    ? [spec.kind]
    : [...(parent === "root" ? ["root"] : ["parent", parent]), "handle", handle, spec.kind];
  const shown = () => {
    const all = JSON.parse(tc("-j", "-d", "qdisc", "show", "dev", dev)) as {
      kind: string;
      handle: string;
      options?: object;
    }[];
    return all.find((q) => q.kind === spec.kind && (own || q.handle === handle));
  };

  const made = await nl.qdiscs.add(dev, spec, own ? place : { ...place, handle });
  const json = shown();
  expect(json, "tc sees what was added").toBeDefined();
  const ours = showOptions(kind, made.message.options ?? {}, { deviceName: () => undefined });
  expect(without(JSON.parse(jsonOf(ours.json)), row.tcDiffers), "as tc -j shows it").toEqual(
    without(json!.options ?? {}, row.tcDiffers),
  );
  const text = row.oursOnly ? ours.text.replace(row.oursOnly, "") : ours.text;
  expect(squeeze(tc("-d", "qdisc", "show", "dev", dev)), "as tc shows it").toContain(squeeze(text));
  expect(made.options, "as it was given").toMatchObject(row.read ?? {});

  // Read and put again: the same for the kernel.
  const settled = (options: unknown) =>
    without(options, Object.fromEntries((row.volatile ?? []).map((key) => [key, 0])));
  const read = { kind: spec.kind, options: made.options } as QdiscSpec;
  const at = own ? place : { ...place, handle };
  if (row.noReplace === undefined) expect((await nl.qdiscs.replace(dev, read, at)).options).toEqual(made.options);
  await nl.qdiscs.remove(dev, own ? { kind: spec.kind } : { parent });
  expect(shown()).toBeUndefined();
  expect((await nl.qdiscs.add(dev, read, at)).options).toEqual(made.options);
  expect(without(shown()?.options ?? {}, row.tcDiffers)).toEqual(without(json!.options ?? {}, row.tcDiffers));
  await nl.qdiscs.remove(dev, own ? { kind: spec.kind } : { parent });
  expect(shown()).toBeUndefined();

  tc("qdisc", "add", "dev", dev, ...where, ...words(row.words));
  const theirs = await nl.qdiscs.get(dev, own ? { kind: spec.kind } : { parent });
  expect(settled(theirs.options), "tc's words make the same").toEqual(settled(made.options));
  await nl.qdiscs.remove(dev, own ? { kind: spec.kind } : { parent });
  await nl.qdiscs.add(dev, parseQdisc(spec.kind, words(row.words)) as QdiscSpec, own ? place : { ...place, handle });
  const parsed = await nl.qdiscs.get(dev, own ? { kind: spec.kind } : { parent });
  expect(settled(parsed.options), "and so do they when we read them").toEqual(settled(made.options));
  await nl.qdiscs.remove(dev, own ? { kind: spec.kind } : { parent });
}

/** JSON with bigints as the numbers that they are, as tc writes them. */
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_key, x: unknown) => (typeof x === "bigint" ? Number(x) : x));
