/** A policy as `ip xfrm policy` has it (xfrm_policy_info_print, xfrm_tmpl_print of ip/ipxfrm.c). @module */
import { readPolicy } from "../../../api/xfrm/policy-value.ts";
import type { Json, Out } from "../../../codec/tc/show.ts";
import type { XfrmPolicyMessage, XfrmTemplate } from "../../../codec/xfrm/policy.ts";
import {
  xfrmActions,
  xfrmDirections,
  xfrmPolicyFlags,
  xfrmPolicyTypes,
  xfrmShares,
} from "../../../codec/xfrm/types.ts";
import {
  bits8,
  flagText,
  hex,
  hex0,
  idText,
  lifetimeText,
  markText,
  type Style,
  selectorText,
  timeText,
  wordOf,
} from "./print.ts";

const { localok, icmp } = xfrmPolicyFlags.values;
/** Directions from here on are of sockets' own policies. */
const SOCKETS = 3;

/** `prefix` begins each line but the first, which `title` begins. */
export function printPolicy(m: XfrmPolicyMessage, out: Out, style: Style, prefix = "", title = ""): void {
  const { message: _, ...policy } = readPolicy(m, style.deviceName);
  for (const [key, value] of Object.entries(policy)) out.put(key, value as Json);
  out.say(policyText(m, style, prefix, title));
}
export function policyText(m: XfrmPolicyMessage, style: Style, prefix = "", title = ""): string {
  const { stats } = style;
  const indent = `${prefix}\t`;
  let text = selectorText(m.sel, title, style);
  if (m.secCtx) text += `\tsecurity context ${m.secCtx.context} \n`;
  text += `${indent}${m.dir >= SOCKETS ? "socket" : "dir"} ${wordOf(xfrmDirections, m.dir % SOCKETS)} `;
  if (stats || m.action !== xfrmActions.values.allow) text += `action ${wordOf(xfrmActions, m.action)} `;
  if (stats) text += `index ${m.index} `;
  text += `priority ${m.priority} `;
  if (m.policyType) text += `ptype ${wordOf(xfrmPolicyTypes, m.policyType.type)} `;
  if (stats) text += `share ${wordOf(xfrmShares, m.share)} `;
  if (stats || m.flags) text += `flag ${flagText({ localok, icmp }, m.flags)}`;
  if (stats) text += ` (0x${bits8(m.flags)})`;
  text += "\n";
  if (stats) text += lifetimeText(m, indent);
  if (m.mark) text += `\tmark ${markText(m.mark)} \n`;
  for (const template of m.tmpl ?? []) text += templateText(template, indent, style);
  if (m.lastused !== undefined) text += `${indent}lastused ${timeText(m.lastused)}\n`;
  if (m.ifId !== undefined) text += `${indent}if_id ${hex0(m.ifId)}\n`;
  return text;
}
function templateText(t: XfrmTemplate, indent: string, style: Style): string {
  const { stats } = style;
  let text = indent + idText(t, false, indent, "tmpl ", style);
  if (stats || t.optional) {
    text += `${indent}\t${t.optional ? "level use " : "level required "}`;
    text += `${stats ? `share ${wordOf(xfrmShares, t.share)} ` : ""}\n`;
  }
  const mask = (bits: number) => hex(bits, 8).slice(2);
  if (stats) text += `${indent}\tenc-mask ${mask(t.ealgos)} auth-mask ${mask(t.aalgos)} comp-mask ${mask(t.calgos)}\n`;
  return text;
}
