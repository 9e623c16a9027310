/** hfsc: hierarchical fair service curves: rates for classes, and how long bursts of theirs may wait (net/sched/sch_hfsc.c). @module */
import { attrs } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail, show } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { rate, time, u16, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate, formatRate, parseRate, RATE_FORMS } from "../../text/rate.ts";
import { exactTime, formatTimeUs } from "../../text/time.ts";
import type { TcKind } from "../kind.ts";
import { known, required } from "../options.ts";
import type { Out } from "../show.ts";
import { type Options, readWords } from "../word-table.ts";
import type { Words } from "../words.ts";
import { classMinor } from "./htb.ts";

// ---- the qdisc --------------------------------------------------------------------------------------------------------------
/** `struct tc_hfsc_qopt`: `defcls` is the minor number of the class of what no filter sorts; 0 drops it. */
export const hfscSchema = struct("tc_hfsc_qopt", { size: 2 }, { defcls: u16 });
export interface HfscOptions {
  /** Class of what no filter sorts: `"1:10"`, `"10"` (hexadecimal, as in tc), or the minor as a number. None by default: it is dropped. */
  readonly default?: string | number | undefined;
}
export interface Hfsc {
  /** The class's minor number in hexadecimal. */
  default?: string;
}
export const hfscKind: TcKind<"hfsc", typeof hfscSchema, HfscOptions, Hfsc> = {
  kind: "hfsc",
  schema: hfscSchema,
  toWire(options) {
    known(options, { default: true });
    return { defcls: classMinor(options.default) };
  },
  fromWire: ({ defcls }) => (defcls === 0 ? {} : { default: defcls.toString(16) }),
  parse: (words) =>
    readWords(words, {
      default: (w, word, out) => {
        out.default = w.next(word, "a class");
      },
    }),
  words: (o) => (o.default === undefined ? [] : ["default", o.default]),
  show({ defcls }, out) {
    if (defcls !== 0) out.put("default", `0x${defcls.toString(16)}`, `default ${defcls.toString(16)} `);
  },
};

// ---- its classes ------------------------------------------------------------------------------------------------------------
/** `struct tc_service_curve`: `m1` is the rate for the first `d`, `m2` from then on. */
const tcServiceCurve = struct("tc_service_curve", { size: 12 }, { m1: rate(u32), d: time(u32, "us"), m2: rate(u32) });
/** TCA_HFSC_* (hfsc_dump_curves). */
export const hfscClassSchema = attrs(
  "hfsc_class",
  { c: "TCA_HFSC_" },
  {
    /** Real time: is kept whatever the other classes get. */
    rt: [1, tcServiceCurve, "RSC"],
    /** Link sharing: how what is left is divided. */
    ls: [2, tcServiceCurve, "FSC"],
    /** Upper limit of link sharing. */
    ul: [3, tcServiceCurve, "USC"],
  },
);
type Wire = Value<typeof hfscClassSchema>;
type WireCurve = Value<typeof tcServiceCurve>;
/** `struct tc_hfsc_stats` of a class: bytes sent, and those of them by the real-time curve. */
export const hfscXstats = struct(
  "tc_hfsc_stats",
  { size: 24 },
  { work: unit(u64, "bytes"), rtwork: unit(u64, "bytes"), period: u32, level: u32 },
);

/**
 * A curve: one rate, `"10mbit"`; two, `{ m1: "20mbit", d: "10ms", m2: "10mbit" }`; or a rate and how long a burst may wait,
 * `{ umax: "1500b", dmax: "10ms", rate: "2mbit" }`.
 */
export type ServiceCurve =
  | string
  | (Given<"m1" | "m2", "rate"> & Given<"d", "time">)
  | (Given<"umax", "size"> & Given<"dmax", "time"> & Given<"rate", "rate">);
/** Rates are exact to the byte a second, the time to a microsecond. */
export interface ServiceCurveRead {
  m1BytesPerSecond: number;
  dMs: number;
  m2BytesPerSecond: number;
}
export interface HfscClassOptions {
  /** Real time: kept whatever the other classes get. Only for classes without children. */
  readonly rt?: ServiceCurve | undefined;
  /** Link sharing: how what is left is divided. */
  readonly ls?: ServiceCurve | undefined;
  /** Both of these. */
  readonly sc?: ServiceCurve | undefined;
  /** Upper limit of link sharing, which it needs. */
  readonly ul?: ServiceCurve | undefined;
}
export interface HfscClass {
  rt?: ServiceCurveRead;
  ls?: ServiceCurveRead;
  ul?: ServiceCurveRead;
}

