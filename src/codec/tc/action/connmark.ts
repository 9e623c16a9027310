/** connmark: gives the packet the mark of its connection (net/sched/act_connmark.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { u16 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count } from "../options.ts";

/** TCA_CONNMARK_* (tcf_connmark_dump). */
export const connmarkSchema = attrs(
  "connmark",
  { c: "TCA_CONNMARK_" },
  { parms: [1, struct("tc_connmark", { size: 24 }, { ...tcGen, zone: u16 })], tm: [2, tcfT] },
);

/** `control` is `"pipe"` by default. */
export interface ConnmarkOptions extends ActionOptions {
  /** Of connection tracking; 0 by default. */
  readonly zone?: number | undefined;
}
export interface Connmark extends ActionCommon {
  zone: number;
}

export const connmarkKind = actionKind<"connmark", typeof connmarkSchema, ConnmarkOptions, Connmark>({
  kind: "connmark",
  schema: connmarkSchema,
  control: "pipe",
  known: { zone: true },
  parms: "parms",
  toWire: (options, gen) => ({ parms: { ...gen, zone: count(options, "zone", 0xffff) ?? 0 } }),
  fromWire: ({ parms }) => ({ zone: parms?.zone ?? 0 }),
  parse(words, out) {
    if (words.take("zone")) out.zone = words.integer("zone", 0xffff);
  },
  words: ({ zone }) => ["zone", String(zone)],
  // print_connmark of iproute2's tc/m_connmark.c.
  show({ parms, tm }, out, context) {
    out.put("kind", "connmark", "connmark ");
    out.put("zone", parms?.zone ?? 0, `zone ${parms?.zone ?? 0}`);
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context);
  },
});
