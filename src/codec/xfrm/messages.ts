/** All of IPsec's messages: the schema of each type. @module */
import { NLM_F_DUMP, NLM_F_REQUEST } from "../nlmsg/header.ts";
import type { Attrs } from "../schema/attrs.ts";
import { nameOf } from "../schema/scalar.ts";
import { policyCounts, stateCounts, xfrmDefault } from "./info.ts";
import {
  xfrmAcquire,
  xfrmMigrate,
  xfrmPolicy,
  xfrmPolicyDump,
  xfrmPolicyExpire,
  xfrmPolicyId,
  xfrmReport,
} from "./policy.ts";
import {
  xfrmAe,
  xfrmAllocSpi,
  xfrmExpire,
  xfrmMapping,
  xfrmState,
  xfrmStateDump,
  xfrmStateFlush,
  xfrmStateId,
} from "./state.ts";
import { type XfrmType, xfrmTypes } from "./types.ts";

const schemas: { readonly [T in XfrmType]: Attrs } = {
  newsa: xfrmState,
  delsa: xfrmStateId,
  getsa: xfrmStateId,
  newpolicy: xfrmPolicy,
  delpolicy: xfrmPolicyId,
  getpolicy: xfrmPolicyId,
  allocspi: xfrmAllocSpi,
  acquire: xfrmAcquire,
  expire: xfrmExpire,
  updpolicy: xfrmPolicy,
  updsa: xfrmState,
  polexpire: xfrmPolicyExpire,
  flushsa: xfrmStateFlush,
  flushpolicy: xfrmPolicyDump,
  newae: xfrmAe,
  getae: xfrmAe,
  report: xfrmReport,
  migrate: xfrmMigrate,
  newsadinfo: stateCounts,
  getsadinfo: stateCounts,
  newspdinfo: policyCounts,
  getspdinfo: policyCounts,
  mapping: xfrmMapping,
  setdefault: xfrmDefault,
  getdefault: xfrmDefault,
};
/** Requests for all of a table have another form than those for one. */
const dumps: { readonly [T in XfrmType]?: Attrs } = { getsa: xfrmStateDump, getpolicy: xfrmPolicyDump };

/** Name and schema of a message, or undefined for a type that there is not. */
export function xfrmMessage(
  type: number,
  flags: number,
): { readonly name: XfrmType; readonly schema: Attrs } | undefined {
  const name = nameOf(xfrmTypes, type) as XfrmType | undefined;
  if (name === undefined) return undefined;
  const dump = (flags & NLM_F_REQUEST) !== 0 && (flags & NLM_F_DUMP) === NLM_F_DUMP;
  return { name, schema: (dump && dumps[name]) || schemas[name] };
}
