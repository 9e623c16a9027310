/**
 * Quantities in the user's terms. One that is called `target` is given as text, `target: "5ms"`, or as a number under a name that
 * says the unit, `targetMs: 5`; it is read as the latter. A bare number is never guessed at.
 *
 * | quantity | text | number | on the wire |
 * | --- | --- | --- | --- |
 * | time | `"5ms"`, `"1.5s"` | `…Ms` | in the scalar's unit, rounded |
 * | rate | `"100mbit"`, `"10mbps"` | `…BytesPerSecond` | bytes per second |
 * | size | `"32kb"`, `"1500b"` | `…Bytes` | bytes |
 * | share | `"1%"` | `…Percent` | of the scalar's greatest value |
 * @module
 */
import { PERCENT_FORMS, parsePercent } from "../text/percent.ts";
import { parseRate, RATE_FORMS } from "../text/rate.ts";
import { parseSize, SIZE_FORMS } from "../text/size.ts";
import { parseTime, TIME_FORMS } from "../text/time.ts";
import { fail, show } from "./program.ts";
import { type Quantity, SCALARS, type Scalar, TIME_UNITS } from "./scalar.ts";

export interface Suffixes {
  readonly time: "Ms";
  readonly rate: "BytesPerSecond";
  readonly size: "Bytes";
  readonly share: "Percent";
}
export const SUFFIXES: Suffixes = { time: "Ms", rate: "BytesPerSecond", size: "Bytes", share: "Percent" };

/** `Given<"delay", "time">`: `{ delay?: string; delayMs?: number }`, of which one is given. */
export type Given<K extends string, Q extends Quantity> = { readonly [P in K]?: string | undefined } & {
  readonly [P in `${K}${Suffixes[Q]}`]?: number | undefined;
};

const NS_PER_MS = 1e6;
const forms: { readonly [Q in Quantity]: string } = {
  time: TIME_FORMS,
  rate: RATE_FORMS,
  size: SIZE_FORMS,
  share: PERCENT_FORMS,
};
/** In the unit of the suffix. */
const parsers: { readonly [Q in Quantity]: (text: string) => number | undefined } = {
  time: (text) => over(parseTime(text), NS_PER_MS),
  rate: (text) => parseRate(text),
  size: (text) => parseSize(text),
  share: (text) => parsePercent(text),
};
const over = (x: number | undefined, by: number) => (x === undefined ? undefined : x / by);

/** What the kernel's types hold: nanoseconds in 63 bits, bytes per second in 63, bytes in 32. */
const MOST: { readonly [Q in Quantity]: number } = { time: 2 ** 63 / 1e6, rate: 2 ** 63, size: 0xffffffff, share: 100 };
const UNITS: { readonly [Q in Quantity]: string } = { time: "ms", rate: "bytes per second", size: "bytes", share: "percent" }; // biome-ignore format: a table

/**
 * The quantity `name` of an options object, in its suffix's unit (ms, bytes per second, bytes, percent); undefined if neither form is
 * given.
 * @throws {CodecError} names the option and the accepted forms
 */
export function given(
  options: object,
  name: string,
  quantity: Quantity,
  most: number = MOST[quantity],
): number | undefined {
  const suffixed = name + SUFFIXES[quantity];
  const text = (options as Record<string, unknown>)[name];
  const number = (options as Record<string, unknown>)[suffixed];
  if (text === undefined && number === undefined) return undefined;
  if (text !== undefined && number !== undefined)
    return fail(name, -1, `${name} and ${suffixed} are the same: give one`);
  const value =
    number === undefined
      ? typeof text === "string"
        ? parsers[quantity](text)
        : undefined
      : typeof number === "number" && Number.isFinite(number)
        ? number
        : undefined;
  if (value === undefined)
    return number === undefined
      ? fail(name, -1, `${show(text)} is not ${forms[quantity]}; a number goes into ${suffixed}`)
      : fail(suffixed, -1, `${show(number)} is not a number`);
  if (value < 0) return fail(text === undefined ? suffixed : name, -1, `${show(text ?? number)} is negative`);
  if (quantity === "share" && value > 100)
    return fail(text === undefined ? suffixed : name, -1, `${show(text ?? number)} is more than 100%`);
  if (value > most)
    return fail(
      text === undefined ? suffixed : name,
      -1,
      `${show(text ?? number)} is more than ${most} ${UNITS[quantity]}`,
    );
  return value;
}

const perSuffix = (scalar: Scalar): number =>
  scalar.meaning === "time" ? NS_PER_MS / TIME_UNITS[scalar.unit as keyof typeof TIME_UNITS] : 1;

/** The wire value of a quantity in its suffix's unit. @throws {CodecError} one that does not fit */
export function toScalar(scalar: Scalar, value: number, name = ""): number | bigint {
  const { min, max } = SCALARS[scalar.kind];
  const wide = typeof max === "bigint";
  const wire = Math.round(scalar.meaning === "share" ? (value / 100) * Number(max) : value * perSuffix(scalar));
  // 2^64 − 1 is 2^64 as a number: what rounds to it is the greatest.
  if (wire > Number(max) || (wide && wire === Number(max) && scalar.meaning !== "share"))
    return fail(
      name,
      -1,
      `${value} ${SUFFIXES[scalar.meaning as Quantity]} is more than the greatest, ${fromScalar(scalar, max)}`,
    );
  if (wire < Number(min)) return fail(name, -1, `${value} is less than ${min}`);
  if (!wide) return wire;
  return wire === Number(max) ? max : BigInt(wire);
}

/** The quantity of a wire value, in its suffix's unit. */
export function fromScalar(scalar: Scalar, wire: number | bigint): number {
  if (scalar.meaning === "share") return percentOf(Number(wire), Number(SCALARS[scalar.kind].max));
  const grain = GRAINS[scalar.unit as keyof typeof GRAINS];
  return (grain === undefined ? Number(wire) : givenFor(Number(wire), grain)) / perSuffix(scalar);
}
/** Nanoseconds that the kernel counts such times in, both ways rounding down. */
const GRAINS = { codel: 1024, psched: 64 } as const;

/**
 * Microseconds that such a clock reports as `us`. Given as they are reported they would be less each time: what reads as 4999 was 5000,
 * and 4999 would read as 4998.
 */
function givenFor(us: number, grain: number): number {
  const reported = Math.floor((Math.floor((us * 1000) / grain) * grain) / 1000);
  return reported === us ? us : us + 1;
}

/** The shortest percentage that is `part` of `whole` again: 25 rather than 25.000000005820766. */
export function percentOf(part: number, whole: number): number {
  const percent = (part / whole) * 100;
  for (let digits = 0; digits < 12; digits++) {
    const short = Number(percent.toFixed(digits));
    if (Math.round((short / 100) * whole) === part) return short;
  }
  return percent;
}

export const isQuantity = (meaning: string | undefined): meaning is Quantity =>
  meaning !== undefined && Object.hasOwn(SUFFIXES, meaning);
