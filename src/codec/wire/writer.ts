/** A growable buffer that messages are encoded into. @module */
import { CodecError } from "./error.ts";
import { type ByteOrder, hostOrder } from "./order.ts";

/**
 * Bytes come in at `length` and stay where they are; one writer can hold a whole batch of messages. The buffer is
 * reused by `reset`, so every byte is written, padding included: stale bytes must never reach the kernel.
 */
export class Writer {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes written so far. */
  length = 0;
  private last: Uint8Array | undefined;
  /** Whether the host's byte order is little-endian: every native field follows it. */
  readonly little: boolean;

  constructor(order: ByteOrder = hostOrder, size = 4096) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.little = order === "little";
  }

  /** Takes `n` bytes, which hold anything; returns where they start. */
  room(n: number): number {
    const at = this.length;
    const need = at + n;
    if (need > this.bytes.length) this.grow(need);
    this.length = need;
    return at;
  }

  private grow(need: number): void {
    // Fourfold while it is cheap: what is copied is paid for twice.
    const { length } = this.bytes;
    const bytes = new Uint8Array(Math.max(need, length < 1 << 20 ? length * 4 : length * 2));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Opens an attribute whose payload is `n` bytes, padding zeroed; returns where the payload goes. */
  attribute(type: number, n: number): number {
    if (n > 0xfffb) throw new CodecError("", -1, `an attribute of ${n} bytes exceeds 65531`);
    const size = (n + 7) & ~3;
    const at = this.room(size);
    if (size > 4) this.view.setUint32(at + size - 4, 0);
    if (this.little) this.view.setUint32(at, (n + 4) | (type << 16), true);
    else this.view.setUint32(at, ((n + 4) << 16) | type, false);
    return at + 4;
  }

  /** Opens a nest; give what it returns to `close`. */
  open(type: number): number {
    const at = this.room(4);
    this.view.setUint16(at + 2, type, this.little);
    return at;
  }

  close(at: number): void {
    const n = this.length - at;
    if (n > 0xffff) throw new CodecError("", -1, `a nest of ${n - 4} bytes exceeds 65531`);
    this.view.setUint16(at, n, this.little);
    this.align();
  }

  /** Pads with zeros to a multiple of four. */
  align(): void {
    const pad = -this.length & 3;
    if (pad !== 0) {
      const at = this.room(pad);
      this.bytes.fill(0, at, at + pad);
    }
  }

  append(data: Uint8Array): void {
    const at = this.room(data.length);
    this.bytes.set(data, at);
  }

  raw(type: number, payload: Uint8Array): void {
    const at = this.attribute(type, payload.length);
    this.bytes.set(payload, at);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** What was written, without a copy: good until the next write. */
  written(): Uint8Array {
    // Requests of one form are of one length: the same array serves again.
    if (this.last?.length !== this.length || this.last.buffer !== this.bytes.buffer)
      this.last = this.bytes.subarray(0, this.length);
    return this.last;
  }

  reset(): void {
    this.length = 0;
  }
}
