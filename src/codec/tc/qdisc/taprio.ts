/** taprio: opens the gates of traffic classes by a schedule (802.1Qbv) (net/sched/sch_taprio.c). @module */
import { attrs, bare, bytes, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail, show } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { enumeration, flags, names, s32, s64, time, u8, u32, u64, unit } from "../../schema/scalar.ts";
import { type Clock, clock, clockFromWire, clockid, clockName, clockToWire, clockWord } from "../clock.ts";
import type { TcKind } from "../kind.ts";
import { choice, count, known, required, toggle } from "../options.ts";
import type { Json, Out } from "../show.ts";
import { type Options, type Read, readWords, several } from "../word-table.ts";
import { parseInteger } from "../words.ts";
import {
  type ClassMap,
  classMapTable,
  classMapToWire,
  type Preemption,
  preemption,
  preemptionFromWire,
  preemptionToWire,
  preemptionWords,
  queuesFromWire,
  queueWords,
  showPreemption,
  tcMqprioQopt,
} from "./mqprio.ts";

const commands = names("TC_TAPRIO_CMD_", { "set-gates": 0, "set-and-hold": 1, "set-and-release": 2 });
const schedEntry = attrs(
  "taprio_sched_entry",
  { c: "TCA_TAPRIO_SCHED_ENTRY_" },
  { index: [1, u32], cmd: [2, enumeration(u8, commands)], gateMask: [3, u32], interval: [4, time(u32, "ns")] },
);
const schedEntries = attrs("taprio_sched", { c: "TCA_TAPRIO_SCHED_" }, { entry: [1, multi(bare(schedEntry))] });
/** A schedule; times in nanoseconds. */
const schedule = {
  baseTime: [3, unit(s64, "ns"), "SCHED_BASE_TIME"],
  cycleTime: [8, unit(s64, "ns"), "SCHED_CYCLE_TIME"],
  cycleTimeExtension: [9, unit(s64, "ns"), "SCHED_CYCLE_TIME_EXTENSION"],
  entryList: [2, bare(schedEntries), "SCHED_ENTRY_LIST"],
} as const;
const tcEntry = attrs(
  "taprio_tc_entry",
  { c: "TCA_TAPRIO_TC_ENTRY_" },
  { index: [1, u32], maxSdu: [2, unit(u32, "bytes")], fp: [3, enumeration(u32, preemption)] },
);
const taprioFlags = names("TCA_TAPRIO_ATTR_FLAG_", { txtimeAssist: 1, fullOffload: 2 });
/** TCA_TAPRIO_ATTR_* (taprio_dump). `adminSched` is a schedule that is yet to begin. */
export const taprioSchema = attrs(
  "taprio",
  { c: "TCA_TAPRIO_ATTR_" },
  {
    priomap: [1, tcMqprioQopt],
    clockid: [5, clockid(s32), "SCHED_CLOCKID"],
    flags: [10, flags(u32, taprioFlags)],
    txtimeDelay: [11, time(u32, "ns")],
    tcEntry: [12, multi(tcEntry)],
    ...schedule,
    adminSched: [7, bare(attrs("taprio_admin", { c: "TCA_TAPRIO_ATTR_" }, schedule))],
    /** A kernel since 5.0 refuses it. */
    singleEntry: [4, bytes, "SCHED_SINGLE_ENTRY"],
  },
);
type Wire = Value<typeof taprioSchema>;
type WireSchedule = NonNullable<Wire["adminSched"]>;
/** TCA_TAPRIO_OFFLOAD_STATS_* of devices that do it themselves, of the qdisc and of its queues (taprio_dump_xstats). */
export const taprioXstats = attrs(
  "taprio_stats",
  { c: "TCA_TAPRIO_OFFLOAD_STATS_" },
  { windowDrops: [2, unit(u64, "packets")], txOverruns: [3, unit(u64, "packets")] },
);

