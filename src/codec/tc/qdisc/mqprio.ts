/** mqprio: sorts by priority into traffic classes, each with queues of the device (net/sched/sch_mqprio.c). @module */
import { attrs, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail, show } from "../../schema/program.ts";
import { enumeration, names, rate, u8, u16, u32, u64 } from "../../schema/scalar.ts";
import { list, pad, struct } from "../../schema/struct.ts";
import { exactRate, formatRate, parseRate, RATE_FORMS } from "../../text/rate.ts";
import type { TcKind } from "../kind.ts";
import { choice, count, known, toggle } from "../options.ts";
import type { Out } from "../show.ts";
import { integer, oneOf, type Read, readWords, several } from "../word-table.ts";
import { parseInteger } from "../words.ts";

const MAX_CLASSES = 16;
/** `struct tc_mqprio_qopt` of linux/pkt_sched.h. */
export const tcMqprioQopt = struct(
  "tc_mqprio_qopt",
  { size: 82 },
  { numTc: u8, prioTcMap: list(u8, 16), hw: u8, count: list(u16, 16), offset: list(u16, 16) },
);
export type TcMqprioQopt = Value<typeof tcMqprioQopt>;
/** It and its padding, which the attributes stand behind. */
const head = struct("", { size: 84 }, { qopt: tcMqprioQopt, _pad: pad(2) });
const modes = names("TC_MQPRIO_MODE_", { dcb: 0, channel: 1 });
const shapers = names("TC_MQPRIO_SHAPER_", { dcb: 0, bw_rlimit: 1 }, { bw_rlimit: "BW_RATE" });
/** Frame preemption (802.1Qbu): whether a class's frames interrupt others, or are interrupted. */
export const preemption = names("TC_FP_", { express: 1, preemptible: 2 });
const tcEntry = attrs(
  "mqprio_tc_entry",
  { c: "TCA_MQPRIO_TC_ENTRY_" },
  { index: [1, u32], fp: [2, enumeration(u32, preemption)] },
);
const rates = (name: string, number: number, c: string) =>
  attrs(name, { c: "TCA_MQPRIO_" }, { rate: [number, multi(rate(u64)), c] });
/** TCA_MQPRIO_* (mqprio_dump): all for the hardware. */
export const mqprioSchema = attrs(
  "mqprio",
  { c: "TCA_MQPRIO_", head },
  {
    mode: [1, enumeration(u16, modes)],
    shaper: [2, enumeration(u16, shapers)],
    minRate64: [3, rates("mqprio_min_rate", 3, "MIN_RATE64")],
    maxRate64: [4, rates("mqprio_max_rate", 4, "MAX_RATE64")],
    tcEntry: [5, multi(tcEntry)],
  },
);
type Wire = Value<typeof mqprioSchema>;

export type Preemption = keyof typeof preemption.values;
/** Queues of a traffic class: so many, from this one on. */
export interface QueueRange {
  readonly count: number;
  readonly offset: number;
}
/** Traffic classes and their queues, as mqprio and taprio have them. */
export interface ClassMap {
  /** 1 to 16. */
  readonly trafficClasses?: number | undefined;
  /** Traffic classes of the priorities from 0 up, 16 of them; 0 for the rest. */
  readonly map?: readonly number[] | undefined;
  /** Of each traffic class; none lets the driver choose, if `hw` is set. */
  readonly queues?: readonly QueueRange[] | undefined;
}
/** It cannot be changed, only replaced by another. */
export interface MqprioOptions extends ClassMap {
  /** Lets the device do it: so by default. */
  readonly hw?: boolean | undefined;
  /** These are for devices that do it, too: whether only the map is told to the driver, or all; */
  readonly mode?: "dcb" | "channel" | undefined;
  readonly shaper?: "dcb" | "bw_rlimit" | undefined;
  /** rates of the traffic classes, as text or in bytes per second under `minRatesBytesPerSecond`; */
  readonly minRates?: readonly string[] | undefined;
  readonly maxRates?: readonly string[] | undefined;
  readonly minRatesBytesPerSecond?: readonly number[] | undefined;
  readonly maxRatesBytesPerSecond?: readonly number[] | undefined;
  /** and frame preemption of each. */
  readonly preemption?: readonly Preemption[] | undefined;
}
export interface Mqprio {
  trafficClasses: number;
  map: number[];
  queues: { count: number; offset: number }[];
  hw: boolean;
  mode?: "dcb" | "channel";
  shaper?: "dcb" | "bw_rlimit";
  minRatesBytesPerSecond?: number[];
  maxRatesBytesPerSecond?: number[];
  preemption?: Preemption[];
}

