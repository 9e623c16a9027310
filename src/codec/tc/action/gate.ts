/** gate: lets packets through while it stands open, by a schedule (IEEE 802.1Qci, net/sched/act_gate.c). @module */
import { attrs, flag, multi } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectArray, expectObject, fail, show } from "../../schema/program.ts";
import { type Given, given, toScalar } from "../../schema/quantity.ts";
import { enumeration, names, s32, s64, time, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatSize, parseSize } from "../../text/size.ts";
import { exactTime, formatTimeNs, parseTime, TIME_FORMS } from "../../text/time.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice, count, known, required, toggle } from "../options.ts";
import { parseInteger, type Words } from "../words.ts";

/** CLOCK_* of linux/time.h, which does not go together with the headers of C: the check leaves them out. */
const clocks = names("", { realtime: 0, monotonic: 1, boottime: 7, tai: 11 });
export type GateClock = keyof typeof clocks.values;
const CLOCKS = Object.keys(clocks.values) as GateClock[];

const INTERVAL = time(u32, "ns");
const CYCLE = time(s64, "ns");
/** TCA_GATE_ENTRY_* (dumping_entry). */
const gateEntry = attrs(
  "gate_entry",
  { c: "TCA_GATE_ENTRY_" },
  {
    index: [1, u32],
    /** Open. */
    gate: [2, flag],
    interval: [3, INTERVAL],
    maxOctets: [5, unit(s32, "bytes")],
    ipv: [4, s32],
  },
);
/** TCA_GATE_* (tcf_gate_dump). */
export const gateSchema = attrs(
  "gate",
  { c: "TCA_GATE_" },
  {
    parms: [2, struct("tc_gate", { size: 20 }, tcGen)],
    baseTime: [6, unit(s64, "ns")],
    cycleTime: [7, CYCLE],
    cycleTimeExt: [8, CYCLE],
    clockid: [10, enumeration(s32, clocks)],
    flags: [9, u32],
    priority: [4, s32],
    entryList: [5, attrs("gate_list", { c: "TCA_GATE_" }, { oneEntry: [1, multi(gateEntry)] })],
    tm: [1, tcfT],
  },
);
type Wire = Value<typeof gateSchema>;

/** One span of the schedule: 1 ns to 4.29 s. */
export type GateEntryOptions = Given<"interval", "time"> & {
  /** Whether packets pass. */
  readonly open: boolean;
  /** Priority that packets get inside, while it is open. */
  readonly internalPriority?: number | undefined;
  /** Bytes that may pass in the span. */
  readonly maxOctets?: number | undefined;
};
export interface GateEntry {
  open: boolean;
  intervalMs: number;
  internalPriority?: number;
  maxOctets?: number;
}
/** `control` is `"pipe"` by default. */
export interface GateOptions extends ActionOptions, Given<"cycleTime" | "cycleTimeExtension", "time"> {
  readonly entries?: readonly GateEntryOptions[] | undefined;
  /** When the first cycle begins, in nanoseconds of the clock. */
  readonly baseTimeNs?: bigint | number | undefined;
  readonly clock?: GateClock | undefined;
  readonly flags?: number | undefined;
  /** Of the stream; none by default. */
  readonly priority?: number | undefined;
}
/** A cycle's length is that of its entries together unless another one is given. */
export interface Gate extends ActionCommon {
  entries: GateEntry[];
  baseTimeNs: bigint;
  cycleTimeMs: number;
  cycleTimeExtensionMs?: number;
  clock?: GateClock | number;
  flags?: number;
  priority?: number;
}

const ANY = -1;
const S32 = 0x7fffffff;
const ENTRY_KNOWN = { open: true, interval: "time", internalPriority: true, maxOctets: true } as const;
const optional = (value: number | undefined) => (value === undefined || value === ANY ? undefined : value);

function entryWire(entry: GateEntryOptions, i: number): Input<typeof gateEntry> {
  try {
    known(expectObject(entry, ""), ENTRY_KNOWN);
    const open = toggle(entry, "open") ?? fail("open", -1, "is missing: true or false");
    const interval = toScalar(INTERVAL, required(entry, "interval", "time"), "interval") as number;
    if (interval === 0) fail("interval", -1, "is 0");
    const internal = count(entry, "internalPriority", S32);
    const octets = count(entry, "maxOctets", S32);
    if (!open && (internal ?? octets) !== undefined)
      fail("open", -1, "a closed gate has no internalPriority and no maxOctets");
    return {
      ...(open && { gate: true }),
      interval,
      maxOctets: octets ?? ANY,
      ipv: internal ?? ANY,
    };
  } catch (e) {
    throw below(`entries`, below(`[${i}]`, e));
  }
}

