/** The time of an event as iproute2's monitors write it (print_timestamp in lib/utils.c). @module */
import type { Out } from "../../codec/tc/show.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number): string => String(number).padStart(2, "0");

/** `[2026-11-26T02:25:45.630195] `, or a line of its own. Local time, as the system's tools have it. */
export function timestamp(out: Out, short: boolean): void {
  const now = performance.timeOrigin + performance.now();
  const date = new Date(now);
  const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  out.put(
    "timestamp",
    `${day}T${clock}.${micros}`,
    short
      ? `[${day}T${clock}.${micros}] `
      : `Timestamp: ${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clock} ${date.getFullYear()} ${Number(micros)} usec\n`,
  );
}
