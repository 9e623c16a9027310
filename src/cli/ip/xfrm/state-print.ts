/** A state as `ip xfrm state` has it (xfrm_state_info_print, xfrm_xfrma_print of ip/ipxfrm.c). @module */
import { readState } from "../../../api/xfrm/state-value.ts";
import type { Json, Out } from "../../../codec/tc/show.ts";
import type { XfrmStateMessage } from "../../../codec/xfrm/state.ts";
import {
  xfrmEncapTypes,
  xfrmExtraFlags,
  xfrmOffloadFlags,
  xfrmProtocols,
  xfrmStateFlags,
} from "../../../codec/xfrm/types.ts";
import {
  bits8,
  flagText,
  hex,
  hex0,
  idText,
  keyText,
  lifetimeText,
  markText,
  type Style,
  selectorText,
  timeText,
  wordOf,
} from "./print.ts";

const { esp, ah, comp } = xfrmProtocols.values;

/** With `nokeys` the keys are left out. */
export function printState(m: XfrmStateMessage, out: Out, style: Style, nokeys = false): void {
  const { message: _, ...state } = readState(m, style.deviceName);
  for (const [key, value] of Object.entries(state)) out.put(key, value as Json);
  const { stats } = style;
  const ipsec = [esp, ah, comp].includes(m.proto as 50);
  out.say(idText({ ...m, saddr: m.saddr, daddr: m.daddr }, ipsec, "", "", style));
  // "seq 0x%08u": decimal digits.
  let line = `\treplay-window ${m.replayWindow} ${stats ? `seq 0x${String(m.seq).padStart(8, "0")} ` : ""}`;
  if (stats || m.flags) line += `flag ${flagText(xfrmStateFlags.values, m.flags)}`;
  if (stats && m.extraFlags) line += `extra_flag ${flagText(xfrmExtraFlags.values, m.extraFlags)}`;
  if (stats) line += ` (0x${bits8(m.flags)})`;
  out.say(`${line}\n${attributesText(m, style, nokeys)}`);
  if (!isNothing(m)) out.say(selectorText(m.sel, "\tsel ", style, m.family));
  if (stats) {
    const { replayWindow, replay, integrityFailed } = m.stats;
    out.say(lifetimeText(m, "\t"));
    out.say(`\tstats:\n\t  replay-window ${replayWindow} replay ${replay} failed ${integrityFailed}\n`);
  }
  if (m.secCtx) out.say(`\tsecurity context ${m.secCtx.context} \n`);
}
const isNothing = ({ sel }: XfrmStateMessage): boolean =>
  sel.family === 0 && Object.entries(sel).every(([name, x]) => name === "daddr" || name === "saddr" || x === 0);

function attributesText(m: XfrmStateMessage, style: Style, nokeys: boolean): string {
  const key = (bytes: Uint8Array) => (nokeys ? "<<Keys hidden>>" : bytes.length === 0 ? "" : keyText(bytes));
  const bits = (length: number) => (style.stats && length > 0 ? ` (${length} bits)` : "");
  const lines: string[] = [];
  if (m.algAuth && !m.algAuthTrunc) lines.push(`auth ${m.algAuth.name} ${key(m.algAuth.key)}${bits(m.algAuth.keyLen)}`);
  if (m.algAuthTrunc) {
    const { name, key: bytes, keyLen, truncLen } = m.algAuthTrunc;
    lines.push(`auth-trunc ${name} ${key(bytes)}${bits(keyLen)} ${truncLen}`);
  }
  if (m.algAead) {
    const { name, key: bytes, keyLen, icvLen } = m.algAead;
    lines.push(`aead ${name} ${key(bytes)}${bits(keyLen)} ${icvLen}`);
  }
  if (m.algCrypt) lines.push(`enc ${m.algCrypt.name} ${key(m.algCrypt.key)}${bits(m.algCrypt.keyLen)}`);
  if (m.algComp) lines.push(`comp ${m.algComp.name} ${key(m.algComp.key)}${bits(m.algComp.keyLen)}`);
  if (m.encap && !(m.encap instanceof Uint8Array)) {
    const { type, sport, dport, oa } = m.encap;
    lines.push(`encap type ${wordOf(xfrmEncapTypes, type)} sport ${sport} dport ${dport} addr ${oa}`);
  }
  if (m.coaddr && !(m.coaddr instanceof Uint8Array)) lines.push(`coa ${m.coaddr.address}`);
  if (m.lastused !== undefined) lines.push(`lastused ${timeText(m.lastused)}`);
  if (m.replayVal) {
    const { seq, oseq, bitmap } = m.replayVal;
    lines.push(`anti-replay context: seq ${hex(seq)}, oseq ${hex(oseq)}, bitmap ${hex(bitmap, 8)}`);
  }
  if (m.replayEsnVal) {
    const { seq, oseq, seqHi, oseqHi, replayWindow, bmp } = m.replayEsnVal;
    lines.push("anti-replay esn context:");
    lines.push(` seq-hi ${hex(seqHi)}, seq ${hex(seq)}, oseq-hi ${hex(oseqHi)}, oseq ${hex(oseq)}`);
    lines.push(` replay_window ${replayWindow}, bitmap-length ${bmp.length}`);
    for (let i = bmp.length; i > 0; i -= 8)
      lines.push(
        ` ${bmp
          .slice(Math.max(0, i - 8), i)
          .reverse()
          .map((x) => `${x.toString(16).padStart(8, "0")} `)
          .join("")}`,
      );
  }
  if (m.offloadDev) {
    const { ifindex, flags } = m.offloadDev;
    const { in: inbound, packet } = xfrmOffloadFlags.values;
    const kind = flags & packet ? "packet" : "crypto";
    lines.push(
      `${kind} offload parameters: dev ${style.deviceName(ifindex) ?? `if${ifindex}`} dir ${flags & inbound ? "in" : "out"} mode ${kind}`,
    );
  }
  if (m.ifId !== undefined) lines.push(`if_id ${hex0(m.ifId)}`);
  if (m.tfcpad !== undefined) lines.push(`tfcpad ${m.tfcpad}`);
  if (m.saDir !== undefined) lines.push(`dir ${m.saDir === 1 ? "in" : "out"}`);
  return marksText(m) + lines.map((text) => `\t${text}\n`).join("");
}
/** Both on one line. */
function marksText({ mark, setMark, setMarkMask }: XfrmStateMessage): string {
  const own = mark ? `\tmark ${markText(mark)} ` : "";
  if (setMark === undefined) return own && `${own}\n`;
  return `${own || "\t"}output-mark ${hex(setMark)}${setMarkMask === undefined ? "" : `/${hex(setMarkMask)}`}\n`;
}
