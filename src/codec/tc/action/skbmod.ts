/** skbmod: changes the Ethernet header, or marks congestion (net/sched/act_skbmod.c). @module */
import { attrs, mac } from "../../schema/attrs.ts";
import { fail } from "../../schema/program.ts";
import { flags, names, u16, u64 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { parseMac } from "../../wire/mac.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count, MAC_FORMS, macOf, toggle } from "../options.ts";

const skbmodFlags = names("SKBMOD_F_", { dmac: 1, smac: 2, etype: 4, swapmac: 8, ecn: 0x10 });
const BITS = skbmodFlags.values;
/** TCA_SKBMOD_* (tcf_skbmod_dump). */
export const skbmodSchema = attrs(
  "skbmod",
  { c: "TCA_SKBMOD_" },
  {
    parms: [2, struct("tc_skbmod", { size: 32 }, { ...tcGen, flags: flags(u64, skbmodFlags) })],
    dmac: [3, mac],
    smac: [4, mac],
    etype: [5, u16],
    tm: [1, tcfT],
  },
);

/** `control` is `"pipe"` by default. What is set, `swapMac` and `ecn` exclude each other: the kernel does the last of them only. */
export interface SkbmodOptions extends ActionOptions {
  readonly dstMac?: string | undefined;
  readonly srcMac?: string | undefined;
  readonly ethertype?: number | undefined;
  /** Changes source and destination over. */
  readonly swapMac?: boolean | undefined;
  /** Marks what can be marked as having met congestion (Linux 5.15). */
  readonly ecn?: boolean | undefined;
}
export interface Skbmod extends ActionCommon {
  dstMac?: string;
  srcMac?: string;
  ethertype?: number;
  swapMac?: boolean;
  ecn?: boolean;
}

const WORDS = ["set", "swap", "ecn", "dmac", "smac", "etype", "mac"];

export const skbmodKind = actionKind<"skbmod", typeof skbmodSchema, SkbmodOptions, Skbmod>({
  kind: "skbmod",
  schema: skbmodSchema,
  control: "pipe",
  known: { dstMac: true, srcMac: true, ethertype: true, swapMac: true, ecn: true },
  parms: "parms",
  toWire(options, gen) {
    const dmac = macOf(options, "dstMac");
    const smac = macOf(options, "srcMac");
    const etype = count(options, "ethertype", 0xffff);
    const sets = dmac !== undefined || smac !== undefined || etype !== undefined;
    const swap = toggle(options, "swapMac") === true;
    const ecn = toggle(options, "ecn") === true;
    if (swap && (sets || ecn)) fail("swapMac", -1, "excludes all else");
    if (ecn && sets) fail("ecn", -1, "excludes all else");
    if (!sets && !swap && !ecn) fail("", -1, "nothing is to be done: dstMac, srcMac, ethertype, swapMac or ecn");
    const bits =
      (dmac === undefined ? 0 : BITS.dmac) |
      (smac === undefined ? 0 : BITS.smac) |
      (etype === undefined ? 0 : BITS.etype) |
      (swap ? BITS.swapmac : 0) |
      (ecn ? BITS.ecn : 0);
    return {
      parms: { ...gen, flags: BigInt(bits) },
      ...(dmac !== undefined && { dmac }),
      ...(smac !== undefined && { smac }),
      ...(etype !== undefined && { etype }),
    };
  },
  fromWire: ({ parms, dmac, smac, etype }) => ({
    ...(dmac !== undefined && { dstMac: dmac }),
    ...(smac !== undefined && { srcMac: smac }),
    ...(etype !== undefined && { ethertype: etype }),
    ...(has(parms?.flags, BITS.swapmac) && { swapMac: true }),
    ...(has(parms?.flags, BITS.ecn) && { ecn: true }),
  }),
  parse(words, out) {
    let seen = false;
    for (let word = words.take(...WORDS); word !== undefined; word = words.take(...WORDS)) {
      switch (word) {
        case "set":
        case "swap":
          continue;
        case "mac":
          out.swapMac = true;
          break;
        case "ecn":
          out.ecn = true;
          break;
        case "etype":
          out.ethertype = words.integer(word, 0xffff);
          break;
        default:
          out[word === "dmac" ? "dstMac" : "srcMac"] = words.value(word, MAC_FORMS, (w) =>
            parseMac(w) ? w : undefined,
          );
      }
      seen = true;
    }
    if (!seen) words.unknown(words.next("skbmod", "what to do"), WORDS);
  },
  words: ({ dstMac, srcMac, ethertype, swapMac, ecn }) => [
    ...(ethertype === undefined ? [] : ["set", "etype", `0x${ethertype.toString(16)}`]),
    ...(dstMac === undefined ? [] : ["set", "dmac", dstMac]),
    ...(srcMac === undefined ? [] : ["set", "smac", srcMac]),
    ...(swapMac ? ["swap", "mac"] : []),
    ...(ecn ? ["ecn"] : []),
  ],
  // print_skbmod of iproute2's tc/m_skbmod.c.
  show({ parms, dmac, smac, etype, tm }, out, context) {
    out.put("kind", "skbmod", "skbmod ");
    showVerdict(out, parms?.action ?? 0, "");
    out.say(" ");
    if (etype !== undefined) {
      const hex = etype.toString(16);
      out.put("etype", `0x${hex}`, `set etype 0x${hex.toUpperCase()} \n\t `);
    }
    if (dmac !== undefined) out.put("dmac", dmac, `set dmac ${dmac} `);
    if (smac !== undefined) out.put("smac", smac, `set smac ${smac} `);
    if (has(parms?.flags, BITS.swapmac)) out.put("swapmac", null, "swap mac ");
    if (has(parms?.flags, BITS.ecn)) out.put("ecn", null, "ecn ");
    showUse(out, parms, tm, context);
  },
});
const has = (bits: bigint | undefined, bit: number): boolean => ((bits ?? 0n) & BigInt(bit)) !== 0n;
