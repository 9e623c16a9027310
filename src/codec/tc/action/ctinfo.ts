/** ctinfo: restores DSCP or mark from the mark of the connection (net/sched/act_ctinfo.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail } from "../../schema/program.ts";
import { u16, u32, u64 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type ActionCommon, type ActionOptions, actionKind, showAges, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count } from "../options.ts";
import { parseInteger } from "../words.ts";

/** TCA_CTINFO_* (tcf_ctinfo_dump). The last three count packets. */
export const ctinfoSchema = attrs(
  "ctinfo",
  { c: "TCA_CTINFO_" },
  {
    tm: [2, tcfT],
    act: [3, struct("tc_ctinfo", { size: 20 }, tcGen)],
    zone: [4, u16],
    dscpMask: [5, u32, "PARMS_DSCP_MASK"],
    dscpStatemask: [6, u32, "PARMS_DSCP_STATEMASK"],
    cpmarkMask: [7, u32, "PARMS_CPMARK_MASK"],
    statsDscpSet: [8, u64],
    statsDscpError: [9, u64],
    statsCpmarkSet: [10, u64],
  },
);

/** `control` is `"pipe"` by default. */
export interface CtinfoOptions extends ActionOptions {
  /** Of connection tracking; 0 by default. */
  readonly zone?: number | undefined;
  /** The six bits of the connection's mark that hold the DSCP. */
  readonly dscpMask?: number | undefined;
  /** Bits outside of these of which one must be set; none by default: always. */
  readonly dscpStateMask?: number | undefined;
  /** Bits of the connection's mark that become the packet's. */
  readonly markMask?: number | undefined;
}
export interface Ctinfo extends ActionCommon {
  zone: number;
  dscpMask?: number;
  dscpStateMask?: number;
  markMask?: number;
}

const ALL = 0xffffffff;
const hex = (mask: number): string => `0x${mask.toString(16).padStart(8, "0")}`;
const maskWord = (word: string): number | undefined => {
  const x = parseInteger(word);
  return x !== undefined && x >= 0 && x <= ALL ? x : undefined;
};

export const ctinfoKind = actionKind<"ctinfo", typeof ctinfoSchema, CtinfoOptions, Ctinfo>({
  kind: "ctinfo",
  schema: ctinfoSchema,
  control: "pipe",
  known: { zone: true, dscpMask: true, dscpStateMask: true, markMask: true },
  parms: "act",
  toWire(options, gen) {
    const dscpMask = count(options, "dscpMask", ALL, 1);
    const state = count(options, "dscpStateMask") || undefined;
    const cpmarkMask = count(options, "markMask", ALL, 1);
    if (dscpMask !== undefined && dscpMask / ((dscpMask & -dscpMask) >>> 0) !== 0x3f)
      fail("dscpMask", -1, `${hex(dscpMask)} is not six bits in a row`);
    if (state !== undefined && dscpMask === undefined) fail("dscpStateMask", -1, "is given without dscpMask");
    if (state !== undefined && (state & dscpMask!) !== 0) fail("dscpStateMask", -1, `${hex(state)} overlaps dscpMask`);
    return {
      act: gen,
      zone: count(options, "zone", 0xffff) ?? 0,
      ...(dscpMask !== undefined && { dscpMask }),
      ...(state !== undefined && { dscpStatemask: state }),
      ...(cpmarkMask !== undefined && { cpmarkMask }),
    };
  },
  fromWire: ({ zone = 0, dscpMask, dscpStatemask, cpmarkMask }) => ({
    zone,
    ...(dscpMask !== undefined && { dscpMask }),
    ...(dscpStatemask !== undefined && dscpStatemask !== 0 && { dscpStateMask: dscpStatemask }),
    ...(cpmarkMask !== undefined && { markMask: cpmarkMask }),
  }),
  parse(words, out) {
    if (words.take("dscp")) {
      out.dscpMask = words.integer("dscp");
      const state = words.maybe(maskWord);
      if (state !== undefined) out.dscpStateMask = state;
    }
    if (words.take("cpmark")) out.markMask = words.maybe(maskWord) ?? ALL;
    if (words.take("zone")) out.zone = words.integer("zone", 0xffff);
  },
  words: ({ zone, dscpMask, dscpStateMask, markMask }) => [
    ...(dscpMask === undefined
      ? []
      : ["dscp", hex(dscpMask), ...(dscpStateMask === undefined ? [] : [hex(dscpStateMask)])]),
    ...(markMask === undefined ? [] : ["cpmark", hex(markMask)]),
    ...["zone", String(zone)],
  ],
  // print_ctinfo of iproute2's tc/m_ctinfo.c.
  show(value, out, context) {
    const { act, zone = 0, dscpMask, dscpStatemask = 0, cpmarkMask, tm } = value;
    const put = (key: string, mask: number, lead: string) =>
      out.put(key, mask === 0 ? "0" : `0x${mask.toString(16)}`, `${lead}${hexPadded(mask)}`);
    out.put("kind", "ctinfo", "ctinfo ");
    out.put("zone", zone, `zone ${zone}`);
    showVerdict(out, act?.action ?? 0);
    showUse(out, act, undefined, context, undefined, "");
    if (dscpMask !== undefined) {
      put("dscpmask", dscpMask, " dscp ");
      put("dscpstatemask", dscpStatemask, " ");
    }
    if (cpmarkMask !== undefined) put("cpmark", cpmarkMask, " cpmark ");
    if (context.statistics) {
      showAges(out, tm);
      const { statsDscpSet, statsDscpError, statsCpmarkSet } = value;
      if (statsDscpSet !== undefined) out.put("dscpset", statsDscpSet, ` DSCP set ${statsDscpSet}`);
      if (statsDscpError !== undefined) out.put("dscperror", statsDscpError, ` error ${statsDscpError}`);
      if (statsCpmarkSet !== undefined) out.put("cpmarkset", statsCpmarkSet, ` CPMARK set ${statsCpmarkSet}`);
    }
    out.say("\n");
  },
});
/** C's `%#010x`: a zero has no prefix. */
const hexPadded = (mask: number): string => (mask === 0 ? "0000000000" : hex(mask));
