/** Numbers as C's printf writes them, and as strtod reads them. @module */

/** `%g`: up to `precision` significant digits, without trailing zeros. */
export function formatG(value: number, precision = 6): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(precision)))));
  if (exponent < -4 || exponent >= precision) {
    const [digits, power] = value.toExponential(precision - 1).split("e") as [string, string];
    const sign = power.startsWith("-") ? "-" : "+";
    return `${strip(digits)}e${sign}${power.replace(/^[+-]/, "").padStart(2, "0")}`;
  }
  return strip(value.toFixed(Math.max(0, precision - 1 - exponent)));
}
const strip = (digits: string): string => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);

/** A decimal number and what stands behind it: `"10ms"` is 10 and `"ms"`. Undefined if it begins with no number. */
export function splitNumber(text: string): { readonly value: number; readonly suffix: string } | undefined {
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(.*)$/i.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[1]);
  return Number.isFinite(value) ? { value, suffix: match[2]!.trim().toLowerCase() } : undefined;
}

/** A number times what its suffix stands for; undefined for a suffix that `units` lacks. `bare` is for a number without one. */
export function scaled(text: string, units: { readonly [suffix: string]: number }, bare?: number): number | undefined {
  const split = typeof text === "string" ? splitNumber(text) : undefined;
  if (split === undefined) return undefined;
  const factor = split.suffix === "" ? bare : Object.hasOwn(units, split.suffix) ? units[split.suffix] : undefined;
  return factor === undefined ? undefined : split.value * factor;
}
