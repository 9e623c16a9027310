/** Numbers as people read them, and their history in one line. @module */

const BARS = "▁▂▃▄▅▆▇█";
/** The last `width` values as bars, the highest of them full; blanks where there are none yet. */
export function sparkline(values: readonly number[], width: number): string {
  const last = values.slice(-width);
  const most = Math.max(...last, 0);
  const bars = last.map((value) =>
    value <= 0 || most === 0 ? BARS[0] : BARS[Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))],
  );
  return bars.join("").padStart(width);
}

/** `1.25M` of 1250000: three digits and a decimal prefix. */
export function scaled(value: number): string {
  let i = 0;
  let x = value;
  for (; x >= 999.5 && i < 5; i++) x /= 1000;
  const digits = x >= 99.5 || (i === 0 && Number.isInteger(x)) ? 0 : x >= 9.995 ? 1 : 2;
  return `${x.toFixed(i === 0 && digits > 0 ? 1 : digits)}${["", "k", "M", "G", "T", "P"][i]}`;
}
