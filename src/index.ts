/** Netlink for TypeScript. @module */

export * from "./api/address-labels.ts";
export * from "./api/addresses.ts";
export { Batch, type Prepared } from "./api/batch.ts";
export * from "./api/bridge-vlans.ts";
export { Channel, type ExchangeOptions, type Message, type Strays } from "./api/channel.ts";
export { Connection, type ConnectionOptions } from "./api/connection.ts";
export type { Device } from "./api/device.ts";
export type { DumpOptions, Stream } from "./api/dump.ts";
export type { Encap, EncapOptions, MplsLabels } from "./api/encap.ts";
export * from "./api/errors.ts";
export type { ChangesOptions, Collection, MissedChanges, StoreChange } from "./api/events/collection.ts";
export type * from "./api/events/event.ts";
export type { EventSelection, SelectedTypes } from "./api/events/selection.ts";
export type {
  CollectionName,
  SelectedCollections,
  Store,
  StoreCollections,
  StoreObject,
  StoreOptions,
  StoreSelection,
} from "./api/events/store.ts";
export type { EventOptions, EventStream } from "./api/events/stream.ts";
export type { WaitOptions } from "./api/events/wait.ts";
export * from "./api/fdb.ts";
export type { QosMap, TunnelKey } from "./api/link-forms.ts";
export type { KindOptions, KindSettings, SlaveOptions, SlaveSettings } from "./api/link-kinds.ts";
export * from "./api/link-read.ts";
export type { InetSettings, LinkChange, LinkOptions, LinkSettings, PeerOptions, XdpOptions } from "./api/link-value.ts";
export type { Vf, VfOptions } from "./api/link-vf.ts";
export * from "./api/links.ts";
export * from "./api/mdb.ts";
export * from "./api/neighbor-tables.ts";
export * from "./api/neighbors.ts";
export * from "./api/netconf.ts";
export type { NetnsEvent, NetnsExecOptions, NetnsPlace, NetnsWatchOptions } from "./api/netns.ts";
export * as netns from "./api/netns.ts";
export * from "./api/nexthops.ts";
export type { Notification, NotificationOptions } from "./api/notifications.ts";
export * from "./api/nsids.ts";
export { OptionError, type Range } from "./api/options.ts";
export * from "./api/route-read.ts";
export type { Realm, RouteMetricsOptions, RouteNexthopOptions, RouteOptions, RouteVerb } from "./api/route-value.ts";
export * from "./api/routes.ts";
export type { Masked, RuleOptions } from "./api/rule-value.ts";
export * from "./api/rules.ts";
export type { Cookie, Endpoint, SocketMemory, SocketOwner } from "./api/sockets/end.ts";
export type * from "./api/sockets/inet-socket.ts";
export type { NetlinkProtocol, NetlinkSocket } from "./api/sockets/netlink-socket.ts";
export { SockDiag } from "./api/sockets/open.ts";
export type * from "./api/sockets/packet-socket.ts";
export type { Socket, SocketKind, SocketKinds, SocketPart, SocketQuery } from "./api/sockets/query.ts";
export { type SocketRate, SocketRates } from "./api/sockets/rates.ts";
export type { SockDiagOptions } from "./api/sockets/sockdiag.ts";
export type { UnixSocket } from "./api/sockets/unix-socket.ts";
export type { VsockEndpoint, VsockSocket } from "./api/sockets/vsock-socket.ts";
export type { XdpSocket, XdpStats, XdpUmem } from "./api/sockets/xdp-socket.ts";
export * from "./api/stats.ts";
export type * from "./api/tc/actions.ts";
export type * from "./api/tc/chains.ts";
export type * from "./api/tc/classes.ts";
export type { EstimatorOptions } from "./api/tc/estimator.ts";
export type { FilterParent } from "./api/tc/filter-place.ts";
export type * from "./api/tc/filters.ts";
export type { ApplyOptions, ClearOptions, Direction, SideOptions } from "./api/tc/helper.ts";
export type { Target } from "./api/tc/host.ts";
export type { Impairer, Impairment, ImpairOptions, ImpairRule } from "./api/tc/impairer.ts";
export type { Limit, Limiter, LimitOptions, LimitRule } from "./api/tc/limiter.ts";
export type { NetemHelper } from "./api/tc/netem.ts";
export type { Peer } from "./api/tc/peers.ts";
export type { ClassStep, FilterStep, LinkStep, Plan, QdiscStep, Step } from "./api/tc/plan.ts";
export type * from "./api/tc/qdiscs.ts";
export type { Stab, StabOptions } from "./api/tc/stab.ts";
export type { TcStats } from "./api/tc/stats.ts";
export * from "./api/tracker.ts";
export * from "./api/tuntap.ts";
export type { XfrmLifetime, XfrmLimits, XfrmLimitsOptions, XfrmMark } from "./api/xfrm/common.ts";
export type { XfrmEvent, XfrmSelection } from "./api/xfrm/events.ts";
export { Xfrm } from "./api/xfrm/open.ts";
export type { XfrmDefaults, XfrmPolicyCount, XfrmPolicyFilter } from "./api/xfrm/policies.ts";
export type * from "./api/xfrm/policy-value.ts";
export type { XfrmSelector, XfrmSelectorOptions } from "./api/xfrm/selector.ts";
export type * from "./api/xfrm/state-value.ts";
export type { XfrmSpiRequest, XfrmStateCount, XfrmStateFilter } from "./api/xfrm/states.ts";
export type { XfrmOptions } from "./api/xfrm/xfrm.ts";
export { FilterError } from "./codec/sockdiag/filter/error.ts";
export type { Expression as SocketFilter } from "./codec/sockdiag/filter/expression.ts";
export { parseFilter as parseSocketFilter } from "./codec/sockdiag/filter/parse.ts";
export type { SocketState } from "./codec/sockdiag/state.ts";
export { u32Filter as u32 } from "./codec/tc/builders.ts";
export type * from "./codec/tc/class-kinds.ts";
export type * from "./codec/tc/filter-kinds.ts";
export * from "./codec/tc/light.ts";
export type * from "./codec/tc/qdisc-kinds.ts";
export { NamespaceNotFound, TransportUnavailable } from "./transport/errors.ts";
export {
  type AnotherOptions,
  type Datagram,
  type NetnsHandle,
  type NetnsSpec,
  type Transport,
  TransportError,
} from "./transport/transport.ts";
