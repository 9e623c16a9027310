/** What captures hold, whatever the file's format. @module */

/** A packet as it was captured. */
export interface Packet {
  readonly type: "packet";
  /** Nanoseconds since 1970; files with microseconds have three zeros at the end. Undefined where a pcapng block has no time. */
  readonly timeNs: bigint | undefined;
  /** Number of the interface within its section, 0 of a pcap file. */
  readonly interface: number;
  readonly interfaceName?: string;
  /** LINKTYPE_*: 253 is netlink. */
  readonly linkType: number;
  /** A view of the bytes read. */
  readonly data: Uint8Array;
  /** Length before the capture cut it; longer than `data` if it did. */
  readonly originalLength: number;
  /** Where in the file its record begins. */
  readonly offset: number;
  /** Byte order of the file, which as a rule is that of the host that captured. */
  readonly order: "little" | "big";
  readonly comment?: string;
}
/** What could not be read: reading ended there, or went on behind it. */
export interface Damage {
  readonly type: "damage";
  readonly offset: number;
  readonly reason: string;
  /** Whether what follows is read all the same. */
  readonly skipped: boolean;
}

/** Netlink packets (LINKTYPE_NETLINK). */
export const LINKTYPE_NETLINK = 253;

/** Not a capture, or one that this reader cannot begin with. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(`capture at byte ${offset}: ${reason}`);
    this.offset = offset;
  }
}
