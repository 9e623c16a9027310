/** pcapng files (draft-ietf-opsawg-pcapng): sections of blocks, each with its byte order and its interfaces. @module */
import { align4 } from "../wire/align.ts";
import type { ByteReader } from "./bytes.ts";
import { CaptureError, type Damage, type Packet } from "./packet.ts";

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const OBSOLETE_PACKET = 2;
const MOST = 64 * 1024 * 1024;

const OPT_COMMENT = 1;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

export const isPcapng = (magic: number): boolean => magic === SECTION;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name: string | undefined;
  /** Units of time per second. */
  readonly perSecond: bigint;
  readonly offsetSeconds: bigint;
}

/** @throws {CaptureError} a file that begins with a version other than 1 */
export async function* readPcapng(reader: ByteReader): AsyncGenerator<Packet | Damage> {
  let little = true;
  let interfaces: Interface[] = [];
  for (;;) {
    const { offset } = reader;
    const damage = (reason: string, skipped = false): Damage => ({ type: "damage", offset, reason, skipped });
    const start = await reader.peek(12);
    if (start.length === 0) return;
    if (start.length < 12) {
      yield damage("the file ends within a block's header");
      return;
    }
    const head = new DataView(start.buffer, start.byteOffset, 12);
    if (head.getUint32(0, true) === SECTION) {
      // The magic number reads the same in either order: only what follows tells it.
      if (head.getUint32(8, true) === BYTE_ORDER) little = true;
      else if (head.getUint32(8, false) === BYTE_ORDER) little = false;
      else {
        yield damage("a section whose byte order cannot be told");
        return;
      }
      interfaces = [];
      const version = (await reader.peek(16)).subarray(12);
      const major = version.length < 2 ? 1 : new DataView(version.buffer, version.byteOffset, 2).getUint16(0, little);
      if (major !== 1) {
        const reason = `pcapng version ${major} is not 1`;
        if (offset === 0) throw new CaptureError(12, reason);
        yield damage(`a section: ${reason}`);
        return;
      }
    }
    const type = head.getUint32(0, little);
    const length = head.getUint32(4, little);
    if (length < 12 || length % 4 !== 0 || length > MOST) {
      yield damage(`a block of ${length} bytes cannot be`);
      return;
    }
    const block = await reader.peek(length);
    if (block.length < length) {
      yield damage(`the file ends within a block: ${block.length} of ${length} bytes`);
      return;
    }
    const view = new DataView(block.buffer, block.byteOffset, length);
    if (view.getUint32(length - 4, little) !== length) {
      yield damage(`a block's two lengths differ: ${length} and ${view.getUint32(length - 4, little)}`);
      return;
    }
    reader.skip(length);
    const body = new Body(block, view, little);
    const order = little ? "little" : "big";
    if (type === INTERFACE) {
      const read = body.interface();
      if (read) interfaces.push(read);
      else {
        yield damage("an interface's description is cut short", true);
        interfaces.push({ linkType: -1, snapLength: 0, name: undefined, perSecond: 1_000_000n, offsetSeconds: 0n });
      }
    } else if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET || type === SIMPLE_PACKET) {
      const read = body.packet(type, interfaces);
      yield typeof read === "string" ? damage(read, true) : { type: "packet", ...read, offset, order };
    }
  }
}

/** A block's body: behind type and length, before the length again. */
class Body {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #end: number;
  constructor(bytes: Uint8Array, view: DataView, little: boolean) {
    this.#bytes = bytes;
    this.#view = view;
    this.#little = little;
    this.#end = bytes.length - 4;
  }

