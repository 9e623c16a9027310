/** prio: bands that are served one after the other, and pfifo_fast, which cannot be set (net/sched/sch_prio.c, sch_generic.c). @module */
import type { Value } from "../../schema/codec.ts";
import { fail, show } from "../../schema/program.ts";
import { s32, u8 } from "../../schema/scalar.ts";
import { list, struct } from "../../schema/struct.ts";
import type { TcKind } from "../kind.ts";
import { optionless } from "../optionless.ts";
import { count, known } from "../options.ts";
import type { Out } from "../show.ts";
import { integer, readWords, several } from "../word-table.ts";
import { parseInteger } from "../words.ts";

/** `struct tc_prio_qopt` of linux/pkt_sched.h. tc sends an empty attribute behind it, which no kernel since 2.6.37 reads. */
export const tcPrioQopt = struct("tc_prio_qopt", { size: 20 }, { bands: s32, priomap: list(u8, 16) });
type Wire = Value<typeof tcPrioQopt>;

/** The band of each of the 16 priorities (TC_PRIO_*), as of pfifo_fast. */
export const DEFAULT_PRIOMAP: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
const MAX_BANDS = 16;

export interface PrioOptions {
  /** 2 to 16; 3 by default. Class N of the qdisc is band N − 1. */
  readonly bands?: number | undefined;
  /** Bands of the priorities from 0 up, the first 1 to 16 of them; 0 is served first. What is left out stays as it is by default. */
  readonly priomap?: readonly number[] | undefined;
}
export interface Prio {
  bands: number;
  priomap: number[];
}

/** Checks a map of priorities to bands. @throws {CodecError} */
export function bandMap(priomap: unknown, bands: number, name = "priomap"): number[] {
  if (!Array.isArray(priomap) || priomap.length === 0 || priomap.length > 16)
    return fail(name, -1, `${show(priomap)} is not a list of 1 to 16 bands`);
  for (const band of priomap)
    if (!Number.isInteger(band) || band < 0 || band >= bands)
      fail(name, -1, `${show(band)} is not a band: there are ${bands}, from 0 on`);
  return priomap;
}

export const prioKind: TcKind<"prio", typeof tcPrioQopt, PrioOptions, Prio> = {
  kind: "prio",
  schema: tcPrioQopt,
  toWire(options) {
    known(options, { bands: true, priomap: true });
    const bands = count(options, "bands", MAX_BANDS, 2) ?? 3;
    const given = options.priomap === undefined ? [] : bandMap(options.priomap, bands);
    return { bands, priomap: bandMap([...given, ...DEFAULT_PRIOMAP.slice(given.length)], bands) };
  },
  fromWire: ({ bands, priomap }) => ({ bands, priomap: [...priomap] }),
  parse: (words) =>
    readWords(words, {
      bands: integer("bands"),
      priomap: several("priomap", (w) => w.maybe(parseInteger), 16, "the bands of 1 to 16 priorities"),
    }),
  words: ({ bands, priomap }) => ["bands", String(bands), "priomap", ...priomap.map(String)],
  show: showPrio,
};

function showPrio({ bands, priomap }: Wire, out: Out): void {
  out.put("bands", bands, `bands ${bands} `);
  out.array("priomap", (list) => {
    list.say("priomap");
    for (const band of priomap) list.put("", band, ` ${band}`);
  });
  out.put("multiqueue", false);
}

/** The default of devices: three bands as of prio, without locks. It says how it maps, and takes no options. */
export const pfifoFastKind: TcKind<"pfifo_fast", typeof tcPrioQopt, { readonly [option: string]: never }, Prio> = {
  ...optionless("pfifo_fast"),
  schema: tcPrioQopt,
  toWire(options) {
    known(options, { bands: true, priomap: true });
    return undefined;
  },
  fromWire: prioKind.fromWire,
  show: showPrio,
};
