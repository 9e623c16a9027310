/** gact: a verdict, or two by chance (net/sched/act_gact.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { expectObject, fail } from "../../schema/program.ts";
import { enumeration, names, s32, u16 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { type Control, controlFromWire, controlToWire, controlWords, parseControl, tcfT, tcGen } from "../control.ts";
import { choice, count, known } from "../options.ts";

const randomTypes = names("PGACT_", { none: 0, netrand: 1, determ: 2 });
const tcGact = struct("tc_gact", { size: 20 }, tcGen);
/** `struct tc_gact_p`: one packet in `pval` meets `paction`. */
const tcGactP = struct("tc_gact_p", { size: 8 }, { ptype: enumeration(u16, randomTypes), pval: u16, paction: s32 });
/** TCA_GACT_* (tcf_gact_dump). */
export const gactSchema = attrs("gact", { c: "TCA_GACT_" }, { parms: [2, tcGact], prob: [3, tcGactP], tm: [1, tcfT] });

export interface GactRandom {
  type: "netrand" | "determ";
  control: Control;
  /** 1 to 10000. */
  value: number;
}
/** `control` is `"pass"` by default. */
export interface GactOptions extends ActionOptions {
  /** One packet in `value`, drawn (`netrand`, the default) or counted (`determ`), meets another verdict. */
  readonly random?: Readonly<Omit<GactRandom, "type"> & Partial<Pick<GactRandom, "type">>> | undefined;
}
export interface Gact extends ActionCommon {
  random?: GactRandom;
}

const RANDOM_KNOWN = { type: true, control: true, value: true } as const;
const RANDOM_MAX = 10_000;

export const gactKind = actionKind<"gact", typeof gactSchema, GactOptions, Gact>({
  kind: "gact",
  schema: gactSchema,
  control: "pass",
  known: { random: true },
  parms: "parms",
  toWire({ random }, gen) {
    if (random === undefined) return { parms: gen };
    known(expectObject(random, "random"), RANDOM_KNOWN);
    return {
      parms: gen,
      prob: {
        ptype: randomTypes.values[choice(random, "type", ["netrand", "determ"]) ?? "netrand"],
        pval: count(random, "value", RANDOM_MAX, 1) ?? fail("random.value", -1, "is missing: one packet in how many"),
        paction: controlToWire(random.control, "random.control"),
      },
    };
  },
  fromWire: ({ prob }) =>
    prob && prob.ptype !== randomTypes.values.none
      ? {
          random: {
            type: prob.ptype === randomTypes.values.determ ? ("determ" as const) : ("netrand" as const),
            control: controlFromWire(prob.paction),
            value: prob.pval,
          },
        }
      : {},
  parse(words, out) {
    out.control = parseControl(words) ?? words.fail(`${JSON.stringify(words.ahead ?? "")} is not a verdict`);
    if (!words.take("random")) return;
    const type = words.oneOf("random", ["netrand", "determ"]);
    const control = parseControl(words) ?? words.fail("random: a verdict is missing");
    out.random = { type, control, value: words.integer("random", RANDOM_MAX, 1) };
  },
  silent: () => true,
  words: ({ control, random }) => [
    ...controlWords(control),
    ...(random ? ["random", random.type, ...controlWords(random.control), String(random.value)] : []),
  ],
  // print_gact of iproute2's tc/m_gact.c, which shows a chance also where there is none.
  show({ parms, prob, tm }, out, context) {
    out.put("kind", "gact", "gact ");
    showVerdict(out, parms?.action ?? 0, "action ");
    const { ptype = 0, pval = 0, paction = 0 } = prob ?? {};
    const type = (["none", "netrand", "determ"] as const)[ptype] ?? "none";
    out.object("prob", (inner) => {
      inner.put("random_type", type, `\n\t random type ${type}`);
      showVerdict(inner, paction);
      inner.put("val", pval, ` val ${pval}`);
    });
    showUse(out, parms, tm, context);
  },
});
