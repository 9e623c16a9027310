/** cbs: credit-based shaping (802.1Qav), for a queue of mqprio or taprio (net/sched/sch_cbs.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { s32, u8, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import type { TcKind } from "../kind.ts";
import { count, known, toggle } from "../options.ts";
import { integer, type Read, readWords } from "../word-table.ts";

/** `struct tc_cbs_qopt`. */
const tcCbsQopt = struct(
  "tc_cbs_qopt",
  { size: 20 },
  {
    offload: u8,
    hicredit: unit(s32, "bytes"),
    locredit: unit(s32, "bytes"),
    idleslope: unit(s32, "kbit/s"),
    sendslope: unit(s32, "kbit/s"),
  },
);
/** TCA_CBS_* (cbs_dump). */
export const cbsSchema = attrs("cbs", { c: "TCA_CBS_" }, { parms: [1, tcCbsQopt] });

/** All are set anew, also by a change: what is left out is 0. `locredit` and `sendslope` are below zero. */
export interface CbsOptions {
  /** The most credit that may be gathered, and owed. */
  readonly hicreditBytes?: number | undefined;
  readonly locreditBytes?: number | undefined;
  /** How fast credit grows while something waits: the rate that is reserved; and shrinks while it is sent: that less the link's rate. */
  readonly idleslopeKbit?: number | undefined;
  readonly sendslopeKbit?: number | undefined;
  /** Leaves the work to the hardware. */
  readonly offload?: boolean | undefined;
}
export interface Cbs {
  hicreditBytes: number;
  locreditBytes: number;
  idleslopeKbit: number;
  sendslopeKbit: number;
  offload?: boolean;
}
const MAX = 0x7fffffff;
const signed = (option: string): Read => integer(option, MAX, -MAX - 1);

export const cbsKind: TcKind<"cbs", typeof cbsSchema, CbsOptions, Cbs> = {
  kind: "cbs",
  schema: cbsSchema,
  toWire(options) {
    known(options, {
      hicreditBytes: true,
      locreditBytes: true,
      idleslopeKbit: true,
      sendslopeKbit: true,
      offload: true,
    });
    const of = (name: keyof CbsOptions) => count(options, name, MAX, -MAX - 1) ?? 0;
    return {
      parms: {
        offload: toggle(options, "offload") ? 1 : 0,
        hicredit: of("hicreditBytes"),
        locredit: of("locreditBytes"),
        idleslope: of("idleslopeKbit"),
        sendslope: of("sendslopeKbit"),
      },
    };
  },
  fromWire: ({ parms }) => ({
    hicreditBytes: parms?.hicredit ?? 0,
    locreditBytes: parms?.locredit ?? 0,
    idleslopeKbit: parms?.idleslope ?? 0,
    sendslopeKbit: parms?.sendslope ?? 0,
    ...(parms?.offload && { offload: true }),
  }),
  parse: (words) =>
    readWords(words, {
      hicredit: signed("hicreditBytes"),
      locredit: signed("locreditBytes"),
      idleslope: signed("idleslopeKbit"),
      sendslope: signed("sendslopeKbit"),
      offload: (w, word, out) => {
        out.offload = w.integer(word, 1) === 1;
      },
    }),
  words: (o) => [
    ...["hicredit", String(o.hicreditBytes), "locredit", String(o.locreditBytes)],
    ...["sendslope", String(o.sendslopeKbit), "idleslope", String(o.idleslopeKbit)],
    ...(o.offload ? ["offload", "1"] : []),
  ],
  // cbs_print_opt of iproute2's tc/q_cbs.c.
  show({ parms }, out) {
    if (!parms) return;
    for (const key of ["hicredit", "locredit", "sendslope", "idleslope", "offload"] as const)
      out.put(key, parms[key], `${key} ${parms[key]} `);
  },
};
