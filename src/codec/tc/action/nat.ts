/** nat: rewrites IPv4 addresses without keeping state (net/sched/act_nat.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail, show } from "../../schema/program.ts";
import { be32, flags, names, u32 } from "../../schema/scalar.ts";
import { inAddr, struct } from "../../schema/struct.ts";
import { parseIp } from "../../wire/ip.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { choice } from "../options.ts";

const natFlags = names("TCA_NAT_FLAG_", { egress: 1 });
const tcNat = struct(
  "tc_nat",
  { size: 36 },
  { ...tcGen, oldAddr: inAddr, newAddr: inAddr, mask: be32, flags: flags(u32, natFlags) },
);
/** TCA_NAT_* (tcf_nat_dump). */
export const natSchema = attrs("nat", { c: "TCA_NAT_" }, { parms: [1, tcNat], tm: [2, tcfT] });

/** `control` is `"pass"` by default. */
export interface NatOptions extends ActionOptions {
  /** Whether destinations are rewritten (`ingress`) or sources (`egress`). */
  readonly direction?: "ingress" | "egress" | undefined;
  /** Addresses to rewrite: `"192.0.2.0/24"`, `"192.0.2.1"`, or `"any"`. */
  readonly old?: string | undefined;
  /** What their network part becomes. */
  readonly new?: string | undefined;
}
export interface Nat extends ActionCommon {
  direction: "ingress" | "egress";
  old: string;
  new: string;
}

const PREFIX_FORMS = `an IPv4 prefix such as "192.0.2.0/24"`;
const lengthOf = (mask: number): number => (mask === 0 ? 0 : 1 + Math.clz32(mask & -mask));
const maskOf = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);

/** The address and length of a prefix as tc takes it. */
function parsePrefix(text: unknown): { readonly address: string; readonly length: number } | undefined {
  if (text === "any" || text === "all" || text === "default") return { address: "0.0.0.0", length: 0 };
  const match = typeof text === "string" ? /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) : null;
  const length = match?.[2] === undefined ? 32 : Number(match[2]);
  return match && parseIp(match[1]!)?.length === 4 && length <= 32 ? { address: match[1]!, length } : undefined;
}

export const natKind = actionKind<"nat", typeof natSchema, NatOptions, Nat>({
  kind: "nat",
  schema: natSchema,
  control: "pass",
  known: { direction: true, old: true, new: true },
  parms: "parms",
  toWire(options, gen) {
    const direction =
      choice(options, "direction", ["ingress", "egress"]) ?? fail("direction", -1, "is missing: ingress or egress");
    const prefix = (name: "old" | "new") => {
      const text = options[name] ?? fail(name, -1, `is missing: ${PREFIX_FORMS}`);
      return parsePrefix(text) ?? fail(name, -1, `${show(text)} is not ${PREFIX_FORMS}`);
    };
    const old = prefix("old");
    return {
      parms: {
        ...gen,
        oldAddr: old.address,
        newAddr: prefix("new").address,
        mask: maskOf(old.length),
        flags: direction === "egress" ? natFlags.values.egress : 0,
      },
    };
  },
  fromWire: ({ parms }) => ({
    direction: ((parms?.flags ?? 0) & natFlags.values.egress) !== 0 ? ("egress" as const) : ("ingress" as const),
    old: `${parms?.oldAddr ?? "0.0.0.0"}/${lengthOf(parms?.mask ?? 0)}`,
    new: parms?.newAddr ?? "0.0.0.0",
  }),
  parse(words, out) {
    out.direction = words.oneOf("nat", ["ingress", "egress"]);
    const prefix = (after: string) => words.value(after, PREFIX_FORMS, (w) => (parsePrefix(w) ? w : undefined));
    out.old = prefix(out.direction as string);
    out.new = prefix("the new address");
  },
  words: ({ direction, old, new: to }) => [direction, old, to],
  // print_nat of iproute2's tc/m_nat.c, whose JSON says `type` where the others say `kind`.
  show(value, out, context) {
    const { direction, old, new: to } = natKind.fromWire(value, context);
    out.put("type", "nat", " nat ");
    out.put("direction", direction, direction);
    out.put("old_addr", old, ` ${old}`);
    out.put("new_addr", to, ` ${to}`);
    showVerdict(out, value.parms?.action ?? 0);
    showUse(out, value.parms, value.tm, context);
  },
});
