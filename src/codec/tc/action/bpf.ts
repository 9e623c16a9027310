/** bpf: a BPF program decides (net/sched/act_bpf.c). @module */
import { array, attrs, bytes, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { expectArray, expectText, fail, show } from "../../schema/program.ts";
import { s32, u8, u16, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatHex } from "../../text/hex.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count } from "../options.ts";

/** `struct sock_filter` of linux/filter.h: one instruction of classic BPF. */
const sockFilter = struct("sock_filter", { size: 8 }, { code: u16, jt: u8, jf: u8, k: u32 });
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

export interface BpfInstruction {
  code: number;
  jt: number;
  jf: number;
  k: number;
}
/** `control` is `"pipe"` by default: what becomes of a packet for which the program returns TC_ACT_UNSPEC. */
export interface BpfActionOptions extends ActionOptions {
  /** Descriptor of a program that is loaded. */
  readonly fd?: number | undefined;
  /** Where a program is pinned; for this the context has `openPinned`. */
  readonly pinned?: string | undefined;
  /** Classic BPF: instructions, or as tc and tcpdump -ddd write them: `"1,6 0 0 4294967295"`. */
  readonly bytecode?: string | readonly Readonly<BpfInstruction>[] | undefined;
  /** What it is called in listings: `"act:[*fsobj]"` of one pinned as act, as tc has it. */
  readonly name?: string | undefined;
  /** Of what was read: ignored when given again. */
  readonly id?: number | undefined;
  readonly tag?: string | undefined;
}
/** A loaded program is reported by its id: it takes `BPF_PROG_GET_FD_BY_ID` to give it again. */
export interface BpfAction extends ActionCommon {
  bytecode?: string;
  name?: string;
  id?: number;
  tag?: string;
}

const MAX_OPS = 4096;
const BYTECODE_FORMS = `bytecode such as "1,6 0 0 4294967295": the number of instructions, then their code, jt, jf and k`;

/** Instructions of `"2,40 0 0 12,6 0 0 0"`; undefined for what is none. */
export function parseBytecode(text: string): BpfInstruction[] | undefined {
  const [length, ...parts] = text
    .trim()
    .replace(/,$/, "")
    .split(/\s*,\s*/);
  const list = parts.map((part) => part.split(/\s+/).map((n) => (/^\d+$/.test(n) ? Number(n) : Number.NaN)));
  const fits = ([code = -1, jt = -1, jf = -1, k = -1, ...more]: number[]) =>
    more.length === 0 &&
    code >= 0 &&
    code <= 0xffff &&
    jt >= 0 &&
    jt <= 0xff &&
    jf >= 0 &&
    jf <= 0xff &&
    k >= 0 &&
    k <= 0xffffffff;
  if (Number(length) !== list.length || list.length === 0 || list.length > MAX_OPS || !list.every(fits))
    return undefined;
  return list.map(([code, jt, jf, k]) => ({ code: code!, jt: jt!, jf: jf!, k: k! }));
}
export const formatBytecode = (ops: readonly Readonly<BpfInstruction>[]): string =>
  [ops.length, ...ops.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`)].join(",");

export const bpfActionKind = actionKind<"bpf", typeof bpfActionSchema, BpfActionOptions, BpfAction>({
  kind: "bpf",
  schema: bpfActionSchema,
  control: "pipe",
  known: { fd: true, pinned: true, bytecode: true, name: true, id: true, tag: true },
  parms: "parms",
  toWire(options, gen, { openPinned }) {
    const { pinned, bytecode, name } = options;
    const given = [options.fd, pinned, bytecode].filter((x) => x !== undefined).length;
    if (given > 1) fail("bpf", -1, "has one program: give one of fd, pinned, bytecode");
    if (given === 0) fail("fd", -1, "is missing: fd, pinned or bytecode");
    if (bytecode !== undefined) {
      const ops =
        typeof bytecode === "string"
          ? (parseBytecode(bytecode) ?? fail("bytecode", -1, `${show(bytecode)} is not ${BYTECODE_FORMS}`))
          : (expectArray(bytecode, "bytecode") as readonly BpfInstruction[]);
      if (ops.length === 0 || ops.length > MAX_OPS)
        fail("bytecode", -1, `has ${ops.length} instructions, not 1 to ${MAX_OPS}`);
      return { parms: gen, opsLen: ops.length, ops: [...ops] };
    }
    const fd =
      count(options, "fd", 0x7fffffff) ??
      (openPinned ?? fail("pinned", -1, "cannot be opened from here: give the fd"))(expectText(pinned, "pinned"));
    return {
      parms: gen,
      fd,
      name: expectText(
        name ?? (pinned === undefined ? "bpf" : `${pinned.slice(pinned.lastIndexOf("/") + 1)}:[*fsobj]`),
        "name",
      ),
    };
  },
  fromWire: ({ ops, name, id, tag }) => ({
    ...(ops && { bytecode: formatBytecode(ops) }),
    ...(name !== undefined && { name }),
    ...(id !== undefined && { id }),
    ...(tag && { tag: formatHex(tag) }),
  }),
  parse(words, out) {
    words.take("run");
    const word = words.take("bytecode", "bc", "object-pinned", "pinned", "fd");
    switch (word) {
      case undefined:
        return words.unknown(words.next("bpf", "a program"), ["bytecode", "object-pinned", "fd", "index"]);
      case "bytecode":
      case "bc":
        out.bytecode = words.value(word, BYTECODE_FORMS, (w) => (parseBytecode(w) ? w : undefined));
        return;
      case "fd":
        out.fd = words.integer(word, 0x7fffffff);
        break;
      default:
        out.pinned = words.next(word, "a path");
    }
    if (words.take("name")) out.name = words.next("name");
  },
  words: ({ bytecode }) => (bytecode === undefined ? [] : ["bytecode", bytecode]),
  show: showBpf,
});

// bpf_print_opt of iproute2's tc/m_bpf.c. What it asks the kernel about a loaded program (name, jited, load time) is not known here.
function showBpf(
  { parms, ops, name, id, tag, tm }: Wire,
  out: Parameters<typeof showVerdict>[0],
  context: Parameters<typeof showUse>[3],
): void {
  out.put("kind", "bpf", "bpf ");
  if (name !== undefined) out.put("bpf_name", name, `${name} `);
  if (ops && ops.length > 0) {
    out.object("bytecode", (inner) => {
      inner.put("length", ops.length, `bytecode '${ops.length},`);
      inner.array("insns", (items) => {
        ops.forEach(({ code, jt, jf, k }, i) => {
          items.object("", (op) => {
            op.put("code", code, `${code} `);
            op.put("jt", jt, `${jt} `);
            op.put("jf", jf, `${jf} `);
            op.put("k", k, `${k}${i === ops.length - 1 ? "'" : ","}`);
          });
        });
      });
    });
    out.say(" ");
  }
  if (id !== undefined)
    out.object("prog", (inner) => {
      inner.put("id", id, `id ${id} `);
      if (tag) inner.put("tag", formatHex(tag), `tag ${formatHex(tag)} `);
    });
  showVerdict(out, parms?.action ?? 0, "default-action ");
  showUse(out, parms, tm, context, "\n\t index", "\n ");
}
/** `bpfAction({ pinned: "/sys/fs/bpf/act" })`, `bpfAction({ bytecode: "1,6 0 0 0" })`. */
export const bpfAction = (options: BpfActionOptions) => ({ kind: "bpf", options }) as const;
