import { describe, expect, test } from "vitest";
import { decode } from "../../../src/codec/schema/engine.ts";
import { tclass } from "../../../src/codec/tc/class.ts";
import { shownClassKinds } from "../../../src/codec/tc/class-kinds.ts";
import { showOptions, showXstats, type TcKind } from "../../../src/codec/tc/kind.ts";
import { qdisc } from "../../../src/codec/tc/qdisc.ts";
import { qdiscKinds } from "../../../src/codec/tc/qdisc-kinds.ts";
import { blocksOf, shownOf, xstatsIn } from "./shown.ts";

/** What iproute2 6.1 does not print: later versions print it, and so do we. */
const LATER: { readonly [kind: string]: { readonly text: RegExp; readonly keys: readonly string[] } } = {
  fq: {
    text: /bands 3 priomap [\d ]+ weights [\d ]+ (?=quantum)| band\d_pkts \d+| fastpath \d+/g,
    keys: ["bands", "priomap ", "weights ", "fastpath", "band0_pkts", "band1_pkts", "band2_pkts"],
  },
  mqprio: { text: /\n {13}fp:[ EP?]+/g, keys: ["fp"] },
  taprio: { text: /^max-sdu[ \d]+\n|^fp[ EP?]+\n/gm, keys: ["max-sdu", "fp", "admin"] },
};
/** Sizes of buckets, which iproute2 6.1 reckons by whole microseconds, and 6.14 and this by ticks of 64 ns. */
const BUCKETS = /\b(c?burst|mtu) [^ ]+/g;
/** These print as text where JSON is asked for: what they print then is no JSON. */
const NO_JSON = ["hfsc", "drr", "qfq", "multiq", "taprio"];

const plain = (json: unknown) =>
  JSON.parse(JSON.stringify(json, (_key, value) => (typeof value === "bigint" ? Number(value) : value)));
const without = (kind: string, json: object) =>
  Object.fromEntries(
    Object.entries(json).filter(
      ([key]) => !LATER[kind]?.keys.includes(key) && !(kind === "tbf" && ["burst", "mtu"].includes(key)),
    ),
  );

describe.each([
  ["qdisc", qdisc, qdiscKinds],
  ["class", tclass, shownClassKinds],
] as const)("what tc shows of a %s", (object, schema, table) => {
  const kinds = table as { readonly [name: string]: TcKind };
  const rows = shownOf("tc-qdisc").filter(({ command }) => command.includes(` ${object} show`));
  test.each(rows.filter((row) => !row.json))("$after: text", ({ payloads, prints }) => {
    const blocks = blocksOf(prints);
    expect(blocks.length).toBe(payloads.length);
    payloads.forEach((payload, i) => {
      const message = decode(schema, payload, "little");
      const { kind, options, xstats } = blocks[i]!;
      expect(message.kind).toBe(kind);
      const known = kinds[kind];
      if (!known) throw new Error(`${kind} has no schema`);
      const ours = message.options === undefined ? "" : showOptions(known, message.options, { statistics: true }).text;
      const comparable = (text: string) =>
        ["tbf", "htb"].includes(kind) ? text.replaceAll(BUCKETS, "$1") : text.replace(/\n+$/, "");
      expect(comparable(ours.replaceAll(LATER[kind]?.text ?? /(?!)/g, ""))).toBe(comparable(options));
      const app = (message.stats2?.app as unknown) ?? message.xstats;
      const text = app === undefined ? "" : (showXstats(known, app)?.text ?? "");
      expect(text.replaceAll(LATER[kind]?.text ?? /(?!)/g, "").trimEnd()).toBe(xstats.trimEnd());
    });
  });
  if (object === "class") return; // tc 6.1 prints classes as text even then
  test.each(rows.filter((row) => row.json))("$after: JSON", ({ payloads, prints }) => {
    const messages = payloads.map((payload) => decode(schema, payload, "little"));
    let theirs: { kind: string; options: object }[];
    try {
      theirs = JSON.parse(prints);
    } catch {
      expect(messages.filter(({ kind }) => NO_JSON.includes(kind!)).length).toBeGreaterThan(0);
      return;
    }
    messages.forEach((message, i) => {
      const known = kinds[message.kind!]!;
      const json = message.options === undefined ? {} : showOptions(known, message.options, { statistics: true }).json;
      expect(without(message.kind!, plain(json))).toEqual(without(message.kind!, theirs[i]!.options));
      const app = (message.stats2?.app as unknown) ?? message.xstats;
      const own = app === undefined ? {} : (showXstats(known, app)?.json ?? {});
      expect(without(message.kind!, plain(own))).toEqual(without(message.kind!, xstatsIn(theirs[i]!)));
    });
  });
});
