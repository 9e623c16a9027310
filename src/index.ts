/** Netlink for TypeScript. @module */
export { Batch, type Prepared } from "./api/batch.ts";
export { Channel, type ExchangeOptions, type Message, type Strays } from "./api/channel.ts";
export { Connection, type ConnectionOptions } from "./api/connection.ts";
export type { Device } from "./api/device.ts";
export type { DumpOptions, Stream } from "./api/dump.ts";
export * from "./api/errors.ts";
export * from "./api/links.ts";
export type { Notification, NotificationOptions } from "./api/notifications.ts";
export { OptionError } from "./api/options.ts";
export { NamespaceNotFound, TransportUnavailable } from "./transport/errors.ts";
export { type Datagram, type Transport, TransportError } from "./transport/transport.ts";
