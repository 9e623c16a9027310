/** bpf: a BPF program decides (net/sched/act_bpf.c). @module */
import { array, attrs, bytes, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { s32, u16, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import {
  BPF_KNOWN,
  type BpfProgram,
  type BpfProgramOptions,
  parseProgram,
  programFromWire,
  programToWire,
  programWords,
  showProgram,
  sockFilter,
} from "../bpf-program.ts";
import { tcfT, tcGen } from "../control.ts";

/** TCA_ACT_BPF_* (tcf_bpf_dump). */
export const bpfActionSchema = attrs(
  "bpf",
  { c: "TCA_ACT_BPF_" },
  {
    parms: [2, struct("tc_act_bpf", { size: 20 }, tcGen)],
    opsLen: [3, u16],
    ops: [4, array(sockFilter)],
    /** Of requests: a program that is loaded. */
    fd: [5, s32],
    name: [6, string],
    id: [9, u32],
    tag: [8, bytes],
    tm: [1, tcfT],
  },
);
type Wire = Value<typeof bpfActionSchema>;

/** `control` is `"pipe"` by default: what becomes of a packet for which the program returns TC_ACT_UNSPEC. */
export interface BpfActionOptions extends ActionOptions, BpfProgramOptions {}
export interface BpfAction extends ActionCommon, BpfProgram {}

export const bpfActionKind = actionKind<"bpf", typeof bpfActionSchema, BpfActionOptions, BpfAction>({
  kind: "bpf",
  schema: bpfActionSchema,
  control: "pipe",
  known: BPF_KNOWN,
  parms: "parms",
  toWire: (options, gen, context) => ({ parms: gen, ...programToWire(options, context) }),
  fromWire: programFromWire,
  parse: parseProgram,
  words: programWords,
  show: showBpf,
});

// bpf_print_opt of iproute2's tc/m_bpf.c.
function showBpf(value: Wire, out: Parameters<typeof showVerdict>[0], context: Parameters<typeof showUse>[3]): void {
  const { parms, name, tm } = value;
  out.put("kind", "bpf", "bpf ");
  if (name !== undefined) out.put("bpf_name", name, `${name} `);
  showProgram(value, out);
  showVerdict(out, parms?.action ?? 0, "default-action ");
  showUse(out, parms, tm, context, "\n\t index", "\n ");
}
