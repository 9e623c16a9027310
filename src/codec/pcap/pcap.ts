/** pcap files (draft-ietf-opsawg-pcap): a header, then records. @module */
import type { ByteReader } from "./bytes.ts";
import { CaptureError, type Damage, type Packet } from "./packet.ts";

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const HEADER = 24;
const RECORD = 16;
/** A record that claims more is damage: libpcap's greatest snapshot length is 262144, and netlink's messages end well below. */
const MOST = 64 * 1024 * 1024;

export const pcapMagic = (magic: number): boolean => magic === MICROSECONDS || magic === NANOSECONDS;

/** @throws {CaptureError} a header that is cut short, or a version that is not 2 */
export async function* readPcap(reader: ByteReader, little: boolean): AsyncGenerator<Packet | Damage> {
  const header = await reader.peek(HEADER);
  if (header.length < HEADER)
    throw new CaptureError(0, `a pcap header has ${HEADER} bytes, there are ${header.length}`);
  const head = new DataView(header.buffer, header.byteOffset, HEADER);
  const factor = head.getUint32(0, little) === NANOSECONDS ? 1n : 1000n;
  const major = head.getUint16(4, little);
  if (major !== 2) throw new CaptureError(4, `pcap version ${major} is not 2`);
  // The upper bits say whether a frame check sequence follows.
  const linkType = head.getUint32(20, little) & 0x0fffffff;
  reader.skip(HEADER);
  const order = little ? "little" : "big";
  for (;;) {
    const { offset } = reader;
    const bytes = await reader.peek(RECORD);
    if (bytes.length === 0) return;
    if (bytes.length < RECORD) {
      yield { type: "damage", offset, reason: `the file ends within a record's header`, skipped: false };
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD);
    const captured = view.getUint32(8, little);
    const originalLength = view.getUint32(12, little);
    if (captured > MOST) {
      yield { type: "damage", offset, reason: `a packet of ${captured} bytes cannot be`, skipped: false };
      return;
    }
    const timeNs = BigInt(view.getUint32(0, little)) * 1_000_000_000n + BigInt(view.getUint32(4, little)) * factor;
    reader.skip(RECORD);
    const data = await reader.peek(captured);
    if (data.length < captured) {
      const reason = `the file ends within a packet: ${data.length} of ${captured} bytes`;
      yield { type: "damage", offset, reason, skipped: false };
      return;
    }
    reader.skip(captured);
    yield { type: "packet", timeNs, interface: 0, linkType, data, originalLength, offset, order };
  }
}

export interface PcapOptions {
  /** LINKTYPE_*: 253, netlink, by default. */
  readonly linkType?: number | undefined;
  /** Nanoseconds rather than microseconds. */
  readonly nanoseconds?: boolean | undefined;
  readonly snapLength?: number | undefined;
}
/** The header that a file begins with, in little endian. */
export function pcapHeader({ linkType = 253, nanoseconds = true, snapLength = 262_144 }: PcapOptions = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER));
  view.setUint32(0, nanoseconds ? NANOSECONDS : MICROSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return new Uint8Array(view.buffer);
}
/** One record. */
export function pcapRecord(
  data: Uint8Array,
  timeNs: bigint,
  { nanoseconds = true, originalLength = data.length }: PcapOptions & { readonly originalLength?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(RECORD + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(timeNs / 1_000_000_000n), true);
  view.setUint32(4, Number((timeNs % 1_000_000_000n) / (nanoseconds ? 1n : 1000n)), true);
  view.setUint32(8, data.length, true);
  view.setUint32(12, originalLength, true);
  bytes.set(data, RECORD);
  return bytes;
}
