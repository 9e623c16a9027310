/** BPF programs of filters and actions: a loaded one by its descriptor, or classic bytecode. @module */
import { expectArray, expectText, fail, show } from "../schema/program.ts";
import { u8, u16, u32 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";
import { formatHex } from "../text/hex.ts";
import type { TcContext } from "./kind.ts";
import { count } from "./options.ts";
import type { Out } from "./show.ts";
import type { Words } from "./words.ts";

/** `struct sock_filter` of linux/filter.h: one instruction of classic BPF. */
export const sockFilter = struct("sock_filter", { size: 8 }, { code: u16, jt: u8, jf: u8, k: u32 });
export interface BpfInstruction {
  code: number;
  jt: number;
  jf: number;
  k: number;
}
export interface BpfProgramOptions {
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
export interface BpfProgram {
  bytecode?: string;
  name?: string;
  id?: number;
  tag?: string;
}
export const BPF_KNOWN = { fd: true, pinned: true, bytecode: true, name: true, id: true, tag: true } as const;

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

interface ProgramIn {
  opsLen?: number;
  ops?: BpfInstruction[];
  fd?: number;
  name?: string;
}
/** The attributes of a program, of which there must be one unless `optional`. @throws {CodecError} */
export function programToWire(options: BpfProgramOptions, { openPinned }: TcContext, optional = false): ProgramIn {
  const { pinned, bytecode, name } = options;
  if (name !== undefined) expectText(name, "name");
  const given = [options.fd, pinned, bytecode].filter((x) => x !== undefined).length;
  if (given > 1) fail("bpf", -1, "has one program: give one of fd, pinned, bytecode");
  if (given === 0) return optional ? {} : fail("fd", -1, "is missing: fd, pinned or bytecode");
  if (bytecode !== undefined) {
    const ops =
      typeof bytecode === "string"
        ? (parseBytecode(bytecode) ?? fail("bytecode", -1, `${show(bytecode)} is not ${BYTECODE_FORMS}`))
        : (expectArray(bytecode, "bytecode") as readonly BpfInstruction[]);
    if (ops.length === 0 || ops.length > MAX_OPS)
      fail("bytecode", -1, `has ${ops.length} instructions, not 1 to ${MAX_OPS}`);
    return { opsLen: ops.length, ops: [...ops] };
  }
  const fd =
    count(options, "fd", 0x7fffffff) ??
    (openPinned ?? fail("pinned", -1, "cannot be opened from here: give the fd"))(expectText(pinned, "pinned"));
  return {
    fd,
    name: expectText(
      name ?? (pinned === undefined ? "bpf" : `${pinned.slice(pinned.lastIndexOf("/") + 1)}:[*fsobj]`),
      "name",
    ),
  };
}

interface ProgramWire {
  readonly ops?: readonly BpfInstruction[];
  readonly name?: string;
  readonly id?: number;
  readonly tag?: Uint8Array;
}
export const programFromWire = ({ ops, name, id, tag }: ProgramWire): BpfProgram => ({
  ...(ops && { bytecode: formatBytecode(ops) }),
  ...(name !== undefined && { name }),
  ...(id !== undefined && { id }),
  ...(tag && { tag: formatHex(tag) }),
});

/** The words that name a program (bpf_parse_common of iproute2's lib/bpf_legacy.c). Files of objects are not loaded here. */
export function parseProgram(words: Words, out: Record<string, unknown>): void {
  words.take("run");
  const word =
    words.take("bytecode", "bc", "object-pinned", "pinned", "fd") ??
    words.unknown(words.next("bpf", "a program"), ["bytecode", "object-pinned", "fd", "index"]);
  switch (word) {
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
}
export const programWords = ({ bytecode }: BpfProgram): string[] =>
  bytecode === undefined ? [] : ["bytecode", bytecode];

/** What tc asks the kernel about a loaded program (name, jited, load time) is not known here. */
export function showProgram({ ops, id, tag }: ProgramWire, out: Out): void {
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
}