/** One row of a schedule: which gates stand open, bit N for traffic class N, and for how long. */
export type ScheduleEntry = Given<"interval", "time"> & {
  readonly gates: number;
  /** `"set-gates"` by default; the others start and end frame preemption, which software does not do. */
  readonly command?: keyof typeof commands.values | undefined;
};
export interface ScheduleOptions {
  /** When the schedule begins, in nanoseconds of the clock: a bigint where it is beyond 2⁵³. 0, the default, is at once. */
  readonly baseTime?: number | bigint | undefined;
  /** Length of a round in nanoseconds: that of the entries together by default. */
  readonly cycleTime?: number | bigint | undefined;
  /** By how many nanoseconds the last round may be longer, before the next schedule begins. */
  readonly cycleTimeExtension?: number | bigint | undefined;
  readonly schedule?: readonly ScheduleEntry[] | undefined;
}
/** `schedule` is needed, and the map of classes with a new qdisc. A change makes a new schedule, and keeps the map. */
export type TaprioOptions = ClassMap &
  ScheduleOptions &
  Given<"txtimeDelay", "time"> & {
    /** `"tai"` by default, and none with `fullOffload`. */
    readonly clock?: Clock | number | undefined;
    /** Sets the time of sending of each packet, for an etf below; after `txtimeDelay` at the earliest. */
    readonly txtimeAssist?: boolean | undefined;
    /** Leaves the work to the hardware. */
    readonly fullOffload?: boolean | undefined;
    /** Bytes of the longest packet of each traffic class: 0 for no limit. */
    readonly maxSdu?: readonly number[] | undefined;
    /** Frame preemption of each traffic class. */
    readonly preemption?: readonly Preemption[] | undefined;
    /** A schedule that was read, and is yet to begin: it is sent in place of the one that runs. */
    readonly admin?: ScheduleOptions | undefined;
  };
export interface Schedule {
  baseTime: bigint;
  cycleTime: bigint;
  cycleTimeExtension: bigint;
  schedule: { command: keyof typeof commands.values; gates: number; intervalMs: number }[];
}
export interface Taprio extends Partial<Schedule> {
  trafficClasses: number;
  map: number[];
  queues: { count: number; offset: number }[];
  clock?: Clock | number;
  txtimeAssist?: boolean;
  fullOffload?: boolean;
  txtimeDelayMs?: number;
  maxSdu?: number[];
  preemption?: Preemption[];
  /** A schedule that is yet to begin. */
  admin?: Schedule;
}

const SCHEDULE = { baseTime: true, cycleTime: true, cycleTimeExtension: true, schedule: true } as const;
const KNOWN = { ...SCHEDULE, trafficClasses: true, map: true, queues: true, clock: true, txtimeDelay: "time", txtimeAssist: true, fullOffload: true, maxSdu: true, preemption: true, admin: true } as const; // biome-ignore format: a table
const COMMANDS = Object.keys(commands.values) as (keyof typeof commands.values)[];

