/** The clocks that times of sending are told in. @module */
import { fail } from "../schema/program.ts";
import { enumeration, type NumberScalar, nameOf, names } from "../schema/scalar.ts";
import { choice, count } from "./options.ts";
import type { Read } from "./word-table.ts";

/** CLOCK_* of linux/time.h. */
const clocks = names("CLOCK_", { realtime: 0, monotonic: 1, boottime: 7, tai: 11 });
export const clockid = /* @__PURE__ */ (scalar: NumberScalar) => enumeration(scalar, clocks);
export type Clock = keyof typeof clocks.values;
const NAMES = Object.keys(clocks.values) as Clock[];

export function clockToWire(options: { readonly clock?: Clock | number | undefined }): number | undefined {
  if (typeof options.clock === "number") return count(options, "clock", 0x7fffffff, -0x80000000);
  const clock = choice(options, "clock", NAMES);
  return clock && clocks.values[clock];
}
/** Its number, where it has no name here. */
export const clockFromWire = (id: number): Clock | number => (nameOf(clocks, id) as Clock | undefined) ?? id;
/** `TAI`, as tc shows it. */
export const clockName = (id: number): string => nameOf(clocks, id)?.toUpperCase() ?? "invalid";
/** `CLOCK_TAI`, `tai`. */
export const clock: Read = (words, word, out) => {
  out.clock = words.value(word, `one of ${NAMES.map((name) => `CLOCK_${name.toUpperCase()}`).join(", ")}`, (text) =>
    NAMES.find((name) => name === text.toLowerCase().replace(/^clock_/, "")),
  );
};
/** @throws {CodecError} one without a name, which tc has no word for */
export const clockWord = (clock: Clock | number): string =>
  typeof clock === "number" ? fail("clock", -1, `${clock} has no name`) : `CLOCK_${clock.toUpperCase()}`;
