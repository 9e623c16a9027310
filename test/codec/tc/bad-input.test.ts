/**
 * Options of every kind that are wrong are errors that begin with the kind and the option, and say what is taken; quantities are refused when
 * they are negative, too much, of no unit or an unknown one. The options are those that the kinds themselves say they have.
 * @module
 */
import { describe, expect, test } from "vitest";
import { actionKinds } from "../../../src/codec/tc/action-kinds.ts";
import { classKinds } from "../../../src/codec/tc/class-kinds.ts";
import { filterKinds } from "../../../src/codec/tc/filter-kinds.ts";
import { optionsToWire, parseOptions, type TcContext, type TcKind } from "../../../src/codec/tc/kind.ts";
import { qdiscKinds } from "../../../src/codec/tc/qdisc-kinds.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";
import { classRows } from "../../vm/tc-class-rows.ts";
import { qdiscRows } from "../../vm/tc-qdisc-rows.ts";
import { payload } from "./support.ts";

const context: Partial<TcContext> = { protocol: 0x0800, deviceIndex: () => 7 };
/** Options that are right, for those of which some are needed. */
const RIGHT: { readonly [name: string]: object } = {
  ...Object.fromEntries(qdiscRows.map(({ spec }) => [`qdisc ${spec.kind}`, spec.options ?? {}])),
  ...Object.fromEntries(classRows.map(({ spec }) => [`class ${spec.kind}`, spec.options ?? {}])),
  "filter flow": { keys: ["src"] },
  "filter bpf": { bytecode: "1,6 0 0 0" },
  "filter u32": { match: [] },
  "filter route": { to: 1 },
  "action bpf": { bytecode: "1,6 0 0 0" },
  "action gate": { entries: [{ open: true, interval: "1ms" }] },
  "action csum": { update: ["iph"] },
  "action ife": { mode: "decode" },
  "action mirred": { action: "redirect", dev: "d0" },
  "action nat": { direction: "egress", old: "10.0.0.1", new: "10.0.0.2" },
  "action pedit": { edits: [{ offset: 0, width: 32, set: 1 }] },
  "action police": { rate: "1mbit", burst: "10kb" },
  "action sample": { rate: 1, group: 1 },
  "action simple": { text: "x" },
  "action skbedit": { mark: 1 },
  "action skbmod": { ecn: true },
  "action tunnel_key": { mode: "unset" },
  "action vlan": { action: "pop" },
  "action mpls": { action: "dec_ttl" },
};
const groups = { qdisc: qdiscKinds, class: classKinds, filter: filterKinds, action: actionKinds };
const kinds = Object.entries(groups).flatMap(([object, list]) =>
  Object.entries(list).map(([name, kind]) => [`${object} ${name}`, kind as unknown as TcKind] as const),
);
const refusal = (kind: TcKind, options: object): string | undefined => {
  try {
    const wire = optionsToWire(kind, options, context);
    if (wire !== undefined) payload(kind, wire);
    return undefined;
  } catch (e) {
    expect(e, `${kind.kind} of ${Object.entries(options)}: ${(e as Error).stack}`).toBeInstanceOf(CodecError);
    return (e as Error).message;
  }
};
/** What it says itself that it takes. */
function optionsOf(kind: TcKind): string[] {
  const said = /there (?:are|is) ([\w, ]+)$/.exec(refusal(kind, { nosuch: 1 }) ?? "")?.[1];
  return said ? said.split(", ").filter((name) => name !== "none") : [];
}

/** Options that are only read: they may be given again, and are not looked at. */
const READ_ONLY = ["virtualQueues", "stats", "hits", "inHw", "inHwCount", "id", "tag", "directPackets"];
const UNSET = ["qdisc multiq", "qdisc pfifo_fast"];

const QUANTITIES = {
  time: { suffix: "Ms", said: /is not a time such as/, wrong: ["10", "-1ms", "10parsecs", "1e99s"] },
  rate: { suffix: "BytesPerSecond", said: /is not a rate such as/, wrong: ["10", "-1mbit", "10parsecs", "1e99gbit"] },
  size: { suffix: "Bytes", said: /is not a size such as/, wrong: ["10", "-1kb", "10parsecs", "1e99gb"] },
  share: { suffix: "Percent", said: /is not a percentage such as/, wrong: ["10", "-1%", "101%", "10parsecs"] },
} as const;
const NEVER = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1e99, 1e99];

describe.each(kinds)("%s", (name, kind) => {
  const right = RIGHT[name] ?? {};
  test("what it does not know is refused, and what it knows is told", () => {
    expect(refusal(kind, { ...right, nosuch: 1 })).toMatch(
      new RegExp(`^${kind.kind}.nosuch: there is no such (option|member)`),
    );
    expect(refusal(kind, right)).toBeUndefined();
  });
  test("an option that is wrong is named", () => {
    const accepted: string[] = [];
    for (const option of UNSET.includes(name) ? [] : optionsOf(kind).filter((option) => !READ_ONLY.includes(option)))
      for (const value of NEVER) {
        const said = refusal(kind, { ...right, [option]: value });
        if (said === undefined) accepted.push(`${option}: ${String(value)}`);
        else expect(said).toMatch(new RegExp(`^${kind.kind}.`));
      }
    expect(accepted).toEqual([]);
  });
  test("quantities are refused when they are negative, too much, of no unit or an unknown one", () => {
    const accepted: string[] = [];
    for (const option of optionsOf(kind)) {
      const said = refusal(kind, { ...right, [option]: "?" }) ?? "";
      const quantity = Object.values(QUANTITIES).find((q) => q.said.test(said));
      if (!quantity) continue;
      expect(said).toMatch(new RegExp(`^${kind.kind}.${option}: "\\?" is not `));
      const { [option]: _, ...others } = right as { [option: string]: unknown };
      for (const [as, value] of [
        ...quantity.wrong.map((value) => [option, value] as const),
        ...[-1, Number.NaN, 1e99].map((value) => [option + quantity.suffix, value] as const),
      ]) {
        const said = refusal(kind, { ...others, [as]: value });
        if (said === undefined) accepted.push(`${as}: ${value}`);
        else
          expect(said, `${as}: ${value}`).toMatch(new RegExp(`^${kind.kind}.${option}(${quantity.suffix}|[.]m2)?: `));
      }
    }
    expect(accepted).toEqual([]);
  });
  test("a word that is not known is named", () => {
    expect(() => parseOptions(kind, ["nosuch"], context)).toThrow(new RegExp(`^${kind.kind}: .*"nosuch"`));
  });
});