function nanoseconds(options: ScheduleOptions, name: "baseTime" | "cycleTime" | "cycleTimeExtension") {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value === "bigint" ? value >= -(2n ** 63n) && value < 2n ** 63n : Number.isSafeInteger(value))
    return BigInt(value);
  return fail(name, -1, `${show(value)} is not a whole number of nanoseconds`);
}
function scheduleToWire(options: ScheduleOptions) {
  const times = {
    baseTime: nanoseconds(options, "baseTime"),
    cycleTime: nanoseconds(options, "cycleTime"),
    cycleTimeExtension: nanoseconds(options, "cycleTimeExtension"),
  };
  const entries = options.schedule ?? fail("schedule", -1, "is missing");
  if (!Array.isArray(entries) || entries.length === 0) fail("schedule", -1, "has no entry");
  return {
    ...Object.fromEntries(Object.entries(times).filter(([, time]) => time)),
    entryList: { entry: entries.map(entryToWire) },
  };
}
function entryToWire(given: ScheduleEntry, i: number) {
  try {
    const entry = expectObject(given, "") as unknown as ScheduleEntry;
    known(entry, { gates: true, command: true, interval: "time" });
    const interval = Math.round(required(entry, "interval", "time") * 1e6);
    if (interval > 0xffffffff) fail("interval", -1, "is more than 4.294967295 s");
    return {
      cmd: commands.values[choice(entry, "command", COMMANDS) ?? "set-gates"],
      gateMask: count(entry, "gates") ?? fail("gates", -1, "is missing"),
      interval,
    };
  } catch (e) {
    throw below(`schedule[${i}]`, e);
  }
}
function maxSduToWire(sizes: readonly number[]): readonly number[] {
  if (!Array.isArray(sizes) || sizes.length > 16) fail("maxSdu", -1, `${show(sizes)} is not a list of at most 16`);
  sizes.forEach((size) => {
    count({ maxSdu: size }, "maxSdu");
  });
  return sizes;
}
function toWire(options: TaprioOptions): Input<typeof taprioSchema> {
  known(options, KNOWN);
  const classes = count(options, "trafficClasses", 16, 1);
  if (classes === undefined)
    for (const name of ["map", "queues", "preemption"] as const)
      if (options[name] !== undefined) fail("trafficClasses", -1, `is missing, which ${name} needs`);
  const assist = toggle(options, "txtimeAssist");
  const offload = toggle(options, "fullOffload");
  if (assist && offload) fail("fullOffload", -1, "and txtimeAssist exclude each other");
  const delay = given(options, "txtimeDelay", "time", 0xffffffff / 1e6);
  if (delay && !assist) fail("txtimeDelay", -1, "needs txtimeAssist");
  const sizes = options.maxSdu === undefined ? [] : maxSduToWire(options.maxSdu);
  const frames = options.preemption === undefined ? [] : preemptionToWire(options.preemption, classes ?? 16);
  const entries = Array.from({ length: Math.max(sizes.length, frames.length) }, (_, index) => ({
    index,
    ...(sizes[index] !== undefined && { maxSdu: sizes[index] }),
    ...(frames[index] !== undefined && { fp: frames[index] }),
  }));
  const clock = clockToWire(options) ?? (offload ? undefined : clockToWire({ clock: "tai" }));
  return {
    ...(classes !== undefined && { priomap: { ...classMapToWire(options, classes, options.map ?? []), hw: 0 } }),
    ...(clock !== undefined && { clockid: clock }),
    ...((assist || offload) && { flags: assist ? 1 : 2 }),
    ...(delay && { txtimeDelay: Math.round(delay * 1e6) }),
    ...(entries.length > 0 && { tcEntry: entries }),
    ...scheduleOf(options),
  };
}
function scheduleOf(options: TaprioOptions) {
  if (options.admin === undefined) return scheduleToWire(options);
  try {
    known(expectObject(options.admin, ""), SCHEDULE);
    return scheduleToWire(options.admin);
  } catch (e) {
    throw below("admin", e);
  }
}

function scheduleFromWire({ baseTime, cycleTime, cycleTimeExtension, entryList }: WireSchedule): Schedule {
  return {
    baseTime: baseTime ?? 0n,
    cycleTime: cycleTime ?? 0n,
    cycleTimeExtension: cycleTimeExtension ?? 0n,
    schedule: (entryList?.entry ?? []).map(({ cmd = 0, gateMask = 0, interval = 0 }) => ({
      command: COMMANDS.find((name) => commands.values[name] === cmd) ?? "set-gates",
      gates: gateMask,
      intervalMs: interval / 1e6,
    })),
  };
}
const NO_CLOCK = -1; // of schedules that the hardware keeps
function fromWire(wire: Wire): Taprio {
  const { priomap, clockid: id, flags = 0, txtimeDelay, tcEntry = [], adminSched } = wire;
  const classes = priomap?.numTc ?? 0;
  const sizes = Array.from({ length: classes }, (_, tc) => tcEntry.find((entry) => entry.index === tc)?.maxSdu ?? 0);
  const frames = preemptionFromWire(tcEntry, classes);
  return {
    trafficClasses: classes,
    map: [...(priomap?.prioTcMap ?? [])],
    queues: priomap ? queuesFromWire(priomap) : [],
    ...(id !== undefined && id !== NO_CLOCK && { clock: clockFromWire(id) }),
    ...(flags & 1 && { txtimeAssist: true }),
    ...(flags & 2 && { fullOffload: true }),
    ...(txtimeDelay && { txtimeDelayMs: txtimeDelay / 1e6 }),
    ...(sizes.some((size) => size !== 0) && { maxSdu: sizes }),
    ...(frames && { preemption: frames }),
    ...(wire.entryList && scheduleFromWire(wire)),
    ...(adminSched && { admin: scheduleFromWire(adminSched) }),
  };
}

