/** Which schema a message of socket diagnostics has: requests and answers share their number, and begin with the family. @module */
import { NLM_F_REQUEST } from "../nlmsg/header.ts";
import type { Attrs } from "../schema/attrs.ts";
import type { Source } from "../wire/source.ts";
import { inet6Request, inet6Sockets, inetRequest, inetSockets } from "./inet.ts";
import { netlinkRequest, netlinkSocket } from "./netlink.ts";
import { packetRequest, packetSocket } from "./packet.ts";
import { sctpInfo } from "./sctp-info.ts";
import { AF, SOCK_DESTROY, SOCK_DIAG_BY_FAMILY } from "./types.ts";
import { unixRequest, unixSocket } from "./unix.ts";
import { vsockRequest, vsockSocket } from "./vsock.ts";
import { xdpRequest, xdpSocket } from "./xdp.ts";

const requests: { readonly [family: number]: Attrs } = {
  [AF.unix]: unixRequest,
  [AF.inet]: inetRequest,
  [AF.inet6]: inet6Request,
  [AF.netlink]: netlinkRequest,
  [AF.packet]: packetRequest,
  [AF.vsock]: vsockRequest,
  [AF.xdp]: xdpRequest,
};
const answers: { readonly [family: number]: Attrs } = {
  [AF.unix]: unixSocket,
  [AF.netlink]: netlinkSocket,
  [AF.packet]: packetSocket,
  [AF.vsock]: vsockSocket,
  [AF.xdp]: xdpSocket,
};

const INET_DIAG_INFO = 2;
const INET_DIAG_PROTOCOL = 10;
const HEAD = 72;
/** Shortest struct tcp_info that ever was; the longest struct mptcp_info is shorter. */
const TCP_INFO_MIN = 104;

/**
 * An answer does not name its protocol (but to raw sockets and in notifications), which decides what INET_DIAG_INFO is: without a
 * request to go by, the length must do.
 */
function inetAnswer(
  schemas: typeof inetSockets | typeof inet6Sockets,
  src: Source,
  at: number,
  end: number,
  little: boolean,
): Attrs {
  const { view } = src;
  let found: keyof typeof inetSockets = "other";
  for (let o = at + HEAD; o + 4 <= end; ) {
    const length = view.getUint16(o, little);
    const type = view.getUint16(o + 2, little) & 0x3fff;
    if (length < 4 || o + length > end) break;
    if (type === INET_DIAG_PROTOCOL && length === 5 && view.getUint8(o + 4) !== 6) return schemas.other;
    const n = length - 4;
    if (type === INET_DIAG_INFO) found = n < TCP_INFO_MIN ? "mptcp" : n === sctpInfo.size ? "sctp" : "tcp";
    o += (length + 3) & ~3;
  }
  return schemas[found];
}

/** Name and schema of a message, or undefined for what is none of socket diagnostics'. Bytes `at…end` are its payload. */
export function sockDiagMessage(
  type: number,
  flags: number,
  src: Source,
  at: number,
  end: number,
  little: boolean,
): { readonly name: string; readonly schema: Attrs } | undefined {
  if (at >= end) return undefined;
  const family = src.bytes[at]!;
  if (type === SOCK_DESTROY) {
    const schema = family === AF.inet ? inetRequest : family === AF.inet6 ? inet6Request : undefined;
    return schema && { name: "destroy", schema };
  }
  if (type !== SOCK_DIAG_BY_FAMILY) return undefined;
  if ((flags & NLM_F_REQUEST) !== 0) {
    const schema = requests[family];
    return schema && { name: "getsockets", schema };
  }
  const schema =
    family === AF.inet || family === AF.inet6
      ? inetAnswer(family === AF.inet ? inetSockets : inet6Sockets, src, at, end, little)
      : answers[family];
  return schema && { name: "socket", schema };
}
