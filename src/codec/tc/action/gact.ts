/** gact: a verdict, or two by chance (net/sched/act_gact.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { enumeration, names, s32, u16 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import {
  type Control,
  controlFromWire,
  controlToWire,
  controlWords,
  parseControl,
  showControl,
  tcfT,
  tcGen,
} from "../control.ts";
import type { TcKind } from "../kind.ts";
import { choice, count, known } from "../options.ts";

const randomTypes = names("PGACT_", { none: 0, netrand: 1, determ: 2 });
const tcGact = struct("tc_gact", { size: 20 }, tcGen);
/** `struct tc_gact_p`: one packet in `pval` meets `paction`. */
const tcGactP = struct("tc_gact_p", { size: 8 }, { ptype: enumeration(u16, randomTypes), pval: u16, paction: s32 });
/** TCA_GACT_* (tcf_gact_dump). */
export const gactSchema = attrs("gact", { c: "TCA_GACT_" }, { parms: [2, tcGact], prob: [3, tcGactP], tm: [1, tcfT] });

export interface GactOptions {
  /** `"pass"` by default. */
  readonly control?: Control | undefined;
  /** One packet in `value`, drawn (`netrand`) or counted (`determ`), meets another verdict. */
  readonly random?:
    | { readonly type: "netrand" | "determ"; readonly control: Control; readonly value: number }
    | undefined;
  readonly index?: number | undefined;
}
export interface Gact {
  control: Control;
  random?: { type: "netrand" | "determ"; control: Control; value: number };
  index: number;
}

export const gactKind: TcKind<"gact", typeof gactSchema, GactOptions, Gact> = {
  kind: "gact",
  schema: gactSchema,
  toWire(options) {
    known(options, { control: true, random: true, index: true });
    const { random } = options;
    return {
      parms: { index: count(options, "index") ?? 0, action: controlToWire(options.control ?? "pass") },
      ...(random && {
        prob: {
          ptype: randomTypes.values[choice(random, "type", ["netrand", "determ"]) ?? "netrand"],
          pval: count(random, "value", 10_000, 1) ?? 1,
          paction: controlToWire(random.control, "random.control"),
        },
      }),
    };
  },
  fromWire: ({ parms, prob }) => ({
    control: controlFromWire(parms?.action ?? 0),
    ...(prob &&
      prob.ptype !== 0 && {
        random: {
          type: prob.ptype === randomTypes.values.determ ? ("determ" as const) : ("netrand" as const),
          control: controlFromWire(prob.paction),
          value: prob.pval,
        },
      }),
    index: parms?.index ?? 0,
  }),
  parse(words) {
    const out: { -readonly [K in keyof GactOptions]: GactOptions[K] } = {};
    out.control = parseControl(words) ?? words.fail(`${JSON.stringify(words.ahead ?? "")} is not a verdict`);
    if (words.take("random")) {
      const type = words.oneOf("random", ["netrand", "determ"]);
      const control = parseControl(words) ?? words.fail("random: a verdict is missing");
      out.random = { type, control, value: words.integer("random", 10_000, 1) };
    }
    if (words.take("index")) out.index = words.integer("index");
    return out;
  },
  words: ({ control, random }) => [
    ...controlWords(control),
    ...(random ? ["random", random.type, ...controlWords(random.control), String(random.value)] : []),
  ],
  // print_gact of iproute2's tc/m_gact.c.
  show(value, out) {
    const { control, random, index } = gactKind.fromWire(value, undefined as never);
    out.object("control_action", (inner) => showControl(inner, control));
    if (random) {
      out.say("\n\t ");
      out.put("random_type", random.type, `random type ${random.type}`);
      out.object("control_action", (inner) => showControl(inner, random.control));
      out.put("val", random.value, `val ${random.value}`);
    }
    out.put("index", index, `\n\t index ${index}`);
    out.put("ref", value.parms?.refcnt ?? 0, ` ref ${value.parms?.refcnt ?? 0}`);
    out.put("bind", value.parms?.bindcnt ?? 0, ` bind ${value.parms?.bindcnt ?? 0}`);
  },
};
/** `gact("drop")`, `gact({ control: { chain: 5 } })`. */
export const gact = (options: GactOptions | Control = {}) =>
  ({
    kind: "gact",
    options:
      typeof options === "string" || "jump" in options || "chain" in options
        ? { control: options as Control }
        : (options as GactOptions),
  }) as const;
