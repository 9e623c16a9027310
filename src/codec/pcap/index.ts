/** Captures: pcap and pcapng, read and written, and the netlink in them decoded. @module */
export type { ByteInput } from "./bytes.ts";
export * from "./capture.ts";
export * from "./cooked.ts";
export * from "./packet.ts";
export { type PcapOptions, pcapHeader, pcapRecord } from "./pcap.ts";
export { type PcapngOptions, pcapngHeader, pcapngPacket } from "./pcapng.ts";
