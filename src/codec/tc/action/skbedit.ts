/** skbedit: sets what the kernel keeps beside a packet: priority, mark, queue, type (net/sched/act_skbedit.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail, show } from "../../schema/program.ts";
import { enumeration, flags, names, u16, u32, u64 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { formatHandle, HANDLE_FORMS, parseHandle } from "../handle.ts";
import { choice, count, toggle } from "../options.ts";
import { parseInteger } from "../words.ts";

const packetTypes = names("PACKET_", { host: 0, broadcast: 1, multicast: 2, otherhost: 3 });
type PacketType = keyof typeof packetTypes.values;
const PACKET_TYPES = Object.keys(packetTypes.values) as PacketType[];
const skbeditFlags = names("SKBEDIT_F_", { inheritdsfield: 0x20, txq_skbhash: 0x40 });
/** TCA_SKBEDIT_* (tcf_skbedit_dump). */
export const skbeditSchema = attrs(
  "skbedit",
  { c: "TCA_SKBEDIT_" },
  {
    parms: [2, struct("tc_skbedit", { size: 20 }, tcGen)],
    priority: [3, u32],
    queueMapping: [4, u16],
    mark: [5, u32],
    ptype: [7, enumeration(u16, packetTypes)],
    mask: [8, u32],
    /** With `txq_skbhash`: the last of the queues, of which the packet's hash chooses one. */
    queueMappingMax: [10, u16],
    flags: [9, flags(u64, skbeditFlags)],
    tm: [1, tcfT],
  },
);

/** `control` is `"pipe"` by default. At least one of the others is set. */
export interface SkbeditOptions extends ActionOptions {
  /** The class, `"1:10"`, or a number: skb->priority. */
  readonly priority?: string | number | undefined;
  /** Transmit queue; or the first and the last of several, of which the packet's hash chooses (Linux 6.1). */
  readonly queueMapping?: number | readonly [first: number, last: number] | undefined;
  readonly mark?: number | undefined;
  /** Bits of the mark that are set: all by default. */
  readonly markMask?: number | undefined;
  readonly packetType?: PacketType | undefined;
  /** Takes the priority from the IP header's DS field. */
  readonly inheritDsField?: boolean | undefined;
}
export interface Skbedit extends ActionCommon {
  priority?: string;
  queueMapping?: number | [first: number, last: number];
  mark?: number;
  markMask?: number;
  packetType?: PacketType;
  inheritDsField?: boolean;
}

const U16 = 0xffff;
const WORDS = ["priority", "queue_mapping", "mark", "ptype", "inheritdsfield"];

