/** Counters as `tc -s` shows them (print_tcstats2_attr of iproute2's tc/tc_util.c). @module */
import { formatRate } from "../text/rate.ts";
import { formatSize } from "../text/size.ts";
import type { Out } from "./show.ts";
import type { TcStats2 } from "./stats.ts";

/** Lines begin with `prefix`, and the last one is not ended. */
export function showStats2(
  { basic, basicHw, pkt64, queue, rateEst, rateEst64 }: TcStats2,
  out: Out,
  prefix: string,
): void {
  if (basic) {
    out.put("bytes", basic.bytes, `${prefix}Sent ${basic.bytes} bytes`);
    const packets = pkt64 || basic.packets;
    out.put("packets", packets, ` ${packets} pkt`);
  }
  if (queue) {
    const { drops, overlimits, requeues } = queue;
    out.put("drops", drops, ` (dropped ${drops}`);
    out.put("overlimits", overlimits, `, overlimits ${overlimits}`);
    out.put("requeues", requeues, ` requeues ${requeues}) `);
  }
  if (basicHw && (basicHw.bytes !== 0n || basicHw.packets !== 0)) {
    if (basic && basic.bytes >= basicHw.bytes && basic.packets >= basicHw.packets) {
      const bytes = basic.bytes - basicHw.bytes;
      const packets = basic.packets - basicHw.packets;
      out.put("sw_bytes", bytes, `\n${prefix}Sent software ${bytes} bytes`);
      out.put("sw_packets", packets, ` ${packets} pkt`);
    }
    out.put("hw_bytes", basicHw.bytes, `\n${prefix}Sent hardware ${basicHw.bytes} bytes`);
    out.put("hw_packets", basicHw.packets, ` ${basicHw.packets} pkt`);
  }
  const estimate = rateEst64 ?? rateEst;
  if (estimate) {
    out.put("rate", estimate.bps, `\n${prefix}rate ${formatRate(estimate.bps)}`);
    out.put("pps", estimate.pps, ` ${estimate.pps}pps`);
  }
  if (queue) {
    const { backlog, qlen, requeues } = queue;
    if (!rateEst) out.say("\n");
    out.put("backlog", backlog, `${prefix}backlog ${formatSize(backlog)}`);
    out.put("qlen", qlen, ` ${qlen}p requeues ${requeues}`);
  }
}
