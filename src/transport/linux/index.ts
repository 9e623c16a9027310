/**
 * The transport to the running Linux kernel. Needs the optional package koffi, which is loaded when a socket is first opened.
 * @module
 */

export { NamespaceNotFound, TransportUnavailable } from "../errors.ts";
export { type Datagram, type NetnsHandle, type Transport, TransportError } from "../transport.ts";
export { type ErrnoName, errno, errnoName, errnoText } from "./errno.ts";
export { isNetnsName, type NetnsSpec, withNetns } from "./netns.ts";
export { type LinuxOptions, type LinuxStatistics, type LinuxTransport, openLinux } from "./socket.ts";