const listOf = (value: unknown, name: string, max: number): readonly unknown[] =>
  Array.isArray(value) && value.length <= max
    ? value
    : fail(name, -1, `${show(value)} is not a list of at most ${max}`);

/** Checks and fills a map of classes. @throws {CodecError} */
export function classMapToWire(options: ClassMap, classes: number, map: readonly number[]): Omit<TcMqprioQopt, "hw"> {
  for (const tc of listOf(map, "map", 16))
    if (!Number.isInteger(tc) || (tc as number) < 0 || (tc as number) >= classes)
      fail("map", -1, `${show(tc)} is not a traffic class: there are ${classes}, from 0 on`);
  const queues = listOf(options.queues ?? [], "queues", classes) as readonly QueueRange[];
  const full = (values: readonly number[]) => [...values, ...Array<number>(16 - values.length).fill(0)];
  const each = (name: "count" | "offset") =>
    full(
      queues.map((queue) => {
        try {
          return count(expectObject(queue, ""), name, 0xffff) ?? fail(name, -1, "is missing");
        } catch (e) {
          throw below("queues", e);
        }
      }),
    );
  return { numTc: classes, prioTcMap: full(map), count: each("count"), offset: each("offset") };
}
export const queuesFromWire = ({ numTc, count, offset }: TcMqprioQopt): { count: number; offset: number }[] =>
  Array.from({ length: Math.min(numTc, MAX_CLASSES) }, (_, tc) => ({ count: count[tc]!, offset: offset[tc]! }));
export const queueWords = (queues: readonly QueueRange[]): string[] =>
  queues.length === 0 ? [] : ["queues", ...queues.map(({ count, offset }) => `${count}@${offset}`)];

const KNOWN = { trafficClasses: true, map: true, queues: true, hw: true, mode: true, shaper: true, minRates: true, maxRates: true, minRatesBytesPerSecond: true, maxRatesBytesPerSecond: true, preemption: true } as const; // biome-ignore format: a table
/** tc's own, for eight traffic classes. */
const DEFAULT_MAP: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 1, 1, 3, 3, 3, 3];

function ratesToWire(options: MqprioOptions, name: "minRates" | "maxRates", classes: number): bigint[] | undefined {
  const numbers = options[`${name}BytesPerSecond`];
  const texts = options[name];
  if (numbers === undefined && texts === undefined) return undefined;
  if (numbers !== undefined && texts !== undefined)
    return fail(name, -1, `${name} and ${name}BytesPerSecond are the same: give one`);
  const values = listOf(texts ?? numbers, name, classes).map((x) => {
    const value = texts === undefined ? x : typeof x === "string" ? parseRate(x) : undefined;
    return typeof value === "number" && value >= 0 && Number.isFinite(value)
      ? BigInt(Math.round(value))
      : fail(name, -1, `${show(x)} is not ${RATE_FORMS}`);
  });
  return [...values, ...Array<bigint>(MAX_CLASSES - values.length).fill(0n)];
}
export function preemptionToWire(given: readonly Preemption[], classes: number): number[] {
  return listOf(given, "preemption", classes).map(
    (x) =>
      preemption.values[
        choice({ preemption: x }, "preemption", ["express", "preemptible"]) ?? fail("preemption", -1, "is missing")
      ],
  );
}

