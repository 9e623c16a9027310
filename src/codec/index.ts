/**
 * The codec: every netlink message as typed values and back, without I/O. Runs in Node, browsers and workers.
 * @module
 */
export * from "./decode-message.ts";
export { type ExplainOptions, explain } from "./explain/explain.ts";
export { locate, locateMissing } from "./explain/locate.ts";
export { type Explained, faults, leaves, nodesAt } from "./explain/node.ts";
export { type SummaryOptions, summarize } from "./explain/summary.ts";
export { type ExplainTextOptions, explainText } from "./explain/text.ts";
export { Families } from "./genetlink/families.ts";
export * from "./nlmsg/ack.ts";
export { errnoName, errnoText } from "./nlmsg/errno.ts";
export * from "./nlmsg/header.ts";
export { MessageBuilder } from "./nlmsg/message-builder.ts";
export * from "./rtnetlink/address.ts";
export { addressLabel, ifaddrlblmsg } from "./rtnetlink/address-label.ts";
export { bridgeVlan, bridgeVlanRequest, brVlanMsg } from "./rtnetlink/bridge-vlan.ts";
export { rtnetlinkGroups } from "./rtnetlink/groups.ts";
export { type LinkKind, linkinfo, linkKinds, type SlaveKind, slaveKinds } from "./rtnetlink/link/info.ts";
export { ifinfomsg, type Link, link } from "./rtnetlink/link/link.ts";
export { brPortMsg, mdb, mdbRequest } from "./rtnetlink/mdb.ts";
export { type RtnetlinkMessage, rtnetlinkMessages } from "./rtnetlink/messages.ts";
export { type Neighbor, ndmsg, neighbor } from "./rtnetlink/neighbor.ts";
export { ndtmsg, neighborTable } from "./rtnetlink/neighbor-table.ts";
export { netconf } from "./rtnetlink/netconf.ts";
export { nexthop, nhmsg } from "./rtnetlink/nexthop.ts";
export { nsid } from "./rtnetlink/nsid.ts";
export { prefix, prefixmsg } from "./rtnetlink/prefix.ts";
export { type Route, route, rtmsg } from "./rtnetlink/route.ts";
export { fibRuleHdr, type Rule, rule } from "./rtnetlink/rule.ts";
export { ifStatsMsg, stats, statsRequest } from "./rtnetlink/stats.ts";
export { tunnel, tunnelMsg } from "./rtnetlink/tunnel.ts";
export { RTM, rtnetlinkTypes } from "./rtnetlink/types.ts";
export * from "./schema/attrs.ts";
export type { Codec, Input, Value } from "./schema/codec.ts";
export {
  type Decoder,
  decode,
  decoder,
  type EncodeOptions,
  type Encoder,
  encode,
  encoder,
  encodeTo,
} from "./schema/engine.ts";
export { type Friendly, type FriendlyInput, fromFriendly, toFriendly } from "./schema/friendly.ts";
export * from "./schema/scalar.ts";
export * from "./schema/struct.ts";
export { type WireForm, wireForm } from "./schema/wire-form.ts";
export { bytecodeOps, compileFilter } from "./sockdiag/filter/bytecode.ts";
export { FilterError } from "./sockdiag/filter/error.ts";
export type { AddressPrefix, Expression as SocketFilter, Host as SocketHost } from "./sockdiag/filter/expression.ts";
export { type Matcher, matcher, type Subject } from "./sockdiag/filter/match.ts";
export { parseFilter } from "./sockdiag/filter/parse.ts";
export { planFilter, type Query as SocketDump } from "./sockdiag/filter/plan.ts";
export * from "./sockdiag/inet.ts";
export { sockDiagMessage } from "./sockdiag/messages.ts";
export { mptcpInfo, mptcpSubflow } from "./sockdiag/mptcp-info.ts";
export { type NetlinkMessage, netlinkProtocols, netlinkRequest, netlinkSocket } from "./sockdiag/netlink.ts";
export { type PacketMessage, packetRequest, packetSocket } from "./sockdiag/packet.ts";
export { sctpInfo } from "./sockdiag/sctp-info.ts";
export { type SocketState, socketStates } from "./sockdiag/state.ts";
export { tcpInfo, tcpInfoBits, wscales } from "./sockdiag/tcp-info.ts";
export * from "./sockdiag/types.ts";
export { type UnixMessage, unixRequest, unixSocket } from "./sockdiag/unix.ts";
export { type VsockMessage, vsockRequest, vsockSocket } from "./sockdiag/vsock.ts";
export { type XdpMessage, xdpRequest, xdpSocket } from "./sockdiag/xdp.ts";
export { action } from "./tc/action.ts";
export { tclass } from "./tc/class.ts";
export { chain, filter } from "./tc/filter.ts";
export * from "./tc/index.ts";
export { qdisc } from "./tc/qdisc.ts";
export { tcamsg, tcmsg } from "./tc/tcmsg.ts";
export { CodecError } from "./wire/error.ts";
export { formatIp, parseIp } from "./wire/ip.ts";
export { parseMac } from "./wire/mac.ts";
export { type ByteOrder, hostOrder } from "./wire/order.ts";
export { type Source, source } from "./wire/source.ts";
export { Writer } from "./wire/writer.ts";
export { policyCounts, stateCounts, type XfrmDefault, xfrmDefault } from "./xfrm/info.ts";
export { xfrmMessage } from "./xfrm/messages.ts";
export * from "./xfrm/policy.ts";
export * from "./xfrm/state.ts";
export * from "./xfrm/types.ts";
