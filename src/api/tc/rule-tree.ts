/** What the trees of limiter and impairer are made of: a class for each rule, and the checks of rules. @module */
import { htb } from "../../codec/tc/builders.ts";
import type { HtbClassOptions } from "../../codec/tc/qdisc/htb.ts";
import { OptionError } from "../options.ts";
import { asOptionError } from "./host.ts";
import { MAX_RULES } from "./peers.ts";

/** Bytes per second, 1 Tbit/s: as good as none. */
export const UNLIMITED = 125e9;

/** The class's options, none of which is left for the kernel to choose. */
export function classOptions(rate: number, ceil: number, burst?: number): HtbClassOptions {
  const bucket = (bytesPerSecond: number) =>
    Math.round(burst ?? Math.min(Math.max(bytesPerSecond / 500, 3200), 0xffffffff));
  return {
    rateBytesPerSecond: rate,
    ceilBytesPerSecond: ceil,
    burstBytes: bucket(rate),
    cburstBytes: bucket(ceil),
    // As the kernel reckons it by default, within what it finds neither small nor big.
    quantumBytes: Math.round(Math.min(Math.max(rate / 10, 2000), 200_000)),
  };
}
/** The root of the trees of limiter and impairer. What has no class goes past the shaping (htb_classify), as long as there is none of `others`. */
export const treeRoot = (others: string) => htb({ default: others, directQlen: 1000 });

/** What `read` gives; what it refuses is of the option `where`. @throws {OptionError} */
export const option = <T>(where: string, read: () => T): T => {
  try {
    return read();
  } catch (e) {
    const refused = asOptionError(e);
    throw refused instanceof OptionError
      ? new OptionError(`${where}.${refused.message}`, refused.option, refused.expected)
      : refused;
  }
};
export function rulesList<R>(where: string, rules: readonly R[] | undefined): readonly R[] {
  if (rules === undefined) return [];
  if (!Array.isArray(rules) || rules.length > MAX_RULES)
    throw new OptionError(`${where}.rules: is not a list of up to ${MAX_RULES} rules`, "rules", "a list of rules");
  return rules;
}
