/** Messages of one's own: for families and attributes that have no schema. @module */
import type { Attrs } from "../schema/attrs.ts";
import type { Codec, Input } from "../schema/codec.ts";
import { encodeTo } from "../schema/engine.ts";
import { leafOf } from "../schema/payload.ts";
import { below, type Obj, type Program } from "../schema/program.ts";
import type { Struct } from "../schema/struct.ts";
import { NLA_F_NESTED } from "../wire/align.ts";
import type { ByteOrder } from "../wire/order.ts";
import { Writer } from "../wire/writer.ts";
import { beginMessage, endMessage, type HeaderInput, NLMSG_HDRLEN } from "./header.ts";

/**
 * Builds one message piece by piece, in the order of the calls:
 *
 * ```ts
 * const m = new MessageBuilder({ type: 16, flags: NLM_F_REQUEST | NLM_F_ACK });
 * m.struct(ifinfomsg, { family: 0 });
 * m.attribute(3, string, "dummy0");
 * m.nest(18, () => m.attribute(1, string, "dummy"));
 * send(m.finish());
 * ```
 *
 * Any codec of the schema vocabulary says how a payload is written: `u32`, `be16`, `string`, `text`, `bytes`, `flag`, a struct,
 * a whole attribute set. @throws {CodecError} values that the codec cannot express, nests and attributes over 65531 bytes
 */
export class MessageBuilder {
  readonly #w: Writer;
  constructor(header: HeaderInput, order?: ByteOrder) {
    this.#w = new Writer(order, 256);
    beginMessage(this.#w, header);
  }

  /** Appends bytes as they are, without padding: a fixed header that there is no struct for. */
  bytes(data: Uint8Array): void {
    const at = this.#w.room(data.length);
    this.#w.bytes.set(data, at);
  }

  /** Appends a fixed struct, padded to the next attribute; members left out are zero. */
  struct<S extends Struct>(struct: S, value: Input<S>): void {
    this.#put(struct, value);
    this.#w.align();
  }

  /** Appends the head and attributes of a set: a whole payload, or more of one. */
  attributes<A extends Attrs>(set: A, value: Input<A>): void {
    encodeTo(this.#w, set, value);
  }

  /** Appends an attribute. Flags go into `type`; a set gets NLA_F_NESTED unless it is `bare`. */
  attribute<C extends Codec>(type: number, codec: C, value: Input<C>): void {
    const start = this.#w.length;
    try {
      const at = this.#w.open(type | leaf(codec, this.#w.little).nested);
      this.#put(codec, value);
      this.#w.close(at);
    } catch (e) {
      this.#w.length = start;
      throw below(`attribute ${type}`, e);
    }
  }

  /** Appends a nest that holds what `fill` appends. NLA_F_NESTED is set unless `bare`. */
  nest(type: number, fill: () => void, options: { readonly bare?: boolean } = {}): void {
    const start = this.#w.length;
    try {
      const at = this.#w.open(options.bare ? type : type | NLA_F_NESTED);
      fill();
      this.#w.close(at);
    } catch (e) {
      this.#w.length = start;
      throw below(`attribute ${type}`, e);
    }
  }

  set type(type: number) {
    this.#w.view.setUint16(4, type, this.#w.little);
  }
  set flags(flags: number) {
    this.#w.view.setUint16(6, flags, this.#w.little);
  }
  set sequence(sequence: number) {
    this.#w.view.setUint32(8, sequence, this.#w.little);
  }
  set portId(portId: number) {
    this.#w.view.setUint32(12, portId, this.#w.little);
  }
  /** Bytes so far, header included. */
  get length(): number {
    return this.#w.length;
  }
  get empty(): boolean {
    return this.#w.length === NLMSG_HDRLEN;
  }

  /** The message: a copy, with its length set and padded. More can be appended afterwards. */
  finish(): Uint8Array {
    endMessage(this.#w, 0);
    return this.#w.take();
  }

  #put(codec: Codec, value: unknown): void {
    leaf(codec, this.#w.little).put(this.#w, value, {}, { depth: 0, canonical: false, flipped: false });
  }
}

const none: Attrs = { kind: "attrs", name: "", c: "", fields: {} };
const leaf = (codec: Codec, little: boolean) => leafOf(codec, { set: none, little, resolve: nested });
const nested = (set: Attrs): Program => ({
  decode: () => ({}),
  encode: (w, value: Obj) => encodeTo(w, set, value as never),
});