export const gateKind = actionKind<"gate", typeof gateSchema, GateOptions, Gate>({
  kind: "gate",
  schema: gateSchema,
  control: "pipe",
  known: {
    entries: true,
    baseTimeNs: true,
    cycleTime: "time",
    cycleTimeExtension: "time",
    clock: true,
    flags: true,
    priority: true,
  },
  parms: "parms",
  ownIndex: true,
  toWire(options, gen) {
    const { baseTimeNs: base } = options;
    const entries = expectArray(
      options.entries ?? fail("entries", -1, "is missing: the spans of the schedule"),
      "entries",
    );
    if (entries.length === 0) fail("entries", -1, "is empty");
    if (
      base !== undefined &&
      !(typeof base === "bigint" ? base >= 0n && base < 1n << 63n : Number.isSafeInteger(base) && base >= 0)
    )
      fail("baseTimeNs", -1, `${show(base)} is not a number of nanoseconds`);
    const span = (name: string) => {
      const value = given(options, name, "time");
      return value === undefined ? undefined : (toScalar(CYCLE, value, name) as bigint);
    };
    const cycleTime = span("cycleTime");
    const cycleTimeExt = span("cycleTimeExtension");
    const clock = (options as { readonly clock?: unknown }).clock;
    const clockid =
      typeof clock === "number" ? count(options, "clock", S32) : clockOf(choice(options, "clock", CLOCKS));
    const bits = count(options, "flags");
    const priority = count(options, "priority", S32);
    return {
      parms: gen,
      ...(base !== undefined && { baseTime: BigInt(base) }),
      ...(cycleTime !== undefined && { cycleTime }),
      ...(cycleTimeExt !== undefined && { cycleTimeExt }),
      ...(clockid !== undefined && { clockid }),
      ...(bits !== undefined && { flags: bits }),
      ...(priority !== undefined && { priority }),
      entryList: { oneEntry: (entries as readonly GateEntryOptions[]).map(entryWire) },
    };
  },
  fromWire: ({ baseTime = 0n, cycleTime = 0n, cycleTimeExt = 0n, clockid, flags = 0, priority = ANY, entryList }) => ({
    entries: (entryList?.oneEntry ?? []).map(({ gate, interval = 0, ipv, maxOctets }) => {
      const internal = optional(ipv);
      const octets = optional(maxOctets);
      return {
        open: gate === true,
        intervalMs: interval / 1e6,
        ...(internal !== undefined && { internalPriority: internal }),
        ...(octets !== undefined && { maxOctets: octets }),
      };
    }),
    baseTimeNs: baseTime,
    cycleTimeMs: Number(cycleTime) / 1e6,
    ...(cycleTimeExt !== 0n && { cycleTimeExtensionMs: Number(cycleTimeExt) / 1e6 }),
    ...(clockid !== undefined && { clock: CLOCKS.find((name) => clocks.values[name] === clockid) ?? clockid }),
    ...(flags !== 0 && { flags }),
    ...(priority !== ANY && { priority }),
  }),
  parse: parseGate,
  words(o) {
    const ms = (value: number) => exactTime(Math.round(value * 1e6));
    return [
      ...(o.priority === undefined ? [] : ["priority", String(o.priority)]),
      ...(o.baseTimeNs === 0n ? [] : ["base-time", String(o.baseTimeNs)]),
      ...(o.cycleTimeMs === 0 ? [] : ["cycle-time", ms(o.cycleTimeMs)]),
      ...(o.cycleTimeExtensionMs === undefined ? [] : ["cycle-time-ext", ms(o.cycleTimeExtensionMs)]),
      ...(o.clock === undefined ? [] : ["clockid", String(o.clock).toUpperCase()]),
      ...(o.flags === undefined ? [] : ["flags", `0x${o.flags.toString(16)}`]),
      ...o.entries.flatMap(({ open, intervalMs, internalPriority = ANY, maxOctets = ANY }) => [
        ...["sched-entry", open ? "open" : "close", ms(intervalMs)],
        ...(internalPriority === ANY && maxOctets === ANY ? [] : [String(internalPriority), String(maxOctets)]),
      ]),
    ];
  },
  show: showGate,
});
const clockOf = (name: GateClock | undefined): number | undefined =>
  name === undefined ? undefined : clocks.values[name];

