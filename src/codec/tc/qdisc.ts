/** Queueing disciplines. @module */
import { type Attrs, attrs, bare, bytes, flag, select, string } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import { bool, u8, u32 } from "../schema/scalar.ts";
import { dumpFlagsBitfield } from "./dump-flags.ts";
import type { TcKind } from "./kind.ts";
import { qdiscKinds } from "./qdisc-kinds.ts";
import { tcStab } from "./stab.ts";
import { gnetEstimator, qdiscStats, tcStats } from "./stats.ts";
import { tcmsg } from "./tcmsg.ts";

/** TCA_OPTIONS by TCA_KIND: nests are without NLA_F_NESTED but for a few. Untyped here; `optionsFromWire` gives what a kind says. */
export function optionsByKind(kinds: { readonly [kind: string]: Pick<TcKind, "schema" | "nested"> }): Codec {
  const cases = Object.fromEntries(
    Object.entries(kinds).map(([name, { schema, nested }]) => [
      name,
      schema.kind === "attrs" && !nested ? bare(schema as Attrs) : schema,
    ]),
  );
  return select("kind", cases, bytes) as Codec;
}
const { xstats, stats2 } = /* @__PURE__ */ qdiscStats(qdiscKinds);

/** RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC (tc_fill_qdisc of net/sched/sch_api.c). */
export const qdisc = attrs(
  "qdisc",
  { c: "TCA_", head: tcmsg },
  {
    kind: [1, string],
    ingressBlock: [13, u32],
    egressBlock: [14, u32],
    options: [2, /* @__PURE__ */ optionsByKind(qdiscKinds)],
    hwOffload: [12, bool(u8)],
    stab: [8, bare(tcStab)],
    stats2: [7, stats2],
    stats: [3, tcStats],
    /** The older form of `stats2.app`. */
    xstats: [4, xstats],
    /** Why the hardware does not do it. */
    extWarnMsg: [16, string],
    rate: [5, gnetEstimator],
    fcnt: [6, bytes],
    /** Of requests for dumps: also the qdiscs that classes have by default. */
    dumpInvisible: [10, flag],
    dumpFlags: [15, dumpFlagsBitfield],
  },
);
export interface Qdisc extends Value<typeof qdisc> {}
