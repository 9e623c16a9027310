/** Checks that kinds with options of their own form share. All throw a CodecError whose path is the option. @module */
import { fail, show } from "../schema/program.ts";
import { given, isQuantity, SUFFIXES } from "../schema/quantity.ts";
import type { Quantity } from "../schema/scalar.ts";
import { parseMac, readMac } from "../wire/mac.ts";

/** An integer option; undefined if it is not given. */
export function count(options: object, name: string, max = 0xffffffff, min = 0): number | undefined {
  const value = (options as Record<string, unknown>)[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  return fail(name, -1, `${show(value)} is not an integer from ${min} to ${max}`);
}

/** A boolean option; undefined if it is not given. */
export function toggle(options: object, name: string): boolean | undefined {
  const value = (options as Record<string, unknown>)[name];
  if (value === undefined || typeof value === "boolean") return value;
  return fail(name, -1, `${show(value)} is not true or false`);
}

/** An option that is one of some words; undefined if it is not given. */
export function choice<N extends string>(options: object, name: string, names: readonly N[]): N | undefined {
  const value = (options as Record<string, unknown>)[name];
  if (value === undefined) return undefined;
  return names.find((n) => n === value) ?? fail(name, -1, `${show(value)} is not one of ${names.join(", ")}`);
}

export const MAC_FORMS = `a MAC address such as "02:00:00:00:00:01"`;
/** An option that is a MAC address, as text in the usual form; undefined if it is not given. */
export function macOf(options: object, name: string): string | undefined {
  const value = (options as Record<string, unknown>)[name];
  if (value === undefined) return undefined;
  const bytes = typeof value === "string" ? parseMac(value) : undefined;
  if (bytes?.length !== 6) return fail(name, -1, `${show(value)} is not ${MAC_FORMS}`);
  return readMac(bytes, 0, 6);
}

/** What may be given: the names of plain options, and for quantities the name and what it is. */
export type KnownOptions = { readonly [name: string]: true | Quantity };
/** @throws {CodecError} an option that is not known, which is never ignored */
export function known(options: object, table: KnownOptions): void {
  for (const key in options) {
    if (Object.hasOwn(table, key) || (options as Record<string, unknown>)[key] === undefined) continue;
    const quantity = Object.entries(table).some(
      ([name, what]) => what !== true && isQuantity(what) && key === name + SUFFIXES[what],
    );
    if (!quantity) fail(key, -1, `there is no such option; there are ${Object.keys(table).join(", ")}`);
  }
}

/** A quantity that must be given. */
export const required = (options: object, name: string, quantity: Quantity): number =>
  given(options, name, quantity) ?? fail(name, -1, `is missing: ${name}, or ${name}${SUFFIXES[quantity]}`);