function toWire(options: MqprioOptions): Input<typeof mqprioSchema> {
  known(options, KNOWN);
  const classes = count(options, "trafficClasses", MAX_CLASSES, 1) ?? 8;
  const hw = toggle(options, "hw") ?? true;
  const mode = choice(options, "mode", ["dcb", "channel"]);
  const shaper = choice(options, "shaper", ["dcb", "bw_rlimit"]);
  const minRates = ratesToWire(options, "minRates", classes);
  const maxRates = ratesToWire(options, "maxRates", classes);
  if (minRates && shaper !== "bw_rlimit") fail("minRates", -1, `needs shaper: "bw_rlimit"`);
  if (maxRates && shaper !== "bw_rlimit") fail("maxRates", -1, `needs shaper: "bw_rlimit"`);
  if (!hw && (mode === "channel" || shaper === "bw_rlimit"))
    fail("hw", -1, "is off: mode and shaper are the hardware's");
  const frames = options.preemption === undefined ? undefined : preemptionToWire(options.preemption, classes);
  const map = options.map ?? DEFAULT_MAP.map((tc) => (tc < classes ? tc : 0));
  return {
    qopt: { ...classMapToWire(options, classes, map), hw: hw ? 1 : 0 },
    ...(mode === "channel" && { mode: modes.values.channel }),
    ...(shaper === "bw_rlimit" && { shaper: shapers.values.bw_rlimit }),
    ...(minRates && { minRate64: { rate: minRates } }),
    ...(maxRates && { maxRate64: { rate: maxRates } }),
    // Without the hardware the kernel takes none, and reports that all are express.
    ...(hw && frames && { tcEntry: frames.map((fp, index) => ({ index, fp })) }),
  };
}

/** Frame preemption of the classes; nothing where all are express. */
export function preemptionFromWire(
  entries: readonly { readonly index?: number; readonly fp?: number }[] | undefined,
  classes: number,
): Preemption[] | undefined {
  const own = (entries ?? []).filter(({ index = classes, fp }) => index < classes && fp !== undefined);
  if (!own.some(({ fp }) => fp === preemption.values.preemptible)) return undefined;
  return Array.from({ length: classes }, (_, tc) =>
    own.find(({ index }) => index === tc)?.fp === preemption.values.preemptible ? "preemptible" : "express",
  );
}
function fromWire({ qopt, mode, shaper, minRate64, maxRate64, tcEntry }: Wire): Mqprio {
  const frames = preemptionFromWire(tcEntry, qopt.numTc);
  const numbers = (rates: readonly bigint[]) => rates.slice(0, qopt.numTc).map(Number);
  return {
    trafficClasses: qopt.numTc,
    map: [...qopt.prioTcMap],
    queues: queuesFromWire(qopt),
    hw: qopt.hw !== 0,
    ...(mode !== undefined && { mode: mode === modes.values.channel ? "channel" : "dcb" }),
    ...(shaper !== undefined && { shaper: shaper === shapers.values.bw_rlimit ? "bw_rlimit" : "dcb" }),
    ...(minRate64?.rate && { minRatesBytesPerSecond: numbers(minRate64.rate) }),
    ...(maxRate64?.rate && { maxRatesBytesPerSecond: numbers(maxRate64.rate) }),
    ...(frames && { preemption: frames }),
  };
}

const ratesWord = (option: string): Read =>
  several(option, (w) => w.maybe((word) => (/^\d/.test(word) ? parseRate(word, 1 / 8) : undefined)), 16, "rates");
const LETTERS = { E: "express", P: "preemptible" } as const;
export const classMapTable = {
  num_tc: integer("trafficClasses", MAX_CLASSES, 1),
  map: several("map", (w) => w.maybe(parseInteger), 16, "traffic classes of 1 to 16 priorities"),
  queues: several(
    "queues",
    (w) =>
      w.maybe((word) => {
        const match = /^(\d+)@(\d+)$/.exec(word);
        return match ? { count: Number(match[1]), offset: Number(match[2]) } : undefined;
      }),
    MAX_CLASSES,
    "queues, COUNT@OFFSET,",
  ),
  fp: several(
    "preemption",
    (w) => {
      const letter = w.take("E", "P") as keyof typeof LETTERS | undefined;
      return letter && LETTERS[letter];
    },
    MAX_CLASSES,
    "E or P for each traffic class",
  ),
} as const;
export const preemptionWords = (frames: readonly Preemption[] | undefined): string[] =>
  frames ? ["fp", ...frames.map((x) => (x === "express" ? "E" : "P"))] : [];

