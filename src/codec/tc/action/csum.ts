/** csum: makes checksums anew, after pedit (net/sched/act_csum.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { expectArray, fail, show } from "../../schema/program.ts";
import { flags, names, namesOf, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";

const updateFlags = names(
  "TCA_CSUM_UPDATE_FLAG_",
  { iph: 1, icmp: 2, igmp: 4, tcp: 8, udp: 16, udplite: 32, sctp: 64 },
  { iph: "IPV4HDR" },
);
/** Header whose checksum is made: `iph` is IPv4's own. */
export type ChecksumOf = keyof typeof updateFlags.values;
/** TCA_CSUM_* (tcf_csum_dump). */
export const csumSchema = attrs(
  "csum",
  { c: "TCA_CSUM_" },
  { parms: [1, struct("tc_csum", { size: 24 }, { ...tcGen, updateFlags: flags(u32, updateFlags) })], tm: [2, tcfT] },
);

/** `control` is `"pass"` by default. */
export interface CsumOptions extends ActionOptions {
  readonly update?: readonly ChecksumOf[] | undefined;
}
export interface Csum extends ActionCommon {
  update: ChecksumOf[];
}

const KINDS = Object.keys(updateFlags.values) as ChecksumOf[];
const SYNONYMS: { readonly [word: string]: ChecksumOf } = { ip4h: "iph", ipv4h: "iph" };
/** Words that mean nothing. */
const SWEETS = ["and", "or", "+"];

export const csumKind = actionKind<"csum", typeof csumSchema, CsumOptions, Csum>({
  kind: "csum",
  schema: csumSchema,
  control: "pass",
  known: { update: true },
  parms: "parms",
  toWire({ update }, gen) {
    let bits = 0;
    for (const name of expectArray(update ?? [], "update") as readonly ChecksumOf[]) {
      if (!Object.hasOwn(updateFlags.values, name))
        fail("update", -1, `${show(name)} is not one of ${KINDS.join(", ")}`);
      bits |= updateFlags.values[name];
    }
    if (bits === 0) fail("update", -1, `is missing: one or more of ${KINDS.join(", ")}`);
    return { parms: { ...gen, updateFlags: bits } };
  },
  fromWire: ({ parms }) => ({ update: namesOf(updateFlags, parms?.updateFlags ?? 0).names as ChecksumOf[] }),
  parse(words, out) {
    const update: ChecksumOf[] = [];
    for (;;) {
      const word = words.take(...KINDS, ...Object.keys(SYNONYMS), ...SWEETS);
      if (word === undefined) break;
      // Between two actions `and` is the list's.
      if (!SWEETS.includes(word)) update.push(SYNONYMS[word] ?? (word as ChecksumOf));
    }
    if (update.length === 0) words.unknown(words.next("csum", "a header"), KINDS);
    out.update = update;
  },
  words: ({ update }) => [...update],
  // print_csum of iproute2's tc/m_csum.c.
  show(value, out, context) {
    const list = namesOf(updateFlags, value.parms?.updateFlags ?? 0).names.join(", ") || "?empty";
    out.put("kind", "csum", "csum ");
    out.put("csum", list, `(${list}) `);
    showVerdict(out, value.parms?.action ?? 0, "action ");
    showUse(out, value.parms, value.tm, context, "\n\tindex");
  },
});