// ---- tc's words -------------------------------------------------------------------------------------------------------------
const LETTERS = { S: "set-gates", H: "set-and-hold", R: "set-and-release" } as const;
const letterOf = (command: string) => Object.entries(LETTERS).find(([, name]) => name === command)![0];
function schedEntryWord(words: Parameters<Read>[0], word: string, out: Options): void {
  const command = words.oneOf(word, Object.keys(LETTERS)) as keyof typeof LETTERS;
  const gates = words.value(word, "a mask of gates in hexadecimal", (text) =>
    /^(0x)?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : undefined,
  );
  const interval = words.time(word, 1);
  out.schedule ??= [];
  (out.schedule as unknown[]).push({ command: LETTERS[command], gates, intervalMs: interval });
}
const big = (option: string): Read => {
  const forms = "a whole number of nanoseconds";
  return (words, word, out) => {
    out[option] = words.value(word, forms, (text) => (/^[+-]?\d+$/.test(text) ? BigInt(text) : undefined));
  };
};
function flagsWord(words: Parameters<Read>[0], word: string, out: Options): void {
  const bits = words.integer(word, 3);
  if (bits & 1) out.txtimeAssist = true;
  if (bits & 2) out.fullOffload = true;
}
const scheduleWords = ({ baseTime, cycleTime, cycleTimeExtension, schedule }: Schedule): string[] => [
  ...(baseTime === 0n ? [] : ["base-time", String(baseTime)]),
  ...(cycleTime === 0n ? [] : ["cycle-time", String(cycleTime)]),
  ...(cycleTimeExtension === 0n ? [] : ["cycle-time-extension", String(cycleTimeExtension)]),
  ...schedule.flatMap(({ command, gates, intervalMs }) => [
    ...["sched-entry", letterOf(command), gates.toString(16).padStart(2, "0"), String(Math.round(intervalMs * 1e6))],
  ]),
];