/** `key: E P` of the classes that say it. */
export function showPreemption(
  entries: readonly { readonly index?: number; readonly fp?: number }[] | undefined,
  title: string,
  out: Out,
): void {
  const own = (entries ?? []).filter(({ index, fp }) => index !== undefined && index < MAX_CLASSES && fp !== undefined);
  if (own.length === 0) return;
  const most = Math.max(...own.map(({ index }) => index!));
  out.array("fp", (list) => {
    list.say(title);
    for (let tc = 0; tc <= most; tc++) {
      const { fp } = own.findLast(({ index }) => index === tc) ?? {};
      const letter = fp === preemption.values.preemptible ? "P" : fp === preemption.values.express ? "E" : "?";
      list.put("", letter, ` ${letter}`);
    }
    list.say("\n");
  });
}

const INDENT = "\n             ";
// mqprio_print_opt of iproute2's tc/q_mqprio.c.
function showMqprio({ qopt, mode, shaper, minRate64, maxRate64, tcEntry }: Wire, out: Out): void {
  out.put("tc", qopt.numTc, `tc ${qopt.numTc} `);
  out.array("map", (list) => {
    list.say("map ");
    for (const tc of qopt.prioTcMap) list.put("", tc, `${tc} `);
  });
  out.array("queues", (list) => {
    list.say(`${INDENT}queues:`);
    for (const { count, offset } of queuesFromWire(qopt))
      list.array("", (pair) => {
        pair.put("", offset, `(${offset}:`);
        pair.put("", offset + count - 1, `${offset + count - 1}) `);
      });
  });
  if (mode === undefined) out.put("mode", "dcb", `${INDENT}mode:dcb`);
  else if (mode === modes.values.channel) out.put("mode", "channel", `${INDENT}mode:channel`);
  if (shaper === undefined) out.put("shaper", "dcb", `${INDENT}shaper:dcb`);
  else if (shaper === shapers.values.bw_rlimit) out.put("shaper", "bw_rlimit", `${INDENT}shaper:bw_rlimit`);
  for (const [key, rates] of [["min_rate", minRate64?.rate], ["max_rate", maxRate64?.rate]] as const) // biome-ignore format: a table
    if (rates)
      out.array(key, (list) => {
        list.say(`\t${key}:`);
        for (const value of rates.slice(0, qopt.numTc)) list.put("", value, `${formatRate(value)} `);
      });
  showPreemption(tcEntry, `${INDENT}fp:`, out);
}

export const mqprioKind: TcKind<"mqprio", typeof mqprioSchema, MqprioOptions, Mqprio> = {
  kind: "mqprio",
  schema: mqprioSchema,
  toWire,
  fromWire,
  parse: (words) =>
    readWords(words, {
      ...classMapTable,
      hw(w, word, out) {
        out.hw = w.integer(word, 1) === 1;
      },
      mode: oneOf("mode", ["dcb", "channel"]),
      shaper: oneOf("shaper", ["dcb", "bw_rlimit"]),
      min_rate: ratesWord("minRatesBytesPerSecond"),
      max_rate: ratesWord("maxRatesBytesPerSecond"),
    }),
  words: (o) => [
    ...["num_tc", String(o.trafficClasses), "map", ...o.map.map(String)],
    ...queueWords(o.queues),
    ...["hw", o.hw ? "1" : "0"],
    ...(o.mode === undefined ? [] : ["mode", o.mode]),
    ...(o.shaper === undefined ? [] : ["shaper", o.shaper]),
    ...(o.minRatesBytesPerSecond ? ["min_rate", ...o.minRatesBytesPerSecond.map(exactRate)] : []),
    ...(o.maxRatesBytesPerSecond ? ["max_rate", ...o.maxRatesBytesPerSecond.map(exactRate)] : []),
    ...preemptionWords(o.preemption),
  ],
  show: showMqprio,
};
