/** What was said over transports, datagram by datagram: recorded from live ones, or read from a capture. @module */

import type { ByteInput } from "../../codec/pcap/bytes.ts";
import { orderOfDatagram, readPackets } from "../../codec/pcap/capture.ts";
import { COOKED_LENGTH, readCooked, writeCooked } from "../../codec/pcap/cooked.ts";
import { CaptureError, type Damage, LINKTYPE_NETLINK } from "../../codec/pcap/packet.ts";
import { pcapHeader, pcapRecord } from "../../codec/pcap/pcap.ts";
import { pcapngHeader, pcapngPacket } from "../../codec/pcap/pcapng.ts";
import { createSenders } from "../../codec/pcap/sender.ts";
import type { ByteOrder } from "../../codec/wire/order.ts";

/** A datagram, and what is known of it. */
export interface Recorded {
  readonly direction: "to-kernel" | "to-user";
  readonly protocol: number;
  readonly order: ByteOrder;
  readonly bytes: Uint8Array;
  /** Bytes that the capture cut off, or that the socket lost. */
  readonly missing: number;
  readonly timeNs: bigint;
  /** Where it stands: the packet's number in a capture, from 1. */
  readonly number: number;
  /** What captures do not tell, and recordings do. */
  readonly facts?: Facts | undefined;
}
export interface Facts {
  /** Counts the sockets of a recording. */
  readonly socket: number;
  readonly portId: number;
  /** Multicast group. */
  readonly group: number;
  readonly nsid?: number | undefined;
  /** The receive buffer had overflowed before this: so many datagrams were lost. */
  readonly lost?: number | undefined;
}

/** Comments of a recording's packets begin with this. */
const MARK = "nlink";
/** Of the form of the comments. */
const VERSION = 1;

export class Recording {
  readonly datagrams: Recorded[] = [];
  /** What of a capture could not be read, in its place. */
  readonly damage: Damage[] = [];
  /** Text of /proc/net/psched where it was recorded. */
  psched: string | undefined;

  /**
   * A pcapng file, for Wireshark and for `readRecording`. Which socket received what, of which group, and what was lost stands in the comments
   * of packets.
   */
  pcapng(): Uint8Array {
    const packets = this.datagrams.map((one, i) =>
      pcapngPacket(packetOf(one), one.timeNs, {
        originalLength: COOKED_LENGTH + one.bytes.length + one.missing,
        comment: one.facts && comment(one.facts, i === 0 ? this.psched : undefined),
      }),
    );
    return joined([pcapngHeader({ interfaceName: "nlink" }), ...packets]);
  }
  /** A pcap file, which has no room for groups, sockets and losses: they are guessed when it is read. */
  pcap(): Uint8Array {
    const records = this.datagrams.map((one) =>
      pcapRecord(packetOf(one), one.timeNs, { originalLength: COOKED_LENGTH + one.bytes.length + one.missing }),
    );
    return joined([pcapHeader(), ...records]);
  }
}

const packetOf = ({ direction, protocol, bytes }: Recorded): Uint8Array =>
  joined([writeCooked({ direction, protocol }), bytes]);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function comment({ socket, portId, group, nsid, lost }: Facts, psched: string | undefined): string {
  const words = [`${MARK} ${VERSION}`, `socket=${socket}`, `port=${portId}`];
  if (group !== 0) words.push(`group=${group}`);
  if (nsid !== undefined) words.push(`nsid=${nsid}`);
  if (lost) words.push(`lost=${lost}`);
  if (psched !== undefined) words.push(`psched=${psched.trim()}`);
  return words.join(" ");
}

/** @throws {CaptureError} a comment of another version */
function factsOf(text: string | undefined, offset: number): { facts: Facts; psched: string | undefined } | undefined {
  const match = text?.match(/^nlink (\d+) (.*)$/s);
  if (!match) return undefined;
  if (Number(match[1]) !== VERSION)
    throw new CaptureError(offset, `a recording of version ${match[1]}; this reads version ${VERSION}`);
  const fields = new Map(
    Array.from(match[2]!.matchAll(/(\w+)=([^=]*)(?= \w+=|$)/g), ([, key, value]) => [key!, value!]),
  );
  const number = (key: string): number | undefined => (fields.has(key) ? Number(fields.get(key)) : undefined);
  const psched = fields.get("psched");
  return {
    facts: {
      ...{ socket: number("socket") ?? 0, portId: number("port") ?? 0, group: number("group") ?? 0 },
      ...{ nsid: number("nsid"), lost: number("lost") },
    },
    psched,
  };
}

export interface ReadOptions {
  /** Byte order of the host, where the file's is another. */
  readonly order?: ByteOrder | undefined;
}
/**
 * Reads a pcap or pcapng file, recorded or captured. What is damaged is in `damage`, and what could be read is there.
 * @throws {CaptureError} it is neither, there is no netlink in it, or it was recorded in a form that this does not know
 */
export async function readRecording(input: ByteInput, options: ReadOptions = {}): Promise<Recording> {
  const recording = new Recording();
  const others = new Map<number, number>();
  const senderOf = createSenders();
  let number = 0;
  for await (const packet of readPackets(input)) {
    if (packet.type === "damage") {
      recording.damage.push(packet);
      continue;
    }
    number++;
    const cooked = packet.linkType === LINKTYPE_NETLINK ? readCooked(packet.data) : undefined;
    if (!cooked) {
      others.set(packet.linkType, (others.get(packet.linkType) ?? 0) + 1);
      continue;
    }
    const bytes = packet.data.slice(COOKED_LENGTH);
    const order = options.order ?? orderOfDatagram(bytes, packet.order);
    const told = factsOf(packet.comment, packet.offset);
    if (told?.psched !== undefined) recording.psched ??= told.psched;
    recording.datagrams.push({
      direction: senderOf(cooked.direction, cooked.protocol, bytes, order) === "to-kernel" ? "to-kernel" : "to-user",
      protocol: cooked.protocol,
      order,
      bytes,
      missing: packet.originalLength - packet.data.length,
      timeNs: packet.timeNs ?? 0n,
      number,
      ...(told && { facts: told.facts }),
    });
  }
  if (recording.datagrams.length === 0) {
    const found = [...others].map(([linkType, count]) => `${count} packets of link type ${linkType}`);
    const damage = recording.damage.map(({ offset, reason }) => `damage at byte ${offset}: ${reason}`);
    const what = [...found, ...damage].join(", ") || "nothing at all";
    throw new CaptureError(
      damage.length > 0 ? recording.damage[0]!.offset : 0,
      `there is no netlink in it, but ${what}`,
    );
  }
  return recording;
}
