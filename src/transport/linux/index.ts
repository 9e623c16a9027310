/**
 * The transport to the running Linux kernel. Needs the optional package koffi, which is loaded when a socket is first opened.
 * @module
 */

export { NamespaceNotFound, TransportUnavailable } from "../errors.ts";
export { type AnotherOptions, type Datagram, type NetnsHandle, type Transport, TransportError } from "../transport.ts";
export { bindCgroup } from "./cgroup.ts";
export { type ErrnoName, errno, errnoName, errnoText } from "./errno.ts";
export { setMulticast } from "./multicast.ts";
export { isNetnsName, type NetnsSpec, netnsExists, withNetns } from "./netns.ts";
export { execInNetns, type NetnsExecOptions } from "./netns-exec.ts";
export {
  attachNetns,
  createNetns,
  deleteNetns,
  identifyNetns,
  listNetns,
  type NetnsPlace,
  pidsInNetns,
} from "./netns-names.ts";
export { type NetnsEvent, type NetnsWatch, watchNetns } from "./netns-watch.ts";
export { openPacketTap, type PacketTap, type TappedPacket } from "./packet-tap.ts";
export { type LinuxOptions, type LinuxStatistics, type LinuxTransport, openLinux } from "./socket.ts";
export { getSysctl, setSysctls } from "./sysctl.ts";
export { openTun, type TunQueue, type TunSettings } from "./tun.ts";
