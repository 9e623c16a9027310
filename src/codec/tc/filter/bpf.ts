/** bpf: a BPF program decides (net/sched/cls_bpf.c). @module */
import { array, attrs, bytes, string } from "../../schema/attrs.ts";
import { flags, names, u16, u32 } from "../../schema/scalar.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
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
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterFlags,
  filterPolice,
  OFFLOAD_KNOWN,
  OFFLOAD_WORDS,
  type Offloaded,
  type OffloadOptions,
  POLICE_KNOWN,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showFilterFlagsInline,
  showHandle,
  showPolice,
} from "../filter-base.ts";
import type { TcKind } from "../kind.ts";
import { known, toggle } from "../options.ts";

const bpfFlags = names("TCA_BPF_FLAG_", { act_direct: 1 });
/** TCA_BPF_* (cls_bpf_dump). */
export const bpfSchema = attrs(
  "bpf",
  { c: "TCA_BPF_" },
  {
    classid: [3, u32],
    opsLen: [4, u16],
    ops: [5, array(sockFilter)],
    /** Of requests: a program that is loaded. */
    fd: [6, u32],
    name: [7, string],
    id: [11, u32],
    tag: [10, bytes],
    police: [2, filterPolice],
    act: [1, actionList],
    flags: [8, flags(u32, bpfFlags)],
    flagsGen: [9, filterFlags],
  },
);

/** A change replaces the program, too. */
export interface BpfOptions extends BpfProgramOptions, ClassOptions, OffloadOptions, PolicedOptions {
  /** Has the program's result be the verdict, without actions. */
  readonly directAction?: boolean | undefined;
}
export interface Bpf extends BpfProgram, Classed, Offloaded, Policed {
  directAction?: boolean;
}

export const bpfKind: TcKind<"bpf", typeof bpfSchema, BpfOptions, Bpf> = {
  kind: "bpf",
  schema: bpfSchema,
  toWire(options, context) {
    known(options, { ...CLASS_KNOWN, ...OFFLOAD_KNOWN, ...POLICE_KNOWN, ...BPF_KNOWN, directAction: true });
    const { flags: flagsGen, ...base } = filterBase(options, context);
    return {
      ...programToWire(options, context),
      ...base,
      ...(toggle(options, "directAction") && { flags: bpfFlags.values.act_direct }),
      ...(flagsGen !== undefined && { flagsGen }),
    };
  },
  fromWire(value, context) {
    const { flags = 0, flagsGen, ...rest } = value;
    return {
      ...programFromWire(value),
      ...readFilterBase({ ...rest, ...(flagsGen !== undefined && { flags: flagsGen }) }, context),
      ...((flags & bpfFlags.values.act_direct) !== 0 && { directAction: true }),
    };
  },
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...OFFLOAD_WORDS, ...POLICE_WORDS];
    const out: Record<string, unknown> = {};
    const seen = () => ["fd", "pinned", "bytecode"].some((name) => name in out);
    while (!words.done) {
      if (parseFilterWord(words, out, context, accepted)) continue;
      if (words.take("direct-action", "da")) out.directAction = true;
      else if (!seen()) parseProgram(words, out);
      else words.unknown(words.next(), ["direct-action", ...accepted]);
    }
    return out;
  },
  words: (options, context) => [
    ...programWords(options),
    ...(options.directAction ? ["direct-action"] : []),
    ...filterBaseWords(options, context),
  ],
  // bpf_print_opt of iproute2's tc/f_bpf.c.
  show(value, out, context) {
    showHandle(context, out);
    showClassid(value.classid, out);
    if (value.name !== undefined) out.put("bpf_name", value.name, `${value.name} `);
    if (((value.flags ?? 0) & bpfFlags.values.act_direct) !== 0) out.put("direct-action", true, "direct-action ");
    showFilterFlagsInline(value.flagsGen, out);
    showProgram(value, out);
    showPolice(value.police, out, context);
    if (value.act) showActions(value.act, out, context);
  },
};
