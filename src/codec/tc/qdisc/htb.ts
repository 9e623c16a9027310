/** htb: hierarchical token buckets, rates for classes that borrow from their parents (net/sched/sch_htb.c). @module */
import { array, attrs, flag } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { fail, show } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { rate, s32, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { exactSize, formatSize } from "../../text/size.ts";
import { HANDLE_FORMS, minor, parseHandle } from "../handle.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { choice, count, known, required, toggle } from "../options.ts";
import {
  bytesFor,
  cellLogOf,
  LINKLAYER_NAMES,
  type LinkLayer,
  layerOf,
  MAX_RATE32,
  rateWithTable,
  shownBytesFor,
  tcRatespec,
  ticksFor,
} from "../rate-spec.ts";
import type { Out } from "../show.ts";
import { integer, oneOf, rate as rateWord, readWords, sets, size, sizeAndCell } from "../word-table.ts";

/** `struct tc_htb_glob`: `defcls` is the class of what no filter sorts, its minor number; 0 sends it past the shaping. */
const tcHtbGlob = struct(
  "tc_htb_glob",
  { size: 20 },
  { version: u32, rate2quantum: u32, defcls: u32, debug: u32, directPkts: u32 },
);
/** `struct tc_htb_opt`: `buffer` and `cbuffer` are the bursts as times at the rate. */
const tcHtbOpt = struct(
  "tc_htb_opt",
  { size: 44 },
  {
    rate: tcRatespec,
    ceil: tcRatespec,
    buffer: unit(u32, "ticks"),
    cbuffer: unit(u32, "ticks"),
    quantum: unit(u32, "bytes"),
    level: u32,
    prio: u32,
  },
);
/** TCA_HTB_* of the qdisc and of its classes (htb_dump, htb_dump_class). */
export const htbSchema = attrs(
  "htb",
  { c: "TCA_HTB_" },
  {
    init: [2, tcHtbGlob],
    directQlen: [5, u32],
    parms: [1, tcHtbOpt],
    rate64: [6, rate(u64)],
    ceil64: [7, rate(u64)],
    ctab: [3, array(u32)],
    rtab: [4, array(u32)],
    offload: [9, flag],
  },
);
/** `struct tc_htb_xstats` of a class: tokens may be owed. */
export const htbXstats = struct(
  "tc_htb_xstats",
  { size: 20 },
  { lends: u32, borrows: u32, giants: u32, tokens: s32, ctokens: s32 },
);
type Wire = Value<typeof htbSchema>;

// ---- the qdisc --------------------------------------------------------------------------------------------------------------
export interface HtbOptions {
  /** Class of what no filter sorts: `"1:10"`, `"10"` (hexadecimal, as in tc), or the minor as a number. 0, none, by default. */
  readonly default?: string | number | undefined;
  /** What a class's quantum is its rate divided by: 10 by default. */
  readonly r2q?: number | undefined;
  /** Packets that may wait unshaped: the device's txqueuelen by default. */
  readonly directQlen?: number | undefined;
  /** Leaves the work to the hardware. */
  readonly offload?: boolean | undefined;
}
export interface Htb {
  /** The class's minor number in hexadecimal: `"10"`. */
  default: string;
  r2q: number;
  directQlen: number;
  /** Packets that went past the shaping. */
  directPackets: number;
  offload?: boolean;
}
const HTB_VERSION = 3; // HTB_VER >> 16: what the kernel wants in `version`
const QDISC_KNOWN = { default: true, r2q: true, directQlen: true, offload: true, directPackets: true } as const;

/** The minor number of a class that is an option `default`. @throws {CodecError} */
export function classMinor(given: string | number | undefined): number {
  if (given === undefined) return 0;
  if (typeof given === "number") return count({ default: given }, "default", 0xffff)!;
  if (typeof given !== "string") return fail("default", -1, `${show(given)} is not ${HANDLE_FORMS}`);
  const handle = parseHandle(given.includes(":") ? given : `:${given.replace(/^0x/i, "")}`);
  return handle === undefined ? fail("default", -1, `${JSON.stringify(given)} is not ${HANDLE_FORMS}`) : minor(handle);
}

export const htbKind: TcKind<"htb", typeof htbSchema, HtbOptions, Htb> = {
  kind: "htb",
  schema: htbSchema,
  toWire(options) {
    known(options, QDISC_KNOWN);
    const directQlen = count(options, "directQlen");
    return {
      init: {
        version: HTB_VERSION,
        rate2quantum: count(options, "r2q", 0xffffffff, 1) ?? 10,
        defcls: classMinor(options.default),
      },
      ...(directQlen !== undefined && { directQlen }),
      ...(toggle(options, "offload") && { offload: true }),
    };
  },
  fromWire: ({ init, directQlen = 0, offload }) => ({
    default: (init?.defcls ?? 0).toString(16),
    r2q: init?.rate2quantum ?? 0,
    directQlen,
    directPackets: init?.directPkts ?? 0,
    ...(offload && { offload }),
  }),
  parse: (words) =>
    readWords(words, {
      default(w, word, out) {
        out.default = w.next(word, "a class");
      },
      r2q: integer("r2q"),
      direct_qlen: integer("directQlen"),
      offload: sets("offload", true),
    }),
  words: ({ default: defaultTo, r2q, directQlen, offload }) => [
    ...["r2q", String(r2q), "default", `0x${defaultTo}`, "direct_qlen", String(directQlen)],
    ...(offload ? ["offload"] : []),
  ],
  // htb_print_opt of iproute2's tc/q_htb.c.
  show({ init, directQlen, offload }, out, { details }) {
    if (init) {
      out.put("r2q", init.rate2quantum, `r2q ${init.rate2quantum} `);
      const hex = init.defcls === 0 ? "0" : `0x${init.defcls.toString(16)}`;
      out.put("default", hex, `default ${hex} `);
      out.put("direct_packets_stat", init.directPkts, `direct_packets_stat ${init.directPkts}`);
      const version = `${init.version >>> 16}.${init.version & 0xffff}`;
      if (details) out.put("ver", version, ` ver ${version}`);
    }
    if (directQlen !== undefined) out.put("direct_qlen", directQlen, ` direct_qlen ${directQlen}`);
    if (offload) out.put("offload", null, " offload");
  },
};

// ---- its classes ------------------------------------------------------------------------------------------------------------
export type HtbClassOptions = Given<"rate" | "ceil", "rate"> &
  Given<"burst" | "cburst" | "quantum", "size"> & {
    /** 0 is served first, 7 last. */
    readonly priority?: number | undefined;
    /** Bytes of the largest packet, for the defaults of the bursts: 1600. */
    readonly mtu?: number | undefined;
    /** Bytes that a packet counts at least. */
    readonly mpu?: number | undefined;
    /** Bytes that each packet is longer on the link. */
    readonly overhead?: number | undefined;
    readonly linklayer?: LinkLayer | undefined;
    /** Bytes an entry of the tables that kernels before 3.8 reckon by; a power of two. */
    readonly burstCell?: number | undefined;
    readonly cburstCell?: number | undefined;
  };
export interface HtbClass {
  rateBytesPerSecond: number;
  ceilBytesPerSecond: number;
  burstBytes: number;
  cburstBytes: number;
  quantumBytes: number;
  priority: number;
  mpu: number;
  overhead: number;
  linklayer: LinkLayer;
}
const CLASS_KNOWN = {
  rate: "rate", ceil: "rate", burst: "size", cburst: "size", quantum: "size", priority: true, mtu: true, mpu: true, overhead: true, linklayer: true, burstCell: true, cburstCell: true,
} as const; // biome-ignore format: a table

function classToWire(options: HtbClassOptions, { psched }: TcContext): Input<typeof htbSchema> {
  known(options, CLASS_KNOWN);
  const rate = Math.round(required(options, "rate", "rate"));
  const ceil = Math.round(given(options, "ceil", "rate") ?? rate);
  if (rate === 0) fail("rate", -1, "is zero");
  if (ceil < rate) fail("ceil", -1, "is less than rate");
  const mtu = count(options, "mtu", 0xffffffff, 1) ?? 1600;
  const table = {
    mtu,
    mpu: count(options, "mpu", 0xffff),
    overhead: count(options, "overhead", 0xffff),
    linklayer: choice(options, "linklayer", LINKLAYER_NAMES),
  };
  const burst = given(options, "burst", "size") ?? Math.floor(rate / psched.hz) + mtu;
  const cburst = given(options, "cburst", "size") ?? Math.floor(ceil / psched.hz) + mtu;
  const quantum = given(options, "quantum", "size");
  const own = rateWithTable(rate, psched, { ...table, cellLog: cellLogOf(options, "burstCell") });
  const most = rateWithTable(ceil, psched, { ...table, cellLog: cellLogOf(options, "cburstCell") });
  return {
    ...(rate > MAX_RATE32 && { rate64: BigInt(rate) }),
    ...(ceil > MAX_RATE32 && { ceil64: BigInt(ceil) }),
    parms: {
      rate: own.spec,
      ceil: most.spec,
      buffer: ticksFor(rate, burst, psched),
      cbuffer: ticksFor(ceil, cburst, psched),
      quantum: quantum === undefined ? 0 : Math.round(quantum),
      prio: count(options, "priority", 7) ?? 0,
    },
    ctab: most.table,
    rtab: own.table,
  };
}

function classFromWire({ parms, rate64, ceil64 }: Wire, { psched }: TcContext): HtbClass {
  const { rate, ceil, buffer = 0, cbuffer = 0, quantum = 0, prio = 0 } = parms ?? {};
  const rateBytesPerSecond = Number(rate64 ?? rate?.rate ?? 0);
  const ceilBytesPerSecond = Number(ceil64 ?? ceil?.rate ?? 0);
  return {
    rateBytesPerSecond,
    ceilBytesPerSecond,
    burstBytes: bytesFor(rateBytesPerSecond, buffer, psched),
    cburstBytes: bytesFor(ceilBytesPerSecond, cbuffer, psched),
    quantumBytes: quantum,
    priority: prio,
    mpu: rate?.mpu ?? 0,
    overhead: rate?.overhead ?? 0,
    linklayer: layerOf(rate),
  };
}

export const htbClassKind: TcKind<"htb", typeof htbSchema, HtbClassOptions, HtbClass, typeof htbXstats> = {
  kind: "htb",
  schema: htbSchema,
  xstats: htbXstats,
  toWire: classToWire,
  fromWire: classFromWire,
  parse: (words) =>
    readWords(words, {
      rate: rateWord("rate"),
      ceil: rateWord("ceil"),
      burst: sizeAndCell("burst"),
      buffer: sizeAndCell("burst"),
      maxburst: sizeAndCell("burst"),
      cburst: sizeAndCell("cburst"),
      cbuffer: sizeAndCell("cburst"),
      cmaxburst: sizeAndCell("cburst"),
      prio: integer("priority"),
      quantum: size("quantum"),
      mtu: integer("mtu"),
      mpu: integer("mpu"),
      overhead: integer("overhead"),
      linklayer: oneOf("linklayer", LINKLAYER_NAMES),
    }) as HtbClassOptions,
  words: (o) => [
    ...["prio", String(o.priority), "quantum", String(o.quantumBytes)],
    ...["rate", exactRate(o.rateBytesPerSecond), "ceil", exactRate(o.ceilBytesPerSecond)],
    ...["burst", exactSize(o.burstBytes), "cburst", exactSize(o.cburstBytes)],
    ...(o.mpu === 0 ? [] : ["mpu", String(o.mpu)]),
    ...(o.overhead === 0 ? [] : ["overhead", String(o.overhead)]),
    ...(o.linklayer === "ethernet" ? [] : ["linklayer", o.linklayer]),
  ],
  show: showClass,
  showXstats,
};

// htb_print_opt of iproute2's tc/q_htb.c.
function showClass(value: Wire, out: Out, context: TcContext): void {
  if (!value.parms) return;
  const { rate, ceil, level, buffer, cbuffer } = value.parms;
  const o = classFromWire(value, context);
  if (level === 0) {
    out.put("prio", o.priority, `prio ${o.priority} `);
    if (context.details) out.put("quantum", o.quantumBytes, `quantum ${o.quantumBytes} `);
  }
  out.put("rate", o.rateBytesPerSecond, `rate ${formatRate(o.rateBytesPerSecond)} `);
  if (rate.overhead !== 0) out.put("overhead", rate.overhead, `overhead ${rate.overhead} `);
  out.put("ceil", o.ceilBytesPerSecond, `ceil ${formatRate(o.ceilBytesPerSecond)} `);
  if (context.details || layerOf(rate) !== "ethernet")
    out.put("linklayer", layerOf(rate), `linklayer ${layerOf(rate)} `);
  const burst = shownBytesFor(o.rateBytesPerSecond, buffer, context.psched);
  const cburst = shownBytesFor(o.ceilBytesPerSecond, cbuffer, context.psched);
  if (!context.details) {
    out.put("burst", burst, `burst ${formatSize(burst)} `);
    out.put("cburst", cburst, `cburst ${formatSize(cburst)} `);
    return;
  }
  const cells = ({ cellLog }: { cellLog: number }) => 1 << cellLog;
  out.put("burst", burst, `burst ${formatSize(burst)}/${cells(rate)} `);
  out.put("mpu_rate", rate.mpu, `mpu ${formatSize(rate.mpu)} `);
  out.put("cburst", cburst, `cburst ${formatSize(cburst)}/${cells(ceil)} `);
  out.put("mpu_ceil", ceil.mpu, `mpu ${formatSize(ceil.mpu)} `);
  out.put("level", level, `level ${level} `);
}
// htb_print_xstats.
function showXstats({ lends, borrows, giants, tokens, ctokens }: Value<typeof htbXstats>, out: Out): void {
  out.put("lended", lends, ` lended: ${lends}`);
  out.put("borrowed", borrows, ` borrowed: ${borrows}`);
  out.put("giants", giants, ` giants: ${giants}\n`);
  out.put("tokens", tokens, ` tokens: ${tokens}`);
  out.put("ctokens", ctokens, ` ctokens: ${ctokens}\n`);
}