// ---- show (taprio_print_opt of iproute2's tc/q_taprio.c) ---------------------------------------------------------------------
function showSchedule({ baseTime = 0n, cycleTime = 0n, cycleTimeExtension = 0n, entryList }: WireSchedule, out: Out) {
  out.put("base_time", baseTime, `\tbase-time ${baseTime}`);
  out.put("cycle_time", cycleTime, ` cycle-time ${cycleTime}`);
  out.put("cycle_time_extension", cycleTimeExtension, ` cycle-time-extension ${cycleTimeExtension}`);
  if (!entryList) return;
  out.array("schedule", (list) => {
    list.say("\n");
    for (const { index = 0, cmd = 0, gateMask = 0, interval = 0 } of entryList.entry ?? []) {
      list.object("", (entry) => {
        const letter = Object.keys(LETTERS)[cmd] ?? "Invalid";
        const mask = gateMask === 0 ? "0" : `0x${gateMask.toString(16)}`;
        entry.put("index", index, `\tindex ${index}`);
        entry.put("cmd", letter, ` cmd ${letter}`);
        entry.put("gatemask", mask, ` gatemask ${mask}`);
        entry.put("interval", interval, ` interval ${interval}`);
      });
      list.say("\n");
    }
  });
}
function showTaprio(wire: Wire, out: Out): void {
  const { priomap, clockid: id, flags, txtimeDelay, tcEntry, adminSched } = wire;
  if (!priomap) return;
  const row = (key: string, values: readonly Json[]) =>
    out.array(key, (list) => {
      list.say(key);
      for (const value of values) list.put("", value, ` ${value}`);
    });
  out.put("tc", priomap.numTc, `tc ${priomap.numTc} `);
  row("map", priomap.prioTcMap);
  out.say("\n");
  out.array("queues", (list) => {
    list.say("queues");
    for (const { count, offset } of queuesFromWire(priomap))
      list.object("", (range) => {
        range.put("offset", offset, ` offset ${offset}`);
        range.put("count", count, ` count ${count}`);
      });
  });
  out.put("clockid", clockName(id ?? -1), `\nclockid ${clockName(id ?? -1)}`);
  if (flags !== undefined) out.put("flags", `0x${flags.toString(16)}`, ` flags 0x${flags.toString(16)}`);
  if (txtimeDelay !== undefined) out.put("txtime_delay", txtimeDelay, ` txtime delay ${txtimeDelay}`);
  showSchedule(wire, out);
  if (adminSched) out.object("admin", (inner) => showSchedule(adminSched, inner));
  const sized = (tcEntry ?? []).filter(({ index = 16, maxSdu }) => index < 16 && maxSdu !== undefined);
  if (sized.length > 0) {
    const most = Math.max(...sized.map(({ index }) => index!));
    row(
      "max-sdu",
      Array.from({ length: most + 1 }, (_, tc) => sized.findLast(({ index }) => index === tc)?.maxSdu ?? 0),
    );
    out.say("\n");
  }
  showPreemption(tcEntry, "fp", out);
}
function showXstats({ windowDrops, txOverruns }: Value<typeof taprioXstats>, out: Out): void {
  if (windowDrops !== undefined) out.put("window_drops", windowDrops, ` window_drops ${windowDrops}`);
  if (txOverruns !== undefined) out.put("tx_overruns", txOverruns, ` tx_overruns ${txOverruns}`);
}

export const taprioKind: TcKind<"taprio", typeof taprioSchema, TaprioOptions, Taprio, typeof taprioXstats> = {
  kind: "taprio",
  schema: taprioSchema,
  xstats: taprioXstats,
  toWire,
  fromWire,
  parse: (words) =>
    readWords(words, {
      ...classMapTable,
      clockid: clock,
      "base-time": big("baseTime"),
      "cycle-time": big("cycleTime"),
      "cycle-time-extension": big("cycleTimeExtension"),
      "sched-entry": schedEntryWord,
      flags: flagsWord,
      "txtime-delay": (w, word, out) => {
        out.txtimeDelayMs = w.time(word, 1);
      },
      "max-sdu": several("maxSdu", (w) => w.maybe(parseInteger), 16, "sizes of the traffic classes"),
    }),
  words: (o) => [
    ...["num_tc", String(o.trafficClasses), "map", ...o.map.map(String)],
    ...queueWords(o.queues),
    ...(o.clock === undefined ? [] : ["clockid", clockWord(o.clock)]),
    ...(o.txtimeAssist || o.fullOffload ? ["flags", o.txtimeAssist ? "0x1" : "0x2"] : []),
    ...(o.txtimeDelayMs === undefined ? [] : ["txtime-delay", String(Math.round(o.txtimeDelayMs * 1e6))]),
    ...(o.maxSdu === undefined ? [] : ["max-sdu", ...o.maxSdu.map(String)]),
    ...preemptionWords(o.preemption),
    ...(o.admin ? scheduleWords(o.admin) : o.schedule ? scheduleWords(o as Schedule) : []),
  ],
  show: showTaprio,
  showXstats,
};
