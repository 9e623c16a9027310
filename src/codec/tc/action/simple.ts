/** simple: writes a text to the kernel's log for every packet (net/sched/act_simple.c). @module */
import { attrs, string } from "../../schema/attrs.ts";
import { expectText, fail } from "../../schema/program.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";

/** TCA_DEF_* (tcf_simp_dump). */
export const simpleSchema = attrs(
  "simple",
  { c: "TCA_DEF_" },
  { parms: [2, struct("tc_defact", { size: 20 }, tcGen)], data: [3, string], tm: [1, tcfT] },
);

/** `control` is `"pipe"` by default. */
export interface SimpleOptions extends ActionOptions {
  /** What is written: up to 31 bytes. */
  readonly text?: string | undefined;
}
export interface Simple extends ActionCommon {
  text: string;
}

const MAX_BYTES = 31;

export const simpleKind = actionKind<"simple", typeof simpleSchema, SimpleOptions, Simple>({
  kind: "simple",
  schema: simpleSchema,
  control: "pipe",
  known: { text: true },
  parms: "parms",
  toWire({ text }, gen) {
    const data = expectText(text ?? fail("text", -1, "is missing: what to write"), "text");
    if (new TextEncoder().encode(data).length > MAX_BYTES) fail("text", -1, `is longer than ${MAX_BYTES} bytes`);
    return { parms: gen, data };
  },
  fromWire: ({ data = "" }) => ({ text: data }),
  parse(words, out) {
    if (!words.take("sdata")) words.unknown(words.next("simple", "sdata"), ["sdata", "index"]);
    out.text = words.next("sdata", "a text");
  },
  words: ({ text }) => ["sdata", text],
  // print_simple of iproute2's tc/m_simple.c, which shows neither the verdict nor, in JSON, the kind.
  show({ parms, data = "", tm }, out, context) {
    out.put("kind", "simple");
    out.put("simple", data, `Simple <${data}>`);
    showUse(out, parms, tm, context);
  },
});