// parse_gate of iproute2's tc/m_gate.c: bare numbers are nanoseconds.
const WORDS = ["priority", "base-time", "cycle-time", "cycle-time-ext", "clockid", "flags", "sched-entry", "index"];
function parseGate(words: Words, out: Record<string, unknown>): void {
  const entries: GateEntry[] = [];
  for (;;) {
    const word = words.take(...WORDS);
    switch (word) {
      case undefined:
        if (entries.length > 0) out.entries = entries;
        return;
      case "priority":
        out.priority = words.integer(word, S32);
        break;
      case "index":
        out.index = words.integer(word);
        break;
      case "flags":
        out.flags = words.integer(word);
        break;
      case "base-time":
        // Of today's clocks: beyond 2^53 ns.
        out.baseTimeNs = words.value(word, TIME_FORMS, (w) => (/^\d+$/.test(w) ? BigInt(w) : nanoseconds(w)));
        break;
      case "cycle-time":
        out.cycleTimeMs = words.time(word, 1);
        break;
      case "cycle-time-ext":
        out.cycleTimeExtensionMs = words.time(word, 1);
        break;
      case "clockid":
        out.clock = words.value(word, `one of ${CLOCKS.join(", ")}`, (w) => {
          const name = w.toLowerCase().replace(/^clock_/, "");
          return CLOCKS.find((clock) => clock === name);
        });
        break;
      default: {
        const state = words.next(word, "open or close").toLowerCase();
        if (state !== "open" && state !== "close") words.fail(`sched-entry: ${show(state)} is not one of open, close`);
        const entry: GateEntry = { open: state === "open", intervalMs: words.time("sched-entry", 1) };
        const internal = words.maybe(parseInteger);
        const octets = internal === undefined ? undefined : words.maybe((w) => parseInteger(w) ?? parseSize(w, 1));
        if (entry.open && internal !== undefined && internal !== ANY) entry.internalPriority = internal;
        if (entry.open && octets !== undefined && octets !== ANY) entry.maxOctets = octets;
        entries.push(entry);
      }
    }
  }
}
const nanoseconds = (word: string): bigint | undefined => {
  const ns = parseTime(word, 1);
  return ns === undefined ? undefined : BigInt(Math.round(ns));
};

// print_gate of iproute2's tc/m_gate.c, which does not say the kind.
function showGate(m: Wire, out: Parameters<typeof showVerdict>[0], context: Parameters<typeof showUse>[3]): void {
  const { parms, baseTime = 0n, cycleTime = 0n, cycleTimeExt = 0n, clockid, flags, priority = ANY, entryList, tm } = m;
  out.say("\n");
  out.put("priority", priority, priority === ANY ? "\tpriority wildcard" : `\tpriority ${String(priority).padEnd(8)}`);
  const clock = CLOCKS.find((name) => clocks.values[name] === clockid)?.toUpperCase() ?? "invalid";
  out.put("clockid", clock, `\tclockid ${clock}`);
  if (flags !== undefined) {
    const hex = flags === 0 ? "0" : `0x${flags.toString(16)}`;
    out.put("flags", hex, `\tflags ${hex}`);
  }
  const put = (key: string, word: string, ns: bigint) => out.put(key, ns, `\t${word} ${formatTimeNs(Number(ns))}`);
  out.say("\n");
  put("base_time", "base-time", baseTime);
  put("cycle_time", "cycle-time", cycleTime);
  put("cycle_time_ext", "cycle-time-ext", cycleTimeExt);
  if (entryList) {
    out.say("\n\tschedule:\n");
    out.array("schedule", (items) => {
      for (const { index = 0, gate, interval = 0, ipv = ANY, maxOctets = ANY } of entryList.oneEntry ?? [])
        items.object("", (inner) => {
          inner.put("number", index, `\t number ${String(index).padStart(4)}`);
          inner.put("gate_state", gate ? "open" : "close", `\tgate-state ${gate ? "open" : "close"} `);
          inner.put("interval", interval, `\tinterval ${formatTimeNs(interval)}`);
          inner.put("ipv", ipv, ipv === ANY ? "\t ipv wildcard" : `\t ipv ${String(ipv).padEnd(10)}`);
          inner.put(
            "max_octets",
            maxOctets,
            maxOctets === ANY ? "\t max-octets wildcard" : `\t max-octets ${formatSize(maxOctets)}`,
          );
          inner.say("\n");
        });
    });
  }
  showVerdict(out, parms?.action ?? 0, "\t");
  showUse(out, parms, tm, context);
}
