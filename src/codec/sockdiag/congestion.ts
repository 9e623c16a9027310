/** What congestion controls say of a connection: union tcp_cc_info. Asked for by the bit of `vegasinfo`, whichever it is. @module */
import { bool, time, u16, u32, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** struct tcpvegas_info: vegas, and westwood, illinois and others that use it. */
export const vegasInfo = struct(
  "tcpvegas_info",
  { size: 16, c: "tcpv_", names: { minRtt: "tcpv_minrtt" } },
  { enabled: bool(u32), rttcnt: u32, rtt: time(u32, "us"), minRtt: time(u32, "us") },
);

/** struct tcp_dctcp_info */
export const dctcpInfo = struct(
  "tcp_dctcp_info",
  { size: 16, c: "dctcp_" },
  { enabled: bool(u16), ceState: u16, alpha: u32, abEcn: unit(u32, "bytes"), abTot: unit(u32, "bytes") },
);

/** struct tcp_bbr_info. Bandwidth in bytes per second, in two halves; gains in units of 1/256. */
export const bbrInfo = struct(
  "tcp_bbr_info",
  { size: 20, c: "bbr_" },
  { bwLo: u32, bwHi: u32, minRtt: time(u32, "us"), pacingGain: u32, cwndGain: u32 },
);