  interface(): Interface | undefined {
    if (this.#end < 16) return undefined;
    const options = this.#options(16);
    const resolution = options.get(IF_TSRESOL)?.[0] ?? 6;
    const seconds = options.get(IF_TSOFFSET);
    return {
      linkType: this.#view.getUint16(8, this.#little),
      snapLength: this.#view.getUint32(12, this.#little),
      name: text(options.get(IF_NAME)),
      perSecond: (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution & 0x7f),
      offsetSeconds:
        seconds?.length === 8 ? new DataView(seconds.buffer, seconds.byteOffset, 8).getBigInt64(0, this.#little) : 0n,
    };
  }

  /** The packet, or what is wrong with it. */
  packet(type: number, interfaces: readonly Interface[]): Omit<Packet, "type" | "offset" | "order"> | string {
    const simple = type === SIMPLE_PACKET;
    const at = simple ? 12 : 28;
    if (this.#end < at) return "a packet's block is cut short";
    const number = simple
      ? 0
      : type === OBSOLETE_PACKET
        ? this.#view.getUint16(8, this.#little)
        : this.#view.getUint32(8, this.#little);
    const source = interfaces[number];
    if (!source) return `a packet of interface ${number}, and there are ${interfaces.length}`;
    const originalLength = this.#view.getUint32(simple ? 8 : 24, this.#little);
    const room = this.#end - at;
    const captured = simple
      ? Math.min(originalLength, room, source.snapLength || room)
      : this.#view.getUint32(20, this.#little);
    if (captured > room) return `a packet of ${captured} bytes in a block with ${room}`;
    const data = this.#bytes.subarray(at, at + captured);
    const comment = simple ? undefined : text(this.#options(at + align4(captured)).get(OPT_COMMENT));
    return {
      timeNs: simple ? undefined : this.#time(source),
      interface: number,
      ...(source.name !== undefined && { interfaceName: source.name }),
      linkType: source.linkType,
      data,
      originalLength,
      ...(comment !== undefined && { comment }),
    };
  }
  #time({ perSecond, offsetSeconds }: Interface): bigint {
    const high = BigInt(this.#view.getUint32(12, this.#little));
    const units = (high << 32n) | BigInt(this.#view.getUint32(16, this.#little));
    return offsetSeconds * 1_000_000_000n + (units * 1_000_000_000n) / perSecond;
  }

  /** Options from `at` on; the first of each. What does not fit is left out. */
  #options(at: number): Map<number, Uint8Array> {
    const found = new Map<number, Uint8Array>();
    for (let o = at; o + 4 <= this.#end; ) {
      const code = this.#view.getUint16(o, this.#little);
      const length = this.#view.getUint16(o + 2, this.#little);
      if (code === 0 || o + 4 + length > this.#end) break;
      if (!found.has(code)) found.set(code, this.#bytes.subarray(o + 4, o + 4 + length));
      o += 4 + align4(length);
    }
    return found;
  }
}
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes).replace(/\0.*$/s, "");

export interface PcapngOptions {
  readonly linkType?: number | undefined;
  readonly interfaceName?: string | undefined;
}
/** A section's header and one interface, with nanoseconds, in little endian. */
export function pcapngHeader({ linkType = 253, interfaceName }: PcapngOptions = {}): Uint8Array {
  const section = block(SECTION, 16, (view) => {
    view.setUint32(0, BYTE_ORDER, true);
    view.setUint16(4, 1, true);
    view.setBigInt64(8, -1n, true);
  });
  const name = interfaceName === undefined ? new Uint8Array(0) : new TextEncoder().encode(interfaceName);
  const nameRoom = name.length === 0 ? 0 : 4 + align4(name.length);
  const description = block(INTERFACE, 8 + nameRoom + 8 + 4, (view, bytes) => {
    view.setUint16(0, linkType, true);
    let at = 8;
    if (nameRoom > 0) {
      view.setUint16(at, IF_NAME, true);
      view.setUint16(at + 2, name.length, true);
      bytes.set(name, at + 4);
      at += nameRoom;
    }
    view.setUint16(at, IF_TSRESOL, true);
    view.setUint16(at + 2, 1, true);
    view.setUint8(at + 4, 9);
  });
  const both = new Uint8Array(section.length + description.length);
  both.set(section);
  both.set(description, section.length);
  return both;
}
/** One enhanced packet block of interface 0. */
export function pcapngPacket(
  data: Uint8Array,
  timeNs: bigint,
  {
    originalLength = data.length,
    comment,
  }: { readonly originalLength?: number; readonly comment?: string | undefined } = {},
): Uint8Array {
  const padded = align4(data.length);
  const text = comment === undefined ? undefined : new TextEncoder().encode(comment);
  // The comment, and the end of the options.
  const room = text === undefined ? 0 : 4 + align4(text.length) + 4;
  return block(ENHANCED_PACKET, 20 + padded + room, (view, bytes) => {
    view.setUint32(4, Number(timeNs >> 32n), true);
    view.setUint32(8, Number(timeNs & 0xffffffffn), true);
    view.setUint32(12, data.length, true);
    view.setUint32(16, originalLength, true);
    bytes.set(data, 20);
    if (text === undefined) return;
    view.setUint16(20 + padded, OPT_COMMENT, true);
    view.setUint16(20 + padded + 2, text.length, true);
    bytes.set(text, 20 + padded + 4);
  });
}

function block(type: number, length: number, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  view.setUint32(bytes.length - 4, bytes.length, true);
  fill(new DataView(bytes.buffer, 8, length), bytes.subarray(8, 8 + length));
  return bytes;
}
