/** sample: hands copies of some packets to a psample group (net/sched/act_sample.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail } from "../../schema/program.ts";
import { u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count } from "../options.ts";

/** TCA_SAMPLE_* (tcf_sample_dump). */
export const sampleSchema = attrs(
  "sample",
  { c: "TCA_SAMPLE_" },
  {
    parms: [2, struct("tc_sample", { size: 20 }, tcGen)],
    tm: [1, tcfT],
    rate: [3, u32],
    truncSize: [4, unit(u32, "bytes")],
    psampleGroup: [5, u32],
  },
);

/** `control` is `"pipe"` by default. */
export interface SampleOptions extends ActionOptions {
  /** One packet in so many, by chance. */
  readonly rate?: number | undefined;
  /** The psample group that listens. */
  readonly group?: number | undefined;
  /** Bytes of each packet that are kept: all by default. */
  readonly truncate?: number | undefined;
}
export interface Sample extends ActionCommon {
  rate: number;
  group: number;
  truncate?: number;
}

export const sampleKind = actionKind<"sample", typeof sampleSchema, SampleOptions, Sample>({
  kind: "sample",
  schema: sampleSchema,
  control: "pipe",
  known: { rate: true, group: true, truncate: true },
  parms: "parms",
  toWire(options, gen) {
    const truncSize = count(options, "truncate");
    return {
      parms: gen,
      rate: count(options, "rate", 0xffffffff, 1) ?? fail("rate", -1, "is missing: one packet in how many"),
      ...(truncSize !== undefined && { truncSize }),
      psampleGroup: count(options, "group") ?? fail("group", -1, "is missing: the psample group"),
    };
  },
  fromWire: ({ rate = 0, psampleGroup = 0, truncSize }) => ({
    rate,
    group: psampleGroup,
    ...(truncSize !== undefined && { truncate: truncSize }),
  }),
  parse(words, out) {
    let seen = false;
    for (let word = words.take("rate", "group", "trunc"); word; word = words.take("rate", "group", "trunc")) {
      out[word === "trunc" ? "truncate" : word] = words.integer(word);
      seen = true;
    }
    if (!seen) words.unknown(words.next("sample", "a rate"), ["rate", "group", "trunc", "index"]);
  },
  words: ({ rate, group, truncate }) => [
    ...["rate", String(rate), "group", String(group)],
    ...(truncate === undefined ? [] : ["trunc", String(truncate)]),
  ],
  // print_sample of iproute2's tc/m_sample.c.
  show({ parms, rate = 0, psampleGroup = 0, truncSize, tm }, out, context) {
    out.put("kind", "sample", "sample ");
    out.put("rate", rate, `rate 1/${rate} `);
    out.put("group", psampleGroup, `group ${psampleGroup}`);
    if (truncSize !== undefined) out.put("trunc_size", truncSize, ` trunc_size ${truncSize}`);
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context);
  },
});
