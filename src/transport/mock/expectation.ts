/** What a script expects to be sent. @module */
import { type Difference, differences, differencesText } from "../../codec/explain/diff.ts";
import { flagNames } from "../../codec/nlmsg/flags.ts";
import { rtnetlinkMessages } from "../../codec/rtnetlink/messages.ts";
import { RTM, type RtnetlinkType } from "../../codec/rtnetlink/types.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import { fromFriendly, toFriendly } from "../../codec/schema/friendly.ts";
import { formatHex } from "../../codec/text/hex.ts";
import type { Request } from "../request.ts";

/** Fields that a request must have: more do not matter. */
export interface RequestPattern {
  /** `"newaddr"`. */
  readonly name?: string | undefined;
  /** Whether it asks for a dump; either by default. */
  readonly dump?: boolean | undefined;
  /** Flags that must be set, of NLM_F_* in lower case: `["create", "excl"]`. */
  readonly flags?: readonly string[] | undefined;
  /** In the user's terms, devices by index: `{ local: "10.0.0.1", index: 3, scope: "link" }`. */
  readonly value?: object | undefined;
}
/**
 * A request by its name (`"newaddr"`), by all of its one line (`"dellink 3: eth0"`) or what matches that, by its fields, by its bytes
 * (sequence number and port id aside), or by a function.
 */
export type Expected = string | RegExp | Uint8Array | RequestPattern | ((request: Request) => boolean);

/** @throws {TypeError} @throws {CodecError} a pattern that nothing can match */
export function checkExpected(expected: Expected): void {
  if (!isPattern(expected)) return;
  const { name, value } = expected;
  const unknown = Object.keys(expected).filter((key) => !["name", "dump", "flags", "value"].includes(key));
  if (unknown.length > 0)
    throw new TypeError(
      `expect: there is no ${unknown[0]} in a pattern: fields stand in its value; there are name, dump, flags, value`,
    );
  if (value === undefined || name === undefined || !Object.hasOwn(RTM, name)) return;
  const known = rtnetlinkMessages[RTM[name as RtnetlinkType]]!;
  fromFriendly(known.request ?? known.schema, value as never);
}
const isPattern = (expected: Expected): expected is RequestPattern =>
  typeof expected === "object" && !(expected instanceof RegExp) && !(expected instanceof Uint8Array);

/** Where a request is not what is expected: nowhere, if it is. */
export function compareRequest(expected: Expected, request: Request): Difference[] {
  const { name, summary } = request;
  if (typeof expected === "string") {
    const actual = expected.includes(" ") ? summary : name;
    return expected === actual || expected === summary ? [] : [{ path: "", expected, actual: summary }];
  }
  if (expected instanceof RegExp)
    return expected.test(summary) ? [] : [{ path: "", expected: `what matches ${expected}`, actual: summary }];
  if (typeof expected === "function") {
    const text = expected.name || "the function";
    return expected(request) ? [] : [{ path: "", expected: `what ${text} says yes to`, actual: summary }];
  }
  if (expected instanceof Uint8Array) return compareBytes(expected, request.bytes);
  const found: Difference[] = [];
  if (expected.name !== undefined && expected.name !== name)
    return [{ path: "name", expected: expected.name, actual: name }];
  if (expected.dump !== undefined && expected.dump !== request.dump)
    found.push({ path: "dump", expected: String(expected.dump), actual: String(request.dump) });
  const { values } = flagNames(request.header.type, request.header.flags, name);
  for (const flag of expected.flags ?? []) {
    const mask = (values as { readonly [name: string]: number })[flag];
    if (mask === undefined || (request.header.flags & mask) !== mask)
      found.push({ path: "flags", expected: flag, actual: setFlags(values, request.header.flags) });
  }
  if (expected.value !== undefined) found.push(...compareValue(expected.value, request));
  return found;
}
const setFlags = (values: { readonly [name: string]: number }, flags: number): string =>
  Object.keys(values)
    .filter((name) => (flags & values[name]!) === values[name])
    .join(", ");

function compareValue(value: object, { schema, value: actual, decoded }: Request): Difference[] {
  if (!schema || !actual)
    return [{ path: "value", expected: "fields", actual: "raw" in decoded ? formatHex(decoded.raw) : "none" }];
  return differences(normal(schema, value), actual, { part: true });
}
/** As reading gives it: names for numbers, one form of quantities. */
const normal = (schema: Attrs, value: object): unknown =>
  toFriendly(schema, fromFriendly(schema, value as never) as never);

function compareBytes(expected: Uint8Array, actual: Uint8Array): Difference[] {
  const same = (i: number) => (i >= 8 && i < 16) || expected[i] === actual[i];
  if (expected.length === actual.length && expected.every((_, i) => same(i))) return [];
  return [{ path: "", expected: formatHex(expected), actual: formatHex(actual) }];
}

/** What is expected, as far as it can be said in a line. */
export function expectedText(expected: Expected): string {
  if (typeof expected === "string") return expected;
  if (expected instanceof RegExp) return `what matches ${expected}`;
  if (expected instanceof Uint8Array) return `the bytes ${formatHex(expected)}`;
  if (typeof expected === "function") return `what ${expected.name || "the function"} says yes to`;
  const { name, dump, flags, value } = expected;
  const words = [name ?? "any request", ...(dump ? ["dump"] : []), ...(flags ?? [])];
  const text = value === undefined ? "" : ` with ${showFields(value)}`;
  return words.join(" ") + text;
}
const showFields = (value: object): string =>
  differences({}, value)
    .map(({ path, actual }) => `${path} ${actual}`)
    .join(", ");

export const mismatchText = (expected: Expected, request: Request, found: readonly Difference[]): string =>
  [
    `expected: ${expectedText(expected)}`,
    `sent:     ${request.summary}`,
    ...(found.length === 1 && found[0]!.path === ""
      ? []
      : differencesText(found)
          .split("\n")
          .map((line) => `  ${line}`)),
  ].join("\n");
