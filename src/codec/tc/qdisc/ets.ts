/** ets: enhanced transmission selection (802.1Qaz): strict bands, then bands that share by quanta (net/sched/sch_ets.c). @module */
import { attrs, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import type { FriendlyAttrs, FriendlyAttrsInput } from "../../schema/friendly.ts";
import { fail, show } from "../../schema/program.ts";
import { u8, u32, unit } from "../../schema/scalar.ts";
import { derived } from "../derived.ts";
import type { TcKind } from "../kind.ts";
import { count, known } from "../options.ts";
import type { Out } from "../show.ts";
import { integer, readWords, several } from "../word-table.ts";
import { parseInteger } from "../words.ts";
import { bandMap } from "./prio.ts";

const quanta = attrs("ets_quanta", { c: "TCA_ETS_QUANTA_" }, { band: [4, multi(unit(u32, "bytes"))] });
const priomap = attrs("ets_priomap", { c: "TCA_ETS_PRIOMAP_" }, { band: [6, multi(u8)] });
/** TCA_ETS_* of the qdisc (ets_qdisc_dump). */
export const etsSchema = attrs(
  "ets",
  { c: "TCA_ETS_" },
  { nbands: [1, u8], nstrict: [2, u8], quanta: [3, quanta], priomap: [5, priomap] },
);
/** TCA_ETS_* of a class (ets_class_dump). */
export const etsClassSchema = attrs(
  "ets_class",
  { c: "TCA_ETS_" },
  { quantum: [4, unit(u32, "bytes"), "QUANTA_BAND"] },
);
type Wire = Value<typeof etsSchema>;

const MAX_BANDS = 16;
/** One of `bands`, `strict` and `quanta` is needed. Class N of the qdisc is band N − 1. */
export interface EtsOptions {
  /** 1 to 16; as many as there are `strict` ones and `quanta` by default. */
  readonly bands?: number | undefined;
  /** How many of them, from the first on, are served before all others, one after the other. */
  readonly strict?: number | undefined;
  /** Bytes that the bands after these may send in a round; the device's MTU for the rest. */
  readonly quanta?: readonly number[] | undefined;
  /** Bands of the priorities from 0 up, 16 of them; the last for the rest. */
  readonly priomap?: readonly number[] | undefined;
}
export interface Ets {
  bands: number;
  strict?: number;
  quanta?: number[];
  priomap: number[];
}

function toWire(options: EtsOptions): Input<typeof etsSchema> {
  known(options, { bands: true, strict: true, quanta: true, priomap: true });
  const { quanta = [], priomap } = options;
  const strict = count(options, "strict", MAX_BANDS) ?? 0;
  if (!Array.isArray(quanta)) fail("quanta", -1, `${show(quanta)} is not a list`);
  for (const quantum of quanta as readonly number[])
    if (!Number.isInteger(quantum) || quantum < 1 || quantum > 0xffffffff)
      fail("quanta", -1, `${show(quantum)} is not an integer from 1 to 4294967295`);
  const bands = count(options, "bands", MAX_BANDS, 1) ?? strict + quanta.length;
  if (bands === 0) fail("bands", -1, "is missing: one of bands, strict, quanta is needed");
  if (bands > MAX_BANDS) fail("quanta", -1, `with strict that makes ${bands} bands, of at most ${MAX_BANDS}`);
  if (strict + quanta.length > bands) fail("bands", -1, `${bands} are fewer than strict and quanta are`);
  return {
    nbands: bands,
    ...(strict !== 0 && { nstrict: strict }),
    ...(quanta.length > 0 && { quanta: { band: [...quanta] } }),
    ...(priomap !== undefined && { priomap: { band: [...bandMap(priomap, bands)] } }),
  };
}
const numbers = (out: Out, key: string, values: readonly number[]) =>
  out.array(key, (list) => {
    list.say(key);
    for (const value of values) list.put("", value, ` ${value}`);
    list.say(" ");
  });

export const etsKind: TcKind<"ets", typeof etsSchema, EtsOptions, Ets> = {
  kind: "ets",
  schema: etsSchema,
  nested: true,
  toWire,
  fromWire: ({ nbands = 0, nstrict, quanta, priomap }: Wire) => ({
    bands: nbands,
    ...(nstrict && { strict: nstrict }),
    ...(quanta?.band && { quanta: [...quanta.band] }),
    priomap: [...(priomap?.band ?? [])],
  }),
  parse: (words) =>
    readWords(words, {
      bands: integer("bands", MAX_BANDS),
      strict: integer("strict", MAX_BANDS),
      quanta: several("quanta", (w) => w.maybe(parseInteger), MAX_BANDS, "quanta"),
      priomap: several("priomap", (w) => w.maybe(parseInteger), 16, "the bands of 1 to 16 priorities"),
    }),
  words: ({ bands, strict, quanta, priomap }) => [
    ...["bands", String(bands)],
    ...(strict === undefined ? [] : ["strict", String(strict)]),
    ...(quanta === undefined ? [] : ["quanta", ...quanta.map(String)]),
    ...(priomap.length === 0 ? [] : ["priomap", ...priomap.map(String)]),
  ],
  // ets_print_opt of iproute2's tc/q_ets.c.
  show({ nbands = 0, nstrict, quanta, priomap }, out) {
    out.put("bands", nbands, `bands ${nbands} `);
    if (nstrict !== undefined) out.put("strict", nstrict, `strict ${nstrict} `);
    if (quanta?.band) numbers(out, "quanta", quanta.band);
    if (priomap?.band) numbers(out, "priomap", priomap.band);
  },
};

/** Its classes are there with the qdisc; those that are not strict can be changed. */
export const etsClassKind = derived("ets", etsClassSchema, { quantum: {} }, { nested: true });
/** `{ quantum: 3000 }`. */
export interface EtsClassOptions extends FriendlyAttrsInput<typeof etsClassSchema> {}
export interface EtsClass extends FriendlyAttrs<typeof etsClassSchema> {}