const TWO = { m1: "rate", d: "time", m2: "rate" } as const;
const BURST = { umax: "size", dmax: "time", rate: "rate" } as const;
function curveToWire(curve: ServiceCurve): WireCurve {
  if (typeof curve === "string") {
    const m2 = parseRate(curve);
    if (m2 === undefined || m2 <= 0) return fail("", -1, `${show(curve)} is not ${RATE_FORMS}, nor an object`);
    return checked({ m1: 0, d: 0, m2: Math.round(m2) });
  }
  const options = expectObject(curve, "");
  const whole = (name: string) => Math.round(given(options, name, "rate") ?? 0);
  const us = (name: string) => Math.round((given(options, name, "time") ?? 0) * 1e3);
  if (!["rate", "rateBytesPerSecond", "umax", "umaxBytes", "dmax", "dmaxMs"].some((name) => name in options)) {
    known(options, TWO);
    return checked({ m1: whole("m1"), d: us("d"), m2: whole("m2") });
  }
  known(options, BURST);
  const m2 = Math.round(required(options, "rate", "rate"));
  const umax = given(options, "umax", "size") ?? 0;
  const dmax = us("dmax");
  if (umax !== 0 && dmax === 0) fail("dmax", -1, "is missing: umax needs it");
  const first = dmax === 0 ? 0 : Math.ceil((umax * 1e6) / dmax);
  if (first > m2) return checked({ m1: first, d: dmax, m2 });
  if (m2 === 0) return fail("rate", -1, "is zero");
  return checked({ m1: 0, d: Math.max(0, Math.ceil(dmax - (umax * 1e6) / m2)), m2 });
}
function checked(curve: WireCurve): WireCurve {
  if (curve.m1 === 0 && curve.m2 === 0) fail("", -1, "a curve needs a rate: m1 or m2");
  for (const name of ["m1", "m2", "d"] as const)
    if (curve[name] > 0xffffffff) fail(name, -1, "is more than 32 bits hold");
  return curve;
}
function classToWire(options: HfscClassOptions): Input<typeof hfscClassSchema> {
  known(options, { rt: true, ls: true, sc: true, ul: true });
  const curve = (name: keyof HfscClassOptions): WireCurve | undefined => {
    if (options[name] === undefined) return undefined;
    try {
      return curveToWire(options[name]);
    } catch (e) {
      throw below(name, e);
    }
  };
  const both = curve("sc");
  if (both && (options.rt !== undefined || options.ls !== undefined)) fail("sc", -1, "is rt and ls: give either");
  const rt = both ?? curve("rt");
  const ls = both ?? curve("ls");
  const ul = curve("ul");
  if (!rt && !ls) fail(ul ? "ul" : "rt", -1, ul ? "needs ls or sc" : "is missing: one of rt, ls, sc is needed");
  if (ul && !ls) fail("ul", -1, "needs ls or sc");
  return { ...(rt && { rt }), ...(ls && { ls }), ...(ul && { ul }) };
}
const readCurve = ({ m1, d, m2 }: WireCurve): ServiceCurveRead => ({
  m1BytesPerSecond: m1,
  dMs: d / 1e3,
  m2BytesPerSecond: m2,
});

function parseCurve(words: Words, word: string, out: Options): void {
  const curve: Options = {};
  const m1 = words.take("m1") && words.rate(`${word} m1`);
  const d = words.take("d") && words.time(`${word} d`);
  if (words.take("m2")) {
    if (m1 !== undefined) curve.m1BytesPerSecond = m1;
    if (d !== undefined) curve.dMs = d;
    curve.m2BytesPerSecond = words.rate(`${word} m2`);
  } else {
    if (m1 !== undefined || d !== undefined) words.fail(`${word}: "m2" is missing`);
    if (words.take("umax")) curve.umaxBytes = words.size(`${word} umax`);
    if (words.take("dmax")) curve.dmaxMs = words.time(`${word} dmax`);
    if (!words.take("rate"))
      words.fail(`${word}: a curve is missing: [[m1 RATE] d TIME] m2 RATE, or [[umax SIZE] dmax TIME] rate RATE`);
    curve.rateBytesPerSecond = words.rate(`${word} rate`);
  }
  out[word] = curve;
}
const curveWords = (name: string, { m1BytesPerSecond, dMs, m2BytesPerSecond }: ServiceCurveRead): string[] => [
  ...[
    name,
    "m1",
    exactRate(m1BytesPerSecond),
    "d",
    exactTime(Math.round(dMs * 1e6)),
    "m2",
    exactRate(m2BytesPerSecond),
  ],
];
const same = (a: WireCurve, b: WireCurve): boolean => a.m1 === b.m1 && a.d === b.d && a.m2 === b.m2;

// hfsc_print_class_opt of iproute2's tc/q_hfsc.c.
function showClass({ rt, ls, ul }: Wire, out: Out): void {
  const put = (name: string, { m1, d, m2 }: WireCurve) =>
    out.object(name, (inner) => {
      inner.put("m1", m1, `${name} m1 ${formatRate(m1)} `);
      inner.put("d", d, `d ${formatTimeUs(d)} `);
      inner.put("m2", m2, `m2 ${formatRate(m2)} `);
    });
  if (rt && ls && same(rt, ls)) put("sc", rt);
  else {
    if (rt) put("rt", rt);
    if (ls) put("ls", ls);
  }
  if (ul) put("ul", ul);
}
function showXstats({ work, rtwork, period, level }: Value<typeof hfscXstats>, out: Out): void {
  out.put("period", period, ` period ${period} `);
  if (work !== 0n) out.put("work", work, `work ${work} bytes `);
  if (rtwork !== 0n) out.put("rtwork", rtwork, `rtwork ${rtwork} bytes `);
  out.put("level", level, `level ${level} \n`);
}

export const hfscClassKind: TcKind<"hfsc", typeof hfscClassSchema, HfscClassOptions, HfscClass, typeof hfscXstats> = {
  kind: "hfsc",
  schema: hfscClassSchema,
  xstats: hfscXstats,
  toWire: classToWire,
  fromWire: ({ rt, ls, ul }) => ({
    ...(rt && { rt: readCurve(rt) }),
    ...(ls && { ls: readCurve(ls) }),
    ...(ul && { ul: readCurve(ul) }),
  }),
  parse: (words) => readWords(words, { rt: parseCurve, ls: parseCurve, sc: parseCurve, ul: parseCurve }),
  words: ({ rt, ls, ul }) => [
    ...(rt ? curveWords("rt", rt) : []),
    ...(ls ? curveWords("ls", ls) : []),
    ...(ul ? curveWords("ul", ul) : []),
  ],
  show: showClass,
  showXstats,
};