export const skbeditKind = actionKind<"skbedit", typeof skbeditSchema, SkbeditOptions, Skbedit>({
  kind: "skbedit",
  schema: skbeditSchema,
  control: "pipe",
  known: { priority: true, queueMapping: true, mark: true, markMask: true, packetType: true, inheritDsField: true },
  parms: "parms",
  toWire(options, gen) {
    const { priority, queueMapping } = options;
    const handle = priority === undefined ? undefined : parseHandle(priority);
    if (priority !== undefined && handle === undefined)
      fail("priority", -1, `${show(priority)} is not ${HANDLE_FORMS}`);
    const queues =
      queueMapping === undefined || typeof queueMapping === "number" ? { first: queueMapping } : rangeOf(queueMapping);
    const first = count(queues, "first", U16);
    const last = count(queues, "last", U16);
    if (last !== undefined && last < first!) fail("queueMapping", -1, `${last} is before ${first}`);
    const mark = count(options, "mark");
    const mask = count(options, "markMask");
    if (mask !== undefined && mark === undefined) fail("markMask", -1, "is given without a mark");
    const ptype = choice(options, "packetType", PACKET_TYPES);
    const pure =
      (toggle(options, "inheritDsField") ? skbeditFlags.values.inheritdsfield : 0) |
      (last === undefined ? 0 : skbeditFlags.values.txq_skbhash);
    if (handle === undefined && first === undefined && mark === undefined && ptype === undefined && pure === 0)
      fail("", -1, "nothing is set: priority, queueMapping, mark, packetType or inheritDsField");
    return {
      parms: gen,
      ...(handle !== undefined && { priority: handle }),
      ...(first !== undefined && { queueMapping: first }),
      ...(mark !== undefined && { mark }),
      ...(ptype !== undefined && { ptype: packetTypes.values[ptype] }),
      ...(mask !== undefined && { mask }),
      ...(last !== undefined && { queueMappingMax: last }),
      ...(pure !== 0 && { flags: BigInt(pure) }),
    };
  },
  fromWire: ({ priority, queueMapping, queueMappingMax, mark, mask, ptype, flags = 0n }) => ({
    ...(priority !== undefined && { priority: formatHandle(priority) }),
    ...(queueMapping !== undefined && {
      queueMapping:
        queueMappingMax === undefined ? queueMapping : ([queueMapping, queueMappingMax] as [number, number]),
    }),
    ...(mark !== undefined && { mark }),
    ...(mask !== undefined && { markMask: mask }),
    ...(ptype !== undefined && { packetType: PACKET_TYPES[ptype] ?? "host" }),
    ...((flags & BigInt(skbeditFlags.values.inheritdsfield)) !== 0n && { inheritDsField: true }),
  }),
  parse(words, out) {
    let seen = false;
    for (let word = words.take(...WORDS); word !== undefined; word = words.take(...WORDS)) {
      seen = true;
      switch (word) {
        case "priority":
          out.priority = formatHandle(words.value(word, HANDLE_FORMS, (w) => parseHandle(w) ?? hexadecimal(w)));
          break;
        case "queue_mapping":
          out.queueMapping = words.take("skbhash")
            ? [words.integer(word, U16), words.integer(word, U16)]
            : words.integer(word, U16);
          break;
        case "mark": {
          const [mark = "", mask] = words.next(word).split("/");
          out.mark = u32Of(mark) ?? words.fail(`mark: ${show(mark)} is not a number`);
          if (mask !== undefined) out.markMask = u32Of(mask) ?? words.fail(`mark: ${show(mask)} is not a mask`);
          break;
        }
        case "ptype":
          out.packetType = words.oneOf(word, PACKET_TYPES);
          break;
        default:
          out.inheritDsField = true;
      }
    }
    if (!seen) words.unknown(words.next("skbedit", "what to set"), WORDS);
  },
  words: ({ priority, queueMapping, mark, markMask, packetType, inheritDsField }) => [
    ...(queueMapping === undefined
      ? []
      : typeof queueMapping === "number"
        ? ["queue_mapping", String(queueMapping)]
        : ["queue_mapping", "skbhash", ...queueMapping.map(String)]),
    ...(priority === undefined ? [] : ["priority", priority]),
    ...(mark === undefined
      ? []
      : ["mark", markMask === undefined ? String(mark) : `${mark}/0x${markMask.toString(16)}`]),
    ...(packetType === undefined ? [] : ["ptype", packetType]),
    ...(inheritDsField ? ["inheritdsfield"] : []),
  ],
  // print_skbedit of iproute2's tc/m_skbedit.c, which knows no range of queues.
  show({ parms, priority, queueMapping, queueMappingMax, mark, mask, ptype, flags = 0n, tm }, out, context) {
    out.put("kind", "skbedit", "skbedit ");
    if (queueMapping !== undefined) out.put("queue_mapping", queueMapping, `queue_mapping ${queueMapping}`);
    if (queueMappingMax !== undefined) out.put("queue_mapping_max", queueMappingMax, ` ${queueMappingMax}`);
    if (priority !== undefined) out.put("priority", formatHandle(priority), ` priority ${formatHandle(priority)}`);
    if (mark !== undefined) out.put("mark", mark, ` mark ${mark}`);
    if (mask !== undefined) out.put("mask", mask.toString(16), `/0x${mask.toString(16)}`);
    if (ptype !== undefined) {
      const name = PACKET_TYPES[ptype];
      out.put("ptype", name ?? ptype, ` ptype ${name ?? ptype}`);
    }
    if ((flags & BigInt(skbeditFlags.values.inheritdsfield)) !== 0n) out.put("inheritdsfield", null, " inheritdsfield");
    showVerdict(out, parms?.action ?? 0);
    showUse(out, parms, tm, context);
  },
});
const u32Of = (text: string): number | undefined => {
  const x = parseInteger(text);
  return x !== undefined && x >= 0 && x <= 0xffffffff ? x : undefined;
};
/** A class without its colon is a number in hexadecimal (get_tc_classid). */
const hexadecimal = (word: string): number | undefined =>
  /^[0-9a-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : undefined;
const rangeOf = (range: readonly number[]): { readonly first?: number; readonly last?: number } =>
  Array.isArray(range) && range.length === 2
    ? { first: range[0]!, last: range[1]! }
    : fail("queueMapping", -1, `${show(range)} is not a queue, or the first and the last of several`);
