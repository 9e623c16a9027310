/** Netlink for TypeScript. @module */

export * from "./api/addresses.ts";
export { Batch, type Prepared } from "./api/batch.ts";
export { Channel, type ExchangeOptions, type Message, type Strays } from "./api/channel.ts";
export { Connection, type ConnectionOptions } from "./api/connection.ts";
export type { Device } from "./api/device.ts";
export type { DumpOptions, Stream } from "./api/dump.ts";
export type { Encap, EncapOptions, MplsLabels } from "./api/encap.ts";
export * from "./api/errors.ts";
export * from "./api/link-read.ts";
export type { LinkChange, LinkOptions, LinkSettings, PeerOptions, XdpOptions } from "./api/link-value.ts";
export type { Vf, VfOptions } from "./api/link-vf.ts";
export * from "./api/links.ts";
export * from "./api/neighbors.ts";
export type { Notification, NotificationOptions } from "./api/notifications.ts";
export * from "./api/nsids.ts";
export { OptionError } from "./api/options.ts";
export * from "./api/qdiscs.ts";
export * from "./api/route-read.ts";
export type { Realm, RouteMetricsOptions, RouteNexthopOptions, RouteOptions, RouteVerb } from "./api/route-value.ts";
export * from "./api/routes.ts";
export * from "./api/rules.ts";
export { NamespaceNotFound, TransportUnavailable } from "./transport/errors.ts";
export {
  type Datagram,
  type NetnsHandle,
  type NetnsSpec,
  type Transport,
  TransportError,
} from "./transport/transport.ts";
